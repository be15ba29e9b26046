"""Our own page takes the bank secret, in a real browser before the real program and the sandbox's bank.

Whatever happens, the page says what became of it, the bank is never asked twice with the same secret, and no secret
is seen anywhere but on its way.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, Route, expect

from bot.sandbox.actors import Client
from handlers import own_page
from tests.journeys.story import MARCEL, OpenStory, Story
from tests.journeys.test_password_journeys import changed_his_password

PHONE, SMALL, DESK = {"width": 390, "height": 844}, {"width": 320, "height": 568}, {"width": 1280, "height": 800}
RIGHT, WRONG = "Bouillabaisse-13", "pas-le-bon-1"
BANK = MARCEL.bank
LOST = "Failed to load resource"  # the browser's word for a line that a test cut on purpose


@dataclass
class Visit:
    """Marcel's page, what he does on it, and all that went wrong in it."""

    page: Page
    story: Story
    marcel: Client
    faults: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)

    @property
    def link(self) -> int:
        return self.story.links[BANK]

    async def opens(self) -> None:
        """The link out of the chat, the number, « Continuer »."""
        await self.page.goto(self.marcel.secure_page())
        number = self.page.locator(".number")
        await expect(number).to_be_visible()
        await self.marcel.taps_number(int(await number.inner_text()))
        await self.page.get_by_role("button", name="Continuer").click()

    async def types(self, value: str, label: str = "Mot de passe") -> None:
        """Into the field, and off."""
        await self.page.get_by_label(label, exact=True).fill(self.story.secret(value))
        await self.page.get_by_role("button", name="Envoyer à ma banque").click()

    async def reads(self, words: str) -> None:
        await expect(self.page.get_by_text(words)).to_be_visible(timeout=20_000)

    async def is_done(self) -> None:
        await expect(self.page.get_by_role("heading", name="C’est fait, merci")).to_be_focused(timeout=20_000)
        await self.story.settle()
        await self.marcel.hears("renewal-done")

    async def fits(self) -> bool:
        script = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        return bool(await self.page.evaluate(script))

    def keys_held(self) -> int:
        """Private keys of links that the program has now."""
        program: Any = self.story.world.app.own_page
        return len(program._vault._held)

    def restarts(self) -> None:
        """The program forgets all that a process knows of a visit."""
        program: Any = self.story.world.app.own_page
        program._visits.clear()
        program._vault._held.clear()

    def note_what_the_bank_gets(self) -> None:
        """Every password and every code that reaches the bank, however."""
        bank = self.story.world.bank
        for name in ("type_password", "type_code"):
            setattr(bank, name, self._noted(getattr(bank, name)))

    def _noted(self, method: Callable[[int, str], Awaitable[Any]]) -> Callable[[int, str], Awaitable[Any]]:
        async def noted(link: int, value: str) -> Any:
            self.sent.append(value)
            return await method(link, value)

        return noted


def watch(visit: Visit) -> None:
    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and LOST not in message.text:
            visit.faults.append(message.text)

    def on_request(request: Request) -> None:
        visit.asked.append(request.url)
        visit.posted.append(request.post_data or "")

    visit.page.on("console", on_console)
    visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
    visit.page.on("request", on_request)


Begin = Callable[..., Awaitable[Visit]]


@pytest.fixture
async def begin(browser: Browser, open_story: OpenStory, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Begin]:
    """Marcel's bank has a new password and he has the button; at the end nothing broke and nobody else was asked."""
    monkeypatch.setattr(own_page, "LOOK_EVERY", 0.3)
    visits: list[Visit] = []

    async def begin_(before: Callable[[Story], None] = lambda _: None, **context: Any) -> Visit:
        story = await open_story(MARCEL, credential_mode="own_page", sealed=context.pop("sealed", False))
        marcel = await changed_his_password(story, RIGHT)
        before(story)
        screen = {"viewport": PHONE} | context
        page = await (await browser.new_context(locale="fr-FR", **screen)).new_page()
        visit = Visit(page, story, marcel)
        visits.append(visit)
        watch(visit)
        visit.note_what_the_bank_gets()
        await visit.opens()
        return visit

    yield begin_
    for visit in visits:
        base = visit.story.world.settings.public_url
        await visit.page.context.close()
        assert visit.faults == []
        assert [url for url in visit.asked if not url.startswith(base)] == []
        assert not [each for each in visit.posted if any(secret in each for secret in visit.story.secrets)]


SCREENS = [
    {"viewport": PHONE, "has_touch": True},
    {"viewport": DESK},
    {"viewport": SMALL, "color_scheme": "dark"},
]


@pytest.mark.parametrize("screen", SCREENS, ids=["phone", "desk", "small-and-dark"])
async def test_a_wrong_password_then_the_right_one(begin: Begin, screen: dict[str, Any]) -> None:
    visit = await begin(**screen)
    await visit.reads("Tapez ce que vous utilisez aujourd’hui")
    assert await visit.fits()
    await visit.types(WRONG)
    await visit.reads("Une faute de frappe est vite arrivée")
    await expect(visit.page.get_by_label("Mot de passe", exact=True)).to_be_focused()
    await expect(visit.page.get_by_label("Mot de passe", exact=True)).to_have_value("")
    assert await visit.fits()
    await visit.types(RIGHT)
    await visit.is_done()
    assert await visit.fits()
    assert visit.sent == [WRONG, RIGHT]


