"""The French texts: all is there, all is used, all is typeset as French is, and no text asks for a password."""

import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fluent.syntax import FluentParser, ast

from bot.adapters.slack_lines import NEXT
from bot.adapters.slack_windows import OF_CONTACT, OF_FILE
from bot.adapters.texts import LONGEST_FACT, SHIPPED, Texts, day, moment
from bot.domain.away import Away
from bot.domain.board import Filter
from bot.domain.connection import ConnectionState, DateSource
from bot.domain.errors import OurBug
from bot.domain.ladder import LADDER
from bot.domain.mailing import STORED, Post
from bot.domain.playbook import STEPS
from bot.domain.radar import IncidentState
from bot.domain.reminded import Fate, Word
from bot.domain.secure_link import PageStep
from bot.mailing import TOLD
from bot.worker import rung
from flows.effects import CallStaff, Effect, OpenCase, Say, TellStaff, UpdateCase
from flows.escalation import GONE, REMINDERS, WithStaff
from flows.events import (
    Act,
    Bank,
    BankOut,
    BankSaid,
    BankWell,
    Chose,
    ChoseOld,
    Event,
    Gathered,
    Hinted,
    Intent,
    Linked,
    LinkFilled,
    LinkRefused,
    Muted,
    NeverWorked,
    NoPage,
    OnPage,
    Overdue,
    SentFile,
    StaffDid,
    TooManyPages,
    TooSoon,
    Typed,
    Undeliverable,
    Wrote,
)  # fmt: skip
from flows.first_sync import ConnectBank
from flows.renewal import Looking, Offered, StepB
from flows.state import Asking, FirstStep, Quiet, State, UnderWay, Waiting
from flows.step import step
from flows.tried import DONE

TEXTS = Texts()
FLOW_FILES = ("first_sync", "renewal", "password_change", "at_the_bank", "shared")
FILES = (*FLOW_FILES, "acts", "channel", "secure_page", "staff", "board")
ABSTRACT = {State, Waiting, Asking, FirstStep, UnderWay}
FACTS: dict[str, str | int] = {
    "first_name": "Camille",
    "client": "Le Petit Bouchon",
    "bank": "Crédit Agricole",
    "banks": "Crédit Agricole, 22 mai 2027\nQonto, 3 juin 2027",
    "firm": "C’ moi le chef",
    "accountant": "Dominique",
    "who": "Dominique",
    "due": "22 mai 2027",
    "rung": "early",
    "days_left": 12,
    "asked": 0,
    "next": "demain à 9\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30",
    "notice_url": "https://cabinet.example/notice",
    "last_data": "21 novembre 2026",
    "count": 3,
    "trouble": "down",
    "lines": "• <b>Crédit Agricole</b> (Le Petit Bouchon)\n• <b>Qonto</b> (Le Petit Bouchon)",
}
STAFF_FACTS: dict[str, str | int] = {
    "cause_text": "le client n’y arrive pas",
    "step_text": "à l’étape B (bouton bleu)",
    "detail": "d’après la banque",
    "lasts": 90,
    "days": "1,5",
    "more": 2,
    "answered": 3,
    "address": "o•••@bouchon.example",
    "on": "24 novembre 2026",
    "failing": 7,
    "clients": 9,
    "usual": 2,
    "since": "aujourd’hui à 14\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}10",
    "away": "12 décembre 2026",
    "words": "le bouton est tout en bas",
    "second": "Marc",
    "stopped": "Anna",
    "person": "Mme Odette Martin",
    "page_text": "ouverte, et c’est bien lui",
}
BOARD_FACTS: dict[str, str | int] = {
    "kind": "Arrêtées",
    "banks": 4210,
    "page": 2,
    "pages": 211,
    "days": 12,
    "condition": "accord du client à renouveler",
    "status_text": "Résolu par Julie",
}
CHANNEL_FACTS: dict[str, str | int] = {
    "invitation_url": "https://t.me/resync_bot?start=abcdefghijklmnop",
    "bot_name": "@resync_bot",
    "until": "22 décembre 2026",
}
ALL_FACTS = {**FACTS, **STAFF_FACTS, **CHANNEL_FACTS}
FACTS_OF = {"board": {**ALL_FACTS, **BOARD_FACTS}}
MAY_BE_EMPTY = ("due", "notice_url", "last_data")
LONG: dict[str, str | int] = {
    "first_name": "M" * 40,
    "client": "C" * 80,
    "bank": "B" * 60,
    "banks": "\n".join(["B" * 60 + ", 22 septembre 2027"] * 4),
    "firm": "F" * 60,
    "accountant": "A" * 60,
    "who": "W" * 40,
    "next": "mercredi 22 septembre à 18 h 30",
    "lines": "\n".join(["• <b>" + "B" * 60 + "</b> : arrêtée depuis le 22 septembre 2027"] * 6),
    "notice_url": "https://cabinet.example/" + "n" * 60,
}
KNOWN_TO = {
    **{name: FACTS.keys() for name in FLOW_FILES},
    "channel": FACTS.keys() | CHANNEL_FACTS.keys(),
    "secure_page": {"firm", "client", "bank", "first_name"},
    "staff": FACTS.keys() | STAFF_FACTS.keys(),
    "board": FACTS.keys() | STAFF_FACTS.keys() | BOARD_FACTS.keys(),
    "acts": FACTS.keys() | STAFF_FACTS.keys() | CHANNEL_FACTS.keys(),
}

