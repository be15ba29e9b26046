"""The Plaid adapter against the vendor's documented words: every code, the token file, the page, the signature."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from structlog.testing import capture_logs

from bot.adapters.aggregators.plaid import NO_TOKEN, REASONS, REFUSALS, STATES, Plaid, PlaidAccount, load_tokens
from bot.domain.connection import ConnectionRef, ConnectionState
from bot.domain.errors import BadInput, BotError, NotSigned, OurBug, Refused, Throttled, TryAgain, Unreachable
from bot.domain.secret import Secret
from tests.contracts.descriptions import PLAID, described

NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ITEM = "Mo7Rk2pVxwT4gQyLzN9eHbA3cJdU6sFiKqWtP"
OTHER = "Zt5Wn8bXcR1vKy4Lq7Pj0Hs3Gd6Fa9Ou2Ie"
REF = ConnectionRef("client-7", ITEM)
TOKEN = "access-production-6d2f90b1-4c7e-4a35-8f0d-e19b57a3c682"
PAYLOADS = Path(__file__).parent / "payloads" / "plaid"
ACCOUNT = PlaidAccount(
    client_id="64f0c2a1b9d3e7",
    secret=Secret("plaid-secret-value"),
    tokens={ITEM: Secret(TOKEN)},
    client_name="Cabinet Dupont",
)
KEY = ECKey.generate_key("P-256")
STRANGER = ECKey.generate_key("P-256")
KID = "3f9b2c74-61d8-4e05-a7c3-90be51d2f648"


def payload(name: str, **changes: object) -> dict[str, Any]:
    return json.loads((PAYLOADS / f"{name}.json").read_text("utf-8")) | changes


def item(name: str = "item", **changes: object) -> dict[str, Any]:
    answer = payload(name)
    return answer | {"item": answer["item"] | changes}


def error(code: str, kind: str = "ITEM_ERROR", reason: str | None = None) -> dict[str, Any]:
    return payload("error", error_code=code, error_type=kind) | ({"error_code_reason": reason} if reason else {})


def published(key: ECKey = KEY, **changes: object) -> dict[str, Any]:
    """What Plaid answers about its key, which is ours here."""
    public = key.as_dict(private=False)
    answer = payload("key")
    return answer | {"key": answer["key"] | {"x": public["x"], "y": public["y"]} | changes}


class Vendorlike:
    """A vendor that answers what it is told to, knows one webhook key, and keeps what it was asked.

    Where it is not told what the accounts are, they are those of `accounts.json`.
    """

    def __init__(
        self,
        *answers: httpx.Response,
        key: dict[str, Any] | None = None,
        accounts: tuple[httpx.Response, ...] = (),
    ) -> None:
        self.answers, self.accounts = list(answers), list(accounts)
        self.asked: list[httpx.Request] = []
        self.key = key or published()
        self.moment = NOW

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path == "/accounts/get":
            return self.accounts.pop(0) if self.accounts else httpx.Response(200, json=payload("accounts"))
        if request.url.path != "/webhook_verification_key/get" or self.answers:
            return self.answers.pop(0)
        if json.loads(request.content)["key_id"] == KID:
            return httpx.Response(200, json=self.key)
        return httpx.Response(400, json=error("INVALID_WEBHOOK_VERIFICATION_KEY_ID", "INVALID_INPUT"))

    def adapter(self, **changes: object) -> Plaid:
        account = replace(ACCOUNT, **changes)  # type: ignore[arg-type]
        return Plaid(account, now=lambda: self.moment, transport=httpx.MockTransport(self))

    def asked_for_accounts(self) -> list[dict[str, Any]]:
        return [json.loads(each.content) for each in self.asked if each.url.path == "/accounts/get"]

    def pass_(self, **span: float) -> None:
        self.moment += timedelta(**span)


def answering(body: object, status: int = 200, **headers: str) -> Vendorlike:
    return Vendorlike(httpx.Response(status, json=body, headers=headers))


async def read(body: object, status: int = 200):
    return await answering(body, status).adapter().read(REF)


# Every row of the states

ROWS = [
    ("ITEM_LOGIN_REQUIRED", "OAUTH_CONSENT_EXPIRED", ConnectionState.SCA_REQUIRED),
    ("ITEM_LOGIN_REQUIRED", "OAUTH_INVALID_TOKEN", ConnectionState.SCA_REQUIRED),
    ("ITEM_LOGIN_REQUIRED", "OAUTH_USER_REVOKED", ConnectionState.SCA_REQUIRED),
    ("ITEM_LOGIN_REQUIRED", None, ConnectionState.PASSWORD_CHANGED),
    ("USER_PERMISSION_REVOKED", None, ConnectionState.SCA_REQUIRED),
    ("INVALID_CREDENTIALS", None, ConnectionState.PASSWORD_CHANGED),
    ("INVALID_MFA", None, ConnectionState.OTP_REQUIRED),
    ("ITEM_LOCKED", None, ConnectionState.ACTION_NEEDED_AT_BANK),
    ("USER_SETUP_REQUIRED", None, ConnectionState.ACTION_NEEDED_AT_BANK),
    ("ACCESS_NOT_GRANTED", None, ConnectionState.ACTION_NEEDED_AT_BANK),
    ("NO_ACCOUNTS", None, ConnectionState.ACTION_NEEDED_AT_BANK),
    ("ITEM_NOT_SUPPORTED", None, ConnectionState.UNSUPPORTED),
    ("MFA_NOT_SUPPORTED", None, ConnectionState.UNSUPPORTED),
    ("INSTITUTION_NO_LONGER_SUPPORTED", None, ConnectionState.UNSUPPORTED),
    ("INSTITUTION_DOWN", None, ConnectionState.BANK_UNAVAILABLE),
    ("INSTITUTION_NOT_RESPONDING", None, ConnectionState.BANK_UNAVAILABLE),
    ("INSTITUTION_NOT_AVAILABLE", None, ConnectionState.BANK_UNAVAILABLE),
    ("INTERNAL_SERVER_ERROR", None, ConnectionState.BANK_UNAVAILABLE),
    ("PLANNED_MAINTENANCE", None, ConnectionState.BANK_UNAVAILABLE),
    ("ITEM_NOT_FOUND", None, ConnectionState.DELETED),
    ("ITEM_CONCURRENTLY_DELETED", None, ConnectionState.DELETED),
    ("INVALID_ACCESS_TOKEN", None, ConnectionState.DELETED),
    ("SOMETHING_NEW", None, ConnectionState.UNKNOWN),
    ("ITEM_LOGIN_REQUIRED", "OAUTH_SOMETHING_NEW", ConnectionState.UNKNOWN),
]


@pytest.mark.parametrize(("code", "reason", "state"), ROWS)
async def test_each_error_of_an_item_has_a_state_of_ours(code, reason, state):
    said = await read(item(error=error(code, reason=reason)))
    assert (said.state, said.vendor_code) == (state, f"{code}/{reason}" if reason else code)


@pytest.mark.parametrize(("code", "reason", "state"), ROWS)
async def test_it_is_the_same_state_where_the_error_comes_instead_of_an_answer(code, reason, state):
    said = await read(error(code, reason=reason), 400)
    assert (said.state, said.vendor_code) == (state, f"{code}/{reason}" if reason else code)


def test_no_row_of_the_tables_is_left_out_above():
    assert set(STATES) | {"SOMETHING_NEW"} == {code for code, _, _ in ROWS}
    assert set(REASONS) | {"OAUTH_SOMETHING_NEW"} == {reason for _, reason, _ in ROWS if reason}


@pytest.mark.parametrize("code", ["ITEM_GET_LIMIT", "INSTITUTION_RATE_LIMIT", "SOMETHING_NEW", "ITEM_LOCKED"])
async def test_any_error_of_the_type_rate_limit_is_rate_limited(code):
    assert (await read(item(error=error(code, "RATE_LIMIT_EXCEEDED")))).state is ConnectionState.RATE_LIMITED


SHOWN = ("Xe5Wk8bTcQ1vMy4Lr7Pj0Hs3Gd6Fa9Ou2Iz", "4d0f8c2ab9e17365c1a2f0e9d8b7a6c5e4f3d2c1b0a9f8e7d6c5b4a3")
"""The accounts of `accounts.json`: one with an id of this item only, one with an id that it has everywhere."""


async def test_no_error_is_ok():
    said = await read(item())
    assert (said.state, said.vendor_code, said.accounts) == (ConnectionState.OK, "", SHOWN)
    assert said.last_success_at == datetime(2026, 11, 20, 5, 10, 9, 250000, tzinfo=UTC)


async def test_an_item_without_status_or_consent_is_ok_and_nothing_is_invented():
    said = await read(payload("item-without-status"))
    assert (said.state, said.expires_on, said.last_success_at) == (ConnectionState.OK, None, None)


async def test_an_answer_that_does_not_say_whether_there_is_an_error_is_none():
    answer = item()
    del answer["item"]["error"]
    with pytest.raises(Unreachable):
        await read(answer)


async def test_an_item_whose_token_we_do_not_hold_is_deleted_without_a_call():
    vendor = Vendorlike()
    said = await vendor.adapter().read(ConnectionRef("client-7", OTHER))
    assert (said.state, said.vendor_code) == (ConnectionState.DELETED, NO_TOKEN)
    assert vendor.asked == []


async def test_a_token_that_opens_another_item_is_refused():
    with pytest.raises(Refused, match="another item"):
        await read(item(item_id=OTHER))


# Accounts


async def accounts_of(*accounts: dict[str, Any]) -> tuple[str, ...]:
    answer = httpx.Response(200, json=payload("accounts", accounts=accounts))
    return (await Vendorlike(httpx.Response(200, json=item()), accounts=(answer,)).adapter().read(REF)).accounts


async def test_the_accounts_of_a_working_item_are_asked_for_with_its_token_and_nothing_else():
    vendor = answering(item())
    assert (await vendor.adapter().read(REF)).accounts == SHOWN
    assert vendor.asked_for_accounts() == [{"access_token": TOKEN}]


async def test_a_consent_that_ends_soon_hides_no_account():
    said = await read(item(consent_expiration_time="2026-12-04T12:00:00Z"))
    assert (said.state, said.accounts) == (ConnectionState.EXPIRING, SHOWN)


@pytest.mark.parametrize(("code", "reason", "state"), ROWS)
async def test_of_an_item_that_does_not_work_no_account_is_asked_for(code, reason, state):
    vendor = answering(item(error=error(code, reason=reason)))
    assert (await vendor.adapter().read(REF)).accounts == ()
    assert vendor.asked_for_accounts() == []


async def test_an_account_is_known_by_the_id_that_lasts_longest_in_the_vendors_order():
    both = {"account_id": "b", "persistent_account_id": "p"}
    assert await accounts_of({"account_id": "z"}, both, {"account_id": "a", "persistent_account_id": None}) == (
        "z",
        "p",
        "a",
    )
    assert await accounts_of({"account_id": "c", "persistent_account_id": ""}, {"account_id": "c"}) == ("c", "c")
    assert await accounts_of() == ()


async def test_the_newest_item_of_the_user_shows_its_accounts_and_a_listing_asks_for_none():
    vendor = Vendorlike(*[httpx.Response(200, json=item(client_user_id="client-7")) for _ in range(2)])
    adapter = vendor.adapter()
    (listed,) = await adapter.connections("client-7")
    assert (listed.state, listed.accounts, vendor.asked_for_accounts()) == (ConnectionState.OK, (), [])
    newest = await adapter.read(ConnectionRef("client-7"))
    assert newest == replace(listed, accounts=SHOWN)
    assert vendor.asked_for_accounts() == [{"access_token": TOKEN}]


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, error("PRODUCT_NOT_READY")),
        (400, error("SOMETHING_NEW")),
        (400, error("INVALID_PRODUCT", "INVALID_INPUT")),
        (400, error("ADDITIONAL_CONSENT_REQUIRED", "INVALID_INPUT")),
        (400, error("MISSING_FIELDS", "INVALID_REQUEST")),
        (404, error("NOT_FOUND", "INVALID_REQUEST")),
        (404, {"hello": "world"}),
        (403, {"hello": "world"}),
    ],
)
async def test_an_error_that_says_nothing_of_the_item_leaves_its_accounts_unknown(status, body):
    refused = httpx.Response(status, json=body)
    said = await Vendorlike(httpx.Response(200, json=item()), accounts=(refused,)).adapter().read(REF)
    assert said == replace(await read(item()), accounts=())


async def test_that_accounts_are_refused_to_us_is_in_the_log_with_the_code():
    refused = httpx.Response(400, json=error("INVALID_PRODUCT", "INVALID_INPUT"))
    with capture_logs() as logs:
        await Vendorlike(httpx.Response(200, json=item()), accounts=(refused,)).adapter().read(REF)
    assert [(line["event"], line["log_level"]) for line in logs] == [
        ("the accounts of a bank are not known", "warning")
    ]
    assert logs[0]["reason"].endswith("INVALID_PRODUCT")
    assert TOKEN not in repr(logs)


@pytest.mark.parametrize(("code", "reason", "state"), [row for row in ROWS if row[0] != "SOMETHING_NEW"])
async def test_an_error_about_the_item_that_its_accounts_bring_to_light_is_believed(code, reason, state):
    lapsed = httpx.Response(400, json=error(code, reason=reason))
    said = await Vendorlike(httpx.Response(200, json=item()), accounts=(lapsed,)).adapter().read(REF)
    word = f"{code}/{reason}" if reason else code
    assert said == replace(await read(item()), state=state, vendor_code=word, accounts=())


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (429, error("ACCOUNTS_LIMIT", "RATE_LIMIT_EXCEEDED"), Throttled),
        (500, error("INTERNAL_SERVER_ERROR", "API_ERROR"), Unreachable),
        (502, {}, Unreachable),
        (200, {}, Unreachable),
        (200, {"accounts": [{"mask": "0325"}]}, Unreachable),
    ],
)
async def test_accounts_that_cannot_be_had_now_are_asked_for_again_with_the_whole_reading(status, body, raised):
    answers = [httpx.Response(200, json=item()) for _ in range(2)]
    adapter = Vendorlike(*answers, accounts=(httpx.Response(status, json=body),)).adapter()
    with pytest.raises(raised):
        await adapter.read(REF)
    assert (await adapter.read(REF)).accounts == SHOWN


# Dates


async def test_a_lapsed_consent_keeps_its_last_day_in_paris():
    said = await read(payload("item-consent-expired"))
    assert (said.state, said.expires_on) == (ConnectionState.SCA_REQUIRED, date(2026, 11, 19))


@pytest.mark.parametrize(
    ("written", "expires_on"),
    [
        ("2027-03-16T15:53:00Z", date(2027, 3, 16)),
        ("2027-03-16T23:30:00.766Z", date(2027, 3, 17)),
        ("2027-07-16T22:30:00+00:00", date(2027, 7, 17)),
        ("2027-03-16T15:53:00", date(2027, 3, 16)),
        (None, None),
    ],
)
async def test_the_consent_ends_on_a_day_in_paris(written, expires_on):
    assert (await read(item(consent_expiration_time=written))).expires_on == expires_on


@pytest.mark.parametrize("written", ["soon", "2027-13-01T00:00:00Z", 1794000000, "9999-12-31T23:59:59Z", ""])
async def test_a_date_that_is_none_makes_no_answer(written):
    with pytest.raises(Unreachable):
        await read(item(consent_expiration_time=written))


@pytest.mark.parametrize(
    ("ends", "state"),
    [("2026-12-04T12:00:00Z", ConnectionState.EXPIRING), ("2026-12-05T12:00:00Z", ConnectionState.OK)],
)
async def test_a_consent_that_ends_within_two_weeks_is_expiring(ends, state):
    assert (await read(item(consent_expiration_time=ends))).state is state


async def test_expiring_overrides_nothing_but_ok():
    broken = item(error=error("ITEM_LOCKED"), consent_expiration_time="2026-11-25T12:00:00Z")
    assert (await read(broken)).state is ConnectionState.ACTION_NEEDED_AT_BANK


# Errors about us


@pytest.mark.parametrize(
    ("status", "kind", "code", "raised"),
    [
        *[(400, "INVALID_INPUT", code, Refused) for code in sorted(REFUSALS)],
        (401, "INVALID_INPUT", "SOMETHING_NEW", Refused),
        (403, "ITEM_ERROR", "SOMETHING_NEW", Refused),
        (429, "RATE_LIMIT_EXCEEDED", "ITEM_GET_LIMIT", Throttled),
        (400, "RATE_LIMIT_EXCEEDED", "ITEM_GET_LIMIT", Throttled),
        (429, "SOMETHING_NEW", "SOMETHING_NEW", Throttled),
        (400, "INVALID_REQUEST", "MISSING_FIELDS", OurBug),
        (404, "INVALID_REQUEST", "NOT_FOUND", OurBug),
        (500, "API_ERROR", "INTERNAL_SERVER_ERROR", Unreachable),
        (503, "API_ERROR", "PLANNED_MAINTENANCE", Unreachable),
        (400, "API_ERROR", "PLAID_ERROR", Unreachable),
        (500, "INVALID_REQUEST", "MISSING_FIELDS", Unreachable),
        (302, "ITEM_ERROR", "ITEM_LOCKED", Unreachable),
    ],
)
async def test_an_error_about_us_is_one_of_our_errors(status, kind, code, raised):
    with pytest.raises(raised):
        await read(error(code, kind), status)


@pytest.mark.parametrize(("status", "raised"), [(400, OurBug), (403, Refused), (429, Throttled), (502, Unreachable)])
async def test_an_error_that_is_not_of_their_form_is_judged_by_its_status(status, raised):
    with pytest.raises(raised):
        await read({"hello": "world"}, status)


async def test_a_bank_that_is_down_is_a_reading_even_with_a_server_error():
    said = await read(error("INSTITUTION_DOWN", "INSTITUTION_ERROR"), 500)
    assert said.state is ConnectionState.BANK_UNAVAILABLE


async def test_retry_after_is_handed_on():
    with pytest.raises(Throttled) as told:
        await (
            answering(error("ITEM_GET_LIMIT", "RATE_LIMIT_EXCEEDED"), 429, **{"Retry-After": "42"})
            .adapter()
            .read(REF)
        )
    assert told.value.after == 42


@pytest.mark.parametrize("field", ["error_type", "error_code", "error_code_reason"])
async def test_a_text_in_place_of_a_code_never_leaves_the_module(field):
    texts = error("ITEM_LOGIN_REQUIRED", reason="OAUTH_CONSENT_EXPIRED") | {field: "https://evil/?state=hidden"}
    said = await read(item(error=texts))
    assert "hidden" not in repr(said)
    with pytest.raises(OurBug) as told:
        await read(texts | {"error_type": "INVALID_REQUEST", "error_code": "hidden state"}, 400)
    assert "hidden" not in str(told.value)


async def test_no_secret_is_in_a_repr_an_error_or_the_log(caplog):
    caplog.set_level("DEBUG")
    said = [repr(ACCOUNT), str(ACCOUNT)]
    for body, status in [(item(item_id=OTHER), 200), ([], 200), (error("MISSING_FIELDS", "INVALID_REQUEST"), 400)]:
        adapter = answering(body, status).adapter()
        with pytest.raises(BotError) as told:
            await adapter.read(REF)
        said += [repr(told.value), repr(vars(adapter)["_account"])]
    told_all = "".join([*said, caplog.text])
    assert TOKEN not in told_all
    assert "plaid-secret-value" not in told_all


async def test_the_longest_words_still_fit_where_they_are_stored():
    code = "A" * 63
    assert (await read(item(error=error(code, reason=code)))).vendor_code == f"{code}/"


# The items of a user


def several(**owners: str | None) -> tuple[dict[str, Secret], Callable[[httpx.Request], httpx.Response]]:
    """Tokens of some items, and a vendor that names their users; the first is the oldest."""
    tokens = {name: Secret(f"access-production-{name}") for name in owners}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/accounts/get":
            return httpx.Response(200, json=payload("accounts"))
        name = json.loads(request.content)["access_token"].removeprefix("access-production-")
        day = list(owners).index(name) + 1
        named = {"client_user_id": owners[name]} if owners[name] else {}
        return httpx.Response(200, json=item(item_id=name, created_at=f"2026-01-{day:02}T00:00:00Z", **named))

    return tokens, answer


async def test_only_items_whose_answer_names_the_user_are_his():
    tokens, answer = several(first="client-7", second="client-8", third=None, fourth="client-7")
    adapter = Plaid(replace(ACCOUNT, tokens=tokens), now=lambda: NOW, transport=httpx.MockTransport(answer))
    found = await adapter.connections("client-7")
    assert {each.ref for each in found} == {ConnectionRef("client-7", "first"), ConnectionRef("client-7", "fourth")}
    for each in found:
        assert each == replace(await adapter.read(each.ref), ref=each.ref, accounts=())
    assert await adapter.connections("client-9") == []
    assert await adapter.connections("") == []


async def test_an_item_that_is_gone_is_nobodys_and_hides_no_other():
    tokens, answer = several(first="client-7", gone="client-7")

    def some_gone(request: httpx.Request) -> httpx.Response:
        gone = b"gone" in request.content
        return httpx.Response(400, json=error("ITEM_NOT_FOUND")) if gone else answer(request)

    adapter = Plaid(replace(ACCOUNT, tokens=tokens), now=lambda: NOW, transport=httpx.MockTransport(some_gone))
    assert [each.ref for each in await adapter.connections("client-7")] == [ConnectionRef("client-7", "first")]


async def test_a_list_that_cannot_be_completed_is_none():
    vendor = Vendorlike(httpx.Response(200, json=item(client_user_id="client-7")), httpx.Response(503, json={}))
    adapter = vendor.adapter(tokens={ITEM: Secret("a"), OTHER: Secret("b")})
    with pytest.raises(TryAgain):
        await adapter.connections("client-7")


async def test_the_newest_item_of_the_user_is_read_where_none_is_named():
    tokens, answer = several(zebra="client-7", ant="client-7", bee="client-8", cat=None)
    adapter = Plaid(replace(ACCOUNT, tokens=tokens), now=lambda: NOW, transport=httpx.MockTransport(answer))
    assert (await adapter.read(ConnectionRef("client-7"))).ref == ConnectionRef("client-7", "ant")
    nobodys = await adapter.read(ConnectionRef("client-9"))
    assert (nobodys.state, nobodys.ref) == (ConnectionState.DELETED, None)


async def test_a_listing_reads_some_items_at_once_and_never_all():
    tokens, answer = several(**{f"item{number}": "client-7" for number in range(1, 29)})
    running, most = 0, 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(20):
            await asyncio.sleep(0)
        running -= 1
        return answer(request)

    adapter = Plaid(replace(ACCOUNT, tokens=tokens), now=lambda: NOW, transport=httpx.MockTransport(slow))
    assert len(await adapter.connections("client-7")) == 28
    assert 1 < most <= 8


# The file of tokens


def written(folder: Path, content: str | bytes, mode: int = 0o600) -> Path:
    path = folder / "plaid-tokens.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400])
@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf"])
def test_a_file_of_ones_own_is_read(tmp_path, mode, before):
    content = before + json.dumps({ITEM: TOKEN, OTHER: "access-production-2"}).encode()
    tokens = load_tokens(written(tmp_path, content, mode))
    assert {name: token.reveal() for name, token in tokens.items()} == {ITEM: TOKEN, OTHER: "access-production-2"}
    assert TOKEN not in repr(tokens)


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o610, 0o644])
def test_a_file_that_is_open_to_others_is_refused_with_the_remedy(tmp_path, mode):
    path = written(tmp_path, json.dumps({ITEM: TOKEN}), mode)
    with pytest.raises(BadInput, match=f"chmod 600 {path}") as told:
        load_tokens(path)
    assert TOKEN not in str(told.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", r"pas du JSON \(ligne 1\)"),
        ('{\n"%s":\n' % TOKEN, r"pas du JSON \(ligne 3\)"),  # noqa: UP031
        (b"\xff\xfe\x00", "pas du JSON"),
        ("[" * 100_000, "pas du JSON"),
        (json.dumps([TOKEN]), "pas la bonne forme"),
        (json.dumps(TOKEN), "pas la bonne forme"),
        (json.dumps({ITEM: {"access_token": TOKEN}}), "pas la bonne forme"),
        (json.dumps({ITEM: None, OTHER: TOKEN}), "pas la bonne forme"),
        (json.dumps({ITEM: "", OTHER: TOKEN}), "pas la bonne forme"),
        (json.dumps({ITEM: TOKEN + "\n"}), "pas la bonne forme"),
        (json.dumps({"": TOKEN}), "pas la bonne forme"),
        (json.dumps({f"{ITEM} ": TOKEN}), "pas la bonne forme"),
        (f'{{"{ITEM}": "{TOKEN}", "{ITEM}": "access-production-2"}}', "deux fois"),
    ],
)
def test_a_malformed_file_is_refused_without_quoting_it(tmp_path, content, says):
    with pytest.raises(BadInput, match=says) as told:
        load_tokens(written(tmp_path, content))
    assert TOKEN not in str(told.value)
    assert told.value.__cause__ is None


def test_a_file_that_is_not_there_or_cannot_be_read_says_what_to_write(tmp_path):
    with pytest.raises(BadInput, match=r"n’existe pas\. Écrivez-y"):
        load_tokens(tmp_path / "nowhere.json")
    with pytest.raises(BadInput, match=r"ne peut pas être lu\. Écrivez-y"):
        load_tokens(tmp_path)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=60) | st.text(alphabet='{}[]":,a1 \n', max_size=40).map(str.encode))
def test_no_file_raises_anything_but_bad_input(tmp_path_factory, content):
    try:
        tokens = load_tokens(written(tmp_path_factory.getbasetemp(), content))
    except BadInput:
        return
    assert all(isinstance(token, Secret) for token in tokens.values())


# The hosted page


async def page(vendor: Vendorlike, ref: ConnectionRef = REF, back: str = "https://us/l/back", **changes: object):
    return await vendor.adapter(**changes).renewal_page(ref, return_to=back, state="s/t&u", new_secret=True)


async def test_the_renewal_page_is_update_mode_and_state_comes_back_in_its_query():
    vendor = answering(payload("link-token"))
    address = await page(vendor)
    assert address.reveal() == "https://secure.plaid.com/hl/ma1n7o2p8q3r9s4t"
    body = json.loads(vendor.asked[0].content)
    back = urlsplit(body["hosted_link"].pop("completion_redirect_uri"))
    assert (back.netloc, back.path, parse_qs(back.query)) == ("us", "/l/back", {"state": ["s/t&u"]})
    assert body == {
        "client_name": "Cabinet Dupont",
        "language": "fr",
        "country_codes": ["FR"],
        "user": {"client_user_id": "client-7"},
        "access_token": TOKEN,
        "hosted_link": {},
    }


async def test_a_name_too_long_for_their_page_is_cut_rather_than_replaced():
    vendor = answering(payload("link-token"))
    await page(vendor, client_name="Cabinet d'expertise comptable Dupont & Fils")
    assert json.loads(vendor.asked[0].content)["client_name"] == "Cabinet d'expertise comptable"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://secure.plaid.com.evil.example/x", "http://secure.plaid.com/x", "https://secure.plaid.com@evil/"],
)
async def test_a_page_at_another_host_is_refused_and_not_quoted(elsewhere):
    with pytest.raises(Refused) as told:
        await page(answering(payload("link-token", hosted_link_url=elsewhere)))
    assert elsewhere not in str(told.value)


async def test_a_contract_without_hosted_link_is_told_so():
    answer = payload("link-token")
    del answer["hosted_link_url"]
    with pytest.raises(Refused, match="Hosted Link"):
        await page(answering(answer))


@pytest.mark.parametrize("ref", [ConnectionRef("client-7", OTHER), ConnectionRef("", ITEM), ConnectionRef("")])
async def test_no_page_is_asked_for_without_a_token_or_a_user(ref):
    vendor = Vendorlike()
    with pytest.raises(Refused):
        await page(vendor, ref)
    assert vendor.asked == []


@pytest.mark.parametrize("back", ["https://us/back?x=1", "https://us/back#x"])
async def test_a_return_address_that_already_carries_something_is_our_bug(back):
    with pytest.raises(OurBug):
        await page(Vendorlike(), back=back)


async def test_the_newest_item_is_renewed_where_none_is_named():
    named = httpx.Response(200, json=item(client_user_id="client-7"))
    vendor = Vendorlike(named, httpx.Response(200, json=payload("link-token")))
    await page(vendor, ConnectionRef("client-7"))
    assert json.loads(vendor.asked[1].content)["access_token"] == TOKEN


@pytest.mark.parametrize(
    "revoked", [error("USER_PERMISSION_REVOKED"), error("ITEM_LOGIN_REQUIRED", reason="OAUTH_USER_REVOKED")]
)
async def test_a_revoked_item_is_deleted_once_its_page_is_refused_and_alive_once_it_works_again(revoked):
    vendor = Vendorlike()
    adapter = vendor.adapter()

    async def state(body: dict[str, Any]) -> ConnectionState:
        vendor.answers = [httpx.Response(200, json=body)]
        return (await adapter.read(REF)).state

    assert await state(item(error=revoked)) is ConnectionState.SCA_REQUIRED
    vendor.answers = [httpx.Response(400, json=error("ITEM_NOT_FOUND"))]
    with pytest.raises(Refused, match="ITEM_NOT_FOUND"):
        await adapter.renewal_page(REF, return_to="https://us/back", state="s", new_secret=False)
    assert await state(item(error=revoked)) is ConnectionState.DELETED
    assert await state(item(error=error("ITEM_LOCKED"))) is ConnectionState.ACTION_NEEDED_AT_BANK
    assert await state(item()) is ConnectionState.OK
    assert await state(item(error=revoked)) is ConnectionState.SCA_REQUIRED


async def test_a_page_that_the_bank_delays_can_be_asked_for_again():
    down = httpx.Response(400, json=error("INSTITUTION_DOWN", "INSTITUTION_ERROR"))
    vendor = Vendorlike(down, httpx.Response(200, json=payload("link-token")))
    with pytest.raises(TryAgain):
        await page(vendor)
    assert (await page(vendor)).reveal()


async def test_coming_back_opens_nothing():
    assert await Vendorlike().adapter().returned(REF, Secret("code")) is None


# Synchronisation


@pytest.mark.parametrize(
    ("status", "kind", "code", "raised"),
    [
        (400, "ITEM_ERROR", "PRODUCT_NOT_READY", Throttled),
        (429, "RATE_LIMIT_EXCEEDED", "TRANSACTIONS_REFRESH_LIMIT", Throttled),
        (400, "RATE_LIMIT_EXCEEDED", "TRANSACTIONS_LIMIT", Throttled),
        (400, "ITEM_ERROR", "PRODUCTS_NOT_SUPPORTED", Refused),
        (400, "INVALID_INPUT", "INVALID_PRODUCT", Refused),
        (400, "INVALID_INPUT", "INVALID_API_KEYS", Refused),
        (500, "API_ERROR", "INTERNAL_SERVER_ERROR", Unreachable),
        (400, "INVALID_REQUEST", "MISSING_FIELDS", OurBug),
    ],
)
async def test_a_sync_that_cannot_be_asked_for_says_why(status, kind, code, raised):
    with pytest.raises(raised):
        await answering(error(code, kind), status).adapter().sync(REF)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (400, "ITEM_ERROR", "ITEM_LOGIN_REQUIRED"),
        (400, "ITEM_ERROR", "ITEM_NOT_FOUND"),
        (400, "ITEM_ERROR", "SOMETHING_NEW"),
        (400, "INSTITUTION_ERROR", "INSTITUTION_DOWN"),
        (500, "INSTITUTION_ERROR", "INSTITUTION_NOT_RESPONDING"),
        (400, "INVALID_INPUT", "INVALID_ACCESS_TOKEN"),
    ],
)
async def test_a_sync_that_the_bank_answers_badly_is_left_to_the_next_reading(status, kind, code):
    vendor = answering(error(code, kind), status)
    await vendor.adapter().sync(REF)
    assert [request.url.path for request in vendor.asked] == ["/transactions/refresh"]


async def test_a_sync_is_one_call_and_of_an_unknown_item_none():
    vendor = answering(payload("refresh"))
    await vendor.adapter().sync(REF)
    await vendor.adapter().sync(ConnectionRef("client-7", OTHER))
    await vendor.adapter().sync(ConnectionRef("client-7"))
    assert [json.loads(request.content) for request in vendor.asked] == [{"access_token": TOKEN}]


async def test_a_sync_may_take_as_long_as_the_bank_does_and_a_reading_may_not():
    vendor = Vendorlike(httpx.Response(200, json=payload("refresh")), httpx.Response(200, json=item()))
    adapter = vendor.adapter()
    await adapter.sync(REF)
    await adapter.read(REF)
    assert [request.extensions["timeout"]["read"] for request in vendor.asked] == [300, 20, 20]


# Webhooks

BODY = (PAYLOADS / "webhook-pending-expiration.json").read_bytes()


def claims(body: bytes = BODY, age: int = 0, **changes: object) -> dict[str, Any]:
    signed = {"iat": int(NOW.timestamp()) - age, "request_body_sha256": hashlib.sha256(body).hexdigest()}
    return signed | changes


def signed(
    body: bytes = BODY, *, key: ECKey = KEY, kid: str = KID, age: int = 0, **changes: object
) -> dict[str, str]:
    head = {"alg": "ES256", "kid": kid, "typ": "JWT"}
    raw = json.dumps(claims(body, age, **changes)).encode()
    return {"Plaid-Verification": jws.serialize_compact(head, raw, key)}


def coded(part: object) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def hinted(vendor: Vendorlike | None = None, headers: dict[str, str] | None = None, body: bytes = BODY):
    adapter = (vendor or Vendorlike()).adapter()
    return list(await adapter.hinted("POST", "/hooks", signed() if headers is None else headers, body))


EVENTS = sorted(path.stem for path in PAYLOADS.glob("webhook-*.json"))


@pytest.mark.parametrize("name", EVENTS)
async def test_every_event_that_names_an_item_is_a_hint_and_a_visit_is_none(name):
    body = (PAYLOADS / f"{name}.json").read_bytes()
    named = [] if name == "webhook-session-finished" else [ConnectionRef("", ITEM)]
    assert await hinted(headers=signed(body), body=body) == named


@pytest.mark.parametrize("learn", ["read", "sync", "connections"])
async def test_the_user_is_named_once_the_item_was_read_in_his_name(learn):
    vendor = Vendorlike()
    adapter = vendor.adapter()
    assert list(await adapter.hinted("POST", "/hooks", signed(), BODY)) == [ConnectionRef("", ITEM)]
    vendor.answers.append(httpx.Response(200, json=item(client_user_id="client-7")))
    await (adapter.connections("client-7") if learn == "connections" else getattr(adapter, learn)(REF))
    assert list(await adapter.hinted("POST", "/hooks", signed(), BODY)) == [REF]


async def test_the_name_of_the_header_is_in_any_case():
    for name in ("plaid-verification", "PLAID-VERIFICATION"):
        assert await hinted(headers={name: signed()["Plaid-Verification"]})


async def test_a_webhook_without_a_signature_asks_nobody():
    vendor = Vendorlike()
    with pytest.raises(NotSigned):
        await hinted(vendor, {})
    assert vendor.asked == []


def confused(secret: bytes) -> str:
    """HS256 with what everybody knows, the public key, as its secret."""
    message = f"{coded({'alg': 'HS256', 'kid': KID, 'typ': 'JWT'})}.{coded(claims())}"
    return f"{message}.{coded(hmac.new(secret, message.encode(), hashlib.sha256).digest())}"


def with_head(**changes: object) -> str:
    """The true signature below another header."""
    head = {"alg": "ES256", "kid": KID, "typ": "JWT"} | changes
    return ".".join([coded(head), *signed()["Plaid-Verification"].split(".")[1:]])


P384, RSA = ECKey.generate_key("P-384"), RSAKey.generate_key(2048)
FORGED = {
    "none": f"{coded({'alg': 'none', 'kid': KID})}.{coded(claims())}.",
    "None in capitals": f"{coded({'alg': 'NONE', 'kid': KID})}.{coded(claims())}.",
    "HS256 with the PEM": confused(KEY.as_pem(private=False)),
    "HS256 with the JWK": confused(json.dumps(published()["key"]).encode()),
    "RS256": jwt.encode({"alg": "RS256", "kid": KID}, claims(), RSA),
    "ES384": jwt.encode({"alg": "ES384", "kid": KID}, claims(), P384, algorithms=["ES384"]),
    "small letters": with_head(alg="es256"),
    "a list": with_head(alg=["ES256"]),
    "no algorithm": f"{coded({'kid': KID})}.{coded(claims())}.",
    "no key id": jwt.encode({"alg": "ES256"}, claims(), KEY),
    "a key id that is none": with_head(kid="../../x"),
    "a key of its own": with_head(jwk=STRANGER.as_dict(private=False)),
    "a critical field": with_head(crit=7),
    "an open payload": with_head(b64=False, crit=["b64"]),
    "a header that is a list": f"{coded([])}.{coded(claims())}.",
    "no JSON": f"{coded(b'{')}.{coded(claims())}.",
    "letters beyond ASCII": "é.é.é",
    "far too long": signed()["Plaid-Verification"] + "A" * 5000,
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_any_other_header_is_refused_before_a_key_is_asked_for(forged):
    vendor = Vendorlike()
    with pytest.raises(NotSigned):
        await hinted(vendor, {"Plaid-Verification": forged})
    assert vendor.asked == []


async def test_a_strangers_signature_under_the_true_key_id_is_refused():
    with pytest.raises(NotSigned, match="wrong"):
        await hinted(headers=signed(key=STRANGER))


@pytest.mark.parametrize("age", [-30, -29, 0, 299, 300])
async def test_a_webhook_of_the_last_five_minutes_is_accepted(age):
    assert await hinted(headers=signed(age=age))


@pytest.mark.parametrize("age", [-(10**400), -86400, -31, 301, 86400, 10**400])
async def test_an_old_webhook_and_one_from_the_future_are_refused(age):
    with pytest.raises(NotSigned, match="just now"):
        await hinted(headers=signed(age=age))


@pytest.mark.parametrize(
    "digest", [hashlib.sha256(b"other").hexdigest(), hashlib.sha256(BODY).hexdigest().upper(), "", "é", "\ud800"]
)
async def test_a_webhook_signed_for_another_body_is_refused(digest):
    with pytest.raises(NotSigned, match="another body"):
        await hinted(headers=signed(request_body_sha256=digest))


@pytest.mark.parametrize("wrong", [{"iat": None}, {"iat": True}, {"iat": "now"}, {"request_body_sha256": 7}])
async def test_claims_of_another_form_are_refused(wrong):
    with pytest.raises(NotSigned):
        await hinted(headers=signed(**wrong))


async def test_a_signed_payload_that_is_no_object_is_refused():
    token = jws.serialize_compact({"alg": "ES256", "kid": KID}, b"[1]", KEY)
    with pytest.raises(NotSigned):
        await hinted(headers={"Plaid-Verification": token})


async def test_a_key_that_has_expired_signs_nothing_any_more():
    with pytest.raises(NotSigned, match="no longer"):
        await hinted(Vendorlike(key=published(expired_at=1767225600)))


async def test_any_change_of_header_token_or_body_is_refused_a_thousand_times():
    chance = random.Random(20261127)
    vendor = Vendorlike()
    adapter = vendor.adapter()
    token = signed()["Plaid-Verification"]
    for _ in range(1000):
        parts = [b"Plaid-Verification", token.encode(), BODY]
        which = chance.randrange(3)
        parts[which] = mutated(parts[which], chance)
        name, changed, body = parts
        with pytest.raises((NotSigned, Throttled)):
            await adapter.hinted("POST", "/hooks", {name.decode("latin-1"): changed.decode("latin-1")}, body)
    assert list(await adapter.hinted("POST", "/hooks", {"Plaid-Verification": token}, BODY))


def mutated(part: bytes, chance: random.Random) -> bytes:
    """One byte replaced, put in, or left out; two exchanged; or the end cut off. Never the same in other letters."""
    while True:
        place = chance.randrange(len(part))
        byte = bytes([chance.randrange(33, 127)])
        other = chance.randrange(len(part))
        swapped = bytearray(part)
        swapped[place], swapped[other] = swapped[other], swapped[place]
        changed = chance.choice(
            [
                part[:place] + byte + part[place + 1 :],
                part[:place] + byte + part[place:],
                part[:place] + part[place + 1 :],
                part[:place],
                bytes(swapped),
            ]
        )
        if changed.lower() != part.lower() or (changed != part and part != b"Plaid-Verification"):
            return changed


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b'{"webhook_type":"ITEM"}', BODY.replace(ITEM.encode(), b"a b"), b"\xff"]
)
async def test_a_signed_body_that_is_not_of_their_form_is_bad_input(body):
    with pytest.raises(BadInput):
        await hinted(headers=signed(body), body=body)


# Keys


def keys_asked(vendor: Vendorlike) -> list[str]:
    return [json.loads(each.content)["key_id"] for each in vendor.asked]


async def ring(vendor: Vendorlike, adapter: Plaid, kid: str = KID) -> None:
    """One webhook, signed at the vendor's moment."""
    age = int((NOW - vendor.moment).total_seconds())
    await adapter.hinted("POST", "/hooks", signed(kid=kid, age=age), BODY)


