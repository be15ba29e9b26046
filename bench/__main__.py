"""`python -m bench [TABLE …] [--quick]`: figures of speed and size. Nothing is judged here.

`python -m bench years --help` is another thing: simulated years of a firm, and whether its clients were treated well.
"""

import argparse
import asyncio
import platform
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from importlib.metadata import version
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench import ladder, sweep, years
from bench.phones import Crowd, share
from bench.programs import outside
from bench.steps import MEMORY, PICKLE, POSTGRES, SQLITE, Run, measure, started
from bot.sandbox.bench import aggregator, postgres

console = Console(width=118)
CHATS, LATENCIES = (50, 500), (0.0, 0.05)
STORED = (1_000, 100_000)
CONNECTIONS = 1_000_000
READ, LATENCY = 10_000, 0.02


def spread(values: list[float], digits: int = 0) -> str:
    """Median, and from the least to the most."""
    middle = f"{median(values):.{digits}f}"
    return f"{middle} ({min(values):.{digits}f}–{max(values):.{digits}f})" if len(values) > 1 else middle


def about() -> str:
    """The machine and the versions that the figures are of."""
    libraries = " · ".join(f"{name} {version(name)}" for name in ("python-telegram-bot", "sqlalchemy", "dbos"))
    return (
        f"Python {platform.python_version()} · SQLite {sqlite3.sqlite_version} · {libraries} · {platform.machine()}"
    )


def pair(runs: dict[str, list[Run]], name: str, baseline: str) -> str:
    """The ratio of two programs, round by round."""
    ratios = [mine.rate / other.rate for mine, other in zip(runs[name], runs[baseline], strict=True) if other.rate]
    return spread(ratios, 1) if ratios and name not in (MEMORY, PICKLE) else ""


async def steps(pg: str, rounds: int, seconds: float) -> None:
    """Presses a second, closed loop, each program once in each round."""
    names = (MEMORY, PICKLE, SQLITE, POSTGRES)
    for chats in CHATS if rounds > 1 else CHATS[:1]:
        for latency in LATENCIES:
            runs: dict[str, list[Run]] = {name: [] for name in names}
            for _ in range(rounds):
                for name in names:
                    runs[name].append(await measure(name, pg, chats=chats, latency=latency, seconds=seconds))
            show_steps(f"{chats} chats, the Bot API takes {latency * 1000:.0f} ms", runs)
    await acknowledgements(pg, seconds)


def show_steps(title: str, runs: dict[str, list[Run]]) -> None:
    """One table of the measurement above."""
    heads = ("program", "presses/s", "× memory", "× pickle", "CPU %", "MB", "ack ms p50/p99", "order/twice/lost")
    table = Table(*heads, title=title, title_justify="left")
    for name, each in runs.items():
        wrong = [sum(getattr(run, what) for run in each) for what in ("inversions", "duplicates", "lost")]
        table.add_row(
            name,
            spread([run.rate for run in each]),
            pair(runs, name, MEMORY),
            pair(runs, name, PICKLE),
            spread([run.cpu for run in each]),
            f"{median(run.memory for run in each):.0f}",
            f"{median(run.ack_p50 for run in each):.0f}/{median(run.ack_p99 for run in each):.0f}",
            "/".join(map(str, wrong)),
        )
    console.print(table)


async def acknowledgements(pg: str, seconds: float) -> None:
    """How long an update waits for its 200 at fifty presses a second, whatever the answers take."""
    table = Table("program", "ack p50 ms", "ack p99 ms", title="50 presses/s, 50 chats", title_justify="left")
    for name in (SQLITE, POSTGRES):
        run = await measure(name, pg, chats=50, latency=0.0, seconds=seconds, rate=50)
        table.add_row(name, f"{run.ack_p50:.1f}", f"{run.ack_p99:.1f}")
    console.print(table)


async def stored(pg: str, rounds: int, seconds: float) -> None:
    """Does it cost anything to have many conversations stored?"""
    heads = ("program", "stored", "presses/s", "MB")
    table = Table(*heads, title="Conversations stored, 50 of them talking", title_justify="left")
    for name in (SQLITE, POSTGRES):
        runs: dict[int, list[Run]] = {many: [] for many in STORED}
        for _ in range(rounds):
            for many in STORED:
                run = await measure(name, pg, chats=50, latency=0.0, seconds=seconds, stored=many)
                runs[many].append(run)
        for many, each in runs.items():
            memory = median(run.memory for run in each)
            table.add_row(name, f"{many:,}", spread([run.rate for run in each]), f"{memory:.0f}")
    console.print(table)


async def start(pg: str, rounds: int, _seconds: float) -> None:
    """From nothing to the first answered update, and `resync --help`."""
    table = Table("what", "seconds", title="Cold start", title_justify="left")
    table.add_row("resync --help", spread([timed(show_help) for _ in range(rounds + 2)], 2))
    for name in (SQLITE, POSTGRES):
        table.add_row(
            f"to the first answer, {name}", spread([await first_answer(name, pg) for _ in range(rounds)], 2)
        )
    console.print(table)


