"""Bridge (bridgeapi.io), spoken over its API of 2025-01-15, where a bank connection is called an item.

Facts come from docs.bridgeapi.io and from public clients. The codes of an item were read on older versions of that
site: they stand in two tables. Its texts (`message`, `status_code_description`) never leave this module.
"""

import hashlib
import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit
from zoneinfo import ZoneInfo

import httpx
import structlog
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.adapters.aggregators.http import Answer, Vendor
from bot.adapters.aggregators.user_tokens import Token, UserTokens
from bot.domain.connection import WORKING, ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BadInput, NotSigned, OurBug, Refused, TryAgain, Unreachable
from bot.domain.login_form import LoginForm
from bot.domain.secret import Secret
from bot.ports import Capabilities, Diagnosis

log = structlog.get_logger(__name__)

VERSION = "2025-01-15"
PARIS = ZoneInfo("Europe/Paris")
"""Its dates carry their zone; the last day of a consent is the day that a French client sees."""

STATES: Mapping[int, ConnectionState] = {
    0: ConnectionState.OK,
    -2: ConnectionState.APP_VALIDATION_PENDING,  # just added
    -3: ConnectionState.APP_VALIDATION_PENDING,  # just edited
    402: ConnectionState.PASSWORD_CHANGED,
    404: ConnectionState.DELETED,
    429: ConnectionState.ACTION_NEEDED_AT_BANK,  # not HTTP's 429: terms to accept, a form to fill
    430: ConnectionState.PASSWORD_EXPIRED,
    1003: ConnectionState.BANK_UNAVAILABLE,
    1005: ConnectionState.UNSUPPORTED,
    1007: ConnectionState.BANK_UNAVAILABLE,
    1009: ConnectionState.OK,  # incomplete, as `vendor_code` goes on to say
    1010: ConnectionState.SCA_REQUIRED,
    1099: ConnectionState.BANK_UNAVAILABLE,  # moves to another bank
    1100: ConnectionState.ACTION_NEEDED_AT_BANK,  # access to a professional account is locked
}
"""An item's `status`, and our state. A number that is not here is UNKNOWN."""

NUANCES: Mapping[tuple[int, str], ConnectionState] = {
    # Another try with a new secret would lock the access for longer.
    (402, "account_temporarily_blocked"): ConnectionState.ACTION_NEEDED_AT_BANK,
    (402, "account_blocked"): ConnectionState.ACTION_NEEDED_AT_BANK,
    (402, "account_blocked_contact_bank"): ConnectionState.ACTION_NEEDED_AT_BANK,
}
"""Where `status_code_info`, in lower case, makes the status mean something else."""

_FIRST_SYNC = frozenset({-2, -3})
"""Bridge is at work, and nobody has anything to do."""
_ASKS_CODE = (1010, "otp_required")
_CODE_LIVES = timedelta(minutes=10)
"""Our estimate: a session opened longer ago waits for no code any more."""
_ITEMS = "/aggregation/items"
_ACCOUNTS = "/aggregation/accounts"
_NO_NEXT = (None, "", "null")
"""How a page says that it is the last. The word was seen by a public client."""
_PAGES = 50
_SESSIONS_KEPT = 1_000
_NOBODY = "00000000-0000-0000-0000-000000000000"
_UUID = r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


@dataclass(frozen=True)
class BridgeAccount:
    """What the firm's contract with Bridge gives us."""

    client_id: str
    client_secret: Secret
    base_url: str = "https://api.bridgeapi.io/v3"
    webhook_secrets: tuple[Secret, ...] = ()
    """The dashboard's secret; during a rotation, for 24 hours, the old one and the new one. Without any, no webhook
    is believed."""
    connect_url: str = "https://connect.bridgeapi.io"
    """Where the hosted page lives; an address elsewhere is not given to a client."""
    expiring_within: timedelta = timedelta(days=14)
    """A consent that ends this soon makes a healthy connection EXPIRING."""


