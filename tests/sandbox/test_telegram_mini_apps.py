"""Mini Apps in the sandbox's Telegram: where such a button may lead, and what the page then learns."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import pytest

from bot.domain.secret import Secret
from bot.sandbox.telegram import Telegram
from bot.sandbox.telegram.web_apps import launched
from handlers.init_data import by_hash, by_signature, derived_key, read_init_data

TOKEN, LEA = "123456:abc-DEF_1", 7
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
REFUSED = "Bad Request: inline keyboard button Web App URL '{}' is invalid: Only HTTPS links are allowed"


async def telegram_with_lea(**ways: Any) -> Telegram:
    telegram = Telegram(TOKEN, lambda: NOW, **ways)
    telegram.person(LEA, "Léa", "Petit & fils", "lea")
    await telegram.starts(LEA)
    return telegram


async def sent(telegram: Telegram, url: str) -> tuple[int, dict[str, Any]]:
    """The bot sends Léa a button."""
    markup = {"inline_keyboard": [[{"text": "Ouvrir", "web_app": {"url": url}}]]}
    status, body = await telegram.perform("sendMessage", {"chat_id": LEA, "text": "a", "reply_markup": markup})
    return status, json.loads(body)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/l?i=1#t", "http://localhost:8000/l", "http://[::1]:8000/l"])
async def test_on_this_machine_a_mini_app_needs_no_https_unless_the_real_rule_is_asked_for(url: str) -> None:
    status, body = await sent(await telegram_with_lea(), url)
    assert status == 200
    assert body["result"]["reply_markup"]["inline_keyboard"][0][0]["web_app"] == {"url": url}
    strict = await telegram_with_lea(allow_loopback_urls=False)
    status, body = await sent(strict, "http://127.0.0.1:8000/l")
    assert (status, body["description"]) == (400, REFUSED.format("http://127.0.0.1:8000/l"))


@pytest.mark.parametrize("url", ["http://a.fr/l", "http://127.0.0.1.a.fr/l", "http://10.0.0.1/l", "http://0.0.0.0/l"])
async def test_elsewhere_it_always_does(url: str) -> None:
    status, body = await sent(await telegram_with_lea(), url)
    assert (status, body["description"]) == (400, REFUSED.format(url))


async def test_whoever_opens_it_is_told_to_the_page_signed_both_ways() -> None:
    telegram = await telegram_with_lea()
    _, body = await sent(telegram, "https://a.fr/l?i=1#token")
    address = await telegram.opens_mini_app(LEA, body["result"]["message_id"])
    page, _, told = address.partition("?tgWebAppData=")
    assert page == "https://a.fr/l?i=1#token"
    raw = parse_qs(f"tgWebAppData={told}")["tgWebAppData"][0]
    hashed = by_hash(derived_key(Secret(TOKEN)))

    def never(_: object) -> str:
        raise AssertionError("it has a signature")

    for check in (hashed, by_signature("123456", telegram.public_key, otherwise=never)):
        assert read_init_data(raw, NOW.timestamp(), check).user == LEA
    fields = dict(parse_qsl(raw))
    user = json.loads(fields["user"])
    assert (user["first_name"], user["last_name"], user["username"]) == ("Léa", "Petit & fils", "lea")
    assert fields.keys() == {"query_id", "user", "auth_date", "signature", "hash"}
    assert fields["auth_date"] == str(int(NOW.timestamp()))


async def test_each_opening_is_told_anew() -> None:
    telegram = await telegram_with_lea()
    assert len({dict(parse_qsl(telegram.signs(LEA)))["hash"] for _ in range(3)}) == 3


async def test_without_such_a_button_nothing_opens() -> None:
    telegram = await telegram_with_lea()
    _, body = await sent(telegram, "https://a.fr/l")
    with pytest.raises(LookupError):
        await telegram.opens_mini_app(LEA, body["result"]["message_id"] + 1)
    with pytest.raises(LookupError, match="opens no Mini App"):
        await telegram.opens_mini_app(LEA, 1)  # her own « /start »
    with pytest.raises(LookupError):
        telegram.signs(8)


@pytest.mark.parametrize(
    ("url", "begins"),
    [
        ("https://a.fr/l", "https://a.fr/l#tgWebAppData=x&"),
        ("https://a.fr/l#", "https://a.fr/l#tgWebAppData=x&"),
        ("https://a.fr/l?i=1", "https://a.fr/l?i=1#tgWebAppData=x&"),
        ("https://a.fr/l#t", "https://a.fr/l#t?tgWebAppData=x&"),
        ("https://a.fr/l#t=1", "https://a.fr/l#t=1&tgWebAppData=x&"),
        ("https://a.fr/l#t?u", "https://a.fr/l#t?u&tgWebAppData=x&"),
    ],
)
def test_telegrams_part_stands_behind_the_bots_own(url: str, begins: str) -> None:
    assert launched(url, "x").startswith(begins)
