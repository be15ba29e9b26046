"""Endings: a bank that will never be renewed, as the account is closed, the bank another one or the business sold.

The client's word stops the nudges at once; staff's word retires the connection, and takes that back.
"""

from dataclasses import dataclass

from flows.effects import RelayToClient, RelayToStaff, RevokeLinks, Say, TellStaff, UpdateCase
from flows.escalation import ENDINGS, WithStaff
from flows.events import Act, Chose, ChoseOld, Event, Intent, Linked, SentFile, StaffDid, Wrote
from flows.first_sync import afresh, is_first
from flows.opt_out import OptedOut
from flows.renewal import Offered, StepA
from flows.state import HOUR, Become, Enter, Next, NextRung, Patience, Quiet, Soon, State, Stay, Waiting

MEANT = {
    Intent.ACCOUNT_CLOSED: "account-closed",
    Intent.BANK_CHANGED: "bank-changed",
    Intent.BUSINESS_SOLD: "business-sold",
}


@dataclass(frozen=True)
class Otherwise(Waiting):
    """The client's turn: neither now nor later; what has become of this bank?"""

    says = "renewal-otherwise"
    choices = (*ENDINGS, "start")

    def wait(self) -> Patience:
        return NextRung(without_a_day=True) if self.nudged else Soon(HOUR)


@dataclass(frozen=True, kw_only=True)
class Closed(State):
    """Nobody's turn: staff have retired this connection. Nothing is read, asked or told of it any more."""

    resume: State

    says = "bank-closed"
    does = (RevokeLinks(),)


def close(state: State) -> Closed:
    """What staff would go on with, were it opened again."""
    before = state.resume if isinstance(state, WithStaff) else state
    if isinstance(before, OptedOut):
        return Closed(resume=before)
    return Closed(resume=afresh(before) if is_first(before) else Quiet())


def close_case(case: WithStaff, who: str) -> Next:
    """Only who has told us of the end himself hears that it is noted."""
    if case.cause in ENDINGS and not case.discreet:
        return Enter(close(case), before=(UpdateCase("closed", who),))
    return Become(close(case), (UpdateCase("closed", who), RevokeLinks()))


def follow(state: State, event: Event) -> Next:
    """What follows where a bank comes to its end. What is closed is no other flow's business."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case Closed(), StaffDid(Act.REOPENED):                       return Become(state.resume)
        case Closed(), StaffDid(Act.REPLIED, who, text):             return Stay((RelayToClient(text, who),))
        case Closed(), StaffDid(Act.NUDGED | Act.SENT_PAGE | Act.ASKED_PASSWORD):  return Stay((TellStaff("cannot-nudge"),))
        case Closed(), ChoseOld() | Linked():                        return Stay((Say("bank-closed"),))
        case Closed(), Wrote(Intent.SECRET):                         return Stay((Say("secret-removed"), TellStaff("secret-removed")))
        case Closed(), Wrote(_, text):                               return Stay((Say("passed-on"), RelayToStaff(text=text)))
        case Closed(), SentFile(kind, file, caption):                return Stay((Say("passed-on"), RelayToStaff(text=caption, kind=kind, file=file)))
        case Closed(), _:                                            return Stay()
        case WithStaff(), StaffDid(Act.CLOSED, who):                 return close_case(state, who)
        case _, StaffDid(Act.CLOSED):                                return Become(close(state), (RevokeLinks(),))
        case _, StaffDid(Act.REOPENED):                              return Stay()
        case (WithStaff() | OptedOut()), Wrote():                    return None
        case _, Wrote(intent, text) if intent in MEANT:              return Enter(WithStaff(MEANT[intent], resume=afresh(state)), after=(RelayToStaff(text=text),))
        case Offered(), Chose("other"):                              return Otherwise()
        case Otherwise(), Chose("start"):                            return StepA()
        case Otherwise(), Chose(cause):                              return WithStaff(cause, resume=Offered())
    # fmt: on
    return None
