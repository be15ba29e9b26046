"""Ten thousand canaries at the doors of the program, and its own secrets, while it fails at every step of a link.

What somebody pastes, types into an address or posts by mistake is nowhere afterwards; nor is a link's token, except
in the button that it is sent in, or what the bank's side is opened with.
"""

import asyncio
import io
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
from rich.console import Console

from bot.adapters.clock import MovableClock
from bot.sandbox import world as sandbox
from bot.sandbox.actors import Client, until
from bot.sandbox.cast import prepare
from bot.sandbox.tour import BEGIN, Tour
from bot.sandbox.world import World, opened
from handlers.guard import LIMITS, Limit
from tests.contracts.test_canary import contents, encodings, logs, said, wants_a_new_password

__all__ = ["logs"]  # a fixture
MARK = "Ca/na+ri<é&"
"""Each begins with it, so whoever wrote one down, in whatever form, wrote this down in that form."""
MANY, PASTED, AT_ONCE = 10_000, 25, 20
CANARIES = [f"{MARK}{number:05}#8" for number in range(MANY)]


def forms(secret: str) -> list[bytes]:
    return [form for some in encodings(secret).values() for form in some]


def sightings(secrets: list[str], places: dict[str, bytes]) -> list[str]:
    return [
        f"{secret!r} in {where}"
        for secret in secrets
        for form in forms(secret)
        for where, data in places.items()
        if form in data
    ]


def test_whoever_finds_no_mark_finds_no_canary() -> None:
    """In each of the six encodings, whatever stands before it."""
    for canary in CANARIES[::100]:
        for form in forms(canary):
            assert any(mark in form for mark in forms(MARK)), form
    for before in ("", "x", "xy"):
        for encoded in encodings(f"{before}{CANARIES[0]} et voilà").values():
            assert all(any(mark in form for mark in forms(MARK)) for form in encoded)


# What anybody may send to the web door


def visit(number: int, canary: str) -> dict[str, Any]:
    """A request with the canary in one of the places where one can put it."""
    raw = canary.encode()
    asked = ("open", "status", "claim")[number % 3]
    return (
        {"method": "POST", "url": f"/l/{asked}", "json": {"token": canary}},
        {"method": "POST", "url": "/l/back", "json": {"state": canary}},
        {"method": "POST", "url": "/l/back", "json": {"state": "x", "error": canary, "code": canary}},
        {"method": "POST", "url": f"/l/{asked}", "json": {"token": "x", canary: canary}},
        {"method": "POST", "url": f"/l/{asked}", "json": {"token": [canary]}},
        {"method": "POST", "url": f"/l/{asked}", "content": b'{"token": "' + raw, "headers": JSON},
        {"method": "POST", "url": f"/l/{asked}", "content": raw},
        {"method": "POST", "url": f"/l/{asked}", "content": raw * 500, "headers": JSON},
        {"method": "GET", "url": f"/l?password={quote(canary)}"},
        {
            "method": "GET",
            "url": f"/l/{quote(canary)}",
            "headers": {"user-agent": raw, "cookie": raw, "referer": raw},
        },
    )[number % 10]


JSON = {"content-type": "application/json"}


async def sends_them_all(address: str) -> list[int]:
    """The answers' codes."""
    left, codes = iter(enumerate(CANARIES)), []

    async def send() -> None:
        for number, canary in left:
            codes.append((await client.request(**visit(number, canary))).status_code)

    async with httpx.AsyncClient(base_url=address, timeout=60, trust_env=False) as client:
        await asyncio.gather(*(send() for _ in range(AT_ONCE)))
    return codes


# The life of a link, and where it stumbles