async def test_a_key_is_asked_for_once_an_hour():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    for _ in range(5):
        vendor.pass_(minutes=11)
        await ring(vendor, adapter)
    assert keys_asked(vendor) == [KID]
    vendor.pass_(minutes=60)
    await ring(vendor, adapter)
    assert keys_asked(vendor) == [KID, KID]


async def test_a_key_that_expires_while_it_is_kept_is_refused_within_the_hour():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    await ring(vendor, adapter)
    vendor.key = published(expired_at=1767225600)
    vendor.pass_(minutes=60)
    with pytest.raises(NotSigned):
        await ring(vendor, adapter)


async def test_webhooks_that_come_together_ask_for_their_key_once():
    vendor = Vendorlike()

    async def slow(request: httpx.Request) -> httpx.Response:
        for _ in range(20):
            await asyncio.sleep(0)
        return vendor(request)

    adapter = Plaid(ACCOUNT, now=lambda: NOW, transport=httpx.MockTransport(slow))
    await asyncio.gather(*[ring(vendor, adapter) for _ in range(20)])
    assert keys_asked(vendor) == [KID]


async def test_an_unknown_key_is_refused_and_not_asked_for_again_for_ten_minutes():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    for minutes in (0, 5, 4):
        vendor.pass_(minutes=minutes)
        with pytest.raises(NotSigned):
            await ring(vendor, adapter, "made-up")
    assert keys_asked(vendor) == ["made-up"]
    vendor.pass_(minutes=1)
    with pytest.raises(NotSigned):
        await ring(vendor, adapter, "made-up")
    assert keys_asked(vendor) == ["made-up", "made-up"]


