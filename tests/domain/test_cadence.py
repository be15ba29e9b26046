"""The cadence of a bank: what the firm's own lapses teach, and which date goes first."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cadence import CEILING, LAPSES, SHORTEST, Consent, Fate, ends, fate, is_too_long, learned
from bot.domain.connection import ConnectionState, DateSource

TODAY = date(2026, 11, 24)


def held(days: int, file: int = 1, *, lapsed: bool = True, ago: int = 0) -> Consent:
    """A consent that ended so many days ago."""
    end = TODAY - timedelta(days=ago)
    return Consent(file, end - timedelta(days=days), end, lapsed)


def holds(days: int, file: int = 1) -> Consent:
    """One that has held for so long, and still does."""
    return Consent(file, TODAY - timedelta(days=days))


def at_files(*days: int) -> list[Consent]:
    """Lapses after so many days, each at a client file of its own."""
    return [held(each, file) for file, each in enumerate(days, 1)]


@pytest.mark.parametrize(
    ("consents", "lasts"),
    [
        ([], 0),
        (at_files(90, 90), 0),  # two may be chance
        ([held(90, 1), held(90, 1), held(90, 1)], 0),  # one client file is no bank
        ([held(90, 1), held(90, 1), held(90, 2)], 90),
        (at_files(90, 91, 93), 90),  # seen a little late
        (at_files(12, 90, 90), 90),  # once the bank was afraid of something
        (at_files(90, 90, 178), 90),
        (at_files(88, 89, 90), 85),
        (at_files(3, 4, 5), SHORTEST),
        (at_files(182, 183, 190), CEILING.days),
        # An early renewal is no lapse; and two weeks less than that are no contradiction.
        ([*at_files(90, 90), held(90, 3, lapsed=False)], 0),
        ([*at_files(90, 90, 90), *(held(76, each, lapsed=False) for each in range(20))], 90),
        ([*at_files(90, 90, 90), *(held(104, each, lapsed=False) for each in range(20))], 90),
        # Some banks were afraid, and most consents went on: nothing is learned.
        ([*at_files(40, 41, 42), *(held(150, each, lapsed=False) for each in range(3))], 40),
        ([*at_files(40, 41, 42), *(held(150, each, lapsed=False) for each in range(4))], 0),
        ([*at_files(40, 41, 42), *(holds(100, each) for each in range(4))], 0),
        ([*at_files(40, 41, 42), *(holds(50, each) for each in range(4))], 40),
        # What is older than two years is forgotten.
        ([held(90, each, ago=730) for each in range(3)], 90),
        ([held(90, each, ago=731) for each in range(3)], 0),
        ([*at_files(90, 90, 90), *(held(170, each, lapsed=False, ago=731) for each in range(9))], 90),
    ],
)
def test_what_past_lapses_teach(consents: list[Consent], lasts: int) -> None:
    assert learned(consents, TODAY) == lasts


CONSENTS = st.builds(
    held, st.integers(0, 400), st.integers(1, 4), lapsed=st.booleans(), ago=st.integers(0, 800)
) | st.builds(holds, st.integers(0, 400), st.integers(1, 4))
MANY = st.lists(CONSENTS, max_size=30)


@given(consents=MANY, order=st.randoms(use_true_random=False))
def test_the_order_does_not_matter(consents: list[Consent], order: Random) -> None:
    shuffled = list(consents)
    order.shuffle(shuffled)
    assert learned(shuffled, TODAY) == learned(consents, TODAY)


@given(consents=MANY)
def test_it_is_never_later_than_the_law_nor_a_nuisance(consents: list[Consent]) -> None:
    lasts = learned(consents, TODAY)
    assert lasts == 0 or SHORTEST <= lasts <= CEILING.days
    assert not lasts or sum(each.lapsed for each in consents) >= LAPSES


@given(days=st.lists(st.integers(0, 300), min_size=3, max_size=15), later=st.integers(0, 100), which=st.data())
def test_a_bank_that_lapses_later_is_known_to(days: list[int], later: int, which: st.DataObject) -> None:
    place = which.draw(st.integers(0, len(days) - 1))
    moved = [each + later * (at == place) for at, each in enumerate(days)]
    assert learned(at_files(*moved), TODAY) >= learned(at_files(*days), TODAY)


@given(consents=MANY, survivor=st.builds(holds, st.integers(0, 400), st.integers(1, 4)))
def test_one_more_that_still_holds_never_makes_it_shorter(consents: list[Consent], survivor: Consent) -> None:
    assert learned([*consents, survivor], TODAY) in (learned(consents, TODAY), 0)


@given(consents=MANY, further=st.integers(0, 300))
def test_calendar_days_are_all_that_counts(consents: list[Consent], further: int) -> None:
    """The same history, told so many days later, teaches the same."""
    move = timedelta(days=further)
    moved = [
        replace(each, began_on=each.began_on + move, ended_on=each.ended_on and each.ended_on + move)
        for each in consents
    ]
    assert learned(moved, TODAY + move) == learned(consents, TODAY)


CUT_SHORT = {"password_changed", "password_expired", "action_needed_at_bank", "unsupported", "deleted"}


@pytest.mark.parametrize("renewing", [False, True])
@pytest.mark.parametrize("state", sorted(set(ConnectionState) - {ConnectionState.SCA_REQUIRED}))
def test_what_stops_a_bank_for_another_reason_is_no_lapse(state: ConnectionState, renewing: bool) -> None:
    assert fate(state, renewing=renewing) is (Fate.CUT_SHORT if state.value in CUT_SHORT else Fate.HOLDS)


def test_a_bank_that_wants_consent_has_lapsed_unless_its_client_is_renewing_it() -> None:
    assert fate(ConnectionState.SCA_REQUIRED, renewing=False) is Fate.LAPSED
    assert fate(ConnectionState.SCA_REQUIRED, renewing=True) is Fate.CUT_SHORT


@pytest.mark.parametrize(
    ("listed", "lasts", "days", "source"),
    [
        (0, 0, 180, DateSource.ESTIMATED),
        (0, 90, 90, DateSource.LEARNED),
        (0, 180, 180, DateSource.LEARNED),
        (120, 90, 120, DateSource.ESTIMATED),
        (60, 90, 60, DateSource.ESTIMATED),
        (180, 90, 180, DateSource.ESTIMATED),
        (90, 0, 90, DateSource.ESTIMATED),
    ],
)
def test_the_list_goes_first_then_the_lapses_then_the_law(
    listed: int, lasts: int, days: int, source: DateSource
) -> None:
    assert ends(TODAY, listed=listed, learned=lasts) == (TODAY + timedelta(days=days), source)


@pytest.mark.parametrize(
    ("listed", "lasts", "too_long"),
    [(0, 0, False), (0, 90, False), (180, 0, False), (104, 90, False), (105, 90, True), (60, 90, False)],
)
def test_a_list_is_too_long_once_no_reminder_would_come_before_the_lapse(
    listed: int, lasts: int, too_long: bool
) -> None:
    assert is_too_long(listed=listed, learned=lasts) is too_long
