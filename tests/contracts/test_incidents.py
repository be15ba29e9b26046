"""The radar in the database, and what it makes of readings, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database import radar
from bot.adapters.database.radar import SqlRadar
from bot.adapters.database.tables import bank_day, bank_reading, incident
from bot.domain.connection import ConnectionState, Reading
from bot.domain.radar import Finding, Habit, IncidentState
from bot.engine import Engine, Envelope, ToConversation
from bot.incidents import NOTHING_FOR, Decision
from flows.at_the_bank import BankReturned
from flows.effects import ShowIncident
from flows.events import Overdue
from flows.incident import MOST_READINGS, Hushed, Outage
from flows.renewal import Looking, Offered, OutOfOrder, StepA
from flows.state import Quiet, State
from tests.firm import NOW, Firm, founded

ids = count(1)
DOWN, FINE = ConnectionState.BANK_UNAVAILABLE, ConnectionState.OK


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


async def clients(firm: Firm, *states: State, bank: str = "Crédit Rural") -> list[int]:
    """As many client files at one bank, each with a contact who has a chat; their bank lapses in a month."""
    made = []
    for state in states:
        number = next(ids)
        who = await firm.contact(f"Nom {number}", chat=number)
        file = await firm.file(f"Dossier {number}", who)
        made.append(
            await firm.bank(file, state, bank=bank, who=who, expires_on=NOW.date() + timedelta(days=30), accounts="")
        )
    return made


async def reads(firm: Firm, state: ConnectionState, *talks: int) -> None:
    for talk in talks:
        reading = Reading(state, last_success_at=firm.clock.now() if state is FINE else None)
        await firm.engine.receive(Envelope(f"reading:{next(ids)}", ToConversation(talk), reading))


async def a_day(firm: Firm, bank: str, day: date, *, clients: int, failing: int) -> None:
    values = {"bank": bank, "day": day, "clients": clients, "failing": failing}
    await firm.database.write(lambda sql: sql.execute(sa.insert(bank_day).values(values)))


async def incidents(firm: Firm) -> list[tuple[str, str, int, int]]:
    return [(row.bank, row.state, row.failing, row.clients) for row in await firm.rows(incident)]


async def test_one_client_alone_is_no_incident_however_often_he_is_read(firm: Firm) -> None:
    [talk] = await clients(firm, Quiet())
    for _ in range(5):
        await reads(firm, DOWN, talk)
        firm.clock.pass_(hours=1)
    assert await incidents(firm) == []


async def test_several_who_fail_alike_are_proposed_once_however_the_bank_is_spelt(firm: Firm) -> None:
    one, two = await clients(firm, Quiet(), Quiet())
    [three] = await clients(firm, Quiet(), bank="CREDIT RURAL")
    [other] = await clients(firm, Quiet(), bank="Nickel")
    await reads(firm, FINE, other)
    await reads(firm, DOWN, one, three, two)
    assert await incidents(firm) == [("CREDIT RURAL", "proposed", 2, 2)]
    assert [effect for effect in firm.effects() if isinstance(effect, ShowIncident)] == [ShowIncident(1)]


async def test_what_clients_have_to_mend_themselves_says_nothing_against_the_bank(firm: Firm) -> None:
    talks = await clients(firm, *[Quiet()] * 4)
    await reads(firm, ConnectionState.SCA_REQUIRED, *talks[:2])
    await reads(firm, ConnectionState.RATE_LIMITED, *talks[2:])
    assert await incidents(firm) == []
    assert [bool(row.failed) for row in await firm.rows(bank_reading)] == [False, False]


async def test_a_bank_that_often_fails_is_no_news(firm: Firm) -> None:
    talks = await clients(firm, *[Quiet()] * 3)
    await a_day(firm, "credit rural", NOW.date() - timedelta(days=3), clients=400, failing=120)
    await reads(firm, FINE, talks[2])
    await reads(firm, DOWN, *talks[:2])
    assert await incidents(firm) == []


async def test_a_client_is_one_on_a_day_and_fails_on_it_once(firm: Firm) -> None:
    talks = await clients(firm, Quiet(), Quiet())
    for state in (FINE, DOWN, DOWN, FINE):
        await reads(firm, state, talks[0])
    await reads(firm, FINE, talks[1])
    firm.clock.pass_(days=1)
    await reads(firm, FINE, talks[0])
    rows = [(row.bank, row.day, row.clients, row.failing) for row in await firm.rows(bank_day)]
    assert rows == [
        ("credit rural", NOW.date(), 2, 1),
        ("credit rural", NOW.date() + timedelta(days=1), 1, 0),
    ]
    today = firm.clock.now().date()
    assert await firm.store.transact(lambda tx: tx.radar.habit("Crédit rural", today)) == Habit(2, 1)


async def test_what_is_declared_is_no_habit(firm: Firm) -> None:
    talks = await clients(firm, *[Quiet()] * 3)
    await firm.engine.incidents.declare("Crédit Rural", "Anne", "operator")
    await reads(firm, DOWN, *talks)
    assert await firm.rows(bank_day) == []


async def test_it_is_declared_once_and_each_conversation_hears_of_it_once(firm: Firm) -> None:
    busy, idle, asked = await clients(firm, StepA(), Quiet(), Offered(nudged=2))
    await reads(firm, DOWN, busy, idle)
    decided = await firm.engine.incidents.decide("click", 1, Decision.DECLARE, "Anne", "slack:U1")
    assert decided is not None
    assert decided.state is IncidentState.DECLARED
    assert await firm.engine.incidents.decide("click", 1, Decision.DECLARE, "Anne", "slack:U1") is None
    assert await firm.engine.incidents.decide("other", 1, Decision.DISMISS, "Bruno", "slack:U2") is None
    for _ in range(2):  # as after a kill
        spread = await firm.engine.incidents.spread(1)
        assert spread is not None
    assert spread[1] == 1
    assert isinstance((await firm.talk(busy)).state, Hushed)
    assert (await firm.talk(asked)).state == Offered(nudged=2)
    await firm.engine.overdue()
    assert firm.said() == ["bank-outage"]
    assert (await firm.rows(incident))[0].told == 1


async def test_while_it_lasts_the_rung_is_held_and_afterwards_the_ladder_goes_on_there(firm: Firm) -> None:
    [talk] = await clients(firm, Looking(asked=2))
    await firm.engine.incidents.declare("credit rural", "Anne", "operator")
    await reads(firm, ConnectionState.SCA_REQUIRED, talk)
    assert (await firm.talk(talk)).state == Hushed(resume=Looking(asked=2))
    await firm.engine.overdue()
    assert firm.said() == ["bank-outage"]
    await firm.engine.incidents.end("Crédit Rural", "Anne", "operator")
    await firm.engine.incidents.spread(1)
    firm.clock.pass_(days=1)
    await firm.engine.overdue()
    assert firm.said() == ["bank-outage", "bank-is-back"]
    firm.clock.pass_(days=26)
    await firm.engine.overdue()
    assert (await firm.talk(talk)).state == Looking(asked=3)


async def test_who_slips_in_as_it_ends_is_let_out_at_his_next_reading(firm: Firm) -> None:
    [talk] = await clients(firm, Outage(resume=Looking(asked=1)))
    await firm.engine.receive(Envelope("due", ToConversation(talk), Overdue()))
    assert (await firm.talk(talk)).state == BankReturned(resume=Looking(asked=1), climbs=True)


async def test_staff_are_reminded_of_what_lasts_in_its_thread_and_not_by_a_case_for_each_client(firm: Firm) -> None:
    talks = await clients(firm, *[Outage(resume=Looking(asked=1), readings=MOST_READINGS - 1)] * 2)
    await firm.engine.incidents.declare("Crédit Rural", "Anne", "operator")
    firm.clock.pass_(days=8)
    for talk in talks:
        await firm.engine.receive(Envelope(f"due:{talk}", ToConversation(talk), Overdue()))
        assert (await firm.talk(talk)).state == Outage(resume=Looking(asked=1))
    reminders = [job.id for job in firm.jobs if job.effect == ShowIncident(1, reminds=True)]
    assert set(reminders) == {"incident:1:declared:still:1"}, "jobs of one id are one job"


async def test_no_case_for_each_client_comes_out_of_it(firm: Firm) -> None:
    [talk] = await clients(firm, OutOfOrder(hours=47))
    await firm.engine.incidents.declare("Crédit Rural", "Anne", "operator")
    await firm.engine.receive(Envelope("due", ToConversation(talk), Overdue()))
    assert (await firm.talk(talk)).state == OutOfOrder()


async def test_the_radar_sees_that_the_bank_is_back(firm: Firm) -> None:
    talks = await clients(firm, *[Quiet()] * 3)
    await reads(firm, DOWN, *talks)
    await firm.engine.incidents.decide("click", 1, Decision.DECLARE, "Anne", "slack:U1")
    firm.clock.pass_(hours=1)
    await reads(firm, FINE, talks[0])
    assert [state for _, state, _, _ in await incidents(firm)] == ["declared"]
    await reads(firm, FINE, *talks[1:])
    assert [state for _, state, _, _ in await incidents(firm)] == ["over"]
    await reads(firm, DOWN, *talks)
    assert [state for _, state, _, _ in await incidents(firm)] == ["over", "proposed"]


async def test_what_was_nothing_is_not_asked_again_for_half_a_day(firm: Firm) -> None:
    talks = await clients(firm, *[Quiet()] * 3)
    await reads(firm, DOWN, *talks)
    await firm.engine.incidents.decide("click", 1, Decision.DISMISS, "Anne", "slack:U1")
    await reads(firm, DOWN, *talks)
    assert len(await incidents(firm)) == 1
    firm.clock.moment += NOTHING_FOR + timedelta(minutes=1)
    await reads(firm, DOWN, *talks)
    assert [state for _, state, _, _ in await incidents(firm)] == ["dismissed", "proposed"]


@pytest.mark.parametrize(("above", "state"), [(None, "proposed"), (0.99, "declared"), (1.0, "proposed")])
async def test_above_the_certainty_that_staff_set_nobody_is_asked(
    firm: Firm, above: float | None, state: str
) -> None:
    firm.engine = Engine(firm.store, firm.clock, FrenchCalendars("Europe/Paris"), declares_above=above)
    await reads(firm, DOWN, *await clients(firm, Quiet(), Quiet()))
    assert [each[1] for each in await incidents(firm)] == [state]


async def test_two_processes_open_one_incident(firm: Firm) -> None:
    def open_(sql: sa.Connection) -> object:
        return SqlRadar(sql).open("Crédit Rural", IncidentState.PROPOSED, Finding(), Habit(), NOW)

    assert await firm.database.write(open_) is not None
    assert await firm.database.write(open_) is None
    assert len(await firm.rows(incident)) == 1


async def test_what_teaches_nothing_any_more_is_forgotten(firm: Firm) -> None:
    await a_day(firm, "lcl", date(2026, 1, 1), clients=1, failing=0)
    await a_day(firm, "lcl", date(2026, 11, 1), clients=1, failing=0)
    await firm.engine.incidents.declare("Crédit Rural", "Anne", "operator")
    await firm.engine.incidents.end("Crédit Rural", "Anne", "operator")
    await firm.engine.incidents.declare("Crédit Rural", "Anne", "operator")
    await firm.database.write(lambda sql: radar.purge(sql, datetime(2026, 12, 1, tzinfo=UTC)))
    assert [row.day for row in await firm.rows(bank_day)] == [date(2026, 11, 1)]
    assert len(await firm.rows(incident)) == 2
    await firm.database.write(lambda sql: radar.purge(sql, datetime(2027, 12, 1, tzinfo=UTC)))
    assert [row.state for row in await firm.rows(incident)] == ["declared"]
