"""The Enable Banking adapter against the vendor's documented words: statuses, errors, token, renewal, key file."""

import json
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from bot.adapters.aggregators.enablebanking import (
    ERRORS,
    OUR_FAULTS,
    REFUSALS,
    STATES,
    EnableBanking,
    EnableBankingAccount,
    load_private_key,
)
from bot.domain.calendar import Hours
from bot.domain.client import Connection
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BadInput, BotError, NotSigned, OurBug, Refused, Throttled, TryAgain, Unreachable
from bot.domain.login_form import FieldKind, LoginField, LoginForm
from bot.domain.secret import Secret
from bot.engine import is_stale, learn
from bot.ports import Capabilities
from flows.events import Bank
from flows.proof import judge
from tests.contracts.descriptions import ENABLEBANKING, described

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
OLD = "7b0d1c2e-3f4a-4b5c-8d6e-9f0a1b2c3d4e"
NEW = "c2a9e1d4-5b6f-47a8-9c0d-1e2f3a4b5c6d"
REF = ConnectionRef("cabinet/bistrot-42", OLD)
BACK = "https://resync.exemple.fr/l/back"
PAYLOADS = Path(__file__).parent / "payloads" / "enablebanking"
KEY = RSAKey.generate_key(2048)
PEM = KEY.as_pem(private=True).decode()
BEGIN = PEM.partition("\n")[0]
APPLICATION = "f0e1d2c3-b4a5-4697-8877-665544332211"
ACCOUNT = EnableBankingAccount(application_id=APPLICATION, private_key=Secret(PEM))
HIDDEN = "https://bank.example/?state=hidden"


def payload(name: str, **changes: object) -> dict:
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8")) | changes


def said(error: object, status: int = 422, **headers: str) -> tuple[int, object, dict[str, str]]:
    """An error of theirs: status, body, headers."""
    return status, {"message": HIDDEN, "code": status, "error": error, "detail": HIDDEN}, headers


class Vendorlike:
    """A vendor that answers with its payloads, or with what a test puts there; it keeps what it was asked."""

    PLACES = {
        ("POST", "/auth"): "auth",
        ("POST", "/sessions"): "opened",
        ("GET", "/aspsps"): "aspsps",
        ("GET", "/application"): "application",
    }

    def __init__(self, **answers: object) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []
        self.now = NOW

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        name = self.PLACES.get((request.method, request.url.path), "session")
        answer = self.answers.get(name) or payload(name)
        status, body, headers = answer if isinstance(answer, tuple) else (200, answer, {})
        if isinstance(body, bytes):
            return httpx.Response(status, content=body, headers=headers)
        return httpx.Response(status, json=body, headers=headers)

    def adapter(self, account: EnableBankingAccount = ACCOUNT) -> EnableBanking:
        return EnableBanking(account, now=lambda: self.now, transport=httpx.MockTransport(self))

    def bodies(self, path: str) -> list[dict]:
        return [json.loads(r.content) for r in self.asked if r.url.path == path and r.method == "POST"]


async def read(session: object) -> Reading:
    return await Vendorlike(session=session).adapter().read(REF)


async def page(vendor: Vendorlike, account: EnableBankingAccount = ACCOUNT, ref: ConnectionRef = REF) -> Secret:
    return await vendor.adapter(account).renewal_page(ref, return_to=BACK, state="s/t", new_secret=False)


async def returned(**answers: object) -> Reading | None:
    return await Vendorlike(**answers).adapter().returned(REF, Secret("the-code"))


# Statuses


@pytest.mark.parametrize(
    ("status", "state", "waits"),
    [
        ("AUTHORIZED", ConnectionState.OK, True),
        ("PENDING_AUTHORIZATION", ConnectionState.APP_VALIDATION_PENDING, True),
        ("RETURNED_FROM_BANK", ConnectionState.APP_VALIDATION_PENDING, False),
        ("EXPIRED", ConnectionState.SCA_REQUIRED, True),
        ("INVALID", ConnectionState.SCA_REQUIRED, True),
        ("CANCELLED", ConnectionState.SCA_REQUIRED, True),
        ("REVOKED", ConnectionState.DELETED, True),
        ("CLOSED", ConnectionState.DELETED, True),
        ("SOMETHING_NEW", ConnectionState.UNKNOWN, True),
    ],
)
async def test_each_status_of_theirs_has_a_state_of_ours(status, state, waits):
    told = await read(payload("session", status=status))
    assert (told.state, told.vendor_code, told.waits_for_client) == (state, status, waits)


async def test_a_status_that_is_no_word_is_unknown_and_not_repeated():
    told = await read(payload("session", status=HIDDEN))
    assert (told.state, told.vendor_code) == (ConnectionState.UNKNOWN, "unreadable")


def test_every_status_of_the_description_has_a_row():
    assert set(described(ENABLEBANKING).spec["components"]["schemas"]["SessionStatus"]["enum"]) == set(STATES)


def test_every_error_code_of_the_description_stands_in_exactly_one_table():
    told = described(ENABLEBANKING).spec["components"]["schemas"]["ErrorCode"]["enum"]
    assert sorted([*ERRORS, *REFUSALS, *OUR_FAULTS]) == sorted(told)


async def test_reading_asks_for_the_session_only_and_keeps_the_clients_name_to_itself():
    vendor = Vendorlike()
    await vendor.adapter().read(REF)
    assert [(r.method, r.url.path) for r in vendor.asked] == [("GET", f"/sessions/{OLD}")]
    assert "bistrot" not in str(vendor.asked[0].headers)


