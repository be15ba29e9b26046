"""`resync bench`: it measures what it says, and says what is wanted. What it measures decides nothing here."""

import re

import pytest

from bot import cli
from bot.sandbox.bench import aggregator


def test_the_aggregators_bench_shows_what_the_bound_allows_and_how_much_of_it_was_had(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.answer(["bench", "aggregator", "--connections", "200", "--latency", "2"]) == 0
    printed = re.sub(r"\s", " ", capsys.readouterr().out)
    assert "200 connexions de 100 clients" in printed
    assert "qui répond après 2 ms" in printed
    assert "la borne est de 10 000 appels par seconde" in printed
    for label, calls in (("jeton neuf", 200), ("une à une", 200), ("en liste", 100)):
        assert re.search(rf"{label} +│ {calls} ", printed)
    assert re.search(r"De la borne, une à une : \d+ % \(voulu : au moins 85 %\)", printed)
    assert re.search(r"Mémoire : (\d+ Mo au début.* \(voulu : ±10 %\)|ce système)", printed)


def test_each_connection_is_read_once_and_each_answer_takes_at_least_the_latency() -> None:
    seen = aggregator.measure(connections=21, latency=0.02)
    assert (seen.users, seen.first.connections, seen.singly.connections, seen.listed.connections) == (11, 11, 21, 21)
    assert (seen.first.calls, seen.singly.calls, seen.listed.calls) == (22, 21, 11)
    for run in (seen.first, seen.singly, seen.listed):
        assert min(run.waits) >= 0.02
        assert seen.share(run) < 1


def test_memory_swings_about_what_it_was_at_the_beginning() -> None:
    run = aggregator.Run(connections=2, calls=2, seconds=4, processor=1, waits=(1, 3), memory=(100, 95, 120))
    assert run.swing == pytest.approx((-0.05, 0.2))
    assert run.rate == 0.5


def test_a_command_that_does_not_exist_there_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["bench", "agregator"]) == 2
    assert "Vouliez-vous dire : resync bench aggregator ?" in capsys.readouterr().err


def test_its_help_is_french(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["bench", "aggregator", "--help"]) == 0
    assert "Montrer cette aide." in capsys.readouterr().out
