"""The seams to the world. Each has a real implementation and a fake; both pass the same contract tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.domain.attachments import Attachment
from bot.domain.cadence import Consent
from bot.domain.calendar import Hours
from bot.domain.client import ClientFile, Connection, Contact
from bot.domain.connection import ConnectionRef, ConnectionState, DateSource, Reading
from bot.domain.login_form import LoginForm
from bot.domain.mailing import MailProgress, Post, Recipient
from bot.domain.playbook import Trap
from bot.domain.radar import Finding, Habit, Incident, IncidentState, Sighting
from bot.domain.sealing import SealingKey
from bot.domain.secret import Secret
from bot.domain.secure_link import Attempt, Claim, Identified, Opened, PageProgress, Returned, Stranger
from flows.effects import Effect
from flows.events import Intent
from flows.state import State

T = TypeVar("T")


class Clock(Protocol):
    """Business time. Pacing and time limits keep real time and do not come from here."""

    def now(self) -> datetime:
        """The present, aware, in UTC."""
        ...


@dataclass(frozen=True)
class Capabilities:
    """What an aggregator can do; declared by its adapter, never guessed."""

    sees_state: bool
    """It can read a connection. Without it, the client's word and staff's confirmation stand in."""
    hosted_page: bool
    """It has a page of its own where the client types a secret or approves."""
    forced_sync: bool = False
    webhook: bool = False
    secret_by_api: bool = False
    """The firm's contract lets a page of ours take the secret; off unless the adapter says so."""
    warns_of_the_end: bool = False
    """It sends an event some days before a consent ends."""
    read_every: timedelta = timedelta(days=1)
    """How often a connection may be read without its client: the vendor's pace, or a gentler one."""
    keeps_its_id: bool = True
    """A renewed connection has the id that it had before."""
    lists: bool = True
    """It can list a user's connections. Without it, only the firm's own list knows them."""


@dataclass(frozen=True)
class Diagnosis:
    """One line of `resync doctor`: what was looked at, whether it is well, and how to mend it (in French)."""

    what: str
    well: bool
    advice: str = ""
    address: Secret | None = None
    """To be entered elsewhere: for the eyes of whoever runs the doctor, and no log."""


