"""The radar: several clients of one bank, against that bank's habit."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.domain.connection import WORKING, ConnectionState
from bot.domain.radar import (
    Finding,
    Habit,
    Sighting,
    bank_failed,
    beta_binomial,
    certainty,
    is_back,
    look,
)

NOW = datetime(2026, 11, 24, 14, 30, tzinfo=UTC)
UNKNOWN, GOOD, BAD = Habit(), Habit(days=400, failing=2), Habit(days=400, failing=120)

habits = some.integers(0, 5000).flatmap(
    lambda days: some.builds(Habit, days=some.just(days), failing=some.integers(0, days))
)


def minutes(count: float) -> datetime:
    return NOW - timedelta(minutes=count)


def fails(client: int, ago: float = 10, since: float = 20) -> Sighting:
    return Sighting(client, True, minutes(ago), minutes(since))


def works(client: int, ago: float = 10) -> Sighting:
    return Sighting(client, False, minutes(ago))


# What it takes, as a table.


@pytest.mark.parametrize(
    ("failing", "clients", "habit", "proposed"),
    [
        (1, 1, UNKNOWN, False),  # one client alone may be anything
        (1, 1, GOOD, False),
        (2, 2, UNKNOWN, True),
        (2, 5, UNKNOWN, True),
        (2, 9, UNKNOWN, False),  # two unlucky ones of nine
        (7, 9, UNKNOWN, True),
        (7, 9, GOOD, True),
        (40, 400, GOOD, False),  # far more than usual, and still nine in ten work
        (200, 400, GOOD, True),
        (2, 2, BAD, False),  # that one fails so every day
        (5, 9, BAD, False),
        (7, 9, BAD, True),
        (9, 9, BAD, True),
        (12, 30, BAD, False),
        (18, 30, BAD, True),
    ],
)
def test_what_staff_are_asked_about(failing: int, clients: int, habit: Habit, proposed: bool) -> None:
    assert Finding(certainty(failing, clients, habit)).is_proposed is proposed


@pytest.mark.parametrize(
    ("habit", "share"), [(UNKNOWN, 0.02), (GOOD, 0.0067), (BAD, 0.269), (Habit(days=5000, failing=1500), 0.274)]
)
def test_a_habit_grows_out_of_what_any_bank_is_like(habit: Habit, share: float) -> None:
    assert habit.share == pytest.approx(share, abs=0.001)


# What holds for all.


@given(some.integers(0, 60), some.integers(0, 60), habits)
def test_it_is_a_certainty(failing: int, fine: int, habit: Habit) -> None:
    assert 0.0 <= certainty(failing, failing + fine, habit) <= 1.0


@given(some.integers(1, 60), habits, some.data())
def test_the_more_fail_the_surer_it_is(clients: int, habit: Habit, data: some.DataObject) -> None:
    fewer = data.draw(some.integers(0, clients - 1))
    assert certainty(fewer, clients, habit) <= certainty(fewer + 1, clients, habit) + 1e-9


@given(some.integers(0, 200), habits)
def test_one_client_alone_never_is_an_incident(clients: int, habit: Habit) -> None:
    assert certainty(min(clients, 1), clients, habit) == 0.0


@given(some.integers(2, 60), some.integers(1, 400), some.data())
def test_a_bank_that_often_fails_needs_more(clients: int, days: int, data: some.DataObject) -> None:
    failing = data.draw(some.integers(2, clients))
    often = data.draw(some.integers(0, days))
    calm = data.draw(some.integers(0, often))
    assert certainty(failing, clients, Habit(days, often)) <= certainty(failing, clients, Habit(days, calm)) + 1e-9


@given(some.integers(0, 80), some.floats(0.5, 400), some.floats(0.5, 400))
def test_the_chances_of_all_counts_are_one(of: int, a: float, b: float) -> None:
    assert sum(beta_binomial(count, of, a, b) for count in range(of + 1)) == pytest.approx(1.0, abs=1e-6)


# Clients, not readings.


def test_a_client_who_is_read_over_and_over_is_one_client() -> None:
    assert look([fails(1), fails(1), fails(1)], UNKNOWN, NOW).certainty == 0.0


def test_a_client_fails_where_one_of_his_connections_does() -> None:
    found = look([fails(1), works(1), fails(2)], UNKNOWN, NOW)
    assert (found.failing, found.clients) == (2, 2)


def test_what_was_read_before_the_bank_fell_does_not_hide_it() -> None:
    before = [works(client, ago=60 + client) for client in range(10, 60)]
    found = look([*before, *(fails(client) for client in range(7)), works(7), works(8)], UNKNOWN, NOW)
    assert (found.failing, found.clients) == (7, 9)
    assert found.since == minutes(20)
    assert found.is_proposed


def test_a_small_bank_is_looked_at_for_longer() -> None:
    assert look([fails(1, ago=300, since=300), fails(2)], UNKNOWN, NOW).is_proposed
    assert not look([fails(1, ago=400, since=400), fails(2)], UNKNOWN, NOW).is_proposed


def test_where_nothing_was_read_nothing_is_found() -> None:
    assert look([], UNKNOWN, NOW) == Finding()


@pytest.mark.parametrize("state", ConnectionState)
def test_only_what_the_bank_itself_does_counts_against_it(state: ConnectionState) -> None:
    known = bank_failed(state)
    assert known is not True or state is ConnectionState.BANK_UNAVAILABLE
    assert state not in WORKING or known is False


# Back again.


@pytest.mark.parametrize(
    ("sightings", "back"),
    [
        ([], False),
        ([works(1)], False),
        ([works(1), works(2)], True),
        ([works(1), works(2), fails(3)], False),
        ([works(1), works(2), works(4), fails(3)], True),
        ([works(1, ago=130), works(2, ago=130)], False),  # from before it began
        ([works(1), works(2), *(fails(client, ago=200) for client in range(3, 9))], True),  # read too long ago
    ],
)
def test_a_bank_is_back_when_it_answers_several(sightings: list[Sighting], back: bool) -> None:
    assert is_back(sightings, minutes(120), NOW) is back
