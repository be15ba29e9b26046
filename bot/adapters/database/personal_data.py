"""What Resync holds of one person on the client's side: read out whole, or erased.

Law: the client file stays, with its banks and their dates: it is the company's. What stays of the person is the audit
trail, which holds a number. Jobs that have left are purged after eight days.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.adapters.codec import state_to_json
from bot.adapters.database.board import step_of
from bot.adapters.database.links import revoke
from bot.adapters.database.store import LOAD, read_conversation
from bot.adapters.database.tables import (
    client_file,
    contact,
    conversation,
    file_contact,
    invitation,
    mail,
    outbox,
    secure_link,
    staff_case,
)
from bot.engine import Calendars
from bot.importing.store import Intake
from bot.ports import Conversation
from flows.deadline import deadline

Json = dict[str, Any]


def read_out(sql: sa.Connection, contact_id: int) -> Json | None:
    """All of it, to be read by the person himself; None where he is not there any more."""
    who = sql.execute(sa.select(contact).where(contact.c.id == contact_id)).one_or_none()
    if who is None:
        return None
    talks = talks_of(sql, contact_id)
    return {
        "nom": who.name,
        "téléphone": who.phone,
        "e-mail": who.email,
        "identifiant Telegram": who.chat_id,
        "joignable sur Telegram": bool(who.reachable),
        "dernière relance": iso(who.nudged_at),
        "dossiers": files_of(sql, contact_id),
        "conversations": [talk_out(each) for each in talks],
        "demandes au cabinet": cases_of(sql, [each.id for each in talks]),
        "invitations": [
            {"valable jusqu’au": iso(row.expires_at), "ouverte le": iso(row.claimed_at)}
            for row in sql.execute(sa.select(invitation).where(invitation.c.contact_id == contact_id))
        ],
        "e-mails": [
            {"écrit le": iso(row.begun_at), "issue": row.outcome}
            for row in sql.execute(sa.select(mail).where(mail.c.contact_id == contact_id))
        ],
        "pages sécurisées": [
            {"valable jusqu’au": iso(row.expires_at), "ouverte le": iso(row.opened_at), "état": row.state}
            for row in sql.execute(sa.select(secure_link).where(secure_link.c.chat_id == who.chat_id))
        ],
    }


def erase(sql: sa.Connection, contact_id: int, now: datetime, calendars: Calendars) -> list[tuple[int, int]]:
    """Erase a person. Returns (conversation, case) of each card that shows him, to be drawn again."""
    who = sql.execute(sa.select(contact).where(contact.c.id == contact_id)).one_or_none()
    if who is None:
        return []
    talks = talks_of(sql, contact_id)
    if who.chat_id is not None:
        for talk in talks:
            revoke(sql, talk.id, "erasure")
        sql.execute(sa.delete(secure_link).where(secure_link.c.chat_id == who.chat_id))
        sql.execute(sa.delete(outbox).where(outbox.c.chat_id == who.chat_id))
    sql.execute(sa.delete(contact).where(contact.c.id == contact_id))
    for talk in talks:
        begin_anew(sql, talk, now, calendars)
    ids = [talk.id for talk in talks]
    cases = sa.select(staff_case.c.conversation_id, staff_case.c.id).where(staff_case.c.conversation_id.in_(ids))
    return [(row.conversation_id, row.id) for row in sql.execute(cases.where(staff_case.c.thread != ""))]


def begin_anew(sql: sa.Connection, talk: Conversation, now: datetime, calendars: Calendars) -> None:
    """The bank goes on with the next contact of the file, or waits until there is one."""
    if talk.case_id is not None:
        over = {"status": "closed", "closed": True}
        sql.execute(sa.update(staff_case).where(staff_case.c.id == talk.case_id).values(over))
    intake = Intake(sql, now, calendars)
    left = sorted(intake.contacts_of(talk.file.id), key=lambda each: each["chat_id"] is None)
    state = talk.state
    if not talk.connection.closed:
        state = intake.first_state(left, talk.file.id, synchronised=talk.connection.synchronised)
    due = deadline(state.wait(), now, intake.hours(talk.file.id), talk.connection.expires_on)
    values = {
        "contact_id": left[0]["id"] if left else None, "state": state_to_json(state), "last_words": "",
        "last_press": "", "tried": "", "case_id": None, "started_at": None, "sequence": talk.sequence + 1,
        "deadline": due.timestamp() if due else None,
    }  # fmt: skip
    sql.execute(sa.update(conversation).where(conversation.c.id == talk.id).values(values))


def talks_of(sql: sa.Connection, contact_id: int) -> list[Conversation]:
    """The conversations that are with him now."""
    rows = sql.execute(LOAD.where(conversation.c.contact_id == contact_id).order_by(conversation.c.id)).all()
    return [read_conversation(row) for row in rows]


def files_of(sql: sa.Connection, contact_id: int) -> list[Json]:
    """His client files, and what he is to each."""
    rows = sql.execute(
        sa.select(client_file.c.name, file_contact.c.role, file_contact.c.declined)
        .join(file_contact, file_contact.c.file_id == client_file.c.id)
        .where(file_contact.c.contact_id == contact_id)
        .order_by(client_file.c.name)
    )
    return [
        {"client": row.name, "rôle": row.role, "dit que ce n’est pas le sien": bool(row.declined)} for row in rows
    ]


def talk_out(talk: Conversation) -> Json:
    bank = talk.connection
    return {
        "client": talk.file.name,
        "banque": bank.bank,
        "échéance": bank.expires_on.isoformat() if bank.expires_on else None,
        "dernières données": bank.last_success_at.isoformat() if bank.last_success_at else None,
        "étape": step_of(talk.state),
        "derniers mots": talk.last_words,
    }


def cases_of(sql: sa.Connection, conversations: Sequence[int]) -> list[Json]:
    rows = sql.execute(sa.select(staff_case).where(staff_case.c.conversation_id.in_(conversations)))
    return [{"ouverte le": iso(row.opened_at), "cause": row.cause, "issue": row.status} for row in rows]


def iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
