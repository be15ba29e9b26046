"""The secure page as a Mini App, over real HTTP: who gets in with Telegram's word, and who does not."""

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from bot.adapters.database.tables import launch
from bot.app import telegram_check
from bot.domain.errors import TryAgain
from bot.domain.secret import Secret
from bot.domain.secure_link import fingerprint
from bot.ports import Button
from bot.sandbox.telegram import Telegram
from bot.settings import Settings
from bot.worker import page_button
from flows.effects import Say, TellStaff
from handlers.guard import LIMITS, Limit
from handlers.init_data import LONGEST, NotProven, by_hash, by_signature, derived_key, read_init_data
from tests.secure_page import ODETTE, SOMEBODY_ELSE, START, House, Vendor, WebDoor, furnished, listening, served

TOKEN = "123456:the-token-of-this-bot"
CLOSED, UNPROVEN = {"state": "closed"}, {"state": "unproven"}
FRAME, NO_FRAME = "frame-ancestors https://web.telegram.org", "frame-ancestors 'none'"
WITHOUT_LIMITS = {door: Limit(1_000_000, limit.seconds) for door, limit in LIMITS.items()}


@dataclass
class Scene:
    """The web door, a Telegram that signs, and somebody's browser."""

    door: WebDoor
    telegram: Telegram
    browser: httpx.AsyncClient

    async def minted(self) -> tuple[str, str]:
        """A new link for Odette: its fingerprint, and the token of the chat's button."""
        _, token = await self.door.house.mint()
        return fingerprint(Secret(token)), token

    async def told(self, path: str, **body: str) -> dict[str, Any]:
        answer = await self.browser.post(path, json=body)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def identify(self, link: str, init_data: str) -> dict[str, Any]:
        return await self.told("/l/identify", link=link, init_data=init_data)

    def signs(self, user: int = ODETTE) -> str:
        return self.telegram.signs(user)


def telegram_of(door: WebDoor, token: str = TOKEN) -> Telegram:
    telegram = Telegram(token, door.house.clock.now)
    telegram.person(ODETTE, "Odette", "Martin")
    telegram.person(SOMEBODY_ELSE, "Gaspard")
    return telegram


def checked_door(house: House, way: str) -> tuple[WebDoor, Telegram]:
    """A web door that checks Telegram's word in this way, and a Telegram that it believes."""
    door = WebDoor(house, Vendor())
    telegram = telegram_of(door)
    hashed = by_hash(derived_key(Secret(TOKEN)))
    door.check = hashed if way == "hash" else by_signature("123456", telegram.public_key, otherwise=hashed)
    return door, telegram


