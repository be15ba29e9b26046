"""The Powens adapter against the vendor's documented words: every state, every error, the signature, the forms."""

import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.adapters.aggregators.http import Vendor
from bot.adapters.aggregators.powens import ERRORS, KINDS, STATES, Powens, PowensAccount
from bot.domain.connection import ConnectionRef, ConnectionState
from bot.domain.errors import BadInput, BotError, NotSigned, OurBug, Refused, Throttled, TryAgain, Unreachable
from bot.domain.login_form import FieldKind, LoginField, LoginForm, Option
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


# Written out from the vendor's documentation, and not taken from the adapter's own table: a row that moves is seen.
WORDS = [
    ("SCARequired", ConnectionState.SCA_REQUIRED),
    ("webauthRequired", ConnectionState.SCA_REQUIRED),
    ("additionalInformationNeeded", ConnectionState.OTP_REQUIRED),
    ("decoupled", ConnectionState.APP_VALIDATION_PENDING),
    ("validating", ConnectionState.APP_VALIDATION_PENDING),
    ("actionNeeded", ConnectionState.ACTION_NEEDED_AT_BANK),
    ("passwordExpired", ConnectionState.PASSWORD_EXPIRED),
    ("wrongpass", ConnectionState.PASSWORD_CHANGED),
    ("rateLimiting", ConnectionState.RATE_LIMITED),
    ("websiteUnavailable", ConnectionState.BANK_UNAVAILABLE),
    ("bug", ConnectionState.BANK_UNAVAILABLE),
    ("notSupported", ConnectionState.UNSUPPORTED),
]


def test_no_word_of_the_table_is_left_out():
    assert dict(WORDS) == dict(STATES)


@pytest.mark.parametrize(("code", "state"), WORDS)
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


# What is asked


def asked(**changes: object) -> dict[str, object]:
    """A field of theirs."""
    kept = {"name": "login", "type": "text", "label": "Identifiant", "required": True}
    return kept | {"auth_mechanisms": ["credentials"]} | changes


PASSWORD = asked(name="password", type="password", label="Mot de passe")
WEBSITE = asked(
    name="website", type="list", label="Type de compte", values=[{"value": "pro", "label": "Professionnels"}]
)


async def form(state: object = "wrongpass", connector: object = None, **changes: object) -> LoginForm | None:
    bodies = (connection(state=state, **changes), connector or {"id": 40})
    answers = [httpx.Response(200, content=json.dumps(body)) for body in bodies]
    return await Vendorlike(*answers).adapter().login_form(REF)


async def shown(**changes: object) -> LoginField:
    """What becomes of one field of the bank's form."""
    found = await form(connector={"fields": [asked(**changes)]})
    assert found is not None
    return found.fields[0]


@pytest.mark.parametrize("state", ["wrongpass", "passwordExpired"])
async def test_for_a_new_secret_the_form_of_the_bank_is_asked_for(state):
    uuid = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    vendor = Vendorlike(
        httpx.Response(200, json=connection(state=state, connector_uuid=uuid)),
        httpx.Response(200, json={"id": 40, "fields": [WEBSITE, asked(regex="^[0-9]{8}$"), PASSWORD]}),
    )
    assert await vendor.adapter().login_form(REF) == LoginForm(
        STATES[state],
        (
            LoginField("website", FieldKind.CHOICE, "Type de compte", options=(Option("pro", "Professionnels"),)),
            LoginField("login", FieldKind.TEXT, "Identifiant", pattern="^[0-9]{8}$"),
            LoginField("password", FieldKind.PASSWORD, "Mot de passe"),
        ),
    )
    assert vendor.asked[-1].url.path == f"/2.0/connectors/{uuid}"
    assert dict(vendor.asked[-1].url.params) == {"expand": "fields"}


async def test_what_the_connection_itself_asks_for_comes_before_the_form_of_the_bank():
    found = await form(fields=[PASSWORD], connector={"fields": [asked(), PASSWORD]})
    assert found is not None
    assert [field.name for field in found.fields] == ["password"]


async def test_where_a_source_speaks_the_fields_of_the_connection_answer_something_else():
    found = await form(
        "additionalInformationNeeded",
        fields=[asked(name="code")],
        sources=[source(state="wrongpass")],
        connector={"fields": [PASSWORD]},
    )
    assert found is not None
    assert (found.state, [field.name for field in found.fields]) == (ConnectionState.PASSWORD_CHANGED, ["password"])


@pytest.mark.parametrize("word", ["text", "number", "somethingNew"])
async def test_what_is_asked_in_passing_is_a_code_for_one_time(word):
    found = await form("additionalInformationNeeded", fields=[asked(name="sms", type=word), WEBSITE])
    assert found is not None
    assert found.state is ConnectionState.OTP_REQUIRED
    assert [field.kind for field in found.fields] == [FieldKind.ONE_TIME_CODE, FieldKind.CHOICE]


