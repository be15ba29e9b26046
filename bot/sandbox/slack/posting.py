"""Requests to the app over HTTP, signed as Slack signs them.

docs.slack.dev, Authentication > Verifying requests from Slack.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from bot.sandbox.slack.refusal import Json

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Outcome:
    """How the app took one request, and what the person who caused it then sees.

    `acked`: in time, with 2xx. `status`: of HTTP. `body`: what it answered, decoded. `reason`: of a failure,
    in the words of X-Slack-Retry-Reason. `no_retry`: it asked not to be tried again. `problem`: what Slack
    shows to the person when the answer is missing or unusable. `errors`: shown under a modal's inputs, by
    block_id.
    """

    acked: bool
    status: int | None = None
    body: Any = None
    reason: str = ""
    no_retry: bool = False
    problem: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


def encode(kind: str, payload: Json | bytes) -> tuple[bytes, str]:
    """The body and the content type of an HTTP request; bytes go as they are."""
    if isinstance(payload, bytes):
        return payload, "application/json" if kind == "events_api" else _FORM
    if kind == "events_api":
        return json.dumps(payload).encode(), "application/json"
    fields = {"payload": json.dumps(payload)} if kind == "interactive" else payload
    return urlencode(fields).encode(), _FORM


class Posting:
    """`ack_limit`: seconds the app has to answer."""

    def __init__(self, signing_secret: str, ack_limit: float) -> None:
        self._secret = signing_secret.encode()
        # Only loopback is called: a proxy of the environment has no business here.
        self._http = httpx.AsyncClient(timeout=ack_limit, trust_env=False)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def post(
        self, url: str, kind: str, payload: Json | bytes, headers: Mapping[str, str] | None = None
    ) -> Outcome:
        """One request; `headers` replace the signed ones of the same names. Never raises."""
        body, content_type = encode(kind, payload)
        sent = {"Content-Type": content_type, **self._signed(body), **(headers or {})}
        try:
            response = await self._http.post(url, content=body, headers=sent)
        except httpx.TimeoutException:
            return Outcome(False, reason="http_timeout")
        except httpx.HTTPError:
            return Outcome(False, reason="connection_failed")
        return _outcome(response)

    def _signed(self, body: bytes) -> dict[str, str]:
        # The app compares with its own clock, so this is the real time even if the sandbox's has moved.
        stamp = str(int(time.time()))
        digest = hmac.new(self._secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
        return {
            "User-Agent": "Slackbot 1.0",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
        }


def _outcome(response: httpx.Response) -> Outcome:
    return Outcome(
        acked=response.is_success,
        status=response.status_code,
        body=_decoded(response),
        reason="" if response.is_success else "http_error",
        no_retry=response.headers.get("x-slack-no-retry") == "1",
    )


def _decoded(response: httpx.Response) -> Any:
    if not response.content:
        return None
    if response.headers.get("content-type", "").startswith("application/json"):
        try:
            return response.json()
        except ValueError:
            return response.text
    return response.text
