"""Block Kit's text objects, option objects and elements, as tables of checks.

Limits: docs.slack.dev, Reference > Block Kit > Block elements, and Composition objects.
Left out, hence refused: workflow buttons, the rich text input, and the elements made for AI answers
(feedback_buttons, icon_button).
"""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.checks import (
    Check,
    Faults,
    array,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    fault,
    integer,
    kind,
    one_of,
    ordered,
    record,
    string,
)

IDENTIFIER = string(255, least=1)
URL = string(3000, least=1, pattern=r"[a-z][a-z0-9+.-]*:.+")
_NUMBER = string(64, least=1, pattern=r"-?\d+(\.\d+)?")


def plain(most: int) -> Check:
    """A plain_text object of 1 to `most` characters."""
    return kind("plain_text", {"text": string(most, least=1)}, {"emoji": boolean})


def text(most: int) -> Check:
    """A text object, plain_text or mrkdwn, of 1 to `most` characters."""
    marked = kind("mrkdwn", {"text": string(most, least=1)}, {"verbatim": boolean})
    return by_type({"plain_text": plain(most), "mrkdwn": marked})


CONFIRM = record(
    {"text": text(300)},
    {"title": plain(100), "confirm": plain(30), "deny": plain(30), "style": one_of("primary", "danger")},
)
_SLACK_FILE = record({}, {"id": string(), "url": string()}, exactly_one("id", "url"))


def _option(label: Check, **more: Check) -> Check:
    return record({"text": label, "value": string(150)}, {"description": plain(75), **more})


_PLAIN_OPTION = _option(plain(75))
_MARKED_OPTION = _option(text(75))
_GROUP = record({"label": plain(75), "options": array(_PLAIN_OPTION, 1, 100)}, {})


