"""What a message looks like when its words do not count: names of secrets, shapes of what may be one, everyday words. Pure.

« mon mdp cest Girafe_9 » is read as « mon ¤mdp cest @sign »: what a client chose is never counted as itself, but by its
shape, so that what is learnt of one password holds for all. Words stand for themselves where clients use them to
talk (`known`), and every other word is a word that somebody may have chosen.
"""

import re
from collections.abc import Collection, Iterable, Iterator

from bot.adapters.understanding.introduced import PUBLIC
from bot.adapters.understanding.naming import CODE, LOGIN, PASSWORD, TEXT, WORD, name_at
from bot.adapters.understanding.words import BANKS, SMS, bare

LONGEST = 1000
"""So many letters are looked at, at the beginning of a message and at its end."""
FAR = 24
"""So many pieces at most make up one code or one spelled word."""
PIECE = re.compile(
    r"\n|[\"“”«»‘]|->|=>|<-|→|[:=,;!?()]+|\.{2,}|…"
    r"|\b(?:[ldjcnmstLDJCNMST]|[qQ]u)['’](?=\w)"
    r"|[^\s\"“”«»:=,;!?()…]+(?:[!?:=](?=[\w&*#$@!?])[^\s\"“”«»,;()]*)*[!?]*"
)
MARKS = {
    **dict.fromkeys([":", "=", "->", "=>", "→", "<-", "::", "==", ":="], ":"),
    **dict.fromkeys('"“”«»‘', '"'),
    **dict.fromkeys([";", ","], ","),
    **{mark: mark for mark in "?!("},
    **dict.fromkeys(").…", "."),
}
MAIL = (
    r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,64}\.){1,4}(?i:"
    r"fr|com|net|org|eu|be|ch|lu|mc|info|biz|pro|coop|re|nc|pf|gp|mq|yt|io|me|bzh|paris|alsace|"
    r"corsica|app|shop|cafe|online|site|es|it|de|uk|pt|nl|ca|ma|tn|dz|sn|gouv|example|test|invalid"
    r")(?![\w-]|[!?#*&$]\w)"
)
"""An e-mail address, as a pattern; « Fr0m@ge.Blanc!2 » is a password."""
KINDS = (
    (re.compile(r"</?[A-Za-z]\w{0,10}>|<[!@#]\w{1,30}>"), " "),
    (re.compile(MAIL + r"|https?://\S+|\bwww\.\S+"
                r"|\b\w[\w-]{0,40}%20[\w%.-]*|\b[\w()-]{1,80}(?:\.[\w-]{1,40}){0,3}\.(?:fr|com|net|org|eu|pdf|jpe?g|png|docx?|xlsx?|csv|heic|zip)\b(?:/\S*)?(?![\w@])"), " ¤address "),
    (re.compile(r"(?i)\bcodes?\s(?:banque|guichet)\b[^\d\n]{0,15}(?<!\d)\d{5}(?!\d)"), " ¤paper "),
    (re.compile(r"(?i)\bcodes?\s(?:du\s|de\sla\s|de\s)?(?:d[ée]partement|commune|pays|r[ée]gion)\b"), " ¤paper "),
    (re.compile(r"(?i)\b(?:gestionnaire|g[ée]n[ée]rateur|coffre[ -]fort)s?\s(?:de|à)\s(?:mots?\sde\spasse|mdp)\b"), " ¤keeper "),
    (re.compile(r"(?i)(?<![\d.,])\d+(?:[\s.]\d{3})*(?:[.,]\d{1,2})?\s?(?:€|euros?\b|eur\b|balles\b|k€|ht\b|ttc\b|%)"), " ¤money "),
    (re.compile(r"(?<![\d.,])\d+(?:[ .]\d{3})*,\d{1,3}(?![\d,])|(?<![\d.,])\d+\.\d\d?(?![\d.])"), " ¤money "),
    (re.compile(r"(?i)\b[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){3,7}(?:\s?[A-Z0-9]{1,4})?\b|\bFR\s?\d{2}\s?\d{3}\s?\d{3}\s?\d{3}\b"), " ¤paper "),
    (re.compile(r"(?<!\d)(?:(?:\+|00)33[\s.(-]*(?:0\)?)?\s?|0)[1-9](?:[\s./-]?\d{2}){4}(?!\d)"), " ¤telephone "),
    (re.compile(r"\b\d{3}[\s.]\d{3}[\s.]\d{3}(?:[\s.]?\d{5})?\b|\b\d{14}\b"), " ¤siren "),
    (re.compile(r"(?<![\d/.-])\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?(?![\d/.-])|\b(?:19|20)\d\d-\d\d-\d\d\b"), " ¤date "),
    (re.compile(r"(?i)(?<!\d)\d{1,2}\s?(?:h|:|heures?)\s?(?:\d{2})?\b(?!\d)"), " ¤hour "),
    (re.compile(r"(?i)\b(?:\d{1,2}|une?|deux|quatre|six|huit|dix|douze) (?:caract[eè]res?|chiffres?|lettres?|signes?|symboles?)\b"), " ¤size "),
    (re.compile(r"(?i)\b\d+(?:[.,]\d+)?\s?(?:kg|g|cl|ml|l|litres?|km|m2|m²|cm|mm|min|mn|minutes?|jours?|ans|mois|couverts?|personnes?|pers"
                r"|go|mo|degr[ée]s|°c?|bouteilles?|ca?rtons?|pi[èe]ces)\b"), " ¤many "),
)  # fmt: skip
"""What is known for what it is by its looks."""
CLASSES = {
    kind: frozenset(words.split())
    for kind, words in {
        "is": "cest est etait etai is sera devient cetait sest",
        "case": "majuscule majuscules maj minuscule minuscules min grand capitale",
        "sign": "tiret tirets arobase arobas at diese dieze etoile asterisque underscore dollar euro slash antislash plus "
        "pourcent parenthese virgule exclamation interrogation chapeau esperluette",
        "glued": "colle colles collee collees attache attaches attachee attachees accole suite",
        "space": "espace espaces accent accents apostrophe apostrophes",
        "behind": "derriere bout ensuite suivi suivie puis apres",
        "about": "prenom prenoms surnom nom naissance anniversaire anniv departement plaque immatriculation mariage initiales",
        "kin": "femme mari fille fils mere pere frere soeur chien chat chienne chatte cheval gosse gosses enfant enfants "
        "petit petite copain copine mamie papi grand-mere associe associee patron patronne",
        "bank": " ".join(bank for bank in BANKS if " " not in bank and bank not in ("ca", "blank", "shine", "wise")),
        "day": "lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin juillet aout "
        "septembre octobre novembre decembre",
        "n": "zero deux trois quatre katre cinq six sis sept huit uit neuf dix onze douze treize quatorze quinze seize vingt "
        "vingts trente quarante cinquante soixante septante nonante cent cents mille",
    }.items()
}
CLASS = {word: kind for kind, words in CLASSES.items() for word in words}
SPELLING = frozenset("case sign n behind un une et le comme , . fois petit chiffre".split())
"""May stand between the letters of a word that is spelled."""
TALKS = re.compile(
    r"(?:ée?s?|er|ez|ent|ment|tion|ions?|ais|ait|rai|ras?|rons|ront|ables?|ibles?|iques?|eux|euses?|eurs?|ages?|istes?|ances?|ences?|ité)$"
)
YEAR = re.compile(r"(?:19|20)\d\d")
REFERENCE = re.compile(
    r"[A-Z]{1,5}(?:[-/_.]?\d+)+(?:[-/_.]?[A-Z]{1,3})?|\d[\d/.,:x-]*[A-Za-z]{0,3}(?:[-/][A-Za-z]{1,4}){0,3}"
)
VALUES = frozenset(
    "?w ?W ?camel ?long ?v @mix @Mix @sign @hyphen @dot @under @odd @ref @few #1 #2 #3 #4 #5 #6 #7 #8 #9 #n #y #g4 #g5 #g6 #g7 #g8 #g9 #gn #w #l".split()
)
NAMES = frozenset({PASSWORD, CODE, LOGIN, WORD, TEXT})
SPELLED, SPOKEN = "#l", "#w"


