"""All that is known of one client, for the colleague who opens his file. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot.adapters.database.home import BankLine, lines_of_file
from bot.adapters.database.reminded import nudges_of, promises_of
from bot.adapters.database.tables import (
    client_file,
    connection,
    consent,
    contact,
    conversation,
    file_contact,
    invitation,
    mail,
    staff_case,
)
from bot.domain.client import ClientFile
from bot.domain.reminded import Nudge, Promise

MOST_PEOPLE, MOST_BANKS, MOST_NUDGES, MOST_PROMISES, MOST_HAPPENED = 15, 15, 10, 5, 15


@dataclass(frozen=True)
class Person:
    """A contact of the file, and how he can be reached."""

    name: str
    role: str
    phone: str
    email: str
    linked: bool
    reachable: bool
    declined: bool
    """He has said that the file is not his."""
    invited_until: datetime | None
    """An invitation that he has not opened is good until then."""


@dataclass(frozen=True)
class Happened:
    """One thing in the history: `client-story-<what>`; `detail` is the cause of a case, or the fate of a letter."""

    at: datetime
    what: str
    bank: str = ""
    who: str = ""
    detail: str = ""
    status: str = ""
    """Where a case stands, or how it ended."""
    exact: bool = True
    """The hour is known too."""


@dataclass(frozen=True)
class ClientStory:
    """One client file; of everything the newest, as much as one reads."""

    file: ClientFile
    people: Sequence[Person]
    banks: Sequence[BankLine]
    nudges: Sequence[Nudge]
    promises: Sequence[Promise]
    history: Sequence[Happened]


def client_story(sql: sa.Connection, file_id: int, now: datetime, reminding: timedelta) -> ClientStory | None:
    """What is known of a client file; None where there is none. `now` is in the firm's own zone."""
    row = sql.execute(sa.select(client_file).where(client_file.c.id == file_id)).one_or_none()
    if row is None:
        return None
    found = sorted(happened(sql, file_id), key=lambda each: each.at, reverse=True)
    return ClientStory(
        file=ClientFile(
            row.id, row.name, row.siren, row.accountant, row.timezone, row.aggregator_user, row.closing_day,
            row.away_until, row.vat_day,
        ),
        people=people(sql, file_id, now),
        banks=lines_of_file(sql, file_id, now.date(), reminding, MOST_BANKS),
        nudges=nudges_of(sql, file_id, MOST_NUDGES),
        promises=promises_of(sql, file_id, now, MOST_PROMISES),
        history=found[:MOST_HAPPENED],
    )  # fmt: skip


def people(sql: sa.Connection, file_id: int, now: datetime) -> list[Person]:
    """The contacts of a file, the first to be asked first."""
    open_until = (
        sa.select(sa.func.max(invitation.c.expires_at))
        .where(
            invitation.c.contact_id == contact.c.id,
            invitation.c.claimed_by.is_(None),
            invitation.c.expires_at > now.timestamp(),
        )
        .scalar_subquery()
    )
    statement = (
        sa.select(contact, file_contact.c.role, file_contact.c.declined, open_until.label("open_until"))
        .join(file_contact, file_contact.c.contact_id == contact.c.id)
        .where(file_contact.c.file_id == file_id)
        .order_by(file_contact.c.rank, contact.c.id)
        .limit(MOST_PEOPLE)
    )
    return [
        Person(
            name=row.name,
            role=row.role,
            phone=row.phone,
            email=row.email,
            linked=row.chat_id is not None,
            reachable=bool(row.reachable),
            declined=bool(row.declined),
            invited_until=when(row.open_until) if row.open_until is not None and row.chat_id is None else None,
        )
        for row in sql.execute(statement)
    ]


def happened(sql: sa.Connection, file_id: int) -> Iterator[Happened]:
    """The newest of each kind, in no order."""
    for row in latest(sql, staff_case.c.opened_at, talks(file_id, staff_case)):
        yield Happened(when(row.opened_at), "case", row.bank, row.taken_by, row.cause, row.status)
    for row in latest(sql, mail.c.begun_at, talks(file_id, mail)):
        yield Happened(when(row.begun_at), "mail", row.bank, detail=row.outcome)
    yield from consents(sql, file_id)
    claimed = (
        sa.select(invitation.c.claimed_at, contact.c.name)
        .join(contact, invitation.c.contact_id == contact.c.id)
        .join(file_contact, file_contact.c.contact_id == contact.c.id)
        .where(file_contact.c.file_id == file_id, invitation.c.claimed_at.is_not(None))
    )
    for row in latest(sql, invitation.c.claimed_at, claimed):
        yield Happened(when(row.claimed_at), "linked", who=row.name)


def consents(sql: sa.Connection, file_id: int) -> Iterator[Happened]:
    """Each renewal that was proven, and each consent that ran out."""
    known = (
        sa.select(consent, connection.c.bank)
        .join(connection, consent.c.connection_id == connection.c.id)
        .where(connection.c.file_id == file_id)
    )
    for row in latest(sql, consent.c.began_on, known):
        if row.proven:
            yield Happened(midnight(row.began_on), "renewed", row.bank, exact=False)
        if row.ended_on is not None and row.lapsed:
            yield Happened(midnight(row.ended_on), "lapsed", row.bank, exact=False)


def talks(file_id: int, table: sa.Table) -> sa.Select[Any]:
    """The rows of a table that belong to the conversations of a file, with their bank."""
    return (
        sa.select(table, connection.c.bank)
        .join(conversation, table.c.conversation_id == conversation.c.id)
        .join(connection, conversation.c.connection_id == connection.c.id)
        .where(connection.c.file_id == file_id)
    )


def latest(sql: sa.Connection, at: sa.Column[Any], statement: sa.Select[Any]) -> Sequence[Any]:
    return sql.execute(statement.order_by(at.desc()).limit(MOST_HAPPENED)).all()


def when(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
