"""Secrets that are announced: « mot de passe », « code », « phrase secrète », and what stands beside them. Pure.

A secret may be a word, figures in groups or one by one, figures in letters, a sentence, or a description that gives it
away (« le nom du chien avec 33 derrière »). What is announced is one unless it is known to be something else.
Law: each name of a secret is followed over a fixed number of words, so that no message is slow to read.
"""

import re

from bot.adapters.understanding.words import BANKS, bare

REACH = 14
"""So many words behind the name of a secret are looked at; a longer detour announces nothing."""

NAMES = (
    (re.compile(r"\bmo(?:ts?)? ?-?(?:de|2|d) ?-?pa[sz]+(?:es?)?\b|\bmo(?:ts?)? ?pas+e\b|\bmot?pas+e?s?\b|\bm2p\b|\bl?mdps?\b|\bmpd\b"
                r"|\bmot magique\b|\b(?:password|passwd|pwd)\b"), "¤mdp"),
    (re.compile(r"\bphrases? ?(?:de ?)?(?:passe|secretes?)\b|\bpassphrase\b|\b(?:question|reponse) secrete\b"
                r"|\bphrase(?= c.est .{0,70}¤mdp)"), "¤phrase"),
    (re.compile(r"\bcodde\b|\bkode?\b|\bcods?\b|\b(?:numero|chiffres?) secrets?\b|\bclee? digitale\b|\bsecur.?i?.?pass\b"
                r"|\bcerticode\b|\bl?codes?(?: secrets?)?\b|\bdigicode\b|\bpin\b|\b(?:\d|quatre|six|huit) chiffres(?= ?(?::|c.?est)? ?(?:le )?\d)"
                r"|\bchiffres(?= (?:que j.?ai )?recus?\b)"), "¤code"),
)  # fmt: skip
IS = re.compile(r"\b(?:c.?est|c.?etait|cé|sé|s.est|c(?= )|[cs]es?(?= (?!le |la |les )))(?=\s|$)")
SIGN = re.compile(r"\s*(?:[-=]>|→|(?<!\d):|:(?!\d)|=)\s*")
GAP = re.compile(r"\s+[-–—]\s+")
LETTERS_AND_DASH = re.compile(r"(?<=[a-z])-(?=[a-z])")

