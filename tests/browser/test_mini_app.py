"""The secure page as a Mini App, in a real browser: as a phone opens it, as Telegram in a browser frames it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bot.domain.secret import Secret
from bot.domain.secure_link import fingerprint
from bot.sandbox.telegram import Telegram
from bot.sandbox.telegram.web_apps import launched
from handlers.init_data import by_hash, derived_key
from tests.browser.test_secure_page import DESK, PHONE, Visit, bank_side, says_closed, screens, watch
from tests.secure_page import ODETTE, SOMEBODY_ELSE, Vendor, WebDoor, furnished, listening, served

TOKEN = "123456:the-token-of-this-bot"
TELEGRAM_WEB = "https://web.telegram.org"
NATIVE = """window.heard = [];
window.TelegramWebviewProxy = { postEvent: (name, data) => window.heard.push([name, data]) };"""
"""What Telegram's own window puts into every page that it shows."""


@dataclass
class Phone:
    """Telegram, as far as a Mini App meets it."""

    visit: Visit
    telegram: Telegram

    async def minted(self) -> tuple[str, str]:
        """A new link: the address of the button in the chat, and its token."""
        _, token = await self.visit.door.house.mint()
        return f"{self.visit.door.base}/l?i={fingerprint(Secret(token))}#{token}", token

    async def opens(self, user: int = ODETTE) -> str:
        """The button is tapped; the address that the phone loads."""
        url, _ = await self.minted()
        address = launched(url, self.telegram.signs(user))
        await self.visit.page.goto(address)
        return address


@pytest.fixture
async def door(sqlite_database: str) -> AsyncIterator[WebDoor]:
    """The web door, which believes Telegram, and an aggregator's page on another port."""
    async with furnished(sqlite_database) as house, listening() as (there, bank), listening() as (here, base):
        door = WebDoor(house, Vendor(host=bank), base=base, check=by_hash(derived_key(Secret(TOKEN))))
        async with served(bank_side(), there), served(door.app(framed_by=TELEGRAM_WEB), here):
            yield door


@pytest.fixture
async def visit(browser: Browser, door: WebDoor, request: pytest.FixtureRequest) -> AsyncIterator[Visit]:
    """On a phone, unless the test says otherwise; whatever happens, nothing may break and nobody else be asked."""
    context = await browser.new_context(locale="fr-FR", **getattr(request, "param", {"viewport": PHONE}))
    visit = Visit(await context.new_page(), door)
    watch(visit)
    yield visit
    await context.close()
    assert visit.faults == []
    ours = (door.base, door.vendor.host, f"{TELEGRAM_WEB}/a/")  # the last one is played by the test itself
    assert [url for url in visit.requested if not url.startswith(ours)] == []


@pytest.fixture
def phone(visit: Visit, door: WebDoor) -> Phone:
    telegram = Telegram(TOKEN, door.house.clock.now)
    telegram.person(ODETTE, "Odette", "Martin")
    telegram.person(SOMEBODY_ELSE, "Gaspard")
    return Phone(visit, telegram)


async def goes_on(page: Page) -> None:
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("heading", name="Relais")).to_be_visible()


@screens
async def test_the_whole_way_without_a_number(phone: Phone, visit: Visit, door: WebDoor) -> None:
    page = visit.page
    address = await phone.opens()
    await expect(page.get_by_role("button", name="Continuer")).to_be_focused()
    assert page.url == address.partition("#")[0], "nothing that was signed stays in the address"
    await expect(page.locator("main")).to_contain_text("Préparée par C’ moi le chef pour Chez Odette")
    await expect(page.locator(".bank")).to_contain_text("Banque du Zinc")
    await expect(page.locator("[aria-live=polite]")).to_contain_text("C’est bien vous")
    await expect(page.locator(".number")).to_be_hidden()
    assert await visit.fits()
    await goes_on(page)
    state = await page.locator("#state").inner_text()
    await page.goto(f"{door.base}/l/back?state={state}")
    await expect(page.get_by_role("heading", name="C’est noté")).to_be_visible()
    await expect(page.get_by_text("Retournez dans Telegram")).to_be_visible()
    assert await door.house.states() == ["DONE"]
    assert door.questions == [], "Telegram is not asked for a number"
    assert [url for url in visit.requested if "telegram-web-app.js" in url] == []
    assert [url for url in visit.requested[1:] if "tgWebAppData" in url] == []


async def test_with_the_keyboard_only(phone: Phone, visit: Visit) -> None:
    await phone.opens()
    await expect(visit.page.get_by_role("button", name="Continuer")).to_be_focused()
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.get_by_role("heading", name="Relais")).to_be_visible()


async def test_where_telegram_puts_its_data_in_place_of_ours(phone: Phone, visit: Visit) -> None:
    """The token is then not in the address at all; it is not needed."""
    url, _ = await phone.minted()
    await visit.page.goto(launched(url.partition("#")[0], phone.telegram.signs(ODETTE)))
    await goes_on(visit.page)


async def test_a_client_that_says_nothing_falls_back_to_the_number(phone: Phone, visit: Visit, door: WebDoor) -> None:
    """In the same page, without another message."""
    url, _ = await phone.minted()
    await visit.page.goto(url)
    await visit.goes_on()
    await goes_on(visit.page)


@pytest.mark.parametrize("said", ["", "query_id=1&user=%7B%7D&auth_date=1&hash=x"])
async def test_nonsense_from_a_client_falls_back_to_the_number(phone: Phone, visit: Visit, said: str) -> None:
    url, _ = await phone.minted()
    await visit.page.goto(launched(url, said))
    await visit.goes_on()
    await goes_on(visit.page)


