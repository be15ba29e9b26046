"""What a client was reminded of and what became of it, and the moments that he named. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fate(StrEnum):
    """What became of a reminder; the strings are stored."""

    WAITING = "waiting"  # it has not left yet
    SENT = "sent"
    DOUBTFUL = "doubtful"  # it may have arrived, and is not repeated
    UNREACHABLE = "unreachable"  # he has blocked the bot, or his account is gone
    ANSWERED = "answered"  # he did or wrote something after it


class Word(StrEnum):
    """What became of a moment that the client named."""

    AHEAD = "ahead"
    KEPT = "kept"  # his bank was renewed by then, or on the day after
    PAST = "past"


@dataclass(frozen=True)
class Nudge:
    """One reminder, as staff look it up."""

    at: datetime
    who: str
    bank: str
    fate: Fate
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Promise:
    """One moment that a client named: until then, he wants to hear nothing."""

    made_at: datetime
    until: datetime
    who: str
    bank: str
    word: Word
    away: bool = False
    """He is away until then."""
