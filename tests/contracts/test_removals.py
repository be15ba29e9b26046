"""A secret leaves its chat however long Telegram is away; and where it cannot, client and staff are told the truth.

The real worker, outbox and messenger on a clock that only waiting moves, against the sandbox's Telegram over HTTP.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database import tables
from bot.adapters.database.audit import Trail
from bot.adapters.database.outbox import BACKOFF, Outbox, Row
from bot.adapters.database.records import SqlRecords
from bot.adapters.database.store import SqlStore
from bot.adapters.pace import Pace
from bot.adapters.telegram.messenger import TelegramMessenger, open_bot
from bot.adapters.telegram.request import AiohttpRequest
from bot.adapters.texts import Texts
from bot.adapters.understanding.french import FrenchReader
from bot.domain.secret import Secret
from bot.engine import Engine
from bot.ports import Case, Job
from bot.removals import DELETABLE, WHILE_BLOCKED
from bot.sandbox.telegram import Telegram
from bot.worker import House, Worker
from flows.effects import TO_CLIENT
from flows.state import Quiet
from handlers.telegram import TelegramHandler
from tests.firm import NOW, ODETTE, STRANGER, Firm, founded
from tests.journeys.story import Weather
from tests.secure_page import listening, served

TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
SECRET = "Bistrot2026!"
DOWN = b'{"ok":false,"error_code":502,"description":"Bad Gateway"}'
CLOSED = b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'
REMOVED, STAYS = "J’efface votre message", "Je n’ai pas pu effacer votre message"
UPDATES = count(871_230_900)


class Channel:
    """The firm's channel."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    async def tell(self, text: str, case: Case | None) -> None:
        self.lines.append(text)


class Process:
    """One run of the program, for which waiting takes no time but the clock's; it can be stopped at a moment."""

    def __init__(self, firm: Firm, address: str, channel: Channel, meanwhile: Callable[[], None]) -> None:
        self.firm = firm
        self.meanwhile = meanwhile
        self.waited: list[float] = []
        self.stops_at = datetime.max.replace(tzinfo=NOW.tzinfo)
        self.stopped = asyncio.Event()
        self.staff: list[Job] = []
        self.request = AiohttpRequest()
        bot, texts, calendars = open_bot(TOKEN, address, self.request), Texts(), FrenchCalendars("Europe/Paris")
        messenger = TelegramMessenger(bot, Pace(firm.database, "telegram", 0))
        self.outbox = Outbox(firm.database, "me", self._say, sleep=self._sleep)
        engine = Engine(SqlStore(firm.database, self._enqueue, self.outbox.push), firm.clock, calendars)
        nobody: Any = SimpleNamespace()
        house = House("Le cabinet", "https://resync.example", "", lambda _: Path())
        self.worker = Worker(
            engine, SqlRecords(firm.database), nobody, texts, messenger, channel,  # type: ignore[arg-type]  # nothing asks nobody
            nobody, firm.clock, calendars, house,
        )  # fmt: skip
        self.handler = TelegramHandler(bot, engine, nobody, FrenchReader(), texts, messenger)

    def _enqueue(self, sql: Any, job: Job) -> Row | None:
        if isinstance(job.effect, TO_CLIENT):
            return self.outbox.enqueue(sql, job)
        self.staff.append(job)
        return None

    async def _say(self, job: Job) -> None:
        await self.worker.say(job)

    async def _sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.firm.clock.pass_(seconds=seconds)
        self.meanwhile()
        if self.firm.clock.now() >= self.stops_at:
            self.stopped.set()
            await asyncio.Event().wait()  # the program is killed here
        await asyncio.sleep(0)

    async def takes(self, message: dict[str, Any]) -> None:
        """An update of Telegram's."""
        await self.handler.handle({"update_id": next(UPDATES), "message": message})

    async def is_killed(self) -> None:
        """At the moment at which it stops; until then it has something to wait for."""
        while not self.stopped.is_set():
            assert not self.outbox.idle()
            await asyncio.sleep(0.01)
        await self.aclose()

    async def settles(self) -> None:
        """Everything has left, to staff too."""
        while not self.outbox.idle():  # noqa: ASYNC110  # it calls nobody
            await asyncio.sleep(0.01)
        while self.staff:
            await self.worker.work(self.staff.pop(0))

    async def aclose(self) -> None:
        await self.handler.aclose()
        await self.outbox.aclose()
        await self.request.shutdown()


