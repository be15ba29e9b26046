"""The desk on Slack against the strict local one: cards that Slack takes, each once, and no word that comes alive."""

import asyncio
import html
import itertools
import json
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import example, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.adapters.codec import STATES, stored_name
from bot.adapters.database.board import ClientLine, Urgency
from bot.adapters.pace import Pace
from bot.adapters.slack import SlackDesk, is_about, metadata, open_client
from bot.adapters.slack_board import list_blocks
from bot.adapters.slack_cards import LONGEST_REPLY, calling, card, dicts, incident_card, line, reply_window, words
from bot.adapters.slack_reply_windows import postpone_window, preview_window
from bot.adapters.slack_text import HIDDEN, NOTHING, clean_for_client, escaped, visible
from bot.adapters.texts import Texts
from bot.domain.connection import ConnectionState, DateSource
from bot.domain.errors import Refused, Throttled, TryAgain, Unreachable
from bot.domain.radar import Incident, IncidentState
from bot.domain.secure_link import PageProgress, PageStep
from bot.engine import ENDS_CASE
from bot.ports import Case, CaseView, Job, Message, StaffDesk, Tried
from bot.sandbox.slack import Slack
from bot.sandbox.slack.blocks import faults_of_blocks
from bot.sandbox.slack.world import Channel
from bot.sandbox.telegram.markup import parse_html
from bot.worker import Worker
from flows.effects import RelayToClient
from flows.escalation import WithStaff
from tests.slack_blocks import check, need_description, schema_faults

CHANNEL = "C0RESYNC"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXTS = Texts()
CAUSES = sorted(
    key.removeprefix("case-") for key in sorted(TEXTS.keys()) if re.match("case-(?!status-|resolved$)", key)
)
STATUSES = ("open", "taken", *(each for each in ENDS_CASE if TEXTS.has(f"case-status-{each}")))
STEPS = [stored_name(each) for each in STATES if each is not WithStaff]
Json = dict[str, Any]

VIEW = CaseView(
    case=Case(7, 3, "stuck", NOW),
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


class Door:
    """Slack, reached through a network that may lose an answer after the work is done."""

    def __init__(self, slack: Slack) -> None:
        self.inner = Starlette(routes=slack.routes)
        self.loses = ""
        self.answers: dict[str, tuple[int, bytes, bytes]] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        method = scope["path"].rpartition("/")[2]
        if method in self.answers:
            status, kind, body = self.answers.pop(method)
            await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]})
            await send({"type": "http.response.body", "body": body})
        elif method == self.loses:
            self.loses = ""
            await self.inner(scope, receive, swallow)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
            await send({"type": "http.response.body", "body": b"", "more_body": True})
            raise ConnectionResetError
        else:
            await self.inner(scope, receive, send)


