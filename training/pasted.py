"""Messages with a secret in them and without, as clients would type them; what is drawn depends on the seed alone.

The templates are in `secrets/`, in the manner of `sentences/`. What stands for a secret is made up here, and put in after
the words about it were spoilt: a slip in a password is a password.
"""

import random
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from training import vary

FOLDER = Path(__file__).with_name("secrets")
Draw = Callable[[random.Random], str]

NAMES = (
    "mot de passe", "mot de passe", "mot de passe", "mdp", "mdp", "mdp", "mdp", "pass", "password", "mot de pass", "motdepasse",
    "mo de passe", "mot de passse", "mote de passe", "mot 2 passe", "mots de passe", "mpd", "pasword", "mot de pase", "MDP",
    "sésame", "mot magique", "mot secret", "pwd", "mode passe", "mto de passe", "passe", "passwd",
)  # fmt: skip
CODES = (
    "code", "code", "code", "code secret", "code d'accès", "code confidentiel", "code perso", "code personnel", "code du sms",
    "code de validation", "code de sécurité", "code reçu", "code de confirmation", "kode", "cod", "code banque", "pin", "code pin",
    "code à 6 chiffres", "code segret", "code secrait", "code du texto", "code internet", "code provisoire", "code temporaire",
)  # fmt: skip
LOGINS = (
    "identifiant",
    "identifiant",
    "login",
    "id",
    "user",
    "numéro client",
    "n° client",
    "client",
    "compte",
    "loggin",
    "mon identifiant",
)
OF = ("de la banque", "banque", "{bank}", "de {bank}", "du compte", "du compte pro", "pour {bank}", "pour la banque", "de l'espace pro",
      "de l'appli", "internet", "chez {bank}", "du site", "actuel", "pour se connecter")  # fmt: skip
THINGS = (
    "girafe balançoire parapluie cerfeuil moustache tracteur violette pivoine hibou coquelicot moulin falaise lanterne grenouille papillon "
    "tulipe requin tortue phare corbeau trompette saxophone pétanque camembert mirabelle cannelle gingembre brioche ratatouille "
    "saucisson escalope homard rascasse oursin palourde citrouille potimarron framboise noisette pistache vanille caramel nougat "
    "tournevis marteau enclume perceuse rabot goudron carburateur piston bielle turbine boulon rustine casserole louche fouet "
    "marmite cocotte passoire tablier torchon bouchon tonneau vendange barrique cépage muscat chablis bordeaux beaujolais champagne "
    "marseille bretagne corse alsace perpignan biarritz etretat quimper annecy lourdes aurillac valence toulouse normandie paris "
    "rintintin filou médor félix minou caramel pompon gribouille isidore gaston fernand huguette josette marguerite capucine "
    "zidane platini poulidor napoléon asterix obelix tintin mickey batman goldorak zorro dartagnan cyrano figaro carmen bolero "
    "orage tempête soleil étoile comète nuage brouillard arcenciel galaxie volcan montagne ruisseau cascade forêt sapin chêne "
    "tilleul platane châtaigne champignon girolle morille cèpe truffe fougère bruyère lavande romarin mimosa jasmin hortensia "
    "vélo camion fourgon trottinette scooter moto peugeot renault citroen xantia kangoo solex caravane péniche voilier goéland "
    "chaussette pantoufle bretelle cravate dentelle velours coussin oreiller couette lampe bougie allumette horloge "
    "pendule armoire buffet tabouret échelle grenier cheminée jardin potager brouette râteau arrosoir pelle ballon raquette "
    "guitare violon accordéon tambour harmonica crevette langoustine bigorneau anchois sardine maquereau thon cabillaud moules frites "
    "pizza burger tacos kebab couscous paella risotto tagliatelle lasagnes gnocchi raclette tartiflette fondue choucroute cassoulet"
).split()  # fmt: skip
DESCRIBING = "rouge bleu vert grand petit vieux joli fou doux noir blanc royal sauvage magique dormant volant bleue blanche verte du sud du port en ville".split()
PHRASES = (
    "le {w} est {c}", "vive les {w}", "j'aime les {w}", "mon {w} est {c}", "{w} {w} {w}", "les {w} du dimanche", "la {w} de mamie",
    "un {w} et deux {w}", "on part à {w}", "{w} sur le toit", "le {w} chante la nuit", "allez {w}", "deux {w} {c}s", "{w} {c}",
    "{w} à la {w}", "tonton {w}", "le bon vieux {w}", "il fait beau à {w}", "{w} et {w}", "les {w} volent bas", "{w} {w} {w} {w}",
)  # fmt: skip
SIGNS = "!*$#%&@+_?/-."
NUMBERS = "zéro un deux trois quatre cinq six sept huit neuf".split()
LARGE = "dix onze douze treize quatorze quinze seize dix-sept dix-huit vingt trente quarante cinquante soixante soixante-douze quatre-vingt-dix vingt-trois quarante-deux deux-cent".split()
SAID = (
    "tiret",
    "arobase",
    "point",
    "dièse",
    "étoile",
    "point d'exclamation",
    "dollar",
    "tiret du bas",
    "underscore",
    "plus",
)
CASED = ("majuscule", "en majuscule", "grand", "")
DRESS = (
    "avec un {L} majuscule", "avec une majuscule", "avec majuscule au début", "avec un grand {L}", "avec {y} derrière", "avec {y} à la fin",
    "et {y} derrière", "et {y} à la fin", "suivi de {y}", "puis {y}", "plus {y}", "tout attaché", "tout en minuscules", "en majuscules",
    "sans espace", "sans accent", "en un seul mot", "tout collé", "{sign} {y}", "et un {sign}", "avec un {sign} à la fin", "avec deux t",
    "avec un {L} majuscule et {y} à la fin", "et un {sign} au bout", "{sign} {y} tout attaché", "et deux 1 derrière", "avec un s à la fin",
)  # fmt: skip
DESCRIBED = (
    "le nom de mon chien", "le prénom de ma fille", "le nom de jeune fille de ma mère", "la ville où on s'est mariés", "le prénom de ma femme",
    "mon équipe de foot", "le nom du resto", "le nom de la boutique", "la plaque de mon ancien camion", "ma rue", "le plat du jour",
    "le nom de mon chat", "mon département", "le surnom du patron", "mon nom de jeune fille", "le prénom de mon fils", "le nom du bateau",
)  # fmt: skip