@dataclass
class Phones:
    """Odette's phone, the weather on the way to it, and the firm's channel."""

    firm: Firm
    telegram: Telegram
    weather: Weather
    address: str
    channel: Channel = field(default_factory=Channel)
    clears_at: datetime | None = None
    running: list[Process] = field(default_factory=list)

    def starts(self) -> Process:
        self.running.append(Process(self.firm, self.address, self.channel, self._meanwhile))
        return self.running[-1]

    def _meanwhile(self) -> None:
        if self.clears_at is not None and self.firm.clock.now() >= self.clears_at:
            self.weather.clears()

    async def pastes(self, chat: int = ODETTE) -> dict[str, Any]:
        return await self.telegram.writes(chat, f"mon mot de passe : {SECRET}")

    def shows_it(self, chat: int = ODETTE) -> bool:
        return SECRET in str(self.telegram.chat(chat))

    def reads(self, chat: int = ODETTE) -> list[str]:
        """The beginnings of what he was told."""
        said = [each["text"] for each in self.telegram.chat(chat) if each["from"]["is_bot"]]
        return [next((start for start in (REMOVED, STAYS) if text.startswith(start)), text) for text in said]

    def staff_read(self, words: str) -> int:
        return sum(words in line for line in self.channel.lines)

    async def rests_in(self) -> list[str]:
        """The tables and the files that hold the secret."""
        found = [each.name for each in tables.metadata.sorted_tables if SECRET in str(await self.firm.rows(each))]
        folder = Path(str(self.firm.database.url.database)).parent
        return found + [each.name for each in folder.iterdir() if SECRET.encode() in each.read_bytes()]


@pytest.fixture
async def phones(sqlite_database: str) -> AsyncIterator[Phones]:
    async with founded(sqlite_database) as firm:
        Trail(Secret("a key of an audit trail, for one test"), firm.clock).keep(firm.database.writer)
        await firm.odette(Quiet())
        telegram = Telegram(TOKEN, firm.clock.now)
        for person, name in ((ODETTE, "Odette"), (STRANGER, "Personne")):
            telegram.person(person, name)
            await telegram.starts(person)
        weather = Weather(Starlette(routes=[Mount("/telegram", routes=telegram.routes)]))
        async with listening() as (bound, base), served(weather, bound):
            phones = Phones(firm, telegram, weather, f"{base}/telegram")
            async with contextlib.AsyncExitStack() as ends:
                ends.push_async_callback(close_all, phones.running)
                yield phones
        await telegram.aclose()


async def close_all(running: list[Process]) -> None:
    for each in running:
        await each.aclose()


async def test_a_secret_leaves_the_chat_hours_later_after_a_restart_and_rests_nowhere_meanwhile(
    phones: Phones,
) -> None:
    phones.weather.storm(502, DOWN)
    first = phones.starts()
    first.stops_at = NOW + timedelta(hours=5)
    await first.takes(await phones.pastes())
    await first.is_killed()
    assert list(dict.fromkeys(first.waited)) == list(BACKOFF), "with patience, and then once a minute"
    assert phones.shows_it()
    assert [row.chat_id for row in await phones.firm.rows(tables.outbox)] == [ODETTE, ODETTE]
    assert await phones.rests_in() == []
    second = phones.starts()
    phones.clears_at = phones.firm.clock.now() + timedelta(hours=6)
    await second.outbox.pick_up()
    await second.settles()
    assert not phones.shows_it()
    assert phones.reads() == [REMOVED]
    assert await phones.firm.rows(tables.outbox) == []
    assert await phones.rests_in() == []
    assert phones.staff_read("Le bot n’a pas pu effacer") == 0