async def test_a_flood_of_made_up_keys_is_no_flood_of_calls_and_true_webhooks_pass():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    await ring(vendor, adapter)
    vendor.pass_(minutes=1)
    refused = []
    for number in range(200):
        with pytest.raises((NotSigned, Throttled)) as told:
            await ring(vendor, adapter, f"made-up-{number}")
        refused.append(told.value)
    assert keys_asked(vendor) == [KID, *[f"made-up-{number}" for number in range(5)]]
    assert [each.after for each in refused if isinstance(each, Throttled)] == [60] * 195
    await ring(vendor, adapter)
    vendor.pass_(hours=1)  # the true key is asked for again, whatever the flood has used up
    for number in range(5):
        with pytest.raises(NotSigned):
            await ring(vendor, adapter, f"later-{number}")
    await ring(vendor, adapter)


async def test_a_long_flood_fills_no_memory():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    for number in range(600):
        vendor.pass_(seconds=12)
        with pytest.raises(NotSigned):
            await ring(vendor, adapter, f"made-up-{number}")
    kept = adapter._keys
    assert len(kept.kept) <= 51
    assert len(kept.asked) <= 5
    assert not kept.asking


@pytest.mark.parametrize(
    ("status", "body", "raised"),
    [
        (500, error("INTERNAL_SERVER_ERROR", "API_ERROR"), Unreachable),
        (429, error("RATE_LIMIT", "RATE_LIMIT_EXCEEDED"), Throttled),
        (400, error("INVALID_API_KEYS", "INVALID_INPUT"), Unreachable),
        (400, error("MISSING_FIELDS", "INVALID_REQUEST"), Unreachable),
        (200, {"key": {}}, Unreachable),
        (200, published(kid="another"), Unreachable),
        (200, published(alg="RS256"), Unreachable),
        (200, published(crv="P-384"), Unreachable),
        (200, published(use="enc"), Unreachable),
        (200, published(x="AAAA"), Unreachable),
        (200, published(x="é"), Unreachable),
        (200, published(x=""), Unreachable),
    ],
)
async def test_a_key_that_cannot_be_had_leaves_the_webhook_for_later_and_then_it_is_accepted(status, body, raised):
    vendor = answering(body, status)
    adapter = vendor.adapter()
    with pytest.raises(raised):
        await ring(vendor, adapter)
    await ring(vendor, adapter)
    assert len(vendor.asked) == 2