async def test_a_session_tells_its_end_its_accounts_and_when_it_was_authorised_but_not_when_data_came():
    told = await read(payload("session"))
    assert told.expires_on == date(2027, 3, 1)
    assert told.authorised_at == datetime(2026, 9, 2, 8, 1, 44, 654321, tzinfo=UTC)
    assert told.last_success_at is None
    assert told.accounts == tuple(one["identification_hash"] for one in payload("session")["accounts_data"])
    assert told.ref is None


async def test_accounts_are_the_same_before_and_after_a_renewal():
    opened = await returned()
    assert opened is not None
    assert opened.accounts == (await read(payload("session"))).accounts


@pytest.mark.parametrize(
    ("status", "authorized", "moment"),
    [
        ("AUTHORIZED", None, datetime(2026, 9, 2, 7, 58, 10, 123456, tzinfo=UTC)),
        ("EXPIRED", "2026-09-02T10:00:00+02:00", datetime(2026, 9, 2, 8, tzinfo=UTC)),
        ("CANCELLED", None, None),
    ],
)
async def test_only_what_was_authorised_has_a_moment_of_authorisation(status, authorized, moment):
    told = await read(payload("session", status=status, authorized=authorized))
    assert (told.authorised_at, told.last_success_at) == (moment, None)


@pytest.mark.parametrize(
    ("ends", "day"),
    [
        ("2027-03-01T23:30:00Z", date(2027, 3, 2)),
        ("2027-07-01T21:59:59.000000+00:00", date(2027, 7, 1)),
        ("2027-07-01T22:00:00", date(2027, 7, 2)),
    ],
)
async def test_the_last_day_is_the_one_in_paris(ends, day):
    assert (await read(payload("session", access={"valid_until": ends}))).expires_on == day


async def test_an_end_beyond_the_calendar_is_no_answer():
    with pytest.raises(Unreachable):
        await read(payload("session", access={"valid_until": "9999-12-31T23:30:00Z"}))


@pytest.mark.parametrize(
    ("status", "ends", "state"),
    [
        ("AUTHORIZED", "2026-12-04T12:00:00Z", ConnectionState.EXPIRING),
        ("AUTHORIZED", "2026-12-05T12:00:00Z", ConnectionState.OK),
        ("EXPIRED", "2026-11-19T12:00:00Z", ConnectionState.SCA_REQUIRED),
        ("REVOKED", "2026-12-04T12:00:00Z", ConnectionState.DELETED),
    ],
)
async def test_expiring_overrides_only_a_session_that_works(status, ends, state):
    assert (await read(payload("session", status=status, access={"valid_until": ends}))).state is state


async def test_where_no_session_was_ever_opened_the_connection_is_deleted_and_nobody_is_asked():
    vendor = Vendorlike()
    assert (await vendor.adapter().read(ConnectionRef("bistrot"))).state is ConnectionState.DELETED
    assert not vendor.asked


@pytest.mark.parametrize("session", ["12", f"{OLD}/../../application", f"{OLD}\n", "../application", f"{OLD}?x=1"])
async def test_an_id_that_is_no_uuid_never_becomes_an_address(session):
    vendor = Vendorlike()
    with pytest.raises(Refused):
        await vendor.adapter().read(ConnectionRef("bistrot", session))
    assert not vendor.asked


# Errors


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("EXPIRED_SESSION", ConnectionState.SCA_REQUIRED),
        ("REVOKED_SESSION", ConnectionState.DELETED),
        ("CLOSED_SESSION", ConnectionState.DELETED),
        ("SESSION_DOES_NOT_EXIST", ConnectionState.DELETED),
        ("ASPSP_RATE_LIMIT_EXCEEDED", ConnectionState.RATE_LIMITED),
        ("ASPSP_PSU_ACTION_REQUIRED", ConnectionState.ACTION_NEEDED_AT_BANK),
        ("WRONG_CREDENTIALS_PROVIDED", ConnectionState.PASSWORD_CHANGED),
        ("ASPSP_ERROR", ConnectionState.BANK_UNAVAILABLE),
        ("ASPSP_TIMEOUT", ConnectionState.BANK_UNAVAILABLE),
        ("ASPSP_ACCOUNT_NOT_ACCESSIBLE", ConnectionState.UNKNOWN),
        ("WRONG_SESSION_STATUS", ConnectionState.UNKNOWN),
    ],
)
@pytest.mark.parametrize("status", [400, 401, 404, 408, 422, 429, 500])
async def test_an_error_about_the_session_is_a_reading_whatever_its_http_status(code, state, status):
    told = await read(said(code, status))
    assert (told.state, told.vendor_code) == (state, code)


def test_every_row_of_the_errors_is_tested():
    marks = test_an_error_about_the_session_is_a_reading_whatever_its_http_status.pytestmark
    assert dict(next(mark.args[1] for mark in marks if mark.args[0] != "status")) == dict(ERRORS)


@pytest.mark.parametrize("code", sorted(REFUSALS))
@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_no_of_the_vendor_is_refused(code, status):
    with pytest.raises(Refused, match=code):
        await read(said(code, status))


@pytest.mark.parametrize("code", sorted(OUR_FAULTS))
@pytest.mark.parametrize("status", [400, 404, 422])
async def test_an_error_that_only_we_can_have_made_is_our_bug(code, status):
    with pytest.raises(OurBug, match=code):
        await read(said(code, status))


