"""Names as people type them: when two of them are the same. Pure."""

import unicodedata
from collections.abc import Collection
from difflib import SequenceMatcher

CLEARLY = 0.1
"""By so much one name must be more like another than all the rest are, on a scale from 0 to 1."""
LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "-": " "})


def folded(text: str) -> str:
    """Without case, accents and ligatures: « Crêperie du Bœuf » is « creperie du boeuf »."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1, which is the same but for case, accents and hyphens."""
    return SequenceMatcher(None, folded(one), folded(other), autojunk=False).ratio()


def is_clearly_meant(name: str, one: str, others: Collection[str]) -> bool | None:
    """Is `one` what `name` names, rather than one of the others? None where two of them are too much alike."""
    mine, theirs = likeness(name, one), max((likeness(name, each) for each in others), default=0.0)
    return None if abs(mine - theirs) < CLEARLY else mine > theirs
