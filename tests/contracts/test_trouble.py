"""What is known of a bank when its client speaks of a trouble, and the words in which he reads it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.adapters.texts import Texts
from bot.domain.connection import ConnectionState
from flows.renewal import StepB
from tests.firm import NOW, Firm, founded

HOUR = timedelta(hours=1)


@pytest.fixture
async def firm(sqlite_database: str) -> AsyncIterator[Firm]:
    async with founded(sqlite_database) as firm:
        yield firm


async def odette(firm: Firm, state: ConnectionState) -> int:
    """Her conversation, about a bank that was read in this state."""
    talk = await firm.talk(await firm.odette(StepB()))
    await firm.store.transact(lambda tx: tx.save_connection(replace(talk.connection, state=state)))
    return talk.id


@pytest.mark.parametrize(
    ("state", "known"),
    [
        (ConnectionState.BANK_UNAVAILABLE, "down"),
        (ConnectionState.OK, "works"),
        (ConnectionState.EXPIRING, "works"),
        (ConnectionState.PASSWORD_CHANGED, "unknown"),
    ],
)
async def test_what_is_known_is_what_was_read_last(firm: Firm, state: ConnectionState, known: str) -> None:
    assert await firm.engine.incidents.trouble(await odette(firm, state)) == known


@pytest.mark.parametrize(
    ("failed", "ago", "known"),
    [(False, HOUR, "others"), (True, HOUR, "unknown"), (False, 48 * HOUR, "unknown")],
)
async def test_where_it_works_for_the_others_that_is_said(
    firm: Firm, failed: bool, ago: timedelta, known: str
) -> None:
    talk = await odette(firm, ConnectionState.UNKNOWN)
    other = (await firm.talk(await firm.bank(await firm.file("Le Petit Zinc"), StepB()))).connection
    await firm.store.transact(lambda tx: tx.radar.note(other, failed=failed, now=NOW - ago, learns=False))
    assert await firm.engine.incidents.trouble(talk) == known


async def test_a_declared_incident_is_named_first(firm: Firm) -> None:
    talk = await odette(firm, ConnectionState.OK)
    await firm.engine.incidents.declare("Crédit Rural", who="Anne", by="U0ANNE")
    assert await firm.engine.incidents.trouble(talk) == "incident"


def test_each_of_them_has_words_of_its_own() -> None:
    known = ("incident", "down", "works", "others", "unknown")
    said = {Texts().say("bank-as-known", bank="Crédit Rural", trouble=each) for each in known}
    assert len(said) == len(known)
