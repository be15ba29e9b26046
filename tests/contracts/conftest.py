"""A sandbox bank on loopback, with a clock that tests can move, and adapters that speak to it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from bot.adapters.aggregators.powens import Powens, PowensAccount
from bot.domain.secret import Secret
from bot.sandbox.bank import Bank
from tests.contracts.vendors import dated

START = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)


@dataclass
class MovingClock:
    """Business time, moved by hand."""

    moment: datetime = START

    def now(self) -> datetime:
        return self.moment

    def pass_(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class BankWorld:
    """The bank, where it listens, and what its webhooks brought to the other side."""

    bank: Bank
    base: str
    clock: MovingClock
    hooks: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    ahead: timedelta = timedelta(0)
    """How far the clocks of all the vendors are ahead of ours."""

    def account(self, **changes: object) -> PowensAccount:
        account = {
            "base_url": f"{self.base}/bank/2.0",
            "domain": "resync-sandbox.biapi.pro",
            "client_id": "resync",
            "client_secret": Secret("client secret"),
            "webhook_secret": Secret("hook secret"),
            "webview_url": f"{self.base}/bank/webview",
        }
        return PowensAccount(**(account | changes))  # type: ignore[arg-type]


@pytest.fixture
async def world() -> AsyncIterator[BankWorld]:
    """The sandbox's bank under `/bank`, on real HTTP; its webhooks go to `/hooks/powens` on the same server."""
    clock = MovingClock()
    bank = Bank(client_id="resync", client_secret="client secret", webhook_secret="hook secret", now=clock.now)
    listening = socket.create_server(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    here = BankWorld(bank, base, clock)

    async def hook(request: Request) -> Response:
        here.hooks.append((request.url.path, dict(request.headers), await request.body()))
        return Response()

    app = Starlette(routes=[Mount("/bank", routes=bank.routes), Route("/hooks/powens", hook, methods=["POST"])])
    config = uvicorn.Config(
        dated(app, here), log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=1, date_header=False
    )
    server = uvicorn.Server(config)
    bank.redirect_prefixes.append(f"{base}/back")
    bank.webhook_url = f"{base}/hooks/powens"
    # `_serve` is `serve` without its signal handlers, which belong to pytest here. The socket already
    # listens, so a request that comes before the loop reads it only waits.
    task = asyncio.create_task(server._serve([listening]))
    await bank.start()
    yield here
    await bank.aclose()
    server.should_exit = True
    await task


@pytest.fixture
async def powens(world: BankWorld) -> AsyncIterator[Powens]:
    """The Powens adapter, at the sandbox's addresses."""
    adapter = Powens(world.account(), now=world.clock.now)
    yield adapter
    await adapter.aclose()
