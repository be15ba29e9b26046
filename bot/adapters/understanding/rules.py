r"""Rules over normalised French: the first form of understanding. Order decides; what is not sure is `OTHER`.

The detector of pasted secrets is deliberately eager: a removed harmless word is a nuisance, a kept password is not.
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

HARMLESS = re.compile(
    r"""(?ix)
    \b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,4})?\b      # IBAN
  | \b\d{3}\s?\d{3}\s?\d{3}(?:\s?\d{5})?\b                              # SIREN, SIRET
  | \bFR\s?\d{2}\s?\d{9}\b                                              # VAT number
  | (?:\+33|0)\s?[1-9](?:[\s.-]?\d{2}){4}                               # phone
  | \b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b | \b\d{1,2}\s?h\s?\d{0,2}\b  # dates, hours
  | \b\d+(?:[\s.]\d{3})*(?:,\d{1,2})?\s?(?:€|eur|euros?|%)              # amounts
  | (?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]+\.)+[a-z]{2,10}\b                  # e-mail
  | https?://\S+ | www\.\S+                                             # address of a page
  | \b(?:facture|devis|dossier|commande|n°|no|ref\.?)\s*[:#n°]*\s*[\w/-]+  # numbers of papers
    """
)
AFTER_CUE = re.compile(rf"{CUE} ?(?:(?:c.)?est |[:=]|->)? ?(?:le )?[:=]? ?(\S+)")
AFTER_COLON = re.compile(rf"{CUE}(?: est)? ?(?:[:=]|->) ?(\S{{4,}})")
HARMLESS_CODES = r"(?!\W{0,3}(?:postal|ape|naf|client|banque|guichet|bic|swift|promo|iban))"
CODE = re.compile(
    rf"\b(?:code|sms|otp)\b{HARMLESS_CODES}\D{{0,12}}\b(?:\d{{4,8}}|\d{{3}} \d{{3}})\b|^(?:\d{{6}}|\d{{3}} \d{{3}})$"
)
NOT_TYPED = {
    "change",
    "changee",
    "expire",
    "expiree",
    "c'est",
    "c’est",
    "j'ai",
    "j’ai",
    "pourquoi",
    "comment",
    "refuse",
}
"""What may follow « mot de passe : » without being one."""


def normalise(text: str) -> str:
    """Lower case, no accents, no punctuation but the slash of a command."""
    bare = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w/]+", " ", bare).split())


def holds_a_secret(text: str) -> bool:
    """Does this carry a password or a code?"""
    whole = " ".join(text.split())
    rest = " ".join(HARMLESS.sub(" ", whole).split())
    if any(is_strong(word) for word in rest.split()) or is_one_mixed_word(rest):
        return True
    said = strip_accents(rest.lower())
    if CODE.search(said) or any(has_figure(word) for word in AFTER_CUE.findall(said)):
        return True
    # What stands behind a colon is the thing itself, even if it looks like a telephone number.
    return any(word.strip(".,!?…") not in NOT_TYPED for word in AFTER_COLON.findall(strip_accents(whole.lower())))


def strip_accents(text: str) -> str:
    """Accents away, everything else kept."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


def is_strong(word: str) -> bool:
    """Letters, figures and signs in one word, or small and large letters with figures: nobody writes so by chance."""
    if len(word) < 7 or not any(each.isdigit() for each in word):
        return False
    if any(not each.isalnum() and each != "_" for each in word):
        return any(each.isalpha() for each in word)
    return len(word) >= 8 and word != word.lower() and word != word.upper()


def is_one_mixed_word(text: str) -> bool:
    """Nothing but one word of letters and figures: what somebody types who was asked for a password."""
    return len(text) >= 8 and text.isalnum() and not text.isalpha() and not text.isdigit()


def has_figure(word: str) -> bool:
    """After « mot de passe » a word with a figure in it is the password itself."""
    return len(word) >= 4 and any(letter.isdigit() for letter in word)


class Rules:
    """`Understanding`, by rules."""

    def intent(self, text: str) -> Intent:
        """What a client means; `SECRET` before anything else."""
        if holds_a_secret(text):
            return Intent.SECRET
        plain = normalise(text)
        return next((intent for intent, pattern in COMPILED if pattern.search(plain)), Intent.OTHER)