def traces(text: str, known: Collection[str]) -> list[str]:
    """A message as names, shapes, marks and words that are known."""
    if len(text) > 2 * LONGEST:
        text = f"{text[:LONGEST]} {text[-LONGEST:]}"
    text = text.replace("¤", " ")
    for looks, one in KINDS:
        text = looks.sub(one, text)
    pieces = [part for piece in PIECE.findall(text) for part in apart(piece)]
    plain = [bare(piece).strip("'’.-*_") for piece in pieces]
    found: list[str] = []
    place = 0
    while place < len(pieces):
        kind, many = name_at(plain, place)
        if kind:
            place += many
            found.append("¤public" if kind == CODE and not PUBLIC.isdisjoint(plain[place : place + 2]) else kind)
            continue
        found.extend(read(pieces[place], plain[place], known, begins=not found or found[-1] in ("\n", ".")))
        place += 1
    return together(found)


def apart(piece: str) -> list[str]:
    """« m-a-g », « vingt-trois », « Paris/Lyon » and « n°12 » are several."""
    if piece[:2].lower() in ("n°", "nº"):
        return [piece[:2], piece[2:]] if piece[2:] else [piece]
    for sign in "-/":
        parts = piece.split(sign)
        if (
            len(parts) > 1
            and all(parts)
            and ((sign == "/" and piece.replace("/", "").isalpha()) or all(map(is_small, parts)))
        ):
            return parts
    return [piece]


