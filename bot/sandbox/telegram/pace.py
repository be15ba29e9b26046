"""How fast a bot may write: 30 messages a second, about one a second in one chat, 20 a minute in a group.

The numbers are those of core.telegram.org/bots/faq ("My bot is hitting limits"); the bursts are ours, since
Telegram says only that short ones pass. Real time, never the sandbox's clock: moving it sends nothing faster.
"""

import math
from collections.abc import Callable

from bot.sandbox.telegram.limits import Refusal

BOT_A_SECOND = 30
CHAT_BURST = 4
GROUP_A_MINUTE = 20


class Pace:
    """One meter (GCRA) for the bot and one for each chat."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._bot = 0.0
        self._chats: dict[int, float] = {}

    def admit(self, chat: int, messages: int) -> None:
        """Count `messages` for `chat`, or refuse them with 429 and the seconds to wait."""
        now = self._monotonic()
        gap, burst = (60 / GROUP_A_MINUTE, GROUP_A_MINUTE) if chat < 0 else (1.0, CHAT_BURST)
        in_chat = max(self._chats.get(chat, now), now) + gap * messages
        in_bot = max(self._bot, now) + messages / BOT_A_SECOND
        # An album counts for each picture but must pass once: it may not be longer than the burst.
        wait = max(in_chat - now - gap * max(burst, messages), in_bot - now - 1.0)
        if wait > 1e-9:
            seconds = math.ceil(wait)
            raise Refusal(429, f"Too Many Requests: retry after {seconds}", seconds)
        self._chats[chat], self._bot = in_chat, in_bot
