"""The store: `bot.ports.Transaction` over one SQLAlchemy connection. Compiled statements, no decisions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import bindparam as given
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.codec import state_from_json, state_to_json
from bot.adapters.database.audit import note
from bot.adapters.database.consents import begin_consent, consents_at, end_consent
from bot.adapters.database.engine import Database
from bot.adapters.database.links import answered, revoke
from bot.adapters.database.outbox import Row
from bot.adapters.database.radar import SqlRadar
from bot.adapters.database.reminded import answer_nudges, begin_nudge, is_his_own, miss_nudges, note_promise
from bot.adapters.database.tables import (
    client_file,
    connection,
    contact,
    conversation,
    file_contact,
    inbox,
    invitation,
    staff_case,
)
from bot.domain.cadence import Consent
from bot.domain.client import ClientFile, Connection, Contact
from bot.domain.connection import ConnectionState, DateSource
from bot.ports import Case, Conversation, Invitation, Job, Transaction
from flows.effects import is_nudge

T = TypeVar("T")
Enqueue = Callable[[sa.Connection, Job], Row | None]

REMEMBER = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(inbox).on_conflict_do_nothing().returning(inbox.c.id)
    for dialect in (sqlite, postgresql)
}
LOAD = (
    sa.select(conversation, connection, client_file, contact, file_contact.c.role, file_contact.c.declined)
    .select_from(
        conversation.join(connection, conversation.c.connection_id == connection.c.id)
        .join(client_file, connection.c.file_id == client_file.c.id)
        .outerjoin(contact, conversation.c.contact_id == contact.c.id)
        .outerjoin(
            file_contact,
            sa.and_(file_contact.c.contact_id == contact.c.id, file_contact.c.file_id == client_file.c.id),
        )
    )
    .set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
)
LOCKED = LOAD.where(conversation.c.id == given("id")).with_for_update(of=conversation)
SAVED = (
    "state", "sequence", "deadline", "started_at", "last_press", "last_words", "case_id", "contact_id", "tried",
    "read_at",
)  # fmt: skip
SAVE = sa.update(conversation).where(conversation.c.id == given("this")).values({name: given(name) for name in SAVED})
SAVE_SPOKEN = SAVE.values(spoken_at=given("spoken_at"))
OF_CHAT = (
    sa.select(conversation.c.id)
    .join(connection, conversation.c.connection_id == connection.c.id)
    .join(file_contact, file_contact.c.file_id == connection.c.file_id)
    .join(contact, contact.c.id == file_contact.c.contact_id)
    .where(contact.c.chat_id == given("chat"))
    .order_by(file_contact.c.declined, connection.c.closed, conversation.c.spoken_at.desc(), conversation.c.id)
)
OF_CONTACT = (
    sa.select(conversation.c.id)
    .join(connection, conversation.c.connection_id == connection.c.id)
    .join(file_contact, file_contact.c.file_id == connection.c.file_id)
    .where(file_contact.c.contact_id == given("contact"))
    .order_by(conversation.c.id)
)
OTHERS = (
    sa.select(contact, file_contact.c.role)
    .join(file_contact, file_contact.c.contact_id == contact.c.id)
    .where(file_contact.c.file_id == given("file"), sa.not_(file_contact.c.declined))
    .where(contact.c.chat_id.is_not(None), contact.c.reachable)
    .order_by(file_contact.c.rank, contact.c.id)
    .set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)
)
DECLINE = (
    sa.update(file_contact)
    .where(file_contact.c.file_id == given("file"), file_contact.c.contact_id == given("contact"))
    .values(declined=given("says"))
)
HAS_DECLINED = (
    sa.select(file_contact.c.declined)
    .join(contact, contact.c.id == file_contact.c.contact_id)
    .where(file_contact.c.file_id == given("file"), contact.c.chat_id == given("chat"))
)
DUE = (
    sa.select(conversation.c.id, conversation.c.sequence, conversation.c.deadline)
    .where(conversation.c.deadline <= given("now"))
    .order_by(conversation.c.deadline)
    .limit(given("limit"))
)
TO_READ = (
    sa.select(conversation.c.id, connection.c.next_read_at)
    .join(connection, conversation.c.connection_id == connection.c.id)
    .where(connection.c.next_read_at <= given("now"), sa.not_(connection.c.closed))
    .order_by(connection.c.next_read_at)
    .limit(given("limit"))
)
READ_NEXT = sa.update(connection).where(connection.c.id == given("this")).values(next_read_at=given("at"))
NEXT_DUE = sa.select(sa.func.min(conversation.c.deadline))


def stamp(moment: datetime | None) -> float | None:
    """A moment as it is stored."""
    return None if moment is None else moment.timestamp()


def moment(seconds: float | None) -> datetime | None:
    """A stored moment, aware, in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def read_connection(row: Any) -> Connection:
    """A connection out of a row that was selected with its table's name as a prefix."""
    return Connection(
        id=row.connection_id,
        file_id=row.connection_file_id,
        bank=row.connection_bank,
        cadence_days=row.connection_cadence_days,
        aggregator_connection=row.connection_aggregator_connection,
        state=ConnectionState(row.connection_state),
        expires_on=row.connection_expires_on,
        expiry_source=DateSource(row.connection_expiry_source),
        last_success_at=moment(row.connection_last_success_at),
        synchronised=bool(row.connection_synchronised),
        vendor_code=row.connection_vendor_code,
        stale=bool(row.connection_stale),
        accounts=tuple(row.connection_accounts.split()),
        strayed=bool(row.connection_strayed),
        closed=bool(row.connection_closed),
    )


