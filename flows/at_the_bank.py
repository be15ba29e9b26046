"""At the bank: what the bank wants before it lets the accounts through, and what is the bank's own fault.

Detours: each carries where to go on. Nobody is blamed here: when the bank is down the client is asked nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from flows.effects import Effect, ReadBank, Say, TellStaff
from flows.escalation import WithStaff
from flows.events import Bank, BankSaid, Chose, Event, LinkFilled, NoPage, Overdue
from flows.password_change import NewPassword, PasswordExpired, PasswordInOneUp, ask_again
from flows.state import (
    DAY,
    HOUR,
    MINUTE,
    After,
    Asking,
    Become,
    DecentlyAfter,
    Enter,
    Next,
    NextRung,
    Patience,
    State,
    Stay,
    UnderWay,
    Waiting,
)

SECOND = timedelta(seconds=1)
# How long to wait between two readings: eager at first, then patient; some banks confirm the next day.
WAITS = (5 * SECOND, 10 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE, 3 * MINUTE, *[HOUR] * 24)
SLOW = 5  # from this reading on the client is told that we keep watching, and is left in peace
HOURS_DOWN = 48
DETOURS = 3
"""So often a client does what his bank wants and hears that it is not enough; then a person looks at it with him."""
WRITTEN_OFF = (Bank.UNSUPPORTED, Bank.GONE, Bank.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class ApproveInApp(UnderWay):
    """The client's turn, in his bank's app: approve the access."""

    resume: State

    says = "approve-in-app"
    choices = ("done", "stuck")


@dataclass(frozen=True, kw_only=True)
class TypeCode(UnderWay):
    """The client's turn: the code that his bank sends him, typed on the secure page."""

    resume: State

    says = "type-code"
    choices = ("done", "stuck")
    link = "open"


@dataclass(frozen=True, kw_only=True)
class Agree(UnderWay):
    """The client's turn: the bank has not had his agreement yet. No password is asked for."""

    resume: State

    says = "agree-at-bank"
    choices = ("done", "password-changed", "stuck")
    link = "open"


@dataclass(frozen=True, kw_only=True)
class AgreeInOneUp(UnderWay):
    """The client's turn, where we have no page to offer: the blue button once more, to its end."""

    resume: State

    says = "agree-in-one-up"
    choices = ("done", "password-changed", "stuck")
    picture = "step-b"


@dataclass(frozen=True, kw_only=True)
class ActAtBank(UnderWay):
    """The client's turn, on his bank's site: a message to read, terms to accept, a locked access."""

    resume: State

    says = "act-at-bank"
    choices = ("done", "stuck")


Detour = ApproveInApp | TypeCode | Agree | ActAtBank | PasswordExpired
WANTS: Mapping[Bank, type[Detour]] = {
    Bank.PASSWORD_EXPIRED: PasswordExpired,
    Bank.WANTS_APPROVAL: ApproveInApp,
    Bank.WANTS_CODE: TypeCode,
    Bank.WANTS_CONSENT: Agree,
    Bank.WANTS_ACTION: ActAtBank,
}


@dataclass(frozen=True, kw_only=True)
class OtherAccounts(UnderWay):
    """The client's turn: it went through, but with another login of the same bank. Once more, with the right one."""

    resume: State

    says = "other-accounts"
    choices = ("done", "mine", "stuck")
    link = "open"


@dataclass(frozen=True, kw_only=True)
class BankDown(State):
    """The bank's turn: it does not answer. Nothing is asked of the client; it is read every hour."""

    resume: State
    hours: int = 0

    says = "bank-down"
    patience = After(HOUR)


@dataclass(frozen=True, kw_only=True)
class BankReturned(State):
    """Nobody's turn: the bank works again, and the client will hear of it at a decent hour."""

    resume: State
    climbs: bool = False

    patience = DecentlyAfter(timedelta(0))


@dataclass(frozen=True, kw_only=True)
class BankIsBack(Waiting):
    """The client's turn: the bank works again, shall we go on?

    `climbs`: after a trouble of all of its clients, silence leads to the next rung of the ladder, not to a person.
    """

    resume: State
    climbs: bool = False

    says = "bank-is-back"
    choices = ("start", "later", "stuck")

    def wait(self) -> Patience:
        return NextRung(without_a_day=True) if self.climbs else DecentlyAfter(DAY)


