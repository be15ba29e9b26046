"""The Powens adapter against the vendor's documented words: every state, every error, the signature, the forms."""

import json
import random
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.aggregators.http import Vendor
from bot.adapters.aggregators.powens import ERRORS, STATES, Powens, PowensAccount
from bot.domain.connection import ConnectionRef, ConnectionState
from bot.domain.errors import BadInput, BotError, NotSigned, OurBug, Refused, Throttled, TryAgain, Unreachable
from bot.domain.secret import Secret
from tests.contracts.descriptions import POWENS, POWENS_2021, described

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
REF = ConnectionRef("7", "12")
ACCOUNT = PowensAccount(
    base_url="https://acme.biapi.pro/2.0",
    domain="acme.biapi.pro",
    client_id="44",
    client_secret=Secret("client-secret-value"),
    webhook_secret=Secret("powens-test-secret"),
)


class Vendorlike:
    """A vendor that answers what it is told to, and keeps what it was asked."""

    def __init__(self, *answers: httpx.Response) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        match request.method, request.url.path:
            case "POST", "/2.0/auth/renew":
                return httpx.Response(200, json={"access_token": f"t{len(self.asked)}", "token_type": "Bearer"})
            case "GET", "/2.0/auth/token/code":
                return httpx.Response(200, json={"code": "the-code", "type": "temporary", "access": "single"})
        return self.answers.pop(0)

    def adapter(self) -> Powens:
        return Powens(ACCOUNT, now=lambda: NOW, transport=httpx.MockTransport(self))


def connection(**changes: object) -> dict[str, object]:
    return {
        "id": 12,
        "id_user": 7,
        "id_connector": 40,
        "state": None,
        "active": True,
        "created": "2026-01-05 10:00:00",
        "last_update": "2026-11-20 09:00:00",
    } | changes


async def read(body: object, status: int = 200, **headers: str):
    return await Vendorlike(httpx.Response(status, json=body, headers=headers)).adapter().read(REF)


# Every row of the states


@pytest.mark.parametrize(("code", "state"), STATES.items())
async def test_each_word_of_theirs_has_a_state_of_ours(code, state):
    said = await read(connection(state=code))
    assert (said.state, said.vendor_code) == (state, code)
    assert said.waits_for_client == (code != "validating")


def test_every_state_of_the_vendors_description_has_a_row():
    told = described(POWENS).spec["components"]["schemas"]["ConnectionState"]["enum"]
    assert {word for word in told if word is not None} <= set(STATES)


async def test_null_is_ok():
    said = await read(connection())
    assert (said.state, said.vendor_code) == (ConnectionState.OK, "")


async def test_a_word_nobody_has_seen_is_unknown_and_kept_for_staff():
    said = await read(connection(state="somethingNew"))
    assert (said.state, said.vendor_code) == (ConnectionState.UNKNOWN, "somethingNew")


async def test_information_needed_with_a_password_field_means_the_password_changed():
    field = {"name": "pwd", "type": "password", "label": "x", "required": True, "auth_mechanisms": []}
    said = await read(connection(state="additionalInformationNeeded", fields=[field]))
    assert said.state is ConnectionState.PASSWORD_CHANGED
    said = await read(connection(state="additionalInformationNeeded", fields=[field | {"type": "text"}]))
    assert said.state is ConnectionState.OTP_REQUIRED


@pytest.mark.parametrize(
    ("own", "sources", "state"),
    [
        (None, [None, "SCARequired"], ConnectionState.SCA_REQUIRED),
        ("websiteUnavailable", ["wrongpass", None], ConnectionState.PASSWORD_CHANGED),
        ("SCARequired", ["wrongpass"], ConnectionState.PASSWORD_CHANGED),
        ("validating", ["decoupled"], ConnectionState.APP_VALIDATION_PENDING),
        (None, ["websiteUnavailable"], ConnectionState.OK),
        ("bug", [None], ConnectionState.BANK_UNAVAILABLE),
        (None, ["brandNew"], ConnectionState.UNKNOWN),
        ("brandNew", ["SCARequired"], ConnectionState.SCA_REQUIRED),
    ],
)
async def test_the_worst_source_that_needs_the_client_wins(own, sources, state):
    said = await read(connection(state=own, sources=[source(state=one) for one in sources]))
    assert said.state is state


