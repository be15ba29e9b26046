"""Sentences as clients would type them: templates unfolded, then spoilt as thumbs and dictation spoil them.

A template is a line of `sentences/`: `(this|that)` chooses, `[perhaps]` may be left out, `{bank}` is filled in. What
is drawn depends on the seed alone.
"""

import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

FOLDER = Path(__file__).with_name("sentences")

SLOTS: Mapping[str, tuple[str, ...]] = {
    "bank": (
        "LCL", "BNP", "le crédit agricole", "crédit agricole", "la société générale", "caisse d'épargne", "CIC",
        "le crédit mutuel", "banque populaire", "la banque postale", "qonto", "boursorama", "shine", "revolut", "la bnp",
        "le cic", "bred", "nickel", "la SG", "le LCL",
    ),
    "name": (
        "Sophie", "Julien", "Mme Martin", "monsieur Durand", "Claire", "Thomas", "Nadia", "madame Lefèvre", "Karim",
        "Julie", "M. Bernard", "Camille", "Élodie", "Nicolas", "Marie",
    ),
    "password": (
        "mot de passe", "mot de passe", "mot de passe", "mot de passe", "mdp", "mdp", "mdp", "code d'accès",
        "code secret", "code confidentiel", "mot de passe bancaire", "mot de passe de la banque", "code banque",
        "code de la banque", "mot de passe internet",
    ),
    "thing": (
        "wifi", "la box", "l'alarme", "la caisse", "la caisse enregistreuse", "l'imprimante", "l'ordinateur", "mon téléphone",
        "la boîte mail", "ma boîte mail", "gmail", "facebook", "instagram", "netflix", "mon site internet", "ubereats", "deliveroo",
        "le TPE", "le terminal de paiement", "le coffre", "le portail", "la porte", "la cave", "google", "impots.gouv", "l'urssaf",
        "ameli", "net-entreprises", "le logiciel de caisse", "la tablette", "la messagerie", "orange", "edf", "metro", "amazon",
        "booking", "tripadvisor", "thefork", "le planning", "la chambre froide", "le digicode", "l'immeuble", "chorus", "le local",
    ),
    "change": (
        "le RIB", "de RIB", "d'IBAN", "de numéro", "d'adresse", "de nom", "de prix", "ses prix", "ses tarifs", "de banque",
        "de camion", "les horaires", "de conditions", "de mail", "de gérant", "de logo", "de patron", "d'assurance", "de local",
        "de comptable", "de carte", "de menu", "de statut", "d'avis", "de fournisseur", "de conseiller", "de carte bancaire",
        "de téléphone", "d'opérateur", "de voiture", "de caisse", "de terminal", "de conseiller bancaire", "de directeur",
    ),
    "who": (
        "mon fournisseur", "le fournisseur", "mon boulanger", "mon boucher", "le grossiste", "metro", "mon propriétaire", "un client",
        "le bailleur", "mon assureur", "edf", "l'agence", "mon banquier", "mon conseiller", "ma banque", "mon avocat", "le caviste",
        "mon comptable", "le cabinet", "l'urssaf", "le syndic", "la mairie", "mon frère", "mon associé", "mon fils", "le livreur",
    ),
    "day": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "lundi prochain", "demain"),
    "hour": ("9h", "10h", "9h30", "14h", "15h30", "16 heures", "18h", "17h", "11h", "midi", "8h", "20h"),
    "date": ("15", "20 décembre", "3", "5 janvier", "12/01", "30 novembre", "24", "1er décembre", "15 août"),
    "mail": ("odette@orange.fr", "contact@chez-odette.fr", "resto.marcel@gmail.com"),
    "when": (
        "demain", "demain matin", "ce soir", "plus tard", "lundi", "mardi matin", "la semaine prochaine", "cet après-midi",
        "dans une heure", "après le service", "demain à 9h", "jeudi", "à 16h", "demain soir", "ce week-end", "vendredi",
        "lundi à 10h", "en fin de journée", "dans deux heures", "tout à l'heure", "à la fermeture", "dans 3 jours",
        "après-demain", "en rentrant", "mercredi après-midi", "dans 30 minutes", "le 15", "la semaine pro",
        "entre les deux services", "dans la soirée", "ce soir après le service", "quand j'aurai le temps", "vers 15h",
        "en début d'après-midi", "après 14h", "demain 9h30", "après les vacances", "d'ici vendredi", "à ma pause",
    ),
}  # fmt: skip

CHOICE = re.compile(r"\(([^()\[\]]*)\)|\[([^()\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)\}")

