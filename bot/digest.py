"""The digest: what the firm reads in Slack on working mornings. Counted in the database, told here. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Literal

from bot.domain.office import Office

Pace = Literal["day", "week"]
SHOWN = 10
"""Lines of those who wait; the others are a number."""
WEEKS_AHEAD = 8


@dataclass(frozen=True)
class Waits:
    """An open case: somebody waits for us."""

    client: str
    bank: str
    cause: str
    since: datetime
    who: str
    """Who has it, or was asked to take it; empty for nobody."""


@dataclass(frozen=True)
class Figures:
    """What happened between two mornings, and how things stand now."""

    renewed: Sequence[int] = ()
    """Of each proven renewal the days since its first nudge; -1 where nobody was nudged."""
    connected: int = 0
    lapsed: Sequence[tuple[str, str]] = ()
    """(client, bank) of each that ran out."""
    linked: int = 0
    """Invitations that were opened."""
    cases: int = 0
    """Cases that were opened."""
    sent: int = 0
    answered: int = 0
    waiting: Sequence[Waits] = ()
    """The one that waits longest first."""
    urgency: Mapping[str, int] = field(default_factory=dict)
    """How many connections there are of each urgency, by its name."""
    weeks: Sequence[tuple[date, int]] = ()
    """(Monday, lapses) of the weeks to come, this one first."""
    late: int = 0
    """Those that lapsed before this week and were not renewed."""

    @property
    def median_days(self) -> float | None:
        """Days from the first nudge to the proof, of half of the renewals at most; None where none was nudged for."""
        nudged = [days for days in self.renewed if days >= 0]
        return median(nudged) if nudged else None


@dataclass(frozen=True)
class Morning:
    """A digest that is due: the morning, and the span that it tells of."""

    day: date
    since: datetime
    until: datetime
    pace: Pace

    @property
    def key(self) -> str:
        """By this it is known to be posted."""
        return f"digest:{self.day.isoformat()}"


def upcoming(now: datetime, at: time, office: Office) -> datetime:
    """When the next one is due, after this moment."""
    day = now.astimezone(office.zone).date()
    while not office.works(day) or datetime.combine(day, at, office.zone) <= now:
        day += timedelta(days=1)
    return datetime.combine(day, at, office.zone)


def due(now: datetime, at: time, office: Office) -> Morning | None:
    """This morning's digest, from its hour on until the evening of a working day; else None.

    The first working day of a week tells of the week before, whatever day that is; each other one of the time since
    the working morning before it.
    """
    local = now.astimezone(office.zone)
    day = local.date()
    if not office.works(day) or not at <= local.time() < time(20):
        return None
    until = datetime.combine(day, at, office.zone)
    before = day - timedelta(days=1)
    while not office.works(before):
        before -= timedelta(days=1)
    is_first = before.isocalendar()[:2] != day.isocalendar()[:2]
    since = until - timedelta(days=7) if is_first else datetime.combine(before, at, office.zone)
    return Morning(day, since, until, "week" if is_first else "day")
