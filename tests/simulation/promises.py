"""What was promised to the clients and to the firm, checked on what happened in simulated years.

Each check yields a `Broken`, which prints as the story of the one to whom it happened.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from tests.simulation.log import Fact
from tests.simulation.years import BEGIN, Years

DAY = timedelta(days=1)
APART = timedelta(hours=20)
BEFORE = 15 * DAY
"""A nudge leaves 14 days before the end; days of rest may not bring it forward."""
QUIET = 60 * DAY
"""After a proof; the shortest cadence here is 90 days."""
UNHEARD = 30 * DAY
"""A bank that is broken and a client who does nothing: by then a person of the firm has heard of it."""
REASONS = (
    "Invited", "InLine", "Welcome", "AnotherBank", "Introduced", "OpenAccounting", "ConnectBank", "NotSeen",
    "FirstChecking", "OptedOut", "WithStaff", "OutOfOrder", "BankDown", "BankReturned", "Hushed", "Outage", "Snoozed",
    "When", "NewPassword", "PasswordExpired", "PasswordInOneUp", "Agree", "Checking",
)  # fmt: skip
"""Where a conversation may rest while its bank lapses without a reminder: not linked yet, opted out, with a person,
the bank's own outage, a moment that the client named, or in the middle of it already."""


@dataclass(frozen=True)
class Broken:
    """A promise that was not kept."""

    promise: str
    years: Years
    fact: Fact

    def __str__(self) -> str:
        person = self.years.people[self.fact.person]
        plot, talk = self.years.plot, self.fact.talk
        account = self.years.accounts.get(talk or 0)
        bank = f", {account.bank.name}, cadence {account.bank.lasts} days" if account else ""
        head = (
            f"{self.promise}: {person.name} ({person.temper.name}, {person.zone}"
            f"{', closed on ' + person.closing_day if person.closing_day else ''}{bank}), "
            f"seed {plot.seed}, {plot.clients} clients"
        )
        house = {chat for chat, each in self.years.people.items() if each.client == person.client}
        return f"{head}\n{self.years.log.story(house, self.fact.at, person.zone)}"


def nudges(years: Years) -> Iterator[Fact]:
    return (fact for fact in years.log.facts if fact.kind == "message" and fact.nudge)


def is_receipt(fact: Fact) -> bool:
    """Said by itself; an old button shows the last one again, and proves nothing."""
    return fact.kind == "message" and fact.what in ("renewal-done", "first-done") and not fact.answer


def never_at_a_forbidden_hour(years: Years) -> Iterator[Broken]:
    """Neither in a service, nor at night, nor on a Sunday, a holiday, a closing day or in his own holidays."""
    for fact in nudges(years):
        if not fact.decent and not fact.answer:
            yield Broken("a nudge at a forbidden hour", years, fact)


def never_after_proof(years: Years) -> Iterator[Broken]:
    """Once the program has seen the renewal, it is quiet until the next time, which no bank has sooner than this."""
    for facts in years.log.of_talk.values():
        proven = back = BEGIN - QUIET
        for fact in facts:
            if fact.kind == "staff" and fact.what == "handed-back":
                back = fact.at  # who was at rest when a person took over is told again what he knows
            elif is_receipt(fact) and fact.at != back:
                proven = fact.at
            elif fact.kind == "bank" and "shows" not in fact.what:
                proven = BEGIN - QUIET
            elif fact.kind == "message" and fact.nudge and fact.at - proven < QUIET:
                yield Broken("a nudge after proof", years, fact)


def never_for_what_is_mended(years: Years) -> Iterator[Broken]:
    """Before a nudge leaves the connection is read: where the bank would say that all is well, nothing leaves."""
    for fact in nudges(years):
        if not fact.awaited and fact.could_tell and not fact.answer:
            yield Broken("a nudge for what is mended", years, fact)


def never_close_together(years: Years) -> Iterator[Broken]:
    """Two nudges to one person, about whatever bank, are 20 hours apart."""
    for facts in years.log.of_person.values():
        mine = [fact for fact in facts if fact.kind == "message" and fact.nudge]
        for earlier, later in pairwise(mine):
            if later.at - earlier.at < APART and not later.answer:
                yield Broken("two nudges within 20 hours", years, later)


