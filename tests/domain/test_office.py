"""The firm's working hours: how long a client has waited, and when somebody may be called."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.calendars import FrenchCalendars
from bot.domain.calendar import read_office, read_replies
from bot.domain.errors import BadInput

PARIS = ZoneInfo("Europe/Paris")
OFFICE = FrenchCalendars("Europe/Paris").office
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(PARIS))
WORKED = st.integers(0, 40 * 60).map(lambda minutes: timedelta(minutes=minutes))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("since", "worked", "until"),
    [
        ("2026-11-24 09:00", 2, "2026-11-24 11:00"),  # a Tuesday
        ("2026-11-24 11:30", 2, "2026-11-24 15:00"),  # lunch is not worked
        ("2026-11-24 10:30", 2, "2026-11-24 12:30"),
        ("2026-11-24 22:00", 2, "2026-11-25 11:00"),
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),  # over the weekend
        ("2026-11-24 09:00", 8, "2026-11-25 09:30"),
        ("2026-12-24 17:00", 2, "2026-12-28 10:00"),  # Christmas is a Friday
        ("2027-03-26 17:00", 2, "2027-03-30 10:00"),  # Easter, and the night in which the clocks change
    ],
)
def test_only_working_hours_count(since: str, worked: int, until: str) -> None:
    assert OFFICE.after(at(since), timedelta(hours=worked)) == at(until)


def test_each_call_is_due_so_long_after_the_one_before() -> None:
    due = [OFFICE.reply_due(step, at("2026-11-24 09:00")) for step in range(3)]
    assert due == [at("2026-11-24 11:00"), at("2026-11-24 11:00"), at("2026-11-24 14:30")]


def test_nobody_is_called_while_the_firm_is_closed() -> None:
    assert OFFICE.opens(at("2026-11-24 13:00")) == at("2026-11-24 14:00")
    assert OFFICE.opens(at("2026-11-24 10:00")) == at("2026-11-24 10:00")
    assert OFFICE.opens(at("2026-11-28 10:00")) == at("2026-11-30 09:00")
    assert OFFICE.morning(date(2026, 11, 28)) == at("2026-11-30 09:00")


@given(MOMENTS, WORKED, WORKED)
def test_working_on_is_as_working_at_once(moment: datetime, some: timedelta, more: timedelta) -> None:
    together = OFFICE.after(moment, some + more)
    apart = OFFICE.after(OFFICE.after(moment, some), more)
    # At the minute of closing both the evening and the next morning are right.
    assert together <= apart
    assert OFFICE.after(together, timedelta(minutes=1)) == OFFICE.after(apart, timedelta(minutes=1))


@given(MOMENTS, WORKED)
def test_what_is_due_is_due_in_working_hours(moment: datetime, worked: timedelta) -> None:
    due = OFFICE.after(moment, worked)
    assert due >= moment
    assert OFFICE.is_open(due)


def test_overseas_the_firm_keeps_its_own_clock() -> None:
    hours = FrenchCalendars("Europe/Paris").hours("Indian/Reunion")
    assert hours.office.after(datetime(2026, 11, 24, 5, tzinfo=UTC), timedelta(0)) == at("2026-11-24 09:00")


@pytest.mark.parametrize("wrong", ["", "9", "12:00-9:00", "9:00-13:00, 12:00-18:00"])
def test_hours_that_nobody_can_keep_are_refused(wrong: str) -> None:
    with pytest.raises(BadInput):
        read_office(wrong)


@pytest.mark.parametrize("wrong", ["", "2", "2, 4", "4, 2, 8", "0, 1, 2", "2, 2, 8", "two, 4, 8"])
def test_calls_that_do_not_follow_each_other_are_refused(wrong: str) -> None:
    with pytest.raises(BadInput):
        read_replies(wrong)


def test_hours_as_a_firm_writes_them() -> None:
    assert read_office("14h-18h, 9:00-12:30") == OFFICE.spans
    assert read_replies(" 2,4 , 8") == OFFICE.replies
