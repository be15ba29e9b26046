"""What keeps the work of several processes together: heartbeats, adoption and the purge."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bot.adapters import upkeep
from bot.adapters.clock import MovableClock
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.outbox import UNOWNED, Outbox
from bot.adapters.database.tables import inbox, outbox, replica, send_budget
from bot.adapters.jobs import Jobs
from bot.adapters.upkeep import BEAT_SECONDS, DEAD_AFTER, LEAD_SECONDS, REMEMBER, Upkeep
from bot.domain.errors import TryAgain
from bot.engine import Engine
from bot.ports import Job
from flows.effects import Say

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass
class FakeJobs:
    """DBOS, as far as upkeep asks something of it."""

    adopted: list[str] = field(default_factory=list)

    async def adopt(self, dead: list[str]) -> None:
        self.adopted += dead

    async def purge(self) -> int:
        return 0


class Replica:
    """One process: its lanes and its upkeep, without the loops."""

    def __init__(self, database: Database, name: str) -> None:
        self.said: list[str] = []
        self.lanes = Outbox(database, name, self._perform)
        self.jobs = FakeJobs()
        self.upkeep = Upkeep(
            database, cast(Engine, None), self.lanes, cast(Jobs, self.jobs), MovableClock(NOW, stands_still=True)
        )

    async def _perform(self, job: Job) -> None:
        self.said.append(job.id)

    async def beats(self) -> None:
        await self.upkeep._beat()
        while not self.lanes.idle():  # noqa: ASYNC110  # each turn of the loop brings it nearer
            await asyncio.sleep(0)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    schema.prepare(database)
    yield database
    await database.aclose()


async def write(database: Database, statement: Any) -> None:
    await database.write(lambda sql: sql.execute(statement))


async def left_behind(database: Database, owner: str, *jobs: str) -> None:
    """Rows that a process wrote and did not live to send."""
    lanes = Outbox(database, owner, Replica(database, owner)._perform)
    for each in jobs:
        await database.write(lambda sql, each=each: lanes.enqueue(sql, Job(each, 1, 7, Say("hello"))))  # type: ignore[misc]


async def rows(database: Database, table: sa.Table) -> list[Any]:
    return await database.read(lambda sql: list(sql.execute(sa.select(table))))


async def test_a_process_that_starts_again_says_what_it_left_behind_in_order(database: Database) -> None:
    await left_behind(database, "one", "a", "b", "c")
    one = Replica(database, "one")
    await one.beats()
    assert one.said == ["a", "b", "c"]
    assert await rows(database, outbox) == []


async def test_the_work_of_a_dead_process_is_adopted_once_and_then_it_is_forgotten(database: Database) -> None:
    await left_behind(database, "dead", "a", "b")
    await write(database, sa.insert(replica).values(id="dead", seen_at=time.time() - DEAD_AFTER - 1))
    one = Replica(database, "one")
    await one.beats()
    await one.beats()
    assert (one.said, one.jobs.adopted) == (["a", "b"], ["dead"])
    assert [row.id for row in await rows(database, replica)] == ["one"]


async def test_a_process_that_comes_back_while_it_is_adopted_keeps_its_words(database: Database) -> None:
    await left_behind(database, "back", "a", "b")
    await write(database, sa.insert(replica).values(id="back", seen_at=time.time() - DEAD_AFTER - 1))
    one, back = Replica(database, "one"), Replica(database, "back")

    async def adopt(_: list[str]) -> None:
        await back.beats()

    one.jobs.adopt = adopt  # type: ignore[method-assign]
    await one.beats()
    assert (one.said, back.said) == ([], ["a", "b"])
    assert {row.id for row in await rows(database, replica)} == {"one", "back"}


async def test_of_two_who_find_a_dead_process_one_adopts_it(database: Database) -> None:
    await left_behind(database, "dead", "a")
    await write(database, sa.insert(replica).values(id="dead", seen_at=time.time() - DEAD_AFTER - 1))
    one, two = Replica(database, "one"), Replica(database, "two")

    async def adopt(_: list[str]) -> None:
        await two.beats()

    one.jobs.adopt = adopt  # type: ignore[method-assign]
    await one.beats()
    assert (one.said, two.said, two.jobs.adopted) == (["a"], [], [])


async def test_who_dies_while_he_adopts_is_followed_by_another(database: Database) -> None:
    await left_behind(database, "dead", "a")
    await write(database, sa.insert(replica).values(id="dead", seen_at=time.time() - DEAD_AFTER - 1))
    one, two = Replica(database, "one"), Replica(database, "two")

    async def adopt(_: list[str]) -> None:
        raise TryAgain("killed in the middle of it")

    one.jobs.adopt = adopt  # type: ignore[method-assign]
    with pytest.raises(TryAgain):
        await one.beats()
    await write(
        database, sa.update(replica).where(replica.c.id == "dead").values(seen_at=time.time() - DEAD_AFTER - 1)
    )
    await two.beats()
    assert (two.said, two.jobs.adopted) == (["a"], ["dead"])


def test_the_work_of_a_dead_process_waits_for_less_than_a_minute() -> None:
    assert DEAD_AFTER + 2 * BEAT_SECONDS < 60


async def test_the_work_of_a_process_that_lives_is_left_to_it(database: Database) -> None:
    await left_behind(database, "two", "a")
    await write(database, sa.insert(replica).values(id="two", seen_at=time.time()))
    one, two = Replica(database, "one"), Replica(database, "two")
    await one.beats()
    assert (one.said, one.jobs.adopted) == ([], [])
    await two.beats()
    assert two.said == ["a"]


async def test_what_a_command_wrote_leaves_by_the_program_that_runs(database: Database) -> None:
    await left_behind(database, UNOWNED, "a")
    one = Replica(database, "one")
    await one.beats()
    assert one.said == ["a"]


async def test_a_process_that_was_taken_for_dead_stops(database: Database) -> None:
    one = Replica(database, "one")
    await one.beats()
    await write(database, sa.delete(replica))
    await one.beats()
    assert one.upkeep.declared_dead.is_set()


async def test_ids_are_remembered_for_as_long_as_a_sender_may_repeat_itself(database: Database) -> None:
    for name, age in (("young", timedelta(days=1)), ("old", REMEMBER + timedelta(hours=1))):
        await write(database, sa.insert(inbox).values(id=name, received_at=(NOW - age).timestamp()))
    await Replica(database, "one").upkeep._purge()
    assert [row.id for row in await rows(database, inbox)] == ["young"]


@dataclass
class Deadlines:
    """The engine, as far as the scan asks something of it: so many are due."""

    left: int = 0
    happened: list[int] = field(default_factory=list)

    async def overdue(self, limit: int) -> int:
        some = min(limit, self.left)
        self.left -= some
        self.happened.append(some)
        return some


async def test_one_process_scans_and_another_one_where_it_is_no_longer_heard_of(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema.prepare(database := Database(postgres_database))
    one, two = Replica(database, "one"), Replica(database, "two")
    for each in (one, two):
        each.upkeep.engine = cast(Engine, Deadlines(left=120))
    for _ in range(2):
        await one.upkeep.scan()
        await two.upkeep.scan()
    assert happened(one) == [50, 50, 20, 0, 0], "a few at a time"
    assert happened(two) == []
    now = time.time() + LEAD_SECONDS + 1
    monkeypatch.setattr(upkeep.time, "time", lambda: now)
    await two.upkeep.scan()
    await one.upkeep.scan()
    assert happened(two) == [50, 50, 20, 0]
    assert happened(one) == [50, 50, 20, 0, 0]
    now -= 3600  # a clock that was wrong holds nobody up
    await one.upkeep.scan()
    assert happened(one)[5:] == [0]
    await database.aclose()


def happened(one: Replica) -> list[int]:
    return cast(Deadlines, one.upkeep.engine).happened


async def test_what_the_pace_knew_of_chats_that_rest_is_forgotten(database: Database) -> None:
    for name, next_at in (("telegram:7", 1.0), ("telegram:8", time.time() + 60)):
        await write(database, sa.insert(send_budget).values(name=name, next_at=next_at))
    await Replica(database, "one").upkeep._purge()
    assert [row.name for row in await rows(database, send_budget)] == ["telegram:8"]


async def test_where_the_audit_trail_stands_is_kept_at_the_start_and_again_and_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "ANCHOR_SECONDS", 0.001)
    kept, enough = list[int](), asyncio.Event()

    async def anchor() -> None:
        kept.append(len(kept))
        if len(kept) == 3:
            enough.set()

    mine = Replica(database, "mine")
    mine.upkeep.anchor = anchor
    await mine.upkeep.start()
    assert kept
    async with asyncio.timeout(30):
        await enough.wait()
    await mine.upkeep.aclose()


async def test_a_sweep_lets_what_has_expired_say_so_whether_an_aggregator_sees_banks_or_not(
    database: Database,
) -> None:
    swept = list[bool]()

    async def expire() -> None:
        swept.append(True)

    mine = Replica(database, "mine")
    mine.upkeep.expire = expire
    await mine.upkeep.sweep()
    assert swept == [True]
