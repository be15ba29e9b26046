"""Whatever is stored about a person is read out to him and can be erased: every table, and in it every column.

A table or a column that is added must find its place here; the tests name it until it has.
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.codec import state_to_json
from bot.adapters.database import personal_data, tables
from bot.adapters.database.audit import Trail, note
from bot.adapters.database.outbox import to_body
from bot.adapters.database.personal_data import OF_NOBODY, OF_PERSONS, iso, read_out
from bot.domain.secret import Secret
from bot.engine import Envelope, ToChat
from bot.ports import Job
from flows.effects import RelayToClient, RemoveMessage, Say
from flows.events import Intent, Wrote
from flows.renewal import Offered, StepB
from tests.firm import MARCEL, NOW, ODETTE, Firm, founded

WHO, OTHER, FILE, BANK, HERS, HIS = 987_654_321, 11, 21, 31, 41, 42
"""Odette; Marcel, of the same file; a bank with which Odette is asked, and one that Marcel has taken over."""
OLD_CHAT = 700_009
"""What Odette had before her new Telegram."""
RESTS = RemoveMessage(4_021)

MOMENTS = count(1)
Row = dict[str, Any]


def moment() -> float:
    """Each one is another minute, so that it is known again."""
    return (NOW + timedelta(minutes=next(MOMENTS))).timestamp()


def link(number: int, chat: int, talk: int) -> Row:
    return {
        "id": number, "conversation_id": talk, "chat_id": chat, "token_hash": f"token-{number}", "new_secret": True,
        "state": f"DONE-{number}", "number": 42, "expires_at": moment(), "opened_at": moment(),
        "proven_at": moment(), "claimed_at": moment(), "return_hash": f"return-{number}",
        "outcome": f"ok-{number}", "page_hash": f"page-{number}",
    }  # fmt: skip


def held_of_odette() -> dict[str, list[Row]]:
    """One row at least in each table that knows persons, every column filled."""
    said = Job("tg:1/0", HERS, ODETTE, RelayToClient("Bonjour Odette", "Julie"), {"first_name": "Odette"})
    return {
        "contact": [
            {
                "id": WHO, "name": "Mme Odette Martin", "phone": "06 12 34 56 78", "email": "odette@bouchon.example",
                "chat_id": ODETTE, "reachable": True, "nudged_at": moment(), "refused_email": "odete@bouchon.example",
            }
        ],
        "file_contact": [
            {"file_id": FILE, "contact_id": WHO, "rank": 0, "role": "la gérante aux clés", "declined": False}
        ],
        "conversation": [
            {
                "id": HERS, "connection_id": BANK, "contact_id": WHO, "state": state_to_json(StepB()), "sequence": 3,
                "deadline": moment(), "started_at": moment(), "spoken_at": moment(), "last_press": "c:41:2:there",
                "last_words": "appelez-moi au 0612345678", "case_id": 51, "tried": "", "read_at": moment(),
            }
        ],
        "staff_case": [
            {
                "id": 51, "conversation_id": HERS, "cause": "stuck-very", "opened_at": moment(), "status": "taken-so",
                "taken_by": "Julie", "closed": False, "channel": "C0RESYNC", "thread": "1.51", "asked": "",
            }
        ],
        "invitation": [
            {
                "id": 61 + place, "contact_id": WHO, "token_hash": f"invited-{place}", "expires_at": moment(),
                "claimed_by": chat, "claimed_at": moment(),
            }
            for place, chat in enumerate((OLD_CHAT, ODETTE))
        ],
        "mail": [
            {
                "id": 71, "job_id": "due:71/1", "contact_id": WHO, "conversation_id": HERS, "begun_at": moment(),
                "outcome": "sent-so",
            }
        ],
        "nudge": [
            {
                "id": 81, "job_id": "due:81/0", "conversation_id": HERS, "contact_id": WHO, "at": moment(),
                "fate": "sent-well", "answered_at": moment(),
            }
        ],
        "promise": [
            {
                "id": 91, "conversation_id": HERS, "contact_id": WHO, "sequence": 2, "made_at": moment(),
                "until": moment(), "away": True,
            }
        ],
        "secure_link": [link(101, ODETTE, HERS), link(102, OLD_CHAT, HERS)],
        "launch": [{"proof": "a proof of hers", "link_id": 101, "seen_at": moment()}],
        "desk_request": [
            {
                "id": 111, "kind": "export", "contact_id": WHO, "asked_by": "U0ANNA", "asked_name": "Anna",
                "reason": "Odette l’a écrit le 3.", "asked_at": moment(), "until": moment(), "agreed_by": "U0BRUNO",
                "agreed_name": "Bruno", "agreed_at": moment(), "due_at": moment(), "done_at": moment(),
                "stopped_name": "", "stopped_at": moment(), "shown": "done", "busy_until": 0.0,
                "channel": "C0RESYNC", "thread": "1.111",
            }
        ],
        "inbox": [{"id": f"tg:secret:{ODETTE}:4021", "received_at": moment()}],
        "outbox": [
            {
                "id": 121, "job_id": said.id, "chat_id": ODETTE, "owner": "me", "body": to_body(said),
                "attempted": False,
            }
        ],
        "send_budget": [{"name": f"telegram:{ODETTE}", "next_at": moment()}],
    }  # fmt: skip


def held_of_marcel() -> dict[str, list[Row]]:
    """Somebody else of the same file, whose rows lie beside hers."""
    return {
        "contact": [{"id": OTHER, "name": "M. Marcel Dubois", "email": "m@b.example", "chat_id": MARCEL}],
        "file_contact": [{"file_id": FILE, "contact_id": OTHER, "rank": 1}],
        "conversation": [
            {
                "id": HIS, "connection_id": BANK + 1, "contact_id": OTHER, "state": state_to_json(Offered()),
                "last_words": "Odette dit : 0612345678", "tried": f"{WHO} 7",
            }
        ],
        "invitation": [{"id": 68, "contact_id": OTHER, "token_hash": "his", "expires_at": 1.0, "claimed_by": MARCEL}],
        "mail": [
            {"id": 78, "job_id": "d", "contact_id": OTHER, "conversation_id": HERS, "begun_at": 1.0, "outcome": "s"}
        ],
        "nudge": [
            {"id": 88, "job_id": "d", "conversation_id": HERS, "contact_id": OTHER, "at": 1.0, "fate": "sent"}
        ],
        "promise": [
            {
                "id": 98, "conversation_id": HERS, "contact_id": OTHER, "sequence": 9, "made_at": 1.0, "until": 2.0,
                "away": False,
            }
        ],
        "secure_link": [link(108, MARCEL, HIS)],
        "launch": [{"proof": "a proof of his", "link_id": 108, "seen_at": 1.0}],
        "outbox": [
            {
                "id": 128, "job_id": "tg:8/0", "chat_id": MARCEL, "owner": "me",
                "body": to_body(Job("tg:8/0", HIS, MARCEL, Say("hello"))), "attempted": False,
            }
        ],
        "send_budget": [{"name": f"telegram:{MARCEL}", "next_at": 1.0}],
    }  # fmt: skip


NOT_READ_OUT = {
    "contact": {"id"},
    "file_contact": {"file_id", "contact_id"},
    # « étape » says where it stands; the others are numbers and buttons of ours, and when we asked the bank
    "conversation": {
        "id", "connection_id", "contact_id", "state", "sequence", "last_press", "case_id", "tried", "read_at",
    },
    # who of the firm has it, and where they speak of it
    "staff_case": {"id", "conversation_id", "taken_by", "channel", "thread", "asked"},
    "invitation": {"id", "contact_id", "token_hash"},
    "mail": {"id", "job_id", "contact_id", "conversation_id"},
    "nudge": {"id", "job_id", "conversation_id", "contact_id"},
    "promise": {"id", "conversation_id", "contact_id", "sequence"},
    "secure_link": {"id", "conversation_id", "token_hash", "number", "return_hash", "page_hash"},
    "launch": {"proof", "link_id", "seen_at"},  # a print of Telegram's signature, of its link only
    # colleagues, and their card
    "desk_request": {
        "id", "contact_id", "asked_by", "asked_name", "until", "agreed_by", "agreed_name", "stopped_name", "shown",
        "busy_until", "channel", "thread",
    },
    "inbox": {"id", "received_at"},  # that an event is known
    "outbox": {"id", "job_id", "chat_id", "owner", "body", "attempted"},  # on its way to him, who will read it
    "send_budget": {"name", "next_at"},  # that we wrote a moment ago
}  # fmt: skip
"""Columns that mean nothing to the person, or are about others."""


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        Trail(Secret("a key of an audit trail, for one test"), firm.clock).keep(firm.database.writer)
        yield firm


async def fill(firm: Firm, *everything: dict[str, list[Row]]) -> None:
    def work(sql: sa.Connection) -> None:
        sql.execute(sa.insert(tables.client_file).values(id=FILE, name="Chez Odette", away_until=date(2026, 12, 24)))
        for place, bank in enumerate(("Crédit Rural", "Banque Mistral")):
            row = {"id": BANK + place, "file_id": FILE, "bank": bank, "synchronised": True}
            sql.execute(sa.insert(tables.connection).values(row))
        for table in tables.metadata.sorted_tables:
            for rows in everything:
                for row in rows.get(table.name, ()):
                    sql.execute(sa.insert(table).values(row))

    await firm.database.write(work)


async def erase(firm: Firm, who: int = WHO) -> list[tuple[int, int]]:
    calendars = FrenchCalendars("Europe/Paris")
    return await firm.database.write(lambda sql: personal_data.erase(sql, who, NOW, calendars, "Bruno"))


async def reads(firm: Firm, who: int = WHO) -> dict[str, Any]:
    known = await firm.database.read(lambda sql: read_out(sql, who))
    assert known is not None
    return known


def spelled(value: object) -> str:
    """A stored value as it stands in what is read out."""
    if isinstance(value, float):
        return str(iso(value))
    return value.isoformat() if isinstance(value, date) else str(value)


def told(table: str, row: Row) -> Iterator[tuple[str, str]]:
    """(column, value) of what a person must be able to read; what is true or false cannot be told apart."""
    for column, value in row.items():
        if column not in NOT_READ_OUT[table] and not isinstance(value, bool) and value not in ("", 0):
            yield column, spelled(value)


# -- no table is forgotten --------------------------------------------------------------------------------


def test_every_table_is_about_persons_or_about_nobody() -> None:
    assert set(tables.metadata.tables) == {*OF_PERSONS, *OF_NOBODY}
    assert not set(OF_PERSONS) & set(OF_NOBODY)
    assert all([*OF_PERSONS.values(), *OF_NOBODY.values()]), "each for a reason"


@pytest.mark.parametrize("name", OF_NOBODY)
def test_what_is_about_nobody_leads_to_nobody(name: str) -> None:
    table = tables.metadata.tables[name]
    assert tables.contact not in {key.column.table for key in table.foreign_keys}
    personal = {"contact_id", "chat_id", "claimed_by", "phone", "email", "telegram_id", "last_words", "reason"}
    assert not personal & {column.name for column in table.columns}


@pytest.mark.parametrize("name", OF_PERSONS)
def test_every_column_of_what_is_about_persons_is_tried_here(name: str) -> None:
    columns = {column.name for column in tables.metadata.tables[name].columns}
    rows = held_of_odette()[name]
    assert rows
    assert all(set(row) == columns for row in rows)
    assert NOT_READ_OUT[name] <= columns


# -- read out ---------------------------------------------------------------------------------------------


async def test_all_that_is_held_of_a_person_is_read_out_and_nothing_of_anybody_else(firm: Firm) -> None:
    hers = held_of_odette()
    await fill(firm, hers, held_of_marcel())
    known = json.dumps(await reads(firm), ensure_ascii=False)
    missing = [
        f"{table}.{column}"
        for table, rows in hers.items()
        for row in rows
        for column, value in told(table, row)
        if value not in known
    ]
    assert missing == []
    assert "renewal.step-b" in known
    assert "2026-12-24" in known
    assert not [each for each in ("Marcel", str(MARCEL), "m@b.example", "DONE-108", "Odette dit") if each in known]
    assert await firm.database.read(lambda sql: read_out(sql, 5)) is None


# -- erased -----------------------------------------------------------------------------------------------


def marks(hers: dict[str, list[Row]]) -> set[str]:
    """By these she would be known again, wherever they stood."""
    names = {"Odette Martin", "Bonjour Odette", str(WHO), str(ODETTE), str(OLD_CHAT), "0612345678", "a proof of hers"}
    rows = (*hers["contact"], *hers["file_contact"])
    said = {value for row in rows for value in row.values() if isinstance(value, str)}
    links = {row["token_hash"] for row in (*hers["secure_link"], *hers["invitation"])}
    return names | said | links | {hers["desk_request"][0]["reason"]}


async def everything(firm: Firm) -> dict[str, list[Row]]:
    return {
        table.name: [dict(row._mapping) for row in await firm.rows(table)] for table in tables.metadata.sorted_tables
    }


async def test_nothing_of_an_erased_person_is_left_in_any_table_and_all_of_the_others_is(firm: Firm) -> None:
    hers = held_of_odette()
    await fill(firm, hers, held_of_marcel())
    await firm.database.write(lambda sql: note(sql, "export-done", request=111, contact=WHO))
    before = await everything(firm)
    assert [mark for mark in marks(hers) if mark not in str(before)] == [], "they can be found"
    shown = await erase(firm)
    after = await everything(firm)
    trail = after.pop("audit")
    assert [f"{mark} in {name}" for name, rows in after.items() for mark in marks(hers) if mark in str(rows)] == []
    assert shown == [(HERS, 51)], "its card is drawn again"
    gone = {"promise": 91, "mail": 71}
    assert not [name for name, number in gone.items() if number in [row["id"] for row in after[name]]]
    assert [row["contact_id"] for row in after["nudge"]] == [None, OTHER]
    assert [(row["contact_id"], row["kind"]) for row in after["desk_request"]] == [(0, "export")]
    assert [row["contact_id"] for row in after["conversation"]] == [OTHER, OTHER]
    for name in ("contact", "file_contact", "invitation", "secure_link", "launch", "outbox", "send_budget", "inbox"):
        assert after[name] == [row for row in before[name] if not is_hers(row)]
    assert str(WHO) in str(trail), "the number stays where it proves what was done"
    assert not [each for each in ("Martin", "odette@", str(ODETTE), "0612345678") if each in str(trail)]


def is_hers(row: Row) -> bool:
    numbers = {WHO, ODETTE, OLD_CHAT}
    named = str(row.get("name", row.get("id", ""))).endswith((str(ODETTE), f"{ODETTE}:4021"))
    return named or row.get("proof") == "a proof of hers" or bool(numbers & {
        row.get("id"), row.get("contact_id"), row.get("chat_id"),
    })  # fmt: skip


async def test_whose_turn_it_was_before_is_forgotten_and_the_other_one_goes_on_undisturbed(firm: Firm) -> None:
    await fill(firm, held_of_odette(), held_of_marcel())
    before = await firm.talk(HIS)
    await erase(firm)
    after = await firm.talk(HIS)
    assert (after.tried, after.last_words) == ((7,), "")
    assert (after.state, after.sequence, after.deadline) == (before.state, before.sequence, before.deadline)


async def test_a_secret_that_is_still_in_her_chat_leaves_it_after_the_erasure_too(firm: Firm) -> None:
    await fill(firm, held_of_odette())
    rests = Job("tg:9/0", HERS, ODETTE, RESTS, {"now": NOW.isoformat(), "first_name": "Odette"})
    row = {"job_id": rests.id, "chat_id": ODETTE, "owner": "me", "body": to_body(rests)}
    await firm.insert(tables.outbox, **row)
    await erase(firm)
    [left] = await firm.rows(tables.outbox)
    assert "remove-message" in left.body
    assert NOW.isoformat() in left.body
    assert "Odette" not in left.body


async def test_one_person_who_was_two_in_the_list_is_read_out_and_erased_as_one(firm: Firm) -> None:
    """She opened with one chat the invitations of two entries: her files are together, the second entry is empty."""
    await fill(firm, held_of_odette(), held_of_marcel())
    await firm.insert(tables.contact, id=12, name="O. Martin (bistrot)", phone="07 07", email="")
    await firm.insert(
        tables.invitation, contact_id=12, token_hash="second", expires_at=1.0, claimed_by=ODETTE, claimed_at=1.0
    )
    assert "O. Martin (bistrot)" in str(await reads(firm))
    await erase(firm)
    assert [row.id for row in await firm.rows(tables.contact)] == [OTHER]
    assert "second" not in str(await firm.rows(tables.invitation))


async def test_a_chat_that_is_somebody_elses_now_is_left_to_him(firm: Firm) -> None:
    await fill(firm, held_of_odette(), held_of_marcel())
    await firm.insert(tables.contact, id=12, name="Léa", chat_id=OLD_CHAT)
    await erase(firm)
    assert [row.chat_id for row in await firm.rows(tables.secure_link)] == [OLD_CHAT, MARCEL]


async def test_what_else_was_asked_for_about_her_ends_with_the_erasure(firm: Firm) -> None:
    await fill(firm, held_of_odette())
    opened = {"id": 112, "done_at": None, "stopped_at": None, "due_at": None, "kind": "rebind"}
    await firm.insert(tables.desk_request, **(held_of_odette()["desk_request"][0] | opened))
    await erase(firm)
    done, stopped = await firm.rows(tables.desk_request)
    assert (done.stopped_name, stopped.stopped_name) == ("", "Bruno")
    assert stopped.stopped_at == NOW.timestamp()
    assert {done.contact_id, stopped.contact_id} == {0}
    assert {done.reason, stopped.reason} == {""}


async def test_the_last_words_are_those_of_whom_we_speak_with(firm: Firm) -> None:
    """So that nobody is read what somebody else of the same file wrote."""
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("M. Marcel Dubois", MARCEL)
    talk = await firm.bank(await firm.file("Chez Odette", odette, marcel), StepB(), who=odette)
    await firm.engine.receive(Envelope("tg:1", ToChat(ODETTE), Wrote(Intent.OTHER, "mon numéro : 0612345678")))
    assert (await firm.talk(talk)).last_words == "mon numéro : 0612345678"
    await firm.engine.receive(Envelope("tg:2", ToChat(ODETTE), Wrote(Intent.NOT_ME, "voyez avec Marcel")))
    after = await firm.talk(talk)
    assert after.contact is not None
    assert (after.contact.id, after.last_words) == (marcel, "")
