"""The aggregators we can speak with, and how one is opened from the settings.

A new one is a module beside these, and one line in `FACTORIES`; one in `HOSTED_PAGES` where it has a page of its
own, and one in `WEBHOOK_KEYS` where it sends webhooks.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from bot.adapters.aggregators.bridge import Bridge, BridgeAccount
from bot.adapters.aggregators.enablebanking import EnableBanking, EnableBankingAccount, load_private_key
from bot.adapters.aggregators.manual import Manual
from bot.adapters.aggregators.plaid import Plaid, PlaidAccount, load_tokens
from bot.adapters.aggregators.powens import Powens, PowensAccount
from bot.domain.errors import BadInput
from bot.domain.secret import Secret
from bot.ports import Aggregator


class AggregatorSettings(Protocol):
    """The part of the settings that is read here."""

    @property
    def aggregator(self) -> str: ...
    @property
    def firm_name(self) -> str: ...
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
    @property
    def bridge_base_url(self) -> str: ...
    @property
    def bridge_connect_url(self) -> str: ...
    @property
    def bridge_client_id(self) -> str: ...
    @property
    def bridge_client_secret(self) -> SecretStr | None: ...
    @property
    def bridge_webhook_secrets(self) -> SecretStr | None: ...
    @property
    def enablebanking_base_url(self) -> str: ...
    @property
    def enablebanking_hosted_hosts(self) -> str: ...
    @property
    def enablebanking_application_id(self) -> str: ...
    @property
    def enablebanking_private_key_file(self) -> Path | None: ...
    @property
    def enablebanking_psu_type(self) -> str: ...
    @property
    def enablebanking_country(self) -> str: ...
    @property
    def enablebanking_language(self) -> str: ...
    @property
    def enablebanking_consent_days(self) -> int: ...
    @property
    def plaid_base_url(self) -> str: ...
    @property
    def plaid_hosted_url(self) -> str: ...
    @property
    def plaid_client_id(self) -> str: ...
    @property
    def plaid_secret(self) -> SecretStr | None: ...
    @property
    def plaid_tokens_file(self) -> Path | None: ...
    @property
    def plaid_client_name(self) -> str: ...
    @property
    def powens_seal_key(self) -> str: ...
    @property
    def credential_mode(self) -> str: ...
    @property
    def agent_status(self) -> bool: ...


Now = Callable[[], datetime]
Factory = Callable[[AggregatorSettings, Now], Aggregator]


def _powens(settings: AggregatorSettings, now: Now) -> Aggregator:
    return Powens(_powens_account(settings), now=now, name=settings.aggregator)


def _powens_with_credentials(settings: AggregatorSettings, now: Now) -> Aggregator:
    # Here and nowhere else: in the mode `webview` the module cannot be imported.
    from bot.adapters.aggregators.powens_credentials import PowensCredentials, sealing_key

    sealing = sealing_key(settings.powens_seal_key)
    return PowensCredentials(_powens_account(settings), now=now, name=settings.aggregator, sealing=sealing)


def _powens_account(settings: AggregatorSettings) -> PowensAccount:
    _need(settings, "powens_base_url", "powens_domain", "powens_client_id", "powens_client_secret")
    return PowensAccount(
        base_url=settings.powens_base_url,
        domain=settings.powens_domain,
        client_id=settings.powens_client_id,
        client_secret=_secret(settings.powens_client_secret) or Secret(""),
        webhook_secret=_secret(settings.powens_webhook_secret),
        webview_url=settings.powens_webview_url,
    )


def _bridge(settings: AggregatorSettings, now: Now) -> Aggregator:
    _need(settings, "bridge_base_url", "bridge_connect_url", "bridge_client_id", "bridge_client_secret")
    account = BridgeAccount(
        client_id=_header(settings, "bridge_client_id"),
        client_secret=Secret(_header(settings, "bridge_client_secret")),
        base_url=settings.bridge_base_url,
        webhook_secrets=_bridge_webhook_secrets(settings),
        connect_url=settings.bridge_connect_url,
    )
    return Bridge(account, now=now, name=settings.aggregator)


def _bridge_webhook_secrets(settings: AggregatorSettings) -> tuple[Secret, ...]:
    secrets = tuple(Secret(each) for each in _separated(_plain(settings.bridge_webhook_secrets)))
    if len(secrets) > 2:
        raise BadInput(
            "RESYNC_BRIDGE_WEBHOOK_SECRETS en a trop : le secret en cours, et l’ancien le temps du passage"
        )
    return secrets


def _enablebanking(settings: AggregatorSettings, now: Now) -> Aggregator:
    _need(
        settings, "enablebanking_base_url", "enablebanking_hosted_hosts",
        "enablebanking_application_id", "enablebanking_private_key_file",
    )  # fmt: skip
    assert settings.enablebanking_private_key_file is not None, "it was just needed"
    account = EnableBankingAccount(
        application_id=_header(settings, "enablebanking_application_id"),
        private_key=load_private_key(settings.enablebanking_private_key_file),
        base_url=settings.enablebanking_base_url,
        psu_type=settings.enablebanking_psu_type,
        country=settings.enablebanking_country,
        language=settings.enablebanking_language,
        consent_days=settings.enablebanking_consent_days,
        hosted_hosts=_separated(settings.enablebanking_hosted_hosts),
    )
    return EnableBanking(account, now=now, name=settings.aggregator)


def _plaid(settings: AggregatorSettings, now: Now) -> Aggregator:
    _need(settings, "plaid_base_url", "plaid_hosted_url", "plaid_client_id", "plaid_secret", "plaid_tokens_file")
    assert settings.plaid_tokens_file is not None, "it was just needed"
    account = PlaidAccount(
        client_id=_header(settings, "plaid_client_id"),
        secret=Secret(_header(settings, "plaid_secret")),
        tokens=load_tokens(settings.plaid_tokens_file),
        client_name=settings.plaid_client_name.strip() or settings.firm_name,
        base_url=settings.plaid_base_url,
        hosted_url=settings.plaid_hosted_url,
    )
    return Plaid(account, now=now, name=settings.aggregator)


def _need(settings: AggregatorSettings, *names: str) -> None:
    missing = [_variable(name) for name in names if not _plain(getattr(settings, name))]
    if missing:
        raise BadInput(f"L’agrégateur {settings.aggregator} a aussi besoin de {', '.join(missing)}")


def _header(settings: AggregatorSettings, name: str) -> str:
    """A setting that travels as a header, which holds nothing but visible ASCII. The value is never quoted."""
    value = _plain(getattr(settings, name))
    if not re.fullmatch("[!-~]+", value):
        raise BadInput(f"{_variable(name)} contient un caractère qui n’en est pas : copiez-le à nouveau, sans espace")
    return value


def _variable(name: str) -> str:
    return f"RESYNC_{name.upper()}"


def _plain(value: SecretStr | Path | str | None) -> str:
    """What is written in a setting, without the spaces that come along when it is copied."""
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value or "").strip()


def _separated(written: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(each.strip() for each in written.split(",") if each.strip())


def _host(address: str) -> tuple[str, ...]:
    return (urlsplit(address).netloc,)


def _secret(value: SecretStr | None) -> Secret | None:
    return Secret(value.get_secret_value()) if value else None


def _stripped(value: SecretStr | None) -> Secret | None:
    return Secret(_plain(value)) if _plain(value) else None


FACTORIES: Mapping[str, Factory] = {
    "bridge": _bridge,
    "enablebanking": _enablebanking,
    "manual": lambda settings, now: Manual(),
    "plaid": _plaid,
    "powens": _powens,
    "sandbox": _powens,  # the same protocol, at the addresses of the sandbox's bank
}

OWN_PAGE: Mapping[str, Factory] = {"powens": _powens_with_credentials, "sandbox": _powens_with_credentials}
"""Those whose contract can let a page of ours take the secret, each with what sends it."""

HOSTED_PAGES: Mapping[str, Callable[[AggregatorSettings], tuple[str, ...]]] = {
    "bridge": lambda settings: _host(settings.bridge_connect_url),
    "enablebanking": lambda settings: _separated(settings.enablebanking_hosted_hosts),
    "plaid": lambda settings: _host(settings.plaid_hosted_url),
    "powens": lambda settings: _host(settings.powens_webview_url),
    "sandbox": lambda settings: _host(settings.powens_webview_url),
}
"""The hosts of each one's page: nowhere else is a client sent."""

