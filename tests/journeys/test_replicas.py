"""Two processes on one PostgreSQL: one dies for good, and the other goes on with what it held. What DBOS keeps."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.phones import BenchTelegram, offered
from bench.programs import Program, Server, resync, running
from bench.seed import seed
from bot.adapters import jobs as durable
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.tables import outbox, replica
from bot.adapters.jobs import Jobs
from bot.adapters.texts import Texts
from bot.http import HttpServer
from bot.ports import Job
from bot.sandbox.actors import patterns
from bot.sandbox.slack import Slack
from bot.sandbox.world import APP_TOKEN, BOT_TOKEN, CHANNEL, SIGNING_SECRET
from flows.effects import ReadBank
from tests.journeys import quick_replica
from tests.journeys.story import is_card, said

T = TypeVar("T")
Json = dict[str, Any]
TEXTS = Texts()
ODETTE, MARCEL = 1, 2
PATIENCE = 60.0
STUCK_JOBS = "SELECT count(*) FROM dbos.workflow_status WHERE status = 'PENDING' AND executor_id = :owner"


class Door:
    """What one process sees of the world. Shut, it holds every call until the caller hangs up."""

    def __init__(self, world: ASGIApp) -> None:
        self.world = world
        self.shut = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.shut:
            return await self.world(scope, receive, send)
        while (await receive())["type"] != "http.disconnect":
            pass
        return None


class Pair:
    """A world with a door for each of two processes, and their database."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.url = database_url
        self.folder = folder
        self.database = Database(database_url)
        self.telegram = BenchTelegram()
        self.slack = Slack(bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET)
        world = Starlette(
            routes=[Mount("/telegram", routes=self.telegram.routes), Mount("/slack", routes=self.slack.routes)]
        )
        self.doors = {"first": Door(world), "second": Door(world)}
        self.server = HttpServer(
            Starlette(routes=[Mount(f"/{name}", app=door) for name, door in self.doors.items()]), "127.0.0.1:0"
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Pair"]:
        await self.server.start()
        try:
            yield self
        finally:
            await self.telegram.aclose()
            await self.slack.aclose()
            await self.server.aclose()
            await self.database.aclose()

    @asynccontextmanager
    async def replica(self, name: str) -> AsyncIterator[Program]:
        """A process behind the door `name`, once its heart beats; killed -9 at the end."""
        before = len(await self.owners())
        _, settings = resync(Server(self.telegram, f"{self.server.address}/{name}"), self.url)
        async with running(["-m", quick_replica.__name__], settings, self.folder) as program:
            await self.until(lambda sql: len(living(sql)) > before)
            yield program

    async def owners(self) -> list[str]:
        """The processes that say they live."""
        return await self.database.read(living)

    async def until(self, shown: Callable[[sa.Connection], Any]) -> None:
        """Wait until the database shows something."""
        await until(partial(self.database.read, shown))


async def until(met: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await met():  # noqa: ASYNC110  # the database calls nobody
            await asyncio.sleep(0.05)


async def seen(look: Callable[[], T | None]) -> T:
    """Wait until something is there to be seen."""
    async with asyncio.timeout(PATIENCE):
        while not (found := look()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    return found


def living(sql: sa.Connection) -> list[str]:
    return list(sql.execute(sa.select(replica.c.id)).scalars())


def owned(sql: sa.Connection, chat: int) -> list[str]:
    """Who has to say the words that wait for a chat."""
    return list(sql.execute(sa.select(outbox.c.owner).where(outbox.c.chat_id == chat)).scalars())


@pytest.fixture
async def pair(postgres_database: str, tmp_path: Path) -> AsyncIterator[Pair]:
    await seed(postgres_database, 2)
    async with Pair(postgres_database, tmp_path).opened() as pair:
        yield pair


async def test_what_a_dead_process_held_is_done_by_the_other_once_and_in_order(pair: Pair) -> None:
    telegram = pair.telegram
    async with pair.replica("first") as first:
        (mine,) = await pair.owners()
        for person in (ODETTE, MARCEL):
            telegram.person(person, f"Client {person}")
            await telegram.starts(person)
        message, data = await seen(lambda: first_button(pair, ODETTE))
        await seen(lambda: first_button(pair, MARCEL))
        pair.doors["first"].shut = True

        await telegram.presses(ODETTE, message, data)
        await telegram.writes(MARCEL, "je veux parler à un humain")
        await pair.until(lambda sql: owned(sql, ODETTE) == [mine] * 2)
        await pair.until(lambda sql: sql.execute(sa.text(STUCK_JOBS), {"owner": mine}).scalar())

        async with pair.replica("second"):
            # The second process takes this one in, and leaves it to the first: his earlier words are still there.
            await telegram.writes(ODETTE, "pourquoi ?")
            await pair.until(lambda sql: owned(sql, ODETTE) == [mine] * 3)
            first.process.kill()
            await first.process.wait()
            await pair.until(lambda sql: not owned(sql, ODETTE) and not owned(sql, MARCEL))
            await pair.until(lambda sql: mine not in living(sql))
            await seen(lambda: cards(pair, "Chez 2"))
    when, why = heard(pair, ODETTE)[-2:]
    assert is_text(when, "renewal-when"), "what the first process owed him came first"
    assert is_text(why, "why-renew")
    assert [is_text(each, "renewal-when") for each in heard(pair, ODETTE)].count(True) == 1
    assert len(cards(pair, "Chez 2")) == 1


def first_button(pair: Pair, person: int) -> tuple[int, str] | None:
    """The message and the button by which somebody can go on."""
    for message in heard(pair, person):
        found = offered(message)
        if found:
            return message["message_id"], found[1]
    return None


def heard(pair: Pair, person: int) -> list[Json]:
    """What the bot wrote to somebody."""
    return [message for message in pair.telegram.chat(person) if message["from"]["is_bot"]]


def cards(pair: Pair, client: str) -> list[Json]:
    """The cards about a client file."""
    return [message for message in pair.slack.messages(CHANNEL) if is_card(message) and client in str(message)]


def is_text(message: Json, key: str) -> bool:
    return any(pattern.fullmatch(said(message)) for pattern in patterns(TEXTS, key))


@pytest.fixture
async def jobs(database_url: str) -> AsyncIterator[Jobs]:
    """DBOS in this process, whose jobs do nothing."""

    async def perform(_job: Job) -> None:
        return

    database = Database(database_url)
    schema.prepare(database)
    jobs = Jobs(database, "solo", perform)
    await jobs.start()
    yield jobs
    await jobs.aclose()
    await database.aclose()


async def test_jobs_are_forgotten_long_after_they_ended_and_not_before(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = Job("tg:1/0", conversation_id=1, chat_id=ODETTE, effect=ReadBank())
    for _ in range(2):  # the same event once more: the finished job is what makes it known
        await jobs.database.write(lambda sql: jobs.enqueue(sql, job))
    await until(jobs.idle)
    assert await jobs.purge() == 0
    monkeypatch.setattr(durable, "KEEP", timedelta(seconds=-1))
    assert await jobs.purge() == 1
    assert await jobs.purge() == 0


async def test_however_many_jobs_ended_all_are_forgotten_in_one_go(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They hold what clients wrote: more of them than a batch must not stay a day longer."""
    for number in range(5):
        job = Job(f"tg:{number}/0", conversation_id=1, chat_id=ODETTE, effect=ReadBank())
        await jobs.database.write(lambda sql, job=job: jobs.enqueue(sql, job))  # type: ignore[misc]  # mypy infers no default of a lambda
    await until(jobs.idle)
    monkeypatch.setattr(durable, "KEEP", timedelta(seconds=-1))
    monkeypatch.setattr(durable, "PURGED", 2)
    assert await jobs.purge() == 5
