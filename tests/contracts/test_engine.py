"""The engine on both databases: one event, one effect, once; and nobody touches what is not his."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database.tables import client_file, connection, contact, conversation, invitation, staff_case
from bot.domain.buttons import Press
from bot.domain.connection import ConnectionRef, ConnectionState, DateSource, Reading
from bot.domain.errors import OurBug
from bot.domain.ladder import Ladder
from bot.engine import Envelope, Outcome, ToCase, ToChat, ToConversation, Token
from bot.ports import Conversation
from bot.worker import rung
from flows.at_the_bank import BankDown
from flows.effects import MarkChosen, OpenCase, ReadBank, RelayToClient, RemoveMessage, Say, TellStaff, UpdateCase
from flows.escalation import WithStaff
from flows.events import Act, Bank, BankSaid, Hinted, Intent, Linked, Overdue, StaffDid, Undeliverable, Wrote
from flows.first_sync import Connected, FirstChecking, InLine, Introduced, Invited, Welcome
from flows.renewal import Alerted, Checking, Looking, Offered, Renewed, StepA, StepB
from flows.state import Quiet
from tests.firm import MARCEL, NOW, ODETTE, STRANGER, Firm, founded

PARIS = ZoneInfo("Europe/Paris")
ids = count(1)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


def tap(talk: Conversation, choice: str, chat: int = ODETTE, update: int | None = None) -> Envelope:
    """A button of the message where the conversation is now."""
    press = Press(talk.id, talk.sequence, choice)
    return Envelope(f"tg:{update or next(ids)}", ToConversation(talk.id), press, chat_id=chat, message_id=55)


def wrote(intent: Intent, text: str = "", chat: int = ODETTE) -> Envelope:
    return Envelope(f"tg:{next(ids)}", ToChat(chat), Wrote(intent, text), message_id=56)


def opened(token: str, chat: int = ODETTE) -> Envelope:
    return Envelope(f"tg:{next(ids)}", ToChat(chat), Token(token))


def staff(case_id: int, act: Act, text: str = "") -> Envelope:
    return Envelope(f"sl:{next(ids)}", ToCase(case_id), StaffDid(act, "Julie", text))


def read(talk: int, reading: Reading) -> Envelope:
    return Envelope(f"job:{next(ids)}/bank", ToConversation(talk), reading)


# Once


async def test_the_same_update_ten_times_has_one_effect(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    envelope = tap(talk, "start", update=77)
    outcomes = await asyncio.gather(*(firm.engine.receive(envelope) for _ in range(10)))
    assert sorted(outcomes) == sorted([Outcome.MOVED] + [Outcome.REPEATED] * 9)
    after = await firm.talk(talk.id)
    assert (after.state, after.sequence) == (StepA(), 1)
    assert firm.said() == ["renewal-step-a"]
    assert firm.effects()[0] == MarkChosen(55, "renewal-offered", "start")


async def test_the_same_update_a_day_later_has_no_effect_either(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    await firm.engine.receive(tap(talk, "start", update=78))
    firm.clock.pass_(days=1)
    assert await firm.engine.receive(tap(talk, "start", update=78)) is Outcome.REPEATED
    assert firm.said() == ["renewal-step-a"]


async def test_second_tap_of_an_impatient_finger_changes_nothing(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    assert await firm.engine.receive(tap(talk, "start")) is Outcome.MOVED
    assert await firm.engine.receive(tap(talk, "start")) is Outcome.REPEATED
    assert firm.said() == ["renewal-step-a"]
    assert (await firm.talk(talk.id)).sequence == 1


async def test_two_taps_at_once_move_one_step(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    outcomes = await asyncio.gather(*(firm.engine.receive(tap(talk, "start")) for _ in range(2)))
    assert set(outcomes) == {Outcome.MOVED, Outcome.REPEATED}
    assert firm.said() == ["renewal-step-a"]


async def test_second_click_by_a_colleague_changes_nothing(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel", MARCEL)
    file = await firm.file("Chez Odette", odette, marcel)
    talk = await firm.talk(await firm.bank(file, Offered(), who=odette))
    assert await firm.engine.receive(tap(talk, "start")) is Outcome.MOVED
    assert await firm.engine.receive(tap(talk, "start", chat=MARCEL)) is Outcome.REPEATED
    assert firm.said() == ["renewal-step-a"]


async def test_an_old_button_is_answered_with_where_we_are(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    await firm.engine.receive(tap(talk, "start"))
    await firm.engine.receive(tap(await firm.talk(talk.id), "there"))
    assert await firm.engine.receive(tap(talk, "later")) is Outcome.OLD
    assert (await firm.talk(talk.id)).state == StepB()
    assert firm.said() == ["renewal-step-a", "renewal-step-b", "renewal-step-b"]


async def test_a_button_that_the_step_does_not_have_is_an_old_one(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    assert await firm.engine.receive(tap(talk, "resume")) is Outcome.OLD
    assert (await firm.talk(talk.id)).state == Offered()


async def test_with_staff_an_old_button_says_who_has_it(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(WithStaff("stuck", resume=StepA())))
    assert await firm.engine.receive(tap(talk, "start")) is Outcome.WITH_STAFF


# Whose is what


async def test_a_press_from_a_chat_that_does_not_own_the_conversation_changes_nothing(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    marcel = await firm.contact("Marcel", MARCEL)
    await firm.bank(await firm.file("Le Zinc", marcel), Quiet(), who=marcel)
    for chat in (MARCEL, STRANGER):
        assert await firm.engine.receive(tap(talk, "start", chat=chat)) is Outcome.NOTHING
    assert await firm.talk(talk.id) == talk
    assert firm.jobs == []


async def test_a_button_of_a_conversation_that_does_not_exist_changes_nothing(firm: Firm) -> None:
    await firm.odette(Offered())
    forged = Envelope("tg:forged", ToConversation(9_999), Press(9_999, 0, "start"), chat_id=ODETTE)
    assert await firm.engine.receive(forged) is Outcome.NOTHING
    assert firm.jobs == []


async def test_words_reach_only_the_writers_own_bank_the_one_spoken_of_last(firm: Firm) -> None:
    odette = await firm.contact(chat=ODETTE)
    file = await firm.file("Chez Odette", odette)
    first = await firm.bank(file, StepB(), "Crédit Rural", who=odette, spoken_at=1.0)
    second = await firm.bank(file, StepB(), "Banque Mistral", who=odette, spoken_at=2.0)
    await firm.engine.receive(wrote(Intent.DONE, "c’est fait"))
    assert (await firm.talk(first)).state == StepB()
    assert (await firm.talk(second)).state == Checking()
    assert {job.facts["bank"] for job in firm.jobs} == {"Banque Mistral"}


async def test_whoever_of_the_file_acts_is_the_one_we_go_on_with(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel Dubois", MARCEL)
    file = await firm.file("Chez Odette", odette, marcel)
    talk = await firm.talk(await firm.bank(file, Offered(), who=odette))
    assert await firm.engine.receive(tap(talk, "start", chat=MARCEL)) is Outcome.MOVED
    assert firm.said(MARCEL) == ["renewal-step-a"]
    assert firm.said(ODETTE) == []
    assert firm.jobs[-1].facts["first_name"] == "Marcel"


async def test_a_stranger_is_told_that_he_needs_an_invitation(firm: Firm) -> None:
    await firm.odette(Quiet())
    assert await firm.engine.receive(wrote(Intent.GREETING, "bonjour", chat=STRANGER)) is Outcome.STRANGER
    assert [(job.chat_id, job.effect) for job in firm.jobs] == [(STRANGER, Say("stranger"))]


async def test_a_strangers_secret_leaves_the_chat_too(firm: Firm) -> None:
    await firm.engine.receive(wrote(Intent.SECRET, chat=STRANGER))
    assert firm.effects() == [RemoveMessage(56), Say("stranger")]


async def test_a_stranger_who_blocks_us_hears_nothing_more(firm: Firm) -> None:
    assert await firm.engine.receive(Envelope("tg:1", ToChat(STRANGER), Undeliverable())) is Outcome.NOTHING
    assert firm.jobs == []


async def test_a_secret_leaves_the_chat_before_anything_is_said(firm: Firm) -> None:
    talk_id = await firm.odette(StepB())
    await firm.engine.receive(wrote(Intent.SECRET))
    assert firm.effects()[0] == RemoveMessage(56)
    assert firm.said() == ["secret-removed"]
    assert (await firm.talk(talk_id)).last_words == ""


async def test_what_he_wrote_last_is_kept_for_staff_but_not_endlessly(firm: Firm) -> None:
    talk_id = await firm.odette(StepB())
    await firm.engine.receive(wrote(Intent.WHY, "pourquoi ? " * 200))
    assert (await firm.talk(talk_id)).last_words == ("pourquoi ? " * 200)[:500]


# Coming and going


async def test_the_second_contact_who_leaves_does_not_take_the_conversation_with_him(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel", MARCEL)
    talk_id = await firm.bank(await firm.file("Chez Odette", odette, marcel), StepA(), who=odette)
    await firm.engine.receive(Envelope("tg:1", ToChat(MARCEL), Undeliverable()))
    after = await firm.talk(talk_id)
    assert after.state == StepA()
    assert after.contact is not None
    assert after.contact.id == odette
    assert {row.name: row.reachable for row in await firm.rows(contact)} == {
        "Mme Odette Martin": True,
        "Marcel": False,
    }


async def test_who_leaves_is_looked_for_where_he_is_the_one_we_speak_with(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel", MARCEL)
    shared = await firm.bank(await firm.file("Chez Odette", odette, marcel), StepA(), who=odette, spoken_at=9.0)
    own = await firm.bank(await firm.file("Le Zinc", marcel), StepA(), who=marcel, spoken_at=1.0)
    await firm.engine.receive(Envelope("tg:1", ToChat(MARCEL), Undeliverable()))
    assert (await firm.talk(shared)).state == StepA()
    assert (await firm.talk(own)).state == WithStaff("unreachable", resume=StepA())


async def test_who_blocked_us_and_comes_back_is_reachable_again_at_the_step_where_he_was(firm: Firm) -> None:
    talk_id = await firm.odette(StepA())
    await firm.engine.receive(Envelope("tg:1", ToChat(ODETTE), Undeliverable()))
    talk = await firm.talk(talk_id)
    assert talk.contact is not None
    assert not talk.contact.reachable
    assert talk.state == WithStaff("unreachable", resume=StepA())
    assert await firm.is_closed(talk.case_id or 0) is False
    await firm.engine.receive(Envelope("tg:2", ToChat(ODETTE), Linked(synchronised=True)))
    back = await firm.talk(talk_id)
    assert back.contact is not None
    assert back.contact.reachable
    assert (back.state, back.case_id) == (StepA(), None)
    assert await firm.is_closed(talk.case_id or 0)


# Invitations


async def invited(firm: Firm, *banks: str, synchronised: bool = False) -> tuple[int, str, list[int]]:
    """Odette, not linked yet, with these banks; and her token."""
    odette = await firm.contact()
    file = await firm.file("Chez Odette", odette)
    talks = [await firm.bank(file, Invited(), each, who=odette, synchronised=synchronised) for each in banks]
    return odette, await firm.invite(odette), talks


async def test_an_opened_invitation_welcomes(firm: Firm) -> None:
    _, token, (talk_id,) = await invited(firm, "Crédit Rural")
    assert await firm.engine.receive(opened(token)) is Outcome.MOVED
    talk = await firm.talk(talk_id)
    assert talk.state == Welcome()
    assert talk.contact is not None
    assert talk.contact.chat_id == ODETTE
    assert firm.said(ODETTE) == ["first-welcome"]
    assert token not in str(await firm.rows(invitation))


async def test_a_file_with_three_banks_speaks_once(firm: Firm) -> None:
    _, token, talks = await invited(firm, "Crédit Rural", "Banque Mistral", "Caisse Provençale")
    await firm.engine.receive(opened(token))
    assert firm.said() == ["first-welcome"]
    assert [(await firm.talk(each)).state for each in talks] == [Welcome(), InLine(place=1), InLine(place=2)]


async def test_three_banks_that_work_already_are_introduced_once(firm: Firm) -> None:
    _, token, talks = await invited(firm, "Crédit Rural", "Banque Mistral", "Caisse Provençale", synchronised=True)
    await firm.engine.receive(opened(token))
    assert firm.said() == ["first-introduced"]
    assert [(await firm.talk(each)).state for each in talks] == [Introduced(), Quiet(), Quiet()]


async def test_the_bank_still_to_be_connected_comes_first(firm: Firm) -> None:
    odette = await firm.contact()
    file = await firm.file("Chez Odette", odette)
    works = await firm.bank(file, Invited(), "Banque Mistral", who=odette, synchronised=True)
    new = await firm.bank(file, Invited(), "Crédit Rural", who=odette, synchronised=False)
    await firm.engine.receive(opened(await firm.invite(odette)))
    assert firm.said() == ["first-welcome"]
    assert [(await firm.talk(each)).state for each in (works, new)] == [Quiet(), Welcome()]


async def test_opening_it_again_says_one_word_however_many_banks(firm: Firm) -> None:
    _, token, talks = await invited(firm, "Crédit Rural", "Banque Mistral", "Caisse Provençale")
    await firm.engine.receive(opened(token))
    before = [await firm.talk(each) for each in talks]
    firm.jobs.clear()
    firm.clock.pass_(days=40)  # long after it ended: it is his
    assert await firm.engine.receive(opened(token)) is Outcome.MOVED
    assert firm.said() == ["linked-again", "first-welcome"]
    assert [await firm.talk(each) for each in talks] == before


async def test_another_person_cannot_use_it(firm: Firm) -> None:
    _, token, (talk_id,) = await invited(firm, "Crédit Rural")
    await firm.engine.receive(opened(token))
    before = await firm.talk(talk_id)
    assert await firm.engine.receive(opened(token, STRANGER)) is Outcome.STRANGER
    assert firm.said(STRANGER) == ["invitation-used"]
    assert await firm.talk(talk_id) == before
    assert await firm.engine.receive(wrote(Intent.BANKS, "/banques", chat=STRANGER)) is Outcome.STRANGER


async def test_of_two_who_open_it_at_once_one_gets_it(firm: Firm) -> None:
    _, token, (talk_id,) = await invited(firm, "Crédit Rural")
    outcomes = await asyncio.gather(*(firm.engine.receive(opened(token, chat)) for chat in (ODETTE, STRANGER)))
    assert sorted(outcomes) == sorted([Outcome.MOVED, Outcome.STRANGER])
    talk = await firm.talk(talk_id)
    assert talk.contact is not None
    assert firm.said(talk.contact.chat_id) == ["first-welcome"]


async def test_it_ends_after_thirty_days(firm: Firm) -> None:
    _, token, (talk_id,) = await invited(firm, "Crédit Rural")
    firm.clock.pass_(days=30)
    assert await firm.engine.receive(opened(token)) is Outcome.STRANGER
    assert firm.said() == ["invitation-expired"]
    assert (await firm.talk(talk_id)).state == Invited()


async def test_an_unknown_one_is_told_so(firm: Firm) -> None:
    assert await firm.engine.receive(opened("nobody-knows-me")) is Outcome.STRANGER
    assert firm.said(ODETTE) == ["invitation-unknown"]


async def test_a_second_contact_of_the_file_joins_and_the_first_keeps_the_bank(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel")
    talk_id = await firm.bank(await firm.file("Chez Odette", odette, marcel), StepA(), who=odette)
    assert await firm.engine.receive(opened(await firm.invite(marcel), MARCEL)) is Outcome.MOVED
    assert firm.said(MARCEL) == ["joined"]
    assert firm.said(ODETTE) == []
    talk = await firm.talk(talk_id)
    assert talk.state == StepA()
    assert talk.contact is not None
    assert talk.contact.id == odette


async def test_who_joins_one_file_and_is_alone_in_another_is_welcomed_at_once(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel")
    await firm.bank(await firm.file("Chez Odette", odette, marcel), StepA(), who=odette, synchronised=False)
    own = await firm.bank(await firm.file("Le Zinc", marcel), Invited(), who=marcel, synchronised=False)
    await firm.engine.receive(opened(await firm.invite(marcel), MARCEL))
    assert firm.said(MARCEL) == ["first-welcome"]
    assert (await firm.talk(own)).state == Welcome()


# Time


async def test_a_deadline_of_a_step_that_is_over_is_void(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    await firm.engine.receive(tap(talk, "start"))
    firm.jobs.clear()
    late = Envelope("due:late", ToConversation(talk.id, talk.sequence), Overdue())
    assert await firm.engine.receive(late) is Outcome.NOTHING
    assert (await firm.talk(talk.id)).state == StepA()
    assert firm.jobs == []


async def test_what_is_due_happens_once_and_gets_a_new_deadline(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet(), deadline=NOW.timestamp(), expires_on=date(2026, 12, 1))
    assert await firm.engine.overdue() == 1
    assert await firm.engine.overdue() == 0
    talk = await firm.talk(talk_id)
    assert talk.state == Looking()
    assert firm.effects() == [ReadBank()]
    assert talk.deadline is not None
    assert talk.deadline > NOW


async def test_a_firm_with_its_own_ladder_is_read_planned_and_given_up_by_that_one(firm: Firm) -> None:
    firm.engine.calendars = FrenchCalendars("Europe/Paris", ladder=Ladder((28, 4), every=1, late=2))
    ends = NOW.date() + timedelta(days=20)
    talk_id = await firm.odette(Looking(), expires_on=ends, expiry_source="bank")
    reading = Reading(ConnectionState.OK, expires_on=ends)
    await firm.engine.receive(Envelope("read:1", ToConversation(talk_id), reading))
    await firm.engine.overdue()
    talk = await firm.talk(talk_id)
    assert talk.state == Offered()  # twenty days are near
    assert talk.deadline is not None
    assert ends - talk.deadline.date() == timedelta(days=4)
    for day, after in ((21, Looking(asked=1)), (22, WithStaff("silent", resume=StepA()))):
        firm.clock.moment = NOW + timedelta(days=day)
        talk = await firm.talk(talk_id)
        await firm.engine.receive(Envelope(f"due:{day}", ToConversation(talk_id, talk.sequence), Overdue()))
        assert (await firm.talk(talk_id)).state == after
        await firm.engine.receive(Envelope(f"read:{day}", ToConversation(talk_id), reading))
        await firm.engine.overdue()


async def test_two_processes_that_find_it_at_once_let_it_happen_once(firm: Firm) -> None:
    await firm.odette(Quiet(), deadline=NOW.timestamp(), expires_on=date(2026, 12, 1))
    await asyncio.gather(firm.engine.overdue(), firm.engine.overdue())
    assert firm.effects() == [ReadBank()]


async def test_one_row_that_cannot_be_read_holds_up_no_other(firm: Firm) -> None:
    file = await firm.file()
    broken = await firm.bank(file, Quiet(), "Broken", deadline=NOW.timestamp() - 60)
    sound = await firm.bank(file, Quiet(), "Sound", deadline=NOW.timestamp())
    spoil = sa.update(conversation).where(conversation.c.id == broken).values(state='{"is":"renewal.forgotten"}')
    await firm.database.write(lambda sql: sql.execute(spoil))
    for _ in range(2):
        with pytest.raises(OurBug, match=r"renewal\.forgotten"):
            await firm.engine.overdue()
        assert (await firm.talk(sound)).state == Looking()
    assert firm.effects() == [ReadBank()]


async def test_a_clock_that_goes_back_loses_nothing(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet(), deadline=NOW.timestamp(), expires_on=date(2026, 12, 1))
    await firm.engine.overdue()
    firm.clock.pass_(hours=-3)
    assert await firm.engine.overdue() == 0
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.EXPIRING, expires_on=date(2026, 12, 1))))
    firm.clock.pass_(hours=3)
    await firm.engine.overdue()  # what the bank said three hours ago is old: it is asked again
    firm.clock.pass_(minutes=2)
    await firm.engine.overdue()
    assert firm.said() == ["renewal-offered"]
    for _ in range(40 * 24):
        firm.clock.pass_(hours=1)
        while await firm.engine.overdue():
            pass
    assert (await firm.talk(talk_id)).sequence > 2, "the ladder went on"


async def test_a_reminder_that_is_found_late_waits_for_a_decent_hour(firm: Firm) -> None:
    """The program was stopped at half past nine and is back in the middle of the service."""
    talk_id = await firm.odette(Offered(), deadline=NOW.timestamp() - 1800, expires_on=date(2026, 12, 1))
    firm.clock.pass_(hours=2)
    await firm.engine.overdue()
    talk = await firm.talk(talk_id)
    assert (talk.state, talk.deadline) == (Offered(), datetime(2026, 11, 24, 16, tzinfo=PARIS))
    firm.clock.moment = talk.deadline
    await firm.engine.overdue()
    assert (await firm.talk(talk_id)).state == Looking(asked=1)


async def test_holidays_that_are_told_late_still_leave_the_client_in_peace(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet(), deadline=NOW.timestamp(), expires_on=date(2026, 12, 8))
    away = sa.update(client_file).values(away_until=date(2026, 12, 3))
    await firm.database.write(lambda sql: sql.execute(away))
    await firm.engine.overdue()
    assert (await firm.talk(talk_id)).deadline == datetime(2026, 12, 4, 9, 30, tzinfo=PARIS)


async def test_a_bank_that_stops_before_its_day_is_not_waited_for_until_that_day(firm: Firm) -> None:
    talk_id = await firm.odette(Looking(), expires_on=date(2027, 5, 18))
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.SCA_REQUIRED)))
    await firm.engine.overdue()
    talk = await firm.talk(talk_id)
    assert (talk.state, talk.deadline) == (Offered(), datetime(2026, 11, 26, 9, 30, tzinfo=PARIS))
    assert talk.connection.expires_on == date(2027, 5, 18), "what was known of it is kept"


async def test_a_connection_of_another_bank_of_the_file_is_not_taken_for_this_ones(firm: Firm) -> None:
    """Asked by its user alone, the vendor shows the newest connection he has, of whatever bank."""
    who = await firm.contact(chat=ODETTE)
    file = await firm.file("Chez Odette", who)
    unknown = {"who": who, "aggregator_connection": "", "synchronised": False}
    first = await firm.bank(file, FirstChecking(), "Crédit Rural", started_at=NOW.timestamp(), **unknown)
    second = await firm.bank(file, InLine(), "Banque Mistral", **unknown)
    found = Reading(ConnectionState.OK, last_success_at=NOW, accounts=("FR76 1",), ref=ConnectionRef("7", "31"))
    await firm.engine.receive(read(second, found))
    assert (await firm.talk(second)).state == InLine(), "the client is at the other bank just now"
    await firm.engine.receive(read(first, found))
    assert (await firm.talk(first)).state == Connected()
    await firm.engine.receive(read(second, found))
    assert (await firm.talk(second)).state == InLine()
    assert (await firm.talk(second)).connection.aggregator_connection == ""
    await firm.engine.receive(read(second, replace(found, ref=ConnectionRef("7", "32"))))
    assert (await firm.talk(second)).connection.aggregator_connection == "32"


async def test_of_two_banks_that_have_begun_the_vendors_name_tells_which_it_is(firm: Firm) -> None:
    talks = await two_that_have_begun(firm)
    ref, moment = ConnectionRef("7", "31"), NOW + timedelta(hours=2)
    found = Reading(ConnectionState.OK, authorised_at=moment, accounts=("FR76 1",), bank="CREDIT RURAL PRO", ref=ref)
    for each in reversed(talks):
        await firm.engine.receive(read(each, found))
    assert [(await firm.talk(each)).connection.aggregator_connection for each in talks] == ["31", ""]


@pytest.mark.parametrize(("hours", "ids"), [(0.5, ["31", ""]), (2, ["", "31"])])
async def test_where_it_has_no_name_it_is_the_one_that_he_had_begun_last(
    firm: Firm, hours: float, ids: list[str]
) -> None:
    talks = await two_that_have_begun(firm)
    found = Reading(ConnectionState.OK, authorised_at=NOW + timedelta(hours=hours), ref=ConnectionRef("7", "31"))
    for each in talks:
        await firm.engine.receive(read(each, found))
    assert [(await firm.talk(each)).connection.aggregator_connection for each in talks] == ids


async def test_which_of_his_connections_is_of_this_bank_can_be_asked_without_changing_anything(firm: Firm) -> None:
    first, second = await two_that_have_begun(firm)
    found = Reading(ConnectionState.OK, bank="Banque Mistral", ref=ConnectionRef("7", "31"))
    assert [await firm.engine.takes(each, found) for each in (first, second, 99)] == [False, True, False]
    assert (await firm.talk(second)).connection.aggregator_connection == ""


async def test_a_connection_that_proves_nothing_yet_is_nobodys(firm: Firm) -> None:
    first, second = await two_that_have_begun(firm)
    found = Reading(ConnectionState.SCA_REQUIRED, bank="Banque Mistral", ref=ConnectionRef("7", "31"))
    for each in (first, second):
        await firm.engine.receive(read(each, found))
        assert (await firm.talk(each)).connection.aggregator_connection == ""


async def two_that_have_begun(firm: Firm) -> list[int]:
    """One person's; with the second bank he began an hour after the first."""
    who = await firm.contact(chat=ODETTE)
    file = await firm.file("Chez Odette", who)
    unknown = {"who": who, "aggregator_connection": "", "synchronised": False}
    return [
        await firm.bank(file, FirstChecking(), name, started_at=NOW.timestamp() + after, **unknown)
        for name, after in (("Crédit Rural", 0), ("Banque Mistral", 3600))
    ]