WEBHOOK_KEYS: Mapping[str, Callable[[AggregatorSettings], Secret | None]] = {
    # Not the secret that signs: its rotation, once it is known at Bridge, would move the address that is known there.
    "bridge": lambda settings: _stripped(settings.bridge_client_secret),
    "plaid": lambda settings: _stripped(settings.plaid_secret),  # webhooks are signed with a key of Plaid's own
    "powens": lambda settings: _secret(settings.powens_webhook_secret),
    "sandbox": lambda settings: _secret(settings.powens_webhook_secret),
}
"""What the address of each one's webhooks is derived from."""


def open_aggregator(settings: AggregatorSettings, now: Now = lambda: datetime.now(UTC)) -> Aggregator:
    """The aggregator that the settings name. Raises `BadInput` where the name or what it needs is missing."""
    if settings.aggregator not in FACTORIES:
        known = ", ".join(FACTORIES)
        raise BadInput(f"L’agrégateur {settings.aggregator!r} n’existe pas ici. Choisissez parmi : {known}.")
    if fault := own_page_fault(settings):
        raise BadInput(fault)
    factories = OWN_PAGE if settings.credential_mode == "own_page" else FACTORIES
    return factories[settings.aggregator](settings, now)


def own_page_fault(settings: AggregatorSettings) -> str:
    """Why a page of ours may not take bank secrets, and what to write instead (in French); empty where it may."""
    if settings.credential_mode != "own_page":
        return ""
    if not settings.agent_status:
        return (
            "RESYNC_CREDENTIAL_MODE=own_page n’est permis qu’à un cabinet enregistré comme agent (DSP2). Si vous "
            "l’êtes, écrivez aussi RESYNC_AGENT_STATUS=true ; sinon, RESYNC_CREDENTIAL_MODE=webview."
        )
    if settings.aggregator not in OWN_PAGE:
        return (
            f"L’agrégateur {settings.aggregator} ne prend aucun mot de passe de notre page : écrivez "
            "RESYNC_CREDENTIAL_MODE=webview, et le client le tapera là où c’est prévu."
        )
    return ""


def hosted_hosts(settings: AggregatorSettings) -> tuple[str, ...]:
    """The hosts that a client may be handed over to; none where the aggregator has no page."""
    hosts = HOSTED_PAGES.get(settings.aggregator)
    return hosts(settings) if hosts else ()


def webhook_key(settings: AggregatorSettings) -> Secret | None:
    """What the address of the aggregator's webhooks is derived from; None where it sends none, or is not set up."""
    key = WEBHOOK_KEYS.get(settings.aggregator)
    return key(settings) if key else None
