"""How fast the firm's desk is: the board of thousands of clients, and clicks in Slack: `resync bench staff`.

The board is built here, as for the home tab, from the database to the JSON that goes to Slack. The clicks are those
of colleagues on the local Slack: half take a case, half choose another filter on the board. They leave at their
moments, whether the earlier ones were answered or not; the program is a whole one, in a process of its own.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.adapters.codec import state_to_json
from bot.adapters.database import board, schema
from bot.adapters.database.engine import Database
from bot.adapters.database.home import board_page
from bot.adapters.database.tables import client_file, connection, contact, conversation, file_contact, staff_case
from bot.adapters.pace import Pace
from bot.adapters.slack import SlackDesk, open_client
from bot.adapters.slack_home import ON_A_PAGE, SlackHome
from bot.adapters.texts import Texts
from bot.app import fastest_loop
from bot.domain.board import Asked, Filter
from bot.domain.errors import OurBug
from bot.domain.ladder import LADDER
from bot.http import HttpServer
from bot.sandbox.bench import fleet
from bot.sandbox.bench.fleet import MORNING, Fleet
from bot.sandbox.slack import Slack
from bot.sandbox.telegram import Telegram
from bot.sandbox.world import APP_TOKEN, BOT_TOKEN, CHANNEL, SIGNING_SECRET, TELEGRAM_TOKEN
from flows.escalation import WithStaff
from flows.renewal import Offered, StepB
from flows.state import Quiet, State

ROUNDS = 20
"""So often each look at the board is taken."""
COLLEAGUES = 10
LATENCY = 0.05
"""Seconds that Slack takes for each call of its Web API."""
WARM_UP = 20
"""Clicks that nobody counts: the first one of each colleague lets the program ask Slack who he is."""
KINDS = (Filter.EXPIRED, Filter.SOON, Filter.WAITING, Filter.BLOCKED)
STATES = ("ok",) * 8 + ("expiring", "sca_required", "password_changed", "bank_unavailable", "deleted")
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN (ANALYZE, BUFFERS) "}
LOOKS = {
    "tout": Asked(),
    "dernière page": Asked(page=10**6),
    "chez le client": Asked(state=Filter.WAITING),
    "un comptable": Asked(accountant="Comptable 3"),
    "une banque, arrêtées": Asked(bank="Banque 7", state=Filter.EXPIRED),
}


@dataclass(frozen=True)
class Figures:
    """What was measured; times in seconds."""

    clients: int
    boards: Mapping[str, Sequence[float]]
    """By look, from the database to the JSON of the view."""
    plans: Mapping[str, Sequence[str]]
    """By what is asked of the database, its own word for how it answers."""
    rate: int
    cases: Sequence[float]
    """From a click on « Je prends » to its acknowledgement, by which it is committed."""
    filters: Sequence[float]
    """From a click on the board to its acknowledgement."""
    taken: int
    """Cases that the database says are taken: one for each click that was acknowledged."""


def measure(url: str, clients: int, rate: int, seconds: int) -> Figures:
    """On an empty database."""
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        return runner.run(_measure(url, clients, rate, seconds))


async def _measure(url: str, clients: int, rate: int, seconds: int) -> Figures:
    cases = min(clients // 2, WARM_UP + rate * seconds // 2 + 1)
    database = Database(url)
    try:
        schema.prepare(database)
        await database.write(lambda sql: fill(sql, clients, cases))
        await database.write(analyse)
        boards = {name: [await look(database, asked) for _ in range(ROUNDS)] for name, asked in LOOKS.items()}
        plans = await database.read(explained)
        async with desk(url) as slack:
            cards = await post_cards(database, slack, cases)
            clicked = await clicks(slack, cards, rate, seconds)
        taken = staff_case.c.taken_by != ""
        count = sa.select(sa.func.count()).select_from(staff_case).where(taken)
        return Figures(
            clients=clients,
            boards=boards,
            plans=plans,
            rate=rate,
            cases=clicked[0],
            filters=clicked[1],
            taken=await database.read(lambda sql: sql.execute(count).scalar_one()),
        )
    finally:
        await database.aclose()


# -- the board ------------------------------------------------------------------------------------------


async def look(database: Database, asked: Asked) -> float:
    """One look at the board, ready to be sent."""
    now = MORNING.astimezone(ZoneInfo("Europe/Paris"))
    home = SlackHome(open_client("", ""), database, TEXTS, lambda: now)
    begin = time.perf_counter()
    (await home.view(asked)).to_dict()
    return time.perf_counter() - begin


TEXTS = Texts()


def explained(sql: sa.Connection) -> Mapping[str, Sequence[str]]:
    """The plan of every statement that one look at the board is for the database."""
    sent: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    sa.event.listen(sql, "before_cursor_execute", note)
    board_page(sql, Asked(), today=MORNING.date(), reminding=LADDER.first, size=ON_A_PAGE)
    sa.event.remove(sql, "before_cursor_execute", note)
    names = ("les banques", "les nombres", "la page", "ses lignes", "les comptables")
    return {
        name: [str(line[-1]) for line in sql.exec_driver_sql(EXPLAIN[sql.dialect.name] + statement, parameters)]
        for name, (statement, parameters) in zip(names, sent, strict=True)
    }


# -- the clicks -----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def desk(url: str) -> AsyncIterator[Slack]:
    """A local Slack with its colleagues, and the program that serves it."""
    slack = Slack(bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING_SECRET, latency=LATENCY)
    telegram = Telegram(TELEGRAM_TOKEN)
    for number in range(COLLEAGUES):
        slack.user(colleague(number), f"julie{number}", f"Julie{number} Martin")
    app = Starlette(routes=[Mount("/telegram", routes=telegram.routes), Mount("/slack", routes=slack.routes)])
    server = HttpServer(app, "127.0.0.1:0")
    await server.start()
    slack.base_url = f"{server.address}/slack"
    with TemporaryDirectory(prefix="resync-bench-") as folder:
        programs = Fleet(1, fleet.settings(url, server.address, 25.0), Path(folder))
        try:
            await programs.start()
            await slack.set_request_url(f"http://{programs.members[0].listen}/slack/events")
            yield slack
        finally:
            await programs.aclose()
            await slack.aclose()
            await telegram.aclose()
            await server.aclose()


def colleague(number: int) -> str:
    return f"U0JULIE{number % COLLEAGUES}"


async def post_cards(database: Database, slack: Slack, cases: int) -> Sequence[str]:
    """The card of each case in the channel, as the program would have posted it; where each is."""
    client = open_client(BOT_TOKEN, f"{slack.base_url}/api/")
    people = SlackDesk(client, CHANNEL, TEXTS, Pace(database, "bench", 0))
    cards = []
    slack.latency = 0.0
    for case_id in range(1, cases + 1):
        view = await database.read(partial(board.case_view, case_id=case_id))
        assert view is not None, "every case has its conversation"
        channel, thread = await people.open_case(view)
        await database.write(partial(board.set_thread, case_id=case_id, channel=channel, thread=thread))
        cards.append(thread)
    slack.latency = LATENCY
    return cards


async def clicks(
    slack: Slack, cards: Sequence[str], rate: int, seconds: int
) -> tuple[Sequence[float], Sequence[float]]:
    """One after the other leaves, `rate` a second: on a card, then on the board, and so on."""
    for number in range(COLLEAGUES):
        await slack.opens_home(colleague(number))
    async with asyncio.timeout(60):
        while any(slack.home_of(colleague(number)) is None for number in range(COLLEAGUES)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    for number in range(WARM_UP):
        await take(slack, cards[number], number)
    left = cards[WARM_UP:]
    loop, begin = asyncio.get_running_loop(), asyncio.get_running_loop().time()
    taking, choosing = [], []
    for number in range(min(rate * seconds, 2 * len(left))):
        await asyncio.sleep(begin + number / rate - loop.time())
        if number % 2:
            choosing.append(asyncio.create_task(choose(slack, number)))
        else:
            taking.append(asyncio.create_task(take(slack, left[number // 2], number)))
    took = await asyncio.gather(*taking), await asyncio.gather(*choosing)
    await quiet(slack)
    return took


async def quiet(slack: Slack) -> None:
    """Let the program draw what was clicked, until it has asked Slack for nothing more for a second."""
    last: object = None
    while last is not (last := slack.calls[-1] if slack.calls else None):  # noqa: ASYNC110  # Slack tells nobody
        await asyncio.sleep(1.0)


async def take(slack: Slack, card: str, number: int) -> float:
    """« Je prends »; how long until it was acknowledged."""
    begin = time.perf_counter()
    outcome = await slack.clicks(colleague(number), CHANNEL, card, "case-took")
    if not outcome.acked:
        raise OurBug(f"a click was not acknowledged: {outcome}")
    return time.perf_counter() - begin


async def choose(slack: Slack, number: int) -> float:
    """One of the counts of the board; how long until it was acknowledged. The board follows behind it."""
    user, kind = colleague(number // 2), KINDS[number // 2 % len(KINDS)]
    view = slack.home_of(user)
    assert view is not None, "everybody has opened his home tab"
    begin = time.perf_counter()
    outcome = await slack.clicks_in_view(user, view["id"], f"board-kind-{kind}")
    if not outcome.acked:
        raise OurBug(f"a click was not acknowledged: {outcome}")
    return time.perf_counter() - begin


# -- the firm -------------------------------------------------------------------------------------------


def fill(sql: sa.Connection, clients: int, cases: int) -> None:
    """A client with one bank for each number, in all states that there are; of the first ones somebody is wanted."""
    numbers, today = range(1, clients + 1), MORNING.date()
    for table, rows in (
        (client_file, [
            {"id": each, "name": f"Restaurant {each}", "accountant": f"Comptable {each % 12}"} for each in numbers
        ]),
        (contact, [
            {"id": each, "name": f"Odette {each}", "chat_id": each if each % 7 else None, "reachable": each % 11 > 0}
            for each in numbers
        ]),
        (file_contact, [{"file_id": each, "contact_id": each} for each in numbers]),
        (connection, [
            {
                "id": each, "file_id": each, "bank": f"Banque {each % 40}", "state": STATES[each % len(STATES)],
                "synchronised": each % 9 > 0, "expires_on": today + timedelta(days=each * 7 % 210 - 30),
                "last_success_at": (MORNING - timedelta(days=each * 5 % 40)).timestamp(),
            }
            for each in numbers
        ]),
        (conversation, [
            {"id": each, "connection_id": each, "contact_id": each, "state": state_to_json(talk(each, cases)),
             "case_id": each if each <= cases else None}
            for each in numbers
        ]),
        (staff_case, [
            {"id": each, "conversation_id": each, "cause": "stuck", "opened_at": MORNING.timestamp()}
            for each in range(1, cases + 1)
        ]),
    ):  # fmt: skip
        sql.execute(sa.insert(table), rows)


def talk(number: int, cases: int) -> State:
    if number <= cases:
        return WithStaff("stuck", resume=StepB())
    return Offered() if number % 3 else Quiet()


def analyse(sql: sa.Connection) -> None:
    """PostgreSQL does this by itself some time after so many new rows; SQLite never does."""
    if sql.dialect.name == "postgresql":
        sql.exec_driver_sql("ANALYZE")
