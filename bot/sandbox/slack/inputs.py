"""What a person picks or types in an element, in the shape Slack sends it.

docs.slack.dev, Reference > Interaction payloads > view_submission, and > block_actions.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.slack.blocks import elements_in
from bot.sandbox.slack.elements import options_of
from bot.sandbox.slack.refusal import Json

Values = Mapping[tuple[str, str], Any]

_FIELDS = {
    "checkboxes": "selected_options",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
}
_FIELDS |= {f"multi_{name}": f"{field}s" for name, field in _FIELDS.items() if name.endswith("_select")}
_FIELDS |= dict.fromkeys(("plain_text_input", "email_text_input", "url_text_input", "number_input"), "value")
_FORMATS = {
    "email_text_input": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "url_text_input": r"https?://\S+",
    "number_input": r"-?\d+([.,]\d+)?",
}


def answered(element: Mapping[str, Any], value: Any) -> Json:
    """What a payload says of an element. `value` as a person gives it, None for what stands there already.

    Options are given by their `value` (a list of them where several can be picked), the rest as it is sent.
    Raises `LookupError` for an option that is not offered, `ValueError` for a text the screen would refuse.
    """
    kind = element["type"]
    if kind not in _FIELDS:
        return {"type": kind}
    field = _FIELDS[kind]
    if value is None:
        initial = element.get(field.replace("selected_", "initial_") if field != "value" else "initial_value")
        return {"type": kind, field: [] if initial is None and field.endswith("s") else initial}
    if field in {"selected_option", "selected_options"} and "external" not in kind:
        value = _picked(element, value)
    if field == "value":
        _check_text(element, value)
    return {"type": kind, field: value}


def _picked(element: Mapping[str, Any], value: str | Sequence[str]) -> Any:
    offered = {option.get("value"): option for option in options_of(element)}
    wanted = [value] if isinstance(value, str) else list(value)
    missing = [each for each in wanted if each not in offered]
    if missing:
        raise LookupError(f"{element['action_id']} does not offer {missing}")
    picked = [{name: offered[each][name] for name in ("text", "value")} for each in wanted]
    return picked[0] if isinstance(value, str) else picked


def _check_text(element: Mapping[str, Any], value: str) -> None:
    name, least, most = element["action_id"], element.get("min_length", 0), element.get("max_length", 3000)
    if not least <= len(value) <= most:
        raise ValueError(f"{name} takes {least} to {most} characters, not {len(value)}")
    if value and element["type"] in _FORMATS and not re.fullmatch(_FORMATS[element["type"]], value):
        raise ValueError(f"{name} does not take {value!r}")


def state_of(blocks: Sequence[Json], values: Values) -> Json:
    """The `state` of a message or view. Raises `LookupError` for a value no element of it takes."""
    state: dict[str, Json] = {}
    known = set()
    for block, element in elements_in(blocks):
        if element["type"] in _FIELDS and element["type"] != "overflow":
            key = (block["block_id"], element["action_id"])
            known.add(key)
            state.setdefault(key[0], {})[key[1]] = answered(element, values.get(key))
    if values.keys() - known:
        raise LookupError(f"no such input: {sorted(values.keys() - known)}")
    return {"values": state}


def missing_inputs(blocks: Sequence[Json], state: Json) -> list[str]:
    """The block_id of each input that must be filled and is not: Slack's screen then sends nothing."""
    return [
        block["block_id"]
        for block, element in elements_in(blocks)
        if block["type"] == "input"
        and not block.get("optional")
        and not state["values"][block["block_id"]][element["action_id"]][_FIELDS[element["type"]]]
    ]


def find_element(blocks: Sequence[Json], action_id: str, block_id: str | None) -> tuple[Json, Json]:
    """The block and the element with this action_id. Raises `LookupError` if there is none, or several."""
    found = [
        (dict(block), element)
        for block, element in elements_in(blocks)
        if element["action_id"] == action_id and block_id in {None, block["block_id"]}
    ]
    if not found:
        raise LookupError(f"there is no {action_id!r} here now")
    if len(found) > 1:
        raise LookupError(f"there are {len(found)} {action_id!r} here: say which block_id")
    return found[0]


def action_of(block: Json, element: Json, value: Any, stamp: str) -> Json:
    """The entry of `actions` for what a person did with an element."""
    action = {"action_id": element["action_id"], "block_id": block["block_id"], **answered(element, value)}
    action |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    if "placeholder" in element:
        action["placeholder"] = element["placeholder"]
    return {**action, "action_ts": stamp}
