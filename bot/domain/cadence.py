"""Cadence: how many days a consent lasts at a bank, where the vendor does not say it. Pure.

Law: what the vendor says goes first, and never comes here; then what the firm's list says of this connection;
then what the firm's own lapses at this bank have taught; then the law's ceiling.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum, auto
from statistics import median_low

from bot.domain.connection import ConnectionState, DateSource
from bot.domain.ladder import LADDER

CEILING = timedelta(days=180)
"""The legal ceiling between two strong authentications (EU 2022/2360, since 25 July 2023)."""
SHORTEST = 30
"""Days. Nobody is asked more often than that because of what we guess."""
ROUNDED = 5
"""Days. A lapse is seen at the reading that follows it, up to some days late: what is learned is rounded down."""
LAPSES, FILES = 3, 2
"""So many lapses, at so many client files at least: before that, it may be chance, or one client's own doing."""
MEMORY = timedelta(days=730)
"""A bank may change its mind: older lapses count no more."""
MARGIN = timedelta(days=14)
"""Days by which two consents at one bank may differ and still have lasted alike."""


@dataclass(frozen=True)
class Consent:
    """One consent of a client at a bank, in days of his own calendar; its beginning was proven."""

    file_id: int
    began_on: date
    ended_on: date | None = None
    """None while it holds."""
    lapsed: bool = False
    """It ran out by itself. Else, it was renewed before, or cut short by something else: it could have lasted."""

    def lasted(self, today: date) -> timedelta:
        """How long it held, so far."""
        return (self.ended_on or today) - self.began_on


class Fate(Enum):
    """What a reading says of the consent that held until then."""

    HOLDS = auto()
    LAPSED = auto()
    CUT_SHORT = auto()


CUTS_SHORT = {
    ConnectionState.PASSWORD_CHANGED,
    ConnectionState.PASSWORD_EXPIRED,
    ConnectionState.ACTION_NEEDED_AT_BANK,
    ConnectionState.UNSUPPORTED,
    ConnectionState.DELETED,
}
"""What stops a connection, and is not the age of its consent."""


def fate(state: ConnectionState, *, renewing: bool) -> Fate:
    """Has the consent run out? While the client renews it, the bank may want another one because of just that."""
    if state is ConnectionState.SCA_REQUIRED:
        return Fate.CUT_SHORT if renewing else Fate.LAPSED
    return Fate.CUT_SHORT if state in CUTS_SHORT else Fate.HOLDS


def learned(consents: Iterable[Consent], today: date) -> int:
    """Days that a consent lasts at one bank, from the firm's own consents there; 0 where they teach nothing.

    It is the median of those that lapsed, unless more consents have outlived it than had lapsed by then.
    """
    recent = [each for each in consents if today - (each.ended_on or today) <= MEMORY]
    lapses = [each for each in recent if each.lapsed]
    if len(lapses) < LAPSES or len({each.file_id for each in lapses}) < FILES:
        return 0
    middle = median_low(each.lasted(today) for each in lapses)
    by_then = sum(each.lasted(today) <= middle + MARGIN for each in lapses)
    outlived = sum(each.lasted(today) > middle + MARGIN for each in recent)
    if outlived > by_then:
        return 0
    return min(max(middle.days // ROUNDED * ROUNDED, SHORTEST), CEILING.days)


def ends(began_on: date, *, listed: int, learned: int) -> tuple[date, DateSource]:
    """The day on which a consent will lapse, and where we know it from. Both cadences in days; 0 is unknown."""
    days = listed or learned or CEILING.days
    source = DateSource.LEARNED if learned and not listed else DateSource.ESTIMATED
    return began_on + timedelta(days=days), source


def is_too_long(*, listed: int, learned: int, warned: timedelta = LADDER.first) -> bool:
    """The firm's list keeps a date so late that the client would be reminded after his bank has lapsed.

    `warned`: so long before its end he is reminded for the first time.
    """
    return bool(listed and learned) and timedelta(days=listed - learned) > warned
