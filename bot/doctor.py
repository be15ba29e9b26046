"""The doctor: looks at everything that a firm sets up, one line each, and says how to mend what is not well.

Law: it changes nothing, and no line holds a token. The address of the webhooks, which nobody can guess, is for the
eyes of whoever asks.
"""

import asyncio
import contextlib
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from pydantic import SecretStr

from bot.adapters.aggregators import open_aggregator, own_page_fault
from bot.adapters.calendars import ladder
from bot.adapters.database import schema
from bot.adapters.database.engine import open_engine, parse_url
from bot.adapters.mail import open_mail
from bot.app import webhook_address
from bot.domain.errors import BadInput, BotError
from bot.domain.ladder import in_words
from bot.domain.roster import read_channels
from bot.domain.secret import Secret
from bot.ports import Capabilities, Diagnosis
from bot.settings import Settings
from handlers.web import return_address
from locales.fr.images import PICTURES, picture

SECONDS = 10.0
RECENT_SECONDS = 300.0
SKEW = 30.0
SQLITE_FOR_PYTHON_312 = (3, 42)


class Patient:
    """The settings under examination, the line to the outside, and the clocks that were seen there."""

    def __init__(self, settings: Settings, web: httpx.AsyncClient) -> None:
        self.settings = settings
        self.web = web
        self.skews: list[float] = []

    async def ask(self, url: str, token: str = "", **form: str) -> dict[str, Any]:
        """One call of an API that answers with JSON; an empty answer where there is none at all."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            answer = await self.web.post(url, data=form, headers=headers)
            said = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return {}
        with contextlib.suppress(ValueError, TypeError):  # no date, or none that can be read
            theirs = parsedate_to_datetime(answer.headers.get("date", ""))
            self.skews.append(abs((datetime.now(UTC) - theirs).total_seconds()))
        return said if isinstance(said, dict) else {}


Check = Callable[[Patient], Awaitable[list[Diagnosis]]]


async def examine(settings: Settings) -> AsyncIterator[Diagnosis]:
    """Every check in turn, each told as soon as it is known."""
    async with opened(settings) as patient:
        for check in CHECKS:
            for diagnosis in await check(patient):
                yield diagnosis


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Patient]:
    async with httpx.AsyncClient(timeout=SECONDS) as web:
        yield Patient(settings, web)


async def versions(_patient: Patient) -> list[Diagnosis]:
    """Python and SQLite; DBOS needs a clock in SQLite that came with 3.42, which we lend to older ones."""
    python = ".".join(map(str, sys.version_info[:3]))
    lent = " (horloge prêtée)" if sqlite3.sqlite_version_info < SQLITE_FOR_PYTHON_312 else ""
    return [
        Diagnosis(f"Python {python}", sys.version_info >= (3, 11), "Installez Python 3.11 ou plus récent."),
        Diagnosis(
            f"SQLite {sqlite3.sqlite_version}{lent}",
            sqlite3.sqlite_version_info >= (3, 35),
            "Installez un Python dont SQLite a au moins la version 3.35.",
        ),
    ]


async def database(patient: Patient) -> list[Diagnosis]:
    """Reachable, and with our tables. A file that is not there yet is not made by looking."""
    try:
        url = parse_url(patient.settings.database_url)
        found = await asyncio.to_thread(schema_of, url)
    except BotError as error:
        return [Diagnosis("Base de données joignable", False, str(error))]
    well = found in ("current", "empty")
    kind = "SQLite" if url.get_backend_name() == "sqlite" else "PostgreSQL"
    return [
        Diagnosis(f"Base de données joignable ({kind})", True),
        Diagnosis("Tables à jour", well, "" if well else schema.REFUSALS[found]),
    ]


def schema_of(url: sa.URL) -> schema.Version:
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        url = url if not Path(url.database or ".").parent.is_dir() else url.set(database=":memory:")
    engine = open_engine(url, 1, writes=False)
    try:
        return schema.version(engine)
    finally:
        engine.dispose()


async def telegram(patient: Patient) -> list[Diagnosis]:
    settings, what = patient.settings, "Telegram : le bot est reconnu"
    if not settings.telegram_token:
        return [Diagnosis(what, False, "Demandez un jeton à @BotFather et écrivez-le dans RESYNC_TELEGRAM_TOKEN.")]
    base = f"{settings.telegram_api_url}/bot{value(settings.telegram_token)}"
    me = await patient.ask(f"{base}/getMe")
    if not me:
        return [
            Diagnosis(what, False, f"{settings.telegram_api_url} ne répond pas : vérifiez le réseau ou l’adresse.")
        ]
    if not me.get("ok"):
        advice = "Telegram refuse le jeton : recopiez celui de @BotFather dans RESYNC_TELEGRAM_TOKEN."
        return [Diagnosis(what, False, advice)]
    name = me["result"].get("username", "?")
    return [Diagnosis(f"{what} (@{name})", True), listening(settings, await patient.ask(f"{base}/getWebhookInfo"))]


def listening(settings: Settings, info: dict[str, Any]) -> Diagnosis:
    """Does Telegram bring the updates to where we listen? `resync run` sets it; a lasting error is told."""
    hook = info.get("result", {})
    set_to = hook.get("url", "")
    if settings.telegram_mode == "polling":
        advice = "Une autre adresse reçoit les messages. Au démarrage, resync run la remplacera."
        return Diagnosis("Telegram : mode polling, sans webhook", not set_to, advice)
    expected = f"{settings.public_url}/telegram/webhook"
    if set_to != expected:
        advice = f"Lancez resync run : il annoncera {expected} à Telegram."
        return Diagnosis("Telegram : webhook posé", False, advice)
    trouble = hook.get("last_error_message", "") if is_lasting(hook) else ""
    return Diagnosis(
        "Telegram : webhook posé", not trouble, f"Telegram n’y arrive pas : {trouble}" if trouble else ""
    )


def is_lasting(hook: Mapping[str, Any]) -> bool:
    """Telegram goes on telling its last error long after it has passed: what counts is whether updates still wait."""
    recent = time.time() - float(hook.get("last_error_date") or 0) < RECENT_SECONDS
    return recent or bool(hook.get("pending_update_count"))


async def slack(patient: Patient) -> list[Diagnosis]:
    settings, what = patient.settings, "Slack : l’application est reconnue"
    if not settings.slack_bot_token:
        return [Diagnosis(what, False, "Copiez le « Bot User OAuth Token » (xoxb-…) dans RESYNC_SLACK_BOT_TOKEN.")]
    who = await patient.ask(f"{settings.slack_api_url}auth.test", value(settings.slack_bot_token))
    if not who:
        return [Diagnosis(what, False, f"{settings.slack_api_url} ne répond pas : vérifiez le réseau ou l’adresse.")]
    if not who.get("ok"):
        advice = f"Slack refuse RESYNC_SLACK_BOT_TOKEN ({who.get('error')}) : recopiez-le."
        return [Diagnosis(what, False, advice)]
    known = Diagnosis(f"{what} ({who.get('team', '?')})", True)
    return [
        known,
        await channel(patient),
        *await own_channels(patient),
        *await roles(patient),
        await staff_line(patient),
    ]


async def roles(patient: Patient) -> list[Diagnosis]:
    """The user groups that say who may do what: a group that cannot be read lets nobody in."""
    settings = patient.settings
    groups = {"SLACK_ACCOUNTANTS": settings.slack_accountants, "SLACK_MANAGERS": settings.slack_managers}
    if not any(groups.values()):
        return [Diagnosis("Slack : tout membre de l’espace (sauf les invités) peut agir, aucun groupe réglé", True)]
    return [await group(patient, name, written) for name, written in groups.items() if written]


async def group(patient: Patient, name: str, written: str) -> Diagnosis:
    url, token = f"{patient.settings.slack_api_url}usergroups.users.list", value(patient.settings.slack_bot_token)
    said = await patient.ask(url, token, usergroup=written)
    what = f"Slack : groupe RESYNC_{name}"
    if not said.get("ok"):
        advice = (
            f"Slack ne donne pas ce groupe ({said.get('error', 'sans réponse')}) : personne n’y est, donc n’agit. "
            "Copiez son identifiant (S…), et donnez à l’application le droit usergroups:read."
        )
        return Diagnosis(what, False, advice)
    members = len(said.get("users", ()))
    return Diagnosis(f"{what} ({members} personnes)", members > 0, "Ce groupe est vide : ajoutez-y des collègues.")


async def channel(patient: Patient) -> Diagnosis:
    """The firm's channel, by its id or by its name, and whether the application is in it."""
    what = "Slack : le salon du cabinet"
    wanted = patient.settings.slack_channel.strip().removeprefix("#")
    if not wanted:
        return Diagnosis(what, False, "Écrivez le nom du salon dans RESYNC_SLACK_CHANNEL.")
    return await place(patient, what, wanted)


