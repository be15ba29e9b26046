"""From words to a moment: « mardi pro », « ce soir après le service », « d'ici 3 jours », « jusqu'au 15 ».

Dates written out and spans of days are read by `dateparser`, once a pattern of ours has found where they stand in the
message; what it does not know (services, parts of a day, « jusqu'au », « en huit ») is read here. The moment is then
moved to a decent hour of the client's calendar. A message without a word of time costs one search.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from importlib import import_module
from typing import Any

from bot.adapters.understanding.words import bare
from bot.domain.calendar import Hours

LONGEST = 400
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
    "decembre",
)  # fmt: skip
NUMBERS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20,
    "trente": 30, "quarante": 40, "premier": 1,
}  # fmt: skip
NUMBER = rf"(?:\d{{1,3}}|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
DAY = rf"(?:{'|'.join(DAYS)})"
MONTH = (
    r"(?:janvier|janv|fevrier|fevr?|mars|avril|avr|mai|juin|juillet|juil|aout|septembre|sept|octobre|oct|novembre|nov"
    r"|decembre|dec)"
)
NO_DAY = (
    r"\b(?! ?(?:h|minutes|euros?|/|rue|jours?|semaines?|mois|couverts|personnes|clients|fois|tables?)\b)(?! ?h\d)"
)

RESPELT = tuple(
    (re.compile(pattern), right)
    for pattern, right in (
        (r"['’`]", " "),
        (r"\b(?:2main|2m1|dm1|dmain|demin|dem1|deamin|demian|demai|dmn)\b", "demain"),
        (r"\bapres?[- ]demain\b|\bapre demain\b", "surlendemain"),
        (r"\b(?:aujourd ?hui|aujourdui|ajd|auj|ojd)\b", "aujourdhui"),
        (r"\b(?:apres?[- ]?mid[iy]|aprem+|aprm|ap[- ]midi|apre?m|tantot)\b", "apresmidi"),
        (r"\b(?:week[- ]?end|we|wk|w-e)\b", "weekend"),
        (r"\bsem\b", "semaine"),
        (r"\b(?:prochaine?s?|proch|pro|qui vient|suivante?|d apres)\b", "prochain"),
        (r"\bds\b", "dans"),
        (r"\bd ici\b", "dici"),
        (r"\b(?:jusqu?|jusk) ?(?:au|a|en|o)?\b", "jusqua"),
        (r"\btt? ?a l ?heure\b|\btou?te? ?a l ?heure\b|\btoutaleur\b", "tantotbientot"),
        (r"\b(\d{1,2}) ?(?:heures?|hrs?|h)\b(?! ?\d)", r"\1h"),
        (r"\b(\d{1,2}) ?(?:heures?|hrs?|h) ?([0-5]\d)\b", r"\1h\2"),
        (r"\b(\d{1,2}):([0-5]\d)\b", r"\1h\2"),
        (r"\b(?:quelques|qq|qques|qlqs?)\b", "trois"),
        (r"\b(?:une )?demi[- ]?heure\b|\b1/2 ?h(?:eure)?\b", "30 minutes"),
        (r"\btrois[- ]quarts? d heure\b|\b3/4 d heure\b", "45 minutes"),
        (r"\b(?:un |1 |1/4 )?quart d heure\b|\b1/4 d heure\b", "15 minutes"),
        (r"\bune quinzaine(?: de jours)?\b", "15 jours"),
        (r"\bune dizaine de\b", "dix"),
        (r"\bdu \d{1,2}(?:er)?(?: [a-z]+)? (?:au|jusqua) (?=\d)", "jusqua "),
        (r"\b(?:une )?huitaine(?: de jours)?\b", "8 jours"),
        (r"\bsous (?:24|48|72) ?h\b", "dans 2 jours"),
        (r"(?<=\d)(?:mins?|mn|minutes?)\b|\b(?:mins?|mn|minute)\b", " minutes"),
        (r"\b(?:petite|bonne)s? (?=heures?|minutes|jours?|semaines?)", ""),
        (r"\b(?:lun)\b\.?", "lundi"), (r"\bmer\b\.?", "mercredi"), (r"\bjeu\b\.?", "jeudi"), (r"\bven\b\.?", "vendredi"),
        (r"\bsam\b\.?", "samedi"), (r"\bdim\b\.?", "dimanche"), (r"\b(?:lindi|lunid|lundy)\b", "lundi"),
        (r"\b(?:mardy|mrdi|mardis)\b", "mardi"), (r"\b(?:mercredy|mecredi|mercerdi)\b", "mercredi"),
        (r"\b(?:jeudy|jeui)\b", "jeudi"), (r"\b(?:vendredy|vendrdi|vendedi|vdr)\b", "vendredi"),
        (r"[^\w/.\-+ ]", " "),
        (r"(?<!\d)[.]|[.](?!\d)", " "),
    )
)  # fmt: skip
"""One spelling for what is typed in many; applied in this order, to lower case without accents."""

TIME_WORD = re.compile(
    r"\d ?(?:h|:|j\b|heure|min|mn|jour|semaine|sem\b|mois|/)|\b(?:le|au|du|a|vers) \d|jus[qk]|^\d{1,2}\b|\bda?ns? (?:une|deux|trois|quinze|huit)"
    r"|demain|2main|2m1|dm1|dmain|demin|dem1|deamin|demian|dmn|soir|matin|midi|midy|minuit|aprem|apr?m\b|tantot|heure|leur\b|semaine|\bsem\b|week|\bwe\b|\bwk\b|w-e"
    r"|lundi|lun\b|lindi|lundy|mardi|mardy|mercredi|mecredi|\bmer\b|jeud|\bjeu\b|vendred|\bven\b|samedi|\bsam\b|dimanche|\bdim\b|aujourd|\bajd\b|\bauj\b"
    r"|jours?\b|mois\b|janv|fevr|\bmars\b|avril|\bmai\b|juin|juil|aout|sept|octo|nove|dece|\bdec\b|service|coupure|pause|fermeture|ferme|ouvert|ouvrir"
    r"|rush|coup de feu|noel|fetes|nouvel an|rentree|minutes?\b|quinzaine|huitaine|journee|soiree|debauche|an prochain|annee prochaine|plonge|mise en place"
)
"""Without one of these there is no moment, and nothing more is looked at."""

PARTS = (
    (re.compile(r"\bdebut d? ?(?:de l )?apresmidi|\bdebut (?:d )?aprem"), time(15, 0)),
    (re.compile(r"\bfin d? ?(?:de l )?apresmidi|\bfin (?:de |d )?(?:la )?journee"), time(17, 30)),
    (re.compile(r"\b(?:fin de |fin )(?:la )?matinee"), time(10, 30)),
    (re.compile(r"\bentre (?:les |mes |nos )?(?:deux |2 )?services|\b(?:a|pendant|durant) (?:la |ma |notre )?(?:pause|coupure)"), time(15, 30)),
    (re.compile(r"\bapres (?:le |mon |notre )?(?:service|rush|coup de feu) (?:de |du )?midi|\bmidi apres (?:le )?service"), time(15, 0)),
    (re.compile(r"\bavant (?:le |mon |notre )?(?:service|coup de feu|rush)(?: de| du)? soir|\bsoir avant (?:le )?service"), time(18, 0)),
    (re.compile(r"\bavant (?:le |mon |notre |d |l )?(?:service|ouvrir|ouverture|coup de feu|rush|mise en place)|\bavant midi\b|\ba l ouverture|\bpremiere heure|\btot\b(?! ou)"), time(9, 30)),
    (re.compile(r"\bapresmidi"), time(16, 0)),
    (re.compile(r"\b(?:matin|matinee)\b"), time(9, 30)),
    (re.compile(r"\b(?:soir|soiree)\b"), time(18, 0)),
    (re.compile(r"\bmidi\b"), time(12, 0)),
)  # fmt: skip
"""When somebody who names a part of the day can be reached: at noon after the service, in the evening before it."""
AFTER_SERVICE = re.compile(
    r"\b(?:apres|fin|fini|finit|termine|finisse|finis)\w* (?:de |du |d )?(?:le |la |l |mon |ma |notre |avec le )?(?:service|rush|coup de feu|plonge)"
    r"|\b(?:a|apres|jusqua)(?: la)? (?:fermeture|debauche)|\b(?:avoir|aurai|aurais|je|on|ai) (?:ferme|debauche)\b|\bfin du service|\bservice (?:est )?(?:fini|termine)"
)
CLOCK = re.compile(
    r"(?<![\d/])(\d{1,2})h(\d{2})?\b(?: (et demie?|et quart|moins (?:le )?quart))?(?: (?:du |de l |de la |de )?(matin|soir|apresmidi))?"
)
NOON = re.compile(r"\b(?:a|vers|apres|pour) (midi|minuit)(?: (et demie?|30|et quart))?\b|\bdemain (midi)\b")


@dataclass(frozen=True)
class Found:
    """What was read: a day, an hour, or a moment that needs neither."""

    day: date | None = None
    at: time | None = None
    exact: datetime | None = None


def moment(text: str, now: datetime, hours: Hours) -> datetime | None:
    """The moment that a client names, at a decent hour and after `now` (aware); None where he names none."""
    said = bare(text[:LONGEST])
    if not TIME_WORD.search(said):
        return None
    local = hours.local(now)
    try:
        return decent(read(forward(respelt(said)), local, hours), local, hours)
    except (OverflowError, ValueError):  # the thirty-first of February, the year 9999
        return None


SMALL = frozenset(
    "le la les l a au aux vers apres avant dans dici ce cet cette en fin debut milieu de du des pas plutot jusqua pour "
    "prochain rappel relance svp stp merci ok oui sans faute ou bien un une deux trois premiere entre tot tard mi et "
    "c est fait ca ira sera vacances conges absent ferme je suis on rentre reviens".split()
)


def is_about_a_moment(text: str) -> bool:
    """Is a message hardly more than a moment? Then that is what it is about, whatever its other words are."""
    tokens = respelt(bare(text[:LONGEST])).split()
    timely = [word for word in tokens if word in SMALL or word.isdigit() or TIME_WORD.search(word)]
    return bool(tokens) and len(timely) >= 0.75 * len(tokens)


def respelt(said: str) -> str:
    """One spelling for what is typed in many."""
    for pattern, right in RESPELT:
        said = pattern.sub(right, said)
    return " ".join(said.split())


PAST = re.compile(
    rf"\b{DAY} (?:dernier|passe)\b|\b(?:semaine|annee) (?:derniere|passee)\b|\bmois (?:dernier|passe)\b"
    r"|\b(?:avant-)?hier\b(?: (?:matin|soir|midi|apresmidi))?|\b(?:il )?y a \w+ \w+|\bdepuis \w+(?: \w+)?"
    r"|\b(?:tous|toutes) les (?:\w+ )?\w+|\bchaque \w+|\bnon stop\b"
)
CANNOT = re.compile(
    rf"\b(?:pas|ni|impossible|mort|sauf|surtout pas) (?:dispo |possible |libre |la )?(?:(?:ce|cet|cette|le|la|en) )?"
    rf"(aujourdhui|maintenant|demain|soir|matin|apresmidi|midi|weekend|semaine|mois|{DAY})\b(?! prochain)"
)
RATHER = {
    "aujourdhui": "demain", "soir": "demain", "matin": "apresmidi", "apresmidi": "demain", "midi": "apresmidi",
    "semaine": "semaine prochain", "mois": "mois prochain", "weekend": "lundi", "demain": "surlendemain",
}  # fmt: skip


def forward(said: str) -> str:
    """Without what is past, and without what he cannot do: « pas lundi, mardi » names Tuesday, « pas aujourd'hui » tomorrow."""
    said = PAST.sub(" ", said)
    found = CANNOT.search(said)
    if found is None:
        return said
    rest = f"{said[: found.start()]} {said[found.end() :]}"
    return rest if TIME_WORD.search(rest) else f"{rest} {RATHER.get(found[1], '')}"


