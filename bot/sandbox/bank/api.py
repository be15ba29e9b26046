"""The sandbox aggregator's API, as Powens documents it, and stricter: what is not documented is refused.

Paths, bodies and error codes follow Powens' public documentation (docs.powens.com) and its API description.
"""

import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry, decrypt_compact
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.bank import wire
from bot.sandbox.bank.access import CODE_LIFE
from bot.sandbox.bank.world import Connection

if TYPE_CHECKING:
    from bot.sandbox.bank.bank import Bank

_TOO_SOON = timedelta(seconds=30)
_LARGEST_BODY = 64 * 1024
_SEALS = JWERegistry(algorithms=["RSA-OAEP", "A256GCM"])

Handler = Callable[["Bank", Request], Awaitable[Response]]
Model = TypeVar("Model", bound="_Body")


class _Problem(Exception):
    def __init__(self, status: int, code: str, description: str, **headers: str) -> None:
        super().__init__(code)
        self.status, self.code, self.description = status, code, description
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def answer(self) -> Response:
        body = {"code": self.code, "description": self.description, "request_id": str(uuid.uuid4())}
        return JSONResponse(body, self.status, self.headers)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Init(_Body):
    client_id: str | None = None
    client_secret: str | None = None


class _Renew(_Body):
    grant_type: Literal["client_credentials"]
    client_id: str
    client_secret: str
    id_user: int = Field(ge=1)
    revoke_previous: bool = False


class _Exchange(_Body):
    grant_type: Literal["authorization_code"] = "authorization_code"
    client_id: str
    client_secret: str
    code: str
    redirect_uri: str | None = None


class _Update(_Body):
    password: str | None = None
    login: str | None = None
    website: str | None = None
    code: str | None = None
    resume: Literal[True] | None = None


def routes(bank: "Bank") -> list[BaseRoute]:
    """Everything under `/2.0`."""
    users = "/2.0/users/{user}/connections"

    def route(path: str, **methods: Handler) -> Route:
        return Route(path, _Endpoint(bank, methods), methods=None)

    return [
        route("/2.0/auth/init", POST=_init),
        route("/2.0/auth/renew", POST=_renew),
        route("/2.0/auth/token/access", POST=_exchange),
        route("/2.0/auth/token/code", GET=_mint_code),
        route("/2.0/connectors", GET=_connectors),
        route("/2.0/connectors/{connector}", GET=_connector),
        route(users, GET=_list),
        route(users + "/{connection}", GET=_show, POST=_update, PUT=_force, DELETE=_delete),
        route(users + "/{connection}/sources", GET=_sources),
        route(users + "/{connection}/accounts", GET=_accounts),
        route("/2.0/{path:path}"),
    ]


class _Endpoint:
    """One path: picks the method, and turns problems into error bodies. Starlette takes it as an ASGI app."""

    def __init__(self, bank: "Bank", methods: Mapping[str, Handler]) -> None:
        self._bank = bank
        self._methods = methods

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except _Problem as problem:
            response = problem.answer()
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        if self._bank.limited_calls > 0:
            self._bank.limited_calls -= 1
            raise _Problem(429, "tooManyRequests", "Slow down.", Retry_After=str(self._bank.retry_after))
        if not self._methods:
            raise _Problem(404, "notFound", "No such resource.")
        handler = self._methods.get(request.method)
        if handler is None:
            raise _Problem(405, "methodNotAllowed", "Method not allowed.", Allow=", ".join(self._methods))
        return await handler(self._bank, request)


# Authentication


async def _init(bank: "Bank", request: Request) -> Response:
    body = await _read(request, _Init, query=())
    permanent = body.client_secret is not None
    if permanent and not bank.access.knows(body.client_id or "", body.client_secret or ""):
        raise _unknown_client()
    user = bank.create_user("")
    token = bank.access.token(user, permanent=permanent)
    answer: dict[str, object] = {"auth_token": token, "type": "permanent", "id_user": user}
    if not permanent:
        answer |= {"type": "temporary", "expires_in": int(CODE_LIFE.total_seconds())}
    return JSONResponse(answer)


