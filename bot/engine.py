"""The engine: one event, one transaction, in which the state, the effects and the next deadline are saved.

Law: nothing here knows a channel. An event that was seen before has no effect; a deadline or a button of a
step that is over has none either.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Protocol, TypeVar
from zlib import crc32

from bot.domain.accounts import doubled, fingerprints, missing
from bot.domain.buttons import PICK, Press
from bot.domain.cadence import Fate, ends, fate, is_too_long, learned
from bot.domain.calendar import Hours, Rest
from bot.domain.client import ClientFile, Connection, Contact
from bot.domain.connection import RULES, WORKING, Actor, ConnectionState, DateSource, Reading
from bot.domain.ladder import Ladder
from bot.domain.names import is_clearly_meant
from bot.domain.watch import has_gap, is_silent, next_reading
from bot.incidents import Incidents, is_declared
from bot.ports import Clock, Conversation, Invitation, Job, Store, Transaction
from flows.at_the_bank import BankIsBack
from flows.company import goes_along, is_read_now, is_ready, joins
from flows.deadline import APART, deadline
from flows.effects import (
    Effect,
    GoAway,
    HandOver,
    MarkChosen,
    Offer,
    OpenCase,
    ReadBank,
    RedrawCase,
    RelayToClient,
    RemoveMessage,
    RevokeLinks,
    Say,
    SayTogether,
    TellStaff,
    UpdateCase,
    is_nudge,
)
from flows.endings import Closed
from flows.escalation import ReplyDue, WithStaff
from flows.events import (
    Act,
    Bank,
    BankOut,
    BankSaid,
    Chose,
    ChoseOld,
    Event,
    Gathered,
    Hinted,
    Intent,
    Linked,
    OnPage,
    Overdue,
    SentFile,
    StaffDid,
    TooSoon,
    Undeliverable,
    Wrote,
)  # fmt: skip
from flows.first_sync import Connected, Invited, OpenAccounting
from flows.guess import beneath
from flows.opt_out import OptedOut
from flows.proof import judge
from flows.renewal import Alerted, Checking, Looking, Offered, Renewed
from flows.state import MINUTE, After, Asking, DecentlyAfter, NextRung, Quiet, Soon, State, UnderWay, UntilSaid
from flows.step import Step, step

AnyEvent = TypeVar("AnyEvent", bound=Event)

FRESH, ANSWERS = 10 * MINUTE, 2 * MINUTE
"""A reading as old as this is not known to hold any more; within the other, a bank mostly answers."""
SWEPT = 250
"""Connections that one sweep lets be read: at a sweep every 20 seconds, a million a day."""
CLIENT_ACTED = (Chose, ChoseOld, Wrote, SentFile, Linked)
AUDITED = (
    Act.TOOK, Act.HANDED_BACK, Act.RESOLVED, Act.CONFIRMED, Act.NOT_CONFIRMED, Act.SENT_PAGE, Act.ASKED_PASSWORD,
    Act.CLOSED, Act.REOPENED, Act.NUDGED, Act.REPLIED, Act.POSTPONED, Act.PASSED_ON,
)  # fmt: skip
ASKS_CLIENT = (Act.HANDED_BACK, Act.NUDGED, Act.SENT_PAGE, Act.ASKED_PASSWORD)
PASSED_ON = "passed-on"
"""The status of a case that its owner has let rest: it is anybody's again."""
ENDS_CASE = (
    "resolved", "renewed", "handed-back", "not-confirmed", "client-back", "bank-back", "opted-out", "incident",
    "closed",
)  # fmt: skip


@dataclass(frozen=True)
class ToConversation:
    """An event for one conversation; with `sequence`, only while it is still at that step."""

    id: int
    sequence: int | None = None


@dataclass(frozen=True)
class ToChat:
    """An event from a chat: it belongs to the conversation that was spoken in last."""

    chat_id: int


@dataclass(frozen=True)
class ToCase:
    """An event from staff, for the conversation of a case."""

    id: int


@dataclass(frozen=True)
class Token:
    """The token of an invitation that somebody opened; only its hash is ever stored."""

    value: str = field(repr=False)

    def hash(self) -> str:
        """What the database knows of it."""
        return sha256(self.value.encode()).hexdigest()


@dataclass(frozen=True)
class Envelope:
    """An event on its way in: for whom, and the id by which it is known to be new."""

    dedupe_id: str
    to: ToConversation | ToChat | ToCase
    event: Event | Press | Reading | Token
    chat_id: int | None = None
    """The chat that a press came from: it may only act on its own client files."""
    message_id: int | None = None
    by: str = ""
    """Who of staff acted, for the audit trail: an id, never a name."""


class Outcome(StrEnum):
    """What became of an envelope; handlers translate it into a toast or a status code."""

    MOVED = "moved"
    ANSWERED = "answered"
    OLD = "old"
    REPEATED = "repeated"
    WITH_STAFF = "with-staff"
    STRANGER = "stranger"
    NOTHING = "nothing"


class Calendars(Protocol):
    """The decent hours of each client file."""

    def hours(self, timezone: str, closing_day: str = "", away_until: date | None = None) -> Hours:
        """The hours of a time zone, the firm's own for an empty name, less the days on which one rests."""
        ...


