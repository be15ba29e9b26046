"""How far clients have come with their secure pages, as staff and the operator see it. Reads only, and no token."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.adapters.database.links import LIFETIME, fingerprint
from bot.adapters.database.store import moment
from bot.adapters.database.tables import secure_link
from bot.domain.secure_link import PageProgress, PageStep

ENDED = {"EXPIRED": PageStep.EXPIRED, "REVOKED": PageStep.REVOKED}


def pages(sql: sa.Connection, conversations: Collection[int], since: datetime) -> Iterator[PageProgress]:
    """The pages of these conversations that were good after a moment, the oldest first."""
    statement = (
        sa.select(secure_link)
        .where(secure_link.c.conversation_id.in_(conversations), secure_link.c.expires_at > since.timestamp())
        .order_by(secure_link.c.id)
    )
    refusals: dict[int, int] = {}
    for row in sql.execute(statement):
        progress = read_page(row, refusals.get(row.conversation_id, 0))
        if progress.step is PageStep.REFUSED:
            refusals[row.conversation_id] = progress.refusals + 1
        yield progress


def latest(sql: sa.Connection, conversations: Collection[int], since: datetime) -> dict[int, PageProgress]:
    """The newest page of each, where it has one."""
    return {each.conversation_id: each for each in pages(sql, conversations, since)}


def read_page(row: Any, refusals: int) -> PageProgress:
    expires_at = datetime.fromtimestamp(row.expires_at, UTC)
    return PageProgress(
        fingerprint=fingerprint(row.token_hash),
        conversation_id=row.conversation_id,
        step=step_of(row),
        sent_at=expires_at - LIFETIME,
        expires_at=expires_at,
        opened_at=moment(row.opened_at),
        proven_at=moment(row.proven_at),
        claimed_at=moment(row.claimed_at),
        refusals=refusals,
    )


def step_of(row: Any) -> PageStep:
    """Where a page stands, out of its row."""
    if row.outcome:
        return PageStep.DONE if row.outcome == "renewed" else PageStep.REFUSED
    if row.state in ENDED:
        return ENDED[row.state]
    if row.state == "DONE":
        return PageStep.BACK
    if row.state in ("CLAIMED", "TRYING"):
        return PageStep.HANDED_OVER
    if row.proven_at is not None:
        return PageStep.PROVEN
    return PageStep.SENT if row.opened_at is None else PageStep.OPENED
