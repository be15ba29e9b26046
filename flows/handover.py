"""The right person: whoever says that it is not him, or says nothing, makes place for the next contact of the file.

Who comes next the engine knows; the events only tell whether there is somebody. Nobody is blamed for anything.
"""

from dataclasses import dataclass
from datetime import timedelta

from flows.effects import HandOver, Say
from flows.escalation import WithStaff
from flows.events import Act, Chose, Event, Intent, Overdue, StaffDid, Wrote
from flows.first_sync import Introduced, Welcome, afresh, is_first
from flows.opt_out import OptedOut
from flows.renewal import Alerted, Looking, Offered
from flows.state import DecentlyAfter, Enter, Next, Quiet, State, UnderWay, Waiting

RUNGS_EACH = 2
"""Nudges of the ladder that one person leaves unanswered before the next one is asked."""


@dataclass(frozen=True, kw_only=True)
class HandedOn(State):
    """Nobody's turn: somebody else of the file will be asked, at a decent hour."""

    resume: State

    patience = DecentlyAfter(timedelta(0))


def not_me(state: State, others: int) -> Next:
    """He will not be asked again for this file; where nobody else is left, a person takes over."""
    if not others:
        return Enter(WithStaff("not-me", resume=afresh(state)), before=(HandOver("not-me"),))
    return Enter(HandedOn(resume=beginning(state)), before=(Say("not-me-noted"), HandOver("not-me")))


def beginning(state: State) -> State:
    """Where somebody begins who has not heard of it yet."""
    if is_first(state):
        return Welcome()
    return Introduced() if isinstance(state, Quiet) else Looking(newcomer=True)


def is_silent(state: State, overdue: Overdue) -> bool:
    """Has this person left his rungs unanswered, while the ladder still goes on?

    Everybody begins at an even rung. Who is in the middle of something has acted, and gets one word more.
    """
    if not isinstance(state, Offered | UnderWay) or is_first(state):
        return False
    left, ladder = overdue.days_left, overdue.ladder
    over = left is not None and left <= -ladder.late
    asked = state.nudged + 1
    told = RUNGS_EACH if isinstance(state, Offered) else RUNGS_EACH + 1
    return asked >= told and asked % RUNGS_EACH == 0 and asked < ladder.most and not over


def ask_another(state: Waiting) -> Enter:
    return Enter(HandedOn(resume=Looking(asked=state.nudged + 1, newcomer=True)), before=(HandOver("silent"),))


def follow(state: State, event: Event) -> Next:
    """What follows where the person is not the right one, or is silent and not the only one."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case (Welcome() | Introduced() | Offered()), Chose("not-me", others):       return not_me(state, others)
        case (WithStaff() | OptedOut()), Wrote(Intent.NOT_ME):                      return None
        case HandedOn(), Wrote(Intent.NOT_ME, _, others):                           return not_me(state.resume, others)
        case _, Wrote(Intent.NOT_ME, _, others):                                    return not_me(state, others)
        case (Waiting() | Alerted() | HandedOn()), Overdue(nobody=True):            return WithStaff("not-me", resume=afresh(state), discreet=True)
        case Waiting(), Overdue(others=others) if others and is_silent(state, event):  return ask_another(state)
        case HandedOn(), Overdue() | StaffDid(Act.NUDGED):                          return state.resume
    # fmt: on
    return None
