"""What colleagues do from a window on Slack: each act in one transaction, with its line in the audit trail.

Law: nothing here knows Slack. Who may do what was asked at the gate (handlers/slack_gate.py).
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from functools import partial

import sqlalchemy as sa

from bot import new_files
from bot.adapters.database import playbook
from bot.adapters.database.audit import note
from bot.adapters.database.board import step_of
from bot.adapters.database.engine import Database
from bot.adapters.database.radar import SqlRadar
from bot.adapters.database.store import LOAD, REMEMBER, read_conversation
from bot.adapters.database.tables import client_file, contact, conversation, file_contact
from bot.adapters.slack_text import visible
from bot.domain.desk import ActRefused, Person, Sheet
from bot.domain.errors import TryAgain
from bot.domain.playbook import LONGEST, MOST, STEPS
from bot.domain.radar import IncidentState
from bot.engine import Calendars, days_left, is_for_client, put_off
from bot.invitations import Invited, Invitee, count_anew, invite_all
from bot.ports import Clock, Store, Transaction
from flows.escalation import WithStaff

MOST_BANKS = 99
"""Slack shows a hundred options of a list; one is for another bank."""
LONGEST_SNOOZE = timedelta(days=60)


class DeskActs:
    """The acts, on the firm's database. All raise `TryAgain`. `bot_name` is empty until Telegram has told it."""

    def __init__(
        self, database: Database, store: Store, clock: Clock, calendars: Calendars, bot_name: Callable[[], str]
    ) -> None:
        self.database = database
        self.store = store
        self.clock = clock
        self.calendars = calendars
        self.bot_name = bot_name

    async def banks(self) -> list[str]:
        """The banks to choose from, in order."""
        found = await self.database.read(partial(new_files.banks_to_choose, most=MOST_BANKS))
        return sorted(found)

    async def create_file(self, dedupe_id: str, written: Mapping[str, str], by: str) -> int:
        """A new client file out of a window's fields; returns the conversation about its bank.

        Raises `FormRefused`. The same window sent again is the same file.
        """
        now = self.clock.now()
        row = new_files.read_form(written, self.today())

        def work(sql: sa.Connection) -> int:
            if not first_time(sql, dedupe_id, now):
                return new_files.conversation_about(sql, new_files.file_called(sql, row.client))
            return new_files.create_file(sql, row, now=now, calendars=self.calendars, by=by)

        return await self.database.write(work)

    async def client(self, file_id: int) -> str:
        """What a client is called; empty where there is none any more."""
        name = sa.select(client_file.c.name).where(client_file.c.id == file_id)
        return await self.database.read(lambda sql: sql.execute(name).scalar_one_or_none()) or ""

    async def add_to_file(self, dedupe_id: str, file_id: int, written: Mapping[str, str], by: str) -> int:
        """A bank or a contact more for a client; returns the conversation to go on with.

        Raises `FormRefused`. The same window sent again adds nothing more.
        """
        now = self.clock.now()
        row = new_files.read_form(written, self.today(), needed=())

        def work(sql: sa.Connection) -> int:
            if not first_time(sql, dedupe_id, now):
                return new_files.conversation_about(sql, file_id, row.bank)
            return new_files.add_to_file(sql, file_id, row, now=now, calendars=self.calendars, by=by)

        return await self.database.write(work)

    async def sheet(self, conversation_id: int) -> Sheet | None:
        """One bank of a client, as it is now; None where there is none any more."""
        return await self.database.read(lambda sql: read_sheet(sql, conversation_id))

    async def invite(self, contact_id: int, by: str) -> Invited:
        """A new link for somebody who is not there yet. Raises `ActRefused` for whoever is."""
        name = self.bot_name()
        if not name:
            raise TryAgain("Telegram has not told the name of the bot yet")
        now = self.clock.now()

        def work(sql: sa.Connection) -> Invited:
            who = invitee(sql, contact_id)
            if who is None or who.linked:
                raise ActRefused("staff-already-linked" if who else "staff-client-gone")
            invited = invite_all(sql, [who], name, now)
            count_anew(sql, invited, self.calendars, now)
            note(sql, "invited", contact=contact_id, by=by)
            return invited[0]

        return await self.database.write(work)

    async def snooze(self, dedupe_id: str, conversation_id: int, sequence: int, until: date, by: str) -> bool:
        """Nothing is asked of the client before that day; True where his bank lapses before it.

        Raises `ActRefused` where nothing is to be asked of him, or where he has gone on meanwhile.
        """
        now = self.clock.now()
        if not self.today() < until <= self.today() + LONGEST_SNOOZE:
            raise ActRefused("staff-snooze-when")

        def work(tx: Transaction) -> bool:
            talk = tx.conversation(conversation_id)
            if talk is None or talk.sequence != sequence:
                raise ActRefused("staff-act-too-late")
            if isinstance(talk.state, WithStaff) or talk.deadline is None or not is_for_client(talk.state):
                raise ActRefused("staff-snooze-nothing")
            hours = self.calendars.hours(talk.file.timezone, talk.file.closing_day, talk.file.away_until)
            if tx.first_time(dedupe_id, now):
                put_off(tx, talk, hours.slot(datetime.combine(until, time(), hours.zone)), now)
                tx.audit("staff-snoozed", conversation=talk.id, until=until.isoformat(), by=by)
            left = days_left(talk.connection, until)
            return left is not None and left < 0

        return await self.store.transact(work)

    async def add_trap(self, dedupe_id: str, bank: str, step: str, words: str, who: str, by: str) -> None:
        """Clients of this bank read it at that step from now on, and staff on their cards. Raises `ActRefused`."""
        words, now = " ".join(visible(words).split()), self.clock.now()
        if not words or len(words) > LONGEST or step not in STEPS:
            raise ActRefused("staff-trap-length")

        def work(sql: sa.Connection) -> None:
            if not first_time(sql, dedupe_id, now):
                return
            if sum(each.step == step for each in playbook.traps(sql, bank)) >= MOST:
                raise ActRefused("staff-trap-enough")
            note(sql, "trap-added", trap=playbook.add(sql, bank, step, words, who, by, now), by=by)

        await self.database.write(work)

    async def remove_trap(self, trap_id: int, by: str) -> None:
        """Nobody reads it any more."""

        def work(sql: sa.Connection) -> None:
            if playbook.remove(sql, trap_id):
                note(sql, "trap-removed", trap=trap_id, by=by)

        await self.database.write(work)

    def today(self) -> date:
        """The firm's own day."""
        return self.calendars.hours("").local(self.clock.now()).date()