class Engine:
    """`receive` is the only way in, for clients, staff, banks and time alike."""

    def __init__(
        self, store: Store, clock: Clock, calendars: Calendars, *, declares_above: float | None = None
    ) -> None:
        self.store = store
        self.clock = clock
        self.calendars = calendars
        self.incidents = Incidents(store, clock, self._tell, declares_above)

    async def receive(self, envelope: Envelope) -> Outcome:
        """Let one event have its effect, once. Raises `TryAgain` when the database cannot be reached."""
        now = self.clock.now()
        return await self.store.transact(lambda tx: self._receive(tx, envelope, now))

    async def overdue(self, limit: int = 200) -> int:
        """Let everything happen whose deadline has passed; returns how many did, at most `limit`.

        Raises what went wrong with one of them, once all the others have happened.
        """
        now = self.clock.now()
        due = await self.store.transact(lambda tx: tx.due(now, limit))
        outcomes = await asyncio.gather(*(self.receive(passed(*each)) for each in due), return_exceptions=True)
        for each in outcomes:  # only now, so that one row that cannot be read holds up no other
            if isinstance(each, BaseException):
                raise each
        return len(outcomes) - outcomes.count(Outcome.REPEATED)

    async def sweep(self, every: timedelta, limit: int = SWEPT) -> int:
        """Let the banks be read whose turn has come, each once in `every`; returns how many, at most `limit`.

        Raises what went wrong with one of them, once all the others had their turn.
        """
        now = self.clock.now()
        turns = await self.store.transact(lambda tx: tx.to_read(now, limit))
        work = [partial(self._let_read, talk=talk, turn=turn, now=now, every=every) for talk, turn in turns]
        outcomes = await asyncio.gather(*map(self.store.transact, work), return_exceptions=True)
        for each in outcomes:  # only now, so that one row that cannot be read holds up no other
            if isinstance(each, BaseException):
                raise each
        return len(turns)

    async def takes(self, talk_id: int, reading: Reading) -> bool:
        """May this be a reading of that conversation's bank, whose connection nobody has named yet?"""

        def work(tx: Transaction) -> bool:
            talk = tx.conversation(talk_id)
            return talk is not None and of_this_bank(tx, talk, reading) is reading

        return await self.store.transact(work)

    async def hours_of(self, chat_id: int) -> Hours:
        """The decent hours of the file that a chat speaks of; the firm's own for a stranger."""

        def work(tx: Transaction) -> Hours:
            mine = tx.conversations_of(chat_id)
            talk = tx.conversation(mine[0]) if mine else None
            return self.calendars.hours("") if talk is None else self._hours(talk.file)

        return await self.store.transact(work)

    async def remark(self, dedupe_id: str, chat_id: int, text: str) -> None:
        """A word of the channel itself to a chat, outside of any conversation; once for a `dedupe_id`."""
        envelope, now = Envelope(dedupe_id, ToChat(chat_id), ChoseOld()), self.clock.now()

        def work(tx: Transaction) -> None:
            if tx.first_time(dedupe_id, now):
                tx.enqueue(channel_job(envelope, chat_id, text))

        await self.store.transact(work)

    async def _tell(self, dedupe_id: str, talk: int, event: Event) -> Outcome:
        return await self.receive(Envelope(dedupe_id, ToConversation(talk), event))

    def _hours(self, file: ClientFile) -> Hours:
        return self.calendars.hours(file.timezone, file.closing_day, file.away_until)

    def _receive(self, tx: Transaction, envelope: Envelope, now: datetime) -> Outcome:
        if not tx.first_time(envelope.dedupe_id, now):
            return Outcome.REPEATED
        if isinstance(envelope.event, Token):
            return self._open_invitation(tx, envelope, envelope.event, now)
        conversation = find(tx, envelope)
        if conversation is None:
            return self._without_conversation(tx, envelope, now)
        if is_over(envelope.to, conversation):
            return Outcome.NOTHING
        if is_somebody_elses(tx, envelope, conversation):
            turn_away(tx, envelope, chat_of(envelope), "somebody-else", now)
            return Outcome.NOTHING
        hours = self._hours(conversation.file)
        away = hours.rest(hours.local(now).date()) is Rest.AWAY
        if away and isinstance(envelope.event, Overdue) and is_for_client(conversation.state):
            return self._wait_for_return(tx, envelope, conversation, now, hours)
        if isinstance(envelope.event, Overdue):
            return self._let_pass(tx, envelope, conversation, now)
        if not isinstance(envelope.event, Reading | BankSaid):
            return self._advance(tx, envelope, conversation, now)
        outcome = self._advance(tx, envelope, replace(conversation, read_at=now), now)
        self._say_what_was_read(tx, envelope, conversation, now)
        return outcome

    def _say_what_was_read(self, tx: Transaction, envelope: Envelope, before: Conversation, now: datetime) -> None:
        """What waits only for this answer is said in the step that reads it.

        Where very many are due at once, what was read first would else be said only after the last reading of all.
        """
        talk = tx.conversation(before.id)
        assert talk is not None, "it has just moved"
        ready = [each for each in (talk, *company(tx, talk)) if is_ready(each.state) and is_due(each, now + MINUTE)]
        waits = ready[:1] if is_read_now(before.state) else []
        hours = self._hours(talk.file)
        if is_held_to_read(before, hours) and talk.deadline == before.deadline and reminds(talk, hours, now):
            waits = [talk]
        for each in waits:
            said = Envelope(f"{envelope.dedupe_id}+read", ToConversation(each.id), Overdue())
            self._let_pass(tx, said, each, now)

    def _let_pass(self, tx: Transaction, envelope: Envelope, before: Conversation, now: datetime) -> Outcome:
        """Time has passed. What is said then goes to a person, who may have several banks.

        He is reminded at a decent hour only (nobody may have looked at the moment that was meant), and never twice
        within 20 hours.
        """
        before = right_person(tx, before, Overdue())
        contact, hours = before.contact, self._hours(before.file)
        if (later := decent_again(before, now, hours)) is not None:
            return put_off(tx, before, later, now)
        near = Overdue(days_left(before.connection, hours.local(now).date()), hours.ladder)
        overdue = count_others(tx, before, near)
        took = step(before.state, overdue)
        if contact is None or contact.chat_id is None:
            return self._advance(tx, envelope, before, now)
        if any(map(is_nudge, took.effects)):
            took = self.incidents.muted(tx, before.connection, before.state, overdue, took, near)
        if any(map(is_nudge, took.effects)):
            if not is_fresh(before, now):
                return self._read_first(tx, envelope, before, now)
            if is_ready(before.state) and any(is_read_now(each.state) for each in company(tx, before)):
                return put_off(tx, before, hours.soon(now + MINUTE), now)
            if (last := tx.claim_nudge(contact.id, now, APART)) is not None:
                reminded = replace(before, contact=replace(contact, nudged_at=last))
                return self._advance(tx, replace(envelope, event=TooSoon()), reminded, now)
        if is_ready(before.state):
            return self._say_together(tx, envelope, before, now)
        outcome = self._advance(tx, envelope, before, now)
        if isinstance(took.state, Looking):
            self._bring_along(tx, envelope, before, now)
        return outcome

    def _read_first(self, tx: Transaction, envelope: Envelope, before: Conversation, now: datetime) -> Outcome:
        """Nobody is reminded of what he has done since: his bank is asked before, for two minutes at most."""
        held = replace(before, read_at=now)
        today = self._hours(before.file).local(now).date()
        one = job(envelope, held, ReadBank(), 0, facts(held, now, today))
        tx.enqueue(replace(one, id=f"{envelope.dedupe_id}/read"))
        return put_off(tx, held, self._hours(before.file).soon(now + ANSWERS), now)

    def _bring_along(self, tx: Transaction, envelope: Envelope, first: Conversation, now: datetime) -> None:
        """His other banks whose turn comes soon are read now too, so that he hears of all of them at once."""
        for each in company(tx, first):
            hours = self._hours(each.file)
            today = hours.local(now).date()
            overdue = count_others(tx, each, Overdue(days_left(each.connection, today), hours.ladder))
            if each.deadline is not None and joins(each.state, each.deadline, overdue, now):
                early = Overdue(ahead=(hours.local(each.deadline).date() - today).days)
                part = replace(envelope, dedupe_id=f"{envelope.dedupe_id}+{each.id}", event=early)
                self._advance(tx, replace(part, to=ToConversation(each.id)), each, now)

    def _say_together(self, tx: Transaction, envelope: Envelope, first: Conversation, now: datetime) -> Outcome:
        """Of several banks he reads in one message, the most urgent first."""
        everything = [each for each in (first, *company(tx, first)) if goes_along(each.state)]
        everything = [each for each in everything if not is_declared(tx, each.connection.bank)]
        if first not in everything or len(everything) == 1:
            return self._advance(tx, envelope, first, now)
        for each in everything:
            part = replace(envelope, dedupe_id=f"{envelope.dedupe_id}+{each.id}", event=Gathered())
            self._advance(tx, replace(part, to=ToConversation(each.id)), each, now)
        self._offer(tx, envelope, [each.id for each in everything], "several-banks", now)
        return Outcome.MOVED

    def _go_on(self, tx: Transaction, envelope: Envelope, done: Conversation, now: datetime) -> None:
        """One bank is renewed: those that he was asked for too are one press away."""
        waiting = [each.id for each in company(tx, done) if isinstance(each.state, Offered)]
        if waiting:
            self._offer(tx, envelope, waiting, "next-bank", now)

    def _offer(self, tx: Transaction, envelope: Envelope, ids: Iterable[int], text: str, now: datetime) -> None:
        talks = [talk for each in ids if (talk := tx.conversation(each)) is not None]
        today = self._hours(talks[0].file).local(now).date()
        talks.sort(key=lambda talk: (talk.connection.expires_on or date.max, talk.id))
        effect = SayTogether(tuple(offer(each, today) for each in talks), text)
        known = facts(talks[0], now, today)
        tx.enqueue(replace(job(envelope, talks[0], effect, 0, known), id=f"{envelope.dedupe_id}/together"))

    def _let_read(self, tx: Transaction, *, talk: int, turn: datetime, now: datetime, every: timedelta) -> None:
        """One bank's turn; the same turn is the same event, whichever process finds it."""
        conversation = tx.conversation(talk)
        if conversation is None:
            return
        hours = self._hours(conversation.file)
        dedupe_id = f"sweep:{talk}:{turn.timestamp():.0f}"
        tx.read_next(conversation.connection.id, next_reading(now, every, hours, chance(dedupe_id)))
        if conversation.file.aggregator_user:
            self._receive(tx, Envelope(dedupe_id, ToConversation(talk), Hinted()), now)

    def _advance(self, tx: Transaction, envelope: Envelope, before: Conversation, now: datetime) -> Outcome:
        hours = self._hours(before.file)
        today = hours.local(now).date()
        if is_repeated(envelope.event, before):
            return Outcome.REPEATED
        if is_closed(envelope, before):
            return Outcome.OLD
        if isinstance(envelope.event, Reading) and before.connection.closed:  # asked for before it was
            return Outcome.NOTHING
        before = speak_with(tx, before, envelope)
        known = before
        if isinstance(envelope.event, Reading):
            before, event = self._learn(tx, envelope, before, envelope.event, now, today)
            if envelope.event.last_success_at is not None:  # of a bank that tells no moment nothing can be claimed
                before = self._tell_of_silence(tx, envelope, before, now, hours)
        else:
            event = translate(envelope.event, before, today, hours.ladder)
            before = right_person(tx, before, event)
            event = count_others(tx, before, event)
        if isinstance(event, StaffDid) and event.act is Act.CONFIRMED:
            before = self._trust(tx, envelope, before, now, today)
        if (
            isinstance(event, StaffDid)
            and event.act is Act.CLOSED_PAGE
            and not tx.revoke_links(before.id, envelope.by)
        ):
            return Outcome.NOTHING
        left = days_left(before.connection, today)
        took = step(before.state, event)
        took = self.incidents.muted(tx, before.connection, before.state, event, took, Overdue(left, hours.ladder))
        after = settle(before, took, envelope, event, now)
        after = self._come_and_go(tx, envelope, retire(tx, after), took, now, today)
        hours = self._hours(after.file)
        after = replace(after, deadline=next_deadline(known, after, took, event, hours, now))
        effects = (*marks(envelope, event, before), *took.effects)
        after = self._enqueue(tx, envelope, after, effects, now, today)
        self._tell_of_absence(tx, envelope, after, took, now, today)
        if after.contact is not None and not isinstance(event, Overdue) and disturbs(event, effects):
            tx.claim_nudge(after.contact.id, now, timedelta(0))
        if took.moved and isinstance(after.state, Renewed):
            self._after_renewal(tx, envelope, known, before, after, now, today)
        self._tell_of_page(tx, envelope, known, took, event, now, today)
        self.incidents.count(tx, before.connection, before.state, took.state)
        record(tx, envelope, before, took, event)
        tx.save(after, now, spoken=speaks(event, took))
        keep_reachable(tx, after.contact, event)
        return Outcome.ANSWERED if is_pick(envelope) and not took.moved else outcome(event, took)

    def _learn(
        self,
        tx: Transaction,
        envelope: Envelope,
        conversation: Conversation,
        reading: Reading,
        now: datetime,
        today: date,
    ) -> tuple[Conversation, Event]:
        """What a reading teaches: the bank's answer, and the connection as it now is."""
        known, started_at = conversation.connection, conversation.started_at
        reading = of_this_bank(tx, conversation, reading)
        answer = judge(
            reading,
            known_expiry=known.expires_on,
            expiry_source=known.expiry_source,
            known_accounts=known.accounts,
            known_success=known.last_success_at,
            started_at=started_at,
            today=today,
            near=self._hours(conversation.file).ladder.near,
        )
        learnt = learn(known, reading, answer)
        self.incidents.read(tx, known, reading.state, now)
        if answer is Bank.RENEWED:
            tx.begin_consent(known.id, today)
            if reading.expires_on is None:
                learnt = self._compute_end(tx, envelope, replace(conversation, connection=learnt), now, today)
        elif (seen := fate(reading.state, renewing=started_at is not None)) is not Fate.HOLDS:
            tx.end_consent(known.id, today, lapsed=seen is Fate.LAPSED)
        if learnt != known:
            tx.save_connection(learnt)
        return replace(conversation, connection=learnt), BankSaid(answer)

    def _after_renewal(
        self,
        tx: Transaction,
        envelope: Envelope,
        known: Conversation,
        before: Conversation,
        after: Conversation,
        now: datetime,
        today: date,
    ) -> None:
        """The receipt is on its way: what staff should look at, and the client's other banks if he was asked."""
        if isinstance(envelope.event, Reading):
            self._tell_of_flaws(tx, envelope, known, envelope.event, now, today)
        if not isinstance(before.state, Quiet):
            self._go_on(tx, envelope, after, now)

    def _tell_of_flaws(
        self,
        tx: Transaction,
        envelope: Envelope,
        known: Conversation,
        reading: Reading,
        now: datetime,
        today: date,
    ) -> None:
        """Renewed, but not quite as before: the books would miss something, so staff hear what to look at."""
        connection = known.connection
        found = {
            "accounts-missing": missing(connection.accounts, fingerprints(reading.accounts)),
            "accounts-doubled": doubled(reading.accounts, tx.accounts_beside(connection)),
            "history-gap": int(has_gap(connection.last_success_at, now)),
        }
        told = facts(known, now, today)  # before the renewal: « the last data » are those before the gap
        for key, count in found.items():
            if count:
                one = job(envelope, known, TellStaff(key), 0, {**told, "count": count})
                tx.enqueue(replace(one, id=f"{envelope.dedupe_id}/{key}"))

    def _tell_of_page(
        self,
        tx: Transaction,
        envelope: Envelope,
        known: Conversation,
        took: Step,
        event: Event,
        now: datetime,
        today: date,
    ) -> None:
        """What became of the secure page, for staff who have the case: their card shows it, and nobody is told."""
        outcome = page_outcome(took, event)
        closed = isinstance(event, StaffDid) and event.act is Act.CLOSED_PAGE
        changed = closed or (bool(outcome) and tx.answer_links(known.id, outcome, now))
        if changed and known.case_id is not None:
            one = job(envelope, known, RedrawCase(), 0, facts(known, now, today))
            tx.enqueue(replace(one, id=f"{envelope.dedupe_id}/page"))

    def _tell_of_absence(
        self, tx: Transaction, envelope: Envelope, after: Conversation, took: Step, now: datetime, today: date
    ) -> None:
        """A bank has stopped on a day that nobody knew, and its client is away: staff hear of it first."""
        if took.moved and isinstance(after.state, Alerted) and self._hours(after.file).rest(today) is Rest.AWAY:
            self._tell_staff(tx, envelope, after, "stopped-while-away", now, today)

    def _compute_end(
        self, tx: Transaction, envelope: Envelope, conversation: Conversation, now: datetime, today: date
    ) -> Connection:
        """A consent began today, and the bank does not say for how long; staff hear where their list errs."""
        connection = conversation.connection
        listed, lasts = connection.cadence_days, learned(tx.consents_at(connection.bank), today)
        if is_too_long(listed=listed, learned=lasts, warned=self._hours(conversation.file).ladder.first):
            known_facts = {**facts(conversation, now, today), "lasts": lasts}
            one = job(envelope, conversation, TellStaff("cadence-too-long"), 0, known_facts)
            tx.enqueue(replace(one, id=f"{envelope.dedupe_id}/cadence"))
        expires_on, source = ends(today, listed=listed, learned=lasts)
        return replace(connection, expires_on=expires_on, expiry_source=source)

    def _tell_of_silence(
        self, tx: Transaction, envelope: Envelope, known: Conversation, now: datetime, hours: Hours
    ) -> Conversation:
        """A link that says « all is well » and brings nothing: staff hear of it, once for each silence."""
        stale = is_stale(known.connection, now, hours)
        if stale == known.connection.stale:
            return known
        told = replace(known, connection=replace(known.connection, stale=stale))
        tx.save_connection(told.connection)
        if stale:
            known_facts = facts(told, now, hours.local(now).date())
            one = job(envelope, told, TellStaff("stale"), 0, known_facts)
            tx.enqueue(replace(one, id=f"{envelope.dedupe_id}/stale"))
        return told

    def _trust(
        self, tx: Transaction, envelope: Envelope, conversation: Conversation, now: datetime, today: date
    ) -> Conversation:
        """Staff confirm by hand: the next date is computed from the bank's cadence."""
        tx.begin_consent(conversation.connection.id, today)
        trusted = replace(
            self._compute_end(tx, envelope, conversation, now, today),
            state=ConnectionState.OK,
            accounts=(),  # whatever accounts are there, a person has looked at them: the next reading learns them
            strayed=False,
            synchronised=True,
            last_success_at=now,
        )
        tx.save_connection(trusted)
        return replace(conversation, connection=trusted)

    def _enqueue(
        self,
        tx: Transaction,
        envelope: Envelope,
        conversation: Conversation,
        effects: Iterable[Effect],
        now: datetime,
        today: date,
    ) -> Conversation:
        """Make the effects durable, in the order in which they are to leave."""
        for place, effect in enumerate(effects):
            if isinstance(effect, GoAway):  # done before the next deadline was known
                continue
            if isinstance(effect, RevokeLinks):
                tx.revoke_links(conversation.id, by="flow")
                continue
            if isinstance(effect, HandOver):
                conversation = self._hand_over(tx, envelope, conversation, effect, now, today)
                continue
            if isinstance(effect, ReadBank):
                conversation = replace(conversation, read_at=now)
            if isinstance(effect, OpenCase):
                case_id = tx.open_case(conversation.id, effect.cause, now)
                conversation = replace(conversation, case_id=case_id)
                tx.audit("case-opened", conversation=conversation.id, case=case_id, cause=effect.cause)
            tx.enqueue(job(envelope, conversation, effect, place, facts(conversation, now, today)))
            if isinstance(effect, UpdateCase):
                conversation = update_case(tx, conversation, effect)
        return conversation

    def _come_and_go(
        self, tx: Transaction, envelope: Envelope, talk: Conversation, took: Step, now: datetime, today: date
    ) -> Conversation:
        """Before the next deadline is set: is the client away, or back?"""
        for effect in took.effects:
            if isinstance(effect, GoAway):
                talk = self._go_away(tx, envelope, talk, effect, now, today)
        return talk

    def _go_away(
        self, tx: Transaction, envelope: Envelope, talk: Conversation, effect: GoAway, now: datetime, today: date
    ) -> Conversation:
        """What waits for this client waits for his return; staff hear of it, and of a bank that lapses meanwhile."""
        until = last_day_away(effect, today, self._hours(talk.file))
        tx.go_away(talk.file.id, until)
        talk = replace(talk, file=replace(talk.file, away_until=until))
        if until is None:
            return talk
        self._tell_staff(tx, envelope, talk, "away", now, today)
        hours = self._hours(talk.file)
        if lapses_before(talk.connection, until, today):
            self._tell_staff(tx, envelope, talk, "lapses-while-away", now, today)
        for each in map(tx.conversation, tx.conversations_beside(talk)):
            if each is not None and each.deadline is not None and is_for_client(each.state):
                self._wait_for_return(tx, envelope, each, now, hours)
        return talk

    def _wait_for_return(
        self, tx: Transaction, envelope: Envelope, talk: Conversation, now: datetime, hours: Hours
    ) -> Outcome:
        """He is away: nothing is asked of him before he is back. Staff hear once of a bank that lapses meanwhile."""
        until, today = hours.away_until, hours.local(now).date()
        due = deadline(talk.state.wait(), now, hours, ladder_end(talk.connection, today))
        if talk.deadline is not None and due is not None and due > talk.deadline:
            tx.save(replace(talk, deadline=due), now, spoken=False)
            if until is not None and lapses_before(talk.connection, until, today):
                self._tell_staff(tx, envelope, talk, "lapses-while-away", now, today)
        return Outcome.NOTHING

    def _tell_staff(
        self, tx: Transaction, envelope: Envelope, talk: Conversation, key: str, now: datetime, today: date
    ) -> None:
        """A line to staff that no flow can know of."""
        one = job(envelope, talk, TellStaff(key), 0, facts(talk, now, today))
        tx.enqueue(replace(one, id=f"{envelope.dedupe_id}/{key}/{talk.id}"))

    def _hand_over(
        self,
        tx: Transaction,
        envelope: Envelope,
        conversation: Conversation,
        effect: HandOver,
        now: datetime,
        today: date,
    ) -> Conversation:
        """Somebody else of the file is asked from here on; staff read who, and why."""
        former, others = conversation.contact, tx.others(conversation)
        if former is None:
            return conversation
        if effect.why == "not-me":
            tx.decline(conversation.file.id, former.id, True)
        else:
            conversation = replace(conversation, tried=(*conversation.tried, former.id))
        tx.audit("handed-over", conversation=conversation.id, contact=former.id, why=effect.why)
        if not others:
            return conversation
        after = replace(conversation, contact=others[0], declined=False, last_words="")
        told = TellStaff("handed-on-not-me" if effect.why == "not-me" else "handed-on-silent", former.first_name)
        one = job(envelope, after, told, 0, facts(after, now, today))
        tx.enqueue(replace(one, id=f"{envelope.dedupe_id}/person"))
        return after

    def _open_invitation(self, tx: Transaction, envelope: Envelope, token: Token, now: datetime) -> Outcome:
        """Bind the chat to the contact's client files, and let each of his banks know."""
        assert isinstance(envelope.to, ToChat)
        chat_id = envelope.to.chat_id
        invitation = tx.invitation(token.hash())
        refusal = refuse(invitation, chat_id, now)
        if invitation is None or refusal:
            tx.enqueue(channel_job(envelope, chat_id, refusal))
            return Outcome.STRANGER
        contact = tx.bind(invitation, chat_id, now)
        tx.audit("invitation-claimed", invitation=invitation.id, contact=contact.id)
        everything = in_line(tx, contact.id)
        mine = [each for each in everything if not is_followed_by_another(each, chat_id)]
        if everything and not mine:
            tx.enqueue(channel_job(envelope, chat_id, "joined"))
        for place, conversation in enumerate(mine):
            self._link(tx, envelope, conversation, place, now)
        return Outcome.MOVED

    def _link(
        self, tx: Transaction, envelope: Envelope, conversation: Conversation, place: int, now: datetime
    ) -> None:
        linked = Linked(synchronised=conversation.connection.synchronised, place=place)
        if place and not step(conversation.state, linked).moved:  # of those who only say « again » one is enough
            return
        part = replace(envelope, dedupe_id=f"{envelope.dedupe_id}+{conversation.id}", event=linked)
        self._advance(tx, part, conversation, now)

    def _without_conversation(self, tx: Transaction, envelope: Envelope, now: datetime) -> Outcome:
        """Somebody writes whom the firm has not invited, or leaves with whom we do not speak."""
        if not isinstance(envelope.to, ToChat):
            return Outcome.NOTHING
        chat_id = envelope.to.chat_id
        if isinstance(envelope.event, Undeliverable):
            tx.mark_reachable(chat_id, False)
            return Outcome.NOTHING
        turn_away(tx, envelope, chat_id, "stranger", now)
        return Outcome.STRANGER


