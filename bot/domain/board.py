"""What a colleague asks the firm's board for: which accountant's clients, which bank, which state, which page. Pure.

Law: it lives in the view that the colleague looks at, and nowhere else.
"""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum


class Filter(StrEnum):
    """What one bank of one client may be, among others at the same time; the strings go to Slack and come back."""

    TO_TAKE = "to-take"  # a person is wanted, and nobody has taken it
    EXPIRED = "expired"  # it worked, and brings nothing until somebody acts
    SOON = "soon"  # it works, and is to be renewed
    BLOCKED = "blocked"  # the client cannot go on by himself: a case is open, or only staff can move the connection
    WAITING = "waiting"  # the client's turn, and he can be written to
    UNREACHABLE = "unreachable"  # he has blocked the bot, or his account is gone
    INVITED = "invited"  # he has not opened his invitation
    STALE = "stale"  # all is well, says the aggregator, and nothing comes; or it comes from another login
    CLOSED = "closed"  # retired by staff


@dataclass(frozen=True)
class Asked:
    """None where everything is wanted. An empty `accountant` is that of the clients who have none."""

    accountant: str | None = None
    bank: str | None = None
    state: Filter | None = None
    page: int = 0
    """From 0."""

    def kept(self) -> str:
        """As it is kept in a view."""
        return json.dumps({name: value for name, value in asdict(self).items() if value not in (None, 0)})


def asked(kept: str) -> Asked:
    """What a view kept; everything where it is of another version."""
    try:
        told = json.loads(kept)
        state = Filter(told["state"]) if "state" in told else None
        return Asked(told.get("accountant"), told.get("bank"), state, int(told.get("page", 0)))
    except (ValueError, AttributeError, TypeError):
        return Asked()
