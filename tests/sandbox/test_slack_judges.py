"""Those who judge what we send to Slack would see what is wrong with it."""

from typing import Any

import pytest

from tests.slack_blocks import faults

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": False}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain("Relancer"), "action_id": "nudge", "value": "1", **more}


def message(*blocks: Json, text: str = "Bonjour") -> Json:
    return {"text": text, "blocks": list(blocks)}


def home(*blocks: Json, **more: Any) -> Json:
    return {"type": "home", "blocks": list(blocks), **more}


def menu(options: int) -> Json:
    each = [{"text": plain(f"Banque {number}"), "value": str(number)} for number in range(options)]
    return {"type": "static_select", "action_id": "bank", "placeholder": plain("Banque"), "options": each}


SAID = {"type": "section", "text": plain("Bonjour")}


def test_what_is_sound_passes() -> None:
    row = {"type": "actions", "block_id": "row", "elements": [button(), menu(100)]}
    assert faults(message(SAID, row)) == []
    assert faults(home(SAID, row, private_metadata="{}")) == []


@pytest.mark.parametrize(
    "wrong",
    [
        message(*[SAID] * 51),
        message(SAID, text=""),
        message(SAID, text="a" * 4001),
        message({"type": "actions", "elements": [button(text=plain("a" * 76))]}),
        message({"type": "actions", "elements": [button(value="a" * 2001)]}),
        message({"type": "actions", "elements": [button(), button()]}),
        message({"type": "actions", "elements": [menu(101)]}),
        message({"type": "actions", "elements": [button(action_id=str(each)) for each in range(26)]}),
        message({**SAID, "block_id": "a"}, {**SAID, "block_id": "a"}),
        message({"type": "section", "text": plain("a" * 3001)}),
        message({"type": "header", "text": plain("a" * 151)}),
        message({"type": "section", "text": {**plain("a"), "loud": True}}),
        message({"type": "nothing"}),
        home(*[SAID] * 101),
        home(SAID, private_metadata="a" * 3001),
        home(SAID, submit=plain("Envoyer")),
        home(*[{"type": "section", "text": plain("é" * 3000)}] * 60),
        {"type": "modal", "title": plain("a" * 25), "blocks": [SAID]},
    ],
)
def test_what_slack_refuses_is_found(wrong: Json) -> None:
    assert faults(wrong) != []
