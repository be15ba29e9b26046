"""After a change of the ladder: the reminders that are already planned move to it."""

from datetime import datetime

import sqlalchemy as sa

from bot.adapters.database.store import LOAD, read_conversation
from bot.adapters.database.tables import connection, conversation
from bot.engine import Calendars
from bot.ports import Conversation
from flows.deadline import APART, deadline
from flows.state import NextRung


def replan(sql: sa.Connection, calendars: Calendars, now: datetime) -> int:
    """Plan anew whatever waits for the next rung before its bank lapses; returns how many moved.

    What is due within twenty hours stays, and so does what a running program moves meanwhile.
    """
    later = conversation.c.deadline > (now + APART).timestamp()
    asleep = LOAD.where(later, connection.c.expires_on > now.date()).order_by(conversation.c.id)
    return sum(move(sql, read_conversation(row), calendars, now) for row in sql.execute(asleep).all())


def move(sql: sa.Connection, talk: Conversation, calendars: Calendars, now: datetime) -> int:
    patience, file = talk.state.wait(), talk.file
    if not isinstance(patience, NextRung) or talk.deadline is None:
        return 0
    hours = calendars.hours(file.timezone, file.closing_day, file.away_until)
    due = deadline(patience, now, hours, talk.connection.expires_on)
    if due is None or due == talk.deadline:
        return 0
    as_read = sa.and_(conversation.c.id == talk.id, conversation.c.deadline == talk.deadline.timestamp())
    return sql.execute(sa.update(conversation).where(as_read).values(deadline=due.timestamp())).rowcount
