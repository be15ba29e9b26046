"""`/resync absent …`: the list of who of staff is away, which staff keep themselves."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from bot.domain.errors import TryAgain
from bot.domain.french_day import read_day
from bot.domain.names import folded
from bot.engine import Envelope, Outcome, ToCase
from bot.ports import Texts
from flows.events import Act, StaffDid

AWAY = re.compile(r"(?:absente?s?|absences?|conges?)\b\s*(.*)", re.IGNORECASE | re.DOTALL)
BACK = re.compile(r"(?:present(?:e)?|retour)\b\s*(?:de\s+)?(.*)", re.IGNORECASE | re.DOTALL)
FROM = re.compile(
    r"(\D*?)\s*\b(?:du|des\s+le|des|[aà]\s+partir\s+d[ue]|de)\s+(.+?)\s+(?:jusqu['’]?\s?(?:au|a|à)?|au|a|à)\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
UNTIL = re.compile(r"\s*\b(?:jusqu['’]?\s?(?:au|a|à)?|au)\s+", re.IGNORECASE)
NAME_AND_DAY = re.compile(
    r"(\D*?)\s*(\d.*|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|demain)", re.IGNORECASE
)
LONGEST_NAME = 40

Json = dict[str, Any]


class Away(Protocol):
    """A colleague who is away."""

    @property
    def name(self) -> str: ...

    @property
    def until(self) -> date: ...

    @property
    def since(self) -> date | None:
        """The first day, where it was noted before."""
        ...


class Book(Protocol):
    """Where absences are kept. Raises `TryAgain`."""

    def today(self) -> date: ...

    async def all(self) -> Sequence[Away]: ...

    async def note(self, name: str, until: date, by: str, since: date | None = None) -> None: ...

    async def end(self, name: str, by: str) -> bool: ...

    async def cases_of(self, name: str) -> Sequence[tuple[int, str]]: ...


class People(Protocol):
    """Who works here."""

    async def colleagues(self) -> Mapping[str, tuple[str, str]]:
        """(first name, id) of each colleague, by his folded first name. Raises `TryAgain` or `Refused`."""
        ...


class AbsenceList:
    """Answers to `/resync absent …` and `/resync retour …`; `receive` is the engine's."""

    def __init__(
        self, book: Book, people: People, texts: Texts, receive: Callable[[Envelope], Awaitable[Outcome]]
    ) -> None:
        self.book = book
        self.people = people
        self.texts = texts
        self.receive = receive

    async def answer(self, asked: str, who: str, by: str) -> str:
        """What to say; empty where the command is about something else. `who` asks, `by` is his id."""
        plain = asked.strip()
        if found := AWAY.fullmatch(accentless(plain)):
            return await self._away(plain[found.start(1) :].strip(), who, by)
        if found := BACK.fullmatch(accentless(plain)):
            return await self._back(plain[found.start(1) :].strip() or who, by)
        return ""

    async def _away(self, said: str, who: str, by: str) -> str:
        if not said:
            return await self._list()
        name, since, until = self._read(said, who)
        if until is None:
            return self.texts.say("staff-absence-which-day")
        if until < self.book.today():
            return self.texts.say("staff-absence-past")
        if since and since > until:
            return self.texts.say("staff-absence-backwards")
        known = await self._called(name)
        if not known:
            return self.texts.say("staff-absence-unknown", who=name[:LONGEST_NAME])
        if since and since > self.book.today():
            await self.book.note(known, until, by, since)
            return self.texts.say("staff-absence-planned", detail=self._spelled(known, since, until))
        await self.book.note(known, until, by)
        passed_on = await self._pass_on(known, until, by)
        return self.texts.say("staff-absence-noted", who=known, on=self.texts.day(until), count=passed_on)

    def _read(self, said: str, who: str) -> tuple[str, date | None, date | None]:
        """« julie jusqu’au 3/12 », « du 30/11 au 4/12 »: name, first day, last day; without a name, of who asks."""
        if found := FROM.fullmatch(accentless(said)):
            name, begin, end = (said[found.start(part) : found.end(part)] for part in (1, 2, 3))
            until = read_day(end, self.book.today())
            since = self._first_day(begin, until)
            return (name.strip() or who, since, until) if since else (said, None, None)
        name, until = self._until(said, who)
        return name, None, until

    def _first_day(self, said: str, until: date | None) -> date | None:
        """« du 30/11 », and « du 1 » of « du 1 au 4 décembre »."""
        if until and said.strip().isdigit() and 0 < int(said) <= until.day:
            return until.replace(day=int(said))
        return read_day(said, self.book.today())

    def _until(self, said: str, who: str) -> tuple[str, date | None]:
        found = NAME_AND_DAY.fullmatch(UNTIL.sub(" ", f" {said}").strip())
        if found is None:
            return said, None
        return found[1].strip() or who, read_day(found[2], self.book.today())

    async def _called(self, name: str) -> str:
        """The name as the cards have it; empty where nobody here is called so. In doubt he is believed."""
        try:
            known = await self.people.colleagues()
        except TryAgain:
            return name.title()
        return known.get(folded(name), ("", ""))[0]

    async def _pass_on(self, name: str, until: date, by: str) -> int:
        """What the absent colleague has in hand is somebody else's now; returns how many cases that are."""
        cases = await self.book.cases_of(name)
        for case_id, taken_by in cases:
            dedupe_id = f"absent:{folded(name)}:{until.isoformat()}:{case_id}"
            await self.receive(Envelope(dedupe_id, ToCase(case_id), StaffDid(Act.PASSED_ON, taken_by), by=by))
        return len(cases)

    async def _back(self, name: str, by: str) -> str:
        known = await self.book.end(name, by)
        return self.texts.say("staff-absence-ended" if known else "staff-absence-none", who=name[:LONGEST_NAME])

    async def _list(self) -> str:
        away = await self.book.all()
        lines = [self._spelled(each.name, each.since, each.until) for each in away]
        return "\n".join([self.texts.say("staff-absence-list", count=len(away)), *lines])

    def _spelled(self, name: str, since: date | None, until: date) -> str:
        """« Julie, jusqu’au 4 décembre 2026 »."""
        key = "staff-absence-line-from" if since and since > self.book.today() else "staff-absence-line"
        begin = self.texts.day(since) if since else ""
        return self.texts.say(key, who=name, detail=begin, on=self.texts.day(until))


def accentless(text: str) -> str:
    """Letter for letter, so that places stay the same."""
    return text.translate(str.maketrans("éèêÉÈÊ", "eeeEEE"))
