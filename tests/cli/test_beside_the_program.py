"""The commands beside the running program, as processes of their own: what they decide, it says."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from bot.adapters import upkeep
from bot.adapters.audit_files import audit_key
from bot.adapters.clock import MovableClock
from bot.sandbox.actors import Client
from bot.sandbox.world import TELEGRAM_TOKEN, World, opened

LIST = "client;contact;banque;dernière synchro\nChez Odette;Odette Martin;Crédit Rural;{:%d/%m/%Y}\n"


async def resync(folder: Path, settings: dict[str, str], *arguments: str) -> str:
    """Run one command in a folder; returns what it printed."""
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("RESYNC_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from bot.cli import main; main()", *arguments,
        cwd=folder, env=surroundings | settings, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, complained = await process.communicate()
    assert process.returncode == 0, complained.decode()
    return printed.decode()


async def test_a_client_is_imported_invited_and_asked_to_renew_while_the_program_runs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BEAT_SECONDS", 0.05)
    clock = MovableClock()
    (tmp_path / "clients.csv").write_text(LIST.format(clock.now()))
    async with opened(World(clock, database_url=database_url, aggregator="manual")) as world:
        settings = {
            "RESYNC_DATABASE_URL": database_url,
            "RESYNC_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
            "RESYNC_TELEGRAM_API_URL": world.settings.telegram_api_url,
            "RESYNC_AUDIT_KEY": audit_key(world.settings).reveal(),
        }
        odette = Client(world, 1001, "Odette")
        await resync(tmp_path, settings, "import", "clients.csv")
        invited = await resync(tmp_path, settings, "invite", "odette")
        [link] = set(re.findall(r"https://t\.me/\w+\?start=[\w-]+", invited))
        await odette.opens_invitation(link)
        await odette.hears("first-introduced")
        assert "Chez Odette, Crédit Rural" in await resync(tmp_path, settings, "renew", "odette")
        await odette.hears("renewal-offered")
        await odette.presses("start")
        await odette.hears("renewal-step-a")
