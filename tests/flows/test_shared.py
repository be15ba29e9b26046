"""What every flow shares: words, files, help, silence, old buttons."""

import pytest

from flows.at_the_bank import Agree, ApproveInApp, BankDown
from flows.effects import Effect, OpenCase, ReadBank, RelayToStaff, RevokeLinks, Say, TellStaff, Transcribe
from flows.endings import Closed
from flows.escalation import WithStaff
from flows.events import (
    Act,
    Bank,
    BankSaid,
    Chose,
    ChoseOld,
    Event,
    Hinted,
    Intent,
    Linked,
    LinkFilled,
    LinkRefused,
    NoPage,
    Overdue,
    SentFile,
    StaffDid,
    TooManyPages,
    Wrote,
)  # fmt: skip
from flows.first_sync import ConnectBank, FirstChecking, InLine, OpenAccounting, Welcome
from flows.opt_out import OptedOut
from flows.password_change import NewPassword
from flows.renewal import Alerted, Checking, Looking, Offered, Renewed, Snoozed, StepA, StepB, When
from flows.state import NextRung, Quiet, State
from flows.step import Step, step

PASSWORD = NewPassword(resume=Checking(refused=1))


def answer(text: str, state: State) -> Say:
    """An answer by the way, with the buttons of the place where we are."""
    return Say(text, choices=state.choices, labels=state.text(), link=state.link, new_secret=state.new_secret)


# fmt: off
MOVES: list[tuple[State, Event, State]] = [
    # words that mean a button
    (StepB(),                  Wrote(Intent.DONE),              Checking()),
    (StepB(),                  Wrote(Intent.PASSWORD_CHANGED),  PASSWORD),
    (StepB(),                  Wrote(Intent.STUCK),             StepB(helped=1)),
    (StepA(),                  Wrote(Intent.LATER),             When()),
    (StepA(),                  Wrote(Intent.DONE),              StepB()),
    (ConnectBank(),            Wrote(Intent.DONE),              FirstChecking()),
    # words without a button
    (Quiet(),                  Wrote(Intent.DONE),              Checking()),
    (Offered(),                Wrote(Intent.DONE),              Checking()),
    (Snoozed(),                Wrote(Intent.DONE),              Checking()),
    (Alerted(),                Wrote(Intent.DONE),              Checking()),
    (Looking(),                Wrote(Intent.DONE),              Checking()),
    (BankDown(resume=StepA()), Wrote(Intent.DONE),              Checking()),
    (BankDown(resume=FirstChecking()), Wrote(Intent.DONE),      FirstChecking()),
    (StepB(),                  Wrote(Intent.LATER),             When()),
    (PASSWORD,                 Wrote(Intent.LATER),             When()),
    (Snoozed(moment="next-week"), Wrote(Intent.LATER),          When()),
    (When(),                   Wrote(Intent.LATER),             When()),
    (OpenAccounting(),         Wrote(Intent.LATER),             When(resume=OpenAccounting())),
    (Offered(),                Wrote(Intent.PASSWORD_CHANGED),  PASSWORD),
    (Quiet(),                  Wrote(Intent.PASSWORD_CHANGED),  PASSWORD),
    (Welcome(),                Wrote(Intent.PASSWORD_CHANGED),  Welcome(puzzled=1)),
    (StepB(),                  Wrote(Intent.HUMAN),             WithStaff("human", resume=StepB())),
    (StepB(),                  Wrote(Intent.BANK_PROBLEM),      WithStaff("bank-problem", resume=StepB())),
    (Offered(),                Wrote(Intent.STUCK),             WithStaff("stuck", resume=Offered())),
    # not understood: once with the buttons, then a person
    (StepB(),                  Wrote(Intent.OTHER),             StepB(puzzled=1)),
    (StepB(puzzled=1),         Wrote(Intent.OTHER),             WithStaff("question", resume=StepB(puzzled=1))),
    (Alerted(),                Wrote(Intent.OTHER),             WithStaff("question", resume=Alerted())),
    # help: that of the step, then the same in another way, then a person
    (StepB(),                  Chose("stuck"),                  StepB(helped=1)),
    (StepB(helped=1),          Chose("stuck"),                  StepB(helped=2)),
    (StepB(helped=2),          Chose("stuck"),                  WithStaff("stuck", resume=StepB())),
    # silence: a friendly word, then the ladder, or in a first synchronisation a person
    (StepB(),                  Overdue(3),                      StepB(nudged=1)),
    (StepB(nudged=1),          Overdue(3),                      Looking(asked=2)),
    (StepB(nudged=1),          Overdue(-6),                     WithStaff("silent", resume=StepB())),
    (PASSWORD,                 Overdue(3),                      NewPassword(resume=Checking(refused=1), nudged=1)),
    (Welcome(),                Overdue(),                       Welcome(nudged=1)),
    (Welcome(nudged=1),        Overdue(),                       Welcome(nudged=2)),
    (Welcome(nudged=2),        Overdue(),                       Welcome(nudged=3)),
    (Welcome(nudged=3),        Overdue(),                       WithStaff("silent", resume=Welcome())),
    (Agree(resume=FirstChecking(), nudged=3), Overdue(),        WithStaff("silent", resume=Agree(resume=FirstChecking()))),
    # files
    (StepB(),                  SentFile("photo", "f1"),         WithStaff("file", resume=StepB())),
    (Quiet(),                  SentFile("document", "f1"),      WithStaff("file", resume=Quiet())),
    # as many secure pages as are good for him
    (PASSWORD,                 TooManyPages(),                  WithStaff("too-many-pages", resume=PASSWORD)),
    # staff want the client reminded now
    (Quiet(),                  StaffDid(Act.NUDGED, "Anne"),    Offered()),
    (Snoozed(),                StaffDid(Act.NUDGED, "Anne"),    Offered()),
    (Snoozed(resume=Welcome()), StaffDid(Act.NUDGED, "Anne"),   Welcome()),
    # staff want him on the secure page now: where he is, or by the detour that has it
    (Quiet(),                  StaffDid(Act.SENT_PAGE, ""),     Agree(resume=Checking())),
    (StepB(),                  StaffDid(Act.SENT_PAGE, ""),     Agree(resume=Checking())),
    (Quiet(),                  StaffDid(Act.ASKED_PASSWORD, ""), NewPassword(resume=Checking(refused=1))),
    (PASSWORD,                 StaffDid(Act.ASKED_PASSWORD, ""), PASSWORD),
    (PASSWORD,                 StaffDid(Act.SENT_PAGE, ""),     Agree(resume=Checking())),
]

