"""The app's manifest says exactly what the code uses: scopes, events, commands, interactivity; in both modes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

ROOT = Path(__file__).parents[2]
MANIFESTS = {"socket": ROOT / "slack" / "manifest.yaml", "http": ROOT / "slack" / "manifest-http.yaml"}
ADAPTERS = sorted((ROOT / "bot" / "adapters").glob("slack*.py"))
HANDLERS = sorted((ROOT / "handlers").glob("slack*.py"))
ADDRESS = "https://YOUR-HOST/slack/events"

# docs.slack.dev, Reference > Methods, one page a method; slack_sdk calls chat.postMessage « chat_postMessage ».
# Public and private channels have scopes of their own. A method that is not here has to be looked up there.
SCOPES: dict[str, set[str]] = {
    "auth_test": set(),
    "chat_delete": {"chat:write"},
    "chat_getPermalink": set(),
    "chat_postEphemeral": {"chat:write"},
    "chat_postMessage": {"chat:write"},
    "chat_update": {"chat:write"},
    "conversations_history": {"channels:history", "groups:history", "metadata.message:read"},
    "conversations_list": {"channels:read", "groups:read"},
    "conversations_open": {"im:write"},
    "conversations_replies": {"channels:history", "groups:history", "metadata.message:read"},
    "files_completeUploadExternal": {"files:write"},
    "files_getUploadURLExternal": {"files:write"},
    "files_info": {"files:read"},
    "files_upload_v2": {"files:write"},
    "usergroups_users_list": {"usergroups:read"},
    "users_info": {"users:read"},
    "users_list": {"users:read"},
    "views_open": set(),
    "views_publish": set(),
    "views_push": set(),
    "views_update": set(),
}
# docs.slack.dev, Reference > Events: what Bolt calls « message » is subscribed to for each kind of place.
EVENTS = {
    "message": ["message.channels", "message.groups"],
    "app_home_opened": ["app_home_opened"],
}
EVERYTHING = ".*"
"""What is left over has a listener too, which only answers."""


def calls(files: list[Path]) -> Iterator[ast.Call]:
    for file in files:
        yield from (each for each in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(each, ast.Call))


def methods() -> set[str]:
    """Each method of the Web API that is called on the client."""
    return {
        call.func.attr
        for call in calls(ADAPTERS + HANDLERS)
        if isinstance(call.func, ast.Attribute)
        and ast.unparse(call.func.value).endswith("client")
        and hasattr(AsyncWebClient, call.func.attr)  # not of the socket's client
    }


def listened(kind: str) -> set[str]:
    """What `app.event`, `app.command` … are called with, as far as it is spelled out."""
    return {
        str(call.args[0].value)
        for call in calls(HANDLERS)
        if isinstance(call.func, ast.Attribute)
        and (ast.unparse(call.func.value), call.func.attr) == ("app", kind)
        and isinstance(call.args[0], ast.Constant)
    }


@pytest.fixture(params=MANIFESTS)
def manifest(request: pytest.FixtureRequest) -> Any:
    return yaml.safe_load(MANIFESTS[request.param].read_text("utf-8"))


def test_the_code_is_read() -> None:
    """Were the calls written otherwise, the other tests would see none of them."""
    assert {"chat_postMessage", "views_open", "files_info"} <= methods()
    assert "message" in listened("event")
    assert listened("command") == {"/resync"}


def test_each_method_is_known_with_its_scopes() -> None:
    assert methods() <= SCOPES.keys()


def test_the_manifest_asks_for_the_scopes_that_we_use_and_for_no_other(manifest: Any) -> None:
    wanted = set().union(*(SCOPES[each] for each in methods())) | {"commands"}
    asked = manifest["oauth_config"]["scopes"]["bot"]
    assert asked == sorted(wanted)
    assert "user" not in manifest["oauth_config"]["scopes"], "nothing is done in a colleague's name"


def test_the_manifest_subscribes_to_the_events_that_we_handle_and_to_no_other(manifest: Any) -> None:
    wanted = [kind for each in sorted(listened("event") - {EVERYTHING}) for kind in EVENTS[each]]
    assert sorted(manifest["settings"]["event_subscriptions"]["bot_events"]) == sorted(wanted)


def test_the_manifest_has_the_commands_that_we_answer(manifest: Any) -> None:
    commands = manifest["features"]["slash_commands"]
    assert {each["command"] for each in commands} == listened("command")
    for each in commands:  # docs.slack.dev, Reference > App manifest
        assert len(each["description"]) <= 2000
        assert len(each["usage_hint"]) <= 1000
        assert each["should_escape"] is False, "a name that looks like a mention stays a name"


def test_buttons_and_windows_reach_us(manifest: Any) -> None:
    assert listened("view")
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


def test_a_home_tab_is_shown_where_one_is_published(manifest: Any) -> None:
    shown = manifest["features"].get("app_home", {}).get("home_tab_enabled", False)
    assert shown == ("views_publish" in methods())


def test_names_fit(manifest: Any) -> None:
    about = manifest["display_information"]
    assert len(about["name"]) <= 35
    assert len(about["description"]) <= 140
    assert re.fullmatch("#[0-9a-f]{6}", about["background_color"])
    assert len(manifest["features"]["bot_user"]["display_name"]) <= 80


def test_both_modes_differ_by_the_address_only() -> None:
    socket, http = (yaml.safe_load(MANIFESTS[mode].read_text("utf-8")) for mode in ("socket", "http"))
    assert socket["settings"].pop("socket_mode_enabled") is True
    assert http["settings"].pop("socket_mode_enabled") is False
    assert http["settings"]["event_subscriptions"].pop("request_url") == ADDRESS
    assert http["settings"]["interactivity"].pop("request_url") == ADDRESS
    assert [each.pop("url") for each in http["features"]["slash_commands"]] == [ADDRESS]
    assert http == socket