# What they send


def _to_utc(value: object) -> datetime:
    """An ISO date; without a zone it is taken for UTC."""
    if not isinstance(value, str):
        raise ValueError("a date must be text")
    moment = datetime.fromisoformat(value)
    if not 2000 <= moment.year < 2200:  # beyond, a change of zone could overflow
        raise ValueError("a date out of range")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


_Moment = Annotated[datetime, BeforeValidator(_to_utc)]
_Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class _Form(BaseModel):
    """Unknown fields are left alone: the vendor adds some from time to time."""

    model_config = ConfigDict(strict=True, extra="ignore")


class _Token(_Form):
    # It becomes a header, which holds nothing but visible ASCII.
    access_token: str = Field(pattern=r"^[!-~]{1,4096}$")
    expires_at: _Moment


class _Item(_Form):
    id: _Id
    status: int = Field(ge=-(2**31), le=2**31 - 1)
    status_code_info: str | None = None
    authentication_expires_at: _Moment | None = None
    last_successful_refresh: _Moment | None = None
    created_at: _Moment | None = None


class _Pagination(_Form):
    next_uri: str | None = Field(default=None, max_length=2000)


class _Page(_Form):
    pagination: _Pagination | None = None

    @property
    def next_uri(self) -> str | None:
        """Where the next page is; None on the last one."""
        uri = self.pagination.next_uri if self.pagination else None
        return None if uri in _NO_NEXT else uri


class _Items(_Page):
    resources: list[_Item]


class _Account(_Form):
    """The last four are not given with every account, and not all are documented: whatever they hold is taken."""

    id: _Id
    item_id: _Id
    iban: object = None
    data_access: object = None
    status: object = None
    deleted: object = None

    @property
    def is_shown(self) -> bool:
        """The client shares it, and the bank still has it."""
        return self.data_access != "disabled" and self.status != "closed" and not self.deleted

    @property
    def name(self) -> str:
        """Its IBAN; where there is none (a card, a loan) or it is hidden in part, its id."""
        iban = "".join(self.iban.split()).upper() if isinstance(self.iban, str) else ""
        return iban if _IBAN.fullmatch(iban) else str(self.id)


class _Accounts(_Page):
    resources: list[_Account]


_Listing = TypeVar("_Listing", bound=_Page)


class _Session(_Form):
    url: str = Field(min_length=1, max_length=4000)


class _Error(_Form):
    code: str | None = None
    about: str | None = Field(default=None, alias="property")


class _Errors(_Error):
    """Both forms that were seen: one error, or a list of them."""

    errors: list[_Error] | None = None


class _Content(_Form):
    user_uuid: str | None = Field(default=None, pattern=f"^{_UUID}$")
    item_id: _Id | None = None


class _Event(_Form):
    type: str
    content: _Content | None = None


class _UserGone(Refused):
    """The vendor no longer knows this user."""


