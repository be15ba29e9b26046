"""E-mails to a client whom no message reaches: how many, and what becomes of each. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

MOST, CYCLE = 4, timedelta(days=90)
"""To one person, whatever his banks: whoever answers none of four will not answer a fifth."""


class Post(StrEnum):
    """Where a letter stands. The first six are stored; the others are why there is none."""

    UNDER_WAY = "under-way"  # about to leave, or nobody came back to say that it has
    WAITING = "waiting"  # it has not left, and is tried again
    SENT = "sent"
    REFUSED = "refused"  # his address is wrong
    FAILED = "failed"  # it has not left, and will not
    DOUBTFUL = "doubtful"  # it may have left, and is not repeated

    NO_ADDRESS = "no-address"
    BAD_ADDRESS = "bad-address"  # refused before, and still the same
    TOO_SOON = "too-soon"
    ENOUGH = "enough"
    OVER = "over"  # he is back, or somebody closed the case
    PLANNED = "planned"


STORED = (Post.UNDER_WAY, Post.WAITING, Post.SENT, Post.REFUSED, Post.FAILED, Post.DOUBTFUL)
"""What a letter's row may say."""
COUNTED = (Post.UNDER_WAY, Post.WAITING, Post.SENT, Post.DOUBTFUL)
"""He may have got it, or is about to."""


@dataclass(frozen=True)
class Recipient:
    """Whom a letter goes to, and what tells when he may be disturbed."""

    contact_id: int
    address: str
    timezone: str = ""
    closing_day: str = ""
    away_until: date | None = None


@dataclass(frozen=True)
class MailProgress:
    """The newest letter of a case, for its card."""

    post: Post
    address: str = ""
    at: datetime | None = None


def masked(address: str) -> str:
    """An address that its owner knows again and nobody else can use: « o•••@bouchon.fr »."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}"
