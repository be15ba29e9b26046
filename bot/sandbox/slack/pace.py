"""Slack's pace for messages: one a second in each channel, with a small burst allowed.

docs.slack.dev, Rate limits > Posting messages. Slack does not say how large a burst may be.
"""

import math
import time
from collections.abc import Callable

from bot.sandbox.slack.refusal import Refused

_EVERY, _BURST = 1.0, 4


class Pace:
    """A bucket a channel, measured by `monotonic`; it holds nobody back unless `enforced`."""

    def __init__(self, enforced: bool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.enforced, self._monotonic = enforced, monotonic
        self._free_at: dict[str, float] = {}

    def spend(self, channel_id: str) -> None:
        """Count one message. Raises `Refused` ratelimited with the seconds to wait."""
        if not self.enforced:
            return
        now = self._monotonic()
        free_at = max(self._free_at.get(channel_id, now), now)
        wait = free_at - now - _EVERY * (_BURST - 1)
        if wait > 0:
            raise Refused("ratelimited", retry_after=max(1, math.ceil(wait)))
        self._free_at[channel_id] = free_at + _EVERY
