"""The directory: which client file somebody means by the name that he types. A doubt is told, never guessed away."""

import difflib
from collections.abc import Mapping

import sqlalchemy as sa

from bot.adapters.database.tables import client_file
from bot.domain.errors import BadInput
from bot.domain.names import folded

LISTED = 8


def file_called(sql: sa.Connection, name: str) -> int:
    """The id of the one client file of that name. Raises `BadInput` that lists the candidates."""
    rows = sql.execute(sa.select(client_file.c.id, client_file.c.name).order_by(client_file.c.name))
    return choose({row.id: row.name for row in rows}, name, "Aucun client")


def choose(names: Mapping[int, str], typed: str, none: str) -> int:
    """The one whose name this is, or the only one whose name has it inside, whatever the case and the accents.

    Raises `BadInput` that begins with `none` (« Aucun client ») where nothing is called so, or lists the candidates.
    """
    wanted = folded(typed)
    plain = {each: folded(name) for each, name in names.items()}
    exact = [each for each, name in plain.items() if name == wanted]
    found = exact or [each for each, name in plain.items() if wanted and wanted in name]
    if len(found) == 1:
        return found[0]
    if found:
        listed = " ou ".join(f"« {names[each]} »" for each in found[:LISTED])
        more = f" (et {len(found) - LISTED} autres)" if len(found) > LISTED else ""
        raise BadInput(f"« {typed} » peut être {listed}{more}. Écrivez le nom en entier.")
    raise BadInput(f"{none} ne s’appelle « {typed} ».{nearest(names, plain, wanted)}")


def nearest(names: Mapping[int, str], plain: Mapping[int, str], wanted: str) -> str:
    """What he may have meant."""
    near = difflib.get_close_matches(wanted, plain.values(), n=3, cutoff=0.5)
    listed = " ou ".join(f"« {names[each]} »" for each, name in plain.items() if name in near)
    return f" Vouliez-vous dire {listed} ?" if listed else ""
