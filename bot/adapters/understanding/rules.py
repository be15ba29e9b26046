r"""Rules over normalised French. Order decides; what is not sure is `OTHER`.

They tell what a classifier of twelve labels cannot (a bank that was left, an account that was closed), and count among
its signs (`signals.py`).
Law: no pattern may need more than a few passes over a text. Clients' words are read in the event loop, and a
`\w+` before a `.*` once let a single message hold up everybody for half a minute.
"""

import re
import unicodedata

from flows.events import Intent

CUE = r"\b(?:mdp|mots? ?de ?passe|code secret|code d.acces|code confidentiel|identifiants?|password|pass)\b"
CHANGED = r"(?:\bchang|nouveau|modifi|reinitialis|expir|plus le meme|renouvel)"

RULES: tuple[tuple[Intent, str], ...] = (
    (Intent.STOP, r"^/stop|\bstop\b|ne m ecrivez plus|arretez? de m|desabonn|plus (?:de|vos) (?:messages|rappels)"),
    (Intent.HELP, r"^/aide|^/help|^aide$|^help$"),
    (Intent.BANKS, r"^/banques|mes banques"),
    (Intent.BANK_CHANGED, r"(?:chang\w{0,5}|quitte\w{0,3}) (?:de|cette|la|ma|notre) banque|(?:plus|pas) client\w? (?:de|chez) |nouvelle banque|passes? (?:chez|a) une autre banque|autre banque maintenant"),
    (Intent.ACCOUNT_CLOSED, r"comptes? (?:\w{1,12} ){0,4}?(?:clos|clotur\w{0,5}|ferme|supprime)\b|(?:clos|clotur\w{0,3}|ferme|supprime) (?:le|ce|mon|notre) compte|^cloture du compte"),
    (Intent.BUSINESS_SOLD, r"(?:vendu|revendu|cede|ferme) (?:l |la |le |mon |ma |notre |nos |mes )?(?:entreprise|societe|restaurant|affaire|fonds|boite|commerce|etablissement|brasserie|bar|cafe)\b|(?:entreprise|societe|restaurant|affaire|fonds) (?:\w{1,9} ){0,3}?(?:vendue?|revendue?|cedee?|liquidee?)\b"),
    (Intent.NOT_ME, r"^(?:non )?(?:mais )?(?:ce n est|c est|cest|s est|ce n etait|c etait) pas (?:a )?moi(?: (?:ca|le gerant|la gerante|qui (?:gere|fais|fait|m en? occupe|m occupe de ca)))?$|pas mon dossier|pas la bonne personne|mauvaise personne"),
    (Intent.SECURITY_DOUBT, r"arnaque|phishing|hameconnage|securise\b|piratage|stock\w{1,5} mon|fraude|c est sur votre"),
    (Intent.HUMAN, r"\bhumain|quelqu un|mon comptable|ma comptable|un conseiller|appele[zr]|parler a|telephon"),
    (Intent.PASSWORD_CHANGED, rf"demande un {CUE}|^(?=.*?{CUE})(?=.*?{CHANGED})|nouveau code|autre code|code a change"),
    (Intent.WHY, r"pourquoi|c est quoi|dsp2|a quoi (?:ca|sa) sert|deja fait|encore refaire"),
    (Intent.BANK_PROBLEM, r"banque (?:bloque|plante|refuse|marche pas|ne repond)|maintenance|pas dans la liste|site de la banque"),
    (Intent.AWAY, r"\b(?:en|mes) (?:vacances|conges)\b|je suis (?:absente?|a l etranger|en voyage)\b|(?:serai|part\w{0,3}) (?:absente?|en voyage)\b"),
    (Intent.LATER, r"plus tard|remettre a|demain|ce soir|apres le service|rappel\w*|dans (?:une|\d+|deux) ?h|semaine pro|en cuisine|pas le temps|en service|lundi|mardi|mercredi|jeudi|vendredi|samedi"),
    (Intent.STUCK, r"besoin d aide|march\w{0,6} pas?\b|fonctionne pas?\b|trouve pas|perdu|erreur|bloque|comprends? (?:pas|rien)|ou est|ou (?:ca|sa)|je clique|aidez|arrive pas|\bbug"),
    (Intent.DONE, r"c ?est (?:fai[ts]|bon|ok)|^j y suis|^fait\b|\bfait$|j ai (?:tout )?fait|cest fai[ts]|synchronis\w+|synchro .*passe|valide|termine|j ai fini|c est en ordre|voila"),
    (Intent.THANKS, r"\bmerci|\bmrc\b"),
    (Intent.GREETING, r"^(?:bonjour|bonsoir|salut|hello|coucou|bjr)\b"),
)  # fmt: skip
COMPILED = tuple((intent, re.compile(pattern)) for intent, pattern in RULES)


def normalise(text: str) -> str:
    """Lower case, no accents, no punctuation but the slash of a command."""
    bare = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w/]+", " ", bare).split())


def matching(text: str) -> list[Intent]:
    """Every rule that a text fulfils, the first to be believed first."""
    plain = normalise(text)
    return [intent for intent, pattern in COMPILED if pattern.search(plain)]


class Rules:
    """What the rules alone would say."""

    def intent(self, text: str) -> Intent:
        return next(iter(matching(text)), Intent.OTHER)
