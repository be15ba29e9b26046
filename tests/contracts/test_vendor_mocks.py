"""The adapters against mock servers that somebody else wrote, made of the vendors' own descriptions.

Their answers are the descriptions' examples, so the moments and the ids below are the vendors'. Each request is held
against the description by a schema library as well (see `Line`), and any complaint of the mock server fails the test.
"""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jsonschema
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from bot.adapters.aggregators.enablebanking import EnableBanking, EnableBankingAccount
from bot.adapters.aggregators.plaid import Plaid, PlaidAccount
from bot.adapters.aggregators.powens import Powens, PowensAccount
from bot.adapters.aggregators.powens_credentials import PowensCredentials
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import NotSigned, OurBug, Refused
from bot.domain.secret import Secret
from bot.ports import Aggregator
from tests.contracts.descriptions import ENABLEBANKING, PLAID, POWENS, POWENS_2021, SPECS, described
from tests.contracts.prism import Line, Mock, complaints, installed, serving

BACK = "https://resync.exemple.fr/l/back"
Mocks = Callable[[str], Mock]
Opened = AbstractAsyncContextManager[tuple[Any, Line]]


@pytest.fixture(scope="module")
def program(request) -> Path:
    if not SPECS.exists():
        pytest.skip("the vendors' API descriptions are not here: ../shared/specs")
    return installed(request.config.cache)


@pytest.fixture(scope="module")
def mocks(program, tmp_path_factory) -> Iterator[Mocks]:
    """The mock server of each description, started when it is first asked for."""
    running: dict[str, Mock] = {}
    with ExitStack() as stack:

        def mock(name: str) -> Mock:
            if name not in running:
                folder = tmp_path_factory.mktemp("prism")
                running[name] = stack.enter_context(serving(program, described(name), folder))
            return running[name]

        yield mock


@asynccontextmanager
async def opened(adapter: Aggregator, line: Line) -> AsyncIterator[tuple[Any, Line]]:
    """An adapter and its line, of which nobody may have complained in the end."""
    try:
        yield adapter, line
    finally:
        await adapter.aclose()
    assert line.complaints == []


def at_powens(mocks: Mocks, kind: type[Powens] = Powens, **steered: Any) -> Opened:
    # No description knows `psu_requested`: the older one lists `expand` and `last_update` for this call.
    line = Line(mocks(POWENS), mocks(POWENS_2021), undescribed=frozenset({"psu_requested"}), **steered)
    account = PowensAccount(
        base_url=mocks(POWENS).address,
        domain="acme.biapi.pro",
        client_id="44",
        client_secret=Secret("client-secret-value"),
    )
    now = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    return opened(kind(account, now=lambda: now, transport=line), line)


def at_plaid(mocks: Mocks, **steered: Any) -> Opened:
    line = Line(mocks(PLAID), **steered)
    account = PlaidAccount(
        client_id="64f0c2a1b9d3e7",
        secret=Secret("plaid-secret-value"),
        tokens={PLAID_REF.connection: Secret("access-sandbox-6d2f90b1-4c7e-4a35-8f0d-e19b57a3c682")},
        client_name="Cabinet Dupont",
        base_url=mocks(PLAID).address,
    )
    now = datetime(2024, 1, 8, 8, 30, tzinfo=UTC)
    return opened(Plaid(account, now=lambda: now, transport=line), line)


KEY = Secret(RSAKey.generate_key(2048).as_pem(private=True).decode())


def at_enablebanking(mocks: Mocks, now: datetime, *, country: str = "FR", **steered: Any) -> Opened:
    line = Line(mocks(ENABLEBANKING), **steered)
    account = EnableBankingAccount(
        application_id="cf589be3-3755-465b-a8df-a90a16a31403",
        private_key=KEY,
        base_url=mocks(ENABLEBANKING).address,
        country=country,
    )
    return opened(EnableBanking(account, now=lambda: now, transport=line), line)


def without(*headers: str) -> Callable[[httpx.Request], None]:
    """Whoever does not say who he is."""

    def strip(request: httpx.Request) -> None:
        for header in headers:
            request.headers.pop(header, None)

    return strip


# Powens

POWENS_REF = ConnectionRef("7", "12")
POWENS_SAID = Reading(
    # The first word of the description's list, as the example; its one source is off, and its accounts are not there.
    ConnectionState.SCA_REQUIRED,
    last_success_at=datetime(2026, 11, 20, 7, 30, tzinfo=UTC),
    next_try_at=datetime(2026, 11, 20, 7, 30, tzinfo=UTC),
    vendor_code="SCARequired",
)


