"""Who we work for: client files, their contacts, their banks' connections. Plain records, as stored."""

from dataclasses import dataclass
from datetime import date, datetime

from bot.domain.connection import ConnectionState, DateSource


@dataclass(frozen=True)
class ClientFile:
    """One company whose books the firm keeps."""

    id: int
    name: str
    siren: str = ""
    accountant: str = ""
    timezone: str = ""
    """IANA name; empty means the firm's own."""
    aggregator_user: str = ""
    closing_day: str = ""
    """The weekday on which the house is closed, in French; empty where that is not known."""
    away_until: date | None = None
    """The last day of the client's own holidays."""
    vat_day: int | None = None
    """The day of the month on which his VAT return is due; None where that is not known."""


@dataclass(frozen=True)
class Contact:
    """A person we write to. `chat_id` is the Telegram chat, once the invitation was opened."""

    id: int
    name: str
    phone: str = ""
    email: str = ""
    chat_id: int | None = None
    reachable: bool = True
    nudged_at: datetime | None = None
    """When he was last reminded of anything, or a member of staff wrote to him."""
    role: str = ""
    """What he is to the client file that this is about, in the firm's own words: « gérant », « associé »."""

    @property
    def first_name(self) -> str:
        """« Mme Odette Martin » and « Odette Martin » are both « Odette »."""
        words = [word for word in self.name.split() if word.rstrip(".").lower() not in COURTESIES]
        return words[0] if words else self.name


COURTESIES = {"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle"}


@dataclass(frozen=True)
class Connection:
    """The link between one bank and the client's books."""

    id: int
    file_id: int
    bank: str
    cadence_days: int = 0
    """Days that a consent lasts there, as the firm's list says; 0 where it says nothing."""
    aggregator_connection: str = ""
    state: ConnectionState = ConnectionState.UNKNOWN
    expires_on: date | None = None
    expiry_source: DateSource = DateSource.ESTIMATED
    last_success_at: datetime | None = None
    synchronised: bool = False
    """It has worked at least once."""
    vendor_code: str = ""
    stale: bool = False
    """It works, says the aggregator, but has brought nothing for longer than usual; staff know."""
    accounts: tuple[str, ...] = ()
    """Fingerprints of its accounts, as last seen while it worked; empty while nobody has told them."""
    strayed: bool = False
    """It works, but with the accounts of another login of the same bank."""
    closed: bool = False
    """Staff have retired it: nothing is read, asked or told of it any more."""