async def swallow(_message: Any) -> None:
    return None


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[ASGIApp], Awaitable[str]]]:
    running: list[tuple[uvicorn.Server, asyncio.Task[None]]] = []

    async def start(app: ASGIApp) -> str:
        listening = socket.create_server(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        # `_serve` is `serve` without its signal handlers, which belong to pytest here. The socket already
        # listens, so a request that comes before the loop reads it only waits.
        running.append((server, asyncio.create_task(server._serve([listening]))))
        return f"http://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    for server, task in running:
        server.should_exit = True
        await task


@pytest.fixture
def slack() -> Slack:
    still = itertools.repeat(1000.0).__next__
    slack = Slack(bot_token="xoxb-test", app_token="xapp-test", signing_secret="s", monotonic=still)
    slack.user("U0ANNA", "anna", "Anna Blanc")
    return slack


@pytest.fixture
def door(slack: Slack) -> Door:
    return Door(slack)


@pytest.fixture
async def desk(door: Door, serve: Callable[[ASGIApp], Awaitable[str]]) -> SlackDesk:
    return a_desk(await serve(door))


def a_desk(address: str, channel: str = CHANNEL, **settings: Any) -> SlackDesk:
    client = open_client("xoxb-test", f"{address}/api/")
    return SlackDesk(client, channel, TEXTS, Pace(None, "slack", 0), **settings)  # type: ignore[arg-type]  # unpaced


def at(view: CaseView, place: tuple[str, str], **changes: Any) -> CaseView:
    return replace(view, case=replace(view.case, channel=place[0], thread=place[1], **changes))


def buttons(message: Json) -> list[str]:
    return [
        each["text"]["text"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for each in block["elements"]
    ]


# -- the port -----------------------------------------------------------------------------------------


async def test_a_case_is_one_card_with_its_buttons(desk: SlackDesk, slack: Slack) -> None:
    port: StaffDesk = desk
    assert await port.open_case(VIEW) == (CHANNEL, slack.messages()[0]["ts"])
    [message] = slack.messages()
    assert buttons(message) == ["Je prends", "Répondre", "Rendre au bot", "Résolu", "Reporter", "Actes…"]
    shown = json.dumps(message, ensure_ascii=False)
    for known in ("Le Petit Bouchon", "Odette Martin", "06 00 00 00 00", "1er décembre 2026", "je ne trouve pas"):
        assert known in shown
    values = [each["value"] for block in message["blocks"] for each in block.get("elements", ()) if "value" in each]
    assert values == ["7"] * 5 + ["3"], "the case, and for its acts the conversation"


async def test_a_case_to_confirm_asks_for_that_first(desk: SlackDesk, slack: Slack) -> None:
    await desk.open_case(replace(VIEW, case=replace(VIEW.case, cause="confirm")))
    assert buttons(slack.messages()[0])[:3] == ["Confirmer", "Pas encore", "Je prends"]


@pytest.mark.parametrize("state", ConnectionState)
def test_a_card_shows_the_word_of_the_aggregator_beside_ours(state: ConnectionState) -> None:
    shown = str(card(replace(VIEW, connection=state, vendor_code="quantumEntangled"), TEXTS))
    assert f"{TEXTS.say('connection-' + state.value.replace('_', '-'))} (quantumEntangled)" in shown
    assert "Connexion" not in str(card(replace(VIEW, connection=state), TEXTS))


def test_a_card_tells_the_contacts_role_and_who_was_asked_before() -> None:
    tried = (Tried("Luc", "comptable", declined=True), Tried("Marthe", "", declined=False))
    shown = str(card(replace(VIEW, role="gérante", tried=tried), TEXTS))
    assert "Mme Odette Martin (gérante)" in shown
    assert "Luc (comptable)" in shown
    assert "ce n’est pas son dossier" in shown
    assert "pas de réponse" in shown
    assert "Déjà essayés" not in str(card(VIEW, TEXTS))


async def test_a_taken_card_shows_who_has_it_and_a_closed_one_has_no_buttons(desk: SlackDesk, slack: Slack) -> None:
    place = await desk.open_case(VIEW)
    await desk.update_case(at(VIEW, place, status="taken", taken_by="Anna"))
    assert buttons(slack.messages()[0]) == ["Répondre", "Rendre au bot", "Résolu", "Reporter", "Actes…"]
    assert "Anna s’en occupe" in json.dumps(slack.messages()[0], ensure_ascii=False)
    await desk.update_case(at(VIEW, place, status="resolved", taken_by="Anna"))
    assert buttons(slack.messages()[0]) == []
    assert [each["text"] for each in slack.thread(*place)[1:]] == ["Anna s’en occupe", "Résolu par Anna"]


async def test_a_case_with_a_thread_is_drawn_again_not_posted_again(desk: SlackDesk, slack: Slack) -> None:
    place = await desk.open_case(VIEW)
    assert await desk.open_case(at(VIEW, place, taken_by="Anna", status="taken")) == place
    assert buttons(slack.messages()[0])[0] == "Répondre"
    assert len(slack.messages()) == 1


async def test_a_card_whose_answer_was_lost_is_found_again_even_by_another_process(
    desk: SlackDesk, door: Door, slack: Slack
) -> None:
    door.loses = "chat.postMessage"
    with pytest.raises(TryAgain):
        await desk.open_case(VIEW)
    for number in range(205):  # more than a page of other talk
        await desk.tell(f"ligne {number}", None)
    found = await a_desk(desk.client.base_url.removesuffix("/api/")).open_case(VIEW)
    cards = [each for each in slack.messages() if "metadata" in each]
    assert [each["ts"] for each in cards] == [found[1]]


def test_our_mark_on_a_card_is_known_whatever_slack_adds_to_it() -> None:
    ours = metadata(VIEW.case)
    more = {**ours, "event_payload": {**ours["event_payload"], "more": 1}, "entities": []}
    other = metadata(replace(VIEW.case, id=VIEW.case.id + 1))
    assert is_about(ours, VIEW.case)
    assert is_about(more, VIEW.case)
    for found in (None, {}, other, {**ours, "event_type": "another"}, {"event_type": ours["event_type"]}):
        assert not is_about(found, VIEW.case)


async def test_a_case_of_an_earlier_database_with_the_same_number_is_another(desk: SlackDesk, slack: Slack) -> None:
    earlier = replace(VIEW, case=replace(VIEW.case, opened_at=datetime(2026, 1, 1, tzinfo=UTC)))
    places = {await desk.open_case(each) for each in (earlier, VIEW, VIEW)}
    assert len(places) == len(slack.messages()) == 2


async def test_lines_go_into_the_thread_or_into_the_channel(desk: SlackDesk, slack: Slack) -> None:
    place = await desk.open_case(VIEW)
    await desk.tell("Une ligne", at(VIEW, place).case)
    await desk.tell("Une autre", None)
    await desk.tell("La carte n’est pas encore là", VIEW.case)
    assert [each["text"] for each in slack.thread(*place)[1:]] == ["Une ligne"]
    assert [each["text"] for each in slack.messages() if "thread_ts" not in each] == [
        "Une autre", "La carte n’est pas encore là",
    ]  # fmt: skip


async def test_words_and_files_of_the_client_go_into_the_thread(desk: SlackDesk, slack: Slack) -> None:
    case = at(VIEW, await desk.open_case(VIEW)).case
    await desk.relay(case, "Odette", "voici l’écran", ("../photo\u202egpj.png", b"\x89PNG"))
    await desk.relay(case, "Odette", "", ("b.pdf", b"%PDF-1.7"))
    await desk.relay(case, "Odette", "merci", None)
    picture, paper, thanks = slack.thread(case.channel, case.thread)[1:]
    assert picture["files"][0]["name"] == "photogpj.png"
    assert "voici l’écran" in json.dumps(picture["blocks"], ensure_ascii=False)
    assert paper["files"][0]["name"] == "b.pdf"
    assert thanks["text"] == "Odette\nmerci"
    headers = {"authorization": "Bearer xoxb-test"}
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(picture["files"][0]["url_private"], headers=headers)).content == b"\x89PNG"


async def test_what_belongs_into_a_thread_waits_for_the_card(desk: SlackDesk, slack: Slack) -> None:
    for call in (desk.update_case(VIEW), desk.relay(VIEW.case, "Odette", "allô", None)):
        with pytest.raises(TryAgain):
            await call
    place = await desk.open_case(VIEW)
    await desk.relay(at(VIEW, place).case, "Odette", "allô", None)
    assert slack.thread(*place)[1]["text"] == "Odette\nallô"


async def test_the_channel_may_be_given_by_its_name(desk: SlackDesk, slack: Slack) -> None:
    address = desk.client.base_url.removesuffix("/api/")
    assert (await a_desk(address, "#resync").open_case(VIEW))[0] == CHANNEL
    with pytest.raises(Refused, match="channel_not_found"):
        await a_desk(address, "#ailleurs").open_case(VIEW)
    assert len(slack.messages()) == 1


async def test_the_cards_of_an_accountant_who_has_a_channel_go_there(desk: SlackDesk, slack: Slack) -> None:
    slack._world.channels["C0ZOE"] = Channel("C0ZOE", "clients-zoe", ["U0ANNA"])
    address = desk.client.base_url.removesuffix("/api/")
    theirs = a_desk(address, CHANNEL, own={"zoe": "#clients-zoe"})
    of_zoe = replace(VIEW, accountant="Zoé")
    place = await theirs.open_case(of_zoe)
    assert place[0] == "C0ZOE"
    assert await theirs.open_case(of_zoe) == place, "and is looked for there before it is posted again"
    await theirs.update_case(at(of_zoe, place, status="taken", taken_by="Anna"))
    assert len(slack.thread(*place)) == 2
    assert (await theirs.open_case(replace(VIEW, accountant="Anna")))[0] == CHANNEL
    assert await theirs.is_ours("", "C0ZOE")
    assert not await desk.is_ours("", "C0ZOE")


async def test_a_channel_that_cannot_be_written_to_hides_no_case(desk: SlackDesk, slack: Slack) -> None:
    address = desk.client.base_url.removesuffix("/api/")
    for wanted in ("#clients-zoe", "C0NOWHERE"):
        theirs = a_desk(address, CHANNEL, own={"zoe": wanted})
        assert (await theirs.open_case(replace(VIEW, accountant="Zoé")))[0] == CHANNEL
        assert await theirs.is_ours("", CHANNEL)
    assert len(slack.messages()) == 1


# -- errors, each followed by what works --------------------------------------------------------------


async def test_too_many_messages_are_throttled_for_as_long_as_slack_says(desk: SlackDesk, slack: Slack) -> None:
    slack.enforce_rate = True
    tried = await asyncio.gather(*(desk.tell("un", None) for _ in range(20)), return_exceptions=True)
    throttled = [each for each in tried if isinstance(each, Throttled)]
    assert None in tried  # a few at once are allowed
    assert throttled
    assert all(each.after and each.after >= 1 for each in throttled)
    slack.enforce_rate = False
    await desk.tell("deux", None)
    assert slack.messages()[-1]["text"] == "deux"


JSON, HTML = b"application/json", b"text/html"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((429, JSON, b'{"ok": false, "error": "ratelimited"}'), Throttled),
        ((503, HTML, b"<html>down</html>"), Unreachable),
        ((500, JSON, b'{"ok": false, "error": "fatal_error"}'), Unreachable),
        ((200, JSON, b'{"ok": false, "error": "internal_error"}'), Unreachable),
        ((200, JSON, b"no json"), Unreachable),
        ((200, JSON, b'{"ok": false, "error": "is_archived"}'), Refused),
        ((200, JSON, b'{"ok": false, "error": "invalid_auth"}'), Refused),
    ],
)
async def test_each_answer_of_slack_is_one_of_our_errors(
    desk: SlackDesk, door: Door, slack: Slack, answer: tuple[int, bytes, bytes], error: type[Exception]
) -> None:
    door.answers["chat.postMessage"] = answer
    with pytest.raises(error):
        await desk.tell("un", None)
    await desk.tell("deux", None)
    assert [each["text"] for each in slack.messages()] == ["deux"]