async def test_what_is_to_be_said_waits_for_no_deletion_and_no_deletion_for_a_word(phones: Phones) -> None:
    process = phones.starts()
    phones.weather.storm(502, DOWN, where="deleteMessage")
    process.stops_at = NOW + timedelta(hours=3)
    await process.takes(await phones.pastes())
    await process.is_killed()
    assert phones.reads() == [REMOVED]
    phones.weather.storm(502, DOWN, where="sendMessage")
    other = phones.starts()
    other.stops_at = phones.firm.clock.now() + timedelta(hours=3)
    await other.outbox.pick_up()
    await other.takes(await phones.pastes())
    await other.is_killed()
    assert not phones.shows_it(), "both are gone"


async def test_after_two_days_without_success_client_and_staff_are_told_that_it_stays(phones: Phones) -> None:
    process = phones.starts()
    phones.weather.storm(502, DOWN, where="deleteMessage")
    await process.takes(await phones.pastes())
    await process.settles()
    passed = phones.firm.clock.now() - NOW
    assert DELETABLE < passed < DELETABLE + timedelta(minutes=2)
    assert phones.shows_it()
    assert phones.reads() == [REMOVED, STAYS]
    assert phones.staff_read("Le bot n’a pas pu effacer de Telegram le message de Odette") == 1
    assert await phones.firm.rows(tables.outbox) == []
    assert await phones.rests_in() == []
    assert all(SECRET not in line for line in phones.channel.lines)
    acts = [json.loads(row.entry) for row in await phones.firm.rows(tables.audit)]
    assert [(each["act"], each["conversation"]) for each in acts] == [("secret-pasted", 1), ("secret-stays", 1)]


async def test_the_two_days_go_on_over_a_restart(phones: Phones) -> None:
    phones.weather.storm(502, DOWN, where="deleteMessage")
    first = phones.starts()
    first.stops_at = NOW + timedelta(hours=30)
    await first.takes(await phones.pastes())
    await first.is_killed()
    phones.firm.clock.pass_(hours=20)
    second = phones.starts()
    await second.outbox.pick_up()
    await second.settles()
    assert phones.reads() == [REMOVED, STAYS]
    assert second.waited == [], "nothing is waited for that cannot come any more"


async def test_what_telegram_will_not_delete_any_more_is_told_at_once(phones: Phones) -> None:
    pasted = await phones.pastes()
    phones.firm.clock.pass_(hours=49)  # the program was stopped all that time
    process = phones.starts()
    await process.takes(pasted)
    await process.settles()
    assert process.waited == []
    assert phones.reads() == [REMOVED, STAYS]
    assert phones.staff_read("Le bot n’a pas pu effacer") == 1


async def test_who_has_deleted_it_himself_hears_nothing_of_it(phones: Phones) -> None:
    pasted = await phones.pastes()
    phones.telegram._world.rooms[ODETTE].messages.pop(pasted["message_id"])
    process = phones.starts()
    await process.takes(pasted)
    await process.settles()
    assert phones.reads() == [REMOVED]
    assert phones.staff_read("Le bot n’a pas pu effacer") == 0


async def test_it_leaves_a_chat_that_was_closed_to_us_when_he_is_back(phones: Phones) -> None:
    phones.weather.storm(403, CLOSED, where="deleteMessage")
    phones.clears_at = NOW + timedelta(hours=5)
    process = phones.starts()
    await process.takes(await phones.pastes())
    await process.settles()
    assert set(process.waited) == {WHILE_BLOCKED}
    assert not phones.shows_it()
    assert phones.staff_read("Le bot n’a pas pu effacer") == 0


async def test_of_a_chat_that_stays_closed_staff_hear_once(phones: Phones) -> None:
    phones.weather.storm(403, CLOSED)
    process = phones.starts()
    await process.takes(await phones.pastes())
    await process.settles()
    assert phones.shows_it()
    assert phones.staff_read("Le bot n’a pas pu effacer") == 1
    assert await phones.firm.rows(tables.outbox) == []


async def test_a_stranger_is_told_too(phones: Phones) -> None:
    pasted = await phones.pastes(STRANGER)
    process = phones.starts()
    phones.weather.storm(502, DOWN, where="deleteMessage")
    await process.takes(pasted)
    await process.settles()
    assert STAYS in phones.reads(STRANGER)
    assert phones.channel.lines == []
