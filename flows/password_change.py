"""Password change: the bank no longer takes the password that was stored with the connection.

A detour: it carries where to go on, and knows nothing of who called. The new password is typed on a page,
never in the chat: the aggregator's, or One up's own window where the firm has no aggregator.
"""

from dataclasses import dataclass

from flows.escalation import WithStaff
from flows.events import Chose, Event, LinkFilled, NoPage
from flows.state import Asking, Next, State, UnderWay

TRIES = 3  # Société Générale, for one, locks the access until the next day at the third wrong code


@dataclass(frozen=True, kw_only=True)
class NewPassword(UnderWay):
    """The client's turn: type the new password on the secure page."""

    resume: State
    refused: int = 0

    says = "new-password"
    choices = ("done", "stuck")
    link = "open"
    new_secret = True
    picture = "secure-page"

    def text(self) -> str:
        return "new-password-refused" if self.refused else self.says


@dataclass(frozen=True, kw_only=True)
class PasswordInOneUp(UnderWay):
    """The client's turn: One up's own window, « suivant », and the new password on its second page."""

    resume: State

    says = "password-in-one-up"
    choices = ("done", "stuck")
    picture = "password-window"


@dataclass(frozen=True, kw_only=True)
class PasswordExpired(UnderWay):
    """The client's turn, at his bank: it wants a new password chosen on its own site first."""

    resume: State

    says = "password-expired"
    choices = ("done", "stuck")


def ask_again(asking: Asking) -> State:
    """The bank refused the password: once more, with care, and never often enough to lock the access."""
    if asking.refused >= TRIES - 1:
        return WithStaff("password-refused", resume=type(asking)())
    return NewPassword(resume=asking.again(refused=1), refused=asking.refused)


def follow(state: State, event: Event) -> Next:
    """What follows in the detour."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case NewPassword(), NoPage():                      return PasswordInOneUp(resume=state.resume)
        case NewPassword(), LinkFilled() | Chose("done"):  return state.resume
        case PasswordInOneUp(), Chose("done"):             return state.resume
        case PasswordExpired(), Chose("done"):             return NewPassword(resume=state.resume)
    # fmt: on
    return None