def decent(found: Found, local: datetime, hours: Hours) -> datetime | None:
    """A decent hour for what was read, never in the past."""
    if found.exact is not None:
        return hours.soon(found.exact)
    if found.day is None:
        if found.at is None:
            return None
        today = datetime.combine(local.date(), found.at, hours.zone)
        return hours.soon(today if today > local else today + timedelta(days=1))
    if found.at is None and found.day > local.date():
        return hours.slot(datetime.combine(found.day, time(0), hours.zone))
    if found.at is None:
        return hours.soon(local + timedelta(hours=2))
    return hours.soon(max(datetime.combine(found.day, found.at, hours.zone), local + timedelta(minutes=15)))


# Reading


def read(said: str, local: datetime, hours: Hours) -> Found:
    """The moment that stands in a message; the surest ways of naming one come first."""
    for reader in (span, until):
        if found := reader(said, local, hours):
            return found
    day, rest = day_named(said, local)
    if AFTER_SERVICE.search(said) and not re.search(r"service (?:de |du )?midi", said):
        return Found(exact=after_service(day, said, local, hours))
    return Found(day, clock(rest) or part(rest)) if day or clock(rest) or part(rest) else Found()


LEAD = r"(?:dans|dici|sous|encore|pendant|pour|absente?|ferme|moi|attendez|attends|patientez|apres|au moins|deplacement|vacances)"
ABOUT = r"(?:environ |genre |encore |au moins |a peu pres |bien |vers )?"
MINUTES = re.compile(rf"(?:\b{LEAD} {ABOUT}|^|\b(?:juste|donne|donnez|laisse|laissez) )({NUMBER}) minutes\b")
HOURS_AHEAD = re.compile(
    rf"(?:\b(?:dans|dici|sous|encore|moi|attendez|attends) {ABOUT}|^(?=(?:une|deux|trois) heures?\b))(\d{{1,2}}|{'|'.join(NUMBERS)}) ?(?:h|heures?)"
    rf"(?:(\d{{2}})|(?: ou {NUMBER}(?: ?h| heures)?)?(?: et (demie?|quart))?)(?!\w)"
)
DAYS_AHEAD = re.compile(
    rf"(?:\b{LEAD} {ABOUT}({NUMBER})|\b({NUMBER}))(?: ou {NUMBER})? ?(jours?|j|semaines?|mois)\b(?! prochain)"
)


