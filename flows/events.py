"""Events: facts, in the past. Nothing here is secret, nothing here belongs to a channel."""

from dataclasses import dataclass
from enum import StrEnum

from bot.domain.away import Away
from bot.domain.ladder import LADDER, Ladder


class Bank(StrEnum):
    """What a bank can answer, as far as the conversation cares. The list is closed."""

    RENEWED = "renewed"
    HEALTHY = "healthy"  # works, and its consent is far from its end
    EXPIRING = "expiring"  # works, but its consent is near its end
    OTHER_ACCOUNTS = "other-accounts"  # works, but for another login of the same bank
    NOT_YET = "not-yet"  # works, but has brought nothing since the client began
    PROCESSING = "processing"  # no answer yet: ask again later
    WANTS_CONSENT = "wants-consent"
    WANTS_APPROVAL = "wants-approval"  # in the bank's own app
    WANTS_CODE = "wants-code"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105
    PASSWORD_EXPIRED = "password-expired"  # noqa: S105
    WANTS_ACTION = "wants-action"  # terms to accept, a message to read, a locked access
    DOWN = "down"
    UNSUPPORTED = "unsupported"
    GONE = "gone"
    UNKNOWN = "unknown"
    CANNOT_TELL = "cannot-tell"  # no aggregator sees this connection


class Intent(StrEnum):
    """What a client means by what he types."""

    DONE = "done"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    STUCK = "stuck"
    LATER = "later"
    HUMAN = "human"
    WHY = "why"
    BANK_PROBLEM = "bank_problem"
    SECURITY_DOUBT = "security_doubt"
    THANKS = "thanks"
    GREETING = "greeting"
    STOP = "stop"
    HELP = "help"
    BANKS = "banks"
    ACCOUNT_CLOSED = "account_closed"
    BANK_CHANGED = "bank_changed"
    BUSINESS_SOLD = "business_sold"
    ERASE = "erase"  # his data
    AWAY = "away"
    NOT_ME = "not_me"  # the file, or the bank, is somebody else's
    SECRET = "secret"  # noqa: S105  # he pasted one; the text is already gone
    OTHER = "other"


class Act(StrEnum):
    """What staff can do with a case, or with a client's connection."""

    TOOK = "took"
    REPLIED = "replied"
    HANDED_BACK = "handed-back"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not-confirmed"
    NUDGED = "nudged"
    SENT_PAGE = "sent-page"  # the secure page, for the bank's agreement
    ASKED_PASSWORD = "asked-password"  # noqa: S105  # the secure page, for the new password
    CLOSED_PAGE = "closed-page"  # only where one was open
    CLOSED = "closed"  # this bank has come to its end: nothing more is read or asked
    REOPENED = "reopened"  # and now it has not
    POSTPONED = "postponed"  # the text is the day, in ISO, until which the case may rest
    SENT_FILE = "sent-file"  # the text is the channel's handle of it
    PASSED_ON = "passed-on"  # who had it is away: somebody else is asked


@dataclass(frozen=True)
class Event:
    """Something that happened."""


@dataclass(frozen=True)
class Linked(Event):
    """A contact opened his invitation (again, perhaps): the chat is bound to the client file."""

    synchronised: bool = False
    """The bank has been connected before."""
    place: int = 0
    """This bank's place among those of the file that begin now; only the first one speaks at once."""


@dataclass(frozen=True)
class Chose(Event):
    """The client pressed a button of the message where we are."""

    choice: str
    others: int = 0
    """How many other contacts of the file could be asked instead; counted only where it matters."""


@dataclass(frozen=True)
class ChoseOld(Event):
    """The client pressed a button of an earlier message."""


@dataclass(frozen=True)
class Wrote(Event):
    """The client typed something; `text` has no secret left in it."""

    intent: Intent
    text: str = ""
    others: int = 0
    """As in `Chose`."""
    when: str = ""
    """The moment that he names, at a decent hour of his, in ISO; empty where he names none."""
    unsure: bool = False
    """He may have meant it, or something else: better ask."""


