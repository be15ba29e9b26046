"""Staff in Slack, through Bolt and over real connections: what they do, and what the engine hears of it."""

import asyncio
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.codec import state_to_json
from bot.adapters.database import board, tables
from bot.adapters.database.engine import Database
from bot.adapters.database.records import SqlRecords
from bot.adapters.database.store import SqlStore
from bot.adapters.pace import Pace
from bot.adapters.slack import SlackDesk, open_client
from bot.adapters.slack_board import SlackBoard
from bot.adapters.texts import Texts
from bot.domain.connection import DateSource
from bot.domain.errors import TryAgain
from bot.domain.radar import Incident, IncidentState
from bot.domain.secret import Secret
from bot.engine import Engine, Envelope, Outcome, ToCase, ToConversation
from bot.incidents import Decision
from bot.ports import Case, CaseView, Job
from bot.sandbox.slack import Slack
from flows.effects import Effect, OpenCase, RelayToClient, Say, TellStaff, UpdateCase
from flows.events import Act, Intent, StaffDid, Wrote
from flows.first_sync import Invited
from flows.renewal import StepB
from handlers.slack import CASE_ACTS, build_bolt
from handlers.slack_connections import LARGEST_BODY, SocketMode, slack_routes

CHANNEL, SIGNING_SECRET = "C0RESYNC", "a signing secret"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXTS = Texts()
Json = dict[str, Any]
Serve = Callable[[ASGIApp], Awaitable[str]]


@dataclass
class HeardEngine:
    """Remembers what it receives, each id once, as the real one does."""

    heard: list[Envelope] = field(default_factory=list)
    outcome: Outcome = Outcome.MOVED
    down: bool = False

    async def receive(self, envelope: Envelope) -> Outcome:
        if self.down:
            raise TryAgain("La base de données ne répond pas")
        if envelope.dedupe_id in {each.dedupe_id for each in self.heard}:
            return Outcome.REPEATED
        self.heard.append(envelope)
        return self.outcome

    @property
    def events(self) -> list[tuple[int, StaffDid]]:
        return [(each.to.id, each.event) for each in self.heard if isinstance(each.event, StaffDid)]


@dataclass
class Shelf:
    """The cases, as if stored."""

    views: dict[int, CaseView] = field(default_factory=dict)

    async def case_view(self, case_id: int) -> CaseView | None:
        return self.views.get(case_id)

    async def case_of_thread(self, channel: str, thread: str) -> Case | None:
        places = {(each.case.channel, each.case.thread): each.case for each in self.views.values()}
        return places.get((channel, thread))

    def change(self, case_id: int, **changes: Any) -> None:
        view = self.views[case_id]
        self.views[case_id] = replace(view, case=replace(view.case, **changes))


class Undecided:
    """A bank's trouble, about which whoever comes first decides."""

    def __init__(self) -> None:
        self.decided: list[tuple[int, Decision, str, str]] = []

    async def decide(
        self, _dedupe_id: str, incident_id: int, decision: Decision, who: str, by: str
    ) -> Incident | None:
        if self.decided:
            return None
        self.decided.append((incident_id, decision, who, by))
        return Incident(incident_id, "Crédit Agricole", IncidentState.DECLARED, NOW)


class Asked:
    """A list of clients that only repeats what it was asked for."""

    async def answer(self, asked: str) -> Json:
        return self.words(f"liste : {asked}")

    def words(self, text: str) -> Json:
        return {"response_type": "ephemeral", "text": text}


@dataclass
class Office:
    """A firm with its Slack, its desk and one open case."""

    slack: Slack
    desk: SlackDesk
    engine: HeardEngine
    shelf: Shelf
    card: str
    incidents: "Undecided"

    def heard_by(self, user: str) -> list[str]:
        return [each["text"] for each in self.slack.ephemerals(user)]


def a_view(case_id: int = 7, cause: str = "stuck") -> CaseView:
    return CaseView(
        case=Case(case_id, 3, cause, NOW),
        client="Le Petit Bouchon",
        bank="Crédit Agricole",
        contact="Mme Odette Martin",
        phone="06 00 00 00 00",
        email="odette@bouchon.example",
        step="renewal.step-b",
        due=date(2026, 12, 1),
        due_source=DateSource.ESTIMATED,
        last_success_at=NOW,
        last_words="je ne trouve pas le bouton",
    )


@pytest.fixture
async def slack(serve: Serve) -> AsyncIterator[Slack]:
    still = itertools.repeat(1000.0).__next__
    slack = Slack(
        bot_token="xoxb-test", app_token="xapp-test", signing_secret=SIGNING_SECRET,
        retry_delays=(0, 0, 0), monotonic=still,
    )  # fmt: skip
    slack.user("U0ANNA", "anna", "Anna Blanc")
    slack.user("U0BRUNO", "bruno", "Bruno Petit")
    slack.user("U0GUEST", "gus", "Gus Lestage", is_guest=True)
    slack.user("U0OTHER", "olga", "Olga Dehors", team_id="T0OTHERFIRM")
    slack.base_url = await serve(Starlette(routes=[Mount("/slack", routes=slack.routes)])) + "/slack"
    yield slack
    await slack.aclose()


