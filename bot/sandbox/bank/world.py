"""What the sandbox's bank world is made of: users, banks, connections, and what one attempt to sync does.

Pure: no HTTP, no clock of its own. `attempt` is the only place where a connection moves forward, so the
hosted page, the One up mock and the API can never disagree about what a bank answers.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Outcome = Literal["synchronised", "password", "approve", "code", "action", "down"]

PARIS = ZoneInfo("Europe/Paris")
NIGHTLY = time(5, 0)
TRIES_BEFORE_LOCK = 3
"""Several French banks lock an access until the next day after three wrong codes."""


def hashed(secret: str, salt: bytes) -> bytes:
    """What the sandbox keeps of a password."""
    return hashlib.blake2b(secret.encode(), key=salt).digest()


@dataclass(frozen=True)
class Brand:
    """A bank as the aggregator lists it (Powens: a connector)."""

    id: int
    uuid: str
    name: str
    cadence: timedelta
    """How long a consent lasts at this bank."""


@dataclass
class User:
    """An end user at the aggregator."""

    id: int
    name: str
    created: datetime


@dataclass
class Connection:
    """One link between a user and a bank, with the bank's own side of it."""

    id: int
    user: User
    brand: Brand
    salt: bytes
    stored: bytes
    """Hash of the password that the aggregator holds."""
    actual: bytes
    """Hash of the password that the bank expects."""
    created: datetime
    last_update: datetime
    access_expire: datetime
    iban: str
    other_iban: str
    """The account behind the client's other login of the same bank, his own."""

    problem: str | None = None
    """What the last attempt ran into, in the vendor's words."""
    says: str | None = None
    """A state imposed by hand, whatever is true."""
    password_expired: bool = False
    asks_approval: bool = False
    asks_code: bool = False
    asks_action: bool = False
    code: str = ""
    """The one-time code that the bank has sent by SMS, while one is awaited."""
    strays: bool = False
    """The client will take his other login the next time that he is there."""
    strayed: bool = False
    """He took it, so that the accounts that come are not the company's."""
    late: timedelta = timedelta(0)
    settles_at: datetime | None = None
    """While set, the bank is still processing a good attempt."""
    limited_until: datetime | None = None
    wrong_tries: int = 0
    locked_until: datetime | None = None
    forced_at: datetime | None = field(default=None, repr=False)
    """When the API last forced a sync; a second one right after it is refused."""

    def password_is_right(self) -> bool:
        """Does the aggregator hold the password that the bank expects?"""
        return hmac.compare_digest(self.stored, self.actual)

    def state(self, now: datetime, *, bank_up: bool) -> str | None:
        """The vendor's word for the state at this moment; None is good."""
        if self.says is not None:
            return self.says
        if not bank_up:
            return "websiteUnavailable"
        if self.settles_at is not None:
            return "validating"
        if self.problem is not None:
            return self.problem
        if self.limited_until is not None and now < self.limited_until:
            return "rateLimiting"
        return "SCARequired" if self.access_expire <= now else None

    def lapsed(self, now: datetime) -> bool:
        """Has the consent run out?"""
        return self.access_expire <= now

    def locked(self, now: datetime) -> bool:
        """Is the access locked by the bank after too many wrong passwords?"""
        return self.locked_until is not None and now < self.locked_until


def attempt(connection: Connection, now: datetime, *, bank_up: bool, present: bool) -> Outcome:
    """One attempt to synchronise; `present` when the client himself is there to consent."""
    outcome, problem = _obstacle(connection, now, bank_up=bank_up, present=present)
    if outcome == "down":
        return outcome  # the bank being away says nothing of the access, so nothing is remembered
    connection.problem = problem
    if outcome == "code" and not connection.code:
        connection.code = f"{secrets.randbelow(10**6):06d}"
    if outcome == "synchronised":
        _succeed(connection, now, present=present)
    return outcome


