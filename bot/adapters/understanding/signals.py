"""All that is counted of a message: its words and their pieces, what they are about, and the rules that it fulfils."""

from collections.abc import Iterator

from bot.adapters.understanding.concepts import abstract
from bot.adapters.understanding.rules import matching
from bot.adapters.understanding.words import LONGEST, features, words

TRUST = 3
"""A rule's word counts as much as so many others."""


def signals(text: str) -> Iterator[str]:
    """What the classifier counts, in training as in the program."""
    found = words(text)
    yield from features(found)
    yield from abstract(found)
    yield from (f"!{intent.value}{time}" for intent in matching(text[:LONGEST]) for time in range(TRUST))
