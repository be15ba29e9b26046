"""The secure link: what is known of one, at each step of its one use. None of it opens anything."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.connection import ConnectionRef
from bot.domain.secret import Secret


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
