"""Take the pictures of Slack that the firm's guide shows, from the demonstration: `make screens`.

Nothing in them is drawn: the real program speaks with the sandbox's Slack, and a browser as wide as a phone shows it.
"""

import asyncio
import io
import re
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.sandbox.demo import playing

HERE = Path(__file__).parent
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 460, 2400
"""About a phone's width, and room enough for the longest window."""
COLOURS = 128
"""More are not told apart, and the files stay small."""
PATIENCE = 300_000
expect.set_options(timeout=60_000)  # a busy machine is no fault of the page


@dataclass
class Screen:
    """The demonstration's page, and the folder for what is taken of it."""

    page: Page
    folder: Path

    async def take(self, name: str, *shown: Locator, edge: int = 0) -> None:
        """One picture of these parts of the page, of what stands between them, and of so much around them."""
        await shown[0].scroll_into_view_if_needed()
        await self.page.wait_for_timeout(300)  # pictures in the page, and what is drawn again
        boxes = [box for each in shown if (box := await each.bounding_box())]
        left, top = min(box["x"] for box in boxes), min(box["y"] for box in boxes)
        right = max(box["x"] + box["width"] for box in boxes)
        bottom = max(box["y"] + box["height"] for box in boxes)
        clip = {
            "x": left - edge,
            "y": top - edge,
            "width": right - left + 2 * edge,
            "height": bottom - top + 2 * edge,
        }
        png = await self.page.screenshot(clip=clip)  # type: ignore[arg-type]  # a FloatRect of Playwright's is a plain dictionary
        whole = Image.open(io.BytesIO(png)).convert("RGB")
        few = whole.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(self.folder / f"{name}.png", optimize=True)

    async def sees(self, tab: str) -> None:
        """Of the three tabs at a phone's width: phone, desk or world."""
        await self.page.locator(f".tabs [data-tab={tab}]").click()

    async def lets_pass(self, button: str) -> None:
        """Time, by a button of the demonstration."""
        await self.sees("world")
        await self.page.get_by_role("button", name=button, exact=True).click()
        await expect(self.page.locator("body")).not_to_have_attribute("data-travelling", "")

    async def lets_days_pass(self, days: int) -> None:
        await self.sees("world")
        await self.page.locator("#days").fill(str(days))
        await self.page.locator("#clock-days button").click()
        await expect(self.page.locator("body")).to_have_attribute("data-travelling", "")
        await expect(self.page.locator("body")).not_to_have_attribute("data-travelling", "", timeout=PATIENCE)

    async def writes(self, label: str, words: str) -> None:
        """Into the last field that is called so."""
        field = self.page.get_by_label(label, exact=True).last
        await field.fill(words)
        await field.press("Enter")

    async def presses(self, button: str | re.Pattern[str], where: Locator) -> None:
        await where.get_by_role("button", name=button, exact=isinstance(button, str)).last.click()

    @property
    def desk(self) -> Locator:
        return self.page.locator("#desk-log")

    @property
    def window(self) -> Locator:
        return self.page.locator("form.window")


async def take_all(browser: Browser, folder: Path) -> None:
    """Every picture: one client's case with its windows, then the firm's board with forty clients."""
    async with opened(browser, folder, fleet=False) as screen:
        await case(screen)
        await acts(screen)
        await new_file(screen)
    async with opened(browser, folder, fleet=True) as screen:
        await board(screen)


@asynccontextmanager
async def opened(browser: Browser, folder: Path, *, fleet: bool) -> AsyncIterator[Screen]:
    """A demonstration of its own."""
    with tempfile.TemporaryDirectory() as place:
        async with playing(f"sqlite:///{place}/demo.db", "127.0.0.1:0", fleet=fleet) as world:
            page = await browser.new_page(
                viewport={"width": WIDTH, "height": HEIGHT},
                device_scale_factor=2,
                locale="fr-FR",
                reduced_motion="reduce",
            )
            page.set_default_timeout(60_000)
            await page.goto(world.address)
            await page.locator("#staff .chip").first.wait_for(state="attached")
            yield Screen(page, folder)
            await page.close()