def company(tx: Transaction, one: Conversation) -> list[Conversation]:
    """The other banks about which the same person is spoken to."""
    if one.contact is None:
        return []
    ids = [each for each in tx.conversations_of_contact(one.contact.id) if each != one.id]
    talks = (tx.conversation(each) for each in ids)
    return [talk for talk in talks if talk and talk.contact and talk.contact.id == one.contact.id]


def put_off(tx: Transaction, talk: Conversation, until: datetime, now: datetime) -> Outcome:
    """Not at this moment: the deadline passes again then."""
    tx.save(replace(talk, deadline=until), now, spoken=False)
    return Outcome.ANSWERED


def is_due(talk: Conversation, by: datetime) -> bool:
    """Does its time run out by then?"""
    return talk.deadline is not None and talk.deadline <= by


def is_fresh(talk: Conversation, now: datetime) -> bool:
    """Was its bank asked so short a while ago that what it said can be relied on?"""
    return talk.read_at is not None and now - talk.read_at < FRESH


def is_held_to_read(talk: Conversation, hours: Hours) -> bool:
    """Is something to be said to a person as soon as his bank has answered? Then its time was put off for that."""
    if talk.read_at is None or talk.deadline is None or isinstance(talk.state, Asking):
        return False
    return abs(talk.deadline - hours.soon(talk.read_at + ANSWERS)) < timedelta(seconds=1)


