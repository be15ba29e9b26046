"""Invitations: a link is a key, so it exists once, ends, and is known to nobody but the one who holds it."""

import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import segno
import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.codec import state_to_json
from bot.adapters.database import schema
from bot.adapters.database.engine import open_engine, parse_url
from bot.adapters.database.store import LOAD, read_conversation
from bot.adapters.database.tables import contact, conversation, invitation
from bot.adapters.texts import Texts
from bot.directory import file_called
from bot.domain.errors import BadInput
from bot.domain.secret import Secret
from bot.importing import plan_import, store_import
from bot.invitations import (
    LIFETIME,
    TOGETHER,
    Invited,
    Invitee,
    count_anew,
    invite,
    invite_all,
    invitees,
    link,
    terminal_code,
    write_sheets,
)  # fmt: skip
from flows import first_sync
from flows.escalation import WithStaff
from flows.state import State

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIST = """client;contact;e-mail;banque
Le Bistrot d’Odette;Mme Odette Martin;odette@bistrot.fr;LCL
Le Bistrot d’Odette;Luc Martin;;LCL
La Guinguette;Odette Martin;odette@bistrot.fr;LCL
Café de la Gare;Jo;;LCL
Café du Port;Lou;;LCL
Sans Contact;;;LCL
"""


@pytest.fixture
def sql(database_url: str) -> Iterator[sa.Connection]:
    engine = open_engine(parse_url(database_url), 1, writes=True)
    schema.migrate(engine)
    with engine.begin() as connected:
        plan = plan_import(LIST.encode(), date(2026, 11, 23))
        store_import(connected, plan, now=NOW, calendars=FrenchCalendars("Europe/Paris"))
        yield connected
    engine.dispose()


def contact_called(sql: sa.Connection, name: str) -> int:
    found: int = sql.execute(sa.select(contact.c.id).where(contact.c.name == name)).scalar_one()
    return found


def test_only_the_hash_of_a_token_is_stored_and_it_lasts_thirty_days(sql: sa.Connection) -> None:
    token = invite(sql, contact_called(sql, "Jo"), NOW).reveal()
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    row = sql.execute(sa.select(invitation)).one()
    assert row.token_hash == sha256(token.encode()).hexdigest()
    assert row.expires_at == (NOW + timedelta(days=30)).timestamp()
    assert token not in str(row)


def test_a_new_invitation_ends_the_earlier_one_of_that_contact_only(sql: sa.Connection) -> None:
    jo, lou = contact_called(sql, "Jo"), contact_called(sql, "Lou")
    invite(sql, jo, NOW - timedelta(days=2))
    invite(sql, lou, NOW - timedelta(days=1))
    invite(sql, jo, NOW)
    ends = sql.execute(sa.select(invitation.c.contact_id, invitation.c.expires_at).order_by(invitation.c.id)).all()
    month = timedelta(days=30)
    assert [(who, at) for who, at in ends] == [
        (jo, NOW.timestamp()),
        (lou, (NOW - timedelta(days=1) + month).timestamp()),
        (jo, (NOW + month).timestamp()),
    ]


def test_an_opened_invitation_stays_as_it_was(sql: sa.Connection) -> None:
    jo = contact_called(sql, "Jo")
    invite(sql, jo, NOW - timedelta(days=2))
    sql.execute(sa.update(invitation).values(claimed_by=42))
    before = sql.execute(sa.select(invitation)).one()
    invite(sql, jo, NOW)
    assert sql.execute(sa.select(invitation).where(invitation.c.claimed_by == 42)).one() == before


def test_of_all_clients_those_are_invited_who_are_not_there_yet(sql: sa.Connection) -> None:
    sql.execute(sa.update(contact).where(contact.c.name == "Jo").values(chat_id=42))
    assert {(each.client, each.name) for each in invitees(sql, [])} == {
        ("Le Bistrot d’Odette", "Mme Odette Martin"),
        ("Le Bistrot d’Odette", "Luc Martin"),
        ("La Guinguette", "Odette Martin"),
        ("Café du Port", "Lou"),
    }


def test_of_a_named_client_those_who_are_not_there_yet_else_all(sql: sa.Connection) -> None:
    def who() -> list[str]:
        return [each.name for each in invitees(sql, ["bistrot d'odette"])]

    assert who() == ["Mme Odette Martin", "Luc Martin"]
    sql.execute(sa.update(contact).where(contact.c.name == "Luc Martin").values(chat_id=42))
    assert who() == ["Mme Odette Martin"]
    sql.execute(sa.update(contact).where(contact.c.name == "Mme Odette Martin").values(chat_id=43))
    assert who() == ["Mme Odette Martin", "Luc Martin"]


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("café", "« café » peut être « Café de la Gare » ou « Café du Port »"),
        ("La Gingette", "Aucun client ne s’appelle « La Gingette ». Vouliez-vous dire « La Guinguette » ?"),
        ("zzz", "Aucun client ne s’appelle « zzz ».$"),
        ("", "Aucun client"),
        ("Sans Contact", "n’a pas de contact"),
    ],
)
def test_a_doubtful_name_is_told_with_those_that_are_near(sql: sa.Connection, typed: str, advice: str) -> None:
    with pytest.raises(BadInput, match=advice):
        invitees(sql, [typed])


