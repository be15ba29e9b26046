"""Links that open as a Mini App, on both databases: its owner, once, with the page that proved him."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.adapters.database.engine import Database
from bot.adapters.database.links import LIFETIME, Links
from bot.domain.secret import Secret
from bot.domain.secure_link import Identified, Stranger, fingerprint
from tests.secure_page import ODETTE, SOMEBODY_ELSE, START, House, furnished


@pytest.fixture
async def house(database_url: str) -> AsyncIterator[House]:
    async with furnished(database_url) as house:
        yield house


async def minted(house: House) -> tuple[int, str, str]:
    """A link: its id, its fingerprint, and the token of the button in the chat."""
    link, token = await house.mint()
    return link, fingerprint(Secret(token)), token


async def identified(house: House, name: str, proof: str = "a" * 64) -> str:
    """Odette opens it; the token of her page."""
    found = await house.links.identify(name, ODETTE, proof)
    assert isinstance(found, Identified)
    assert found.opened.proven
    return found.token.reveal()


async def test_its_owner_is_proven_without_a_number(house: House) -> None:
    link, name, _ = await minted(house)
    page = await identified(house, name)
    looked = await house.links.look(page)
    assert looked is not None
    assert (looked.id, looked.proven, looked.bank, looked.new_secret) == (link, True, "Banque du Zinc", True)
    claim = await house.links.claim(page)
    assert claim is not None
    assert claim.id == link


async def test_the_database_knows_neither_token(house: House) -> None:
    _, name, token = await minted(house)
    page = await identified(house, name)
    everything = str(await house.rows())
    assert page not in everything
    assert token not in everything


async def test_after_that_the_token_of_the_chat_goes_nowhere(house: House) -> None:
    """Whoever had the link from elsewhere would otherwise go on behind its owner."""
    _, name, token = await minted(house)
    await house.opened(token)
    page = await identified(house, name)
    assert await house.links.open(token) is None
    assert await house.links.look(token) is None
    assert await house.links.claim(token) is None
    assert await house.links.claim(page)


async def test_opened_again_the_newest_page_goes_on(house: House) -> None:
    _, name, _ = await minted(house)
    first, second = await identified(house, name, "a" * 64), await identified(house, name, "b" * 64)
    assert await house.links.claim(first) is None
    assert await house.links.claim(second)


async def test_the_same_proof_opens_its_link_again(house: House) -> None:
    """An answer that was lost on the way, and the page asks again."""
    _, name, _ = await minted(house)
    first, second = await identified(house, name), await identified(house, name)
    assert await house.links.claim(first) is None
    assert await house.links.claim(second)


async def test_a_proof_opens_no_other_link_ever(house: House) -> None:
    _, name, _ = await minted(house)
    await identified(house, name, "a" * 64)
    await identified(house, name, "b" * 64)
    link, other = await house.links.mint(house.other_conversation, ODETTE, False)
    for proof in ("a" * 64, "b" * 64):
        assert await house.links.identify(fingerprint(other), ODETTE, proof) is None
    _, newer, _ = await minted(house)
    assert await house.links.identify(newer, ODETTE, "a" * 64) is None
    assert [row.proven_at for row in await house.rows() if row.id >= link] == [None, None]
    await identified(house, newer, "c" * 64)


async def test_a_stranger_is_told_apart_and_changes_nothing_by_himself(house: House) -> None:
    link, name, _ = await minted(house)
    before = await house.rows()
    assert await house.links.identify(name, SOMEBODY_ELSE, "a" * 64) == Stranger(link, house.conversation)
    assert await house.rows() == before
    await identified(house, name)  # nor is his proof held against its owner
    await house.links.revoke(link)
    assert await house.states() == ["REVOKED"]
    assert await house.links.identify(name, ODETTE, "b" * 64) is None


async def test_revoking_does_not_undo_what_was_done(house: House) -> None:
    link, name, _ = await minted(house)
    assert await house.links.claim(await identified(house, name))
    await house.links.revoke(link)
    assert await house.states() == ["CLAIMED"]


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (0, False), (1, False)])
async def test_an_identified_link_lives_no_longer(house: House, seconds: int, alive: bool) -> None:
    _, name, _ = await minted(house)
    page = await identified(house, name)
    house.clock.moment = START + LIFETIME + timedelta(seconds=seconds)
    assert (await house.links.look(page) is not None) is alive
    assert (await house.links.claim(page) is not None) is alive
    assert await house.states() == ["CLAIMED" if alive else "OPEN"]


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (0, False), (1, False)])
async def test_nobody_is_identified_after_its_end(house: House, seconds: int, alive: bool) -> None:
    _, name, _ = await minted(house)
    house.clock.moment = START + LIFETIME + timedelta(seconds=seconds)
    assert (await house.links.identify(name, ODETTE, "a" * 64) is not None) is alive


@pytest.mark.parametrize("over", ["used", "revoked", "expired"])
async def test_a_link_that_is_over_is_identified_by_nobody(house: House, over: str) -> None:
    link, name, _ = await minted(house)
    page = await identified(house, name)
    match over:
        case "used":
            assert await house.links.claim(page)
        case "revoked":
            await house.links.revoke(link)
        case "expired":
            house.clock.moment += LIFETIME
    for user in (ODETTE, SOMEBODY_ELSE):
        assert await house.links.identify(name, user, "d" * 64) is None


@pytest.mark.parametrize("name", ["", "1", "0" * 12, "f" * 12, "%", "g" * 12, "A" * 12, "a" * 13, "' OR 1=1 --", "é"])
async def test_an_unknown_name_names_nothing(house: House, name: str) -> None:
    await minted(house)
    before = await house.rows()
    assert await house.links.identify(name, ODETTE, "a" * 64) is None
    assert await house.rows() == before


async def test_the_name_is_that_of_one_link_among_many(house: House) -> None:
    names = []
    for _ in range(30):
        for conversation in (house.conversation, house.other_conversation):
            link, token = await house.links.mint(conversation, ODETTE, False)
            names.append((link, fingerprint(token)))
    for link, name in names[-2:]:
        found = await house.links.identify(name, ODETTE, f"{link:064d}")
        assert isinstance(found, Identified)
        assert found.opened.id == link


async def test_many_pages_at_once_leave_one_that_goes_on(house: House) -> None:
    _, name, _ = await minted(house)
    proofs = [f"{each % 5:064d}" for each in range(20)]
    found = await asyncio.gather(*(house.links.identify(name, ODETTE, proof) for proof in proofs))
    pages = [each.token.reveal() for each in found if isinstance(each, Identified)]
    assert len(pages) == 20
    claims = await asyncio.gather(*(house.links.claim(page) for page in pages * 2))
    assert sum(claim is not None for claim in claims) == 1


async def test_one_proof_on_two_links_at_once_opens_one(house: House) -> None:
    """Each process has a database of its own, so nothing but the row can decide."""
    _, one = await house.links.mint(house.conversation, ODETTE, False)
    _, other = await house.links.mint(house.other_conversation, ODETTE, False)
    databases = [Database(house.database.url.render_as_string(hide_password=False)) for _ in range(3)]
    everybody = [Links(each, house.clock) for each in databases]
    for trial in range(20):
        proof = f"{trial:064d}"
        names = [fingerprint(one), fingerprint(other)] * 3
        found = await asyncio.gather(
            *(links.identify(name, ODETTE, proof) for links, name in zip(everybody * 2, names, strict=True))
        )
        opened = {each.opened.id for each in found if isinstance(each, Identified)}
        assert len(opened) == 1
    for each in databases:
        await each.aclose()


async def test_the_claim_of_an_identified_link_has_one_winner(house: House) -> None:
    """Twenty links, fifty claims at once on each, half of them with the chat's token."""
    for trial in range(20):
        _, name, token = await minted(house)
        page = await identified(house, name, f"{trial:064d}")
        claims = await asyncio.gather(*(house.links.claim(each) for each in [page, token] * 25))
        assert sum(claim is not None for claim in claims) == 1
