"""Our own page takes the bank secret: asks for the fields, relays what was sealed, tells the bank's answer live.

Law: a try is claimed before anything leaves, and nothing leaves twice: neither a ticket nor a key is good again.
Where nobody knows what became of a try, the bank is read. What was typed is opened at the last moment, kept nowhere.
"""

import asyncio
import contextlib
import re
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

import structlog
from pydantic import Field, SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.domain.connection import WORKING, ConnectionRef, ConnectionState, Reading
from bot.domain.errors import BotError, KeyGone, NotTaken, TryAgain
from bot.domain.login_form import FIELDS_AT_MOST, LoginForm
from bot.domain.sealing import SealingKey
from bot.domain.secret import Secret
from bot.domain.secure_link import Attempt, Claim
from bot.engine import Engine, Envelope, Outcome, ToConversation
from bot.ports import Aggregator, SecretTaker, SecretTries, SecureLinks, Vault
from flows.events import Event, LinkFilled, OnPage, Typed
from handlers.web import CLOSED, _Form, read

log = structlog.get_logger(__name__)
LOOK_EVERY = 3.0
"""Seconds of real time between two readings while the bank or its app is at work."""
LONGEST_BODY = 64 * 1024
CODES = 3
"""Codes that may be wrong before the conversation goes on in the chat."""
APPROVAL = timedelta(minutes=5)
_DOWN = (ConnectionState.BANK_UNAVAILABLE, ConnectionState.RATE_LIMITED)
_SEALED = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*){3}\.[A-Za-z0-9_-]+")


class Phase(StrEnum):
    """Where a visit stands; the page shows one view for each."""

    FORM = "form"
    SENT = "sent"
    APPROVE = "approve"
    DONE = "done"
    DOWN = "down"
    CHAT = "chat"  # what comes next is told in the chat
    STOPPED = "stopped"  # a person takes over


class SessionForm(_Form):
    """Whose visit: what the claim of the link gave to the page that won it."""

    session: str = Field(min_length=1, max_length=200)


class SentForm(SessionForm):
    """What was typed: in one seal for our vault, or each value in one for the vendor."""

    ticket: str = Field(min_length=1, max_length=200)
    sealed: SecretStr | None = Field(default=None, max_length=16_000)
    values: dict[str, SecretStr] | None = Field(default=None, max_length=FIELDS_AT_MOST)


@dataclass
class Visit:
    """One client on our page, in this process only: what is shown to him now."""

    link: Attempt
    session: Secret
    phase: Phase = Phase.FORM
    notice: str = ""
    """What the page says above the form, as the end of a text's key."""
    form: LoginForm | None = None
    key: SealingKey | None = None
    ticket: Secret = field(default_factory=lambda: Secret(""))
    """Good for one sending; empty while there is nothing to send."""
    wrong_codes: int = 0
    approved: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def ref(self) -> ConnectionRef:
        return self.link.ref

    @property
    def wants_code(self) -> bool:
        return self.form is not None and self.form.state is ConnectionState.OTP_REQUIRED


