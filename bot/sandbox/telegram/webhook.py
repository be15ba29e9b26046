"""Pushes updates to the bot's address: in order for each chat, again and again until it answers 2xx."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import aiohttp

from bot.sandbox.telegram.limits import Json, Refusal
from bot.sandbox.telegram.wire import parameters_in

_LONGEST_PAUSE = 60.0
_ANSWER_SECONDS = 60
# A webhook's answer may hold one call, but none of these (telegram-bot-api, WebhookActor.cpp).
_NOT_IN_AN_ANSWER = ("deletewebhook", "setwebhook", "close", "logout", "get")


@dataclass
class Webhook:
    """One address and its lanes, one for each chat. `first_pause` in seconds doubles with each failure."""

    url: str
    secret: str
    max_connections: int
    first_pause: float
    now: Callable[[], int]
    confirm: Callable[[int], None]
    perform: Callable[[str, Json], Awaitable[object]]
    has_certificate: bool = False
    _lanes: dict[int, deque[tuple[int, Json]]] = field(default_factory=dict)
    _workers: dict[int, asyncio.Task[None]] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _last_error: Json = field(default_factory=dict)
    _stopped: bool = False

    def __post_init__(self) -> None:
        self._free = asyncio.Semaphore(self.max_connections)

    def add(self, chat: int, number: int, update: Json) -> None:
        """Deliver it after whatever waits for the same chat, and confirm `number` then."""
        if self._stopped:  # it waits, unconfirmed, for whoever comes next
            return
        self._lanes.setdefault(chat, deque()).append((number, update))
        if chat not in self._workers:
            self._workers[chat] = asyncio.create_task(self._empty(chat))

    async def _empty(self, chat: int) -> None:
        lane = self._lanes[chat]
        while lane:
            number, update = lane[0]
            await self._deliver(update)
            lane.popleft()
            self.confirm(number)
        # No await since the lane was seen empty: nothing can have come in between.
        del self._lanes[chat], self._workers[chat]

    async def _deliver(self, update: Json) -> None:
        pause = self.first_pause
        while not await self._try(update):
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _try(self, update: Json) -> bool:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
        try:
            async with (
                self._free,
                self._http().post(self.url, json=update, headers=headers, allow_redirects=False) as answer,
            ):
                body = await answer.read()
        except (aiohttp.ClientError, TimeoutError) as failure:
            return self._failed(str(failure) or "Connection timed out")
        if not 200 <= answer.status < 300:
            return self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
        await self._follow(answer.content_type, body)
        return True

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS)
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=timeout)
        return self._session

    def _failed(self, why: str) -> bool:
        self._last_error = {"last_error_date": self.now(), "last_error_message": why}
        return False

    async def _follow(self, kind: str, body: bytes) -> None:
        """The call held in the bot's answer, if any; its result is told to nobody."""
        try:
            parameters = parameters_in(kind, body)
        except Refusal:
            return
        method = str(parameters.pop("method", ""))
        if method and not method.lower().startswith(_NOT_IN_AN_ANSWER):
            await self.perform(method, parameters)

    def info(self) -> Json:
        """Its part of getWebhookInfo."""
        described = {
            "url": self.url,
            "has_custom_certificate": self.has_certificate,
            "max_connections": self.max_connections,
        }
        return described | self._last_error

    async def stop(self) -> None:
        """Deliver no more. What was under way may reach the bot twice, as with the real one."""
        self._stopped = True
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
