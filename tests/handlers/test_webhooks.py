"""Aggregators' webhooks: hints that are verified, taken once, and never believed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.adapters.aggregators.manual import Manual
from bot.adapters.aggregators.powens import Powens, PowensAccount
from bot.adapters.database.records import SqlRecords
from bot.adapters.database.tables import conversation, inbox
from bot.domain.errors import TryAgain
from bot.domain.secret import Secret
from bot.engine import Engine
from bot.sandbox.bank.courier import signature
from flows.effects import ReadBank
from flows.renewal import Checking, StepB
from flows.state import Quiet
from handlers.webhooks import LARGEST_BODY, webhook_path, webhook_routes
from tests.firm import Firm, founded

HOOK = Secret("the hook's secret")
PATH = webhook_path("powens", HOOK)
DATE = "2026-11-24T09:00:00Z"
BODY = {"user": {"id": 7}, "connection": {"id": 12, "state": None}}
Serve = Callable[[ASGIApp], Awaitable[str]]


def account(secret: Secret | None = HOOK) -> PowensAccount:
    return PowensAccount(
        base_url="https://acme.biapi.pro/2.0",
        domain="acme.biapi.pro",
        client_id="44",
        client_secret=Secret("client secret"),
        webhook_secret=secret,
    )


def app(firm: Firm) -> Starlette:
    powens = Powens(account(), now=firm.clock.now)
    return Starlette(routes=webhook_routes(powens, HOOK, SqlRecords(firm.database), firm.engine))


def signed(body: bytes, path: str = PATH) -> dict[str, str]:
    return {
        "BI-Signature": signature(HOOK.reveal(), "POST", path, DATE, body),
        "BI-Signature-Date": DATE,
        "Content-Type": "application/json",
    }


@pytest.fixture
async def firm(sqlite_database: str) -> AsyncIterator[Firm]:
    async with founded(sqlite_database) as firm:
        yield firm


@pytest.fixture
async def vendor(firm: Firm, serve: Serve) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who speaks to our webhook, over real HTTP."""
    async with httpx.AsyncClient(base_url=await serve(app(firm)), trust_env=False) as client:
        yield client


async def banks(firm: Firm) -> tuple[int, int, int]:
    """Two banks of user 7, one of which is connected as 12, and another user's."""
    file = await firm.file("Chez Odette")
    other = await firm.file("Le Zinc", aggregator_user="8")
    return (
        await firm.bank(file, StepB(), "Crédit Rural", aggregator_connection="12"),
        await firm.bank(file, Quiet(), "Banque Mistral", aggregator_connection="13"),
        await firm.bank(other, StepB(), "Crédit Rural", aggregator_connection="12"),
    )


async def test_a_hint_makes_us_read_the_connection_and_believe_nothing(firm: Firm, vendor: httpx.AsyncClient) -> None:
    meant, _, _ = await banks(firm)
    body = json.dumps(BODY).encode()
    assert (await vendor.post(PATH, content=body, headers=signed(body))).status_code == 200
    assert [(job.conversation_id, job.effect) for job in firm.jobs] == [(meant, ReadBank())]
    assert (await firm.talk(meant)).state == StepB()


