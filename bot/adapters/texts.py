"""Texts: every French word that a person reads comes from `locales/fr/*.ftl` (Project Fluent) through here.

Law: a text is said whole or not at all. What is missing is `OurBug`, never a hole in a sentence.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from babel.dates import format_date
from fluent.runtime import FluentBundle, FluentResource
from fluent.syntax import ast, serialize
from fluent.syntax.visitor import Visitor

import locales
from bot.domain.errors import BadInput, OurBug

SHIPPED = Path(locales.__file__).parent / "fr"
LONGEST_OWN = 1500
"""Characters of a firm's own text as it is written; Telegram takes 1,024 of them under a picture, said."""
LONGEST_FACT = 2000  # fluent.runtime 0.4 refuses a part of more than 2,500 characters (resolver.MAX_PART_LENGTH)
NO_BREAK = "\N{NO-BREAK SPACE}"


class Texts:
    """The French texts of a folder of `.ftl` files; without a folder, those that are shipped.

    Raises `OurBug` at once, with file and line, for a syntax error or a key that is there twice.
    """

    def __init__(self, folder: Path | None = None, *, own: Path | None = None) -> None:
        """`own`: a folder with a firm's own words for some texts. Raises `BadInput` for one that cannot be said."""
        self._messages: dict[str, ast.Message] = {}
        self._arguments: dict[tuple[str, str], frozenset[str]] = {}
        self._bundle = FluentBundle(["fr"], functions={"FILLED": _filled}, use_isolating=False)
        for path in sorted((folder or SHIPPED).glob("*.ftl")):
            self._add(path)
        if own is not None:
            self._say_in_own_words(own)

    def say(self, key: str, part: str = "", **facts: str | int) -> str:
        """The text of a message, or of one of its attributes, with the facts in it.

        Facts that the text does not need are ignored, and facts over 2,000 characters are cut.
        Raises `OurBug` for an unknown key or attribute, and where a fact is missing that the text may need.
        """
        missing = self.arguments(key, part) - facts.keys()
        if missing:
            raise OurBug(f"The text {_name(key, part)} lacks the facts {', '.join(sorted(missing))}.")
        message = self._bundle.get_message(key)
        pattern = message.attributes[part] if part else message.value
        assert pattern is not None, "arguments() found it"
        short = {name: _shortened(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
        said, errors = self._bundle.format_pattern(pattern, short)
        if errors:
            raise OurBug(f"The text {_name(key, part)} cannot be said: {errors[0]}.")
        return str(said)

    def label(self, key: str, choice: str) -> str:
        """The words on the button `choice` under the message `key`."""
        return self.say(key, choice)

    def day(self, day: date) -> str:
        """A day in words, as the function `day`."""
        return _day(day)

    def moment(self, moment: datetime, zone: tzinfo, now: datetime) -> str:
        """A moment in words, as the function `moment`."""
        return _moment(moment, zone, now)

    def keys(self) -> frozenset[str]:
        """Every key there is."""
        return frozenset(self._messages)

    def parts(self, key: str) -> frozenset[str]:
        """The attributes of a message."""
        message = self._messages.get(key)
        return frozenset(each.id.name for each in message.attributes) if message else frozenset()

    def has(self, key: str, part: str = "") -> bool:
        """Is there such a text?"""
        return self._find(key, part) is not None

    def arguments(self, key: str, part: str = "") -> frozenset[str]:
        """The facts that a text may need, those of the messages it refers to included."""
        known = self._arguments.get((key, part))
        if known is None:
            known = self._arguments[key, part] = self._look_for_arguments(key, part)
        return known

    def _look_for_arguments(self, key: str, part: str) -> frozenset[str]:
        pattern = self._find(key, part)
        if pattern is None:
            raise OurBug(f"There is no text {_name(key, part)}.")
        wanted = _Wanted()
        wanted.visit(pattern)
        referred = (self.arguments(*reference) for reference in wanted.references)
        return frozenset(wanted.variables).union(*referred)

    def _find(self, key: str, part: str) -> ast.Pattern | None:
        message = self._messages.get(key)
        if message is None or not part:
            return message.value if message else None
        return next((each.value for each in message.attributes if each.id.name == part), None)

    def _add(self, path: Path) -> None:
        source = path.read_text("utf-8")
        resource = FluentResource(source)
        for entry in resource.body:
            if isinstance(entry, ast.Junk):
                raise OurBug("; ".join(_complaints(path, source, entry)))
            if isinstance(entry, ast.Message):
                self._keep(entry, f"{path}:{_line(source, entry.id)}")
        self._bundle.add_resource(resource)

    def _say_in_own_words(self, folder: Path) -> None:
        """What a firm's texts leave out (a button, a help) is said as it is shipped."""
        files = sorted(folder.glob("*.ftl"))
        if not files:
            raise BadInput(f"Il n’y a aucun texte (.ftl) dans le dossier {folder}.")
        for path in files:
            source = path.read_text("utf-8")
            for entry in FluentResource(source).body:
                if isinstance(entry, ast.Junk):
                    raise BadInput(f"{path}, ligne {_line(source, entry)} : cette ligne n’est pas un texte Fluent.")
                if isinstance(entry, ast.Message):
                    self._replace(entry, f"{path}, ligne {_line(source, entry.id)}")

    def _replace(self, message: ast.Message, place: str) -> None:
        key = message.id.name
        shipped = self._messages.get(key)
        if shipped is None:
            raise BadInput(f"{place} : il n’y a pas de texte « {key} ». Les noms sont ceux de locales/fr.")
        for part, pattern in _patterns(message):
            if not self.has(key, part):
                raise BadInput(f"{place} : « {key} » n’a pas de partie « .{part} ».")
            self._check(pattern, self.arguments(key, part), f"{place} : {_name(key, part)}")
        told = {each.id.name: each for each in shipped.attributes} | {
            each.id.name: each for each in message.attributes
        }
        whole = ast.Message(ast.Identifier(key), message.value or shipped.value, list(told.values()))
        self._messages[key] = whole
        self._bundle.add_resource(FluentResource(serialize(ast.Resource([whole]))), allow_overrides=True)

    def _check(self, pattern: ast.Pattern, known: frozenset[str], place: str) -> None:
        wanted = _Wanted()
        wanted.visit(pattern)
        if unknown := sorted(wanted.variables - known):
            raise BadInput(f"{place} ne connaît pas ${unknown[0]}. Connus : {', '.join(sorted(known)) or 'aucun'}.")
        if any(key not in self._messages for key, _ in wanted.references):
            raise BadInput(f"{place} renvoie à un texte qui n’existe pas.")
        words = serialize(ast.Resource([ast.Message(ast.Identifier("x"), pattern)]))
        if len(words) > LONGEST_OWN:
            raise BadInput(f"{place} est trop long : {LONGEST_OWN} caractères au plus.")
        if tags := set(re.findall(r"</?([a-zA-Z][^\s>/]*)", words)) - {"b", "i", "a"}:
            raise BadInput(f"{place} contient <{min(tags)}> : seuls <b>, <i> et <a> sont possibles.")

    def _keep(self, message: ast.Message, place: str) -> None:
        if message.id.name in self._messages:
            raise OurBug(f"{place}: the key {message.id.name} is there already.")
        self._messages[message.id.name] = message


def _patterns(message: ast.Message) -> Iterator[tuple[str, ast.Pattern]]:
    """The value, whose name is empty, and the attributes."""
    if message.value is not None:
        yield "", message.value
    for each in message.attributes:
        yield each.id.name, each.value


class _Wanted(Visitor):
    """What a pattern refers to: variables, and other messages."""

    def __init__(self) -> None:
        self.variables: set[str] = set()
        self.references: set[tuple[str, str]] = set()

    def visit_VariableReference(self, node: ast.VariableReference) -> None:  # noqa: N802  # Fluent's naming
        self.variables.add(node.id.name)

    def visit_MessageReference(self, node: ast.MessageReference) -> None:  # noqa: N802
        self.references.add((node.id.name, node.attribute.name if node.attribute else ""))


def _filled(fact: object) -> Any:  # a string; fluent.runtime's annotation asks for its own types
    """FILLED($x) in a text: Fluent's selectors know no empty string."""
    return "yes" if fact else "no"


def _shortened(fact: str) -> str:
    """A fact that fits. A character reference such as `&amp;` is not cut in the middle."""
    if len(fact) <= LONGEST_FACT:
        return fact
    return re.sub(r"&[^;\s]{0,9}$", "", fact[: LONGEST_FACT - 1]) + "…"


def _name(key: str, part: str) -> str:
    return f"{key}.{part}" if part else key


def _complaints(path: Path, source: str, junk: ast.Junk) -> Iterator[str]:
    for complaint in junk.annotations or []:
        yield f"{path}:{_line(source, complaint)}: {complaint.message}"


def _line(source: str, node: ast.SyntaxNode) -> int:
    assert node.span is not None, "the parser is asked for spans"
    return source.count("\n", 0, node.span.start) + 1


def day(when: date) -> str:
    """« 22 mai 2027 »; the first of a month is « 1er », which CLDR leaves out."""
    return format_date(when, _pattern(when, "y"), locale="fr")


def moment(when: datetime, zone: tzinfo, now: datetime) -> str:
    """« demain à 9 h 30 », « jeudi 26 novembre à 9 h »; with the year where it is another one.

    Takes aware datetimes; says the wall clock of `zone`. The spaces inside the hour do not break.
    """
    local, today = when.astimezone(zone), now.astimezone(zone).date()
    minutes = f"{NO_BREAK}{local.minute:02}" if local.minute else ""
    return f"{_weekday(local.date(), today)} à {local.hour}{NO_BREAK}h{minutes}"


def _weekday(when: date, today: date) -> str:
    near = {0: "aujourd’hui", 1: "demain"}.get((when - today).days)
    year = "" if when.year == today.year else "y"
    return near or format_date(when, f"EEEE {_pattern(when, year)}", locale="fr")


def _pattern(when: date, year: str) -> str:
    """A CLDR pattern."""
    first = "'1er'" if when.day == 1 else "d"
    return f"{first} MMMM {year}".rstrip()


_day, _moment = day, moment  # the methods of the same names have parameters of the same names
