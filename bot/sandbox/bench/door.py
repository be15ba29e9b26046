"""The web door in a process of its own, on a database of its own, which notes how long each answer took it.

`python -m bot.sandbox.bench.door LINKS` prints its address and the tokens of so many links, and ends with its
standard input. Nobody taps a number, so no aggregator is ever asked.
"""

import asyncio
import contextlib
import gc
import json
import sys
import time
from collections import defaultdict
from collections.abc import AsyncIterator

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.adapters.aggregators import open_aggregator
from bot.adapters.calendars import FrenchCalendars
from bot.adapters.clock import SystemClock
from bot.adapters.codec import state_to_json
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.links import Links
from bot.adapters.database.store import SqlStore
from bot.adapters.database.tables import client_file, connection, conversation
from bot.adapters.texts import Texts
from bot.app import fastest_loop
from bot.domain.secure_link import Opened
from bot.engine import Engine
from bot.http import HttpServer
from bot.sandbox.world import scratch_database
from bot.settings import Settings
from flows.password_change import NewPassword
from flows.renewal import Checking
from handlers.guard import LIMITS, Limit, WebOptions
from handlers.web import PAGE, web_routes

BARE, TIMES = "/bare", "/times"
CHAT = 1
UNLIMITED = {door: Limit(10**9, each.seconds) for door, each in LIMITS.items()}
"""Everybody comes from this machine."""


class Timed:
    """How long the application took for each answer, in seconds, by path; given and forgotten at `TIMES`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._took: dict[str, list[float]] = defaultdict(list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == TIMES:
            took, self._took = self._took, defaultdict(list)
            return await JSONResponse(took)(scope, receive, send)
        begin = time.perf_counter()
        await self._app(scope, receive, send)
        self._took[scope["path"]].append(time.perf_counter() - begin)
        return None


def furnish(sql: sa.Connection, links: int) -> list[int]:
    """A conversation for each link, because a new link ends the earlier ones of its conversation."""
    file_id = sql.execute(
        sa.insert(client_file).values(name="Le Petit Zinc").returning(client_file.c.id)
    ).scalar_one()
    state = state_to_json(NewPassword(resume=Checking()))
    talks = []
    for number in range(links):
        bank = sa.insert(connection).values(file_id=file_id, bank=f"Banque {number}").returning(connection.c.id)
        key = sql.execute(bank).scalar_one()
        talk = sa.insert(conversation).values(connection_id=key, state=state).returning(conversation.c.id)
        talks.append(sql.execute(talk).scalar_one())
    return talks


def routes(links: Links, database: Database) -> list[BaseRoute]:
    """The program's web door; and beside it a page of the same size, by Starlette alone."""
    settings = Settings.model_validate({"aggregator": "manual"})
    clock = SystemClock()
    engine = Engine(
        SqlStore(database, lambda _sql, _job: None, lambda _rows: None), clock, FrenchCalendars("Europe/Paris")
    )
    options = WebOptions(settings.public_url, settings.firm_name, (), limits=UNLIMITED)
    bare = (PAGE / "index.html").read_text("utf-8")

    async def on_bare(_: Request) -> Response:
        return HTMLResponse(bare)

    async def ask_number(_: Opened) -> None:
        """In the program, a row of the outbox."""

    async def ready() -> None:
        """It is."""

    aggregator = open_aggregator(settings, clock.now)
    return [
        *web_routes(links, engine, aggregator, Texts(), options, ask_number, ready, bot_name=lambda: "resync_bot"),
        Route(BARE, on_bare),
    ]


async def serve(count: int) -> None:
    with scratch_database() as url:
        database = Database(url)
        schema.prepare(database)
        links = Links(database, SystemClock())
        talks = await database.write(lambda sql: furnish(sql, count))
        tokens = [(await links.mint(talk, CHAT, True))[1].reveal() for talk in talks]
        server = HttpServer(Timed(Starlette(routes=routes(links, database))), "127.0.0.1:0")
        await server.start()
        gc.freeze()  # as `resync run` does
        print(json.dumps([server.address, tokens]), flush=True)  # noqa: T201  # for the process that started this one
        await asyncio.to_thread(sys.stdin.read)
        await server.aclose()
        await database.aclose()


@contextlib.asynccontextmanager
async def running(links: int) -> AsyncIterator[tuple[str, list[str]]]:
    """The address of such a process, which is gone afterwards, and the tokens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, str(links),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**24,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address, tokens = json.loads(await process.stdout.readline())
        yield address, tokens
    finally:
        process.stdin.close()
        await process.wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        runner.run(serve(int(sys.argv[1])))
