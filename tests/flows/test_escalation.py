"""With staff: what follows, row by row."""

from dataclasses import replace

import pytest

from bot.domain.away import Away
from flows.effects import (
    CallStaff,
    OpenCase,
    ReadBank,
    RelayFileToClient,
    RelayToClient,
    RelayToStaff,
    RevokeLinks,
    Say,
    ShowReply,
    TellStaff,
    UpdateCase,
)
from flows.escalation import CALLS, OUT_OF_REACH, REMINDERS, MorningOf, ReplyDue, WithStaff
from flows.events import (
    Act,
    Bank,
    BankSaid,
    ChoseOld,
    Event,
    Hinted,
    Intent,
    Linked,
    LinkFilled,
    LinkRefused,
    Overdue,
    SentFile,
    StaffDid,
    Undeliverable,
    Wrote,
)  # fmt: skip
from flows.first_sync import Invited, NotSeen
from flows.renewal import Checking, Looking, Renewed, StepA, StepB
from flows.state import Forever, Quiet, State
from flows.step import Step, step

CASE = WithStaff("stuck", resume=StepB())
TAKEN = WithStaff("stuck", resume=StepB(), taken_by="Anne")
AWAY = WithStaff("unreachable", resume=StepB())
NEVER = WithStaff("never-linked", resume=Invited())
UNTOLD = WithStaff("bank-unknown", resume=Looking(), discreet=True)
UNTOLD_TAKEN = WithStaff("bank-unknown", resume=Looking(), discreet=True, taken_by="Anne", answered=True)
TOLD_ANSWERED = WithStaff("bank-unknown", resume=Looking(), taken_by="Anne", answered=True)
ANSWERED, CALLED = replace(TAKEN, answered=True), replace(TAKEN, reminded=1)
FORGOTTEN = WithStaff("stuck", resume=StepB(), reminded=REMINDERS)
PROMISED = WithStaff("promise", resume=Quiet())
DAY_SET = "2026-12-03"
POSTPONED = replace(TAKEN, until=DAY_SET)

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (CASE,     StaffDid(Act.TOOK, "Anne"),            TAKEN),
    (TAKEN,    StaffDid(Act.TOOK, "Bruno"),           TAKEN),
    (CASE,     StaffDid(Act.REPLIED, "Anne", "oui"),  ANSWERED),
    (TAKEN,    StaffDid(Act.REPLIED, "Bruno", "oui"), ANSWERED),
    (ANSWERED, Wrote(Intent.OTHER, "merci, mais"),    TAKEN),
    (ANSWERED, SentFile("photo", "f1"),               TAKEN),
    (ANSWERED, Overdue(),                             replace(ANSWERED, reminded=1)),
    (TAKEN,    Overdue(),                             CALLED),
    (CALLED,   Overdue(),                             WithStaff("stuck", resume=StepB(), reminded=2)),
    (CALLED,   StaffDid(Act.REPLIED, "Anne", "oui"),  ANSWERED),
    (FORGOTTEN, Wrote(Intent.OTHER, "alors ?"),       replace(FORGOTTEN, reminded=2)),
    (TAKEN,    StaffDid(Act.PASSED_ON, "Anne"),       WithStaff("stuck", resume=StepB(), reminded=2)),
    (TAKEN,    StaffDid(Act.PASSED_ON, "Bruno"),      TAKEN),
    (CASE,     StaffDid(Act.POSTPONED, "Anne", DAY_SET),    POSTPONED),
    (TAKEN,    StaffDid(Act.POSTPONED, "Bruno", DAY_SET),   POSTPONED),
    (AWAY,     StaffDid(Act.POSTPONED, "Anne", DAY_SET),    AWAY),
    (POSTPONED, Overdue(),                            TAKEN),
    (POSTPONED, Wrote(Intent.OTHER, "bonjour"),       TAKEN),
    (POSTPONED, StaffDid(Act.REPLIED, "Anne", "oui"), ANSWERED),
    (PROMISED, StaffDid(Act.TOOK, "Anne"),            replace(PROMISED, taken_by="Anne", answered=True)),
    (TAKEN,    StaffDid(Act.HANDED_BACK, "Anne"),     StepB()),
    (TAKEN,    StaffDid(Act.NOT_CONFIRMED, "Anne"),   StepB()),
    (TAKEN,    StaffDid(Act.RESOLVED, "Anne"),        Quiet()),
    (AWAY,     StaffDid(Act.HANDED_BACK, "Anne"),     StepB()),
    (AWAY,     StaffDid(Act.RESOLVED, "Anne"),        StepB()),
    (NEVER,    StaffDid(Act.RESOLVED, "Anne"),        Invited()),
    (AWAY,     Linked(),                              StepB()),
    (CASE,     Overdue(),                             WithStaff("stuck", resume=StepB(), reminded=1)),
    (UNTOLD,   StaffDid(Act.TOOK, "Anne"),            UNTOLD_TAKEN),
    (UNTOLD,   StaffDid(Act.REPLIED, "Anne", "oui"),  TOLD_ANSWERED),
    (UNTOLD_TAKEN, StaffDid(Act.REPLIED, "Anne", "oui"), TOLD_ANSWERED),
    (UNTOLD,   StaffDid(Act.HANDED_BACK, "Anne"),     Looking()),
    (UNTOLD,   StaffDid(Act.RESOLVED, "Anne"),        Quiet()),
    (UNTOLD,   BankSaid(Bank.RENEWED),                Renewed()),
    (UNTOLD,   Wrote(Intent.OTHER, "bonjour"),        WithStaff("bank-unknown", resume=Looking())),
    (UNTOLD,   SentFile("photo", "f1"),               WithStaff("bank-unknown", resume=Looking())),
    (TAKEN,    BankSaid(Bank.RENEWED),                Renewed()),
    (TAKEN,    StaffDid(Act.CONFIRMED, "Anne"),       Renewed()),
    (StepB(),  Undeliverable(),                       WithStaff("unreachable", resume=StepB())),
    (Quiet(),  Undeliverable(),                       WithStaff("unreachable", resume=Quiet())),
]

