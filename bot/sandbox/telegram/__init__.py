"""The sandbox's Telegram: a local, strict Bot API server and the people in front of their phones."""

from bot.sandbox.telegram.server import Telegram
from bot.sandbox.telegram.world import GROUP, Person

__all__ = ["GROUP", "Person", "Telegram"]
