"""The tokens that a vendor gives per user: in memory only, minted one at a time, renewed before they end."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from bot.adapters.aggregators.http import Answer
from bot.domain.secret import Secret

_KEPT = 10_000
_MARGIN = timedelta(minutes=1)
"""A token this near its end is not used any more: the call, and the vendor's clock, take their time."""


@dataclass(frozen=True)
class Token:
    """What the vendor gave us to call in a user's name."""

    secret: Secret
    ends_at: datetime | None = None
    """Aware; None where it lasts until it is revoked."""


class UserTokens:
    """One token for each user, shared by the calls made in his name."""

    def __init__(self, mint: Callable[[str], Awaitable[Token]], now: Callable[[], datetime]) -> None:
        self._mint = mint
        self._now = now
        self._tokens: OrderedDict[str, Token] = OrderedDict()
        self._minting: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def spend(self, user: str, call: Callable[[Secret], Awaitable[Answer]]) -> Answer:
        """The answer to a call with the user's token; where it says 401, to the same call with a new one.

        A call refused so was not performed, so any call may be repeated. A second 401 is the caller's to judge.
        """
        token = await self._current(user)
        answer = await call(token.secret)
        if answer.status != 401:
            return answer
        return await call((await self._current(user, instead_of=token)).secret)

    def forget(self) -> None:
        """Drop them all."""
        self._tokens.clear()

    async def _current(self, user: str, *, instead_of: Token | None = None) -> Token:
        """The user's token; a new one where we have none, only `instead_of`, or one that is about to end."""
        async with self._minting.setdefault(user, asyncio.Lock()):
            token = self._tokens.get(user)
            if token is None or token is instead_of or self._is_ending(token):
                token = self._tokens[user] = await self._mint(user)
            self._tokens.move_to_end(user)
            while len(self._tokens) > _KEPT:
                self._tokens.popitem(last=False)
            return token

    def _is_ending(self, token: Token) -> bool:
        return token.ends_at is not None and token.ends_at - self._now() <= _MARGIN
