"""How likely it is that a message gives a secret away, as a small linear classifier has learnt it from messages of ours.

It counts the traces of a message (`traces.py`), never the words that somebody may have chosen, and stands beside the
rules of `secrets.py`: these know what a secret looks like, it knows how people hand one over. The weights, and the words
that clients use to talk about secrets, are made by `python -m training`.
"""

from collections.abc import Collection, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from bot.adapters.understanding.linear import Linear, unpacked
from bot.adapters.understanding.traces import NAMES, SPELLED, VALUES, traces, with_stems
from bot.ports import Secrecy

FILE = Path(__file__).with_name("suspicion.bin")
TALK = Path(__file__).with_name("talk.txt")
GIVEN, HARMLESS = "secret", "harmless"
NAMED, UNNAMED = (0.2, 0.1), (0.95, 0.85)
"""From which shares on we are sure, and in doubt: where the message names a secret or spells a word, and where not."""
SHORT = 2
"""A message of so few pieces that names no secret is judged by its shape, and not here."""
CHOSEN = VALUES | {"glued", '"'}
"""One of these is in a message that gives something away: « la vie est belle, tout attaché »."""
LETTER, BEFORE, BEHIND = 24, 6, 14
"""From so many pieces on a message is read in parts too: so many pieces before a name, and so many behind it."""
NEAR = 24
"""So far from its name a secret is looked for."""


def suspicion(text: str, model: Linear | None = None, known: Collection[str] | None = None) -> Secrecy:
    """Is a secret handed over, whatever it looks like? By the model and the words of this program, or by others."""
    told = traces(text, talk() if known is None else known)
    named = SPELLED in told or not NAMES.isdisjoint(told)
    if CHOSEN.isdisjoint(told) or (not named and len(told) <= SHORT) or is_foreign(told):
        return Secrecy.NONE
    sure, doubtful = NAMED if named else UNNAMED
    share = max((model or learnt()).shares(signs(part))[GIVEN] for part in parts(told))
    return Secrecy.SURE if share >= sure else Secrecy.DOUBT if share >= doubtful else Secrecy.NONE


def parts(told: list[str]) -> Iterator[list[str]]:
    """The whole; and of a long letter what stands about each name of a secret, where its politeness drowns nothing."""
    yield told
    if len(told) > LETTER:
        for place in (place for place, each in enumerate(told) if each in NAMES):
            yield told[max(0, place - BEFORE) : place + BEHIND]


def is_foreign(told: list[str]) -> bool:
    """Another language: most of its words are known to nobody here."""
    return sum(each.startswith("?") and len(each) > 1 for each in told) > max(4, len(told) / 2)


@cache
def learnt() -> Linear:
    return unpacked(FILE.read_bytes())[0]


@cache
def talk() -> frozenset[str]:
    """Words that stand for themselves; all others may be somebody's password."""
    return with_stems(TALK.read_text("ascii").split())


def signs(told: list[str]) -> Iterator[str]:
    """What is counted: words and neighbours, names with the values about them, and how the whole is built."""
    framed = ["^", *told, "$"]
    yield from framed
    for first, second in pairwise(framed):
        yield f"{first} {second}"
    for first, second, third in zip(framed, framed[1:], framed[2:], strict=False):
        yield f"{first} {second} {third}"
        yield f"{first} _ {third}"
    for first, fourth in zip(framed, framed[3:], strict=False):
        yield f"{first} __ {fourth}"
    yield from built(["^", *skeleton(told), "$"])
    names = [place for place, each in enumerate(told) if each in NAMES]
    for place in names:
        for apart in range(-NEAR, NEAR + 1):
            if 0 <= place + apart < len(told) and told[place + apart] in VALUES:
                yield f"{told[place]}{'>' if apart > 0 else '<'}{told[place + apart]}{min(abs(apart).bit_length(), 4)}"
    values = sum(each in VALUES for each in told)
    yield f"has {bool(names)} {min(values, 4)}"
    yield f"has {bool(names)} {'?' in told} {'pas' in told} {min(values, 4)}"
    yield f"long {len(told).bit_length()} {bool(names)}"


def skeleton(told: list[str]) -> list[str]:
    """Only names, values, marks and « c'est »: everything else is one « w »."""
    bones: list[str] = []
    for each in told:
        bone = each if each in NAMES or each in VALUES or each in ("is", ":", '"', "\n", "?") else "w"
        if bone != "w" or bones[-1:] != ["w"]:
            bones.append(bone)
    return bones


def built(bones: list[str]) -> Iterator[str]:
    for size in (3, 4, 5):
        for start in range(len(bones) - size + 1):
            yield "/" + " ".join(bones[start : start + size])
