"""The pictures of the steps: true to their sources, readable on a phone, replaceable by the firm's."""

import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from resvg_py import svg_to_bytes

from locales.fr.images import PICTURES, picture
from locales.fr.images.draw import HERE, draw_all, whole_svg

PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff\xe0"
SVG = "{http://www.w3.org/2000/svg}"

# The words of the firm's procedure, that the client has under the eyes while looking at the picture.
LABELS = [
    ("step-a", "COMPTABILITÉ"),
    ("step-a", "votre banque synchronisée"),
    ("step-b", "Synchronisation avec la banque"),
    ("step-b", "en haut à droite de la page"),
    ("password-window", "suivant"),
    ("password-window", "nouveau mot de passe"),
    ("first-accounting", "COMPTABILITÉ"),
    ("first-accounting", "Nouveau compte bancaire"),
    ("first-connect", "la période"),
    ("secure-page", "Votre banque"),
    ("secure-page", "Continuer"),
]


def elements(name: str) -> list[ElementTree.Element]:
    """What the picture really shows: its own elements, and the shared ones that it uses, directly or not."""
    root = ElementTree.fromstring(whole_svg(name))
    by_id = {element.get("id"): element for element in root.iter()}
    shown: list[ElementTree.Element] = []
    waiting = [child for child in root if child.tag != f"{SVG}svg"]
    while waiting:
        element = waiting.pop(0)
        shown.append(element)
        waiting[:0] = list(element)
        if element.tag == f"{SVG}use":
            waiting.insert(0, by_id[element.attrib["href"].removeprefix("#")])
    return shown


def words(name: str) -> str:
    return " ".join(element.text or "" for element in elements(name) if element.tag == f"{SVG}text")


def glyph(letter: str, weight: int) -> bytes:
    return svg_to_bytes(
        svg_string=f'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="60"><text x="9" y="42"'
        f' font-family="Nunito" font-weight="{weight}" font-size="40">{letter}</text></svg>',
        skip_system_fonts=True,
        font_dirs=[str(HERE / "fonts")],
    )


@pytest.fixture(scope="module")
def redrawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    draw_all(folder)
    return folder


@pytest.mark.parametrize("name", PICTURES)
def test_drawing_again_gives_the_committed_picture_byte_for_byte(name: str, redrawn: Path) -> None:
    same = picture(name, None).read_bytes() == (redrawn / f"{name}.png").read_bytes()
    assert same, f"{name}.png is not what its sources draw: run `make pictures` and commit the result"


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_suits_a_phone(name: str) -> None:
    data = picture(name, None).read_bytes()
    assert data.startswith(PNG)
    assert struct.unpack(">II", data[16:24]) == (1080, 1350)
    assert len(data) < 200_000


def test_no_text_is_too_small_to_be_read_on_a_phone() -> None:
    sources = [*HERE.glob("*.svg"), HERE / "style.css"]
    sizes = [int(size) for path in sources for size in re.findall(r"font-size: (\d+)px", path.read_text("utf-8"))]
    assert min(sizes) >= 36  # 12 px where the picture is shown 360 px wide, a third of its size


@pytest.mark.parametrize(("name", "label"), LABELS)
def test_the_words_are_those_of_the_procedure(name: str, label: str) -> None:
    assert label in words(name)


def test_the_secure_page_shows_one_button_and_no_field() -> None:
    classes = [element.get("class") for element in elements("secure-page") if element.tag == f"{SVG}rect"]
    assert classes.count("blue") == 1
    assert "field" not in classes


@pytest.mark.parametrize("weight", [600, 800])
def test_our_fonts_have_every_letter_of_the_pictures(weight: int) -> None:
    letters = set("".join(words(name) for name in PICTURES)) - {" "}
    absent = glyph("一", weight)
    assert {letter for letter in letters if glyph(letter, weight) == absent} == set()


@pytest.mark.parametrize("file_name", ["step-a.png", "step-a.jpg", "step-a.jpeg", "STEP-A.JPG"])
def test_the_firms_own_picture_goes_first(tmp_path: Path, file_name: str) -> None:
    (tmp_path / file_name).write_bytes(PNG if file_name.endswith("png") else JPEG)
    assert picture("step-a", tmp_path) == tmp_path / file_name
    assert picture("step-b", tmp_path) == HERE / "step-b.png"


def test_of_two_pictures_of_the_firm_the_png_is_taken(tmp_path: Path) -> None:
    (tmp_path / "step-a.jpg").write_bytes(JPEG)
    (tmp_path / "step-a.png").write_bytes(PNG)
    assert picture("step-a", tmp_path) == tmp_path / "step-a.png"


def test_a_folder_not_made_yet_means_our_pictures(tmp_path: Path) -> None:
    assert picture("step-a", tmp_path / "absent") == HERE / "step-a.png"


def test_a_file_that_is_no_picture_is_refused_until_it_is_replaced(tmp_path: Path) -> None:
    theirs = tmp_path / "step-a.png"
    theirs.write_bytes(b"%PDF-1.7 a scan")
    with pytest.raises(ValueError, match=r"step-a\.png is not a PNG or JPEG picture\. Save it again as PNG"):
        picture("step-a", tmp_path)
    theirs.write_bytes(PNG)
    assert picture("step-a", tmp_path) == theirs


def test_a_picture_over_ten_megabytes_is_refused_until_it_is_made_smaller(tmp_path: Path) -> None:
    theirs = tmp_path / "step-a.jpg"
    theirs.write_bytes(JPEG.ljust(10_000_001, b"\0"))
    with pytest.raises(ValueError, match=r"step-a\.jpg is over 10 MB.*Make it smaller"):
        picture("step-a", tmp_path)
    theirs.write_bytes(JPEG.ljust(10_000_000, b"\0"))
    assert picture("step-a", tmp_path) == theirs


def test_an_unknown_picture_is_answered_with_the_known_names() -> None:
    with pytest.raises(ValueError, match=r"No picture is called 'step-z'\. Use one of: step-a, step-b"):
        picture("step-z", None)