def read_file(row: Any) -> ClientFile:
    """A client file out of such a row."""
    return ClientFile(
        id=row.client_file_id,
        name=row.client_file_name,
        siren=row.client_file_siren,
        accountant=row.client_file_accountant,
        timezone=row.client_file_timezone,
        aggregator_user=row.client_file_aggregator_user,
        closing_day=row.client_file_closing_day,
        away_until=row.client_file_away_until,
        vat_day=row.client_file_vat_day,
    )


def read_contact(row: Any) -> Contact | None:
    """The contact of such a row, if there is one."""
    if row.contact_id is None:
        return None
    return Contact(
        id=row.contact_id,
        name=row.contact_name,
        phone=row.contact_phone,
        email=row.contact_email,
        chat_id=row.contact_chat_id,
        reachable=bool(row.contact_reachable),
        nudged_at=moment(row.contact_nudged_at),
        role=getattr(row, "file_contact_role", None) or "",
    )


def read_conversation(row: Any) -> Conversation:
    """A conversation with all that belongs to it."""
    return Conversation(
        id=row.conversation_id,
        connection=read_connection(row),
        file=read_file(row),
        contact=read_contact(row),
        state=state_from_json(row.conversation_state),
        sequence=row.conversation_sequence,
        deadline=moment(row.conversation_deadline),
        started_at=moment(row.conversation_started_at),
        last_press=row.conversation_last_press,
        last_words=row.conversation_last_words,
        case_id=row.conversation_case_id,
        declined=bool(row.file_contact_declined),
        tried=tuple(int(each) for each in row.conversation_tried.split()),
        read_at=moment(row.conversation_read_at),
    )


