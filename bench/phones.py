"""The other end of the line: the sandbox's Telegram, with people in it who press buttons as fast as they may.

A press is done when its toast, its mark and the next message have all arrived; only then does that person press
again. Both sides of a comparison meet the same people on the same server.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import aiohttp

from bot.domain.buttons import Press, parse
from bot.sandbox.telegram import Telegram
from bot.sandbox.telegram.webhook import Webhook

TOKEN = "123456:bench-token-that-opens-nothing-at-all"
PARTS = {"toast", "edit", "message"}
MOVES = ("later", "start")
"""The two buttons that lead from step A to « when? » and back, for ever."""
PATIENCE = 60.0


@dataclass
class TimedWebhook(Webhook):
    """The sandbox's deliveries, each with the seconds until it was acknowledged."""

    acks: list[float] = field(default_factory=list)

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=PATIENCE),
                trace_configs=[self._watch()],
            )
        return self._session

    def _watch(self) -> aiohttp.TraceConfig:
        watch = aiohttp.TraceConfig()

        async def begin(_session: Any, context: SimpleNamespace, _what: Any) -> None:
            context.began = time.perf_counter()

        async def end(_session: Any, context: SimpleNamespace, _what: Any) -> None:
            self.acks.append(time.perf_counter() - context.began)

        watch.on_request_start.append(begin)
        watch.on_request_end.append(end)
        return watch


class BenchTelegram(Telegram):
    """The sandbox's Telegram, whose answers can be made slow and whose deliveries are timed."""

    def __init__(self) -> None:
        super().__init__(TOKEN)
        self.acks: list[float] = []

    def slow_down(self, seconds: float) -> None:
        """From now on every answer takes this long."""
        self._latency = seconds

    def _webhook(self, url: str, secret: str, connections: int = 40) -> Webhook:
        confirm, now = self._updates.confirm, self._world.seconds
        return TimedWebhook(url, secret, connections, self._pause, now, confirm, self.perform, acks=self.acks)


@dataclass
class Phone:
    """One person's chat: what he may press now, and what he still waits for."""

    id: int
    sequence: int = -1
    message: int = 0
    data: str = ""
    waits_for: set[str] = field(default_factory=set)
    pressed_at: float = 0.0

    def idle(self) -> bool:
        """Has his last press been answered in full?"""
        return not self.waits_for


@dataclass
class Tally:
    """What was seen while it counted."""

    done: int = 0
    waits: list[float] = field(default_factory=list)
    inversions: int = 0
    duplicates: int = 0
    lost: int = 0


class Crowd:
    """Everybody's thumbs. `open` starts the chats, `press_in_turn` and `press_at` make them press."""

    def __init__(self, telegram: BenchTelegram, chats: int) -> None:
        self.telegram = telegram
        self.phones = {number: Phone(number) for number in range(1, chats + 1)}
        self.tally = Tally()
        self._again = False
        self._opened = asyncio.Event()
        self._idle = asyncio.Event()
        self._reader = asyncio.create_task(self._read())

    async def open(self) -> None:
        """Everybody presses « Démarrer » and waits for his first buttons."""
        for phone in self.phones.values():
            self.telegram.person(phone.id, f"Client {phone.id}")
            await self.telegram.starts(phone.id)
        await asyncio.wait_for(self._opened.wait(), PATIENCE)

    async def press_in_turn(self, seconds: float, warm_up: float, counting: Callable[[], None]) -> Tally:
        """Closed loop: each presses as soon as he is answered. Only what follows the warm-up counts."""
        self._again = True
        for phone in self.phones.values():
            await self._press(phone)
        await asyncio.sleep(warm_up)
        self._count_anew()
        counting()
        await asyncio.sleep(seconds)
        self._again = False
        return self.tally

    async def press_at(self, rate: float, seconds: float) -> Tally:
        """Open loop: so many presses a second, by whoever is idle, whether the others were answered or not."""
        self._count_anew()
        begin, turn = time.perf_counter(), 0
        waiting = list(self.phones.values())
        while turn < rate * seconds:
            await asyncio.sleep(max(0.0, begin + turn / rate - time.perf_counter()))
            phone = waiting[turn % len(waiting)]
            if phone.idle():
                await self._press(phone)
            turn += 1
        return self.tally

    async def settle(self) -> None:
        """Wait for the answers that are on their way; what does not come is lost."""
        self.telegram.slow_down(0)
        end = time.perf_counter() + PATIENCE
        while self._busy() and time.perf_counter() < end:
            self._idle.clear()
            await asyncio.wait([asyncio.create_task(self._idle.wait())], timeout=end - time.perf_counter())
        self.tally.lost = self._busy()

    async def aclose(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)

    def _busy(self) -> int:
        return sum(not phone.idle() for phone in self.phones.values())

    def _count_anew(self) -> None:
        inversions, duplicates = self.tally.inversions, self.tally.duplicates
        self.tally = Tally(inversions=inversions, duplicates=duplicates)
        self.telegram.acks.clear()

    async def _press(self, phone: Phone) -> None:
        phone.waits_for = set(PARTS)
        phone.pressed_at = time.perf_counter()
        await self.telegram.presses(phone.id, phone.message, phone.data)

    async def _read(self) -> None:
        async for change in self.telegram.subscribe():
            phone = self.phones.get(change["chat"])
            if phone is not None:
                await self._see(phone, change)

    async def _see(self, phone: Phone, change: dict[str, Any]) -> None:
        kind = change["kind"]
        if kind == "message" and not self._offer(phone, change["message"]):
            return
        if kind in phone.waits_for:
            phone.waits_for.discard(kind)
            if phone.idle():
                await self._answered(phone)
        elif phone.pressed_at:
            self.tally.duplicates += 1

    async def _answered(self, phone: Phone) -> None:
        self.tally.done += 1
        self.tally.waits.append(time.perf_counter() - phone.pressed_at)
        if self._again:
            await self._press(phone)
        elif not self._busy():
            self._idle.set()

    def _offer(self, phone: Phone, message: dict[str, Any]) -> bool:
        """A message of the bot with one of the two buttons; the sequence in it must grow."""
        found = offered(message) if message["from"]["is_bot"] else None
        if found is None:
            return False
        press, data = found
        if press.sequence < phone.sequence:
            self.tally.inversions += 1
        phone.sequence, phone.message, phone.data = press.sequence, message["message_id"], data
        if all(each.data for each in self.phones.values() if not self._opened.is_set()):
            self._opened.set()
        return True


def offered(message: dict[str, Any]) -> tuple[Press, str] | None:
    """The button of a message that leads on."""
    for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
        for button in row:
            press = parse(button.get("callback_data", ""))
            if isinstance(press, Press) and press.choice in MOVES:
                return press, button["callback_data"]
    return None


def share(values: Sequence[float], part: float) -> float:
    """A percentile, 0 where there is nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0
