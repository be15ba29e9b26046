"""A mock of the client's One up space: menu, module COMPTABILITÉ, banks, and the blue button.

The look is invented; the words are those of the firm's procedure. It does by mouse what the methods of `Bank`
do by hand, and knows nothing more.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.bank.pages import (
    NOTHING,
    Markup,
    avatar,
    day,
    fill,
    form,
    joined,
    moment,
    page,
    pieces,
    root,
    short_day,
)
from bot.sandbox.bank.world import Connection, Outcome, hashed

if TYPE_CHECKING:
    from bot.sandbox.bank.bank import Bank

_RUNS_OUT = timedelta(days=14)
_DRAFTS_KEPT = 200
_PIECES = pieces("oneup")
_TAGS = {
    "websiteUnavailable": "Banque indisponible",
    "validating": "En cours",
    "rateLimiting": "À réessayer plus tard",
}


@dataclass(frozen=True)
class _Draft:
    """A first connection between its login page and its choice of period; the password is only a hash."""

    user: int
    bank: str
    password: bytes
    salt: bytes


def routes(bank: "Bank") -> list[BaseRoute]:
    """Everything under `/oneup/{user}`."""
    space = _Space(bank)
    mine = "/oneup/{user:int}"
    link = mine + "/banque/{connection:int}"
    return [
        Route(mine, space.home),
        Route(mine + "/comptabilite", space.accounting),
        Route(link, space.show_bank),
        Route(link, space.act, methods=["POST"]),
        Route(link + "/moved", space.moved),
        Route(mine + "/nouveau", space.choose_bank),
        Route(mine + "/nouveau/connexion", space.log_in),
        Route(mine + "/nouveau/connexion", space.logged_in, methods=["POST"]),
        Route(mine + "/nouveau/periode/{draft}", space.choose_period),
        Route(mine + "/nouveau/periode/{draft}", space.finish, methods=["POST"]),
    ]


class _Space:
    def __init__(self, bank: "Bank") -> None:
        self._bank = bank
        self._drafts: dict[str, _Draft] = {}

    # Looking around

    async def home(self, request: Request) -> Response:
        """The space's first page."""
        stale = [link for link in self._links(request) if self._bank.state(link) is not None]
        notice = fill(_PIECES["home-notice"], count=len(stale)) if stale else Markup(_PIECES["home-well"])
        return self._page(request, "Tableau de bord", fill(_PIECES["home"], notice=notice), here="home")

    async def accounting(self, request: Request) -> Response:
        """Module COMPTABILITÉ: the synchronised banks."""
        rows = [self._row(request, link) for link in self._links(request)]
        body = fill(
            _PIECES["accounting"],
            mine=_mine(request),
            rows=joined(rows) if rows else Markup(_PIECES["no-bank"]),
        )
        return self._page(request, "Comptabilité", body, here="accounting")

    async def show_bank(self, request: Request) -> Response:
        """One bank: its operations, and the blue button at the top right."""
        link = self._link(request)
        body = fill(
            _PIECES["bank"],
            mine=_mine(request),
            avatar=avatar(link.brand.name),
            bank=link.brand.name,
            iban=_spaced(link.other_iban if link.strayed else link.iban),
            banner=self._banner(request, link),
            last=moment(link.last_update),
            until=day(link.access_expire),
            rows=joined([fill(_PIECES["operation"], **row) for row in _operations(link.last_update)]),
            window=self._window(request, link),
        )
        return self._page(request, link.brand.name, body, here="accounting")

    async def moved(self, request: Request) -> Response:
        """Has the client validated in his bank's app meanwhile?"""
        return JSONResponse({"moved": not self._link(request).asks_approval}, headers={"Cache-Control": "no-store"})

    # The blue button and its window

    async def act(self, request: Request) -> Response:
        """A button on the bank's page or in its window."""
        link, given = self._link(request), await form(request)
        match given.get("do"):
            case "password":
                outcome = await self._bank.type_password(link.id, given.get("password", ""))
            case "code":
                outcome = await self._bank.type_code(link.id, given.get("code", ""))
            case _:
                outcome = await self._bank.press_blue_button(link.id)
        again = "&encore=1" if outcome == given.get("do") else ""
        page_two = "&page=2" if again and outcome == "password" else ""
        return RedirectResponse(f"{request.url.path}?suite={outcome}{page_two}{again}", 303)

    def _window(self, request: Request, link: Connection) -> Markup:
        suite, page_two = request.query_params.get("suite", ""), request.query_params.get("page") == "2"
        template = _PIECES.get("window-" + (f"{suite}-2" if suite == "password" and page_two else suite))
        if template is None:
            return NOTHING
        again = request.query_params.get("encore") == "1"
        amiss = Markup(_PIECES.get(f"amiss-{suite}", "")) if again else NOTHING
        inside = fill(template, here=request.url.path, bank=link.brand.name, amiss=amiss)
        return fill(_PIECES["window"], here=request.url.path, inside=inside)

    def _banner(self, request: Request, link: Connection) -> Markup:
        suite = request.query_params.get("suite", "")
        if suite == "synchronised":
            running = self._bank.state(link) == "validating"
            return Markup(_PIECES["running"] if running else _PIECES["synchronised"])
        if suite == "down":
            return Markup(_PIECES["down"])
        return Markup(_PIECES["stopped"]) if self._bank.state(link) is not None else NOTHING

    # « Nouveau compte bancaire »

    async def choose_bank(self, request: Request) -> Response:
        """Page one: which bank."""
        choices = [
            fill(
                _PIECES["choice"],
                mine=_mine(request),
                number=brand.id,
                avatar=avatar(brand.name),
                bank=brand.name,
            )
            for brand in sorted(self._bank.brands.values(), key=lambda brand: brand.name)
        ]
        return self._page(request, "Nouveau compte bancaire", fill(_PIECES["choose"], choices=joined(choices)))

    async def log_in(self, request: Request) -> Response:
        """Page two: the client's usual login at that bank."""
        name = self._chosen(request)
        down = Markup(_PIECES["down"]) if not self._bank.bank_up(name) else NOTHING
        body = fill(_PIECES["log-in"], avatar=avatar(name), bank=name, here=_here(request), down=down)
        return self._page(request, name, body)

    async def logged_in(self, request: Request) -> Response:
        """The login is kept as a hash until the period is chosen."""
        user, name, given = self._user(request), self._chosen(request), await form(request)
        if not given.get("password") or not self._bank.bank_up(name):
            return RedirectResponse(_here(request), 303)
        draft, salt = secrets.token_urlsafe(16), secrets.token_bytes(16)
        self._drafts[draft] = _Draft(user, name, hashed(given["password"], salt), salt)
        while len(self._drafts) > _DRAFTS_KEPT:
            del self._drafts[next(iter(self._drafts))]
        return RedirectResponse(f"{_mine(request)}/nouveau/periode/{draft}", 303)

    async def choose_period(self, request: Request) -> Response:
        """Page three: from when on."""
        draft = self._draft(request)
        body = fill(_PIECES["period"], avatar=avatar(draft.bank), bank=draft.bank, here=request.url.path)
        return self._page(request, draft.bank, body)

    async def finish(self, request: Request) -> Response:
        """The first synchronisation."""
        draft = self._draft(request)
        del self._drafts[request.path_params["draft"]]
        link = self._bank.connect_hashed(draft.user, draft.bank, draft.password, draft.salt)
        outcome: Outcome = "synchronised"
        return RedirectResponse(f"{_mine(request)}/banque/{link}?suite={outcome}", 303)

    # What the pages stand on

    def _page(self, request: Request, title: str, body: Markup, *, here: str = "accounting") -> HTMLResponse:
        user = self._bank.users[self._user(request)]
        frame = fill(
            _PIECES["frame"],
            mine=_mine(request),
            name=user.name or "Mon restaurant",
            home=Markup(' aria-current="page"') if here == "home" else NOTHING,
            accounting=Markup(' aria-current="page"') if here == "accounting" else NOTHING,
            body=body,
        )
        return page(request, f"{title} · One up (maquette)", frame, sheet="oneup")

    def _row(self, request: Request, link: Connection) -> Markup:
        now, state = self._bank.now(), self._bank.state(link)
        tag, kind = "À jour", "good"
        if state is not None:
            tag, kind = _TAGS.get(state, "À resynchroniser"), "stale"
        elif link.access_expire - now < _RUNS_OUT:
            tag, kind = f"Jusqu'au {day(link.access_expire)}", "soon"
        return fill(
            _PIECES["row"],
            mine=_mine(request),
            connection=link.id,
            avatar=avatar(link.brand.name),
            bank=link.brand.name,
            last=day(link.last_update),
            tag=tag,
            kind=kind,
        )

    def _user(self, request: Request) -> int:
        user = int(request.path_params["user"])
        if user not in self._bank.users:
            raise HTTPException(404)
        return user

    def _links(self, request: Request) -> list[Connection]:
        return self._bank.links_of(self._user(request))

    def _link(self, request: Request) -> Connection:
        for link in self._links(request):
            if link.id == request.path_params["connection"]:
                return link
        raise HTTPException(404)

    def _chosen(self, request: Request) -> str:
        self._user(request)
        for brand in self._bank.brands.values():
            if str(brand.id) == request.query_params.get("banque"):
                return brand.name
        raise HTTPException(404)

    def _draft(self, request: Request) -> _Draft:
        draft = self._drafts.get(request.path_params["draft"])
        if draft is None or draft.user != self._user(request):
            raise HTTPException(404)
        return draft


