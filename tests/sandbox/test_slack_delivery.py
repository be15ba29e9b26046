"""How requests reach the app: signed, retried, over sockets that come and go."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from bot.sandbox.slack import Slack


class Door:
    """An app's address that answers as told, and keeps what came."""

    def __init__(self) -> None:
        self.answers: list[Response] = []
        self.came: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, request: Request) -> Response:
        self.came.append((dict(request.headers), await request.body()))
        return self.answers.pop(0) if self.answers else Response()

    def retries(self) -> list[tuple[str | None, str | None]]:
        return [(head.get("x-slack-retry-num"), head.get("x-slack-retry-reason")) for head, _ in self.came]


@pytest.fixture
async def door(slack: Slack, serve: Any) -> Door:
    door = Door()
    slack.request_url = await serve(Starlette(routes=[Route("/", door.__call__, methods=["POST"])])) + "/"
    return door


async def test_every_request_is_signed(slack: Slack, door: Door) -> None:
    await slack.writes("U0ANNA", "Bonjour")
    await slack.commands("U0ANNA", "/resync", "état")
    assert len(door.came) == 2
    for headers, body in door.came:
        assert SignatureVerifier("a signing secret").is_valid_request(body, headers)
        assert not SignatureVerifier("another secret").is_valid_request(body, headers)


async def test_an_event_nobody_takes_is_tried_three_times_more(slack: Slack, door: Door) -> None:
    door.answers = [Response(status_code=500) for _ in range(9)]
    assert not (await slack.writes("U0ANNA", "Bonjour")).acked
    await slack.settle()
    assert door.retries() == [(None, None), ("1", "http_error"), ("2", "http_error"), ("3", "http_error")]
    assert len({json.loads(body)["event_id"] for _, body in door.came}) == 1


async def test_retries_stop_when_the_event_is_taken(slack: Slack, door: Door) -> None:
    door.answers = [Response(status_code=500), Response()]
    await slack.writes("U0ANNA", "Bonjour")
    await slack.settle()
    assert [number for number, _ in door.retries()] == [None, "1"]
    assert (await slack.writes("U0ANNA", "Encore")).acked


async def test_an_app_may_ask_not_to_be_tried_again(slack: Slack, door: Door) -> None:
    door.answers = [Response(status_code=500, headers={"X-Slack-No-Retry": "1"})]
    await slack.writes("U0ANNA", "Bonjour")
    await slack.settle()
    assert len(door.came) == 1


async def test_a_command_is_never_tried_again(slack: Slack, door: Door) -> None:
    door.answers = [Response(status_code=500)]
    assert (await slack.commands("U0ANNA", "/resync", "x")).problem == "operation_timeout"
    await slack.settle()
    assert len(door.came) == 1
    assert (await slack.commands("U0ANNA", "/resync", "x")).problem == ""


async def test_an_app_too_slow_to_answer_hears_it_again(serve: Any) -> None:
    slack = Slack(bot_token="xoxb", app_token="xapp", signing_secret="s", ack_limit=0.2, retry_delays=(0,))
    slack.user("U0ANNA", "anna", "Anna")
    came: list[str | None] = []
    released = asyncio.Event()

    async def slow(request: Request) -> Response:
        came.append(request.headers.get("x-slack-retry-reason"))
        if len(came) == 1:
            await released.wait()
        return Response()

    base = await serve(Starlette(routes=[Mount("/slack", routes=slack.routes), Route("/", slow, methods=["POST"])]))
    slack.base_url, slack.request_url = f"{base}/slack", f"{base}/"
    outcome = await slack.writes("U0ANNA", "Bonjour")
    await slack.settle()
    released.set()
    assert (outcome.acked, outcome.reason, came) == (False, "http_timeout", [None, "http_timeout"])
    await slack.aclose()


async def test_an_address_is_set_once_it_answers_the_challenge(slack: Slack, serve: Any) -> None:
    door = Door()
    url = await serve(Starlette(routes=[Route("/", door.__call__, methods=["POST"])])) + "/"
    with pytest.raises(ValueError, match="challenge"):
        await slack.set_request_url(url)
    assert slack.request_url is None

    async def echo(request: Request) -> Response:
        return PlainTextResponse(json.loads(await request.body())["challenge"])

    await slack.set_request_url(await serve(Starlette(routes=[Route("/", echo, methods=["POST"])])) + "/")
    assert slack.request_url is not None


async def test_a_raw_request_goes_as_it_is_with_its_own_headers(slack: Slack, door: Door) -> None:
    forged = {"X-Slack-Signature": "v0=00", "X-Slack-Retry-Num": "1"}
    await slack.deliver_raw("events_api", b"not json", forged)
    headers, body = door.came[0]
    assert (body, headers["x-slack-signature"], headers["x-slack-retry-num"]) == (b"not json", "v0=00", "1")
    with pytest.raises(ValueError, match="events_api"):
        await slack.deliver_raw("event", b"")


