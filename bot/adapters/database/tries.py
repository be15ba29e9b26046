"""The tries on a page of ours: each is claimed in the database before anything leaves, so that no secret goes twice.

Law: a claimed link is CLAIMED while its owner types and TRYING while his bank answers. Whoever finds it TRYING, after
a kill or in another process, sends nothing: only a reading tells what became of it.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

from bot.adapters.database.audit import note
from bot.adapters.database.engine import Database
from bot.adapters.database.links import SHOWN, fingerprint, hashed
from bot.adapters.database.tables import secure_link
from bot.domain.connection import ConnectionRef
from bot.domain.secure_link import Attempt
from bot.ports import Clock


class Tries:
    """`SecretTries`. The session is what the claim of a link gave to the one who won it; only its hash is stored."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.clock = clock

    async def look(self, session: str) -> Attempt | None:
        """The link as it stands; changes nothing."""
        mine = (*self._mine(session), secure_link.c.state.in_(("CLAIMED", "TRYING", "DONE")))
        row = await self.database.read(lambda sql: sql.execute(SHOWN.where(*mine)).one_or_none())
        return None if row is None else attempt(row)

    async def begin(self, session: str) -> Attempt | None:
        """The next try. However many want it, one gets it."""
        claim = (
            sa.update(secure_link)
            .where(*self._mine(session), secure_link.c.state == "CLAIMED")
            .values(state="TRYING")
            .returning(secure_link.c.id)
        )

        def work(sql: sa.Connection) -> Attempt | None:
            link_id = sql.execute(claim).scalar()
            if link_id is None:
                return None
            row = sql.execute(SHOWN.where(secure_link.c.id == link_id)).one()
            note(sql, "link-tried", link=fingerprint(row.token_hash), conversation=row.conversation_id)
            return attempt(row)

        return await self.database.write(work)

    async def end(self, link_id: int) -> None:
        """The answer to the try is known."""
        known = (
            sa.update(secure_link)
            .where(secure_link.c.id == link_id, secure_link.c.state == "TRYING")
            .values(state="CLAIMED")
            .returning(secure_link.c.token_hash, secure_link.c.conversation_id)
        )

        def work(sql: sa.Connection) -> None:
            row = sql.execute(known).one_or_none()
            if row is not None:
                note(sql, "link-answered", link=fingerprint(row.token_hash), conversation=row.conversation_id)

        await self.database.write(work)

    def _mine(self, session: str) -> tuple[sa.ColumnElement[bool], ...]:
        now = self.clock.now().timestamp()
        return secure_link.c.return_hash == hashed(session), secure_link.c.expires_at > now


def attempt(row: sa.Row[tuple[object, ...]]) -> Attempt:
    return Attempt(
        id=row.id,
        conversation_id=row.conversation_id,
        ref=ConnectionRef(row.aggregator_user, row.aggregator_connection),
        expires_at=datetime.fromtimestamp(row.expires_at, UTC),
        under_way=row.state == "TRYING",
        done=row.state == "DONE",
    )
