"""A vendor's labels and patterns, before a page shows them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.login_form import harmless_pattern, plain_line


@pytest.mark.parametrize(
    "pattern",
    [
        "^[0-9]{6}$",
        r"^\d{7}-\d$",
        r"\d{8,10}",
        r"^(\d{6}|\d{8}|\d{10})$",
        "^(?:FR)?[A-Z0-9]{11}$",
        r"^[^\s]+$",
        "^" + "(?:ab)" * 5 + "$",
        r"^[A-Za-z0-9_.\-]{1,64}@?$",
        r"^[+?*|]{5}$",
        "",
    ],
)
def test_a_pattern_of_the_usual_kind_is_kept_as_it_is(pattern):
    assert harmless_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "^(a|a)*$",
        "^(a|aa){2,50}$",
        r"^([a-z]+\d?){9}$",
        "^((a|b)|(a|c))$",
        r"^(.)\1$",
        r"^(?=a*$)(?!b).*$",
        "(?i)^a$",
        "^(?P<x>a)$",
        "a?" * 20 + "a" * 20,
        "(a|a)" * 20,
        r"\d*" * 6,
        "[0-9]{1,9}" * 5,
        "x" * 201,
        # None that an engine takes.
        "[z-a]",
        "a{5,2}",
        "[0-9",
        "(a",
        "*",
        "[^]",
        r"\Z",
        "[a--b]",
        "[a&&b]",
    ],
)
def test_a_pattern_that_can_run_for_long_or_is_none_is_dropped(pattern):
    assert harmless_pattern(pattern) == ""


@given(st.text("^$.|?*+()[]{},:=!<>\\-&~aAdDwWsSbB019é \n", max_size=30) | st.text(max_size=250))
@example("[^a]" * 50 + "(")
@example("[a" * 100)
def test_whatever_a_vendor_writes_is_a_pattern_or_is_dropped(written):
    kept = harmless_pattern(written)
    assert kept in ("", written)
    re.compile(kept)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("Identifiant", "Identifiant"),
        (" Code\nreçu\u00a0: ", "Code reçu :"),
        ("Mot\u202e de\u200b passe\x00", "Mot de passe"),
        ("Allez sur https://evil.example/?state=hidden", ""),
        ("WWW.evil.example", ""),
        ("\x00", ""),
    ],
)
def test_a_label_is_one_plain_line_without_an_address(written, line):
    assert plain_line(written, 50) == line


def test_a_label_that_is_too_long_is_cut():
    assert plain_line("x" * 10, 10) == "x" * 10
    assert plain_line("x" * 11, 10) == "x" * 9 + "…"


@given(st.text(), st.integers(2, 50))
def test_no_label_is_longer_than_it_may_be_or_holds_what_cannot_be_seen(written, longest):
    line = plain_line(written, longest)
    assert len(line) <= longest
    assert line.isprintable()
