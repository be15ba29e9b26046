"""The worker: performs effects through the ports, and tells the engine what came back. No decision is taken here."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from secrets import token_hex
from typing import Protocol

import structlog

from bot.domain.attachments import examined
from bot.domain.buttons import PICK, NumberTap, Press
from bot.domain.connection import WORKING, ConnectionRef, ConnectionState, Reading
from bot.domain.errors import Blocked, GiveUp, Refused, TryAgain
from bot.domain.mailing import masked
from bot.domain.playbook import step_of_text
from bot.domain.radar import Incident, IncidentState
from bot.domain.secret import Secret
from bot.domain.secure_link import fingerprint
from bot.engine import Calendars, Engine, Envelope, ToChat, ToConversation
from bot.mailing import TOLD, Mailing
from bot.morning import Mornings
from bot.ports import (
    Aggregator,
    Button,
    Case,
    CaseView,
    Clock,
    Job,
    Message,
    Messenger,
    SecureLinks,
    StaffDesk,
    Texts,
)  # fmt: skip
from bot.removals import Removals
from bot.reply_timers import ReplyTimers
from bot.voice import Voice
from flows.effects import (
    AskNumber,
    CallStaff,
    Effect,
    MarkChosen,
    Offer,
    OpenCase,
    PostDigest,
    ReadBank,
    RedrawCase,
    RelayFileToClient,
    RelayToClient,
    RelayToStaff,
    RemoveMessage,
    Say,
    SayTogether,
    SendMail,
    ShowIncident,
    ShowReply,
    SpreadIncident,
    TellStaff,
    Transcribe,
    UpdateCase,
)  # fmt: skip
from flows.events import Bank, BankSaid, Event, NoPage, TooManyPages, Undeliverable

log = structlog.get_logger(__name__)
MOST_UNHEARD = 1000
"""Codes that nobody knows, remembered so that each is logged once."""
UNDER_PICTURE = 1024
"""Characters that Telegram takes there."""
NO_ANSWER_AFTER = 3
"""Attempts to reach the vendor before the conversation goes on without an answer."""


class Records(Protocol):
    """What the worker reads and writes beside the conversation itself."""

    async def ref(self, conversation_id: int) -> ConnectionRef: ...

    async def case_view(self, case_id: int) -> CaseView | None: ...

    async def set_thread(self, case_id: int, channel: str, thread: str) -> None: ...

    async def incident(self, incident_id: int) -> Incident | None: ...

    async def set_incident_thread(self, incident_id: int, channel: str, thread: str) -> None: ...

    async def banks(self, chat_id: int) -> list[tuple[str, date | None]]:
        """The banks of a chat's client files, with the day each one lapses."""
        ...

    async def traps(self, bank: str, step: str) -> list[str]:
        """What a client of the bank should know at a step of its playbook."""
        ...


@dataclass(frozen=True)
class House:
    """What every message may speak of, and the firm alone knows."""

    firm: str
    public_url: str
    notice_url: str
    picture: Callable[[str], Path]
    mini_app: bool = False
    """The secure page opens inside of Telegram, where the chat is a private one."""