async def test_a_clock_that_goes_back_while_something_is_due_does_not_stop_it_for_ever(firm: Firm) -> None:
    talk_id = await firm.odette(Checking(), deadline=NOW.timestamp())
    for jump in (0.0, -5.0, 5.0, -5.0, 5.0, 5.0, 60.0, 3600.0):
        firm.clock.pass_(seconds=jump)
        for _ in range(50):
            if not await firm.engine.overdue():
                break
        else:
            pytest.fail("the scan never ends")
    firm.clock.pass_(days=3)
    while await firm.engine.overdue():
        pass
    state = (await firm.talk(talk_id)).state
    assert isinstance(state, Checking | WithStaff)
    assert state != Checking()


async def test_deadlines_fall_on_decent_hours_of_the_files_own_zone(firm: Firm) -> None:
    odette = await firm.contact(chat=ODETTE)
    for name, zone in (("Paris", ""), ("Saint-Denis", "Indian/Reunion"), ("Fort-de-France", "America/Martinique")):
        file = await firm.file(name, odette, timezone=zone)
        due = NOW.timestamp()
        talk = await firm.bank(file, BankDown(resume=StepA()), who=odette, deadline=due, expires_on=date(2026, 12, 1))
        await firm.engine.receive(Envelope(f"bank:{talk}", ToConversation(talk), BankSaid(Bank.HEALTHY)))
        deadline = (await firm.talk(talk)).deadline
        assert deadline is not None
        local = deadline.astimezone(ZoneInfo(zone) if zone else PARIS)
        assert (local.hour, local.minute) in ((9, 30), (16, 0)), name
        assert deadline >= NOW


