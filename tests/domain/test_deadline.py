"""Deadlines: the ladder of nudges, the moments that clients name; decent and far enough apart, always."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.domain.calendar import Hours, read_services
from bot.domain.ladder import LADDER
from flows.deadline import APART, deadline
from flows.state import After, DecentlyAfter, Forever, NextRung, UntilSaid

ZONES = st.sampled_from(("Europe/Paris", "Indian/Reunion", "America/Martinique"))
CALENDARS = FrenchCalendars("Europe/Paris")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))
DAYS = st.dates(date(2026, 1, 1), date(2031, 6, 30))
PARIS = ZoneInfo("Europe/Paris")


def is_decent(moment: datetime, hours: Hours) -> bool:
    """Neither night, nor service, nor a Sunday, nor a holiday, on the client's own clock."""
    local = hours.local(moment)
    free = time(8) <= local.time() < time(11) or time(15) <= local.time() < time(18, 30)
    return free and local.weekday() != 6 and hours.works(local.date())


@given(MOMENTS, ZONES, st.integers(0, 14 * 24))
def test_decently_after_is_decent_and_not_before(now: datetime, zone: str, after: int) -> None:
    hours = CALENDARS.hours(zone)
    at = deadline(DecentlyAfter(timedelta(hours=after)), now, hours, None)
    assert at is not None
    assert at >= now + timedelta(hours=after)
    assert is_decent(at, hours)


@given(MOMENTS, ZONES, DAYS)
def test_a_rung_is_decent_and_at_least_twenty_hours_away(now: datetime, zone: str, end: date) -> None:
    hours = CALENDARS.hours(zone)
    at = deadline(NextRung(), now, hours, end)
    assert at is not None
    assert at - now >= APART
    assert is_decent(at, hours)


@given(MOMENTS, ZONES, st.sampled_from(("this-evening", "tomorrow", "next-week")))
def test_the_moment_he_named_is_decent_and_still_to_come(now: datetime, zone: str, named: str) -> None:
    hours = CALENDARS.hours(zone)
    at = deadline(UntilSaid(named), now, hours, None)
    assert at is not None
    assert at > now
    assert is_decent(at, hours)
    if named == "next-week":
        assert hours.local(at).isocalendar()[:2] > hours.local(now).isocalendar()[:2]


@given(MOMENTS, ZONES, st.integers(15, 200))
def test_the_whole_ladder_keeps_its_distance(begun: datetime, zone: str, far: int) -> None:
    hours = CALENDARS.hours(zone)
    now, end = begun, hours.local(begun).date() + timedelta(days=far)
    climbed = []
    for _ in range(len(LADDER.rungs) + 4):
        at = deadline(NextRung(), now, hours, end)
        assert at is not None
        assert at - now >= APART
        climbed.append(at)
        now = at
    assert any(hours.local(each).date() < end for each in climbed), "he is told before it lapses"
    assert all(later - earlier <= timedelta(days=6) for earlier, later in pairwise(climbed[4:]))


def test_the_rungs_of_a_month_without_holidays() -> None:
    hours, end = CALENDARS.hours(""), date(2026, 9, 18)
    now, climbed = datetime(2026, 8, 25, tzinfo=UTC), []
    for _ in range(8):
        at = deadline(NextRung(), now, hours, end)
        assert at is not None
        climbed.append((hours.local(at).date() - end).days)
        assert hours.local(at).time() == time(9, 30)
        now = at
    assert climbed == [-14, -7, -3, -1, 0, 3, 5, 7], "the Sunday after is left out"


@pytest.mark.parametrize(
    ("end", "first"),
    [
        (date(2026, 4, 12), datetime(2026, 3, 30, 9, 30)),  # fourteen days before is the Sunday of the change
        (date(2026, 11, 8), datetime(2026, 10, 26, 9, 30)),
        (date(2027, 1, 8), datetime(2026, 12, 26, 9, 30)),  # Christmas Day
    ],
)
def test_the_first_rung_moves_on_from_a_day_of_rest(end: date, first: datetime) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC) if end.month == 4 else datetime(2026, 10, 1, tzinfo=UTC)
    assert deadline(NextRung(), now, CALENDARS.hours(""), end) == first.replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("named", "now", "at"),
    [
        ("this-evening", "2026-11-20 09:00", "2026-11-20 18:00"),
        ("this-evening", "2026-11-20 17:44", "2026-11-20 18:00"),
        ("this-evening", "2026-11-20 17:50", "2026-11-21 09:30"),
        ("this-evening", "2026-11-22 10:00", "2026-11-23 09:30"),  # a Sunday
        ("this-evening", "2026-11-11 10:00", "2026-11-12 09:30"),  # Armistice Day
        ("tomorrow", "2026-11-20 09:00", "2026-11-21 09:30"),
        ("tomorrow", "2026-11-21 09:00", "2026-11-23 09:30"),
        ("tomorrow", "2026-11-20 00:30", "2026-11-21 09:30"),
        ("next-week", "2026-11-20 09:00", "2026-11-23 09:30"),
        ("next-week", "2026-11-22 23:59", "2026-11-23 09:30"),
        ("next-week", "2026-11-23 00:00", "2026-11-30 09:30"),
        ("tomorrow", "2026-03-28 22:00", "2026-03-30 09:30"),
        ("tomorrow", "2026-10-24 22:00", "2026-10-26 09:30"),
    ],
)
def test_what_he_named(named: str, now: str, at: str) -> None:
    begun = datetime.fromisoformat(now).replace(tzinfo=PARIS)
    assert deadline(UntilSaid(named), begun, CALENDARS.hours(""), None) == datetime.fromisoformat(at).replace(
        tzinfo=PARIS
    )


@pytest.mark.parametrize(
    ("served", "at"),
    [
        ("12:00-14:30", "2026-11-20 18:00"),
        ("17:00-22:00", "2026-11-21 09:30"),  # six o'clock is in the middle of it
        ("11:00-15:00, 18:00-23:00", "2026-11-21 09:30"),
    ],
)
def test_this_evening_is_never_in_a_service(served: str, at: str) -> None:
    hours = FrenchCalendars("Europe/Paris", read_services(served)).hours("")
    found = deadline(UntilSaid("this-evening"), datetime(2026, 11, 20, 9, tzinfo=PARIS), hours, None)
    assert found == datetime.fromisoformat(at).replace(tzinfo=PARIS)


@given(MOMENTS, st.integers(1, 10_000))
def test_a_span_is_a_span_whatever_the_clocks_do(now: datetime, minutes: int) -> None:
    assert deadline(After(timedelta(minutes=minutes)), now, CALENDARS.hours(""), None) == now + timedelta(
        minutes=minutes
    )


def test_without_a_day_there_is_no_ladder_but_where_the_state_says_so() -> None:
    now = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert deadline(NextRung(), now, CALENDARS.hours(""), None) is None
    without = deadline(NextRung(without_a_day=True), now, CALENDARS.hours(""), None)
    assert without == datetime(2026, 11, 23, 9, 30, tzinfo=PARIS)
    assert deadline(Forever(), now, CALENDARS.hours(""), date(2026, 12, 1)) is None
