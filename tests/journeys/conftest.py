"""Journeys: the whole program over HTTP, in a world of its own, with the promises of every story at its end."""

import asyncio
import io
import logging
import shutil
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import structlog

from bot.adapters import jobs
from bot.adapters.clock import MovableClock
from bot.adapters.logs import set_up_logs
from bot.sandbox.world import opened
from tests.journeys.story import BEGIN, Line, OpenStory, Story, WeatheredWorld


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that the program logs, at its most talkative."""
    written = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    root.handlers = []  # `basicConfig(force=True)` would close pytest's own
    set_up_logs("DEBUG")
    yield written
    root.handlers = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that the program has used before: DBOS sees queues that are new to it only after a second."""
    database = tmp_path_factory.mktemp("furnished") / "resync.db"

    async def use_it_once() -> None:
        world = WeatheredWorld(MovableClock(BEGIN, stands_still=True), database_url=f"sqlite:///{database}")
        async with opened(world):
            await world.app.quiet()

    asyncio.run(use_it_once())
    return database


@pytest.fixture
async def open_story(
    furnished: Path, tmp_path: Path, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OpenStory]:
    """Call it with lines of the firm’s list, and the ways of the program; its promises are checked at the end."""
    monkeypatch.setattr(jobs, "POLL_SECONDS", 0.03)
    database = shutil.copy(furnished, tmp_path)
    told: list[Story] = []
    async with AsyncExitStack() as stack:

        async def open_(*lines: Line, **settings: Any) -> Story:
            monkeypatch.setattr(sys, "stderr", logs)  # pytest has put its own in place since
            clock = MovableClock(BEGIN, stands_still=True)
            world = WeatheredWorld(clock, **({"database_url": f"sqlite:///{database}"} | settings))
            await stack.enter_async_context(opened(world))
            story = Story(world, tmp_path, logs)
            told.append(story)
            if lines:
                await story.imports(*lines)
            return story

        yield open_
    broken = [promise for story in told for promise in story.broken_promises()]
    assert not broken, "\n".join(broken)
