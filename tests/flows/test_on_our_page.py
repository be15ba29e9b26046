"""On our own page: what follows, row by row, and that each refusal counts once, whatever happens to the program."""

import pytest

from flows.at_the_bank import TypeCode
from flows.effects import ReadBank, Say
from flows.escalation import WithStaff
from flows.events import Bank, BankSaid, Chose, Event, LinkFilled, OnPage, Overdue, Typed
from flows.first_sync import FirstChecking
from flows.on_our_page import Submitted
from flows.password_change import TRIES, NewPassword
from flows.renewal import Checking, Renewed
from flows.state import State
from flows.step import step

SENT, REFUSED, NOT_TAKEN = OnPage(Typed.SENT), OnPage(Typed.REFUSED), OnPage(Typed.NOT_TAKEN)
AFTER = Checking(refused=1)

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (NewPassword(resume=AFTER),              SENT,                           Submitted(resume=AFTER)),
    (TypeCode(resume=AFTER),                 SENT,                           Submitted(resume=AFTER)),
    (Submitted(resume=AFTER),                SENT,                           Submitted(resume=AFTER)),
    (Submitted(resume=AFTER),                REFUSED,                        NewPassword(resume=Checking(refused=2), refused=1)),
    (Submitted(resume=Checking(refused=2)),  REFUSED,                        WithStaff("password-refused", resume=Checking())),
    (Submitted(resume=FirstChecking(refused=2)),  REFUSED,                   WithStaff("password-refused", resume=FirstChecking())),
    (Submitted(resume=Checking(refused=2)),  NOT_TAKEN,                      NewPassword(resume=Checking(refused=2), refused=1)),
    (Submitted(resume=AFTER),                LinkFilled(),                   AFTER),
    (Submitted(resume=AFTER),                Overdue(),                      AFTER),
    (Submitted(resume=AFTER),                Chose("done"),                  AFTER),
    (Submitted(resume=AFTER),                BankSaid(Bank.RENEWED),         Renewed()),
    (Submitted(resume=AFTER),                BankSaid(Bank.WRONG_PASSWORD),  Submitted(resume=AFTER)),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


def test_nothing_is_said_in_the_chat_while_he_reads_the_answer_on_the_page() -> None:
    state: State = NewPassword(resume=AFTER)
    for event in (SENT, REFUSED, SENT):
        took = step(state, event)
        assert not any(isinstance(effect, Say) for effect in took.effects)
        state = took.state


def test_whatever_was_lost_is_settled_by_reading_the_bank() -> None:
    for event in (Overdue(), LinkFilled(), Chose("done")):
        assert ReadBank() in step(Submitted(resume=AFTER), event).effects


@pytest.mark.parametrize("lost", [False, True])
def test_no_access_is_locked_whether_the_answers_arrive_or_are_lost(lost: bool) -> None:
    """Lost: the program dies while the bank answers, and the reading afterwards is the refusal."""
    state, wrong = step(Checking(), BankSaid(Bank.WRONG_PASSWORD)).state, 1
    while not isinstance(state, WithStaff):
        state, wrong = step(state, SENT).state, wrong + 1
        for event in (Overdue(), BankSaid(Bank.WRONG_PASSWORD)) if lost else (REFUSED,):
            state = step(state, event).state
    assert wrong == TRIES


def test_a_refusal_that_arrives_elsewhere_is_read_before_it_is_counted() -> None:
    took = step(AFTER, REFUSED)
    assert (took.state, took.effects) == (AFTER, (ReadBank(),))
