"""Telegram in: secrets are scrubbed in memory, an update becomes an envelope, acknowledged after the commit.

What python-telegram-bot's own webhook server and polling acknowledge before the work is safe, we acknowledge after.
"""

import asyncio
import hmac
import json
import re
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from telegram import Bot, CallbackQuery, ChatMember, ChatMemberUpdated, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.domain.away import Away
from bot.domain.buttons import DoubtTap, NumberTap, Press, parse
from bot.domain.errors import BotError, TryAgain
from bot.domain.secret import Secret
from bot.engine import Engine, Envelope, Outcome, ToChat, ToConversation, Token
from bot.ports import Button, Messenger, Secrecy, SecureLinks, Texts, Understanding
from bot.ports import Message as Shown
from flows.events import Intent, Linked, LinkRefused, SentFile, Undeliverable, Wrote
from handlers.doubts import Doubts
from handlers.words import WordReader

log = structlog.get_logger(__name__)
SPEAKS_OF_SECRETS = re.compile(r"\b(?:mdp|pass(?:e|word)?|code|identifiants?|login)\b", re.IGNORECASE)
LARGEST_UPDATE = 1 << 20
LONGEST_TEXT = 4096
ALLOWED = ["message", "edited_message", "callback_query", "my_chat_member"]
KINDS = ("photo", "document", "voice", "audio", "video", "video_note", "animation", "sticker", "location", "contact")
AS_VOICE = {"voice": "voice", "audio": "voice", "video_note": "voice"}
TOASTS = {
    Outcome.OLD: "toast-old",
    Outcome.WITH_STAFF: "toast-staff-has-it",
    Outcome.STRANGER: "toast-old",
    Outcome.NOTHING: "toast-old",
}
SAID = {True: "number-right", False: "number-wrong", None: "number-over"}
"""What a tap on a number is answered with; None where the link was over anyway."""


