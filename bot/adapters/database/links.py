"""The secure links: one use, fifteen minutes, and whoever opens one proves in Telegram that he is its owner.

Law: only the hash of a token is stored. Once Telegram has said who opened a link, only the page that it said it of
goes on. Unknown, used, expired and revoked are one and the same `None`.
States: OPEN until somebody claims it, CLAIMED while its owner is at the bank's side, DONE when he came back;
REVOKED by a newer link, by a wrong number, by staff, or by the flow; EXPIRED once its time has passed unused.
On a page of ours it is TRYING in between, see `tries`. Each move is noted in the audit trail, in the transaction that
makes it.
"""

import random
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.database.audit import note
from bot.adapters.database.engine import Database
from bot.adapters.database.tables import client_file, connection, contact, conversation, launch, secure_link
from bot.domain.client import Contact
from bot.domain.connection import ConnectionRef
from bot.domain.secret import Secret
from bot.domain.secure_link import FINGERPRINT, Claim, Identified, Opened, Returned, Stranger
from bot.ports import Clock

LIFETIME = timedelta(minutes=15)
BACK_WITHIN = timedelta(days=1)
"""How long after a claim a return still counts; shorter than the engine remembers the ids of events."""
NUMBERS = range(10, 100)
NEWER, WRONG_NUMBER, SOMEBODY_ELSE = "newer-link", "wrong-number", "somebody-else"
"""Who ended a link, in the audit trail, where it was nobody."""

Watch = Callable[[sa.Connection, str, int, int], None]
"""Told in the transaction itself, where staff have a case: an id for this move, the conversation, the case."""
NAME = re.compile(f"[0-9a-f]{{{FINGERPRINT}}}")
KEEP_PROOF = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(launch).on_conflict_do_nothing()
    for dialect in (sqlite, postgresql)
}
AT_MOST = (3, timedelta(hours=1)), (10, timedelta(days=1))
"""Pages of one client, in this much time, that were opened and not gone through to their end."""


SHOWN = (
    sa.select(
        secure_link,
        connection.c.bank,
        connection.c.aggregator_connection,
        client_file.c.name.label("client"),
        client_file.c.aggregator_user,
        contact.c.name.label("contact_name"),
    )
    .join(conversation, conversation.c.id == secure_link.c.conversation_id)
    .join(connection, connection.c.id == conversation.c.connection_id)
    .join(client_file, client_file.c.id == connection.c.file_id)
    .outerjoin(contact, contact.c.chat_id == secure_link.c.chat_id)
)

WHOSE = (
    sa.select(secure_link.c.token_hash, secure_link.c.conversation_id, conversation.c.case_id)
    .join(conversation, conversation.c.id == secure_link.c.conversation_id)
    .where(secure_link.c.id == sa.bindparam("link"))
)


