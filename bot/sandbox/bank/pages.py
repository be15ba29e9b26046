"""What the sandbox bank's two web spaces share: the document around a page, forms, dates, and our own files.

No page asks anything of a third party, and none may be cached. They may be framed: the demo page shows them.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl

from babel.dates import format_date, format_datetime
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from bot.sandbox.bank.world import PARIS

_FILES = Path(__file__).parent / "static"
_TEMPLATES = Path(__file__).parent / "templates"
_PIECE = re.compile(r"^<!-- # ([a-z0-9-]+) -->\n", re.MULTILINE)
_LARGEST_FORM = 16 * 1024
_HUES = 6
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True)
class Markup:
    """HTML that is safe to put into a page; made only by this package."""

    html: str

    def __add__(self, other: "Markup") -> "Markup":
        return Markup(self.html + other.html)


NOTHING = Markup("")


def fill(template: str, **values: "str | int | Markup") -> Markup:
    """A template with its `{names}` filled in; plain text is escaped, markup is not."""
    safe = {n: v.html if isinstance(v, Markup) else escape(str(v)) for n, v in values.items()}
    return Markup(template.format(**safe))


def pieces(space: str) -> dict[str, str]:
    """The templates of one web space by name."""
    _, *parts = _PIECE.split((_TEMPLATES / f"{space}.html").read_text("utf-8"))
    return {name: text.strip() for name, text in zip(parts[::2], parts[1::2], strict=True)}


def joined(parts: "list[Markup]") -> Markup:
    """Several pieces one after the other."""
    return Markup("".join(part.html for part in parts))


_DOCUMENT = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{root}/banque-static/{sheet}.css">
<script src="{root}/banque-static/pages.js" defer></script>
</head><body>{body}</body></html>"""


def page(request: Request, title: str, body: Markup, *, sheet: str, status: int = 200) -> HTMLResponse:
    """A whole page in one of our two looks: `sheet` is the name of its style file."""
    document = fill(_DOCUMENT, title=title, root=root(request), sheet=sheet, body=body)
    return HTMLResponse(document.html, status, _HEADERS)


def root(request: Request) -> str:
    """The prefix that the bank's routes are mounted under, empty or `/like-this`."""
    return str(request.scope.get("root_path", "")).rstrip("/")


def avatar(bank: str) -> Markup:
    """A round initial in the bank's own colour."""
    hue = sum(map(ord, bank)) % _HUES
    return fill('<span class="avatar hue-{hue}" aria-hidden="true">{first}</span>', hue=hue, first=bank[:1])


def day(moment: datetime) -> str:
    """« 23 novembre 2026 »"""
    return format_date(moment.astimezone(PARIS).date(), "long", locale="fr")


def short_day(moment: datetime) -> str:
    """« 23 nov. »"""
    return format_date(moment.astimezone(PARIS).date(), "d MMM", locale="fr")


def moment(when: datetime) -> str:
    """« 23 novembre 2026 à 10:04 »"""
    return format_datetime(when.astimezone(PARIS), "d MMMM y 'à' HH:mm", locale="fr")


async def form(request: Request) -> dict[str, str]:
    """The fields of a posted form. Raises 413 where it is larger than any of ours."""
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _LARGEST_FORM:
            raise HTTPException(413)
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20))


def static_files() -> Mount:
    """Our style sheets and script."""
    return Mount("/banque-static", StaticFiles(directory=_FILES))
