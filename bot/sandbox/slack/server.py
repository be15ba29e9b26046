"""The sandbox's Slack: the Web API, Events, Interactivity and Socket Mode for one workspace and one app.

Faithful in what it refuses, and stricter than the real one: arguments and block fields that do not exist are
refused, and so is a reply to a thread that does not exist.
"""

import re
import time
from asyncio import sleep
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from bot.sandbox.slack import payloads
from bot.sandbox.slack.answers import Answers
from bot.sandbox.slack.arguments import METHODS, check_arguments, read_call
from bot.sandbox.slack.chat import Chat
from bot.sandbox.slack.delivery import KINDS, Delivery
from bot.sandbox.slack.directory import Directory
from bot.sandbox.slack.files import Files
from bot.sandbox.slack.pace import Pace
from bot.sandbox.slack.posting import Outcome, Posting
from bot.sandbox.slack.refusal import Json, Refused
from bot.sandbox.slack.sockets import Sockets
from bot.sandbox.slack.staff import Staff
from bot.sandbox.slack.triggers import Triggers
from bot.sandbox.slack.views import Views
from bot.sandbox.slack.world import APP_ID, World, utc_now

_CALLS_KEPT = 10_000
_SCOPES = (
    "app_mentions:read,channels:history,channels:read,chat:write,commands,files:read,files:write,im:history,"
    "im:write,pins:write,reactions:write,team:read,usergroups:read,users:read,users:read.email"
)


