"""Powens, with the client's bank secret sent by us: for a firm that is an agent, and for nobody else.

Law: only `credential_mode=own_page` opens this module; in the mode `webview` it cannot be imported. A secret is sent
at most once: nothing here tries again, and what became of a call without an answer is for a reading to say.
"""

import asyncio
import json
import warnings
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime

import httpx
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import RSAKey

from bot.adapters.aggregators.http import AT_THE_BANK
from bot.adapters.aggregators.powens import (
    Powens,
    PowensAccount,
    _bank_answer,
    _Connection,
    _is_about_the_bank,
    _number,
)
from bot.domain.connection import ConnectionRef, Reading
from bot.domain.errors import BadInput, NotTaken, OurBug, Refused, Throttled, TryAgain
from bot.domain.sealing import SealingKey
from bot.domain.secret import Secret

FOR_THE_TOKEN, UNTIL_IT_LEAVES = 10.0, 15.0
"""Seconds. What was typed is not held for longer while nothing happens: together under half a minute."""
SMALLEST_KEY = 2048
ALGORITHMS = ("RSA-OAEP", "RSA-OAEP-256")
"""The first is with SHA-1, and what Powens is known to use; a key that says so itself is used with the second."""


class PowensCredentials(Powens):
    """`Powens` and `SecretTaker`: the same vendor, which may also be given what the client typed."""

    def __init__(
        self,
        account: PowensAccount,
        *,
        now: Callable[[], datetime],
        name: str = "powens",
        sealing: SealingKey | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(account, now=now, name=name, transport=transport)
        self.capabilities = replace(self.capabilities, secret_by_api=True)
        self.sealing = sealing

    async def submit(self, ref: ConnectionRef, values: dict[str, Secret]) -> Reading:
        """See `SecretTaker.submit`. The call lasts as long as the bank takes."""
        try:
            connection = _number(ref.connection or await self._newest_id(ref))
            async with asyncio.timeout(FOR_THE_TOKEN):  # one that has ended is renewed here, not below
                await self._one(ConnectionRef(ref.user, connection))
        except (TryAgain, Refused, OurBug, TimeoutError) as error:
            raise NotTaken(f"{self.name}: {type(error).__name__} before the secret was sent") from None
        body = Once({name: value.reveal() for name, value in values.items()})
        values.clear()
        return await self._send(ref.user, connection, body)

    async def resume(self, ref: ConnectionRef) -> Reading:
        """See `SecretTaker.resume`."""
        connection = _number(ref.connection or await self._newest_id(ref))
        return await self._send(ref.user, connection, Once({"resume": True}))

    async def _send(self, user: str, connection: str, body: "Once") -> Reading:
        try:
            async with asyncio.timeout(UNTIL_IT_LEAVES) as unsent:
                body.leaves = lambda: unsent.reschedule(None)  # from then on it is the bank's time
                answer = await self._as(
                    user,
                    "POST",
                    f"/users/me/connections/{connection}",
                    content=body,
                    patience=AT_THE_BANK,
                    expected=_is_about_the_bank,
                )
            return _bank_answer(answer) if answer.status >= 300 else self._reading(answer.parsed(_Connection))
        except (Throttled, Refused, OurBug) as error:  # refused at the vendor's door: no bank has seen it
            raise NotTaken(f"{self.name}: {type(error).__name__} for what was sent") from None
        except (TryAgain, TimeoutError) as error:
            if body.left:
                raise
            raise NotTaken(f"{self.name}: {type(error).__name__} before anything was sent") from None


class Once:
    """The body of a call, as JSON, which can be read once: it is not kept while the bank thinks, nor sent again."""

    def __init__(self, fields: dict[str, object]) -> None:
        self._body: bytes | None = json.dumps(fields).encode()
        self.length = len(self._body)
        self.left = False
        """Has it been handed to the line?"""
        self.leaves: Callable[[], None] = lambda: None
        """Called when it is."""

    def __repr__(self) -> str:
        return "Once(•••)"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body, self._body = self._body, None
        if body is None:
            raise httpx.StreamConsumed
        self.left = True
        self.leaves()
        yield body


def sealing_key(written: str) -> SealingKey | None:
    """The public key of the vendor's console (a JWK); None where there is none. Raises `BadInput`, in French."""
    if not written.strip():
        return None
    try:
        with warnings.catch_warnings():  # a key that is too short is refused below, in our own words
            warnings.simplefilter("ignore", SecurityWarning)
            key = RSAKey.import_key(json.loads(written))
        members = key.as_dict(private=False)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise BadInput(
            "RESYNC_POWENS_SEAL_KEY n’est pas une clé RSA publique (JWK) : recopiez celle de la console Powens"
        ) from None
    if key.is_private:
        raise BadInput("RESYNC_POWENS_SEAL_KEY est une clé privée : n’écrivez ici que la clé publique de la console")
    algorithm = str(members.get("alg", ALGORITHMS[0]))
    if key.public_key.key_size < SMALLEST_KEY or algorithm not in ALGORITHMS:
        raise BadInput(f"RESYNC_POWENS_SEAL_KEY : il faut {SMALLEST_KEY} bits au moins, et {' ou '.join(ALGORITHMS)}")
    public = {name: str(value) for name, value in members.items() if name in ("kty", "n", "e", "kid")}
    return SealingKey(algorithm, public, each_value=True)
