"""The demo's fleet: forty clients at six banks. Three are played by hand, the others answer by themselves.

They see what a person would see, their chat, and do what he would do: press a button, and the blue one in One up.
"""

import heapq
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from bot.domain.buttons import Press, parse
from bot.sandbox.actors import keys
from bot.sandbox.bank.world import Connection
from bot.sandbox.cast import BANKS, LINES, Line
from bot.sandbox.page.stage import Client
from bot.sandbox.world import World

BANKS_OF_FLEET = BANKS | {"Crédit du Marais": 180, "Banque des Isles": 90}
"""Invented, with their cadence in days."""
MOVES = 8
"""Of one client at one time; by then something does not lead on."""
NEAR = timedelta(days=16)
ONWARD = ("start", "there", "done")
HOUSES = (
    ("Aux Deux Pigeons", "Agathe Roux"), ("Bistrot du Canal", "Bruno Leroy"), ("Brasserie Lecourbe", "Camille Faure"),
    ("Café des Sports", "Damien Morel"), ("Chez Elise", "Elise Garcia"), ("Chez Fabrice", "Fabrice Noël"),
    ("Crêperie Armor", "Gwenn Le Goff"), ("Au Petit Four", "Hector Blanc"), ("Ferme du Lac", "Inès Girard"),
    ("Glacier Jasmin", "Jasmin Perrin"), ("Kebab d’Or", "Kenan Demir"), ("La Table de Léa", "Léa Marchand"),
    ("L’Atelier Vert", "Maud Chevalier"), ("La Marmite", "Nadia Haddad"), ("L’Olivier", "Olivier Masson"),
    ("La Paillote", "Pauline Hoarau"), ("Le Quai Nord", "Quentin Barbier"), ("La Rotonde", "Rachel Cohen"),
    ("Le Sully", "Samir Benali"), ("Le Tilleul", "Thomas Renard"), ("L’Usine à Pizza", "Ugo Ricci"),
    ("Le Vieux Moulin", "Vanessa Picard"), ("Wok Express", "William Tran"), ("Le Xérès", "Xavier Roche"),
    ("Yaourt et Cie", "Yasmine Amrani"), ("Zinc et Zeste", "Zoé Lambert"), ("Le Bon Aloi", "Alban Guérin"),
    ("La Belle Équipe", "Bérénice Colin"), ("Le Comptoir Bleu", "Cyril Dumas"), ("La Dînette", "Diane Maillard"),
    ("L’Escale", "Étienne Carlier"), ("La Fontaine", "Flora Besson"), ("Le Grand Large", "Gaspard Prigent"),
    ("L’Heure Bleue", "Hélène Vidal"), ("L’Indigo", "Ivan Petrov"), ("Le Jardin", "Judith Lopez"),
    ("Le Kiosque", "Karine Adam"),
)  # fmt: skip
"""The thirty-seven who play by themselves."""


class Habit(StrEnum):
    """How a client of the fleet answers."""

    YOURS = "yours"  # played by hand
    QUICK = "quick"
    SLOW = "slow"
    SILENT = "silent"


HABITS = (Habit.QUICK, Habit.SLOW, Habit.QUICK, Habit.SLOW, Habit.QUICK, Habit.SLOW, Habit.QUICK, Habit.SILENT)
WITHIN = {Habit.QUICK: (0.2, 5.0), Habit.SLOW: (20.0, 80.0)}
"""Hours."""


def lines_of_fleet() -> tuple[Line, ...]:
    """The firm's list: everybody at another point of his cycle, a handful within the next two weeks."""
    banks = list(BANKS_OF_FLEET)
    rows = list(LINES)
    for place, (house, contact) in enumerate(HOUSES):
        bank = banks[place % len(banks)]
        cadence = BANKS_OF_FLEET[bank]
        left = 2 + place * 3 if place < 12 else 10 + (place * 29) % (cadence - 12)
        rows.append(Line(house, "", contact, bank, max(cadence - left, 1)))
    return tuple(rows)