class Bridge:
    """The adapter. One per process; it keeps the users' tokens in memory only. `ref.user` is the user's UUID."""

    def __init__(
        self,
        account: BridgeAccount,
        *,
        now: Callable[[], datetime],
        name: str = "bridge",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        # Anybody can sign with an empty key.
        self._webhook_secrets = tuple(secret for secret in account.webhook_secrets if secret.reveal())
        self.capabilities = Capabilities(sees_state=True, hosted_page=True, webhook=bool(self._webhook_secrets))
        self._account = account
        self._now = now
        self._vendor = Vendor(name, account.base_url, now=now, transport=transport)
        self._tokens = UserTokens(self._mint, now)
        self._sessions: OrderedDict[ConnectionRef, datetime] = OrderedDict()

    async def read(self, ref: ConnectionRef) -> Reading:
        """See `Aggregator.read`. `accounts` are IBANs, else Bridge's ids.

        They take a second call, which only a working connection is worth.
        """
        try:
            return await (self._read_one(ref) if ref.connection else self._read_newest(ref.user))
        except _UserGone:
            return Reading(ConnectionState.DELETED, vendor_code="404")

    async def renewal_page(self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool) -> Secret:
        """A connect session for this item; its page asks by itself for what is missing, a new secret included.

        `state` goes into the query of `return_to`, which comes back completed with Bridge's own parameters. Its
        `context` cannot carry it: that takes letters, digits and '-', while a state may hold '_', and it would come
        back under a name that our page of return does not read. The domain of `return_to` must be allowed in the
        dashboard; else `Refused`.
        """
        if "?" in return_to or "#" in return_to:
            raise OurBug("the return address already has a query")
        item = int(_number(ref.connection)) if ref.connection else await self._newest_id(ref.user)
        page = await self._session(ref.user, item, f"{return_to}?{urlencode({'state': state})}")
        if not _origin(page) or _origin(page) != _origin(self._account.connect_url):
            raise OurBug(f"{self.name}: the page of the session is not at {self._account.connect_url}")
        self._remember(ConnectionRef(ref.user, str(item)))
        return Secret(page)

    async def returned(self, ref: ConnectionRef, code: Secret) -> Reading | None:
        """Nothing to open: a renewed item is the one that it was."""
        return None

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        """Nothing: an item is repaired in a session, and only its page knows what the bank asks for."""
        return None

    async def sync(self, ref: ConnectionRef) -> None:
        """Raises `OurBug`: version 3 has no call that forces a refresh."""
        raise OurBug("Bridge cannot be told to synchronise: it does so by itself, and during a session")

    async def connections(self, user: str) -> Sequence[Reading]:
        """See `Aggregator.connections`. The accounts of all working ones come in one call."""
        try:
            return await self._readings(user, await self._listed(user))
        except _UserGone:
            return []

    async def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        """See `Aggregator.hinted`. Only the body is signed, so an old message can be sent again: it is a hint."""
        self._check_signature(headers, body)
        try:
            event = _Event.model_validate_json(body)
        except ValidationError:
            raise BadInput("the body of the webhook is not of Bridge's form") from None
        # The dashboard's test names a user and an item that do not exist; events about payments name no user.
        if event.type == "TEST_EVENT" or event.content is None or event.content.user_uuid is None:
            return []
        return [ConnectionRef(event.content.user_uuid, str(event.content.item_id or ""))]

    async def diagnose(self, return_to: str = "") -> Sequence[Diagnosis]:
        """Asks for the token of a user who cannot exist: it checks our credentials, and creates nothing."""
        try:
            answer = await self._call(
                "POST",
                "/aggregation/authorization/token",
                json={"user_uuid": _NOBODY},
                expected=lambda answer: 400 <= answer.status < 500 and answer.status != 429,
            )
        except TryAgain:
            return [self._reached(False), self._webhooks()]
        codes = _codes(answer)
        if answer.status == 404 and not codes:  # every error of Bridge's has a code: somebody else answers there
            return [self._reached(False), self._webhooks()]
        stranger = answer.status in (401, 403) or "invalid_client_credentials" in codes
        known = self._known(not stranger)
        return [self._reached(True), *self._vendor.about_clock(), known, self._webhooks()]

    async def aclose(self) -> None:
        """See `Aggregator.aclose`; the tokens are forgotten."""
        self._tokens.forget()
        await self._vendor.aclose()

    # Reading

    async def _read_one(self, ref: ConnectionRef) -> Reading:
        path = f"{_ITEMS}/{_number(ref.connection)}"
        answer = await self._as(ref.user, "GET", path, expected=lambda answer: answer.status == 404)
        if answer.status == 404:
            return Reading(ConnectionState.DELETED, vendor_code="404")
        return replace(await self._read_item(ref.user, answer.parsed(_Item)), ref=None)

    async def _read_newest(self, user: str) -> Reading:
        newest = await self._newest(user)
        if newest is None:
            return Reading(ConnectionState.DELETED)
        return await self._read_item(user, newest)

    async def _read_item(self, user: str, item: _Item) -> Reading:
        (reading,) = await self._readings(user, [item], {"item_id": str(item.id)})
        return reading

    async def _readings(
        self, user: str, items: Sequence[_Item], query: Mapping[str, str] = MappingProxyType({})
    ) -> list[Reading]:
        """Each item under its own id. Where one of them works, one more call brings the accounts of `query`."""
        found = [self._referred(user, item) for item in items]
        if not any(each.state in WORKING for each in found):
            return found
        accounts = await self._accounts(user, query)
        return [
            replace(each, accounts=_names(item, accounts)) if each.state in WORKING else each
            for each, item in zip(found, items, strict=True)
        ]

    async def _accounts(self, user: str, query: Mapping[str, str]) -> list[_Account]:
        """Empty where Bridge refuses to tell: it says nothing of the connection, whose accounts are unknown then."""
        try:
            return [one for page in await self._pages(user, _ACCOUNTS, _Accounts, query) for one in page.resources]
        except _UserGone:
            raise
        except (Refused, OurBug) as error:
            log.warning("the accounts of a bank are not known", aggregator=self.name, reason=str(error))
            return []

    async def _newest(self, user: str) -> _Item | None:
        found = await self._listed(user)
        return max(found, key=lambda one: (one.created_at or datetime.min.replace(tzinfo=UTC), one.id), default=None)

    async def _newest_id(self, user: str) -> int:
        newest = await self._newest(user)
        if newest is None:
            raise Refused(f"{self.name}: this user has no connection to renew")
        return newest.id

    async def _listed(self, user: str) -> list[_Item]:
        return [item for page in await self._pages(user, _ITEMS, _Items) for item in page.resources]

    async def _pages(
        self, user: str, path: str, form: type[_Listing], query: Mapping[str, str] = MappingProxyType({})
    ) -> list[_Listing]:
        found: list[_Listing] = []
        for _ in range(_PAGES):
            page = (await self._as(user, "GET", path, query=query)).parsed(form)
            found.append(page)
            if page.next_uri is None:
                return found
            query = self._query_of(path, page.next_uri)
        raise Unreachable(f"{self.name}: a list of more than {_PAGES} pages")

    def _query_of(self, path: str, next_uri: str) -> Mapping[str, str]:
        """What asks for the next page. Only the query is taken from its address: the token goes nowhere else."""
        here = self._account.base_url.rstrip("/") + path
        try:
            address = urlsplit(urljoin(here, next_uri))
        except ValueError:
            raise Unreachable(f"{self.name}: the address of the next page is none") from None
        # Seen with the version in front; without it, it means the same.
        if _origin(address.geturl()) != _origin(here) or address.path not in (urlsplit(here).path, path):
            raise Unreachable(f"{self.name}: the next page is said to be elsewhere")
        return dict(parse_qsl(address.query))

    def _referred(self, user: str, item: _Item) -> Reading:
        return replace(self._reading(user, item), ref=ConnectionRef(user, str(item.id)))

    def _reading(self, user: str, item: _Item) -> Reading:
        state = self._state(user, item)
        ends = item.authentication_expires_at
        expires_on = ends.astimezone(PARIS).date() if ends else None
        if state is ConnectionState.OK and expires_on is not None and self._is_soon(expires_on):
            state = ConnectionState.EXPIRING
        return Reading(
            state=state,
            waits_for_client=item.status not in _FIRST_SYNC,
            expires_on=expires_on,
            last_success_at=item.last_successful_refresh,
            vendor_code=_vendor_code(item),
        )

    def _state(self, user: str, item: _Item) -> ConnectionState:
        said = (item.status, _info(item))
        # The item goes on asking for a code for weeks; somebody waits for it only while a session is open.
        if said == _ASKS_CODE and self._has_session(ConnectionRef(user, str(item.id))):
            return ConnectionState.OTP_REQUIRED
        return NUANCES.get(said) or STATES.get(item.status, ConnectionState.UNKNOWN)

    def _is_soon(self, day: date) -> bool:
        return day - self._now().astimezone(PARIS).date() <= self._account.expiring_within

    # Sessions

    async def _session(self, user: str, item: int, callback: str) -> str:
        """The page of a new session. Raises `Refused` where Bridge does not know the item or the callback."""
        body = {"item_id": item, "callback_url": callback}
        # Clients were seen to renew a healthy item with this option, but it is not documented: where Bridge does
        # not take it, we go on without. A session that was refused was not opened.
        answer = await self._open(user, body | {"force_reauthentication": True})
        if answer.status in (400, 422) and not _is_about_callback(answer):
            answer = await self._open(user, body)
        if answer.status == 404:
            raise Refused(f"{self.name}: the connection to renew is not known there")
        if answer.status >= 300 and _is_about_callback(answer):
            raise Refused(f"{self.name}: the return address is not allowed in the dashboard")
        if answer.status >= 300:
            raise OurBug(f"{self.name}: no session: HTTP {answer.status} {' '.join(sorted(_codes(answer)))}".rstrip())
        return answer.parsed(_Session).url

    async def _open(self, user: str, body: Mapping[str, object]) -> Answer:
        path = "/aggregation/connect-sessions"
        return await self._as(user, "POST", path, json=body, expected=lambda answer: answer.status in (400, 404, 422))

    def _remember(self, ref: ConnectionRef) -> None:
        self._sessions[ref] = self._now()
        self._sessions.move_to_end(ref)
        while len(self._sessions) > _SESSIONS_KEPT:
            self._sessions.popitem(last=False)

    def _has_session(self, ref: ConnectionRef) -> bool:
        opened = self._sessions.get(ref)
        return opened is not None and self._now() - opened <= _CODE_LIVES

    # Calling

    async def _as(
        self,
        user: str,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = MappingProxyType({}),
        json: Mapping[str, object] | None = None,
        expected: Callable[[Answer], bool] = lambda answer: False,
    ) -> Answer:
        """A call in a user's name. Raises `_UserGone` where Bridge no longer knows him."""

        async def call(token: Secret) -> Answer:
            return await self._call(
                method,
                path,
                token=token,
                query=query,
                json=json,
                expected=lambda answer: answer.status == 401 or expected(answer),
            )

        answer = await self._tokens.spend(_user(user), call)
        if answer.status == 401:
            raise Refused(f"{self.name}: {method} {path}: HTTP 401 with a new token")
        return answer

    async def _call(
        self,
        method: str,
        path: str,
        *,
        token: Secret | None = None,
        query: Mapping[str, str] = MappingProxyType({}),
        json: Mapping[str, object] | None = None,
        expected: Callable[[Answer], bool],
    ) -> Answer:
        headers = {
            "Client-Id": self._account.client_id,
            "Client-Secret": self._account.client_secret.reveal(),
            "Bridge-Version": VERSION,
        }
        if token is not None:
            headers["Authorization"] = f"Bearer {token.reveal()}"
        return await self._vendor.call(method, path, headers=headers, query=query, json=json, expected=expected)

    async def _mint(self, user: str) -> Token:
        answer = await self._call(
            "POST",
            "/aggregation/authorization/token",
            json={"user_uuid": user},
            expected=lambda answer: answer.status == 404,
        )
        if answer.status == 404:
            raise _UserGone(f"{self.name}: the user is not known there")
        given = answer.parsed(_Token)
        return Token(Secret(given.access_token), given.expires_at)

    # Webhooks

    def _check_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        """One good signature is enough: during a rotation, Bridge sends one for each of its secrets."""
        if not self._webhook_secrets:
            raise NotSigned("no webhook secret is set, so no webhook can be believed")
        given = _signatures(
            next((text for name, text in headers.items() if name.lower() == "bridgeapi-signature"), "")
        )
        if not given:
            raise NotSigned("the webhook carries no signature")
        ours = [_sign(secret, body) for secret in self._webhook_secrets]
        # Each pair is compared, whichever of them matches.
        matches = [hmac.compare_digest(one, other) for one in ours for other in given]
        if True not in matches:
            raise NotSigned("the webhook's signature is wrong")

    # Diagnosis

    def _reached(self, well: bool) -> Diagnosis:
        advice = "Vérifiez l’adresse (RESYNC_BRIDGE_BASE_URL) et l’accès de cette machine à Internet."
        return Diagnosis(f"Agrégateur {self.name} joignable", well, "" if well else advice)

    def _known(self, well: bool) -> Diagnosis:
        advice = "Vérifiez l’identifiant et le secret du client dans le tableau de bord de l’agrégateur."
        return Diagnosis(f"Identifiants {self.name} reconnus", well, "" if well else advice)

    def _webhooks(self) -> Diagnosis:
        advice = (
            "Écrivez le secret des webhooks dans RESYNC_BRIDGE_WEBHOOK_SECRETS : sans lui, l’état des banques "
            "n’est relu que par relevés réguliers."
        )
        heard = self.capabilities.webhook
        return Diagnosis(f"Webhooks {self.name} vérifiables", heard, "" if heard else advice)


def _user(vendor_id: str) -> str:
    """A user of theirs, checked: whoever typed the id of something else is told so."""
    if not re.fullmatch(_UUID, vendor_id):
        raise Refused(f"{vendor_id!r} is not a Bridge user: they are UUIDs")
    return vendor_id


def _number(vendor_id: str) -> str:
    """An id of theirs, checked before it becomes a piece of an address."""
    if not (vendor_id.isascii() and vendor_id.isdigit() and len(vendor_id) < 20):
        raise Refused(f"{vendor_id!r} is not a Bridge item: they are numbers")
    return vendor_id


def _info(item: _Item) -> str:
    """`status_code_info` when it is one plain word, else empty. Older versions wrote it in capitals."""
    word = item.status_code_info or ""
    return word.lower() if _WORD.fullmatch(word) else ""


def _vendor_code(item: _Item) -> str:
    return f"{item.status} {_info(item)}".rstrip()[:64] if item.status else ""


def _names(item: _Item, accounts: Sequence[_Account]) -> tuple[str, ...]:
    """The accounts of one item, in Bridge's order. Pages that overlap show an account twice; it is still one."""
    own = {each.id: each.name for each in accounts if each.item_id == item.id and each.is_shown}
    return tuple(own.values())


def _errors(answer: Answer) -> list[_Error]:
    try:
        said = _Errors.model_validate_json(answer.body)
    except ValidationError:
        return []
    return [said, *(said.errors or [])]


def _codes(answer: Answer) -> set[str]:
    """The codes of an error that are plain words; what else stands there is left unread."""
    codes = {error.code or "" for error in _errors(answer)}
    return {code for code in codes if _WORD.fullmatch(code)}


def _is_about_callback(answer: Answer) -> bool:
    return any("callback_url" in f"{error.code} {error.about}" for error in _errors(answer))


def _origin(address: str) -> str:
    """Scheme and host of an address; empty where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme and parts.netloc else ""


def _signatures(header: str) -> list[bytes]:
    """The signatures of scheme v1, in lower case. Another scheme may be weaker, so it is not heard."""
    parts = (part.strip().partition("=") for part in header.split(","))
    return [value.encode("utf-8", "replace").lower() for scheme, _, value in parts if scheme == "v1"]


def _sign(secret: Secret, body: bytes) -> bytes:
    return hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest().encode()
