"""What the windows of the staff desk are about, and why an act is refused. Plain records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.domain.connection import DateSource
from bot.domain.errors import BadInput
from bot.domain.playbook import Trap


class ActRefused(BadInput):
    """What cannot be done now; the message is the key of a text for whoever asked."""


class FormRefused(BadInput):
    """What is wrong with a window, by its field, and what to write instead (in French)."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        self.faults = dict(faults)
        super().__init__("; ".join(f"{field}: {advice}" for field, advice in faults.items()))


@dataclass(frozen=True)
class Person:
    """A contact of a client file."""

    id: int
    name: str
    linked: bool


@dataclass(frozen=True)
class Sheet:
    """What a window about one bank of a client shows."""

    conversation_id: int
    sequence: int
    client: str
    bank: str
    step: str
    """As stored (`renewal.step-b`)."""
    due: date | None
    source: DateSource
    closed: bool
    with_staff: bool
    """A case is open: the bot keeps quiet."""
    people: tuple[Person, ...]
    outage: bool = False
    """The bank is declared to be in general trouble."""
    traps: tuple[Trap, ...] = ()
    """The bank's playbook."""
