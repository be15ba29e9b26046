"""`python -m bench years`: years of a firm's clients, simulated against the real program, and what they came to."""

import asyncio
import logging
from argparse import ArgumentParser
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import structlog
from rich.console import Console

from tests.simulation.promises import broken
from tests.simulation.table import rows, table
from tests.simulation.years import Plot, Years


def play(plot: Plot) -> tuple[dict[str, str], list[str]]:
    """One run: its figures, and the story of each promise that was broken."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    years = asyncio.run(Years(plot).run())
    return rows(years), [str(each) for each in broken(years)]


def main(words: list[str]) -> None:
    """All seeds, their table, and the first stories of what went wrong."""
    parser = ArgumentParser(prog="python -m bench years", description=__doc__)
    parser.add_argument("--clients", type=int, default=300)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--seed", type=int, nargs="+", default=[1, 2, 3], help="one run for each")
    parser.add_argument("--read-every", type=float, default=1.0, help="days between two readings of a bank")
    parser.add_argument("--stories", type=int, default=1, help="broken promises to tell in full, of each kind")
    parser.add_argument("--processes", type=int, default=1, help="runs at once")
    given = parser.parse_args(words)
    every = timedelta(days=given.read_every)
    plots = [Plot(seed, given.clients, given.days, read_every=every) for seed in given.seed]
    with ProcessPoolExecutor(given.processes) as pool:
        runs = list(pool.map(play, plots))
    console = Console(width=118)
    title = f"{given.days} simulated days"
    console.print(
        table(title, {f"seed {seed}": figures for seed, (figures, _) in zip(given.seed, runs, strict=True)})
    )
    told = Counter[str]()
    for story in (story for _, stories in runs for story in stories):
        told[kind := story.partition(":")[0]] += 1
        if told[kind] <= given.stories:
            console.print(story, markup=False, highlight=False, soft_wrap=True)
