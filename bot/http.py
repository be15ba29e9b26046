"""Serving HTTP inside a program that has other things to do: uvicorn on a socket that we bound ourselves."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from bot.domain.errors import BadInput

IDLE_SECONDS = 150
"""So long an idle connection stays open: longer than clients and proxies keep one (aiohttp 15, nginx 60, Caddy 120).

Where the server is the first to close one, a request may be on its way, and nobody knows what became of it.
"""


def bind(listen: str) -> socket.socket:
    """A listening socket for `address:port`, or `BadInput` that says what to change."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal():
        raise BadInput(f"RESYNC_LISTEN={listen} : écrivez une adresse et un port, par exemple 127.0.0.1:8080.")
    # The protocol is named, or asyncio leaves Nagle's algorithm on for what we accept (it asks `proto`): each answer
    # of two writes would then wait 40 ms for the other side's delayed acknowledgement.
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host.strip("[]"), int(port)))
    except OSError as error:
        bound.close()
        raise BadInput(
            f"Impossible d’écouter sur {listen} ({error.strerror}). Un autre programme l’occupe peut-être : "
            "changez RESYNC_LISTEN, par exemple 127.0.0.1:8081."
        ) from None
    return bound


class _Server(uvicorn.Server):
    """Signals belong to the program, not to one of its servers."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """One ASGI application on one socket, in this event loop."""

    def __init__(self, app: ASGIApp, listen: str) -> None:
        self.socket = bind(listen)
        self.address = "http://{}:{}".format(*self.socket.getsockname()[:2])
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            proxy_headers=False,  # X-Forwarded-For is believed only of the firm's own proxies, in handlers.guard
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=2,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve; returns once the server answers."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self.socket]))
        while not self._server.started and not self._task.done():  # noqa: ASYNC110  # uvicorn has a flag, no event
            await asyncio.sleep(0.005)

    def connections(self) -> list[socket.socket]:
        """The sockets of those who are connected now."""
        return [each.transport.get_extra_info("socket") for each in self._server.server_state.connections]

    async def aclose(self) -> None:
        """Answer what is under way, then close."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self.socket.close()
