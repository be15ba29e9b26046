"""The same step of the same conversation, as python-telegram-bot's documentation writes it.

ConversationHandler, default request class (httpx), default settings (updates one after the other), and the webhook
server of its own example `customwebhookbot/starlettebot.py`: Starlette and uvicorn, in place of Tornado, which is
slower and an optional dependency. Two states, the texts and the buttons of Resync's step A and « when? ».
Usage: baseline.py API_URL LISTEN_PORT TOKEN PICTURE [PICKLE].
"""

import asyncio
import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ParseMode
from telegram.ext import (
    Application,
    BasePersistence,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
)

from bot.adapters.texts import Texts

STEP_A, WHEN = range(2)
CHOICES = {STEP_A: ("there", "later", "stuck"), WHEN: ("this-evening", "tomorrow", "next-week", "start")}
KEYS = {STEP_A: "renewal-step-a", WHEN: "renewal-when"}
TEXTS = Texts()
WORDS = {state: TEXTS.say(key, bank="Crédit Agricole") for state, key in KEYS.items()}
LABELS = {state: [TEXTS.label(KEYS[state], choice) for choice in CHOICES[state]] for state in KEYS}
picture: dict[str, Path | str] = {}


def keyboard(state: int, number: int) -> InlineKeyboardMarkup:
    pairs = zip(LABELS[state], CHOICES[state], strict=True)
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"c:1:{number}:{choice}")] for label, choice in pairs]
    )


async def say(chat: int, state: int, context: ContextTypes.DEFAULT_TYPE) -> int:
    number = context.user_data["number"] = context.user_data.get("number", 0) + 1
    markup = keyboard(state, number)
    if state == WHEN:
        await context.bot.send_message(chat, WORDS[state], parse_mode=ParseMode.HTML, reply_markup=markup)
        return state
    known = picture["step-a"]
    sent: Message = await context.bot.send_photo(
        chat, known, caption=WORDS[state], parse_mode=ParseMode.HTML, reply_markup=markup
    )
    picture["step-a"] = sent.photo[-1].file_id
    return state


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    return await say(update.effective_chat.id, STEP_A, context)


async def pressed(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    query = update.callback_query
    choice = query.data.rpartition(":")[2]
    before, after = (STEP_A, WHEN) if choice == "later" else (WHEN, STEP_A)
    label = LABELS[before][CHOICES[before].index(choice)]
    await query.answer()
    chosen = InlineKeyboardButton(f"✓ {label}", callback_data="done")
    await query.edit_message_reply_markup(InlineKeyboardMarkup([[chosen]]))
    return await say(query.message.chat.id, after, context)


def build(api: str, token: str, persistence: BasePersistence | None) -> Application:
    builder = Application.builder().token(token).base_url(f"{api}/bot").updater(None)
    if persistence is not None:
        builder = builder.persistence(persistence)
    application = builder.build()
    application.add_handler(
        ConversationHandler(
            entry_points=[CommandHandler("start", start)],
            states={
                STEP_A: [CallbackQueryHandler(pressed, pattern=".*:later$")],
                WHEN: [CallbackQueryHandler(pressed, pattern=".*:start$")],
            },
            fallbacks=[],
            name="renewal",
            persistent=persistence is not None,
        )
    )
    return application


async def serve(application: Application, port: int) -> None:
    async def take(request: Request) -> Response:
        await application.update_queue.put(Update.de_json(await request.json(), application.bot))
        return Response()

    web = Starlette(routes=[Route("/webhook", take, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(web, port=port, log_level="error", access_log=False))
    async with application:
        await application.bot.set_webhook(f"http://127.0.0.1:{port}/webhook")
        await application.start()
        await server.serve()
        await application.stop()


def run(persistence: BasePersistence | None = None) -> None:
    api, port, token, drawn = sys.argv[1:5]
    picture["step-a"] = Path(drawn)
    asyncio.run(serve(build(api, token, persistence), int(port)))
