"""`resync incident`: the banks in general trouble; what they look up, decide and show. All in French."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from rich.markup import escape
from rich.table import Table

from bot.adapters.database.radar import BANKS
from bot.cli_screen import count, table
from bot.directory import choose
from bot.domain.errors import BadInput
from bot.domain.names import folded
from bot.domain.radar import Incident, IncidentState

if TYPE_CHECKING:
    from bot.settings import Settings

SHOWN = 20
STATES = {
    IncidentState.PROPOSED: "à décider",
    IncidentState.DECLARED: "déclaré",
    IncidentState.DISMISSED: "ce n’était rien",
    IncidentState.OVER: "terminé",
}


def require_started(sql: sa.Connection) -> None:
    """Raises `BadInput` where it has never run: its first start makes the queue of what is to be told."""
    schema = "dbos" if sql.dialect.name == "postgresql" else None
    if not sa.inspect(sql).has_table("workflow_status", schema=schema):
        raise BadInput("Resync n’a encore jamais tourné sur cette base. Lancez-le d’abord : resync run")


def bank_called(sql: sa.Connection, typed: str) -> str:
    """The bank of the firm's list that is meant. Raises `BadInput` in any doubt."""
    named: dict[str, str] = {folded(each): each for each in sql.execute(BANKS).scalars()}  # one of several spellings
    banks = dict(enumerate(sorted(named.values())))
    return banks[choose(banks, typed, "Aucune banque de vos clients")]


async def declare(firm: "Settings", bank: str) -> Incident | None:
    """As « Déclarer l'incident » in Slack. None where it is declared already."""
    from bot.app import open_engine

    async with open_engine(firm) as engine:
        return await engine.incidents.declare(bank, who="", by="operator")


async def end(firm: "Settings", bank: str) -> Incident | None:
    """As « C'est revenu » in Slack. None where there is nothing to end."""
    from bot.app import open_engine

    async with open_engine(firm) as engine:
        return await engine.incidents.end(bank, who="", by="operator")


def table_of_incidents(shown: Sequence[Incident], zone: ZoneInfo) -> Table:
    """The newest first."""
    drawn = table(
        "Banque", "Vu", "Situation", "Échouent", "D’habitude", "Prévenus", title=count(len(shown), "incident")
    )  # fmt: skip
    for each in shown:
        seen = f"{each.opened_at.astimezone(zone):%d/%m/%Y %H:%M}"
        figures = f"{each.failing} sur {each.clients}" if each.clients else ""
        usual = f"{each.habit:.0%}" if each.clients else ""
        cells = (each.bank, seen, STATES[each.state], figures, usual, str(each.told))
        drawn.add_row(*map(escape, cells))
    return drawn
