"""Endings: what follows where a bank will never be renewed."""

import pytest

from flows.effects import OpenCase, RelayToStaff, RevokeLinks, Say, UpdateCase
from flows.endings import Closed, Otherwise
from flows.escalation import ENDINGS, WithStaff
from flows.events import Act, Bank, BankSaid, Chose, Event, Hinted, Intent, Overdue, StaffDid, Wrote
from flows.first_sync import ConnectBank
from flows.opt_out import OptedOut
from flows.renewal import Offered, StepA, StepB
from flows.state import Quiet, State
from flows.step import step

CLOSED = Closed(resume=Quiet())
SOLD = WithStaff("business-sold", resume=Offered())

# fmt: off
ROWS: list[tuple[State, Event, State]] = [
    (Offered(),                 Chose("other"),                            Otherwise()),
    (Otherwise(),               Chose("start"),                            StepA()),
    (Otherwise(),               Chose("business-sold"),                    SOLD),
    (Otherwise(),               Overdue(3),                                Otherwise(nudged=1)),
    (StepB(),                   Wrote(Intent.BANK_CHANGED, "LCL"),         WithStaff("bank-changed", resume=Offered())),
    (ConnectBank(),             Wrote(Intent.ACCOUNT_CLOSED, "clos"),      WithStaff("account-closed", resume=ConnectBank())),
    (SOLD,                      StaffDid(Act.CLOSED, "Anne"),              CLOSED),
    (SOLD,                      StaffDid(Act.HANDED_BACK, "Anne"),         Offered()),
    (StepB(),                   StaffDid(Act.CLOSED, ""),                  CLOSED),
    (ConnectBank(),             StaffDid(Act.CLOSED, ""),                  Closed(resume=ConnectBank())),
    (OptedOut(),                StaffDid(Act.CLOSED, ""),                  Closed(resume=OptedOut())),
    (CLOSED,                    BankSaid(Bank.WANTS_CONSENT),              CLOSED),
    (CLOSED,                    Wrote(Intent.STOP),                        CLOSED),
    (CLOSED,                    StaffDid(Act.REOPENED, "Anne"),            Quiet()),
    (Closed(resume=OptedOut()), StaffDid(Act.REOPENED, "Anne"),            OptedOut()),
    (StepB(),                   StaffDid(Act.REOPENED, "Anne"),            StepB()),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after"), ROWS)
def test_what_follows(state: State, event: Event, after: State) -> None:
    assert step(state, event).state == after


@pytest.mark.parametrize("cause", ENDINGS)
def test_staff_have_a_case_at_once_and_the_client_hears_that_it_is_noted(cause: str) -> None:
    effects = step(Otherwise(), Chose(cause)).effects
    assert OpenCase(cause) in effects
    assert Say("new-bank-noted" if cause == "bank-changed" else "ending-noted") in effects


def test_who_has_told_us_hears_that_it_is_closed_and_nobody_else_does() -> None:
    assert step(SOLD, StaffDid(Act.CLOSED, "Anne")).effects == (
        UpdateCase("closed", "Anne"),
        Say("bank-closed"),
        RevokeLinks(),
    )
    assert step(StepB(), StaffDid(Act.CLOSED, "")).effects == (RevokeLinks(),)


def test_nothing_is_read_of_what_is_closed_and_what_is_opened_again_disturbs_nobody() -> None:
    assert step(CLOSED, Hinted()).effects == ()
    assert step(CLOSED, StaffDid(Act.REOPENED, "Anne")).effects == ()


def test_who_writes_of_a_closed_bank_is_heard() -> None:
    assert step(CLOSED, Wrote(Intent.OTHER, "au fait")).effects == (Say("passed-on"), RelayToStaff(text="au fait"))