# Anything at all

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
DATES = st.sampled_from(
    ["2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z", "", "2026-W01-1"]
)
CODES = st.sampled_from([*STATES, *REASONS, "SOMETHING_NEW", "a text", "RATE_LIMIT_EXCEEDED"])
ERRORS = st.dictionaries(st.sampled_from(["error_type", "error_code", "error_code_reason"]), CODES | JSON, max_size=3)
FIELDS = st.sampled_from(["error", "created_at", "consent_expiration_time", "client_user_id", "item_id"])
ALMOST = st.builds(
    lambda fields, status: item(**fields) | status,
    st.dictionaries(FIELDS, DATES | ERRORS | JSON, max_size=4),
    st.dictionaries(st.just("status"), st.dictionaries(st.just("transactions"), JSON), max_size=1),
)
ANYTHING = st.binary(max_size=200) | (ALMOST | ERRORS | JSON).map(lambda value: json.dumps(value).encode())
STATUS = st.sampled_from([200, 200, 200, 302, 400, 404, 429, 500])


@settings(max_examples=300, deadline=None)
@given(body=ANYTHING, status=STATUS, one=st.booleans())
async def test_no_answer_raises_anything_but_our_errors(body, status, one):
    adapter = Vendorlike(httpx.Response(status, content=body)).adapter()
    try:
        said = await adapter.read(REF if one else ConnectionRef("client-7"))
    except BotError:
        return
    assert isinstance(said.state, ConnectionState)
    assert len(said.vendor_code) <= 64
    assert " " not in said.vendor_code


