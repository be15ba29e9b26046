"""The figures of the digest, counted in the database."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import sqlalchemy as sa

from bot.adapters.database.board import Urgency, lapses, urgency_on
from bot.adapters.database.engine import Database
from bot.adapters.database.tables import (
    client_file,
    connection,
    consent,
    contact,
    conversation,
    invitation,
    nudge,
    staff_case,
)
from bot.digest import WEEKS_AHEAD, Figures, Morning, Waits
from bot.domain.ladder import LADDER
from bot.forecast import forecast

CYCLE = timedelta(days=60)
"""A renewal is counted from the first nudge that came at most so long before it, and after the consent before."""


class SqlFigures:
    """Counts for one morning. Raises `TryAgain`. `reminding`: so long before it lapses a bank is one to renew."""

    def __init__(self, database: Database, reminding: timedelta = LADDER.first) -> None:
        self.database = database
        self.reminding = reminding

    async def of(self, morning: Morning) -> Figures:
        """What happened in the span of a digest, and how things stand now."""
        return await self.database.read(partial(count, morning=morning, reminding=self.reminding))


def count(sql: sa.Connection, *, morning: Morning, reminding: timedelta) -> Figures:
    since, until = morning.since.timestamp(), morning.until.timestamp()
    first, last = morning.since.date(), morning.until.date()
    renewed, connected = renewals(sql, first, last)
    found = forecast(lapses(sql, morning.day + timedelta(weeks=WEEKS_AHEAD)), morning.day, "bank")
    return Figures(
        renewed=renewed,
        connected=connected,
        lapsed=lapsed(sql, first, last),
        linked=how_many(sql, invitation.c.claimed_at >= since, invitation.c.claimed_at < until),
        cases=how_many(sql, staff_case.c.opened_at >= since, staff_case.c.opened_at < until),
        sent=how_many(sql, nudge.c.at >= since, nudge.c.at < until),
        answered=how_many(sql, nudge.c.at >= since, nudge.c.at < until, nudge.c.answered_at.is_not(None)),
        waiting=waiting(sql),
        urgency=by_urgency(sql, morning.day, reminding),
        weeks=tuple((week, found.total(week)) for week in found.weeks[:WEEKS_AHEAD]),
        late=sum(found.late.values()),
    )


def how_many(sql: sa.Connection, *where: sa.ColumnElement[bool]) -> int:
    total: int = sql.execute(sa.select(sa.func.count()).where(*where)).scalar_one()
    return total


def renewals(sql: sa.Connection, first: date, last: date) -> tuple[Sequence[int], int]:
    """Of each renewal from one day until before another the days since its first nudge; and how many began anew.

    A consent is known by its day only: those of the last day belong to the next digest.
    """
    earlier = consent.alias("earlier")
    before = (
        sa.select(sa.func.max(earlier.c.began_on))
        .where(earlier.c.connection_id == consent.c.connection_id, earlier.c.id < consent.c.id)
        .scalar_subquery()
    )
    began = (
        sa.select(consent.c.began_on, conversation.c.id, before.label("before"))
        .join(conversation, conversation.c.connection_id == consent.c.connection_id)
        .where(consent.c.proven, consent.c.began_on >= first, consent.c.began_on < last)
        .order_by(consent.c.id)
    )
    rows = sql.execute(began).all()
    again = [row for row in rows if row.before is not None]
    return tuple(waited(sql, row.id, row.before, row.began_on) for row in again), len(rows) - len(again)


def waited(sql: sa.Connection, talk: int, before: date, on: date) -> int:
    """Days from the first nudge of this renewal to its day; -1 where nobody was nudged."""
    since = max(midnight(before), midnight(on) - CYCLE.total_seconds())
    until = midnight(on + timedelta(days=1))
    asked = sa.and_(nudge.c.conversation_id == talk, nudge.c.at > since, nudge.c.at < until)
    first = sql.execute(sa.select(sa.func.min(nudge.c.at)).where(asked)).scalar()
    return -1 if first is None else max(0, (on - datetime.fromtimestamp(first, UTC).date()).days)


def midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def lapsed(sql: sa.Connection, first: date, last: date) -> tuple[tuple[str, str], ...]:
    """(client, bank) of the consents that ran out from one day until before another."""
    rows = sql.execute(
        sa.select(client_file.c.name, connection.c.bank)
        .join(connection, connection.c.file_id == client_file.c.id)
        .join(consent, consent.c.connection_id == connection.c.id)
        .where(consent.c.lapsed, consent.c.ended_on >= first, consent.c.ended_on < last)
        .order_by(client_file.c.name, connection.c.bank)
    )
    return tuple((row.name, row.bank) for row in rows)


def waiting(sql: sa.Connection) -> tuple[Waits, ...]:
    """The open cases, the oldest first."""
    rows = sql.execute(
        sa.select(staff_case, client_file.c.name, connection.c.bank)
        .join(conversation, conversation.c.id == staff_case.c.conversation_id)
        .join(connection, connection.c.id == conversation.c.connection_id)
        .join(client_file, client_file.c.id == connection.c.file_id)
        .where(sa.not_(staff_case.c.closed))
        .order_by(staff_case.c.opened_at, staff_case.c.id)
    )
    return tuple(
        Waits(row.name, row.bank, row.cause, datetime.fromtimestamp(row.opened_at, UTC), row.taken_by or row.asked)
        for row in rows
    )


def by_urgency(sql: sa.Connection, today: date, reminding: timedelta) -> dict[str, int]:
    """How many connections there are of each urgency."""
    urgency = urgency_on(today, reminding).label("urgency")
    listed = sa.select(urgency).select_from(
        conversation.join(connection, conversation.c.connection_id == connection.c.id)
        .join(client_file, connection.c.file_id == client_file.c.id)
        .outerjoin(contact, conversation.c.contact_id == contact.c.id)
        .outerjoin(staff_case, conversation.c.case_id == staff_case.c.id)
    )
    each = listed.subquery()
    rows = sql.execute(sa.select(each.c.urgency, sa.func.count()).group_by(each.c.urgency))
    counted = {Urgency(row[0]): int(row[1]) for row in rows}
    return {kind.name: counted[kind] for kind in Urgency if kind in counted}
