"""Several processes of the program behind one address, each of which may be killed and started again."""

import asyncio
import itertools
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from starlette.requests import Request
from starlette.responses import Response

import bot
from bot.sandbox.bench import sender
from bot.sandbox.world import (
    APP_TOKEN,
    AUDIT_KEY,
    BOT_TOKEN,
    CHANNEL,
    SIGNING_SECRET,
    TELEGRAM_TOKEN,
    WEBHOOK_SECRET,
    free_port,
)

MORNING = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
"""A Tuesday, half past nine in Paris."""
ALIVE_SECONDS = 300.0


class Member:
    """One process. It keeps its name over a restart, by which it finds its own work again."""

    def __init__(self, settings: dict[str, str], folder: Path) -> None:
        self.listen = f"127.0.0.1:{free_port()}"
        self._settings = {**settings, "RESYNC_LISTEN": self.listen}
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def start(self, ahead: float) -> None:
        """Returns once it answers."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("RESYNC_")}
        here = str(Path(bot.__file__).parent.parent)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", sender.__name__, str(ahead),
                cwd=self._folder, stdout=log, stderr=log, env={**clean, **self._settings, "PYTHONPATH": here},
            )  # fmt: skip
        async with asyncio.timeout(ALIVE_SECONDS), aiohttp.ClientSession() as session:
            while not await answers(session, f"http://{self.listen}/healthz"):  # noqa: ASYNC110  # it calls nobody
                await asyncio.sleep(0.05)

    @property
    def log(self) -> Path:
        """What it said; a firm would look there first."""
        return self._folder / f"{self.listen.rpartition(':')[2]}.log"

    def stopped(self) -> bool:
        """By itself; who was killed is started again by whoever killed him."""
        return self._process is not None and self._process.returncode in range(128)

    async def kill(self) -> None:
        """Without a word of warning (kill -9)."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


async def answers(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(address) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


class Fleet:
    """So many processes on one database. `balance` is their one address: whoever lives takes the next request."""

    def __init__(self, size: int, settings: dict[str, str], folder: Path) -> None:
        self.members = [Member(settings, folder) for _ in range(size)]
        self._turn = itertools.cycle(self.members)
        self._ahead = (MORNING - datetime.now(UTC)).total_seconds()
        self._session: aiohttp.ClientSession | None = None
        self.stopped = 0

    async def start(self) -> None:
        self._session = aiohttp.ClientSession()
        await asyncio.gather(*map(self.restart, self.members))

    async def restart(self, member: Member) -> None:
        await member.start(self._ahead)

    async def look_after(self) -> None:
        """Whoever stopped by himself, taken for dead by the others, is started again, as a service manager does."""
        while True:
            await asyncio.sleep(1.0)
            for member in self.members:
                if member.stopped():
                    self.stopped += 1
                    await self.restart(member)

    async def aclose(self) -> None:
        await asyncio.gather(*(member.kill() for member in self.members))
        if self._session is not None:
            await self._session.close()

    async def balance(self, request: Request) -> Response:
        """As a load balancer does; where nobody lives, Telegram is to come again."""
        assert self._session is not None
        body = await request.body()
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        for _ in self.members:
            member = next(self._turn)
            try:
                url = f"http://{member.listen}{request.url.path}"
                async with self._session.post(url, data=body, headers=headers) as answer:
                    return Response(await answer.read(), answer.status, media_type=answer.content_type)
            except aiohttp.ClientError:
                continue
        return Response(status_code=503)


def settings(database_url: str, address: str, pace: float) -> dict[str, str]:
    """Those of a firm without an aggregator, at the sandbox's Telegram and Slack, at so many messages a second."""
    return {
        "RESYNC_DATABASE_URL": database_url,
        "RESYNC_PUBLIC_URL": address,
        "RESYNC_LOG_LEVEL": "WARNING",
        "RESYNC_AUDIT_KEY": AUDIT_KEY,
        "RESYNC_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
        "RESYNC_TELEGRAM_API_URL": f"{address}/telegram",
        "RESYNC_TELEGRAM_MODE": "webhook",
        "RESYNC_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "RESYNC_TELEGRAM_RATE": str(pace),
        "RESYNC_SLACK_BOT_TOKEN": BOT_TOKEN,
        "RESYNC_SLACK_APP_TOKEN": APP_TOKEN,
        "RESYNC_SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "RESYNC_SLACK_API_URL": f"{address}/slack/api/",
        "RESYNC_SLACK_MODE": "http",
        "RESYNC_SLACK_CHANNEL": CHANNEL,
    }