ONE = st.dictionaries(st.sampled_from(["account_id", "persistent_account_id", "mask"]), JSON | st.text(min_size=1))
ACCOUNTS = st.builds(lambda some: payload("accounts", accounts=some), st.lists(ONE, max_size=3) | JSON)


@settings(max_examples=200, deadline=None)
@given(body=ANYTHING | ACCOUNTS.map(lambda body: json.dumps(body).encode()), status=STATUS)
async def test_no_answer_about_accounts_raises_anything_but_our_errors(body, status):
    vendor = Vendorlike(httpx.Response(200, json=item()), accounts=(httpx.Response(status, content=body),))
    try:
        said = await vendor.adapter().read(REF)
    except BotError:
        return
    assert said.state is ConnectionState.OK or not said.accounts
    assert all(isinstance(each, str) and each for each in said.accounts)


@settings(max_examples=150, deadline=None)
@given(body=ANYTHING, status=STATUS)
async def test_no_answer_about_a_page_a_sync_or_our_standing_raises_anything_but_our_errors(body, status):
    vendor = Vendorlike(*[httpx.Response(status, content=body) for _ in range(3)])
    adapter = vendor.adapter()
    for call in (page(vendor), adapter.sync(REF)):
        try:
            await call
        except BotError:
            continue
    assert len(await adapter.diagnose()) >= 3


