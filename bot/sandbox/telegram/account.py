"""The methods about the bot itself and its chats: who it is, its commands, its menu button, files."""

import re

from bot.sandbox.telegram.limits import Json, bad, checked_web_app
from bot.sandbox.telegram.sending import Call
from bot.sandbox.telegram.world import World

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_MOST_COMMANDS = 100
_DESCRIPTION = 256
_TEXTS = {"name": 64, "description": 512, "short_description": 120}
# What every ChatFullInfo must say and a sandbox has no opinion on.
_CHAT_DEFAULTS: Json = {
    "accent_color_id": 0,
    "max_reaction_count": 11,
    "accepted_gift_types": dict.fromkeys(
        ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"),
        True,
    ),
}


class Account:
    """Performs them, and keeps what the bot said of itself."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self._texts: dict[tuple[str, str], str] = {("name", ""): world.bot["first_name"]}
        self._menus: dict[int, Json] = {}

    def get_me(self, _call: Call) -> Json:
        """GetMe: reads every message of its groups, has no inline mode."""
        more = ("supports_inline_queries", "can_connect_to_business", "has_main_web_app")
        able = {"can_join_groups": True, "can_read_all_group_messages": True}
        return self._world.bot | able | dict.fromkeys(more, False)

    def leave(self, _call: Call) -> bool:
        """LogOut and close: the sandbox has no other server to move to."""
        return True

    def get_chat(self, call: Call) -> Json:
        """GetChat."""
        return self._world.room(call.parameters["chat_id"]).chat | _CHAT_DEFAULTS

    def get_file(self, call: Call) -> Json:
        """GetFile: where to download it."""
        return self._world.files.described(call.parameters["file_id"])

    def set_commands(self, call: Call) -> bool:
        """SetMyCommands, for a scope and a language."""
        commands: list[Json] = call.parameters["commands"]
        if len(commands) > _MOST_COMMANDS:
            raise bad("too many bot commands specified")
        for one in commands:
            if not _COMMAND.fullmatch(one["command"].removeprefix("/")):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(one["description"]) <= _DESCRIPTION:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        bare = [one | {"command": one["command"].removeprefix("/")} for one in commands]
        self._commands[_scope(call.parameters)] = bare
        return True

    def get_commands(self, call: Call) -> list[Json]:
        """GetMyCommands, exactly for this scope and language."""
        return self._commands.get(_scope(call.parameters), [])

    def delete_commands(self, call: Call) -> bool:
        """DeleteMyCommands."""
        self._commands.pop(_scope(call.parameters), None)
        return True

    def set_text(self, field: str, call: Call) -> bool:
        """SetMyName, setMyDescription, setMyShortDescription; empty goes back to none."""
        text = call.parameters.get(field, "")
        if len(text) > _TEXTS[field]:
            raise bad(f"bot {field.replace('_', ' ')} is too long")
        self._texts[field, call.parameters.get("language_code", "")] = text
        return True

    def get_text(self, field: str, call: Call) -> Json:
        """GetMyName, getMyDescription, getMyShortDescription: the language's own, else everyone's."""
        own = self._texts.get((field, call.parameters.get("language_code", "")))
        return {field: own or self._texts.get((field, ""), "")}

    def set_menu(self, call: Call) -> bool:
        """SetChatMenuButton, for one person or for all."""
        menu: Json = call.parameters.get("menu_button", {"type": "default"})
        if menu["type"] == "web_app":
            menu = menu | {"web_app": checked_web_app(menu["web_app"], "menu button Web App URL")}
        self._menus[self._menu_owner(call.parameters)] = menu
        return True

    def get_menu(self, call: Call) -> Json:
        """GetChatMenuButton: the person's own, else everyone's."""
        owner = self._menu_owner(call.parameters)
        return self._menus.get(owner) or self._menus.get(0) or {"type": "commands"}

    def _menu_owner(self, p: Json) -> int:
        return self._world.room(p["chat_id"]).id if "chat_id" in p else 0


def _scope(p: Json) -> tuple[str, str]:
    scope: Json = p.get("scope", {"type": "default"})
    return ":".join(str(scope[name]) for name in sorted(scope)), p.get("language_code", "")
