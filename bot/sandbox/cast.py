"""The people and banks of the story: invented, and imported just as a firm imports its own clients."""

import csv
import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from bot.adapters.database.tables import contact
from bot.domain.names import folded
from bot.importing import plan_import, store_import
from bot.invitations import invite
from bot.sandbox.actors import Client, Staff
from bot.sandbox.world import World

BANKS = {"Crédit Rural": 180, "Banque de l’Ouest": 90, "Caisse Provençale": 90, "Banque Mistral": 180}
"""Invented, with their cadence in days."""
HEADERS = (
    "client", "SIREN", "contact", "téléphone", "e-mail", "banque", "date de dernière synchronisation", "cadence",
    "comptable", "utilisateur agrégateur", "connexion agrégateur",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of the firm's list: a bank of a client, and how many days ago it was synchronised, if ever."""

    client: str
    siren: str
    contact: str
    bank: str
    synchronised: int | None


LINES = (
    Line("Chez Odette", "732829320", "Odette Martin", "Crédit Rural", None),
    Line("Le Petit Zinc", "552100554", "Marcel Dubois", "Banque de l’Ouest", 74),
    Line("Pizzeria Bella", "542065479", "Sofia Rossi", "Caisse Provençale", 40),
    Line("Pizzeria Bella", "542065479", "Sofia Rossi", "Banque Mistral", 20),
)


@dataclass
class Cast:
    """Who plays, with which banks, and the link that each client was sent."""

    odette: Client
    marcel: Client
    sofia: Client
    julie: Staff
    karim: Staff
    users: dict[str, int]
    """client → his id at the aggregator."""
    links: dict[tuple[str, str], int]
    """(client, bank) → the connection's id at the aggregator."""
    invitations: dict[str, str]

    odette_name, marcel_name, sofia_name = "Chez Odette", "Le Petit Zinc", "Pizzeria Bella"
    odette_bank, marcel_bank, sofia_bank = "Crédit Rural", "Banque de l’Ouest", "Caisse Provençale"

    @property
    def clients(self) -> tuple[Client, ...]:
        """Everybody with a phone."""
        return self.odette, self.marcel, self.sofia


async def prepare(world: World, lines: Sequence[Line] = LINES, banks: Mapping[str, int] = BANKS) -> Cast:
    """Invent the banks, import the firm's list, invite everybody. The list begins with the three who are played."""
    users = {line.client: world.bank.create_user(line.client) for line in lines}
    links = connect_banks(world, users, lines, banks)
    plan = plan_import(firm_list(users, links, today(world), lines, banks), today(world))
    app = world.app
    await app.database.write(lambda sql: store_import(sql, plan, now=app.clock.now(), calendars=app.calendars))
    odette, marcel, sofia = (
        Client(world, 1001 + place, name.split()[0], users[line.client])
        for place, (name, line) in enumerate({line.contact: line for line in LINES}.items())
    )
    return Cast(
        odette=odette,
        marcel=marcel,
        sofia=sofia,
        julie=Staff(world, "U0JULIE", "Julie", "Julie Petit"),
        karim=Staff(world, "U0KARIM", "Karim", "Karim Benali"),
        users=users,
        links=links,
        invitations=await invite_all(world),
    )


def today(world: World) -> date:
    """The present day of the story."""
    return world.clock.now().date()


def connect_banks(
    world: World, users: dict[str, int], lines: Sequence[Line], banks: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """What was synchronised before the story began, as the aggregator has it."""
    for bank, cadence in banks.items():
        world.bank.bank(bank, cadence_days=cadence)
    return {
        (line.client, line.bank): world.bank.connect(
            users[line.client],
            line.bank,
            password=secrets.token_urlsafe(9),
            last_sync=world.clock.now() - timedelta(days=line.synchronised),
        )
        for line in lines
        if line.synchronised is not None
    }


def firm_list(
    users: dict[str, int],
    links: dict[tuple[str, str], int],
    day: date,
    lines: Sequence[Line],
    banks: Mapping[str, int],
) -> bytes:
    """The list as the firm's own software exports it: Windows-1252, semicolons, French headers and dates."""
    written = io.StringIO()
    table = csv.writer(written, delimiter=";")
    table.writerow(HEADERS)
    for line in lines:
        last = "" if line.synchronised is None else f"{day - timedelta(days=line.synchronised):%d/%m/%Y}"
        mail = f"{folded(line.contact.split()[0])}@example.org"
        link = links.get((line.client, line.bank), "")
        table.writerow(
            (line.client, line.siren, line.contact, "06 12 34 56 78", mail, line.bank, last, banks[line.bank],
             "Julie", users[line.client], link)
        )  # fmt: skip
    return written.getvalue().encode("cp1252")


async def invite_all(world: World) -> dict[str, str]:
    """The first name of each contact, and the link that he was sent."""
    app = world.app

    def link(sql: sa.Connection, contact_id: int) -> str:
        return f"https://t.me/resync_bot?start={invite(sql, contact_id, app.clock.now()).reveal()}"

    def make(sql: sa.Connection) -> dict[str, str]:
        people = sql.execute(sa.select(contact.c.id, contact.c.name)).all()
        return {person.name.split()[0]: link(sql, person.id) for person in people}

    return await app.database.write(make)
