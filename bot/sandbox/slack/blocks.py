"""Block Kit's blocks and views: what Slack refuses, as tables, and two functions that apply them.

Limits: docs.slack.dev, Reference > Block Kit > Blocks, and Reference > Views. Left out, hence refused: `file`
(only Slack adds it) and the blocks made for AI answers (cards, carousels, plans, tasks,
alerts, containers, data tables, context actions).
"""

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
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
    record,
    string,
)
from bot.sandbox.slack.elements import (
    ELEMENTS,
    IDENTIFIER,
    IN_ACTIONS,
    IN_INPUT,
    IN_SECTION,
    URL,
    plain,
    text,
)

MOST_IN_MESSAGE, MOST_IN_VIEW = 50, 100

_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_STYLED: dict[str, Check] = {"style": _STYLE}
_RUN = string(12_000, least=1)
_NAME = string(255, least=1)
RICH: dict[str, Check] = {
    "text": kind("text", {"text": _RUN}, _STYLED),
    "link": kind("link", {"url": URL}, {**_STYLED, "text": string(3000), "unsafe": boolean}),
    "emoji": kind("emoji", {"name": _NAME}, {**_STYLED, "unicode": string(100), "url": URL}),
    "user": kind("user", {"user_id": _NAME}, _STYLED),
    "usergroup": kind("usergroup", {"usergroup_id": _NAME}, _STYLED),
    "channel": kind("channel", {"channel_id": _NAME}, _STYLED),
    "broadcast": kind("broadcast", {"range": one_of("here", "channel", "everyone")}, _STYLED),
    "color": kind("color", {"value": string(7, pattern=r"#[0-9a-fA-F]{6}")}, _STYLED),
    "date": kind(
        "date",
        {"timestamp": integer(0, 9_999_999_999), "format": string(1000, least=1)},
        {**_STYLED, "url": URL, "fallback": string(3000)},
    ),
}
_BORDER: dict[str, Check] = {"border": one_of(0, 1)}
_SECTION = kind("rich_text_section", {"elements": array(by_type(RICH))})
RICH_PARTS: dict[str, Check] = {
    "rich_text_section": _SECTION,
    "rich_text_list": kind(
        "rich_text_list",
        {"elements": array(_SECTION, 1), "style": one_of("bullet", "ordered")},
        {**_BORDER, "indent": integer(0, 8)},
    ),
    "rich_text_quote": kind("rich_text_quote", {"elements": array(by_type(RICH))}, _BORDER),
    "rich_text_preformatted": kind(
        "rich_text_preformatted", {"elements": array(by_type(RICH, {"text", "link"}))}, _BORDER
    ),
}
_BLOCK: dict[str, Check] = {"block_id": IDENTIFIER}
_CELLS: dict[str, Check] = {
    "raw_text": kind("raw_text", {"text": string(3000, least=1)}),
    "rich_text": kind("rich_text", {"elements": array(by_type(RICH_PARTS), 1)}),
}


def _dispatchable(block: Mapping[str, Any], where: str, faults: Faults) -> None:
    if block.get("dispatch_action") and block["element"]["type"] == "file_input":
        fault(faults, "file_input cannot dispatch actions", where)


BLOCKS: dict[str, Check] = {
    "actions": kind("actions", {"elements": array(by_type(ELEMENTS, IN_ACTIONS), 1, 25)}, _BLOCK),
    "context": kind(
        "context",
        {
            "elements": array(
                by_type({"image": ELEMENTS["image"], **dict.fromkeys(("plain_text", "mrkdwn"), text(3000))}),
                1,
                10,
            )
        },
        _BLOCK,
    ),
    "divider": kind("divider", {}, _BLOCK),
    "header": kind("header", {"text": plain(150)}, _BLOCK),
    "image": kind(
        "image",
        {"alt_text": string(2000, least=1)},
        {
            **_BLOCK,
            "title": plain(2000),
            "image_url": URL,
            "slack_file": record({}, {"id": _NAME, "url": URL}, exactly_one("id", "url")),
        },
        exactly_one("image_url", "slack_file"),
    ),
    "input": kind(
        "input",
        {"label": plain(2000), "element": by_type(ELEMENTS, IN_INPUT)},
        {**_BLOCK, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
        _dispatchable,
    ),
    "markdown": kind("markdown", {"text": string(12_000, least=1)}, _BLOCK),
    "rich_text": kind("rich_text", {"elements": array(by_type(RICH_PARTS), 1)}, _BLOCK),
    "section": kind(
        "section",
        {},
        {
            **_BLOCK,
            "text": text(3000),
            "fields": array(text(2000), 1, 10),
            "accessory": by_type(ELEMENTS, IN_SECTION),
            "expand": boolean,
        },
        at_least_one("text", "fields"),
    ),
    "table": kind(
        "table",
        {"rows": array(array(by_type(_CELLS), 1, 20), 1, 100)},
        {
            **_BLOCK,
            "column_settings": array(
                record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean}), 0, 20
            ),
        },
    ),
    "video": kind(
        "video",
        {"alt_text": string(2000, least=1), "title": plain(199), "thumbnail_url": URL, "video_url": URL},
        {
            **_BLOCK,
            "author_name": string(49),
            "description": plain(199),
            "provider_icon_url": URL,
            "provider_name": string(199),
            "title_url": URL,
        },
    ),
}
IN_MESSAGE = frozenset(BLOCKS)
IN_VIEW = frozenset(BLOCKS) - {"markdown", "table"}


