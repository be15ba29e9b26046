"""The explorer: walks the flows' tables from their beginnings, and draws what it finds.

python -m tests.explorer                  draws docs/flows.md anew
python -m tests.explorer past-states      adds a stored sample of each state that has none yet
"""

import json
import sys
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from bot.adapters.codec import FLOWS, STATES, state_to_json, states_of, stored_name
from bot.domain.away import Away
from flows import renewal
from flows.at_the_bank import DETOURS, HOURS_DOWN, WAITS, BankDown
from flows.escalation import ENDINGS, GONE, ROUNDS, WithStaff
from flows.events import (
    Act,
    Bank,
    BankOut,
    BankSaid,
    BankWell,
    Chose,
    ChoseOld,
    Event,
    Gathered,
    Hinted,
    Intent,
    Linked,
    LinkFilled,
    LinkRefused,
    Muted,
    NeverWorked,
    NoPage,
    OnPage,
    Overdue,
    SentFile,
    StaffDid,
    TooManyPages,
    TooSoon,
    Typed,
    Undeliverable,
    Wrote,
)  # fmt: skip
from flows.first_sync import Invited
from flows.guess import Guess
from flows.incident import MOST_READINGS, Outage
from flows.renewal import OutOfOrder
from flows.state import Asking, Forever, Quiet, State
from flows.step import TABLES, Step, step

ROOT = Path(__file__).parent.parent
DRAWING = ROOT / "docs" / "flows.md"
PAST_STATES = ROOT / "tests" / "flows" / "past_states.json"

BEGINNINGS: tuple[State, ...] = (Invited(), Quiet())
MANY = 12_000  # states; some 8,000 are reached in all
COUNTS = ("nudged", "puzzled", "helped", "tries", "hours", "asked", "readings", "promises")
ALIKE = ("stuck", "bank-problem", "question", "file", "silent", "erase")
MOMENT = "2026-12-16T09:30+01:00"
CHOICES = tuple(sorted({choice for kind in STATES for choice in kind.choices}))
FACTS: tuple[Event, ...] = (
    *(Linked(synchronised=known, place=place) for known in (False, True) for place in (0, 2)),
    ChoseOld(),
    *(Wrote(intent, "quelques mots") for intent in Intent),
    Wrote(Intent.NOT_ME, "quelques mots", others=1),
    *(Wrote(intent, "quelques mots", when=MOMENT) for intent in (Intent.LATER, Intent.AWAY)),
    *(Wrote(intent, "quelques mots", unsure=True) for intent in Intent),
    *(Wrote(intent, "quelques mots", when=MOMENT, unsure=True) for intent in (Intent.LATER, Intent.AWAY)),
    *(Wrote(Intent.OTHER, text) for text in ("oui", "non")),
    *(SentFile(kind, file="f1") for kind in ("photo", "document", "voice", "sticker")),
    SentFile("spoken", file="f1", message=4021),
    *(BankSaid(answer) for answer in Bank),
    Hinted(),
    NoPage(),
    TooManyPages(),
    LinkFilled(),
    LinkRefused(),
    *(OnPage(typed) for typed in Typed),
    *(Overdue(days_left) for days_left in (None, 20, 14, 3, 0, -10)),
    *(Overdue(days_left, others=1) for days_left in (None, 3)),
    Overdue(3, nobody=True),
    TooSoon(),
    Gathered(),
    *(BankOut(days_left) for days_left in (None, 3)),
    *(Muted(waited_for, days_left) for waited_for in (False, True) for days_left in (None, 3)),
    BankWell(),
    NeverWorked(),
    *(Undeliverable(why) for why in Away),
    *(StaffDid(act, "Anne", "2026-12-03" if act is Act.POSTPONED else "bonjour") for act in Act),
    StaffDid(Act.TOOK, "Bruno"),
)  # fmt: skip
"""Everything that can happen in any state; the buttons come on top."""


def events_for(state: State) -> Iterator[Event]:
    """What can happen in a state: an event is void where the state offers no such button or waits for ever."""
    waits = not isinstance(state.wait(), Forever)
    yield from (event for event in FACTS if waits or not isinstance(event, Overdue))
    yield from (Chose(choice) for choice in state.choices)
    yield from (Chose(choice, others=1) for choice in state.choices if choice == "not-me")


