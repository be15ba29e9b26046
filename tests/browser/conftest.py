"""A real browser: the Chromium of this machine, driven by Playwright, which may reach this machine only."""

import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.journeys.conftest import furnished, logs, open_story

__all__ = ["browser", "furnished", "logs", "open_story"]  # a story of the whole program, for a page in a browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser for one test; skipped where the machine has none."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(f"no browser on this machine: install one of {', '.join(PROGRAMS)}")
    async with async_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=program, args=args)
        yield browser
        await browser.close()