def _obstacle(c: Connection, now: datetime, *, bank_up: bool, present: bool) -> tuple[Outcome, str | None]:
    if not bank_up or (c.limited_until is not None and now < c.limited_until):
        return "down", None
    if c.locked(now) or c.asks_action:
        return "action", "actionNeeded"
    if c.lapsed(now) and not present:
        # Without the client there is no consent to renew: the bank is not even asked.
        return "approve", c.problem
    if c.password_expired:
        return "action", "passwordExpired"
    if not c.password_is_right():
        return "password", "wrongpass"
    if c.asks_approval:
        return "approve", "decoupled"
    if c.asks_code:
        return "code", "additionalInformationNeeded"
    return "synchronised", None


def _succeed(connection: Connection, now: datetime, *, present: bool) -> None:
    connection.wrong_tries, connection.locked_until, connection.code = 0, None, ""
    if present:
        connection.access_expire = now + connection.brand.cadence
        connection.strayed, connection.strays = connection.strays, False
    if connection.late:
        connection.settles_at = now + connection.late
        connection.late = timedelta(0)
    else:
        connection.last_update = now


def enter_password(connection: Connection, value: str, now: datetime) -> bool:
    """The client types a password; the third wrong one in a row locks the access until tomorrow."""
    if connection.locked(now):
        return False
    typed = hashed(value, connection.salt)
    if hmac.compare_digest(typed, connection.actual):
        connection.stored, connection.wrong_tries = typed, 0
        return True
    connection.wrong_tries += 1
    if connection.wrong_tries >= TRIES_BEFORE_LOCK:
        connection.wrong_tries = 0
        connection.locked_until = next_day(now)
        connection.problem = "actionNeeded"
    else:
        connection.problem = "wrongpass"
    return False


def settle(connection: Connection, now: datetime) -> bool:
    """Let what was only waiting for time come about; true when the connection moved."""
    if connection.settles_at is not None and connection.settles_at <= now:
        connection.last_update, connection.settles_at = connection.settles_at, None
        return True
    if connection.locked_until is not None and connection.locked_until <= now:
        connection.locked_until = None
        connection.problem = "wrongpass"
        return True
    return False


def sync_nightly(connection: Connection, now: datetime, *, bank_up: bool) -> None:
    """An aggregator brings the data of a healthy connection every night, without anybody's doing."""
    healthy = connection.state(now, bank_up=bank_up) is None
    if healthy and _obstacle(connection, now, bank_up=True, present=False)[0] == "synchronised":
        connection.last_update = max(connection.last_update, last_night(now))


def last_night(now: datetime) -> datetime:
    """The last time that it was five in the morning in Paris, in UTC."""
    today = datetime.combine(now.astimezone(PARIS).date(), NIGHTLY, PARIS)
    return (today if today <= now else today - timedelta(days=1)).astimezone(UTC)


def next_day(now: datetime) -> datetime:
    """Midnight in Paris after `now`, in UTC."""
    tomorrow = now.astimezone(PARIS).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), PARIS).astimezone(UTC)


def iban(brand: int, connection: int, branch: int = 1) -> str:
    """A well-formed French IBAN that belongs to no one (bank code 19xxx is not attributed)."""
    body = f"{19000 + brand % 1000:05d}{branch:05d}{connection:011d}"
    rib = 97 - (89 * int(body[:5]) + 15 * int(body[5:10]) + 3 * int(body[10:])) % 97
    bban = f"{body}{rib:02d}"
    check = 98 - int(bban + "152700") % 97
    return f"FR{check:02d}{bban}"


def password_field() -> dict[str, object]:
    """The form field of a password, as the vendor describes fields."""
    return _field("password", "password", "Mot de passe", None)


def code_field() -> dict[str, object]:
    """The form field of a one-time code."""
    return _field("code", "text", "Code reçu par SMS", "^[0-9]{6}$")


def login_field() -> dict[str, object]:
    """The form field of the login name."""
    return _field("login", "text", "Identifiant", None)


def website_field() -> dict[str, object]:
    """The form field of the site at which the client banks, as larger banks have several."""
    values = [{"value": "par", "label": "Particuliers"}, {"value": "pro", "label": "Professionnels"}]
    return _field("website", "list", "Type de compte", None) | {"values": values}


def _field(name: str, kind: str, label: str, regex: str | None) -> dict[str, object]:
    return {
        "name": name,
        "type": kind,
        "label": label,
        "description": None,
        "required": True,
        "regex": regex,
        "values": None,
        "auth_mechanisms": ["credentials"],
    }
