"""The sandbox's Slack: a local workspace that speaks HTTP and WebSocket, and nothing else."""

from bot.sandbox.slack.posting import Outcome
from bot.sandbox.slack.server import Slack
from bot.sandbox.slack.world import BOT_ID, BOT_USER, User

__all__ = ["BOT_ID", "BOT_USER", "Outcome", "Slack", "User"]
