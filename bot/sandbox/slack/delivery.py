"""Getting events, interactions and commands to the app: over HTTP if it has an address, else by Socket Mode.

docs.slack.dev, Events API > Error handling: an event not acknowledged within 3 seconds is tried again at
once, after a minute and after five minutes. Interactions and commands are never tried again: the person sees
an error.
"""

import asyncio
import contextlib
import secrets
import uuid
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from bot.sandbox.slack.posting import Outcome, Posting
from bot.sandbox.slack.refusal import Json
from bot.sandbox.slack.sockets import Sockets

KINDS = ("events_api", "interactive", "slash_commands")
VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105 - deprecated by Slack, still in its payloads


class Delivery:
    """`request_url`: where the app listens; None means Socket Mode."""

    def __init__(self, posting: Posting, sockets: Sockets, retry_delays: Sequence[float]) -> None:
        self.request_url: str | None = None
        self._posting, self._sockets, self._retry_delays = posting, sockets, retry_delays
        self._running: set[asyncio.Task[None]] = set()

    @property
    def someone_listens(self) -> bool:
        return self.request_url is not None or self._sockets.connected > 0

    async def set_request_url(self, url: str) -> None:
        """Prove that the app is there and holds the secret. Raises `ValueError` if it answers wrongly."""
        challenge = secrets.token_hex(16)
        payload = {"token": VERIFICATION_TOKEN, "challenge": challenge, "type": "url_verification"}
        outcome = await self._posting.post(url, "events_api", payload)
        answered = outcome.body.get("challenge") if isinstance(outcome.body, dict) else outcome.body
        if not outcome.acked or answered != challenge:
            raise ValueError(f"{url} did not answer the challenge: {outcome}")
        self.request_url = url

    async def send(self, kind: str, payload: Json | bytes, headers: Mapping[str, str] | None = None) -> Outcome:
        """One attempt. In Socket Mode the X-Slack-Retry-… headers become the envelope's own fields."""
        if self.request_url is not None:
            return await self._posting.post(self.request_url, kind, payload, headers)
        if isinstance(payload, bytes):
            await self._sockets.send_raw(payload)
            return Outcome(False, reason="a raw frame is not acknowledged")
        return await self._sockets.deliver(_envelope(kind, payload, headers or {}))

    async def event(self, payload: Json) -> Outcome:
        """The first attempt at an event; the others, if needed, go on behind."""
        outcome = await self.send("events_api", payload)
        if not outcome.acked and not outcome.no_retry:
            self._spawn(self._retry(payload, outcome.reason))
        return outcome

    def event_behind(self, payload: Json) -> None:
        """An event nobody waits for."""
        self._spawn(self._quietly(payload))

    async def _quietly(self, payload: Json) -> None:
        await self.event(payload)

    async def _retry(self, payload: Json, reason: str) -> None:
        for number, delay in enumerate(self._retry_delays, 1):
            await self._pause(delay)
            headers = {"X-Slack-Retry-Num": str(number), "X-Slack-Retry-Reason": reason}
            outcome = await self.send("events_api", payload, headers)
            if outcome.acked or outcome.no_retry:
                return
            reason = outcome.reason

    async def _pause(self, delay: float) -> None:
        # What was not acknowledged also goes again as soon as the app reconnects.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._sockets.arrival()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self) -> None:
        """Wait until nothing is on its way: each event taken, or given up."""
        while self._running:
            await asyncio.gather(*self._running)

    async def aclose(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._posting.aclose()


def _envelope(kind: str, payload: Json, headers: Mapping[str, str]) -> Json:
    answers = kind == "slash_commands" or payload.get("type") in {"view_submission", "block_suggestion"}
    envelope = {
        "envelope_id": str(uuid.uuid4()),
        "type": kind,
        "payload": payload,
        "accepts_response_payload": answers,
    }
    if kind == "events_api":
        envelope["retry_attempt"] = int(headers.get("X-Slack-Retry-Num", "0"))
        envelope["retry_reason"] = headers.get("X-Slack-Retry-Reason", "")
    return envelope
