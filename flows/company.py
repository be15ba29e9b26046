"""In company: what is said of a person's several banks at once, and how far apart he is reminded. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from flows.deadline import APART
from flows.effects import Effect, is_nudge
from flows.events import Overdue
from flows.renewal import Looking, Offered, OfferedInstead, Ready
from flows.state import NextRung, Quiet, State, UnderWay
from flows.step import step

TOGETHER = timedelta(days=3)
"""A bank whose turn comes within this time is spoken of with the one whose turn it is."""


def is_too_soon(effects: Iterable[Effect], nudged_at: datetime | None, now: datetime) -> bool:
    """Would the person be reminded again within 20 hours, whichever of his banks it is about?"""
    return nudged_at is not None and now - nudged_at < APART and any(map(is_nudge, effects))


def joins(state: State, due: datetime | None, overdue: Overdue, now: datetime) -> bool:
    """Does a bank go along with another one of the same person, although its own turn comes a little later?"""
    left = overdue.days_left
    if due is None or not now < due <= now + TOGETHER or left is None or left > overdue.ladder.first.days:
        return False
    waits = isinstance(state, Quiet | Offered | UnderWay) and isinstance(state.wait(), NextRung)
    return waits and isinstance(step(state, overdue).state, Looking)


def is_read_now(state: State) -> bool:
    """Is it about to be known whether there is something to say of this bank?"""
    return isinstance(state, Looking) and not state.promised


def is_ready(state: State) -> bool:
    """Does it wait for his other banks only?"""
    return isinstance(state, Ready)


def goes_along(state: State) -> bool:
    """Is it one line among others? Who has not heard of it yet is told who asks him, and why, by itself."""
    return isinstance(state, Ready) and not isinstance(state.to, OfferedInstead)
