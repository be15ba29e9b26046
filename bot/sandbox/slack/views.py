"""Modals and home tabs: the `views.*` methods, and the stack of modals each person has open."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.sandbox.slack.blocks import faults_of_view, with_identifiers
from bot.sandbox.slack.chat import Chat
from bot.sandbox.slack.refusal import Json, Refused
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.world import APP_ID, BOT_ID, View, World

_LARGEST, _DEEPEST = 250_000, 3


class Views:
    """At most three modals on top of each other for a person; the last of `world.views` is in front."""

    def __init__(self, world: World, triggers: Triggers, chat: Chat) -> None:
        self._world, self._triggers, self._chat = world, triggers, chat

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "views.open": self.open,
            "views.push": self.push,
            "views.update": self.update,
            "views.publish": self.publish,
        }

    def open(self, args: Json) -> Json:
        body = self._checked(args["view"], "modal")
        user_id, _ = self._exchange(args)
        self._world.views[user_id] = [View(body, user_id)]
        return self._shown(self._world.views[user_id][-1])

    def push(self, args: Json) -> Json:
        body = self._checked(args["view"], "modal")
        _, view_id = self._exchange(args)
        if view_id is None:
            raise Refused("not_found")
        return self.push_on(self._world.find_view(view_id), body)

    def push_on(self, below: View, body: Json) -> Json:
        """Put a checked view in front of another. Raises `Refused` push_limit_reached."""
        stack = self._world.views[below.user_id]
        if len(stack) >= _DEEPEST:
            raise Refused("push_limit_reached")
        body |= {"previous_view_id": below.body["id"], "root_view_id": stack[0].body["id"]}
        stack.append(View(body, below.user_id))
        return self._shown(stack[-1])

    def _exchange(self, args: Json) -> tuple[str, str | None]:
        trigger = args.get("trigger_id") or args.get("interactivity_pointer")
        if trigger is None:
            raise Refused("invalid_arguments", ["missing required field: trigger_id"])
        return self._triggers.exchange(trigger)

    def update(self, args: Json) -> Json:
        view = self._world.find_view(args.get("view_id"), args.get("external_id"))
        if args.get("hash", view.body["hash"]) != view.body["hash"]:
            raise Refused("hash_conflict")
        return self.replace(view, args["view"])

    def replace(self, view: View, content: Any) -> Json:
        """Give an open view other content; it keeps its id. Raises `Refused`."""
        kept = {name: view.body[name] for name in ("id", "root_view_id", "previous_view_id")}
        view.body = {**self._checked(content, view.body["type"], replacing=view), **kept}
        view.errors = {}
        return self._shown(view)

    def publish(self, args: Json) -> Json:
        user_id = self._world.find_user(args["user_id"]).id
        home = self._world.homes.get(user_id)
        if home is not None and args.get("hash", home.body["hash"]) != home.body["hash"]:
            raise Refused("hash_conflict")
        body = self._checked(args["view"], "home", replacing=home)
        if home is not None:
            body["id"] = body["root_view_id"] = home.body["id"]
        self._world.homes[user_id] = View(body, user_id)
        return self._shown(self._world.homes[user_id])

    def checked_modal(self, content: Any) -> Json:
        """A modal that may be shown. Raises `Refused`."""
        return self._checked(content, "modal")

    def _checked(self, content: Any, kind: str, replacing: View | None = None) -> Json:
        if len(json.dumps(content)) > _LARGEST:
            raise Refused("view_too_large")
        faults = faults_of_view(content, kind) or self._chat.unknown_files(content["blocks"])
        if faults:
            raise Refused("invalid_arguments", faults)
        self._check_external_id(content.get("external_id"), replacing)
        return self._body(content)

    def _check_external_id(self, external_id: str | None, replacing: View | None) -> None:
        if not external_id:
            return
        try:
            found = self._world.find_view(None, external_id)
        except Refused:
            return
        if found is not replacing:
            raise Refused("duplicate_external_id")

    def _body(self, content: Mapping[str, Any]) -> Json:
        view_id = self._world.new_id("V")
        defaults: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None}
        defaults |= {"submit": None, "close": None, "clear_on_close": False, "notify_on_close": False}
        return {
            **defaults,
            **content,
            "blocks": with_identifiers(content["blocks"], self._world.names),
            "id": view_id,
            "team_id": self._world.team_id,
            "state": {"values": {}},
            "hash": f"{self._world.stamp().split('.')[0]}.{next(self._world.names):08x}",
            "previous_view_id": None,
            "root_view_id": view_id,
            "app_id": APP_ID,
            "app_installed_team_id": self._world.team_id,
            "bot_id": BOT_ID,
        }

    def _shown(self, view: View) -> Json:
        kind = "home" if view.body["type"] == "home" else "view"
        self._world.changed(kind, user=view.user_id, view=view.body)
        return {"view": view.body}

    def close(self, view: View) -> None:
        """Take a modal, and those in front of it, off a person's screen."""
        stack = self._world.views[view.user_id]
        if view not in stack:
            return
        del stack[stack.index(view) :]
        front = stack[-1].body if stack else None
        self._world.changed("view", user=view.user_id, view=front)

    def clear(self, user_id: str) -> None:
        """Close every modal a person has open."""
        self._world.views[user_id].clear()
        self._world.changed("view", user=user_id, view=None)
