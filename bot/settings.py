"""Settings: environment variables that begin with `RESYNC_`, and a `.env` file in the working folder."""

import difflib
import os
import re
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.domain.calendar import read_digest, read_office, read_replies, read_services, read_slots
from bot.domain.errors import BadInput
from bot.domain.ladder import read_ladder
from bot.domain.roster import read_channels, read_stand_ins

PREFIX = "RESYNC_"
TELEGRAM_API = "https://api.telegram.org"
SLACK_API = "https://slack.com/api/"
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
"""An e-mail address of the firm's own, as a mail server takes it without any extension."""
USER_GROUP = r"^(S[A-Z0-9]{6,20})?$"
"""The id of a user group on Slack."""


class Settings(BaseSettings):
    """Everything that a firm can set. Unknown names are refused, with the nearest known one."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True)

    database_url: str = "sqlite:///resync.db"
    public_url: str = "http://127.0.0.1:8080"
    listen: str = "127.0.0.1:8080"
    trusted_proxies: str = ""
    """Addresses or networks of your own reverse proxies, separated by commas; their X-Forwarded-For is believed."""
    firm_name: str = "C’ moi le chef"
    timezone: str = "Europe/Paris"
    service_hours: str = "11:00-15:00, 18:30-23:30"
    """When the clients are at work for their guests: nobody is nudged then."""
    nudge_hours: str = "9:30, 16:00"
    """The moments at which nudges leave, outside of the services, between 8:00 and 20:30."""
    ladder: str = "14, 7, 3, 1, 0"
    """On which days before a bank lapses its client is reminded; 0 is the day itself."""
    ladder_every: int = 2
    """Days between two reminders after the last of these."""
    ladder_late: int = 6
    """Days after the bank has lapsed until a person takes over."""
    office_hours: str = "9:00-12:30, 14:00-18:00"
    """When somebody of the firm is there, Monday to Friday without the public holidays."""
    reply_hours: str = "2, 4, 8"
    """Working hours that a client waits until whoever is in charge, the stand-in and the manager are called."""
    digest_at: str = "8:30"
    """When staff read the digest in their channel, on working days; empty for never."""
    stand_ins: str = ""
    """Who stands in for whom, by first names as in Slack: « Julie: Karim, Karim: Julie »."""
    manager: str = ""
    """The first name, as in Slack, of whoever is called last."""
    notice_url: str = ""
    """The firm's notice of the first synchronisation, shown to clients where it is set."""
    pictures: Path | None = None
    """A folder with the firm's own pictures of the steps (step-a.png …)."""
    radar_certainty: float | None = Field(default=None, ge=0.99, le=1)
    """From this certainty on a bank's general trouble is declared without asking staff; by default, they decide."""
    audit_key: SecretStr | None = Field(default=None, min_length=32)
    """The key of the audit trail. By default one is made, in `audit_folder`."""
    audit_folder: Path | None = None
    """Where the trail's key and anchors lie. By default beside the SQLite file, else in the working folder."""
    texts: Path | None = None
    """A folder with the firm's own words for some of the texts (.ftl files); the others stay as they are."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    telegram_token: SecretStr | None = None
    telegram_api_url: str = TELEGRAM_API
    telegram_mode: Literal["polling", "webhook"] = "polling"
    telegram_webhook_secret: SecretStr | None = None
    telegram_rate: float | None = Field(default=None, ge=0)
    """Messages a second for the whole bot; 0 is unpaced. By default 25 at Telegram's own address."""
    telegram_mini_app: Literal["auto", "on", "off"] = "auto"
    """The secure page opens inside of Telegram. auto: where `public_url` is https, which Telegram insists on."""
    telegram_public_key: str = Field(default="", pattern="^(production|test|[0-9a-f]{64}|)$")
    """Who opened it is told by a hash, checked with the token; or by Telegram's signature, with this Ed25519 key."""

    transcriber_url: str = ""
    """Where whisper.cpp's server hears voice notes, on this machine; empty where nobody hears them."""

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_api_url: str = SLACK_API
    slack_mode: Literal["socket", "http"] = "socket"
    slack_channel: str = ""
    slack_channels: str = ""
    """The channels of accountants for the cards of their clients: « Julie: clients-julie, Karim: C0456EFGH »."""
    slack_accountants: str = Field(default="", pattern=USER_GROUP)
    """The user group of those who look after clients. Empty: every full member of the workspace does."""
    slack_managers: str = Field(default="", pattern=USER_GROUP)
    """The user group of those who agree to what needs two persons. Empty: everyone who looks after clients."""
    slack_rate: float | None = Field(default=None, ge=0)
    """Messages a second to the channel; 0 is unpaced. By default 1 at Slack's own address."""

    smtp_host: str = ""
    """The mail server for clients whom Telegram does not reach; empty: no e-mail is sent."""
    smtp_port: int | None = Field(default=None, ge=1, le=65535)
    """By default 587 with starttls, 465 with tls, 25 with none."""
    smtp_username: str = ""
    smtp_password: SecretStr | None = None
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """How the line to it is closed. none: only for a server on this machine, or one that wants no password."""
    mail_from: str = ""
    """The address that clients see and answer to; its name is `firm_name`."""
    mail_invitations: bool = False
    """Remind those by e-mail, too, who have not opened their invitation."""

    aggregator: Literal["bridge", "enablebanking", "manual", "plaid", "powens", "sandbox"] = "manual"
    powens_base_url: str = ""
    powens_webview_url: str = "https://webview.powens.com"
    powens_domain: str = ""
    powens_client_id: str = ""
    powens_client_secret: SecretStr | None = None
    powens_webhook_secret: SecretStr | None = None
    bridge_base_url: str = "https://api.bridgeapi.io/v3"
    bridge_connect_url: str = "https://connect.bridgeapi.io"
    bridge_client_id: str = ""
    bridge_client_secret: SecretStr | None = None
    bridge_webhook_secrets: SecretStr | None = None
    """One secret; two, separated by a comma, while Bridge goes from one to the other."""
    enablebanking_base_url: str = "https://api.enablebanking.com"
    enablebanking_hosted_hosts: str = (
        "auth.enablebanking.com,tilisy.enablebanking.com,tilisy-sandbox.enablebanking.com"
    )
    """The hosts of its own page, separated by commas."""
    enablebanking_application_id: str = ""
    enablebanking_private_key_file: Path | None = None
    """The application's RSA key in PEM, readable by its owner only."""
    enablebanking_psu_type: Literal["business", "personal"] = "business"
    """The access to ask for where the bank no longer has the kind that the client had."""
    enablebanking_country: str = Field(default="FR", pattern="^[A-Z]{2}$")
    enablebanking_language: str = Field(default="fr", pattern="^[a-z]{2}$")
    enablebanking_consent_days: int = Field(default=180, ge=1, le=180)
    """The longest consent to ask for; a bank whose own maximum is shorter is asked for that."""
    plaid_base_url: str = "https://production.plaid.com"
    plaid_hosted_url: str = "https://secure.plaid.com"
    plaid_client_id: str = ""
    plaid_secret: SecretStr | None = None
    plaid_tokens_file: Path | None = None
    """A JSON object with the access token of each item, readable by its owner only."""
    plaid_client_name: str = ""
    """What Plaid's page calls the firm, 30 characters at most; empty for `firm_name`."""
    powens_seal_key: str = ""
    """Only with own_page: the public key (JWK) to which a client's browser seals what he types, from the console."""
    credential_mode: Literal["webview", "own_page"] = "webview"
    """Where a client types a bank secret: on the aggregator's hosted page, or on ours where the law lets us."""
    agent_status: bool = False
    """The firm is registered as an agent (DSP2), and its contract lets it take bank secrets."""

    @field_validator("slack_api_url")
    @classmethod
    def end_with_slash(cls, url: str) -> str:
        """slack_sdk joins method names to it."""
        return url if url.endswith("/") else url + "/"

    @field_validator(
        "telegram_api_url", "public_url", "powens_base_url", "powens_webview_url",
        "bridge_base_url", "bridge_connect_url", "enablebanking_base_url",
        "plaid_base_url", "plaid_hosted_url",
    )  # fmt: skip
    @classmethod
    def without_slash(cls, url: str) -> str:
        """Paths are joined to it."""
        return url.rstrip("/")

    @field_validator(
        "enablebanking_private_key_file", "plaid_tokens_file", "texts", "audit_key", "audit_folder", mode="before"
    )
    @classmethod
    def be_a_file_or_none(cls, path: object) -> object:
        """An empty line is none; as a path it would be the working folder."""
        return path or None

    @field_validator("enablebanking_hosted_hosts")
    @classmethod
    def be_hosts(cls, hosts: str) -> str:
        """With a scheme or a path, none would ever be the host of a page."""
        for each in filter(None, map(str.strip, hosts.split(","))):
            if not re.fullmatch(r"[a-z0-9.-]+(:[0-9]+)?", each):
                raise ValueError(
                    "a host is written as in auth.enablebanking.com, without https:// and without a path"
                )
        return hosts.strip(" ,")

    @field_validator("service_hours")
    @classmethod
    def be_services(cls, written: str) -> str:
        """A misspelt service would let nudges leave in the middle of it."""
        try:
            read_services(written)
        except BadInput as error:
            raise ValueError(str(error)) from None
        return written

    @model_validator(mode="after")
    def nudge_outside_of_the_services(self) -> "Settings":
        """A nudge during the service is the one thing that a cook does not forgive."""
        try:
            read_slots(self.nudge_hours, read_services(self.service_hours))
        except BadInput as error:
            raise ValueError(f"RESYNC_NUDGE_HOURS : {error}") from None
        return self

    @field_validator("ladder_every", "ladder_late", mode="before")
    @classmethod
    def be_days(cls, days: object) -> object:
        """Said in French, as what is wrong with the ladder is."""
        if isinstance(days, str) and not re.fullmatch(r"[0-9]{1,3}", days.strip()):
            raise ValueError("écrivez un nombre de jours, par exemple 2.")
        return days

    @model_validator(mode="after")
    def climb_a_ladder(self) -> "Settings":
        """A misspelt rung would leave clients without a word until their bank has lapsed."""
        try:
            read_ladder(self.ladder, self.ladder_every, self.ladder_late)
        except BadInput as error:
            raise ValueError(f"RESYNC_LADDER : {error}") from None
        return self

    @model_validator(mode="after")
    def answer_in_time(self) -> "Settings":
        """A misspelt hour or name would leave a client waiting with nobody called."""
        reads = {
            "OFFICE_HOURS": read_office,
            "REPLY_HOURS": read_replies,
            "STAND_INS": read_stand_ins,
            "SLACK_CHANNELS": read_channels,
            "DIGEST_AT": read_digest,
        }
        for name, read in reads.items():
            try:
                read(getattr(self, name.lower()))
            except BadInput as error:
                raise ValueError(f"{PREFIX}{name} : {error}") from None
        return self

    @field_validator("trusted_proxies")
    @classmethod
    def be_addresses(cls, proxies: str) -> str:
        """A misspelt proxy would silently make everybody look alike."""
        for each in filter(None, map(str.strip, proxies.split(","))):
            ip_network(each, strict=False)
        return proxies

    @model_validator(mode="after")
    def know_the_webhook_secret(self) -> "Settings":
        """A webhook without a secret would take updates from anybody."""
        if self.telegram_mode == "webhook" and not self.telegram_webhook_secret:
            raise ValueError("RESYNC_TELEGRAM_WEBHOOK_SECRET is needed with RESYNC_TELEGRAM_MODE=webhook")
        return self

    @model_validator(mode="after")
    def write_e_mails_or_none(self) -> "Settings":
        """Half a mail server would look like one, and no client would ever get a letter."""
        if not self.smtp_host:
            given = [self.smtp_port, self.smtp_username, self.smtp_password, self.mail_from, self.mail_invitations]
            if any(given):
                raise ValueError("RESYNC_SMTP_HOST is needed with RESYNC_MAIL_… and the other RESYNC_SMTP_… settings")
            return self
        if not ADDRESS.fullmatch(self.mail_from):
            raise ValueError("RESYNC_MAIL_FROM is needed with RESYNC_SMTP_HOST: an address as in contact@cabinet.fr")
        if bool(self.smtp_username) != bool(self.smtp_password):
            raise ValueError("RESYNC_SMTP_USERNAME and RESYNC_SMTP_PASSWORD go together: fill in both, or none")
        if self.smtp_password and self.smtp_security == "none" and not is_this_machine(self.smtp_host):
            raise ValueError("RESYNC_SMTP_SECURITY=none would send RESYNC_SMTP_PASSWORD in the open: use starttls")
        return self

    @model_validator(mode="after")
    def open_mini_apps_over_https(self) -> "Settings":
        """Telegram would refuse every message with the button, and no client would get his page."""
        if self.mini_app and self.telegram_api_url == TELEGRAM_API and not self.public_url.startswith("https://"):
            raise ValueError("RESYNC_TELEGRAM_MINI_APP=on needs a RESYNC_PUBLIC_URL that begins with https://")
        return self

    @field_validator("transcriber_url")
    @classmethod
    def be_heard_here(cls, url: str) -> str:
        """What clients say leaves the machine no more than what they type."""
        if url and (urlsplit(url).scheme != "http" or not is_this_machine(urlsplit(url).hostname or "")):
            raise ValueError("the transcription runs on this machine, as in http://127.0.0.1:8178")
        return url.rstrip("/")

    @property
    def mini_app(self) -> bool:
        """Telegram opens Mini Apps over https only; another server of the Bot API may be laxer."""
        if self.telegram_mini_app == "auto":
            return self.public_url.startswith("https://")
        return self.telegram_mini_app == "on"

    @property
    def telegram_pace(self) -> float:
        """Telegram allows 30 messages a second a bot; another server says itself when it is too much."""
        if self.telegram_rate is not None:
            return self.telegram_rate
        return 25.0 if self.telegram_api_url == TELEGRAM_API else 0.0

    @property
    def slack_pace(self) -> float:
        """Slack allows one message a second a channel."""
        if self.slack_rate is not None:
            return self.slack_rate
        return 1.0 if self.slack_api_url == SLACK_API else 0.0


def is_this_machine(host: str) -> bool:
    """What is sent there leaves no machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_settings(env_file: str = ".env") -> Settings:
    """The settings, or `BadInput` that names each wrong one and says what to write instead."""
    written = dotenv_values(env_file) if Path(env_file).is_file() else {}
    refuse_unknown(name for name in {**written, **os.environ} if name.upper().startswith(PREFIX))
    try:
        return Settings(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings' own argument
    except ValidationError as error:
        raise BadInput("\n".join(explain(error))) from None


def refuse_unknown(names: Iterable[str]) -> None:
    """A misspelt setting would otherwise be silently without effect."""
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    for name in names:
        if name.upper() not in known:
            near = difflib.get_close_matches(name.upper(), known, n=1)
            hint = f" Vouliez-vous dire {near[0]} ?" if near else ""
            raise BadInput(f"Le réglage {name} n’existe pas.{hint}")


def explain(error: ValidationError) -> Iterable[str]:
    """One line a fault, without the value, which may be a secret."""
    for fault in error.errors(include_input=False, include_url=False):
        name = PREFIX + str(fault["loc"][0]).upper() if fault["loc"] else "Réglages"
        yield f"{name} : {fault['msg']}"
