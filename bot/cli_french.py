"""Typer in French: its help and what it says of a misspelt command."""

import difflib
from collections.abc import Iterator
from typing import Any

import typer
from typer.core import TyperGroup

from bot.domain.errors import BadInput


class French(TyperGroup):
    """Our group of commands: an unknown one is told with the nearest that exists."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name = args[0]
        if self.get_command(ctx, name) is None:
            near = difflib.get_close_matches(name, self.list_commands(ctx), n=1)
            hint = (
                f"Vouliez-vous dire : {ctx.command_path} {near[0]} ?" if near else f"Voir : {ctx.command_path} --help"
            )
            raise BadInput(f"La commande « {name} » n’existe pas. {hint}")
        return super().resolve_command(ctx, args)


def speak_french(group: Any) -> None:
    """The words of the help that Typer writes by itself."""
    from typer import rich_utils

    rich_utils.ARGUMENTS_PANEL_TITLE = "Ce qu’il faut indiquer"
    rich_utils.OPTIONS_PANEL_TITLE = "Options"
    rich_utils.COMMANDS_PANEL_TITLE = "Commandes"
    rich_utils.REQUIRED_LONG_STRING = "[obligatoire]"
    rich_utils.DEFAULT_STRING = "[par défaut : {}]"
    for command in every_command(group):
        command.options_metavar = "[OPTIONS]"
        asked = command.get_help_option(command.context_class(command))
        if asked is not None:
            asked.help = "Montrer cette aide."


def every_command(command: Any) -> Iterator[Any]:
    """A command, and where it is a group, all that are in it."""
    yield command
    for each in getattr(command, "commands", {}).values():
        yield from every_command(each)


def explain(error: "typer.TyperException") -> str:
    """A mistake on the command line, in one line."""
    param, option = getattr(error, "param", None), getattr(error, "option_name", "")
    name = (param.metavar or param.name) if param is not None else option
    context = getattr(error, "ctx", None)
    see = f"Voir : {context.command_path if context else 'resync'} --help"
    kind = type(error).__name__
    if kind == "MissingParameter":
        return f"Il manque : {name}. {see}"
    if kind == "NoSuchOption":
        near = getattr(error, "possibilities", None)
        return f"L’option {option} n’existe pas. {f'Vouliez-vous dire {near[0]} ?' if near else see}"
    if kind in ("BadParameter", "BadOptionUsage"):
        return (
            f"L’option {name} attend une valeur. {see}"
            if kind == "BadOptionUsage"
            else f"{name} ne convient pas. {see}"
        )
    return f"Commande incomprise. {see}"
