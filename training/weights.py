"""The files that the program reads: the weights, and the words that clients write every day."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from bot.adapters.understanding.linear import FILE, packed
from bot.adapters.understanding.secrets import ORDINARY, WEAK
from bot.adapters.understanding.signals import signals
from bot.adapters.understanding.words import bare
from training import learn, vary
from training.learn import Example

SEED, MANY, FOLDS = 20261127, 4000, 5
RARE = 3
"""A sign that was met less often is a slip of the thumb."""


def make() -> None:
    """Learn from all templates. The temperature comes from those that were kept back in turn."""
    labels = tuple(vary.labels())
    temperature = learn.fitting_temperature(kept_back(labels, MANY // 3))
    model = learn.learn(examples(labels, [vary.templates(label) for label in labels], MANY, SEED), labels, SEED)
    FILE.write_bytes(packed(replace(model, temperature=temperature), made_from()))
    ORDINARY.write_text("\n".join(everyday_words()) + "\n", "ascii")
    print(f"{FILE.name}: {FILE.stat().st_size / 1024:.0f} KiB, temperature {temperature:.2f}")


def examples(
    labels: tuple[str, ...],
    chosen: list[list[str]],
    many: int,
    seed: int,
    counting: Callable[[str], Iterable[str]] = signals,
) -> list[Example]:
    """What is learnt from; « other » is as large as two, as it has everything else in it."""
    counted = [
        (list(counting(sentence)), place)
        for place, label in enumerate(labels)
        for sentence in vary.sentences(label, chosen[place], many * (2 if label == "other" else 1), seed)
    ]
    met = Counter(each for signs, _ in counted for each in set(signs))
    return [(learn.buckets(each for each in signs if met[each] >= RARE), place) for signs, place in counted]


def split(label: str, fold: int) -> tuple[list[str], list[str]]:
    """The templates to learn from, and every fifth one that is kept back."""
    mixed = vary.mixed(label, SEED)
    return [each for place, each in enumerate(mixed) if place % FOLDS != fold], mixed[fold::FOLDS]


def kept_back(labels: tuple[str, ...], many: int, fold: int = 0) -> list[tuple[list[float], int]]:
    """The shares of sentences whose templates were not learnt, with the place of the right label."""
    halves = [split(label, fold) for label in labels]
    model = learn.learn(examples(labels, [learnt for learnt, _ in halves], many, SEED), labels, SEED)
    return [
        (list(model.shares(signals(sentence)).values()), place)
        for place, label in enumerate(labels)
        for sentence in vary.sentences(label, halves[place][1], len(halves[place][1]) * 2, SEED + 1)
    ]


def made_from() -> str:
    """Tells whether a sentence, its varying or what is counted of it has changed since."""
    from bot.adapters.understanding import concepts, rules, words
    from bot.adapters.understanding import signals as counted

    sources = [vary, learn, words, concepts, rules, counted]
    files = sorted(vary.FOLDER.glob("*.txt")) + [module_file(each) for each in sources]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def everyday_words() -> list[str]:
    """Every word of the templates: none of them is a password."""
    lines = [line for label in vary.labels() for line in vary.templates(label)]
    lines += [each for filled in vary.SLOTS.values() for each in filled]
    found = {word for line in lines for word in re.findall(r"[a-z]{3,}", bare(vary.SLOT.sub(" ", line)))}
    return sorted(found - WEAK)


def module_file(module: ModuleType) -> Path:
    assert module.__file__ is not None
    return Path(module.__file__)
