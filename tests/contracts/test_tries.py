"""The tries on a page of ours, on both databases: each is claimed once, before anything leaves."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.adapters.database.links import LIFETIME
from bot.adapters.database.tries import Tries
from bot.domain.connection import ConnectionRef
from tests.secure_page import ODETTE, START, House, furnished


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with furnished(database_url) as house:
        yield house


async def claimed(house: House) -> tuple[Tries, int, str]:
    """A claimed link, and what only the page that claimed it knows."""
    link, token = await house.proven()
    claim = await house.links.claim(token)
    assert claim is not None
    return Tries(house.database, house.clock), link, claim.return_state.reveal()


async def test_whoever_claimed_the_link_may_look_and_nobody_else(house: House) -> None:
    link, token = await house.proven()
    tries = Tries(house.database, house.clock)
    claim = await house.links.claim(token)
    assert claim is not None
    found = await tries.look(claim.return_state.reveal())
    assert found is not None
    assert (found.id, found.ref, found.expires_at) == (link, ConnectionRef("u7", "c9"), START + LIFETIME)
    assert (found.under_way, found.done) == (False, False)
    assert await tries.look(token) is None, "the link's own token, which can be forwarded, opens nothing here"
    assert await tries.look("") is None


@pytest.mark.parametrize("trial", range(20))
async def test_of_many_tries_at_once_one_is_made(house: House, trial: int) -> None:
    tries, link, session = await claimed(house)
    won = await asyncio.gather(*(tries.begin(session) for _ in range(50)))
    assert [each.id for each in won if each] == [link]
    assert await tries.begin(session) is None


async def test_while_a_try_is_under_way_there_is_no_other_and_after_its_answer_there_is(house: House) -> None:
    tries, link, session = await claimed(house)
    assert await tries.begin(session)
    found = await tries.look(session)
    assert found is not None
    assert found.under_way
    await tries.end(link)
    assert await tries.begin(session)


async def test_a_try_that_nobody_ended_is_never_made_again(house: House) -> None:
    """The process died in between: another one finds it under way, and has only the reading."""
    _, _, session = await claimed(house)
    assert await Tries(house.database, house.clock).begin(session)
    assert await Tries(house.database, house.clock).begin(session) is None


async def test_a_newer_link_ends_the_tries_of_the_one_before(house: House) -> None:
    tries, link, session = await claimed(house)
    await tries.begin(session)
    await house.mint()
    assert await tries.look(session) is None
    await tries.end(link)
    assert await house.states() == ["REVOKED", "OPEN"]
    assert await tries.begin(session) is None


async def test_an_open_link_has_no_tries_and_a_done_one_no_more(house: House) -> None:
    tries, link, session = await claimed(house)
    await tries.begin(session)
    assert await house.links.finish(session)
    found = await tries.look(session)
    assert found is not None
    assert found.done
    await tries.end(link)
    assert await tries.begin(session) is None
    assert await house.states() == ["DONE"]


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (0, False), (1, False)])
async def test_tries_end_with_the_link(house: House, seconds: int, alive: bool) -> None:
    tries, _, session = await claimed(house)
    house.clock.moment = START + LIFETIME + timedelta(seconds=seconds)
    assert (await tries.look(session) is not None) is alive
    assert (await tries.begin(session) is not None) is alive


async def test_another_conversations_link_is_left_alone(house: House) -> None:
    tries, _, session = await claimed(house)
    await house.links.mint(house.other_conversation, ODETTE, True)
    assert await tries.begin(session)
