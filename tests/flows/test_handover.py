"""The right person: what follows where it is not him, or where he is silent and not the only one."""

import pytest

from flows.effects import Effect, HandOver, OpenCase, ReadBank, Say
from flows.escalation import WithStaff
from flows.events import Act, Bank, BankSaid, Chose, Event, Intent, Overdue, StaffDid, Wrote
from flows.first_sync import Introduced, OpenAccounting, Welcome
from flows.handover import HandedOn
from flows.password_change import NewPassword
from flows.renewal import Checking, Looking, Offered, OfferedInstead, Ready, StepA
from flows.state import Quiet, State
from flows.step import Step, step

NOT_ME = Chose("not-me", others=1)
NEWCOMER = HandedOn(resume=Looking(newcomer=True))

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (Offered(nudged=3),                 NOT_ME,                                NEWCOMER),
    (Offered(),                         Chose("not-me"),                       WithStaff("not-me", resume=Offered())),
    (Welcome(),                         NOT_ME,                                HandedOn(resume=Welcome())),
    (Introduced(),                      NOT_ME,                                HandedOn(resume=Introduced())),
    (OpenAccounting(),                  Wrote(Intent.NOT_ME, others=2),        HandedOn(resume=Welcome())),
    (StepA(),                           Wrote(Intent.NOT_ME, others=2),        NEWCOMER),
    (NEWCOMER,                          Wrote(Intent.NOT_ME, others=1),        NEWCOMER),
    (NEWCOMER,                          Overdue(3),                            Looking(newcomer=True)),
    (NEWCOMER,                          StaffDid(Act.NUDGED, "Anne"),          Looking(newcomer=True)),
    (Looking(newcomer=True),            BankSaid(Bank.EXPIRING),               Ready(to=OfferedInstead())),
    (Looking(newcomer=True),            BankSaid(Bank.WRONG_PASSWORD),         Ready(to=OfferedInstead())),
    (Looking(newcomer=True),            BankSaid(Bank.HEALTHY),                Quiet()),
    (OfferedInstead(),                  Chose("start"),                        StepA()),
    (OfferedInstead(),                  NOT_ME,                                NEWCOMER),
    (Offered(),                         Overdue(7, others=1),                  Looking(asked=1)),
    (Offered(nudged=1),                 Overdue(3, others=1),                  HandedOn(resume=Looking(asked=2, newcomer=True))),
    (Offered(nudged=1),                 Overdue(3),                            Looking(asked=2)),
    (OfferedInstead(nudged=2),          Overdue(1, others=1),                  Looking(asked=3)),
    (Offered(nudged=3),                 Overdue(1, others=1),                  HandedOn(resume=Looking(asked=4, newcomer=True))),
    (Offered(nudged=3),                 Overdue(-6, others=1),                 WithStaff("silent", resume=StepA())),
    (Offered(nudged=7),                 Overdue(others=1),                     WithStaff("silent", resume=StepA())),
    (StepA(nudged=1),                   Overdue(3, others=1),                  Looking(asked=2)),
    (NewPassword(resume=Checking(), nudged=3),  Overdue(3, others=1),          HandedOn(resume=Looking(asked=4, newcomer=True))),
    (OpenAccounting(nudged=3),          Overdue(others=1),                     WithStaff("silent", resume=OpenAccounting())),
    (Quiet(),                           Overdue(14, nobody=True),              WithStaff("not-me", resume=Quiet(), discreet=True)),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


def test_who_says_that_it_is_not_him_is_thanked_before_somebody_else_is_asked() -> None:
    assert step(Offered(), NOT_ME).effects == (Say("not-me-noted"), HandOver("not-me"))


def test_where_nobody_else_is_left_staff_hear_of_it_and_he_is_not_asked_again() -> None:
    effects = step(Offered(), Chose("not-me")).effects
    assert HandOver("not-me") in effects
    assert OpenCase("not-me") in effects


def test_who_is_silent_hears_nothing_when_somebody_else_is_asked() -> None:
    assert step(Offered(nudged=1), Overdue(3, others=1)).effects == (HandOver("silent"),)


def silent(others: int, answer: Bank) -> list[Step]:
    """Nobody of a file ever answers, and there is always somebody else: the steps until a person has it."""
    state, steps = Quiet(), list[Step]()
    while not isinstance(state, WithStaff):
        steps.append(step(state, Overdue(None, others=others)))
        if ReadBank() in steps[-1].effects:
            steps.append(step(steps[-1].state, BankSaid(answer)))
        state = steps[-1].state
        assert len(steps) < 100
    return steps


@pytest.mark.parametrize(("answer", "times"), [(Bank.EXPIRING, 3), (Bank.WRONG_PASSWORD, 2), (Bank.CANNOT_TELL, 3)])
def test_silence_reaches_a_person_however_many_contacts_there_are(answer: Bank, times: int) -> None:
    steps = silent(9, answer)
    effects: list[Effect] = [effect for each in steps for effect in each.effects]
    assert effects.count(HandOver("silent")) == times
    assert sum(isinstance(effect, Say) and effect.nudge for effect in effects) <= 9
    states = [each.state for each in steps if each.moved]
    assert len(states) == len(set(states))
