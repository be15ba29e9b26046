"""Who may call the sandbox aggregator: client credentials, users' tokens, codes for the hosted page."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

CODE_LIFE = timedelta(minutes=30)
"""How long a temporary token or a code for the hosted page lives at Powens."""


@dataclass(frozen=True)
class _Grant:
    user: int
    until: datetime | None
    single: bool = False


class Access:
    """Tokens and codes, each good for one user."""

    def __init__(self, client_id: str, client_secret: str, now: Callable[[], datetime]) -> None:
        self._client = (client_id, client_secret)
        self._now = now
        self._tokens: dict[str, _Grant] = {}
        self._codes: dict[str, _Grant] = {}

    def knows(self, client_id: str, client_secret: str) -> bool:
        """Are these the credentials of our client?"""
        given = (client_id, client_secret)
        return all(hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, self._client, strict=True))

    def token(self, user: int, *, permanent: bool = True) -> str:
        """A new bearer token of that user."""
        token = secrets.token_urlsafe(32)
        self._tokens[token] = _Grant(user, None if permanent else self._now() + CODE_LIFE)
        return token

    def revoke(self, user: int) -> None:
        """Every token of that user stops working."""
        self._tokens = {token: grant for token, grant in self._tokens.items() if grant.user != user}

    def bearer(self, token: str) -> int | None:
        """The user of a bearer token or of a code that may be used several times."""
        grant = self._tokens.get(token) or self._codes.get(token)
        if grant is None or grant.single or not self._alive(grant):
            return None
        return grant.user

    def code(self, user: int, *, single: bool) -> str:
        """A temporary code of that user."""
        code = secrets.token_urlsafe(24)
        self._codes = {code: grant for code, grant in self._codes.items() if self._alive(grant)}
        self._codes[code] = _Grant(user, self._now() + CODE_LIFE, single)
        return code

    def redeem(self, code: str) -> int | None:
        """Use up a single-access code: its user, once."""
        grant = self._codes.get(code)
        if grant is None or not grant.single:
            return None
        del self._codes[code]
        return grant.user if self._alive(grant) else None

    def _alive(self, grant: _Grant) -> bool:
        return grant.until is None or self._now() < grant.until
