"""The board: what staff look up, in Slack and on the command line. Reads only, but for the thread of a case."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

import sqlalchemy as sa

from bot.adapters.codec import state_from_json, stored_name
from bot.adapters.database import playbook
from bot.adapters.database.pages import latest
from bot.adapters.database.store import LOAD, moment, read_case, read_conversation
from bot.adapters.database.tables import (
    client_file,
    connection,
    contact,
    conversation,
    file_contact,
    mail,
    staff_case,
)
from bot.domain.client import Contact
from bot.domain.connection import (
    RULES,
    WORKING,
    Actor,
    ConnectionState,
    DateSource,
    on_the_day,
)
from bot.domain.ladder import LADDER
from bot.domain.mailing import MailProgress, Post
from bot.domain.names import folded
from bot.ports import Case, CaseView, Conversation, Tried
from flows.escalation import OUT_OF_REACH, WithStaff
from flows.state import State
from flows.tried import tried as tried_steps

ALIKE = 0.75  # difflib's ratio: « bouchn » finds « Bouchon », « bistrot » does not find « Bosquet »
MOST_FOUND = 500
STOPPED = tuple(
    state.value
    for state, rule in RULES.items()
    if (rule.acts is Actor.CLIENT and state is not ConnectionState.EXPIRING)
    or state in (ConnectionState.DELETED, ConnectionState.UNSUPPORTED)
)
"""Nothing comes in any more until somebody acts."""


class Urgency(IntEnum):
    """In this order staff look at the clients."""

    NOBODY_HAS_IT = 0  # an open case without an owner
    LAPSED = 1
    LAPSING = 2
    NEVER_LINKED = 3
    FIRST_SYNC = 4  # begun, and not finished
    WITH_STAFF = 5  # somebody has the case
    FINE = 6
    CLOSED = 7  # retired by staff


@dataclass(frozen=True)
class ClientLine:
    """One bank of one client file, as staff see it in a list."""

    conversation_id: int
    client: str
    bank: str
    contact: str
    linked: bool
    """Somebody opened the invitation: there is a chat to write to."""
    reachable: bool
    """False once he has blocked the bot or closed the chat."""
    connection: ConnectionState
    expires_on: date | None
    source: DateSource
    last_success_at: datetime | None
    state: str
    """Where the conversation is, or was when staff took over, as stored (`renewal.step-b`)."""
    case_id: int | None
    cause: str
    """Why a case is open; empty where none is."""
    taken_by: str
    urgency: Urgency
    stale: bool = False
    """It works, as the aggregator has it, and has brought nothing for longer than usual."""
    strayed: bool = False
    """It works, but with the accounts of another login of the same bank."""
    connected: bool = True
    """It has worked at least once."""
    vendor_code: str = ""
    """The aggregator's own word for the state, where it has one; one plain word or two."""
    closed: bool = False
    """Staff have retired it."""

    @property
    def acts(self) -> Actor:
        """Who can move the connection on."""
        if self.closed:
            return Actor.NOBODY
        if self.strayed or not self.connected:
            return Actor.CLIENT
        return Actor.STAFF if self.stale else RULES[self.connection].acts

    @property
    def condition(self) -> str:
        """The state as the aggregator has it, or what is wrong although it says that all is well: `connection-…`."""
        if self.closed:
            return "closed"
        if not self.connected:
            return "never-connected"
        if self.strayed:
            return "strayed"
        return "stale" if self.stale else self.connection.replace("_", "-")


