"""Durable jobs on DBOS: everything that is not a word to a client (readings of the bank, what staff see).

A job is enqueued in the transaction that decided it, performed at least once, in order within a conversation, and
survives a kill. DBOS keeps one instance a process, so this is the one place of the program with a global.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient

from bot.adapters.database.engine import Database, open_engine
from bot.adapters.database.outbox import to_body, to_job
from bot.domain.errors import TryAgain
from bot.ports import Job
from flows.effects import ReadBank, SendMail

log = structlog.get_logger(__name__)
VERSION = "1"
"""Raised by hand only when a stored job of the old form could not be performed by the new code."""
STAFF, BANK, MAIL = "staff", "bank", "mail"
"""Letters wait apart: a mail server that is away must not hold up what staff see."""
POLL_SECONDS = 0.2
LONGEST_WAIT = 60.0
PURGED = 500
"""Jobs that are forgotten in one transaction."""
KEEP = timedelta(days=8)  # longer than any sender repeats itself: a finished row is the idempotency key

Perform = Callable[[Job], Awaitable[None]]


class Jobs:
    """The port to DBOS: `enqueue` in a transaction, `start`, `aclose`, and the upkeep it leaves to us."""

    running: ClassVar["Jobs | None"] = None

    def __init__(self, database: Database, replica: str, perform: Perform) -> None:
        self.database = database
        self.replica = replica
        self.perform = perform
        self.in_flight = 0
        self._engine = open_dbos_engine(database)
        self._client: DBOSClient | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last_place = 0

    async def start(self) -> None:
        """Launch DBOS in this loop, on our own database; what this replica left behind is taken up again."""
        self._loop = asyncio.get_running_loop()
        logging.getLogger("dbos").setLevel(logging.ERROR)
        url = self.database.url.set(drivername=self.database.url.get_backend_name())
        DBOS(
            config={
                "name": "resync",
                "system_database_url": url.render_as_string(hide_password=False),
                "system_database_engine": self._engine,
                "application_version": VERSION,
                "executor_id": self.replica,
                "max_executor_threads": 8,
                "log_level": "ERROR",
            }
        )
        Jobs.running = self
        DBOS.launch()
        logging.getLogger("dbos").handlers.clear()  # its own handler would go past our redaction
        self.connect()
        for name, options in ((STAFF, {"partition_concurrency": 1}), (BANK, {}), (MAIL, {})):
            await DBOS.register_queue_async(
                name,
                worker_concurrency=20,
                polling_interval_sec=POLL_SECONDS,
                on_conflict="always_update",
                **options,  # type: ignore[arg-type]
            )

    def connect(self) -> None:
        """Be able to enqueue, and no more: for a command that leaves the work to the running program."""
        self._client = DBOSClient(system_database_engine=self._engine, application_name="resync")

    def enqueue(self, sql: sa.Connection, job: Job) -> None:
        """Make a job durable in the caller's transaction. Repeating it is without effect."""
        assert self._client is not None, "start() comes first"
        options: dict[str, Any] = {"workflow_name": "job", "queue_name": BANK, "workflow_id": job.id}
        if isinstance(job.effect, SendMail):
            options["queue_name"] = MAIL
        elif not isinstance(job.effect, ReadBank):
            options |= {
                "queue_name": STAFF,
                "queue_partition_key": str(job.conversation_id),
                "priority": self._place(),
            }
        self._client.enqueue_in_transaction(sql, options, to_body(job), job.chat_id)  # type: ignore[arg-type]

    def _place(self) -> int:
        """The order within a conversation. DBOS knows only milliseconds, and all of a transaction are alike to it."""
        self._last_place = max(self._last_place + 1, int(datetime.now(UTC).timestamp() * 100) % 2_000_000_000)
        return self._last_place

    async def idle(self) -> bool:
        """Is no job waiting or running?"""
        if self.in_flight:
            return False
        return not await asyncio.to_thread(self._waiting)

    def _waiting(self) -> bool:
        waiting = DBOS.list_workflows(
            status=["ENQUEUED", "PENDING", "DELAYED"], limit=1, load_input=False, load_output=False
        )
        return bool(waiting)

    async def adopt(self, dead: list[str]) -> None:
        """Take over what dead replicas held. DBOS does this only in its hosted service.

        `_recover_pending_workflows` is private: the minor version is pinned, and a test covers it.
        """
        await asyncio.to_thread(DBOS._recover_pending_workflows, dead)

    async def purge(self) -> int:
        """Forget jobs that finished long ago; returns how many."""
        before, purged = (datetime.now(UTC) - KEEP).isoformat(), 0
        while True:  # a firm of 5,000 banks finishes more in six hours than one go takes
            done = await DBOS.list_workflows_async(
                completed_before=before, limit=PURGED, load_input=False, load_output=False
            )
            await DBOS.delete_workflows_async([each.workflow_id for each in done])
            purged += len(done)
            if len(done) < PURGED:
                return purged

    async def aclose(self) -> None:
        """Stop; unfinished jobs stay in the database.

        DBOS closes the default executor of the loop that it runs on, hence the thread and the new executor.
        """
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as thread:
            await loop.run_in_executor(thread, self._destroy)
        loop.set_default_executor(ThreadPoolExecutor())
        self._engine.dispose()

    def _destroy(self) -> None:
        if self._client is not None:
            self._client.destroy()
        if Jobs.running is self:
            DBOS.destroy()
            Jobs.running = None

    async def work(self, job: Job) -> None:
        """Perform a job in the loop of everything that it touches, whichever loop DBOS chose for it.

        DBOS takes a loop of its own wherever ours stands still at that very moment, as it does between the parts of a
        test: what a job then waited for there would wake nobody here.
        """
        assert self._loop is not None, "start() comes first"
        if asyncio.get_running_loop() is self._loop:
            await self._counted(job)
        else:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._counted(job), self._loop))

    async def _counted(self, job: Job) -> None:
        task = asyncio.current_task()
        assert task is not None, "a coroutine runs in a task"
        self._tasks.add(task)
        self.in_flight += 1
        try:
            await self.run(job)
        finally:
            self.in_flight -= 1
            self._tasks.discard(task)

    async def run(self, job: Job) -> None:
        """Perform a job until it is done, with a patience that grows."""
        wait = 0.5
        while True:
            try:
                return await self.perform(job)
            except TryAgain as error:
                log.warning("job will be tried again", job=job.id, reason=str(error))
                await asyncio.sleep(error.after if error.after is not None else wait * (1 + random.random()))
                wait = min(wait * 2, LONGEST_WAIT)


def open_dbos_engine(database: Database) -> sa.Engine:
    """DBOS's own connections to our database."""
    engine = open_engine(database.url, 4 if database.is_sqlite else 8, writes=False)
    if database.is_sqlite:

        @sa.event.listens_for(engine, "connect")
        def begin_immediate(connection: Any, _record: object) -> None:
            connection.isolation_level = "IMMEDIATE"

    return engine


@DBOS.workflow(name="job")
async def job_workflow(body: str, chat_id: int | None) -> None:
    """One durable job. It runs again from the start after a kill: performing is at least once."""
    jobs = Jobs.running
    if jobs is not None:
        await jobs.work(to_job(body, chat_id))
