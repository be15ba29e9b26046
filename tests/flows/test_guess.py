"""Not sure: the client is asked what he means, once; then a person answers."""

import pytest

from flows.effects import OpenCase, ReadBank, Say
from flows.endings import Closed
from flows.escalation import WithStaff
from flows.events import Bank, BankSaid, Chose, ChoseOld, Hinted, Intent, Overdue, Wrote
from flows.guess import PARTS, Guess
from flows.opt_out import OptedOut
from flows.password_change import NewPassword
from flows.renewal import Checking, Offered, Renewed, Snoozed, StepB
from flows.state import Quiet, State
from flows.step import step

AT = "2026-11-26T09:30+01:00"


def unsure(intent: Intent, when: str = "") -> Wrote:
    return Wrote(intent, "quelques mots", when=when, unsure=True)


def words(state: State, wrote: Wrote) -> list[str]:
    return [effect.text for effect in step(state, wrote).effects if isinstance(effect, Say)]


@pytest.mark.parametrize("intent", PARTS)
@pytest.mark.parametrize("state", [StepB(), Offered(), Renewed(), Checking()])
def test_he_is_asked_what_he_means(state: State, intent: Intent) -> None:
    took = step(state, unsure(intent))
    assert took.state == Guess(resume=state, meant=intent.value)
    assert took.effects == (Say("meant", part=PARTS[intent], choices=("yes", "no", "human")),)


@pytest.mark.parametrize("intent", PARTS)
@pytest.mark.parametrize("said", [Chose("yes"), Wrote(Intent.OTHER, "Oui !"), Wrote(Intent.DONE, "C’est ça")])
def test_yes_does_what_the_same_words_do_when_they_are_clear(intent: Intent, said: Chose | Wrote) -> None:
    took = step(Guess(resume=StepB(), meant=intent.value), said)
    clear = step(StepB(), Wrote(intent))
    assert (took.state, took.effects) == (clear.state, clear.effects)


def test_yes_keeps_the_moment_that_he_named() -> None:
    asked = step(StepB(), unsure(Intent.LATER, AT)).state
    assert step(asked, Chose("yes")).state == Snoozed(moment=AT, promises=1)


@pytest.mark.parametrize("said", [Chose("no"), Wrote(Intent.OTHER, "non")])
def test_no_asks_him_to_say_it_otherwise_and_then_a_person_answers(said: Chose | Wrote) -> None:
    took = step(Guess(resume=StepB()), said)
    assert took.state == StepB(puzzled=1)
    assert took.effects == (Say("not-understood", choices=StepB.choices, labels="renewal-step-b"),)
    assert OpenCase("question") in step(took.state, unsure(Intent.WHY)).effects


def test_he_is_never_asked_twice_in_a_row() -> None:
    took = step(Guess(resume=StepB()), unsure(Intent.WHY))
    assert took.state == WithStaff("question", resume=StepB(puzzled=1))


def test_a_person_is_one_press_away() -> None:
    assert step(Guess(resume=StepB()), Chose("human")).state == WithStaff("human", resume=StepB())


def test_what_happens_meanwhile_happens_where_he_is() -> None:
    asked = Guess(resume=StepB())
    assert asked.wait() == StepB().wait()
    assert step(asked, BankSaid(Bank.RENEWED)).state == Renewed()
    assert step(asked, BankSaid(Bank.WRONG_PASSWORD)).state == NewPassword(resume=Checking(refused=1))
    assert step(asked, Overdue(3)).state == StepB(puzzled=1, nudged=1)
    assert step(asked, Wrote(Intent.DONE, "c’est fait")).state == Checking()


def test_what_he_does_not_hear_of_leaves_the_question() -> None:
    took = step(Guess(resume=StepB()), Hinted())
    assert (took.state, took.effects, took.moved) == (Guess(resume=StepB()), (ReadBank(),), False)
    assert step(Guess(resume=StepB()), ChoseOld()).effects == step(StepB(), unsure(Intent.DONE)).effects


@pytest.mark.parametrize("intent", [Intent.THANKS, Intent.GREETING, Intent.OTHER])
def test_what_is_not_worth_a_question_was_not_understood(intent: Intent) -> None:
    assert words(StepB(), unsure(intent)) == ["not-understood"]


def test_nobody_is_taken_off_the_list_on_a_mere_guess() -> None:
    """With staff, or where all is over, doubtful words go to them as they are."""
    for state in (WithStaff("human"), Closed(resume=Quiet()), OptedOut()):
        assert step(state, unsure(Intent.STOP)).state == state