def fast_forward(state: State) -> State:
    """The same state after a dull stretch of waiting, and with nothing counted yet where it goes on afterwards.

    Every state that comes out is one that the tables reach too; so the walk is shorter, and stays true.
    """
    changes: dict[str, Any] = {}
    if isinstance(state, Asking) and 6 < state.tries < len(WAITS) - 2:
        changes["tries"] = len(WAITS) - 2
    if isinstance(state, Asking):
        changes |= after_a_detour(state)
    if isinstance(state, BankDown | OutOfOrder) and 1 < state.hours < HOURS_DOWN - 2:
        changes["hours"] = HOURS_DOWN - 2
    if isinstance(state, Outage) and 1 < state.readings < MOST_READINGS - 2:
        changes["readings"] = MOST_READINGS - 2
    if isinstance(state, Guess):
        changes = {"meant": Intent.DONE.value, "when": ""}  # each meaning is walked where it is sure
    if isinstance(state, WithStaff):
        changes = one_of_its_kind(state)
    if isinstance(resume := getattr(state, "resume", None), State):
        changes["resume"] = forget_counts(resume)
    return replace(state, **changes)


def after_a_detour(asking: Asking) -> dict[str, Any]:
    """The first is like the last, and what was tried with the password meanwhile goes on in the same way."""
    return {"detours": DETOURS, "refused": 0, "strayed": 0} if asking.detours else {}


def one_of_its_kind(case: WithStaff) -> dict[str, Any]:
    """Cases that a client's own words or silence opened go on alike, and so do those that a colleague took."""
    if case.cause in GONE.values():
        return out_of_reach(case)
    walked_out = isinstance(case.resume, Quiet)  # whoever waits for whom is the same wherever the client goes on
    return {
        "answered": case.answered and walked_out,
        "until": case.until if walked_out else "",
        "cause": "human" if case.cause in ALIKE else ENDINGS[0] if case.cause in ENDINGS else case.cause,
        "taken_by": "Anne" if case.taken_by else "",
        "reminded": 0 if case.taken_by else case.reminded,
    }


def out_of_reach(case: WithStaff) -> dict[str, Any]:
    """Why he is makes no difference, nor which round it is while the bank is looked at, nor one in the middle.

    Whether he was written to makes one where nothing had been asked of him.
    """
    is_taken = bool(case.taken_by) and not case.looking
    dull = 0 < case.reminded < ROUNDS - 1
    rounds = ROUNDS if case.looking else 0 if is_taken else ROUNDS - 1 if dull else case.reminded
    return {
        "cause": "unreachable",
        "taken_by": "Anne" if is_taken else "",
        "reminded": rounds,
        "written": case.written and isinstance(case.resume, Quiet),
    }


def forget_counts(state: State) -> State:
    changes: dict[str, Any] = {field.name: 0 for field in fields(state) if field.name in COUNTS}
    if isinstance(state, Asking):
        changes |= after_a_detour(state)
    if isinstance(inner := getattr(state, "resume", None), State):
        changes["resume"] = forget_counts(inner)
    return replace(state, **changes)


@cache
def explore() -> Mapping[State, Mapping[Event, Step]]:
    """Every state that can be reached, with what each event makes of it."""
    found: dict[State, Mapping[Event, Step]] = {}
    ahead = deque(BEGINNINGS)
    while ahead:
        state = ahead.popleft()
        if state in found:
            continue
        assert len(found) < MANY, f"the tables never come to rest, something counts or nests without end: {state}"
        found[state] = {event: step(state, event) for event in events_for(state)}
        reached = dict.fromkeys(following.state for following in found[state].values())
        ahead.extend(each for each in map(fast_forward, reached) if each not in found)
    return found


# The stored samples.


def past_states() -> list[dict[str, Any]]:
    """What was ever stored, one sample a line."""
    samples: list[dict[str, Any]] = json.loads(PAST_STATES.read_text("utf-8")) if PAST_STATES.exists() else []
    return samples


def add_past_states() -> None:
    """Store the richest sample of each state that has none; the file only grows."""
    samples = past_states()
    known = {sample["is"] for sample in samples}
    for kind in STATES:
        if stored_name(kind) not in known:
            texts = [state_to_json(state) for state in explore() if type(state) is kind]
            samples.append(json.loads(max(texts, key=lambda text: (len(text), text))))
    lines = ",\n".join(json.dumps(sample, ensure_ascii=False) for sample in samples)
    PAST_STATES.write_text(f"[\n{lines}\n]\n", "utf-8")


# The drawing.


@dataclass(frozen=True, order=True)
class Arrow:
    """What leads from one state to another, as classes' names; `BACK` is wherever the detour began."""

    source: str
    target: str


