"""What the page plays on: the three servers, the clock that can be moved, and the people on stage."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.sandbox.bank import Bank
from bot.sandbox.slack import Slack
from bot.sandbox.telegram import Telegram


@dataclass(frozen=True)
class Client:
    """A client with a telephone. `invitation` is the token he was sent, and has not opened yet."""

    person: int
    name: str
    restaurant: str
    bank_user: int
    invitation: str = ""

    @property
    def first_name(self) -> str:
        """What his chip on the page says."""
        return self.name.split()[0]


@dataclass(frozen=True)
class Colleague:
    """Somebody in the firm's Slack; `role` in a word or two."""

    id: str
    name: str
    role: str


@dataclass(frozen=True)
class Stage:
    """One demo. `travel` lets time pass, and returns when everything that fell due has happened.

    `channel` is the id of the firm's; `slack_token` opens its files. `closing` is set when the program ends, so
    that open event streams end too.
    """

    telegram: Telegram
    slack: Slack
    slack_token: str
    channel: str
    bank: Bank
    now: Callable[[], datetime]
    travel: Callable[[timedelta], Awaitable[None]]
    clients: tuple[Client, ...]
    staff: tuple[Colleague, ...]
    habits: Mapping[int, str] = field(default_factory=dict)
    """How each client of a fleet answers, by his telephone; empty where all are played by hand."""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def client(self, person: int) -> Client:
        """The client with that telephone. Raises `LookupError` where there is none."""
        for each in self.clients:
            if each.person == person:
                return each
        raise LookupError(f"no client has the telephone {person}")

    def said_to_clients(self) -> int:
        """How many messages the clients' phones have received from the bot so far."""
        return sum(not is_his_own(each) for one in self.clients for each in self.telegram.chat(one.person))


def is_his_own(message: dict[str, object]) -> bool:
    """Did the owner of the phone write this message?"""
    sender = message["from"]
    return isinstance(sender, dict) and not sender["is_bot"]
