"""`resync incident`: an operator declares and ends a bank's general trouble, and sees what the radar saw."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from bot import cli
from bot.adapters.clock import MovableClock
from bot.adapters.codec import state_to_json
from bot.sandbox.world import World, opened, utc
from flows.renewal import StepA
from tests.cli.test_commands import alter, complaint

LIST = """client;contact;banque;date de dernière synchronisation
Chez Odette;Odette Martin;Crédit Rural;01/11/2026
Chez Marcel;Marcel;Credit rural;01/11/2026
Chez Sofia;Sofia;Nickel;01/11/2026
"""


@pytest.fixture
def firm(request: pytest.FixtureRequest, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three clients in the middle of a renewal, two of them at one bank, which is spelt in two ways."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("RESYNC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("RESYNC_DATABASE_URL", database_url)
    (tmp_path / "clients.csv").write_text(LIST)
    if "never" not in request.node.name:
        asyncio.run(run_once(database_url))
    assert cli.answer(["import", "clients.csv"]) == 0
    alter(database_url, "UPDATE contact SET chat_id = id")
    alter(database_url, f"UPDATE conversation SET state = '{state_to_json(StepA())}'")
    return database_url


async def run_once(database_url: str) -> None:
    async with opened(World(MovableClock(utc(2026, 11, 2)), database_url=database_url)):
        pass


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert cli.answer(arguments) == 0
    return capsys.readouterr().out


def test_a_bank_is_declared_and_ended_by_its_name(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Aucune panne générale connue." in said(capsys, "incident", "list")
    assert "C’est déclaré" in said(capsys, "incident", "declare", "rural")
    assert "C’est déjà déclaré" in said(capsys, "incident", "declare", "CREDIT RURAL")
    shown = said(capsys, "incident", "list")
    assert "1 incident" in shown
    assert "déclaré" in shown
    assert "C’est terminé" in said(capsys, "incident", "end", "rural")
    assert "Rien à terminer" in said(capsys, "incident", "end", "rural")
    assert "terminé" in said(capsys, "incident", "list")
    acts = [json.loads(each) for each in said(capsys, "audit", "show").splitlines()]
    assert [(each["act"], each["by"]) for each in acts] == [
        ("incident-declared", "operator"),
        ("incident-over", "operator"),
    ]


def test_a_bank_that_nobody_has_is_not_declared(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Aucune banque de vos clients ne s’appelle « Qonto »" in complaint(capsys, "incident", "declare", "Qonto")


def test_where_the_program_has_never_run_there_is_nobody_to_tell_it_to(
    firm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "n’a encore jamais tourné" in complaint(capsys, "incident", "declare", "Nickel")
