"""The secure page inside of Telegram: no number to tap, and nobody else gets in; and where it cannot be so."""

import pytest

from bot.sandbox.actors import keys
from bot.sandbox.telegram.web_apps import launched
from tests.journeys.story import MARCEL, SOFIA, OpenStory, Visitor
from tests.journeys.test_password_journeys import CLOSED, changed_his_password, types_it_on_the_page

NEW = "Bouillabaisse-13"


@pytest.mark.parametrize("by_signature", [False, True], ids=["hash", "signature"])
async def test_the_owner_goes_on_without_a_number(open_story: OpenStory, by_signature: bool) -> None:
    story = await open_story(MARCEL, mini_app="on", by_signature=by_signature)
    marcel = await changed_his_password(story)
    message = await marcel.hears("new-password")
    assert [button["text"] for button in keys(message) if "web_app" in button] == ["Ouvrir la page sécurisée"]
    assert not any("url" in button for button in keys(message)), "one button, not two"
    assert message["has_protected_content"] is True
    before = marcel.last_id()
    async with Visitor(marcel) as page:
        assert (await page.opens_mini_app(await marcel.mini_app()))["state"] == "proven"
        await page.goes_on()
        assert not await page.types(story.secret("pas-le-bon-1"))
        assert await page.types(story.secret(NEW))
    await story.settle()
    await marcel.hears("renewal-done", after=before)
    assert not any("n:" in str(keys(each)) for each in marcel.heard()), "nobody asked for a number"


async def test_somebody_else_closes_the_page_staff_hear_of_it_and_a_new_one_is_a_press_away(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL, SOFIA, mini_app="on")
    marcel = await changed_his_password(story)
    sofia = story.people["Sofia"]
    address = await marcel.mini_app()
    button = address.partition("?tgWebAppData")[0]
    async with Visitor(sofia) as stranger:
        assert await stranger.opens_mini_app(launched(button, story.world.telegram.signs(sofia.id))) == CLOSED
    await story.settle()
    await marcel.hears("link-refused")
    await story.julie.reads("a été refusée")
    async with Visitor(marcel) as again:
        assert await again.opens_mini_app(address) == CLOSED
    await marcel.presses("stuck")  # his own new page
    await marcel.hears("new-password", "help")
    async with Visitor(marcel) as own:
        assert (await own.opens_mini_app(await marcel.mini_app()))["state"] == "proven"
        await own.goes_on()
        assert await own.types(story.secret(NEW))
    await story.settle()
    await marcel.hears("renewal-done")


async def test_a_telegram_that_does_not_say_who_opened_it_is_asked_for_the_number(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, mini_app="on")
    marcel = await changed_his_password(story)
    bare = (await marcel.mini_app()).partition("?tgWebAppData")[0]
    page, _, token = bare.partition("#")
    async with Visitor(marcel) as old_client:
        shown = await old_client.opens(f"{page.partition('?')[0]}#{token}")
        await marcel.taps_number(int(shown["facts"]["number"]))
        await story.settle()
        await old_client.goes_on()
        assert await old_client.types(story.secret(NEW))
    await story.settle()
    await marcel.hears("renewal-done")


async def test_where_it_is_off_the_page_is_a_plain_link(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, mini_app="off")
    marcel = await changed_his_password(story)
    message = await marcel.hears("new-password")
    assert not any("web_app" in button for button in keys(message))
    await types_it_on_the_page(story, marcel, NEW)
