"""Banks and the aggregator that sees them, as they are in the world: what the program only learns by reading."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.domain.errors import Unreachable
from bot.domain.login_form import LoginForm
from bot.domain.secret import Secret
from bot.ports import Capabilities, Diagnosis

NIGHT = time(3, 0)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
Span = tuple[datetime, datetime]


@dataclass
class Bank:
    """One bank: how long its consents last, whether it says so, how late it confirms, and when it is down."""

    name: str
    lasts: int
    """Days."""
    listed: int
    """Days, as the firm's list has it; 0 where it says nothing."""
    tells_end: bool
    confirms_after: tuple[timedelta, ...]
    outages: list[Span] = field(default_factory=list)

    def is_down(self, now: datetime) -> bool:
        return any(begin <= now < end for begin, end in self.outages)


def six_banks(chance: Random, begin: datetime, days: int) -> list[Bank]:
    """Of every kind: quick and slow, talkative and silent, and one whose cadence the firm's list has wrong."""
    quick, slow = (8 * SECOND, 40 * SECOND), (2 * MINUTE, 3 * HOUR, 20 * HOUR)
    banks = [
        Bank("Crédit Rural", 180, 180, True, quick),
        Bank("Banque de l’Ouest", 90, 90, True, quick),
        Bank("Caisse Provençale", 180, 0, True, slow),
        Bank("Banque Mistral", 90, 90, False, quick),
        Bank("Crédit du Marais", 180, 180, False, slow),
        Bank("Banque des Isles", 90, 180, False, quick),
    ]
    for bank in banks:
        for longest in (8 * HOUR,) * (days // 90) + (4 * DAY,) * (days // 365):
            since = begin + chance.random() * days * DAY
            bank.outages.append((since, since + longest * (0.2 + 0.8 * chance.random())))
    return banks


@dataclass
class Link:
    """The link between one bank and one client's books, as the aggregator has it."""

    id: str
    user: str
    bank: Bank
    iban: str
    state: ConnectionState = ConnectionState.DELETED
    began: datetime | None = None
    ends: datetime | None = None
    last_sync: datetime | None = None
    broken_since: datetime | None = None
    version: int = 0
    """Counts the consents, so that the end of an earlier one is not taken for that of a later one."""

    @property
    def works(self) -> bool:
        return self.state is ConnectionState.OK

    def is_done(self, now: datetime) -> bool:
        """There is nothing for the client to do: it works, and its end is far."""
        return self.works and self.ends is not None and self.ends - now >= 16 * DAY

    def renew(self, now: datetime, lasts: timedelta, agreed_at: datetime | None = None) -> None:
        """The aggregator shows it from now on; the client agreed to it when he was at his bank."""
        self.state, self.began, self.ends = ConnectionState.OK, agreed_at or now, now + lasts
        self.last_sync, self.broken_since = now, None
        self.version += 1

    def break_(self, now: datetime, state: ConnectionState) -> None:
        self.state, self.broken_since = state, now

    def reading(self, now: datetime) -> Reading:
        if self.bank.is_down(now):
            return Reading(ConnectionState.BANK_UNAVAILABLE, vendor_code="down")
        if not self.works:
            return Reading(self.state, last_success_at=self.last_sync, vendor_code=self.state.value)
        night = datetime.combine(now.date(), NIGHT, UTC)
        night = night if night <= now else night - DAY
        if not self.bank.is_down(night) and (self.last_sync is None or night > self.last_sync):
            self.last_sync = night
        return Reading(
            self.state,
            expires_on=self.ends.date() if self.ends and self.bank.tells_end else None,
            last_success_at=self.last_sync,
            authorised_at=self.began,
            accounts=(self.iban,),
            vendor_code="ok",
            bank=self.bank.name.upper(),
            ref=ConnectionRef(self.user, self.id),
        )


class Vendor:
    """`Aggregator`: sees every link, tells the truth of it, and is itself away now and then."""

    name = "simulated"

    def __init__(self, now: Callable[[], datetime], read_every: timedelta) -> None:
        self.now = now
        self.capabilities = Capabilities(sees_state=True, hosted_page=True, read_every=read_every)
        self.links: dict[str, Link] = {}
        self.away: list[Span] = []
        self.readings = 0

    async def read(self, ref: ConnectionRef) -> Reading:
        now = self.now()
        if any(begin <= now < end for begin, end in self.away):
            raise Unreachable("the vendor is away")
        self.readings += 1
        link = self.links.get(ref.connection) or self._newest(ref.user)
        return Reading(ConnectionState.DELETED, vendor_code="gone") if link is None else link.reading(now)

    def _newest(self, user: str) -> Link | None:
        mine = [link for link in self.links.values() if link.user == user and link.began is not None]
        return max(mine, key=lambda link: link.began or datetime.min, default=None)

    async def renewal_page(self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool) -> Secret:
        raise AssertionError("clients of the simulation do not open the page over HTTP")

    async def returned(self, ref: ConnectionRef, code: Secret) -> Reading | None:
        return None

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        return None

    async def sync(self, ref: ConnectionRef) -> None:
        return None

    async def connections(self, user: str) -> Sequence[Reading]:
        return [link.reading(self.now()) for link in self.links.values() if link.user == user]

    async def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        return []

    async def diagnose(self, return_to: str = "") -> Sequence[Diagnosis]:
        return []

    async def aclose(self) -> None:
        return None


def day_of(moment: datetime) -> date:
    return moment.astimezone(UTC).date()