async def own_channels(patient: Patient) -> list[Diagnosis]:
    """Those of accountants: what cannot go there goes into the firm's."""
    found = read_channels(patient.settings.slack_channels)
    return [
        await place(patient, f"Slack : le salon de {who}", where.removeprefix("#")) for who, where in found.items()
    ]


async def place(patient: Patient, what: str, wanted: str) -> Diagnosis:
    found = await find_channel(patient, wanted)
    if found is None:
        advice = f"Le salon « {wanted} » est introuvable. S’il est privé, invitez-y d’abord l’application."
        return Diagnosis(what, False, advice)
    name = found.get("name", wanted)
    advice = f"Dans le salon #{name}, écrivez : /invite, puis choisissez l’application."
    return Diagnosis(f"{what} (#{name})", bool(found.get("is_member")), advice)


async def find_channel(patient: Patient, wanted: str) -> dict[str, Any] | None:
    url, token = patient.settings.slack_api_url, value(patient.settings.slack_bot_token)
    known = await patient.ask(f"{url}conversations.info", token, channel=wanted)
    if known.get("ok"):
        return dict(known["channel"])
    cursor = ""
    for _page in range(50):
        kinds = {"types": "public_channel,private_channel", "limit": "200", "exclude_archived": "true"}
        listed = await patient.ask(
            f"{url}conversations.list", token, **kinds, **({"cursor": cursor} if cursor else {})
        )
        for each in listed.get("channels", []):
            if each.get("name") == wanted:
                return dict(each)
        cursor = listed.get("response_metadata", {}).get("next_cursor", "")
        if not cursor:
            break
    return None


