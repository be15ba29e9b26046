"""Server-Sent Events: small notes that a part of the page has changed; the page then fetches that part again."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

from bot.sandbox.page.stage import Stage

Json = dict[str, Any]
_HEARTBEAT = 15.0


class Board:
    """Notes from the page's own acts (the clock, the guide) to every open page."""

    def __init__(self) -> None:
        self._readers: set[asyncio.Queue[Json]] = set()

    def tell(self, part: str, **more: object) -> None:
        """Every open page hears it."""
        for reader in self._readers:
            reader.put_nowait({"part": part, **more})

    @contextlib.contextmanager
    def reader(self, queue: asyncio.Queue[Json]) -> Any:
        """The queue hears what is told while the block lasts."""
        self._readers.add(queue)
        try:
            yield
        finally:
            self._readers.discard(queue)


async def stream(stage: Stage, board: Board) -> AsyncIterator[bytes]:
    """Everything that changes, until the page or the program goes away."""
    notes: asyncio.Queue[Json] = asyncio.Queue()
    with board.reader(notes):
        pumps = [asyncio.create_task(each) for each in _pumps(stage, notes)]
        try:
            yield b"retry: 1000\n\n"
            while not stage.closing.is_set():
                yield await _next(notes)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)


async def _next(notes: asyncio.Queue[Json]) -> bytes:
    try:
        note = await asyncio.wait_for(notes.get(), _HEARTBEAT)
    except TimeoutError:
        return b": still here\n\n"
    return b"data: " + json.dumps(note, ensure_ascii=False).encode() + b"\n\n"


def _pumps(stage: Stage, notes: asyncio.Queue[Json]) -> list[Any]:
    return [_phones(stage, notes), _desk(stage, notes), _bank(stage, notes), _end(stage, notes)]


async def _phones(stage: Stage, notes: asyncio.Queue[Json]) -> None:
    changes = stage.telegram.subscribe()
    try:
        async for change in changes:
            notes.put_nowait(_of_phone(change))
    finally:
        await changes.aclose()


def _of_phone(change: Json) -> Json:
    if change["kind"] == "toast":
        return {"part": "toast", "person": change["chat"], "text": change["text"], "alert": change["show_alert"]}
    if change["kind"] == "typing":
        return {"part": "typing", "person": change["chat"]}
    from_bot = change["kind"] == "message" and change["message"]["from"]["is_bot"]
    return {"part": "phone", "person": change["chat"], "ring": from_bot}


async def _desk(stage: Stage, notes: asyncio.Queue[Json]) -> None:
    async for change in stage.slack.subscribe():
        from_bot = change["kind"] == "message" and "bot_id" in change["message"]
        notes.put_nowait({"part": "desk", "ring": from_bot})


async def _bank(stage: Stage, notes: asyncio.Queue[Json]) -> None:
    async for change in stage.bank.subscribe():
        notes.put_nowait({"part": "bank", "user": change["user"]})


async def _end(stage: Stage, notes: asyncio.Queue[Json]) -> None:
    await stage.closing.wait()
    notes.put_nowait({"part": "end"})
