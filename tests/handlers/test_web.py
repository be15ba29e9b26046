"""The web door over real HTTP: what scanners, strangers and tired clients send, and what may come back."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from bot.adapters.database.links import LIFETIME
from bot.adapters.database.tables import connection
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import OurBug, Refused, TryAgain, Unreachable
from flows.effects import ReadBank, Say, TellStaff
from handlers.guard import LIMITS, Limit, Limits, Visitors, WebOptions, headers
from handlers.web import origins
from tests.secure_page import START, Vendor, WebDoor, furnished, listening, served

SCANNERS = (
    "TelegramBot (like TwitterBot)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "WhatsApp/2.23.20.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Twitterbot/1.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 SafeLinks",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Proofpoint URL Defense)",
    "Barracuda Sentinel (EE)",
    "curl/8.5.0",
    "",
)
UNLIMITED = {door: Limit(10_000, limit.seconds) for door, limit in LIMITS.items()}
ASKED = ("/l/open", "/l/status", "/l/claim", "/l/back")
PATHS = ("/l", "/l/page.js", "/l/page.css", "/l/icon.svg", *ASKED)
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
    "frame-ancestors 'none'",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), "
    "fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
    "publickey-credentials-get=(), screen-wake-lock=(), usb=(), xr-spatial-tracking=()",
    "x-robots-tag": "noindex",
}


@pytest.fixture
async def door(sqlite_database: str) -> AsyncIterator[WebDoor]:
    """The web door over real HTTP."""
    async with furnished(sqlite_database) as house, listening() as (bound, base):
        door = WebDoor(house, Vendor(), base=base)
        async with served(door.app(), bound):
            yield door


@pytest.fixture
async def browser(door: WebDoor) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody's browser, as far as HTTP goes."""
    async with httpx.AsyncClient(base_url=door.base, trust_env=False) as client:
        yield client


