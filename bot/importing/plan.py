"""From the bytes of a client list to a plan, or to the list of all its faults. Pure.

Law: one line is one bank of one client, with one contact. A second contact of the same bank has a line of his
own. All or nothing: one fault, and nothing is imported.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from bot.domain.errors import BadInput
from bot.domain.names import folded
from bot.importing import values

SHOWN = 60  # characters of a wrong value
SEPARATORS = ";,\t"
NAMES: Mapping[str, tuple[str, ...]] = {
    "client": ("client", "nom du client", "nom client", "dossier", "nom du dossier", "raison sociale", "societe",
               "entreprise", "restaurant", "denomination", "nom"),
    "siren": ("siren", "n siren", "no siren", "numero siren", "siren siret"),
    "bank": ("banque", "nom de la banque", "etablissement bancaire", "etablissement", "banques"),
    "contact": ("contact", "nom du contact", "interlocuteur", "dirigeant", "gerant", "nom contact", "responsable"),
    "role": ("role", "fonction", "qualite", "role du contact", "fonction du contact", "qualite du contact"),
    "phone": ("telephone", "tel", "portable", "mobile", "numero de telephone", "telephone portable",
              "telephone mobile", "n de telephone", "no de telephone", "gsm"),
    "email": ("e mail", "email", "mail", "courriel", "adresse e mail", "adresse mail", "adresse email"),
    "last_sync": ("date de derniere synchronisation", "derniere synchronisation", "date derniere synchronisation",
                  "derniere synchro", "date de derniere synchro", "date de synchronisation", "synchronise le"),
    "accountant": ("comptable", "collaborateur", "gestionnaire", "nom du comptable", "expert comptable"),
    "cadence_days": ("cadence", "cadence jours", "cadence en jours", "nombre de jours"),
    "lapsed_on": ("date de coupure", "derniere coupure", "date de derniere coupure", "coupure", "coupee le"),
    "timezone": ("fuseau horaire", "fuseau"),
    "closing_day": ("jour de fermeture", "fermeture", "ferme le", "jour de repos", "repos"),
    "away_until": ("absent jusqu au", "absent jusqu a", "conges jusqu au", "vacances jusqu au", "fin des conges"),
    "vat_day": ("echeance tva", "jour de tva", "jour tva", "tva", "tva le", "echeance de tva", "date de tva"),
    "aggregator_user": ("utilisateur agregateur", "id utilisateur agregateur"),
    "aggregator_connection": ("connexion agregateur", "id connexion agregateur"),
}  # fmt: skip
"""Our name of a column, and the headers it is known by: without case and accents, signs are spaces."""
TITLES = {
    "client": "client", "siren": "SIREN", "bank": "banque", "contact": "contact", "role": "rôle",
    "phone": "téléphone",
    "email": "e-mail", "last_sync": "date de dernière synchronisation", "accountant": "comptable",
    "cadence_days": "cadence (jours)", "lapsed_on": "date de coupure", "timezone": "fuseau horaire",
    "closing_day": "jour de fermeture", "away_until": "absent jusqu’au", "vat_day": "échéance TVA",
    "aggregator_user": "utilisateur agrégateur", "aggregator_connection": "connexion agrégateur",
}  # fmt: skip
COLUMNS = {header: name for name, headers in NAMES.items() for header in headers}
OF_CLIENT = ("siren", "accountant", "timezone", "closing_day", "away_until", "vat_day", "aggregator_user")
OF_BANK = ("last_sync", "cadence_days", "lapsed_on", "aggregator_connection")
OF_CONTACT = ("role", "phone", "email")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong in the file, and what to write instead (in French)."""

    line: int
    column: str
    value_shown: str
    advice: str


@dataclass(frozen=True)
class Row:
    """One bank of one client, with one contact; empty or None where the file says nothing."""

    line: int
    client: str
    bank: str
    siren: str = ""
    contact: str = ""
    role: str = ""
    """What he is to this client, in the firm's own words: « gérant », « associé »."""
    phone: str = ""
    email: str = ""
    accountant: str = ""
    timezone: str = ""
    closing_day: str = ""
    away_until: date | None = None
    vat_day: int | None = None
    aggregator_user: str = ""
    aggregator_connection: str = ""
    cadence_days: int | None = None
    last_sync: date | None = None
    lapsed_on: date | None = None
    """The day on which the bank stopped because its consent had run out, where staff alone can see it."""


