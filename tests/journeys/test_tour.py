"""The tour: green on both databases, and red by name as soon as a promise is broken."""

import io
import sys

import pytest
from rich.console import Console

from bot.sandbox import actors, tour
from bot.sandbox.bank import Bank


async def play(database_url: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Its exit status, and what it printed."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    printed = io.StringIO()
    status = await tour.run(database_url, Console(file=printed, width=118))
    return status, printed.getvalue()


async def test_every_promise_holds_and_reads_as_a_dialogue(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, printed = await play(database_url, monkeypatch)
    assert status == 0, printed[-2000:]
    assert "Toutes les promesses ont été tenues" in printed
    for words in (
        "Première synchronisation",
        "Resync → Odette",
        "Marcel → Resync",
        "cabinet (interne)",
        "02/03/2026",
    ):
        assert words in printed


async def test_a_bank_that_proves_nothing_breaks_a_promise_by_name(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_: object) -> str:
        return "synchronised"

    monkeypatch.setattr(Bank, "press_blue_button", nothing)
    monkeypatch.setattr(actors.until, "__defaults__", (3.0,))
    status, printed = await play(sqlite_database, monkeypatch)
    assert status == 1
    assert "Promesse non tenue" in printed
    assert "Sofia reads renewal-done" in printed.replace("\n", " ")
