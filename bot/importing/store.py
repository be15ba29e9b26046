"""A checked client list, stored: what is new is created, what is known is brought up to date, nothing is erased.

The same list twice changes nothing the second time.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from bot.adapters.codec import state_from_json, state_to_json
from bot.adapters.database.consents import began_on, begin_consent, consents_at, end_consent
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact
from bot.domain.cadence import CEILING, ends, learned
from bot.domain.calendar import Hours
from bot.domain.connection import ConnectionState, DateSource
from bot.domain.names import folded
from bot.engine import Calendars
from bot.importing.plan import TITLES, Fault, ImportRefused, Plan, Row
from flows.deadline import deadline
from flows.events import Linked
from flows.first_sync import Invited, begin
from flows.state import Become, Enter, NextRung, State

OF_FILE = ("siren", "accountant", "timezone", "closing_day", "away_until", "vat_day", "aggregator_user")


@dataclass(frozen=True)
class ImportResult:
    """How many client files were created, brought up to date, or left as they were; and their new banks."""

    created: int
    updated: int
    unchanged: int
    new_banks: int


def store_import(
    sql: sa.Connection,
    plan: Plan,
    *,
    now: datetime,
    calendars: Calendars,
    after_row: Callable[[], object] = lambda: None,
    whole: bool = True,
) -> ImportResult:
    """Store a plan, in the caller's transaction. Raises `ImportRefused` where it contradicts what is stored.

    `after_row` is called after each row, for those who show how far it is. A plan that is `whole` says who is asked
    first, too; one that only adds something leaves that as it is.
    """
    intake = Intake(sql, now, calendars)
    faults = [fault for row in plan.rows for fault in intake.contradictions(row)]
    if faults:
        raise ImportRefused(faults)
    for row in plan.rows:
        intake.take(row)
        after_row()
    if whole:
        intake.rank_contacts()
    return intake.result()


class Intake:
    """One import under way: the files that are known, and what became of each."""

    def __init__(self, sql: sa.Connection, now: datetime, calendars: Calendars) -> None:
        self.sql = sql
        self.now = now
        self.calendars = calendars
        files = self.rows(sa.select(client_file).order_by(client_file.c.id))
        self.files = {file["id"]: file for file in files}
        self.by_name = {folded(file["name"]): file["id"] for file in files}
        self.by_siren = {file["siren"]: file["id"] for file in files if file["siren"]}
        self.created: set[int] = set()
        self.updated: set[int] = set()
        self.seen: set[int] = set()
        self.listed: dict[int, list[int]] = {}
        """The contacts of each file, in the order of the list."""
        self.learned: dict[str, int] = {}
        self.new_banks = 0

    def contradictions(self, row: Row) -> Iterable[Fault]:
        """A name and a SIREN that belong, here, to two client files."""
        named, numbered = self.by_name.get(folded(row.client)), self.by_siren.get(row.siren)
        if named is None or not row.siren or named == numbered:
            return
        known = self.files[named]["siren"]
        if numbered is not None:
            other = self.files[numbered]["name"]
            yield Fault(row.line, TITLES["siren"], row.siren, f"Ce SIREN est déjà celui de « {other} » dans Resync.")
        elif known:
            advice = (
                f"« {row.client} » a déjà le SIREN {known} dans Resync. Si c’est une autre société, changez le nom."
            )
            yield Fault(row.line, TITLES["siren"], row.siren, advice)

    def take(self, row: Row) -> None:
        """One line: its client file, its contact, its bank."""
        file_id = self.file(row)
        self.seen.add(file_id)
        contacts = self.contacts(row, file_id)
        known = self.rows(sa.select(connection).where(connection.c.file_id == file_id))
        bank = next((bank for bank in known if folded(bank["bank"]) == folded(row.bank)), None)
        if bank is None:
            self.new_bank(row, file_id, contacts)
        else:
            self.update_bank(row, file_id, bank)
            self.give_a_contact(bank["id"], contacts)

    def result(self) -> ImportResult:
        updated = self.updated - self.created
        unchanged = len(self.seen - updated - self.created)
        return ImportResult(len(self.created), len(updated), unchanged, self.new_banks)

    # The client file

    def file(self, row: Row) -> int:
        """The file of a line: by its SIREN, else by its name, else a new one."""
        said = {name: getattr(row, name) for name in OF_FILE if getattr(row, name)}
        file_id = self.by_siren.get(row.siren) if row.siren else None
        file_id = self.by_name.get(folded(row.client)) if file_id is None else file_id
        if file_id is None:
            file_id = self.insert(client_file, said | {"name": row.client})
            self.files[file_id] = dict.fromkeys(OF_FILE, "") | {
                "away_until": None,
                "vat_day": None,
                "name": row.client,
            }
            self.created.add(file_id)
        if folded(self.files[file_id]["name"]) != folded(row.client):  # the company has a new name
            del self.by_name[folded(self.files[file_id]["name"])]
            said["name"] = row.client
        self.change(client_file, file_id, self.files[file_id], said, file_id)
        self.by_name[folded(row.client)] = file_id
        if row.siren:
            self.by_siren[row.siren] = file_id
        return file_id

    def hours(self, file_id: int) -> Hours:
        file = self.files[file_id]
        return self.calendars.hours(file["timezone"], file["closing_day"], file["away_until"])

    # The contacts

    def contacts(self, row: Row, file_id: int) -> Sequence[Mapping[str, Any]]:
        """The contacts of the file, this line's included, the first one first."""
        theirs = self.contacts_of(file_id)
        if not row.contact:
            return theirs
        said = {name: value for name, value in (("phone", row.phone), ("email", row.email)) if value}
        known = next((each for each in theirs if folded(each["name"]) == folded(row.contact)), None)
        if known is not None:
            contact_id = known["id"]
            self.change(contact, contact_id, known, said, file_id)
        else:
            contact_id = self.same_person(row) or self.insert(contact, said | {"name": row.contact})
            link = {"file_id": file_id, "contact_id": contact_id, "rank": len(theirs)}
            self.sql.execute(sa.insert(file_contact).values(link))
            self.updated.add(file_id)
        if row.role:
            self.change_link(file_id, contact_id, role=row.role)
        listed = self.listed.setdefault(file_id, [])
        listed += [] if contact_id in listed else [contact_id]
        return self.contacts_of(file_id)

    def rank_contacts(self) -> None:
        """Who is asked first is the first in the list; whom the list does not name comes after."""
        for file_id, listed in self.listed.items():
            others = [each["id"] for each in self.contacts_of(file_id) if each["id"] not in listed]
            for rank, contact_id in enumerate([*listed, *others]):
                self.change_link(file_id, contact_id, rank=rank)

    def change_link(self, file_id: int, contact_id: int, **said: Any) -> None:
        """Write what differs of what a contact is to a file."""
        of = sa.and_(file_contact.c.file_id == file_id, file_contact.c.contact_id == contact_id)
        differs = sa.or_(*(file_contact.c[name] != value for name, value in said.items()))
        if self.sql.execute(sa.update(file_contact).where(of, differs).values(said)).rowcount:
            self.updated.add(file_id)

    def contacts_of(self, file_id: int) -> Sequence[Mapping[str, Any]]:
        return self.rows(
            sa.select(contact)
            .join(file_contact, file_contact.c.contact_id == contact.c.id)
            .where(file_contact.c.file_id == file_id)
            .order_by(file_contact.c.rank, contact.c.id)
        )

    def same_person(self, row: Row) -> int | None:
        """One person may have several files: he has the same name, and the same telephone or e-mail."""
        ways = [contact.c[name] == value for name, value in (("phone", row.phone), ("email", row.email)) if value]
        if not ways:
            return None
        found = self.sql.execute(sa.select(contact).where(sa.or_(*ways)).order_by(contact.c.id))
        return next((each.id for each in found if folded(each.name) == folded(row.contact)), None)

    # The banks

    def new_bank(self, row: Row, file_id: int, contacts: Sequence[Mapping[str, Any]]) -> None:
        """A connection, and the conversation about it."""
        cadence = row.cadence_days or 0
        said: dict[str, Any] = {
            "file_id": file_id,
            "bank": row.bank,
            "aggregator_connection": row.aggregator_connection,
            "cadence_days": cadence,
        }
        if row.last_sync is not None:
            said |= self.synchronised(row.last_sync, row.bank, cadence, file_id)
            said |= self.told(ConnectionState.OK, file_id)
        connection_id = self.insert(connection, said)
        if row.last_sync is not None:
            begin_consent(self.sql, connection_id, row.last_sync, proven=False)
        state = self.first_state(contacts, file_id, synchronised=row.last_sync is not None)
        due = deadline(state.wait(), self.now, self.hours(file_id), said.get("expires_on"))
        about = {
            "connection_id": connection_id,
            "contact_id": contacts[0]["id"] if contacts else None,
            "state": state_to_json(state),
            "deadline": due.timestamp() if due else None,
        }
        self.insert(conversation, about)
        self.new_banks += 1
        self.updated.add(file_id)

    def first_state(self, contacts: Sequence[Mapping[str, Any]], file_id: int, *, synchronised: bool) -> State:
        """Invited; but where the contact opened his invitation long ago, the bank takes its place in the line."""
        if not contacts or contacts[0]["chat_id"] is None:
            return Invited()
        banks = sa.select(sa.func.count()).select_from(connection).where(connection.c.file_id == file_id)
        begun = begin(Linked(synchronised=synchronised, place=self.sql.execute(banks).scalar_one()))
        assert isinstance(begun, Become | Enter), "an invitation that is opened leads somewhere"
        return begun.state

    def update_bank(self, row: Row, file_id: int, bank: Mapping[str, Any]) -> None:
        """A later date and another cadence count; what the bank itself said of its end, we do not estimate anew."""
        cadence = row.cadence_days or bank["cadence_days"]
        said: dict[str, Any] = {"cadence_days": cadence}
        if row.aggregator_connection:
            said["aggregator_connection"] = row.aggregator_connection
        if row.lapsed_on is not None:
            self.lapse(bank, row.lapsed_on, file_id)
        last, known = row.last_sync, self.day(bank["last_success_at"], file_id)
        if last is not None and (known is None or last > known):
            said |= self.synchronised(last, bank["bank"], cadence, file_id)
            said |= self.told(ConnectionState.OK, file_id)
            begin_consent(self.sql, bank["id"], last, proven=False)
        elif cadence != bank["cadence_days"] and bank["expiry_source"] != DateSource.BANK and bank["expires_on"]:
            said |= self.end(self.began_on(bank), bank["bank"], cadence)
        if self.change(connection, bank["id"], bank, said, file_id) and "expires_on" in said:
            self.move_deadline(bank["id"], said["expires_on"], file_id)

    def lapse(self, bank: Mapping[str, Any], day: date, file_id: int) -> None:
        """Staff's word that a consent ran out. Where it began later than that, the lapse is an old one."""
        began = began_on(self.sql, bank["id"])
        if began is not None and began < day and end_consent(self.sql, bank["id"], day, lapsed=True):
            self.learned.pop(folded(bank["bank"]), None)
            self.updated.add(file_id)
            said = self.told(ConnectionState.SCA_REQUIRED, file_id)
            if said:
                self.sql.execute(sa.update(connection).where(connection.c.id == bank["id"]).values(said))

    def told(self, state: ConnectionState, file_id: int) -> dict[str, Any]:
        """The list's word for a state, where no aggregator says what it is."""
        user = self.sql.execute(
            sa.select(client_file.c.aggregator_user).where(client_file.c.id == file_id)
        ).scalar_one()
        return {} if user else {"state": state.value}

    def synchronised(self, day: date, bank: str, cadence_days: int, file_id: int) -> dict[str, Any]:
        """What the day of the last synchronisation says of a connection."""
        at = datetime.combine(day, time(0), self.hours(file_id).zone)
        return {"synchronised": True, "last_success_at": at.timestamp(), **self.end(day, bank, cadence_days)}

    def end(self, began: date, bank: str, cadence_days: int) -> dict[str, Any]:
        """When a consent that began that day will lapse; the firm's own lapses at this bank help to know."""
        expires_on, source = ends(began, listed=cadence_days, learned=self.lasts(bank))
        return {"expires_on": expires_on, "expiry_source": source.value}

    def lasts(self, bank: str) -> int:
        """What is learned of a bank; looked up once, until the list itself tells of a lapse there."""
        if folded(bank) not in self.learned:
            self.learned[folded(bank)] = learned(consents_at(self.sql, bank), self.now.date())
        return self.learned[folded(bank)]

    def began_on(self, bank: Mapping[str, Any]) -> date:
        """The day that an estimated end was counted from, also where it was counted before we kept that day."""
        counted = timedelta(days=bank["cadence_days"] or CEILING.days)
        day: date = began_on(self.sql, bank["id"]) or bank["expires_on"] - counted
        return day

    def day(self, seconds: float | None, file_id: int) -> date | None:
        """The client's own day of a stored moment."""
        return None if seconds is None else self.hours(file_id).local(datetime.fromtimestamp(seconds, UTC)).date()

    def move_deadline(self, connection_id: int, expires_on: date, file_id: int) -> None:
        """Nudges that are counted from the day the bank lapses move with it."""
        about = self.sql.execute(sa.select(conversation).where(conversation.c.connection_id == connection_id)).one()
        patience = state_from_json(about.state).wait()
        if isinstance(patience, NextRung):
            due = deadline(patience, self.now, self.hours(file_id), expires_on)
            values = {"deadline": due.timestamp() if due else None}
            self.sql.execute(sa.update(conversation).where(conversation.c.id == about.id).values(values))

    def give_a_contact(self, connection_id: int, contacts: Sequence[Mapping[str, Any]]) -> None:
        """A conversation that had nobody to talk to talks to the first contact."""
        if contacts:
            self.sql.execute(
                sa.update(conversation)
                .where(conversation.c.connection_id == connection_id, conversation.c.contact_id.is_(None))
                .values(contact_id=contacts[0]["id"])
            )

    # Rows

    def rows(self, statement: sa.Select[Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in self.sql.execute(statement).mappings()]

    def insert(self, table: sa.Table, values: Mapping[str, Any]) -> int:
        row_id: int = self.sql.execute(sa.insert(table).values(values).returning(table.c.id)).scalar_one()
        return row_id

    def change(
        self, table: sa.Table, row_id: int, known: Mapping[str, Any], said: Mapping[str, Any], file_id: int
    ) -> bool:
        """Write what differs; the file counts as brought up to date if anything did."""
        different = {name: value for name, value in said.items() if known.get(name) != value}
        if different:
            self.sql.execute(sa.update(table).where(table.c.id == row_id).values(different))
            self.updated.add(file_id)
            if table is client_file:
                self.files[file_id].update(different)
        return bool(different)
