"""Staff's side: what they click, submit, command and write in Slack, as envelopes for the engine.

Law: nothing is acknowledged before it is committed (`process_before_response`), within Slack's three seconds; an
event that is not acknowledged Slack sends again, under the same id; a click that is not, its author sees fail and
repeats. Whoever is not of the firm is refused, politely.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.domain.errors import TryAgain
from bot.domain.radar import Incident
from bot.engine import ENDS_CASE, Envelope, Outcome, ToCase, ToConversation
from bot.incidents import Decision
from bot.ports import Case, CaseView, Texts
from flows.events import Act, StaffDid
from handlers.slack_absences import AbsenceList
from handlers.slack_gate import Doorkeeper, Gate
from handlers.slack_home import Home, listen
from handlers.slack_reply_windows import Windows, why_not

log = structlog.get_logger(__name__)

Json = Mapping[str, Any]
NOT_ON_CARDS = (
    Act.REPLIED, Act.NUDGED, Act.SENT_PAGE, Act.ASKED_PASSWORD, Act.CLOSED_PAGE, Act.REOPENED, Act.POSTPONED,
    Act.PASSED_ON, Act.SENT_FILE,
)  # fmt: skip
CASE_ACTS = {f"case-{act}": act for act in Act if act not in NOT_ON_CARDS}
DECISIONS = {f"incident-{decision}": decision for decision in Decision}
COMMIT_SECONDS = 2.2  # of Slack's three: what is not committed by then is asked for again
KNOW_SECONDS = 1.0  # a trigger lives three seconds: a window does not wait longer to know who asks for it
LONGEST_REPLY = 3000
MOST_FILES = 10
WRITTEN = (None, "file_share", "thread_broadcast")
"""The subtypes of a message that a person wrote; edits, deletions and what programs post have others."""
TO_CLIENT = re.compile(r"@client(?=[\s:,]|\Z)[^\S\n]*[:,]?\s*", re.IGNORECASE)
NEARLY = re.compile(r"\s*@client(?!\w)", re.IGNORECASE)
HINTS_KEPT = 1000


class Desk(Doorkeeper, Protocol):
    """What the handlers ask of Slack. All but `whisper` raise `TryAgain` or `Refused`."""

    async def whoami(self) -> Json: ...

    async def staff_name(self, user_id: str) -> str:
        """A colleague's first name; empty for who is not of the firm."""
        ...

    async def words(self, text: str) -> str:
        """What a colleague wrote, as a client may read it."""
        ...

    async def ask_for_reply(self, trigger_id: str, case_id: int) -> None: ...

    async def ask_for_day(self, trigger_id: str, case_id: int, tomorrow: date) -> None: ...

    def preview(self, view: CaseView, who: str, text: str, notice: str = "") -> dict[str, Any]:
        """The second window of a reply: what the client will read."""
        ...

    async def whisper(self, channel: str, user_id: str, text: str, thread: str = "") -> None: ...


class Records(Protocol):
    """Where cases are looked up."""

    async def case_view(self, case_id: int) -> CaseView | None: ...

    async def case_of_thread(self, channel: str, thread: str) -> Case | None: ...


class Board(Protocol):
    """Answers to `/resync`."""

    async def answer(self, asked: str) -> dict[str, Any]: ...

    def words(self, text: str) -> dict[str, Any]:
        """An answer of words only."""
        ...


class Incidents(Protocol):
    """Where staff decide about a bank's trouble."""

    async def decide(
        self, dedupe_id: str, incident_id: int, decision: Decision, who: str, by: str
    ) -> Incident | None:
        """None where nothing was left to decide."""
        ...


class Receiver(Protocol):
    """The engine."""

    async def receive(self, envelope: Envelope) -> Outcome: ...


class Listener(Protocol):
    """Whoever else answers to staff."""

    def listen(self, app: AsyncApp) -> None: ...


def build_bolt(
    desk: Desk,
    engine: Receiver,
    records: Records,
    board: Board,
    texts: Texts,
    incidents: Incidents,
    *,
    absences: AbsenceList | None = None,
    today: Callable[[], date] = date.today,
    home: Home | None = None,
    others: Sequence[Listener] = (),
) -> AsyncApp:
    """The Bolt app. It verifies no signature: `slack_routes` does, and Socket Mode needs none."""

    async def authorize() -> AuthorizeResult:
        # Ours instead of Bolt's, which acknowledges an event that it could not authorize, and so loses it.
        known = await desk.whoami()
        return AuthorizeResult(
            enterprise_id=known.get("enterprise_id"),
            team_id=known.get("team_id"),
            bot_user_id=known.get("user_id"),
            bot_id=known.get("bot_id"),
        )

    app = AsyncApp(
        name="resync",
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
    )
    app.use(Gate(desk, texts).check)
    for each in others:
        each.listen(app)
    staff = Staff(desk, engine, records, board, texts, incidents, today)
    staff.absences = absences
    staff.listen(app)
    if home is not None:
        listen(app, desk, home)
    # A button or an event of another version is no fault of the one who meets it.
    app.action(re.compile(".*"))(staff.on_unknown)
    app.event(re.compile(".*"))(staff.on_unknown)
    app.error(on_error)
    return app


