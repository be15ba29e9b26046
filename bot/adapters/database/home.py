"""The firm's board: one page of the banks, by what they cost the books, and how many there are of each kind.

Reads only. The database filters, orders, counts and cuts, so that the last page of 5,000 costs what the first one
does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import IntEnum
from functools import reduce
from operator import add
from typing import Any

import sqlalchemy as sa

from bot.adapters.database.board import (
    ClientLine,
    lapsed_on,
    lines,
    near_on,
    over_on,
    read_line,
    urgency_on,
)
from bot.adapters.database.store import moment
from bot.adapters.database.tables import client_file, connection, contact, conversation, staff_case
from bot.domain.board import Asked, Filter
from bot.domain.connection import RULES, Actor, ConnectionState
from bot.domain.names import folded
from bot.domain.vat import near_days, next_return

OF_STAFF = (ConnectionState.UNSUPPORTED.value, ConnectionState.DELETED.value)
"""Without `UNKNOWN`: a bank that was never read is no trouble, and what nobody knows makes a case of its own."""
OF_CLIENT = tuple(
    state.value
    for state, rule in RULES.items()
    if rule.acts is Actor.CLIENT and state is not ConnectionState.EXPIRING
)


class Weight(IntEnum):
    """In this order the firm's people look at the banks. Within each, the longest without data come first."""

    BEFORE_VAT = 0  # the books lack days, and a VAT return is to be made of them soon
    LOSING = 1  # the books lack days
    NOBODY_HAS_IT = 2
    SOON = 3
    BEGINNING = 4  # never connected yet: nothing is lost, nothing has come
    OURS = 5  # a person has it, and the bank works
    FINE = 6
    CLOSED = 7


@dataclass(frozen=True)
class BankLine:
    """One bank of one client, as the board shows it."""

    line: ClientLine
    file_id: int
    accountant: str
    days_lost: int
    """Since data last came, where it should come; 0 where all is well."""
    deadline: datetime | None
    """When the bot does something by itself."""
    vat_on: date | None = None
    """The client's next VAT return."""


@dataclass(frozen=True)
class BoardPage:
    """What one look at the board shows."""

    asked: Asked
    """As it could be had: its page is one that exists."""
    lines: Sequence[BankLine]
    total: int
    """How many there are on all pages."""
    pages: int
    counts: Mapping[Filter, int]
    """Of the chosen accountant's clients, and of the chosen bank, whatever state was asked for."""
    banks: int
    """All those that `counts` counts."""
    accountants: Sequence[str]
    choices: Sequence[str]
    """The banks that there are, the most frequent first."""


