"""Opting out: the client wants no more messages. Honoured at once; staff know what it means for his accounts."""

from dataclasses import dataclass, replace

from flows.effects import ReadBank, RelayToStaff, RevokeLinks, Say, TellStaff, UpdateCase
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
)
from flows.state import Become, Enter, Forever, Next, NextRung, Patience, Quiet, State, Stay

STOPPED = (
    Bank.WANTS_CONSENT, Bank.WANTS_APPROVAL, Bank.WANTS_CODE, Bank.WRONG_PASSWORD, Bank.PASSWORD_EXPIRED, Bank.WANTS_ACTION,
)  # fmt: skip


@dataclass(frozen=True)
class OptedOut(State):
    """Staff's turn: they were told. The client is left in peace until he wants to resume.

    `lapsing_told`: staff know that his bank lapses, or has stopped, this time; once it is renewed, the next time counts.
    """

    lapsing_told: bool = False

    says = "opted-out"
    choices = ("resume",)
    does = (RevokeLinks(), TellStaff("opted-out"))

    def wait(self) -> Patience:
        return Forever() if self.lapsing_told else NextRung()


def follow(state: State, event: Event) -> Next:
    """What follows an opt-out, and what leads into it."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case OptedOut(), Wrote(Intent.STOP):                 return Stay()
        case WithStaff(), Wrote(Intent.STOP):                return Enter(OptedOut(), before=(UpdateCase("opted-out"),))
        case _, Wrote(Intent.STOP):                          return OptedOut()
        case OptedOut(), Chose("resume") | Linked():         return Enter(Quiet(), before=(Say("opted-in"), TellStaff("opted-in"), ReadBank()))
        case OptedOut(), Wrote(Intent.SECRET):               return Stay((Say("secret-removed"), TellStaff("secret-removed")))
        case OptedOut(), Wrote(_, text):                     return Stay((RelayToStaff(text=text),))
        case OptedOut(), Overdue():                          return Become(replace(state, lapsing_told=True), (TellStaff("opted-out-lapsing"),))
        case OptedOut(), SentFile(kind, file, caption):      return Stay((RelayToStaff(text=caption, kind=kind, file=file),))
        case OptedOut(lapsing_told=True), BankSaid(Bank.RENEWED):  return Become(OptedOut())
        case OptedOut(lapsing_told=False), BankSaid(answer) if answer in STOPPED:  return Become(replace(state, lapsing_told=True), (TellStaff("opted-out-stopped"),))
        case OptedOut(), BankSaid() | Undeliverable():       return Stay()
        case OptedOut(), StaffDid(Act.NUDGED | Act.SENT_PAGE | Act.ASKED_PASSWORD):  return Stay((TellStaff("cannot-nudge"),))
        case OptedOut(), StaffDid(Act.CONFIRMED | Act.CLOSED_PAGE):  return Stay()
    # fmt: on
    return None