async def test_a_slack_that_is_not_there_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with pytest.raises(Unreachable):
        await a_desk(address).tell("un", None)


async def test_a_file_that_the_upload_address_does_not_take_is_tried_again(
    desk: SlackDesk, door: Door, slack: Slack
) -> None:
    case = at(VIEW, await desk.open_case(VIEW)).case
    door.answers = {f"F{number:09X}": (500, b"text/plain", b"no") for number in range(1, 20)}
    with pytest.raises(Unreachable) as caught:
        await desk.relay(case, "Odette", "", ("b.pdf", b"%PDF-1.7"))
    assert "http" not in str(caught.value)
    door.answers = {}
    await desk.relay(case, "Odette", "", ("b.pdf", b"%PDF-1.7"))
    assert [len(each.get("files", ())) for each in slack.thread(case.channel, case.thread)] == [0, 1]


# -- a bank's general trouble -------------------------------------------------------------------------

SEEN = Incident(3, "Crédit Agricole", IncidentState.PROPOSED, NOW, NOW, failing=7, clients=9, habit=0.02)


async def test_an_incident_has_one_card_that_says_where_it_stands(desk: SlackDesk, slack: Slack) -> None:
    channel, thread = await desk.show_incident(SEEN, "aujourd’hui à 14 h 10")
    [shown] = slack.messages()
    assert buttons(shown) == ["Déclarer l’incident", "Ce n’est rien"]
    assert "7 clients sur 9 de Crédit Agricole échouent" in str(shown)
    declared = replace(SEEN, state=IncidentState.DECLARED, who="Anna", channel=channel, thread=thread)
    assert await desk.show_incident(declared, "") == (channel, thread)
    [shown] = slack.messages()
    assert buttons(shown) == ["C’est revenu"]
    await desk.tell_of_incident(declared, "deux clients")
    assert [each["text"] for each in slack.thread(channel, thread)][1:] == ["deux clients"]
    await desk.show_incident(replace(declared, state=IncidentState.OVER), "")
    assert buttons(slack.thread(channel, thread)[0]) == []


