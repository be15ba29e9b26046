"""The one place that wires: from settings to a running program, by calling constructors."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa
import structlog
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp
from starlette.applications import Starlette
from telegram.error import TelegramError

from bot.adapters.aggregators import hosted_hosts, open_aggregator, webhook_key
from bot.adapters.audit_files import ANCHORS, Anchors, audit_folder, audit_key
from bot.adapters.calendars import calendars
from bot.adapters.clock import MovableClock, SystemClock
from bot.adapters.database import schema
from bot.adapters.database.absences import Absences
from bot.adapters.database.audit import Trail, head
from bot.adapters.database.engine import Database
from bot.adapters.database.figures import SqlFigures
from bot.adapters.database.links import AT_MOST, Links
from bot.adapters.database.mails import Mails
from bot.adapters.database.outbox import UNOWNED, Outbox, Row
from bot.adapters.database.records import SqlRecords
from bot.adapters.database.store import SqlStore
from bot.adapters.database.tries import Tries
from bot.adapters.jobs import Jobs
from bot.adapters.logs import set_up_logs
from bot.adapters.mail import open_mail
from bot.adapters.no_credentials import close_credentials
from bot.adapters.pace import Pace
from bot.adapters.pictures import drawn
from bot.adapters.slack import SlackDesk, open_client
from bot.adapters.slack_board import SlackBoard
from bot.adapters.slack_home import SlackHome
from bot.adapters.slack_requests import RequestCards
from bot.adapters.slack_roles import SlackRoles
from bot.adapters.slack_windows import Windows
from bot.adapters.telegram.messenger import TelegramMessenger, open_bot
from bot.adapters.telegram.request import AiohttpRequest
from bot.adapters.texts import Texts
from bot.adapters.understanding.french import FrenchReader
from bot.adapters.upkeep import Upkeep
from bot.adapters.whisper import WhisperServer
from bot.desk_acts import DeskActs
from bot.domain.calendar import read_digest
from bot.domain.errors import BadInput, OurBug, TryAgain
from bot.domain.roster import Roster, read_channels, read_stand_ins
from bot.domain.secret import Secret
from bot.domain.secure_link import Opened
from bot.engine import Engine
from bot.http import HttpServer
from bot.invitations import link
from bot.mailing import Mailing
from bot.morning import Mornings
from bot.ports import Clock, Job, SecretTaker
from bot.reply_timers import ReplyTimers
from bot.settings import Settings
from bot.two_persons import TwoPersons
from bot.voice import Voice
from bot.worker import House, Worker
from flows.effects import TO_CLIENT, AskNumber, RedrawCase
from handlers.guard import LIMITS, Limit, WebOptions
from handlers.init_data import PRODUCTION_KEY, TEST_KEY, Check, by_hash, by_signature, derived_key
from handlers.slack import build_bolt
from handlers.slack_absences import AbsenceList
from handlers.slack_acts import SlackActs
from handlers.slack_connections import SocketMode, slack_routes
from handlers.slack_two_persons import SlackTwoPersons
from handlers.telegram import ALLOWED, Polling, TelegramHandler, explain, telegram_routes
from handlers.web import web_routes
from handlers.webhooks import webhook_path, webhook_routes
from handlers.words import WordReader
from locales.fr.images import picture

if TYPE_CHECKING:
    from handlers.own_page import OwnPage

log = structlog.get_logger(__name__)
TELEGRAM_WEB = "https://web.telegram.org"
"""Telegram in a browser shows a Mini App in a frame."""


class App:
    """The program. `start` returns once it answers; `aclose` leaves nothing half done."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        limits: Mapping[str, Limit] = LIMITS,
        pages: Sequence[tuple[int, timedelta]] = AT_MOST,
    ) -> None:
        require(settings)
        self.settings = settings
        self.limits = limits
        self.clock = clock or SystemClock()
        self.texts = Texts(own=settings.texts)
        self.calendars = calendars(settings)
        self.database = Database(settings.database_url)
        self.trail = Trail(audit_key(settings), self.clock)
        self.trail.keep(self.database.writer)
        self.anchors = Anchors(audit_folder(settings) / ANCHORS)
        self.records = SqlRecords(self.database)
        self.links = Links(self.database, self.clock, self._page_moved, pages)
        pace = Pace(self.database, "telegram", settings.telegram_pace)
        self.outbox = Outbox(self.database, replica_name(settings, self.database), self._say, pace)
        self.jobs = Jobs(self.database, self.outbox.owner, self._work)
        self.store = SqlStore(self.database, partial(enqueue, self.outbox, self.jobs), self.outbox.push)
        self.engine = Engine(self.store, self.clock, self.calendars, declares_above=settings.radar_certainty)
        self.aggregator = open_aggregator(settings, self.clock.now)
        self.requests = AiohttpRequest(), AiohttpRequest(connections=1)
        self.bot = open_bot(secret(settings.telegram_token), settings.telegram_api_url, self.requests[0])
        self.messenger = TelegramMessenger(self.bot, pace)
        self.slack = open_client(secret(settings.slack_bot_token), settings.slack_api_url)
        slack_pace = Pace(self.database, "slack", settings.slack_pace)
        roles = SlackRoles(self.slack, settings.slack_accountants, settings.slack_managers)
        own = read_channels(settings.slack_channels)
        self.desk = SlackDesk(self.slack, settings.slack_channel, self.texts, slack_pace, roles, own)
        self.absences = Absences(self.database, lambda: self._local_now().date())
        self.mornings = self._mornings()
        self.words = WordReader(FrenchReader(), self.engine)
        self.whisper = WhisperServer(settings.transcriber_url) if settings.transcriber_url else None
        self.worker = self._worker()
        self.own_page = open_own_page(self) if settings.credential_mode == "own_page" else None
        self.two_persons = self._two_persons()
        self.upkeep = self._upkeep()
        self.telegram = TelegramHandler(
            self.bot, self.engine, self.links, self.words.understanding, self.texts, self.messenger,
            hears=self.whisper is not None,
        )  # fmt: skip
        self.polling = Polling(self.bot, self.requests[1], self.telegram)
        self.windows = Windows(self.slack, self.texts, settings.firm_name)
        acts = DeskActs(self.database, self.store, self.clock, self.calendars, lambda: self.bot_name)
        self.slack_two_persons = SlackTwoPersons(self.desk, self.windows, self.two_persons, acts, self.texts)
        self.bolt = self._bolt(acts)
        self.socket = SocketMode(self.bolt, self.slack, secret(settings.slack_app_token))
        self.server: HttpServer | None = None
        self.bot_name = ""
        """As Telegram tells it; empty until then."""
        self._telling: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where the program listens."""
        return self.server.address if self.server else ""

    async def start(self) -> None:
        """Open everything. Raises `BadInput` for what a person must mend first."""
        schema.prepare(self.database)
        if not await self.database.read(self.trail.fits):
            log.error("the audit trail does not fit its key: see « resync audit verify »")
        self.server = HttpServer(self._web(), self.settings.listen)
        await self.jobs.start()
        await self.upkeep.start()
        await self.server.start()
        await self._listen_to_telegram()
        if self.settings.slack_mode == "socket":
            await self.socket.start()

    async def aclose(self) -> None:
        """Stop taking in, let what is under way end, then close."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.gather(self._telling, return_exceptions=True)
        await self.polling.aclose()
        await self.socket.aclose()
        await self.windows.aclose()
        await self.slack_two_persons.aclose()
        if self.server is not None:
            await self.server.aclose()
        if self.own_page is not None:
            await self.own_page.aclose()
        await self.telegram.aclose()
        await self.upkeep.aclose()
        await self.outbox.aclose()
        await self.jobs.aclose()
        await self.aggregator.aclose()
        if self.whisper is not None:
            await self.whisper.aclose()
        for request in self.requests:
            await request.shutdown()
        await self.database.aclose()

    async def quiet(self) -> None:
        """Wait until nothing is due, waiting or under way: for those who move the clock."""
        while True:
            await self.upkeep.scan()
            await self.upkeep.sweep()
            if self.outbox.idle() and await self.jobs.idle():
                due = await self.store.next_due()
                if due is None or due > self.clock.now():
                    return
            await asyncio.sleep(0.01)

    async def travel(self, clock: MovableClock, target: datetime) -> None:
        """Move the clock forward; everything that falls due on the way happens at its own moment."""
        await self.quiet()
        while (due := await self._next_due()) is not None and due <= target:
            clock.set(max(due, clock.now()))
            await self.quiet()
        clock.set(max(target, clock.now()))
        await self.quiet()

    async def _next_due(self) -> datetime | None:
        """The next deadline, or the next morning's digest."""
        moments = [await self.store.next_due(), self.mornings.next()]
        return min((each for each in moments if each is not None), default=None)

    # -- wiring ---------------------------------------------------------------------------------------

    async def _say(self, job: Job) -> None:
        await self.worker.say(job)

    async def _work(self, job: Job) -> None:
        await self.worker.work(job)

    def _worker(self) -> Worker:
        roster = Roster(read_stand_ins(self.settings.stand_ins), self.settings.manager.strip())
        timers = ReplyTimers(self.desk, self.absences, roster, self.texts)
        return Worker(
            self.engine, self.records, self.links, self.texts, self.messenger, self.desk, self.aggregator,
            self.clock, self.calendars, self._house(), self._mailing(), timers,
            self.mornings,
            Voice(self.whisper, self.messenger, self.words, self.engine) if self.whisper else None,
        )  # fmt: skip

    def _two_persons(self) -> TwoPersons:
        cards = RequestCards(self.desk, self.texts, self.clock, self.calendars)
        return TwoPersons(
            self.database, self.store, self.clock, self.calendars, cards, lambda: self.bot_name
        )  # fmt: skip

    async def _expire(self) -> None:
        await self.links.expire()
        await self.two_persons.sweep()

    def _upkeep(self) -> Upkeep:
        can = self.aggregator.capabilities
        return Upkeep(
            self.database, self.engine, self.outbox, self.jobs, self.clock,
            read_every=can.read_every if can.sees_state else None, expire=self._expire, anchor=self._anchor,
            digest=self.mornings.order,
        )  # fmt: skip

    def _mornings(self) -> Mornings:
        figures = SqlFigures(self.database, self.calendars.ladder.first)
        draw = partial(drawn, texts=self.texts)
        at = read_digest(self.settings.digest_at)
        return Mornings(self.store, self.desk, figures, draw, self.texts, self.clock, self.calendars.office, at)

    def _bolt(self, acts: DeskActs) -> AsyncApp:
        """All that staff do on Slack."""
        near = self.calendars.ladder.first
        return build_bolt(
            self.desk,
            self.engine,
            self.records,
            SlackBoard(self.database, self.texts, self._local_now, near),
            self.texts,
            self.engine.incidents,
            absences=AbsenceList(self.absences, self.desk, self.texts, self.engine.receive),
            today=lambda: self._local_now().date(),
            home=SlackHome(self.slack, self.database, self.texts, self._local_now, near),
            others=[
                SlackActs(self.desk, self.windows, acts, self.engine, self.engine.incidents, self.texts),
                self.slack_two_persons,
            ],
        )

    def _local_now(self) -> datetime:
        return self.calendars.hours("").local(self.clock.now())

    def _house(self) -> House:
        settings = self.settings
        return House(
            firm=settings.firm_name,
            public_url=settings.public_url,
            notice_url=settings.notice_url,
            picture=lambda name: picture(name, settings.pictures),
            mini_app=settings.mini_app,
        )

    def _mailing(self) -> Mailing | None:
        """For clients whom no message reaches, where the firm has a mail server."""
        mail = open_mail(self.settings)
        if mail is None:
            return None
        return Mailing(
            mail, Mails(self.database), self.texts, self.clock, self.calendars, self._invitation,
            invitations=self.settings.mail_invitations,
        )  # fmt: skip

    def _invitation(self, token: Secret) -> Secret:
        """What a client opens to come back into his chat."""
        if not self.bot_name:
            raise TryAgain("Telegram has not told the name of the bot yet")
        return link(self.bot_name, token)

    def _web(self) -> Starlette:
        settings = self.settings
        options = WebOptions(
            public_url=settings.public_url,
            firm=settings.firm_name,
            allowed_hosts=hosted_hosts(settings),
            trusted_proxies=tuple(each.strip() for each in settings.trusted_proxies.split(",") if each.strip()),
            limits=self.limits,
            framed_by=TELEGRAM_WEB if settings.mini_app else "",
        )
        routes = [
            *web_routes(
                self.links, self.engine, self.aggregator, self.texts, options,
                ask_number=self._ask_number, ready=self._ready, check=telegram_check(settings),
                own_page=self.own_page, bot_name=lambda: self.bot_name,
            ),
            *webhook_routes(self.aggregator, webhook_key(settings), self.records, self.engine),
        ]  # fmt: skip
        if settings.telegram_mode == "webhook":
            assert settings.telegram_webhook_secret is not None, "the settings require it"
            routes += telegram_routes(self.telegram, Secret(settings.telegram_webhook_secret.get_secret_value()))
        if settings.slack_mode == "http":
            routes += slack_routes(self.bolt, Secret(secret(settings.slack_signing_secret)))
        return Starlette(routes=routes)

    async def _ask_number(self, opened: Opened) -> None:
        """The page is open: which number does it show?"""
        job = Job(
            id=f"link:{opened.id}:number",
            conversation_id=opened.conversation_id,
            chat_id=opened.chat_id,
            effect=AskNumber(opened.id, opened.numbers),
        )
        row = await self.database.write(lambda sql: self.outbox.enqueue(sql, job))
        self.outbox.push([row] if row else [])

    def _page_moved(self, sql: sa.Connection, move: str, conversation_id: int, case_id: int) -> None:
        """Staff have the case: its card shows how far the client has come, in its place."""
        self.jobs.enqueue(sql, Job(move, conversation_id, None, RedrawCase(), case_id=case_id))

    async def _anchor(self) -> None:
        """Where the audit trail stands, in a file and in the log: what is cut off the database is missed there."""
        stands = await self.database.read(head)
        if stands is None:
            return
        log.info("the audit trail stands here", seq=stands.seq, h=stands.h)
        try:
            self.anchors.keep(stands, self.clock.now())
        except OSError as error:
            log.error("the audit trail's anchor is in the log only", reason=error.strerror)

    async def _ready(self) -> None:
        await self.database.read(lambda sql: sql.execute(sa.select(1)).scalar())

    async def _listen_to_telegram(self) -> None:
        """Tell Telegram where we listen. Where it does not answer now, we start all the same and try again."""
        if not await self._told_telegram():
            self._telling = asyncio.create_task(self._tell_telegram())
        if self.settings.telegram_mode == "polling":
            await self.polling.start()

    async def _tell_telegram(self) -> None:
        wait = 2.0  # longer than Telegram wants it between two setWebhook
        while True:
            await asyncio.sleep(wait)
            if await self._told_telegram():
                log.info("Telegram answers again")
                return
            wait = min(wait * 2, 60.0)

    async def _told_telegram(self) -> bool:
        settings = self.settings
        try:
            self.bot_name = (await self.bot.get_me()).username or ""
            if settings.telegram_mode == "polling":
                await self.bot.delete_webhook()
            else:
                await self.bot.set_webhook(
                    f"{settings.public_url}/telegram/webhook",
                    secret_token=secret(settings.telegram_webhook_secret),
                    allowed_updates=ALLOWED,
                )
            await self.bot.set_my_commands(
                [(name, self.texts.say(f"command-{name}")) for name in ("aide", "banques", "stop")]
            )
        except TelegramError as error:
            log.error("Telegram does not know where we listen", reason=explain(error))
            return False
        return True