@pytest.fixture
def desk(slack: Slack) -> SlackDesk:
    client = open_client("xoxb-test", f"{slack.base_url}api/")
    return SlackDesk(client, CHANNEL, TEXTS, Pace(None, "slack", 0))  # type: ignore[arg-type]  # unpaced


@pytest.fixture(params=["http", "socket"])
async def office(
    request: pytest.FixtureRequest, slack: Slack, desk: SlackDesk, serve: Serve
) -> AsyncIterator[Office]:
    """Once over HTTP, once in Socket Mode."""
    engine, shelf = HeardEngine(), Shelf({7: a_view()})
    channel, thread = await desk.open_case(shelf.views[7])
    shelf.change(7, channel=channel, thread=thread)
    incidents = Undecided()
    app = build_bolt(desk, engine, shelf, Asked(), TEXTS, incidents, today=NOW.date)
    socket = SocketMode(app, desk.client, "xapp-test")
    if request.param == "http":
        address = await serve(Starlette(routes=slack_routes(app, Secret(SIGNING_SECRET))))
        await slack.set_request_url(f"{address}/slack/events")
    else:
        opened = asyncio.create_task(slack.socket_opens())
        await asyncio.sleep(0)  # so that the task waits before the app connects
        await socket.start()
        await opened
    yield Office(slack, desk, engine, shelf, thread, incidents)
    await socket.aclose()


# -- buttons ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "act"), sorted(CASE_ACTS.items()))
async def test_each_button_of_a_card_is_a_fact_for_the_engine(office: Office, action: str, act: Act) -> None:
    causes = {Act.CONFIRMED: "confirm", Act.NOT_CONFIRMED: "confirm", Act.CLOSED: "account-closed"}
    if act in causes:
        office.shelf.change(7, cause=causes[act])
        await office.desk.update_case(office.shelf.views[7])
    outcome = await office.slack.clicks("U0ANNA", CHANNEL, office.card, action)
    assert outcome.acked
    assert office.engine.events == [(7, StaffDid(act, "Anna"))]
    assert isinstance(office.engine.heard[0].to, ToCase)


async def test_second_click_by_a_colleague_is_told_who_has_it(office: Office) -> None:
    office.shelf.change(7, taken_by="Anna", status="taken")
    office.engine.outcome = Outcome.ANSWERED
    await office.slack.clicks("U0BRUNO", CHANNEL, office.card, "case-took")
    assert office.heard_by("U0BRUNO") == ["Anna s’occupe déjà de cette demande."]
    assert office.heard_by("U0ANNA") == []


async def test_a_second_click_by_the_same_colleague_is_not_scolded(office: Office) -> None:
    office.shelf.change(7, taken_by="Anna", status="taken")
    office.engine.outcome = Outcome.ANSWERED
    await office.slack.clicks("U0ANNA", CHANNEL, office.card, "case-took")
    assert office.heard_by("U0ANNA") == []


async def test_a_click_on_a_case_that_is_over_is_told_so(office: Office) -> None:
    office.engine.outcome = Outcome.OLD
    await office.slack.clicks("U0ANNA", CHANNEL, office.card, "case-resolved")
    assert office.heard_by("U0ANNA") == ["Cette demande est déjà close, rien n’a changé."]


@pytest.mark.parametrize("user", ["U0GUEST", "U0OTHER"])
async def test_guests_and_strangers_are_refused_politely_and_nothing_happens(office: Office, user: str) -> None:
    for action in ("case-took", "case-reply"):
        assert (await office.slack.clicks(user, CHANNEL, office.card, action)).acked
    await office.slack.commands(user, "/resync")
    await office.slack.writes(user, "@client Bonjour", thread_ts=office.card)
    heard = office.heard_by(user)
    assert len(heard) == 4
    assert all(each.startswith("Je ne vous connais pas encore.") for each in heard)
    assert office.slack.view_of(user) is None
    assert office.engine.heard == []
    await office.slack.clicks("U0ANNA", CHANNEL, office.card, "case-took")
    assert office.engine.events == [(7, StaffDid(Act.TOOK, "Anna"))]


