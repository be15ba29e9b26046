"""Two years of a firm with sixty clients, over both changes of the clocks: what was promised to people is kept.

`python -m bench years --clients 300 --seed 1 2 3` plays more of it and shows the figures.
"""

import asyncio
from datetime import timedelta
from functools import cache

import pytest

from tests.simulation.promises import (
    Promise,
    always_before_the_end,
    broken,
    never_after_proof,
    never_at_a_forbidden_hour,
    never_close_together,
    never_for_what_is_mended,
    only_what_is_true,
    silence_reaches_a_person,
)
from tests.simulation.table import rows
from tests.simulation.years import Plot, Years

SEEDS = (1, 2, 3)
EVENTS = {
    "case silent", "case never-linked", "case bank-down", "OptedOut", "Snoozed", "NewPassword", "OutOfOrder",
    "BankDown", "WithStaff", "AnotherBank",
}  # fmt: skip
"""What must have happened at least once: cases of these causes, conversations in these states."""
TOLD = 3
"""Stories of a failure."""


@cache
def years(seed: int, clients: int = 60, days: int = 730) -> Years:
    plot = Plot(seed, clients, days, read_every=timedelta(days=7))
    return asyncio.run(Years(plot).run())


@pytest.mark.parametrize(
    "promise",
    [
        never_at_a_forbidden_hour,
        never_after_proof,
        always_before_the_end,
        silence_reaches_a_person,
        only_what_is_true,
        never_close_together,
        never_for_what_is_mended,
    ],
)
@pytest.mark.parametrize("seed", SEEDS)
def test_what_was_promised_is_kept(seed: int, promise: Promise) -> None:
    found = broken(years(seed), (promise,))
    assert not found, f"{len(found)} times:\n" + "\n".join(map(str, found[:TOLD]))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_years_were_eventful(seed: int) -> None:
    """A promise that nothing could break would be kept by a program that does nothing."""
    counts = years(seed).counts
    for what, least in (("nudges", 500), ("renewals proven", 150), ("lapses", 80), ("presses", 700)):
        assert counts[what] >= least, (what, counts)


def test_everything_that_may_happen_happened_to_somebody() -> None:
    seen = {fact.what for seed in SEEDS for fact in years(seed).log.facts if fact.kind == "state"}
    seen |= {what for seed in SEEDS for what in years(seed).counts}
    assert EVENTS - seen == set()


def test_the_same_seed_makes_the_same_years() -> None:
    one, other = years(7, 6, 120), asyncio.run(Years(years(7, 6, 120).plot).run())
    assert one.log.facts == other.log.facts
    assert len(one.log.facts) > 50
    figures = rows(one)
    assert int(figures["of them nudges"]) == sum(fact.nudge for fact in one.log.facts)


def test_a_broken_promise_is_told_as_a_story() -> None:
    """The check itself must see what it is for: here, two nudges a minute apart."""
    told = years(7, 6, 120)
    nudge = next(fact for fact in told.log.facts if fact.nudge)
    spoilt = Years(told.plot)
    spoilt.people, spoilt.accounts = told.people, told.accounts
    for minutes in (0, 1):
        spoilt.log.note(nudge.__class__(nudge.at + timedelta(minutes=minutes), "message", nudge.what, nudge.person,
                                        nudge.talk, nudge=True, decent=False))  # fmt: skip
    [close] = never_close_together(spoilt)
    assert len(list(never_at_a_forbidden_hour(spoilt))) == 2
    assert f"seed {told.plot.seed}" in str(close)
    assert nudge.what in str(close)
