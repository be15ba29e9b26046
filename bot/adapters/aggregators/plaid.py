"""Plaid, spoken over its API version 2020-09-14.

Facts come from plaid.com/docs and from the vendor's API description. Plaid lists no items, so the firm keeps the
access tokens in a file; a token opens a bank's data for ever, so none of them appears in a message or the log,
and neither does a text of the vendor's.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlencode
from weakref import WeakValueDictionary
from zoneinfo import ZoneInfo

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from bot.adapters.aggregators.http import AT_THE_BANK, QUICK, Answer, Patience, Vendor, retry_after
from bot.domain.connection import WORKING, ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BadInput, NotSigned, OurBug, Refused, Throttled, TryAgain, Unreachable
from bot.domain.login_form import LoginForm
from bot.domain.secret import Secret
from bot.ports import Capabilities, Diagnosis

log = structlog.get_logger(__name__)

VERSION = "2020-09-14"
PARIS = ZoneInfo("Europe/Paris")
"""The firm's clients are in France: a consent's last day is a day there."""

STATES: Mapping[str, ConnectionState] = {
    # Without a reason it may also be a second factor that changed; Plaid's page finds out which.
    "ITEM_LOGIN_REQUIRED": ConnectionState.PASSWORD_CHANGED,
    "INVALID_CREDENTIALS": ConnectionState.PASSWORD_CHANGED,
    "INVALID_MFA": ConnectionState.OTP_REQUIRED,
    "USER_PERMISSION_REVOKED": ConnectionState.SCA_REQUIRED,
    "ITEM_LOCKED": ConnectionState.ACTION_NEEDED_AT_BANK,
    "USER_SETUP_REQUIRED": ConnectionState.ACTION_NEEDED_AT_BANK,
    "ACCESS_NOT_GRANTED": ConnectionState.ACTION_NEEDED_AT_BANK,
    "NO_ACCOUNTS": ConnectionState.ACTION_NEEDED_AT_BANK,
    "ITEM_NOT_SUPPORTED": ConnectionState.UNSUPPORTED,
    "MFA_NOT_SUPPORTED": ConnectionState.UNSUPPORTED,
    "INSTITUTION_NO_LONGER_SUPPORTED": ConnectionState.UNSUPPORTED,
    "INSTITUTION_DOWN": ConnectionState.BANK_UNAVAILABLE,
    "INSTITUTION_NOT_RESPONDING": ConnectionState.BANK_UNAVAILABLE,
    "INSTITUTION_NOT_AVAILABLE": ConnectionState.BANK_UNAVAILABLE,
    "INTERNAL_SERVER_ERROR": ConnectionState.BANK_UNAVAILABLE,
    "PLANNED_MAINTENANCE": ConnectionState.BANK_UNAVAILABLE,
    "ITEM_NOT_FOUND": ConnectionState.DELETED,
    "ITEM_CONCURRENTLY_DELETED": ConnectionState.DELETED,
    # Plaid forgets the token of an item that was removed. A mistake in our file looks the same; staff sees the code.
    "INVALID_ACCESS_TOKEN": ConnectionState.DELETED,
}
"""Their `error_code`, and our state. No error is OK; a code that is not here is UNKNOWN."""

REASONS: Mapping[str, ConnectionState] = {
    "OAUTH_CONSENT_EXPIRED": ConnectionState.SCA_REQUIRED,
    "OAUTH_INVALID_TOKEN": ConnectionState.SCA_REQUIRED,
    "OAUTH_USER_REVOKED": ConnectionState.SCA_REQUIRED,
}
"""Their `error_code_reason` of ITEM_LOGIN_REQUIRED, which says that no password is in play. Others are UNKNOWN."""

REVOKED = frozenset({"USER_PERMISSION_REVOKED", "OAUTH_USER_REVOKED"})
"""The client took his permission back. Their page may restore it; where it is refused, the item is lost."""

REFUSALS = frozenset(
    {
        "INVALID_API_KEYS",
        "UNAUTHORIZED_ENVIRONMENT",
        "UNAUTHORIZED_ROUTE_ACCESS",
        "CREDITS_EXHAUSTED",
        # Of the forced synchronisation: a paid option that our contract lacks, or a product that the item lacks.
        "INVALID_PRODUCT",
        "PRODUCTS_NOT_SUPPORTED",
        "ADDITIONAL_CONSENT_REQUIRED",
    }
)
"""Error codes that say that our contract or our credentials are at fault."""

NO_TOKEN = "no access token for this item"  # noqa: S105  # our own word in place of a code of theirs

_RATE_LIMITED = "RATE_LIMIT_EXCEEDED"
_ABOUT_THE_BANK = frozenset({"ITEM_ERROR", "INSTITUTION_ERROR"})
_ANSWERS = frozenset({*STATES, "INVALID_WEBHOOK_VERIFICATION_KEY_ID"})
"""What Plaid says of the item, its bank or the key that was asked for, as opposed to our request."""
_LONGEST_NAME = 30
"""Characters of `client_name`; above, their page speaks of "This Application" instead."""
_AT_ONCE = 8
"""Items read at the same time, of the 20 calls that `Vendor` allows: a listing must leave room for a client."""

_OLDEST, _FUTURE = 300, 30
"""How old a webhook may be, and how far ahead of our clock, in seconds."""
_KEY_GOOD_FOR = timedelta(hours=1)
_MISS_GOOD_FOR = timedelta(minutes=10)
_ASKED_AT_MOST, _ASKED_WITHIN = 5, timedelta(minutes=1)
"""Unknown key ids we ask Plaid about. Anybody can invent one, so a flood of them must not become a flood of calls."""
_LONGEST_TOKEN = 4096

_ID = r"[A-Za-z0-9_-]{1,100}"
_WORD = re.compile(r"[A-Z][A-Z0-9_]{0,62}")


@dataclass(frozen=True)
class PlaidAccount:
    """What the firm's contract with Plaid gives us."""

    client_id: str
    secret: Secret
    tokens: Mapping[str, Secret]
    """The access token of each item, by its id. An item that is not here is as good as deleted."""
    client_name: str
    """The firm's name, as Plaid's page shows it; what exceeds 30 characters is left out."""
    base_url: str = "https://production.plaid.com"
    hosted_url: str = "https://secure.plaid.com"
    """Where the hosted page is. One that is elsewhere is refused."""
    expiring_within: timedelta = timedelta(days=14)
    """A consent that ends this soon makes a healthy connection EXPIRING."""


