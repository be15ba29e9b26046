"""Requests that need two persons: asked, agreed to, stopped, shown in the firm's channel, and carried out when due.

Law: a request is a row, and a card follows it. `sweep` does what is due and brings the cards up to date; it may be
interrupted anywhere, and the next one goes on.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import sqlalchemy as sa
import structlog

from bot.adapters.database import personal_data, requests
from bot.adapters.database.audit import note
from bot.adapters.database.engine import Database
from bot.adapters.database.links import revoke
from bot.adapters.database.store import SqlTransaction
from bot.desk_acts import first_time, invitee
from bot.domain.desk import ActRefused
from bot.domain.errors import GiveUp, TryAgain
from bot.domain.two_persons import AGREE_WITHIN, DELAY, LINK_WITHIN, OVER, Kind, Request, Stage, refusal
from bot.engine import Calendars
from bot.invitations import Invited, invite_all
from bot.ports import Clock, Job, Store, Transaction
from flows.effects import RedrawCase

log = structlog.get_logger(__name__)

LONGEST_REASON = 300


class Cards(Protocol):
    """The firm's channel. Raises `TryAgain` or `Refused`."""

    async def show(self, request: Request, stage: Stage, person: str, place: tuple[str, str]) -> tuple[str, str]:
        """Post the card, or bring it up to date; returns (channel, thread). `person` is empty once he is erased."""
        ...

    async def attach(self, place: tuple[str, str], name: str, content: bytes) -> None:
        """A file into the thread of a card."""
        ...