async def test_a_hint_asks_the_bank_and_keeps_the_deadline(firm: Firm) -> None:
    due = (NOW + timedelta(hours=5)).timestamp()
    talk_id = await firm.odette(StepB(), deadline=due)
    await firm.engine.receive(Envelope("hint:1", ToConversation(talk_id), Hinted()))
    assert firm.effects() == [ReadBank()]
    deadline = (await firm.talk(talk_id)).deadline
    assert deadline is not None
    assert deadline.timestamp() == due


# Staff


async def test_a_case_is_opened_in_the_transaction_that_decides_it(firm: Firm) -> None:
    talk_id = await firm.odette(StepB())
    await firm.engine.receive(wrote(Intent.HUMAN, "je veux parler à quelqu’un"))
    talk = await firm.talk(talk_id)
    assert talk.case_id is not None
    assert (await firm.case(talk.case_id)).cause == "human"
    opening = next(job for job in firm.jobs if isinstance(job.effect, OpenCase))
    assert opening.case_id == talk.case_id
    assert all(job.case_id == talk.case_id for job in firm.jobs[firm.jobs.index(opening) :])


async def with_case(firm: Firm, cause: str = "stuck") -> tuple[int, int]:
    """Odette's conversation, which staff have; and the case."""
    talk_id = await firm.odette(StepB(), cadence_days=90)
    event = BankSaid(Bank.CANNOT_TELL) if cause == "confirm" else Wrote(Intent.HUMAN, "aidez-moi")
    if cause == "confirm":
        await firm.engine.receive(wrote(Intent.DONE, "c’est fait"))
    await firm.engine.receive(Envelope(f"x:{next(ids)}", ToConversation(talk_id), event))
    case_id = (await firm.talk(talk_id)).case_id
    assert case_id is not None
    firm.jobs.clear()
    return talk_id, case_id


