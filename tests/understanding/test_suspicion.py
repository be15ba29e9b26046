"""What a message looks like when its words do not count, and what is suspected of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.understanding.linear import unpacked
from bot.adapters.understanding.naming import CODE, LOGIN, PASSWORD, name_at
from bot.adapters.understanding.secrets import secrecy
from bot.adapters.understanding.suspicion import FILE, suspicion, talk
from bot.adapters.understanding.traces import SPELLED, SPOKEN, traces, with_stems
from bot.ports import Secrecy
from training import pasted
from training import suspicion as training

NAMES = (
    ("mot de passe", PASSWORD), ("mot de passse", PASSWORD), ("mto de pass", PASSWORD), ("mopt de pase", PASSWORD),
    ("mode passe", PASSWORD), ("mots de pases", PASSWORD), ("mot 2 passe", PASSWORD), ("motdepasse", PASSWORD),
    ("pass word", PASSWORD), ("passwort", PASSWORD), ("passphrase", PASSWORD), ("kode segret", CODE),
    ("code confidantiel", CODE), ("code d acces", CODE), ("identifian", LOGIN), ("numero client", LOGIN),
)  # fmt: skip
NO_NAMES = ("moi passe", "mot de fin", "mot du chef", "poste de passage", "mort de passer", "mode", "passage")
HANDED_OVER = (
    "vous voulez le mot de passe ? ben c'est girouette", "girouette et puis c'est tout, mon mto de passe",
    "le kode segret 55 02 91", "avant on avait girouette, mais désormais c'est moulinette pour le mot de passe",
    "voici\nle mot de passe\nmoulin à vent", "client 55190377\nsecret 604118", "G majuscule, i, r, o, puis 4 et 4, c'est mon mdp",
    "mettez moulinette avec un M majuscule et 1961 à la fin, c'est le mot de passe",
    "c'est le nom de ma ville à l'envers, essurb, mon mot de passe", "le texto dit 55 02 91, je le mets où ?",
    "cinq cinq zéro deux neuf un, voilà le code", "girouette moulinette en un seul mot c'est le mdp",
)  # fmt: skip
TALK = (
    "mon mdp est refusé alors que c'est le bon", "il demande un code à 6 chiffres et j'ai rien reçu", "mot de passe oublier",
    "le mot de passe est dans le tiroir de la caisse", "c'est ma belle-soeur qui a le code", "pour le code appelez le 06 12 48 77 31",
    "il veut 12 caractères avec une majuscule et un tiret", "je change le mot de passe ce soir, là je prépare la blanquette",
    "avant c'était 14 euros maintenant c'est 16", "code client chez Metro 5519023", "faut pas d'arobase dans le mot de passe ?",
    "identifiant ou mot de passe erroné, encore", "plat du jour : moulinette de légumes", "<b>Chez Odette & Fils</b> <!channel> *gras*",
)  # fmt: skip


@pytest.mark.parametrize(("written", "kind"), NAMES)
def test_a_name_is_known_however_it_is_written(written: str, kind: str) -> None:
    words = written.split()
    assert name_at(words, 0) == (kind, len(words))


@pytest.mark.parametrize("written", NO_NAMES)
def test_what_sounds_a_little_like_a_name_is_none(written: str) -> None:
    assert name_at(written.split(), 0)[0] == ""


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("mdp P majuscule a i n tiret 1 9 6 8", SPELLED), ("mon code quatre huit deux zéro", SPOKEN), ("code 40 71 36", "#g6"),
        ("code :\n61\n47\n02", "#g6"), ("mdp Girouette55", "@Mix"), ("mdp giroue%tte55", "@sign"), ("mdp girouette", "?w"),
    ],
)  # fmt: skip
def test_what_was_chosen_is_told_by_its_shape(text: str, last: str) -> None:
    assert traces(text, talk())[-1] == last


@given(st.from_regex(r"z[bcdfgw]{3}[bcdfgw]{2}", fullmatch=True), st.from_regex(r"x[hjkmp]{5}", fullmatch=True))
def test_nothing_of_a_password_is_counted(one: str, other: str) -> None:
    """Whatever he chose, the message is read alike."""
    around = "bonjour mon mot de passe c'est {} merci"
    assert traces(around.format(one), talk()) == traces(around.format(other), talk())


@pytest.mark.parametrize("text", HANDED_OVER)
def test_what_is_handed_over_is_seen(text: str) -> None:
    assert secrecy(text) is Secrecy.SURE


@pytest.mark.parametrize("text", TALK)
def test_talk_about_secrets_gives_none_away(text: str) -> None:
    assert secrecy(text) is not Secrecy.SURE


@pytest.mark.parametrize("word", ["girouette", "Food&Co", "PayPal", "Café/Tabac", "bonjour"])
def test_a_word_alone_is_left_to_the_rules(word: str) -> None:
    assert suspicion(word) is Secrecy.NONE


@given(st.text(max_size=300))
def test_any_text_is_suspected_of_something_or_nothing(text: str) -> None:
    assert suspicion(text) in Secrecy


def test_the_weights_are_those_of_the_messages() -> None:
    """Whoever changes a template, a development file or what is counted runs `python -m training secrets` again."""
    assert unpacked(FILE.read_bytes())[1] == training.made_from()
    assert talk() == with_stems(training.words_of_talk(training.FILES))


def test_what_is_made_up_depends_on_the_seed_alone() -> None:
    once, again, other = (
        list(pasted.messages("secret", pasted.templates("secret"), 200, seed)) for seed in (7, 7, 8)
    )
    assert once == again != other


@pytest.mark.parametrize("kind", training.LABELS)
def test_every_slot_of_a_template_is_filled(kind: str) -> None:
    chosen = pasted.templates(kind)
    made = list(pasted.messages(kind, chosen, 2 * len(chosen), 7))
    assert not [text for text in made if not text.strip() or any(sign in text for sign in "{}|")]