async def test_an_incident_that_was_posted_unanswered_is_not_posted_again(
    desk: SlackDesk, door: Door, slack: Slack
) -> None:
    door.loses = "chat.postMessage"
    with pytest.raises(TryAgain):
        await desk.show_incident(SEEN, "")
    await desk.show_incident(SEEN, "")
    await desk.show_incident(replace(SEEN, id=4, bank="LCL"), "")
    assert len(slack.messages()) == 2
    with pytest.raises(TryAgain, match="not posted yet"):
        await desk.tell_of_incident(SEEN, "un")


# -- what Slack takes ---------------------------------------------------------------------------------


def every_card() -> Iterator[Json]:
    longest = {"client": "É" * 200, "bank": "Ç" * 100, "contact": "Œ" * 200, "phone": "0" * 40, "email": "e" * 254}
    full = replace(VIEW, **longest, last_words="é" * 500, vendor_code="w" * 64)
    bare = replace(VIEW, contact="", phone="", email="", due=None, last_success_at=None, last_words="")
    for view, cause, status in itertools.product((full, bare), CAUSES, STATUSES):
        yield card(replace(view, case=replace(view.case, cause=cause, status=status, taken_by="W" * 100)), TEXTS)
    for step in STEPS:
        yield card(replace(full, step=step), TEXTS)
    for page in PageStep:
        yield card(replace(full, page=a_page(page)), TEXTS)


