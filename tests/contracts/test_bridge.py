"""The Bridge adapter against the vendor's documented forms: every status, tokens, pages, sessions, signatures."""

import asyncio
import hashlib
import hmac
import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.adapters.aggregators.bridge import NUANCES, STATES, Bridge, BridgeAccount
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BadInput, BotError, NotSigned, OurBug, Refused, Throttled, TryAgain, Unreachable
from bot.domain.secret import Secret
from bot.ports import Aggregator

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
USER = "9a95b38f-f98b-417a-988b-9d0d584893e7"
REF = ConnectionRef(USER, "4568477")
PAYLOADS = Path(__file__).parent / "payloads" / "bridge"
ACCOUNT = BridgeAccount(
    client_id="the-client-id",
    client_secret=Secret("the-client-secret"),
    webhook_secrets=(Secret("bridge-test-secret"),),
)
BACK = "https://resync.example/l/back"
TOKEN = "/v3/aggregation/authorization/token"
ITEMS = "/v3/aggregation/items"
ACCOUNTS = "/v3/aggregation/accounts"
SESSIONS = "/v3/aggregation/connect-sessions"


def payload(name: str, **changes: object) -> dict:
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8")) | changes


def answers(name: str, status: int = 200, **changes: object) -> httpx.Response:
    return httpx.Response(status, json=payload(name, **changes))


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def pass_(self, **span: float) -> None:
        self.moment += timedelta(**span)


class Vendorlike:
    """A vendor that answers what it is told to, gives two-hour tokens t1, t2, …, and keeps what it was asked.

    Where it is not told what the accounts are, they are those of `accounts.json`.
    """

    def __init__(
        self,
        *answers: httpx.Response,
        tokens: tuple[httpx.Response, ...] = (),
        accounts: tuple[httpx.Response, ...] = (),
    ) -> None:
        self.clock = Clock()
        self.answers, self.tokens, self.accounts = list(answers), list(tokens), list(accounts)
        self.asked: list[httpx.Request] = []
        self.minted = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        await asyncio.sleep(0)  # others may call meanwhile
        if request.url.path == ACCOUNTS:
            return self.accounts.pop(0) if self.accounts else answers("accounts")
        if request.url.path != TOKEN:
            return self.answers.pop(0)
        if self.tokens:
            return self.tokens.pop(0)
        self.minted += 1
        ends = (self.clock.now() + timedelta(hours=2)).isoformat().replace("+00:00", "Z")
        return answers("token", access_token=f"t{self.minted}", expires_at=ends)

    def adapter(self, account: BridgeAccount = ACCOUNT) -> Bridge:
        return Bridge(account, now=self.clock.now, transport=httpx.MockTransport(self))

    def bearers(self) -> list[str]:
        """The tokens that came, but for the call that asks for accounts."""
        beside = (TOKEN, ACCOUNTS)
        return [request.headers["authorization"] for request in self.asked if request.url.path not in beside]

    def asked_for_accounts(self) -> list[dict[str, str]]:
        return [dict(request.url.params) for request in self.asked if request.url.path == ACCOUNTS]


async def read(body: object, status: int = 200, ref: ConnectionRef = REF, **headers: str) -> Reading:
    return await Vendorlike(httpx.Response(status, json=body, headers=headers)).adapter().read(ref)


async def test_it_is_what_the_port_asks_for():
    adapter: Aggregator = Vendorlike().adapter()
    can = adapter.capabilities
    assert (adapter.name, can.sees_state, can.hosted_page, can.webhook, can.keeps_its_id) == ("bridge", *[True] * 4)
    assert (can.forced_sync, can.secret_by_api, can.warns_of_the_end) == (False, False, False)
    await adapter.aclose()


# Every row of the statuses


WRITTEN = [
    (0, ConnectionState.OK, ""),
    (-2, ConnectionState.APP_VALIDATION_PENDING, "-2"),
    (-3, ConnectionState.APP_VALIDATION_PENDING, "-3"),
    (402, ConnectionState.PASSWORD_CHANGED, "402"),
    (404, ConnectionState.DELETED, "404"),
    (429, ConnectionState.ACTION_NEEDED_AT_BANK, "429"),
    (430, ConnectionState.PASSWORD_EXPIRED, "430"),
    (1003, ConnectionState.BANK_UNAVAILABLE, "1003"),
    (1005, ConnectionState.UNSUPPORTED, "1005"),
    (1007, ConnectionState.BANK_UNAVAILABLE, "1007"),
    (1009, ConnectionState.OK, "1009"),
    (1010, ConnectionState.SCA_REQUIRED, "1010"),
    (1099, ConnectionState.BANK_UNAVAILABLE, "1099"),
    (1100, ConnectionState.ACTION_NEEDED_AT_BANK, "1100"),
]


@pytest.mark.parametrize(("status", "state", "code"), WRITTEN)
async def test_each_status_of_theirs_has_a_state_of_ours(status, state, code):
    said = await read(payload("item", status=status, status_code_info=None))
    assert (said.state, said.vendor_code) == (state, code)
    assert said.waits_for_client == (status not in (-2, -3))


def test_no_status_is_translated_that_is_not_tried_above():
    assert set(STATES) == {status for status, _, _ in WRITTEN}


@pytest.mark.parametrize("status", [1, -1, 200, 1011, -(2**31), 2**31 - 1])
async def test_a_status_nobody_has_seen_is_unknown_and_kept_for_staff(status):
    said = await read(payload("item", status=status, status_code_info="something_new"))
    assert (said.state, said.vendor_code) == (ConnectionState.UNKNOWN, f"{status} something_new")


@pytest.mark.parametrize("info", ["account_temporarily_blocked", "account_blocked", "ACCOUNT_BLOCKED_CONTACT_BANK"])
async def test_a_locked_access_is_never_taken_for_a_wrong_password(info):
    said = await read(payload("item", status=402, status_code_info=info))
    assert (said.state, said.vendor_code) == (ConnectionState.ACTION_NEEDED_AT_BANK, f"402 {info.lower()}")
    assert (402, info.lower()) in NUANCES


