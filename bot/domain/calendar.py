"""Decent hours: when a person who cooks may be disturbed. Pure; public holidays are handed in."""

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.domain.errors import BadInput
from bot.domain.ladder import LADDER, Ladder
from bot.domain.office import OFFICE, Office

Span = tuple[time, time]

SLOTS = (time(9, 30), time(16, 0))
"""The two moments of the day at which a nudge leaves: before the lunch service, and between the services."""
SERVICES = ((time(11, 0), time(15, 0)), (time(18, 30), time(23, 30)))
"""When a person who cooks is at work for his guests."""
MORNING, EVENING = time(8, 0), time(22, 0)
"""By day; a nudge leaves an hour and a half earlier than the end of it at the latest."""
LATEST = time(20, 30)
SUNDAY = 6
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:h]([0-5]\d)?")


def free(services: tuple[Span, ...]) -> tuple[Span, ...]:
    """What is left of the day, from eight in the morning to half past eight, between the services."""
    left, since = [], MORNING
    for begin, end in sorted(services):
        if begin > since:
            left.append((since, min(begin, LATEST)))
        since = max(since, end)
    if since < LATEST:
        left.append((since, LATEST))
    return tuple(span for span in left if span[0] < span[1])


FREE = free(SERVICES)


class Rest(StrEnum):
    """Why a day is not one to disturb somebody on."""

    SUNDAY = "sunday"
    HOLIDAY = "holiday"
    CLOSING_DAY = "closing-day"
    AWAY = "away"


@dataclass(frozen=True)
class Hours:
    """The decent hours of one client file, in its own time zone."""

    zone: ZoneInfo
    holidays: Container[date] = field(default=frozenset(), compare=False)
    services: tuple[Span, ...] = SERVICES
    slots: tuple[time, ...] = SLOTS
    closing_day: int | None = None
    """The weekday on which the house is closed and its people rest (0 is Monday), beside every Sunday."""
    away_until: date | None = None
    """The last day of the client's own holidays."""
    ladder: Ladder = LADDER
    """On which days before and after a bank lapses he is reminded."""
    office: Office = OFFICE
    """The firm's own hours, in which its people answer."""

    def local(self, moment: datetime) -> datetime:
        """A moment on the client's own clock."""
        return moment.astimezone(self.zone)

    def is_banking_day(self, day: date) -> bool:
        """Monday to Friday, no public holiday: whatever the client does, his bank works."""
        return day.weekday() < SUNDAY - 1 and day not in self.holidays

    def rest(self, day: date) -> Rest | None:
        """Why he is left in peace on a day, if he is."""
        if self.away_until is not None and day <= self.away_until:
            return Rest.AWAY
        if day.weekday() == SUNDAY:
            return Rest.SUNDAY
        if day in self.holidays:
            return Rest.HOLIDAY
        return Rest.CLOSING_DAY if day.weekday() == self.closing_day else None

    def works(self, day: date) -> bool:
        """Neither a Sunday, nor a public holiday, nor his closing day, nor one of his own holidays."""
        return self.rest(day) is None

    def slot(self, after: datetime) -> datetime:
        """The first slot of a working day at or after a moment."""
        day = self.local(after).date()
        if self.away_until is not None:
            day = max(day, self.away_until)
        while True:
            for at in self.slots:
                slot = datetime.combine(day, at, self.zone)
                if self.works(day) and slot >= after:
                    return slot
            day += timedelta(days=1)

    def soon(self, moment: datetime) -> datetime:
        """That very moment if he is free then, else the first slot after it."""
        local = self.local(moment)
        at_rest = any(begin <= local.time() < end for begin, end in free(self.services))
        return moment if at_rest and self.works(local.date()) else self.slot(moment)

    def awake(self, moment: datetime) -> bool:
        """By day a message may ring; by night even an answer arrives without a sound."""
        return MORNING <= self.local(moment).time() < EVENING


# As a firm writes them


def read_services(written: str) -> tuple[Span, ...]:
    """« 11:00-15:00, 18:30-23:30 »; nothing for a house without guests. Raises `BadInput`."""
    spans = []
    for each in filter(None, (part.strip() for part in written.split(","))):
        begin, _, end = each.partition("-")
        spans.append((read_clock(begin), read_clock(end)))
        if spans[-1][0] >= spans[-1][1]:
            raise BadInput(f"« {each} » finit avant de commencer : écrivez par exemple 11:00-15:00.")
    if not free(tuple(spans)):
        raise BadInput("Ces services ne laissent aucun moment libre entre 8:00 et 20:30.")
    return tuple(sorted(spans))


def read_office(written: str) -> tuple[Span, ...]:
    """« 9:00-12:30, 14:00-18:00 »: when somebody of the firm is there. Raises `BadInput`."""
    spans = []
    for each in filter(None, (part.strip() for part in written.split(","))):
        begin, _, end = each.partition("-")
        spans.append((read_clock(begin), read_clock(end)))
    spans.sort()
    if not spans or any(begin >= end for begin, end in spans):
        raise BadInput("Écrivez les heures du cabinet ainsi : 9:00-12:30, 14:00-18:00.")
    if any(one[1] > other[0] for one, other in pairwise(spans)):
        raise BadInput("Les heures du cabinet se chevauchent.")
    return tuple(spans)


def read_digest(written: str) -> time | None:
    """« 8:30 »; None for an empty line. Raises `BadInput`."""
    return read_clock(written) if written.strip() else None


def read_replies(written: str) -> tuple[timedelta, ...]:
    """« 2, 4, 8 »: working hours until a case's owner, the stand-in and the manager are called. Raises `BadInput`."""
    found = re.fullmatch(r"\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*", written)
    hours = [int(each) for each in found.groups()] if found else []
    if not hours or not 0 < hours[0] < hours[1] < hours[2]:
        raise BadInput("Écrivez trois nombres d’heures ouvrées, du plus court au plus long, par exemple 2, 4, 8.")
    return tuple(timedelta(hours=each) for each in hours)


def read_slots(written: str, services: Sequence[Span]) -> tuple[time, ...]:
    """« 9:30, 16:00 », each at a moment that the services leave free. Raises `BadInput`."""
    slots = sorted({read_clock(part) for part in written.split(",") if part.strip()})
    if not slots:
        raise BadInput("Il faut au moins une heure, par exemple 9:30.")
    for slot in slots:
        if not any(begin <= slot < end for begin, end in free(tuple(services))):
            raise BadInput(f"{slot:%H:%M} tombe pendant un service, avant 8:00 ou après 20:30.")
    return tuple(slots)


def read_clock(written: str) -> time:
    """« 9:30 », « 9h30 » or « 16h ». Raises `BadInput`."""
    found = _CLOCK.fullmatch(written.strip())
    if found is None or (":" in written and not found[2]):
        raise BadInput(f"« {written.strip()} » n’est pas une heure : écrivez par exemple 9:30.")
    return time(int(found[1]), int(found[2] or 0))
