"""Watching: when a bank is read unasked, and when its silence is too long."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.domain.calendar import FREE
from bot.domain.watch import JITTER, SPREAD, is_silent, next_reading

PARIS = ZoneInfo("Europe/Paris")
HOURS = FrenchCalendars("Europe/Paris").hours("")
DAY = timedelta(days=1)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC))


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("since", "now", "silent"),
    [
        ("2026-11-24 06:00", "2026-11-25 17:59", False),  # Tuesday to Wednesday: just under 36 hours
        ("2026-11-24 06:00", "2026-11-25 18:01", True),
        ("2026-11-27 06:00", "2026-11-30 17:59", False),  # Friday to Monday: the weekend does not count
        ("2026-11-27 06:00", "2026-11-30 18:01", True),
        ("2026-12-24 06:00", "2026-12-28 17:59", False),  # Thursday to Monday: Christmas does not count either
        ("2026-12-24 06:00", "2026-12-28 18:01", True),
        ("2027-03-26 12:00", "2027-03-30 23:59", False),  # Easter Monday and the hour that spring takes
        ("2027-03-26 12:00", "2027-03-31 00:01", True),
        ("2026-11-24 06:00", "2026-11-23 06:00", False),  # a clock that goes back is no silence
        ("2020-01-01 06:00", "2026-11-24 06:00", True),
    ],
)
def test_only_banking_days_count_as_silence(since: str, now: str, silent: bool) -> None:
    assert is_silent(at(since), at(now), HOURS) is silent


@given(now=MOMENTS, chance=st.floats(0, 1, exclude_max=True))
def test_a_bank_is_read_about_once_a_day_when_its_client_may_be_told(now: datetime, chance: float) -> None:
    turn = next_reading(now, DAY, HOURS, chance)
    local = HOURS.local(turn)
    assert HOURS.works(local.date())
    assert any(begin <= local.time() < end for begin, end in FREE)
    assert turn >= now + DAY * (1 - JITTER)
    assert turn <= now + 5 * DAY + SPREAD  # a long weekend at most


def test_those_who_wait_for_the_morning_do_not_all_come_at_once() -> None:
    turns = [next_reading(at("2026-11-24 23:00"), DAY, HOURS, chance / 100) for chance in range(100)]
    busiest = max(sum(abs(one - other) < timedelta(minutes=5) for one in turns) for other in turns)
    assert busiest < 20
