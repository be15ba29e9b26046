"""Messages: posting, changing, removing them, for all or for one person's eyes."""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.sandbox.slack.blocks import faults_of_blocks, files_used, with_identifiers
from bot.sandbox.slack.pace import Pace
from bot.sandbox.slack.refusal import Json, Refused
from bot.sandbox.slack.world import APP_ID, BOT_ID, BOT_NAME, BOT_USER, Channel, World

_MOST_TEXT, _MOST_MARKDOWN, _MOST_ATTACHMENTS = 40_000, 12_000, 100
_ATTACHMENT = frozenset(
    (
        *("actions", "attachment_type", "callback_id", "mrkdwn_in", "ts", "fields", "blocks", "color"),
        *("author_icon", "author_link", "author_name", "fallback", "footer", "footer_icon", "image_url"),
        *("pretext", "text", "thumb_url", "title", "title_link"),
    )
)
_EMOJI = re.compile(r"[a-z0-9_+'-]{1,100}")


class Chat:
    """The `chat.*`, `reactions.*` and `pins.*` methods. `emit` takes the events an app would be told of."""

    def __init__(self, world: World, pace: Pace, emit: Callable[[Json], None]) -> None:
        self._world, self._pace, self._emit = world, pace, emit

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "chat.postMessage": self.post_message,
            "chat.update": self.update,
            "chat.delete": self.delete,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.getPermalink": self.permalink,
            "reactions.add": self.react,
            "pins.add": self.pin,
        }

    def post_message(self, args: Json) -> Json:
        channel = self._world.find_channel(args["channel"])
        self._pace.spend(channel.id)
        message = self.add(channel, self._from_bot(self.content(args), args), args.get("thread_ts"))
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def content(self, args: Mapping[str, Any]) -> Json:
        """The text, blocks and attachments of a message, checked. Raises `Refused`."""
        given = {name: args[name] for name in ("text", "blocks", "attachments") if args.get(name)}
        markdown = args.get("markdown_text")
        if markdown and ("text" in given or "blocks" in given):
            raise Refused("markdown_text_conflict")
        if not given.keys() - {"text"} and not (given.get("text") or markdown or "").strip():
            raise Refused("no_text")
        if len(given.get("text", "")) > _MOST_TEXT or len(markdown or "") > _MOST_MARKDOWN:
            raise Refused("msg_too_long")
        content = {"text": given.get("text") or markdown or ""}
        if "blocks" in given:
            content["blocks"] = self.kept_blocks(given["blocks"])
        if "attachments" in given:
            content["attachments"] = self._attachments(given["attachments"])
        return content

    def kept_blocks(self, blocks: Any, where: str = "/blocks") -> list[Json]:
        """The blocks as Slack would keep them. Raises `Refused` invalid_blocks_format, invalid_blocks."""
        if not isinstance(blocks, list):
            raise Refused("invalid_blocks_format")
        faults = faults_of_blocks(blocks, where) or self.unknown_files(blocks)
        if faults:
            raise Refused("invalid_blocks", faults)
        return with_identifiers(blocks, self._world.names)

    def unknown_files(self, blocks: Any) -> list[str]:
        """A line for each `slack_file` the blocks show that this Slack does not hold."""
        named = [each.get("id") or each["url"] for each in files_used(blocks)]
        return [f"invalid slack file: {each}" for each in named if not self._holds(each)]

    def _holds(self, name: str) -> bool:
        # A file is named by its id, or by one of its addresses, which hold the id.
        found = [each for each in self._world.files.values() if name == each.id or f"/{each.id}/" in name]
        return any(each.complete for each in found)

    def _attachments(self, attachments: Any) -> list[Json]:
        if not isinstance(attachments, list) or not all(isinstance(each, dict) for each in attachments):
            raise Refused("invalid_attachments")
        if len(attachments) > _MOST_ATTACHMENTS:
            raise Refused("too_many_attachments")
        unknown = [name for each in attachments for name in each if name not in _ATTACHMENT]
        if unknown:
            raise Refused("invalid_attachments", [f"unsupported field: {name}" for name in unknown])
        return [self._attachment(number, each) for number, each in enumerate(attachments)]

    def _attachment(self, number: int, attachment: Json) -> Json:
        kept = {"id": number + 1, **attachment}
        if "blocks" in attachment:
            kept["blocks"] = self.kept_blocks(attachment["blocks"], f"/attachments/{number}/blocks")
        return kept

    def _from_bot(self, content: Json, args: Mapping[str, Any]) -> Json:
        message = {"user": BOT_USER, "bot_id": BOT_ID, "app_id": APP_ID, **content}
        message["bot_profile"] = {
            "id": BOT_ID,
            "app_id": APP_ID,
            "name": BOT_NAME,
            "team_id": self._world.team_id,
        }
        if "metadata" in args:
            message["metadata"] = args["metadata"]
        if "username" in args:
            message |= {"subtype": "bot_message", "username": args["username"]}
        return message

    def from_bot(self, channel: Channel, args: Mapping[str, Any], thread_ts: str | None = None) -> Json:
        """Post in the bot's name without the method's pace: what answers to a response_url do."""
        return self.add(channel, self._from_bot(self.content(args), args), thread_ts)

    def add(self, channel: Channel, message: Json, thread_ts: str | None = None, tell: bool = True) -> Json:
        """Put a message in a channel, tell the screens, and the app unless `tell` is false."""
        thread = self._thread_of(channel, thread_ts)
        kept = {
            "type": "message",
            "ts": self._world.stamp(),
            "team": self._world.team_id,
            **message,
            **thread,
        }
        channel.messages[kept["ts"]] = kept
        if thread:
            channel.threads[thread["thread_ts"]].append(kept["ts"])
            self._count_replies(channel, thread["thread_ts"])
        self._world.changed("message", channel=channel.id, message=kept)
        if tell:
            self._emit(event_of(channel, kept))
        return kept

    def _thread_of(self, channel: Channel, thread_ts: str | None) -> Json:
        if thread_ts is None:
            return {}
        parent = channel.messages.get(thread_ts)
        if parent is None or parent.get("thread_ts", thread_ts) != thread_ts:
            # The real server lets a reply hang on nothing, or on a reply; it is always a mistake.
            raise Refused("thread_not_found")
        return {"thread_ts": thread_ts, "parent_user_id": parent["user"]}

    def _count_replies(self, channel: Channel, thread_ts: str) -> None:
        parent, replies = channel.messages[thread_ts], channel.replies(thread_ts)
        writers = list(dict.fromkeys(each["user"] for each in replies))
        parent |= {
            "thread_ts": thread_ts,
            "reply_count": len(replies),
            "reply_users": writers,
            "reply_users_count": len(writers),
        }
        if replies:
            parent["latest_reply"] = replies[-1]["ts"]

    def update(self, args: Json) -> Json:
        channel = self._world.find_channel(args["channel"])
        message = self._own(channel, args["ts"], "cant_update_message")
        before = copy.deepcopy(message)
        # What is not given stays as it was: an empty array takes blocks away, their absence does not.
        retained = set() if "markdown_text" in args else {"blocks", "attachments"} - args.keys()
        kept = {name: message[name] for name in retained & message.keys()}
        self.replace(message, {**self.content({**kept, **args}), **_given(args, ("metadata",))})
        self._tell_changed(channel, message, before)
        return {
            "channel": channel.id,
            "ts": message["ts"],
            "text": message["text"],
            "message": message,
        }

    def replace(self, message: Json, content: Json) -> None:
        """Give a message other content, in place."""
        for name in ("blocks", "attachments"):
            message.pop(name, None)
        message |= {**content, "edited": {"user": BOT_USER, "ts": message["ts"]}}

    def rewrite(self, channel: Channel, message: Json, args: Mapping[str, Any]) -> None:
        """Replace a message as an answer to a response_url does. Raises `Refused`."""
        before = copy.deepcopy(message)
        self.replace(message, self.content(args))
        self._tell_changed(channel, message, before)

    def _tell_changed(self, channel: Channel, message: Json, before: Json) -> None:
        self._world.changed("update", channel=channel.id, message=message)
        change = {
            "subtype": "message_changed",
            "message": message,
            "previous_message": before,
            "hidden": True,
        }
        self._emit(self._about(channel, change))

    def _about(self, channel: Channel, change: Json) -> Json:
        stamp = self._world.stamp()
        shared = {"type": "message", "channel": channel.id, "ts": stamp, "event_ts": stamp}
        return copy.deepcopy({**shared, "channel_type": _kind_of(channel), **change})

    def _own(self, channel: Channel, ts: str, otherwise: str) -> Json:
        message = channel.message(ts)
        if message.get("bot_id") != BOT_ID:
            raise Refused(otherwise)
        return message

    def delete(self, args: Json) -> Json:
        channel = self._world.find_channel(args["channel"])
        self.remove(channel, self._own(channel, args["ts"], "cant_delete_message"))
        return {"channel": channel.id, "ts": args["ts"]}

    def remove(self, channel: Channel, message: Json) -> None:
        """Take a message away. One with replies leaves a tombstone, or its thread would hang on nothing."""
        before, ts = copy.deepcopy(message), message["ts"]
        if channel.replies(ts):
            message.pop("blocks", None)
            message |= {"subtype": "tombstone", "text": "This message was deleted.", "hidden": True}
        else:
            del channel.messages[ts]
        parent = message.get("thread_ts")
        if parent is not None and parent != ts:
            channel.threads[parent].remove(ts)
            self._count_replies(channel, parent)
        self._world.changed("delete", channel=channel.id, ts=ts)
        change = {"subtype": "message_deleted", "deleted_ts": ts, "previous_message": before, "hidden": True}
        self._emit(self._about(channel, change))

    def post_ephemeral(self, args: Json) -> Json:
        channel = self._world.find_channel(args["channel"])
        if args["user"] not in channel.members:
            raise Refused("user_not_in_channel")
        thread = self._thread_of(channel, args.get("thread_ts"))
        return {"message_ts": self.whisper(channel, args["user"], {**self.content(args), **thread})["ts"]}

    def whisper(self, channel: Channel, user_id: str, content: Json) -> Json:
        """Show a message to one person only. It is in no channel: methods do not find it."""
        shared = {"type": "message", "ts": self._world.stamp(), "user": BOT_USER, "bot_id": BOT_ID}
        message = {**shared, "channel": channel.id, "is_ephemeral": True, **content}
        self._world.ephemerals[user_id].append(message)
        self._world.changed("ephemeral", user=user_id, message=message)
        return message

    def permalink(self, args: Json) -> Json:
        channel = self._world.find_channel(args["channel"])
        ts = channel.message(args["message_ts"])["ts"]
        path = f"archives/{channel.id}/p{ts.replace('.', '')}"
        return {"channel": channel.id, "permalink": self._world.url(path)}

    def react(self, args: Json) -> Json:
        message = self._world.find_channel(args["channel"]).message(args["timestamp"])
        if not _EMOJI.fullmatch(args["name"]):
            raise Refused("invalid_name")
        reactions = message.setdefault("reactions", [])
        if any(each["name"] == args["name"] for each in reactions):
            raise Refused("already_reacted")
        reactions.append({"name": args["name"], "users": [BOT_USER], "count": 1})
        self._world.changed("update", channel=args["channel"], message=message)
        return {}

    def pin(self, args: Json) -> Json:
        channel = self._world.find_channel(args["channel"])
        ts = channel.message(args["timestamp"])["ts"]
        if ts in channel.pins:
            raise Refused("already_pinned")
        channel.pins.add(ts)
        channel.messages[ts]["pinned_to"] = [channel.id]
        return {}


def event_of(channel: Channel, message: Json) -> Json:
    """The `message` event that tells an app of a message (docs.slack.dev, Events > message)."""
    event = {**message, "channel": channel.id, "channel_type": _kind_of(channel), "event_ts": message["ts"]}
    if "files" in message:
        event["subtype"] = "file_share"
    return copy.deepcopy(event)


def _kind_of(channel: Channel) -> str:
    if not channel.people:
        return "channel"
    return "im" if len(channel.people) == 1 else "mpim"


def _given(args: Mapping[str, Any], names: Sequence[str]) -> Json:
    return {name: args[name] for name in names if name in args}
