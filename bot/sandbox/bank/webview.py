"""The hosted page of the invented aggregator « Banque-Relais »: where a client renews one connection.

Law: a link opens once. Whatever happens, the client goes back to the address he came from, with `state` and
nothing that proves anything: the caller has to read the connection.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.bank.access import CODE_LIFE
from bot.sandbox.bank.pages import NOTHING, Markup, avatar, fill, form, page, pieces, root
from bot.sandbox.bank.world import Connection, Outcome

if TYPE_CHECKING:
    from bot.sandbox.bank.bank import Bank

Step = Literal["start", "password", "approve", "code", "action", "down"]

_KNOWN = {
    "domain",
    "client_id",
    "redirect_uri",
    "code",
    "connection_id",
    "state",
    "reset_credentials",
    "connection_sources",
}
_NEEDED = {"domain", "client_id", "redirect_uri", "code", "connection_id"}


@dataclass
class _Visit:
    """One client on the page, from the link he opened until he is sent back."""

    connection: int
    back: str
    state: str | None
    until: datetime
    step: Step
    amiss: bool = False
    """Did what he just gave not work?"""


def routes(bank: "Bank") -> list[BaseRoute]:
    """The page's address and its forms."""
    hosted = _HostedPage(bank)
    return [
        Route("/webview/{lang}/reconnect", hosted.open),
        Route("/webview/{lang}/visit/{visit}", hosted.show),
        Route("/webview/{lang}/visit/{visit}", hosted.submit, methods=["POST"]),
        Route("/webview/{lang}/visit/{visit}/moved", hosted.moved),
    ]


class _HostedPage:
    def __init__(self, bank: "Bank") -> None:
        self._bank = bank
        self._visits: dict[str, _Visit] = {}

    async def open(self, request: Request) -> Response:
        """The link itself: use its code up and begin a visit."""
        if request.method == "HEAD":  # a previewer that looks at the link must not use its code up
            return Response()
        query = dict(request.query_params)
        if request.path_params["lang"] != "fr":
            return _sorry(request, "Cette page n'existe qu'en français.", 404)
        if amiss := self._amiss(query):
            return _sorry(request, amiss, 400)
        link = self._redeem(query)
        if link is None:
            return _back(query["redirect_uri"], query.get("state"), "session_expired", "Le lien a déjà servi.")
        self._visits = {key: old for key, old in self._visits.items() if self._bank.now() < old.until}
        visit = secrets.token_urlsafe(24)
        self._visits[visit] = self._begin(link, query)
        return RedirectResponse(f"{root(request)}/webview/fr/visit/{visit}", 303)

    async def show(self, request: Request) -> Response:
        """Where the visit stands."""
        visit = self._visit(request)
        if visit is None:
            return _sorry(request, "Ce lien a expiré. Demandez-en un nouveau.", 410)
        return _card(request, self._bank.link(visit.connection), visit)

    async def submit(self, request: Request) -> Response:
        """A button of the page."""
        visit = self._visit(request)
        if visit is None:
            return _sorry(request, "Ce lien a expiré. Demandez-en un nouveau.", 410)
        given = await form(request)
        if given.get("do") == "leave":
            return self._leave(request, visit, "access_denied", "Le client est reparti.")
        if given.get("do") == "return":
            return self._leave(request, visit, "server_error", "La banque attend autre chose.")
        outcome = await self._act(visit, given)
        if outcome == "synchronised":
            return self._leave(request, visit)
        visit.amiss = outcome == visit.step
        visit.step = outcome
        return RedirectResponse(request.url.path, 303)

    async def moved(self, request: Request) -> Response:
        """Has the client validated in his bank's app meanwhile?"""
        visit = self._visit(request)
        waiting = visit is not None and self._bank.link(visit.connection).asks_approval
        return JSONResponse({"moved": not waiting}, headers={"Cache-Control": "no-store"})

    def _amiss(self, query: dict[str, str]) -> str:
        if not set(query) >= _NEEDED or not set(query) <= _KNOWN or not query["domain"]:
            return "Le lien est incomplet."
        if query["client_id"] != self._bank.client_id:
            return "Ce lien vient d'une application inconnue."
        back = urlsplit(query["redirect_uri"])
        if back.query or back.fragment or back.scheme not in ("http", "https"):
            return "L'adresse de retour n'est pas acceptée."
        if not any(query["redirect_uri"].startswith(prefix) for prefix in self._bank.redirect_prefixes):
            return "L'adresse de retour n'est pas déclarée."
        return ""

    def _redeem(self, query: dict[str, str]) -> Connection | None:
        user = self._bank.access.redeem(query["code"])
        mine = self._bank.links_of(user) if user is not None else []
        return next((link for link in mine if str(link.id) == query["connection_id"]), None)

    def _begin(self, link: Connection, query: dict[str, str]) -> _Visit:
        wants_secret = query.get("reset_credentials") == "true" or self._bank.state(link) == "wrongpass"
        return _Visit(
            connection=link.id,
            back=query["redirect_uri"],
            state=query.get("state"),
            until=self._bank.now() + CODE_LIFE,
            step="password" if wants_secret else "start",
        )

    def _visit(self, request: Request) -> _Visit | None:
        visit = self._visits.get(request.path_params["visit"])
        if visit is None or visit.until <= self._bank.now() or visit.connection not in self._bank.links:
            return None
        return visit

    async def _act(self, visit: _Visit, given: dict[str, str]) -> Outcome:
        match visit.step:
            case "password":
                return await self._bank.type_password(visit.connection, given.get("password", ""))
            case "code":
                return await self._bank.type_code(visit.connection, given.get("code", ""))
            case _:
                return await self._bank.press_blue_button(visit.connection)

    def _leave(self, request: Request, visit: _Visit, error: str = "", description: str = "") -> Response:
        del self._visits[request.path_params["visit"]]
        return _back(visit.back, visit.state, error, description)


