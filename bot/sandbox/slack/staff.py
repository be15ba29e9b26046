"""The hands of the staff: clicking, submitting, commanding, writing; and what they then see."""

import copy
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.sandbox.slack import payloads
from bot.sandbox.slack.answers import Answers
from bot.sandbox.slack.blocks import with_identifiers
from bot.sandbox.slack.chat import Chat, event_of
from bot.sandbox.slack.delivery import Delivery
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.inputs import Values, action_of, find_element, missing_inputs, state_of
from bot.sandbox.slack.posting import Outcome
from bot.sandbox.slack.refusal import Json, Refused
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.world import BOT_USER, Channel, User, View, World

NO_ANSWER = "operation_timeout"
_TROUBLE = "We had some trouble connecting. Try again?"
_RESPONSES: dict[str, set[str]] = {"errors": {"errors"}, "clear": set(), "update": {"view"}, "push": {"view"}}


class Staff:
    """Every method is something a person does on a screen, or sees there. Ids are Slack's."""

    _world: World
    _triggers: Triggers
    _chat: Chat
    _views: Views
    _files: Files
    _delivery: Delivery
    _answers: Answers

    def user(
        self,
        id: str,  # noqa: A002
        name: str,
        real_name: str,
        *,
        is_guest: bool = False,
        team_id: str | None = None,
    ) -> User:
        """Add a person, to the channel too. Another `team_id` is someone of another company."""
        user = User(id, name, real_name, team_id or self._world.team_id, is_guest)
        self._world.users[id] = user
        if id not in self._world.home_channel.members:
            self._world.home_channel.members.append(id)
        return user

    def usergroup(self, id: str, members: Sequence[str]) -> None:  # noqa: A002
        """Set who is in a user group (`S…`)."""
        self._world.usergroups[id] = list(members)

    async def clicks(
        self,
        user_id: str,
        channel: str,
        ts: str,
        action_id: str,
        *,
        value: Any = None,
        block_id: str | None = None,
    ) -> Outcome:
        """Press a button of a message, or pick `value` in a menu of it.

        Raises `LookupError` if there is no such element now: the message may have changed or gone.
        """
        place = self._place(channel)
        message = self._seen(user_id, place, ts)
        block, element = find_element(_blocks_of(message), action_id, block_id)
        action = action_of(block, element, value, self._world.stamp())
        url = self._answers.url(user_id, place.id, ts, bool(message.get("is_ephemeral")))
        payload = self._interaction("block_actions", user_id)
        payload |= payloads.in_message(place, copy.deepcopy(message), url)
        return await self._interact({**payload, "state": state_of(_blocks_of(message), {}), "actions": [action]})

    def _seen(self, user_id: str, channel: Channel, ts: str) -> Json:
        whispered = [each for each in self._world.ephemerals[user_id] if each["ts"] == ts]
        if not whispered and ts not in channel.messages:
            raise LookupError(f"there is no message {ts} now")
        return whispered[0] if whispered else channel.messages[ts]

    async def clicks_in_view(
        self, user_id: str, view_id: str, action_id: str, *, value: Any = None, block_id: str | None = None
    ) -> Outcome:
        """Press a button of a modal or of the home tab. Raises `LookupError` if it is not there now."""
        body = self._view(view_id, user_id).body
        block, element = find_element(body["blocks"], action_id, block_id)
        action = action_of(block, element, value, self._world.stamp())
        state = state_of(body["blocks"], {})
        payload = self._interaction("block_actions", user_id, view_id)
        payload |= {"container": {"type": "view", "view_id": view_id}, "actions": [action]}
        return await self._interact({**payload, "view": {**copy.deepcopy(body), "state": state}})

    def _view(self, view_id: str, user_id: str | None = None) -> View:
        try:
            view = self._world.find_view(view_id)
        except Refused:
            raise LookupError(f"the view {view_id} is not open") from None
        if user_id not in {None, view.user_id}:
            raise LookupError(f"the view {view_id} is not before {user_id}")
        return view

    def _interaction(self, kind: str, user_id: str, view_id: str | None = None) -> Json:
        user = self._person(user_id)
        return payloads.interaction(self._world, kind, user, self._triggers.new(user_id, view_id))

    async def _interact(self, payload: Json) -> Outcome:
        outcome = await self._delivery.send("interactive", payload)
        return outcome if outcome.acked else replace(outcome, problem=NO_ANSWER)

    async def submits(self, user_id: str, view_id: str, values: Values) -> Outcome:
        """Fill a modal and press its submit button; what the app answers is then done to it.

        Raises `LookupError` (not open, no such input or option), `ValueError` (what Slack's screen refuses).
        """
        view = self._view(view_id, user_id)
        body = {**copy.deepcopy(view.body), "state": state_of(view.body["blocks"], values)}
        missing = missing_inputs(body["blocks"], body["state"])
        if body["type"] != "modal" or missing:
            raise ValueError(f"cannot be submitted, missing: {missing}")
        payload = self._interaction("view_submission", user_id, view_id)
        outcome = await self._interact({**payload, "view": body, "response_urls": []})
        return self._follow(view, outcome) if outcome.acked else outcome

    def _follow(self, view: View, outcome: Outcome) -> Outcome:
        view.errors = {}
        try:
            self._apply(view, outcome.body)
        except Refused as refused:
            return replace(outcome, problem=f"{_TROUBLE} ({refused.error}: {refused.messages})")
        return replace(outcome, errors=dict(view.errors))

    def _apply(self, view: View, answer: Any) -> None:
        if not answer:
            self._views.close(view)
            return
        action = answer.get("response_action") if isinstance(answer, dict) else None
        if action not in _RESPONSES or answer.keys() != _RESPONSES[action] | {"response_action"}:
            raise Refused("invalid_response_action", [str(answer)])
        if action == "errors":
            view.errors = self._errors(view, answer["errors"])
        elif action == "clear":
            self._views.clear(view.user_id)
        elif action == "update":
            self._views.replace(view, answer["view"])
        else:
            self._views.push_on(view, self._views.checked_modal(answer["view"]))

    def _errors(self, view: View, errors: Any) -> dict[str, str]:
        inputs = {each["block_id"] for each in view.body["blocks"] if each["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
            raise Refused("invalid_errors", [f"each key must be the block_id of an input, not {errors}"])
        self._world.changed("view", user=view.user_id, view=view.body, errors=errors)
        return dict(errors)

    async def closes(self, view_id: str) -> Outcome | None:
        """Dismiss a modal; the app is told only if it asked to be (None if it was not)."""
        view = self._view(view_id)
        body = copy.deepcopy(view.body)
        if body["clear_on_close"]:
            self._views.clear(view.user_id)
        else:
            self._views.close(view)
        if not body["notify_on_close"]:
            return None
        payload = self._interaction("view_closed", view.user_id)
        del payload["trigger_id"]
        return await self._interact({**payload, "view": body, "is_cleared": body["clear_on_close"]})

    async def commands(self, user_id: str, command: str, text: str = "", *, channel: str | None = None) -> Outcome:
        """Type a slash command; the app's direct answer is shown as it asks, to its author by default."""
        place = self._place(channel)
        payload = payloads.command(self._world, self._person(user_id), place, command, text)
        payload["trigger_id"] = self._triggers.new(user_id)
        payload["response_url"] = self._answers.url(user_id, place.id)
        outcome = await self._delivery.send("slash_commands", payload)
        if not outcome.acked:
            return replace(outcome, problem=NO_ANSWER)
        return self._show_answer(user_id, place, outcome)

    def _show_answer(self, user_id: str, channel: Channel, outcome: Outcome) -> Outcome:
        answer = {"text": outcome.body} if isinstance(outcome.body, str) else outcome.body
        if not answer:
            return outcome
        try:
            self._answers.apply(self._answers.place_of_command(user_id, channel.id), answer)
        except Refused as refused:
            return replace(outcome, problem=f"invalid_command_response: {refused.error} {refused.messages}")
        return outcome

    def _place(self, channel: str | None) -> Channel:
        try:
            return self._world.home_channel if channel is None else self._world.find_channel(channel)
        except Refused:
            raise LookupError(f"there is no channel {channel}") from None

    def _person(self, user_id: str) -> User:
        if user_id not in self._world.users:
            raise LookupError(f"there is nobody called {user_id}")
        return self._world.users[user_id]

    async def writes(
        self,
        user_id: str,
        text: str,
        *,
        thread_ts: str | None = None,
        channel: str | None = None,
        files: Mapping[str, bytes] | None = None,
    ) -> Outcome:
        """Write in a channel (or to the bot: `channel="@bot"`), with `files` by name."""
        place = self._world.direct((user_id,)) if channel == "@bot" else self._place(channel)
        user = self._person(user_id)
        author: Json = {"user": user.id, "user_team": user.team_id, "text": text}
        author["client_msg_id"] = str(uuid.uuid4())
        if text:
            author["blocks"] = with_identifiers([payloads.rich_text(text)], self._world.names)
        if files:
            author["files"] = [self._files.json(self._files.hold(*each)) for each in files.items()]
        message = self._chat.add(place, author, thread_ts, tell=False)
        if f"<@{BOT_USER}>" in text and not place.people:
            self._delivery.event_behind(self._callback({**event_of(place, message), "type": "app_mention"}))
        return await self._delivery.event(self._callback(event_of(place, message)))

    def _callback(self, event: Json) -> Json:
        return payloads.event_callback(self._world, event)

    async def opens_home(self, user_id: str) -> Outcome:
        """Look at the app's home tab."""
        direct = self._world.direct((user_id,))
        stamp = self._world.stamp()
        event = {"type": "app_home_opened", "user": user_id, "channel": direct.id, "tab": "home"}
        home = self._world.homes.get(user_id)
        shown = {"view": copy.deepcopy(home.body)} if home else {}
        return await self._delivery.event(self._callback({**event, **shown, "event_ts": stamp}))

    def messages(self, channel: str | None = None) -> list[Json]:
        """A channel's messages, oldest first, replies included."""
        return copy.deepcopy(list(self._place(channel).messages.values()))

    def thread(self, channel: str, ts: str) -> list[Json]:
        """A message and its replies."""
        place = self._place(channel)
        if ts not in place.messages:
            raise LookupError(f"there is no message {ts} now")
        return copy.deepcopy([place.messages[ts], *place.replies(ts)])

    def view_of(self, user_id: str) -> Json | None:
        """The modal in front of a person, with the `errors` they read in it; None if there is none."""
        stack = self._world.views[user_id]
        return {**copy.deepcopy(stack[-1].body), "errors": dict(stack[-1].errors)} if stack else None

    def home_of(self, user_id: str) -> Json | None:
        """A person's home tab, if the app published one."""
        home = self._world.homes.get(user_id)
        return copy.deepcopy(home.body) if home else None

    def ephemerals(self, user_id: str) -> list[Json]:
        """The messages only this person sees, oldest first."""
        return copy.deepcopy(self._world.ephemerals[user_id])


def _blocks_of(message: Mapping[str, Any]) -> list[Json]:
    attached = [block for each in message.get("attachments", ()) for block in each.get("blocks", ())]
    return [*message.get("blocks", ()), *attached]