# What the flows do not say by themselves: the channels, the page and the desk ask for these by name.
CHANNELS_SAY = {
    "stranger", "invitation-expired", "invitation-used", "invitation-unknown", "group-chat", "too-long", "joined",
    "somebody-else", "doubt-question", "doubt-over", "secret-stays",
    "toast-ok", "toast-old", "toast-staff-has-it", "number-question", "number-right", "number-wrong", "number-over",
    "command-aide", "command-banques", "command-stop", "bot-about", "bot-description",
    "mail-invitation-subject", "mail-invitation-body", "invitation-to-copy",
    "mail-nudge-subject", "mail-nudge-why", "mail-nudge-button", "mail-reminder", "mail-reminder-button", "mail-end",
    "letter-title", "letter-why", "letter-scan", "letter-link", "letter-until", "letter-start", "letter-step-1",
    "letter-step-2", "letter-step-3", "letter-already", "letter-check", "letter-check-bot", "letter-check-secret",
    "letter-check-call",
}  # fmt: skip
PAGE_SAYS = {
    "page-title", "page-whose", "page-bank", "page-why-password", "page-why-agreement", "page-secret",
    "page-lifetime", "page-continue", "page-number", "page-number-why", "page-waiting", "page-closed-title",
    "page-back-opening",
    "page-opening", "page-proven", "page-lost", "page-elsewhere",
    "page-closed", "page-closed-next", "page-trouble", "page-retry", "page-no-script", "page-back-title", "page-back",
    "page-busy", "page-chat",
    "page-own-approve", "page-own-approved", "page-own-chat", "page-own-choose", "page-own-code",
    "page-own-code-refused", "page-own-done", "page-own-done-title", "page-own-down", "page-own-field-choice",
    "page-own-field-code", "page-own-field-date", "page-own-field-number", "page-own-field-password",
    "page-own-field-text", "page-own-form", "page-own-fresh", "page-own-no-seal", "page-own-not-taken",
    "page-own-not-yet", "page-own-offline", "page-own-proven", "page-own-refused", "page-own-secret",
    "page-own-send", "page-own-sent", "page-own-show", "page-own-stopped", "page-own-telegram-title",
}  # fmt: skip
BUTTONS_OF_STAFF = {
    "staff-card-take", "staff-card-reply", "staff-card-hand-back", "staff-card-resolve", "staff-card-confirm",
    "staff-card-not-confirm", "staff-list-nudge", "staff-close-page", "staff-incident-declare",
    "staff-incident-dismiss", "staff-incident-end", "staff-card-close", "staff-list-reopen", "staff-card-postpone",
}  # fmt: skip
UNTOLD = (Post.TOO_SOON, Post.ENOUGH, Post.OVER)  # nothing was begun, and the letter before is on the card
WINDOW_OF_CLIENT = {"client-title", "client-close"}
WINDOW_OF_STAFF = {
    "staff-reply-title", "staff-reply-submit", "staff-reply-cancel", "staff-reply-preview", "staff-preview-title",
    "staff-preview-back", "staff-postpone-title",
}  # fmt: skip
DIGEST_SAYS = (
    "title-day", "title-week", "renewed", "connected", "linked", "lapsed", "cases", "nothing", "waiting", "waits",
    "nobody-waits", "nudges", "coming", "week", "late",
)  # fmt: skip
ABSENCE_SAYS = (
    "line-from",
    "planned",
    "backwards",
    "noted",
    "ended",
    "none",
    "which-day",
    "past",
    "unknown",
    "list",
    "line",
)
DESK_SAYS = {
    "staff-card-mail", *TOLD.values(), *(f"mail-is-{each}" for each in Post if each not in UNTOLD),
    *(f"staff-incident-{state}" for state in IncidentState), "staff-incident-figures", "staff-bank-muted",
    *(f"staff-incident-means-{state}" for state in IncidentState), "staff-incident-decided", "staff-incident-told",
    "staff-incident-back", "staff-incident-still",
    "staff-card-page", "staff-page", "staff-page-closed", "staff-no-page-open",
    "staff-away", "staff-lapses-while-away", "staff-stopped-while-away", "staff-secret-stays",
    "staff-card-away", "staff-handed-on-not-me", "staff-handed-on-silent",
    *(f"staff-absence-{each}" for each in ABSENCE_SAYS), "staff-card-asked", "staff-card-until",
    *(f"staff-digest-{each}" for each in DIGEST_SAYS), "staff-picture-weeks", "staff-picture-fleet",
    "staff-stale", "staff-file-missing", "connection-stale", "connection-strayed",
    "connection-closed", "staff-list-closed", "staff-reopened",
    "connection-never-connected",
    "staff-accounts-missing", "staff-accounts-doubled", "staff-history-gap", "staff-cadence-too-long",
    "staff-card-title", "staff-card-notification", "staff-card-cause", "staff-card-contact", "staff-card-phone",
    "staff-card-tried", "staff-tried-declined", "staff-tried-silent",
    "staff-card-email", "staff-card-due", "staff-card-connection", "staff-card-step", "staff-card-last-words",
    "staff-card-status", "staff-card-internal-note", "case-status-open", *BUTTONS_OF_STAFF, *WINDOW_OF_STAFF,
    "staff-reply-label", "staff-reply-hint", "staff-card-last-data", "staff-wrote-outside",
    "staff-list-never-linked", "staff-list-first-sync", "staff-list-more", "staff-nudge-noted", "staff-try-again",
    "staff-file-not-taken", "staff-file-sent", "staff-reply-sent", "staff-preview-to", "staff-preview-from",
    "staff-card-days", "staff-card-done", *(f"staff-done-{each}" for each in DONE),
    "staff-postpone-label", "staff-postpone-hint", "staff-postpone-which-day",
    "staff-reply-too-long", "staff-already-taken", "staff-case-already-closed",
    "staff-job-failed",
    "staff-list-title", "staff-list-late", "staff-list-soon", "staff-list-with-staff", "staff-list-fine",
    "staff-list-empty", "staff-list-nothing-found", "staff-list-line", "staff-list-help",
    "staff-unknown-user", "staff-case-closed", "staff-reply-too-late", "staff-reply-empty",
}  # fmt: skip
BUTTONS_OF_BOARD = {"board-refresh", "board-open", "board-back", "board-on"}
CLIENT_SAYS = {
    "client-title", "client-close", "client-gone", "client-none", "client-people", "client-banks", "client-nudges",
    "client-promises", "client-history", "client-siren", "client-accountant", "client-rests", "client-away",
    "client-vat",
    "client-person-declined", "client-person-linked", "client-person-gone", "client-person-invited",
    "client-last-data", "client-nudge-line", "client-promise-line",
    "client-promise-away", "client-promise-later", *(f"client-nudge-{each}" for each in Fate),
    *(f"client-promise-{each}" for each in Word), *(f"client-mail-{each}" for each in STORED),
    *(f"client-story-{what}" for what in ("case", "mail", "renewed", "lapsed", "linked")),
}  # fmt: skip
BOARD_SAYS = {
    "client-act",
    "board-title", "board-as-of", "board-count", "board-all-accountants", "board-no-accountant",
    "board-all-banks", "board-place", "board-empty", "board-not-yours", "board-line", "board-lost",
    "board-due", "board-vat", "board-next-on", *BUTTONS_OF_BOARD,
    *(f"board-{what}-{kind}" for what in ("kind", "why") for kind in ("all", *Filter)),
    *(f"board-next-{key}" for key in NEXT), *CLIENT_SAYS,
    "bank-clients", "bank-which", "bank-all", "bank-unknown", "bank-and-clients", "client-open",
}  # fmt: skip

