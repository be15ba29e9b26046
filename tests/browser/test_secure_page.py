"""The page of the secure link in a real browser: the way through it, and every way it can end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, expect
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import HTMLResponse
from starlette.responses import Response as Answer
from starlette.routing import Route

from bot.adapters.database.links import LIFETIME
from bot.domain.errors import TryAgain, Unreachable
from flows.effects import ReadBank
from tests.secure_page import Vendor, WebDoor, furnished, listening, served

PHONE, SMALL, DESK = {"width": 390, "height": 844}, {"width": 320, "height": 568}, {"width": 1280, "height": 800}
FAILED_ON_PURPOSE = "Failed to load resource"  # the browser's word for a 503, which some tests want


def bank_side() -> Starlette:
    """The aggregator's page: one link, back to where it was told to send the client."""

    async def on_reconnect(request: Asked) -> Answer:
        state = request.query_params["state"]
        return HTMLResponse(f'<link rel="icon" href="data:,"><h1>Relais</h1><p id="state">{state}</p>')

    return Starlette(routes=[Route("/reconnect", on_reconnect)])


@dataclass
class Visit:
    """A page that is being looked at, and all that went wrong in it."""

    page: Page
    door: WebDoor
    faults: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    async def begin(self) -> str:
        """Open a fresh link; its token."""
        _, token = await self.door.house.mint()
        await self.page.goto(f"{self.door.base}/l#{token}")
        return token

    async def waits(self) -> int:
        """Until the page shows the number and waits for the tap."""
        number = self.page.locator(".number")
        await expect(number).to_be_visible()
        await expect(number).to_have_text(str(self.door.questions[-1].number))
        return int(await number.inner_text())

    async def goes_on(self) -> None:
        """The number is tapped in Telegram, and the page notices."""
        assert await self.door.tap(await self.waits())
        await expect(self.page.get_by_role("button", name="Continuer")).to_be_visible()

    async def fits(self) -> bool:
        """Nothing is wider than the screen."""
        script = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        return bool(await self.page.evaluate(script))


def watch(visit: Visit) -> None:
    """Errors of the script, refusals of the CSP, and every address that is asked for."""

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and FAILED_ON_PURPOSE not in message.text:
            visit.faults.append(message.text)

    def on_request(request: Request) -> None:
        visit.requested.append(request.url)

    visit.page.on("console", on_console)
    visit.page.on("pageerror", lambda error: visit.faults.append(str(error)))
    visit.page.on("request", on_request)


@pytest.fixture
async def door(sqlite_database: str) -> AsyncIterator[WebDoor]:
    """The web door, and an aggregator's page on another port."""
    async with furnished(sqlite_database) as house, listening() as (there, bank), listening() as (here, base):
        door = WebDoor(house, Vendor(host=bank), base=base)
        async with served(bank_side(), there), served(door.app(), here):
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
    assert [url for url in visit.requested if not url.startswith((door.base, door.vendor.host))] == []


screens: Callable[[Any], Any] = pytest.mark.parametrize(
    "visit",
    [{"viewport": PHONE, "has_touch": True}, {"viewport": DESK}, {"viewport": SMALL, "color_scheme": "dark"}],
    ids=["phone", "desk", "small-and-dark"],
    indirect=True,
)


@screens
async def test_the_whole_way_through_the_page(visit: Visit, door: WebDoor) -> None:
    page = visit.page
    token = await visit.begin()
    await visit.waits()
    assert page.url == f"{door.base}/l"
    await expect(page.get_by_role("heading", level=1)).to_have_text("Votre page sécurisée")
    await expect(page.locator("main")).to_contain_text("Préparée par C’ moi le chef pour Chez Odette")
    await expect(page.locator(".bank")).to_contain_text("Banque du Zinc")
    await expect(page.get_by_text("Votre mot de passe bancaire a changé")).to_be_visible()
    await expect(page.get_by_text("demande votre accord pour continuer")).to_be_hidden()
    await expect(page.get_by_role("button")).to_have_count(0)
    assert await visit.fits()
    await visit.goes_on()
    assert await visit.fits()
    await page.get_by_role("button", name="Continuer").click()
    await expect(page.get_by_role("heading", name="Relais")).to_be_visible()
    assert page.url.startswith(f"{door.vendor.host}/reconnect?code=one-visit-code")
    state = await page.locator("#state").inner_text()
    await page.goto(f"{door.base}/l/back?state={state}&error_description=whatever")
    await expect(page.get_by_role("heading", name="C’est noté")).to_be_visible()
    await page.wait_for_url(f"{door.base}/l/back")
    await leads_back_to_the_chat(visit)
    assert await door.house.states() == ["DONE"]
    assert [job.effect for job in door.jobs].count(ReadBank()) == 1
    assert all(token not in url.partition("#")[0] and "#" not in url for url in visit.requested[1:])


