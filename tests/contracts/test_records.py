"""From what an aggregator names to our conversations, on both databases."""

from collections.abc import AsyncIterator

import pytest

from bot.adapters.database.records import SqlRecords
from bot.domain.connection import ConnectionRef
from flows.state import Quiet
from tests.firm import Firm, founded


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


async def banks(firm: Firm) -> tuple[int, int, int, int]:
    """User 7's connection 12 and one that is not known yet; user 8's 12; and one of a file without a user."""
    odette, zinc = await firm.file("Chez Odette"), await firm.file("Le Zinc", aggregator_user="8")
    nobody = await firm.file("Le Comptoir", aggregator_user="")
    return (
        await firm.bank(odette, Quiet(), "Crédit Rural", aggregator_connection="12"),
        await firm.bank(odette, Quiet(), "Banque Mistral", aggregator_connection=""),
        await firm.bank(zinc, Quiet(), "Crédit Rural", aggregator_connection="12"),
        await firm.bank(nobody, Quiet(), "Crédit Rural", aggregator_connection=""),
    )


async def found(firm: Firm, *refs: ConnectionRef) -> list[int]:
    return sorted(await SqlRecords(firm.database).conversations(refs))


async def test_a_hint_with_a_user_means_his_connection_and_those_not_known_yet(firm: Firm) -> None:
    known, new, other, _ = await banks(firm)
    assert await found(firm, ConnectionRef("7", "12")) == [known, new]
    assert await found(firm, ConnectionRef("7", "99")) == [new]
    assert await found(firm, ConnectionRef("8", "12")) == [other]
    assert await found(firm, ConnectionRef("7")) == [new]


async def test_a_hint_without_a_user_means_the_connection_whoevers_it_is(firm: Firm) -> None:
    known, _, other, _ = await banks(firm)
    assert await found(firm, ConnectionRef("", "12")) == [known, other]
    assert await found(firm, ConnectionRef("", "99")) == []


async def test_a_hint_that_names_nothing_means_nobody(firm: Firm) -> None:
    await banks(firm)
    assert await found(firm, ConnectionRef("")) == []
