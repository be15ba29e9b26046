"""A bank's general trouble: who hears of it, who does not, and where everybody goes on afterwards."""

from datetime import timedelta

import pytest

from flows.at_the_bank import ActAtBank, BankDown, BankIsBack, BankReturned
from flows.effects import OpenCase, ReadBank, Say, TellStaff, UpdateCase
from flows.escalation import WithStaff
from flows.events import Act, Bank, BankOut, BankSaid, BankWell, Chose, Event, Muted, NeverWorked, Overdue, StaffDid
from flows.first_sync import ConnectBank, Connected, FirstChecking, Invited, NotSeen, OpenAccounting, Welcome
from flows.incident import MOST_READINGS, Hushed, Outage, held_back, is_waited_for, without_words
from flows.opt_out import OptedOut
from flows.renewal import Alerted, Checking, Looking, Offered, OutOfOrder, Ready, Renewed, Snoozed, StepA, StepB, When
from flows.state import NextRung, Quiet, Soon, State
from flows.step import Step, step

LOOKING = Looking(asked=2)
ROWS: list[tuple[State, Event, State]] = [
    # It is declared: those in the middle of something hear of it at a decent hour.
    (StepA(),                                   BankOut(9),         Hushed(resume=Looking())),
    (StepB(nudged=2),                           BankOut(9),         Hushed(resume=LOOKING)),
    (ActAtBank(resume=Checking()),              BankOut(9),         Hushed(resume=Looking())),
    (ConnectBank(),                             BankOut(),          Hushed(resume=ConnectBank())),
    (NotSeen(),                                 BankOut(),          Hushed(resume=NotSeen())),
    (BankIsBack(resume=Checking()),             BankOut(9),         Hushed(resume=Looking())),
    # Who knows already that his bank is down is not told twice.
    (BankDown(resume=Checking(), hours=4),      BankOut(9),         Outage(resume=Looking())),
    (BankDown(resume=FirstChecking()),          BankOut(),          Outage(resume=FirstChecking())),
    (BankReturned(resume=Checking()),           BankOut(9),         Outage(resume=Looking())),
    # Who would be nudged if his bank answered is told; the others have nothing to do with it.
    (OutOfOrder(asked=2),                       BankOut(),          Hushed(resume=LOOKING)),
    (OutOfOrder(),                              BankOut(14),        Hushed(resume=Looking())),
    # Offers stay until their next rung, or until they are taken up.
    (Offered(nudged=2),                         Muted(False, 3),    Hushed(resume=LOOKING)),
    (Offered(nudged=2),                         Muted(True, 3),     Outage(resume=LOOKING)),
    (StepA(),                                   Muted(True, 3),     Outage(resume=Looking())),
    (OutOfOrder(hours=47),                      Muted(False, 30),   OutOfOrder()),
    (OutOfOrder(hours=47),                      Muted(False, 14),   Hushed(resume=Looking())),
    # It lasts.
    (Hushed(resume=LOOKING),                    Overdue(3),         Outage(resume=LOOKING)),
    (Outage(resume=LOOKING),                    Overdue(3),         Outage(resume=LOOKING, readings=1)),
    (Outage(resume=LOOKING, readings=MOST_READINGS - 1), Overdue(3),  WithStaff("bank-down", resume=LOOKING)),
    (Outage(resume=LOOKING),                    BankSaid(Bank.RENEWED),  Renewed()),
    (Outage(resume=FirstChecking()),            BankSaid(Bank.RENEWED),  Connected()),
    # It is over: who heard of it hears that it is, and the ladder goes on where it was.
    (Outage(resume=LOOKING),                    BankWell(),         BankReturned(resume=LOOKING, climbs=True)),
    (BankReturned(resume=LOOKING, climbs=True), Overdue(3),         BankIsBack(resume=LOOKING, climbs=True)),
    (BankIsBack(resume=LOOKING, climbs=True),   Overdue(3),         Looking(asked=3)),
    (BankIsBack(resume=LOOKING, climbs=True),   Overdue(-6),        WithStaff("silent", resume=LOOKING)),
    (BankIsBack(resume=LOOKING, climbs=True),   Chose("start"),     StepA()),
    (BankIsBack(resume=FirstChecking(), climbs=True), Chose("start"),  FirstChecking()),
    (BankIsBack(resume=FirstChecking(), climbs=True), Overdue(),    WithStaff("silent", resume=FirstChecking())),
    (Hushed(resume=LOOKING),                    BankWell(),         Alerted(asked=2)),
    (Hushed(resume=ConnectBank()),              BankWell(),         ConnectBank()),
    (WithStaff("human", resume=Outage(resume=LOOKING)), BankWell(),  WithStaff("human", resume=LOOKING)),
    # One thread for the incident, and not a case for each client.
    (WithStaff("bank-down", resume=Checking()), BankOut(9),         Outage(resume=Looking())),
    (WithStaff("bank-down", resume=LOOKING, discreet=True), BankOut(),  OutOfOrder(asked=2)),
    # A bank that has never worked for anybody.
    (FirstChecking(),                           NeverWorked(),      WithStaff("never-worked", resume=ConnectBank())),
]  # fmt: skip


