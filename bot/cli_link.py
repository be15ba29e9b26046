"""`resync link` and `resync audit`: what they look up, and what they show. Nothing here opens a page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from rich.markup import escape
from rich.table import Table

from bot.adapters.audit_files import ANCHORS, Anchors, audit_folder, audit_key
from bot.adapters.database.audit import entries
from bot.adapters.database.pages import pages
from bot.adapters.database.store import LOAD, read_conversation
from bot.adapters.database.tables import client_file, conversation
from bot.cli_screen import count, say, table
from bot.directory import file_called
from bot.domain.audit import Flaw, verify
from bot.domain.connection import ConnectionState
from bot.domain.errors import BadInput
from bot.domain.secure_link import PageProgress
from flows.events import Act

if TYPE_CHECKING:
    from bot.adapters.texts import Texts
    from bot.settings import Settings

EVER = datetime(1970, 1, 1, tzinfo=UTC)
FLAWS = {
    Flaw.MISSING: "manque",
    Flaw.CHANGED: "n’est plus telle qu’elle a été écrite, ou la clé n’est pas la bonne",
    Flaw.REWRITTEN: "n’est pas celle dont une ancre se souvient : le journal a été réécrit, ou la base restaurée",
    Flaw.CUT_OFF: "manque, alors qu’une ancre s’en souvient : la fin a été coupée, ou la base restaurée",
}


# resync link


def refuse_without_page(firm: "Settings") -> None:
    """Raises `BadInput` where the firm has no aggregator, and so no page to open."""
    if firm.aggregator == "manual":
        raise BadInput(
            "Sans agrégateur, il n’y a pas de page sécurisée : le client passe par One up. Voir : resync renew"
        )


def act_of(sql: sa.Connection, conversation_id: int, *, password: bool) -> Act:
    """Which page to send: for a new password, or for the bank's agreement. Raises `BadInput` before the first one."""
    told = read_conversation(sql.execute(LOAD.where(conversation.c.id == conversation_id)).one())
    if not told.connection.synchronised:
        raise BadInput(
            f"{told.connection.bank} n’a jamais été connectée : le bot guide la première fois dans One up."
        )
    changed = password or told.connection.state is ConnectionState.PASSWORD_CHANGED
    return Act.ASKED_PASSWORD if changed else Act.SENT_PAGE


def pages_of(sql: sa.Connection, client: str) -> list[tuple[str, PageProgress]]:
    """All pages that a client was sent, each with its bank. Raises `BadInput` for a name that is not one client's."""
    told = map(read_conversation, sql.execute(LOAD.where(client_file.c.id == file_called(sql, client))))
    banks = {each.id: each.connection.bank for each in told}
    return [(banks[each.conversation_id], each) for each in pages(sql, banks.keys(), since=EVER)]


def table_of_pages(shown: Sequence[tuple[str, PageProgress]], texts: "Texts", zone: ZoneInfo) -> Table:
    drawn = table(
        "Empreinte", "Banque", "Où il en est", "Envoyée", "Ouverte", "C’est lui", "À la banque",
        title=count(len(shown), "page"),
    )  # fmt: skip
    for bank, page in shown:
        moments = (page.sent_at, page.opened_at, page.proven_at, page.claimed_at)
        times = (f"{each.astimezone(zone):%d/%m/%Y %H:%M}" if each else "" for each in moments)
        drawn.add_row(*map(escape, (page.fingerprint, bank, texts.say(f"progress-{page.step}"), *times)))
    return drawn


# resync audit


def examine_trail(sql: sa.Connection, firm: "Settings", file: Path | None) -> bool:
    """Say what was found; True where all is well."""
    anchors = Anchors(file or audit_folder(firm) / ANCHORS).read()
    found = verify(entries(sql), audit_key(firm), anchors)
    if found.flaw is not None:
        say(f"✗ L’inscription {found.seq} {FLAWS[found.flaw]}. Ce qui la précède est intact.")
        return False
    against = count(len(anchors), "ancre") if anchors else "aucune ancre : une fin coupée ne se verrait pas"
    say(f"✓ Le journal est intact : {count(found.seq, 'inscription')}, {against}.")
    return True
