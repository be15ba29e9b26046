"""A bank connection, in the words that every aggregator is translated into.

Law: the list of states is closed. What an aggregator says beyond it is `UNKNOWN`, goes to staff, and is
never told to the client as a fault of his.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.ladder import LADDER


class ConnectionState(StrEnum):
    """The state of one connection; the strings are stored, so they never change."""

    OK = "ok"
    EXPIRING = "expiring"
    SCA_REQUIRED = "sca_required"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # a state, not a password
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105
    ACTION_NEEDED_AT_BANK = "action_needed_at_bank"
    OTP_REQUIRED = "otp_required"
    APP_VALIDATION_PENDING = "app_validation_pending"
    RATE_LIMITED = "rate_limited"
    BANK_UNAVAILABLE = "bank_unavailable"
    UNSUPPORTED = "unsupported"
    DELETED = "deleted"
    UNKNOWN = "unknown"


WORKING = frozenset({ConnectionState.OK, ConnectionState.EXPIRING})
"""A connection in one of these brings data."""


class Actor(StrEnum):
    """Who can move a connection out of its state."""

    NOBODY = "nobody"
    CLIENT = "client"
    STAFF = "staff"
    TIME = "time"


class AskFor(StrEnum):
    """Which secret a state lets us ask the client for, on a secure page only."""

    NOTHING = "nothing"
    NEW_SECRET = "new_secret"  # noqa: S105
    ONE_TIME_CODE = "one_time_code"


@dataclass(frozen=True)
class Rule:
    """What one state allows."""

    acts: Actor
    resync_by_program: bool = False
    ask_for: AskFor = AskFor.NOTHING


RULES: Mapping[ConnectionState, Rule] = {
    ConnectionState.OK: Rule(Actor.NOBODY, resync_by_program=True),
    ConnectionState.EXPIRING: Rule(Actor.CLIENT, resync_by_program=True),
    ConnectionState.SCA_REQUIRED: Rule(Actor.CLIENT),
    ConnectionState.PASSWORD_CHANGED: Rule(Actor.CLIENT, ask_for=AskFor.NEW_SECRET),
    # The secret must first be changed at the bank; only then is it ours to ask for.
    ConnectionState.PASSWORD_EXPIRED: Rule(Actor.CLIENT, ask_for=AskFor.NEW_SECRET),
    ConnectionState.ACTION_NEEDED_AT_BANK: Rule(Actor.CLIENT),
    ConnectionState.OTP_REQUIRED: Rule(Actor.CLIENT, ask_for=AskFor.ONE_TIME_CODE),
    ConnectionState.APP_VALIDATION_PENDING: Rule(Actor.CLIENT),
    ConnectionState.RATE_LIMITED: Rule(Actor.TIME),
    ConnectionState.BANK_UNAVAILABLE: Rule(Actor.TIME),
    ConnectionState.UNSUPPORTED: Rule(Actor.STAFF),
    ConnectionState.DELETED: Rule(Actor.STAFF),
    ConnectionState.UNKNOWN: Rule(Actor.STAFF),
}


def on_the_day(
    state: ConnectionState,
    expires_on: date | None,
    today: date,
    *,
    is_read: bool,
    reminding: timedelta = LADDER.first,
) -> ConnectionState:
    """The state that was read or told, as the end of the consent lets it be today.

    Near its end, when its client is being reminded, OK is EXPIRING. After it, it has lapsed where nobody reads the
    connection to see that it has not.
    """
    if state is not ConnectionState.OK or expires_on is None or expires_on - today > reminding:
        return state
    if expires_on >= today:
        return ConnectionState.EXPIRING
    return state if is_read else ConnectionState.SCA_REQUIRED


class DateSource(StrEnum):
    """Where an expiry date comes from; staff see it beside the date."""

    BANK = "bank"
    LEARNED = "learned"
    ESTIMATED = "estimated"


@dataclass(frozen=True)
class ConnectionRef:
    """Where a connection lives at the aggregator: the vendor's user and connection ids, as strings.

    `connection` is empty as long as the client has not connected his bank for the first time.
    """

    user: str
    connection: str = ""


@dataclass(frozen=True)
class Reading:
    """What the aggregator said about one connection at one moment. Moments are aware datetimes in UTC."""

    state: ConnectionState
    waits_for_client: bool = True
    """For APP_VALIDATION_PENDING: False while the bank itself is still processing."""
    expires_on: date | None = None
    """The consent's last day, where the vendor gives it."""
    last_success_at: datetime | None = None
    """When data last came. Its silence is told to staff, so None where the vendor does not say."""
    authorised_at: datetime | None = None
    """When the client last authorised it: a proof of what he did, which says nothing about data."""
    next_try_at: datetime | None = None
    accounts: tuple[str, ...] = ()
    """IBANs, or the vendor's stable account ids, in its order; one that it shows twice is there twice. Empty where
    they are not known, which accuses nobody."""
    vendor_code: str = ""
    """The vendor's own word for the state, for the log and for staff; one line, at most 64 characters.

    Never empty where the state is UNKNOWN. What is no plain word stands there as `unreadable`.
    """
    bank: str = ""
    """The bank's name as the vendor has it, where it was asked for; for people, and to tell two banks apart."""
    ref: ConnectionRef | None = None
    """Set when the reading found the connection under another id than the one asked for."""
