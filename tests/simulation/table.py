"""What simulated years came to, in figures."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from rich.table import Table

from tests.simulation.promises import PROMISES, broken
from tests.simulation.years import Years

DAY = timedelta(days=1)


def days_to_renew(years: Years) -> list[float]:
    """Of each renewal that a reminder began: days from the first one to the proof."""
    found = []
    for facts in years.log.of_talk.values():
        first: datetime | None = None
        for fact in facts:
            if fact.kind == "message" and fact.nudge and first is None:
                first = fact.at
            elif fact.kind == "state" and fact.what == "Renewed":
                found += [(fact.at - first) / DAY] if first is not None else []
                first = None
    return found


def reminders_each(years: Years) -> list[int]:
    """Of each of those renewals: how many reminders it took."""
    found = []
    for facts in years.log.of_talk.values():
        count = 0
        for fact in facts:
            if fact.kind == "message" and fact.nudge:
                count += 1
            elif fact.kind == "state" and fact.what == "Renewed":
                found += [count] if count else []
                count = 0
    return found


def days_broken(years: Years) -> list[float]:
    """How long banks that had stopped stayed so."""
    found = []
    for facts in years.log.of_talk.values():
        since: datetime | None = None
        for fact in facts:
            if fact.kind == "bank" and "shows" not in fact.what:
                since = since or fact.at
            elif fact.kind == "bank" and since is not None:
                found.append((fact.at - since) / DAY)
                since = None
    return found


def middle(values: Sequence[float]) -> str:
    return f"{median(values):.1f}" if values else "–"


def rows(years: Years) -> dict[str, str]:
    """The figures of one run, by name."""
    counts = years.counts
    cases = {name.removeprefix("case "): many for name, many in counts.items() if name.startswith("case ")}
    clients, banks = years.plot.clients, len(years.accounts)
    return {
        "clients / banks": f"{clients} / {banks}",
        "messages to clients": f"{counts['messages']:,}",
        "of them nudges": f"{counts['nudges']:,}",
        "buttons pressed": f"{counts['presses']:,}",
        "renewals proven": f"{counts['renewals proven']:,}",
        "renewed unasked": f"{counts['renewed by himself']:,}",
        "banks that stopped": f"{counts['lapses']:,}",
        "median days, first nudge to proof": middle(days_to_renew(years)),
        "median nudges a renewal": middle(reminders_each(years)),
        "median days stopped": middle(days_broken(years)),
        "cases": f"{sum(cases.values()):,}",
        **{f"  {cause}": f"{many:,}" for cause, many in sorted(cases.items(), key=lambda case: -case[1])},
        "lines to staff": f"{counts['lines to staff']:,}",
        "readings of banks": f"{counts['readings']:,}",
        "seconds": f"{years.seconds:.0f}",
        **{f"broken: {each.__name__.replace('_', ' ')}": str(len(broken(years, (each,)))) for each in PROMISES},
    }


def table(title: str, columns: Mapping[str, Mapping[str, str]]) -> Table:
    """One column a run."""
    shown = Table("", *columns, title=title, title_justify="left")
    names = dict.fromkeys(name for column in columns.values() for name in column)
    for name in names:
        shown.add_row(name, *(column.get(name, "0") for column in columns.values()))
    return shown