# Buttons by which a client says that he is asked for a password elsewhere, or that it changed. They ask for nothing.
SPEAKS_OF_PASSWORDS = {
    ("meant", "password-changed"),
    ("renewal-step-b", "password-changed"),
    ("agree-at-bank", "password-changed"),
    ("agree-in-one-up", "password-changed"),
    ("several-banks-line", "new-password"),
    ("several-banks-line", "password-expired"),
}

# What the worker says to clients by name, and what stands inside of other texts.
WORKER_SAYS = {"bank-line", "staff-wrote", "several-banks", "next-bank", "several-banks-line", "bank-trap"}
INSIDE = {"first-notice", "bank-line", "several-banks-line", "several-banks-whose"}

EVENTS: tuple[Event, ...] = (
    Linked(), Linked(place=1), Linked(synchronised=True), Linked(synchronised=True, place=1), ChoseOld(), Hinted(),
    NoPage(), TooManyPages(), LinkFilled(), LinkRefused(), Overdue(), Overdue(days_left=-6), TooSoon(), Gathered(),
    BankOut(), Muted(), Muted(waited_for=True), BankWell(), NeverWorked(),
    *(Undeliverable(why) for why in Away),
    *(OnPage(typed) for typed in Typed),
    *(Wrote(intent, "bonjour") for intent in Intent), Wrote(Intent.NOT_ME, others=1), Overdue(others=1),
    *(Wrote(intent, "bonjour", unsure=True) for intent in Intent),
    *(Wrote(intent, when="2026-12-16T09:30+01:00") for intent in (Intent.LATER, Intent.AWAY)),
    *(SentFile(kind) for kind in ("photo", "document", "voice", "sticker")),
    *(BankSaid(answer) for answer in Bank),
    *(StaffDid(act, who) for act in Act for who in ("Alix", "Dominique")),
)  # fmt: skip


