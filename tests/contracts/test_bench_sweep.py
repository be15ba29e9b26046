"""The sweep among very many: the store's own questions are answered by index, on both databases."""

import io

import pytest
from rich.console import Console

from bench import __main__ as bench
from bench import sweep
from bench.sweep import BATCHES, OVERDUE, SWEPT, Found

STORED = 20_000


@pytest.fixture
async def seen(database_url: str) -> dict[str, Found]:
    return {each.name: each for each in await sweep.measure(database_url, STORED)}


async def test_what_is_due_is_found_by_index_and_each_batch_is_another(
    seen: dict[str, Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    banks, deadlines = f"{SWEPT} banks to read", f"{OVERDUE} deadlines"
    assert {name: each.rows for name, each in seen.items()} == {
        f"{banks}, 10,000 due": BATCHES * SWEPT,
        f"{banks}, all due": BATCHES * SWEPT,
        f"{deadlines}, 10,000 passed": BATCHES * OVERDUE,
        f"{deadlines}, all passed": BATCHES * OVERDUE,
    }
    for name, each in seen.items():
        plan = "\n".join(each.plan).lower()
        assert ("ix_connection_next_read_at" if name.startswith(banks) else "ix_conversation_deadline") in plan
        assert "seq scan" not in plan  # PostgreSQL's word for reading the whole table
        assert "scan connection" not in plan  # SQLite's
        assert "scan conversation" not in plan
        assert "sort" not in plan
        assert "temp b-tree" not in plan
    printed = io.StringIO()
    monkeypatch.setattr(bench, "console", Console(file=printed, width=118))
    bench.show_sweep("stored", list(seen.values()))
    shown = printed.getvalue()
    assert all(line in shown for each in seen.values() for line in (each.name, "< 50", *each.plan))


async def test_only_what_is_due_is_found(database_url: str) -> None:
    few = await sweep.measure(database_url, 100)
    assert [each.rows for each in few] == [50, 50, 50, 50]
