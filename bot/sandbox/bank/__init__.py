"""The sandbox's bank world: an aggregator, its hosted page, and the client's One up space."""

from bot.sandbox.bank.bank import Bank
from bot.sandbox.bank.world import Outcome

__all__ = ["Bank", "Outcome"]