@pytest.mark.parametrize("info", ["https://x/?code=1", "two words", "", "é", "x" * 200])
async def test_what_is_no_plain_word_is_not_kept_as_a_code(info):
    assert (await read(payload("item", status=402, status_code_info=info))).vendor_code == "402"


SHOWN = ("FR7619006000010000000000325", "48178050")
"""Those of `accounts.json` that are open and shared, of this item: one with an IBAN, one without."""


async def test_the_answers_of_the_vendor_are_read_whole():
    assert await read(payload("item")) == Reading(
        ConnectionState.OK,
        expires_on=date(2027, 5, 19),
        last_success_at=datetime(2026, 11, 20, 6, 12, 44, tzinfo=UTC),
        accounts=SHOWN,
    )
    assert await read(payload("item_sca_required")) == Reading(
        ConnectionState.SCA_REQUIRED,
        expires_on=date(2026, 11, 19),
        last_success_at=datetime(2026, 5, 23, 6, 12, 44, tzinfo=UTC),
        vendor_code="1010 otp_required",
    )
    assert await read(payload("item_just_added")) == Reading(
        ConnectionState.APP_VALIDATION_PENDING, waits_for_client=False, vendor_code="-2"
    )


# A code that the bank sent


async def test_a_code_is_waited_for_only_while_a_session_of_ours_is_open():
    asks = answers("item_sca_required")
    vendor = Vendorlike(asks, answers("session", 201), asks, asks, answers("item_sca_required", id=5), asks)
    adapter = vendor.adapter()
    assert (await adapter.read(REF)).state is ConnectionState.SCA_REQUIRED
    await adapter.renewal_page(REF, return_to=BACK, state="s", new_secret=False)
    assert (await adapter.read(REF)).state is ConnectionState.OTP_REQUIRED
    vendor.clock.pass_(minutes=10)
    assert (await adapter.read(REF)).state is ConnectionState.OTP_REQUIRED
    assert (await adapter.read(ConnectionRef(USER, "5"))).state is ConnectionState.SCA_REQUIRED
    vendor.clock.pass_(seconds=1)
    assert (await adapter.read(REF)).state is ConnectionState.SCA_REQUIRED


async def test_an_approval_on_the_banks_page_is_no_code_even_while_a_session_is_open():
    approval = answers("item_sca_required", status_code_info="sca_required_webview")
    adapter = Vendorlike(answers("session", 201), approval).adapter()
    await adapter.renewal_page(REF, return_to=BACK, state="s", new_secret=False)
    assert (await adapter.read(REF)).state is ConnectionState.SCA_REQUIRED


# Dates


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2027-04-02T12:00:00Z", date(2027, 4, 2)),
        ("2027-04-02T12:00:00.123Z", date(2027, 4, 2)),
        ("2027-04-02T22:30:00Z", date(2027, 4, 3)),  # half past midnight in Paris
        ("2027-04-02T22:30:00+02:00", date(2027, 4, 2)),
        ("2027-04-02T12:00:00", date(2027, 4, 2)),
        (None, None),
    ],
)
async def test_the_consent_ends_on_the_day_it_is_in_paris(written, meant):
    assert (await read(payload("item", authentication_expires_at=written))).expires_on == meant


@pytest.mark.parametrize("name", ["authentication_expires_at", "last_successful_refresh", "status_code_info"])
async def test_an_item_without_an_optional_field_is_read_all_the_same(name):
    item = payload("item")
    del item[name]
    assert (await read(item)).state is ConnectionState.OK