# The file of access tokens

_SHAPE = 'Écrivez-y un objet JSON qui donne à chaque item_id son jeton : {"item_id": "access-production-…"}.'


def load_tokens(path: Path) -> Mapping[str, Secret]:
    """The access tokens by item id. Raises `BadInput` when the file is missing, malformed or open to others."""
    try:
        with path.open("rb") as file:
            mode, raw = os.fstat(file.fileno()).st_mode, file.read()
    except OSError as error:
        why = "n’existe pas" if isinstance(error, FileNotFoundError) else "ne peut pas être lu"
        raise BadInput(f"Le fichier de jetons Plaid {path} {why}. {_SHAPE}") from None
    if os.name == "posix" and mode & 0o077:
        raise BadInput(f"Le fichier de jetons Plaid {path} est ouvert à d’autres. Fermez-le : chmod 600 {path}")
    return {item: Secret(token) for item, token in _pairs(path, raw)}


def _pairs(path: Path, raw: bytes) -> list[tuple[str, str]]:
    try:
        # As pairs: of an item that is written twice, nobody knows which token is the right one.
        pairs = json.loads(raw, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        line = f" (ligne {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise BadInput(f"Le fichier de jetons Plaid {path} n’est pas du JSON{line}. {_SHAPE}") from None
    if not isinstance(pairs, _Pairs) or not all(_is_token(item, token) for item, token in pairs):
        raise BadInput(f"Le fichier de jetons Plaid {path} n’a pas la bonne forme. {_SHAPE}")
    if len(dict(pairs)) < len(pairs):
        raise BadInput(
            f"Le fichier de jetons Plaid {path} nomme deux fois le même item. N’y gardez que le bon jeton."
        )
    return pairs


class _Pairs(list[tuple[str, str]]):
    """A JSON object, in the order in which it is written."""


def _is_token(item: str, token: object) -> bool:
    return bool(re.fullmatch(_ID, item)) and isinstance(token, str) and bool(re.fullmatch(r"[!-~]{1,500}", token))


# What they send


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("a date must be text")
    written = datetime.fromisoformat(value)
    try:
        moment = (written if written.tzinfo else written.replace(tzinfo=UTC)).astimezone(UTC)
        moment.astimezone(PARIS)
    except OverflowError:
        raise ValueError("a date out of range") from None
    return moment


def _plain(word: str) -> str:
    """A code as it is, where it is one; anything else could be a text."""
    return word if _WORD.fullmatch(word) else "unreadable"


_Moment = Annotated[datetime | None, BeforeValidator(_moment)]
_Word = Annotated[str, AfterValidator(_plain)]
_Id = Annotated[str, Field(pattern=f"^{_ID}$")]


class _Form(BaseModel):
    """Unknown fields are left alone: the vendor adds some from time to time."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)


class _Error(_Form):
    error_type: _Word = ""
    error_code: _Word
    error_code_reason: _Word | None = None

    @property
    def word(self) -> str:
        """Code and reason, for the log and for staff."""
        return f"{self.error_code}/{self.error_code_reason}"[:64] if self.error_code_reason else self.error_code


class _Item(_Form):
    item_id: str
    error: _Error | None
    """Required: an answer that does not say whether there is an error must not pass for a healthy one."""
    created_at: _Moment = None
    consent_expiration_time: _Moment = None
    client_user_id: str | None = None
    """Not in the vendor's description: believed where it is there."""


class _Transactions(_Form):
    last_successful_update: _Moment = None


class _Status(_Form):
    transactions: _Transactions | None = None


class _Looked(_Form):
    """The answer of /item/get."""

    item: _Item
    status: _Status | None = None


class _Account(_Form):
    account_id: str = Field(min_length=1, max_length=200)
    """The same after update mode, as long as Plaid recognises the account."""
    persistent_account_id: str | None = Field(default=None, max_length=200)
    """The same in every item; few banks have it."""


class _Accounts(_Form):
    accounts: list[_Account]


class _Page(_Form):
    hosted_link_url: str | None = None


class _Event(_Form):
    """Every event of an item names it; those of a visit to the hosted page (LINK) name none."""

    webhook_type: str
    webhook_code: str
    item_id: _Id | None = None


class _Header(_Form):
    """The three that they send. More could only change how the signature is read (`crit`, `b64`)."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    alg: Literal["ES256"]
    kid: _Id
    typ: str = "JWT"


class _Claims(_Form):
    iat: int
    request_body_sha256: str


class _Key(_Form):
    alg: Literal["ES256"]
    crv: Literal["P-256"]
    kid: str
    kty: Literal["EC"]
    use: Literal["sig"]
    x: str
    y: str
    expired_at: int | None


class _KeyAnswer(_Form):
    key: _Key


_Asked: TypeAlias = Answer | _Error
"""What came back: what was asked for, or what Plaid says of the item instead."""


class Plaid:
    """The adapter. One per process."""

    capabilities = Capabilities(
        sees_state=True, hosted_page=True, forced_sync=True, webhook=True, warns_of_the_end=True
    )

    def __init__(
        self,
        account: PlaidAccount,
        *,
        now: Callable[[], datetime],
        name: str = "plaid",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.name = name
        self._account = account
        self._now = now
        self._vendor = Vendor(name, account.base_url, now=now, transport=transport)
        self._keys = _Keys(self._fetch_key, now)
        self._users: dict[str, str] = {}
        """Whose items those of our tokens are, learnt from what we were asked to read: no webhook names a user."""
        self._lost: set[str] = set()
        """Items of ours that the hosted page was refused for."""

    async def read(self, ref: ConnectionRef) -> Reading:
        """See `Aggregator.read`. `accounts` are the vendor's ids: IBANs are another product of theirs. They take a
        second call, which only a working connection is worth; it is free, and does not go to the bank.

        Raises `Refused` where the token that is kept for the item opens another one.
        """
        return await (self._read_one(ref) if ref.connection else self._read_newest(ref.user))

    async def renewal_page(self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool) -> Secret:
        """Plaid's hosted page in update mode, good for 30 minutes.

        It finds out by itself whether a secret is wanted, so `new_secret` changes nothing. Plaid hands no value of
        ours back, so `state` travels in the query of the address that it returns to, where our page reads it.
        """
        if "?" in return_to or "#" in return_to:
            raise OurBug("our return address carries nothing yet: `state` is added here")
        item = ref.connection or await self._newest_id(ref.user)
        if not ref.user or item not in self._account.tokens:
            raise Refused(f"{self.name}: {NO_TOKEN}, or no user, so there is nothing to renew")
        back = f"{return_to}?{urlencode({'state': state})}"
        said = await self._ask("/link/token/create", self._update_mode(ref.user, item, back))
        if isinstance(said, _Error):
            raise self._no_page(item, said)
        return self._checked(said.parsed(_Page))

    async def returned(self, ref: ConnectionRef, code: Secret) -> Reading | None:
        """Nothing to open: a renewed item is the one that it was."""
        return None

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        """Nothing: only Link knows what the bank asks for, and takes it."""
        return None

    async def sync(self, ref: ConnectionRef) -> None:
        """See `Aggregator.sync`. Raises `Throttled` while the first one runs, or when one ran a moment ago.

        Raises `Refused` where the contract or the item lacks it. What the bank answers, or that we hold no token of
        the item, the next reading tells.
        """
        if ref.connection not in self._account.tokens:
            return
        self._users[ref.connection] = ref.user
        said = await self._ask("/transactions/refresh", self._token_of(ref.connection), patience=AT_THE_BANK)
        if isinstance(said, _Error) and said.error_code == "PRODUCT_NOT_READY":
            raise Throttled(f"{self.name}: the first synchronisation of this item is under way")

    async def connections(self, user: str) -> Sequence[Reading]:
        """See `Aggregator.connections`. Reads all our items; those whose answer names no user are nobody's.

        It names no accounts: they would take one more call for each.
        """
        return [self._referred(user, looked) for looked in await self._named(user)]

    async def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        """See `Aggregator.hinted`. The user is empty until we have read the item in his name once.

        Raises `TryAgain` where the key cannot be had at the moment: Plaid sends again, for a day.
        """
        await self._check_signature(headers, body)
        try:
            event = _Event.model_validate_json(body)
        except ValidationError:
            raise BadInput("the body of the webhook is not of Plaid's form") from None
        if event.item_id is None:
            return []
        return [ConnectionRef(self._users.get(event.item_id, ""), event.item_id)]

    async def diagnose(self, return_to: str = "") -> Sequence[Diagnosis]:
        """Asks for a key that cannot exist: it checks our credentials, and creates nothing."""
        reachable, known = await self._standing()
        unreachable = "Vérifiez l’adresse (RESYNC_PLAID_BASE_URL) et l’accès de cette machine à Internet."
        lines = [Diagnosis(f"Agrégateur {self.name} joignable", reachable, "" if reachable else unreachable)]
        if reachable:
            advice = "Vérifiez client_id et secret : ils sont dans la console de Plaid, un secret par environnement."
            lines += self._vendor.about_clock()
            lines.append(Diagnosis(f"Identifiants {self.name} reconnus", known, "" if known else advice))
        return [*lines, self._loaded(), self._webhooks(known)]

    async def aclose(self) -> None:
        """See `Aggregator.aclose`."""
        await self._vendor.aclose()

    # Reading

    async def _read_one(self, ref: ConnectionRef) -> Reading:
        if ref.connection not in self._account.tokens:
            return Reading(ConnectionState.DELETED, vendor_code=NO_TOKEN)
        self._users[ref.connection] = ref.user
        looked = await self._look(ref.connection)
        if isinstance(looked, _Error):
            return self._answered(ref.connection, looked)
        return await self._with_accounts(ref.connection, self._reading(looked))

    async def _read_newest(self, user: str) -> Reading:
        newest = await self._newest(user)
        if newest is None:
            return Reading(ConnectionState.DELETED)
        return await self._with_accounts(newest.item.item_id, self._referred(user, newest))

    async def _newest_id(self, user: str) -> str:
        newest = await self._newest(user)
        return newest.item.item_id if newest else ""

    async def _newest(self, user: str) -> _Looked | None:
        def age(looked: _Looked) -> tuple[datetime, str]:
            return (looked.item.created_at or datetime.min.replace(tzinfo=UTC), looked.item.item_id)

        return max(await self._named(user), key=age, default=None)

    async def _named(self, user: str) -> list[_Looked]:
        """The items whose answer names this user. All are read before the first failure, if any, is raised."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def look(item: str) -> _Looked | _Error:
            async with turn:
                return await self._look(item)

        answers = await asyncio.gather(*map(look, self._account.tokens if user else ()), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException):
                raise answer
        return [said for said in answers if isinstance(said, _Looked) and said.item.client_user_id == user]

    async def _look(self, item: str) -> _Looked | _Error:
        said = await self._ask("/item/get", self._token_of(item))
        if isinstance(said, _Error):
            return said
        looked = said.parsed(_Looked)
        if looked.item.item_id != item:
            raise Refused(f"{self.name}: the access token kept for item {item} opens another item")
        return looked

    async def _with_accounts(self, item: str, reading: Reading) -> Reading:
        """The reading, with its accounts where the connection works; else with what keeps them from being told."""
        if reading.state not in WORKING:
            return reading
        said = await self._accounts(item)
        if not isinstance(said, _Error):
            return replace(reading, accounts=said)
        if said.error_code not in STATES:  # as PRODUCT_NOT_READY: it says nothing of the connection
            return reading
        return replace(reading, state=_state_of(said), vendor_code=said.word)

    async def _accounts(self, item: str) -> tuple[str, ...] | _Error:
        """Empty where Plaid finds fault with our asking: they are unknown then, which accuses nobody."""
        try:
            said = await self._ask("/accounts/get", self._token_of(item))
        except (Refused, OurBug) as error:
            log.warning("the accounts of a bank are not known", aggregator=self.name, reason=str(error))
            return ()
        if isinstance(said, _Error):
            return said
        return tuple(each.persistent_account_id or each.account_id for each in said.parsed(_Accounts).accounts)

    def _referred(self, user: str, looked: _Looked) -> Reading:
        self._users[looked.item.item_id] = user
        return replace(self._reading(looked), ref=ConnectionRef(user, looked.item.item_id))

    def _reading(self, looked: _Looked) -> Reading:
        item = looked.item
        reading = self._answered(item.item_id, item.error)
        ends, transactions = item.consent_expiration_time, looked.status and looked.status.transactions
        expires_on = ends.astimezone(PARIS).date() if ends else None
        if reading.state is ConnectionState.OK and expires_on is not None and self._is_soon(expires_on):
            reading = replace(reading, state=ConnectionState.EXPIRING)
        last = transactions.last_successful_update if transactions else None
        return replace(reading, expires_on=expires_on, last_success_at=last)

    def _answered(self, item: str, error: _Error | None) -> Reading:
        """What an error says of an item; also where it came instead of an answer."""
        if error is None:
            self._lost.discard(item)
            return Reading(ConnectionState.OK)
        if item in self._lost and REVOKED & {error.error_code, error.error_code_reason}:
            return Reading(ConnectionState.DELETED, vendor_code=error.word)
        return Reading(_state_of(error), vendor_code=error.word)

    def _is_soon(self, day: date) -> bool:
        return day - self._now().astimezone(PARIS).date() <= self._account.expiring_within

    # The hosted page

    def _update_mode(self, user: str, item: str, back: str) -> dict[str, object]:
        # Without `products`, and without `webhook`, which has no effect on an item that exists.
        return self._token_of(item) | {
            "client_name": self._account.client_name[:_LONGEST_NAME].rstrip(),
            "language": "fr",
            "country_codes": ["FR"],
            "user": {"client_user_id": user},
            "hosted_link": {"completion_redirect_uri": back},
        }

    def _no_page(self, item: str, error: _Error) -> Exception:
        what = f"{self.name}: no page for this item: {error.word}"
        if _state_of(error) is ConnectionState.BANK_UNAVAILABLE:
            return Unreachable(what)
        self._lost.add(item)
        return Refused(what)

    def _checked(self, page: _Page) -> Secret:
        if page.hosted_link_url is None:
            raise Refused(f"{self.name} gives no page: Hosted Link is not enabled for this contract")
        if not page.hosted_link_url.startswith(self._account.hosted_url.rstrip("/") + "/"):
            raise Refused(f"{self.name} gives a page that is not at {self._account.hosted_url}")
        return Secret(page.hosted_link_url)

    # Calling

    def _token_of(self, item: str) -> dict[str, object]:
        return {"access_token": self._account.tokens[item].reveal()}

    def _credentials(self) -> dict[str, str]:
        return {
            "PLAID-CLIENT-ID": self._account.client_id,
            "PLAID-SECRET": self._account.secret.reveal(),
            "Plaid-Version": VERSION,
        }

    async def _ask(self, path: str, body: Mapping[str, object], *, patience: Patience = QUICK) -> _Asked:
        """One call. An error about the item or its bank is returned; one about us is raised as one of ours."""
        answer = await self._vendor.call(
            "POST", path, json=body, headers=self._credentials(), patience=patience, expected=_says_what_is_wrong
        )
        error = _error_in(answer) if answer.status >= 300 else None
        if error is None:
            return answer
        ours = _our_error(f"{self.name}: {path}: HTTP {answer.status} {error.word}", answer, error)
        if ours is not None:
            raise ours
        return error

    # Webhooks

    async def _check_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        given = {name.lower(): value for name, value in headers.items()}
        token = given.get("plaid-verification", "")
        # The algorithm first: what an attacker may choose decides nothing, not even which key is looked up.
        kid = _header_of(token).kid
        claims = _claims_of(token, await self._keys.get(kid))
        age = int(self._now().timestamp()) - claims.iat  # whole numbers: a claim may be of any size
        if not -_FUTURE <= age <= _OLDEST:
            raise NotSigned("the webhook was not signed just now")
        ours = hashlib.sha256(body).hexdigest().encode()
        if not hmac.compare_digest(ours, claims.request_body_sha256.encode("utf-8", "replace")):
            raise NotSigned("the webhook was signed for another body")

    async def _fetch_key(self, kid: str) -> _Key | None:
        """The key of that id; None where Plaid knows none. Raises `TryAgain` where it cannot be had."""
        try:
            answer = await self._key_answer(kid)
        except (Refused, OurBug) as error:
            # Says nothing of the webhook, which may be a true one: Plaid shall send it again.
            raise Unreachable(f"no key to verify a webhook with: {error}") from None
        return None if answer is None else answer.parsed(_KeyAnswer).key

    async def _key_answer(self, kid: str) -> Answer | None:
        said = await self._ask("/webhook_verification_key/get", {"key_id": kid})
        return None if isinstance(said, _Error) else said

    # Diagnosis

    async def _standing(self) -> tuple[bool, bool]:
        """Is it reachable, and are we known there?"""
        try:
            answer = await self._vendor.call(
                "POST",
                "/webhook_verification_key/get",
                json={"key_id": "resync-doctor"},
                headers=self._credentials(),
                expected=lambda answer: 400 <= answer.status < 500,
            )
        except TryAgain:
            return False, False
        error = _error_in(answer)
        if answer.status >= 300 and error is None:  # every error of Plaid's has a code: somebody else answers there
            return False, False
        stranger = answer.status in (401, 403) or (error is not None and error.error_code in REFUSALS)
        return True, not stranger

    def _loaded(self) -> Diagnosis:
        count = len(self._account.tokens)
        advice = (
            "Sans jeton, aucune banque n’est lue : ajoutez-les au fichier RESYNC_PLAID_TOKENS_FILE, puis relancez."
        )
        return Diagnosis(f"Jetons {self.name} chargés : {count}", count > 0, "" if count else advice)

    def _webhooks(self, known: bool) -> Diagnosis:
        advice = "Sans accès à Plaid, l’état des banques n’est relu que par relevés réguliers."
        return Diagnosis(f"Webhooks {self.name} vérifiables", known, "" if known else advice)


@dataclass
class _Keys:
    """The keys that webhooks are signed with, kept for an hour; and the ids that are none, kept for ten minutes.

    Memory is bounded: what is no key is forgotten in time, and only so many a minute are asked about.
    """

    fetch: Callable[[str], Awaitable[_Key | None]]
    now: Callable[[], datetime]
    kept: dict[str, tuple[ECKey | None, datetime]] = field(default_factory=dict)
    """By id: the key, or None where there is none; and until when that holds."""
    asked: deque[datetime] = field(default_factory=deque)
    asking: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)

    async def get(self, kid: str) -> ECKey:
        """Raises `NotSigned` where there is no such key any more, `TryAgain` where it cannot be had now."""
        lock = self.asking.setdefault(kid, asyncio.Lock())
        async with lock:
            key, until = self.kept.get(kid, (None, self.now()))
            if until <= self.now():
                key = await self._renew(kid, known=key is not None)
        if key is None:
            raise NotSigned("the webhook's signature names a key that is not Plaid's, or no longer")
        return key

    async def _renew(self, kid: str, *, known: bool) -> ECKey | None:
        if not known:
            self._spend()
        found = await self.fetch(kid)
        key = None if found is None or found.expired_at is not None else _imported(kid, found)
        self.kept = {one: what for one, what in self.kept.items() if what[0] is not None or what[1] > self.now()}
        self.kept[kid] = (key, self.now() + (_MISS_GOOD_FOR if key is None else _KEY_GOOD_FOR))
        return key

    def _spend(self) -> None:
        while self.asked and self.asked[0] + _ASKED_WITHIN <= self.now():
            self.asked.popleft()
        if len(self.asked) >= _ASKED_AT_MOST:
            raise Throttled("too many unknown webhook keys at once", _ASKED_WITHIN.total_seconds())
        self.asked.append(self.now())