class OwnPage:
    """The answers to our page once its link is claimed. A visit that another process began starts anew."""

    def __init__(
        self,
        tries: SecretTries,
        links: SecureLinks,
        engine: Engine,
        aggregator: Aggregator,
        taker: SecretTaker,
        vault: Vault,
    ) -> None:
        self._tries = tries
        self._links = links
        self._engine = engine
        self._aggregator = aggregator
        self._taker = taker
        self._vault = vault
        self._visits: dict[int, Visit] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def routes(self) -> list[Route]:
        """All of them POST."""
        asked = {"/l/answer": self.on_answer, "/l/send": self.on_send, "/l/approved": self.on_approved}
        return [Route(path, on, methods=["POST"], max_body_size=LONGEST_BODY) for path, on in asked.items()]

    async def aclose(self) -> None:
        """Nobody waits any more; what was under way is settled by a reading, when its time is over."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def begin(self, claim: Claim) -> dict[str, Any] | None:
        """The form for a link that was just claimed; None where only the vendor's page can ask for what is wanted."""
        form = await self._aggregator.login_form(claim.ref)
        session = claim.return_state.reveal()
        attempt = await self._tries.look(session) if form is not None else None
        if form is None or attempt is None:
            return None
        visit = self._remember(attempt, session)
        self._ask(visit, form)
        return {**self._told(visit), "session": session}

    async def on_answer(self, request: Request) -> Response:
        """What does the bank say?"""
        form = await read(request, SessionForm)
        visit = await self._visit(form.session)
        return JSONResponse(CLOSED if visit is None else self._told(visit))

    async def on_approved(self, request: Request) -> Response:
        """He says that he approved in his bank's app."""
        form = await read(request, SessionForm)
        visit = await self._visit(form.session)
        if visit is None:
            return JSONResponse(CLOSED)
        visit.approved.set()
        return JSONResponse(self._told(visit))

    async def on_send(self, request: Request) -> Response:
        """What he typed. Whatever is not sent is asked for again, and whatever is sent is never sent twice."""
        form = await read(request, SentForm)
        visit = await self._visit(form.session)
        if visit is None:
            return JSONResponse(CLOSED)
        if visit.phase is Phase.FORM and form.ticket == visit.ticket.reveal():
            visit.ticket, ticket = Secret(""), visit.ticket
            visit.phase, visit.notice = Phase.SENT, ""  # before the first wait: a second click finds nothing to send
            await self._guarded(visit, self._send(visit, ticket, form))
        return JSONResponse(self._told(visit))

    # One try

    async def _send(self, visit: Visit, ticket: Secret, form: SentForm) -> None:
        try:
            values = self._opened(visit, form)
        except KeyGone as error:
            log.warning("what was sealed could not be opened", link=visit.link.id, reason=str(error))
            return self._ask(visit, visit.form, "fresh")
        try:
            if await self._tries.begin(form.session) is None:  # one is under way elsewhere
                visit.phase = Phase.CHAT
                return None
            said = await self._tell(visit, OnPage(Typed.SENT), f"sent:{fingerprint(ticket)}")
        except TryAgain:
            with contextlib.suppress(TryAgain):
                await self._tries.end(visit.link.id)
            return self._ask(visit, visit.form, "fresh")
        if said is Outcome.WITH_STAFF:
            values.clear()
            await self._tries.end(visit.link.id)
            return self._stop(visit)
        return self._begin(visit, self._try(visit, values))

    def _opened(self, visit: Visit, form: SentForm) -> dict[str, Secret]:
        """The fields, ready to leave. The vendor's own seals stay closed: we only look at their shape."""
        if self._taker.sealing is None:
            values = self._vault.open(visit.link.id, Secret(form.sealed.get_secret_value() if form.sealed else ""))
        else:
            values = {name: Secret(each.get_secret_value()) for name, each in (form.values or {}).items()}
            if not all(_SEALED.fullmatch(each.reveal()) for each in values.values()):
                raise KeyGone("a value is not sealed for the vendor")
        asked = visit.form.fields if visit.form else ()
        wanted = {each.name for each in asked if each.required}
        if not wanted <= values.keys() <= {each.name for each in asked}:
            raise KeyGone("what was sealed is not what was asked for")
        return values

    async def _try(self, visit: Visit, values: dict[str, Secret]) -> None:
        try:
            reading = await self._taker.submit(visit.ref, values)
        except NotTaken as error:
            log.error("a secret was not taken", link=visit.link.id, reason=str(error))
            await self._again(visit, Typed.NOT_TAKEN, "not-taken")
        else:
            await self._hear(visit, reading)
        finally:
            values.clear()

    async def _hear(self, visit: Visit, reading: Reading) -> None:
        """What the bank says to what he typed, or to what he approved."""
        match reading.state:
            case state if state in WORKING:
                await self._leave(visit, Phase.DONE)
            case ConnectionState.PASSWORD_CHANGED:
                await self._again(visit, Typed.REFUSED, "refused")
            case ConnectionState.OTP_REQUIRED:
                await self._ask_for_code(visit)
            case ConnectionState.APP_VALIDATION_PENDING:
                await self._wait_for_approval(visit, reading)
            case state if state in _DOWN:
                await self._leave(visit, Phase.DOWN)
            case _:
                await self._leave(visit, Phase.CHAT)

    async def _again(self, visit: Visit, typed: Typed, notice: str) -> None:
        """The same form once more, where the flow allows it: it counts what was refused."""
        if not visit.wants_code or typed is Typed.REFUSED:
            number = fingerprint(Secret(secrets.token_urlsafe(16)))
            if await self._tell(visit, OnPage(typed), f"{typed.value}:{number}") is Outcome.WITH_STAFF:
                await self._tries.end(visit.link.id)
                return self._stop(visit)
        form = visit.form
        with contextlib.suppress(BotError):  # it is counted already: the form that he knows does as well
            form = await self._aggregator.login_form(visit.ref) or form
        await self._tries.end(visit.link.id)
        return self._ask(visit, form, notice)

    async def _ask_for_code(self, visit: Visit) -> None:
        visit.wrong_codes += visit.wants_code
        form = await self._aggregator.login_form(visit.ref)
        if form is None or visit.wrong_codes >= CODES:
            return await self._leave(visit, Phase.CHAT)
        await self._tries.end(visit.link.id)
        return self._ask(visit, form, "code-refused" if visit.wants_code else "")

    async def _wait_for_approval(self, visit: Visit, reading: Reading) -> None:
        """Until the bank says something else: by reading, and at once when he says that he approved."""
        ends = asyncio.get_running_loop().time() + APPROVAL.total_seconds()
        while reading.state is ConnectionState.APP_VALIDATION_PENDING:
            visit.phase = Phase.APPROVE if reading.waits_for_client else Phase.SENT
            if asyncio.get_running_loop().time() > ends:
                return await self._leave(visit, Phase.CHAT)
            reading = await self._look(visit)
        return await self._hear(visit, reading)

    async def _look(self, visit: Visit) -> Reading:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await visit.approved.wait()
        except TimeoutError:
            return await self._aggregator.read(visit.ref)
        visit.approved.clear()
        reading = await self._taker.resume(visit.ref)
        visit.notice = "not-yet" if reading.state is ConnectionState.APP_VALIDATION_PENDING else ""
        return reading

    async def _leave(self, visit: Visit, phase: Phase) -> None:
        """The page has nothing more to ask: whatever it showed, the bank is read, and the chat goes on."""
        self._vault.forget(visit.link.id)
        visit.phase = phase
        await self._links.finish(visit.session.reveal())
        await self._tell(visit, LinkFilled(), "done")

    def _stop(self, visit: Visit) -> None:
        self._vault.forget(visit.link.id)
        visit.phase = Phase.STOPPED

    def _ask(self, visit: Visit, form: LoginForm | None, notice: str = "") -> None:
        """Show the fields, with a fresh key and a ticket for one sending; where there are none, he approves."""
        visit.form, visit.notice = form, notice
        if form is None or not form.fields:
            waiting = Reading(ConnectionState.APP_VALIDATION_PENDING)
            visit.phase = Phase.APPROVE
            return self._begin(visit, self._wait_for_approval(visit, waiting))
        visit.key = self._taker.sealing or self._vault.new_key(visit.link.id, visit.link.expires_at)
        visit.ticket = Secret(secrets.token_urlsafe(16))
        visit.phase = Phase.FORM
        return None

    # Visits

    async def _visit(self, session: str) -> Visit | None:
        """The visit of a link that is alive. One that this process does not know begins anew, with a fresh key."""
        attempt = await self._tries.look(session)
        if attempt is None:
            self._forget(session)
            return None
        known = self._visits.get(attempt.id)
        if known is not None:
            return known
        if attempt.under_way or attempt.done:  # by another process, or one that is gone: the flow reads the bank
            return Visit(attempt, Secret(session), phase=Phase.CHAT)
        form = await self._aggregator.login_form(attempt.ref)
        visit = self._remember(attempt, session)
        if form is None:
            await self._leave(visit, Phase.CHAT)
        else:
            self._ask(visit, form, "fresh")
        return visit

    def _remember(self, attempt: Attempt, session: str) -> Visit:
        self._forget(session)
        visit = self._visits[attempt.id] = Visit(attempt, Secret(session))
        return visit

    def _forget(self, session: str) -> None:
        """This visit is over, or begins anew; and so is each whose time has passed."""
        now: datetime = self._engine.clock.now()
        over = [
            link_id
            for link_id, visit in self._visits.items()
            if visit.link.expires_at <= now or visit.session.reveal() == session
        ]
        for link_id in over:
            self._vault.forget(link_id)
            del self._visits[link_id]

    def _told(self, visit: Visit) -> dict[str, Any]:
        told: dict[str, Any] = {"state": visit.phase.value, "notice": visit.notice}
        if visit.phase is not Phase.FORM or visit.form is None or visit.key is None:
            return told
        key = {"algorithm": visit.key.algorithm, "jwk": dict(visit.key.jwk), "each": visit.key.each_value}
        fields = [
            {
                "name": each.name,
                "kind": each.kind.value,
                "label": each.label,
                "hint": each.hint,
                "required": each.required,
                "pattern": each.pattern,
                "options": [{"value": one.value, "label": one.label} for one in each.options],
            }
            for each in visit.form.fields
        ]
        return told | {
            "link": visit.link.id,
            "ticket": visit.ticket.reveal(),
            "key": key,
            "code": visit.wants_code,
            "fields": fields,
        }

    async def _tell(self, visit: Visit, event: Event, what: str) -> Outcome:
        to = ToConversation(visit.link.conversation_id)
        return await self._engine.receive(Envelope(f"link:{visit.link.id}:{what}", to, event))

    def _begin(self, visit: Visit, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(visit, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, visit: Visit, work: Coroutine[Any, Any, None]) -> None:
        """Whatever goes wrong, what was typed is not sent again: he goes on in the chat, and the bank is read."""
        try:
            await work
        except Exception as error:  # its words and its traceback may hold what was typed
            log.error("nobody knows what the bank answered", link=visit.link.id, error=type(error).__name__)
            with contextlib.suppress(BotError):  # the database too: then the flow reads the bank at its deadline
                await self._leave(visit, Phase.CHAT)


def fingerprint(ticket: Secret) -> str:
    """What the database may know of a ticket."""
    return sha256(ticket.reveal().encode()).hexdigest()[:12]
