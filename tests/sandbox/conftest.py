"""Serves a sandbox server over real HTTP, on a free loopback port, for one test."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import uvicorn
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bot.sandbox.slack import Slack

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


class HandClock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def hand_clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def slack(serve: Serve, hand_clock: HandClock) -> AsyncIterator[Slack]:
    """A Slack with two colleagues, served under a prefix; retries do not wait, and its real time is still."""
    slack = Slack(
        bot_token="xoxb-sandbox",
        app_token="xapp-sandbox",
        signing_secret="a signing secret",
        retry_delays=(0, 0, 0),
        monotonic=hand_clock,
    )
    slack.user("U0ANNA", "anna", "Anna Blanc")
    slack.user("U0BRUNO", "bruno", "Bruno Petit")
    slack.base_url = await serve(Starlette(routes=[Mount("/slack", routes=slack.routes)])) + "/slack"
    yield slack
    await slack.aclose()


@pytest.fixture
def client(slack: Slack) -> AsyncWebClient:
    """Slack's own client, holding the bot token."""
    return AsyncWebClient(token="xoxb-sandbox", base_url=f"{slack.base_url}api/")
