"""Small checks of JSON values that say what is wrong and where, in Slack's own manner.

Pure. A check takes a value, the JSON pointer to it and a list; it appends one line per fault:
`must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Faults = list[str]
Check = Callable[[Any, str, Faults], None]
Rule = Callable[[Mapping[str, Any], str, Faults], None]


def fault(faults: Faults, what: str, where: str) -> None:
    faults.append(f"{what} [json-pointer:{where}]")


def string(most: int = 3000, least: int = 0, pattern: str | None = None) -> Check:
    """A string of `least` to `most` characters, matching all of `pattern` if there is one."""

    def check(value: Any, where: str, faults: Faults) -> None:
        if not isinstance(value, str):
            fault(faults, "must be a string", where)
        elif len(value) > most:
            fault(faults, f"must be less than {most + 1} characters", where)
        elif len(value) < least:
            fault(faults, f"must be more than {least - 1} characters", where)
        elif pattern is not None and not re.fullmatch(pattern, value):
            fault(faults, "failed to match the expected format", where)

    return check


def integer(least: int, most: int) -> Check:
    def check(value: Any, where: str, faults: Faults) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            fault(faults, "must be an integer", where)
        elif not least <= value <= most:
            fault(faults, f"must be between {least} and {most}", where)

    return check


def boolean(value: Any, where: str, faults: Faults) -> None:
    if not isinstance(value, bool):
        fault(faults, "must be a boolean", where)


def one_of(*allowed: str | int) -> Check:
    def check(value: Any, where: str, faults: Faults) -> None:
        if isinstance(value, bool) or value not in allowed:
            fault(faults, f"must be one of {', '.join(map(str, allowed))}", where)

    return check


def array(item: Check, least: int = 0, most: int = 1000) -> Check:
    def check(value: Any, where: str, faults: Faults) -> None:
        if not isinstance(value, list):
            fault(faults, "must be an array", where)
            return
        if len(value) > most:
            fault(faults, f"no more than {most} items allowed", where)
        if len(value) < least:
            fault(faults, f"no fewer than {least} items allowed", where)
        for index, each in enumerate(value):
            item(each, f"{where}/{index}", faults)

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check], *rules: Rule) -> Check:
    """An object with these fields and no other; the rules look at it whole, if its fields are sound."""
    known = {**required, **optional}

    def check(value: Any, where: str, faults: Faults) -> None:
        if not isinstance(value, dict):
            fault(faults, "must be an object", where)
            return
        before = len(faults)
        for name in required.keys() - value.keys():
            fault(faults, f"missing required field: {name}", where)
        for name, each in value.items():
            if name in known:
                known[name](each, f"{where}/{name}", faults)
            else:
                fault(faults, f"unsupported field: {name}", where)
        if len(faults) == before:
            for rule in rules:
                rule(value, where, faults)

    return check


def kind(
    name: str,
    required: Mapping[str, Check] | None = None,
    optional: Mapping[str, Check] | None = None,
    *rules: Rule,
) -> Check:
    """An object whose `type` is `name`."""
    return record({"type": one_of(name), **(required or {})}, optional or {}, *rules)


def by_type(table: Mapping[str, Check], names: Iterable[str] | None = None) -> Check:
    """An object checked by what `table` holds for its `type`; only `names` of it, if given.

    The table is read when a value is checked, so that tables may refer to each other.
    """
    allowed = None if names is None else frozenset(names)

    def check(value: Any, where: str, faults: Faults) -> None:
        if not isinstance(value, dict):
            fault(faults, "must be an object", where)
        elif not isinstance(value.get("type"), str):
            fault(faults, "missing required field: type", where)
        elif value["type"] not in table or (allowed is not None and value["type"] not in allowed):
            fault(faults, f"unsupported type: {value['type']}", f"{where}/type")
        else:
            table[value["type"]](value, where, faults)

    return check


def exactly_one(*names: str) -> Rule:
    def rule(value: Mapping[str, Any], where: str, faults: Faults) -> None:
        if sum(name in value for name in names) != 1:
            fault(faults, f"needs exactly one of {' or '.join(names)}", where)

    return rule


def at_least_one(*names: str) -> Rule:
    def rule(value: Mapping[str, Any], where: str, faults: Faults) -> None:
        if not any(name in value for name in names):
            fault(faults, f"needs one of {' or '.join(names)}", where)

    return rule


def ordered(low: str, high: str) -> Rule:
    """The number in field `low` is not above the number in field `high`, where both are given."""

    def rule(value: Mapping[str, Any], where: str, faults: Faults) -> None:
        if low in value and high in value and float(value[low]) > float(value[high]):
            fault(faults, f"{low} must not be above {high}", where)

    return rule