RESTS: list[tuple[State, Event, tuple[Effect, ...]]] = [
    (Offered(),    Chose("why"),                          (answer("why-renew", Offered()),)),
    (StepB(),      Wrote(Intent.WHY),                     (answer("why-renew", StepB()),)),
    (StepB(),      Wrote(Intent.SECURITY_DOUBT),          (answer("is-it-safe", StepB()), TellStaff("security-doubt"))),
    (StepB(),      Wrote(Intent.THANKS),                  (answer("you-are-welcome", StepB()),)),
    (Quiet(),      Wrote(Intent.GREETING),                (answer("hello", Quiet()),)),
    (Quiet(),      Wrote(Intent.HELP),                    (answer("help", Quiet()),)),
    (Quiet(),      Wrote(Intent.BANKS),                   (answer("banks", Quiet()),)),
    (PASSWORD,     Wrote(Intent.SECRET),                  (answer("secret-removed", PASSWORD), TellStaff("secret-removed"))),
    (StepB(),      Wrote(Intent.SECRET),                  (Say("secret-removed", labels="secret-removed", link="open", new_secret=True), TellStaff("secret-removed"))),
    (Offered(),    Wrote(Intent.SECRET),                  (answer("secret-removed", Offered()), TellStaff("secret-removed"))),
    (Checking(),   Wrote(Intent.DONE),                    (Say("renewal-checking", part="nudge", nudge=True),)),
    (StepB(),      SentFile("voice"),                     (answer("voice-not-heard", StepB()),)),
    (StepB(),      SentFile("spoken", "f1", message=7),   (Transcribe("f1", 7),)),
    (StepB(),      SentFile("sticker"),                   (answer("cannot-read", StepB()),)),
    (Quiet(),      ChoseOld(),                            (Say("nothing-to-do"),)),
    (Checking(),   ChoseOld(),                            (Say("renewal-checking"),)),
    (StepB(),      Chose("there"),                        (Say("renewal-step-b", choices=StepB.choices, picture="step-b"),)),
    (Quiet(),      Linked(),                              (Say("linked-again"),)),
    (Checking(),   Linked(),                              (Say("linked-again"), Say("renewal-checking"))),
    (Quiet(),      Hinted(),                              (ReadBank(),)),
    (StepB(),      LinkFilled(),                          (ReadBank(),)),
    (PASSWORD,     LinkRefused(),                         (Say("link-refused"), TellStaff("link-refused"))),
    (InLine(),     StaffDid(Act.NUDGED, "Anne"),          (TellStaff("cannot-nudge"),)),
    (Welcome(),    StaffDid(Act.SENT_PAGE, ""),           (TellStaff("cannot-nudge"),)),
    (PASSWORD,     StaffDid(Act.CLOSED_PAGE, "Anne"),     (Say("page-closed-by-staff", choices=("done", "stuck"), labels="new-password", who="Anne"),)),
    (Checking(),   StaffDid(Act.NUDGED, "Anne"),          (Say("renewal-checking"),)),
    (StepB(),      BankSaid(Bank.DOWN),                   ()),
    (StepB(),      NoPage(),                              ()),
    (StepB(),      TooManyPages(),                        ()),
]
# fmt: on