@pytest.mark.parametrize("state", [None, "SCARequired", "actionNeeded", "validating", "bug", "somethingNew"])
async def test_where_the_client_has_nothing_to_type_nothing_is_asked(state):
    assert await form(state, fields=[PASSWORD], connector={"fields": [PASSWORD]}) is None


async def test_an_approval_in_the_app_is_a_form_without_fields():
    assert await form("decoupled") == LoginForm(ConnectionState.APP_VALIDATION_PENDING)


@pytest.mark.parametrize(
    ("fields", "connector"),
    [
        ([], {"fields": []}),
        (None, {"fields": None}),
        (None, {}),
        ([asked(auth_mechanisms=["webauth"])], {}),
        (None, {"fields": [asked(type="hidden"), asked(name="redirect", auth_mechanisms="webauth")]}),
    ],
)
async def test_where_only_the_page_of_the_vendor_can_ask_there_is_no_form(fields, connector):
    assert await form(fields=fields, connector=connector) is None


async def test_a_bank_that_the_vendor_dropped_has_no_form():
    gone = httpx.Response(404, json={"code": "notFound", "description": ""})
    for body in (connection(state="wrongpass"), connection(state="wrongpass", id_connector=None)):
        assert await Vendorlike(httpx.Response(200, json=body), gone).adapter().login_form(REF) is None


@pytest.mark.parametrize(("status", "code"), [(404, "notFound"), (400, "wrongpass"), (500, "bug")])
async def test_a_connection_that_answers_with_an_error_asks_for_nothing(status, code):
    answer = httpx.Response(status, json={"code": code, "description": "x"})
    assert await Vendorlike(answer, answer).adapter().login_form(REF) is None


@pytest.mark.parametrize(("word", "kind"), [*KINDS.items(), ("somethingNew", FieldKind.TEXT), ("", FieldKind.TEXT)])
async def test_each_type_of_theirs_has_a_kind_of_ours(word, kind):
    assert (await shown(type=word, values=[{"value": "a", "label": "A"}])).kind is kind


def test_every_type_of_the_vendors_description_has_a_kind():
    told = described(POWENS).spec["components"]["schemas"]["CredentialsFieldType"]["enum"]
    assert set(told) == set(KINDS)


async def test_a_name_is_asked_for_once():
    found = await form(connector={"fields": [asked(auth_mechanisms=["webauth"]), PASSWORD, asked(), asked()]})
    assert found is not None
    assert [field.name for field in found.fields] == ["password", "login"]


async def test_a_list_of_nothing_is_typed():
    assert (await shown(type="list", values=[])).kind is FieldKind.TEXT


async def test_a_field_keeps_no_address_no_hidden_letters_and_no_pattern_that_runs_for_long():
    said = await shown(
        label="Code\u202e reçu\n",
        description="Allez sur https://evil.example/?state=hidden",
        regex="^(a+)+$",
        required=False,
    )
    assert said == LoginField("login", FieldKind.TEXT, "Code reçu", required=False)


@pytest.mark.parametrize(
    "fields",
    [
        [asked(name=f"f{number}") for number in range(21)],
        [asked(name="a b")],
        [asked(name="x" * 65)],
        [asked(name="")],
        [asked(label=None)],
        [asked(type=3)],
        [asked(values=[{"value": "x" * 201, "label": ""}])],
        [asked(values=[{"value": str(number), "label": ""} for number in range(301)])],
        {"login": "text"},
    ],
)
async def test_a_form_that_is_not_of_the_vendors_form_is_no_answer_and_spoils_no_reading(fields):
    with pytest.raises(Unreachable):
        await form(connector={"fields": fields})
    if isinstance(fields, list) and fields[0]["type"] != 3:
        with pytest.raises(Unreachable):
            await form(fields=fields)
        assert (await read(connection(state="wrongpass", fields=fields))).state is ConnectionState.PASSWORD_CHANGED


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


CODES = [
    ("wrongpass", ConnectionState.PASSWORD_CHANGED),
    ("wrongPass", ConnectionState.PASSWORD_CHANGED),
    ("passwordExpired", ConnectionState.PASSWORD_EXPIRED),
    ("SCARequired", ConnectionState.SCA_REQUIRED),
    ("tooManySync", ConnectionState.RATE_LIMITED),
    ("connectionLocked", ConnectionState.RATE_LIMITED),
    ("bankMessage", ConnectionState.ACTION_NEEDED_AT_BANK),
    ("actionNeeded", ConnectionState.ACTION_NEEDED_AT_BANK),
    ("websiteUnavailable", ConnectionState.BANK_UNAVAILABLE),
    ("bug", ConnectionState.BANK_UNAVAILABLE),
    ("notSupported", ConnectionState.UNSUPPORTED),
    ("noAccount", ConnectionState.UNKNOWN),
    # in no table, as the vendor's list is open
    ("dataError", ConnectionState.UNKNOWN),
    ("somethingNew", ConnectionState.UNKNOWN),
]


