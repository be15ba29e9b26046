"""The board on both databases: the most urgent first, names found as people type them, and one case as its card."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.adapters.codec import state_to_json
from bot.adapters.database import board, tables
from bot.adapters.database.board import ClientLine, Urgency
from bot.adapters.database.engine import Database
from bot.domain.connection import Actor, ConnectionState, DateSource
from bot.domain.ladder import LADDER
from bot.ports import Tried
from flows.escalation import WithStaff
from flows.first_sync import Invited, OpenAccounting
from flows.renewal import StepB
from flows.state import Quiet, State

TODAY = date(2026, 11, 23)
OPENED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    tables.metadata.create_all(database.writer)
    yield database
    await database.aclose()


class Office:
    """Adds clients, in whatever order."""

    def __init__(self, sql: sa.Connection) -> None:
        self.sql = sql
        self.number = 0

    def client(
        self,
        name: str,
        *,
        state: State | None = None,
        chat: bool = True,
        reachable: bool = True,
        case: dict[str, Any] | None = None,
        **bank: Any,
    ) -> int:
        self.number += 1
        here = self.number
        self.insert(tables.client_file, id=here, name=name)
        self.insert(
            tables.contact, id=here, name=f"Odette {here}", chat_id=here if chat else None, reachable=reachable
        )
        self.insert(tables.connection, **{"id": here, "file_id": here, "bank": "CIC", "synchronised": True, **bank})
        stored = state_to_json(state or Quiet())
        self.insert(tables.conversation, id=here, connection_id=here, contact_id=here, state=stored)
        if case is not None:
            opened = {"conversation_id": here, "cause": "stuck", "opened_at": OPENED.timestamp()}
            case_id = self.insert(tables.staff_case, **opened, **case)
            mine = tables.conversation.c.id == here
            self.sql.execute(sa.update(tables.conversation).where(mine).values(case_id=case_id))
        return here

    def insert(self, table: sa.Table, **values: Any) -> int:
        number: int = self.sql.execute(sa.insert(table).values(**values).returning(table.c.id)).scalar_one()
        return number


def fill(sql: sa.Connection) -> None:
    office = Office(sql)
    office.client("Tout va bien", expires_on=date(2027, 5, 22))
    office.client("Sans date")
    office.client("Prise", case={"taken_by": "Anna", "status": "taken"}, state=WithStaff("stuck", resume=StepB()))
    office.client("À moitié", state=OpenAccounting(), synchronised=False)
    office.client("Jamais venu", state=Invited(), chat=False, synchronised=False, case=None)
    office.client("Bientôt", expires_on=date(2026, 12, 7))
    office.client("Demain", expires_on=date(2026, 11, 24))
    office.client("Arrêtée", expires_on=date(2027, 5, 22), state=StepB(), expiry_source="bank")
    sql.execute(sa.update(tables.connection).where(tables.connection.c.id == 8).values(state="sca_required"))
    office.client("Échue", expires_on=date(2026, 11, 22), reachable=False)
    office.client("À prendre", case={}, state=WithStaff("stuck", resume=StepB()))


async def lines(database: Database, **how: Any) -> list[ClientLine]:
    return await database.read(lambda sql: board.clients(sql, today=TODAY, **how))


async def test_the_most_urgent_come_first(database: Database) -> None:
    await database.write(fill)
    shown = [(each.client, each.urgency) for each in await lines(database)]
    assert shown == [
        ("À prendre", Urgency.NOBODY_HAS_IT),
        ("Échue", Urgency.LAPSED),
        ("Arrêtée", Urgency.LAPSED),
        ("Demain", Urgency.LAPSING),
        ("Bientôt", Urgency.LAPSING),
        ("Jamais venu", Urgency.NEVER_LINKED),
        ("À moitié", Urgency.FIRST_SYNC),
        ("Prise", Urgency.WITH_STAFF),
        ("Tout va bien", Urgency.FINE),
        ("Sans date", Urgency.FINE),
    ]


async def test_a_line_says_what_is_known(database: Database) -> None:
    await database.write(fill)
    by_name = {each.client: each for each in await lines(database)}
    assert by_name["Arrêtée"] == ClientLine(
        conversation_id=8, client="Arrêtée", bank="CIC", contact="Odette 8", linked=True, reachable=True,
        connection=ConnectionState.SCA_REQUIRED, expires_on=date(2027, 5, 22), source=DateSource.BANK,
        last_success_at=None, state="renewal.step-b", case_id=None, cause="", taken_by="", urgency=Urgency.LAPSED,
    )  # fmt: skip
    assert (by_name["Prise"].taken_by, by_name["Prise"].cause, by_name["Prise"].state) == (
        "Anna", "stuck", "renewal.step-b",
    )  # fmt: skip
    assert (by_name["Jamais venu"].linked, by_name["Jamais venu"].reachable) == (False, False)
    assert (by_name["Échue"].linked, by_name["Échue"].reachable) == (True, False)


@pytest.mark.parametrize(
    ("expires_on", "user", "source", "condition", "acts", "urgency"),
    [
        (date(2027, 5, 22), "", "estimated", "ok", Actor.NOBODY, Urgency.FINE),
        (TODAY + LADDER.first, "", "estimated", "expiring", Actor.CLIENT, Urgency.LAPSING),
        (TODAY, "", "estimated", "expiring", Actor.CLIENT, Urgency.LAPSING),
        (TODAY - timedelta(days=1), "", "estimated", "sca_required", Actor.CLIENT, Urgency.LAPSED),
        # an aggregator reads it
        (TODAY, "7", "learned", "expiring", Actor.CLIENT, Urgency.LAPSING),
        (TODAY - timedelta(days=1), "7", "estimated", "ok", Actor.NOBODY, Urgency.FINE),
        (TODAY - timedelta(days=1), "7", "bank", "ok", Actor.NOBODY, Urgency.LAPSED),
        (None, "7", "estimated", "ok", Actor.NOBODY, Urgency.FINE),
    ],
)
async def test_the_end_of_a_consent_comes_by_itself(
    database: Database,
    expires_on: date | None,
    user: str,
    source: str,
    condition: str,
    acts: Actor,
    urgency: Urgency,
) -> None:
    def one(sql: sa.Connection) -> None:
        Office(sql).client("Odette", expires_on=expires_on, expiry_source=source)
        sql.execute(sa.update(tables.client_file).values(aggregator_user=user))
        sql.execute(sa.update(tables.connection).values(state="ok"))

    await database.write(one)
    (line,) = await lines(database)
    assert (line.connection.value, line.acts, line.urgency) == (condition, acts, urgency)


async def test_who_has_never_connected_his_bank_is_the_one_to_act(database: Database) -> None:
    await database.write(lambda sql: Office(sql).client("Odette", state=OpenAccounting(), synchronised=False))
    (line,) = await lines(database)
    assert (line.connected, line.acts) == (False, Actor.CLIENT)


async def test_pages_follow_each_other(database: Database) -> None:
    await database.write(fill)
    pages = [await lines(database, limit=4, offset=offset) for offset in (0, 4, 8)]
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [line for page in pages for line in page] == await lines(database)
    assert await database.read(board.count) == 10


def fill_names(sql: sa.Connection) -> None:
    office = Office(sql)
    for name in (
        "Crêperie du Bœuf",
        "Épicerie Moderne",
        "L’Auberge d’à-Côté",
        "Le Petit Bouchon",
        "100 % Pâtes_Fraîches",
    ):
        office.client(name)
    office.client("Chez Léon", bank="Crédit Agricole")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("creperie", ["Crêperie du Bœuf"]),
        ("BOEUF", ["Crêperie du Bœuf"]),
        ("épicerie  moderne", ["Épicerie Moderne"]),
        ("EPICERIE", ["Épicerie Moderne"]),
        ("l'auberge", ["L’Auberge d’à-Côté"]),
        ("a cote", ["L’Auberge d’à-Côté"]),
        ("bouchn", ["Le Petit Bouchon"]),
        ("le petit bouchont", ["Le Petit Bouchon"]),
        ("credit", ["Chez Léon"]),
        ("%", ["100 % Pâtes_Fraîches"]),
        ("_", ["100 % Pâtes_Fraîches"]),
        ("xyzzy", []),
        ("'; DROP TABLE contact; --", []),
    ],
)
async def test_a_name_is_found_as_people_type_it(database: Database, typed: str, found: list[str]) -> None:
    await database.write(fill_names)
    assert [each.client for each in await lines(database, name=typed)] == found
    assert await database.read(lambda sql: board.count(sql, name=typed)) == len(found)


async def test_a_case_is_found_by_its_thread_and_shown_whole(database: Database) -> None:
    await database.write(fill)
    case_id = (await lines(database))[0].case_id
    assert case_id is not None
    assert await database.read(lambda sql: board.case_of_thread(sql, "C1", "")) is None
    await database.write(lambda sql: board.set_thread(sql, case_id, "C1", "17.1"))
    case = await database.read(lambda sql: board.case_of_thread(sql, "C1", "17.1"))
    assert case is not None
    assert (case.id, case.channel, case.thread, case.opened_at) == (case_id, "C1", "17.1", OPENED)
    view = await database.read(lambda sql: board.case_view(sql, case_id))
    assert view is not None
    assert view.case == case
    assert (view.client, view.contact, view.step) == ("À prendre", "Odette 10", "renewal.step-b")


async def test_a_card_tells_the_contacts_role_and_who_was_asked_before(database: Database) -> None:
    def fill(sql: sa.Connection) -> int:
        office = Office(sql)
        talk = office.client("Chez Odette", case={})
        office.insert(tables.contact, id=21, name="Luc")
        office.insert(tables.contact, id=22, name="Marthe")
        of = {"file_id": talk}
        links = (
            of | {"contact_id": talk, "rank": 2, "role": "gérante", "declined": False},
            of | {"contact_id": 21, "rank": 0, "role": "comptable", "declined": True},
            of | {"contact_id": 22, "rank": 1, "role": "", "declined": False},
        )
        sql.execute(sa.insert(tables.file_contact), links)
        sql.execute(sa.update(tables.conversation).values(tried="22"))
        return int(sql.execute(sa.select(tables.staff_case.c.id)).scalar_one())

    case_id = await database.write(fill)
    view = await database.read(lambda sql: board.case_view(sql, case_id))
    assert view is not None
    assert view.role == "gérante"
    assert view.tried == (Tried("Luc", "comptable", declined=True), Tried("Marthe", "", declined=False))


async def test_what_does_not_exist_is_none(database: Database) -> None:
    assert await database.read(lambda sql: board.case_view(sql, 404)) is None
    assert await database.read(lambda sql: board.case_of_thread(sql, "C1", "17.1")) is None
    assert await lines(database) == []
    assert await database.read(board.count) == 0


@pytest.mark.parametrize(("rung", "urgency"), [(20, Urgency.FINE), (21, Urgency.LAPSING)])
async def test_a_bank_is_to_renew_from_the_first_rung_of_the_firm(
    database: Database, rung: int, urgency: Urgency
) -> None:
    await database.write(lambda sql: Office(sql).client("Odette", expires_on=TODAY + timedelta(days=21)))
    (line,) = await lines(database, reminding=timedelta(days=rung))
    assert line.urgency is urgency