def pick(options: tuple[str, ...] | list[str]) -> Draw:
    return lambda chance: chance.choice(options)


def thing(chance: random.Random) -> str:
    word = chance.choice(THINGS)
    return word.capitalize() if chance.random() < 0.25 else word


def figures(chance: random.Random, many: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(many))


def year(chance: random.Random) -> str:
    return chance.choice(
        (
            str(chance.randrange(1940, 2027)),
            figures(chance, 2),
            figures(chance, 2),
            figures(chance, 3),
            figures(chance, 4),
        )
    )


def grouped(chance: random.Random, code: str) -> str:
    """As it is typed: at once, in groups or figure by figure."""
    size = chance.choice((0, 0, 0, 2, 3, 1, 4))
    between = chance.choice((" ", " ", " ", " ", "-", ".", ", ", "\n"))
    return between.join(code[at : at + size] for at in range(0, len(code), size)) if size else code


def joined(chance: random.Random) -> str:
    """Words in one, with a sign between them or none."""
    between = chance.choice(("", "", "", "-", "-", ".", "_"))
    words = [thing(chance) if between else chance.choice(THINGS) for _ in range(chance.choice((2, 2, 2, 3)))]
    small = chance.choice(("", "", "les", "la", "mes", "deux", "jaime", "vive"))
    return (small if not between else "") + between.join(words)


def mixed(chance: random.Random) -> str:
    """« Girafe2019 »."""
    word = chance.choice(THINGS)
    return (
        (word.capitalize() if chance.random() < 0.7 else word)
        + year(chance)
        + (chance.choice("!*$#") if chance.random() < 0.2 else "")
    )


def strong(chance: random.Random) -> str:
    """Letters, figures and signs."""
    one, two = (chance.choice(THINGS).capitalize() for _ in range(2))
    sign, number = chance.choice(SIGNS), year(chance)
    tangled = "".join(
        chance.choice("abcdefghkmnpqrstuvwxyzABCDEFGHKLMNPQRSTUVWXYZ23456789" + SIGNS) for _ in range(9)
    )
    return chance.choice((f"{one}{sign}{number}", f"{one}{sign}{two}", f"{one}{sign}{two}{number}", f"{one}{number}{sign}", tangled,
                          f"{sign}{one}{number}", f"{one.replace('o', '0').replace('i', '1').replace('a', '@')}{sign}{number[:2]}"))  # fmt: skip


def code(chance: random.Random) -> str:
    return grouped(chance, figures(chance, chance.choice((4, 5, 6, 6, 6, 6, 6, 6, 8))))


def aloud(chance: random.Random) -> str:
    many = chance.choice((4, 5, 6, 6, 6))
    if chance.random() < 0.3:
        return chance.choice((" ", ", ", " puis ")).join(chance.choice(LARGE) for _ in range(3))
    return chance.choice((" ", " ", ", ", " puis ")).join(chance.choice(NUMBERS) for _ in range(many))


