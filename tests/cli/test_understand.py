"""`resync understand`, as one calls it: lines in, JSON out; a file in, figures out."""

import io
import json
import sys
from pathlib import Path

import pytest

from bot import cli

NOW = ("--now", "2026-11-25T10:00")


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")


def read(
    typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str
) -> list[dict[str, object]]:
    """What is told of some lines."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
    assert cli.answer(["understand", *NOW, *options]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def figures(file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.answer(["understand", *NOW, "--evaluate", str(file)]) == 0
    return capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")


def test_each_line_is_told_as_an_object(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    done, later, secret, empty = read("c'est fait 👍\r\ndemain 9h30\nmdp : Soleil75\n\n", monkeypatch, capsys)
    assert list(done) == ["text", "intent", "confidence", "secret", "when"]
    assert (done["text"], done["intent"], done["secret"], done["when"]) == ("c'est fait 👍", "done", False, None)
    assert isinstance(done["confidence"], float)
    assert 0.5 < done["confidence"] <= 1
    assert (later["intent"], later["when"]) == ("later", "2026-11-26T09:30:00+01:00")
    assert (secret["text"], secret["secret"]) == ("mdp : Soleil75", True)
    assert (empty["text"], empty["secret"]) == ("", False)


def test_the_moment_is_in_the_zone_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    [found] = read("demain 9h30\n", monkeypatch, capsys, "--timezone", "Indian/Reunion")
    assert found["when"] == "2026-11-26T09:30:00+04:00"


def test_what_is_no_text_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9 \xff\n"), encoding="ascii"))
    assert cli.answer(["understand", *NOW]) == 0
    assert json.loads(capsys.readouterr().out)["text"] == "caf\N{REPLACEMENT CHARACTER} \N{REPLACEMENT CHARACTER}"


def test_a_file_of_labels_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "labels.tsv"
    file.write_text(
        "# a comment\ndone\tc'est fait\nstuck\tça marche pas\n\ndone\tj'ai fait les courses\nother\tmdr\n"
    )
    told = figures(file, capsys)
    assert "Justesse : 75,00 % (3 sur 4 lignes)" in told
    assert "« done » à tort : 0,00 % (0 sur 4 lignes)" in told
    assert "done                  100,00 %     50,00 %       2" in told
    assert "done pris pour other : 1" in told
    assert "j'ai fait les courses" in told
    assert "Temps par ligne : " in told


def test_a_file_of_secrets_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "secrets.tsv"
    file.write_text("1\tmdp : Soleil75\n1\tbonjour\n0\tcode postal 69003\n0\tXk9$plat!\n0\t4821\n")
    told = figures(file, capsys)
    assert "Secrets vus : 50,00 % (1 sur 2 lignes)" in told
    assert "Fausses alertes : 33,33 % (1 sur 3 lignes)" in told
    assert "Doutes, comptés comme non vus : 1" in told
    assert "manqué : bonjour" in told
    assert "à tort : Xk9$plat!" in told


def test_a_file_of_moments_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "moments.tsv"
    file.write_text(
        "demain 9h30\t2026-11-26T09:00\t2026-11-26T10:00\n"
        "demain\t2026-11-27T00:00\t2026-11-27T23:59\n"
        "dans 2h\t2026-11-25T12:00:00+01:00\t2026-11-25T16:00:00+01:00\n"
        "plus tard\t\t\n"
    )
    told = figures(file, capsys)
    assert "Dans la fenêtre : 75,00 % (3 sur 4 lignes)" in told
    assert "2026-11-26T09:30:00+01:00 (later) : demain" in told


@pytest.mark.parametrize(
    ("contents", "complaint"),
    [
        ("", "aucune ligne"),
        ("done\tc'est fait\n1\tmdp : Soleil75\n", "mêle plusieurs sortes"),
        ("done\tc'est fait\nperhaps\tje sais pas\n", "Ligne 2"),
        ("demain\thier\tdemain\n", "n’est pas un moment"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(
    contents: str, complaint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file.tsv"
    file.write_text(contents)
    assert cli.answer(["understand", "--evaluate", str(file)]) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--now", "demain", "2026-11-27T10:00"),
        ("--timezone", "Paris", "Europe/Paris"),
        ("--evaluate", "absent.tsv", "absent.tsv"),
    ],
)
def test_an_option_that_does_not_fit_is_told(
    option: str, value: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.answer(["understand", option, value]) == 2
    assert complaint in capsys.readouterr().err


def test_neither_database_nor_network_is_opened(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import socket

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(cli, "database", refused)
    monkeypatch.setattr(cli, "settings", refused)
    assert read("bonjour\n", monkeypatch, capsys)[0]["intent"] == "greeting"
