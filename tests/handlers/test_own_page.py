"""Our own page over real HTTP: one try for each secret, whoever clicks, copies, races or dies in between."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import ECKey, RSAKey
from starlette.applications import Starlette
from starlette.types import ASGIApp

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.codec import state_from_json
from bot.adapters.database.links import LIFETIME
from bot.adapters.database.store import SqlStore
from bot.adapters.database.tries import Tries
from bot.adapters.texts import Texts
from bot.adapters.vault import KeyVault
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import NotTaken, OurBug, Unreachable
from bot.domain.login_form import FieldKind, LoginForm, login_field
from bot.domain.sealing import SealingKey
from bot.domain.secret import Secret
from bot.engine import Engine
from flows.effects import ReadBank
from flows.escalation import WithStaff
from flows.on_our_page import Submitted
from flows.password_change import NewPassword
from flows.renewal import Checking
from flows.state import State
from handlers import own_page
from handlers.guard import LIMITS, Limit, WebOptions
from handlers.own_page import OwnPage
from handlers.web import web_routes
from tests.secure_page import Vendor, WebDoor, furnished, listening, served

SECRET = "Bouillabaisse-13"
PASSWORD = LoginForm(
    ConnectionState.PASSWORD_CHANGED, (login_field("password", FieldKind.PASSWORD, label="Mot de passe"),)
)
CODE = LoginForm(ConnectionState.OTP_REQUIRED, (login_field("code", FieldKind.ONE_TIME_CODE, label="Code"),))
WIDE = {door: Limit(10_000, limit.seconds) for door, limit in LIMITS.items()}
CLOSED = {"state": "closed"}


@dataclass
class Taking(Vendor):
    """A vendor that takes secrets: what it got, and what it answers, one after the other."""

    form: LoginForm | None = PASSWORD
    answers: list[Reading | Exception] = field(default_factory=list)
    got: list[dict[str, str]] = field(default_factory=list)
    sealing: SealingKey | None = None
    busy: asyncio.Event = field(default_factory=asyncio.Event)
    """The bank's answers wait for it."""
    reads: Reading = field(default_factory=lambda: Reading(ConnectionState.PASSWORD_CHANGED))

    def __post_init__(self) -> None:
        self.busy.set()
        self.capabilities = replace(self.capabilities, secret_by_api=True)

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        if self.trouble is not None:
            raise self.trouble
        return self.form

    async def read(self, ref: ConnectionRef) -> Reading:
        return self.reads

    async def submit(self, ref: ConnectionRef, values: dict[str, Secret]) -> Reading:
        self.got.append({name: value.reveal() for name, value in values.items()})
        await self.busy.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def resume(self, ref: ConnectionRef) -> Reading:
        return self.reads


@dataclass
class OwnDoor(WebDoor):
    """The web door with our own page; `restarts` gives it a process that knows nothing of the visits before."""

    own: OwnPage | None = None

    def restarts(self) -> None:
        assert isinstance(self.vendor, Taking)
        house = self.house
        store = SqlStore(house.database, lambda _, job: self.jobs.append(job), lambda _: None)
        self.engine = Engine(store, house.clock, FrenchCalendars("Europe/Paris"))
        tries = Tries(house.database, house.clock)
        self.own = OwnPage(tries, house.links, self.engine, self.vendor, self.vendor, KeyVault(house.clock))

    def app(self, **options: Any) -> ASGIApp:
        self.restarts()
        known = WebOptions(self.base, "C’ moi le chef", (self.vendor.host,), limits=WIDE)
        apps: dict[OwnPage | None, Starlette] = {}

        def open_app() -> Starlette:
            routes = web_routes(
                self.house.links,
                self.engine,
                self.vendor,
                Texts(),
                known,
                self.ask_number,
                self.ready,
                own_page=self.own,
            )
            return Starlette(routes=routes)

        async def app(scope: Any, receive: Any, send: Any) -> None:  # whichever process is there now
            if self.own not in apps:
                apps[self.own] = open_app()
            await apps[self.own](scope, receive, send)

        return app

    async def stands(self) -> State:
        return state_from_json(await self.state())

    async def comes_to(self, state: State) -> None:
        """The page may tell the answer a moment before the conversation has moved."""
        async with asyncio.timeout(10):
            while await self.stands() != state:  # noqa: ASYNC110  # the database tells nobody
                await asyncio.sleep(0.01)