class Aggregator(Protocol):
    """A bank aggregator, seen through our own words.

    Calls raise `TryAgain` when the vendor cannot be reached, `Refused` when our credentials are wrong, and
    `OurBug` when the vendor says our request is malformed. What a bank answers is never an exception.
    """

    name: str
    capabilities: Capabilities

    async def read(self, ref: ConnectionRef) -> Reading:
        """The true state of a connection.

        With an empty `ref.connection`, the vendor's only or newest connection of that user is read and
        `Reading.ref` names it; where the user has none, the state is `DELETED`.
        """
        ...

    async def renewal_page(self, ref: ConnectionRef, *, return_to: str, state: str, new_secret: bool) -> Secret:
        """The vendor's hosted page for this connection, good for one visit; mint it when the client clicks.

        `return_to` is our address he comes back to, `state` an opaque value that comes back with him.
        """
        ...

    async def returned(self, ref: ConnectionRef, code: Secret) -> Reading | None:
        """The client is back from the hosted page, and brings the `code` that it gave him.

        Where a renewal makes a new connection (`keeps_its_id` is false), this opens it, and the reading names it
        in `ref`. None where there is nothing to open: coming back proves nothing.
        """
        ...

    async def login_form(self, ref: ConnectionRef) -> LoginForm | None:
        """What the vendor asks the client for now, which a page other than its own could show.

        None where nothing is asked, or where only the vendor's page can take it. Knowing the fields gives no right to
        them: a secret is for a page of ours only with `secret_by_api`. An empty `ref.connection` means what it means
        for `read`.
        """
        ...

    async def sync(self, ref: ConnectionRef) -> None:
        """Ask for a synchronisation now. Only where `RULES[state].resync_by_program` allows it."""
        ...

    async def connections(self, user: str) -> Sequence[Reading]:
        """All connections of one of the vendor's users, each with its `ref`; none where the user is unknown.

        Raises `Refused` for what cannot be the id of a user there: somebody typed the id of something else; and
        always where `lists` is false, as an empty list would say that there are none. Without `sees_state` it is
        never asked.
        """
        ...

    async def hinted(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Sequence[ConnectionRef]:
        """The connections that a webhook speaks of. A hint: read them again before believing anything.

        Raises `NotSigned` when the signature is wrong, `BadInput` when the body is not of the vendor's form.
        """
        ...

    async def diagnose(self, return_to: str = "") -> Sequence[Diagnosis]:
        """Is it reachable, are we known there, do our clocks agree? One line each.

        And does it let clients come back to `return_to`, where it is given and the vendor tells?
        """
        ...

    async def aclose(self) -> None:
        """Close the connections to the vendor."""
        ...


class SecretTaker(Protocol):
    """The side of an aggregator that takes a bank secret: for an agent's own page only (`secret_by_api`)."""

    sealing: SealingKey | None
    """The vendor's own key, where it has one: then our program relays what it cannot read."""

    async def submit(self, ref: ConnectionRef, values: dict[str, Secret]) -> Reading:
        """Send what the client typed, once; what the bank answers is the connection as it is then.

        `values` is emptied as soon as they are on their way. Raises `NotTaken` where no bank has seen them, and
        `TryAgain` where nobody knows: then only a reading tells, and nothing may be sent again.
        """
        ...

    async def resume(self, ref: ConnectionRef) -> Reading:
        """The client says that he approved in his bank's app: go on. Raises as `submit` does."""
        ...


class Vault(Protocol):
    """The only holder of private keys, and the only place where what was sealed is opened."""

    def new_key(self, link_id: int, until: datetime) -> SealingKey:
        """A key for one use; whatever key the link had is gone."""
        ...

    def open(self, link_id: int, sealed: Secret) -> dict[str, Secret]:
        """What was typed, by field. Raises `KeyGone`; the key is used up in any case."""
        ...

    def forget(self, link_id: int) -> None:
        """The link is over, and so is its key."""
        ...


@dataclass(frozen=True)
class Conversation:
    """Where we are with one connection of a client file: one row, one state, one deadline."""

    id: int
    connection: Connection
    file: ClientFile
    contact: Contact | None
    """Whom we talk to; None as long as nobody of the file was named."""
    state: State
    sequence: int = 0
    """Counts the moves. Buttons and deadlines name the sequence that they belong to."""
    deadline: datetime | None = None
    started_at: datetime | None = None
    """When the client began what is now to be proven."""
    last_press: str = ""
    """The button that led here, so that an impatient second tap changes nothing."""
    last_words: str = ""
    """What the client wrote last, without secrets; for staff."""
    case_id: int | None = None
    """The open case, if staff have one."""
    declined: bool = False
    """The contact has said that this file is not his."""
    tried: tuple[int, ...] = ()
    """The contacts who were silent in this cycle, and for whom somebody else is asked now."""
    read_at: datetime | None = None
    """When the bank was last asked for this conversation, or answered."""


@dataclass(frozen=True)
class Case:
    """A conversation that a person has in hand: one Slack thread."""

    id: int
    conversation_id: int
    cause: str
    opened_at: datetime
    status: str = "open"
    taken_by: str = ""
    channel: str = ""
    thread: str = ""
    """The thread's id on the channel; empty until the card is posted."""
    asked: str = ""
    """The first name of the colleague who was asked last to take it."""


@dataclass(frozen=True)
class Job:
    """One effect, made durable in the transaction that decided it."""

    id: str
    """Deterministic: the same event always makes the same job."""
    conversation_id: int | None
    chat_id: int | None
    effect: Effect
    facts: Mapping[str, str | int] = field(default_factory=dict)
    """What the texts may speak of, as it was at that moment."""
    sequence: int = 0
    case_id: int | None = None


@dataclass(frozen=True)
class Invitation:
    """A one-time deep link that binds a contact's chat to his client files."""

    id: int
    contact_id: int
    expires_at: datetime
    claimed_by: int | None = None


class RadarBook(Protocol):
    """What the radar keeps of banks, within one transaction. A bank is the same one however its name is typed."""

    def note(self, read: Connection, *, failed: bool, now: datetime, learns: bool) -> None:
        """A reading that says something of the bank; `learns`: it belongs to the bank's habit."""
        ...

    def sightings(self, bank: str, since: datetime) -> Sequence[Sighting]:
        """The newest reading of each connection at the bank that was read since then, some hundreds at most."""
        ...

    def habit(self, bank: str, today: date) -> Habit:
        """How the bank was in the weeks before today."""
        ...

    def running(self, bank: str) -> Incident | None:
        """The incident that is proposed or declared; a bank has one at most."""
        ...

    def was_nothing(self, bank: str, since: datetime) -> bool:
        """Has somebody said since then that it is nothing?"""
        ...

    def incident(self, incident_id: int) -> Incident | None:
        """One incident, locked until the transaction ends."""
        ...

    def open(
        self, bank: str, state: IncidentState, found: Finding, habit: Habit, now: datetime, who: str = ""
    ) -> Incident | None:
        """A new incident; None where another process was faster."""
        ...

    def move(self, incident_id: int, state: IncidentState, now: datetime, who: str = "") -> None: ...

    def count_told(self, bank: str) -> None:
        """One more client was told of the bank's incident."""
        ...

    def conversations(self, bank: str) -> Sequence[int]:
        """All conversations about the bank."""
        ...

    def failed_try(self, tried: Connection) -> int:
        """A first try has failed; returns how many have at this bank, of all clients."""
        ...

    def has_worked(self, bank: str) -> bool:
        """Has any client of the firm ever been connected to it?"""
        ...


class Transaction(Protocol):
    """One transaction of the store. Synchronous on purpose: a step is one hop, not one hop a statement."""

    @property
    def radar(self) -> RadarBook:
        """What is known of banks, rather than of clients."""
        ...

    def first_time(self, dedupe_id: str, now: datetime) -> bool:
        """Remember an event's id; False where it was seen before."""
        ...

    def conversation(self, conversation_id: int) -> Conversation | None:
        """One conversation, locked until the transaction ends."""
        ...

    def conversations_of(self, chat_id: int) -> Sequence[int]:
        """The conversations a chat may take part in, the one spoken in last first."""
        ...

    def conversations_of_contact(self, contact_id: int) -> Sequence[int]:
        """The conversations of all files of a contact, in the order in which they were created."""
        ...

    def save(self, conversation: Conversation, now: datetime, *, spoken: bool) -> None:
        """Store state, sequence, deadline; `spoken` marks it as the one the chat is about."""
        ...

    def save_connection(self, connection: Connection) -> None:
        """Store what was read of a connection."""
        ...

    def go_away(self, file_id: int, until: date | None) -> None:
        """The last day of the client's own holidays; None for a client who is back."""
        ...

    def conversations_beside(self, conversation: Conversation) -> Sequence[int]:
        """The conversations about the other banks of the same client file."""
        ...

    def accounts_beside(self, connection: Connection) -> frozenset[str]:
        """Fingerprints of the accounts of the other connections of the same client file."""
        ...

    def connections_beside(self, connection: Connection) -> Sequence[str]:
        """The vendor's ids of the other connections of the same client file; empty where one has none yet."""
        ...

    def unnamed_beside(self, connection: Connection) -> Sequence[tuple[str, datetime | None]]:
        """Of the file's other banks that have no vendor's id yet: its name, and when the client began with it."""
        ...

    def begin_consent(self, connection_id: int, on: date) -> None:
        """A consent that is proven; the one before it, if it still held, was renewed in time."""
        ...

    def end_consent(self, connection_id: int, on: date, *, lapsed: bool) -> None:
        """The consent that holds has run out (`lapsed`), or is cut short. Without effect where none holds."""
        ...

    def consents_at(self, bank: str) -> Sequence[Consent]:
        """The proven consents of all client files at a bank, however its name is typed."""
        ...

    def contact_of_chat(self, chat_id: int) -> Contact | None: ...

    def mark_reachable(self, chat_id: int, reachable: bool) -> None: ...

    def claim_nudge(self, contact_id: int, now: datetime, apart: timedelta) -> datetime | None:
        """Remember that a person is reminded now; None where he may be.

        Where he was reminded within `apart` nothing is remembered, and that earlier moment is returned.
        """
        ...

    def others(self, conversation: Conversation) -> Sequence[Contact]:
        """Whom of the file one may still ask instead, the first by rank first: linked, reachable, not tried."""
        ...

    def decline(self, file_id: int, contact_id: int, declined: bool) -> None:
        """A contact says that a client file is not his, or somebody says that it is after all."""
        ...

    def has_declined(self, file_id: int, chat_id: int) -> bool:
        """Has the person of this chat said that the client file is not his?"""
        ...

    def invitation(self, token_hash: str) -> Invitation | None: ...

    def bind(self, invitation: Invitation, chat_id: int, now: datetime) -> Contact:
        """Claim an invitation: the contact, or the person who already has this chat, gets the files."""
        ...

    def open_case(self, conversation_id: int, cause: str, now: datetime) -> int: ...

    def case(self, case_id: int) -> Case | None: ...

    def update_case(self, case_id: int, *, status: str, taken_by: str, closed: bool) -> None: ...

    def revoke_links(self, conversation_id: int, by: str) -> bool:
        """End the secure pages of a conversation; False where none was open. `by` is for the audit trail."""
        ...

    def answer_links(self, conversation_id: int, outcome: str, now: datetime) -> bool:
        """The bank's answer (`renewed`, `refused`) to the client's last page; False where he used none."""
        ...

    def audit(self, act: str, **about: str | int) -> None:
        """Note an act in the audit trail, in this very transaction: ids and outcomes, never a name or a text."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[tuple[int, int, datetime]]:
        """(conversation, sequence, deadline) of those whose deadline has passed, the oldest first."""
        ...

    def to_read(self, now: datetime, limit: int) -> Sequence[tuple[int, datetime]]:
        """(conversation, turn) of the connections whose turn to be read has come, the oldest first."""
        ...

    def read_next(self, connection_id: int, at: datetime) -> None:
        """A connection's next turn to be read."""
        ...

    def enqueue(self, job: Job) -> None:
        """Make an effect durable, in this very transaction."""
        ...


class Store(Protocol):
    """The database: functions over a `Transaction`, each run once, committed or undone as a whole."""

    async def transact(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction. Raises `TryAgain` when the database cannot be reached."""
        ...


class Secrecy(StrEnum):
    """Does a text carry a password or a code?"""

    NONE = "none"
    DOUBT = "doubt"  # perhaps: no reason to remove it, and one to ask before it is kept
    SURE = "sure"


@dataclass(frozen=True)
class Understood:
    """All that was read in one message of a client."""

    intent: Intent
    """One of the twelve labels of `docs/understanding.md`; `SECRET` is none of them."""
    confidence: float
    """How probable it is that this is right, from 0 to 1; below a half, better ask."""
    secrecy: Secrecy = Secrecy.NONE
    when: datetime | None = None
    """The moment that he names, aware, at a decent hour of his."""


class Understanding(Protocol):
    """Reads what a client types. No text leaves the machine."""

    def intent(self, text: str) -> Intent:
        """What he means; `SECRET` when the text surely carries a password or a code."""
        ...

    def understand(self, text: str, now: datetime, hours: Hours) -> Understood:
        """The same with how sure it is, a doubt about a secret, and the moment that is named."""
        ...


class Transcriber(Protocol):
    """Hears a voice note. No sound leaves the machine. Raises `TryAgain`, or `Refused` for what it cannot read."""

    async def transcribe(self, name: str, audio: bytes) -> str:
        """The words; empty where there are none."""
        ...


class Texts(Protocol):
    """Every sentence that a person reads, in French. Raises `OurBug` for a text that cannot be said."""

    def say(self, key: str, part: str = "", **facts: str | int) -> str: ...

    def label(self, key: str, choice: str) -> str: ...

    def arguments(self, key: str, part: str = "") -> frozenset[str]: ...

    def day(self, day: date) -> str: ...

    def moment(self, moment: datetime, zone: ZoneInfo, now: datetime) -> str: ...


@dataclass(frozen=True)
class Button:
    """A button under a message: callback data, or an address to open, in a browser or as a Mini App."""

    label: str
    data: str = ""
    url: str = field(default="", repr=False)
    app: str = field(default="", repr=False)
    """Private chats only: inside of Telegram, which tells the page who opened it."""


@dataclass(frozen=True)
class Message:
    """What a client's phone shows: HTML of the small kind that Telegram knows, one button a line."""

    html: str
    buttons: tuple[Button, ...] = ()
    picture: Path | None = None
    silent: bool = False
    """By night even an answer arrives without a sound."""


class Messenger(Protocol):
    """The client's channel. Raises `Throttled` (with `after`), `TryAgain`, `Blocked`, or `Refused`."""

    async def send(self, chat_id: int, message: Message) -> None: ...

    async def mark(self, chat_id: int, message_id: int, label: str) -> None:
        """Replace a message's buttons by the one that was chosen. Without effect where that is impossible."""
        ...

    async def remove(self, chat_id: int, message_id: int) -> None:
        """Delete a message of the client's. Without effect where it is gone already."""
        ...

    async def fetch(self, file: str) -> tuple[str, bytes]:
        """A file that a client sent: its name and its bytes."""
        ...

    async def send_file(self, chat_id: int, file: Attachment, html: str, *, silent: bool) -> None:
        """A photo, or a document, with a few words under it."""
        ...


@dataclass(frozen=True)
class Letter:
    """An e-mail: words before and after one button. HTML of the same small kind as in a chat."""

    to: str = field(repr=False)
    subject: str
    before: str
    label: str
    link: Secret
    """Where the button leads."""
    after: str


class Mail(Protocol):
    """E-mail to a client whom his chat does not reach.

    Raises `TryAgain` where it has not left and may leave later, `NoSuchAddress`, `Refused` where the server does not
    let us in or takes no letter of ours, and `InDoubt` where nobody knows whether it left.
    """

    async def send(self, letter: Letter, job: str, now: datetime) -> None:
        """Hand a letter to the mail server. The same job is the same Message-ID."""
        ...

    async def diagnose(self) -> Diagnosis:
        """Does the server answer, and does it let us in?"""
        ...


class MailBook(Protocol):
    """The letters that were written: each one leaves once, and none too many. Raises `TryAgain`."""

    async def begin(self, job: Job, now: datetime) -> Recipient | Post:
        """Claim a letter, before it leaves; or what became of it, or why there is none."""
        ...

    async def invite(self, contact_id: int, now: datetime) -> Secret:
        """The token of an invitation for a letter. One on paper stays good beside it."""
        ...

    async def end(self, job: Job, post: Post, token: Secret | None = None) -> None:
        """What became of it. The invitation in one that has not left is good for nothing more."""
        ...


class SecureLinks(Protocol):
    """The one-time links. What cannot be opened is None, whatever the reason. Raises `TryAgain`."""

    async def mint(self, conversation_id: int, chat_id: int, new_secret: bool) -> tuple[int, Secret]:
        """A new link, good for 15 minutes: its id, and the token that only its owner may see."""
        ...

    async def too_many(self, conversation_id: int) -> bool:
        """The client has opened as many pages that led nowhere as an hour, or a day, allows."""
        ...

    async def revoke(self, link_id: int) -> None:
        """It opens no more, if it still did."""
        ...

    async def open(self, token: str) -> Opened | None:
        """The page is open; `first` where it is for the first time."""
        ...

    async def unopen(self, link_id: int) -> None:
        """The number could not be asked for: the next opening is the first again."""
        ...

    async def look(self, token: str) -> Opened | None:
        """The link as it stands; changes nothing."""
        ...

    async def prove(self, link_id: int, number: int, chat_id: int) -> bool | None:
        """The owner tapped a number: the right one proves him, a wrong one ends the link (False)."""
        ...

    async def identify(self, link: str, user: int, proof: str) -> Identified | Stranger | None:
        """Telegram has signed (`proof`) that this user opened the link of this fingerprint: its owner is proven.

        None where the link is over, or where the same proof has opened another link.
        """
        ...

    async def claim(self, token: str) -> Claim | None:
        """Spend a proven link; there is one winner."""
        ...

    async def release(self, link_id: int) -> None:
        """What it was spent for could not be had: it may be spent again."""
        ...

    async def finish(self, return_state: str) -> Returned | None:
        """The client came back from the aggregator's page."""
        ...


class SecretTries(Protocol):
    """The tries on a page of ours, for the one who claimed its link. Raises `TryAgain`."""

    async def look(self, session: str) -> Attempt | None:
        """Where the link stands; None once it is over, or for whoever did not claim it."""
        ...

    async def begin(self, session: str) -> Attempt | None:
        """Claim the next try, before anything is sent; there is one winner, and none while a try is under way."""
        ...

    async def end(self, link_id: int) -> None:
        """The bank's answer is known, and there may be another try."""
        ...


@dataclass(frozen=True)
class Tried:
    """A contact of the client file who is not asked any more, for now or for good."""

    name: str
    role: str
    declined: bool
    """He said that the file is not his; else he did not answer."""


@dataclass(frozen=True)
class CaseView:
    """What the card of a case shows to staff."""

    case: Case
    client: str
    bank: str
    contact: str
    phone: str
    email: str
    step: str
    """The state in which the client is, or was when staff took over, as stored (`renewal.step-b`)."""
    due: date | None
    due_source: DateSource
    last_success_at: datetime | None
    last_words: str
    connection: ConnectionState = ConnectionState.UNKNOWN
    vendor_code: str = ""
    """The aggregator's own word for the state of the connection; empty where it says none."""
    page: PageProgress | None = None
    """The newest secure page, if one was sent about when the case was opened."""
    mail: MailProgress | None = None
    """Of a client out of reach: the newest letter, or why there is none."""
    role: str = ""
    """What the contact is to the client file; empty where the list does not say."""
    tried: tuple[Tried, ...] = ()
    """Who else was asked before."""
    away_until: date | None = None
    """The last day of the client's holidays, if he is away, or was."""
    traps: tuple[Trap, ...] = ()
    """The playbook of the bank."""
    until: date | None = None
    """A colleague lets the case rest until this day."""
    accountant: str = ""
    """Who looks after the client, as the client list has it."""
    done: tuple[tuple[str, int], ...] = ()
    """(what, how often) of what was tried with the client until now, as `flows.tried` names it."""


@dataclass(frozen=True)
class Picture:
    """A picture for staff."""

    name: str
    title: str
    alt: str
    """What it shows, in words."""
    png: bytes = field(repr=False)


class StaffDesk(Protocol):
    """The firm's channel. Raises `Throttled`, `TryAgain` or `Refused`."""

    async def open_case(self, view: CaseView) -> tuple[str, str]:
        """Post the card; returns (channel, thread). With a thread already in `view.case` it is updated."""
        ...

    async def update_case(self, view: CaseView) -> None:
        """Bring the card up to date, and say in its thread what changed."""
        ...

    async def redraw_case(self, view: CaseView) -> None:
        """Bring the card up to date, without a word."""
        ...

    async def show_incident(self, incident: Incident, since: str) -> tuple[str, str]:
        """Post the card of a bank's incident, or bring it up to date; returns (channel, thread).

        `since`: when it began, in words; empty where that is not known.
        """
        ...

    async def tell_of_incident(self, incident: Incident, text: str) -> None:
        """A line into the thread of an incident."""
        ...

    async def tell(self, text: str, case: Case | None) -> None:
        """A line to the firm: in the thread of a case, or in the channel."""
        ...

    async def call(self, case: Case, name: str, text: str, mark: str) -> bool:
        """A line into the thread that calls a colleague by name; False where the one with this `mark` is there."""
        ...

    async def show_reply(self, case: Case, who: str, text: str, mark: str) -> None:
        """In the thread stands what a colleague has written to the client; once for a `mark`."""
        ...

    async def fetch(self, file: str) -> tuple[str, bytes]:
        """A file that a colleague sent: its name and its bytes."""
        ...

    async def post_digest(
        self, parts: Sequence[tuple[str, Sequence[str]]], pictures: Sequence[Picture], mark: str
    ) -> None:
        """(title, lines) of each part, and the pictures, as one message into the channel; once for a `mark`."""
        ...

    async def relay(self, case: Case, author: str, text: str, file: tuple[str, bytes] | None) -> None:
        """The client's own words or file, into the thread."""
        ...
