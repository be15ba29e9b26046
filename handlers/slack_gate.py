"""The gate of the staff desk: who may do what, and from where. One place, in front of every handler.

Law: a request passes only from the firm's workspace and its channel, and only for a role that is enough for its act.
Whoever is turned away is told so politely, and nothing else happens. What stands in no table is at least a look.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.domain.authority import DeskAct, Role, may
from bot.domain.errors import TryAgain
from bot.ports import Texts

log = structlog.get_logger(__name__)

Json = Mapping[str, Any]
KNOW_SECONDS = 1.0  # a trigger lives three seconds: a window does not wait longer to know who asks for it

BY_BUTTON: dict[str, DeskAct] = {
    "case-took": DeskAct.TAKE,
    "case-reply": DeskAct.REPLY,
    "case-handed-back": DeskAct.HAND_BACK,
    "case-resolved": DeskAct.RESOLVE,
    "case-confirmed": DeskAct.CONFIRM,
    "case-not-confirmed": DeskAct.NOT_CONFIRM,
    "case-closed": DeskAct.CLOSE_BANK,
    "client-nudge": DeskAct.NUDGE,
    "client-reopen": DeskAct.REOPEN_BANK,
    "page-close": DeskAct.CLOSE_PAGE,
    "file-new": DeskAct.CREATE_FILE,
    "want-file-add": DeskAct.ADD_TO_FILE,
    "act-nudge": DeskAct.NUDGE,
    "act-confirm": DeskAct.CONFIRM,
    "act-close": DeskAct.CLOSE_BANK,
    "act-reopen": DeskAct.REOPEN_BANK,
    "act-invite": DeskAct.INVITE,
    "want-snooze": DeskAct.SNOOZE,
    "want-trap": DeskAct.ADD_TRAP,
    "want-rebind": DeskAct.ASK_REBIND,
    "want-export": DeskAct.ASK_EXPORT,
    "want-erasure": DeskAct.ASK_ERASURE,
    "agree-rebind": DeskAct.AGREE_REBIND,
    "agree-export": DeskAct.AGREE_EXPORT,
    "agree-erasure": DeskAct.AGREE_ERASURE,
    "stop-request": DeskAct.STOP_REQUEST,
    "take-link": DeskAct.TAKE_LINK,
    "act-trap-remove": DeskAct.REMOVE_TRAP,
    "incident-declare": DeskAct.DECLARE_INCIDENT,
    "incident-dismiss": DeskAct.DISMISS_INCIDENT,
    "incident-end": DeskAct.END_INCIDENT,
}
BY_WINDOW: dict[str, DeskAct] = {
    "reply": DeskAct.REPLY,
    "file-new": DeskAct.CREATE_FILE,
    "file-add": DeskAct.ADD_TO_FILE,
    "snooze": DeskAct.SNOOZE,
    "trap": DeskAct.ADD_TRAP,
    "rebind": DeskAct.ASK_REBIND,
    "export": DeskAct.ASK_EXPORT,
    "erasure": DeskAct.ASK_ERASURE,
    "bank-declare": DeskAct.DECLARE_INCIDENT,
    "bank-end": DeskAct.END_INCIDENT,
}
"""And shortcuts, by the window that they open."""
OPENS_WINDOW = {"case-reply"}
"""Buttons that only open a window: who asked is known for sure when it is submitted."""


class Doorkeeper(Protocol):
    """What the gate asks of Slack. All but `whisper` raise `TryAgain` or `Refused`."""

    async def role(self, user_id: str) -> Role: ...

    async def is_ours(self, team: str, channel: str) -> bool:
        """Is this the firm's workspace, and its channel or a conversation with the bot? Empty is not known."""
        ...

    async def whisper(self, channel: str, user_id: str, text: str, thread: str = "") -> None: ...


class Gate:
    """A middleware of Bolt's."""

    def __init__(self, desk: Doorkeeper, texts: Texts) -> None:
        self.desk = desk
        self.texts = texts

    async def check(
        self, body: dict[str, Any], ack: AsyncAck, next_: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        """Let a request pass, or turn its author away."""
        refusal = await self._refusal(body)
        if not refusal:
            await next_()
            return None
        log.info("turned away on Slack", user=user_of(body), act=act_of(body), why=refusal)
        return await self._turn_away(body, ack, refusal)

    async def _refusal(self, body: Json) -> str:
        """The key of why it may not pass; empty where it may."""
        if not await self.desk.is_ours(*place_of(body)):
            return "staff-elsewhere"
        if "event" in body:  # what is written is internal; a reply to a client is checked where it is one
            return ""
        role = await self._role(body)
        if role is None or may(role, act_of(body)):
            return ""
        return "staff-not-allowed" if role else "staff-unknown-user"

    async def _role(self, body: Json) -> Role | None:
        """None where it is not known in time, and only a window is asked for."""
        if not OPENS_WINDOW & set(buttons_of(body)):
            return await self.desk.role(user_of(body))
        try:
            async with asyncio.timeout(KNOW_SECONDS):
                return await self.desk.role(user_of(body))
        except (TryAgain, TimeoutError):
            return None

    async def _turn_away(self, body: Json, ack: AsyncAck, refusal: str) -> BoltResponse:
        said = self.texts.say(refusal)
        if "event" in body:
            return await ack()
        if "command" in body:
            return await ack(text=said, response_type="ephemeral")
        if body.get("type") == "view_submission":
            return await self._turn_away_in_window(body, ack, said)
        await self.desk.whisper(place_of(body)[1], user_of(body), said)
        return await ack()

    async def _turn_away_in_window(self, body: Json, ack: AsyncAck, said: str) -> BoltResponse:
        """Beside what he has written, so that nothing of it is lost."""
        inputs = [each["block_id"] for each in body["view"]["blocks"] if each["type"] == "input"]
        if not inputs:
            await self.desk.whisper("", user_of(body), said)
            return await ack()
        return await ack(response_action="errors", errors={inputs[0]: said})


def act_of(body: Json) -> DeskAct:
    """What its author wants to do."""
    if body.get("type") == "view_submission":
        return BY_WINDOW.get(body["view"]["callback_id"], DeskAct.LOOK)
    if body.get("type") == "shortcut":
        return BY_WINDOW.get(body["callback_id"], DeskAct.LOOK)
    acts = [BY_BUTTON[each] for each in buttons_of(body) if each in BY_BUTTON]
    return acts[0] if acts else DeskAct.LOOK


def buttons_of(body: Json) -> list[str]:
    """The buttons that were pressed, without what they are about; Slack sends one at a time."""
    return [each["action_id"].partition(":")[0] for each in body.get("actions", ())]


def user_of(body: Json) -> str:
    """Who it is."""
    found = body.get("user_id") or (body.get("user") or {}).get("id") or (body.get("event") or {}).get("user")
    return str(found or "")


def place_of(body: Json) -> tuple[str, str]:
    """The workspace and the channel; a window, and some events, are in no channel."""
    team = body.get("team_id") or (body.get("team") or {}).get("id") or ""
    channel = body.get("channel_id") or (body.get("event") or {}).get("channel") or body.get("channel") or ""
    return str(team), str(channel["id"] if isinstance(channel, Mapping) else channel)
