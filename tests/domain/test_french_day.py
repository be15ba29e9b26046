"""Days as colleagues type them."""

from datetime import date

import pytest

from bot.domain.french_day import read_day

TODAY = date(2026, 11, 25)  # a Wednesday


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("3/12", date(2026, 12, 3)),
        ("03/12/2026", date(2026, 12, 3)),
        ("3.12.26", date(2026, 12, 3)),
        ("2026-12-03", date(2026, 12, 3)),
        ("3 décembre", date(2026, 12, 3)),
        ("1er Janvier", date(2027, 1, 1)),
        ("1er janvier 2027", date(2027, 1, 1)),
        ("2/1", date(2027, 1, 2)),
        ("25/11", TODAY),
        ("demain", date(2026, 11, 26)),
        ("vendredi", date(2026, 11, 27)),
        ("mercredi", date(2026, 12, 2)),
        ("29/2", date(2028, 2, 29)),
        ("31/11", None),
        ("35/12/2026", None),
        ("bientôt", None),
        ("", None),
    ],
)
def test_what_is_meant(typed: str, meant: date | None) -> None:
    assert read_day(typed, TODAY) == meant
