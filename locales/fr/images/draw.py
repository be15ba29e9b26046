"""Draw the pictures of the steps from the SVG files beside this one: `make pictures`.

Law: the same sources and the same resvg give the same bytes on every machine. So the fonts are ours, and the
system's are never looked at.
"""

from pathlib import Path

from resvg_py import svg_to_bytes

from locales.fr.images import PICTURES

HERE = Path(__file__).parent


def draw(name: str) -> bytes:
    """The picture called `name` (one of PICTURES), as a PNG."""
    return drawn(whole_svg(name))


def drawn(svg: str) -> bytes:
    """In our style and our fonts alone, as a PNG."""
    return svg_to_bytes(
        svg_string=svg,
        style_sheet=_read("style.css"),
        skip_system_fonts=True,
        font_dirs=[str(HERE / "fonts")],
    )


def whole_svg(name: str) -> str:
    """The SVG with the shared parts inside: a browser follows `parts.svg#…`, resvg opens no second file."""
    return _read(f"{name}.svg").replace('"parts.svg#', '"#').replace("</svg>", _read("parts.svg") + "</svg>")


def draw_all(folder: Path) -> None:
    for name in PICTURES:
        (folder / f"{name}.png").write_bytes(draw(name))


def _read(file_name: str) -> str:
    return (HERE / file_name).read_text(encoding="utf-8")


if __name__ == "__main__":
    draw_all(HERE)
