"""At the bank: what follows, row by row."""

import pytest

from flows.at_the_bank import (
    DETOURS,
    HOURS_DOWN,
    SLOW,
    WAITS,
    ActAtBank,
    Agree,
    AgreeInOneUp,
    ApproveInApp,
    BankDown,
    BankIsBack,
    BankReturned,
    OtherAccounts,
    TypeCode,
)
from flows.effects import OpenCase, ReadBank, Say, TellStaff
from flows.escalation import WithStaff
from flows.events import Act, Bank, BankSaid, Chose, Event, Hinted, LinkFilled, NoPage, Overdue, StaffDid
from flows.first_sync import FirstChecking
from flows.password_change import NewPassword, PasswordInOneUp
from flows.renewal import Checking, Looking, Ready, Renewed, StepA, StepB
from flows.state import Asking, State
from flows.step import step

LAST = len(WAITS) - 1

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (Checking(refused=1, tries=4),       BankSaid(Bank.WANTS_APPROVAL),   ApproveInApp(resume=Checking(refused=1, detours=1))),
    (Checking(refused=1),                BankSaid(Bank.WANTS_CODE),       TypeCode(resume=Checking(refused=1, detours=1))),
    (Checking(refused=1),                BankSaid(Bank.WANTS_CONSENT),    Agree(resume=Checking(refused=1, detours=1))),
    (Checking(refused=1),                BankSaid(Bank.WANTS_ACTION),     ActAtBank(resume=Checking(refused=1, detours=1))),
    (Checking(refused=1),                BankSaid(Bank.DOWN),             BankDown(resume=Checking(refused=1))),
    (Checking(refused=1),                BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking(refused=1, strayed=1))),
    (Checking(strayed=1),                BankSaid(Bank.OTHER_ACCOUNTS),   WithStaff("other-accounts", resume=OtherAccounts(resume=Checking()))),
    (Checking(strayed=1),                BankSaid(Bank.WANTS_CONSENT),    Agree(resume=Checking(strayed=1, detours=1))),
    (Checking(detours=2),                BankSaid(Bank.WANTS_CODE),       TypeCode(resume=Checking(detours=3))),
    (Checking(detours=DETOURS),          BankSaid(Bank.WANTS_CONSENT),    WithStaff("bank-insists", resume=Agree(resume=Checking()))),
    (FirstChecking(detours=DETOURS),     BankSaid(Bank.WANTS_ACTION),     WithStaff("bank-insists", resume=ActAtBank(resume=FirstChecking()))),
    (Checking(detours=DETOURS),          BankSaid(Bank.WRONG_PASSWORD),   NewPassword(resume=Checking(refused=1, detours=DETOURS))),
    (FirstChecking(),                    BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=FirstChecking(strayed=1))),
    (Looking(asked=2),                   BankSaid(Bank.OTHER_ACCOUNTS),   Ready(to=OtherAccounts(resume=Checking(strayed=1), nudged=2))),
    (StepA(),                            BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking(strayed=1))),
    (StepB(),                            BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking(strayed=1))),
    (Agree(resume=Checking()),           BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking())),
    (AgreeInOneUp(resume=Checking()),    BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking())),
    (ApproveInApp(resume=Checking()),    BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking())),
    (TypeCode(resume=Checking()),        BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking())),
    (ActAtBank(resume=Checking()),       BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking())),
    (NewPassword(resume=Checking(refused=1)),     BankSaid(Bank.OTHER_ACCOUNTS),  OtherAccounts(resume=Checking(refused=1))),
    (PasswordInOneUp(resume=Checking(refused=1)), BankSaid(Bank.OTHER_ACCOUNTS),  OtherAccounts(resume=Checking(refused=1))),
    (OtherAccounts(resume=Checking()),   BankSaid(Bank.OTHER_ACCOUNTS),   OtherAccounts(resume=Checking())),
    (OtherAccounts(resume=Checking()),   BankSaid(Bank.RENEWED),          Renewed()),
    (OtherAccounts(resume=Checking(strayed=1)), LinkFilled(),             Checking(strayed=1)),
    (OtherAccounts(resume=Checking(strayed=1)), Chose("done"),            Checking(strayed=1)),
    (OtherAccounts(resume=Checking(strayed=1)), NoPage(),                 AgreeInOneUp(resume=Checking(strayed=1))),
    (OtherAccounts(resume=Checking(strayed=1)), Chose("mine"),            WithStaff("other-accounts", resume=Checking(strayed=1))),
    (WithStaff("other-accounts", resume=Checking()), StaffDid(Act.CONFIRMED, "Julie"),  Renewed()),
    (Checking(),                         BankSaid(Bank.UNSUPPORTED),      WithStaff("bank-unsupported", resume=Checking())),
    (Checking(),                         BankSaid(Bank.GONE),             WithStaff("bank-gone", resume=Checking())),
    (Checking(),                         BankSaid(Bank.UNKNOWN),          WithStaff("bank-unknown", resume=Checking())),
    (Checking(tries=3),                  BankSaid(Bank.PROCESSING),       Checking(tries=3)),
    (Checking(tries=3),                  BankSaid(Bank.NOT_YET),          Checking(tries=3)),
    (Checking(tries=3),                  Overdue(),                       Checking(tries=4)),
    (Checking(tries=LAST, refused=1),    Overdue(),                       WithStaff("no-proof", resume=Checking())),
    (FirstChecking(tries=LAST),          Overdue(),                       WithStaff("no-proof", resume=FirstChecking())),
    (TypeCode(resume=Checking()),        LinkFilled(),                    Checking()),
    (Agree(resume=Checking()),           LinkFilled(),                    Checking()),
    (Agree(resume=Checking()),           NoPage(),                        AgreeInOneUp(resume=Checking())),
    (TypeCode(resume=Checking()),        NoPage(),                        AgreeInOneUp(resume=Checking())),
    (Agree(resume=Checking()),           Chose("password-changed"),       NewPassword(resume=Checking())),
    (AgreeInOneUp(resume=Checking()),    Chose("password-changed"),       NewPassword(resume=Checking())),
    (ApproveInApp(resume=Checking()),    Chose("done"),                   Checking()),
    (TypeCode(resume=Checking()),        Chose("done"),                   Checking()),
    (Agree(resume=Checking()),           Chose("done"),                   Checking()),
    (AgreeInOneUp(resume=Checking()),    Chose("done"),                   Checking()),
    (ActAtBank(resume=Checking()),       Chose("done"),                   Checking()),
    (BankDown(resume=Checking()),        Overdue(),                       BankDown(resume=Checking(), hours=1)),
    (BankDown(resume=Checking(), hours=HOURS_DOWN - 1), Overdue(),        WithStaff("bank-down", resume=Checking())),
    (BankDown(resume=Checking()),        BankSaid(Bank.DOWN),             BankDown(resume=Checking())),
    (BankDown(resume=Checking()),        BankSaid(Bank.PROCESSING),       BankDown(resume=Checking())),
    (BankDown(resume=Checking()),        BankSaid(Bank.WANTS_CONSENT),    BankReturned(resume=Checking())),
    (BankDown(resume=Checking()),        BankSaid(Bank.EXPIRING),         BankReturned(resume=Checking())),
    (BankDown(resume=Checking()),        BankSaid(Bank.UNSUPPORTED),      WithStaff("bank-unsupported", resume=Checking())),
    (BankDown(resume=Checking()),        BankSaid(Bank.GONE),             WithStaff("bank-gone", resume=Checking())),
    (BankDown(resume=Checking()),        BankSaid(Bank.RENEWED),          Renewed()),
    (BankReturned(resume=Checking()),    Overdue(),                       BankIsBack(resume=Checking())),
    (BankReturned(resume=Checking()),    BankSaid(Bank.DOWN),             BankDown(resume=Checking())),
    (BankIsBack(resume=Checking()),      Overdue(),                       WithStaff("silent", resume=Checking())),
    (BankIsBack(resume=Checking()),      Chose("start"),                  StepA()),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


