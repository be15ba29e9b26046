"""Out of reach: when the client is written to by e-mail, and when he is not."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from flows.effects import Effect, ReadBank, SendMail, TellStaff
from flows.escalation import GONE, REMINDERS, ROUNDS, WithStaff
from flows.events import Act, Bank, BankSaid, Event, Linked, Overdue, StaffDid
from flows.first_sync import ConnectBank, Invited
from flows.renewal import Looking, Renewed, StepB
from flows.state import DAY, MINUTE, After, DecentlyAfter, Forever, NextRung, Patience, Quiet, State
from flows.step import Step, step
from tests.explorer import explore

AWAY = WithStaff("blocked", resume=StepB())
LOOKING = WithStaff("blocked", resume=StepB(), reminded=1, looking=True)
WRITTEN = WithStaff("blocked", resume=StepB(), reminded=1, written=True)
UNWRITTEN = WithStaff("blocked", resume=StepB(), reminded=1)
NUDGE = SendMail("renewal-offered")
WELCOME = SendMail("first-welcome", "nudge")

# fmt: off
ROWS: list[tuple[State, Event, State, tuple[Effect, ...]]] = [
    (AWAY,     Overdue(20),                    LOOKING,    (ReadBank(),)),
    (LOOKING,  BankSaid(Bank.EXPIRING),        WRITTEN,    (NUDGE,)),
    (LOOKING,  BankSaid(Bank.WANTS_CONSENT),   WRITTEN,    (NUDGE,)),
    (LOOKING,  BankSaid(Bank.WRONG_PASSWORD),  WRITTEN,    (NUDGE,)),
    (LOOKING,  BankSaid(Bank.CANNOT_TELL),     WRITTEN,    (NUDGE,)),
    (LOOKING,  BankSaid(Bank.PROCESSING),      LOOKING,    ()),
    (LOOKING,  Overdue(20),                    WRITTEN,    (NUDGE,)),
    (LOOKING,  BankSaid(Bank.HEALTHY),         UNWRITTEN,  ()),
    (LOOKING,  BankSaid(Bank.DOWN),            UNWRITTEN,  ()),
    (LOOKING,  BankSaid(Bank.GONE),            UNWRITTEN,  ()),
    (LOOKING,  Linked(),                       StepB(),    ()),
    (WRITTEN,  Linked(),                       StepB(),    ()),
    (WithStaff("blocked", written=True),  Linked(),  Looking(),  (ReadBank(),)),
    (WithStaff("blocked"),                Linked(),  Quiet(),    ()),
    (LOOKING,  StaffDid(Act.HANDED_BACK, "Julie"),  StepB(),  ()),
    (LOOKING,  BankSaid(Bank.RENEWED),         Renewed(),  ()),
]
# fmt: on


@pytest.mark.parametrize(("state", "event", "after", "effects"), ROWS)
def test_what_follows(state: State, event: Event, after: State, effects: tuple[Effect, ...]) -> None:
    took = step(state, event)
    assert took.state == after
    assert tuple(each for each in took.effects if isinstance(each, SendMail | ReadBank)) == effects


@pytest.mark.parametrize("answer", [Bank.GONE, Bank.UNKNOWN, Bank.WANTS_CONSENT])
def test_a_bank_that_was_never_connected_is_still_to_be_connected(answer: Bank) -> None:
    looking = WithStaff("blocked", resume=ConnectBank(), reminded=1, looking=True)
    assert step(looking, BankSaid(answer)).effects == (WELCOME,)


@pytest.mark.parametrize(
    ("case", "patience"),
    [
        (AWAY, DecentlyAfter(timedelta(0))),
        (LOOKING, After(5 * MINUTE)),
        (WithStaff("blocked", resume=StepB(), reminded=1), DecentlyAfter(DAY)),
        (WithStaff("blocked", resume=StepB(), reminded=REMINDERS + 1), NextRung(without_a_day=True)),
        (WithStaff("blocked", resume=StepB(), reminded=ROUNDS), Forever()),
        (WithStaff("never-linked", resume=Invited()), DecentlyAfter(DAY)),
    ],
)
def test_the_first_letter_waits_for_a_decent_hour_and_the_later_ones_for_the_ladder(
    case: WithStaff, patience: Patience
) -> None:
    assert case.wait() == patience


def rounds(case: State, days: Iterator[int | None], answer: Bank = Bank.EXPIRING) -> list[Step]:
    """Nobody does anything: each round with the days that are left then, and the bank's answer where it is asked."""
    steps: list[Step] = []
    while not isinstance(case.wait(), Forever):
        steps.append(step(case, Overdue(next(days))))
        if ReadBank() in steps[-1].effects:
            steps.append(step(steps[-1].state, BankSaid(answer)))
        case = steps[-1].state
    return steps


def written(steps: list[Step]) -> int:
    return sum(isinstance(effect, SendMail) for each in steps for effect in each.effects)


def test_a_case_that_nobody_takes_is_mailed_at_the_rungs_and_told_to_staff_as_often_as_any_other() -> None:
    steps = rounds(AWAY, iter([14, 13, 12, 11, 7, 3, 1, 0]))
    assert written(steps) == 5  # at once, and at the four rungs that follow
    assert sum(TellStaff("case-waiting") in each.effects for each in steps) == REMINDERS


def test_in_the_last_days_each_rung_counts_also_while_staff_are_reminded() -> None:
    assert written(rounds(AWAY, iter([2, 1, 0, -1, -2, -4, -6, -8]))) == 7


def test_nothing_is_written_while_nothing_is_asked_of_him() -> None:
    quiet = WithStaff("blocked", resume=Quiet())
    assert written(rounds(quiet, iter([90, 89, 88, 87, 86, 85, 84, 83]))) == 0
    assert written(rounds(quiet, iter([None] * ROUNDS))) == 0
    assert written(rounds(quiet, iter([90, 89, 88, 87, 14, 7, 3, 1]))) == 4


def test_a_bank_that_works_again_spares_him_each_time() -> None:
    assert written(rounds(AWAY, iter([14, 13, 12, 11, 7, 3, 1, 0]), Bank.HEALTHY)) == 0


def test_an_invitation_that_nobody_opens_is_mailed_beside_each_word_to_staff() -> None:
    assert step(Invited(), Overdue()).effects == (TellStaff("not-linked"), SendMail("mail-reminder"))
    assert written(rounds(WithStaff("never-linked", resume=Invited()), iter([None] * 9))) == 0


def test_a_letter_follows_a_look_at_the_bank_or_an_invitation_and_nothing_else() -> None:
    for state, following in explore().items():
        for event, taken in following.items():
            if any(isinstance(effect, SendMail) for effect in taken.effects):
                assert isinstance(state, Invited) or (isinstance(state, WithStaff) and state.looking), (state, event)


def test_whoever_is_written_to_is_out_of_reach() -> None:
    for state in explore():
        if isinstance(state, WithStaff) and state.looking:
            assert state.cause in GONE.values()