KEYS = st.dictionaries(st.sampled_from(sorted(published()["key"])), JSON, max_size=3)


@settings(max_examples=150, deadline=None)
@given(body=ANYTHING | KEYS.map(lambda changes: json.dumps(published(**changes)).encode()), status=STATUS)
async def test_no_answer_about_a_key_raises_anything_but_our_errors(body, status):
    try:
        assert await hinted(Vendorlike(httpx.Response(status, content=body)))
    except (TryAgain, NotSigned):
        return


EVENT = st.dictionaries(st.sampled_from(["webhook_type", "webhook_code", "item_id", "error"]), JSON | st.text())


@settings(max_examples=200, deadline=None)
@given(body=st.binary(max_size=200) | (EVENT | JSON).map(lambda value: json.dumps(value).encode()))
async def test_no_webhook_body_raises_anything_but_our_errors(body):
    try:
        refs = await hinted(headers=signed(body), body=body)
    except BadInput:
        return
    assert all(ref.connection for ref in refs)


HEADS = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), st.sampled_from(["ES256", KID]) | JSON
)
TOKENS = st.text() | st.builds(lambda *parts: ".".join(map(coded, parts)), HEADS | JSON, JSON, st.binary())


@settings(max_examples=300, deadline=None)
@given(headers=st.dictionaries(st.sampled_from(["Plaid-Verification", "plaid-verification", "x"]), TOKENS))
async def test_no_header_raises_anything_but_not_signed(headers):
    with pytest.raises(NotSigned):
        await hinted(headers=headers)