@pytest.fixture
async def door(sqlite_database: str) -> AsyncIterator[OwnDoor]:
    async with furnished(sqlite_database) as house, listening() as (bound, base):
        door = OwnDoor(house, Taking(), base=base)
        async with served(door.app(), bound):
            yield door
        assert door.own is not None
        await door.own.aclose()


@pytest.fixture
def vendor(door: OwnDoor) -> Taking:
    assert isinstance(door.vendor, Taking)
    return door.vendor


@pytest.fixture
async def browser(door: OwnDoor) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=door.base, trust_env=False) as client:
        yield client


async def told(browser: httpx.AsyncClient, act: str, **body: Any) -> dict[str, Any]:
    answer = await browser.post(f"/l/{act}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def claimed(door: OwnDoor, browser: httpx.AsyncClient) -> dict[str, Any]:
    """Through the number to the form."""
    _, token = await door.house.mint()
    await told(browser, "open", token=token)
    assert await door.tap(door.questions[-1].number)
    return await told(browser, "claim", token=token)


def sealed(shown: dict[str, Any], link: int | None = None, **values: str) -> dict[str, Any]:
    """What the page's script makes of what is typed."""
    key, payload = shown["key"]["jwk"], {"lid": shown["link"] if link is None else link, "p": values}
    head = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key["kid"]}
    registry = JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
    message = encrypt_compact(head, json.dumps(payload), ECKey.import_key(key), registry=registry)
    return {"ticket": shown["ticket"], "sealed": message}


async def ends_as(browser: httpx.AsyncClient, session: str, *states: str) -> dict[str, Any]:
    """Ask until the bank's answer is there."""
    while True:
        now = await told(browser, "answer", session=session)
        if now["state"] in states:
            return now
        await asyncio.sleep(0.01)


OK = Reading(ConnectionState.OK)
REFUSED = Reading(ConnectionState.PASSWORD_CHANGED)


async def test_from_the_claim_to_the_answer(door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient) -> None:
    shown = await claimed(door, browser)
    assert (shown["state"], shown["notice"], shown["code"]) == ("form", "", False)
    assert shown["fields"] == [
        {
            "name": "password", "kind": "password", "label": "Mot de passe", "hint": "", "required": True,
            "pattern": "", "options": [],
        }
    ]  # fmt: skip
    vendor.answers = [REFUSED, OK]
    session = shown["session"]
    vendor.busy.clear()
    assert (await told(browser, "send", session=session, **sealed(shown, password="faux")))["state"] == "sent"
    assert await door.stands() == Submitted(resume=Checking())
    assert (await told(browser, "answer", session=session))["state"] == "sent"
    vendor.busy.set()
    again = await ends_as(browser, session, "form")
    assert again["notice"] == "refused"
    assert again["ticket"] != shown["ticket"]
    assert again["key"] != shown["key"]
    assert await door.stands() == NewPassword(resume=Checking(refused=1))
    await told(browser, "send", session=session, **sealed(again, password=SECRET))
    await ends_as(browser, session, "done")
    assert vendor.got == [{"password": "faux"}, {"password": SECRET}]
    await door.comes_to(Checking(refused=1))
    assert ReadBank() in [job.effect for job in door.jobs]
    assert await door.house.states() == ["DONE"]


