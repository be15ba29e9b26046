"""Requests that need two persons of the firm: one asks and says why, another one agrees. Pure.

Law: nobody agrees to what he asked for himself. What reads out or erases waits after that, and
can be stopped meanwhile.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Kind(StrEnum):
    """What is asked for, about one person on the client's side."""

    REBIND = "rebind"  # a new Telegram for somebody who had one
    EXPORT = "export"  # his data, read out
    ERASURE = "erasure"  # his data, gone


class Stage(StrEnum):
    """Where a request stands."""

    ASKED = "asked"
    AGREED = "agreed"  # and not done yet
    DONE = "done"
    STOPPED = "stopped"  # by somebody, before it was done
    EXPIRED = "expired"  # nobody agreed in time, or nobody took the link


AGREE_WITHIN = timedelta(days=3)
LINK_WITHIN = timedelta(days=1)
"""So long the link to a new Telegram can be taken, once."""
DELAY = {Kind.REBIND: timedelta(0), Kind.EXPORT: timedelta(hours=1), Kind.ERASURE: timedelta(days=1)}
"""Between the agreement and what follows."""
OVER = (Stage.DONE, Stage.STOPPED, Stage.EXPIRED)


@dataclass(frozen=True)
class Request:
    """One request. `asked_by` and `agreed_by` are ids of Slack's; names are first names."""

    id: int
    kind: Kind
    contact_id: int
    asked_by: str
    asked_name: str
    reason: str
    asked_at: datetime
    until: datetime
    """Nobody agrees to it later than that; nor takes its link, once it is agreed to."""
    agreed_by: str = ""
    agreed_name: str = ""
    due_at: datetime | None = None
    """When it happens, once it is agreed to; None for a link, which somebody takes."""
    done_at: datetime | None = None
    stopped_name: str = ""
    stopped_at: datetime | None = None

    def stage(self, now: datetime) -> Stage:
        """Where it stands at this moment."""
        if self.done_at is not None:
            return Stage.DONE
        if self.stopped_at is not None:
            return Stage.STOPPED
        if self.due_at is None and now > self.until:
            return Stage.EXPIRED
        return Stage.AGREED if self.agreed_by else Stage.ASKED


def refusal(request: Request, who: str, now: datetime) -> str:
    """Why somebody cannot agree, as the key of a text; empty where he can."""
    if request.stage(now) is not Stage.ASKED:
        return "staff-request-over"
    return "staff-two-persons" if who == request.asked_by else ""
