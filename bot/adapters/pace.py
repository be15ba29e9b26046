"""The pace: all processes draw their send slots from one row a channel (GCRA), so that a limit holds across all."""

import asyncio
import time
from functools import partial

import sqlalchemy as sa

from bot.adapters.database.engine import Database
from bot.adapters.database.tables import send_budget


class Pace:
    """Slots of `1 / rate` seconds; a rate of 0 is unpaced. Real time: pacing has nothing to do with due dates."""

    def __init__(self, database: Database, name: str, rate: float) -> None:
        self.database = database
        self.name = name
        self.rate = rate
        self._waiting: list[asyncio.Future[float]] = []
        self._reserving: asyncio.Task[None] | None = None

    async def slot(self) -> None:
        """Wait for the next slot. Slots asked for together are reserved together."""
        if not self.rate:
            return
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        if self._reserving is None or self._reserving.done():
            self._reserving = asyncio.create_task(self._reserve())
        await asyncio.sleep(max(0.0, await future - time.time()))

    async def push_back(self, seconds: float) -> None:
        """The channel said « too many »: nobody, in any process, sends before this has passed."""
        if self.rate:
            await self.database.write(partial(self._take, count=0, not_before=time.time() + seconds))

    async def _reserve(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            try:
                first = await self.database.write(partial(self._take, count=len(waiting)))
            except Exception as error:  # handed to those who wait
                for future in waiting:
                    if not future.done():
                        future.set_exception(error)
                continue
            for place, future in enumerate(waiting):
                if not future.done():
                    future.set_result(first + place / self.rate)

    def _take(self, sql: sa.Connection, count: int, not_before: float = 0.0) -> float:
        """Reserve `count` slots in a row; returns the moment of the first."""
        now = max(time.time(), not_before)
        row = send_budget.c.name == self.name
        known: float | None = sql.execute(sa.select(send_budget.c.next_at).where(row).with_for_update()).scalar()
        if known is None:
            sql.execute(sa.insert(send_budget).values(name=self.name, next_at=now + count / self.rate))
            return now
        first = max(now, known)
        sql.execute(sa.update(send_budget).where(row).values(next_at=first + count / self.rate))
        return first
