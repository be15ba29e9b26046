"""Presses handled a second, one after the other for each chat, against python-telegram-bot's own conversations."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.phones import Crowd, Tally, share
from bench.programs import Program, Server, baseline, outside, resync, running
from bench.seed import seed
from bot.sandbox.bench import postgres

MEMORY, PICKLE, SQLITE, POSTGRES = "PTB, in memory", "PTB, pickle", "Resync, SQLite", "Resync, Postgres"
BASELINES = {MEMORY: "baseline_memory", PICKLE: "baseline_pickle"}


@dataclass(frozen=True)
class Run:
    """One program, once, under one load."""

    rate: float
    cpu: float
    memory: float
    ack_p50: float
    ack_p99: float
    wait_p50: float
    inversions: int
    duplicates: int
    lost: int


@contextlib.asynccontextmanager
async def started(name: str, server: Server, pg: str, chats: int, stored: int = 0) -> AsyncIterator[Program]:
    """The program called `name`, with its conversations in place."""
    with TemporaryDirectory(prefix="resync-bench-") as temporary:
        folder = Path(temporary)
        if name in BASELINES:
            async with running(*baseline(server, BASELINES[name], folder), folder) as program:
                yield program
            return
        file = f"sqlite:///{folder / 'resync.db'}"
        with postgres.fresh_database(pg) if name == POSTGRES else contextlib.nullcontext(file) as url:
            await seed(url, chats, stored)
            async with running(*resync(server, url), folder) as program:
                yield program


async def measure(
    name: str, pg: str, *, chats: int, latency: float, seconds: float, stored: int = 0, rate: float = 0.0
) -> Run:
    """One run: closed loop, or so many presses a second where `rate` is given."""
    async with outside() as server, started(name, server, pg, chats, stored) as program:
        crowd = Crowd(server.telegram, chats)
        await crowd.open()
        server.telegram.slow_down(latency)
        if rate:
            program.mark()
            tally = await crowd.press_at(rate, seconds)
        else:
            tally = await crowd.press_in_turn(seconds, warm_up=min(1.5, seconds / 2), counting=program.mark)
        done, cpu, memory, acks = tally.done, program.cpu(), program.memory(), list(server.telegram.acks)
        await crowd.settle()
        await crowd.aclose()
        return tell(tally, done / seconds, cpu, memory, acks)


def tell(tally: Tally, rate: float, cpu: float, memory: float, acks: list[float]) -> Run:
    """The figures of a run; times in milliseconds."""
    return Run(
        rate=rate,
        cpu=cpu,
        memory=memory,
        ack_p50=1000 * share(acks, 0.5),
        ack_p99=1000 * share(acks, 0.99),
        wait_p50=1000 * share(tally.waits, 0.5),
        inversions=tally.inversions,
        duplicates=tally.duplicates,
        lost=tally.lost,
    )


def spread(values: list[float], digits: int = 0) -> str:
    """« median (min–max) »."""
    return f"{median(values):.{digits}f} ({min(values):.{digits}f}–{max(values):.{digits}f})"
