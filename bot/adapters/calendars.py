"""The decent hours of each client file, with the public holidays of its part of France."""

from collections.abc import Sequence
from datetime import date, time
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from bot.domain.calendar import (
    SERVICES,
    SLOTS,
    Hours,
    Span,
    read_office,
    read_replies,
    read_services,
    read_slots,
)
from bot.domain.errors import BadInput
from bot.domain.ladder import LADDER, Ladder, read_ladder
from bot.domain.office import Office
from bot.settings import Settings

OVERSEAS = {
    "America/Guadeloupe": "971",
    "America/Martinique": "972",
    "America/Cayenne": "973",
    "Indian/Reunion": "974",
    "Indian/Mayotte": "976",
    "America/St_Barthelemy": "BL",
    "America/Marigot": "MF",
    "America/Miquelon": "PM",
    "Pacific/Noumea": "NC",
    "Pacific/Tahiti": "PF",
    "Pacific/Marquesas": "PF",
    "Pacific/Gambier": "PF",
    "Pacific/Wallis": "WF",
}
"""Where a time zone tells the part of France, the library's name of it: each has a day or two of its own."""
WEEKDAYS = {"lundi": 0, "mardi": 1, "mercredi": 2, "jeudi": 3, "vendredi": 4, "samedi": 5, "dimanche": 6}


def calendars(settings: Settings) -> "FrenchCalendars":
    """The calendars of a firm, as it set them."""
    services = read_services(settings.service_hours)
    slots = read_slots(settings.nudge_hours, services)
    return FrenchCalendars(settings.timezone, services, slots, ladder(settings), office(settings))


def ladder(settings: Settings) -> Ladder:
    """The firm's ladder of reminders."""
    return read_ladder(settings.ladder, settings.ladder_every, settings.ladder_late)


def office(settings: Settings) -> Office:
    """The firm's own hours, and how long its clients wait for an answer."""
    spans, replies = read_office(settings.office_hours), read_replies(settings.reply_hours)
    return Office(zone(settings.timezone), public_holidays(settings.timezone), spans, replies)


class FrenchCalendars:
    """`Calendars`. A client file without a time zone of its own keeps the firm's."""

    def __init__(
        self,
        timezone: str,
        services: Sequence[Span] = SERVICES,
        slots: Sequence[time] = SLOTS,
        ladder: Ladder = LADDER,
        office: Office | None = None,
    ) -> None:
        self.timezone = timezone
        self.services = tuple(services)
        self.slots = tuple(slots)
        self.ladder = ladder
        self.office = office or Office(zone(timezone), public_holidays(timezone))
        self.hours(timezone)  # a wrong time zone is told at once

    def hours(self, timezone: str, closing_day: str = "", away_until: date | None = None) -> Hours:
        name, closed = timezone or self.timezone, WEEKDAYS.get(closing_day)
        return Hours(
            zone(name), public_holidays(name), self.services, self.slots, closed, away_until, self.ladder, self.office
        )


@cache
def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name, or `BadInput`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"Fuseau horaire inconnu : {name}. Écrivez par exemple Europe/Paris.") from None


@cache
def public_holidays(name: str) -> holidays.HolidayBase:
    """The public holidays of the part of France that has this time zone."""
    return holidays.country_holidays("FR", subdiv=OVERSEAS.get(name))
