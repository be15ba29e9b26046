"""Enable Banking: a bank connection is a session, and a renewal opens another one.

Facts come from the vendor's API description (v1.0.0-3030f99c) and enablebanking.com/docs/api. It has no users, no
list of sessions and no webhooks for account data: whoever loses a session id has lost the connection. Its error
texts may hold what a bank wrote, so none of them leaves this module; neither do the key, a token or a code.
"""

import os
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import RSAKey
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bot.adapters.aggregators.http import AT_THE_BANK, QUICK, SKEW, Answer, Patience, Vendor, plain, retry_after
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BadInput, BotError, NotSigned, OurBug, Refused, Throttled, TryAgain, Unreachable
from bot.domain.login_form import FIELD_NAME, FIELDS_AT_MOST, FieldKind, LoginField, LoginForm, login_field
from bot.domain.secret import Secret
from bot.ports import Capabilities, Diagnosis

PARIS = ZoneInfo("Europe/Paris")

STATES: Mapping[str, ConnectionState] = {
    "AUTHORIZED": ConnectionState.OK,
    "PENDING_AUTHORIZATION": ConnectionState.APP_VALIDATION_PENDING,
    "RETURNED_FROM_BANK": ConnectionState.APP_VALIDATION_PENDING,
    "EXPIRED": ConnectionState.SCA_REQUIRED,
    "INVALID": ConnectionState.SCA_REQUIRED,
    "CANCELLED": ConnectionState.SCA_REQUIRED,
    "REVOKED": ConnectionState.DELETED,
    "CLOSED": ConnectionState.DELETED,
}
"""Their word for a session's status, and ours. A word that is not here is UNKNOWN."""

_PROCESSING = "RETURNED_FROM_BANK"
"""The client has done his part at the bank, and nobody has anything to do."""

ERRORS: Mapping[str, ConnectionState] = {
    "EXPIRED_SESSION": ConnectionState.SCA_REQUIRED,
    "REVOKED_SESSION": ConnectionState.DELETED,
    "CLOSED_SESSION": ConnectionState.DELETED,
    "SESSION_DOES_NOT_EXIST": ConnectionState.DELETED,
    "ASPSP_RATE_LIMIT_EXCEEDED": ConnectionState.RATE_LIMITED,
    "ASPSP_PSU_ACTION_REQUIRED": ConnectionState.ACTION_NEEDED_AT_BANK,
    "WRONG_CREDENTIALS_PROVIDED": ConnectionState.PASSWORD_CHANGED,
    "ASPSP_ERROR": ConnectionState.BANK_UNAVAILABLE,
    "ASPSP_TIMEOUT": ConnectionState.BANK_UNAVAILABLE,
    "ASPSP_ACCOUNT_NOT_ACCESSIBLE": ConnectionState.UNKNOWN,
    "WRONG_SESSION_STATUS": ConnectionState.UNKNOWN,
}
"""Error codes (`error` of the body) that speak of the session or of its bank."""

REFUSALS = frozenset(
    {
        # our application or its contract
        "ACCESS_DENIED",
        "NO_ACCOUNTS_ADDED",
        "REDIRECT_URI_NOT_ALLOWED",
        "UNAUTHORIZED_ACCESS",
        "UNAUTHORIZED_IP",
        "WRONG_ASPSP_PROVIDED",
        # the code that the client brought back
        "ALREADY_AUTHORIZED",
        "EXPIRED_AUTHORIZATION_CODE",
        "WRONG_AUTHORIZATION_CODE",
    }
)
"""Error codes by which the vendor says no."""