class TelegramHandler:
    """Translates updates. Raises `TryAgain` where the update could not be made durable: it must come again."""

    def __init__(
        self,
        bot: Bot,
        engine: Engine,
        links: SecureLinks,
        understanding: Understanding,
        texts: Texts,
        messenger: Messenger,
        *,
        hears: bool = False,
    ) -> None:
        """`hears`: a voice note can be transcribed."""
        self.bot = bot
        self.messenger = messenger
        self.engine = engine
        self.links = links
        self.words = WordReader(understanding, engine)
        self.hears = hears
        self.doubts = Doubts(self._let_go)
        self.texts = texts
        self._signs: set[asyncio.Task[None]] = set()

    async def handle(self, data: Any) -> None:
        """One update, as Telegram sent it. What cannot be read is logged without its text, and let go."""
        try:
            update = Update.de_json(data, self.bot)
        except (TelegramError, TypeError, ValueError, KeyError, AttributeError) as error:
            log.warning("malformed update", reason=type(error).__name__)
            return
        try:
            await self._take(update)
        except TryAgain:
            raise
        except Exception:  # a bug that one update meets must not make us deaf to all the others
            log.exception("an update could not be handled", update=update.update_id)

    async def _take(self, update: Update) -> None:
        if update.callback_query:
            await self._press(update.update_id, update.callback_query)
        elif update.effective_message and update.effective_chat:
            await self._message(update, update.effective_message)
        elif update.my_chat_member:
            await self._membership(update.update_id, update.my_chat_member)

    async def aclose(self) -> None:
        """Let the last toasts go, and forget what is held."""
        await self.doubts.aclose()
        await asyncio.gather(*self._signs, return_exceptions=True)

    # -- messages -------------------------------------------------------------------------------------

    async def _message(self, update: Update, message: Message) -> None:
        update_id, chat = f"tg:{update.update_id}", message.chat
        if chat.type != ChatType.PRIVATE:
            await self.engine.remark(f"tg:group:{chat.id}", chat.id, "group-chat")
            return
        text = message.text or ""
        if text.startswith("/start ") and not update.edited_message:
            await self._receive(Envelope(update_id, ToChat(chat.id), Token(text.removeprefix("/start ").strip())))
        elif text.strip() == "/start":
            await self._receive(Envelope(update_id, ToChat(chat.id), Linked(synchronised=True)))
        elif len(text) > LONGEST_TEXT:
            await self.engine.remark(update_id, chat.id, "too-long")
        elif text or message.caption or not update.edited_message:  # a live location that moves says nothing new
            await self._look(update_id, message)
            await self._look_behind(message)

    async def _look(self, update_id: str, message: Message) -> None:
        """Where it holds a secret, it goes no further; where it may hold one, he is asked first."""
        match self.words.secrecy(*carried(message)):
            case Secrecy.SURE:
                await self._secret(update_id, message.chat_id, message.message_id)
            case Secrecy.DOUBT:
                await self._ask(await self._envelope(update_id, message), message)
            case _:
                await self._receive(await self._envelope(update_id, message))

    async def _look_behind(self, message: Message) -> None:
        """The message of his own that he replies to may hold a secret too; the same one is told of once."""
        behind = message.reply_to_message
        if behind is None or behind.from_user is None or behind.from_user.id != message.chat_id:
            return
        if self.words.secrecy(*carried(behind)) is Secrecy.SURE:
            key = (message.chat_id, behind.message_id)
            await self._secret(secret_id(key), *key)

    async def _envelope(self, update_id: str, message: Message) -> Envelope:
        if message.text:
            event = await self.words.read(message.text, message.chat_id)
            return Envelope(update_id, ToChat(message.chat_id), event, message_id=message.message_id)
        kind = next((kind for kind in KINDS if getattr(message, kind, None)), "other")
        attachment = message.photo[-1] if kind == "photo" and message.photo else getattr(message, kind, None)
        file = str(getattr(attachment, "file_id", ""))
        if kind == "voice" and self.hears:
            spoken = SentFile("spoken", file, message=message.message_id)
            return Envelope(update_id, ToChat(message.chat_id), spoken)
        sent = SentFile(AS_VOICE.get(kind, kind), file, (message.caption or "")[:LONGEST_TEXT])
        return Envelope(update_id, ToChat(message.chat_id), sent)

    async def _secret(self, dedupe_id: str, chat_id: int, message_id: int) -> None:
        """Of its words nothing is left here; the message leaves his chat."""
        await self._receive(Envelope(dedupe_id, ToChat(chat_id), Wrote(Intent.SECRET), message_id=message_id))

    # -- perhaps a secret -----------------------------------------------------------------------------

    async def _ask(self, envelope: Envelope, message: Message) -> None:
        """« Est-ce un mot de passe ? » Meanwhile his message is in memory, and nowhere else."""
        key = (message.chat_id, message.message_id)
        asked = self.doubts.holds(key)
        if self.doubts.is_full() and not asked:
            return await self._secret(secret_id(key), *key)
        self.doubts.hold(key, envelope)
        if asked:
            return None
        try:
            return await self.messenger.send(message.chat_id, self._question(message.message_id))
        except TryAgain:
            self.doubts.release(key)
            raise
        except BotError as error:
            log.warning("a doubtful message is let go, as he cannot be asked", reason=str(error))
            return await self.doubts.expire(key)

    def _question(self, message_id: int) -> Shown:
        buttons = tuple(
            Button(self.texts.label("doubt-question", choice), data=DoubtTap(message_id, secret).data())
            for choice, secret in (("yes", True), ("no", False))
        )
        return Shown(self.texts.say("doubt-question"), buttons)

    async def _settle(self, update_id: int, query: CallbackQuery, tap: DoubtTap) -> None:
        """His yes lets it go, his no lets it through; what is not held any more he has to write again."""
        key = (query.from_user.id, tap.message)
        held = self.doubts.release(key)
        if tap.secret:
            await self._secret(secret_id(key), *key)
        elif held is not None:
            await self._through(key, held)
        self._answer(query.id, "" if tap.secret or held is not None else "doubt-over")
        if query.message:
            label = self.texts.label("doubt-question", "yes" if tap.secret else "no")
            self._beside(self._mark(key[0], query.message.message_id, label))

    async def _through(self, key: tuple[int, int], held: Envelope) -> None:
        try:
            await self._receive(held)
        except TryAgain:  # his tap comes again, and must find it
            self.doubts.hold(key, held)
            raise

    async def _let_go(self, key: tuple[int, int]) -> None:
        """He has not answered: better a harmless word lost than a password kept."""
        await self._secret(secret_id(key), *key)

    async def _receive(self, envelope: Envelope) -> None:
        await self.engine.receive(envelope)

    # -- buttons --------------------------------------------------------------------------------------

    async def _press(self, update_id: int, query: CallbackQuery) -> None:
        chat_id = query.from_user.id
        match parse(query.data or ""):
            case Press() as press:
                outcome = await self._choose(update_id, query, press, chat_id)
                self._answer(query.id, TOASTS.get(outcome, ""))
            case NumberTap(link, number):
                await self._prove(update_id, query, link, number)
            case DoubtTap() as tap:
                await self._settle(update_id, query, tap)
            case _:
                self._answer(query.id, "toast-ok" if query.data == "done" else "toast-old")

    async def _choose(self, update_id: int, query: CallbackQuery, press: Press, chat_id: int) -> Outcome:
        return await self.engine.receive(
            Envelope(
                f"tg:{update_id}",
                ToConversation(press.conversation),
                press,
                chat_id=chat_id,
                message_id=query.message.message_id if query.message else None,
            )
        )

    async def _prove(self, update_id: int, query: CallbackQuery, link: int, number: int) -> None:
        chat_id = query.from_user.id
        proven = await self.links.prove(link, number, chat_id)
        if proven is False:
            await self.engine.receive(Envelope(f"tg:{update_id}", ToChat(chat_id), LinkRefused()))
        self._answer(query.id, SAID[proven])
        if proven and query.message:
            self._beside(self._mark(chat_id, query.message.message_id, str(number)))

    def _answer(self, query_id: str, text: str) -> None:
        self._beside(self._toast(query_id, self.texts.say(text) if text else None))

    def _beside(self, sign: Coroutine[Any, Any, None]) -> None:
        """A sign that the tap arrived goes out beside the commit: worth nothing a minute later, so none is kept."""
        task = asyncio.create_task(sign)
        self._signs.add(task)
        task.add_done_callback(self._signs.discard)

    async def _mark(self, chat_id: int, message_id: int, label: str) -> None:
        """The buttons give way to the one that was tapped."""
        try:
            await self.messenger.mark(chat_id, message_id, label)
        except BotError as error:
            log.debug("tap not marked", reason=str(error))

    async def _toast(self, query_id: str, text: str | None) -> None:
        try:
            await self.bot.answer_callback_query(query_id, text)
        except TelegramError as error:
            log.debug("toast not shown", reason=type(error).__name__)

    # -- coming and going -----------------------------------------------------------------------------

    async def _membership(self, update_id: int, change: ChatMemberUpdated) -> None:
        if change.chat.type != ChatType.PRIVATE:
            return
        # Coming back is told by the « /start » that Telegram makes the client send with it.
        if change.new_chat_member.status in (ChatMember.BANNED, ChatMember.LEFT):
            await self._receive(Envelope(f"tg:{update_id}", ToChat(change.chat.id), Undeliverable(Away.BLOCKED)))