def reminds(talk: Conversation, hours: Hours, now: datetime) -> bool:
    """Is he reminded when its time is up? What reads the bank then must never be brought forward by a reading."""
    overdue = Overdue(days_left(talk.connection, hours.local(now).date()), hours.ladder)
    return any(map(is_nudge, step(talk.state, overdue).effects))


def disturbs(event: Event, effects: Iterable[Effect]) -> bool:
    """Did a member of staff write to the client, or was he reminded? He is not reminded again right after it."""
    wrote = isinstance(event, StaffDid) and any(isinstance(each, RelayToClient) for each in effects)
    return wrote or any(map(is_nudge, effects))


def offer(talk: Conversation, today: date) -> Offer:
    """One line of a message about several banks."""
    link = talk.connection
    left = days_left(link, today)
    return Offer(
        conversation=talk.id,
        sequence=talk.sequence,
        text=Offered.says if isinstance(talk.state, Offered) else talk.state.text(),
        bank=link.bank,
        client=talk.file.name,
        due=link.expires_on.isoformat() if link.expires_on else "",
        days_left=-999 if left is None else left,
    )


def job(
    envelope: Envelope, conversation: Conversation, effect: Effect, place: int, known: dict[str, str | int]
) -> Job:
    """One effect of this event, with what its text may speak of."""
    case_id = conversation.case_id or (envelope.to.id if isinstance(envelope.to, ToCase) else None)
    return Job(
        id=f"{envelope.dedupe_id}/{place}",
        conversation_id=conversation.id,
        chat_id=conversation.contact.chat_id if conversation.contact else None,
        effect=effect,
        facts=known,
        sequence=conversation.sequence,
        case_id=case_id,
    )