# The worker asks for these by name: a button for each bank, and a line for whatever may be said of it.
ASKED_FOR = {"pick", "renewal-offered", "new-password", "password-expired", "act-at-bank", "other-accounts"}


def subclasses(root: type[State]) -> Iterator[type[State]]:
    for each in root.__subclasses__():
        yield each
        yield from subclasses(each)


CLASSES = [each for each in dict.fromkeys(subclasses(State)) if each not in ABSTRACT]


def sample(each: type[State], **given: object) -> State:
    """A state of this class, with something in every field that has no default."""
    needs = {field.name for field in fields(each)}
    given |= {"resume": given.get("resume", StepB())} if "resume" in needs else {}
    given |= {"to": Offered()} if "to" in needs else {}
    return each(**given, **({"cause": "stuck"} if each is WithStaff and "cause" not in given else {}))


def samples(each: type[State]) -> Iterator[State]:
    """The class with each of its counters at each value, in a renewal and in a first synchronisation."""
    counters = [field.name for field in fields(each) if field.type in ("int", int)]
    for resume in (StepB(), ConnectBank()):
        given = {"resume": resume} if "resume" in {field.name for field in fields(each)} else {}
        yield sample(each, **given)
        for name in counters:
            most = 48 if name in ("tries", "hours") else 8
            yield from (sample(each, **given, **{name: count}) for count in range(1, most))


@cache
def effects() -> frozenset[Effect]:
    """Everything that any state can order after any event."""
    found: set[Effect] = set()
    causes = ("confirm", "never-linked", *GONE.values())
    states = {state for each in CLASSES for state in samples(each)}
    states |= {sample(WithStaff, cause=cause, taken_by=who) for cause in causes for who in ("", "Alix")}
    states.add(WithStaff("bank-down", resume=Looking(), discreet=True))
    states |= {WithStaff("never-linked", resume=Quiet(), reminded=each) for each in (0, REMINDERS)}
    states |= {WithStaff("stuck", resume=Quiet(), taken_by="Alix", until=day) for day in ("", "2026-12-03")}
    states.add(WithStaff("stuck", resume=Quiet(), taken_by="Alix", answered=True))
    states |= {WithStaff("stuck", resume=Quiet(), taken_by="Alix", reminded=each) for each in range(REMINDERS)}
    for state in states:
        for event in (*EVENTS, *(Chose(choice) for choice in state.choices)):
            found.update(step(state, event).effects)
    return frozenset(found)


def said() -> set[Say]:
    return {effect for effect in effects() if isinstance(effect, Say)}


def keys_of(name: str) -> dict[str, ast.Message]:
    resource = FluentParser().parse((SHIPPED / f"{name}.ftl").read_text("utf-8"))
    return {entry.id.name: entry for entry in resource.body if isinstance(entry, ast.Message)}


MESSAGES = {name: keys_of(name) for name in FILES}
PLACES = [
    (name, key, part)
    for name in FILES
    for key, message in MESSAGES[name].items()
    for part in ("", *(each.id.name for each in message.attributes))
]
CLIENT_PLACES = [place for place in PLACES if place[0] in (*FLOW_FILES, "channel")]


