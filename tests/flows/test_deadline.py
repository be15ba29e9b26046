"""Deadlines: a word to somebody who has begun comes soon, but not while he sleeps or cooks."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest

from bot.domain.calendar import Hours
from flows.deadline import deadline
from flows.state import Soon, UntilSaid

PARIS = ZoneInfo("Europe/Paris")
HOURS = Hours(PARIS, holidays.country_holidays("FR"))


@pytest.mark.parametrize(
    ("began", "reminded"),
    [
        ("2026-03-02 09:40", "2026-03-02 10:40"),
        ("2026-03-02 08:30", "2026-03-02 09:30"),
        ("2026-03-02 10:10", "2026-03-02 16:00"),
        ("2026-03-02 13:55", "2026-03-02 16:00"),
        ("2026-03-02 14:30", "2026-03-02 15:30"),
        ("2026-03-02 17:29", "2026-03-02 18:29"),
        ("2026-03-02 17:30", "2026-03-03 09:30"),
        ("2026-03-02 23:40", "2026-03-03 09:30"),
        ("2026-03-07 17:45", "2026-03-09 09:30"),  # Saturday evening, then Sunday
        ("2026-05-01 09:00", "2026-05-02 09:30"),  # 1 May
    ],
)
def test_an_hour_later_unless_he_cooks_or_sleeps_then(began: str, reminded: str) -> None:
    at = datetime.fromisoformat(began).replace(tzinfo=PARIS)
    found = deadline(Soon(timedelta(hours=1)), at, HOURS, None)
    assert found == datetime.fromisoformat(reminded).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("named", "reminded"),
    [
        ("2026-03-03T09:45+01:00", "2026-03-03 09:45"),  # no slot of the day, but the client's own wish
        ("2026-03-03T12:30+01:00", "2026-03-03 16:00"),  # he cooks then
        ("2026-03-01T09:30+01:00", "2026-03-02 15:10"),  # past: at once
    ],
)
def test_a_moment_that_he_named_is_that_very_one_if_he_is_free_then(named: str, reminded: str) -> None:
    now = datetime(2026, 3, 2, 15, 10, tzinfo=PARIS)
    found = deadline(UntilSaid(named), now, HOURS, None)
    assert found == datetime.fromisoformat(reminded).replace(tzinfo=PARIS)
