"""The web door: the page of the secure link, the way back from the aggregator's page, and the house's health.

Law: GET, HEAD and OPTIONS change nothing, because chat servers and scanners open every link they see. A token
comes in a POST body only, and goes nowhere from here. What cannot be opened looks the same whatever the reason.
"""

import logging
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.domain.errors import BotError, OurBug, TryAgain
from bot.domain.secret import Secret
from bot.domain.secure_link import Claim, Identified, Opened, Returned, Stranger
from bot.engine import Engine, Envelope, ToConversation
from bot.ports import Aggregator, SecureLinks, Texts
from flows.events import LinkFilled, LinkRefused
from handlers.guard import HOUR, Guard, Limit, Limits, WebOptions
from handlers.init_data import Check, NotProven, Visitor, read_init_data

log = structlog.get_logger(__name__)
PAGE = Path(__file__).parent / "page"
LONGEST_BODY = 4096
LONGEST_LAUNCH = 3 * LONGEST_BODY
CLOSED, UNPROVEN = {"state": "closed"}, {"state": "unproven"}
BAD_TRIES = 5
"""With so many the link is over. Counted in this process: no try gets anywhere, however many there are."""

F = TypeVar("F", bound=BaseModel)


class OwnForm(Protocol):
    """Our own page of the bank secret (`handlers.own_page`), which in the mode `webview` cannot even be imported."""

    def routes(self) -> list[Route]: ...

    async def begin(self, claim: Claim) -> dict[str, Any] | None: ...


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class LinkForm(_Form):
    """What the page sends: the token out of the address's fragment."""

    token: str = Field(min_length=1, max_length=200)


class LaunchForm(_Form):
    """What the page sends when a Mini App opens it: which link, and what Telegram signed."""

    link: str = Field(max_length=64)
    init_data: str = Field(max_length=2 * LONGEST_BODY, repr=False)


class ReturnForm(_Form):
    """What the aggregator's page sent him back with."""

    state: str = Field(min_length=1, max_length=200)
    error: str = Field(default="", max_length=200)
    code: SecretStr = Field(default=SecretStr(""), max_length=1000)
    """Where a renewal makes a new connection, the code that opens it."""


def web_routes(
    links: SecureLinks,
    engine: Engine,
    aggregator: Aggregator,
    texts: Texts,
    options: WebOptions,
    ask_number: Callable[[Opened], Awaitable[None]],
    ready: Callable[[], Awaitable[None]],
    check: Check | None = None,
    own_page: OwnForm | None = None,
    bot_name: Callable[[], str] = str,
) -> list[BaseRoute]:
    """The routes of the web door, for the application's server.

    `check` is how Telegram's word for a visitor is checked; without it the number is always asked for.
    `ask_number` is called at a link's first opening, and makes Telegram ask for the number; if it raises, the
    next opening calls it again. `ready` raises `TryAgain` when the database does not answer. With `own_page` the
    page takes the secret itself, where the aggregator tells what to ask for. `bot_name` is the bot's username, for
    the button back to the chat; empty while it is not known.
    """
    door = Door(links, engine, aggregator, options, ask_number, check, own_page)
    asked = own_page.routes() if own_page else []
    routes = [*pages(texts, options, bot_name, own=own_page is not None), *door.routes(), *asked, *health(ready)]
    handlers: Any = {HTTPException: on_refusal, TryAgain: on_try_again}
    busy = written("busy.html", texts, options.firm).encode()
    app = Guard(Starlette(routes=routes, exception_handlers=handlers), options, busy)
    return [Route(path, app) for path in dict.fromkeys(route.path for route in routes)]


