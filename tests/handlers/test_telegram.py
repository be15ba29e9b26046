"""Telegram in: each captured update becomes the right envelope, a secret never one; acknowledged after the commit."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp
from structlog.testing import capture_logs
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter, TimedOut

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database.links import Links
from bot.adapters.database.tables import inbox
from bot.adapters.pace import Pace
from bot.adapters.telegram.messenger import TelegramMessenger, open_bot
from bot.adapters.telegram.request import AiohttpRequest
from bot.adapters.texts import Texts
from bot.adapters.understanding.french import FrenchReader
from bot.domain.away import Away
from bot.domain.buttons import Press
from bot.domain.calendar import Hours
from bot.domain.errors import OurBug, TryAgain
from bot.domain.secret import Secret
from bot.engine import Engine, Envelope, Outcome, ToChat, ToConversation, Token
from bot.ports import Understood
from bot.sandbox.telegram import GROUP, Telegram
from flows.events import Intent, Linked, LinkRefused, SentFile, Undeliverable, Wrote
from flows.guess import Guess
from flows.password_change import NewPassword
from flows.renewal import Checking, Offered, Snoozed, StepA, StepB
from handlers.telegram import Polling, TelegramHandler, explain, telegram_routes
from tests.firm import ODETTE, Firm, HandClock, founded

PAYLOADS = Path(__file__).parent / "telegram"
TOKEN = "123456:sandbox-token-that-opens-nothing-at-all"
HOOK = "the-secret-of-the-webhook"
Serve = Callable[[ASGIApp], Awaitable[str]]


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8"))


class Listening:
    """In place of the engine and the links: it keeps what it is given."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.remarks: list[tuple[str, int, str]] = []
        self.proofs: list[tuple[int, int, int]] = []
        self.outcome = Outcome.MOVED
        self.proven: bool | None = True
        self.trouble: list[Exception] = []
        self.clock = HandClock()
        self.calendars = FrenchCalendars("Europe/Paris")

    async def hours_of(self, chat_id: int) -> Hours:
        assert chat_id == ODETTE
        return self.calendars.hours("")

    async def receive(self, envelope: Envelope) -> Outcome:
        if self.trouble:
            raise self.trouble.pop(0)
        self.envelopes.append(envelope)
        return self.outcome

    async def remark(self, dedupe_id: str, chat_id: int, text: str) -> None:
        self.remarks.append((dedupe_id, chat_id, text))

    async def prove(self, link_id: int, number: int, chat_id: int) -> bool | None:
        self.proofs.append((link_id, number, chat_id))
        return self.proven


class Toasts:
    """In place of the bot and the messenger: it keeps the toasts, and the buttons that were marked."""

    def __init__(self) -> None:
        self.shown: list[str | None] = []
        self.marked: list[tuple[int, int, str]] = []
        self.trouble: list[Exception] = []

    async def mark(self, chat_id: int, message_id: int, label: str) -> None:
        if self.trouble:
            raise self.trouble.pop(0)
        self.marked.append((chat_id, message_id, label))

    async def answer_callback_query(self, query_id: str, text: str | None = None) -> None:
        assert query_id == "3005217712345678901"
        self.shown.append(text)


@pytest.fixture
def engine() -> Listening:
    return Listening()


@pytest.fixture
def toasts() -> Toasts:
    return Toasts()


@pytest.fixture
def handler(engine: Listening, toasts: Toasts) -> TelegramHandler:
    return TelegramHandler(toasts, engine, engine, FrenchReader(), Texts(), toasts)  # type: ignore[arg-type]


# What each update becomes