BEFORE = (
    "bonjour", "bonjour", "bonsoir", "salut", "bjr", "slt", "hello", "coucou", "bonjour madame", "bonjour monsieur",
    "désolé du retard", "désolé", "euh", "alors", "bon", "ok", "ben", "re", "oui bonjour", "bonjour à vous", "dites",
)  # fmt: skip
AFTER = (
    "merci", "merci", "svp", "merci d'avance", "s'il vous plaît", "bonne journée", "cordialement", "bonne soirée", "stp",
    "merci bien", "merci beaucoup", "désolé", "bien à vous", "à bientôt", "bises", "voilà", "quoi", "hein", "lol", "!",
)  # fmt: skip
NEUTRAL = (
    "je viens de voir votre message", "j'espère que vous allez bien", "c'est le restaurant", "on a eu du monde ce midi",
    "je réponds de mon téléphone", "j'ai bien reçu votre message", "c'est Karim du bistrot", "vous allez bien ?",
    "je suis le gérant", "pour la banque", "à propos de votre message", "concernant le renouvellement", "pour la synchro",
    "quelle journée", "il fait un froid de canard", "c'est {name} du restaurant", "pour {bank}", "suite à votre message",
)  # fmt: skip
TWO = 0.08
"""How often somebody says the same thing in two sentences."""
ALONE = frozenset({"greeting", "thanks"})
"""Labels whose sentences say nothing else, so that hardly anything may stand around them."""
EMOJI = ("😀", "😅", "😂", "🙄", "😩", "🤷", "😡", "😉", "😬", "🍕", "🤦", "😊", "🥵", "👨‍🍳")

SPOILT: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\bc'est\b", ("c", "cest", "cé", "c est", "ces", "c'ést")),
    (r"\bj'ai\b", ("jai", "g", "jé", "j ai", "j'é", "j'ais")),
    (r"\bj'(?=\w)", ("j", "j ", "je ")),
    (r"\bje suis\b", ("chui", "jsuis", "je sui", "chuis", "suis")),
    (r"\bil y a\b", ("ya", "y a", "il ya")),
    (r"\bquelqu'un\b", ("qqn", "quelqun", "qq1", "kelkun")),
    (r"\bmot de passe\b", ("mdp", "mdp", "mot de pass", "motdepasse", "mots de passe", "mot passe", "MDP", "mot de pase")),
    (r"\bpourquoi\b", ("pk", "pourkoi", "prk", "pq", "pourquoi donc", "pourqoi")),
    (r"\bquoi\b", ("koi", "quoa")),
    (r"\bbonjour\b", ("bjr", "bonjours", "bjour", "bonjou")),
    (r"\bs'il vous plaît\b", ("svp", "sil vous plait", "s il vous plait", "stp")),
    (r"\bmerci\b", ("mrc", "merci", "mersi", "mrci")),
    (r"\bbeaucoup\b", ("bcp", "boucoup")),
    (r"\bdemain\b", ("2main", "demin", "dm1", "dmain")),
    (r"\baprès-midi\b", ("aprem", "aprèm", "apres midi", "ap midi")),
    (r"\bpas\b", ("pa", "pas", "po")),
    (r"\bça\b", ("sa", "ca", "ça")),
    (r"\bcomment\b", ("coment", "cmt", "kom1", "commen")),
    (r"\bproblème\b", ("pb", "probleme", "problem", "pbm")),
    (r"\bmessages?\b", ("msg", "msgs", "mesage")),
    (r"\bvous\b", ("vs", "vous", "ou", "vou")),
    (r"\btout\b", ("tt", "tou")),
    (r"\btoujours\b", ("tjs", "tjrs", "toujour")),
    (r"\bmaintenant\b", ("mtn", "mnt", "maintenan")),
    (r"\bpour\b", ("pr", "pour")),
    (r"\bavec\b", ("ac", "avc", "avec")),
    (r"\bque\b", ("ke", "q", "que")),
    (r"\bqui\b", ("ki", "qui")),
    (r"\brien\b", ("ri1", "rien")),
    (r"\bbanque\b", ("bank", "bq", "banq", "banque")),
    (r"\bapplication\b", ("appli", "app")),
    (r"\bfait\b", ("fais", "fé", "fai", "fait")),
    (r"\brendez-vous\b", ("rdv", "rendez vous")),
    (r"\bne |\bn'", ("",)),
    (r"\best-ce que\b", ("esk", "est ce que", "es ce que")),
    (r"\btéléphone\b", ("tel", "telephone")),
    (r"\bquand\b", ("qd", "kan", "quand")),
    (r"\bnouveau\b", ("nouvo", "nouveaux", "nvo")),
    (r"é\b", ("er", "ez", "é", "e", "ée", "és")),
    (r"er\b", ("é", "er", "ez")),
    (r"ais\b", ("ai", "é", "ait")),
    (r"s\b", ("", "s")),
    (r"qu", ("k", "qu")),
)  # fmt: skip
RULES = tuple((re.compile(pattern, re.IGNORECASE), forms) for pattern, forms in SPOILT)
NEAR = {
    "a": "zq", "z": "ae", "e": "zr", "r": "et", "t": "ry", "y": "tu", "u": "yi", "i": "uo", "o": "ip", "p": "o", "q": "as",
    "s": "qd", "d": "sf", "f": "dg", "g": "fh", "h": "gj", "j": "hk", "k": "jl", "l": "km", "m": "l", "w": "x", "x": "wc",
    "c": "xv", "v": "cb", "b": "vn", "n": "b",
}  # fmt: skip
"""Neighbours on a French keyboard."""