@pytest.mark.parametrize("written", ["soon", "", 1795163550, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_date_that_is_none_makes_the_answer_unreadable(written):
    with pytest.raises(Unreachable, match="authentication_expires_at"):
        await read(payload("item", authentication_expires_at=written))


@pytest.mark.parametrize(
    ("status", "ends", "state"),
    [
        (0, "2026-12-04T12:00:00Z", ConnectionState.EXPIRING),
        (1009, "2026-12-04T12:00:00Z", ConnectionState.EXPIRING),
        (0, "2026-11-19T12:00:00Z", ConnectionState.EXPIRING),
        (0, "2026-12-05T12:00:00Z", ConnectionState.OK),
        (402, "2026-12-04T12:00:00Z", ConnectionState.PASSWORD_CHANGED),
    ],
)
async def test_a_consent_that_ends_within_two_weeks_is_expiring_where_all_else_is_well(status, ends, state):
    said = await read(payload("item", status=status, status_code_info=None, authentication_expires_at=ends))
    assert said.state is state


async def test_how_soon_is_soon_is_the_firms_choice():
    short = replace(ACCOUNT, expiring_within=timedelta(days=3))
    item = answers("item", authentication_expires_at="2026-11-24T12:00:00Z")
    assert (await Vendorlike(item).adapter(short).read(REF)).state is ConnectionState.OK


# What is asked


async def test_an_item_is_read_with_our_credentials_and_the_users_token():
    vendor = Vendorlike(answers("item"))
    await vendor.adapter().read(REF)
    mint, get, look = vendor.asked
    assert (mint.method, str(mint.url)) == ("POST", f"https://api.bridgeapi.io{TOKEN}")
    assert json.loads(mint.content) == {"user_uuid": USER}
    assert "authorization" not in mint.headers
    assert (get.method, str(get.url)) == ("GET", f"https://api.bridgeapi.io{ITEMS}/4568477")
    assert (look.method, look.url.path) == ("GET", ACCOUNTS)
    assert get.headers["authorization"] == look.headers["authorization"] == "Bearer t1"
    for request in (mint, get, look):
        assert request.headers["client-id"] == "the-client-id"
        assert request.headers["client-secret"] == "the-client-secret"
        assert request.headers["bridge-version"] == "2025-01-15"


@pytest.mark.parametrize(
    "ref",
    [
        ConnectionRef("7", "12"),
        ConnectionRef("", "12"),
        ConnectionRef(f"{USER}\n", "12"),
        ConnectionRef(USER, "12/../13"),
        ConnectionRef(USER, "12?x"),
        ConnectionRef(USER, "²"),
    ],
)
async def test_an_id_of_another_form_never_becomes_an_address(ref):
    vendor = Vendorlike()
    with pytest.raises(Refused, match="not a Bridge"):
        await vendor.adapter().read(ref)
    assert vendor.asked == []


# Tokens


async def test_a_token_is_kept_until_a_minute_before_it_ends():
    vendor = Vendorlike(*[answers("item")] * 3)
    adapter = vendor.adapter()
    await adapter.read(REF)
    vendor.clock.pass_(hours=1, minutes=58, seconds=59)
    await adapter.read(REF)
    vendor.clock.pass_(seconds=1)
    await adapter.read(REF)
    assert vendor.bearers() == ["Bearer t1", "Bearer t1", "Bearer t2"]


async def test_a_token_refused_before_its_time_is_replaced_once_and_the_reading_goes_on():
    vendor = Vendorlike(answers("item"), httpx.Response(401, json={}), answers("item"), answers("item"))
    adapter = vendor.adapter()
    for _ in range(3):
        assert (await adapter.read(REF)).state is ConnectionState.OK
    assert vendor.bearers() == ["Bearer t1", "Bearer t1", "Bearer t2", "Bearer t2"]


async def test_a_second_401_with_a_new_token_is_refused():
    vendor = Vendorlike(*[httpx.Response(401, json={})] * 2)
    with pytest.raises(Refused, match="401"):
        await vendor.adapter().read(REF)
    assert vendor.minted == 2


async def test_readings_at_the_same_time_share_one_token():
    vendor = Vendorlike(*[answers("item")] * 5)
    adapter = vendor.adapter()
    await asyncio.gather(*(adapter.read(REF) for _ in range(5)))
    assert vendor.bearers() == ["Bearer t1"] * 5
    assert vendor.minted == 1


async def test_refusals_at_the_same_time_bring_one_new_token():
    refused = httpx.Response(401, json={})
    vendor = Vendorlike(*[refused] * 3, *[answers("item")] * 3)
    adapter = vendor.adapter()
    await asyncio.gather(*(adapter.read(REF) for _ in range(3)))
    assert vendor.bearers() == ["Bearer t1"] * 3 + ["Bearer t2"] * 3
    assert vendor.minted == 2


async def test_each_user_has_a_token_of_his_own():
    other = USER.replace("9", "8")
    vendor = Vendorlike(*[answers("item")] * 3)
    adapter = vendor.adapter()
    for user in (USER, other, USER):
        await adapter.read(ConnectionRef(user, "4568477"))
    assert vendor.bearers() == ["Bearer t1", "Bearer t2", "Bearer t1"]


async def test_tokens_are_forgotten_at_the_end():
    vendor = Vendorlike(answers("item"))
    adapter = vendor.adapter()
    await adapter.read(REF)
    await adapter.aclose()
    assert not adapter._tokens._tokens


async def test_a_user_who_is_gone_has_nothing_but_deleted_connections():
    gone = [answers("error_user_not_found", 404)] * 3
    adapter = Vendorlike(tokens=tuple(gone)).adapter()
    deleted = Reading(ConnectionState.DELETED, vendor_code="404")
    assert await adapter.read(REF) == deleted
    assert await adapter.read(ConnectionRef(USER)) == deleted
    assert await adapter.connections(USER) == []


async def test_a_user_who_is_deleted_while_we_hold_his_token_is_seen_as_gone():
    vendor = Vendorlike(answers("item"), httpx.Response(401, json={}))
    adapter = vendor.adapter()
    assert (await adapter.read(REF)).state is ConnectionState.OK
    vendor.tokens.append(answers("error_user_not_found", 404))
    assert (await adapter.read(REF)).state is ConnectionState.DELETED


@pytest.mark.parametrize("token", ["", "é", "two words", "x\r\nClient-Id: 1", "x" * 5000])
async def test_a_token_that_is_no_header_is_no_token(token):
    with pytest.raises(Unreachable, match="access_token"):
        await Vendorlike(tokens=(answers("token", access_token=token),)).adapter().read(REF)


# Lists


async def test_all_pages_are_read_and_each_item_is_named():
    vendor = Vendorlike(answers("items_first_page"), answers("items_last_page"))
    found = await vendor.adapter().connections(USER)
    assert [(each.ref, each.state) for each in found] == [
        (REF, ConnectionState.OK),
        (ConnectionRef(USER, "4568565"), ConnectionState.PASSWORD_CHANGED),
    ]
    first, second = (request for request in vendor.asked if request.url.path == ITEMS)
    assert first.url.query == b""
    assert dict(second.url.params) == {"limit": "1", "after": "NDU2ODQ3Nw=="}
    assert vendor.bearers() == ["Bearer t1"] * 2


async def test_a_listed_item_is_what_it_is_when_it_is_read():
    (listed,) = await Vendorlike(answers("items_first_page", pagination=None)).adapter().connections(USER)
    assert listed == replace(await read(payload("item")), ref=REF)


@pytest.mark.parametrize(
    "uri",
    [
        "https://api.bridgeapi.io/v3/aggregation/items?after=x",
        "/v3/aggregation/items?after=x",
        "/aggregation/items?after=x",
        "?after=x",
    ],
)
async def test_the_next_page_is_followed_however_its_address_is_written(uri):
    vendor = Vendorlike(answers("items_first_page", pagination={"next_uri": uri}), answers("items_last_page"))
    assert len(await vendor.adapter().connections(USER)) == 2
    _, second = (request for request in vendor.asked if request.url.path == ITEMS)
    assert str(second.url) == f"https://api.bridgeapi.io{ITEMS}?after=x"


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/v3/aggregation/items?after=x",
        "//evil.example/v3/aggregation/items",
        "http://api.bridgeapi.io/v3/aggregation/items",
        "https://api.bridgeapi.io@evil.example/v3/aggregation/items",
        "https://api.bridgeapi.io.evil.example/v3/aggregation/items",
        "https://api.bridgeapi.io:8443/v3/aggregation/items",
        "/v3/aggregation/users?after=x",
        "/v3/aggregation/items/../users",
        "https://[/",
    ],
)
async def test_a_next_page_elsewhere_is_refused_and_no_token_goes_there(uri):
    vendor = Vendorlike(answers("items_first_page", pagination={"next_uri": uri}), answers("items_last_page"))
    with pytest.raises(Unreachable, match="next page") as told:
        await vendor.adapter().connections(USER)
    assert len(vendor.bearers()) == 1
    assert "evil" not in str(told.value)


