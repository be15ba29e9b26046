"""The rehearsal: what would be said to whom, and when, if nobody did anything until then. Nothing is sent or stored.

The very tables and deadlines of the flows are asked, with the answer that a bank would give which only gets older.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.domain.calendar import Hours, Rest
from bot.domain.ladder import Ladder
from bot.engine import days_left, ladder_end
from bot.ports import Conversation
from flows.company import goes_along, is_ready, is_too_soon, joins
from flows.deadline import APART, deadline
from flows.effects import OpenCase, ReadBank, Say, is_nudge
from flows.events import Bank, BankSaid, Event, Overdue, TooSoon
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
    banks: int = 1
    """So many banks are in the same message."""


@dataclass
class Place:
    """Where one conversation would be."""

    talk: Conversation
    hours: Hours
    state: State
    due: datetime | None

    def left(self, at: datetime) -> int | None:
        return days_left(self.talk.connection, self.hours.local(at).date())

    def rest(self, state: State, at: datetime) -> None:
        self.state = state
        day = self.hours.local(at).date()
        self.due = deadline(state.wait(), at, self.hours, ladder_end(self.talk.connection, day))


def rehearse(
    talks: Sequence[tuple[Conversation, Hours]], now: datetime, until: datetime, *, seen: bool
) -> Iterator[Planned]:
    """What would happen up to `until`, in order, in all the conversations with one person.

    `seen`: an aggregator sees these connections.
    """
    places = [Place(talk, hours, talk.state, talk.deadline) for talk, hours in talks]
    contact = next((talk.contact for talk, _ in talks if talk.contact), None)
    nudged_at = contact.nudged_at if contact else None
    for _ in range(MOVES * len(places)):
        waiting = [place for place in places if place.due is not None and place.due <= until]
        if not waiting:
            return
        place = min(waiting, key=lambda each: each.due or until)
        at = max(place.due or now, now)  # one that has passed already happens as soon as the program looks
        later = not_now(place, at, nudged_at)
        if later is not None:
            place.due = later
            continue
        for planned in pass_time(place, places, at, seen=seen):
            nudged_at = at if is_nudge(planned.effect) else nudged_at
            yield planned


def not_now(place: Place, at: datetime, nudged_at: datetime | None) -> datetime | None:
    """When what is to be said may be said, where that is later; the state goes along with it."""
    effects = step(place.state, Overdue(place.left(at), place.hours.ladder)).effects
    if not any(map(is_nudge, effects)):
        return None
    if (decent := place.hours.soon(at)) > at:
        return decent
    if nudged_at is None or not is_too_soon(effects, nudged_at, at):
        return None
    place.state = step(place.state, TooSoon()).state
    return place.hours.slot(nudged_at + APART)


def pass_time(place: Place, places: Sequence[Place], at: datetime, *, seen: bool) -> Iterator[Planned]:
    """One deadline, with what his other banks make of it."""
    if is_ready(place.state):
        ready = [each for each in places if goes_along(each.state)] if goes_along(place.state) else [place]
        for each in ready:
            yield from advance(each, Overdue(each.left(at), each.hours.ladder), at, seen=seen, banks=len(ready))
        return
    yield from advance(place, Overdue(place.left(at), place.hours.ladder), at, seen=seen)
    if is_ready(place.state):
        for each in places:
            overdue = Overdue(each.left(at), each.hours.ladder)
            if each is not place and each.due is not None and joins(each.state, each.due, overdue, at):
                early = (each.hours.local(each.due).date() - each.hours.local(at).date()).days
                yield from advance(each, replace(overdue, ahead=early), at, seen=seen)


def advance(place: Place, event: Event, at: datetime, *, seen: bool, banks: int = 1) -> Iterator[Planned]:
    """One event, and the bank's answer where it was asked."""
    events, left = [event], place.left(at)
    while events:
        took = step(place.state, events.pop())
        place.state = took.state
        for effect in took.effects:
            if isinstance(effect, Say | OpenCase):
                yield Planned(at, place.talk, took.state, effect, left, banks)
        if any(isinstance(effect, ReadBank) for effect in took.effects):
            events.append(BankSaid(expected(left, place.hours.ladder, seen=seen)))
    place.rest(place.state, at)


def expected(left: int | None, ladder: Ladder, *, seen: bool) -> Bank:
    """What a bank says of a consent that nobody renews."""
    if not seen:
        return Bank.CANNOT_TELL
    if left is None or left <= 0:
        return Bank.WANTS_CONSENT
    return Bank.EXPIRING if timedelta(days=left) < ladder.near else Bank.HEALTHY


@dataclass(frozen=True)
class Reason:
    """Why a conversation moves on when it does."""

    patience: Patience
    rung: int | None = None
    """Days before the day of the lapse, where a rung of the ladder brings it; None after the last one."""
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
    for rung in hours.ladder.rungs:
        nominal = expires_on - timedelta(days=rung)
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
