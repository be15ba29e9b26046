"""Conversations as rows: some whose clients press, and as many more as are wanted, who sleep."""

import sqlalchemy as sa

from bot.adapters.codec import state_to_json
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact
from flows.renewal import StepA
from flows.state import Quiet, State

ASLEEP_UNTIL = 4e9  # 2096
SLICE = 5_000


async def seed(url: str, awake: int, stored: int = 0) -> None:
    """`awake` conversations at step A, of the chats 1, 2, 3 …; and quiet ones up to `stored` in all."""
    database = Database(url)
    schema.prepare(database)
    for first in range(1, max(awake, stored) + 1, SLICE):
        numbers = range(first, min(first + SLICE, max(awake, stored) + 1))
        await database.write(lambda sql, numbers=numbers: fill(sql, numbers, awake))
    if not database.is_sqlite:
        await database.write(number_on)
    await database.aclose()


def fill(sql: sa.Connection, numbers: range, awake: int) -> None:
    """One client file, contact, connection and conversation for each number."""
    sql.execute(sa.insert(client_file), [{"id": each, "name": f"Chez {each}"} for each in numbers])
    people = [{"id": each, "name": f"Client {each}", "chat_id": each} for each in numbers]
    sql.execute(sa.insert(contact), people)
    sql.execute(sa.insert(file_contact), [{"file_id": each, "contact_id": each} for each in numbers])
    banks = [{"id": each, "file_id": each, "bank": "Crédit Agricole", "synchronised": True} for each in numbers]
    sql.execute(sa.insert(connection), banks)
    sql.execute(sa.insert(conversation), [resting(each, StepA() if each <= awake else Quiet()) for each in numbers])


def resting(number: int, state: State) -> dict[str, object]:
    return {
        "id": number,
        "connection_id": number,
        "contact_id": number,
        "state": state_to_json(state),
        "deadline": ASLEEP_UNTIL + number,
    }


def number_on(sql: sa.Connection) -> None:
    """PostgreSQL's counters know nothing of rows that brought their own numbers; its planner nothing of new rows."""
    for table in (client_file, contact, connection, conversation):
        highest = sa.select(sa.func.max(table.c.id)).scalar_subquery()
        sql.execute(sa.select(sa.func.setval(f"{table.name}_id_seq", highest)))
    sql.exec_driver_sql("ANALYZE")
