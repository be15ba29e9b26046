"""The programs under test, each in a process of its own, and what they cost."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from starlette.applications import Starlette
from starlette.routing import Mount

from bench.phones import TOKEN, BenchTelegram
from bot.http import HttpServer
from bot.sandbox.slack import Slack
from bot.sandbox.world import APP_TOKEN, BOT_TOKEN, CHANNEL, SIGNING_SECRET, WEBHOOK_SECRET, free_port
from locales.fr.images import picture

ROOT = Path(__file__).parent.parent
RESYNC = ["-c", "from bot.cli import main; main()"]
"""The command `resync`, wherever it may be installed."""


@dataclass(frozen=True)
class Server:
    """The Telegram and the Slack that programs meet, in this process."""

    telegram: BenchTelegram
    address: str


@contextlib.asynccontextmanager
async def outside() -> AsyncIterator[Server]:
    """A new Telegram and a new Slack on loopback."""
    telegram = BenchTelegram()
    slack = Slack(bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET)
    routes = [Mount("/telegram", routes=telegram.routes), Mount("/slack", routes=slack.routes)]
    server = HttpServer(Starlette(routes=routes), "127.0.0.1:0")
    await server.start()
    try:
        yield Server(telegram, server.address)
    finally:
        await telegram.aclose()
        await slack.aclose()
        await server.aclose()


class Program:
    """A running program. CPU and memory are those of its one process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self._seen = psutil.Process(process.pid)
        self._mark = (time.perf_counter(), 0.0)

    def memory(self) -> float:
        """Resident megabytes."""
        return float(self._seen.memory_info().rss) / 1e6

    def mark(self) -> None:
        """CPU is counted from here."""
        self._mark = (time.perf_counter(), self._seconds())

    def cpu(self) -> float:
        """Per cent of one core since the mark."""
        since, before = self._mark
        return 100 * (self._seconds() - before) / (time.perf_counter() - since)

    def _seconds(self) -> float:
        times = self._seen.cpu_times()
        return float(times.user + times.system)


@contextlib.asynccontextmanager
async def running(command: list[str], settings: dict[str, str], folder: Path) -> AsyncIterator[Program]:
    """Start a program in `folder`, which is not the checkout, so that it finds no .env; kill it at the end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("RESYNC_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={**clean, **settings, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
            await process.wait()


def resync(server: Server, database_url: str) -> tuple[list[str], dict[str, str]]:
    """`resync run`, as a firm would start it of a morning: by webhook, and paced by nobody: this is not Telegram."""
    listen = f"127.0.0.1:{free_port()}"
    return ["-m", "bench.mid_morning"], {
        "RESYNC_DATABASE_URL": database_url,
        "RESYNC_LISTEN": listen,
        "RESYNC_PUBLIC_URL": f"http://{listen}",
        "RESYNC_LOG_LEVEL": "WARNING",
        "RESYNC_TELEGRAM_TOKEN": TOKEN,
        "RESYNC_TELEGRAM_API_URL": f"{server.address}/telegram",
        "RESYNC_TELEGRAM_MODE": "webhook",
        "RESYNC_TELEGRAM_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "RESYNC_SLACK_BOT_TOKEN": BOT_TOKEN,
        "RESYNC_SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "RESYNC_SLACK_API_URL": f"{server.address}/slack/api/",
        "RESYNC_SLACK_MODE": "http",
        "RESYNC_SLACK_CHANNEL": CHANNEL,
    }


def baseline(server: Server, name: str, folder: Path) -> tuple[list[str], dict[str, str]]:
    """One of the two programs on python-telegram-bot."""
    drawn, kept = str(picture("step-a", None)), str(folder / "conversations.pickle")
    return ["-m", f"bench.{name}", f"{server.address}/telegram", str(free_port()), TOKEN, drawn, kept], {}