def test_a_whole_name_wins_over_one_that_contains_it(sql: sa.Connection) -> None:
    data = "client;contact;banque\nCafé;Max;LCL".encode()
    store_import(sql, plan_import(data, NOW.date()), now=NOW, calendars=FrenchCalendars("Europe/Paris"))
    assert file_called(sql, "CAFE") == next(each.file_id for each in invitees(sql, ["Café"]))


def test_a_link_opens_the_bot_with_the_token(sql: sa.Connection) -> None:
    [one] = invite_all(sql, invitees(sql, ["Gare"]), "@resync_bot", NOW)
    address, token = one.link.reveal().split("?start=")
    assert address == "https://t.me/resync_bot"
    assert sql.execute(sa.select(invitation.c.token_hash)).scalar() == sha256(token.encode()).hexdigest()


@pytest.mark.parametrize("name", ["resync bot", "", "x/y", "résync"])
def test_a_wrong_bot_name_is_told(name: str) -> None:
    with pytest.raises(BadInput, match="nom de bot"):
        link(name, Secret("token"))


INVITED = Invited(
    Invitee(7, "Mme Odette <Martin>", 3, "Le Bistrot / d’Odette & fils", linked=False),
    Secret("https://t.me/resync_bot?start=" + "a" * 43),
    date(2026, 12, 22),
)


def test_a_sheet_holds_the_letter_the_link_and_its_code_and_is_private(tmp_path: Path) -> None:
    [page] = write_sheets(tmp_path / "invitations", [INVITED], Texts(), "C’ moi le chef")
    shown = page.read_text("utf-8")
    assert page.name == "le-bistrot-d-odette-fils-mme-odette-martin-7.html"
    assert INVITED.link.reveal().removeprefix("https://") in shown
    assert "@resync_bot, lettre pour lettre" in shown
    assert "bon jusqu’au 22 décembre 2026" in shown
    code = segno.make_qr(INVITED.link.reveal(), error="m")
    assert code.svg_inline(border=0, omitsize=True, svgclass="qr") in shown, "the code leads to the link"
    assert "Le Bistrot / d’Odette &amp; fils" in shown
    assert "<Martin>" not in shown
    assert page.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    assert stat.S_IMODE(page.parent.stat().st_mode) == 0o700


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "invitations").write_text("")
    with pytest.raises(BadInput, match="Impossible d’écrire dans le dossier"):
        write_sheets(tmp_path / "invitations", [INVITED], Texts(), "C’ moi le chef")


def test_the_terminal_shows_a_square_code() -> None:
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in terminal_code(INVITED.link).splitlines()]
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) in (2 * len(lines), 2 * len(lines) - 1)


def test_several_are_also_written_as_one_document_with_each_picture_once(tmp_path: Path) -> None:
    other = replace(INVITED, who=replace(INVITED.who, contact_id=8, client="Chez Marcel"))
    pages = write_sheets(tmp_path, [INVITED, other], Texts(), "C’ moi le chef")
    together = tmp_path / TOGETHER
    shown = together.read_text("utf-8")
    assert len(pages) == 2
    assert shown.count('<section class="sheet">') == 2
    assert shown.count("data:image/") == 2
    assert stat.S_IMODE(together.stat().st_mode) == 0o600
    write_sheets(tmp_path / "one", [INVITED], Texts(), "C’ moi le chef")
    assert not (tmp_path / "one" / TOGETHER).exists()


def test_a_page_asks_nobody_for_anything(tmp_path: Path) -> None:
    [page] = write_sheets(tmp_path, [INVITED], Texts(), "C’ moi le chef")
    shown = page.read_text("utf-8")
    assert re.findall(r"https?://[^\s\"<]+", shown.replace("http://www.w3.org/2000/svg", "")) == []
    assert "default-src 'none'" in shown
    assert "<script" not in shown


# Sent again


def state_of(sql: sa.Connection, who: str) -> tuple[State, datetime | None]:
    row = sql.execute(LOAD.where(contact.c.name == who)).one()
    talk = read_conversation(row)
    return talk.state, talk.deadline


def put(sql: sa.Connection, who: str, state: State) -> None:
    values = {"state": state_to_json(state), "deadline": (NOW + timedelta(days=400)).timestamp()}
    theirs = conversation.c.contact_id == contact_called(sql, who)
    sql.execute(sa.update(conversation).where(theirs).values(values))


@pytest.mark.parametrize(
    ("before", "after", "days"),
    [
        (first_sync.Invited(reminded=2), first_sync.Invited(), 3),
        (
            WithStaff("never-linked", resume=first_sync.Invited(), taken_by="Anne", reminded=4),
            WithStaff("never-linked", resume=first_sync.Invited(), taken_by="Anne", reminded=3),
            25,
        ),
        (first_sync.OpenAccounting(), first_sync.OpenAccounting(), 400),
    ],
)
def test_a_new_invitation_has_as_long_as_the_first_one(
    sql: sa.Connection, before: State, after: State, days: int
) -> None:
    put(sql, "Jo", before)
    put(sql, "Lou", before)
    calendars = FrenchCalendars("Europe/Paris")
    count_anew(sql, invite_all(sql, invitees(sql, ["Gare"]), "resync_bot", NOW), calendars, NOW)
    state, due = state_of(sql, "Jo")
    assert state == after
    assert due is not None
    assert NOW + timedelta(days=days) <= due <= NOW + timedelta(days=days + 3), "at a decent hour"
    assert due < NOW + LIFETIME or days == 400
    assert state_of(sql, "Lou") == (before, NOW + timedelta(days=400)), "nobody else's"
