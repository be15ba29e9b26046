"""What is due, found among very many: the banks whose turn it is to be read, and the deadlines that have passed.

The store itself is asked, and the plan is that of the very statement which it sent.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.adapters.codec import state_to_json
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.store import SqlTransaction
from bot.adapters.database.tables import client_file, connection, conversation
from bot.engine import SWEPT
from bot.ports import Job
from flows.state import Quiet

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
DAY = timedelta(days=1)
BATCHES = 40
OVERDUE = 200
"""As many deadlines as `Engine.overdue` asks for at once."""
SCATTER = 7_368_787
"""A prime: multiplied by it, numbers in a row lie far from each other, as moments do on the disk."""
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN (ANALYZE, BUFFERS) "}

LATER = (NOW + 9 * DAY).timestamp()
FOUND = sa.bindparam("found", expanding=True)


@dataclass(frozen=True)
class Question:
    """What the store is asked, and what gives those who were `found` their turn much later: each batch is another."""

    ask: Callable[[SqlTransaction], Sequence[tuple[Any, ...]]]
    move_on: sa.Update


@dataclass(frozen=True)
class Found:
    """One question, asked again and again."""

    name: str
    rows: int
    """How many were found in all."""
    seconds: Sequence[float]
    """Each time from the question to the rows in hand."""
    plan: Sequence[str]


async def measure(url: str, stored: int) -> list[Found]:
    """Fill an empty database with so many connections, some of them due, and ask it what is."""
    database, due = Database(url), min(stored // 2, BATCHES * SWEPT)
    try:
        schema.prepare(database)
        await database.write(lambda sql: fill(sql, stored, due))
        await database.write(analyse)
        return [
            await ask(database, f"{SWEPT} banks to read, {due:,} due", banks(NOW)),
            await ask(database, f"{SWEPT} banks to read, all due", banks(NOW + 3 * DAY)),
            await ask(database, f"{OVERDUE} deadlines, {due:,} passed", deadlines(NOW)),
            await ask(database, f"{OVERDUE} deadlines, all passed", deadlines(NOW + 3 * DAY)),
        ]
    finally:
        await database.aclose()


def banks(now: datetime) -> Question:
    """As the sweep asks."""
    of = sa.select(conversation.c.connection_id).where(conversation.c.id.in_(FOUND))
    moved = sa.update(connection).where(connection.c.id.in_(of)).values(next_read_at=LATER)
    return Question(lambda tx: tx.to_read(now, SWEPT), moved)


def deadlines(now: datetime) -> Question:
    """As the scan for what is overdue asks."""
    moved = sa.update(conversation).where(conversation.c.id.in_(FOUND)).values(deadline=LATER)
    return Question(lambda tx: tx.due(now, OVERDUE), moved)


async def ask(database: Database, name: str, question: Question) -> Found:
    """One question, each time in a transaction of its own."""
    plan = await database.write(lambda sql: explained(sql, question))
    times, rows = list[float](), list[int]()

    def once(sql: sa.Connection) -> None:
        tx = SqlTransaction(sql, no_jobs)
        begin = time.perf_counter()
        found = question.ask(tx)
        times.append(time.perf_counter() - begin)
        rows.append(len(found))
        sql.execute(question.move_on, {"found": [each[0] for each in found]})

    for _ in range(BATCHES):
        await database.write(once)
    return Found(name, sum(rows), times, plan)


def explained(sql: sa.Connection, question: Question) -> list[str]:
    """The plan of the one statement that a question is for the database."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    sa.event.listen(sql, "before_cursor_execute", note)
    question.ask(SqlTransaction(sql, no_jobs))
    sa.event.remove(sql, "before_cursor_execute", note)
    [(statement, parameters)] = sent
    lines = sql.exec_driver_sql(EXPLAIN[sql.dialect.name] + statement, parameters)
    return [str(line[-1]) for line in lines]


def no_jobs(_sql: sa.Connection, job: Job) -> None:
    raise AssertionError(f"nobody asked for {job}")


def fill(sql: sa.Connection, stored: int, due: int) -> None:
    """One client file, connection and conversation for each number; what is due lies scattered among them."""
    first = sa.select(sa.cast(1, sa.BigInteger).label("n")).cte("numbers", recursive=True)
    numbers = first.union_all(sa.select(first.c.n + 1).where(first.c.n < stored))
    n, name = numbers.c.n, "Chez " + sa.cast(numbers.c.n, sa.String)
    at = NOW.timestamp() + ((n * SCATTER) % stored - due + 1) * (DAY.total_seconds() / stored)
    bank, quiet = sa.literal("Crédit Agricole"), sa.literal(state_to_json(Quiet()))
    for table, values in (
        (client_file, {"id": n, "name": name, "aggregator_user": sa.cast(n, sa.String)}),
        (connection, {"id": n, "file_id": n, "bank": bank, "next_read_at": at}),
        (conversation, {"id": n, "connection_id": n, "state": quiet, "deadline": at}),
    ):
        rows = sa.select(*(value.label(column) for column, value in values.items()))
        sql.execute(sa.insert(table).from_select(list(values), rows))


def analyse(sql: sa.Connection) -> None:
    """PostgreSQL does this by itself some time after so many new rows; SQLite never does."""
    if sql.dialect.name == "postgresql":
        sql.exec_driver_sql("ANALYZE")
