"""The seals of the page's own script, made in a real browser and opened with joserfc: both kinds of key."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from joserfc.jwe import JWERegistry, decrypt_compact
from joserfc.jwk import ECKey, Key, RSAKey
from playwright.async_api import Browser, Page, Route
from starlette.applications import Starlette

from bot.adapters.texts import Texts
from bot.adapters.vault import KeyVault
from handlers.guard import WebOptions
from handlers.web import pages
from tests.secure_page import START, HandClock, listening, served

VALUES = [
    "x", "Bouillabaisse-13", "éàü ç œ", "😀🔑", '"\\/<>&', "  des espaces  ", "0123456789" * 20, "\u202e\ufb01",
    *(f"n° {number}" for number in range(12)),
]  # fmt: skip
OPENED = {"state": "proven", "new_secret": True, "seconds": 900, "facts": {
    "bank": "Banque du Zinc", "client": "Chez Odette", "first_name": "Odette", "number": "42",
}}  # fmt: skip
READS = JWERegistry(algorithms=["ECDH-ES", "RSA-OAEP", "RSA-OAEP-256", "A256GCM"])


def form(key: dict[str, Any], number: int) -> dict[str, Any]:
    field = {"name": "password", "kind": "password", "label": "Mot de passe", "hint": "", "required": True}
    return {
        "state": "form", "notice": "refused" if number else "", "session": "s", "ticket": f"t{number}", "link": 7,
        "code": False, "key": key, "fields": [field | {"pattern": "", "options": []}],
    }  # fmt: skip


@asynccontextmanager
async def asking(browser: Browser, new_key: Callable[[], dict[str, Any]]) -> AsyncIterator[tuple[Page, list[Any]]]:
    """The page with the form, from a server that only notes what is sent and asks again, each time with a new key."""
    sent: list[Any] = []

    async def answer(route: Route) -> None:
        act = route.request.url.rpartition("/")[2]
        if act == "send":
            sent.append(route.request.post_data_json)
        told = (
            OPENED if act == "open" else form(new_key(), len(sent)) if act in ("claim", "send") else {"state": "form"}
        )
        await route.fulfill(json=told)

    async with listening() as (bound, base):
        routes = pages(Texts(), WebOptions(base, "C’ moi le chef", ()), str, own=True)
        async with served(Starlette(routes=list(routes)), bound):
            page = await browser.new_page()
            for act in ("open", "claim", "send", "answer", "status"):
                await page.route(f"**/l/{act}", answer)
            await page.goto(f"{base}/l#token")
            await page.get_by_role("button", name="Continuer").click()
            yield page, sent
            await page.close()


async def seals(page: Page, sent: list[Any], value: str) -> Any:
    """Type it and send it; what left the browser."""
    async with page.expect_response("**/l/send"):
        await page.get_by_label("Mot de passe", exact=True).fill(value)
        await page.get_by_role("button", name="Envoyer à ma banque").click()
    return sent[-1]


async def test_what_is_sealed_to_a_links_key_is_opened_with_its_private_half(browser: Browser) -> None:
    vault = KeyVault(HandClock())

    def new_key() -> dict[str, Any]:
        key = vault.new_key(7, START.replace(minute=45))
        return {"algorithm": key.algorithm, "jwk": dict(key.jwk), "each": key.each_value}

    ephemeral = set()

    async def take(page: Page, sent: list[Any], value: str) -> str:
        """Before the next form takes the key away."""
        await page.get_by_label("Mot de passe", exact=True).wait_for()
        keys.append(vault._held[7].key)
        return str((await seals(page, sent, value))["sealed"])

    keys: list[ECKey] = []
    async with asking(browser, new_key) as (page, sent):
        for value in VALUES:
            message = await take(page, sent, value)
            head = message.partition(".")[0]
            header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
            assert {*header} == {"alg", "enc", "kid", "epk"}
            assert (header["alg"], header["enc"], header["kid"]) == ("ECDH-ES", "A256GCM", keys[-1].kid)
            ephemeral.add(header["epk"]["x"])
            found = decrypt_compact(message, keys[-1], registry=READS)
            assert json.loads(found.plaintext or b"") == {"lid": 7, "p": {"password": value}}
    assert len(ephemeral) == len(VALUES), "a key pair for each message"


@pytest.mark.parametrize("algorithm", ["RSA-OAEP", "RSA-OAEP-256"])
async def test_what_is_sealed_to_the_vendors_key_is_opened_with_its_private_half(
    browser: Browser, algorithm: str
) -> None:
    private: Key = RSAKey.generate_key(2048, {"kid": "console-1"}, private=True)
    public = {name: str(value) for name, value in private.as_dict(private=False).items()}
    async with asking(browser, lambda: {"algorithm": algorithm, "jwk": public, "each": True}) as (page, sent):
        for value in VALUES:
            body = await seals(page, sent, value)
            assert {*body} == {"session", "ticket", "values"}
            found = decrypt_compact(body["values"]["password"], private, registry=READS)
            assert (found.plaintext or b"").decode() == value
            assert found.headers() == {"alg": algorithm, "enc": "A256GCM", "kid": "console-1"}