class Staff:
    """One method for each thing that a colleague can do."""

    def __init__(
        self,
        desk: Desk,
        engine: Receiver,
        records: Records,
        board: Board,
        texts: Texts,
        incidents: Incidents,
        today: Callable[[], date],
    ) -> None:
        self.incidents = incidents
        self.desk = desk
        self.engine = engine
        self.records = records
        self.board = board
        self.texts = texts
        self.absences: AbsenceList | None = None
        self.windows = Windows(desk, records, texts, self._receive, today)
        self._hinted: OrderedDict[tuple[int, str], None] = OrderedDict()

    def listen(self, app: AsyncApp) -> None:
        """After those who answer to some of `/resync`, and before those who answer to everything else."""
        app.action(re.compile("|".join(CASE_ACTS)))(self.on_act)
        app.action("case-reply")(self.on_reply_wanted)
        app.action("client-nudge")(self.on_nudge)
        app.action("client-reopen")(self.on_reopen)
        app.action("page-close")(self.on_close_page)
        app.action(re.compile("|".join(DECISIONS)))(self.on_decision)
        app.action("case-postpone")(self.on_postpone_wanted)
        app.view("reply")(self.windows.on_reply)
        app.view("reply-send")(self.windows.on_send)
        app.view("postpone")(self.windows.on_postpone)
        app.command("/resync")(self.on_command)
        app.event("message")(self.on_message)

    async def on_act(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Je prends, Rendre au bot, Résolu, Confirmer, Pas encore, Marquer clôturé."""
        user, channel = body["user"]["id"], body["channel"]["id"]
        case_id, act = int(action["value"]), CASE_ACTS[action["action_id"]]
        who = await self._who(channel, user)
        if who:
            outcome = await self._receive(pressed(body, action), ToCase(case_id), StaffDid(act, who), user)
            await self._explain(outcome, act, who, case_id, channel, user)
        await ack()

    async def on_nudge(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Relancer, in the list."""
        user, channel = body["user"]["id"], body["channel"]["id"]
        who = await self._who(channel, user)
        if who:
            to = ToConversation(int(action["value"]))
            await self._receive(pressed(body, action), to, StaffDid(Act.NUDGED, who), user)
            await self._whisper(channel, user, "staff-nudge-noted")
        await ack()

    async def on_reopen(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Rouvrir, in the list."""
        user, channel = body["user"]["id"], body["channel"]["id"]
        who = await self._who(channel, user)
        if who:
            to = ToConversation(int(action["value"]))
            await self._receive(pressed(body, action), to, StaffDid(Act.REOPENED, who), user)
            await self._whisper(channel, user, "staff-reopened")
        await ack()

    async def on_close_page(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Fermer la page sécurisée, on a card or in the list."""
        user, channel = body["user"]["id"], body["channel"]["id"]
        who = await self._who(channel, user)
        if who:
            to = ToConversation(int(action["value"]))
            outcome = await self._receive(pressed(body, action), to, StaffDid(Act.CLOSED_PAGE, who), user)
            closed = outcome is not Outcome.NOTHING
            await self._whisper(channel, user, "staff-page-closed" if closed else "staff-no-page-open")
        await ack()

    async def on_decision(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Déclarer l'incident, Ce n'est rien, C'est revenu: on the card of a bank's trouble."""
        user, channel = body["user"]["id"], body["channel"]["id"]
        who = await self._who(channel, user)
        if who:
            decision, incident_id = DECISIONS[action["action_id"]], int(action["value"])
            async with asyncio.timeout(COMMIT_SECONDS):
                decided = await self.incidents.decide(
                    pressed(body, action), incident_id, decision, who, f"slack:{user}"
                )
            if decided is None:
                await self._whisper(channel, user, "staff-incident-decided")
        await ack()

    async def on_reply_wanted(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Répondre: the window, before anything that takes time."""
        case = await self._open_case(body, action, "staff-case-closed")
        if case is not None:
            await self.desk.ask_for_reply(body["trigger_id"], case.id)
        await ack()

    async def on_postpone_wanted(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Reporter: the window, before anything that takes time."""
        case = await self._open_case(body, action, "staff-case-already-closed")
        if case is not None:
            await self.desk.ask_for_day(body["trigger_id"], case.id, self.windows.today() + timedelta(days=1))
        await ack()

    async def _open_case(self, body: Json, action: Json, closed: str) -> Case | None:
        """The case of a button, for a colleague, while it is open; else None, and he has been told why."""
        user, channel = body["user"]["id"], body["channel"]["id"]
        case = await self._case(int(action["value"]))
        if not await self._may_ask(user):
            await self._whisper(channel, user, "staff-unknown-user")
        elif case is None or case.status in ENDS_CASE:
            await self._whisper(channel, user, closed)
        else:
            return case
        return None

    async def on_message(self, event: Json, body: Json) -> None:
        """A message in a case's thread: to the client if it begins with `@client`, else between colleagues."""
        if event.get("subtype") not in WRITTEN or "bot_id" in event or "user" not in event:
            return
        thread = event.get("thread_ts", "")
        case = await self.records.case_of_thread(event["channel"], thread) if thread else None
        if case is None:
            return
        written = event.get("text") or ""
        text = await self.desk.words(written)
        # Typed, and not the mention of somebody or of a group that is called so.
        if TO_CLIENT.match(text) and "@client" in written.partition("<")[0].lower():
            await self._reply_from_thread(case, event, body["event_id"], TO_CLIENT.sub("", text, count=1))
        else:
            await self._hint(case, event["user"], text)

    async def on_command(self, ack: AsyncAck, body: Json) -> None:
        """/resync, /resync NOM, /resync aide, /resync absent …"""
        who, asked = await self.desk.staff_name(body["user_id"]), body.get("text") or ""
        if not who:
            await ack(text=self.texts.say("staff-unknown-user"), response_type="ephemeral")
            return
        said = await self.absences.answer(asked, who, f"slack:{body['user_id']}") if self.absences else ""
        if said:
            await ack(self.board.words(said))
        else:
            await ack(await self.board.answer(asked))

    async def on_unknown(self, ack: AsyncAck) -> None:
        """Nothing to do."""
        await ack()

    async def _reply_from_thread(self, case: Case, event: Json, event_id: str, text: str) -> None:
        user, channel, thread = event["user"], event["channel"], event["thread_ts"]
        who = await self.desk.staff_name(user)
        wrong = why_not(who, case, text.strip(), most=LONGEST_REPLY, closed="staff-case-closed")
        files = [str(each["id"]) for each in event.get("files") or () if each.get("id")][:MOST_FILES]
        if wrong == "staff-reply-empty" and files:
            wrong = ""
        elif not wrong:
            await self._receive(f"slack:{event_id}", ToCase(case.id), StaffDid(Act.REPLIED, who, text.strip()), user)
        if wrong:
            await self._whisper(channel, user, wrong, thread)
            return
        for file in files:
            sent = StaffDid(Act.SENT_FILE, who, file)
            await self._receive(f"slack:{event_id}:{file}", ToCase(case.id), sent, user)

    async def _hint(self, case: Case, user: str, text: str) -> None:
        """Once a case and colleague, and whenever a later line shows that the client was meant."""
        meant = any(NEARLY.match(each) for each in text.splitlines())
        if ((case.id, user) in self._hinted and not meant) or case.status in ENDS_CASE:
            return
        self._hinted[(case.id, user)] = None
        if len(self._hinted) > HINTS_KEPT:
            self._hinted.popitem(last=False)
        await self._whisper(case.channel, user, "staff-card-internal-note", case.thread)

    async def _explain(self, outcome: Outcome, act: Act, who: str, case_id: int, channel: str, user: str) -> None:
        """A click that changed nothing is answered, to the one who clicked."""
        if outcome in (Outcome.OLD, Outcome.NOTHING):
            await self._whisper(channel, user, "staff-case-already-closed")
        elif act is Act.TOOK and outcome is Outcome.ANSWERED:
            case = await self._case(case_id)
            if case and case.taken_by not in ("", who):
                await self._whisper(channel, user, "staff-already-taken", who=case.taken_by)

    async def _case(self, case_id: int) -> Case | None:
        view = await self.records.case_view(case_id)
        return view.case if view else None

    async def _who(self, channel: str, user: str) -> str:
        """The colleague's first name; who is none is told so, and nothing else happens."""
        who = await self.desk.staff_name(user)
        if not who:
            await self._whisper(channel, user, "staff-unknown-user")
        return who

    async def _may_ask(self, user: str) -> bool:
        """In doubt the window opens: who it was is asked again when it is submitted."""
        try:
            async with asyncio.timeout(KNOW_SECONDS):
                return bool(await self.desk.staff_name(user))
        except (TryAgain, TimeoutError):
            return True

    async def _receive(self, dedupe_id: str, to: ToCase | ToConversation, event: StaffDid, user: str) -> Outcome:
        async with asyncio.timeout(COMMIT_SECONDS):
            return await self.engine.receive(Envelope(dedupe_id, to, event, by=f"slack:{user}"))

    async def _whisper(self, channel: str, user: str, key: str, thread: str = "", **facts: str) -> None:
        await self.desk.whisper(channel, user, self.texts.say(key, **facts), thread)


def pressed(body: Json, action: Json) -> str:
    """One press of a button: the same when Slack sends it twice."""
    return f"slack:{body['user']['id']}:{action['action_id']}:{action['value']}:{action['action_ts']}"


async def on_error(error: Exception) -> BoltResponse:
    """Not acknowledged, so Slack sends it again, or shows the colleague that it did not work."""
    if isinstance(error, TryAgain | TimeoutError):
        log.warning("a request of Slack's has to wait", reason=str(error) or type(error).__name__)
    else:
        log.error("a request of Slack's failed", exc_info=error)
    return BoltResponse(status=500)