def health(ready: Callable[[], Awaitable[None]]) -> list[Route]:
    """For whoever watches over the process."""

    async def on_healthz(_: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def on_readyz(_: Request) -> Response:
        await ready()
        return Response("ready\n", media_type="text/plain")

    async def on_metrics(_: Request) -> Response:
        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", on_healthz), Route("/readyz", on_readyz), Route("/metrics", on_metrics)]


# The pages


def pages(texts: Texts, options: WebOptions, bot_name: Callable[[], str], *, own: bool = False) -> list[Route]:
    """What a browser gets: read and worded once, at the start. With `own`, the page's own form stands in it too."""
    index = written("index.html", texts, options.firm, OWN_WORDS if own else {})
    if own:
        index = index.replace("</main>", written("own.html", texts, options.firm) + "</main>")
    extra = {kind: (PAGE / f"own.{kind}").read_text("utf-8") if own else "" for kind in ("js", "css")}
    return [
        page("/l", index, bot_name),
        page("/l/back", written("back.html", texts, options.firm), bot_name),
        fixed("/l/page.js", (PAGE / "page.js").read_text("utf-8") + extra["js"], "text/javascript"),
        fixed("/l/page.css", (PAGE / "page.css").read_text("utf-8") + extra["css"], "text/css"),
        fixed("/l/icon.svg", (PAGE / "icon.svg").read_text("utf-8"), "image/svg+xml"),
    ]


def fixed(path: str, content: str, media_type: str) -> Route:
    """A file that never changes while the process runs."""
    body = content.encode()

    async def on_get(_: Request) -> Response:
        return Response(body, media_type=media_type)

    return Route(path, on_get)


def page(path: str, content: str, bot_name: Callable[[], str]) -> Route:
    """A page with a button back to the chat; without one until the bot's name is known."""
    nameless = re.sub(r"\n.*\{\{bot\}\}.*", "", content)

    async def on_get(_: Request) -> Response:
        name = bot_name()
        return Response(content.replace("{{bot}}", name) if name else nameless, media_type="text/html")

    return Route(path, on_get)


OWN_WORDS = {"page-secret": "page-own-secret", "page-proven": "page-own-proven"}
"""What is said in other words where our own page takes the secret."""


def written(name: str, texts: Texts, firm: str, instead: Mapping[str, str] = MappingProxyType({})) -> str:
    """A page with the texts in the places of their keys, `{{page-title}}`; `instead` names other keys for some."""
    template = (PAGE / name).read_text("utf-8")
    return re.sub(
        r"\{\{(page-[a-z-]+)\}\}", lambda found: worded(texts, instead.get(found[1], found[1]), firm), template
    )


def worded(texts: Texts, key: str, firm: str) -> str:
    """A text as HTML. What is only known once the link is open becomes an empty element for the page to fill."""
    later = {name: f"\ue000{name}\ue001" for name in texts.arguments(key)}
    together = firm.replace(" ", "\N{NO-BREAK SPACE}")  # a name is not torn apart at the end of a line
    said = escape(texts.say(key, **{**later, "firm": together}))
    return re.sub("\ue000([a-z_]+)\ue001", r'<span data-fact="\1"></span>', said)


# What the pages ask for


def return_address(public_url: str) -> str:
    """Where a hosted page sends the client back to; the vendors want to know it beforehand."""
    return f"{public_url}/l/back"


class Door:
    """The answers to the pages' questions."""

    def __init__(
        self,
        links: SecureLinks,
        engine: Engine,
        aggregator: Aggregator,
        options: WebOptions,
        ask_number: Callable[[Opened], Awaitable[None]],
        check: Check | None,
        own_page: OwnForm | None = None,
    ) -> None:
        self._check = check
        self._own_page = own_page
        self._links = links
        self._engine = engine
        self._aggregator = aggregator
        self._return_to = return_address(options.public_url)
        self._origins = tuple(begin for host in options.allowed_hosts for begin in origins(host))
        self._ask_number = ask_number
        self._tries = Limits({"claim": Limit(BAD_TRIES - 1, HOUR)}, time.monotonic)

    def routes(self) -> list[Route]:
        """All of them POST."""
        asked = {
            "/l/open": self.on_open,
            "/l/status": self.on_status,
            "/l/claim": self.on_claim,
            "/l/back": self.on_back,
        }
        return [
            Route("/l/identify", self.on_identify, methods=["POST"], max_body_size=LONGEST_LAUNCH),
            *(Route(path, on, methods=["POST"], max_body_size=LONGEST_BODY) for path, on in asked.items()),
        ]

    async def on_open(self, request: Request) -> Response:
        """Whose link it is, for which bank, and the number to tap in Telegram."""
        form = await read(request, LinkForm)
        opened = await self._links.open(form.token)
        if opened is None:
            return JSONResponse(CLOSED)
        if opened.first:
            await self._ask(opened)
        return JSONResponse(self._shown(opened))

    async def on_identify(self, request: Request) -> Response:
        """Telegram says who opened the page. Its owner goes on without a number; somebody else closes it."""
        form = await read(request, LaunchForm)
        visitor = self._visitor(form.init_data)
        if visitor is None:
            return JSONResponse(UNPROVEN)
        found = await self._links.identify(form.link, visitor.user, visitor.proof)
        match found:
            case Identified(opened, token):
                return JSONResponse({**self._shown(opened), "token": token.reveal()})
            case Stranger():
                await self._refuse(found)
        return JSONResponse(CLOSED)

    def _visitor(self, init_data: str) -> Visitor | None:
        if self._check is None:
            return None
        try:
            return read_init_data(init_data, self._engine.clock.now().timestamp(), self._check)
        except NotProven as why:
            log.info("not proven by Telegram", reason=str(why))
            return None

    async def _refuse(self, stranger: Stranger) -> None:
        """Client and staff are told first: a crash between the two leaves a link that closes at the next try."""
        log.warning("somebody else opened the link", link=stranger.id)
        to = ToConversation(stranger.conversation_id)
        await self._engine.receive(Envelope(f"link:{stranger.id}:stranger", to, LinkRefused()))
        await self._links.revoke(stranger.id)

    async def on_status(self, request: Request) -> Response:
        """Has the number been tapped?"""
        form = await read(request, LinkForm)
        opened = await self._links.look(form.token)
        return JSONResponse(CLOSED if opened is None else {"state": state(opened)})

    async def on_claim(self, request: Request) -> Response:
        """Spend the link: the address of the aggregator's page, made at this moment, or the form of our own."""
        form = await read(request, LinkForm)
        claim = await self._links.claim(form.token)
        if claim is None:
            await self._note_bad_try(form.token)
            return JSONResponse(CLOSED)
        try:
            asked = await self._own_page.begin(claim) if self._own_page else None
            if asked is not None:
                return JSONResponse(asked)
            page = await self._hosted_page(claim)
        except BotError as error:
            await self._links.release(claim.id)
            level = logging.WARNING if isinstance(error, TryAgain) else logging.ERROR
            log.log(level, "no page from the aggregator", link=claim.id, error=type(error).__name__)
            return try_again()
        return JSONResponse({"state": "claimed", "url": page.reveal()})

    async def _note_bad_try(self, token: str) -> None:
        """Claimed although nobody was proven, which our page never does: after a few times the link is over."""
        opened = await self._links.look(token)
        if opened is None or opened.proven or not self._tries.wait("claim", str(opened.id)):
            return
        to = ToConversation(opened.conversation_id)
        await self._engine.receive(Envelope(f"link:{opened.id}:tries", to, LinkRefused()))
        await self._links.revoke(opened.id)

    async def on_back(self, request: Request) -> Response:
        """He is back from the aggregator's page. Whether it went well, the bank will say."""
        form = await read(request, ReturnForm)
        returned = await self._links.finish(form.state)
        if returned is not None:
            log.info("back from the aggregator", link=returned.id, with_error=bool(form.error))
            await self._open_renewed(returned, Secret(form.code.get_secret_value()))
            to = ToConversation(returned.conversation_id)
            await self._engine.receive(Envelope(f"link:{returned.id}:done", to, LinkFilled()))
        return JSONResponse({"state": "noted"})

    async def _open_renewed(self, returned: Returned, code: Secret) -> None:
        """Where the renewed connection is a new one, its code is good once: it is opened before anything is read.

        Raises `TryAgain`: the page then lets the client try again, with the same code.
        """
        if self._aggregator.capabilities.keeps_its_id or not code.reveal():
            return
        try:
            reading = await self._aggregator.returned(returned.ref, code)
        except TryAgain:
            raise
        except BotError as error:  # the old connection is read all the same, and says what is still wanted
            log.error("the renewed connection could not be opened", link=returned.id, error=type(error).__name__)
            return
        if reading is not None:
            to = ToConversation(returned.conversation_id)
            await self._engine.receive(Envelope(f"link:{returned.id}:opened", to, reading))

    async def _ask(self, opened: Opened) -> None:
        try:
            await self._ask_number(opened)
        except Exception:
            await self._links.unopen(opened.id)
            raise

    def _shown(self, opened: Opened) -> dict[str, Any]:
        left = opened.expires_at - self._engine.clock.now()
        facts = {"bank": opened.bank, "client": opened.client, "first_name": opened.first_name}
        return {
            "state": state(opened),
            "new_secret": opened.new_secret,
            "seconds": left.total_seconds(),
            "facts": {**facts, "number": str(opened.number)},
        }

    async def _hosted_page(self, claim: Claim) -> Secret:
        page = await self._aggregator.renewal_page(
            claim.ref, return_to=self._return_to, state=claim.return_state.reveal(), new_secret=claim.new_secret
        )
        # The slash ends the host in every browser's reading of an address, so a prefix is enough.
        if not page.reveal().startswith(self._origins):
            raise OurBug("the aggregator's page is at a host that is not the aggregator's")
        return page


def origins(host: str) -> tuple[str, ...]:
    """How addresses at an allowed host begin: with https, and with http on this machine only."""
    scheme, _, rest = host.rpartition("://")
    place = rest.partition("/")[0]
    here = (urlsplit(f"//{place}").hostname or "") in ("127.0.0.1", "::1", "localhost")
    schemes = (scheme,) if scheme else ("https", "http") if here else ("https",)
    return tuple(f"{each}://{place}/" for each in schemes if place)


def state(opened: Opened) -> str:
    """What the page does next."""
    return "proven" if opened.proven else "waiting"


async def read(request: Request, form: type[F]) -> F:
    """The JSON of a request in its form; 415 or 400 where it is none."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "Content-Type must be application/json")
    body = await request.body()
    try:
        return form.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        where = ", ".join(".".join(map(str, fault["loc"])) or "body" for fault in faults[:3])
        raise HTTPException(400, f"not of the expected form: {where}"[:200]) from None


async def on_refusal(_: Request, refusal: Exception) -> Response:
    """405, 413, 415 and their like, as JSON."""
    assert isinstance(refusal, HTTPException)
    return JSONResponse({"error": refusal.detail}, refusal.status_code, refusal.headers)


async def on_try_again(_: Request, error: Exception) -> Response:
    """The database is out of reach."""
    log.warning("the web door could not answer", error=type(error).__name__)
    return try_again()


def try_again() -> Response:
    """Nothing happened; the same request may work in a moment."""
    return JSONResponse({"error": "try again"}, 503, {"retry-after": "5"})
