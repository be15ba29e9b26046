"""The authorisation matrix: every act on Slack, by everybody who may try it, over HTTP to the real Bolt app."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bot.adapters.pace import Pace
from bot.adapters.slack import SlackDesk, open_client
from bot.adapters.slack_roles import SlackRoles
from bot.adapters.slack_windows import Windows
from bot.adapters.texts import Texts
from bot.domain.authority import NEEDS, DeskAct, Role, may, role_in
from bot.domain.connection import DateSource
from bot.domain.desk import Person, Sheet
from bot.domain.radar import Incident, IncidentState
from bot.domain.secret import Secret
from bot.domain.two_persons import Kind
from bot.engine import Envelope, Outcome
from bot.incidents import Decision
from bot.invitations import Invited, Invitee
from bot.ports import Case, CaseView
from bot.sandbox.slack import Slack
from bot.sandbox.slack.world import Channel
from handlers.slack import build_bolt
from handlers.slack_acts import SlackActs
from handlers.slack_connections import slack_routes
from handlers.slack_gate import BY_BUTTON, BY_WINDOW
from handlers.slack_two_persons import SlackTwoPersons
from tests.slack_hands import presses, presses_in_window, submits

CHANNEL, ELSEWHERE, SECRET = "C0RESYNC", "C0ELSEWHERE", "a signing secret"
TEXTS = Texts()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Json = dict[str, Any]
Serve = Callable[[ASGIApp], Awaitable[str]]

PEOPLE = {
    "U0GUEST": Role.NOBODY,
    "U0OTHER": Role.NOBODY,  # of another company
    "U0RECEPT": Role.NOBODY,  # of the firm, in no group
    "U0ANNA": Role.ACCOUNTANT,
    "U0MARC": Role.MANAGER,
}


@dataclass
class Behind:
    """Everything that lies behind the gate; remembers what came through."""

    came: list[str]

    async def receive(self, envelope: Envelope) -> Outcome:
        self.came.append(f"engine: {envelope.event}")
        return Outcome.MOVED

    async def case_view(self, case_id: int) -> CaseView | None:
        return CaseView(
            Case(case_id, 3, "stuck", NOW, channel=CHANNEL, thread="1.1"), "Chez Odette", "CIC", "Odette", "", "",
            "renewal.step-b", None, DateSource.ESTIMATED, None, "",
        )  # fmt: skip

    async def case_of_thread(self, channel: str, thread: str) -> Case | None:
        return Case(7, 3, "stuck", NOW, channel=channel, thread=thread)

    async def answer(self, asked: str) -> Json:
        self.came.append(f"board: {asked}")
        return {"response_type": "ephemeral", "text": "la liste"}

    async def banks(self) -> list[str]:
        return ["CIC"]

    def today(self) -> date:
        return NOW.date()

    async def sheet(self, conversation_id: int) -> Sheet:
        who = (Person(1, "Odette", linked=False),)
        due = DateSource.ESTIMATED
        return Sheet(7, 3, "Chez Odette", "CIC", "renewal.step-b", None, due, False, False, who)

    async def create_file(self, dedupe_id: str, written: Json, by: str) -> int:
        self.came.append(f"file: {written['client']}")
        return 7

    async def client(self, file_id: int) -> str:
        return "Chez Odette"

    async def add_to_file(self, dedupe_id: str, file_id: int, written: Json, by: str) -> int:
        self.came.append(f"added: {file_id}")
        return 7

    async def invite(self, contact_id: int, by: str) -> Invited:
        self.came.append(f"invited: {contact_id}")
        return Invited(Invitee(1, "Odette", 1, "Chez Odette", False), Secret("https://t.me/b?start=a"), NOW.date())

    async def add_trap(self, *about: str) -> None:
        self.came.append(f"trap: {about}")

    async def remove_trap(self, trap_id: int, by: str) -> None:
        self.came.append(f"no trap: {trap_id}")

    async def ask(self, dedupe_id: str, kind: Kind, *about: object) -> None:
        self.came.append(f"asked: {kind}")

    async def agree(self, request_id: int, kind: Kind, who: str, name: str) -> None:
        self.came.append(f"agreed: {kind}")

    async def stop(self, request_id: int, who: str, name: str) -> None:
        self.came.append(f"stopped: {request_id}")

    async def link(self, request_id: int, who: str) -> Invited:
        return await self.invite(request_id, who)

    async def sweep(self) -> None:
        """Nothing to show here."""

    async def snooze(self, *about: object) -> bool:
        self.came.append(f"snoozed: {about}")
        return False

    async def declare(self, bank: str, who: str, by: str) -> Incident | None:
        self.came.append(f"declared: {bank}")
        return None

    async def end(self, bank: str, who: str, by: str) -> Incident | None:
        self.came.append(f"ended: {bank}")
        return None

    async def decide(self, dedupe_id: str, incident_id: int, decision: Decision, who: str, by: str) -> Incident:
        self.came.append(f"incident: {decision}")
        return Incident(incident_id, "Crédit Agricole", IncidentState.DECLARED, NOW)


@dataclass
class Firm:
    """A firm with two user groups, and its gate."""

    slack: Slack
    behind: Behind
    roles: SlackRoles

    async def tries(self, user: str, act: DeskAct, channel: str = CHANNEL) -> tuple[list[str], str]:
        """All the ways to an act; returns what came through, and what he was told."""
        before, outcomes = len(self.behind.came), []
        here = channel == CHANNEL
        for button in [each for each, its in BY_BUTTON.items() if its is act and (here or each not in ABOUT)]:
            if button in ABOUT:
                outcomes.append(await presses_in_window(self.slack, user, *ABOUT[button]))
            else:
                outcomes.append(await presses(self.slack, user, button, channel=channel))
            if len(self.slack._world.views[user]) > (button in ABOUT):
                self.behind.came.append(f"window of {button}")
            self.slack._world.views[user].clear()
        for window in [each for each, its in BY_WINDOW.items() if its is act and here]:
            outcomes.append(
                await submits(self.slack, user, window, FILLED[window], "7" if window in OF_NO_STEP else "7:3")
            )
        if act is DeskAct.LOOK:
            outcomes.append(await self.slack.commands(user, "/resync", channel=channel))
        assert outcomes, f"no way leads to {act}"
        assert all(each.acked for each in outcomes)
        told = [each["text"] for each in self.slack.ephemerals(user)]
        self.slack._world.ephemerals[user].clear()
        return self.behind.came[before:], str([*told, *(each.body for each in outcomes)])


def filled(**fields: str) -> Json:
    return {field: {"value": {"type": "plain_text_input", "value": value}} for field, value in fields.items()}


FILLED: dict[str, Json] = {
    "reply": {"reply": {"text": {"type": "plain_text_input", "value": "Bonjour"}}},
    "file-new": filled(client="Chez Odette", bank="CIC", contact="Odette"),
    "file-add": filled(bank="", contact="Paul"),
    "snooze": filled(until="2026-12-09"),
    "trap": filled(step="opening", words="Le bouton est tout en bas."),
    **dict.fromkeys(Kind, filled(person="1", reason="Il l’a demandé au téléphone.")),
    "bank-declare": {},
    "bank-end": {},
}
"""Each window, filled in as it should be."""
OF_NO_STEP = ("reply", "file-add", "act-invite", "want-file-add")
"""The windows and buttons that are about something else than a bank at a step."""
ABOUT = {
    button: (
        button + (":7" if button in ("act-invite", "act-trap-remove") else ""),
        "7" if button in OF_NO_STEP else "7:3",
    )
    for button in BY_BUTTON
    if button.startswith(("act-", "want-"))
}
"""The buttons of windows, as they are called there, and what they are about."""


@pytest.fixture
async def firm(serve: Serve) -> AsyncIterator[Firm]:
    still = itertools.repeat(1000.0).__next__
    slack = Slack(
        bot_token="xoxb-test", app_token="xapp-test", signing_secret=SECRET, retry_delays=(0, 0, 0), monotonic=still
    )
    slack.user("U0GUEST", "gus", "Gus Lestage", is_guest=True)
    slack.user("U0OTHER", "olga", "Olga Dehors", team_id="T0OTHERFIRM")
    for user, name in (("U0RECEPT", "Rose Accueil"), ("U0ANNA", "Anna Blanc"), ("U0MARC", "Marc Chef")):
        slack.user(user, name.split()[0].lower(), name)
    slack.usergroup("S0ACCOUNTANTS", ["U0ANNA", "U0GUEST"])  # a guest in the group is a guest all the same
    slack.usergroup("S0MANAGERS", ["U0MARC", "U0OTHER"])
    slack._world.channels[ELSEWHERE] = Channel(ELSEWHERE, "bureau", [*PEOPLE])
    slack.base_url = await serve(Starlette(routes=[Mount("/slack", routes=slack.routes)])) + "/slack"
    client = open_client("xoxb-test", f"{slack.base_url}api/")
    roles = SlackRoles(client, "S0ACCOUNTANTS", "S0MANAGERS")
    desk = SlackDesk(client, CHANNEL, TEXTS, Pace(None, "slack", 0), roles)  # type: ignore[arg-type]  # unpaced
    behind = Behind([])
    windows = Windows(client, TEXTS, "C’ moi le chef")
    acts = SlackActs(desk, windows, behind, behind, behind, TEXTS)
    two = SlackTwoPersons(desk, windows, behind, behind, TEXTS)
    app = build_bolt(desk, behind, behind, behind, TEXTS, behind, others=[acts, two])
    address = await serve(Starlette(routes=slack_routes(app, Secret(SECRET))))
    await slack.set_request_url(f"{address}/slack/events")
    yield Firm(slack, behind, roles)
    await windows.aclose()
    await two.aclose()
    await slack.aclose()


@pytest.mark.parametrize("act", DeskAct)
async def test_each_act_is_for_those_whose_role_is_enough_and_nobody_else(firm: Firm, act: DeskAct) -> None:
    for user, role in PEOPLE.items():
        came, told = await firm.tries(user, act)
        refusal = "staff-not-allowed" if role else "staff-unknown-user"
        assert bool(came) == (role >= NEEDS[act]), (user, act, came, told)
        assert (TEXTS.say(refusal) in told) == (role < NEEDS[act]), (user, act, told)


@pytest.mark.parametrize(
    "act", sorted({its for button, its in BY_BUTTON.items() if button not in ABOUT} | {DeskAct.LOOK})
)
async def test_nobody_acts_from_another_channel(firm: Firm, act: DeskAct) -> None:
    """Windows are in no channel: whoever has one opened it here."""
    for user in PEOPLE:
        came, told = await firm.tries(user, act, channel=ELSEWHERE)
        assert came == [], user
        assert TEXTS.say("staff-elsewhere") in told, user


async def test_nobody_acts_from_another_workspace(firm: Firm) -> None:
    payload = firm.slack._interaction("block_actions", "U0MARC")
    action = {"type": "button", "action_id": "case-took", "block_id": "b", "value": "7", "action_ts": "1.1"}
    where = {"team": {"id": "T0OTHERFIRM"}, "channel": {"id": CHANNEL, "name": "resync"}, "actions": [action]}
    assert (await firm.slack._interact({**payload, **where})).acked
    assert firm.behind.came == []


async def test_a_line_in_a_thread_reaches_the_client_only_from_whoever_has_a_role(firm: Firm) -> None:
    card = await firm.slack.writes("U0MARC", "la carte")
    assert card.acked
    thread = firm.slack.messages()[-1]["ts"]
    for user, role in PEOPLE.items():
        before = len(firm.behind.came)
        await firm.slack.writes(user, "@client Bonjour", thread_ts=thread)
        assert (len(firm.behind.came) > before) == (role >= NEEDS[DeskAct.REPLY]), user


async def test_who_leaves_the_group_may_do_nothing_more_once_it_is_read_again(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (await firm.tries("U0ANNA", DeskAct.NUDGE))[0]
    firm.slack.usergroup("S0ACCOUNTANTS", [])
    monkeypatch.setattr("bot.adapters.slack_roles.FRESH_SECONDS", 0.0)
    firm.roles._members.clear()
    assert (await firm.tries("U0ANNA", DeskAct.NUDGE))[0] == []


async def test_a_group_that_cannot_be_read_lets_nobody_in(firm: Firm) -> None:
    del firm.slack._world.usergroups["S0ACCOUNTANTS"]
    assert (await firm.tries("U0ANNA", DeskAct.NUDGE))[0] == []
    assert (await firm.tries("U0MARC", DeskAct.NUDGE))[0], "the managers' group is there"


@pytest.mark.parametrize(
    ("accountants", "managers", "role"),
    [
        (None, None, Role.MANAGER),
        ({"U1"}, None, Role.MANAGER),
        ({"U2"}, None, Role.NOBODY),
        (None, {"U1"}, Role.MANAGER),
        (None, {"U2"}, Role.ACCOUNTANT),
        ({"U1"}, {"U2"}, Role.ACCOUNTANT),
        ({"U2"}, {"U1"}, Role.MANAGER),
        ({"U2"}, {"U2"}, Role.NOBODY),
        (set(), set(), Role.NOBODY),
    ],
)
def test_a_role_by_the_groups_that_the_firm_has(
    accountants: set[str] | None, managers: set[str] | None, role: Role
) -> None:
    assert role_in("U1", accountants=accountants, managers=managers) is role


def test_nobody_may_do_nothing_at_all() -> None:
    assert not any(may(Role.NOBODY, act) for act in DeskAct)
    assert all(may(Role.MANAGER, act) for act in DeskAct)
