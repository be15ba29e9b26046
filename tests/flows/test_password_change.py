"""The password change: what follows, row by row, and how often a password may be wrong."""

import pytest

from flows.effects import ReadBank, Say
from flows.escalation import WithStaff
from flows.events import Bank, BankSaid, Chose, Event, LinkFilled, NoPage
from flows.first_sync import FirstChecking
from flows.password_change import TRIES, NewPassword, PasswordExpired, PasswordInOneUp
from flows.renewal import Checking, Renewed, StepB
from flows.state import Asking, State
from flows.step import step

AFTER = Checking(refused=1)

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (NewPassword(resume=AFTER),                NoPage(),                          PasswordInOneUp(resume=AFTER)),
    (NewPassword(resume=AFTER),                LinkFilled(),                      AFTER),
    (NewPassword(resume=AFTER),                Chose("done"),                     AFTER),
    (NewPassword(resume=AFTER),                BankSaid(Bank.RENEWED),            Renewed()),
    (PasswordInOneUp(resume=AFTER),            Chose("done"),                     AFTER),
    (PasswordExpired(resume=AFTER),            Chose("done"),                     NewPassword(resume=AFTER)),
    (Checking(),                               BankSaid(Bank.WRONG_PASSWORD),     NewPassword(resume=Checking(refused=1))),
    (Checking(refused=1),                      BankSaid(Bank.WRONG_PASSWORD),     NewPassword(resume=Checking(refused=2), refused=1)),
    (Checking(refused=2),                      BankSaid(Bank.WRONG_PASSWORD),     WithStaff("password-refused", resume=Checking())),
    (FirstChecking(refused=2),                 BankSaid(Bank.WRONG_PASSWORD),     WithStaff("password-refused", resume=FirstChecking())),
    (Checking(),                               BankSaid(Bank.PASSWORD_EXPIRED),   PasswordExpired(resume=Checking(detours=1))),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


def test_the_new_password_is_typed_on_the_page_and_never_in_the_chat() -> None:
    asked = step(StepB(), Chose("password-changed")).effects
    assert asked == (
        Say("new-password", choices=("done", "stuck"), picture="secure-page", link="open", new_secret=True),
    )


def test_a_refused_password_is_told_as_such() -> None:
    assert isinstance(said := step(Checking(refused=1), BankSaid(Bank.WRONG_PASSWORD)).effects[0], Say)
    assert said.text == "new-password-refused"
    assert said.new_secret


def test_without_a_page_one_up_asks_for_it_and_no_link_is_sent() -> None:
    assert step(NewPassword(resume=AFTER), NoPage()).effects == (
        Say("password-in-one-up", choices=("done", "stuck"), picture="password-window"),
    )


def test_coming_back_from_the_page_proves_nothing_and_the_bank_is_asked() -> None:
    assert ReadBank() in step(NewPassword(resume=AFTER), LinkFilled()).effects


def test_no_access_is_locked_by_too_many_wrong_passwords() -> None:
    state: State = Checking()
    wrong = 0
    while not isinstance(state, WithStaff):
        if isinstance(state, Asking):
            wrong += 1
            state = step(state, BankSaid(Bank.WRONG_PASSWORD)).state
        else:
            state = step(state, LinkFilled()).state
    assert wrong == TRIES


def test_a_client_whose_second_password_is_right_still_renews() -> None:
    state: State = StepB()
    for event in (
        Chose("password-changed"), LinkFilled(), BankSaid(Bank.WRONG_PASSWORD), LinkFilled(), BankSaid(Bank.RENEWED),
    ):  # fmt: skip
        state = step(state, event).state
    assert state == Renewed()
