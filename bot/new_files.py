"""A client file made or completed by hand, in a window on Slack: the checks of the firm's list, and the way in."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
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
ALREADY = "Ce dossier existe déjà. Pour lui ajouter une banque ou un contact, ouvrez sa fiche : « Compléter… »."
BANK_ALREADY = "Cette banque est déjà dans ce dossier."
NOTHING = "Indiquez une banque, un contact, ou les deux."
NAMELESS = "Indiquez le nom du contact."
DATE_OF_WHAT = "Indiquez de quelle banque."
"""Why a window is refused, beside what `READERS` say of single fields."""
OF_CONTACT = ("role", "phone", "email")


def read_form(written: Mapping[str, str], today: date, needed: Collection[str] = tuple(NEEDED)) -> Row:
    """One line of a client list, out of what was written in each field. Raises `FormRefused` with every fault."""
    readers: dict[str, Callable[[str], Any]] = {**READERS, "last_sync": past_day(today)}
    found: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for field in FIELDS:
        cell = " ".join(written.get(field, "").split())
        if not cell:
            faults |= {field: NEEDED[field]} if field in needed else {}
            continue
        try:
            found[field] = readers[field](cell)
        except BadInput as error:
            faults[field] = str(error)
    if faults:
        raise FormRefused(faults)
    return Row(**{"line": 1, "client": "", "bank": "", **found})


def create_file(sql: sa.Connection, row: Row, *, now: datetime, calendars: Calendars, by: str) -> int:
    """Store a new client file; returns the conversation about its bank. Raises `FormRefused`."""
    if is_known(sql, row):
        raise FormRefused({"client": ALREADY})
    try:
        store_import(sql, Plan((row,)), now=now, calendars=calendars)
    except ImportRefused as refused:
        fields = {title: field for field, title in TITLES.items()}
        raise FormRefused({fields[each.column]: each.advice for each in refused.faults}) from None
    created = conversation_about(sql, file_called(sql, row.client))
    note(sql, "file-created", conversation=created, by=by)
    return created


def add_to_file(sql: sa.Connection, file_id: int, row: Row, *, now: datetime, calendars: Calendars, by: str) -> int:
    """A bank more, a contact more, or both; returns the conversation to go on with. Raises `FormRefused`.

    A contact who is known already gets what is new about him; who is asked first stays so.
    """
    file = sql.execute(sa.select(client_file.c.name).where(client_file.c.id == file_id)).one_or_none()
    if file is None:
        raise FormRefused({"bank": "Ce dossier n’existe plus."})
    banks = sql.execute(
        sa.select(connection.c.bank).where(connection.c.file_id == file_id).order_by(connection.c.id)
    ).scalars()
    known = {folded(bank): bank for bank in banks}
    check_addition(row, known)
    row = replace(row, client=file.name, bank=row.bank or next(iter(known.values())))
    everywhere = [replace(row, bank=bank, last_sync=None) for bank in known.values()]
    store_import(sql, Plan((*everywhere, row)), now=now, calendars=calendars, whole=False)
    note(sql, "file-completed", file=file_id, by=by)
    return conversation_about(sql, file_id, row.bank)


def check_addition(row: Row, known: Collection[str]) -> None:
    """Is there something to add, and is it not there already? `known`: the file's banks, folded."""
    if not row.contact and any(getattr(row, field) for field in OF_CONTACT):
        raise FormRefused({"contact": NAMELESS})
    if not row.bank and not row.contact:
        raise FormRefused({"bank": NOTHING})
    if row.last_sync and not row.bank:
        raise FormRefused({"last_sync": DATE_OF_WHAT})
    if folded(row.bank) in known:
        raise FormRefused({"bank": BANK_ALREADY})
    if not row.bank and not known:
        raise FormRefused({"bank": NEEDED["bank"]})


def conversation_about(sql: sa.Connection, file_id: int, bank: str = "") -> int:
    """The conversation about a bank of a client, however its name is written; without one, about the first."""
    found = sql.execute(
        sa.select(conversation.c.id, connection.c.bank)
        .join(connection, conversation.c.connection_id == connection.c.id)
        .where(connection.c.file_id == file_id)
        .order_by(conversation.c.id)
    ).all()
    return int(next(each.id for each in found if folded(bank) in ("", folded(each.bank))))


def file_called(sql: sa.Connection, client: str) -> int:
    return int(sql.execute(sa.select(client_file.c.id).where(client_file.c.name == client)).scalar_one())


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
