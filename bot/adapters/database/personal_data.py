"""What Resync holds of one person on the client's side: read out whole, or erased.

Law: the client file stays, with its banks and their dates: it is the company's. What stays of the person is the audit
trail, which holds a number and no name: it proves who let what be done, an erasure included. The jobs of DBOS, whose
tables are its own, are purged eight days after they were done.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.adapters.codec import state_to_json
from bot.adapters.database import requests
from bot.adapters.database.board import step_of
from bot.adapters.database.links import revoke
from bot.adapters.database.outbox import to_body, to_job
from bot.adapters.database.store import LOAD, read_conversation
from bot.adapters.database.tables import (
    client_file,
    connection,
    contact,
    conversation,
    desk_request,
    file_contact,
    inbox,
    invitation,
    launch,
    mail,
    nudge,
    outbox,
    promise,
    secure_link,
    send_budget,
    staff_case,
)
from bot.engine import Calendars
from bot.importing.store import Intake
from bot.ports import Conversation
from flows.deadline import deadline
from flows.effects import RemoveMessage

Json = dict[str, Any]

OF_PERSONS: Mapping[str, str] = {
    "contact": "erased",
    "file_contact": "erased with the contact",
    "conversation": "goes to the next contact of the file, without a word of his",
    "staff_case": "stays with cause and dates, as the history of the file; its card is drawn again without him",
    "invitation": "erased with the contact",
    "mail": "erased with the contact",
    "promise": "erased: it is his word",
    "nudge": "stays as a figure of the firm's, and nobody's",
    "secure_link": "erased",
    "launch": "erased: it knows one of his links",
    "desk_request": "stays, as it tells who let what be done; nobody's from then on, and without the reason",
    "inbox": "erased, where its id names his chat; all are purged after eight days",
    "outbox": "erased, but for a secret that is still to leave his chat: for 48 hours at most, without his name",
    "send_budget": "erased",
}
"""The tables that know a person, and what an erasure does there."""
OF_NOBODY: Mapping[str, str] = {
    "client_file": "the company, and its accountant",
    "connection": "the company's bank",
    "consent": "the company's bank",
    "bank_reading": "the company's bank",
    "bank_day": "figures of a bank",
    "incident": "a bank, and the colleague who declared it",
    "bank_trap": "a bank, and the colleague who knows it",
    "absence": "a colleague",
    "audit": "numbers, and the ids of colleagues; it only grows, as the law asks of a proof",
    "replica": "processes",
}
"""The tables that do not, and whom they are about. Each table is in one of the two."""


@dataclass(frozen=True)
class Person:
    """Under which numbers he is known: of contacts, and of chats."""

    ids: tuple[int, ...]
    chats: tuple[int, ...]


def known_as(sql: sa.Connection, contact_id: int) -> Person | None:
    """All that is one person: a chat of his may have taken over the files of another entry of the list.

    A chat that he had before a new Telegram is his as long as nobody else has it.
    """
    who = sql.execute(sa.select(contact).where(contact.c.id == contact_id)).one_or_none()
    if who is None:
        return None
    opened = sa.select(invitation.c.claimed_by).where(invitation.c.contact_id == contact_id)
    had = {who.chat_id, *sql.execute(opened).scalars()} - {None}
    others = sa.select(contact.c.chat_id).where(contact.c.chat_id.in_(had), contact.c.id != contact_id)
    chats = had - set(sql.execute(others).scalars())
    emptied = (
        sa.select(contact.c.id)
        .join(invitation, invitation.c.contact_id == contact.c.id)
        .where(
            invitation.c.claimed_by.in_(chats),
            contact.c.chat_id.is_(None),
            contact.c.id.not_in(sa.select(file_contact.c.contact_id)),
        )
    )
    ids = {contact_id, *sql.execute(emptied).scalars()}
    return Person(tuple(sorted(ids)), tuple(sorted(chats)))


# -- read out ---------------------------------------------------------------------------------------------


def read_out(sql: sa.Connection, contact_id: int) -> Json | None:
    """All of it, to be read by the person himself; None where he is not there any more."""
    person = known_as(sql, contact_id)
    if person is None:
        return None
    entries = sql.execute(sa.select(contact).where(contact.c.id.in_(person.ids)).order_by(contact.c.id)).all()
    who = next(each for each in entries if each.id == contact_id)
    talks = [talk for each in person.ids for talk in talks_of(sql, each)]
    return {
        **entry_out(who),
        "identifiant Telegram": who.chat_id,
        "joignable sur Telegram": bool(who.reachable),
        "dernière relance": iso(who.nudged_at),
        "aussi dans la liste": [entry_out(each) for each in entries if each.id != contact_id],
        "dossiers": files_of(sql, contact_id),
        "conversations": [talk_out(sql, each) for each in talks],
        "demandes au cabinet": cases_of(sql, [each.id for each in talks]),
        "relances": nudges_of(sql, person),
        "promesses": promises_of(sql, person),
        "invitations": invitations_of(sql, person),
        "e-mails": [
            {"écrit le": iso(row.begun_at), "issue": row.outcome}
            for row in sql.execute(sa.select(mail).where(mail.c.contact_id.in_(person.ids)))
        ],
        "pages sécurisées": pages_of(sql, person),
        "demandes sur vos données": requests_of(sql, person),
    }


def entry_out(row: Any) -> Json:
    """A line of the firm's list."""
    return {"nom": row.name, "téléphone": row.phone, "e-mail": row.email, "e-mail refusé": row.refused_email}


