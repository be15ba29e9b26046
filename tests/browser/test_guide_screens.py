"""The pictures of Slack in the firm's guide can be taken again, and are those that it shows."""

from pathlib import Path

from playwright.async_api import Browser

from docs.images.schemas import HERE
from docs.images.screens import take_all
from tests.test_guide import LARGEST, SCHEMAS


async def test_the_guides_pictures_are_taken_from_the_demonstration(browser: Browser, tmp_path: Path) -> None:
    await take_all(browser, tmp_path)
    taken = sizes(tmp_path)
    assert set(taken) == set(sizes(HERE)) - set(SCHEMAS)
    assert max(taken.values()) < LARGEST


def sizes(folder: Path) -> dict[str, int]:
    """The bytes of each picture."""
    return {each.stem: each.stat().st_size for each in folder.glob("*.png")}
