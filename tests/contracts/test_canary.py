"""The canary: a password that a client pastes or types is nowhere in what we store, log, send or post.

The real program runs in the sandbox's world, at its most talkative, and meets exceptions while it has the secret.
"""

import asyncio
import base64
import html
import io
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import structlog
from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import ECKey, RSAKey
from rich.console import Console

from bot.adapters.clock import MovableClock
from bot.adapters.logs import TALKATIVE, set_up_logs
from bot.sandbox.actors import Client, until
from bot.sandbox.browser import Browser
from bot.sandbox.cast import prepare
from bot.sandbox.tour import BEGIN, Tour
from bot.sandbox.world import World, opened
from locales.fr.images import picture

PASTED, CAPTION, EDITED, TYPED, WRONG = (f"Ca/na+ri<{name}>é&#81" for name in ("txt", "cap", "edt", "pag", "non"))
CANARIES = (PASTED, CAPTION, EDITED, TYPED, WRONG)


def encodings(secret: str) -> dict[str, set[bytes]]:
    """Every form in which it could have been written down."""
    raw = secret.encode()
    # Base64 of something longer: whatever stands before shifts it by 0, 1 or 2 bytes; the ends depend on neighbours.
    shifted = {base64.b64encode(b"\0" * shift + raw)[(4 if shift else 0) :].rstrip(b"=")[:-2] for shift in range(3)}
    return {
        "as it is": {raw, secret.encode("latin-1"), secret.encode("utf-16-le")},
        "in an address": {quote(secret).encode(), quote(secret, safe="").encode(), quote_plus(secret).encode()},
        "in JSON": {json.dumps(secret)[1:-1].encode(), json.dumps(json.dumps(secret))[3:-3].encode()},
        "in HTML": {html.escape(secret).encode(), html.escape(secret, quote=False).encode()},
        "in base64": shifted | {each.translate(bytes.maketrans(b"+/", b"-_")) for each in shifted},
        "in hexadecimal": {raw.hex().encode(), raw.hex().upper().encode()},
    }


def sightings(where: str, data: bytes) -> list[str]:
    return [
        f"{secret!r} {how} in {where}"
        for secret in CANARIES
        for how, forms in encodings(secret).items()
        if any(form in data for form in forms)
    ]


@pytest.mark.parametrize("how", list(encodings(PASTED)))
def test_the_search_finds_it_in_each_form(how: str) -> None:
    for form in encodings(PASTED)[how]:
        assert any(how in each for each in sightings("here", b"something " + form + b" something"))


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz", "mot de passe : "])
def test_the_search_finds_it_inside_of_base64(before: str) -> None:
    around = base64.b64encode(f"{before}{PASTED} et voilà".encode())
    assert sightings("here", around) == [f"{PASTED!r} in base64 in here"]


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """Everything that the program logs at DEBUG."""
    root, written = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    root.handlers = []
    set_up_logs("DEBUG")
    yield written
    root.handlers, root.level = before, level
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
    structlog.reset_defaults()


class Stumble:
    """In place of a method: it raises once, with whatever it was given in reach of the traceback, then works."""

    def __init__(self, method: Callable[..., Awaitable[Any]]) -> None:
        self.method = method
        self.raised = 0

    async def __call__(self, *given: Any, **named: Any) -> Any:
        if not self.raised:
            self.raised += 1
            raise RuntimeError("a bug of ours, or of a library")
        return await self.method(*given, **named)


async def stumbles(owner: object, name: str, during: Callable[[], Awaitable[object]]) -> None:
    """Let a method fail once while something happens."""
    stumble = Stumble(getattr(owner, name))
    setattr(owner, name, stumble)
    await during()
    await until(lambda: stumble.raised, f"{name} was called")
    delattr(owner, name)


async def wants_a_new_password(tour: Tour) -> Client:
    """Marcel's bank made him choose a new one, and we have asked him for it."""
    marcel = tour.cast.marcel
    await marcel.opens_invitation(tour.cast.invitations[marcel.name])
    await marcel.hears("first-introduced")
    await tour.until_day(tour.cast.marcel_bank, 7)
    await marcel.hears("renewal-offered")
    await marcel.presses("start", "there")
    link = tour.cast.links[tour.cast.marcel_name, tour.cast.marcel_bank]
    tour.world.bank.change_password(link, TYPED)
    await tour.world.bank.press_blue_button(link)
    await marcel.hears("new-password")
    return marcel


async def pastes_it_everywhere(tour: Tour, marcel: Client) -> None:
    """In a text, under a photo, in a corrected message; each leaves the chat, even where we stumble over it."""
    phones, app = tour.world.telegram, tour.world.app

    async def paste() -> None:
        await marcel.writes(f"mon mot de passe : {PASTED}")
        await tour.settle()

    await paste()
    await stumbles(app.messenger, "send", paste)
    await stumbles(app.engine, "receive", paste)
    await paste()
    await phones.sends_photo(marcel.id, picture("step-a", None).read_bytes(), f"mdp {CAPTION}")
    await tour.settle()
    first = await marcel.writes("bonjour")
    await tour.settle()
    await phones.edits(marcel.id, first["message_id"], f"voici mon mdp : {EDITED}")
    await tour.settle()
    await marcel.hears("secret-removed")


