"""Powens (formerly Budget Insight), spoken over its 2.0 API.

Facts come from docs.powens.com and from the vendor's API description. Its dates are naive and mean Paris
time; its texts may hold addresses with codes in them, so none of them leaves this module.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.adapters.aggregators.http import AT_THE_BANK, QUICK, Answer, Body, Patience, Vendor, plain, vendor_code
from bot.adapters.aggregators.user_tokens import Token, UserTokens
from bot.domain.connection import RULES, AskFor, ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BadInput, NotSigned, OurBug, Refused, TryAgain
from bot.domain.login_form import (
    FIELD_NAME,
    FIELDS_AT_MOST,
    LONGEST_OPTION,
    OPTIONS_AT_MOST,
    FieldKind,
    LoginField,
    LoginForm,
    login_field,
)
from bot.domain.secret import Secret
from bot.ports import Capabilities, Diagnosis

PARIS = ZoneInfo("Europe/Paris")

STATES: Mapping[str, ConnectionState] = {
    "SCARequired": ConnectionState.SCA_REQUIRED,
    "webauthRequired": ConnectionState.SCA_REQUIRED,
    "additionalInformationNeeded": ConnectionState.OTP_REQUIRED,
    "decoupled": ConnectionState.APP_VALIDATION_PENDING,
    "validating": ConnectionState.APP_VALIDATION_PENDING,
    "actionNeeded": ConnectionState.ACTION_NEEDED_AT_BANK,
    "passwordExpired": ConnectionState.PASSWORD_EXPIRED,
    "wrongpass": ConnectionState.PASSWORD_CHANGED,
    "rateLimiting": ConnectionState.RATE_LIMITED,
    "websiteUnavailable": ConnectionState.BANK_UNAVAILABLE,
    "bug": ConnectionState.BANK_UNAVAILABLE,
    "notSupported": ConnectionState.UNSUPPORTED,
}
"""Their word for a connection's state, and ours. `null` is OK; a word that is not here is UNKNOWN."""

_PROCESSING = "validating"
"""The one state in which an approval is on its way and nobody has anything to do."""

ERRORS: Mapping[str, ConnectionState] = {
    "wrongpass": ConnectionState.PASSWORD_CHANGED,
    "passwordexpired": ConnectionState.PASSWORD_EXPIRED,
    "scarequired": ConnectionState.SCA_REQUIRED,
    "toomanysync": ConnectionState.RATE_LIMITED,
    "connectionlocked": ConnectionState.RATE_LIMITED,  # a synchronisation is running
    "bankmessage": ConnectionState.ACTION_NEEDED_AT_BANK,
    "actionneeded": ConnectionState.ACTION_NEEDED_AT_BANK,
    "websiteunavailable": ConnectionState.BANK_UNAVAILABLE,
    "bug": ConnectionState.BANK_UNAVAILABLE,
    "notsupported": ConnectionState.UNSUPPORTED,
    "noaccount": ConnectionState.UNKNOWN,
}
"""Error codes that are a bank's answer, in lower case: the vendor writes both `wrongpass` and `wrongPass`.

Its list is open: a code that is in none of these three is UNKNOWN.
"""

REFUSALS = frozenset({"config", "keymanager", "forbidden", "authfailure"})
"""Error codes that say that our contract or our credentials are at fault."""

OUR_FAULTS = frozenset({"missingparameter", "invalidvalue", "methodnotallowed"})
"""Error codes that can only come from a mistake of this module."""

_WORST_FIRST = (
    ConnectionState.ACTION_NEEDED_AT_BANK,
    ConnectionState.PASSWORD_EXPIRED,
    ConnectionState.PASSWORD_CHANGED,
    ConnectionState.SCA_REQUIRED,
    ConnectionState.OTP_REQUIRED,
    ConnectionState.APP_VALIDATION_PENDING,
    ConnectionState.UNKNOWN,
)
"""Where a connection has several sources, the worst that needs somebody speaks for it."""

