"""Words as they are compared: French as it is typed on a phone, brought to one spelling. Pure.

Law: one pass over a text that was cut to a fixed length, so that no message is slow to read.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

LONGEST = 600
"""What a client means is in the first lines; of a longer text, the beginning and the end are read."""

BANKS = (
    "credit agricole", "societe generale", "caisse d epargne", "banque populaire", "banque pop", "la banque postale",
    "banque postale", "credit mutuel", "credit mut", "credit du nord", "bnp paribas", "hello bank", "credit cooperatif",
    "caisse epargne", "bnp", "lcl", "cic", "bred", "hsbc", "ccf", "qonto", "shine", "boursorama", "boursobank", "bourso",
    "revolut", "nickel", "n26", "fortuneo", "monabanq", "sogexia", "blank", "anytime", "finom", "palatine", "sg", "ca",
    "socgen", "soge", "bp", "cmb", "orange bank", "memo bank", "credit rural", "wise", "propulse", "manager one",
)  # fmt: skip
"""How clients name their banks; what is said of one is true of the other. « ca » alone is not a bank: « ça »."""
ONE_BANK = re.compile(rf"\b(?:{'|'.join(sorted(set(BANKS) - {'ca'}, key=len, reverse=True))})\b")

SMS = {
    "g": "jai", "jé": "jai", "jlai": "jai", "jai": "jai", "c": "cest", "cé": "cest", "cmt": "comment",
    "pa": "pas", "po": "pas", "pk": "pourquoi", "pq": "pourquoi", "pkoi": "pourquoi", "pourkoi": "pourquoi",
    "prkoi": "pourquoi", "prq": "pourquoi", "koi": "quoi", "kwa": "quoi", "qqn": "quelquun", "qq1": "quelquun",
    "kelkun": "quelquun", "kelk1": "quelquun", "quelqun": "quelquun", "bjr": "bonjour", "bjour": "bonjour",
    "slt": "salut", "bsr": "bonsoir", "mrc": "merci", "mrci": "merci", "mci": "merci", "thx": "merci",
    "stp": "svp", "vs": "vous", "ns": "nous", "tt": "tout", "bcp": "beaucoup", "pb": "probleme", "pbm": "probleme",
    "pbs": "probleme", "msg": "message", "msgs": "message", "rdv": "rendezvous", "auj": "aujourdhui",
    "ajd": "aujourdhui", "2main": "demain", "dm1": "demain", "dmain": "demain", "demin": "demain", "2m1": "demain",
    "aprem": "apresmidi", "tel": "telephone", "sa": "ca", "chui": "jesuis", "chuis": "jesuis", "jsuis": "jesuis",
    "jss": "jesuis", "ya": "ilya", "esk": "estceque", "ds": "dans", "mtn": "maintenant", "mnt": "maintenant",
    "now": "maintenant", "tps": "temps", "r1": "rien", "ri1": "rien", "b1": "bien", "bi1": "bien", "kom1": "comment",
    "coment": "comment", "fo": "faut", "fé": "fait", "fai": "fait", "fais": "fait", "fés": "fait", "faits": "fait",
    "bank": "banque", "bq": "banque", "bk": "banque", "ke": "que", "q": "que", "ki": "qui", "tjs": "toujours",
    "tjr": "toujours", "tjrs": "toujours", "nn": "non", "nan": "non", "ac": "avec", "avc": "avec", "kan": "quand",
    "qd": "quand", "dac": "daccord", "oki": "ok", "okay": "ok", "okey": "ok", "mm": "meme", "pr": "pour",
    "ts": "tous", "bcq": "beaucoup", "cb": "combien", "nouvo": "nouveau", "new": "nouveau", "nvo": "nouveau",
    "nveau": "nouveau", "nx": "nouveaux", "mdpasse": "motdepasse", "mdp": "motdepasse", "mpd": "motdepasse",
    "password": "motdepasse", "pwd": "motdepasse", "mp": "motdepasse", "ayé": "cayest", "jsp": "jenesaispas",
    "jpp": "marre", "appli": "application", "app": "application", "aplication": "application", "vrmt": "vraiment",
    "ordi": "ordinateur", "compta": "comptable", "hs": "enpanne", "down": "enpanne", "help": "aide", "sos": "aide",
    "relou": "penible", "chiant": "penible", "resto": "restaurant", "+": "plus", "sem": "semaine", "pro": "pro",
    "2": "9", "jtrouve": "jetrouve", "jcomprend": "jecomprends", "jcomprends": "jecomprends",
    "jveux": "jeveux", "jveu": "jeveux", "jpeux": "jepeux", "jpeu": "jepeux", "jariv": "jarrive",
}  # fmt: skip
SIGNS = {
    "👍": " pouce ", "👌": " pouce ", "✅": " coche ", "☑": " coche ", "✔": " coche ", "🙏": " merci ", "❤": " coeur ",
    "👋": " bonjour ", "😡": " colere ", "🤬": " colere ", "😤": " colere ", "🤔": " doute ", "🛑": " stop ", "🆘": " aide ",
    "❌": " croix ", "?": " ? ", "!": " ", "…": " ", "€": " euros ",
}  # fmt: skip
"""Emoji and signs that say something; all others are dropped."""

SIGN = re.compile("|".join(map(re.escape, SIGNS)))
APOSTROPHE = re.compile(r"['’`´ʼ]")
LONE = re.compile(r"\b(qu|[jcdlmnst]) (?=[aehiouy])")
NOT_A_WORD = re.compile(r"[^\w?+/]+")
CLOCK = re.compile(r"\b\d{1,2} ?(?:h|:) ?(?:\d{2})?\b")
NUMBER = re.compile(r"\d+")
TWICE = re.compile(r"(\w)\1{2,}")
TOGETHER = (
    (re.compile(r"\bmots? de pass\w?\b|\bmotdepass\b|\bmot passe\b"), "motdepasse"),
    (re.compile(r"\bje suis\b"), "jesuis"),
    (re.compile(r"\bil y a\b|\by a\b"), "ilya"),
    (re.compile(r"\best ce qu?e?\b"), "estceque"),
    (re.compile(r"\bs il (?:vous|te) plait\b|\bsil (?:vous|te) plait\b"), "svp"),
    (re.compile(r"\bapres midi\b|\baprem\b"), "apresmidi"),
    (re.compile(r"\brendez vous\b"), "rendezvous"),
    (re.compile(r"\bone ?up\b|\boneup\b"), "oneup"),
    (re.compile(r"\bquelqu un\b"), "quelquun"),
    (re.compile(r"\baujourd hui\b"), "aujourdhui"),
)
"""Expressions that are one word to us, or are typed as one."""


def bare(text: str) -> str:
    """Lower case without accents; everything else is kept."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(each))