def is_small(part: str) -> bool:
    return len(part) == 1 or CLASS.get(part.lower()) == "n"


def read(piece: str, plain: str, known: Collection[str], *, begins: bool) -> Iterator[str]:
    """One piece: a mark, a word that is known, or a shape; a full stop after it stands apart."""
    if piece == "\n" or piece in MARKS or (not plain and piece[0] in MARKS):
        yield piece if piece == "\n" else MARKS.get(piece) or MARKS[piece[0]]
        return
    if not plain:
        return
    ended = piece[-1] in ".!?" and piece[-1]
    word = SMS.get(plain, plain)
    if piece[0] == "¤":
        yield plain[1:]
    elif piece[-1] in "'’":
        yield "is" if plain in ("c", "s") else f"{plain}'"
    elif word in CLASS:
        yield CLASS[word]
    elif plain.rstrip("!?").isdigit():
        yield f"#{plain.rstrip('!?')}"
    elif len(plain) == 1 and plain.isalpha():
        yield plain if plain in "cayjgl" and piece.islower() else f"'{plain}"
    elif is_known(word, known) or is_known(plain, known):
        yield word
    else:
        yield shape(piece, begins=begins)
    if ended:
        yield ended


def is_known(word: str, known: Collection[str]) -> bool:
    """« rendez-vous » and « aujourd'hui » are, « poulet-frites » is not, although both its words are."""
    if word in known or stem(word) in known:
        return True
    parts = re.split("['’-]", word)
    return len(parts) > 1 and parts[-1] in ENCLITIC and parts[0] in known


ENCLITIC = frozenset(
    "vous je il elle ce moi la ci nous on tu le les en y it ils hui etre end mail meme memes que a au ici".split()
)


def stem(word: str) -> str:
    """« oublier », « oubliez » and « oublierai » are one; it ends in a dash, so that it is no word itself."""
    return ENDING.sub("-", word)


def with_stems(words: Iterable[str]) -> frozenset[str]:
    """Words that are known, in all their forms."""
    found = frozenset(words)
    return found | frozenset(map(stem, found))


ENDING = re.compile(
    r"(?<=...)(?:(?:er|ir|r)(?:ai|as|a|ons|ez|ont|ais|ait|ions|iez|aient)?|e[sz]?|ees?|s|x|is?|it|ie?s?|us?|ues?|ons|ez|ent|ais|ait|aient|ions|iez"
    r"|ante?s?|iss(?:e[sz]?|ons|ent|ais|ait|ant)|re|dre|aux)$"
)


