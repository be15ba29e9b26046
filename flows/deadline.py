"""Deadlines: from a state's patience to a moment. Pure."""

from datetime import date, datetime, time, timedelta

from bot.domain.calendar import Hours
from bot.domain.office import RESTS
from flows.escalation import MorningOf, ReplyDue
from flows.state import After, DecentlyAfter, NextRung, Patience, Soon, UntilSaid

APART = timedelta(hours=20)
"""Two nudges to one person are never closer than this."""
EVENING = time(18, 0)


def deadline(patience: Patience, now: datetime, hours: Hours, expires_on: date | None) -> datetime | None:
    """When a state becomes overdue; None for a state that waits for ever."""
    match patience:
        case After(delay):
            return now + delay
        case Soon(delay):
            return hours.soon(now + delay)
        case DecentlyAfter(delay):
            return hours.slot(now + delay)
        case NextRung(without_a_day) if expires_on is None:
            return hours.slot(now + hours.ladder.between) if without_a_day else None
        case NextRung(_, ahead):
            assert expires_on is not None, "the row above has the other case"
            return next_rung(now, hours, expires_on, ahead)
        case UntilSaid(moment):
            return said_moment(moment, now, hours)
        case ReplyDue(step, resting):
            return hours.office.after(now, RESTS) if resting else hours.office.reply_due(step, now)
        case MorningOf(day):
            return hours.office.morning(date.fromisoformat(day))
    return None


def next_rung(now: datetime, hours: Hours, expires_on: date, ahead: int = 0) -> datetime:
    """The next rung of the nudge ladder, at least 20 hours from now, or from the rung that came `ahead` days early."""
    since = now + timedelta(days=ahead)
    for rung in hours.ladder.rungs:
        day = datetime.combine(expires_on - timedelta(days=rung), time(0), hours.zone)
        at = hours.slot(day)
        if at > since and at - since >= APART:
            return at
    return hours.slot(since + hours.ladder.between - timedelta(hours=4))  # the slot itself rounds it up


def said_moment(moment: str, now: datetime, hours: Hours) -> datetime:
    """A moment in ISO is that very one, if the client is still free then.

    The evening is before the service, which is also before the night: later, or on a day of rest, it is tomorrow.

    Tomorrow too where the house serves at that hour already.
    """
    if moment[:1].isdigit():
        return hours.soon(max(datetime.fromisoformat(moment), now))
    local = hours.local(now)
    evening = datetime.combine(local.date(), EVENING, hours.zone)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), time(0), hours.zone)
    if moment == "this-evening" and hours.soon(evening) == evening and now + timedelta(minutes=15) < evening:
        return evening
    if moment == "next-week":
        return hours.slot(tomorrow + timedelta(days=6 - local.weekday()))
    return hours.slot(tomorrow)