class Links:
    """Mints, shows, proves and spends secure links. Every method raises `TryAgain` when the database is gone."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        watch: Watch = lambda *_: None,
        at_most: Sequence[tuple[int, timedelta]] = AT_MOST,
    ) -> None:
        self.database = database
        self.clock = clock
        self._watch = watch
        self.at_most = at_most

    async def too_many(self, conversation_id: int) -> bool:
        """Has this client, at all his banks, opened as many pages as are good for him?"""
        return await self.database.read(
            lambda sql: any(led_nowhere(sql, conversation_id, self._now(), span) >= n for n, span in self.at_most)
        )

    async def mint(self, conversation_id: int, chat_id: int, new_secret: bool) -> tuple[int, Secret]:
        """A new link and its token; the conversation's earlier ones stop working."""
        token = secrets.token_urlsafe(32)
        values = {
            "conversation_id": conversation_id,
            "chat_id": chat_id,
            "token_hash": hashed(token),
            "new_secret": new_secret,
            "number": secrets.choice(NUMBERS),
            "expires_at": (self.clock.now() + LIFETIME).timestamp(),
        }

        def work(sql: sa.Connection) -> int:
            link_id = insert(sql, values)
            self._note(sql, "link-minted", link_id)
            return link_id

        return await self.database.write(work), Secret(token)

    async def open(self, token: str) -> Opened | None:
        """What the page shows. The first opening is remembered: it is the moment to ask for the number."""
        valid = self._valid(token)

        def work(sql: sa.Connection) -> Opened | None:
            mark = sa.update(secure_link).where(*valid, secure_link.c.opened_at.is_(None))
            first = sql.execute(mark.values(opened_at=self._now()).returning(secure_link.c.id)).scalar()
            if first is not None:
                self._note(sql, "link-opened", first)
            return show(sql, valid, first=first is not None)

        return await self.database.write(work)

    async def unopen(self, link_id: int) -> None:
        """The number could not be asked for, so the next opening counts as the first."""
        undo = sa.update(secure_link).where(secure_link.c.id == link_id, secure_link.c.proven_at.is_(None))
        await self.database.write(lambda sql: sql.execute(undo.values(opened_at=None)))

    async def look(self, token: str) -> Opened | None:
        """The link as it is now; changes nothing."""
        valid = self._valid(token)
        return await self.database.read(lambda sql: show(sql, valid, first=False))

    async def prove(self, link_id: int, number: int, chat_id: int) -> bool | None:
        """The number that was tapped in Telegram. A wrong one ends the link.

        None where there is nothing to prove: the link is over, was never opened, or belongs to another chat.
        Anybody can forge a button's data, so another chat's tap must not end it either.
        """
        mine = (*self._alive(), secure_link.c.id == link_id, secure_link.c.chat_id == chat_id)

        def work(sql: sa.Connection) -> bool | None:
            opened = sa.select(secure_link.c.number).where(*mine, secure_link.c.opened_at.is_not(None))
            asked_for = sql.execute(opened.with_for_update()).scalar()
            if asked_for is None:
                return None
            right = bool(asked_for == number)
            values: dict[str, Any] = {"proven_at": self._now()} if right else {"state": "REVOKED"}
            sql.execute(sa.update(secure_link).where(secure_link.c.id == link_id).values(values))
            if right:
                self._note(sql, "link-proven", link_id)
            else:
                self._note(sql, "link-revoked", link_id, by=WRONG_NUMBER)
            return right

        return await self.database.write(work)

    async def identify(self, link: str, user: int, proof: str) -> Identified | Stranger | None:
        """Whoever Telegram says has opened this link, by its fingerprint. Its owner is proven.

        He gets a token for his page, and the one in the chat is of no use from then on: who had the link from
        elsewhere cannot go on behind him. Opened again, the newest page goes on. None where the link is over, or
        where this proof has opened another link.
        """
        token = secrets.token_urlsafe(32)
        alive, now = self._alive(), self._now()

        def work(sql: sa.Connection) -> Identified | Stranger | None:
            row = sql.execute(sa.select(secure_link).where(*alive, *named_by(link))).one_or_none()
            if row is None:
                return None
            if row.chat_id != user:
                return Stranger(row.id, row.conversation_id)
            # The proof first, then the link: two that meet on both wait in the same order.
            if not tie(sql, proof, row.id, now):
                return None
            this = (*alive, secure_link.c.id == row.id)
            sql.execute(sa.update(secure_link).where(*this).values(page_hash=hashed(token), **once(now)))
            if row.opened_at is None:
                self._note(sql, "link-opened", row.id)
            if row.proven_at is None:
                self._note(sql, "link-proven", row.id)
            opened = show(sql, this, first=False)
            return Identified(opened, Secret(token)) if opened else None

        return await self.database.write(work)

    async def revoke(self, link_id: int) -> None:
        """It opens no more, if it still did."""
        end = sa.update(secure_link).where(secure_link.c.id == link_id, secure_link.c.state == "OPEN")

        def work(sql: sa.Connection) -> None:
            if sql.execute(end.values(state="REVOKED")).rowcount:
                self._note(sql, "link-revoked", link_id, by=SOMEBODY_ELSE)

        await self.database.write(work)

    async def claim(self, token: str) -> Claim | None:
        """Spend a proven link. However many try, one gets it."""
        return_state = secrets.token_urlsafe(32)
        spend = (
            sa.update(secure_link)
            .where(*self._valid(token), secure_link.c.proven_at.is_not(None))
            .values(state="CLAIMED", claimed_at=self._now(), return_hash=hashed(return_state))
            .returning(secure_link.c.id)
        )

        def work(sql: sa.Connection) -> Claim | None:
            link_id = sql.execute(spend).scalar()
            if link_id is None:
                return None
            self._note(sql, "link-claimed", link_id)
            row = sql.execute(SHOWN.where(secure_link.c.id == link_id)).one()
            ref = ConnectionRef(row.aggregator_user, row.aggregator_connection)
            return Claim(row.id, row.conversation_id, ref, bool(row.new_secret), Secret(return_state))

        return await self.database.write(work)

    async def release(self, link_id: int) -> None:
        """The aggregator gave no page, so nothing was spent: the link may be claimed again."""
        undo = sa.update(secure_link).where(secure_link.c.id == link_id, secure_link.c.state == "CLAIMED")
        values = {"state": "OPEN", "claimed_at": None, "return_hash": None}

        def work(sql: sa.Connection) -> None:
            if sql.execute(undo.values(values)).rowcount:
                self._note(sql, "link-released", link_id)

        await self.database.write(work)

    async def finish(self, return_state: str) -> Returned | None:
        """The client is back; the link is done.

        Said again, it is answered again, so that what follows survives a crash: the event that it makes has
        the link's id, and the engine takes it once.
        """
        since = (self.clock.now() - BACK_WITHIN).timestamp()
        mine = (secure_link.c.return_hash == hashed(return_state), secure_link.c.claimed_at > since)
        claimed = (
            sa.update(secure_link).where(*mine, secure_link.c.state.in_(("CLAIMED", "TRYING"))).values(state="DONE")
        )
        done = sa.select(secure_link.c.id).where(*mine, secure_link.c.state == "DONE")

        def work(sql: sa.Connection) -> Returned | None:
            link_id = sql.execute(claimed.returning(secure_link.c.id)).scalar()
            if link_id is not None:
                self._note(sql, "link-done", link_id)
            else:
                link_id = sql.execute(done).scalar()
            if link_id is None:
                return None
            row = sql.execute(SHOWN.where(secure_link.c.id == link_id)).one()
            return Returned(
                row.id, row.conversation_id, ConnectionRef(row.aggregator_user, row.aggregator_connection)
            )

        return await self.database.write(work)

    async def expire(self) -> None:
        """Those whose time has passed unused say so; nothing opened them any more anyway."""
        over = sa.update(secure_link).where(secure_link.c.state == "OPEN", secure_link.c.expires_at <= self._now())

        def work(sql: sa.Connection) -> None:
            for link_id in sql.execute(over.values(state="EXPIRED").returning(secure_link.c.id)).scalars().all():
                self._note(sql, "link-expired", link_id)

        await self.database.write(work)

    def _note(self, sql: sa.Connection, move: str, link_id: int, **about: str) -> None:
        row = sql.execute(WHOSE, {"link": link_id}).one()
        note(sql, move, link=fingerprint(row.token_hash), conversation=row.conversation_id, **about)
        if row.case_id is not None:
            self._watch(sql, f"{move}:{link_id}:{self._now()}", row.conversation_id, row.case_id)

    def _now(self) -> float:
        return self.clock.now().timestamp()

    def _alive(self) -> tuple[sa.ColumnElement[bool], ...]:
        return secure_link.c.state == "OPEN", secure_link.c.expires_at > self._now()

    def _valid(self, token: str) -> tuple[sa.ColumnElement[bool], ...]:
        given, page = hashed(token), secure_link.c.page_hash
        # Two comparisons, so that each has its index.
        return *self._alive(), sa.or_(page == given, sa.and_(page.is_(None), secure_link.c.token_hash == given))