def board_page(sql: sa.Connection, asked: Asked, *, today: date, reminding: timedelta, size: int) -> BoardPage:
    """One page of so many lines; the last one, where there are fewer pages than was asked for."""
    names = bank_names(sql)
    seen = seen_on(today, reminding)
    of_whom = whose(seen, asked, names)
    banks, counts = count(sql, seen, of_whom)
    total = banks if asked.state is None else counts[asked.state]
    pages = max(1, -(-total // size))
    asked = replace(asked, page=min(max(0, asked.page), pages - 1))
    if asked.state is not None:
        of_whom.append(seen.c[asked.state.name])
    places = ordered(seen).where(*of_whom).limit(size).offset(asked.page * size)
    return BoardPage(
        asked=asked,
        lines=bank_lines(sql, sql.execute(places).all(), today, reminding),
        total=total,
        pages=pages,
        counts=counts,
        banks=banks,
        accountants=accountants(sql),
        choices=once(names),
    )


def lines_of_file(
    sql: sa.Connection, file_id: int, today: date, reminding: timedelta, limit: int
) -> Sequence[BankLine]:
    """The banks of one client file, in the same order."""
    seen = seen_on(today, reminding)
    mine = sa.select(conversation.c.id).join(connection, conversation.c.connection_id == connection.c.id)
    places = ordered(seen).where(seen.c.id.in_(mine.where(connection.c.file_id == file_id))).limit(limit)
    return bank_lines(sql, sql.execute(places).all(), today, reminding)


def seen_on(today: date, reminding: timedelta) -> sa.Subquery:
    """Every bank: what it is called, whether it is of each kind, and since when nothing has come."""
    of_kinds = [kind.label(name.name) for name, kind in kinds_on(today, reminding).items()]
    wanted = (
        conversation.c.id,
        conversation.c.case_id,
        client_file.c.name,
        client_file.c.accountant,
        connection.c.bank,
        connection.c.expires_on,
        connection.c.synchronised,
        client_file.c.vat_day.in_(near_days(today)).label("vat_is_near"),
        last_data(today).label("last_data"),
    )
    return lines().with_only_columns(*wanted, *of_kinds, maintain_column_froms=True).subquery("seen")


def kinds_on(today: date, reminding: timedelta) -> Mapping[Filter, sa.ColumnElement[bool]]:
    """What makes a bank one of each kind."""
    running = connection.c.closed.is_(sa.false())
    worked = connection.c.synchronised.is_(sa.true())
    lapsed = lapsed_on(today).is_(sa.true())  # and not unknown, as where there is no day
    near = sa.and_(worked, sa.not_(lapsed), near_on(today, reminding))
    has_case = conversation.c.case_id.is_not(None)
    there = sa.and_(contact.c.chat_id.is_not(None), contact.c.reachable)
    of_staff = sa.and_(worked, connection.c.state.in_(OF_STAFF))
    his_turn = sa.or_(
        connection.c.state.in_(OF_CLIENT),
        over_on(today),
        near,
        connection.c.strayed,
        sa.not_(connection.c.synchronised),
    )
    return {
        Filter.TO_TAKE: sa.and_(running, has_case, staff_case.c.taken_by == ""),
        Filter.EXPIRED: sa.and_(running, worked, lapsed),
        Filter.SOON: sa.and_(running, near),
        Filter.BLOCKED: sa.and_(running, sa.or_(has_case, of_staff)),
        Filter.WAITING: sa.and_(running, there, his_turn, sa.not_(has_case), sa.not_(of_staff)),
        Filter.UNREACHABLE: sa.and_(running, contact.c.chat_id.is_not(None), sa.not_(contact.c.reachable)),
        Filter.INVITED: sa.and_(running, contact.c.id.is_not(None), contact.c.chat_id.is_(None)),
        Filter.STALE: sa.and_(running, sa.or_(connection.c.stale, connection.c.strayed)),
        Filter.CLOSED: connection.c.closed.is_(sa.true()),
    }


def last_data(today: date) -> sa.ColumnElement[float]:
    """When data last came, in seconds since 1970.

    Where nobody reads the bank, it is taken to have worked until the day on which its consent ended.
    """
    over = sa.case((over_on(today), sa.extract("epoch", connection.c.expires_on)))
    return sa.case(
        (client_file.c.aggregator_user == "", sa.func.coalesce(over, connection.c.last_success_at)),
        else_=sa.func.coalesce(connection.c.last_success_at, over),
    )


def whose(seen: sa.Subquery, asked: Asked, names: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """The accountant and the bank that were asked for. A bank is the same one however its name is typed."""
    wanted: list[sa.ColumnElement[bool]] = []
    if asked.accountant is not None:
        wanted.append(seen.c.accountant == asked.accountant)
    if asked.bank is not None:
        wanted.append(seen.c.bank.in_([each for each in names if folded(each) == folded(asked.bank)]))
    return wanted


def count(
    sql: sa.Connection, seen: sa.Subquery, of_whom: Sequence[sa.ColumnElement[bool]]
) -> tuple[int, Mapping[Filter, int]]:
    """How many banks there are, and how many of each kind, at one go: most have the same few kinds."""
    marks = [sa.case((seen.c[kind.name], 1 << place), else_=0) for place, kind in enumerate(Filter)]
    mask = reduce(add, marks).label("mask")
    rows = sql.execute(sa.select(mask, sa.func.count()).where(*of_whom).group_by(mask)).all()
    counts = {kind: sum(found for bits, found in rows if bits >> place & 1) for place, kind in enumerate(Filter)}
    return sum(found for _, found in rows), counts


def ordered(seen: sa.Subquery) -> sa.Select[Any]:
    """The longest without data first, above all where a VAT return is near; then those that lapse next."""
    losing = sa.or_(seen.c[Filter.EXPIRED.name], seen.c[Filter.STALE.name])
    weight = sa.case(
        (seen.c[Filter.CLOSED.name], int(Weight.CLOSED)),
        (sa.and_(losing, seen.c.vat_is_near), int(Weight.BEFORE_VAT)),
        (losing, int(Weight.LOSING)),
        (seen.c[Filter.TO_TAKE.name], int(Weight.NOBODY_HAS_IT)),
        (seen.c[Filter.SOON.name], int(Weight.SOON)),
        (sa.not_(seen.c.synchronised), int(Weight.BEGINNING)),
        (seen.c.case_id.is_not(None), int(Weight.OURS)),
        else_=int(Weight.FINE),
    )
    since = sa.case((weight <= int(Weight.LOSING), seen.c.last_data))
    return sa.select(seen.c.id, since.label("since")).order_by(
        weight, sa.nulls_last(since), sa.nulls_last(seen.c.expires_on), seen.c.name, seen.c.bank, seen.c.id
    )


def bank_lines(sql: sa.Connection, places: Sequence[Any], today: date, reminding: timedelta) -> Sequence[BankLine]:
    """What there is to show of each, in the order in which they were found."""
    wanted = lines().add_columns(
        urgency_on(today, reminding).label("urgency"),
        client_file.c.id.label("file_id"),
        client_file.c.accountant,
        client_file.c.vat_day,
        conversation.c.deadline,
    )
    rows = sql.execute(wanted.where(conversation.c.id.in_([each.id for each in places])))
    known = {row.id: row for row in rows}
    return [
        BankLine(
            line=read_line(known[each.id], today, reminding),
            file_id=known[each.id].file_id,
            accountant=known[each.id].accountant,
            days_lost=days_between(each.since, today),
            deadline=moment(known[each.id].deadline),
            vat_on=next_return(known[each.id].vat_day, today),
        )
        for each in places
    ]


def days_between(since: float | None, today: date) -> int:
    """Days on which nothing came."""
    last = moment(float(since)) if since is not None else None
    return max(0, (today - last.date()).days) if last else 0


def bank_names(sql: sa.Connection) -> list[str]:
    """The banks' names as they were typed, the most frequent first."""
    counted = sa.select(connection.c.bank).group_by(connection.c.bank).order_by(sa.func.count().desc())
    return list(sql.execute(counted.order_by(connection.c.bank)).scalars())


def once(names: Sequence[str]) -> list[str]:
    """Each bank by the name that it has most often."""
    return list({folded(name): name for name in reversed(names)}.values())[::-1]


def accountants(sql: sa.Connection) -> list[str]:
    """Who has clients, by name; empty for those whom nobody has."""
    found = sql.execute(sa.select(client_file.c.accountant).distinct()).scalars()
    return sorted(found, key=folded)