def always_before_the_end(years: Years) -> Iterator[Broken]:
    """Whose bank lapses at its known end was reminded before, unless there is one of the listed reasons."""
    for talk, facts in years.log.of_talk.items():
        for place, fact in enumerate(facts):
            lapsed = fact.kind == "bank" and fact.what == "lapses" and fact.at - BEGIN > BEFORE
            if lapsed and not excused(years, talk, facts[:place], fact.at):
                yield Broken("a bank lapsed without a reminder", years, fact)


def excused(years: Years, talk: int, before: list[Fact], lapse: datetime) -> bool:
    """He was reminded, or was in the dialogue, or could not or should not be."""
    account = years.accounts[talk]
    person, begun = account.person, lapse - BEFORE
    lately = [fact for fact in before if fact.at >= begun]
    state = next((fact.what for fact in reversed(before) if fact.kind == "state"), "Quiet")
    states = [fact.what for fact in lately if fact.kind == "state"]
    first = next((fact for fact in lately if fact.kind == "state"), None)
    if first is not None:
        states += [next((f.what for f in reversed(before) if f.kind == "state" and f.at < begun), "Quiet")]
    spoken = any(fact.kind in ("message", "client") for fact in lately)
    away = any(
        datetime.combine(since, datetime.min.time(), person.zone) <= lapse
        and datetime.combine(until + DAY, datetime.min.time(), person.zone) > begun + 5 * DAY
        for since, until in person.away
    )
    return (
        spoken
        or away
        or person.blocked
        or not person.linked
        or state in REASONS
        or any(each in REASONS for each in states)
    )


def silence_reaches_a_person(years: Years) -> Iterator[Broken]:
    """Broken for long, and the client does nothing: somebody of the firm has heard of it."""
    for facts in years.log.of_talk.values():
        ear = Ear()
        for fact in facts:
            if ear.unheard_until(fact.at):
                yield Broken("nobody of the firm has heard of it", years, fact)
            ear.hears(fact)
        if ear.unheard_until(years.end):
            yield Broken("nobody of the firm has heard of it", years, facts[-1])


class Ear:
    """What the firm's people know of one bank."""

    def __init__(self) -> None:
        self.broken = False
        self.with_staff = False
        self.told = BEGIN - BEFORE
        self.since: datetime | None = None
        """Since when it is broken and the client does nothing, and nobody was told."""

    def unheard_until(self, moment: datetime) -> bool:
        unheard = self.since is not None and moment - self.since > UNHEARD
        if unheard:
            self.since = None
        return unheard

    def hears(self, fact: Fact) -> None:
        match fact.kind:
            case "bank":
                self.broken = "shows" not in fact.what
                knows = self.with_staff or fact.at - self.told < BEFORE
                self.since = fact.at if self.broken and not knows else None
            case "client" if self.since is not None:
                self.since = fact.at
            case "state":
                self.with_staff = fact.what == "WithStaff"
            case "staff":
                self.told = fact.at
                handed_back = fact.what in ("handed-back", "resolved")
                self.since = fact.at if handed_back and self.broken else None


def only_what_is_true(years: Years) -> Iterator[Broken]:
    """« C’est renouvelé » is said of a bank that works."""
    for talk, facts in years.log.of_talk.items():
        works = years.accounts[talk].link.id in years.known
        for fact in facts:
            if fact.kind == "bank":
                works = "shows" in fact.what
            elif is_receipt(fact) and not works:
                yield Broken("thanked for what is not done", years, fact)


Promise = Callable[[Years], Iterator[Broken]]
PROMISES: tuple[Promise, ...] = (
    never_at_a_forbidden_hour,
    never_after_proof,
    never_for_what_is_mended,
    always_before_the_end,
    silence_reaches_a_person,
    only_what_is_true,
    never_close_together,
)


def broken(years: Years, promises: tuple[Promise, ...] = PROMISES) -> list[Broken]:
    """Every promise that was not kept."""
    return [each for promise in promises for each in promise(years)]
