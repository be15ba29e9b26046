"""What changes on the phones, as it happens: for the demo's page and for tests that wait."""

import asyncio
from collections.abc import AsyncIterator
from typing import Literal

from bot.sandbox.telegram.limits import Json

Kind = Literal["message", "edit", "delete", "toast", "typing", "reaction"]
_KEPT = 10_000


class Changes(AsyncIterator[Json]):
    """One reader's changes from the moment it subscribed; the oldest are lost on one who never reads."""

    def __init__(self, readers: "set[Changes]") -> None:
        self._readers = readers
        self._queue: asyncio.Queue[Json] = asyncio.Queue(_KEPT)
        readers.add(self)

    def add(self, change: Json) -> None:
        """Never waits for the reader."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(change)

    async def __anext__(self) -> Json:
        return await self._queue.get()

    async def aclose(self) -> None:
        """Read no more."""
        self._readers.discard(self)


class Feed:
    """Tells every reader of every change."""

    def __init__(self) -> None:
        self._readers: set[Changes] = set()

    def tell(self, kind: Kind, chat: int, **more: object) -> None:
        """`more` is what this kind of change carries."""
        for reader in self._readers:
            reader.add({"kind": kind, "chat": chat, **more})

    def subscribe(self) -> Changes:
        """From now on; close it when done."""
        return Changes(self._readers)
