"""What a bank can want, and what is the bank's own fault, each to its end."""

from datetime import timedelta

from bot.sandbox.actors import Client
from tests.journeys.story import MARCEL, OpenStory, Story, said

BANK = MARCEL.bank


async def at_the_blue_button(story: Story) -> Client:
    """Marcel was nudged and stands before step B."""
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await story.settle()
    return marcel


async def test_a_code_by_sms_is_typed_on_the_secure_page(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    bank, link = story.world.bank, story.links[BANK]
    bank.ask_code(link)
    await story.presses_the_blue_button(BANK)
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("type-code")
    async with story.hosted_page(marcel) as page:
        await page.presses_go()
        assert not await page.types("000000" if bank.link(link).code != "000000" else "111111")
        assert await page.types(story.secret(bank.link(link).code))
    await story.settle()
    await marcel.hears("renewal-done")


async def test_an_approval_in_the_app(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.ask_approval(story.links[BANK])
    await story.presses_the_blue_button(BANK)
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("approve-in-app")
    await marcel.presses("done")  # too early
    await story.settle()
    await marcel.presses("stuck")
    await marcel.hears("approve-in-app", "help")
    story.world.bank.approve(story.links[BANK])
    await story.settle()
    await marcel.hears("renewal-done")


async def test_something_to_be_done_at_the_bank(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.require_action(story.links[BANK])
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("act-at-bank")
    story.gives_no_hints()
    story.world.bank.require_action(story.links[BANK], on=False)
    await story.presses_the_blue_button(BANK)
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("renewal-done")


async def test_a_bank_that_is_down_is_watched_and_he_hears_at_a_decent_hour(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.switch(BANK, False)
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("bank-down")
    last = marcel.last_id()
    await story.wait_until(story.now.replace(hour=23))
    story.world.bank.switch(BANK, True)
    await story.settle()
    assert marcel.last_id() == last, "nothing is asked while it is down, nor in the evening"
    await story.wait(hours=11)
    back = await marcel.hears("bank-is-back")
    assert story.moment(back).hour == 9
    await marcel.presses("start", "there")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_a_bank_that_stays_down_becomes_a_case_and_good_news_ends_it(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.switch(BANK, False)
    await marcel.presses("done")
    await story.wait(days=2, hours=1)
    await story.julie.card(MARCEL.client, having="case-took")
    await marcel.hears("with-staff")
    story.world.bank.switch(BANK, True)
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")
    await story.julie.reads("la banque le confirme")
    assert "case-took" not in str(story.cards(MARCEL.client)), "a closed card has no buttons"


async def test_an_outage_that_is_none_of_his_business_is_kept_from_him(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    last = marcel.last_id()
    await story.wait_until_day(BANK, 15)
    story.world.bank.switch(BANK, False)
    await story.wait_until_day(BANK, 14)
    assert marcel.last_id() == last, "while it is down, there is nothing that he could do"
    story.world.bank.switch(BANK, True)
    await story.wait(days=1)
    await marcel.hears("renewal-offered", after=last)
    assert not [each for each in marcel.heard() if "votre patience" in said(each)]


async def test_an_outage_of_two_days_goes_to_staff_also_where_nobody_waits_for_the_bank(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    last = marcel.last_id()
    story.world.bank.switch(BANK, False)
    await story.wait(days=4)
    card = await story.julie.card(MARCEL.client, having="case-resolved")
    assert "ne répond pas depuis deux jours" in str(card)
    assert marcel.last_id() == last
    story.world.bank.switch(BANK, True)
    await story.wait(days=1)
    await story.julie.reads("La banque répond de nouveau, le bot reprend")
    await marcel.hears("renewal-offered", after=last)


async def test_a_bank_that_confirms_on_the_morrow_is_waited_for(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.confirm_late(story.links[BANK], timedelta(hours=20))
    await story.presses_the_blue_button(BANK)
    await marcel.presses("done")
    await story.wait(hours=21)
    await marcel.hears("renewal-done")


async def test_what_is_not_confirmed_within_a_day_goes_to_a_person(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.slow_down(story.links[BANK], timedelta(days=1, hours=2))  # nothing new is seen for so long
    await marcel.presses("done")
    await story.wait(days=1, hours=2)
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "depuis un jour" in str(card)
    await marcel.hears("with-staff")
    await story.julie.clicks(card, "case-handed-back")
    await marcel.hears("handed-back")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_who_says_done_before_it_is_done_is_asked_for_his_agreement_once_the_bank_was_read(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    await marcel.presses("done")
    await story.wait(days=1, hours=2)  # the night's data came, and the end of the consent did not move
    await marcel.hears("agree-at-bank")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_who_takes_another_login_of_his_bank_is_told_and_then_takes_the_right_one(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.stray(story.links[BANK])
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("other-accounts")
    await story.julie.reads("les comptes qui arrivent ne sont pas ceux du dossier")
    assert not [each for each in marcel.heard() if "C’est bon" in said(each)]
    async with story.hosted_page(marcel) as page:
        await page.presses_go()
    await story.settle()
    await marcel.hears("renewal-done")
    assert story.cards(MARCEL.client) == [], "nobody had to help"


async def test_who_takes_another_login_on_the_secure_page_twice_meets_a_person_who_may_say_that_it_is_right(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.expire_consent(story.links[BANK])
    await marcel.presses("done")
    await story.settle()
    await marcel.hears("agree-at-bank")
    for _ in range(2):
        story.world.bank.stray(story.links[BANK])
        async with story.hosted_page(marcel) as page:
            await page.presses_go()
        await story.settle()
    card = await story.julie.card(MARCEL.client, having="case-confirmed")
    assert "d’autres comptes que ceux du dossier" in str(card)
    await story.julie.clicks(card, "case-confirmed")
    await marcel.hears("renewal-done")
    await story.wait(days=3)
    assert len([each for each in marcel.heard() if "autre accès" in said(each)]) == 1, "and it stays right"


async def test_a_connection_that_is_gone_goes_to_staff_and_he_hears_of_it_from_them_alone(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    last = marcel.last_id()
    story.world.bank.delete(story.links[BANK])
    await story.wait_until_day(BANK, 13)
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "n’existe plus chez l’agrégateur" in str(card)
    await story.julie.clicks(card, "case-took")
    await story.settle()
    assert marcel.last_id() == last, "there was nothing in it for him"
    await story.julie.writes_in_thread(card, "@client Je recrée la connexion, rien à faire pour vous.")
    await story.settle()
    assert "Je recrée la connexion" in str(marcel.screen)


async def test_a_word_that_nobody_knows_goes_to_staff_and_blames_nobody(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.world.bank.say_unknown(story.links[BANK], "quantumEntangled")
    await marcel.presses("done")
    await story.settle()
    card = await story.julie.card(MARCEL.client, having="case-handed-back")
    assert "réponse inconnue de l’agrégateur" in str(card)
    assert "état inconnu (quantumEntangled)" in str(card)
    await marcel.hears("with-staff")
    assert not [each for each in marcel.heard() if "quantum" in said(each) or "incorrect" in said(each)]
    story.world.bank.say_unknown(story.links[BANK], None)
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_an_aggregator_out_of_reach_on_the_day_keeps_nobody_from_being_nudged(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    story.world.weather["bank"].storm(503, after="0")
    await story.wait_until_day(BANK, 14)
    await marcel.hears("renewal-offered")
    await marcel.presses("start", "there", "done")
    await story.settle()
    story.world.weather["bank"].clears()
    await story.presses_the_blue_button(BANK)
    await story.wait(hours=1)
    await marcel.hears("renewal-done")


async def test_an_aggregator_that_asks_for_patience_gets_it(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await at_the_blue_button(story)
    story.gives_no_hints()
    await story.presses_the_blue_button(BANK)
    story.world.bank.limit(4, retry_after=0)
    await marcel.presses("done")
    await story.wait(minutes=5)
    await marcel.hears("renewal-done")


async def test_the_same_hint_is_news_again_another_day(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    link = story.links[BANK]
    for words in ("password-expired", "password-expired"):
        last = marcel.last_id()
        story.world.bank.say_unknown(link, "passwordExpired")
        await story.wait(hours=7)
        await marcel.hears(words, after=last)
        await marcel.writes("je veux parler à mon comptable")
        card = await story.julie.card(MARCEL.client, having="case-resolved")
        story.world.bank.say_unknown(link, None)
        await story.settle()
        await story.julie.clicks(card, "case-resolved")
        await marcel.hears("case-resolved", after=last)
        await story.wait(hours=17)
