"""How Slack reaches us: signed requests over HTTP, or Socket Mode over a connection that we open.

Sources: docs.slack.dev, Authentication > Verifying requests from Slack; APIs > Using Socket Mode.
"""

import asyncio
import contextlib
import logging

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.domain.secret import Secret

log = structlog.get_logger(__name__)

LARGEST_BODY = 1024 * 1024
LOOK_EVERY = 1.0
SILENT_FOR = 5.0  # seconds without a connection, and it is worth a line in the log
NEW_ADDRESS_AFTER = 20.0


def slack_routes(app: AsyncApp, signing_secret: Secret) -> list[Route]:
    """`POST /slack/events`: events, interactivity and commands, verified before anything is read in them."""
    verifier = SignatureVerifier(signing_secret.reveal())
    bolt = AsyncSlackRequestHandler(app)

    async def events(request: Request) -> Response:
        body = await read_body(request)
        if body is None:
            return Response(status_code=413)
        if not is_signed(verifier, body, request):
            return Response(status_code=401)
        # Starlette keeps a body only where it was read whole; Bolt's adapter reads it again.
        request._body = body
        return await bolt.handle(request)

    return [Route("/slack/events", events, methods=["POST"])]


async def read_body(request: Request) -> bytes | None:
    """The body; None where it is too large, which is known before all of it has come."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def is_signed(verifier: SignatureVerifier, body: bytes, request: Request) -> bool:
    """Signed by Slack, in the last five minutes. slack_sdk raises on a signature that is none; so it is none."""
    timestamp = request.headers.get("x-slack-request-timestamp")
    signature = request.headers.get("x-slack-signature")
    try:
        return verifier.is_valid(body, timestamp, signature)
    except (ValueError, TypeError, OverflowError):  # UnicodeDecodeError is a ValueError
        return False


class SocketMode:
    """Keeps a Socket Mode connection, from `start` to `aclose`, whether Slack can be reached at the moment or not."""

    def __init__(self, app: AsyncApp, client: AsyncWebClient, app_token: str, *, ping_interval: float = 10.0) -> None:
        self._app = app
        self._app_token = app_token
        self._api_url = client.base_url
        self._ping_interval = ping_interval
        self._handler: AsyncSocketModeHandler | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to connect, and return at once. slack_sdk keeps trying, and connects anew where it is cut off."""
        quiet = logging.getLogger("slack_sdk.socket_mode.resync")
        quiet.setLevel(logging.CRITICAL)  # it logs a traceback at each attempt; `_watch` says it once
        web = AsyncWebClient(base_url=self._api_url, timeout=10, retry_handlers=[], logger=quiet)
        self._handler = AsyncSocketModeHandler(
            self._app, self._app_token, logger=quiet, web_client=web, ping_interval=self._ping_interval
        )
        self._tasks = [
            asyncio.create_task(self._handler.connect_async()),  # type: ignore[no-untyped-call]
            asyncio.create_task(self._watch(self._handler)),
        ]

    async def is_connected(self) -> bool:
        """Is there a connection now?"""
        return self._handler is not None and await self._handler.client.is_connected()

    async def aclose(self) -> None:
        """Hang up."""
        if self._handler is None:
            return
        client, self._handler = self._handler.client, None
        running = [*self._tasks, client.message_processor, client.message_receiver, client.current_session_monitor]
        await client.close()  # type: ignore[no-untyped-call]
        for task in self._tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*(each for each in running if each is not None), return_exceptions=True)

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Say when the connection is lost and when it is there; and never try an address that is too old."""
        without, told = 0.0, False
        while True:
            await asyncio.sleep(LOOK_EVERY)
            if await handler.client.is_connected():
                if told:
                    log.info("Slack is connected again")
                without, told = 0.0, False
                continue
            without += LOOK_EVERY
            if without >= SILENT_FOR and not told:
                log.warning("Slack cannot be reached: staff's clicks wait, and so do their messages")
                told = True
            if without % NEW_ADDRESS_AFTER == 0:
                # slack_sdk tries one address for ever, and Slack's are good for half a minute.
                handler.client.wss_uri = None
