"""The codec: states and effects as short JSON texts, for the columns and queues that keep them.

Law: a stored name is spelled out (`renewal.step-b`), never numbered, and outlives every deploy. An empty
field is left out where empty is its default; a field added later needs a default, and old rows take it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from types import ModuleType
from typing import Any

from bot.domain.errors import OurBug
from flows import (
    at_the_bank,
    endings,
    escalation,
    first_sync,
    guess,
    handover,
    incident,
    on_our_page,
    opt_out,
    password_change,
    renewal,
)
from flows.effects import EFFECTS, Effect
from flows.state import Quiet, State

FLOWS: tuple[ModuleType, ...] = (
    first_sync, renewal, password_change, at_the_bank, incident, on_our_page, escalation, handover, endings, opt_out,
    guess,
)  # fmt: skip
NAME = "is"  # the key that holds the stored name; no field can be called so, it is a word of Python

Kept = State | Effect


def kebab(name: str) -> str:
    """`StepB` → `step-b`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def stored_name(kind: type[Kept]) -> str:
    """The module and the class, as rows spell them: `renewal.step-b`, `effects.read-bank`."""
    return f"{kind.__module__.rpartition('.')[2]}.{kebab(kind.__name__)}"


def states_of(flow: ModuleType) -> tuple[type[State], ...]:
    """The states that a flow defines, in the order in which it defines them."""
    return tuple(
        thing
        for thing in vars(flow).values()
        if isinstance(thing, type) and issubclass(thing, State) and thing.__module__ == flow.__name__
    )


STATES: tuple[type[State], ...] = (Quiet, *(kind for flow in FLOWS for kind in states_of(flow)))
"""Every state in which a conversation can rest."""

STATE_NAMES: Mapping[str, type[Kept]] = {stored_name(kind): kind for kind in STATES}
EFFECT_NAMES: Mapping[str, type[Kept]] = {stored_name(kind): kind for kind in EFFECTS}


def state_to_json(state: State) -> str:
    """A state as one line of JSON, with the states that it resumes inside it."""
    return write(pack(state, STATE_NAMES))


def state_from_json(text: str) -> State:
    """The state that a row holds. Raises `OurBug` when the row names what no code knows."""
    state = unpack(read(text), STATE_NAMES)
    assert isinstance(state, State)
    return state


def effect_to_json(effect: Effect) -> str:
    """An effect as one line of JSON."""
    return write(pack(effect, EFFECT_NAMES))


def effect_from_json(text: str) -> Effect:
    """The effect that a queue holds. Raises `OurBug` when it names what no code knows."""
    effect = unpack(read(text), EFFECT_NAMES)
    assert isinstance(effect, Effect)
    return effect


def read(text: str) -> Mapping[str, Any]:
    try:
        packed = json.loads(text)
    except ValueError as error:
        raise OurBug("a stored row is not JSON") from error
    if not isinstance(packed, dict):
        raise OurBug(f"a stored row is a {type(packed).__name__}, not an object")
    return packed


def write(packed: Mapping[str, Any]) -> str:
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def pack(kept: Kept, names: Mapping[str, type[Kept]]) -> dict[str, Any]:
    name = stored_name(type(kept))
    if names.get(name) is not type(kept):
        raise OurBug(f"{type(kept).__qualname__} has no stored name: is it in its flow's module?")
    written = {field.name: pack_value(getattr(kept, field.name)) for field in fields(kept) if told(kept, field)}
    return {NAME: name, **written}


def told(kept: Kept, field: "Field[Any]") -> bool:
    """Must this field be written? Only what is empty by default may be read between the lines."""
    value = getattr(kept, field.name)
    return bool(value) or value != field.default


def pack_value(value: object) -> object:
    if isinstance(value, State):
        return pack(value, STATE_NAMES)
    if isinstance(value, tuple):
        return [pack_value(each) for each in value]
    if type(value) in (str, int, bool):
        return value
    raise OurBug(f"a {type(value).__name__} cannot be stored in a state or an effect")


def unpack(packed: Mapping[str, Any], names: Mapping[str, type[Kept]]) -> Kept:
    name = packed.get(NAME)
    kind = names.get(name) if isinstance(name, str) else None
    if kind is None:
        raise OurBug(f"a stored row is called {name!r}, which no flow knows")
    known = {field.name: field for field in fields(kind)}
    values = {key: unpack_value(value) for key, value in packed.items() if key != NAME}
    check(name, values, known)
    return kind(**values)


def check(name: object, values: Mapping[str, Any], known: "Mapping[str, Field[Any]]") -> None:
    """A row with too much or too little is told from a good one by its fields' names."""
    if unknown := sorted(values.keys() - known.keys()):
        raise OurBug(f"a stored {name!r} has fields that its class has not: {', '.join(unknown)}")
    if missing := sorted(key for key, field in known.items() if key not in values and needed(field)):
        raise OurBug(f"a stored {name!r} lacks what its class needs: {', '.join(missing)}")


def needed(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def unpack_value(value: object) -> object:
    if isinstance(value, dict):
        return unpack(value, STATE_NAMES)
    if isinstance(value, list):
        return tuple(unpack_value(each) for each in value)
    return value
