"""Reply timers: which colleague is called when a client waits. When that is due, the flow decides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from bot.domain.names import folded
from bot.domain.roster import Roster
from bot.engine import ENDS_CASE
from bot.ports import Case, CaseView, Job, StaffDesk, Texts
from flows.effects import CallStaff

PASSES_ON = ("stand-in", "manager", "away")
"""The calls to somebody who has not had the case until now."""


class Book(Protocol):
    """Who is away, and who was asked. Raises `TryAgain`."""

    async def absent(self) -> dict[str, date]:
        """The last day of each who is away, by folded name."""
        ...

    async def entrust(self, case_id: int, name: str) -> None: ...


class ReplyTimers:
    """Performs `CallStaff`."""

    def __init__(self, desk: StaffDesk, book: Book, roster: Roster, texts: Texts) -> None:
        self.desk = desk
        self.book = book
        self.roster = roster
        self.texts = texts

    async def call(self, job: Job, called: CallStaff, view: CaseView, facts: Mapping[str, str | int]) -> None:
        """Call whoever it is now, unless the case has gone on since: a call that Slack held up is no news."""
        if is_old(view.case, called):
            return
        absent = await self.book.absent()
        accountant = str(job.facts.get("accountant", ""))
        name = self._name(called, called.who or view.case.asked or accountant, absent)
        away = absent.get(folded(called.who))
        said = {**facts, "who": called.who, "away": self.texts.day(away) if away else ""}
        text = self.texts.say(f"staff-waits-{called.step}", "", **said)
        posted = await self.desk.call(view.case, name, text, job.id)
        if posted and name and called.step in PASSES_ON:
            await self.book.entrust(view.case.id, name)

    async def entrusted(self, view: CaseView, accountant: str) -> CaseView:
        """A new case: where its accountant is away, whoever stands in is asked at once."""
        absent = await self.book.absent()
        name = self.roster.stand_in(accountant, absent)
        if folded(accountant) not in absent or not name or view.case.asked:
            return view
        await self.book.entrust(view.case.id, name)
        return replace(view, case=replace(view.case, asked=name))

    def _name(self, called: CallStaff, owner: str, absent: Mapping[str, date]) -> str:
        match called.step:
            case "manager":
                return self.roster.last(absent)
            case "stand-in" | "away":
                return self.roster.stand_in(owner, absent)
        return self.roster.present(owner, absent)


def is_old(case: Case, called: CallStaff) -> bool:
    """Closed meanwhile, or somebody else's."""
    had_by = "" if called.step in PASSES_ON else called.who
    return case.status in ENDS_CASE or case.taken_by != had_by