OUR_FAULTS = frozenset(
    {
        "AUTHORIZATION_NOT_PROVIDED",
        "INVALID_HOST",
        "PSU_HEADER_INVALID",
        "PSU_HEADER_NOT_PROVIDED",
        "WRONG_REQUEST_PARAMETERS",
        # about what is never asked here: accounts, transactions, payments
        "ACCOUNT_DOES_NOT_EXIST",
        "ASPSP_PAYMENT_NOT_ACCESSIBLE",
        "DATE_FROM_IN_FUTURE",
        "DATE_TO_WITHOUT_DATE_FROM",
        "INVALID_ACCOUNT_ID",
        "INVALID_PAYMENT",
        "PAYMENT_LIMIT_EXCEEDED",
        "PAYMENT_NOT_FINALIZED",
        "PAYMENT_NOT_FOUND",
        "TRANSACTION_DOES_NOT_EXIST",
        "UNTRUSTED_PAYMENT_PARTY",
        "WEBHOOK_URI_NOT_ALLOWED",
        "WRONG_CONTINUATION_KEY",
        "WRONG_DATE_INTERVAL",
        "WRONG_TRANSACTIONS_PERIOD",
    }
)
"""Error codes that can only come from a mistake of this module."""

_KNOWN = ERRORS.keys() | REFUSALS | OUR_FAULTS
_TO_RENEW = (ConnectionState.EXPIRING, ConnectionState.SCA_REQUIRED)
"""The states in which the client has a reason to go to the bank's page."""
_AT_THE_BANK = ("REDIRECT", "DECOUPLED")
"""The approaches in which the secret is typed at the bank. In the third one, EMBEDDED, the vendor passes it on."""
_SECRET = re.compile(r"pass|pwd|pin|secret|otp", re.IGNORECASE)
"""In a credential's name or title: the vendor does not mark secrets, and no contract lets us ask for one."""
_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,59}")
_UUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_ISSUER, _AUDIENCE = "enablebanking.com", "api.enablebanking.com"
_TOKEN_LIVES = timedelta(minutes=30)
_TOKEN_SPARE = timedelta(minutes=5)
"""A token is replaced so long before its end."""
_BANKS_KEPT = timedelta(days=1)
_LARGEST_KEY = 64 * 1024
_HERE = ("127.0.0.1", "::1", "localhost")
_KEY_SETTING = "RESYNC_ENABLEBANKING_PRIVATE_KEY_FILE"


@dataclass(frozen=True)
class EnableBankingAccount:
    """What the firm's registered application gives us."""

    application_id: str
    """The id of the application in the vendor's control panel; it names our key."""
    private_key: Secret
    """RSA, in PEM; see `load_private_key`."""
    base_url: str = "https://api.enablebanking.com"
    psu_type: str = "business"
    """The access to ask for where the bank no longer has the kind that the old session was of."""
    country: str = "FR"
    """Where the firm's clients bank; for the diagnosis only, as a renewal goes to the bank's own country."""
    language: str = "fr"
    consent_days: int = 180
    """The longest consent to ask for (EU 2022/2360); never more is asked than the bank's own maximum."""
    hosted_hosts: tuple[str, ...] = (
        "auth.enablebanking.com",
        "tilisy.enablebanking.com",
        "tilisy-sandbox.enablebanking.com",
    )
    """Where the vendor's page may be. The description shows both `tilisy` hosts; clients met `auth` in 2026."""
    expiring_within: timedelta = timedelta(days=14)
    """A consent that ends this soon makes a healthy connection EXPIRING."""


# The key


def load_private_key(path: Path | str) -> Secret:
    """The application's key out of its file. Raises `BadInput`: missing, open to others, or no RSA key in PEM."""
    place = Path(path)
    try:
        with place.open("rb") as file:
            mode, raw = os.fstat(file.fileno()).st_mode, file.read(_LARGEST_KEY)
    except (OSError, ValueError):  # a NUL in the path is a ValueError
        raise BadInput(
            f"La clé privée d’Enable Banking n’est pas lisible : {place}. "
            f"Écrivez dans {_KEY_SETTING} le chemin du fichier .pem de l’application, que Resync peut lire."
        ) from None
    if os.name == "posix" and mode & 0o077:
        raise BadInput(f"D’autres que Resync peuvent lire la clé privée {place}. Faites : chmod 600 {place}")
    pem = raw.decode("ascii", "replace")
    try:
        _signing_key(pem)
    except ValueError:
        raise BadInput(
            f"{place} n’est pas une clé privée RSA au format PEM. Écrivez dans {_KEY_SETTING} le chemin du fichier "
            "qui commence par « -----BEGIN PRIVATE KEY », sans mot de passe et d’au moins 2048 bits."
        ) from None
    return Secret(pem)