@pytest.fixture(params=["hash", "signature"])
async def scene(sqlite_database: str, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """With either way of checking. The limits are wide: they are not what keeps anybody out here."""
    async with furnished(sqlite_database) as house, listening() as (bound, base):
        door, telegram = checked_door(house, request.param)
        door.base = base
        app = door.app(limits=WITHOUT_LIMITS, framed_by="https://web.telegram.org")
        async with served(app, bound), httpx.AsyncClient(base_url=base, trust_env=False) as browser:
            yield Scene(door, telegram, browser)


# Its owner


async def test_its_owner_goes_on_without_a_number(scene: Scene) -> None:
    link, token = await scene.minted()
    opened = await scene.identify(link, scene.signs())
    assert (opened["state"], opened["new_secret"], opened["seconds"]) == ("proven", True, 900.0)
    assert (opened["facts"]["bank"], opened["facts"]["client"]) == ("Banque du Zinc", "Chez Odette")
    assert opened["token"] != token
    assert await scene.told("/l/status", token=opened["token"]) == {"state": "proven"}
    claimed = await scene.told("/l/claim", token=opened["token"])
    assert claimed["url"].startswith("https://webview.vendor.example/reconnect")
    assert await scene.told("/l/back", state=scene.door.vendor.asked[0][2]) == {"state": "noted"}
    assert await scene.door.house.states() == ["DONE"]
    assert scene.door.questions == []


async def test_a_launch_that_is_too_old_falls_back_to_the_number(scene: Scene) -> None:
    link, token = await scene.minted()
    signed = scene.signs()
    scene.door.house.clock.moment += timedelta(seconds=301)
    assert await scene.identify(link, signed) == UNPROVEN
    assert (await scene.told("/l/open", token=token))["state"] == "waiting"
    assert await scene.door.tap(scene.door.questions[-1].number)
    assert "url" in await scene.told("/l/claim", token=token)


async def test_an_answer_that_was_lost_is_given_again(scene: Scene) -> None:
    link, _ = await scene.minted()
    signed = scene.signs()
    pages = [(await scene.identify(link, signed))["token"] for _ in range(3)]
    assert await scene.told("/l/claim", token=pages[0]) == CLOSED
    assert "url" in await scene.told("/l/claim", token=pages[-1])
    assert await scene.identify(link, signed) == CLOSED


async def test_a_proof_is_kept_as_a_hash_of_it_only(scene: Scene) -> None:
    link, _ = await scene.minted()
    signed = scene.signs()
    await scene.identify(link, signed)
    kept = await scene.door.house.database.read(lambda sql: list(sql.execute(sa.select(launch.c.proof)).scalars()))
    assert len(kept) == 1
    assert kept[0] not in signed


# Somebody else


async def test_somebody_else_closes_the_link_and_is_told_of(scene: Scene) -> None:
    link, token = await scene.minted()
    assert await scene.identify(link, scene.signs(SOMEBODY_ELSE)) == CLOSED
    assert await scene.door.house.states() == ["REVOKED"]
    effects = [job.effect for job in scene.door.jobs]
    assert effects.count(TellStaff("link-refused")) == 1
    assert any(isinstance(effect, Say) and effect.text == "link-refused" for effect in effects)
    for way in (scene.identify(link, scene.signs()), scene.told("/l/open", token=token)):
        assert await way == CLOSED
    assert await scene.identify(link, scene.signs(SOMEBODY_ELSE)) == CLOSED
    assert [job.effect for job in scene.door.jobs].count(TellStaff("link-refused")) == 1


async def test_it_closes_even_behind_its_owner(scene: Scene) -> None:
    link, _ = await scene.minted()
    page = (await scene.identify(link, scene.signs()))["token"]
    await scene.identify(link, scene.signs(SOMEBODY_ELSE))
    assert await scene.told("/l/claim", token=page) == CLOSED


async def test_where_it_could_not_be_told_it_is_told_at_the_next_try(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, _ = await scene.minted()
    links = scene.door.house.links

    async def gone(_: int) -> None:
        raise TryAgain("the database is gone")

    with monkeypatch.context() as broken:
        broken.setattr(links, "revoke", gone)
        body = {"link": link, "init_data": scene.signs(SOMEBODY_ELSE)}
        assert (await scene.browser.post("/l/identify", json=body)).status_code == 503
    assert await scene.identify(link, scene.signs(SOMEBODY_ELSE)) == CLOSED
    assert await scene.door.house.states() == ["REVOKED"]
    assert [job.effect for job in scene.door.jobs].count(TellStaff("link-refused")) == 1


async def test_a_launch_is_good_for_one_link(scene: Scene) -> None:
    link, _ = await scene.minted()
    signed = scene.signs()
    await scene.identify(link, signed)
    newer, token = await scene.minted()
    assert await scene.identify(newer, signed) == CLOSED
    assert await scene.told("/l/claim", token=token) == CLOSED
    assert (await scene.identify(newer, scene.signs()))["state"] == "proven"


async def test_what_cannot_be_identified_looks_the_same_whatever_the_reason(scene: Scene) -> None:
    revoked, _ = await scene.minted()
    used, _ = await scene.minted()
    await scene.told("/l/claim", token=(await scene.identify(used, scene.signs()))["token"])
    stranger, _ = await scene.minted()
    asked = [(link, ODETTE) for link in (revoked, used, "0" * 12, "", "x")] + [(stranger, SOMEBODY_ELSE)]
    answers = set()
    for link, user in asked:
        answer = await scene.browser.post("/l/identify", json={"link": link, "init_data": scene.signs(user)})
        known = tuple(sorted((name, value) for name, value in answer.headers.items() if name != "date"))
        answers.add((answer.status_code, answer.text, known))
    assert [(status, text) for status, text, _ in answers] == [(200, '{"state":"closed"}')]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"link": "a"}, 400),
        ({"link": 1, "init_data": "a"}, 400),
        ({"link": "a" * 65, "init_data": "a"}, 400),
        ({"link": "a", "init_data": "a", "user": ODETTE}, 400),
        ({"link": "a", "init_data": "a" * 3 * LONGEST}, 413),
        ({"link": "a", "init_data": "a" * (LONGEST + 1)}, 200),
    ],
)
async def test_nonsense_is_refused_calmly(scene: Scene, body: dict[str, Any], status: int) -> None:
    answer = await scene.browser.post("/l/identify", json=body)
    assert answer.status_code == status
    if status == 200:
        assert answer.json() == UNPROVEN