def _mine(request: Request) -> str:
    return f"{root(request)}/oneup/{request.path_params['user']}"


def _here(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}"


def _spaced(iban: str) -> str:
    return " ".join(iban[i : i + 4] for i in range(0, len(iban), 4))


_OPERATIONS = (
    (0, "Remise cartes bancaires", 1_284.60),
    (0, "Primeur Le Verger", -212.35),
    (1, "Remise cartes bancaires", 1_907.10),
    (2, "Boucherie des Halles", -486.90),
    (2, "Titres-restaurant", 342.00),
    (4, "Blanchisserie Blanc Net", -96.40),
    (5, "Remise cartes bancaires", 2_113.80),
    (7, "Loyer du local", -1_950.00),
)


def _operations(until: datetime) -> list[dict[str, str]]:
    """A restaurant's last operations, the newest on the day of the last synchronisation."""
    return [
        {
            "when": short_day(until - timedelta(days=ago)),
            "what": what,
            "amount": _euros(amount),
            "kind": "in" if amount > 0 else "out",
        }
        for ago, what, amount in _OPERATIONS
    ]


def _euros(amount: float) -> str:
    figure = f"{abs(amount):,.2f}".replace(",", "\u202f").replace(".", ",")
    return f"{'+' if amount > 0 else '−'}{figure}\u00a0€"
