"""kill -9 of the running program while five hundred clients press buttons: nothing lost, nothing twice, nobody stuck.

The moments are drawn by a seed and counted in answers, not in seconds. Telegram sends again what was not
acknowledged, as the real one does; the program is the real `resync run`, in a process of its own.
"""

import asyncio
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
from bot.adapters.database.engine import Database
from bot.adapters.database.outbox import AT_ONCE
from bot.adapters.database.tables import conversation, outbox
from bot.sandbox.telegram import Telegram

CLIENTS, PRESSES, KILLS = 500, 3, 3
PATIENCE = 120.0


class Client:
    """Somebody who presses the button of the newest step, again and again, as soon as it is offered."""

    def __init__(self, telegram: Telegram, number: int) -> None:
        self.telegram = telegram
        self.id = number
        self.pressed = 0
        self.offers: list[int] = []
        """The steps that he was offered, in the order in which the messages came."""

    async def sees(self, message: dict[str, Any]) -> bool:
        """A message of the bot; he presses where it is a step further than he is. Is he at the end now?"""
        found = offered(message) if message["from"]["is_bot"] else None
        if found is None:
            return False
        press, data = found
        self.offers.append(press.sequence)
        if press.sequence == self.pressed < PRESSES:
            self.pressed += 1
            await self.telegram.presses(self.id, message["message_id"], data)
        return press.sequence == PRESSES


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

    async def _read(self, changes: AsyncIterator[dict[str, Any]]) -> None:
        async for change in changes:
            if change["kind"] == "message" and change["message"]["from"]["is_bot"]:
                self.answers += 1
                if await self.clients[change["chat"]].sees(change["message"]):
                    self.at_the_end.add(change["chat"])
                self.moved.set()


@pytest.mark.parametrize("drawn", [20261123])
async def test_a_kill_at_any_moment_loses_nothing_and_repeats_nothing(
    database_url: str, tmp_path: Path, drawn: int
) -> None:
    await seed(database_url, CLIENTS)
    moments = sorted(random.Random(drawn).sample(range(50, CLIENTS * PRESSES), KILLS))
    async with outside() as server:
        crowd, program = Crowd(server.telegram), resync(server, database_url)
        async with crowd.pressing():
            for moment in moments:
                async with running(*program, tmp_path):  # which ends with a kill -9
                    await crowd.until(moment)
            async with running(*program, tmp_path):
                await crowd.until(10**9)
                await all_gone(database_url)
    states = await stored(database_url)
    assert [row.sequence for row in states] == [PRESSES] * CLIENTS, "each press had its effect, and had it once"
    for client in crowd.clients.values():
        assert client.pressed == PRESSES
        assert client.offers == sorted(client.offers), "in order"
    twice = sum(count - 1 for each in crowd.clients.values() for count in Counter(each.offers).values())
    # « /start » repeats the first step beside the greeting; a kill repeats at most what was leaving at that moment.
    assert twice <= KILLS * AT_ONCE + CLIENTS


async def all_gone(database_url: str) -> None:
    """Wait until every word has left."""
    database = Database(database_url)
    try:
        async with asyncio.timeout(PATIENCE):
            while await database.read(lambda sql: sql.execute(sa.select(outbox.c.id).limit(1)).first()):  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # another process works on it, and tells nobody
    finally:
        await database.aclose()


async def stored(database_url: str) -> list[Any]:
    database = Database(database_url)
    try:
        query = sa.select(conversation.c.sequence).order_by(conversation.c.id)
        return await database.read(lambda sql: list(sql.execute(query)))
    finally:
        await database.aclose()
