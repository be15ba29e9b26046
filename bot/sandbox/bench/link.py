"""How long the server takes for the page of the secure link, against a bare page: `resync bench link`.

Requests leave at their moments, whether the earlier ones were answered or not, as those of strangers do. The server
itself notes how long each took it.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.app import fastest_loop
from bot.domain.errors import OurBug
from bot.sandbox.bench import door

VISIT = ("/l", "/l/page.css", "/l/page.js", "/l/open", "/l/status", "/l/status", "/l/status", "/l/claim")
"""What one client's browser asks for. Nobody taps the number, so the claim is looked at and refused."""
WARM_UP = 20
"""Visits that nobody counts."""


@dataclass(frozen=True)
class Figures:
    """What was measured; times in seconds."""

    rate: int
    """Requests a second."""
    bare: Sequence[float]
    took: Mapping[str, Sequence[float]]
    """By path."""

    @property
    def all(self) -> Sequence[float]:
        """Every answer of ours."""
        return [each for some in self.took.values() for each in some]


def measure(rate: int, seconds: int) -> Figures:
    """Ask a door on this machine for so many requests a second, for so long; and a bare page for as many."""
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        return runner.run(_measure(rate, seconds))


async def _measure(rate: int, seconds: int) -> Figures:
    visits = -(-rate * seconds // len(VISIT))
    async with door.running(WARM_UP + visits) as (address, tokens), aiohttp.ClientSession(address) as browser:
        for token in tokens[:WARM_UP]:
            await asyncio.gather(ask(browser, door.BARE), *(ask(browser, *each) for each in visit(token)))
        await times(browser)
        todo = [each for token in tokens[WARM_UP:] for each in visit(token)]
        await at_their_moments(browser, rate, [(door.BARE,)] * len(todo))
        bare = await times(browser)
        await at_their_moments(browser, rate, todo)
        return Figures(rate, bare[door.BARE], await times(browser))


def visit(token: str) -> Iterator[tuple[str, str]]:
    """The requests of one visit."""
    return ((path, token) for path in VISIT)


async def at_their_moments(browser: aiohttp.ClientSession, rate: int, todo: Sequence[tuple[str, ...]]) -> None:
    """One request after the other leaves, `rate` a second, and none waits for another one's answer."""
    loop = asyncio.get_running_loop()
    begin, under_way = loop.time(), []
    for number, each in enumerate(todo):
        await asyncio.sleep(begin + number / rate - loop.time())
        under_way.append(asyncio.create_task(ask(browser, *each)))
    await asyncio.gather(*under_way)


async def ask(browser: aiohttp.ClientSession, path: str, token: str = "") -> None:
    """As the page's script does. Raises `OurBug` where the answer is not what a living link gets."""
    posted = path in ("/l/open", "/l/status", "/l/claim")
    async with browser.request(
        "POST" if posted else "GET", path, json={"token": token} if posted else None
    ) as answer:
        body: Any = await answer.json() if posted else await answer.read()
    expected = {"/l/open": "waiting", "/l/status": "waiting", "/l/claim": "closed"}.get(path)
    if answer.status != 200 or not body or (posted and body["state"] != expected):
        raise OurBug(f"{path} answered {answer.status}")


async def times(browser: aiohttp.ClientSession) -> Mapping[str, Sequence[float]]:
    """What the server noted since the last time."""
    async with browser.get(door.TIMES) as answer:
        noted: Mapping[str, Sequence[float]] = await answer.json()
        return noted