def page_outcome(took: Step, event: Event) -> str:
    """What the bank makes of what the client did on its page; empty where it says nothing of it."""
    if not isinstance(event, BankSaid):
        return ""
    if took.moved and isinstance(took.state, Renewed | Connected):
        return "renewed"
    return "refused" if event.answer is Bank.WRONG_PASSWORD else ""


def record(tx: Transaction, envelope: Envelope, before: Conversation, took: Step, event: Event) -> None:
    """What somebody may ask about later: what staff decided, a secret in the chat, and who wanted no word of us."""
    if isinstance(event, StaffDid) and event.act in AUDITED and (took.moved or took.effects):
        tx.audit(f"staff-{event.act}", conversation=before.id, case=before.case_id or "", by=envelope.by)
    if holds_secret(event):
        tx.audit("secret-pasted", conversation=before.id)
    was, is_ = isinstance(before.state, OptedOut), isinstance(took.state, OptedOut)
    if was != is_:
        tx.audit("opted-out" if is_ else "opted-in", conversation=before.id)


def update_case(tx: Transaction, conversation: Conversation, effect: UpdateCase) -> Conversation:
    """A case is closed in the transaction that decides it."""
    if conversation.case_id is None:
        return conversation
    case = tx.case(conversation.case_id)
    closed = effect.status in ENDS_CASE
    kept = case.taken_by if case and effect.status != PASSED_ON else ""
    taken_by = effect.who or kept
    tx.update_case(conversation.case_id, status=effect.status, taken_by=taken_by, closed=closed)
    return replace(conversation, case_id=None) if closed else conversation


