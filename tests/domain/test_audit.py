"""The audit trail's chain: whatever is done to it without the key shows, at its first bad entry."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import BEFORE_THE_FIRST, Anchor, Entry, Flaw, Verdict, canonical, chained, verify
from bot.domain.secret import Secret

KEY, ANOTHER = Secret("k" * 64), Secret("a" * 64)
LENGTH = 6

Trail = list[Entry]


def trail(length: int = LENGTH, key: Secret = KEY) -> Trail:
    made, h = list[Entry](), BEFORE_THE_FIRST
    for seq in range(1, length + 1):
        text = canonical({"seq": seq, "act": "link-opened", "link": f"{seq:012x}"}).encode()
        h = chained(key, h, text)
        made.append(Entry(seq, text, h.hex().encode()))
    return made


def anchor(entry: Entry) -> Anchor:
    return Anchor(entry.seq, entry.h.decode())


def swapped(made: Trail) -> Trail:
    second, third = made[1], made[2]
    return [made[0], Entry(2, third.text, third.h), Entry(3, second.text, second.h), *made[3:]]


def numbered_anew(made: Trail) -> Trail:
    return [Entry(seq, each.text, each.h) for seq, each in enumerate((*made[:2], *made[3:]), 1)]


def without_the_key(made: Trail) -> Trail:
    """The third entry says something else, and everything after it is chained anew."""
    forged = trail(LENGTH, ANOTHER)
    return [*made[:2], *forged[2:]]


def added(made: Trail) -> Trail:
    return [*made, Entry(LENGTH + 1, b'{"seq":7}', made[-1].h)]


def test_a_trail_that_nobody_touched_is_good() -> None:
    made = trail()
    assert verify(made, KEY, [anchor(made[2]), anchor(made[-1])]) == Verdict(LENGTH)
    assert verify([], KEY) == Verdict(0)


@pytest.mark.parametrize(
    ("touch", "verdict"),
    [
        (swapped, Verdict(2, Flaw.CHANGED)),
        (without_the_key, Verdict(3, Flaw.CHANGED)),
        (added, Verdict(LENGTH + 1, Flaw.CHANGED)),
        (numbered_anew, Verdict(3, Flaw.CHANGED)),
        (lambda made: [*made[:2], *made[3:]], Verdict(3, Flaw.MISSING)),
        (lambda made: made[1:], Verdict(1, Flaw.MISSING)),
        (lambda made: [*made[:2], made[1], *made[2:]], Verdict(3, Flaw.MISSING)),
    ],
)
def test_what_was_done_to_it_shows(touch: Callable[[Trail], Trail], verdict: Verdict) -> None:
    assert verify(touch(trail()), KEY) == verdict


@pytest.mark.parametrize("left", range(LENGTH))
def test_an_end_that_was_cut_off_shows_against_an_anchor_only(left: int) -> None:
    made = trail()
    assert verify(made[:left], KEY) == Verdict(left)
    assert verify(made[:left], KEY, [anchor(made[-1])]) == Verdict(left + 1, Flaw.CUT_OFF)


def test_who_has_the_key_is_found_out_by_an_anchor() -> None:
    honest = trail()
    forged, h = list[Entry](), BEFORE_THE_FIRST
    for seq in range(1, LENGTH + 1):
        text = canonical({"seq": seq, "act": "nothing"}).encode()
        h = chained(KEY, h, text)
        forged.append(Entry(seq, text, h.hex().encode()))
    assert verify(forged, KEY) == Verdict(LENGTH)
    assert verify(forged, KEY, [anchor(honest[3])]) == Verdict(4, Flaw.REWRITTEN)


def test_another_key_verifies_nothing() -> None:
    assert verify(trail(), ANOTHER) == Verdict(1, Flaw.CHANGED)


@given(st.integers(0, LENGTH - 1), st.data())
def test_one_flipped_bit_shows_where_it_is(place: int, data: st.DataObject) -> None:
    made = trail()
    entry = made[place]
    whole = bytearray(entry.text + entry.h)
    position, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    whole[position] ^= 1 << bit
    made[place] = Entry(entry.seq, bytes(whole[: len(entry.text)]), bytes(whole[len(entry.text) :]))
    assert verify(made, KEY) == Verdict(entry.seq, Flaw.CHANGED)


def test_facts_are_written_in_one_way() -> None:
    assert canonical({"seq": 1, "act": "é"}) == canonical({"act": "é", "seq": 1}) == '{"act":"\\u00e9","seq":1}'
