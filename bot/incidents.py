"""Incidents of banks: seen by the radar, decided by staff (or by a certainty that they set), told to clients.

Law: an incident is moved in the transaction of what moves it, and known to be new there; what has to be told to many
is a durable job, and each of its conversations hears of it as of any other event, once.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from bot.domain.client import Connection
from bot.domain.connection import WORKING, ConnectionState
from bot.domain.radar import BACK_WITHIN, WINDOWS, Finding, Habit, Incident, IncidentState, bank_failed, is_back, look
from bot.ports import Clock, Job, Store, Transaction
from flows.effects import Effect, ReadBank, ShowIncident, SpreadIncident, TellStaff
from flows.escalation import WithStaff
from flows.events import Bank, BankOut, BankSaid, BankWell, Event, Muted, NeverWorked, Overdue, StaffDid
from flows.first_sync import FirstChecking
from flows.incident import Hushed, Outage, held_back, is_waited_for, without_words
from flows.state import State
from flows.step import Step, step

NOTHING_FOR = timedelta(hours=12)
"""Staff said that it is nothing: they are not asked again about that bank before this has passed."""
LATELY = timedelta(hours=24)
"""How old a reading may be that says something of how a bank is now."""
NEVER_WORKED_AFTER = 2
"""Failed first tries at a bank, of all clients together, and none that succeeded."""
FAILED_TRIES = (Bank.DOWN, Bank.GONE, Bank.UNSUPPORTED, Bank.UNKNOWN)
"""What a client can do nothing about, so that another try of his leads nowhere."""


class Decision(StrEnum):
    """What staff can decide about an incident."""

    DECLARE = "declare"
    DISMISS = "dismiss"
    END = "end"


LEADS = {
    Decision.DECLARE: (IncidentState.PROPOSED, IncidentState.DECLARED),
    Decision.DISMISS: (IncidentState.PROPOSED, IncidentState.DISMISSED),
    Decision.END: (IncidentState.DECLARED, IncidentState.OVER),
}
Tell = Callable[[str, int, Event], Awaitable[object]]
"""Let an event reach a conversation, once for an id."""


class Incidents:
    """Beside the engine: what its steps ask about banks, and what staff decide about them."""

    def __init__(self, store: Store, clock: Clock, tell: Tell, declares_above: float | None) -> None:
        self.store = store
        self.clock = clock
        self.tell = tell
        self.declares_above = declares_above
        """The certainty from which nobody is asked; None where staff decide."""

    async def trouble(self, conversation_id: int) -> str:
        """What is known of the bank when its client speaks of a trouble: a value of `$trouble` in the texts."""
        now = self.clock.now()
        return await self.store.transact(lambda tx: known_trouble(tx, conversation_id, now))

    # -- within the transaction of a step ---------------------------------------------------------------

    def read(self, tx: Transaction, connection: Connection, state: ConnectionState, now: datetime) -> None:
        """A bank was read: is it in trouble, or out of it again?"""
        failed = bank_failed(state)
        if failed is None:
            return
        running = tx.radar.running(connection.bank)
        declared = running is not None and running.state is IncidentState.DECLARED
        tx.radar.note(connection, failed=failed, now=now, learns=not declared)
        if failed and running is None:
            self._look(tx, connection.bank, now)
        elif not failed and running is not None:
            sightings = tx.radar.sightings(connection.bank, now - BACK_WITHIN)
            if is_back(sightings, running.opened_at, now):
                move(tx, running, IncidentState.OVER, now)

    def _look(self, tx: Transaction, bank: str, now: datetime) -> None:
        habit = tx.radar.habit(bank, now.date())
        found = look(tx.radar.sightings(bank, now - max(WINDOWS)), habit, now)
        if not found.is_proposed or tx.radar.was_nothing(bank, now - NOTHING_FOR):
            return
        sure = self.declares_above is not None and found.certainty >= self.declares_above
        state = IncidentState.DECLARED if sure else IncidentState.PROPOSED
        opened = tx.radar.open(bank, state, found, habit, now)
        if opened is not None:
            announce(tx, opened, by="radar")

    def muted(
        self,
        tx: Transaction,
        connection: Connection,
        state: State,
        event: Event,
        took: Step,
        at: Overdue,
    ) -> Step:
        """The step as a bank's incident lets it be; itself where there is none. `at`: how near its end is."""
        if isinstance(state, Hushed | Outage) and isinstance(event, Overdue):
            return self._waited(tx, connection, state, took)
        held = held_back(state, event, took.state, took.effects)
        if held is None or not is_declared(tx, connection.bank):
            return self._tried(tx, connection, state, event, took)
        if isinstance(event, StaffDid):
            return Step(state, (TellStaff("bank-muted"),), moved=False)
        instead = step(held, Muted(is_waited_for(state, event), at.days_left, at.ladder))
        return replace(instead, effects=(*without_words(took.effects), *instead.effects))

    def _waited(self, tx: Transaction, connection: Connection, state: Hushed | Outage, took: Step) -> Step:
        """He waits on while it lasts, and staff are reminded in its thread; whoever missed its end goes on now."""
        running = tx.radar.running(connection.bank)
        if running is None or running.state is not IncidentState.DECLARED:
            return step(state, BankWell())
        if not isinstance(took.state, WithStaff):
            return took
        week = (self.clock.now() - running.opened_at) // timedelta(weeks=1)
        tx.enqueue(job(running, f"still:{week}", ShowIncident(running.id, reminds=True)))
        return Step(Outage(resume=state.resume), (ReadBank(),))

    def _tried(self, tx: Transaction, connection: Connection, state: State, event: Event, took: Step) -> Step:
        """A first try that failed, at a bank that has never worked: the client is told before he tries on and on."""
        failed = isinstance(event, BankSaid) and event.answer in FAILED_TRIES and took.moved
        if not failed or not isinstance(state, FirstChecking):
            return took
        tries = tx.radar.failed_try(connection)
        if tries < NEVER_WORKED_AFTER or tx.radar.has_worked(connection.bank):
            return took
        return step(state, NeverWorked())

    def count(self, tx: Transaction, connection: Connection, before: State, after: State) -> None:
        """How many clients an incident was told to."""
        if isinstance(after, Outage) and not isinstance(before, Outage):
            tx.radar.count_told(connection.bank)

    # -- what staff decide ------------------------------------------------------------------------------

    async def decide(
        self, dedupe_id: str, incident_id: int, decision: Decision, who: str, by: str
    ) -> Incident | None:
        """A click on an incident's card. None where it changes nothing: it is decided, or was clicked twice."""
        now = self.clock.now()

        def work(tx: Transaction) -> Incident | None:
            known = tx.radar.incident(incident_id)
            if known is None or not tx.first_time(dedupe_id, now) or known.state is not LEADS[decision][0]:
                return None
            return move(tx, known, LEADS[decision][1], now, who=who, by=by)

        return await self.store.transact(work)

    async def declare(self, bank: str, who: str, by: str) -> Incident | None:
        """An operator declares it, whatever the radar has seen. None where it is declared already."""
        now = self.clock.now()

        def work(tx: Transaction) -> Incident | None:
            running = tx.radar.running(bank)
            if running is not None:
                proposed = running.state is IncidentState.PROPOSED
                return move(tx, running, IncidentState.DECLARED, now, who=who, by=by) if proposed else None
            opened = tx.radar.open(bank, IncidentState.DECLARED, Finding(), Habit(), now, who)
            if opened is not None:
                announce(tx, opened, by=by)
            return opened

        return await self.store.transact(work)

    async def end(self, bank: str, who: str, by: str) -> Incident | None:
        """An operator ends it. None where there is none."""
        now = self.clock.now()

        def work(tx: Transaction) -> Incident | None:
            running = tx.radar.running(bank)
            return None if running is None else move(tx, running, IncidentState.OVER, now, who=who, by=by)

        return await self.store.transact(work)

    async def spread(self, incident_id: int) -> tuple[Incident, int] | None:
        """Let every conversation at the bank know; returns how many clients that concerns."""
        found = await self.store.transact(lambda tx: self._concerned(tx, incident_id))
        if found is None:
            return None
        incident, talks = found
        event = BankOut() if incident.state is IncidentState.DECLARED else BankWell()
        concerned = 0
        for talk in talks:
            concerned += await self.store.transact(partial(self._hears, talk=talk, event=event))
            await self.tell(f"incident:{incident.id}:{incident.state.value}:{talk}", talk, event)
        return incident, concerned

    def _concerned(self, tx: Transaction, incident_id: int) -> tuple[Incident, list[int]] | None:
        incident = tx.radar.incident(incident_id)
        return None if incident is None else (incident, list(tx.radar.conversations(incident.bank)))

    def _hears(self, tx: Transaction, talk: int, event: Event) -> bool:
        """Will this client hear of it?"""
        known = tx.conversation(talk)
        if known is None:
            return False
        if isinstance(event, BankWell):
            return isinstance(known.state, Outage)
        return isinstance(step(known.state, event).state, Hushed | Outage)