def find(tx: Transaction, envelope: Envelope) -> Conversation | None:
    """The conversation that an envelope is for. A chat only ever reaches its own client files."""
    match envelope.to:
        case ToConversation(conversation_id):
            conversation = tx.conversation(conversation_id)
            return conversation if may_act(tx, envelope.chat_id, conversation) else None
        case ToCase(case_id):
            case = tx.case(case_id)
            return None if case is None else tx.conversation(case.conversation_id)
        case ToChat(chat_id) if isinstance(envelope.event, Undeliverable):
            return spoken_with(tx, chat_id)
        case ToChat(chat_id):
            mine = tx.conversations_of(chat_id)
            return tx.conversation(mine[0]) if mine else None


def spoken_with(tx: Transaction, chat_id: int) -> Conversation | None:
    """Where this chat is the one we speak with: who leaves must not take another contact's bank with him."""
    everything = (tx.conversation(each) for each in tx.conversations_of(chat_id))
    return next((each for each in everything if each and each.contact and each.contact.chat_id == chat_id), None)


def may_act(tx: Transaction, chat_id: int | None, conversation: Conversation | None) -> bool:
    """Time and banks act on any conversation; a chat only on those of its own client files."""
    if chat_id is None or conversation is None:
        return True
    contact = conversation.contact
    if contact is not None and contact.chat_id == chat_id:
        return True
    return conversation.id in tx.conversations_of(chat_id)


def in_line(tx: Transaction, contact_id: int) -> list[Conversation]:
    """A contact's conversations: those still to be connected come first."""
    everything = [tx.conversation(each) for each in tx.conversations_of_contact(contact_id)]
    mine = [each for each in everything if each is not None]
    return sorted(mine, key=lambda each: (each.connection.synchronised, each.id))


def is_followed_by_another(conversation: Conversation, chat_id: int) -> bool:
    """Another contact of the same client file already looks after this bank."""
    contact = conversation.contact
    return contact is not None and contact.chat_id is not None and contact.chat_id != chat_id


def is_over(to: ToConversation | ToChat | ToCase, conversation: Conversation) -> bool:
    """A deadline names the step it was set at; if the conversation has moved on, it is void."""
    return isinstance(to, ToConversation) and to.sequence is not None and to.sequence != conversation.sequence


def is_repeated(event: Event | Press | Reading | Token, conversation: Conversation) -> bool:
    """The second tap of an impatient finger, on the very button that led here."""
    return isinstance(event, Press) and event.data() == conversation.last_press


def translate(event: Event | Press | Token, conversation: Conversation, today: date, ladder: Ladder) -> Event:
    """A press is a choice while its step lasts; a deadline learns how near the end is."""
    match event:
        case Press(choice=choice) if choice == PICK:
            return Chose("start") if "start" in conversation.state.choices else ChoseOld()
        case Press(_, sequence, choice):
            shown = sequence == conversation.sequence and choice in conversation.state.choices
            return Chose(choice) if shown else ChoseOld()
        case Overdue(_, _, ahead):
            return Overdue(days_left(conversation.connection, today), ladder, ahead)
        case BankOut():
            return BankOut(days_left(conversation.connection, today), ladder)
        case Event():
            return event
    raise AssertionError("a token opens an invitation and reaches no conversation")


def is_closed(envelope: Envelope, conversation: Conversation) -> bool:
    """A click on an earlier case's card must not act on the present one; a reply still reaches the client."""
    to, event = envelope.to, envelope.event
    late = isinstance(to, ToCase) and to.id != conversation.case_id
    return late and isinstance(event, StaffDid) and event.act is not Act.REPLIED


def speak_with(tx: Transaction, conversation: Conversation, envelope: Envelope) -> Conversation:
    """Whoever of the client file acts is the one we go on with."""
    chat_id = chat_of(envelope)
    if chat_id is None or (conversation.contact and conversation.contact.chat_id == chat_id):
        return conversation
    contact = tx.contact_of_chat(chat_id)
    if contact is None:
        return conversation
    tried = tuple(each for each in conversation.tried if each != contact.id)
    return replace(conversation, contact=contact, declined=False, tried=tried, last_words="")  # the other one's


def last_day_away(effect: GoAway, today: date, hours: Hours) -> date | None:
    """The last day of the client's holidays, the eve of his return; None for a client who is back."""
    if effect.until:
        return hours.local(datetime.fromisoformat(effect.until)).date() - timedelta(days=1)
    return today + timedelta(days=effect.days) if effect.days else None


def is_for_client(state: State) -> bool:
    """Does what follows when its time is up disturb the client? Not a reading of the bank, nor a word to staff."""
    return not isinstance(state, WithStaff | OptedOut | Invited) and not isinstance(state.wait(), After)


def lapses_before(connection: Connection, until: date, today: date) -> bool:
    """Does this bank lapse while its client is away?"""
    end = connection.expires_on
    return connection.synchronised and not connection.closed and end is not None and today <= end <= until