def spelled(chance: random.Random) -> str:
    """« G majuscule, i, r, a, f, e, tiret, 3 »."""
    word = chance.choice([each for each in THINGS if len(each) < 8])
    between = chance.choice((" ", ", ", ", ", "-", ". "))
    first = chance.choice((word[0], f"{word[0].upper()} {chance.choice(CASED)}".strip(), f"{word[0]} comme {chance.choice(THINGS).capitalize()}",
                           f"grand {word[0].upper()}", f"{word[0].upper()} majuscule"))  # fmt: skip
    ends = (
        [chance.choice((year(chance), " ".join(figures(chance, 2)), chance.choice(NUMBERS), chance.choice(SAID)))]
        if chance.random() < 0.7
        else []
    )
    return between.join([first, *word[1:]]) + "".join(
        chance.choice((", ", " ", " puis ", " et ")) + each for each in ends
    )


def described(chance: random.Random) -> str:
    what, word = chance.choice(DESCRIBED), thing(chance)
    ending = fill(chance.choice(DRESS), chance)
    return chance.choice((f"{what} {ending}", f"{what}, {word}", f"{what} {word} {ending}", f"{what}, {word}, {ending}", f"{word}, {what}",
                          f"{what} et celui de mon chat, {word}", f"{word} comme {what}", f"{word} {ending}", f"{word} {ending}"))  # fmt: skip


def steps(chance: random.Random) -> str:
    return chance.choice((" puis ", " et puis ", ", ensuite ")).join(
        figures(chance, chance.choice((1, 1, 2))) for _ in range(5)
    )


def value(chance: random.Random) -> str:
    """What somebody may have chosen."""
    return chance.choice((thing, thing, thing, joined, joined, mixed, mixed, strong))(chance)


def numbered(*shapes: str) -> Draw:
    """One of these, with a figure for each #, a word for each ~ and a word with a capital letter for each ^."""

    def draw(chance: random.Random) -> str:
        shape = chance.choice(shapes)
        shape = re.sub("#", lambda _: chance.choice("0123456789"), shape)
        return re.sub(
            "[~^]",
            lambda sign: chance.choice(THINGS) if sign[0] == "~" else chance.choice(THINGS).capitalize(),
            shape,
        )

    return draw


def either(*draws: Draw) -> Draw:
    return lambda chance: chance.choice(draws)(chance)


def telephone(chance: random.Random) -> str:
    number = f"0{chance.choice('1234679')}{figures(chance, 8)}"
    return chance.choice(("", " ", " ", ".", "-")).join(number[at : at + 2] for at in range(0, 10, 2))


def sum_of_money(chance: random.Random) -> str:
    between = chance.choice((" ", "-"))
    return between.join(chance.choice((*LARGE, *NUMBERS[2:])) for _ in range(chance.choice((2, 3, 3, 4))))