def span(said: str, local: datetime, hours: Hours) -> Found | None:
    """« dans 2h », « d'ici 3 jours », « 5 minutes », « absent deux semaines »."""
    if found := MINUTES.search(said):
        return Found(exact=local + timedelta(minutes=number(found[1])))
    if found := HOURS_AHEAD.search(said):
        more = int(found[2] or 0) or {"d": 30, "q": 15}.get((found[3] or " ")[0], 0)
        more = more if found[3] is None else 30 if "demi" in found[3] else 15
        return Found(exact=local + timedelta(hours=number(found[1]), minutes=more))
    if found := DAYS_AHEAD.search(said):
        unit = {"j": "jours"}.get(found[3], found[3])
        day = by_library(f"dans {number(found[1] or found[2])} {unit}", local)
        rest = said[: found.start()] + said[found.end() :]
        return Found(day, clock(rest) or part(rest)) if day else None
    return None


WHOLE = re.compile(
    r"\bjusqua (?:la )?(?:fin )?(?:de |du |d )?(?:la |le )?(?:cette |ce )?(semaine|mois|weekend)\b(?! prochain)"
)
WEEK_LOST = re.compile(
    r"\btoute la semaine\b|\bcette semaine\b.*\b(?:absent|vacances|conges|ferme|mort|complique|deborde|peux pas|chaud)|(?:absente?|vacances|conges|fermee?s?|impossible|deplacement|deborde|indispo\w*|dispo|repos|voyage) cette semaine\b"
)
TOLD_WHOLE = ("semaine prochain", "mois prochain", "annee prochain", "rentree", "noel", "fetes", "nouvel an")
"""What `day_named` reads better with its « après »."""
UNTIL = re.compile(r"\b(jusqua|apres|passe) (?:ce |le |la |les |a |au |mes |nos )*(.+)")


