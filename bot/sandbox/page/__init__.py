"""The demo's one web page: the client's phone, the firm's Slack, the bank and the clock, side by side.

Law: what it shows comes from the sandbox's servers only, as a person would see it, never from the program.
"""

from bot.sandbox.page.routes import page_routes
from bot.sandbox.page.stage import Client, Colleague, Stage

__all__ = ["Client", "Colleague", "Stage", "page_routes"]
