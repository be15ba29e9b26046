"""Draw the schemas of the firm's guide from the SVG files beside this one: `make pictures`.

They stand for pages of Slack's own, and say so: « schéma ». Their numbers are those of the guide's text.
"""

from pathlib import Path

from locales.fr.images.draw import drawn

HERE = Path(__file__).parent


def draw_all(folder: Path) -> None:
    """Each as a PNG."""
    for source in sorted(HERE.glob("*.svg")):
        (folder / f"{source.stem}.png").write_bytes(drawn(source.read_text("utf-8")))


if __name__ == "__main__":
    draw_all(HERE)