class Trip:
    """In place of a method: it raises once, with whatever it was given in reach of the traceback, then works."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.method, self.raised = method, 0

    def __call__(self, *given: Any, **named: Any) -> Any:
        if not self.raised:
            self.raised += 1
            raise RuntimeError("a bug of ours, or of a library")
        return self.method(*given, **named)


@asynccontextmanager
async def trips(owner: object, name: str) -> AsyncIterator[None]:
    """The method is called, and fails once."""
    trip = Trip(getattr(owner, name))
    setattr(owner, name, trip)
    yield
    await until(lambda: trip.raised, f"{name} was called")
    delattr(owner, name)


class Life:
    """One link after the other, of somebody who opens, proves and claims it. `secrets` are those of ours."""

    def __init__(self, tour: Tour, client: Client, http: httpx.AsyncClient) -> None:
        self.tour, self.client, self.http = tour, client, http
        self.app = tour.world.app
        self.tokens: list[str] = []
        self.states: list[str] = []

    async def new_link(self) -> None:
        """Each answer brings one."""
        await self.client.writes("bonjour")
        await self.tour.settle()
        token = self.client.secure_page().partition("#")[2]
        if token not in self.tokens:
            self.tokens.append(token)

    async def post(self, act: str, **body: str) -> httpx.Response:
        return await self.http.post(f"{self.app.settings.public_url}/l/{act}", json=body)

    async def step(self, act: str) -> httpx.Response:
        return await self.post(act, token=self.tokens[-1])

    async def opens(self) -> int:
        answer = await self.step("open")
        assert answer.status_code == 200
        await self.tour.settle()
        return int(answer.json()["facts"]["number"])

    async def proves(self) -> None:
        await self.client.taps_number(await self.opens())
        await self.tour.settle()

    async def claims(self) -> str:
        """The state of the way back."""
        url = (await self.step("claim")).json()["url"]
        [state] = parse_qs(urlsplit(url).query)["state"]
        self.states.append(state)
        return str(state)


async def stumbles_at_every_step(life: Life) -> None:
    """Mint, open, ask for the number, prove, claim, the bank's page, the way back, and what follows it."""
    app = life.app
    async with trips(app.links, "mint"):
        await life.client.writes("bonjour")
        await life.tour.settle()
    await life.new_link()
    async with trips(app.links, "open"):
        assert (await life.step("open")).status_code == 500
    async with trips(app.outbox, "enqueue"):
        assert (await life.step("open")).status_code == 500
    number = await life.opens()
    async with trips(app.links, "prove"):
        message, data = await until(lambda: life.client._number(number, 0), "he is asked for the number")
        await life.tour.world.telegram.presses(life.client.id, message["message_id"], data)
    await life.new_link()
    await life.proves()
    async with trips(app.links, "look"):
        assert (await life.step("status")).status_code == 500
    async with trips(app.links, "claim"):
        assert (await life.step("claim")).status_code == 500
    async with trips(app.aggregator, "renewal_page"):
        assert (await life.step("claim")).status_code == 500
    await life.new_link()
    await life.proves()
    state = await life.claims()
    async with trips(app.links, "finish"):
        assert (await life.post("back", state=state, code=CANARIES[0])).status_code == 500
    async with trips(app.engine, "receive"):
        assert (await life.post("back", state=state, error=CANARIES[1])).status_code == 500
    assert (await life.post("back", state=state)).json() == {"state": "noted"}
    await life.tour.settle()


async def pastes(life: Life) -> None:
    for canary in CANARIES[:: MANY // PASTED]:
        await life.client.writes(f"mon mot de passe : {canary}")
    await life.tour.settle()
    await life.new_link()


def places(world: World, folder: Path, logs: io.StringIO) -> Iterator[tuple[str, bytes]]:
    """Wherever something could have been written down."""
    yield from contents(folder).items()
    yield "the log", logs.getvalue().encode()
    yield "what we post to Slack", said(world.slack.calls)
    yield "what we send to Telegram", said(world.telegram.calls)


async def test_ten_thousand_secrets_and_our_own_are_nowhere(
    tmp_path: Path, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", logs)
    monkeypatch.setattr(sandbox, "PLAYED_LIMITS", {door: Limit(MANY, each.seconds) for door, each in LIMITS.items()})
    world = World(MovableClock(BEGIN, stands_still=True), database_url=f"sqlite:///{tmp_path / 'resync.db'}")
    async with opened(world), httpx.AsyncClient(timeout=60, trust_env=False) as http:
        tour = Tour(world, await prepare(world), Console(file=io.StringIO()))
        life = Life(tour, await wants_a_new_password(tour), http)
        await pastes(life)
        await stumbles_at_every_step(life)
        codes = await sends_them_all(world.app.settings.public_url)
        await tour.settle()
        found = dict(places(world, tmp_path, logs))
        assert found["resync.db-wal"], "the log of writes is looked at too"
    assert len(codes) == MANY
    assert set(codes) == {200, 400, 404, 413, 415}
    found |= {f"{name}, closed": data for name, data in contents(tmp_path).items()}
    assert sightings([MARK], found) == []
    telegram = found.pop("what we send to Telegram")
    assert sightings(life.tokens, found) == []
    assert sightings(life.states, found | {"Telegram": telegram}) == []
    assert len(life.tokens) >= 4
    assert all(token.encode() in telegram for token in life.tokens), "a token goes out once, in its button"
    assert "a bug of ours, or of a library" in logs.getvalue(), "the tracebacks were looked at too"
