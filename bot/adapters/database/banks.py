"""The banks of the firm's clients, found as colleagues type them. Reads only."""

from dataclasses import dataclass

import sqlalchemy as sa

from bot.adapters.database.board import nearly
from bot.adapters.database.tables import connection
from bot.domain.names import folded


@dataclass(frozen=True)
class BankFound:
    """A bank by the name that it has most often, and how many of the clients' connections are there."""

    name: str
    connections: int


def banks_called(sql: sa.Connection, typed: str) -> list[BankFound]:
    """The banks that a colleague may mean, the one with most clients first.

    That of just this name alone; else those of whose name it is a part; else those called nearly so. All for none.
    """
    wanted, found = folded(typed), banks(sql)
    if wanted in found:
        return [found[wanted]]
    part = [each for name, each in found.items() if wanted in name]
    if part:
        return part
    names = list(found)
    return [found[names[place]] for place in nearly(wanted, {place: (name,) for place, name in enumerate(names)})]


def banks(sql: sa.Connection) -> dict[str, BankFound]:
    """All of them by their folded names, those that are closed left out; the one with most clients first."""
    count = sa.func.count().label("connections")
    counted = sa.select(connection.c.bank, count).where(sa.not_(connection.c.closed)).group_by(connection.c.bank)
    found: dict[str, BankFound] = {}
    for row in sql.execute(counted.order_by(count.desc(), connection.c.bank)):
        known = found.get(folded(row.bank), BankFound(row.bank, 0))
        found[folded(row.bank)] = BankFound(known.name, known.connections + row.connections)
    return dict(sorted(found.items(), key=lambda each: (-each[1].connections, each[0])))
