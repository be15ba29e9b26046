"""The firm's clients: who they are, and how each of them answers. Only numbers and habits, no clock."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bot.adapters.calendars import public_holidays
from bot.ports import Button
from tests.simulation.banks import Bank, Link

ZONES = ("Europe/Paris", "Indian/Reunion", "America/Guadeloupe", "Pacific/Noumea")
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")
SERVICES = ((time(11), time(15)), (time(18, 30), time(23, 30)))


@dataclass(frozen=True)
class Temper:
    """How somebody answers. Shares are from 0 to 1, delays in hours."""

    name: str
    answers: float
    within: tuple[float, float]
    distracted: float = 0.05
    """Leaves in the middle of a dialogue."""
    lies: float = 0.0
    """Says that it is done, and it is not."""
    puts_off: float = 0.0
    breaks_promises: float = 0.0
    renews_himself: float = 0.0
    blocks: float = 0.0
    """Of two years' clients of this kind, so many block the bot at some time."""
    stops: float = 0.0
    goes_away: int = 0
    """Holidays a year."""
    changes_password: int = 0
    """In a year."""
    opens_invitation: float = 1.0


TEMPERS = (
    (30, Temper("diligent", 0.95, (0.1, 3), goes_away=1)),
    (18, Temper("slow", 0.5, (5, 90), distracted=0.25, lies=0.1)),
    (12, Temper("promises", 0.9, (0.1, 8), puts_off=0.7, breaks_promises=0.5, distracted=0.2)),
    (8, Temper("silent", 0.0, (1, 2))),
    (8, Temper("renews himself", 0.1, (1, 40), renews_himself=0.8)),
    (6, Temper("blocks the bot", 0.8, (0.5, 20), blocks=1.0)),
    (5, Temper("writes stop", 0.8, (0.5, 20), stops=1.0)),
    (6, Temper("often away", 0.9, (0.2, 12), goes_away=4)),
    (5, Temper("changes his password", 0.9, (0.2, 12), changes_password=2)),
    (2, Temper("never opens the invitation", 0.0, (1, 2), opens_invitation=0.0)),
)


@dataclass
class Received:
    """A message on somebody's phone."""

    id: int
    at: datetime
    talk: int | None
    text: str
    buttons: tuple[Button, ...]


@dataclass
class Person:
    """Somebody with a phone, and the house that he keeps."""

    chat: int
    name: str
    temper: Temper
    zone: ZoneInfo
    client: str
    closing_day: str = ""
    contact_id: int = 0
    invitation: str = ""
    linked: bool = False
    blocked: bool = False
    second: bool = False
    """Not the one who looks after the banks."""
    away: list[tuple[date, date]] = field(default_factory=list)
    away_until: date | None = None
    """As the firm knows it."""
    phone: list[Received] = field(default_factory=list)
    pending: set[int | None] = field(default_factory=set)
    """The conversations in which he is about to answer."""

    def is_away(self, now: datetime) -> bool:
        today = now.astimezone(self.zone).date()
        return any(first <= today <= last for first, last in self.away)

    def newest(self, talk: int | None) -> Received | None:
        """The newest message of one conversation that has buttons."""
        return next((each for each in reversed(self.phone) if each.talk == talk and each.buttons), None)

    def can_be_disturbed(self, moment: datetime) -> bool:
        """Written out here, so as not to ask the calendar that is being tried."""
        local = moment.astimezone(self.zone)
        at, day = local.time(), local.date()
        if day.weekday() == 6 or day in public_holidays(str(self.zone)):
            return False
        if self.closing_day and day.weekday() == WEEKDAYS.index(self.closing_day):
            return False
        if self.away_until is not None and day <= self.away_until:
            return False
        return time(8) <= at < time(20, 30) and not any(begin <= at < end for begin, end in SERVICES)

    def awake(self, moment: datetime, chance: Random) -> datetime:
        """He answers by day: what would be in the night waits for the morning."""
        local = moment.astimezone(self.zone)
        if 8 <= local.hour < 22:
            return moment
        morning = datetime.combine(local.date(), time(8, 0), self.zone) + timedelta(minutes=chance.randrange(120))
        return morning if local.hour < 8 else morning + timedelta(days=1)


@dataclass
class Account:
    """One bank of one client file: the link as it is in the world, and its conversation."""

    person: Person
    bank: Bank
    link: Link
    talk: int = 0
    connection: int = 0


def temper(chance: Random) -> Temper:
    return chance.choices([each for _, each in TEMPERS], [weight for weight, _ in TEMPERS])[0]
