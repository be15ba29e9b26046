"""What colleagues type behind `/resync`, in French and in a hurry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.command import Command, Wish, read_command


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Command(Wish.BOARD)),
        ("   ", Command(Wish.BOARD)),
        ("tableau", Command(Wish.BOARD)),
        ("La liste !", Command(Wish.BOARD)),
        ("aide", Command(Wish.HELP)),
        ("AIDE !", Command(Wish.HELP)),
        ("aide-moi", Command(Wish.HELP)),
        ("À l’aide", Command(Wish.HELP)),
        ("help", Command(Wish.HELP)),
        ("--help", Command(Wish.HELP)),
        ("?", Command(Wish.HELP)),
        ("Odette", Command(Wish.CLIENT, "Odette")),
        ("« Chez Odette »", Command(Wish.CLIENT, "Chez Odette")),
        ("client Odette", Command(Wish.CLIENT, "Odette")),
        ("cherche le client Odette", Command(Wish.CLIENT, "Odette")),
        ("dossier : Le Petit Zinc", Command(Wish.CLIENT, "Le Petit Zinc")),
        ("Clientèle & Cie", Command(Wish.CLIENT, "Clientèle & Cie")),
        ("L’Aide à domicile", Command(Wish.CLIENT, "L’Aide à domicile")),
        ("banque LCL", Command(Wish.BANK, "LCL")),
        ("Banque : crédit agricole", Command(Wish.BANK, "crédit agricole")),
        ("la banque populaire", Command(Wish.BANK, "populaire")),
        ("BANQUES", Command(Wish.BANK)),
        ("bank qonto", Command(Wish.BANK, "qonto")),
        ("Banquette & fils", Command(Wish.CLIENT, "Banquette & fils")),
        ("client Banque alimentaire", Command(Wish.CLIENT, "Banque alimentaire")),
    ],
)
def test_it_is_understood(typed: str, meant: Command) -> None:
    assert read_command(typed) == meant


@given(st.text())
def test_whatever_is_typed_is_one_of_four_wishes(typed: str) -> None:
    meant = read_command(typed)
    assert meant.wish in Wish
    assert meant.name in typed
