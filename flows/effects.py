"""Effects: orders to the worker. They hold keys of texts and facts, never a secret, never a rendered text."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True)
class Effect:
    """Something to be done in the world, after the state is safe."""


@dataclass(frozen=True)
class Say(Effect):
    """A message to the client: a key in `locales/fr/`, the buttons under it, the picture above it."""

    text: str
    part: str = ""
    """An attribute of the message (`nudge`, `help`) instead of its value."""
    choices: tuple[str, ...] = ()
    labels: str = ""
    """The key whose attributes label the buttons, where it is not `text`."""
    picture: str = ""
    link: str = ""
    """The label of a button to the secure page; the page itself is minted when the message leaves."""
    new_secret: bool = False
    """The page asks for the new password, not just for the bank's agreement."""
    nudge: bool = False
    """Unasked for: sent at most once, and never again if it is not sure that it arrived."""
    who: str = ""
    """The first name of the member of staff that the text speaks of."""


class Offer(NamedTuple):
    """One bank in a message about several."""

    conversation: int
    sequence: int
    text: str
    """The key of what would be said of this bank alone; `several-banks` has an attribute of that name."""
    bank: str
    client: str
    due: str
    """The day on which it lapses, in ISO; empty where it is not known."""
    days_left: int


@dataclass(frozen=True)
class SayTogether(Effect):
    """One message for several banks of a person, with a button for each: an `Offer`, stored as a plain tuple."""

    offers: tuple[Offer, ...]
    text: str = "several-banks"

    @property
    def nudge(self) -> bool:
        """Unasked for, unless it only goes on with what the client has begun."""
        return self.text == "several-banks"


@dataclass(frozen=True)
class ReadBank(Effect):
    """Ask the aggregator; the answer comes back as `BankSaid`."""


@dataclass(frozen=True)
class OpenCase(Effect):
    """A person of the firm is needed: one thread, with a card."""

    cause: str


@dataclass(frozen=True)
class UpdateCase(Effect):
    """The card shows who has the case, or that it is closed."""

    status: str
    who: str = ""


@dataclass(frozen=True)
class RedrawCase(Effect):
    """The card shows how far the client has come with his secure page; nobody is told."""


@dataclass(frozen=True)
class TellStaff(Effect):
    """A line to the firm that needs no thread of its own, or a line in the open thread."""

    text: str
    who: str = ""


@dataclass(frozen=True)
class CallStaff(Effect):
    """A colleague is called by name, in the thread of a case: somebody waits. `who` had it until now."""

    step: str
    who: str = ""


@dataclass(frozen=True)
class SendMail(Effect):
    """A letter to the client by e-mail, with a way back into the chat: the key of its words, and an attribute of it.

    Unasked for: as a nudge, it is sent at most once.
    """

    text: str
    part: str = ""


@dataclass(frozen=True)
class RelayToStaff(Effect):
    """The client's own words or file, into the thread of his case."""

    text: str = ""
    kind: str = ""
    file: str = ""


@dataclass(frozen=True)
class Transcribe(Effect):
    """Hear a voice note; its words come back as if he had typed them."""

    file: str
    message_id: int


@dataclass(frozen=True)
class RelayToClient(Effect):
    """What a member of staff wrote to the client."""

    text: str
    who: str


@dataclass(frozen=True)
class RelayFileToClient(Effect):
    """A file of a member of staff's for the client; `file` is the channel's handle of it.

    Not one of those that leave through the chat's lane: a Slack that is away must not hold up the chat.
    """

    file: str
    who: str


@dataclass(frozen=True)
class ShowReply(Effect):
    """In the thread stands what has just left for the client."""

    text: str
    who: str


@dataclass(frozen=True)
class MarkChosen(Effect):
    """The buttons of a message make place for the one that was pressed."""

    message_id: int
    labels: str
    choice: str


@dataclass(frozen=True)
class RemoveMessage(Effect):
    """A message of the client's leaves the chat: it held a secret."""

    message_id: int


@dataclass(frozen=True)
class AskNumber(Effect):
    """Which of these numbers does the page show? So a forwarded link alone is worthless."""

    link: int
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class GoAway(Effect):
    """The client is away for so many days: whatever would disturb him on this file waits. With 0 he is back.

    `until`: instead of days, the moment of his return, in ISO.
    """

    days: int
    until: str = ""


@dataclass(frozen=True)
class HandOver(Effect):
    """From here on the next contact of the file is asked, if there is one.

    `why`: `not-me`, and he is not asked for this file again; or `silent`, and he is not in this cycle.
    """

    why: str


@dataclass(frozen=True)
class RevokeLinks(Effect):
    """No secure link of this conversation opens any more."""


@dataclass(frozen=True)
class ShowIncident(Effect):
    """Staff see where a bank's general trouble stands: one thread, with a card."""

    incident: int
    reminds: bool = False
    """And a line in it says that it lasts, and that clients wait."""


@dataclass(frozen=True)
class PostDigest(Effect):
    """Staff read what happened in a span, on a morning; all in ISO."""

    day: str
    since: str
    until: str
    weekly: bool = False


@dataclass(frozen=True)
class SpreadIncident(Effect):
    """All clients of a bank are to know that its general trouble began, or is over."""

    incident: int


TO_CLIENT = (Say, SayTogether, RelayToClient, MarkChosen, RemoveMessage, AskNumber)
"""Effects that leave through the client's chat, in order; the others are jobs."""

EFFECTS: tuple[type[Effect], ...] = (
    Say, SayTogether, ReadBank, OpenCase, UpdateCase, RedrawCase, TellStaff, SendMail, RelayToStaff, RelayToClient, MarkChosen, RemoveMessage, AskNumber, GoAway, HandOver, RevokeLinks,
    Transcribe,
    ShowIncident, SpreadIncident, CallStaff, RelayFileToClient, ShowReply, PostDigest,
)  # fmt: skip


def is_nudge(effect: Effect) -> bool:
    """Does it disturb a person who did not ask? Such a message is sent at most once."""
    return isinstance(effect, Say | SayTogether) and effect.nudge