async def test_an_address_longer_than_any_is_no_next_page():
    with pytest.raises(Unreachable, match="next_uri"):
        await read({"resources": [], "pagination": {"next_uri": "?after=" + "x" * 70_000}}, ref=ConnectionRef(USER))


@pytest.mark.parametrize("uri", [None, "", "null"])
async def test_the_last_page_is_known_however_it_says_so(uri):
    vendor = Vendorlike(answers("items_first_page", pagination={"next_uri": uri}))
    assert len(await vendor.adapter().connections(USER)) == 1


async def test_a_list_that_never_ends_is_cut_off():
    vendor = Vendorlike(*[answers("items_first_page")] * 60)
    with pytest.raises(Unreachable, match="50 pages"):
        await vendor.adapter().connections(USER)
    assert len(vendor.bearers()) == 50


async def test_the_newest_item_is_read_where_none_is_named():
    vendor = Vendorlike(answers("items_first_page"), answers("items_last_page"))
    said = await vendor.adapter().read(ConnectionRef(USER))
    assert (said.state, said.ref) == (ConnectionState.PASSWORD_CHANGED, ConnectionRef(USER, "4568565"))


async def test_the_newest_is_the_last_created_and_without_dates_the_highest_number():
    older = payload("item", id=9, created_at="2026-01-01T00:00:00Z")
    for items, newest in [
        ([older, payload("item", id=8)], "8"),
        ([payload("item", id=7, created_at=None), payload("item", id=8, created_at=None)], "8"),
    ]:
        said = await read({"resources": items}, ref=ConnectionRef(USER))
        assert said.ref == ConnectionRef(USER, newest)


async def test_a_user_without_items_reads_as_deleted():
    assert await read(payload("no_items"), ref=ConnectionRef(USER)) == Reading(ConnectionState.DELETED)


# Accounts


def account(number: int, **changes: object) -> dict:
    return {"id": number, "item_id": 4568477, "data_access": "enabled"} | changes


def shown(*accounts: dict, **page: object) -> httpx.Response:
    return httpx.Response(200, json={"resources": accounts} | page)


async def accounts_of(*pages: httpx.Response) -> tuple[str, ...]:
    return (await Vendorlike(answers("item"), accounts=pages).adapter().read(REF)).accounts


async def test_a_working_connection_shows_its_own_accounts_that_are_open_and_shared():
    vendor = Vendorlike(answers("item"))
    assert (await vendor.adapter().read(REF)).accounts == SHOWN
    assert vendor.asked_for_accounts() == [{"item_id": "4568477"}]


async def test_a_consent_that_ends_soon_hides_no_account():
    soon = await read(payload("item", authentication_expires_at="2026-12-04T12:00:00Z"))
    assert (soon.state, soon.accounts) == (ConnectionState.EXPIRING, SHOWN)


@pytest.mark.parametrize("status", [status for status, state, _ in WRITTEN if state is not ConnectionState.OK] + [1])
async def test_of_a_connection_that_does_not_work_no_account_is_asked_for(status):
    vendor = Vendorlike(httpx.Response(200, json=payload("item", status=status)))
    said = await vendor.adapter().read(REF)
    assert said.accounts == ()
    assert said.state is not ConnectionState.OK
    assert vendor.asked_for_accounts() == []


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"iban": "FR7619006000010000000000325"}, "FR7619006000010000000000325"),
        ({"iban": " fr76 1900 6000 0100 0000 0000 325 "}, "FR7619006000010000000000325"),
        ({"iban": None}, "5"),
        ({"iban": ""}, "5"),
        ({"iban": "FR76 **** **** **** 0000325"}, "5"),
        ({"iban": 7}, "5"),
        ({"iban": {}}, "5"),
        ({"data_access": None}, "5"),
        ({"data_access": "something new"}, "5"),
        ({"status": 0, "deleted": False}, "5"),
    ],
)
async def test_an_account_is_known_by_its_iban_and_where_it_has_none_by_its_id(fields, name):
    assert await accounts_of(shown(account(5, **fields))) == (name,)


@pytest.mark.parametrize(
    "fields",
    [{"data_access": "disabled"}, {"status": "closed"}, {"deleted": True}, {"item_id": 4568565}],
)
async def test_an_account_that_is_not_shared_closed_or_of_another_connection_is_left_out(fields):
    assert await accounts_of(shown(account(5, **fields), account(6))) == ("6",)


async def test_all_pages_of_accounts_are_read_and_an_account_on_two_of_them_is_one():
    after = {"next_uri": "/v3/aggregation/accounts?item_id=4568477&after=x"}
    pages = shown(account(9), account(4), pagination=after), shown(account(4), account(7))
    vendor = Vendorlike(answers("item"), accounts=pages)
    assert (await vendor.adapter().read(REF)).accounts == ("9", "4", "7")
    assert vendor.asked_for_accounts() == [{"item_id": "4568477"}, {"item_id": "4568477", "after": "x"}]


