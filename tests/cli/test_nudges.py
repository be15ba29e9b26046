"""`resync nudges`: a day to come, and why a nudge leaves when it does; nothing is sent or stored."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import cli
from bot.adapters.calendars import FrenchCalendars
from bot.adapters.clock import SystemClock
from bot.adapters.codec import state_to_json
from bot.adapters.database.engine import open_engine, parse_url
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact
from bot.domain.ladder import Ladder
from flows.deadline import deadline
from flows.renewal import Snoozed
from flows.state import Quiet
from tests.cli.test_commands import complaint

HOURS = FrenchCalendars("Europe/Paris").hours("")
NOW = SystemClock().now()
TODAY = HOURS.local(NOW).date()
LAPSES = TODAY + timedelta(days=60)
NUDGED = deadline(Quiet().wait(), NOW, HOURS, LAPSES)


@pytest.fixture
def firm(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two clients: one who has a chat and a bank that lapses in sixty days, and one who was invited just now."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RESYNC_DATABASE_URL", database_url)
    monkeypatch.setenv("RESYNC_AGGREGATOR", "powens")
    titles = "client;banque;contact;date de dernière synchronisation;cadence"
    Path("clients.csv").write_text(f"{titles}\nChez Odette;LCL;Odette;{TODAY:%d/%m/%Y};60\nBella;BNP;Sofia;;\n")
    assert cli.answer(["import", "clients.csv"]) == 0
    assert NUDGED is not None
    engine = open_engine(parse_url(database_url), 1, writes=True)
    with engine.begin() as sql:
        sql.execute(sa.update(contact).where(contact.c.name == "Odette").values(chat_id=7))
        theirs = sa.select(connection.c.id).where(connection.c.bank == "LCL").scalar_subquery()
        values = {"state": state_to_json(Quiet()), "deadline": NUDGED.timestamp()}
        sql.execute(sa.update(conversation).where(conversation.c.connection_id == theirs).values(values))
    engine.dispose()
    return database_url


def stored(firm: str) -> list[Any]:
    engine = open_engine(parse_url(firm), 1, writes=False)
    with engine.connect() as sql:
        rows: list[Any] = list(sql.execute(sa.select(conversation).order_by(conversation.c.id)))
    engine.dispose()
    return rows


def planned(capsys: pytest.CaptureFixture[str], on: datetime | None) -> list[dict[str, str]]:
    capsys.readouterr()
    day = [] if on is None else ["--on", f"{HOURS.local(on):%Y-%m-%d}"]
    assert cli.answer(["nudges", "--dry-run", "--json", *day]) == 0
    found: list[dict[str, str]] = json.loads(capsys.readouterr().out)
    return found


def test_a_day_to_come_is_rehearsed_and_nothing_is_stored(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = stored(firm)
    assert NUDGED is not None
    [line] = [each for each in planned(capsys, NUDGED) if each["client"] == "Chez Odette"]
    assert (line["bank"], line["to"], line["time"]) == ("LCL", "Odette", f"{HOURS.local(NUDGED):%H:%M}")
    assert line["what"] == "renouvellement proposé"
    assert "J-14" in line["why"] or "J-13" in line["why"] or "J-12" in line["why"]  # a Sunday, a public holiday
    end = datetime.fromisoformat(f"{LAPSES + timedelta(days=12)}T12:00:00+01:00")
    days = [planned(capsys, end - timedelta(days=each)) for each in range(12)]
    told = [line for day in days for line in day if line["client"] == "Chez Odette"]
    assert [each["what"] for each in told if each["to"] == "le cabinet"] == ["pas de réponse malgré les relances"]
    assert stored(firm) == before


def test_a_day_without_a_word_is_said_to_be_one(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.answer(["nudges"]) == 0
    shown = capsys.readouterr().out
    assert "Rien ne partirait ce jour-là." in shown
    assert "Paliers : J-14, J-7, J-3, J-1, J, puis tous les 2 jours" in " ".join(shown.split())


def test_another_ladder_moves_the_day_and_is_named(
    firm: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RESYNC_LADDER", "5")
    monkeypatch.setenv("RESYNC_LADDER_EVERY", "1")
    Path("more.csv").write_text(
        f"client;banque;contact;date de dernière synchronisation;cadence\nLe Port;LCL;Lou;{TODAY:%d/%m/%Y};60\n"
    )
    assert cli.answer(["import", "more.csv"]) == 0
    engine = open_engine(parse_url(firm), 1, writes=True)
    due = deadline(Quiet().wait(), NOW, replace(HOURS, ladder=Ladder((5,), every=1)), LAPSES)
    with engine.begin() as sql:
        values = {"state": state_to_json(Quiet()), "deadline": due.timestamp() if due else None}
        theirs = sa.select(connection.c.id).where(connection.c.bank == "LCL")
        sql.execute(sa.update(conversation).where(conversation.c.connection_id.in_(theirs)).values(values))
    engine.dispose()
    capsys.readouterr()
    assert cli.answer(["nudges", "why", "port"]) == 0
    assert "palier J-5" in capsys.readouterr().out
    assert cli.answer(["nudges"]) == 0
    assert "J-5, puis tous les jours" in " ".join(capsys.readouterr().out.split())


def test_the_table_is_for_people(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert NUDGED is not None
    assert cli.answer(["nudges", "--on", f"{HOURS.local(NUDGED):%Y-%m-%d}"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "prévu" in shown
    assert "Odette" in shown


def test_a_day_that_is_past_or_none_is_refused(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Ce jour est passé" in complaint(capsys, "nudges", "--on", "2020-01-01")
    assert "05/11/2026" in complaint(capsys, "nudges", "--on", "demain")


def test_why_names_the_rung_and_the_moment(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.answer(["nudges", "why", "odette"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Chez Odette, LCL : échéance le ")
    assert told[1] == "Où on en est : tout va bien, rien à faire."
    assert NUDGED is not None
    assert f"à {HOURS.local(NUDGED):%H:%M} (Europe/Paris)" in told[2]
    assert "palier J-14" in told[3]


def test_why_tells_who_is_asked_and_what_holds_a_nudge_back(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    engine = open_engine(parse_url(firm), 1, writes=True)
    with engine.begin() as sql:
        luc = sql.execute(sa.insert(contact).values(name="Luc").returning(contact.c.id)).scalar_one()
        file = sql.execute(sa.select(client_file.c.id).where(client_file.c.name == "Chez Odette")).scalar_one()
        said = {"rank": 9, "role": "comptable", "declined": True}
        sql.execute(sa.insert(file_contact).values(file_id=file, contact_id=luc, **said))
        sql.execute(sa.update(client_file).values(away_until=date(2099, 12, 31)))
        sql.execute(sa.update(conversation).values(state=state_to_json(Snoozed(promises=1))))
    engine.dispose()
    assert cli.answer(["nudges", "why", "odette"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Déjà essayé : Luc (comptable) : ce n’est pas son dossier." in told
    assert "Absent jusqu’au 31 décembre 2099" in told
    assert "Promesse : 1 moment choisi." in told


def test_a_closed_bank_says_so_until_it_is_opened_again(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["close", "odette"]) == 0
    assert "Clôturée : Chez Odette, LCL" in capsys.readouterr().out
    assert cli.answer(["nudges", "why", "odette"]) == 0
    assert "Clôturée par le cabinet" in capsys.readouterr().out
    assert cli.answer(["clients", "odette"]) == 0
    assert "clôturée, plus rien n’est lu" in " ".join(capsys.readouterr().out.split())
    assert cli.answer(["reopen", "odette"]) == 0
    capsys.readouterr()
    assert cli.answer(["nudges", "why", "odette"]) == 0
    assert "tout va bien, rien à faire" in capsys.readouterr().out


def test_why_of_somebody_who_was_only_invited(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.answer(["nudges", "why", "bella"]) == 0
    told = capsys.readouterr().out
    assert "invitation envoyée, pas encore ouverte" in told
    assert "échéance inconnue" in told
    assert "la première heure où l’on peut le déranger" in told
    assert "Aucun client ne s’appelle « xyz »" in complaint(capsys, "nudges", "why", "xyz")


def test_what_is_planned_moves_to_another_ladder_once_asked(
    firm: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [_, invited] = stored(firm)
    monkeypatch.setenv("RESYNC_LADDER", "25, 5")
    capsys.readouterr()
    assert cli.answer(["nudges", "replan"]) == 0
    shown = capsys.readouterr().out
    assert "Paliers : J-25, J-5, puis tous les 2 jours" in " ".join(shown.split())
    assert "1 relance replacée." in shown
    due = deadline(Quiet().wait(), NOW, replace(HOURS, ladder=Ladder((25, 5))), LAPSES)
    [odette, after] = stored(firm)
    assert due is not None
    assert odette.deadline == due.timestamp()
    assert after == invited, "who waits for something else waits as before"
    assert cli.answer(["nudges", "replan"]) == 0
    assert "0 relance replacée." in capsys.readouterr().out


def test_what_is_about_to_leave_leaves_as_planned(firm: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine(parse_url(firm), 1, writes=True)
    with engine.begin() as sql:
        soon = {"deadline": (NOW + timedelta(hours=19)).timestamp()}
        sql.execute(sa.update(conversation).where(conversation.c.state == state_to_json(Quiet())).values(soon))
    engine.dispose()
    before = stored(firm)
    monkeypatch.setenv("RESYNC_LADDER", "25, 5")
    assert cli.answer(["nudges", "replan"]) == 0
    assert stored(firm) == before


# The forecast


def test_the_renewals_of_six_months_are_counted_by_week(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert cli.answer(["forecast", "--json"]) == 0
    week = LAPSES - timedelta(days=LAPSES.weekday())
    assert json.loads(capsys.readouterr().out) == [{"week": week.isoformat(), "group": "LCL", "renewals": 1}]
    assert cli.answer(["forecast", "--by", "comptable"]) == 0
    shown = capsys.readouterr().out
    assert "1 renouvellement en 26 semaines" in shown
    assert "personne" in shown
    assert f"{week:%d/%m/%Y}" in shown


def test_the_forecast_is_drawn(firm: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["forecast", "--output", "weeks.svg"]) == 0
    drawn = Path("weeks.svg").read_text()
    assert drawn.startswith("<svg")
    assert "LCL" in drawn
    assert "url(" not in drawn.replace("url(#", "")
    assert "Impossible d’écrire absent/weeks.svg" in complaint(capsys, "forecast", "--output", "absent/weeks.svg")
