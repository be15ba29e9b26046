"""The digest on its way: ordered once a morning, whichever process sees first that it is due, and posted once."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from typing import Protocol

import structlog

from bot.digest import SHOWN, Figures, Morning, due, upcoming
from bot.domain.office import Office
from bot.ports import Clock, Job, Picture, StaffDesk, Store, Texts, Transaction
from flows.effects import PostDigest

log = structlog.get_logger(__name__)


class Counts(Protocol):
    """Where the figures come from. Raises `TryAgain`."""

    async def of(self, morning: Morning) -> Figures: ...


Draw = Callable[[Figures], Sequence[Picture]]


class Mornings:
    """`order` is asked again and again; `post` performs what it ordered. `at`: when; None for never."""

    def __init__(
        self,
        store: Store,
        desk: StaffDesk,
        counts: Counts,
        draw: Draw,
        texts: Texts,
        clock: Clock,
        office: Office,
        at: time | None,
    ) -> None:
        self.store = store
        self.desk = desk
        self.counts = counts
        self.draw = draw
        self.texts = texts
        self.clock = clock
        self.office = office
        self.at = at
        self._ordered = ""

    async def order(self) -> None:
        """Where a digest is due and nobody has ordered it, it becomes a durable job, in the same transaction."""
        now = self.clock.now()
        morning = due(now, self.at, self.office) if self.at else None
        if morning is None or morning.key == self._ordered:
            return
        await self.store.transact(lambda tx: order(tx, morning, now))
        self._ordered = morning.key

    def next(self) -> datetime | None:
        """When the next one will be due, for those who move the clock; None for never."""
        return upcoming(self.clock.now(), self.at, self.office) if self.at else None

    async def post(self, effect: PostDigest) -> None:
        """The message with its pictures, or without where they cannot be drawn. Nothing for no clients."""
        morning = Morning(
            date.fromisoformat(effect.day),
            datetime.fromisoformat(effect.since),
            datetime.fromisoformat(effect.until),
            "week" if effect.weekly else "day",
        )
        figures = await self.counts.of(morning)
        if not figures.urgency:
            return
        lines = told(figures, morning, self.texts)
        pictures = await asyncio.to_thread(self._drawn, figures)
        await self.desk.post_digest(lines, pictures, morning.key)

    def _drawn(self, figures: Figures) -> Sequence[Picture]:
        try:
            return self.draw(figures)
        except Exception:  # words without a picture are worth more than none
            log.exception("the pictures of the digest cannot be drawn")
            return ()


def order(tx: Transaction, morning: Morning, now: datetime) -> None:
    """The morning itself is the id: the same one is ordered once, by however many."""
    if not tx.first_time(morning.key, now):
        return
    since, until = morning.since.isoformat(), morning.until.isoformat()
    effect = PostDigest(morning.day.isoformat(), since, until, morning.pace == "week")
    tx.enqueue(Job(id=morning.key, conversation_id=None, chat_id=None, effect=effect))


def told(figures: Figures, morning: Morning, texts: Texts) -> list[tuple[str, list[str]]]:
    """(title, lines) of each part; a part without lines is only its title."""
    part = "week" if morning.pace == "week" else "day"
    title = texts.say(f"staff-digest-title-{part}", on=texts.day(morning.day))
    return [
        (title, changed(figures, texts)),
        *waits(figures, morning, texts),
        *nudges(figures, texts),
        coming(figures, texts),
    ]


def changed(figures: Figures, texts: Texts) -> list[str]:
    """What changed; one line says so where nothing did."""
    middle = figures.median_days
    days = "" if middle is None else f"{middle:.1f}".rstrip("0").rstrip(".").replace(".", ",")
    counts = {"renewed": len(figures.renewed), "connected": figures.connected, "linked": figures.linked}
    lines = [texts.say(f"staff-digest-{key}", count=count, days=days) for key, count in counts.items() if count]
    if figures.lapsed:
        names = ", ".join(f"{client} ({bank})" for client, bank in figures.lapsed[:SHOWN])
        more = max(0, len(figures.lapsed) - SHOWN)
        lines.append(texts.say("staff-digest-lapsed", count=len(figures.lapsed), detail=names, more=more))
    if figures.cases:
        lines.append(texts.say("staff-digest-cases", count=figures.cases))
    return lines or [texts.say("staff-digest-nothing")]


def waits(figures: Figures, morning: Morning, texts: Texts) -> list[tuple[str, list[str]]]:
    """Who waits, the longest first."""
    if not figures.waiting:
        return [(texts.say("staff-digest-nobody-waits"), [])]
    lines = [
        texts.say(
            "staff-digest-waits",
            client=each.client,
            bank=each.bank,
            cause_text=texts.say(f"case-{each.cause}"),
            days_left=max(0, (morning.until - each.since).days),
            who=each.who,
        )
        for each in figures.waiting[:SHOWN]
    ]
    more = len(figures.waiting) - SHOWN
    if more > 0:
        lines.append(texts.say("staff-list-more", count=more))
    return [(texts.say("staff-digest-waiting", count=len(figures.waiting)), lines)]


def nudges(figures: Figures, texts: Texts) -> list[tuple[str, list[str]]]:
    """How many reminders left, and how many were answered."""
    if not figures.sent:
        return []
    return [(texts.say("staff-digest-nudges", count=figures.sent, answered=figures.answered), [])]


def coming(figures: Figures, texts: Texts) -> tuple[str, list[str]]:
    """The weeks to come, in words as well: whoever sees no picture misses nothing."""
    lines = [
        texts.say("staff-digest-week", on=texts.day(week), count=count) for week, count in figures.weeks if count
    ]
    if figures.late:
        lines.insert(0, texts.say("staff-digest-late", count=figures.late))
    total = sum(count for _, count in figures.weeks)
    return texts.say("staff-digest-coming", count=total), lines[:SHOWN]
