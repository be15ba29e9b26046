"""Mini Apps: what Telegram tells a page of whoever opened it, signed both ways, and how the page gets it.

core.telegram.org/bots/webapps: `hash` is HMAC-SHA256 with a key made from the bot's token, `signature` is Ed25519
with Telegram's own key, which here is the sandbox's own.
"""

import base64
import hashlib
import hmac
import json
import secrets
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.sandbox.telegram.limits import Json

_THEME = {"bg_color": "#ffffff", "text_color": "#000000", "button_color": "#2481cc", "button_text_color": "#ffffff"}


class Signer:
    """Signs for one bot."""

    def __init__(self, token: str) -> None:
        self._bot = token.partition(":")[0]
        self._key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
        self._private = Ed25519PrivateKey.generate()
        self.public_key = self._private.public_key().public_bytes_raw().hex()

    def signed(self, user: Json, seconds: int) -> str:
        """The query string that a Mini App opened by `user` gets; `seconds`: since 1970."""
        about = user | {"allows_write_to_pm": True}
        about.pop("is_bot", None)
        fields = {
            "query_id": "AA" + secrets.token_urlsafe(16),
            "user": json.dumps(about, ensure_ascii=False, separators=(",", ":")),
            "auth_date": str(seconds),
        }
        fields["signature"] = self._signature(fields)
        fields["hash"] = hmac.new(self._key, _lines(fields), hashlib.sha256).hexdigest()
        return urlencode(fields, quote_via=quote)

    def _signature(self, fields: dict[str, str]) -> str:
        message = f"{self._bot}:WebAppData\n".encode() + _lines(fields)
        return base64.urlsafe_b64encode(self._private.sign(message)).decode().rstrip("=")


def launched(url: str, init_data: str) -> str:
    """The page's address as a phone loads it: behind a fragment of the bot's own, Telegram's begins with a « ? »."""
    told = {
        "tgWebAppData": init_data,
        "tgWebAppVersion": "9.1",
        "tgWebAppPlatform": "android",
        "tgWebAppThemeParams": json.dumps(_THEME, separators=(",", ":")),
    }
    page, _, fragment = url.partition("#")
    joint = "" if not fragment else "&" if "=" in fragment or "?" in fragment else "?"
    return f"{page}#{fragment}{joint}{urlencode(told, quote_via=quote)}"


def _lines(fields: dict[str, str]) -> bytes:
    return "\n".join(f"{name}={fields[name]}" for name in sorted(fields)).encode()
