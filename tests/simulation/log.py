"""What happened in simulated years: every fact with its moment, so that promises can be checked afterwards."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True)
class Fact:
    """One thing that happened to one person or to one of his banks."""

    at: datetime
    kind: str
    """`message`, `client`, `bank`, `state`, `staff` or `program`."""
    what: str
    person: int
    talk: int | None = None
    """The conversation, which is that of one bank of one client file."""
    nudge: bool = False
    answer: bool = False
    """To what the client or staff did just then: he has his telephone in his hand, or a person wanted it so."""
    awaited: bool = True
    """Of a nudge: is there something for the client to do?"""
    could_tell: bool = True
    """Of a nudge: the bank would have told, had it been asked."""
    decent: bool = True

    def line(self, zone: ZoneInfo) -> str:
        """One line of a story: when, who (his chat), which bank (its conversation), what."""
        about = f"[{self.talk}] " if self.talk else ""
        nudge = " (nudge)" if self.nudge else ""
        return (
            f"{self.at.astimezone(zone):%a %Y-%m-%d %H:%M:%S}  {self.person} {self.kind:8}{about}{self.what}{nudge}"
        )


@dataclass
class Log:
    """The facts, in order, and by whom and by which conversation they are."""

    facts: list[Fact] = field(default_factory=list)
    of_person: dict[int, list[Fact]] = field(default_factory=lambda: defaultdict(list))
    of_talk: dict[int, list[Fact]] = field(default_factory=lambda: defaultdict(list))

    def note(self, fact: Fact) -> None:
        self.facts.append(fact)
        self.of_person[fact.person].append(fact)
        if fact.talk is not None:
            self.of_talk[fact.talk].append(fact)

    def story(self, people: Collection[int], around: datetime, zone: ZoneInfo = PARIS, *, lines: int = 30) -> str:
        """What happened to the people of one house before and just after a moment, on their own clock."""
        mine = [fact for fact in self.facts if fact.person in people]
        place = next((n for n, fact in enumerate(mine) if fact.at > around), len(mine))
        shown = mine[max(0, place - lines) : place + 4]
        return "\n".join(f"    {'>' if fact.at == around else ' '} {fact.line(zone)}" for fact in shown)
