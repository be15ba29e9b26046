"""The firm's board on both databases: what costs the books most comes first, and each filter finds its own."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.adapters.database import tables
from bot.adapters.database.engine import Database
from bot.adapters.database.home import BoardPage, board_page
from bot.domain.board import Asked, Filter, asked
from flows.escalation import WithStaff
from flows.first_sync import Invited, OpenAccounting
from flows.renewal import Offered, StepB
from tests.contracts.test_board import Office

TODAY = date(2026, 11, 23)
EVERYTHING = Asked()
STATES = {11: "password_changed", 14: "deleted"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    tables.metadata.create_all(database.writer)
    yield database
    await database.aclose()


def ago(days: int) -> float:
    return datetime(2026, 11, 23 - days, 6, tzinfo=UTC).timestamp()


def fill(sql: sa.Connection) -> None:
    office = Office(sql)
    office.client("Va bien", expires_on=date(2027, 5, 22))
    office.client("Sans date")
    office.client("Clôturée", closed=True, expires_on=date(2026, 11, 2))
    office.client("À nous", case={"taken_by": "Anna", "status": "taken"}, state=WithStaff("stuck", resume=StepB()))
    office.client("À moitié", state=OpenAccounting(), synchronised=False)
    office.client("Jamais venu", state=Invited(), chat=False, synchronised=False)
    office.client("Bientôt", expires_on=date(2026, 12, 4), state=Offered())
    office.client("Demain", expires_on=date(2026, 11, 24), reachable=False)
    office.client("À prendre", case={}, state=WithStaff("stuck", resume=StepB()))
    office.client("Échue", expires_on=date(2026, 11, 18), last_success_at=ago(20), state=Offered())
    office.client("Mot de passe", expires_on=date(2027, 5, 22), last_success_at=ago(12), state=StepB())
    office.client("Muette", stale=True, last_success_at=ago(9))
    office.client("Ailleurs", strayed=True)
    office.client("Plus suivie", last_success_at=ago(3))
    sql.execute(sa.update(tables.connection).values(state="ok"))
    for number, state in STATES.items():
        sql.execute(sa.update(tables.connection).where(tables.connection.c.id == number).values(state=state))


async def page(database: Database, wanted: Asked = EVERYTHING, size: int = 50) -> BoardPage:
    how: dict[str, Any] = {"today": TODAY, "reminding": timedelta(days=14), "size": size}
    return await database.read(lambda sql: board_page(sql, wanted, **how))


def names(shown: BoardPage) -> list[str]:
    return [each.line.client for each in shown.lines]


async def test_what_costs_the_books_most_comes_first(database: Database) -> None:
    await database.write(fill)
    shown = await page(database)
    assert [(each.line.client, each.days_lost) for each in shown.lines] == [
        ("Mot de passe", 12),
        ("Muette", 9),
        ("Échue", 5),  # nobody reads it: it is taken to have worked until its last day
        ("Plus suivie", 3),
        ("Ailleurs", 0),
        ("À prendre", 0),
        ("Demain", 0),
        ("Bientôt", 0),
        ("Jamais venu", 0),
        ("À moitié", 0),
        ("À nous", 0),
        ("Va bien", 0),
        ("Sans date", 0),
        ("Clôturée", 0),
    ]


async def test_a_vat_return_that_is_near_comes_before_more_days_without_data(database: Database) -> None:
    def give_days(sql: sa.Connection) -> None:
        fill(sql)
        for name, day in (("Échue", 30), ("Plus suivie", 19), ("Bientôt", 30)):
            named = tables.client_file.c.name == name
            sql.execute(sa.update(tables.client_file).where(named).values(vat_day=day))

    await database.write(give_days)
    shown = await page(database)
    assert names(shown)[:4] == ["Échue", "Mot de passe", "Muette", "Plus suivie"]
    assert (shown.lines[0].vat_on, shown.lines[1].vat_on) == (date(2026, 11, 30), None)


FOUND = {
    Filter.TO_TAKE: {"À prendre"},
    Filter.EXPIRED: {"Mot de passe", "Échue", "Plus suivie"},
    Filter.SOON: {"Demain", "Bientôt"},
    Filter.BLOCKED: {"À prendre", "À nous", "Plus suivie"},
    Filter.WAITING: {"Mot de passe", "Échue", "Ailleurs", "Bientôt", "À moitié"},
    Filter.UNREACHABLE: {"Demain"},
    Filter.INVITED: {"Jamais venu"},
    Filter.STALE: {"Muette", "Ailleurs"},
    Filter.CLOSED: {"Clôturée"},
}


@pytest.mark.parametrize("kind", Filter)
async def test_each_filter_finds_its_own_and_the_counts_agree(database: Database, kind: Filter) -> None:
    await database.write(fill)
    shown = await page(database, Asked(state=kind))
    assert set(names(shown)) == FOUND[kind]
    assert shown.total == len(shown.lines) == shown.counts[kind]
    assert {each: shown.counts[each] for each in Filter} == {each: len(FOUND[each]) for each in Filter}
    assert shown.banks == 14


async def test_whose_clients_and_which_bank(database: Database) -> None:
    def share(sql: sa.Connection) -> None:
        fill(sql)
        first = tables.client_file.c.id <= 7
        sql.execute(sa.update(tables.client_file).where(first).values(accountant="Dominique"))
        sql.execute(sa.update(tables.connection).where(tables.connection.c.id < 4).values(bank="Crédit Agricole"))
        sql.execute(sa.update(tables.connection).where(tables.connection.c.id == 1).values(bank="CREDIT AGRICOLE"))

    await database.write(share)
    shown = await page(database, Asked(accountant="Dominique"))
    assert (shown.banks, shown.counts[Filter.SOON], shown.counts[Filter.EXPIRED]) == (7, 1, 0)
    assert len(names(await page(database, Asked(accountant="")))) == 7
    both = await page(database, Asked(accountant="Dominique", bank="credit agricole", state=Filter.CLOSED))
    assert names(both) == ["Clôturée"]
    assert (both.banks, both.total) == (3, 1)
    assert list(shown.accountants) == ["", "Dominique"]
    assert list(shown.choices) == ["CIC", "Crédit Agricole"]
    assert names(await page(database, Asked(bank="Qonto"))) == []


async def test_pages_follow_each_other_and_the_last_is_shown_for_one_too_far(database: Database) -> None:
    await database.write(fill)
    everything = names(await page(database))
    found: list[str] = []
    for number in range(3):
        shown = await page(database, Asked(page=number), size=5)
        assert (shown.pages, shown.asked.page, shown.total) == (3, number, 14)
        found += names(shown)
    assert found == everything
    assert names(await page(database, Asked(page=99), size=5)) == everything[10:]
    assert (await page(database, Asked(page=-4), size=5)).asked.page == 0


async def test_a_board_without_a_bank_has_one_empty_page(database: Database) -> None:
    shown = await page(database)
    assert (names(shown), shown.pages, shown.banks) == ([], 1, 0)


@pytest.mark.parametrize(
    "wanted", [Asked(), Asked("Dominique", "LCL", Filter.STALE, 7), Asked(accountant=""), Asked(bank='"}{')]
)
def test_what_was_asked_for_is_kept_and_read_again(wanted: Asked) -> None:
    assert asked(wanted.kept()) == wanted


@pytest.mark.parametrize("kept", ["", "no json", "[]", "null", '{"state":"of another version"}', '{"page":"x"}'])
def test_what_another_version_kept_asks_for_everything(kept: str) -> None:
    assert asked(kept) == Asked()
