"""`resync understand`: what a line means, as JSON, and how well a file is understood. No database, no network."""

import io
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.adapters.understanding.french import LABELS, FrenchReader
from bot.cli_screen import count, say
from bot.domain.calendar import Hours
from bot.domain.errors import BadInput
from bot.ports import Secrecy, Understood
from flows.events import Intent

SHAPES = "étiquette⇥texte, 1|0⇥texte (secrets) ou texte⇥au plus tôt⇥au plus tard (moments, ISO 8601)"


def moment_typed(written: str, hours: Hours) -> datetime:
    """The moment in `--now`, in the given zone where it names none; now, if it is empty. Raises `BadInput`."""
    if not written:
        return datetime.now(hours.zone)
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise BadInput(f"« {written} » n’est pas un moment : écrivez par exemple 2026-11-27T10:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=hours.zone)


def told(text: str, found: Understood) -> str:
    """A line of JSON. The text is given back as it came, secret or not: to who typed it, and to nobody else."""
    return json.dumps(
        {
            "text": text,
            "intent": found.intent.value,
            "confidence": round(found.confidence, 3),
            "secret": found.secrecy is Secrecy.SURE,
            "when": found.when.isoformat() if found.when else None,
        },
        ensure_ascii=False,
    )


def lines_typed() -> Iterator[str]:
    """Standard input as UTF-8, whatever the terminal is set to."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="replace")
    yield from sys.stdin


def each_told(lines: Iterable[str], now: datetime, hours: Hours) -> Iterator[str]:
    """An object for each line, an empty one included, so that they can be laid side by side."""
    reader = FrenchReader()
    for line in lines:
        text = line.rstrip("\r\n")
        yield told(text, reader.understand(text, now, hours))


# --evaluate


@dataclass(frozen=True)
class Case:
    """A line of a file: its text, and what is right."""

    text: str
    right: str | bool | tuple[datetime, datetime] | None


def cases(contents: str, hours: Hours) -> list[Case]:
    """The lines of a file, without empty ones and those that begin with #. Raises `BadInput` at the first bad one."""
    found = []
    for number, line in enumerate(contents.splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            found.append(case(line.split("\t"), number, hours))
    if not found:
        raise BadInput(f"Ce fichier n’a aucune ligne. Il en faut : {SHAPES}.")
    if len({kind(each) for each in found}) > 1:
        raise BadInput(f"Ce fichier mêle plusieurs sortes de lignes. Une seule par fichier : {SHAPES}.")
    return found


def case(cells: Sequence[str], number: int, hours: Hours) -> Case:
    """One line; where `\\n` is written in a text, it stands for a line break."""
    match cells:
        case [("0" | "1") as there, text]:
            return Case(text.replace("\\n", "\n"), there == "1")
        case [label, text] if label in LABELS:
            return Case(text, label)
        case [text, "", ""]:
            return Case(text, None)
        case [text, earliest, latest]:
            return Case(text, (moment_typed(earliest, hours), moment_typed(latest, hours)))
    raise BadInput(f"Ligne {number} : il faut {SHAPES}.")


def kind(each: Case) -> str:
    return {str: "labels", bool: "secrets"}.get(type(each.right), "moments")


def show_evaluation(found: Sequence[Case], now: datetime, hours: Hours) -> None:
    """The figures of one file, then every line that was misread."""
    reader, read, took = FrenchReader(), [], []
    for each in found:
        begun = time.perf_counter()
        read.append(reader.understand(each.text, now, hours))
        took.append((time.perf_counter() - begun) * 1000)
    {"labels": show_labels, "secrets": show_secrets, "moments": show_moments}[kind(found[0])](found, read)
    slow = sorted(took)[int(len(took) * 0.99)]
    say(f"Temps par ligne : {decimal(statistics.median(took))} ms (médiane), {decimal(slow)} ms (99 lignes sur 100)")


def show_labels(found: Sequence[Case], read: Sequence[Understood]) -> None:
    pairs = [(str(each.right), seen.intent.value) for each, seen in zip(found, read, strict=True)]
    say(f"Justesse : {share(sum(right == read_as for right, read_as in pairs), len(pairs))}")
    wrongly = sum(read_as == Intent.DONE != right for right, read_as in pairs)
    say(f"« done » à tort : {share(wrongly, len(pairs))}")
    sure = [right == seen.intent for (right, _), seen in zip(pairs, read, strict=True) if seen.confidence >= 0.5]
    say(f"Confiance d’au moins 0,5 : {share(len(sure), len(pairs))}")
    say(f"  parmi elles, justes : {share(sum(sure), len(sure))}")
    say(f"{'étiquette':18}{'précision':>12}{'rappel':>12}{'lignes':>8}")
    for label in LABELS:
        hits = pairs.count((label, label))
        said, there = sum(each == label for _, each in pairs), sum(each == label for each, _ in pairs)
        say(f"{label:18}{percent(hits, said):>12}{percent(hits, there):>12}{there:>8}")
    confused = Counter(pair for pair in pairs if pair[0] != pair[1])
    for (right, wrong), many in confused.most_common():
        say(f"{right} pris pour {wrong} : {many}")
    for (right, wrong), each, seen in zip(pairs, found, read, strict=True):
        if right != wrong:
            say(f"  {right} → {wrong} ({decimal(seen.confidence)}) : {each.text}")


def show_secrets(found: Sequence[Case], read: Sequence[Understood]) -> None:
    pairs = [(bool(each.right), seen.secrecy is Secrecy.SURE) for each, seen in zip(found, read, strict=True)]
    secrets, harmless = sum(right for right, _ in pairs), sum(not right for right, _ in pairs)
    say(f"Secrets vus : {share(pairs.count((True, True)), secrets)}")
    say(f"Fausses alertes : {share(pairs.count((False, True)), harmless)}")
    doubts = sum(seen.secrecy is Secrecy.DOUBT for seen in read)
    say(f"Doutes, comptés comme non vus : {doubts}")
    for (right, seen), each in zip(pairs, found, strict=True):
        if right != seen:
            say(f"  {'manqué' if right else 'à tort'} : {each.text}")


def show_moments(found: Sequence[Case], read: Sequence[Understood]) -> None:
    within = [in_window(each.right, seen.when) for each, seen in zip(found, read, strict=True)]
    say(f"Dans la fenêtre : {share(sum(within), len(within))}")
    for well, each, seen in zip(within, found, read, strict=True):
        if not well:
            say(f"  {seen.when.isoformat() if seen.when else 'aucun moment'} ({seen.intent.value}) : {each.text}")


def in_window(right: object, when: datetime | None) -> bool:
    """Where no moment is right, none must be found."""
    if not isinstance(right, tuple):
        return when is None
    return when is not None and right[0] <= when <= right[1]


def share(part: int, whole: int) -> str:
    return f"{percent(part, whole)} ({part} sur {count(whole, 'ligne')})"


def percent(part: int, whole: int) -> str:
    return f"{decimal(100 * part / whole)} %" if whole else "–"


def decimal(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")
