"""Several banks of one person, on both databases: one message for all of them, and never two within 20 hours."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from bot.domain.buttons import PICK, Press
from bot.domain.connection import ConnectionState, Reading
from bot.engine import Envelope, Outcome, ToCase, ToChat, ToConversation
from flows.effects import MarkChosen, ReadBank, Say, SayTogether
from flows.escalation import WithStaff
from flows.events import Act, Intent, StaffDid, Wrote
from flows.renewal import Alerted, Looking, Offered, OutOfOrder, Ready, Renewed, Snoozed, StepA, StepB
from flows.state import Quiet, State
from tests.firm import MARCEL, NOW, ODETTE, Firm, founded

SOON, LATER = date(2026, 12, 1), date(2026, 12, 3)
HALF_PAST_NINE = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
ids = count(1)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        firm.clock.moment = HALF_PAST_NINE
        yield firm


async def two_banks(firm: Firm, first: State, second: State, *, waits: timedelta = timedelta(0)) -> tuple[int, int]:
    """Of one person. The first one's turn is now, the second one's after `waits`."""
    who = await firm.contact(chat=ODETTE)
    file = await firm.file("Chez Odette", who)
    due = HALF_PAST_NINE.timestamp()
    known = {"expiry_source": "bank", "who": who, "read_at": due}
    a = await firm.bank(file, first, "Crédit Rural", deadline=due, expires_on=SOON, **known)
    b = await firm.bank(
        file, second, "Banque Mistral", deadline=due + waits.total_seconds(), expires_on=LATER, **known
    )
    return a, b


async def answers(firm: Firm, talk: int, state: ConnectionState = ConnectionState.OK, end: date = SOON) -> None:
    """The bank's answer, and whatever follows it at once: nobody looks for a deadline that has passed."""
    reading = Reading(state, expires_on=end)
    await firm.engine.receive(Envelope(f"job:{next(ids)}/bank", ToConversation(talk), reading))


def together(firm: Firm) -> list[SayTogether]:
    return [effect for effect in firm.effects() if isinstance(effect, SayTogether)]


def pick(talk: int, sequence: int) -> Envelope:
    press = Press(talk, sequence, PICK)
    return Envelope(f"tg:{next(ids)}", ToConversation(talk), press, chat_id=ODETTE, message_id=60)


# One message


@pytest.mark.parametrize("waits", [timedelta(0), timedelta(hours=6), timedelta(days=2)])
async def test_banks_whose_turn_comes_near_are_in_one_message(firm: Firm, waits: timedelta) -> None:
    a, b = await two_banks(firm, Quiet(), Quiet(), waits=waits)
    await firm.engine.overdue()
    assert [type((await firm.talk(each)).state) for each in (a, b)] == [Looking, Looking]
    await answers(firm, a, end=SOON)
    assert firm.said() == [], "the other bank is still being read"
    await answers(firm, b, end=LATER)
    [message] = together(firm)
    assert [each[3] for each in message.offers] == ["Crédit Rural", "Banque Mistral"], "the most urgent first"
    assert firm.said() == []
    assert [type((await firm.talk(each)).state) for each in (a, b)] == [Offered, Offered]


async def test_a_bank_whose_turn_comes_much_later_is_left_alone(firm: Firm) -> None:
    a, b = await two_banks(firm, Quiet(), Quiet(), waits=timedelta(days=4))
    await firm.engine.overdue()
    await answers(firm, a)
    assert firm.said() == ["renewal-offered"]
    assert (await firm.talk(b)).state == Quiet()


async def test_the_rung_that_came_early_does_not_come_again(firm: Firm) -> None:
    _, b = await two_banks(firm, Offered(), Offered(), waits=timedelta(days=2))
    before = await firm.talk(b)
    await firm.engine.overdue()
    assert (await firm.talk(b)).state == Looking(asked=1, ahead=2)
    for each in (before.id - 1, before.id):
        await answers(firm, each, end=(await firm.talk(each)).connection.expires_on or LATER)
    after = await firm.talk(b)
    assert after.state == Offered(nudged=1, ahead=2)
    assert before.deadline is not None
    assert after.deadline is not None
    assert after.deadline > before.deadline