async def told(browser: httpx.AsyncClient, path: str, **body: str) -> dict[str, Any]:
    """What the page is told."""
    answer = await browser.post(path, json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def proven(door: WebDoor, browser: httpx.AsyncClient) -> str:
    """A link that its owner opened and proved; its token."""
    _, token = await door.house.mint()
    await told(browser, "/l/open", token=token)
    assert await door.tap(door.questions[-1].number)
    return token


# The whole way


async def test_from_the_link_to_the_banks_side_and_back(door: WebDoor, browser: httpx.AsyncClient) -> None:
    _, token = await door.house.mint()
    opened = await told(browser, "/l/open", token=token)
    assert opened == {
        "state": "waiting",
        "new_secret": True,
        "seconds": 900.0,
        "facts": {
            "bank": "Banque du Zinc",
            "client": "Chez Odette",
            "first_name": "Odette",
            "number": str(door.questions[0].number),
        },
    }
    assert await told(browser, "/l/status", token=token) == {"state": "waiting"}
    assert await door.tap(int(opened["facts"]["number"]))
    assert await told(browser, "/l/status", token=token) == {"state": "proven"}
    claimed = await told(browser, "/l/claim", token=token)
    ref, return_to, state, new_secret = door.vendor.asked[0]
    assert claimed["url"] == f"https://webview.vendor.example/reconnect?code=one-visit-code&state={state}"
    assert (ref, return_to, new_secret) == (ConnectionRef("u7", "c9"), f"{door.base}/l/back", True)
    assert await told(browser, "/l/back", state=state) == {"state": "noted"}
    assert await door.house.states() == ["DONE"]
    assert "checking" in await door.state()
    assert [job.effect for job in door.jobs].count(ReadBank()) == 1


async def test_coming_back_twice_or_with_an_error_asks_the_bank_once(
    door: WebDoor, browser: httpx.AsyncClient
) -> None:
    await told(browser, "/l/claim", token=await proven(door, browser))
    state = door.vendor.asked[0][2]
    for _ in range(3):
        assert await told(browser, "/l/back", state=state, error="access_denied") == {"state": "noted"}
    assert [job.effect for job in door.jobs].count(ReadBank()) == 1


RENEWED = Reading(ConnectionState.OK, ref=ConnectionRef("u7", "c10-anew"))


@pytest.fixture
def giving_new_ids(door: WebDoor) -> WebDoor:
    """An aggregator that gives a connection another id at each renewal."""
    door.vendor.capabilities = replace(door.vendor.capabilities, keeps_its_id=False)
    door.vendor.renewed = RENEWED
    return door


async def known_as(door: WebDoor) -> str:
    """The id under which the program will read this bank from now on."""
    column, theirs = connection.c.aggregator_connection, connection.c.bank == "Banque du Zinc"
    return str(await door.house.database.read(lambda sql: sql.execute(sa.select(column).where(theirs)).scalar_one()))


async def back_with_a_code(door: WebDoor, browser: httpx.AsyncClient) -> httpx.Response:
    if not door.vendor.asked:
        await told(browser, "/l/claim", token=await proven(door, browser))
    return await browser.post("/l/back", json={"state": door.vendor.asked[0][2], "code": "good-once"})


async def test_where_a_renewal_makes_a_new_connection_it_is_opened_before_it_is_read(
    giving_new_ids: WebDoor, browser: httpx.AsyncClient
) -> None:
    door = giving_new_ids
    assert (await back_with_a_code(door, browser)).json() == {"state": "noted"}
    assert door.vendor.opened_with == [(ConnectionRef("u7", "c9"), "good-once")]
    assert await known_as(door) == "c10-anew"


async def test_while_the_aggregator_is_away_the_code_is_kept_for_another_try(
    giving_new_ids: WebDoor, browser: httpx.AsyncClient
) -> None:
    door = giving_new_ids
    await told(browser, "/l/claim", token=await proven(door, browser))
    door.vendor.trouble = TryAgain("away")
    assert (await back_with_a_code(door, browser)).status_code == 503
    assert [job.effect for job in door.jobs].count(ReadBank()) == 0
    door.vendor.trouble = None
    assert (await back_with_a_code(door, browser)).json() == {"state": "noted"}
    assert await known_as(door) == "c10-anew"


async def test_a_code_that_is_refused_leaves_the_answer_to_a_reading_of_the_old_connection(
    giving_new_ids: WebDoor, browser: httpx.AsyncClient
) -> None:
    door = giving_new_ids
    await told(browser, "/l/claim", token=await proven(door, browser))
    door.vendor.trouble = Refused("used")
    assert (await back_with_a_code(door, browser)).json() == {"state": "noted"}
    assert await known_as(door) == "c9"
    assert [job.effect for job in door.jobs].count(ReadBank()) == 1


async def test_where_a_connection_keeps_its_id_a_code_is_of_no_use(door: WebDoor, browser: httpx.AsyncClient) -> None:
    assert (await back_with_a_code(door, browser)).json() == {"state": "noted"}
    assert door.vendor.opened_with == []


async def test_a_return_that_nobody_knows_is_noted_and_does_nothing(
    door: WebDoor, browser: httpx.AsyncClient
) -> None:
    await told(browser, "/l/claim", token=await proven(door, browser))
    assert await told(browser, "/l/back", state="of somebody else") == {"state": "noted"}
    assert await door.house.states() == ["CLAIMED"]
    assert door.jobs == []


async def test_telegram_is_asked_once_however_often_the_page_is_opened(
    door: WebDoor, browser: httpx.AsyncClient
) -> None:
    _, token = await door.house.mint()
    numbers = {(await told(browser, "/l/open", token=token))["facts"]["number"] for _ in range(4)}
    assert len(numbers) == 1
    assert len(door.questions) == 1


async def test_a_question_that_failed_is_asked_when_the_page_tries_again(
    door: WebDoor, browser: httpx.AsyncClient
) -> None:
    _, token = await door.house.mint()
    door.mute = TryAgain("the outbox is gone")
    assert (await browser.post("/l/open", json={"token": token})).status_code == 503
    door.mute = None
    assert (await told(browser, "/l/open", token=token))["state"] == "waiting"
    assert len(door.questions) == 1


# Who gets nothing


@pytest.mark.parametrize("agent", SCANNERS)
async def test_previews_and_scanners_change_nothing(door: WebDoor, browser: httpx.AsyncClient, agent: str) -> None:
    token = await proven(door, browser)
    await told(browser, "/l/claim", token=token)
    _, newest = await door.house.mint()
    before, state = await door.house.rows(), door.vendor.asked[0][2]
    addresses = [*PATHS, f"/l?token={newest}", f"/l/open?token={newest}", f"/l/back?state={state}", "/l/back?error=x"]
    async with listening() as (bound, base), served(door.app(limits=UNLIMITED), bound):
        for method in ("GET", "HEAD", "OPTIONS"):
            for number in range(100):
                address = base + addresses[number % len(addresses)]
                answer = await browser.request(method, address, headers={"user-agent": agent})
                assert answer.status_code in (200, 405)
    assert await door.house.rows() == before
    assert len(door.questions) == 1
    assert door.jobs == []


async def test_what_cannot_be_opened_looks_the_same_whatever_the_reason(
    door: WebDoor, browser: httpx.AsyncClient
) -> None:
    used = await proven(door, browser)
    await told(browser, "/l/claim", token=used)
    _, revoked = await door.house.mint()
    _, expired = await door.house.mint()
    door.house.clock.moment += (await door.house.opened(expired)).expires_at - door.house.clock.moment
    answers = set()
    for token in (used, revoked, expired, "unknown", "\N{SNOWMAN}"):
        for path in ("/l/open", "/l/status", "/l/claim"):
            answer = await browser.post(path, json={"token": token})
            known = tuple(sorted((name, value) for name, value in answer.headers.items() if name != "date"))
            answers.add((answer.status_code, answer.text, known))
    assert [(status, text) for status, text, _ in answers] == [(200, '{"state":"closed"}')]
    assert len(door.questions) == 1


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (0, False), (1, False)])
async def test_a_link_ends_to_the_second(
    door: WebDoor, browser: httpx.AsyncClient, seconds: int, alive: bool
) -> None:
    token = await proven(door, browser)
    door.house.clock.moment = START + LIFETIME + timedelta(seconds=seconds)
    opened = await told(browser, "/l/open", token=token)
    assert (opened["state"], opened.get("seconds")) == (("proven", 1.0) if alive else ("closed", None))
    assert await told(browser, "/l/status", token=token) == {"state": "proven" if alive else "closed"}
    assert ("url" in await told(browser, "/l/claim", token=token)) is alive
    assert len(door.vendor.asked) == alive


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (0, False), (1, False)])
async def test_the_number_counts_while_the_link_lives(
    door: WebDoor, browser: httpx.AsyncClient, seconds: int, alive: bool
) -> None:
    _, token = await door.house.mint()
    await told(browser, "/l/open", token=token)
    door.house.clock.moment = START + LIFETIME + timedelta(seconds=seconds)
    assert await door.tap(door.questions[0].number) is (True if alive else None)
    assert (await told(browser, "/l/claim", token=token))["state"] == ("claimed" if alive else "closed")