class Slack(Staff):
    """One workspace with one channel, one app and its staff. Mount `routes` anywhere; nothing is global.

    `now`: the sandbox's clock, which dates messages. `monotonic`: real time, for triggers, response URLs and
    pace. `latency`: seconds before each answer. `enforce_rate`: 429 past one message a second in a channel.
    `ack_limit`: seconds the app has to acknowledge. `retry_delays`: waits before an event is tried again.
    `base_url`: where the routes are reached, with their prefix; learnt from the first call if not given.
    """

    def __init__(
        self,
        *,
        bot_token: str,
        app_token: str,
        signing_secret: str,
        now: Callable[[], datetime] = utc_now,
        latency: float = 0.0,
        enforce_rate: bool = False,
        team_id: str = "T0SANDBOX",
        channel_id: str = "C0RESYNC",
        channel_name: str = "resync",
        base_url: str | None = None,
        ack_limit: float = 3.0,
        retry_delays: Sequence[float] = (0.0, 60.0, 300.0),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.latency = latency
        self.calls: deque[tuple[str, Json]] = deque(maxlen=_CALLS_KEPT)
        self._tokens = {"bot": bot_token, "app": app_token}
        self._world = World(now, team_id, channel_id, channel_name)
        self.base_url = base_url
        self._sockets = Sockets(ack_limit)
        self._delivery = Delivery(Posting(signing_secret, ack_limit), self._sockets, retry_delays)
        self._triggers = Triggers(monotonic)
        self._pace = Pace(enforce_rate, monotonic)
        self._chat = Chat(self._world, self._pace, self._emit)
        self._views = Views(self._world, self._triggers, self._chat)
        self._files = Files(self._world, self._chat, bot_token)
        self._answers = Answers(self._world, self._chat, monotonic)
        directory = Directory(self._world)
        parts = (self._chat, self._views, self._files, directory)
        self._methods = {name: call for part in parts for name, call in part.methods().items()}
        self._methods["apps.connections.open"] = self._open_connection
        self.routes: list[BaseRoute] = [
            Route("/api/{method}", self._call, methods=["GET", "POST"]),
            WebSocketRoute("/socket", self._sockets.serve),
            Route("/response/{id}", self._answers.receive, methods=["POST"]),
            Route("/files/upload/{id}", self._files.receive, methods=["POST"]),
            Route("/files/{id}/{name}", self._files.send),
        ]

    @property
    def base_url(self) -> str | None:
        """Where the routes are reached, `/` at the end."""
        return self._world.base_url

    @base_url.setter
    def base_url(self, url: str | None) -> None:
        self._world.base_url = None if url is None else url.rstrip("/") + "/"

    @property
    def enforce_rate(self) -> bool:
        return self._pace.enforced

    @enforce_rate.setter
    def enforce_rate(self, enforced: bool) -> None:
        self._pace.enforced = enforced

    @property
    def request_url(self) -> str | None:
        """Where the app is reached over HTTP; None for Socket Mode. Assigning skips the challenge."""
        return self._delivery.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self._delivery.request_url = url

    async def set_request_url(self, url: str) -> None:
        """Set it as Slack's settings page does. Raises `ValueError` if the app fails the challenge."""
        await self._delivery.set_request_url(url)

    async def start(self) -> None:
        """Nothing to prepare: the routes work as soon as they are served."""

    async def aclose(self) -> None:
        """Stop what is on its way to the app."""
        await self._delivery.aclose()

    async def settle(self) -> None:
        """Wait until every event was taken, or given up."""
        await self._delivery.settle()

    @property
    def sockets(self) -> int:
        """How many Socket Mode connections the app has open."""
        return self._sockets.connected

    async def refresh_sockets(self) -> None:
        """Ask the app to reconnect, as Slack does every few hours."""
        await self._sockets.refresh()

    async def drop_sockets(self) -> None:
        """Cut the app's connections without a word."""
        await self._sockets.drop()

    async def socket_opens(self) -> None:
        """Wait until the app opens another connection."""
        await self._sockets.arrival()

    def subscribe(self) -> AsyncIterator[Json]:
        """Changes on the screens from now on: `kind` is message, update, ephemeral, view, home or delete."""
        return self._world.subscribe()

    async def deliver_raw(
        self, kind: str, payload: Json | bytes, headers: Mapping[str, str] | None = None
    ) -> Outcome:
        """Send the app something odd, or something again (X-Slack-Retry-Num in `headers`), once.

        `kind`: events_api, interactive or slash_commands. Bytes go as they are, as a body or a frame.
        """
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is none of {KINDS}")
        return await self._delivery.send(kind, payload, headers)

    def _emit(self, event: Json) -> None:
        # What the bot itself causes is only told to an app that is there; nobody waits for it.
        if self._delivery.someone_listens:
            self._delivery.event_behind(payloads.event_callback(self._world, event))

    async def _call(self, request: Request) -> Response:
        if self.latency:
            await sleep(self.latency)
        self.base_url = _base_of(request)
        try:
            answer = await self._answer(request, request.path_params["method"])
        except Refused as refused:
            return _refusal(refused)
        return JSONResponse({"ok": True, **answer}, headers={"X-OAuth-Scopes": _SCOPES})

    async def _answer(self, request: Request, method: str) -> Json:
        if method not in METHODS:
            raise Refused("unknown_method")
        token, given = await read_call(request, method)
        self.calls.append((method, given))
        self._check_token(method, token)
        return self._methods[method](check_arguments(method, given))

    def _check_token(self, method: str, token: str | None) -> None:
        if method == "api.test":
            return
        if token is None:
            raise Refused("not_authed")
        wanted = "app" if method == "apps.connections.open" else "bot"
        if token not in self._tokens.values():
            raise Refused("invalid_auth")
        if token != self._tokens[wanted]:
            raise Refused("not_allowed_token_type")

    def _open_connection(self, args: Json) -> Json:
        address = re.sub("^http", "ws", self._world.url("socket/"))
        return {"url": f"{address.rstrip('/')}?ticket={self._sockets.ticket()}&app_id={APP_ID}"}


def _base_of(request: Request) -> str:
    return re.sub(r"api/[^/]*$", "", str(request.url.replace(query="", fragment="")))


def _refusal(refused: Refused) -> Response:
    if refused.retry_after is None:
        return JSONResponse(refused.body())
    return JSONResponse(refused.body(), 429, headers={"Retry-After": str(refused.retry_after)})
