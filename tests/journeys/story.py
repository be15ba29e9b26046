"""A story: a world of its own with a few people in it, and the promises that hold at its end, whatever happened.

The real program runs beside a local Telegram, Slack and bank; time passes where a story says so.
"""

import csv
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.adapters.clock import MovableClock
from bot.adapters.codec import STATES
from bot.adapters.database.tables import client_file, connection, contact, file_contact
from bot.adapters.texts import Texts
from bot.importing import plan_import, store_import
from bot.invitations import invite
from bot.sandbox.actors import Client, Staff, keys, patterns, until
from bot.sandbox.browser import Browser
from bot.sandbox.cast import BANKS
from bot.sandbox.world import World

Json = dict[str, Any]
PARIS = ZoneInfo("Europe/Paris")
BEGIN = datetime(2026, 3, 2, 9, 40, tzinfo=PARIS)
"""A Monday, between the opening of the kitchen and the lunch service."""
SERVICES = ((time(11), time(15)), (time(18, 30), time(23, 30)))
MOST_IN_A_ROW = 3
TO_OTHER_ACTS = ("number-question", "staff-took", "handed-back", "case-resolved", "not-confirmed")
"""What is said because he opened a page, or because somebody of the firm did something: a row begins anew."""
TITLES = (
    "client", "SIREN", "contact", "e-mail", "banque", "date de dernière synchronisation", "cadence", "comptable",
    "utilisateur agrégateur", "connexion agrégateur",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A line of the firm's list: a bank of a client, and how many days ago it was synchronised, if ever."""

    client: str
    contact: str
    bank: str
    synchronised: int | None = None
    email: str = ""


ODETTE = Line("Chez Odette", "Odette Martin", "Crédit Rural")
MARCEL = Line("Le Petit Zinc", "Marcel Dubois", "Banque de l’Ouest", 74)
"""His bank lapses in sixteen days."""
SOFIA = Line("Pizzeria Bella", "Sofia Rossi", "Caisse Provençale", 74)
SOFIAS_SECOND = Line("Pizzeria Bella", "Sofia Rossi", "Banque Mistral", 20)


class Weather:
    """Between the program and one part of the world: clear, or a storm in which calls are answered with a failure."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._answer: tuple[int, bytes, dict[str, str]] | None = None
        self._left = 0
        self._where = ""
        self._lost = False
        self.refused = 0

    def storm(
        self,
        status: int,
        body: bytes = b"",
        *,
        where: str = "",
        times: int = 10**9,
        after: str | None = None,
        lost: bool = False,
    ) -> None:
        """Calls to addresses that hold `where` fail; with `lost` they are performed, and only the answer is lost."""
        headers = {"content-type": "application/json"} | ({"retry-after": after} if after is not None else {})
        self._answer, self._left, self._where, self._lost = (status, body, headers), times, where, lost

    def clears(self) -> None:
        """The next call arrives."""
        self._answer = None

    async def refuses(self, times: int) -> None:
        """Wait until so many calls have failed."""
        await until(lambda: self.refused >= times, f"{times} calls meet the storm")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._answer is None or scope["type"] != "http" or self._where not in scope["path"] or not self._left:
            return await self._app(scope, receive, send)
        status, body, headers = self._answer
        self._left -= 1
        self.refused += 1
        if self._lost:
            await self._app(scope, receive, swallow)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        raw.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": raw})
        return await send({"type": "http.response.body", "body": body})


async def swallow(_: object) -> None:
    """An answer that nobody gets."""


class WeatheredWorld(World):
    """The sandbox's world, with weather in between, and a note of every act of a person on Telegram."""

    def __init__(self, clock: MovableClock, **settings: Any) -> None:
        self.weather: dict[str, Weather] = {}
        self.acts: list[tuple[int, int, datetime]] = []
        """(chat, newest message of it, moment)"""
        super().__init__(clock, **settings)
        updates, note = self.telegram._updates, self.acted
        push = updates.push

        def noted(chat: int, update: Json, **how: Any) -> None:
            note(chat)
            push(chat, update, **how)

        setattr(updates, "push", noted)  # noqa: B010  # every act of a person goes through here

    def _mounts(self) -> list[BaseRoute]:
        mounts = super()._mounts()
        for mount in mounts:
            if isinstance(mount, Mount):
                mount.app = self.weather[mount.path.strip("/")] = Weather(mount.app)
        return mounts

    def acted(self, chat: int) -> None:
        """A person did something; what was said before it is no longer in a row with what follows."""
        newest = max((message["message_id"] for message in self.telegram.chat(chat)), default=0)
        self.acts.append((chat, newest, self.clock.now()))


class Visitor(Browser):
    """A client's browser that can also press a button where nothing is to be typed."""

    async def __aenter__(self) -> "Visitor":
        return self

    async def presses_go(self) -> bool:
        """« Je renouvelle l’accès », « J’ai validé ». True once it has sent him back to us."""
        return await self._submits("go")

    async def turns_back(self) -> bool:
        """« Revenir »."""
        return await self._submits("return")

    async def _submits(self, do: str) -> bool:
        self.page = await self._http.post(str(self.page.url), data={"do": do})
        self.page.raise_for_status()
        return await self._is_back()

    async def asks(self, act: str, **body: str) -> Json:
        """What the secure page's script asks."""
        return await self._post(act, **body)


class Story:
    """A world, who is in it, and the hands that make things happen."""

    def __init__(self, world: WeatheredWorld, folder: Path, logs: io.StringIO) -> None:
        self.world = world
        self.folder = folder
        self.logs = logs
        self.secrets: list[str] = []
        self.bears_errors = False
        """Does this story make the program log an error?"""
        self.links: dict[str, int] = {}
        self.people: dict[str, Client] = {}
        self.invitations: dict[str, str] = {}
        self.julie = Staff(world, "U0JULIE", "Julie", "Julie Petit")
        self.karim = Staff(world, "U0KARIM", "Karim", "Karim Benali")

    # -- who is there ---------------------------------------------------------------------------------

    async def imports(self, *lines: Line) -> None:
        """The firm's list; everybody gets a telephone and an invitation."""
        users: dict[str, int] = {}
        written = io.StringIO()
        table = csv.writer(written, delimiter=";")
        table.writerow(TITLES)
        for line in lines:
            user = users.setdefault(line.client, self.world.bank.create_user(line.client))
            table.writerow(self._cells(line, user))
            first_name = line.contact.split()[0]
            if first_name not in self.people:
                self.people[first_name] = Client(self.world, 1001 + len(self.people), first_name, user)
        app, today = self.world.app, self.world.clock.now().astimezone(PARIS).date()
        plan = plan_import(written.getvalue().encode(), today)
        await app.database.write(lambda sql: store_import(sql, plan, now=app.clock.now(), calendars=app.calendars))
        await self.invites()

    def _cells(self, line: Line, user: int) -> tuple[object, ...]:
        cadence = BANKS[line.bank]
        self.world.bank.bank(line.bank, cadence_days=cadence)
        last, link = "", ""
        if line.synchronised is not None:
            since = self.world.clock.now() - timedelta(days=line.synchronised)
            last = f"{since:%d/%m/%Y}"
            if line.bank not in self.links:
                self.links[line.bank] = self.world.bank.connect(
                    user, line.bank, password=self.secret("coquelicot-1908"), last_sync=since
                )
            link = str(self.links[line.bank])
        known = (user, link) if self.world.settings.aggregator != "manual" else ("", "")
        return (line.client, "", line.contact, line.email, line.bank, last, cadence, "Julie", *known)

    async def invites(self) -> None:
        """A link for each contact of each file, under his first name; and under the file's name too."""
        app = self.world.app

        def make(sql: sa.Connection) -> dict[str, str]:
            rows = sql.execute(
                sa.select(contact.c.id, contact.c.name, client_file.c.name.label("file"))
                .join(file_contact, file_contact.c.contact_id == contact.c.id)
                .join(client_file, client_file.c.id == file_contact.c.file_id)
            ).all()
            made: dict[str, str] = {}
            for row in rows:
                token = invite(sql, row.id, app.clock.now()).reveal()
                made[row.name.split()[0]] = made[row.file] = f"https://t.me/resync_bot?start={token}"
            return made

        self.invitations = await app.database.write(make)

    async def arrives(self, name: str) -> Client:
        """A contact opens his invitation."""
        client = self.people[name]
        await client.opens_invitation(self.invitations[name])
        await until(client.heard, f"{name} is greeted")
        await self.settle()
        return client

    def secret(self, value: str) -> str:
        """Something that may never be seen anywhere."""
        self.secrets.append(value)
        return value

    # -- time -----------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The present, on the wall clock of Paris."""
        return self.world.clock.now().astimezone(PARIS)

    async def settle(self) -> None:
        """Let everything under way arrive."""
        await until(lambda: not self.world.telegram._updates.waiting() or None, "the program takes what was said")
        await self.world.app.quiet()
        await self.world.slack.settle()
        await self.world.bank.courier.delivered()
        await self.world.app.quiet()

    async def wait(self, **span: float) -> None:
        """Time passes; what falls due happens."""
        await self.settle()
        await self.world.travel(timedelta(**span))
        await self.settle()

    async def wait_until(self, moment: datetime) -> None:
        """Time passes until then."""
        await self.wait(seconds=(moment - self.world.clock.now()).total_seconds())

    async def wait_until_day(self, bank: str, days_before: int, hour: int = 17) -> None:
        """Time passes until some days before a bank lapses, on the clock of Paris."""
        day = self.lapses_on(bank) - timedelta(days=days_before)
        await self.wait_until(day.replace(hour=hour))

    def lapses_on(self, bank: str) -> datetime:
        """The day on which a bank lapses, as the program has it."""
        with self.world.app.database.reader.connect() as sql:
            found = sql.execute(sa.select(connection.c.expires_on).where(connection.c.bank == bank)).scalar_one()
        return datetime.combine(found, time(), PARIS)

    def moment(self, message: Json) -> datetime:
        """When a message was sent, on the wall clock of Paris."""
        return datetime.fromtimestamp(message["date"], PARIS)

    # -- what happens often -----------------------------------------------------------------------------

    async def is_nudged(self, name: str) -> Client:
        """A client of a bank that lapses soon arrives, and is nudged a fortnight before its day."""
        client = await self.arrives(name)
        await self.wait_until_day(bank_of(name), 14)
        await client.hears("renewal-offered")
        return client

    async def presses_the_blue_button(self, bank: str) -> str:
        """In One up, top right: an act of the client whose bank it is, though his chat sees nothing of it."""
        link = self.world.bank.link(self.links[bank])
        for client in self.people.values():
            if link in self.world.bank.links_of(client.user):
                self.world.acted(client.id)
        return await self.world.bank.press_blue_button(link.id)

    @asynccontextmanager
    async def hosted_page(self, client: Client) -> AsyncIterator[Visitor]:
        """A client opens the secure page, taps its number, and goes on to the bank's side."""
        async with Visitor(client) as browser:
            before = client.last_id()  # an earlier question may offer the same number, for a page that is over
            shown = await browser.opens(client.secure_page())
            await client.taps_number(int(shown["facts"]["number"]), after=before)
            await self.settle()
            await browser.goes_on()
            yield browser

    def gives_no_hints(self) -> None:
        """The aggregator sends no webhooks: only what the client says, or the time, makes us look."""
        self.world.bank.webhook_url = None

    def cards(self, client: str) -> list[Json]:
        """All cards about a client."""
        return [each for each in self.julie.channel() if is_card(each) and client in str(each["blocks"][0])]

    # -- promises -------------------------------------------------------------------------------------

    def broken_promises(self) -> Iterator[str]:
        """What was promised for every story, and did not hold."""
        yield from self._leaks()
        for client in self.people.values():
            yield from self._floods(client)
            yield from self._rude_nudges(client)
        if not self.bears_errors:
            yield from (
                line
                for line in self.logs.getvalue().splitlines()
                if re.search(r"\[error|\[critical| ERROR | CRITICAL ", line)
            )

    def _leaks(self) -> Iterator[str]:
        """Every call that the program made, every line that it logged, every byte that it stored."""
        world = self.world
        places = {
            "a call of Telegram": str(list(world.telegram.calls)),
            "a call of Slack": str(list(world.slack.calls)),
            "the log": self.logs.getvalue(),
        }
        for file in self.folder.iterdir():
            if file.is_file():
                places[file.name] = file.read_bytes().decode("latin-1")
        for secret in self.secrets:
            yield from (f"a secret is in {place}" for place, content in places.items() if secret in content)

    def _floods(self, client: Client) -> Iterator[str]:
        """More than three messages in a row, with no act of the client and no hour in between."""
        acts = [newest for chat, newest, _ in self.world.acts if chat == client.id]
        answers = [each for key in TO_OTHER_ACTS for each in patterns(self.world.app.texts, key)]
        row: list[Json] = []
        for message in client.heard():
            if is_from_staff(message):
                continue
            if any(pattern.fullmatch(said(message)) for pattern in answers):
                row = []
            row = [
                each
                for each in row
                if message["date"] - each["date"] < 3600
                and not any(each["message_id"] <= act < message["message_id"] for act in acts)
            ] + [message]
            if len(row) > MOST_IN_A_ROW:
                yield f"{client.name} hears {len(row)} messages in a row: {[said(each)[:60] for each in row]}"

    def _rude_nudges(self, client: Client) -> Iterator[str]:
        """Unasked for, at night, on a Sunday or during a service."""
        acted = {int(at.timestamp()) for chat, _, at in self.world.acts if chat == client.id}
        for message in client.heard():
            at = datetime.fromtimestamp(message["date"], PARIS)
            if message["date"] not in acted and not is_decent(at) and is_nudge(self.world.app.texts, message):
                yield f"{client.name} is nudged on {at:%A %d/%m at %H:%M}: {said(message)[:60]}"


OpenStory = Callable[..., Awaitable[Story]]
"""Lines of the firm's list, and the ways of the program: a story is open."""


def bank_of(name: str) -> str:
    """The bank that lapses first for this contact."""
    return {"Marcel": MARCEL.bank, "Sofia": SOFIA.bank, "Odette": ODETTE.bank}[name]


def said(message: Json) -> str:
    """The words of a message, or under its picture."""
    return str(message.get("text") or message.get("caption") or "")


def is_card(message: Json) -> bool:
    """Cards alone have a header."""
    return bool(message.get("blocks")) and message["blocks"][0]["type"] == "header"


def is_from_staff(message: Json) -> bool:
    """Somebody's own words, under his name."""
    return bool(re.match(r"(Julie|Karim)\s:", said(message)))


@cache
def nudge_patterns(texts: Texts) -> list[re.Pattern[str]]:
    """Everything that the bot says without having been asked."""
    offers = {kind.says for kind in STATES if kind.nudges} | {"several-banks"}
    reminders = {key for key in texts.keys() if "nudge" in texts.parts(key)}  # noqa: SIM118  # not a mapping
    return [each for key in offers for each in patterns(texts, key)] + [
        each for key in reminders for each in patterns(texts, key, "nudge")
    ]


def is_nudge(texts: Texts, message: Json) -> bool:
    """Is this one of the reminders, or an offer?"""
    return any(pattern.fullmatch(said(message)) for pattern in nudge_patterns(texts))


def is_decent(at: datetime) -> bool:
    """Not by night, not on a Sunday, not while he cooks for his guests."""
    serving = any(begin <= at.time() < end for begin, end in SERVICES)
    return at.weekday() != 6 and time(8) <= at.time() < time(20) and not serving


def buttons(message: Json) -> list[str]:
    """The choices under a message, by name."""
    return [button.get("callback_data", "").rpartition(":")[2] for button in keys(message)]