def elements_in(blocks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Every element a person can act on, with the block it stands in."""
    for block in blocks:
        held = list(block.get("elements", ())) if block.get("type") == "actions" else []
        held += [block[name] for name in ("accessory", "element") if isinstance(block.get(name), dict)]
        yield from ((block, each) for each in held if each.get("type") != "image")


def _twice(values: Sequence[Any]) -> set[Any]:
    return {value for value in values if value is not None and values.count(value) > 1}


def _check_unique(blocks: Sequence[Mapping[str, Any]], where: str, faults: Faults) -> None:
    for name in sorted(_twice([block.get("block_id") for block in blocks])):
        fault(faults, f"block_id already exists: {name}", where)
    for index, block in enumerate(blocks):
        names = [element.get("action_id") for _, element in elements_in([block])]
        for name in sorted(_twice(names)):
            fault(faults, f"action_id already exists in this block: {name}", f"{where}/{index}")
    if sum(block.get("type") == "table" for block in blocks) > 1:
        fault(faults, "only one table is allowed", where)
    if sum(bool(element.get("focus_on_load")) for _, element in elements_in(blocks)) > 1:
        fault(faults, "only one element can have focus_on_load", where)


def _faults_of_blocks(blocks: Any, allowed: frozenset[str], most: int, where: str) -> Faults:
    faults: Faults = []
    array(by_type(BLOCKS, allowed), 0, most)(blocks, where, faults)
    if not faults:
        _check_unique(blocks, where, faults)
    return faults


def faults_of_blocks(blocks: Any, where: str = "/blocks") -> Faults:
    """What Slack would refuse in the blocks of a message; empty when they are sound."""
    return _faults_of_blocks(blocks, IN_MESSAGE, MOST_IN_MESSAGE, where)


_SHARED: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}


def _any_blocks(value: Any, where: str, faults: Faults) -> None:
    faults += _faults_of_blocks(value, IN_VIEW, MOST_IN_VIEW, where)


def _submit_with_inputs(view: Mapping[str, Any], where: str, faults: Faults) -> None:
    if "submit" not in view and any(block["type"] == "input" for block in view["blocks"]):
        fault(faults, "submit is required when an input block is within the blocks array", where)


_VIEWS: dict[str, Check] = {
    "home": kind("home", {"blocks": _any_blocks}, _SHARED),
    "modal": kind(
        "modal",
        {"title": plain(24), "blocks": _any_blocks},
        {
            **_SHARED,
            "submit": plain(24),
            "close": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
        },
        _submit_with_inputs,
    ),
}


def faults_of_view(view: Any, kind_of_view: str) -> Faults:
    """What Slack would refuse in a view; `kind_of_view` is `modal` or `home`."""
    faults: Faults = []
    by_type(_VIEWS, {kind_of_view})(view, "/view", faults)
    return faults


def with_identifiers(blocks: Sequence[Mapping[str, Any]], names: "itertools.count[int]") -> list[dict[str, Any]]:
    """The blocks as Slack keeps them: each has a block_id, and each interactive element an action_id."""
    kept = [{"block_id": f"b{next(names):04d}", **copy.deepcopy(block)} for block in blocks]
    for _, element in elements_in(kept):
        element.setdefault("action_id", f"a{next(names):04d}")
    return kept


def files_used(value: Any) -> Iterator[Mapping[str, str]]:
    """Every `slack_file` reference inside blocks."""
    if isinstance(value, dict):
        if isinstance(value.get("slack_file"), dict):
            yield value["slack_file"]
        yield from itertools.chain.from_iterable(map(files_used, value.values()))
    elif isinstance(value, list):
        yield from itertools.chain.from_iterable(map(files_used, value))
