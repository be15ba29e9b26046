"""The page of the secure link before axe-core, the accessibility engine: every view, each width, light and dark."""

import asyncio
from collections.abc import AsyncIterator
from itertools import product
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from bot.adapters.database.links import LIFETIME
from tests import npm
from tests.browser.test_secure_page import DESK, PHONE, SMALL, Visit, door, watch
from tests.secure_page import WebDoor

__all__ = ["door"]  # a fixture
PACKAGE = Path(__file__).parent / "axe"
PROGRAM = "node_modules/axe-core/axe.min.js"
GRAVE = ("serious", "critical")
SCREENS = {
    f"{name}-{scheme}": {"viewport": size, "color_scheme": scheme}
    for (name, size), scheme in product((("small", SMALL), ("phone", PHONE), ("desk", DESK)), ("light", "dark"))
}
LOOK = """async () => (await axe.run(document)).violations.map(({ id, impact, nodes }) => (
  [impact, `${id}: ${nodes.map((each) => each.target.join(" ")).join(", ")}`]
))"""


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    """The engine, a script for the page."""
    assert request.config.cache is not None
    return (npm.installed(request.config.cache, PACKAGE, "axe-core, the accessibility engine,") / PROGRAM).read_text()


@pytest.fixture(params=SCREENS.values(), ids=SCREENS.keys())
async def visit(browser: Browser, door: WebDoor, request: pytest.FixtureRequest) -> AsyncIterator[Visit]:
    """The engine is a script that the page's own policy would not let in; the page itself breaks nothing."""
    context = await browser.new_context(locale="fr-FR", bypass_csp=True, **request.param)
    visit = Visit(await context.new_page(), door)
    watch(visit)
    yield visit
    await context.close()
    assert visit.faults == []


async def faults(page: Page, axe: str) -> list[str]:
    """What is grave for somebody who does not see, or not well, or has no mouse."""
    await page.evaluate(axe)
    found: list[tuple[str, str]] = await page.evaluate(LOOK)
    return [fault for impact, fault in found if impact in GRAVE]


async def shows(visit: Visit, axe: str, view: str) -> None:
    """This view, with nothing wider than the screen and nothing in anybody's way."""
    page = visit.page
    await expect(page.locator(f"[data-view~={view}]").first).to_be_visible()
    await page.wait_for_function("wanted => view === wanted", arg=view)
    assert await visit.fits()
    assert await faults(page, axe) == [], view


async def test_the_engine_finds_what_is_wrong(visit: Visit, door: WebDoor, axe: str) -> None:
    await visit.page.goto(f"{door.base}/l")
    await visit.page.evaluate(
        "document.querySelector('.say').style.color = getComputedStyle(document.body).backgroundColor"
    )
    await visit.page.evaluate("document.documentElement.removeAttribute('lang')")
    assert [each.partition(":")[0] for each in await faults(visit.page, axe)] == ["html-has-lang"]


async def test_nothing_is_in_anybodys_way_to_the_bank(visit: Visit, door: WebDoor, axe: str) -> None:
    held, page = asyncio.Event(), visit.page

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/l/open", hold, times=1)
    await visit.begin()
    await shows(visit, axe, "opening")
    held.set()
    await visit.waits()
    await shows(visit, axe, "waiting")
    await visit.goes_on()
    await shows(visit, axe, "proven")
    await page.route("**/l/claim", lambda route: route.abort(), times=1)
    await page.get_by_role("button", name="Continuer").click()
    await shows(visit, axe, "trouble")
    await page.get_by_role("button", name="Réessayer").click()
    state = await page.locator("#state").inner_text()
    await page.goto(f"{door.base}/l/back?state={state}")
    await shows(visit, axe, "noted")


async def test_nothing_is_in_the_way_where_it_does_not_go_on(visit: Visit, door: WebDoor, axe: str) -> None:
    page = visit.page
    await visit.begin()
    await visit.waits()
    await page.reload()
    await shows(visit, axe, "lost")
    await visit.begin()
    await visit.waits()
    door.house.clock.moment += LIFETIME
    await shows(visit, axe, "closed")

    async def refuse(route: Route) -> None:
        await route.fulfill(status=429, json={})

    await page.route("**/l/open", refuse)
    await visit.begin()
    await shows(visit, axe, "busy")
    await page.route(
        "**/l/back", lambda route: route.abort() if route.request.method == "POST" else route.continue_()
    )
    await page.goto(f"{door.base}/l/back?state=whatever")
    await shows(visit, axe, "trouble")
