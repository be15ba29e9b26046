"""What Telegram refuses, and in which words.

The texts are those of the open Bot API server (github.com/tdlib/telegram-bot-api) and of TDLib; the numbers
are those of core.telegram.org/bots/api. Where neither says, the constant's comment does.
"""

import json
import re
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

Json = dict[str, Any]

TEXT = 4096
CAPTION = 1024
TOAST = 200
CALLBACK_DATA_BYTES = 64
COPY_TEXT = 256
# Not in the documentation: what servers were seen to hold (github.com/tginfo/Telegram-Limits, 187 and 228).
# The real one may show a longer row cut; we refuse it, for a bot should not send one.
BUTTONS = 100
BUTTONS_A_ROW = 8
MARKUP_BYTES = 10_000
PHOTO_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
DOWNLOAD_BYTES = 20 * 1024 * 1024
ALBUM = range(2, 11)
DELETABLE_SECONDS = 48 * 3600
# Not in the documentation: clients stop waiting for an answer to a press after half a minute at most.
ANSWER_SECONDS = 30

_START_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST = re.compile(r"[\w.~%!$&'()*+,;=-]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=//|[^0-9])")
_APP_SCHEMES = ("tg", "ton", "tonsite")
_KINDS_OF_BUTTON = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)
_STYLES = ("danger", "success", "primary")


class Refusal(Exception):
    """The server refuses the call: `code` and `description` are what the bot reads."""

    def __init__(self, code: int, description: str, retry_after: int | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.retry_after = retry_after

    def body(self) -> Json:
        """The answer's JSON body."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        return body


def bad(text: str) -> Refusal:
    """A 400, worded as the server words it."""
    return Refusal(400, f"Bad Request: {text}")


def check_text(text: str) -> None:
    """`text` is what remains once the markup is parsed."""
    if not text:
        raise bad("message text is empty")
    if len(text) > TEXT:
        raise bad("message is too long")


def check_caption(caption: str) -> None:
    """A caption may be empty, a text may not."""
    if len(caption) > CAPTION:
        raise bad("message caption is too long")


def check_start_payload(payload: str) -> None:
    """A deep link's payload; raises ValueError, as no phone would open such a link."""
    if not _START_PAYLOAD.fullmatch(payload):
        raise ValueError(f"a start payload is 1 to 64 of A-Z a-z 0-9 _ and -, not {payload!r}")


def checked_url(url: str, *, allow_localhost: bool) -> str:
    """The address as Telegram stores it; raises ValueError with Telegram's reason.

    TDLib's LinkManager wants a dot in the host: http://localhost is refused and http://127.0.0.1 accepted.
    """
    scheme = _SCHEME.match(url)
    if scheme is None:
        url = f"http://{url}"
    elif scheme[1].lower() in _APP_SCHEMES:
        return _checked_app_url(scheme[1].lower(), url[scheme.end() :].removeprefix("//"))
    elif scheme[1].lower() not in ("http", "https"):
        raise ValueError("Unsupported URL protocol")
    return _checked_http_url(url, allow_localhost)


def _checked_app_url(scheme: str, rest: str) -> str:
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not host:
        raise ValueError("URL host is empty")
    if not re.fullmatch(r"[A-Za-z0-9_-]+" if scheme != "tonsite" else r"[A-Za-z0-9_.-]+", host):
        raise ValueError("Unallowed characters in URL host")
    return f"{scheme}://{rest}"


def _checked_http_url(url: str, allow_localhost: bool) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as broken:
        raise ValueError("Wrong port number specified in the URL") from broken
    if not host:
        raise ValueError("URL host is empty")
    if ":" not in host and not _HOST.fullmatch(host):
        raise ValueError("Disallowed character in URL host")
    if "." not in host and ":" not in host and not (allow_localhost and host == "localhost"):
        raise ValueError("Wrong HTTP URL")
    login = parts.netloc.rpartition("@")[0]
    shown = f"[{host}]" if ":" in host else host
    netloc = (f"{login}@" if login else "") + shown + (f":{port}" if port else "")
    return parts._replace(scheme=parts.scheme.lower(), netloc=netloc, path=parts.path or "/").geturl()


def is_loopback(host: str) -> bool:
    """This machine, and nobody else's."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def checked_keyboard(markup: Json, *, private: bool, allow_localhost: bool) -> Json | None:
    """An inline keyboard as Telegram stores it (None when it has no button at all)."""
    rows: list[list[Json]] = [row for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > BUTTONS or any(len(row) > BUTTONS_A_ROW for row in rows):
        raise bad("reply markup is too long")
    kept = [[_checked_button(button, private, allow_localhost) for button in row] for row in rows]
    if len(json.dumps(kept, ensure_ascii=False).encode()) > MARKUP_BYTES:
        raise bad("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _checked_button(button: Json, private: bool, allow_localhost: bool) -> Json:
    if not button["text"].strip():
        raise bad("keyboard button text must be non-empty")
    if button.get("style", "primary") not in _STYLES:
        raise bad("invalid button style specified")
    kinds = [kind for kind in _KINDS_OF_BUTTON if kind in button]
    if not kinds:
        raise bad("text buttons are unallowed in the inline keyboard")
    if len(kinds) > 1:
        raise bad(f"an inline keyboard button does one thing, not {' and '.join(kinds)}")
    if not private and kinds == ["web_app"]:
        raise bad("BUTTON_TYPE_INVALID")
    _check_data(button)
    return _with_checked_urls(button, allow_localhost)


def _check_data(button: Json) -> None:
    if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= CALLBACK_DATA_BYTES:
        raise bad("BUTTON_DATA_INVALID")
    if "copy_text" in button and not 1 <= len(button["copy_text"]["text"]) <= COPY_TEXT:
        raise bad("BUTTON_COPY_TEXT_INVALID")
    if "pay" in button or "callback_game" in button:
        raise bad("BUTTON_TYPE_INVALID")


def _with_checked_urls(button: Json, allow_localhost: bool) -> Json:
    if "url" in button:
        url = button["url"]
        try:
            return {**button, "url": checked_url(url, allow_localhost=allow_localhost)}
        except ValueError as why:
            raise bad(f"inline keyboard button URL '{url}' is invalid: {why}") from why
    if "web_app" in button:
        what = "inline keyboard button Web App URL"
        return {**button, "web_app": checked_web_app(button["web_app"], what, allow_loopback=allow_localhost)}
    return button


def checked_web_app(web_app: Json, what: str, *, allow_loopback: bool = False) -> Json:
    """Mini Apps open over HTTPS only; over http on loopback where the sandbox is to be lax."""
    url = web_app["url"]
    try:
        checked = checked_url(url, allow_localhost=allow_loopback)
    except ValueError as why:
        raise bad(f"{what} '{url}' is invalid: {why}") from why
    if not checked.startswith("https://") and not (allow_loopback and is_loopback(urlsplit(checked).hostname or "")):
        raise bad(f"{what} '{url}' is invalid: Only HTTPS links are allowed")
    return {"url": checked}
