"""The classifier that suspects a secret: what it learns from, its files, and how well it does on a file that it has not met."""

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

from bot.adapters.understanding import naming, traces, words
from bot.adapters.understanding import suspicion as counted
from bot.adapters.understanding.introduced import PUBLIC
from bot.adapters.understanding.linear import Linear, packed
from bot.adapters.understanding.secrets import NOT_TYPED, WEAK, by_rules
from bot.adapters.understanding.suspicion import FILE, GIVEN, HARMLESS, TALK, signs
from bot.adapters.understanding.words import bare
from bot.ports import Secrecy
from training import learn, pasted, vary
from training.weights import RARE, SEED, everyday_words, module_file

DEVELOPMENT = Path(__file__).parents[1] / "tests" / "understanding"
FILES = (
    "development_pasted_first", "development_pasted_second", "development_pasted_third", "development_announced",
    "development_secrets",
)  # fmt: skip
LABELS = (HARMLESS, GIVEN)
MANY, ASIDE, OFTEN = 10000, 600, 6
"""Messages of either kind that are made up, sentences of each label that are about something else, and how often a line
of a development file is shown."""
TURNS = 3
Line = tuple[bool, str]


def make() -> None:
    model, _ = learnt_from(FILES)
    FILE.write_bytes(packed(model, made_from()))
    TALK.write_text("\n".join(sorted(words_of_talk(FILES))) + "\n", "ascii")
    print(f"{FILE.name}: {FILE.stat().st_size / 1024:.0f} KiB")


def learnt_from(names: Collection[str]) -> tuple[Linear, frozenset[str]]:
    """Weights, and words that stand for themselves, from these development files and all that is made up."""
    talk = traces.with_stems(words_of_talk(names))
    lines = [*made_up(), *(line for name in names for line in lines_of(name) for _ in range(OFTEN))]
    told = [(list(signs(traces.traces(text, talk))), int(given)) for given, text in lines]
    met = Counter(each for found, _ in told for each in set(found))
    examples = [(learn.buckets(each for each in found if met[each] >= RARE), label) for found, label in told]
    return averaged([learn.learn(examples, LABELS, SEED + turn) for turn in range(TURNS)]), talk


def averaged(models: list[Linear]) -> Linear:
    """One model of several that were shown the same in other orders: what chance gave to one of them is evened out."""
    many = len(LABELS)
    rows: dict[int, list[float]] = {}
    for place in range(0, len(models[0].weights), many):
        row = [sum(model.step * model.weights[place + k] for model in models) / len(models) for k in range(many)]
        if any(row):
            rows[place // many] = row
    return learn.quantised(rows, LABELS)


def lines_of(name: str) -> list[Line]:
    """The lines of a development file."""
    rows = (DEVELOPMENT / f"{name}.tsv").read_text("utf-8").splitlines()
    cells = [row.split("\t") for row in rows if row and not row.startswith("#")]
    return [(given == "1", text.replace("\\n", "\n")) for given, text in cells]


@cache
def made_up() -> tuple[Line, ...]:
    """Messages with a secret, messages without, and sentences that are about something else altogether."""
    given, harmless = (list(pasted.messages(kind, pasted.templates(kind), MANY, SEED)) for kind in (GIVEN, HARMLESS))
    aside = [text for label in vary.labels() for text in vary.sentences(label, vary.templates(label), ASIDE, SEED)]
    return (*((True, text) for text in given), *((False, text) for text in (*harmless, *aside)))


def words_of_talk(names: Iterable[str]) -> frozenset[str]:
    """The words of the templates outside their slots, and those that two harmless lines have."""
    found = Counter(
        word for name in names for given, text in lines_of(name) if not given for word in set(spelled(text))
    )
    talk = {word for word, many in found.items() if many > 1} | {
        bare(word) for word in NOT_TYPED if bare(word).isascii()
    }
    for kind in (*LABELS, "talk"):
        talk |= {word for line in pasted.templates(kind) for word in spelled(vary.SLOT.sub(" ", line))}
    return frozenset((talk | set(everyday_words())) - WEAK - {bare(thing) for thing in pasted.THINGS})


def spelled(text: str) -> list[str]:
    """Words, and those that are joined by a dash also as one."""
    return re.findall(r"[a-z]{2,}", bare(text)) + re.findall(r"[a-z]+(?:-[a-z]+)+", bare(text))


def made_from() -> str:
    """Tells whether something has changed that the classifier learns from, or that is counted of it."""
    sources = [pasted, vary, learn, words, naming, traces, counted]
    files = [
        *sorted(pasted.FOLDER.glob("*.txt")),
        *(DEVELOPMENT / f"{name}.tsv" for name in FILES),
        *map(module_file, sources),
    ]
    lists = repr([sorted(PUBLIC), sorted(NOT_TYPED), everyday_words(), MANY, ASIDE, OFTEN])
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + lists.encode()).hexdigest()


def show() -> None:
    """Secrets seen and false alarms: of each development file, when all but this one were learnt from."""
    print(f"{'':30}{'rules alone':>20}{'both':>20}")
    for name in FILES:
        model, talk = learnt_from([each for each in FILES if each != name])
        lines = lines_of(name)
        ruled = [by_rules(text) is Secrecy.SURE for _, text in lines]
        learnt = [counted.suspicion(text, model, talk) is Secrecy.SURE for _, text in lines]
        both = [rule or found for rule, found in zip(ruled, learnt, strict=True)]
        print(f"{name:30}{share(lines, ruled):>20}{share(lines, both):>20}", flush=True)


def share(lines: list[Line], seen: list[bool]) -> str:
    given = [found for found, (secret, _) in zip(seen, lines, strict=True) if secret]
    harmless = [found for found, (secret, _) in zip(seen, lines, strict=True) if not secret]
    return f"{sum(given) / len(given):.1%} {sum(harmless) / len(harmless):.1%}"
