"""Buttons: what Telegram gives back is what we wrote, and anything else is nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.codec import STATES
from bot.domain.buttons import NumberTap, Press, parse

CHOICES = sorted({choice for state in STATES for choice in state.choices})
IDS = st.integers(0, 2**63 - 1)


@given(IDS, st.integers(0, 2**31 - 1), st.sampled_from(CHOICES))
def test_a_press_comes_back_as_it_was(conversation: int, sequence: int, choice: str) -> None:
    press = Press(conversation, sequence, choice)
    assert parse(press.data()) == press
    assert len(press.data().encode()) <= 64, "Telegram allows no more"


@given(IDS, st.integers(10, 99))
def test_a_tap_on_a_number_comes_back_as_it_was(link: int, number: int) -> None:
    assert parse(NumberTap(link, number).data()) == NumberTap(link, number)
    assert len(NumberTap(link, number).data().encode()) <= 64


@given(st.text(max_size=64))
def test_anything_at_all_is_read_without_a_fault(data: str) -> None:
    parse(data)


@pytest.mark.parametrize(
    "data",
    [
        "", "done", "c", "c:", "c:1:2", "c:1:2:there:more", "c:-1:2:there", "c:1:-2:there", "c:1.5:2:there",
        "c:x:2:there", "n:1", "n:1:x", "n:1:2:3", "C:1:2:there", " c:1:2:there", "c: 1:2:there", "c:²:2:there",
        "c:" + "9" * 19 + ":2:there", "c:1:" + "9" * 40 + ":there", "n:" + "9" * 30 + ":42", "n:1:" + "9" * 30,
    ],
)  # fmt: skip
def test_what_is_not_of_our_making_is_nothing(data: str) -> None:
    """Anybody with a client of his own making can send any data: a number no database knows must not reach one."""
    assert parse(data) is None
