"""Updates on their way to the bot: kept until confirmed, taken by getUpdates or pushed by a webhook.

Law: an update leaves only when the bot has it (a higher offset, or a 2xx) or asks to drop what waits.
"""

import asyncio
from collections.abc import Callable, Collection
from itertools import islice

from bot.sandbox.telegram.limits import Json, Refusal
from bot.sandbox.telegram.webhook import Webhook

# Sent only to a bot that names them (core.telegram.org/bots/api#getupdates).
_ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
_LONGEST_POLL = 50
_FUTURE = 10
"""An offset that is further ahead of the next update than this is without effect."""
_CONFLICT = "Conflict: terminated by {}"


class Updates:
    """The bot's queue."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._next = 100_000_001
        self._pending: dict[int, tuple[int, Json]] = {}
        self._poll: asyncio.Future[None] | None = None
        self._allowed: frozenset[str] = frozenset()
        self.webhook: Webhook | None = None

    def push(self, chat: int, update: Json, *, always: bool = False) -> None:
        """Queue an update, unless the bot asked not to have its kind. Order is kept for each chat."""
        if not always and not self._wanted(update.keys()):
            return
        number = self._next
        self._next += 1
        # A raw update may bring its own number; the queue still knows it by ours.
        self._pending[number] = chat, {"update_id": number, **update}
        if self.webhook is not None:
            self.webhook.add(chat, number, self._pending[number][1])
        elif self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def week_of_silence(self) -> None:
        """After a week without updates the real server numbers the next one at random: here, much lower."""
        self._pending.clear()
        self._next //= 2

    def _wanted(self, kinds: Collection[str]) -> bool:
        if self._allowed:
            return not self._allowed.isdisjoint(kinds)
        return _ON_REQUEST.isdisjoint(kinds)

    def allow(self, kinds: list[str] | None) -> None:
        """Which kinds the bot wants; None changes nothing, an empty list is the default."""
        if kinds is not None:
            self._allowed = frozenset(kinds)

    def allowed(self) -> list[str]:
        """What was asked for; empty for the default."""
        return sorted(self._allowed)

    def waiting(self) -> int:
        """How many the bot has not confirmed."""
        return len(self._pending)

    def drop(self) -> None:
        """Forget what waits, as the bot asked."""
        self._pending.clear()

    def confirm(self, number: int) -> None:
        """The bot has this one."""
        self._pending.pop(number, None)

    async def poll(self, offset: int, limit: int, seconds: int) -> list[Json]:
        """Long polling. A second poll ends the first with 409, as the real server does."""
        if self.webhook is not None:
            advice = "use deleteWebhook to delete the webhook first"
            raise Refusal(409, f"Conflict: can't use getUpdates method while webhook is active; {advice}")
        self._forget_before(offset)
        self.end_poll("other getUpdates request; make sure that only one bot instance is running")
        if not self._pending and seconds > 0:
            await self._wait(min(seconds, _LONGEST_POLL))
        size = limit if 1 <= limit <= 100 else 100
        given = [(number, update) for number, (_, update) in islice(self._pending.items(), size)]
        for number, update in given:
            if update["update_id"] != number:
                del self._pending[number]  # under a number of its own no offset would ever confirm it
        return [update for _, update in given]

    async def _wait(self, seconds: int) -> None:
        mine = self._poll = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait({mine}, timeout=seconds)
            if mine.done():
                mine.result()
        finally:
            if self._poll is mine:
                self._poll = None

    def _forget_before(self, offset: int) -> None:
        if offset > self._next + _FUTURE:
            return
        numbers = list(self._pending)
        kept = numbers[offset:] if offset < 0 else [number for number in numbers if number >= offset]
        for number in set(numbers) - set(kept):
            del self._pending[number]

    def end_poll(self, by: str) -> None:
        """Tell the poll under way, if any, that it lost its place."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_exception(Refusal(409, _CONFLICT.format(by)))

    async def push_to(self, webhook: Webhook | None) -> None:
        """From now on deliver there (None: keep for polling); what waits comes first."""
        if self.webhook is not None:
            await self.webhook.stop()
        self.webhook = webhook
        if webhook is not None:
            self.end_poll("setWebhook request")
            for number, (chat, update) in self._pending.items():
                webhook.add(chat, number, update)

    def webhook_info(self) -> Json:
        """What getWebhookInfo answers."""
        described = self.webhook.info() if self.webhook else {"url": "", "has_custom_certificate": False}
        allowed = {"allowed_updates": self.allowed()} if self._allowed else {}
        return described | {"pending_update_count": self.waiting()} | allowed

    async def aclose(self) -> None:
        """Let go of whoever waits; what waits stays."""
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        if self.webhook is not None:
            await self.webhook.stop()
