"""The first synchronisation: from the invitation to the first proof.

link the chat to the client file → why it matters → One up: « Nouveau compte bancaire » → choose and connect
the bank → proof.
"""

from dataclasses import dataclass, replace

from flows.at_the_bank import WAITS, BankDown, BankIsBack
from flows.effects import Effect, Say, SendMail, TellStaff, UpdateCase
from flows.escalation import WithStaff
from flows.events import Act, Bank, BankSaid, Chose, Event, Linked, NeverWorked, Overdue, StaffDid
from flows.renewal import Offered, Snoozed, When
from flows.state import (
    DAY,
    WORDS,
    After,
    Asking,
    Become,
    DecentlyAfter,
    Enter,
    FirstStep,
    Next,
    Patience,
    Quiet,
    State,
    Stay,
    Waiting,
)  # fmt: skip

REMINDERS = 2  # of an invitation that nobody opens


@dataclass(frozen=True)
class Invited(State):
    """The client's turn, outside of the chat: open the invitation that the firm sent him."""

    reminded: int = 0

    patience = DecentlyAfter(3 * DAY)


@dataclass(frozen=True)
class InLine(State):
    """Nobody's turn: another bank of the same file goes first, one a day."""

    place: int = 1

    def wait(self) -> Patience:
        return DecentlyAfter(self.place * DAY)


@dataclass(frozen=True)
class Welcome(FirstStep):
    """The client's turn: who we are, why the bank matters; shall we begin?"""

    says = "first-welcome"
    choices = ("start", "why", "not-me")


@dataclass(frozen=True)
class AnotherBank(FirstStep):
    """The client's turn: one bank is connected, the next one of his file awaits."""

    says = "first-another-bank"
    choices = ("start", "why")
    nudges = True


@dataclass(frozen=True)
class Introduced(Quiet):
    """Nobody's turn: the bank is connected already; the client knows now who will write to him."""

    says = "first-introduced"
    choices = ("why", "not-me")


@dataclass(frozen=True)
class OpenAccounting(FirstStep):
    """The client's turn, in One up: module COMPTABILITÉ, « Nouveau compte bancaire »."""

    says = "first-open-accounting"
    choices = ("there", "stuck")
    picture = "first-accounting"


@dataclass(frozen=True)
class ConnectBank(FirstStep):
    """The client's turn, in One up: find the bank, log in, choose the period."""

    says = "first-connect-bank"
    choices = ("done", "stuck")
    picture = "first-connect"


@dataclass(frozen=True)
class NotSeen(FirstStep):
    """The client's turn: he says that it is done, and the bank is not to be seen. What happened?"""

    says = "first-not-seen"
    choices = ("done", "start", "stuck")


@dataclass(frozen=True)
class FirstChecking(Asking):
    """The bank's turn: is the new connection there, and has it brought its first data?"""

    says = "first-checking"

    def wait(self) -> Patience:
        return After(WAITS[self.tries])


@dataclass(frozen=True)
class Connected(Quiet):
    """Proven for the first time: what comes next, and when the bank will have to be renewed."""

    says = "first-done"
    does = (TellStaff("connected"),)


FIRST = (Invited, InLine, Welcome, AnotherBank, OpenAccounting, ConnectBank, NotSeen, FirstChecking)


def begin(linked: Linked, before: tuple[Effect, ...] = ()) -> Next:
    """One message only, however many banks the file has."""
    if linked.place == 0:
        return Enter(Introduced() if linked.synchronised else Welcome(), before)
    return Become(Quiet() if linked.synchronised else InLine(place=linked.place), before)


def remind_staff(invited: Invited) -> Next:
    if invited.reminded >= REMINDERS:
        return WithStaff("never-linked", resume=Invited())
    return Become(
        replace(invited, reminded=invited.reminded + 1), (TellStaff("not-linked"), SendMail("mail-reminder"))
    )


def another_word(state: Waiting) -> Next:
    """He has had the friendly word of his step: two more, which are those of every step, then a person."""
    if state.nudged >= len(WORDS):
        return WithStaff("silent", resume=replace(state, nudged=0))
    text = "first-last-word" if state.nudged + 1 == len(WORDS) else "first-second-word"
    said = Say(
        text, choices=state.choices, labels=state.text(), link=state.link, new_secret=state.new_secret, nudge=True
    )
    return Become(replace(state, nudged=state.nudged + 1), (said,))


def is_first(state: State) -> bool:
    """Is this a step of the first synchronisation, or a case that came out of one?"""
    resume = getattr(state, "resume", None)
    return isinstance(state, FIRST) or (isinstance(resume, State) and is_first(resume))


def afresh(state: State) -> State:
    """Where it goes on, should staff give back what the client has put aside."""
    if isinstance(state, (Quiet, *FIRST)):
        return state
    return Welcome() if is_first(state) else Offered()


def connected(state: State, who: str = "") -> Enter:
    closed = (UpdateCase("renewed", who),) if isinstance(state, WithStaff) else ()
    return Enter(Connected(), before=closed)


def follow(state: State, event: Event) -> Next:
    """What follows until the bank is connected for the first time."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case Invited(), Linked():                                      return begin(event)
        case WithStaff(resume=Invited()), Linked():                    return begin(event, before=(UpdateCase("client-back"),))
        case Invited(), Overdue():                                     return remind_staff(state)
        case InLine(), Overdue():                                      return AnotherBank()
        case _, BankSaid(Bank.RENEWED) if is_first(state):             return connected(state)
        case _, StaffDid(Act.CONFIRMED, who) if is_first(state):       return connected(state, who)
        case (FirstChecking() | BankDown()), BankSaid(Bank.HEALTHY | Bank.EXPIRING) if is_first(state):  return Connected()
        case FirstChecking(), NeverWorked():                           return Enter(WithStaff("never-worked", resume=ConnectBank()), before=(Say("bank-never-worked"),))
        case _, NeverWorked():                                         return Stay()
        case FirstChecking(), BankSaid(Bank.CANNOT_TELL):              return WithStaff("confirm", resume=NotSeen())
        case FirstChecking(), BankSaid(Bank.GONE):                     return NotSeen() if state.tries >= 2 else Stay()
        case (Welcome() | AnotherBank() | NotSeen()), Chose("start"):  return OpenAccounting()
        case OpenAccounting(), Chose("there"):                         return ConnectBank()
        case (ConnectBank() | NotSeen()), Chose("done"):               return FirstChecking()
        case BankIsBack(), Chose("later") if is_first(state):          return When(resume=state.resume)
        case BankIsBack(), Chose("start") if is_first(state):          return state.resume
        case Snoozed(), Overdue() if is_first(state):                  return state.resume
    # fmt: on
    return None
