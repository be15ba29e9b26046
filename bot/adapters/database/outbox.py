"""The outbox: what leaves to a client's chat, in order, kept until it has left.

A row is written in the transaction that decided it, and performed right after the commit from memory, by one lane
per chat; rows that have left are deleted in batches. What a dead process held is adopted by another one. What takes
a secret out of a chat has a lane of its own.

Why not a queue of DBOS: a conversation would make 110 to 160 steps a second, and this makes 280 to 550
(docs/decisions/0001-two-lanes.md). Everything that is not a word to a client is a job of DBOS.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog

from bot.adapters.codec import effect_from_json, effect_to_json
from bot.adapters.database.engine import Database
from bot.adapters.database.reminded import settle_nudges
from bot.adapters.database.tables import outbox
from bot.adapters.pace import Pace, Urgency
from bot.domain.errors import TryAgain
from bot.domain.reminded import Fate
from bot.ports import Job
from flows.effects import AskNumber, Effect, MarkChosen, RemoveMessage, Say, SayTogether

log = structlog.get_logger(__name__)
BACKOFF = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0, 60.0)
IN_DOUBT = 256
"""At most so many rows may have left without being forgotten yet: a kill can repeat no more, but for calls that
nobody answered."""
UNOWNED = ""
"""The owner of rows that were written by a command; a running process takes them within seconds."""
LARGEST_BATCH = 500
ABOUT_SAFETY = {"secret-removed", "secret-stays", "link-refused", "page-closed-by-staff", "page-closed-with-staff"}
ABOUT_STAFF = {"with-staff", "waiting-for-confirmation"}
NO_MESSAGE = (MarkChosen, RemoveMessage)
"""Effects that change what is there already. They wait for no turn, as Telegram counts what is sent."""

Perform = Callable[[Job], Awaitable[None]]
Lane = tuple[int, int]
"""A chat; and where a secret is to leave it, the message that holds it, else 0."""

KEEP = sa.insert(outbox).returning(outbox.c.id, outbox.c.owner)
BEFORE = (
    sa.select(outbox.c.owner)
    .where(outbox.c.chat_id == sa.bindparam("chat"))
    .order_by(outbox.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
KEEP_BEHIND = KEEP.values(owner=sa.func.coalesce(BEFORE, sa.bindparam("mine")))
"""Where there are several processes, words leave by the one that holds the earlier ones of the same chat."""
FORGET = sa.delete(outbox).where(outbox.c.id.in_(sa.bindparam("gone", expanding=True)))


def forget(gone: list[int], became: Mapping[str, Fate], sql: sa.Connection) -> None:
    """One statement for all, since each one lets go of the interpreter and has to wait to get it back."""
    settle_nudges(sql, became)
    for first in range(0, len(gone), LARGEST_BATCH):
        sql.execute(FORGET, {"gone": gone[first : first + LARGEST_BATCH]})


@dataclass(frozen=True)
class Row:
    """A job of the outbox and whether it was attempted before."""

    id: int
    owner: str
    job: Job
    attempted: bool = False


@dataclass
class Attempt:
    """Has the effect perhaps left?"""

    begun: bool = False


def urgency(effect: Effect) -> Urgency:
    """Who goes first, where more is to be said than the channel takes."""
    match effect:
        case Say(nudge=True) | SayTogether(text="several-banks"):
            return Urgency.NUDGE
        case RemoveMessage() | AskNumber():
            return Urgency.SECURITY
        case Say(text) if text in ABOUT_SAFETY:
            return Urgency.SECURITY
        case Say(text) if text in ABOUT_STAFF:
            return Urgency.ESCALATION
    return Urgency.ANSWER


def most_urgent(lane: Iterable[Row]) -> Urgency:
    """What waits behind others of its chat is not held up by their being less urgent."""
    return min(urgency(row.job.effect) for row in lane)


def is_nudge(job: Job) -> bool:
    """Is it tried once, and never again if it is not sure that it arrived?"""
    return urgency(job.effect) is Urgency.NUDGE


def lane_of(chat_id: int, effect: Effect) -> Lane:
    """A secret leaves its chat at once: it waits behind no word, and where it cannot leave, it holds up none."""
    return chat_id, effect.message_id if isinstance(effect, RemoveMessage) else 0


def to_body(job: Job) -> str:
    """A job as it is stored."""
    return json.dumps(
        {
            "job": job.id,
            "conversation": job.conversation_id,
            "sequence": job.sequence,
            "case": job.case_id,
            "effect": effect_to_json(job.effect),
            "facts": dict(job.facts),
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def to_job(body: str, chat_id: int | None) -> Job:
    """A stored job."""
    stored = json.loads(body)
    return Job(
        id=stored["job"],
        conversation_id=stored["conversation"],
        chat_id=chat_id,
        effect=effect_from_json(stored["effect"]),
        facts=stored["facts"],
        sequence=stored["sequence"],
        case_id=stored["case"],
    )


class Outbox:
    """One lane per chat. `owner` names this process; a stable name finds its own rows again after a restart.

    What is sent waits for its turn at `pace`, the most urgent first; by default nothing holds it up.
    """

    def __init__(
        self,
        database: Database,
        owner: str,
        perform: Perform,
        pace: Pace | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.database = database
        self.owner = owner
        self._perform = perform
        self._pace = pace or Pace(database, "unpaced", 0)
        self._sleep = sleep
        self._lanes: dict[Lane, deque[Row]] = {}
        self._held: set[int] = set()
        self._done: list[int] = []
        self._became: dict[str, Fate] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._flushing: asyncio.Task[None] | None = None
        self._doubt = asyncio.Semaphore(IN_DOUBT)

    def enqueue(self, sql: sa.Connection, job: Job) -> Row | None:
        """Write a job in the caller's transaction. The row must be pushed after the commit."""
        if job.chat_id is None:
            log.warning("nobody to say it to", job=job.id)
            return None
        values = {"job_id": job.id, "chat_id": job.chat_id, "body": to_body(job)}
        if self.database.is_sqlite:
            row = sql.execute(KEEP, {**values, "owner": self.owner}).one()
        else:
            row = sql.execute(KEEP_BEHIND, {**values, "chat": job.chat_id, "mine": self.owner}).one()
        return Row(row.id, row.owner, job)

    def push(self, rows: Iterable[Row]) -> None:
        """Let committed rows leave. What belongs to another process is left to it."""
        for row in rows:
            if row.owner != self.owner or row.id in self._held or row.job.chat_id is None:
                continue
            self._held.add(row.id)
            mine = lane_of(row.job.chat_id, row.job.effect)
            lane = self._lanes.get(mine)
            if lane is None:
                self._lanes[mine] = deque([row])
                self._keep(self._run(mine))
            else:
                lane.append(row)
                self._pace.hasten(row.job.chat_id, urgency(row.job.effect))

    async def pick_up(self) -> None:
        """Take the rows of ours that this process does not hold yet: after a start, or after an adoption.

        Read by the writer, in its turn: a reader beside it could still see a row that was just forgotten here,
        and say it twice.
        """
        self.push(await self.database.write(self._mine))

    def _mine(self, sql: sa.Connection) -> list[Row]:
        statement = sa.select(outbox).where(outbox.c.owner == self.owner).order_by(outbox.c.id)
        return [
            Row(row.id, row.owner, to_job(row.body, row.chat_id), row.attempted) for row in sql.execute(statement)
        ]

    def idle(self) -> bool:
        """Has everything left?"""
        return not self._lanes and not self._done and (self._flushing is None or self._flushing.done())

    async def aclose(self) -> None:
        """Stop; what has not left stays in the database."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._flush()

    def _keep(self, coroutine: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, mine: Lane) -> None:
        lane = self._lanes[mine]
        while lane:
            fate = await self._leave(lane[0], lane)
            self._finish(lane.popleft(), fate)
        del self._lanes[mine]

    async def _leave(self, row: Row, lane: Iterable[Row]) -> Fate:
        """Perform until it is done. A nudge is tried once: better none than two."""
        once = is_nudge(row.job)
        if once and row.attempted:
            log.warning("a doubtful nudge is not repeated", job=row.job.id)
            await self._doubt.acquire()
            return Fate.DOUBTFUL
        for wait in (*BACKOFF, *[BACKOFF[-1]] * 10_000):
            attempt = Attempt()
            try:
                await self._try(row, lane, attempt)
                return Fate.SENT
            except TryAgain as error:
                if once and attempt.begun and error.after is None:
                    log.warning("a doubtful nudge is not repeated", job=row.job.id, reason=str(error))
                    await self._doubt.acquire()
                    return Fate.DOUBTFUL
                await self._sleep(error.after if error.after is not None else wait)
        return Fate.DOUBTFUL

    async def _try(self, row: Row, lane: Iterable[Row], attempt: "Attempt") -> None:
        """Once, in its turn. What goes well stays in doubt until `_flush` has forgotten it."""
        chat_id = row.job.chat_id
        waiting = (
            nullcontext() if isinstance(row.job.effect, NO_MESSAGE) else self._pace.turn(most_urgent(lane), chat_id)
        )
        async with waiting:
            await self._doubt.acquire()
            try:
                if is_nudge(row.job):
                    await self._mark(row, attempted=True)
                attempt.begun = True
                await self._perform(row.job)
            except BaseException as error:
                self._doubt.release()
                if is_nudge(row.job) and isinstance(error, TryAgain) and error.after is not None:
                    await self._mark(row, attempted=False)  # it was refused, so it is not in doubt
                raise

    async def _mark(self, row: Row, *, attempted: bool) -> None:
        """Alone: its slot has come, and behind a large commit several such would leave together, later."""
        mark = sa.update(outbox).where(outbox.c.id == row.id).values(attempted=attempted)
        await self.database.write_alone(lambda sql: sql.execute(mark))

    def _finish(self, row: Row, fate: Fate) -> None:
        self._done.append(row.id)
        if is_nudge(row.job):
            self._became[row.job.id] = fate
        if self._flushing is None or self._flushing.done():
            self._flushing = self._keep(self._flush())

    async def _flush(self) -> None:
        while self._done:
            gone, self._done = self._done, []
            became, self._became = self._became, {}
            try:
                await self.database.write(partial(forget, gone, became))
            except TryAgain:
                self._done += gone
                self._became |= became
                await asyncio.sleep(BACKOFF[1])
                continue
            self._held.difference_update(gone)
            for _ in gone:
                self._doubt.release()
