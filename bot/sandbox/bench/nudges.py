"""Very many nudges at once, while clients press buttons and processes are killed: `resync bench nudges`.

The sandbox's Telegram counts as the real one does, 30 messages a second from a bot and about one a second in a chat;
at another pace than 25 its limits are another in proportion. The programs are whole ones, each a process of its own.
"""

import asyncio
import contextlib
import itertools
import re
import time
from bisect import bisect_left
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from bot.adapters.codec import state_to_json
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact, outbox
from bot.app import fastest_loop
from bot.domain.buttons import Press, parse
from bot.http import HttpServer
from bot.sandbox.bench import fleet
from bot.sandbox.bench.fleet import MORNING, Fleet
from bot.sandbox.slack import Slack
from bot.sandbox.telegram import Telegram
from bot.sandbox.world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, TELEGRAM_TOKEN
from flows.renewal import StepA
from flows.state import Quiet, State

PACE = 25.0
CLIENTS = 10
"""Who press buttons meanwhile, on `MOVES`, which lead from step A to « when? » and back."""
MOVES = ("later", "start")
THINKS = 5.0
STALLED = 90.0
"""Seconds without a nudge after which nothing more is waited for."""
LINGER = 2.0
SLICE = 5_000
DOUBTFUL, DUE = "a doubtful nudge is not repeated", re.compile(r"\bdue:(\d+):")


@dataclass
class Client:
    """Somebody who presses the newest button, some seconds after it came."""

    id: int
    sequence: int = -1
    pressed_at: float = 0.0
    waits: list[float] = field(default_factory=list)
    disorder: int = 0
    twice: int = 0


@dataclass(frozen=True)
class Figures:
    """What was seen. Times in seconds."""

    nudges: int
    processes: int
    pace: float
    kills: int
    stopped: int
    """Processes that stopped by themselves, since the others took them for dead, and were started again."""
    seconds: float
    arrived: int
    """Clients who were nudged, once or more often."""
    twice: int
    """Nudges beyond the first to a client."""
    doubtful: int
    """Nudges that were on their way when a process was killed, or that nobody answered; these are never repeated."""
    doubtful_missing: int
    """Those of them that had not arrived."""
    too_many: int
    """429s."""
    disorder: int
    answers: Sequence[float]
    """From a press to the message that answers it, while nudges were leaving."""
    unanswered: int
    answers_twice: int
    most_a_second: int

    @property
    def lost(self) -> int:
        """Neither arrived nor declared doubtful."""
        return self.nudges - self.arrived - self.doubtful_missing

    @property
    def rate(self) -> float:
        """Messages a second that arrived as nudges."""
        return self.arrived / self.seconds


def measure(url: str, nudges: int, processes: int, pace: float = PACE, kill_every: float = 10.0) -> Figures:
    """On an empty database. One process after the other is killed every so many seconds; 0: none is."""
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        return runner.run(Stage(url, nudges, processes, pace, kill_every).play())