async def case(screen: Screen) -> None:
    """Marcel is reminded, gets stuck, and Julie takes over; then a second person is needed."""
    await screen.lets_pass("Jusqu’au prochain message")
    await screen.sees("phone")
    await screen.page.locator("#clients .chip", has_text="Marcel").click()
    chat = screen.page.locator("#chat-log")
    await screen.presses("Commencer", chat)
    await chat.get_by_role("button", name="J’y suis", exact=True).wait_for()
    await screen.writes("Message du client", "Je suis perdu, je voudrais parler à quelqu’un.")
    await chat.get_by_text("prend le relais").first.wait_for()
    await screen.sees("desk")
    await screen.presses("Je prends", screen.desk)
    card = screen.desk.locator("article.line", has=screen.page.locator(".b-actions")).last
    await card.get_by_text("Julie s’en occupe").wait_for()
    await screen.writes("Répondre dans le fil", "Il a deux comptes dans cette banque, je lui dis lequel ouvrir.")
    await reply(screen)
    await screen.sees("phone")
    await screen.writes("Message du client", "Ah oui, je la vois ! Merci Julie.")
    await screen.sees("desk")
    last = screen.desk.locator("article.reply", has_text="Merci Julie")
    await last.wait_for()
    await screen.take("card", card)
    note = screen.desk.locator("article.reply", has_text="lequel ouvrir").first
    await screen.take("thread", note, screen.desk.locator(".whisper"), last, edge=6)


async def reply(screen: Screen) -> None:
    """« Répondre », and what the client will read."""
    await screen.presses("Répondre", screen.desk)
    await screen.page.get_by_label("Votre message").fill(
        "Bonjour Marcel, c’est la première ligne, celle du compte pro. La voyez-vous ?"
    )
    await screen.take("reply", screen.window)
    await screen.presses("Aperçu", screen.window)
    await screen.window.get_by_role("button", name="Envoyer").wait_for()
    await screen.take("preview", screen.window)
    await screen.presses("Envoyer", screen.window)
    await screen.desk.get_by_text("Envoyé au client").wait_for()


async def acts(screen: Screen) -> None:
    """« Actes… », and what needs two persons."""
    await screen.writes("Message dans le canal", "/resync bella")
    await screen.presses(re.compile("^Pizzeria Bella – Caisse Provençale"), screen.desk)
    await screen.take("acts", screen.window)
    await screen.presses("Nouveau Telegram…", screen.window)
    await screen.page.get_by_label("De qui s’agit-il").select_option(index=1)
    await screen.page.get_by_label("Pourquoi").fill(
        "Elle a un nouveau téléphone. Je l’ai rappelée à son numéro habituel."
    )
    await screen.presses("Demander", screen.window)
    await expect(screen.window).to_contain_text("C’est demandé")
    await screen.presses("Fermer", screen.window)
    await expect(screen.window).to_contain_text("Relancer maintenant")
    await screen.presses("Fermer", screen.window)
    await expect(screen.window).to_have_count(0)
    asked = screen.desk.locator("article.line", has_text="Nouveau Telegram").last
    await asked.get_by_role("button", name="D’accord", exact=True).wait_for()
    await screen.take("two-persons", asked)


async def new_file(screen: Screen) -> None:
    """« Nouveau dossier », with a SIREN that has a digit wrong."""
    await screen.writes("Message dans le canal", "/resync nouveau")
    form = screen.window
    await form.get_by_label("Nom du client").fill("Le Bistrot d’Anna")
    await form.get_by_label("SIREN").fill("732 829 321")
    await form.get_by_label("Banque", exact=True).select_option("Crédit Rural")
    await form.get_by_label(re.compile("^Contact")).fill("Anna Roux")
    await screen.presses("Créer", form)
    await form.get_by_text("clé fausse").wait_for()
    top, last = form.locator(".window-title"), form.locator(".b-input", has_text="Contact")
    await screen.take("new-file", top, last, edge=16)


async def board(screen: Screen) -> None:
    """Some days later one client, then the board and the digest."""
    await screen.lets_days_pass(3)
    await screen.sees("phone")
    await screen.page.locator(".fleet-row button", has_text="Le Petit Zinc").click()
    chat = screen.page.locator("#chat-log")
    await screen.presses("Remettre à plus tard", chat)
    await screen.presses("Voir ça demain", chat)
    await screen.lets_days_pass(12)
    home = await at_home(screen)
    await screen.presses("Ouvrir", home.locator(".b-section", has_text="Le Petit Zinc"))
    await screen.take("client", screen.window)
    await screen.presses("Fermer", screen.window)
    await screen.lets_days_pass(10)
    home = await at_home(screen)
    await screen.take("board", home.locator(".b-header").first, home.locator(".b-section").nth(3), edge=6)
    await screen.page.get_by_role("button", name="Canal", exact=True).click()
    digest = screen.desk.locator("article.line", has_text="sur les sept derniers jours").last
    await screen.take("digest", digest)


async def at_home(screen: Screen) -> Locator:
    """The board, as it is now."""
    await screen.sees("desk")
    await screen.page.get_by_role("button", name="Accueil de Resync").click()
    home = screen.page.locator("#desk-home")
    await home.locator(".b-section").first.wait_for()
    await screen.page.wait_for_timeout(2000)  # what was shown before gives way to what is shown now
    return home


async def main() -> None:
    """With the browser of this machine."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise SystemExit(f"No browser on this machine: install one of {', '.join(PROGRAMS)}.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        await take_all(browser, HERE)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
