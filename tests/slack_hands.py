"""What Slack sends when somebody acts, whether he could see the button at this moment or not."""

from typing import Any

from bot.sandbox.slack import Slack
from bot.sandbox.slack.posting import Outcome

Json = dict[str, Any]


async def presses(slack: Slack, user: str, button: str, value: str = "7", channel: str = "C0RESYNC") -> Outcome:
    """A button of a message."""
    action = {
        "type": "button",
        "action_id": button,
        "block_id": "b",
        "value": value,
        "action_ts": slack._world.stamp(),
    }
    payload = slack._interaction("block_actions", user)
    place = {"channel": {"id": channel, "name": "salon"}, "actions": [action]}
    return await slack._interact({**payload, **place})


async def submits(
    slack: Slack, user: str, window: str, values: Json | None = None, about: str = "7", inputs: tuple[str, ...] = ()
) -> Outcome:
    """A window, with the values of its inputs as Slack sends them."""
    values = values or {}
    blocks = [{"type": "input", "block_id": each} for each in inputs or values]
    view = {
        "id": slack._world.new_id("V"), "type": "modal", "callback_id": window, "private_metadata": about,
        "hash": "1.a", "blocks": blocks, "state": {"values": values},
    }  # fmt: skip
    return await slack._interact({**slack._interaction("view_submission", user), "view": view})


async def uses_shortcut(slack: Slack, user: str, name: str) -> Outcome:
    """A global shortcut: it comes from no channel."""
    return await slack._interact({**slack._interaction("shortcut", user), "callback_id": name, "action_ts": "1.1"})


def shows_a_window(slack: Slack, user: str) -> str:
    """Somebody has a window before him, whatever is in it."""
    blank = {"type": "modal", "title": {"type": "plain_text", "text": "Resync"}, "blocks": []}
    shown = slack._views.open({"trigger_id": slack._triggers.new(user), "view": blank})
    return str(shown["view"]["id"])


async def presses_in_window(slack: Slack, user: str, button: str, value: str) -> Outcome:
    """A button of the window in front of him; it is in no channel."""
    view_id = shows_a_window(slack, user)
    action = {
        "type": "button",
        "action_id": button,
        "block_id": "b",
        "value": value,
        "action_ts": slack._world.stamp(),
    }
    view = {"id": view_id, "type": "modal", "callback_id": "client", "private_metadata": value, "blocks": []}
    payload = slack._interaction("block_actions", user, view_id)
    return await slack._interact({**payload, "view": view, "actions": [action]})


async def edits(slack: Slack, user: str, ts: str, text: str) -> Outcome:
    """A colleague changes the words of a message of his own: an event that holds both."""
    channel = slack._world.home_channel
    before = dict(channel.messages[ts])
    assert before["user"] == user, "one changes one's own messages only"
    channel.messages[ts] = message = {**before, "text": text, "edited": {"user": user, "ts": slack._world.stamp()}}
    change = {"subtype": "message_changed", "hidden": True, "message": message, "previous_message": before}
    return await slack._delivery.event(slack._callback(slack._chat._about(channel, change)))
