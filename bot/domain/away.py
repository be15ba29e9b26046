"""Why the messenger does not reach a client. Pure."""

from enum import StrEnum


class Away(StrEnum):
    """What a messenger may know of a chat that it no longer brings anything to."""

    BLOCKED = "blocked"  # the client has blocked the bot, or closed the chat
    DELETED = "deleted"  # his account is no more
    LOST = "lost"  # it does not say why
