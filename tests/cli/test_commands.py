"""The commands, as an operator types them: what is wrong is one clear French line, and nothing is lost."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot import cli
from bot.adapters.codec import state_to_json
from bot.adapters.database import engine as engines
from bot.adapters.database import schema
from bot.adapters.database.engine import open_engine, parse_url
from bot.adapters.database.tables import client_file
from flows.escalation import WithStaff
from flows.opt_out import OptedOut
from flows.state import Quiet, State

LIST = """client;SIREN;contact;banque;date de dernière synchronisation
Le Bistrot d’Odette;552 100 554;Odette Martin;LCL;01/11/2026
Le Bistrot d’Odette;;Odette Martin;Nickel;
Chez Marcel;;Marcel;LCL;
"""
LINK = "https://t.me/resync_bot?start="


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and no setting of the one who runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("RESYNC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "clients.csv").write_text(LIST)


@pytest.fixture
def firm(database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A firm whose database is still empty."""
    monkeypatch.setenv("RESYNC_DATABASE_URL", database_url)
    return database_url


def names(url: str) -> list[str]:
    engine = open_engine(parse_url(url), 1, writes=False)
    with engine.connect() as sql:
        found = list(sql.execute(sa.select(client_file.c.name).order_by(client_file.c.name)).scalars())
    engine.dispose()
    return found


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a refused command says: on standard error only, with status 2."""
    capsys.readouterr()
    assert cli.answer(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err.strip()


# Importing


def test_a_list_is_imported_once(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    assert "2 clients créés, 0 mis à jour, 0 inchangé ; 3 banques nouvelles" in capsys.readouterr().out
    assert names(firm) == ["Chez Marcel", "Le Bistrot d’Odette"]
    assert cli.answer(["import", "clients.csv"]) == 0
    assert "0 client créé, 0 mis à jour, 2 inchangés ; 0 banque nouvelle" in capsys.readouterr().out


def test_a_trial_writes_nothing(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "--dry-run", "clients.csv"]) == 0
    assert "rien n’a été écrit. Il y aurait : 2 clients créés" in capsys.readouterr().out
    assert cli.answer(["migrate"]) == 0
    assert names(firm) == []
    assert cli.answer(["import", "--dry-run", "clients.csv"]) == 0
    assert names(firm) == []


def test_a_trial_does_not_even_make_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "--dry-run", "clients.csv"]) == 0
    assert not Path("resync.db").exists()


def test_a_faulty_list_is_told_line_by_line_and_nothing_is_imported(
    firm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("clients.csv").write_text(LIST + "[bold]Faux;123;;LCL;\n;;;LCL;\n")
    told = complaint(capsys, "import", "clients.csv")
    for part in ("2 fautes", "5", "SIREN", "123", "9 chiffres", "6", "nom du client", "Rien n’a été importé"):
        assert part in told
    assert cli.answer(["migrate"]) == 0
    assert names(firm) == []


def test_a_list_that_contradicts_the_database_is_told_too(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    Path("clients.csv").write_text("client;SIREN;banque\nNouveau;;LCL\nChez Marcel;552100554;LCL\n")
    assert "déjà celui de « Le Bistrot d’Odette »" in complaint(capsys, "import", "clients.csv")
    assert "Nouveau" not in names(firm)


def test_a_file_that_is_not_there_is_told(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert complaint(capsys, "import", "absent.csv") == "Impossible de lire absent.csv : ce fichier n’existe pas."
    assert "Impossible de lire" in complaint(capsys, "import", ".")


# Clients and invitations


def test_clients_are_listed_the_most_urgent_first(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["clients"]) == 0
    assert "resync import" in capsys.readouterr().out
    assert cli.answer(["import", "clients.csv"]) == 0
    capsys.readouterr()
    assert cli.answer(["clients", "odette", "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert {(line["client"], line["bank"]) for line in lines} == {
        ("Le Bistrot d’Odette", "LCL"),
        ("Le Bistrot d’Odette", "Nickel"),
    }
    assert {line["urgency"] for line in lines} == {"never-linked"}
    assert cli.answer(["clients"]) == 0
    shown = capsys.readouterr().out
    assert "3 banques" in shown
    assert "30/04/2027" in shown
    assert "n’a pas ouvert son invitation" in shown


def test_each_connection_is_listed_with_its_state_its_date_and_who_acts(
    firm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.answer(["connections"]) == 0
    assert "resync import" in capsys.readouterr().out
    assert cli.answer(["import", "clients.csv"]) == 0
    alter(
        firm,
        "UPDATE connection SET state = 'password_changed', vendor_code = 'wrongpass', "
        "last_success_at = 1795000000, expiry_source = 'bank', expires_on = '2027-04-30' WHERE bank = 'LCL'",
    )
    capsys.readouterr()
    assert cli.answer(["connections", "odette", "--json"]) == 0
    lines = {line["bank"]: line for line in json.loads(capsys.readouterr().out)}
    assert lines["LCL"] == {
        "client": "Le Bistrot d’Odette",
        "bank": "LCL",
        "state": "password_changed",
        "vendor_code": "wrongpass",
        "expires_on": "2027-04-30",
        "expiry_source": "bank",
        "last_success_at": "2026-11-18T11:06:40+00:00",
        "connected": True,
        "stale": False,
        "strayed": False,
        "closed": False,
        "acts": "client",
    }
    assert (lines["Nickel"]["state"], lines["Nickel"]["acts"]) == ("unknown", "client")
    assert cli.answer(["connections"]) == 0
    shown = capsys.readouterr().out
    for told in ("3 connexions", "mot de passe changé", "30/04/2027 (d’après la banque)", "18/11/2026 12:06"):
        assert told in shown
    assert "le client" in shown
    alter(firm, "UPDATE connection SET stale = NOT stale WHERE bank = 'LCL'")
    assert cli.answer(["connections", "nickel"]) == 0
    assert "pas encore connectée" in capsys.readouterr().out
    alter(
        firm, "UPDATE connection SET synchronised = NOT synchronised, vendor_code = 'newWord' WHERE bank = 'Nickel'"
    )
    assert cli.answer(["connections", "nickel"]) == 0
    assert "état inconnu (newWord)" in capsys.readouterr().out
    assert cli.answer(["connections", "odette"]) == 0
    assert "se dit en ordre, mais plus rien n’arrive" in capsys.readouterr().out
    assert "Aucun client ne s’appelle « xyz »" in complaint(capsys, "connections", "xyz")


def test_an_unknown_client_is_told_with_those_that_are_near(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    assert "Aucun client ne s’appelle « xyz »" in complaint(capsys, "clients", "xyz")
    assert "Vouliez-vous dire « Chez Marcel » ?" in complaint(capsys, "renew", "Chez Marcelle")
    assert "« Chez Marcel » ou « Le Bistrot d’Odette »" in complaint(capsys, "renew", "e")


def test_a_client_with_several_banks_asks_which(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    assert "« LCL », « Nickel ». Ajoutez --bank" in complaint(capsys, "renew", "odette")
    assert complaint(capsys, "renew", "odette", "--bank", "BNP") == "Aucune de ses banques ne s’appelle « BNP »."


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE contact SET name = name", "pas encore ouvert son invitation. Renvoyez-la : resync invite"),
        ("UPDATE contact SET chat_id = id, reachable = NOT reachable", "téléphonez-lui"),
    ],
)
def test_a_client_whom_a_nudge_cannot_reach_is_told(
    change: str, told: str, firm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    alter(firm, change)
    assert told in complaint(capsys, "renew", "marcel")


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (OptedOut(), "ne veut plus être relancé"),
        (WithStaff("stuck", resume=Quiet()), "suivi par le cabinet"),
    ],
)
def test_a_client_who_is_not_to_be_nudged_is_told(
    state: State, told: str, firm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    alter(firm, "UPDATE contact SET chat_id = id")
    alter(firm, f"UPDATE conversation SET state = '{state_to_json(state)}'")
    assert told in complaint(capsys, "renew", "marcel")


def alter(url: str, statement: str) -> None:
    engine = open_engine(parse_url(url), 1, writes=True)
    with engine.begin() as sql:
        sql.exec_driver_sql(statement)
    engine.dispose()


def test_one_invitation_comes_with_its_code(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    capsys.readouterr()
    assert cli.answer(["invite", "marcel", "--bot", "resync_bot"]) == 0
    shown = capsys.readouterr().out
    assert "Chez Marcel · Marcel" in shown
    assert LINK in shown
    assert "▀" in shown
    assert "À copier dans un message : Bonjour Marcel, c’est le cabinet" in " ".join(shown.split())


def test_all_are_invited_on_paper(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    capsys.readouterr()
    assert cli.answer(["invite", "--all", "--bot", "resync_bot", "--output", "lettres"]) == 0
    shown = capsys.readouterr().out
    assert "2 pages à imprimer dans lettres" in shown
    assert "Toutes ensemble, une par feuille : lettres/tout-imprimer.html" in shown
    assert sorted(path.suffix for path in Path("lettres").iterdir()) == [".html"] * 3 + [".png"] * 2


def test_an_invitation_needs_a_name_or_all(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--all" in complaint(capsys, "invite")
    assert "--all" in complaint(capsys, "invite", "marcel", "--all")


def test_without_telegram_the_name_of_the_bot_is_asked_for(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    assert "--bot resync_bot" in complaint(capsys, "invite", "marcel")


def test_a_folder_that_cannot_be_written_costs_no_invitation(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    told = complaint(capsys, "invite", "--all", "--bot", "resync_bot", "--output", "clients.csv")
    assert "Impossible d’écrire dans le dossier clients.csv" in told
    engine = open_engine(parse_url(firm), 1, writes=False)
    with engine.connect() as sql:
        assert sql.execute(sa.text("SELECT count(*) FROM invitation")).scalar() == 0
    engine.dispose()


# Settings and databases that are not well


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("RESYNC_DATABSE_URL", "x", "Vouliez-vous dire RESYNC_DATABASE_URL"),
        ("RESYNC_DATABASE_URL", "mysql://x", "sqlite:///resync.db"),
        ("RESYNC_DATABASE_URL", "n’importe quoi", "sqlite:///resync.db"),
        ("RESYNC_DATABASE_URL", "sqlite:///absent/resync.db", "créez-le d’abord"),
        ("RESYNC_DATABASE_URL", "postgresql://resync:tres-secret@/resync?host=/nulle/part", "ne répond pas"),
        ("RESYNC_SLACK_MODE", "pigeon", "RESYNC_SLACK_MODE"),
        ("RESYNC_TIMEZONE", "Paris", "Europe/Paris"),
        ("RESYNC_SERVICE_HOURS", "midi", "écrivez par exemple 9:30"),
        ("RESYNC_SERVICE_HOURS", "15:00-11:00", "finit avant de commencer"),
        ("RESYNC_NUDGE_HOURS", "9:30, 12:15", "12:15 tombe pendant un service"),
        ("RESYNC_LADDER", "14, sept", "« sept » n’est pas un palier"),
        ("RESYNC_LADDER_EVERY", "deux", "RESYNC_LADDER_EVERY : "),
        ("RESYNC_LADDER_EVERY", "deux", "écrivez un nombre de jours"),
        ("RESYNC_LADDER_LATE", "0", "RESYNC_LADDER_LATE va de 1 à 60 jours"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    name: str, value: str, advice: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    told = complaint(capsys, "clients")
    assert advice in told
    assert "tres-secret" not in told
    assert "\n" not in told


def test_a_missing_token_is_told_and_the_demo_offered(
    firm: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.app.close_credentials", lambda: None)  # it would close them to this whole test process
    told = complaint(capsys, "run")
    assert "RESYNC_TELEGRAM_TOKEN" in told
    assert "resync demo" in told


def test_a_locked_database_is_told_and_keeps_everything(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESYNC_DATABASE_URL", sqlite_database)
    monkeypatch.setattr(engines, "BUSY_SECONDS", 0)
    assert cli.answer(["import", "clients.csv"]) == 0
    other = sqlite3.connect(sqlite_database.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "ne répond pas" in complaint(capsys, "import", "clients.csv")
    other.close()
    assert cli.answer(["import", "clients.csv"]) == 0
    assert len(names(sqlite_database)) == 2


def test_a_file_that_is_no_database_is_told(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESYNC_DATABASE_URL", sqlite_database)
    Path(sqlite_database.removeprefix("sqlite:///")).write_text("pas une base " * 500)
    assert "pas une base de données" in complaint(capsys, "clients")


def test_an_old_schema_is_offered_its_migration(
    firm: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.answer(["import", "clients.csv"]) == 0
    with monkeypatch.context() as newer:
        newer.setattr(schema, "version", lambda engine: "old")
        assert complaint(capsys, "clients").endswith("resync migrate")
        assert cli.answer(["migrate"]) == 0
    assert "à jour" in capsys.readouterr().out
    assert len(names(firm)) == 2


def test_the_database_of_another_program_is_left_alone(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    engine = open_engine(parse_url(firm), 1, writes=True)
    with engine.begin() as sql:
        sql.exec_driver_sql("CREATE TABLE wp_posts (id INTEGER)")
    for command in ("clients", "migrate"):
        assert "autre programme" in complaint(capsys, command)
    assert sa.inspect(engine).get_table_names() == ["wp_posts"]
    engine.dispose()


# The command line itself


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["clints"], "Vouliez-vous dire : resync clients ?"),
        (["xyzzy"], "Voir : resync --help"),
        (["import"], "Il manque : FICHIER"),
        (["import", "--dryrun", "x"], "Vouliez-vous dire --dry-run ?"),
        (["renew", "x", "--bank"], "L’option --bank attend une valeur"),
        (["migrate", "x"], "Voir : resync migrate --help"),
    ],
)
def test_a_mistyped_command_is_told_in_french(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in complaint(capsys, *arguments)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["import", "--help"], ["invite", "--help"]])
def test_help_is_french(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(arguments) == 0
    shown = capsys.readouterr().out
    assert "Montrer cette aide." in shown
    assert not any(word in shown for word in ("Show this", "Commands", "Arguments", "[required]"))


def test_an_interruption_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "settings", interrupted)
    assert cli.answer(["migrate"]) == 130


HEAVY = (
    "sqlalchemy",
    "alembic",
    "telegram",
    "slack_bolt",
    "dbos",
    "pydantic",
    "starlette",
    "holidays",
    "httpx",
    "aiohttp",
)


def test_help_imports_nothing_heavy() -> None:
    """A time limit would depend on the machine; what makes it slow is what is imported (`make bench` measures it)."""
    script = (
        "import sys; from bot import cli; assert cli.answer(['--help']) == 0; "
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_installed_command_ends_with_its_status() -> None:
    program = [sys.executable, "-c", "from bot.cli import main; main()"]
    done = subprocess.run([*program, "clints"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("La commande « clints » n’existe pas.")
