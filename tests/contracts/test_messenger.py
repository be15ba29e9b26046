"""What a client's phone shows: the messenger against the sandbox's Telegram, and against servers that misbehave."""

import asyncio
import contextlib
import html
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from structlog.testing import capture_logs
from telegram.error import Forbidden

from bot.adapters.database.tables import send_budget
from bot.adapters.logs import redact
from bot.adapters.pace import Pace, Urgency
from bot.adapters.telegram import request as http
from bot.adapters.telegram.messenger import CHOSEN, TelegramMessenger, open_bot, ours
from bot.adapters.telegram.request import AiohttpRequest
from bot.domain.away import Away
from bot.domain.errors import Blocked, BotError, Refused, Throttled, TryAgain
from bot.ports import Button, Message
from bot.sandbox.telegram import Telegram
from locales.fr.images import picture
from tests.firm import ODETTE, STRANGER, Firm, founded
from tests.secure_page import listening, served

TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
AWKWARD = (
    "Chez Odette & Fils", "L’Œuf à la <coque>", "<b>gras</b>", "&amp;", "&lt;script&gt;", "Tom \"Tomate\" & C'ie",
    "a < b > c && d", "*gras* _penché_ `code` [lien](http://x.example)", "Ça\u202emalin", "🥖 Fournil 🥐",
    "<", "&", "&#39;",
    "</b></i>", "<a href='http://x.example'>", "%s {name} $bank", "ﬁn\u00a0!",
)  # fmt: skip


@dataclass
class Phone:
    """Odette's phone, and the messenger that writes to it."""

    telegram: Telegram
    messenger: TelegramMessenger
    firm: Firm

    def shown(self, chat: int = ODETTE) -> list[dict[str, object]]:
        return [message for message in self.telegram.chat(chat) if message["from"]["is_bot"]]

    def sent(self, method: str) -> list[dict[str, object]]:
        return [parameters for name, parameters in self.telegram.calls if name == method]


@pytest.fixture
async def firm(sqlite_database: str) -> AsyncIterator[Firm]:
    async with founded(sqlite_database) as firm:
        yield firm


@contextlib.asynccontextmanager
async def at(address: str, firm: Firm, rate: float = 0) -> AsyncIterator[TelegramMessenger]:
    request = AiohttpRequest()
    yield TelegramMessenger(open_bot(TOKEN, address, request), Pace(firm.database, "telegram", rate))
    await request.shutdown()


@pytest.fixture
async def phone(firm: Firm) -> AsyncIterator[Phone]:
    telegram = Telegram(TOKEN, firm.clock.now, enforce_rate=True, monotonic=lambda: 0.0)
    telegram.person(ODETTE, "Odette")
    await telegram.starts(ODETTE)
    app = Starlette(routes=[Mount("/telegram", routes=telegram.routes)])
    async with listening() as (bound, base), served(app, bound), at(f"{base}/telegram", firm, rate=1000) as messenger:
        yield Phone(telegram, messenger, firm)
    await telegram.aclose()


# Messages


@pytest.mark.parametrize("name", AWKWARD)
async def test_a_name_is_shown_as_it_is_written(name: str, phone: Phone) -> None:
    await phone.messenger.send(ODETTE, Message(f"Bonjour <b>{html.escape(name, quote=False)}</b>, on commence ?"))
    (message,) = phone.shown()
    assert message["text"] == f"Bonjour {name}, on commence ?"


async def test_one_button_a_line_and_no_preview(phone: Phone) -> None:
    buttons = (Button("Commencer", data="c:1:2:start"), Button("Ouvrir", url="https://resync.example/l#a-token"))
    await phone.messenger.send(ODETTE, Message("On commence ?", buttons, silent=True))
    (message,) = phone.shown()
    assert message["reply_markup"] == {
        "inline_keyboard": [
            [{"text": "Commencer", "callback_data": "c:1:2:start"}],
            [{"text": "Ouvrir", "url": "https://resync.example/l#a-token"}],
        ]
    }
    (asked,) = phone.sent("sendMessage")
    assert (asked["disable_notification"], asked["parse_mode"]) in (
        (True, "HTML"),
        ("true", "HTML"),
        ("True", "HTML"),
    )
    assert "is_disabled" in str(asked["link_preview_options"])
    assert message["has_protected_content"] is True, "what opens something is not forwarded"


