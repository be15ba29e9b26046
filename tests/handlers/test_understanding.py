"""Understanding: what clients type means what they mean; secrets are seen, everyday papers are not taken for them."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.texts import Texts
from bot.adapters.understanding.french import FrenchReader
from bot.adapters.understanding.rules import RULES as RULES_AS_WRITTEN
from bot.adapters.understanding.rules import normalise
from bot.adapters.understanding.secrets import holds_a_secret
from flows import at_the_bank, endings, first_sync, renewal
from flows.endings import Otherwise
from flows.events import Chose, Intent, Wrote
from flows.password_change import NewPassword
from flows.renewal import Checking, Offered, StepA, StepB
from flows.state import State
from flows.step import step

SAMPLES = Path(__file__).parents[2].parent / "shared" / "data"
UNDERSTOOD = 44
"""How many of the 44 samples mean what their label says, as measured. It may only grow."""
READER = FrenchReader()


def samples(name: str) -> list[tuple[str, str]]:
    path = SAMPLES / name
    if not path.is_file():
        pytest.skip(f"the samples {name} are not beside the repository (../shared/data)")
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE) if row]
    return [(row[0], row[1]) for row in rows if not row[0].startswith("#")]


# The samples


def test_as_many_samples_are_understood_as_ever() -> None:
    known = samples("utterances.tsv")
    wrong = [(label, text, READER.intent(text).value) for label, text in known if READER.intent(text).value != label]
    assert len(known) - len(wrong) >= UNDERSTOOD, wrong


def test_every_sample_of_a_secret_is_seen_and_no_other() -> None:
    wrong = [(label, text) for label, text in samples("secrets.tsv") if holds_a_secret(text) is not (label == "1")]
    assert wrong == []


# Our own buttons, typed by hand


TYPED: tuple[tuple[State, str], ...] = (
    (Offered(), "later"),
    (Offered(), "why"),
    (Offered(), "not-me"),
    (first_sync.Welcome(), "not-me"),
    (StepA(), "there"),
    (StepA(), "later"),
    (StepA(), "stuck"),
    (StepB(), "done"),
    (StepB(), "password-changed"),
    (StepB(), "stuck"),
    (NewPassword(resume=Checking()), "done"),
    (NewPassword(resume=Checking()), "stuck"),
    (at_the_bank.ApproveInApp(resume=Checking()), "done"),
    (at_the_bank.Agree(resume=Checking()), "password-changed"),
    (at_the_bank.ActAtBank(resume=Checking()), "done"),
    (at_the_bank.BankIsBack(resume=StepA()), "later"),
    (first_sync.Welcome(), "why"),
    (first_sync.OpenAccounting(), "there"),
    (first_sync.OpenAccounting(), "stuck"),
    (first_sync.ConnectBank(), "done"),
)


@pytest.mark.parametrize(("state", "choice"), TYPED, ids=lambda each: each if isinstance(each, str) else each.says)
@pytest.mark.parametrize("how", ["as it stands", "shouted", "without accents", "with another apostrophe and a dot"])
def test_the_words_on_a_button_typed_by_hand_mean_the_button(state: State, choice: str, how: str) -> None:
    label = Texts().label(state.text(), choice)
    typed = {
        "as it stands": label,
        "shouted": label.upper(),
        "without accents": normalise(label),
        "with another apostrophe and a dot": label.replace("’", "'") + ".",
    }[how]
    assert step(state, Wrote(READER.intent(typed), typed)) == step(state, Chose(choice))


def test_every_button_that_words_can_mean_is_among_them() -> None:
    shown = {(state.says, choice) for state, choice in TYPED}
    wordless = {
        "start",
        "resume",
        "this-evening",
        "tomorrow",
        "next-week",
        "other",
        "away",
    }  # only a thumb says these
    assert {choice for _, choice in shown} == {"later", "why", "there", "stuck", "done", "password-changed", "not-me"}
    assert {*renewal.Offered.choices, *StepA.choices, *StepB.choices} - {c for _, c in shown} <= wordless


@pytest.mark.parametrize("choice", endings.ENDINGS)
def test_the_words_for_the_end_of_a_bank_typed_by_hand_mean_it(choice: str) -> None:
    typed = Texts().label("renewal-otherwise", choice)
    after = step(Otherwise(), Wrote(READER.intent(typed), typed))
    assert after.state == step(Otherwise(), Chose(choice)).state


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        (Intent.ACCOUNT_CLOSED, "le compte pro a été clôturé en mars"),
        (Intent.ACCOUNT_CLOSED, "j’ai fermé ce compte"),
        (Intent.BANK_CHANGED, "on a changé de banque cet été"),
        (Intent.BANK_CHANGED, "je ne suis plus client chez eux"),
        (Intent.BUSINESS_SOLD, "J'ai vendu le restaurant"),
        (Intent.BUSINESS_SOLD, "la société est vendue"),
        (Intent.NOT_ME, "Non, ce n’est pas moi qui gère"),
        (Intent.NOT_ME, "vous n’avez pas la bonne personne"),
        (Intent.PASSWORD_CHANGED, "j’ai changé mon mot de passe de banque"),
        (Intent.LATER, "le restaurant est fermé lundi, je verrai demain"),
    ],
)
def test_who_is_not_concerned_any_more_is_understood(intent: Intent, text: str) -> None:
    assert READER.intent(text) is intent


# Secrets


@pytest.mark.parametrize(
    "text",
    [
        "mot de passe bistrot2026", "mdp=Bistrot2026", "mdp: azerty", "Mon mot de passe est : soleil",
        "MOT DE PASSE : CASSOULET81", "mot de passe: \"Ragoût#7\"", "mdp : 0698765432", "motdepasse : soleil",
        "mon code secret : 4821", "code d’accès : 771204", "le code reçu est 482 019", "code:482019", "482019",
        "482 019", "voici le code 4820", "le sms dit 482019", "Bistrot2026!", "P@ssw0rd", "cassoulet81",
        "Cassoulet81",
        "Bouillabaisse-13", "identifiant 12345678 mdp soleil75", "password: hunter2",
        "bonjour, voilà :\n\nmdp\n   Cassoulet#81\nmerci", "mon nouveau mot de passe   :   Xk9$plat!",
    ],
)  # fmt: skip
def test_a_secret_is_seen_however_it_is_pasted(text: str) -> None:
    assert READER.intent(text) is Intent.SECRET


@pytest.mark.parametrize(
    "text",
    [
        "06 98 76 54 32", "+33 6 98 76 54 32", "06.98.76.54.32", "0698765432", "rappelez-moi au 0478123456 svp",
        "SIRET 732 829 320 00074", "73282932000074", "732829320", "FR 40 732829320", "FR40732829320",
        "FR14 2004 1010 0505 0001 3M02 606", "FR1420041010050500013M02606", "iban fr7630006000011234567890189",
        "RIB 30002 00550 0000157841Z 25", "BIC AGRIFRPP882",
        "03/12/2026", "le 03-12-2026 à 10h30", "2026-12-03", "vers 14h", "18h/19h", "RDV lundi 14h30 au 12bis rue X",
        "1 234,56 €", "1234.56€", "84,50 euros", "TVA à 5,5% et 10%", "12 500 EUR",
        "facture F-2291", "facture n° 2026-00412", "Facture FA2026-1123 du 12/11", "devis D2026/118",
        "dossier 4471B", "commande CMD-88213-X",
        "odette.martin75@orange.fr", "mon mail : odette-2026@chez-odette.fr, merci",
        "https://www.one-up.fr/compta?id=42", "www.chez-odette.fr/menu2026", "http://exemple.fr/Aa1!bb",
        "code postal 69003", "69003 Lyon", "code APE 5610A", "code NAF 56.10A", "table 12 pour 8 personnes",
        "j’ai changé mon mot de passe", "mon mot de passe a expiré", "mot de passe : changé !",
        "on me demande un mot de passe", "j’ai reçu un code par sms mais il ne marche pas", "c’est bon pour 12h-14h",
        "Chez Odette & Fils 2026", "ok 👍", "",
    ],
)  # fmt: skip
def test_what_is_written_every_day_is_no_secret(text: str) -> None:
    assert not holds_a_secret(text)


@given(st.from_regex(r"[a-z]{3,8}[A-Z]{1,3}[0-9]{2,4}[!$#*]", fullmatch=True))
def test_a_strong_word_is_seen_wherever_it_stands(password: str) -> None:
    for around in ("{}", "voilà {} merci", "le 03/12/2026, {}", "{}\nodette@orange.fr", "«{}»", "mdp:{}"):
        assert holds_a_secret(around.format(password))


# Any text at all


@given(st.text(max_size=300))
def test_any_text_means_something(text: str) -> None:
    assert READER.intent(text) in Intent


LONG = [
    "a",
    "a@",
    "@.",
    "1",
    "1 ",
    "A1",
    "a.",
    "chang",
    "mdp ",
    "mdp changé ",
    "nouveau mdp ",
    "march",
    "stock",
    " ",
    "mdp  ",
]


@pytest.mark.parametrize("piece", LONG)
def test_the_longest_message_of_the_same_all_over_is_read(piece: str) -> None:
    assert READER.intent(("mdp" + piece * 4096)[:4096]) in Intent


@pytest.mark.parametrize(("intent", "pattern"), RULES_AS_WRITTEN)
def test_no_rule_looks_back_over_a_word_of_any_length(intent: Intent, pattern: str) -> None:
    """An endless repetition stands at the end of its alternative, where nothing can make it be tried again."""
    assert re.search(r"\\[wSd.][+*](?![|)]|$)", pattern) is None, intent
