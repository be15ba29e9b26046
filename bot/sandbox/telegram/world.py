"""Who is there and what was said: people, chats, messages, presses. Values only; neither HTTP nor waiting."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.sandbox.telegram import markup
from bot.sandbox.telegram.feed import Feed
from bot.sandbox.telegram.files import Files
from bot.sandbox.telegram.limits import ANSWER_SECONDS, Json, Refusal, bad, checked_url

GROUP: Final = -1001000000001
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


@dataclass
class Person:
    """Someone with a phone, and how he stands with the bot."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    started: bool = False
    blocked: bool = False

    def user(self) -> Json:
        """The Bot API's User."""
        return (
            {"id": self.id, "is_bot": False, "first_name": self.first_name} | self._names() | {"language_code": "fr"}
        )

    def chat(self) -> Json:
        """The Bot API's Chat: his private one with the bot."""
        return {"id": self.id, "type": "private", "first_name": self.first_name} | self._names()

    def _names(self) -> Json:
        names = {"last_name": self.last_name, "username": self.username}
        return {name: value for name, value in names.items() if value}


@dataclass
class Room:
    """One chat as it stands. A message is replaced, never changed: what a bot was sent stays as it was."""

    chat: Json
    messages: dict[int, Json] = field(default_factory=dict)
    # The keyboard in place of the phone's own: no field of Message carries it.
    keyboard: Json | None = None

    @property
    def id(self) -> int:
        """The chat's identifier: a person's in private, negative for a group."""
        identifier: int = self.chat["id"]
        return identifier

    @property
    def private(self) -> bool:
        """Is it a chat of one person with the bot?"""
        return self.id > 0


@dataclass
class Press:
    """A press on a button that waits for its toast."""

    chat: int
    at: datetime
    answer: Json | None = None


class World:
    """Everything the bot and the people share."""

    def __init__(self, bot: Json, now: Callable[[], datetime], *, allow_localhost: bool) -> None:
        self.bot = bot
        self.now = now
        self.allow_localhost = allow_localhost
        self.people: dict[int, Person] = {}
        self.rooms: dict[int, Room] = {}
        self.presses: dict[str, Press] = {}
        self.files = Files()
        self.feed = Feed()
        self._last_message = 0

    def seconds(self) -> int:
        """The sandbox's time as Telegram writes it."""
        return int(self.now().timestamp())

    def room_of(self, person: Person) -> Room:
        """His private chat, opened on the first use."""
        if person.id not in self.rooms:
            self.rooms[person.id] = Room(person.chat())
        return self.rooms[person.id]

    def room(self, chat_id: int | str) -> Room:
        """The chat a bot names, or "chat not found"."""
        room = self.rooms.get(chat_id) if isinstance(chat_id, int) else None
        if room is None:
            raise bad("chat not found")
        return room

    def room_to_write(self, chat_id: int | str) -> Room:
        """The chat a bot may write in."""
        person = self.people.get(chat_id) if isinstance(chat_id, int) else None
        if person is not None and person.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if person is not None and not person.started:
            raise Refusal(403, "Forbidden: bot can't initiate conversation with a user")
        return self.room(chat_id)

    def post(self, room: Room, sender: Json, content: Json) -> Json:
        """A new message in the chat."""
        self._last_message += 1
        head = {"message_id": self._last_message, "from": sender, "chat": room.chat, "date": self.seconds()}
        message = room.messages[self._last_message] = {**head, **content}
        self.feed.tell("message", room.id, message=message)
        return message

    def replace(self, room: Room, message: Json) -> Json:
        """The same message, edited."""
        room.messages[message["message_id"]] = message
        self.feed.tell("edit", room.id, message=message)
        return message

    def delete(self, room: Room, message_id: int) -> None:
        """The message goes, on both sides."""
        del room.messages[message_id]
        self.feed.tell("delete", room.id, message_id=message_id)

    def press(self, chat: int) -> str:
        """Note a press; its identifier is what the bot answers to."""
        query = str(secrets.randbits(62))
        self.presses[query] = Press(chat, self.now())
        return query

    def answer(self, query: str, answer: Json) -> None:
        """The bot's one answer to a press, in time."""
        press = self.presses.get(query)
        late = press is not None and (self.now() - press.at).total_seconds() > ANSWER_SECONDS
        if press is None or press.answer is not None or late:
            raise bad(_TOO_OLD)
        press.answer = answer
        self.feed.tell("toast", press.chat, callback_query_id=query, **answer)

    def formatted(self, text: str, parse_mode: str | None, entities: list[Json] | None) -> tuple[str, list[Json]]:
        """A text as Telegram keeps it: markup read, blanks trimmed, addresses and commands found."""
        text = text.replace("\r", "")
        known = list(entities or [])
        if parse_mode:
            if parse_mode.lower() != "html":
                raise bad("unsupported parse_mode: the sandbox reads HTML only")
            text, known = markup.parse_html(text, self._link)
        text, known = markup.trimmed(text, known)
        return text, markup.found_in(text, known)

    def _link(self, url: str) -> Json | None:
        if url.startswith("tg://user?id="):
            person = self.people.get(int(url.partition("=")[2] or 0)) if url.partition("=")[2].isdecimal() else None
            return {"type": "text_mention", "user": person.user()} if person else None
        try:
            return {"url": checked_url(url, allow_localhost=self.allow_localhost)}
        except ValueError:
            return None  # Telegram too shows the words without their link


def quoted(message: Json) -> Json:
    """A message inside another that answers it: one level, as the Bot API promises."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}
