"""The forecast: how many renewals each week of the next six months brings, by bank or by person in charge. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.domain.names import folded

WEEKS = 26
Group = Literal["bank", "accountant"]


@dataclass(frozen=True)
class Forecast:
    """How many connections lapse, by week and by group."""

    weeks: tuple[date, ...]
    """The Mondays, this week's first."""
    groups: tuple[str, ...]
    """Banks or persons, the busiest first; the empty name is nobody's."""
    counts: dict[tuple[date, str], int]
    late: dict[str, int]
    """Those that have lapsed before this week and were not renewed."""

    def total(self, week: date) -> int:
        return sum(self.counts.get((week, group), 0) for group in self.groups)


def forecast(lapses: Iterable[tuple[date, str, str]], today: date, by: Group) -> Forecast:
    """From the (day, bank, accountant) of each lapse. One name typed in several ways is one group."""
    first = monday(today)
    weeks = tuple(first + timedelta(weeks=each) for each in range(WEEKS))
    names: dict[str, str] = {}
    counts, late = Counter[tuple[date, str]](), Counter[str]()
    for day, bank, accountant in lapses:
        typed = bank if by == "bank" else accountant
        group = names.setdefault(folded(typed), typed)
        if day < first:
            late[group] += 1
        elif monday(day) in weeks:
            counts[monday(day), group] += 1
    weight = late + Counter(dict.fromkeys(names.values(), 0))
    for (_, group), number in counts.items():
        weight[group] += number
    groups = sorted((each for each in names.values() if weight[each]), key=lambda each: (-weight[each], each))
    return Forecast(weeks, tuple(groups), dict(counts), dict(late))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def busiest(found: Forecast) -> Sequence[date]:
    """The weeks with the most renewals, the first one first; none where there are none."""
    most = max(map(found.total, found.weeks))
    return [week for week in found.weeks if most and found.total(week) == most]
