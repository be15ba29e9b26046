"""What a button under a chat message carries. Telegram allows 64 bytes; nothing in it is secret."""

from dataclasses import dataclass

PICK = "pick"
"""The choice of one bank out of a message about several: it goes on with that bank, wherever that stands."""


@dataclass(frozen=True)
class Press:
    """A choice offered at one step (`sequence`) of one conversation."""

    conversation: int
    sequence: int
    choice: str

    def data(self) -> str:
        """The callback data of the button."""
        return f"c:{self.conversation}:{self.sequence}:{self.choice}"


@dataclass(frozen=True)
class NumberTap:
    """One of the three numbers offered to prove that the page is open on the client's own screen."""

    link: int
    number: int

    def data(self) -> str:
        """The callback data of the button."""
        return f"n:{self.link}:{self.number}"


@dataclass(frozen=True)
class DoubtTap:
    """Was that message of his a password, or none?"""

    message: int
    secret: bool

    def data(self) -> str:
        """The callback data of the button."""
        return f"d:{self.message}:{'yes' if self.secret else 'no'}"


def parse(data: str) -> Press | NumberTap | DoubtTap | None:
    """The press behind callback data; None for data that is not, or no longer, of our making.

    A client of somebody's own making sends any data it likes: numbers that no database can hold are none.
    """
    match data.split(":"):
        case ["c", conversation, sequence, choice] if is_id(conversation) and is_id(sequence):
            return Press(int(conversation), int(sequence), choice)
        case ["n", link, number] if is_id(link) and is_id(number):
            return NumberTap(int(link), int(number))
        case ["d", message, "yes" | "no" as said] if is_id(message):
            return DoubtTap(int(message), said == "yes")
    return None


def is_id(text: str) -> bool:
    """Plain figures of at most 64 bits."""
    return text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) < 1 << 63
