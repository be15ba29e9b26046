"""Servers on loopback for one test: the sandbox's Slack, and the program's own side of it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from starlette.types import ASGIApp

from tests.handlers.desk import Desk, opened

Serve = Callable[[ASGIApp], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Call it with an application; it gives the base address, and stops the server after the test."""
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    async def start(app: ASGIApp) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(
            app, log_level="error", lifespan="off", ws="websockets-sansio", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        ready = asyncio.Event()
        startup = server.startup

        async def startup_told(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets)
            ready.set()

        server.startup = startup_told  # type: ignore[method-assign]
        # `_serve` is `serve` without its signal handlers, which belong to pytest here.
        task = asyncio.create_task(server._serve([listening]))
        running.append((server, task))
        await ready.wait()
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for server, task in running:
        server.should_exit = True
        await task


@pytest.fixture
async def desk(serve: Serve, sqlite_database: str) -> AsyncIterator[Desk]:
    """A firm with its Slack and its real database."""
    async with opened(serve, sqlite_database) as desk:
        yield desk
