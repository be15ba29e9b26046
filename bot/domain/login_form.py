"""What an aggregator asks a client to fill in: the fields, never what was typed into them.

Pure. Names, labels and patterns are the vendor's, so they are bounded here before anything is made of them. A pattern
is a hint for the browser's own check while somebody types: no program of ours ever runs it over a value.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.connection import ConnectionState

FIELDS_AT_MOST = 20
OPTIONS_AT_MOST = 300
"""Mutual banks list their regional banks: the largest has some forty."""
LONGEST_OPTION = 200
FIELD_NAME = r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$"
_LONGEST_LABEL, _LONGEST_HINT, _LONGEST_PATTERN = 120, 300, 200
_CHOICES_AT_MOST = 4
_ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)

_ESCAPED = r"\\[dDwWsS]|\\[^A-Za-z0-9\s]"
_ONE = rf"(?:[^\\^$.|?*+()\[\]{{}}]|\.|{_ESCAPED}|\[(?:[^\\\[\]]|{_ESCAPED})+\])"
_TIMES = r"(?:[?*+]|\{\d{1,3}(?:,\d{0,3})?\})"
_PIECE = f"{_ONE}{_TIMES}?"
_TAME = re.compile(rf"\^?(?:{_PIECE}|\|(?!\|)|\((?:\?:)?(?:{_PIECE}|\|)*\)\??)*\$?")
"""Pieces one after the other, and groups of pieces that hold no group and are not repeated."""
_SET_OPERATION = re.compile(r"--|&&|~~|\|\|")
"""Inside a class these mean one thing here and another one in a browser."""
_ATOMS = re.compile(r"\\.|\[(?:\\.|[^\]])*\]")
_CHOICE = re.compile(r"[*+|]|(?<!\()\?|\{\d+,\d*\}")


class FieldKind(StrEnum):
    """How a field is shown, and how carefully what is typed there is handled."""

    TEXT = "text"
    NUMBER = "number"
    """Digits, of which the first may be a zero."""
    PASSWORD = "password"  # noqa: S105  # a kind, not a password
    ONE_TIME_CODE = "one_time_code"
    CHOICE = "choice"
    DATE = "date"


@dataclass(frozen=True)
class Option:
    """One line of a list: what the vendor wants to be sent, and what the client reads."""

    value: str
    label: str


@dataclass(frozen=True)
class LoginField:
    """One field, as the vendor describes it; see `login_field`."""

    name: str
    """The name under which the vendor takes the value."""
    kind: FieldKind
    label: str = ""
    """One line of plain text; empty where the vendor has none that can be shown, and the page says its own words."""
    hint: str = ""
    """A longer line, of the same form."""
    required: bool = True
    pattern: str = ""
    """For the browser's `pattern`; empty where there is none, or none that is harmless (see `harmless_pattern`)."""
    options: tuple[Option, ...] = ()
    """For a CHOICE, at least one."""


@dataclass(frozen=True)
class LoginForm:
    """What the client is asked for now. It allows nothing: who may take a secret stands in the contract."""

    state: ConnectionState
    """Why it is asked: a new secret, a one-time code, or what the bank wants before its own page."""
    fields: tuple[LoginField, ...] = ()
    """Empty for APP_VALIDATION_PENDING, where the client approves in his bank's app."""


def login_field(
    name: str,
    kind: FieldKind,
    *,
    label: str,
    hint: str | None = None,
    required: bool = True,
    pattern: str | None = None,
    options: Iterable[tuple[str, str]] = (),
) -> LoginField:
    """A field made of a vendor's words, whatever they are. A CHOICE of nothing becomes a TEXT.

    `name` and the values of `options` go back to the vendor, so they are kept as they are: bound them while reading.
    """
    known = tuple(Option(value, plain_line(words, _LONGEST_LABEL) or value) for value, words in options)
    if kind is FieldKind.CHOICE and not known:
        kind = FieldKind.TEXT
    return LoginField(
        name=name,
        kind=kind,
        label=plain_line(label, _LONGEST_LABEL),
        hint=plain_line(hint or "", _LONGEST_HINT),
        required=required,
        pattern=harmless_pattern(pattern or ""),
        options=known if kind is FieldKind.CHOICE else (),
    )


def plain_line(written: str, longest: int) -> str:
    """A vendor's words as one line without control characters; empty where they hold an address to follow."""
    line = "".join(letter for letter in " ".join(written.split()) if letter.isprintable())
    if _ADDRESS.search(line):
        return ""
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def harmless_pattern(written: str) -> str:
    """The pattern if no text can make a browser try it for long; else empty, as a hint is no loss.

    What takes for ever is repetition inside repetition, references to what came before, and many places at which an
    engine can go on in two ways: so groups are neither nested nor repeated, and there are a few such places at most.
    """
    if len(written) > _LONGEST_PATTERN or _SET_OPERATION.search(written) or not _TAME.fullmatch(written):
        return ""
    if len(_CHOICE.findall(_ATOMS.sub("x", written))) > _CHOICES_AT_MOST:
        return ""
    try:
        re.compile(written)
    except re.error:
        return ""
    return written