async def test_a_link_is_not_claimed_before_the_number_was_tapped(door: WebDoor, browser: httpx.AsyncClient) -> None:
    _, token = await door.house.mint()
    await told(browser, "/l/open", token=token)
    assert await told(browser, "/l/claim", token=token) == {"state": "closed"}
    assert door.vendor.asked == []


async def test_the_fifth_claim_before_the_number_ends_the_link(door: WebDoor, browser: httpx.AsyncClient) -> None:
    _, token = await door.house.mint()
    await told(browser, "/l/open", token=token)
    for _ in range(4):
        assert await told(browser, "/l/claim", token=token) == {"state": "closed"}
        assert await told(browser, "/l/status", token=token) == {"state": "waiting"}
    assert door.jobs == []
    assert await told(browser, "/l/claim", token=token) == {"state": "closed"}
    assert await told(browser, "/l/status", token=token) == {"state": "closed"}
    assert await door.house.states() == ["REVOKED"]
    assert [job.effect for job in door.jobs] == [Say("link-refused"), TellStaff("link-refused")]
    assert await door.tap(door.questions[0].number) is None


async def test_ten_claims_at_once_get_one_page(door: WebDoor, browser: httpx.AsyncClient) -> None:
    token = await proven(door, browser)
    answers = await asyncio.gather(*(told(browser, "/l/claim", token=token) for _ in range(10)))
    assert sum("url" in answer for answer in answers) == 1
    assert len(door.vendor.asked) == 1