KINDS = ("¤mdp", "¤code", "¤phrase")
COPULAS = frozenset(": ¤is est etait sera devient is voici voila".split())
PUBLIC = frozenset(
    "postal ape naf insee client guichet bic swift promo promotion iban siret erreur d'erreur erreurs barre barres "
    "barre-barres article produit parrain parrainage fournisseur journal commune agence route tva suivi couleur "
    "fidelite fidelitee juridique adherent activite activitee etablissement tpe nac retour reservation commande comptable analytique magasin travail vestimentaire cadeau reduction remise dossier colis livraison".split()
)
"""Codes that everybody may know."""
SKIPPED = frozenset(
    "de du des la le les l d en a au aux sur pour chez ma mon mes notre votre banque bank bancaire bancaires internet "
    "ligne compte comptes pro perso personnel personnelle actuel nouveau nouvel ancien espace client site appli "
    "application connexion validation verification securite acces d'acces sms recu recue recus envoye envoyee wifi "
    "securitee societee resto restaurant porte alarme l'alarme coffre carte bleue cb tel telephone secret secrete confidentiel confidentielle "
    "secre acce demandee demande choisie choisi donnee donne suivante suivant nouvelle provisoire temporaire par lcl bnp paribas credit agricole mutuel caisse epargne d'epargne populaire postale "
    "societe generale cic qonto one up que qui j'ai jai je tape mets utilise vous cherchez demandez voulez l'espace "
    "entrer connecter rentrer arrive hier matin derriere devant l'entree reception lettres chiffres ce ( ) entreprise "
    "maintenant desormais donc toujours juste bien sinon alors fait voici voila , tout simplement".split()
)
SKIPPED |= {word for bank in BANKS for word in bank.split()}
"""May stand between the name of a secret and the secret."""
FILLERS = frozenset("le la donc toujours fait maintenant desormais juste sinon alors bien , : ¤is comme".split())
DIGITS = frozenset("zero un une deux trois quatre katre cinq six sis sept set huit uit neuf".split())
TENS = frozenset(
    "dix onze douze treize quatorze quinze seize vingt vingts trente quarante cinquante soixante septante nonante "
    "cent cents mille".split()
)
UNITS = re.compile(
    r"(?:chiffres?|fois|jours?|minutes?|min|mn|heures?|h|semaines?|mois|ans?|annees?|caracteres?|lettres?|essais?|euros?|€|eur"
    r"|codes?|mots?|¤\w+|reprises?|personnes?|tentatives?|secondes?|ou|janvier|fevrier|mars|avril|mai|juin|juillet|aout"
    r"|septembre|octobre|novembre|decembre|sms|messages?|demandes?|appels?|banques?|comptes?|identifiants?|clients?|%)$"
)
TELLS = frozenset(
    "meme memes pareil pareils celui celle ceux pas pa plus jamais rien quoi koi lequel laquelle lesquels qui que qu'il "
    "qu'on qu'elle qu'avant ok banque banques site mail mails email e-mail adresse numero caractere caracteres lettres "
    "chiffres identifiant identifiants sais souviens rappelle connais j'ai jai je il elle on nous vous ils tu moi ai "
    "personne galere enfer enfers bazar cata catastrophe horreur plaie misere probleme souci securite important affaire "
    "comptable comptables confidentiel prive personnel oublie perdu change modifie svp comment pourquoi quand ou ? "
    "ca cela ordi ordinateur telephone sms message application appli papier carnet cahier ¤mdp ¤code ¤phrase faut "
    "n'importe d'habitude habitude hasard regle conseiller conseillere lien bouton demain impossible "
    "vrai vraie casse securitee idee bordel chinois merde blague cauchemar croix comble pire pire truc trucs premiere "
    "derniere normal dommage affreux long longue bizarre etrange marche fonctionne mystere top voir regarder chercher "
    "demander demandez appeler retrouver retenir changer refaire".split()
)
"""Words by which one speaks about a password instead of giving it."""
PERSONS = frozenset("on il elle nous ils tu je vous moi ou personne regle".split())
ASKS = frozenset("meme memes pas plus celui celle qui quoi banque ¤mdp ¤code".split())
"""A description with one of these describes nothing."""
STATES = frozenset(
    "devenu devenue a au aux en sur sous dans chez depuis avec par pour vers entre hors d sans avant apres fait faite fini bon bonne bien mal "
    "faux bonnes bons nouveau nouvelle trop tres vraiment assez super hyper tellement encore deja toujours long longue "
    "court courte simple dur dure complique vieux vieille different mis mise parti reste arrive correct mauvais mauvaise "
    "perime secret secrete facile valable valide inconnu expire bloque lui eux parce car marche passe fonctionne "
    "impossible obligatoire refuse incorrect errone invalide non oui ne n'est n'a doit peut va sont ni et ou mais si "
    "pret prete ecrit ecrite inscrit inscrite perdu perdue vu su connu connue inconnue besoin aide aucun aucune quel quelle l'ancien ancien autre l'autre idem merci bonjour mon-mari".split()
)
"""Words that begin what is said of the state of a password."""
SMALL = frozenset(
    "le la les l un une des de du d au aux a en et sur sous dans mon ma mes ton ta son sa ses est ce".split()
)
DESCRIBES = re.compile(
    r"\b(?:prenoms?|surnom|nom (?:de jeune fille|du|de (?:mon|ma|mes|la|l|notre)|des)|naissance|anniversaire|departement|mariage"
    r"|ma ville|plaque|annee de|(?:derniers|premiers) chiffres)\b(?! (?:la )?(?:banque|site|d.utilisateur))"
)
BUILT = re.compile(
    r"\b(?:prenom|nom|surnom|date|annee|anniversaire)\b[^.;]{0,60}?\d[^.;]{0,30}\b(?:derriere|a la fin|au bout|a la suite|colle[es]{0,2})\b"
    r"|\b(?:prenom|nom|surnom|date|annee|anniversaire)\b[^.;]{0,60}\b(?:suivie? de|colle[es]{0,2}|tout attache\w{0,2}|a l.envers)\b[^.;]{0,25}\d"
)
TIMES = re.compile(
    rf"¤(?:code|mdp)\b.{{0,40}}?\b(?:deux|trois|quatre|cinq|six|[2-8]) fois (?:le |un )?(?:\d|{'|'.join(sorted(DIGITS))})\b(?! ?(?:¤|fois|h|min))"
)
BEGETS = re.compile(
    r"\b(?:(?:mon|le|son|notre) (?:prenom|surnom)|naissance|nom d[ue] (?:ma |mon |notre |la )?(?:chien\w*|chat\w*|cheval|fille|fils|mere|pere"
    r"|femme|mari|rue|village|bateau))\b.{0,60}[ ,:][a-z]{3,20}\d{2,4}\W*$"
)
FINISHED = re.compile(
    r"\b(?:avec|et|plus|\+) (?:un |le |les )?\d{1,4} (?:tout )?(?:derriere|a la fin|au bout|colle[es]{0,2})\b"
    r"|\bavec (?:un |une )?[a-z] (?:majuscule|minuscule)\b"
    r"|¤mdp (?:¤is|est|:) .{0,60}(?:\b(?:plus|avec|et)|\+) (?:le |un )?\d{1,4}\W*$"
)
BORN = re.compile(r"\bnaissance (?:de |d.)(?:mon|ma|mes|la|notre)\b.{0,30}\b\d{6}(?:\d\d)?\b")
LOVE = re.compile(r"^(?:je t.?aime|j.?aime)\b")
DATE = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}")
TIME = re.compile(r"\d{1,2}h\d{0,2}|\d+(?:eme|er|e|min|mn|h|j|x|fois|ans|€|eur|k|go|mo)|[a-z]{1,2}-?\d{1,4}")