class TwoPersons:
    """The requests. All but `sweep` raise `TryAgain`, and `ActRefused` with the key of why not."""

    def __init__(
        self,
        database: Database,
        store: Store,
        clock: Clock,
        calendars: Calendars,
        cards: Cards,
        bot_name: Callable[[], str],
    ) -> None:
        self.database = database
        self.store = store
        self.clock = clock
        self.calendars = calendars
        self.cards = cards
        self.bot_name = bot_name

    # -- what colleagues do -----------------------------------------------------------------------------

    async def ask(self, dedupe_id: str, kind: Kind, contact_id: int, who: str, name: str, reason: str) -> None:
        """The first person asks, and says why. `who` is an id of Slack's."""
        now, reason = self.clock.now(), " ".join(reason.split())[:LONGEST_REASON]
        if not reason:
            raise ActRefused("staff-request-why")

        def work(sql: sa.Connection) -> None:
            known = invitee(sql, contact_id)
            if known is None or (kind is Kind.REBIND and not known.linked):
                raise ActRefused("staff-rebind-unlinked" if known else "staff-client-gone")
            if not first_time(sql, dedupe_id, now):
                return
            made = requests.ask(sql, kind, contact_id, (who, name), reason, now + AGREE_WITHIN, now)
            if made is None:
                raise ActRefused("staff-request-open")
            note(sql, f"{kind}-asked", request=made, contact=contact_id, by=f"slack:{who}")

        await self.database.write(work)

    async def agree(self, request_id: int, kind: Kind, who: str, name: str) -> None:
        """The second person agrees."""
        now = self.clock.now()

        def work(sql: sa.Connection) -> None:
            request = of_kind(requests.load(sql, request_id), kind)
            if refused := refusal(request, who, now):
                raise ActRefused(refused)
            link = kind is Kind.REBIND
            due = {"until": now + LINK_WITHIN} if link else {"due_at": now + DELAY[kind]}
            requests.move(sql, request_id, agreed_by=who, agreed_name=name, agreed_at=now, **due)
            note(sql, f"{kind}-agreed", request=request_id, contact=request.contact_id, by=f"slack:{who}")

        await self.database.write(work)

    async def stop(self, request_id: int, who: str, name: str) -> None:
        """Anybody of the firm stops it, as long as it is not done."""
        now = self.clock.now()

        def work(sql: sa.Connection) -> None:
            request = of_kind(requests.load(sql, request_id))
            if request.stage(now) in OVER or not requests.move(sql, request_id, stopped_name=name, stopped_at=now):
                raise ActRefused("staff-request-over")
            note(sql, f"{request.kind}-stopped", request=request_id, contact=request.contact_id, by=f"slack:{who}")

        await self.database.write(work)

    async def link(self, request_id: int, who: str) -> Invited:
        """The link to a new Telegram, once, for one of the two; whatever page was open for the old one is closed."""
        now, bot = self.clock.now(), self.bot_name()
        if not bot:
            raise TryAgain("Telegram has not told the name of the bot yet")

        def work(sql: sa.Connection) -> Invited:
            request = of_kind(requests.load(sql, request_id), Kind.REBIND)
            if request.stage(now) is not Stage.AGREED:
                raise ActRefused("staff-request-over")
            if who not in (request.asked_by, request.agreed_by):
                raise ActRefused("staff-link-of-two")
            known = invitee(sql, request.contact_id)
            if known is None:
                raise ActRefused("staff-client-gone")
            requests.move(sql, request_id, done_at=now)
            for talk in personal_data.talks_of(sql, known.contact_id):
                revoke(sql, talk.id, f"slack:{who}")
            note(sql, "rebind-done", request=request_id, contact=known.contact_id, by=f"slack:{who}")
            return invite_all(sql, [known], bot, now)[0]

        return await self.database.write(work)

    # -- what follows by itself -------------------------------------------------------------------------

    async def sweep(self) -> None:
        """Carry out what is due, and bring the cards up to date. What fails is tried again by the next sweep."""
        for row in await self.database.read(requests.unfinished):
            if not self._wants(row):
                continue
            mine = await self.database.write(partial(requests.claim, request_id=row.id))
            if mine is None:
                continue
            try:
                await self._follow(requests.read(mine), mine)
            except TryAgain as error:
                log.warning("a request of two persons waits", request=row.id, reason=str(error))
            except GiveUp as error:
                log.error("a request of two persons cannot be shown", request=row.id, reason=str(error))

    def _wants(self, row: Any) -> bool:
        """Is there something to do about it?"""
        request = requests.read(row)
        stage = request.stage(self.clock.now())
        return bool(row.shown != stage.value) or self._is_due(request, stage)

    def _is_due(self, request: Request, stage: Stage) -> bool:
        return stage is Stage.AGREED and request.due_at is not None and request.due_at <= self.clock.now()

    async def _follow(self, request: Request, row: Any) -> None:
        """Its card first: what is read out is put below it."""
        stage, shown, place = request.stage(self.clock.now()), row.shown, (row.channel, row.thread)
        try:
            if shown != stage.value:
                place, shown = await self.cards.show(request, stage, row.name or "", place), stage.value
            if self._is_due(request, stage):
                done = await self._carry_out(request, place)
                if done is not None:
                    name = "" if done.kind is Kind.ERASURE else row.name or ""
                    stage = done.stage(self.clock.now())
                    place, shown = await self.cards.show(done, stage, name, place), stage.value
        finally:
            await self.database.write(lambda sql: requests.release(sql, request.id, shown, place))

    async def _carry_out(self, request: Request, place: tuple[str, str]) -> Request | None:
        """What was agreed to happens; returns the request as it is then."""
        if request.kind is Kind.ERASURE:
            await self.store.transact(partial(self._erase, request=request))
        else:
            await self._read_out(request, place)
        return await self.database.read(lambda sql: requests.load(sql, request.id))

    def _erase(self, tx: Transaction, request: Request) -> None:
        assert isinstance(tx, SqlTransaction), "the one database there is"
        now = self.clock.now()
        if not requests.move(tx.sql, request.id, done_at=now):
            return
        shown = personal_data.erase(tx.sql, request.contact_id, now, self.calendars, request.agreed_name)
        for talk, case in shown:
            tx.enqueue(Job(f"erasure:{request.id}:{case}", talk, None, RedrawCase(), case_id=case))
        tx.audit("erasure-done", request=request.id, contact=request.contact_id)

    async def _read_out(self, request: Request, place: tuple[str, str]) -> None:
        known = await self.database.read(lambda sql: personal_data.read_out(sql, request.contact_id))
        if known is not None:
            await self.cards.attach(place, "donnees-personnelles.json", as_file(known))

        def work(sql: sa.Connection) -> None:
            if requests.move(sql, request.id, done_at=self.clock.now()):
                note(sql, "export-done", request=request.id, contact=request.contact_id)

        await self.database.write(work)


def as_file(known: Mapping[str, Any]) -> bytes:
    return json.dumps(known, ensure_ascii=False, indent=2).encode()


def of_kind(request: Request | None, kind: Kind | None = None) -> Request:
    """The request; another kind is none."""
    if request is None or kind not in (None, request.kind):
        raise ActRefused("staff-request-over")
    return request
