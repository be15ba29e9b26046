"""The right person, then the next: who is asked instead of whom, and what the firm reads of it."""

from datetime import timedelta

from bot.sandbox.actors import Client
from tests.journeys.story import MARCEL, Line, OpenStory, Story, is_nudge, said

LUCIE = Line(MARCEL.client, "Lucie Dubois", MARCEL.bank, MARCEL.synchronised)
BANK = MARCEL.bank


async def both_arrive(story: Story) -> tuple[Client, Client]:
    """Marcel, who looks after the bank, and Lucie, who is told that he does."""
    marcel = await story.arrives("Marcel")
    lucie = await story.arrives("Lucie")
    await lucie.hears("joined")
    return marcel, lucie


def nudges(story: Story, client: Client) -> int:
    return sum(is_nudge(story.world.app.texts, each) for each in client.heard())


async def test_who_says_that_it_is_not_him_makes_place_for_the_next(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, LUCIE)
    marcel, lucie = await both_arrive(story)
    await story.wait_until_day(BANK, 14)
    await marcel.hears("renewal-offered")
    await marcel.presses("not-me")
    await marcel.hears("not-me-noted")
    await story.wait(days=1)
    asked = await lucie.hears("renewal-offered-instead")
    assert "Marcel" not in said(asked)
    await story.julie.reads("Marcel dit que ce n’est pas son dossier. Je m’adresse à Lucie.")
    last = marcel.last_id()
    await marcel.writes("ok merci")
    await marcel.hears("somebody-else", after=last)
    assert "ok merci" not in str(lucie.screen)
    await lucie.presses("start", "there")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await lucie.hears("renewal-done")
    last = marcel.last_id()
    await story.wait_until_day(BANK, 7)
    await lucie.hears("renewal-offered")
    assert marcel.last_id() == last


async def test_typed_words_hand_over_too_and_the_last_one_leaves_it_to_the_firm(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, LUCIE)
    marcel, lucie = await both_arrive(story)
    await story.wait_until_day(BANK, 14)
    await marcel.writes("Ce n'est pas moi qui m'en occupe")
    await marcel.hears("not-me-noted")
    await story.wait(days=1)
    await lucie.presses("not-me")
    await lucie.hears("with-staff")
    card = str(await story.julie.card(MARCEL.client, having="case-took"))
    assert "le client dit que ce n’est pas son dossier" in card
    assert "Déjà essayés" in card
    assert "Marcel Dubois" in card
    assert "Lucie Dubois" in card


async def test_two_silent_rungs_then_the_next_then_staff(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, LUCIE)
    marcel, lucie = await both_arrive(story)
    await story.wait_until_day(BANK, 4)
    assert nudges(story, marcel) == 2
    assert nudges(story, lucie) == 0
    await story.wait_until_day(BANK, 2)  # the third rung, but for the Sunday
    await lucie.hears("renewal-offered-instead")
    await story.julie.reads("pas de réponse de Marcel à deux relances. Je m’adresse à Lucie.")
    await story.wait_until(story.lapses_on(BANK) + timedelta(days=9))
    assert nudges(story, marcel) == 2
    card = str(await story.julie.card(MARCEL.client, having="case-took"))
    assert "pas de réponse malgré les relances" in card
    assert "Marcel Dubois" in card[card.index("Déjà essayés") :]


async def test_who_was_silent_is_the_one_again_as_soon_as_he_acts(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, LUCIE)
    marcel, lucie = await both_arrive(story)
    await story.wait_until_day(BANK, 2)  # the third rung, but for the Sunday
    await lucie.hears("renewal-offered-instead")
    last = lucie.last_id()
    await marcel.writes("bonjour, pardon, je rentre de voyage")
    await marcel.hears("hello")
    await marcel.presses("start", "there")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")
    assert lucie.last_id() == last


async def test_a_closed_account_is_retired_and_can_come_back(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("other", "account-closed")
    await marcel.hears("ending-noted")
    card = await story.julie.card(MARCEL.client, having="case-closed")
    assert "ce compte est clôturé" in str(card)
    await story.julie.clicks(card, "case-closed")
    await marcel.hears("bank-closed")
    await story.julie.reads("Clôturé par Julie")
    last, reads = marcel.last_id(), len(story.cards(MARCEL.client))
    story.world.bank.expire_consent(story.links[BANK])
    await story.wait(days=30)
    assert marcel.last_id() == last
    assert len(story.cards(MARCEL.client)) == reads
    await story.world.slack.commands(story.julie.id, "/resync", "zinc")
    listed = story.world.slack.ephemerals(story.julie.id)[-1]
    assert "clôturé, plus rien n’est lu ni demandé" in str(listed)
    await marcel.writes("au fait, c’est confirmé par la banque")
    await marcel.hears("passed-on")
    await story.julie.clicks(listed, "client-reopen")
    await story.settle()
    await story.wait(days=2)
    await marcel.hears("renewal-offered", after=last)


async def test_a_promise_is_recalled_once_and_the_second_goes_to_staff(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("later", "tomorrow")
    await story.wait(days=1)
    recalled = await marcel.hears("renewal-offered-as-promised")
    assert "convenu" in said(recalled)
    await marcel.presses("later", "tomorrow")
    last = marcel.last_id()
    await story.wait(days=1)
    await marcel.hears("with-staff", after=last)
    card = str(await story.julie.card(MARCEL.client, having="case-took"))
    assert "le client a reporté deux fois sans renouveler" in card


async def test_a_promise_that_is_kept_is_over(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("later", "tomorrow")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")
    last = marcel.last_id()
    await story.wait(days=3)
    assert marcel.last_id() == last


async def test_who_is_away_is_left_in_peace_and_staff_know_what_lapses(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("later", "away", "three-weeks")
    await marcel.hears("renewal-away")
    await story.julie.reads("Marcel (Le Petit Zinc) est absent jusqu’au 25 mars 2026")
    await story.julie.reads("pendant l’absence de Marcel")
    last = marcel.last_id()
    await story.wait(days=20)
    assert marcel.last_id() == last
    told = [each for each in story.julie.channel() if "pendant l’absence" in str(each)]
    assert len(told) == 1
    await story.wait(days=3)
    await marcel.hears("renewal-offered", after=last)


async def test_the_absence_holds_for_all_banks_of_the_file_until_he_is_back(open_story: OpenStory) -> None:
    other = Line(MARCEL.client, MARCEL.contact, "Banque Mistral", 72)
    story = await open_story(MARCEL, other)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("later", "away", "one-week")
    last = marcel.last_id()
    await story.wait(days=6)
    assert marcel.last_id() == last
    await marcel.presses("start")
    await marcel.hears("renewal-step-a", after=last)
