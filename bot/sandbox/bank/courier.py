"""The sandbox aggregator's webhooks: signs them as Powens does, and posts them in order.

Law: whatever the receiver answers, an event is posted once; the vendor only speaks again at the next sync.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

import httpx

log = logging.getLogger(__name__)


def signature(secret: str, method: str, path: str, date: str, body: bytes) -> str:
    """The value of `BI-Signature`: base64 HMAC-SHA256 of method, path, date and raw body, dot-joined."""
    message = f"{method}.{path}.{date}.".encode() + body
    return base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()


class Courier:
    """Posts events to one address, in the order in which they happened."""

    def __init__(self, *, secret: str, now: Callable[[], datetime]) -> None:
        self.url: str | None = None
        self.answers: deque[tuple[str, int]] = deque(maxlen=200)
        """The last events with the receiver's HTTP status; 0 where nobody answered."""
        self._secret = secret
        self._now = now
        self._waiting: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(maxsize=10_000)
        self._task: asyncio.Task[None] | None = None

    def send(self, event: str, payload: Mapping[str, object]) -> None:
        """Hand an event over; without an address, or when nobody fetches them any more, it is dropped."""
        if self.url is None or self._waiting.full():
            return
        self._waiting.put_nowait((event, json.dumps(payload).encode()))

    def start(self) -> None:
        """Begin to deliver, what was handed over before included."""
        if self._task is None:
            self._task = asyncio.create_task(self._deliver())

    async def aclose(self) -> None:
        """Stop; what was not delivered is lost."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def delivered(self) -> None:
        """Wait until everything handed over so far has been posted."""
        await self._waiting.join()

    async def _deliver(self) -> None:
        async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
            while True:
                event, body = await self._waiting.get()
                try:
                    self.answers.append((event, await self._post(client, body)))
                finally:
                    self._waiting.task_done()

    async def _post(self, client: httpx.AsyncClient, body: bytes) -> int:
        if self.url is None:
            return 0
        date = self._now().isoformat()
        headers = {
            "Content-Type": "application/json",
            "BI-Signature": signature(self._secret, "POST", urlsplit(self.url).path, date, body),
            "BI-Signature-Date": date,
        }
        try:
            return (await client.post(self.url, content=body, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            log.info("sandbox bank: webhook not delivered (%s)", type(error).__name__)
            return 0
