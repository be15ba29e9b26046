"""What staff do in windows, by hand in the demo's page: a client file, its invitation, and what needs two persons."""

import re

from playwright.async_api import Locator, expect

from tests.browser.test_demo_page import Player, player, world

__all__ = ["player", "world"]


async def window(player: Player) -> Locator:
    shown = player.page.locator("form.window")
    await expect(shown).to_be_visible()
    return shown


async def types(player: Player, text: str) -> None:
    await player.page.locator("#desk-text").fill(text)
    await player.page.locator("#desk-text").press("Enter")


async def test_a_client_file_is_made_by_hand_and_its_contact_invited(player: Player) -> None:
    await types(player, "/resync nouveau")
    form = await window(player)
    await form.get_by_label("Nom du client").fill("Le Bistrot d’Anna")
    await form.get_by_label("SIREN").fill("732 829 321")
    await form.get_by_label("Banque", exact=True).select_option("Crédit Rural")
    await form.get_by_label(re.compile("^Contact")).fill("Léa Roux")
    await form.get_by_label("Dernière synchronisation").fill("2026-01-05")
    await form.get_by_role("button", name="Créer").click()
    await expect(form).to_contain_text("clé fausse")
    await form.get_by_label("SIREN").fill("732 829 338")
    await form.get_by_label("SIREN").press("Enter")
    await expect(form).to_contain_text("Le dossier est créé")
    await form.get_by_role("button", name="Inviter Léa Roux").click()
    await expect(form.locator("pre").last).to_contain_text("https://t.me/")
    code = form.get_by_role("img", name="Code QR de l’invitation de Léa Roux, à lui faire scanner")
    await expect(code).to_be_visible()
    await player.page.wait_for_function("document.querySelector('.b-image').naturalWidth > 100")


async def test_a_person_is_erased_by_two_colleagues(player: Player) -> None:
    await types(player, "/resync zinc")
    await player.desk.get_by_role("button", name=re.compile("^Le Petit Zinc")).last.click()
    form = await window(player)
    await form.get_by_role("button", name="Effacer ses données").click()
    await form.get_by_label("De qui s’agit-il").select_option("Marcel Dubois")
    await form.get_by_label("Pourquoi").fill("Il l’a demandé par écrit.")
    await form.get_by_role("button", name="Demander").click()
    await expect(form).to_contain_text("C’est demandé")
    await form.get_by_role("button", name="Fermer").click()
    await expect(form).to_contain_text("Relancer maintenant")
    await form.get_by_role("button", name="Fermer").click()
    await expect(player.desk).to_contain_text("Données à effacer\N{NO-BREAK SPACE}: Marcel Dubois")
    await player.picks("Karim")
    player.page.on("dialog", lambda dialog: dialog.accept())
    await player.desk.get_by_role("button", name="D’accord", exact=True).click()
    await expect(player.desk).to_contain_text("Les données seront effacées")
    for _ in range(2):
        await player.lets_pass("+ 1 jour")
    await expect(player.desk).to_contain_text("C’est effacé (Julie et Karim)")
    await expect(player.desk).not_to_contain_text("Marcel Dubois")