HERS = ToChat(ODETTE)
SECRET = Wrote(Intent.SECRET, "")
SPOKEN: dict[str, tuple[object, int | None]] = {
    "text": (Wrote(Intent.DONE, "c’est fait 👍"), 4021),
    "text_secret": (SECRET, 4021),
    "text_reply_quote": (Wrote(Intent.OTHER, "oui celui-là"), 4021),
    "text_html_like": (Wrote(Intent.OTHER, "<b>Chez Odette & Fils</b> <!channel> *gras*"), 4021),
    "text_huge": (Wrote(Intent.OTHER, "a’é🥚" * 1024), 4021),
    "text_edited": (Wrote(Intent.STUCK, "je suis perdue"), 4021),
    "text_edited_secret": (SECRET, 4021),
    "text_forwarded": (Wrote(Intent.OTHER, "Votre accès expire bientôt"), 4021),
    "command_banks": (Wrote(Intent.BANKS, "/banques"), 4021),
    "command_stop": (Wrote(Intent.STOP, "/stop"), 4021),
    "start": (Linked(synchronised=True), None),
    "start_token": (Token("3vJx0Zc1QeT5m-Uo_9sLwXfA7dKp2RbY6hGtNiMqEjk"), None),
    "photo_caption": (SentFile("photo", "AgACAgQAAxkBAAI-x", "voilà ce que je vois"), None),
    "photo_secret_caption": (SECRET, 4021),
    "photo_edited_secret_caption": (SECRET, 4021),
    "document": (SentFile("document", "BQACAgQAAxkBAAI-doc"), None),
    "voice": (SentFile("voice", "AwACAgQAAxkBAAI-v"), None),
    "video_note": (SentFile("voice", "DQACAgQAAxkBAAI-vn"), None),
    "sticker": (SentFile("sticker", "CAACAgQAAxkBAAI-st"), None),
    "animation": (SentFile("document", "CgACAgQAAxkBAAI-an"), None),
    "contact": (SentFile("contact"), None),
    "location": (SentFile("location"), None),
    "pinned": (SentFile("other"), None),
    "blocked": (Undeliverable(Away.BLOCKED), None),
}
PRESSED = {"press": 4019, "press_on_inaccessible_message": 4019, "press_without_message": None}
NOTHING = (
    "location_live_moved", "unblocked", "removed_from_group", "reaction", "unknown_kind", "empty",
    "malformed_no_id", "malformed_message_is_a_list", "malformed_no_chat", "malformed_date",
    "malformed_press_without_author",
)  # fmt: skip
OTHERWISE = (
    "group_message", "group_joined", "channel_post", "press_chosen", "press_of_another_version", "press_forged",
    "press_of_a_game", "press_number", "malformed_text_is_a_number",
)  # fmt: skip


@pytest.mark.parametrize("name", SPOKEN)
async def test_what_a_client_sends_becomes_his_envelope(
    name: str, handler: TelegramHandler, engine: Listening
) -> None:
    event, message_id = SPOKEN[name]
    await handler.handle(payload(name))
    update_id = f"tg:{payload(name)['update_id']}"
    assert engine.envelopes == [Envelope(update_id, HERS, event, message_id=message_id)]  # type: ignore[arg-type]
    assert engine.remarks == []


@pytest.mark.parametrize("name", PRESSED)
async def test_a_press_carries_the_chat_that_it_came_from(
    name: str, handler: TelegramHandler, engine: Listening, toasts: Toasts
) -> None:
    await handler.handle(payload(name))
    await handler.aclose()
    update_id = f"tg:{payload(name)['update_id']}"
    press = Press(12, 3, "start")
    assert engine.envelopes == [
        Envelope(update_id, ToConversation(12), press, chat_id=ODETTE, message_id=PRESSED[name])
    ]
    assert toasts.shown == [None], "what moved needs no toast"


@pytest.mark.parametrize("name", NOTHING)
async def test_what_means_nothing_to_us_is_let_go(name: str, handler: TelegramHandler, engine: Listening) -> None:
    await handler.handle(payload(name))
    assert engine.envelopes == []
    assert engine.remarks == []


@pytest.mark.parametrize("body", [None, [], "text", 4, True, {"update_id": "x"}, {"update_id": 1, "message": {}}])
async def test_what_is_no_update_is_let_go(body: object, handler: TelegramHandler, engine: Listening) -> None:
    await handler.handle(body)
    assert engine.envelopes == []


async def test_a_text_that_is_none_holds_up_nobody(handler: TelegramHandler, engine: Listening) -> None:
    await handler.handle(payload("malformed_text_is_a_number"))
    await handler.handle(payload("text"))
    assert [envelope.event for envelope in engine.envelopes] == [SPOKEN["text"][0]]


