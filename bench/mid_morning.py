"""`resync run` on a Tuesday at ten, whatever the hour is: a decent one, so that whoever is to be reminded may be."""

import asyncio
from datetime import UTC, datetime

from bot.adapters.clock import MovableClock
from bot.app import fastest_loop, run
from bot.settings import load_settings

TEN = datetime(2026, 11, 24, 9, tzinfo=UTC)

if __name__ == "__main__":
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        runner.run(run(load_settings(), MovableClock(TEN)))
