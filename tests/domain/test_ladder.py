"""The ladder of reminders, as a firm writes it: read, refused with advice, and climbed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.domain.errors import BadInput
from bot.domain.ladder import FARTHEST, LADDER, Ladder, in_words, read_ladder
from bot.settings import Settings
from flows.deadline import APART, deadline
from flows.state import NextRung

HOURS = FrenchCalendars("Europe/Paris").hours("")
LADDERS = st.builds(
    Ladder,
    st.sets(st.integers(0, FARTHEST), min_size=1, max_size=8).map(lambda days: tuple(sorted(days, reverse=True))),
    st.integers(1, 14),
    st.integers(1, 30),
)


def test_the_settings_by_themselves_are_the_ladder_of_the_house() -> None:
    usual = Settings.model_fields
    written = (usual["ladder"].default, usual["ladder_every"].default, usual["ladder_late"].default)
    assert read_ladder(*written) == LADDER


@pytest.mark.parametrize(
    ("written", "rungs"),
    [("7", (7,)), ("0,3, 14", (14, 3, 0)), ("J-14, j-7,J", (14, 7, 0)), ("7, 7, 1,", (7, 1)), ("28", (28,))],
)
def test_rungs_as_a_firm_writes_them(written: str, rungs: tuple[int, ...]) -> None:
    assert read_ladder(written).rungs == rungs


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("", "Il faut de 1 à 10 paliers"),
        (" , ", "Il faut de 1 à 10 paliers"),
        ("0,1,2,3,4,5,6,7,8,9,10", "Il faut de 1 à 10 paliers"),
        ("quatorze", "« quatorze » n’est pas un palier"),
        ("14; 7", "« 14; 7 » n’est pas un palier"),
        ("29", "28 au plus"),
        ("J+2", "n’est pas un palier"),
        ("٧", "n’est pas un palier"),
    ],
)
def test_what_is_no_ladder_is_told_with_advice(written: str, advice: str) -> None:
    with pytest.raises(BadInput, match=advice):
        read_ladder(written)


@pytest.mark.parametrize(
    ("every", "late", "name"),
    [(0, 6, "LADDER_EVERY"), (15, 6, "LADDER_EVERY"), (2, 0, "LADDER_LATE"), (2, 61, "LADDER_LATE")],
)
def test_spans_that_lead_nowhere_are_told(every: int, late: int, name: str) -> None:
    with pytest.raises(BadInput, match=name):
        read_ladder("7", every, late)


def test_a_ladder_is_told_in_words() -> None:
    assert in_words(LADDER) == "J-14, J-7, J-3, J-1, J, puis tous les 2 jours ; à J+6 une personne prend le relais"
    assert in_words(Ladder((5,), 1, 3)).startswith("J-5, puis tous les jours")


@given(LADDERS, st.dates(date(2026, 1, 1), date(2028, 1, 1)), st.integers(0, 23))
def test_any_ladder_is_climbed_at_a_distance_from_its_first_rung_on(ladder: Ladder, end: date, hour: int) -> None:
    hours = replace(HOURS, ladder=ladder)
    now = datetime(end.year, end.month, end.day, hour, tzinfo=UTC) - timedelta(days=60)
    climbed = []
    for _ in range(ladder.most):
        at = deadline(NextRung(), now, hours, end)
        assert at is not None
        assert at - now >= APART
        climbed.append(hours.local(at).date())
        now = at
    first = hours.slot(datetime(end.year, end.month, end.day, tzinfo=hours.zone) - ladder.first)
    assert climbed[0] == hours.local(first).date()


@given(LADDERS, st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)))
def test_where_the_day_is_not_known_the_reminders_are_as_far_apart_as_after_it(ladder: Ladder, now: datetime) -> None:
    hours = replace(HOURS, ladder=ladder)
    at = deadline(NextRung(without_a_day=True), now, hours, None)
    assert at is not None
    assert at == hours.slot(now + ladder.between)
    assert deadline(NextRung(), now, hours, None) is None