async def test_a_click_is_not_acknowledged_while_the_database_is_away_and_the_next_one_works(office: Office) -> None:
    office.engine.down = True
    office.slack._sockets._ack_limit = 0.3  # type: ignore[attr-defined]  # how long Slack waits; nobody answers here
    assert not (await office.slack.clicks("U0ANNA", CHANNEL, office.card, "case-took")).acked
    office.engine.down = False
    assert (await office.slack.clicks("U0ANNA", CHANNEL, office.card, "case-took")).acked
    assert office.engine.events == [(7, StaffDid(Act.TOOK, "Anna"))]


async def test_the_button_of_the_list_asks_for_a_nudge(office: Office) -> None:
    button = {
        "type": "button",
        "action_id": "client-nudge",
        "value": "3",
        "text": {"type": "plain_text", "text": "R"},
    }
    blocks = [{"type": "actions", "elements": [button]}]
    posted = await office.desk.client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)
    await office.slack.clicks("U0ANNA", CHANNEL, posted["ts"], "client-nudge")
    assert office.engine.events == [(3, StaffDid(Act.NUDGED, "Anna"))]
    assert isinstance(office.engine.heard[0].to, ToConversation)
    assert office.heard_by("U0ANNA")[-1].startswith("C’est noté.")


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (Outcome.ANSWERED, "La page sécurisée est fermée, et le client le sait."),
        (Outcome.NOTHING, "Aucune page sécurisée n’est ouverte en ce moment"),
    ],
)
async def test_a_page_is_closed_by_who_is_of_the_firm_and_he_is_told(
    office: Office, outcome: Outcome, told: str
) -> None:
    button = {
        "type": "button",
        "action_id": "page-close",
        "value": "3",
        "text": {"type": "plain_text", "text": "F"},
    }
    blocks = [{"type": "actions", "elements": [button]}]
    posted = await office.desk.client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)
    office.engine.outcome = outcome
    await office.slack.clicks("U0GUEST", CHANNEL, posted["ts"], "page-close")
    assert office.engine.heard == []
    await office.slack.clicks("U0ANNA", CHANNEL, posted["ts"], "page-close")
    [heard] = office.engine.heard
    assert (heard.to, heard.event, heard.by) == (ToConversation(3), StaffDid(Act.CLOSED_PAGE, "Anna"), "slack:U0ANNA")
    assert office.heard_by("U0ANNA")[-1].startswith(told)


@pytest.mark.parametrize(
    ("state", "decision"),
    [
        (IncidentState.PROPOSED, Decision.DECLARE),
        (IncidentState.PROPOSED, Decision.DISMISS),
        (IncidentState.DECLARED, Decision.END),
    ],
)
async def test_who_is_of_the_firm_decides_about_a_bank_and_who_comes_second_is_told(
    office: Office, state: IncidentState, decision: Decision
) -> None:
    seen = Incident(3, "Crédit Agricole", state, NOW, failing=7, clients=9, who="Anna")
    _, card = await office.desk.show_incident(seen, "aujourd’hui à 14 h 10")
    await office.slack.clicks("U0GUEST", CHANNEL, card, f"incident-{decision}")
    assert office.incidents.decided == []
    for colleague in ("U0ANNA", "U0BRUNO"):
        assert (await office.slack.clicks(colleague, CHANNEL, card, f"incident-{decision}")).acked
    assert office.incidents.decided == [(3, decision, "Anna", "slack:U0ANNA")]
    assert office.heard_by("U0ANNA") == []
    assert office.heard_by("U0BRUNO") == ["C’est déjà décidé, rien n’a changé."]


async def test_an_unknown_button_and_the_home_tab_are_acknowledged_quietly(office: Office) -> None:
    blocks = [{"type": "actions", "elements": [
        {"type": "button", "action_id": "of-next-year", "text": {"type": "plain_text", "text": "R"}},
    ]}]  # fmt: skip
    posted = await office.desk.client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)
    assert (await office.slack.clicks("U0ANNA", CHANNEL, posted["ts"], "of-next-year")).acked
    assert (await office.slack.opens_home("U0ANNA")).acked
    assert office.engine.heard == []


# -- replies by the window ----------------------------------------------------------------------------


async def window(office: Office, user: str = "U0ANNA") -> str:
    assert (await office.slack.clicks(user, CHANNEL, office.card, "case-reply")).acked
    view = office.slack.view_of(user)
    assert view is not None
    return str(view["id"])


async def previewed(office: Office, text: str, user: str = "U0ANNA") -> Json:
    """The second window, with what the client will read."""
    view_id = await window(office, user)
    assert not (await office.slack.submits(user, view_id, {("reply", "text"): text})).problem
    shown = office.slack.view_of(user)
    assert shown is not None
    return shown


