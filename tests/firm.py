"""A firm in a fresh database, with its real engine; what leaves is kept in a list, once it is committed."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.codec import state_to_json
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.outbox import Row
from bot.adapters.database.store import SqlStore
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact, staff_case
from bot.engine import Engine
from bot.invitations import invite
from bot.ports import Case, Conversation, Job
from flows.effects import Effect, Say
from flows.state import State

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday, ten o'clock in Paris
ODETTE, MARCEL, STRANGER = 700_001, 700_002, 700_666


@dataclass
class HandClock:
    """Business time that passes only when a test says so."""

    moment: datetime = NOW

    def now(self) -> datetime:
        return self.moment

    def pass_(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Firm:
    """The firm's database, its engine, and the jobs that were committed."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    jobs: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = SqlStore(
            self.database,
            lambda _, job: Row(0, "", job),
            lambda rows: self.jobs.extend(row.job for row in rows),
        )
        self.engine = Engine(self.store, self.clock, FrenchCalendars("Europe/Paris"))

    async def insert(self, table: sa.Table, **values: Any) -> int:
        def work(sql: sa.Connection) -> int:
            key = sql.execute(sa.insert(table).values(values)).inserted_primary_key
            assert key is not None
            return int(key[0])

        return await self.database.write(work)

    async def file(self, name: str = "Chez Odette", *contacts: int, **values: Any) -> int:
        """A client file and its contacts."""
        file_id = await self.insert(client_file, **{"name": name, "aggregator_user": "7", **values})
        for rank, contact_id in enumerate(contacts):
            await self.insert(file_contact, file_id=file_id, contact_id=contact_id, rank=rank)
        return file_id

    async def contact(self, name: str = "Mme Odette Martin", chat: int | None = None) -> int:
        return await self.insert(contact, name=name, chat_id=chat)

    async def bank(
        self, file: int, state: State, bank: str = "Crédit Rural", who: int | None = None, **known: Any
    ) -> int:
        """A connection and its conversation."""
        talk = {name: known.pop(name) for name in ("deadline", "started_at", "spoken_at", "read_at") if name in known}
        known = {"aggregator_connection": f"at {bank}", "synchronised": True, **known}
        key = await self.insert(connection, file_id=file, bank=bank, **known)
        return await self.insert(conversation, connection_id=key, contact_id=who, state=state_to_json(state), **talk)

    async def odette(self, state: State, **known: Any) -> int:
        """One file, one contact who has a chat, one bank."""
        who = await self.contact(chat=ODETTE)
        return await self.bank(await self.file("Chez Odette", who), state, who=who, **known)

    async def invite(self, contact_id: int) -> str:
        secret = await self.database.write(lambda sql: invite(sql, contact_id, self.clock.now()))
        return secret.reveal()

    async def talk(self, conversation_id: int) -> Conversation:
        """A conversation as it is stored."""
        found = await self.store.transact(lambda tx: tx.conversation(conversation_id))
        assert found is not None
        return found

    async def case(self, case_id: int) -> Case:
        found = await self.store.transact(lambda tx: tx.case(case_id))
        assert found is not None
        return found

    async def rows(self, table: sa.Table) -> list[Any]:
        return await self.database.read(lambda sql: list(sql.execute(sa.select(table).order_by(*table.primary_key))))

    async def is_closed(self, case_id: int) -> bool:
        return next(bool(row.closed) for row in await self.rows(staff_case) if row.id == case_id)

    def effects(self) -> list[Effect]:
        return [job.effect for job in self.jobs]

    def said(self, chat_id: int | None = None) -> list[str]:
        """The keys of what clients read, in order; with `chat_id`, of what one of them reads."""
        return [
            job.effect.text for job in self.jobs if isinstance(job.effect, Say) and chat_id in (None, job.chat_id)
        ]


@contextlib.asynccontextmanager
async def founded(database_url: str) -> AsyncIterator[Firm]:
    """The firm, in a fresh database with the schema that migrations make."""
    database = Database(database_url)
    schema.prepare(database)
    try:
        yield Firm(database)
    finally:
        await database.aclose()
