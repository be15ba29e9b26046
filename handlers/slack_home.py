"""The firm's board in Slack's App Home, as colleagues look at it, filter it and turn its pages.

Nothing is decided here and nothing is lost, so a click is acknowledged at once, and the view follows behind it.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.board import Asked, Filter, asked
from bot.domain.errors import Refused, TryAgain

log = structlog.get_logger(__name__)

Json = Mapping[str, Any]
KIND, PAGE, CLIENT = re.compile("board-kind-.+"), re.compile("board-page-.+"), re.compile(r"client-open(-\d+)?")


class Colleagues(Protocol):
    """Who is of the firm."""

    async def staff_name(self, user_id: str) -> str: ...


class Home(Protocol):
    """What shows the board. All raise `TryAgain` or `Refused`."""

    async def show(self, user_id: str, asked: Asked) -> None: ...

    async def refuse(self, user_id: str) -> None: ...

    async def open_client(self, trigger_id: str, file_id: int) -> None: ...


def listen(app: AsyncApp, colleagues: Colleagues, home: Home) -> None:
    """Let the Bolt app hear what happens in the App Home."""
    visitors = Visitors(colleagues, home)
    app.event("app_home_opened")(ack=acknowledge, lazy=[visitors.on_opened])
    app.action(KIND)(ack=acknowledge, lazy=[visitors.on_kind])
    app.action(PAGE)(ack=acknowledge, lazy=[visitors.on_page])
    app.action("board-accountant")(ack=acknowledge, lazy=[visitors.on_accountant])
    app.action("board-bank")(ack=acknowledge, lazy=[visitors.on_bank])
    app.action(CLIENT)(ack=acknowledge, lazy=[visitors.on_client])
    app.action("board-refresh")(ack=acknowledge, lazy=[visitors.on_refresh])


async def acknowledge(ack: AsyncAck) -> None:
    """At once."""
    await ack()


class Visitors:
    """One method for each thing that one can do on the board."""

    def __init__(self, colleagues: Colleagues, home: Home) -> None:
        self.colleagues = colleagues
        self.home = home

    async def on_opened(self, event: Json) -> None:
        """Somebody looks at the tab: what he had chosen there is chosen still."""
        if event.get("tab") == "home":
            await self._show(event["user"], chosen(event.get("view")))

    async def on_kind(self, body: Json, action: Json) -> None:
        """One of the counts; « Toutes » is none."""
        kind = action["value"]
        state = Filter(kind) if kind in list(Filter) else None
        await self._show(body["user"]["id"], replace(chosen(body.get("view")), state=state, page=0))

    async def on_accountant(self, body: Json, action: Json) -> None:
        """Whose clients."""
        await self._show(body["user"]["id"], replace(chosen(body.get("view")), accountant=picked(action), page=0))

    async def on_bank(self, body: Json, action: Json) -> None:
        """Which bank."""
        await self._show(body["user"]["id"], replace(chosen(body.get("view")), bank=picked(action), page=0))

    async def on_page(self, body: Json, action: Json) -> None:
        """On, or back."""
        await self._show(body["user"]["id"], replace(chosen(body.get("view")), page=int(action["value"])))

    async def on_refresh(self, body: Json) -> None:
        """The same, as it is now."""
        await self._show(body["user"]["id"], chosen(body.get("view")))

    async def on_client(self, body: Json, action: Json) -> None:
        """Ouvrir, beside a bank: on the board, or in a list in the channel."""
        user = body["user"]["id"]
        try:
            if await self.colleagues.staff_name(user):
                await self.home.open_client(body["trigger_id"], int(action["value"]))
            else:
                await self.home.refuse(user)
        except (TryAgain, Refused) as error:
            log.warning("a client could not be shown", reason=str(error))

    async def _show(self, user: str, wanted: Asked) -> None:
        try:
            if await self.colleagues.staff_name(user):
                await self.home.show(user, wanted)
            else:
                await self.home.refuse(user)
        except (TryAgain, Refused) as error:  # whoever looks again sees it then
            log.warning("the board could not be shown", reason=str(error))


def chosen(view: Json | None) -> Asked:
    """What the view in front of somebody was made for."""
    return asked((view or {}).get("private_metadata") or "")


def picked(action: Json) -> str | None:
    """The name that was picked in a menu; None for all of them."""
    value: str = action["selected_option"]["value"]
    return value[1:] if value.startswith("=") else None
