"""The program itself, in one thread: its real engine, store, worker and texts. Only the queues are a list here."""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.links import Links
from bot.adapters.database.outbox import Row
from bot.adapters.database.records import SqlRecords
from bot.adapters.database.store import SqlStore, SqlTransaction
from bot.adapters.database.tables import connection, conversation
from bot.adapters.texts import Texts
from bot.domain.errors import TryAgain
from bot.engine import Engine, Envelope, Outcome
from bot.ports import Aggregator, Conversation, Job, Messenger, StaffDesk, Transaction
from bot.worker import House, Worker
from flows.effects import TO_CLIENT

T = TypeVar("T")
NEXT = sa.select(
    sa.select(sa.func.min(conversation.c.deadline)).scalar_subquery(),
    sa.select(sa.func.min(connection.c.next_read_at)).scalar_subquery(),
)
"""The next deadline, and the next turn of a bank to be read."""
NEVER = datetime.max.replace(tzinfo=UTC)


class Clock:
    """Business time; the simulation moves it from one event to the next."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class InlineDatabase(Database):
    """SQLite in memory, in the thread of the loop: the very statements, without hops between threads and commits.

    Nothing is ever undone here: what raises inside a transaction ends the simulation.
    """

    def __init__(self) -> None:
        super().__init__("sqlite:///:memory:")
        schema.prepare(self)
        self._sql = self.writer.connect()

    async def write(self, work: Callable[[sa.Connection], T]) -> T:
        return work(self._sql)

    async def read(self, work: Callable[[sa.Connection], T]) -> T:
        return work(self._sql)

    async def aclose(self) -> None:
        self._sql.close()
        await super().aclose()


class WatchedTransaction(SqlTransaction):
    """Tells of each state that is stored."""

    moved: Callable[[Conversation], None]

    def save(self, conversation: Conversation, now: datetime, *, spoken: bool) -> None:
        super().save(conversation, now, spoken=spoken)
        self.moved(conversation)


class WatchedStore(SqlStore):
    """The store, with what was saved told to the simulation."""

    def __init__(
        self,
        database: Database,
        enqueue: Callable[[sa.Connection, Job], Row | None],
        push: Callable[[list[Row]], None],
        moved: Callable[[Conversation], None],
    ) -> None:
        super().__init__(database, enqueue, push)
        self.moved = moved

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        def run(sql: sa.Connection) -> tuple[T, list[Row]]:
            tx = WatchedTransaction(sql, self._enqueue)
            tx.moved = self.moved
            return work(tx), tx.rows

        outcome, rows = await self.database.write(run)
        self._push(rows)
        return outcome


class FrankWorker(Worker):
    """A worker whose failures end the simulation instead of becoming a line for staff."""

    async def _admit(self, job: Job) -> None:
        raise AssertionError(f"{job} failed")


class Program:
    """What runs at the firm. `quiet` lets everything happen that is due now, as `App.quiet` does."""

    def __init__(
        self,
        clock: Clock,
        aggregator: Aggregator,
        messenger: Messenger,
        desk: StaffDesk,
        moved: Callable[[Conversation], None],
        later: Callable[[timedelta, Any], None],
    ) -> None:
        self.clock = clock
        self.later = later
        self.database = InlineDatabase()
        self.calendars = FrenchCalendars("Europe/Paris")
        self.jobs: deque[Job] = deque()
        self.job: Job | None = None
        """What is being performed."""
        self.store = WatchedStore(
            self.database,
            lambda _sql, job: Row(0, "", job),
            lambda rows: self.jobs.extend(row.job for row in rows),
            moved,
        )
        self.engine = Engine(self.store, clock, self.calendars)
        house = House("Cabinet Dupont", "https://resync.example", "https://resync.example/notice", Path)
        self.worker = FrankWorker(
            self.engine, SqlRecords(self.database), Links(self.database, clock), Texts(), messenger, desk, aggregator,
            clock, self.calendars, house,
        )  # fmt: skip
        self.every = aggregator.capabilities.read_every

    async def receive(self, envelope: Envelope) -> Outcome:
        """Something from outside, and all that follows at once."""
        outcome = await self.engine.receive(envelope)
        await self.work()
        return outcome

    async def quiet(self) -> None:
        """Everything that is due."""
        while True:
            await self.work()
            due, read = await self._next()
            if due <= self.clock.moment:
                await self.engine.overdue()
            elif read <= self.clock.moment:
                await self.engine.sweep(self.every)
            else:
                return

    async def work(self) -> None:
        while self.jobs:
            await self._perform(self.jobs.popleft())

    async def _perform(self, job: Job) -> None:
        self.job = job
        try:
            if not isinstance(job.effect, TO_CLIENT):
                await self.worker.work(job)
            elif job.chat_id is not None:
                await self.worker.say(job)
        except TryAgain:
            self.later(timedelta(seconds=20), lambda: self._again(job))
        finally:
            self.job = None

    async def _again(self, job: Job) -> None:
        self.jobs.append(job)
        await self.work()

    async def next_due(self) -> datetime:
        """The next moment at which something happens by itself."""
        return min(await self._next())

    async def _next(self) -> tuple[datetime, datetime]:
        due, read = await self.database.read(lambda sql: sql.execute(NEXT).one())
        return never_or(due), never_or(read)


def never_or(seconds: float | None) -> datetime:
    return NEVER if seconds is None else datetime.fromtimestamp(seconds, UTC)
