"""HTTP to an aggregator: bounded in time and size, and foreign errors become ours here, once.

Law: only GET is retried, because a repeated POST can make a second user or lock a bank access. What the
vendor wrote never goes into a message or the log: it may hold an address with a code in it.
"""

import asyncio
import random
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import MappingProxyType
from typing import Protocol, TypeVar
from urllib.parse import urlencode

import aiohttp
import httpx
from aiohttp.client_middlewares import ClientHandlerType
from circuitbreaker import CircuitBreaker  # type: ignore[import-untyped]
from httpx_aiohttp import AiohttpTransport
from pydantic import BaseModel, ValidationError

from bot.domain.errors import OurBug, Refused, Throttled, Unreachable
from bot.ports import Diagnosis

_LARGEST_ANSWER = 4 * 1024 * 1024
_BACK_OFF = (0.3, 1.0)
"""Seconds before the second and the third try of a GET."""
_PASSING = {502, 503, 504}
_LONGEST_WAIT = 24 * 3600.0
AT_ONCE = 20
"""Calls under way to one vendor; the others wait for their turn."""
_FAILURES, _REST = 10, 30
"""After so many failures in a row a vendor is left alone, for so many seconds."""
SKEW = timedelta(seconds=60)
"""How far two well-kept clocks may be apart. Signatures and tokens that live for minutes bear no more."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")

Form = TypeVar("Form", bound=BaseModel)


@dataclass(frozen=True)
class Patience:
    """How long one kind of call may take, in seconds."""

    connect: float
    read: float
    whole: float
    """Of the whole call: a server that drips one byte a second ends here."""


QUICK = Patience(connect=5, read=20, whole=30)
AT_THE_BANK = Patience(connect=5, read=300, whole=330)
"""For calls during which the vendor talks with the bank (Powens asks for at least five minutes)."""


class Body(Protocol):
    """The body of a call that gives its bytes away."""

    length: int

    def __aiter__(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True)
class Answer:
    """A bounded answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def parsed(self, form: type[Form]) -> Form:
        """The body in its expected form. Raises `Unreachable`: an answer we cannot read is none."""
        try:
            return form.model_validate_json(self.body)
        except ValidationError as error:
            wrong = [".".join(map(str, line["loc"])) for line in error.errors(include_input=False)]
            raise Unreachable(f"answer is not a {form.__name__}: {wrong[:5]}") from None


class Vendor:
    """One vendor's HTTP interface, below one base address."""

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        transport: httpx.AsyncBaseTransport | None = None,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._name = name
        self._now = now
        self._skew: timedelta | None = None
        """How far its clock was ahead of ours at its last answer that had a date."""
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._breaker = CircuitBreaker(_FAILURES, _REST, Unreachable, name)
        self._pause = pause
        self._base_url = base_url.rstrip("/")
        self._http = httpx.AsyncClient(
            transport=transport or _transport(),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # one user's is not for the next one
        )

    async def call(
        self,
        method: str,
        path: str,
        *,
        patience: Patience = QUICK,
        query: Mapping[str, str] = MappingProxyType({}),
        headers: Mapping[str, str] = MappingProxyType({}),
        json: Mapping[str, object] | None = None,
        content: Body | None = None,
        expected: Callable[["Answer"], bool] = lambda answer: False,
    ) -> Answer:
        """Make one call. `expected` tells which answers above 299 mean something to the caller.

        `content` is JSON that is read once, and not kept by us while the answer is awaited.

        Raises `Throttled` (409, 429), `Unreachable` (no answer, 5xx, a redirect, too large; or not asked, because
        it has not answered lately), `Refused` (401, 403) and `OurBug` (any other 4xx).
        """
        request = self._http.build_request(
            method,
            self._base_url + path + ("?" + urlencode(query) if query else ""),  # httpx would parse it three times
            headers={**headers, **_about(content)},
            json=json,
            content=content,
            timeout=httpx.Timeout(patience.read, connect=patience.connect),
        )
        what = f"{self._name}: {method} {path}"
        async with self._turn:
            if self._breaker.opened:
                raise Unreachable(f"{what}: not asked, it has not answered lately", self._breaker.open_remaining)
            with self._breaker:
                answer = await self._patiently(request, what, patience)
                if answer.status >= 300 and not expected(answer):
                    raise _error(what, answer)
                return answer

    def about_clock(self) -> list[Diagnosis]:
        """Whether the vendor's clock and ours agree, by the `Date` of its last answer; no line before it told one."""
        if self._skew is None:
            return []
        right, apart = abs(self._skew) <= SKEW, abs(self._skew).total_seconds()
        side = "retarde" if self._skew > timedelta(0) else "avance"
        advice = (
            f"L’horloge de cette machine {side} de {apart:.0f} secondes sur celle de l’agrégateur, qui refuse une "
            "autre heure que la sienne : activez sa mise à l’heure automatique (timedatectl set-ntp true)."
        )
        return [Diagnosis("Horloge à l’heure de l’agrégateur", right, "" if right else advice)]

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _patiently(self, request: httpx.Request, what: str, patience: Patience) -> Answer:
        waits = _BACK_OFF if request.method == "GET" else ()
        for wait in waits:
            try:
                answer = await self._once(request, what, patience)
            except _Broken:
                pass
            else:
                if answer.status not in _PASSING or "retry-after" in answer.headers:
                    return answer
            await self._pause(wait * random.uniform(0.5, 1.5))
        return await self._once(request, what, patience)

    async def _once(self, request: httpx.Request, what: str, patience: Patience) -> Answer:
        try:
            async with asyncio.timeout(patience.whole):
                response = await self._http.send(request, stream=True)
                try:
                    body = await _bounded(response, what)
                finally:
                    await response.aclose()
        # `from None`: httpx's own messages may quote the address.
        except (httpx.NetworkError, httpx.RemoteProtocolError, httpx.ConnectTimeout) as error:
            raise _Broken(f"{what}: {type(error).__name__}") from None
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as error:
            raise Unreachable(f"{what}: {type(error).__name__}") from None
        told = _date(response.headers.get("date", ""))
        if told is not None:
            self._skew = told - self._now()
        return Answer(response.status_code, response.headers, body)