@pytest.mark.parametrize("status", [400, 422])
async def test_an_error_nobody_has_seen_is_unknown_and_kept_for_staff(status):
    told = await read(said("SOMETHING_NEW", status))
    assert (told.state, told.vendor_code) == (ConnectionState.UNKNOWN, "SOMETHING_NEW")


@pytest.mark.parametrize(("body", "code"), [({}, "404"), (said("SOMETHING_NEW")[1], "SOMETHING_NEW")])
async def test_not_found_is_deleted(body, code):
    told = await read((404, body, {}))
    assert (told.state, told.vendor_code) == (ConnectionState.DELETED, code)


@pytest.mark.parametrize(
    ("status", "word", "error"),
    [
        (400, None, OurBug),
        (401, None, Refused),
        (401, "SOMETHING_NEW", Refused),
        (403, "SOMETHING_NEW", Refused),
        (408, None, Unreachable),
        (422, None, OurBug),
        (422, HIDDEN, OurBug),
        (429, None, Throttled),
        (429, "SOMETHING_NEW", Throttled),
        (500, "SOMETHING_NEW", Unreachable),
        (302, "EXPIRED_SESSION", Unreachable),
    ],
)
async def test_an_error_that_names_nothing_known_is_judged_by_its_http_status(status, word, error):
    with pytest.raises(error):
        await read(said(word, status))


async def test_the_banks_limit_says_when_to_come_back():
    limited = said("ASPSP_RATE_LIMIT_EXCEEDED", 429, **{"Retry-After": "3600"})
    assert (await read(limited)).next_try_at == NOW + timedelta(hours=1)
    assert (await read(said("ASPSP_ERROR", 422, **{"Retry-After": "3600"}))).next_try_at is None


# The token


def token_of(request: httpx.Request) -> jwt.Token:
    kind, _, token = request.headers["authorization"].partition(" ")
    assert kind == "Bearer"
    public = RSAKey.import_key(KEY.as_pem(private=False))
    return jwt.decode(token, public, algorithms=["RS256"])


async def test_the_token_is_signed_with_our_key_and_names_our_application():
    vendor = Vendorlike()
    await vendor.adapter().read(REF)
    token = token_of(vendor.asked[0])
    assert token.header == {"typ": "JWT", "alg": "RS256", "kid": APPLICATION}
    issued, ends = token.claims.pop("iat"), token.claims.pop("exp")
    assert token.claims == {"iss": "enablebanking.com", "aud": "api.enablebanking.com"}
    assert issued <= NOW.timestamp() < ends
    assert ends - issued <= 3600


async def test_a_token_is_kept_until_shortly_before_its_end():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    for minutes in (0, 10, 23, 25, 40):
        vendor.now = NOW + timedelta(minutes=minutes)
        await adapter.read(REF)
        assert token_of(vendor.asked[-1]).claims["exp"] - vendor.now.timestamp() >= 300
    tokens = [r.headers["authorization"] for r in vendor.asked]
    assert [before != after for before, after in pairwise(tokens)] == [False, False, True, False]


async def test_after_closing_no_token_is_left():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    await adapter.read(REF)
    await adapter.aclose()
    assert not [value for value in vars(adapter).values() if isinstance(value, RSAKey | tuple)]


# Renewing


async def test_the_page_is_asked_for_the_same_bank_and_kind_of_access():
    vendor = Vendorlike()
    assert (await page(vendor)).reveal() == payload("auth")["url"]
    (body,) = vendor.bodies("/auth")
    assert datetime.fromisoformat(body.pop("access")["valid_until"]) > NOW
    assert body == {
        "aspsp": {"name": "Crédit du Marais", "country": "FR"},
        "state": "s/t",
        "redirect_url": BACK,
        "psu_type": "business",
        "language": "fr",
    }


@pytest.mark.parametrize(
    ("maximum", "days", "lasts"),
    [
        (7776000, 180, timedelta(days=90)),
        (15552000, 180, timedelta(days=180)),
        (31536000, 180, timedelta(days=180)),
        (15552000, 30, timedelta(days=30)),
        (3600, 180, timedelta(hours=1)),
        (10**30, 180, timedelta(days=180)),
    ],
)
async def test_the_consent_is_cut_to_the_banks_maximum_which_is_in_seconds(maximum, days, lasts):
    banks = payload("aspsps")
    banks["aspsps"][1]["maximum_consent_validity"] = maximum
    vendor = Vendorlike(aspsps=banks)
    await page(vendor, replace(ACCOUNT, consent_days=days))
    ends = datetime.fromisoformat(vendor.bodies("/auth")[0]["access"]["valid_until"])
    assert ends.utcoffset() == timedelta(0)
    # The bank's maximum counts from the vendor's clock, so what reaches up to it ends a minute earlier.
    spare = timedelta(minutes=1) if maximum <= days * 86400 else timedelta(0)
    assert ends == NOW + lasts - spare


@pytest.mark.parametrize("maximum", [0, -5, 60])
async def test_a_bank_that_grants_nothing_is_refused_before_it_is_asked(maximum):
    banks = payload("aspsps")
    banks["aspsps"][1]["maximum_consent_validity"] = maximum
    vendor = Vendorlike(aspsps=banks)
    with pytest.raises(Refused, match="consent"):
        await page(vendor)
    assert not vendor.bodies("/auth")


