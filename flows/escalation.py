"""Escalation: a person of the firm takes over, and the bot keeps quiet until the case comes back.

Law: while a case is open, the client hears only what a person says, who has it, and good news. Who is out of reach
is, beside that, written to by e-mail a few times (flows/out_of_reach.py). Nobody of staff is called outside of the
firm's hours, and nobody is for ever the only one who knows (docs/decisions/0019-a-case-is-called-for.md).
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.domain.away import Away
from flows.effects import (
    CallStaff,
    Effect,
    OpenCase,
    ReadBank,
    RelayFileToClient,
    RelayToClient,
    RelayToStaff,
    RevokeLinks,
    Say,
    ShowReply,
    TellStaff,
    UpdateCase,
)
from flows.events import (
    Act,
    ChoseOld,
    Event,
    Hinted,
    Intent,
    Linked,
    LinkFilled,
    LinkRefused,
    Overdue,
    SentFile,
    StaffDid,
    Undeliverable,
    Wrote,
)
from flows.state import (
    DAY,
    MINUTE,
    After,
    Become,
    DecentlyAfter,
    Enter,
    Forever,
    Next,
    NextRung,
    Patience,
    Quiet,
    State,
    Stay,
    ask,
)  # fmt: skip

CALLS_FOR = ("owner", "stand-in", "manager")
"""Who is called one after the other while a client waits."""
REMINDERS = len(CALLS_FOR)  # so often staff hear of a case that nobody closes; then it is theirs alone
NOBODY_WAITS = ("silent", "promise")
"""The causes of which the client knows nothing yet: whoever takes such a case decides when to call him."""
ENDINGS = ("account-closed", "bank-changed", "business-sold")
"""The client says that there is nothing to renew any more."""
ROUNDS = 8  # the first, one beside each reminder, and four rungs: then a client out of reach is staff's alone
GONE = {Away.BLOCKED: "blocked", Away.DELETED: "account-deleted", Away.LOST: "unreachable"}
"""The cause of the case, for each reason why no message arrives."""
OUT_OF_REACH = ("never-linked", *GONE.values())
CALLS = {
    "never-linked": "call-never-linked",
    "blocked": "call-blocked",
    "account-deleted": "call-account-deleted",
    "unreachable": "call-blocked",
}
"""What may be said to him on the telephone."""
BEFORE_IT_ENDS = 13 * DAY  # after those, of one who never opened his invitation: it ends a few days later


@dataclass(frozen=True)
class ReplyDue(Patience):
    """Until the next one is called, in the firm's own working hours; longer where nobody waits (`resting`)."""

    step: int = 0
    resting: bool = False


@dataclass(frozen=True)
class MorningOf(Patience):
    """Until the firm opens on a day, in ISO."""

    day: str


@dataclass(frozen=True)
class WithStaff(State):
    """Staff's turn. The client is told once that a person has it; what he writes goes into the thread.

    `discreet`: he was not involved, and there is nothing for him in it, so that he hears of it only if he writes.
    `looking`: out of reach; the bank was asked whether there is still something to write to him about; `written`: he
    was written to. `answered`: nobody waits for a word of ours. `until`: a colleague lets it rest until that day.
    """

    cause: str
    resume: State = field(default_factory=Quiet)
    taken_by: str = ""
    reminded: int = 0
    discreet: bool = False
    looking: bool = False
    written: bool = False
    answered: bool = False
    until: str = ""

    def text(self) -> str:
        if self.discreet or self.cause in OUT_OF_REACH:
            return ""
        if self.cause in ENDINGS:
            return "new-bank-noted" if self.cause == "bank-changed" else "ending-noted"
        if self.cause == "erase":
            return "erasure-noted"
        return "waiting-for-confirmation" if self.cause == "confirm" else "with-staff"

    def orders(self) -> tuple[Effect, ...]:
        call = CALLS.get(self.cause)
        return (OpenCase(self.cause), RevokeLinks(), *([TellStaff(call)] if call else []))

    def wait(self) -> Patience:
        if self.looking:
            return After(5 * MINUTE)
        if self.cause in GONE.values():
            return next_round(self.reminded)
        if self.until:
            return MorningOf(self.until)
        if self.cause == "never-linked":
            return invited_for(self.reminded)
        return ReplyDue(self.reminded, self.answered) if self.reminded < REMINDERS else Forever()