async def types_it_on_the_page(tour: Tour, marcel: Client) -> None:
    """On the hosted page, as it is meant to be; the aggregator fails before and after."""
    app = tour.world.app
    await marcel.presses("stuck")  # a new page
    await marcel.hears("new-password", "help")
    async with Browser(marcel) as browser:
        shown = await browser.opens(marcel.secure_page())
        await marcel.taps_number(int(shown["facts"]["number"]))
        await tour.settle()
        await browser.goes_on()
        assert not await browser.types(WRONG)
        await tour.settle()

        async def type_it() -> None:
            assert await browser.types(TYPED)
            await tour.settle()

        await stumbles(app.aggregator, "read", type_it)  # the bank is read as soon as it was typed
    await tour.wait(hours=1)
    await marcel.hears("renewal-done")


async def test_no_secret_is_seen_anywhere(tmp_path: Path, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", logs)  # pytest has put its own in place since the fixture
    world = World(MovableClock(BEGIN, stands_still=True), database_url=f"sqlite:///{tmp_path / 'resync.db'}")
    async with opened(world):
        tour = Tour(world, await prepare(world), Console(file=io.StringIO()))
        marcel = await wants_a_new_password(tour)
        await pastes_it_everywhere(tour, marcel)
        await types_it_on_the_page(tour, marcel)
        files = contents(tmp_path)
        assert files["resync.db-wal"], "the log of writes is looked at too"
    seen = [each for name, data in (*files.items(), *contents(tmp_path).items()) for each in sightings(name, data)]
    seen += sightings("what we send to Telegram", said(world.telegram.calls))
    seen += sightings("what we post to Slack", said(world.slack.calls))
    seen += sightings("the log", logs.getvalue().encode())
    assert seen == []
    assert len(world.telegram.calls) > 20
    assert len(world.slack.calls) > 3
    assert logs.getvalue().count("a bug of ours, or of a library") >= 3, "the tracebacks were looked at too"
    assert world.telegram.called["deleteMessage"] >= 4


# Our own page


class OwnPage(Browser):
    """Types on our own page, and seals as its script does."""

    async def claims(self) -> dict[str, Any]:
        """« Continuer »: the form, in this very page."""
        return await self._post("claim", token=self.token)

    async def sends(self, shown: dict[str, Any], session: str, secret: str) -> None:
        """Whatever comes of it; then until the bank's answer is there."""
        key, how = shown["key"]["jwk"], {"alg": shown["key"]["algorithm"], "enc": "A256GCM"}
        registry = JWERegistry(algorithms=[*how.values()])
        body: dict[str, Any] = {"session": session, "ticket": shown["ticket"]}
        if shown["key"]["each"]:
            body["values"] = {"password": encrypt_compact(how, secret, RSAKey.import_key(key), registry=registry)}
        else:
            payload = json.dumps({"lid": shown["link"], "p": {"password": secret}})
            body["sealed"] = encrypt_compact(how, payload, ECKey.import_key(key), registry=registry)
        await self._http.post(f"{self.address}/send", json=body)
        while (await self._post("answer", session=session))["state"] == "sent":  # noqa: ASYNC110
            await asyncio.sleep(0.02)


STEPS = [
    "_taker.submit",
    "_tries.begin",
    "_engine.receive",
    "_links.finish",
    "_aggregator.login_form",
    "_tries.end",
    "",
]
"""What raises while the secret is on its way; at last nothing does."""


@pytest.mark.parametrize(("step", "seal"), [*((step, False) for step in STEPS), ("_taker.submit", True), ("", True)])
async def test_no_secret_is_seen_where_our_own_page_takes_it(
    tmp_path: Path, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch, step: str, seal: bool
) -> None:
    monkeypatch.setattr(sys, "stderr", logs)
    clock, database = MovableClock(BEGIN, stands_still=True), f"sqlite:///{tmp_path / 'resync.db'}"
    world = World(clock, database_url=database, credential_mode="own_page", sealed=seal)
    async with opened(world):
        tour = Tour(world, await prepare(world), Console(file=io.StringIO()))
        marcel = await wants_a_new_password(tour)
        async with OwnPage(marcel) as page:
            shown = await page.opens(marcel.secure_page())
            await marcel.taps_number(int(shown["facts"]["number"]))
            await tour.settle()
            form = await page.claims()
            session = form["session"]

            async def type_it() -> None:
                await page.sends(form, session, WRONG if step in ("_aggregator.login_form", "_tries.end") else TYPED)

            owner: Any = world.app.own_page
            part, _, method = step.rpartition(".")
            await (stumbles(getattr(owner, part), method, type_it) if step else type_it())
            await tour.settle()
            await marcel.hears("renewal-done" if not step else "new-password", after=0)
        files = contents(tmp_path)
    seen = [each for name, data in (*files.items(), *contents(tmp_path).items()) for each in sightings(name, data)]
    seen += sightings("what we send to Telegram", said(world.telegram.calls))
    seen += sightings("what we post to Slack", said(world.slack.calls))
    seen += sightings("the log", logs.getvalue().encode())
    assert seen == []


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of the database."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def said(calls: Any) -> bytes:
    """Every call with its parameters, as text."""
    return "\n".join(f"{method} {parameters}" for method, parameters in calls).encode()