async def test_a_source_that_is_off_is_not_heard():
    off = source(state="wrongpass", disabled="2026-01-01 00:00:00", access_expire="2026-01-01 00:00:00")
    said = await read(connection(sources=[off, source(access_expire="2027-03-01 00:00:00")]))
    assert (said.state, said.expires_on) == (ConnectionState.OK, date(2027, 3, 1))


def source(**changes: object) -> dict[str, object]:
    created = "2026-01-05 10:00:00"
    return {"id": 1, "id_connection": 12, "id_connector_source": 3, "name": "openapi", "created": created} | changes


# Dates


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-07-01 10:00:00", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-12-01 10:00:00", datetime(2026, 12, 1, 9, tzinfo=UTC)),
    ],
)
async def test_their_dates_are_paris_time(written, meant):
    assert (await read(connection(last_update=written))).last_success_at == meant


async def test_the_consent_ends_with_the_first_source_that_ends():
    ends = [source(access_expire=day) for day in ("2027-05-02 23:30:00", "2027-04-02 23:30:00", None)]
    assert (await read(connection(sources=ends, expire="2027-01-01 00:00:00"))).expires_on == date(2027, 4, 2)


@pytest.mark.parametrize(
    ("state", "expire", "expires_on"),
    [
        (None, "2027-04-02 12:00:00", date(2027, 4, 2)),
        (None, "2026-11-21 09:00:00", None),
        ("webauthRequired", "2027-04-02 12:00:00", None),
    ],
)
async def test_without_sources_expire_counts_only_when_it_can_be_a_consent(state, expire, expires_on):
    assert (await read(connection(state=state, expire=expire))).expires_on == expires_on


@pytest.mark.parametrize(
    ("ends", "state"),
    [("2026-12-04 12:00:00", ConnectionState.EXPIRING), ("2026-12-05 12:00:00", ConnectionState.OK)],
)
async def test_a_consent_that_ends_within_two_weeks_is_expiring(ends, state):
    assert (await read(connection(sources=[source(access_expire=ends)]))).state is state


async def test_accounts_are_ibans_else_ids_and_closed_ones_are_left_out():
    accounts = [
        {"id": 1, "iban": "FR7600001"},
        {"id": 2, "iban": None},
        {"id": 3, "iban": "FR7600003", "deleted": "2026-01-01 00:00:00"},
    ]
    assert (await read(connection(accounts=accounts))).accounts == ("FR7600001", "2")


async def test_the_newest_connection_is_read_where_none_is_named():
    two = [connection(id=30), connection(id=20, created="2026-06-01 10:00:00", state="wrongpass")]
    vendor = Vendorlike(httpx.Response(200, json={"connections": two}))
    said = await vendor.adapter().read(ConnectionRef("7"))
    assert (said.state, said.ref) == (ConnectionState.PASSWORD_CHANGED, ConnectionRef("7", "20"))


# Errors


@pytest.mark.parametrize(("code", "state"), ERRORS.items())
async def test_an_error_about_the_bank_is_a_reading_in_any_case_of_letters(code, state):
    for spelled in (code, code.upper()):
        said = await read({"code": spelled, "description": "x"}, 400)
        assert (said.state, said.vendor_code) == (state, spelled)


