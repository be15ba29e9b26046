"""Every reminder and every promise, one row each, written in the transaction that decides it.

A reminder is settled where its row leaves the outbox, and answered by the next thing that its client does.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import bindparam as given
from sqlalchemy.dialects import postgresql, sqlite

from bot.adapters.database.tables import connection, consent, contact, conversation, nudge, promise
from bot.domain.reminded import Fate, Nudge, Promise, Word
from bot.ports import Conversation, Job
from flows.effects import SayTogether
from flows.renewal import AWAY, Snoozed

MANNERS = ("tg:", "link:")
"""How the ids of events begin that a client caused, in his chat or on his page."""
SETTLE = (
    sa.update(nudge)
    .where(nudge.c.job_id == given("job"), nudge.c.fate == Fate.WAITING.value)
    .values(fate=given("became"))
)
ANSWER = (
    sa.update(nudge)
    .where(
        nudge.c.conversation_id == given("talk"),
        nudge.c.answered_at.is_(None),
        nudge.c.fate != Fate.UNREACHABLE.value,
    )
    .values(answered_at=given("moment"))
)
GONE = (
    sa.update(nudge)
    .where(
        nudge.c.fate == Fate.WAITING.value,
        nudge.c.contact_id.in_(sa.select(contact.c.id).where(contact.c.chat_id == given("chat"))),
    )
    .values(fate=Fate.UNREACHABLE.value)
)
PROMISED = {
    dialect.__name__.rpartition(".")[2]: dialect.insert(promise).on_conflict_do_nothing()
    for dialect in (sqlite, postgresql)
}


def is_his_own(dedupe_id: str) -> bool:
    """Did a client cause this event?"""
    return dedupe_id.startswith(MANNERS)


def begin_nudge(sql: sa.Connection, job: Job, now: datetime) -> None:
    """A reminder is decided; one message may be about several banks."""
    effect = job.effect
    talks = (
        [each.conversation for each in effect.offers] if isinstance(effect, SayTogether) else [job.conversation_id]
    )
    who = sa.select(conversation.c.contact_id).where(conversation.c.id == given("talk")).scalar_subquery()
    row = sa.insert(nudge).values(contact_id=who, conversation_id=given("talk"))
    facts = {"job_id": job.id, "at": now.timestamp(), "fate": Fate.WAITING.value}
    sql.execute(row, [{**facts, "talk": talk} for talk in talks])


def settle_nudges(sql: sa.Connection, became: Mapping[str, Fate]) -> None:
    """What became of reminders, by their jobs."""
    if became:
        sql.execute(SETTLE, [{"job": job, "became": fate.value} for job, fate in became.items()])


def answer_nudges(sql: sa.Connection, conversation_id: int, now: datetime) -> None:
    """The client has done something about this bank."""
    sql.execute(ANSWER, {"talk": conversation_id, "moment": now.timestamp()})


def miss_nudges(sql: sa.Connection, chat_id: int) -> None:
    """What is on its way to this chat does not arrive."""
    sql.execute(GONE, {"chat": chat_id})


def note_promise(sql: sa.Connection, talk: Conversation, now: datetime) -> None:
    """The client has named a moment; the same one is noted once, however often it is put off."""
    state = talk.state
    if not isinstance(state, Snoozed) or talk.deadline is None:
        return
    values = {
        "conversation_id": talk.id,
        "contact_id": talk.contact.id if talk.contact else None,
        "sequence": talk.sequence,
        "made_at": now.timestamp(),
        "until": talk.deadline.timestamp(),
        "away": state.moment == AWAY,
    }
    sql.execute(PROMISED[sql.dialect.name], values)


def nudges_of(sql: sa.Connection, file_id: int, limit: int) -> list[Nudge]:
    """The latest reminders about the banks of a client file, the newest first."""
    statement = (
        sa.select(nudge.c.at, nudge.c.fate, nudge.c.answered_at, contact.c.name, connection.c.bank)
        .join(conversation, nudge.c.conversation_id == conversation.c.id)
        .join(connection, conversation.c.connection_id == connection.c.id)
        .outerjoin(contact, nudge.c.contact_id == contact.c.id)
        .where(connection.c.file_id == file_id)
        .order_by(nudge.c.at.desc(), nudge.c.id.desc())
        .limit(limit)
    )
    return [
        Nudge(
            at=datetime.fromtimestamp(row.at, UTC),
            who=row.name or "",
            bank=row.bank,
            fate=Fate.ANSWERED if row.answered_at is not None else Fate(row.fate),
            answered_at=datetime.fromtimestamp(row.answered_at, UTC) if row.answered_at is not None else None,
        )
        for row in sql.execute(statement)
    ]


def promises_of(sql: sa.Connection, file_id: int, now: datetime, limit: int) -> list[Promise]:
    """The latest promises about the banks of a client file, the newest first."""
    statement = (
        sa.select(promise, contact.c.name, connection.c.bank, connection.c.id.label("connection_id"))
        .join(conversation, promise.c.conversation_id == conversation.c.id)
        .join(connection, conversation.c.connection_id == connection.c.id)
        .outerjoin(contact, promise.c.contact_id == contact.c.id)
        .where(connection.c.file_id == file_id)
        .order_by(promise.c.made_at.desc(), promise.c.id.desc())
        .limit(limit)
    )
    return [
        Promise(
            made_at=datetime.fromtimestamp(row.made_at, UTC),
            until=datetime.fromtimestamp(row.until, UTC),
            who=row.name or "",
            bank=row.bank,
            word=word(sql, row.connection_id, row.made_at, row.until, now),
            away=bool(row.away),
        )
        for row in sql.execute(statement).all()
    ]


def word(sql: sa.Connection, connection_id: int, made_at: float, until: float, now: datetime) -> Word:
    """Was the bank renewed between the promise and the day after its moment?"""
    first = datetime.fromtimestamp(made_at, UTC).date()
    last = datetime.fromtimestamp(until, UTC).date() + timedelta(days=1)
    renewed = sa.and_(consent.c.connection_id == connection_id, consent.c.began_on.between(first, last))
    if sql.execute(sa.select(consent.c.id).where(renewed).limit(1)).first() is not None:
        return Word.KEPT
    return Word.AHEAD if until > now.timestamp() else Word.PAST