def open_own_page(app: App) -> "OwnPage":
    """Our own page of the bank secret, and the vault behind it: in the mode `own_page` only."""
    # Here and nowhere else: in the mode `webview` neither can be imported.
    from bot.adapters.vault import KeyVault
    from handlers.own_page import OwnPage

    taker = app.aggregator
    assert taker.capabilities.secret_by_api, "the settings allow no other"
    return OwnPage(
        Tries(app.database, app.clock), app.links, app.engine, taker, cast("SecretTaker", taker), KeyVault(app.clock)
    )


@contextlib.asynccontextmanager
async def open_engine(settings: Settings) -> AsyncIterator[Engine]:
    """The engine alone, for the command line: what it decides leaves by the program that is running."""
    database = Database(settings.database_url)
    try:
        schema.require_current(database.writer)
        await keep_trail(settings, database)
        outbox, jobs = Outbox(database, UNOWNED, not_here), Jobs(database, UNOWNED, not_here)
        jobs.connect()
        store = SqlStore(database, partial(enqueue, outbox, jobs), lambda _rows: None)
        try:
            yield Engine(store, SystemClock(), calendars(settings))
        finally:
            await jobs.aclose()
    finally:
        await database.aclose()


async def keep_trail(settings: Settings, database: Database) -> None:
    """What a command does enters the audit trail too. Raises `BadInput` where that would spoil it."""
    trail = Trail(audit_key(settings), SystemClock())
    if not await database.read(trail.fits):
        raise BadInput(
            "La clé du journal d’audit n’est pas celle de cette base, ou le journal a été touché. "
            "Lancez : resync audit verify"
        )
    trail.keep(database.writer)


