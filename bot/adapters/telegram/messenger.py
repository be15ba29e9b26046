"""`Messenger` on python-telegram-bot: what a client's phone shows."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, LinkPreviewOptions, WebAppInfo
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.adapters.logs import redact
from bot.adapters.pace import Pace
from bot.adapters.telegram.request import AiohttpRequest
from bot.domain.attachments import Attachment
from bot.domain.away import Away
from bot.domain.errors import Blocked, Refused, Throttled, TryAgain
from bot.ports import Button, Message

log = structlog.get_logger(__name__)
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
LARGEST_DOWNLOAD = 20_000_000  # Bot API: getFile serves files up to 20 MB
NOT_TELEGRAM = "Parsing the server response"
"""How python-telegram-bot 22 says that the body of a refusal was not Telegram's JSON."""
NOT_THERE = "message to delete not found"
"""Telegram's own words for a message that is gone already."""
AWAY = {"blocked by the user": Away.BLOCKED, "user is deactivated": Away.DELETED}
"""Telegram's own words for why a bot may not write to somebody."""
CHOSEN = "done"
"""Callback data of a button that was already chosen; pressing it again has no effect."""


def open_bot(token: str, api_url: str, request: AiohttpRequest | None = None) -> Bot:
    """python-telegram-bot's Bot, at Telegram's own address or at any other server of the Bot API.

    It is not initialised: that would need Telegram to answer at this very moment.
    """
    os.environ.setdefault("PTB_TIMEDELTA", "true")  # else each « too many » of Telegram's costs a warning
    return Bot(
        token,
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=request or AiohttpRequest(),
        get_updates_request=AiohttpRequest(connections=1),  # opened by its first use only, and we poll by ourselves
    )


class TelegramMessenger:
    """Sends, marks and fetches. Pictures are uploaded once; Telegram keeps them under an id of its own.

    Whoever sends has waited for his turn at `pace`; here it only hears of a « too many ».
    """

    def __init__(self, bot: Bot, pace: Pace) -> None:
        self.bot = bot
        self.pace = pace
        self._uploaded: dict[Path, str] = {}

    async def send(self, chat_id: int, message: Message) -> None:
        async with self._translated():
            if message.picture is None:
                await self.bot.send_message(
                    chat_id,
                    message.html,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=NO_PREVIEW,
                    disable_notification=message.silent,
                    protect_content=any(button.url or button.app for button in message.buttons),
                    reply_markup=keyboard(message.buttons),
                )
            else:
                await self._send_picture(chat_id, message, message.picture)

    async def _send_picture(self, chat_id: int, message: Message, picture: Path) -> None:
        known = self._uploaded.get(picture)
        data = b"" if known else await asyncio.to_thread(picture.read_bytes)
        sent = await self.bot.send_photo(
            chat_id,
            known or InputFile(data, filename=picture.name),
            caption=message.html,
            parse_mode=ParseMode.HTML,
            disable_notification=message.silent,
            protect_content=any(button.url or button.app for button in message.buttons),
            reply_markup=keyboard(message.buttons),
        )
        if sent.photo:
            self._uploaded[picture] = sent.photo[-1].file_id

    async def send_file(self, chat_id: int, file: Attachment, html: str, *, silent: bool) -> None:
        """A photo as a photo, everything else as a document."""
        content = InputFile(file.data, filename=file.name)
        async with self._translated():
            if file.is_photo:
                await self.bot.send_photo(
                    chat_id, content, caption=html, parse_mode=ParseMode.HTML, disable_notification=silent
                )
            else:
                await self.bot.send_document(
                    chat_id, content, caption=html, parse_mode=ParseMode.HTML, disable_notification=silent
                )

    async def mark(self, chat_id: int, message_id: int, label: str) -> None:
        chosen = InlineKeyboardMarkup([[InlineKeyboardButton(f"✓ {label}", callback_data=CHOSEN)]])
        with contextlib.suppress(Refused):  # an old or deleted message keeps its buttons, and that is no loss
            async with self._translated():
                await self.bot.edit_message_reply_markup(chat_id, message_id, reply_markup=chosen)

    async def remove(self, chat_id: int, message_id: int) -> None:
        """Delete a client's message. Telegram allows it in a private chat for 48 hours."""
        try:
            async with self._translated():
                await self.bot.delete_message(chat_id, message_id)
        except Refused as error:
            if NOT_THERE not in str(error).lower():
                raise

    async def fetch(self, file: str) -> tuple[str, bytes]:
        async with self._translated():
            found = await self.bot.get_file(file)
            if (found.file_size or 0) > LARGEST_DOWNLOAD:
                raise Refused("the file is too large to be passed on")
            data = bytes(await found.download_as_bytearray())
        return Path(found.file_path or "fichier").name, data

    @contextlib.asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """Telegram's errors become ours, once; a « too many » pushes everybody back."""
        try:
            yield
        except RetryAfter as error:
            wait = seconds(error)
            await self.pace.push_back(wait)
            raise Throttled("Telegram asks us to slow down", after=wait) from None
        except TelegramError as error:
            raise ours(error) from None


def seconds(error: RetryAfter) -> float:
    """python-telegram-bot gives a number or a timedelta, depending on its settings."""
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def ours(error: TelegramError) -> Exception:
    """One of our errors for one of python-telegram-bot's. What is not in Telegram's own words is a proxy's page."""
    said = redact(error.message)  # such a page may repeat the address, which holds the token
    match error:
        case _ if type(error) is TelegramError or NOT_TELEGRAM in said:
            return TryAgain("Something else answers in Telegram's place")
        case InvalidToken() | Conflict():  # until somebody mends it, what was to be said is kept
            return TryAgain(f"Telegram does not let us in: {said}")
        case Forbidden():
            return Blocked(said, next((why for words, why in AWAY.items() if words in said.lower()), Away.LOST))
        case BadRequest() if "chat not found" in said.lower():
            return Blocked(said)
        case BadRequest():
            return Refused(said)
        case TimedOut() | NetworkError():
            return TryAgain(f"Telegram does not answer: {said}")
    return Refused(said)


def keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """One button a line: readable on a small phone, with a thumb."""
    if not buttons:
        return None
    return InlineKeyboardMarkup([[one(button)] for button in buttons])


def one(button: Button) -> InlineKeyboardButton:
    """A button that opens a page, or that answers."""
    if button.app:
        return InlineKeyboardButton(button.label, web_app=WebAppInfo(button.app))
    if button.url:
        return InlineKeyboardButton(button.label, url=button.url)
    return InlineKeyboardButton(button.label, callback_data=button.data)
