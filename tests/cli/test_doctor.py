"""The doctor, before the sandbox's Telegram and Slack: what is well, and for each fault how to mend it."""

import time
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount

from bot import cli, doctor
from bot.app import webhook_address
from bot.domain.errors import BadInput
from bot.http import HttpServer
from bot.ports import Capabilities, Diagnosis
from bot.sandbox.bank import Bank
from bot.sandbox.slack import Slack
from bot.sandbox.telegram import Telegram
from bot.settings import Settings
from tests.contracts.vendors import VENDORS, LocalVendor, dated
from tests.mailbox import mail_server

SENDERS = ["bridge", "plaid", "powens"]
SEEING = [*SENDERS, "enablebanking"]
PUBLIC = "https://resync.cabinet.fr"
TELEGRAM, BOT, APP = "123456:a-token-that-opens-nothing-but-this-test", "xoxb-test", "xapp-test"


@pytest.fixture
async def base() -> AsyncIterator[str]:
    now = lambda: datetime.now(UTC)  # noqa: E731
    telegram, slack = Telegram(TELEGRAM, now), Slack(bot_token=BOT, app_token=APP, signing_secret="s", now=now)
    mounts = [Mount("/telegram", routes=telegram.routes), Mount("/slack", routes=slack.routes)]
    server = HttpServer(Starlette(routes=mounts), "127.0.0.1:0")
    await server.start()
    await telegram.start()
    await slack.start()
    slack.usergroup("S0EMPTY0", [])
    yield server.address
    await slack.aclose()
    await telegram.aclose()
    await server.aclose()


def healthy(base: str, folder: Path) -> dict[str, object]:
    return {
        "database_url": f"sqlite:///{folder / 'resync.db'}",
        "telegram_token": TELEGRAM,
        "telegram_api_url": f"{base}/telegram",
        "slack_bot_token": BOT,
        "slack_app_token": APP,
        "slack_api_url": f"{base}/slack/api/",
        "slack_channel": "#resync",
    }


async def ill(settings: dict[str, object]) -> list[Diagnosis]:
    found = [each async for each in doctor.examine(Settings.model_validate(settings))]
    assert all(each.advice for each in found if not each.well), "every fault says how to mend it"
    told = str(found)
    assert not any(token in told for token in (TELEGRAM, BOT, APP))
    return [each for each in found if not each.well]


async def test_a_firm_that_is_set_up_well_has_no_fault(base: str, tmp_path: Path) -> None:
    assert await ill(healthy(base, tmp_path)) == []
    assert not (tmp_path / "resync.db").exists(), "looking changes nothing"


@pytest.mark.parametrize(
    ("changes", "what", "advice"),
    [
        ({"telegram_token": None}, "Telegram", "@BotFather"),
        ({"telegram_token": "123456:another"}, "Telegram", "refuse le jeton"),
        ({"telegram_api_url": "http://127.0.0.1:9"}, "Telegram", "ne répond pas"),
        ({"slack_bot_token": None}, "Slack", "RESYNC_SLACK_BOT_TOKEN"),
        ({"slack_bot_token": "xoxb-other"}, "Slack", "invalid_auth"),
        ({"slack_api_url": "http://127.0.0.1:9/"}, "Slack", "ne répond pas"),
        ({"slack_channel": ""}, "salon", "RESYNC_SLACK_CHANNEL"),
        ({"slack_channel": "absent"}, "salon", "introuvable"),
        ({"slack_channels": "Julie: nulle-part"}, "le salon de julie", "introuvable"),
        ({"slack_managers": "S0ABSENT"}, "groupe RESYNC_SLACK_MANAGERS", "no_such_subteam"),
        ({"slack_accountants": "S0EMPTY0"}, "groupe RESYNC_SLACK_ACCOUNTANTS", "Ce groupe est vide"),
        ({"slack_app_token": None}, "mode socket", "connections:write"),
        ({"slack_app_token": "xapp-other"}, "mode socket", "invalid_auth"),
        ({"slack_mode": "http", "public_url": "https://resync.cabinet.fr"}, "mode http", "Signing Secret"),
        ({"slack_mode": "http", "slack_signing_secret": "s"}, "Adresse publique", "https://"),
        ({"aggregator": "powens", "public_url": "https://resync.cabinet.fr"}, "Agrégateur", "RESYNC_POWENS"),
        ({"aggregator": "bridge", "public_url": "https://resync.cabinet.fr"}, "Agrégateur", "RESYNC_BRIDGE"),
        (
            {"aggregator": "enablebanking", "public_url": "https://resync.cabinet.fr"},
            "Agrégateur",
            "RESYNC_ENABLEBANKING",
        ),
        ({"aggregator": "plaid", "public_url": "https://resync.cabinet.fr"}, "Agrégateur", "RESYNC_PLAID"),
        ({"database_url": "sqlite:////nulle/part/resync.db"}, "Base de données", "créez-le"),
        ({"pictures": Path("absent")}, "Images", "n’existe pas"),
        (
            {"smtp_host": "127.0.0.1", "smtp_port": 9, "mail_from": "contact@cabinet.example"},
            "E-mail : 127.0.0.1, port 9 (starttls)",
            "RESYNC_SMTP_HOST",
        ),
    ],
)
async def test_a_fault_is_found_and_says_how_to_mend_it(
    base: str, tmp_path: Path, changes: dict[str, object], what: str, advice: str
) -> None:
    [found] = await ill(healthy(base, tmp_path) | changes)
    assert what in found.what
    assert advice in found.advice


