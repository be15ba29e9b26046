"""Trigger ids: what lets an app open a view in front of the person who just did something."""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.slack.refusal import Refused

_LIFE = 3.0  # seconds: docs.slack.dev, Surfaces > Modals
_KEPT = 1000


@dataclass
class _Trigger:
    user_id: str
    view_id: str | None
    since: float
    used: bool = False


class Triggers:
    """Each opens one view, within 3 seconds of real time as `monotonic` tells it."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._given: dict[str, _Trigger] = {}
        self._numbers = itertools.count(1)

    def new(self, user_id: str, view_id: str | None = None) -> str:
        """A trigger for what this person just did, within view `view_id` if it was there."""
        name = f"{next(self._numbers)}.1700000000.{user_id.lower()}"
        self._given[name] = _Trigger(user_id, view_id, self._monotonic())
        if len(self._given) > _KEPT:
            del self._given[next(iter(self._given))]
        return name

    def exchange(self, name: str) -> tuple[str, str | None]:
        """Whose it is, and the view it came from; it cannot be used again. Raises `Refused`."""
        trigger = self._given.get(name)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._monotonic() - trigger.since > _LIFE:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger.user_id, trigger.view_id