@pytest.mark.parametrize("name", ["group_message", "group_joined"])
async def test_a_group_is_told_once_that_we_speak_in_private_only(
    name: str, handler: TelegramHandler, engine: Listening
) -> None:
    await handler.handle(payload(name))
    assert engine.remarks == [(f"tg:group:{GROUP}", GROUP, "group-chat")]
    assert engine.envelopes == []


def test_every_captured_update_is_spoken_for() -> None:
    known = {*SPOKEN, *PRESSED, *NOTHING, *OTHERWISE}
    assert known == {path.stem for path in PAYLOADS.glob("*.json")}


# Secrets


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("text_secret", "Bistrot2026!"),
        ("text_edited_secret", "Cassoulet#81"),
        ("photo_secret_caption", "Cassoulet#81"),
        ("photo_edited_secret_caption", "482019"),
    ],
)
async def test_a_secret_never_reaches_an_envelope_or_a_log(
    name: str, secret: str, handler: TelegramHandler, engine: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    assert secret in json.dumps(payload(name), ensure_ascii=False)
    engine.trouble = [OurBug("this cannot happen")]
    with caplog.at_level(logging.DEBUG), capture_logs() as ours:
        await handler.handle(payload(name))
        await handler.handle(payload(name))
    assert [envelope.event for envelope in engine.envelopes] == [SECRET]
    assert secret not in repr(engine.envelopes) + caplog.text + repr(ours)


async def test_an_invitations_token_is_seen_in_no_envelope(handler: TelegramHandler, engine: Listening) -> None:
    await handler.handle(payload("start_token"))
    assert "3vJx0Zc1QeT5m" not in repr(engine.envelopes)


# Toasts


@pytest.mark.parametrize(
    ("outcome", "toast"),
    [
        (Outcome.MOVED, ""),
        (Outcome.ANSWERED, ""),
        (Outcome.REPEATED, ""),
        (Outcome.OLD, "toast-old"),
        (Outcome.NOTHING, "toast-old"),
        (Outcome.STRANGER, "toast-old"),
        (Outcome.WITH_STAFF, "toast-staff-has-it"),
    ],
)
async def test_who_pressed_is_told_what_became_of_it(
    outcome: Outcome, toast: str, handler: TelegramHandler, engine: Listening, toasts: Toasts
) -> None:
    engine.outcome = outcome
    await handler.handle(payload("press"))
    await handler.aclose()
    assert toasts.shown == [Texts().say(toast) if toast else None]


@pytest.mark.parametrize(
    ("name", "toast"),
    [
        ("press_chosen", "toast-ok"),
        ("press_of_another_version", "toast-old"),
        ("press_forged", "toast-old"),
        ("press_of_a_game", "toast-old"),
    ],
)
async def test_a_button_that_is_none_of_ours_is_answered_and_does_nothing(
    name: str, toast: str, handler: TelegramHandler, engine: Listening, toasts: Toasts
) -> None:
    await handler.handle(payload(name))
    await handler.aclose()
    assert engine.envelopes == []
    assert toasts.shown == [Texts().say(toast)]


@pytest.mark.parametrize(
    ("proven", "toast", "told"),
    [(True, "number-right", []), (None, "number-over", []), (False, "number-wrong", [LinkRefused()])],
)
async def test_a_tap_on_a_number_proves_or_ends_the_link(
    proven: bool | None, toast: str, told: list[object], handler: TelegramHandler, engine: Listening, toasts: Toasts
) -> None:
    engine.proven = proven
    await handler.handle(payload("press_number"))
    await handler.aclose()
    assert engine.proofs == [(31, 47, ODETTE)]
    assert [envelope.event for envelope in engine.envelopes] == told
    assert toasts.shown == [Texts().say(toast)]
    assert toasts.marked == ([(ODETTE, 4019, "47")] if proven else [])


async def test_a_right_number_counts_where_it_cannot_be_marked(
    handler: TelegramHandler, engine: Listening, toasts: Toasts
) -> None:
    toasts.trouble = [TryAgain("Telegram does not answer")]
    await handler.handle(payload("press_number"))
    await handler.aclose()
    assert engine.proofs == [(31, 47, ODETTE)]
    assert toasts.shown == [Texts().say("number-right")]


# The webhook, over real HTTP


@pytest.fixture
async def firm(sqlite_database: str) -> AsyncIterator[Firm]:
    async with founded(sqlite_database) as firm:
        yield firm


@pytest.fixture
async def webhook(handler: TelegramHandler, serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who speaks to our webhook, and knows its secret."""
    base = await serve(Starlette(routes=telegram_routes(handler, Secret(HOOK))))
    headers = {"X-Telegram-Bot-Api-Secret-Token": HOOK}
    async with httpx.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
        yield client


async def test_an_update_is_answered_with_200(webhook: httpx.AsyncClient, engine: Listening) -> None:
    assert (await webhook.post("/telegram/webhook", json=payload("text"))).status_code == 200
    assert [envelope.event for envelope in engine.envelopes] == [SPOKEN["text"][0]]


@pytest.mark.parametrize("secret", ["", "wrong", HOOK + "x", HOOK[:-1], HOOK.upper(), "é".encode()])
async def test_without_the_secret_nobody_is_heard(
    secret: str | bytes, webhook: httpx.AsyncClient, engine: Listening
) -> None:
    name = b"X-Telegram-Bot-Api-Secret-Token"
    given = {name: secret if isinstance(secret, bytes) else secret.encode()}
    answer = await webhook.post("/telegram/webhook", json=payload("text"), headers=given)
    assert answer.status_code == 401
    assert engine.envelopes == []


async def test_a_request_without_the_header_is_refused(webhook: httpx.AsyncClient, engine: Listening) -> None:
    del webhook.headers["X-Telegram-Bot-Api-Secret-Token"]
    assert (await webhook.post("/telegram/webhook", json=payload("text"))).status_code == 401
    assert engine.envelopes == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nonsense", b"[]", b'"text"', b"\xff\xfe", b"[" * 200_000, b'{"a":' * 100_000,
        b'{"update_id":1,"message":"' + b"x" * (1 << 20) + b'"}',
    ],
    ids=["nothing", "no JSON", "a list", "a text", "no UTF-8", "deep", "deeper", "large"],
)  # fmt: skip
async def test_what_is_no_update_is_the_senders_fault(
    body: bytes, webhook: httpx.AsyncClient, engine: Listening
) -> None:
    answer = await webhook.post("/telegram/webhook", content=body)
    assert 400 <= answer.status_code < 500
    assert engine.envelopes == []
    assert (await webhook.post("/telegram/webhook", json=payload("text"))).status_code == 200


@pytest.mark.parametrize("name", sorted({*NOTHING, *OTHERWISE}))
async def test_whatever_telegram_sends_is_taken(name: str, webhook: httpx.AsyncClient) -> None:
    assert (await webhook.post("/telegram/webhook", json=payload(name))).status_code == 200


async def test_what_could_not_be_stored_is_asked_for_again(webhook: httpx.AsyncClient, engine: Listening) -> None:
    engine.trouble = [TryAgain("the database is gone")]
    assert (await webhook.post("/telegram/webhook", json=payload("text"))).status_code == 503
    assert engine.envelopes == []
    assert (await webhook.post("/telegram/webhook", json=payload("text"))).status_code == 200
    assert len(engine.envelopes) == 1


async def test_a_bug_that_one_update_meets_does_not_make_telegram_send_it_for_ever(
    webhook: httpx.AsyncClient, engine: Listening
) -> None:
    engine.trouble = [OurBug("this cannot happen")]
    with capture_logs() as logs:
        assert (await webhook.post("/telegram/webhook", json=payload("text"))).status_code == 200
    assert [entry["log_level"] for entry in logs] == ["error"]


async def test_get_is_not_for_the_webhook(webhook: httpx.AsyncClient) -> None:
    assert (await webhook.get("/telegram/webhook")).status_code == 405


# Polling, against the sandbox's Telegram


class Stumbling:
    """The real handler, which fails when told to: before or after its commit."""

    def __init__(self, handler: TelegramHandler) -> None:
        self.handler = handler
        self.before: list[BaseException] = []
        self.after: list[BaseException] = []
        self.taken: list[int] = []
        self.took_one = asyncio.Event()

    async def handle(self, data: Any) -> None:
        if self.before:
            raise self.before.pop(0)
        await self.handler.handle(data)
        self.taken.append(data["update_id"])
        self.took_one.set()
        if self.after:
            raise self.after.pop(0)


class Poll:
    """A Telegram with Odette in it, and a program that polls it into a real database."""

    def __init__(self, telegram: Telegram, firm: Firm, base: str) -> None:
        self.telegram = telegram
        self.firm = firm
        self.request = AiohttpRequest(connections=2)
        self.bot = open_bot(TOKEN, f"{base}/telegram", self.request)
        links = Links(firm.database, firm.clock)
        messenger = TelegramMessenger(self.bot, Pace(firm.database, "telegram", 0))
        self.handler = TelegramHandler(self.bot, firm.engine, links, FrenchReader(), Texts(), messenger)
        self.stumbling = Stumbling(self.handler)
        self.polling = self.anew()

    def anew(self) -> Polling:
        """As after a restart: nothing is remembered."""
        return Polling(self.bot, self.request, self.stumbling, seconds=0)  # type: ignore[arg-type]

    @property
    def unconfirmed(self) -> int:
        return self.telegram._updates.waiting()


@pytest.fixture
async def poll(firm: Firm, serve: Serve) -> AsyncIterator[Poll]:
    telegram = Telegram(TOKEN, firm.clock.now)
    base = await serve(Starlette(routes=[Mount("/telegram", routes=telegram.routes)]))
    telegram.person(ODETTE, "Odette")
    poll = Poll(telegram, firm, base)
    yield poll
    await poll.handler.aclose()
    await poll.request.shutdown()
    await telegram.aclose()


async def test_an_update_is_confirmed_only_after_its_commit(poll: Poll) -> None:
    await poll.firm.odette(StepA())
    await poll.telegram.writes(ODETTE, "j’y suis")
    await poll.polling._once()
    assert poll.unconfirmed == 1, "committed, but Telegram does not know yet"
    assert poll.firm.said() == ["renewal-step-b"]
    await poll.polling._once()
    assert poll.unconfirmed == 0
    assert len(poll.stumbling.taken) == 1


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_program_killed_in_the_middle_gets_it_again_and_lets_it_have_its_effect_once(
    poll: Poll, when: str
) -> None:
    await poll.firm.odette(StepA())
    await poll.telegram.writes(ODETTE, "j’y suis")
    getattr(poll.stumbling, when).append(KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        await poll.polling._once()
    assert poll.unconfirmed == 1
    assert poll.firm.said() == ([] if when == "before" else ["renewal-step-b"])
    again = poll.anew()
    await again._once()
    await again._once()
    assert poll.unconfirmed == 0
    assert poll.firm.said() == ["renewal-step-b"]
    assert len(await poll.firm.rows(inbox)) == 1


async def test_where_the_database_is_gone_in_the_middle_of_a_batch_the_rest_comes_again(poll: Poll) -> None:
    await poll.firm.odette(StepA())
    for text in ("bonjour", "j’y suis", "c’est fait"):
        await poll.telegram.writes(ODETTE, text)
    poll.stumbling.after.append(TryAgain("the database is gone"))
    with pytest.raises(TryAgain):
        await poll.polling._once()
    await poll.polling._once()
    await poll.polling._once()
    assert poll.unconfirmed == 0
    assert poll.firm.said() == ["hello", "renewal-step-b", "renewal-checking"]


async def test_after_a_week_of_silence_smaller_ids_are_heard_and_confirmed(poll: Poll) -> None:
    await poll.firm.odette(StepA())
    await poll.telegram.writes(ODETTE, "bonjour")
    await poll.polling._once()
    poll.telegram.week_of_silence()
    await poll.telegram.writes(ODETTE, "j’y suis")
    await poll.polling._once()
    await poll.polling._once()
    assert poll.unconfirmed == 0
    assert len(poll.stumbling.taken) == 2, "neither of them came twice"
    assert poll.stumbling.taken[1] < poll.stumbling.taken[0]
    assert poll.firm.said() == ["hello", "renewal-step-b"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (BadRequest("bad webhook: An HTTPS URL must be provided"), "An HTTPS URL must be provided"),
        (Forbidden("bot was kicked"), "bot was kicked"),
        (TimedOut(), "TimedOut: Telegram does not answer"),
        (TryAgain("the database is gone"), "the database is gone"),
    ],
)
def test_what_telegram_refuses_is_logged_in_its_own_words(error: Exception, told: str) -> None:
    assert told in explain(error)


@pytest.fixture
def too_many(monkeypatch: pytest.MonkeyPatch) -> RetryAfter:
    """As the program has it: python-telegram-bot gives a timedelta where it is asked to, and else warns."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    return RetryAfter(timedelta(seconds=30))


def test_how_long_telegram_asks_us_to_wait_is_logged(too_many: RetryAfter) -> None:
    assert explain(too_many) == "Telegram asks us to slow down for 30 s"


async def test_polling_waits_as_long_as_it_is_asked_to(
    poll: Poll, too_many: RetryAfter, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 2:
            raise asyncio.CancelledError

    async def refused() -> None:
        raise too_many

    monkeypatch.setattr(poll.polling, "_once", refused)
    monkeypatch.setattr("handlers.telegram.asyncio.sleep", sleep)
    with pytest.raises(asyncio.CancelledError):
        await poll.polling._run()
    assert slept == [30.0, 30.0]


async def test_an_update_that_cannot_be_read_holds_up_no_other(poll: Poll) -> None:
    await poll.firm.odette(StepA())
    for name in ("malformed_date", "unknown_kind", "press_forged", "malformed_text_is_a_number"):
        raw = {key: value for key, value in payload(name).items() if key != "update_id"}
        await poll.telegram.deliver_raw(raw)
    await poll.telegram.writes(ODETTE, "j’y suis")
    await poll.polling._once()
    await poll.polling._once()
    assert poll.unconfirmed == 0
    assert poll.firm.said() == ["renewal-step-b"]


async def test_polling_goes_on_by_itself_after_telegram_was_away(poll: Poll, monkeypatch: pytest.MonkeyPatch) -> None:
    await poll.firm.odette(StepA())
    monkeypatch.setattr(poll.telegram, "_token", "1:another")
    with pytest.raises(InvalidToken) as refused:
        await poll.polling._once()
    assert explain(refused.value) == "Telegram does not know this token"
    assert TOKEN not in str(refused.value)
    monkeypatch.undo()
    await poll.telegram.writes(ODETTE, "j’y suis")
    poll.stumbling.before.append(TryAgain("the database is gone"))
    await poll.polling.start()
    async with asyncio.timeout(20):
        await poll.stumbling.took_one.wait()
    await poll.polling.aclose()
    assert poll.firm.said() == ["renewal-step-b"]


async def test_a_button_pressed_on_a_phone_moves_the_conversation_and_ends_the_waiting(poll: Poll) -> None:
    talk_id = await poll.firm.odette(Offered())
    await poll.telegram.writes(ODETTE, "bonjour")
    await poll.polling._once()
    markup = {"inline_keyboard": [[{"text": "Commencer", "callback_data": Press(talk_id, 0, "start").data()}]]}
    sent = await poll.bot.send_message(ODETTE, "On commence ?", reply_markup=json.dumps(markup))  # type: ignore[arg-type]
    query = await poll.telegram.presses(ODETTE, sent.message_id, Press(talk_id, 0, "start").data())
    await poll.polling._once()
    assert (await poll.telegram.answered(query))["text"] == ""
    assert (await poll.firm.talk(talk_id)).state == StepA()


# What may mean this or that


class Hesitating:
    """In place of what reads French: of « hum » it only has a guess."""

    def __init__(self, reader: FrenchReader) -> None:
        self.reader = reader

    def intent(self, text: str) -> Intent:
        return Intent.WHY if text == "hum" else self.reader.intent(text)

    def understand(self, text: str, now: datetime, hours: Hours) -> Understood:
        return Understood(Intent.WHY, 0.41) if text == "hum" else self.reader.understand(text, now, hours)


@pytest.fixture
def hesitating(poll: Poll) -> Poll:
    poll.handler.words.understanding = Hesitating(FrenchReader())
    return poll


async def test_who_is_not_clear_is_asked_what_he_means_and_his_yes_is_done(hesitating: Poll) -> None:
    talk_id = await hesitating.firm.odette(StepB())
    await hesitating.telegram.writes(ODETTE, "hum")
    await hesitating.polling._once()
    assert isinstance((await hesitating.firm.talk(talk_id)).state, Guess)
    assert hesitating.firm.said() == ["meant"]
    await hesitating.telegram.writes(ODETTE, "non")
    await hesitating.polling._once()
    assert (await hesitating.firm.talk(talk_id)).state == StepB(puzzled=1)
    await hesitating.telegram.writes(ODETTE, "hum")
    await hesitating.polling._once()
    assert hesitating.firm.said() == ["meant", "not-understood", "with-staff"]


async def test_a_snooze_until_tomorrow_is_not_put_off_by_what_he_writes_meanwhile(hesitating: Poll) -> None:
    due = paris("2026-11-25T09:30+01:00")
    talk_id = await hesitating.firm.odette(Snoozed(moment="tomorrow"), deadline=due.timestamp())
    hesitating.firm.clock.pass_(hours=15)
    await hesitating.telegram.writes(ODETTE, "hum")
    await hesitating.polling._once()
    talk = await hesitating.firm.talk(talk_id)
    assert isinstance(talk.state, Guess)
    assert talk.deadline == due


# Moments that a client names


def paris(moment: str) -> datetime:
    return datetime.fromisoformat(moment).astimezone(ZoneInfo("Europe/Paris"))


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("demain 9h30", "2026-11-25T09:30+01:00"),
        ("jeudi matin", "2026-11-26T09:30+01:00"),
        ("je verrai ça ce soir après le service", "2026-11-25T09:30+01:00"),
    ],
)
async def test_who_names_a_moment_hears_of_us_at_that_very_moment(poll: Poll, text: str, due: str) -> None:
    talk_id = await poll.firm.odette(Offered())
    await poll.telegram.writes(ODETTE, text)
    await poll.polling._once()
    talk = await poll.firm.talk(talk_id)
    assert isinstance(talk.state, Snoozed)
    assert talk.deadline == paris(due)
    assert poll.firm.said() == ["renewal-snoozed"]


async def test_the_moment_is_read_on_the_clock_of_the_clients_own_file(poll: Poll) -> None:
    who = await poll.firm.contact(chat=ODETTE)
    file = await poll.firm.file("Chez Odette", who, timezone="Indian/Reunion")
    talk_id = await poll.firm.bank(file, Offered(), who=who)
    await poll.telegram.writes(ODETTE, "demain 9h30")
    await poll.polling._once()
    assert (await poll.firm.talk(talk_id)).deadline == paris("2026-11-25T09:30+04:00")


async def test_who_is_on_holidays_until_a_day_is_left_in_peace_until_then(poll: Poll) -> None:
    talk_id = await poll.firm.odette(Offered())
    await poll.telegram.writes(ODETTE, "je suis en vacances jusqu’au 15")
    await poll.polling._once()
    talk = await poll.firm.talk(talk_id)
    assert talk.state == Snoozed(moment="away")
    assert talk.file.away_until == date(2026, 12, 15)
    assert talk.deadline == paris("2026-12-16T09:30+01:00")


async def test_a_wrong_number_closes_the_page_and_is_told_to_staff(poll: Poll) -> None:
    talk_id = await poll.firm.odette(NewPassword(resume=Checking()))
    links = Links(poll.firm.database, poll.firm.clock)
    link, token = await links.mint(talk_id, ODETTE, True)
    opened = await links.open(token.reveal())
    assert opened is not None
    wrong = next(each for each in opened.numbers if each != opened.number)
    query = {**payload("press_number")["callback_query"], "data": f"n:{link}:{wrong}"}
    await poll.telegram.deliver_raw({"callback_query": query})
    await poll.polling._once()
    assert await links.look(token.reveal()) is None
    assert poll.firm.said() == ["link-refused"]


def test_the_real_engine_and_links_have_what_the_handler_asks_for() -> None:
    for name in ("receive", "remark", "hours_of"):
        assert callable(getattr(Engine, name))
        assert callable(getattr(Listening, name))
    assert callable(Links.prove)