class SqlTransaction:
    """`Transaction`, on SQLite and on PostgreSQL."""

    def __init__(self, connection: sa.Connection, enqueue: Enqueue) -> None:
        self.sql = connection
        self._enqueue = enqueue
        self.radar = SqlRadar(connection)
        self.rows: list[Row] = []
        """What leaves to clients once the transaction is committed."""
        self._now: datetime | None = None
        self._his_own = False

    def first_time(self, dedupe_id: str, now: datetime) -> bool:
        self._now, self._his_own = now, is_his_own(dedupe_id)
        values = {"id": dedupe_id, "received_at": now.timestamp()}
        return self.sql.execute(REMEMBER[self.sql.dialect.name], values).first() is not None

    def conversation(self, conversation_id: int) -> Conversation | None:
        row = self.sql.execute(LOCKED, {"id": conversation_id}).one_or_none()
        return None if row is None else read_conversation(row)

    def conversations_of(self, chat_id: int) -> Sequence[int]:
        return self.sql.execute(OF_CHAT, {"chat": chat_id}).scalars().all()

    def conversations_of_contact(self, contact_id: int) -> Sequence[int]:
        return self.sql.execute(OF_CONTACT, {"contact": contact_id}).scalars().all()

    def save(self, conversation: Conversation, now: datetime, *, spoken: bool) -> None:
        values = {
            "this": conversation.id,
            "state": state_to_json(conversation.state),
            "sequence": conversation.sequence,
            "deadline": stamp(conversation.deadline),
            "started_at": stamp(conversation.started_at),
            "last_press": conversation.last_press,
            "last_words": conversation.last_words,
            "case_id": conversation.case_id,
            "contact_id": conversation.contact.id if conversation.contact else None,
            "tried": " ".join(map(str, conversation.tried)),
            "read_at": stamp(conversation.read_at),
        }
        if spoken:
            self.sql.execute(SAVE_SPOKEN, {**values, "spoken_at": now.timestamp()})
        else:
            self.sql.execute(SAVE, values)
        if spoken and self._his_own:
            answer_nudges(self.sql, conversation.id, now)
        note_promise(self.sql, conversation, now)

    def save_connection(self, connection_read: Connection) -> None:
        self.sql.execute(
            sa.update(connection)
            .where(connection.c.id == connection_read.id)
            .values(
                aggregator_connection=connection_read.aggregator_connection,
                state=connection_read.state.value,
                expires_on=connection_read.expires_on,
                expiry_source=connection_read.expiry_source.value,
                last_success_at=stamp(connection_read.last_success_at),
                synchronised=connection_read.synchronised,
                vendor_code=connection_read.vendor_code[:64],
                stale=connection_read.stale,
                accounts=" ".join(connection_read.accounts),
                strayed=connection_read.strayed,
                closed=connection_read.closed,
            )
        )

    def go_away(self, file_id: int, until: date | None) -> None:
        self.sql.execute(sa.update(client_file).where(client_file.c.id == file_id).values(away_until=until))

    def conversations_beside(self, talk: Conversation) -> Sequence[int]:
        beside = sa.and_(connection.c.file_id == talk.file.id, conversation.c.id != talk.id)
        found = sa.select(conversation.c.id).join(connection, conversation.c.connection_id == connection.c.id)
        return self.sql.execute(found.where(beside).order_by(conversation.c.id)).scalars().all()

    def accounts_beside(self, connection_read: Connection) -> frozenset[str]:
        beside = sa.and_(connection.c.file_id == connection_read.file_id, connection.c.id != connection_read.id)
        rows = self.sql.execute(sa.select(connection.c.accounts).where(beside)).scalars()
        return frozenset(account for accounts in rows for account in accounts.split())

    def connections_beside(self, connection_read: Connection) -> Sequence[str]:
        beside = sa.and_(connection.c.file_id == connection_read.file_id, connection.c.id != connection_read.id)
        return self.sql.execute(sa.select(connection.c.aggregator_connection).where(beside)).scalars().all()

    def unnamed_beside(self, connection_read: Connection) -> Sequence[tuple[str, datetime | None]]:
        beside = sa.and_(connection.c.file_id == connection_read.file_id, connection.c.id != connection_read.id)
        unnamed = sa.select(connection.c.bank, conversation.c.started_at).join_from(conversation, connection)
        rows = self.sql.execute(unnamed.where(beside, connection.c.aggregator_connection == "")).all()
        return [(bank, moment(started_at)) for bank, started_at in rows]

    def begin_consent(self, connection_id: int, on: date) -> None:
        begin_consent(self.sql, connection_id, on, proven=True)

    def end_consent(self, connection_id: int, on: date, *, lapsed: bool) -> None:
        end_consent(self.sql, connection_id, on, lapsed=lapsed)

    def consents_at(self, bank: str) -> Sequence[Consent]:
        return consents_at(self.sql, bank)

    def contact_of_chat(self, chat_id: int) -> Contact | None:
        row = self.sql.execute(labelled(contact).where(contact.c.chat_id == chat_id)).one_or_none()
        return None if row is None else read_contact(row)

    def mark_reachable(self, chat_id: int, reachable: bool) -> None:
        self.sql.execute(sa.update(contact).where(contact.c.chat_id == chat_id).values(reachable=reachable))
        if not reachable:
            miss_nudges(self.sql, chat_id)

    def claim_nudge(self, contact_id: int, now: datetime, apart: timedelta) -> datetime | None:
        before = sa.or_(contact.c.nudged_at.is_(None), contact.c.nudged_at <= (now - apart).timestamp())
        claim = sa.update(contact).where(contact.c.id == contact_id, before).values(nudged_at=now.timestamp())
        if self.sql.execute(claim).rowcount:
            return None
        return moment(self.sql.execute(sa.select(contact.c.nudged_at).where(contact.c.id == contact_id)).scalar())

    def others(self, conversation: Conversation) -> Sequence[Contact]:
        rows = self.sql.execute(OTHERS, {"file": conversation.file.id})
        asked = {conversation.contact.id if conversation.contact else None, *conversation.tried}
        return [each for each in map(read_contact, rows) if each is not None and each.id not in asked]

    def decline(self, file_id: int, contact_id: int, declined: bool) -> None:
        self.sql.execute(DECLINE, {"file": file_id, "contact": contact_id, "says": declined})

    def has_declined(self, file_id: int, chat_id: int) -> bool:
        return bool(self.sql.execute(HAS_DECLINED, {"file": file_id, "chat": chat_id}).scalar())

    def invitation(self, token_hash: str) -> Invitation | None:
        row = self.sql.execute(
            sa.select(invitation).where(invitation.c.token_hash == token_hash).with_for_update()
        ).one_or_none()
        if row is None:
            return None
        expires_at = datetime.fromtimestamp(row.expires_at, UTC)
        return Invitation(row.id, row.contact_id, expires_at, row.claimed_by)

    def bind(self, claimed: Invitation, chat_id: int, now: datetime) -> Contact:
        self.sql.execute(
            sa.update(invitation)
            .where(invitation.c.id == claimed.id)
            .values(claimed_by=chat_id, claimed_at=now.timestamp())
        )
        self._end_invitations(claimed.contact_id, now)
        known = self.contact_of_chat(chat_id)
        if known is None or known.id == claimed.contact_id:
            values = {"chat_id": chat_id, "reachable": True}
            self.sql.execute(sa.update(contact).where(contact.c.id == claimed.contact_id).values(values))
            row = self.sql.execute(labelled(contact).where(contact.c.id == claimed.contact_id)).one()
            bound = read_contact(row)
            assert bound is not None
            return bound
        self._hand_files_over(claimed.contact_id, known.id)
        self.mark_reachable(chat_id, True)
        return replace(known, reachable=True)

    def _end_invitations(self, contact_id: int, now: datetime) -> None:
        """Of several links to one person (on paper, in an e-mail), the first that is opened is the last."""
        left = sa.and_(invitation.c.contact_id == contact_id, invitation.c.claimed_by.is_(None))
        still = invitation.c.expires_at > now.timestamp()
        self.sql.execute(sa.update(invitation).where(left, still).values(expires_at=now.timestamp()))

    def _hand_files_over(self, from_contact: int, to_contact: int) -> None:
        """One person, several client files: the chat that he has already gets the new file too."""
        theirs = sa.select(file_contact.c.file_id).where(file_contact.c.contact_id == to_contact)
        self.sql.execute(
            sa.update(file_contact)
            .where(file_contact.c.contact_id == from_contact, file_contact.c.file_id.not_in(theirs))
            .values(contact_id=to_contact)
        )
        self.sql.execute(
            sa.update(conversation).where(conversation.c.contact_id == from_contact).values(contact_id=to_contact)
        )

    def open_case(self, conversation_id: int, cause: str, now: datetime) -> int:
        values = {"conversation_id": conversation_id, "cause": cause, "opened_at": now.timestamp()}
        case_id: int = self.sql.execute(sa.insert(staff_case).values(values).returning(staff_case.c.id)).scalar_one()
        return case_id

    def case(self, case_id: int) -> Case | None:
        row = self.sql.execute(sa.select(staff_case).where(staff_case.c.id == case_id)).one_or_none()
        return None if row is None else read_case(row)

    def update_case(self, case_id: int, *, status: str, taken_by: str, closed: bool) -> None:
        values = {"status": status, "taken_by": taken_by, "closed": closed}
        self.sql.execute(sa.update(staff_case).where(staff_case.c.id == case_id).values(values))

    def revoke_links(self, conversation_id: int, by: str) -> bool:
        return revoke(self.sql, conversation_id, by)

    def answer_links(self, conversation_id: int, outcome: str, now: datetime) -> bool:
        return answered(self.sql, conversation_id, outcome, now)

    def audit(self, act: str, **about: str | int) -> None:
        note(self.sql, act, **about)

    def due(self, now: datetime, limit: int) -> Sequence[tuple[int, int, datetime]]:
        rows = self.sql.execute(DUE, {"now": now.timestamp(), "limit": limit})
        return [(row.id, row.sequence, datetime.fromtimestamp(row.deadline, UTC)) for row in rows]

    def to_read(self, now: datetime, limit: int) -> Sequence[tuple[int, datetime]]:
        rows = self.sql.execute(TO_READ, {"now": now.timestamp(), "limit": limit})
        return [(row.id, datetime.fromtimestamp(row.next_read_at, UTC)) for row in rows]

    def read_next(self, connection_id: int, at: datetime) -> None:
        self.sql.execute(READ_NEXT, {"this": connection_id, "at": at.timestamp()})

    def enqueue(self, job: Job) -> None:
        if self._now is not None and is_nudge(job.effect):
            begin_nudge(self.sql, job, self._now)
        row = self._enqueue(self.sql, job)
        if row is not None:
            self.rows.append(row)


