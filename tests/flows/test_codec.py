"""The codec: states and effects survive storage, and old rows load with tomorrow's code."""

import json
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.adapters.codec import (
    EFFECT_NAMES,
    STATE_NAMES,
    STATES,
    effect_from_json,
    effect_to_json,
    state_from_json,
    state_to_json,
    stored_name,
)
from bot.domain.errors import OurBug
from flows.effects import EFFECTS, Effect, Offer, OpenCase, ReadBank, Say
from flows.escalation import WithStaff
from flows.password_change import NewPassword
from flows.renewal import Checking, Snoozed, StepB
from flows.state import Quiet, State, Waiting
from flows.step import step
from tests import explorer

LEAVES = [kind for kind in STATES if not {State, Waiting} & set(get_type_hints(kind).values())]
NESTED = [kind for kind in STATES if kind not in LEAVES]


def instances(kinds: list[type[Any]], resume: some.SearchStrategy[State]) -> some.SearchStrategy[Any]:
    values: dict[object, some.SearchStrategy[Any]] = {
        str: some.text(),
        int: some.integers(),
        bool: some.booleans(),
        tuple[str, ...]: some.lists(some.text()).map(tuple),
        tuple[int, ...]: some.lists(some.integers()).map(tuple),
        State: resume,
        Waiting: resume.filter(lambda state: isinstance(state, Waiting)),
        tuple[Offer, ...]: some.lists(
            some.tuples(
                some.integers(), some.integers(), some.text(), some.text(), some.text(), some.text(), some.integers()
            )
        ).map(tuple),
    }
    return some.sampled_from(kinds).flatmap(
        lambda kind: some.builds(
            kind, **{field.name: values[get_type_hints(kind)[field.name]] for field in fields(kind)}
        )
    )


states = some.recursive(instances(LEAVES, some.nothing()), lambda inner: instances(NESTED, inner), max_leaves=3)


@given(states)
def test_any_state_survives_storage(state: State) -> None:
    assert state_from_json(state_to_json(state)) == state


@given(instances(list(EFFECTS), some.nothing()))
def test_any_effect_survives_storage(effect: Effect) -> None:
    assert effect_from_json(effect_to_json(effect)) == effect


def test_names_are_spelled_out_and_short() -> None:
    assert state_to_json(StepB()) == '{"is":"renewal.step-b"}'
    assert state_to_json(NewPassword(resume=Checking(refused=1))) == (
        '{"is":"password_change.new-password","resume":{"is":"renewal.checking","refused":1}}'
    )
    assert effect_to_json(ReadBank()) == '{"is":"effects.read-bank"}'
    assert effect_to_json(Say("hello", choices=("why",))) == '{"is":"effects.say","text":"hello","choices":["why"]}'


def test_a_default_that_is_not_empty_is_written_all_the_same() -> None:
    assert '"moment":"tomorrow"' in state_to_json(Snoozed())
    assert '"resume":{"is":"state.quiet"}' in state_to_json(WithStaff("human"))


def test_french_stays_readable_in_a_row() -> None:
    assert "répondre" in effect_to_json(OpenCase("répondre"))


def test_no_two_classes_share_a_name() -> None:
    assert len(STATE_NAMES) == len(STATES)
    assert len(EFFECT_NAMES) == len(EFFECTS)


def test_a_row_from_before_a_field_was_added_takes_its_default() -> None:
    old = state_from_json('{"is":"escalation.with-staff","cause":"human","resume":{"is":"renewal.step-b"}}')
    assert old == WithStaff("human", resume=StepB(), taken_by="", reminded=0)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ('{"is":"renewal.step-z"}', "renewal.step-z"),
        ('{"is":"effects.say","text":"hello"}', "effects.say"),
        ('{"is":"password_change.new-password","resume":{"is":"renewal.gone"}}', "renewal.gone"),
        ('{"is":"renewal.step-b","colour":"blue"}', "colour"),
        ('{"is":"password_change.new-password"}', "resume"),
        ('{"nudged":1}', "None"),
        ('["renewal.step-b"]', "list"),
        ("renewal.step-b", "not JSON"),
    ],
)
def test_a_row_that_no_code_knows_is_our_bug_and_is_named(row: str, named: str) -> None:
    with pytest.raises(OurBug, match=named):
        state_from_json(row)


def test_an_effect_that_no_code_knows_is_our_bug_and_is_named() -> None:
    with pytest.raises(OurBug, match=r"effects\.shout"):
        effect_from_json('{"is":"effects.shout"}')


def test_a_class_outside_of_the_flows_is_not_stored() -> None:
    @dataclass(frozen=True)
    class Elsewhere(State):
        """Nobody's turn."""

    with pytest.raises(OurBug, match="Elsewhere"):
        state_to_json(Elsewhere())


def test_a_value_that_is_no_plain_fact_is_not_stored() -> None:
    with pytest.raises(OurBug, match="bytes"):
        state_to_json(WithStaff(cause=b"human"))  # type: ignore[arg-type]


# What was ever stored.


def test_every_state_has_a_stored_sample() -> None:
    sampled = {sample["is"] for sample in explorer.past_states()}
    lacking = [stored_name(kind) for kind in STATES if stored_name(kind) not in sampled]
    assert lacking == [], f"no stored sample of {lacking}: run `python -m tests.explorer past-states`"


@pytest.mark.parametrize("sample", explorer.past_states(), ids=lambda sample: str(sample["is"]))
def test_what_was_ever_stored_still_loads_and_still_moves(sample: dict[str, Any]) -> None:
    state = state_from_json(json.dumps(sample))
    for event in explorer.events_for(state):
        after = step(state, event).state
        assert state_from_json(state_to_json(after)) == after


def test_adding_samples_keeps_those_that_are_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    old = {"is": "renewal.step-b", "nudged": 1}
    monkeypatch.setattr(explorer, "PAST_STATES", tmp_path / "past_states.json")
    (tmp_path / "past_states.json").write_text(json.dumps([old]))
    explorer.add_past_states()
    samples = explorer.past_states()
    assert samples[0] == old
    assert {sample["is"] for sample in samples} == set(STATE_NAMES)
    assert len(samples) == len(STATES)
    assert state_from_json(json.dumps(samples[1])) == Quiet(puzzled=1)