def test_no_error_of_the_table_is_left_out():
    assert {code.lower(): state for code, state in CODES[:-2]} == dict(ERRORS)


@pytest.mark.parametrize(("code", "state"), CODES)
async def test_an_error_about_the_bank_is_a_reading_in_any_case_of_letters(code, state):
    for spelled in (code, code.upper()):
        said = await read({"code": spelled, "description": "x"}, 400)
        assert (said.state, said.vendor_code) == (state, spelled)


async def test_an_error_nobody_has_seen_is_unknown_and_kept_for_staff():
    said = await read({"code": "somethingNew", "description": "https://bank.example/?state=hidden"}, 400)
    assert (said.state, said.vendor_code) == (ConnectionState.UNKNOWN, "somethingNew")


async def test_not_found_is_deleted():
    assert (await read({"code": "notFound", "description": ""}, 404)).state is ConnectionState.DELETED


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (400, "missingParameter", OurBug),
        (400, "invalidValue", OurBug),
        (400, "config", Refused),
        (400, "keymanager", Refused),
        (400, "authFailure", Refused),
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


@pytest.mark.parametrize("answer", [httpx.Response(404, text="<h1>Not Found</h1>"), httpx.Response(503)])
async def test_the_doctor_tells_of_an_address_where_powens_does_not_answer(answer):
    lines = await Vendorlike(answer).adapter().diagnose()
    assert [line.well for line in lines] == [False, True]
    assert "RESYNC_POWENS_BASE_URL" in lines[0].advice


async def test_the_doctor_tells_of_webhooks_that_cannot_be_verified():
    refused = Vendorlike(httpx.Response(400, json={"code": "invalidValue", "description": ""}))
    bare = replace(ACCOUNT, webhook_secret=None)
    lines = await Powens(bare, now=lambda: NOW, transport=httpx.MockTransport(refused)).diagnose()
    assert [line.well for line in lines] == [True, True, False]
    assert "RESYNC_POWENS_WEBHOOK_SECRET" in lines[2].advice


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


SOUND = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["login", "sms"]),
        "type": st.sampled_from([*KINDS, "new"]),
        "label": st.text(max_size=20),
        "description": st.none() | st.text(max_size=20),
        "required": st.booleans(),
        "regex": st.none() | st.text("^$.|?*+()[]{},\\-d9a", max_size=30),
        "values": st.none() | st.lists(st.fixed_dictionaries({"value": st.text(max_size=3), "label": st.text()})),
        "auth_mechanisms": st.lists(st.sampled_from(["credentials", "webauth"])),
    },
)
BROKEN = st.dictionaries(st.sampled_from(sorted(WEBSITE)), JSON, min_size=1, max_size=1)
NEARLY = st.lists((SOUND | SOUND | SOUND | BROKEN).map(lambda changes: asked(**changes)), max_size=3)
ASKS = st.sampled_from(["wrongpass", "passwordExpired", "additionalInformationNeeded"])


@settings(max_examples=200, deadline=None)
@given(state=ASKS, own=NEARLY | JSON, banks=NEARLY | JSON)
async def test_no_form_raises_anything_but_our_errors(state, own, banks):
    try:
        found = await form(state, fields=own, connector={"fields": banks})
    except BotError:
        return
    assert found is None or all(isinstance(field, LoginField) for field in found.fields)


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
        httpx.Response(200, json=connection(state="wrongpass")),
        httpx.Response(200, json={"fields": [PASSWORD]}),
        httpx.Response(400, json={"code": "invalidValue", "description": ""}),
    )
    adapter = vendor.adapter()
    await adapter.read(REF)
    await adapter.read(ConnectionRef("7"))
    await adapter.renewal_page(REF, return_to="https://us/back", state="s", new_secret=False)
    await adapter.sync(REF)
    await adapter.login_form(REF)
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
        ("GET", "/users/me/connections/12"),
        ("GET", "/connectors/40"),
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
    refused, coded = (world.bank.connect(user, "Banque Mistral") for _ in range(2))
    world.bank.change_password(refused, "deuxième")
    world.bank.ask_code(coded)
    await world.bank.press_blue_button(coded)
    async with httpx.AsyncClient(base_url=f"{world.base}/bank/2.0", headers=bearer) as client:
        for path, name in [
            ("/connectors/1?expand=fields", "Connector"),
            (f"/users/me/connections/{refused}", "Connection"),
            (f"/users/me/connections/{coded}", "Connection"),
            (f"/users/me/connections/{link}?expand=connector,sources,accounts", "Connection"),
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
