"""Response URLs: how an app answers an interaction or a command for half an hour, five times at most.

docs.slack.dev, Interactivity > Handling user interaction > Message responses.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.sandbox.slack.chat import Chat
from bot.sandbox.slack.refusal import Json, Refused
from bot.sandbox.slack.world import World

_USES, _LIFE, _KEPT = 5, 1800.0, 10_000
_FIELDS = {"text", "blocks", "attachments", "response_type", "replace_original", "delete_original"} | {
    *("thread_ts", "mrkdwn", "unfurl_links", "unfurl_media", "metadata", "link_names", "parse"),
}


@dataclass
class Place:
    """What may be answered: a person in a channel, and the message they acted on (None for a command)."""

    user_id: str
    channel_id: str
    ts: str | None
    ephemeral: bool
    since: float
    uses: int = 0


class Answers:
    """Response URLs given out, and the answers they bring."""

    def __init__(self, world: World, chat: Chat, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._world, self._chat, self._monotonic = world, chat, monotonic
        self._places: dict[str, Place] = {}

    def url(self, user_id: str, channel_id: str, ts: str | None = None, ephemeral: bool = False) -> str:
        """A new response URL for what a person just did."""
        name = self._world.new_id("R")
        self._places[name] = Place(user_id, channel_id, ts, ephemeral, self._monotonic())
        if len(self._places) > _KEPT:
            del self._places[next(iter(self._places))]
        return self._world.url(f"response/{name}")

    async def receive(self, request: Request) -> Response:
        """The address itself: JSON in, `ok` out, or an error as Slack words it."""
        try:
            place = self._usable(request.path_params["id"])
        except Refused as refused:
            return JSONResponse(refused.body(), 404)
        try:
            self.apply(place, _read(await request.body()))
        except Refused as refused:
            return JSONResponse(refused.body(), 400)
        place.uses += 1
        return PlainTextResponse("ok")

    def _usable(self, name: str) -> Place:
        place = self._places.get(name)
        if place is None or self._monotonic() - place.since > _LIFE:
            raise Refused("expired_url")
        if place.uses >= _USES:
            raise Refused("used_url")
        return place

    def place_of_command(self, user_id: str, channel_id: str) -> Place:
        """Where the direct answer to a command is shown."""
        return Place(user_id, channel_id, None, False, self._monotonic())

    def apply(self, place: Place, answer: Any) -> None:
        """Show an answer. Raises `Refused`."""
        if not isinstance(answer, dict):
            raise Refused("invalid_payload")
        unknown = sorted(answer.keys() - _FIELDS)
        if unknown:
            raise Refused("invalid_arguments", [f"no such field in an answer: {each}" for each in unknown])
        if answer.get("delete_original") or answer.get("replace_original"):
            self._change_original(place, answer)
        else:
            self._show(place, answer)

    def _show(self, place: Place, answer: Json) -> None:
        kind = answer.get("response_type", "ephemeral")
        channel = self._world.find_channel(place.channel_id)
        if kind == "in_channel":
            self._chat.from_bot(channel, answer, answer.get("thread_ts"))
        elif kind == "ephemeral":
            self._chat.whisper(channel, place.user_id, self._chat.content(answer))
        else:
            raise Refused("invalid_arguments", [f"unknown response_type: {kind}"])

    def _change_original(self, place: Place, answer: Json) -> None:
        if place.ts is None:
            raise Refused("message_not_found")
        if place.ephemeral:
            self._change_whisper(place, answer)
            return
        channel = self._world.find_channel(place.channel_id)
        message = channel.message(place.ts)
        if answer.get("delete_original"):
            self._chat.remove(channel, message)
        else:
            self._chat.rewrite(channel, message, answer)

    def _change_whisper(self, place: Place, answer: Json) -> None:
        held = self._world.ephemerals[place.user_id]
        found = [each for each in held if each["ts"] == place.ts]
        if not found:
            raise Refused("message_not_found")
        if answer.get("delete_original"):
            held.remove(found[0])
            self._world.changed("delete", channel=place.channel_id, ts=place.ts, user=place.user_id)
            return
        self._chat.replace(found[0], self._chat.content(answer))
        self._world.changed("ephemeral", user=place.user_id, message=found[0])


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        raise Refused("invalid_payload") from None
