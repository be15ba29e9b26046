"""What a client types, as the flows take it: the intent, and the moment that he names on his own clock."""

from datetime import datetime

from bot.engine import Engine
from bot.ports import Secrecy, Understanding, Understood
from flows.events import Intent, Wrote

SURE = 0.5
"""From here on what was understood is believed; what a rule alone tells apart always is."""


class WordReader:
    """Reads in memory; nothing of it is kept here."""

    def __init__(self, understanding: Understanding, engine: Engine) -> None:
        self.understanding = understanding
        self.engine = engine

    def secrecy(self, *texts: str | None) -> Secrecy:
        """Does any of these carry a password or a code? The surest answer counts."""
        now, hours = self.engine.clock.now(), self.engine.calendars.hours("")
        found = {self.understanding.understand(text, now, hours).secrecy for text in texts if text}
        return next((each for each in (Secrecy.SURE, Secrecy.DOUBT) if each in found), Secrecy.NONE)

    async def read(self, text: str, chat_id: int) -> Wrote:
        """What he means. A text that is surely a secret goes no further. Raises `TryAgain`."""
        intent = self.understanding.intent(text)
        if intent is Intent.SECRET:
            return Wrote(Intent.SECRET)
        now = self.engine.clock.now()
        understood = self.understanding.understand(text, now, self.engine.calendars.hours(""))
        unsure = understood.intent is intent and understood.confidence < SURE
        if understood.when is None:
            return Wrote(intent, text, unsure=unsure)
        hours = await self.engine.hours_of(chat_id)  # only now: most messages name no moment, and need no reading
        understood = self.understanding.understand(text, now, hours)
        meant = at_all(intent, understood, hours.local(now))
        return Wrote(meant, text, when=in_iso(understood), unsure=unsure)


def in_iso(understood: Understood) -> str:
    """The moment as an event holds it."""
    return "" if understood.when is None else understood.when.isoformat(timespec="minutes")


def at_all(intent: Intent, understood: Understood, today: datetime) -> Intent:
    """Who is back the same day is not away: he only wants to be left alone for some hours."""
    back = understood.when
    same_day = back is not None and back.astimezone(today.tzinfo).date() == today.date()
    return Intent.LATER if intent is Intent.AWAY and same_day else intent
