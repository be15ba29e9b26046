"""Learning: softmax regression by stochastic gradient descent, in plain Python. The seed decides everything."""

import math
import random
from array import array
from collections.abc import Iterable, Sequence

from bot.adapters.understanding.linear import BUCKETS, Linear, bucket, softmax

Example = tuple[list[int], int]
ROUNDS, PACE, KEPT = 3, 0.9, 0.7
"""`KEPT`: this share of the signs is shown at a time, so that none becomes the only one that is believed."""
LARGEST = 127


def buckets(features: Iterable[str]) -> list[int]:
    """Where the weights of each sign stand."""
    return [bucket(each) for each in features]


def learn(examples: Sequence[Example], labels: tuple[str, ...], seed: int, rounds: int = ROUNDS) -> Linear:
    """Weights that tell these examples apart (AdaGrad; a step that would hardly move a label is not taken)."""
    chance, many = random.Random(seed), len(labels)
    weights: dict[int, list[float]] = {}
    seen: dict[int, list[float]] = {}
    order = list(range(len(examples)))
    for _ in range(rounds):
        chance.shuffle(order)
        for place in order:
            met, label = examples[place]
            shown = [each for each in met if chance.random() < KEPT]
            if not shown:
                continue
            value = 1 / math.sqrt(len(shown))
            rows = [weights.setdefault(each, [0.0] * many) for each in shown]
            shares = softmax([total * value for total in map(sum, zip(*rows, strict=True))])
            shares[label] -= 1.0
            moved = [(k, share * value) for k, share in enumerate(shares) if abs(share) > 0.01]
            for each, row in zip(shown, rows, strict=True):
                past = seen.setdefault(each, [1e-4] * many)
                for k, slope in moved:
                    past[k] += slope * slope
                    row[k] -= PACE * slope / math.sqrt(past[k])
    return quantised(weights, labels)


def quantised(weights: dict[int, list[float]], labels: tuple[str, ...]) -> Linear:
    """One signed byte a weight; the few largest are cut, as one large one would coarsen all the others."""
    sizes = sorted(abs(each) for row in weights.values() for each in row)
    step = sizes[int(len(sizes) * 0.9995)] / LARGEST
    flat = array("b", bytes(BUCKETS * len(labels)))
    for place, row in weights.items():
        for k, each in enumerate(row):
            flat[place * len(labels) + k] = max(-LARGEST, min(LARGEST, round(each / step)))
    return Linear(labels, flat, step, 1.0)


def fitting_temperature(scored: Sequence[tuple[list[float], int]]) -> float:
    """The temperature at which the shares of examples that were not learnt are most like the truth.

    `scored`: shares at temperature one, and the place of the right label.
    """

    def surprise(temperature: float) -> float:
        total = 0.0
        for shares, right in scored:
            warmed = softmax([math.log(max(share, 1e-12)) / temperature for share in shares])
            total -= math.log(max(warmed[right], 1e-12))
        return total

    return min((step / 20 for step in range(8, 100)), key=surprise)
