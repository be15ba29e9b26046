"""The radar: is it one client's trouble, or the bank's? Pure.

Law: what counts is how many clients of one bank fail alike, against that bank's own habit; a client who is read
twenty times is one client. What a client alone can mend says nothing against his bank: it has answered him.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import exp, lgamma

from bot.domain.connection import ConnectionState

WINDOWS = (timedelta(hours=1), timedelta(hours=6))
"""A large bank is read often enough to see an outage within the hour; a small one is not."""
LEAST_CLIENTS = 2
LEAST_SHARE = 1 / 3
"""Of those read: below that it may be more than usual, but it is no general trouble, and nobody is to be muted."""
PROPOSED_ABOVE = 0.99
"""Certainty from which staff are asked."""
PRIOR = (1.0, 49.0)
"""A bank of which little is known: as if of fifty days of a client one had failed."""
HABIT_OF = timedelta(days=28)
MOST_HABIT = 500.0
"""Days of clients that the habit weighs at most: a bank may change, however well it is known."""
BACK_WITHIN = timedelta(hours=3)
"""Who waits for a bank is read at least every other hour: what is older says nothing of now."""

ANSWERED = frozenset(ConnectionState) - {
    ConnectionState.BANK_UNAVAILABLE,
    ConnectionState.RATE_LIMITED,
    ConnectionState.UNSUPPORTED,
    ConnectionState.DELETED,
    ConnectionState.UNKNOWN,
}
"""The bank was there, whatever it wanted of the client."""


def bank_failed(state: ConnectionState) -> bool | None:
    """Is it the bank itself that fails? None where a reading says nothing of it, either way."""
    if state is ConnectionState.BANK_UNAVAILABLE:
        return True
    return False if state in ANSWERED else None


@dataclass(frozen=True)
class Habit:
    """Days of clients on which a bank was read, and those on which it failed, when nothing was declared."""

    days: int = 0
    failing: int = 0

    def beta(self) -> tuple[float, float]:
        """The habit as a Beta distribution of the share that fails."""
        weight = min(1.0, MOST_HABIT / self.days) if self.days else 0.0
        return PRIOR[0] + weight * self.failing, PRIOR[1] + weight * (self.days - self.failing)

    @property
    def share(self) -> float:
        """What is usual, from 0 to 1."""
        failing, fine = self.beta()
        return failing / (failing + fine)


@dataclass(frozen=True)
class Sighting:
    """The newest reading of one connection."""

    client: int
    """The client file."""
    failed: bool
    at: datetime
    since: datetime | None = None
    """For one that fails: when it began to."""


@dataclass(frozen=True)
class Finding:
    """What the radar makes of one bank at a moment."""

    certainty: float = 0.0
    failing: int = 0
    clients: int = 0
    since: datetime | None = None

    @property
    def is_proposed(self) -> bool:
        """Is it worth asking staff?"""
        return self.certainty >= PROPOSED_ABOVE


def certainty(failing: int, clients: int, habit: Habit) -> float:
    """How sure it is that so many of these clients do not fail by habit: from 0 to 1.

    One minus the beta-binomial tail: the chance that this bank, as it usually is, shows so many or more.
    """
    if failing < LEAST_CLIENTS or failing < LEAST_SHARE * clients:
        return 0.0
    fails, fine = habit.beta()
    tail = sum(beta_binomial(count, clients, fails, fine) for count in range(failing, clients + 1))
    return min(1.0, max(0.0, 1.0 - tail))


def beta_binomial(count: int, of: int, a: float, b: float) -> float:
    """The chance of exactly `count`, where the share itself is drawn from Beta(a, b)."""
    choose = lgamma(of + 1) - lgamma(count + 1) - lgamma(of - count + 1)
    return exp(choose + log_beta(count + a, of - count + b) - log_beta(a, b))


def log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def look(sightings: Sequence[Sighting], habit: Habit, now: datetime) -> Finding:
    """The surest of the windows."""
    found = (look_back(sightings, habit, now - window) for window in WINDOWS)
    return max(found, key=lambda each: (each.certainty, each.clients))


def look_back(sightings: Iterable[Sighting], habit: Habit, since: datetime) -> Finding:
    """What the readings from a moment on show."""
    recent = [each for each in sightings if each.at >= since]
    clients = outcomes(recent)
    failing = sum(clients.values())
    began = [each.since or each.at for each in recent if each.failed]
    return Finding(
        certainty(failing, len(clients), habit), failing, len(clients), max(min(began), since) if began else None
    )


def outcomes(sightings: Iterable[Sighting]) -> Mapping[int, bool]:
    """Each client once: he fails where one of his connections does."""
    clients: dict[int, bool] = {}
    for each in sightings:
        clients[each.client] = clients.get(each.client, False) or each.failed
    return clients


def is_back(sightings: Iterable[Sighting], since: datetime, now: datetime) -> bool:
    """Does the bank work again? It has answered several clients since it began, and three in four just now."""
    clients = outcomes(each for each in sightings if each.at >= max(since, now - BACK_WITHIN))
    failing = sum(clients.values())
    return len(clients) - failing >= max(LEAST_CLIENTS, 3 * failing)


class IncidentState(StrEnum):
    """Where an incident stands; the strings are stored."""

    PROPOSED = "proposed"
    DECLARED = "declared"
    DISMISSED = "dismissed"
    OVER = "over"


@dataclass(frozen=True)
class Incident:
    """A bank's trouble, as staff see it: one thread. The figures are those of the moment it was seen."""

    id: int
    bank: str
    state: IncidentState
    opened_at: datetime
    since: datetime | None = None
    """When the first of those who fail began to; None where staff declared it without the radar."""
    failing: int = 0
    clients: int = 0
    habit: float = 0.0
    """The share that usually fails, from 0 to 1."""
    told: int = 0
    """Clients who were told of it."""
    who: str = ""
    """The first name of who decided last; empty where nobody did."""
    channel: str = ""
    thread: str = ""