async def test_a_case_is_closed_with_the_act_that_ends_it(firm: Firm) -> None:
    talk_id, case_id = await with_case(firm)
    assert await firm.engine.receive(staff(case_id, Act.TOOK)) is Outcome.MOVED
    assert not await firm.is_closed(case_id)
    assert await firm.engine.receive(staff(case_id, Act.HANDED_BACK)) is Outcome.MOVED
    assert await firm.is_closed(case_id)
    assert (await firm.case(case_id)).taken_by == "Julie"
    talk = await firm.talk(talk_id)
    assert (talk.state, talk.case_id) == (StepB(), None)
    update = next(job for job in firm.jobs if job.effect == UpdateCase("handed-back", "Julie"))
    assert update.case_id == case_id
    assert firm.said() == ["staff-took", "handed-back", "renewal-step-b"]


@pytest.mark.parametrize("act", [Act.TOOK, Act.HANDED_BACK, Act.RESOLVED, Act.CONFIRMED, Act.NOT_CONFIRMED])
async def test_a_click_on_a_closed_card_does_not_touch_the_present(firm: Firm, act: Act) -> None:
    talk_id, case_id = await with_case(firm)
    await firm.engine.receive(staff(case_id, Act.HANDED_BACK))
    await firm.engine.receive(wrote(Intent.HUMAN, "encore moi"))
    before = await firm.talk(talk_id)
    assert before.case_id not in (None, case_id)
    firm.jobs.clear()
    assert await firm.engine.receive(staff(case_id, act)) is Outcome.OLD
    assert await firm.talk(talk_id) == before
    assert firm.jobs == []