def shape(piece: str, *, begins: bool) -> str:
    """What a word that is not known looks like; a capital letter says nothing where a sentence `begins`."""
    bald = piece.strip(".,'’-…")
    letters, figures = sum(map(str.isalpha, bald)), sum(map(str.isdigit, bald))
    if letters == 0:
        return "number" if figures else "signs"
    if letters == len(bald):
        if not bald[1:].islower() and not bald.isupper():
            return "?camel"
        if not begins and bald[0].isupper() and not bald.isupper():
            return "?W"
        if len(bald) > 10:
            return "?long"
        return "?v" if TALKS.search(bald.lower()) else "?w"
    if REFERENCE.fullmatch(bald):
        return "@ref"
    if bald.isalnum():
        return "@few" if len(bald) < 6 or letters < 3 else "@Mix" if bald[0].isupper() else "@mix"
    if figures == 0 and re.fullmatch(r"[^\W\d_]+(?:[-._/'’][^\W\d_]+)+", bald):
        return (
            "@hyphen"
            if re.fullmatch(r"[\w'’-]+", bald) and "_" not in bald
            else "@dot"
            if "_" not in bald
            else "@under"
        )
    return "@sign" if len(bald) > 5 and (figures or letters > 3) else "@odd"


def together(found: list[str]) -> list[str]:
    """Figures in groups are one number, figures in letters one code, letters one by one a word that is spelled."""
    told: list[str] = []
    place = 0
    while place < len(found):
        if found[place] == "is" and told[-1:] == ["is"]:
            place += 1
            continue
        size, one = spelled(found, place) or spoken(found, place) or grouped(found, place) or (1, found[place])
        told.append(one)
        place += size
    return told


def spelled(found: list[str], place: int) -> tuple[int, str] | None:
    """« P majuscule a i n tiret 1 9 »."""
    if not is_letter(found[place]):
        return None
    letters, end = 0, place
    for here in range(place, min(len(found), place + FAR)):
        if is_letter(found[here]):
            letters, end = letters + 1, here + 1
        elif found[here].startswith("#") or found[here] in ("n", "sign"):
            end = here + 1
        elif found[here] not in SPELLING and found[here - 1] != "comme":
            break
    return (end - place, SPELLED) if letters >= 3 and end - place >= 4 else None


def spoken(found: list[str], place: int) -> tuple[int, str] | None:
    """« quatre huit deux zéro », « douze, puis trente-quatre »."""
    if found[place] != "n":
        return None
    numbers, end = 0, place
    for here in range(place, min(len(found), place + FAR)):
        if found[here] in ("n", "un", "une") or found[here].startswith("#"):
            numbers, end = numbers + 1, here + 1
        elif found[here] not in (",", "et", "behind", "fois", "le"):
            break
    return (end - place, SPOKEN) if numbers >= 3 else None


def grouped(found: list[str], place: int) -> tuple[int, str] | None:
    """« 40 71 36 »; a number by itself is told by its length."""
    if not is_number(found[place]):
        return None
    end = here = place
    while here < len(found) and (found[here] == "\n" or is_number(found[here])):
        if is_number(found[here]):
            if here > end and len(found[here]) + len(found[end - 1]) > 8:
                break
            end = here + 1
        here += 1
    figures = "".join(each[1:] for each in found[place:end] if each != "\n")
    if end - place > 1:
        return end - place, f"#g{len(figures)}" if 4 <= len(figures) <= 9 else "#gn" if len(figures) > 9 else "#g"
    if YEAR.fullmatch(figures):
        return 1, "#y"
    return 1, f"#{len(figures)}" if len(figures) <= 9 else "#n"


def is_number(one: str) -> bool:
    return one[0] == "#" and one[1:].isdigit()


def is_letter(one: str) -> bool:
    return one[0] == "'" or (len(one) == 1 and one in "cayjgl")