def _back(address: str, state: str | None, error: str = "", description: str = "") -> Response:
    query = {"state": state, "error": error, "error_description": description}
    given = {name: value for name, value in query.items() if value}
    return RedirectResponse(f"{address}?{urlencode(given)}" if given else address, 303)


# What the client sees

_PIECES = pieces("relais")


@dataclass(frozen=True)
class _Words:
    tag: str
    title: str
    button: str
    amiss: str = ""
    do: str = "go"


_WORDS: dict[Step, _Words] = {
    "start": _Words("Accès à renouveler", "Renouveler l'accès à votre banque", "Je renouvelle l'accès"),
    "password": _Words(
        "Mot de passe à mettre à jour",
        "Votre nouveau mot de passe",
        "Valider",
        "Votre banque n'a pas reconnu ce mot de passe. Vérifiez-le avant de recommencer : "
        "après trois erreurs, elle bloque l'accès jusqu'au lendemain.",
    ),
    "approve": _Words(
        "Validation en attente",
        "Validez dans l'application de votre banque",
        "J'ai validé",
        "Votre banque n'a pas encore reçu votre validation.",
    ),
    "code": _Words(
        "Code envoyé",
        "Le code reçu par SMS",
        "Valider",
        "Ce code n'est pas le bon. Vérifiez le dernier SMS reçu.",
    ),
    "action": _Words(
        "À faire sur le site de la banque",
        "Votre banque a quelque chose à vous demander",
        "Revenir",
        do="return",
    ),
    "down": _Words("Momentanément indisponible", "Votre banque ne répond pas", "Revenir", do="return"),
}


def _card(request: Request, link: Connection, visit: _Visit) -> HTMLResponse:
    words = _WORDS[visit.step]
    amiss = fill(_PIECES["amiss"], text=words.amiss) if visit.amiss else NOTHING
    watch = fill(' data-watch="{here}/moved"', here=request.url.path) if visit.step == "approve" else NOTHING
    content = fill(
        _PIECES["step"],
        avatar=avatar(link.brand.name),
        bank=link.brand.name,
        tag=words.tag,
        title=words.title,
        text=Markup(_PIECES[f"text-{visit.step}"]),
        amiss=amiss,
        watch=watch,
        field=Markup(_PIECES.get(f"field-{visit.step}", "")),
        do=words.do,
        button=words.button,
        leave=Markup(_PIECES["leave"]) if words.do == "go" else NOTHING,
    )
    framed = fill(_PIECES["frame"], content=content)
    return page(request, f"{words.title} · Banque-Relais", framed, sheet="relais")


def _sorry(request: Request, text: str, status: int) -> HTMLResponse:
    framed = fill(_PIECES["frame"], content=fill(_PIECES["sorry"], text=text))
    return page(request, "Banque-Relais", framed, sheet="relais", status=status)