def every_incident() -> Iterator[Json]:
    seen = Incident(10**12, "Ç" * 100, IncidentState.PROPOSED, NOW, NOW, 7, 9, 0.02)
    for state, who, since in itertools.product(IncidentState, ("", "W" * 100), ("", "aujourd’hui à 14 h 10")):
        yield incident_card(replace(seen, state=state, who=who), since, TEXTS)


def a_page(step: PageStep) -> PageProgress:
    return PageProgress("0123456789ab", 10**12, step, sent_at=NOW, expires_at=NOW, refusals=2)


def a_line(urgency: Urgency) -> ClientLine:
    open_case = urgency in (Urgency.NOBODY_HAS_IT, Urgency.WITH_STAFF)
    return ClientLine(
        conversation_id=10**12, client="É" * 200, bank="Ç" * 100, contact="Œ" * 200, linked=True, reachable=True,
        connection=ConnectionState.OK, expires_on=date(2026, 12, 1), source=DateSource.BANK, last_success_at=NOW,
        state="renewal.step-b", case_id=7 if open_case else None, cause="stuck" if open_case else "",
        taken_by="W" * 100 if urgency is Urgency.WITH_STAFF else "", urgency=urgency,
    )  # fmt: skip


def every_list() -> list[list[Json]]:
    lines = sorted((a_line(each) for each in list(Urgency) * 3), key=lambda each: each.urgency)[:20]
    pages = [{10**12: a_page(step)} for step in PageStep]
    return [
        dicts(list_blocks("Les banques à suivre", lines, total, TEXTS, shown))
        for total in (20, 21, 5000)
        for shown in ({}, *pages)
    ]


