"""What Telegram signs when a Mini App opens (initData): who is there, and proof that Telegram says so.

Law: nothing of it is believed before its signature holds. core.telegram.org/bots/webapps, « Validating data »,
with three rules more: no key twice, none signed in the future, and none older than five minutes.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bot.domain.secret import Secret

LONGEST = 4096
"""Bytes; what Telegram sends has about 700."""
EARLY, LATE = 30, 300
"""Seconds. A little of the future is a clock that goes wrong; five minutes are enough to open a page."""
HASH = re.compile(r"[0-9a-f]{64}")
SIGNATURE = re.compile(r"[A-Za-z0-9_-]{86}")
SECONDS = re.compile(r"[0-9]{1,12}")
PRODUCTION_KEY = "e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d"
TEST_KEY = "40055058a4ee38156a06562e52eece92a771bcd8346a8c4615cb7376eddf72ec"
"""Telegram's own keys, of its servers and of those for tests."""


class NotProven(ValueError):
    """Telegram did not say so, or not just now. The reason is for the log: it holds nothing of what was sent."""


@dataclass(frozen=True)
class Visitor:
    """Whoever opened the Mini App, as Telegram signed it."""

    user: int
    proof: str
    """SHA-256 of what was signed, the same however it is written: by it a replay is known."""


Check = Callable[[Mapping[str, str]], str]
"""Gives the proof of authentic fields; raises `NotProven`."""


def derived_key(token: Secret) -> Secret:
    """What the hash is made with: enough for whoever only checks, who then needs no token."""
    return Secret(hmac.digest(b"WebAppData", token.reveal().encode(), "sha256").hex())


def by_hash(key: Secret) -> Check:
    """`hash`: HMAC-SHA256 with the key derived from the bot's token. Every client of Telegram's sends it."""

    def check(fields: Mapping[str, str]) -> str:
        expected = hmac.digest(bytes.fromhex(key.reveal()), lines(fields, without={"hash"}), "sha256").hex()
        if not hmac.compare_digest(expected, fields["hash"]):
            raise NotProven("the hash is not of this bot")
        return hashlib.sha256(expected.encode()).hexdigest()

    return check


def by_signature(bot_id: str, public_key: str, otherwise: Check) -> Check:
    """`signature`: Ed25519 with Telegram's key. Clients older than Bot API 8.0 send none; `otherwise` is for them.

    `hash` is not signed here, and could be any: so what was signed is the proof, not the hash.
    """
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))

    def check(fields: Mapping[str, str]) -> str:
        if "signature" not in fields:
            return otherwise(fields)
        message = f"{bot_id}:WebAppData\n".encode() + lines(fields, without={"hash", "signature"})
        try:
            key.verify(decoded(fields["signature"]), message)
        except InvalidSignature:
            raise NotProven("the signature is not Telegram's, or not for this bot") from None
        return hashlib.sha256(message).hexdigest()

    return check


def lines(fields: Mapping[str, str], without: set[str]) -> bytes:
    """What Telegram signs: `key=value`, sorted, one a line."""
    return "\n".join(sorted(f"{name}={value}" for name, value in fields.items() if name not in without)).encode()


def decoded(signature: str) -> bytes:
    """Base64url without padding, in its one canonical form."""
    if not SIGNATURE.fullmatch(signature):
        raise NotProven("the signature is malformed")
    raw = base64.urlsafe_b64decode(signature + "==")
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != signature:
        raise NotProven("the signature is malformed")
    return raw


def read_init_data(raw: str, now: float, check: Check) -> Visitor:
    """Who opened the Mini App. `now`: seconds since 1970. Raises `NotProven`."""
    fields = split(raw)
    proof = check(fields)
    if not -EARLY <= now - int(fields["auth_date"]) <= LATE:
        raise NotProven("signed too long ago, or in the future")
    return Visitor(user_of(fields["user"]), proof)


def split(raw: str) -> dict[str, str]:
    """The fields, each once; none can pass for two lines of what was signed."""
    if len(raw) > LONGEST or not raw.isascii():  # a query string is ASCII
        raise NotProven("too long, or no query string")
    try:
        pairs = parse_qsl(raw, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError:
        raise NotProven("no query string") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NotProven("a key stands twice")
    if any("\n" in name or "=" in name or "\n" in value for name, value in pairs):
        raise NotProven("a field is more than a line")
    if not {"hash", "auth_date", "user"} <= fields.keys():
        raise NotProven("a key is missing")
    if not HASH.fullmatch(fields["hash"]) or not SECONDS.fullmatch(fields["auth_date"]):
        raise NotProven("a field is malformed")
    return fields


def user_of(signed: str) -> int:
    """The id in the JSON that was signed."""
    try:
        user = json.loads(signed)
    except (ValueError, RecursionError):
        raise NotProven("the user is malformed") from None
    number = user.get("id") if isinstance(user, dict) else None
    if type(number) is not int:  # True is an int too
        raise NotProven("the user is malformed")
    return number
