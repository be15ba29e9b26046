"""The HTTP side of python-telegram-bot on aiohttp: several times faster under concurrency than its httpx client."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import aiohttp
from telegram._utils.defaultvalue import DefaultValue
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

CONNECT_SECONDS, READ_SECONDS, UPLOAD_SECONDS = 5.0, 10.0, 30.0
IDLE_SECONDS = 4.0
"""A connection that was idle for longer is not used again: its other end may be closing it, and then nobody knows
whether Telegram has done what was asked. Of a nudge, that is one that is not repeated."""
FORM = "application/x-www-form-urlencoded"


class AiohttpRequest(BaseRequest):
    """One keep-alive session. Raises `TimedOut` where Telegram may or may not have done what was asked."""

    def __init__(self, connections: int = 100) -> None:
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    @property
    def read_timeout(self) -> float | None:
        return READ_SECONDS

    async def initialize(self) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=IDLE_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector)

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        await self.initialize()
        assert self._session is not None
        files = request_data.multipart_data if request_data else {}
        data = request_data.json_parameters if request_data else {}
        timeout = aiohttp.ClientTimeout(
            sock_connect=given(connect_timeout, CONNECT_SECONDS),
            sock_read=given(read_timeout, UPLOAD_SECONDS if files else READ_SECONDS),
        )
        try:
            async with self._session.request(method, url, data=form(data, files), timeout=timeout) as answer:
                return answer.status, await answer.read()
        except TimeoutError as error:
            raise TimedOut from error
        except aiohttp.ClientError as error:
            # Not str(error): it may hold the address, and the address holds the token.
            raise NetworkError(type(error).__name__) from None


def given(timeout: Any, otherwise: float) -> float | None:
    """python-telegram-bot marks « not given » with an object of its own."""
    if isinstance(timeout, DefaultValue):
        return otherwise
    return None if timeout is None else float(timeout)


def form(data: Mapping[str, str], files: Mapping[str, tuple[str, Any, str]]) -> Any:
    """Fields alone as a form, with files as multipart."""
    if not files:
        # Not the mapping itself: aiohttp would set up a multipart writer first, with a random boundary, for nothing.
        return aiohttp.payload.BytesPayload(urlencode(data).encode(), content_type=FORM) if data else None
    whole = aiohttp.FormData()
    for name, value in data.items():
        whole.add_field(name, value)
    for name, (filename, content, kind) in files.items():
        whole.add_field(name, content, filename=filename, content_type=kind)
    return whole
