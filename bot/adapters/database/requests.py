"""Requests that need two persons, as they are stored. Each move is one conditional UPDATE: it happens once."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.adapters.database.store import moment
from bot.adapters.database.tables import contact, desk_request
from bot.domain.two_persons import OVER, Kind, Request

WITH_NAME = sa.select(desk_request, contact.c.name).outerjoin(contact, contact.c.id == desk_request.c.contact_id)
BUSY_SECONDS = 60.0
"""So long a process has a request's card to itself; then it is taken for dead."""
NOBODY = 0
"""In place of the number of a person who is erased."""


def ask(sql: sa.Connection, kind: Kind, contact_id: int, who: tuple[str, str], reason: str, until: datetime,
        now: datetime) -> int | None:  # fmt: skip
    """A new request by `who` (id, first name); None where one of the kind is open for this person."""
    mine = sa.and_(desk_request.c.contact_id == contact_id, desk_request.c.kind == kind.value)
    still = [each for each in map(read, sql.execute(sa.select(desk_request).where(mine))) if is_open(each, now)]
    if still:
        return None
    values = {
        "kind": kind.value, "contact_id": contact_id, "asked_by": who[0], "asked_name": who[1], "reason": reason,
        "asked_at": now.timestamp(), "until": until.timestamp(),
    }  # fmt: skip
    made: int = sql.execute(sa.insert(desk_request).values(values).returning(desk_request.c.id)).scalar_one()
    return made


def is_open(request: Request, now: datetime) -> bool:
    return request.stage(now) not in OVER


def move(sql: sa.Connection, request_id: int, **changes: Any) -> bool:
    """Change a request that is neither done nor stopped; False where it was."""
    still = sa.and_(desk_request.c.done_at.is_(None), desk_request.c.stopped_at.is_(None))
    stored = {name: stamped(value) for name, value in changes.items()}
    return bool(
        sql.execute(sa.update(desk_request).where(desk_request.c.id == request_id, still).values(stored)).rowcount
    )


def stamped(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value


def load(sql: sa.Connection, request_id: int) -> Request | None:
    """One request, locked until the transaction ends."""
    row = sql.execute(sa.select(desk_request).where(desk_request.c.id == request_id).with_for_update()).one_or_none()
    return None if row is None else read(row)


def unfinished(sql: sa.Connection) -> Sequence[Any]:
    """Rows whose card does not show the end of the request, with the person's name where he is still there."""
    told = desk_request.c.shown.in_([stage.value for stage in OVER])
    return sql.execute(WITH_NAME.where(sa.not_(told)).order_by(desk_request.c.id)).all()


def claim(sql: sa.Connection, request_id: int) -> Any:
    """Have a request's card to oneself for a while: its row as it is now; None where another process has it.

    Real time, as it is about processes.
    """
    free = sa.and_(desk_request.c.id == request_id, desk_request.c.busy_until <= time.time())
    values = {"busy_until": time.time() + BUSY_SECONDS}
    if not sql.execute(sa.update(desk_request).where(free).values(values)).rowcount:
        return None
    return sql.execute(WITH_NAME.where(desk_request.c.id == request_id)).one()


def release(sql: sa.Connection, request_id: int, shown: str, place: tuple[str, str]) -> None:
    """What its card shows now, and where it is."""
    values = {"busy_until": 0.0, "shown": shown, "channel": place[0], "thread": place[1]}
    sql.execute(sa.update(desk_request).where(desk_request.c.id == request_id).values(values))


def forget(sql: sa.Connection, contacts: Sequence[int], now: datetime, by: str) -> None:
    """A person is erased: what is open about him ends, by whom, and no row says any more whom it was about or why.

    His number goes too, as SQLite may give it to somebody else.
    """
    his = desk_request.c.contact_id.in_(contacts)
    still = sa.and_(his, desk_request.c.done_at.is_(None), desk_request.c.stopped_at.is_(None))
    over = {"stopped_at": now.timestamp(), "stopped_name": by}
    sql.execute(sa.update(desk_request).where(still).values(over))
    sql.execute(sa.update(desk_request).where(his).values(reason="", contact_id=NOBODY))


def read(row: Any) -> Request:
    """A request out of its row."""
    return Request(
        id=row.id,
        kind=Kind(row.kind),
        contact_id=row.contact_id,
        asked_by=row.asked_by,
        asked_name=row.asked_name,
        reason=row.reason,
        asked_at=datetime.fromtimestamp(row.asked_at, UTC),
        until=datetime.fromtimestamp(row.until, UTC),
        agreed_by=row.agreed_by,
        agreed_name=row.agreed_name,
        due_at=moment(row.due_at),
        done_at=moment(row.done_at),
        stopped_name=row.stopped_name,
        stopped_at=moment(row.stopped_at),
    )
