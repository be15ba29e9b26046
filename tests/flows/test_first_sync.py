"""The first synchronisation: what follows, row by row."""

import pytest

from bot.invitations import LIFETIME
from flows.at_the_bank import Agree, BankDown, BankIsBack
from flows.effects import OpenCase, ReadBank, Say, SendMail, TellStaff, UpdateCase
from flows.escalation import WithStaff
from flows.events import Act, Bank, BankSaid, Chose, Event, Intent, Linked, Overdue, StaffDid, Wrote
from flows.first_sync import (
    AnotherBank,
    ConnectBank,
    Connected,
    FirstChecking,
    InLine,
    Introduced,
    Invited,
    NotSeen,
    OpenAccounting,
    Welcome,
    is_first,
)  # fmt: skip
from flows.renewal import Checking, Renewed, Snoozed, StepB, When
from flows.state import DAY, DecentlyAfter, Quiet, State
from flows.step import step

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (Invited(),                         Linked(),                                  Welcome()),
    (Invited(reminded=2),               Linked(place=2),                           InLine(place=2)),
    (Invited(),                         Linked(synchronised=True),                 Introduced()),
    (Invited(),                         Linked(synchronised=True, place=1),        Quiet()),
    (Invited(),                         Overdue(),                                 Invited(reminded=1)),
    (Invited(reminded=1),               Overdue(),                                 Invited(reminded=2)),
    (Invited(reminded=2),               Overdue(),                                 WithStaff("never-linked", resume=Invited())),
    (WithStaff("never-linked", resume=Invited()),  Linked(),                       Welcome()),
    (WithStaff("unreachable", resume=Invited()),   Linked(place=1),                InLine(place=1)),
    (WithStaff("never-linked", resume=Invited()),  Linked(synchronised=True),      Introduced()),
    (InLine(place=1),                   Overdue(),                                 AnotherBank()),
    (Welcome(),                         Chose("start"),                            OpenAccounting()),
    (AnotherBank(),                     Chose("start"),                            OpenAccounting()),
    (NotSeen(),                         Chose("start"),                            OpenAccounting()),
    (Welcome(),                         Chose("not-me"),                           WithStaff("not-me", resume=Welcome())),
    (Introduced(),                      Chose("not-me"),                           WithStaff("not-me", resume=Introduced())),
    (OpenAccounting(),                  Chose("there"),                            ConnectBank()),
    (ConnectBank(),                     Chose("done"),                             FirstChecking()),
    (NotSeen(),                         Chose("done"),                             FirstChecking()),
    (FirstChecking(),                   BankSaid(Bank.HEALTHY),                    Connected()),
    (FirstChecking(),                   BankSaid(Bank.EXPIRING),                   Connected()),
    (FirstChecking(),                   BankSaid(Bank.RENEWED),                    Connected()),
    (FirstChecking(tries=1),            BankSaid(Bank.GONE),                       FirstChecking(tries=1)),
    (FirstChecking(tries=2),            BankSaid(Bank.GONE),                       NotSeen()),
    (FirstChecking(),                   BankSaid(Bank.WANTS_CONSENT),              Agree(resume=FirstChecking(detours=1))),
    (FirstChecking(),                   BankSaid(Bank.DOWN),                       BankDown(resume=FirstChecking())),
    (FirstChecking(),                   BankSaid(Bank.CANNOT_TELL),                WithStaff("confirm", resume=NotSeen())),
    (BankDown(resume=FirstChecking()),  BankSaid(Bank.HEALTHY),                    Connected()),
    (BankDown(resume=FirstChecking()),  BankSaid(Bank.EXPIRING),                   Connected()),
    (Agree(resume=FirstChecking()),     BankSaid(Bank.RENEWED),                    Connected()),
    (WithStaff("confirm", resume=NotSeen()),       StaffDid(Act.CONFIRMED, "Anne"),      Connected()),
    (WithStaff("confirm", resume=NotSeen()),       StaffDid(Act.NOT_CONFIRMED, "Anne"),  NotSeen()),
    (BankIsBack(resume=FirstChecking()),           Chose("start"),                       FirstChecking()),
    (BankIsBack(resume=FirstChecking()),           Chose("later"),                       When(resume=FirstChecking())),
    (When(resume=FirstChecking()),                 Chose("tomorrow"),                    Snoozed(resume=FirstChecking(), promises=1)),
    (Snoozed(resume=FirstChecking()),              Overdue(),                            FirstChecking()),
    (Welcome(),                                    Wrote(Intent.LATER),                       When(resume=Welcome())),
    (Agree(resume=FirstChecking()),                Wrote(Intent.LATER),                       When(resume=FirstChecking())),
    (Welcome(),                                    Wrote(Intent.DONE),                        FirstChecking()),
    (OpenAccounting(),                             Wrote(Intent.DONE),                        ConnectBank()),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


