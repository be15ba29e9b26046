"""Slack's own framework against the sandbox, in Socket Mode and over HTTP: what staff does, and what comes of it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.routing import Route

from bot.sandbox.slack import BOT_ID, Slack

CHANNEL = "C0RESYNC"
Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(action_id: str, text: str = "Prendre") -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), "value": "dossier-1"}


CARD = [{"type": "actions", "block_id": "card", "elements": [button("take"), button("close", "Clore")]}]
REASON = {
    "type": "input",
    "block_id": "reason",
    "label": plain("Motif"),
    "element": {"type": "plain_text_input", "action_id": "text", "max_length": 20},
}
OUTCOME = {
    "type": "input",
    "block_id": "outcome",
    "optional": True,
    "label": plain("Issue"),
    "element": {
        "type": "static_select",
        "action_id": "pick",
        "options": [{"text": plain("Réglé"), "value": "done"}, {"text": plain("Rien"), "value": "none"}],
    },
}
MODAL = {
    "type": "modal",
    "callback_id": "closing",
    "notify_on_close": True,
    "title": plain("Clore"),
    "submit": plain("Clore"),
    "blocks": [REASON, OUTCOME],
}


class Office:
    """A small app of Bolt's own making, and what it heard."""

    def __init__(self, client: AsyncWebClient) -> None:
        self.heard: list[Json] = []
        self.app = app = AsyncApp(
            client=client,
            signing_secret="a signing secret",
            process_before_response=True,  # so that what was acknowledged was also done: nothing to wait for
        )
        app.action("take")(self.take)
        app.action("close")(self.open)
        app.action("deeper")(self.push)
        app.action("keep")(self.keep)
        app.view("closing")(self.submitted)
        app.view_closed("closing")(self.keep)
        app.command("/resync")(self.command)
        app.event("message")(self.message)
        app.event("app_mention")(self.event)
        app.event("app_home_opened")(self.home)

    async def take(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await ack()
        self.heard.append(body)
        text = f"Pris par {body['user']['name']}"
        await client.chat_update(channel=CHANNEL, ts=body["message"]["ts"], text=text, blocks=[])

    async def open(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    async def push(self, ack: AsyncAck, body: Json, client: AsyncWebClient) -> None:
        await client.views_push(trigger_id=body["trigger_id"], view={**MODAL, "callback_id": "deeper"})
        await ack()

    async def keep(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        self.heard.append(body)

    async def submitted(self, ack: AsyncAck, body: Json, view: Json) -> None:
        self.heard.append(body)
        reason = view["state"]["values"]["reason"]["text"]["value"]
        answers: Json = {
            "court": {"response_action": "errors", "errors": {"reason": "Un peu plus, s'il vous plaît."}},
            "ailleurs": {"response_action": "errors", "errors": {"nowhere": "Perdu."}},
            "encore": {"response_action": "update", "view": {**MODAL, "title": plain("Encore")}},
            "plus loin": {"response_action": "push", "view": {**MODAL, "title": plain("Plus loin")}},
            "tout": {"response_action": "clear"},
            "faux": {"response_action": "update", "view": {**MODAL, "title": plain("x" * 25)}},
        }
        await ack(**answers.get(reason, {}))

    async def command(self, ack: AsyncAck, command: Json, respond: AsyncRespond) -> None:
        self.heard.append(command)
        if command["text"] == "tous":
            await ack()
            await respond(text="Pour tous", response_type="in_channel")
        elif command["text"] == "mal":
            await ack(text="x", blocks=[{"type": "divider", "color": "red"}])
        else:
            await ack(text=f"Reçu : {command['text']}")

    async def message(self, event: Json, client: AsyncWebClient) -> None:
        self.heard.append(event)
        if event.get("text") == "Où en est-on ?":
            await client.chat_postMessage(channel=CHANNEL, thread_ts=event["thread_ts"], text="On avance.")

    async def event(self, event: Json) -> None:
        self.heard.append(event)

    async def home(self, event: Json, client: AsyncWebClient) -> None:
        blocks = [{"type": "actions", "block_id": "home", "elements": [button("keep")]}]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


@pytest.fixture(params=["socket", "http"])
async def office(
    request: pytest.FixtureRequest, slack: Slack, client: AsyncWebClient, serve: Any
) -> AsyncIterator[Office]:
    office = Office(client)
    if request.param == "http":
        handler = AsyncSlackRequestHandler(office.app)
        app = Starlette(routes=[Route("/slack/events", handler.handle, methods=["POST"])])
        await slack.set_request_url(await serve(app) + "/slack/events")
        yield office
        return
    connection = AsyncSocketModeHandler(office.app, "xapp-sandbox")
    await connection.connect_async()  # type: ignore[no-untyped-call]
    yield office
    await connection.close_async()  # type: ignore[no-untyped-call]


async def card(client: AsyncWebClient, slack: Slack) -> str:
    """Post the card with two buttons, and give its ts."""
    ts = str((await client.chat_postMessage(channel=CHANNEL, text="Dossier", blocks=CARD))["ts"])
    await slack.settle()
    return ts


async def modal(client: AsyncWebClient, slack: Slack, user_id: str = "U0ANNA") -> Json:
    """Open the modal by a click, and give it as its owner sees it."""
    outcome = await slack.clicks(user_id, CHANNEL, await card(client, slack), "close")
    view = slack.view_of(user_id)
    assert outcome.acked
    assert view is not None
    return view


REASONED = {("reason", "text"): "Client joint"}


async def test_second_click_by_a_colleague_finds_no_button(
    office: Office, slack: Slack, client: AsyncWebClient
) -> None:
    ts = await card(client, slack)
    assert (await slack.clicks("U0ANNA", CHANNEL, ts, "take")).acked
    assert slack.messages()[0]["text"] == "Pris par anna"
    with pytest.raises(LookupError):
        await slack.clicks("U0BRUNO", CHANNEL, ts, "take")
    assert len([each for each in office.heard if each["type"] == "block_actions"]) == 1


async def test_a_click_carries_what_slack_puts_in_it(office: Office, slack: Slack, client: AsyncWebClient) -> None:
    ts = await card(client, slack)
    await slack.clicks("U0ANNA", CHANNEL, ts, "take")
    body = next(each for each in office.heard if each["type"] == "block_actions")
    assert body["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": CHANNEL,
        "is_ephemeral": False,
    }
    assert (body["user"]["id"], body["team"]["id"]) == ("U0ANNA", "T0SANDBOX")
    assert (body["message"]["ts"], body["message"]["bot_id"]) == (ts, BOT_ID)
    assert body["response_url"].startswith(f"{slack.base_url}response/")
    action = body["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("take", "card", "dossier-1")


async def test_a_button_that_never_was_cannot_be_pressed(slack: Slack, client: AsyncWebClient) -> None:
    ts = (await client.chat_postMessage(channel=CHANNEL, text="Dossier", blocks=CARD))["ts"]
    with pytest.raises(LookupError, match="no 'grab'"):
        await slack.clicks("U0ANNA", CHANNEL, ts, "grab")
    with pytest.raises(LookupError, match="no message"):
        await slack.clicks("U0ANNA", CHANNEL, "1.000001", "take")


async def test_a_modal_shows_errors_then_closes_when_it_is_right(
    office: Office, slack: Slack, client: AsyncWebClient
) -> None:
    view = await modal(client, slack)
    outcome = await slack.submits("U0ANNA", view["id"], {("reason", "text"): "court"})
    assert outcome.errors == {"reason": "Un peu plus, s'il vous plaît."}
    shown = slack.view_of("U0ANNA")
    assert shown is not None
    assert shown["errors"] == outcome.errors
    outcome = await slack.submits("U0ANNA", view["id"], {**REASONED, ("outcome", "pick"): "done"})
    assert (outcome.acked, outcome.problem, outcome.errors) == (True, "", {})
    assert slack.view_of("U0ANNA") is None
    picked = office.heard[-1]["view"]["state"]["values"]["outcome"]["pick"]["selected_option"]
    assert picked == {"text": {"type": "plain_text", "text": "Réglé"}, "value": "done"}


@pytest.mark.parametrize("reason", ["ailleurs", "faux"])
async def test_an_answer_slack_cannot_use_leaves_the_modal_with_a_problem(
    office: Office, slack: Slack, client: AsyncWebClient, reason: str
) -> None:
    view = await modal(client, slack)
    outcome = await slack.submits("U0ANNA", view["id"], {("reason", "text"): reason})
    assert outcome.problem
    assert slack.view_of("U0ANNA") is not None
    assert (await slack.submits("U0ANNA", view["id"], REASONED)).problem == ""


async def test_an_answer_may_update_push_or_clear(office: Office, slack: Slack, client: AsyncWebClient) -> None:
    view = await modal(client, slack)
    await slack.submits("U0ANNA", view["id"], {("reason", "text"): "encore"})
    shown = slack.view_of("U0ANNA")
    assert shown is not None
    assert (shown["id"], shown["title"]["text"]) == (view["id"], "Encore")
    await slack.submits("U0ANNA", view["id"], {("reason", "text"): "plus loin"})
    pushed = slack.view_of("U0ANNA")
    assert pushed is not None
    assert (pushed["previous_view_id"], pushed["title"]["text"]) == (view["id"], "Plus loin")
    await slack.submits("U0ANNA", pushed["id"], {("reason", "text"): "tout"})
    assert slack.view_of("U0ANNA") is None


async def test_the_screen_itself_refuses_what_an_input_does_not_take(
    office: Office, slack: Slack, client: AsyncWebClient
) -> None:
    view = await modal(client, slack)
    heard = len(office.heard)
    with pytest.raises(ValueError, match="missing"):
        await slack.submits("U0ANNA", view["id"], {})
    with pytest.raises(ValueError, match="0 to 20"):
        await slack.submits("U0ANNA", view["id"], {("reason", "text"): "x" * 21})
    with pytest.raises(LookupError, match="does not offer"):
        await slack.submits("U0ANNA", view["id"], {**REASONED, ("outcome", "pick"): "maybe"})
    with pytest.raises(LookupError, match="no such input"):
        await slack.submits("U0ANNA", view["id"], {**REASONED, ("other", "pick"): "x"})
    with pytest.raises(LookupError, match="not before"):
        await slack.submits("U0BRUNO", view["id"], REASONED)
    assert len(office.heard) == heard
    assert (await slack.submits("U0ANNA", view["id"], REASONED)).acked


async def test_closing_a_modal_is_told_to_an_app_that_asked(
    office: Office, slack: Slack, client: AsyncWebClient
) -> None:
    view = await modal(client, slack)
    outcome = await slack.closes(view["id"])
    assert outcome is not None
    assert office.heard[-1]["type"] == "view_closed"
    assert slack.view_of("U0ANNA") is None
    with pytest.raises(LookupError):
        await slack.submits("U0ANNA", view["id"], REASONED)


async def test_a_trigger_opens_one_view_and_not_after_three_seconds(
    office: Office, slack: Slack, client: AsyncWebClient, hand_clock: Any
) -> None:
    for wait, error in ((0.0, "exchanged_trigger_id"), (3.1, "expired_trigger_id")):
        await slack.commands("U0ANNA", "/resync", "aide")
        trigger = office.heard[-1]["trigger_id"]
        hand_clock.seconds += wait
        if not wait:
            await client.views_open(trigger_id=trigger, view=MODAL)
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=MODAL)
        assert caught.value.response["error"] == error
    await slack.commands("U0ANNA", "/resync", "aide")
    assert (await client.views_open(trigger_id=office.heard[-1]["trigger_id"], view=MODAL))["ok"]


async def test_three_modals_stand_on_each_other_and_not_four(
    office: Office, slack: Slack, client: AsyncWebClient
) -> None:
    deeper = {"type": "actions", "elements": [button("keep")]}
    await slack.commands("U0ANNA", "/resync", "aide")
    view = {**MODAL, "blocks": [deeper]}
    await client.views_open(trigger_id=office.heard[-1]["trigger_id"], view=view)
    for _ in range(2):
        front = slack.view_of("U0ANNA")
        assert front is not None
        await slack.clicks_in_view("U0ANNA", front["id"], "keep")
        await client.views_push(trigger_id=office.heard[-1]["trigger_id"], view=view)
    front = slack.view_of("U0ANNA")
    assert front is not None
    await slack.clicks_in_view("U0ANNA", front["id"], "keep")
    with pytest.raises(SlackApiError, match="push_limit_reached"):
        await client.views_push(trigger_id=office.heard[-1]["trigger_id"], view=view)


async def test_a_view_is_updated_unless_it_changed_meanwhile(
    office: Office, slack: Slack, client: AsyncWebClient
) -> None:
    view = await modal(client, slack)
    await client.views_update(view_id=view["id"], hash=view["hash"], view={**MODAL, "external_id": "one"})
    with pytest.raises(SlackApiError, match="hash_conflict"):
        await client.views_update(view_id=view["id"], hash=view["hash"], view=MODAL)
    await client.views_update(external_id="one", view={**MODAL, "title": plain("Autre")})
    shown = slack.view_of("U0ANNA")
    assert shown is not None
    assert shown["title"]["text"] == "Autre"


async def test_an_external_id_names_one_view_only(office: Office, slack: Slack, client: AsyncWebClient) -> None:
    named = {**MODAL, "external_id": "one"}
    await slack.commands("U0ANNA", "/resync", "aide")
    await client.views_open(trigger_id=office.heard[-1]["trigger_id"], view=named)
    await slack.commands("U0BRUNO", "/resync", "aide")
    trigger = office.heard[-1]["trigger_id"]
    with pytest.raises(SlackApiError, match="duplicate_external_id"):
        await client.views_open(trigger_id=trigger, view=named)
    # A refused view leaves its trigger unused.
    await client.views_open(trigger_id=trigger, view=MODAL)


async def test_a_command_is_answered_to_its_author_only(office: Office, slack: Slack) -> None:
    assert (await slack.commands("U0ANNA", "/resync", "état")).problem == ""
    assert [each["text"] for each in slack.ephemerals("U0ANNA")] == ["Reçu : état"]
    assert slack.ephemerals("U0BRUNO") == slack.messages() == []
    assert (office.heard[0]["channel_id"], office.heard[0]["user_name"]) == (CHANNEL, "anna")


async def test_a_command_may_answer_everyone_by_its_response_url(office: Office, slack: Slack) -> None:
    await slack.commands("U0ANNA", "/resync", "tous")
    assert [each["text"] for each in slack.messages()] == ["Pour tous"]
    assert slack.ephemerals("U0ANNA") == []


async def test_a_command_answered_badly_shows_a_problem(office: Office, slack: Slack) -> None:
    assert "invalid_blocks" in (await slack.commands("U0ANNA", "/resync", "mal")).problem
    assert slack.ephemerals("U0ANNA") == []
    assert (await slack.commands("U0ANNA", "/resync", "bien")).problem == ""


async def test_a_thread_is_read_and_answered(office: Office, slack: Slack, client: AsyncWebClient) -> None:
    ts = await card(client, slack)
    assert (await slack.writes("U0ANNA", "Où en est-on ?", thread_ts=ts)).acked
    asked = next(each for each in office.heard if each.get("text") == "Où en est-on ?")
    assert (asked["user"], asked["channel"], asked["thread_ts"]) == ("U0ANNA", CHANNEL, ts)
    assert [each["text"] for each in slack.thread(CHANNEL, ts)] == ["Dossier", "Où en est-on ?", "On avance."]


async def test_what_the_bot_says_comes_back_with_its_bot_id_and_bolt_ignores_it(
    office: Office, slack: Slack, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel=CHANNEL, text="C'est moi")
    await slack.writes("U0ANNA", "C'est vous")
    await slack.settle()
    assert [each["text"] for each in office.heard] == ["C'est vous"]


async def test_a_mention_is_told_twice_as_there(office: Office, slack: Slack) -> None:
    await slack.writes("U0ANNA", "<@U0RESYNCBOT> bonjour")
    await slack.settle()
    assert sorted(each["type"] for each in office.heard) == ["app_mention", "message"]


async def test_a_person_writes_to_the_bot_with_a_file(office: Office, slack: Slack) -> None:
    await slack.writes("U0ANNA", "", channel="@bot", files={"releve.csv": b"a;b"})
    await slack.settle()
    event = office.heard[0]
    assert (event["channel_type"], event["subtype"], event["files"][0]["size"]) == ("im", "file_share", 3)
    async with httpx.AsyncClient(trust_env=False) as http:
        headers = {"Authorization": "Bearer xoxb-sandbox"}
        assert (await http.get(event["files"][0]["url_private"], headers=headers)).content == b"a;b"


async def test_the_home_tab_is_published_when_opened_and_its_buttons_work(office: Office, slack: Slack) -> None:
    await slack.opens_home("U0ANNA")
    home = slack.home_of("U0ANNA")
    assert home is not None
    assert (await slack.clicks_in_view("U0ANNA", home["id"], "keep")).acked
    assert office.heard[-1]["container"] == {"type": "view", "view_id": home["id"]}
    with pytest.raises(LookupError):
        await slack.clicks_in_view("U0BRUNO", home["id"], "keep")


async def test_an_ephemeral_message_is_replaced_then_removed_by_its_response_url(
    office: Office, slack: Slack, client: AsyncWebClient
) -> None:
    blocks = [{"type": "actions", "elements": [button("keep")]}]
    ephemeral = await client.chat_postEphemeral(channel=CHANNEL, user="U0ANNA", text="Psst", blocks=blocks)
    await slack.clicks("U0ANNA", CHANNEL, ephemeral["message_ts"], "keep")
    body = office.heard[-1]
    assert body["container"]["is_ephemeral"] is True
    assert "message" not in body
    async with httpx.AsyncClient(trust_env=False) as http:
        url = body["response_url"]
        assert (await http.post(url, json={"replace_original": True, "text": "Vu"})).text == "ok"
        assert [each["text"] for each in slack.ephemerals("U0ANNA")] == ["Vu"]
        assert (await http.post(url, json={"delete_original": True})).text == "ok"
        assert slack.ephemerals("U0ANNA") == []
        assert (await http.post(url, json={"delete_original": True})).json()["error"] == "message_not_found"


async def test_a_response_url_serves_five_times_in_half_an_hour(
    office: Office, slack: Slack, hand_clock: Any
) -> None:
    await slack.commands("U0ANNA", "/resync", "aide")
    await slack.commands("U0ANNA", "/resync", "aide")
    first, second = office.heard[-2]["response_url"], office.heard[-1]["response_url"]
    async with httpx.AsyncClient(trust_env=False) as http:
        assert (await http.post(first, json={"texte": "x"})).json()["error"] == "invalid_arguments"
        for _ in range(5):
            assert (await http.post(first, json={"text": "Psst"})).text == "ok"
        assert (await http.post(first, json={"text": "Psst"})).json()["error"] == "used_url"
        hand_clock.seconds += 1801
        assert (await http.post(second, json={"text": "Psst"})).json()["error"] == "expired_url"
    await slack.commands("U0ANNA", "/resync", "encore")
    assert slack.ephemerals("U0ANNA")[-1]["text"] == "Reçu : encore"
