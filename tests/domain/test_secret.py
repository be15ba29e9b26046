"""A secret prints as dots and does not travel."""

import copy
import json
import pickle
from dataclasses import dataclass

import pytest

from bot.domain.secret import Secret

CANARY = "Cassoulet#81"


@dataclass(frozen=True)
class Held:
    """Something that holds a secret."""

    name: str
    secret: Secret


def test_it_is_revealed_only_where_asked_for() -> None:
    assert Secret(CANARY).reveal() == CANARY


@pytest.mark.parametrize(
    "show", [str, repr, "{}".format, "{!r}".format, lambda each: f"{each}", lambda each: f"{[each]}"]
)
def test_it_prints_as_dots(show: object) -> None:
    assert callable(show)
    assert CANARY not in show(Secret(CANARY))
    assert CANARY not in show(Held("Odette", Secret(CANARY)))


def test_an_exception_that_carries_it_does_not_show_it() -> None:
    assert CANARY not in str(ValueError("refused", Secret(CANARY)))


@pytest.mark.parametrize("store", [pickle.dumps, copy.copy, copy.deepcopy, json.dumps, hash, vars])
def test_it_is_not_stored_copied_or_hashed(store: object) -> None:
    assert callable(store)
    with pytest.raises(TypeError):
        store(Secret(CANARY))


def test_two_are_never_compared_by_what_they_hold() -> None:
    assert Secret(CANARY) != Secret(CANARY)
    told: object = CANARY
    assert Secret(CANARY) != told