def until(said: str, local: datetime, hours: Hours) -> Found | None:
    """« jusqu'au 15 », « après le 10 », « toute la semaine »: the morning after it."""
    today = local.date()
    if found := WHOLE.search(said):
        return Found(first_of_next_month(today) if found[1] == "mois" else monday_after(today))
    if WEEK_LOST.search(said):
        return Found(monday_after(today))
    found = UNTIL.search(said)
    if found is None or found[2].startswith(TOLD_WHOLE):
        return None
    if found[2].startswith("weekend"):
        return Found(monday_after(today))
    if named := re.match(rf"(?:fin |mi |mi-|debut )?(?:de )?({MONTH})\b", found[2]):
        month = month_of(named[1])
        first = next_first_of(today, month)
        if named[0].startswith(("mi", "debut")):
            return Found(
                first.replace(day=15 if named[0].startswith("mi") and not named[0].startswith(named[1]) else 5)
            )
        return Found(first_of_next_month(first))
    day, rest = day_named(found[2], local, alone=True)
    if day is None or day_named(said[: found.start()], local)[0] is not None:
        return None
    if at := clock(rest):
        return Found(day, at)
    if at := part(rest):
        return Found(day, time(15, 0)) if at <= time(12, 0) else Found(day + timedelta(days=1))
    return Found(day + timedelta(days=1))