def renderings(key: str, part: str, facts: dict[str, str | int]) -> set[str]:
    """The text with these facts: every rung, tomorrow or later, with and without what may be empty."""
    without = {**facts, **dict.fromkeys(MAY_BE_EMPTY, "")}
    rungs = ({"rung": rung} for rung in ("early", "week", "soon", "today", "late", "later"))
    choices = [*({**facts, **rung} for rung in rungs), {**facts, "rung": "soon", "days_left": 1}]
    choices += [{**facts, "rung": "unknown", "asked": asked} for asked in range(4)]
    choices += [{**without, "rung": "unknown", "days_left": -999}]
    return {TEXTS.say(key, part, **each) for each in choices}


def buttons() -> set[tuple[str, str]]:
    found = {(effect.labels or effect.text, choice) for effect in said() for choice in effect.choices}
    return found | {(effect.labels or effect.text, effect.link) for effect in said() if effect.link}


def kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name).lower().replace("_", "-")


def key_of_state(each: type[State]) -> str:
    return f"state-{kebab(each.__module__.removeprefix('flows.'))}-{kebab(each.__name__)}"


# --- the renderer


def write(folder: Path, text: str, name: str = "some.ftl") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder


def test_a_text_is_said_with_its_facts(tmp_path: Path) -> None:
    texts = Texts(write(tmp_path, "hello = Bonjour { $name }\n    .nudge = Encore { $count }\n"))
    assert texts.say("hello", name="Camille", other="unused") == "Bonjour Camille"
    assert texts.say("hello", "nudge", count=3) == "Encore 3"


def test_a_button_is_an_attribute(tmp_path: Path) -> None:
    texts = Texts(write(tmp_path, "hello = Bonjour\n    .done = Fini\n"))
    assert texts.label("hello", "done") == "Fini"
    assert texts.parts("hello") == {"done"}
    assert texts.parts("absent") == frozenset()


def test_a_missing_fact_is_our_bug_even_where_this_time_it_is_not_needed(tmp_path: Path) -> None:
    texts = Texts(
        write(tmp_path, "one =\n    { FILLED($due) ->\n        [yes] { $bank }\n       *[no] rien\n    }\n")
    )
    with pytest.raises(OurBug, match=r"The text one lacks the facts bank\."):
        texts.say("one", due="")
    assert texts.say("one", due="", bank="Qonto") == "rien"


@pytest.mark.parametrize(("key", "part"), [("absent", ""), ("one", "absent"), ("absent", "nudge")])
def test_an_unknown_text_is_our_bug(tmp_path: Path, key: str, part: str) -> None:
    texts = Texts(write(tmp_path, "one = un\n"))
    assert not texts.has(key, part)
    with pytest.raises(OurBug, match="There is no text"):
        texts.say(key, part)
    assert texts.has("one")


def test_a_message_of_attributes_only_has_no_text_of_its_own(tmp_path: Path) -> None:
    texts = Texts(write(tmp_path, "one =\n    .done = Fini\n"))
    assert not texts.has("one")
    assert texts.has("one", "done")


def test_the_facts_of_a_text_include_those_of_what_it_refers_to(tmp_path: Path) -> None:
    texts = Texts(write(tmp_path, "end = { $url }\none = { $bank }{ end }\n"))
    assert texts.arguments("one") == {"bank", "url"}


def test_a_text_that_cannot_be_computed_is_our_bug(tmp_path: Path) -> None:
    texts = Texts(write(tmp_path, "one = { UNHEARD($bank) }\n"))
    with pytest.raises(OurBug, match="The text one cannot be said: Unknown function: UNHEARD"):
        texts.say("one", bank="Qonto")


def test_a_syntax_error_is_told_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(OurBug, match=r"some\.ftl:3: "):
        Texts(write(tmp_path, "one = un\n\ntwo = { $\n"))


def test_a_key_in_two_files_is_told_with_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, "one = un\n", "a.ftl")
    with pytest.raises(OurBug, match=r"b\.ftl:2: the key one is there already"):
        Texts(write(tmp_path, "# Again.\none = un\n", "b.ftl"))


def test_an_endless_fact_is_cut_and_never_inside_a_character_reference(tmp_path: Path) -> None:
    texts = Texts(write(tmp_path, "one = { $words } !\n"))
    whole = "a" * LONGEST_FACT
    assert texts.say("one", words=whole) == f"{whole} !"
    assert texts.say("one", words="a" * (LONGEST_FACT - 4) + "&amp;" + "b" * 9000) == "a" * (LONGEST_FACT - 4) + "… !"


