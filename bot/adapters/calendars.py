"""The decent hours of each client file, with France's public holidays."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays

from bot.domain.calendar import Hours
from bot.domain.errors import BadInput


class FrenchCalendars:
    """`Calendars`. A client file without a time zone of its own keeps the firm's."""

    def __init__(self, timezone: str) -> None:
        self.timezone = timezone
        self._holidays = holidays.country_holidays("FR")
        self.hours(timezone)  # a wrong time zone is told at once

    def hours(self, timezone: str) -> Hours:
        return Hours(zone(timezone or self.timezone), self._holidays)


@cache
def zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name, or `BadInput`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(f"Fuseau horaire inconnu : {name}. Écrivez par exemple Europe/Paris.") from None