async def test_a_reply_in_a_closed_thread_still_reaches_the_client(firm: Firm) -> None:
    _, case_id = await with_case(firm)
    await firm.engine.receive(staff(case_id, Act.HANDED_BACK))
    firm.jobs.clear()
    await firm.engine.receive(staff(case_id, Act.REPLIED, "Bonne journée !"))
    assert [(job.chat_id, job.effect) for job in firm.jobs] == [(ODETTE, RelayToClient("Bonne journée !", "Julie"))]


async def test_a_case_that_does_not_exist_changes_nothing(firm: Firm) -> None:
    assert await firm.engine.receive(staff(404, Act.TOOK)) is Outcome.NOTHING
    assert await firm.rows(staff_case) == []


async def test_staff_confirm_by_hand_and_the_next_date_is_computed(firm: Firm) -> None:
    talk_id, case_id = await with_case(firm, "confirm")
    assert await firm.engine.receive(staff(case_id, Act.CONFIRMED)) is Outcome.MOVED
    talk = await firm.talk(talk_id)
    assert talk.state == Renewed()
    assert await firm.is_closed(case_id)
    known = talk.connection
    assert known.state is ConnectionState.OK
    assert (known.expires_on, known.expiry_source) == (date(2027, 2, 22), DateSource.ESTIMATED)
    assert known.last_success_at == NOW
    receipt = next(job for job in firm.jobs if isinstance(job.effect, Say) and job.effect.text == "renewal-done")
    assert (receipt.facts["due"], receipt.facts["days_left"]) == ("2027-02-22", 90)
    assert talk.deadline is not None
    assert talk.deadline.astimezone(PARIS) == datetime(2027, 2, 8, 9, 30, tzinfo=PARIS), "fourteen days before"