# When the aggregator fails


@pytest.mark.parametrize("trouble", [Unreachable("no answer"), Refused("wrong credentials"), OurBug("malformed")])
async def test_a_link_survives_an_aggregator_that_gives_no_page(
    door: WebDoor, browser: httpx.AsyncClient, trouble: Any
) -> None:
    token = await proven(door, browser)
    door.vendor.trouble = trouble
    answer = await browser.post("/l/claim", json={"token": token})
    assert answer.status_code == 503
    assert answer.json() == {"error": "try again"}
    door.vendor.trouble = None
    assert "url" in await told(browser, "/l/claim", token=token)


@pytest.mark.parametrize(
    "host",
    [
        "https://evil.example",
        "http://webview.vendor.example",
        "https://webview.vendor.example.evil.example",
        "https://webview.vendor.example:444",
        "https://webview.vendor.example@evil.example",
        "https://evil.example\\@webview.vendor.example",
        "https://evil.example/https://webview.vendor.example",
        "//webview.vendor.example",
        "javascript://webview.vendor.example/%0aalert(1)//",
        "data:text/html,<script>alert(1)</script>",
        " https://webview.vendor.example",
        "https:/webview.vendor.example",
        "",
    ],
)
async def test_nobody_is_sent_to_a_host_that_is_not_the_aggregators(
    door: WebDoor, browser: httpx.AsyncClient, host: str
) -> None:
    token = await proven(door, browser)
    door.vendor.host = host
    answer = await browser.post("/l/claim", json={"token": token})
    assert answer.status_code == 503
    assert "evil" not in answer.text
    door.vendor.host = "https://webview.vendor.example"
    assert "url" in await told(browser, "/l/claim", token=token)


@pytest.mark.parametrize(
    ("host", "beginnings"),
    [
        ("webview.powens.com", ("https://webview.powens.com/",)),
        ("https://webview.powens.com", ("https://webview.powens.com/",)),
        ("https://webview.powens.com/fr/connect", ("https://webview.powens.com/",)),
        ("127.0.0.1:8080", ("https://127.0.0.1:8080/", "http://127.0.0.1:8080/")),
        ("http://127.0.0.1:8080/bank/webview", ("http://127.0.0.1:8080/",)),
        ("", ()),
        ("https://", ()),
    ],
)
def test_an_allowed_host_means_https_but_on_this_machine(host: str, beginnings: tuple[str, ...]) -> None:
    assert origins(host) == beginnings


# What anybody may send