@pytest.mark.parametrize(("state", "event", "after"), ROWS, ids=str)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


@pytest.mark.parametrize(
    "state",
    [
        Quiet(), Renewed(), Invited(), Welcome(), Offered(), When(), Snoozed(), Looking(), Checking(), OptedOut(),
        OutOfOrder(), WithStaff("human", resume=StepB()), WithStaff("bank-down", resume=Checking(), taken_by="Anne"),
    ],
    ids=str,
)  # fmt: skip
def test_whom_it_does_not_touch_it_leaves_in_peace(state: State) -> None:
    assert step(state, BankOut(30)) == Step(state, (), moved=False)
    assert step(state, BankWell()) == Step(state, (), moved=False)


def test_he_is_told_once_and_asked_for_nothing() -> None:
    told = step(Hushed(resume=LOOKING), Overdue(3))
    assert told.effects == (Say("bank-outage"),)
    said = [step(told.state, event).effects for event in (BankOut(3), Overdue(3), BankSaid(Bank.DOWN))]
    assert said == [(), (ReadBank(),), ()]


def test_never_at_night_and_at_once_where_he_waits_for_an_answer() -> None:
    assert Hushed(resume=LOOKING).wait() == Soon(timedelta(0))
    assert step(Offered(), Muted(waited_for=True)).effects == (Say("bank-outage"),)
    assert is_waited_for(Offered(), Chose("start"))
    assert is_waited_for(Checking(tries=1), BankSaid(Bank.DOWN))
    assert not is_waited_for(Checking(tries=9), BankSaid(Bank.DOWN))
    assert not is_waited_for(Offered(), Overdue(3))


def test_afterwards_the_next_rung_is_waited_for() -> None:
    assert BankIsBack(resume=LOOKING, climbs=True).wait() == NextRung(without_a_day=True)


def test_a_case_that_the_incident_makes_needless_is_closed() -> None:
    assert UpdateCase("incident") in step(WithStaff("bank-down", resume=Checking()), BankOut()).effects
    assert UpdateCase("incident") in step(WithStaff("bank-down", resume=LOOKING, discreet=True), BankOut()).effects


@pytest.mark.parametrize(
    ("state", "event", "held"),
    [
        (Ready(to=Offered(nudged=2)), Overdue(), Offered(nudged=2)),
        (Offered(), Chose("start"), StepA()),
        (Checking(), BankSaid(Bank.DOWN), BankDown(resume=Checking())),
        (StepA(), Overdue(3), StepA(nudged=1)),
        (OutOfOrder(), Overdue(30), OutOfOrder()),
        (Quiet(), StaffDid(Act.NUDGED, "Anne"), Quiet()),
        (Checking(), BankSaid(Bank.RENEWED), None),
        (Quiet(), Overdue(14), None),
        (StepA(), Chose("later"), None),
        (WithStaff("human", resume=StepB()), StaffDid(Act.HANDED_BACK, "Anne"), None),
        (BankReturned(resume=Checking()), Overdue(3), BankIsBack(resume=Checking())),
    ],
    ids=str,
)
def test_what_is_held_back(state: State, event: Event, held: State | None) -> None:
    took = step(state, event)
    assert held_back(state, event, took.state, took.effects) == held


def test_what_a_muted_step_does_all_the_same() -> None:
    effects = (Say("hello"), TellStaff("other-accounts"), ReadBank(), OpenCase("bank-down"), UpdateCase("bank-back"))
    assert without_words(effects) == (TellStaff("other-accounts"), UpdateCase("bank-back"))


def test_staff_who_want_to_nudge_hear_why_not() -> None:
    assert step(Outage(resume=LOOKING), StaffDid(Act.NUDGED, "Anne")).effects == (TellStaff("bank-muted"),)


def test_a_bank_that_never_worked_is_said_so_and_a_person_takes_over() -> None:
    said = [effect.text for effect in step(FirstChecking(), NeverWorked()).effects if isinstance(effect, Say)]
    assert said == ["bank-never-worked", "with-staff"]
    assert step(OpenAccounting(), NeverWorked()) == Step(OpenAccounting(), (), moved=False)