def test_a_bank_that_is_down_asks_nothing_of_the_client() -> None:
    assert step(Checking(), BankSaid(Bank.DOWN)).effects == (Say("bank-down"),)
    assert step(BankDown(resume=Checking()), Overdue()).effects == (ReadBank(),)


def test_a_bank_that_comes_back_at_night_wakes_nobody() -> None:
    assert step(BankDown(resume=Checking()), BankSaid(Bank.EXPIRING)).effects == ()


def test_a_bank_that_is_back_is_no_nudge_for_it_was_promised() -> None:
    assert step(BankReturned(resume=Checking()), Overdue()).effects == (
        Say("bank-is-back", choices=("start", "later", "stuck")),
    )


def test_a_slow_bank_is_told_once_and_read_a_day_long() -> None:
    state: State = Checking()
    said: list[Say] = []
    readings = 0
    while isinstance(state, Asking):
        taken = step(state, Overdue())
        readings += ReadBank() in taken.effects
        said += [effect for effect in taken.effects if isinstance(effect, Say)]
        state = taken.state
    assert [each.text for each in said] == ["bank-is-slow", "with-staff"]
    assert readings == LAST


def test_the_word_of_a_slow_bank_comes_after_the_eager_readings() -> None:
    assert Say("bank-is-slow") in step(Checking(tries=SLOW - 1), Overdue()).effects


def test_a_code_is_typed_on_the_page_and_no_new_password_is_asked_for() -> None:
    assert step(Checking(), BankSaid(Bank.WANTS_CODE)).effects == (
        Say("type-code", choices=("done", "stuck"), link="open"),
    )


def test_an_agreement_without_a_page_is_given_in_one_up() -> None:
    assert step(Agree(resume=Checking()), NoPage()).effects == (
        Say("agree-in-one-up", choices=("done", "password-changed", "stuck"), picture="step-b"),
    )


def test_what_the_bank_writes_off_opens_a_case_under_its_own_name() -> None:
    assert OpenCase("bank-unsupported") in step(BankDown(resume=StepA()), BankSaid(Bank.UNSUPPORTED)).effects


def test_a_hint_makes_us_read_and_believe_nothing() -> None:
    taken = step(ApproveInApp(resume=Checking()), Hinted())
    assert taken.effects == (ReadBank(),)
    assert not taken.moved


def test_a_client_who_approved_still_renews() -> None:
    state: State = Checking()
    for event in (BankSaid(Bank.WANTS_APPROVAL), Chose("done"), BankSaid(Bank.PROCESSING), BankSaid(Bank.RENEWED)):
        state = step(state, event).state
    assert state == Renewed()


def test_another_login_is_refused_with_a_page_to_try_again_and_staff_know_whose_accounts_they_are() -> None:
    refused = step(Checking(), BankSaid(Bank.OTHER_ACCOUNTS)).effects
    assert [(each.text, each.link, each.choices) for each in refused if isinstance(each, Say)] == [
        ("other-accounts", "open", ("done", "mine", "stuck"))
    ]
    assert refused[-1] == TellStaff("other-accounts")