async def test_not_found_is_deleted():
    assert (await read({"code": "notFound", "description": ""}, 404)).state is ConnectionState.DELETED


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "missingParameter", OurBug),
        (400, "invalidValue", OurBug),
        (400, "config", Refused),
        (400, "keymanager", Refused),
        (403, "forbidden", Refused),
        (405, "methodNotAllowed", OurBug),
        (409, "connectionLocked", Throttled),
        (429, "tooManyRequests", Throttled),
        (500, "internal", Unreachable),
        (302, "", Unreachable),
    ],
)
async def test_an_error_about_us_is_one_of_our_errors(status, code, error):
    with pytest.raises(error):
        await read({"code": code, "description": "https://evil.example/?state=hidden"}, status)


@pytest.mark.parametrize(
    ("status", "headers", "after"),
    [
        (429, {"Retry-After": "12"}, 12),
        (429, {"Retry-After": "Fri, 20 Nov 1999 08:30:00 GMT"}, 0),
        (429, {"Retry-After": "soon"}, None),
        (429, {"Retry-After": "9" * 400}, 86400),
        (429, {}, None),
        (503, {"Retry-After": "7"}, 7),
    ],
)
async def test_retry_after_is_kept_within_a_day(status, headers, after):
    with pytest.raises(TryAgain) as told:
        await read({"code": "x", "description": ""}, status, **headers)
    assert told.value.after == after


async def test_an_error_message_holds_no_text_of_the_vendor():
    with pytest.raises(OurBug) as told:
        await read({"code": "https://x/?code=abc", "description": "state=hidden"}, 418)
    assert "hidden" not in str(told.value)
    assert "abc" not in str(told.value)


async def test_a_second_401_after_a_new_token_is_refused():
    vendor = Vendorlike(httpx.Response(401, json={}), httpx.Response(401, json={}))
    with pytest.raises(Refused):
        await vendor.adapter().read(REF)
    assert [r.url.path for r in vendor.asked].count("/2.0/auth/renew") == 2


async def test_a_token_is_kept_for_the_next_call():
    vendor = Vendorlike(*[httpx.Response(200, json=connection()) for _ in range(3)])
    adapter = vendor.adapter()
    for _ in range(3):
        await adapter.read(REF)
    assert [r.url.path for r in vendor.asked].count("/2.0/auth/renew") == 1


@pytest.mark.parametrize("ref", [ConnectionRef("7/../8", "12"), ConnectionRef("7", "12?x"), ConnectionRef("", "1")])
async def test_an_id_that_is_no_number_never_becomes_an_address(ref):
    vendor = Vendorlike()
    with pytest.raises(Refused):
        await vendor.adapter().read(ref)
    assert not [r for r in vendor.asked if "connections" in r.url.path]


# The line


async def test_only_a_get_is_tried_again():
    tries: list[str] = []
    waited: list[float] = []

    def breaks(request: httpx.Request) -> httpx.Response:
        tries.append(request.method)
        if len(tries) == 3:
            return httpx.Response(200, json={})
        raise httpx.ConnectError("https://x/?code=secret")

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    vendor = Vendor("v", "https://x", transport=httpx.MockTransport(breaks), pause=pause)
    assert (await vendor.call("GET", "/a")).status == 200
    assert len(waited) == 2
    for method in ("POST", "PUT", "DELETE"):
        tries.clear()
        with pytest.raises(Unreachable) as told:
            await vendor.call(method, "/a")
        assert tries == [method]
        assert "secret" not in str(told.value)


async def test_an_endless_answer_is_cut_off():
    async def endless():
        while True:
            yield b"x" * 65536

    vendor = Vendorlike(httpx.Response(200, content=endless()))
    with pytest.raises(Unreachable, match="larger"):
        await vendor.adapter().read(REF)


# Webhooks

DATE = "2026-11-20T08:30:00Z"
BODY = b'{"user":{"id":7},"connection":{"id":12,"state":null}}'
SIGNATURE = "L7rN1KvUnRwJsFyzwRSebeNC89GRpvPY0oNJ39aOnxw="
SIGNED = {"BI-Signature": SIGNATURE, "BI-Signature-Date": DATE}


