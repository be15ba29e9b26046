"""The people of a story: a client with his phone and One up, and the firm's staff on Slack.

They see only what a person would see, and wait for it; no length of a wait decides anything.
"""

import asyncio
import html
import re
import time
from collections.abc import Callable
from itertools import product
from typing import Any, TypeVar

from bot.adapters.texts import Texts
from bot.domain.buttons import Press, parse
from bot.sandbox.slack import BOT_ID
from bot.sandbox.world import CHANNEL, World

T = TypeVar("T")
Json = dict[str, Any]
PATIENCE = 20.0
GAP = "\x00"
RUNGS = ("early", "week", "soon", "today", "late", "later", "unknown")


class Promise(AssertionError):
    """Something that the story promises did not happen."""


async def until(seen: Callable[[], T | None], promise: str, patience: float = PATIENCE) -> T:
    """Wait until something is seen; `Promise` where it is not."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = seen()
        if found:
            return found
        await asyncio.sleep(0.01)
    raise Promise(promise)


def patterns(texts: Texts, key: str, part: str = "") -> list[re.Pattern[str]]:
    """What a text looks like on a screen, whatever the facts in it: one pattern for each of its variants."""
    found = []
    arguments = texts.arguments(key, part)
    asked = range(4) if "asked" in arguments else (0,)
    for rung, days, filled, again in product(RUNGS, (-3, 0, 1, 9), (GAP, ""), asked):
        facts: dict[str, str | int] = dict.fromkeys(arguments, filled)
        if "asked" in facts:
            facts["asked"] = again
        if "rung" in facts:
            facts["rung"] = rung
        if "days_left" in facts:
            facts["days_left"] = days
        for name in {"bank", "client", "first_name", "who", "firm", "accountant", "next", "banks"} & facts.keys():
            facts[name] = GAP
        plain = html.unescape(re.sub(r"<[^>]+>", "", texts.say(key, part, **facts)))
        exact = ".*".join(re.escape(piece) for piece in plain.replace(str(days), GAP).split(GAP))
        found.append(re.compile(exact, re.DOTALL))
    return found


class Client:
    """A client: his thumb on Telegram, his mouse in One up."""

    def __init__(self, world: World, person_id: int, first_name: str, user: int = 0) -> None:
        self.world = world
        self.id = person_id
        self.name = first_name
        self.user = user
        world.telegram.person(person_id, first_name)

    @property
    def screen(self) -> list[Json]:
        """The chat, the oldest message first."""
        return self.world.telegram.chat(self.id)

    def heard(self) -> list[Json]:
        """What the bot wrote to him."""
        return [message for message in self.screen if message["from"]["is_bot"]]

    async def opens_invitation(self, link: str) -> None:
        """He taps the link of his invitation, and « Démarrer »."""
        await self.world.telegram.starts(self.id, link.rpartition("start=")[2])

    async def writes(self, text: str) -> Json:
        """He types, and sends."""
        return await self.world.telegram.writes(self.id, text)

    async def presses(self, *choices: str) -> None:
        """He presses buttons one after the other, each as soon as it is offered."""
        for choice in choices:
            message, data = await until(lambda c=choice: self._offered(c), f"{self.name} is offered « {choice} »")  # type: ignore[misc]
            tap = await self.world.telegram.presses(self.id, message["message_id"], data)
            await self.world.telegram.answered(tap)
            await until(self.world.app.outbox.idle, f"the answer to « {choice} » arrives")

    async def hears(self, key: str, part: str = "", *, after: int = 0) -> Json:
        """He reads a message: the newest one of this key, later than message `after`."""
        wanted = patterns(self.world.app.texts, key, part)
        return await until(lambda: self._last(wanted, after), f"{self.name} reads {key}{'.' + part if part else ''}")

    def last_id(self) -> int:
        """The id of the newest message on the screen."""
        return max((message["message_id"] for message in self.screen), default=0)

    def secure_page(self) -> str:
        """The address behind the newest button that opens a page."""
        for message in reversed(self.screen):
            for button in keys(message):
                if "url" in button:
                    return str(button["url"])
        raise Promise(f"{self.name} has a button to the secure page")

    async def mini_app(self) -> str:
        """The address that his phone loads when he taps the newest button of a Mini App."""
        for message in reversed(self.screen):
            if any("web_app" in button for button in keys(message)):
                return await self.world.telegram.opens_mini_app(self.id, message["message_id"])
        raise Promise(f"{self.name} has a button to the secure page")

    async def taps_number(self, number: int, *, after: int = 0) -> None:
        """He taps the number that the page shows, in a message later than message `after`."""
        data = await until(lambda: self._number(number, after), f"{self.name} is asked for the number")
        tap = await self.world.telegram.presses(self.id, data[0]["message_id"], data[1])
        await self.world.telegram.answered(tap)

    def _offered(self, choice: str) -> tuple[Json, str] | None:
        for message in reversed(self.screen):
            for button in keys(message):
                press = parse(button.get("callback_data", ""))
                if isinstance(press, Press) and press.choice == choice:
                    return message, button["callback_data"]
        return None

    def _number(self, number: int, after: int) -> tuple[Json, str] | None:
        for message in reversed(self.screen):
            for button in keys(message) if message["message_id"] > after else ():
                if button["text"] == str(number) and button.get("callback_data", "").startswith("n:"):
                    return message, button["callback_data"]
        return None

    def _last(self, wanted: list[re.Pattern[str]], after: int) -> Json | None:
        for message in reversed(self.heard()):
            said = message.get("text") or message.get("caption") or ""
            if message["message_id"] > after and any(pattern.fullmatch(said) for pattern in wanted):
                return message
        return None


def keys(message: Json) -> list[Json]:
    """The buttons under a message."""
    markup = message.get("reply_markup") or {}
    return [button for row in markup.get("inline_keyboard", []) for button in row]


class Staff:
    """A member of staff on Slack."""

    def __init__(self, world: World, user_id: str, first_name: str, real_name: str) -> None:
        self.world = world
        self.id = user_id
        self.name = first_name
        world.slack.user(user_id, first_name.lower(), real_name)

    def channel(self) -> list[Json]:
        """The firm's channel, the oldest message first."""
        return self.world.slack.messages(CHANNEL)

    def thread(self, ts: str) -> list[Json]:
        """One thread, its first message included."""
        return self.world.slack.thread(CHANNEL, ts)

    async def card(self, client: str, *, having: str = "") -> Json:
        """The newest card about a client; with `having`, one that offers this button."""
        return await until(lambda: self._card(client, having), f"staff see a card about {client}")

    async def clicks(self, card: Json, action: str) -> None:
        """A button of a card."""
        await self.world.slack.clicks(self.id, CHANNEL, card["ts"], action)

    async def reads(self, words: str) -> Json:
        """A message in the channel, or in any of its threads, that holds these words."""
        return await until(lambda: self._find(words), f"staff read « {words} »")

    async def writes_in_thread(self, card: Json, text: str) -> None:
        """A line in the thread of a card."""
        await self.world.slack.writes(self.id, text, thread_ts=card["ts"])

    def _card(self, client: str, having: str) -> Json | None:
        for message in reversed(self.channel()):
            if (
                message.get("bot_id") == BOT_ID
                and client in str(message)
                and having in str(message.get("blocks", ""))
            ):
                return message
        return None

    def _find(self, words: str) -> Json | None:
        for message in self.channel():
            for each in (message, *self.thread(message["ts"])[1:]):
                if words in str(each):
                    return each
        return None