@dataclass(frozen=True)
class Plan:
    """What is to be imported, in the order of the file."""

    rows: tuple[Row, ...]
    ignored: tuple[str, ...] = ()
    """Headers that mean nothing to us."""


class ImportRefused(BadInput):
    """The file has faults. Nothing was imported."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(f"Ligne {each.line}, {each.column} : {each.advice}" for each in self.faults))


def plan_import(data: bytes, today: date) -> Plan:
    """Read a client list. Raises `ImportRefused` with every fault, `BadInput` when it is no list at all."""
    lines = records(decode(data))
    if not lines:
        raise BadInput("Le fichier est vide. La première ligne donne les titres : client;SIREN;banque;contact…")
    (first, headers), *others = lines
    columns, ignored = recognise(first, headers)
    readers = {
        **READERS,
        "last_sync": values.past_day(today),
        "lapsed_on": values.past_day(today),
        "away_until": values.coming_day(today),
    }
    faults: list[Fault] = []
    rows = []
    for line, cells in others:
        faults += too_wide(line, cells[len(headers) :])
        if row := read_row(line, cells, columns, readers, faults):
            rows.append(row)
    faults += contradictions(rows)
    if faults:
        raise ImportRefused(faults)
    if not rows:
        raise BadInput("Le fichier n’a que des titres. Ajoutez une ligne par banque de chaque client.")
    return Plan(tuple(rows), ignored)


# From bytes to cells


def decode(data: bytes) -> str:
    """UTF-8, with or without its mark, or Windows-1252; « Texte Unicode » of a spreadsheet is UTF-16."""
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeError:
            continue
        if "\0" not in text and not text.startswith("PK\x03\x04"):
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise BadInput(
        "Ce fichier n’est pas un fichier CSV. Dans votre tableur : Fichier, Enregistrer sous, "
        "« CSV UTF-8 (délimité par des points-virgules) »."
    )


def records(text: str) -> list[tuple[int, list[str]]]:
    """The records that hold anything, each with the number of the line where it begins."""
    if hint := re.match(r"sep=(.)\n", text):  # a spreadsheet's own hint; blanked, so that lines keep their numbers
        text = text[hint.end() - 1 :]
    separator = max(SEPARATORS, key=lambda each: known_headers(text, each))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True, skipinitialspace=True)
    found, begins = list[tuple[int, list[str]]](), 1
    try:
        for cells in reader:
            tidy = [" ".join(cell.split()) for cell in cells]
            if any(tidy):
                found.append((begins, tidy))
            begins = reader.line_num + 1
    except csv.Error:
        advice = "Un guillemet n’est pas fermé, ou est de trop : retirez les guillemets de cette ligne."
        raise ImportRefused([Fault(begins, "ligne entière", "", advice)]) from None
    return found


def known_headers(text: str, separator: str) -> int:
    """How many headers one recognises, were this the separator."""
    first = text.lstrip("\n").partition("\n")[0]
    return sum(header_key(cell) in COLUMNS for cell in first.split(separator))


def header_key(cell: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", folded(cell)))


def recognise(line: int, headers: Sequence[str]) -> tuple[Mapping[int, str], tuple[str, ...]]:
    """Which column holds what, and the headers that are left over."""
    columns = {place: COLUMNS[key] for place, header in enumerate(headers) if (key := header_key(header)) in COLUMNS}
    faults = [
        Fault(line, TITLES[name], shown(headers[place]), "Cette colonne est là deux fois : gardez-en une.")
        for place, name in columns.items()
        if name in list(columns.values())[: list(columns).index(place)]
    ]
    faults += [
        Fault(line, TITLES[name], "", f"Il manque la colonne « {TITLES[name]} » dans les titres (première ligne).")
        for name in ("client", "bank")
        if name not in columns.values()
    ]
    if faults:
        raise ImportRefused(faults)
    return columns, tuple(header for place, header in enumerate(headers) if header and place not in columns)


# From cells to rows

READERS: Mapping[str, Callable[[str], Any]] = {
    "client": values.text(200),
    "siren": values.siren,
    "bank": values.text(100),
    "contact": values.text(200),
    "role": values.text(60),
    "phone": values.phone,
    "email": values.email,
    "accountant": values.text(100),
    "cadence_days": values.cadence,
    "timezone": values.timezone,
    "closing_day": values.weekday,
    "vat_day": values.day_of_month,
    "aggregator_user": values.text(200),
    "aggregator_connection": values.text(200),
}


def read_row(
    line: int,
    cells: Sequence[str],
    columns: Mapping[int, str],
    readers: Mapping[str, Callable[[str], Any]],
    faults: list[Fault],
) -> Row | None:
    """One line; None where it has faults, which are added to the list."""
    found: dict[str, Any] = {}
    before = len(faults)
    for place, name in columns.items():
        cell = cells[place] if place < len(cells) else ""
        if not cell:
            continue
        try:
            found[name] = readers[name](cell)
        except BadInput as error:
            found[name] = cell  # said once is enough: it is not missing as well
            faults.append(Fault(line, TITLES[name], shown(cell), str(error)))
    faults += missing(line, found)
    return Row(line=line, **found) if len(faults) == before else None


def too_wide(line: int, beyond: Sequence[str]) -> Iterator[Fault]:
    """Cells that have no title: most often a separator inside a name has moved everything."""
    if any(beyond):
        advice = "Plus de cases que de titres : mettez entre guillemets la valeur qui contient le séparateur."
        yield Fault(line, "ligne entière", shown(next(filter(None, beyond))), advice)


def missing(line: int, found: Mapping[str, Any]) -> Iterator[Fault]:
    """What a line cannot do without."""
    for name in ("client", "bank"):
        if name not in found:
            yield Fault(line, TITLES[name], "", f"Cette case est vide : indiquez {WHAT[name]}.")
    if "contact" not in found and any(name in found for name in OF_CONTACT):
        yield Fault(
            line,
            TITLES["contact"],
            "",
            "Indiquez le nom de la personne à qui sont ce rôle, ce téléphone ou cet e-mail.",
        )


WHAT = {"client": "le nom du client", "bank": "le nom de la banque"}


def shown(cell: str) -> str:
    return cell if len(cell) <= SHOWN else cell[: SHOWN - 1] + "…"


# Between the rows


def contradictions(rows: Sequence[Row]) -> Iterator[Fault]:
    """What no line says wrongly by itself."""
    yield from repeated(rows)
    yield from disagreeing(rows, OF_CLIENT, lambda row: folded(row.client), "ce client")
    yield from disagreeing(rows, OF_BANK, lambda row: (folded(row.client), folded(row.bank)), "cette banque")
    named = [row for row in rows if row.contact]
    yield from disagreeing(named, OF_CONTACT, lambda row: (folded(row.client), folded(row.contact)), "ce contact")
    yield from two_names(rows)


def repeated(rows: Sequence[Row]) -> Iterator[Fault]:
    """The same bank of the same client again, and not for another contact."""
    seen: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        contact, before = folded(row.contact), seen.setdefault((folded(row.client), folded(row.bank)), {})
        first = before.get(contact, before.get("")) if contact else next(iter(before.values()), None)
        if first is not None:
            advice = f"Ce client a déjà cette banque à la ligne {first} : supprimez l’une des deux lignes."
            yield Fault(row.line, TITLES["bank"], shown(f"{row.client}, {row.bank}"), advice)
        before.setdefault(contact, row.line)


def disagreeing(
    rows: Sequence[Row], names: Sequence[str], key: Callable[[Row], object], whose: str
) -> Iterator[Fault]:
    """Two lines about the same thing that do not say the same; an empty cell says nothing."""
    for name in names:
        said: dict[object, Row] = {}
        for row in rows:
            value = getattr(row, name)
            if value and getattr(first := said.setdefault(key(row), row), name) != value:
                other = shown(as_written(getattr(first, name)))
                advice = f"La ligne {first.line} dit « {other} » pour {whose} : écrivez deux fois la même chose."
                yield Fault(row.line, TITLES[name], shown(as_written(value)), advice)


def two_names(rows: Sequence[Row]) -> Iterator[Fault]:
    """One SIREN is one company."""
    said: dict[str, Row] = {}
    for row in rows:
        if row.siren and folded((first := said.setdefault(row.siren, row)).client) != folded(row.client):
            advice = (
                f"Ce SIREN est celui de « {shown(first.client)} » à la ligne {first.line} : corrigez l’un des deux."
            )
            yield Fault(row.line, TITLES["siren"], row.siren, advice)


def as_written(value: object) -> str:
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)


assert set(NAMES) == {field.name for field in fields(Row)} - {"line"}, "every column has a place in a row"
