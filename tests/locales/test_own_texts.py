"""A firm's own words: they replace what they name, and nothing that could not be said is taken."""

from pathlib import Path

import pytest

from bot.adapters.texts import Texts
from bot.domain.errors import BadInput

SHIPPED = Texts()


def own(folder: Path, text: str) -> Texts:
    (folder / "textes.ftl").write_text(text, "utf-8")
    return Texts(own=folder)


def test_a_text_is_said_in_the_firms_words_and_the_others_as_they_are(tmp_path: Path) -> None:
    texts = own(tmp_path, "hello = Salut { $first_name } !\n")
    assert texts.say("hello", **(facts("hello") | {"first_name": "Odette"})) == "Salut Odette !"
    assert texts.say("why-renew", **facts("why-renew")) == SHIPPED.say("why-renew", **facts("why-renew"))
    assert texts.keys() == SHIPPED.keys()


def test_what_is_left_out_of_a_text_is_said_as_it_is_shipped(tmp_path: Path) -> None:
    texts = own(tmp_path, "renewal-step-b =\n    .done = Ça y est\n")
    assert texts.label("renewal-step-b", "done") == "Ça y est"
    assert texts.label("renewal-step-b", "stuck") == SHIPPED.label("renewal-step-b", "stuck")
    known = facts("renewal-step-b")
    assert texts.say("renewal-step-b", **known) == SHIPPED.say("renewal-step-b", **known)


def facts(key: str) -> dict[str, str | int]:
    return {name: 3 if name in ("days_left", "count", "asked") else "soon" for name in SHIPPED.arguments(key)}


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("helo = Salut\n", "il n’y a pas de texte « helo »"),
        ("hello =\n    .nudge = Salut\n", "n’a pas de partie « .nudge »"),
        ("hello = Salut { $password }\n", "ne connaît pas $password"),
        ("hello = Salut { nobody }\n", "renvoie à un texte qui n’existe pas"),
        ("hello = <script>alert(1)</script>\n", "seuls <b>, <i> et <a> sont possibles"),
        (f"hello = {'a' * 1600}\n", "trop long"),
        ("hello Salut\n", "n’est pas un texte Fluent"),
    ],
)
def test_what_could_not_be_said_is_refused_with_its_line(tmp_path: Path, text: str, advice: str) -> None:
    with pytest.raises(BadInput) as refused:
        own(tmp_path, f"# Nos mots\n\n{text}")
    assert advice in str(refused.value)
    assert "textes.ftl, ligne 3" in str(refused.value)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="aucun texte"):
        Texts(own=tmp_path)