def _signing_key(pem: str) -> RSAKey:
    """Raises `ValueError` where this is no RSA private key of at least 2048 bits, in PEM and not encrypted."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SecurityWarning)  # too short: RFC 7518, 3.3
        try:
            key = RSAKey.import_key(pem)
        except (ValueError, TypeError, JoseError, UnsupportedAlgorithm, SecurityWarning):
            raise ValueError("not an RSA key that can sign") from None
    if not key.is_private:
        raise ValueError("a public key")
    return key


# What they send


def _to_utc(value: datetime) -> datetime:
    # The description asks for an offset. Without one, an error of two hours is better than seeing nothing.
    aware = value if value.tzinfo else value.replace(tzinfo=UTC)
    try:
        aware.astimezone(PARIS)
        return aware.astimezone(UTC)
    except OverflowError:
        raise ValueError("a date out of range") from None


_Moment = Annotated[datetime, AfterValidator(_to_utc)]


class _Form(BaseModel):
    """Unknown fields are left alone: the vendor adds some from time to time."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Access(_Form):
    valid_until: _Moment | None = None


class _Aspsp(_Form):
    """A bank: the vendor calls it by name and country, not by an id."""

    name: str
    country: str


class _Account(_Form):
    identification_hash: str | None = None


class _Session(_Form):
    status: str
    aspsp: _Aspsp | None = None
    psu_type: str | None = None
    access: _Access | None = None
    accounts_data: list[_Account] | None = None
    created: _Moment | None = None
    authorized: _Moment | None = None


class _Opened(_Form):
    session_id: str = Field(pattern=_UUID)


class _Granted(_Form):
    """The rest of a newly opened session."""

    accounts: list[_Account] | None = None
    access: _Access | None = None


class _Bank(_Aspsp):
    psu_types: list[str]
    maximum_consent_validity: int
    """In seconds."""
    auth_methods: object = None
    """Read for the one bank that is asked about (`_Methods`): what one bank writes there stops no other's renewal."""


class _Banks(_Form):
    aspsps: list[_Bank]


class _Credential(_Form):
    name: str = Field(pattern=FIELD_NAME)
    title: str
    required: bool
    description: str | None = None
    template: str | None = None


class _Method(_Form):
    psu_type: str
    approach: str
    hidden_method: bool
    credentials: list[_Credential] | None = Field(default=None, max_length=FIELDS_AT_MOST)


class _Methods(_Form):
    auth_methods: list[_Method] | None


class _Page(_Form):
    url: str = Field(min_length=1)


class _Application(_Form):
    active: bool
    services: list[str] = []
    countries: list[str] = []
    redirect_urls: list[str] | None = None


class _Error(_Form):
    """`code` is the HTTP status again; the word is in `error`."""

    error: str


def error_code(answer: Answer) -> str:
    """The `error` of an error body when it is one plain word, else empty."""
    try:
        code = _Error.model_validate_json(answer.body).error
    except ValidationError:
        return ""
    return code if _WORD.fullmatch(code) else ""


def _says(answer: Answer) -> bool:
    """Does this error speak of the session or the request? A new word counts where nothing else explains it."""
    return answer.status in (400, 404, 422) or (answer.status > 400 and error_code(answer) in _KNOWN)


def _is_an_answer(answer: Answer) -> bool:
    """For the diagnosis, every refusal tells something."""
    return 400 <= answer.status < 500


