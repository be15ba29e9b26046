"""The clock's buttons: time passes in the background, and every open page is told how far it has come."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.sandbox.page.events import Board
from bot.sandbox.page.stage import Stage

log = structlog.get_logger(__name__)

SPANS = {
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "fortnight": timedelta(days=14),
    "half-year": timedelta(days=182),
}
UNTIL_MESSAGE = "message"
_STRIDES = 24
_SHORTEST = timedelta(hours=1)
_HALF_HOUR = timedelta(minutes=30)
_PATIENCE = timedelta(days=40)


class TimeMachine:
    """One journey at a time."""

    def __init__(self, stage: Stage, board: Board) -> None:
        self._stage, self._board = stage, board
        self._journey: asyncio.Task[None] | None = None
        self._goal: datetime | None = None

    def view(self) -> dict[str, object]:
        """What the page's clock shows."""
        return {
            "now": self._stage.now().isoformat(),
            "until": self._goal.isoformat() if self._goal else "",
            "travelling": self.is_travelling,
        }

    @property
    def is_travelling(self) -> bool:
        """Is time passing at this moment?"""
        return self._journey is not None and not self._journey.done()

    def leave(self, span: str) -> None:
        """Let time pass. Raises `LookupError` for a span that is not offered, or while time passes already."""
        self._leave(self._until_message if span == UNTIL_MESSAGE else self._for(SPANS[span]))

    def leave_for(self, span: timedelta) -> None:
        """As `leave`, for any span."""
        self._leave(self._for(span))

    def _leave(self, way: Callable[[], Awaitable[None]]) -> None:
        if self.is_travelling:
            raise LookupError("time is passing already")
        self._journey = asyncio.create_task(self._travel(way))

    def _for(self, span: timedelta) -> Callable[[], Awaitable[None]]:
        async def way() -> None:
            self._goal = self._stage.now() + span
            stride = max(span / _STRIDES, _SHORTEST)
            while (left := self._goal - self._stage.now()) > timedelta(0):
                await self._step(min(stride, left))

        return way

    async def _until_message(self) -> None:
        """By half hours, so that a page that is only open for minutes is met while it is open."""
        before, limit = self._stage.said_to_clients(), self._stage.now() + _PATIENCE
        while self._stage.said_to_clients() == before and self._stage.now() < limit:
            now = self._stage.now()
            await self._step(_next_half_hour(now) - now)

    async def _step(self, span: timedelta) -> None:
        await self._stage.travel(span)
        self._board.tell("clock", **self.view())

    async def _travel(self, way: Callable[[], Awaitable[None]]) -> None:
        try:
            self._board.tell("clock", **self.view())
            await way()
        except Exception:
            if not self._stage.closing.is_set():  # whoever ends the demo on the way has asked for it
                log.exception("the clock stopped on the way")
                self._board.tell("trouble", text="L’horloge s’est arrêtée en route : voyez le terminal.")
        finally:
            self._journey, self._goal = None, None
            self._board.tell("clock", **self.view())
            self._board.tell("everything")


def _next_half_hour(now: datetime) -> datetime:
    """The first full or half hour after this moment."""
    floor = now.replace(minute=now.minute // 30 * 30, second=0, microsecond=0)
    return floor + _HALF_HOUR
