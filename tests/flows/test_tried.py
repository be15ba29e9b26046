"""What was tried with a client, as his card tells it."""

import pytest

from flows.escalation import WithStaff
from flows.first_sync import Welcome
from flows.password_change import NewPassword
from flows.renewal import Checking, Offered, StepA, StepB
from flows.state import Quiet, State
from flows.tried import BEFORE, DONE, tried
from tests.explorer import explore


@pytest.mark.parametrize(
    ("state", "done"),
    [
        (Quiet(), ()),
        (Welcome(), ()),
        (StepA(), ()),
        (Offered(nudged=2), (("nudged", 2),)),
        (StepB(nudged=1, helped=1), (("step-a", 1), ("nudged", 1), ("helped", 1))),
        (WithStaff("stuck", resume=StepB()), (("step-a", 1),)),
        (WithStaff("no-proof", resume=Checking()), (("step-a", 1), ("step-b", 1))),
        (NewPassword(resume=Checking(refused=2)), (("password-asked", 1), ("refused", 2))),
    ],
)
def test_what_was_tried(state: State, done: tuple[tuple[str, int], ...]) -> None:
    assert tried(state) == done


def test_nothing_is_told_for_which_there_are_no_words() -> None:
    told = {name for state in explore() for name, _ in tried(state)}
    assert told == set(DONE)
    assert {step for steps in BEFORE.values() for step in steps} <= set(DONE)
