"""Opting out: what follows, row by row."""

import pytest

from flows.effects import Effect, ReadBank, RelayToClient, RelayToStaff, RevokeLinks, Say, TellStaff, UpdateCase
from flows.escalation import WithStaff
from flows.events import (
    Act,
    Bank,
    BankSaid,
    Chose,
    Event,
    Intent,
    Linked,
    Overdue,
    SentFile,
    StaffDid,
    Undeliverable,
    Wrote,
)  # fmt: skip
from flows.first_sync import Welcome
from flows.opt_out import OptedOut
from flows.renewal import Offered, StepB
from flows.state import Forever, Quiet, State
from flows.step import Step, step

OUT = OptedOut()

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (Quiet(),                             Wrote(Intent.STOP),    OUT),
    (Welcome(),                           Wrote(Intent.STOP),    OUT),
    (Offered(),                           Wrote(Intent.STOP),    OUT),
    (WithStaff("stuck", resume=StepB()),  Wrote(Intent.STOP),    OUT),
    (OUT,                                 Chose("resume"),       Quiet()),
    (OUT,                                 Linked(),              Quiet()),
    (OUT,                                 Overdue(14),           OptedOut(lapsing_told=True)),
    (OUT,                                 BankSaid(Bank.WANTS_CONSENT), OptedOut(lapsing_told=True)),
    (OptedOut(lapsing_told=True),         BankSaid(Bank.RENEWED), OUT),
]

RESTS: list[tuple[Event, tuple[Effect, ...]]] = [
    (Wrote(Intent.STOP, "stop"),                (),),
    (Wrote(Intent.OTHER, "une question"),       (RelayToStaff(text="une question"),)),
    (SentFile("photo", "f1", "voilà"),          (RelayToStaff(text="voilà", kind="photo", file="f1"),)),
    (Undeliverable(),                           ()),
    (BankSaid(Bank.RENEWED),                    ()),
    (BankSaid(Bank.HEALTHY),                    ()),
    (BankSaid(Bank.DOWN),                       ()),
    (StaffDid(Act.NUDGED, "Anne"),              (TellStaff("cannot-nudge"),)),
    (StaffDid(Act.CONFIRMED, "Anne"),           ()),
    (StaffDid(Act.RESOLVED, "Anne"),            ()),
    (StaffDid(Act.REPLIED, "Anne", "bonjour"),  (RelayToClient("bonjour", "Anne"),)),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


def test_staff_hear_once_that_his_bank_has_stopped_and_anew_after_the_next_renewal() -> None:
    stopped = step(OUT, BankSaid(Bank.WANTS_CONSENT))
    assert stopped.effects == (TellStaff("opted-out-stopped"),)
    assert step(stopped.state, BankSaid(Bank.WANTS_CONSENT)) == Step(stopped.state, (), moved=False)
    assert step(stopped.state, BankSaid(Bank.RENEWED)) == Step(OUT)


@pytest.mark.parametrize(("event", "effects"), RESTS)
def test_the_client_is_left_in_peace(event: Event, effects: tuple[Effect, ...]) -> None:
    assert step(OUT, event) == Step(OUT, effects, moved=False)


def test_stop_is_honoured_at_once_and_staff_are_told() -> None:
    assert step(Offered(), Wrote(Intent.STOP)).effects == (
        Say("opted-out", choices=("resume",)), RevokeLinks(), TellStaff("opted-out"),
    )  # fmt: skip


def test_stop_closes_the_case_that_was_open() -> None:
    assert step(WithStaff("stuck", resume=StepB()), Wrote(Intent.STOP)).effects[0] == UpdateCase("opted-out")


def test_a_client_who_resumes_is_looked_after_at_once() -> None:
    assert step(OUT, Chose("resume")).effects == (Say("opted-in"), TellStaff("opted-in"), ReadBank())


def test_staff_hear_once_that_the_bank_of_a_client_who_opted_out_lapses() -> None:
    taken = step(OUT, Overdue(14))
    assert taken.effects == (TellStaff("opted-out-lapsing"),)
    assert isinstance(taken.state.wait(), Forever)