def habit(place: int) -> Habit:
    """Of the client at that place of the list; the first three are played by hand."""
    return Habit.YOURS if place < 3 else HABITS[place % len(HABITS)]


@dataclass(frozen=True)
class Answering:
    """One who answers by himself."""

    client: Client
    habit: Habit
    chance: Random


class Fleet:
    """Lets time pass so that each client answers at his own moment."""

    def __init__(self, world: World, clients: tuple[Client, ...]) -> None:
        self._world = world
        self.habits = {client.person: habit(place) for place, client in enumerate(clients)}
        alone = [client for client in clients if self.habits[client.person] is not Habit.YOURS]
        self._members = {
            each.person: Answering(each, self.habits[each.person], Random(each.person)) for each in alone
        }
        self._seen = {each.person: self._newest(each.person) for each in alone}
        self._agenda: list[tuple[datetime, int]] = []

    async def travel(self, span: timedelta) -> None:
        """From one due moment, or one client's answer, to the next."""
        world, goal = self._world, self._world.clock.now() + span
        while (now := world.clock.now()) < goal:
            due = await world.app.store.next_due()
            moments = [goal, *([due] if due else []), *(at for at, _ in self._agenda[:1])]
            await world.app.travel(world.clock, max(min(moments), now))
            world.bank.look()
            await world.bank.courier.delivered()
            await self._answer_those_whose_turn_it_is()
            self._look()
        await world.app.quiet()

    async def _answer_those_whose_turn_it_is(self) -> None:
        while self._agenda and self._agenda[0][0] <= self._world.clock.now():
            _, person = heapq.heappop(self._agenda)
            await self._answer(self._members[person].client)
            self._seen[person] = self._newest(person)

    def _look(self) -> None:
        """Who has got a new message with buttons answers it some time later, or leaves it."""
        waiting = {person for _, person in self._agenda}
        for person, member in self._members.items():
            newest = self._newest(person)
            if newest == self._seen[person] or person in waiting:
                continue
            self._seen[person] = newest
            lazy = member.habit is Habit.SILENT or (member.habit is Habit.SLOW and member.chance.random() < 0.4)
            if not lazy and self._onward(person):
                hours = member.chance.uniform(*WITHIN[member.habit])
                heapq.heappush(self._agenda, (self._world.clock.now() + timedelta(hours=hours), person))

    async def _answer(self, client: Client) -> None:
        """The whole way at once: the offer, step A, step B and its blue button."""
        for _ in range(MOVES):
            onward = self._onward(client.person)
            if onward is None or not all(self._world.bank.bank_up(link.brand.name) for link in self._links(client)):
                return
            message, data, choice = onward
            if choice == "done":
                await self._press_the_blue_button(client)
            tap = await self._world.telegram.presses(client.person, message, data)
            await self._world.telegram.answered(tap)
            await self._world.app.quiet()

    async def _press_the_blue_button(self, client: Client) -> None:
        bank, now = self._world.bank, self._world.clock.now()
        for link in self._links(client):
            if bank.state(link) is not None or link.access_expire - now < NEAR:
                await bank.press_blue_button(link.id)
        await bank.courier.delivered()

    def _links(self, client: Client) -> list[Connection]:
        return self._world.bank.links_of(client.bank_user)

    def _onward(self, person: int) -> tuple[int, str, str] | None:
        """The button of his newest message that leads on: the message, what is under the button, the choice."""
        said = [each for each in self._world.telegram.chat(person) if each["from"]["is_bot"]]
        for button in keys(said[-1]) if said else ():
            data = str(button.get("callback_data", ""))
            press = parse(data)
            if isinstance(press, Press) and press.choice in ONWARD:
                return int(said[-1]["message_id"]), data, press.choice
        return None

    def _newest(self, person: int) -> int:
        return max((each["message_id"] for each in self._world.telegram.chat(person)), default=0)
