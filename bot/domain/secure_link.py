"""The secure link: what is known of one, at each step of its one use. None of it opens anything."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from bot.domain.connection import ConnectionRef
from bot.domain.secret import Secret

FINGERPRINT = 12
"""Letters of a token's hash, in the log and in the address of a Mini App."""


@dataclass(frozen=True)
class Opened:
    """A valid link, as its page shows it."""

    id: int
    conversation_id: int
    chat_id: int
    number: int
    """The one that the page shows."""
    numbers: tuple[int, int, int]
    """What Telegram offers: the right one and two others, in an order that stays the same for this link."""
    first: bool
    """Nobody has opened it before."""
    proven: bool
    new_secret: bool
    bank: str
    client: str
    first_name: str
    expires_at: datetime


@dataclass(frozen=True)
class Claim:
    """A link that was just spent: what the aggregator's page is to be made for."""

    id: int
    conversation_id: int
    ref: ConnectionRef
    new_secret: bool
    return_state: Secret
    """Comes back with the client from the aggregator's page; only its hash is stored."""


@dataclass(frozen=True)
class Returned:
    """A client who came back from the aggregator's page."""

    id: int
    conversation_id: int
    ref: ConnectionRef
    """The connection that the page was made for."""


class PageStep(StrEnum):
    """How far a client has come with his secure page, as staff see it."""

    SENT = "sent"
    OPENED = "opened"
    PROVEN = "proven"
    HANDED_OVER = "handed-over"  # he is on the bank's side
    BACK = "back"  # he came back, which proves nothing: the bank is asked
    REFUSED = "refused"
    DONE = "done"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class PageProgress:
    """A secure page, as staff and the operator may see it."""

    fingerprint: str
    conversation_id: int
    step: PageStep
    sent_at: datetime
    expires_at: datetime
    opened_at: datetime | None = None
    proven_at: datetime | None = None
    claimed_at: datetime | None = None
    refusals: int = 0
    """How many pages before this one ended with a refusal by the bank."""

    @property
    def closable(self) -> bool:
        """It can still be closed; once he is on the bank's side, that page is not ours to close."""
        return self.step in (PageStep.SENT, PageStep.OPENED, PageStep.PROVEN)


@dataclass(frozen=True)
class Identified:
    """Telegram says that the link's owner has opened it: he is proven, and goes on with a token of his own."""

    opened: Opened
    token: Secret


@dataclass(frozen=True)
class Stranger:
    """Telegram says that somebody else has opened the link. It is still open."""

    id: int
    conversation_id: int


def fingerprint(token: Secret) -> str:
    """What a link is called where its token must not be read. It opens nothing, and cannot be guessed either."""
    return sha256(token.reveal().encode()).hexdigest()[:FINGERPRINT]


@dataclass(frozen=True)
class Attempt:
    """A claimed link, on a page of ours."""

    id: int
    conversation_id: int
    ref: ConnectionRef
    expires_at: datetime
    under_way: bool
    """Something was sent, and nobody has told yet what the bank answered."""
    done: bool