async def test_a_reply_by_the_window_is_seen_as_the_client_will_see_it_and_leaves_once(office: Office) -> None:
    shown = await previewed(office, "  Bonjour & <bon> service\n!  ")
    assert office.engine.heard == [], "nothing leaves before it was seen"
    assert "Mme Odette Martin" in str(shown["blocks"])
    assert "Bonjour & <bon> service\\n!" in str(shown["blocks"])
    outcome = await office.slack.submits("U0ANNA", shown["id"], {})
    assert outcome.acked
    assert office.slack.view_of("U0ANNA") is None
    assert office.engine.events == [(7, StaffDid(Act.REPLIED, "Anna", "Bonjour & <bon> service\n!"))]


async def test_from_the_preview_one_goes_back_to_the_words(office: Office) -> None:
    shown = await previewed(office, "Bonjou")
    await office.slack.closes(shown["id"])
    back = office.slack.view_of("U0ANNA")
    assert back is not None
    assert back["callback_id"] == "reply"
    assert office.engine.heard == []


async def test_an_empty_reply_is_refused_in_the_window_and_can_be_mended(office: Office) -> None:
    view_id = await window(office)
    outcome = await office.slack.submits("U0ANNA", view_id, {("reply", "text"): "  \n "})
    assert outcome.errors == {"reply": "Écrivez d’abord votre message."}
    await office.slack.submits("U0ANNA", view_id, {("reply", "text"): "Bonjour"})
    shown = office.slack.view_of("U0ANNA")
    assert shown is not None
    await office.slack.submits("U0ANNA", shown["id"], {})
    assert office.engine.events == [(7, StaffDid(Act.REPLIED, "Anna", "Bonjour"))]


async def test_a_case_that_was_closed_meanwhile_keeps_the_reply_in_the_window(office: Office) -> None:
    view_id = await window(office)
    office.shelf.change(7, status="resolved")
    outcome = await office.slack.submits("U0ANNA", view_id, {("reply", "text"): "Bonjour"})
    assert "votre message n’est donc pas parti" in outcome.errors["reply"]
    assert office.engine.heard == []


async def test_a_case_that_was_closed_during_the_preview_keeps_the_reply_too(office: Office) -> None:
    shown = await previewed(office, "Bonjour")
    office.shelf.change(7, status="resolved")
    await office.slack.submits("U0ANNA", shown["id"], {})
    kept = str(office.slack.view_of("U0ANNA"))
    assert "votre message n’est donc pas parti" in kept
    assert "Bonjour" in kept
    assert office.engine.heard == []


async def test_the_longest_reply_fits_into_the_preview(office: Office) -> None:
    longest = '«\n"é' * 725
    shown = await previewed(office, longest)
    await office.slack.submits("U0ANNA", shown["id"], {})
    assert office.engine.events == [(7, StaffDid(Act.REPLIED, "Anna", longest))]


async def test_a_reply_survives_a_database_that_is_away(office: Office) -> None:
    shown = await previewed(office, "Bonjour")
    office.engine.down = True
    await office.slack.submits("U0ANNA", shown["id"], {})
    assert "Cela n’a pas marché" in str(office.slack.view_of("U0ANNA"))
    office.engine.down = False
    await office.slack.submits("U0ANNA", shown["id"], {})
    assert office.slack.view_of("U0ANNA") is None
    assert office.engine.events == [(7, StaffDid(Act.REPLIED, "Anna", "Bonjour"))]


# -- « Reporter » -------------------------------------------------------------------------------------


async def postponing(office: Office) -> str:
    assert (await office.slack.clicks("U0ANNA", CHANNEL, office.card, "case-postpone")).acked
    view = office.slack.view_of("U0ANNA")
    assert view is not None
    return str(view["id"])


async def test_a_case_is_postponed_to_a_day(office: Office) -> None:
    view_id = await postponing(office)
    assert (await office.slack.submits("U0ANNA", view_id, {("day", "day"): "2026-12-03"})).acked
    assert office.engine.events == [(7, StaffDid(Act.POSTPONED, "Anna", "2026-12-03"))]
    assert office.slack.view_of("U0ANNA") is None


@pytest.mark.parametrize("day", ["2026-11-23", "2026-11-01", "2027-03-01"])
async def test_a_day_that_makes_no_sense_is_refused_in_the_window(office: Office, day: str) -> None:
    outcome = await office.slack.submits("U0ANNA", await postponing(office), {("day", "day"): day})
    assert outcome.errors == {"day": TEXTS.say("staff-postpone-which-day")}
    assert office.engine.heard == []


async def test_a_case_that_was_closed_meanwhile_is_not_postponed(office: Office) -> None:
    view_id = await postponing(office)
    office.shelf.change(7, status="resolved")
    outcome = await office.slack.submits("U0ANNA", view_id, {("day", "day"): "2026-12-03"})
    assert outcome.errors == {"day": TEXTS.say("staff-case-already-closed")}
    await office.slack.closes(view_id)
    await office.slack.clicks("U0ANNA", CHANNEL, office.card, "case-postpone")
    assert office.slack.view_of("U0ANNA") is None
    assert office.engine.heard == []