def _imported(kid: str, key: _Key) -> ECKey:
    if key.kid != kid:
        raise Unreachable("Plaid answers with another key than the one asked for")
    try:
        return ECKey.import_key({"kty": key.kty, "crv": key.crv, "x": key.x, "y": key.y})
    except (JoseError, ValueError):
        raise Unreachable("Plaid's webhook key cannot be read") from None


def _header_of(token: str) -> _Header:
    """The header, before anything is verified. Raises `NotSigned` for any algorithm but ES256."""
    encoded = token.partition(".")[0]
    try:
        if len(token) > _LONGEST_TOKEN:
            raise ValueError
        return _Header.model_validate_json(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError:  # not base64, not JSON, not of the form
        raise NotSigned("the webhook carries no ES256 signature") from None


def _claims_of(token: str, key: ECKey) -> _Claims:
    try:
        return _Claims.model_validate(jwt.decode(token, key, algorithms=["ES256"]).claims)
    except (JoseError, ValueError):
        raise NotSigned("the webhook's signature is wrong") from None


def _state_of(error: _Error) -> ConnectionState:
    if error.error_type == _RATE_LIMITED:
        return ConnectionState.RATE_LIMITED
    if error.error_code == "ITEM_LOGIN_REQUIRED" and error.error_code_reason is not None:
        return REASONS.get(error.error_code_reason, ConnectionState.UNKNOWN)
    return STATES.get(error.error_code, ConnectionState.UNKNOWN)


def _error_in(answer: Answer) -> _Error | None:
    try:
        return _Error.model_validate_json(answer.body)
    except ValidationError:
        return None


def _says_what_is_wrong(answer: Answer) -> bool:
    """Plaid answers 400 to nearly everything, so its code decides; of 5xx only what speaks of the bank does."""
    error = _error_in(answer)
    if error is None or answer.status < 400:
        return False
    return answer.status < 500 or error.error_type in _ABOUT_THE_BANK


def _our_error(what: str, answer: Answer, error: _Error) -> Exception | None:
    """The error of ours, where theirs does not speak of the item or its bank."""
    if error.error_code in REFUSALS or answer.status in (401, 403):
        return Refused(what)
    if error.error_type == _RATE_LIMITED or answer.status in (409, 429):
        return Throttled(what, retry_after(answer))
    if error.error_type == "API_ERROR" or answer.status == 408:
        return Unreachable(what, retry_after(answer))
    if error.error_type in _ABOUT_THE_BANK or error.error_code in _ANSWERS:
        return None
    return OurBug(what)
