"""The audit trail in the database: written in the transaction of the act itself, read to be shown and verified.

Law: entries are chained at the very end of a transaction. The lock that keeps the chain a line is then the last one
that a process takes and the first that it gives back, so that two processes cannot wait for each other, and who
writes no entry never waits at all.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from bot.adapters.database.tables import audit
from bot.domain.audit import BEFORE_THE_FIRST, Anchor, Entry, canonical, chained
from bot.domain.secret import Secret
from bot.ports import Clock

LOCK = 7_376_797  # a PostgreSQL advisory lock, beside that of the schema; SQLite has one writer anyway
TRAIL = "audit_trail"
AT_A_TIME = 1000
HEAD = sa.select(audit.c.seq, audit.c.h).order_by(audit.c.seq.desc()).limit(1)


class Trail:
    """Writes what is noted on one engine's connections. Raises nothing of its own."""

    def __init__(self, key: Secret, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    def keep(self, engine: sa.Engine) -> None:
        """From now on, what is noted in a transaction of this engine is committed with it, or forgotten with it."""
        engine.update_execution_options(**{TRAIL: self})
        sa.event.listen(engine, "commit", self._chain)
        sa.event.listen(engine, "rollback", forget)

    def fits(self, sql: sa.Connection) -> bool:
        """Was the last entry written with our key? A quick look, no verification of the whole."""
        last = sql.execute(sa.select(audit).order_by(audit.c.seq.desc()).limit(2)).all()
        if not last:
            return True
        before = bytes.fromhex(last[1].h) if len(last) > 1 else BEFORE_THE_FIRST
        return chained(self._key, before, last[0].entry.encode()).hex() == str(last[0].h)

    def note(self, sql: sa.Connection, facts: dict[str, str | int]) -> None:
        """As `note`."""
        at = self._clock.now().isoformat(timespec="milliseconds")
        sql.info.setdefault(TRAIL, []).append({"at": at, **facts})

    def _chain(self, sql: sa.Connection) -> None:
        """The last thing before a commit."""
        noted = sql.info.pop(TRAIL, [])
        if not noted:
            return
        if sql.dialect.name == "postgresql":
            sql.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        last = head(sql)
        seq, h = (last.seq, bytes.fromhex(last.h)) if last else (0, BEFORE_THE_FIRST)
        rows = []
        for facts in noted:
            seq += 1
            text = canonical({"seq": seq, **facts})
            h = chained(self._key, h, text.encode())
            rows.append({"seq": seq, "entry": text, "h": h.hex()})
        sql.execute(sa.insert(audit), rows)


def note(sql: sa.Connection, act: str, **about: str | int) -> None:
    """Let an act enter the audit trail with this transaction: ids and outcomes only; what is empty is left out.

    Without effect on an engine that keeps no trail, as that of a command that only reads.
    """
    trail = sql.get_execution_options().get(TRAIL)
    if trail is not None:
        trail.note(sql, {"act": act, **{name: value for name, value in about.items() if value != ""}})


def forget(sql: sa.Connection) -> None:
    """What did not happen is not noted."""
    sql.info.pop(TRAIL, None)


def head(sql: sa.Connection) -> Anchor | None:
    """Where the trail stands; None as long as nothing was noted."""
    row = sql.execute(HEAD).one_or_none()
    return None if row is None else Anchor(row.seq, row.h)


def entries(sql: sa.Connection) -> Iterator[Entry]:
    """The whole trail, the oldest first, whatever somebody made of its bytes."""
    statement = sa.select(audit.c.seq, raw(sql, audit.c.entry), raw(sql, audit.c.h)).order_by(audit.c.seq)
    with sql.execute(statement, execution_options={"yield_per": AT_A_TIME}) as rows:
        for seq, text, h in rows:
            yield Entry(seq, bytes(text), bytes(h))


def raw(sql: sa.Connection, column: sa.Column[str]) -> sa.ColumnElement[Any]:
    """A text's bytes: SQLite stores what it is given, and reads no text that is not UTF-8."""
    if sql.dialect.name == "postgresql":
        return sa.func.convert_to(column, "UTF8")
    return sa.cast(column, sa.LargeBinary)


def latest(sql: sa.Connection, count: int) -> list[str]:
    """The last entries, the oldest of them first."""
    rows = sql.execute(sa.select(audit.c.entry).order_by(audit.c.seq.desc()).limit(count)).scalars().all()
    return list(reversed(rows))
