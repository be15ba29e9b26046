"""Upkeep: heartbeat, adoption of what dead processes held, purge, scan for what is due, sweep of the banks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from bot.adapters.database import radar
from bot.adapters.database.engine import Database
from bot.adapters.database.outbox import UNOWNED, Outbox
from bot.adapters.database.tables import inbox, launch, outbox, replica, send_budget
from bot.adapters.jobs import Jobs
from bot.adapters.pace import MOVE, known
from bot.domain.errors import TryAgain
from bot.engine import Engine
from bot.ports import Clock

log = structlog.get_logger(__name__)
SCAN_SECONDS, BEAT_SECONDS, SWEEP_SECONDS, PURGE_SECONDS = 1.0, 5.0, 20.0, 6 * 3600.0
ANCHOR_SECONDS = 24 * 3600.0
SCANNED = 50
"""Deadlines that happen in one go. A press waits for them, as they share a commit."""
SCAN, LEAD_SECONDS = "scan", 5.0
"""The row of the one that scans, and how long the others leave it to him without hearing of him."""
DEAD_AFTER = 30.0  # less, and a process that was only paused could do its work twice
REMEMBER = timedelta(days=8)  # Telegram's update ids are unique for a week, its webhooks come again for a day


class Upkeep:
    """A few loops. Each goes on after an error: the world may change."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        lanes: Outbox,
        jobs: Jobs,
        clock: Clock,
        *,
        beat_seconds: float = BEAT_SECONDS,
        dead_after: float = DEAD_AFTER,
        read_every: timedelta | None = None,
        expire: Callable[[], Awaitable[None]] | None = None,
        anchor: Callable[[], Awaitable[None]] | None = None,
        digest: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.database = database
        self.engine = engine
        self.lanes = lanes
        self.jobs = jobs
        self.clock = clock
        self.beat_seconds = beat_seconds
        self.dead_after = dead_after
        self.read_every = read_every
        """How often a connection is read unasked; None where no aggregator sees any."""
        self.expire = expire
        """Lets the secure pages whose time has passed say so."""
        self.anchor = anchor
        """Keeps outside of the database where the audit trail stands."""
        self.digest = digest
        """Orders the digest of the morning, where it is due."""
        self.declared_dead = asyncio.Event()
        """Set when the others took us for dead: what we hold is theirs now, so we must stop."""
        self._known = False
        self._leads_until = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Beat once, take up what we left behind, then go on in the background."""
        await self._beat()
        await self.lanes.pick_up()
        await self._anchor()
        for seconds, work in (
            (SCAN_SECONDS, self.scan),
            (self.beat_seconds, self._beat),
            (SWEEP_SECONDS, self.sweep),
            (PURGE_SECONDS, self._purge),
            (ANCHOR_SECONDS, self._anchor),
        ):
            self._tasks.append(asyncio.create_task(self._every(seconds, work)))

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await work()
            except TryAgain as error:
                log.warning("upkeep waits for the database", reason=str(error))
            except Exception:
                log.exception("upkeep failed")

    async def scan(self) -> None:
        """Everything whose deadline has passed happens now, a few at a time: between them, whoever acts is heard."""
        while await self._leads() and await self.engine.overdue(SCANNED):
            pass

    async def _leads(self) -> bool:
        """Is the scan ours? Two processes that let the same deadlines happen would wait for each other all along."""
        return self.database.is_sqlite or await self.database.write_alone(self._lead)

    def _lead(self, sql: sa.Connection) -> bool:
        now = time.time()
        until = known(sql, SCAN)
        if until != self._leads_until and now < until <= now + LEAD_SECONDS:
            return False
        self._leads_until = now + LEAD_SECONDS
        sql.execute(MOVE, {"row": SCAN, "next_at": self._leads_until})
        return True

    async def sweep(self) -> None:
        """The banks whose turn it is are read, as many as one sweep takes: never all of them at once."""
        if self.expire is not None:
            await self.expire()
        if self.digest is not None:
            await self.digest()
        if self.read_every is not None:
            await self.engine.sweep(self.read_every)

    async def _beat(self) -> None:
        """Say that we live; adopt those who do not."""
        dead = await self.database.write(self._live)
        if dead is None:
            log.error("taken for dead by the other processes: stopping")
            self.declared_dead.set()
            return
        for each in dead:
            claimed = await self.database.write(partial(self._claim, dead=each))
            if claimed is None:
                continue
            log.warning("adopting the work of a dead process", replica=each)
            await self.jobs.adopt([each])
            await self.database.write(partial(self._inherit, dead=each, claimed=claimed))
        await self.lanes.pick_up()

    def _live(self, sql: sa.Connection) -> list[str] | None:
        me, now = self.lanes.owner, time.time()
        seen = sql.execute(sa.update(replica).where(replica.c.id == me).values(seen_at=now)).rowcount
        if not seen and self._known:
            return None
        if not seen:
            sql.execute(sa.insert(replica).values(id=me, seen_at=now))
        self._known = True
        sql.execute(sa.update(outbox).where(outbox.c.owner == UNOWNED).values(owner=me))
        others = sa.select(replica.c.id).where(replica.c.seen_at < now - self.dead_after, replica.c.id != me)
        return list(sql.execute(others).scalars())

    def _claim(self, sql: sa.Connection, dead: str) -> float | None:
        """One of us adopts it, and another one if we die of it; None where it is taken, or has come back."""
        now = time.time()
        still = (replica.c.id == dead, replica.c.seen_at < now - self.dead_after)
        return now if sql.execute(sa.update(replica).where(*still).values(seen_at=now)).rowcount else None

    def _inherit(self, sql: sa.Connection, dead: str, claimed: float) -> None:
        """Its rows become ours, unless it has come back since and says them by itself."""
        gone = sa.delete(replica).where(replica.c.id == dead, replica.c.seen_at == claimed)
        if sql.execute(gone).rowcount:
            sql.execute(sa.update(outbox).where(outbox.c.owner == dead).values(owner=self.lanes.owner))

    async def _anchor(self) -> None:
        if self.anchor is not None:
            await self.anchor()

    async def _purge(self) -> None:
        before = (self.clock.now() - REMEMBER).timestamp()
        await self.database.write(lambda sql: sql.execute(sa.delete(inbox).where(inbox.c.received_at < before)))
        await self.database.write(lambda sql: sql.execute(sa.delete(launch).where(launch.c.seen_at < before)))
        rested = sa.delete(send_budget).where(send_budget.c.next_at < time.time() - DEAD_AFTER)
        await self.database.write(lambda sql: sql.execute(rested))
        await self.database.write(lambda sql: radar.purge(sql, self.clock.now()))
        await self.jobs.purge()
