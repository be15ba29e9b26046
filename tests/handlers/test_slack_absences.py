"""`/resync absent …`: what colleagues type, and what becomes of the cases of whoever is away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pytest

from bot.adapters.texts import Texts
from bot.domain.errors import TryAgain
from bot.engine import Envelope, Outcome, ToCase
from flows.events import Act, StaffDid
from handlers.slack_absences import AbsenceList

TEXTS = Texts()


@dataclass(frozen=True)
class Gone:
    name: str
    until: date
    since: date | None = None


@dataclass
class Paper:
    """The list, on paper."""

    away: list[Gone] = field(default_factory=list)
    cases: tuple[tuple[int, str], ...] = ()

    def today(self) -> date:
        return date(2026, 11, 25)

    async def all(self) -> list[Gone]:
        return self.away

    async def note(self, name: str, until: date, by: str, since: date | None = None) -> None:
        assert by == "slack:U0ANNA"
        self.away.append(Gone(name, until, since))

    async def end(self, name: str, by: str) -> bool:
        assert by == "slack:U0ANNA"
        before = len(self.away)
        self.away = [each for each in self.away if each.name.lower() != name.lower()]
        return len(self.away) < before

    async def cases_of(self, _name: str) -> tuple[tuple[int, str], ...]:
        return self.cases


@dataclass
class Slack:
    down: bool = False

    async def colleagues(self) -> Mapping[str, tuple[str, str]]:
        if self.down:
            raise TryAgain("Slack does not answer")
        return {"anna": ("Anna", "U0ANNA"), "zoe": ("Zoé", "U0ZOE")}


@dataclass
class Heard:
    envelopes: list[Envelope] = field(default_factory=list)

    async def receive(self, envelope: Envelope) -> Outcome:
        self.envelopes.append(envelope)
        return Outcome.MOVED


def absence_list(paper: Paper, heard: Heard | None = None, *, down: bool = False) -> AbsenceList:
    return AbsenceList(paper, Slack(down), TEXTS, (heard or Heard()).receive)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("absent zoe jusqu’au 3/12", "Zoé"),
        ("absente Zoé jusqu'au 3 décembre", "Zoé"),
        ("Absent  zoé  3/12", "Zoé"),
        ("congés Zoé au 3/12", "Zoé"),
        ("absent 3/12", "Anna"),
        ("absent jusqu’au jeudi", "Anna"),
    ],
)
async def test_an_absence_is_noted_however_it_is_typed(typed: str, name: str) -> None:
    paper = Paper()
    said = await absence_list(paper).answer(typed, "Anna", "slack:U0ANNA")
    day = date(2026, 11, 26) if "jeudi" in typed else date(2026, 12, 3)
    assert paper.away == [Gone(name, day)]
    assert said.startswith("C’est noté")
    assert name in said


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("absent zoe du 30/11 au 3/12", "Zoé"),
        ("absente du 30 novembre au 3 décembre", "Anna"),
        ("congés Zoé à partir du lundi jusqu’au 3/12", "Zoé"),
        ("Absent zoé dès le 30/11 jusqu'au 3/12", "Zoé"),
    ],
)
async def test_an_absence_is_noted_before_it_begins_and_nothing_is_passed_on_yet(typed: str, name: str) -> None:
    paper, heard = Paper(cases=((7, "Zoé"),)), Heard()
    said = await absence_list(paper, heard).answer(typed, "Anna", "slack:U0ANNA")
    assert paper.away == [Gone(name, date(2026, 12, 3), date(2026, 11, 30))]
    assert f"{name}, du 30 novembre 2026 au 3 décembre 2026" in said.replace("\N{NO-BREAK SPACE}", " ")
    assert heard.envelopes == []
    assert f"{name}, du 30 novembre" in await absence_list(paper).answer("absent", "Anna", "slack:U0ANNA")


async def test_the_first_day_may_leave_the_month_to_the_last_and_one_that_has_come_is_now() -> None:
    paper = Paper()
    await absence_list(paper).answer("absent du 1 au 4 décembre", "Anna", "slack:U0ANNA")
    await absence_list(paper).answer("absent zoe du 25/11 au 3/12", "Anna", "slack:U0ANNA")
    assert paper.away == [Gone("Anna", date(2026, 12, 4), date(2026, 12, 1)), Gone("Zoé", date(2026, 12, 3))]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("absent zoe du 4/12 au 30/11", "staff-absence-backwards"),
        ("absent zoe du 31/11 au 3/12", "staff-absence-which-day"),
        ("absent zoe", "staff-absence-which-day"),
        ("absent zoe 31/11", "staff-absence-which-day"),
        ("absent zoe 3/12/2025", "staff-absence-past"),
    ],
)
async def test_what_cannot_be_noted_is_said(typed: str, key: str) -> None:
    paper = Paper()
    assert await absence_list(paper).answer(typed, "Anna", "slack:U0ANNA") == TEXTS.say(key)
    assert paper.away == []


async def test_who_is_not_of_the_firm_is_not_away() -> None:
    paper = Paper()
    said = await absence_list(paper).answer("absent bob 3/12", "Anna", "slack:U0ANNA")
    assert said == TEXTS.say("staff-absence-unknown", who="bob")
    assert paper.away == []


async def test_where_slack_does_not_tell_who_works_here_the_name_is_believed() -> None:
    paper = Paper()
    await absence_list(paper, down=True).answer("absent bob 3/12", "Anna", "slack:U0ANNA")
    assert paper.away == [Gone("Bob", date(2026, 12, 3))]


async def test_cases_of_whoever_is_away_are_passed_on_each_once() -> None:
    heard = Heard()
    said = await absence_list(Paper(cases=((7, "Zoé"), (9, "Zoé"))), heard).answer(
        "absent zoe 3/12", "Anna", "slack:U0ANNA"
    )
    assert [(each.to, each.event) for each in heard.envelopes] == [
        (ToCase(7), StaffDid(Act.PASSED_ON, "Zoé")), (ToCase(9), StaffDid(Act.PASSED_ON, "Zoé")),
    ]  # fmt: skip
    assert len({each.dedupe_id for each in heard.envelopes}) == 2
    assert "2 demandes" in said


async def test_the_list_and_the_return() -> None:
    paper = Paper([Gone("Zoé", date(2026, 12, 3))])
    book = absence_list(paper)
    assert "Zoé, jusqu’au 3 décembre 2026" in await book.answer("absent", "Anna", "slack:U0ANNA")
    assert await book.answer("retour zoé", "Anna", "slack:U0ANNA") == TEXTS.say("staff-absence-ended", who="zoé")
    assert await book.answer("présente", "Anna", "slack:U0ANNA") == TEXTS.say("staff-absence-none", who="Anna")
    assert await book.answer("absents", "Anna", "slack:U0ANNA") == TEXTS.say("staff-absence-list", count=0)


@pytest.mark.parametrize("typed", ["", "odette", "aide", "absentia", "le petit absent", "retouche"])
async def test_what_is_about_something_else_is_left_to_the_list_of_clients(typed: str) -> None:
    assert await absence_list(Paper()).answer(typed, "Anna", "slack:U0ANNA") == ""