def carried(message: Message) -> tuple[str | None, ...]:
    """Every text of his that a message carries: his words, what he quotes of himself, and the name of a file."""
    behind, quote = message.reply_to_message, message.quote
    ours = behind is not None and behind.from_user is not None and behind.from_user.is_bot
    file = message.document or message.audio or message.video or message.animation
    named = spoken_name(file.file_name or "") if file else None
    return (message.text, message.caption, quote.text if quote and not ours else None, named)


def spoken_name(name: str) -> str:
    """A file's name as words, where it speaks of a password: all others are full of figures by nature."""
    words = re.sub(r"[_.+-]+", " ", name.rpartition(".")[0] or name)
    return words if SPEAKS_OF_SECRETS.search(words) else ""


def secret_id(key: tuple[int, int]) -> str:
    """The id of the event that a message held a secret: the same one, whoever finds it out."""
    return f"tg:secret:{key[0]}:{key[1]}"


def telegram_routes(handler: TelegramHandler, secret: Secret) -> list[Route]:
    """`POST /telegram/webhook`: verify, commit, then answer 200; 503 where the commit failed."""

    async def webhook(request: Request) -> Response:
        given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
        if not hmac.compare_digest(given.encode(), secret.reveal().encode()):
            return PlainTextResponse("not from Telegram", 401)
        data = await read_json(request)
        if data is None:
            return PlainTextResponse("an update is a JSON object of at most 1 MiB", 400)
        try:
            await handler.handle(data)
        except TryAgain as error:
            log.error("update not stored, Telegram will send it again", reason=str(error))
            return PlainTextResponse("try again", 503)
        return PlainTextResponse("")

    return [Route("/telegram/webhook", webhook, methods=["POST"])]


