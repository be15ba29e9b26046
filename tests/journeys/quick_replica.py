"""The program with a quick heart, as a process: a test need not wait half a minute for a death to be noticed."""

import asyncio

from bench.mid_morning import TEN
from bot.adapters.clock import MovableClock
from bot.adapters.upkeep import Upkeep
from bot.app import App
from bot.settings import load_settings

BEAT_SECONDS, DEAD_AFTER = 0.2, 5.0


async def run() -> None:
    app = App(load_settings(), MovableClock(TEN))
    app.upkeep = Upkeep(
        app.database, app.engine, app.outbox, app.jobs, app.clock, beat_seconds=BEAT_SECONDS, dead_after=DEAD_AFTER
    )
    await app.start()
    await app.upkeep.declared_dead.wait()


if __name__ == "__main__":
    asyncio.run(run())