BAD = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"token"',
    b"{}",
    b'{"token": null}',
    b'{"token": 1}',
    b'{"token": ["a"]}',
    b'{"token": ""}',
    b'{"token": "a", "more": 1}',
    b'{"token": "\\ud800"}',
    b'{"token": "\xff"}',
    b"\xff\xfe",
    b"[" * 4000,
    b'{"token":' * 400,
    b'{"state": "' + b"a" * 201 + b'"}',
    b"9" * 4000,
]


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("bodies", [BAD[::2], BAD[1::2]], ids=["even", "odd"])
async def test_a_malformed_body_gets_a_clear_400(
    door: WebDoor, browser: httpx.AsyncClient, path: str, bodies: list[bytes]
) -> None:
    for body in bodies:
        answer = await browser.post(path, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, body
        assert answer.json()["error"].startswith("not of the expected form")


@pytest.mark.parametrize("path", ASKED)
async def test_only_json_of_a_few_kilobytes_is_read(door: WebDoor, browser: httpx.AsyncClient, path: str) -> None:
    form = await browser.post(path, data={"token": "a"})
    assert (form.status_code, list(form.json())) == (415, ["error"])
    plain = await browser.post(path, content=b'{"token": "a"}', headers={"content-type": "text/plain"})
    assert plain.status_code == 415
    large = json.dumps({"token": "a" * 5000}).encode()
    told_length = await browser.post(path, content=large, headers={"content-type": "application/json"})
    assert told_length.status_code == 413

    async def in_pieces() -> Any:
        yield large[:3000]
        yield large[3000:]

    untold = await browser.post(path, content=in_pieces(), headers={"content-type": "application/json"})
    assert untold.status_code == 413


async def test_other_methods_are_refused_as_json(door: WebDoor, browser: httpx.AsyncClient) -> None:
    wrong = {path: "GET" if path in ASKED else "POST" for path in PATHS if path != "/l/back"}
    for path in PATHS:
        for method in ("PUT", "DELETE", wrong.get(path, "PATCH")):
            answer = await browser.request(method, path)
            assert (answer.status_code, list(answer.json())) == (405, ["error"])


async def test_every_answer_carries_the_headers(door: WebDoor, browser: httpx.AsyncClient) -> None:
    door.vendor.trouble = TryAgain("no answer")
    token = await proven(door, browser)
    answers = [await browser.get(path) for path in (*PATHS, "/l/back", "/healthz", "/readyz", "/metrics")]
    answers += [await browser.post(path, json={"token": token}) for path in ASKED]
    answers += [await browser.post("/l/open", content=b"x" * 9999), await browser.put("/l")]
    assert {answer.status_code for answer in answers} == {200, 400, 405, 413, 503}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert "strict-transport-security" not in answer.headers


async def test_an_answer_has_these_headers_and_no_others(door: WebDoor) -> None:
    """Over HTTPS, as the world sees it: a header that is added or lost must be meant."""
    async with listening() as (bound, base):
        app = door.app(public_url="https://resync.example")
        async with served(app, bound), httpx.AsyncClient(base_url=base, trust_env=False) as client:
            page, asked = await client.get("/l"), await client.post("/l/open", json={"token": "x"})
    expected = HEADERS | {"strict-transport-security": "max-age=63072000; includeSubDomains"}
    for answer, media_type in ((page, "text/html; charset=utf-8"), (asked, "application/json")):
        seen = {name: value for name, value in answer.headers.items() if name not in ("date", "server")}
        assert seen == expected | {"content-type": media_type, "content-length": str(len(answer.content))}


def test_https_is_made_to_stay_and_a_frame_must_be_named() -> None:
    public = WebOptions("https://resync.example", "C’ moi le chef", ())
    assert headers(public)["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    framed = headers(public, framed_by="https://web.telegram.org")
    assert framed["content-security-policy"].endswith("frame-ancestors https://web.telegram.org")
    assert "x-frame-options" not in framed


async def test_no_secret_reaches_a_log_or_an_answer(
    door: WebDoor, browser: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    token = await proven(door, browser)
    door.vendor.trouble = Unreachable("https://webview.vendor.example/?code=one-visit-code")
    await browser.post("/l/claim", json={"token": token})
    await browser.post("/l/claim", json={"token": token, "more": token})
    door.vendor.trouble = None
    await told(browser, "/l/claim", token=token)
    await told(browser, "/l/back", state=door.vendor.asked[0][2], error="denied")
    printed = capsys.readouterr()
    written = caplog.text + printed.out + printed.err
    assert "no page from the aggregator" in written
    for secret in (token, door.vendor.asked[0][2], "one-visit-code"):
        assert secret not in written


# How often


async def test_too_many_claims_are_told_when_to_come_back(door: WebDoor, browser: httpx.AsyncClient) -> None:
    answers = [await browser.post("/l/claim", json={"token": "x"}) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 2
    assert 3500 < int(answers[-1].headers["retry-after"]) <= 3600
    assert answers[-1].headers["cache-control"] == "no-store"
    assert answers[-1].json() == {"error": "too many requests"}
    assert (await browser.post("/l/status", json={"token": "x"})).status_code == 200


async def test_a_person_who_opens_too_many_pages_is_told_so_in_words(
    door: WebDoor, browser: httpx.AsyncClient
) -> None:
    answers = [await browser.get("/l", headers={"accept": "text/html,*/*;q=0.8"}) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert 50 < int(answers[-1].headers["retry-after"]) <= 60
    assert {name: answers[-1].headers.get(name) for name in HEADERS} == HEADERS
    assert "Par prudence, je fais une pause" in answers[-1].text
    assert "{{" not in answers[-1].text


async def test_the_button_back_to_the_chat_comes_with_the_bots_name(
    door: WebDoor, browser: httpx.AsyncClient
) -> None:
    door.bot_name = ""
    assert "t.me" not in (await browser.get("/l")).text
    door.bot_name = "resync_bot"
    for path in ("/l", "/l/back"):
        assert '<a class="chat" href="https://t.me/resync_bot"' in (await browser.get(path)).text


async def test_a_made_up_forwarded_address_does_not_lift_the_limit(door: WebDoor, browser: httpx.AsyncClient) -> None:
    for number in range(12):
        forged = {"x-forwarded-for": f"203.0.113.{number}"}
        answer = await browser.post("/l/claim", json={"token": "x"}, headers=forged)
    assert answer.status_code == 429


async def test_behind_our_proxy_each_visitor_has_limits_of_his_own(door: WebDoor) -> None:
    async with listening() as (bound, base):
        app = door.app(trusted_proxies=("127.0.0.0/8",))
        async with served(app, bound), httpx.AsyncClient(trust_env=False) as client:

            async def claim(forwarded: str) -> int:
                headers = {"x-forwarded-for": forwarded}
                return (await client.post(f"{base}/l/claim", json={"token": "x"}, headers=headers)).status_code

            assert [await claim("203.0.113.7") for _ in range(11)] == [200] * 10 + [429]
            assert await claim("203.0.113.8") == 200
            assert await claim("198.51.100.1, 203.0.113.7") == 429
            assert await claim("::ffff:203.0.113.7") == 429


def test_polling_fits_into_the_limit_for_the_whole_life_of_a_link() -> None:
    moment = 0.0
    limits = Limits(LIMITS, lambda: moment)
    for _ in range(600):
        assert limits.wait("status", "203.0.113.7") == 0
        moment += 1.5


def test_a_limit_says_how_long_and_then_lets_in_again() -> None:
    moment = 0.0
    limits = Limits({"claim": Limit(2, 60)}, lambda: moment)
    assert [limits.wait("claim", "a") for _ in range(3)] == [0, 0, 60]
    moment = 59.0
    assert limits.wait("claim", "a") == 1
    assert limits.wait("claim", "b") == 0
    moment = 60.0
    assert limits.wait("claim", "a") == 0


@pytest.mark.parametrize(
    ("peer", "forwarded", "visitor"),
    [
        ("198.51.100.9", "", "198.51.100.9"),
        ("198.51.100.9", "203.0.113.7", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("10.0.0.1", "1.1.1.1, nonsense", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", "2001:db8:1:2::/64"),
        ("", "203.0.113.7", "None"),
    ],
)
def test_a_visitor_is_whom_our_own_proxies_saw(peer: str, forwarded: str, visitor: str) -> None:
    assert Visitors(["10.0.0.0/24"]).name(peer, forwarded) == visitor


# The pages and the house's health


async def test_the_page_is_worded_escaped_and_small(door: WebDoor, browser: httpx.AsyncClient) -> None:
    size = 0
    for path in ("/l", "/l/page.js", "/l/page.css", "/l/icon.svg"):
        answer = await browser.get(path)
        assert answer.status_code == 200
        size += len(answer.content)
    assert size < 30_000
    page = (await browser.get("/l")).text
    assert "{{" not in page
    assert "C’\xa0moi\xa0le\xa0chef" in page
    assert '<span data-fact="bank"></span>' in page
    back = (await browser.get("/l/back?state=whatever")).text
    assert "C’est noté" in back
    assert "whatever" not in back


async def test_a_firms_name_cannot_write_html(door: WebDoor) -> None:
    async with listening() as (bound, base):
        app = door.app(firm="<b>Miam</b> & fils")
        async with served(app, bound), httpx.AsyncClient(trust_env=False) as client:
            page = (await client.get(f"{base}/l")).text
    assert "&lt;b&gt;Miam&lt;/b&gt;\xa0&amp;\xa0fils" in page


async def test_health_readiness_and_figures(door: WebDoor, browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/healthz")).status_code == 200
    assert (await browser.get("/readyz")).status_code == 200
    assert "python_info" in (await browser.get("/metrics")).text
    door.gone = TryAgain("La base de données ne répond pas")
    assert (await browser.get("/healthz")).status_code == 200
    assert (await browser.get("/readyz")).status_code == 503
    door.gone = None
    assert (await browser.get("/readyz")).status_code == 200