def fingerprint(token_hash: str) -> str:
    """What logs, staff and the audit trail may know of a token: twelve digits of its hash."""
    return token_hash[:12]


def hashed(token: str) -> str:
    """What the database knows of a token. What a browser sends may be any text, half a surrogate pair included."""
    return sha256(token.encode(errors="surrogatepass")).hexdigest()


def named_by(link: str) -> tuple[sa.ColumnElement[bool], ...]:
    """The link of this fingerprint: hashes that begin with it, as a range, so that the index is used."""
    if not NAME.fullmatch(link):
        return (sa.false(),)
    return secure_link.c.token_hash >= link, secure_link.c.token_hash < f"{link}g"


def once(now: float) -> dict[str, sa.ColumnElement[float]]:
    """Opened and proven at this moment, unless it was before."""
    columns = secure_link.c.opened_at, secure_link.c.proven_at
    return {column.name: sa.func.coalesce(column, now) for column in columns}


def tie(sql: sa.Connection, proof: str, link_id: int, now: float) -> bool:
    """A proof belongs to the first link that it opened. Is it this one?"""
    sql.execute(KEEP_PROOF[sql.dialect.name].values(proof=proof, link_id=link_id, seen_at=now))
    owner = sql.execute(sa.select(launch.c.link_id).where(launch.c.proof == proof)).scalar_one()
    return bool(owner == link_id)


