"""How clients name a secret: « mot de passe », « mto de pass », « kode segret », « passwort ». Pure.

A name is found by how it sounds, with one slip of the thumb forgiven where it is long: two spellings are the same
where they, or what is left of them without one letter, are equal. The tables are made once, so that a look is cheap.
"""

import re
from functools import lru_cache

from bot.adapters.understanding.words import bare

SOUNDS = (
    (re.compile(r"[^a-z0-9]"), ""),
    (re.compile(r"ph"), "f"),
    (re.compile(r"qu?|ck|c(?![eiyh])"), "k"),
    (re.compile(r"z|c(?=[eiy])"), "s"),
    (re.compile(r"ai|ei"), "e"),
    (re.compile(r"y"), "i"),
    (re.compile(r"2"), "de"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"(?<=..)(?:es?|(?<=[aeiou])[st])$"), ""),
)
PASSWORD, CODE, LOGIN, WORD, TEXT = "¤mdp", "¤code", "¤id", "¤secret", "¤sms"
LONG = {
    PASSWORD: "mot de passe|mots de passe|motde passe|mode passe|password|passphrase|phrase de passe|phrase secrete",
    CODE: "code secret|code confidentiel|code personnel|code d'acces|securipass|certicode|cle digitale|cle d'acces",
    LOGIN: "identifiant|identifiants|numero client|numero d'abonne|numero de client|user name|utilisateur",
    WORD: "mot magique|mot secret|question secrete|reponse secrete|question de securite|cle secrete",
}
"""Names that are long enough for a slip to be forgiven; those of several words may be typed as one."""
SHORT = {
    PASSWORD: "mdp mpd mdpp mdps pmd dmp m2p motpasse motpase passwd pwd psw passw",
    CODE: "code codes kode kod cod codde codee cdoe coed pin otp digicode cvv",
    LOGIN: "login loggin log id ids user identif",
    WORD: "sesame secret",
    TEXT: "sms texto textos text txto",
}
WORDS_IN_A_NAME = 4


def sound(text: str) -> str:
    """What is left of a word when it is only heard."""
    heard = bare(text)
    for written, one in SOUNDS:
        heard = written.sub(one, heard)
    return heard


def shortened(heard: str) -> set[str]:
    """It, and what is left of it without one letter."""
    return {heard} | {heard[:place] + heard[place + 1 :] for place in range(len(heard))}


EXACT = {word: kind for kind, words in SHORT.items() for word in words.split()}
HEARD = {each: kind for kind, names in LONG.items() for name in names.split("|") for each in shortened(sound(name))}
BEGINS = frozenset(name[0] for names in LONG.values() for name in names.split("|")) | {"k"}
LENGTHS = range(6, 22)


def name_at(words: list[str], place: int) -> tuple[str, int]:
    """Which secret is named by the words that stand here, and how many words that takes; none is empty."""
    if words[place][:1] in BEGINS:
        for many in range(min(WORDS_IN_A_NAME, len(words) - place), 0, -1):
            joined = "".join(words[place : place + many])
            if len(joined) in LENGTHS and (kind := named(joined)):
                return kind, many
    return EXACT.get(words[place], ""), 1


@lru_cache(maxsize=4096)
def named(joined: str) -> str:
    heard = sound(joined)
    if len(heard) < 6:
        return ""
    return next((HEARD[each] for each in sorted(shortened(heard), key=len, reverse=True) if each in HEARD), "")