def poll(asking: Asking) -> Next:
    """No answer yet: read again, tell the client once that we keep watching, and stop after a day."""
    tries = asking.tries + 1
    if tries >= len(WAITS):
        return WithStaff("no-proof", resume=type(asking)())
    effects: tuple[Effect, ...] = (ReadBank(),)
    if tries == SLOW:
        effects += (Say("bank-is-slow"),)
    return Become(replace(asking, tries=tries), effects)


def wait_on(down: BankDown) -> Next:
    if down.hours + 1 >= HOURS_DOWN:
        return WithStaff("bank-down", resume=down.resume)
    return Become(replace(down, hours=down.hours + 1), (ReadBank(),))


def stray(resume: State) -> Enter:
    """Another login of the same bank is refused, and staff know whose accounts are not to be booked."""
    return Enter(OtherAccounts(resume=resume), after=(TellStaff("other-accounts"),))


def stray_again(asking: Asking) -> Next:
    """Once he may have been mistaken; twice a person looks at what he has."""
    if asking.strayed:
        return WithStaff("other-accounts", resume=OtherAccounts(resume=type(asking)()))
    return stray(asking.again(strayed=1))


def detour(asking: Asking, kind: type[Detour]) -> Next:
    """What the bank wants first, and then the asking goes on; not for ever, where nothing that he does is enough."""
    if asking.detours >= DETOURS:
        return WithStaff("bank-insists", resume=kind(resume=type(asking)()))
    return kind(resume=asking.again(detours=1))


def hear(asking: Asking, answer: Bank) -> Next:
    """What the client must do, or we, after the bank's answer. Good news has a row in each flow."""
    if answer in WANTS:
        return detour(asking, WANTS[answer])
    match answer:
        case Bank.OTHER_ACCOUNTS:
            return stray_again(asking)
        case Bank.WRONG_PASSWORD:
            return ask_again(asking)
        case Bank.DOWN:
            return BankDown(resume=asking.again())
        case _ if answer in WRITTEN_OFF:
            return WithStaff(f"bank-{answer.value}", resume=asking.again())
        case _:
            return Stay()  # still working on it: the next reading is already due


def follow(state: State, event: Event) -> Next:
    """What follows when the bank answers, and when the client has done what it wanted."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case Asking(), BankSaid(answer):                             return hear(state, answer)
        case Asking(), Overdue():                                    return poll(state)
        case (TypeCode() | Agree() | OtherAccounts()), LinkFilled():  return state.resume
        case (ApproveInApp() | TypeCode() | Agree() | AgreeInOneUp() | ActAtBank()), BankSaid(Bank.OTHER_ACCOUNTS):  return stray(state.resume)
        case (NewPassword() | PasswordInOneUp()), BankSaid(Bank.OTHER_ACCOUNTS):  return stray(state.resume)
        case OtherAccounts(), NoPage():                              return AgreeInOneUp(resume=state.resume)
        case OtherAccounts(), Chose("mine"):                         return WithStaff("other-accounts", resume=state.resume)
        case Agree(), NoPage():                                      return AgreeInOneUp(resume=state.resume)
        case TypeCode(), NoPage():                                   return AgreeInOneUp(resume=state.resume)
        case (Agree() | AgreeInOneUp()), Chose("password-changed"):  return NewPassword(resume=state.resume)
        case (ApproveInApp() | TypeCode() | Agree() | AgreeInOneUp() | ActAtBank() | OtherAccounts()), Chose("done"):  return state.resume
        case BankDown(), Overdue():                                  return wait_on(state)
        case BankDown(), BankSaid(Bank.DOWN | Bank.PROCESSING):      return Stay()
        case BankDown(), BankSaid(answer) if answer in WRITTEN_OFF:  return WithStaff(f"bank-{answer.value}", resume=state.resume)
        case BankDown(), BankSaid():                                 return BankReturned(resume=state.resume)
        case BankReturned(), Overdue():                              return BankIsBack(resume=state.resume, climbs=state.climbs)
        case BankReturned(), BankSaid(Bank.DOWN):                    return Become(BankDown(resume=state.resume))
        case BankIsBack(), Overdue():                                return WithStaff("silent", resume=state.resume)
    # fmt: on
    return None