class EnableBanking:
    """The adapter. One per process; the token and the list of banks are kept in memory only."""

    def __init__(
        self,
        account: EnableBankingAccount,
        *,
        now: Callable[[], datetime],
        name: str = "enablebanking",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(sees_state=True, hosted_page=True, keeps_its_id=False, lists=False)
        self._account = account
        self._now = now
        self._vendor = Vendor(name, account.base_url, now=now, transport=transport)
        self._key: RSAKey | None = None
        self._token: tuple[Secret, datetime] | None = None
        self._banks: dict[str, tuple[list[_Bank], datetime]] = {}

    async def read(self, ref: ConnectionRef) -> Reading:
        """See `Aggregator.read`. `ref.user` is the firm's own name for the client: the vendor knows no users.

        Only the session is read: it costs none of the about four reads a day that a bank grants without the client.
        What the bank would say today (a consent withdrawn there, an outage) shows when the vendor itself learns it.
        When data last came is not known either, so `last_success_at` is None: no bank here is ever told to staff as
        silent, which is better than every bank a day and a half after its renewal. The moment of authorisation is
        `authorised_at`; it proves a renewal, as does an end that moved on. `accounts` are hashes that every session
        shares.
        """
        if not ref.connection:
            return Reading(ConnectionState.DELETED)
        answer = await self._session(ref)
        if answer.status >= 300:
            return self._bank_answer(answer)
        return self._reading(answer.parsed(_Session))

    async def renewal_page(self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool) -> Secret:
        """The vendor's page at which the bank of the session is authorised anew, for as long as it allows.

        `return_to` must be among the application's redirect URLs. A new secret is typed at the bank, so
        `new_secret` changes nothing. Raises `Refused` where the vendor no longer tells which bank it was.
        """
        session = await self._old_session(ref)
        if session.aspsp is None:
            raise Refused(self._lost())
        bank = await self._bank(session.aspsp)
        body: dict[str, object] = {
            "access": {"valid_until": self._consent_end(bank).isoformat()},
            "aspsp": {"name": bank.name, "country": bank.country},
            "state": state,
            "redirect_url": return_to,
            "psu_type": self._psu_type(session, bank),
            "language": self._account.language,
        }
        answer = await self._ask("POST", "/auth", json=body)
        if answer.status >= 300:
            raise self._refusal(answer, OurBug)
        return self._at_the_vendor(answer.parsed(_Page).url)

    async def returned(self, ref: ConnectionRef, code: Secret) -> Reading | None:
        """Opens the new session, whose id is in `Reading.ref`. The code is good once, so this is never repeated here.

        Raises `Refused` where the code is not taken. After `TryAgain` the same code may be brought again; where the
        vendor had taken it and only its answer was lost, that is refused too, and the client starts over.
        """
        if not code.reveal():
            return None
        answer = await self._ask("POST", "/sessions", json={"code": code.reveal()}, patience=AT_THE_BANK)
        if answer.status >= 300:
            raise self._refusal(answer, Refused)  # what is malformed there is the code, which a browser brought
        opened, granted = answer.parsed(_Opened), _granted(answer)
        expires_on = _last_day(granted.access)
        return Reading(
            state=self._unless_soon(ConnectionState.OK, expires_on),
            expires_on=expires_on,
            # The bank has just authorised it; data may never come, so that this is no `last_success_at` (see `read`).
            authorised_at=self._now(),
            accounts=_hashes(granted.accounts),
            ref=ConnectionRef(ref.user, opened.session_id),
        )

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        """What the bank of the session wants to know before its own page: who the client is there, never a secret.

        None as long as nothing is to be renewed, where the bank wants nothing, and where it has several ways to log
        in, as the vendor's page lets the client choose. Raises `Refused` where the bank cannot renew the session.
        """
        if not ref.connection:
            return None
        answer = await self._session(ref)
        if answer.status >= 300:
            self._bank_answer(answer)  # raises where it speaks of us
            return None
        session = answer.parsed(_Session)
        state = self._reading(session).state
        if session.aspsp is None or state not in _TO_RENEW:
            return None
        bank = await self._bank(session.aspsp)
        fields = self._login_fields(bank, self._psu_type(session, bank))
        return LoginForm(state, fields) if fields else None

    async def sync(self, ref: ConnectionRef) -> None:
        """Raises `OurBug`: the vendor fetches at the bank only when data is asked for."""
        raise OurBug("Enable Banking cannot be told to synchronise: fetching data is its only synchronisation")

    async def connections(self, user: str) -> Sequence[Reading]:
        """Raises `Refused`: the vendor has no list. An empty one would say that the client has no connection."""
        raise Refused(f"{self.name}: the vendor cannot list a client's sessions: only the firm's own list knows them")

    async def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        """Raises `NotSigned`: the vendor sends no webhooks about account data."""
        raise NotSigned("Enable Banking sends no webhooks about account data")

    async def diagnose(self, return_to: str = "") -> Sequence[Diagnosis]:
        """Asks for our own application: it checks the key, the address, the clock and what the contract allows.

        The application tells its redirect URLs, so that `return_to` is looked for among them.
        """
        key = self._about_key()
        if not key.well:
            return [key]
        reached = f"Agrégateur {self.name} joignable"
        try:
            answer = await self._ask("GET", "/application", expected=_is_an_answer)
            lines = [*self._vendor.about_clock(), *self._about_application(answer, return_to)]
        except TryAgain:
            advice = "Vérifiez l’adresse (RESYNC_ENABLEBANKING_BASE_URL) et l’accès de cette machine à Internet."
            return [key, Diagnosis(reached, False, advice)]
        return [key, Diagnosis(reached, True), *lines]

    async def aclose(self) -> None:
        """See `Aggregator.aclose`; the key and the token are forgotten."""
        self._key = self._token = None
        await self._vendor.aclose()

    # Reading

    async def _session(self, ref: ConnectionRef) -> Answer:
        return await self._ask("GET", f"/sessions/{_session_id(ref.connection)}")

    def _reading(self, session: _Session) -> Reading:
        state = STATES.get(session.status, ConnectionState.UNKNOWN)
        expires_on = _last_day(session.access)
        authorized = session.authorized or (session.created if state is ConnectionState.OK else None)
        return Reading(
            state=self._unless_soon(state, expires_on),
            waits_for_client=session.status != _PROCESSING,
            expires_on=expires_on,
            authorised_at=authorized,
            accounts=_hashes(session.accounts_data),
            vendor_code=plain(session.status),
        )

    def _unless_soon(self, state: ConnectionState, day: date | None) -> ConnectionState:
        """EXPIRING overrides only OK."""
        if state is not ConnectionState.OK or day is None:
            return state
        left = day - self._now().astimezone(PARIS).date()
        return ConnectionState.EXPIRING if left <= self._account.expiring_within else state

    def _bank_answer(self, answer: Answer) -> Reading:
        """What an error says of the session. Raises `Refused` or `OurBug` where it speaks of us."""
        code = error_code(answer)
        if code in ERRORS:
            state = ERRORS[code]
        elif answer.status == 404 and code not in _KNOWN:
            state = ConnectionState.DELETED
        elif not code or code in _KNOWN:
            raise self._refusal(answer, OurBug)
        else:
            state = ConnectionState.UNKNOWN
        return Reading(state, next_try_at=self._next_try(state, answer), vendor_code=code or str(answer.status))

    def _next_try(self, state: ConnectionState, answer: Answer) -> datetime | None:
        wait = retry_after(answer) if state is ConnectionState.RATE_LIMITED else None
        return None if wait is None else self._now() + timedelta(seconds=wait)

    # Renewing

    async def _old_session(self, ref: ConnectionRef) -> _Session:
        """The session to renew, in whatever state: a lapsed one still names its bank."""
        if not ref.connection:
            raise Refused(self._lost())
        answer = await self._session(ref)
        if answer.status < 300:
            return answer.parsed(_Session)
        error = self._refusal(answer, OurBug)
        gone = error_code(answer) in ERRORS and isinstance(error, Refused)
        raise Refused(self._lost()) if gone or answer.status == 404 else error

    def _lost(self) -> str:
        return f"{self.name}: the bank of the old session is not known any more: staff must make a new connection"

    async def _bank(self, named: _Aspsp) -> _Bank:
        for bank in await self._banks_of(named.country):
            if (bank.name, bank.country) == (named.name, named.country):
                return bank
        raise Refused(f"{self.name}: the vendor no longer serves the bank of the old session")

    async def _banks_of(self, country: str) -> list[_Bank]:
        """The vendor's banks of a country, at most a day old."""
        banks, until = self._banks.get(country, ([], self._now()))
        if self._now() < until:
            return banks
        answer = await self._ask("GET", "/aspsps", query={"country": country})
        if answer.status >= 300:
            raise self._refusal(answer, OurBug)
        banks = answer.parsed(_Banks).aspsps
        self._banks[country] = banks, self._now() + _BANKS_KEPT
        return banks

    def _consent_end(self, bank: _Bank) -> datetime:
        """The bank's maximum counts from the vendor's present, so what reaches up to it ends a little earlier."""
        wanted = self._account.consent_days * 86400
        lasts = min(wanted, bank.maximum_consent_validity - int(SKEW.total_seconds()))
        if lasts <= 0:
            raise Refused(f"{self.name}: this bank grants no consent that lasts")
        return self._now().astimezone(UTC).replace(microsecond=0) + timedelta(seconds=lasts)

    def _psu_type(self, session: _Session, bank: _Bank) -> str:
        """The kind of access that the client had: at many banks, the other one is another site and another login."""
        for kind in (session.psu_type, self._account.psu_type):
            if kind in bank.psu_types:
                return kind
        raise Refused(f"{self.name}: this bank has no access of the kind {self._account.psu_type!r}")

    def _login_fields(self, bank: _Bank, psu_type: str) -> tuple[LoginField, ...]:
        """Of the only way to log in; none where one of them could be a secret."""
        try:
            methods = _Methods.model_validate({"auth_methods": bank.auth_methods}).auth_methods or []
        except ValidationError:
            raise Unreachable(f"{self.name}: the ways to log in at this bank cannot be read") from None
        match [each for each in methods if each.psu_type == psu_type and not each.hidden_method]:
            case [only] if only.approach in _AT_THE_BANK:
                credentials = only.credentials or []
            case _:
                credentials = []
        if any(_SECRET.search(f"{each.name} {each.title}") for each in credentials):
            return ()
        return tuple({each.name: _login_field(each) for each in credentials}.values())

    def _at_the_vendor(self, url: str) -> Secret:
        """The page's address, once it is sure that it is the vendor's. Raises `Refused`."""
        try:
            place = urlsplit(url)
            scheme = "http" if place.hostname in _HERE and place.scheme == "http" else "https"
        except ValueError:
            raise Refused(f"{self.name}: the address of the page is none") from None
        if place.scheme != scheme or place.netloc not in self._account.hosted_hosts:
            raise Refused(f"{self.name}: the page is not at a host of the vendor (hosted_hosts)")
        return Secret(url)

    # Calling

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = MappingProxyType({}),
        json: Mapping[str, object] | None = None,
        patience: Patience = QUICK,
        expected: Callable[[Answer], bool] = _says,
    ) -> Answer:
        """One call in our application's name."""
        bearer = {"Authorization": f"Bearer {self._bearer().reveal()}"}
        return await self._vendor.call(
            method, path, query=query, json=json, patience=patience, headers=bearer, expected=expected
        )

    def _bearer(self) -> Secret:
        """Our token; a new one shortly before the last one ends. Raises `Refused` where the key cannot sign."""
        now = self._now()
        # It begins earlier, as the vendor's clock may be behind ours.
        if self._token is None or now >= self._token[1] - _TOKEN_SPARE:
            self._token = self._signed(now - SKEW), now - SKEW + _TOKEN_LIVES
        return self._token[0]

    def _signed(self, begins: datetime) -> Secret:
        issued = int(begins.timestamp())
        header = {"alg": "RS256", "kid": self._account.application_id}
        claims: dict[str, str | int] = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "iat": issued,
            "exp": issued + int(_TOKEN_LIVES.total_seconds()),
        }
        return Secret(jwt.encode(header, claims, self._signing_key(), algorithms=["RS256"]))

    def _signing_key(self) -> RSAKey:
        if self._key is None:
            try:
                self._key = _signing_key(self._account.private_key.reveal())
            except ValueError:
                raise Refused(f"{self.name}: the private key of our application cannot sign") from None
        return self._key

    def _refusal(self, answer: Answer, malformed: type[BotError]) -> BotError:
        """Our error for an error of theirs; `malformed` is what to make of a request they cannot use."""
        code = error_code(answer)
        said = f"{self.name}: HTTP {answer.status} {code}".rstrip()
        state = ERRORS.get(code)
        if state is ConnectionState.RATE_LIMITED:
            return Throttled(said, retry_after(answer))
        if state is ConnectionState.BANK_UNAVAILABLE:
            return Unreachable(said, retry_after(answer))
        if code in OUR_FAULTS or not code:
            return malformed(said)
        return Refused(said)

    # Diagnosing

    def _about_key(self) -> Diagnosis:
        what = f"Clé privée {self.name} utilisable"
        try:
            self._signing_key()
        except Refused:
            advice = f"Écrivez dans {_KEY_SETTING} le chemin d’une clé privée RSA au format PEM, sans mot de passe."
            return Diagnosis(what, False, advice)
        return Diagnosis(what, True)

    def _about_application(self, answer: Answer, return_to: str) -> list[Diagnosis]:
        """Raises `Unreachable` where what answered is not the vendor's interface."""
        known = f"Application {self.name} reconnue"
        if answer.status in (401, 403) or error_code(answer) in REFUSALS:
            advice = (
                "Vérifiez dans le Control Panel d’Enable Banking que RESYNC_ENABLEBANKING_APPLICATION_ID et la clé "
                "privée sont de la même application, et que cette machine est à l’heure."
            )
            return [Diagnosis(known, False, advice)]
        application, country = answer.parsed(_Application), self._account.country
        ready = application.active and "AIS" in application.services and country in application.countries
        advice = f"Activez-la dans le Control Panel d’Enable Banking, pour les comptes (AIS) et le pays {country}."
        active = Diagnosis(f"Application {self.name} active", ready, "" if ready else advice)
        return [Diagnosis(known, True), active, *self._about_return(application, return_to)]

    def _about_return(self, application: _Application, return_to: str) -> list[Diagnosis]:
        """No line where nobody asks, or where the vendor does not tell."""
        if not return_to or application.redirect_urls is None:
            return []
        allowed = return_to in application.redirect_urls
        advice = (
            f"Ajoutez {return_to} aux « redirect URLs » de l’application dans le Control Panel d’Enable Banking : "
            "sans elle, aucun client ne peut renouveler."
        )
        return [Diagnosis(f"Retour des clients permis par {self.name}", allowed, "" if allowed else advice)]


def _session_id(vendor_id: str) -> str:
    """An id of theirs, checked before it becomes a piece of an address."""
    if not re.fullmatch(_UUID, vendor_id):
        raise Refused(f"{vendor_id!r} is not an Enable Banking session id: they are UUIDs")
    return vendor_id


def _granted(answer: Answer) -> _Granted:
    """What a new session grants. Its id is told only once, so nothing beside it may be a reason to lose it."""
    try:
        return answer.parsed(_Granted)
    except Unreachable:
        return _Granted()


def _login_field(credential: _Credential) -> LoginField:
    return login_field(
        credential.name,
        FieldKind.TEXT,
        label=credential.title,
        hint=credential.description,
        required=credential.required,
        pattern=credential.template,
    )


def _last_day(access: _Access | None) -> date | None:
    end = access.valid_until if access else None
    return end.astimezone(PARIS).date() if end else None


def _hashes(accounts: list[_Account] | None) -> tuple[str, ...]:
    return tuple(account.identification_hash for account in accounts or [] if account.identification_hash)
