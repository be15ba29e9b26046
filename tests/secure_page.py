"""A restaurant with two banks and their secure links; and the web door in front of them, over real HTTP.

Shared by the tests of the links, of the web door, and of the page in a browser.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.codec import state_to_json
from bot.adapters.database.engine import Database
from bot.adapters.database.links import Links
from bot.adapters.database.store import SqlStore
from bot.adapters.database.tables import client_file, connection, contact, conversation, metadata, secure_link
from bot.adapters.texts import Texts
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BotError
from bot.domain.login_form import LoginForm
from bot.domain.secret import Secret
from bot.domain.secure_link import Opened
from bot.engine import Engine
from bot.http import bind
from bot.ports import Capabilities, Diagnosis, Job
from flows.password_change import NewPassword
from flows.renewal import Checking
from handlers.guard import WebOptions
from handlers.init_data import Check
from handlers.web import web_routes

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ODETTE, SOMEBODY_ELSE = 700_001, 700_002


@dataclass
class HandClock:
    """Business time that passes only when a test says so."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment


@dataclass
class House:
    """Odette's restaurant: one conversation waits for her new password, another bank has its own."""

    database: Database
    clock: HandClock
    links: Links
    conversation: int
    other_conversation: int

    async def mint(self) -> tuple[int, str]:
        link, token = await self.links.mint(self.conversation, ODETTE, True)
        return link, token.reveal()

    async def opened(self, token: str) -> Opened:
        opened = await self.links.open(token)
        assert opened is not None
        return opened

    async def proven(self) -> tuple[int, str]:
        link, token = await self.mint()
        opened = await self.opened(token)
        assert await self.links.prove(link, opened.number, ODETTE)
        return link, token

    async def rows(self) -> list[Any]:
        statement = sa.select(secure_link).order_by(secure_link.c.id)
        return await self.database.read(lambda sql: list(sql.execute(statement)))

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]


def furnish(sql: sa.Connection) -> list[int]:
    """One client file, two banks, one contact who has a chat."""
    metadata.create_all(sql)
    file = sql.execute(sa.insert(client_file).values(name="Chez Odette", aggregator_user="u7")).inserted_primary_key
    assert file is not None
    sql.execute(sa.insert(contact).values(name="Mme Odette Martin", chat_id=ODETTE))
    return [converse(sql, file[0], *bank) for bank in (("Banque du Zinc", "c9"), ("Crédit des Halles", "c10"))]


def converse(sql: sa.Connection, file: int, bank: str, vendor_id: str) -> int:
    """A conversation about one bank, at the point where the new password is wanted."""
    values = {"file_id": file, "bank": bank, "aggregator_connection": vendor_id}
    key = sql.execute(sa.insert(connection).values(values)).inserted_primary_key
    assert key is not None
    state = state_to_json(NewPassword(resume=Checking()))
    talk = sql.execute(sa.insert(conversation).values(connection_id=key[0], state=state)).inserted_primary_key
    assert talk is not None
    return int(talk[0])


@contextlib.asynccontextmanager
async def furnished(database_url: str) -> AsyncIterator[House]:
    """The house, in a fresh database."""
    database = Database(database_url)
    clock = HandClock()
    first, second = await database.write(furnish)
    yield House(database, clock, Links(database, clock), first, second)
    await database.aclose()


@dataclass
class Vendor:
    """An aggregator whose hosted page is at `host`; `trouble` is raised instead."""

    host: str = "https://webview.vendor.example"
    trouble: BotError | None = None
    asked: list[tuple[ConnectionRef, str, str, bool]] = field(default_factory=list)
    renewed: Reading | None = None
    """What opening a renewed connection gives."""
    opened_with: list[tuple[ConnectionRef, str]] = field(default_factory=list)
    name: str = "vendor"
    capabilities: Capabilities = field(default_factory=lambda: Capabilities(sees_state=True, hosted_page=True))

    async def renewal_page(self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool) -> Secret:
        if self.trouble is not None:
            raise self.trouble
        self.asked.append((ref, return_to, state, new_secret))
        return Secret(f"{self.host}/reconnect?code=one-visit-code&state={state}")

    async def read(self, ref: ConnectionRef) -> Reading:
        return Reading(ConnectionState.UNKNOWN)

    async def returned(self, ref: ConnectionRef, code: Secret) -> Reading | None:
        if self.trouble is not None:
            raise self.trouble
        self.opened_with.append((ref, code.reveal()))
        return self.renewed

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        return None

    async def sync(self, ref: ConnectionRef) -> None:
        return None

    async def connections(self, user: str) -> Sequence[Reading]:
        return []

    async def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        return []

    async def diagnose(self, return_to: str = "") -> Sequence[Diagnosis]:
        return []

    async def aclose(self) -> None:
        return None


@dataclass
class WebDoor:
    """The web door, where it listens, and what it asked of the rest of the house."""

    house: House
    vendor: Vendor
    questions: list[Opened] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)
    mute: BotError | None = None
    """Raised when the number is to be asked for in Telegram."""
    gone: BotError | None = None
    """Raised when somebody asks whether the database answers."""
    base: str = ""
    check: Check | None = None
    """How Telegram's word for who opened a Mini App is checked."""
    bot_name: str = "resync_bot"

    async def ask_number(self, opened: Opened) -> None:
        if self.mute is not None:
            raise self.mute
        self.questions.append(opened)

    async def ready(self) -> None:
        if self.gone is not None:
            raise self.gone

    def app(self, **options: Any) -> ASGIApp:
        """The program's web door, with its real engine."""
        known = {"public_url": self.base, "firm": "C’ moi le chef", "allowed_hosts": (self.vendor.host,)}
        store = SqlStore(self.house.database, lambda _, job: self.jobs.append(job), lambda _: None)
        engine = Engine(store, self.house.clock, FrenchCalendars("Europe/Paris"))
        return Starlette(
            routes=web_routes(
                self.house.links, engine, self.vendor, Texts(), WebOptions(**{**known, **options}),
                self.ask_number, self.ready, self.check, bot_name=lambda: self.bot_name,
            )
        )  # fmt: skip

    async def state(self) -> str:
        """Where the conversation is, as stored."""
        statement = sa.select(conversation.c.state).where(conversation.c.id == self.house.conversation)
        return str(await self.house.database.read(lambda sql: sql.execute(statement).scalar_one()))

    async def tap(self, number: int) -> bool | None:
        """Odette taps a number in Telegram, under the last question."""
        return await self.house.links.prove(self.questions[-1].id, number, ODETTE)


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[tuple[socket.socket, str]]:
    """A free loopback port, and its address."""
    with bind(
        "127.0.0.1:0"
    ) as bound:  # as the program does: without it, each answer would wait for Nagle's algorithm
        bound.listen()
        yield bound, f"http://127.0.0.1:{bound.getsockname()[1]}"


@contextlib.asynccontextmanager
async def served(app: ASGIApp, bound: socket.socket) -> AsyncIterator[None]:
    """The application on that port. Whoever asks before it runs, waits."""
    config = uvicorn.Config(
        app, log_level="error", lifespan="off", ws="none", proxy_headers=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    # `_serve` is `serve` without its signal handlers, which belong to pytest here.
    task = asyncio.create_task(server._serve([bound]))
    try:
        yield
    finally:
        server.should_exit = True
        await task
