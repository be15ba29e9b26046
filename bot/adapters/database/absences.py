"""Who of staff is away, from when until when, and the cases that they have in hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from bot.adapters.database.audit import note
from bot.adapters.database.engine import Database
from bot.adapters.database.tables import absence, staff_case
from bot.domain.names import folded


@dataclass(frozen=True)
class Absence:
    """A colleague who is away, or will be, up to and including a day."""

    name: str
    until: date
    since: date | None = None
    """The first day, where it was noted before that day."""


class Absences:
    """The list that staff keep. `today` is the firm's own day. Raises `TryAgain`."""

    def __init__(self, database: Database, today: Callable[[], date]) -> None:
        self.database = database
        self.today = today

    async def all(self) -> list[Absence]:
        """Whoever is away today or will be, in the order of their return."""
        today = self.today()
        statement = sa.select(absence).where(absence.c.until >= today).order_by(absence.c.until, absence.c.name)
        rows = await self.database.read(lambda sql: sql.execute(statement).all())
        return [Absence(row.name, row.until, row.since) for row in rows]

    async def absent(self) -> dict[str, date]:
        """The last day of each who is away today, by folded name."""
        today = self.today()
        return {folded(each.name): each.until for each in await self.all() if not each.since or each.since <= today}

    async def note(self, name: str, until: date, by: str, since: date | None = None) -> None:
        """A colleague is away from a day on, or from now. `by`: who says so, an id, for the audit trail."""

        def work(sql: sa.Connection) -> None:
            sql.execute(sa.delete(absence).where(absence.c.person == folded(name)))
            sql.execute(sa.insert(absence).values(person=folded(name), name=name, since=since, until=until))
            note(sql, "absence-noted", until=until.isoformat(), by=by)

        await self.database.write(work)

    async def end(self, name: str, by: str) -> bool:
        """A colleague is back; False where nobody had said that he was away."""

        def work(sql: sa.Connection) -> bool:
            gone = bool(sql.execute(sa.delete(absence).where(absence.c.person == folded(name))).rowcount)
            if gone:
                note(sql, "absence-ended", by=by)
            return gone

        return await self.database.write(work)

    async def cases_of(self, name: str) -> Sequence[tuple[int, str]]:
        """(case, name on its card) of the open cases that somebody has in hand."""
        taken = sa.select(staff_case.c.id, staff_case.c.taken_by).where(
            sa.not_(staff_case.c.closed), staff_case.c.taken_by != ""
        )
        rows = await self.database.read(lambda sql: sql.execute(taken.order_by(staff_case.c.id)).all())
        return [(row.id, row.taken_by) for row in rows if folded(row.taken_by) == folded(name)]

    async def entrust(self, case_id: int, name: str) -> None:
        """A colleague was asked to take a case."""
        statement = sa.update(staff_case).where(staff_case.c.id == case_id).values(asked=name)
        await self.database.write(lambda sql: sql.execute(statement))
