"""What `resync forecast` shows: a table with bars, on the screen or as a picture."""

import io
import re
from pathlib import Path
from typing import Any

from rich.bar import Bar
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.cli_screen import count, table
from bot.domain.errors import BadInput
from bot.forecast import Forecast

NOBODY = "personne"
COLUMNS = 6
"""Groups with a column of their own; the others share one."""
WIDTH = 30


def show_forecast(found: Forecast) -> Table:
    """One line a week; weeks in which nothing lapses have theirs too, so that the eye sees the pace."""
    shown_groups, others = found.groups[:COLUMNS], found.groups[COLUMNS:]
    renewals = sum(found.counts.values())
    titles = [escape(group or NOBODY) for group in shown_groups] + (["autres"] if others else [])
    title = f"{count(renewals, 'renouvellement')} en {len(found.weeks)} semaines"
    shown = table("Semaine du", "Total", "", *titles, title=title)
    most = max(1, *map(found.total, found.weeks))
    if found.late:
        cells = [found.late.get(group, 0) for group in shown_groups]
        rest = [sum(found.late.get(group, 0) for group in others)] if others else []
        shown.add_row("déjà arrêtées", str(sum(found.late.values())), "", *map(number, cells + rest), style="bold")
    for week in found.weeks:
        total = found.total(week)
        cells = [found.counts.get((week, group), 0) for group in shown_groups]
        rest = [sum(found.counts.get((week, group), 0) for group in others)] if others else []
        bar = Bar(most, 0, total, width=WIDTH)
        shown.add_row(f"{week:%d/%m/%Y}", number(total), bar, *map(number, cells + rest))
    return shown


def number(value: int) -> str:
    return str(value) if value else "·"


def plain_forecast(found: Forecast) -> list[dict[str, Any]]:
    """As JSON has it: a week, a group, a number; the late ones have no week."""
    late = [{"week": None, "group": group, "renewals": many} for group, many in found.late.items()]
    return late + [
        {"week": week.isoformat(), "group": group, "renewals": found.counts[week, group]}
        for week in found.weeks
        for group in found.groups
        if (week, group) in found.counts
    ]


def draw(found: Forecast, file: Path) -> None:
    """The same table as a picture (SVG) that fetches nothing. Raises `BadInput` where it cannot be written."""
    screen = Console(record=True, width=60 + 16 * min(len(found.groups), COLUMNS + 1), file=io.StringIO())
    screen.print(show_forecast(found))
    picture = re.sub(r"@font-face \{.*?\}", "", screen.export_svg(title="Resync"), flags=re.DOTALL)
    try:
        file.write_text(picture, "utf-8")
    except OSError as error:
        raise BadInput(f"Impossible d’écrire {file} : {error.strerror}.") from None
