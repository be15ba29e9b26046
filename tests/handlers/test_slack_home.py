"""The firm's board in the App Home: the real Bolt, over real connections, on a real database of either kind."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from bot.adapters.codec import state_to_json
from bot.adapters.database import tables
from bot.adapters.database.engine import Database
from bot.adapters.pace import Pace
from bot.adapters.slack import SlackDesk
from bot.adapters.slack import open_client as open_client_of_slack
from bot.adapters.slack_home import SlackHome
from bot.adapters.texts import Texts
from bot.domain.board import Asked, Filter
from bot.domain.errors import TryAgain
from bot.domain.secret import Secret
from bot.engine import Envelope, Outcome
from bot.incidents import Decision
from bot.ports import Case, CaseView
from bot.sandbox.slack import Slack
from flows.renewal import Offered
from handlers.slack import build_bolt
from handlers.slack_connections import SocketMode, slack_routes
from tests.slack_blocks import faults

CHANNEL, SIGNING_SECRET = "C0RESYNC", "a signing secret"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
TODAY = NOW.date()
TEXTS = Texts()
Json = dict[str, Any]
Serve = Callable[[ASGIApp], Awaitable[str]]


class Nobody:
    """What the board asks of nobody."""

    async def receive(self, _envelope: Envelope) -> Outcome:
        raise AssertionError("the board decides nothing")

    async def case_view(self, _case_id: int) -> CaseView | None:
        return None

    async def case_of_thread(self, _channel: str, _thread: str) -> Case | None:
        return None

    async def answer(self, _asked: str) -> Json:
        return {}

    async def decide(self, _dedupe: str, _incident: int, _decision: Decision, _who: str, _by: str) -> None:
        return None


@dataclass
class Firm:
    """A firm with its Slack and its board."""

    slack: Slack
    home: SlackHome
    database: Database

    async def opens(self, user: str = "U0ANNA") -> Json:
        """A colleague looks at his App Home; what stands there then."""
        before = self.slack.home_of(user)
        assert (await self.slack.opens_home(user)).acked
        return await self.shown_after(user, before)

    async def clicks(self, action: str, value: str | None = None, user: str = "U0ANNA") -> Json:
        """Press or pick something in it."""
        before = self.slack.home_of(user)
        assert before is not None
        assert (await self.slack.clicks_in_view(user, before["id"], action, value=value)).acked
        return await self.shown_after(user, before)

    async def shown_after(self, user: str, before: Json | None) -> Json:
        """It is acknowledged first, and drawn behind it."""
        async with asyncio.timeout(20):
            while (view := self.slack.home_of(user)) is None or view["hash"] == (before or {}).get("hash"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return view


@pytest.fixture
async def slack(serve: Serve) -> AsyncIterator[Slack]:
    still = itertools.repeat(1000.0).__next__
    slack = Slack(bot_token="xoxb-test", app_token="xapp-test", signing_secret=SIGNING_SECRET, monotonic=still)
    slack.user("U0ANNA", "anna", "Anna Blanc")
    slack.user("U0BRUNO", "bruno", "Bruno Petit")
    slack.user("U0GUEST", "gus", "Gus Lestage", is_guest=True)
    slack.base_url = await serve(Starlette(routes=[Mount("/slack", routes=slack.routes)])) + "/slack"
    yield slack
    await slack.aclose()


@pytest.fixture(params=["http", "socket"])
async def firm(
    request: pytest.FixtureRequest, slack: Slack, serve: Serve, sqlite_database: str
) -> AsyncIterator[Firm]:
    """Once over HTTP, once in Socket Mode."""
    database = Database(sqlite_database)
    tables.metadata.create_all(database.writer)
    client = open_client_of_slack("xoxb-test", f"{slack.base_url}api/")
    desk = SlackDesk(client, CHANNEL, TEXTS, Pace(None, "slack", 0))  # type: ignore[arg-type]  # unpaced
    home = SlackHome(client, database, TEXTS, lambda: NOW)
    nobody = Nobody()
    app = build_bolt(desk, nobody, nobody, nobody, TEXTS, nobody, home=home)
    socket = SocketMode(app, client, "xapp-test")
    if request.param == "http":
        address = await serve(Starlette(routes=slack_routes(app, Secret(SIGNING_SECRET))))
        await slack.set_request_url(f"{address}/slack/events")
    else:
        opened = asyncio.create_task(slack.socket_opens())
        await asyncio.sleep(0)  # so that the task waits before the app connects
        await socket.start()
        await opened
    yield Firm(slack, home, database)
    await socket.aclose()
    await database.aclose()


def fill(sql: sa.Connection, clients: int, *, long: bool = False) -> None:
    """Every third bank has stopped, every third is to renew, and each of three accountants has as many clients."""
    numbers = range(1, clients + 1)
    name, bank, who = ("É" * 195, "Ç" * 95, "Œ" * 95) if long else ("Chez ", "Banque ", "Dominique ")
    for table, rows in (
        (tables.client_file, [
            {"id": each, "name": f"{name}{each}", "accountant": f"{who}{each % (150 if long else 3)}"}
            for each in numbers
        ]),
        (tables.contact, [{"id": each, "name": f"Odette {each}", "chat_id": each} for each in numbers]),
        (tables.connection, [
            {
                "id": each, "file_id": each, "bank": f"{bank}{each % (200 if long else 2)}", "synchronised": True,
                "state": ("ok", "expiring", "sca_required")[each % 3],
                "expires_on": TODAY + timedelta(days=each % 13),
                "last_success_at": datetime(2026, 11, 1, tzinfo=UTC).timestamp() + each,
            }
            for each in numbers
        ]),
        (tables.conversation, [
            {"id": each, "connection_id": each, "contact_id": each, "state": state_to_json(Offered())}
            for each in numbers
        ]),
    ):  # fmt: skip
        sql.execute(sa.insert(table), rows)


def elements(view: Json) -> dict[str, Json]:
    """What can be pressed or picked, by its action; of several of one kind, the first."""
    found: dict[str, Json] = {}
    for block in view["blocks"]:
        held = block.get("elements", []) if block["type"] == "actions" else [block.get("accessory")]
        for each in held:
            if each:
                found.setdefault(each["action_id"], each)
    return found


def banks(view: Json) -> list[str]:
    """The first line of each bank that is shown."""
    return [each["text"]["text"].splitlines()[0] for each in view["blocks"] if "accessory" in each]


def words(view: Json) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


async def test_who_opens_the_tab_sees_the_firms_banks(firm: Firm) -> None:
    await firm.database.write(lambda sql: fill(sql, 45))
    view = await firm.opens()
    assert "23 novembre 2026\N{NO-BREAK SPACE}: 45 banques." in words(view)
    labels = [each["text"]["text"].replace("\N{NO-BREAK SPACE}", " ") for each in view["blocks"][2]["elements"]]
    assert labels == ["Toutes : 45", "Arrêtées : 15", "Bientôt : 30", "Chez le client : 45"]
    first = view["blocks"][6]["text"]["text"].splitlines()
    assert first == [
        "Chez 2 – Banque 0 (Dominique 2)",
        "22 jours sans données\N{NO-BREAK SPACE}: accord du client à renouveler · "
        "Échéance\N{NO-BREAK SPACE}: 25 novembre 2026 (estimé)",
        "→ Le client renouvelle",
    ]
    assert len(banks(view)) == 20
    assert "Page 1 sur 3" in words(view)


async def test_a_firm_without_clients_sees_an_empty_board(firm: Firm) -> None:
    assert "Aucune banque" in words(await firm.opens())


async def test_pages_are_turned_and_a_filter_begins_anew(firm: Firm) -> None:
    await firm.database.write(lambda sql: fill(sql, 45))
    first = banks(await firm.opens())
    second = await firm.clicks("board-page-on")
    third = await firm.clicks("board-page-on")
    assert {"board-page-back"} == {each for each in elements(third) if each.startswith("board-page")}
    assert len({*first, *banks(second), *banks(third)}) == 45
    assert banks(await firm.clicks("board-page-back")) == banks(second)
    soon = await firm.clicks("board-kind-soon")
    assert "Page 1 sur 2" in words(soon)
    assert elements(soon)["board-kind-soon"]["style"] == "primary"
    assert "style" not in elements(soon)["board-kind-all"]
    assert banks(await firm.clicks("board-kind-all")) == first


async def test_filters_add_up_and_stay_when_the_tab_is_opened_again(firm: Firm) -> None:
    await firm.database.write(lambda sql: fill(sql, 45))
    await firm.opens()
    await firm.clicks("board-accountant", "=Dominique 1")
    await firm.clicks("board-kind-soon")
    view = await firm.clicks("board-bank", "=Banque 1")
    assert banks(view) == [each for each in banks(view) if "Banque 1 (Dominique 1)" in each]
    assert 0 < len(banks(view)) < 15
    picked = elements(view)["board-accountant"]["initial_option"]["text"]["text"]
    assert picked == "Dominique 1"
    assert banks(await firm.opens()) == banks(view)
    everybody = await firm.clicks("board-accountant", "*")
    assert len(banks(everybody)) > len(banks(view))


async def test_each_colleague_has_his_own_filters(firm: Firm) -> None:
    await firm.database.write(lambda sql: fill(sql, 45))
    await firm.opens()
    await firm.opens("U0BRUNO")
    await firm.clicks("board-kind-expired")
    assert len(banks(await firm.clicks("board-refresh", user="U0BRUNO"))) == 20
    assert len(banks(await firm.clicks("board-refresh"))) == 15


async def test_what_changed_meanwhile_is_seen_after_a_press(firm: Firm) -> None:
    await firm.database.write(lambda sql: fill(sql, 3))
    assert "Arrêtées" in words(await firm.opens())
    await firm.database.write(lambda sql: sql.execute(sa.update(tables.connection).values(state="ok")))
    assert "Arrêtées" not in words(await firm.clicks("board-refresh"))


async def test_a_guest_sees_no_name_of_a_client(firm: Firm) -> None:
    await firm.database.write(lambda sql: fill(sql, 3))
    view = await firm.opens("U0GUEST")
    assert "réservé aux personnes du cabinet" in words(view)
    assert "Chez" not in words(view)


async def test_a_slack_that_does_not_answer_costs_nothing_but_the_look(firm: Firm) -> None:
    shown = firm.home.show

    async def away(_user: str, _asked: Asked) -> None:
        raise TryAgain("Slack does not answer")

    view = await firm.opens()
    firm.home.show = away  # type: ignore[method-assign]
    assert (await firm.slack.clicks_in_view("U0ANNA", view["id"], "board-kind-all")).acked
    firm.home.show = shown  # type: ignore[method-assign]
    assert "Aucune banque" in words(await firm.clicks("board-refresh"))


# -- the window of one client --------------------------------------------------------------------------


def a_life(sql: sa.Connection, *, much: int = 1, long: bool = False) -> None:
    """One client with two contacts and one bank, and what happened to them, `much` times."""
    name, bank = ("É" * 200, "Ç" * 100) if long else ("Chez Odette", "Crédit Rural")
    at = datetime(2026, 11, 20, 9, tzinfo=UTC).timestamp()
    add = lambda table, **row: sql.execute(sa.insert(table).values(**row))  # noqa: E731
    add(tables.client_file, id=1, name=name, siren="552100554", accountant="Dominique", closing_day="lundi",
        away_until=date(2026, 12, 5))  # fmt: skip
    for number in range(1, 2 * much + 1):
        who = "Œ" * 200 if long else ("Odette Martin", "Luc Martin")[number % 2 - 1]
        linked = number if number % 2 else None
        add(
            tables.contact,
            id=number,
            name=who,
            phone="06 00 00 00 01",
            email="e" * (254 if long else 3),
            chat_id=linked,
        )
        add(tables.file_contact, file_id=1, contact_id=number, rank=number, role="r" * 60 if long else "gérante")
        add(tables.invitation, contact_id=number, token_hash=str(number), expires_at=at + 9e6,
            claimed_at=at if linked else None, claimed_by=linked)  # fmt: skip
    for number in range(1, much + 1):
        add(tables.connection, id=number, file_id=1, bank=f"{bank[:-3]}{number:03}" if long else bank,
            synchronised=True, state="sca_required", last_success_at=at, expires_on=date(2026, 11, 21))  # fmt: skip
        add(tables.conversation, id=number, connection_id=number, contact_id=1, state=state_to_json(Offered()))
        add(tables.staff_case, conversation_id=number, cause="password-refused", opened_at=at, status="resolved",
            taken_by="W" * 100 if long else "Julie", closed=True)  # fmt: skip
        add(tables.mail, job_id=str(number), contact_id=1, conversation_id=number, begun_at=at + 60, outcome="sent")
        add(tables.consent, connection_id=number, began_on=date(2026, 5, 25), proven=True,
            ended_on=date(2026, 11, 21), lapsed=True)  # fmt: skip
        add(tables.nudge, job_id=str(number), conversation_id=number, contact_id=1, at=at - 9e4, fate="sent",
            answered_at=at - 8e4)  # fmt: skip
        add(tables.promise, conversation_id=number, contact_id=1, sequence=1, made_at=at - 8e4, until=at - 4e4,
            away=False)  # fmt: skip


async def open_client(firm: Firm, user: str = "U0ANNA") -> Json:
    """« Ouvrir », and the window that comes."""
    view = await firm.opens(user)
    assert (await firm.slack.clicks_in_view(user, view["id"], "client-open")).acked
    async with asyncio.timeout(20):
        while (window := firm.slack.view_of(user)) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return window


async def test_a_client_is_opened_with_all_that_is_known_of_him(firm: Firm) -> None:
    await firm.database.write(a_life)
    window = await open_client(firm)
    shown = words(window).replace("\N{NO-BREAK SPACE}", " ")
    for known in (
        "Chez Odette",
        "SIREN 552100554 · Suivi par Dominique · Fermé le lundi · Absent jusqu’au 5 décembre 2026",
        "Odette Martin (gérante)",
        "06 00 00 00 01, eee, relié à Telegram",
        "invité, pas encore relié à Telegram (invitation valable jusqu’au 4 mars 2027)",
        "2 jours sans données : accord du client à renouveler · Échéance : 21 novembre 2026 (estimé)",
        "Dernières données : 20 novembre 2026",
        "→ Le client renouvelle",
        "Odette Martin, Crédit Rural : a répondu jeudi 19 novembre à 11 h 46",
        "Odette Martin a dit pour Crédit Rural : jeudi 19 novembre à 22 h 53 (passée sans renouvellement)",
        "Demande pour Crédit Rural : mot de passe refusé plusieurs fois",
        "Résolu par Julie",
        "E-mail pour Crédit Rural : envoyé",
        "Crédit Rural : accord arrivé à son terme",
        "25 mai 2026",
        "Odette Martin a ouvert son invitation",
    ):
        assert known in shown, known
    assert window["private_metadata"] == "1"


async def test_a_client_of_whom_little_is_known_is_opened_too(firm: Firm) -> None:
    await firm.database.write(lambda sql: fill(sql, 1))
    shown = words(await open_client(firm))
    assert shown.count("Rien pour le moment") == 4  # he has no contact in his file, and no history


async def test_a_client_who_is_gone_is_told_so(firm: Firm) -> None:
    await firm.database.write(lambda sql: fill(sql, 1))
    view = await firm.opens()
    await firm.database.write(lambda sql: sql.execute(sa.delete(tables.client_file)))
    await firm.slack.clicks_in_view("U0ANNA", view["id"], "client-open")
    async with asyncio.timeout(20):
        while (window := firm.slack.view_of("U0ANNA")) is None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert "n’existe plus" in words(window)


async def test_slack_takes_the_window_of_a_client_with_the_longest_names_and_the_longest_history(
    database_url: str,
) -> None:
    database = Database(database_url)
    tables.metadata.create_all(database.writer)
    home = SlackHome(open_client_of_slack("", ""), database, TEXTS, lambda: NOW)
    await database.write(lambda sql: a_life(sql, much=40, long=True))
    window = (await home.client_view(1)).to_dict()
    assert faults(window) == []
    assert faults((await home.client_view(404)).to_dict()) == []
    await database.aclose()


# -- what Slack takes ----------------------------------------------------------------------------------

LOOKS = (
    Asked(),
    Asked(page=249),
    Asked(accountant="Œ" * 95 + "7", bank="Ç" * 95 + "7"),
    Asked(accountant="Œ" * 100, bank="Ç" * 100, state=Filter.STALE),
    *(Asked(state=kind) for kind in Filter),
)


async def test_slack_takes_the_board_of_5000_clients_with_the_longest_names(database_url: str) -> None:
    database = Database(database_url)
    tables.metadata.create_all(database.writer)
    home = SlackHome(open_client_of_slack("", ""), database, TEXTS, lambda: NOW)
    await database.write(lambda sql: fill(sql, 5000, long=True))
    for wanted in LOOKS:
        view = (await home.view(wanted)).to_dict()
        assert faults(view) == [], wanted
        assert len(elements(view)["board-bank"]["options"]) <= 100
    assert "Page 250 sur 250" in words((await home.view(Asked(page=249))).to_dict())
    await database.aclose()