def known_trouble(tx: Transaction, conversation_id: int, now: datetime) -> str:
    """`incident` declared, `down`, `works` for this very client, works for the `others`, or `unknown`."""
    talk = tx.conversation(conversation_id)
    if talk is None:
        return "unknown"
    link = talk.connection
    if is_declared(tx, link.bank):
        return "incident"
    if link.state is ConnectionState.BANK_UNAVAILABLE:
        return "down"
    if link.state in WORKING:
        return "works"
    others = [each.failed for each in tx.radar.sightings(link.bank, now - LATELY) if each.client != talk.file.id]
    return "others" if others and not any(others) else "unknown"


def is_declared(tx: Transaction, bank: str) -> bool:
    running = tx.radar.running(bank)
    return running is not None and running.state is IncidentState.DECLARED


def move(
    tx: Transaction, incident: Incident, state: IncidentState, now: datetime, *, who: str = "", by: str = "radar"
) -> Incident:
    """An incident is declared, dismissed or over: the card shows it, and clients hear what concerns them."""
    tx.radar.move(incident.id, state, now, who)
    moved = replace(incident, state=state, who=who or incident.who)
    announce(tx, moved, by=by, told=incident.state is IncidentState.DECLARED)
    return moved


def announce(tx: Transaction, incident: Incident, *, by: str, told: bool = False) -> None:
    """`told`: clients know of it."""
    tx.audit(f"incident-{incident.state.value}", incident=incident.id, by=by)
    tx.enqueue(job(incident, "card", ShowIncident(incident.id)))
    if incident.state is IncidentState.DECLARED or (told and incident.state is IncidentState.OVER):
        tx.enqueue(job(incident, "spread", SpreadIncident(incident.id)))


def job(incident: Incident, what: str, effect: Effect) -> Job:
    return Job(
        id=f"incident:{incident.id}:{incident.state.value}:{what}",
        conversation_id=None,
        chat_id=None,
        effect=effect,
        facts={"bank": incident.bank},
    )