def every_whisper() -> Iterator[Json]:
    facts = dict.fromkeys(("who", "first_name", "client", "bank", "firm", "due", "last_data", "away"), "Œ" * 200)
    for key in sorted(TEXTS.keys()):
        if key.startswith("staff-") and TEXTS.arguments(key) <= facts.keys():
            yield line(TEXTS.say(key, **facts))


def every_message() -> Iterator[Json]:
    yield from every_card()
    yield from every_incident()
    yield from ({"text": "Les banques à suivre", "blocks": blocks} for blocks in every_list())
    yield from every_whisper()
    yield from (words("Œ" * 200, "é" * 9000), words("<", ""), line("\u202e"))


def test_slack_takes_every_message_and_window() -> None:
    assert check(every_message()) > 700
    assert check([reply_window(10**12, TEXTS).to_dict(), postpone_window(10**12, NOW.date(), TEXTS).to_dict()]) == 2
    longest = replace(VIEW, client="W" * 200, bank="W" * 100, contact="W" * 200, case=replace(VIEW.case, id=10**12))
    notices = ("", TEXTS.say("staff-reply-too-late"))
    shown = [preview_window(longest, "W" * 40, "W" * LONGEST_REPLY, TEXTS, each).to_dict() for each in notices]
    assert check(shown) == 2
    assert all(len(each["private_metadata"]) <= 3000 for each in shown)
    assert check(calling(user, "W" * 40, "W" * 3000) for user in ("", "U0ANNA")) == 2


def test_slacks_own_description_was_asked() -> None:
    need_description()
    wrong = {"type": "section", "text": {"type": "plain_text", "text": "a", "loud": True}}
    assert list(schema_faults({"text": "a", "blocks": [wrong]}))


# -- what must not come alive -------------------------------------------------------------------------

LIVELY = st.text(
    alphabet=st.one_of(st.sampled_from("<>&@#!|*_~`:/\n\u202e\u200b\u2066CUW0here"), st.characters(codec="utf-8"))
)
HARMLESS = {"header", "rich_text", "rich_text_section", "rich_text_quote", "text", "plain_text", "actions", "button",
            "context", "section"}  # fmt: skip


def pieces(value: Any) -> Iterator[Json]:
    """Every object inside blocks that has a type."""
    if isinstance(value, dict):
        if "type" in value:
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from pieces(each)


def check_harmless(shown: Json) -> None:
    assert faults_of_blocks(shown["blocks"]) == []
    for each in pieces(shown["blocks"]):
        assert each["type"] in HARMLESS
        assert not each.get("emoji")
        assert not HIDDEN.search(each["text"]) if isinstance(each.get("text"), str) else True
    assert not re.search("[<>]", shown["text"])
    assert not re.search("&(?!amp;|lt;|gt;)", shown["text"])
    assert not HIDDEN.search(shown["text"])


@settings(max_examples=10_000)
@given(LIVELY, LIVELY)
@example("<!channel> <@U0ANNA> <https://evil.example|impots.gouv.fr>", "&lt;!here&gt; @here :wave: *gras*")
@example("\u202e\u200b", "")
def test_nothing_a_client_writes_or_is_called_comes_alive(first: str, second: str) -> None:
    check_harmless(card(replace(VIEW, client=first, bank=second, contact=first, last_words=second or "x"), TEXTS))
    check_harmless(words(first, second))
    check_harmless(line(first))
    check_harmless(calling("", first, second))
    blocks = preview_window(replace(VIEW, client=first, bank=second, contact=first), first, second, TEXTS).to_dict()
    check_harmless({"blocks": blocks["blocks"], "text": ""})
    blocks = dicts(list_blocks(first, [replace(a_line(Urgency.FINE), client=second, bank=first)], 1, TEXTS, {}))
    check_harmless({"blocks": blocks, "text": escaped(first)})


