"""Requests of two persons on both databases: what must happen once happens once, and an erasure leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database import tables
from bot.domain.desk import ActRefused
from bot.domain.two_persons import DELAY, Kind, Request, Stage
from bot.two_persons import TwoPersons
from flows.first_sync import Invited
from flows.renewal import StepB
from flows.state import Quiet
from tests.firm import ODETTE, Firm, founded

ANNA, BRUNO, CARLA = "U0ANNA", "U0BRUNO", "U0CARLA"


class Wall:
    """Where cards and files are put up."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, Stage, str]] = []
        self.files: list[bytes] = []

    async def show(self, request: Request, stage: Stage, person: str, place: tuple[str, str]) -> tuple[str, str]:
        self.shown.append((request.id, stage, person))
        return "C0RESYNC", "1.1"

    async def attach(self, place: tuple[str, str], name: str, content: bytes) -> None:
        assert place == ("C0RESYNC", "1.1"), "below its card"
        self.files.append(content)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


def several(firm: Firm, wall: Wall) -> list[TwoPersons]:
    """Two processes on one database."""
    calendars = FrenchCalendars("Europe/Paris")
    return [
        TwoPersons(firm.database, firm.store, firm.clock, calendars, wall, lambda: "resync_bot") for _ in range(2)
    ]


@pytest.mark.parametrize("kind", [Kind.EXPORT, Kind.ERASURE])
async def test_what_is_due_happens_once_whoever_sweeps(firm: Firm, kind: Kind) -> None:
    talk = await firm.odette(StepB())
    wall = Wall()
    here, there = several(firm, wall)
    await here.ask("1", kind, 1, ANNA, "Anna", "Il l’a demandé par écrit.")
    await asyncio.gather(here.sweep(), there.sweep())
    assert wall.shown == [(1, Stage.ASKED, "Mme Odette Martin")]
    await there.agree(1, kind, BRUNO, "Bruno")
    firm.clock.pass_(seconds=(DELAY[kind] - timedelta(minutes=1)).total_seconds())
    await asyncio.gather(here.sweep(), there.sweep())
    assert [row.done_at for row in await firm.rows(tables.desk_request)] == [None]
    firm.clock.pass_(minutes=2)
    await asyncio.gather(here.sweep(), there.sweep())
    await asyncio.gather(here.sweep(), there.sweep())
    person = "" if kind is Kind.ERASURE else "Mme Odette Martin"
    assert wall.shown[1:] == [(1, Stage.AGREED, "Mme Odette Martin"), (1, Stage.DONE, person)]
    assert len(wall.files) == (kind is Kind.EXPORT)
    assert isinstance((await firm.talk(talk)).state, Invited if kind is Kind.ERASURE else StepB)


async def test_of_two_who_agree_at_once_and_one_who_stops_the_first_counts(firm: Firm) -> None:
    await firm.odette(Quiet())
    here, there = several(firm, Wall())
    await here.ask("1", Kind.ERASURE, 1, ANNA, "Anna", "Par écrit.")
    both = (here.agree(1, Kind.ERASURE, BRUNO, "Bruno"), there.agree(1, Kind.ERASURE, CARLA, "Carla"))
    outcomes = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(isinstance(each, ActRefused) for each in outcomes) == [False, True]
    await there.stop(1, CARLA, "Carla")
    with pytest.raises(ActRefused, match="staff-request-over"):
        await here.stop(1, ANNA, "Anna")
    firm.clock.pass_(days=3)
    await here.sweep()
    assert (await firm.rows(tables.contact))[0].chat_id == ODETTE
