"""Logs: tokens of known shapes become dots, whoever writes the line and wherever they stand in it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from bot.adapters.logs import TALKATIVE, redact, set_up_logs

BOT = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0"
SLACK = "xoxb-1234-5678-abcdefghijkl"
APP = "xapp-1-A123-456-abcdef"
ADDRESSES = (
    f"https://api.telegram.org/bot{BOT}/sendMessage",
    "https://webview.vendor.example/reconnect?domain=x&code=one-visit-code&connection_id=3",
    "https://resync.example/l/back?state=a-return-state",
    "https://resync.example/l#the-token-of-a-link",
    "https://t.me/resync_bot?start=the-token-of-an-invitation",
    "https://resync.example/webhooks/powens/0123456789abcdef",
    "Authorization: Bearer an-access-token",
    "client_secret=the-vendors-secret&grant_type=x",
)
HIDDEN = (
    BOT, BOT.partition(":")[2], "one-visit-code", "a-return-state", "the-token-of-a-link",
    "the-token-of-an-invitation",
    "0123456789abcdef", "an-access-token", "the-vendors-secret",
)  # fmt: skip


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    """The program's logs at DEBUG; afterwards everything is as it was."""
    root = logging.getLogger()
    before = root.level, root.handlers[:], {name: logging.getLogger(name).level for name in TALKATIVE}
    set_up_logs("DEBUG")
    yield
    structlog.reset_defaults()
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize("text", [*ADDRESSES, SLACK, APP])
def test_a_secret_becomes_dots(text: str) -> None:
    seen = redact(f"something failed at {text} today")
    assert "•••" in seen
    assert not any(hidden in seen for hidden in (*HIDDEN, SLACK, APP))
    assert seen.startswith("something failed at ")


def test_what_is_not_secret_is_left_alone() -> None:
    line = "job will be tried again job=tg:4711/0 reason='Telegram does not answer: Timed out' chat=700001 status=503"
    assert redact(line) == line


@pytest.mark.parametrize("how", ["event", "value", "list", "mapping", "exception", "object", "bytes"])
def test_our_own_lines_are_redacted_whatever_they_carry(how: str, capsys: pytest.CaptureFixture[str]) -> None:
    log = structlog.get_logger("resync")
    for text in (*ADDRESSES, SLACK, APP):
        match how:
            case "event":
                log.info(text)
            case "value":
                log.info("said", reason=text)
            case "list":
                log.info("said", reasons=[text, text])
            case "mapping":
                log.info("said", body={"url": text})
            case "exception":
                log.info("said", error=ValueError(text))
            case "object":
                log.info("said", path=Path(text))
            case "bytes":
                log.info("said", body=text.encode())
    shown = capsys.readouterr().err
    assert shown.count("•••") >= len(ADDRESSES) + 2
    assert [hidden for hidden in (*HIDDEN, SLACK, APP) if hidden in shown] == []


def test_tracebacks_are_redacted_and_come_without_local_variables(capsys: pytest.CaptureFixture[str]) -> None:
    local_variable = "Cassoulet" + "#81"
    for log in (structlog.get_logger("resync"), logging.getLogger("somebody.else")):
        try:
            raise ValueError(f"no answer from {ADDRESSES[0]}{local_variable[:0]}")
        except ValueError:
            log.exception("failed")
    shown = capsys.readouterr().err
    assert shown.count("Traceback") == 2
    assert "Cassoulet#81" not in shown
    assert BOT not in shown


def test_lines_of_libraries_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    for text in (*ADDRESSES, SLACK, APP):
        logging.getLogger("a.library").debug("calling %s", text)
    shown = capsys.readouterr().err
    assert shown.count("calling") == len(ADDRESSES) + 2
    assert [hidden for hidden in (*HIDDEN, SLACK, APP) if hidden in shown] == []


@pytest.mark.parametrize(
    "name", ["httpx", "telegram.Bot", "slack_bolt.App", "sqlalchemy.engine.Engine", "aiohttp.client"]
)
def test_libraries_that_print_whole_bodies_are_quiet_even_at_debug(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    library = logging.getLogger(name)
    library.setLevel(logging.DEBUG)  # as Bolt does with its own, whatever the level of their parent
    library.info("a whole body")
    library.warning("a warning")
    library.setLevel(logging.NOTSET)
    shown = capsys.readouterr().err
    assert "a whole body" not in shown
    assert "a warning" in shown
