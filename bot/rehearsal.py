"""The rehearsal: what would be said to whom, and when, if nobody did anything until then. Nothing is sent or stored.

The very tables and deadlines of the flows are asked, with the answer that a bank would give which only gets older.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.domain.calendar import Hours, Rest
from bot.engine import days_left
from bot.ports import Conversation
from flows.deadline import RUNGS, deadline
from flows.effects import OpenCase, ReadBank, Say
from flows.events import Bank, BankSaid, Event, Overdue
from flows.proof import NEAR
from flows.state import NextRung, Patience, State
from flows.step import step

MOVES = 200
"""Of one conversation; by then a person has had it for long."""


@dataclass(frozen=True)
class Planned:
    """Something that would be said to the client, or a case that would be opened for staff, at a moment."""

    at: datetime
    conversation: Conversation
    state: State
    """Where the conversation would be then."""
    effect: Say | OpenCase
    days_left: int | None
    """Until the bank lapses, on that day; None where that day is not known."""


def rehearse(talk: Conversation, hours: Hours, now: datetime, until: datetime, *, seen: bool) -> Iterator[Planned]:
    """What would happen up to `until`, in order. `seen`: an aggregator sees this connection."""
    state, due = talk.state, talk.deadline
    for _ in range(MOVES):
        if due is None or due > until:
            return
        at = max(due, now)  # one that has passed already happens as soon as the program looks
        left = days_left(talk.connection, hours.local(at).date())
        events: list[Event] = [Overdue(left)]
        while events:
            took = step(state, events.pop())
            state = took.state
            for effect in took.effects:
                if isinstance(effect, Say | OpenCase):
                    yield Planned(at, talk, state, effect, left)
            if any(isinstance(effect, ReadBank) for effect in took.effects):
                events.append(BankSaid(expected(left, seen=seen)))
        due = deadline(state.wait(), at, hours, talk.connection.expires_on)


def expected(left: int | None, *, seen: bool) -> Bank:
    """What a bank says of a consent that nobody renews."""
    if not seen:
        return Bank.CANNOT_TELL
    if left is None or left <= 0:
        return Bank.WANTS_CONSENT
    return Bank.EXPIRING if timedelta(days=left) < NEAR else Bank.HEALTHY


@dataclass(frozen=True)
class Reason:
    """Why a conversation moves on when it does."""

    patience: Patience
    rung: int | None = None
    """Days from the day of the lapse, where a rung of the ladder brings it; None for « every other day »."""
    passed_over: tuple[tuple[date, Rest], ...] = ()
    """The days on which the client is left in peace, from the rung's own day on."""


def why(talk: Conversation, hours: Hours) -> Reason | None:
    """What decided the next deadline, and each rule that moved it; None where nothing is due."""
    if talk.deadline is None:
        return None
    patience, expires_on = talk.state.wait(), talk.connection.expires_on
    if not isinstance(patience, NextRung) or expires_on is None:
        return Reason(patience)
    day = hours.local(talk.deadline).date()
    for rung in RUNGS:
        nominal = expires_on + timedelta(days=rung)
        skipped = rests(nominal, day, hours)
        if skipped is not None:
            return Reason(patience, rung, skipped)
    return Reason(patience)


def rests(nominal: date, day: date, hours: Hours) -> tuple[tuple[date, Rest], ...] | None:
    """The days of rest between a rung's own day and the day it fell on; None where that rung cannot have led here."""
    between = [nominal + timedelta(days=each) for each in range((day - nominal).days)] if nominal <= day else None
    if between is None:
        return None
    reasons = [(each, hours.rest(each)) for each in between]
    found = tuple((each, rest) for each, rest in reasons if rest is not None)
    return found if len(found) == len(reasons) else None