def invited_for(reminded: int) -> Patience:
    """Of a client who never opened his invitation: each day, and once more before it ends."""
    if reminded < REMINDERS:
        return DecentlyAfter(DAY)
    return DecentlyAfter(BEFORE_IT_ENDS) if reminded == REMINDERS else Forever()


def next_round(done: int) -> Patience:
    """Of a client out of reach: at once when it is decent, then each day, then at the rungs of the ladder."""
    if done >= ROUNDS:
        return Forever()
    if done > REMINDERS:
        return NextRung(without_a_day=True)
    return DecentlyAfter(DAY if done else timedelta(0))


def welcome_back(state: WithStaff, linked: Linked) -> Enter:
    """On at the step where he was; where that has nothing to say, he is greeted all the same, once."""
    silent = state.written and isinstance(state.resume, Quiet)
    greeted = (Say("linked-again"),) if not linked.place and (silent or not state.resume.text()) else ()
    return Enter(state.resume, before=(UpdateCase("client-back"), *greeted))


def hand_back(state: WithStaff, who: str) -> Enter:
    told = () if state.discreet else (Say("handed-back", who=who),)
    return Enter(state.resume, before=(UpdateCase("handed-back", who), *told))


def resolve(state: WithStaff, who: str) -> Become:
    """The case is closed: the bank is read, so that nothing that still ails stays unseen."""
    told = () if state.discreet else (Say("case-resolved", who=who),)
    return Become(Quiet(), (UpdateCase("resolved", who), *told, ReadBank()))


def take(state: WithStaff, who: str) -> Next:
    if state.taken_by:  # whoever clicks late is told so by himself, where he clicked
        return Stay()
    told = () if state.discreet or state.cause in OUT_OF_REACH else (Say("staff-took", who=who),)
    knows_nothing = state.discreet or state.cause in (*NOBODY_WAITS, *ENDINGS)
    after = anew(state, answered=knows_nothing or state.answered)
    return Become(replace(after, taken_by=who), (UpdateCase("taken", who), *told))


def anew(state: WithStaff, *, answered: bool) -> WithStaff:
    """Somebody acted: whoever is called is called from here on. With a client out of reach that changes nothing."""
    if state.cause in OUT_OF_REACH:
        return replace(state, until="")
    return replace(state, answered=answered, reminded=0, until="")


def reply(state: WithStaff, who: str, *sent: Effect) -> Become:
    """From now on he knows that a person has it, and waits for nothing."""
    taken = (UpdateCase("taken", state.taken_by or who),) if not state.taken_by or state.until else ()
    after = replace(anew(state, answered=True), taken_by=state.taken_by or who, discreet=False)
    return Become(after, (*taken, *sent))


def hear_client(state: WithStaff, relayed: RelayToStaff) -> Next:
    """His words go into the thread. He waits from the first of them that is not answered; after all calls, anew."""
    told = (Say("with-staff"),) if state.discreet else ()
    if state.cause in OUT_OF_REACH:
        return Stay((*told, relayed)) if not told else Become(replace(state, discreet=False), (*told, relayed))
    back = (UpdateCase("resumed", state.taken_by),) if state.until else ()
    waits = not (state.discreet or state.answered or state.until)
    if waits and state.reminded < REMINDERS:
        return Stay((relayed,))
    after = replace(state, reminded=REMINDERS - 1) if waits else anew(state, answered=False)
    return Become(replace(after, discreet=False), (*back, *told, relayed))


def postpone(state: WithStaff, who: str, day: str) -> Become:
    """A colleague lets it rest until a day, and is called then."""
    owner = state.taken_by or who
    return Become(replace(state, taken_by=owner, until=day), (UpdateCase("postponed", owner),))


def pass_on(state: WithStaff, who: str) -> Next:
    """Who has it is away: somebody else is asked, and after that the manager."""
    if state.taken_by != who:
        return Stay()
    reminded = state.reminded if state.cause in OUT_OF_REACH else REMINDERS - 1
    after = replace(state, taken_by="", until="", reminded=reminded)
    return Become(after, (CallStaff("away", who), UpdateCase("passed-on")))


