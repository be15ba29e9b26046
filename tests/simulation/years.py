"""Simulated years of a firm: its clients, its banks, its staff, and the real program in the middle of them.

Time is a list of events: it jumps from one due moment, or from one act of somebody, to the next. The same seed
always makes the same years. Nothing here judges; `promises` does, on the log.
"""

import heapq
import time as stopwatch
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from bot.adapters.database.tables import client_file, connection, contact, conversation
from bot.domain.buttons import PICK, Press, parse
from bot.domain.connection import ConnectionState
from bot.domain.errors import Blocked
from bot.domain.radar import Incident
from bot.engine import Envelope, ToCase, ToChat, ToConversation, Token
from bot.importing import Plan, Row, store_import
from bot.incidents import Decision
from bot.invitations import invite
from bot.ports import Case, CaseView, Conversation, Job, Message
from flows.effects import SayTogether
from flows.events import Act, Hinted, Intent, Linked, LinkFilled, StaffDid, Undeliverable, Wrote
from tests.simulation.banks import DAY, HOUR, MINUTE, Bank, Link, Vendor, six_banks
from tests.simulation.log import Fact, Log
from tests.simulation.people import WEEKDAYS, ZONES, Account, Person, Received, temper
from tests.simulation.program import Clock, Program

BEGIN = datetime(2026, 1, 12, 8, tzinfo=UTC)
MOMENTS = ("this-evening", "tomorrow", "next-week")
HINTED = 0.6
"""Of what changes at a bank, the aggregator hints at so much."""
Do = Callable[[], Awaitable[None]]


@dataclass(frozen=True)
class Plot:
    """What years to simulate."""

    seed: int
    clients: int = 60
    days: int = 730
    read_every: timedelta = timedelta(days=1)
    program_stops: int = 8
    """Times in a year that the program is stopped for some hours."""


