"""Staff follow a client's secure page in its place, close it, and find all of it in a trail that nobody touched."""

import json

from bot.adapters.audit_files import audit_key
from bot.adapters.database.audit import entries, latest
from bot.domain.audit import Verdict, verify
from bot.sandbox.actors import Client, keys
from tests.journeys.story import MARCEL, OpenStory, Story, Visitor

BANK = MARCEL.bank
NEW = "Bouillabaisse-13"
Acts = list[tuple[str, str]]


async def is_asked_for_his_password(story: Story) -> Client:
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    story.world.bank.change_password(story.links[BANK], story.secret(NEW))
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("new-password")
    return marcel


async def the_list(story: Story) -> dict[str, object]:
    """What Julie sees when she asks for it."""
    await story.world.slack.commands(story.julie.id, "/resync")
    return story.world.slack.ephemerals(story.julie.id)[-1]


def acts(story: Story) -> Acts:
    """The trail, as (act, by whom), once it is known to be intact."""
    with story.world.app.database.reader.connect() as sql:
        noted = [json.loads(each) for each in latest(sql, 1000)]
        assert verify(entries(sql), audit_key(story.world.settings)) == Verdict(len(noted))
    assert all(secret not in str(noted) for secret in (*story.secrets, "Marcel", "Julie", "Zinc"))
    return [(each["act"], each.get("by", "")) for each in noted]


async def test_the_list_shows_each_step_and_no_message_is_sent_for_any(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await is_asked_for_his_password(story)
    before = len(story.world.slack.messages())
    assert "envoyée, pas encore ouverte" in str(await the_list(story))
    async with Visitor(marcel) as browser:
        shown = await browser.opens(marcel.secure_page())
        assert "il doit encore montrer que c’est lui" in str(await the_list(story))
        await marcel.taps_number(int(shown["facts"]["number"]))
        await story.settle()
        assert "et c’est bien lui" in str(await the_list(story))
        await browser.goes_on()
        seen = str(await the_list(story))
        assert "il est sur la page de la banque" in seen
        assert "page-close" not in seen, "that page is not ours to close"
        assert len(story.world.slack.messages()) == before
        await browser._submits("leave")
        await story.settle()
        await marcel.hears("new-password-refused")
        assert "pas encore ouverte (après un refus de la banque)" in str(await the_list(story))
    async with story.hosted_page(marcel) as browser:
        assert await browser.types(NEW)
    await story.settle()
    await marcel.hears("renewal-done")
    assert "c’est fait, la banque l’a accepté" in str(await the_list(story))
    assert [act for act, _ in acts(story)] == [
        "invitation-claimed",
        *("link-minted", "link-opened", "link-proven", "link-claimed", "link-done", "link-refused"),
        *("link-minted", "link-opened", "link-proven", "link-claimed", "link-done", "link-renewed"),
    ]


async def test_a_page_that_staff_close_is_closed_and_the_client_is_told_how_to_go_on(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await is_asked_for_his_password(story)
    async with Visitor(marcel) as browser:
        await browser.opens(marcel.secure_page())
        listed = await the_list(story)
        await story.julie.clicks(listed, "page-close")
        await marcel.hears("page-closed-by-staff")
        assert await browser.asks("status", token=browser.token) == {"state": "closed"}
    assert "le client le sait" in str(story.world.slack.ephemerals(story.julie.id))
    last = marcel.last_id()
    await story.julie.clicks(listed, "page-close")
    assert "rien n’a changé" in str(story.world.slack.ephemerals(story.julie.id))
    await story.settle()
    assert marcel.last_id() == last
    assert ("link-revoked", "slack:U0JULIE") in acts(story)
    await marcel.presses("stuck")
    await marcel.hears("new-password", "help")
    async with story.hosted_page(marcel) as browser:
        assert await browser.types(NEW)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_a_card_shows_it_in_its_place_and_its_thread_stays_still(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await is_asked_for_his_password(story)
    async with story.hosted_page(marcel) as browser:
        await marcel.writes("je veux parler à mon comptable")
        await marcel.hears("with-staff")
        card = await story.julie.card(MARCEL.client, having="case-took")
        assert "il est sur la page de la banque" in str(card)
        await story.julie.clicks(card, "case-took")
        await marcel.hears("staff-took")
        await story.settle()
        thread = len(story.julie.thread(card["ts"]))
        await browser._submits("leave")
        await story.settle()
    assert "la banque a refusé" in str(await story.julie.card(MARCEL.client, having="case-resolved"))
    assert len(story.julie.thread(card["ts"])) == thread
    assert ("staff-took", "slack:U0JULIE") in acts(story)
    await story.julie.clicks(card, "case-handed-back")
    await marcel.hears("handed-back")
    await story.settle()
    async with story.hosted_page(marcel) as browser:
        assert await browser.types(NEW)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_a_page_that_a_case_has_closed_says_so_on_its_card(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await is_asked_for_his_password(story)
    await marcel.writes("je veux parler à mon comptable")
    await marcel.hears("with-staff")
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "Page sécurisée" in str(card)
    assert "page-close" not in str(card)
    assert ("link-revoked", "flow") in acts(story)
    await story.presses_the_blue_button(BANK)


async def test_time_and_a_wrong_number_are_noted_too(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await is_asked_for_his_password(story)
    await story.wait(minutes=16)
    assert "expirée sans avoir servi" in str(await the_list(story))
    await marcel.presses("stuck")
    await marcel.hears("new-password", "help")
    async with Visitor(marcel) as browser:
        shown = await browser.opens(marcel.secure_page())
        numbers = [int(each["text"]) for each in keys(await marcel.hears("number-question"))]
        await marcel.taps_number(next(each for each in numbers if each != int(shown["facts"]["number"])))
        await marcel.hears("link-refused")
    await story.settle()
    noted = acts(story)
    assert ("link-expired", "") in noted
    assert ("link-revoked", "wrong-number") in noted


async def test_an_opt_out_is_noted(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await is_asked_for_his_password(story)
    await marcel.writes("stop")
    await marcel.hears("opted-out")
    await marcel.presses("resume")
    await marcel.hears("opted-in")
    await story.settle()
    assert [act for act, _ in acts(story) if act.startswith("opted")] == ["opted-out", "opted-in"]