async def test_a_mini_app_opens_from_a_button_under_the_message(phone: Phone) -> None:
    """Under it, not in place of the phone's keyboard: only so does Telegram say who opened it."""
    address = "http://127.0.0.1:8080/l?i=0123456789ab#a-token"
    await phone.messenger.send(ODETTE, Message("Voici votre page", (Button("Ouvrir", app=address),)))
    (message,) = phone.shown()
    assert message["reply_markup"] == {"inline_keyboard": [[{"text": "Ouvrir", "web_app": {"url": address}}]]}
    assert message["has_protected_content"] is True


async def test_without_a_page_to_open_a_message_may_be_forwarded(phone: Phone) -> None:
    await phone.messenger.send(ODETTE, Message("Bonjour", (Button("Oui", data="c:1:2:yes"),)))
    assert "has_protected_content" not in phone.shown()[0]


async def test_a_picture_is_uploaded_once_then_known_by_its_id(phone: Phone) -> None:
    for words in ("un", "deux", "trois"):
        await phone.messenger.send(ODETTE, Message(f"<b>{words}</b>", picture=picture("step-a", None)))
    await phone.messenger.send(ODETTE, Message("autre", picture=picture("step-b", None)))
    shown = phone.shown()
    assert [message["caption"] for message in shown] == ["un", "deux", "trois", "autre"]
    asked = [str(parameters["photo"]) for parameters in phone.sent("sendPhoto")]
    assert asked[1] == asked[2] != asked[0]
    largest = shown[0]["photo"][-1]["file_id"]  # type: ignore[index]
    assert asked[1] == largest
    assert phone.telegram.photo(largest) == picture("step-a", None).read_bytes()


# Marking, removing, fetching


async def test_the_chosen_button_stands_in_place_of_all_others(phone: Phone) -> None:
    await phone.messenger.send(
        ODETTE, Message("?", (Button("Oui", data="c:1:2:yes"), Button("Non", data="c:1:2:no")))
    )
    number = int(str(phone.shown()[0]["message_id"]))
    for _ in range(2):  # the second time nothing is left to change, and that is no fault
        await phone.messenger.mark(ODETTE, number, "Oui")
    keyboard = phone.shown()[0]["reply_markup"]
    assert keyboard == {"inline_keyboard": [[{"text": "✓ Oui", "callback_data": CHOSEN}]]}


async def test_what_cannot_be_marked_or_is_gone_already_is_let_be(phone: Phone) -> None:
    await phone.messenger.mark(ODETTE, 4711, "Oui")
    await phone.messenger.remove(ODETTE, 4711)


async def test_what_telegram_will_not_delete_any_more_is_refused(phone: Phone) -> None:
    old = await phone.telegram.writes(ODETTE, "bonjour")
    phone.firm.clock.pass_(hours=49)
    with pytest.raises(Refused):
        await phone.messenger.remove(ODETTE, old["message_id"])
    assert phone.telegram.chat(ODETTE)[-1]["text"] == "bonjour", "Telegram keeps what is older than two days"


async def test_a_secret_leaves_the_clients_chat(phone: Phone) -> None:
    pasted = await phone.telegram.writes(ODETTE, "mdp : Cassoulet#81")
    await phone.messenger.remove(ODETTE, pasted["message_id"])
    assert "Cassoulet#81" not in str(phone.telegram.chat(ODETTE))


async def test_a_file_is_fetched_with_a_name_that_is_not_the_clients(phone: Phone) -> None:
    sent = await phone.telegram.sends_document(ODETTE, "mon mdp est Cassoulet81.pdf", b"%PDF-1.7 releve")
    name, data = await phone.messenger.fetch(sent["document"]["file_id"])
    assert data == b"%PDF-1.7 releve"
    assert "/" not in name
    assert TOKEN not in name
    assert "Cassoulet81" not in name


async def test_a_file_that_is_unknown_or_too_large_is_refused(phone: Phone) -> None:
    large = await phone.telegram.sends_document(ODETTE, "film.mp4", b"x" * 20_971_521)
    for file in ("nobody-knows-me", large["document"]["file_id"]):
        with pytest.raises(Refused):
            await phone.messenger.fetch(file)


# Refusals


async def test_who_blocked_us_is_blocked_and_can_be_written_to_again(phone: Phone) -> None:
    await phone.telegram.blocks(ODETTE)
    with pytest.raises(Blocked) as caught:
        await phone.messenger.send(ODETTE, Message("bonjour"))
    assert caught.value.why is Away.BLOCKED
    await phone.telegram.starts(ODETTE)
    await phone.messenger.send(ODETTE, Message("vous revoilà"))
    assert phone.shown()[-1]["text"] == "vous revoilà"


