"""Out of reach: no message arrives any more. Staff have it at once, and the client is written to by e-mail meanwhile.

Before each letter the bank is read: nobody is written to about what works, or what he cannot mend. A letter leaves at
the first decent hour, then at the rungs of the ladder; after a few rounds the case is staff's alone.
"""

from dataclasses import replace

from bot.domain.ladder import Ladder
from flows.at_the_bank import WRITTEN_OFF
from flows.effects import ReadBank, SendMail, TellStaff
from flows.escalation import GONE, REMINDERS, WithStaff, welcome_back
from flows.events import Bank, BankSaid, Event, Linked, Overdue
from flows.first_sync import is_first
from flows.renewal import Looking
from flows.state import Become, Enter, Next, Quiet, State, Stay

SPARED = (Bank.HEALTHY, Bank.DOWN)
"""There is nothing to ask of him now."""


def next_round(case: WithStaff, overdue: Overdue) -> Become:
    """Staff are reminded as of any case; the client is written to where a nudge would be due."""
    told = (TellStaff("case-waiting"),) if 0 < case.reminded <= REMINDERS else ()
    after = replace(case, reminded=case.reminded + 1)
    if not is_due(case, overdue.days_left, overdue.ladder):
        return Become(after, told)
    return Become(replace(after, looking=True), (*told, ReadBank()))


def is_due(case: WithStaff, days_left: int | None, ladder: Ladder) -> bool:
    """At once where something was asked of him, then at the rungs; before the first one nothing is asked."""
    near = days_left is not None and days_left <= ladder.first.days
    if isinstance(case.resume, Quiet) and not near:
        return False
    at_a_rung = days_left is not None and days_left in ladder.rungs
    return at_a_rung or not 0 < case.reminded <= REMINDERS


def write(case: WithStaff) -> Become:
    """The words of the nudge that he would have had."""
    letter = SendMail("first-welcome", "nudge") if is_first(case.resume) else SendMail("renewal-offered")
    return Become(replace(case, looking=False, written=True), (letter,))


def hear(case: WithStaff, answer: Bank) -> Next:
    """The bank's answer. One that is not connected yet may well be gone, or unknown."""
    if answer is Bank.PROCESSING:
        return Stay()
    if answer in SPARED or (answer in WRITTEN_OFF and not is_first(case.resume)):
        return Become(replace(case, looking=False))
    return write(case)


def come_back(case: WithStaff, linked: Linked) -> Enter:
    """Nothing was asked of him here, but a letter asked: what it asked for is looked at now, while he is there."""
    return replace(welcome_back(case, linked), state=Looking())


def follow(state: State, event: Event) -> Next:
    """What follows while a client is out of reach; his coming back is mostly told in flows/escalation.py."""
    # One row, one line: the table is meant to be read aloud.
    # fmt: off
    match state, event:
        case WithStaff(looking=True), BankSaid(answer):                    return hear(state, answer)
        case WithStaff(looking=True), Overdue():                           return write(state)
        case WithStaff(written=True, resume=Quiet()), Linked():            return come_back(state, event)
        case WithStaff(cause), Overdue() if cause in GONE.values():        return next_round(state, event)
    # fmt: on
    return None