async def test_an_account_that_the_bank_has_doubled_is_there_twice():
    iban = "FR7619006000010000000000325"
    assert await accounts_of(shown(account(5, iban=iban), account(6, iban=iban))) == (iban, iban)


async def test_the_next_page_of_accounts_is_no_page_of_items():
    elsewhere = {"next_uri": "/v3/aggregation/items?after=x"}
    with pytest.raises(Unreachable, match="next page"):
        await accounts_of(shown(account(5), pagination=elsewhere))


async def test_a_listing_asks_once_for_the_accounts_of_all_and_gives_each_its_own():
    working = httpx.Response(200, json={"resources": [payload("item"), payload("item", id=4568565)]})
    vendor = Vendorlike(working)
    found = await vendor.adapter().connections(USER)
    assert [(each.ref, each.accounts) for each in found] == [
        (REF, SHOWN),
        (ConnectionRef(USER, "4568565"), ("FR7619007000010000000000430",)),
    ]
    assert vendor.asked_for_accounts() == [{}]


async def test_a_listing_gives_no_account_to_a_connection_that_does_not_work():
    some = httpx.Response(200, json={"resources": [payload("item"), payload("item", id=4568565, status=1010)]})
    assert [each.accounts for each in await Vendorlike(some).adapter().connections(USER)] == [SHOWN, ()]


async def test_a_listing_in_which_nothing_works_asks_for_no_account():
    vendor = Vendorlike(answers("items_last_page"))
    assert len(await vendor.adapter().connections(USER)) == 1
    assert vendor.asked_for_accounts() == []


async def test_the_newest_item_shows_its_accounts_too():
    vendor = Vendorlike(answers("items_first_page", pagination=None))
    said = await vendor.adapter().read(ConnectionRef(USER))
    assert (said.ref, said.accounts) == (REF, SHOWN)
    assert vendor.asked_for_accounts() == [{"item_id": "4568477"}]


@pytest.mark.parametrize("status", [400, 403, 404, 422])
@pytest.mark.parametrize("page", [1, 2])
async def test_accounts_that_bridge_does_not_tell_are_unknown_and_the_connection_still_works(status, page):
    first = shown(account(5), pagination={"next_uri": "?after=x"})
    refused = httpx.Response(status, json={"errors": [{"code": "some.code", "message": "hidden"}]})
    vendor = Vendorlike(answers("item"), accounts=(refused,) if page == 1 else (first, refused))
    with capture_logs() as logs:
        said = await vendor.adapter().read(REF)
    assert said == replace(await read(payload("item")), accounts=())
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("the accounts of a bank are not known", "warning")
    ]
    assert logs[0]["reason"].endswith(f"HTTP {status}")
    assert "hidden" not in repr(logs)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(429, headers={"Retry-After": "12"}), Throttled),
        (httpx.Response(409), Throttled),
        (httpx.Response(500), Unreachable),
        (httpx.Response(200, text="<h1>Maintenance</h1>"), Unreachable),
        (httpx.Response(200, json={"resources": [{"id": 5}]}), Unreachable),
    ],
)
async def test_accounts_that_cannot_be_had_now_are_asked_for_again_with_the_whole_reading(answer, error):
    adapter = Vendorlike(answers("item"), answers("item"), accounts=(answer,)).adapter()
    with pytest.raises(error):
        await adapter.read(REF)
    assert (await adapter.read(REF)).accounts == SHOWN


async def test_a_user_who_is_gone_before_his_accounts_are_told_is_gone():
    vendor = Vendorlike(answers("item"), accounts=(httpx.Response(401, json={}),))
    adapter = vendor.adapter()
    vendor.tokens = [answers("token"), answers("error_user_not_found", 404)]
    assert (await adapter.read(REF)).state is ConnectionState.DELETED


# Errors


async def test_an_item_that_is_gone_is_deleted():
    said = await read(payload("error_item_not_found"), 404)
    assert said == Reading(ConnectionState.DELETED, vendor_code="404")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, OurBug),
        (403, Refused),
        (409, Throttled),
        (415, OurBug),
        (422, OurBug),
        (429, Throttled),
        (500, Unreachable),
        (301, Unreachable),
    ],
)
async def test_an_error_is_one_of_ours_and_holds_no_text_of_the_vendor(status, error):
    body = {"errors": [{"code": "some.code", "message": "https://evil.example/?state=hidden"}]}
    with pytest.raises(error) as told:
        await read(body, status)
    assert "hidden" not in str(told.value)


async def test_a_limit_of_the_vendor_tells_how_long_to_wait():
    with pytest.raises(Throttled) as told:
        await read({}, 429, **{"Retry-After": "12"})
    assert told.value.after == 12


async def test_wrong_credentials_are_refused_when_a_token_is_asked_for():
    with pytest.raises(Refused, match="authorization/token: HTTP 401"):
        await Vendorlike(tokens=(answers("error_credentials", 401),)).adapter().read(REF)


async def test_nothing_secret_is_seen_in_what_is_printed(caplog):
    caplog.set_level("DEBUG")
    vendor = Vendorlike(answers("item"), answers("session", 201))
    adapter = vendor.adapter()
    await adapter.read(REF)
    page = await adapter.renewal_page(REF, return_to=BACK, state="the-state", new_secret=False)
    printed = f"{ACCOUNT!r} {adapter!r} {vars(adapter)!r} {vars(adapter._tokens)!r} {page!r} {caplog.text}"
    for secret in ("the-client-secret", "bridge-test-secret", "'t1'", "Bearer", "/session/", "the-state"):
        assert secret not in printed


# The page of renewal