def chat_of(envelope: Envelope) -> int | None:
    """The chat that an event comes from, if it comes from one."""
    return envelope.to.chat_id if isinstance(envelope.to, ToChat) else envelope.chat_id


def is_somebody_elses(tx: Transaction, envelope: Envelope, conversation: Conversation) -> bool:
    """He has said that this file is not his, and somebody else is asked: what he does now is not for that person."""
    chat_id, contact = chat_of(envelope), conversation.contact
    if chat_id is None or not isinstance(envelope.event, (*CLIENT_ACTED, Press)):
        return False
    return (contact is None or contact.chat_id != chat_id) and tx.has_declined(conversation.file.id, chat_id)


def turn_away(tx: Transaction, envelope: Envelope, chat_id: int | None, text: str, now: datetime) -> None:
    """A word of the channel to somebody with whom we have nothing to do; a secret that he typed leaves his chat."""
    if chat_id is None:
        return
    if holds_secret(envelope.event) and envelope.message_id is not None:
        leaves, since = RemoveMessage(envelope.message_id), {"now": now.isoformat()}
        tx.enqueue(Job(f"{envelope.dedupe_id}/secret", None, chat_id, leaves, since))
    tx.enqueue(channel_job(envelope, chat_id, text))


def right_person(tx: Transaction, conversation: Conversation, event: Event) -> Conversation:
    """Who has said that the file is not his makes place, before anything is asked of him.

    He may begin all the same; and where nobody else is left, staff may give him back to the bot: then it is his.
    """
    if not conversation.declined or conversation.contact is None:
        return conversation
    asks = isinstance(event, Overdue) or (isinstance(event, StaffDid) and event.act in ASKS_CLIENT)
    others = tx.others(conversation) if asks else ()
    if others:
        return replace(conversation, contact=others[0], declined=False, last_words="")
    if event == Chose("start") or (isinstance(event, StaffDid) and event.act is Act.HANDED_BACK):
        tx.decline(conversation.file.id, conversation.contact.id, False)
        return replace(conversation, declined=False)
    return conversation


def count_others(tx: Transaction, conversation: Conversation, event: AnyEvent) -> AnyEvent:
    """How many others of the file could be asked instead, for the events of which it matters."""
    match event:
        case Overdue() if conversation.declined or isinstance(beneath(conversation.state), Offered | UnderWay):
            others = len(tx.others(conversation))
            return replace(event, others=others, nobody=conversation.declined and not others)
        case Chose("not-me") | Wrote(Intent.NOT_ME):
            return replace(event, others=len(tx.others(conversation)))
    return event


def keep_reachable(tx: Transaction, contact: Contact | None, event: Event) -> None:
    """He who acts can be reached, and he who left cannot."""
    if contact is None or contact.chat_id is None:
        return
    if isinstance(event, Undeliverable):
        tx.mark_reachable(contact.chat_id, False)
    elif isinstance(event, CLIENT_ACTED) and not contact.reachable:
        tx.mark_reachable(contact.chat_id, True)


def passed(conversation_id: int, sequence: int, since: datetime) -> Envelope:
    """A deadline that has passed; the same one is the same event, whoever finds it."""
    dedupe_id = f"due:{conversation_id}:{sequence}:{since.timestamp():.0f}"
    return Envelope(dedupe_id, ToConversation(conversation_id, sequence), Overdue())


def days_left(connection: Connection, today: date) -> int | None:
    """Days until the bank lapses; negative once it has."""
    return None if connection.expires_on is None else (connection.expires_on - today).days


def ladder_end(connection: Connection, today: date, state: State | None = None) -> date | None:
    """The day that reminders are counted from: where the bank has stopped already, not one that is still to come.

    `state`: of the conversation. A client who was asked because nobody answered is asked again as if it had stopped.
    """
    acts = RULES[connection.state].acts
    unread = acts is Actor.TIME and isinstance(state, Offered | UnderWay | BankIsBack)
    stopped = connection.state not in WORKING and (acts is Actor.CLIENT or unread)
    if connection.expires_on is None or not stopped:
        return connection.expires_on
    return min(connection.expires_on, today)


def decent_again(conversation: Conversation, now: datetime, hours: Hours) -> datetime | None:
    """The next decent moment, where a decent one was due and it is not decent any more; else None.

    The program was stopped when it came, or the client's holidays were told since. Staff are called in their hours.
    """
    if isinstance(conversation.state.wait(), ReplyDue):
        return None if hours.office.is_open(now) else hours.office.opens(now)
    decently = isinstance(conversation.state.wait(), Soon | DecentlyAfter | NextRung | UntilSaid)
    return None if not decently or hours.soon(now) == now else hours.slot(now)


def of_this_bank(tx: Transaction, conversation: Conversation, reading: Reading) -> Reading:
    """The reading, if it can be of this bank: by its user alone, a vendor finds the connection of any of his banks.

    One that belongs to another bank of the file, or may belong to one with which the client begins first, is none.
    """
    known = conversation.connection
    if known.aggregator_connection or reading.ref is None or reading.state is ConnectionState.DELETED:
        return reading
    if reading.ref.connection in tx.connections_beside(known) or is_perhaps_anothers(tx, conversation, reading):
        return Reading(ConnectionState.DELETED, vendor_code="of-another-bank")
    return reading


def is_perhaps_anothers(tx: Transaction, conversation: Conversation, reading: Reading) -> bool:
    """May it be that of another bank of the file which nobody has named yet?

    The bank's name tells, where the vendor has it. Else it is of the one with which the client had begun last when he
    gave his agreement.
    """
    known, since = conversation.connection, conversation.started_at
    others = tx.unnamed_beside(known)
    if others and reading.bank:
        meant = is_clearly_meant(reading.bank, known.bank, [bank for bank, _ in others])
        if meant is not None:
            return not meant
    if since is None:
        return bool(others) and not known.synchronised
    agreed_at = reading.authorised_at or reading.last_success_at
    later = [begun for _, begun in others if begun is not None and begun > since]
    return bool(later) and (agreed_at is None or min(later) <= agreed_at)


def settle(before: Conversation, took: Step, envelope: Envelope, event: Event, now: datetime) -> Conversation:
    """The conversation after a step, but for its deadline and its case."""
    after = before
    if took.moved:
        after = replace(
            after,
            state=took.state,
            sequence=before.sequence + (0 if leaves_buttons(before.state, took) else 1),
            started_at=began(before, took.state, now),
            last_press=envelope.event.data()
            if isinstance(event, Chose) and isinstance(envelope.event, Press)
            else "",
            tried=() if isinstance(took.state, Quiet) else before.tried,
        )
    if isinstance(event, Wrote) and event.text:
        after = replace(after, last_words=event.text[:500])
    return after