@pytest.mark.parametrize(
    ("when", "words"),
    [(date(2027, 5, 22), "22 mai 2027"), (date(2027, 5, 1), "1er mai 2027"), (date(2026, 8, 31), "31 août 2026")],
)
def test_a_day_in_words(when: date, words: str) -> None:
    assert day(when) == words


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (datetime(2026, 11, 23, 17, 0, tzinfo=UTC), "aujourd’hui à 18 h"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "demain à 0 h 30"),
        (datetime(2026, 11, 24, 8, 30, tzinfo=UTC), "demain à 9 h 30"),
        (datetime(2026, 11, 26, 8, 5, tzinfo=UTC), "jeudi 26 novembre à 9 h 05"),
        (datetime(2026, 12, 1, 8, 0, tzinfo=UTC), "mardi 1er décembre à 9 h"),
        (datetime(2027, 5, 1, 7, 30, tzinfo=UTC), "samedi 1er mai 2027 à 9 h 30"),
    ],
)
def test_a_moment_in_words_on_the_clock_of_the_firm(when: datetime, words: str) -> None:
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    told = moment(when, ZoneInfo("Europe/Paris"), now)
    assert told.replace("\N{NO-BREAK SPACE}", " ") == words
    assert " h" not in told


# --- all is there


def test_the_files_are_the_known_ones() -> None:
    assert {path.stem for path in SHIPPED.glob("*.ftl")} == set(FILES)


def test_everything_that_the_flows_say_has_a_text() -> None:
    assert len(said()) > 100
    assert {(say.text, say.part) for say in said() if not TEXTS.has(say.text, say.part)} == set()


def test_every_button_has_its_words() -> None:
    assert {button for button in buttons() if not TEXTS.has(*button)} == set()


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__name__)
def test_every_card_has_all_its_texts(each: type[State]) -> None:
    state = sample(each)
    key = state.text()
    parts = {"", *state.choices} | ({state.link} if state.link else set())
    parts |= {"nudge"} if isinstance(state, Waiting) else set()
    parts |= {"help"} if "stuck" in state.choices else set()
    assert {part for part in parts if key and not TEXTS.has(key, part)} == set()


@pytest.mark.parametrize("each", CLASSES, ids=lambda each: each.__name__)
def test_staff_read_in_french_where_a_conversation_is(each: type[State]) -> None:
    assert TEXTS.has(key_of_state(each))


def test_staff_are_told_in_french() -> None:
    keys = {f"staff-{effect.text}" for effect in effects() if isinstance(effect, TellStaff)}
    assert len(keys) >= 12
    assert keys <= TEXTS.keys()
    assert set().union(*map(TEXTS.arguments, keys)) <= FACTS.keys()


def test_every_case_has_its_cause_and_its_status_in_french() -> None:
    causes = {f"case-{kebab(effect.cause)}" for effect in effects() if isinstance(effect, OpenCase)}
    statuses = {f"case-status-{effect.status}" for effect in effects() if isinstance(effect, UpdateCase)}
    assert len(causes) >= 16
    assert len(statuses) >= 6
    assert causes | statuses <= TEXTS.keys()


def test_what_the_sources_ask_for_by_name_is_there() -> None:
    root = SHIPPED.parent.parent
    sources = [*(root / "bot").rglob("*.py"), *(root / "handlers").rglob("*.py")]
    found = [
        match
        for path in sources
        for match in re.findall(r'texts\.(?:say|label)\(\s*"([a-z0-9-]+)"', path.read_text("utf-8"))
    ]
    assert set(found) <= TEXTS.keys()


# --- all is used


def referred_to() -> set[str]:
    sources = ((SHIPPED / f"{name}.ftl").read_text("utf-8") for name in FILES)
    return {match for source in sources for match in re.findall(r"\{ ([a-z][a-z-]+) \}", source)}


@pytest.mark.parametrize("name", FLOW_FILES)
def test_every_text_for_clients_is_said_somewhere(name: str) -> None:
    parts: dict[str, set[str]] = {}
    for effect in said():
        parts.setdefault(effect.text, set()).update({effect.part} - {""})
    for key, choice in buttons():
        parts[key].add(choice)
    unsaid = set(MESSAGES[name]) - parts.keys() - referred_to() - WORKER_SAYS
    assert unsaid == set()
    for key, message in MESSAGES[name].items():
        assert {each.id.name for each in message.attributes} <= parts.get(key, set()) | {"nudge", "help"} | ASKED_FOR