async def _renew(bank: "Bank", request: Request) -> Response:
    body = await _read(request, _Renew, query=())
    if not bank.access.knows(body.client_id, body.client_secret):
        raise _unknown_client()
    if body.id_user not in bank.users:
        raise _Problem(404, "notFound", "No such user.")
    if body.revoke_previous:
        bank.access.revoke(body.id_user)
    return JSONResponse({"access_token": bank.access.token(body.id_user), "token_type": "Bearer"})


async def _exchange(bank: "Bank", request: Request) -> Response:
    body = await _read(request, _Exchange, query=())
    if not bank.access.knows(body.client_id, body.client_secret):
        raise _unknown_client()
    user = bank.access.redeem(body.code) or bank.access.bearer(body.code)
    if user is None:
        raise _Problem(400, "invalidValue", "The code is not valid.")
    return JSONResponse({"access_token": bank.access.token(user), "token_type": "Bearer"})


async def _mint_code(bank: "Bank", request: Request) -> Response:
    user = _caller(bank, request)
    kind = _query(request, "type").get("type", "requestAccess")
    if kind not in ("requestAccess", "singleAccess"):
        raise _Problem(400, "invalidValue", "type must be requestAccess or singleAccess.")
    single = kind == "singleAccess"
    answer = {
        "code": bank.access.code(user, single=single),
        "type": "temporary",
        "access": "single" if single else "standard",
        "expires_in": int(CODE_LIFE.total_seconds()),
    }
    return JSONResponse(answer)


# Connectors


async def _connectors(bank: "Bank", request: Request) -> Response:
    expand = _expand(request, "fields")
    return JSONResponse({"connectors": [wire.connector(brand, expand) for brand in bank.brands.values()]})


async def _connector(bank: "Bank", request: Request) -> Response:
    expand, wanted = _expand(request, "fields"), request.path_params["connector"]
    for brand in bank.brands.values():
        if wanted in (str(brand.id), brand.uuid):
            return JSONResponse(wire.connector(brand, expand))
    raise _Problem(404, "notFound", "No such connector.")


# Connections


async def _list(bank: "Bank", request: Request) -> Response:
    user, expand = _caller(bank, request), _expand(request, *wire.EXPANDABLE)
    return JSONResponse({"connections": [wire.connection(bank, link, expand) for link in bank.links_of(user)]})


async def _show(bank: "Bank", request: Request) -> Response:
    link, expand = _own(bank, request), _expand(request, *wire.EXPANDABLE)
    return JSONResponse(wire.connection(bank, link, expand))


async def _sources(bank: "Bank", request: Request) -> Response:
    link, _ = _own(bank, request), _query(request)
    return JSONResponse({"sources": wire.sources(bank, link)})


async def _accounts(bank: "Bank", request: Request) -> Response:
    link, _ = _own(bank, request), _query(request)
    return JSONResponse({"accounts": wire.accounts(link), "balances": {"EUR": 0.0}})


async def _update(bank: "Bank", request: Request) -> Response:
    link = _own(bank, request)
    body = await _read(request, _Update, query=("background", "source", "expand"))
    given = body.model_dump(exclude_none=True)
    if len({_belongs(name) for name in given}) > 1:
        raise _Problem(400, "invalidValue", "Credentials, a code and resume do not go together.")
    if "code" in given and bank.state(link) != "additionalInformationNeeded":
        raise _Problem(400, "invalidValue", "No code is awaited.")
    if body.password is not None:
        outcome = await bank.type_password(link.id, _unsealed(bank, body.password))
    elif body.code is not None:
        outcome = await bank.type_code(link.id, _unsealed(bank, body.code))
    else:
        outcome = await bank.press_blue_button(link.id)
    if outcome in _REFUSALS:
        raise _Problem(400, *_REFUSALS[outcome])
    return JSONResponse(wire.connection(bank, link, set()), 200 if outcome == "synchronised" else 202)