def files_of(sql: sa.Connection, contact_id: int) -> list[Json]:
    """His client files, and what he is to each."""
    rows = sql.execute(
        sa.select(client_file.c.name, client_file.c.away_until, file_contact)
        .join(file_contact, file_contact.c.file_id == client_file.c.id)
        .where(file_contact.c.contact_id == contact_id)
        .order_by(client_file.c.name)
    )
    return [
        {
            "client": row.name,
            "rôle": row.role,
            "rang": row.rank + 1,
            "dit que ce n’est pas le sien": bool(row.declined),
            "absent jusqu’au": row.away_until.isoformat() if row.away_until else None,
        }
        for row in rows
    ]


def talk_out(sql: sa.Connection, talk: Conversation) -> Json:
    bank = talk.connection
    spoken = sql.execute(sa.select(conversation.c.spoken_at).where(conversation.c.id == talk.id)).scalar_one()
    return {
        "client": talk.file.name,
        "banque": bank.bank,
        "échéance": bank.expires_on.isoformat() if bank.expires_on else None,
        "dernières données": bank.last_success_at.isoformat() if bank.last_success_at else None,
        "étape": step_of(talk.state),
        "commencée le": talk.started_at.isoformat() if talk.started_at else None,
        "dernier échange": iso(spoken or None),
        "suite prévue le": talk.deadline.isoformat() if talk.deadline else None,
        "derniers mots": talk.last_words,
    }


def cases_of(sql: sa.Connection, conversations: Sequence[int]) -> list[Json]:
    rows = sql.execute(sa.select(staff_case).where(staff_case.c.conversation_id.in_(conversations)))
    return [{"ouverte le": iso(row.opened_at), "cause": row.cause, "issue": row.status} for row in rows]


def nudges_of(sql: sa.Connection, person: Person) -> list[Json]:
    rows = sql.execute(sa.select(nudge).where(nudge.c.contact_id.in_(person.ids)).order_by(nudge.c.at))
    return [{"le": iso(row.at), "issue": row.fate, "réponse le": iso(row.answered_at)} for row in rows]


def promises_of(sql: sa.Connection, person: Person) -> list[Json]:
    rows = sql.execute(sa.select(promise).where(promise.c.contact_id.in_(person.ids)).order_by(promise.c.made_at))
    return [{"faite le": iso(row.made_at), "pour le": iso(row.until), "absence": bool(row.away)} for row in rows]


def invitations_of(sql: sa.Connection, person: Person) -> list[Json]:
    rows = sql.execute(sa.select(invitation).where(invitation.c.contact_id.in_(person.ids)))
    return [
        {
            "valable jusqu’au": iso(row.expires_at),
            "ouverte le": iso(row.claimed_at),
            "par l’identifiant Telegram": row.claimed_by,
        }
        for row in rows
    ]


def pages_of(sql: sa.Connection, person: Person) -> list[Json]:
    rows = sql.execute(sa.select(secure_link).where(secure_link.c.chat_id.in_(person.chats)))
    return [
        {
            "pour l’identifiant Telegram": row.chat_id,
            "valable jusqu’au": iso(row.expires_at),
            "ouverte le": iso(row.opened_at),
            "identité vérifiée le": iso(row.proven_at),
            "utilisée le": iso(row.claimed_at),
            "état": row.state,
            "réponse de la banque": row.outcome,
        }
        for row in rows
    ]