def test_every_other_text_has_somebody_who_asks_for_it() -> None:
    assert set(MESSAGES["channel"]) == CHANNELS_SAY
    assert set(MESSAGES["secure_page"]) == PAGE_SAYS
    assert set(MESSAGES["board"]) == BOARD_SAYS
    staff = {f"staff-{effect.text}" for effect in effects() if isinstance(effect, TellStaff)}
    staff |= {f"case-{kebab(effect.cause)}" for effect in effects() if isinstance(effect, OpenCase)}
    staff |= {f"case-status-{effect.status}" for effect in effects() if isinstance(effect, UpdateCase)}
    staff |= {f"staff-waits-{effect.step}" for effect in effects() if isinstance(effect, CallStaff)}
    staff |= {key_of_state(each) for each in CLASSES}
    staff |= {f"connection-{kebab(state.value)}" for state in ConnectionState}
    staff |= {f"source-{source.value}" for source in DateSource}
    staff |= {f"progress-{step.value}" for step in PageStep}
    assert set(MESSAGES["staff"]) == staff | DESK_SAYS | (referred_to() & set(MESSAGES["staff"]))


def test_every_text_of_an_act_has_somebody_who_asks_for_it() -> None:
    root = SHIPPED.parent.parent
    sources = [path.read_text("utf-8") for part in ("bot", "handlers") for path in (root / part).rglob("*.py")]
    named = set(re.findall(r'"((?:staff|window|hint|card|act|trap|want|request)-[a-z-]+)"', "\n".join(sources)))
    asked = re.findall(r'asked\(\s*"([a-z_]+)"', "\n".join(sources))
    fields = {f"field-{each.replace('_', '-')}" for each in (*asked, *OF_CONTACT, *OF_FILE)}
    fields |= {f"trap-{step}" for step in STEPS}
    assert set(MESSAGES["acts"]) - named == fields


def test_no_message_writes_the_same_attribute_twice() -> None:
    for _, key, _ in PLACES:
        message = next(messages[key] for messages in MESSAGES.values() if key in messages)
        names = [each.id.name for each in message.attributes]
        assert len(names) == len(set(names)), key


# --- facts


@pytest.mark.parametrize(("name", "key", "part"), PLACES)
def test_a_text_uses_only_what_is_known_where_it_is_said(name: str, key: str, part: str) -> None:
    if TEXTS.has(key, part):
        assert TEXTS.arguments(key, part) <= KNOWN_TO[name]


def test_who_is_named_only_where_somebody_acted() -> None:
    for effect in effects():
        match effect:
            case Say(text=text, part=part, who="") if "who" in TEXTS.arguments(text, part):
                pytest.fail(f"{text} speaks of nobody")
            case TellStaff(text=text, who="") if "who" in TEXTS.arguments(f"staff-{text}"):
                pytest.fail(f"staff-{text} speaks of nobody")
            case UpdateCase(status=status, who="") if status != "renewed":
                assert "who" not in TEXTS.arguments(f"case-status-{status}")


@pytest.mark.parametrize("name", [*FLOW_FILES, "channel"])
def test_the_comment_above_a_message_lists_its_variables(name: str) -> None:
    for key, message in MESSAGES[name].items():
        used = set().union(*(TEXTS.arguments(key, part) for part in ("", *TEXTS.parts(key))))
        comment = (message.comment.content if message.comment else "") or ""
        listed = set(re.findall(r"\$(\w+)", comment.partition("Variables:")[2]))
        assert comment or name == "channel", key
        assert listed == used, key


# --- as French is typeset


@pytest.mark.parametrize(("name", "key", "part"), PLACES)
def test_typography(name: str, key: str, part: str) -> None:
    for text in renderings(key, part, FACTS_OF.get(name, ALL_FACTS)):
        plain = re.sub(r"https?://[^\s\"]+", "X", text).replace('<a href="X">', "")
        assert "'" not in plain
        assert '"' not in plain
        assert "..." not in plain
        assert not re.search(r"[ \n][:;!?»]|« ", plain), plain
        assert not re.search(r"(?<!\u202f)[;!?]|(?<!\u00a0):|«(?!\u00a0)|(?<!\u00a0)»", plain), plain
        assert not re.search(r"  | \n|\n{3}", plain), plain
        assert key in INSIDE or plain == plain.strip(), plain