def draw() -> str:
    """The whole page: one diagram and one table of states for each flow."""
    return HEAD + "\n".join(draw_flow(flow) for flow in FLOWS)


def draw_flow(flow: ModuleType) -> str:
    title, _, about = (flow.__doc__ or "").strip().partition(": ")
    about = " ".join(about.partition("\n\n")[0].split())
    mine = (*states_of(flow), *([Quiet] if flow is renewal else []))
    rows = [f"| `{kind.__name__}` | {first_line(kind)} | {buttons(kind)} |" for kind in mine]
    return "\n".join(
        [
            f"## {title}\n",
            f"{about[0].upper()}{about[1:]}\n",
            "```mermaid\nflowchart TD",
            *diagram({kind.__name__ for kind in mine}),
            "```\n",
            "| state | whose turn, and what for | buttons |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def first_line(kind: type[State]) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def buttons(kind: type[State]) -> str:
    return " ".join(f"`{choice}`" for choice in kind.choices)


def diagram(mine: set[str]) -> Iterator[str]:
    """The lines of one diagram: the flow's own states, and dashed the ones where it ends."""
    arrows = {arrow: labels for arrow, labels in main_arrows().items() if arrow.source in mine}
    nodes = dict.fromkeys([*sorted(mine), *(arrow.target for arrow in arrows)])
    for node in nodes:
        yield f'    {node}["{node}"]' if node in mine else f'    {node}(["{NAMED.get(node, node)}"]):::elsewhere'
    for arrow, labels in arrows.items():
        yield f'    {arrow.source} -- "{"<br>".join(folded(labels))}" --> {arrow.target}'
    yield "    classDef elsewhere stroke-dasharray: 4 3"


def folded(labels: tuple[str, ...]) -> Iterator[str]:
    """The bank's answers three to a line, then everything else, one to a line."""
    answers = [label.removeprefix("bank: ") for label in labels if label.startswith("bank: ")]
    for start in range(0, len(answers), 3):
        yield ("bank: " if start == 0 else "") + ", ".join(answers[start : start + 3])
    yield from (label for label in labels if not label.startswith("bank: "))


@cache
def main_arrows() -> Mapping[Arrow, tuple[str, ...]]:
    """The moves that a flow's own table makes. What all flows share is told in the page's head instead."""
    labels: dict[Arrow, dict[str, None]] = {}
    for state, following in explore().items():
        for event, taken in following.items():
            label = label_of(state, event)
            moves = taken.moved and type(taken.state) is not type(state)
            if label and moves and any(table(state, event) is not None for table in TABLES):
                target = BACK if taken.state == getattr(state, "resume", None) else type(taken.state).__name__
                labels.setdefault(Arrow(type(state).__name__, target), {})[label] = None
    return {arrow: tuple(labels[arrow]) for arrow in labels}


def label_of(state: State, event: Event) -> str:
    """An event in a word or two; empty where the arrow would be drawn from everywhere."""
    if isinstance(state, Quiet) and type(state) is not Quiet and not isinstance(event, Chose):
        return ""  # drawn once, from `Quiet`
    match event:
        case Chose(choice):
            return f"« {choice} »"
        case BankSaid(Bank.RENEWED) if not isinstance(state, Asking):
            return ""
        case BankSaid(answer):
            return f"bank: {answer.value}"
        case StaffDid(act) if isinstance(state, WithStaff):
            return f"staff: {act.value}"
        case Linked() | LinkFilled() | NoPage() | Overdue():
            return WORDS[type(event)]
    return ""


WORDS: Mapping[type[Event], str] = {
    Linked: "invitation opened",
    LinkFilled: "page filled in",
    NoPage: "no page to offer",
    Overdue: "time passes",
}
BACK = "Back"
NAMED = {BACK: "↩ where the detour began"}
HEAD = """# The flows

Drawn from the tables in `flows/` by `python tests/explorer.py`; change the tables, not this page.

An arrow is a row of a flow's own table. A dashed node belongs to another flow. What every flow shares is left
out of the diagrams, because it would be drawn from everywhere:

- good news ends the renewal from any state: `Renewed`, or `Connected` the first time;
- « stuck », a question, a photo or words that nobody understands lead to `WithStaff`, and back from there;
- silence brings one friendly word; then a renewal goes on with `Offered`, a first synchronisation with two words
  more and then `WithStaff`;
- a client who blocks the bot is with staff; a client who writes « stop » is `OptedOut`.

"""


if __name__ == "__main__":
    if sys.argv[1:] == ["past-states"]:
        add_past_states()
    else:
        DRAWING.write_text(draw(), "utf-8")
