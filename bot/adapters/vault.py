"""The vault: a key pair for each link, and the one place that opens what a browser sealed to it.

Law: private keys are in memory only, open once, and are gone on use, at the link's end, or when it is revoked. What
was sealed to a key that is gone cannot be read by anybody, this program included.
"""

import asyncio
import contextlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated

from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry, decrypt_compact
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.domain.errors import KeyGone
from bot.domain.login_form import FIELD_NAME, FIELDS_AT_MOST
from bot.domain.sealing import SealingKey
from bot.domain.secret import Secret
from bot.ports import Clock

LONGEST_VALUE = 1000
LONGEST_SEALED = 16_000
_READS = JWERegistry(algorithms=["ECDH-ES", "A256GCM"])

_Name = Annotated[str, Field(pattern=FIELD_NAME)]
_Value = Annotated[str, Field(max_length=LONGEST_VALUE)]


class _Payload(BaseModel):
    """What the page seals: for which link, and the fields."""

    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    lid: int
    p: Annotated[dict[_Name, _Value], Field(min_length=1, max_length=FIELDS_AT_MOST)]


@dataclass(frozen=True)
class _Held:
    key: ECKey = field(repr=False)
    until: datetime


class KeyVault:
    """Holds at most one key pair for each link."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[int, _Held] = {}

    def new_key(self, link_id: int, until: datetime) -> SealingKey:
        """A fresh key pair for a link, good once and until its end; the one before it is gone."""
        key = ECKey.generate_key("P-256", {"kid": secrets.token_urlsafe(12)}, private=True)
        held = self._held[link_id] = _Held(key, until)
        self._drop_at_its_end(link_id, held)
        public = {name: str(value) for name, value in key.as_dict(private=False).items()}
        return SealingKey("ECDH-ES", public)

    def open(self, link_id: int, sealed: Secret) -> dict[str, Secret]:
        """What was typed, by field; the key is gone with it, whatever comes of it.

        Raises `KeyGone` where there is no such key any more, or where something else was sealed to it.
        """
        held = self._held.pop(link_id, None)
        if held is None or held.until <= self._clock.now() or len(sealed.reveal()) > LONGEST_SEALED:
            raise KeyGone("there is no key for what was sealed")
        payload = _read(sealed, held.key)
        if payload is None or payload.lid != link_id:
            raise KeyGone("what was sealed is not of the expected form, or for another link")
        return {name: Secret(value) for name, value in payload.p.items()}

    def forget(self, link_id: int) -> None:
        """The link is over."""
        self._held.pop(link_id, None)

    def _drop_at_its_end(self, link_id: int, held: _Held) -> None:
        """By the real time too: `open` asks the clock, but a key that nobody asks for must go as well."""

        def drop() -> None:
            if self._held.get(link_id) is held:
                del self._held[link_id]

        with contextlib.suppress(RuntimeError):  # no loop runs: whoever opens it asks the clock
            seconds = (held.until - self._clock.now()).total_seconds()
            asyncio.get_running_loop().call_later(max(seconds, 0.0), drop)


def _read(sealed: Secret, key: ECKey) -> _Payload | None:
    """None for whatever is not sealed to this key, in this form: what a stranger sends may raise anything."""
    try:
        return _Payload.model_validate_json(decrypt_compact(sealed.reveal(), key, registry=_READS).plaintext or b"")
    except (JoseError, ValidationError, ValueError, TypeError, KeyError, AssertionError):
        return None