def retire(tx: Transaction, after: Conversation) -> Conversation:
    """A connection is retired as its conversation is, so that no sweep and no list need to read states."""
    closed = isinstance(after.state, Closed)
    if closed == after.connection.closed:
        return after
    connection = replace(after.connection, closed=closed)
    tx.save_connection(connection)
    return replace(after, connection=connection)


def leaves_buttons(before: State, took: Step) -> bool:
    """A move within a step, of which the client hears nothing: the buttons that he has before him stay good."""
    told = any(isinstance(effect, Say) for effect in took.effects)
    return type(before) is type(took.state) and not told


def began(before: Conversation, state: State, now: datetime) -> datetime | None:
    """What is to be proven begins with the client's first step, and ends with the proof, or with a new offer.

    Who was asked and needed no guide begins by saying that it is done. Where the bank tells an end, that shows
    whether it is; else what comes from then on has to.
    """
    unguided = isinstance(state, Checking) and not isinstance(beneath(before.state), Quiet)
    if isinstance(state, UnderWay | OpenAccounting):
        return before.started_at or now
    if unguided and before.connection.expiry_source is not DateSource.BANK:
        return before.started_at or now
    if isinstance(state, Quiet | Offered):
        return None
    return before.started_at


def next_deadline(
    known: Conversation, after: Conversation, took: Step, event: Event, hours: Hours, now: datetime
) -> datetime | None:
    """A deadline that moved nothing must not be found again at once; one counted from the end moves with it."""
    patience = took.state.wait()
    if isinstance(event, TooSoon) and known.contact is not None and known.contact.nudged_at is not None:
        return hours.slot(known.contact.nudged_at + APART)
    if isinstance(patience, UntilSaid) and patience == known.state.wait() and not isinstance(event, Overdue):
        return after.deadline  # « demain » is the day after it was said, whatever he writes since
    if took.moved or isinstance(event, Overdue) or (end_moved(known, after) and isinstance(patience, NextRung)):
        return deadline(patience, now, hours, ladder_end(after.connection, hours.local(now).date(), after.state))
    return after.deadline


def end_moved(known: Conversation, after: Conversation) -> bool:
    """Is the day on which the bank lapses another one than was known?"""
    return known.connection.expires_on != after.connection.expires_on


def learn(known: Connection, reading: Reading, answer: Bank) -> Connection:
    """The connection after a reading, but for an end that is to be computed. Only the bank's word moves it here.

    Of another login's accounts nothing is believed.
    """
    if answer is Bank.OTHER_ACCOUNTS:
        return replace(known, strayed=True, vendor_code=reading.vendor_code)
    works = answer in (Bank.RENEWED, Bank.HEALTHY, Bank.EXPIRING)
    expires_on, source = known.expires_on, known.expiry_source
    if reading.expires_on is not None:
        expires_on, source = reading.expires_on, DateSource.BANK
    return replace(
        known,
        aggregator_connection=reading.ref.connection if reading.ref and works else known.aggregator_connection,
        state=reading.state,
        expires_on=expires_on,
        expiry_source=source,
        last_success_at=reading.last_success_at or known.last_success_at,
        synchronised=known.synchronised or works,
        vendor_code=reading.vendor_code,
        accounts=(works and fingerprints(reading.accounts)) or known.accounts,
        strayed=False,
    )


def is_stale(connection: Connection, now: datetime, hours: Hours) -> bool:
    """It works, as the aggregator has it, and still nothing came for longer than usual."""
    works = connection.state in WORKING
    since = connection.last_success_at
    return works and since is not None and is_silent(since, now, hours)


def chance(text: str) -> float:
    """A number from 0 to 1 that is always the same for the same text."""
    return crc32(text.encode()) / (1 << 32)


def facts(conversation: Conversation, now: datetime, today: date) -> dict[str, str | int]:
    """What a text may speak of, as it is at this moment; dates in ISO, worded when it leaves."""
    connection, file, contact = conversation.connection, conversation.file, conversation.contact
    left = days_left(connection, today)
    return {
        "bank": connection.bank,
        "client": file.name,
        "accountant": file.accountant,
        "timezone": file.timezone,
        "first_name": contact.first_name if contact else "",
        "due": connection.expires_on.isoformat() if connection.expires_on else "",
        "days_left": -999 if left is None else left,
        "stopped": int(connection.state is ConnectionState.SCA_REQUIRED),
        "asked": getattr(conversation.state, "nudged", 0),
        "next": conversation.deadline.isoformat() if conversation.deadline else "",
        "away": file.away_until.isoformat() if file.away_until else "",
        "last_data": connection.last_success_at.isoformat() if connection.last_success_at else "",
        "now": now.isoformat(),
    }


def marks(envelope: Envelope, event: Event, before: Conversation) -> tuple[Effect, ...]:
    """The pressed button stays visible in place of all the others; a secret leaves the chat."""
    if envelope.message_id is None:
        return ()
    if holds_secret(event):
        return (RemoveMessage(envelope.message_id),)
    if not isinstance(event, Chose) or is_pick(envelope):
        return ()
    return (MarkChosen(envelope.message_id, before.state.text(), event.choice),)


def is_pick(envelope: Envelope) -> bool:
    """One bank out of several: the others keep their buttons."""
    return isinstance(envelope.event, Press) and envelope.event.choice == PICK


def holds_secret(event: object) -> bool:
    """Did he write a password or a code? The words are gone already, the message is still in his chat."""
    return isinstance(event, Wrote) and event.intent is Intent.SECRET


def speaks(event: Event, took: Step) -> bool:
    """What the chat is about: where the client acted last, or was spoken to."""
    return isinstance(event, (*CLIENT_ACTED, Gathered)) or any(isinstance(effect, Say) for effect in took.effects)


def refuse(invitation: Invitation | None, chat_id: int, now: datetime) -> str:
    """Why an invitation cannot be used, as the key of a text; empty where it can."""
    if invitation is None:
        return "invitation-unknown"
    if invitation.claimed_by is not None and invitation.claimed_by != chat_id:
        return "invitation-used"
    if invitation.claimed_by is None and invitation.expires_at <= now:
        return "invitation-expired"
    return ""


def channel_job(envelope: Envelope, chat_id: int, text: str) -> Job:
    """A word of the channel itself, outside of any conversation."""
    return Job(id=f"{envelope.dedupe_id}/0", conversation_id=None, chat_id=chat_id, effect=Say(text))


def outcome(event: Event, took: Step) -> Outcome:
    """What to tell the one who pressed or wrote, at once and without a message."""
    if isinstance(event, ChoseOld):
        return Outcome.WITH_STAFF if isinstance(took.state, WithStaff) else Outcome.OLD
    if isinstance(event, OnPage) and isinstance(took.state, WithStaff):
        return Outcome.WITH_STAFF
    return Outcome.MOVED if took.moved else Outcome.ANSWERED