async def test_powens_one_connection_is_read(mocks):
    async with at_powens(mocks) as (adapter, line):
        assert await adapter.read(POWENS_REF) == POWENS_SAID
    assert line.asked == [("POST", "/auth/renew"), ("GET", "/users/me/connections/12")]


async def test_powens_the_newest_connection_and_the_list_are_read(mocks):
    listed = replace(POWENS_SAID, bank="string", ref=ConnectionRef("7", "1"))
    async with at_powens(mocks) as (adapter, line):
        assert await adapter.read(ConnectionRef("7")) == listed
        assert await adapter.connections("7") == [listed]
    assert line.asked.count(("GET", "/users/me/connections")) == 2


async def test_powens_the_page_carries_the_code_that_was_minted(mocks):
    async with at_powens(mocks) as (adapter, line):
        page = await adapter.renewal_page(POWENS_REF, return_to=BACK, state="s", new_secret=True)
    assert line.asked[-1] == ("GET", "/auth/token/code")
    assert parse_qs(urlsplit(page.reveal()).query)["code"] == ["string"]


async def test_powens_a_synchronisation_is_forced(mocks):
    async with at_powens(mocks) as (adapter, line):
        await adapter.sync(POWENS_REF)
    assert line.asked[-1] == ("PUT", "/users/me/connections/12")


async def test_powens_is_given_what_the_client_typed(mocks):
    async with at_powens(mocks, PowensCredentials) as (adapter, line):
        await adapter.submit(POWENS_REF, {"password": Secret("Bouillabaisse-13")})
        await adapter.resume(POWENS_REF)
    assert line.asked[-3:] == [
        ("GET", "/users/me/connections/12"),
        ("POST", "/users/me/connections/12"),
        ("POST", "/users/me/connections/12"),
    ]


async def test_powens_is_reached_by_the_diagnosis(mocks):
    async with at_powens(mocks) as (adapter, line):
        assert [one.well for one in await adapter.diagnose()] == [True, True, False]  # no secret for webhooks
    assert line.asked == [("POST", "/auth/token/access")]


async def test_powens_refuses_a_call_without_a_token_in_either_description(mocks):
    for call in ("read", "sync"):
        async with at_powens(mocks, changed=without("authorization")) as (adapter, line):
            with pytest.raises(Refused, match="401"):
                await getattr(adapter, call)(POWENS_REF)
            assert len(line.complaints) == 2  # a second token was tried
            line.complaints.clear()


# Plaid

PLAID_REF = ConnectionRef("client-7", "Ed6bjNrDLJfGvZWwnkQlfxwoNz54B5C97ejBr")
PLAID_KEY = "bfbd5111-8e33-4643-8ced-b2e642a72f3c"


async def test_plaid_an_item_is_read(mocks):
    async with at_plaid(mocks) as (adapter, line):
        assert await adapter.read(PLAID_REF) == Reading(
            ConnectionState.OK,
            expires_on=date(2024, 3, 16),
            last_success_at=datetime(2019, 2, 15, 15, 52, 39, tzinfo=UTC),
            accounts=(
                "blgvvBlXw3cq5GMPwqB6s6q4dLKB9WcVqGDGo",
                "6PdjjRP6LmugpBy5NgQvUqpRXMWxzktg3rwrk",
                "XMBvvyMGQ1UoLbKByoMqH3nXMj84ALSdE5B58",
            ),
        )
    assert line.asked == [("POST", "/item/get"), ("POST", "/accounts/get")]


async def test_plaid_an_item_whose_answer_names_no_user_is_nobodys(mocks):
    async with at_plaid(mocks) as (adapter, line):
        assert await adapter.connections("client-7") == []
    assert line.asked == [("POST", "/item/get")]


async def test_plaid_the_page_is_the_one_that_was_made(mocks):
    async with at_plaid(mocks) as (adapter, line):
        page = await adapter.renewal_page(PLAID_REF, return_to=BACK, state="s", new_secret=False)
    assert page.reveal() == "https://secure.plaid.com/hl/lp0000example"
    assert line.asked == [("POST", "/link/token/create")]


async def test_plaid_a_synchronisation_is_forced(mocks):
    async with at_plaid(mocks) as (adapter, line):
        await adapter.sync(PLAID_REF)
    assert line.asked == [("POST", "/transactions/refresh")]


