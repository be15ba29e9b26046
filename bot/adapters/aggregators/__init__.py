"""The aggregators we can speak with, and how one is opened from the settings.

A new one is a module beside these, and one line in `FACTORIES`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from pydantic import SecretStr

from bot.adapters.aggregators.manual import Manual
from bot.adapters.aggregators.powens import Powens, PowensAccount
from bot.domain.errors import BadInput
from bot.domain.secret import Secret
from bot.ports import Aggregator


class AggregatorSettings(Protocol):
    """The part of the settings that is read here."""

    @property
    def aggregator(self) -> str: ...
    @property
    def powens_base_url(self) -> str: ...
    @property
    def powens_webview_url(self) -> str: ...
    @property
    def powens_domain(self) -> str: ...
    @property
    def powens_client_id(self) -> str: ...
    @property
    def powens_client_secret(self) -> SecretStr: ...
    @property
    def powens_webhook_secret(self) -> SecretStr | None: ...


Now = Callable[[], datetime]
Factory = Callable[[AggregatorSettings, Now], Aggregator]


def _powens(settings: AggregatorSettings, now: Now) -> Aggregator:
    hooks = settings.powens_webhook_secret
    account = PowensAccount(
        base_url=settings.powens_base_url,
        domain=settings.powens_domain,
        client_id=settings.powens_client_id,
        client_secret=Secret(settings.powens_client_secret.get_secret_value()),
        webhook_secret=Secret(hooks.get_secret_value()) if hooks is not None else None,
        webview_url=settings.powens_webview_url,
    )
    return Powens(account, now=now, name=settings.aggregator)


FACTORIES: Mapping[str, Factory] = {
    "manual": lambda settings, now: Manual(),
    "powens": _powens,
    "sandbox": _powens,  # the same protocol, at the addresses of the sandbox's bank
}


def open_aggregator(settings: AggregatorSettings, now: Now = lambda: datetime.now(UTC)) -> Aggregator:
    """The aggregator that the settings name. Raises `BadInput` for a name that is not known."""
    if settings.aggregator not in FACTORIES:
        raise BadInput(
            f"aggregator {settings.aggregator!r} is not known; it is one of {', '.join(FACTORIES)}"
        )
    return FACTORIES[settings.aggregator](settings, now)