async def page(vendor: Vendorlike, ref: ConnectionRef = REF, **asked: object) -> Secret:
    given = {"return_to": BACK, "state": "s", "new_secret": False} | asked
    return await vendor.adapter().renewal_page(ref, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("new_secret", [False, True])
async def test_the_page_is_a_session_for_this_item_that_brings_our_state_back(new_secret):
    vendor = Vendorlike(answers("session", 201))
    state = "aB_9-" * 8 + "x_="
    found = await page(vendor, state=state, new_secret=new_secret)
    assert found.reveal() == payload("session")["url"]
    asked = vendor.asked[-1]
    assert (asked.method, asked.url.path, asked.headers["authorization"]) == ("POST", SESSIONS, "Bearer t1")
    body = json.loads(asked.content)
    callback = urlsplit(body.pop("callback_url"))
    assert f"{callback.scheme}://{callback.netloc}{callback.path}" == BACK
    assert parse_qs(callback.query) == {"state": [state]}
    assert body == {"item_id": 4568477, "force_reauthentication": True}


async def test_the_page_of_the_newest_item_where_none_is_named():
    vendor = Vendorlike(answers("items_first_page"), answers("items_last_page"), answers("session", 201))
    await page(vendor, ConnectionRef(USER))
    assert json.loads(vendor.asked[-1].content)["item_id"] == 4568565


async def test_there_is_no_page_for_a_user_without_items():
    with pytest.raises(Refused, match="no connection"):
        await page(Vendorlike(answers("no_items")), ConnectionRef(USER))


async def test_an_option_that_bridge_does_not_take_is_left_out_and_the_page_opens():
    vendor = Vendorlike(answers("error_unknown_option", 400), answers("session", 201))
    assert (await page(vendor)).reveal() == payload("session")["url"]
    with_it, without = (json.loads(request.content) for request in vendor.asked if request.url.path == SESSIONS)
    assert without == {name: value for name, value in with_it.items() if name != "force_reauthentication"}


@pytest.mark.parametrize(
    "body",
    [
        payload("error_callback"),
        {"code": "invalid_parameter", "property": "callback_url", "message": "x"},
    ],
)
async def test_a_return_address_that_is_not_allowed_is_told_to_staff_and_not_tried_again(body):
    vendor = Vendorlike(httpx.Response(400, json=body), answers("session", 201))
    with pytest.raises(Refused, match="dashboard"):
        await page(vendor)
    assert len(vendor.bearers()) == 1


async def test_a_request_that_stays_malformed_is_our_bug_with_the_code_in_it():
    body = {"errors": [{"code": "invalid_parameter", "message": "hidden"}, {"code": "https://x/?hidden"}]}
    with pytest.raises(OurBug, match=r"HTTP 422 invalid_parameter$"):
        await page(Vendorlike(*[httpx.Response(422, json=body)] * 2))


async def test_there_is_no_page_for_an_item_that_is_gone():
    with pytest.raises(Refused, match="not known"):
        await page(Vendorlike(answers("error_item_not_found", 404)))


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/session/1",
        "http://connect.bridgeapi.io/session/1",
        "https://connect.bridgeapi.io@evil.example/session/1",
        "https://connect.bridgeapi.io.evil.example/session/1",
        "javascript:alert(1)",
        "/session/1",
        "https://[/",
    ],
)
async def test_a_page_at_another_host_is_not_given_to_a_client(url):
    with pytest.raises(OurBug, match=r"not at https://connect\.bridgeapi\.io") as told:
        await page(Vendorlike(answers("session", 201, url=url)))
    assert "session/1" not in str(told.value)


async def test_the_host_of_the_page_is_a_setting():
    account = replace(ACCOUNT, connect_url="http://127.0.0.1:8000/")
    vendor = Vendorlike(answers("session", 201, url="http://127.0.0.1:8000/session/1"))
    found = await vendor.adapter(account).renewal_page(REF, return_to=BACK, state="s", new_secret=False)
    assert found.reveal() == "http://127.0.0.1:8000/session/1"


@pytest.mark.parametrize("back", [f"{BACK}?x=1", f"{BACK}#x"])
async def test_a_return_address_with_a_query_of_its_own_is_our_bug(back):
    with pytest.raises(OurBug, match="query"):
        await page(Vendorlike(), return_to=back)


async def test_coming_back_opens_nothing():
    vendor = Vendorlike()
    assert await vendor.adapter().returned(REF, Secret("code")) is None
    assert vendor.asked == []


async def test_a_forced_synchronisation_is_never_asked_for():
    vendor = Vendorlike()
    with pytest.raises(OurBug, match="synchronise"):
        await vendor.adapter().sync(REF)
    assert vendor.asked == []


# Webhooks

BODY = b'{"content":{"item_id":1,"status_code":0},"timestamp":1700000000000,"type":"item.refreshed"}'
HEX = "2D914BA9D2947BC4AD47F46F490EF12DF40B6198787BCAFCB80B9C599C98CBFA"
OLD, NEW = "the old secret", "the new secret"


def signature(body: bytes, secret: str = "bridge-test-secret") -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().upper()


async def hinted(header: str | None, body: bytes = BODY, account: BridgeAccount = ACCOUNT) -> list[ConnectionRef]:
    headers = {} if header is None else {"BridgeApi-Signature": header}
    return list(await Vendorlike().adapter(account).hinted("POST", "/hooks/bridge", headers, body))


async def hinted_by(name: str) -> list[ConnectionRef]:
    body = (PAYLOADS / f"{name}.json").read_bytes()
    return await hinted(f"v1={signature(body)}", body)


@pytest.mark.parametrize(
    "header",
    [
        f"v1={HEX}",
        f"v1={HEX.lower()}",
        f"v1={'0' * 64},v1={HEX}",
        f"v1={HEX}, v1={'0' * 64}",
        f"v0={'0' * 64} , v1={HEX} ,",
    ],
)
async def test_the_reference_signature_is_accepted_in_any_case_and_among_others(header):
    assert await hinted(header) == []  # it names no user, so it concerns nobody


