"""The demo page in a real browser: the whole story with the mouse alone, at a desk's width and at a phone's."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FrameLocator,
    Locator,
    Page,
    Request,
    Route,
    expect,
)

from bot.sandbox.demo import playing
from bot.sandbox.world import World

DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
NOTE = "Elle préfère qu’on l’appelle après 15 h."
NOTES = (NOTE, f"À dire avec @client demain. {NOTE}", f"@client-suivi, à vous. {NOTE}")
expect.set_options(timeout=60_000)  # a busy machine is no fault of the page


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A demo of its own, with its invented clients."""
    async with playing(f"sqlite:///{tmp_path / 'demo.db'}", "127.0.0.1:0") as world:
        yield world


@dataclass
class Player:
    """Somebody with a mouse before the page. Whatever the browser complains of is in `faults`."""

    context: BrowserContext
    page: Page
    world: World
    faults: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def meet(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.faults.append(f"third party: {request.url}")

    @property
    def chat(self) -> Locator:
        return self.page.locator("#chat-log")

    @property
    def desk(self) -> Locator:
        return self.page.locator("#desk-log")

    @property
    def oneup(self) -> FrameLocator:
        return self.page.frame_locator("#oneup")

    async def sees(self, tab: str) -> None:
        """At a phone's width the three regions are tabs; at a desk's all are in sight."""
        button = self.page.locator(f".tabs [data-tab={tab}]")
        if await button.is_visible():
            await button.click()

    async def picks(self, name: str) -> None:
        """Another client's phone, or another colleague's seat."""
        await self.page.locator(".chip", has_text=name).click()

    async def is_taken_there(self) -> None:
        """The guide leads to the screen and the client of its step."""
        await self.page.get_by_role("button", name="M’y emmener").click()

    async def app(self, name: str) -> None:
        await self.sees("phone")
        await self.page.get_by_role("button", name=name, exact=True).click()

    async def presses(self, *labels: str) -> None:
        """Buttons under the newest messages, one after the other."""
        await self.app("Telegram")
        for label in labels:
            await self.chat.get_by_role("button", name=label, exact=True).last.click()
            await expect(self.chat.get_by_role("button", name=f"✓ {label}", exact=True).last).to_be_visible()

    async def reads(self, words: str) -> None:
        await expect(self.chat.locator(".message:not(.mine)", has_text=words).last).to_be_visible()

    async def waits_for(self, step: str) -> None:
        """The guide has come to this step by itself."""
        await expect(self.page.locator("#guide-title")).to_have_text(step)

    async def lets_pass(self, label: str) -> None:
        await self.sees("world")
        await self.page.get_by_role("button", name=label, exact=True).click()
        await expect(self.page.locator("body")).not_to_have_attribute("data-travelling", "")


@pytest.fixture
async def player(browser: Browser, world: World) -> AsyncIterator[Player]:
    """At a desk. No complaint of the browser's, and no request to a third party, is left unheard."""
    async for player in seated(browser, world, DESK):
        yield player


@pytest.fixture
async def small_player(browser: Browser, world: World) -> AsyncIterator[Player]:
    """With a phone's screen."""
    async for player in seated(browser, world, PHONE):
        yield player


async def seated(browser: Browser, world: World, size: dict[str, int]) -> AsyncIterator[Player]:
    context = await browser.new_context(viewport=size, locale="fr-FR", reduced_motion="reduce")  # type: ignore[arg-type]
    player = Player(context, await context.new_page(), world)
    context.on("request", player.meet)
    context.on("page", player.watch)
    player.watch(player.page)
    await player.page.goto(world.address)
    await expect(player.page.locator("#clients .chip")).to_have_count(3)
    yield player
    taller = await player.page.evaluate("document.scrollingElement.scrollHeight - innerHeight")
    await context.close()
    assert taller <= 0, "each region scrolls, and the page does not"
    assert not player.faults


async def first_synchronisation(player: Player) -> None:
    await player.waits_for("Odette reçoit une invitation")
    await player.sees("phone")
    await player.page.get_by_role("button", name="Ouvrir l’invitation").click()
    await player.reads("je suis l’assistant du cabinet")
    await player.waits_for("La première synchronisation")
    await player.presses("Commencer", "J’y suis")
    await player.reads("Trois choses à faire")
    await player.app("One up")
    await player.oneup.get_by_role("link", name="COMPTABILITÉ", exact=True).click()
    await player.oneup.get_by_role("link", name="Nouveau compte bancaire").click()
    await player.oneup.get_by_role("link", name="Crédit Rural").click()
    await player.oneup.get_by_label("Identifiant").fill("odette")
    await player.oneup.get_by_label("Mot de passe").fill("un secret d’Odette")
    await player.oneup.get_by_role("button", name="Se connecter").click()
    await player.oneup.get_by_role("button", name="Lancer la première synchronisation").click()
    await expect(player.oneup.get_by_text("Synchronisation réussie")).to_be_visible()
    await player.app("Telegram")
    await player.reads("est connectée. Merci !")


async def nudge(player: Player) -> None:
    await player.waits_for("Le temps passe")
    await player.is_taken_there()
    await player.lets_pass("Jusqu’au prochain message")
    await player.app("Telegram")
    await player.reads("on la renouvelle ensemble ?")


async def steps_a_and_b(player: Player) -> None:
    await player.waits_for("Étape A\u00a0: entrer dans la banque")
    await player.presses("Commencer")
    await player.reads("entrez dans votre banque synchronisée")
    await player.app("One up")
    await player.oneup.get_by_role("link", name="COMPTABILITÉ", exact=True).click()
    await player.oneup.get_by_role("link", name="Banque de l’Ouest").click()
    await player.presses("J’y suis")
    await player.reads("cliquez sur le bouton bleu")
    await player.waits_for("Étape B\u00a0: le bouton bleu")
    await player.app("One up")
    await player.oneup.get_by_role("button", name="Synchronisation avec la banque").click()
    await expect(player.oneup.get_by_text("Synchronisation réussie")).to_be_visible()
    await is_told(player)


async def is_told(player: Player, words: str = "C’est bon jusqu’au") -> None:
    """The aggregator's hint brings the answer by itself. Where it does not, what the program was at is told."""
    await player.app("Telegram")
    try:
        await player.reads(words)
    except AssertionError as error:
        error.add_note(await what_it_was_at(player.world))
        raise


async def what_it_was_at(world: World) -> str:
    """Jobs that wait, conversations, the last webhooks, and what a reading would say now."""
    app = world.app
    tables = {
        "conversation": "SELECT id, state, sequence, deadline, started_at FROM conversation",
        "outbox": "SELECT job_id, attempted FROM outbox",
        "jobs": "SELECT workflow_uuid, status FROM workflow_status ORDER BY created_at DESC LIMIT 12",
        "inbox": "SELECT id FROM inbox ORDER BY received_at DESC LIMIT 12",
    }
    found = {name: app.database.read(partial(rows, query)) for name, query in tables.items()}
    told = [f"{name}: {await reading}" for name, reading in found.items()]
    told += [f"hints: {list(world.bank.courier.answers)[-6:]}", f"now: {world.clock.now()}"]
    told += [f"in flight: {app.jobs.in_flight}", f"lanes: {list(app.outbox._lanes)}"]
    told += [f"bank: {world.bank.view(link)}" for link in world.bank.links]
    told += [f"task: {task}" for task in asyncio.all_tasks()]
    return "\n".join(told)


def rows(query: str, sql: sa.Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in sql.execute(sa.text(query))]


async def password_change(player: Player) -> str:
    """Gives the new password, as the player is told it."""
    await player.waits_for("Le mot de passe change")
    await player.is_taken_there()
    await player.page.get_by_role("button", name="Changer le mot de passe").first.click()
    code = player.page.locator(".notes code")
    await expect(player.page.locator(".state.bad")).to_contain_text("ne reconnaît plus le mot de passe")
    await player.lets_pass("Jusqu’au prochain message")
    await player.app("Telegram")
    await player.reads("le nouveau se tape sur une page sécurisée")
    return await code.inner_text()


async def secure_page(player: Player, password: str) -> None:
    await player.waits_for("La page sécurisée, et la preuve")
    await player.app("Telegram")
    async with player.context.expect_page() as opening:
        await player.chat.get_by_role("button", name="Ouvrir la page sécurisée").last.click()
    window = await opening.value
    await expect(window.locator(".good:visible")).to_contain_text("C’est bien vous")
    await expect(window.locator(".number")).to_be_hidden()
    await window.get_by_role("button", name="Continuer").click()
    await window.locator("input[type=password]").fill(password)
    await window.get_by_role("button", name="Valider").click()
    await expect(window.get_by_text("Retournez dans Telegram")).to_be_visible()
    await window.close()
    await is_told(player)


async def hand_over(player: Player) -> None:
    await player.waits_for("Une personne prend le relais")
    await writes(player, "je veux parler à quelqu’un")
    await player.reads("prend le relais")
    await player.sees("desk")
    await player.desk.get_by_role("button", name="Je prends").click()
    await player.sees("phone")
    await player.reads("Julie s’occupe de vous")
    await note_in_thread(player)
    await player.desk.get_by_role("button", name="Répondre").click()
    await player.page.get_by_label("Votre message").fill("Bonjour Sofia, que puis-je faire ?")
    await player.page.get_by_role("dialog").get_by_role("button", name="Aperçu").click()
    await player.page.get_by_role("dialog").get_by_role("button", name="Envoyer").click()
    await player.sees("phone")
    await player.reads("que puis-je faire ?")
    await writes(player, "Tout va bien, merci Julie")
    await player.sees("desk")
    await expect(player.desk.locator(".reply", has_text="Tout va bien, merci Julie")).to_be_visible()
    await player.desk.get_by_role("button", name="Rendre au bot").click()
    await expect(player.desk.get_by_text("Rendu au bot par Julie").first).to_be_visible()
    await player.sees("phone")
    await player.reads("me passe la main")


async def note_in_thread(player: Player) -> None:
    await player.sees("desk")
    field = player.desk.get_by_label("Répondre dans le fil").last
    for words in NOTES:
        await field.fill(words)
        await field.press("Enter")
        await expect(player.desk.locator(".reply", has_text=words).last).to_be_visible()


async def writes(player: Player, text: str) -> None:
    await player.app("Telegram")
    await player.page.get_by_label("Message du client").fill(text)
    await player.page.get_by_role("button", name="Envoyer", exact=True).click()
    await expect(player.chat.locator(".mine", has_text=text)).to_be_visible()


async def the_whole_story(player: Player) -> None:
    await first_synchronisation(player)
    await nudge(player)
    await steps_a_and_b(player)
    await secure_page(player, await password_change(player))
    await hand_over(player)
    await player.waits_for("Vous avez tout vu")


async def test_the_whole_story_is_played_with_the_mouse_at_a_desk(player: Player) -> None:
    await the_whole_story(player)
    await never_on_the_phone(player, NOTE)
    assert await fits(player)


async def test_the_whole_story_is_played_on_a_phone(small_player: Player) -> None:
    await the_whole_story(small_player)
    await never_on_the_phone(small_player, NOTE)
    for tab in ("phone", "desk", "world"):
        await small_player.sees(tab)
        assert await fits(small_player)


async def never_on_the_phone(player: Player, words: str) -> None:
    assert words not in await player.chat.inner_text()


async def fits(player: Player) -> bool:
    """Nothing has to be scrolled sideways."""
    script = """() => [document.scrollingElement, ...document.querySelectorAll(".log, .links, .world")]
        .every((each) => each.scrollWidth <= each.clientWidth)"""
    return bool(await player.page.evaluate(script))


async def test_what_a_client_writes_is_only_ever_text(player: Player) -> None:
    await player.picks("Sofia")
    words = "<img src=x> je veux parler à <b>quelqu’un</b> <script>tout de suite</script>"
    await writes(player, words)
    await expect(player.chat.locator(".mine .words").last).to_have_text(words)
    await expect(player.desk.locator(".reply blockquote").last).to_have_text(words)


async def test_a_guest_is_refused_and_only_he_reads_it(player: Player) -> None:
    await player.picks("Sofia")
    await writes(player, "je veux parler à quelqu’un")
    await expect(player.desk.get_by_role("button", name="Je prends")).to_be_visible()
    await player.picks("Léo")
    await player.desk.get_by_role("button", name="Je prends").click()
    whisper = player.desk.locator(".whisper", has_text="Visible par vous seul")
    await expect(whisper).to_contain_text("Je ne vous connais pas")
    await player.picks("Julie")
    await expect(player.desk.locator(".whisper")).to_have_count(0)


async def test_a_photo_reaches_the_thread_and_opens_large(player: Player) -> None:
    await player.picks("Marcel")
    await player.page.get_by_role("button", name="Envoyer une photo d’exemple").click()
    picture = player.desk.locator(".reply").get_by_role("button", name=re.compile("Agrandir"))
    await picture.click()
    image = player.page.locator("#enlarged img")
    await expect(image).to_be_visible()
    assert await image.evaluate("image => image.naturalWidth") == 800


async def test_blocking_the_bot_silences_it_until_he_comes_back(player: Player) -> None:
    await player.picks("Marcel")
    await player.page.get_by_role("button", name="Menu de la conversation").click()
    await player.page.get_by_role("button", name="Bloquer le bot").click()
    await expect(player.page.get_by_label("Message du client")).to_be_hidden()
    await player.page.get_by_role("button", name="Débloquer et redémarrer le bot").click()
    await expect(player.page.get_by_label("Message du client")).to_be_visible()


async def test_a_code_by_sms_is_shown_to_the_player(player: Player) -> None:
    await player.picks("Marcel")
    await player.page.get_by_role("button", name="Demander un code SMS").click()
    await player.app("One up")
    await player.oneup.get_by_role("link", name="COMPTABILITÉ", exact=True).click()
    await player.oneup.get_by_role("link", name="Banque de l’Ouest").click()
    await player.oneup.get_by_role("button", name="Synchronisation avec la banque").click()
    code = await player.page.locator(".notes code").inner_text()
    await player.oneup.get_by_label(re.compile("code")).fill(code)
    await player.oneup.get_by_role("button", name="Valider").click()
    await expect(player.oneup.get_by_text("Synchronisation réussie")).to_be_visible()


async def test_another_site_cannot_act_here(player: Player, world: World) -> None:
    acts = f"{world.address}/demo/acts/travel"
    request = player.context.request
    assert (
        await request.post(acts, data={"span": "day"}, headers={"origin": "https://elsewhere.example"})
    ).status == 403
    assert (await request.post(acts, form={"span": "day"})).status == 415
    assert (await request.post(acts, data={"span": "century"})).status == 400
    assert (await request.post(f"{world.address}/demo/acts/passwords", data={})).status == 404


async def test_the_home_tab_shows_the_firms_board_to_each_colleague(player: Player) -> None:
    await player.page.get_by_role("button", name="Accueil de Resync").click()
    board = player.page.locator("#desk-home")
    await expect(board.get_by_text("Les banques à suivre")).to_be_visible()
    await expect(board.locator(".b-section")).not_to_have_count(0)
    await board.get_by_role("button", name=re.compile("^Invités")).click()
    await expect(board.locator(".b-section", has_text="Chez Odette")).to_be_visible()
    await expect(board.locator(".b-section")).to_have_count(1)
    bank = board.get_by_label("Toutes les banques")
    await bank.select_option(label="Crédit Rural")
    await expect(bank).to_have_value("=Crédit Rural")
    await player.picks("Léo")
    await expect(board.get_by_text("réservé aux personnes du cabinet")).to_be_visible()
    await player.picks("Julie")
    await expect(board.locator(".b-section")).to_have_count(1)
    await player.page.get_by_role("button", name="Canal").click()
    await expect(player.desk).to_be_visible()


async def test_what_is_typed_before_the_page_has_everything_waits_for_it(player: Player) -> None:
    async def late(route: Route) -> None:
        await asyncio.sleep(1)
        await route.continue_()

    await player.page.route(re.compile("/demo/(desk|phone)/"), late)
    await player.page.reload()
    await player.page.locator("#desk-text").fill("/resync nouveau")
    await player.page.locator("#desk-text").press("Enter")
    await player.page.get_by_role("button", name="Accueil de Resync").click()
    await player.page.locator("#chat-photo").click()
    await expect(player.page.locator("form.window")).to_be_visible()
    await expect(player.page.locator("#desk-home")).to_contain_text("Les banques à suivre")