async def test_what_is_sealed_for_the_vendor_passes_through_us_unread(begin: Begin) -> None:
    visit = await begin(sealed=True)
    await visit.types(WRONG)
    await visit.reads("Une faute de frappe est vite arrivée")
    await visit.types(RIGHT)
    await visit.is_done()
    assert visit.sent == [WRONG, RIGHT]
    assert visit.keys_held() == 0, "we never had a key for it"


async def test_after_three_refusals_the_page_stops_and_a_person_takes_over(begin: Begin) -> None:
    """The bank's own refusal of the old password is the first one."""
    visit = await begin()
    await visit.types(WRONG)
    await visit.reads("Une faute de frappe est vite arrivée")
    await visit.types("pas-le-bon-2")
    await visit.reads("Une personne du cabinet prend la suite")
    await visit.story.settle()
    await visit.marcel.hears("with-staff")
    await visit.story.julie.card(MARCEL.client, having="mot de passe")
    assert visit.sent == [WRONG, "pas-le-bon-2"]
    assert not visit.story.world.bank.view(visit.link)["locked"]
    assert visit.keys_held() == 0


async def test_a_code_by_sms(begin: Begin) -> None:
    visit = await begin(lambda story: story.world.bank.ask_code(story.links[BANK]))
    await visit.types(RIGHT)
    await visit.reads("Votre banque vient de vous envoyer un code")
    field = visit.page.get_by_label("Code reçu par SMS")
    await expect(field).to_be_focused()
    await expect(field).to_have_attribute("autocomplete", "one-time-code")
    code = str(visit.story.world.bank.view(visit.link)["code"])
    other = f"{(int(code) + 1) % 10**6:06d}"
    await visit.types(other, "Code reçu par SMS")
    await visit.reads("Ce code n’a pas été reconnu")
    await visit.types(code, "Code reçu par SMS")
    await visit.is_done()
    assert visit.sent == [RIGHT, other, code]


async def test_an_approval_in_the_banks_app(begin: Begin) -> None:
    visit = await begin(lambda story: story.world.bank.ask_approval(story.links[BANK]))
    await visit.types(RIGHT)
    await visit.reads("Ouvrez l’application de votre banque")
    await visit.page.get_by_role("button", name="J’ai validé").click()
    await visit.reads("Votre banque n’a pas encore reçu votre validation")
    visit.story.world.bank.approve(visit.link)
    await visit.is_done()  # he need not say it again
    assert visit.sent == [RIGHT]


async def test_a_bank_that_is_down_asks_nothing_more(begin: Begin) -> None:
    visit = await begin()
    await expect(visit.page.get_by_label("Mot de passe", exact=True)).to_be_visible()
    visit.story.world.bank.switch(BANK, up=False)
    await visit.types(RIGHT)
    await visit.reads("Votre banque ne répond pas pour l’instant")
    await visit.story.settle()
    await visit.marcel.hears("bank-down")


async def test_where_what_was_typed_never_left_he_types_it_again(begin: Begin) -> None:
    visit = await begin()
    await visit.page.route("**/l/send", lambda route: route.abort(), times=1)
    await visit.types(RIGHT)
    await visit.reads("La page s’est renouvelée")
    await expect(visit.page.get_by_label("Mot de passe", exact=True)).to_have_value("")
    assert visit.sent == []
    await visit.types(RIGHT)
    await visit.is_done()
    assert visit.sent == [RIGHT]


async def test_where_only_the_answer_was_lost_it_is_asked_for_and_nothing_is_sent_again(begin: Begin) -> None:
    visit = await begin()

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await visit.page.route("**/l/send", lose_the_answer, times=1)
    await visit.types(RIGHT)
    await visit.is_done()
    assert visit.sent == [RIGHT]
    assert sum(url.endswith("/l/send") for url in visit.asked) == 1


async def test_while_the_network_is_gone_the_page_says_so_and_goes_on_by_itself(begin: Begin) -> None:
    visit = await begin()
    await visit.page.get_by_label("Mot de passe", exact=True).fill(visit.story.secret(RIGHT))
    await visit.page.context.set_offline(True)
    await visit.page.get_by_role("button", name="Envoyer à ma banque").click()
    await visit.reads("Le réseau s’est coupé")
    await visit.page.context.set_offline(False)
    await visit.reads("La page s’est renouvelée")
    await visit.types(RIGHT)
    await visit.is_done()
    assert visit.sent == [RIGHT]


async def test_two_clicks_send_it_once(begin: Begin) -> None:
    visit = await begin()
    await visit.page.get_by_label("Mot de passe", exact=True).fill(visit.story.secret(RIGHT))
    await visit.page.get_by_role("button", name="Envoyer à ma banque").dblclick()
    await visit.is_done()
    assert visit.sent == [RIGHT]


