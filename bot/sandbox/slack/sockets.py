"""Socket Mode: the WebSockets an app opens to receive what HTTP would bring it.

docs.slack.dev, Events API > Using Socket Mode. An envelope goes to one connection; it is the app's once it
is acknowledged, on that connection or another. If the connection falls first, it goes again on the next.
"""

import asyncio
import contextlib
import json
import secrets
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.sandbox.slack.posting import Outcome
from bot.sandbox.slack.refusal import Json
from bot.sandbox.slack.world import APP_ID

_TICKETS_KEPT = 100


class _Line:
    """One open connection. `fresh` until it was told to make way for another."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket, self.fresh, self.gone = socket, True, asyncio.Event()

    async def send(self, message: Json | bytes) -> None:
        text = message.decode() if isinstance(message, bytes) else json.dumps(message)
        # A connection that fell a moment ago: its reader is about to say so.
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await self.socket.send_text(text)


class Sockets:
    """Every connection of the app. `ack_limit`: seconds an envelope may wait for its acknowledgement."""

    def __init__(self, ack_limit: float) -> None:
        self._ack_limit = ack_limit
        self._tickets: dict[str, None] = {}
        self._lines: list[_Line] = []
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._arrival = asyncio.Event()

    @property
    def connected(self) -> int:
        """How many connections take envelopes now."""
        return len([line for line in self._lines if line.fresh])

    async def arrival(self) -> None:
        """Wait until another connection opens."""
        await self._arrival.wait()

    def ticket(self) -> str:
        """What opens one connection, once."""
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = None
        if len(self._tickets) > _TICKETS_KEPT:
            del self._tickets[next(iter(self._tickets))]
        return ticket

    async def serve(self, socket: WebSocket) -> None:
        """The life of one connection."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(1008)
            return
        del self._tickets[ticket]
        await socket.accept()
        line = _Line(socket)
        await line.send(self._hello())
        self._open(line)
        try:
            while True:
                self._take(await socket.receive_text())
        except WebSocketDisconnect:
            pass
        finally:
            self._lines.remove(line)
            line.gone.set()

    def _hello(self) -> Json:
        info = {"host": "sandbox", "approximate_connection_time": 3600}
        connections = self.connected + 1
        return {
            "type": "hello",
            "num_connections": connections,
            "connection_info": {"app_id": APP_ID},
            "debug_info": info,
        }

    def _open(self, line: _Line) -> None:
        self._lines.append(line)
        self._arrival.set()
        self._arrival = asyncio.Event()

    def _take(self, text: str) -> None:
        try:
            message = json.loads(text)
        except ValueError:
            return
        waiting = self._waiting.get(message.get("envelope_id", "")) if isinstance(message, dict) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(message.get("payload"))

    async def deliver(self, envelope: Json) -> Outcome:
        """Send an envelope until it is acknowledged or its time is over."""
        acked: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = acked
        try:
            async with asyncio.timeout(self._ack_limit):
                return Outcome(True, body=await self._until_acked(envelope, acked))
        except TimeoutError:
            return Outcome(False, reason="timeout" if self._lines else "connection_failed")
        finally:
            del self._waiting[envelope["envelope_id"]]

    async def _until_acked(self, envelope: Json, acked: "asyncio.Future[Any]") -> Any:
        while True:
            line = await self._next_line()
            await line.send(envelope)
            gone = asyncio.create_task(line.gone.wait())
            try:
                await asyncio.wait({acked, gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                gone.cancel()
            if acked.done():
                return acked.result()

    async def _next_line(self) -> _Line:
        while True:
            for line in self._lines:
                if line.fresh:
                    # In turn: the next envelope goes to another connection.
                    self._lines.remove(line)
                    self._lines.append(line)
                    return line
            await self.arrival()

    async def send_raw(self, text: bytes) -> None:
        """One frame as it is, to one connection. Raises `TimeoutError` if there is none."""
        async with asyncio.timeout(self._ack_limit):
            line = await self._next_line()
        await line.send(text)

    async def refresh(self) -> None:
        """Ask the app to reconnect, as Slack does every few hours; old connections get nothing more."""
        for line in [line for line in self._lines if line.fresh]:
            line.fresh = False
            notice = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "sandbox"}}
            await line.send(notice)

    async def drop(self) -> None:
        """Cut every connection without a word, as a network does."""
        for line in list(self._lines):
            line.fresh = False
            with contextlib.suppress(RuntimeError):
                await line.socket.close(1011)