class Line:
    """A bare Socket Mode connection, which only acknowledges when told."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session, self._socket = session, socket

    async def hears(self) -> Any:
        return await self._socket.receive_json()

    async def acks(self, envelope: Any, **payload: Any) -> None:
        await self._socket.send_json({"envelope_id": envelope["envelope_id"], **payload})

    async def falls(self) -> None:
        await self._socket.close()
        await self._session.close()


@pytest.fixture
async def connects(slack: Slack, client: AsyncWebClient) -> AsyncIterator[Any]:
    """Open another connection, past its hello."""
    lines: list[Line] = []

    async def connect() -> Line:
        url = (await client.apps_connections_open(app_token="xapp-sandbox"))["url"]
        session = aiohttp.ClientSession()
        line = Line(session, await session.ws_connect(url))
        lines.append(line)
        assert (await line.hears())["type"] == "hello"
        return line

    yield connect
    for line in lines:
        await line.falls()


async def test_a_connection_address_leads_back_here_and_serves_once(slack: Slack, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        await client.apps_connections_open(app_token="xoxb-sandbox")
    url = (await client.apps_connections_open(app_token="xapp-sandbox"))["url"]
    assert slack.base_url is not None
    assert url.startswith(slack.base_url.replace("http", "ws") + "socket?ticket=")
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["num_connections"] == 1
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_an_envelope_not_acknowledged_goes_again_on_the_next_connection(slack: Slack, connects: Any) -> None:
    line = await connects()
    writing = asyncio.create_task(slack.writes("U0ANNA", "Bonjour"))
    first = await line.hears()
    await line.falls()
    line = await connects()
    second = await line.hears()
    assert second["envelope_id"] == first["envelope_id"]
    assert (second["type"], second["accepts_response_payload"]) == ("events_api", False)
    await line.acks(second)
    assert (await writing).acked


async def test_envelopes_take_turns_among_connections(slack: Slack, connects: Any) -> None:
    lines = [await connects(), await connects()]
    assert slack.sockets == 2
    for line in lines:
        writing = asyncio.create_task(slack.writes("U0ANNA", "Bonjour"))
        await line.acks(await line.hears())
        assert (await writing).acked


async def test_an_event_no_one_acknowledged_in_time_comes_as_a_retry(serve: Any) -> None:
    slack = Slack(bot_token="xoxb", app_token="xapp", signing_secret="s", ack_limit=0.2, retry_delays=(0, 0))
    slack.user("U0ANNA", "anna", "Anna")
    base = await serve(Starlette(routes=slack.routes))
    client = AsyncWebClient(token="xoxb", base_url=f"{base}/api/")
    async with aiohttp.ClientSession() as session:
        url = (await client.apps_connections_open(app_token="xapp"))["url"]
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
            writing = asyncio.create_task(slack.writes("U0ANNA", "Bonjour"))
            first = await socket.receive_json()
            assert not (await writing).acked
            again = await socket.receive_json()
            assert (first["retry_attempt"], again["retry_attempt"], again["retry_reason"]) == (0, 1, "timeout")
            assert again["payload"]["event_id"] == first["payload"]["event_id"]
            await socket.send_json({"envelope_id": again["envelope_id"]})
            await slack.settle()
    await slack.aclose()


async def test_an_acknowledgement_may_carry_the_answer_to_a_command(slack: Slack, connects: Any) -> None:
    line = await connects()
    commanding = asyncio.create_task(slack.commands("U0ANNA", "/resync", "état"))
    envelope = await line.hears()
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    await line.acks(envelope, payload={"text": "Voilà"})
    assert (await commanding).acked
    assert slack.ephemerals("U0ANNA")[0]["text"] == "Voilà"


async def test_odd_frames_and_odd_acknowledgements_harm_nothing(slack: Slack, connects: Any) -> None:
    line = await connects()
    await slack.deliver_raw("events_api", b'{"type": "hello again"}')
    assert await line.hears() == {"type": "hello again"}
    for odd in ({"envelope_id": "unknown"}, {"envelope_id": None}, {}):
        await line.acks({"envelope_id": "unknown"}, **odd)
    writing = asyncio.create_task(slack.writes("U0ANNA", "Bonjour"))
    await line.acks(await line.hears())
    assert (await writing).acked


async def test_a_redelivery_in_socket_mode_says_its_number(slack: Slack, connects: Any) -> None:
    line = await connects()
    payload = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "message"}}
    headers = {"X-Slack-Retry-Num": "2", "X-Slack-Retry-Reason": "timeout"}
    delivering = asyncio.create_task(slack.deliver_raw("events_api", payload, headers))
    envelope = await line.hears()
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (2, "timeout")
    await line.acks(envelope)
    assert (await delivering).acked


async def test_cut_connections_are_replaced(slack: Slack, connects: Any) -> None:
    await connects()
    await slack.drop_sockets()
    assert slack.sockets == 0
    line = await connects()
    writing = asyncio.create_task(slack.writes("U0ANNA", "Bonjour"))
    await line.acks(await line.hears())
    assert (await writing).acked


async def test_an_app_asked_to_reconnect_misses_nothing(slack: Slack, client: AsyncWebClient) -> None:
    heard: list[str] = []
    app = AsyncApp(client=client, signing_secret="a signing secret")

    @app.event("message")
    async def hear(event: Any) -> None:
        heard.append(event["text"])

    connection = AsyncSocketModeHandler(app, "xapp-sandbox")
    await connection.connect_async()  # type: ignore[no-untyped-call]
    assert (await slack.writes("U0ANNA", "Avant")).acked
    arrival = asyncio.create_task(slack.socket_opens())
    await slack.refresh_sockets()
    assert slack.sockets == 0
    assert (await slack.writes("U0ANNA", "Pendant")).acked
    await arrival
    assert (await slack.writes("U0ANNA", "Après")).acked
    await connection.close_async()  # type: ignore[no-untyped-call]
    assert heard == ["Avant", "Pendant", "Après"]