class Worker:
    """One method a kind of effect; `TryAgain` goes up to the queue, which tries again."""

    def __init__(
        self,
        engine: Engine,
        records: Records,
        links: SecureLinks,
        texts: Texts,
        messenger: Messenger,
        desk: StaffDesk,
        aggregator: Aggregator,
        clock: Clock,
        calendars: Calendars,
        house: House,
        mailing: Mailing | None = None,
        timers: ReplyTimers | None = None,
        mornings: Mornings | None = None,
        voice: Voice | None = None,
    ) -> None:
        self.engine = engine
        self.records = records
        self.links = links
        self.texts = texts
        self.messenger = messenger
        self.desk = desk
        self.aggregator = aggregator
        self.clock = clock
        self.calendars = calendars
        self.house = house
        self.mailing = mailing
        self.timers = timers
        self.mornings = mornings
        self.voice = voice
        self.removals = Removals(messenger, engine, clock)
        self._attempts: dict[str, int] = {}
        self._unheard: set[str] = set()
        self._unread: set[int | None] = set()
        self._unread_on: date | None = None

    # -- to the client --------------------------------------------------------------------------------

    async def say(self, job: Job) -> None:
        """Perform an effect in the client's chat."""
        assert job.chat_id is not None
        try:
            await self._perform_in_chat(job, job.chat_id, job.effect)
        except Blocked as error:
            gone = Envelope(f"{job.id}/blocked", ToChat(job.chat_id), Undeliverable(error.why))
            await self.engine.receive(gone)
        except Refused as error:
            # A text that Telegram refuses will be refused for ever: loud in the log, and the lane goes on.
            log.error("message refused", job=job.id, reason=str(error))
            await self._admit(job)
        except TryAgain:
            raise
        except Exception:  # a bug in one message must not silence the chat for ever
            log.exception("message failed", job=job.id)
            await self._admit(job)

    async def _perform_in_chat(self, job: Job, chat_id: int, effect: Effect) -> None:
        match effect:
            case Say():
                await self._say(job, chat_id, effect)
            case SayTogether(offers, text):
                await self._say_together(job, chat_id, [Offer(*each) for each in offers], text)
            case RelayToClient(text, who):
                said = self.texts.say("staff-wrote", who=html.escape(who, quote=False))
                await self.messenger.send(chat_id, Message(f"{said}\n{html.escape(text, quote=False)}"))
            case MarkChosen(message_id, labels, choice):
                await self.messenger.mark(chat_id, message_id, self.texts.label(labels, choice))
            case RemoveMessage(message_id):
                await self.removals.remove(job, message_id)
            case AskNumber(link, numbers):
                buttons = tuple(Button(str(each), data=NumberTap(link, each).data()) for each in numbers)
                await self.messenger.send(chat_id, Message(self.texts.say("number-question"), buttons))

    async def _say(self, job: Job, chat_id: int, say: Say) -> None:
        buttons = self._choices(job, say)
        if say.link and job.conversation_id is not None:
            missing = await self._missing_page(job.conversation_id)
            if missing is not None:
                to = ToConversation(job.conversation_id, job.sequence)
                await self.engine.receive(Envelope(f"{job.id}/no-page", to, missing))
                if not say.labels:  # an answer by the way is given all the same
                    return
            else:
                buttons = [await self._link(job.conversation_id, chat_id, say), *buttons]
        facts = await self._facts(job, say)
        html_said, traps = self.texts.say(say.text, say.part, **facts), await self._traps(job, say)
        fits = len(html_said) + len(traps) <= UNDER_PICTURE
        message = Message(
            html=html_said + traps if fits else html_said,
            buttons=tuple(buttons),
            picture=self.house.picture(say.picture) if say.picture else None,
            silent=self._by_night(job),
        )
        await self.messenger.send(chat_id, message)
        if traps and not fits:
            await self.messenger.send(chat_id, Message(traps.strip(), silent=message.silent))

    async def _traps(self, job: Job, say: Say) -> str:
        """Under the message of a step: what colleagues know of this bank there."""
        step = "" if say.part else step_of_text(say.text)
        known = await self.records.traps(str(job.facts.get("bank", "")), step) if step else []
        if not known:
            return ""
        lines = "\n".join(html.escape(each, quote=False) for each in known)
        bank = html.escape(str(job.facts["bank"]), quote=False)
        return "\n\n" + self.texts.say("bank-trap", bank=bank, lines=lines)

    async def _say_together(self, job: Job, chat_id: int, offers: list[Offer], text: str) -> None:
        """One line and one button a bank; with the client file, where the person has several."""
        several = len({offer.client for offer in offers}) > 1
        lines = [self._offer_line(offer, several) for offer in offers]
        buttons = [
            Button(
                self.texts.say(text, "pick", bank=offer.bank),
                data=Press(offer.conversation, offer.sequence, PICK).data(),
            )
            for offer in offers
        ]
        facts = await self._facts(job, Say(text))
        facts |= {"lines": "\n".join(lines), "count": len(offers)}
        said = self.texts.say(text, "", **facts)
        await self.messenger.send(chat_id, Message(said, tuple(buttons), silent=self._by_night(job)))

    def _offer_line(self, offer: Offer, several: bool) -> str:
        return self.texts.say(
            "several-banks-line",
            offer.text,
            bank=html.escape(offer.bank, quote=False),
            client=html.escape(offer.client, quote=False) if several else "",
            due=self.texts.day(date.fromisoformat(offer.due)) if offer.due else "",
            rung=rung(offer.days_left),
            days_left=offer.days_left,
        )

    async def _missing_page(self, conversation_id: int) -> Event | None:
        """Why there is no page to offer; None where there is one."""
        if not self.aggregator.capabilities.hosted_page:
            return NoPage()
        return TooManyPages() if await self.links.too_many(conversation_id) else None

    async def _link(self, conversation_id: int, chat_id: int, say: Say) -> Button:
        """The page is minted when the message leaves, so that no token is ever stored."""
        _, token = await self.links.mint(conversation_id, chat_id, say.new_secret)
        label = self.texts.label(say.labels or say.text, say.link)
        # Groups have negative ids, and no Mini Apps.
        return page_button(label, f"{self.house.public_url}/l", token, inside=self.house.mini_app and chat_id > 0)

    def _choices(self, job: Job, say: Say) -> list[Button]:
        labels = say.labels or say.text
        return [
            Button(self.texts.label(labels, choice), data=Press(job.conversation_id, job.sequence, choice).data())
            for choice in say.choices
            if job.conversation_id is not None
        ]

    def _by_night(self, job: Job) -> bool:
        hours = self.calendars.hours(str(job.facts.get("timezone", "")))
        return not hours.awake(self.clock.now())

    async def _facts(self, job: Job, say: Say) -> dict[str, str | int]:
        """The facts in words, escaped for Telegram's HTML."""
        facts = self.worded(job.facts, say.who)
        if job.chat_id is not None and "banks" in self.texts.arguments(say.text, say.part):
            facts["banks"] = "\n".join(self._bank_line(*each) for each in await self.records.banks(job.chat_id))
        if job.conversation_id is not None and "trouble" in self.texts.arguments(say.text, say.part):
            facts["trouble"] = await self.engine.incidents.trouble(job.conversation_id)
        return {
            name: html.escape(fact, quote=False) if isinstance(fact, str) else fact for name, fact in facts.items()
        }

    def _bank_line(self, bank: str, lapses_on: date | None) -> str:
        return self.texts.say("bank-line", bank=bank, due=self.texts.day(lapses_on) if lapses_on else "")

    def worded(self, facts: Mapping[str, str | int], who: str = "") -> dict[str, str | int]:
        """Stored facts (ISO dates) as a text can use them."""
        zone = self.calendars.hours(str(facts.get("timezone", ""))).zone
        due, following, last = (str(facts.get(name, "")) for name in ("due", "next", "last_data"))
        away = str(facts.get("away", ""))
        now = self.clock.now()
        days_left = int(facts.get("days_left", -999))
        return {
            "first_name": str(facts.get("first_name", "")),
            "client": str(facts.get("client", "")),
            "bank": str(facts.get("bank", "")),
            "firm": self.house.firm,
            "accountant": str(facts.get("accountant", "")) or self.house.firm,
            "due": self.texts.day(date.fromisoformat(due)) if due else "",
            "rung": rung(days_left, stopped=bool(facts.get("stopped"))),
            "days_left": days_left,
            "asked": int(facts.get("asked", 0)),
            "next": self.texts.moment(datetime.fromisoformat(following), zone, now) if following else "",
            "who": who,
            "notice_url": self.house.notice_url,
            "banks": "",
            "trouble": "",
            "last_data": self.texts.day(datetime.fromisoformat(last).astimezone(zone).date()) if last else "",
            "away": self.texts.day(date.fromisoformat(away)) if away else "",
            "count": facts.get("count", 0),
            "lasts": int(facts.get("lasts", 0)),
        }

    # -- everything else ------------------------------------------------------------------------------

    async def work(self, job: Job) -> None:
        """Perform a durable job: a reading of the bank, or something that staff see.

        What fails for good is not lost in silence: staff get one line about it, in the channel.
        """
        try:
            await self._work(job, job.effect)
        except TryAgain:
            raise
        except GiveUp as error:
            log.error("job given up", job=job.id, reason=str(error))
            await self._admit(job)
        except Exception:
            log.exception("job failed", job=job.id)
            await self._admit(job)

    async def _admit(self, job: Job) -> None:
        """One line to staff, if they can be told now: a failure is not itself worth waiting for."""
        if not self._is_news(job):
            return
        try:
            await self.desk.tell(self.texts.say("staff-job-failed", "", **self.worded(job.facts)), None)
        except (GiveUp, TryAgain) as error:
            log.error("staff could not be told either", job=job.id, reason=str(error))

    def _is_news(self, job: Job) -> bool:
        """A bank that cannot be read is asked over and over again: staff hear of it once a day for each."""
        if not isinstance(job.effect, ReadBank):
            return True
        today = self.clock.now().date()
        if self._unread_on != today:
            self._unread_on = today
            self._unread.clear()
        news = job.conversation_id not in self._unread
        self._unread.add(job.conversation_id)
        return news

    async def _work(self, job: Job, effect: Effect) -> None:
        match effect:
            case ReadBank():
                await self._read_bank(job)
            case OpenCase():
                await self._open_case(job)
            case UpdateCase() | RedrawCase():
                await self._change_card(job, effect)
            case TellStaff(text, who):
                view = await self._view(job)
                facts = self.worded(job.facts, who)
                await self.desk.tell(self.texts.say(f"staff-{text}", "", **facts), posted(view))
            case CallStaff() | ShowReply() | RelayFileToClient() | RelayToStaff():
                await self._work_in_thread(job, effect)
            case SendMail():
                await self._send_mail(job, effect)
            case Transcribe() if self.voice is not None:
                await self.voice.hear(job, effect)
            case ShowIncident() | SpreadIncident():
                await self._work_on_incident(effect)
            case PostDigest() if self.mornings is not None:
                await self.mornings.post(effect)

    async def _change_card(self, job: Job, effect: UpdateCase | RedrawCase) -> None:
        view = await self._view(job)
        if view is None or not posted(view):  # its card comes first, or has failed for good
            return
        if isinstance(effect, UpdateCase):
            await self.desk.update_case(view)
        else:
            await self.desk.redraw_case(view)

    async def _work_on_incident(self, effect: ShowIncident | SpreadIncident) -> None:
        if isinstance(effect, ShowIncident):
            await self._show_incident(effect.incident, reminds=effect.reminds)
        else:
            await self._spread_incident(effect.incident)

    async def _show_incident(self, incident_id: int, *, reminds: bool) -> None:
        incident = await self.records.incident(incident_id)
        if incident is None:
            return
        channel, thread = await self.desk.show_incident(incident, self._began(incident))
        await self.records.set_incident_thread(incident_id, channel, thread)
        if reminds and incident.state is IncidentState.DECLARED:
            said = self.texts.say("staff-incident-still", count=incident.told)
            await self.desk.tell_of_incident(replace(incident, channel=channel, thread=thread), said)

    def _began(self, incident: Incident) -> str:
        """« aujourd’hui à 14 h 10 », on the firm's own clock; empty where nobody knows."""
        if incident.since is None:
            return ""
        return self.texts.moment(incident.since, self.calendars.hours("").zone, self.clock.now())

    async def _spread_incident(self, incident_id: int) -> None:
        """Its clients hear of it, and staff hear how many they are."""
        spread = await self.engine.incidents.spread(incident_id)
        incident = await self.records.incident(incident_id)
        if spread is None or incident is None:
            return
        key = "staff-incident-told" if spread[0].state is IncidentState.DECLARED else "staff-incident-back"
        await self.desk.tell_of_incident(incident, self.texts.say(key, count=spread[1]))

    async def _open_case(self, job: Job) -> None:
        view = await self._view(job)
        if view is not None:
            if self.timers is not None:
                view = await self.timers.entrusted(view, str(job.facts.get("accountant", "")))
            channel, thread = await self.desk.open_case(view)
            await self.records.set_thread(view.case.id, channel, thread)

    async def _work_in_thread(
        self, job: Job, effect: CallStaff | ShowReply | RelayFileToClient | RelayToStaff
    ) -> None:
        match effect:
            case CallStaff():
                await self._call_staff(job, effect)
            case ShowReply(text, who):
                case = posted(await self._view(job))
                if case is not None:
                    await self.desk.show_reply(case, who, text, job.id)
            case RelayFileToClient():
                await self._send_file(job, effect)
            case RelayToStaff():
                await self._relay(job, effect)

    async def _call_staff(self, job: Job, effect: CallStaff) -> None:
        view = await self._view(job)
        if self.timers is not None and view is not None and posted(view):
            await self.timers.call(job, effect, view, self.worded(job.facts, effect.who))

    async def _relay(self, job: Job, effect: RelayToStaff) -> None:
        view = await self._view(job)
        case = posted(view)
        if case is None:
            bank = self.worded(job.facts)
            await self.desk.tell(self.texts.say("staff-wrote-outside", "", **bank) + f"\n{effect.text}", None)
            return
        author = str(job.facts.get("first_name", "")) or str(job.facts.get("client", ""))
        try:
            file = await self._fetched(effect.file) if effect.file else None
            await self.desk.relay(case, author, effect.text, file)
        except Refused as error:
            if not effect.file:
                raise
            log.warning("file not passed on", job=job.id, reason=str(error))
            await self._relay_without_file(case, author, effect.text)

    async def _fetched(self, file: str) -> tuple[str, bytes]:
        """What a client sent, if it is of a kind that is let through. Its own name may hold a secret."""
        _, data = await self.messenger.fetch(file)
        passed = examined(data, token_hex(4))
        return passed.name, passed.data

    async def _send_file(self, job: Job, effect: RelayFileToClient) -> None:
        """A colleague's file. What is not let through is said in the thread."""
        case = posted(await self._view(job))
        if job.chat_id is None or case is None:
            return
        said = self.texts.say("staff-wrote", who=html.escape(effect.who, quote=False))
        try:
            label, data = await self.desk.fetch(effect.file)
            file = examined(data, token_hex(4), label)
            await self.messenger.send_file(job.chat_id, file, said, silent=self._by_night(job))
        except Blocked as error:
            gone = Envelope(f"{job.id}/blocked", ToChat(job.chat_id), Undeliverable(error.why))
            await self.engine.receive(gone)
        except Refused as error:
            log.warning("file not sent", job=job.id, reason=str(error))
            await self.desk.tell(self.texts.say("staff-file-not-taken"), case)
        else:
            await self.desk.tell(self.texts.say("staff-file-sent", who=effect.who), case)

    async def _relay_without_file(self, case: Case, author: str, text: str) -> None:
        """Too large, or refused on the way: his words reach staff all the same, and they know what is missing."""
        if text:
            await self.desk.relay(case, author, text, None)
        await self.desk.tell(self.texts.say("staff-file-missing"), case)

    async def _send_mail(self, job: Job, effect: SendMail) -> None:
        """A letter leaves once; what staff see of it is said until it is heard."""
        if self.mailing is None:
            return
        facts = self.worded(job.facts)
        posted_as = await self.mailing.post(job, effect, facts)
        line, view = TOLD.get(posted_as.post), await self._view(job)
        if line is not None:
            await self.desk.tell(self.texts.say(line, "", address=masked(posted_as.address), **facts), posted(view))
        if view is not None and posted(view):
            await self.desk.redraw_case(view)

    async def _view(self, job: Job) -> CaseView | None:
        view = None if job.case_id is None else await self.records.case_view(job.case_id)
        return replace(view, mail=None) if view is not None and self.mailing is None else view

    async def _read_bank(self, job: Job) -> None:
        assert job.conversation_id is not None
        reading = await self._reading(job, await self.records.ref(job.conversation_id))
        to = ToConversation(job.conversation_id)
        await self.engine.receive(Envelope(f"{job.id}/bank", to, reading))

    async def _reading(self, job: Job, ref: ConnectionRef) -> Reading | BankSaid:
        """The vendor's answer; after a few attempts without one the conversation must not wait for it."""
        if not self.aggregator.capabilities.sees_state or not ref.user:
            return BankSaid(Bank.CANNOT_TELL)
        try:
            reading = await self._own(job.conversation_id, ref, await self.aggregator.read(ref))
        except TryAgain:
            attempts = self._attempts[job.id] = self._attempts.get(job.id, 0) + 1
            if attempts < NO_ANSWER_AFTER:
                raise
            del self._attempts[job.id]
            return Reading(ConnectionState.RATE_LIMITED)
        self._attempts.pop(job.id, None)
        self._note(reading)
        return reading

    async def _own(self, talk: int | None, ref: ConnectionRef, newest: Reading) -> Reading:
        """The client's newest connection, or another one of his where that is of another bank of the file."""
        if talk is None or ref.connection or newest.ref is None or await self.engine.takes(talk, newest):
            return newest
        found = [each for each in await self.aggregator.connections(ref.user) if each.ref is not None]
        for each in sorted(found, key=lambda reading: reading.state not in WORKING):
            if each.state is not ConnectionState.DELETED and await self.engine.takes(talk, each):
                return each
        return newest

    def _note(self, reading: Reading) -> None:
        """A code that nobody knows is logged once, however often it is read: somebody must give it a meaning."""
        code = reading.vendor_code
        if reading.state is not ConnectionState.UNKNOWN or code in self._unheard:
            return
        if len(self._unheard) >= MOST_UNHEARD:  # codes come from outside
            self._unheard.clear()
        self._unheard.add(code)
        log.warning("the aggregator says what nobody knows", aggregator=self.aggregator.name, code=code)


def page_button(label: str, page: str, token: Secret, *, inside: bool) -> Button:
    """The one button to the secure page, inside of Telegram or in a browser.

    Inside, the token is for a client that does not say who opened it: the page then asks for the number.
    """
    if inside:
        return Button(label, app=f"{page}?i={fingerprint(token)}#{token.reveal()}")
    return Button(label, url=f"{page}#{token.reveal()}")


def posted(view: CaseView | None) -> Case | None:
    """The case, once its thread exists."""
    return view.case if view is not None and view.case.thread else None


def rung(days_left: int, *, stopped: bool = False) -> str:
    """How near the end is, as the texts know it; where a bank has `stopped` before it, that says nothing."""
    if days_left == -999 or (stopped and days_left >= 0):
        return "unknown"
    if days_left < 0:
        return "late" if days_left >= -3 else "later"
    if days_left == 0:
        return "today"
    if days_left <= 3:
        return "soon"
    return "week" if days_left <= 7 else "early"
