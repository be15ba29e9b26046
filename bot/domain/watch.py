"""Watching: when a connection is read without being asked, and when its silence is too long. Pure."""

from datetime import datetime, time, timedelta

from bot.domain.calendar import Hours

JITTER = 0.4
"""A reading comes up to so much of its interval earlier, so that they do not all come together."""
SPREAD = timedelta(minutes=85)
"""Readings that wait for a decent hour are spread over this much of it."""
LONGEST_SILENCE = timedelta(hours=36)
"""Of banking days. A bank's data usually come every night, so that two nights without are one too many."""
HISTORY = timedelta(days=90)
"""What every bank lets an aggregator catch up on after a pause: Article 10(1)(b) of Regulation (EU) 2018/389."""


def next_reading(now: datetime, every: timedelta, hours: Hours, chance: float) -> datetime:
    """When to read a connection again: at an hour at which its client may be told. `chance` is from 0 to 1."""
    turn = now + every * (1 - JITTER * chance)
    decent = hours.soon(turn)
    return turn if decent == turn else decent + SPREAD * chance


def is_silent(since: datetime, now: datetime, hours: Hours, longest: timedelta = LONGEST_SILENCE) -> bool:
    """Has nothing come for longer than usual? Only banking days count: Monday to Friday, no public holiday."""
    silence, begin = timedelta(0), hours.local(since)
    while begin < now and silence <= longest:
        midnight = datetime.combine(begin.date() + timedelta(days=1), time(0), hours.zone)
        if hours.is_banking_day(begin.date()):
            silence += min(midnight, now).astimezone(hours.zone) - begin
        begin = midnight
    return silence > longest


def has_gap(since: datetime | None, now: datetime) -> bool:
    """Has a connection that works again been silent for longer than its bank can tell of afterwards?"""
    return since is not None and now - since > HISTORY
