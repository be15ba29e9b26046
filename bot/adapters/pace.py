"""The pace: all processes draw their send slots from one row a channel (GCRA), so that a limit holds across all.

Who is more urgent goes first, in this process and in the others: a slot is taken only shortly before its moment, and
the less urgent have to be nearer to it (`REACH`). So where the more urgent alone fill the channel, every next slot is
gone before a nudge may ask for it (docs/decisions/0014-the-urgent-reach-further.md).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from enum import IntEnum
from functools import partial
from itertools import islice

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.database.engine import Database
from bot.adapters.database.tables import send_budget
from bot.domain.errors import TryAgain

log = structlog.get_logger(__name__)
AT_ONCE = 64
MOST = 50
"""Slots that are taken in one transaction."""
DATABASE_SECONDS = 0.5
"""How long to wait for a database that does not answer, before it is asked again."""
CHAT_SECONDS, GROUP_SECONDS = 1.0, 3.0
"""Between two messages into one chat; a group takes 20 a minute. core.telegram.org/bots/faq, « hitting limits »."""
BURST = 3
"""As many pass at once, for an answer may be two messages: Telegram allows short bursts, without saying how short."""


class Urgency(IntEnum):
    """Who goes first where a channel is full."""

    SECURITY = 0
    """What keeps a secret or a page safe."""
    ANSWER = 1
    """Somebody acted, and waits."""
    ESCALATION = 2
    """A person of the firm takes over."""
    NUDGE = 3
    """Nobody asked for it."""


REACH = {Urgency.SECURITY: 0.4, Urgency.ANSWER: 0.3, Urgency.ESCALATION: 0.2, Urgency.NUDGE: 0.1}
"""Seconds before its moment at which a slot may be taken. They lie further apart than a transaction takes."""

KNOWN = sa.select(send_budget.c.next_at).where(send_budget.c.name == sa.bindparam("row")).with_for_update()
MOVE = sa.update(send_budget).where(send_budget.c.name == sa.bindparam("row")).values(next_at=sa.bindparam("next_at"))
BEGIN = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(send_budget).on_conflict_do_nothing()
    for dialect in (sqlite, postgresql)
}


class Pace:
    """Turns to send: slots of `1 / rate` seconds, and `at_once` under way at most; a rate of 0 is unpaced.

    Real time: pacing has nothing to do with due dates.
    """

    def __init__(self, database: Database, name: str, rate: float, at_once: int = AT_ONCE) -> None:
        self.database = database
        self.name = name
        self.rate = rate
        self._room = at_once
        self._line: dict[Urgency, dict[object, asyncio.Future[float]]] = {each: {} for each in Urgency}
        self._serving: asyncio.Task[None] | None = None
        self._stirred = asyncio.Event()
        self._free_at = 0.0
        """Before this moment no slot is free, as far as we know; others can only make it later."""
        self._closed_until = 0.0

    @contextlib.asynccontextmanager
    async def turn(self, urgency: Urgency = Urgency.ANSWER, chat: int | None = None) -> AsyncIterator[None]:
        """Wait for a turn, then send. A chat waits for one turn at a time. Raises `TryAgain`."""
        moment = await self._granted(urgency, chat)
        while moment < self._closed_until:  # « too many » was said since
            self._leave()
            moment = await self._granted(urgency, chat)
        try:
            if chat is not None and self.rate:
                await until(await self.database.write_alone(partial(self._take_in_chat, chat=chat)))
            yield
        finally:
            self._leave()

    def hasten(self, chat: int, urgency: Urgency) -> None:
        """Something more urgent waits behind what this chat waits for: its turn comes sooner."""
        for each in Urgency:
            if each > urgency and chat in self._line[each]:
                self._line[urgency][chat] = self._line[each].pop(chat)
                self._stirred.set()

    async def push_back(self, seconds: float) -> None:
        """The channel said « too many »: nobody, in any process, takes a slot before this has passed."""
        if self.rate:
            self._closed_until = max(self._closed_until, time.time() + seconds)
            await self.database.write_alone(partial(self._close, until=self._closed_until))

    async def _granted(self, urgency: Urgency, chat: int | None) -> float:
        """Stand in line; returns the moment of the slot, once that has come."""
        key: object = object() if chat is None else chat
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._line[urgency][key] = future
        self._stirred.set()
        if self._serving is None or self._serving.done():
            self._serving = asyncio.create_task(self._serve())
        try:
            moment = await future
            await until(moment)
        except BaseException:
            self._step_out(key, future)
            raise
        return moment

    def _step_out(self, key: object, future: asyncio.Future[float]) -> None:
        for waiting in self._line.values():
            if waiting.get(key) is future:
                del waiting[key]
        if future.done() and not future.cancelled() and future.exception() is None:
            self._room += 1
        self._stirred.set()

    def _leave(self) -> None:
        self._room += 1
        self._stirred.set()

    def _first(self) -> Iterator[Urgency]:
        """The urgency of each who waits, the most urgent first."""
        return (urgency for urgency, waiting in self._line.items() for _ in waiting)

    async def _serve(self) -> None:
        """Hand out turns for as long as somebody waits."""
        while any(self._line.values()):
            self._stirred.clear()
            try:
                pause = await self._hand_out()
            except TryAgain as error:
                log.warning("the pace waits for the database", reason=str(error))
                await asyncio.sleep(DATABASE_SECONDS)
                continue
            except Exception as error:  # handed to those who wait
                self._fail(error)
                continue
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stirred.wait(), pause)

    async def _hand_out(self) -> float | None:
        """Give turns to as many as may have one now; returns how long to wait then, None for whoever is under way."""
        wanted = list(islice(self._first(), min(self._room, MOST)))
        if not wanted:
            return None
        if not self.rate:
            taken: Sequence[float] = [0.0] * len(wanted)
        elif self._free_at - REACH[wanted[0]] > time.time():
            taken = ()
        else:
            taken, self._free_at = await self.database.write_alone(partial(self._take, wanted=wanted))
        for moment in taken:
            self._give(moment)
        urgent = next(self._first(), None)
        return 0.0 if urgent is None else max(0.0, self._free_at - REACH[urgent] - time.time())

    def _give(self, moment: float) -> None:
        """To the most urgent of those who wait now."""
        for waiting in self._line.values():
            while waiting:
                future = waiting.pop(next(iter(waiting)))
                if not future.done():  # he may have gone, a moment ago
                    self._room -= 1
                    return future.set_result(moment)
        return None

    def _fail(self, error: Exception) -> None:
        for waiting in self._line.values():
            while waiting:
                waiting.popitem()[1].set_exception(error)

    def _take(self, sql: sa.Connection, wanted: Sequence[Urgency]) -> tuple[list[float], float]:
        """The moments of the slots that are near enough for those who want them, and of the next one."""
        now = time.time()
        free_at, taken = max(now, known(sql, self.name)), []
        for urgency in wanted:
            if free_at > now + REACH[urgency]:
                break
            taken.append(free_at)
            free_at += 1 / self.rate
        if taken:
            sql.execute(MOVE, {"row": self.name, "next_at": free_at})
        return taken, free_at

    def _take_in_chat(self, sql: sa.Connection, chat: int) -> float:
        """The moment at which one chat may get its next message."""
        row, gap = f"{self.name}:{chat}", GROUP_SECONDS if chat < 0 else CHAT_SECONDS
        now, due = time.time(), known(sql, f"{self.name}:{chat}")
        sql.execute(MOVE, {"row": row, "next_at": max(now, due) + gap})
        return max(now, due - (BURST - 1) * gap)

    def _close(self, sql: sa.Connection, until: float) -> None:
        sql.execute(MOVE, {"row": self.name, "next_at": max(until, known(sql, self.name))})


def known(sql: sa.Connection, row: str) -> float:
    """The next moment that a row has, locked until the transaction ends; a new row begins now."""
    found: float | None = sql.execute(KNOWN, {"row": row}).scalar()
    if found is None:
        sql.execute(BEGIN[sql.dialect.name], {"name": row, "next_at": 0.0})
        found = sql.execute(KNOWN, {"row": row}).scalar_one()
    return found


async def until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - time.time()))
