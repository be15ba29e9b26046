"""What the player makes happen at the bank: client and staff read the right thing, and nobody reloads the page."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.sandbox.world import World
from tests.browser.test_demo_page import DESK, PHONE, Player, fits, is_told, seated, secure_page, world  # noqa: F401

BANK = "Banque de l’Ouest"
SHOTS = os.environ.get("RESYNC_SCREENSHOTS", "")
"""A folder for pictures of what the player sees; none are made without it."""


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
async def player(request: pytest.FixtureRequest, browser: Browser, world: World) -> AsyncIterator[Player]:  # noqa: F811
    async for player in seated(browser, world, request.param):
        yield player
        assert await fits(player)


async def at_bank(player: Player, act: str) -> None:
    await player.sees("world")
    await player.page.get_by_role("button", name=act, exact=True).first.click()


async def at_step_b(player: Player) -> None:
    """Marcel was nudged, and stands before the blue button."""
    await player.picks("Marcel")
    await waits_until_he_reads(player, "on la renouvelle ensemble ?")
    await player.presses("Commencer", "J’y suis")
    await player.reads("cliquez sur le bouton bleu")


async def waits_until_he_reads(player: Player, words: str, picture: str = "") -> None:
    """The clock goes on to the next message of anybody, until it is this one."""
    for _ in range(6):
        await player.lets_pass("Jusqu’au prochain message")
        await player.app("Telegram")
        await player.page.wait_for_timeout(300)
        if await player.chat.locator(".message:not(.mine)", has_text=words).count():
            break
    await reads(player, words, picture)


async def opens_bank(player: Player) -> None:
    await player.app("One up")
    await player.oneup.get_by_role("link", name="COMPTABILITÉ", exact=True).click()
    await player.oneup.get_by_role("link", name=BANK).click()


async def presses_blue(player: Player) -> None:
    await player.app("One up")
    await player.oneup.get_by_role("button", name="Synchronisation avec la banque").click()


async def reads(player: Player, words: str, picture: str = "") -> None:
    await player.app("Telegram")
    await player.reads(words)
    await shown(player, picture)


async def staff_read(player: Player, words: str, picture: str = "") -> None:
    await player.sees("desk")
    await expect(player.desk.get_by_text(words).first).to_be_visible()
    await shown(player, picture)


async def shown(player: Player, picture: str) -> None:
    if SHOTS and picture:
        size = player.page.viewport_size
        assert size is not None
        await player.page.screenshot(path=Path(SHOTS) / f"{picture}-{size['width']}.png")


async def test_a_consent_that_expires_is_renewed_without_a_password(player: Player) -> None:
    await player.picks("Marcel")
    await at_bank(player, "Faire expirer l’accord")
    await expect(player.page.locator(".until").first).to_contain_text("arrivé à échéance")
    await waits_until_he_reads(player, "Deux minutes suffisent", "expired")
    assert "mot de passe" not in await player.chat.inner_text()
    await player.presses("Commencer")
    await opens_bank(player)
    await player.presses("J’y suis")
    await presses_blue(player)
    await is_told(player)
    await staff_read(player, f"C’est bon pour {BANK}", "expired-staff")


async def test_a_changed_password_is_asked_for_on_the_secure_page_only(player: Player) -> None:
    await player.picks("Marcel")
    await at_bank(player, "Changer le mot de passe")
    new = await player.page.locator(".notes code").inner_text()
    await waits_until_he_reads(player, "le nouveau se tape sur une page sécurisée", "password")
    await types_password(player, new)
    await staff_read(player, f"C’est bon pour {BANK}")


async def types_password(player: Player, password: str) -> None:
    player.waits_for = _does_not_wait  # type: ignore[method-assign]  # the guide is elsewhere
    await secure_page(player, password)


async def _does_not_wait(_step: str) -> None:
    """Here the player goes his own way."""


async def test_a_bank_that_is_cut_asks_nothing_and_says_when_it_is_back(player: Player) -> None:
    await at_step_b(player)
    await at_bank(player, "Couper la banque")
    await player.presses("C’est fait")
    await reads(player, "ne répond pas en ce moment", "down")
    await at_bank(player, "Rétablir la banque")
    await waits_until_he_reads(player, "répond de nouveau", "back")


async def test_a_bank_that_stays_cut_reaches_staff(player: Player) -> None:
    await at_step_b(player)
    await at_bank(player, "Couper la banque")
    await player.presses("C’est fait")
    await reads(player, "ne répond pas en ce moment")
    for _ in range(3):
        await player.lets_pass("+ 1 jour")
    await staff_read(player, "la banque ne répond pas depuis deux jours", "down-staff")


async def test_a_late_confirmation_is_waited_for_in_peace(player: Player) -> None:
    await at_step_b(player)
    await at_bank(player, "Confirmer en retard")
    await opens_bank(player)
    await presses_blue(player)
    await player.presses("C’est fait")
    await player.lets_pass("+ 1 heure")
    await reads(player, "je vous préviens", "late")
    before = await player.chat.locator(".message:not(.mine)").count()
    for _ in range(5):
        await player.lets_pass("+ 1 heure")
    await reads(player, "C’est bon jusqu’au", "late-done")
    assert await player.chat.locator(".message:not(.mine)").count() == before + 1, "nobody nagged him meanwhile"
    await staff_read(player, f"C’est bon pour {BANK}")


async def test_another_login_is_refused_kindly_and_then_the_right_one_is_taken(player: Player) -> None:
    await at_step_b(player)
    await at_bank(player, "Se tromper d’accès")
    await opens_bank(player)
    await presses_blue(player)
    await is_told(player, "un autre accès")
    await shown(player, "stray")
    await staff_read(player, "ne sont pas ceux du dossier", "stray-staff")
    await player.sees("world")
    await expect(player.page.locator(".notes")).to_contain_text("accès personnel")
    await shown(player, "stray-bank")
    await presses_blue(player)
    await is_told(player)
    await shown(player, "stray-done")
    await staff_read(player, f"C’est bon pour {BANK}")