async def test_a_mail_server_that_lets_us_in_is_well_and_gets_no_letter(base: str, tmp_path: Path) -> None:
    async with mail_server() as box:
        mail = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none", "mail_from": "a@b.example"}
        assert await ill(healthy(base, tmp_path) | mail) == []
    assert box.asked == 0


@pytest.mark.parametrize(
    ("date", "faults"),
    [("{:%a, %d %b %Y %H:%M:%S GMT}", 1), ("{:%Y-%m-%d}", 0), ("{:%a, %d %b %Y %H:%M:%S GMT}, twice", 0), ("", 0)],
)
async def test_a_clock_that_is_wrong_is_found_by_the_answers_of_the_others(date: str, faults: int) -> None:
    """They say that it is an hour later; what they say unreadably, they do not say."""

    def answer(_request: httpx.Request) -> httpx.Response:
        later = date.format(datetime.now(UTC) + timedelta(hours=1))
        return httpx.Response(200, json={"ok": True}, headers={"date": later})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as web:
        patient = doctor.Patient(Settings(), web)
        assert await patient.ask("https://telegram.example/getMe") == {"ok": True}
        found = [each for each in await doctor.clock(patient) if not each.well]
    assert len(found) == faults
    assert all("NTP" in each.advice for each in found)


@pytest.mark.parametrize(
    ("age", "waiting", "well"),
    [(3600.0, 0, True), (3600.0, 4, False), (10.0, 0, False)],
)
def test_an_error_of_the_webhook_that_has_passed_is_no_fault(age: float, waiting: int, well: bool) -> None:
    settings = Settings(telegram_mode="webhook", telegram_webhook_secret=SecretStr("s"), public_url="https://r.fr")
    hook = {
        "url": "https://r.fr/telegram/webhook",
        "pending_update_count": waiting,
        "last_error_date": int(time.time() - age),
        "last_error_message": "Connection refused",
    }
    found = doctor.listening(settings, {"ok": True, "result": hook})
    assert found.well is well
    assert ("Connection refused" in found.advice) is not well


async def test_a_picture_that_telegram_would_refuse_is_named(base: str, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "step-a.png").write_text("pas une image")
    [found] = await ill(healthy(base, tmp_path) | {"pictures": folder})
    assert found.what == "Image « step-a »"


async def test_the_name_of_the_bot_is_asked_of_telegram(base: str, tmp_path: Path) -> None:
    assert await doctor.telegram_name(Settings.model_validate(healthy(base, tmp_path))) == "resync_bot"
    with pytest.raises(BadInput, match="resync doctor"):
        await doctor.telegram_name(Settings.model_validate(healthy(base, tmp_path) | {"telegram_token": None}))


# The aggregator, before a vendor of this machine