class Stage:
    """The world, the people in it, and what they saw."""

    def __init__(self, url: str, nudges: int, processes: int, pace: float, kill_every: float) -> None:
        self._url, self._pace, self._kill_every = url, pace, kill_every
        self._nudges, self._processes = nudges, processes
        faster = pace / PACE
        self._telegram = Telegram(TELEGRAM_TOKEN, enforce_rate=True, monotonic=lambda: time.monotonic() * faster)
        self._slack = Slack(bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET)
        self._clients = {number: Client(number) for number in range(1, CLIENTS + 1)}
        self._nudged: dict[int, int] = {}
        self._doubtful: set[int] = set()
        self._missing: set[int] = set()
        self._moments: list[float] = []
        self._first = self._last = 0.0
        self._over = False
        self._kills = 0
        self._thinking: set[asyncio.Task[None]] = set()

    async def play(self) -> Figures:
        await furnish(self._url, CLIENTS, self._nudges)
        with TemporaryDirectory(prefix="resync-bench-") as folder:
            async with self._opened(Path(folder)) as (database, programs):
                killing = asyncio.create_task(self._kill(database, programs))
                looking_after = asyncio.create_task(programs.look_after())
                await self._until_all_came()
                self._over = True
                await killing
                await self._settle(database)
                looking_after.cancel()
                await asyncio.gather(looking_after, return_exceptions=True)
            self._doubtful |= declared(programs)
        clients = self._clients.values()
        return Figures(
            nudges=self._nudges,
            processes=self._processes,
            pace=self._pace,
            kills=self._kills,
            stopped=programs.stopped,
            seconds=self._last - self._first,
            arrived=len(self._nudged),
            twice=sum(self._nudged.values()) - len(self._nudged),
            doubtful=len(self._doubtful),
            doubtful_missing=len(self._doubtful - self._nudged.keys()),
            too_many=self._telegram.refused[429],
            disorder=sum(each.disorder for each in clients),
            answers=[wait for each in clients for wait in each.waits],
            unanswered=self._unanswered(),
            answers_twice=sum(each.twice for each in clients),
            most_a_second=densest(self._moments),
        )

    @contextlib.asynccontextmanager
    async def _opened(self, folder: Path) -> AsyncIterator[tuple[Database, Fleet]]:
        """Everything runs, and everybody's telephone is read."""
        app = Starlette()
        server = HttpServer(app, "127.0.0.1:0")
        programs = Fleet(self._processes, fleet.settings(self._url, server.address, self._pace), folder)
        app.routes.extend(
            [
                Route("/telegram/webhook", programs.balance, methods=["POST"]),
                Mount("/telegram", routes=self._telegram.routes),
                Mount("/slack", routes=self._slack.routes),
            ]
        )
        await self._introduce()
        await server.start()
        database, reading = Database(self._url), asyncio.create_task(self._read())
        try:
            await programs.start()
            for each in self._clients:
                await self._telegram.starts(each)
            yield database, programs
        finally:
            tasks = (reading, *self._thinking)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await programs.aclose()
            await self._telegram.aclose()
            await self._slack.aclose()
            await server.aclose()
            await database.aclose()

    async def _introduce(self) -> None:
        """Everybody talked to the bot long ago: what he said then is not sent again."""
        for number in range(1, CLIENTS + self._nudges + 1):
            self._telegram.person(number, f"Client {number}")
            await self._telegram.starts(number)
        await self._telegram.perform("deleteWebhook", {"drop_pending_updates": True})

    async def _read(self) -> None:
        """What arrives on the telephones."""
        async for change in self._telegram.subscribe():
            if change["kind"] == "message" and change["message"]["from"]["is_bot"]:
                now = time.monotonic()
                self._moments.append(now)
                client = self._clients.get(change["chat"])
                if client is None:
                    self._is_nudged(change["chat"], now)
                else:
                    self._is_answered(client, change["message"], now)

    def _is_nudged(self, chat: int, now: float) -> None:
        self._first, self._last = self._first or now, now
        self._nudged[chat] = self._nudged.get(chat, 0) + 1

    def _is_answered(self, client: Client, message: dict[str, Any], now: float) -> None:
        """A message with a button leads on, unless it was seen before."""
        found = offered(message)
        if found is None:
            return
        press, data = found
        if press.sequence <= client.sequence:
            client.twice += press.sequence == client.sequence
            client.disorder += press.sequence < client.sequence
            return
        client.sequence = press.sequence
        if client.pressed_at and not self._over:
            client.waits.append(now - client.pressed_at)
        client.pressed_at = 0.0
        task = asyncio.create_task(self._presses(client, message["message_id"], data))
        self._thinking.add(task)
        task.add_done_callback(self._thinking.discard)

    async def _presses(self, client: Client, message: int, data: str) -> None:
        await asyncio.sleep(THINKS)
        if not self._over:
            client.pressed_at = time.monotonic()
            await self._telegram.presses(client.id, message, data)

    async def _kill(self, database: Database, programs: Fleet) -> None:
        """One after the other; what was on its way then is in doubt."""
        for member in itertools.cycle(programs.members if self._kill_every else ()):
            await asyncio.sleep(self._kill_every)
            if self._over:
                return
            await member.kill()
            self._kills += 1
            self._doubtful |= await database.read(in_doubt)
            await programs.restart(member)

    async def _until_all_came(self) -> None:
        """Or until none has come for so long that none will."""
        self._last = time.monotonic()
        while len(self._nudged.keys() | self._doubtful) < self._nudges:
            if time.monotonic() - self._last > STALLED:
                return
            await asyncio.sleep(0.1)

    async def _settle(self, database: Database) -> None:
        """Nobody presses any more; what is still on its way may arrive, the second time too."""
        end = time.monotonic() + STALLED
        while time.monotonic() < end and (self._unanswered() or await database.read(waiting)):  # noqa: ASYNC110  # it calls nobody
            await asyncio.sleep(0.1)
        await asyncio.sleep(LINGER)

    def _unanswered(self) -> int:
        return sum(bool(each.pressed_at) for each in self._clients.values())