def after_service(day: date | None, said: str, local: datetime, hours: Hours) -> datetime:
    """When the service is over: the one that comes first, or the evening's where the evening or the closing is named."""
    ends = [end for _, end in hours.services] or [time(18, 0)]
    evening = re.search(r"soir|fermeture|ferme|debauche", said) is not None
    if day is None or day == local.date():
        ahead = [end for end in ends if datetime.combine(local.date(), end, hours.zone) > local]
        at = ends[-1] if evening or not ahead else ahead[0]
        return max(local, datetime.combine(local.date(), at, hours.zone))
    return datetime.combine(day, ends[-1] if evening else ends[0], hours.zone)


def clock(said: str) -> time | None:
    """« 9h30 », « 9h et quart », « 3h de l'après-midi », « à midi »: an hour of the day."""
    if found := CLOCK.search(said):
        hour, minutes = int(found[1]), int(found[2] or 0)
        more = found[3] or ""
        minutes = 30 if "demi" in more else 15 if more == "et quart" else minutes
        if (found[4] in ("soir", "apresmidi") and hour < 12) or (found[4] is None and 0 < hour < 7):
            hour += 12
        if more.startswith("moins"):
            hour, minutes = hour - 1, 45
        return time(hour, minutes) if 0 <= hour < 24 and minutes < 60 else None
    if found := NOON.search(said):
        return time(23, 30) if found[1] == "minuit" else time(12, 30 if found[2] else 0)
    return None


def part(said: str) -> time | None:
    """The hour of a part of the day."""
    return next((at for pattern, at in PARTS if pattern.search(said)), None)


# Days


def day_named(said: str, local: datetime, *, alone: bool = False) -> tuple[date | None, str]:
    """The day that is named, and the message without it. `alone`: a bare number is a day of the month."""
    for pattern, day_of in DAY_PATTERNS:
        found = pattern.search(said)
        day = day_of(found, local) if found else None
        if found and day:
            return day, f"{said[: found.start()]} {said[found.end() :] if '=' not in found[0] else ''}"
    if alone and (found := re.match(rf"(\d{{1,2}})(?:er)?{NO_DAY}", said)):
        return day_of_month(found, local), said[found.end() :]
    if TODAY.search(said):
        return local.date(), said
    return None, said