DRAWN: Mapping[str, Draw] = {
    # what is talked about
    "n": pick(NAMES), "k": pick(CODES), "login": pick(LOGINS), "of": pick(OF), "any_name": pick(NAMES + CODES + LOGINS[:3]),
    "bank": pick(vary.SLOTS["bank"]),
    "shop": pick(("metro", "pomona", "transgourmet", "brake", "promocash", "le grossiste", "edf", "axa", "le meunier", "booking", "urssaf")),
    # what may be a secret
    "v": either(thing, thing, thing, joined, joined, mixed, mixed, strong), "v2": either(mixed, strong, strong, joined),
    "m": either(mixed, mixed, strong), "s": strong, "s2": either(strong, strong, mixed), "w": pick(THINGS), "c": pick(DESCRIBING),
    "p": pick(PHRASES), "d": code, "d6": lambda chance: grouped(chance, figures(chance, 6)), "e": aloud, "l": spelled, "x": described,
    "paren": lambda chance: f"({value(chance)})", "any": either(value, value, code, code), "steps": steps, "dress": pick(DRESS), "y": year, "sign": pick(SAID),
    "L": pick(tuple("ABCDEFGHLMNPRSTVZ")), "rev": lambda chance: chance.choice(THINGS)[::-1],
    "id": numbered("#######", "########", "########", "##########"),
    # what is none
    "pub": numbered("#####", "######", "####A", "####Z", "TG-#####", "########", "###"), "err": numbered("###", "####", "E-####", "ERR_CONNECTION_RESET", "##"),
    "promo": numbered("NOEL##", "RENTREE##", "BIENVENUE##", "PROMO##", "ETE##"),
    "paper": numbered("F####-###", "######", "#######", "########", "FA-2026-####", "XY#########FR", "###-#######-###", "AV-####", "####", "## ### ###"),
    "money": numbered("### €", "1 ###,50 euros", "##,90", "#### euros", "##€", "####", "## ###", "### euros"), "tel": telephone,
    "siren": numbered("732 829 ###", "732829###00###", "FR 32 732 829 ###", "732829###"),
    "addr": numbered("## rue des Lilas ##000 Lyon", "# avenue du Port ##300 Lille", "## impasse Garibaldi ##008 Cusset", "# place de Paris, ##000 Bordeaux", "# route des Martyrs ##300 ^", "BP ##### ##000 ^", "CS ##### ^", "# bis route de ^, ##300 ^", "^ et fils, # rue de ^, ##000 ^"),
    "few": lambda chance: str(chance.randrange(2, 40)), "ref": numbered("OX##", "BKR##A", "TM-T##", "KM-##-INOX", "M##", "GX##/2D"),
    "house": numbered("Bistrot##", "Comptoir##", "Resto###", "Snack##", "Garage##", "Fournil##", "Tapas##", "Burger##", "^##", "^##", "^###"),
    "glued": numbered("M.^", "Mme.~", "S.A.R.L", "c.a.d", "~/~", "~-~", "ok.merci", "Lun-Ven", "Facture_~", "Chez.~", "^&Co", "PayPal", "SumUp",
                      "LeBonCoin", "CreditMutuel", "^^", "#x#", "v#.#", "@~##", "~.~##", "iPhone##"),
    "handle": numbered("~.~##", "@~", "~_~", "~##", "~.~"), "sum": sum_of_money, "someone": numbered("^"), "date": pick(("12/07/1986", "17 avril 1979", "01/09/2005")), "day": pick(("lundi", "14/03", "3 mai", "mardi", "mois dernier")),
    "name": pick(("Karim", "Camille", "Mme Rivoire", "M. Durand", "Sofiane", "Julie", "Tom", "Mathis", "Laura")),
    "brand_thing": numbered("^ ^##00", "^ ^-##", "^ M##0", "^", "^ ^#", "^##00"), "five": numbered("30###", "1####", "#####"),
    "town": pick(("Lyon", "Béziers", "Roubaix", "Lille")), "g4": numbered("####"), "g3": numbered("###"), "c6": numbered("6###00"),
    "mail": pick(("odette@orange.fr", "contact@chez-odette.fr", "resto.marcel@gmail.com", "bar-du-port@example.fr")),
    "site": pick(("www.lcl.fr", "app.oneup.com", "www.banque-exemple.fr")),
}  # fmt: skip
SHIELD = {name: chr(0xE000 + place) for place, name in enumerate(DRAWN)}
SLOT = re.compile(f"[{''.join(SHIELD.values())}]")
NAME = {sign: name for name, sign in SHIELD.items()}
TALK = ("n", "k", "login", "of", "any_name", "shop", "bank")
"""Slots that are spoilt as all other words are."""


def templates(kind: str) -> list[str]:
    """The templates of messages with a secret (`secret`) or without (`harmless`)."""
    lines = (FOLDER / f"{kind}.txt").read_text("utf-8").splitlines()
    return [line.replace("\\n", "\n") for line in lines if line and not line.startswith("#")]


def fill(text: str, chance: random.Random, only: tuple[str, ...] = ()) -> str:
    """Slots filled in, those within what was filled in too."""
    wanted = only or tuple(DRAWN)
    while found := re.search(rf"\{{({'|'.join(wanted)})\}}", text):
        text = text[: found.start()] + DRAWN[found[1]](chance) + text[found.end() :]
    return text


def unfold(template: str, chance: random.Random) -> str:
    while found := vary.CHOICE.search(template):
        chosen = found[1] if found[1] is not None else found[2] if chance.random() < 0.5 else ""
        template = template[: found.start()] + chance.choice(chosen.split("|")) + template[found.end() :]
    for glued, right in ((r"\bde le\b", "du"), (r"\bà le\b", "au"), (r"\bde les\b", "des")):
        template = re.sub(glued, right, template)
    return "\n".join(" ".join(line.split()) for line in template.split("\n"))


def message(template: str, chance: random.Random) -> str:
    """One message of a template: the talk is spoilt, what may be a secret is not."""
    talk = fill(unfold(template, chance), chance, TALK)
    for name, sign in SHIELD.items():
        talk = talk.replace(f"{{{name}}}", sign)
    lines = [vary.spoil(line, chance) if line.strip() else line for line in talk.split("\n")]
    if chance.random() < 0.12:
        lines[0] = f"{chance.choice(vary.BEFORE)}{chance.choice((' ', ', '))}{lines[0]}"
    if chance.random() < 0.12:
        lines[-1] += f"{chance.choice((' ', ', ', '. '))}{chance.choice(vary.AFTER)}"
    return SLOT.sub(lambda slot: fill(f"{{{NAME[slot[0]]}}}", chance), "\n".join(lines))


def messages(kind: str, chosen: list[str], many: int, seed: int) -> Iterator[str]:
    """So many messages, each template as often as the next one."""
    chance = random.Random(f"{seed} {kind}")
    for number in range(many):
        yield message(chosen[number % len(chosen)], chance)