async def not_here(job: Job) -> None:
    """A command performs nothing by itself."""
    raise OurBug(f"{job.id} was to be performed by a command")


def enqueue(outbox: Outbox, jobs: Jobs, sql: sa.Connection, job: Job) -> Row | None:
    """Words to a client leave through his chat's lane; everything else is a durable job."""
    if isinstance(job.effect, TO_CLIENT):
        return outbox.enqueue(sql, job)
    jobs.enqueue(sql, job)
    return None


def require(settings: Settings) -> None:
    """A program without its channels would look alive and reach nobody."""
    needed = {"RESYNC_TELEGRAM_TOKEN": settings.telegram_token, "RESYNC_SLACK_BOT_TOKEN": settings.slack_bot_token}
    needed["RESYNC_SLACK_CHANNEL"] = SecretStr(settings.slack_channel)
    if settings.slack_mode == "socket":
        needed["RESYNC_SLACK_APP_TOKEN"] = settings.slack_app_token
    else:
        needed["RESYNC_SLACK_SIGNING_SECRET"] = settings.slack_signing_secret
    missing = [name for name, value in needed.items() if not secret(value)]
    if missing:
        raise BadInput(
            f"Il manque : {', '.join(missing)}. Ajoutez-les au fichier .env (voir docs/guide-cabinet.md), "
            "ou essayez sans compte avec : resync demo"
        )


