"""HTTP to a vendor: how many calls at once, and when one that does not answer is left alone."""

import asyncio

import httpx
import pytest

from bot.adapters.aggregators import http
from bot.adapters.aggregators.http import Vendor
from bot.domain.errors import OurBug, Refused, Unreachable


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
    calls = [asyncio.create_task(vendor.call("POST", "/x")) for _ in range(3 * http._AT_ONCE)]
    while server.inside < http._AT_ONCE:  # noqa: ASYNC110  # the calls go on by themselves
        await asyncio.sleep(0)
    for _ in range(50):
        await asyncio.sleep(0)
    assert server.inside == http._AT_ONCE
    server.gate.set()
    await asyncio.gather(*calls)
    assert (server.calls, server.most) == (3 * http._AT_ONCE, http._AT_ONCE)


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