async def test_no_window_opens_for_a_case_that_is_over(office: Office) -> None:
    office.shelf.change(7, status="handed-back")
    await office.slack.clicks("U0ANNA", CHANNEL, office.card, "case-reply")
    assert office.slack.view_of("U0ANNA") is None
    assert office.heard_by("U0ANNA")[0].startswith("Cette demande est close")


# -- the thread ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("@client Bonjour Odette", "Bonjour Odette"),
        ("@Client: bonjour\nà demain", "bonjour\nà demain"),
        ("@client, un &amp; deux &lt;3", "un & deux <3"),
        ("@client voyez <https://evil.example/a|impots.gouv.fr>", "voyez impots.gouv.fr (evil.example)"),
        ("@client voyez <https://impots.gouv.fr/a>", "voyez https://impots.gouv.fr/a"),
        ("@client demandez à <@U0BRUNO> ou <#C0RESYNC|resync>", "demandez à Bruno ou #resync"),
        ("@client <!here> bonjour", "@here bonjour"),
        ("  @client\N{NO-BREAK SPACE}: bonjour", "bonjour"),
    ],
)
async def test_a_line_that_begins_with_client_reaches_the_client_as_plain_words(
    office: Office, written: str, read: str
) -> None:
    await office.slack.writes("U0ANNA", written, thread_ts=office.card)
    assert office.engine.events == [(7, StaffDid(Act.REPLIED, "Anna", read))]


async def test_everything_else_in_a_thread_is_internal_and_hinted_once(office: Office) -> None:
    for text in ("il a changé de téléphone", "@clients compliqués", "je rappelle"):
        await office.slack.writes("U0ANNA", text, thread_ts=office.card)
    await office.slack.writes("U0BRUNO", "ok", thread_ts=office.card)
    assert office.engine.heard == []
    assert [len(office.heard_by(each)) for each in ("U0ANNA", "U0BRUNO")] == [1, 1]
    assert "@client" in office.heard_by("U0ANNA")[0]


@pytest.mark.parametrize(
    "text",
    [
        "je vois cela avec @client demain",
        "« @client » est le mot",
        "&gt; @client Bonjour",
        "`@client` Bonjour",
        "*@client* Bonjour",
        "@client-support, qui prend ?",
        "@client.fr ne répond pas",
        "<!subteam^S0CLIENT|@client> qui prend ?",
        "<#C0CLIENT|@client> on en parle là",
        "<https://x.example|@client> à lire",
        "<@U0BRUNO> @client est perdu",
        "<@U0BRUNO|@client> tu prends ?",
        "/client Bonjour",
        "@ client Bonjour",
        "client: Bonjour",
    ],
)
async def test_what_only_speaks_of_the_client_is_a_note(office: Office, text: str) -> None:
    await office.slack.writes("U0ANNA", text, thread_ts=office.card, files={"a.pdf": b"%PDF-1.7"})
    assert office.engine.heard == []


@pytest.mark.parametrize("text", ["@client-support, qui prend ?", "@client! Bonjour", "<!subteam^S1|@client> oui"])
async def test_who_nearly_wrote_to_the_client_is_hinted_each_time(office: Office, text: str) -> None:
    for _ in range(2):
        await office.slack.writes("U0ANNA", text, thread_ts=office.card)
    assert office.engine.heard == []
    assert len(office.heard_by("U0ANNA")) == 2


async def test_a_reply_below_a_note_is_not_sent_and_always_hinted(office: Office) -> None:
    for _ in range(2):
        await office.slack.writes("U0ANNA", "note pour Bruno\n@client Bonjour", thread_ts=office.card)
    assert office.engine.heard == []
    assert len(office.heard_by("U0ANNA")) == 2


async def test_an_empty_a_too_long_and_a_late_reply_are_told_to_the_colleague_only(office: Office) -> None:
    await office.slack.writes("U0ANNA", "@client", thread_ts=office.card)
    await office.slack.writes("U0ANNA", "@client " + "a" * 3001, thread_ts=office.card)
    office.shelf.change(7, status="resolved")
    await office.slack.writes("U0ANNA", "@client Bonjour", thread_ts=office.card)
    starts = ("Écrivez d’abord", "C’est trop long", "Cette demande est close")
    assert all(heard.startswith(start) for heard, start in zip(office.heard_by("U0ANNA"), starts, strict=True))
    assert office.engine.heard == []


