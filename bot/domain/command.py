"""What a colleague means behind `/resync`, however he types it. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.names import folded


class Wish(StrEnum):
    """What is asked for."""

    BOARD = "board"
    CLIENT = "client"
    BANK = "bank"
    HELP = "help"


@dataclass(frozen=True)
class Command:
    """`name` as it was typed: of a client, or of a bank; empty where none was."""

    wish: Wish
    name: str = ""


BOARD = {"", "tableau", "le tableau", "liste", "la liste", "tout", "tous", "clients", "les clients"}
HELP = {"aide", "aides", "aide moi", "a l'aide", "help", "h", "usage", "comment"}
SURROUNDS = " \t«»\"“”'’.,;:!?-\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
A_BANK = re.compile(r"(?:de\s+)?(?:la\s+|les\s+)?(?:banques?|bank|bq)\b\s*:?\s*", re.IGNORECASE)
A_CLIENT = re.compile(
    r"(?:(?:cherche[rz]?|trouve[rz]?|montre[rz]?|voir)\s+)?(?:(?:le|la)\s+)?(?:clients?|dossiers?|fiche)\s+:?\s*",
    re.IGNORECASE,
)


def read_command(typed: str) -> Command:
    """« banque lcl », « La banque : LCL », « Aide ! », « client Odette », or just a name."""
    said = typed.strip(SURROUNDS)
    bare = folded(said)
    if bare in HELP or (not said and "?" in typed):
        return Command(Wish.HELP)
    if bare in BOARD:
        return Command(Wish.BOARD)
    if found := A_BANK.match(said):
        return Command(Wish.BANK, said[found.end() :].strip(SURROUNDS))
    found = A_CLIENT.match(said)
    return Command(Wish.CLIENT, said[found.end() :].strip(SURROUNDS) if found else said)