def requests_of(sql: sa.Connection, person: Person) -> list[Json]:
    """Who of the firm asked is that person's own; what he wrote is about this one."""
    rows = sql.execute(sa.select(desk_request).where(desk_request.c.contact_id.in_(person.ids)))
    return [
        {
            "nature": row.kind,
            "motif": row.reason,
            "le": iso(row.asked_at),
            "accord le": iso(row.agreed_at),
            "prévue le": iso(row.due_at),
            "faite le": iso(row.done_at),
            "arrêtée le": iso(row.stopped_at),
        }
        for row in rows
    ]


# -- erased -----------------------------------------------------------------------------------------------


def erase(
    sql: sa.Connection, contact_id: int, now: datetime, calendars: Calendars, by: str = ""
) -> list[tuple[int, int]]:
    """Erase a person. Returns (conversation, case) of each card that shows him, to be drawn again.

    `by`: the first name of the colleague whose agreement ends what else was asked for about him.
    """
    person = known_as(sql, contact_id)
    if person is None:
        return []
    talks = [talk for each in person.ids for talk in talks_of(sql, each)]
    ids = [*{talk.id for talk in talks} | conversations_about(sql, person)]
    for talk in talks:
        revoke(sql, talk.id, "erasure")
    forget_chats(sql, person.chats)
    forget_words(sql, ids, person)
    requests.forget(sql, person.ids, now, by)
    sql.execute(sa.delete(promise).where(promise.c.contact_id.in_(person.ids)))
    sql.execute(sa.delete(contact).where(contact.c.id.in_(person.ids)))
    for talk in talks:
        begin_anew(sql, talk, now, calendars)
    cases = sa.select(staff_case.c.conversation_id, staff_case.c.id).where(staff_case.c.conversation_id.in_(ids))
    return [(row.conversation_id, row.id) for row in sql.execute(cases.where(staff_case.c.thread != ""))]


def forget_chats(sql: sa.Connection, chats: Sequence[int]) -> None:
    """What is known of his chats, and what was still to be said there."""
    his = sa.select(secure_link.c.id).where(secure_link.c.chat_id.in_(chats))
    sql.execute(sa.delete(launch).where(launch.c.link_id.in_(his)))
    sql.execute(sa.delete(secure_link).where(secure_link.c.chat_id.in_(chats)))
    for row in sql.execute(sa.select(outbox).where(outbox.c.chat_id.in_(chats))).all():
        job, mine = to_job(row.body, row.chat_id), outbox.c.id == row.id
        if isinstance(job.effect, RemoveMessage):  # without it the secret would stay on his telephone
            nameless = {name: fact for name, fact in job.facts.items() if name == "now"}
            sql.execute(sa.update(outbox).where(mine).values(body=to_body(replace(job, facts=nameless))))
        else:
            sql.execute(sa.delete(outbox).where(mine))
    for chat in chats:
        sql.execute(sa.delete(send_budget).where(send_budget.c.name.endswith(f":{chat}")))
        sql.execute(sa.delete(inbox).where(inbox.c.id.startswith(f"tg:secret:{chat}:")))


def forget_words(sql: sa.Connection, conversations: Sequence[int], person: Person) -> None:
    """Whoever is asked now, the last words there may still be his."""
    gone = {str(each) for each in person.ids}
    rows = sql.execute(sa.select(conversation.c.id, conversation.c.tried).where(conversation.c.id.in_(conversations)))
    for row in rows.all():
        tried = " ".join(each for each in row.tried.split() if each not in gone)
        values = {"last_words": "", "tried": tried}
        sql.execute(sa.update(conversation).where(conversation.c.id == row.id).values(values))


def conversations_about(sql: sa.Connection, person: Person) -> set[int]:
    """Every bank about which we may have spoken with him: those of his files, and where anything remembers him."""
    files = sa.select(file_contact.c.file_id).where(file_contact.c.contact_id.in_(person.ids))
    found = set(
        sql.execute(
            sa.select(conversation.c.id)
            .join(connection, conversation.c.connection_id == connection.c.id)
            .where(connection.c.file_id.in_(files))
        ).scalars()
    )
    for table in (nudge, promise, mail):
        found |= set(
            sql.execute(sa.select(table.c.conversation_id).where(table.c.contact_id.in_(person.ids))).scalars()
        )
    his = sa.select(secure_link.c.conversation_id).where(secure_link.c.chat_id.in_(person.chats))
    return found | set(sql.execute(his).scalars())


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


def iso(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
