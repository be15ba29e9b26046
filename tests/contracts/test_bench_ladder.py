"""What is due costs the same, whatever is stored beside it: every question of a step is answered by an index."""

import io

import pytest
from rich.console import Console

from bench import __main__ as bench
from bench import ladder

STORED = 20_000


@pytest.fixture
async def seen(database_url: str, monkeypatch: pytest.MonkeyPatch) -> ladder.Rung:
    monkeypatch.setattr(ladder, "DUE", 60)
    monkeypatch.setattr(ladder, "ROUNDS", 2)
    return await ladder.measure(database_url, STORED)


async def test_the_deadlines_happen_each_once_in_every_round_and_no_question_reads_a_whole_table(
    seen: ladder.Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (seen.happened, len(seen.rounds)) == (120, 2)
    plans = {question: "\n".join(plan).lower() for question, plan in seen.plans.items()}
    assert len(plans) >= 2, "what is due, and each conversation"
    assert any("ix_conversation_deadline" in plan for plan in plans.values())
    for question, plan in plans.items():
        assert "seq scan" not in plan, question  # PostgreSQL's word for reading the whole table
        of_one_person = "contact_id" in question and "LIMIT" not in question  # a few rows, sorted as they are
        assert of_one_person or "temp b-tree" not in plan, question  # SQLite's, for sorting
        assert not [line for line in plan.splitlines() if line.startswith("scan ")], question
    printed = io.StringIO()
    monkeypatch.setattr(bench, "console", Console(file=printed, width=118))
    bench.show_ladder("due", [seen])
    shown = printed.getvalue()
    assert "20,000" in shown
    assert all(line in shown for plan in seen.plans.values() for line in plan)