def in_doubt(sql: sa.Connection) -> set[int]:
    """The chats of nudges that are marked as attempted: those of the dead, and a few that leave just now."""
    return set(sql.execute(sa.select(outbox.c.chat_id).where(outbox.c.attempted)).scalars())


def declared(programs: Fleet) -> set[int]:
    """The conversations, numbered as their chats, of the nudges that the programs say they do not repeat."""
    lines = (line for member in programs.members for line in member.log.read_text("utf-8").splitlines())
    return {int(found[1]) for line in lines if DOUBTFUL in line and (found := DUE.search(line))}


def waiting(sql: sa.Connection) -> bool:
    """Are there words that have not left?"""
    return sql.execute(sa.select(outbox.c.id).limit(1)).first() is not None


def offered(message: dict[str, Any]) -> tuple[Press, str] | None:
    """The button of a message that leads on."""
    for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
        for button in row:
            press = parse(button.get("callback_data", ""))
            if isinstance(press, Press) and press.choice in MOVES:
                return press, button["callback_data"]
    return None


def densest(moments: Sequence[float]) -> int:
    """The most that fell into any one second."""
    return max((bisect_left(moments, at + 1.0) - place for place, at in enumerate(moments)), default=0)


async def furnish(url: str, clients: int, nudges: int) -> None:
    """So many at step A, and then those whose bank lapses in a fortnight and whose first reminder is due."""
    database = Database(url)
    schema.prepare(database)
    for first in range(1, clients + nudges + 1, SLICE):
        numbers = range(first, min(first + SLICE, clients + nudges + 1))
        await database.write(partial(fill, numbers=numbers, clients=clients))
    await database.aclose()


def fill(sql: sa.Connection, numbers: range, clients: int) -> None:
    """One client file, contact, connection and conversation for each number."""
    lapses = (MORNING + timedelta(days=14)).date()
    for table, rows in (
        (client_file, [{"id": each, "name": f"Chez {each}"} for each in numbers]),
        (contact, [{"id": each, "name": f"Client {each}", "chat_id": each} for each in numbers]),
        (file_contact, [{"file_id": each, "contact_id": each} for each in numbers]),
        (connection, [
            {"id": each, "file_id": each, "bank": "Crédit Agricole", "synchronised": True, "expires_on": lapses}
            for each in numbers
        ]),
        (conversation, [talk(each, StepA() if each <= clients else Quiet()) for each in numbers]),
    ):  # fmt: skip
        sql.execute(sa.insert(table), rows)


def talk(number: int, state: State) -> dict[str, object]:
    due = MORNING - timedelta(minutes=1) if isinstance(state, Quiet) else MORNING + timedelta(days=2)
    return {
        "id": number,
        "connection_id": number,
        "contact_id": number,
        "state": state_to_json(state),
        "deadline": due.timestamp(),
    }