def test_an_invitation_that_nobody_opens_is_told_to_staff_before_it_becomes_a_case() -> None:
    assert step(Invited(), Overdue()).effects == (TellStaff("not-linked"), SendMail("mail-reminder"))
    assert OpenCase("never-linked") in step(Invited(reminded=2), Overdue()).effects


def test_nobody_is_written_to_before_he_opened_his_invitation() -> None:
    case = step(Invited(reminded=2), Overdue())
    assert not any(isinstance(effect, Say) for effect in case.effects)


def test_an_invitation_opened_at_last_is_welcomed_and_its_case_is_closed() -> None:
    late = step(WithStaff("never-linked", resume=Invited()), Linked())
    assert late.effects[0] == UpdateCase("client-back")
    assert late.effects[1] == Say("first-welcome", choices=("start", "why", "not-me"))


def test_only_the_first_bank_of_a_file_speaks() -> None:
    assert [len(step(Invited(), Linked(place=place)).effects) for place in (0, 1, 2)] == [1, 0, 0]


def test_each_further_bank_waits_one_day_more() -> None:
    assert [InLine(place=place).wait() for place in (1, 3)] == [DecentlyAfter(DAY), DecentlyAfter(3 * DAY)]


def test_another_bank_is_brought_up_unasked_and_so_at_most_once() -> None:
    assert step(InLine(), Overdue()).effects == (Say("first-another-bank", choices=("start", "why"), nudge=True),)


def test_checking_says_so_and_asks_the_bank() -> None:
    assert step(ConnectBank(), Chose("done")).effects == (Say("first-checking"), ReadBank())


def test_the_first_proof_tells_the_client_and_staff() -> None:
    assert step(FirstChecking(), BankSaid(Bank.HEALTHY)).effects == (Say("first-done"), TellStaff("connected"))


def test_staff_who_confirm_close_the_case_in_their_name() -> None:
    confirmed = step(WithStaff("confirm", resume=NotSeen()), StaffDid(Act.CONFIRMED, "Anne"))
    assert confirmed.effects == (UpdateCase("renewed", "Anne"), Say("first-done"), TellStaff("connected"))


def test_a_connection_that_does_not_show_yet_is_given_a_few_readings() -> None:
    state: State = FirstChecking()
    for _ in range(2):
        assert not step(state, BankSaid(Bank.GONE)).moved
        state = step(state, Overdue()).state
    assert step(state, BankSaid(Bank.GONE)).state == NotSeen()


@pytest.mark.parametrize("state", [Welcome(), Agree(resume=FirstChecking()), WithStaff("stuck", resume=NotSeen())])
def test_a_detour_of_a_first_synchronisation_still_belongs_to_it(state: State) -> None:
    assert is_first(state)


@pytest.mark.parametrize("state", [Quiet(), StepB(), Agree(resume=Checking()), Connected(), Renewed()])
def test_a_renewal_is_no_first_synchronisation(state: State) -> None:
    assert not is_first(state)


@pytest.mark.parametrize("begun", [Welcome(), AnotherBank(), OpenAccounting(), ConnectBank(), NotSeen()])
def test_who_has_begun_and_says_nothing_hears_three_different_words_then_a_person_calls(begun: State) -> None:
    state, days, heard = begun, 0, list[tuple[int, str]]()
    while not isinstance(state, WithStaff):
        wait = state.wait()
        assert isinstance(wait, DecentlyAfter)
        days += wait.delay.days
        taken = step(state, Overdue())
        heard += [(days, each.text + each.part) for each in taken.effects if isinstance(each, Say)]
        assert all(
            each.nudge and each.choices == begun.choices for each in taken.effects if isinstance(each, Say)
        ) or (isinstance(taken.state, WithStaff))
        state = taken.state
    assert heard == [
        (1, f"{begun.text()}nudge"), (3, "first-second-word"), (7, "first-last-word"), (10, "with-staff"),
    ]  # fmt: skip
    assert state == WithStaff("silent", resume=begun)


def test_an_invitation_that_nobody_opens_is_told_once_more_before_it_ends() -> None:
    state, days, told = Invited(), 0, list[tuple[int, str]]()
    while isinstance(wait := state.wait(), DecentlyAfter):
        days += wait.delay.days
        taken = step(state, Overdue())
        told += [(days, each.text) for each in taken.effects if isinstance(each, TellStaff)]
        told += [(days, each.cause) for each in taken.effects if isinstance(each, OpenCase)]
        state = taken.state
    assert told == [
        (3, "not-linked"), (6, "not-linked"), (9, "call-never-linked"), (9, "never-linked"),
        (10, "case-waiting"), (11, "case-waiting"), (12, "case-waiting"), (25, "invitation-ends"),
    ]  # fmt: skip
    assert days < LIFETIME.days