async def staff_line(patient: Patient) -> Diagnosis:
    """How what staff click comes to us: a socket that we open, or calls that Slack signs."""
    settings = patient.settings
    if settings.slack_mode == "http":
        advice = "Copiez le « Signing Secret » dans RESYNC_SLACK_SIGNING_SECRET."
        return Diagnosis("Slack : mode http, secret de signature", bool(settings.slack_signing_secret), advice)
    what = "Slack : mode socket, jeton d’application"
    if not settings.slack_app_token:
        return Diagnosis(
            what, False, "Créez un jeton xapp-… (connections:write) et copiez-le dans RESYNC_SLACK_APP_TOKEN."
        )
    said = await patient.ask(f"{settings.slack_api_url}apps.connections.open", value(settings.slack_app_token))
    advice = f"Slack refuse RESYNC_SLACK_APP_TOKEN ({said.get('error', 'sans réponse')}) : copiez-le à nouveau."
    return Diagnosis(what, bool(said.get("ok")), advice)


async def mail(patient: Patient) -> list[Diagnosis]:
    """The mail server, with the very connection that a letter would take."""
    server = open_mail(patient.settings)
    if server is None:
        return [Diagnosis("E-mail : aucun serveur réglé, un client injoignable n’a que le téléphone", True)]
    return [await server.diagnose()]


async def credentials(patient: Patient) -> list[Diagnosis]:
    """Where bank secrets are typed; that it is our page must be allowed, and be wanted in so many words."""
    settings, fault = patient.settings, own_page_fault(patient.settings)
    if fault:
        return [Diagnosis("Page du mot de passe bancaire", False, fault)]
    if settings.credential_mode == "webview":
        return [Diagnosis("Page du mot de passe bancaire : pas la nôtre, la loi le veut ainsi (webview)", True)]
    sealed = "scellé pour l’agrégateur seul" if settings.powens_seal_key else "scellé jusqu’à ce programme"
    return [Diagnosis(f"Page du mot de passe bancaire : la nôtre, {sealed} (own_page)", True)]


async def aggregator(patient: Patient) -> list[Diagnosis]:
    settings = patient.settings
    if own_page_fault(settings):  # told already; the aggregator is looked at all the same
        settings = settings.model_copy(update={"credential_mode": "webview"})
    try:
        vendor = open_aggregator(settings)
    except BotError as error:
        return [Diagnosis("Agrégateur réglé", False, str(error))]
    can = vendor.capabilities
    try:
        lines = list(await vendor.diagnose(return_address(settings.public_url)))
    except BotError as error:
        lines = [Diagnosis("Agrégateur", False, str(error))]
    finally:
        await vendor.aclose()
    return [*lines, *abilities(vendor.name, can), *webhooks(settings, can)]


ABILITIES = {
    "sees_state": "lecture de l’état",
    "hosted_page": "page sécurisée",
    "forced_sync": "synchronisation à la demande",
    "webhook": "webhooks",
    "warns_of_the_end": "annonce de la fin d’un accord",
    "lists": "liste des connexions",
    "keeps_its_id": "même identifiant après un renouvellement",
    "secret_by_api": "mot de passe sur notre page",
}
"""What an aggregator declares of itself, in words."""


def abilities(name: str, can: Capabilities) -> list[Diagnosis]:
    """What it can do, and what it cannot: no fault, but it explains what the firm will see."""
    if not can.sees_state:  # nobody is there
        return []
    able = ", ".join(words for ability, words in ABILITIES.items() if getattr(can, ability))
    unable = ", ".join(words for ability, words in ABILITIES.items() if not getattr(can, ability))
    return [Diagnosis(f"Ce que fait {name} : {able}" + (f" ; pas : {unable}" if unable else ""), True)]