def secret(value: SecretStr | None) -> str:
    """The value of a setting, for the call that needs it."""
    return value.get_secret_value() if value else ""


def telegram_check(settings: Settings) -> Check:
    """How we know that Telegram, and nobody else, says who opened the Mini App."""
    token = secret(settings.telegram_token)
    hashed = by_hash(derived_key(Secret(token)))
    key = {"production": PRODUCTION_KEY, "test": TEST_KEY}.get(
        settings.telegram_public_key, settings.telegram_public_key
    )
    return by_signature(token.partition(":")[0], key, otherwise=hashed) if key else hashed


def webhook_address(settings: Settings) -> str:
    """The address to give to the aggregator for its webhooks. It holds a secret: who knows it may knock."""
    key = webhook_key(settings)
    if key is None:
        raise BadInput(f"L’agrégateur {settings.aggregator} n’envoie pas de webhooks, ou son secret n’est pas réglé.")
    return settings.public_url + webhook_path(settings.aggregator, key)


def replica_name(settings: Settings, database: Database) -> str:
    """Stable over a restart, so that a process finds its own work again; different for each of several."""
    return "solo" if database.is_sqlite else f"{socket.gethostname()}-{settings.listen}"


def serve(settings: Settings) -> None:
    """`run` in an event loop of its own: uvloop's, except on Windows, where there is none."""
    with asyncio.Runner(loop_factory=fastest_loop) as runner:
        runner.run(run(settings))


def fastest_loop() -> asyncio.AbstractEventLoop:
    """uvloop's loop where it is installed."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.new_event_loop()
    return new_event_loop()


async def run(settings: Settings, clock: Clock | None = None) -> None:
    """Run until SIGINT or SIGTERM, or until the other processes took us for dead.

    `clock`: business time, where it is another one than the machine's.
    """
    set_up_logs(settings.log_level)
    if settings.credential_mode == "webview":
        close_credentials()
    app = App(settings, clock)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await app.start()
    gc.freeze()  # what is there now stays: a collection that walks over all of it would hold up an answer
    log.info("Resync is running", address=app.address, telegram=settings.telegram_mode, slack=settings.slack_mode)
    waiting = [asyncio.create_task(stop.wait()), asyncio.create_task(app.upkeep.declared_dead.wait())]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await app.aclose()