async def test_plaid_a_webhook_is_held_against_the_key_that_the_vendor_publishes(mocks):
    stranger = ECKey.generate_key("P-256")
    token = jwt.encode({"alg": "ES256", "kid": PLAID_KEY}, {"iat": 1, "request_body_sha256": ""}, stranger)
    async with at_plaid(mocks) as (adapter, line):
        with pytest.raises(NotSigned, match="signature is wrong"):
            await adapter.hinted("POST", "/hooks/plaid", {"Plaid-Verification": token}, b"{}")
    assert line.asked == [("POST", "/webhook_verification_key/get")]


async def test_plaid_is_reached_by_the_diagnosis(mocks):
    async with at_plaid(mocks) as (adapter, line):
        assert all(one.well for one in await adapter.diagnose())
    assert line.asked == [("POST", "/webhook_verification_key/get")]


@pytest.mark.parametrize("header", ["PLAID-CLIENT-ID", "PLAID-SECRET", "Plaid-Version"])
async def test_plaid_refuses_whoever_does_not_say_who_he_is(mocks, header):
    async with at_plaid(mocks, changed=without(header)) as (adapter, line):
        with pytest.raises(Refused, match="401"):
            await adapter.read(PLAID_REF)
        assert [one.well for one in await adapter.diagnose()] == [True, False, True, False]
        assert set(line.complaints) == {"Invalid security scheme used"}
        line.complaints.clear()


# Enable Banking

SESSION = ConnectionRef("cabinet/bistrot-42", "7b0d1c2e-3f4a-4b5c-8d6e-9f0a1b2c3d4e")
HASH = "WwpbCiJhY2NvdW50IiwKImFjY291bnRfaWQiLAoiaWJhbiIKXQpd.E8GzhnnsFC7K+4e3YMYYKpyM83Zx6toXrjgcvPP/Lqc="
"""Of the one account in the examples."""
EARLIER = datetime(2019, 3, 1, 8, 30, tzinfo=UTC)
"""Before the consents of the examples end."""


async def test_enablebanking_a_session_is_read(mocks):
    async with at_enablebanking(mocks, EARLIER) as (adapter, line):
        assert await adapter.read(SESSION) == Reading(
            ConnectionState.OK,
            expires_on=date(2020, 12, 1),
            authorised_at=datetime(2020, 12, 1, 12, tzinfo=UTC),
            accounts=(HASH,),
            vendor_code="AUTHORIZED",
        )
    assert line.asked == [("GET", f"/sessions/{SESSION.connection}")]


async def test_enablebanking_the_page_is_asked_for_at_the_bank_of_the_session(mocks):
    async with at_enablebanking(mocks, EARLIER) as (adapter, line):
        page = await adapter.renewal_page(SESSION, return_to=BACK, state="s", new_secret=False)
    assert urlsplit(page.reveal()).netloc == "tilisy.enablebanking.com"
    assert line.asked == [("GET", f"/sessions/{SESSION.connection}"), ("GET", "/aspsps"), ("POST", "/auth")]


async def test_enablebanking_a_code_opens_the_new_session(mocks):
    async with at_enablebanking(mocks, EARLIER) as (adapter, line):
        said = await adapter.returned(SESSION, Secret("the-code"))
    assert said.ref.user == SESSION.user
    assert said.ref.connection != SESSION.connection
    assert replace(said, ref=None) == Reading(
        ConnectionState.OK, expires_on=date(2019, 8, 24), authorised_at=EARLIER, accounts=(HASH,)
    )
    assert line.asked == [("POST", "/sessions")]


@pytest.mark.parametrize(("country", "ready"), [("FR", False), ("string", True)])
async def test_enablebanking_is_reached_by_the_diagnosis(mocks, country, ready):
    # The example's application may be used in one country, which is called "string".
    async with at_enablebanking(mocks, datetime.now(UTC), country=country) as (adapter, line):
        told = {one.what: one.well for one in await adapter.diagnose()}
    assert told.pop("Application enablebanking active") is ready
    assert told.keys() >= {"Agrégateur enablebanking joignable", "Application enablebanking reconnue"}
    assert all(told.values())
    assert line.asked == [("GET", "/application")]


