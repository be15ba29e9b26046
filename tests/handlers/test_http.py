"""The web server: what it does beside Starlette and uvicorn."""

import asyncio
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.app import fastest_loop
from bot.http import HttpServer


async def answered_without_delay() -> bool:
    """Does the connection that the server accepted send at once, or does it wait for acknowledgements?"""
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("oui"))])
    server = HttpServer(app, "127.0.0.1:0")
    await server.start()
    try:
        async with httpx.AsyncClient() as client:
            assert (await client.get(server.address)).text == "oui"
            (connection,) = server.connections()
            return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
    finally:
        await server.aclose()


@pytest.mark.parametrize("loop", [asyncio.SelectorEventLoop, fastest_loop])
def test_an_answer_does_not_wait_for_the_acknowledgement_of_its_first_half(loop: object) -> None:
    with asyncio.Runner(loop_factory=loop) as runner:  # type: ignore[arg-type]  # a class is a factory too
        assert runner.run(answered_without_delay())
