"""The forecast: every lapse has its week, and one name typed in two ways is one column."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.forecast import WEEKS, busiest, forecast, monday

TODAY = date(2026, 11, 25)  # a Wednesday
DAYS = st.dates(TODAY - timedelta(days=60), TODAY + timedelta(weeks=WEEKS + 4))
LAPSES = st.lists(st.tuples(DAYS, st.sampled_from(["LCL", "BNP", "lcl"]), st.sampled_from(["Julie", ""])))


def test_each_lapse_has_its_week_and_its_column() -> None:
    found = forecast(
        [
            (date(2026, 11, 20), "LCL", "Julie"),
            (date(2026, 11, 23), "LCL", ""),
            (date(2026, 11, 29), "lcl", "Karim"),
            (date(2026, 11, 30), "BNP", "Julie"),
        ],
        TODAY,
        "bank",
    )
    assert found.groups == ("LCL", "BNP")
    assert found.weeks[:2] == (date(2026, 11, 23), date(2026, 11, 30))
    assert found.counts == {(found.weeks[0], "LCL"): 2, (found.weeks[1], "BNP"): 1}
    assert found.late == {"LCL": 1}
    assert busiest(found) == [found.weeks[0]]


def test_what_nobody_has_in_charge_is_counted_too() -> None:
    found = forecast([(TODAY, "LCL", ""), (TODAY, "BNP", "Julie"), (TODAY, "BNP", "julie")], TODAY, "accountant")
    assert found.groups == ("Julie", "")
    assert found.total(found.weeks[0]) == 3


@given(LAPSES)
def test_no_lapse_of_the_span_is_lost_and_none_is_counted_twice(lapses: list[tuple[date, str, str]]) -> None:
    for by in ("bank", "accountant"):
        found = forecast(lapses, TODAY, by)  # type: ignore[arg-type]
        within = [day for day, _, _ in lapses if day < monday(TODAY) + timedelta(weeks=WEEKS)]
        assert sum(found.counts.values()) + sum(found.late.values()) == len(within)
        assert sum(map(found.total, found.weeks)) == sum(found.counts.values())