async def test_enablebanking_refuses_a_call_without_a_token(mocks):
    async with at_enablebanking(mocks, EARLIER, changed=without("authorization")) as (adapter, line):
        for call in (
            adapter.read(SESSION),
            adapter.renewal_page(SESSION, return_to=BACK, state="s", new_secret=False),
            adapter.returned(SESSION, Secret("the-code")),
        ):
            with pytest.raises(Refused):
                await call
        assert line.complaints == ["Invalid security scheme used"] * 3
        line.complaints.clear()


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_enablebanking_an_error_in_the_described_form_is_understood(mocks, status):
    def prefer(request: httpx.Request) -> None:
        request.headers["Prefer"] = f"code={status}"

    async with at_enablebanking(mocks, EARLIER, changed=prefer) as (adapter, _):
        with pytest.raises(Refused, match=f"HTTP {status} ACCESS_DENIED"):  # the example's code, whatever the status
            await adapter.read(SESSION)


# These tests can fail

BEARER = {"Authorization": "Bearer token"}
PLAID_HEADERS = {"PLAID-CLIENT-ID": "c", "PLAID-SECRET": "s", "Plaid-Version": "2020-09-14"}
MINT = {"grant_type": "client_credentials", "client_id": "44", "client_secret": "s", "id_user": 7}
WRONG = [
    (POWENS, "POST", "/auth/renew", {}, MINT | {"id_user": "seven"}),
    (POWENS, "POST", "/auth/renew", {}, MINT | {"grant_type": "password"}),
    (POWENS, "GET", "/auth/token/code?type=forEver", BEARER, None),
    (POWENS, "GET", "/users/me/connections", {}, None),
    (POWENS, "GET", "/users/you/connections", BEARER, None),
    (POWENS_2021, "PUT", "/users/me/connections/twelve", BEARER, None),
    (POWENS_2021, "PUT", "/users/me/connections/12", {}, None),
    (PLAID, "POST", "/item/get", PLAID_HEADERS, {"token": "access"}),
    (PLAID, "POST", "/item/get", PLAID_HEADERS | {"Plaid-Version": ""}, {"access_token": 7}),
    (ENABLEBANKING, "POST", "/sessions", BEARER, {"kode": "c"}),
    (ENABLEBANKING, "POST", "/auth", BEARER, {"state": "s", "redirect_url": BACK}),
    (ENABLEBANKING, "GET", "/aspsps?country=France", BEARER, None),
    (ENABLEBANKING, "GET", "/sessions/12", BEARER, None),
]


@pytest.mark.parametrize(("name", "method", "path", "headers", "body"), WRONG)
async def test_a_wrong_call_is_found_by_the_mock_server_and_by_the_schema_library(
    mocks, name, method, path, headers, body
):
    async with httpx.AsyncClient(base_url=mocks(name).address) as client:
        request = client.build_request(method, path, headers=headers, json=body)
        assert complaints(await client.send(request))
    with pytest.raises((AssertionError, KeyError, jsonschema.ValidationError)):
        mocks(name).description.check_request(request)


PAGE = {"client_name": "Cabinet", "language": "fr", "country_codes": ["FR"], "user": {"client_user_id": "7"}}
UNNOTICED = [
    (PLAID, "POST", "/link/token/create", PLAID_HEADERS, PAGE | {"language": 7}),
    (PLAID, "POST", "/link/token/create", PLAID_HEADERS, PAGE | {"hosted_link": {"redirect": BACK}}),
    (PLAID, "POST", "/item/get", PLAID_HEADERS, {"access_token": "t", "item": "i"}),
    (POWENS, "GET", "/users/me/connections?expnad=accounts", BEARER, None),
    (POWENS, "GET", "/users/me/connections", BEARER | {"X-Other": "1"}, None),
]


@pytest.mark.parametrize(("name", "method", "path", "headers", "body"), UNNOTICED)
async def test_what_the_mock_server_lets_pass_is_found_by_the_schema_library(
    mocks, name, method, path, headers, body
):
    async with httpx.AsyncClient(base_url=mocks(name).address) as client:
        request = client.build_request(method, path, headers=headers, json=body)
        assert complaints(await client.send(request)) == []
    with pytest.raises((AssertionError, jsonschema.ValidationError)):
        mocks(name).description.check_request(request)


async def test_an_adapter_whose_request_is_spoilt_on_its_way_is_found_out(mocks):
    def spoil(request: httpx.Request) -> None:
        if request.url.path == "/auth/renew":
            body = json.loads(request.content) | {"id_user": "seven"}
            spoilt = httpx.Request("POST", request.url, json=body)
            request.stream, request.headers = spoilt.stream, spoilt.headers

    async with at_powens(mocks, changed=spoil) as (adapter, line):
        with pytest.raises(OurBug, match="422"):
            await adapter.read(POWENS_REF)
        assert "id_user" in line.complaints.pop()