@pytest.mark.parametrize(
    ("had", "offered", "asked"),
    [
        ("personal", ["business", "personal"], "personal"),
        ("business", ["business", "personal"], "business"),
        ("personal", ["business"], "business"),
        (None, ["business"], "business"),
    ],
)
async def test_the_client_keeps_his_kind_of_access_as_long_as_the_bank_has_it(had, offered, asked):
    banks = payload("aspsps")
    banks["aspsps"][1]["psu_types"] = offered
    vendor = Vendorlike(session=payload("session", psu_type=had), aspsps=banks)
    await page(vendor)
    assert vendor.bodies("/auth")[0]["psu_type"] == asked


async def test_a_bank_without_the_kind_of_access_is_refused():
    elsewhere = payload("session", aspsp={"name": "Banque Mistral", "country": "FR"})
    with pytest.raises(Refused, match="business"):
        await page(Vendorlike(session=elsewhere))


async def test_a_bank_that_the_vendor_no_longer_serves_is_refused():
    with pytest.raises(Refused, match="no longer serves"):
        await page(Vendorlike(session=payload("session", aspsp={"name": "Crédit du Marais", "country": "BE"})))


async def test_the_list_of_banks_is_kept_for_a_day():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    for hours in (0, 23, 25):
        vendor.now = NOW + timedelta(hours=hours)
        await adapter.renewal_page(REF, return_to=BACK, state="s", new_secret=True)
    asked = [str(r.url.query, "ascii") for r in vendor.asked if r.url.path == "/aspsps"]
    assert asked == ["country=FR", "country=FR"]


@pytest.mark.parametrize("status", ["EXPIRED", "REVOKED", "CLOSED", "SOMETHING_NEW"])
async def test_a_session_that_ended_still_says_which_bank_to_renew(status):
    assert await page(Vendorlike(session=payload("session", status=status)))


@pytest.mark.parametrize(
    "session",
    [
        (404, {}, {}),
        said("SESSION_DOES_NOT_EXIST", 404),
        said("EXPIRED_SESSION", 401),
        said("REVOKED_SESSION", 401),
        payload("session", aspsp=None),
    ],
)
async def test_where_the_bank_is_not_known_any_more_staff_must_connect_anew(session):
    vendor = Vendorlike(session=session)
    with pytest.raises(Refused, match="staff must make a new connection"):
        await page(vendor)
    assert not vendor.bodies("/auth")


async def test_a_client_who_never_had_a_session_needs_staff_too():
    with pytest.raises(Refused, match="staff must make a new connection"):
        await page(Vendorlike(), ref=ConnectionRef("bistrot"))


@pytest.mark.parametrize("place", ["session", "aspsps", "auth"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said("ASPSP_ERROR", 500), Unreachable),
        (said("ASPSP_TIMEOUT", 408), Unreachable),
        (said("ASPSP_RATE_LIMIT_EXCEEDED", 429), Throttled),
        (said("UNAUTHORIZED_ACCESS", 401), Refused),
        (said("REDIRECT_URI_NOT_ALLOWED"), Refused),
        (said("WRONG_ASPSP_PROVIDED"), Refused),
        (said("SOMETHING_NEW"), Refused),
        (said("PSU_HEADER_NOT_PROVIDED"), OurBug),
        (said("WRONG_REQUEST_PARAMETERS"), OurBug),
    ],
)
async def test_each_step_to_the_page_ends_in_an_error_of_ours(place, answer, error):
    with pytest.raises(error) as told:
        await page(Vendorlike(**{place: answer}))
    assert "hidden" not in str(told.value)
    assert "staff must" not in str(told.value)


@pytest.mark.parametrize("place", ["aspsps", "auth"])
async def test_an_address_that_does_not_exist_there_is_our_bug(place):
    with pytest.raises(OurBug):
        await page(Vendorlike(**{place: (404, {}, {})}))


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.enablebanking.com/ais/start",
        "https://auth.enablebanking.com.evil.example/ais/start",
        "https://evil.example/?next=https://auth.enablebanking.com/",
        "https://client:pass@auth.enablebanking.com/ais/start",
        "https://auth.enablebanking.com:444/ais/start",
        "https://auth.enablebanking.com\\@evil.example/",
        "javascript:alert(1)",
        "https://[::1",
        "no address",
    ],
)
async def test_a_page_that_is_not_at_the_vendors_is_never_opened(url):
    with pytest.raises(Refused) as told:
        await page(Vendorlike(auth=payload("auth", url=url)))
    assert url not in str(told.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://auth.enablebanking.com/ais/start?sessionid=1",
        "https://tilisy.enablebanking.com/welcome?sessionid=1",
        "https://tilisy-sandbox.enablebanking.com/ais/start?sessionid=1",
    ],
)
async def test_the_vendors_own_hosts_are_taken_as_they_are(url):
    assert (await page(Vendorlike(auth=payload("auth", url=url)))).reveal() == url


async def test_a_peer_on_this_machine_needs_no_certificate_but_must_be_named():
    here = "http://127.0.0.1:8099/page?sessionid=1"
    vendor = Vendorlike(auth=payload("auth", url=here))
    assert (await page(vendor, replace(ACCOUNT, hosted_hosts=("127.0.0.1:8099",)))).reveal() == here
    with pytest.raises(Refused):
        await page(vendor)


# Coming back