RESTS: list[tuple[State, Event, tuple[object, ...]]] = [
    (CASE,     Wrote(Intent.SECRET),                         (Say("secret-removed"), TellStaff("secret-removed"))),
    (CASE,     Wrote(Intent.OTHER, "et alors ?"),            (RelayToStaff(text="et alors ?"),)),
    (CASE,     Wrote(Intent.DONE, "c'est fait"),             (RelayToStaff(text="c'est fait"),)),
    (CASE,     SentFile("photo", "f1", "voilà"),             (RelayToStaff(text="voilà", kind="photo", file="f1"),)),
    (CASE,     SentFile("voice", "f2"),                      (RelayToStaff(kind="voice", file="f2"),)),
    (CASE,     Undeliverable(),                              (TellStaff("client-unreachable"),)),
    (CASE,     Hinted(),                                     (ReadBank(),)),
    (CASE,     LinkFilled(),                                 (ReadBank(),)),
    (CASE,     LinkRefused(),                                (TellStaff("link-refused"),)),
    (CASE,     ChoseOld(),                                   (Say("with-staff"),)),
    (CASE,     Linked(),                                     (Say("with-staff"),)),
    (UNTOLD,   ChoseOld(),                                   (Say("with-staff"),)),
    (UNTOLD,   Wrote(Intent.SECRET),                         (Say("secret-removed"), TellStaff("secret-removed"))),
    (AWAY,     ChoseOld(),                                   (Say("with-staff"),)),
    (WithStaff("confirm", resume=StepA()),  ChoseOld(),      (Say("waiting-for-confirmation"),)),
    (CASE,     StaffDid(Act.NUDGED, "Anne"),                 (TellStaff("case-is-open"),)),
    (CASE,     StaffDid(Act.ASKED_PASSWORD, ""),             (TellStaff("case-is-open"),)),
    (CASE,     StaffDid(Act.CLOSED_PAGE, "Anne"),            (Say("page-closed-with-staff", who="Anne"),)),
    (AWAY,     StaffDid(Act.CLOSED_PAGE, "Anne"),            ()),
    (CASE,     BankSaid(Bank.DOWN),                          ()),
    (StepB(),  StaffDid(Act.REPLIED, "Anne", "bonjour"),     (RelayToClient("bonjour", "Anne"),)),
    (StepB(),  StaffDid(Act.TOOK, "Anne"),                   ()),
    (StepB(),  StaffDid(Act.HANDED_BACK, "Anne"),            ()),
    (StepB(),  StaffDid(Act.RESOLVED, "Anne"),               ()),
    (StepB(),  StaffDid(Act.NOT_CONFIRMED, "Anne"),          ()),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


@pytest.mark.parametrize(("state", "event", "effects"), RESTS)
def test_what_is_done_without_leaving(state: State, event: Event, effects: tuple[object, ...]) -> None:
    assert step(state, event) == Step(state, effects, moved=False)  # type: ignore[arg-type]  # tuples of effects


def test_entering_opens_a_case_and_closes_every_link() -> None:
    assert step(StepB(), Wrote(Intent.HUMAN, "je veux parler à quelqu'un")).effects == (
        Say("with-staff"), OpenCase("human"), RevokeLinks(), RelayToStaff(text="je veux parler à quelqu'un"),
    )  # fmt: skip


def test_a_client_out_of_reach_opens_a_case_without_a_word_to_him() -> None:
    assert step(StepB(), Undeliverable()).effects == (
        OpenCase("unreachable"), RevokeLinks(), TellStaff("call-blocked"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("why", "cause", "call"),
    [(Away.BLOCKED, "blocked", "call-blocked"), (Away.DELETED, "account-deleted", "call-account-deleted")],
)
def test_the_case_says_why_and_what_to_say_on_the_telephone(why: Away, cause: str, call: str) -> None:
    gone = step(StepB(), Undeliverable(why))
    assert gone.state == WithStaff(cause, resume=StepB())
    assert gone.effects == (OpenCase(cause), RevokeLinks(), TellStaff(call))


def test_staff_have_words_for_the_telephone_for_everybody_who_is_out_of_reach() -> None:
    assert CALLS.keys() == set(OUT_OF_REACH)


def test_the_client_is_told_who_has_his_case() -> None:
    assert step(CASE, StaffDid(Act.TOOK, "Anne")).effects == (
        UpdateCase("taken", "Anne"), Say("staff-took", who="Anne"),
    )  # fmt: skip


def test_second_click_by_a_colleague_changes_nothing() -> None:
    assert step(TAKEN, StaffDid(Act.TOOK, "Bruno")) == Step(TAKEN, (), False)
    assert step(TAKEN, StaffDid(Act.TOOK, "Anne")) == Step(TAKEN, (), False)


def test_whoever_replies_first_has_the_case() -> None:
    assert step(CASE, StaffDid(Act.REPLIED, "Anne", "oui")).effects == (
        UpdateCase("taken", "Anne"), RelayToClient("oui", "Anne"), ShowReply("oui", "Anne"),
    )  # fmt: skip
    assert step(TAKEN, StaffDid(Act.REPLIED, "Bruno", "oui")).effects == (
        RelayToClient("oui", "Bruno"), ShowReply("oui", "Bruno"),
    )  # fmt: skip


def test_a_file_is_a_reply_as_words_are() -> None:
    sent = step(CASE, StaffDid(Act.SENT_FILE, "Anne", "F1"))
    assert sent == Step(ANSWERED, (UpdateCase("taken", "Anne"), RelayFileToClient("F1", "Anne")))
    assert step(StepB(), StaffDid(Act.SENT_FILE, "Anne", "F1")) == Step(StepB(), (), moved=False)


def test_a_case_handed_back_goes_on_where_the_client_was() -> None:
    closed, told, asked = step(TAKEN, StaffDid(Act.HANDED_BACK, "Anne")).effects
    assert (closed, told) == (UpdateCase("handed-back", "Anne"), Say("handed-back", who="Anne"))
    assert isinstance(asked, Say)
    assert asked.text == "renewal-step-b"


def test_a_resolved_case_is_checked_at_the_bank() -> None:
    assert step(TAKEN, StaffDid(Act.RESOLVED, "Anne")).effects == (
        UpdateCase("resolved", "Anne"), Say("case-resolved", who="Anne"), ReadBank(),
    )  # fmt: skip


@pytest.mark.parametrize("act", [Act.HANDED_BACK, Act.RESOLVED])
def test_closing_the_case_of_a_client_out_of_reach_says_nothing_to_him(act: Act) -> None:
    assert step(AWAY, StaffDid(act, "Anne")).effects == (UpdateCase("handed-back", "Anne"),)


def test_taking_the_case_of_a_client_out_of_reach_says_nothing_to_him() -> None:
    assert step(AWAY, StaffDid(Act.TOOK, "Anne")).effects == (UpdateCase("taken", "Anne"),)


def test_who_was_not_involved_hears_nothing_of_what_staff_do_with_his_bank() -> None:
    assert step(UNTOLD, StaffDid(Act.TOOK, "Anne")).effects == (UpdateCase("taken", "Anne"),)
    assert step(UNTOLD, StaffDid(Act.HANDED_BACK, "Anne")).effects == (UpdateCase("handed-back", "Anne"), ReadBank())
    assert step(UNTOLD, StaffDid(Act.RESOLVED, "Anne")).effects == (UpdateCase("resolved", "Anne"), ReadBank())


def test_who_was_not_involved_is_told_of_the_case_once_he_writes() -> None:
    spoken_to = step(UNTOLD, Wrote(Intent.OTHER, "et ma banque ?"))
    assert spoken_to.effects == (Say("with-staff"), RelayToStaff(text="et ma banque ?"))
    assert step(spoken_to.state, Wrote(Intent.OTHER, "alors ?")).effects == (RelayToStaff(text="alors ?"),)
    assert Say("staff-took", who="Anne") in step(spoken_to.state, StaffDid(Act.TOOK, "Anne")).effects


def test_a_client_who_comes_back_goes_on_where_he_was() -> None:
    closed, asked = step(AWAY, Linked()).effects
    assert closed == UpdateCase("client-back")
    assert isinstance(asked, Say)
    assert asked.text == "renewal-step-b"


@pytest.mark.parametrize(("linked", "greeted"), [(Linked(), (Say("linked-again"),)), (Linked(place=1), ())])
def test_a_client_who_comes_back_where_nothing_is_asked_is_greeted_once(linked: Linked, greeted: object) -> None:
    closed, *told = step(WithStaff("blocked", resume=Quiet()), linked).effects
    assert (closed, tuple(told)) == (UpdateCase("client-back"), greeted)


def test_a_renewal_that_staff_cannot_see_is_told_and_tried_again() -> None:
    case = WithStaff("confirm", resume=NotSeen())
    closed, told, asked = step(case, StaffDid(Act.NOT_CONFIRMED, "Anne")).effects
    assert (closed, told) == (UpdateCase("not-confirmed", "Anne"), Say("not-confirmed", who="Anne"))
    assert isinstance(asked, Say)
    assert asked.text == "first-not-seen"


def test_staff_are_reminded_a_few_times_of_a_case_and_then_left_alone() -> None:
    state: State = TAKEN
    told: list[object] = []
    while not isinstance(state.wait(), Forever):
        taken = step(state, Overdue())
        told += taken.effects
        state = taken.state
    assert told == [
        CallStaff("owner", "Anne"),
        CallStaff("stand-in", "Anne"), UpdateCase("passed-on"),
        CallStaff("manager"), UpdateCase("passed-on"),
    ]  # fmt: skip
    assert state == FORGOTTEN


def test_a_case_that_was_passed_on_is_taken_as_any_other() -> None:
    passed_on = step(CALLED, Overdue()).state
    taken = step(passed_on, StaffDid(Act.TOOK, "Bruno"))
    assert taken.effects == (UpdateCase("taken", "Bruno"), Say("staff-took", who="Bruno"))
    assert taken.state == replace(TAKEN, taken_by="Bruno")
    assert taken.state.wait() == ReplyDue(0)


def test_a_client_who_writes_again_waits_from_his_first_word() -> None:
    assert step(CALLED, Wrote(Intent.OTHER, "alors ?")) == Step(CALLED, (RelayToStaff(text="alors ?"),), moved=False)


def test_a_case_that_was_answered_rests_longer_and_is_left_to_its_owner() -> None:
    assert ANSWERED.wait() == ReplyDue(0, resting=True)
    rested = step(ANSWERED, Overdue())
    assert rested.effects == (CallStaff("rests", "Anne"),)
    assert isinstance(rested.state, WithStaff)
    assert rested.state.taken_by == "Anne"


def test_a_case_that_was_postponed_is_called_for_on_its_day() -> None:
    assert POSTPONED.wait() == MorningOf(DAY_SET)
    assert step(CASE, StaffDid(Act.POSTPONED, "Anne", DAY_SET)).effects == (UpdateCase("postponed", "Anne"),)
    assert step(POSTPONED, Overdue()).effects == (UpdateCase("resumed", "Anne"), CallStaff("resumed", "Anne"))
    assert step(POSTPONED, Wrote(Intent.OTHER, "eh")).effects == (UpdateCase("resumed", "Anne"), RelayToStaff("eh"))


def test_good_news_closes_the_case() -> None:
    assert step(WithStaff("no-proof", resume=Checking()), BankSaid(Bank.RENEWED)).effects == (
        UpdateCase("renewed"), Say("renewal-done"), TellStaff("renewed"),
    )  # fmt: skip