def announced(text: str) -> bool:
    """Is a secret given beside its name, or so described that it can be guessed?"""
    said = plain(text)
    if any(giveaway.search(said) for giveaway in (BORN, BEGETS, TIMES, BUILT, FINISHED)):
        return True
    if "¤" not in said:
        return False
    told = said.split()
    return any(word in KINDS and (before(told, place) or behind(told, place)) for place, word in enumerate(told))


def plain(text: str) -> str:
    """In small letters, each name of a secret and each « c'est » in one spelling, signs and numbers standing apart."""
    lowered = re.sub(r"\b([cs])é\b", "c'est", text.lower().replace("’", "'"))
    said = bare(re.sub(r"é(?:e?s?)\b", "ee", lowered))
    for name, one in NAMES:
        said = name.sub(one, said)
    said = SIGN.sub(" : ", GAP.sub(" : ", said))
    if "¤" in said:
        said = IS.sub("¤is", re.sub(r"([,;()\"«»!?]|\.(?=\s|$))", r" \1 ", said))
        said = re.sub(r"(?<=\d)[-.](?=\d)|(?<=[a-z])-(?=[a-z])", " ", said)
    return said


def behind(told: list[str], place: int) -> bool:
    """Is what follows the name of a secret the secret itself?"""
    kind = told[place]
    linked, direct, detour = False, True, 0
    if kind == "¤code" and everybody_s(told[place + 1 : place + 4]):
        return False
    for here in range(place + 1, min(len(told), place + REACH)):
        word = told[here]
        if word in COPULAS:
            linked, direct = True, True
        elif direct and is_code(told, here, linked, kind):
            return True
        elif is_skipped(told, here, linked):
            continue
        elif linked or kind == "¤phrase":
            return is_value(kind, told[here:], article(told, here), linked=linked, plainly=detour < 2)
        elif kind == "¤mdp" and (is_lettered(word) or (direct and is_a_list(told[here:]))):
            return True
        elif word in TELLS:
            return False
        else:
            direct, detour = False, detour + length_of_a_detour(word)
    return False


def length_of_a_detour(word: str) -> int:
    """« refusé » leads further away from a password than the name of a bank does."""
    return 3 if word in STATES or word.endswith(("ee", "ees")) else 1


def everybody_s(after: list[str]) -> bool:
    """Is it a code that everybody may know? « code d'accès client » is none."""
    return not PUBLIC.isdisjoint(after) and not set(after[:1]) & {"acces", "d'acces", "secret", "espace", "banque"}


def is_code(told: list[str], here: int, linked: bool, kind: str) -> bool:
    return figures(told, here, year=linked) and not (kind == "¤code" and is_telephone(told, here))


def is_skipped(told: list[str], here: int, linked: bool) -> bool:
    """Words between the name of a secret and the secret: « à 6 chiffres », « de la banque », « maintenant »."""
    if is_number(told[here]) and told[here + 1 : here + 2] in (["chiffres"], ["caracteres"], ["lettres"], ["mots"]):
        return True
    word = told[here]
    return word in FILLERS or told[here : here + 2] == ["en", "fait"] or (word in SKIPPED and not linked)


def article(told: list[str], here: int) -> list[str]:
    """The article that was skipped, for « c'est le nom du chien »."""
    return [word for word in told[max(0, here - 1) : here] if word in ("le", "la", "l")]


def is_value(kind: str, rest: list[str], ahead: list[str], *, linked: bool, plainly: bool) -> bool:
    """A word with figures, a description, or words that say nothing about a password."""
    clause = up_to_a_stop(kind, rest)
    if not clause:
        return False
    if is_lettered(clause[0]):
        return kind != "¤code" or len(clause[0]) >= 4
    said = " ".join([*ahead, *clause])
    described = bool(DESCRIBES.search(" ".join([*ahead, *clause[:7]])))
    if described and any(word.isdigit() and len(word) > 1 for word in rest):
        return True
    denied = ASKS if described else TELLS - PERSONS if kind == "¤phrase" and linked else TELLS
    if not denied.isdisjoint(clause[:8]) and not LOVE.search(said):
        return False
    if described:
        return "?" not in rest[:REACH]
    if kind == "¤code" or not plainly:
        return False
    return is_a_phrase(kind, clause) or bool(LOVE.search(said))


