"""The people's hands: what they do on their phones, and the updates the bot gets for it."""

from bot.sandbox.telegram.feed import Changes
from bot.sandbox.telegram.files import STICKER, VOICE
from bot.sandbox.telegram.limits import CAPTION, TEXT, Json, check_start_payload
from bot.sandbox.telegram.markup import found_in
from bot.sandbox.telegram.sending import photo_content
from bot.sandbox.telegram.updates import Updates
from bot.sandbox.telegram.wire import Upload
from bot.sandbox.telegram.world import GROUP, Person, Press, Room, World, quoted

_GROUP_TITLE = "Salle et cuisine"


class Phones:
    """Everyone's phone. What a phone cannot do (press a button that is not there) raises LookupError."""

    def __init__(self, world: World, updates: Updates) -> None:
        self._world = world
        self._updates = updates

    def person(
        self,
        id: int,  # noqa: A002
        first_name: str,
        last_name: str | None = None,
        username: str | None = None,
    ) -> Person:
        """The person of that identifier, introduced by the first call. He has not pressed Start by that."""
        if id <= 0:
            raise ValueError("a person's identifier is positive")
        return self._world.people.setdefault(id, Person(id, first_name, last_name, username))

    async def starts(self, person_id: int, payload: str | None = None) -> Json:
        """Opens t.me/<bot>?start=<payload> and presses Start (or Restart, after a block)."""
        if payload is not None:
            check_start_payload(payload)
        if self._someone(person_id).blocked:
            await self.unblocks(person_id)
        return await self.writes(person_id, "/start" if payload is None else f"/start {payload}")

    async def writes(self, person_id: int, text: str, *, reply_to: int | None = None) -> Json:
        """Writes to the bot in private."""
        if not 1 <= len(text) <= TEXT:
            raise ValueError(f"a phone sends 1 to {TEXT} characters at once, not {len(text)}")
        person = self._writer(person_id)
        content = _said(text)
        if reply_to is not None:
            content = {"reply_to_message": quoted(self._message(person.id, reply_to)), **content}
        return self._sends(person, content)

    async def edits(self, person_id: int, message_id: int, text: str) -> Json:
        """Changes the words of a message of his own."""
        old = self._message(person_id, message_id)
        if old["from"]["id"] != person_id or "text" not in old:
            raise LookupError(f"message {message_id} is not a text of person {person_id}")
        kept = {name: value for name, value in old.items() if name not in ("text", "entities")}
        edited = kept | {"edit_date": self._world.seconds()} | _said(text)
        self._world.replace(self._world.rooms[person_id], edited)
        self._updates.push(person_id, {"edited_message": edited})
        return edited

    async def sends_photo(self, person_id: int, data: bytes, caption: str | None = None) -> Json:
        """Sends a picture (PNG, JPEG, GIF or WebP)."""
        stored = self._world.files.keep_photo(Upload("photo.jpg", data))
        return self._sends(self._writer(person_id), photo_content(stored) | _captioned(caption))

    async def sends_voice(self, person_id: int, data: bytes, seconds: int = 3) -> Json:
        """Says it aloud."""
        stored = self._world.files.keep(VOICE, Upload("voice.oga", data), duration=seconds, mime_type="audio/ogg")
        return self._sends(self._writer(person_id), {"voice": stored.described})

    async def sends_sticker(self, person_id: int, emoji: str = "👍") -> Json:
        """Sends a sticker that means `emoji`."""
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        stored = self._world.files.keep(STICKER, Upload("sticker.webp", emoji.encode()), emoji=emoji, **shape)
        return self._sends(self._writer(person_id), {"sticker": stored.described})

    async def sends_document(self, person_id: int, name: str, data: bytes, caption: str | None = None) -> Json:
        """Sends a file."""
        stored = self._world.files.keep_document(Upload(name, data))
        return self._sends(self._writer(person_id), {"document": stored.described} | _captioned(caption))

    async def forwards(self, person_id: int, text: str, author: str = "Banque") -> Json:
        """Forwards a text that someone with a closed account wrote to him elsewhere."""
        origin = {"type": "hidden_user", "date": self._world.seconds(), "sender_user_name": author}
        return self._sends(self._writer(person_id), {"forward_origin": origin, **_said(text)})

    async def writes_in_group(self, person_id: int, text: str) -> Json:
        """Writes in a group the bot is in; the first message finds the bot just added."""
        person = self._someone(person_id)
        if GROUP not in self._world.rooms:
            self._world.rooms[GROUP] = Room({"id": GROUP, "type": "supergroup", "title": _GROUP_TITLE})
            self._standing(person, GROUP, "left", "member")
        room = self._world.rooms[GROUP]
        return self._posts(room, person, _said(text))

    async def presses(self, person_id: int, message_id: int, callback_data: str) -> str:
        """Presses a button of a message, as it stands now; gives the press's identifier for `answered`.

        `person_id` is whose private chat it is. Raises LookupError when no such button is there.
        """
        person = self._someone(person_id)
        message = self._message(person_id, message_id)
        rows: list[list[Json]] = message.get("reply_markup", {}).get("inline_keyboard", [])
        if not any(button.get("callback_data") == callback_data for row in rows for button in row):
            raise LookupError(f"message {message_id} has no button {callback_data!r}")
        query = self._world.press(person_id)
        pressed: Json = {"id": query, "from": person.user(), "message": message}
        pressed |= {"chat_instance": str(person_id * 7919), "data": callback_data}
        self._updates.push(person_id, {"callback_query": pressed})
        return query

    def press(self, callback_query_id: str) -> Press:
        """What became of a press: its `answer` is None until the bot answers."""
        return self._world.presses[callback_query_id]

    async def answered(self, callback_query_id: str) -> Json:
        """Waits for the bot's answer to a press: {"text", "show_alert"}, an empty text for no toast."""
        changes = self._world.feed.subscribe()
        try:
            while (answer := self._world.presses[callback_query_id].answer) is None:
                await anext(changes)
            return answer
        finally:
            await changes.aclose()

    async def blocks(self, person_id: int) -> None:
        """Blocks the bot: it may no longer write, and is told."""
        person = self._someone(person_id)
        if not person.blocked:
            person.blocked = True
            self._standing(person, person.id, "member", "kicked")

    async def unblocks(self, person_id: int) -> None:
        """Lets the bot write again."""
        person = self._someone(person_id)
        if person.blocked:
            person.blocked = False
            self._standing(person, person.id, "kicked", "member")

    async def deliver_raw(self, update: Json) -> None:
        """Any update at all, as it is (it gets an update_id unless it brings one)."""
        self._updates.push(0, update, always=True)

    def chat(self, person_id: int) -> list[Json]:
        """The messages of a chat, both ways, as they stand; the group's under its own identifier."""
        room = self._world.rooms.get(person_id)
        return list(room.messages.values()) if room else []

    def keyboard(self, person_id: int) -> Json | None:
        """The bot's keyboard shown in place of the phone's own."""
        room = self._world.rooms.get(person_id)
        return room.keyboard if room else None

    def photo(self, file_id: str) -> bytes:
        """A file's bytes; LookupError for an unknown one."""
        return self._world.files.data(file_id)

    def subscribe(self) -> Changes:
        """Every change from now on: {"kind": "message|edit|delete|toast|typing|reaction", "chat": id, …}."""
        return self._world.feed.subscribe()

    def _someone(self, person_id: int) -> Person:
        if person_id not in self._world.people:
            raise LookupError(f"nobody is {person_id}: introduce him with person()")
        return self._world.people[person_id]

    def _writer(self, person_id: int) -> Person:
        person = self._someone(person_id)
        if person.blocked:
            raise LookupError(f"{person.first_name} blocked the bot: his phone shows Restart, not a keyboard")
        person.started = True
        return person

    def _message(self, chat: int, message_id: int) -> Json:
        room = self._world.rooms.get(chat)
        if room is None or message_id not in room.messages:
            raise LookupError(f"no message {message_id} in chat {chat}")
        return room.messages[message_id]

    def _sends(self, person: Person, content: Json) -> Json:
        return self._posts(self._world.room_of(person), person, content)

    def _posts(self, room: Room, person: Person, content: Json) -> Json:
        message = self._world.post(room, person.user(), content)
        self._updates.push(room.id, {"message": message})
        return message

    def _standing(self, person: Person, chat: int, before: str, after: str) -> None:
        """Tell the bot of a change in its standing in a chat."""
        changed = {"chat": self._chat(person, chat), "from": person.user(), "date": self._world.seconds()}
        changed |= {"old_chat_member": self._member(before), "new_chat_member": self._member(after)}
        self._updates.push(chat, {"my_chat_member": changed})

    def _chat(self, person: Person, chat: int) -> Json:
        return self._world.rooms[chat].chat if chat in self._world.rooms else person.chat()

    def _member(self, status: str) -> Json:
        until = {"until_date": 0} if status == "kicked" else {}
        return {"user": self._world.bot, "status": status, **until}


def _said(text: str) -> Json:
    entities = found_in(text, [])
    return {"text": text, "entities": entities} if entities else {"text": text}


def _captioned(caption: str | None) -> Json:
    if not caption:
        return {}
    if len(caption) > CAPTION:
        raise ValueError(f"a caption has at most {CAPTION} characters")
    return {"caption": caption}
