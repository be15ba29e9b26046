"""`/resync`, as colleagues type it: the real Bolt over HTTP, on a real database of either kind."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bot.adapters.database import tables
from bot.adapters.database.engine import Database
from bot.adapters.pace import Pace
from bot.adapters.slack import SlackDesk, open_client
from bot.adapters.slack_board import SlackBoard
from bot.adapters.slack_home import SlackHome
from bot.domain.secret import Secret
from bot.sandbox.slack import Slack
from handlers.slack import build_bolt
from handlers.slack_connections import slack_routes
from tests.handlers.test_slack_home import CHANNEL, NOW, SIGNING_SECRET, TEXTS, Nobody, fill
from tests.slack_blocks import check, faults

Json = dict[str, Any]
Serve = Callable[[ASGIApp], Awaitable[str]]
BANKS = {1: "Crédit Agricole", 2: "CREDIT AGRICOLE", 3: "Crédit Mutuel", 4: "LCL", 5: "Qonto", 6: "Qonto"}


@dataclass
class Desk:
    """A colleague at his keyboard."""

    slack: Slack
    database: Database
    board: SlackBoard

    async def types(self, text: str, user: str = "U0ANNA") -> str:
        """`/resync` and a text; what he alone reads then."""
        assert not (await self.slack.commands(user, "/resync", text)).problem
        shown = self.slack.ephemerals(user)[-1]
        return json.dumps([shown["text"], shown.get("blocks")], ensure_ascii=False).replace("\u00a0", " ")


@pytest.fixture
async def desk(serve: Serve, database_url: str) -> AsyncIterator[Desk]:
    still = itertools.repeat(1000.0).__next__
    slack = Slack(bot_token="xoxb-test", app_token="xapp-test", signing_secret=SIGNING_SECRET, monotonic=still)
    slack.user("U0ANNA", "anna", "Anna Blanc")
    slack.user("U0GUEST", "gus", "Gus Lestage", is_guest=True)
    slack.base_url = await serve(Starlette(routes=[Mount("/slack", routes=slack.routes)])) + "/slack"
    database = Database(database_url)
    tables.metadata.create_all(database.writer)
    client = open_client("xoxb-test", f"{slack.base_url}api/")
    people = SlackDesk(client, CHANNEL, TEXTS, Pace(None, "slack", 0))  # type: ignore[arg-type]  # unpaced
    board, nobody = SlackBoard(database, TEXTS, lambda: NOW), Nobody()
    app = build_bolt(
        people, nobody, nobody, board, TEXTS, nobody, home=SlackHome(client, database, TEXTS, lambda: NOW)
    )
    address = await serve(Starlette(routes=slack_routes(app, Secret(SIGNING_SECRET))))
    await slack.set_request_url(f"{address}/slack/events")
    await database.write(furnish)
    yield Desk(slack, database, board)
    await database.aclose()
    await slack.aclose()


def furnish(sql: sa.Connection) -> None:
    fill(sql, 6)
    for number, bank in BANKS.items():
        sql.execute(sa.update(tables.connection).where(tables.connection.c.id == number).values(bank=bank))


@pytest.mark.parametrize("text", ["aide", "AIDE !", "?", "aide-moi"])
async def test_help(desk: Desk, text: str) -> None:
    assert "/resync banque suivi d’un nom" in await desk.types(text)


@pytest.mark.parametrize("text", ["", "tableau", " la liste "])
async def test_the_board(desk: Desk, text: str) -> None:
    shown = await desk.types(text)
    assert [bank for bank in BANKS.values() if bank not in shown] == []
    assert "client-open" not in shown


async def test_a_client_is_found_and_his_window_is_one_press_away(desk: Desk) -> None:
    assert "Ouvrir Chez 4" in await desk.types("client Chez 4")
    message = desk.slack.ephemerals("U0ANNA")[-1]
    assert (await desk.slack.clicks("U0ANNA", CHANNEL, message["ts"], "client-open-4")).acked
    async with asyncio.timeout(20):
        while (window := desk.slack.view_of("U0ANNA")) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "Chez 4" in json.dumps(window["blocks"])


@pytest.mark.parametrize(
    "text", ["banque Crédit Agricole", "la banque : credit agricole", "Banque agricole", "bq agricol"]
)
async def test_a_bank_with_all_its_clients_however_it_is_typed(desk: Desk, text: str) -> None:
    shown = await desk.types(text)
    assert "2 clients · Arrêtées : 1 · Bientôt : 1" in shown
    assert ("Chez 1" in shown, "Chez 2" in shown, "Chez 3" in shown) == (True, True, False)
    assert "22 jours sans données" in shown


async def test_a_banks_trouble_is_told(desk: Desk) -> None:
    now = NOW.timestamp()
    row = {"bank": "LCL", "folded": "lcl", "running": "lcl", "state": "declared", "opened_at": now, "failing": 3}
    row |= {"clients": 4, "habit": 0.0, "told": 0, "who": "Anna", "channel": "", "thread": ""}
    await desk.database.write(lambda sql: sql.execute(sa.insert(tables.incident).values(row)))
    assert "LCL : panne générale" in await desk.types("banque lcl")
    assert "panne" not in await desk.types("banque qonto")


async def test_several_banks_are_named(desk: Desk) -> None:
    shown = await desk.types("banque crédit")
    assert "Laquelle ? Tapez un peu plus de son nom.".replace(" ?", "\u202f?") in shown
    assert "CREDIT AGRICOLE : 2 clients" in shown  # as often typed so as otherwise
    assert "Crédit Mutuel : 1 client" in shown
    assert "LCL" not in shown
    assert "Qonto : 2 clients" in await desk.types("banques")


async def test_no_bank_of_that_name_may_be_a_client(desk: Desk) -> None:
    assert "/resync banque les montre toutes" in await desk.types("banque xyzzy")
    called = tables.client_file.c.id == 5
    await desk.database.write(
        lambda sql: sql.execute(sa.update(tables.client_file).where(called).values(name="La Banque du Fromage"))
    )
    assert "Ouvrir La Banque du Fromage" in await desk.types("banque du fromage")


async def test_a_guest_reads_no_name_of_a_client(desk: Desk) -> None:
    for text in ("", "Chez 4", "banque lcl", "aide"):
        assert "Chez" not in await desk.types(text, "U0GUEST")


async def test_slack_takes_every_answer_with_5000_clients_and_the_longest_names(desk: Desk) -> None:
    await desk.database.write(lambda sql: sql.execute(sa.delete(tables.client_file)))
    await desk.database.write(lambda sql: sql.execute(sa.delete(tables.contact)))
    await desk.database.write(lambda sql: fill(sql, 5000, long=True))
    asked = (
        "",
        "aide",
        "xyzzy",
        "É",
        "É" * 195 + "4999",
        "banque",
        "banque Ç",
        "banque xyzzy",
        "banque " + "Ç" * 95 + "7",
    )
    assert check([await desk.board.answer(each) for each in asked]) == len(asked)
    assert faults(await desk.board.answer("É" * 3000)) == []
