"""The sandbox's table of methods, and what it sends to bots, against a published description of the Bot API.

The description is a test input kept outside the project; without it these tests are skipped.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.telegram import Telegram
from bot.sandbox.telegram.methods import METHODS, OBJECTS

SPEC = Path(__file__).parents[3] / "shared" / "specs" / "telegram" / "bot_api_10.1.json"
pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="needs ../shared/specs/telegram/bot_api_10.1.json")

TOKEN = "123456:abc-DEF_1"
LEA = 7
# Our kinds, in the description's words. Objects go by their own names.
KINDS = {
    "str": {"String"},
    "int": {"Integer"},
    "bool": {"Boolean"},
    "chat": {"Integer", "String"},
    "file": {"InputFile", "String"},
    "upload": {"InputFile"},
    "Markup": {"InlineKeyboardMarkup", "ReplyKeyboardMarkup", "ReplyKeyboardRemove", "ForceReply"},
}
# An album may hold kinds the sandbox does not play; what it plays are InputMedia all the same.
ALBUM = {f"Array of InputMedia{kind}" for kind in ("Audio", "Document", "LivePhoto", "Photo", "Video")}


@pytest.fixture(scope="module")
def spec() -> Any:
    return json.loads(SPEC.read_text())


def described(kind: str) -> set[str]:
    """A kind of our table as the description would write it."""
    depth = kind.count("[]")
    plain = kind.removesuffix("[]" * depth)
    return {"Array of " * depth + name for name in KINDS.get(plain, {plain})}


def compare(ours: dict[str, Any], theirs: list[dict[str, Any]]) -> None:
    assert set(ours) == {field["name"] for field in theirs}
    for field in theirs:
        parameter = ours[field["name"]]
        assert parameter.required == field["required"], field["name"]
        if parameter.kind != "any" and set(field["types"]) != ALBUM:
            assert described(parameter.kind) == set(field["types"]), field["name"]


@pytest.mark.parametrize("name", [method.name for method in METHODS.values()])
def test_method_takes_exactly_its_documented_parameters(spec: Any, name: str) -> None:
    compare(METHODS[name.lower()].parameters, spec["methods"][name].get("fields", []))


@pytest.mark.parametrize("name", OBJECTS)
def test_object_has_exactly_its_documented_fields(spec: Any, name: str) -> None:
    compare(OBJECTS[name], spec["types"][name].get("fields", []))


class Reader:
    """Checks a value against the description: every field known and of its type, every required one there."""

    def __init__(self, types: dict[str, Any]) -> None:
        self.types = types

    def check(self, kind: str, value: Any, where: str) -> None:
        simple = {"Integer": int, "String": str, "Boolean": bool}
        if kind.startswith("Array of "):
            assert isinstance(value, list), where
            for one in value:
                self.check(kind.removeprefix("Array of "), one, where)
        elif kind in simple:
            assert type(value) is simple[kind], f"{where}: {value!r} is no {kind}"
        else:
            self.check_object(self.which(kind, value), value, where)

    def which(self, kind: str, value: Any) -> str:
        """Among the variants of a kind, the one with all these fields and no required one missing."""
        variants = self.types[kind].get("subtypes")
        return next(one for one in variants if self.fits(one, value)) if variants else kind

    def fits(self, kind: str, value: dict[str, Any]) -> bool:
        fields = self.types[kind]["fields"]
        said = next((f for f in fields if f["name"] in ("type", "status")), None)
        mark = value.get(said["name"]) if said else None
        named = said is None or f'"{mark}"' in said["description"] or f"“{mark}”" in said["description"]
        tells = named or (said is not None and str(mark) in said["description"])
        required = {f["name"] for f in fields if f["required"]}
        return tells and required <= value.keys() <= {f["name"] for f in fields}

    def check_object(self, kind: str, value: dict[str, Any], where: str) -> None:
        fields = {field["name"]: field for field in self.types[kind]["fields"]}
        assert value.keys() <= fields.keys(), f"{where}: {value.keys() - fields.keys()}"
        for name, field in fields.items():
            assert name in value or not field["required"], f"{where}.{name} is missing"
            if name in value:
                (one,) = field["types"]
                self.check(one, value[name], f"{where}.{name}")


@pytest.fixture
async def lively() -> Telegram:
    """A server on which everyone did everything."""
    telegram = Telegram(TOKEN)
    telegram.person(LEA, "Léa", "Martin", "lea_martin")
    started = await telegram.starts(LEA, "abc")
    await telegram.writes(LEA, "https://a.fr @abcd #b /aide", reply_to=started["message_id"])
    await telegram.edits(LEA, started["message_id"], "/start")
    photo = b"GIF89a\x02\x00\x02\x00"
    await telegram.sends_photo(LEA, photo, "a")
    await telegram.sends_voice(LEA, b"a")
    await telegram.sends_sticker(LEA)
    await telegram.sends_document(LEA, "a.pdf", b"a", "b")
    await telegram.forwards(LEA, "a")
    await telegram.writes_in_group(LEA, "a")
    await telegram.blocks(LEA)
    await telegram.unblocks(LEA)
    return telegram


async def performed(telegram: Telegram, method: str, **parameters: Any) -> Any:
    status, body = await telegram.perform(method, parameters)
    assert status == 200, body
    return json.loads(body)["result"]


async def test_every_update_has_its_documented_shape(spec: Any, lively: Telegram) -> None:
    button = {"text": "a", "callback_data": "a"}
    asked = await performed(
        lively,
        "sendMessage",
        chat_id=LEA,
        text="<b>a</b> <pre><code class='language-py'>b</code></pre> <a href='a.fr'>c</a>",
        parse_mode="HTML",
        protect_content=True,
        reply_parameters={"message_id": 1, "quote": "start"},
        link_preview_options={"is_disabled": True},
        reply_markup={"inline_keyboard": [[button, {"text": "b", "web_app": {"url": "https://a.fr"}}]]},
    )
    await lively.presses(LEA, asked["message_id"], "a")
    updates = await performed(lively, "getUpdates")
    kinds = [kind for update in updates for kind in update if kind != "update_id"]
    assert set(kinds) == {"message", "edited_message", "callback_query", "my_chat_member"}
    for update in updates:
        Reader(spec["types"]).check("Update", update, "Update")


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("getMe", {}),
        ("getChat", {"chat_id": LEA}),
        ("getWebhookInfo", {}),
        ("getMyCommands", {}),
        ("getMyName", {}),
        ("getChatMenuButton", {"chat_id": LEA}),
        ("sendMessage", {"chat_id": LEA, "text": "a", "message_effect_id": "5"}),
        ("copyMessage", {"chat_id": LEA, "from_chat_id": LEA, "message_id": 3}),
        ("sendChatAction", {"chat_id": LEA, "action": "typing"}),
    ],
)
async def test_every_answer_has_its_documented_shape(
    spec: Any, lively: Telegram, method: str, parameters: dict[str, Any]
) -> None:
    result = await performed(lively, method, **parameters)
    Reader(spec["types"]).check(spec["methods"][method]["returns"][0], result, method)


async def test_file_and_webhook_in_trouble_have_their_documented_shape(spec: Any, lively: Telegram) -> None:
    reader = Reader(spec["types"])
    photo = next(message for message in lively.chat(LEA) if "photo" in message)
    file = await performed(lively, "getFile", file_id=photo["photo"][0]["file_id"])
    reader.check("File", file, "getFile")
    await performed(lively, "setWebhook", url="http://127.0.0.1:1/", allowed_updates=["message"])
    while "last_error_message" not in (info := await performed(lively, "getWebhookInfo")):  # noqa: ASYNC110
        await asyncio.sleep(0)  # nothing announces a failed delivery
    reader.check("WebhookInfo", info, "getWebhookInfo")
    await lively.aclose()
