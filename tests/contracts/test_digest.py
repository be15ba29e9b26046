"""The digest on both databases: what it counts, and that it is ordered and posted once, by however many processes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database import tables
from bot.adapters.database.consents import begin_consent, end_consent
from bot.adapters.database.figures import SqlFigures
from bot.adapters.texts import Texts
from bot.digest import Figures, Morning, due
from bot.domain.buttons import Press
from bot.engine import Envelope, ToChat, ToConversation
from bot.morning import Mornings
from bot.ports import Picture
from flows.effects import PostDigest, Say
from flows.events import Intent, Wrote
from flows.renewal import StepA
from flows.state import Quiet
from tests.firm import NOW, ODETTE, Firm, founded

OFFICE = FrenchCalendars("Europe/Paris").office
TODAY = date(2026, 11, 24)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


def morning(now: datetime = NOW) -> Morning:
    found = due(now, time(8, 30), OFFICE)
    assert found is not None
    return found


async def figures(firm: Firm, now: datetime = NOW) -> Figures:
    return await SqlFigures(firm.database).of(morning(now))


async def consents(firm: Firm, connection_id: int, *days: date) -> None:
    def work(sql: sa.Connection) -> None:
        for day in days:
            begin_consent(sql, connection_id, day, proven=True)

    await firm.database.write(work)


# What is counted.


async def test_a_firm_without_clients_has_nothing_to_read(firm: Firm) -> None:
    assert (await figures(firm)).urgency == {}


async def test_renewals_and_first_times_are_told_apart_and_measured_from_the_first_nudge(firm: Firm) -> None:
    yesterday, file = TODAY - timedelta(days=1), await firm.file("Chez Odette")
    asked = await firm.bank(file, Quiet(), "Crédit Rural")
    unasked = await firm.bank(file, Quiet(), "Banque Mistral")
    new = await firm.bank(file, Quiet(), "Banque du Port")
    links = {row.id: row.connection_id for row in await firm.rows(tables.conversation)}
    await consents(firm, links[asked], date(2026, 6, 1), yesterday)
    await consents(firm, links[unasked], date(2026, 6, 1), yesterday)
    await consents(firm, links[new], yesterday)
    for days in (200, 4, 2):  # the first one was about the consent before
        sent = (NOW - timedelta(days=days)).timestamp()
        await firm.insert(tables.nudge, job_id=f"due:{days}", conversation_id=asked, at=sent, fate="sent")
    found = await figures(firm)
    assert sorted(found.renewed) == [-1, 3]
    assert found.connected == 1
    assert found.median_days == 3
    assert (await figures(firm, NOW + timedelta(days=1))).renewed == (), "nothing is told twice"


async def test_what_ran_out_and_what_was_opened(firm: Firm) -> None:
    talk = await firm.odette(Quiet(), expires_on=TODAY - timedelta(days=1))
    link = (await firm.talk(talk)).connection.id
    await consents(firm, link, date(2026, 6, 1))
    await firm.database.write(lambda sql: end_consent(sql, link, TODAY - timedelta(days=1), lapsed=True))
    firm.clock.moment = NOW - timedelta(hours=3)
    await firm.engine.receive(Envelope("tg:1", ToChat(ODETTE), Wrote(Intent.HUMAN, "quelqu'un ?")))
    found = await figures(firm)
    assert found.lapsed == (("Chez Odette", "Crédit Rural"),)
    assert found.cases == 1
    [waits] = found.waiting
    assert (waits.client, waits.cause, waits.who) == ("Chez Odette", "human", "")
    assert found.urgency == {"NOBODY_HAS_IT": 1}
    assert found.weeks[0] == (date(2026, 11, 23), 1)


async def test_nudges_are_counted_when_they_are_ordered_and_answered_when_their_client_acts(firm: Firm) -> None:
    firm.clock.moment = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)  # half past nine in Paris
    now = firm.clock.now().timestamp()
    talk = await firm.odette(StepA(), deadline=now, read_at=now, expires_on=TODAY)
    await firm.engine.overdue()
    assert any(isinstance(each, Say) and each.nudge for each in firm.effects())
    found = await figures(firm)
    assert (found.sent, found.answered) == (1, 0)
    firm.clock.pass_(days=1)  # an answer counts however late it comes
    press = Press(talk, (await firm.talk(talk)).sequence, "there")
    await firm.engine.receive(Envelope("tg:2", ToConversation(talk), press, ODETTE))
    found = await figures(firm)
    assert (found.sent, found.answered) == (1, 1)


# Once.


@dataclass
class Channel:
    """A desk that keeps what it is asked to post."""

    posted: list[tuple[str, int, str]] = field(default_factory=list)

    async def post_digest(
        self, parts: Sequence[tuple[str, Sequence[str]]], pictures: Sequence[Picture], mark: str
    ) -> None:
        self.posted.append((parts[0][0], len(pictures), mark))


def mornings(firm: Firm, channel: Channel, *, broken: bool = False) -> Mornings:
    def draw(_figures: Figures) -> list[Picture]:
        if broken:
            raise ValueError("no pencil")
        return [Picture("semaines", "Semaines", "Semaines. 23/11 : 1.", b"\x89PNG")]

    counts = SqlFigures(firm.database)
    return Mornings(firm.store, channel, counts, draw, Texts(), firm.clock, OFFICE, time(8, 30))  # type: ignore[arg-type]


def ordered(firm: Firm) -> list[PostDigest]:
    return [each for each in firm.effects() if isinstance(each, PostDigest)]


async def test_however_many_processes_look_a_morning_is_ordered_once(firm: Firm) -> None:
    processes = [mornings(firm, Channel()) for _ in range(5)]
    await asyncio.gather(*(each.order() for each in processes for _ in range(3)))
    await mornings(firm, Channel()).order()  # one that starts later in the day
    assert [each.day for each in ordered(firm)] == ["2026-11-24"]
    firm.clock.pass_(days=1)
    await asyncio.gather(*(each.order() for each in processes))
    assert [each.day for each in ordered(firm)] == ["2026-11-24", "2026-11-25"]
    firm.clock.pass_(days=3)  # a Saturday
    await asyncio.gather(*(each.order() for each in processes))
    assert len(ordered(firm)) == 2


async def test_it_is_posted_with_its_pictures_and_without_where_they_cannot_be_drawn(firm: Firm) -> None:
    await firm.odette(Quiet())
    channel = Channel()
    await mornings(firm, channel).order()
    await mornings(firm, channel).post(ordered(firm)[0])
    await mornings(firm, channel, broken=True).post(ordered(firm)[0])
    title = "Bonjour\N{NARROW NO-BREAK SPACE}! Le point du 24 novembre 2026"
    assert channel.posted == [(title, 1, "digest:2026-11-24"), (title, 0, "digest:2026-11-24")]


async def test_nobody_reads_a_digest_about_nobody(firm: Firm) -> None:
    channel = Channel()
    await mornings(firm, channel).order()
    await mornings(firm, channel).post(ordered(firm)[0])
    assert channel.posted == []
