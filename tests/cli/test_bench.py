"""`resync bench`: it measures what it says, and says what is wanted. What it measures decides nothing here."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from bot import cli
from bot.engine import passed
from bot.sandbox.bench import aggregator, link, nudges, staff
from bot.sandbox.bench.fleet import Fleet


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


def test_the_links_bench_shows_each_answer_beside_a_bare_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["bench", "link", "--rate", "80", "--seconds", "1"]) == 0
    printed = re.sub(r"\s", " ", capsys.readouterr().out)
    assert "80 requêtes, 80 par seconde" in printed
    for name, count in {"page nue": 80, "la page": 10, "ouverture": 10, "suivi": 30, "passage refusé": 10}.items():
        assert re.search(rf"{name} +│ {count} +│ \d+,\d\d ms +│ \d+,\d\d ms", printed)
    assert re.search(r"p99 de toutes les nôtres : \d+,\d\d ms \(voulu : moins de 20 ms\)", printed)


def test_the_staffs_bench_shows_the_board_the_clicks_and_how_the_database_answers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ["bench", "staff", "--clients", "200", "--rate", "6", "--seconds", "2", "--on", "sqlite", "--plans"]
    assert cli.answer(asked) == 0
    printed = re.sub(r"\s", " ", capsys.readouterr().out)
    assert "Le tableau de 200 clients, sqlite" in printed
    for name in staff.LOOKS:
        assert re.search(rf"{name} +│ \d+,\d\d ms +│ \d+,\d\d ms", printed)
    for name in ("« Je prends »", "un filtre du tableau"):
        assert re.search(rf"{name} +│ 6 +│ \d+,\d\d ms +│ \d+,\d\d ms", printed)
    assert re.search(r"p95 de tous les regards : \d+,\d\d ms \(voulu : moins de 150 ms\)", printed)
    assert re.search(r"p99 de tous les clics : \d+,\d\d ms \(voulu : moins de 300 ms\)", printed)
    assert f"Demandes prises, d’après la base : {staff.WARM_UP + 6}" in printed
    assert re.search(r"Plan, la page :.*SCAN conversation", printed)


def test_each_visit_asks_for_what_a_browser_asks_for() -> None:
    seen = link.measure(rate=100, seconds=1)
    asked = {path: len(took) for path, took in seen.took.items()}
    assert asked == {path: 13 * link.VISIT.count(path) for path in link.VISIT}
    assert len(seen.bare) == len(seen.all) == 104
    assert min(*seen.bare, *seen.all) > 0


def test_the_nudges_bench_kills_programs_and_loses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--nudges", "200", "--pace", "10", "--processes", "2", "--kill-every", "3", "--on", "postgresql"]
    assert cli.answer(["bench", "nudges", *asked]) == 0
    printed = re.sub(r"\s", " ", capsys.readouterr().out)
    assert "200 relances, postgresql" in printed
    assert re.search(r"arrêts brutaux +│ [1-9]", printed)
    for promise in (
        "relances perdues",
        "relances envoyées deux fois",
        "refus « trop de messages » [(]429[)]",
        "messages dans le désordre",
        "réponses restées en attente",
    ):
        assert re.search(rf"{promise} +│ 0 +│ 0", printed), promise


def test_lost_is_what_neither_arrived_nor_was_in_doubt() -> None:
    seen = nudges.Figures(
        nudges=100, processes=3, pace=25, kills=4, stopped=0, seconds=4, arrived=96, twice=0, doubtful=5,
        doubtful_missing=3, too_many=0, disorder=0, answers=(), unanswered=0, answers_twice=0, most_a_second=25,
    )  # fmt: skip
    assert (seen.lost, seen.rate) == (1, 24)


def test_what_a_program_does_not_repeat_is_read_in_its_log(tmp_path: Path) -> None:
    log = tmp_path / "8080.log"
    nudge = f"{passed(7, 3, datetime(2026, 11, 24, tzinfo=UTC)).dedupe_id}/0/bank/0"
    log.write_text(
        f"[warning] a doubtful nudge is not repeated job={nudge}\n[warning] job will be tried again job=due:8:\n"
    )
    programs = cast(Fleet, SimpleNamespace(members=[SimpleNamespace(log=log)]))  # their logs are all that is read
    assert nudges.declared(programs) == {7}


def test_the_densest_second_may_begin_anywhere() -> None:
    assert nudges.densest([]) == 0
    assert nudges.densest([0.0, 0.6, 0.9, 1.1, 1.59, 3.0]) == 4


def test_a_command_that_does_not_exist_there_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["bench", "agregator"]) == 2
    assert "Vouliez-vous dire : resync bench aggregator ?" in capsys.readouterr().err


def test_its_help_is_french(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.answer(["bench", "aggregator", "--help"]) == 0
    assert "Montrer cette aide." in capsys.readouterr().out
