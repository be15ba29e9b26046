"""What staff do in windows on Slack: from the list, a case's card or a shortcut, as acts of the desk.

Law: what was written in a window is lost to nothing: what is wrong is said in it, and so is a database that is away.
Nothing is acknowledged before it is committed. Who may do it was asked at the gate.
"""

import asyncio
import re
from collections.abc import Awaitable, Coroutine, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.views import View

from bot.domain.desk import ActRefused, FormRefused, Sheet
from bot.domain.errors import TryAgain
from bot.domain.names import folded
from bot.domain.radar import Incident
from bot.engine import Envelope, Outcome, ToConversation
from bot.ports import Texts
from flows.events import Act, StaffDid
from handlers.slack import COMMIT_SECONDS, Receiver, pressed

log = structlog.get_logger(__name__)

Json = Mapping[str, Any]
ACTS = {"act-nudge": Act.NUDGED, "act-confirm": Act.CONFIRMED, "act-close": Act.CLOSED, "act-reopen": Act.REOPENED}
DONE = {
    Act.NUDGED: "staff-nudge-noted",
    Act.CONFIRMED: "staff-confirmed",
    Act.CLOSED: "staff-closed",
    Act.REOPENED: "staff-reopened",
}
SNOOZED_FOR = timedelta(days=7)
"""What the window proposes."""


class Desk(Protocol):
    """What the windows ask of Slack beside themselves."""

    async def staff_name(self, user_id: str) -> str: ...

    async def whisper(self, channel: str, user_id: str, text: str, thread: str = "") -> None: ...


class Windows(Protocol):
    """The windows, each made by a method of its own. What puts one before somebody raises `TryAgain` or `Refused`."""

    async def open(self, body: Json, view: View) -> str:
        """In front of whoever did `body`."""
        ...

    async def update(self, view_id: str, view: View) -> None:
        """Another content in the same window, if it is still there."""
        ...

    async def show_invitation(self, body: Json, invited: Any) -> None:
        """The link that was just made, and its code."""
        ...

    def notice(self, text: str) -> View: ...

    def new_file(self, banks: Sequence[str], accountant: str) -> View: ...

    def file_add(self, file_id: int, client: str, banks: Sequence[str]) -> View: ...

    def of_client(self, sheet: Sheet, said: str = "") -> View: ...

    def snooze(self, about: str, initial: date) -> View: ...

    def incident(self, bank: str, *, declared: bool, said: str = "") -> View: ...

    def traps(self, sheet: Sheet, said: str = "") -> View: ...


class Acts(Protocol):
    """`bot.desk_acts.DeskActs`: each raises `ActRefused` with the key of why not, or `TryAgain`."""

    def today(self) -> date: ...

    async def banks(self) -> list[str]: ...

    async def create_file(self, dedupe_id: str, written: Mapping[str, str], by: str) -> int:
        """Raises `FormRefused` too."""
        ...

    async def client(self, file_id: int) -> str: ...

    async def add_to_file(self, dedupe_id: str, file_id: int, written: Mapping[str, str], by: str) -> int:
        """Raises `FormRefused` too."""
        ...

    async def sheet(self, conversation_id: int) -> Sheet | None: ...

    async def invite(self, contact_id: int, by: str) -> object: ...

    async def snooze(self, dedupe_id: str, conversation_id: int, sequence: int, until: date, by: str) -> bool: ...

    async def add_trap(self, dedupe_id: str, bank: str, step: str, words: str, who: str, by: str) -> None: ...

    async def remove_trap(self, trap_id: int, by: str) -> None: ...


class Incidents(Protocol):
    """Where a bank's general trouble is declared, and ended."""

    async def declare(self, bank: str, who: str, by: str) -> Incident | None:
        """None where it is declared already."""
        ...

    async def end(self, bank: str, who: str, by: str) -> Incident | None:
        """None where there is none."""
        ...


