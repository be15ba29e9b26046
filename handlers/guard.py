"""The guard of the web door: who may frame, cache or run what, and how often each address may come.

Limits keep real time, and live in this process: they slow guessing and floods down, nothing depends on them.
"""

import math
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

REMEMBERED = 10_000
"""Pairs of door and address; beyond it the one that was quiet longest is forgotten."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Limit:
    """At most `count` times in any `seconds`."""

    count: int
    seconds: float


MINUTE, HOUR = 60.0, 3600.0
LIMITS: Mapping[str, Limit] = {
    "page": Limit(60, MINUTE),
    "open": Limit(30, HOUR),
    "identify": Limit(30, HOUR),
    "status": Limit(60, MINUTE),  # one page asks 40 times a minute
    "claim": Limit(10, HOUR),
    "back": Limit(30, HOUR),
    "answer": Limit(60, MINUTE),
    "send": Limit(10, HOUR),
    "approved": Limit(30, HOUR),
}
DOORS = {f"/l/{door}": door for door in LIMITS if door != "page"}
NO_FEATURE = ", ".join(
    f"{each}=()"
    for each in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
        "gyroscope", "magnetometer", "microphone", "midi", "payment", "publickey-credentials-get",
        "screen-wake-lock", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip


@dataclass(frozen=True)
class WebOptions:
    """What the web door must know of the firm and of its own place."""

    public_url: str
    firm: str
    allowed_hosts: tuple[str, ...]
    """Where a claimed link may lead: the aggregator's hosts, with their port if they need one; or whole addresses."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of our own proxies, whose X-Forwarded-For is believed."""
    limits: Mapping[str, Limit] = field(default_factory=lambda: LIMITS)
    framed_by: str = ""
    """The one origin that may show the Mini App's page in a frame; no other page may be in one."""


def headers(options: WebOptions, *, framed_by: str = "") -> dict[str, str]:
    """No script, style or request but our own; no frame but `framed_by`'s, no cache, no trace in a referrer."""
    ancestors = framed_by or "'none'"
    kept = {
        "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
        f"frame-ancestors {ancestors}",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": NO_FEATURE,
        "x-robots-tag": "noindex",
    }
    if not framed_by:
        kept["x-frame-options"] = "DENY"
    if options.public_url.startswith("https://"):
        kept["strict-transport-security"] = "max-age=63072000; includeSubDomains"
    return kept


class Guard:
    """Around every answer of the web door: the limits before it, the headers on it, refusals and faults included."""

    def __init__(self, app: ASGIApp, options: WebOptions, busy: bytes) -> None:
        """`busy` is the page for whoever comes too often, and is a person."""
        self._app = app
        self._busy = busy
        self._headers = headers(options)
        self._app_headers = headers(options, framed_by=options.framed_by)
        self._visitors = Visitors(options.trusted_proxies)
        self._limits = Limits(options.limits, time.monotonic)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        given = self._app_headers if is_mini_app(request) else self._headers

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(given)
            await send(message)

        wait = self._wait(request)
        answer: ASGIApp = self._too_often(request, wait) if wait else self._app
        await answer(scope, receive, send_guarded)

    def _wait(self, request: Request) -> float:
        path = request.url.path
        if not path.startswith("/l"):
            return 0.0
        door = DOORS.get(path, "page") if request.method == "POST" else "page"
        peer = request.client.host if request.client else ""
        forwarded = ",".join(request.headers.getlist("x-forwarded-for"))
        return self._limits.wait(door, self._visitors.name(peer, forwarded))

    def _too_often(self, request: Request, wait: float) -> Response:
        """Come back later, and when."""
        later = {"retry-after": str(math.ceil(wait))}
        if "text/html" in request.headers.get("accept", ""):
            return Response(self._busy, 429, later, "text/html")
        return JSONResponse({"error": "too many requests"}, 429, later)


def is_mini_app(request: Request) -> bool:
    """The page of a link as a Mini App's button opens it: in the browser, Telegram shows it in a frame."""
    return request.url.path == "/l" and "i" in request.query_params


class Limits:
    """A sliding window for each door and visitor. `now` is a monotonic clock, in seconds."""

    def __init__(self, limits: Mapping[str, Limit], now: Callable[[], float]) -> None:
        self._limits = limits
        self._now = now
        self._seen: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def wait(self, door: str, visitor: str) -> float:
        """Count a visit, or give the seconds until it would be welcome; 0 where it is welcome now."""
        limit, now = self._limits[door], self._now()
        seen = self._seen.setdefault((door, visitor), deque())
        self._seen.move_to_end((door, visitor))
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        while seen and seen[0] <= now - limit.seconds:
            seen.popleft()
        if len(seen) >= limit.count:
            return seen[0] + limit.seconds - now
        seen.append(now)
        return 0.0


class Visitors:
    """Tells visitors apart. `X-Forwarded-For` is only believed from proxies that were named (address or network)."""

    def __init__(self, trusted_proxies: Iterable[str]) -> None:
        self._trusted = [ip_network(each, strict=False) for each in trusted_proxies]

    def name(self, peer: str, forwarded: str) -> str:
        """The visitor's IPv4 address or IPv6 /64; read from the right, where our own proxies write."""
        address = plain(peer)
        for hop in reversed(forwarded.split(",")):
            if address is None or not self._is_ours(address):
                break
            further = plain(hop)
            if further is None:
                break
            address = further
        return named(address)

    def _is_ours(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def plain(text: str) -> Address | None:
    """An address; IPv4 inside of IPv6 is IPv4. None where it is none (a Unix socket, or nonsense)."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def named(address: Address | None) -> str:
    """How the limits know it: a household has a whole /64 of IPv6."""
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address.packed, 64), strict=False))
    return str(address)
