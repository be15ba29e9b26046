"""What the command line shows: sentences, tables and codes, all in French."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from bot.adapters.database.board import ClientLine
    from bot.adapters.texts import Texts
    from bot.importing import Fault, ImportResult
    from bot.invitations import Invited


def say(text: str) -> None:
    """A line for a person; markup signs in it are just signs."""
    console().print(text, markup=False, highlight=False, soft_wrap=True)


def console(*, stderr: bool = False) -> Console:
    return Console(stderr=stderr)


def table(*columns: str, title: str) -> Table:
    return Table(*columns, title=title, title_justify="left")


def count(number: int, one: str, more: str = "") -> str:
    """In French, zero is singular."""
    return f"{number} {one if number < 2 else more or one + 's'}"


# resync import


def show_faults(faults: Sequence["Fault"]) -> None:
    """All of them on standard error, so that they can be kept in a file."""
    shown = table(
        "Ligne", "Colonne", "Ce qui est écrit", "Ce qu’il faut faire", title=f"{count(len(faults), 'faute')}"
    )
    for fault in faults:
        shown.add_row(str(fault.line), escape(fault.column), escape(fault.value_shown), escape(fault.advice))
    errors = console(stderr=True)
    errors.print(shown)
    errors.print("Rien n’a été importé. Corrigez le fichier, puis recommencez.", highlight=False)


def summary(result: "ImportResult", *, dry_run: bool) -> str:
    told = (
        f"{count(result.created, 'client créé', 'clients créés')}, {result.updated} mis à jour, "
        f"{count(result.unchanged, 'inchangé')} ; {count(result.new_banks, 'banque nouvelle', 'banques nouvelles')}."
    )
    if dry_run:
        return f"Essai sans faute, rien n’a été écrit. Il y aurait : {told}"
    return f"{told} Ensuite, pour inviter tout le monde : resync invite --all --output invitations"


# resync invite


def show_invitations(invited: Sequence["Invited"], texts: "Texts", firm: str, *, with_code: bool) -> None:
    """One client: his link, words to send with it, and his code. Several: a list."""
    from bot.invitation_page import known
    from bot.invitations import terminal_code

    if not invited:
        say("Personne n’attend d’invitation.")
    for each in invited:
        say(f"{each.who.client} · {each.who.name}")
        say(f"  {each.link.reveal()}")
    if with_code and len(invited) == 1:
        say(f"À copier dans un message : {texts.say('invitation-to-copy', **known(invited[0], firm))}")
        print(terminal_code(invited[0].link))  # noqa: T201  # rich would count its signs as text


# resync clients


def table_of_clients(lines: Sequence["ClientLine"]) -> Table:
    shown = table("Client", "Banque", "Contact", "Échéance", "Situation", title=count(len(lines), "banque"))
    for line in lines:
        due = f"{line.expires_on:%d/%m/%Y}" if line.expires_on else "inconnue"
        who = f"{line.contact or 'personne'}{'' if line.reachable or not line.linked else ' (injoignable)'}"
        shown.add_row(*map(escape, (line.client, line.bank, who, due, SITUATIONS[line.urgency.name])))
    return shown


# resync connections


def table_of_connections(lines: Sequence["ClientLine"], texts: "Texts", zone: ZoneInfo) -> Table:
    shown = table(
        "Client", "Banque", "État", "Valable jusqu’au", "Dernières données", "À qui d’agir",
        title=count(len(lines), "connexion"),
    )  # fmt: skip
    for line in lines:
        due = f"{line.expires_on:%d/%m/%Y} ({texts.say(f'source-{line.source}')})" if line.expires_on else "inconnu"
        last = f"{line.last_success_at.astimezone(zone):%d/%m/%Y %H:%M}" if line.last_success_at else "aucune"
        state = texts.say(f"connection-{line.condition}")
        if line.vendor_code and line.condition == "unknown":
            state += f" ({line.vendor_code})"
        shown.add_row(*map(escape, (line.client, line.bank, state, due, last, ACTORS[line.acts])))
    return shown


def plain_connection(line: "ClientLine") -> dict[str, Any]:
    """A connection as JSON has it: its own facts, and nothing of the conversation."""
    known = plain(line) | {"acts": line.acts.value}
    return {new: known[name] for new, name in CONNECTION_FIELDS.items()}


CONNECTION_FIELDS = {
    "client": "client",
    "bank": "bank",
    "state": "connection",
    "vendor_code": "vendor_code",
    "expires_on": "expires_on",
    "expiry_source": "source",
    "last_success_at": "last_success_at",
    "connected": "connected",
    "stale": "stale",
    "strayed": "strayed",
    "closed": "closed",
    "acts": "acts",
}
ACTORS = {
    "nobody": "personne",
    "client": "le client",
    "staff": "le cabinet",
    "time": "la banque, attendre",
}
SITUATIONS = {
    "NOBODY_HAS_IT": "attend que quelqu’un du cabinet le prenne",
    "LAPSED": "ne fonctionne plus",
    "LAPSING": "à renouveler",
    "NEVER_LINKED": "n’a pas ouvert son invitation",
    "FIRST_SYNC": "première synchronisation en cours",
    "WITH_STAFF": "suivi par le cabinet",
    "FINE": "à jour",
    "CLOSED": "clôturée, plus rien n’est lu ni demandé",
}


def plain(line: "ClientLine") -> dict[str, Any]:
    """A line as JSON has it: names as stored, days and moments in ISO 8601."""
    known = asdict(line) | {"urgency": line.urgency.name.lower().replace("_", "-")}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in known.items()}