KINDS: Mapping[str, FieldKind] = {
    "text": FieldKind.TEXT,
    "number": FieldKind.NUMBER,
    "password": FieldKind.PASSWORD,
    "list": FieldKind.CHOICE,
    "date": FieldKind.DATE,
}
"""Their word for a field's type, and ours. A word that is not here is TEXT."""

_HIDDEN = "hidden"
"""A type of older connectors: the vendor has the value already, and nobody is asked."""
_BY_FORM = "credentials"
"""The one of their `auth_mechanisms` for which values are sent; with the other the client logs in at his bank."""
_UUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
_EXPAND = {"expand": "sources,accounts"}
_EXPAND_ALL = {"expand": "connector,sources,accounts"}
"""With the bank's name, where one of a user's connections is to be told from the others."""


@dataclass(frozen=True)
class PowensAccount:
    """What the firm's contract with Powens gives us."""

    base_url: str
    """`https://NAME.biapi.pro/2.0`"""
    domain: str
    """`NAME.biapi.pro`"""
    client_id: str
    client_secret: Secret
    webhook_secret: Secret | None = None
    """The `secret_key` of a webhook signer of kind hmac_signature; without it no webhook is believed."""
    webview_url: str = "https://webview.powens.com"
    expiring_within: timedelta = timedelta(days=14)
    """A consent that ends this soon makes a healthy connection EXPIRING."""


# What they send


