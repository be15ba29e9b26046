"""kill -9 of the running program while five hundred clients press buttons: nothing lost, nothing twice, nobody stuck.

The moments are drawn by a seed and counted in answers, not in seconds. Telegram sends again what was not
acknowledged, as the real one does; the program is the real `resync run`, in a process of its own.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bench.phones import offered
from bench.programs import outside, resync, running
from bench.seed import seed
from bot.adapters.codec import state_from_json
from bot.adapters.database.engine import Database
from bot.adapters.database.outbox import IN_DOUBT
from bot.adapters.database.tables import conversation, inbox, outbox, staff_case
from bot.adapters.texts import Texts
from bot.sandbox.telegram import Telegram
from flows.escalation import WithStaff
from flows.renewal import Offered, When
from tests.journeys.story import is_nudge

Json = dict[str, Any]
CLIENTS, PRESSES, KILLS = 500, 3, 3
HASTY = 7  # every seventh taps each button twice
ASKS_FOR_A_PERSON = 25  # every twenty-fifth, at the end: what staff get is a job of DBOS
NUDGED = range(CLIENTS + 1, CLIENTS + 31)
PATIENCE = 120.0


class Client:
    """Somebody who presses the button of the newest step, again and again, as soon as it is offered."""

    def __init__(self, telegram: Telegram, number: int) -> None:
        self.telegram = telegram
        self.id = number
        self.pressed = 0
        self.updates = 1  # « /start »
        self.offers: list[int] = []
        """The steps that he was offered, in the order in which the messages came."""

    @property
    def wants_a_person(self) -> bool:
        return self.id % ASKS_FOR_A_PERSON == 0

    async def sees(self, message: Json) -> bool:
        """A message of the bot; he presses where it is a step further than he is. Is he at the end now?"""
        found = offered(message)
        if found is None:
            return False
        press, data = found
        self.offers.append(press.sequence)
        if press.sequence == self.pressed < PRESSES:
            self.pressed += 1
            await self._taps(message["message_id"], data)
        elif press.sequence == PRESSES and self.wants_a_person and self.offers.count(PRESSES) == 1:
            self.updates += 1
            await self.telegram.writes(self.id, "je veux parler à un humain")
        return press.sequence == PRESSES

    async def _taps(self, message: int, data: str) -> None:
        for _ in range(2 if self.id % HASTY == 0 else 1):
            self.updates += 1
            await self.telegram.presses(self.id, message, data)


class Crowd:
    """All clients; `answers` counts the messages that they got."""

    def __init__(self, telegram: Telegram) -> None:
        self.telegram = telegram
        self.clients = {number: Client(telegram, number) for number in range(1, CLIENTS + 1)}
        self.answers = 0
        self.at_the_end: set[int] = set()
        self.moved = asyncio.Event()

    @asynccontextmanager
    async def pressing(self) -> AsyncIterator[None]:
        """They begin, and go on by themselves."""
        reading = asyncio.create_task(self._read(self.telegram.subscribe()))
        for client in self.clients.values():
            self.telegram.person(client.id, f"Client {client.id}")
            await self.telegram.starts(client.id)
        try:
            yield
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def until(self, answers: int) -> None:
        """Wait until so many answers came, or until everybody is at the end."""
        async with asyncio.timeout(PATIENCE):
            while self.answers < answers and len(self.at_the_end) < CLIENTS:
                self.moved.clear()
                await self.moved.wait()

    def messages(self) -> Counter[tuple[int, int]]:
        """How often each chat was offered each step."""
        return Counter((client.id, step) for client in self.clients.values() for step in client.offers)

    async def _read(self, changes: AsyncIterator[Json]) -> None:
        async for change in changes:
            client = self.clients.get(change["chat"])
            if client and change["kind"] == "message" and change["message"]["from"]["is_bot"]:
                self.answers += 1
                if await client.sees(change["message"]):
                    self.at_the_end.add(client.id)
                self.moved.set()


class Doubts:
    """What a kill leaves open: rows of the outbox that may have left. Only these may be said a second time."""

    def __init__(self) -> None:
        self.allowed: Counter[tuple[int, int]] = Counter()
        self.left_already: list[int] = []
        """For each kill, the messages that had arrived and were not forgotten yet."""

    async def look(self, database: Database, crowd: Crowd) -> None:
        """Right after a kill."""
        rows = await database.read(lambda sql: sql.execute(sa.select(outbox)).all())
        waiting = {(row.chat_id, json.loads(row.body)["sequence"]) for row in rows}
        self.allowed.update(waiting)
        self.left_already.append(len(waiting & crowd.messages().keys()))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """The program's database, seen from outside; those to be nudged are due."""
    await seed(database_url, CLIENTS, stored=NUDGED[-1])
    database = Database(database_url)
    due = sa.update(conversation).where(conversation.c.id > CLIENTS).values(deadline=1.0)
    await database.write(lambda sql: sql.execute(due))
    yield database
    await database.aclose()