async def test_one_that_needs_nothing_any_more_is_not_in_the_message(firm: Firm) -> None:
    a, b = await two_banks(firm, Quiet(), Quiet())
    await firm.engine.overdue()
    await answers(firm, b, end=date(2027, 5, 20))
    await answers(firm, a)
    assert firm.said()[-1] == "renewal-offered"
    assert together(firm) == []


async def test_the_others_wait_no_longer_once_the_last_bank_needs_nothing(firm: Firm) -> None:
    a, b = await two_banks(firm, Quiet(), Quiet())
    await firm.engine.overdue()
    await answers(firm, a)
    assert firm.said() == []
    await answers(firm, b, end=date(2027, 5, 20))
    assert firm.said() == ["renewal-done", "renewal-offered"]


async def test_what_was_read_is_not_said_at_night(firm: Firm) -> None:
    a, _ = await two_banks(firm, Looking(), Quiet(), waits=timedelta(days=9))
    firm.clock.moment = HALF_PAST_NINE.replace(hour=21)
    await answers(firm, a)
    assert firm.said() == []
    assert (await firm.talk(a)).state == Ready(to=Offered())


async def test_another_contact_of_the_file_has_his_own_message(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel", MARCEL)
    file = await firm.file("Chez Odette", odette, marcel)
    due = {"deadline": HALF_PAST_NINE.timestamp(), "expires_on": SOON, "expiry_source": "bank"}
    a = await firm.bank(file, Quiet(), "Crédit Rural", who=odette, **due)
    b = await firm.bank(file, Quiet(), "Banque Mistral", who=marcel, **due)
    await firm.engine.overdue()
    await answers(firm, a)
    await answers(firm, b)
    assert (firm.said(ODETTE), firm.said(MARCEL)) == (["renewal-offered"], ["renewal-offered"])


async def test_a_bank_that_is_read_for_long_holds_the_others_up_for_a_quarter_of_an_hour_at_most(firm: Firm) -> None:
    a, b = await two_banks(firm, Quiet(), Quiet())
    await firm.engine.overdue()
    await answers(firm, a)
    for _ in range(25):
        firm.clock.pass_(minutes=1)
        await firm.engine.overdue()
    [message] = together(firm)
    assert [each[0] for each in message.offers] == [a, b]


async def test_of_two_processes_one_says_it(firm: Firm) -> None:
    await two_banks(firm, Ready(to=Offered()), Ready(to=Offered()))
    await asyncio.gather(*(firm.engine.overdue() for _ in range(4)))
    assert len(together(firm)) == 1


# Its buttons


async def test_a_bank_that_is_picked_goes_on_and_the_others_keep_their_buttons(firm: Firm) -> None:
    a, b = await two_banks(firm, Offered(), Offered())
    assert await firm.engine.receive(pick(b, 0)) is Outcome.MOVED
    assert (await firm.talk(b)).state == StepA()
    assert not any(isinstance(effect, MarkChosen) for effect in firm.effects())
    assert await firm.engine.receive(pick(a, 0)) is Outcome.MOVED
    assert firm.said() == ["renewal-step-a", "renewal-step-a"]


async def test_a_bank_that_is_picked_twice_shows_where_it_is(firm: Firm) -> None:
    a, _ = await two_banks(firm, StepB(), Offered())
    assert await firm.engine.receive(pick(a, 0)) is Outcome.ANSWERED
    assert firm.said() == ["renewal-step-b"]


async def test_a_stranger_picks_nothing(firm: Firm) -> None:
    a, _ = await two_banks(firm, Offered(), Offered())
    press = Press(a, 0, PICK)
    envelope = Envelope("tg:9", ToConversation(a), press, chat_id=MARCEL, message_id=60)
    assert await firm.engine.receive(envelope) is not Outcome.MOVED
    assert (await firm.talk(a)).state == Offered()


async def test_after_one_receipt_the_other_bank_is_one_press_away(firm: Firm) -> None:
    a, b = await two_banks(firm, StepB(), Offered(), waits=timedelta(days=1))
    await answers(firm, a, end=date(2027, 5, 20))
    assert isinstance((await firm.talk(a)).state, Renewed)
    [message] = together(firm)
    assert (message.text, [each[0] for each in message.offers], message.nudge) == ("next-bank", [b], False)
    assert [type(job.effect) for job in firm.jobs if job.chat_id == ODETTE][:1] == [Say]


# Twenty hours


async def test_a_second_bank_waits_until_he_has_had_twenty_hours_of_peace(firm: Firm) -> None:
    a, b = await two_banks(firm, Ready(to=Offered()), Quiet(), waits=timedelta(hours=6.5))
    await firm.engine.overdue()
    assert firm.said() == ["renewal-offered"]
    firm.clock.pass_(hours=6.5)  # four o'clock
    await firm.engine.overdue()
    await answers(firm, b, end=LATER)
    waiting = await firm.talk(b)
    assert waiting.state == Alerted()
    assert waiting.deadline == HALF_PAST_NINE + timedelta(days=1)
    firm.clock.moment = HALF_PAST_NINE + timedelta(days=1)
    await firm.engine.overdue()
    assert [type((await firm.talk(each)).state) for each in (a, b)] == [Looking] * 2, (
        "read again, and the first with it"
    )
    await answers(firm, a, end=SOON)
    await answers(firm, b, end=LATER)
    assert firm.said() == ["renewal-offered"]
    assert [each[0] for each in together(firm)[0].offers] == [a, b]


async def test_a_friendly_word_waits_too(firm: Firm) -> None:
    a, _ = await two_banks(firm, Ready(to=Offered()), Quiet(), waits=timedelta(days=9))
    await firm.engine.overdue()
    await firm.engine.receive(
        Envelope("tg:8", ToConversation(a), Press(a, 1, "start"), chat_id=ODETTE, message_id=61)
    )
    firm.clock.pass_(hours=1, minutes=5)
    await firm.engine.overdue()
    await answers(firm, a)
    assert firm.said() == ["renewal-offered", "renewal-step-a"]
    assert (await firm.talk(a)).deadline == HALF_PAST_NINE + timedelta(days=1)
    firm.clock.moment = HALF_PAST_NINE + timedelta(days=1)
    await firm.engine.overdue()
    await answers(firm, a)
    assert firm.said() == ["renewal-offered", "renewal-step-a", "renewal-step-a"]


async def test_whoever_began_by_himself_hears_the_friendly_word_after_an_hour(firm: Firm) -> None:
    talk = await firm.odette(StepA(), deadline=NOW.timestamp(), expires_on=SOON, expiry_source="bank")
    firm.clock.moment = NOW
    await firm.engine.overdue()
    await answers(firm, talk)
    assert firm.said() == ["renewal-step-a"]
    assert (await firm.talk(talk)).state == StepA(nudged=1)


async def test_his_bank_is_asked_before_a_friendly_word_and_not_for_ever(firm: Firm) -> None:
    talk = await firm.odette(StepA(), deadline=NOW.timestamp(), expires_on=SOON, expiry_source="bank")
    firm.clock.moment = NOW
    await firm.engine.overdue()
    assert firm.effects() == [ReadBank()]
    firm.clock.pass_(minutes=1)
    await firm.engine.overdue()
    assert firm.said() == [], "it has another minute to answer"
    firm.clock.pass_(minutes=1)
    await firm.engine.overdue()
    assert firm.said() == ["renewal-step-a"]
    assert (await firm.talk(talk)).state == StepA(nudged=1)


async def test_who_has_done_it_and_said_nothing_is_thanked_and_not_reminded(firm: Firm) -> None:
    began = {"started_at": NOW.timestamp() - 3600, "expires_on": SOON, "expiry_source": "bank"}
    talk = await firm.odette(StepB(), deadline=NOW.timestamp(), **began)
    firm.clock.moment = NOW
    await firm.engine.overdue()
    works = Reading(ConnectionState.OK, expires_on=date(2027, 5, 20), last_success_at=NOW)
    await firm.engine.receive(Envelope("job:1/bank", ToConversation(talk), works))
    assert firm.said() == ["renewal-done"]


async def test_a_moment_that_he_named_is_not_brought_forward_by_a_reading_just_before_it(firm: Firm) -> None:
    talk = await firm.odette(Snoozed(), deadline=NOW.timestamp() + 90, read_at=NOW.timestamp() - 10)
    firm.clock.moment = NOW
    await answers(firm, talk)
    assert firm.said() == []
    assert (await firm.talk(talk)).state == Snoozed()


async def test_a_bank_that_is_down_at_dawn_is_read_each_hour_and_no_faster(firm: Firm) -> None:
    """The next decent moment may be the very one at which it is read again."""
    dawn = datetime(2026, 11, 24, 7, tzinfo=UTC)  # eight in Paris: nobody is disturbed yet
    decent = firm.engine.calendars.hours("").soon(dawn + timedelta(minutes=2))
    talk = await firm.odette(OutOfOrder(), deadline=decent.timestamp(), read_at=dawn.timestamp())
    firm.clock.moment = dawn
    for _ in range(3):
        await answers(firm, talk, state=ConnectionState.BANK_UNAVAILABLE)
    assert firm.effects() == []
    assert (await firm.talk(talk)).state == OutOfOrder()


async def test_an_answer_that_comes_much_later_says_nothing_before_its_time(firm: Firm) -> None:
    talk = await firm.odette(StepA(), deadline=NOW.timestamp() + 3600, read_at=NOW.timestamp())
    firm.clock.moment = NOW
    await answers(firm, talk)
    assert firm.said() == []


async def test_what_staff_wrote_counts(firm: Firm) -> None:
    a, _ = await two_banks(firm, WithStaff("stuck", resume=StepA()), Ready(to=Offered()), waits=timedelta(minutes=5))
    case = await firm.store.transact(lambda tx: tx.open_case(a, "stuck", HALF_PAST_NINE))
    talk = replace(await firm.talk(a), case_id=case)
    await firm.store.transact(lambda tx: tx.save(talk, HALF_PAST_NINE, spoken=False))
    await firm.engine.receive(Envelope("sl:1", ToCase(case), StaffDid(Act.REPLIED, "Julie", "Bonjour")))
    firm.clock.pass_(minutes=5)
    await firm.engine.overdue()
    await answers(firm, a + 1)
    assert firm.said() == []


async def test_a_deadline_that_nobody_saw_in_time_still_disturbs_nobody_at_night(firm: Firm) -> None:
    talk = await firm.odette(Ready(to=Offered()), deadline=HALF_PAST_NINE.timestamp(), expires_on=SOON)
    firm.clock.moment = datetime(2026, 11, 25, 2, tzinfo=UTC)
    await firm.engine.overdue()
    assert firm.said() == []
    assert (await firm.talk(talk)).deadline == HALF_PAST_NINE + timedelta(days=1)


async def test_an_answer_to_his_own_words_is_no_nudge(firm: Firm) -> None:
    _, b = await two_banks(firm, Quiet(), Ready(to=Offered()), waits=timedelta(minutes=5))
    await firm.engine.receive(Envelope("tg:1", ToChat(ODETTE), Wrote(Intent.WHY), message_id=9))
    firm.clock.pass_(minutes=5)
    reading = Reading(ConnectionState.OK, expires_on=date(2027, 5, 20))
    first = (await firm.talk(b)).id - 1
    await firm.engine.receive(Envelope("job:x/bank", ToConversation(first), reading))
    await firm.engine.overdue()
    assert "renewal-offered" in firm.said()