async def test_the_code_opens_a_session_with_a_new_id_that_proves_the_renewal():
    vendor = Vendorlike()
    opened = await vendor.adapter().returned(REF, Secret("the-code"))
    assert vendor.bodies("/sessions") == [{"code": "the-code"}]
    assert opened is not None
    assert opened.ref == ConnectionRef(REF.user, NEW)
    assert (opened.state, opened.expires_on) == (ConnectionState.OK, date(2027, 5, 19))
    assert (opened.authorised_at, opened.last_success_at) == (NOW, None)


async def test_the_new_session_is_the_one_that_is_read_from_then_on():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    opened = await adapter.returned(REF, Secret("the-code"))
    assert opened is not None
    assert opened.ref is not None
    assert (await adapter.read(opened.ref)).state is ConnectionState.OK
    assert vendor.asked[-1].url.path == f"/sessions/{NEW}"


async def test_a_new_consent_that_ends_soon_is_no_success_without_reserve():
    opened = await returned(opened=payload("opened", access={"valid_until": "2026-11-22T08:00:00Z"}))
    assert opened is not None
    assert opened.state is ConnectionState.EXPIRING


@pytest.mark.parametrize("broken", [{"access": "soon"}, {"accounts": [{"identification_hash": 7}]}, {"access": None}])
async def test_a_new_session_is_not_lost_over_what_else_its_answer_says(broken):
    opened = await returned(opened=payload("opened", **broken))
    assert opened is not None
    assert (opened.ref, opened.state) == (ConnectionRef(REF.user, NEW), ConnectionState.OK)


# The session that was opened ends on 2027-05-19, the one before it on 2027-03-01.
@pytest.mark.parametrize(
    "known",
    [
        NOW.date() - timedelta(days=3),
        NOW.date() + timedelta(days=3),
        date(2027, 3, 1),
        date(2027, 5, 18),
        date(2027, 5, 19),  # the bank's end is where it was, as under a consent that was withdrawn right away
        date(2027, 6, 1),
        None,
    ],
)
@pytest.mark.parametrize("told_by", ["returned", "read"])
async def test_a_new_session_proves_the_renewal_whatever_end_was_known(known, told_by):
    vendor = Vendorlike()
    adapter = vendor.adapter()
    reading = await adapter.returned(REF, Secret("the-code"))
    if told_by == "read":
        vendor.answers["session"] = payload(
            "session", access=payload("opened")["access"], authorized=(NOW + timedelta(seconds=1)).isoformat()
        )
        reading = await adapter.read(reading.ref)
    began = NOW - timedelta(minutes=4)
    assert judge(reading, known_expiry=known, started_at=began, today=NOW.date()) is Bank.RENEWED


async def test_an_end_that_moved_on_proves_a_renewal_that_nobody_saw_begin():
    opened = await returned()
    lapsed = NOW.date() - timedelta(days=1)
    assert judge(opened, known_expiry=lapsed, started_at=None, today=NOW.date()) is Bank.RENEWED


async def test_the_old_session_proves_nothing_when_the_client_comes_back_without_a_code():
    told = await read(payload("session"))
    assert judge(told, known_expiry=told.expires_on, started_at=NOW, today=NOW.date()) is Bank.NOT_YET


async def test_a_session_never_looks_silent_however_long_ago_it_was_renewed():
    """Its moment of authorisation says nothing about data: see bot/domain/watch.py."""
    known = Connection(1, 1, "Crédit du Marais", aggregator_connection=OLD)
    for reading in (await returned(), await read(payload("session"))):
        known = learn(known, reading, Bank.RENEWED)
        assert known.state is ConnectionState.OK
        assert not is_stale(known, NOW + timedelta(days=60), Hours(ZoneInfo("Europe/Paris")))


async def test_without_a_code_there_is_nothing_to_open():
    vendor = Vendorlike()
    assert await vendor.adapter().returned(REF, Secret("")) is None
    assert not vendor.asked


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said("WRONG_AUTHORIZATION_CODE"), Refused),
        (said("EXPIRED_AUTHORIZATION_CODE"), Refused),
        (said("ALREADY_AUTHORIZED"), Refused),
        (said("WRONG_SESSION_STATUS"), Refused),
        (said("WRONG_REQUEST_PARAMETERS"), Refused),
        (said("UNAUTHORIZED_ACCESS", 401), Refused),
        (said("SOMETHING_NEW"), Refused),
        ((404, {}, {}), Refused),
        ((422, {}, {}), Refused),
        (said("ASPSP_TIMEOUT", 408), TryAgain),
        ((503, {}, {}), TryAgain),
        (payload("opened", session_id="../application"), TryAgain),
    ],
)
async def test_a_code_that_opens_nothing_is_refused_and_never_sent_twice(answer, error):
    vendor = Vendorlike(opened=answer)
    with pytest.raises(error) as told:
        await vendor.adapter().returned(REF, Secret("the-code"))
    assert len(vendor.asked) == 1
    assert "the-code" not in str(told.value)
    assert "hidden" not in str(told.value)


