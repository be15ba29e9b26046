"""The local world: a Telegram, a Slack and a bank aggregator on loopback, and the real program beside them.

Law: the program meets them over HTTP only, as it meets the real ones; nothing here reaches into it, except the
clock that both sides look at.
"""

import contextlib
import random
import socket
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Literal

from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from bot.adapters.clock import MovableClock
from bot.app import App
from bot.domain.secret import Secret
from bot.http import HttpServer
from bot.sandbox.bank import Bank
from bot.sandbox.slack import Slack
from bot.sandbox.telegram import Telegram
from bot.settings import Settings
from handlers.guard import LIMITS, Limit
from handlers.webhooks import webhook_path

TELEGRAM_TOKEN = "123456:sandbox-token-that-opens-nothing-at-all"  # noqa: S105  # opens only the sandbox
BOT_TOKEN, APP_TOKEN = "xoxb-sandbox", "xapp-sandbox"
SIGNING_SECRET, WEBHOOK_SECRET, HOOK_SECRET = "sandbox-signing", "sandbox-webhook", "sandbox-hook"
AUDIT_KEY = "sandbox-key-of-a-trail-of-invented-acts"
CLIENT_ID, CLIENT_SECRET = "sandbox", "sandbox-client"
CHANNEL = "C0RESYNC"
PLAYED_LIMITS = {door: Limit(1000, limit.seconds) for door, limit in LIMITS.items()}
"""Everybody here comes from one address, and plays the same story several times an hour."""


def free_port() -> int:
    """A port of this machine that nobody uses at this moment, nor gets by chance for a connection of his own."""
    while True:
        port = random.randrange(15_000, 30_000)  # below those that systems give out by themselves
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class World:
    """Everything that a story needs, started and stopped together."""

    def __init__(
        self,
        clock: MovableClock,
        *,
        database_url: str,
        listen: str = "127.0.0.1:0",
        telegram_mode: Literal["polling", "webhook"] = "polling",
        slack_mode: Literal["socket", "http"] = "socket",
        aggregator: Literal["manual", "sandbox"] = "sandbox",
        credential_mode: Literal["webview", "own_page"] = "webview",
        sealed: bool = False,
        extra_routes: tuple[BaseRoute, ...] = (),
        mini_app: Literal["on", "off"] = "off",
        by_signature: bool = False,
        pages: Sequence[tuple[int, timedelta]] = (),
        mail: Mapping[str, object] = MappingProxyType({}),
        radar_certainty: float | None = None,
        digest_at: str = "",
    ) -> None:
        """`pages` bounds a client's secure pages; by default nothing does: the same story is played over and over.

        `mail`: the settings of a mail server; there is none here.
        """
        self.clock = clock
        self.telegram = Telegram(TELEGRAM_TOKEN, clock.now)
        self.slack = Slack(bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET, now=clock.now)
        self.bank = Bank(client_id=CLIENT_ID, client_secret=CLIENT_SECRET, webhook_secret=HOOK_SECRET, now=clock.now)
        self.server = HttpServer(Starlette(routes=[*self._mounts(), *extra_routes]), listen)
        self._scratch = None if database_url.startswith("sqlite") else TemporaryDirectory(prefix="resync-audit-")
        key = self.telegram.public_key if by_signature else ""
        self.settings = self._settings(database_url, telegram_mode, slack_mode, aggregator).model_copy(
            update={
                "telegram_mini_app": mini_app,
                "telegram_public_key": key,
                "credential_mode": credential_mode,
                "radar_certainty": radar_certainty,
                "digest_at": digest_at,
                "agent_status": credential_mode == "own_page",
                "powens_seal_key": self.bank.begin_to_seal() if sealed else "",
                **mail,
            }
        )
        self.bank.redirect_prefixes.append(self.settings.public_url)
        self.app = App(self.settings, clock, limits=PLAYED_LIMITS, pages=pages)

    @property
    def address(self) -> str:
        """Where the sandbox listens."""
        return self.server.address

    async def start(self) -> None:
        """The world first, then the program."""
        await self.server.start()
        for each in (self.telegram, self.slack, self.bank):
            await each.start()
        await self.app.start()
        public = self.settings.public_url
        if self.settings.aggregator != "manual":
            self.bank.webhook_url = public + webhook_path("sandbox", Secret(HOOK_SECRET))
        if self.settings.slack_mode == "http":
            await self.slack.set_request_url(f"{public}/slack/events")

    async def aclose(self) -> None:
        """The program first, then the world."""
        await self.app.aclose()
        for each in (self.bank, self.slack, self.telegram):
            await each.aclose()
        await self.server.aclose()
        if self._scratch is not None:
            self._scratch.cleanup()

    async def travel(self, span: timedelta) -> None:
        """Let this much time pass; everything that falls due on the way happens at its own moment."""
        await self.app.travel(self.clock, self.clock.now() + span)
        self.bank.look()
        await self.app.quiet()

    def _mounts(self) -> list[BaseRoute]:
        return [
            Mount("/telegram", routes=self.telegram.routes),
            Mount("/slack", routes=self.slack.routes),
            Mount("/bank", routes=self.bank.routes),
            Route("/notice", notice),
        ]

    def _settings(self, database_url: str, telegram: str, slack: str, aggregator: str) -> Settings:
        """The settings of the program, pointing at this world and nowhere else."""
        listen = f"127.0.0.1:{free_port()}"
        return Settings.model_validate(
            {
                "database_url": database_url,
                "listen": listen,
                "public_url": f"http://{listen}",
                "audit_key": SecretStr(AUDIT_KEY) if self._scratch else None,
                "audit_folder": self._scratch.name if self._scratch else None,
                "notice_url": f"{self.address}/notice",
                "telegram_token": SecretStr(TELEGRAM_TOKEN),
                "telegram_api_url": f"{self.address}/telegram",
                "telegram_mode": telegram,
                "telegram_webhook_secret": SecretStr(WEBHOOK_SECRET),
                "slack_bot_token": SecretStr(BOT_TOKEN),
                "slack_app_token": SecretStr(APP_TOKEN),
                "slack_signing_secret": SecretStr(SIGNING_SECRET),
                "slack_api_url": f"{self.address}/slack/api/",
                "slack_mode": slack,
                "slack_channel": CHANNEL,
                "stand_ins": "Julie: Karim, Karim: Julie",
                "manager": "Karim",
                "aggregator": aggregator,
                "powens_base_url": f"{self.address}/bank/2.0",
                "powens_webview_url": f"{self.address}/bank/webview",
                "powens_domain": "sandbox",
                "powens_client_id": CLIENT_ID,
                "powens_client_secret": SecretStr(CLIENT_SECRET),
                "powens_webhook_secret": SecretStr(HOOK_SECRET),
            }
        )


async def notice(_: Request) -> Response:
    """The firm's notice of the first synchronisation, invented."""
    return FileResponse(Path(__file__).parent / "notice.html")


@contextlib.asynccontextmanager
async def opened(world: World) -> AsyncIterator[World]:
    """A world for the length of a story."""
    try:
        await world.start()
        yield world
    finally:
        await world.aclose()


@contextlib.contextmanager
def scratch_database() -> Iterator[str]:
    """A database that is gone afterwards."""
    with TemporaryDirectory(prefix="resync-") as folder:
        yield f"sqlite:///{Path(folder) / 'resync.db'}"


def utc(year: int, month: int, day: int, hour: int = 9) -> datetime:
    """A moment to begin a story at."""
    return datetime(year, month, day, hour, tzinfo=UTC)
