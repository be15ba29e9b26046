"""How the ways of understanding compare, each on sentences whose templates it has not learnt from."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from statistics import median

from bot.adapters.understanding.concepts import abstract
from bot.adapters.understanding.french import BROADER, LABELS
from bot.adapters.understanding.rules import Rules
from bot.adapters.understanding.signals import signals
from bot.adapters.understanding.words import features, words
from training import learn, vary
from training.weights import FOLDS, MANY, SEED, examples, split

Counting = Callable[[str], Iterable[str]]
Reading = Callable[[str], str]
DEVELOPMENT = Path(__file__).parents[1] / "tests" / "understanding" / "development.tsv"


def show(folds: int = FOLDS) -> None:
    """Right answers in a hundred: on templates that were kept back, and on sentences that no template made."""
    print(f"{'':34}{'templates':>12}{'sentences':>12}{'ms a line':>12}")
    line("(a) rules", [by_rules] * folds)
    line("(b) pieces of words", [by_learning(words_alone, fold) for fold in range(folds)])
    line("    pieces of words and concepts", [by_learning(words_and_concepts, fold) for fold in range(folds)])
    line("(c) pieces, concepts and rules", [by_learning(signals, fold) for fold in range(folds)])


def line(name: str, readings: list[Reading]) -> None:
    kept = [each for fold, reading in enumerate(readings) for each in scored(reading, kept_back(fold))]
    apart = [each for reading in readings for each in scored(reading, written_apart())]
    took = median(milliseconds for _, milliseconds in apart)
    print(f"{name:34}{share(kept):>12.1%}{share(apart):>12.1%}{took:>12.2f}")


def words_alone(text: str) -> Iterator[str]:
    return features(words(text))


def words_and_concepts(text: str) -> Iterator[str]:
    found = words(text)
    yield from features(found)
    yield from abstract(found)


def by_rules(text: str) -> str:
    found = Rules().intent(text)
    return BROADER.get(found, found).value


def by_learning(counting: Counting, fold: int) -> Reading:
    """A classifier that learnt from four templates in five."""
    labels = tuple(vary.labels())
    chosen = [split(label, fold)[0] for label in labels]
    model = learn.learn(examples(labels, chosen, MANY // 3, SEED, counting), labels, SEED)

    def read(text: str) -> str:
        shares = model.shares(counting(text))
        return max(shares, key=lambda label: shares[label])

    return read


def kept_back(fold: int) -> list[tuple[str, str]]:
    """Two sentences of each template of the fifth that was not learnt from."""
    halves = [(label, split(label, fold)[1]) for label in vary.labels()]
    return [(label, text) for label, kept in halves for text in vary.sentences(label, kept, len(kept) * 2, SEED + 1)]


def written_apart() -> list[tuple[str, str]]:
    rows = [line.split("\t") for line in DEVELOPMENT.read_text("utf-8").splitlines()]
    return [(row[0], row[1]) for row in rows if row[0] in LABELS]


def scored(reading: Reading, rows: list[tuple[str, str]]) -> Iterator[tuple[bool, float]]:
    """Was it right, and how long did it take?"""
    for label, text in rows:
        begun = time.perf_counter()
        right = reading(text) == label
        yield right, (time.perf_counter() - begun) * 1000


def share(rows: list[tuple[bool, float]]) -> float:
    return sum(right for right, _ in rows) / len(rows)
