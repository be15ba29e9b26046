"""The secure links on both databases: one winner, one quarter of an hour, one owner."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.adapters.database.engine import Database
from bot.adapters.database.links import BACK_WITHIN, LIFETIME, Links, offered
from bot.domain.connection import ConnectionRef
from bot.domain.secure_link import Returned
from tests.secure_page import ODETTE, SOMEBODY_ELSE, START, House, furnished


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with furnished(database_url) as house:
        yield house


async def test_the_database_never_knows_a_token(house: House) -> None:
    _, token = await house.proven()
    claim = await house.links.claim(token)
    assert claim is not None
    everything = str(await house.rows())
    assert token not in everything
    assert claim.return_state.reveal() not in everything


async def test_the_page_learns_whose_it_is_and_which_number_to_show(house: House) -> None:
    link, token = await house.mint()
    opened = await house.opened(token)
    assert (opened.id, opened.conversation_id, opened.chat_id) == (link, house.conversation, ODETTE)
    assert (opened.bank, opened.client, opened.first_name) == ("Banque du Zinc", "Chez Odette", "Odette")
    assert opened.new_secret
    assert opened.number in opened.numbers
    assert opened.expires_at == START + LIFETIME


async def test_only_the_first_opening_is_the_first(house: House) -> None:
    _, token = await house.mint()
    assert [(await house.opened(token)).first for _ in range(3)] == [True, False, False]


async def test_of_many_at_once_one_opening_is_the_first(house: House) -> None:
    _, token = await house.mint()
    opened = await asyncio.gather(*(house.opened(token) for _ in range(20)))
    assert sum(each.first for each in opened) == 1
    assert len({each.numbers for each in opened}) == 1


async def test_a_question_that_could_not_be_asked_is_asked_at_the_next_opening(house: House) -> None:
    link, token = await house.mint()
    await house.opened(token)
    await house.links.unopen(link)
    assert (await house.opened(token)).first


async def test_looking_changes_nothing(house: House) -> None:
    _, token = await house.mint()
    before = await house.rows()
    looked = await house.links.look(token)
    assert looked is not None
    assert not looked.first
    assert not looked.proven
    assert await house.rows() == before


@pytest.mark.parametrize("number", range(10, 100))
def test_the_three_numbers_are_distinct_and_share_no_digit_with_the_right_one(number: int) -> None:
    places = offered(number, "seed of a link")
    assert places == offered(number, "seed of a link")
    assert len(set(places)) == 3
    assert number in places
    assert all(10 <= each <= 99 for each in places)
    assert all(not set(str(each)) & set(str(number)) for each in places if each != number)


def test_the_right_number_stands_anywhere() -> None:
    assert {offered(42, f"link {each}").index(42) for each in range(50)} == {0, 1, 2}


async def test_a_new_link_revokes_the_earlier_ones_of_its_conversation_only(house: House) -> None:
    _, elsewhere = await house.links.mint(house.other_conversation, ODETTE, False)
    _, claimed = await house.proven()
    assert await house.links.claim(claimed)
    _, opened = await house.mint()
    _, newest = await house.mint()
    assert await house.states() == ["OPEN", "REVOKED", "REVOKED", "OPEN"]
    assert await house.links.open(claimed) is None
    assert await house.links.open(opened) is None
    assert await house.links.open(newest)
    assert await house.links.open(elsewhere.reveal())


async def test_a_link_that_was_done_stays_done_when_a_new_one_is_made(house: House) -> None:
    _, token = await house.proven()
    claim = await house.links.claim(token)
    assert claim is not None
    await house.links.finish(claim.return_state.reveal())
    await house.mint()
    assert await house.states() == ["DONE", "OPEN"]


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (0, False), (1, False)])
async def test_a_link_lives_fifteen_minutes_to_the_second(house: House, seconds: int, alive: bool) -> None:
    link, token = await house.mint()
    number = (await house.opened(token)).number
    house.clock.moment = START + timedelta(minutes=15, seconds=seconds)
    assert (await house.links.open(token) is not None) is alive
    assert (await house.links.look(token) is not None) is alive
    assert await house.links.prove(link, number, ODETTE) is (True if alive else None)
    assert (await house.links.claim(token) is not None) is alive


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (0, False), (1, False)])
async def test_a_proven_link_is_not_claimed_after_its_end(house: House, seconds: int, alive: bool) -> None:
    _, token = await house.proven()
    house.clock.moment = START + LIFETIME + timedelta(seconds=seconds)
    assert (await house.links.claim(token) is not None) is alive
    assert await house.states() == ["CLAIMED" if alive else "OPEN"]


async def test_fifty_claims_at_once_have_one_winner(house: House) -> None:
    _, token = await house.proven()
    claims = await asyncio.gather(*(house.links.claim(token) for _ in range(50)))
    assert sum(claim is not None for claim in claims) == 1


async def test_of_two_hundred_claims_at_once_one_wins_a_hundred_times(house: House) -> None:
    """Through four databases, each with threads and connections of its own, so that they truly meet at the row."""
    databases = [Database(house.database.url.render_as_string(hide_password=False)) for _ in range(4)]
    everybody = [Links(each, house.clock) for each in databases]
    chance, winners = random.Random(1), []
    for _ in range(100):
        _, token = await house.proven()
        claims = await asyncio.gather(*(links.claim(token) for links in chance.sample(everybody * 50, 200)))
        winners.append(sum(claim is not None for claim in claims))
    for each in databases:
        await each.aclose()
    assert winners == [1] * 100
    assert (await house.states()).count("CLAIMED") == 1  # the later links revoked the earlier ones


async def test_two_processes_that_claim_at_once_have_one_winner(house: House) -> None:
    """Each process has a database of its own, so nothing but the row can decide."""
    _, token = await house.proven()
    databases = [Database(house.database.url.render_as_string(hide_password=False)) for _ in range(3)]
    everybody = [Links(each, house.clock) for each in databases]
    claims = await asyncio.gather(*(links.claim(token) for links in everybody * 10))
    for each in databases:
        await each.aclose()
    assert sum(claim is not None for claim in claims) == 1


async def test_two_processes_that_mint_at_once_leave_one_link_open(house: House) -> None:
    databases = [Database(house.database.url.render_as_string(hide_password=False)) for _ in range(3)]
    everybody = [Links(each, house.clock) for each in databases]
    await asyncio.gather(*(links.mint(house.conversation, ODETTE, False) for links in everybody * 5))
    for each in databases:
        await each.aclose()
    assert (await house.states()).count("OPEN") == 1


async def test_a_link_that_nobody_proved_cannot_be_claimed(house: House) -> None:
    _, token = await house.mint()
    assert await house.links.claim(token) is None
    await house.opened(token)
    assert await house.links.claim(token) is None
    assert await house.states() == ["OPEN"]


async def test_a_claim_says_what_the_page_is_for(house: House) -> None:
    link, token = await house.proven()
    claim = await house.links.claim(token)
    assert claim is not None
    assert (claim.id, claim.conversation_id) == (link, house.conversation)
    assert claim.ref == ConnectionRef("u7", "c9")
    assert claim.new_secret


async def test_a_wrong_number_ends_the_link(house: House) -> None:
    link, token = await house.mint()
    opened = await house.opened(token)
    wrong = next(each for each in opened.numbers if each != opened.number)
    assert await house.links.prove(link, wrong, ODETTE) is False
    assert await house.states() == ["REVOKED"]
    assert await house.links.prove(link, opened.number, ODETTE) is None
    assert await house.links.open(token) is None
    assert await house.links.claim(token) is None


async def test_another_chat_neither_proves_nor_ends_a_link(house: House) -> None:
    link, token = await house.mint()
    opened = await house.opened(token)
    for number in opened.numbers:
        assert await house.links.prove(link, number, SOMEBODY_ELSE) is None
    assert await house.links.claim(token) is None
    assert await house.links.prove(link, opened.number, ODETTE) is True


async def test_a_number_that_nobody_was_asked_for_proves_nothing(house: House) -> None:
    link, _ = await house.mint()
    assert [await house.links.prove(link, number, ODETTE) for number in (10, 50, 99)] == [None] * 3
    assert await house.states() == ["OPEN"]


async def test_a_second_tap_on_the_right_number_changes_nothing(house: House) -> None:
    link, token = await house.proven()
    number = (await house.opened(token)).number
    assert await house.links.prove(link, number, ODETTE) is True
    assert await house.links.claim(token)
    assert await house.links.prove(link, number, ODETTE) is None


async def test_three_pages_that_led_nowhere_in_an_hour_are_enough(house: House) -> None:
    for _ in range(3):
        assert not await house.links.too_many(house.conversation)
        await house.mint()  # as each answer brings one: it is not counted until it is opened
        _, token = await house.mint()
        await house.opened(token)
        house.clock.moment += timedelta(minutes=1)
    assert await house.links.too_many(house.conversation)
    assert await house.links.too_many(house.other_conversation), "the same client, at another bank"
    house.clock.moment += timedelta(minutes=57)
    assert not await house.links.too_many(house.conversation)


async def test_ten_pages_that_led_nowhere_in_a_day_are_enough(house: House) -> None:
    for _ in range(10):
        assert not await house.links.too_many(house.conversation)
        _, token = await house.proven()
        assert await house.links.claim(token)
        house.clock.moment += timedelta(minutes=30)
    assert await house.links.too_many(house.conversation)
    house.clock.moment += timedelta(hours=19)
    assert not await house.links.too_many(house.conversation)


async def test_pages_that_were_gone_through_are_not_counted(house: House) -> None:
    for _ in range(4):
        _, token = await house.proven()
        claim = await house.links.claim(token)
        assert claim is not None
        await house.links.finish(claim.return_state.reveal())
    assert not await house.links.too_many(house.conversation)


async def test_a_revoked_link_opens_no_more_but_one_that_was_claimed_still_comes_back(house: House) -> None:
    link, token = await house.proven()
    await house.links.revoke(link)
    assert await house.states() == ["REVOKED"]
    assert await house.links.claim(token) is None
    link, token = await house.proven()
    claim = await house.links.claim(token)
    assert claim is not None
    await house.links.revoke(link)
    assert await house.links.finish(claim.return_state.reveal())


async def test_a_released_link_can_be_claimed_again(house: House) -> None:
    link, token = await house.proven()
    first = await house.links.claim(token)
    assert first is not None
    await house.links.release(link)
    assert await house.links.finish(first.return_state.reveal()) is None
    assert await house.links.claim(token)
    assert await house.links.claim(token) is None


async def test_releasing_does_not_revive_a_revoked_link(house: House) -> None:
    link, token = await house.proven()
    await house.links.claim(token)
    await house.mint()
    await house.links.release(link)
    assert await house.states() == ["REVOKED", "OPEN"]


async def test_the_way_back_ends_the_link_and_can_be_told_again_after_a_crash(house: House) -> None:
    link, token = await house.proven()
    claim = await house.links.claim(token)
    assert claim is not None
    state = claim.return_state.reveal()
    assert await house.links.finish(state) == Returned(link, house.conversation, ConnectionRef("u7", "c9"))
    assert await house.states() == ["DONE"]
    assert await house.links.finish(state) == Returned(link, house.conversation, ConnectionRef("u7", "c9"))
    house.clock.moment += BACK_WITHIN
    assert await house.links.finish(state) is None


async def test_the_way_back_may_take_longer_than_the_link(house: House) -> None:
    _, token = await house.proven()
    claim = await house.links.claim(token)
    assert claim is not None
    house.clock.moment += timedelta(hours=2)
    assert await house.links.finish(claim.return_state.reveal())


@pytest.mark.parametrize("unknown", ["", "x", "a" * 43, "\udc80", "é" * 200, "' OR 1=1 --"])
async def test_an_unknown_token_opens_nothing(house: House, unknown: str) -> None:
    await house.proven()
    before = await house.rows()
    assert await house.links.open(unknown) is None
    assert await house.links.look(unknown) is None
    assert await house.links.claim(unknown) is None
    assert await house.links.finish(unknown) is None
    assert await house.rows() == before
