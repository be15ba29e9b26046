"""The demo's fleet in a real browser: forty clients at a glance, a bank that falls, days that pass."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from bot.adapters.database.tables import contact
from bot.sandbox.demo import playing
from bot.sandbox.fleet import BANKS_OF_FLEET
from bot.sandbox.world import World
from tests.browser.test_demo_page import DESK, PHONE, Player, seated

ROWS = 40


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with playing(f"sqlite:///{tmp_path / 'demo.db'}", "127.0.0.1:0", fleet=True) as world:
        yield world


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
async def player(browser: Browser, world: World, request: pytest.FixtureRequest) -> AsyncIterator[Player]:
    """At both widths; whatever the browser complains of fails the test."""
    async for player in seated(browser, world, request.param):
        yield player
        assert not player.faults


async def fits(player: Player) -> None:
    """Nothing sticks out to the right."""
    width = player.page.viewport_size
    assert width is not None
    assert await player.page.evaluate("document.documentElement.scrollWidth") <= width["width"]


async def test_forty_clients_six_banks_and_who_answers_by_himself(player: Player, world: World) -> None:
    page = player.page
    await expect(page.locator(".fleet-row")).to_have_count(ROWS)
    await expect(page.locator("#fleet-intro")).to_contain_text("Les autres répondent seuls")
    await expect(page.locator(".fleet-row", has_text="c’est vous")).to_have_count(3)
    await expect(page.locator(".fleet-row", has_text="se tait").first).to_be_attached()
    await expect(page.locator("#fleet-count")).to_contain_text("40 clients")
    await expect(page.locator("#guide")).to_be_hidden()
    await fits(player)

    await page.locator(".fleet-row button", has_text="Brasserie Lecourbe").click()
    await expect(page.locator("#clients .chip[aria-pressed=true]")).to_contain_text("Brasserie Lecourbe")
    await player.reads("Bonjour Camille")
    await player.sees("world")
    await expect(page.locator(".brand-row")).to_have_count(len(BANKS_OF_FLEET))
    await expect(page.locator("#bank-links h3")).to_have_text("Caisse Provençale")
    await fits(player)


async def test_a_bank_falls_days_pass_and_it_comes_back(browser: Browser, world: World) -> None:
    async for player in seated(browser, world, DESK):
        page = player.page
        await page.get_by_role("button", name="Couper Banque des Isles").click()
        await expect(page.locator(".fleet-row", has_text="Banque en panne")).to_have_count(6)
        before = world.clock.now()
        await page.locator("#days").fill("3")
        await page.locator("#clock-days button").click()
        await expect(page.locator("body")).to_have_attribute("data-travelling", "")
        await expect(page.locator("body")).not_to_have_attribute("data-travelling", "", timeout=300_000)
        assert (world.clock.now() - before).days == 3
        await expect(player.desk.locator(".line", has_text="Banque des Isles").first).to_be_attached()
        await page.get_by_role("button", name="Rétablir Banque des Isles").click()
        await expect(page.locator(".fleet-row", has_text="Banque en panne")).to_have_count(0)
        await expect(player.desk.locator(".line", has_text="C’est bon pour").first).to_be_attached()
        assert not player.faults


async def passes(player: Player, days: int) -> None:
    page = player.page
    await page.locator("#days").fill(str(days))
    await page.locator("#clock-days button").click()
    await expect(page.locator("body")).to_have_attribute("data-travelling", "")
    await expect(page.locator("body")).not_to_have_attribute("data-travelling", "", timeout=300_000)


async def test_the_radar_sees_a_bank_fall_and_each_client_hears_of_it_once(browser: Browser, world: World) -> None:
    async for player in seated(browser, world, DESK):
        page, desk = player.page, player.desk
        await page.get_by_role("button", name="Couper Caisse Provençale").click()
        await passes(player, 1)
        await expect(desk.get_by_text("Caisse Provençale\N{NO-BREAK SPACE}: panne générale")).to_be_attached()
        await desk.get_by_role("button", name="Déclarer l’incident").click()
        await expect(desk.get_by_role("button", name="C’est revenu")).to_be_attached()
        await passes(player, 2)
        told = [what_he_read(world, chat, "souci général") for chat in chats(world)]
        assert max(told) == 1, "somebody was to be reminded, and nobody hears of it twice"
        await page.get_by_role("button", name="Rétablir Caisse Provençale").click()
        await passes(player, 1)
        await expect(desk.get_by_text("c’est revenu").first).to_be_attached()
        back = [what_he_read(world, chat, "répond de nouveau") for chat in chats(world)]
        assert back == told, "whoever was told of it is told that it is over"
        assert not player.faults


def chats(world: World) -> list[int]:
    with world.app.database.reader.connect() as sql:
        return list(sql.execute(sa.select(contact.c.chat_id).where(contact.c.chat_id.is_not(None))).scalars())


def what_he_read(world: World, chat: int, words: str) -> int:
    return sum(words in str(message.get("text", "")) for message in world.telegram.chat(chat))
