"""Reply timers and absences, on both databases: who is called, once, however many processes look."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from bot.adapters.database.absences import Absence, Absences
from bot.adapters.database.records import SqlRecords
from bot.adapters.texts import Texts
from bot.domain.roster import Roster, read_stand_ins
from bot.engine import Envelope, ToCase, ToChat
from bot.ports import Case, CaseView, Job
from bot.reply_timers import ReplyTimers
from flows.effects import CallStaff, RelayToClient
from flows.events import Act, Intent, StaffDid, Wrote
from flows.renewal import StepB
from tests.firm import ODETTE, Firm, founded

TEXTS = Texts()
TODAY = date(2026, 11, 24)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


def absences(firm: Firm) -> Absences:
    return Absences(firm.database, lambda: firm.clock.now().date())


async def stuck(firm: Firm, taken_by: str = "Julie") -> int:
    """Odette wants a person, at ten in the morning of a Tuesday; somebody has taken her case, perhaps."""
    talk = await firm.odette(StepB())
    await firm.engine.receive(Envelope("tg:1", ToChat(ODETTE), Wrote(Intent.HUMAN, "quelqu'un ?")))
    case_id = (await firm.talk(talk)).case_id
    assert case_id is not None
    if taken_by:
        await firm.engine.receive(Envelope("slack:1", ToCase(case_id), StaffDid(Act.TOOK, taken_by)))
    return case_id


def calls(firm: Firm) -> list[tuple[str, str]]:
    return [(each.step, each.who) for each in firm.effects() if isinstance(each, CallStaff)]


async def pass_hours(firm: Firm, hours: float) -> None:
    for _ in range(int(hours * 4)):
        firm.clock.pass_(minutes=15)
        await firm.engine.overdue()


# When


async def test_a_client_who_waits_is_called_for_by_working_hours(firm: Firm) -> None:
    await stuck(firm)
    await pass_hours(firm, 1.75)
    assert calls(firm) == []
    await pass_hours(firm, 0.5)  # noon
    assert calls(firm) == [("owner", "Julie")]
    await pass_hours(firm, 3)
    assert calls(firm) == [("owner", "Julie")], "lunch is not worked"
    await pass_hours(firm, 0.5)
    assert calls(firm) == [("owner", "Julie"), ("stand-in", "Julie")]
    await pass_hours(firm, 14)
    assert calls(firm)[2:] == [], "nobody works at night"
    await pass_hours(firm, 10)
    assert calls(firm)[2:] == [("manager", "")]
    await pass_hours(firm, 100)
    assert len(calls(firm)) == 3


async def test_a_case_whose_owner_does_not_answer_is_anybodys_again(firm: Firm) -> None:
    case_id = await stuck(firm)
    await pass_hours(firm, 8)
    assert await firm.case(case_id) == replace(await firm.case(case_id), status="passed-on", taken_by="")
    await firm.engine.receive(Envelope("slack:2", ToCase(case_id), StaffDid(Act.TOOK, "Karim")))
    assert (await firm.case(case_id)).taken_by == "Karim"


async def test_who_was_answered_is_not_called_for(firm: Firm) -> None:
    case_id = await stuck(firm)
    await firm.engine.receive(Envelope("slack:2", ToCase(case_id), StaffDid(Act.REPLIED, "Julie", "Bonjour")))
    await pass_hours(firm, 30)
    assert calls(firm) == []
    await firm.engine.receive(Envelope("tg:2", ToChat(ODETTE), Wrote(Intent.OTHER, "et ensuite ?")))
    await pass_hours(firm, 3)
    assert calls(firm) == [("owner", "Julie")]


async def test_a_call_that_was_due_while_the_program_stood_still_waits_for_the_morning(firm: Firm) -> None:
    await stuck(firm)
    firm.clock.pass_(hours=12)  # ten in the evening
    await firm.engine.overdue()
    assert calls(firm) == []
    firm.clock.pass_(hours=11)
    await firm.engine.overdue()
    assert calls(firm) == [("owner", "Julie")]


async def test_however_many_look_a_call_is_made_once(firm: Firm) -> None:
    await stuck(firm)
    firm.clock.pass_(hours=2)
    await asyncio.gather(*(firm.engine.overdue() for _ in range(5)))
    await firm.engine.overdue()
    assert calls(firm) == [("owner", "Julie")]


async def test_a_case_that_was_postponed_sleeps_until_its_day(firm: Firm) -> None:
    case_id = await stuck(firm)
    await firm.engine.receive(Envelope("slack:2", ToCase(case_id), StaffDid(Act.POSTPONED, "Julie", "2026-11-27")))
    view = await SqlRecords(firm.database).case_view(case_id)
    assert view is not None
    assert (view.until, view.case.status) == (date(2026, 11, 27), "postponed")
    await pass_hours(firm, 70)  # the Friday at eight
    assert calls(firm) == []
    await pass_hours(firm, 1)
    assert calls(firm) == [("resumed", "Julie")]
    assert (await firm.case(case_id)).status == "resumed"


# Who


async def test_staff_keep_the_list_of_who_is_away(firm: Firm) -> None:
    book = absences(firm)
    await book.note("Zoé", TODAY + timedelta(days=3), "slack:U1")
    await book.note("Julie", TODAY, "slack:U1")
    await book.note("JULIE", TODAY + timedelta(days=1), "slack:U2")
    assert await book.all() == [
        Absence("JULIE", TODAY + timedelta(days=1)),
        Absence("Zoé", TODAY + timedelta(days=3)),
    ]
    assert await book.absent() == {"julie": TODAY + timedelta(days=1), "zoe": TODAY + timedelta(days=3)}
    await book.note("Léa", TODAY + timedelta(days=2), "slack:U1", since=TODAY + timedelta(days=2))
    assert "lea" not in await book.absent(), "not yet"
    assert len(await book.all()) == 3
    firm.clock.pass_(days=2)
    assert list(await book.absent()) == ["lea", "zoe"]
    assert await book.end("zoe", "slack:U1")
    assert not await book.end("zoe", "slack:U1")


async def test_the_open_cases_of_whoever_is_away_are_found(firm: Firm) -> None:
    case_id = await stuck(firm)
    book = absences(firm)
    assert await book.cases_of("julie") == [(case_id, "Julie")]
    assert await book.cases_of("Karim") == []
    await firm.engine.receive(Envelope("slack:3", ToCase(case_id), StaffDid(Act.RESOLVED, "Julie")))
    assert await book.cases_of("julie") == []


@dataclass
class Thread:
    """A desk that keeps the calls, each mark once."""

    called: list[tuple[str, str]] = field(default_factory=list)
    marks: set[str] = field(default_factory=set)

    async def call(self, _case: Case, name: str, text: str, mark: str) -> bool:
        if mark in self.marks:
            return False
        self.marks.add(mark)
        self.called.append((name, text))
        return True


async def called(firm: Firm, case_id: int, step: str, who: str = "", *, job: str = "due:1") -> tuple[str, str]:
    """Whom the newest call reaches, and whom the case is entrusted to then."""
    thread = Thread()
    roster = Roster(read_stand_ins("Julie: Karim"), "Claire")
    timers = ReplyTimers(thread, absences(firm), roster, TEXTS)  # type: ignore[arg-type]  # only calls are made
    view = await SqlRecords(firm.database).case_view(case_id)
    assert isinstance(view, CaseView)
    facts = {"client": "Chez Odette", "bank": "Crédit Rural"}
    told = Job(job, view.case.conversation_id, None, CallStaff(step, who), {"accountant": "Julie"}, case_id=case_id)
    await timers.call(told, CallStaff(step, who), view, facts)
    return (thread.called[-1][0] if thread.called else "nobody"), (await firm.case(case_id)).asked


async def test_whoever_is_called_is_there(firm: Firm) -> None:
    case_id = await stuck(firm)
    assert await called(firm, case_id, "owner", "Julie") == ("Julie", "")
    await absences(firm).note("Julie", TODAY, "slack:U1")
    assert await called(firm, case_id, "owner", "Julie") == ("Karim", "")
    await absences(firm).note("Karim", TODAY, "slack:U1")
    assert await called(firm, case_id, "owner", "Julie") == ("Claire", "")


async def test_whoever_is_asked_to_take_it_stands_on_the_card(firm: Firm) -> None:
    case_id = await stuck(firm, taken_by="")
    assert await called(firm, case_id, "stand-in", "Julie") == ("Karim", "Karim")
    assert await called(firm, case_id, "manager") == ("Claire", "Claire")


async def test_a_call_that_was_held_up_until_the_case_went_on_is_not_made(firm: Firm) -> None:
    case_id = await stuck(firm, taken_by="Karim")
    assert await called(firm, case_id, "owner", "Julie") == ("nobody", "")
    assert await called(firm, case_id, "stand-in", "Julie") == ("nobody", "")
    await firm.engine.receive(Envelope("slack:3", ToCase(case_id), StaffDid(Act.RESOLVED, "Karim")))
    assert await called(firm, case_id, "owner", "Karim") == ("nobody", "")


async def test_a_new_case_of_an_accountant_who_is_away_is_entrusted_at_once(firm: Firm) -> None:
    case_id = await stuck(firm, taken_by="")
    timers = ReplyTimers(Thread(), absences(firm), Roster(read_stand_ins("Julie: Karim")), TEXTS)  # type: ignore[arg-type]
    view = await SqlRecords(firm.database).case_view(case_id)
    assert view is not None
    assert await timers.entrusted(view, "Julie") == view
    await absences(firm).note("Julie", TODAY, "slack:U1")
    assert (await timers.entrusted(view, "Julie")).case.asked == "Karim"
    assert (await firm.case(case_id)).asked == "Karim"


async def test_the_client_reads_what_is_written_and_nothing_of_the_calls(firm: Firm) -> None:
    await stuck(firm)
    before = len(firm.said(ODETTE))
    await pass_hours(firm, 48)
    assert len(firm.said(ODETTE)) == before
    assert not any(isinstance(each, RelayToClient) for each in firm.effects())
