"""What needs two persons, on Slack: asked for in a window, agreed to, stopped or taken on its card in the channel.

Law: that they are two is for the request to say (bot/two_persons.py); that the second one may agree, for the gate.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, Protocol

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.views import View

from bot.domain.desk import ActRefused, Person, Sheet
from bot.domain.errors import TryAgain
from bot.domain.two_persons import Kind
from bot.ports import Texts
from handlers.slack import COMMIT_SECONDS
from handlers.slack_acts import Desk, about, sent, written

Json = Mapping[str, Any]


class Requests(Protocol):
    """`bot.two_persons.TwoPersons`: each raises `ActRefused` with the key of why not, or `TryAgain`."""

    async def ask(self, dedupe_id: str, kind: Kind, contact_id: int, who: str, name: str, reason: str) -> None: ...

    async def agree(self, request_id: int, kind: Kind, who: str, name: str) -> None: ...

    async def stop(self, request_id: int, who: str, name: str) -> None: ...

    async def link(self, request_id: int, who: str) -> object: ...

    async def sweep(self) -> None: ...


class Windows(Protocol):
    """The windows. What puts one before somebody raises `TryAgain` or `Refused`."""

    async def open(self, body: Json, view: View) -> str: ...

    async def show_invitation(self, body: Json, invited: Any) -> None: ...

    def notice(self, text: str) -> View: ...

    def request(self, kind: Kind, people: Sequence[Person]) -> View: ...


class Sheets(Protocol):
    """Where a window finds whom it may be about."""

    async def sheet(self, conversation_id: int) -> Sheet | None: ...


class SlackTwoPersons:
    """One method for each window and each button of a card."""

    def __init__(
        self,
        desk: Desk,
        windows: Windows,
        requests: Requests,
        sheets: Sheets,
        texts: Texts,
    ) -> None:
        self.desk = desk
        self.windows = windows
        self.requests = requests
        self.sheets = sheets
        self.texts = texts
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, app: AsyncApp) -> None:
        """Before those who answer to everything else."""
        for kind in Kind:
            app.action(f"want-{kind}")(self.on_wanted)
            app.view(kind.value)(self.on_asked)
            app.action(f"agree-{kind}")(self.on_agreed)
        app.action("stop-request")(self.on_stopped)
        app.action("take-link")(self.on_link)

    async def aclose(self) -> None:
        """Let the cards be drawn that are being drawn."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def on_wanted(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Nouveau Telegram…, Exporter…, Effacer…: about whom, and why?"""
        kind, sheet = kind_of(action["action_id"]), await self.sheets.sheet(about(action["value"])[0])
        people = [each for each in sheet.people if each.linked or kind is not Kind.REBIND] if sheet else []
        if people:
            view = self.windows.request(kind, people)
        else:
            view = self.windows.notice(self.texts.say("staff-rebind-unlinked" if sheet else "staff-client-gone"))
        await self.windows.open(body, view)
        await ack()

    async def on_asked(self, ack: AsyncAck, body: Json, view: Json) -> None:
        """The first person asks; the card in the channel waits for the second one."""
        kind, fields, user = Kind(view["callback_id"]), written(view), body["user"]["id"]
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                name = await self.desk.staff_name(user)
                await self.requests.ask(sent(view), kind, int(fields["person"]), user, name, fields["reason"])
        except ActRefused as refused:
            await ack(response_action="errors", errors={"reason": self.texts.say(str(refused))})
        except (TryAgain, TimeoutError):
            await ack(response_action="errors", errors={"reason": self.texts.say("staff-try-again")})
        else:
            self._later(self.requests.sweep())
            await ack(response_action="update", view=self.windows.notice(self.texts.say("staff-request-asked")))

    async def on_agreed(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """D'accord: the second person."""
        user, kind = body["user"]["id"], kind_of(action["action_id"])
        name = await self.desk.staff_name(user)
        await self._do(body, self.requests.agree(int(action["value"]), kind, user, name))
        await ack()

    async def on_stopped(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Arrêter: as long as it is not done."""
        user = body["user"]["id"]
        await self._do(body, self.requests.stop(int(action["value"]), user, await self.desk.staff_name(user)))
        await ack()

    async def on_link(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """Afficher le lien: once, for one of the two."""
        invited = await self._do(body, self.requests.link(int(action["value"]), body["user"]["id"]))
        if invited is not None:
            await self.windows.show_invitation(body, invited)
        await ack()

    async def _do(self, body: Json, work: Coroutine[Any, Any, Any]) -> Any:
        """What came of it; why nothing did is told to whoever pressed."""
        try:
            async with asyncio.timeout(COMMIT_SECONDS):
                done = await work
        except ActRefused as refused:
            await self.desk.whisper(body["channel"]["id"], body["user"]["id"], self.texts.say(str(refused)))
            return None
        self._later(self.requests.sweep())
        return done

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        """The card follows at once if it can; else the next sweep brings it up to date."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def kind_of(action_id: str) -> Kind:
    """`agree-rebind` is about a rebind."""
    return Kind(action_id.partition("-")[2])