def words(text: str) -> list[str]:
    """The words of a message, in one spelling; « ? » is one, an emoji that says something too."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} {text[-LONGEST // 2 :]}"
    text = SIGN.sub(lambda sign: SIGNS[sign[0]], text.lower())
    text = NOT_A_WORD.sub(" ", APOSTROPHE.sub(" ", unicodedata.normalize("NFC", text)))
    text = " ".join(SMS.get(word, word) for word in text.split())
    text = ONE_BANK.sub("nombanque", bare(text))
    for together, one in TOGETHER:
        text = together.sub(one, text)
    text = LONE.sub(r"\1", text)
    text = TWICE.sub(r"\1", NUMBER.sub("9", CLOCK.sub("heure", text)))
    return [SMS.get(word, word) for word in text.split()]


def features(found: list[str]) -> Iterator[str]:
    """What a classifier counts: words, pairs of neighbours, pairs with a word between, and pieces of words."""
    framed = ["^", *found, "$"]
    for first, second in pairwise(framed):
        yield f"{first} {second}"
    for first, third in zip(framed, framed[2:], strict=False):
        yield f"{first} _ {third}"
    for word in found:
        yield word
        edged = f"<{word}>"
        for size in (3, 4, 5):
            for start in range(len(edged) - size + 1):
                yield edged[start : start + size]
