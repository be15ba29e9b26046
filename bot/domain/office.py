"""The firm's own working hours: when somebody there can be called, and how long a client has waited. Pure."""

from collections.abc import Container
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[time, time]

OPEN = ((time(9, 0), time(12, 30)), (time(14, 0), time(18, 0)))
REPLIES = (timedelta(hours=2), timedelta(hours=4), timedelta(hours=8))
"""Working hours that a client has waited when whoever is in charge, the stand-in and the manager are called."""
RESTS = timedelta(hours=15)
"""Two working days: so long a case may rest that was answered, and that nobody closes."""


@dataclass(frozen=True)
class Office:
    """Monday to Friday, without the public holidays, in the firm's own time zone."""

    zone: ZoneInfo
    holidays: Container[date] = field(default=frozenset(), compare=False)
    spans: tuple[Span, ...] = OPEN
    replies: tuple[timedelta, ...] = REPLIES

    def works(self, day: date) -> bool:
        """Is anybody there on that day?"""
        return day.weekday() < 5 and day not in self.holidays

    def is_open(self, moment: datetime) -> bool:
        """Is anybody there? The very minute of closing counts."""
        local = moment.astimezone(self.zone)
        return self.works(local.date()) and any(begin <= local.time() <= end for begin, end in self.spans)

    def opens(self, moment: datetime) -> datetime:
        """That very moment if somebody is there then, else the next time that somebody is."""
        return moment if self.is_open(moment) else self.after(moment, timedelta(0))

    def morning(self, day: date) -> datetime:
        """When the first working day begins that is not before a day."""
        return self.after(datetime.combine(day, time(0), self.zone), timedelta(0))

    def after(self, moment: datetime, worked: timedelta) -> datetime:
        """The moment at which so much has been worked since another one."""
        day = moment.astimezone(self.zone).date()
        while True:
            for begin, end in self.spans if self.works(day) else ():
                # In UTC: where the clocks change, a span is as long as it really is.
                since = max(moment.timestamp(), datetime.combine(day, begin, self.zone).timestamp())
                left = datetime.combine(day, end, self.zone).timestamp() - since
                if left > 0 and worked.total_seconds() <= left:
                    return datetime.fromtimestamp(since + worked.total_seconds(), self.zone)
                worked -= timedelta(seconds=max(0.0, left))
            day += timedelta(days=1)

    def reply_due(self, step: int, now: datetime) -> datetime:
        """When the next one is called, the step before having been taken now."""
        before = self.replies[step - 1] if step else timedelta(0)
        return self.after(now, self.replies[step] - before)


OFFICE = Office(ZoneInfo("Europe/Paris"))
