"""What the app is sent, in Slack's shapes.

docs.slack.dev, Reference > Interaction payloads; Events API > Events; Interactivity > Slash commands.
"""

from collections.abc import Mapping
from typing import Any

from bot.sandbox.slack.delivery import VERIFICATION_TOKEN
from bot.sandbox.slack.directory import TEAM_DOMAIN
from bot.sandbox.slack.refusal import Json
from bot.sandbox.slack.world import APP_ID, BOT_USER, Channel, User, World


def event_callback(world: World, event: Mapping[str, Any]) -> Json:
    """An event in the envelope of the Events API, with an event_id of its own."""
    authorization = {"enterprise_id": None, "team_id": world.team_id, "user_id": BOT_USER}
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": world.team_id,
        "context_team_id": world.team_id,
        "context_enterprise_id": None,
        "api_app_id": APP_ID,
        "event": dict(event),
        "type": "event_callback",
        "event_id": world.new_id("Ev"),
        "event_time": int(world.now().timestamp()),
        "authorizations": [{**authorization, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": f"4-{world.team_id}",
    }


def interaction(world: World, kind: str, user: User, trigger_id: str) -> Json:
    """What every interaction payload starts with."""
    who = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}
    return {
        "type": kind,
        "user": who,
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "trigger_id": trigger_id,
        "team": {"id": world.team_id, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def in_message(channel: Channel, message: Json, response_url: str) -> Json:
    """The part of block_actions that tells where in a channel. An ephemeral message is not repeated."""
    ephemeral = bool(message.get("is_ephemeral"))
    container = {"type": "message", "message_ts": message["ts"], "channel_id": channel.id}
    container["is_ephemeral"] = ephemeral
    if "thread_ts" in message:
        container["thread_ts"] = message["thread_ts"]
    place: Json = {"id": channel.id, "name": channel.name or "directmessage"}
    shown = {} if ephemeral else {"message": message}
    return {"container": container, "channel": place, "response_url": response_url, **shown}


def command(world: World, user: User, channel: Channel, name: str, text: str) -> Json:
    """The form fields of a slash command; trigger and response URL are added by who sends it."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": world.team_id,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
    }


def rich_text(text: str) -> Json:
    """A text as Slack's own composer sends it."""
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}
