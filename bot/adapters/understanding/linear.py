"""A small linear classifier over pieces of words, its weights in a file of the program. No library, no network.

The file is made by `python -m training` from sentences written for it: a line of JSON (the labels, the scale of
the weights, the temperature that makes a share a probability), then one signed byte for each bucket and label,
packed. A feature's bucket is its CRC, so that no list of words is needed.
"""

import json
import math
import zlib
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

BITS = 17
BUCKETS = 1 << BITS
STRANGE = 0.25
"""Where fewer signs than this share were ever met, it is another language, or none."""
FILE = Path(__file__).with_name("weights.bin")


def bucket(feature: str) -> int:
    """Where a feature's weights stand."""
    return zlib.crc32(feature.encode("utf-8", "replace")) & (BUCKETS - 1)


@dataclass(frozen=True)
class Linear:
    """Weights that were learnt; `step` is what one unit of a weight is worth."""

    labels: tuple[str, ...]
    weights: "array[int]"
    step: float
    temperature: float

    def shares(self, features: Iterable[str]) -> Mapping[str, float]:
        """How sure each label is; together they are one. All alike where nothing is known of the message."""
        many = len(self.labels)
        starts = [bucket(each) * many for each in features]
        met = [self.weights[start : start + many] for start in starts]
        rows = [row for row in met if any(row)]
        if len(rows) < STRANGE * len(met):
            return dict.fromkeys(self.labels, 1 / many)
        scale = self.step / (math.sqrt(len(rows)) * self.temperature)
        return dict(
            zip(self.labels, softmax([total * scale for total in map(sum, zip(*rows, strict=True))]), strict=True)
        )


def softmax(scores: list[float]) -> list[float]:
    """Scores as shares of one."""
    highest = max(scores)
    powers = [math.exp(score - highest) for score in scores]
    whole = sum(powers)
    return [power / whole for power in powers]


def packed(model: Linear, made_from: str) -> bytes:
    """The file of a model; `made_from` tells the state of the sentences that it learnt from."""
    head = {
        "labels": model.labels,
        "step": model.step,
        "temperature": model.temperature,
        "made_from": made_from,
    }
    return json.dumps(head).encode() + b"\n" + zlib.compress(model.weights.tobytes(), 9)


def unpacked(file: bytes) -> tuple[Linear, str]:
    """A model, and what it was made from."""
    head, _, body = file.partition(b"\n")
    told = json.loads(head)
    weights = array("b", zlib.decompress(body))
    return Linear(tuple(told["labels"]), weights, told["step"], told["temperature"]), told["made_from"]


@cache
def learnt() -> Linear:
    """The model of this program."""
    return unpacked(FILE.read_bytes())[0]