# What a reading teaches


ENDS = date(2026, 12, 4)


async def test_a_proof_moves_the_day_by_the_banks_own_word(firm: Firm) -> None:
    talk_id = await firm.odette(Checking(), expires_on=ENDS, started_at=NOW.timestamp() - 60)
    said = Reading(ConnectionState.OK, expires_on=date(2027, 5, 20), last_success_at=NOW, vendor_code="ok")
    assert await firm.engine.receive(read(talk_id, said)) is Outcome.MOVED
    known = (await firm.talk(talk_id)).connection
    assert (known.expires_on, known.expiry_source) == (date(2027, 5, 20), DateSource.BANK)
    assert firm.said() == ["renewal-done"]


async def test_a_proof_without_a_day_moves_it_by_the_banks_cadence(firm: Firm) -> None:
    talk_id = await firm.odette(Checking(), expires_on=ENDS, started_at=NOW.timestamp() - 60, cadence_days=90)
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, last_success_at=NOW)))
    known = (await firm.talk(talk_id)).connection
    assert (known.expires_on, known.expiry_source) == (date(2027, 2, 22), DateSource.ESTIMATED)


@pytest.mark.parametrize(
    "reading",
    [
        Reading(ConnectionState.OK, last_success_at=NOW - timedelta(days=1)),
        Reading(ConnectionState.BANK_UNAVAILABLE),
        Reading(ConnectionState.PASSWORD_CHANGED, vendor_code="wrongpass"),
        Reading(ConnectionState.SCA_REQUIRED),
        Reading(ConnectionState.RATE_LIMITED),
        Reading(ConnectionState.UNKNOWN, vendor_code="something new"),
    ],
    ids=lambda reading: reading.state.value,
)
async def test_what_proves_nothing_moves_no_day(firm: Firm, reading: Reading) -> None:
    talk_id = await firm.odette(Checking(), expires_on=ENDS, started_at=NOW.timestamp() - 60)
    await firm.engine.receive(read(talk_id, reading))
    known = (await firm.talk(talk_id)).connection
    assert (known.expires_on, known.state, known.vendor_code) == (ENDS, reading.state, reading.vendor_code)
    assert "renewal-done" not in firm.said()


