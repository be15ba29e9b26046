"""The pictures of the steps: ours, or the firm's own where it has put one."""

from pathlib import Path

PICTURES = ("step-a", "step-b", "password-window", "first-accounting", "first-connect", "secure-page")

_OURS = Path(__file__).parent
_SUFFIXES = (".png", ".jpg", ".jpeg")
_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")  # PNG (W3C, section 5.2), JPEG (ITU-T T.81, annex B)
_MOST_BYTES = 10_000_000  # Telegram Bot API, sendPhoto: "must be at most 10 MB in size"


def picture(name: str, override_folder: Path | None) -> Path:
    """Where the picture `name` (one of PICTURES) is: in the firm's folder if it has one there, else ours.

    Raises ValueError, saying what to do, for an unknown name and for a firm's file that
    Telegram would refuse. A folder that is not there counts as an empty one.
    """
    if name not in PICTURES:
        raise ValueError(f"No picture is called {name!r}. Use one of: {', '.join(PICTURES)}.")
    theirs = _find(name, override_folder)
    return _checked(theirs) if theirs else _OURS / f"{name}.png"


def _find(name: str, folder: Path | None) -> Path | None:
    """The firm's file, whatever the case of its name (STEP-A.JPG comes from many cameras); PNG goes first."""
    if folder is None or not folder.is_dir():
        return None
    named_so = {path.suffix.lower(): path for path in sorted(folder.iterdir()) if path.stem.lower() == name}
    return next((named_so[suffix] for suffix in _SUFFIXES if suffix in named_so), None)


def _checked(path: Path) -> Path:
    with path.open("rb") as file:
        start = file.read(8)
    if not start.startswith(_SIGNATURES):
        raise ValueError(f"{path} is not a PNG or JPEG picture. Save it again as PNG, or remove it to use ours.")
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path} is over 10 MB, the most Telegram takes. Make it smaller, or remove it to use ours.")
    return path
