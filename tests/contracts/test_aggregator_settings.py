"""What a firm writes about its aggregator: what is missing or unusable is named, and where it leads."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

import bot.app
from bot.adapters.aggregators import FACTORIES, HOSTED_PAGES, WEBHOOK_KEYS, hosted_hosts, open_aggregator
from bot.app import App, webhook_address
from bot.domain.errors import BadInput
from bot.domain.secret import Secret
from bot.settings import Settings, load_settings
from handlers.guard import WebOptions
from handlers.webhooks import webhook_path
from tests.contracts.vendors import PlaidVendor, application_key

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
FILLED = {
    "bridge": {
        "bridge_client_id": "the-id",
        "bridge_client_secret": "the-secret",
        "bridge_webhook_secrets": "rotates",
    },
    "enablebanking": {"enablebanking_application_id": "the-id"},
    "manual": {},
    "plaid": {"plaid_client_id": "the-id", "plaid_secret": "the-secret"},
    "powens": {
        "powens_base_url": "https://acme.biapi.pro/2.0",
        "powens_domain": "acme.biapi.pro",
        "powens_client_id": "44",
        "powens_client_secret": "client secret",
        "powens_webhook_secret": "the-secret",
    },
}
HOSTS = {
    "bridge": ("connect.bridgeapi.io",),
    "enablebanking": ("auth.enablebanking.com", "tilisy.enablebanking.com", "tilisy-sandbox.enablebanking.com"),
    "manual": (),
    "plaid": ("secure.plaid.com",),
    "powens": ("webview.powens.com",),
}
SENDERS = ["bridge", "plaid", "powens"]
Filled = Callable[..., Settings]


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    """The settings of a firm with this aggregator."""
    tokens = tmp_path / "tokens.json"
    tokens.touch(0o600)
    tokens.write_text('{"item": "access-token"}')
    key = tmp_path / "key.pem"
    key.touch(0o600)
    key.write_bytes(application_key().as_pem(private=True))
    firm = {
        "telegram_token": "123456:nobody",
        "slack_bot_token": "xoxb-test",
        "slack_app_token": "xapp-test",
        "slack_channel": "banques",
        "public_url": "https://resync.example",
        "database_url": f"sqlite:///{tmp_path / 'resync.db'}",
        "plaid_tokens_file": tokens,
        "enablebanking_private_key_file": key,
    }

    def fill(name: str, **changes: object) -> Settings:
        return Settings.model_validate(firm | {"aggregator": name} | FILLED[name] | changes)

    return fill


def test_each_aggregator_can_be_chosen_in_the_settings() -> None:
    assert {*FACTORIES} == {*FILLED, "sandbox"}
    for name in FACTORIES:
        assert Settings.model_validate({"aggregator": name}).aggregator == name


@pytest.mark.parametrize("name", sorted(FILLED))
async def test_its_page_and_its_webhooks_are_told_where_it_has_them(name: str, filled: Filled) -> None:
    adapter = open_aggregator(filled(name))
    assert (name in HOSTED_PAGES) is adapter.capabilities.hosted_page
    assert (name in WEBHOOK_KEYS) is adapter.capabilities.webhook
    await adapter.aclose()


# What is missing, or cannot be used


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("bridge", ["BRIDGE_CLIENT_ID", "BRIDGE_CLIENT_SECRET"]),
        ("plaid", ["PLAID_CLIENT_ID", "PLAID_SECRET", "PLAID_TOKENS_FILE"]),
        ("enablebanking", ["ENABLEBANKING_APPLICATION_ID", "ENABLEBANKING_PRIVATE_KEY_FILE"]),
        ("enablebanking", ["ENABLEBANKING_BASE_URL", "ENABLEBANKING_HOSTED_HOSTS"]),
        ("bridge", ["BRIDGE_BASE_URL", "BRIDGE_CONNECT_URL"]),
        ("plaid", ["PLAID_BASE_URL", "PLAID_HOSTED_URL"]),
    ],
)
@pytest.mark.parametrize("written", ["", "  "])
def test_what_is_missing_is_named_all_at_once(name: str, missing: list[str], written: str, filled: Filled) -> None:
    empty = {each.lower(): written for each in missing}
    with pytest.raises(BadInput) as told:
        open_aggregator(filled(name, **empty))
    assert re.findall("RESYNC_([A-Z_]+)", str(told.value)) == missing


@pytest.mark.parametrize(
    ("name", "setting"),
    [
        ("bridge", "bridge_client_id"),
        ("bridge", "bridge_client_secret"),
        ("enablebanking", "enablebanking_application_id"),
        ("plaid", "plaid_client_id"),
        ("plaid", "plaid_secret"),
    ],
)
@pytest.mark.parametrize("written", ["clé-secrète", "two words", "two\nlines", "a\u200bb", "nul\x00"])
def test_what_no_header_can_carry_is_refused_and_not_quoted(
    name: str, setting: str, written: str, filled: Filled
) -> None:
    with pytest.raises(BadInput, match=f"RESYNC_{setting.upper()} ") as told:
        open_aggregator(filled(name, **{setting: written}))
    assert written not in str(told.value)


@pytest.mark.parametrize(("written", "heard"), [("", False), (" , ", False), ("one", True), ("old, new", True)])
async def test_webhooks_of_bridge_are_heard_with_one_secret_or_two(written: str, heard: bool, filled: Filled) -> None:
    adapter = open_aggregator(filled("bridge", bridge_webhook_secrets=written))
    assert adapter.capabilities.webhook is heard
    await adapter.aclose()


def test_three_webhook_secrets_are_one_too_many_and_none_is_quoted(filled: Filled) -> None:
    with pytest.raises(BadInput, match="RESYNC_BRIDGE_WEBHOOK_SECRETS") as told:
        open_aggregator(filled("bridge", bridge_webhook_secrets="older,old,new"))
    assert "older" not in str(told.value)


def test_no_secret_is_shown_with_the_settings(filled: Filled) -> None:
    shown = repr(filled("bridge", plaid_secret="the-secret"))
    assert "the-secret" not in shown
    assert "rotates" not in shown


@pytest.mark.parametrize(("written", "shown"), [("Compta Sud", "Compta Sud"), (" ", "Cabinet Dupont")])
async def test_the_page_of_plaid_shows_the_name_that_the_firm_chose(
    written: str, shown: str, world: Any, tmp_path: Path
) -> None:
    vendor = PlaidVendor(world)
    await vendor.start(tmp_path)
    settings = vendor.settings_of("plaid")
    settings.plaid_client_name = written
    adapter = open_aggregator(settings, world.clock.now)
    await adapter.renewal_page(vendor.linked, return_to=vendor.back, state="s", new_secret=False)
    assert vendor.shown == shown
    await adapter.aclose()
    await vendor.aclose()


@pytest.mark.parametrize(
    ("setting", "written"),
    [
        ("consent_days", 0),
        ("consent_days", 181),
        ("psu_type", "pro"),
        ("country", "fr"),
        ("country", "France"),
        ("language", "FR"),
        ("hosted_hosts", "https://auth.enablebanking.com"),
        ("hosted_hosts", "auth.enablebanking.com/ais"),
        ("hosted_hosts", "auth.enablebanking.com tilisy.enablebanking.com"),
    ],
)
def test_what_enable_banking_could_not_use_is_refused(setting: str, written: object, filled: Filled) -> None:
    with pytest.raises(ValueError, match=f"enablebanking_{setting}"):
        filled("enablebanking", **{f"enablebanking_{setting}": written})


def test_a_key_that_is_none_is_refused_by_the_name_of_its_setting(filled: Filled, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="RESYNC_ENABLEBANKING_PRIVATE_KEY_FILE"):
        open_aggregator(filled("enablebanking", enablebanking_private_key_file=tmp_path / "absent.pem"))


# Where it leads


@pytest.mark.parametrize("name", sorted(FILLED))
async def test_the_program_sends_clients_only_to_its_own_aggregator_and_listens_where_it_says(
    name: str, filled: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[WebOptions] = []

    def web_routes(*given: Any, **_: Any) -> list[Any]:
        handed.extend(each for each in given if isinstance(each, WebOptions))
        return []

    monkeypatch.setattr(bot.app, "web_routes", web_routes)
    settings = filled(name)
    app = App(settings)
    paths = [route.path for route in app._web().routes]  # type: ignore[attr-defined]
    await app.aclose()
    assert [options.allowed_hosts for options in handed] == [HOSTS[name]] == [hosted_hosts(settings)]
    assert paths == ([urlsplit(webhook_address(settings)).path] if name in SENDERS else [])


@pytest.mark.parametrize("name", SENDERS)
def test_the_paper_says_how_to_print_the_address(
    name: str, filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    written = {"aggregator": name, "public_url": "https://resync.example", **FILLED[name]}
    Path(".env").write_text("".join(f"RESYNC_{key.upper()}={value}\n" for key, value in written.items()))
    snippets = re.findall(r"python - <<'END'\n(.*?)END\n", OPERATIONS.read_text("utf-8"), re.S)
    assert len(snippets) == 1
    exec(snippets[0], {})
    path = webhook_path(name, Secret("the-secret"))
    assert capsys.readouterr().out == f"https://resync.example{path}\n"


def test_a_rotation_of_what_signs_at_bridge_moves_no_address(filled: Filled) -> None:
    """Nor does a space that was copied along; another client secret does."""
    address = webhook_address(filled("bridge"))
    for same in ({"bridge_webhook_secrets": "rotates,new"}, {"bridge_webhook_secrets": ""},
                 {"bridge_client_secret": " the-secret\n"}):  # fmt: skip
        assert webhook_address(filled("bridge", **same)) == address
    assert webhook_address(filled("bridge", bridge_client_secret="another")) != address


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("manual", {}),
        ("enablebanking", {}),
        ("powens", {"powens_webhook_secret": None}),
        ("bridge", {"bridge_client_secret": " "}),
        ("plaid", {"plaid_secret": ""}),
    ],
)
def test_where_nobody_sends_webhooks_there_is_no_address(
    name: str, changes: dict[str, object], filled: Filled
) -> None:
    with pytest.raises(BadInput, match=name):
        webhook_address(filled(name, **changes))


@pytest.mark.parametrize("name", ["plaid_tokens_file", "enablebanking_private_key_file"])
def test_an_empty_line_for_a_file_is_no_file(name: str, tmp_path: Path) -> None:
    written = tmp_path / ".env"
    written.write_text(f"RESYNC_{name.upper()}=\n")
    assert getattr(load_settings(str(written)), name) is None


def test_the_hosts_of_a_page_are_separated_by_commas(filled: Filled) -> None:
    settings = filled("enablebanking", enablebanking_hosted_hosts=" auth.example , tilisy.example:8443,")
    assert hosted_hosts(settings) == ("auth.example", "tilisy.example:8443")
