"""The invitation on paper: on one A4 page whatever the names, with a code that leads to the link, and no request."""

import os
import re
from datetime import date
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from bot.adapters.texts import Texts
from bot.domain.secret import Secret
from bot.invitations import TOGETHER, Invited, Invitee, write_sheets

SHOTS = os.environ.get("RESYNC_SCREENSHOTS", "")
LINK = Secret("https://t.me/resync_bot?start=" + "Ab3_x9-Qk" * 4 + "zZ0lI1O")
ODETTE = Invited(Invitee(7, "Odette Martin", 3, "Le Petit Bouchon", linked=False), LINK, date(2026, 12, 22))
LONG = Invited(Invitee(8, "M" * 40, 4, "Restaurant " + "C" * 69, linked=False), LINK, date(2027, 9, 22))
FIRMS = {"short": "C’ moi le chef", "long": "Cabinet d’expertise comptable " + "F" * 30}


async def opened(browser: Browser, page: Path) -> tuple[Page, list[str]]:
    """The page as on paper, and all that it asked for."""
    asked: list[str] = []
    tab = await browser.new_page(viewport={"width": 794, "height": 1123})  # A4 at 96 dots an inch
    tab.on("request", lambda request: asked.append(request.url))
    await tab.goto(page.as_uri())
    await tab.emulate_media(media="print")
    return tab, asked


def sheets_of(pdf: bytes) -> int:
    """How many pages a PDF of Chromium's has."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


@pytest.mark.parametrize("who", [ODETTE, LONG], ids=["usual", "long"])
@pytest.mark.parametrize("firm", FIRMS)
async def test_an_invitation_fits_on_one_sheet_with_its_code(
    browser: Browser, tmp_path: Path, who: Invited, firm: str
) -> None:
    [page] = write_sheets(tmp_path, [who], Texts(), FIRMS[firm])
    tab, asked = await opened(browser, page)
    pdf = await tab.pdf(prefer_css_page_size=True)
    assert sheets_of(pdf) == 1
    cut = await tab.evaluate(
        "() => { const s = document.querySelector('.sheet'); return s.scrollHeight - s.clientHeight }"
    )
    assert cut <= 0, "nothing is cut off"
    code = await tab.locator(".qr").bounding_box()
    assert code is not None
    assert min(code["width"], code["height"]) > 180  # 48 millimetres
    assert await tab.locator(".qr path").count() >= 1
    last = await tab.locator("aside li").last.bounding_box()
    assert last is not None
    assert last["y"] + last["height"] < 1123
    assert [each for each in asked if not each.startswith(("file:", "data:"))] == []
    if SHOTS:
        await tab.screenshot(path=f"{SHOTS}/invitation-{who.who.contact_id}-{firm}.png", full_page=True)
    await tab.close()


async def test_all_invitations_are_one_sheet_each(browser: Browser, tmp_path: Path) -> None:
    write_sheets(tmp_path, [ODETTE, LONG, ODETTE], Texts(), FIRMS["short"])
    tab, _ = await opened(browser, tmp_path / TOGETHER)
    assert sheets_of(await tab.pdf(prefer_css_page_size=True)) == 3
    drawn = await tab.locator("ol use").evaluate_all("all => all.map(each => each.getBoundingClientRect().width)")
    assert len(drawn) == 6
    assert min(drawn) > 100, "each page shows its pictures"
    await tab.close()


async def test_on_a_telephone_nothing_sticks_out(browser: Browser, tmp_path: Path) -> None:
    [page] = write_sheets(tmp_path, [LONG], Texts(), FIRMS["long"])
    tab = await browser.new_page(viewport={"width": 360, "height": 740})
    await tab.goto(page.as_uri())
    assert await tab.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    await tab.close()
