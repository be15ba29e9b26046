"""The web server: what it does beside Starlette and uvicorn."""

import asyncio
import socket

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.adapters.telegram import request
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


async def test_a_connection_is_answered_after_it_was_idle_for_as_long_as_a_client_keeps_it() -> None:
    """Else the server closes it while a request is on its way, and nobody knows what became of that."""
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("oui"))])
    server = HttpServer(app, "127.0.0.1:0")
    await server.start()
    try:
        host, port = server.socket.getsockname()
        reader, writer = await asyncio.open_connection(host, port)
        for idle in (5.5, 0):  # seconds; uvicorn's own patience is five
            writer.write(b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n")
            assert (await reader.readuntil(b"oui")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(idle)
        writer.close()
    finally:
        await server.aclose()


async def test_telegram_is_not_asked_over_a_connection_that_was_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse("oui"), methods=["GET", "POST"])])
    server = HttpServer(app, "127.0.0.1:0")
    await server.start()
    monkeypatch.setattr(request, "IDLE_SECONDS", 0.2)
    asking = request.AiohttpRequest()
    try:
        ports = []
        for idle in (0, 0.5, 0):  # seconds before the next
            assert await asking.do_request(server.address, "POST") == (200, b"oui")
            ports.append({each.getpeername()[1] for each in server.connections()})
            await asyncio.sleep(idle)
        assert ports[0] == ports[1] != ports[2]
    finally:
        await asking.shutdown()
        await server.aclose()