async def test_a_reload_ends_the_page_and_a_new_one_is_a_press_away(begin: Begin) -> None:
    visit = await begin()
    await visit.reads("Tapez ce que vous utilisez aujourd’hui")
    used = visit.marcel.secure_page()
    await visit.page.reload()
    await visit.reads("Rouvrez cette page depuis Telegram")
    await visit.page.goto("about:blank")
    await visit.page.goto(used)
    await visit.reads("Elle a déjà servi")
    await visit.marcel.presses("stuck")
    await visit.marcel.hears("new-password", "help")
    await visit.page.goto("about:blank")
    await visit.opens()
    await visit.types(RIGHT)
    await visit.is_done()
    assert visit.sent == [RIGHT]


async def test_after_a_restart_the_page_gets_a_fresh_key_and_nothing_was_sent(begin: Begin) -> None:
    visit = await begin()
    await visit.reads("Tapez ce que vous utilisez aujourd’hui")
    visit.restarts()
    await visit.types(RIGHT)
    await visit.reads("La page s’est renouvelée")
    assert visit.sent == []
    await visit.types(RIGHT)
    await visit.is_done()
    assert visit.sent == [RIGHT]


async def test_a_newer_link_closes_the_page_while_he_types(begin: Begin) -> None:
    visit = await begin()
    await visit.reads("Tapez ce que vous utilisez aujourd’hui")
    await visit.marcel.presses("stuck")
    await visit.marcel.hears("new-password", "help")
    await visit.types(RIGHT)
    await expect(visit.page.get_by_role("heading", name="Cette page est fermée")).to_be_visible()
    assert visit.sent == []
    assert visit.keys_held() == 0


async def test_time_closes_the_page_and_what_is_typed_then_goes_nowhere(begin: Begin) -> None:
    visit = await begin()
    await visit.reads("Tapez ce que vous utilisez aujourd’hui")
    await visit.story.wait(minutes=15)
    await visit.types(RIGHT)
    await expect(visit.page.get_by_role("heading", name="Cette page est fermée")).to_be_visible()
    assert visit.sent == []


async def test_a_bank_with_a_whole_form_is_asked_with_the_keyboard_only(begin: Begin) -> None:
    def expired(story: Story) -> None:
        story.world.bank.link(story.links[BANK]).problem = "passwordExpired"

    visit = await begin(expired)
    keys = visit.page.keyboard
    await expect(visit.page.get_by_label("Type de compte")).to_be_focused()
    await keys.press("ArrowDown")
    await keys.press("Tab")
    await expect(visit.page.get_by_label("Identifiant")).to_be_focused()
    await keys.type("cmlc")
    await keys.press("Tab")
    await expect(visit.page.get_by_label("Mot de passe", exact=True)).to_be_focused()
    await keys.type(visit.story.secret(RIGHT))
    await keys.press("Tab")
    await expect(visit.page.get_by_label("Afficher le mot de passe")).to_be_focused()
    await keys.press("Space")
    await expect(visit.page.get_by_label("Mot de passe", exact=True)).to_have_attribute("type", "text")
    await keys.press("Tab")
    await keys.press("Enter")
    await visit.is_done()
    assert visit.sent == [RIGHT]


async def test_an_empty_field_is_not_sent(begin: Begin) -> None:
    visit = await begin()
    await visit.page.get_by_role("button", name="Envoyer à ma banque").click()
    field = visit.page.get_by_label("Mot de passe", exact=True)
    await expect(field).to_be_focused()
    assert await field.evaluate("each => each.validity.valueMissing")
    assert not any(url.endswith("/l/send") for url in visit.asked)


async def test_what_happens_is_read_out_aloud(begin: Begin) -> None:
    visit = await begin()
    aloud = visit.page.locator("#own-said[aria-live=polite]")
    await expect(aloud).to_contain_text("Tapez ce que vous utilisez aujourd’hui")
    await visit.types(WRONG)
    await expect(aloud.get_by_text("Une faute de frappe est vite arrivée")).to_be_visible()
    await expect(visit.page.get_by_label("Mot de passe", exact=True)).to_have_attribute("aria-invalid", "true")


async def test_a_browser_that_cannot_seal_sends_nothing(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    opens = Visit.opens

    async def opens_an_old_browser(self: Visit) -> None:
        await self.page.add_init_script("Object.defineProperty(Crypto.prototype, 'subtle', {value: undefined})")
        await opens(self)

    monkeypatch.setattr(Visit, "opens", opens_an_old_browser)
    visit = await begin()
    await visit.reads("Votre navigateur ne sait pas chiffrer")
    assert not any(url.endswith("/l/send") for url in visit.asked)


async def test_what_only_the_vendors_page_can_ask_is_asked_there(begin: Begin) -> None:
    """The bank wants an agreement, for which it has a page of its own: no secret, and no form of ours."""
    visit = await begin(lambda story: setattr(story.world.bank.link(story.links[BANK]), "problem", "SCARequired"))
    await expect(visit.page).to_have_title("Votre nouveau mot de passe · Banque-Relais")
    visit.asked[:] = [url for url in visit.asked if not url.startswith(visit.story.world.address)]
