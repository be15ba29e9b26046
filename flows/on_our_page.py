"""On our own page: what the client types there goes to his bank, and he reads the answer where he is.

A detour of the secure page, where the firm may take the secret itself. That something is sent is stored before it
leaves: whatever happens to the program then, the bank is read, and what it refused is counted.
"""

from dataclasses import dataclass

from flows.at_the_bank import Agree, OtherAccounts, TypeCode
from flows.effects import ReadBank
from flows.events import Chose, Event, LinkFilled, OnPage, Overdue, Typed
from flows.password_change import NewPassword, ask_again
from flows.state import MINUTE, After, Asking, Become, Next, State, Stay


@dataclass(frozen=True, kw_only=True)
class Submitted(State):
    """The bank's turn: what the client typed on our page is on its way, and the page tells him the answer.

    Longer than a call to the aggregator may take: after that nobody waits for the answer, and the bank is read.
    """

    resume: State

    says = "submitted"
    choices = ("done",)
    patience = After(6 * MINUTE)


def refused(asking: Asking) -> Next:
    """The bank's refusal, read out on the page: counted as any other, and nothing is said in the chat."""
    following = ask_again(asking)
    return Become(following) if isinstance(following, NewPassword) else following


def not_taken(asking: Asking) -> Next:
    """The bank never saw it: it does not count."""
    return Become(NewPassword(resume=asking, refused=max(asking.refused - 1, 0)))


def follow(state: State, event: Event) -> Next:
    """What follows while the client is on our page."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case (NewPassword() | TypeCode() | Agree() | OtherAccounts()), OnPage(Typed.SENT):  return Become(Submitted(resume=state.resume))
        case Submitted(), OnPage(Typed.SENT):                              return Become(state)
        case Submitted(resume=Asking() as asking), OnPage(Typed.REFUSED):  return refused(asking)
        case Submitted(resume=Asking() as asking), OnPage(Typed.NOT_TAKEN):  return not_taken(asking)
        case Submitted(), LinkFilled() | Overdue() | Chose("done"):        return state.resume
        case _, OnPage(Typed.REFUSED):                                     return Stay((ReadBank(),))
        case _, OnPage():                                                  return Stay()
    # fmt: on
    return None
