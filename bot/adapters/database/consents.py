"""The consents of each connection, one row each: when it began, and what ended it. No decisions."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import bindparam as given

from bot.adapters.database.tables import connection, consent
from bot.domain.cadence import Consent
from bot.domain.names import folded

END = (
    sa.update(consent)
    .where(consent.c.connection_id == given("of"), consent.c.ended_on.is_(None))
    .values(ended_on=given("on"), lapsed=given("ran_out"))
)
BANKS = sa.select(connection.c.bank).distinct()
AT_BANKS = (
    sa.select(connection.c.file_id, consent.c.began_on, consent.c.ended_on, consent.c.lapsed)
    .join(connection, consent.c.connection_id == connection.c.id)
    .where(consent.c.proven.is_(sa.true()), connection.c.bank.in_(given("banks", expanding=True)))
)
LATEST = (
    sa.select(consent.c.began_on)
    .where(consent.c.connection_id == given("of"))
    .order_by(consent.c.began_on.desc(), consent.c.id.desc())
    .limit(1)
)


def begin_consent(sql: sa.Connection, connection_id: int, on: date, *, proven: bool) -> None:
    """A new consent; the one before it, if it still held, was renewed in time."""
    end_consent(sql, connection_id, on, lapsed=False)
    values = {"connection_id": connection_id, "began_on": on, "proven": proven, "lapsed": False}
    sql.execute(sa.insert(consent).values(values))


def end_consent(sql: sa.Connection, connection_id: int, on: date, *, lapsed: bool) -> bool:
    """The consent that holds has ended. False where none does."""
    return sql.execute(END, {"of": connection_id, "on": on, "ran_out": lapsed}).rowcount > 0


def consents_at(sql: sa.Connection, bank: str) -> list[Consent]:
    """The proven consents of all client files at a bank, however its name is typed."""
    same = [each for each in sql.execute(BANKS).scalars() if folded(each) == folded(bank)]
    rows = sql.execute(AT_BANKS, {"banks": same})
    return [Consent(row.file_id, row.began_on, row.ended_on, bool(row.lapsed)) for row in rows]


def began_on(sql: sa.Connection, connection_id: int) -> date | None:
    """The day on which the latest consent began; None where it is not known."""
    day: date | None = sql.execute(LATEST, {"of": connection_id}).scalar()
    return day