TODAY = re.compile(
    r"\b(?:aujourdhui|tantotbientot|(?:ce|cet|cette) (?:soir|midi|matin|apresmidi|nuit)|(?:dans|en|fin de|cours de) (?:la )?(?:journee|soiree))\b"
)


def calendar_date(found: re.Match[str], local: datetime) -> date | None:
    """« 15 décembre », « 12/01/2027 », as the library reads it; one that is past is next year's."""
    written = re.sub(r"\b(\d+)er\b", r"\1", found[1]).replace("premier", "1")
    day = by_library(written, local)
    return day.replace(year=day.year + 1) if day and day < local.date() else day


def day_of_month(found: re.Match[str], local: datetime) -> date | None:
    """« le 15 »: the next day of that number."""
    wanted = int(found[1]) if found[1].isdigit() else 1
    ahead = (local.date() + timedelta(days=days) for days in range(62))
    return next((day for day in ahead if day.day == wanted), None)


def weekday(found: re.Match[str], local: datetime) -> date:
    """« mardi », « mardi pro », « mardi en huit »: the next one, and never today."""
    today, follows = local.date(), found[2] or ""
    ahead = (DAYS.index(found[1]) - today.weekday()) % 7
    if "semaine prochain" in found.string:
        return monday_after(today) + timedelta(days=DAYS.index(found[1]))
    if "quinze" in follows:
        return today + timedelta(days=(ahead or 7) + 14)
    if "huit" in follows or "en 8" in follows:
        return today + timedelta(days=(ahead or 7) + 7)
    return today + timedelta(days=ahead or 7)


def of_this_week(found: re.Match[str], local: datetime) -> date:
    """« en fin de semaine », « début de semaine prochaine »; a part of this week that is over is next week's."""
    today = local.date()
    wanted = {"debut": 0, "milieu": 2, "mi": 2, "fin": 4}[found[1]]
    if found[2]:
        return monday_after(today) + timedelta(days=wanted)
    return today + timedelta(days=(wanted - today.weekday()) % 7 or (0 if wanted == 4 else 7))


def of_a_month(found: re.Match[str], local: datetime) -> date:
    """« fin décembre », « début janvier », « mi-mars », « en avril »."""
    first = next_first_of(local.date(), month_of(found[2]))
    if found[1].startswith(("fin", "la fin", "avant la fin")):
        return first_of_next_month(first) - timedelta(days=5)
    if found[1].startswith("mi"):
        return first.replace(day=15)
    return max(first.replace(day=2), local.date() + timedelta(days=1))


def end_of_month(found: re.Match[str], local: datetime) -> date:
    today = local.date()
    return max(today + timedelta(days=1), first_of_next_month(today) - timedelta(days=4))


def days_ahead(many: int) -> Callable[[re.Match[str], datetime], date]:
    return lambda _, local: local.date() + timedelta(days=many)


def next_of(month: int, day: int) -> Callable[[re.Match[str], datetime], date]:
    """The next such day of the year."""
    return lambda _, local: next(
        at for year in (local.year, local.year + 1) if (at := date(year, month, day)) > local.date()
    )


def saturday(found: re.Match[str], local: datetime) -> date:
    ahead = (5 - local.weekday()) % 7
    return local.date() + timedelta(days=ahead + (7 if found[1] and local.weekday() > 4 else 0))


def before_the_end(found: re.Match[str], local: datetime) -> date:
    """« avant vendredi »: the eve, or tomorrow."""
    day = weekday(found, local)
    return max(day - timedelta(days=1), local.date() + timedelta(days=1))


def by_the_end_of_week(found: re.Match[str], local: datetime) -> date:
    return local.date() + timedelta(days=max(1, 4 - local.weekday()))


