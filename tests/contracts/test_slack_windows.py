"""Every window and card of the desk's acts, with the longest names, by the strict checks and by Slack's own."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from slack_sdk.models.views import View

from bot.adapters.slack_requests import card
from bot.adapters.slack_windows import (
    client_window,
    code_of,
    file_add_window,
    incident_window,
    invitation_window,
    new_file_window,
    notice,
    request_window,
    snooze_window,
    trap_window,
)
from bot.adapters.texts import Texts
from bot.domain.connection import DateSource
from bot.domain.desk import Person, Sheet
from bot.domain.playbook import LONGEST, MOST, STEPS, Trap
from bot.domain.secret import Secret
from bot.domain.two_persons import Kind, Request, Stage
from bot.invitations import Invited, Invitee
from bot.sandbox.slack.blocks import faults_of_blocks, faults_of_view

SCHEMA = Path(__file__).parents[3] / "shared" / "specs" / "slack" / "blocks_from_slack_types_3.2.0.schema.json"
TEXTS = Texts()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Json = dict[str, Any]
CLIENT, BANK, NAME = "É" * 200, "Ç" * 100, "Œ" * 200
LINK = Secret("https://t.me/" + "b" * 32 + "?start=" + "t" * 43)


def sheet(many: int, *, linked: bool = True, closed: bool = False, with_staff: bool = False) -> Sheet:
    people = tuple(Person(10**12 + each, NAME, linked and each % 2 == 0) for each in range(many))
    traps = tuple(Trap(10**12 + each, step, "t" * LONGEST, "W" * 100) for step in STEPS for each in range(MOST))
    due = date(2026, 12, 1) if many else None
    return Sheet(
        10**12,
        10**6,
        CLIENT,
        BANK,
        "renewal.step-b",
        due,
        DateSource.LEARNED,
        closed,
        with_staff,
        people,
        True,
        traps,
    )


def windows() -> Iterator[View]:
    invited = Invited(Invitee(1, NAME, 1, CLIENT, False), LINK, NOW.date())
    yield from (invitation_window(invited, "F" * 60, TEXTS, picture) for picture in ("", "F0123456789"))
    yield from (new_file_window([f"{each:03}{BANK}"[:100] for each in range(many)], NAME, TEXTS) for many in (1, 99))
    yield file_add_window(1, CLIENT, [f"{each:03}{BANK}"[:100] for each in range(99)], TEXTS)
    for many in (0, 1, 5, 150):
        for how in ({}, {"linked": False}, {"closed": True}, {"with_staff": True}):
            yield client_window(sheet(many, **how), TEXTS, TEXTS.say("staff-act-too-late"))
    yield snooze_window("1:2", NOW.date(), TEXTS)
    yield from (incident_window(BANK, TEXTS, declared=each, said="x" * 100) for each in (True, False))
    yield trap_window(sheet(1), TEXTS, TEXTS.say("staff-trap-removed"))
    yield from (request_window(kind, sheet(150).people, TEXTS) for kind in Kind)
    yield notice("n" * 5000, TEXTS)


def cards() -> Iterator[Json]:
    for kind in Kind:
        for stage in Stage:
            for reason, person in (("r" * 300, NAME), ("", "")):
                request = Request(10**12, kind, 1, "U1", "W" * 100, reason, NOW, NOW, "U2", "V" * 100, NOW)
                yield card(request, stage, person, "mercredi 22 septembre à 18 h 30", TEXTS)


def test_every_window_and_card_is_sound_by_the_strict_checks() -> None:
    for view in windows():
        assert faults_of_view(view.to_dict(), "modal") == []
    for shown in cards():
        assert faults_of_blocks(shown["blocks"]) == []


def test_every_window_and_card_is_sound_by_slacks_own_description() -> None:
    if not SCHEMA.is_file():
        pytest.skip("the description of Slack's blocks is not beside this repository (../shared/specs/slack)")
    described = json.loads(SCHEMA.read_text("utf-8"))
    official = Draft7Validator({**described, "$ref": "#/definitions/KnownBlock"})
    shown = [block for each in cards() for block in each["blocks"]]
    shown += [block for view in windows() for block in view.to_dict()["blocks"]]
    for block in {json.dumps(each): each for each in shown}.values():
        assert list(official.iter_errors(block)) == [], block


def test_what_a_client_is_called_comes_alive_nowhere() -> None:
    evil = "<!channel> <@U1> <https://evil.example|ici> *gras*"
    known = Sheet(1, 1, evil, evil, "renewal.step-b", None, DateSource.BANK, False, False, (Person(1, evil, False),))
    for view in (
        client_window(known, TEXTS),
        trap_window(known, TEXTS),
        request_window(Kind.EXPORT, known.people, TEXTS),
    ):
        assert "mrkdwn" not in json.dumps(view.to_dict())


def test_the_code_of_an_invitation_is_a_picture() -> None:
    assert code_of(LINK).startswith(b"\x89PNG")