async def test_a_post_whose_answer_is_lost_is_not_repeated():
    asked: list[str] = []

    def breaks(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        raise httpx.ReadError("the-code")

    adapter = EnableBanking(ACCOUNT, now=lambda: NOW, transport=httpx.MockTransport(breaks))
    with pytest.raises(Unreachable) as told:
        await adapter.returned(REF, Secret("the-code"))
    assert asked == ["POST"]
    assert "the-code" not in str(told.value)


# What it cannot do


async def test_what_the_vendor_does_not_have_is_declared_and_refused():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    assert adapter.capabilities == Capabilities(sees_state=True, hosted_page=True, keeps_its_id=False, lists=False)
    with pytest.raises(OurBug, match="synchronise"):
        await adapter.sync(REF)
    with pytest.raises(NotSigned):
        await adapter.hinted("POST", "/hooks/enablebanking", {"X-Signature": "1"}, b"{}")
    with pytest.raises(Refused, match="list"):
        await adapter.connections(REF.user)
    assert not vendor.asked


def test_neither_key_nor_token_can_be_printed():
    assert "PRIVATE" not in repr(ACCOUNT)
    assert "•••" in repr(ACCOUNT)
    assert "PRIVATE" not in repr(vars(Vendorlike().adapter()))


# The key's file


def written(folder: Path, content: bytes | str, mode: int = 0o600) -> Path:
    path = folder / "application.pem"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.chmod(mode)
    return path


def short_key() -> bytes:
    form = serialization.PrivateFormat.PKCS8
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    return weak.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def older_form() -> bytes:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    assert KEY.private_key is not None
    return KEY.private_key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


@pytest.mark.parametrize("pem", [PEM.encode(), older_form(), PEM.replace("\n", "\r\n").encode()])
async def test_a_key_from_its_file_signs(tmp_path, pem):
    vendor = Vendorlike()
    await vendor.adapter(replace(ACCOUNT, private_key=load_private_key(written(tmp_path, pem)))).read(REF)
    assert token_of(vendor.asked[0]).claims["aud"] == "api.enablebanking.com"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        PEM[:200],
        PEM.replace("PRIVATE", "PUBLIC"),
        KEY.as_pem(private=False),
        PEM.encode() + KEY.as_pem(private=False),
        KEY.as_pem(private=True, password="secret"),
        ECKey.generate_key("P-256").as_pem(private=True),
        KEY.as_der(private=True),
        json.dumps(KEY.as_dict(private=True)),
        short_key(),
    ],
    ids=["empty", "bytes", "cut", "renamed", "public", "both", "encrypted", "elliptic", "der", "jwk", "short"],
)
def test_a_file_that_is_no_rsa_key_says_what_to_write_instead(tmp_path, content):
    with pytest.raises(BadInput, match=r"RESYNC_ENABLEBANKING_PRIVATE_KEY_FILE.*BEGIN PRIVATE KEY"):
        load_private_key(written(tmp_path, content))


@pytest.mark.parametrize("name", ["missing.pem", ".", "no/such/folder.pem", "a\0b.pem"])
def test_a_file_that_cannot_be_read_says_what_to_write_instead(tmp_path, name):
    with pytest.raises(BadInput, match=r"pas lisible.*RESYNC_ENABLEBANKING_PRIVATE_KEY_FILE"):
        load_private_key(str(tmp_path / name))


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o602, 0o601, 0o610, 0o644])
def test_a_key_that_others_may_touch_is_refused_with_the_command_that_closes_it(tmp_path, mode):
    path = written(tmp_path, PEM, mode)
    with pytest.raises(BadInput, match=f"chmod 600 {path}") as told:
        load_private_key(path)
    assert "BEGIN" not in str(told.value)
    path.chmod(0o400)
    assert load_private_key(path).reveal() == PEM


# What the bank wants before its page


METHOD = payload("aspsps")["aspsps"][1]["auth_methods"][0]
CREDENTIAL = METHOD["credentials"][0]


async def form(*methods: object, session: dict | None = None) -> LoginForm | None:
    """The form of a lapsed session, at a bank with these ways to log in."""
    banks = payload("aspsps")
    if methods:
        banks["aspsps"][1]["auth_methods"] = list(methods)
    lapsed = payload("session", status="EXPIRED")
    return await Vendorlike(session=session or lapsed, aspsps=banks).adapter().login_form(REF)


async def test_a_lapsed_session_tells_what_its_bank_wants_to_know_first():
    assert await form() == LoginForm(
        ConnectionState.SCA_REQUIRED,
        (
            LoginField(
                "userId", FieldKind.TEXT, "Identifiant", "Les huit chiffres de votre contrat", pattern=r"^\d{8}$"
            ),
        ),
    )


async def test_a_session_that_ends_soon_asks_as_well():
    soon = payload("session", access={"valid_until": "2026-12-01T12:00:00Z"})
    found = await form(session=soon)
    assert found is not None
    assert found.state is ConnectionState.EXPIRING


@pytest.mark.parametrize("status", ["AUTHORIZED", "PENDING_AUTHORIZATION", "REVOKED", "SOMETHING_NEW"])
async def test_as_long_as_nothing_is_to_be_renewed_nothing_is_asked(status):
    vendor = Vendorlike(session=payload("session", status=status))
    assert await vendor.adapter().login_form(REF) is None
    assert [r.url.path for r in vendor.asked] == [f"/sessions/{OLD}"]


async def test_without_a_session_or_its_bank_nothing_is_asked():
    vendor = Vendorlike(session=payload("session", status="EXPIRED", aspsp=None))
    assert await vendor.adapter().login_form(REF) is None
    assert await vendor.adapter().login_form(ConnectionRef("bistrot")) is None
    for code in ("SESSION_DOES_NOT_EXIST", "WRONG_CREDENTIALS_PROVIDED"):
        assert await Vendorlike(session=said(code)).adapter().login_form(REF) is None
    assert len(vendor.asked) == 1