async def test_files_beside_a_reply_are_facts_of_their_own(office: Office) -> None:
    files = {"a.pdf": b"%PDF-1.7", "b.png": b"\x89PNG\r\n\x1a\n"}
    await office.slack.writes("U0ANNA", "@client voici", thread_ts=office.card, files=files)
    first, *sent = office.engine.events
    assert first == (7, StaffDid(Act.REPLIED, "Anna", "voici"))
    assert [event.act for _, event in sent] == [Act.SENT_FILE, Act.SENT_FILE]
    held = [await office.desk.fetch(event.text) for _, event in sent]
    assert held == list(files.items())


async def test_a_file_needs_no_words(office: Office) -> None:
    await office.slack.writes("U0ANNA", "@client", thread_ts=office.card, files={"a.pdf": b"%PDF-1.7"})
    assert [event.act for _, event in office.engine.events] == [Act.SENT_FILE]
    assert office.heard_by("U0ANNA") == []


async def test_a_file_in_a_note_stays_between_colleagues(office: Office) -> None:
    await office.slack.writes("U0ANNA", "pour Bruno", thread_ts=office.card, files={"a.pdf": b"%PDF-1.7"})
    assert office.engine.heard == []


async def test_a_message_that_slack_repeats_ten_times_has_one_effect(office: Office) -> None:
    author = {"type": "message", "channel": CHANNEL, "user": "U0ANNA", "text": "@client Bonjour", "ts": "1.000100"}
    event = {**author, "thread_ts": office.card, "event_ts": "1.000100", "channel_type": "channel"}
    body = office.slack._callback(event)
    for _ in range(10):
        await office.slack._delivery.event(body)
    assert office.engine.events == [(7, StaffDid(Act.REPLIED, "Anna", "Bonjour"))]


async def test_messages_elsewhere_and_of_programs_are_nothing_to_us(office: Office) -> None:
    await office.slack.writes("U0ANNA", "@client Bonjour")
    root = office.slack.messages()[-1]["ts"]
    await office.slack.writes("U0ANNA", "@client Bonjour", thread_ts=root)
    await office.desk.tell("@client une ligne du bot", office.shelf.views[7].case)
    await office.slack.settle()
    for subtype in ("message_changed", "message_deleted", "bot_message"):
        event = {
            "type": "message",
            "subtype": subtype,
            "channel": CHANNEL,
            "thread_ts": office.card,
            "user": "U0ANNA",
        }
        await office.slack.deliver_raw("events_api", an_event(f"Ev{subtype}", {**event, "text": "@client x"}))
    assert office.engine.heard == []
    assert office.heard_by("U0ANNA") == []


async def test_an_event_that_comes_twice_has_its_effect_once(office: Office) -> None:
    event = {"type": "message", "channel": CHANNEL, "thread_ts": office.card, "user": "U0ANNA", "ts": "1.1"}
    payload = an_event("Ev0TWICE", {**event, "text": "@client Bonjour"})
    for _ in range(2):
        assert (await office.slack.deliver_raw("events_api", payload, {"X-Slack-Retry-Num": "1"})).acked
    assert [each.dedupe_id for each in office.engine.heard] == ["slack:Ev0TWICE"]


async def test_an_event_is_tried_again_until_the_database_is_back(office: Office) -> None:
    calls: list[str] = []
    office.slack._sockets._ack_limit = 0.3  # type: ignore[attr-defined]

    async def receive(envelope: Envelope) -> Outcome:
        calls.append(envelope.dedupe_id)
        if len(calls) < 3:
            raise TryAgain("La base de données ne répond pas")
        return Outcome.ANSWERED

    office.engine.receive = receive  # type: ignore[method-assign]
    await office.slack.writes("U0ANNA", "@client Bonjour", thread_ts=office.card)
    await office.slack.settle()
    assert len(calls) == 3
    assert len(set(calls)) == 1


def an_event(event_id: str, event: Json) -> Json:
    return {
        "type": "event_callback", "team_id": "T0SANDBOX", "api_app_id": "A0RESYNC", "event_id": event_id,
        "event_time": 1, "event": {"channel_type": "channel", "event_ts": "1.1", **event},
    }  # fmt: skip


# -- the command --------------------------------------------------------------------------------------


async def test_the_command_answers_its_author_only(office: Office) -> None:
    before = len(office.slack.messages())
    for text in ("", "bouchon", "aide"):
        assert not (await office.slack.commands("U0ANNA", "/resync", text)).problem
    assert office.heard_by("U0ANNA") == ["liste : ", "liste : bouchon", "liste : aide"]
    assert len(office.slack.messages()) == before


# -- the edge -----------------------------------------------------------------------------------------


