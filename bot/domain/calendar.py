"""Decent hours: when a person who cooks may be disturbed. Pure; public holidays are handed in."""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SLOTS = (time(9, 30), time(16, 0))
"""The two moments of the day at which a nudge leaves: before the lunch service, and between the services."""
MORNING, EVENING = time(8, 0), time(22, 0)
FREE = ((time(8, 0), time(11, 0)), (time(15, 0), time(18, 30)))
"""When a person who cooks is neither asleep nor at work for his guests."""
SUNDAY = 6


@dataclass(frozen=True)
class Hours:
    """The decent hours of one client file, in its own time zone."""

    zone: ZoneInfo
    holidays: Container[date] = field(default=frozenset(), compare=False)

    def local(self, moment: datetime) -> datetime:
        """A moment on the client's own clock."""
        return moment.astimezone(self.zone)

    def works(self, day: date) -> bool:
        """Neither a Sunday nor a public holiday."""
        return day.weekday() != SUNDAY and day not in self.holidays

    def slot(self, after: datetime) -> datetime:
        """The first slot of a working day at or after a moment."""
        day = self.local(after).date()
        while True:
            for at in SLOTS:
                slot = datetime.combine(day, at, self.zone)
                if self.works(day) and slot >= after:
                    return slot
            day += timedelta(days=1)

    def soon(self, moment: datetime) -> datetime:
        """That very moment if he is free then, else the first slot after it."""
        local = self.local(moment)
        free = self.works(local.date()) and any(begin <= local.time() < end for begin, end in FREE)
        return moment if free else self.slot(moment)

    def awake(self, moment: datetime) -> bool:
        """By day a message may ring; by night even an answer arrives without a sound."""
        return MORNING <= self.local(moment).time() < EVENING