def test_who_says_so_just_after_we_did_reads_it_once_more_and_staff_do_not() -> None:
    took = step(Renewed(), Wrote(Intent.DONE, "c’est fait"))
    assert (took.state, took.moved) == (Renewed(), False)
    assert [type(effect) for effect in took.effects] == [Say, ReadBank]
    assert isinstance(took.effects[0], Say)
    assert took.effects[0].text == "renewal-done"


@pytest.mark.parametrize(("state", "event", "after"), MOVES)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


@pytest.mark.parametrize(("state", "event", "effects"), RESTS)
def test_what_is_answered_without_leaving(state: State, event: Event, effects: tuple[Effect, ...]) -> None:
    assert step(state, event) == Step(state, effects, moved=False)


def test_typed_words_do_exactly_what_the_button_does() -> None:
    assert step(StepB(), Wrote(Intent.DONE, "c'est bon")) == step(StepB(), Chose("done"))


def test_the_help_is_that_of_the_very_step() -> None:
    assert step(StepB(), Chose("stuck")).effects == (
        Say("renewal-step-b", part="help", choices=StepB.choices, picture="step-b"),
    )


def test_the_second_help_is_another_one_with_the_picture_of_the_step() -> None:
    assert step(StepB(helped=1), Chose("stuck")).effects == (
        Say("help-in-one-up", choices=StepB.choices, labels="renewal-step-b", picture="step-b"),
    )
    again = step(ApproveInApp(resume=Checking(), helped=1), Chose("stuck")).effects
    assert [effect.text for effect in again if isinstance(effect, Say)] == ["help-once-more"]


def test_who_reports_a_trouble_of_his_bank_reads_what_is_known_of_it() -> None:
    assert step(StepB(), Wrote(Intent.BANK_PROBLEM, "le site plante")).effects == (
        Say("bank-as-known"), Say("with-staff"), OpenCase("bank-problem"), RevokeLinks(), RelayToStaff("le site plante"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "after", "says", "told"),
    [
        (StepB(), WithStaff("erase", resume=StepB()), ["erasure-noted"], False),
        (Quiet(), WithStaff("erase", resume=Quiet()), ["erasure-noted"], False),
        (WithStaff("stuck"), WithStaff("stuck"), [], True),
        (OptedOut(), OptedOut(), ["erasure-noted"], True),
        (Closed(resume=Quiet()), Closed(resume=Quiet()), ["erasure-noted"], True),
    ],
)
def test_who_wants_his_data_erased_has_a_person_on_it(
    state: State, after: State, says: list[str], told: bool
) -> None:
    took = step(state, Wrote(Intent.ERASE, "supprimez mes données"))
    assert took.state == after
    assert [effect.text for effect in took.effects if isinstance(effect, Say)] == says
    assert (OpenCase("erase") in took.effects) is not told
    assert (TellStaff("erasure-asked") in took.effects) is told
    assert RelayToStaff(text="supprimez mes données") in took.effects


def test_the_friendly_word_is_that_of_the_very_step_and_needs_no_picture() -> None:
    assert step(StepB(), Overdue(3)).effects == (
        Say("renewal-step-b", part="nudge", choices=StepB.choices, nudge=True),
    )


def test_after_the_friendly_word_nothing_is_said_until_the_next_rung() -> None:
    waiting = step(StepB(), Overdue(3)).state
    assert waiting.wait() == NextRung(without_a_day=True)
    assert step(waiting, Overdue(3)).effects == (ReadBank(),)


def test_who_is_not_understood_sees_the_buttons_again() -> None:
    assert step(StepB(), Wrote(Intent.OTHER, "bla")).effects == (answer("not-understood", StepB()),)


def test_his_own_words_reach_the_person_who_takes_over() -> None:
    assert step(StepB(puzzled=1), Wrote(Intent.OTHER, "bla")).effects == (
        Say("with-staff"), OpenCase("question"), RevokeLinks(), RelayToStaff(text="bla"),
    )  # fmt: skip


def test_a_photo_reaches_a_person_with_its_caption() -> None:
    assert step(StepB(), SentFile("photo", "f1", "je vois ça")).effects == (
        Say("file-passed-on"), Say("with-staff"), OpenCase("file"), RevokeLinks(), RelayToStaff("je vois ça", "photo", "f1"),
    )  # fmt: skip


def test_an_answer_by_the_way_keeps_the_link_at_hand() -> None:
    (said,) = step(PASSWORD, Wrote(Intent.WHY)).effects
    assert isinstance(said, Say)
    assert (said.link, said.new_secret, said.labels) == ("open", True, "new-password")


def test_an_old_button_after_the_receipt_shows_the_receipt_again() -> None:
    assert step(Renewed(), ChoseOld()) == Step(Renewed(), (Say("renewal-done"),), moved=False)


def test_a_client_who_asks_a_question_on_the_way_still_renews() -> None:
    state: State = ApproveInApp(resume=Checking())
    for event in (Wrote(Intent.OTHER, "?"), Wrote(Intent.WHY), Wrote(Intent.DONE), BankSaid(Bank.RENEWED)):
        state = step(state, event).state
    assert state == Renewed()