@pytest.mark.parametrize(
    "methods",
    [
        [METHOD | {"credentials": []}],
        [METHOD | {"credentials": None}],
        [METHOD | {"psu_type": "personal"}],
        [METHOD | {"hidden_method": True}],
        [METHOD | {"approach": "EMBEDDED"}],
        [METHOD | {"approach": "SOMETHING_NEW"}],
        [METHOD, METHOD | {"name": "carte"}],
        [METHOD | {"credentials": [CREDENTIAL, CREDENTIAL | {"name": "userPassword"}]}],
        [METHOD | {"credentials": [CREDENTIAL, CREDENTIAL | {"name": "x", "title": "Mot de passe"}]}],
    ],
    ids=["none", "null", "others", "hidden", "embedded", "new", "a choice", "a secret", "a secret by its title"],
)
async def test_where_only_the_vendors_page_may_ask_there_is_no_form(methods):
    assert await form(*methods) is None


async def test_hidden_ways_and_those_of_the_others_leave_no_choice():
    found = await form(METHOD | {"hidden_method": True}, METHOD | {"psu_type": "personal"}, METHOD)
    assert found == await form()


async def test_a_field_keeps_no_address_and_no_pattern_that_runs_for_long():
    odd = CREDENTIAL | {"title": HIDDEN, "description": HIDDEN, "template": "^(a+)+$", "required": False}
    found = await form(METHOD | {"credentials": [odd]})
    assert found is not None
    assert found.fields == (LoginField("userId", FieldKind.TEXT, required=False),)


@pytest.mark.parametrize(
    "methods",
    [
        ["pro"],
        [METHOD | {"credentials": [CREDENTIAL] * 21}],
        [METHOD | {"credentials": [CREDENTIAL | {"name": "user id"}]}],
        [METHOD | {"credentials": [CREDENTIAL | {"title": 3}]}],
        [METHOD | {"credentials": "userId"}],
    ],
)
async def test_ways_to_log_in_that_cannot_be_read_are_no_answer_and_stop_no_renewal(methods):
    with pytest.raises(Unreachable, match="log in"):
        await form(*methods)
    banks = payload("aspsps")
    banks["aspsps"][1]["auth_methods"] = methods
    assert await page(Vendorlike(aspsps=banks))


async def test_a_bank_that_cannot_renew_the_session_is_refused_as_its_page_is():
    elsewhere = payload("session", status="EXPIRED", aspsp={"name": "Banque Mistral", "country": "FR"})
    with pytest.raises(Refused, match="business"):
        await form(session=elsewhere)


# The diagnosis


async def diagnosed(account: EnableBankingAccount = ACCOUNT, **answers: object) -> dict[str, bool]:
    lines = await Vendorlike(**answers).adapter(account).diagnose()
    assert all(line.well == (line.advice == "") for line in lines)
    assert HIDDEN not in repr(lines)
    return {line.what: line.well for line in lines}


KEY_LINE = "Clé privée enablebanking utilisable"
REACHED, ACTIVE = "Agrégateur enablebanking joignable", "Application enablebanking active"
KNOWN, CLOCK = "Application enablebanking reconnue", "Horloge à l’heure de l’agrégateur"


async def test_a_diagnosis_of_a_good_set_up_is_well():
    assert await diagnosed() == {KEY_LINE: True, REACHED: True, KNOWN: True, ACTIVE: True}


@pytest.mark.parametrize("change", [{"active": False}, {"services": ["PIS"]}, {"countries": ["FI"]}])
async def test_an_application_that_may_not_read_french_accounts_is_not_active(change):
    told = await diagnosed(application=payload("application", **change))
    assert told == {KEY_LINE: True, REACHED: True, KNOWN: True, ACTIVE: False}


@pytest.mark.parametrize(
    "answer", [said("UNAUTHORIZED_ACCESS", 401), (401, {}, {}), (403, {}, {}), said("UNAUTHORIZED_IP", 400)]
)
async def test_a_stranger_is_told_what_must_fit_together(answer):
    assert await diagnosed(application=answer) == {KEY_LINE: True, REACHED: True, KNOWN: False}


@pytest.mark.parametrize("answer", [(500, {}, {}), (404, b"<html>", {}), (200, b"<html>", {}), (429, {}, {})])
async def test_an_address_that_is_not_the_vendors_is_not_reached(answer):
    assert await diagnosed(application=answer) == {KEY_LINE: True, REACHED: False}


@pytest.mark.parametrize(("apart", "right"), [(0, True), (-59, True), (61, False), (-3600, False)])
async def test_a_clock_that_is_wrong_is_named_even_where_we_are_refused(apart, right):
    dated = {"Date": format_datetime(NOW + timedelta(seconds=apart), usegmt=True)}
    assert (await diagnosed(application=(200, payload("application"), dated)))[CLOCK] is right
    assert (await diagnosed(application=(401, {}, dated)))[CLOCK] is right


async def test_an_application_that_does_not_tell_its_redirect_urls_gets_no_line_about_them():
    silent = {key: value for key, value in payload("application").items() if key != "redirect_urls"}
    lines = await Vendorlike(application=silent).adapter().diagnose(BACK)
    assert [(line.what, line.well) for line in lines] == [
        (KEY_LINE, True),
        (REACHED, True),
        (KNOWN, True),
        (ACTIVE, True),
    ]