def _transport() -> httpx.AsyncBaseTransport:
    """aiohttp below httpx: a third of the processor time for each call, as `resync bench aggregator` shows.

    It opens no connection, and needs no event loop, before the first call.
    """
    tls = httpx.create_ssl_context(trust_env=False)
    return AiohttpTransport(verify=tls, client=lambda: _session(tls))


def _session(tls: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=tls), cookie_jar=aiohttp.DummyCookieJar(), middlewares=(_only_once,)
    )


async def _only_once(request: aiohttp.ClientRequest, send: ClientHandlerType) -> aiohttp.ClientResponse:
    """A line that broke is ours to judge: aiohttp would make a PUT again by itself, which can lock a bank access."""
    try:
        return await send(request)
    except aiohttp.ServerTimeoutError:
        raise  # never made again, and the transport has httpx's words for it
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(type(error).__name__) from None
    except aiohttp.ClientError as error:
        raise httpx.RemoteProtocolError(type(error).__name__) from None


def _about(content: Body | None) -> dict[str, str]:
    """Vendors do not all take a body whose length they are not told."""
    return {} if content is None else {"Content-Type": "application/json", "Content-Length": str(content.length)}


class _Broken(Unreachable):
    """The line failed at once, so trying again costs no patience."""


async def _bounded(response: httpx.Response, what: str) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > _LARGEST_ANSWER:
            raise Unreachable(f"{what}: the answer is larger than {_LARGEST_ANSWER} bytes")
    return bytes(body)


def _error(what: str, answer: Answer) -> Exception:
    """Our error for a status that nobody expected."""
    said = f"{what}: HTTP {answer.status} {vendor_code(answer)}".rstrip()
    if answer.status in (409, 429):  # a conflict with something that runs passes by itself
        return Throttled(said, retry_after(answer))
    if answer.status in (401, 403):
        return Refused(said)
    if 400 <= answer.status < 500 and answer.status != 408:
        return OurBug(said)
    return Unreachable(said, retry_after(answer))


def plain(code: str) -> str:
    """A vendor's code as it may be logged and shown: one plain word. Anything else could be a text."""
    return code if _WORD.fullmatch(code) else "unreadable"


class _Error(BaseModel):
    code: str


def vendor_code(answer: Answer) -> str:
    """The `code` of an error body when it is one plain word, else empty."""
    try:
        code = _Error.model_validate_json(answer.body).code
    except ValidationError:
        return ""
    return code if _WORD.fullmatch(code) else ""


def retry_after(answer: Answer) -> float | None:
    """`Retry-After` in seconds from now, whichever of its two forms it has; at most a day."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), _LONGEST_WAIT)
    moment = _date(value)
    if moment is None:
        return None
    return min(max((moment - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_WAIT)


def _date(value: str) -> datetime | None:
    """A date as HTTP writes it, in UTC; None where it is none."""
    try:
        moment = parsedate_to_datetime(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None
