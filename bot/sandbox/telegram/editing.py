"""The methods by which a bot changes what was said: edits, deletions, reactions, answers to presses."""

from bot.sandbox.telegram.limits import DELETABLE_SECONDS, TOAST, Json, bad, checked_url
from bot.sandbox.telegram.sending import Call, Sending
from bot.sandbox.telegram.world import Room, World

_SAME = (
    "message is not modified: specified new message content and reply markup are exactly the same"
    " as a current content and reply markup of the message"
)
_CAPTION = ("caption", "caption_entities", "show_caption_above_media", "has_media_spoiler")
_MEDIA = ("photo", "document", *_CAPTION)
_MOST_DELETED = 100
# core.telegram.org/bots/api#reactiontypeemoji
_REACTIONS = (
    "👍 👎 ❤ 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 "
    "🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 "
    "🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 "
    "😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ "
    "🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 "
    "💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡 "
)


class Editing:
    """Performs them on the world."""

    def __init__(self, world: World, sending: Sending) -> None:
        self._world = world
        self._sending = sending

    def edit_text(self, call: Call) -> Json:
        """EditMessageText: the keyboard goes too, unless it is sent again."""
        p = call.parameters
        room, message = self._own_message(p)
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        content = self._sending.text(p)
        return self._edited(room, message, p, content, ("text", "entities", "link_preview_options"))

    def edit_caption(self, call: Call) -> Json:
        """EditMessageCaption: without a caption, the old one goes."""
        p = call.parameters
        room, message = self._own_message(p)
        if "text" in message:
            raise bad("there is no caption in the message to edit")
        kept = {"has_media_spoiler": True} if message.get("has_media_spoiler") else {}
        return self._edited(room, message, p, self._sending.caption(p) | kept, _CAPTION)

    def edit_media(self, call: Call) -> Json:
        """EditMessageMedia: another picture or document, with its caption."""
        p = call.parameters
        room, message = self._own_message(p)
        gone = (*_MEDIA, "text", "entities", "link_preview_options")
        return self._edited(room, message, p, self._sending.media(call, p["media"]), gone)

    def edit_markup(self, call: Call) -> Json:
        """EditMessageReplyMarkup: without a keyboard, the old one goes."""
        p = call.parameters
        room, message = self._own_message(p)
        return self._edited(room, message, p, {}, ())

    def delete_one(self, call: Call) -> bool:
        """DeleteMessage."""
        p = call.parameters
        room = self._world.room(p["chat_id"])
        self._delete(room, p["message_id"])
        return True

    def delete_many(self, call: Call) -> bool:
        """DeleteMessages: those that can be; the others are passed over."""
        p = call.parameters
        room = self._world.room(p["chat_id"])
        if not p["message_ids"]:
            raise bad("message identifiers are not specified")
        if len(p["message_ids"]) > _MOST_DELETED:
            raise bad("too many message identifiers specified")
        for number in p["message_ids"]:
            if number in room.messages and self._deletable(room.messages[number]):
                self._world.delete(room, number)
        return True

    def react(self, call: Call) -> bool:
        """SetMessageReaction: one emoji of the allowed ones, or none."""
        p = call.parameters
        room = self._world.room_to_write(p["chat_id"])
        if p["message_id"] not in room.messages:
            raise bad("message to react not found")
        reactions: list[Json] = p.get("reaction", [])
        if len(reactions) > 1:
            raise bad("REACTIONS_TOO_MANY")
        if any(_bare(one.get("emoji", "")) not in _REACTIONS.split() for one in reactions):
            raise bad("REACTION_INVALID")
        self._world.feed.tell("reaction", room.id, message_id=p["message_id"], reaction=reactions)
        return True

    def answer_press(self, call: Call) -> bool:
        """AnswerCallbackQuery: once, soon, in 200 characters."""
        p = call.parameters
        if len(p.get("text", "")) > TOAST:
            raise bad("MESSAGE_TOO_LONG")
        if "url" in p:
            self._check_answer_url(p["url"])
        answer = {"text": p.get("text", ""), "show_alert": p.get("show_alert", False)}
        self._world.answer(p["callback_query_id"], answer | ({"url": p["url"]} if "url" in p else {}))
        return True

    def _check_answer_url(self, url: str) -> None:
        """Without a game, only a link that opens the bot itself (as documented for answerCallbackQuery)."""
        opening = (f"https://t.me/{self._world.bot['username']}?", f"t.me/{self._world.bot['username']}?")
        try:
            checked_url(url, allow_localhost=False)
        except ValueError as why:
            raise bad("URL_INVALID") from why
        if not url.startswith(opening):
            raise bad("URL_INVALID")

    def _own_message(self, p: Json) -> tuple[Room, Json]:
        if "inline_message_id" in p:
            raise bad("MESSAGE_ID_INVALID")  # the sandbox has no inline mode, so no such message
        for name, missing in (
            ("chat_id", "chat_id is empty"),
            ("message_id", "message identifier is not specified"),
        ):
            if name not in p:
                raise bad(missing)
        if p.get("business_connection_id"):
            raise bad("business connection not found")
        room = self._world.room_to_write(p["chat_id"])
        message = room.messages.get(p["message_id"])
        if message is None:
            raise bad("message to edit not found")
        if message["from"]["id"] != self._world.bot["id"]:
            raise bad("message can't be edited")
        return room, message

    def _edited(self, room: Room, message: Json, p: Json, content: Json, gone: tuple[str, ...]) -> Json:
        markup = self._sending.inline(room, p["reply_markup"]) if "reply_markup" in p else None
        kept = {name: value for name, value in message.items() if name not in (*gone, "reply_markup", "edit_date")}
        edited = kept | content | ({"reply_markup": markup} if markup else {})
        if edited == {name: value for name, value in message.items() if name != "edit_date"}:
            raise bad(_SAME)
        return self._world.replace(room, edited | {"edit_date": self._world.seconds()})

    def _delete(self, room: Room, number: int) -> None:
        if number not in room.messages:
            raise bad("message to delete not found")
        if not self._deletable(room.messages[number]):
            raise bad("message can't be deleted for everyone")
        self._world.delete(room, number)

    def _deletable(self, message: Json) -> bool:
        return bool(self._world.seconds() - message["date"] < DELETABLE_SECONDS)


def _bare(emoji: str) -> str:
    """Without variation selectors, which some keyboards add and Telegram passes over."""
    return emoji.replace("\ufe0f", "")