def templates(label: str) -> list[str]:
    """The templates of one label."""
    lines = (FOLDER / f"{label}.txt").read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def labels() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.txt"))


def mixed(label: str, seed: int) -> list[str]:
    """The templates of one label in an order that the seed decides."""
    lines = templates(label)
    random.Random(f"{seed} {label}").shuffle(lines)
    return lines


def unfold(template: str, chance: random.Random) -> str:
    """One sentence of a template."""
    while found := CHOICE.search(template):
        chosen = found[1] if found[1] is not None else found[2] if chance.random() < 0.5 else ""
        template = template[: found.start()] + chance.choice(chosen.split("|")) + template[found.end() :]
    filled = SLOT.sub(lambda slot: chance.choice(SLOTS[slot[1]]), template)
    if SLOT.search(filled):
        return unfold(filled, chance)
    # « de le cabinet » and the like come from gluing.
    for glued, right in ((r"\bde le\b", "du"), (r"\bà le\b", "au"), (r"\bde les\b", "des"), (r"\bd' ", "d'")):
        filled = re.sub(glued, right, filled)
    return " ".join(filled.split()).replace("' ", "'")


def dress(label: str, sentence: str, chance: random.Random) -> str:
    """Politeness and small talk around the point, an emoji, a full stop."""
    short = len(sentence.split()) < 3
    if label not in ALONE and not (label == "other" and short):
        if chance.random() < 0.16:
            sentence = f"{chance.choice(BEFORE)}{chance.choice((' ', ', ', '. '))}{sentence}"
        if chance.random() < 0.10:
            aside = unfold(chance.choice(NEUTRAL), chance)
            sep = chance.choice((". ", ", ", " ", "\n"))
            sentence = sep.join((aside, sentence) if chance.random() < 0.6 else (sentence, aside))
        if chance.random() < 0.14:
            sentence = f"{sentence}{chance.choice((' ', ', ', '. '))}{chance.choice(AFTER)}"
    elif label == "thanks" and chance.random() < 0.1:
        sentence = f"{chance.choice(('bonjour', 'bonsoir'))} {sentence}"
    if chance.random() < 0.12:
        sentence += chance.choice((".", "!", "...", " !!", "!!!", "…"))
    if chance.random() < 0.06:
        sentence += f" {chance.choice(EMOJI)}"
    return sentence


def spoil(sentence: str, chance: random.Random) -> str:
    """As thumbs type it: some of everything, much of it left as it was."""
    strength = chance.choice((0.0, 0.15, 0.15, 0.5))
    for pattern, forms in RULES:
        if chance.random() < strength:
            sentence = pattern.sub(lambda _, forms=forms: chance.choice(forms), sentence)  # type: ignore[misc]
    if chance.random() < 0.45:
        sentence = re.sub("[éèêë]", "e", sentence).translate(str.maketrans("àâîïôûùç", "aaiiouuc"))
    if chance.random() < 0.35:
        sentence = re.sub(r"['’]", chance.choice(("", " ", "’")), sentence)
    if chance.random() < 0.30:
        for _ in range(chance.choice((1, 1, 2))):
            sentence = slip(sentence, chance)
    if chance.random() < 0.06:
        return sentence.upper()
    if chance.random() < 0.25:
        return sentence[:1].upper() + sentence[1:]
    return sentence


def slip(sentence: str, chance: random.Random) -> str:
    """One slip of the thumb in a word of four letters or more."""
    long = list(re.finditer(r"\w{4,}", sentence))
    if not long:
        return sentence
    found = chance.choice(long)
    at = chance.randrange(found.start(), found.end() - 1)
    before, letter, after = sentence[:at], sentence[at], sentence[at + 1 :]
    match chance.randrange(4):
        case 0:
            return before + after
        case 1:
            return before + letter + letter + after
        case 2:
            return before + after[:1] + letter + after[1:]
    return before + chance.choice(NEAR.get(letter.lower(), letter)) + after


def sentences(label: str, chosen: list[str], many: int, seed: int) -> Iterator[str]:
    """So many sentences of a label, each template as often as the next one."""
    chance = random.Random(f"{seed} {label}")
    for number in range(many):
        plain = unfold(chosen[number % len(chosen)], chance)
        if label not in ALONE and chance.random() < TWO:
            plain = f"{plain}{chance.choice(('. ', ', ', ' ', ' ! '))}{unfold(chance.choice(chosen), chance)}"
        yield spoil(dress(label, plain, chance), chance)