def webhooks(settings: Settings, can: Capabilities) -> list[Diagnosis]:
    """The address to give to the aggregator. Without a secret there is none, as its own line says already."""
    if not can.webhook:
        return []
    what = f"Adresse des webhooks, à donner à {settings.aggregator}"
    try:
        address = webhook_address(settings)
    except BadInput as error:
        return [Diagnosis(what, False, str(error))]
    if not is_reached(settings):
        advice = (
            "L’agrégateur ne peut pas l’appeler : ce qui change dans une banque ne sera vu qu’à la lecture du jour. "
            "Donnez à RESYNC_PUBLIC_URL une adresse https:// que l’on atteint depuis Internet, puis relancez."
        )
        return [Diagnosis(what, False, advice)]
    return [Diagnosis(what, True, address=Secret(address))]


async def public_address(patient: Patient) -> list[Diagnosis]:
    """Whoever calls us from outside needs https; a firm without an aggregator, by polling, needs no address."""
    settings = patient.settings
    called = settings.telegram_mode == "webhook" or settings.slack_mode == "http" or settings.aggregator != "manual"
    if not called or (settings.aggregator == "sandbox" and is_local(settings.public_url)):
        return [Diagnosis(f"Adresse publique : aucune n’est nécessaire ({settings.public_url})", True)]
    advice = "Donnez à RESYNC_PUBLIC_URL une adresse https:// que l’on atteint depuis Internet."
    return [Diagnosis(f"Adresse publique ({settings.public_url})", is_reached(settings), advice)]


def is_reached(settings: Settings) -> bool:
    """Can those who call us reach our address? The sandbox's bank is on this machine."""
    local = is_local(settings.public_url)
    return settings.aggregator == "sandbox" if local else settings.public_url.startswith("https://")


def is_local(address: str) -> bool:
    """This machine, a private network, or no address at all."""
    try:
        host = urlsplit(address).hostname or "localhost"
        return host == "localhost" or not ip_address(host).is_global
    except ValueError:  # a name, which leads where it leads
        return False


async def reminders(patient: Patient) -> list[Diagnosis]:
    """When they leave, for the firm to read; what cannot be climbed is refused with the other settings."""
    return [Diagnosis(f"Relances : {in_words(ladder(patient.settings))}", True)]


async def clock(patient: Patient) -> list[Diagnosis]:
    """Against what the others said the time was."""
    if not patient.skews:
        return []
    skew = min(patient.skews)  # the least delayed answer
    advice = (
        f"L’horloge de cette machine a {skew:.0f} secondes d’écart : activez sa mise à l’heure automatique (NTP)."
    )
    return [Diagnosis("Horloge à l’heure", skew <= SKEW, advice if skew > SKEW else "")]


async def pictures(patient: Patient) -> list[Diagnosis]:
    """The firm's own pictures, where it has some: Telegram refuses what is no picture, or is too big."""
    folder = patient.settings.pictures
    if folder is None:
        return [Diagnosis("Images des étapes : celles de Resync", True)]
    if not folder.is_dir():
        advice = "Ce dossier n’existe pas : créez-le, ou retirez RESYNC_PICTURES."
        return [Diagnosis(f"Images des étapes : {folder}", False, advice)]
    return [Diagnosis(f"Image « {name} »", fits(name, folder), UNFIT) for name in PICTURES]


UNFIT = "Enregistrez-la en PNG ou en JPEG, de 10 Mo au plus, ou retirez-la : celle de Resync servira."


def fits(name: str, folder: Path) -> bool:
    """Is the firm's picture, or ours in its place, one that can be sent?"""
    try:
        picture(name, folder)
    except (ValueError, OSError):
        return False
    return True


async def telegram_name(settings: Settings) -> str:
    """The name of the firm's bot. Raises `BadInput` where Telegram does not know it."""
    async with opened(settings) as patient:
        base = f"{settings.telegram_api_url}/bot{value(settings.telegram_token)}"
        me = await patient.ask(f"{base}/getMe") if settings.telegram_token else {}
    name = me.get("result", {}).get("username", "") if me.get("ok") else ""
    if not name:
        raise BadInput(
            "Telegram ne dit pas le nom du bot. Voyez pourquoi avec : resync doctor — ou donnez-le : --bot resync_bot"
        )
    return str(name)


def value(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


CHECKS: tuple[Check, ...] = (
    versions, database, telegram, slack, mail, credentials, aggregator, public_address, reminders, clock, pictures,
)  # fmt: skip