class Tags(HTMLParser):
    """Open tags, as Telegram counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"b", "i", "a"}
        assert [name for name, _ in attrs] == (["href"] if tag == "a" else [])
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(("name", "key", "part"), CLIENT_PLACES)
def test_the_html_of_a_message_is_closed_and_plain(name: str, key: str, part: str) -> None:
    for text in renderings(key, part, ALL_FACTS):
        tags = Tags()
        tags.feed(text)
        tags.close()
        assert tags.open == []


@pytest.mark.parametrize(("name", "key", "part"), PLACES)
def test_what_is_no_message_of_the_bot_has_no_markup(name: str, key: str, part: str) -> None:
    plain = name in ("acts", "staff", "board", "secure_page") or key.startswith(
        ("toast-", "bot-", "command-", "mail-", "letter-")
    )
    if plain or (key, part) in buttons():
        said_so = renderings(key, part, FACTS_OF.get(name, ALL_FACTS))
        assert not any("<" in text or "*" in text for text in said_so)


# --- sizes


@pytest.mark.parametrize(("name", "key", "part"), CLIENT_PLACES)
def test_a_message_is_short_and_fits_under_a_picture_whatever_the_names(name: str, key: str, part: str) -> None:
    assert max(map(len, renderings(key, part, ALL_FACTS))) <= (700 if part == "help" else 600)
    assert max(map(len, renderings(key, part, {**ALL_FACTS, **LONG}))) <= 1024


def test_buttons_fit_a_phone() -> None:
    words = {TEXTS.label(*button) for button in buttons()}
    assert {each for each in words if len(each) > 30 or len(each.encode()) > 64} == set()


@pytest.mark.parametrize(
    ("key", "most"),
    [
        *((key, 200) for key in sorted(CHANNELS_SAY) if key.startswith("toast-")),
        *((key, 256) for key in sorted(CHANNELS_SAY) if key.startswith("command-")),
        *((key, 75) for key in sorted(BUTTONS_OF_STAFF | BUTTONS_OF_BOARD)),
        *((key, 24) for key in sorted(WINDOW_OF_STAFF | WINDOW_OF_CLIENT)),
        ("bot-about", 120),
        ("bot-description", 512),
        ("staff-card-internal-note", 150),
    ],
)
def test_what_telegram_and_slack_measure_fits(key: str, most: int) -> None:
    assert 0 < len(TEXTS.say(key)) <= most


# --- what a text may not do


@pytest.mark.parametrize(("name", "key", "part"), CLIENT_PLACES)
def test_no_text_asks_for_a_password_in_the_chat(name: str, key: str, part: str) -> None:
    for text in renderings(key, part, ALL_FACTS):
        if re.search(r"mots? de passe|\bcodes?\b", text) and (key, part) not in SPEAKS_OF_PASSWORDS:
            assert re.search(r"jamais|Ne l’écrivez pas ici|ni gardé, ni transmis", text, re.IGNORECASE), text


@pytest.mark.parametrize("key", sorted({key for key, _ in buttons()}))
def test_a_message_names_only_buttons_that_it_has(key: str) -> None:
    labels = {TEXTS.label(*button) for button in buttons() if button[0] == key}
    for part in ("", *(part for part in ("nudge", "help") if TEXTS.has(key, part))):
        for text in renderings(key, part, ALL_FACTS):
            named = re.findall(r"appuye[zr](?: encore)? sur «\u00a0(.+?)\u00a0»", text, re.IGNORECASE)
            assert set(named) <= labels, text


# --- the ladder, read aloud

OFFERED = {**FACTS, "due": "22 mai 2027"}


def offered(days_left: int, asked: int = 0) -> str:
    return TEXTS.say(
        "renewal-offered", **{**OFFERED, "rung": rung(days_left), "days_left": days_left, "asked": asked}
    )


def test_each_rung_has_a_tone_of_its_own() -> None:
    rungs = [*LADDER.rungs, -2, -4]
    heard = [offered(each) for each in rungs]
    assert len(set(heard)) == len(heard) == 7
    sentences = [re.split(r"(?<=[.?])\s+", text) for text in heard]
    assert len({part for text in sentences for part in text}) >= sum(map(len, sentences)) - 1, "none is read again"
    for words, text in zip(
        (
            "rien ne presse",
            "7 jours",
            "dans 3 jours",
            "demain",
            "aujourd’hui",
            "ne nous arrivent plus",
            "vous bloque",
        ),
        heard,
        strict=True,
    ):
        assert words in text


def test_where_no_day_is_known_the_first_four_are_not_alike() -> None:
    heard = [offered(-999, asked) for asked in range(LADDER.most)]
    assert len(set(heard[:4])) == 4
    assert "vous bloque" in heard[-1]


@pytest.mark.parametrize("key", ["new-password", "password-expired", "act-at-bank"])
def test_what_the_bank_wants_is_asked_otherwise_the_second_time(key: str) -> None:
    assert TEXTS.say(key, **FACTS) != TEXTS.say(key, **{**FACTS, "asked": 1})
