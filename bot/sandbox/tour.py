"""The tour: the whole story, played headless through the real program, with every promise of it checked.

A firm invites its clients; Odette links her bank for the first time; months later it is about to lapse and she
renews it; Marcel's password has changed; Sofia needs a person; a bank is down; somebody never answers.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from rich.console import Console

from bot.adapters.clock import MovableClock
from bot.adapters.database.tables import connection
from bot.adapters.logs import set_up_logs
from bot.sandbox.actors import Promise
from bot.sandbox.browser import Browser
from bot.sandbox.cast import Cast, prepare
from bot.sandbox.transcript import Transcript
from bot.sandbox.world import CHANNEL, World, opened, scratch_database

PARIS = ZoneInfo("Europe/Paris")
BEGIN = datetime(2026, 3, 2, 9, 40, tzinfo=PARIS)
SERVICE = ((11, 0, 15, 0), (18, 30, 23, 30))


async def run(database_url: str | None = None, console: Console | None = None) -> int:
    """Play the story; returns the exit status: 0 only if every promise held."""
    set_up_logs("ERROR")
    console = console or Console(width=min(Console().width, 118) if sys.stdout.isatty() else 118)
    if database_url is not None:
        return await play(database_url, console)
    with scratch_database() as url:
        return await play(url, console)


async def play(database_url: str, console: Console) -> int:
    """The story on one database, which must be empty."""
    clock = MovableClock(BEGIN, stands_still=True)
    world = World(clock, database_url=database_url, listen="127.0.0.1:0")
    async with opened(world):
        tour = Tour(world, await prepare(world), console)
        try:
            await tour.whole()
        except Promise as broken:
            tour.script.catch_up()
            console.print(f"\n[bold red]Promesse non tenue :[/] {broken}")
            return 1
    console.print(f"\n[bold green]Toutes les promesses ont été tenues[/] ({tour.kept} vérifiées).")
    return 0


class Tour:
    """The scenes, in order. `keep` checks a promise; what a person should see is waited for."""

    def __init__(self, world: World, cast: Cast, console: Console) -> None:
        self.world = world
        self.cast = cast
        self.kept = 0
        self.script = Transcript(console, cast.clients, cast.julie)

    async def whole(self) -> None:
        """All scenes."""
        await self.first_synchronisation()
        await self.password_change()
        await self.hand_over()
        await self.silence()
        await self.renewal()
        await self.bank_down()
        self.keep(not self.secrets_seen(), "no password was ever seen in a chat or in Slack")
        self.keep(not self.rude_hours(), "no nudge left at night, on a Sunday or during the service")

    def keep(self, held: bool, promise: str) -> None:
        """Check a promise of the story."""
        if not held:
            raise Promise(promise)
        self.kept += 1

    @asynccontextmanager
    async def scene(self, title: str) -> AsyncIterator[None]:
        """A chapter: what was said in it is printed at its end."""
        self.script.scene(title)
        yield
        await self.settle()

    async def settle(self) -> None:
        """Let everything under way arrive, and print it."""
        await self.world.app.quiet()
        await self.world.slack.settle()
        await self.world.bank.courier.delivered()
        await self.world.app.quiet()
        self.script.catch_up()

    async def wait(self, **span: float) -> None:
        """Time passes; what falls due happens."""
        await self.settle()
        await self.world.travel(timedelta(**span))
        await self.settle()

    def note(self, words: str) -> None:
        """Something happens outside of the chat."""
        self.script.catch_up()
        self.script.bank(self.world.clock.now(), words)

    def lapses_on(self, bank: str) -> datetime:
        """The day a bank lapses, as the program has it."""
        with self.world.app.database.reader.connect() as sql:
            found = sql.execute(sa.select(connection.c.expires_on).where(connection.c.bank == bank)).scalar_one()
        return datetime.combine(found, datetime.min.time(), PARIS)

    @property
    def odette_link(self) -> int:
        """Odette's connection at the aggregator, once she has made it."""
        return self.world.bank.links_of(self.cast.odette.user)[0].id

    async def until_day(self, bank: str, days_before: int) -> None:
        """Time passes until the evening, some days before a bank lapses."""
        target = self.lapses_on(bank) - timedelta(days=days_before) + timedelta(hours=17)
        await self.wait(seconds=max(0.0, (target - self.world.clock.now()).total_seconds()))

    # -- the scenes -----------------------------------------------------------------------------------

    async def first_synchronisation(self) -> None:
        """Odette opens her invitation and connects her bank for the first time."""
        odette, bank = self.cast.odette, self.cast.odette_bank
        async with self.scene("Première synchronisation"):
            await odette.opens_invitation(self.cast.invitations[odette.name])
            await odette.hears("first-welcome")
            await odette.presses("why")
            await odette.hears("why-renew")
            await odette.presses("start", "there")
            await odette.hears("first-connect-bank")
            self.note(f"Odette connecte {bank} dans One up.")
            said = await self.world.bank.connect_first(odette.user, bank, "cassoulet81")
            self.keep(said == "synchronised", "the bank connects")
            await odette.presses("done")
            await self.settle()
            await odette.hears("first-done")
            await self.cast.julie.reads(bank)
            self.keep(self.lapses_on(bank) > self.world.clock.now() + timedelta(days=150), "the cadence is set")
            for client in (self.cast.marcel, self.cast.sofia):
                await client.opens_invitation(self.cast.invitations[client.name])
                await client.hears("first-introduced")

    async def renewal(self) -> None:
        """Months later: the nudge, step A, step B, the proof, the receipt."""
        odette, bank = self.cast.odette, self.cast.odette_bank
        async with self.scene("Six mois plus tard : le renouvellement"):
            before = self.lapses_on(bank)
            await self.until_day(bank, 11)
            await odette.hears("renewal-offered")
            await odette.presses("start", "there")
            await odette.hears("renewal-step-b")
            self.note("Odette appuie sur le bouton bleu dans One up.")
            await self.world.bank.press_blue_button(self.odette_link)
            await self.settle()
            await odette.hears("renewal-done")
            self.keep(self.lapses_on(bank) > before, "the proof moves the day")
            heard = len(odette.heard())
            await self.wait(days=20)
            self.keep(len(odette.heard()) == heard, "no nudge after the proof")

    async def password_change(self) -> None:
        """Marcel's bank made him change his password."""
        marcel, link = self.cast.marcel, self.cast.links[self.cast.marcel_name, self.cast.marcel_bank]
        async with self.scene("Le mot de passe a changé"):
            await self.until_day(self.cast.marcel_bank, 7)
            await marcel.hears("renewal-offered")
            await marcel.presses("start", "there")
            self.world.bank.change_password(link, "Bouillabaisse-13")
            self.note("La banque a imposé un nouveau mot de passe ; One up le demande.")
            await self.world.bank.press_blue_button(link)
            await marcel.hears("new-password")
            async with Browser(marcel) as browser:
                shown = await browser.opens(marcel.secure_page())
                await marcel.taps_number(int(shown["facts"]["number"]))
                await self.settle()
                await browser.goes_on()
                self.keep(not await browser.types("pas-le-bon"), "a wrong password is refused")
                self.keep(await browser.types("Bouillabaisse-13"), "the right one leads back")
            self.note("Marcel tape son nouveau mot de passe sur la page sécurisée.")
            await self.settle()
            await marcel.hears("renewal-done")

    async def hand_over(self) -> None:
        """Sofia is stuck: Julie takes over, answers, hands back at the very step."""
        sofia, julie = self.cast.sofia, self.cast.julie
        async with self.scene("Une personne prend le relais"):
            await self.until_day(self.cast.sofia_bank, 3)
            await sofia.hears("renewal-offered")
            await sofia.presses("start", "there")
            await sofia.writes("sa marche pas, je trouve pas le bouton")
            await sofia.hears("renewal-step-b", "help")
            await sofia.writes("je veux parler à mon comptable")
            await sofia.hears("with-staff")
            card = await julie.card(self.cast.sofia_name, having="case-took")
            await julie.clicks(card, "case-took")
            await sofia.hears("staff-took")
            quiet = sofia.last_id()
            await julie.writes_in_thread(card, "note interne : elle confond avec la banque de son mari")
            await julie.writes_in_thread(card, "@client Regardez tout en haut à droite, c’est le bouton bleu.")
            await self.settle()
            words = " ".join(message.get("text", "") for message in sofia.screen if message["message_id"] > quiet)
            self.keep("bouton bleu" in words, "the reply reaches the client")
            self.keep("mari" not in words, "an internal note never does")
            await julie.clicks(await julie.card(self.cast.sofia_name, having="case-handed-back"), "case-handed-back")
            await sofia.hears("renewal-step-b", after=quiet)
            await self.world.bank.press_blue_button(self.cast.links[self.cast.sofia_name, self.cast.sofia_bank])
            await self.settle()
            await sofia.hears("renewal-done")

    async def bank_down(self) -> None:
        """The bank does not answer: nothing is asked of Odette, and she is told when it works again."""
        odette, bank = self.cast.odette, self.cast.odette_bank
        async with self.scene("La banque est en panne"):
            await self.until_day(bank, 11)
            await odette.presses("start", "there")
            self.world.bank.switch(bank, False)
            self.note(f"{bank} ne répond plus.")
            await self.world.bank.press_blue_button(self.odette_link)
            await odette.presses("done")
            await self.settle()
            await odette.hears("bank-down")
            heard = len(odette.heard())
            await self.wait(hours=5)
            self.keep(len(odette.heard()) == heard, "nothing is asked while the bank is down")
            self.world.bank.switch(bank, True)
            self.note(f"{bank} répond de nouveau.")
            await self.wait(days=1)
            await odette.hears("bank-is-back")
            await odette.presses("start", "there")
            await self.world.bank.press_blue_button(self.odette_link)
            await self.settle()
            await odette.hears("renewal-done")

    async def silence(self) -> None:
        """Marcel does not answer any more: after the last rung a person is told."""
        marcel, julie = self.cast.marcel, self.cast.julie
        async with self.scene("Le silence finit chez une personne"):
            await self.until_day(self.cast.marcel_bank, -8)
            await julie.card(self.cast.marcel_name, having="case-took")
            await marcel.hears("with-staff")

    # -- promises about everything that was said ---------------------------------------------------------

    def secrets_seen(self) -> list[str]:
        """Passwords that appear on a screen."""
        screens = str([client.screen for client in self.cast.clients]) + str(
            [self.cast.julie.thread(each["ts"]) for each in self.world.slack.messages(CHANNEL)]
        )
        return [secret for secret in ("cassoulet81", "Bouillabaisse-13", "pas-le-bon") if secret in screens]

    def rude_hours(self) -> list[datetime]:
        """Nudges that rang at an indecent hour."""
        rude = []
        for client in self.cast.clients:
            for message in client.heard():
                at = datetime.fromtimestamp(message["date"], PARIS)
                if is_nudge(message) and not is_decent(at):
                    rude.append(at)
        return rude


def is_nudge(message: dict[str, object]) -> bool:
    """An unasked offer has the button « start » and « why » under it."""
    return all(f":{choice}" in str(message.get("reply_markup")) for choice in ("start", "later", "why"))


def is_decent(at: datetime) -> bool:
    """Not on a Sunday, not by night, not during a service."""
    minutes = at.hour * 60 + at.minute
    serving = any(a * 60 + b <= minutes < c * 60 + d for a, b, c, d in SERVICE)
    return at.weekday() != 6 and 8 * 60 <= minutes < 20 * 60 and not serving
