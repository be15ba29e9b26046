"""`resync link` and `resync audit`: the operator sends, follows and closes a page that he can never open himself."""

import json
import os
from pathlib import Path

import pytest

from bot import cli
from bot.adapters import upkeep
from bot.adapters.audit_files import audit_key
from bot.adapters.clock import MovableClock
from bot.adapters.codec import state_to_json
from bot.adapters.database.engine import open_engine, parse_url
from bot.sandbox.actors import Client
from bot.sandbox.browser import Browser
from bot.sandbox.world import TELEGRAM_TOKEN, World, opened
from flows.escalation import WithStaff
from flows.state import Quiet
from tests.cli.test_beside_the_program import resync
from tests.cli.test_commands import alter, complaint

LIST = """client;contact;banque;date de dernière synchronisation
Le Bistrot d’Odette;Odette Martin;LCL;01/11/2026
Le Bistrot d’Odette;Odette Martin;Nickel;
Chez Marcel;Marcel;LCL;01/11/2026
"""
WITH_AGGREGATOR = """client;contact;banque;dernière synchro;utilisateur agrégateur;connexion agrégateur
Chez Odette;Odette Martin;Crédit Rural;{:%d/%m/%Y};{};{}
"""


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and no setting of the one who runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("RESYNC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "240")
    monkeypatch.setenv("RESYNC_AGGREGATOR", "powens")
    (tmp_path / "clients.csv").write_text(LIST)


@pytest.fixture
def firm(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A firm with two clients who can be reached."""
    monkeypatch.setenv("RESYNC_DATABASE_URL", database_url)
    assert cli.answer(["import", "clients.csv"]) == 0
    alter(database_url, "UPDATE contact SET chat_id = id")
    alter(database_url, f"UPDATE conversation SET state = '{state_to_json(Quiet())}'")
    return database_url


def said(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert cli.answer(arguments) == status
    return capsys.readouterr().out


def test_a_page_is_sent_by_the_program_and_never_shown(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "link", "new", "marcel")
    assert "C’est demandé : Chez Marcel, LCL" in told
    assert "http" not in told
    engine = open_engine(parse_url(firm), 1, writes=False)
    with engine.connect() as sql:
        bodies = [row.body for row in sql.exec_driver_sql("SELECT body FROM outbox")]
    engine.dispose()
    assert len(bodies) == 1
    assert "agree-at-bank" in bodies[0]
    assert "Aucune page sécurisée" in said(capsys, "link", "show", "marcel")
    [entry] = said(capsys, "audit", "show").splitlines()
    assert (json.loads(entry)["act"], json.loads(entry)["by"]) == ("staff-sent-page", "operator")


def test_which_page_is_sent_depends_on_what_the_bank_wants(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    alter(firm, "UPDATE connection SET state = 'password_changed' WHERE bank = 'LCL'")
    said(capsys, "link", "new", "marcel")
    said(capsys, "link", "new", "odette", "LCL")
    alter(firm, "UPDATE connection SET state = 'ok'")
    said(capsys, "link", "new", "marcel", "--password")
    acts = [json.loads(each)["act"] for each in said(capsys, "audit", "show").splitlines()]
    assert acts == ["staff-asked-password"] * 3


def test_what_cannot_be_sent_is_told(
    firm: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "« LCL », « Nickel ». Ajoutez son nom." in complaint(capsys, "link", "new", "odette")
    assert "n’a jamais été connectée" in complaint(capsys, "link", "new", "odette", "nickel")
    assert "Rien à fermer" in said(capsys, "link", "revoke", "marcel")
    monkeypatch.setenv("RESYNC_AGGREGATOR", "manual")
    assert "il n’y a pas de page sécurisée" in complaint(capsys, "link", "new", "marcel")
    monkeypatch.setenv("RESYNC_AGGREGATOR", "powens")
    alter(firm, f"UPDATE conversation SET state = '{state_to_json(WithStaff('stuck', resume=Quiet()))}'")
    assert "suivi par le cabinet" in complaint(capsys, "link", "new", "marcel")
    assert said(capsys, "audit", "show") == ""


def test_the_trail_is_verified_and_the_first_bad_entry_is_named(
    firm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        said(capsys, "link", "new", "marcel")
    assert "✓ Le journal est intact : 3 inscriptions, aucune ancre" in said(capsys, "audit", "verify")
    h = one_value(firm, "SELECT h FROM audit WHERE seq = 3")
    Path("audit-anchors.txt").write_text(f"2026-11-27T09:00:00+00:00 3 {h}\n")
    where = ("--anchors", "audit-anchors.txt")
    assert "3 inscriptions, 1 ancre." in said(capsys, "audit", "verify", *where)
    take_the_triggers_away(firm)
    alter(firm, "DELETE FROM audit WHERE seq = 3")
    assert "✗ L’inscription 3 manque, alors qu’une ancre s’en souvient" in said(
        capsys, "audit", "verify", *where, status=1
    )
    alter(firm, "UPDATE audit SET entry = replace(entry, 'operator', 'nobody') WHERE seq = 2")
    assert "✗ L’inscription 2 n’est plus telle qu’elle a été écrite" in said(capsys, "audit", "verify", status=1)
    assert "resync audit verify" in complaint(capsys, "link", "new", "marcel")


def test_another_key_is_noticed_before_it_spoils_the_trail(
    firm: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said(capsys, "link", "new", "marcel")
    monkeypatch.setenv("RESYNC_AUDIT_KEY", "another key, that is long enough")
    assert "n’est pas celle de cette base" in complaint(capsys, "link", "new", "marcel")
    assert "✗ L’inscription 1" in said(capsys, "audit", "verify", status=1)
    monkeypatch.delenv("RESYNC_AUDIT_KEY")
    assert "✓" in said(capsys, "audit", "verify")


def test_who_is_erased_leaves_no_trace_but_his_number(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "link", "new", "marcel")
    alter(firm, "DELETE FROM client_file WHERE name = 'Chez Marcel'")
    shown = said(capsys, "audit", "show")
    assert "arcel" not in shown
    assert json.loads(shown)["conversation"] > 0
    assert "✓" in said(capsys, "audit", "verify")


def test_an_empty_database_is_told_and_not_made(capsys: pytest.CaptureFixture[str]) -> None:
    assert "resync migrate" in complaint(capsys, "audit", "verify")


def take_the_triggers_away(url: str) -> None:
    on_sqlite = [f"DROP TRIGGER audit_no_{event}" for event in ("update", "delete", "replacement")]
    for statement in on_sqlite if url.startswith("sqlite") else ["DROP TRIGGER audit_only_grows ON audit"]:
        alter(url, statement)


def one_value(url: str, statement: str) -> str:
    engine = open_engine(parse_url(url), 1, writes=False)
    with engine.connect() as sql:
        found = str(sql.exec_driver_sql(statement).scalar())
    engine.dispose()
    return found


async def test_a_client_gets_his_page_and_it_is_followed_and_closed_while_the_program_runs(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "BEAT_SECONDS", 0.05)
    clock = MovableClock()
    async with opened(World(clock, database_url=database_url)) as world:
        user = world.bank.create_user("Chez Odette")
        link = world.bank.connect(user, "Crédit Rural", password="coquelicot-1908", last_sync=clock.now())
        (tmp_path / "clients.csv").write_text(WITH_AGGREGATOR.format(clock.now(), user, link))
        settings = {
            "RESYNC_DATABASE_URL": database_url,
            "RESYNC_TELEGRAM_TOKEN": TELEGRAM_TOKEN,
            "RESYNC_TELEGRAM_API_URL": world.settings.telegram_api_url,
            "RESYNC_AGGREGATOR": "sandbox",
            "RESYNC_AUDIT_KEY": audit_key(world.settings).reveal(),
            "COLUMNS": "240",
        }
        odette = Client(world, 1001, "Odette", user)
        await resync(tmp_path, settings, "import", "clients.csv")
        invited = await resync(tmp_path, settings, "invite", "odette")
        await odette.opens_invitation(next(each for each in invited.split() if each.startswith("https://t.me/")))
        await odette.hears("first-introduced")
        assert "Chez Odette, Crédit Rural" in await resync(tmp_path, settings, "link", "new", "odette")
        await odette.hears("agree-at-bank")
        page = odette.secure_page()
        shown = await resync(tmp_path, settings, "link", "show", "odette")
        assert "envoyée, pas encore ouverte" in shown
        assert page.partition("#")[2] not in shown
        async with Browser(odette) as browser:
            await browser.opens(page)
            assert "il doit encore montrer" in await resync(tmp_path, settings, "link", "show", "odette")
            assert "est fermée" in await resync(tmp_path, settings, "link", "revoke", "odette")
        await odette.hears("page-closed-by-staff")
        assert "Rien à fermer" in await resync(tmp_path, settings, "link", "revoke", "odette")
        trail = await resync(tmp_path, settings, "audit", "show")
        assert page.partition("#")[2] not in trail
        noted = [json.loads(each) for each in trail.splitlines()]
        assert [(each["act"], each.get("by", "")) for each in noted] == [
            ("invitation-claimed", ""), ("staff-sent-page", "operator"), ("link-minted", ""), ("link-opened", ""),
            ("link-revoked", "operator"),
        ]  # fmt: skip
        await world.app._anchor()
        anchors = str(world.app.anchors.path)
        assert "5 inscriptions, " in await resync(tmp_path, settings, "audit", "verify", "--anchors", anchors)