def is_a_phrase(kind: str, clause: list[str]) -> bool:
    """Some words in a row that are no statement about a password; one word alone must be no everyday one."""
    from bot.adapters.understanding.secrets import ENDS_AS_AN_ADJECTIVE, NOT_TYPED, is_unknown

    first = clause[0]
    if (
        first in STATES
        or (kind == "¤mdp" and first in NOT_TYPED - SMALL)
        or first.endswith(("ee", "ees", "ment"))
        or UNITS.match(clause[min(1, len(clause) - 1)])
    ):
        return False
    content = [word for word in clause if word not in SMALL and word[0].isalnum()]
    if len(content) == 1:
        return is_unknown(content[0])
    if kind == "¤mdp" and ENDS_AS_AN_ADJECTIVE.search(first) and first not in SMALL and len(first) > 5:
        return False
    return len(content) >= 2


def is_a_list(rest: list[str]) -> bool:
    """« mot de passe lampe savon genou »: names in a row, with no verb; or « mot de passe prénom de ma fille »."""
    from bot.adapters.understanding.secrets import is_unknown

    clause = up_to_a_stop("¤mdp", rest)
    if len(clause) < 3 or not (TELLS | STATES).isdisjoint(clause):
        return False
    names = [
        word for word in clause if word.isalpha() and is_unknown(word) and not word.endswith(("ee", "ees", "ez"))
    ]
    return clause[0] in ("prenom", "surnom") or (clause[0] in names and len(names) >= len(clause) - 1)


def up_to_a_stop(kind: str, rest: list[str]) -> list[str]:
    """The words of this clause."""
    found: list[str] = []
    for word in rest[:REACH]:
        if word in (".", "!", "?", ";", ",", ")", "»", '"', "«", "("):
            if found or word in ".!?;":
                break
            continue
        if kind == "¤phrase" and word.startswith("¤"):
            break
        found.append(word)
    return found


def before(told: list[str], place: int) -> bool:
    """« 4 8 2 0 c'est mon code », « deux six un neuf, voilà le code »."""
    if told[place] == "¤code" and not PUBLIC.isdisjoint(told[place + 1 : place + 3]):
        return False
    here = place - 1
    skipped = 0
    while here >= 0 and skipped < 8 and told[here] in LINKS:
        here, skipped = here - 1, skipped + 1
    start = here + 1
    while start > 0 and here + 1 - start < 16 and is_number(told[start - 1]):
        start -= 1
    if told[place] == "¤mdp" and skipped and here >= 0 and is_lettered(told[here]):
        return True
    if told[place] == "¤mdp" and "¤is" in told[here + 1 : place] and DATE.fullmatch("".join(told[here : here + 1])):
        return True
    return start <= here and figures(told[: here + 1], start, year=skipped > 1) and not is_telephone(told, start)


LINKS = frozenset(
    "ce que j'ai jai en mon le la un notre votre nouveau ¤is est voila voici : , comme ca c pour sera donc recu ( ) . tout".split()
)


def is_number(word: str) -> bool:
    return word.isdigit() or word in DIGITS or word in TENS


def figures(told: list[str], here: int, *, year: bool) -> bool:
    """Do figures stand here that make up a code: four to ten of them, or three and more in letters?"""
    written, spoken, groups, count = 0, 0, 0, here
    while count < len(told) and count - here < 16:
        word = told[count]
        if word.isdigit():
            written, groups = written + len(word), groups + 1
        elif word in DIGITS or word in TENS:
            spoken += 1
        elif not (
            count > here
            and (
                word in (",", "et", "puis", "-")
                or (word == "fois" and spoken and is_number("".join(told[count + 1 : count + 2])))
            )
        ):
            break
        count += 1
    if count < len(told) and UNITS.match(told[count]) and spoken + groups < 4:
        return False
    if groups == 1 and not spoken and re.fullmatch(r"(?:19|20)\d\d", told[here]):
        return year
    return 4 <= written + spoken <= 12 or spoken >= 3


def is_telephone(told: list[str], here: int) -> bool:
    """Ten figures that begin as a telephone number does, spoken or written."""
    digits = ""
    for word in told[here : here + 10]:
        if not word.isdigit():
            break
        digits += word
    spoken = " ".join(told[here : here + 2])
    return re.fullmatch(r"0[1-9]\d{8}|(?:33|0033)\d{9}", digits) is not None or spoken in ("zero six", "zero sept")


def is_lettered(word: str) -> bool:
    """Letters and figures in one, and no hour, no count and no « A4 »."""
    return (
        len(word) >= 4
        and any(each.isdigit() for each in word)
        and any(each.isalpha() for each in word)
        and TIME.fullmatch(word) is None
    )
