"""Watching on both databases: each bank is read in its turn, once; a silence is told once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.adapters.database.tables import connection, conversation
from bot.domain.connection import ConnectionState, Reading
from bot.domain.errors import OurBug
from bot.engine import Envelope, ToConversation
from flows.effects import ReadBank, TellStaff
from flows.renewal import StepB
from flows.state import Quiet
from tests.firm import NOW, Firm, founded

DAY = timedelta(days=1)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


async def banks(firm: Firm, many: int) -> list[int]:
    """So many banks; their turns have come one after the other."""
    file = await firm.file()
    before = NOW.timestamp() - many
    return [await firm.bank(file, Quiet(), f"Bank {each}", next_read_at=before + each) for each in range(many)]


async def turns(firm: Firm) -> list[datetime]:
    return [datetime.fromtimestamp(row.next_read_at, UTC) for row in await firm.rows(connection)]


async def test_a_sweep_takes_those_who_wait_longest_and_no_more_than_it_may(firm: Firm) -> None:
    talks = await banks(firm, 5)
    assert await firm.engine.sweep(DAY, limit=3) == 3
    assert [(job.conversation_id, job.effect) for job in firm.jobs] == [(each, ReadBank()) for each in talks[:3]]
    assert await firm.engine.sweep(DAY, limit=3) == 2
    assert await firm.engine.sweep(DAY, limit=3) == 0
    assert len(firm.jobs) == 5


async def test_each_bank_is_read_about_once_a_day_and_never_all_at_one_moment(firm: Firm) -> None:
    await banks(firm, 40)
    for _ in range(3 * 24 * 4):
        await firm.engine.sweep(DAY)
        firm.clock.pass_(minutes=15)
    read = [
        [job for job in firm.jobs if job.conversation_id == each] for each in {j.conversation_id for j in firm.jobs}
    ]
    assert len(read) == 40
    assert {len(jobs) for jobs in read} <= {3, 4, 5}
    assert len({turn.replace(second=0, microsecond=0) for turn in await turns(firm)}) > 20


async def test_two_processes_that_sweep_at_once_read_each_bank_once(firm: Firm) -> None:
    talks = await banks(firm, 6)
    await asyncio.gather(*(firm.engine.sweep(DAY, limit=4) for _ in range(4)))
    await asyncio.gather(*(firm.engine.sweep(DAY, limit=4) for _ in range(4)))
    assert sorted(job.conversation_id or 0 for job in firm.jobs) == talks


async def test_one_conversation_that_cannot_be_read_holds_up_no_other_bank(firm: Firm) -> None:
    broken, *sound = await banks(firm, 4)
    spoil = sa.update(conversation).where(conversation.c.id == broken).values(state='{"is":"renewal.forgotten"}')
    await firm.database.write(lambda sql: sql.execute(spoil))
    for _ in range(2):
        with pytest.raises(OurBug, match=r"renewal\.forgotten"):
            await firm.engine.sweep(DAY)
    assert [job.conversation_id for job in firm.jobs] == sound


async def test_a_client_file_that_the_aggregator_does_not_know_is_passed_over_and_waits_its_turn(firm: Firm) -> None:
    file = await firm.file(aggregator_user="")
    await firm.bank(file, Quiet())
    assert await firm.engine.sweep(DAY) == 1
    assert firm.jobs == []
    assert min(await turns(firm)) > NOW
    assert await firm.engine.sweep(DAY) == 0


async def test_reading_in_between_leaves_the_client_where_he_is(firm: Firm) -> None:
    talk = await firm.odette(StepB(), deadline=(NOW + DAY).timestamp())
    before = await firm.talk(talk)
    await firm.engine.sweep(DAY)
    assert firm.effects() == [ReadBank()]
    assert await firm.talk(talk) == replace(before, read_at=NOW)


async def test_the_due_banks_are_found_by_an_index(firm: Firm) -> None:
    await banks(firm, 30)
    explain = "EXPLAIN QUERY PLAN " if firm.database.is_sqlite else "EXPLAIN "

    def plan(sql: sa.Connection) -> str:
        if not firm.database.is_sqlite:
            sql.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a table of thirty rows is read whole otherwise
        found = sql.exec_driver_sql(
            explain + "SELECT id FROM connection WHERE next_read_at <= 1 ORDER BY next_read_at"
        )
        return "\n".join(str(row) for row in found)

    assert "ix_connection_next_read_at" in await firm.database.write(plan)


# Silence


def working(hours_ago: float, firm: Firm) -> Reading:
    return Reading(ConnectionState.OK, last_success_at=firm.clock.now() - timedelta(hours=hours_ago))


async def hear(firm: Firm, talk: int, reading: Reading) -> None:
    await firm.engine.receive(Envelope(f"bank:{talk}:{firm.clock.now()}", ToConversation(talk), reading))
    firm.clock.pass_(minutes=1)


def told(firm: Firm) -> list[str]:
    return [job.effect.text for job in firm.jobs if isinstance(job.effect, TellStaff)]


async def test_a_link_that_says_all_is_well_and_brings_nothing_is_told_to_staff_once(firm: Firm) -> None:
    talk = await firm.odette(Quiet())
    firm.clock.pass_(days=2)  # Thursday
    await hear(firm, talk, working(35, firm))
    assert told(firm) == []
    for hours in (37, 38, 60):
        await hear(firm, talk, working(hours, firm))
    assert told(firm) == ["stale"]
    assert (await firm.talk(talk)).connection.stale
    assert firm.said() == [], "the client has nothing to do"
    assert firm.jobs[-1].facts["last_data"]


async def test_the_next_silence_is_told_again(firm: Firm) -> None:
    talk = await firm.odette(Quiet())
    firm.clock.pass_(days=2)
    await hear(firm, talk, working(40, firm))
    await hear(firm, talk, working(1, firm))
    assert not (await firm.talk(talk)).connection.stale
    await hear(firm, talk, working(40, firm))
    assert told(firm) == ["stale", "stale"]


async def test_a_bank_that_waits_for_its_client_is_not_silent_but_stopped(firm: Firm) -> None:
    talk = await firm.odette(Quiet())
    firm.clock.pass_(days=2)
    await hear(firm, talk, Reading(ConnectionState.SCA_REQUIRED, last_success_at=NOW - 10 * DAY))
    assert "stale" not in told(firm)
    await hear(firm, talk, Reading(ConnectionState.OK, last_success_at=NOW - 10 * DAY))
    assert "stale" in told(firm), "it says that it works, and its last data are ten days old"


async def test_of_an_aggregator_that_tells_no_moment_no_silence_is_claimed(firm: Firm) -> None:
    talk = await firm.odette(Quiet(), last_success_at=(NOW - 10 * DAY).timestamp())  # staff's word, say
    firm.clock.pass_(days=2)
    await hear(firm, talk, Reading(ConnectionState.OK))
    assert told(firm) == []