@settings(max_examples=150, deadline=None)
@given(signed_claims=st.dictionaries(st.sampled_from(["iat", "request_body_sha256", "exp"]), JSON))
async def test_no_signed_claims_raise_anything_but_not_signed(signed_claims):
    token = jwt.encode({"alg": "ES256", "kid": KID}, signed_claims, KEY)
    with pytest.raises(NotSigned):
        await hinted(headers={"Plaid-Verification": token})


# Diagnosis


@pytest.mark.parametrize(
    ("answer", "unwell"),
    [
        (None, []),
        (httpx.Response(429, json=error("RATE_LIMIT", "RATE_LIMIT_EXCEEDED")), []),
        (httpx.Response(400, json=error("INVALID_API_KEYS", "INVALID_INPUT")), ["Identifiants", "Webhooks"]),
        (httpx.Response(503, json={}), ["Agrégateur", "Webhooks"]),
        (httpx.Response(404, text="<h1>Not Found</h1>"), ["Agrégateur", "Webhooks"]),
    ],
)
async def test_the_diagnosis_says_what_is_wrong_and_how_to_mend_it(answer, unwell):
    lines = await Vendorlike(*[answer] if answer else []).adapter().diagnose()
    assert [line.what.split()[0] for line in lines if not line.well] == unwell
    assert all(bool(line.advice) != line.well for line in lines)


