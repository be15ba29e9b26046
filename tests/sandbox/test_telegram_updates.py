"""How updates reach the bot: long polling and webhooks, in order, never lost."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp
from telegram import Bot
from telegram.error import Conflict

from bot.sandbox.telegram import GROUP, Telegram

TOKEN = "123456:abc-DEF_1"
LEA, PAUL = 7, 8
Serve = Callable[[ASGIApp], Awaitable[str]]


class Hook:
    """A bot behind a webhook: answers with the statuses (or bodies) it was given, then 200."""

    def __init__(self, answers: list[Response]) -> None:
        self.answers = deque(answers)
        self.seen: asyncio.Queue[tuple[dict[str, Any], str | None]] = asyncio.Queue()

    async def take(self, request: Request) -> Response:
        secret = request.headers.get("x-telegram-bot-api-secret-token")
        self.seen.put_nowait((await request.json(), secret))
        return self.answers.popleft() if self.answers else Response()


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    telegram = Telegram(TOKEN, webhook_pause=0.001)
    for number, name in ((LEA, "Léa"), (PAUL, "Paul")):
        telegram.person(number, name)
    yield telegram
    await telegram.aclose()


@pytest.fixture
async def bot(telegram: Telegram, serve: Serve) -> AsyncIterator[Bot]:
    address = await serve(Starlette(routes=[Mount("/telegram", routes=telegram.routes)]))
    bot = Bot(TOKEN, base_url=f"{address}/telegram/bot", base_file_url=f"{address}/telegram/file/bot")
    async with bot:
        yield bot


async def until(told: Callable[[], object]) -> None:
    """The server is in this very loop: let it run until it has come so far."""
    while not told():  # noqa: ASYNC110 (nothing announces the arrival of a request)
        await asyncio.sleep(0)


async def hooked(serve: Serve, *answers: Response) -> tuple[Hook, str]:
    hook = Hook(list(answers))
    return hook, await serve(Starlette(routes=[Route("/hook", hook.take, methods=["POST"])])) + "/hook"


async def test_update_comes_again_until_an_offset_confirms_it(telegram: Telegram, bot: Bot) -> None:
    await telegram.starts(LEA, "abc")
    await telegram.writes(LEA, "bonjour")
    first = await bot.get_updates(limit=1)
    assert [update.message.text for update in first if update.message] == ["/start abc"]
    assert await bot.get_updates(limit=1) == first
    (second,) = await bot.get_updates(offset=first[0].update_id + 1)
    assert second.message
    assert second.message.text == "bonjour"
    assert await bot.get_updates(offset=second.update_id + 1) == ()


async def test_negative_offset_keeps_the_last_ones(telegram: Telegram, bot: Bot) -> None:
    for text in "abc":
        await telegram.writes(LEA, text)
    assert [update.message.text for update in await bot.get_updates(offset=-1) if update.message] == ["c"]
    assert len(await bot.get_updates()) == 1


async def test_long_poll_waits_for_a_message(telegram: Telegram, bot: Bot) -> None:
    await bot.get_updates(timeout=0)
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await until(lambda: telegram.called["getUpdates"] == 2)
    assert not poll.done()
    await telegram.writes(LEA, "bonjour")
    (update,) = await poll
    assert update.message
    assert update.message.text == "bonjour"


async def test_second_poll_ends_the_first_with_409(telegram: Telegram, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await until(lambda: telegram.called["getUpdates"])
    async with httpx.AsyncClient() as another:
        assert (await another.get(f"{bot.base_url}/getUpdates")).json()["result"] == []
    with pytest.raises(Conflict, match="make sure that only one bot instance is running"):
        await first


async def test_polling_is_refused_while_a_webhook_is_set(telegram: Telegram, bot: Bot) -> None:
    await bot.set_webhook("http://127.0.0.1:1/hook")
    with pytest.raises(Conflict, match="webhook is active; use deleteWebhook"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_kinds_not_asked_for_are_not_sent(telegram: Telegram, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    await telegram.writes(LEA, "bonjour")
    assert await bot.get_updates() == ()
    await bot.get_updates(allowed_updates=[])
    await telegram.writes(LEA, "bonjour")
    assert len(await bot.get_updates()) == 1


async def test_webhook_gets_what_waited_with_its_secret(telegram: Telegram, bot: Bot, serve: Serve) -> None:
    await telegram.writes(LEA, "avant")
    hook, url = await hooked(serve)
    assert await bot.set_webhook(url, secret_token="s3cret", allowed_updates=["message"])
    update, secret = await hook.seen.get()
    assert (update["message"]["text"], secret) == ("avant", "s3cret")
    info = await bot.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == (url, 40, ("message",))


async def test_webhook_is_tried_until_it_answers_200_and_order_is_kept(
    telegram: Telegram, bot: Bot, serve: Serve
) -> None:
    hook, url = await hooked(serve, Response(status_code=500), Response(status_code=302), Response(status_code=403))
    await bot.set_webhook(url)
    for text in ("un", "deux", "trois"):
        await telegram.writes(LEA, text)
    seen = [(await hook.seen.get())[0]["message"]["text"] for _ in range(6)]
    assert seen == ["un", "un", "un", "un", "deux", "trois"]
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 403 Forbidden"
    assert info.last_error_date


async def test_one_chat_that_fails_holds_up_no_other(telegram: Telegram, bot: Bot, serve: Serve) -> None:
    gate = asyncio.Event()
    seen: asyncio.Queue[str] = asyncio.Queue()

    async def stuck_for_lea(request: Request) -> Response:
        message = (await request.json())["message"]
        if message["chat"]["id"] == LEA:
            await gate.wait()
        seen.put_nowait(message["text"])
        return Response()

    address = await serve(Starlette(routes=[Route("/hook", stuck_for_lea, methods=["POST"])]))
    await bot.set_webhook(f"{address}/hook")
    await telegram.writes(LEA, "de Léa")
    await telegram.writes(PAUL, "de Paul")
    assert await seen.get() == "de Paul"
    gate.set()
    assert await seen.get() == "de Léa"


async def test_nothing_is_lost_while_nobody_listens(telegram: Telegram, bot: Bot, serve: Serve) -> None:
    await bot.set_webhook("http://127.0.0.1:1/hook")
    await telegram.writes(LEA, "bonjour")
    while not (info := await bot.get_webhook_info()).last_error_message:
        assert info.pending_update_count == 1
    assert info.pending_update_count == 1
    hook, url = await hooked(serve)
    await bot.set_webhook(url)
    assert (await hook.seen.get())[0]["message"]["text"] == "bonjour"


async def test_waiting_updates_are_dropped_when_asked(telegram: Telegram, bot: Bot) -> None:
    await telegram.writes(LEA, "bonjour")
    await bot.delete_webhook(drop_pending_updates=True)
    assert await bot.get_updates() == ()


async def test_call_in_the_webhooks_answer_is_performed(telegram: Telegram, bot: Bot, serve: Serve) -> None:
    said = JSONResponse({"method": "sendMessage", "chat_id": LEA, "text": "bien reçu"})
    hook, url = await hooked(serve, said)
    await bot.set_webhook(url)
    changes = telegram.subscribe()
    await telegram.writes(LEA, "bonjour")
    texts = [(await anext(changes))["message"]["text"] for _ in range(2)]
    assert texts == ["bonjour", "bien reçu"]
    await hook.seen.get()


async def test_raw_update_arrives_as_it_is(telegram: Telegram, bot: Bot, serve: Serve) -> None:
    hook, url = await hooked(serve)
    await bot.set_webhook(url, allowed_updates=["message"])
    odd = {"update_id": 5, "message": {"message_id": "not a number"}}
    await telegram.deliver_raw(odd)
    assert (await hook.seen.get())[0] == odd


async def test_raw_update_with_a_number_of_its_own_is_polled_once(telegram: Telegram, bot: Bot) -> None:
    await telegram.deliver_raw({"update_id": 5})
    assert [update.update_id for update in await bot.get_updates()] == [5]
    assert await bot.get_updates() == ()


async def test_block_and_unblock_are_told(telegram: Telegram, bot: Bot) -> None:
    await telegram.starts(LEA)
    await telegram.blocks(LEA)
    await telegram.blocks(LEA)
    await telegram.unblocks(LEA)
    standings = [update.my_chat_member for update in await bot.get_updates()][1:]
    assert [(one.old_chat_member.status, one.new_chat_member.status) for one in standings if one] == [
        ("member", "kicked"),
        ("kicked", "member"),
    ]


async def test_group_message_comes_after_the_bot_was_added(telegram: Telegram, bot: Bot) -> None:
    await telegram.writes_in_group(LEA, "bonjour à tous")
    added, said = await bot.get_updates()
    assert added.my_chat_member
    assert added.my_chat_member.chat.id == GROUP
    assert said.message
    assert (said.message.chat.type, said.message.text) == ("supergroup", "bonjour à tous")
    assert (await bot.send_message(GROUP, "Écrivez-moi en privé.")).chat.id == GROUP


async def test_closing_lets_go_of_the_poll(telegram: Telegram, serve: Serve) -> None:
    address = await serve(Starlette(routes=telegram.routes))
    async with httpx.AsyncClient(base_url=address) as http:
        poll = asyncio.create_task(http.get(f"/bot{TOKEN}/getUpdates?timeout=50"))
        await until(lambda: telegram.called["getUpdates"])
        await telegram.aclose()
        assert (await poll).json() == {"ok": True, "result": []}


async def test_what_comes_after_the_sandbox_has_closed_troubles_nobody(
    telegram: Telegram, bot: Bot, serve: Serve
) -> None:
    _, url = await hooked(serve)
    await bot.set_webhook(url)
    await telegram.aclose()
    before = asyncio.all_tasks()
    await telegram.writes(LEA, "trop tard")
    assert asyncio.all_tasks() == before
