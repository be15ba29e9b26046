"""Every state with every event: the promises that hold wherever a conversation is.

A pair that fails here is a question for the product, not for the test.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import get_type_hints

import pytest

from bot.adapters.codec import STATES, effect_from_json, effect_to_json, state_from_json, state_to_json
from bot.domain.ladder import Ladder
from bot.domain.secret import Secret
from flows.effects import EFFECTS, Effect, OpenCase, ReadBank, Say, TellStaff
from flows.endings import Closed
from flows.escalation import OUT_OF_REACH, WithStaff
from flows.events import (
    EVENTS,
    Act,
    Bank,
    BankOut,
    BankSaid,
    Chose,
    ChoseOld,
    Event,
    Intent,
    Overdue,
    StaffDid,
    Wrote,
)  # fmt: skip
from flows.first_sync import Connected, Invited
from flows.opt_out import OptedOut
from flows.renewal import Offered, Renewed
from flows.state import Asking, Forever, Quiet, State, UntilSaid, Waiting
from flows.step import Step, step
from tests.explorer import CHOICES, FACTS, MOMENT, explore

MOMENTS = ("this-evening", "tomorrow", "next-week", "away", MOMENT)
PATIENCE = 400  # steps of waiting: every counter of every table, several times over

Pair = tuple[State, Event, Step]


def pairs() -> Iterator[Pair]:
    for state, following in explore().items():
        for event, taken in following.items():
            yield state, event, taken


def offenders(broken: Callable[[State, Event, Step], bool]) -> list[str]:
    """A few pairs that break a promise, worded so that one can act on them."""
    found = [f"{state}\n  + {event}\n  → {taken}" for state, event, taken in pairs() if broken(state, event, taken)]
    return found[:3]


def says(effects: tuple[Effect, ...]) -> list[Say]:
    return [effect for effect in effects if isinstance(effect, Say)]


# Every pair is answered.


def test_every_state_of_the_flows_is_reached() -> None:
    reached = {type(state) for state in explore()}
    assert [kind.__name__ for kind in STATES if kind not in reached] == []


def test_every_kind_of_event_is_walked() -> None:
    walked = {type(event) for event in FACTS} | {Chose}
    assert walked == set(EVENTS)


def test_a_conversation_that_rests_is_exactly_where_it_was() -> None:
    assert offenders(lambda state, _, taken: not taken.moved and taken.state != state) == []


def test_an_event_that_is_void_changes_nothing_bad_either() -> None:
    late = [state for state in explore() if isinstance(state.wait(), Forever)]
    assert late
    for state in late:
        assert isinstance(step(state, Overdue(3)).state, type(state))


def test_every_state_waits_for_a_moment_that_exists() -> None:
    named = {wait.moment for state in explore() if isinstance(wait := state.wait(), UntilSaid)}
    assert named == set(MOMENTS)


def test_a_deadline_that_passes_always_sets_the_next_one() -> None:
    """A conversation that rests keeps its deadline; one that is over and rests would sleep for ever."""
    assert offenders(lambda _, event, taken: isinstance(event, Overdue) and not taken.moved) == []


# Buttons.


def test_every_button_that_is_shown_does_something() -> None:
    def is_dead(state: State, event: Event, taken: Step) -> bool:
        return isinstance(event, Chose) and not taken.moved and not taken.effects

    assert offenders(is_dead) == []


def test_only_buttons_that_are_shown_move_anything() -> None:
    for state in explore():
        for choice in set(CHOICES) - set(state.choices):
            assert not step(state, Chose(choice)).moved, (state, choice)


def test_an_old_button_never_moves_anything_but_is_always_answered() -> None:
    def is_wrong(state: State, event: Event, taken: Step) -> bool:
        return isinstance(event, ChoseOld) and (taken.moved or not says(taken.effects))

    assert offenders(is_wrong) == []


def test_a_message_never_shows_buttons_of_another_place() -> None:
    def is_stray(_: State, __: Event, taken: Step) -> bool:
        return any(said.choices not in ((), taken.state.choices) for said in says(taken.effects))

    assert offenders(is_stray) == []


# The bank.


@pytest.mark.parametrize("answer", Bank)
def test_whoever_asked_hears_each_answer_of_the_bank(answer: Bank) -> None:
    still_working = {
        Bank.PROCESSING,
        Bank.NOT_YET,
        Bank.HEALTHY,
        Bank.EXPIRING,
    }  # "done" needs more proof than "it works"
    for state in explore():
        if isinstance(state, Asking) and answer not in still_working:
            deaf = not step(state, BankSaid(answer)).moved
            not_there_yet = answer is Bank.GONE and state.tries < 2  # a new connection takes a while to show
            assert not deaf or not_there_yet, state


def test_good_news_is_heard_everywhere_but_where_nobody_waits_for_it() -> None:
    for state in explore():
        after = step(state, BankSaid(Bank.RENEWED))
        if isinstance(state, OptedOut | Closed):
            assert after.effects == ()
            assert after.state == (OptedOut() if isinstance(state, OptedOut) else state)
        else:
            assert isinstance(after.state, Renewed | Connected), state
            assert len(says(after.effects)) == 1, state


def test_good_news_closes_the_case_that_was_open() -> None:
    for state in explore():
        if isinstance(state, WithStaff):
            kinds = [type(effect).__name__ for effect in step(state, BankSaid(Bank.RENEWED)).effects]
            assert kinds[0] == "UpdateCase", state


# Silence.


def silent(state: State, answer: Bank | None, days_left: int | None) -> list[Step]:
    """The steps that follow when the client says nothing at all: time passes, and a bank that is asked answers."""
    steps: list[Step] = []
    while not isinstance(state.wait(), Forever) and len(steps) < PATIENCE:
        steps.append(step(state, Overdue(days_left)))
        if answer is not None and ReadBank() in steps[-1].effects:
            steps.append(step(steps[-1].state, BankSaid(answer)))
        if answer is not None and steps[-1].moved and ReadBank() in steps[-1].effects:
            steps.append(step(steps[-1].state, BankSaid(answer)))
        state = steps[-1].state
        if isinstance(state, WithStaff) or rests_well(state, answer):
            break
    return steps


def rests_well(state: State, answer: Bank | None) -> bool:
    return isinstance(state, Quiet) and answer in (Bank.RENEWED, Bank.HEALTHY)


def reaches_a_person(state: State, answer: Bank | None, days_left: int | None) -> bool:
    steps = silent(state, answer, days_left)
    end = steps[-1].state if steps else state
    return isinstance(end, WithStaff | OptedOut | Closed) or rests_well(end, answer)


@pytest.mark.parametrize("days_left", [None, 20, 0])
@pytest.mark.parametrize("answer", [None, *Bank])
def test_silence_always_reaches_a_person(answer: Bank | None, days_left: int | None) -> None:
    lost = [state for state in explore() if not reaches_a_person(state, answer, days_left)]
    assert lost[:3] == []


def test_silence_after_the_bank_lapsed_reaches_a_person_without_another_ladder() -> None:
    assert isinstance(step(Offered(nudged=1), Overdue(-6)).state, WithStaff)
    assert not isinstance(step(Offered(nudged=1), Overdue(-5)).state, WithStaff)
    patient = Ladder(late=10)
    assert not isinstance(step(Offered(nudged=1), Overdue(-9, patient)).state, WithStaff)
    assert isinstance(step(Offered(nudged=1), Overdue(-10, patient)).state, WithStaff)


@pytest.mark.parametrize("answer", [Bank.EXPIRING, Bank.WANTS_CONSENT, Bank.WRONG_PASSWORD, Bank.CANNOT_TELL])
def test_a_client_who_never_answers_is_not_flooded(answer: Bank) -> None:
    said = [each for taken in silent(Quiet(), answer, 14) for each in says(taken.effects)]
    assert len(said) <= 9


def test_a_person_hears_of_silence_only_once() -> None:
    opened = Counter(
        type(effect) for taken in silent(Invited(), None, None) for effect in taken.effects
    )  # fmt: skip
    assert opened[OpenCase] == 1


def test_staff_are_told_of_every_client_who_wants_no_messages() -> None:
    def is_untold(state: State, _: Event, taken: Step) -> bool:
        opts_out = isinstance(taken.state, OptedOut) and not isinstance(state, OptedOut | Closed)
        return opts_out and TellStaff("opted-out") not in taken.effects

    assert offenders(is_untold) == []


# Ends and loops.


def test_from_everywhere_one_can_end_well() -> None:
    """Backwards from the resting ends, over the moves of the tables, every state is found."""
    before: dict[State, list[State]] = {}
    for state, _, taken in pairs():
        before.setdefault(taken.state, []).append(state)
    found: set[State] = {state for state in before if isinstance(state, Quiet)}
    ahead = list(found)
    while ahead:
        for state in before.get(ahead.pop(), []):
            if state not in found:
                found.add(state)
                ahead.append(state)
    assert [state for state in explore() if state not in found] == []


@pytest.mark.parametrize("answer", [None, Bank.DOWN, Bank.PROCESSING])
def test_no_loop_without_a_person_or_a_counter_in_it(answer: Bank | None) -> None:
    """Where only time passes and the bank gives no news, no state comes twice."""
    for state in explore():
        rested = [taken.state for taken in silent(state, answer, None) if taken.moved]
        assert len(rested) == len(set(rested)), state


# With staff the bot is quiet.


def test_with_staff_the_bot_is_quiet() -> None:
    """Who has the case, what a person does, good news, and that a pasted secret is gone: nothing else is said."""

    def is_noise(state: State, event: Event, taken: Step) -> bool:
        stays = isinstance(state, WithStaff) and isinstance(taken.state, WithStaff)
        is_secret = isinstance(event, Wrote) and event.intent is Intent.SECRET
        allowed = isinstance(event, StaffDid) or is_secret or is_who_has_it(taken)
        return stays and bool(says(taken.effects)) and not allowed

    assert offenders(is_noise) == []


def is_who_has_it(taken: Step) -> bool:
    they = ("with-staff", "waiting-for-confirmation", "ending-noted", "new-bank-noted", "erasure-noted")
    return all(said.text in they for said in says(taken.effects))


def test_a_case_is_left_only_by_staff_by_good_news_or_by_the_client_himself() -> None:
    left = {
        type(event).__name__
        for state, event, taken in pairs()
        if isinstance(state, WithStaff) and not isinstance(taken.state, WithStaff)
    }
    # "stop", an invitation opened at last, and the bank's general trouble, which has a thread of its own
    assert left == {"StaffDid", "BankSaid", "Wrote", "Linked", "BankOut"}


def test_a_general_trouble_of_the_bank_takes_no_case_from_whoever_has_it() -> None:
    for state in explore():
        if isinstance(state, WithStaff) and not isinstance(step(state, BankOut(3)).state, WithStaff):
            assert (state.cause, state.taken_by) == ("bank-down", ""), state


def test_nobody_who_is_out_of_reach_is_told_what_staff_do() -> None:
    def is_spoken_to(state: State, event: Event, taken: Step) -> bool:
        away = isinstance(state, WithStaff) and state.cause in OUT_OF_REACH
        closes = isinstance(event, StaffDid) and event.act in (Act.TOOK, Act.HANDED_BACK, Act.RESOLVED)
        return away and closes and bool(says(taken.effects))

    assert offenders(is_spoken_to) == []


def test_a_case_never_waits_inside_another() -> None:
    for state in explore():
        resume = getattr(state, "resume", None)
        assert not (isinstance(state, WithStaff) and isinstance(resume, WithStaff | OptedOut)), state


def test_never_three_messages_in_one_step() -> None:
    assert offenders(lambda _, __, taken: len(says(taken.effects)) > 2) == []


# What is kept.


def test_no_class_has_a_place_for_a_secret() -> None:
    told = {"new_secret": bool}  # whether the page asks for one, never which
    for kind in (*STATES, Waiting, Asking, *EVENTS, *EFFECTS):
        hints = get_type_hints(kind)
        for name in (field.name for field in fields(kind)):
            assert hints[name] is not Secret, (kind, name)
            assert "Secret" not in str(hints[name]), (kind, name)
            suspect = any(word in name for word in ("password", "secret", "token", "code", "pin"))
            assert not suspect or hints[name] is told.get(name), (kind, name)


def test_every_state_survives_storage() -> None:
    for state in explore():
        assert state_from_json(state_to_json(state)) == state


def test_every_effect_survives_storage() -> None:
    for effect in {effect for _, _, taken in pairs() for effect in taken.effects}:
        assert effect_from_json(effect_to_json(effect)) == effect


def test_a_stored_state_is_short() -> None:
    longest = max((state_to_json(state) for state in explore()), key=len)
    assert len(longest) < 400, json.loads(longest)
