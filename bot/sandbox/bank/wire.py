"""How the sandbox aggregator writes its records down, as Powens documents it, dates included."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from bot.sandbox.bank.world import PARIS, Brand, Connection, code_field, login_field, password_field, website_field

if TYPE_CHECKING:
    from bot.sandbox.bank.bank import Bank


def event_body(bank: "Bank", link: Connection) -> dict[str, object]:
    """What a webhook says of a connection."""
    return {"user": {"id": link.user.id}, "connection": connection(bank, link, {"accounts"})}


def connector(brand: Brand, expand: set[str]) -> dict[str, object]:
    body = {
        "id": brand.id,
        "uuid": brand.uuid,
        "name": brand.name,
        "hidden": False,
        "charged": True,
        "beta": False,
        "restricted": False,
        "capabilities": ["bank"],
        "auth_mechanism": "credentials",
    }
    return body | ({"fields": [website_field(), login_field(), password_field()]} if "fields" in expand else {})


EXPANDABLE = ("connector", "sources", "accounts", "all_accounts")


def connection(bank: "Bank", link: Connection, expand: set[str]) -> dict[str, object]:
    state = bank.state(link)
    body: dict[str, object] = {
        "id": link.id,
        "id_user": link.user.id,
        "id_connector": link.brand.id,
        "connector_uuid": link.brand.uuid,
        "state": state,
        "error": state,
        "error_message": None,
        "fields": _fields(state),
        "active": True,
        "created": paris(link.created),
        "last_update": paris(link.last_update),
        "last_push": None,
        "expire": paris(link.access_expire),
        "next_try": _next_try(bank, link, state),
    }
    if "connector" in expand:
        body["connector"] = connector(link.brand, set())
    if "sources" in expand:
        body["sources"] = sources(bank, link)
    for name in expand & {"accounts", "all_accounts"}:
        body[name] = accounts(link)
    return body


def _fields(state: str | None) -> list[dict[str, object]] | None:
    # Only these two states are documented to have any: else the connector's are asked for.
    if state == "wrongpass":
        return [password_field()]
    return [code_field()] if state == "additionalInformationNeeded" else None


def _next_try(bank: "Bank", link: Connection, state: str | None) -> str | None:
    if state == "rateLimiting" and link.limited_until is not None:
        return paris(link.limited_until)
    return paris(bank.now() + timedelta(days=1)) if state in (None, "websiteUnavailable") else None


def sources(bank: "Bank", link: Connection) -> list[dict[str, object]]:
    state = bank.state(link)
    source: dict[str, object] = {
        "id": link.id,
        "id_connection": link.id,
        "id_connector_source": link.brand.id,
        "name": "openapi",
        "state": state,
        "created": paris(link.created),
        "last_update": paris(link.last_update),
        "next_try": _next_try(bank, link, state),
        "access_expire": paris(link.access_expire),
        "disabled": None,
    }
    # A source that was switched off keeps an old date; whoever counts it announces the wrong day.
    off = {"id": link.id + 1_000_000, "name": "directaccess", "state": None, "next_try": None}
    off |= {"access_expire": paris(link.created), "disabled": paris(link.created)}
    return [source, source | off]


_OTHER_LOGIN = 1_000_000


def accounts(link: Connection) -> list[dict[str, object]]:
    """After a change of login the old accounts are kept, disabled, and those of the other login come beside them."""
    own = _account(link, link.id, link.iban, "Compte courant professionnel", "ORGA")
    if not link.strayed:
        return [own]
    other = _account(link, link.id + _OTHER_LOGIN, link.other_iban, "Compte courant personnel", "PRIV")
    return [own | {"disabled": paris(link.last_update)}, other]


def _account(link: Connection, number: int, iban: str, name: str, usage: str) -> dict[str, object]:
    return {
        "id": number,
        "id_connection": link.id,
        "id_user": link.user.id,
        "id_source": link.id,
        "id_parent": None,
        "name": name,
        "original_name": "COMPTE COURANT",
        "display": True,
        "bookmarked": False,
        "balance": 0.0,
        "coming": None,
        "type": "checking",
        "id_type": 2,
        "usage": usage,
        "number": iban[4:],
        "iban": iban,
        "deleted": None,
        "disabled": None,
        "last_update": paris(link.last_update),
    }


def paris(moment: datetime) -> str:
    """A moment as the vendor writes it: Paris time, without saying so."""
    return moment.astimezone(PARIS).strftime("%Y-%m-%d %H:%M:%S")
