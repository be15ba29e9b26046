"""The audit trail: what holds an entry to those before it, and how it shows that one was touched. Pure.

Law: an entry holds ids, fingerprints and outcomes; never a name, a text, a secret or a token.
h_n = HMAC-SHA256(key, h_{n-1} || entry_n): without the key nobody changes, drops, moves or adds an entry unseen.
An end that was cut off shows against an anchor, a (seq, h) that is kept outside of the database.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from bot.domain.secret import Secret

BEFORE_THE_FIRST = bytes(32)


@dataclass(frozen=True)
class Entry:
    """One row of the trail, as it is stored: bytes, for whoever touches a row may leave no text in it."""

    seq: int
    text: bytes
    h: bytes
    """In hexadecimal."""


@dataclass(frozen=True)
class Anchor:
    """Where the trail stood: the number of its last entry, and what that one's `h` was (hexadecimal)."""

    seq: int
    h: str


class Flaw(StrEnum):
    """What is wrong with a trail at its first bad entry."""

    MISSING = "missing"
    CHANGED = "changed"  # in itself, or in its place; or the key is another one
    REWRITTEN = "rewritten"  # the chain holds, and yet an anchor remembers this entry otherwise
    CUT_OFF = "cut-off"  # an anchor remembers entries that are no longer there


@dataclass(frozen=True)
class Verdict:
    """What a verification found: the first bad entry and its flaw, or, where there is none, the last entry."""

    seq: int
    flaw: Flaw | None = None


def canonical(facts: Mapping[str, str | int]) -> str:
    """The one way to write these facts: JSON in ASCII, keys in order, no blanks."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def chained(key: Secret, before: bytes, text: bytes) -> bytes:
    """`h` of an entry, given that of the one before it."""
    return hmac.digest(key.reveal().encode(), before + text, sha256)


def verify(entries: Iterable[Entry], key: Secret, anchors: Iterable[Anchor] = ()) -> Verdict:
    """Walk the whole trail, in the order of `seq`, and stop at the first entry that is not as it was written."""
    kept: dict[int, set[bytes]] = {}
    for anchor in anchors:
        kept.setdefault(anchor.seq, set()).add(anchor.h.encode())
    seq, before = 0, BEFORE_THE_FIRST
    for entry in entries:
        seq += 1
        if entry.seq != seq:
            return Verdict(seq, Flaw.MISSING)
        before = chained(key, before, entry.text)
        if not hmac.compare_digest(before.hex().encode(), entry.h):
            return Verdict(seq, Flaw.CHANGED)
        if kept.get(seq, {entry.h}) != {entry.h}:
            return Verdict(seq, Flaw.REWRITTEN)
    if max(kept, default=0) > seq:
        return Verdict(seq + 1, Flaw.CUT_OFF)
    return Verdict(seq)
