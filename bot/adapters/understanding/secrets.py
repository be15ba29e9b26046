r"""Passwords and codes in what a client types: are we sure, in doubt, or is there none? Pure.

Eager on purpose: a removed harmless word is a nuisance, a kept password is not. What looks like one and is not (IBAN,
SIRET, telephone, dates, amounts, numbers of papers, e-mail, addresses) is taken out before anything else is looked at.
Law: no pattern may need more than a few passes over a text. Clients' words are read in the event loop, and a
`\w+` before a `.*` once let a single message hold up everybody for half a minute.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from bot.adapters.understanding.introduced import announced
from bot.adapters.understanding.suspicion import suspicion
from bot.adapters.understanding.traces import MAIL
from bot.adapters.understanding.words import bare
from bot.ports import Secrecy

ORDINARY = Path(__file__).with_name("ordinary.txt")


CUE = r"\b(?:mdp|mpd|mots? ?de ?passe?|mot passe|code secret|code d.?acces|code confidentiel|code banque|identifiants?|login|password|passwd|pwd|passe?(?= ?[:=])|pass)\b"
CODE = r"\b(?:code|sms|otp|pin|cvv|cvc|cryptogramme|digicode)\b"
PUBLIC = (
    r"(?!\W{0,3}(?:(?:d |de |du |de la )?(?:postal|ape|naf|insee|client|banque(?= ?:? ?\d{5}\b.*guichet)|guichet|bic|swift|promo|iban|siret|erreur"
    r"|barres?|article|produit|parrain\w{0,4}|fournisseur|journal|commune|d[ée]partement|r[ée]gion|pays|agence|route|tva|suivi|couleur|comptable)\b|d.erreur))"
)
"""Codes that everybody may know."""

HARMLESS = re.compile(
    r"""(?ix)
    \b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,4})?\b           # IBAN
  | \bFR\s?\d{2}\s?\d{3}\s?\d{3}\s?\d{3}\b                                   # VAT number
  | \b[12]\s?\d{2}\s?\d{2}\s?(?:\d{2}|2[AB])\s?\d{3}\s?\d{3}(?:\s?\d{2})?\b  # social security
  | (?<!\d)(?:\+|00)\d{1,3}[\s.(-]*(?:0\)?\s?)?\d(?:[\s.-]?\d{2,3}){3,5}\b     # phone, from abroad
  | (?<![\d.])0[1-9](?:[\s./-]?\d{2}){4}(?!\d)                               # phone
  | \b\d{3}[\s.]?\d{3}[\s.]?\d{3}(?:[\s.]?\d{5})?\b                         # SIREN, SIRET
  | \b(?:19|20)\d{2}-\d{2}-\d{2}(?:T[\d:.+]+Z?)?\b | \b\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?\b  # dates
  | (?<!\d)\d{1,2}\s?(?:h|:|heures?)\s?\d{0,2}\b                             # hours
  | \b(?:livebox|freebox|bbox|sfr)[_-]\w+                                    # name of a wifi
  | \b\d+(?:[\s.]\d{3})*(?:[.,]\d{1,2})?\s?(?:€|euros?\b|eur\b|balles\b|k€|ht\b|ttc\b|%|pour\s?cent)  # amounts
  | (?:€|\beur\b)\s?\d+(?:[\s.]\d{3})*(?:[.,]\d{1,2})?
  | \b\d+(?:[.,]\d+)?\s?(?:kg|g|cl|ml|l|litres?|km|m2|m²|cm|mm|min|mn|minutes?|jours?|ans?|mois|couverts?|personnes?|pers
       |go|mo|ko|degr[ée]s|°c?|fois|bouteilles?|ca?rtons?|tables?|heures|pi[èe]ces)\b       # so many of something
  | """
    + MAIL
    + r"""
  | https?://\S+ | \bwww\.\S+ | \b[\w-]{1,60}\.(?:fr|com|net|org|eu|io|me)(?:/\S*)?(?![\w@])   # address of a page
  | \b[\w.()-]{1,80}\.(?:pdf|jpe?g|png|docx?|xlsx?|csv|txt|heic|zip|mp4|odt|ods|gif|webp|mov|html?|xml)\b  # file
  | \b(?:IMG|DSC|VID|PXL|Screenshot|Capture|scan)[_-]?\d{3,}[\w-]*           # picture
  | \b(?:mod[èe]le|s[ée]rie|terminal|tpe|imprimante)\b(?:\s(?:de|du|la|le|cb|[a-zéè]{3,12})){0,4}\s(?=[\w-]*\d)[\w-]+  # a machine
  | \bFR\d{2}[A-Z0-9]{3}\d{6}\b                                                # who debits by SEPA
  | \bERR(?:OR|EUR)?_\w+                                                      # a mistake of a site
  | \b(?:contrats?|factures?|devis|police)\s(?:\w{2,15}\s){0,2}(?-i:(?=[A-Z/.-]*\d)[A-Z0-9][A-Z0-9/.-]+)(?![\w!$*#@])
  | \b[A-Z]{2}[\s-]\d{3}[\s-][A-Z]{2}\b                                      # plate
  | \b(?=[A-Z0-9]*\d)[A-HJ-NPR-Z0-9]{17}\b                                  # number of a vehicle
  | \b[\w.]{3,40}(?=\ssur\s(?:insta\w*|facebook|tiktok|twitter)\b)           # name on a network
  | \b(?:factures?|devis|dossiers?|commandes?|n[°º]|num[ée]ros?|no|r[ée]f(?:[ée]rences?)?\.?|contrats?|clients?|lots?|colis
       |suivi|tickets?|tables?|ch[èe]ques?|police|s[ée]rie|avoirs?|bons?|rcs|kbis|siren|siret|tva|naf|ape|iban|bic|rib
       |bordereaux?|licence|agr[ée]ment|bail|article|immatricul\w{0,7}|abonn[ée]s?|adh[ée]rents?|plaque|chambre|lettre
       |virements?|pr[ée]l[èe]vements?|mandat|compte|guichet|agence|erreur|version|bus|ligne|vol|train|parcelle)(?:(?<=[°º])|(?![^\W\d_]))
    (?:\s(?:de|du|la|le|l'|d'|des|est|c'est|client|commande|facture|dossier|suivi|contrat|s[ée]rie|police|lot|bon|compte
       |livraison|tva|siret|allocataire|ch[èe]que|t[ée]l[ée]phone|tel|mandat|rcs|num[ée]ro|n[°º]|produit|pi[èe]ce)){0,4}
    \s*[:#n°º]*\s*(?=[\w/.-]*\d)[\w/.-]+(?:\s\d[\w/.-]*){0,5}                  # numbers of papers
    | (?<!mon\s)\bcode\s(?:postal|ape|naf|insee|client|banque|guichet|promo|barres?|article|produit|agence|erreur|commune)\s*:?\s*(?:est|c'est)?\s*[\w.]+
    | \b\d{5}\s(?=(?-i:[A-Z]))                                               # post code and town
    | \b(?:iphone|ipad|windows|win|covid|office|galaxy|samsung|android|ios|ps|mp|article|formule|noel|noël|no[eë]l|menu
         |airbus|chrome|excel|version|tome|zone|table|lot|salle|box|sirh|cerfa|a|e|g|b|f|s|t|v|j|q|h|m|n|d)-?\s?\d{1,4}(?:pro|plus|max|s|x)?\b
    """
)
PUBLIC_NUMBER = re.compile(
    r"(?i)\bcode client (?:chez )?(?!et\b|est\b|c.est\b|banque\b)[a-z]\w+ ?(?:c.est|est|:)? ?(?:le )?\d[\d ]{0,12}"
    r"|\bcode (?:de )?(?:r[ée]servation|commande|retour|cadeau|livraison|retrait)\b[^\d]{0,20}\w*\d\w*"
    r"|\bcodes? (?:comptable|[ée]tablissement|nac|analytique|fournisseur|agence|magasin|tva|article|produit|commune|fid[ée]lit[ée]|juridique|adh[ée]rent|activit[ée]|tpe)\b(?:(?!pas|code)\D){0,25}\d\w*"
    r"|\bcodes? (?:banque|guichet)\b[^\d\n]{0,15}(?<!\d)\d{5}(?!\d)"
    r"|\b\w+%20[\w%.-]*|\btva ?\d[\d,.%/]*"
    r"|\b(?:erreurs?|error) ?:? ?codes? ?:? ?\w*\d\w*"
    r"|\b(?:janv|f[ée]vr?|mars|avr|juil|ao[uû]t|sept|oct|nov|d[ée]c)(?:ier|rier|il|let|em)?(?:bre)?[._-](?:20)?\d\d\b"
    r"|\b\d{1,2}[._-](?:janv|f[ée]v|mars|avril|mai|juin|juil|ao[uû]t|sept|oct|nov|d[ée]c)\w{0,6}(?!\w)"
)
"""What a supplier calls a client by, what a site calls its mistake, a month in a file's name."""
TRADE = (
    r"(?:restaurants?|restos?|bars?|boutique|magasin|salon|soci[ée]t[ée]s?|bistrot|snack|hotel|traiteur|etablissement|boite|cafe|brasserie"
    r"|boulangerie|pizzeria|epicerie|garage|food truck|entreprise|affaire|commerce|cave|creperie|hotel|enseigne|nom)"
)
NAMED = re.compile(
    r"\b(?:s.?appell\w{1,4}|enseignes?|nom commercial|nouveau nom|raison sociale|marque|sarl|sasu?|eurl|kbis|facebook"
    r"|insta\w{0,5}|renomme\w{0,2})\b"
)
"""Where the firm's own name is the subject."""
NAMED_BEFORE = re.compile(
    rf"(?:^|\W)(?:chez|ici|equipe|releves?|pour|nous c.est|gere|le|la|les|au|aux|du|de|des|{TRADE}(?: c.est| est| :|,)?) $"
)
NAMED_BEHIND = re.compile(
    rf"^,? ?(?:et \S+ )?(?:(?:c.est|est|sont|ca) (?:nous|moi|l.enseigne|a moi|a nous|(?:ma|mon|notre|le|la) (?:\w+ )?{TRADE})|(?:= |: |est |sera )?(?:ouvre|ferme|ouvert)|bonjour)\b"
)
HOUSE = re.compile(
    r"(?i)(?:l['’])?(?:bistrot?|resto|bar|caf[ée]|pizza|burger|snack|grill|comptoir|cantine|cuisine|table|traiteur|fournil|brasserie|auberge"
    r"|[ée]picerie|cave|h[oô]tel|boutique|garage|salon|coiff|poke|tacos|kebab|sushi|cr[eê]pe|food|lounge|terrasse|maison)"
)
"""How houses are named."""
NAMES_A_SECRET = re.compile(rf"{CUE}|{CODE}|\b(?:mo|mots?) .{{0,3}}pas|\bconnect")
SHOP = re.compile(r"[A-Za-zÀ-ÿ]{2,20}['’]?[A-Za-z]{0,10}\d{1,4}[A-Za-z]{0,10}")
"""« Comptoir56 » beside « mon bar s'appelle » is on the front of the house."""
AFTER_CUE = re.compile(
    rf"{CUE}(?: (?:de|du|la|le|l|ma|mon|banque|bancaire|lcl|bnp|pour|actuel|nouveau|internet|compte|pro|chez|sur|au|credit|agricole|mutuel|caisse|epargne|cic|qonto|one|up)){{0,6}}"
    r" ?(?:c.est|cest|est|is|sera|:|=|->|devient|c(?= ))? ?(?:maintenant|desormais|donc|toujours)? ?(?:le |:|=)? ?(\S+)"
)
AFTER_COLON = re.compile(
    rf"{CUE}(?: (?:de|du|la|le|l|ma|mon|banque|bancaire|lcl|bnp|pour|actuel|nouveau|internet|compte|pro|chez|sur|au|credit|agricole|mutuel|caisse|epargne|cic|qonto|one|up)){{0,6}}"
    r"(?: est| c.est)? ?(?:[:=]|->) ?(\S{3,})"
)
SAID = re.compile(
    rf"{CUE}(?: (?:de|du|la|le|l|ma|mon|banque|bancaire|lcl|bnp|pour|actuel|nouveau|internet|compte|pro)){{0,5}}"
    r" (?:c.est|cest|est|c(?= )|sera|devient)(?: maintenant| desormais| donc| tout simplement| juste)?"
    r" ?[\"«'(]?([a-z][\w.-]{3,})[\"»')]?[.!]*(?: (?:merci|svp|voila|bonne|tout|en|avec|et|ne|a|pour)\b.{0,40})?$"
)
BARE_CUE = re.compile(rf"^(?:voici |voila |mon |nouveau |le |mes )*{CUE} ([a-z][\w-]{{4,}})[.!]*(?: merci| svp)?$")
LAST = re.compile(
    rf"{CUE}(?:[^:=]{{0,40}}[:=] ?|[^\"«“]{{0,30}}[\"«“] ?|,? (?:et |c.est |cest )+)([^\s\"«»“”]{{4,40}})[\"»” .!]*$"
    rf"|(?:\bet|,) (?:le |mon )?{CUE} ([a-z]{{4,30}})$"
)
BEFORE_CUE = re.compile(
    rf"(?<!\S)(\S{{4,60}}) ?(?:c.est|cest|est|:|=|,|comme|voila|->|pour)? ?(?:le|mon|comme|votre)? ?(?:nouveau |nouvel )?{CUE}"
)
NUMBERED = re.compile(
    rf"{CODE}{PUBLIC}\D{{0,30}}?\b(?:\d{{4,8}}|\d{{3}}[ -]\d{{3}}|\d{{2}} \d{{2}}(?: \d{{2}}){{0,2}}|\d(?: \d){{3,7}})\b"
    rf"|{CODE}{PUBLIC}\D{{0,70}}?\b(?:\d{{6}}|\d{{3}} \d{{3}})\b"
    rf"|\b(?:cvv|cvc|cryptogramme|pin)\b\D{{0,15}}?\b\d{{3,4}}\b"
    rf"|\b(?:\d{{4,8}}|\d{{3}} \d{{3}})\b ?(?:c.est|cest|est|:|=|,|pour|comme|voila|c|recu par|recu|envoye par)? ?(?:le|mon|un|votre|ton)? ?(?:nouveau )?{CODE}{PUBLIC}"
    r"|^\d(?:[ -]?\d){5}$"
)
PRESENTED = re.compile(
    r"(?:voici|voila|cest|c.est|essaye[rz]?|essaie|mets|mettez|tape[rz]?|tapez|recu|envoye|nouveau|note[rz]?|utilise[rz]?"
    r"|prends|prenez|toujours|encore|entre[rz]|rentre[rz]|marque[rz]?|choisi|mis|pris|donne|est|avec|affiche|dit|donc|etait|par)[ :=>-]{0,4}[\"«'(]?$"
)
SPOKEN = re.compile(
    rf"(?:{CODE}|{CUE})\D{{0,30}}?\b(?:zero|un|deux|trois|quatre|cinq|six|sept|huit|neuf)"
    r"(?:[ ,-]+(?:zero|un|deux|trois|quatre|cinq|six|sept|huit|neuf)){3}\b"
)
WEAK = frozenset(
    [
        "azerty",
        "qwerty",
        "azertyuiop",
        "password",
        "motdepasse",
        "123456",
        "12345678",
        "1234",
        "0000",
        "admin",
        "iloveyou",
    ]
)
"""What people take for a password; nothing of it is a word that one writes to an accountant."""
NOT_TYPED = frozenset(
    "je j'ai jai j ai il elle on nous vous ils c'est cest ce ca cela ça que qui quoi ou où comment pourquoi quel quelle "
    "pas plus ne n'est non oui ok deja toujours encore jamais rien tout le la les l un une des de du d a au en et mais "
    "car donc si par sur avec sans pour mon ma mes votre vos son sa merci svp stp bonjour ici voir change changee changer "
    "changez expire expiree oublie oubliee perdu perdue incorrect incorrecte errone erronee invalide refuse refusee bloque "
    "bloquee obligatoire demande demandee modifie reinitialise renouvele mis mise fait faite bon bonne nouveau nouvelle "
    "ancien ancienne bancaire banque internet different erreur probleme impossible inconnu secret provisoire temporaire "
    "correct correcte bon solide majuscule une securise complique difficile facile trop tres bien mal meme pareil aucun aucune quelqu'un ca, peut doit faut "
    "marche fonctionne valide valable requis necessaire personnel confidentiel prive jamais, envoye recu attente "
    "besoin demain aide voir souci urgent panne vu idem nul none null vide".split()
)
"""What may follow « mot de passe : » without being one."""
ENDS_AS_AN_ADJECTIVE = re.compile(
    r"(?:ees?|er|ez|ble|ique|eux|euse|ifs?|ive|ants?|ante|ents?|ente|uel|uelle|aire|oire|ide|ite|ile|ois|ant|ment|tion|ais|ait)$"
)
PARTICIPLE = re.compile(r"é(?:e?s?)\b")
"""« refusé » is told from « refuse » only by its accent, which is lost afterwards."""
INNER = re.compile(r"[^\W\d_][#$§£^@][^\W_]|\d[#$§£^@][^\W_]|[^\W_][#$§£^]{1,3}$|^[$§£^][^\W_]{4}")
CASED = re.compile(r"\b(?:majuscules?|minuscules?|au lieu de)\b")
"""Nobody says this of a number of paper."""
REFERENCE = re.compile(
    r"[A-Z]{1,4}-[A-Z]{0,2}\d+[A-Z]{0,4}|[A-Z]{1,5}(?:[-/_.]?\d+)+(?:[-/_.]?[A-Z]{1,3})?|\d[\d/.,:x-]*[A-Za-z]{0,3}(?:[-/][A-Za-z]{1,4}){0,3}|#[\w-]+|@\w+"
)
AROUND = "\"'«»()[]<>.,;:?…“”‘’`"


def secrecy(text: str) -> Secrecy:
    """How sure it is that a text carries a password or a code."""
    grade = by_rules(text)
    return grade if grade is Secrecy.SURE else max_grade((grade, suspicion(text)))


def by_rules(text: str) -> Secrecy:
    """What is announced in known words, or looks like a secret by itself."""
    whole = " ".join(text.split())
    if not whole:
        return Secrecy.NONE
    said = bare(PARTICIPLE.sub("ee", whole))
    if card_number(whole) or SPOKEN.search(said):
        return Secrecy.SURE
    if announced(PUBLIC_NUMBER.sub(" ", whole)) or is_odd_alone(whole):
        return Secrecy.SURE
    # What stands behind a colon is the thing itself, even if it looks like a telephone number.
    if any(is_typed(word) for word in AFTER_COLON.findall(said)):
        return Secrecy.SURE
    rest = " ".join(HARMLESS.sub(" ¤ ", PUBLIC_NUMBER.sub(" ¤ ", whole)).split())
    kept = rest.split()
    about_a_shop = not NAMES_A_SECRET.search(said) and any(is_a_shop(kept, place, said) for place in range(len(kept)))
    if about_a_shop:
        kept = [word for word in kept if not SHOP.fullmatch(without_article(word.strip(AROUND)))]
    if any(is_strong(word) for word in kept):
        return Secrecy.SURE
    said = bare(PARTICIPLE.sub("ee", rest))
    if NUMBERED.search(said) or beside_its_name(said):
        return Secrecy.SURE
    grade = max_grade(shape(kept, place) for place in range(len(kept)))
    return Secrecy.DOUBT if about_a_shop and grade is Secrecy.NONE else grade


def holds_a_secret(text: str) -> bool:
    """Are we sure that this carries a password or a code?"""
    return secrecy(text) is Secrecy.SURE


def beside_its_name(said: str) -> bool:
    """A word beside « mot de passe » that can only be the password itself."""
    after = AFTER_CUE.findall(said)
    if any(has_figure(word) for word in after + BEFORE_CUE.findall(said)) or not WEAK.isdisjoint(after):
        return True
    told = (
        SAID.findall(said) + BARE_CUE.findall(said) + [word for pair in LAST.findall(said) for word in pair if word]
    )
    return any(word in WEAK or is_unknown(word) for word in told)


def shape(kept: list[str], place: int) -> Secrecy:
    """What a word looks like by itself: letters and figures in one, or six figures."""
    word = kept[place].strip(AROUND)
    before = bare(" ".join(kept[:place]))[-24:]
    alone = len(kept) <= 2
    if re.fullmatch(r"\d{6}|\d{4}|\d{8}", word) and not is_year(word):
        told = bool(PRESENTED.search(before)) or len(kept) == 1
        return Secrecy.SURE if told and len(word) == 6 else Secrecy.DOUBT if told else Secrecy.NONE
    if bare(word) in WEAK and word and alone:
        return Secrecy.SURE
    if not is_mixed(word):
        return Secrecy.NONE
    if REFERENCE.fullmatch(word):
        return Secrecy.NONE
    told = alone or bool(PRESENTED.search(before) or CASED.search(bare(" ".join(kept))))
    return Secrecy.SURE if told or bare(word).rstrip("0123456789!*$") in WEAK else Secrecy.DOUBT


def max_grade(grades: Iterable[Secrecy]) -> Secrecy:
    found = set(grades)
    return next((each for each in (Secrecy.SURE, Secrecy.DOUBT) if each in found), Secrecy.NONE)


def is_a_shop(kept: list[str], place: int, said: str) -> bool:
    """« Comptoir56 » where a message is about the name of a house."""
    word = kept[place]
    if len(kept) == 1 or not SHOP.fullmatch(without_article(word.strip(AROUND))):
        return False
    if HOUSE.match(word) and not PRESENTED.search(bare(" ".join(kept[:place]))[-24:]):
        return True
    ahead, behind = bare(" ".join(kept[max(0, place - 5) : place])), bare(" ".join(kept[place + 1 : place + 7]))
    return bool(NAMED.search(said) or NAMED_BEFORE.search(f"{ahead} ") or NAMED_BEHIND.search(behind))


def is_odd_alone(whole: str) -> bool:
    """One word alone on its line: pieces joined by a sign, with a large letter or a figure where none belongs."""
    word = whole.strip("\"'«»“”")
    if (
        " " in word
        or not 8 <= len(word) <= 40
        or REFERENCE.fullmatch(word)
        or HARMLESS.fullmatch(word)
        or PUBLIC_NUMBER.match(word)
    ):
        return False
    pieces = [piece for piece in re.split(r"[^\w]|_", word) if piece]
    lettered = [piece for piece in pieces if sum(each.isalpha() for each in piece) >= 3]
    if not lettered or len(pieces) < 2 or word[0] in "@-+" or re.search(r"\w@[\w-]+\.", word) or "//" in word:
        return False
    if re.search(r"[^\W\d_]%[^\W\d_]|[^\W\d_]\.\d{1,2}%$", word):
        return True
    if len(pieces) > 2 and len(lettered) == len(pieces) and len({piece[0].isupper() for piece in pieces}) > 1:
        return True
    if not any(each.isdigit() for each in word):
        return False
    odd = any(re.search(r"[a-zà-ÿ][A-Z]", piece) for piece in pieces)
    return odd or ("%" in word[:-1] and "%20" not in word and word != word.lower())


def is_strong(word: str) -> bool:
    """Letters, figures and signs in one word, or small and large letters with figures: nobody writes so by chance."""
    word = without_article(word.strip(AROUND))
    if len(word) < 6 or REFERENCE.fullmatch(word):
        return False
    figures = sum(each.isdigit() for each in word)
    letters = [each for each in word if each.isalpha()]
    if INNER.search(word) and letters:
        return True
    if not figures or not letters:
        return False
    if any(is_sign(each) for each in word):
        return len(word) >= 7 and (len(letters) > 2 or figures < 5)
    return (
        len(word) >= 8
        and any(each.islower() for each in letters)
        and any(each.isupper() for each in word[0:])
        and (not word[0].isdigit() or len(letters) > 3)
    )


def is_sign(letter: str) -> bool:
    """A sign of the keyboard; no emoji and no dash of typography."""
    return letter in "!#$%&*+-./:;=?@\\^_|~§£µ{}[]()<>\"'"


def is_mixed(word: str) -> bool:
    """Letters and figures in one word of six and more; four letters at least, so that no « 12bis » is one."""
    plain = without_article(word).rstrip("!*#$?")
    letters = sum(each.isalpha() for each in plain)
    return len(plain) >= 6 and plain.isalnum() and letters >= 3 and letters < len(plain)


def is_typed(word: str) -> bool:
    """What stands behind « mot de passe : » and is no word of the sentence."""
    bald = word.strip(".,!?…\"'«»()")
    if not bald or bald in NOT_TYPED or bald.split("'")[0].split("’")[0] in NOT_TYPED:
        return False
    return not (bald.isalpha() and bald not in WEAK and bald.endswith(("ee", "ees")))


def is_unknown(word: str) -> bool:
    """No word that clients write every day, nor one that merely describes."""
    bald = word.strip(AROUND + "!").split("'")[-1]
    everyday = any(each in NOT_TYPED or each in ordinary() for each in (bald, bald.rstrip("s")))
    return len(bald) > 3 and not everyday and not ENDS_AS_AN_ADJECTIVE.search(bald)


def has_figure(word: str) -> bool:
    """Beside « mot de passe » a word with a figure in it is the password itself; a year or a date is none."""
    bald = word.strip(AROUND)
    return len(bald) >= 4 and any(letter.isdigit() for letter in bald) and not is_year(bald)


def is_year(word: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d{2}", word) is not None


def without_article(word: str) -> str:
    """« l'iPhone15 » is about « iPhone15 »."""
    return re.sub(r"^(?:[ldjcnmstLDJCNMST]|[Qq]u)['’]", "", word)


def card_number(text: str) -> bool:
    """Sixteen figures that add up (Luhn), as on a bank card; a SIRET has fourteen."""
    for found in re.findall(r"(?<![\dA-Z])\d(?:[ -]?\d){15}(?!\d)", text):
        figures = [int(each) for each in found if each.isdigit()]
        doubled = (sum(divmod(each * 2, 10)) for each in figures[-2::-2])
        if (sum(figures[-1::-2]) + sum(doubled)) % 10 == 0:
            return True
    return False


def strip_accents(text: str) -> str:
    """Accents away, everything else kept."""
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))


@cache
def ordinary() -> frozenset[str]:
    """Words that clients write every day; made with the classifier's weights."""
    return frozenset(ORDINARY.read_text("ascii").split())