async def test_where_nobody_can_check_the_number_is_asked_for(sqlite_database: str) -> None:
    async with furnished(sqlite_database) as house, listening() as (bound, base):
        door = WebDoor(house, Vendor(), base=base)
        async with served(door.app(), bound), httpx.AsyncClient(base_url=base, trust_env=False) as browser:
            scene = Scene(door, telegram_of(door), browser)
            link, token = await scene.minted()
            assert await scene.identify(link, scene.signs()) == UNPROVEN
            assert (await scene.told("/l/open", token=token))["state"] == "waiting"


# A thousand attackers


class Attacker:
    """Has the forwarded button, somebody's own account, what Odette's phone once sent; and no luck."""

    def __init__(self, scene: Scene, chance: random.Random) -> None:
        self.scene, self.chance = scene, chance
        self.other_bot = telegram_of(scene.door, "654321:another-bot")
        self.caught: list[str] = []
        """What Odette's phone sent for her earlier links."""

    def init_data(self) -> str:
        telegram, chance = self.scene.telegram, self.chance
        fields = dict(parse_qsl(telegram.signs(SOMEBODY_ELSE)))
        hers = dict(parse_qsl(self.chance.choice(self.caught)))
        return chance.choice(
            [
                chance.choice(self.caught),
                self.other_bot.signs(ODETTE),
                urlencode({**fields, "user": hers["user"]}),
                urlencode({**hers, "auth_date": fields["auth_date"]}),
                urlencode({**hers, "hash": fields["hash"], "signature": fields["signature"]}),
                urlencode({**hers, "auth_date": fields["auth_date"], "hash": chance.randbytes(32).hex()}),
                urlencode({name: value for name, value in hers.items() if name != "signature"}),
                f"{urlencode(fields)}&{urlencode({'user': hers['user']})}",
                urlencode({**hers, "query_id": f"AA\nauth_date={fields['auth_date']}"}),
            ]
        )

    async def tries(self, link: str, token: str) -> list[dict[str, Any]]:
        """One session, in any order."""
        scene, chance = self.scene, self.chance
        name = chance.choice([link, link, token[:12], f"{chance.getrandbits(48):012x}"])
        bearer = chance.choice([token, token, link, self.caught[0][:40], chance.randbytes(32).hex()])
        ways = [
            scene.identify(name, self.init_data()),
            scene.told("/l/claim", token=bearer),
            scene.told("/l/status", token=bearer),
            scene.told("/l/open", token=bearer),
        ]
        chance.shuffle(ways)
        return [await way for way in ways]


@pytest.fixture(params=["hash", "signature"])
async def crowd(sqlite_database: str, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    """The same without a network between: four thousand requests are quicker so."""
    async with furnished(sqlite_database) as house:
        door, telegram = checked_door(house, request.param)
        near = httpx.ASGITransport(door.app(limits=WITHOUT_LIMITS))
        async with httpx.AsyncClient(transport=near, base_url="http://resync") as browser:
            yield Scene(door, telegram, browser)


async def test_of_a_thousand_attackers_none_gets_in(crowd: Scene) -> None:
    scene, chance = crowd, random.Random(7)
    attacker = Attacker(scene, chance)
    link, token = await scene.minted()
    launched, page = scene.signs(), ""
    await scene.identify(link, launched)
    for session in range(1000):
        if session % 25 == 0:  # Odette gets a new link, and opens it, or not yet
            attacker.caught.append(launched)
            scene.door.house.clock.moment += timedelta(seconds=chance.choice([1, 120, 299, 301]))
            link, token = await scene.minted()
            page = ""
        if session % 25 == 5 and chance.random() < 0.7:
            launched = scene.signs()
            opened = await scene.identify(link, launched)
            if opened == CLOSED:  # five claims without proof have ended it: she asks for another one
                link, token = await scene.minted()
                launched = scene.signs()
                opened = await scene.identify(link, launched)
            page = opened["token"]
        for answer in await attacker.tries(link, token):
            assert "url" not in answer
            assert "token" not in answer
            assert answer["state"] != "proven"
        if page:
            assert await scene.told("/l/status", token=page) == {"state": "proven"}, "nobody shuts her out either"
    assert scene.door.vendor.asked == []
    told = {job.effect.text for job in scene.door.jobs if isinstance(job.effect, Say | TellStaff)}
    assert told <= {"link-refused"}
    assert all(isinstance(job.effect, Say | TellStaff) for job in scene.door.jobs)


async def test_of_fifty_strangers_at_once_none_gets_in_and_staff_are_told_once(scene: Scene) -> None:
    link, token = await scene.minted()
    signed = [scene.signs(SOMEBODY_ELSE) for _ in range(50)]
    assert await asyncio.gather(*(scene.identify(link, each) for each in signed)) == [CLOSED] * 50
    assert await scene.told("/l/claim", token=token) == CLOSED
    assert [job.effect for job in scene.door.jobs].count(TellStaff("link-refused")) == 1


# The button


@pytest.mark.parametrize(
    ("public_url", "setting", "inside"),
    [
        ("https://resync.example", "auto", True),
        ("http://127.0.0.1:8080", "auto", False),
        ("http://https.example", "auto", False),
        ("http://127.0.0.1:8080", "on", True),
        ("https://resync.example", "off", False),
    ],
)
def test_it_opens_inside_of_telegram_where_telegram_lets_it(public_url: str, setting: str, inside: bool) -> None:
    own = {"telegram_api_url": "http://127.0.0.1:8081"}  # a server that is laxer than Telegram's
    settings = Settings.model_validate({"public_url": public_url, "telegram_mini_app": setting, **own})
    assert settings.mini_app is inside


def test_what_telegram_would_refuse_in_every_message_is_refused_at_the_start() -> None:
    with pytest.raises(ValidationError, match="needs a RESYNC_PUBLIC_URL"):
        Settings.model_validate({"public_url": "http://127.0.0.1:8080", "telegram_mini_app": "on"})


def test_either_button_holds_what_its_page_needs() -> None:
    page, token = "https://resync.example/l", Secret("a-token")
    assert page_button("Ouvrir", page, token, inside=False) == Button("Ouvrir", url=f"{page}#a-token")
    inside = page_button("Ouvrir", page, token, inside=True)
    assert inside == Button("Ouvrir", app=f"{page}?i={fingerprint(token)}#a-token")
    assert "a-token" not in repr(inside)


@pytest.mark.parametrize("key", ["prod", "e7bf", "E7" * 32, "g" * 64, "00" * 33])
def test_a_key_that_is_none_is_refused_at_the_start(key: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"telegram_public_key": key})


