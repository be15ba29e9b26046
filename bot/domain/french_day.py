"""A day as a colleague types it: « 3/12 », « 3 décembre », « vendredi », « demain ». Pure."""

import re
from datetime import date, timedelta

from bot.domain.names import folded

MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
    "decembre",
)  # fmt: skip
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NUMBERS = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{4}|\d{2}))?")
WORDS = re.compile(rf"(\d{{1,2}})(?:er)? ({'|'.join(MONTHS)})(?: (\d{{4}}))?")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def read_day(text: str, today: date) -> date | None:
    """The day that is meant, today or later where no year is given; None where it is none."""
    said = " ".join(text.casefold().split())
    if found := ISO.fullmatch(said):
        return of(int(found[1]), int(found[2]), int(found[3]))
    said = folded(text)
    if said in ("aujourd'hui", "ce soir"):
        return today
    if said == "demain":
        return today + timedelta(days=1)
    if said in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS.index(said) - today.weekday()) % 7 or 7)
    if found := WORDS.fullmatch(said):
        return coming(int(found[1]), MONTHS.index(found[2]) + 1, found[3], today)
    if found := NUMBERS.fullmatch(text.strip()):
        return coming(int(found[1]), int(found[2]), found[3], today)
    return None


def coming(day: int, month: int, year: str | None, today: date) -> date | None:
    """In the year that was written, else the next time that there is such a day."""
    if year:
        return of(int(year) + (2000 if len(year) == 2 else 0), month, day)
    years = (of(today.year + ahead, month, day) for ahead in range(9))  # the 29 February comes again within eight
    return next((each for each in years if each is not None and each >= today), None)


def of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