async def test_ten_times_the_same_has_one_effect(firm: Firm, vendor: httpx.AsyncClient) -> None:
    await banks(firm)
    body = json.dumps(BODY).encode()
    answers = await asyncio.gather(*(vendor.post(PATH, content=body, headers=signed(body)) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}
    assert [job.effect for job in firm.jobs] == [ReadBank()]


async def test_the_next_event_of_the_same_connection_is_heard_too(firm: Firm, vendor: httpx.AsyncClient) -> None:
    await banks(firm)
    for push in ("2026-11-24 09:00:00", "2026-11-24 15:00:00"):
        body = json.dumps({**BODY, "push": push}).encode()
        await vendor.post(PATH, content=body, headers=signed(body))
    assert [job.effect for job in firm.jobs] == [ReadBank(), ReadBank()]


async def test_a_connection_that_is_not_known_yet_is_looked_for_at_its_user(
    firm: Firm, vendor: httpx.AsyncClient
) -> None:
    file = await firm.file("Chez Odette")
    new = await firm.bank(file, Checking(), aggregator_connection="")
    body = json.dumps(BODY).encode()
    await vendor.post(PATH, content=body, headers=signed(body))
    assert [job.conversation_id for job in firm.jobs] == [new]


def spoilt(body: bytes) -> dict[str, dict[str, str]]:
    good = signed(body)
    return {
        "none": {},
        "without its date": {"BI-Signature": good["BI-Signature"]},
        "another date": {**good, "BI-Signature-Date": "2026-11-24T09:00:01Z"},
        "one letter": {**good, "BI-Signature": "A" + good["BI-Signature"][1:]},
        "empty": {**good, "BI-Signature": ""},
        "no base64": {**good, "BI-Signature": "é" * 44},
        "of another path": signed(body, "/webhooks/powens/other"),
        "of another body": signed(body + b" "),
    }


@pytest.mark.parametrize("how", list(spoilt(b"")))
async def test_a_bad_signature_is_401_and_changes_nothing(how: str, firm: Firm, vendor: httpx.AsyncClient) -> None:
    await banks(firm)
    body = json.dumps(BODY).encode()
    before = await firm.rows(conversation)
    headers = [(name.encode(), value.encode()) for name, value in spoilt(body)[how].items()]
    assert (await vendor.post(PATH, content=body, headers=headers)).status_code == 401
    assert firm.jobs == []
    assert await firm.rows(conversation) == before
    assert await firm.rows(inbox) == []


async def test_nothing_answers_at_another_address(vendor: httpx.AsyncClient) -> None:
    body = json.dumps(BODY).encode()
    for path in ("/webhooks/powens", "/webhooks/powens/", PATH[:-1], PATH.replace("powens", "bridge")):
        assert (await vendor.post(path, content=body, headers=signed(body, path))).status_code == 404
    assert (await vendor.get(PATH)).status_code == 405


async def test_a_body_that_is_too_large_is_refused(vendor: httpx.AsyncClient) -> None:
    body = b"x" * (LARGEST_BODY + 1)
    assert (await vendor.post(PATH, content=body, headers=signed(body))).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        b"", b"nonsense", b"[]", b"null", b"{}", b'{"user":null}', b'{"user":{"id":null}}', b'{"user":[7]}',
        b'{"connection":{"id":12}}', b"\xff\xfe", b"[" * 100_000, b'{"user":' * 50_000,
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)  # fmt: skip
async def test_a_signed_body_that_is_not_of_the_vendors_form_is_400(
    body: bytes, firm: Firm, vendor: httpx.AsyncClient
) -> None:
    assert (await vendor.post(PATH, content=body, headers=signed(body))).status_code == 400
    assert firm.jobs == []


ODD = ("\x00", "7\x00", "\ud800", 2**70, -1, 7.5, True, "7' OR '1'='1", "é" * 500)


async def test_an_odd_id_is_nobodys_in_either_database(database_url: str, serve: Serve) -> None:
    async with founded(database_url) as firm:
        await banks(firm)
        async with httpx.AsyncClient(base_url=await serve(app(firm)), trust_env=False) as vendor:
            for odd in ODD:
                for body in ({"user": {"id": odd}, "connection": {"id": 12}}, {**BODY, "connection": {"id": odd}}):
                    raw = json.dumps(body).encode()
                    assert (await vendor.post(PATH, content=raw, headers=signed(raw))).status_code in (200, 400), odd
        assert firm.jobs == []


async def test_what_could_not_be_stored_is_asked_for_again(
    firm: Firm, vendor: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await banks(firm)

    async def gone(*_: object) -> None:
        raise TryAgain("the database is gone")

    body = json.dumps(BODY).encode()
    with monkeypatch.context() as here:
        here.setattr(Engine, "receive", gone)
        assert (await vendor.post(PATH, content=body, headers=signed(body))).status_code == 503
    assert (await vendor.post(PATH, content=body, headers=signed(body))).status_code == 200
    assert [job.effect for job in firm.jobs] == [ReadBank()]


def test_without_a_secret_or_a_vendor_that_sends_any_there_is_no_door(sqlite_database: str) -> None:
    async def routes() -> list[int]:
        async with founded(sqlite_database) as firm:
            records = SqlRecords(firm.database)
            bare = Powens(account(None), now=firm.clock.now)
            found = [
                webhook_routes(bare, None, records, firm.engine),
                webhook_routes(bare, HOOK, records, firm.engine),
                webhook_routes(Manual(), HOOK, records, firm.engine),
            ]
            return [len(each) for each in found]

    assert asyncio.run(routes()) == [0, 0, 0]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | st.just(7),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
NAMES = st.sampled_from(["user", "connection", "id", "id_user", "id_connection", "state", "x"])
FORMED = st.dictionaries(NAMES, JSON | st.fixed_dictionaries({"id": JSON}), max_size=5)
BODIES = st.binary(max_size=60) | FORMED.map(lambda body: json.dumps(body).encode())


def test_no_body_is_ever_our_fault(sqlite_database: str) -> None:
    with asyncio.Runner() as runner:
        opening = founded(sqlite_database)
        firm = runner.run(opening.__aenter__())
        door = app(firm)

        async def post(body: bytes, headers: dict[str, str]) -> Any:
            transport = httpx.ASGITransport(door, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://resync.example") as client:
                return (await client.post(PATH, content=body, headers=headers)).status_code

        @settings(max_examples=200, deadline=None)
        @given(BODIES)
        def whatever(body: bytes) -> None:
            assert runner.run(post(body, {})) == 401
            assert runner.run(post(body, signed(body))) in (200, 400)

        try:
            whatever()
        finally:
            runner.run(opening.__aexit__(None, None, None))
    assert firm.jobs == []