def labelled(table: sa.Table) -> sa.Select[Any]:
    """All columns, each with its table's name as a prefix."""
    return sa.select(table).set_label_style(sa.LABEL_STYLE_TABLENAME_PLUS_COL)


def read_case(row: Any) -> Case:
    """A case out of its row."""
    return Case(
        id=row.id,
        conversation_id=row.conversation_id,
        cause=row.cause,
        opened_at=datetime.fromtimestamp(row.opened_at, UTC),
        status=row.status,
        taken_by=row.taken_by,
        channel=row.channel,
        thread=row.thread,
        asked=row.asked,
    )


class SqlStore:
    """`Store`: each piece of work is one transaction of the database; what it enqueued leaves after the commit."""

    def __init__(self, database: Database, enqueue: Enqueue, push: Callable[[list[Row]], None]) -> None:
        self.database = database
        self._enqueue = enqueue
        self._push = push

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        def run(sql: sa.Connection) -> tuple[T, list[Row]]:
            tx = SqlTransaction(sql, self._enqueue)
            return work(tx), tx.rows

        outcome, rows = await self.database.write(run)
        self._push(rows)  # no await in between: what was committed first leaves first
        return outcome

    async def next_due(self) -> datetime | None:
        """The earliest deadline of all; None where nothing is due, ever."""
        return moment(await self.database.read(lambda sql: sql.execute(NEXT_DUE).scalar()))
