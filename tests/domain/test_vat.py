"""The next VAT return, and whose is near."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.vat import NEAR, near_days, next_return


@pytest.mark.parametrize(
    ("day", "today", "due"),
    [
        (19, date(2026, 11, 23), date(2026, 12, 19)),
        (24, date(2026, 11, 23), date(2026, 11, 24)),
        (23, date(2026, 11, 23), date(2026, 11, 23)),
        (31, date(2027, 2, 1), date(2027, 2, 28)),
        (30, date(2028, 2, 29), date(2028, 2, 29)),
        (31, date(2026, 12, 31), date(2026, 12, 31)),
        (None, date(2026, 11, 23), None),
    ],
)
def test_the_next_return(day: int | None, today: date, due: date | None) -> None:
    assert next_return(day, today) == due


def test_whose_return_is_near() -> None:
    assert near_days(date(2026, 11, 23)) == [1, 2, 3, *range(23, 32)]


@given(st.integers(1, 31), st.dates(date(2020, 1, 1), date(2060, 1, 1)))
def test_every_month_has_one_return(day: int, today: date) -> None:
    due = next_return(day, today)
    assert due is not None
    assert today <= due <= today + timedelta(days=31)
    assert (day in near_days(today)) == (due - today <= NEAR)