async def hinted(path: str = "/hooks/powens", headers: dict[str, str] = SIGNED, body: bytes = BODY):
    return list(await Vendorlike().adapter().hinted("POST", path, headers, body))


async def test_the_reference_signature_is_accepted_whatever_the_case_of_the_headers():
    assert await hinted() == [REF]
    assert await hinted(headers={name.lower(): value for name, value in SIGNED.items()}) == [REF]
    assert await hinted(path="/hooks/powens?x=1") == [REF]


async def test_any_change_of_one_byte_breaks_the_signature():
    chance = random.Random(20261120)
    for _ in range(300):
        parts = [
            bytearray(b"/hooks/powens"),
            bytearray(SIGNATURE.encode()),
            bytearray(DATE.encode()),
            bytearray(BODY),
        ]
        part = chance.choice(parts)
        place = chance.randrange(len(part))
        part[place] = chance.choice([b for b in range(33, 127) if b not in (part[place], ord("?"))])
        path, signature, moment, body = (bytes(one) for one in parts)
        headers = {"BI-Signature": signature.decode(), "BI-Signature-Date": moment.decode()}
        with pytest.raises(NotSigned):
            await hinted(path.decode(), headers, body)


async def test_without_a_secret_no_webhook_is_believed():
    bare = PowensAccount(**{**ACCOUNT.__dict__, "webhook_secret": None})
    adapter = Powens(bare, now=lambda: NOW)
    assert not adapter.capabilities.webhook
    with pytest.raises(NotSigned):
        await adapter.hinted("POST", "/hooks/powens", SIGNED, BODY)


@pytest.mark.parametrize(
    ("body", "ref"),
    [
        ({"user": {"id": 7}}, ConnectionRef("7")),
        ({"id": 12, "id_user": 7}, REF),
        ({"id": 99, "id_user": 7, "id_connection": 12}, REF),
    ],
)
async def test_events_that_carry_the_object_itself_still_name_the_connection(body, ref):
    raw = json.dumps(body).encode()
    assert await hinted(headers=signed(raw), body=raw) == [ref]


def signed(body: bytes) -> dict[str, str]:
    from bot.sandbox.bank.courier import signature

    return {
        "BI-Signature": signature("powens-test-secret", "POST", "/hooks/powens", DATE, body),
        "BI-Signature-Date": DATE,
    }


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["id", "state", "fields", "created", "last_update", "expire", "sources", "accounts", "connections", "user"]
)
DATES = st.sampled_from(["2026-13-01 00:00:00", "0001-01-01 00:00:00", "9999-12-31 23:59:59", "", "2026-01-01"])
ALMOST = st.dictionaries(FIELDS, JSON | DATES | st.just([{"id": 1}]), max_size=6).map(lambda d: {"id": 1} | d)
ANYTHING = st.binary(max_size=200) | (ALMOST | JSON).map(lambda value: json.dumps(value).encode())


@settings(max_examples=150, deadline=None)
@given(body=ANYTHING, status=st.sampled_from([200, 200, 200, 400, 404, 500]), one=st.booleans())
async def test_no_answer_raises_anything_but_our_errors(body, status, one):
    adapter = Vendorlike(*[httpx.Response(status, content=body)] * 3).adapter()
    try:
        said = await adapter.read(REF if one else ConnectionRef("7"))
    except BotError:
        return
    assert isinstance(said.state, ConnectionState)


@settings(max_examples=150, deadline=None)
@given(body=ANYTHING)
async def test_no_webhook_body_raises_anything_but_our_errors(body):
    try:
        refs = await hinted(headers=signed(body), body=body)
    except BadInput:
        return
    assert all(ref.user.isdigit() for ref in refs)


@settings(max_examples=100, deadline=None)
@given(headers=st.dictionaries(st.sampled_from(["BI-Signature", "bi-signature-date"]), st.text()), path=st.text())
async def test_no_header_raises_anything_but_not_signed(headers, path):
    with pytest.raises(NotSigned):
        await hinted(path, headers)


