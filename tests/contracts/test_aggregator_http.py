"""HTTP to a vendor: how many calls at once, and when one that does not answer is left alone."""

import asyncio
import contextlib
import traceback
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.adapters.aggregators import http
from bot.adapters.aggregators.http import Vendor
from bot.domain.errors import OurBug, Refused, Unreachable
from bot.sandbox.world import free_port


class Server:
    """A vendor that answers with `status`, counts its calls, and waits while `gate` is closed."""

    def __init__(self) -> None:
        self.status = 200
        self.calls = self.inside = self.most = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.gate.wait()
        self.inside -= 1
        return httpx.Response(self.status)

    def vendor(self) -> Vendor:
        return Vendor("vendor", "https://vendor.example", transport=httpx.MockTransport(self.answer), pause=no_pause)


async def no_pause(seconds: float) -> None:
    """Time that a test does not wait for."""


async def fails(vendor: Vendor, times: int, error: type[Exception] = Unreachable) -> None:
    for _ in range(times):
        with pytest.raises(error):
            await vendor.call("POST", "/x")


async def test_a_vendor_gets_only_so_many_calls_at_once_and_all_are_made() -> None:
    server = Server()
    vendor = server.vendor()
    server.gate.clear()
    calls = [asyncio.create_task(vendor.call("POST", "/x")) for _ in range(3 * http.AT_ONCE)]
    while server.inside < http.AT_ONCE:  # noqa: ASYNC110  # the calls go on by themselves
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert server.inside == http.AT_ONCE
    server.gate.set()
    await asyncio.gather(*calls)
    assert (server.calls, server.most) == (3 * http.AT_ONCE, http.AT_ONCE)


async def test_after_failures_in_a_row_it_is_left_alone_then_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    vendor = server.vendor()
    server.status = 500
    await fails(vendor, http._FAILURES)
    assert server.calls == http._FAILURES
    with pytest.raises(Unreachable, match="not asked") as left:
        await vendor.call("POST", "/x")
    assert server.calls == http._FAILURES
    assert left.value.after is not None
    assert 0 < left.value.after <= http._REST
    monkeypatch.setattr(vendor._breaker, "_opened", vendor._breaker._opened - http._REST)
    server.status = 200
    assert (await vendor.call("POST", "/x")).status == 200
    assert (await vendor.call("POST", "/x")).status == 200


async def test_one_that_still_fails_after_its_rest_is_left_alone_again(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    vendor = server.vendor()
    server.status = 502
    await fails(vendor, http._FAILURES)
    monkeypatch.setattr(vendor._breaker, "_opened", vendor._breaker._opened - http._REST)
    await fails(vendor, 3)
    assert server.calls == http._FAILURES + 1


@pytest.mark.parametrize(("status", "error"), [(403, Refused), (400, OurBug)])
async def test_a_vendor_that_says_no_answers_all_the_same(status: int, error: type[Exception]) -> None:
    server = Server()
    vendor = server.vendor()
    server.status = status
    await fails(vendor, 2 * http._FAILURES, error)
    assert server.calls == 2 * http._FAILURES


async def test_one_success_forgets_the_failures_before_it() -> None:
    server = Server()
    vendor = server.vendor()
    for _ in range(3):
        server.status = 500
        await fails(vendor, http._FAILURES - 1)
        server.status = 200
        await vendor.call("POST", "/x")
    assert server.calls == 3 * http._FAILURES


# On a real line


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: who=anna\r\n\r\n{}"


class Line:
    """A server that gives its `answers` one after the other, then hangs up; it counts and keeps what it was asked."""

    def __init__(self, *answers: bytes) -> None:
        self._answers = list(answers)
        self.asked: list[bytes] = []
        self.lines = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.lines += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            while True:
                self.asked.append(await reader.readuntil(b"\r\n\r\n"))
                if not self._answers:
                    break
                writer.write(self._answers.pop(0))
        writer.close()
        await writer.wait_closed()

    @contextlib.asynccontextmanager
    async def vendor(self) -> AsyncIterator[Vendor]:
        server = await asyncio.start_server(self.meet, "127.0.0.1", 0)
        address = "http://{}:{}".format(*server.sockets[0].getsockname())
        vendor = Vendor("vendor", address, pause=no_pause)
        try:
            yield vendor
        finally:
            await vendor.aclose()
            server.close()
            await server.wait_closed()


async def test_one_line_serves_several_calls_and_remembers_nobody() -> None:
    line = Line(OK, OK)
    async with line.vendor() as vendor:
        assert (await vendor.call("GET", "/x")).body == b"{}"
        await vendor.call("GET", "/x")
    assert (line.lines, len(line.asked)) == (1, 2)
    assert b"anna" not in line.asked[1].lower()


@pytest.mark.parametrize(("method", "calls"), [("PUT", 1), ("POST", 1), ("DELETE", 1), ("GET", 3)])
async def test_only_a_get_is_made_again_when_a_line_breaks_that_has_served_before(method: str, calls: int) -> None:
    line = Line(OK)
    async with line.vendor() as vendor:
        await vendor.call("GET", "/x")
        with pytest.raises(Unreachable):
            await vendor.call(method, "/x")
    assert len(line.asked) == 1 + calls


@pytest.mark.parametrize(
    "nonsense",
    [
        b"no HTTP at all, and secret-word\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: secret-word\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsecret-word\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + 20_000 * b"x" + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 11\r\n\r\nsecret-word",
        b"HTTP/1.1 302 Found\r\nLocation: /secret-word\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_nonsense_is_no_answer_and_is_not_quoted(nonsense: bytes) -> None:
    async with Line(nonsense).vendor() as vendor:
        with pytest.raises(Unreachable) as error:
            await vendor.call("POST", "/x")
    assert "secret-word" not in "".join(traceback.format_exception(error.value))


async def test_nobody_at_the_address_is_told_as_such() -> None:
    async with contextlib.aclosing(Vendor("vendor", f"http://127.0.0.1:{free_port()}", pause=no_pause)) as vendor:
        with pytest.raises(Unreachable, match="ConnectError"):
            await vendor.call("POST", "/x")


async def test_a_silent_vendor_is_waited_for_no_longer_than_its_patience() -> None:
    gate = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    vendor = Vendor("vendor", "http://{}:{}".format(*server.sockets[0].getsockname()), pause=no_pause)
    with pytest.raises(Unreachable, match="ReadTimeout"):
        await vendor.call("GET", "/x", patience=http.Patience(connect=5, read=0.05, whole=30))
    with pytest.raises(Unreachable, match="TimeoutError"):
        await vendor.call("GET", "/x", patience=http.Patience(connect=5, read=30, whole=0.05))
    gate.set()
    await vendor.aclose()
    server.close()
    await server.wait_closed()