_REFUSALS: Mapping[str, tuple[str, str]] = {
    "password": ("wrongpass", "Wrong credentials."),
    "action": ("actionNeeded", "The bank wants something done on its own site."),
    "down": ("websiteUnavailable", "The bank does not answer."),
}


def _belongs(field: str) -> str:
    return field if field in ("code", "resume") else "credentials"


def _unsealed(bank: "Bank", value: str) -> str:
    """A value that a browser sealed to the key of our console; once there is such a key, no other is taken."""
    if bank.seal is None:
        return value
    try:
        opened = decrypt_compact(value, bank.seal, registry=_SEALS).plaintext or b""
    except (JoseError, ValueError):
        raise _Problem(400, "invalidValue", "The value is not sealed to our key.") from None
    return opened.decode()


async def _force(bank: "Bank", request: Request) -> Response:
    link = _own(bank, request)
    if _query(request, "psu_requested", "expand").get("psu_requested", "true") not in ("true", "false"):
        raise _Problem(400, "invalidValue", "psu_requested must be true or false.")
    if await request.body():
        raise _Problem(400, "invalidValue", "No body is expected.")
    if link.settles_at is not None:
        raise _Problem(409, "connectionLocked", "A synchronisation is running.")
    if link.forced_at is not None and bank.now() - link.forced_at < _TOO_SOON:
        raise _Problem(409, "tooManySync", "Synchronised a moment ago.")
    link.forced_at = bank.now()
    bank.attempt(link, present=False)
    return JSONResponse(wire.connection(bank, link, _expand(request, *wire.EXPANDABLE, also=("psu_requested",))))


async def _delete(bank: "Bank", request: Request) -> Response:
    link, _ = _own(bank, request), _query(request)
    bank.delete(link.id)
    return Response(status_code=204)


# Reading requests


def _unknown_client() -> _Problem:
    return _Problem(401, "authFailure", "Unknown client.")


def _caller(bank: "Bank", request: Request) -> int:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    user = bank.access.bearer(token) if scheme == "Bearer" else None
    if user is None or user not in bank.users:
        raise _Problem(401, "unauthorized", "A valid bearer token is needed.")
    if request.path_params.get("user", "me") not in ("me", str(user)):
        raise _Problem(403, "forbidden", "Not your user.")
    return user


def _own(bank: "Bank", request: Request) -> Connection:
    user, number = _caller(bank, request), request.path_params["connection"]
    known = number.isascii() and number.isdigit() and len(number) < 19 and int(number) in bank.links
    if not known or bank.links[int(number)].user.id != user:
        raise _Problem(404, "notFound", "No such connection.")
    return bank.link(int(number))


def _query(request: Request, *known: str) -> dict[str, str]:
    for name in request.query_params:
        if name not in known:
            raise _Problem(400, "invalidValue", "Unknown query parameter.")
    return dict(request.query_params)


def _expand(request: Request, *known: str, also: tuple[str, ...] = ()) -> set[str]:
    named = {part for part in _query(request, "expand", *also).get("expand", "").split(",") if part}
    if not named <= set(known):
        raise _Problem(400, "invalidValue", "Cannot expand that.")
    return named


async def _read(request: Request, model: type[Model], *, query: tuple[str, ...]) -> Model:
    """The body as JSON of that form; an empty one counts as an empty object."""
    _query(request, *query)
    raw = await _bounded(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if raw and kind != "application/json":
        raise _Problem(400, "invalidValue", "The body must be JSON.")
    try:
        return model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        missing = any(line["type"] == "missing" for line in error.errors(include_input=False))
        code = "missingParameter" if missing else "invalidValue"
        # Only the names of the fields: a value may be a password.
        where = json.dumps([line["loc"] for line in error.errors(include_input=False)])
        raise _Problem(400, code, where) from None


async def _bounded(request: Request) -> bytes:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _LARGEST_BODY:
            raise _Problem(413, "invalidValue", "The body is too large.")
    return raw
