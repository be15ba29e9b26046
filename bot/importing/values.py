"""The cells of a client list: each reader gives the value as it is stored, or says what to write instead. Pure."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.domain.cadence import CEILING
from bot.domain.errors import BadInput
from bot.domain.names import folded

OLDEST = date(2010, 1, 1)
DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})( \d{1,2}[:h]\d{2}(:\d{2})?)?", re.ASCII)
YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})([ T]\d{1,2}:\d{2}(:\d{2})?)?", re.ASCII)
EMAIL = re.compile(r"[^@\s<>,;\"()]+@[^@\s<>,;\"().]+(\.[^@\s<>,;\"().]+)+")
TRUNK = re.compile(r"^(\+\d{1,3}) ?\(0\)")  # « +33 (0)6 … »
FRENCH = re.compile(r"(?:\+33|0)([1-9]\d{8})", re.ASCII)
ABROAD = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)


def text(longest: int) -> Callable[[str], str]:
    """A reader of any text up to this length."""

    def read(cell: str) -> str:
        if len(cell) > longest:
            raise BadInput(f"{len(cell)} caractères : écrivez-en {longest} au plus.")
        if not cell.isprintable():
            raise BadInput("Cette case contient un caractère invisible : retapez-la.")
        return cell

    return read


def siren(cell: str) -> str:
    """Nine digits, the last of which is a check (Luhn's formula, INSEE)."""
    digits = re.sub(r"[\s.]", "", cell)
    if is_digits(digits, 14) and luhn(digits[:9]):
        raise BadInput(f"C’est un SIRET. Le SIREN en est le début : écrivez {digits[:9]}.")
    if not is_digits(digits, 9):
        raise BadInput("Un SIREN a 9 chiffres, par exemple 552 100 554.")
    if not luhn(digits):
        raise BadInput("Ce SIREN n’existe pas (clé fausse) : un chiffre est sans doute mal recopié.")
    return digits


def is_digits(cell: str, length: int) -> bool:
    return len(cell) == length and cell.isascii() and cell.isdigit()


def luhn(digits: str) -> bool:
    """Every second digit from the right counts double; the sum ends in 0."""
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def phone(cell: str) -> str:
    """`06 12 34 56 78` for a French number, `+32470123456` for another."""
    number = re.sub(r"[\s./()\-\u2010-\u2015]", "", TRUNK.sub(r"\1", cell))
    number = "+" + number[2:] if number.startswith("00") else number
    if french := FRENCH.fullmatch(number):
        return " ".join(re.findall("..", "0" + french[1]))
    if ABROAD.fullmatch(number) and not number.startswith("+33"):
        return number
    if FRENCH.fullmatch("0" + number):
        raise BadInput(f"Le tableur a retiré le 0 du début : écrivez 0{number}.")
    raise BadInput(
        "Écrivez un numéro français à 10 chiffres (06 12 34 56 78), ou étranger avec son indicatif (+32…)."
    )


def email(cell: str) -> str:
    """One address."""
    if not EMAIL.fullmatch(cell) or len(cell) > 254 or not cell.isprintable():
        raise BadInput("Écrivez une seule adresse, par exemple odette@bistrot.fr.")
    return cell.lower()


def past_day(today: date) -> Callable[[str], date]:
    """A reader of days that are not in the future."""

    def read(cell: str) -> date:
        day = written_day(cell)
        if day > today:
            raise BadInput(f"Cette date est dans le futur. Écrivez au plus tard {today:%d/%m/%Y}.")
        if day < OLDEST:
            raise BadInput("Cette date est trop ancienne : vérifiez l’année.")
        return day

    return read


def written_day(cell: str) -> date:
    """`05/11/2026`, `5/11/26` or `2026-11-05`; a time of day behind it is ignored."""
    if found := DAY_FIRST.fullmatch(cell):
        day, month, year = int(found[1]), int(found[2]), int(found[3])
    elif found := YEAR_FIRST.fullmatch(cell):
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        raise BadInput("Écrivez la date comme ceci : 05/11/2026.")
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        raise BadInput(
            "Ce jour n’existe pas dans le calendrier. Écrivez le jour, le mois, l’année : 05/11/2026."
        ) from None


def coming_day(today: date) -> Callable[[str], date]:
    """A reader of days from today to a year ahead."""

    def read(cell: str) -> date:
        day = written_day(cell)
        if day < today:
            raise BadInput("Ce jour est passé : laissez la case vide, ou écrivez le dernier jour d’absence.")
        if day > today + timedelta(days=366):
            raise BadInput("Plus d’un an d’absence : vérifiez l’année.")
        return day

    return read


WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NO_WEEKDAY = "aucun"


def weekday(cell: str) -> str:
    """A day of the week, in full or by its first three letters; « aucun » for a house that never closes."""
    word = folded(cell).strip(" .").removeprefix("le ").removesuffix("s")
    for day in (*WEEKDAYS, NO_WEEKDAY):
        if len(word) >= 3 and day.startswith(word):
            return day
    raise BadInput("Écrivez un jour de la semaine, par exemple lundi, ou « aucun ».")


def day_of_month(cell: str) -> int:
    """« 19 », « le 19 », « 19 du mois », or any date of which only the day counts."""
    written = folded(cell).removeprefix("le ").removesuffix("du mois").removesuffix("de chaque mois").strip(" .")
    if DAY_FIRST.fullmatch(written) or YEAR_FIRST.fullmatch(written):
        return written_day(written).day
    if not (written.isascii() and written.isdigit() and len(written) <= 2 and 1 <= int(written) <= 31):
        raise BadInput("Écrivez le jour du mois, entre 1 et 31, par exemple 19.")
    return int(written)


def cadence(cell: str) -> int:
    """Days between two renewals, as the bank wants them."""
    days = cell.lower().removesuffix("jours").removesuffix("j").strip()
    if not (days.isascii() and days.isdigit() and len(days) <= 4 and 1 <= int(days) <= CEILING.days):
        raise BadInput(f"Écrivez un nombre de jours entre 1 et {CEILING.days}, le maximum légal.")
    return int(days)


def timezone(cell: str) -> str:
    """An IANA name."""
    try:
        return ZoneInfo(cell).key
    except (KeyError, ValueError, OSError):  # not found, not a name, the name of a folder
        raise BadInput("Écrivez un fuseau comme Europe/Paris ou Indian/Reunion.") from None