def options_of(element: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every option an element offers, those of its groups included."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(o for group in groups for o in group["options"])]


def _initial_among_options(element: Mapping[str, Any], where: str, faults: Faults) -> None:
    chosen = element.get("initial_options", [])
    if "initial_option" in element:
        chosen = [element["initial_option"]]
    if any(each not in options_of(element) for each in chosen):
        fault(faults, "the initial option is not among the options", where)


_ACTION = {"action_id": IDENTIFIER}
_FOCUS: dict[str, Check] = {**_ACTION, "focus_on_load": boolean}
_ASKED: dict[str, Check] = {**_FOCUS, "confirm": CONFIRM}
_MENU: dict[str, Check] = {**_ASKED, "placeholder": plain(150)}
_SEVERAL: dict[str, Check] = {**_MENU, "max_selected_items": integer(1, 100)}
_DISPATCH = record({"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 1, 2)}, {})
_TYPED: dict[str, Check] = {**_FOCUS, "placeholder": plain(150), "dispatch_action_config": _DISPATCH}
_OPTIONS: dict[str, Check] = {"options": array(_PLAIN_OPTION, 1, 100), "option_groups": array(_GROUP, 1, 100)}
_FILTER = record(
    {},
    {
        "include": array(one_of("im", "mpim", "private", "public"), 1),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users"),
)
_TALKS: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": _FILTER}
_ANSWERS: dict[str, Check] = {"response_url_enabled": boolean}
_QUERY: dict[str, Check] = {"min_query_length": integer(0, 3000)}
_ID = string(255, least=1)


def _within_lengths(element: Mapping[str, Any], where: str, faults: Faults) -> None:
    if len(element.get("initial_value", "")) > element.get("max_length", 3000):
        fault(faults, "initial_value is longer than max_length", where)


ELEMENTS: dict[str, Check] = {
    "button": kind(
        "button",
        {"text": plain(75)},
        {
            **_ACTION,
            "url": URL,
            "value": string(2000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "image": kind(
        "image",
        {"alt_text": string(2000, least=1)},
        {"image_url": URL, "slack_file": _SLACK_FILE},
        exactly_one("image_url", "slack_file"),
    ),
    "overflow": kind(
        "overflow",
        {"options": array(_option(plain(75), url=URL), 1, 5)},
        {**_ACTION, "confirm": CONFIRM},
    ),
    "checkboxes": kind(
        "checkboxes",
        {"options": array(_MARKED_OPTION, 1, 10)},
        {**_ASKED, "initial_options": array(_MARKED_OPTION, 1, 10)},
        _initial_among_options,
    ),
    "radio_buttons": kind(
        "radio_buttons",
        {"options": array(_MARKED_OPTION, 1, 10)},
        {**_ASKED, "initial_option": _MARKED_OPTION},
        _initial_among_options,
    ),
    "datepicker": kind("datepicker", {}, {**_MENU, "initial_date": string(10, pattern=r"\d{4}-\d\d-\d\d")}),
    "timepicker": kind(
        "timepicker", {}, {**_MENU, "initial_time": string(5, pattern=r"\d\d:\d\d"), "timezone": string(100)}
    ),
    "datetimepicker": kind(
        "datetimepicker", {}, {**_ASKED, "initial_date_time": integer(1_000_000_000, 9_999_999_999)}
    ),
    "static_select": kind(
        "static_select",
        {},
        {**_MENU, **_OPTIONS, "initial_option": _PLAIN_OPTION},
        exactly_one("options", "option_groups"),
        _initial_among_options,
    ),
    "multi_static_select": kind(
        "multi_static_select",
        {},
        {**_SEVERAL, **_OPTIONS, "initial_options": array(_PLAIN_OPTION, 1, 100)},
        exactly_one("options", "option_groups"),
        _initial_among_options,
    ),
    "external_select": kind("external_select", {}, {**_MENU, **_QUERY, "initial_option": _PLAIN_OPTION}),
    "multi_external_select": kind(
        "multi_external_select", {}, {**_SEVERAL, **_QUERY, "initial_options": array(_PLAIN_OPTION, 1, 100)}
    ),
    "users_select": kind("users_select", {}, {**_MENU, "initial_user": _ID}),
    "multi_users_select": kind("multi_users_select", {}, {**_SEVERAL, "initial_users": array(_ID)}),
    "channels_select": kind("channels_select", {}, {**_MENU, **_ANSWERS, "initial_channel": _ID}),
    "multi_channels_select": kind("multi_channels_select", {}, {**_SEVERAL, "initial_channels": array(_ID)}),
    "conversations_select": kind(
        "conversations_select", {}, {**_MENU, **_ANSWERS, **_TALKS, "initial_conversation": _ID}
    ),
    "multi_conversations_select": kind(
        "multi_conversations_select", {}, {**_SEVERAL, **_TALKS, "initial_conversations": array(_ID)}
    ),
    "plain_text_input": kind(
        "plain_text_input",
        {},
        {
            **_TYPED,
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
        ordered("min_length", "max_length"),
        _within_lengths,
    ),
    "email_text_input": kind("email_text_input", {}, {**_TYPED, "initial_value": string(3000)}),
    "url_text_input": kind("url_text_input", {}, {**_TYPED, "initial_value": string(3000)}),
    "number_input": kind(
        "number_input",
        {"is_decimal_allowed": boolean},
        {**_TYPED, "initial_value": _NUMBER, "min_value": _NUMBER, "max_value": _NUMBER},
        ordered("min_value", "max_value"),
    ),
    "file_input": kind(
        "file_input", {}, {**_ACTION, "filetypes": array(string(32, least=1)), "max_files": integer(1, 10)}
    ),
}

_SELECTS = {"static", "external", "users", "channels", "conversations"}
MENUS = {f"{one}_select" for one in _SELECTS} | {f"multi_{one}_select" for one in _SELECTS}
PICKERS = {"datepicker", "timepicker", "checkboxes", "radio_buttons"}
TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
IN_ACTIONS = MENUS | PICKERS | {"button", "overflow", "datetimepicker"}
IN_SECTION = MENUS | PICKERS | {"button", "overflow", "image"}
IN_INPUT = MENUS | PICKERS | TYPED | {"datetimepicker", "file_input"}
