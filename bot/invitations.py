"""Invitations: the one-time links that bind a contact's Telegram chat to his client files.

Law: the token exists in the link only; the database knows its hash. A new one revokes those not yet opened, but for
one in an e-mail, beside which a letter on paper stays good; whichever is opened first revokes the others.
"""

import io
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import segno
import sqlalchemy as sa

from bot.adapters.codec import state_to_json
from bot.adapters.database.store import LOAD, read_conversation
from bot.adapters.database.tables import client_file, contact, conversation, file_contact, invitation
from bot.directory import file_called
from bot.domain.errors import BadInput
from bot.domain.names import folded
from bot.domain.secret import Secret
from bot.engine import Calendars
from bot.invitation_page import Picture, document
from bot.ports import Texts
from flows import first_sync
from flows.deadline import deadline
from flows.escalation import REMINDERS, WithStaff
from flows.state import DecentlyAfter, Patience, State
from locales.fr.images import picture as picture_called

LIFETIME = timedelta(days=30)
SOON = timedelta(days=5)
"""So long before its end staff hear of an invitation that nobody opened."""
BOT_NAME = re.compile(r"@?([A-Za-z]\w{2,31})", re.ASCII)


@dataclass(frozen=True)
class Invitee:
    """A contact who may be invited, and the client file that we know him by."""

    contact_id: int
    name: str
    file_id: int
    client: str
    linked: bool
    """He has opened an invitation before."""


@dataclass(frozen=True)
class Invited:
    """An invitee with his new link."""

    who: Invitee
    link: Secret
    until: date
    """The last day on which it surely opens."""


def invite(sql: sa.Connection, contact_id: int, now: datetime, *, ends_others: bool = True) -> Secret:
    """A new token for a contact, good for 30 days; those not yet opened end now, unless they may stay."""
    token = secrets.token_urlsafe(32)  # 43 of the 64 characters that Telegram lets a start parameter have
    mine = sa.and_(invitation.c.contact_id == contact_id, invitation.c.claimed_by.is_(None))
    still = invitation.c.expires_at > now.timestamp()
    if ends_others:
        sql.execute(sa.update(invitation).where(mine, still).values(expires_at=now.timestamp()))
    values = {
        "contact_id": contact_id,
        "token_hash": sha256(token.encode()).hexdigest(),
        "expires_at": (now + LIFETIME).timestamp(),
    }
    sql.execute(sa.insert(invitation).values(values))
    return Secret(token)


def invite_all(sql: sa.Connection, who: Iterable[Invitee], bot_name: str, now: datetime) -> list[Invited]:
    """A link for each."""
    until = (now + LIFETIME - timedelta(days=1)).date()  # whatever the time zone
    return [Invited(each, link(bot_name, invite(sql, each.contact_id, now)), until) for each in who]


def count_anew(sql: sa.Connection, invited: Iterable[Invited], calendars: Calendars, now: datetime) -> None:
    """Whoever is still to open his invitation has as long for the new one, before staff hear of it."""
    ours = [each.who.contact_id for each in invited]
    for row in sql.execute(LOAD.where(contact.c.id.in_(ours), contact.c.chat_id.is_(None))).all():
        talk = read_conversation(row)
        anew = invited_anew(talk.state)
        if anew is None:
            continue
        state, patience = anew
        hours = calendars.hours(talk.file.timezone, talk.file.closing_day, talk.file.away_until)
        due = deadline(patience, now, hours, talk.connection.expires_on)
        values = {"state": state_to_json(state), "deadline": due.timestamp() if due else None}
        sql.execute(sa.update(conversation).where(conversation.c.id == talk.id).values(values))


def invited_anew(state: State) -> tuple[State, Patience] | None:
    """Where a new invitation leads; while staff have it they hear once more, shortly before that one ends."""
    match state:
        case first_sync.Invited():
            return first_sync.Invited(), first_sync.Invited.patience
        case WithStaff("never-linked"):
            return replace(state, reminded=REMINDERS), DecentlyAfter(LIFETIME - SOON)
    return None


def link(bot_name: str, token: Secret) -> Secret:
    """What the client opens. Raises `BadInput` where the bot cannot be called so."""
    name = BOT_NAME.fullmatch(bot_name)
    if name is None:
        raise BadInput(f"« {bot_name} » n’est pas un nom de bot Telegram. Il ressemble à resync_bot, sans espace.")
    return Secret(f"https://t.me/{name[1]}?start={token.reveal()}")


def invitees(sql: sa.Connection, names: Sequence[str]) -> list[Invitee]:
    """Whom to invite: of these clients, or of all of them where none is named, those who are not there yet.

    Of a named client whose contacts are all there already, everybody: his telephone may be a new one.
    Raises `BadInput` for a name that is not one client's, and for a client without a contact.
    """
    if not names:
        return [each for each in known_contacts(sql) if not each.linked]
    found: dict[int, Invitee] = {}
    for name in names:
        file_id = file_called(sql, name)
        theirs = [each for each in known_contacts(sql) if each.file_id == file_id]
        if not theirs:
            raise BadInput(f"« {name} » n’a pas de contact. Ajoutez-en un dans votre liste, puis : resync import")
        waiting = [each for each in theirs if not each.linked]
        found |= {each.contact_id: each for each in waiting or theirs}
    return list(found.values())


def known_contacts(sql: sa.Connection) -> list[Invitee]:
    """Every contact once for each of his files."""
    rows = sql.execute(
        sa.select(contact.c.id, contact.c.name, contact.c.chat_id, client_file.c.id, client_file.c.name)
        .join(file_contact, file_contact.c.contact_id == contact.c.id)
        .join(client_file, client_file.c.id == file_contact.c.file_id)
        .order_by(client_file.c.name, file_contact.c.rank, contact.c.id)
    )
    return [Invitee(who, name, file_id, client, chat is not None) for who, name, chat, file_id, client in rows]


# On paper


def terminal_code(address: Secret) -> str:
    """A QR code in characters, for a terminal."""
    drawn = io.StringIO()
    segno.make_qr(address.reveal()).terminal(drawn, border=2, compact=True)
    return drawn.getvalue()


TOGETHER = "tout-imprimer.html"


def shipped(name: str) -> Path:
    """Our own picture of a step."""
    return picture_called(name, None)


def write_sheets(
    folder: Path, invited: Sequence[Invited], texts: Texts, firm: str, picture: Picture = shipped
) -> list[Path]:
    """A page to print and a picture of its code for each, and all pages in one file; returns the pages.

    Only the owner may read them: a link is a key.
    """
    make_private(folder)
    pages = []
    if len(invited) > 1:
        write_private(folder / TOGETHER, document(invited, texts, firm, picture).encode())
    for each in invited:
        stem = f"{slug(each.who.client)}-{slug(each.who.name)}-{each.who.contact_id}"
        page, drawn = folder / f"{stem}.html", folder / f"{stem}.png"
        code = io.BytesIO()
        segno.make_qr(each.link.reveal()).save(code, kind="png", scale=10)
        write_private(page, document([each], texts, firm, picture).encode())
        write_private(drawn, code.getvalue())
        pages.append(page)
    return pages


def write_private(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def make_private(folder: Path) -> None:
    """The folder of the sheets. Raises `BadInput` where it cannot be written."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        trial = folder / ".essai"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise BadInput(
            f"Impossible d’écrire dans le dossier {folder} ({error.strerror}). Choisissez-en un autre."
        ) from None


def slug(name: str) -> str:
    """A name as part of a file's name."""
    return "-".join(re.findall(r"[a-z0-9]+", folded(name)))[:60] or "sans-nom"
