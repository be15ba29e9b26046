"""One process of the program, as `resync run` runs it, at an hour at which nudges leave, whatever hour it is here.

`python -m bot.sandbox.bench.sender SECONDS` is so many seconds ahead of the real time. Settings are as always.
"""

import asyncio
import gc
import sys
from datetime import UTC, datetime, timedelta

from bot.adapters.clock import MovableClock
from bot.adapters.logs import set_up_logs
from bot.app import App, fastest_loop
from bot.settings import load_settings


async def serve(ahead: timedelta) -> None:
    settings = load_settings()
    set_up_logs(settings.log_level)
    app = App(settings, MovableClock(datetime.now(UTC) + ahead))
    await app.start()
    gc.freeze()  # as `resync run` does
    await app.upkeep.declared_dead.wait()
    await app.aclose()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        runner.run(serve(timedelta(seconds=float(sys.argv[1]))))
