"""The demo: the sandbox with a few invented clients, the real program beside it, and one page to play on."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from rich.console import Console
from rich.panel import Panel

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.clock import MovableClock
from bot.adapters.database import schema
from bot.adapters.database.engine import Database
from bot.adapters.logs import set_up_logs
from bot.domain.errors import BadInput
from bot.http import bind
from bot.sandbox.cast import Cast, prepare
from bot.sandbox.fleet import BANKS_OF_FLEET, HOUSES, Fleet, lines_of_fleet
from bot.sandbox.page import Client, Colleague, Stage, page_routes
from bot.sandbox.world import BOT_TOKEN, CHANNEL, World, scratch_database

HOST, PORT, PORTS_TRIED = "127.0.0.1", 8000, 20
BEGIN = time(10, 0)
GUEST = Colleague("U0STAGE", "Léo Garnier", "invité")
FIRST_OF_FLEET = 2001
ROLES = {"U0JULIE": "comptable", "U0KARIM": "responsable"}


async def run(listen: str = "", *, keep: Path | None = None, database_url: str = "", fleet: bool = False) -> None:
    """Serve the demo until Ctrl-C, with three clients or with a `fleet` of forty. Raises `BadInput` where it cannot.

    `listen`: `address:port`; by default 127.0.0.1:8000, or the next free port. The database is gone afterwards,
    unless `keep` (a folder) or `database_url` says where it stays; it must be a new one in any case.
    """
    set_up_logs("ERROR")
    address = listen or free_address()
    with database(keep, database_url) as url:
        async with playing(url, address, fleet=fleet) as world:
            announce(world.address, expected=listen or f"{HOST}:{PORT}")
            await interruption()


@asynccontextmanager
async def playing(database_url: str, listen: str, *, fleet: bool = False) -> AsyncIterator[World]:
    """The demo for the length of the block, with its page and its people."""
    await refuse_used(database_url)
    stages: list[Stage] = []
    clock = MovableClock(beginning(datetime.now(UTC)))
    routes = tuple(page_routes(lambda: stages[0]))
    world = World(
        clock, database_url=database_url, listen=listen, extra_routes=routes, mini_app="on", digest_at="8:30"
    )
    try:
        await world.start()
        stages.append(await (set_up_fleet if fleet else set_up)(world))
        yield world
    finally:
        for stage in stages:
            stage.closing.set()
        await world.aclose()


async def refuse_used(database_url: str) -> None:
    """Only a new database: the clients in another one would be people whom this sandbox does not know."""
    tried = Database(database_url)
    try:
        if schema.version(tried.reader) != "empty":
            raise BadInput("Cette base n’est pas vide. La démonstration en veut une neuve : indiquez-en une autre.")
    finally:
        await tried.aclose()


async def set_up(world: World) -> Stage:
    """Invent everybody. Odette has yet to open her invitation; the others have opened theirs."""
    cast = await prepare(world)
    world.slack.user(GUEST.id, "leo", GUEST.name, is_guest=True)
    tokens = {name: parse_qs(urlsplit(link).query)["start"][0] for name, link in cast.invitations.items()}
    for player in (cast.marcel, cast.sofia):
        await world.telegram.starts(player.id, tokens[player.name])
    await world.app.quiet()
    return stage(world, cast, tokens["Odette"])


async def set_up_fleet(world: World) -> Stage:
    """Odette, Marcel and Sofia, as ever, and thirty-seven more who have opened their invitations and play alone."""
    cast = await prepare(world, lines_of_fleet(), BANKS_OF_FLEET)
    world.slack.user(GUEST.id, "leo", GUEST.name, is_guest=True)
    tokens = {name: parse_qs(urlsplit(link).query)["start"][0] for name, link in cast.invitations.items()}
    played = stage(world, cast, tokens["Odette"])
    clients = played.clients + tuple(
        Client(FIRST_OF_FLEET + place, contact, house, cast.users[house])
        for place, (house, contact) in enumerate(HOUSES)
    )
    for client in clients[1:]:
        world.telegram.person(client.person, client.first_name)
        await world.telegram.starts(client.person, tokens[client.first_name])
    await world.app.quiet()
    fleet = Fleet(world, clients)
    habits = {person: habit.value for person, habit in fleet.habits.items()}
    return replace(played, clients=clients, travel=fleet.travel, habits=habits)


def stage(world: World, cast: Cast, invitation: str) -> Stage:
    """What the page plays on."""
    return Stage(
        telegram=world.telegram,
        slack=world.slack,
        slack_token=BOT_TOKEN,
        channel=CHANNEL,
        bank=world.bank,
        now=world.clock.now,
        travel=world.travel,
        clients=(
            Client(cast.odette.id, "Odette Martin", cast.odette_name, cast.odette.user, invitation),
            Client(cast.marcel.id, "Marcel Dubois", cast.marcel_name, cast.marcel.user),
            Client(cast.sofia.id, "Sofia Rossi", cast.sofia_name, cast.sofia.user),
        ),
        staff=(*(Colleague(each.id, each.name, ROLES[each.id]) for each in (cast.julie, cast.karim)), GUEST),
    )


def beginning(now: datetime) -> datetime:
    """Ten o'clock in Paris, today or on the next working day: a moment at which things may happen."""
    hours = FrenchCalendars("Europe/Paris").hours("")
    day = hours.local(now).date()
    while not hours.works(day):
        day += timedelta(days=1)
    return datetime.combine(day, BEGIN, hours.zone).astimezone(UTC)


@contextmanager
def database(keep: Path | None, database_url: str) -> Iterator[str]:
    """Where the demo's data is: in a folder that goes away, unless told otherwise."""
    if database_url:
        yield database_url
    elif keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{keep / 'resync-demo.db'}"
    else:
        with scratch_database() as url:
            yield url


def free_address() -> str:
    """The first free port from 8000 on. Raises `BadInput` where many in a row are taken."""
    for port in range(PORT, PORT + PORTS_TRIED):
        try:
            bind(f"{HOST}:{port}").close()
        except BadInput:
            continue
        return f"{HOST}:{port}"
    raise BadInput(
        f"Les ports {PORT} à {PORT + PORTS_TRIED - 1} sont tous pris. "
        f"Choisissez-en un autre, par exemple : resync demo --listen {HOST}:9000"
    )


def announce(address: str, *, expected: str) -> None:
    """The one thing the player needs: where the page is."""
    moved = "" if address.endswith(expected) else f"\nLe port {PORT} était pris, en voici un autre."
    Console(highlight=False).print(
        Panel(
            f"La démonstration est prête. Ouvrez dans votre navigateur :\n\n  [bold]{address}[/]\n{moved}\n"
            "Rien n’est réel : ni les clients, ni les banques, ni les mots de passe.\nPour arrêter : Ctrl-C.",
            title="Resync",
            expand=False,
            padding=(1, 3),
        )
    )


async def interruption() -> None:
    """Until Ctrl-C, or until the system asks the program to end."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