async def test_a_key_that_cannot_sign_is_named_and_nobody_is_asked():
    unusable = replace(ACCOUNT, private_key=Secret(f"{BEGIN}\nAAAA\n-----END PRIVATE KEY-----"))
    assert await diagnosed(unusable) == {KEY_LINE: False}
    vendor = Vendorlike()
    with pytest.raises(Refused, match="key"):
        await vendor.adapter(unusable).read(REF)
    assert not vendor.asked


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
DATES = st.sampled_from(
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:30:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-01",
        "",
        "1e400",
    ]
)
NAMES = sorted(
    {key for name in ("session", "opened", "aspsps", "auth", "application", "error") for key in payload(name)}
)
PLACES = ("session", "opened", "aspsps", "auth", "application")


@st.composite
def almost(draw: st.DrawFn, name: str) -> bytes:
    """A payload in which something, at the top or inside, is not what it should be."""
    body = payload(name)
    where: list[dict] = [body]
    for value in body.values():
        inside = value if isinstance(value, list) else [value]
        where += [one for one in inside if isinstance(one, dict)]
    spot = draw(st.sampled_from(where))
    spot[draw(st.sampled_from([*spot, *NAMES]))] = draw(JSON | DATES)
    return json.dumps(body).encode()


def anything(name: str) -> st.SearchStrategy[bytes]:
    return almost(name) | st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode())


@settings(max_examples=150, deadline=None)
@given(
    data=st.data(), place=st.sampled_from(PLACES), status=st.sampled_from([200, 200, 200, 400, 401, 404, 422, 500])
)
async def test_no_answer_raises_anything_but_our_errors(data, place, status):
    body = data.draw(anything(place) | (anything("error") if status >= 400 else st.nothing()))
    adapter = Vendorlike(**{place: (status, body, {})}).adapter()
    for call in (
        adapter.read(REF),
        adapter.renewal_page(REF, return_to=BACK, state="s", new_secret=False),
        adapter.returned(REF, Secret("the-code")),
        adapter.login_form(REF),
        adapter.diagnose(),
    ):
        assert "the-code" not in await outcome(call)


METHODS = st.lists(
    st.dictionaries(st.sampled_from(sorted(METHOD)), JSON, max_size=1).map(lambda odd: METHOD | odd)
    | st.lists(
        st.dictionaries(st.sampled_from(sorted(CREDENTIAL)), JSON, max_size=2).map(lambda odd: CREDENTIAL | odd),
        max_size=3,
    ).map(lambda credentials: METHOD | {"credentials": credentials}),
    min_size=1,
    max_size=2,
)


@settings(max_examples=150, deadline=None)
@given(methods=METHODS)
async def test_no_way_to_log_in_raises_anything_but_our_errors(methods):
    banks = payload("aspsps")
    banks["aspsps"][1]["auth_methods"] = methods
    answers = {"session": payload("session", status="EXPIRED"), "aspsps": (200, json.dumps(banks).encode(), {})}
    await outcome(Vendorlike(**answers).adapter().login_form(REF))


async def outcome(call: Awaitable[object]) -> str:
    """What went wrong, in our words; any other exception is the test's failure."""
    try:
        await call
    except BotError as error:
        return str(error)
    return ""


@settings(max_examples=100, deadline=None)
@given(value=st.binary(max_size=80) | st.text("0123456789 :GMTNov", max_size=40).map(str.encode))
async def test_no_header_raises_anything_but_our_errors(value):
    def answer(request: httpx.Request) -> httpx.Response:
        error = said("ASPSP_RATE_LIMIT_EXCEEDED", 429)[1] if "session" in request.url.path else {}
        return httpx.Response(422, json=error, headers={b"date": value, b"retry-after": value})

    adapter = EnableBanking(ACCOUNT, now=lambda: NOW, transport=httpx.MockTransport(answer))
    assert (await adapter.read(REF)).state is ConnectionState.RATE_LIMITED
    assert await adapter.diagnose()


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=200) | st.text(max_size=100).map(lambda t: f"{BEGIN}\n{t}".encode()))
def test_no_key_file_raises_anything_but_bad_input(tmp_path_factory, content):
    folder = tmp_path_factory.getbasetemp()
    with pytest.raises(BadInput):
        load_private_key(written(folder, content))


# The vendor's own description


async def every_request() -> list[httpx.Request]:
    vendor = Vendorlike()
    adapter = vendor.adapter()
    await adapter.read(REF)
    await adapter.renewal_page(REF, return_to=BACK, state="s", new_secret=True)
    await adapter.returned(REF, Secret("the-code"))
    await adapter.login_form(REF)
    await adapter.diagnose()
    return vendor.asked


async def test_every_request_is_one_that_the_vendor_describes():
    description, seen = described(ENABLEBANKING), set()
    for request in await every_request():
        assert str(request.url).startswith(f"{description.spec['servers'][0]['url']}/")
        assert token_of(request)
        description.check_request(request)
        seen.add((request.method, request.url.path))
    assert len(seen) == 5


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("session", "GetSessionResponse"),
        ("opened", "AuthorizeSessionResponse"),
        ("aspsps", "GetAspspsResponse"),
        ("auth", "StartAuthorizationResponse"),
        ("application", "GetApplicationResponse"),
        ("error", "ErrorResponse"),
    ],
)
def test_every_payload_has_the_form_that_the_vendor_describes(name, form):
    described(ENABLEBANKING).check(without_nulls(payload(name)), form)


def without_nulls(value: object) -> object:
    """The description leaves out that an optional field may be null, which the vendor's answers are."""
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return [without_nulls(inner) for inner in value] if isinstance(value, list) else value
