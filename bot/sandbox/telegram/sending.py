"""The methods by which a bot says something new: messages, pictures, documents, albums, copies."""

import secrets
from dataclasses import dataclass

from bot.sandbox.telegram.files import DOCUMENT, PHOTO, StoredFile
from bot.sandbox.telegram.limits import (
    ALBUM,
    Json,
    bad,
    check_caption,
    check_text,
    checked_keyboard,
    checked_url,
    checked_web_app,
)
from bot.sandbox.telegram.pace import Pace
from bot.sandbox.telegram.wire import Upload
from bot.sandbox.telegram.world import Room, World, quoted

_CONTENT = ("text", "entities", "link_preview_options", "photo", "document", "caption", "caption_entities")
_SHOWN = ("show_caption_above_media", "has_media_spoiler")
# core.telegram.org/bots/api#sendchataction
_ACTIONS = (
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker"
    " find_location record_video_note upload_video_note"
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call being performed: its parameters, checked, and the files sent with it."""

    parameters: Json
    files: dict[str, Upload]

    def upload(self, name: str, value: str) -> Upload | None:
        """The file `value` stands for, when it came with the call; None when it must be a file_id."""
        part = value.removeprefix("attach://") if value.startswith("attach://") else name
        if part not in self.files and part != name:
            raise bad(f'there is no file "{part}" in the request')
        return self.files.get(part)


class Sending:
    """Performs them on the world, at the pace allowed (None: any)."""

    def __init__(self, world: World, pace: Pace | None) -> None:
        self._world = world
        self._pace = pace

    def send_message(self, call: Call) -> Json:
        """SendMessage."""
        p = call.parameters
        room = self._room(p)
        return self._post(room, p, self.text(p))

    def send_photo(self, call: Call) -> Json:
        """SendPhoto: uploaded, or known by its file_id."""
        p = call.parameters
        room = self._room(p)
        return self._post(room, p, self.photo(call, p["photo"], "photo") | self.caption(p))

    def send_document(self, call: Call) -> Json:
        """SendDocument: uploaded, or known by its file_id."""
        p = call.parameters
        room = self._room(p)
        return self._post(
            room, p, self.document(call, p["document"], "document", p.get("thumbnail")) | self.caption(p)
        )

    def send_media_group(self, call: Call) -> list[Json]:
        """SendMediaGroup: two to ten pictures, or as many documents."""
        p = call.parameters
        room = self._room(p)
        if len(p["media"]) not in ALBUM:
            raise bad("media group must include 2-10 items")
        if len({one["type"] for one in p["media"]}) > 1:
            raise bad("document can't be mixed with other media types")
        contents = [self.media(call, one) for one in p["media"]]
        group = {"media_group_id": str(secrets.randbits(53))}
        self._admit(room, len(contents))
        return [self._world.post(room, self._world.bot, self._around(room, p) | group | one) for one in contents]

    def copy_message(self, call: Call) -> Json:
        """CopyMessage: the same content, as if the bot had written it."""
        p = call.parameters
        room = self._room(p)
        source = self._world.room(p["from_chat_id"]).messages.get(p["message_id"])
        if source is None:
            raise bad("message to copy not found")
        if source.get("has_protected_content") or source.keys().isdisjoint(_CONTENT):
            raise bad("message can't be copied")
        content = {name: source[name] for name in (*_CONTENT, *_SHOWN) if name in source}
        if "caption" in p and "text" not in content:
            content = {name: value for name, value in content.items() if not name.startswith("caption")}
            content |= self.caption(p)
        return {"message_id": self._post(room, p, content)["message_id"]}

    def send_chat_action(self, call: Call) -> bool:
        """SendChatAction: what the phone shows while the bot works."""
        p = call.parameters
        room = self._room(p)
        if p["action"] not in _ACTIONS.split():
            raise bad("wrong parameter action in request")
        self._world.feed.tell("typing", room.id, action=p["action"])
        return True

    def text(self, p: Json) -> Json:
        """A message's text, its entities and its preview, checked."""
        text, entities = self._world.formatted(p.get("text", ""), p.get("parse_mode"), p.get("entities"))
        check_text(text)
        content: Json = {"text": text}
        if entities:
            content["entities"] = entities
        if "link_preview_options" in p:
            content["link_preview_options"] = self._preview(p["link_preview_options"])
        return content

    def _preview(self, options: Json) -> Json:
        try:
            if "url" in options:
                return options | {"url": checked_url(options["url"], allow_localhost=self._world.allow_localhost)}
        except ValueError as why:
            raise bad("WEBPAGE_URL_INVALID") from why
        return options

    def caption(self, p: Json) -> Json:
        """A caption, its entities and how the media is shown, checked; empty when there is none."""
        text, entities = self._world.formatted(p.get("caption", ""), p.get("parse_mode"), p.get("caption_entities"))
        check_caption(text)
        content: Json = {"caption": text} if text else {}
        if entities:
            content["caption_entities"] = entities
        if p.get("show_caption_above_media"):
            content["show_caption_above_media"] = True
        if p.get("has_spoiler"):
            content["has_media_spoiler"] = True
        return content

    def photo(self, call: Call, value: str, name: str) -> Json:
        """The picture `value` stands for, as a message holds it."""
        upload = call.upload(name, value)
        files = self._world.files
        return photo_content(files.keep_photo(upload) if upload else files.known(value, PHOTO))

    def document(self, call: Call, value: str, name: str, thumbnail: str | None = None) -> Json:
        """The document `value` stands for, as a message holds it."""
        upload = call.upload(name, value)
        files = self._world.files
        described = (files.keep_document(upload) if upload else files.known(value, DOCUMENT)).described
        return {"document": described | self._thumbnail(call, thumbnail)}

    def _thumbnail(self, call: Call, value: str | None) -> Json:
        """Only a picture sent with the call will do, as documented: a file_id is passed over."""
        upload = call.upload("thumbnail", value) if value is not None else None
        return {"thumbnail": self._world.files.keep_photo(upload).described} if upload else {}

    def media(self, call: Call, one: Json) -> Json:
        """An InputMedia, as a message holds it."""
        if one["type"] == "photo":
            return self.photo(call, one["media"], "") | self.caption(one)
        return self.document(call, one["media"], "", one.get("thumbnail")) | self.caption(one)

    def _room(self, p: Json) -> Room:
        room = self._world.room_to_write(p["chat_id"])
        if p.get("business_connection_id"):
            raise bad("business connection not found")
        if p.get("message_thread_id"):
            raise bad("message thread not found")
        return room

    def _admit(self, room: Room, messages: int) -> None:
        if self._pace is not None:
            self._pace.admit(room.id, messages)

    def _post(self, room: Room, p: Json, content: Json) -> Json:
        around = self._around(room, p)
        markup = self._markup(room, p.get("reply_markup"))
        self._admit(room, 1)
        if markup is not None and "inline_keyboard" in markup:
            around["reply_markup"] = markup
        elif markup is not None:
            room.keyboard = None if "remove_keyboard" in markup else markup
        return self._world.post(room, self._world.bot, {**around, **content})

    def _around(self, room: Room, p: Json) -> Json:
        around: Json = {}
        if "reply_parameters" in p:
            around |= self._reply(room, p["reply_parameters"])
        if p.get("protect_content"):
            around["has_protected_content"] = True
        if p.get("message_effect_id"):
            around["effect_id"] = p["message_effect_id"]
        return around

    def _reply(self, room: Room, reply: Json) -> Json:
        there = self._world.room(reply.get("chat_id", room.id))
        message = there.messages.get(reply["message_id"])
        if message is None:
            if reply.get("allow_sending_without_reply"):
                return {}
            raise bad("message to be replied not found")
        if "quote" in reply:
            return {"reply_to_message": quoted(message), "quote": _quote(message, reply["quote"])}
        return {"reply_to_message": quoted(message)}

    def _markup(self, room: Room, markup: Json | None) -> Json | None:
        if markup is None:
            return None
        if "inline_keyboard" in markup:
            return self.inline(room, markup)
        for row in markup.get("keyboard", ()):
            for button in row:
                if not button["text"].strip():
                    raise bad("keyboard button text must be non-empty")
                if "web_app" in button:
                    checked_web_app(button["web_app"], "keyboard button Web App URL")
        return markup

    def inline(self, room: Room, markup: Json) -> Json | None:
        """An inline keyboard, checked for this chat."""
        return checked_keyboard(markup, private=room.private, allow_localhost=self._world.allow_localhost)


def photo_content(stored: StoredFile) -> Json:
    """A picture in one size: the sandbox shrinks nothing."""
    return {"photo": [stored.described]}


def _quote(message: Json, quote: str) -> Json:
    text = str(message.get("text") or message.get("caption", ""))
    if not quote or quote not in text:
        raise bad("message quote not found")
    before = text[: text.index(quote)]
    return {"text": quote, "position": len(before.encode("utf-16-le")) // 2, "is_manual": True}