def insert(sql: sa.Connection, values: dict[str, Any]) -> int:
    """Revoke the earlier links, then add this one; the conversation's lock keeps two at once from both staying."""
    conversation_id = values["conversation_id"]
    sql.execute(sa.select(conversation.c.id).where(conversation.c.id == conversation_id).with_for_update())
    revoke(sql, conversation_id, NEWER, states=("OPEN", "CLAIMED", "TRYING"))
    link_id: int = sql.execute(sa.insert(secure_link).values(values).returning(secure_link.c.id)).scalar_one()
    return link_id


def revoke(sql: sa.Connection, conversation_id: int, by: str, states: tuple[str, ...] = ("OPEN",)) -> bool:
    """End a conversation's links of these states; `by` is who did, for the audit trail. False where none was."""
    mine = sa.and_(secure_link.c.conversation_id == conversation_id, secure_link.c.state.in_(states))
    over = sa.update(secure_link).where(mine).values(state="REVOKED").returning(secure_link.c.token_hash)
    ended = sql.execute(over).scalars().all()
    for token_hash in ended:
        note(sql, "link-revoked", link=fingerprint(token_hash), conversation=conversation_id, by=by)
    return bool(ended)


def answered(sql: sa.Connection, conversation_id: int, outcome: str, now: datetime) -> bool:
    """The bank has spoken after a page was used: `renewed`, or `refused`. False where no page had led to it.

    A refusal belongs to a page that its client came back from: while he is still there, the aggregator may only
    repeat what it said before he typed anything.
    """
    states, but = (("DONE",), "") if outcome == "refused" else (("DONE", "CLAIMED", "TRYING"), "refused")
    last = sa.select(sa.func.max(secure_link.c.id)).where(secure_link.c.conversation_id == conversation_id)
    mine = sa.and_(
        secure_link.c.id == last.scalar_subquery(),
        secure_link.c.state.in_(states),
        secure_link.c.claimed_at > (now - BACK_WITHIN).timestamp(),
        secure_link.c.outcome.in_(("", but)),
    )
    mark = sa.update(secure_link).where(mine).values(outcome=outcome)
    token_hash = sql.execute(mark.returning(secure_link.c.token_hash)).scalar()
    if token_hash is None:
        return False
    note(sql, f"link-{outcome}", link=fingerprint(token_hash), conversation=conversation_id)
    return True


def led_nowhere(sql: sa.Connection, conversation_id: int, now: float, span: timedelta) -> int:
    """How many pages of the same client were opened within this time, and not gone through."""
    this = sa.select(connection.c.file_id).join(conversation).where(conversation.c.id == conversation_id)
    his = (
        sa.select(conversation.c.id)
        .join(connection, connection.c.id == conversation.c.connection_id)
        .where(connection.c.file_id == this.scalar_subquery())
    )
    pages = sa.select(sa.func.count()).where(
        secure_link.c.conversation_id.in_(his),
        secure_link.c.opened_at > now - span.total_seconds(),
        secure_link.c.state != "DONE",
    )
    return int(sql.execute(pages).scalar_one())


def show(sql: sa.Connection, valid: tuple[sa.ColumnElement[bool], ...], *, first: bool) -> Opened | None:
    """The link that is meant, with what its page says."""
    row = sql.execute(SHOWN.where(*valid)).one_or_none()
    if row is None:
        return None
    return Opened(
        id=row.id,
        conversation_id=row.conversation_id,
        chat_id=row.chat_id,
        number=row.number,
        numbers=offered(row.number, row.token_hash),
        first=first,
        proven=row.proven_at is not None,
        new_secret=bool(row.new_secret),
        bank=row.bank,
        client=row.client,
        first_name=Contact(0, row.contact_name).first_name if row.contact_name else "",
        expires_at=datetime.fromtimestamp(row.expires_at, UTC),
    )


def offered(number: int, seed: str) -> tuple[int, int, int]:
    """The number among two that share no digit with it, so that nobody taps 86 for 68 in a hurry."""
    digits = set(str(number))
    others = [each for each in NUMBERS if not digits & set(str(each))]
    chance = random.Random(seed)
    first, second = chance.sample(others, 2)
    places = [number, first, second]
    chance.shuffle(places)
    return places[0], places[1], places[2]
