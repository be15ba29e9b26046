"""One pace for all processes: no slot is taken twice, and who is more urgent goes first."""

import asyncio
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from bot.adapters import pace
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.database.outbox import ABOUT_SAFETY, ABOUT_STAFF, Outbox, urgency
from bot.adapters.database.tables import outbox, send_budget
from bot.adapters.pace import BURST, REACH, Pace, Urgency
from bot.adapters.texts import Texts
from bot.domain.errors import Throttled, TryAgain
from bot.ports import Job
from flows.effects import AskNumber, Effect, RelayToClient, RemoveMessage, Say
from flows.escalation import WithStaff
from flows.renewal import Offered
from flows.state import ask

NUDGE, ANSWER, SECURITY = Say("renewal-offered", nudge=True), Say("hello"), Say("secret-removed")
ODETTE, MARCEL = 7, 8


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    schema.prepare(database)
    yield database
    await database.aclose()


class Clock:
    """Real time, as far as the pace knows; it stands still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        monkeypatch.setattr(pace, "time", SimpleNamespace(time=lambda: self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


async def rows(database: Database, table: sa.Table) -> list[Any]:
    return await database.read(lambda sql: list(sql.execute(sa.select(table))))


async def takes(database: Database, rate: float, *wanted: Urgency) -> list[float]:
    """The slots that a process gets at this moment."""
    return (await database.write(lambda sql: Pace(database, "telegram", rate)._take(sql, wanted)))[0]


# One row for all


async def test_two_processes_draw_from_one_budget(database: Database) -> None:
    paces = [Pace(database, "telegram", 1000.0), Pace(database, "telegram", 1000.0)]
    begin = time.time()

    async def send(place: int) -> None:
        async with paces[place % 2].turn():
            return

    await asyncio.gather(*map(send, range(40)))
    (budget,) = await rows(database, send_budget)
    assert budget.next_at - begin >= 40 / 1000.0  # forty slots of a millisecond were taken, none twice


async def test_a_channel_that_says_too_many_holds_every_process_back(database: Database) -> None:
    one, two = Pace(database, "telegram", 1000.0), Pace(database, "telegram", 1000.0)
    async with one.turn():
        before = time.time()
        await one.push_back(0.2)
    for each in (two, one):
        async with each.turn(Urgency.SECURITY):
            assert time.time() - before >= 0.2


async def test_a_slot_that_was_taken_before_too_many_was_said_is_not_used(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments, come = list[float](), asyncio.Event()

    async def until(moment: float) -> None:
        moments.append(moment)
        await come.wait()

    monkeypatch.setattr(pace, "until", until)
    one = Pace(database, "telegram", 25)
    waiting = asyncio.create_task(anext(aiter(turns(one, Urgency.ANSWER))))
    while not moments:  # noqa: ASYNC110  # until a slot is taken
        await asyncio.sleep(0.01)
    await one.push_back(5)
    clock.now += 5
    come.set()
    await waiting
    assert moments == [clock.now - 5, clock.now]


async def turns(one: Pace, urgent: Urgency) -> AsyncIterator[None]:
    async with one.turn(urgent):
        yield


async def test_no_pace_asks_the_database_nothing(database: Database) -> None:
    async with Pace(database, "telegram", 0).turn(chat=ODETTE):
        assert await rows(database, send_budget) == []


async def test_the_first_of_all_messages_may_leave_by_two_processes_at_once(postgres_database: str) -> None:
    schema.prepare(one := Database(postgres_database))
    two = Database(postgres_database)

    async def send(database: Database) -> None:
        async with Pace(database, "telegram", 1000).turn(chat=ODETTE):
            return

    await asyncio.gather(send(one), send(two))
    assert {row.name for row in await rows(one, send_budget)} == {"telegram", "telegram:7"}
    await one.aclose()
    await two.aclose()


# Who goes first


async def test_nudges_reach_a_little_ahead_and_whoever_is_more_urgent_reaches_past_them(
    database: Database, clock: Clock
) -> None:
    nudges = await takes(database, 25, *[Urgency.NUDGE] * 5000)
    assert 0 < len(nudges) < 5
    (answer,) = await takes(database, 25, Urgency.ANSWER)
    assert answer == pytest.approx(nudges[-1] + 0.04), "the very next one, whichever process asks"
    assert answer - clock.now <= REACH[Urgency.NUDGE] + 0.04


async def test_where_answers_fill_the_channel_no_nudge_gets_a_slot_in_any_process(
    database: Database, clock: Clock
) -> None:
    for _ in range(100):
        await takes(database, 25, *[Urgency.ANSWER] * 50)
        assert await takes(database, 25, *[Urgency.ESCALATION, Urgency.NUDGE]) == []
        assert len(await takes(database, 25, Urgency.SECURITY)) == 1
        clock.now += 0.04
    clock.now += REACH[Urgency.SECURITY]
    assert await takes(database, 25, Urgency.NUDGE), "and once they are through, the nudges go on"


@pytest.mark.parametrize("rate", [1, 25, 300])
async def test_slots_lie_apart_whoever_takes_them(database: Database, clock: Clock, rate: float) -> None:
    taken: list[float] = []
    for _ in range(50):
        taken += await takes(database, rate, *[Urgency.SECURITY] * 3, *[Urgency.NUDGE] * 40)
        clock.now += 0.01
    gaps = [later - earlier for earlier, later in pairwise(taken)]
    assert all(gap >= 1 / rate - 1e-6 for gap in gaps)


async def test_a_chat_hears_a_burst_and_then_one_message_a_second_in_all_processes(
    database: Database, clock: Clock
) -> None:
    async def moments(chat: int, count: int) -> list[float]:
        """Each by another process."""
        asked = [Pace(database, "telegram", 25) for _ in range(count)]
        return [await database.write(lambda sql, one=one: one._take_in_chat(sql, chat)) - clock.now for one in asked]  # type: ignore[misc]

    assert await moments(ODETTE, BURST + 2) == pytest.approx([0.0] * BURST + [1.0, 2.0])
    assert await moments(-ODETTE, BURST + 2) == pytest.approx([0.0] * BURST + [3.0, 6.0])
    assert await moments(MARCEL, 1) == [0.0], "another chat is held up by none of it"


class Lanes(Outbox):
    """An outbox that may only do one thing at once, and notes what it did; until `opened` it does nothing."""

    def __init__(self, database: Database, owner: str = "one", rate: float = 0, at_once: int = 1) -> None:
        super().__init__(database, owner, self._note, Pace(database, "telegram", rate, at_once))
        self.opened = asyncio.Event()
        self.said: list[tuple[int | None, Effect]] = []
        self.trouble: list[TryAgain] = []
        self.leaving: list[int | None] = []
        self.marks: list[set[int | None]] = []

    async def _note(self, job: Job) -> None:
        await self.opened.wait()
        self.leaving.append(job.chat_id)
        self.marks.append({row.chat_id for row in await rows(self.database, outbox) if row.attempted})
        if self.trouble:
            raise self.trouble.pop()
        self.said.append((job.chat_id, job.effect))

    async def keeps(self, chat: int, effect: Effect, number: int) -> None:
        row = await self.database.write(lambda sql: self.enqueue(sql, Job(f"{chat}/{number}", 1, chat, effect)))
        self.push([row] if row else [])
        await asyncio.sleep(0)

    async def empties(self) -> None:
        self.opened.set()
        async with asyncio.timeout(60):
            while not self.idle():  # noqa: ASYNC110
                await asyncio.sleep(0.01)


@pytest.mark.parametrize("rate", [0, 200])
async def test_an_answer_overtakes_all_nudges_but_none_that_is_under_way(database: Database, rate: float) -> None:
    lanes = Lanes(database, rate=rate)
    for chat in range(100, 140):
        await lanes.keeps(chat, NUDGE, chat)
    await asyncio.sleep(0.05)
    await lanes.keeps(ODETTE, ANSWER, 1)
    await lanes.keeps(MARCEL, SECURITY, 2)
    await lanes.empties()
    assert lanes.said[1:3] == [(MARCEL, SECURITY), (ODETTE, ANSWER)]
    assert [chat for chat, effect in lanes.said if effect == NUDGE] == list(range(100, 140))


async def test_what_stands_before_an_answer_in_its_chat_is_hastened_and_stays_before_it(database: Database) -> None:
    lanes = Lanes(database)
    for chat in (100, 101, ODETTE):
        await lanes.keeps(chat, NUDGE, chat)
    await lanes.keeps(ODETTE, ANSWER, 1)
    await lanes.empties()
    assert lanes.said == [(100, NUDGE), (ODETTE, NUDGE), (ODETTE, ANSWER), (101, NUDGE)]


async def test_a_nudge_that_waits_for_its_turn_is_not_in_doubt(database: Database) -> None:
    lanes = Lanes(database)
    for chat in range(100, 110):
        await lanes.keeps(chat, NUDGE, chat)
    await lanes.empties()
    assert lanes.leaving == list(range(100, 110))
    for number, marked in enumerate(lanes.marks):
        assert lanes.leaving[number] in marked, "a doubt about one that leaves is written down before it leaves"
        assert marked.isdisjoint(lanes.leaving[number + 1 :]), "and none about those that still wait"


async def test_a_nudge_that_was_refused_for_now_is_sent_later_and_not_in_doubt_meanwhile(database: Database) -> None:
    lanes = Lanes(database)
    lanes.trouble = [Throttled("too many", after=0.2)]
    lanes.opened.set()
    await lanes.keeps(ODETTE, NUDGE, 1)
    while not lanes.marks:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert [row.attempted for row in await rows(database, outbox)] == [False]
    await lanes.empties()
    assert lanes.said == [(ODETTE, NUDGE)]


async def test_a_nudge_of_which_nobody_knows_whether_it_arrived_is_not_repeated(database: Database) -> None:
    lanes = Lanes(database)
    lanes.trouble = [TryAgain("no answer")]
    await lanes.keeps(ODETTE, NUDGE, 1)
    await lanes.empties()
    assert (lanes.said, await rows(database, outbox)) == ([], [])


async def test_he_who_gives_up_waiting_takes_nobodys_turn(database: Database) -> None:
    one = Pace(database, "telegram", 0, at_once=1)
    async with one.turn():
        gone = [asyncio.create_task(anext(aiter(turns(one, each)))) for each in Urgency]
        await asyncio.sleep(0)
        for each in gone:
            each.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
    for _ in range(3):
        async with asyncio.timeout(60), one.turn(Urgency.NUDGE):
            pass


@pytest.mark.parametrize(
    ("effect", "who"),
    [
        (RemoveMessage(1), Urgency.SECURITY),
        (AskNumber(1, (1, 2, 3)), Urgency.SECURITY),
        (Say("secret-removed"), Urgency.SECURITY),
        (Say("renewal-done"), Urgency.ANSWER),
        (RelayToClient("Bonjour", "Julie"), Urgency.ANSWER),
        (*ask(WithStaff("stuck")), Urgency.ESCALATION),
        (*ask(Offered()), Urgency.NUDGE),
        (Say("renewal-step-b", part="nudge", nudge=True), Urgency.NUDGE),
    ],
)
def test_how_urgent_each_word_is(effect: Effect, who: Urgency) -> None:
    assert urgency(effect) is who


def test_the_texts_that_are_named_for_their_urgency_exist() -> None:
    assert set(Texts().keys()) >= ABOUT_SAFETY | ABOUT_STAFF
