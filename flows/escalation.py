"""Escalation: a person of the firm takes over, and the bot keeps quiet until the case comes back.

Law: while a case is open, the client hears only what a person says, who has it, and good news.
"""

from dataclasses import dataclass, field, replace

from flows.effects import (
    Effect,
    OpenCase,
    ReadBank,
    RelayToClient,
    RelayToStaff,
    RevokeLinks,
    Say,
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
from flows.state import DAY, Become, DecentlyAfter, Enter, Forever, Next, Patience, Quiet, State, Stay, ask

REMINDERS = 3  # staff are reminded this often of a case that nobody closes; then it is theirs alone
OUT_OF_REACH = ("never-linked", "unreachable")


@dataclass(frozen=True)
class WithStaff(State):
    """Staff's turn. The client is told once that a person has it; what he writes goes into the thread.

    `discreet`: he was not involved, and there is nothing for him in it, so that he hears of it only if he writes.
    """

    cause: str
    resume: State = field(default_factory=Quiet)
    taken_by: str = ""
    reminded: int = 0
    discreet: bool = False

    def text(self) -> str:
        if self.discreet or self.cause in OUT_OF_REACH:
            return ""
        return "waiting-for-confirmation" if self.cause == "confirm" else "with-staff"

    def orders(self) -> tuple[Effect, ...]:
        return (OpenCase(self.cause), RevokeLinks())

    def wait(self) -> Patience:
        return DecentlyAfter(DAY) if self.reminded < REMINDERS else Forever()


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
    return Become(replace(state, taken_by=who), (UpdateCase("taken", who), *told))


def reply(state: WithStaff, who: str, text: str) -> Next:
    """From now on he knows that a person has it."""
    said = RelayToClient(text, who)
    if not state.taken_by:
        return Become(replace(state, taken_by=who, discreet=False), (UpdateCase("taken", who), said))
    return Become(replace(state, discreet=False), (said,)) if state.discreet else Stay((said,))


def speak_up(state: WithStaff, relayed: RelayToStaff) -> Become:
    """He knew of no case: now that he writes, he is told that a person has it."""
    return Become(replace(state, discreet=False), (Say("with-staff"), relayed))


def remind(state: WithStaff) -> Next:
    return Become(replace(state, reminded=state.reminded + 1), (TellStaff("case-waiting"),))


def follow(state: State, event: Event) -> Next:
    """What follows while staff have the conversation, and what opens or answers a case elsewhere."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case WithStaff(), StaffDid(Act.TOOK, who):                 return take(state, who)
        case WithStaff(), StaffDid(Act.REPLIED, who, text):        return reply(state, who, text)
        case WithStaff(cause), StaffDid(Act.HANDED_BACK | Act.RESOLVED, who) if cause in OUT_OF_REACH:  return Become(state.resume, (UpdateCase("handed-back", who),))
        case WithStaff(), StaffDid(Act.HANDED_BACK, who):          return hand_back(state, who)
        case WithStaff(), StaffDid(Act.NOT_CONFIRMED, who):        return Enter(state.resume, before=(UpdateCase("not-confirmed", who), Say("not-confirmed", who=who)))
        case WithStaff(), StaffDid(Act.RESOLVED, who):             return resolve(state, who)
        case WithStaff(cause), Linked() if cause in OUT_OF_REACH:  return Enter(state.resume, before=(UpdateCase("client-back"),))
        case WithStaff(), Wrote(Intent.SECRET):                    return Stay((Say("secret-removed"), TellStaff("secret-removed")))
        case WithStaff(discreet=True), Wrote(_, text):             return speak_up(state, RelayToStaff(text=text))
        case WithStaff(discreet=True), SentFile(kind, file, caption):  return speak_up(state, RelayToStaff(text=caption, kind=kind, file=file))
        case WithStaff(), Wrote(_, text):                          return Stay((RelayToStaff(text=text),))
        case WithStaff(), SentFile(kind, file, caption):           return Stay((RelayToStaff(text=caption, kind=kind, file=file),))
        case WithStaff(), Overdue():                               return remind(state)
        case WithStaff(), Undeliverable():                         return Stay((TellStaff("client-unreachable"),))
        case WithStaff(), Hinted() | LinkFilled():                 return Stay((ReadBank(),))
        case WithStaff(), ChoseOld() | Linked():                   return Stay(ask(state) or (Say("with-staff"),))
        case WithStaff(), LinkRefused():                           return Stay((TellStaff("link-refused"),))
        case WithStaff(), StaffDid(Act.NUDGED | Act.SENT_PAGE | Act.ASKED_PASSWORD):  return Stay((TellStaff("case-is-open"),))
        case WithStaff(cause), StaffDid(Act.CLOSED_PAGE) if cause in OUT_OF_REACH:  return Stay()
        case WithStaff(), StaffDid(Act.CLOSED_PAGE, who):          return Stay((Say("page-closed-with-staff", who=who),))
        case _, StaffDid(Act.REPLIED, who, text):                  return Stay((RelayToClient(text, who),))
        case _, StaffDid(Act.TOOK | Act.HANDED_BACK | Act.RESOLVED | Act.NOT_CONFIRMED):  return Stay()
        case _, Undeliverable():                                   return WithStaff("unreachable", resume=state)
    # fmt: on
    return None