@pytest.mark.parametrize("drawn", [20261123])
async def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(
    database: Database, database_url: str, tmp_path: Path, drawn: int
) -> None:
    moments = sorted(random.Random(drawn).sample(range(50, CLIENTS * PRESSES), KILLS))
    async with outside() as server:
        await introduce(server.telegram, NUDGED)
        crowd, doubts, program = Crowd(server.telegram), Doubts(), resync(server, database_url)
        async with crowd.pressing():
            for moment in moments:
                async with running(*program, tmp_path):  # which ends with a kill -9
                    await crowd.until(moment)
                await doubts.look(database, crowd)
            async with running(*program, tmp_path):
                await crowd.until(10**9)
                await settled(database)
        await nothing_is_lost_or_done_twice(database, crowd)
        what_was_said_twice_was_in_doubt(crowd, doubts)
        await nobody_is_nudged_twice(database, server.telegram)


async def introduce(telegram: Telegram, people: range) -> None:
    """They talked to the bot long ago: what they said then is not sent again."""
    for number in people:
        telegram.person(number, f"Client {number}")
        await telegram.starts(number)
    await telegram.perform("deleteWebhook", {"drop_pending_updates": True})


async def settled(database: Database) -> None:
    """Wait until every word has left, everybody was nudged, and each case has its thread."""
    cases = CLIENTS // ASKS_FOR_A_PERSON
    with_thread = sa.select(sa.func.count()).where(staff_case.c.thread != "")
    looking = sa.select(sa.func.count()).where(conversation.c.id > CLIENTS, conversation.c.sequence < 2)

    def is_settled(sql: sa.Connection) -> bool:
        waiting = sql.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()
        return (waiting, sql.execute(looking).scalar_one(), sql.execute(with_thread).scalar_one()) == (0, 0, cases)

    async with asyncio.timeout(PATIENCE):
        while not await database.read(is_settled):  # noqa: ASYNC110  # the database calls nobody
            await asyncio.sleep(0.05)


async def nothing_is_lost_or_done_twice(database: Database, crowd: Crowd) -> None:
    """Each update was taken in once, each press had its effect once, and everybody is where he should be."""
    rows = await database.read(lambda sql: sql.execute(sa.select(conversation).order_by(conversation.c.id)).all())
    taken_in = await database.read(
        lambda sql: sql.execute(sa.select(sa.func.count()).where(inbox.c.id.startswith("tg:"))).scalar_one()
    )
    clients = crowd.clients.values()
    assert taken_in == sum(client.updates for client in clients)
    for client, row in zip(clients, rows[:CLIENTS], strict=True):
        state = state_from_json(row.state)
        assert (client.pressed, row.sequence) == (PRESSES, PRESSES + client.wants_a_person)
        assert isinstance(state, WithStaff if client.wants_a_person else When)
        assert set(client.offers) == set(range(PRESSES + 1)), "each step was offered, the last one too"


def what_was_said_twice_was_in_doubt(crowd: Crowd, doubts: Doubts) -> None:
    """In order, and never more often than kills found it in the outbox; and these are few."""
    for client in crowd.clients.values():
        assert client.offers == sorted(client.offers)
    twice = Counter({what: often - 1 for what, often in crowd.messages().items() if often > 1})
    assert twice <= doubts.allowed
    assert max(doubts.left_already) <= IN_DOUBT


async def nobody_is_nudged_twice(database: Database, telegram: Telegram) -> None:
    """A nudge that may have left is not repeated: once, or not at all."""
    texts = Texts()
    for number in NUDGED:
        nudges = [message for message in telegram.chat(number) if is_nudge(texts, message)]
        assert len(nudges) <= 1
    rows = await database.read(
        lambda sql: sql.execute(sa.select(conversation.c.state).where(conversation.c.id > CLIENTS)).scalars().all()
    )
    assert all(isinstance(state_from_json(row), Offered) for row in rows)
