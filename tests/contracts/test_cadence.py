"""The cadence on both databases: what clients' lapses teach of a bank, and whom it helps."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.codec import state_to_json
from bot.adapters.database.board import case_view, clients
from bot.adapters.database.tables import connection, consent, conversation
from bot.adapters.slack_board import section
from bot.adapters.slack_cards import card
from bot.adapters.texts import Texts
from bot.cli_screen import plain_connection, table_of_connections
from bot.domain.client import Connection
from bot.domain.connection import ConnectionState, DateSource, Reading
from bot.engine import Envelope, ToCase, ToConversation
from bot.importing import ImportResult, plan_import, store_import
from bot.ports import Case, Job
from bot.worker import House, Worker
from flows.effects import TellStaff
from flows.events import Act, Bank, BankSaid, Intent, StaffDid, Wrote
from flows.first_sync import FirstChecking
from flows.renewal import Checking
from tests.firm import NOW, Firm, founded

BANK = "Crédit Rural"
WORKS = Reading(ConnectionState.OK, last_success_at=NOW)
WANTS_CONSENT = Reading(ConnectionState.SCA_REQUIRED)
ids = count(1)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


async def said(firm: Firm, talk: int, reading: Reading) -> Connection:
    """The bank is read; the connection as it then is."""
    if reading.last_success_at:
        reading = Reading(reading.state, expires_on=reading.expires_on, last_success_at=firm.clock.now())
    await firm.engine.receive(Envelope(f"job:{next(ids)}/bank", ToConversation(talk), reading))
    return (await firm.talk(talk)).connection


async def first_synchronised(firm: Firm, client: str, bank: str = BANK, **known: int) -> int:
    """A client whose bank is about to be read for the first time, at the end of his first synchronisation."""
    file = await firm.file(client, await firm.contact(client))
    began = firm.clock.now().timestamp() - 60
    return await firm.bank(file, FirstChecking(), bank, started_at=began, synchronised=False, **known)


async def lapse(firm: Firm, *clients: str, after: int = 90, bank: str = BANK) -> None:
    """Clients connect their bank, and so many days later it wants their consent again."""
    talks = [await first_synchronised(firm, each, bank) for each in clients]
    for talk in talks:
        assert (await said(firm, talk, WORKS)).synchronised
    firm.clock.pass_(days=after)
    for talk in talks:
        await said(firm, talk, WANTS_CONSENT)


def today(firm: Firm) -> date:
    return firm.clock.now().date()


async def test_three_clients_lapses_teach_the_bank_to_the_fourth(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel")
    second = await said(firm, await first_synchronised(firm, "Jo"), WORKS)
    assert (second.expires_on, second.expiry_source) == (today(firm) + timedelta(180), DateSource.ESTIMATED)
    await lapse(firm, "Zoé", after=91)
    fourth = await said(firm, await first_synchronised(firm, "Ali"), WORKS)
    assert (fourth.expires_on, fourth.expiry_source) == (today(firm) + timedelta(90), DateSource.LEARNED)


async def test_staff_see_everywhere_that_the_day_was_learned(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel", "Zoé")
    talk = await first_synchronised(firm, "Ali")
    await said(firm, talk, WORKS)
    await firm.engine.receive(Envelope("x:1", ToConversation(talk), Wrote(Intent.HUMAN, "aidez-moi")))
    case_id = (await firm.talk(talk)).case_id
    assert case_id is not None
    texts, day = Texts(), today(firm)
    [line] = await firm.database.read(lambda sql: clients(sql, today=day, name="Ali"))
    view = await firm.database.read(lambda sql: case_view(sql, case_id))
    assert view is not None
    assert plain_connection(line)["expiry_source"] == "learned"
    [due] = table_of_connections([line], texts, ZoneInfo("Europe/Paris")).columns[3].cells
    assert due == f"{line.expires_on:%d/%m/%Y} (d’après les coupures passées)"
    assert "(d’après les coupures passées)" in str(section(line, {}, texts).to_dict())
    assert "(d’après les coupures passées)" in str(card(view, texts))


async def test_the_bank_is_known_by_its_name_however_it_is_typed(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel", "Zoé")
    same = await said(firm, await first_synchronised(firm, "Ali", "CREDIT RURAL"), WORKS)
    other = await said(firm, await first_synchronised(firm, "Jo", "Crédit Urbain"), WORKS)
    assert (same.expiry_source, other.expiry_source) == (DateSource.LEARNED, DateSource.ESTIMATED)


async def test_the_banks_own_word_always_wins(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel", "Zoé")
    ends = today(firm) + timedelta(170)
    told = Reading(ConnectionState.OK, expires_on=ends, last_success_at=NOW)
    known = await said(firm, await first_synchronised(firm, "Ali", cadence_days=60), told)
    assert (known.expires_on, known.expiry_source) == (ends, DateSource.BANK)


async def test_what_the_list_says_is_kept_and_staff_hear_that_it_is_too_long(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel", "Zoé")
    short = await said(firm, await first_synchronised(firm, "Jo", cadence_days=60), WORKS)
    assert (short.expires_on, short.expiry_source) == (today(firm) + timedelta(60), DateSource.ESTIMATED)
    assert TellStaff("cadence-too-long") not in firm.effects()
    long = await said(firm, await first_synchronised(firm, "Ali", cadence_days=180), WORKS)
    assert (long.expires_on, long.expiry_source) == (today(firm) + timedelta(180), DateSource.ESTIMATED)
    [told] = [job for job in firm.jobs if job.effect == TellStaff("cadence-too-long")]
    [line] = await read_by_staff(firm, told)
    assert line.startswith("Crédit Rural (Ali)")
    assert "90 jours environ" in line


async def test_a_changed_password_teaches_nothing(firm: Firm) -> None:
    talks = [await first_synchronised(firm, each) for each in ("Odette", "Marcel", "Zoé")]
    for talk in talks:
        await said(firm, talk, WORKS)
    firm.clock.pass_(days=90)
    for talk in talks:
        await said(firm, talk, Reading(ConnectionState.PASSWORD_CHANGED))
        await said(firm, talk, WANTS_CONSENT)
    known = await said(firm, await first_synchronised(firm, "Ali"), WORKS)
    assert (known.expires_on, known.expiry_source) == (today(firm) + timedelta(180), DateSource.ESTIMATED)


async def test_a_renewal_before_the_lapse_teaches_nothing(firm: Firm) -> None:
    talks = [await first_synchronised(firm, each) for each in ("Odette", "Marcel", "Zoé")]
    for talk in talks:
        await said(firm, talk, WORKS)
    firm.clock.pass_(days=80)
    for talk in talks:
        await begin_renewal(firm, talk)
        assert (await said(firm, talk, WANTS_CONSENT)).state is ConnectionState.SCA_REQUIRED  # he is at it
        assert (await said(firm, talk, WORKS)).state is ConnectionState.OK
    known = await said(firm, await first_synchronised(firm, "Ali"), WORKS)
    assert known.expiry_source is DateSource.ESTIMATED


async def test_a_lapse_counts_once_however_often_it_is_read(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel")
    for talk in (await firm.rows(conversation))[:2]:
        for _ in range(3):
            firm.clock.pass_(days=1)
            await said(firm, talk.id, WANTS_CONSENT)
    known = await said(firm, await first_synchronised(firm, "Ali"), WORKS)
    assert known.expiry_source is DateSource.ESTIMATED


async def test_a_renewal_that_staff_confirm_is_good_for_as_long_as_was_learned(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel", "Zoé")
    talk = (await firm.rows(conversation))[0].id
    await begin_renewal(firm, talk)
    await confirm(firm, talk)
    known = (await firm.talk(talk)).connection
    assert (known.expires_on, known.expiry_source) == (today(firm) + timedelta(90), DateSource.LEARNED)


async def test_what_was_learned_helps_a_client_who_is_imported(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel", "Zoé")
    listed = "client;banque;date de dernière synchronisation;cadence"
    for cadence, days, source in (("", 90, "learned"), ("", 90, "learned"), ("60", 60, "estimated")):
        await imported(firm, f"{listed}\nAli;Crédit Rural;01/02/2027;{cadence}")
        row = (await firm.rows(connection))[-1]
        assert (row.expires_on, row.expiry_source) == (date(2027, 2, 1) + timedelta(days), source)


async def test_what_is_learned_later_changes_no_day_that_was_told(firm: Firm) -> None:
    list_ = "client;banque;date de dernière synchronisation\nAli;Crédit Rural;20/11/2026"
    await imported(firm, list_)
    await lapse(firm, "Odette", "Marcel", "Zoé")
    await imported(firm, list_)
    row = (await firm.rows(connection))[0]
    assert (row.expires_on, row.expiry_source) == (date(2026, 11, 20) + timedelta(180), "estimated")


async def test_without_an_aggregator_the_list_tells_of_the_lapses(firm: Firm) -> None:
    names = ("Odette", "Marcel", "Zoé")
    for talk in [await first_synchronised(firm, each) for each in names]:
        await confirm(firm, talk)
    firm.clock.pass_(days=100)
    lapsed_on = NOW.date() + timedelta(90)
    list_ = "\n".join(("client;banque;date de coupure", *(f"{each};Crédit Rural;{lapsed_on}" for each in names)))
    assert (await imported(firm, list_)).updated == 3
    talk = await first_synchronised(firm, "Ali")
    await confirm(firm, talk)
    known = (await firm.talk(talk)).connection
    assert (known.expires_on, known.expiry_source) == (today(firm) + timedelta(90), DateSource.LEARNED)
    before = await firm.rows(consent)
    assert (await imported(firm, list_)).updated == 0, "the same list twice"
    first = (await firm.rows(conversation))[0].id
    await begin_renewal(firm, first)
    await confirm(firm, first)
    assert (await imported(firm, list_)).updated == 0, "that lapse is older than his present consent"
    assert [(row.ended_on, row.lapsed) for row in before] == [*[(lapsed_on, True)] * 3, (None, False)]


async def test_the_list_tells_the_state_where_no_aggregator_does(firm: Firm) -> None:
    header = "client;banque;date de dernière synchronisation;date de coupure;utilisateur agrégateur"
    began = NOW.date() - timedelta(30)

    async def states(synced: date, lapsed: str = "") -> dict[str, str]:
        rows = [f"Ali;Crédit Rural;{synced};{lapsed};", f"Zoé;LCL;{synced};{lapsed};7"]
        await imported(firm, "\n".join((header, *rows)))
        return {row.bank: row.state for row in await firm.rows(connection)}

    assert await states(began) == {"Crédit Rural": "ok", "LCL": "unknown"}
    assert await states(began, f"{NOW.date()}") == {"Crédit Rural": "sca_required", "LCL": "unknown"}
    firm.clock.pass_(days=2)
    assert await states(today(firm)) == {"Crédit Rural": "ok", "LCL": "unknown"}


async def test_a_lapse_that_the_list_tells_helps_its_own_next_line(firm: Firm) -> None:
    await lapse(firm, "Odette", "Marcel")
    await confirm(firm, await first_synchronised(firm, "Zoé"))
    began = today(firm)
    firm.clock.pass_(days=100)
    lines = [f"Jo;{began};", f"Zoé;;{began + timedelta(90)}", f"Ali;{began};"]
    rows = (each.replace(";", ";Crédit Rural;", 1) for each in lines)
    await imported(firm, "\n".join(("client;banque;date de dernière synchronisation;date de coupure", *rows)))
    jo, ali = (await firm.rows(connection))[-2:]
    assert (jo.expires_on, jo.expiry_source) == (began + timedelta(180), "estimated")
    assert (ali.expires_on, ali.expiry_source) == (began + timedelta(90), "learned")


async def test_a_date_from_the_list_proves_nothing(firm: Firm) -> None:
    list_ = "client;banque;date de dernière synchronisation"
    await imported(firm, "\n".join((list_, *(f"{who};Crédit Rural;20/11/2026" for who in ("Odette", "Jo", "Zoé")))))
    firm.clock.pass_(days=90)
    for talk in await firm.rows(conversation):
        await said(firm, talk.id, WANTS_CONSENT)
    known = await said(firm, await first_synchronised(firm, "Ali"), WORKS)
    assert known.expiry_source is DateSource.ESTIMATED


class Channel:
    """The firm's channel, as far as a line to it goes."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def tell(self, text: str, case: Case | None) -> None:
        self.lines.append(text)


