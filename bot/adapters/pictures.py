"""The pictures of the digest: drawn by matplotlib, readable on a phone and by whoever sees colours otherwise.

Colours: Okabe and Ito, « Color Universal Design » (jfly.uni-koeln.de/color). Every bar carries its number, so that no
colour has to be told from another.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.adapters.database.board import Urgency
from bot.adapters.slack_board import TITLES
from bot.digest import Figures
from bot.ports import Picture, Texts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, VERMILION, GREEN, GREY, INK = "#0072B2", "#E69F00", "#D55E00", "#009E73", "#999999", "#222222"
INCHES, DOTS = 6.0, 180
"""1,080 dots wide, as wide as a phone; the letters are as large as those of a message there."""
SMALL, NORMAL, LARGE = 13, 15, 19


COLOURS = {
    Urgency.NOBODY_HAS_IT: VERMILION,
    Urgency.LAPSED: VERMILION,
    Urgency.LAPSING: ORANGE,
    Urgency.FINE: GREEN,
    Urgency.CLOSED: GREY,
}
"""Of the bars of the fleet; the others are blue."""


def drawn(figures: Figures, texts: Texts) -> list[Picture]:
    """The weeks to come, and how all clients stand. Each says in words what it shows, for whoever does not see it."""
    return [weeks(figures, texts), fleet(figures, texts)]


def weeks(figures: Figures, texts: Texts) -> Picture:
    """How many renewals each week brings; this week stands out."""
    title = texts.say("staff-picture-weeks")
    names = [f"{week.day}/{week.month}" for week, _ in figures.weeks]
    counts = [count for _, count in figures.weeks]
    colours = [ORANGE if place == 0 else BLUE for place in range(len(counts))]
    told = ", ".join(f"{name}\N{NO-BREAK SPACE}: {count}" for name, count in zip(names, counts, strict=True))
    return Picture("semaines", title, f"{title}. {told}.", upright_bars(title, names, counts, colours))


def fleet(figures: Figures, texts: Texts) -> Picture:
    """How many banks there are of each urgency, the most urgent first."""
    title = texts.say("staff-picture-fleet")
    kinds = [kind for kind in Urgency if figures.urgency.get(kind.name)]
    names = [texts.say(TITLES[kind]) for kind in kinds]
    counts = [figures.urgency[kind.name] for kind in kinds]
    told = ", ".join(f"{name}\N{NO-BREAK SPACE}: {count}" for name, count in zip(names, counts, strict=True))
    picture = lying_bars(title, names, counts, [COLOURS.get(kind, BLUE) for kind in kinds])
    return Picture("situation", title, f"{title}. {told}.", picture)


def upright_bars(title: str, names: Sequence[str], counts: Sequence[int], colours: Sequence[str]) -> bytes:
    """One bar for each name, from left to right, as a PNG."""
    figure, axes = canvas(title, height=4.6)
    places = range(len(names))
    axes.bar(places, counts, color=colours, width=0.75)
    axes.set_xticks(list(places), names, fontsize=SMALL, color=INK)
    axes.set_yticks([])
    highest = max((1, *counts))
    axes.set_ylim(0, highest * 1.15)
    for place, number in zip(places, counts, strict=True):
        axes.text(place, number + highest * 0.02, str(number), ha="center", fontsize=NORMAL, color=INK)
    return png(figure)


def lying_bars(title: str, names: Sequence[str], counts: Sequence[int], colours: Sequence[str]) -> bytes:
    """One bar for each name, from top to bottom, as a PNG: for names that need a line of their own."""
    figure, axes = canvas(title, height=1.3 + 0.72 * max(1, len(names)))
    places = range(len(names))
    axes.barh(places, counts, color=colours, height=0.42)
    axes.set_yticks([])
    axes.set_xticks([])
    longest = max((1, *counts))
    axes.set_xlim(0, longest * 1.15)
    for place, name, number in zip(places, names, counts, strict=True):
        axes.text(0, place - 0.29, name, ha="left", va="bottom", fontsize=NORMAL, color=INK)
        axes.text(number + longest * 0.02, place, str(number), va="center", fontsize=NORMAL, color=INK)
    axes.set_ylim(len(names) - 0.6, -0.8)
    axes.spines["bottom"].set_visible(False)
    return png(figure)


def canvas(title: str, *, height: float) -> "tuple[Figure, Axes]":
    """An empty picture with its title. Nothing global: pictures are drawn beside one another."""
    from matplotlib.figure import Figure  # here, as it takes a second that no other process needs

    figure = Figure(figsize=(INCHES, height), dpi=DOTS, facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=LARGE, color=INK, loc="left", pad=14, wrap=True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0)
    return figure, axes


def png(figure: "Figure") -> bytes:
    """The bytes, the same for the same picture."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()
