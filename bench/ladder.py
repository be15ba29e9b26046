"""What it costs to let the same thousand deadlines happen, however many connections are stored beside them.

The engine itself is asked, as the upkeep asks it every second, and the plans are those of the very statements that it
sent. What the steps decide is not sent anywhere: that costs the same whatever is stored.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bench.sweep import EXPLAIN, NOW, SCATTER, analyse
from bot.adapters.calendars import FrenchCalendars
from bot.adapters.clock import MovableClock
from bot.adapters.codec import state_to_json
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.store import SqlStore
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact
from bot.adapters.upkeep import SCANNED
from bot.engine import Engine
from flows.state import Quiet

STORED = (10_000, 100_000, 1_000_000)
DUE, ROUNDS, LOOKS = 1_000, 5, 20
BANKS = 2
"""Client files of one person, each with one bank."""
SLEEPS_UNTIL = NOW.timestamp() + 90 * 86_400


@dataclass(frozen=True)
class Rung:
    """One size of the database. Times in seconds."""

    stored: int
    happened: int
    """Deadlines, in all rounds."""
    rounds: Sequence[float]
    """Each until everything due had happened."""
    looks: Sequence[float]
    """Each scan that found nothing due."""
    plans: dict[str, Sequence[str]]
    """Of each question that was asked of the database, by its beginning."""


async def measure(url: str, stored: int) -> Rung:
    """Fill an empty database with so many connections, and let the same number of deadlines pass again and again."""
    database = Database(url)
    store = SqlStore(database, lambda _sql, _job: None, lambda _rows: None)
    engine = Engine(store, MovableClock(NOW, stands_still=True), FrenchCalendars("Europe/Paris"))
    rounds, looks, happened = list[float](), list[float](), 0
    try:
        schema.prepare(database)
        await database.write(lambda sql: fill(sql, stored))
        await database.write(analyse)
        plans = await explained(database, engine, stored)
        for _ in range(ROUNDS):
            await database.write(lambda sql: fall_due(sql, stored))
            begin = time.perf_counter()
            while found := await engine.overdue(SCANNED):
                happened += found
            rounds.append(time.perf_counter() - begin)
        for _ in range(LOOKS):
            begin = time.perf_counter()
            await engine.overdue(SCANNED)
            looks.append(time.perf_counter() - begin)
        return Rung(stored, happened, rounds, looks, plans)
    finally:
        await database.aclose()


async def explained(database: Database, engine: Engine, stored: int) -> dict[str, Sequence[str]]:
    """The plan of each question that is asked while deadlines happen, with as many due again."""
    sent: dict[str, Any] = {}

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("SELECT"):
            sent.setdefault(statement, parameters)

    def explain(sql: sa.Connection) -> dict[str, Sequence[str]]:
        fall_due(sql, stored)
        return {named(each): plan(sql, each, parameters) for each, parameters in sent.items()}

    await database.write(lambda sql: fall_due(sql, stored))
    sa.event.listen(database.writer, "before_cursor_execute", note)
    await engine.overdue(SCANNED)
    sa.event.remove(database.writer, "before_cursor_execute", note)
    return await database.write(explain)


def named(statement: str) -> str:
    """What a question is about, for its place in a list: the tables and the condition."""
    return " ".join(statement[statement.index("FROM") :].split())


def plan(sql: sa.Connection, statement: str, parameters: Any) -> list[str]:
    lines = sql.exec_driver_sql(EXPLAIN[sql.dialect.name] + statement, parameters)
    return [str(line[-1]) for line in lines]


def fall_due(sql: sa.Connection, stored: int) -> None:
    """The same banks each time, far from each other on the disk: back to rest, and their deadline has passed."""
    due = min(DUE, stored)
    ids = [1 + number * SCATTER % stored for number in range(due)]
    passed = {"state": state_to_json(Quiet()), "deadline": NOW.timestamp() - 60}
    sql.execute(sa.update(conversation).where(conversation.c.id.in_(ids)).values(passed))


def fill(sql: sa.Connection, stored: int) -> None:
    """A file, a connection and a conversation for each number; a person for each two of them."""
    first = sa.select(sa.cast(1, sa.BigInteger).label("n")).cte("numbers", recursive=True)
    numbers = first.union_all(sa.select(first.c.n + 1).where(first.c.n < stored))
    n, text = numbers.c.n, sa.cast(numbers.c.n, sa.String)
    who, quiet = n - (n - 1) % BANKS, sa.literal(state_to_json(Quiet()))
    lapses, asleep = sa.literal(NOW.date()), sa.literal(SLEEPS_UNTIL) + n
    for table, values in (
        (client_file, {"id": n, "name": "Chez " + text}),
        (contact, {"id": n, "name": "Client " + text, "chat_id": n}),
        (file_contact, {"file_id": n, "contact_id": who}),
        (connection, {"id": n, "file_id": n, "bank": sa.literal("Crédit Agricole"), "expires_on": lapses}),
        (conversation, {"id": n, "connection_id": n, "contact_id": who, "state": quiet, "deadline": asleep}),
    ):
        rows = sa.select(*(value.label(column) for column, value in values.items()))
        sql.execute(sa.insert(table).from_select(list(values), rows))
