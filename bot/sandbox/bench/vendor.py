"""The sandbox's aggregator in a process of its own, as far away as is wanted: what it costs is not the reader's.

`python -m bot.sandbox.bench.vendor CONNECTIONS USERS LATENCY` prints its address, and ends with its standard input.
"""

import asyncio
import contextlib
import gc
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.app import fastest_loop
from bot.http import HttpServer
from bot.sandbox.bank import Bank
from bot.sandbox.world import CLIENT_ID, CLIENT_SECRET, HOOK_SECRET

COUNT = "/calls"
"""Where it says how many calls it was asked, without counting this one."""


class FarAway:
    """Each call reaches the aggregator `latency` seconds late, and is counted."""

    def __init__(self, aggregator: ASGIApp, latency: float) -> None:
        self._aggregator, self._latency = aggregator, latency
        self._calls = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == COUNT:
            answer: ASGIApp = JSONResponse(self._calls)
        else:
            answer = self._aggregator
            self._calls += 1
            await asyncio.sleep(self._latency)
        await answer(scope, receive, send)


def filled(connections: int, users: int) -> Bank:
    """A bank world in which the connections 1, 2, 3 … belong to the users 1, 2, 3 … in turn."""
    bank = Bank(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, webhook_secret=HOOK_SECRET, now=now)
    for _ in range(users):
        bank.create_user("")
    for number in range(connections):
        bank.connect(1 + number % users, f"Banque {1 + number // users}")
    return bank


def now() -> datetime:
    return datetime.now(UTC)


async def serve(connections: int, users: int, latency: float) -> None:
    far = FarAway(Starlette(routes=filled(connections, users).routes), latency)
    server = HttpServer(far, "127.0.0.1:0")
    await server.start()
    gc.freeze()  # its ten thousand connections stay: to walk over them would hold up an answer
    print(server.address, flush=True)  # noqa: T201  # for the process that started this one
    await asyncio.to_thread(sys.stdin.read)
    await server.aclose()


@contextlib.asynccontextmanager
async def running(connections: int, users: int, latency: float) -> AsyncIterator[str]:
    """The address of such a process, which is gone afterwards."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(connections), str(users), str(latency),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.stdin.close()
        await process.wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        runner.run(serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
