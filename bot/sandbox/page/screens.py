"""What each screen shows, in plain values for the page's script. Nothing here changes anything."""

import json
from typing import Any

from bot.sandbox.page.stage import Client, Stage, is_his_own

Json = dict[str, Any]
_HELD = ("text", "caption", "entities", "caption_entities", "document", "voice", "sticker")


async def phone(stage: Stage, client: Client) -> Json:
    """A client's chat with the bot, as it stands."""
    owner = stage.telegram.person(client.person, client.name)
    messages = stage.telegram.chat(client.person)
    return {
        "person": client.person,
        "started": owner.started,
        "blocked": owner.blocked,
        "invited": bool(client.invitation) and not owner.started,
        "commands": await _commands(stage),
        "messages": [_message(each) for each in messages],
    }


async def _commands(stage: Stage) -> list[Json]:
    """The bot's menu, as the bot itself has set it."""
    _, body = await stage.telegram.perform("getMyCommands", {})
    commands: list[Json] = json.loads(body).get("result", [])
    return commands


def _message(message: Json) -> Json:
    shown = {name: message[name] for name in _HELD if name in message}
    return {
        **shown,
        "id": message["message_id"],
        "mine": is_his_own(message),
        "date": message["date"],
        "edited": "edit_date" in message,
        "photo": message["photo"][-1] if "photo" in message else None,
        "buttons": message.get("reply_markup", {}).get("inline_keyboard", []),
        "quoted": _words(message["reply_to_message"]) if "reply_to_message" in message else "",
    }


def _words(message: Json) -> str:
    return str(message.get("text") or message.get("caption") or "…")


def desk(stage: Stage, user: str) -> Json:
    """The firm's Slack as one colleague sees it: everybody's messages, those for him alone, and his home tab."""
    names = {each.id: each.name for each in stage.staff}
    return {
        "user": user,
        "names": names,
        "messages": stage.slack.messages(),
        "whispers": stage.slack.ephemerals(user),
        "view": stage.slack.view_of(user),
        "home": stage.slack.home_of(user),
    }


def fleet(stage: Stage) -> Json:
    """Everybody at a glance: his banks, the last word of his chat, and whether the firm's people have him in hand."""
    open_cases = [each["text"] for each in stage.slack.messages() if _has_buttons(each)]
    return {
        "clients": [_at_a_glance(stage, each, open_cases) for each in stage.clients],
        "banks": [_brand(stage, name) for name in sorted(stage.bank.brands)],
    }


def _has_buttons(message: Json) -> bool:
    return any(block["type"] == "actions" for block in message.get("blocks", ()))


def _at_a_glance(stage: Stage, client: Client, open_cases: list[str]) -> Json:
    messages = stage.telegram.chat(client.person)
    last = messages[-1] if messages else None
    return {
        "person": client.person,
        "restaurant": client.restaurant,
        "name": client.name,
        "habit": stage.habits.get(client.person, ""),
        "case": any(client.restaurant in text for text in open_cases),
        "links": [
            {
                "bank": link.brand.name,
                "state": stage.bank.state(link),
                "days_left": (link.access_expire - stage.now()).total_seconds() / 86_400,
            }
            for link in stage.bank.links_of(client.bank_user)
        ],
        "last": {"text": _words(last)[:120], "date": last["date"], "mine": is_his_own(last)} if last else None,
    }


def _brand(stage: Stage, name: str) -> Json:
    clients = {link.user.id for link in stage.bank.links.values() if link.brand.name == name}
    return {"name": name, "up": stage.bank.bank_up(name), "clients": len(clients)}


def bank(stage: Stage, client: Client, passwords: dict[int, str]) -> Json:
    """A client's connections. `passwords`: the new ones, which only the player knows."""
    now = stage.now()
    links = []
    for link in stage.bank.links_of(client.bank_user):
        known = passwords.get(link.id, "")
        links.append(
            {
                **stage.bank.view(link.id),
                "days_left": (link.access_expire - now).total_seconds() / 86_400,
                "new_password": known if not link.password_is_right() or link.password_expired else "",
                "late": link.late.total_seconds() > 0,
            }
        )
    return {"user": client.bank_user, "links": links, "brands": sorted(stage.bank.brands)}
