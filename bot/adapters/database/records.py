"""What the worker and the handlers look up beside the conversation itself."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from bot.adapters.database import board, playbook
from bot.adapters.database.engine import Database
from bot.adapters.database.radar import SqlRadar
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact
from bot.domain.connection import ConnectionRef
from bot.domain.radar import Incident
from bot.ports import Case, CaseView

REF = (
    sa.select(client_file.c.aggregator_user, connection.c.aggregator_connection)
    .select_from(
        conversation.join(connection, conversation.c.connection_id == connection.c.id).join(
            client_file, connection.c.file_id == client_file.c.id
        )
    )
    .where(conversation.c.id == sa.bindparam("id"))
)
BANKS = (
    sa.select(connection.c.bank, connection.c.expires_on)
    .join(file_contact, file_contact.c.file_id == connection.c.file_id)
    .join(contact, contact.c.id == file_contact.c.contact_id)
    .where(contact.c.chat_id == sa.bindparam("chat"), sa.not_(connection.c.closed))
    .order_by(connection.c.expires_on, connection.c.bank)
)
BY_REF = (
    sa.select(conversation.c.id)
    .join(connection, conversation.c.connection_id == connection.c.id)
    .join(client_file, connection.c.file_id == client_file.c.id)
    .where(
        client_file.c.aggregator_user == sa.bindparam("user"),
        connection.c.aggregator_connection.in_([sa.bindparam("connection"), ""]),
    )
)
BY_CONNECTION = (
    sa.select(conversation.c.id)
    .join(connection, conversation.c.connection_id == connection.c.id)
    .where(connection.c.aggregator_connection == sa.bindparam("connection"))
)
"""Where the hint names no user, as Plaid's: a connection that is not known yet is nobody's."""


class SqlRecords:
    """Reads, and the one write of a case's thread."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def ref(self, conversation_id: int) -> ConnectionRef:
        """Where a conversation's connection lives at the aggregator."""
        row = await self.database.read(lambda sql: sql.execute(REF, {"id": conversation_id}).one())
        return ConnectionRef(row.aggregator_user, row.aggregator_connection)

    async def banks(self, chat_id: int) -> list[tuple[str, date | None]]:
        """The banks of a chat's client files, with the day each one lapses."""
        rows = await self.database.read(lambda sql: sql.execute(BANKS, {"chat": chat_id}).all())
        return [(row.bank, row.expires_on) for row in rows]

    async def conversations(self, refs: Sequence[ConnectionRef]) -> list[int]:
        """The conversations about these connections of the aggregator."""

        def read(sql: sa.Connection) -> list[int]:
            found: list[int] = []
            for ref in refs:
                found += of_ref(sql, ref)
            return found

        return await self.database.read(read)

    async def incident(self, incident_id: int) -> Incident | None:
        """One incident of a bank."""
        return await self.database.read(lambda sql: SqlRadar(sql).look_up(incident_id))

    async def set_incident_thread(self, incident_id: int, channel: str, thread: str) -> None:
        """Remember where an incident's card was posted."""
        await self.database.write(lambda sql: SqlRadar(sql).set_thread(incident_id, channel, thread))

    async def traps(self, bank: str, step: str) -> list[str]:
        """What a client of the bank should know at a step of the playbook."""
        found = await self.database.read(lambda sql: playbook.traps(sql, bank))
        return [trap.words for trap in found if trap.step == step]

    async def case_view(self, case_id: int) -> CaseView | None:
        """What the card of a case shows."""
        return await self.database.read(lambda sql: board.case_view(sql, case_id))

    async def case_of_thread(self, channel: str, thread: str) -> Case | None:
        """The case that a thread of the firm's channel is about."""
        return await self.database.read(lambda sql: board.case_of_thread(sql, channel, thread))

    async def set_thread(self, case_id: int, channel: str, thread: str) -> None:
        """Remember where the card was posted."""
        await self.database.write(lambda sql: board.set_thread(sql, case_id, channel, thread))


def of_ref(sql: sa.Connection, ref: ConnectionRef) -> Sequence[int]:
    """The conversations that one hint may mean."""
    if ref.user:
        return sql.execute(BY_REF, {"user": ref.user, "connection": ref.connection}).scalars().all()
    if ref.connection:
        return sql.execute(BY_CONNECTION, {"connection": ref.connection}).scalars().all()
    return []
