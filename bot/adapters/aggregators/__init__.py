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
    def powens_client_secret(self) -> SecretStr | None: ...
    @property
    def powens_webhook_secret(self) -> SecretStr | None: ...


Now = Callable[[], datetime]
Factory = Callable[[AggregatorSettings, Now], Aggregator]


def _powens(settings: AggregatorSettings, now: Now) -> Aggregator:
    _need(settings, "powens_base_url", "powens_domain", "powens_client_id", "powens_client_secret")
    account = PowensAccount(
        base_url=settings.powens_base_url,
        domain=settings.powens_domain,
        client_id=settings.powens_client_id,
        client_secret=_secret(settings.powens_client_secret) or Secret(""),
        webhook_secret=_secret(settings.powens_webhook_secret),
        webview_url=settings.powens_webview_url,
    )
    return Powens(account, now=now, name=settings.aggregator)


def _need(settings: AggregatorSettings, *names: str) -> None:
    missing = [f"RESYNC_{name.upper()}" for name in names if not getattr(settings, name)]
    if missing:
        raise BadInput(f"L’agrégateur {settings.aggregator} a aussi besoin de {', '.join(missing)}")


def _secret(value: SecretStr | None) -> Secret | None:
    return Secret(value.get_secret_value()) if value else None


FACTORIES: Mapping[str, Factory] = {
    "manual": lambda settings, now: Manual(),
    "powens": _powens,
    "sandbox": _powens,  # the same protocol, at the addresses of the sandbox's bank
}


def open_aggregator(settings: AggregatorSettings, now: Now = lambda: datetime.now(UTC)) -> Aggregator:
    """The aggregator that the settings name. Raises `BadInput` where the name or what it needs is missing."""
    if settings.aggregator not in FACTORIES:
        known = ", ".join(FACTORIES)
        raise BadInput(f"L’agrégateur {settings.aggregator!r} n’existe pas ici. Choisissez parmi : {known}.")
    return FACTORIES[settings.aggregator](settings, now)