def signed(body: bytes, stamp: str, secret: str = SIGNING_SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": stamp, "x-slack-signature": f"v0={digest}"}


@pytest.fixture
async def address(serve: Serve, desk: SlackDesk) -> str:
    app = build_bolt(desk, HeardEngine(), Shelf(), Asked(), TEXTS, Undecided())
    return await serve(Starlette(routes=slack_routes(app, Secret(SIGNING_SECRET)))) + "/slack/events"


CHALLENGE = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
FORGED = {
    "nothing": {},
    "another secret": signed(CHALLENGE, str(int(time.time())), "another"),
    "too old": signed(CHALLENGE, str(int(time.time()) - 301)),
    "of tomorrow": signed(CHALLENGE, str(int(time.time()) + 86_400)),
    "no number": {"x-slack-request-timestamp": "demain", "x-slack-signature": "v0=1"},
    "huge number": {"x-slack-request-timestamp": "9" * 400, "x-slack-signature": "v0=1"},
    "not ASCII": {"x-slack-request-timestamp": str(int(time.time())), "x-slack-signature": b"v0=\xe9"},
}


@pytest.mark.parametrize("how", sorted(FORGED))
async def test_a_request_that_slack_did_not_sign_is_refused(address: str, how: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(address, content=CHALLENGE, headers=FORGED[how])).status_code == 401
        headers = {"content-type": "application/json", **signed(CHALLENGE, str(int(time.time())))}
        answered = await http.post(address, content=CHALLENGE, headers=headers)
    assert answered.status_code == 200
    assert "abc" in answered.text


async def test_a_body_that_is_no_text_or_too_large_is_refused(address: str) -> None:
    stamp = str(int(time.time()))
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(address, content=b"\xff\xfe", headers=signed(b"\xff\xfe", stamp))).status_code == 401
        large = b"a" * (LARGEST_BODY + 1)
        assert (await http.post(address, content=large, headers=signed(large, stamp))).status_code == 413


async def test_socket_mode_starts_before_slack_does_and_connects_when_it_is_there(serve: Serve) -> None:
    slack = Slack(bot_token="xoxb-test", app_token="xapp-test", signing_secret=SIGNING_SECRET)
    there = False
    attempts = asyncio.Event()
    inner = Starlette(routes=slack.routes)

    async def door(scope: Any, receive: Any, send: Any) -> None:
        if there:
            await inner(scope, receive, send)
            return
        attempts.set()
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    address = await serve(door)
    desk = SlackDesk(open_client("xoxb-test", f"{address}/api/"), CHANNEL, TEXTS, Pace(None, "slack", 0))  # type: ignore[arg-type]
    app = build_bolt(desk, HeardEngine(), Shelf(), Asked(), TEXTS, Undecided())
    socket = SocketMode(app, desk.client, "xapp-test", ping_interval=0.05)
    await socket.start()
    await attempts.wait()
    assert not await socket.is_connected()
    opened = asyncio.create_task(slack.socket_opens())
    await asyncio.sleep(0)
    there = True
    await opened
    again = asyncio.create_task(slack.socket_opens())
    await asyncio.sleep(0)
    await slack.drop_sockets()
    await again
    await socket.aclose()
    await slack.aclose()


# -- with the real engine -----------------------------------------------------------------------------


class StandingClock:
    def now(self) -> datetime:
        return NOW


class Firm:
    """The real engine and desk on one database; what leaves to the client is only remembered."""

    def __init__(self, url: str, desk: SlackDesk) -> None:
        self.database = Database(url)
        tables.metadata.create_all(self.database.writer)
        self.desk = desk
        self.jobs: list[Job] = []
        self.said: list[Effect] = []
        self.records = SqlRecords(self.database)
        store = SqlStore(self.database, lambda _sql, job: self.jobs.append(job), lambda _rows: None)
        self.engine = Engine(store, StandingClock(), FrenchCalendars("Europe/Paris"))
        self.board = SlackBoard(self.database, TEXTS, lambda: NOW)
        self.bolt = build_bolt(desk, self.engine, self.records, self.board, TEXTS, self.engine.incidents)

    async def settle(self) -> None:
        """Perform what was enqueued, in order."""
        while self.jobs:
            job = self.jobs.pop(0)
            view = await self.records.case_view(job.case_id) if job.case_id else None
            match job.effect:
                case OpenCase() if view:
                    channel, thread = await self.desk.open_case(view)
                    await self.records.set_thread(view.case.id, channel, thread)
                case UpdateCase() if view:
                    await self.desk.update_case(view)
                case TellStaff(text, who) if view:
                    await self.desk.tell(TEXTS.say(f"staff-{text}", **facts(job, who)), view.case)
                case _:
                    self.said.append(job.effect)


def facts(job: Job, who: str) -> dict[str, str | int]:
    return {**job.facts, "who": who}


