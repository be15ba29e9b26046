"""What may be a password and may be none: held in memory while the client is asked, and nowhere else.

Law: nothing of it is written before he has said that it is harmless. Who does not say so within ten minutes, or for
whom the program stops meanwhile, has written nothing; and his message leaves the chat, as he was told.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import TryAgain
from bot.engine import Envelope

log = structlog.get_logger(__name__)
HELD_FOR = 600.0
"""Seconds, real ones."""
MOST = 500
"""Messages held at once; beyond, the next one is taken for a secret."""
AGAIN_AFTER = 5.0
Key = tuple[int, int]
"""The chat and the message."""


class Doubts:
    """Envelopes that wait for a yes or a no; after `HELD_FOR` without one, `over` hears of it."""

    def __init__(self, over: Callable[[Key], Awaitable[None]]) -> None:
        self._over = over
        self._held: dict[Key, tuple[Envelope, asyncio.Task[None]]] = {}

    def holds(self, key: Key) -> bool:
        """Is he being asked?"""
        return key in self._held

    def is_full(self) -> bool:
        """No more can be held."""
        return len(self._held) >= MOST

    def hold(self, key: Key, envelope: Envelope) -> None:
        """Keep it; a changed message takes the place of what it was before."""
        self.release(key)
        self._held[key] = envelope, asyncio.create_task(self._wait(key))

    def release(self, key: Key) -> Envelope | None:
        """What was held, for whoever comes first; it is forgotten here."""
        envelope, timer = self._held.pop(key, (None, None))
        if timer is not None and timer is not asyncio.current_task():
            timer.cancel()
        return envelope

    async def expire(self, key: Key) -> None:
        """Nobody has answered: it is let go."""
        if self.release(key) is not None:
            await self._tell(key)

    async def aclose(self) -> None:
        """Let everything go: after a restart nobody would know any more which messages he was asked about."""
        held, timers = tuple(self._held), [timer for _, timer in self._held.values()]
        for key in held:
            self.release(key)
        await asyncio.gather(*timers, return_exceptions=True)
        for key in held:
            try:
                await self._over(key)
            except TryAgain as error:
                log.error("a doubtful message stays in its chat", reason=str(error))

    async def _wait(self, key: Key) -> None:
        await asyncio.sleep(HELD_FOR)
        await self.expire(key)

    async def _tell(self, key: Key) -> None:
        while True:
            try:
                return await self._over(key)
            except TryAgain as error:
                log.warning("a doubtful message could not be let go yet", reason=str(error))
                await asyncio.sleep(AGAIN_AFTER)