@pytest.mark.parametrize(("setting", "believed"), [("", True), ("its own", True), ("production", False)])
def test_the_settings_say_whom_we_believe(setting: str, believed: bool) -> None:
    telegram = Telegram(TOKEN, lambda: START)
    telegram.person(ODETTE, "Odette")
    key = telegram.public_key if setting == "its own" else setting
    settings = Settings.model_validate({"telegram_token": TOKEN, "telegram_public_key": key})
    try:
        visitor = read_init_data(telegram.signs(ODETTE), START.timestamp(), telegram_check(settings))
    except NotProven:
        assert not believed
    else:
        assert (visitor.user, believed) == (ODETTE, True)


# The page


async def test_only_the_mini_apps_page_may_be_in_telegrams_frame(scene: Scene) -> None:
    link, _ = await scene.minted()
    app = await scene.browser.get(f"/l?i={link}")
    assert app.headers["content-security-policy"].endswith(FRAME)
    assert "x-frame-options" not in app.headers
    for path in ("/l", "/l/back", "/l/back?i=1", "/l/page.js", "/l?j=1", "/healthz"):
        other = await scene.browser.get(path)
        assert other.headers["content-security-policy"].endswith(NO_FRAME), path
        assert other.headers["x-frame-options"] == "DENY"
    here = {name: value for name, value in app.headers.items() if name not in ("date", "content-security-policy")}
    plain = (await scene.browser.get("/l")).headers
    assert here == {name: plain[name] for name in here}


async def test_opening_the_page_changes_nothing(scene: Scene) -> None:
    link, _ = await scene.minted()
    before = await scene.door.house.rows()
    for method in ("GET", "HEAD", "OPTIONS"):
        for address in (f"/l?i={link}", "/l/identify", f"/l/identify?link={link}&init_data=x"):
            assert (await scene.browser.request(method, address)).status_code in (200, 405)
    assert await scene.door.house.rows() == before


async def test_what_telegram_signed_reaches_no_log(
    scene: Scene, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    link, token = await scene.minted()
    good, strange = scene.signs(), scene.signs(SOMEBODY_ELSE)
    page = (await scene.identify(link, good))["token"]
    scene.door.house.clock.moment += timedelta(seconds=301)
    await scene.identify(link, good)
    await scene.browser.post("/l/identify", json={"link": link, "init_data": good, "more": good})
    await scene.identify(link, scene.signs(SOMEBODY_ELSE))
    printed = capsys.readouterr()
    written = caplog.text + printed.out + printed.err
    assert "not proven by Telegram" in written
    assert "somebody else opened the link" in written
    for raw in (good, strange):
        for secret in (raw, *(value for name, value in parse_qsl(raw) if name in ("hash", "signature", "user"))):
            assert secret not in written
    for secret in (token, page):
        assert secret not in written
