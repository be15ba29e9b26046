"""Secrets in what clients type: seen however they are pasted; papers, dates and telephones are none; doubts are told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.understanding.secrets import secrecy
from bot.ports import Secrecy

SECRETS = (
    "mon mdp c'est soleil", "mon mot de passe est chatnoir", "le mdp c'est Marcel69", "essayez avec poulet2024",
    "voici : Gratin-Dauphinois38", "le nouveau c'est marcel69", "code secret 1234", "482019 c'est le code",
    "le code que j'ai reçu par sms c'est 482019", "Soleil75 c'est mon mot de passe", "mdp banque = tomate",
    "mot de passe de la banque : azerty", "j'ai reçu 482019", "j'ai mis Poulet2024 comme mot de passe",
    "le code c'est 4 8 2 0 1 9", "le code est quatre huit deux zéro un neuf", "pin 4821", "cvv 123",
    "mon mot de passe c'est Chocolat avec un c majuscule", "ma carte 4970 1012 3456 7893", "login: odette75 pass: ragout",
    "Le mot de passe que j'ai mis : Tiramisu!", "ancien mdp: Pizza2020 nouveau: Pizza2021", "code de validation 884512",
    'le mot de passe est "bouillabaisse"', "c'est Lyon69!", "tarte@tatin", "chat$noir", "lapin.Bleu42", "passe: gigot",
    "je te donne mon mdp, c'est ratatouille", "mon identifiant c'est 0045871236 et le mdp fleur", "123456",
    "MON MOT DE PASSE EST COQUILLAGE", "est-ce que vous avez bien noté Pistache35 ?", "code sécurité 4412",
)  # fmt: skip
HARMLESS = (
    "mon mot de passe est bloqué", "le mot de passe est obligatoire", "mot de passe oublié", "mot de passe incorrect !",
    "mon mot de passe c'est pas le bon", "mot de passe : je l'ai oublié", "mon mot de passe a 8 caractères",
    "il faut un mot de passe avec une majuscule", "mot de passe refusé 3 fois", "mon mot de passe est correct",
    "je n'ai pas reçu le code par sms", "on me demande un code à 6 chiffres", "code erreur 1042", "code NAF 5610C",
    "code postal 69003", "12 rue Garibaldi 69003 Lyon", "69003", "FA2026-1123", "facture FA2026-1123", "CMD-88213-X",
    "commande 402-1234567-1234567", "suivi colis 6A12345678901", "plaque AB-123-CD", "n° client 12345678",
    "numéro de dossier 2026-0045-LY", "j'ai un iPhone15", "Covid-19", "IMG_20261123_104530.jpg",
    "facture_novembre2026.pdf", "releve-LCL-2026-11.pdf", "06-12-34-56-78", "tel 0033 6 11 22 33 44",
    "+33 (0)6 11 22 33 44", "1 85 05 78 006 084 36", "SIRET: 73282932000074", "RCS Lyon B 732 829 320",
    "IBAN FR76 3000 6000 0112 3456 7890 189", "mon insta @odette75", "#noel2026", "TVA FR40732829320",
    "https://exemple.fr/abc123?x=Y9z", "one-up.fr/compta2026", "chèque n° 1234567", "virement de 1 234,56 €",
    "chiffre d'affaires 2026 : 345 000 €", "contrat n° 45-AB-7789", "formulaire 2042-C-PRO", "article L123-5",
    "j'ai payé 482019 euros", "m*rde ça marche pas", "code journal BQ1", "RDV à 9h30/10h", "v2.3.1", "code promo NOEL26",
)  # fmt: skip


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_sure(text: str) -> None:
    assert secrecy(text) is Secrecy.SURE


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_is_not_removed(text: str) -> None:
    assert secrecy(text) is not Secrecy.SURE


@pytest.mark.parametrize("text", ["on ferme pour tomate2026 je crois", "4821", "prenez 4821"])
def test_what_may_be_one_is_a_doubt(text: str) -> None:
    assert secrecy(text) is Secrecy.DOUBT


@pytest.mark.parametrize("text", ["", "   ", "bonjour", "j'arrive pas à trouver le bouton bleu", "demain 9h30"])
def test_everyday_words_raise_no_doubt(text: str) -> None:
    assert secrecy(text) is Secrecy.NONE


@pytest.mark.parametrize(
    ("name", "missed_at_most", "wrongly_at_most"),
    [
        ("development_secrets.tsv", 1, 0),
        ("development_announced.tsv", 1, 6),
        ("development_pasted_first.tsv", 1, 1),
        ("development_pasted_second.tsv", 1, 1),
        ("development_pasted_third.tsv", 2, 1),
    ],
)
def test_as_many_lines_are_graded_right_as_ever(name: str, missed_at_most: int, wrongly_at_most: int) -> None:
    lines = Path(__file__).with_name(name).read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    told = [(secret == "1", text.replace("\\n", "\n")) for secret, text in rows]
    missed = [text for secret, text in told if secret and secrecy(text) is not Secrecy.SURE]
    wrongly = [text for secret, text in told if not secret and secrecy(text) is Secrecy.SURE]
    assert len(missed) <= missed_at_most, missed
    assert len(wrongly) <= wrongly_at_most, wrongly


@given(st.lists(st.integers(0, 9), min_size=4, max_size=8), st.sampled_from([" ", "-", ", "]))
def test_figures_one_by_one_are_seen_behind_their_name_and_before_it(figures: list[int], between: str) -> None:
    told = between.join(map(str, figures))
    for around in (
        "mot de passe {}",
        "mdp de la banque : {}",
        "mon code secret c'est le {}",
        "code à 6 chiffres : {}",
    ):
        assert secrecy(around.format(told)) is Secrecy.SURE


@given(st.text(max_size=300))
def test_any_text_has_a_grade(text: str) -> None:
    assert secrecy(text) in Secrecy


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a@",
        "@.",
        "1 ",
        "06",
        "n° ",
        "code ",
        "a-",
        "= ",
        "un deux ",
        "FR14 ",
        "$a",
        "é",
        "mdp c'est ",
        "1 mdp ",
        "nom 1 ",
        "trois fois ",
    ],
)
def test_the_longest_message_of_the_same_all_over_is_graded(piece: str) -> None:
    assert secrecy(("mdp" + piece * 4096)[:4096]) in Secrecy
