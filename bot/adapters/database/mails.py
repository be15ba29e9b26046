"""The letters to clients out of reach: each is claimed before it leaves, so that none leaves twice.

At most one to a person in 20 hours and four in 90 days, whatever his banks, however many processes ask.
"""

from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from bot.adapters.database.engine import Database
from bot.adapters.database.tables import client_file, connection, contact, conversation, invitation, mail
from bot.domain.mailing import COUNTED, CYCLE, MOST, Post, Recipient
from bot.domain.secret import Secret
from bot.invitations import invite
from bot.ports import Job
from flows.deadline import APART

WHO = (
    sa.select(
        conversation.c.sequence,
        contact.c.id,
        contact.c.email,
        contact.c.refused_email,
        client_file.c.timezone,
        client_file.c.closing_day,
        client_file.c.away_until,
    )
    .select_from(
        conversation.join(connection, conversation.c.connection_id == connection.c.id)
        .join(client_file, connection.c.file_id == client_file.c.id)
        .join(contact, conversation.c.contact_id == contact.c.id)
    )
    .where(conversation.c.id == sa.bindparam("talk"))
    .with_for_update(of=contact)  # two letters to one person are claimed one after the other
)
MINE = sa.select(mail).where(mail.c.job_id == sa.bindparam("job"))
LATELY = sa.select(mail.c.begun_at).where(
    mail.c.contact_id == sa.bindparam("who"),
    mail.c.outcome.in_([each.value for each in COUNTED]),
    mail.c.begun_at > sa.bindparam("since"),
)


class Mails:
    """`MailBook`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def begin(self, job: Job, now: datetime) -> Recipient | Post:
        return await self.database.write(lambda sql: begin(sql, job, now))

    async def invite(self, contact_id: int, now: datetime) -> Secret:
        return await self.database.write(lambda sql: invite(sql, contact_id, now, ends_others=False))

    async def end(self, job: Job, post: Post, token: Secret | None = None) -> None:
        await self.database.write(lambda sql: end(sql, job, post, token))


def begin(sql: sa.Connection, job: Job, now: datetime) -> Recipient | Post:
    """Claim a letter; or what became of it, or why there is none."""
    found = sql.execute(WHO, {"talk": job.conversation_id}).one_or_none()
    mine = sql.execute(MINE, {"job": job.id}).one_or_none()
    if mine is not None and mine.outcome == Post.UNDER_WAY:
        end(sql, job, Post.DOUBTFUL)  # whoever held it is dead, and nobody knows how far he came
        return Post.DOUBTFUL
    if mine is not None and mine.outcome != Post.WAITING:
        return Post(mine.outcome)
    post = why_not(sql, found, job, now, again=mine is not None)
    if post is not None:
        return post
    assert found is not None, "a letter without a reader has a reason against it"
    claim = {"contact_id": found.id, "conversation_id": job.conversation_id, "outcome": Post.UNDER_WAY.value}
    if mine is None:
        sql.execute(sa.insert(mail).values(job_id=job.id, begun_at=now.timestamp(), **claim))
    else:
        sql.execute(sa.update(mail).where(mail.c.id == mine.id).values(begun_at=now.timestamp(), **claim))
    return Recipient(found.id, found.email, found.timezone, found.closing_day, found.away_until)


def why_not(sql: sa.Connection, found: Any, job: Job, now: datetime, *, again: bool) -> Post | None:
    """A letter that waits has its place already."""
    if found is None or not found.email:
        return Post.NO_ADDRESS
    if found.sequence != job.sequence:
        return Post.OVER
    if found.email == found.refused_email:
        return Post.BAD_ADDRESS
    if again:
        return None
    lately = sql.execute(LATELY, {"who": found.id, "since": (now - CYCLE).timestamp()}).scalars().all()
    if any(begun > (now - APART).timestamp() for begun in lately):
        return Post.TOO_SOON
    return Post.ENOUGH if len(lately) >= MOST else None


def end(sql: sa.Connection, job: Job, post: Post, token: Secret | None = None) -> None:
    """What became of a letter. Where it has not left, the invitation in it (`token`) is good for nothing more."""
    row = sql.execute(sa.update(mail).where(mail.c.job_id == job.id).values(outcome=post.value).returning(mail)).one()
    if post is Post.REFUSED:
        sql.execute(sa.update(contact).where(contact.c.id == row.contact_id).values(refused_email=contact.c.email))
    if token is not None and post not in (Post.SENT, Post.DOUBTFUL):
        mine = invitation.c.token_hash == sha256(token.reveal().encode()).hexdigest()
        sql.execute(sa.update(invitation).where(mine).values(expires_at=0.0))