def read_sheet(sql: sa.Connection, conversation_id: int) -> Sheet | None:
    row = sql.execute(LOAD.where(conversation.c.id == conversation_id)).one_or_none()
    if row is None:
        return None
    talk = read_conversation(row)
    return Sheet(
        conversation_id=talk.id,
        sequence=talk.sequence,
        client=talk.file.name,
        bank=talk.connection.bank,
        step=step_of(talk.state),
        due=talk.connection.expires_on,
        source=talk.connection.expiry_source,
        closed=talk.connection.closed,
        with_staff=isinstance(talk.state, WithStaff),
        people=tuple(people(sql, talk.file.id)),
        outage=is_out(sql, talk.connection.bank),
        traps=tuple(playbook.traps(sql, talk.connection.bank)),
    )


def is_out(sql: sa.Connection, bank: str) -> bool:
    running = SqlRadar(sql).running(bank)
    return running is not None and running.state is IncidentState.DECLARED


def people(sql: sa.Connection, file_id: int) -> list[Person]:
    """The contacts of a client file, in the order in which they are asked."""
    rows = sql.execute(
        sa.select(contact.c.id, contact.c.name, contact.c.chat_id)
        .join(file_contact, file_contact.c.contact_id == contact.c.id)
        .where(file_contact.c.file_id == file_id)
        .order_by(file_contact.c.rank, contact.c.id)
    )
    return [Person(row.id, row.name, row.chat_id is not None) for row in rows]


def invitee(sql: sa.Connection, contact_id: int) -> Invitee | None:
    """A contact, and the first of his client files."""
    row = sql.execute(
        sa.select(contact.c.id, contact.c.name, contact.c.chat_id, client_file.c.id, client_file.c.name)
        .join(file_contact, file_contact.c.contact_id == contact.c.id)
        .join(client_file, client_file.c.id == file_contact.c.file_id)
        .where(contact.c.id == contact_id)
        .order_by(client_file.c.name)
    ).first()
    if row is None:
        return None
    who, name, chat, file_id, client = row
    return Invitee(who, name, file_id, client, chat is not None)


def first_time(sql: sa.Connection, dedupe_id: str, now: datetime) -> bool:
    """Remember an act's id; False where it was seen before."""
    values = {"id": dedupe_id, "received_at": now.timestamp()}
    return sql.execute(REMEMBER[sql.dialect.name], values).first() is not None