# The vendor's own description


async def every_request() -> list[httpx.Request]:
    vendor = Vendorlike(
        httpx.Response(200, json=connection()),
        httpx.Response(200, json={"connections": [connection()]}),
        httpx.Response(200, json=connection()),
        httpx.Response(400, json={"code": "invalidValue", "description": ""}),
    )
    adapter = vendor.adapter()
    await adapter.read(REF)
    await adapter.read(ConnectionRef("7"))
    await adapter.renewal_page(REF, return_to="https://us/back", state="s", new_secret=False)
    await adapter.sync(REF)
    await adapter.diagnose()
    return vendor.asked


async def test_every_request_is_one_that_the_vendor_describes():
    today, older = described(POWENS), described(POWENS_2021)
    seen = []
    for request in await every_request():
        # The forced synchronisation is only in the older description, and `psu_requested`, which it takes, in none.
        forced = request.method == "PUT"
        beyond = frozenset({"psu_requested"}) if forced else frozenset()
        (older if forced else today).check_request(request, below="/2.0", undescribed=beyond)
        seen.append((request.method, request.url.path.removeprefix("/2.0")))
    assert seen == [
        ("POST", "/auth/renew"),
        ("GET", "/users/me/connections/12"),
        ("GET", "/users/me/connections"),
        ("GET", "/auth/token/code"),
        ("PUT", "/users/me/connections/12"),
        ("POST", "/auth/token/access"),
    ]


async def test_the_renewal_page_is_the_documented_address():
    vendor = Vendorlike()
    page = await vendor.adapter().renewal_page(REF, return_to="https://us/back", state="s/t", new_secret=True)
    url = urlsplit(page.reveal())
    assert (url.netloc, url.path) == ("webview.powens.com", "/fr/reconnect")
    assert parse_qs(url.query) == {
        "domain": ["acme.biapi.pro"],
        "client_id": ["44"],
        "redirect_uri": ["https://us/back"],
        "code": ["the-code"],
        "connection_id": ["12"],
        "state": ["s/t"],
        "reset_credentials": ["true"],
    }
    with pytest.raises(OurBug):
        await vendor.adapter().renewal_page(REF, return_to="https://us/b?x=1", state="s", new_secret=True)


async def test_a_sync_that_the_bank_answers_badly_is_left_to_the_next_reading():
    bad = {"code": "wrongpass", "description": "https://x/?state=1"}
    await Vendorlike(httpx.Response(400, json=bad)).adapter().sync(REF)
    await Vendorlike(httpx.Response(404, json=bad)).adapter().sync(REF)
    with pytest.raises(OurBug):
        await Vendorlike(httpx.Response(400, json={"code": "invalidValue"})).adapter().sync(REF)


async def test_the_sandbox_answers_in_the_forms_that_the_vendor_describes(world):
    today = described(POWENS)
    user = world.bank.create_user("Bistrot")
    link = world.bank.connect(user, "Crédit du Marais")
    bearer = {"Authorization": f"Bearer {world.bank.access.token(user)}"}
    async with httpx.AsyncClient(base_url=f"{world.base}/bank/2.0", headers=bearer) as client:
        for path, name in [
            (f"/users/me/connections/{link}?expand=sources,accounts", "Connection"),
            ("/users/me/connections", "ConnectionsList"),
            (f"/users/me/connections/{link}/accounts", "BankAccountsList"),
            ("/auth/token/code?type=singleAccess", "AuthCode"),
            ("/connectors?expand=fields", "ConnectorsList"),
            ("/users/me/connections/77", "ServiceError"),
        ]:
            body = (await client.get(path)).json()
            # Their list of error codes is open.
            open_list = {"type": "object", "required": ["code", "description", "request_id"]}
            today.check(body, open_list if name == "ServiceError" else name)