async def test_the_diagnosis_counts_the_tokens_and_misses_them():
    two = await Vendorlike().adapter(tokens={ITEM: Secret("a"), OTHER: Secret("b")}).diagnose()
    assert [line.what for line in two if line.what.startswith("Jetons")] == ["Jetons plaid chargés : 2"]
    none = [line for line in await Vendorlike().adapter(tokens={}).diagnose() if not line.well]
    assert [line.what for line in none] == ["Jetons plaid chargés : 0"]
    assert "RESYNC_PLAID_TOKENS_FILE" in none[0].advice


async def test_it_says_what_it_can_and_no_more():
    can = Vendorlike().adapter().capabilities
    assert (can.sees_state, can.hosted_page, can.forced_sync, can.webhook) == (True, True, True, True)
    assert (can.warns_of_the_end, can.keeps_its_id, can.secret_by_api) == (True, True, False)


async def test_after_closing_nothing_is_asked_any_more():
    vendor = Vendorlike()
    adapter = vendor.adapter()
    await adapter.aclose()
    with pytest.raises(RuntimeError, match="closed"):
        await adapter.read(REF)
    assert vendor.asked == []


# The vendor's own description


async def every_request() -> list[httpx.Request]:
    answers = (item(), item(), payload("refresh"), payload("link-token"))
    vendor = Vendorlike(*[httpx.Response(200, json=answer) for answer in answers])
    adapter = vendor.adapter()
    await adapter.read(REF)
    await adapter.connections("client-7")
    await adapter.sync(REF)
    await adapter.renewal_page(REF, return_to="https://us/back", state="s", new_secret=False)
    await adapter.hinted("POST", "/hooks", signed(), BODY)
    await adapter.diagnose()
    return vendor.asked


async def test_every_request_is_one_that_the_vendor_describes():
    spec, seen = described(PLAID), set()
    for request in await every_request():
        spec.check_request(request)
        seen.add(request.url.path)
    assert seen == {
        "/accounts/get",
        "/item/get",
        "/link/token/create",
        "/transactions/refresh",
        "/webhook_verification_key/get",
    }


async def test_every_request_carries_the_three_headers_and_the_body_no_secret_of_ours():
    for request in await every_request():
        assert request.headers["plaid-client-id"] == "64f0c2a1b9d3e7"
        assert request.headers["plaid-secret"] == "plaid-secret-value"
        assert request.headers["plaid-version"] == "2020-09-14"
        assert b"plaid-secret-value" not in request.content
        assert not request.url.query


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("item", "ItemGetResponse"),
        ("item-consent-expired", "ItemGetResponse"),
        ("item-without-status", "ItemGetResponse"),
        ("accounts", "AccountsGetResponse"),
        ("error", "PlaidError"),
        ("link-token", "LinkTokenCreateResponse"),
        ("refresh", "TransactionsRefreshResponse"),
        ("key", "WebhookVerificationKeyGetResponse"),
        ("webhook-pending-expiration", "PendingExpirationWebhook"),
        ("webhook-error", "ItemErrorWebhook"),
        ("webhook-login-repaired", "ItemLoginRepairedWebhook"),
        ("webhook-pending-disconnect", "PendingDisconnectWebhook"),
        ("webhook-permission-revoked", "UserPermissionRevokedWebhook"),
        ("webhook-account-revoked", "UserAccountRevokedWebhook"),
        ("webhook-new-accounts", "NewAccountsAvailableWebhook"),
        ("webhook-sync-updates", "SyncUpdatesAvailableWebhook"),
        ("webhook-session-finished", "LinkSessionFinishedWebhook"),
    ],
)
def test_the_answers_these_tests_are_made_of_are_of_the_described_form(name, schema):
    described(PLAID).check(payload(name), schema)


def test_every_reason_of_the_vendors_description_has_a_row():
    told = described(PLAID).spec["components"]["schemas"]["PlaidError"]["properties"]["error_code_reason"][
        "description"
    ]
    assert {word.strip("`:") for word in told.split() if word.startswith("`OAUTH_")} == set(REASONS)
