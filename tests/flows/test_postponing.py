"""« Plus tard » and away, typed: a moment that is named is kept, one that is not is asked for."""

import pytest

from flows.at_the_bank import BankDown
from flows.effects import GoAway, Say
from flows.events import Intent, Wrote
from flows.first_sync import Welcome
from flows.renewal import Checking, HowLong, Offered, OfferedAsPromised, Renewed, Snoozed, StepA, StepB, When
from flows.state import State, UntilSaid
from flows.step import step

AT = "2026-11-26T09:30+01:00"
LATER, AWAY = Wrote(Intent.LATER, "jeudi 9h30", when=AT), Wrote(Intent.AWAY, "jusqu’au 25", when=AT)


@pytest.mark.parametrize(
    ("state", "after"),
    [
        (Offered(), Snoozed(moment=AT, promises=1)),
        (StepB(), Snoozed(moment=AT, promises=1)),
        (When(), Snoozed(moment=AT, promises=1)),
        (OfferedAsPromised(promises=1), Snoozed(moment=AT, promises=2)),
        (Welcome(), Snoozed(moment=AT, resume=Welcome(), promises=1)),
        (Snoozed(moment="tomorrow", promises=1), Snoozed(moment=AT, promises=1)),
    ],
)
def test_a_moment_that_is_named_is_not_asked_for(state: State, after: State) -> None:
    took = step(state, LATER)
    assert took.state == after
    assert took.state.wait() == UntilSaid(AT)
    assert [effect.text for effect in took.effects if isinstance(effect, Say)] == ["renewal-snoozed"]


@pytest.mark.parametrize("state", [Offered(), StepA(), When(), HowLong()])
def test_holidays_with_their_end_are_not_asked_for_either(state: State) -> None:
    took = step(state, AWAY)
    assert took.state == Snoozed(moment="away")
    assert took.effects[0] == GoAway(0, until=AT)


def test_who_is_asked_how_long_and_names_a_moment_is_away_until_then() -> None:
    assert step(HowLong(), LATER).effects[0] == GoAway(0, until=AT)


def test_who_names_a_moment_in_his_holidays_is_back_then() -> None:
    took = step(Snoozed(moment="away"), LATER)
    assert took.state == Snoozed(moment=AT)
    assert took.effects[0] == GoAway(0)


@pytest.mark.parametrize(("state", "says"), [(When(), "renewal-when"), (HowLong(), "renewal-how-long")])
def test_who_says_later_once_more_is_asked_when_once_more(state: State, says: str) -> None:
    took = step(state, Wrote(Intent.LATER, "plus tard"))
    assert (took.state, took.moved) == (state, False)
    assert [(effect.text, effect.part) for effect in took.effects if isinstance(effect, Say)] == [(says, "nudge")]


@pytest.mark.parametrize(
    ("state", "wrote", "says"),
    [
        (Renewed(), LATER, "nothing-due"),
        (BankDown(resume=StepA()), Wrote(Intent.LATER, "plus tard"), "nothing-due"),
        (Checking(), LATER, "renewal-checking"),
        (Renewed(), AWAY, "away-noted"),
        (Renewed(), Wrote(Intent.AWAY, "en vacances"), "away-until-when"),
    ],
)
def test_where_nothing_is_asked_of_him_he_is_told_so(state: State, wrote: Wrote, says: str) -> None:
    took = step(state, wrote)
    assert not took.moved
    assert [effect.text for effect in took.effects if isinstance(effect, Say)] == [says]
