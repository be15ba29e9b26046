"""Block Kit as the sandbox reads it: what it takes Slack's own types take, and its limits are Slack's."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator  # type: ignore[import-untyped]

from bot.sandbox.slack.blocks import BLOCKS, faults_of_blocks, faults_of_view
from bot.sandbox.slack.elements import ELEMENTS, IN_INPUT

Json = dict[str, Any]
SCHEMA = (Path(__file__).parents[2] / "../shared/specs/slack/blocks_from_slack_types_3.2.0.schema.json").resolve()


def plain(text: str = "Oui") -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def marked(text: str = "*Oui*") -> Json:
    return {"type": "mrkdwn", "text": text, "verbatim": False}


def option(value: str = "a", **more: Any) -> Json:
    return {"text": plain(), "value": value, **more}


CONFIRM = {"title": plain(), "text": plain("Sûr ?"), "confirm": plain(), "deny": plain("Non"), "style": "danger"}
MENU = {"action_id": "menu", "placeholder": plain(), "focus_on_load": True, "confirm": CONFIRM}
TYPED = {
    "action_id": "typed",
    "placeholder": plain(),
    "focus_on_load": True,
    "dispatch_action_config": {"trigger_actions_on": ["on_enter_pressed"]},
}
FULL_ELEMENTS: dict[str, Json] = {
    "button": {
        "text": plain(),
        "action_id": "b",
        "value": "1",
        "url": "https://example.com",
        "style": "primary",
        "confirm": CONFIRM,
        "accessibility_label": "Oui",
    },
    "image": {"alt_text": "Logo", "image_url": "https://example.com/a.png"},
    "overflow": {"action_id": "o", "options": [option(url="https://example.com")], "confirm": CONFIRM},
    "checkboxes": {
        "action_id": "c",
        "options": [option(), {"text": marked(), "value": "b", "description": plain()}],
        "initial_options": [option()],
        "focus_on_load": True,
        "confirm": CONFIRM,
    },
    "radio_buttons": {"action_id": "r", "options": [option()], "initial_option": option()},
    "datepicker": {**MENU, "initial_date": "2026-10-01"},
    "timepicker": {**MENU, "initial_time": "09:30", "timezone": "Europe/Paris"},
    "datetimepicker": {"action_id": "d", "initial_date_time": 1790000000, "focus_on_load": True},
    "static_select": {**MENU, "options": [option(), option("b")], "initial_option": option("b")},
    "multi_static_select": {
        **MENU,
        "option_groups": [{"label": plain(), "options": [option()]}],
        "initial_options": [option()],
        "max_selected_items": 2,
    },
    "external_select": {**MENU, "min_query_length": 2, "initial_option": option()},
    "multi_external_select": {**MENU, "min_query_length": 2, "initial_options": [option()]},
    "users_select": {**MENU, "initial_user": "U1"},
    "multi_users_select": {**MENU, "initial_users": ["U1"], "max_selected_items": 1},
    "channels_select": {**MENU, "initial_channel": "C1", "response_url_enabled": True},
    "multi_channels_select": {**MENU, "initial_channels": ["C1"]},
    "conversations_select": {
        **MENU,
        "initial_conversation": "C1",
        "default_to_current_conversation": True,
        "filter": {"include": ["public"], "exclude_bot_users": True},
        "response_url_enabled": True,
    },
    "multi_conversations_select": {**MENU, "initial_conversations": ["C1"]},
    "plain_text_input": {
        **TYPED,
        "initial_value": "un",
        "multiline": True,
        "min_length": 1,
        "max_length": 10,
    },
    "email_text_input": {**TYPED, "initial_value": "a@b.fr"},
    "url_text_input": {**TYPED, "initial_value": "https://example.com"},
    "number_input": {**TYPED, "is_decimal_allowed": True, "initial_value": "2", "min_value": "1", "max_value": "3"},
    "file_input": {"action_id": "f", "filetypes": ["png"], "max_files": 2},
}
STYLED = {"style": {"bold": True, "italic": False, "strike": False, "code": True, "underline": True}}
RICH: list[Json] = [
    {"type": "text", "text": "un", **STYLED},
    {"type": "link", "url": "https://example.com", "text": "ici", "unsafe": False, **STYLED},
    {"type": "emoji", "name": "wave", "unicode": "1f44b"},
    {"type": "user", "user_id": "U1"},
    {"type": "usergroup", "usergroup_id": "S1"},
    {"type": "channel", "channel_id": "C1"},
    {"type": "broadcast", "range": "here"},
    {"type": "color", "value": "#aabbcc"},
    {"type": "date", "timestamp": 1790000000, "format": "{date}", "fallback": "jeudi"},
]
SECTION = {"type": "rich_text_section", "elements": RICH}
RICH_PARTS: list[Json] = [
    SECTION,
    {"type": "rich_text_list", "style": "bullet", "indent": 1, "border": 0, "elements": [SECTION]},
    {"type": "rich_text_quote", "elements": RICH, "border": 1},
    {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "x"}], "border": 0},
]
FULL_BLOCKS: dict[str, Json] = {
    "actions": {"elements": [{"type": "button", **FULL_ELEMENTS["button"]}]},
    "context": {"elements": [plain(), marked(), {"type": "image", **FULL_ELEMENTS["image"]}]},
    "divider": {},
    "header": {"text": plain()},
    "image": {"alt_text": "Étape", "image_url": "https://example.com/a.png", "title": plain()},
    "input": {
        "label": plain(),
        "element": {"type": "plain_text_input", **FULL_ELEMENTS["plain_text_input"]},
        "hint": plain(),
        "optional": True,
        "dispatch_action": True,
    },
    "markdown": {"text": "**oui**"},
    "rich_text": {"elements": RICH_PARTS},
    "section": {
        "text": marked(),
        "fields": [plain(), marked()],
        "accessory": {"type": "overflow", **FULL_ELEMENTS["overflow"]},
        "expand": True,
    },
    "table": {
        "rows": [[{"type": "raw_text", "text": "a"}, {"type": "rich_text", "elements": [SECTION]}]],
        "column_settings": [{"align": "right", "is_wrapped": True}],
    },
    "video": {
        "alt_text": "Film",
        "title": plain(),
        "thumbnail_url": "https://example.com/a.png",
        "video_url": "https://example.com/a.mp4",
        "author_name": "Anna",
        "description": plain(),
        "provider_icon_url": "https://example.com/i.png",
        "provider_name": "Ici",
        "title_url": "https://example.com",
    },
}


def holding(element: Json) -> Json:
    """A block in which this element may stand."""
    if element["type"] in IN_INPUT:
        return {"type": "input", "block_id": "i", "label": plain(), "element": element}
    if element["type"] == "image":
        return {"type": "context", "elements": [element]}
    return {"type": "actions", "block_id": "i", "elements": [element]}


VALID: dict[str, Json] = {
    **{name: {"type": name, "block_id": "one", **fields} for name, fields in FULL_BLOCKS.items()},
    **{f"{name} in a block": holding({"type": name, **each}) for name, each in FULL_ELEMENTS.items()},
}


def changed(name: str, path: str, value: Any) -> Json:
    """A valid sample with one thing changed; `...` takes it away."""
    sample = copy.deepcopy(VALID[name])
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place: Any = sample
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return sample


# Wrong in shape: Slack's own types refuse these too.
MISSHAPEN = [
    ("section", "text/type", "html"),
    ("section", "text", "une chaîne"),
    ("section", "text/text", 3),
    ("section", "text/emoji", True),
    ("section", "colour", "red"),
    ("section", "accessory/type", "plain_text_input"),
    ("header", "text/type", "mrkdwn"),
    ("header", "text", ...),
    ("actions", "elements/0/style", "default"),
    ("actions", "elements/0/text", ...),
    ("actions", "elements/0/text/type", "mrkdwn"),
    ("actions", "elements/0/values", "1"),
    ("actions", "elements/0/confirm/text", ...),
    ("actions", "elements/0/type", "plain_text_input"),
    ("actions", "elements", ...),
    ("context", "elements/0", {"type": "button", "text": {"type": "plain_text", "text": "x"}}),
    ("image", "alt_text", ...),
    ("image", "image_url", ...),
    ("image", "slack_file", {"id": "F1"}),
    ("input", "label", ...),
    ("input", "element", ...),
    ("input", "element/multiline", "yes"),
    ("input", "optional", 1),
    ("static_select in a block", "element/initial_option/text", "a"),
    ("static_select in a block", "element/options/0/text/type", "mrkdwn"),
    ("conversations_select in a block", "element/filter/include", ["secret"]),
    ("number_input in a block", "element/is_decimal_allowed", ...),
    ("rich_text", "elements/0/type", "rich_text_verse"),
    ("rich_text", "elements/0/elements/0/style/big", True),
    ("rich_text", "elements/1/style", "numbered"),
    ("rich_text", "elements/3/elements/0/type", "emoji"),
    ("table", "rows/0/0/type", "text"),
    ("divider", "text", {"type": "plain_text", "text": "x"}),
    ("divider", "type", "separator"),
]
# Past a limit that types cannot express.
TOO_MUCH = [
    ("section", "text/text", "x" * 3001),
    ("section", "text/text", ""),
    ("section", "fields", [plain()] * 11),
    ("section", "fields/0/text", "x" * 2001),
    ("section", "block_id", "x" * 256),
    ("header", "text/text", "x" * 151),
    ("actions", "elements/0/text/text", "x" * 76),
    ("actions", "elements/0/value", "x" * 2001),
    ("actions", "elements/0/action_id", "x" * 256),
    ("actions", "elements/0/url", "https://example.com/" + "x" * 3000),
    ("actions", "elements/0/url", "example.com"),
    ("actions", "elements/0/confirm/title/text", "x" * 101),
    ("actions", "elements/0/confirm/text/text", "x" * 301),
    ("actions", "elements/0/confirm/deny/text", "x" * 31),
    ("actions", "elements", [{"type": "button", "text": plain()}] * 26),
    ("actions", "elements", []),
    ("actions", "elements", [{"type": "button", "text": plain(), "action_id": "same"}] * 2),
    ("context", "elements", [plain()] * 11),
    ("image", "image_url", "https://example.com/" + "x" * 3000),
    ("image", "alt_text", "x" * 2001),
    ("input", "label/text", "x" * 2001),
    ("input", "element/max_length", 3001),
    ("input", "element/min_length", 20),
    ("input", "element/initial_value", "x" * 11),
    ("static_select in a block", "element/placeholder/text", "x" * 151),
    ("static_select in a block", "element/options", [option(str(n)) for n in range(101)]),
    ("static_select in a block", "element/options", ...),
    ("static_select in a block", "element/options/0/text/text", "x" * 76),
    ("static_select in a block", "element/options/0/value", "x" * 151),
    ("static_select in a block", "element/initial_option/value", "elsewhere"),
    ("overflow in a block", "elements/0/options", [option()] * 6),
    ("checkboxes in a block", "element/options", [option()] * 11),
    ("datepicker in a block", "element/initial_date", "1/10/2026"),
    ("number_input in a block", "element/min_value", "9"),
    ("markdown", "text", "x" * 12_001),
    ("table", "rows", [[{"type": "raw_text", "text": "a"}] * 21]),
]


@pytest.fixture(scope="session")
def definitions() -> Json:
    if not SCHEMA.exists():
        pytest.skip(f"Slack's block types are not beside the repository: {SCHEMA.name}")
    loaded: Json = json.loads(SCHEMA.read_text())["definitions"]
    return loaded


def taken_by_types(definitions: Json, name: str, value: Json) -> bool:
    schema = {"$ref": f"#/definitions/{name}", "definitions": definitions}
    return bool(Draft7Validator(schema).is_valid(value))


def test_there_is_a_full_sample_of_everything_the_sandbox_knows() -> None:
    assert FULL_BLOCKS.keys() == BLOCKS.keys()
    assert FULL_ELEMENTS.keys() == ELEMENTS.keys()


@pytest.mark.parametrize("name", VALID)
def test_a_full_sample_is_taken(name: str) -> None:
    assert faults_of_blocks([VALID[name]]) == []


@pytest.mark.parametrize("name", VALID)
def test_what_the_sandbox_takes_slacks_own_types_take(name: str, definitions: Json) -> None:
    assert taken_by_types(definitions, "KnownBlock", VALID[name])


@pytest.mark.parametrize(("name", "path", "value"), MISSHAPEN)
def test_what_slacks_own_types_refuse_the_sandbox_refuses(
    name: str, path: str, value: Any, definitions: Json
) -> None:
    sample = changed(name, path, value)
    assert not taken_by_types(definitions, "KnownBlock", sample)
    assert faults_of_blocks([sample])


@pytest.mark.parametrize(("name", "path", "value"), [*MISSHAPEN, *TOO_MUCH])
def test_one_fault_is_refused_and_pointed_at(name: str, path: str, value: Any) -> None:
    faults = faults_of_blocks([changed(name, path, value)])
    assert faults
    assert all("[json-pointer:/blocks" in fault for fault in faults)


def test_fifty_blocks_fit_in_a_message_and_not_one_more() -> None:
    assert faults_of_blocks([{"type": "divider"}] * 50) == []
    assert faults_of_blocks([{"type": "divider"}] * 51) == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_a_block_id_serves_once_in_a_message() -> None:
    faults = faults_of_blocks([{"type": "divider", "block_id": "x"}] * 2)
    assert faults == ["block_id already exists: x [json-pointer:/blocks]"]


def test_an_action_id_may_serve_again_in_another_block() -> None:
    button = {"type": "button", "text": plain(), "action_id": "again"}
    assert faults_of_blocks([{"type": "actions", "elements": [button]}] * 2) == []


MODAL: Json = {
    "type": "modal",
    "callback_id": "close",
    "title": plain("Clore"),
    "submit": plain("Clore"),
    "close": plain("Annuler"),
    "private_metadata": "{}",
    "external_id": "one",
    "clear_on_close": True,
    "notify_on_close": True,
    "blocks": [VALID["input"]],
}
BAD_MODALS: list[Json] = [
    {"title": plain("x" * 25)},
    {"submit": plain("x" * 25)},
    {"close": plain("x" * 25)},
    {"private_metadata": "x" * 3001},
    {"callback_id": "x" * 256},
    {"external_id": "x" * 256},
    {"title": marked()},
    {"colour": "red"},
    {"blocks": [{"type": "divider"}] * 101},
    {"blocks": [VALID["table"]]},
    {"type": "home"},
]


def test_a_full_modal_is_taken_here_and_by_slacks_own_types(definitions: Json) -> None:
    assert faults_of_view(MODAL, "modal") == []
    assert taken_by_types(definitions, "ModalView", MODAL)


@pytest.mark.parametrize("change", BAD_MODALS)
def test_one_fault_in_a_modal_is_refused(change: Json) -> None:
    assert faults_of_view({**MODAL, **change}, "modal")


def test_a_modal_takes_a_hundred_blocks() -> None:
    assert faults_of_view({**MODAL, "blocks": [{"type": "divider"}] * 100}, "modal") == []


def test_a_modal_with_an_input_needs_a_submit_button() -> None:
    without = {name: value for name, value in MODAL.items() if name != "submit"}
    assert faults_of_view(without, "modal")
    assert faults_of_view({**without, "blocks": [{"type": "divider"}]}, "modal") == []


def test_a_home_tab_has_no_title(definitions: Json) -> None:
    home = {"type": "home", "blocks": [VALID["section"]], "callback_id": "home"}
    assert faults_of_view(home, "home") == []
    assert taken_by_types(definitions, "HomeView", home)
    assert faults_of_view({**home, "title": plain()}, "home")
