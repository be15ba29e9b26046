"""The ladder of reminders: how long before a bank lapses they leave, and when a person takes over. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.errors import BadInput

FARTHEST = 28
"""Days. Some consents last thirty: a reminder may not come before the renewal that it reminds of."""
MOST_RUNGS = 10
MOST_EVERY, MOST_LATE = 14, 60


@dataclass(frozen=True)
class Ladder:
    """When a client who says nothing is reminded. All in days."""

    rungs: tuple[int, ...] = (14, 7, 3, 1, 0)
    """Before the day on which the bank lapses, the farthest first."""
    every: int = 2
    """Between two reminders after the last rung, or where that day is not known."""
    late: int = 6
    """After that day; then a person takes over."""

    @property
    def first(self) -> timedelta:
        """So long before its end a consent begins to be spoken of."""
        return timedelta(days=self.rungs[0])

    @property
    def near(self) -> timedelta:
        """An end that is nearer than this needs somebody: a day more than the first rung."""
        return self.first + timedelta(days=1)

    @property
    def between(self) -> timedelta:
        """`every`, as a span."""
        return timedelta(days=self.every)

    @property
    def most(self) -> int:
        """Reminders in all, wherever the climb begins: then a person takes over."""
        return len(self.rungs) + (self.rungs[-1] + self.late) // self.every


LADDER = Ladder()


def read_ladder(written: str, every: int = LADDER.every, late: int = LADDER.late) -> Ladder:
    """« 14, 7, 3, 1, 0 », as a firm writes it. Raises `BadInput`."""
    rungs = sorted({read_rung(part) for part in written.split(",") if part.strip()}, reverse=True)
    if not 1 <= len(rungs) <= MOST_RUNGS:
        raise BadInput(f"Il faut de 1 à {MOST_RUNGS} paliers, par exemple 14, 7, 3, 1, 0.")
    if not 1 <= every <= MOST_EVERY:
        raise BadInput(f"RESYNC_LADDER_EVERY va de 1 à {MOST_EVERY} jours.")
    if not 1 <= late <= MOST_LATE:
        raise BadInput(f"RESYNC_LADDER_LATE va de 1 à {MOST_LATE} jours.")
    return Ladder(tuple(rungs), every, late)


def read_rung(written: str) -> int:
    """« 7 », « J-7 », or « J » for the day itself. Raises `BadInput`."""
    days = written.strip().upper().removeprefix("J").removeprefix("-") or "0"
    if not (days.isascii() and days.isdigit() and len(days) <= 2 and int(days) <= FARTHEST):
        raise BadInput(
            f"« {written.strip()} » n’est pas un palier : écrivez un nombre de jours avant l’échéance, "
            f"{FARTHEST} au plus, par exemple 14, 7, 3, 1, 0."
        )
    return int(days)


def in_words(ladder: Ladder) -> str:
    """« J-14, J-7, J-3, J-1, J, puis tous les 2 jours ; à J+6 une personne prend le relais »."""
    rungs = ", ".join(f"J-{days}" if days else "J" for days in ladder.rungs)
    return f"{rungs}, puis {often(ladder)} ; à J+{ladder.late} une personne prend le relais"


def often(ladder: Ladder) -> str:
    """After the last rung."""
    return "tous les jours" if ladder.every == 1 else f"tous les {ladder.every} jours"
