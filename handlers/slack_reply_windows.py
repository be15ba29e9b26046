"""The windows of a case: the reply with its preview, and « Reporter ». What is wrong is said in them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any, Protocol

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.errors import TryAgain
from bot.engine import ENDS_CASE, Outcome, ToCase
from bot.ports import Case, CaseView, Texts
from flows.events import Act, StaffDid

Json = Mapping[str, Any]
Receive = Callable[[str, ToCase, StaffDid, str], Awaitable[Outcome]]
LONGEST_WRITTEN = 2900
"""Characters of a reply written in the window: the preview has to carry it, in 3,000."""
LONGEST_REST = timedelta(days=60)


class Desk(Protocol):
    """What the windows ask of Slack. All raise `TryAgain` or `Refused`."""

    async def staff_name(self, user_id: str) -> str: ...

    def preview(self, view: CaseView, who: str, text: str, notice: str = "") -> dict[str, Any]:
        """The second window of a reply: what the client will read. With a `notice` it says what is wrong."""
        ...


class Records(Protocol):
    """Where cases are looked up."""

    async def case_view(self, case_id: int) -> CaseView | None: ...


class Windows:
    """One method for each window that is submitted. `today` is the firm's own day."""

    def __init__(
        self, desk: Desk, records: Records, texts: Texts, receive: Receive, today: Callable[[], date]
    ) -> None:
        self.desk = desk
        self.records = records
        self.texts = texts
        self.receive = receive
        self.today = today

    async def on_reply(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """« Aperçu »: nothing leaves before it was seen as the client will see it."""
        case_id, text = int(view["private_metadata"]), typed(view)
        try:
            who = await self.desk.staff_name(body["user"]["id"])
            shown = await self.records.case_view(case_id)
        except (TryAgain, TimeoutError):
            await ack(response_action="errors", errors={"reply": self.texts.say("staff-try-again")})
            return
        case = shown.case if shown else None
        wrong = why_not(who, case, text, most=LONGEST_WRITTEN, closed="staff-reply-too-late")
        if wrong or shown is None:
            await ack(response_action="errors", errors={"reply": self.texts.say(wrong)})
        else:
            await ack(response_action="push", view=self.desk.preview(shown, who, text))

    async def on_send(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """« Envoyer », below the preview."""
        number, _, text = view["private_metadata"].partition("\n")
        user, case_id = body["user"]["id"], int(number)
        shown, who, wrong = None, "", "staff-try-again"
        try:
            who = await self.desk.staff_name(user)
            shown = await self.records.case_view(case_id)
            case = shown.case if shown else None
            wrong = why_not(who, case, text, most=LONGEST_WRITTEN, closed="staff-reply-too-late")
            if not wrong:
                # One preview is one reply, however often it is submitted.
                await self.receive(
                    f"slack:view:{view['id']}", ToCase(case_id), StaffDid(Act.REPLIED, who, text), user
                )
        except (TryAgain, TimeoutError):
            wrong = "staff-try-again"
        if not wrong:
            await ack(response_action="clear")
        elif shown is not None:
            again = self.desk.preview(shown, who, text, self.texts.say(wrong))
            await ack(response_action="update", view=again)
        else:
            await ack(response_action="clear")

    async def on_postpone(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """« Reporter »: the case rests until a day."""
        user, case_id = body["user"]["id"], int(view["private_metadata"])
        chosen = view["state"]["values"]["day"]["day"].get("selected_date") or ""
        wrong = self._wrong_day(chosen)
        try:
            who = await self.desk.staff_name(user)
            shown = await self.records.case_view(case_id)
            closed = shown is None or shown.case.status in ENDS_CASE
            wrong = wrong or ("" if who else "staff-unknown-user") or ("staff-case-already-closed" if closed else "")
            if not wrong:
                dedupe_id = f"slack:view:{view['id']}:{view['hash']}"
                await self.receive(dedupe_id, ToCase(case_id), StaffDid(Act.POSTPONED, who, chosen), user)
        except (TryAgain, TimeoutError):
            wrong = "staff-try-again"
        if wrong:
            await ack(response_action="errors", errors={"day": self.texts.say(wrong)})
        else:
            await ack()

    def _wrong_day(self, chosen: str) -> str:
        try:
            day = date.fromisoformat(chosen)
        except ValueError:
            return "staff-postpone-which-day"
        ahead = day - self.today()
        return "" if timedelta(0) < ahead <= LONGEST_REST else "staff-postpone-which-day"


def typed(view: Json) -> str:
    """What stands in the window."""
    return (view["state"]["values"]["reply"]["text"].get("value") or "").strip()


def why_not(who: str, case: Case | None, text: str, *, most: int, closed: str) -> str:
    """The key of what keeps a reply from being sent; empty where nothing does."""
    if not who:
        return "staff-unknown-user"
    if case is None or case.status in ENDS_CASE:
        return closed
    if not text:
        return "staff-reply-empty"
    return "staff-reply-too-long" if len(text) > most else ""