async def test_a_chat_that_does_not_exist_is_as_good_as_blocked(phone: Phone) -> None:
    with pytest.raises(Blocked) as caught:
        await phone.messenger.send(STRANGER, Message("bonjour"))
    assert caught.value.why is Away.LOST


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("Forbidden: bot was blocked by the user", Away.BLOCKED),
        ("Forbidden: user is deactivated", Away.DELETED),
        ("Forbidden: bot can't initiate conversation with a user", Away.LOST),
    ],
)
def test_telegram_says_why_a_chat_is_closed(told: str, why: Away) -> None:
    found = ours(Forbidden(told))
    assert isinstance(found, Blocked)
    assert found.why is why


@pytest.mark.parametrize("words", ["<b>pas fermé", "<i>mal</b>", "", "x" * 4097])
async def test_what_telegram_will_never_take_is_refused(words: str, phone: Phone) -> None:
    with pytest.raises(Refused):
        await phone.messenger.send(ODETTE, Message(words))
    await phone.messenger.send(ODETTE, Message("mais ceci passe"))


async def test_too_many_is_told_with_the_wait_and_pushes_everybody_back(phone: Phone) -> None:
    refused: Throttled | None = None
    for number in range(10):
        try:
            await phone.messenger.send(ODETTE, Message(f"{number}"))
        except Throttled as error:
            refused = error
            break
    assert refused is not None
    assert refused.after is not None
    assert refused.after >= 1
    (budget,) = await phone.firm.rows(send_budget)
    other = Pace(phone.firm.database, "telegram", 1000)
    taken, free_at = await phone.firm.database.write(lambda sql: other._take(sql, [Urgency.SECURITY]))
    assert (taken, free_at) == ([], budget.next_at), "nobody, in any process, sends before"


# Servers that misbehave


@contextlib.asynccontextmanager
async def answering(status: int, body: str, kind: str = "text/html") -> AsyncIterator[str]:
    """A server that always answers so."""

    async def anything(_: Request) -> Response:
        return Response(body, status, media_type=kind)

    app = Starlette(routes=[Route("/{path:path}", anything, methods=["GET", "POST"])])
    async with listening() as (bound, base), served(app, bound):
        yield base


async def refusal(base: str, firm: Firm) -> BotError:
    """How a message that is sent there fails."""
    async with at(base, firm) as messenger:
        with pytest.raises(BotError) as refused:
            await messenger.send(ODETTE, Message("bonjour"))
    return refused.value


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, "<html>a proxy's page</html>"),
        (200, ""),
        (302, ""),
        (500, "<html>oops</html>"),
        (502, '{"ok":false,"error_code":502,"description":"Bad Gateway"}'),
        (503, ""),
        (504, "<html>"),
        (401, '{"ok":false,"error_code":401,"description":"Unauthorized"}'),
        (400, "<html>"),
        (403, "<html>this way is closed"),
        (404, '{"ok":false,"error_code":404,"description":"Not Found"}'),
    ],
)
async def test_a_server_that_is_not_itself_is_tried_again_and_nothing_is_lost(
    status: int, body: str, firm: Firm
) -> None:
    async with answering(status, body) as base:
        assert isinstance(await refusal(base, firm), TryAgain)


async def test_a_server_that_does_not_answer_is_tried_again(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.05)
    hung_up = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass
        hung_up.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    assert isinstance(await refusal(f"http://{host}:{port}", firm), TryAgain)
    await hung_up.wait()
    server.close()
    await server.wait_closed()


async def test_a_server_that_hangs_up_or_is_not_there_is_tried_again(firm: Firm) -> None:
    async def rude(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(rude, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    assert isinstance(await refusal(f"http://{host}:{port}", firm), TryAgain)
    server.close()
    await server.wait_closed()
    assert isinstance(await refusal(f"http://{host}:{port}", firm), TryAgain)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 500, 502])
async def test_the_token_is_in_no_error_and_no_log(status: int, firm: Firm, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "telegram"), capture_logs() as ours:
        async with answering(status, f"no such page: /bot{TOKEN}/sendMessage") as base:
            error = await refusal(base, firm)
            async with at(base, firm) as messenger:
                for call in (messenger.fetch("x"), messenger.mark(ODETTE, 1, "x"), messenger.remove(ODETTE, 1)):
                    outcome = (await asyncio.gather(call, return_exceptions=True))[0]
                    assert TOKEN not in str(outcome)
        gone = await refusal("http://127.0.0.1:1", firm)
    assert TOKEN not in f"{error} {error!r} {error.__cause__!r} {gone} {gone.__cause__!r}"
    assert TOKEN not in redact(caplog.text) + str(ours)
