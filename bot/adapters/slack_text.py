"""Plain words across Slack's border: what a client wrote never comes alive there, what staff wrote never here.

Source: docs.slack.dev, Messaging > Formatting message text.
"""

import html
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

# Controls of direction and of no width, which hide or turn text around; other controls; lone surrogates.
HIDDEN = re.compile(
    "[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]"
)
TOKEN = re.compile(r"<([^<>\s][^<>]*)>")
MENTION = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>")
NOTHING = "–"  # an empty text is refused by Slack


def visible(text: str) -> str:
    """Without what one cannot see: controls of direction, of no width, and all others but line breaks."""
    return HIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def shortened(text: str, most: int) -> str:
    """At most so many characters; never empty."""
    kept = visible(text).strip() or NOTHING
    return kept if len(kept) <= most else kept[: most - 1] + "…"


def escaped(text: str, most: int = 3000) -> str:
    """For a `text` of Slack's, where `&`, `<` and `>` begin links and mentions."""
    return html.escape(shortened(text, most), quote=False)


def mentioned(text: str) -> list[str]:
    """The ids of the people that a message mentions, each once."""
    return list(dict.fromkeys(MENTION.findall(text)))


def clean_for_client(text: str, names: Mapping[str, str] | None = None) -> str:
    """What a member of staff wrote in Slack, as plain words: no markup, links with their true host.

    `names`: first names by user id, for mentions that carry none.
    """

    def plain(token: re.Match[str]) -> str:
        return spelled(token[1], names or {})

    return visible(html.unescape(TOKEN.sub(plain, text))).strip()


def spelled(token: str, names: Mapping[str, str]) -> str:
    """One of Slack's tokens, without its angle brackets."""
    target, _, label = token.partition("|")
    match target[:1]:
        case "@":
            return names.get(target[1:], label.lstrip("@"))
        case "#":
            return f"#{label}" if label else ""
        case "!":
            return label or f"@{target[1:].partition('^')[0]}"
        case _:
            return link(target, label)


def link(url: str, label: str) -> str:
    """The address itself; under another label, the label and where it really leads."""
    address = url.removeprefix("mailto:").removeprefix("tel:")
    bare = re.sub(r"^https?://", "", address).rstrip("/")
    if not label or label.rstrip("/") in (address, bare):
        return label or address
    return f"{label} ({urlsplit(url).hostname or address})"