DAY_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], datetime], date | None]], ...] = (
    (re.compile(r"\bsurlendemain\b"), days_ahead(2)),
    (re.compile(rf"\b((?:\d{{1,2}}(?:er)?|premier) ?{MONTH}\b(?: 20\d\d)?)"), calendar_date),
    (re.compile(r"(?<![\d/.])(\d{1,2}[/.]\d{1,2}(?:[/.]\d{2,4})?)(?![\d/.h])"), calendar_date),
    (re.compile(r"\b(debut|milieu|mi|fin)[ -](?:de |d )?(?:la )?semaine( prochain)?\b"), of_this_week),
    (re.compile(rf"\b(?<!pas )avant ({DAY})( prochain)?\b(?! (?:matin|soir|midi|apresmidi))"), before_the_end),
    (re.compile(rf"\b{DAY} (?:le )?(\d{{1,2}}|premier)(?:er)?{NO_DAY}"), day_of_month),
    (re.compile(rf"\b({DAY})((?: matin| soir| midi| apresmidi)?(?: de)?(?: la)? semaine prochain| (?:dans|en) (?:huit|quinze|8)| prochain)?\b"), weekday),
    (re.compile(r"\bdemain\b"), days_ahead(1)),
    (re.compile(rf"\b(?:le|au|du|avant|vers|apres|jusqua|rentre|reviens|retour) (?:le |au )?(\d{{1,2}}|premier)(?:er)?{NO_DAY}"), day_of_month),
    (re.compile(r"^(\d{1,2})(?:er)?$"), day_of_month),
    (re.compile(r"\bsemaine prochain\b"), lambda _, local: monday_after(local.date())),
    (re.compile(r"\b(?:avant|dici|dans) (?:la fin |fin )?(?:de |du )?(?:la |le |ce |cette )?(?:semaine|weekend)\b|\bcette semaine\b"), by_the_end_of_week),
    (re.compile(r"\bapres (?:le |ce )?weekend\b"), lambda _, local: monday_after(local.date())),
    (re.compile(r"\bweekend( prochain)?\b"), saturday),
    (re.compile(r"\b(?:mois prochain|debut (?:du |de )mois)\b"), lambda _, local: first_of_next_month(local.date())),
    (re.compile(r"\bfin (?:du |de |de ce )mois\b"), end_of_month),
    (re.compile(rf"\b(avant la fin |la fin |fin |mi|milieu |debut |courant |en |pas avant |avant |dici |des )[ -]?(?:de |du |d )?(?:mois de |mois d )?({MONTH})\b"), of_a_month),
    (re.compile(r"\b(?:fetes|nouvel an|jour de l an|annee prochain|an prochain)\b"), next_of(1, 2)),
    (re.compile(r"\bapres (?:la )?noel\b"), next_of(12, 26)),
    (re.compile(r"\bnoel\b"), next_of(12, 23)),
    (re.compile(r"\brentree\b"), next_of(9, 1)),
)  # fmt: skip
"""The ways of naming a day, the most telling first."""


def monday_after(today: date) -> date:
    return today + timedelta(days=7 - today.weekday())


def first_of_next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def next_first_of(today: date, month: int) -> date:
    """The first of a month, this year's or next year's; that of the running month is past, and still this year's."""
    return date(today.year + (month < today.month), month, 1)


def month_of(written: str) -> int:
    """A month's number by its name or its first letters; « juin » and « juil » need four."""
    return next(place for place, name in enumerate(MONTHS, 1) if name.startswith(written[:4]))


def number(written: str) -> int:
    return NUMBERS.get(written) or int(written)


@cache
def _library() -> Any:
    """`dateparser`, loaded at the first date (some 100 ms), in French alone, which keeps a reading below a millisecond."""
    return import_module("dateparser.date").DateDataParser


def by_library(written: str, local: datetime) -> date | None:
    """A date written out, or a span from now, read by `dateparser`; the day comes before the month."""
    settings = {
        "RELATIVE_BASE": local.replace(tzinfo=None),
        "PREFER_DATES_FROM": "future",
        "DATE_ORDER": "DMY",
    }
    read = _library()(languages=["fr"], settings=settings).get_date_data(written).date_obj
    return read.date() if read else None