@dataclass(frozen=True)
class SentFile(Event):
    """The client sent a photo, a document, a voice note, a sticker …; `file` is the channel's handle of it.

    `spoken` is a voice note that can be heard; the channel knows it as `message`.
    """

    kind: str
    file: str = ""
    caption: str = ""
    message: int = 0


@dataclass(frozen=True)
class BankSaid(Event):
    """The aggregator was asked, and this is what the bank says."""

    answer: Bank


@dataclass(frozen=True)
class Hinted(Event):
    """The aggregator hints that something changed: to be read, not believed."""


@dataclass(frozen=True)
class NoPage(Event):
    """There is no page where a secret could be typed: the firm has no aggregator of its own."""


@dataclass(frozen=True)
class TooManyPages(Event):
    """No page now: the client has opened as many that led nowhere as are good for him."""


@dataclass(frozen=True)
class LinkFilled(Event):
    """The client came back from the aggregator's page. That proves nothing: the bank must be asked."""


class Typed(StrEnum):
    """What became of what the client typed on a page of ours."""

    SENT = "sent"  # it is about to leave for the bank
    REFUSED = "refused"  # by the bank
    NOT_TAKEN = "not-taken"  # by the aggregator, so that the bank never saw it


@dataclass(frozen=True)
class OnPage(Event):
    """The client is on our own page and typed what his bank wants; here is what became of it, never what it was."""

    typed: Typed


@dataclass(frozen=True)
class LinkRefused(Event):
    """Somebody else opened the client's link, or the wrong number was tapped."""


@dataclass(frozen=True)
class Overdue(Event):
    """The patience of the state ran out. `days_left` until the bank lapses, where that is known.

    `ahead`: so many days too early, because another bank of the same person is spoken of now.
    """

    days_left: int | None = None
    ladder: Ladder = LADDER
    """The firm's."""
    ahead: int = 0
    others: int = 0
    """As in `Chose`."""
    nobody: bool = False
    """The contact has said that the file is not his, and there is nobody else to ask."""


@dataclass(frozen=True)
class TooSoon(Event):
    """The patience ran out, but what would be said must wait: the person was reminded of something a while ago."""


@dataclass(frozen=True)
class Gathered(Event):
    """The client reads of this bank now, in one message with his other banks."""


@dataclass(frozen=True)
class BankOut(Event):
    """This bank is declared to be in general trouble. `days_left` until it lapses, where that is known."""

    days_left: int | None = None
    ladder: Ladder = LADDER
    """The firm's."""


@dataclass(frozen=True)
class Muted(Event):
    """What the client would read now is held back, as his bank is in general trouble.

    `waited_for`: he acted, or waits for an answer, so that he hears why at any hour.
    """

    waited_for: bool = False
    days_left: int | None = None
    ladder: Ladder = LADDER


@dataclass(frozen=True)
class BankWell(Event):
    """This bank's general trouble is over."""


@dataclass(frozen=True)
class NeverWorked(Event):
    """The client's try has failed, and this bank has never worked for anybody of the firm, in several tries."""


@dataclass(frozen=True)
class Undeliverable(Event):
    """No message reaches the client any more: he blocked the bot, closed the chat, or left."""

    why: Away = Away.LOST


@dataclass(frozen=True)
class StaffDid(Event):
    """A member of staff acted. `who` is a first name as the client may read it."""

    act: Act
    who: str
    text: str = ""


EVENTS: tuple[type[Event], ...] = (
    Linked, Chose, ChoseOld, Wrote, SentFile, BankSaid, Hinted, NoPage, TooManyPages, LinkFilled, LinkRefused, OnPage,
    Overdue, TooSoon, Gathered, BankOut, Muted, BankWell, NeverWorked, Undeliverable, StaffDid,
)  # fmt: skip
