"""Names: when two of them are the same, and which of several banks is meant."""

import pytest

from bot.domain.names import folded, is_clearly_meant


def test_case_accents_hyphens_and_ligatures_make_no_difference() -> None:
    assert folded("Crêperie du BŒUF-Gras") == folded("creperie  du boeuf gras")


@pytest.mark.parametrize(
    ("named", "meant"),
    [
        ("CREDIT RURAL", True),
        ("Crédit Rural – Particuliers", True),
        ("Banque Mistral Pro", False),
    ],
)
def test_which_of_two_banks_a_vendor_means(named: str, meant: bool) -> None:
    assert is_clearly_meant(named, "Crédit Rural", ["Banque Mistral", "Banque du Mistral"]) is meant


def test_alone_in_its_file_a_bank_is_meant_by_whatever_is_like_it() -> None:
    assert is_clearly_meant("Crédit Rural", "Crédit Rural", [])


def test_between_two_of_one_name_nothing_is_clear() -> None:
    assert is_clearly_meant("CREDIT RURAL", "Crédit Rural", ["Credit rural"]) is None
