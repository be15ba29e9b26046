"""Where a bank secret may be typed: our own page only for an agent, and else its code cannot even be loaded."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot import doctor
from bot.adapters.aggregators import OWN_PAGE, open_aggregator
from bot.adapters.no_credentials import CLOSED
from bot.app import App
from bot.domain.errors import BadInput
from bot.settings import Settings

ROOT = Path(__file__).parent.parent.parent
OWN = {"credential_mode": "own_page", "agent_status": True}
FIRM = {
    "telegram_token": "123456:nobody",
    "slack_bot_token": "xoxb-t",
    "slack_app_token": "xapp-t",
    "slack_channel": "b",
}
POWENS = {
    "aggregator": "powens",
    "powens_base_url": "http://127.0.0.1:9/2.0",
    "powens_domain": "acme.biapi.pro",
    "powens_client_id": "44",
    "powens_client_secret": "client secret",
}
Filled = Callable[..., Settings]


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    def fill(**changes: object) -> Settings:
        database = {"database_url": f"sqlite:///{tmp_path / 'resync.db'}"}
        return Settings.model_validate(FIRM | POWENS | database | changes)

    return fill


def test_by_default_it_is_the_aggregators_page() -> None:
    assert (Settings().credential_mode, Settings().agent_status) == ("webview", False)


OTHERS = ("bridge", "plaid", "enablebanking", "manual")

# fmt: off
ROWS = [
    # aggregator, mode, agent, what the refusal names; empty where it is allowed
    ("powens",  "webview",  False, ""),
    ("powens",  "webview",  True,  ""),
    ("powens",  "own_page", False, "RESYNC_AGENT_STATUS"),
    ("powens",  "own_page", True,  ""),
    ("sandbox", "own_page", True,  ""),
    ("sandbox", "own_page", False, "RESYNC_AGENT_STATUS"),
    *((name, "own_page", True,  "RESYNC_CREDENTIAL_MODE=webview") for name in OTHERS),
    *((name, "own_page", False, "RESYNC_AGENT_STATUS") for name in OTHERS),
]
# fmt: on


@pytest.mark.parametrize(("aggregator", "mode", "agent", "refusal"), ROWS)
async def test_our_own_page_is_for_an_agent_with_an_aggregator_that_allows_it(
    filled: Filled, aggregator: str, mode: str, agent: bool, refusal: str
) -> None:
    settings = filled(aggregator=aggregator, credential_mode=mode, agent_status=agent)
    if refusal:
        for start in (open_aggregator, App):
            with pytest.raises(BadInput, match=refusal):
                start(settings)
        return
    adapter = open_aggregator(settings)
    assert adapter.capabilities.secret_by_api is (mode == "own_page")
    await adapter.aclose()


def test_only_who_declares_it_is_opened_for_it() -> None:
    assert {*OWN_PAGE} == {"powens", "sandbox"}


@pytest.mark.parametrize(
    ("changes", "well", "told"),
    [
        ({}, True, "pas la nôtre"),
        (OWN, True, "scellé jusqu’à ce programme"),
        (OWN | {"powens_seal_key": "{}"}, True, "scellé pour l’agrégateur seul"),
        ({"credential_mode": "own_page"}, False, "RESYNC_AGENT_STATUS=true"),
        (OWN | {"aggregator": "manual"}, False, "RESYNC_CREDENTIAL_MODE=webview"),
    ],
)
async def test_the_doctor_says_where_it_is_typed_and_what_to_mend(
    filled: Filled, changes: dict[str, object], well: bool, told: str
) -> None:
    async with doctor.opened(filled(**changes)) as patient:
        [line] = await doctor.credentials(patient)
        found = await doctor.aggregator(patient)
    assert line.well is well
    assert told in (line.what if well else line.advice)
    assert not any("own_page" in each.advice for each in found), "told once"


async def test_a_key_that_cannot_be_used_stops_the_start_and_is_told(filled: Filled) -> None:
    settings = filled(**OWN, powens_seal_key="nonsense")
    with pytest.raises(BadInput, match="RESYNC_POWENS_SEAL_KEY"):
        App(settings)
    async with doctor.opened(settings) as patient:
        assert any("RESYNC_POWENS_SEAL_KEY" in each.advice for each in await doctor.aggregator(patient))


RUNNING = """
import asyncio, importlib, sys, httpx
from bot.app import run
from bot.settings import Settings

async def main():
    settings = Settings.model_validate({settings!r})
    program = asyncio.create_task(run(settings))
    async with httpx.AsyncClient(trust_env=False) as http:
        while True:
            try:
                assert (await http.get(settings.public_url + "/healthz")).status_code == 200
                break
            except httpx.TransportError:
                assert not program.done(), program.exception()
                await asyncio.sleep(0.05)
    for name in {closed!r}:
        print(name, "loaded" if name in sys.modules else "not loaded", end=" ")
        try:
            importlib.import_module(name)
            print("opens")
        except ImportError as error:
            print("closed" if "RESYNC_CREDENTIAL_MODE" in str(error) else error)
    program.cancel()
    await asyncio.gather(program, return_exceptions=True)

asyncio.run(main())
"""


@pytest.mark.parametrize(("mode", "expected"), [("webview", "not loaded closed"), ("own_page", "loaded opens")])
def test_in_the_running_program_the_code_that_sends_a_secret_is_there_only_where_it_may_be(
    tmp_path: Path, mode: str, expected: str
) -> None:
    from bot.sandbox.world import free_port

    listen = f"127.0.0.1:{free_port()}"
    settings = FIRM | POWENS | {
        "credential_mode": mode, "agent_status": mode == "own_page", "log_level": "ERROR",
        "database_url": f"sqlite:///{tmp_path / 'resync.db'}", "listen": listen, "public_url": f"http://{listen}",
        "telegram_api_url": "http://127.0.0.1:9", "telegram_mode": "webhook", "telegram_webhook_secret": "s" * 40,
        "slack_api_url": "http://127.0.0.1:9/", "slack_mode": "http", "slack_signing_secret": "s",
    }  # fmt: skip
    code = RUNNING.format(settings=settings, closed=CLOSED)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"{name} {expected}" for name in CLOSED]