@pytest.fixture(params=SEEING)
async def vendor(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[LocalVendor]:
    """The other side of each aggregator in turn, which lets clients come back to our public address."""
    now = lambda: datetime.now(UTC)  # noqa: E731
    world = SimpleNamespace(clock=SimpleNamespace(now=now), ahead=timedelta(0))
    world.bank = Bank(client_id="resync", client_secret="client secret", webhook_secret="hook secret", now=now)
    bank = HttpServer(dated(Starlette(routes=[Mount("/bank", routes=world.bank.routes)]), world), "127.0.0.1:0")
    bank._server.config.date_header = False
    world.base = bank.address
    vendor = VENDORS[request.param](world)
    vendor.back = f"{PUBLIC}/l/back"
    await bank.start()
    await vendor.start(tmp_path)
    yield vendor
    await vendor.aclose()
    await bank.aclose()


@pytest.fixture
def firm(request: pytest.FixtureRequest, base: str, vendor: LocalVendor, tmp_path: Path) -> dict[str, object]:
    """The settings of a firm with this aggregator."""
    name = request.node.callspec.params["vendor"]
    return healthy(base, tmp_path) | {**vendor.settings} | {"aggregator": name, "public_url": PUBLIC}


async def test_an_aggregator_that_is_set_up_well_has_no_fault_and_says_what_it_can(
    firm: dict[str, object], vendor: LocalVendor
) -> None:
    assert await ill(firm) == []
    told = [each.what async for each in doctor.examine(Settings.model_validate(firm))]
    [can] = [each for each in told if each.startswith(f"Ce que fait {firm['aggregator']}")]
    assert "page sécurisée" in can
    assert ("webhooks" in can.partition(" ; pas : ")[0]) is (firm["aggregator"] in SENDERS)
    assert ("Retour des clients permis par enablebanking" in told) is (firm["aggregator"] == "enablebanking")


async def test_the_address_of_the_webhooks_is_told_to_who_asks_and_to_no_log(
    firm: dict[str, object], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.model_validate(firm)
    monkeypatch.setattr(cli, "settings", lambda: settings)
    assert await cli.examine()
    shown = capsys.readouterr().out
    sends = firm["aggregator"] in SENDERS
    assert (f"{PUBLIC}/webhooks/{firm['aggregator']}/" in shown) is sends
    if sends:
        assert f"    {webhook_address(settings)}\n" in shown
        assert webhook_address(settings) not in str([each async for each in doctor.examine(settings)])


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080", "https://localhost", "https://10.0.0.7", "http://resync.cabinet.fr"]
)
async def test_an_address_that_no_webhook_reaches_says_what_will_be_missing(
    firm: dict[str, object], vendor: LocalVendor, address: str
) -> None:
    vendor.back = f"{address}/l/back"
    found = await ill(firm | {"public_url": address})
    webhooks = ["Adresse des webhooks"] if firm["aggregator"] in SENDERS else []
    assert [each.what.partition(",")[0].partition(" (")[0] for each in found] == [*webhooks, "Adresse publique"]
    assert all("RESYNC_PUBLIC_URL" in each.advice for each in found)
    assert all(each.address is None for each in found)


async def test_an_aggregator_that_does_not_answer_is_told_with_its_setting(
    firm: dict[str, object],
) -> None:
    setting = f"{firm['aggregator']}_base_url"
    found = await ill(firm | {setting: "http://127.0.0.1:9"})
    assert found[0].what == f"Agrégateur {firm['aggregator']} joignable"
    assert f"RESYNC_{setting.upper()}" in found[0].advice


async def test_a_clock_that_the_aggregator_does_not_share_is_told(
    firm: dict[str, object], vendor: LocalVendor
) -> None:
    vendor.world.ahead = timedelta(hours=1)
    [found] = await ill(firm)
    assert found.what == "Horloge à l’heure de l’agrégateur"
    assert "retarde" in found.advice


@pytest.mark.parametrize("vendor", ["enablebanking"], indirect=True)
async def test_a_return_that_enable_banking_does_not_allow_is_told_with_the_address(
    firm: dict[str, object], vendor: LocalVendor
) -> None:
    vendor.back = "https://elsewhere.example/l/back"
    [found] = await ill(firm)
    assert f"{PUBLIC}/l/back" in found.advice


@pytest.mark.parametrize("vendor", ["bridge", "powens"], indirect=True)
async def test_webhooks_without_a_secret_are_told_once_with_the_setting(firm: dict[str, object]) -> None:
    [missing] = [name for name in firm if name in ("bridge_webhook_secrets", "powens_webhook_secret")]
    [found] = await ill(firm | {missing: None})
    assert f"RESYNC_{missing.upper()}" in found.advice


def test_each_ability_that_an_aggregator_can_declare_has_words() -> None:
    assert {*doctor.ABILITIES} == {each.name for each in fields(Capabilities) if each.type is bool}


def test_what_an_aggregator_cannot_do_is_told_apart_from_what_it_can() -> None:
    [told] = doctor.abilities("pluto", Capabilities(sees_state=True, hosted_page=False, forced_sync=True))
    can, _, cannot = told.what.partition(" ; pas : ")
    assert can.startswith("Ce que fait pluto : lecture de l’état, synchronisation à la demande")
    assert "page sécurisée" in cannot
    assert told.well
    assert doctor.abilities("manual", Capabilities(sees_state=False, hosted_page=False)) == []


async def test_the_days_of_the_reminders_are_told() -> None:
    settings = Settings(ladder="10, 5", ladder_every=1, ladder_late=3)
    async with doctor.opened(settings) as patient:
        [told] = await doctor.reminders(patient)
    assert told.what == "Relances : J-10, J-5, puis tous les jours ; à J+3 une personne prend le relais"
    assert doctor.reminders in doctor.CHECKS
