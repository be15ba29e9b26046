"""Logs: one line an event on standard error, and no secret in any of them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

TALKATIVE = ("httpx", "httpcore", "telegram", "slack_bolt", "slack_sdk", "sqlalchemy", "aiohttp", "uvicorn", "dbos")
"""Libraries that print addresses with tokens, or whole bodies, below WARNING."""
BOT_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{30,}")
SLACK_TOKEN = re.compile(r"xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+")
ADDRESS_SECRET = re.compile(
    r"((?:code|token|state|client_secret|password)=)[^&\s\"']+|(/l#|/webhooks/\w+/|\?start=|Bearer )[^\s\"']+"
)


def redact(text: str) -> str:
    """The last net: tokens of known shapes become dots, wherever they come from."""
    text = BOT_TOKEN.sub("•••", text)
    text = SLACK_TOKEN.sub("•••", text)
    return ADDRESS_SECRET.sub(lambda match: (match[1] or match[2]) + "•••", text)


class RedactingRenderer(structlog.dev.ConsoleRenderer):
    """`redact`, over the whole line: what stands in a value of any kind is seen only once it is written."""

    def __call__(self, logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
        return redact(super().__call__(logger, name, event))


class Redacting(logging.Formatter):
    """`redact`, for what libraries log."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def is_no_gossip(record: logging.LogRecord) -> bool:
    """By the handler and not by the loggers' levels: Bolt gives its own loggers the level of the root again."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in TALKATIVE


class ToStandardError(logging.Handler):
    """Writes to whatever standard error is at that moment: it may have been replaced since."""

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(self.format(record) + "\n")


def set_up_logs(level: str = "INFO") -> None:
    """Everything goes to standard error. Tracebacks come without local variables."""
    handler = ToStandardError()
    handler.addFilter(is_no_gossip)
    handler.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    # It logs a proxy's whole page with a traceback, before the error that we tell in one line.
    logging.getLogger("telegram.request").setLevel(logging.CRITICAL + 1)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            RedactingRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
