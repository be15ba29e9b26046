"""Durable jobs: what is enqueued is performed in the loop of the program, and in no other."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.jobs import Jobs
from bot.ports import Job
from flows.effects import ReadBank

PATIENCE = 20.0


def test_a_job_that_is_taken_while_the_loop_stands_still_is_performed_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the parts of a test no loop runs: DBOS then takes one of its own, where nothing of ours would wake."""
    handed_over, performed = threading.Event(), list[asyncio.AbstractEventLoop]()
    hand_over = asyncio.run_coroutine_threadsafe

    def watched(*work: Any) -> Any:
        handed = hand_over(*work)
        handed_over.set()
        return handed

    database = Database(f"sqlite:///{tmp_path / 'resync.db'}")
    schema.prepare(database)

    async def perform(_: Job) -> None:
        await database.write(lambda sql: sql.execute(sa.select(1)))  # waits for a thread, and is woken by this loop
        performed.append(asyncio.get_running_loop())
        done.set()

    jobs, done = Jobs(database, "solo", perform), asyncio.Event()

    async def begin() -> None:
        await jobs.start()
        monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", watched)
        await database.write(lambda sql: jobs.enqueue(sql, Job("read", 1, None, ReadBank())))

    async def end() -> None:
        await asyncio.wait_for(done.wait(), PATIENCE)
        await jobs.aclose()
        await database.aclose()

    with asyncio.Runner() as runner:
        runner.run(begin())
        assert handed_over.wait(PATIENCE), "DBOS has taken the job, and no loop of ours runs"
        runner.run(end())
        assert performed == [runner.get_loop()]