async def test_with_the_keyboard_only(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    await visit.goes_on()
    await expect(visit.page.get_by_role("button", name="Continuer")).to_be_focused()
    await visit.page.keyboard.press("Enter")
    await expect(visit.page.get_by_role("heading", name="Relais")).to_be_visible()


async def test_the_way_back_is_one_key_away_and_seen(visit: Visit, door: WebDoor) -> None:
    await visit.page.goto(f"{door.base}/l#unknown")
    await says_closed(visit)
    await expect(visit.page.get_by_role("heading", level=1)).to_be_focused()
    await visit.page.keyboard.press("Tab")
    await expect(visit.page.get_by_role("link")).to_be_focused()
    await expect(visit.page.get_by_role("link")).to_have_css("outline-style", "solid")


@pytest.mark.parametrize("visit", [{"viewport": PHONE, "reduced_motion": "reduce"}], indirect=True)
async def test_nothing_moves_for_whom_that_disturbs(visit: Visit) -> None:
    await visit.begin()
    await visit.waits()
    moving = "document.getAnimations().filter((each) => each.playState === 'running').length"
    assert await visit.page.evaluate(moving) == 0
    await visit.page.emulate_media(reduced_motion="no-preference")
    await visit.page.wait_for_function(f"{moving} > 0")


async def test_what_happens_is_read_out_aloud(visit: Visit) -> None:
    await visit.begin()
    await visit.goes_on()
    await expect(visit.page.locator("[aria-live=polite]")).to_contain_text("C’est bien vous")
    for hidden in await visit.page.locator("svg").all():
        assert await hidden.get_attribute("aria-hidden") == "true"


async def test_an_agreement_is_not_called_a_password(visit: Visit, door: WebDoor) -> None:
    _, token = await door.house.links.mint(door.house.other_conversation, 700_001, False)
    await visit.page.goto(f"{door.base}/l#{token.reveal()}")
    await expect(visit.page.get_by_text("Crédit des Halles demande votre accord")).to_be_visible()
    await expect(visit.page.get_by_text("Votre mot de passe bancaire a changé")).to_be_hidden()


async def test_a_link_that_never_was_says_what_to_do(visit: Visit, door: WebDoor) -> None:
    await visit.page.goto(f"{door.base}/l#unknown")
    await says_closed(visit)


async def test_a_wrong_number_closes_the_page_while_it_is_open(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    number = await visit.waits()
    wrong = next(each for each in door.questions[-1].numbers if each != number)
    assert await door.tap(wrong) is False
    await says_closed(visit)


async def test_time_closes_the_page_while_it_is_open(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    await visit.waits()
    door.house.clock.moment += LIFETIME
    await says_closed(visit)


async def test_a_second_visit_after_the_bank_finds_the_page_closed(visit: Visit, door: WebDoor) -> None:
    token = await visit.begin()
    await visit.goes_on()
    await visit.page.get_by_role("button", name="Continuer").click()
    await expect(visit.page.get_by_role("heading", name="Relais")).to_be_visible()
    await visit.page.goto(f"{door.base}/l#{token}")
    await says_closed(visit)


async def says_closed(visit: Visit) -> None:
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Cette page est fermée")
    await expect(visit.page.get_by_text("Retournez dans Telegram et appuyez")).to_be_visible()
    await expect(visit.page.get_by_role("button")).to_have_count(0)
    await leads_back_to_the_chat(visit)


async def leads_back_to_the_chat(visit: Visit) -> None:
    """With one button, and no other."""
    back = visit.page.get_by_role("link")
    await expect(back).to_have_count(1)
    await expect(back).to_have_text("Revenir à la conversation")
    await expect(back).to_have_attribute("href", "https://t.me/resync_bot")


async def test_a_link_opened_again_goes_on_where_it_was(visit: Visit, door: WebDoor) -> None:
    """An iPhone closes the page when its owner goes back to Telegram to tap the number."""
    token = await visit.begin()
    assert await door.tap(await visit.waits())
    await visit.page.goto("about:blank")
    await visit.page.goto(f"{door.base}/l#{token}")
    await visit.page.get_by_role("button", name="Continuer").click()
    await expect(visit.page.get_by_role("heading", name="Relais")).to_be_visible()
    assert len(door.questions) == 1


async def test_a_newer_link_takes_over_the_page_that_is_open(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    first = await visit.waits()
    await visit.begin()
    await expect(visit.page.locator(".number")).to_be_visible()
    await visit.goes_on()
    assert len(door.questions) == 2
    assert first == door.questions[0].number


async def test_a_reloaded_page_sends_him_back_to_telegram(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    await visit.waits()
    await visit.page.reload()
    await says_reopen(visit)
    assert await door.house.states() == ["OPEN"]


async def says_reopen(visit: Visit) -> None:
    """The page knows its link no longer: it was never stored in the browser."""
    await expect(visit.page.get_by_text("Rouvrez cette page depuis Telegram")).to_be_visible()
    await leads_back_to_the_chat(visit)


async def test_the_browsers_back_button_after_the_bank_sends_him_back_to_telegram(
    visit: Visit, door: WebDoor
) -> None:
    await visit.begin()
    await visit.goes_on()
    await visit.page.get_by_role("button", name="Continuer").click()
    await expect(visit.page.get_by_role("heading", name="Relais")).to_be_visible()
    await visit.page.go_back()
    await says_reopen(visit)
    assert len(door.vendor.asked) == 1
    assert await door.house.states() == ["CLAIMED"]


async def another_page(visit: Visit) -> Visit:
    """The same browser's second tab."""
    other = Visit(await visit.page.context.new_page(), visit.door, visit.faults, visit.requested)
    watch(other)
    return other


async def test_of_two_tabs_one_goes_on_and_the_other_one_says_so(visit: Visit, door: WebDoor) -> None:
    token = await visit.begin()
    await visit.waits()
    other = await another_page(visit)
    await other.page.goto(f"{door.base}/l#{token}")
    await visit.goes_on()
    await expect(other.page.get_by_role("button", name="Continuer")).to_be_visible()
    pressed = asyncio.Event()  # until then it hears nothing: on a slow network he presses what is over already

    async def wait_for_it(route: Any) -> None:
        await pressed.wait()
        await route.continue_()

    await other.page.route("**/l/status", wait_for_it)
    await visit.page.get_by_role("button", name="Continuer").click()
    await expect(visit.page.get_by_role("heading", name="Relais")).to_be_visible()
    await other.page.get_by_role("button", name="Continuer").click()
    pressed.set()
    await says_closed(other)
    await other.page.unroute_all(behavior="wait")
    assert len(door.questions) == len(door.vendor.asked) == 1


async def test_the_page_of_an_older_link_says_that_a_newer_one_took_its_place(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    await visit.waits()
    other = await another_page(visit)
    await other.begin()
    await other.waits()
    await says_closed(visit)
    await expect(visit.page.get_by_text("une plus récente l’a remplacée")).to_be_visible()
    assert await door.house.states() == ["REVOKED", "OPEN"]


async def test_a_forwarded_link_gets_nowhere_and_asks_its_owner_once(visit: Visit, door: WebDoor) -> None:
    """Whoever has it, or a scanner that runs the page, opens it and waits; and again, and again."""
    token = await visit.begin()
    for _ in range(5):
        await visit.waits()
        await expect(visit.page.get_by_role("button")).to_have_count(0)
        await visit.page.goto("about:blank")
        await visit.page.goto(f"{door.base}/l#{token}")
    assert len(door.questions) == 1
    assert door.vendor.asked == []
    [link] = await door.house.rows()
    assert (link.state, link.proven_at, link.claimed_at) == ("OPEN", None, None)


async def test_without_a_network_the_page_waits_for_his_second_try(visit: Visit, door: WebDoor) -> None:
    await visit.page.route("**/l/open", lambda route: route.abort(), times=1)
    await visit.begin()
    await expect(visit.page.get_by_text("Attendez un peu, puis réessayez")).to_be_visible()
    await leads_back_to_the_chat(visit)
    await visit.page.get_by_role("button", name="Réessayer").click()
    await visit.goes_on()


async def test_a_network_that_fails_with_the_banks_page_on_its_way_costs_the_link_and_says_so(
    visit: Visit, door: WebDoor
) -> None:
    async def lose_the_answer(route: Any) -> None:
        await route.fetch()
        await route.abort()

    await visit.begin()
    await visit.goes_on()
    await visit.page.route("**/l/claim", lose_the_answer, times=1)
    await visit.page.get_by_role("button", name="Continuer").click()
    await visit.page.get_by_role("button", name="Réessayer").click()
    await says_closed(visit)
    assert len(door.vendor.asked) == 1


async def test_too_many_visits_are_told_kindly(visit: Visit, door: WebDoor) -> None:
    async def refuse(route: Any) -> None:
        await route.fulfill(status=429, headers={"retry-after": "3600"}, json={"error": "too many requests"})

    await visit.page.route("**/l/open", refuse)
    await visit.begin()
    await expect(visit.page.get_by_text("je fais une pause, d’une heure au plus")).to_be_visible()
    await expect(visit.page.get_by_role("button")).to_have_count(0)
    await leads_back_to_the_chat(visit)


async def test_while_telegram_has_not_told_the_bots_name_there_is_no_button_to_it(
    visit: Visit, door: WebDoor
) -> None:
    door.bot_name = ""
    await visit.page.goto(f"{door.base}/l#unknown")
    await expect(visit.page.get_by_text("Retournez dans Telegram et appuyez")).to_be_visible()
    await expect(visit.page.get_by_role("link")).to_have_count(0)


async def test_the_page_is_three_small_files_and_a_picture(visit: Visit, door: WebDoor) -> None:
    """The picture is a file of its own, because the policy lets no `data:` in."""
    weights: list[int] = []

    async def weigh(request: Request) -> None:
        sizes = await request.sizes()
        weights.append(sizes["responseHeadersSize"] + sizes["responseBodySize"])

    finished: list[asyncio.Task[None]] = []
    visit.page.on("requestfinished", lambda request: finished.append(asyncio.ensure_future(weigh(request))))
    await visit.begin()
    await visit.waits()
    await asyncio.gather(*finished)
    files = [url.partition("#")[0].removeprefix(door.base) for url in visit.requested]
    assert sorted(each for each in files if each not in ("/l/open", "/l/status")) == sorted(
        ("/l", "/l/page.css", "/l/page.js", *(["/l/icon.svg"] * ("/l/icon.svg" in files)))
    )
    assert sum(weights) < 30_000


async def test_an_aggregator_that_does_not_answer_can_be_asked_again(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    await visit.goes_on()
    door.vendor.trouble = Unreachable("no answer")
    await visit.page.get_by_role("button", name="Continuer").click()
    await expect(visit.page.get_by_text("Attendez un peu, puis réessayez")).to_be_visible()
    door.vendor.trouble = None
    await visit.page.get_by_role("button", name="Réessayer").click()
    await expect(visit.page.get_by_role("heading", name="Relais")).to_be_visible()


async def test_a_page_that_could_not_open_can_be_asked_again(visit: Visit, door: WebDoor) -> None:
    door.mute = TryAgain("the outbox is gone")
    await visit.begin()
    await expect(visit.page.get_by_role("button", name="Réessayer")).to_be_focused()
    door.mute = None
    await visit.page.keyboard.press("Enter")
    await visit.waits()


async def test_a_lost_answer_does_not_stop_the_waiting(visit: Visit, door: WebDoor) -> None:
    lost = asyncio.Event()

    async def lose(route: Any) -> None:
        await route.abort()
        lost.set()

    await visit.page.route("**/l/status", lose, times=1)
    await visit.begin()
    await visit.waits()
    await lost.wait()
    await visit.goes_on()


async def test_two_taps_on_continue_ask_for_one_page(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    await visit.goes_on()
    await visit.page.get_by_role("button", name="Continuer").dblclick()
    await expect(visit.page.get_by_role("heading", name="Relais")).to_be_visible()
    assert len(door.vendor.asked) == 1


async def test_the_way_back_can_be_asked_again(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    await visit.goes_on()
    await visit.page.get_by_role("button", name="Continuer").click()
    state = await visit.page.locator("#state").inner_text()
    await visit.page.route("**/l/back", lambda route: route.abort() if route.request.method == "POST" else None)
    await visit.page.goto(f"{door.base}/l/back?state={state}")
    await expect(visit.page.get_by_role("button", name="Réessayer")).to_be_visible()
    await visit.page.unroute("**/l/back")
    await visit.page.get_by_role("button", name="Réessayer").click()
    await expect(visit.page.get_by_role("heading", name="C’est noté")).to_be_visible()
    assert await door.house.states() == ["DONE"]


@pytest.mark.parametrize("visit", [{"viewport": PHONE, "java_script_enabled": False}], indirect=True)
async def test_without_scripts_the_page_says_so(visit: Visit, door: WebDoor) -> None:
    await visit.begin()
    await expect(visit.page.get_by_text("Un instant")).to_be_hidden()
    # Playwright's browser without scripts keeps <noscript> as text that it does not lay out.
    assert "Votre navigateur bloque cette page" in await visit.page.locator("noscript").inner_text()


async def test_a_script_that_is_not_ours_does_not_run(visit: Visit, door: WebDoor) -> None:
    """The policy itself is tried: what it refuses is taken off the list of faults."""
    await visit.begin()
    await visit.waits()
    with pytest.raises(Exception, match=r"TrustedHTML|Trusted Type"):
        await visit.page.evaluate("document.body.innerHTML = '<img src=x>'")
    assert any("Trusted" in fault for fault in visit.faults)
    visit.faults.clear()