def _from_paris(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("a date must be text")
    naive = datetime.strptime(value, "%Y-%m-%d %H:%M:%S")  # Paris is added right away
    try:
        return naive.replace(tzinfo=PARIS).astimezone(UTC)
    except OverflowError:
        raise ValueError("a date out of range") from None


_Moment = Annotated[datetime | None, BeforeValidator(_from_paris)]
_Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class _Form(BaseModel):
    """Unknown fields are left alone: the vendor adds some from time to time."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Token(_Form):
    access_token: str = Field(min_length=1)


class _Code(_Form):
    code: str = Field(min_length=1)


class _CredentialsField(_Form):
    type: str


class _Source(_Form):
    state: str | None = None
    access_expire: _Moment = None
    disabled: str | bool | None = None


class _Account(_Form):
    id: _Id
    iban: str | None = None
    disabled: str | bool | None = None
    deleted: str | bool | None = None


class _Bank(_Form):
    name: str


class _Connection(_Form):
    id: _Id
    connector: _Bank | None = None
    state: str | None = None
    fields_: list[_CredentialsField] | None = Field(default=None, alias="fields")
    created: _Moment = None
    last_update: _Moment = None
    expire: _Moment = None
    next_try: _Moment = None
    sources: list[_Source] | None = None
    accounts: list[_Account] | None = None


class _Connections(_Form):
    connections: list[_Connection]


class _Value(_Form):
    value: str = Field(max_length=LONGEST_OPTION)
    label: str


class _Field(_Form):
    name: str = Field(pattern=FIELD_NAME)
    type: str
    label: str
    description: str | None = None
    required: bool = True
    regex: str | None = None
    values: list[_Value] | None = Field(default=None, max_length=OPTIONS_AT_MOST)
    auth_mechanisms: list[str] | str | None = None


_Fields = Annotated[list[_Field] | None, Field(default=None, alias="fields", max_length=FIELDS_AT_MOST)]


class _Asking(_Form):
    """A connection again, for what it asks. Apart, so that a field which cannot be read spoils no reading."""

    fields_: _Fields
    connector_uuid: str | None = Field(default=None, pattern=_UUID)
    id_connector: _Id | None = None


class _Connector(_Form):
    fields_: _Fields


class _Named(_Form):
    id: _Id


class _Event(_Form):
    """Most events name a user and a connection; some carry the deleted or synchronised object itself."""

    user: _Named | None = None
    connection: _Named | None = None
    id: _Id | None = None
    id_user: _Id | None = None
    id_connection: _Id | None = None


class _UserGone(Refused):
    """The vendor no longer knows this user."""


class Powens:
    """The adapter. One per process; it keeps the users' tokens in memory only."""

    def __init__(
        self,
        account: PowensAccount,
        *,
        now: Callable[[], datetime],
        name: str = "powens",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self.capabilities = Capabilities(
            sees_state=True,
            hosted_page=True,
            forced_sync=True,
            webhook=account.webhook_secret is not None,
        )
        self._account = account
        self._now = now
        self._vendor = Vendor(name, account.base_url, now=now, transport=transport)
        self._tokens = UserTokens(self._mint, now)

    async def read(self, ref: ConnectionRef) -> Reading:
        """See `Aggregator.read`. `accounts` are IBANs, else the vendor's account ids."""
        try:
            return await (self._read_one(ref) if ref.connection else self._read_newest(ref))
        except _UserGone:
            return Reading(ConnectionState.DELETED, vendor_code="notFound")

    async def renewal_page(self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool) -> Secret:
        """The reconnect webview, with a code that lives 30 minutes and opens once.

        `return_to` must be whitelisted in the vendor's console, and may not carry a query.
        """
        if "?" in return_to or "#" in return_to:
            raise OurBug("Powens takes no return address with a query")
        connection = ref.connection or await self._newest_id(ref)
        answer = await self._as(ref.user, "GET", "/auth/token/code", query={"type": "singleAccess"})
        query = {
            "domain": self._account.domain,
            "client_id": self._account.client_id,
            "redirect_uri": return_to,
            "code": answer.parsed(_Code).code,
            "connection_id": _number(connection),
            "state": state,
        }
        if new_secret:
            query["reset_credentials"] = "true"
        return Secret(f"{self._account.webview_url.rstrip('/')}/fr/reconnect?{urlencode(query)}")

    async def returned(self, ref: ConnectionRef, code: Secret) -> Reading | None:
        """Nothing to open: a renewed connection is the one that it was."""
        return None

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        """See `Aggregator.login_form`. What the connection itself asks for; else, for a new secret, its bank's form.

        Powens never tells the values that it holds, so that an unchanged login may be among the fields.
        """
        try:
            newest = None if ref.connection else await self._newest(ref)
            if newest is not None:
                ref = ConnectionRef(ref.user, str(newest.id))
            return await self._form(ref) if ref.connection else None
        except _UserGone:
            return None

    async def sync(self, ref: ConnectionRef) -> None:
        """See `Aggregator.sync`. Raises `Throttled` when one is running, or ran a moment ago.

        What the bank answers, the next reading tells. The call lasts as long as the bank takes.
        """
        answer = await self._as(
            ref.user,
            "PUT",
            f"/users/me/connections/{_number(ref.connection)}",
            query={"psu_requested": "true"},
            patience=AT_THE_BANK,
            expected=_is_about_the_bank,
        )
        if answer.status == 400:
            _bank_answer(answer)

    async def connections(self, user: str) -> Sequence[Reading]:
        """See `Aggregator.connections`."""
        try:
            found = await self._listed(user)
        except _UserGone:
            return []
        return [self._referred(user, connection) for connection in found]

    async def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        """See `Aggregator.hinted`. `path` as the vendor called it; its query, if any, is not signed."""
        self._check_signature(method, path, headers, body)
        try:
            event = _Event.model_validate_json(body)
        except ValidationError:
            raise BadInput("the body of the webhook is not of Powens' form") from None
        user = event.user.id if event.user else event.id_user
        if user is None:
            raise BadInput("the webhook names no user")
        # A bare object is the connection itself, unless it says which connection it belongs to.
        bare = event.id_connection or (event.id if event.id_user else None)
        connection = event.connection.id if event.connection else bare
        return [ConnectionRef(str(user), str(connection or ""))]

    async def diagnose(self, return_to: str = "") -> Sequence[Diagnosis]:
        """Asks to exchange a code that cannot exist: it checks our credentials, and creates nothing."""
        known = {"client_id": self._account.client_id, "client_secret": self._account.client_secret.reveal()}
        try:
            answer = await self._vendor.call(
                "POST",
                "/auth/token/access",
                json=known | {"grant_type": "authorization_code", "code": "resync-doctor"},
                expected=lambda answer: 400 <= answer.status < 500 and answer.status != 429,
            )
        except TryAgain:
            return [self._reached(False), self._webhooks()]
        if answer.status == 404 and not vendor_code(answer):  # every error of Powens' has a code: it is not Powens
            return [self._reached(False), self._webhooks()]
        stranger = answer.status == 401 or vendor_code(answer).lower() in REFUSALS
        advice = "Vérifiez l’identifiant et le secret du client dans la console de l’agrégateur."
        return [
            self._reached(True),
            *self._vendor.about_clock(),
            Diagnosis(f"Identifiants {self.name} reconnus", not stranger, advice if stranger else ""),
            self._webhooks(),
        ]

    async def aclose(self) -> None:
        """See `Aggregator.aclose`; the tokens are forgotten."""
        self._tokens.forget()
        await self._vendor.aclose()

    # Reading

    async def _one(self, ref: ConnectionRef) -> Answer:
        path = f"/users/me/connections/{_number(ref.connection)}"
        return await self._as(ref.user, "GET", path, query=_EXPAND, expected=_is_about_the_bank)

    async def _read_one(self, ref: ConnectionRef) -> Reading:
        answer = await self._one(ref)
        if answer.status >= 300:
            return _bank_answer(answer)
        return self._reading(answer.parsed(_Connection))

    async def _read_newest(self, ref: ConnectionRef) -> Reading:
        newest = await self._newest(ref)
        if newest is None:
            return Reading(ConnectionState.DELETED)
        return self._referred(ref.user, newest)

    async def _newest(self, ref: ConnectionRef) -> _Connection | None:
        found = await self._listed(ref.user)
        return max(found, key=lambda one: (one.created or datetime.min.replace(tzinfo=UTC), one.id), default=None)

    async def _listed(self, user: str) -> list[_Connection]:
        answer = await self._as(user, "GET", "/users/me/connections", query=_EXPAND_ALL)
        return answer.parsed(_Connections).connections

    def _referred(self, user: str, connection: _Connection) -> Reading:
        bank = "" if connection.connector is None else connection.connector.name
        return replace(self._reading(connection), bank=bank, ref=ConnectionRef(user, str(connection.id)))

    async def _newest_id(self, ref: ConnectionRef) -> str:
        newest = await self._newest(ref)
        if newest is None:
            raise Refused(f"{self.name}: this user has no connection to renew")
        return str(newest.id)

    def _reading(self, connection: _Connection) -> Reading:
        code, state = _state_of(connection)
        expires_on = self._expiry(connection)
        if state is ConnectionState.OK and expires_on is not None and self._is_soon(expires_on):
            state = ConnectionState.EXPIRING
        return Reading(
            state=state,
            waits_for_client=code != _PROCESSING,
            expires_on=expires_on,
            last_success_at=connection.last_update,
            next_try_at=connection.next_try,
            accounts=_accounts(connection),
            vendor_code="" if code is None else plain(code),
        )

    def _expiry(self, connection: _Connection) -> date | None:
        known = [s.access_expire for s in _enabled(connection) if s.access_expire is not None]
        if known:
            return min(known).astimezone(PARIS).date()
        # Elsewhere than on a healthy connection, `expire` can be the two-hour life of an address.
        healthy, last = connection.state is None, connection.expire
        if healthy and last is not None and last - self._now() > timedelta(days=1):
            return last.astimezone(PARIS).date()
        return None

    def _is_soon(self, day: date) -> bool:
        return day - self._now().astimezone(PARIS).date() <= self._account.expiring_within

    # What is asked

    async def _form(self, ref: ConnectionRef) -> LoginForm | None:
        answer = await self._one(ref)
        if answer.status >= 300:
            _bank_answer(answer)  # raises where it speaks of us
            return None
        connection = answer.parsed(_Connection)
        code, state = _state_of(connection)
        if state is ConnectionState.APP_VALIDATION_PENDING and code != _PROCESSING:
            return LoginForm(state)
        if RULES[state].ask_for is AskFor.NOTHING:
            return None
        asking = answer.parsed(_Asking)
        # Where a source speaks for the connection, the connection's own fields answer something else.
        asked = (asking.fields_ or []) if code == connection.state else []
        if not asked and RULES[state].ask_for is AskFor.NEW_SECRET:
            asked = await self._fields_of_the_bank(ref.user, asking)
        fields = _login_fields(asked, RULES[state].ask_for)
        return LoginForm(state, fields) if fields else None

    async def _fields_of_the_bank(self, user: str, asking: _Asking) -> list[_Field]:
        bank = asking.connector_uuid or asking.id_connector
        if bank is None:
            return []
        answer = await self._as(
            user,
            "GET",
            f"/connectors/{bank}",
            query={"expand": "fields"},
            expected=lambda answer: answer.status == 404,
        )
        return [] if answer.status == 404 else answer.parsed(_Connector).fields_ or []

    # Calling in a user's name

    async def _as(
        self,
        user: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = MappingProxyType({}),
        content: Body | None = None,
        patience: Patience = QUICK,
        expected: Callable[[Answer], bool] = lambda answer: False,
    ) -> Answer:
        async def call(token: Secret) -> Answer:
            return await self._vendor.call(
                method,
                path,
                query=query,
                content=content,
                patience=patience,
                headers={"Authorization": f"Bearer {token.reveal()}"},
                expected=lambda answer: answer.status == 401 or expected(answer),
            )

        answer = await self._tokens.spend(user, call)
        if answer.status == 401:
            raise Refused(f"{self.name}: {method} {path}: HTTP 401 with a new token {vendor_code(answer)}".rstrip())
        return answer

    async def _mint(self, user: str) -> Token:
        # Without `id_user` this call would create a user, who is billed: `_number` refuses an empty one.
        body: dict[str, object] = {
            "grant_type": "client_credentials",
            "client_id": self._account.client_id,
            "client_secret": self._account.client_secret.reveal(),
            "id_user": int(_number(user)),
            "revoke_previous": False,
        }
        answer = await self._vendor.call(
            "POST", "/auth/renew", json=body, expected=lambda answer: answer.status == 404
        )
        if answer.status == 404:
            raise _UserGone(f"{self.name}: the user is not known there")
        return Token(Secret(answer.parsed(_Token).access_token))

    # Webhooks

    def _check_signature(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> None:
        if self._account.webhook_secret is None:
            raise NotSigned("no webhook secret is set, so no webhook can be believed")
        given = {name.lower(): value for name, value in headers.items()}
        signed, moment = given.get("bi-signature", ""), given.get("bi-signature-date", "")
        if not signed or not moment:
            raise NotSigned("the webhook carries no signature")
        message = f"{method.upper()}.{path.partition('?')[0]}.{moment}.".encode("utf-8", "replace") + body
        key = self._account.webhook_secret.reveal().encode()
        ours = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest())
        if not hmac.compare_digest(ours, signed.encode("utf-8", "replace")):
            raise NotSigned("the webhook's signature is wrong")

    # Diagnosis

    def _reached(self, well: bool) -> Diagnosis:
        advice = "Vérifiez l’adresse (RESYNC_POWENS_BASE_URL) et l’accès de cette machine à Internet."
        return Diagnosis(f"Agrégateur {self.name} joignable", well, "" if well else advice)

    def _webhooks(self) -> Diagnosis:
        advice = (
            "Écrivez le secret des webhooks dans RESYNC_POWENS_WEBHOOK_SECRET : sans lui, l’état des banques "
            "n’est relu que par relevés réguliers."
        )
        heard = self.capabilities.webhook
        return Diagnosis(f"Webhooks {self.name} vérifiables", heard, "" if heard else advice)


def _number(vendor_id: str) -> str:
    """An id of theirs, checked before it becomes a piece of an address."""
    if not (vendor_id.isascii() and vendor_id.isdigit() and len(vendor_id) < 20):
        raise Refused(f"{vendor_id!r} is not a Powens id: they are numbers")
    return vendor_id


def _enabled(connection: _Connection) -> list[_Source]:
    return [source for source in connection.sources or [] if not source.disabled]


def _state_of(connection: _Connection) -> tuple[str | None, ConnectionState]:
    """Their word and ours. The worst that needs somebody wins; without one, the connection's own."""
    said = [connection.state, *(source.state for source in _enabled(connection))]
    # `sorted` is stable: of two equals, the connection's own word stays first.
    known = sorted(((code, _translated(code, connection)) for code in said), key=_rank)
    code, state = known[0]
    return (code, state) if state in _WORST_FIRST else (connection.state, _translated(connection.state, connection))


def _rank(said: tuple[str | None, ConnectionState]) -> int:
    code, state = said
    if state not in _WORST_FIRST or code == _PROCESSING:
        return len(_WORST_FIRST)
    return _WORST_FIRST.index(state)


def _translated(code: str | None, connection: _Connection) -> ConnectionState:
    if code is None:
        return ConnectionState.OK
    state = STATES.get(code, ConnectionState.UNKNOWN)
    asks_password = any(field.type == "password" for field in connection.fields_ or [])
    if state is ConnectionState.OTP_REQUIRED and asks_password:
        return ConnectionState.PASSWORD_CHANGED
    return state


def _login_fields(asked: list[_Field], wanted: AskFor) -> tuple[LoginField, ...]:
    """Those that are answered by sending a value; one for each name."""
    shown = {
        field.name: _login_field(field, wanted)
        for field in asked
        if field.type != _HIDDEN and (not field.auth_mechanisms or _BY_FORM in field.auth_mechanisms)
    }
    return tuple(shown.values())


def _login_field(field: _Field, wanted: AskFor) -> LoginField:
    return login_field(
        field.name,
        _kind(field.type, wanted),
        label=field.label,
        hint=field.description,
        required=field.required,
        pattern=field.regex,
        options=[(one.value, one.label) for one in field.values or []],
    )


def _kind(word: str, wanted: AskFor) -> FieldKind:
    """The vendor has no word for a code: it is what a connection asks for in passing."""
    kind = KINDS.get(word, FieldKind.TEXT)
    is_code = wanted is AskFor.ONE_TIME_CODE and kind in (FieldKind.TEXT, FieldKind.NUMBER)
    return FieldKind.ONE_TIME_CODE if is_code else kind


def _accounts(connection: _Connection) -> tuple[str, ...]:
    shown = [a for a in connection.accounts or [] if not a.disabled and not a.deleted]
    return tuple(account.iban or str(account.id) for account in shown)


def _is_about_the_bank(answer: Answer) -> bool:
    about_the_bank = vendor_code(answer).lower() in ERRORS
    return answer.status in (400, 404) or (answer.status >= 500 and about_the_bank)


def _bank_answer(answer: Answer) -> Reading:
    """What an error says of the connection. Raises `Refused` or `OurBug` where it speaks of us."""
    code = vendor_code(answer)
    if answer.status == 404:
        return Reading(ConnectionState.DELETED, vendor_code=code or "404")
    if code.lower() in REFUSALS:
        raise Refused(f"Powens refuses our request: {code}")
    if not code or code.lower() in OUR_FAULTS:
        raise OurBug(f"Powens does not understand our request: HTTP {answer.status} {code}")
    return Reading(ERRORS.get(code.lower(), ConnectionState.UNKNOWN), vendor_code=code)