def fill(sql: sa.Connection) -> None:
    file = {"id": 1, "name": "Le Petit Bouchon", "accountant": "Dominique"}
    sql.execute(sa.insert(tables.client_file).values(**file))
    sql.execute(sa.insert(tables.contact).values(id=1, name="Mme Odette Martin", chat_id=42))
    sql.execute(sa.insert(tables.file_contact).values(file_id=1, contact_id=1))
    bank = {"id": 1, "file_id": 1, "bank": "Crédit Agricole", "synchronised": True, "expires_on": date(2026, 12, 1)}
    sql.execute(sa.insert(tables.connection).values(**bank))
    here = {"id": 1, "connection_id": 1, "contact_id": 1, "state": state_to_json(StepB())}
    sql.execute(sa.insert(tables.conversation).values(**here))


async def test_a_case_from_its_opening_to_the_bot_again(
    slack: Slack, desk: SlackDesk, serve: Serve, sqlite_database: str
) -> None:
    firm = Firm(sqlite_database, desk)
    await firm.database.write(fill)
    address = await serve(Starlette(routes=slack_routes(firm.bolt, Secret(SIGNING_SECRET))))
    await slack.set_request_url(f"{address}/slack/events")

    await firm.engine.receive(Envelope("u1", ToConversation(1), Wrote(Intent.HUMAN, "je veux parler à quelqu’un")))
    await firm.settle()
    [card] = slack.messages()
    assert "je veux parler à quelqu’un" in json.dumps(card, ensure_ascii=False)

    await slack.clicks("U0ANNA", CHANNEL, card["ts"], "case-took")
    await slack.clicks("U0BRUNO", CHANNEL, card["ts"], "case-reply")
    view = slack.view_of("U0BRUNO")
    assert view is not None
    await firm.settle()
    assert slack.thread(CHANNEL, card["ts"])[1]["text"] == "Anna s’en occupe"

    await slack.submits("U0BRUNO", view["id"], {("reply", "text"): "Je vous appelle"})
    shown = slack.view_of("U0BRUNO")
    assert shown is not None
    await slack.submits("U0BRUNO", shown["id"], {})
    await slack.writes("U0ANNA", "@client Le bouton est en haut", thread_ts=card["ts"])
    await slack.writes("U0ANNA", "elle n’y voit rien sans ses lunettes", thread_ts=card["ts"])
    await slack.clicks("U0ANNA", CHANNEL, card["ts"], "case-handed-back")
    await firm.settle()

    replies = [each for each in firm.said if isinstance(each, RelayToClient)]
    assert replies == [RelayToClient("Je vous appelle", "Bruno"), RelayToClient("Le bouton est en haut", "Anna")]
    said = [each.text for each in firm.said if isinstance(each, Say)]
    assert said[:2] == ["with-staff", "staff-took"]
    assert said[2:] == ["handed-back", StepB().text()]
    assert "lunettes" not in repr(firm.said)

    closed = slack.messages()[0]
    assert not any(block["type"] == "actions" for block in closed["blocks"])
    assert "Rendu au bot par Anna" in json.dumps(closed, ensure_ascii=False)
    conversation = (await firm.database.read(lambda sql: board.clients(sql, today=NOW.date())))[0]
    assert conversation.case_id is None
    assert conversation.state == "renewal.step-b"
    await firm.database.aclose()


async def test_the_command_shows_the_real_list_and_finds_by_name(
    slack: Slack, desk: SlackDesk, serve: Serve, sqlite_database: str
) -> None:
    firm = Firm(sqlite_database, desk)
    address = await serve(Starlette(routes=slack_routes(firm.bolt, Secret(SIGNING_SECRET))))
    await slack.set_request_url(f"{address}/slack/events")
    await slack.commands("U0ANNA", "/resync")
    await firm.database.write(many)
    for text in ("", "bouchn", "zzzz", "aide"):
        assert not (await slack.commands("U0ANNA", "/resync", text)).problem
    empty, everything, one, none, usage = (
        json.dumps(each["blocks"], ensure_ascii=False) for each in slack.ephemerals("U0ANNA")
    )
    assert "tout le monde est à jour" in empty
    assert [everything.count(bank) for bank in ("Crédit Agricole", "CIC")] == [1, 19]
    assert everything.count("Relancer") == 1  # the others have nobody who could be reminded
    assert "… et 11 autres." in everything
    assert (one.count("Ouvrir Le Petit Bouchon"), one.count("client-acts:")) == (1, 1)
    assert "client-acts" not in everything, "a long list has no room for more buttons"
    assert "Aucun client" in none
    assert "/resync aide" in usage
    await firm.database.aclose()


def many(sql: sa.Connection) -> None:
    fill(sql)
    for number in range(2, 32):
        sql.execute(sa.insert(tables.client_file).values(id=number, name=f"Auberge {number}"))
        sql.execute(sa.insert(tables.connection).values(id=number, file_id=number, bank="CIC"))
        here = {"id": number, "connection_id": number, "state": state_to_json(Invited())}
        sql.execute(sa.insert(tables.conversation).values(**here))
