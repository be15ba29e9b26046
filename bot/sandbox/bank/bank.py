"""The sandbox's bank aggregator: its records, and the hand that makes things happen in them."""

import asyncio
import json
import secrets
import uuid
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime, timedelta

from joserfc.jwk import RSAKey
from starlette.routing import BaseRoute

from bot.sandbox.bank import api, oneup, pages, webview, wire
from bot.sandbox.bank.access import Access
from bot.sandbox.bank.courier import Courier
from bot.sandbox.bank.world import (
    PARIS,
    Brand,
    Connection,
    Outcome,
    User,
    attempt,
    enter_password,
    hashed,
    iban,
    settle,
    sync_nightly,
)

Change = dict[str, object]

_TICK = 0.5
"""Seconds of real time between two looks at what the (perhaps virtual) clock has brought about."""


class Bank:
    """A whole bank world: an aggregator that speaks Powens' protocol, its hosted page, and a mock One up.

    Everything is reached over HTTP through `routes`; the methods are the hand of the demo, the tour and the
    tests. All time comes from `now` (aware, UTC). `redirect_prefixes` is the vendor console's whitelist of
    addresses a client may be sent back to.
    """

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        webhook_secret: str,
        now: Callable[[], datetime],
        redirect_prefixes: Sequence[str] = (),
    ) -> None:
        self.now = now
        self.client_id = client_id
        self.redirect_prefixes = list(redirect_prefixes)
        self.access = Access(client_id, client_secret, now)
        self.courier = Courier(secret=webhook_secret, now=now)
        self.users: dict[int, User] = {}
        self.brands: dict[str, Brand] = {}
        self.links: OrderedDict[int, Connection] = OrderedDict()
        self.limited_calls, self.retry_after = 0, 0
        self.seal: RSAKey | None = None
        """Where it is set, what is typed elsewhere than on our pages must be sealed to it."""
        self._down: set[str] = set()
        self._newest_link = 0
        self._newest_user = 0
        self._states: dict[int, str | None] = {}
        self._listeners: set[asyncio.Queue[Change]] = set()
        self._ticker: asyncio.Task[None] | None = None
        self.routes: list[BaseRoute] = [
            *api.routes(self),
            *webview.routes(self),
            *oneup.routes(self),
            pages.static_files(),
        ]

    # What the demo sets up

    @property
    def webhook_url(self) -> str | None:
        """Where events are posted; None posts none."""
        return self.courier.url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self.courier.url = url

    def begin_to_seal(self) -> str:
        """From now on the API wants credentials sealed; the public key as the console shows it, a JWK."""
        self.seal = RSAKey.generate_key(2048, {"kid": "sandbox-seal"}, private=True)
        return json.dumps(self.seal.as_dict(private=False))

    def create_user(self, name: str) -> int:
        """A new user at the aggregator."""
        self._newest_user += 1
        self.users[self._newest_user] = User(self._newest_user, name, self.now())
        return self._newest_user

    def bank(self, name: str, cadence_days: int = 180) -> Brand:
        """The bank of that name, made when it is not known yet."""
        if name not in self.brands:
            number = len(self.brands) + 1
            known_as = str(uuid.uuid5(uuid.NAMESPACE_URL, f"banque-relais/{name}"))
            self.brands[name] = Brand(number, known_as, name, timedelta(days=cadence_days))
        return self.brands[name]

    def connect(
        self,
        user: int,
        bank_name: str,
        password: str = "mot de passe",  # noqa: S107  # the sandbox's clients need one
        last_sync: datetime | None = None,
    ) -> int:
        """A working connection, last synchronised (with the client's consent) at `last_sync`, else now."""
        salt = secrets.token_bytes(16)
        return self.connect_hashed(user, bank_name, hashed(password, salt), salt, last_sync)

    def connect_hashed(
        self, user: int, bank_name: str, password: bytes, salt: bytes, last_sync: datetime | None = None
    ) -> int:
        """The same from a password of which only the hash was kept."""
        brand, last = self.bank(bank_name), (last_sync or self.now()).astimezone(UTC)
        self._newest_link += 1
        link = Connection(
            id=self._newest_link,
            user=self.users[user],
            brand=brand,
            salt=salt,
            stored=password,
            actual=password,
            created=last,
            last_update=last,
            access_expire=last + brand.cadence,
            iban=iban(brand.id, self._newest_link),
            other_iban=iban(brand.id, self._newest_link, branch=2),
        )
        self.links[link.id] = link
        self._tell(link, "CONNECTION_SYNCED")
        return link.id

    # What the bank does

    def expire_consent(self, connection_id: int) -> None:
        """The consent lapses now."""
        link = self.link(connection_id)
        link.access_expire = self.now()
        self._tell(link, "CONNECTION_SYNCED")

    def change_password(self, connection_id: int, new: str) -> None:
        """The client changes his password at the bank; the aggregator notices at its next attempt."""
        link = self.link(connection_id)
        link.actual = hashed(new, link.salt)
        link.password_expired = False
        self._notice(link)

    def expire_password(self, connection_id: int) -> None:
        """The bank demands a new password, to be changed on its own site (`change_password`)."""
        link = self.link(connection_id)
        link.password_expired = True
        self._notice(link)

    def ask_approval(self, connection_id: int, on: bool = True) -> None:
        """The next sync waits for a validation in the bank's app."""
        self.link(connection_id).asks_approval = on

    def approve(self, connection_id: int) -> Outcome:
        """The client validates in his bank's app; a sync that waits for it goes on."""
        link = self.link(connection_id)
        waited, link.asks_approval = link.problem == "decoupled", False
        return self._attempt(link, present=True) if waited else "synchronised"

    def ask_code(self, connection_id: int) -> None:
        """The next sync sends a code by SMS; `view()["code"]` is the client's telephone."""
        self.link(connection_id).asks_code = True

    def require_action(self, connection_id: int, on: bool = True) -> None:
        """The bank wants something done on its own site first.

        `on=False`: the client has done it; the aggregator only finds out when somebody asks it to sync.
        """
        link = self.link(connection_id)
        link.asks_action = on
        if on:
            self._notice(link)

    def switch(self, bank_name: str, up: bool) -> None:
        """A bank goes down, or comes back."""
        (self._down.discard if up else self._down.add)(self.bank(bank_name).name)
        self._tell_changed()

    def confirm_late(self, connection_id: int, after: timedelta) -> None:
        """The next good sync stays in processing for that long."""
        self.link(connection_id).late = after

    def stray(self, connection_id: int, on: bool = True) -> None:
        """The next time that he is there, the client takes another login of the same bank than the company's."""
        self.link(connection_id).strays = on

    def limit(self, calls: int, retry_after: int = 30) -> None:
        """The next `calls` requests to the API are answered 429, to be retried after so many seconds."""
        self.limited_calls, self.retry_after = calls, retry_after

    def slow_down(self, connection_id: int, wait: timedelta) -> None:
        """The bank limits the calls for this connection for a while."""
        link = self.link(connection_id)
        link.limited_until = self.now() + wait
        self._tell(link, "CONNECTION_SYNCED")

    def say_unknown(self, connection_id: int, state: str | None) -> None:
        """The connection shows this word as its state, whatever is true; None ends it."""
        link = self.link(connection_id)
        link.says = state
        self._tell(link, "CONNECTION_SYNCED")

    def delete(self, connection_id: int) -> None:
        """The connection is removed with all its data."""
        link = self.links.pop(connection_id)
        self._states.pop(connection_id, None)
        self._tell(link, "CONNECTION_DELETED", gone=True)

    # What the client does

    async def press_blue_button(self, connection_id: int) -> Outcome:
        """« Synchronisation avec la banque », pressed by the client: what One up shows then."""
        return self._attempt(self.link(connection_id), present=True)

    async def type_password(self, connection_id: int, value: str) -> Outcome:
        """The client types his password in the window and the sync goes on."""
        link = self.link(connection_id)
        if self.state(link) == "websiteUnavailable":
            return "down"
        if not enter_password(link, value, self.now()):
            self._tell(link, "CONNECTION_SYNCED")
            return "action" if link.locked(self.now()) else "password"
        return self._attempt(link, present=True)

    async def type_code(self, connection_id: int, value: str) -> Outcome:
        """The client types the code he got by SMS."""
        link = self.link(connection_id)
        if link.problem == "additionalInformationNeeded":
            if not secrets.compare_digest(value.strip().encode(), link.code.encode()):
                return "code"
            link.asks_code = False
        return self._attempt(link, present=True)

    async def connect_first(self, user: int, bank_name: str, password: str) -> Outcome:
        """« Nouveau compte bancaire »: the client connects a bank for the first time."""
        if self.bank(bank_name).name in self._down:
            return "down"
        self.connect(user, bank_name, password)
        return "synchronised"

    # What one may look at

    def link(self, connection_id: int) -> Connection:
        """The connection with that id; `KeyError` when there is none."""
        link = self.links[connection_id]
        self._settle(link)
        return link

    def links_of(self, user: int) -> list[Connection]:
        """A user's connections, oldest first."""
        return [self.link(link.id) for link in list(self.links.values()) if link.user.id == user]

    def bank_up(self, name: str) -> bool:
        """Does this bank answer?"""
        return name not in self._down

    def state(self, link: Connection) -> str | None:
        """The vendor's word for the connection's state, now."""
        return link.state(self.now(), bank_up=self.bank_up(link.brand.name))

    def view(self, connection_id: int) -> dict[str, object]:
        """One connection for the demo page, in plain values; never a password."""
        link = self.link(connection_id)
        return {
            "connection": link.id,
            "user": link.user.id,
            "user_name": link.user.name,
            "bank": link.brand.name,
            "bank_up": self.bank_up(link.brand.name),
            "state": self.state(link),
            "password_hint": "à jour" if link.password_is_right() else "changé à la banque",
            "password_expired": link.password_expired,
            "asks_approval": link.asks_approval,
            "asks_code": link.asks_code,
            "asks_action": link.asks_action,
            "code": link.code,
            "strays": link.strays,
            "strayed": link.strayed,
            "locked": link.locked(self.now()),
            "expires": link.access_expire.astimezone(PARIS).date().isoformat(),
            "last_sync": link.last_update.isoformat(),
        }

    async def subscribe(self) -> AsyncGenerator[Change]:
        """Every change from now on, as `{"event", **view}`; a reader too slow misses the oldest."""
        changes: asyncio.Queue[Change] = asyncio.Queue(maxsize=1000)
        self._listeners.add(changes)
        try:
            while True:
                yield await changes.get()
        finally:
            self._listeners.discard(changes)

    # Running

    async def start(self) -> None:
        """Begin to post webhooks, and to notice what time brings about."""
        self.courier.start()
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._tick())

    async def aclose(self) -> None:
        """Stop both."""
        if self._ticker is not None:
            self._ticker.cancel()
            await asyncio.gather(self._ticker, return_exceptions=True)
            self._ticker = None
        await self.courier.aclose()

    def look(self) -> None:
        """Notice at once what the clock has brought about; the running bank also does it by itself."""
        for link in list(self.links.values()):
            self._settle(link)
        self._tell_changed()

    def attempt(self, link: Connection, *, present: bool) -> Outcome:
        """One attempt to sync, told to everybody."""
        return self._attempt(link, present=present)

    def _attempt(self, link: Connection, *, present: bool) -> Outcome:
        outcome = attempt(link, self.now(), bank_up=self.bank_up(link.brand.name), present=present)
        self._tell(link, "CONNECTION_SYNCED")
        return outcome

    def _notice(self, link: Connection) -> None:
        """The aggregator syncs a healthy connection by itself, so it soon finds out what changed there."""
        if self.state(link) is None:
            self._attempt(link, present=False)

    def _settle(self, link: Connection) -> None:
        if settle(link, self.now()):
            self._tell(link, "CONNECTION_SYNCED")
        sync_nightly(link, self.now(), bank_up=self.bank_up(link.brand.name))

    def _tell_changed(self) -> None:
        for link in list(self.links.values()):
            if self._states.get(link.id) != self.state(link):
                self._tell(link, "CONNECTION_SYNCED")

    def _tell(self, link: Connection, event: str, *, gone: bool = False) -> None:
        if not gone:
            self._states[link.id] = self.state(link)
        self.courier.send(event, wire.event_body(self, link))
        change = {"event": event, "connection": link.id, "user": link.user.id, "bank": link.brand.name}
        if not gone:
            change |= self.view(link.id)
        for listener in self._listeners:
            if listener.full():
                listener.get_nowait()
            listener.put_nowait(change)

    async def _tick(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(_TICK)
