"""The password has changed: three ways to find out, the secure page, and every way in which that page goes wrong."""

import pytest

from bot.adapters.database.links import AT_MOST
from bot.sandbox.actors import Client, keys, until
from tests.journeys.story import MARCEL, OpenStory, Story, Visitor, said

BANK = MARCEL.bank
CLOSED = {"state": "closed"}


async def changed_his_password(story: Story, new: str = "Bouillabaisse-13") -> Client:
    """Marcel's bank made him choose a new one; One up meets it at the blue button."""
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    story.world.bank.change_password(story.links[BANK], story.secret(new))
    await story.presses_the_blue_button(BANK)
    await story.settle()
    return marcel


async def types_it_on_the_page(story: Story, client: Client, *tries: str) -> None:
    """The last try is the right one."""
    async with story.hosted_page(client) as page:
        for each in tries:
            assert await page.types(story.secret(each)) is (each == tries[-1])
    await story.settle()
    await client.hears("renewal-done")


async def test_a_wrong_password_then_the_right_one(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    await marcel.hears("new-password")
    await types_it_on_the_page(story, marcel, "pas-le-bon-1", "pas-le-bon-2", "Bouillabaisse-13")


async def test_his_button_leads_to_the_page_too(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    story.world.bank.change_password(story.links[BANK], story.secret("Bouillabaisse-13"))
    await story.settle()
    await marcel.presses("start", "there", "password-changed")
    await marcel.hears("new-password")
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_his_words_lead_to_the_page_too(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.writes("j'ai changé de mot de passe à la banque")
    await marcel.hears("new-password")
    story.world.bank.change_password(story.links[BANK], story.secret("Bouillabaisse-13"))
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_a_password_that_changed_long_before_the_day_is_asked_for_at_a_decent_hour(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    await story.wait_until(story.now.replace(hour=22))
    story.world.bank.change_password(story.links[BANK], story.secret("Bouillabaisse-13"))
    quiet = marcel.last_id()
    await story.wait(hours=10)
    assert marcel.last_id() == quiet
    await story.wait(hours=3)
    await marcel.hears("new-password", after=quiet)
    await marcel.presses("stuck")  # a new page: the first one is older than a quarter of an hour
    await marcel.hears("new-password", "help")
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_who_says_done_without_having_typed_it_is_asked_again_and_at_last_a_person_comes(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("new-password-refused")
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("with-staff")
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "on s’arrête avant le blocage" in str(card)
    await story.julie.clicks(card, "case-handed-back")
    await marcel.hears("handed-back")
    await story.settle()
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_three_wrong_passwords_lock_the_bank_until_the_morrow(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    async with story.hosted_page(marcel) as page:
        for each in ("faux-1908", "faux-1909", "faux-1910"):
            await page.types(story.secret(each))
        assert await page.turns_back()
    await story.settle()
    await marcel.hears("act-at-bank")
    await story.wait(days=1)
    await marcel.presses("done")
    await story.settle()
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_an_expired_password_is_first_chosen_at_the_bank(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    story.world.bank.expire_password(story.links[BANK])
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("password-expired")
    story.world.bank.change_password(story.links[BANK], story.secret("Bouillabaisse-13"))
    await marcel.presses("done")
    await story.settle()
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_a_password_in_the_chat_is_deleted_and_goes_nowhere(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    pasted = await marcel.writes(f"mon mot de passe : {story.secret('Bouillabaisse-13')}")
    answer = await marcel.hears("secret-removed")
    await until(lambda: pasted["message_id"] not in [each["message_id"] for each in marcel.screen], "it is deleted")
    assert any("url" in button for button in keys(answer)), "the secure page is at hand"
    await story.julie.reads("ressemble à un mot de passe")
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


@pytest.mark.parametrize("way", ["caption", "edited"])
async def test_a_password_under_a_photo_or_in_a_corrected_message_goes_nowhere_either(
    open_story: OpenStory, way: str
) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    secret = story.secret("Bouillabaisse-13")
    phones = story.world.telegram
    if way == "caption":
        sent = await phones.sends_photo(marcel.id, PNG, f"mdp {secret}")
    else:
        sent = await marcel.writes("bonjour")
        await marcel.hears("hello")
        await phones.edits(marcel.id, sent["message_id"], f"mdp {secret}")
    await marcel.hears("secret-removed")
    await until(lambda: sent["message_id"] not in [each["message_id"] for each in marcel.screen], "it is deleted")
    await types_it_on_the_page(story, marcel, secret)


# The secure link


async def test_whoever_has_a_forwarded_link_gets_nowhere(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    link = marcel.secure_page()
    async with Visitor(marcel) as stranger:
        shown = await stranger.opens(link)
        number = int(shown["facts"]["number"])
        assert await stranger.asks("claim", token=stranger.token) == CLOSED, "nobody goes on without the number"
        question = await marcel.hears("number-question")
        wrong = next(int(button["text"]) for button in keys(question) if button["text"] != str(number))
        await marcel.taps_number(wrong)
        await story.settle()
        assert await stranger.asks("status", token=stranger.token) == CLOSED
    await marcel.hears("link-refused")
    await story.julie.reads("a été refusée")
    await marcel.presses("stuck")  # his own new page
    await marcel.hears("new-password", "help")
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_three_pages_that_lead_nowhere_in_an_hour_bring_a_person_once(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, pages=AT_MOST)
    marcel = await changed_his_password(story)
    for _ in range(3):
        async with Visitor(marcel) as browser:
            assert "facts" in await browser.opens(marcel.secure_page())
        await story.settle()
        before = marcel.last_id()
        await marcel.writes("bonjour")  # each answer brings a new page
        await marcel.hears("hello", after=before)
    await marcel.hears("too-many-pages")
    await marcel.hears("with-staff")
    assert not any("url" in button for button in keys(await marcel.hears("hello", after=before)))
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "plusieurs pages sécurisées ouvertes sans aboutir" in str(card)
    await marcel.writes("bonjour")
    await story.settle()
    assert len(story.cards(MARCEL.client)) == 1
    await story.wait(hours=1)
    await story.julie.clicks(card, "case-handed-back")
    await marcel.hears("handed-back")
    await story.settle()
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_an_expired_link_is_closed_and_a_new_one_is_one_press_away(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    await story.wait(minutes=16)
    async with Visitor(marcel) as browser:
        assert await browser.opens(marcel.secure_page()) == CLOSED
    await marcel.presses("stuck")
    await marcel.hears("new-password", "help")
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_a_link_opens_once(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    link = marcel.secure_page()
    async with story.hosted_page(marcel) as page:
        async with Visitor(marcel) as again:
            assert await again.opens(link) == CLOSED
        assert await page.types(story.secret("Bouillabaisse-13"))
    async with Visitor(marcel) as again:
        assert await again.opens(link) == CLOSED
    await story.settle()
    await marcel.hears("renewal-done")


async def test_without_a_new_link_the_first_one_is_of_no_use_to_anybody_after_help(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    first = marcel.secure_page()
    await marcel.presses("stuck")
    await marcel.hears("new-password", "help")
    async with Visitor(marcel) as browser:
        assert await browser.opens(first) == CLOSED
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_who_leaves_the_page_is_asked_again(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    async with story.hosted_page(marcel) as page:
        assert await page._submits("leave")
    await story.settle()
    again = await marcel.hears("new-password-refused")
    assert BANK in said(again)
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


async def test_an_aggregator_without_a_page_at_this_moment_does_not_spend_the_link(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    browser = Visitor(marcel)
    async with browser:
        shown = await browser.opens(marcel.secure_page())
        await marcel.taps_number(int(shown["facts"]["number"]))
        await story.settle()
        story.world.weather["bank"].storm(503, after="0", where="/auth/")
        refused = await browser._http.post(f"{browser.address}/claim", json={"token": browser.token})
        assert refused.status_code == 503
        story.world.weather["bank"].clears()
        await browser.goes_on()
        assert await browser.types("Bouillabaisse-13")
    await story.settle()
    await marcel.hears("renewal-done")


async def test_silence_before_the_page_is_met_with_one_word_and_a_new_page(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await changed_his_password(story)
    await story.wait(days=1)
    await marcel.hears("new-password", "nudge")
    await marcel.presses("stuck")
    await marcel.hears("new-password", "help")
    await types_it_on_the_page(story, marcel, "Bouillabaisse-13")


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
