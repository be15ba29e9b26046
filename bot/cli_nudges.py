"""What `resync nudges` shows: a day rehearsed, and why a nudge leaves when it does. All in French."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from rich.markup import escape
from rich.table import Table

from bot.adapters.calendars import calendars
from bot.adapters.clock import SystemClock
from bot.adapters.codec import stored_name
from bot.adapters.database.board import step_of, tried
from bot.adapters.database.store import LOAD, read_conversation
from bot.adapters.slack_cards import step_key, tried_words, with_role
from bot.adapters.texts import day as worded_day
from bot.cli_screen import count, table
from bot.domain.calendar import Hours, Rest
from bot.domain.errors import BadInput
from bot.domain.ladder import Ladder, often
from bot.engine import days_left
from bot.importing.values import written_day
from bot.ports import Conversation, Texts
from bot.rehearsal import Planned, Reason, rehearse, why
from bot.settings import Settings
from flows.effects import Say
from flows.escalation import WithStaff
from flows.renewal import promised
from flows.state import After, DecentlyAfter, NextRung, Soon, UntilSaid

RESTS = {
    Rest.SUNDAY: "dimanche",
    Rest.HOLIDAY: "férié",
    Rest.CLOSING_DAY: "jour de fermeture",
    Rest.AWAY: "absence du client",
}
PATIENCE = {
    After: "une relecture de la banque, qui ne dérange personne",
    Soon: "le client est en plein milieu d’une étape : un mot s’il ne répond pas",
    DecentlyAfter: "un délai, puis la première heure où l’on peut le déranger",
    UntilSaid: "le client a demandé qu’on revienne à ce moment-là",
}


@dataclass(frozen=True)
class Line:
    """A planned word with the hours of its client file."""

    planned: Planned
    hours: Hours


def day_typed(firm: Settings, typed: str | None) -> date:
    """The day that the operator means. Raises `BadInput` for one that is past, or none."""
    today = calendars(firm).hours("").local(SystemClock().now()).date()
    day = today if typed is None else written_day(typed)
    if day < today:
        raise BadInput(f"Ce jour est passé. Écrivez au plus tôt {today:%Y-%m-%d}.")
    return day


def planned_on(
    firm: Settings, database: Callable[[Settings], AbstractContextManager[sa.Connection]], day: date
) -> list[Line]:
    """All that would be said on a day, the earliest first."""
    now, seen, found = SystemClock().now(), firm.aggregator != "manual", list[Line]()
    people: dict[str, list[tuple[Conversation, Hours]]] = {}
    with database(firm) as sql:
        for row in sql.execute(LOAD.order_by(LOAD.selected_columns.conversation_id)):
            talk = read_conversation(row)
            person = f"contact {talk.contact.id}" if talk.contact else f"nobody of {talk.id}"
            people.setdefault(person, []).append((talk, hours_of(firm, talk)))
    for talks in people.values():
        known = {talk.id: hours for talk, hours in talks}
        end = max(datetime.combine(day + timedelta(days=1), time(0), hours.zone) for _, hours in talks)
        for each in rehearse(talks, now, end, seen=seen):
            hours = known[each.conversation.id]
            found += [Line(each, hours)] if hours.local(each.at).date() == day else []
    return sorted(found, key=lambda line: (line.planned.at, line.planned.conversation.id))


def hours_of(firm: Settings, talk: Conversation) -> Hours:
    return calendars(firm).hours(talk.file.timezone, talk.file.closing_day, talk.file.away_until)


def show_planned(lines: Sequence[Line], texts: Texts) -> Table:
    """One line for each word."""
    shown = table(
        "Heure",
        "Client",
        "Banque",
        "À qui",
        "Quoi",
        "Pourquoi",
        title=count(len(lines), "message prévu", "messages prévus"),
    )
    for line in lines:
        known = rehearsed(line, texts)
        cells = (known[name] for name in ("time", "client", "bank", "to", "what", "why"))
        shown.add_row(*(escape(str(cell)) for cell in cells))
    return shown


def rehearsed(line: Line, texts: Texts) -> dict[str, Any]:
    """A planned word, as JSON has it."""
    planned = line.planned
    talk = planned.conversation
    said = isinstance(planned.effect, Say)
    return {
        "at": planned.at.isoformat(),
        "time": f"{line.hours.local(planned.at):%H:%M}",
        "client": talk.file.name,
        "bank": talk.connection.bank,
        "to": (talk.contact.name if talk.contact else "personne") if said else "le cabinet",
        "what": what(planned, texts),
        "why": lapse(talk, planned.days_left),
    }


def what(planned: Planned, texts: Texts) -> str:
    """The step whose message it is, or the reason of the case."""
    if not isinstance(planned.effect, Say):
        return texts.say(f"case-{planned.effect.cause}")
    if isinstance(planned.state, WithStaff):
        return "une personne prend le relais"
    step = texts.say(step_key(stored_name(type(planned.state))))
    if planned.banks > 1:
        return f"{step} (un seul message pour {planned.banks} banques)"
    again = planned.effect.part == "nudge" or planned.effect.text != planned.state.text()
    return f"{step} (relance)" if again else step


def lapse(talk: Conversation, left: int | None) -> str:
    """« échéance le 18 mars 2026, J-14 »."""
    if talk.connection.expires_on is None or left is None:
        return "échéance inconnue"
    rung = f"J-{left}" if left > 0 else "le jour même" if left == 0 else f"J+{-left}"
    return f"échéance le {worded_day(talk.connection.expires_on)}, {rung}"


def explained(firm: Settings, sql: sa.Connection, conversation_id: int, texts: Texts) -> Iterator[str]:
    """The lines of `resync nudges why`."""
    talk = read_conversation(sql.execute(LOAD.where(sa.text("conversation.id = :id")), {"id": conversation_id}).one())
    hours, link = hours_of(firm, talk), talk.connection
    source = texts.say(f"source-{link.expiry_source}")
    end = f"échéance le {worded_day(link.expires_on)} ({source})" if link.expires_on else "échéance inconnue"
    yield f"{talk.file.name}, {link.bank} : {end}."
    yield f"Où on en est : {texts.say(step_key(step_of(talk.state)))}."
    if link.closed:
        yield "Clôturée par le cabinet : plus rien n’est lu ni demandé. Pour la rouvrir : resync reopen"
        return
    reason = why(talk, hours)
    if reason is None or talk.deadline is None:
        yield "Rien n’est prévu : personne n’attend rien du client."
        yield from about_the_person(sql, talk, hours, texts)
        return
    at = hours.local(talk.deadline)
    yield f"Prochaine étape : {worded_day(at.date())} à {at:%H:%M} ({hours.zone.key})."
    yield from because(reason, link.expires_on, hours.ladder)
    left = days_left(link, hours.local(talk.deadline).date())
    if left is not None:
        yield f"Ce jour-là, il resterait {count(left, 'jour')}." if left >= 0 else "La banque se serait déjà arrêtée."
    yield from about_the_person(sql, talk, hours, texts)


def about_the_person(sql: sa.Connection, talk: Conversation, hours: Hours, texts: Texts) -> Iterator[str]:
    """Who is asked, who was before, and what he has said of himself."""
    if talk.contact is not None:
        yield f"À qui : {with_role(talk.contact.name, talk.contact.role)}."
    for each in tried(sql, talk):
        yield f"Déjà essayé : {tried_words(each, texts)}."
    if talk.file.away_until is not None and talk.file.away_until >= hours.local(SystemClock().now()).date():
        yield f"Absent jusqu’au {worded_day(talk.file.away_until)} : rien ne lui est demandé avant son retour."
    if promises := promised(talk.state):
        many = count(promises, "moment choisi", "moments choisis de suite")
        yield f"Promesse : {many}. Le premier qui passe lui est rappelé, au deuxième une personne prend le relais."


def because(reason: Reason, expires_on: date | None, ladder: Ladder) -> Iterator[str]:
    """Each rule that had a say."""
    if reason.rung is None and isinstance(reason.patience, NextRung):
        yield f"Pourquoi : {often(ladder)}, une fois les paliers passés, ou tant que l’échéance est inconnue."
        return
    if reason.rung is None or expires_on is None:
        yield f"Pourquoi : {PATIENCE[type(reason.patience)]}."
        return
    rung = f"palier J-{reason.rung}" if reason.rung else "palier du jour même"
    yield f"Pourquoi : {rung}, le {worded_day(expires_on - timedelta(days=reason.rung))}."
    for rest_day, rest in reason.passed_over:
        yield f"Déplacé : le {worded_day(rest_day)}, on ne le dérange pas ({RESTS[rest]})."