@pytest.mark.parametrize("name", ["BridgeApi-Signature", "bridgeapi-signature", "BRIDGEAPI-SIGNATURE"])
async def test_the_name_of_the_header_may_be_in_any_case(name):
    body = (PAYLOADS / "hook_item_refreshed.json").read_bytes()
    adapter = Vendorlike().adapter()
    assert await adapter.hinted("POST", "/", {name: f"v1={signature(body)}"}, body) == [REF]


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        HEX,
        "v1=",
        "v1",
        f"v0={HEX}",
        f"v2={HEX}",
        f"V1={HEX}",
        f"v1 ={HEX}",
        f"v1=={HEX}",
        f"v1={HEX[:-1]}",
        f"v1={HEX}0",
        f"v1={HEX[:32]},v1={HEX[32:]}",
        f"v1={HEX};v1={HEX}",
        "v1=é",
        "v1=\udc80",
    ],
)
async def test_anything_but_a_whole_signature_of_scheme_v1_is_not_believed(header):
    with pytest.raises(NotSigned):
        await hinted(header)


async def test_of_a_thousand_changes_none_is_believed():
    chance = random.Random(20261120)
    for _ in range(1000):
        header, body = chance.choice(CHANGES)(chance)
        with pytest.raises(NotSigned):
            await hinted(header, body)


def other_byte_in_the_body(chance: random.Random) -> tuple[str, bytes]:
    place, body = chance.randrange(len(BODY)), bytearray(BODY)
    body[place] ^= chance.randrange(1, 256)
    return f"v1={HEX}", bytes(body)


def byte_more_in_the_body(chance: random.Random) -> tuple[str, bytes]:
    place = chance.randrange(len(BODY) + 1)
    return f"v1={HEX}", BODY[:place] + bytes([chance.randrange(256)]) + BODY[place:]


def byte_less_in_the_body(chance: random.Random) -> tuple[str, bytes]:
    place = chance.randrange(len(BODY))
    return f"v1={HEX}", BODY[:place] + BODY[place + 1 :]


def other_letter_in_the_signature(chance: random.Random) -> tuple[str, bytes]:
    whole = f"v1={HEX}"
    place = chance.randrange(len(whole))
    letters = [chr(code) for code in range(32, 127) if chr(code).lower() != whole[place].lower()]
    return whole[:place] + chance.choice(letters) + whole[place + 1 :], BODY


def letter_less_in_the_signature(chance: random.Random) -> tuple[str, bytes]:
    place = chance.randrange(len(HEX))
    return f"v1={HEX[:place]}{HEX[place + 1 :]}", BODY


def some_other_signature(chance: random.Random) -> tuple[str, bytes]:
    return ",".join(f"v1={chance.randbytes(32).hex()}" for _ in range(chance.randrange(1, 4))), BODY


def signed_with_some_other_secret(chance: random.Random) -> tuple[str, bytes]:
    return f"v1={signature(BODY, chance.randbytes(8).hex())}", BODY


CHANGES = [
    other_byte_in_the_body,
    byte_more_in_the_body,
    byte_less_in_the_body,
    other_letter_in_the_signature,
    letter_less_in_the_signature,
    some_other_signature,
    signed_with_some_other_secret,
]


async def test_during_a_rotation_both_secrets_are_good_and_afterwards_the_old_one_is_not():
    both = replace(ACCOUNT, webhook_secrets=(Secret(NEW), Secret(OLD)))
    after = replace(ACCOUNT, webhook_secrets=(Secret(NEW),))
    old, new = f"v1={signature(BODY, OLD)}", f"v1={signature(BODY, NEW)}"
    for header in (old, new, f"{old},{new}", f"{new},{old}"):
        assert await hinted(header, account=both) == []
    assert await hinted(f"{old},{new}", account=after) == []
    with pytest.raises(NotSigned):
        await hinted(old, account=after)


@pytest.mark.parametrize("secrets", [(), (Secret(""),)])
async def test_without_a_secret_no_webhook_is_believed(secrets):
    bare = replace(ACCOUNT, webhook_secrets=secrets)
    assert not Vendorlike().adapter(bare).capabilities.webhook
    with pytest.raises(NotSigned, match="no webhook secret"):
        await hinted(f"v1={signature(BODY, '')}", account=bare)


@pytest.mark.parametrize(
    ("name", "refs"),
    [
        ("hook_item_refreshed", [REF]),
        ("hook_item_deleted", [REF]),
        ("hook_account_updated", [REF]),
        ("hook_item_created", [ConnectionRef(USER, "4568600")]),
        ("hook_user_deleted", [ConnectionRef(USER)]),
        ("hook_test", []),
    ],
)
async def test_an_event_names_the_connection_to_read_again(name, refs):
    assert await hinted_by(name) == refs


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"content":{}}',
        b'{"type":1}',
        b'{"type":"item.refreshed","content":{"user_uuid":"7"}}',
        b'{"type":"item.refreshed","content":{"item_id":"1"}}',
    ],
)
async def test_a_signed_body_of_another_form_is_bad_input(body):
    with pytest.raises(BadInput, match="Bridge"):
        await hinted(f"v1={signature(body)}", body)


# Diagnosis


def well(lines) -> list[tuple[str, bool]]:
    return [(line.what, line.well) for line in lines]


async def test_the_doctor_finds_all_well_and_creates_nothing():
    vendor = Vendorlike(tokens=(answers("error_user_not_found", 404),))
    lines = await vendor.adapter().diagnose()
    assert well(lines) == [
        ("Agrégateur bridge joignable", True),
        ("Identifiants bridge reconnus", True),
        ("Webhooks bridge vérifiables", True),
    ]
    assert not any(line.advice for line in lines)
    (asked,) = vendor.asked
    assert (asked.method, asked.url.path) == ("POST", TOKEN)
    assert json.loads(asked.content) == {"user_uuid": "00000000-0000-0000-0000-000000000000"}


@pytest.mark.parametrize("status", [400, 401])
async def test_the_doctor_tells_of_credentials_that_are_not_known(status):
    lines = await Vendorlike(tokens=(answers("error_credentials", status),)).adapter().diagnose()
    assert [line.well for line in lines] == [True, False, True]
    assert "identifiant" in lines[1].advice


