"""A firm with its Slack and its real database, and three colleagues who act in windows and on cards."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.database import tables
from bot.adapters.database.audit import Trail
from bot.adapters.database.records import SqlRecords
from bot.adapters.pace import Pace
from bot.adapters.slack import SlackDesk, open_client
from bot.adapters.slack_board import SlackBoard
from bot.adapters.slack_home import SlackHome
from bot.adapters.slack_requests import RequestCards
from bot.adapters.slack_windows import Windows
from bot.adapters.texts import Texts
from bot.desk_acts import DeskActs
from bot.domain.secret import Secret
from bot.sandbox.slack import Slack
from bot.sandbox.slack.posting import Outcome
from bot.two_persons import TwoPersons
from handlers.slack import build_bolt
from handlers.slack_acts import SlackActs
from handlers.slack_connections import slack_routes
from handlers.slack_two_persons import SlackTwoPersons
from tests.firm import Firm, founded
from tests.slack_hands import presses

CHANNEL, SIGNING_SECRET = "C0RESYNC", "a signing secret"
TEXTS = Texts()
Json = dict[str, Any]
Serve = Callable[[ASGIApp], Awaitable[str]]
ANNA, BRUNO = "U0ANNA", "U0BRUNO"


@dataclass
class Desk:
    """A firm with its Slack, and two colleagues."""

    firm: Firm
    slack: Slack
    acts: DeskActs
    windows: Windows
    two: SlackTwoPersons
    requests: TwoPersons
    records: SqlRecords

    def window(self, user: str = ANNA) -> Json:
        shown = self.slack.view_of(user)
        assert shown is not None, "there is a window"
        return shown

    def reads(self, user: str = ANNA) -> str:
        return json.dumps(self.window(user)["blocks"], ensure_ascii=False)

    async def opens(self, conversation_id: int, user: str = ANNA) -> Json:
        """The window about a client."""
        assert (await presses(self.slack, user, "client-acts", str(conversation_id))).acked
        return self.window(user)

    async def comes(self, look: Callable[[], Json | None]) -> Json:
        """What is acknowledged first, and drawn behind it."""
        async with asyncio.timeout(20):
            while (shown := look()) is None:  # noqa: ASYNC110  # Slack tells nobody
                await asyncio.sleep(0.01)
        return shown

    async def presses(self, button: str, user: str = ANNA) -> Outcome:
        """A button of the window in front."""
        return await self.slack.clicks_in_view(user, self.window(user)["id"], button)

    async def sends(self, user: str = ANNA, **fields: str) -> Outcome:
        """The window in front, filled in."""
        values = {(field, "value"): value for field, value in fields.items()}
        return await self.slack.submits(user, self.window(user)["id"], values)

    async def follows(self) -> None:
        """What follows by itself, until nothing is under way."""
        await self.two.aclose()
        await self.requests.sweep()

    def card(self) -> Json:
        """The newest message in the channel that is no reply."""
        return [each for each in self.slack.messages() if each.get("thread_ts", each["ts"]) == each["ts"]][-1]

    def shows(self) -> str:
        return json.dumps(self.card(), ensure_ascii=False)

    async def audited(self) -> list[Json]:
        """The acts in the audit trail."""
        rows = await self.firm.rows(tables.audit)
        return [json.loads(row.entry) for row in rows]


@asynccontextmanager
async def opened(serve: Serve, database_url: str) -> AsyncIterator[Desk]:
    """Everything on loopback."""
    still = itertools.repeat(1000.0).__next__
    slack = Slack(
        bot_token="xoxb-test", app_token="xapp-test", signing_secret=SIGNING_SECRET,
        retry_delays=(0, 0, 0), monotonic=still,
    )  # fmt: skip
    slack.user(ANNA, "anna", "Anna Blanc")
    slack.user(BRUNO, "bruno", "Bruno Petit")
    slack.user("U0CARLA", "carla", "Carla Noir")
    slack.base_url = await serve(Starlette(routes=[Mount("/slack", routes=slack.routes)])) + "/slack"
    async with founded(database_url) as firm:
        Trail(Secret("a key of an audit trail, for one test"), firm.clock).keep(firm.database.writer)
        client = open_client("xoxb-test", f"{slack.base_url}api/")
        staff = SlackDesk(client, CHANNEL, TEXTS, Pace(None, "slack", 0))  # type: ignore[arg-type]  # unpaced
        calendars = FrenchCalendars("Europe/Paris")
        acts = DeskActs(firm.database, firm.store, firm.clock, calendars, lambda: "resync_bot")
        windows = Windows(client, TEXTS, "C’ moi le chef")
        desk_acts = SlackActs(staff, windows, acts, firm.engine, firm.engine.incidents, TEXTS)
        board = SlackBoard(firm.database, TEXTS, lambda: firm.clock.now().date())
        records = SqlRecords(firm.database)
        cards = RequestCards(staff, TEXTS, firm.clock, calendars)
        requests = TwoPersons(firm.database, firm.store, firm.clock, calendars, cards, lambda: "resync_bot")
        two = SlackTwoPersons(staff, windows, requests, acts, TEXTS)
        home = SlackHome(client, firm.database, TEXTS, lambda: firm.clock.now().astimezone(ZoneInfo("Europe/Paris")))
        app = build_bolt(
            staff, firm.engine, records, board, TEXTS, firm.engine.incidents, home=home, others=[desk_acts, two]
        )
        address = await serve(Starlette(routes=slack_routes(app, Secret(SIGNING_SECRET))))
        await slack.set_request_url(f"{address}/slack/events")
        yield Desk(firm, slack, acts, windows, two, requests, records)
        await windows.aclose()
        await two.aclose()
    await slack.aclose()
