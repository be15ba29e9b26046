"""The guide's pictures are there, fit for a phone, and told in words; its schemas say what they are."""

import re
import struct
from pathlib import Path

import pytest

from docs.images.schemas import HERE, draw_all

GUIDE = HERE.parent / "guide-cabinet.md"
SHOWN = re.findall(r'<img src="images/([a-z-]+)\.png" width="(\d+)" alt="([^"]+)">', GUIDE.read_text("utf-8"))
SCHEMAS = sorted(each.stem for each in HERE.glob("*.svg"))
LARGEST = 150_000


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("schemas")
    draw_all(folder)
    return folder


def test_the_guide_shows_every_picture_once_and_no_other() -> None:
    assert sorted(name for name, _, _ in SHOWN) == sorted(each.stem for each in HERE.glob("*.png"))
    assert GUIDE.read_text("utf-8").count("<img") == len(SHOWN)


@pytest.mark.parametrize(("name", "width"), [(name, int(width)) for name, width, _ in SHOWN])
def test_a_picture_is_sharp_on_a_phone_and_soon_there(name: str, width: int) -> None:
    data = (HERE / f"{name}.png").read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">I", data[16:20])[0] >= 1.8 * width
    assert width <= 430
    assert len(data) < LARGEST


@pytest.mark.parametrize("name", SCHEMAS)
def test_drawing_a_schema_again_gives_the_committed_one_byte_for_byte(name: str, redrawn: Path) -> None:
    same = (HERE / f"{name}.png").read_bytes() == (redrawn / f"{name}.png").read_bytes()
    assert same, f"{name}.png is not what its source draws: run `make pictures` and commit the result"


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_says_that_it_is_one(name: str) -> None:
    assert ">schéma</text>" in (HERE / f"{name}.svg").read_text("utf-8")
    assert next(words for shown, _, words in SHOWN if shown == name).startswith("Schéma")


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_text_before_a_schema_speaks_of_each_of_its_numbers(name: str) -> None:
    numbers = re.findall(r'class="number" y="18">(\d)<', (HERE / f"{name}.svg").read_text("utf-8"))
    told = GUIDE.read_text("utf-8").partition(f'<img src="images/{name}.png')[0].rpartition("<img")[2]
    assert [chr(0x2460 + int(each) - 1) for each in numbers] == re.findall("[①-⑳]", told)


def test_every_link_inside_of_the_guide_leads_to_a_heading() -> None:
    guide = GUIDE.read_text("utf-8")
    headings = {slug(each) for each in re.findall(r"^#+ (.+)$", guide, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", guide)) - headings == set()


def slug(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