async def read_by_staff(firm: Firm, job: Job) -> list[str]:
    """What a job says in the firm's channel."""
    desk: Any = Channel()
    absent: Any = None
    texts, calendars, house = Texts(), FrenchCalendars("Europe/Paris"), House("Le cabinet", "", "", Path)
    await Worker(firm.engine, absent, absent, texts, absent, desk, absent, firm.clock, calendars, house).work(job)
    return list(desk.lines)


async def begin_renewal(firm: Firm, talk: int) -> None:
    """He has gone through steps A and B, and says that it is done."""
    began = {"state": state_to_json(Checking()), "started_at": firm.clock.now().timestamp() - 60}
    of = sa.update(conversation).where(conversation.c.id == talk)
    await firm.database.write(lambda sql: sql.execute(of.values(began)))


async def confirm(firm: Firm, talk: int) -> None:
    """No aggregator sees this bank: staff have looked, and confirm what the client says."""
    await firm.engine.receive(Envelope(f"x:{next(ids)}", ToConversation(talk), BankSaid(Bank.CANNOT_TELL)))
    case_id = (await firm.talk(talk)).case_id
    assert case_id is not None
    await firm.engine.receive(Envelope(f"x:{next(ids)}", ToCase(case_id), StaffDid(Act.CONFIRMED, "Julie")))


async def imported(firm: Firm, listed: str) -> ImportResult:
    plan = plan_import(listed.encode(), today(firm))
    now, calendars = firm.clock.now(), FrenchCalendars("Europe/Paris")
    return await firm.database.write(lambda sql: store_import(sql, plan, now=now, calendars=calendars))