def remind(state: WithStaff) -> Next:
    """Its day has come; or its owner is called, then the stand-in, who may take it, then the manager."""
    if state.until:
        return Become(
            replace(state, until=""), (UpdateCase("resumed", state.taken_by), CallStaff("resumed", state.taken_by))
        )
    after = replace(state, reminded=state.reminded + 1)
    if state.cause == "never-linked":
        return Become(after, (TellStaff("case-waiting" if state.reminded < REMINDERS else "invitation-ends"),))
    if state.reminded >= REMINDERS:  # it waits for ever
        return Stay()
    if state.answered:
        return Become(after, (CallStaff("rests", state.taken_by),))
    called = CallStaff(CALLS_FOR[state.reminded], state.taken_by)
    if called.step == "owner":
        return Become(after, (called,))
    return Become(replace(after, taken_by=""), (called, UpdateCase("passed-on")))


def follow(state: State, event: Event) -> Next:
    """What follows while staff have the conversation, and what opens or answers a case elsewhere."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case WithStaff(), StaffDid(Act.TOOK, who):                 return take(state, who)
        case WithStaff(), StaffDid(Act.REPLIED, who, text):        return reply(state, who, RelayToClient(text, who), ShowReply(text, who))
        case WithStaff(), StaffDid(Act.SENT_FILE, who, file):      return reply(state, who, RelayFileToClient(file, who))
        case WithStaff(cause), StaffDid(Act.HANDED_BACK | Act.RESOLVED, who) if cause in OUT_OF_REACH:  return Become(state.resume, (UpdateCase("handed-back", who),))
        case WithStaff(), StaffDid(Act.HANDED_BACK, who):          return hand_back(state, who)
        case WithStaff(), StaffDid(Act.NOT_CONFIRMED, who):        return Enter(state.resume, before=(UpdateCase("not-confirmed", who), Say("not-confirmed", who=who)))
        case WithStaff(), StaffDid(Act.RESOLVED, who):             return resolve(state, who)
        case WithStaff(cause), Linked() if cause in OUT_OF_REACH:  return welcome_back(state, event)
        case WithStaff(), Wrote(Intent.SECRET):                    return Stay((Say("secret-removed"), TellStaff("secret-removed")))
        case WithStaff(), StaffDid(Act.PASSED_ON, who):            return pass_on(state, who)
        case WithStaff(cause), StaffDid(Act.POSTPONED) if cause in GONE.values():  return Stay()
        case WithStaff(), StaffDid(Act.POSTPONED, who, day):       return postpone(state, who, day)
        case WithStaff(), Wrote(_, text):                          return hear_client(state, RelayToStaff(text=text))
        case WithStaff(), SentFile(kind, file, caption):           return hear_client(state, RelayToStaff(text=caption, kind=kind, file=file))
        case WithStaff(), Overdue():                               return remind(state)
        case WithStaff(), Undeliverable():                         return Stay((TellStaff("client-unreachable"),))
        case WithStaff(), Hinted() | LinkFilled():                 return Stay((ReadBank(),))
        case WithStaff(), ChoseOld() | Linked():                   return Stay(ask(state) or (Say("with-staff"),))
        case WithStaff(), LinkRefused():                           return Stay((TellStaff("link-refused"),))
        case WithStaff(), StaffDid(Act.NUDGED | Act.SENT_PAGE | Act.ASKED_PASSWORD):  return Stay((TellStaff("case-is-open"),))
        case WithStaff(cause), StaffDid(Act.CLOSED_PAGE) if cause in OUT_OF_REACH:  return Stay()
        case WithStaff(), StaffDid(Act.CLOSED_PAGE, who):          return Stay((Say("page-closed-with-staff", who=who),))
        case _, StaffDid(Act.REPLIED, who, text):                  return Stay((RelayToClient(text, who),))
        case _, StaffDid(Act.TOOK | Act.HANDED_BACK | Act.RESOLVED | Act.NOT_CONFIRMED | Act.POSTPONED | Act.PASSED_ON | Act.SENT_FILE):  return Stay()
        case _, Undeliverable(why):                                return WithStaff(GONE[why], resume=state)
    # fmt: on
    return None
