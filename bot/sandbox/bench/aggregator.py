"""How fast connections are read, against what the bound on calls at once allows: `resync bench aggregator`.

The bound is `AT_ONCE` divided by the latency: with 20 calls under way, each 20 ms from its answer, nobody can make
more than 1,000 a second. What our side and the sandbox take beyond the latency is our loss.
"""

import asyncio
import contextlib
import gc
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

import httpx

from bot.adapters.aggregators.http import AT_ONCE
from bot.adapters.aggregators.powens import Powens, PowensAccount
from bot.app import fastest_loop
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import OurBug
from bot.domain.secret import Secret
from bot.sandbox.bench import vendor
from bot.sandbox.world import CLIENT_ID, CLIENT_SECRET

BANKS = 2
"""Connections of one user."""
SAMPLES = 10
"""How often the memory is looked at during a run, besides its beginning."""

Asked = TypeVar("Asked")


@dataclass(frozen=True)
class Run:
    """One way of reading. Times in seconds, memory in megabytes."""

    connections: int
    calls: int
    """As the aggregator counted them."""
    seconds: float
    processor: float
    waits: Sequence[float]
    """How long each answer took, as the reader saw it."""
    memory: Sequence[float]
    """At the beginning, then after each tenth; empty where the system does not tell."""

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self.calls / self.seconds

    @property
    def swing(self) -> tuple[float, float]:
        """How far memory went below and above what it was at the beginning, as shares of it."""
        first = self.memory[0]
        return min(self.memory) / first - 1, max(self.memory) / first - 1


@dataclass(frozen=True)
class Figures:
    """What was measured, and what could be had at most."""

    users: int
    latency: float
    first: Run
    """One connection of each user, which also fetches his token. It warms up what comes next."""
    singly: Run
    """Each connection by itself, as the sweep reads them day by day."""
    listed: Run
    """All connections of a user in one call, as staff look for them."""

    @property
    def bound(self) -> float:
        """Calls a second that the bound on calls at once allows."""
        return AT_ONCE / self.latency

    def share(self, run: Run) -> float:
        """What a run reached of the bound."""
        return run.rate / self.bound


def measure(connections: int, latency: float) -> Figures:
    """Read so many connections of a local sandbox that is `latency` seconds away, in the loop of `resync run`."""
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        return runner.run(_measure(connections, latency))


async def _measure(connections: int, latency: float) -> Figures:
    users = -(-connections // BANKS)
    refs = [ConnectionRef(str(1 + number % users), str(1 + number)) for number in range(connections)]
    first, mixed = refs[:users], random.Random(1).sample(refs, connections)
    gc.freeze()  # as `resync run` does
    async with vendor.running(connections, users, latency) as address, reading(address) as reader:
        return Figures(
            users=users,
            latency=latency,
            first=await reader.run(first, reader.read),
            singly=await reader.run(mixed, reader.read),
            listed=await reader.run([ref.user for ref in first], reader.list),
        )


class Reader:
    """Reads with the adapter that firms use, as many at once as it lets through."""

    def __init__(self, address: str, aggregator: Powens) -> None:
        self._address, self._aggregator = address, aggregator

    async def read(self, ref: ConnectionRef) -> Sequence[Reading]:
        """One connection."""
        return [await self._aggregator.read(ref)]

    async def list(self, user: str) -> Sequence[Reading]:
        """All of a user's."""
        return await self._aggregator.connections(user)

    async def run(self, todo: Sequence[Asked], ask: Callable[[Asked], Awaitable[Sequence[Reading]]]) -> Run:
        """Ask for each; raises `OurBug` where a reading is not what the sandbox holds."""
        found, waits, memory = 0, list[float](), list(resident())
        every, left, before = max(1, len(todo) // SAMPLES), iter(todo), await self.calls()

        async def work() -> None:
            nonlocal found
            for each in left:
                asked = time.perf_counter()
                readings = await ask(each)
                waits.append(time.perf_counter() - asked)
                found += sum(map(is_well, readings))
                if len(waits) % every == 0:
                    memory.extend(resident())

        begin, processor = time.perf_counter(), time.process_time()
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
        seconds, processor = time.perf_counter() - begin, time.process_time() - processor
        return Run(found, await self.calls() - before, seconds, processor, waits, memory)

    async def calls(self) -> int:
        """How many calls the aggregator has been asked."""
        async with httpx.AsyncClient(trust_env=False) as client:
            return int((await client.get(self._address + vendor.COUNT)).text)


@contextlib.asynccontextmanager
async def reading(address: str) -> AsyncIterator[Reader]:
    """A reader with an adapter of its own."""
    account = PowensAccount(f"{address}/2.0", "sandbox", CLIENT_ID, Secret(CLIENT_SECRET))
    async with contextlib.aclosing(Powens(account, now=vendor.now)) as aggregator:
        yield Reader(address, aggregator)


def is_well(found: Reading) -> bool:
    """Every connection of this sandbox works; anything else would be measured in vain."""
    if found.state is not ConnectionState.OK or not found.accounts:
        raise OurBug(f"a connection of the sandbox reads {found.state}")
    return True


def resident() -> Iterator[float]:
    """Megabytes of memory that this process has at this moment; nothing where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():
        [kilobytes] = [line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmRSS:")]
        yield int(kilobytes) / 1000


def typical(waits: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    ordered = sorted(waits)
    return median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