@settings(max_examples=10_000)
@given(LIVELY)
def test_what_staff_type_arrives_as_they_see_it(text: str) -> None:
    assert clean_for_client(html.escape(text, quote=False)) == visible(text).strip()


TOKENS = (
    "<@U0ANNA>", "<@W1|bob>", "<!here>", "<!subteam^S1|@compta>", "<#C1|resync>", "<#C1>", "<https://a.example/b|c>",
    "<https://a.example>", "<mailto:a@b.example|a@b.example>", "<tel:+33600|06>", "<!date^1^{date}|hier>",
    " bonjour ",
)  # fmt: skip


@settings(max_examples=10_000)
@given(st.lists(st.sampled_from(TOKENS)))
def test_no_markup_of_slack_reaches_a_client(parts: list[str]) -> None:
    read = clean_for_client("".join(parts), {"U0ANNA": "Anna"})
    assert not re.search(r"<[@#!]|<http|\||U0ANNA|W1|C1", read)
    assert read.count("Anna") == parts.count("<@U0ANNA>")
    assert read.count("c (a.example)") == parts.count("<https://a.example/b|c>")


TELEGRAMS = re.compile(r"<(?!/?b>)|&(?!amp;|lt;|gt;)")


@settings(max_examples=10_000)
@given(LIVELY)
@example("<b>gras</b> <a href='https://evil.example'>impots.gouv.fr</a> &lt;i&gt;")
def test_what_staff_write_comes_to_the_client_without_a_tag(text: str) -> None:
    """As the worker writes it, in Telegram's HTML: under the colleague's name in bold, which is ours."""
    read = clean_for_client(html.escape(text, quote=False))
    said = f"{TEXTS.say('staff-wrote', who='Anna')}\n{html.escape(read, quote=False)}"
    assert not TELEGRAMS.search(said)
    assert html.unescape(said.partition("\n")[2]) == read


@settings(max_examples=10_000)
@given(LIVELY)
@example("<!channel> & <https://evil.example|impots.gouv.fr>")
def test_what_a_client_writes_arrives_in_slack_as_he_wrote_it(text: str) -> None:
    """Without what cannot be seen; in the thread, and in the notification of it."""
    shown = words("Odette", text)
    quoted = [each["elements"] for each in shown["blocks"][0]["elements"] if each["type"] == "rich_text_quote"]
    wrote = visible(text).strip() or NOTHING
    assert quoted == ([[{"type": "text", "text": wrote}]] if text else [])
    assert html.unescape(shown["text"]) == visible(f"Odette\n{text}").strip()


@settings(max_examples=10_000)
@given(LIVELY)
@example("<b>gras</b> <a href='https://evil.example'>impots.gouv.fr</a> &lt;i&gt; @odette /stop #tva")
def test_what_staff_write_is_read_on_the_phone_as_they_wrote_it(text: str) -> None:
    """By the real worker, and parsed back as Telegram does: only the colleague's name is set off."""
    read = clean_for_client(html.escape(text, quote=False))
    effect = RelayToClient(read, "Anna <i>")
    told: list[Message] = []

    async def send(_: int, message: Message) -> None:
        told.append(message)

    nobody: Any = SimpleNamespace()
    messenger: Any = SimpleNamespace(send=send)
    worker = Worker(nobody, nobody, nobody, TEXTS, messenger, nobody, nobody, nobody, nobody, nobody)
    with pytest.raises(StopIteration):  # nothing in it waits
        worker.say(Job("sl:1/0", 3, 7, effect)).send(None)
    plain, entities = parse_html(told[0].html, lambda _: None)
    assert plain == f"Anna <i>\N{NO-BREAK SPACE}:\n{read}"
    assert [(each["type"], each["offset"], each["length"]) for each in entities] == [("bold", 0, 8)]
