"""Reminders and promises on both databases: each is there once, and what became of it is told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.adapters.database.outbox import Outbox
from bot.adapters.database.reminded import nudges_of, promises_of
from bot.adapters.database.store import SqlStore
from bot.adapters.database.tables import consent
from bot.domain.errors import TryAgain
from bot.domain.reminded import Fate, Nudge, Promise, Word
from bot.engine import Envelope, ToChat
from bot.ports import Job, Transaction
from flows.effects import Offer, Say, SayTogether
from flows.events import Chose
from flows.renewal import AWAY, Offered, Snoozed, StepA
from flows.state import State
from tests.firm import NOW, ODETTE, Firm, founded

LATER = NOW + timedelta(hours=3)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


class Lanes:
    """What leaves to clients, on a line that may lose it."""

    def __init__(self, firm: Firm) -> None:
        self.lost = False
        self.outbox = Outbox(firm.database, "me", self._perform)
        self.store = SqlStore(firm.database, self.outbox.enqueue, self.outbox.push)

    async def _perform(self, _job: Job) -> None:
        if self.lost:
            raise TryAgain("nobody knows whether it arrived")

    async def remind(self, *talks: int, job: str = "due:1/0", seen: str = "due:1") -> None:
        """One reminder, about one bank or several, and let it leave."""
        first = Say("renewal-offered", nudge=True)
        together = SayTogether(tuple(Offer(each, 1, "renewal-offered", "LCL", "Odette", "", 3) for each in talks))

        def work(tx: Transaction) -> None:
            tx.first_time(seen, NOW)
            tx.enqueue(Job(job, talks[0], ODETTE, first if len(talks) == 1 else together))

        await self.store.transact(work)
        while not self.outbox.idle():  # noqa: ASYNC110  # it calls nobody
            await asyncio.sleep(0.01)


async def act(firm: Firm, talk: int, event: str, at: datetime = LATER, *, spoken: bool = True) -> None:
    """Somebody, or time, moves a conversation on."""

    def work(tx: Transaction) -> None:
        tx.first_time(event, at)
        found = tx.conversation(talk)
        assert found is not None
        tx.save(found, at, spoken=spoken)

    await firm.store.transact(work)


async def nudges(firm: Firm) -> list[Nudge]:
    return await firm.database.read(lambda sql: nudges_of(sql, 1, 10))


async def promises(firm: Firm, now: datetime = LATER) -> list[Promise]:
    return await firm.database.read(lambda sql: promises_of(sql, 1, now, 10))


async def test_a_reminder_leaves_and_is_answered_by_what_its_client_does_next(firm: Firm) -> None:
    talk, lanes = await firm.odette(Offered()), Lanes(firm)
    await lanes.remind(talk)
    [sent] = await nudges(firm)
    assert sent == Nudge(NOW, "Mme Odette Martin", "Crédit Rural", Fate.SENT)
    await act(firm, talk, "job:7/bank")  # the bank speaks, which is no answer of his
    await act(firm, talk, "tg:8", spoken=False)
    assert await nudges(firm) == [sent]
    await act(firm, talk, "tg:9")
    await act(firm, talk, "link:3:done", LATER + timedelta(days=1))
    assert await nudges(firm) == [replace(sent, fate=Fate.ANSWERED, answered_at=LATER)]


async def test_other_words_are_no_reminders(firm: Firm) -> None:
    talk = await firm.odette(Offered())

    def work(tx: Transaction) -> None:
        tx.first_time("tg:1", NOW)
        tx.enqueue(Job("tg:1/0", talk, ODETTE, Say("renewal-step-a")))

    await firm.store.transact(work)
    assert await nudges(firm) == []


async def test_one_message_about_two_banks_is_a_reminder_of_each(firm: Firm) -> None:
    first, lanes = await firm.odette(Offered()), Lanes(firm)
    second = await firm.bank(1, Offered(), "LCL", who=1)
    await lanes.remind(first, second)
    await act(firm, second, "tg:9")
    assert {(each.bank, each.fate) for each in await nudges(firm)} == {
        ("Crédit Rural", Fate.SENT),
        ("LCL", Fate.ANSWERED),
    }


async def test_a_reminder_that_may_have_arrived_is_doubtful(firm: Firm) -> None:
    talk, lanes = await firm.odette(Offered()), Lanes(firm)
    lanes.lost = True
    await lanes.remind(talk)
    assert [each.fate for each in await nudges(firm)] == [Fate.DOUBTFUL]


async def test_a_reminder_to_whom_nothing_reaches_is_told_so_even_when_he_comes_back(firm: Firm) -> None:
    talk = await firm.odette(Offered())

    def work(tx: Transaction) -> None:
        tx.first_time("due:1", NOW)
        tx.enqueue(Job("due:1/0", talk, ODETTE, Say("renewal-offered", nudge=True)))
        tx.mark_reachable(ODETTE, False)

    await firm.store.transact(work)
    await act(firm, talk, "tg:9")
    assert [each.fate for each in await nudges(firm)] == [Fate.UNREACHABLE]


async def snoozed(firm: Firm, state: State, event: str = "tg:1") -> int:
    talk = await firm.odette(state)

    def work(tx: Transaction) -> None:
        tx.first_time(event, NOW)
        found = tx.conversation(talk)
        assert found is not None
        tx.save(replace(found, sequence=4, deadline=LATER), NOW, spoken=True)

    await firm.store.transact(work)
    return talk


async def test_a_moment_that_a_client_names_is_a_promise_and_it_is_noted_once(firm: Firm) -> None:
    talk = await snoozed(firm, Snoozed(moment="this-evening", resume=StepA()))
    await act(firm, talk, "due:2", LATER)  # put off to a decent hour
    ahead = Promise(NOW, LATER, "Mme Odette Martin", "Crédit Rural", Word.AHEAD)
    assert await promises(firm, NOW) == [ahead]
    assert await promises(firm, LATER + timedelta(days=2)) == [replace(ahead, word=Word.PAST)]
    await firm.insert(consent, connection_id=1, began_on=NOW.date(), proven=True)
    assert await promises(firm) == [replace(ahead, word=Word.KEPT)]


async def test_who_is_away_has_named_a_moment_too(firm: Firm) -> None:
    await snoozed(firm, Snoozed(moment=AWAY, resume=StepA()))
    assert [each.away for each in await promises(firm)] == [True]


async def test_the_real_engine_notes_what_a_client_chose(firm: Firm) -> None:
    await firm.odette(Offered())
    for number, choice in enumerate(("later", "tomorrow")):
        await firm.engine.receive(Envelope(f"tg:{number}", ToChat(ODETTE), Chose(choice)))
    [promise] = await promises(firm)
    assert (promise.word, promise.made_at, promise.until.date()) == (Word.AHEAD, NOW, NOW.date() + timedelta(days=1))
