"""A Bot API server for one bot, on loopback: the sandbox's Telegram.

Faithful in what it refuses and stricter than the real one in two things: unknown parameters are refused, and
so is a second answer to a press. Laxer in three, so that everything can run on one machine: a webhook may be
plain http on loopback, buttons may lead to http://localhost, and Mini Apps open over http on loopback (see
`allow_loopback_urls`).
"""

import asyncio
import json
import re
import time
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from bot.sandbox.telegram.account import Account
from bot.sandbox.telegram.editing import Editing
from bot.sandbox.telegram.limits import Json, Refusal, bad, is_loopback
from bot.sandbox.telegram.methods import METHODS, read
from bot.sandbox.telegram.pace import Pace
from bot.sandbox.telegram.people import Phones
from bot.sandbox.telegram.sending import Call, Sending
from bot.sandbox.telegram.updates import Updates
from bot.sandbox.telegram.web_apps import Signer, launched
from bot.sandbox.telegram.webhook import Webhook
from bot.sandbox.telegram.wire import Incoming, read_request
from bot.sandbox.telegram.world import World

_TOKEN = re.compile(r"([0-9]{1,16}):[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_CALLS_KEPT = 10_000
_CONNECTIONS = 40
_MOST_CONNECTIONS = 100
_HUNG_UP = 499, b""
_DUMP: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def utc_now() -> datetime:
    """The real time, in UTC."""
    return datetime.now(UTC)


class _Endpoint:
    """An ASGI application Starlette calls as it is: a request object for each call would halve the pace."""

    def __init__(self, telegram: "Telegram") -> None:
        self._telegram = telegram

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path_params"]
        status, body = await self._telegram.answer(path["token"], path["method"], scope, receive)
        kind = (b"content-type", b"application/json")
        headers = [kind, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Telegram(Phones):
    """One bot's Telegram, with its people.

    `token`: the bot's, digits:letters. `now`: the sandbox's clock, which dates messages and ages presses.
    `latency`: seconds before each answer. `enforce_rate`: 429 past Telegram's pace, measured by `monotonic`.
    `allow_loopback_urls`: let buttons and links lead to http://localhost, which the real server refuses (its
    host has no dot: "Wrong HTTP URL") while it accepts http://127.0.0.1, and Mini Apps be on loopback without
    https; False holds a bot to the real rules.
    `webhook_pause`: seconds before a failed delivery is tried again, doubled each time up to a minute.
    """

    def __init__(
        self,
        token: str,
        now: Callable[[], datetime] = utc_now,
        *,
        latency: float = 0.0,
        enforce_rate: bool = False,
        bot_username: str = "resync_bot",
        bot_name: str = "Resync",
        allow_loopback_urls: bool = True,
        webhook_pause: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        known = _TOKEN.fullmatch(token)
        if known is None:
            raise ValueError("a bot's token reads 123456:letters")
        bot = {"id": int(known[1]), "is_bot": True, "first_name": bot_name, "username": bot_username}
        world = World(bot, now, allow_localhost=allow_loopback_urls)
        super().__init__(world, Updates(world.seconds))
        self._token = token
        self._signer = Signer(token)
        self._latency = latency
        self._pause = webhook_pause
        self._handlers = self._table(Pace(monotonic) if enforce_rate else None)
        self.calls: deque[tuple[str, Json]] = deque(maxlen=_CALLS_KEPT)
        self.called: Counter[str] = Counter()
        self.refused: Counter[int] = Counter()
        self.routes: list[BaseRoute] = [
            Route("/bot{token}/{method}", _Endpoint(self), include_in_schema=False),
            Route("/file/bot{token}/{path:path}", self._download),
        ]

    async def start(self) -> None:
        """Deliver, should a webhook be set already (after `aclose`)."""
        if self._updates.webhook is not None:
            await self._updates.push_to(self._webhook(self._updates.webhook.url, self._updates.webhook.secret))

    @property
    def public_key(self) -> str:
        """Of what this Telegram signs: Ed25519, in hexadecimal."""
        return self._signer.public_key

    async def opens_mini_app(self, person_id: int, message_id: int) -> str:
        """A person opens the Mini App of a message: its address as the phone loads it, signed at this moment.

        Raises LookupError where the message has no such button.
        """
        person, message = self._someone(person_id), self._message(person_id, message_id)
        rows: list[list[Json]] = message.get("reply_markup", {}).get("inline_keyboard", [])
        urls = [button["web_app"]["url"] for row in rows for button in row if "web_app" in button]
        if not urls:
            raise LookupError(f"message {message_id} opens no Mini App")
        return launched(urls[0], self.signs(person.id))

    def signs(self, person_id: int) -> str:
        """What a Mini App is told of a person who opens it now (initData)."""
        return self._signer.signed(self._someone(person_id).user(), self._world.seconds())

    def week_of_silence(self) -> None:
        """Nobody wrote for a week: the number of the next update may be any, a smaller one too."""
        self._updates.week_of_silence()

    async def aclose(self) -> None:
        """End the poll under way and the deliveries; what waits is kept."""
        await self._updates.aclose()

    async def answer(self, token: str, method: str, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """The status and body of one HTTP call."""
        try:
            if token != self._token:
                raise Refusal(401, "Unauthorized")
            answering = self._answered(method, await read_request(scope, receive))
            return await (_while_there(answering, receive) if method.lower() == "getupdates" else answering)
        except Refusal as refusal:
            return self._refusal(refusal)

    async def perform(self, method: str, parameters: Json) -> tuple[int, bytes]:
        """A call that came otherwise than by HTTP: in a webhook's answer."""
        try:
            return await self._answered(method, Incoming(parameters, {}))
        except Refusal as refusal:
            return self._refusal(refusal)

    def _refusal(self, refusal: Refusal) -> tuple[int, bytes]:
        self.refused[refusal.code] += 1
        return refusal.code, _DUMP(refusal.body()).encode()

    async def _answered(self, name: str, incoming: Incoming) -> tuple[int, bytes]:
        method = METHODS.get(name.lower())
        if method is None:
            raise Refusal(404, "Not Found: method not found")
        if self._latency:
            await asyncio.sleep(self._latency)
        self.called[method.name] += 1
        raw, files = _with_file_names(incoming) if incoming.files else incoming
        self.calls.append((method.name, raw))
        result = self._handlers[method.name](Call(read(method, raw), files))
        if asyncio.iscoroutine(result):
            result = await result
        # A text with half a surrogate pair must not stop the answer.
        return 200, _DUMP({"ok": True, "result": result}).encode("utf-8", "replace")

    def _table(self, pace: Pace | None) -> dict[str, Callable[[Call], Any]]:
        sending = Sending(self._world, pace)
        account = Account(self._world)
        return (
            _sending_table(sending)
            | _editing_table(Editing(self._world, sending))
            | _account_table(account)
            | {
                "getUpdates": self._get_updates,
                "setWebhook": self._set_webhook,
                "deleteWebhook": self._delete_webhook,
                "getWebhookInfo": lambda _call: self._updates.webhook_info(),
            }
        )

    async def _get_updates(self, call: Call) -> list[Json]:
        p = call.parameters
        self._updates.allow(p.get("allowed_updates"))
        return await self._updates.poll(p.get("offset", 0), p.get("limit", 100), p.get("timeout", 0))

    async def _set_webhook(self, call: Call) -> bool:
        p = call.parameters
        if not p.get("url"):
            return await self._delete_webhook(call)
        _check_webhook_url(p["url"])
        if not _SECRET.fullmatch(p.get("secret_token", "")):
            raise bad("secret token contains unallowed characters")
        self._updates.allow(p.get("allowed_updates"))
        if p.get("drop_pending_updates"):
            self._updates.drop()
        connections = min(max(p.get("max_connections", _CONNECTIONS), 1), _MOST_CONNECTIONS)
        webhook = self._webhook(p["url"], p.get("secret_token", ""), connections)
        webhook.has_certificate = "certificate" in p
        await self._updates.push_to(webhook)
        return True

    def _webhook(self, url: str, secret: str, connections: int = _CONNECTIONS) -> Webhook:
        confirm, now = self._updates.confirm, self._world.seconds
        return Webhook(url, secret, connections, self._pause, now, confirm, self.perform)

    async def _delete_webhook(self, call: Call) -> bool:
        if call.parameters.get("drop_pending_updates"):
            self._updates.drop()
        await self._updates.push_to(None)
        return True

    async def _download(self, request: Any) -> Response:
        """GET /file/bot<token>/<file_path>."""
        if request.path_params["token"] != self._token:
            return JSONResponse(Refusal(401, "Unauthorized").body(), 401)
        data = self._world.files.at(request.path_params["path"])
        if data is None:
            return JSONResponse(Refusal(404, "Not Found").body(), 404)
        return Response(data, media_type="application/octet-stream")


async def _while_there(answering: Coroutine[Any, Any, tuple[int, bytes]], receive: Receive) -> tuple[int, bytes]:
    """The answer, unless the bot hangs up first: a poll it left must not meet its next one and be counted."""
    answer, gone = asyncio.ensure_future(answering), asyncio.ensure_future(receive())
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        return answer.result() if answer.done() else _HUNG_UP
    finally:
        answer.cancel()
        gone.cancel()


def _with_file_names(incoming: Incoming) -> Incoming:
    """A part no parameter names as attach://<part> must be a parameter itself; it reads its own name."""
    said = json.dumps(incoming.raw)
    own = {name: name for name in incoming.files if f"attach://{name}" not in said}
    return Incoming({**incoming.raw, **own}, incoming.files)


def _check_webhook_url(url: str) -> None:
    parts = urlsplit(url)
    if not parts.hostname:
        raise bad("bad webhook: URL host is empty")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")


def _sending_table(sending: Sending) -> dict[str, Callable[[Call], Any]]:
    return {
        "sendMessage": sending.send_message,
        "sendPhoto": sending.send_photo,
        "sendDocument": sending.send_document,
        "sendMediaGroup": sending.send_media_group,
        "copyMessage": sending.copy_message,
        "sendChatAction": sending.send_chat_action,
    }


def _editing_table(editing: Editing) -> dict[str, Callable[[Call], Any]]:
    return {
        "editMessageText": editing.edit_text,
        "editMessageCaption": editing.edit_caption,
        "editMessageMedia": editing.edit_media,
        "editMessageReplyMarkup": editing.edit_markup,
        "deleteMessage": editing.delete_one,
        "deleteMessages": editing.delete_many,
        "setMessageReaction": editing.react,
        "answerCallbackQuery": editing.answer_press,
    }


def _account_table(account: Account) -> dict[str, Callable[[Call], Any]]:
    return {
        "getMe": account.get_me,
        "logOut": account.leave,
        "close": account.leave,
        "getChat": account.get_chat,
        "getFile": account.get_file,
        "setMyCommands": account.set_commands,
        "getMyCommands": account.get_commands,
        "deleteMyCommands": account.delete_commands,
        "setMyName": partial(account.set_text, "name"),
        "getMyName": partial(account.get_text, "name"),
        "setMyDescription": partial(account.set_text, "description"),
        "getMyDescription": partial(account.get_text, "description"),
        "setMyShortDescription": partial(account.set_text, "short_description"),
        "getMyShortDescription": partial(account.get_text, "short_description"),
        "setChatMenuButton": account.set_menu,
        "getChatMenuButton": account.get_menu,
    }