@pytest.mark.parametrize("known", [None, ENDS, date(2027, 5, 20)])
async def test_the_first_reminder_moves_with_the_day_that_the_bank_tells(firm: Firm, known: date | None) -> None:
    deadline = NOW + timedelta(days=150) if known else None  # counted from the day that was known
    talk_id = await firm.odette(Quiet(), expires_on=known, deadline=deadline and deadline.timestamp())
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, expires_on=date(2027, 1, 20))))
    talk = await firm.talk(talk_id)
    assert talk.state == Quiet(), "and he is told nothing for that"
    assert firm.said() == []
    assert talk.deadline is not None
    assert talk.deadline.astimezone(PARIS) == datetime(2027, 1, 6, 9, 30, tzinfo=PARIS), "fourteen days before"


async def test_a_deadline_that_counts_from_the_end_stays_where_the_end_stays(firm: Firm) -> None:
    known = date(2027, 1, 20)
    talk_id = await firm.odette(Quiet(), expires_on=known, deadline=NOW.timestamp() + 600)
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, expires_on=known)))
    assert (await firm.talk(talk_id)).deadline == NOW + timedelta(seconds=600)


async def test_a_deadline_that_counts_from_now_stays_when_the_end_moves(firm: Firm) -> None:
    talk_id = await firm.odette(StepB(), expires_on=ENDS, deadline=NOW.timestamp() + 600)
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, expires_on=date(2026, 12, 20))))
    assert (await firm.talk(talk_id)).deadline == NOW + timedelta(seconds=600)


async def test_the_banks_first_word_after_a_counted_day_thanks_nobody_for_a_renewal(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet(), expires_on=ENDS)
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, expires_on=date(2027, 2, 20))))
    assert firm.said() == []
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, expires_on=date(2027, 5, 20))))
    assert firm.said() == ["renewal-done"], "from the bank's own day to another one, he did renew"


async def test_a_counted_day_is_reminded_of_where_the_bank_tells_none(firm: Firm) -> None:
    talk_id = await firm.odette(Looking(), expires_on=ENDS)
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, last_success_at=NOW)))
    await firm.engine.overdue()
    assert firm.said() == ["renewal-offered"]


async def test_who_was_asked_and_renewed_without_a_guide_is_believed_once_data_come(firm: Firm) -> None:
    talk_id = await firm.odette(Offered(), expires_on=ENDS)  # a counted day: this bank tells none
    firm.clock.pass_(minutes=5)
    await firm.engine.receive(wrote(Intent.DONE))
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, last_success_at=NOW)))
    assert firm.said() == ["renewal-checking"], "he is not asked again for what he has just done"
    firm.clock.pass_(hours=10)
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, last_success_at=firm.clock.now())))
    assert firm.said() == ["renewal-checking", "renewal-done"]


async def test_a_new_password_is_proven_by_data_that_came_after_he_was_asked_for_it(firm: Firm) -> None:
    talk_id = await firm.odette(Looking(), expires_on=date(2027, 5, 20), expiry_source=DateSource.BANK)
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.PASSWORD_CHANGED)))
    await firm.engine.overdue()
    firm.clock.pass_(minutes=5)
    await firm.engine.receive(wrote(Intent.DONE))
    works = Reading(ConnectionState.OK, expires_on=date(2027, 5, 20), last_success_at=NOW - timedelta(days=1))
    await firm.engine.receive(read(talk_id, works))
    assert "renewal-done" not in firm.said(), "it says that all is well, and its last data are yesterday's"
    await firm.engine.receive(read(talk_id, replace(works, last_success_at=firm.clock.now())))
    assert firm.said()[-1] == "renewal-done"


