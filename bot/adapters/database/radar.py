"""What the radar keeps: `bot.ports.RadarBook`. Small rows, one for each connection, bank and day. No decisions.

A bank is its folded name here, so that it is the same one however the firm's list spells it.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as given
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.database.tables import bank_day, bank_reading, connection, conversation, incident
from bot.domain.client import Connection
from bot.domain.names import folded
from bot.domain.radar import HABIT_OF, Finding, Habit, Incident, IncidentState, Sighting

MOST_SIGHTINGS = 400
"""The newest of a bank: more of them make nothing surer."""
KEEP = timedelta(weeks=8)
INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
NOTED: dict[str, Any] = {
    "file_id": given("client"),
    "bank": given("name"),
    "read_at": given("at"),
    "failed": given("fails"),
    "failing_since": given("began"),
    "failed_at": given("failed_last"),
}
KNOWN = sa.select(bank_reading).where(bank_reading.c.connection_id == given("of"))
FIRST = sa.insert(bank_reading).values(connection_id=given("of"), **NOTED)
NEXT = sa.update(bank_reading).where(bank_reading.c.connection_id == given("of")).values(NOTED)
NEWEST = (
    sa.select(bank_reading)
    .where(bank_reading.c.bank == given("bank"), bank_reading.c.read_at >= given("since"))
    .order_by(bank_reading.c.read_at.desc())
    .limit(MOST_SIGHTINGS)
)
RUNNING = sa.select(incident).where(incident.c.running == given("bank"))
BANKS = sa.select(connection.c.bank).distinct()


class SqlRadar:
    """`RadarBook`, within one transaction."""

    def __init__(self, sql: sa.Connection) -> None:
        self.sql = sql

    # -- readings ---------------------------------------------------------------------------------------

    def note(self, read: Connection, *, failed: bool, now: datetime, learns: bool) -> None:
        known = self.sql.execute(KNOWN, {"of": read.id}).one_or_none()
        at, bank = now.timestamp(), folded(read.bank)
        values = {
            "of": read.id,
            "client": read.file_id,
            "name": bank,
            "at": at,
            "fails": failed,
            "began": (known.failing_since if known and known.failed else at) if failed else None,
            "failed_last": at if failed else (known.failed_at if known else None),
        }
        self.sql.execute(FIRST if known is None else NEXT, values)
        if learns:
            self._count(bank, now.date(), known, failed)

    def _count(self, bank: str, day: date, known: Any, failed: bool) -> None:
        """A client is one on a day, however often he is read, and fails on it where he fails once."""
        seen = known is not None and day_of(known.read_at) == day
        had_failed = known is not None and known.failed_at is not None and day_of(known.failed_at) == day
        clients, failing = int(not seen), int(failed and not had_failed)
        if not clients and not failing:
            return
        values = {"bank": bank, "day": day, "clients": clients, "failing": failing}
        insert = INSERT[self.sql.dialect.name](bank_day).values(values)
        self.sql.execute(
            insert.on_conflict_do_update(
                index_elements=["bank", "day"],
                set_={"clients": bank_day.c.clients + clients, "failing": bank_day.c.failing + failing},
            )
        )

    def sightings(self, bank: str, since: datetime) -> Sequence[Sighting]:
        rows = self.sql.execute(NEWEST, {"bank": folded(bank), "since": since.timestamp()})
        return [
            Sighting(row.file_id, bool(row.failed), moment(row.read_at), moment(row.failing_since or row.read_at))
            for row in rows
        ]

    def habit(self, bank: str, today: date) -> Habit:
        lately = sa.and_(bank_day.c.bank == folded(bank), bank_day.c.day >= today - HABIT_OF, bank_day.c.day < today)
        sums = (
            sa.func.coalesce(sa.func.sum(bank_day.c.clients), 0),
            sa.func.coalesce(sa.func.sum(bank_day.c.failing), 0),
        )
        days, failing = self.sql.execute(sa.select(*sums).where(lately)).one()
        return Habit(int(days), int(failing))

    # -- incidents --------------------------------------------------------------------------------------

    def running(self, bank: str) -> Incident | None:
        row = self.sql.execute(RUNNING, {"bank": folded(bank)}).one_or_none()
        return None if row is None else read_incident(row)

    def was_nothing(self, bank: str, since: datetime) -> bool:
        found = sa.select(incident.c.id).where(
            incident.c.folded == folded(bank),
            incident.c.ended_at >= since.timestamp(),
            incident.c.state == IncidentState.DISMISSED.value,
        )
        return self.sql.execute(found.limit(1)).first() is not None

    def incident(self, incident_id: int) -> Incident | None:
        self.sql.execute(sa.select(incident.c.id).where(incident.c.id == incident_id).with_for_update())
        return self.look_up(incident_id)

    def look_up(self, incident_id: int) -> Incident | None:
        """One incident, as it stands; nothing is locked."""
        row = self.sql.execute(sa.select(incident).where(incident.c.id == incident_id)).one_or_none()
        return None if row is None else read_incident(row)

    def open(
        self, bank: str, state: IncidentState, found: Finding, habit: Habit, now: datetime, who: str = ""
    ) -> Incident | None:
        values = {
            "bank": bank,
            "folded": folded(bank),
            "running": folded(bank),
            "state": state.value,
            "opened_at": now.timestamp(),
            "since": found.since.timestamp() if found.since else None,
            "failing": found.failing,
            "clients": found.clients,
            "habit": habit.share,
            "told": 0,
            "who": who,
            "channel": "",
            "thread": "",
        }
        insert = INSERT[self.sql.dialect.name](incident).values(values)
        made = self.sql.execute(insert.on_conflict_do_nothing().returning(incident.c.id)).scalar()
        return None if made is None else self.incident(made)

    def move(self, incident_id: int, state: IncidentState, now: datetime, who: str = "") -> None:
        values: dict[str, Any] = {"state": state.value} | ({"who": who} if who else {})
        if state in (IncidentState.OVER, IncidentState.DISMISSED):
            values |= {"running": None, "ended_at": now.timestamp()}
        self.sql.execute(sa.update(incident).where(incident.c.id == incident_id).values(values))

    def count_told(self, bank: str) -> None:
        self.sql.execute(
            sa.update(incident).where(incident.c.running == folded(bank)).values(told=incident.c.told + 1)
        )

    def set_thread(self, incident_id: int, channel: str, thread: str) -> None:
        values = {"channel": channel, "thread": thread}
        self.sql.execute(sa.update(incident).where(incident.c.id == incident_id).values(values))

    def latest(self, count: int) -> Sequence[Incident]:
        rows = self.sql.execute(sa.select(incident).order_by(incident.c.id.desc()).limit(count))
        return [read_incident(row) for row in rows]

    # -- banks ------------------------------------------------------------------------------------------

    def spellings(self, bank: str) -> Sequence[str]:
        wanted = folded(bank)
        return [each for each in self.sql.execute(BANKS).scalars() if folded(each) == wanted]

    def conversations(self, bank: str) -> Sequence[int]:
        at_bank = connection.c.bank.in_(self.spellings(bank))
        joined = sa.select(conversation.c.id).join(connection, conversation.c.connection_id == connection.c.id)
        return self.sql.execute(joined.where(at_bank).order_by(conversation.c.id)).scalars().all()

    def failed_try(self, tried: Connection) -> int:
        self.sql.execute(
            sa.update(connection)
            .where(connection.c.id == tried.id)
            .values(failed_tries=connection.c.failed_tries + 1)
        )
        at_bank = connection.c.bank.in_(self.spellings(tried.bank))
        return int(self.sql.execute(sa.select(sa.func.sum(connection.c.failed_tries)).where(at_bank)).scalar_one())

    def has_worked(self, bank: str) -> bool:
        worked = sa.and_(connection.c.bank.in_(self.spellings(bank)), connection.c.synchronised.is_(sa.true()))
        return self.sql.execute(sa.select(connection.c.id).where(worked).limit(1)).first() is not None


def purge(sql: sa.Connection, now: datetime) -> None:
    """Forget what teaches nothing any more."""
    before = now - KEEP
    sql.execute(sa.delete(bank_day).where(bank_day.c.day < before.date()))
    sql.execute(sa.delete(incident).where(incident.c.ended_at < before.timestamp()))


def read_incident(row: Any) -> Incident:
    """An incident out of its row."""
    return Incident(
        id=row.id,
        bank=row.bank,
        state=IncidentState(row.state),
        opened_at=moment(row.opened_at),
        since=None if row.since is None else moment(row.since),
        failing=row.failing,
        clients=row.clients,
        habit=row.habit,
        told=row.told,
        who=row.who,
        channel=row.channel,
        thread=row.thread,
    )


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def day_of(seconds: float) -> date:
    return moment(seconds).date()
