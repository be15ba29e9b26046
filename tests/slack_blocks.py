"""Whatever we send to Slack, held against all that is known of what it takes.

Three judges: the JSON schema made of Slack's own types (`../shared/specs/slack`, no part of the repository); the
models of slack_sdk, which check what they read; and the limits that Slack documents and neither of them knows (50
blocks a message, 75 characters a button, 100 options, 2,000 a value, ids that are there twice …), as the local Slack
has them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.sandbox.slack.blocks import faults_of_blocks, faults_of_view

SCHEMA = Path(__file__).parents[2] / "shared" / "specs" / "slack" / "blocks_from_slack_types_3.2.0.schema.json"
LONGEST_TEXT = 4000  # docs.slack.dev, chat.postMessage: « a best practice », and it cuts at 40,000
LARGEST_VIEW = 250_000  # bytes; docs.slack.dev, Surfaces > Modals
Json = Mapping[str, Any]


def need_description() -> None:
    """Skip the test where Slack's own types are not beside this repository."""
    if not SCHEMA.is_file():
        pytest.skip("the description of Slack's blocks is not beside this repository (../shared/specs/slack)")


def faults(payload: Json) -> list[str]:
    """All that is wrong with a message (`text` and `blocks`), or with a view (its `type` is `modal` or `home`)."""
    found = faults_of_shown(payload) if payload.get("type") in ("modal", "home") else faults_of_message(payload)
    return [*found, *sdk_faults(payload), *schema_faults(payload)]


def faults_of_message(message: Json) -> list[str]:
    """By the limits; and whoever is notified, or hears it read, needs the words too."""
    text = message.get("text") or ""
    wrong = [] if 0 < len(text) <= LONGEST_TEXT else [f"text has {len(text)} characters"]
    return [*wrong, *faults_of_blocks(message.get("blocks", []))]


def faults_of_shown(view: Json) -> list[str]:
    """By the limits."""
    size = len(json.dumps(view, ensure_ascii=False).encode())
    wrong = [f"the view has {size} bytes"] if size > LARGEST_VIEW else []
    return [*wrong, *faults_of_view(dict(view), view["type"])]


def sdk_faults(payload: Json) -> Iterator[str]:
    """What slack_sdk's models refuse; and what they do not understand, and so would lose."""
    for block in payload.get("blocks", ()):
        try:
            read = Block.parse(dict(block))
            if read is None or read.to_dict() != block:
                yield f"slack_sdk reads another block in {block}"
        except (SlackObjectFormationError, TypeError) as error:  # the latter for a field that it does not know
            yield f"{error} in {block}"
    if "type" in payload:
        try:
            View(**payload).to_dict()
        except SlackObjectFormationError as error:
            yield str(error)


def schema_faults(payload: Json) -> Iterator[str]:
    """What Slack's own types do not have; nothing where they are not beside this repository."""
    if not SCHEMA.is_file():
        return
    for block in payload.get("blocks", ()):
        yield from wrong_by(json.dumps(block, sort_keys=True), "KnownBlock")
    if "type" in payload:
        kind = {"modal": "ModalView", "home": "HomeView"}[payload["type"]]
        yield from wrong_by(json.dumps({**payload, "blocks": []}, sort_keys=True), kind)


@cache
def wrong_by(told: str, kind: str) -> tuple[str, ...]:
    """By one definition of the schema. Most blocks come again and again, and it is slow."""
    return tuple(f"{error.json_path}: {error.message}" for error in described(kind).iter_errors(json.loads(told)))


@cache
def described(kind: str) -> Draft7Validator:
    schema = json.loads(SCHEMA.read_text("utf-8"))
    return Draft7Validator({**schema, "$ref": f"#/definitions/{kind}"})


def check(payloads: Iterable[Json]) -> int:
    """Fails at the first that Slack would not take; returns how many there were."""
    seen = 0
    for seen, payload in enumerate(payloads, 1):  # noqa: B007  # it is what is returned
        assert faults(payload) == [], payload
    return seen
