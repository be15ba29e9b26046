"""Aggregators' webhooks: hints. Each one makes us read the connection; none of them is believed."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.domain.connection import ConnectionRef
from bot.domain.errors import BadInput, NotSigned, TryAgain
from bot.domain.secret import Secret
from bot.engine import Engine, Envelope, ToConversation
from bot.ports import Aggregator
from flows.events import Hinted

log = structlog.get_logger(__name__)
LARGEST_BODY = 1 << 20


class Finding(Protocol):
    """From a vendor's ids to our conversations."""

    async def conversations(self, refs: Sequence[ConnectionRef]) -> list[int]: ...


def webhook_path(aggregator: str, secret: Secret) -> str:
    """`/webhooks/<aggregator>/<secret>`: the last part is derived, so that the signing key is in no address."""
    part = hmac.new(secret.reveal().encode(), b"resync webhook path", sha256).hexdigest()[:32]
    return f"/webhooks/{aggregator}/{part}"


def webhook_routes(aggregator: Aggregator, secret: Secret | None, records: Finding, engine: Engine) -> list[Route]:
    """One route where the aggregator sends webhooks; none without a signing secret."""
    if secret is None or not aggregator.capabilities.webhook:
        return []

    async def webhook(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return PlainTextResponse("too large", 413)
        try:
            refs = await aggregator.hinted(request.method, request.url.path, request.headers, body)
            # The same words on another day are news again: a bank that broke, was mended, and breaks once more.
            minute = int(engine.clock.now().timestamp() // 60)
            for conversation_id in await records.conversations(refs):
                dedupe_id = f"hint:{sha256(body).hexdigest()}:{minute}:{conversation_id}"
                await engine.receive(Envelope(dedupe_id, ToConversation(conversation_id), Hinted()))
        except NotSigned:
            return PlainTextResponse("bad signature", 401)
        except BadInput as error:
            return PlainTextResponse(str(error), 400)
        except TryAgain as error:
            log.error("webhook not stored", reason=str(error))
            return PlainTextResponse("try again", 503)
        return PlainTextResponse("")

    return [Route(webhook_path(aggregator.name, secret), webhook, methods=["POST"])]
