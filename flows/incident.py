"""A bank's general trouble: declared for all of its clients at once, who are told so once and then left in peace.

Detours: each carries where to go on. Nothing is asked of anybody meanwhile; afterwards the ladder goes on where it was.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.domain.ladder import Ladder
from flows import first_sync
from flows.at_the_bank import BankDown, BankIsBack, BankReturned
from flows.effects import Effect, OpenCase, ReadBank, Say, TellStaff, UpdateCase
from flows.escalation import WithStaff
from flows.events import (
    Act,
    Bank,
    BankOut,
    BankSaid,
    BankWell,
    Chose,
    ChoseOld,
    Event,
    LinkFilled,
    Muted,
    Overdue,
    StaffDid,
    Wrote,
)  # fmt: skip
from flows.first_sync import AnotherBank, ConnectBank, NotSeen, OpenAccounting
from flows.renewal import Alerted, Looking, Offered, OutOfOrder, climb
from flows.state import HOUR, After, Asking, Become, Next, Soon, State, Stay, UnderWay, Waiting

READ_EVERY = 2 * HOUR
MOST_READINGS = 84  # a week: an incident that nobody ends must not keep a client's bank silent for ever
BUSY = UnderWay | OpenAccounting | ConnectBank | NotSeen | BankIsBack
"""The client is in the middle of something."""
ASKING = BUSY | Offered | AnotherBank | BankDown
"""Where the client is asked for something that he cannot do now, or told of his bank's trouble as if it were his."""
ACTED = (Chose, ChoseOld, Wrote, LinkFilled)


@dataclass(frozen=True, kw_only=True)
class Hushed(State):
    """Nobody's turn: the bank is in general trouble, and the client will hear of it at a decent hour."""

    resume: State

    patience = Soon(timedelta(0))


@dataclass(frozen=True, kw_only=True)
class Outage(State):
    """The bank's turn: it is in general trouble, and the client was told so, once. It is read every other hour."""

    resume: State
    readings: int = 0

    says = "bank-outage"
    patience = After(READ_EVERY)


def afterwards(state: State) -> State:
    """Where to go on: a first synchronisation at its step, a renewal on the rung where it was."""
    if first_sync.is_first(state):
        resume = getattr(state, "resume", state)
        assert isinstance(resume, State)
        return resume
    return Looking(asked=rung_of(state))


def rung_of(state: State) -> int:
    """How often the client was nudged so far; of a detour within a case or an outage, that which it leads back to."""
    resume = getattr(state, "resume", None)
    counted = getattr(state, "asked", 0) or getattr(state, "nudged", 0)
    return int(counted) if counted or not isinstance(resume, State) else rung_of(resume)


def on_the_ladder(down: OutOfOrder, days_left: int | None, ladder: Ladder) -> bool:
    """Would the client be nudged by now, if his bank answered?"""
    return down.asked > 0 or (days_left is not None and days_left <= ladder.first.days)


def wait_out(outage: Outage) -> Next:
    """Read it from time to time; after a week a person has a look at what became of it."""
    if outage.readings + 1 >= MOST_READINGS:
        return WithStaff("bank-down", resume=outage.resume)
    return Become(replace(outage, readings=outage.readings + 1), (ReadBank(),))


def wait_on(down: OutOfOrder, muted: Muted) -> Next:
    """The incident's thread is enough for staff: no case of its own comes out of it, however long it lasts."""
    if on_the_ladder(down, muted.days_left, muted.ladder):
        return Become(Hushed(resume=afterwards(down)))
    return Become(OutOfOrder(asked=down.asked), (ReadBank(),))


def go_on(hushed: Hushed) -> Become:
    """It was over before he heard of it: so he hears nothing of it."""
    on_a_rung = isinstance(hushed.resume, Looking)
    return Become(Alerted(asked=rung_of(hushed)) if on_a_rung else hushed.resume)


def held_back(state: State, event: Event, reached: State, effects: tuple[Effect, ...]) -> State | None:
    """While a bank's incident lasts: the state that must be muted, if this step comes to one; else None."""
    if isinstance(event, Overdue) and isinstance(state, OutOfOrder):
        return state
    if isinstance(event, StaffDid):
        return state if event.act is Act.NUDGED and not isinstance(state, WithStaff) else None
    asks = isinstance(reached, ASKING) and any(isinstance(effect, Say) for effect in effects)
    return reached if asks and isinstance(event, (*ACTED, Overdue, BankSaid)) else None


def is_waited_for(state: State, event: Event) -> bool:
    """Does the client look at his chat for the answer? Then he gets it at any hour."""
    return isinstance(event, ACTED) or (isinstance(state, Asking) and bool(state.text()) and state.tries < 5)


def without_words(effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
    """What a muted step does all the same."""
    return tuple(each for each in effects if not isinstance(each, Say | ReadBank | OpenCase))


def follow(state: State, event: Event) -> Next:
    """What follows when a bank's general trouble begins, lasts, and is over."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case _, BankOut() if isinstance(state, BUSY):                           return Become(Hushed(resume=afterwards(state)))
        case (BankDown() | BankReturned()), BankOut():                          return Become(Outage(resume=afterwards(state)))
        case OutOfOrder(), BankOut(days_left, ladder) if on_the_ladder(state, days_left, ladder):  return Become(Hushed(resume=afterwards(state)))
        case WithStaff("bank-down", taken_by="", discreet=False), BankOut():    return Become(Outage(resume=afterwards(state)), (UpdateCase("incident"),))
        case WithStaff("bank-down", taken_by=""), BankOut():                    return Become(OutOfOrder(asked=rung_of(state)), (UpdateCase("incident"),))
        case OutOfOrder(), Muted():                                             return wait_on(state, event)
        case _, Muted(True) if isinstance(state, ASKING):                       return Outage(resume=afterwards(state))
        case _, Muted() if isinstance(state, ASKING):                           return Become(Hushed(resume=afterwards(state)))
        case Hushed(), Overdue():                                               return Outage(resume=state.resume)
        case Hushed(), BankWell():                                              return go_on(state)
        case Outage(), Overdue():                                               return wait_out(state)
        case Outage(), BankWell():                                              return Become(BankReturned(resume=state.resume, climbs=True))
        case WithStaff(resume=(Hushed() | Outage()) as resume), BankWell():     return Become(replace(state, resume=resume.resume))
        case (Hushed() | Outage()), StaffDid(Act.NUDGED):                       return Stay((TellStaff("bank-muted"),))
        case (Hushed() | Outage()), BankSaid(answer) if answer is not Bank.RENEWED:  return Stay()
        case BankIsBack(climbs=True), Overdue() if not first_sync.is_first(state):  return climb(Waiting(nudged=rung_of(state)), event, resume=state.resume)
        case _, (BankOut() | BankWell() | Muted()):                             return Stay()
    # fmt: on
    return None