async def test_a_connection_found_under_another_id_is_known_by_it_from_now_on(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet(), aggregator_connection="")
    await firm.engine.receive(read(talk_id, Reading(ConnectionState.OK, ref=ConnectionRef("7", "c42"))))
    assert (await firm.talk(talk_id)).connection.aggregator_connection == "c42"


# What texts may speak of


async def test_the_facts_are_those_of_this_very_moment(firm: Firm) -> None:
    odette = await firm.contact("Mme Odette Martin", ODETTE)
    file = await firm.file("Chez Odette", odette, accountant="Julie", timezone="America/Martinique")
    talk = await firm.talk(
        await firm.bank(file, Offered(), "Crédit Rural", who=odette, expires_on=date(2026, 11, 27))
    )
    firm.clock.moment = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # the evening before, over there
    await firm.engine.receive(tap(talk, "start"))
    known = firm.jobs[-1].facts
    assert {name: known[name] for name in ("bank", "client", "accountant", "first_name", "due", "days_left")} == {
        "bank": "Crédit Rural",
        "client": "Chez Odette",
        "accountant": "Julie",
        "first_name": "Odette",
        "due": "2026-11-27",
        "days_left": 3,
    }
    deadline = (await firm.talk(talk.id)).deadline
    assert deadline is not None
    assert datetime.fromisoformat(str(known["next"])) == deadline
    assert datetime.fromisoformat(str(known["now"])) == firm.clock.moment


async def test_effects_are_numbered_in_the_order_in_which_they_leave(firm: Firm) -> None:
    talk = await firm.talk(await firm.odette(Offered()))
    await firm.engine.receive(tap(talk, "start", update=500))
    assert [job.id for job in firm.jobs] == [f"tg:500/{place}" for place in range(len(firm.jobs))]
    assert {job.sequence for job in firm.jobs} == {1}, "the buttons are those of the step that begins"


async def test_a_word_of_the_channel_is_said_once(firm: Firm) -> None:
    for _ in range(3):
        await firm.engine.remark("tg:group:-5", -5, "group-chat")
    assert [(job.chat_id, job.effect) for job in firm.jobs] == [(-5, Say("group-chat"))]


@pytest.mark.parametrize(
    ("state", "ends", "tone"),
    [
        ("ok", date(2026, 12, 7), "early"),
        (
            "sca_required",
            date(2027, 1, 30),
            "unknown",
        ),  # it has stopped before its day: « nothing urgent » is not true
        ("sca_required", date(2026, 11, 20), "later"),
        ("ok", None, "unknown"),
    ],
)
async def test_the_tone_of_an_offer_is_true(firm: Firm, state: str, ends: date | None, tone: str) -> None:
    talk_id = await firm.odette(Looking(asked=2), expires_on=ends)
    await firm.database.write(lambda sql: sql.execute(sa.update(connection).values(state=state)))
    await firm.engine.receive(Envelope("read", ToConversation(talk_id), BankSaid(Bank.CANNOT_TELL)))
    await firm.engine.overdue()
    facts = firm.jobs[-1].facts
    assert rung(int(facts["days_left"]), stopped=bool(facts["stopped"])) == tone
    assert facts["asked"] == 2


async def test_staff_hear_of_a_bank_that_stops_while_its_client_is_away(firm: Firm) -> None:
    talk = await firm.odette(Quiet(), expires_on=date(2027, 3, 1), expiry_source="bank")
    away = sa.update(client_file).values(away_until=NOW.date() + timedelta(days=10))
    await firm.database.write(lambda sql: sql.execute(away))
    for _ in range(3):
        await firm.engine.receive(read(talk, Reading(ConnectionState.SCA_REQUIRED)))
    assert firm.effects() == [TellStaff("stopped-while-away")], "once, and nothing to him"
    assert (await firm.talk(talk)).state == Alerted()


async def test_what_falls_due_while_the_client_is_away_waits_for_his_return(firm: Firm) -> None:
    away, ends = NOW.date() + timedelta(days=10), NOW.date() + timedelta(days=5)
    talk = await firm.odette(Quiet(), expires_on=ends, deadline=NOW.timestamp() - 1)
    await firm.database.write(lambda sql: sql.execute(sa.update(client_file).values(away_until=away)))
    for _ in range(3):
        await firm.engine.overdue()
    stored = await firm.talk(talk)
    assert stored.state == Quiet()
    assert stored.deadline is not None
    assert stored.deadline.date() > away
    assert firm.effects() == [TellStaff("lapses-while-away")]


async def test_who_declined_makes_place_before_he_is_asked_and_alone_he_is_not_asked(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel", chat=MARCEL)
    file = await firm.file("Chez Odette", odette, marcel)
    talk = await firm.bank(file, Offered(), who=odette, deadline=NOW.timestamp() - 1)
    await firm.store.transact(lambda tx: tx.decline(file, odette, True))
    await firm.engine.overdue()
    asked = (await firm.talk(talk)).contact
    assert asked is not None
    assert asked.id == marcel
    alone = await firm.bank(file, Quiet(), "Qonto", who=odette, deadline=NOW.timestamp() - 1)
    await firm.store.transact(lambda tx: tx.decline(file, marcel, True))
    await firm.engine.overdue()
    assert (await firm.talk(alone)).state == WithStaff("not-me", resume=Quiet(), discreet=True)
    assert firm.said() == []
