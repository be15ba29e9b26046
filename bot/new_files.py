"""A client file made by hand, in a window on Slack: the checks of the firm's list, and its way into the database."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from bot.adapters.database.audit import note
from bot.adapters.database.radar import BANKS
from bot.adapters.database.tables import client_file, connection, conversation
from bot.domain.banks import COMMON
from bot.domain.desk import FormRefused
from bot.domain.errors import BadInput
from bot.domain.names import folded
from bot.engine import Calendars
from bot.importing import ImportRefused, Plan, Row, store_import
from bot.importing.plan import READERS, TITLES
from bot.importing.values import past_day

FIELDS = (
    "client",
    "siren",
    "bank",
    "contact",
    "role",
    "phone",
    "email",
    "last_sync",
    "accountant",
    "aggregator_user",
)
NEEDED = {
    "client": "Indiquez le nom du client.",
    "bank": "Choisissez une banque dans la liste, ou écrivez son nom.",
    "contact": "Indiquez la personne à qui le bot écrira.",
}
ALREADY = (
    "Ce dossier existe déjà. Pour lui ajouter une banque ou un contact, complétez votre liste, puis importez-la."
)


def read_form(written: Mapping[str, str], today: date) -> Row:
    """One line of a client list, out of what was written in each field. Raises `FormRefused` with every fault."""
    readers: dict[str, Callable[[str], Any]] = {**READERS, "last_sync": past_day(today)}
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field in FIELDS:
        cell = " ".join(written.get(field, "").split())
        if not cell:
            faults |= {field: NEEDED[field]} if field in NEEDED else {}
            continue
        try:
            found[field] = readers[field](cell)
        except BadInput as error:
            faults[field] = str(error)
    if faults:
        raise FormRefused(faults)
    return Row(line=1, **found)


def create_file(sql: sa.Connection, row: Row, *, now: datetime, calendars: Calendars, by: str) -> int:
    """Store a new client file; returns the conversation about its bank. Raises `FormRefused`."""
    if is_known(sql, row):
        raise FormRefused({"client": ALREADY})
    try:
        store_import(sql, Plan((row,)), now=now, calendars=calendars)
    except ImportRefused as refused:
        fields = {title: field for field, title in TITLES.items()}
        raise FormRefused({fields[each.column]: each.advice for each in refused.faults}) from None
    created = conversation_called(sql, row.client)
    note(sql, "file-created", conversation=created, by=by)
    return created


def conversation_called(sql: sa.Connection, client: str) -> int:
    """The conversation about the first bank of a client."""
    found = (
        sa.select(conversation.c.id)
        .join(connection, conversation.c.connection_id == connection.c.id)
        .join(client_file, connection.c.file_id == client_file.c.id)
        .where(client_file.c.name == client)
        .order_by(conversation.c.id)
    )
    return int(sql.execute(found.limit(1)).scalar_one())


def is_known(sql: sa.Connection, row: Row) -> bool:
    """Is there a client of this name, or of this SIREN?"""
    files = sql.execute(sa.select(client_file.c.name, client_file.c.siren)).all()
    return any(folded(each.name) == folded(row.client) or (row.siren and each.siren == row.siren) for each in files)


def banks_to_choose(sql: sa.Connection, most: int) -> list[str]:
    """The firm's own banks, then those that are common in France; each once, however its name is typed."""
    named: dict[str, str] = {}
    for bank in (*sql.execute(BANKS).scalars(), *COMMON):
        named.setdefault(folded(bank), bank)
    return [named[each] for each in list(named)[:most]]