async def sweeps(pg: str, rounds: int, _seconds: float) -> None:
    """What is due, found by index among a million; the plans are below."""
    stored = CONNECTIONS if rounds > 1 else CONNECTIONS // 50
    for name in (SQLITE, POSTGRES):
        with TemporaryDirectory(prefix="resync-bench-") as folder:
            file = f"sqlite:///{Path(folder) / 'resync.db'}"
            with postgres.fresh_database(pg) if name == POSTGRES else nullcontext(file) as url:
                show_sweep(f"{stored:,} connections stored, {name}", await sweep.measure(url, stored))


def show_sweep(title: str, seen: list[sweep.Found]) -> None:
    """One database's answers, and how it found them."""
    table = Table("batch", "found", "median ms", "p99 ms", "wanted ms", title=title, title_justify="left")
    for each in seen:
        middle, late = (f"{1000 * share(list(each.seconds), part):.1f}" for part in (0.5, 0.99))
        table.add_row(each.name, f"{each.rows:,}", middle, late, "< 50")
    console.print(table)
    for each in seen:
        console.print(each.name, *each.plan, sep="\n    ", markup=False, highlight=False, soft_wrap=True)


async def ladders(pg: str, rounds: int, _seconds: float) -> None:
    """The same thousand deadlines, among more and more that are not due."""
    for name in (SQLITE, POSTGRES):
        seen = []
        for stored in ladder.STORED if rounds > 1 else ladder.STORED[:2]:
            with TemporaryDirectory(prefix="resync-bench-") as folder:
                file = f"sqlite:///{Path(folder) / 'resync.db'}"
                with postgres.fresh_database(pg) if name == POSTGRES else nullcontext(file) as url:
                    seen.append(await ladder.measure(url, stored))
        show_ladder(f"The same {ladder.DUE:,} deadlines pass, {name}", seen)


def show_ladder(title: str, seen: list[ladder.Rung]) -> None:
    """One database at each size; the plans are those of the largest."""
    heads = ("stored", "due", "seconds", "× the smallest", "nothing due, ms")
    table = Table(*heads, title=title, title_justify="left")
    for each in seen:
        table.add_row(
            f"{each.stored:,}",
            f"{each.happened // len(each.rounds):,}",
            spread(list(each.rounds), 2),
            f"{median(each.rounds) / median(seen[0].rounds):.2f}",
            f"{1000 * median(each.looks):.1f}",
        )
    console.print(table)
    for question, plan in seen[-1].plans.items():
        console.print(question, *plan, sep="\n    ", markup=False, highlight=False, soft_wrap=True)


async def readings(_pg: str, rounds: int, _seconds: float) -> None:
    """How fast connections are read at an aggregator 20 ms away, as `resync bench aggregator` shows it in French."""
    connections = READ if rounds > 1 else READ // 10
    seen = await asyncio.to_thread(aggregator.measure, connections, LATENCY)
    title = f"{connections:,} connections read at an aggregator {1000 * LATENCY:.0f} ms away"
    table = Table(
        "read", "calls/s", "of the bound", "wanted", "MB, first and most", title=title, title_justify="left"
    )
    for name, run in (("first, with a token", seen.first), ("singly", seen.singly), ("listed", seen.listed)):
        memory = f"{run.memory[0]:.0f} {max(run.memory):.0f}" if run.memory else ""
        wanted = "at least 85 %, memory ±10 %" if run is seen.singly else ""
        table.add_row(name, f"{run.rate:.0f}", f"{seen.share(run):.0%}", wanted, memory)
    console.print(table)


def show_help() -> None:
    """The command line's help, as a whole process."""
    subprocess.run(
        [sys.executable, "-c", "from bot.cli import main; main()", "--help"], capture_output=True, check=True
    )


def timed(work: Callable[[], None]) -> float:
    """Seconds that something takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


async def first_answer(name: str, pg: str) -> float:
    """Seconds from starting the program (its database is there) to the first answered press."""
    async with outside() as server:
        begin = time.perf_counter()
        async with started(name, server, pg, chats=1):
            crowd = Crowd(server.telegram, 1)
            await crowd.open()
            await crowd.aclose()
            return time.perf_counter() - begin


TABLES = {
    "steps": steps, "stored": stored, "start": start, "sweep": sweeps, "ladder": ladders, "readings": readings,
}  # fmt: skip


async def everything(names: list[str], rounds: int, seconds: float) -> None:
    """The tables that were asked for, one after the other, on one PostgreSQL."""
    console.print(about())
    with postgres.server() as pg:
        for name in names:
            await TABLES[name](pg, rounds, seconds)


def main() -> None:
    if sys.argv[1:2] == ["years"]:
        years.main(sys.argv[2:])
        return
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "tables", nargs="*", metavar="TABLE", help=f"one or more of {', '.join(TABLES)}; all by default"
    )
    parser.add_argument("--quick", action="store_true", help="one short round: a look, not a figure to quote")
    given = parser.parse_args()
    unknown = set(given.tables) - TABLES.keys()
    if unknown:
        parser.error(f"no table is called {', '.join(sorted(unknown))}")
    rounds, seconds = (1, 2.0) if given.quick else (3, 6.0)
    asyncio.run(everything(given.tables or list(TABLES), rounds, seconds))


if __name__ == "__main__":
    main()
