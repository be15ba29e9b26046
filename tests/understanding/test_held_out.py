"""What was written by somebody else, without a look at the code or its sentences, is understood well enough.

Nothing is learnt from these files, and no rule is made by them: who wants to do better writes sentences of his own, and
measures here. Figures: `docs/understanding.md`.
"""

from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.adapters.calendars import FrenchCalendars
from bot.adapters.understanding.french import FrenchReader
from bot.cli_understand import Case, cases, in_window
from bot.ports import Secrecy, Understood

HERE = Path(__file__).parent / "held_out"
NOW = datetime(2026, 11, 26, 10, tzinfo=ZoneInfo("Europe/Paris"))
SECRETS = ("secrets_first", "secrets", "secrets_third", "secrets_fourth", "secrets_fifth")
HOURS = FrenchCalendars("Europe/Paris").hours("")


@cache
def read(name: str) -> list[tuple[Case, Understood]]:
    reader = FrenchReader()
    found = cases((HERE / f"{name}.tsv").read_text("utf-8"), HOURS)
    return [(each, reader.understand(each.text, NOW, HOURS)) for each in found]


def test_what_clients_mean() -> None:
    told = [(each.right, said.intent.value) for each, said in read("utterances")]
    assert len(told) == 400
    assert sum(right == said for right, said in told) / len(told) >= 0.92
    assert sum(said == "done" != right for right, said in told) / len(told) <= 0.01


def test_a_changed_password_is_neither_missed_nor_invented() -> None:
    told = Counter(
        (each.right == "password_changed", said.intent.value == "password_changed")
        for each, said in read("utterances")
    )
    assert told[True, True] / (told[True, True] + told[True, False]) >= 0.95
    assert told[True, True] / (told[True, True] + told[False, True]) >= 0.95


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_caught_and_harmless_words_are_not(name: str) -> None:
    told = Counter((bool(each.right), said.secrecy is Secrecy.SURE) for each, said in read(name))
    secrets, harmless = told[True, True] + told[True, False], told[False, True] + told[False, False]
    assert (secrets, harmless) == (100, 200)
    assert told[True, True] / secrets >= 0.98
    assert told[False, True] / harmless <= 0.02


def test_moments_fall_where_the_client_wants_them() -> None:
    told = [in_window(each.right, said.when) for each, said in read("moments")]
    assert len(told) == 120
    assert sum(told) / len(told) >= 0.95
