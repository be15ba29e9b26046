"""Who is called when a client waits, and where: whoever is in charge, the stand-in, the manager; nobody who is away.

Pure.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from bot.domain.errors import BadInput
from bot.domain.names import folded


@dataclass(frozen=True)
class Roster:
    """The firm's people, by first names as Slack has them. Those who are absent are handed in, folded."""

    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """By the folded name of whom they stand in for."""
    manager: str = ""

    def present(self, name: str, absent: Collection[str]) -> str:
        """That person, or whoever stands in; empty where nobody is known who is there."""
        return next((each for each in self._line(name) if folded(each) not in absent), "")

    def stand_in(self, name: str, absent: Collection[str]) -> str:
        """Somebody else than that person, who is there; empty where there is none."""
        others = (each for each in self._line(name) if folded(each) != folded(name))
        return next((each for each in others if folded(each) not in absent), "")

    def last(self, absent: Collection[str]) -> str:
        """The manager, or whoever stands in."""
        return self.present(self.manager, absent)

    def _line(self, name: str) -> Iterator[str]:
        """A person, the stand-in, the stand-in's own, … and the manager; each once."""
        seen: set[str] = set()
        for start in (name, self.manager):
            each = start
            while each and folded(each) not in seen:
                seen.add(folded(each))
                yield each
                each = self.stand_ins.get(folded(each), "")


def read_channels(written: str) -> dict[str, str]:
    """« Julie: clients-julie, Karim: C0456EFGH »: a channel by an accountant's folded name. Raises `BadInput`."""
    found: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in written.split(","))):
        name, _, channel = (part.strip() for part in each.partition(":"))
        if not name or not channel:
            raise BadInput(
                f"« {each} » ne dit pas quel salon est celui de qui : écrivez par exemple Julie: clients-julie."
            )
        found[folded(name)] = channel
    return found


def read_stand_ins(written: str) -> dict[str, str]:
    """« Julie: Karim, Karim: Julie ». Raises `BadInput`."""
    found: dict[str, str] = {}
    for each in filter(None, (part.strip() for part in written.split(","))):
        name, _, stand_in = (part.strip() for part in each.partition(":"))
        if not name or not stand_in or folded(name) == folded(stand_in):
            raise BadInput(f"« {each} » ne dit pas qui remplace qui : écrivez par exemple Julie: Karim.")
        found[folded(name)] = stand_in
    return found