def clients(
    sql: sa.Connection,
    *,
    today: date,
    reminding: timedelta = LADDER.first,
    name: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> list[ClientLine]:
    """The banks of all clients, the most urgent first; with `name`, those whose client or bank is called so.

    So long before it lapses (`reminding`) a bank is one to renew.

    A name is found whatever its case and accents, in part, and with a slip of the finger.
    """
    urgency = urgency_on(today, reminding)
    statement = (
        lines()
        .add_columns(urgency.label("urgency"))
        .order_by(urgency, sa.nulls_last(connection.c.expires_on), client_file.c.name, connection.c.bank)
        .limit(limit)
        .offset(offset)
    )
    if name:
        statement = statement.where(conversation.c.id.in_(called(sql, name)))
    return [read_line(row, today, reminding) for row in sql.execute(statement)]


def lapses(sql: sa.Connection, until: date) -> list[tuple[date, str, str]]:
    """(day, bank, accountant) of each synchronised connection that lapses up to a day, or has lapsed."""
    rows = sql.execute(
        sa.select(connection.c.expires_on, connection.c.bank, client_file.c.accountant)
        .join(client_file, client_file.c.id == connection.c.file_id)
        .where(connection.c.synchronised, connection.c.expires_on <= until, sa.not_(connection.c.closed))
        .order_by(connection.c.expires_on, connection.c.id)
    )
    return [(row.expires_on, row.bank, row.accountant) for row in rows]


def count(sql: sa.Connection, *, name: str | None = None) -> int:
    """How many lines `clients` has in all; at most 500 with a name."""
    if name:
        return len(called(sql, name))
    total: int = sql.execute(sa.select(sa.func.count()).select_from(conversation)).scalar_one()
    return total


def files_of(sql: sa.Connection, talks: Sequence[int]) -> dict[int, str]:
    """The client files of these conversations, with their names."""
    statement = (
        sa.select(client_file.c.id, client_file.c.name)
        .join(connection, connection.c.file_id == client_file.c.id)
        .join(conversation, conversation.c.connection_id == connection.c.id)
        .where(conversation.c.id.in_(talks))
        .distinct()
        .order_by(client_file.c.name)
    )
    return {row.id: row.name for row in sql.execute(statement)}


def case_of_thread(sql: sa.Connection, channel: str, thread: str) -> Case | None:
    """The case whose card began this thread."""
    here = sa.and_(staff_case.c.thread == thread, staff_case.c.channel == channel)
    row = sql.execute(sa.select(staff_case).where(here)).one_or_none() if thread else None
    return None if row is None else read_case(row)


def set_thread(sql: sa.Connection, case_id: int, channel: str, thread: str) -> None:
    """Remember where the card of a case was posted."""
    values = {"channel": channel, "thread": thread}
    sql.execute(sa.update(staff_case).where(staff_case.c.id == case_id).values(values))


INVITED_FOR = timedelta(days=30)
"""As long as an invitation is good, what was written about it belongs to the case of whoever has not opened it."""
PAGE_BEFORE = timedelta(days=1)
"""A page that was good so long before a case was opened belongs to its story; an older one does not."""


def case_view(sql: sa.Connection, case_id: int) -> CaseView | None:
    """All that the card of a case shows, as it is now."""
    row = sql.execute(sa.select(staff_case).where(staff_case.c.id == case_id)).one_or_none()
    if row is None:
        return None
    case = read_case(row)
    told = read_conversation(sql.execute(LOAD.where(conversation.c.id == case.conversation_id)).one())
    who, bank = told.contact, told.connection
    return CaseView(
        case=case,
        client=told.file.name,
        bank=bank.bank,
        contact=who.name if who else "",
        phone=who.phone if who else "",
        email=who.email if who else "",
        step=step_of(told.state),
        due=bank.expires_on,
        due_source=bank.expiry_source,
        last_success_at=bank.last_success_at,
        last_words=told.last_words,
        connection=bank.state,
        vendor_code=bank.vendor_code,
        mail=mail_of(sql, case, who),
        page=latest(sql, [case.conversation_id], case.opened_at - PAGE_BEFORE).get(case.conversation_id),
        role=who.role if who else "",
        tried=tried(sql, told),
        away_until=told.file.away_until,
        traps=tuple(playbook.traps(sql, bank.bank)),
        until=rests_until(told.state),
        accountant=told.file.accountant,
        done=tried_steps(told.state),
    )


def rests_until(state: State) -> date | None:
    """The day until which a colleague lets a case rest."""
    return date.fromisoformat(state.until) if isinstance(state, WithStaff) and state.until else None


def mail_of(sql: sa.Connection, case: Case, who: Contact | None) -> MailProgress | None:
    """Of a client out of reach: the newest letter of this case, or why there is none."""
    if case.cause not in OUT_OF_REACH or who is None:
        return None
    if not who.email:
        return MailProgress(Post.NO_ADDRESS)
    since = case.opened_at - (INVITED_FOR if case.cause == "never-linked" else timedelta(0))
    here = sa.and_(mail.c.conversation_id == case.conversation_id, mail.c.begun_at >= since.timestamp())
    row = sql.execute(sa.select(mail).where(here).order_by(mail.c.begun_at.desc()).limit(1)).one_or_none()
    refused = sql.execute(sa.select(contact.c.refused_email).where(contact.c.id == who.id)).scalar_one()
    if refused == who.email:
        return MailProgress(Post.BAD_ADDRESS, who.email)
    if row is not None:
        return MailProgress(Post(row.outcome), who.email, moment(row.begun_at))
    to_come = case.cause != "never-linked" and case.status in ("open", "taken")
    return MailProgress(Post.PLANNED, who.email) if to_come else None


def tried(sql: sa.Connection, told: Conversation) -> tuple[Tried, ...]:
    """Whom of the client file one need not ask: who said that it is not his, and who was silent in this cycle."""
    rows = sql.execute(
        sa.select(contact.c.name, file_contact.c.role, file_contact.c.declined)
        .join(file_contact, file_contact.c.contact_id == contact.c.id)
        .where(file_contact.c.file_id == told.file.id)
        .where(sa.or_(file_contact.c.declined, contact.c.id.in_(told.tried)))
        .order_by(file_contact.c.rank, contact.c.id)
    )
    return tuple(Tried(row.name, row.role, bool(row.declined)) for row in rows)


def lines() -> sa.Select[Any]:
    """One row for each conversation, whoever it is with and whether a case is open or not."""
    return sa.select(
        conversation.c.id,
        conversation.c.state,
        client_file.c.name.label("client"),
        connection.c.bank,
        connection.c.state.label("connection_state"),
        connection.c.expires_on,
        connection.c.expiry_source,
        connection.c.last_success_at,
        connection.c.stale,
        connection.c.strayed,
        connection.c.closed,
        connection.c.synchronised,
        connection.c.vendor_code,
        client_file.c.aggregator_user,
        contact.c.name.label("contact_name"),
        contact.c.chat_id,
        contact.c.reachable,
        conversation.c.case_id,
        staff_case.c.cause,
        staff_case.c.taken_by,
    ).select_from(
        conversation.join(connection, conversation.c.connection_id == connection.c.id)
        .join(client_file, connection.c.file_id == client_file.c.id)
        .outerjoin(contact, conversation.c.contact_id == contact.c.id)
        .outerjoin(staff_case, conversation.c.case_id == staff_case.c.id)
    )


def urgency_on(today: date, reminding: timedelta) -> sa.Case[int]:
    """`Urgency`, in SQL: the database orders and cuts, so that a long list costs no more than a short one."""
    worked = connection.c.synchronised.is_(sa.true())
    return sa.case(
        (connection.c.closed, int(Urgency.CLOSED)),
        (sa.and_(staff_case.c.id.is_not(None), staff_case.c.taken_by == ""), int(Urgency.NOBODY_HAS_IT)),
        (sa.and_(worked, lapsed_on(today)), int(Urgency.LAPSED)),
        (sa.and_(worked, near_on(today, reminding)), int(Urgency.LAPSING)),
        (contact.c.chat_id.is_(None), int(Urgency.NEVER_LINKED)),
        (sa.not_(worked), int(Urgency.FIRST_SYNC)),
        (staff_case.c.id.is_not(None), int(Urgency.WITH_STAFF)),
        else_=int(Urgency.FINE),
    )


def lapsed_on(today: date) -> sa.ColumnElement[bool]:
    """Nothing comes in any more until somebody acts."""
    return sa.or_(over_on(today), connection.c.state.in_(STOPPED))


def over_on(today: date) -> sa.ColumnElement[bool]:
    """The consent's last day is past; a day that was only counted is wrong where the bank works after it."""
    seen_to_work = sa.and_(
        connection.c.state.in_([each.value for each in WORKING]),
        client_file.c.aggregator_user != "",
        connection.c.expiry_source != DateSource.BANK.value,
    )
    return sa.and_(connection.c.expires_on < today, sa.not_(seen_to_work))


def near_on(today: date, reminding: timedelta) -> sa.ColumnElement[bool]:
    """It works, and is one to renew."""
    return sa.or_(
        connection.c.expires_on.between(today, today + reminding),
        connection.c.state == ConnectionState.EXPIRING.value,
    )


def read_line(row: Any, today: date, reminding: timedelta) -> ClientLine:
    state, is_read = ConnectionState(row.connection_state), bool(row.aggregator_user)
    return ClientLine(
        conversation_id=row.id,
        client=row.client,
        bank=row.bank,
        contact=row.contact_name or "",
        linked=row.chat_id is not None,
        reachable=row.chat_id is not None and bool(row.reachable),
        connection=on_the_day(state, row.expires_on, today, is_read=is_read, reminding=reminding),
        expires_on=row.expires_on,
        source=DateSource(row.expiry_source),
        last_success_at=moment(row.last_success_at),
        state=step_of(state_from_json(row.state)),
        case_id=row.case_id,
        cause=row.cause or "",
        taken_by=row.taken_by or "",
        urgency=Urgency(row.urgency),
        stale=bool(row.stale),
        strayed=bool(row.strayed),
        closed=bool(row.closed),
        connected=bool(row.synchronised),
        vendor_code=row.vendor_code,
    )


def step_of(state: State) -> str:
    """Where the client is; while staff have him, where he was."""
    return stored_name(type(state.resume if isinstance(state, WithStaff) else state))


def called(sql: sa.Connection, name: str) -> list[int]:
    """The conversations whose client or bank is called so; where none is, those called nearly so."""
    wanted = folded(name)
    statement = sa.select(conversation.c.id, client_file.c.name, connection.c.bank).select_from(
        conversation.join(connection, conversation.c.connection_id == connection.c.id).join(
            client_file, connection.c.file_id == client_file.c.id
        )
    )
    names = {row.id: (folded(row.name), folded(row.bank)) for row in sql.execute(statement)}
    hits = [each for each, both in names.items() if any(wanted in one for one in both)]
    return (hits or nearly(wanted, names))[:MOST_FOUND]


def nearly(wanted: str, names: Mapping[int, Sequence[str]]) -> list[int]:
    """Those one of whose names, or of whose words, is like the one that was typed."""
    close = set(difflib.get_close_matches(wanted, set(spoken(names.values())), n=20, cutoff=ALIKE))
    return [each for each, both in names.items() if close & set(spoken([both]))]


def spoken(names: Iterable[Sequence[str]]) -> Iterable[str]:
    """Names, and their words."""
    for both in names:
        for one in both:
            yield one
            yield from one.split()
