"""The seams to the world. Each has a real implementation and a fake; both pass the same contract tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.connection import ConnectionRef, Reading
from bot.domain.secret import Secret


class Clock(Protocol):
    """Business time. Pacing and time limits keep real time and do not come from here."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


@dataclass(frozen=True)
class Capabilities:
    """What an aggregator can do; declared by its adapter, never guessed."""

    sees_state: bool
    """It can read a connection. Without it, the client's word and staff's confirmation stand in."""
    hosted_page: bool
    """It has a page of its own where the client types a secret or approves."""
    forced_sync: bool = False
    webhook: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """One line of `resync doctor`: what was looked at, whether it is well, and how to mend it (in French)."""

    what: str
    well: bool
    advice: str = ""


class Aggregator(Protocol):
    """A bank aggregator, seen through our own words.

    Calls raise `TryAgain` when the vendor cannot be reached, `Refused` when our credentials are wrong, and
    `OurBug` when the vendor says our request is malformed. What a bank answers is never an exception.
    """

    name: str
    capabilities: Capabilities

    async def read(self, ref: ConnectionRef) -> Reading:
        """The true state of a connection.

        With an empty `ref.connection`, the vendor's only or newest connection of that user is read and
        `Reading.ref` names it; where the user has none, the state is `DELETED`.
        """
        ...

    async def renewal_page(
        self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool
    ) -> Secret:
        """The vendor's hosted page for this connection, good for one visit; mint it when the client clicks.

        `return_to` is our address he comes back to, `state` an opaque value that comes back with him.
        """
        ...

    async def sync(self, ref: ConnectionRef) -> None:
        """Ask for a synchronisation now. Only where `RULES[state].resync_by_program` allows it."""
        ...

    def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        """The connections that a webhook speaks of. A hint: read them again before believing anything.

        Raises `NotSigned` when the signature is wrong, `BadInput` when the body is not of the vendor's form.
        """
        ...

    async def diagnose(self) -> Sequence[Diagnosis]:
        """Is it reachable, are we known there? One line each."""
        ...

    async def aclose(self) -> None:
        """Close the connections to the vendor."""
        ...