async def test_of_many_sendings_of_one_secret_one_leaves(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    shown = await claimed(door, browser)
    vendor.answers = [OK] * 50
    body = sealed(shown, password=SECRET)
    answers = await asyncio.gather(*(told(browser, "send", session=shown["session"], **body) for _ in range(50)))
    await ends_as(browser, shown["session"], "done")
    assert vendor.got == [{"password": SECRET}]
    assert {each["state"] for each in answers} <= {"sent", "done"}


async def test_two_processes_with_the_same_visit_send_one(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    """Each has asked for a secret with a key of its own; the database lets one try be made."""
    shown = await claimed(door, browser)
    session, first = shown["session"], door.own
    door.restarts()
    fresh = await told(browser, "answer", session=session)
    assert (fresh["state"], fresh["notice"]) == ("form", "fresh")
    vendor.busy.clear()
    vendor.answers = [OK, OK]
    await told(browser, "send", session=session, **sealed(fresh, password=SECRET))
    second, door.own = door.own, first
    assert (await told(browser, "send", session=session, **sealed(shown, password=SECRET)))["state"] == "chat"
    vendor.busy.set()
    door.own = second
    await ends_as(browser, session, "done")
    assert len(vendor.got) == 1
    assert first is not None
    await first.aclose()


async def test_after_a_kill_in_the_middle_the_secret_is_not_sent_again_and_the_refusal_still_counts(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    shown = await claimed(door, browser)
    vendor.busy.clear()
    await told(browser, "send", session=shown["session"], **sealed(shown, password=SECRET))
    dead = door.own
    assert dead is not None
    await dead.aclose()
    door.restarts()
    assert (await told(browser, "answer", session=shown["session"]))["state"] == "chat"
    again = await told(browser, "send", session=shown["session"], **sealed(shown, password=SECRET))
    assert again["state"] == "chat"
    assert len(vendor.got) == 1
    assert await door.stands() == Submitted(resume=Checking())
    door.house.clock.moment += LIFETIME
    await door.engine.overdue()
    assert await door.stands() == Checking()
    assert ReadBank() in [job.effect for job in door.jobs], "the bank is read, which counts what it refused"


@pytest.mark.parametrize("fault", [Unreachable("no answer"), RuntimeError(f"a library quotes {SECRET}")])
async def test_an_unknown_outcome_is_settled_by_reading_the_bank(
    door: OwnDoor,
    vendor: Taking,
    browser: httpx.AsyncClient,
    fault: Exception,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shown = await claimed(door, browser)
    vendor.answers = [fault]
    with caplog.at_level(logging.DEBUG):
        await told(browser, "send", session=shown["session"], **sealed(shown, password=SECRET))
        await ends_as(browser, shown["session"], "chat")
    assert len(vendor.got) == 1
    await door.comes_to(Checking())
    assert ReadBank() in [job.effect for job in door.jobs]
    assert SECRET not in caplog.text + "".join(capsys.readouterr())


async def test_what_was_not_taken_is_asked_for_again_and_does_not_count(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    shown = await claimed(door, browser)
    vendor.answers = [NotTaken("at the door"), OK]
    await told(browser, "send", session=shown["session"], **sealed(shown, password=SECRET))
    again = await ends_as(browser, shown["session"], "form")
    assert again["notice"] == "not-taken"
    assert await door.stands() == NewPassword(resume=Checking())
    await told(browser, "send", session=shown["session"], **sealed(again, password=SECRET))
    await ends_as(browser, shown["session"], "done")


async def test_three_refusals_stop_and_nothing_leaves_any_more(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    shown = await claimed(door, browser)
    session = shown["session"]
    vendor.answers = [REFUSED] * 4
    for attempt in range(3):
        await told(browser, "send", session=session, **sealed(shown, password=f"faux {attempt}"))
        shown = await ends_as(browser, session, "form", "stopped")
    assert shown["state"] == "stopped"
    assert isinstance(await door.stands(), WithStaff)
    assert len(vendor.got) == 3
    door.restarts()  # a page that is still open elsewhere gets a form again, and sends nothing
    fresh = await told(browser, "answer", session=session)
    assert (await told(browser, "send", session=session, **sealed(fresh, password="x")))["state"] == "stopped"
    assert len(vendor.got) == 3


async def test_three_wrong_codes_go_on_in_the_chat(door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient) -> None:
    vendor.form = CODE
    shown = await claimed(door, browser)
    assert shown["code"]
    vendor.answers = [Reading(ConnectionState.OTP_REQUIRED)] * 4
    for notice in ("code-refused", "code-refused", ""):
        await told(browser, "send", session=shown["session"], **sealed(shown, code="000000"))
        session = shown["session"]
        shown = {"session": session, **await ends_as(browser, session, "form", "chat")}
        assert shown["notice"] == notice
    assert shown["state"] == "chat"
    assert len(vendor.got) == 3


async def test_an_approval_is_all_that_is_asked_where_no_field_is(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_page, "LOOK_EVERY", 0.01)
    vendor.form = LoginForm(ConnectionState.APP_VALIDATION_PENDING)
    vendor.reads = Reading(ConnectionState.APP_VALIDATION_PENDING)
    shown = await claimed(door, browser)
    assert shown["state"] == "approve"
    await told(browser, "approved", session=shown["session"])
    while True:
        if (await told(browser, "answer", session=shown["session"]))["notice"] == "not-yet":
            break
        await asyncio.sleep(0.01)
    vendor.reads = OK
    await ends_as(browser, shown["session"], "done")
    assert vendor.got == []


async def test_what_the_bank_answers_otherwise_is_told_in_the_chat(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    for state, view in (
        (ConnectionState.BANK_UNAVAILABLE, "down"),
        (ConnectionState.RATE_LIMITED, "down"),
        (ConnectionState.ACTION_NEEDED_AT_BANK, "chat"),
        (ConnectionState.SCA_REQUIRED, "chat"),
        (ConnectionState.UNKNOWN, "chat"),
    ):
        shown = await claimed(door, browser)
        vendor.answers = [Reading(state)]
        await told(browser, "send", session=shown["session"], **sealed(shown, password=SECRET))
        await ends_as(browser, shown["session"], view)


BREAKS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "for another link": lambda shown: sealed(shown, link=shown["link"] + 1, password=SECRET),
    "another field": lambda shown: sealed(shown, passe=SECRET),
    "a field too many": lambda shown: sealed(shown, password=SECRET, resume="true"),
    "not sealed": lambda shown: {"ticket": shown["ticket"], "sealed": SECRET},
    "nothing": lambda shown: {"ticket": shown["ticket"]},
    "values instead": lambda shown: {"ticket": shown["ticket"], "values": {"password": SECRET}},
}


@pytest.mark.parametrize("how", BREAKS)
async def test_what_cannot_be_opened_is_typed_again_and_nothing_was_sent(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient, how: str
) -> None:
    shown = await claimed(door, browser)
    again = await told(browser, "send", session=shown["session"], **BREAKS[how](shown))
    assert (again["state"], again["notice"]) == ("form", "fresh")
    assert again["key"] != shown["key"]
    assert vendor.got == []
    assert await door.stands() == NewPassword(resume=Checking())
    vendor.answers = [OK]
    await told(browser, "send", session=shown["session"], **sealed(again, password=SECRET))
    await ends_as(browser, shown["session"], "done")


async def test_a_value_that_is_not_sealed_for_the_vendor_goes_nowhere(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    public = {name: str(value) for name, value in RSAKey.generate_key(2048).as_dict(private=False).items()}
    vendor.sealing = SealingKey("RSA-OAEP", public, each_value=True)
    vendor.answers = [OK]
    shown = await claimed(door, browser)
    session, seal = shown["session"], "aaaa.bbbb.cccc.dddd.eeee"
    for values in ({"password": SECRET}, {"passe": seal}, {}, {"password": seal, "code": seal}):
        again = await told(browser, "send", session=session, ticket=shown["ticket"], values=values)
        assert (again["state"], again["notice"]) == ("form", "fresh")
        shown = again
    await told(browser, "send", session=session, ticket=shown["ticket"], values={"password": seal})
    await ends_as(browser, session, "done")
    assert vendor.got == [{"password": seal}], "relayed as it is"


async def test_a_ticket_or_a_session_of_somebody_else_opens_nothing(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    shown = await claimed(door, browser)
    good = sealed(shown, password=SECRET)
    assert (await told(browser, "send", session=shown["session"], **(good | {"ticket": "x"})))["state"] == "form"
    for session in ("x", shown["ticket"], door.questions[-1].bank):
        assert await told(browser, "answer", session=session) == CLOSED
        assert await told(browser, "send", session=session, **good) == CLOSED
        assert await told(browser, "approved", session=session) == CLOSED
    assert vendor.got == []


async def test_where_the_vendor_asks_nothing_that_we_could_show_its_own_page_is_opened(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    vendor.form = None
    shown = await claimed(door, browser)
    assert shown["url"].startswith(vendor.host)
    assert "session" not in shown


async def test_a_vendor_that_is_away_at_the_claim_does_not_spend_the_link(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient
) -> None:
    vendor.trouble = Unreachable("no answer")
    _, token = await door.house.proven()
    assert (await browser.post("/l/claim", json={"token": token})).status_code == 503
    assert await door.house.states() == ["OPEN"]
    vendor.trouble = None
    assert (await told(browser, "claim", token=token))["state"] == "form"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
@pytest.mark.parametrize("act", ["answer", "send", "approved"])
async def test_only_a_post_is_answered(door: OwnDoor, browser: httpx.AsyncClient, method: str, act: str) -> None:
    assert (await browser.request(method, f"/l/{act}")).status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"session": ""}',
        '{"session": "s", "ticket": "t", "more": 1}',
        '{"session": 1, "ticket": "t"}',
    ],
)
async def test_a_malformed_body_gets_a_clear_400_without_what_it_held(
    door: OwnDoor, browser: httpx.AsyncClient, body: str
) -> None:
    answer = await browser.post("/l/send", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    leaking = {"session": "s", "ticket": "t", "values": {"password": [SECRET]}}
    answer = await browser.post("/l/send", json=leaking)
    assert answer.status_code == 400
    assert SECRET not in answer.text


async def test_a_database_that_goes_away_before_the_sending_loses_nothing(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await claimed(door, browser)
    receive = door.engine.receive

    async def gone(_: object) -> Any:
        raise Unreachable("the database")

    monkeypatch.setattr(door.engine, "receive", gone)
    again = await told(browser, "send", session=shown["session"], **sealed(shown, password=SECRET))
    assert (again["state"], again["notice"]) == ("form", "fresh")
    assert vendor.got == []
    monkeypatch.setattr(door.engine, "receive", receive)
    vendor.answers = [OK]
    await told(browser, "send", session=shown["session"], **sealed(again, password=SECRET))
    await ends_as(browser, shown["session"], "done")


async def test_a_bug_after_the_answer_does_not_send_it_again(
    door: OwnDoor, vendor: Taking, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await claimed(door, browser)
    vendor.answers = [Reading(ConnectionState.OTP_REQUIRED)]

    async def fails(_: object) -> Any:
        raise OurBug("a form that cannot be read")

    monkeypatch.setattr(vendor, "login_form", fails)
    await told(browser, "send", session=shown["session"], **sealed(shown, password=SECRET))
    await ends_as(browser, shown["session"], "chat")
    assert len(vendor.got) == 1


async def test_the_page_stays_small_with_its_own_form(door: OwnDoor, browser: httpx.AsyncClient) -> None:
    pages = [await browser.get(path) for path in ("/l", "/l/page.css", "/l/page.js")]
    assert sum(len(page.content) for page in pages) < 30_000
    assert "{{" not in pages[0].text
    assert "Personne chez nous ne le voit" in pages[0].text
    assert "sur la page du service qui relie votre banque" not in pages[0].text, "that is said of another page"