@dataclass
class Years:
    """The world and the program in it. `run` plays it to its end; the log tells what happened."""

    plot: Plot
    log: Log = field(default_factory=Log)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.chance = Random(self.plot.seed)
        self.clock = Clock(BEGIN)
        self.end = BEGIN + self.plot.days * DAY
        self.vendor = Vendor(self.clock.now, self.plot.read_every)
        self.program = Program(self.clock, self.vendor, self, Desk(self), self._moved, self.later)  # type: ignore[arg-type]
        self.people: dict[int, Person] = {}
        self.accounts: dict[int, Account] = {}
        self._by_link: dict[str, Account] = {}
        self._agenda: list[tuple[datetime, int, Do]] = []
        self._numbers, self._messages = count(1), count(1)
        self._down_until = BEGIN
        self._states: dict[int, str] = {}
        self.known_ends: dict[int, date | None] = {}
        """When the program expects each bank to lapse."""
        self.known: set[str] = set()
        """The links that worked at the beginning."""

    @property
    def now(self) -> datetime:
        return self.clock.moment

    # -- time -------------------------------------------------------------------------------------------

    def later(self, span: timedelta, do: Do) -> None:
        """Something that will happen; what would be while the program is stopped waits for it."""
        heapq.heappush(self._agenda, (self.now + span, next(self._numbers), do))

    def sometime(self, do: Do) -> None:
        self.later(self.chance.random() * self.plot.days * DAY, do)

    def hours(self, least: float, most: float) -> timedelta:
        return HOUR * self.chance.uniform(least, most)

    async def run(self) -> "Years":
        begun = stopwatch.perf_counter()
        await self._found()
        while True:
            moment = min(await self.program.next_due(), self._agenda[0][0] if self._agenda else self.end)
            moment = max(moment, self.now, self._down_until)
            if moment >= self.end:
                break
            self.clock.moment = moment
            while self._agenda and self._agenda[0][0] <= moment:
                await heapq.heappop(self._agenda)[2]()
            await self.program.quiet()
        await self.program.database.aclose()
        self.seconds = stopwatch.perf_counter() - begun
        self.counts["readings"] = self.vendor.readings
        return self

    # -- the beginning ----------------------------------------------------------------------------------

    async def _found(self) -> None:
        """The firm's list is imported, invitations go out, and everybody's years are sketched."""
        self.banks = six_banks(self.chance, BEGIN, self.plot.days)
        rows: list[Row] = []
        for number in range(1, self.plot.clients + 1):
            rows += self._client(number)
        await self.program.database.write(lambda sql: self._import(sql, rows))
        await self.program.database.write(self._know)
        for person in self.people.values():
            self._sketch(person)
        for account in self.accounts.values():
            if account.link.works:
                self._age(account)
        for _ in range(self.plot.program_stops * self.plot.days // 365):
            self.sometime(self._stop)
        for _ in range(self.plot.days // 60):
            since = BEGIN + self.chance.random() * self.plot.days * DAY
            self.vendor.away.append((since, since + self.hours(0.2, 6)))

    def _client(self, number: int) -> list[Row]:
        chance = self.chance
        zone = chance.choices(ZONES, (7, 1, 1, 1))[0]
        closing_day = chance.choice((*WEEKDAYS, "", ""))
        name = f"Chez {number:03}"
        person = Person(1000 + number, f"Odette {number:03}", temper(chance), ZoneInfo(zone), name, closing_day)
        self.people[person.chat] = person
        banks = chance.sample(self.banks, chance.choices((1, 2, 3), (65, 25, 10))[0])
        new = chance.random() < 0.15  # nothing was ever synchronised there
        rows = [self._row(person, bank, known=not new) for bank in banks]
        if chance.random() < 0.15:
            second = replace(
                person, chat=5000 + number, name=f"Marcel {number:03}", second=True, phone=[], pending=set(), away=[]
            )
            self.people[second.chat] = second
            rows.append(replace(rows[0], contact=second.name))
        return rows

    def _row(self, person: Person, bank: Bank, *, known: bool) -> Row:
        """A line of the list; `known`: this bank has been synchronised before."""
        number = len(self._by_link) + 1
        link = Link(f"c{number}", f"u{person.chat}", bank, f"FR76{number:023}")
        self._by_link[link.id] = Account(person, bank, link)
        self.vendor.links[link.id] = link
        last = None
        if known:
            began = BEGIN - self.chance.random() * (bank.lasts - 3) * DAY
            link.renew(began, bank.lasts * DAY)
            self.known.add(link.id)
            link.last_sync = BEGIN - 5 * HOUR
            last = began.astimezone(person.zone).date()
        return Row(
            1, person.client, bank.name, contact=person.name, timezone=str(person.zone), aggregator_user=link.user,
            closing_day=person.closing_day, cadence_days=bank.listed or None, last_sync=last,
            aggregator_connection=link.id if known else "",
        )  # fmt: skip

    def _import(self, sql: sa.Connection, rows: list[Row]) -> None:
        store_import(sql, Plan(tuple(rows)), now=self.now, calendars=self.program.calendars)

    def _know(self, sql: sa.Connection) -> None:
        """Which ids the database gave to whom."""
        for row in sql.execute(sa.select(contact.c.id, contact.c.name)).all():
            person = next(each for each in self.people.values() if each.name == row.name)
            person.contact_id = row.id
            person.invitation = invite(sql, row.id, self.now).reveal()
        joined = conversation.join(connection).join(client_file)
        columns = conversation.c.id, connection.c.id, connection.c.bank, client_file.c.name
        for talk, connection_id, bank, client in sql.execute(sa.select(*columns).select_from(joined)).all():
            account = next(
                each for each in self._by_link.values() if (each.bank.name, each.person.client) == (bank, client)
            )
            account.talk, account.connection = talk, connection_id
            self.accounts[talk] = account

    def _sketch(self, person: Person) -> None:
        """What will happen to somebody in these years, whatever the program does."""
        habit, chance, years = person.temper, self.chance, max(1, self.plot.days // 365)
        if chance.random() < habit.opens_invitation:
            self.later(self.hours(1, 24 * 20), lambda: self._open_invitation(person))
        if person.second:
            for _ in range(years):
                self.sometime(lambda: self._write(person, Intent.GREETING, "bonjour"))
            return
        for _ in range(habit.goes_away * years):
            self.sometime(lambda: self._plan_holidays(person))
        for _ in range(habit.changes_password * years):
            self.sometime(lambda: self._change_password(person))
        if chance.random() < habit.blocks:
            self.sometime(lambda: self._block(person))
        if chance.random() < habit.stops:
            self.sometime(lambda: self._write(person, Intent.STOP, "stop"))

    # -- the program's own troubles -----------------------------------------------------------------------

    async def _stop(self) -> None:
        self._down_until = self.now + self.hours(0.2, 16)
        self.counts["program stopped"] += 1

    # -- banks --------------------------------------------------------------------------------------------

    def _age(self, account: Account) -> None:
        """A consent runs out at its end, now and then before it; some clients renew before that by themselves."""
        link, version = account.link, account.link.version
        assert link.ends is not None
        left = link.ends - self.now
        if self.chance.random() < 0.04:
            left *= self.chance.random()
        self.later(left, lambda: self._lapse(account, version))
        if self.chance.random() < account.person.temper.renews_himself:
            early = left - self.chance.uniform(0.2, 20) * DAY
            if early > timedelta(0):
                self.later(early, lambda: self._renew_himself(account, version))

    async def _lapse(self, account: Account, version: int) -> None:
        link = account.link
        if link.version != version or not link.works:
            return
        known = self.known_ends.get(account.talk)
        expected = known is not None and abs((known - self.now.date()).days) <= 2
        link.break_(self.now, ConnectionState.SCA_REQUIRED)
        self._note(account.person, "bank", "lapses" if expected else "lapses on a day that nobody knew", account.talk)
        self.counts["lapses"] += 1
        await self._hint(account)

    async def _hint(self, account: Account) -> None:
        if self.chance.random() < HINTED:
            await self._receive(Hinted(), ToConversation(account.talk))

    def _renews(self, account: Account) -> None:
        """The client does what the bank wants; the aggregator shows it when that bank's proof comes."""
        if account.bank.is_down(self.now):
            return
        version, agreed_at = account.link.version, self.now
        self._note(account.person, "client", "renews at the bank", account.talk)
        self.later(self.chance.choice(account.bank.confirms_after), lambda: self._prove(account, version, agreed_at))

    async def _prove(self, account: Account, version: int, agreed_at: datetime) -> None:
        link = account.link
        if link.version != version:
            return
        link.renew(self.now, account.bank.lasts * DAY, agreed_at)
        self._note(account.person, "bank", "shows the renewal", account.talk)
        self._age(account)
        await self._hint(account)

    async def _renew_himself(self, account: Account, version: int) -> None:
        if account.link.version == version and account.link.works:
            self.counts["renewed by himself"] += 1
            self._renews(account)

    async def _change_password(self, person: Person) -> None:
        account = self.chance.choice(self.accounts_of(person))
        if account.link.works:
            account.link.break_(self.now, ConnectionState.PASSWORD_CHANGED)
            self._note(person, "bank", "refuses the password that was changed", account.talk)
            await self._hint(account)

    # -- clients ------------------------------------------------------------------------------------------

    def accounts_of(self, person: Person) -> list[Account]:
        return [each for each in self.accounts.values() if each.person.client == person.client]

    async def send(self, chat_id: int, message: Message) -> None:
        """`Messenger`: the phone of somebody."""
        person, job = self.people[chat_id], self.program.job
        assert job is not None
        if person.blocked:
            raise Blocked("the bot was blocked by the user")
        effect: Any = job.effect
        nudge = bool(getattr(effect, "nudge", False))
        offers = effect.offers if isinstance(effect, SayTogether) else ()
        for place, talk in enumerate([each[0] for each in offers] or [job.conversation_id]):
            self._hear(person, job, message, talk, nudge=nudge and place == 0)

    def _hear(self, person: Person, job: Job, message: Message, talk: int | None, *, nudge: bool) -> None:
        """What he reads of one bank. Of several in one message, the first stands for the message."""
        effect: Any = job.effect
        account = self.accounts.get(talk or 0)
        part = getattr(effect, "part", "")
        what = getattr(effect, "text", type(effect).__name__) + (f".{part}" if part else "")
        self._note(
            person, "message", what, talk, nudge=nudge, answer=job.id.startswith(("sl:", "tg:")),
            awaited=account is None or not account.link.is_done(self.now),
            could_tell=account is None or (account.bank.tells_end and not account.bank.is_down(self.now)),
            decent=person.can_be_disturbed(self.now),
        )  # fmt: skip
        self.counts["messages"] += 1
        self.counts["nudges"] += nudge
        person.phone.append(Received(next(self._messages), self.now, talk, what, message.buttons))
        del person.phone[:-40]
        if message.buttons:
            self._think(person, talk, nudge=nudge)

    async def mark(self, chat_id: int, message_id: int, label: str) -> None:
        """`Messenger`."""

    async def remove(self, chat_id: int, message_id: int) -> None:
        """`Messenger`."""

    async def fetch(self, file: str) -> tuple[str, bytes]:
        """`Messenger`."""
        raise AssertionError("nobody sends files here")

    def _think(self, person: Person, talk: int | None, *, nudge: bool) -> None:
        """Whether and when he answers: a dialogue goes on within minutes, a nudge finds him as he is."""
        habit, chance = person.temper, self.chance
        if talk in person.pending or person.second:
            return
        if nudge:
            if chance.random() >= habit.answers:
                return
            span = self.hours(*habit.within)
        elif habit.answers and chance.random() >= habit.distracted:
            span = MINUTE * chance.uniform(1, 12)
        else:
            return
        person.pending.add(talk)
        self.later(person.awake(self.now + span, chance) - self.now, lambda: self._answer(person, talk))

    async def _answer(self, person: Person, talk: int | None) -> None:
        person.pending.discard(talk)
        message = person.newest(talk)
        if message is None or person.blocked or person.is_away(self.now):
            return
        presses = [press for press in (parse(each.data) for each in message.buttons) if isinstance(press, Press)]
        account = self.accounts.get(talk or 0)
        if account is None or not presses:
            return
        choice = self._choose(person, account, {press.choice for press in presses})
        if any(button.url for button in message.buttons) and choice == "done":
            self._mend(account)
            await self._receive(LinkFilled(), ToConversation(account.talk))
            return
        press = next((each for each in presses if each.choice == choice and each.conversation == talk), None)
        if press is not None:
            if choice == "done" and self.chance.random() >= person.temper.lies:
                self._mend(account)
            await self._press(person, account, press, message.id)

    def _choose(self, person: Person, account: Account, choices: set[str]) -> str:
        habit, chance = person.temper, self.chance
        if chance.random() < 0.02 and "stuck" in choices:
            return "stuck"
        if "resume" in choices:
            return "resume" if chance.random() < 0.3 else ""
        if choices >= set(MOMENTS):
            return chance.choice(MOMENTS)
        if "later" in choices and chance.random() < habit.puts_off:
            return "later"
        if chance.random() < habit.breaks_promises * 0.5:
            return ""
        changed = account.link.state is ConnectionState.PASSWORD_CHANGED
        if changed and "password-changed" in choices and chance.random() < 0.7:
            return "password-changed"
        return next((each for each in ("start", "there", "done", PICK) if each in choices), "")

    def _mend(self, account: Account) -> None:
        """Whatever the bank wants of him."""
        if not account.link.is_done(self.now):
            self._renews(account)

    async def _press(self, person: Person, account: Account, press: Press, message: int) -> None:
        self._note(person, "client", f"presses « {press.choice} »", account.talk)
        self.counts["presses"] += 1
        await self._receive(press, ToConversation(press.conversation), chat_id=person.chat, message_id=message)

    async def _write(self, person: Person, intent: Intent, text: str) -> None:
        if person.blocked or not person.linked:
            return
        self._note(person, "client", f"writes « {text} »")
        await self._receive(Wrote(intent, text), ToChat(person.chat), message_id=next(self._messages))
        if intent is Intent.STOP and self.chance.random() < 0.6:
            self.later(self.hours(24 * 5, 24 * 90), lambda: self._resume(person))

    async def _resume(self, person: Person) -> None:
        """« Reprendre », under the message that said goodbye."""
        for received in reversed(person.phone):
            for press in (parse(each.data) for each in received.buttons):
                if isinstance(press, Press) and press.choice == "resume" and not person.blocked:
                    await self._press(person, self.accounts[press.conversation], press, received.id)
                    return

    async def _open_invitation(self, person: Person) -> None:
        if not person.linked:
            person.linked = True
            self._note(person, "client", "opens his invitation")
            await self._receive(Token(person.invitation), ToChat(person.chat))

    async def _block(self, person: Person) -> None:
        if not person.linked or person.blocked:
            return
        person.blocked = True
        self._note(person, "client", "blocks the bot")
        if self.chance.random() < 0.7:  # else the program learns it when it writes to him
            await self._receive(Undeliverable(), ToChat(person.chat))
        if self.chance.random() < 0.6:
            self.later(self.hours(24 * 5, 24 * 120), lambda: self._unblock(person))

    async def _unblock(self, person: Person) -> None:
        if person.blocked:
            person.blocked = False
            self._note(person, "client", "comes back")
            await self._receive(Linked(synchronised=True), ToChat(person.chat))

    async def _plan_holidays(self, person: Person) -> None:
        """He tells the firm some days before, or not at all."""
        today = self.now.astimezone(person.zone).date()
        first = today + timedelta(days=self.chance.randint(0, 20))
        last = first + timedelta(days=self.chance.randint(5, 21))
        person.away.append((first, last))
        if self.chance.random() < 0.7 and (person.away_until is None or person.away_until < today):
            wait = datetime.combine(first, datetime.min.time(), person.zone) - self.now
            self.later(max(wait, timedelta(0)), lambda: self._tell_away(person, last))

    async def _tell_away(self, person: Person, last: Any) -> None:
        """Staff bring the list up to date on the first day: from then on he is in peace."""
        account = self.accounts_of(person)[0]
        row = Row(1, person.client, account.bank.name, away_until=last)
        await self.program.database.write(lambda sql: self._import(sql, [row]))
        person.away_until = last
        self._note(person, "staff", f"note that he is away until {last}")

    # -- what comes in ------------------------------------------------------------------------------------

    async def _receive(self, event: Any, to: Any, **more: Any) -> None:
        prefix = "sl" if isinstance(event, StaffDid) else "tg"
        await self.program.receive(Envelope(f"{prefix}:{next(self._numbers)}", to, event, **more))

    # -- what is noted ------------------------------------------------------------------------------------

    def _note(self, person: Person, kind: str, what: str, talk: int | None = None, **more: Any) -> None:
        self.log.note(Fact(self.now, kind, what, person.chat, talk, **more))

    def note_of(self, talk: int, kind: str, what: str) -> None:
        self._note(self.accounts[talk].person, kind, what, talk)

    def _moved(self, talk: Conversation) -> None:
        self.known_ends[talk.id] = talk.connection.expires_on
        state = type(talk.state).__name__
        if talk.id in self.accounts and self._states.get(talk.id) != state:
            self._states[talk.id] = state
            self.note_of(talk.id, "state", state)
            self.counts["renewals proven"] += state == "Renewed"


class Desk:
    """`StaffDesk`: the firm's people. They take a case within days, call, and most often it is mended then."""

    def __init__(self, years: Years) -> None:
        self.years = years

    async def open_case(self, view: CaseView) -> tuple[str, str]:
        years, talk = self.years, view.case.conversation_id
        years.note_of(talk, "staff", f"get the case « {view.case.cause} »")
        years.counts[f"case {view.case.cause}"] += 1
        if years.chance.random() < 0.85:
            years.later(years.hours(1, 60), lambda: self._take(view.case))
        return "C1", f"t{view.case.id}"

    async def _take(self, case: Case) -> None:
        years, account = self.years, self.years.accounts[case.conversation_id]
        await self._did(case, Act.TOOK)
        years.later(years.hours(1, 48), lambda: self._call(case, account))

    async def _call(self, case: Case, account: Account) -> None:
        """On the telephone most people do it."""
        years, person = self.years, account.person
        if years.chance.random() < 0.7:
            if not person.linked:
                person.linked = True
                await years._receive(Token(person.invitation), ToChat(person.chat))
            await years._unblock(person)
            if account.link.began is not None and not account.link.is_done(years.now):
                years._renews(account)
        ending = years.chance.choices((Act.RESOLVED, Act.HANDED_BACK, None), (4, 3, 3))[0]
        if ending is not None:
            years.later(years.hours(0.1, 30), lambda: self._did(case, ending))

    async def _did(self, case: Case, act: Act) -> None:
        self.years.note_of(case.conversation_id, "staff", act.value)
        await self.years._receive(StaffDid(act, "Julie"), ToCase(case.id))

    async def update_case(self, view: CaseView) -> None:
        if view.case.status not in ("open", "taken"):
            self.years.note_of(view.case.conversation_id, "staff", f"case closed: {view.case.status}")

    async def redraw_case(self, view: CaseView) -> None:
        """Nobody is told."""

    async def show_incident(self, incident: Incident, since: str) -> tuple[str, str]:
        """Most proposals are looked at within hours; some are nothing, and some nobody decides."""
        years = self.years
        if not incident.thread:
            years.counts["incidents proposed"] += 1
            chosen = years.chance.choices((Decision.DECLARE, Decision.DISMISS, None), (6, 2, 2))[0]
            if chosen is not None:
                years.later(years.hours(0.2, 5), lambda: self._decide(incident.id, chosen))
        return "C1", f"i{incident.id}"

    async def _decide(self, incident: int, decision: Decision) -> None:
        decided = self.years.program.engine.incidents.decide(
            f"sl:incident:{incident}", incident, decision, "Julie", "julie"
        )
        if await decided is not None:
            self.years.counts[f"incidents: {decision}"] += 1

    async def tell_of_incident(self, incident: Incident, text: str) -> None:
        """A line in its thread."""

    async def tell(self, text: str, case: Case | None) -> None:
        job = self.years.program.job
        assert job is not None
        self.years.counts["lines to staff"] += 1
        if job.conversation_id is not None:
            told: Any = job.effect
            self.years.note_of(job.conversation_id, "staff", f"told « {getattr(told, 'text', '')[:40]} »")

    async def relay(self, case: Case, author: str, text: str, file: tuple[str, bytes] | None) -> None:
        self.years.note_of(case.conversation_id, "staff", f"read « {text[:40]} »")