async def test_a_window_left_open_for_long_falls_back_to_the_number(
    phone: Phone, visit: Visit, door: WebDoor
) -> None:
    url, _ = await phone.minted()
    address = launched(url, phone.telegram.signs(ODETTE))
    door.house.clock.moment += timedelta(minutes=6)
    await visit.page.goto(address)
    await visit.goes_on()
    await goes_on(visit.page)


async def test_somebody_else_is_sent_away_and_the_link_is_closed(phone: Phone, visit: Visit, door: WebDoor) -> None:
    await phone.opens(SOMEBODY_ELSE)
    await says_closed(visit)
    assert await door.house.states() == ["REVOKED"]
    assert door.questions == []


async def test_a_reloaded_page_sends_him_back_to_telegram(phone: Phone, visit: Visit) -> None:
    await phone.opens()
    await expect(visit.page.get_by_role("button", name="Continuer")).to_be_visible()
    await visit.page.reload()
    await expect(visit.page.get_by_text("Rouvrez cette page depuis Telegram")).to_be_visible()


async def test_opened_twice_the_newer_window_goes_on(phone: Phone, visit: Visit) -> None:
    url, _ = await phone.minted()
    older = await visit.page.context.new_page()
    for page in (older, visit.page):
        await page.goto(launched(url, phone.telegram.signs(ODETTE)))
        await expect(page.get_by_role("button", name="Continuer")).to_be_visible()
    await expect(older.get_by_role("heading", level=1)).to_have_text("Cette page est fermée", timeout=20_000)
    await goes_on(visit.page)


async def test_a_lost_answer_is_asked_for_again(phone: Phone, visit: Visit) -> None:
    await visit.page.route("**/l/identify", lambda route: route.abort(), times=1)
    await phone.opens()
    await visit.page.get_by_role("button", name="Réessayer").click()
    await goes_on(visit.page)


# Telegram's own window


async def test_one_button_leads_back_to_the_chat(phone: Phone, visit: Visit, door: WebDoor) -> None:
    await visit.page.add_init_script(NATIVE)
    await phone.opens()
    await expect(visit.page.get_by_role("button")).to_have_count(1)
    await goes_on(visit.page)
    state = await visit.page.locator("#state").inner_text()
    await visit.page.goto(f"{door.base}/l/back?state={state}")
    leave = visit.page.get_by_role("button", name="Revenir à la conversation")
    await expect(leave).to_be_focused()
    await leave.click()
    heard: list[list[str]] = await visit.page.evaluate("window.heard")
    assert heard == [["web_app_ready", "{}"], ["web_app_expand", "{}"], ["web_app_close", "{}"]]


async def test_a_closed_page_leads_back_to_the_chat_too(phone: Phone, visit: Visit) -> None:
    await visit.page.add_init_script(NATIVE)
    await phone.opens(SOMEBODY_ELSE)
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Cette page est fermée")
    await visit.page.get_by_role("button", name="Revenir à la conversation").click()
    assert (await visit.page.evaluate("window.heard"))[-1] == ["web_app_close", "{}"]


# Telegram in a browser


async def framed(phone: Phone, *, path: str = "") -> Any:
    """Telegram's page, played by the test, with ours in its frame."""
    url, _ = await phone.minted()
    address = launched(path or url, phone.telegram.signs(ODETTE))
    sandbox = "allow-scripts allow-same-origin allow-popups allow-forms allow-modals"
    html = f"""<link rel="icon" href="data:,"><script>
      window.heard = [];
      addEventListener("message", (event) => window.heard.push([event.origin, JSON.parse(event.data).eventType]));
      </script><iframe sandbox="{sandbox}" width="380" height="700" src={json.dumps(address)}></iframe>"""

    async def telegram(route: Route) -> None:
        await route.fulfill(content_type="text/html; charset=utf-8", body=html)

    # Our page is on this machine here; on the internet, no browser asks.
    await phone.visit.page.context.grant_permissions(["local-network-access"], origin=TELEGRAM_WEB)
    await phone.visit.page.route(f"{TELEGRAM_WEB}/**", telegram)
    await phone.visit.page.goto(f"{TELEGRAM_WEB}/a/")
    return phone.visit.page.frame_locator("iframe")


@pytest.mark.parametrize("visit", [{"viewport": DESK}], indirect=True)
async def test_in_telegrams_frame_the_bank_opens_beside_it(phone: Phone, visit: Visit, door: WebDoor) -> None:
    frame = await framed(phone)
    async with visit.page.context.expect_page() as opening:
        await frame.get_by_role("button", name="Continuer").click()
    tab = await opening.value
    await expect(tab.get_by_role("heading", name="Relais")).to_be_visible()
    assert tab.url.startswith(f"{door.vendor.host}/reconnect?code=one-visit-code")
    await expect(frame.get_by_text("vient de s’ouvrir dans un nouvel onglet")).to_be_visible()
    await frame.get_by_role("button", name="Revenir à la conversation").click()
    await visit.page.wait_for_function("window.heard.length === 3")
    told = [[door.base, name] for name in ("web_app_ready", "web_app_expand", "web_app_close")]
    assert await visit.page.evaluate("window.heard") == told


@pytest.mark.parametrize("visit", [{"viewport": DESK}], indirect=True)
async def test_the_plain_link_is_in_nobodys_frame(phone: Phone, visit: Visit, door: WebDoor) -> None:
    frame = await framed(phone, path=f"{door.base}/l#a-token")
    await visit.page.wait_for_timeout(500)
    await expect(frame.locator("main")).to_have_count(0)
    assert any("frame-ancestors" in fault or "X-Frame-Options" in fault for fault in visit.faults)
    visit.faults.clear()
