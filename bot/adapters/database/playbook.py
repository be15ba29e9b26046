"""The playbooks of banks, as they are stored. A bank is its folded name, however the firm's list spells it."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import bindparam as given

from bot.adapters.database.tables import bank_trap
from bot.domain.names import folded
from bot.domain.playbook import STEPS, Trap

AT = sa.select(bank_trap).where(bank_trap.c.bank == given("bank")).order_by(bank_trap.c.id)


def traps(sql: sa.Connection, bank: str) -> list[Trap]:
    """Those of a bank, in the order of the steps."""
    rows = sql.execute(AT, {"bank": folded(bank)})
    found = [Trap(row.id, row.step, row.words, row.who) for row in rows if row.step in STEPS]
    return sorted(found, key=lambda trap: list(STEPS).index(trap.step))


def add(sql: sa.Connection, bank: str, step: str, words: str, who: str, by: str, now: datetime) -> int:
    """A new one; returns its id."""
    values = {
        "bank": folded(bank), "step": step, "words": words, "who": who, "added_by": by, "added_at": now.timestamp(),
    }  # fmt: skip
    added: int = sql.execute(sa.insert(bank_trap).values(values).returning(bank_trap.c.id)).scalar_one()
    return added


def remove(sql: sa.Connection, trap_id: int) -> bool:
    """False where it is gone already."""
    return bool(sql.execute(sa.delete(bank_trap).where(bank_trap.c.id == trap_id)).rowcount)