@pytest.mark.parametrize(
    "answer",
    [httpx.Response(404, text="<h1>Not Found</h1>"), httpx.Response(503), httpx.Response(301), httpx.Response(429)],
)
async def test_the_doctor_tells_of_an_address_where_bridge_does_not_answer(answer):
    lines = await Vendorlike(tokens=(answer,)).adapter().diagnose()
    assert well(lines) == [("Agrégateur bridge joignable", False), ("Webhooks bridge vérifiables", True)]
    assert "RESYNC_BRIDGE_BASE_URL" in lines[0].advice


async def test_the_doctor_tells_of_webhooks_that_cannot_be_verified():
    bare = replace(ACCOUNT, webhook_secrets=())
    lines = await Vendorlike(tokens=(answers("error_user_not_found", 404),)).adapter(bare).diagnose()
    assert [line.well for line in lines] == [True, True, False]
    assert "RESYNC_BRIDGE_WEBHOOK_SECRETS" in lines[2].advice


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
ODD = st.sampled_from(
    [
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "2026-W01",
        "2027-05-19T09:31:07Z",
        "https://[::1",
        "//x/y?z#\x00",
        "?after=%",
        "https://connect.bridgeapi.io/\u2028",
        USER,
        2**63,
        -(2**63),
        10**30,
    ]
)
FORMS = {
    name: payload(name)
    for name in (
        "token",
        "item",
        "items_first_page",
        "accounts",
        "session",
        "error_callback",
        "hook_item_refreshed",
        "hook_test",
    )
}


@st.composite
def almost(draw, name: str):
    """A right answer in which one or two values, at any depth, are something else."""
    body = json.loads(json.dumps(FORMS[name]))
    for _ in range(draw(st.integers(1, 2))):
        node = body
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and draw(st.booleans()):
                node = node[key]
                continue
            node[key] = draw(ODD | JSON)
            break
    return json.dumps(body).encode()


def anything(name: str):
    return almost(name) | st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


STATUSES = st.sampled_from([200, 200, 200, 201, 400, 401, 404, 422, 500])


def said(body: bytes, status: int) -> httpx.Response:
    return httpx.Response(status, content=body)


@settings(max_examples=150)
@given(body=anything("token"), status=STATUSES)
async def test_no_token_raises_anything_but_our_errors(body, status):
    vendor = Vendorlike(answers("item"), answers("item"), tokens=(said(body, status),))
    try:
        reading = await vendor.adapter().read(REF)
    except BotError:
        return
    assert reading.state in (ConnectionState.OK, ConnectionState.DELETED)


@settings(max_examples=200)
@given(body=anything("item"), status=STATUSES)
async def test_no_item_raises_anything_but_our_errors(body, status):
    try:
        reading = await Vendorlike(*[said(body, status)] * 3).adapter().read(REF)
    except BotError:
        return
    assert isinstance(reading.state, ConnectionState)
    assert len(reading.vendor_code) <= 64


@settings(max_examples=200)
@given(body=anything("items_first_page"), status=STATUSES)
async def test_no_list_raises_anything_but_our_errors(body, status):
    try:
        found = await Vendorlike(*[said(body, status)] * 60).adapter().connections(USER)
    except BotError:
        return
    assert all(each.ref is not None and each.ref.connection.isdigit() for each in found)


@settings(max_examples=200)
@given(body=anything("accounts"), status=STATUSES, one=st.booleans())
async def test_no_accounts_raise_anything_but_our_errors(body, status, one):
    listed = [answers("item")] if one else [answers("items_first_page", pagination=None)]
    adapter = Vendorlike(*listed, accounts=tuple([said(body, status)] * 60)).adapter()
    try:
        reading = await adapter.read(REF if one else ConnectionRef(USER))
    except BotError:
        return
    assert reading.state is ConnectionState.OK
    assert all(each.isascii() and each.isalnum() and len(each) <= 34 for each in reading.accounts)


@settings(max_examples=150)
@given(body=anything("session") | anything("error_callback"), status=STATUSES)
async def test_no_session_raises_anything_but_our_errors(body, status):
    try:
        found = await page(Vendorlike(*[said(body, status)] * 4))
    except BotError:
        return
    assert found.reveal().startswith("https://connect.bridgeapi.io")


@settings(max_examples=150)
@given(body=anything("error_callback"), status=STATUSES)
async def test_the_doctor_always_has_an_answer_or_one_of_our_errors(body, status):
    lines = await Vendorlike(tokens=(said(body, status),)).adapter().diagnose()
    assert len(lines) in (2, 3)


@settings(max_examples=200)
@given(body=anything("hook_item_refreshed") | anything("hook_test"))
async def test_no_webhook_body_raises_anything_but_bad_input(body):
    try:
        refs = await hinted(f"v1={signature(body)}", body)
    except BadInput:
        return
    assert all(len(ref.user) == 36 and (not ref.connection or ref.connection.isdigit()) for ref in refs)


@settings(max_examples=200)
@given(
    headers=st.dictionaries(
        st.sampled_from(["BridgeApi-Signature", "bridgeapi-signature", "x"]) | st.text(), st.text()
    ),
    prefix=st.sampled_from(["", "v1=", "v1=,v1=", f"v0={HEX},v1="]),
    body=st.binary(max_size=100),
)
async def test_no_header_raises_anything_but_not_signed(headers, prefix, body):
    spoilt = {name: prefix + text for name, text in headers.items()}
    with pytest.raises(NotSigned):
        await Vendorlike().adapter().hinted("POST", "/", spoilt, body)


async def test_a_vendor_that_cannot_be_reached_is_tried_again_later():
    def breaks(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("https://x/?code=secret")

    adapter = Bridge(ACCOUNT, now=lambda: NOW, transport=httpx.MockTransport(breaks))
    with pytest.raises(TryAgain) as told:
        await adapter.read(REF)
    assert "secret" not in str(told.value)