async def read_json(request: Request) -> Mapping[str, Any] | None:
    """The body, if it is a JSON object of a bearable size."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_UPDATE:
            return None
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):  # Python reads no JSON that is a thousand lists deep
        return None
    return data if isinstance(data, dict) else None


class Polling:
    """Long polling that confirms an update only after its commit."""

    def __init__(self, bot: Bot, request: BaseRequest, handler: TelegramHandler, seconds: int = 25) -> None:
        self.bot = bot
        self.request = request
        self.handler = handler
        self.seconds = seconds
        self._offset = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def aclose(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        wait = 1.0
        while True:
            try:
                await self._once()
                wait = 1.0
            except (TelegramError, TryAgain, ValueError, KeyError) as error:
                log.warning("polling interrupted", reason=explain(error))
                await asyncio.sleep(max(wait, asked_to_wait(error)))
                wait = min(wait * 2, 30.0)

    async def _once(self) -> None:
        """One batch, raw: an update that python-telegram-bot cannot read must not hold up the others."""
        wanted = urlencode({"offset": self._offset, "timeout": self.seconds, "allowed_updates": json.dumps(ALLOWED)})
        answer = await self.request.retrieve(
            f"{self.bot.base_url}/getUpdates?{wanted}", read_timeout=self.seconds + 10
        )
        for data in json.loads(answer)["result"]:
            await self.handler.handle(data)
            # The next one may be smaller: after a week of silence Telegram begins anywhere.
            self._offset = int(data["update_id"]) + 1


def explain(error: Exception) -> str:
    """One clear line for the log, without the address, which holds the token."""
    match error:
        case Conflict():
            return "another program polls with the same token, or a webhook is set"
        case InvalidToken():
            return "Telegram does not know this token"
        case RetryAfter():
            return f"Telegram asks us to slow down for {asked_to_wait(error):.0f} s"
        case BadRequest() | Forbidden():
            return f"Telegram refuses: {error.message}"  # a token in it becomes dots as it is written to the log
        case TryAgain():
            return str(error)
    return f"{type(error).__name__}: Telegram does not answer"


def asked_to_wait(error: Exception) -> float:
    """The seconds that Telegram asks for; 0 where it asks for none."""
    after = error.retry_after if isinstance(error, RetryAfter) else 0
    return after.total_seconds() if isinstance(after, timedelta) else float(after)
