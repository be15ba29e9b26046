"""What the sandbox's Telegram refuses, in the real server's words."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bot.sandbox.telegram import Telegram

TOKEN = "123456:abc-DEF_1"
LEA, STRANGER = 7, 8
SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class Clock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


class Raw:
    """A bot that speaks plain HTTP."""

    def __init__(self, http: httpx.AsyncClient, telegram: Telegram, clock: Clock) -> None:
        self.http, self.telegram, self.clock = http, telegram, clock

    async def call(self, method: str, **parameters: Any) -> Any:
        answer = await self.http.post(f"/bot{TOKEN}/{method}", json=parameters)
        body = answer.json()
        assert answer.status_code == body.get("error_code", 200)
        return body

    async def does(self, method: str, **parameters: Any) -> Any:
        body = await self.call(method, **parameters)
        assert body["ok"], body
        return body["result"]

    async def refused(self, method: str, **parameters: Any) -> str:
        body = await self.call(method, **parameters)
        assert (body["ok"], body["error_code"]) == (False, 400)
        assert body["description"].startswith("Bad Request: ")
        return str(body["description"].removeprefix("Bad Request: "))


@pytest.fixture
async def raw(serve: Callable[[ASGIApp], Awaitable[str]]) -> AsyncIterator[Raw]:
    clock = Clock()
    telegram = Telegram(TOKEN, clock)
    address = await serve(Starlette(routes=[Mount("/telegram", routes=telegram.routes)]))
    telegram.person(LEA, "Léa", "Martin", "lea_martin")
    telegram.person(STRANGER, "Paul")
    await telegram.starts(LEA)
    async with httpx.AsyncClient(base_url=f"{address}/telegram") as http:
        yield Raw(http, telegram, clock)
    await telegram.aclose()


def buttons(*row: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [list(row)]}


async def test_wrong_token_is_unauthorized(raw: Raw) -> None:
    answer = await raw.http.get("/bot123456:other/getMe")
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}


async def test_unknown_method_is_not_found(raw: Raw) -> None:
    assert (await raw.call("sendTelegram"))["error_code"] == 404


async def test_unknown_parameter_is_named(raw: Raw) -> None:
    refusal = await raw.refused("sendMessage", chat_id=LEA, text="a", disable_web_page_preview=True)
    assert refusal == 'sendMessage has no parameter "disable_web_page_preview"'
    markup = buttons({"text": "a", "callback_data": "a", "colour": "red"})
    assert "InlineKeyboardButton" in await raw.refused("sendMessage", chat_id=LEA, text="a", reply_markup=markup)


@pytest.mark.parametrize(
    ("method", "parameters", "refusal"),
    [
        ("sendMessage", {"text": "a"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": LEA}, "message text is empty"),
        ("sendMessage", {"chat_id": LEA, "text": " \n "}, "message text is empty"),
        ("sendMessage", {"chat_id": LEA, "text": "<b></b>", "parse_mode": "HTML"}, "message text is empty"),
        ("sendMessage", {"chat_id": LEA, "text": "a" * 4097}, "message is too long"),
        ("sendMessage", {"chat_id": 999, "text": "a"}, "chat not found"),
        ("sendMessage", {"chat_id": "@lea_martin", "text": "a"}, "chat not found"),
        ("sendMessage", {"chat_id": [LEA], "text": "a"}, 'field "chat_id" must be of type String'),
        ("sendMessage", {"chat_id": LEA, "text": "a", "message_thread_id": 3}, "message thread not found"),
        (
            "sendMessage",
            {"chat_id": LEA, "text": "a", "reply_parameters": {"message_id": 99}},
            "message to be replied not found",
        ),
        ("sendMessage", {"chat_id": LEA, "text": "a", "reply_markup": 3}, "object expected as reply markup"),
        (
            "sendMessage",
            {"chat_id": LEA, "text": "a", "reply_markup": "{"},
            "can't parse reply_markup JSON object",
        ),
        ("editMessageText", {"chat_id": LEA, "message_id": 99, "text": "a"}, "message to edit not found"),
        ("editMessageText", {"chat_id": LEA, "message_id": 1, "text": "a"}, "message can't be edited"),
        ("editMessageText", {"chat_id": LEA, "text": "a"}, "message identifier is not specified"),
        ("deleteMessage", {"chat_id": LEA, "message_id": 99}, "message to delete not found"),
        ("copyMessage", {"chat_id": LEA, "from_chat_id": LEA, "message_id": 99}, "message to copy not found"),
        ("answerCallbackQuery", {"callback_query_id": "1"}, TOO_OLD),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "a" * 201}, "MESSAGE_TOO_LONG"),
        ("sendChatAction", {"chat_id": LEA, "action": "dancing"}, "wrong parameter action in request"),
        ("getFile", {"file_id": "x"}, "invalid file_id"),
        ("sendPhoto", {"chat_id": LEA}, "there is no photo in the request"),
        ("sendPhoto", {"chat_id": LEA, "photo": "x"}, "wrong file identifier/HTTP URL specified"),
        ("sendPhoto", {"chat_id": LEA, "photo": "attach://x"}, 'there is no file "x" in the request'),
        ("sendPhoto", {"chat_id": LEA, "photo": "https://a.fr/b.png"}, "failed to get HTTP URL content"),
        ("sendMediaGroup", {"chat_id": LEA, "media": []}, "media group must include 2-10 items"),
        ("setMyCommands", {"commands": [{"command": "Aide", "description": "a"}]}, "BOT_COMMAND_INVALID"),
        (
            "setMessageReaction",
            {"chat_id": LEA, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "🥖"}]},
            "REACTION_INVALID",
        ),
        (
            "setWebhook",
            {"url": "http://example.com/hook"},
            "bad webhook: An HTTPS URL must be provided for webhook",
        ),
        (
            "setChatMenuButton",
            {"menu_button": {"type": "web_app", "text": "a", "web_app": {"url": "http://a.fr"}}},
            "menu button Web App URL 'http://a.fr' is invalid: Only HTTPS links are allowed",
        ),
    ],
)
async def test_refused_with_the_real_words(raw: Raw, method: str, parameters: dict[str, Any], refusal: str) -> None:
    before = raw.telegram.chat(LEA)
    assert await raw.refused(method, **parameters) == refusal
    assert raw.telegram.chat(LEA) == before


@pytest.mark.parametrize(
    ("button", "refusal"),
    [
        ({"text": "a"}, "text buttons are unallowed in the inline keyboard"),
        ({"callback_data": "a"}, "can't parse InlineKeyboardButton: Can't find field \"text\""),
        ({"text": " ", "callback_data": "a"}, "keyboard button text must be non-empty"),
        ({"text": "a", "callback_data": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        (
            {"text": "a", "url": "http://intranet/a"},
            "inline keyboard button URL 'http://intranet/a' is invalid: Wrong HTTP URL",
        ),
        (
            {"text": "a", "url": "ftp://example.com"},
            "inline keyboard button URL 'ftp://example.com' is invalid: Unsupported URL protocol",
        ),
        (
            {"text": "a", "url": "http://a b.fr"},
            "inline keyboard button URL 'http://a b.fr' is invalid: Disallowed character in URL host",
        ),
        (
            {"text": "a", "web_app": {"url": "http://a.fr/l"}},
            "inline keyboard button Web App URL 'http://a.fr/l' is invalid: Only HTTPS links are allowed",
        ),
        ({"text": "a", "pay": True}, "BUTTON_TYPE_INVALID"),
        ({"text": "a", "callback_data": "a", "style": "pink"}, "invalid button style specified"),
    ],
)
async def test_button_refused_with_the_real_words(raw: Raw, button: dict[str, Any], refusal: str) -> None:
    assert await raw.refused("sendMessage", chat_id=LEA, text="a", reply_markup=buttons(button)) == refusal


async def test_buttons_at_the_limits_pass_and_one_more_does_not(raw: Raw) -> None:
    one = {"text": "é", "callback_data": "é" * 16}
    rows = [[one | {"callback_data": "é" * 32}, one, one, one]] * 25
    sent = await raw.does("sendMessage", chat_id=LEA, text="a", reply_markup={"inline_keyboard": rows})
    assert sent["reply_markup"] == {"inline_keyboard": rows}
    for too_many in ([[one] * 9], [*rows, [one]], [[one | {"text": "t" * 200}] * 4] * 25):
        markup = {"inline_keyboard": too_many}
        assert (
            await raw.refused("sendMessage", chat_id=LEA, text="a", reply_markup=markup) == "reply markup is too long"
        )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/l", "https://example.com/?a=b", "tg://resolve?domain=a"])
async def test_address_the_real_one_accepts_is_accepted(url: str) -> None:
    telegram = Telegram(TOKEN, allow_loopback_urls=False)
    telegram.person(LEA, "Léa")
    await telegram.starts(LEA)
    asked = {"chat_id": LEA, "text": "a", "reply_markup": buttons({"text": "a", "url": url})}
    status, body = await telegram.perform("sendMessage", asked)
    assert status == 200
    assert json.loads(body)["result"]["reply_markup"]["inline_keyboard"][0][0]["url"] == url


async def test_localhost_is_refused_only_under_the_real_rule() -> None:
    asked = {
        "chat_id": LEA,
        "text": "a",
        "reply_markup": buttons({"text": "a", "url": "http://localhost:8000/l"}),
    }
    for allowed, expected in ((True, 200), (False, 400)):
        telegram = Telegram(TOKEN, allow_loopback_urls=allowed)
        telegram.person(LEA, "Léa")
        await telegram.starts(LEA)
        status, body = await telegram.perform("sendMessage", asked)
        assert status == expected
    why = "inline keyboard button URL 'http://localhost:8000/l' is invalid: Wrong HTTP URL"
    assert json.loads(body)["description"] == f"Bad Request: {why}"


async def test_text_is_measured_without_its_tags(raw: Raw) -> None:
    text = f"<b>{'a' * 4096}</b>"
    sent = await raw.does("sendMessage", chat_id=LEA, text=text, parse_mode="HTML")
    assert len(sent["text"]) == 4096
    assert await raw.refused("sendMessage", chat_id=LEA, text=f"b{text}", parse_mode="HTML") == "message is too long"


async def test_one_who_never_started_cannot_be_written_to(raw: Raw) -> None:
    body = await raw.call("sendMessage", chat_id=STRANGER, text="a")
    assert body["description"] == "Forbidden: bot can't initiate conversation with a user"
    assert body["error_code"] == 403


async def test_one_who_blocked_cannot_be_written_to_until_he_starts_again(raw: Raw) -> None:
    await raw.telegram.blocks(LEA)
    body = await raw.call("sendMessage", chat_id=LEA, text="a")
    assert (body["error_code"], body["description"]) == (403, "Forbidden: bot was blocked by the user")
    with pytest.raises(LookupError, match="blocked"):
        await raw.telegram.writes(LEA, "a")
    await raw.telegram.starts(LEA, "again")
    assert (await raw.does("sendMessage", chat_id=LEA, text="a"))["text"] == "a"


async def test_same_edit_twice_is_not_modified(raw: Raw) -> None:
    keyboard = buttons({"text": "a", "callback_data": "a"})
    sent = await raw.does("sendMessage", chat_id=LEA, text="avant", reply_markup=keyboard)
    edit = {"chat_id": LEA, "message_id": sent["message_id"], "text": "<i>après</i>", "parse_mode": "HTML"}
    edited = await raw.does("editMessageText", **edit)
    assert edited["text"] == "après"
    assert "reply_markup" not in edited
    assert await raw.refused("editMessageText", **edit) == SAME
    assert (await raw.does("editMessageText", **edit, reply_markup=keyboard))["reply_markup"] == keyboard


async def test_text_has_no_caption_to_edit(raw: Raw) -> None:
    sent = await raw.does("sendMessage", chat_id=LEA, text="avant")
    edit = {"chat_id": LEA, "message_id": sent["message_id"], "caption": "a"}
    assert await raw.refused("editMessageCaption", **edit) == "there is no caption in the message to edit"


async def test_message_of_two_days_stays(raw: Raw) -> None:
    sent = await raw.does("sendMessage", chat_id=LEA, text="a")
    named = {"chat_id": LEA, "message_id": sent["message_id"]}
    raw.clock.time += timedelta(hours=48)
    assert await raw.refused("deleteMessage", **named) == "message can't be deleted for everyone"
    assert await raw.does("deleteMessages", chat_id=LEA, message_ids=[sent["message_id"], 99]) is True
    assert raw.telegram.chat(LEA)[-1] == sent
    raw.clock.time -= timedelta(seconds=1)
    assert await raw.does("deleteMessage", **named) is True
    assert sent not in raw.telegram.chat(LEA)


async def test_press_is_answered_once_and_soon(raw: Raw) -> None:
    sent = await raw.does(
        "sendMessage", chat_id=LEA, text="a", reply_markup=buttons({"text": "Oui", "callback_data": "yes"})
    )
    with pytest.raises(LookupError, match="no button 'no'"):
        await raw.telegram.presses(LEA, sent["message_id"], "no")
    press = await raw.telegram.presses(LEA, sent["message_id"], "yes")
    assert await raw.does("answerCallbackQuery", callback_query_id=press, text="Noté") is True
    assert await raw.telegram.answered(press) == {"text": "Noté", "show_alert": False}
    assert await raw.refused("answerCallbackQuery", callback_query_id=press) == TOO_OLD
    late = await raw.telegram.presses(LEA, sent["message_id"], "yes")
    raw.clock.time += timedelta(minutes=1)
    assert await raw.refused("answerCallbackQuery", callback_query_id=late) == TOO_OLD


async def test_button_taken_away_can_no_longer_be_pressed(raw: Raw) -> None:
    keyboard = buttons({"text": "Oui", "callback_data": "yes"})
    sent = await raw.does("sendMessage", chat_id=LEA, text="a", reply_markup=keyboard)
    await raw.does("editMessageReplyMarkup", chat_id=LEA, message_id=sent["message_id"])
    with pytest.raises(LookupError):
        await raw.telegram.presses(LEA, sent["message_id"], "yes")


@pytest.mark.parametrize("payload", ["", "a b", "é", "a" * 65])
async def test_no_phone_opens_a_bad_deep_link(raw: Raw, payload: str) -> None:
    with pytest.raises(ValueError, match="start payload"):
        await raw.telegram.starts(LEA, payload)


async def test_mini_app_button_stays_out_of_groups(raw: Raw) -> None:
    group = (await raw.telegram.writes_in_group(LEA, "bonjour"))["chat"]["id"]
    markup = buttons({"text": "a", "web_app": {"url": "https://a.fr"}})
    assert await raw.refused("sendMessage", chat_id=group, text="a", reply_markup=markup) == "BUTTON_TYPE_INVALID"
    sent = await raw.does("sendMessage", chat_id=LEA, text="a", reply_markup=markup)
    assert sent["reply_markup"]["inline_keyboard"][0][0]["web_app"] == {"url": "https://a.fr/"}


async def test_refusals_are_counted_by_code(raw: Raw) -> None:
    await raw.call("sendMessage", chat_id=LEA)
    await raw.call("nothing")
    assert raw.telegram.refused == {400: 1, 404: 1}
    assert raw.telegram.calls[-1] == ("sendMessage", {"chat_id": LEA})
    assert raw.telegram.called == {"sendMessage": 1}