class SlackActs:
    """One method for each button that opens a window or acts in one, and for each window."""

    def __init__(
        self,
        desk: Desk,
        windows: Windows,
        acts: Acts,
        engine: Receiver,
        incidents: Incidents,
        texts: Texts,
    ) -> None:
        self.desk = desk
        self.windows = windows
        self.acts = acts
        self.engine = engine
        self.incidents = incidents
        self.texts = texts

    def listen(self, app: AsyncApp) -> None:
        """Before those who answer to everything else."""
        app.command("/resync", matchers=[asks_for_new_file])(self.on_new_file_wanted)
        app.shortcut("file-new")(self.on_new_file_wanted)
        app.action("file-new")(self.on_new_file_wanted)
        app.view("file-new")(self.on_new_file)
        app.action("want-file-add")(self.on_addition_wanted)
        app.view("file-add")(self.on_addition)
        app.action(re.compile("^client-acts(:|$)"))(self.on_client_wanted)
        for name in ACTS:
            app.action(name)(self.on_act)
        app.action(re.compile("^act-invite:"))(self.on_invite)
        app.action("want-snooze")(self.on_snooze_wanted)
        app.view("snooze")(self.on_snooze)
        app.action("want-trap")(self.on_trap_wanted)
        app.view("trap")(self.on_trap)
        app.action(re.compile("^act-trap-remove:"))(self.on_trap_removed)
        app.action("want-incident")(self.on_incident_wanted)
        app.view("bank-declare")(self.on_incident)
        app.view("bank-end")(self.on_incident)

    # -- a new client file ------------------------------------------------------------------------------

    async def on_new_file_wanted(self, ack: AsyncAck, body: Json) -> None:
        """Nouveau dossier: `/resync nouveau`, the button under the list, or the shortcut."""
        user = body.get("user_id") or body["user"]["id"]
        view = self.windows.new_file(await self.acts.banks(), await self.desk.staff_name(user))
        await self.windows.open(body, view)
        await ack()

    async def on_new_file(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """The window is sent: the file is there, or each field says what is wrong with it."""
        work = self.acts.create_file(sent(view), in_form(view), by_of(body))
        await self._written(ack, work, "client", "staff-file-created")

    async def on_addition_wanted(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Compléter…: beside a client."""
        file_id = int(action["value"])
        client = await self.acts.client(file_id)
        if client:
            view = self.windows.file_add(file_id, client, await self.acts.banks())
        else:
            view = self.windows.notice(self._say("staff-client-gone"))
        await self.windows.open(body, view)
        await ack()

    async def on_addition(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """A bank or a contact more, or each field says what is wrong with it."""
        work = self.acts.add_to_file(sent(view), int(view["private_metadata"]), in_form(view), by_of(body))
        await self._written(ack, work, "bank", "staff-file-completed")

    # -- one bank of a client ---------------------------------------------------------------------------

    async def on_client_wanted(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Actes…: on a card, or beside a client."""
        sheet = await self.acts.sheet(int(action["value"]))
        view = self.windows.notice(self._say("staff-client-gone")) if sheet is None else self.windows.of_client(sheet)
        await self.windows.open(body, view)
        await ack()

    async def on_act(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Relancer, Confirmer, Marquer clôturé, Rouvrir: only while the client is where the window says."""
        act, (conversation_id, sequence) = ACTS[action["action_id"]], about(action["value"])
        who = await self.desk.staff_name(body["user"]["id"])
        to, event = ToConversation(conversation_id, sequence), StaffDid(act, who)
        async with asyncio.timeout(COMMIT_SECONDS):
            outcome = await self.engine.receive(Envelope(pressed(body, action), to, event, by=by_of(body)))
        await self._show(body, conversation_id, self._say(outcome_of(outcome, act)))
        await ack()

    async def on_invite(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Inviter: the link at once, its code as soon as Slack has it."""
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                invited = await self.acts.invite(int(action["value"]), by_of(body))
        except ActRefused as refused:
            await self.windows.open(body, self.windows.notice(self._say(str(refused))))
        else:
            await self.windows.show_invitation(body, invited)
        await ack()

    async def on_snooze_wanted(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Reporter…"""
        initial = self.acts.today() + SNOOZED_FOR
        await self.windows.open(body, self.windows.snooze(action["value"], initial))
        await ack()

    async def on_snooze(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """Until when is known."""
        (conversation_id, sequence), until = (
            about(view["private_metadata"]),
            date.fromisoformat(written(view)["until"]),
        )
        work = self.acts.snooze(sent(view), conversation_id, sequence, until, by_of(body))
        lapses = await self._in_window(ack, "until", work)
        if lapses is not None:
            said = "staff-snoozed-lapses" if lapses else "staff-snoozed"
            await ack(
                response_action="update", view=self.windows.notice(self._say(said, until=self.texts.day(until)))
            )

    # -- its bank, for all clients ----------------------------------------------------------------------

    async def on_incident_wanted(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Panne générale…"""
        sheet = await self.acts.sheet(about(action["value"])[0])
        if sheet is None:
            view = self.windows.notice(self._say("staff-client-gone"))
        else:
            view = self.windows.incident(sheet.bank, declared=sheet.outage)
        await self.windows.open(body, view)
        await ack()

    async def on_incident(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """Déclarer l'incident, or C'est revenu: the card in the channel goes on from here."""
        bank, ends, who = view["private_metadata"], view["callback_id"] == "bank-end", body["user"]["id"]
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                decide = self.incidents.end if ends else self.incidents.declare
                decided = await decide(bank, await self.desk.staff_name(who), by_of(body))
        except (TryAgain, TimeoutError):
            again = self.windows.incident(bank, declared=ends, said=self._say("staff-try-again"))
            await ack(response_action="update", view=again)
            return
        done = "staff-outage-ended" if ends else "staff-outage-declared"
        said = self._say("staff-incident-decided" if decided is None else done, bank=bank)
        await ack(response_action="update", view=self.windows.notice(said))

    async def on_trap_wanted(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Pièges de la banque…"""
        sheet = await self.acts.sheet(about(action["value"])[0])
        view = self.windows.notice(self._say("staff-client-gone")) if sheet is None else self.windows.traps(sheet)
        await self.windows.open(body, view)
        await ack()

    async def on_trap(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """One more is known of the bank."""
        fields, who = written(view), await self.desk.staff_name(body["user"]["id"])
        sheet = await self.acts.sheet(about(view["private_metadata"])[0])
        if sheet is None:
            await ack(response_action="errors", errors={"words": self._say("staff-client-gone")})
            return
        added = self.acts.add_trap(sent(view), sheet.bank, fields["step"], fields["words"], who, by_of(body))
        if await self._in_window(ack, "words", succeeds(added)):
            await ack(
                response_action="update", view=self.windows.notice(self._say("staff-trap-added", bank=sheet.bank))
            )

    async def on_trap_removed(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Retirer, beside a trap."""
        conversation_id, trap_id = about(action["value"])
        async with asyncio.timeout(COMMIT_SECONDS):
            await self.acts.remove_trap(trap_id, by_of(body))
        sheet = await self.acts.sheet(conversation_id)
        if sheet is not None:
            await self.windows.update(body["view"]["id"], self.windows.traps(sheet, self._say("staff-trap-removed")))
        await ack()

    # -- what they share --------------------------------------------------------------------------------

    async def _written(self, ack: AsyncAck, work: Coroutine[Any, Any, int], field: str, said: str) -> None:
        """The window of what was stored; or what is wrong, beside each field, and the rest under `field`."""
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                sheet = await self.acts.sheet(await work)
        except FormRefused as refused:
            await ack(response_action="errors", errors=refused.faults)
        except (TryAgain, TimeoutError):
            await ack(response_action="errors", errors={field: self._say("staff-try-again")})
        else:
            shown = self.windows.notice(self._say("staff-client-gone"))
            if sheet is not None:
                shown = self.windows.of_client(sheet, self._say(said))
            await ack(response_action="update", view=shown)

    async def _in_window(self, ack: AsyncAck, field: str, work: Coroutine[Any, Any, Any]) -> Any:
        """What came of it; None where it is said under that field why nothing did."""
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                return await work
        except ActRefused as refused:
            wrong = str(refused)
        except (TryAgain, TimeoutError):
            wrong = "staff-try-again"
        await ack(response_action="errors", errors={field: self._say(wrong)})
        return None

    async def _show(self, body: Json, conversation_id: int, said: str) -> None:
        """The window as things stand now."""
        sheet = await self.acts.sheet(conversation_id)
        await self.windows.update(
            body["view"]["id"], self.windows.notice(said) if sheet is None else self.windows.of_client(sheet, said)
        )

    def _say(self, key: str, **facts: str) -> str:
        return self.texts.say(key, **facts)


async def succeeds(work: Awaitable[None]) -> bool:
    """True once it is done."""
    await work
    return True


async def asks_for_new_file(body: Json) -> bool:
    """« /resync nouveau », however it is typed."""
    return folded(body.get("text") or "") in NEW_FILE


NEW_FILE = {"nouveau", "nouveau dossier", "nouveau client", "nouvelle", "creer", "creer un dossier", "new"}


def in_form(view: Json) -> dict[str, str]:
    """The fields about a client file; a bank that was typed counts more than one that was chosen."""
    fields = written(view)
    other = fields.pop("other_bank", "")
    return fields | ({"bank": other} if other.strip() else {})


def about(value: str) -> tuple[int, int]:
    """The conversation of a window, and the step at which it was."""
    conversation_id, _, sequence = value.partition(":")
    return int(conversation_id), int(sequence)


def sent(view: Json) -> str:
    """One sending of a window: the same when it is sent twice."""
    return f"slack:view:{view['id']}:{view['hash']}"


def by_of(body: Json) -> str:
    """Who acts, for the audit trail."""
    return f"slack:{body['user']['id']}"


def outcome_of(outcome: Outcome, act: Act) -> str:
    """What came of an act, as the key of a text."""
    if outcome in (Outcome.NOTHING, Outcome.OLD):
        return "staff-act-too-late"
    unmoved = outcome is Outcome.ANSWERED and act is not Act.NUDGED
    return "staff-act-nothing" if unmoved else DONE[act]


def written(view: Mapping[str, Any]) -> dict[str, str]:
    """What a window was sent with, by field; what was left empty is an empty string."""
    return {field: value_of(next(iter(each.values()))) for field, each in view["state"]["values"].items()}


def value_of(state: Mapping[str, Any]) -> str:
    option = state.get("selected_option")
    found = option["value"] if option else state.get("value") or state.get("selected_date")
    return str(found or "")
