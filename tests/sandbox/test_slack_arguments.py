"""The sandbox's table of methods against Slack's own description, and how a call is read."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.sandbox.slack import Slack
from bot.sandbox.slack.arguments import METHODS

DESCRIPTION = (Path(__file__).parents[2] / "../shared/specs/slack/web_openapi_v2_without_examples.json").resolve()

# The description is of 2021: these came after it, each from the method's page under docs.slack.dev/reference.
NEW_METHODS = {"apps.connections.open", "files.getUploadURLExternal", "files.completeUploadExternal"}
NEW_ARGUMENTS = {
    "chat.postEphemeral": {"markdown_text"},
    "chat.postMessage": {"markdown_text", "metadata"},
    "chat.update": {"file_ids", "markdown_text", "metadata", "reply_broadcast"},
    "conversations.history": {"include_all_metadata"},
    "conversations.open": {"prevent_creation"},
    "conversations.replies": {"include_all_metadata"},
    "team.info": {"domain"},
    "views.open": {"interactivity_pointer"},
    "views.push": {"interactivity_pointer"},
}
# `foo` stands for "any argument", which the sandbox spells `any_argument`.
STAND_INS = {"api.test": {"foo"}}
# What the description requires and the pages no longer do, or the other way round.
NOW_OPTIONAL = {"views.open": {"trigger_id"}, "views.push": {"trigger_id"}}
NOW_REQUIRED = {
    "chat.delete": {"channel", "ts"},
    "conversations.history": {"channel"},
    "conversations.info": {"channel"},
    "conversations.members": {"channel"},
    "conversations.replies": {"channel", "ts"},
    "files.info": {"file"},
    "pins.add": {"timestamp"},
    "users.info": {"user"},
    "views.update": {"view"},
}


@pytest.fixture(scope="session")
def described() -> dict[str, list[dict[str, Any]]]:
    if not DESCRIPTION.exists():
        pytest.skip(f"Slack's description is not beside the repository: {DESCRIPTION.name}")
    paths = json.loads(DESCRIPTION.read_text())["paths"]
    return {path.lstrip("/"): next(iter(verbs.values()))["parameters"] for path, verbs in paths.items()}


@pytest.mark.parametrize("name", sorted(METHODS.keys() - NEW_METHODS))
def test_a_method_takes_the_arguments_slack_describes(name: str, described: dict[str, list[dict[str, Any]]]) -> None:
    theirs = {each["name"] for each in described[name]} - {"token"} - STAND_INS.get(name, set())
    assert METHODS[name].arguments.keys() == theirs | NEW_ARGUMENTS.get(name, set())


@pytest.mark.parametrize("name", sorted(METHODS.keys() - NEW_METHODS))
def test_a_method_requires_what_slack_requires(name: str, described: dict[str, list[dict[str, Any]]]) -> None:
    theirs = {each["name"] for each in described[name] if each.get("required")} - {"token"}
    assert METHODS[name].required == theirs - NOW_OPTIONAL.get(name, set()) | NOW_REQUIRED.get(name, set())


def test_only_newer_methods_are_not_described(described: dict[str, Any]) -> None:
    assert METHODS.keys() - described.keys() == NEW_METHODS


@pytest.fixture
async def post(slack: Slack) -> Any:
    """Post raw bodies, as no client library would."""

    async def send(method: str, **request: Any) -> Any:
        headers = {"Authorization": "Bearer xoxb-sandbox", **request.pop("headers", {})}
        async with httpx.AsyncClient(base_url=f"{slack.base_url}api/", trust_env=False) as http:
            return (await http.post(method, headers=headers, **request)).json()

    return send


async def test_an_argument_that_does_not_exist_is_refused_by_name(post: Any) -> None:
    answer = await post("chat.postMessage", json={"channel": "C0RESYNC", "text": "Bonjour", "colour": "red"})
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] no such argument for chat.postMessage: colour"]
    assert (await post("chat.postMessage", json={"channel": "C0RESYNC", "text": "Bonjour"}))["ok"]


async def test_a_missing_argument_is_refused_by_name(post: Any) -> None:
    answer = await post("chat.update", json={"channel": "C0RESYNC", "text": "Bonjour"})
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"text": 3}, "must be a string [json-pointer:/text]"),
        ({"text": "x", "mrkdwn": "oui"}, "must be a boolean [json-pointer:/mrkdwn]"),
    ],
)
async def test_an_argument_of_the_wrong_kind_is_refused(post: Any, given: Any, fault: str) -> None:
    answer = await post("chat.postMessage", json={"channel": "C0RESYNC", **given})
    assert (answer["error"], answer["errors"]) == ("invalid_arguments", [fault])


@pytest.mark.parametrize(
    ("request_parts", "error"),
    [
        ({"content": b"{", "headers": {"Content-Type": "application/json"}}, "invalid_json"),
        ({"content": b"[]", "headers": {"Content-Type": "application/json"}}, "json_not_object"),
        ({"content": b"<a/>", "headers": {"Content-Type": "text/xml"}}, "invalid_post_type"),
        ({"content": b"channel=C0RESYNC"}, "missing_post_type"),
        ({"data": {"channel": "C0RESYNC", "blocks": "nonsense"}}, "invalid_blocks_format"),
        ({"data": {"channel": "C0RESYNC", "blocks": '{"type": "divider"}'}}, "invalid_blocks_format"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused(post: Any, request_parts: Any, error: str) -> None:
    assert (await post("chat.postMessage", **request_parts))["error"] == error


async def test_a_read_method_takes_forms_and_not_json(post: Any) -> None:
    assert (await post("conversations.info", json={"channel": "C0RESYNC"}))["error"] == "invalid_post_type"
    assert (await post("conversations.info", data={"channel": "C0RESYNC"}))["ok"]


async def test_blocks_may_come_as_json_inside_a_form(post: Any, slack: Slack) -> None:
    blocks = json.dumps([{"type": "divider"}])
    assert (await post("chat.postMessage", data={"channel": "C0RESYNC", "blocks": blocks}))["ok"]
    assert slack.messages()[0]["blocks"][0]["type"] == "divider"


async def test_calls_are_kept_without_their_tokens(post: Any, slack: Slack) -> None:
    await post("users.info", data={"user": "U0ANNA", "token": "xoxb-sandbox"})
    assert list(slack.calls) == [("users.info", {"user": "U0ANNA"})]
