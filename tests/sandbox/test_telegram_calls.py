"""Everyday calls: the ways to send parameters, the phone's view, the bot's own settings, the pace."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeChat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MenuButtonDefault,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)
from telegram.constants import ReactionEmoji
from telegram.error import RetryAfter
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes

from bot.sandbox.telegram import Telegram
from bot.sandbox.telegram.editing import _REACTIONS
from bot.sandbox.telegram.limits import Refusal
from bot.sandbox.telegram.pace import Pace

TOKEN = "123456:abc-DEF_1"
LEA, PAUL = 7, 8
Serve = Callable[[ASGIApp], Awaitable[str]]


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    telegram = Telegram(TOKEN)
    telegram.person(LEA, "Léa")
    await telegram.starts(LEA)
    yield telegram
    await telegram.aclose()


@pytest.fixture
async def bot(telegram: Telegram, serve: Serve) -> AsyncIterator[Bot]:
    address = await serve(Starlette(routes=[Mount("/telegram", routes=telegram.routes)]))
    async with Bot(TOKEN, base_url=f"{address}/telegram/bot") as bot:
        yield bot


async def test_parameters_come_in_every_documented_way(bot: Bot) -> None:
    url = f"{bot.base_url}/sendMessage"
    markup = {"inline_keyboard": [[{"text": "Oui", "callback_data": "yes"}]]}
    flat = {"chat_id": str(LEA), "text": "é", "protect_content": "true", "reply_markup": json.dumps(markup)}
    async with httpx.AsyncClient() as http:
        answers = [
            await http.get(url, params=flat),
            await http.post(url, data=flat),
            await http.post(url, json={"chat_id": LEA, "text": "é", "protect_content": True, "reply_markup": markup}),
            await http.post(url, files={name: (None, value) for name, value in flat.items()}),
            await http.post(url.replace("sendMessage", "SENDMESSAGE"), params=flat),
        ]
    for answer in answers:
        result = answer.json()["result"]
        assert (result["text"], result["has_protected_content"]) == ("é", True)
        assert result["reply_markup"] == markup


@pytest.mark.parametrize("body", [b"{", b"[]", b'"a"'])
async def test_body_that_is_no_object_is_refused(bot: Bot, body: bytes) -> None:
    async with httpx.AsyncClient(headers={"content-type": "application/json"}) as http:
        answer = await http.post(f"{bot.base_url}/sendMessage", content=body)
    assert (answer.status_code, answer.json()["error_code"]) == (400, 400)


async def test_button_is_pressed_answered_and_the_message_edited(telegram: Telegram, bot: Bot) -> None:
    changes = telegram.subscribe()
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Oui", callback_data="yes")]])
    sent = await bot.send_message(LEA, "Vous y êtes ?", reply_markup=markup)
    press = await telegram.presses(LEA, sent.message_id, "yes")
    query = (await bot.get_updates())[-1].callback_query
    assert query
    assert query.message
    assert (query.id, query.data, query.message.message_id) == (press, "yes", sent.message_id)
    await bot.answer_callback_query(query.id, "Merci", show_alert=True)
    await bot.edit_message_text("Parfait.", LEA, sent.message_id)
    await bot.send_chat_action(LEA, "typing")
    await bot.set_message_reaction(LEA, sent.message_id, "👍")
    await bot.delete_message(LEA, sent.message_id)
    assert await telegram.answered(press) == {"text": "Merci", "show_alert": True}
    kinds = [(await anext(changes))["kind"] for _ in range(6)]
    assert kinds == ["message", "toast", "edit", "typing", "reaction", "delete"]
    assert [message["message_id"] for message in telegram.chat(LEA)] == [1]
    await changes.aclose()


async def test_update_keeps_the_message_as_it_was_when_pressed(telegram: Telegram, bot: Bot) -> None:
    markup = InlineKeyboardMarkup([[InlineKeyboardButton("Oui", callback_data="yes")]])
    sent = await bot.send_message(LEA, "avant", reply_markup=markup)
    await telegram.presses(LEA, sent.message_id, "yes")
    await bot.edit_message_text("après", LEA, sent.message_id)
    query = (await bot.get_updates())[-1].callback_query
    assert query
    assert query.message
    assert query.message.text == "avant"  # type: ignore[attr-defined]


async def test_person_replies_and_edits(telegram: Telegram, bot: Bot) -> None:
    asked = await bot.send_message(LEA, "Laquelle ?")
    said = await telegram.writes(LEA, "la premiere", reply_to=asked.message_id)
    await telegram.edits(LEA, said["message_id"], "la première")
    _, first, edit = await bot.get_updates()
    assert first.message
    assert first.message.reply_to_message
    assert first.message.reply_to_message.text == "Laquelle ?"
    assert edit.edited_message
    assert (edit.edited_message.text, edit.edited_message.edit_date is not None) == ("la première", True)
    with pytest.raises(LookupError):
        await telegram.edits(LEA, asked.message_id, "non")


async def test_bot_replies_and_keeps_its_preview_options(telegram: Telegram, bot: Bot) -> None:
    quote = ReplyParameters(1, quote="start")
    preview = LinkPreviewOptions(is_disabled=True)
    sent = await bot.send_message(LEA, "a", reply_parameters=quote, link_preview_options=preview)
    assert sent.reply_to_message
    assert sent.reply_to_message.message_id == 1
    assert sent.quote
    assert (sent.quote.position, sent.link_preview_options) == (1, preview)
    lenient = ReplyParameters(99, allow_sending_without_reply=True)
    assert (await bot.send_message(LEA, "a", reply_parameters=lenient)).reply_to_message is None


async def test_keyboard_in_place_of_the_phones_own_comes_and_goes(telegram: Telegram, bot: Bot) -> None:
    await bot.send_message(LEA, "a", reply_markup=ReplyKeyboardMarkup([["Aide"]], resize_keyboard=True))
    shown = telegram.keyboard(LEA)
    assert shown
    assert (shown["keyboard"], shown["resize_keyboard"]) == ([[{"text": "Aide"}]], True)
    await bot.send_message(LEA, "a", reply_markup=ReplyKeyboardRemove())
    assert telegram.keyboard(LEA) is None


async def test_bot_says_who_it_is(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (123456, "resync_bot", True)
    assert (await bot.get_chat(LEA)).first_name == "Léa"
    await bot.set_my_commands([BotCommand("aide", "Obtenir de l'aide")])
    await bot.set_my_commands([BotCommand("stop", "Arrêter")], scope=BotCommandScopeChat(LEA), language_code="fr")
    assert await bot.get_my_commands() == (BotCommand("aide", "Obtenir de l'aide"),)
    own = await bot.get_my_commands(scope=BotCommandScopeChat(LEA), language_code="fr")
    assert own == (BotCommand("stop", "Arrêter"),)
    await bot.delete_my_commands()
    assert await bot.get_my_commands() == ()
    await bot.set_my_name("Resync")
    await bot.set_my_description("La banque, à jour.", language_code="fr")
    await bot.set_my_short_description("Banque")
    assert (await bot.get_my_description("fr")).description == "La banque, à jour."
    assert (await bot.get_my_description()).description == ""
    assert (await bot.get_my_short_description("fr")).short_description == "Banque"
    await bot.set_chat_menu_button(LEA, MenuButtonDefault())
    assert await bot.get_chat_menu_button(LEA) == MenuButtonDefault()
    assert await bot.log_out()
    assert await bot.close()


async def test_whole_application_talks_by_polling(telegram: Telegram, serve: Serve) -> None:
    async def start(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("Oui", callback_data="yes")]])
        await update.message.reply_text("On commence ?", reply_markup=markup)

    async def agree(update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.callback_query
        await update.callback_query.answer("Noté")
        await update.callback_query.edit_message_text("C'est parti.")

    address = await serve(Starlette(routes=telegram.routes))
    application = Application.builder().token(TOKEN).base_url(f"{address}/bot").build()
    application.add_handlers([CommandHandler("start", start), CallbackQueryHandler(agree)])
    changes = telegram.subscribe()
    async with application:
        await application.start()
        assert application.updater
        await application.updater.start_polling()
        asked = (await anext(changes))["message"]
        press = await telegram.presses(LEA, asked["message_id"], "yes")
        assert (await telegram.answered(press))["text"] == "Noté"
        assert [(await anext(changes))["kind"] for _ in range(2)] == ["toast", "edit"]
        await application.updater.stop()
        await application.stop()
    assert telegram.chat(LEA)[-1]["text"] == "C'est parti."
    assert telegram.refused.total() == 0


def test_reactions_are_those_the_library_knows() -> None:
    assert set(_REACTIONS.split()) == {one.value.replace("\ufe0f", "") for one in ReactionEmoji}


def test_bot_writes_in_bursts_and_then_one_a_second() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    for _ in range(4):
        pace.admit(LEA, 1)
    assert refused_for(pace, LEA) == 1
    pace.admit(PAUL, 1)
    now = 1.0
    pace.admit(LEA, 1)
    assert refused_for(pace, LEA) == 1
    now = 10.0
    pace.admit(LEA, 10)  # an album, longer than any burst
    assert refused_for(pace, LEA) == 7


def test_bot_writes_thirty_messages_a_second_in_all() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    for chat in range(1, 31):
        pace.admit(chat, 1)
    assert refused_for(pace, 31) == 1
    now = 1.0
    for chat in range(31, 61):
        pace.admit(chat, 1)
    assert refused_for(pace, 61) == 1


def test_group_hears_twenty_messages_a_minute() -> None:
    now = 0.0
    pace = Pace(lambda: now)
    for _ in range(20):
        pace.admit(-1, 1)
    assert refused_for(pace, -1) == 3


def refused_for(pace: Pace, chat: int) -> Any:
    with pytest.raises(Refusal) as refused:
        pace.admit(chat, 1)
    assert refused.value.code == 429
    return refused.value.retry_after


async def test_library_reads_how_long_to_wait(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    telegram = Telegram(TOKEN, enforce_rate=True, monotonic=lambda: 0.0)
    telegram.person(LEA, "Léa")
    await telegram.starts(LEA)
    address = await serve(Starlette(routes=telegram.routes))
    async with Bot(TOKEN, base_url=f"{address}/bot") as bot:
        for _ in range(4):
            await bot.send_message(LEA, "a")
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(LEA, "a")
    assert refused.value.retry_after == timedelta(seconds=1)
    assert telegram.refused[429] == 1
    assert len(telegram.chat(LEA)) == 5


async def test_latency_is_waited_before_each_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("bot.sandbox.telegram.server.asyncio.sleep", wait)
    status, _ = await Telegram(TOKEN, latency=0.25).perform("getMe", {})
    assert (status, waited) == (200, [0.25])


@pytest.mark.parametrize("token", ["", "abc", "123456", "x:y"])
def test_token_has_the_shape_of_one(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        Telegram(token)
