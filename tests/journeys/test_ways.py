"""The two ways to Telegram and the two ways to Slack: the same small story over all four."""

import pytest

from tests.journeys.story import MARCEL, OpenStory


@pytest.mark.parametrize("slack_mode", ["socket", "http"])
@pytest.mark.parametrize("telegram_mode", ["polling", "webhook"])
async def test_a_renewal_with_a_person_in_between(open_story: OpenStory, telegram_mode: str, slack_mode: str) -> None:
    story = await open_story(MARCEL, telegram_mode=telegram_mode, slack_mode=slack_mode)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await story.settle()
    await marcel.writes("je veux parler à mon comptable")
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.julie.clicks(card, "case-took")
    await marcel.hears("staff-took")
    await story.julie.writes_in_thread(card, "@client Je suis là.")
    await story.settle()
    assert "Je suis là" in str(marcel.screen)
    outcome = await story.world.slack.commands(story.karim.id, "/resync", "zinc")
    assert outcome.acked
    await story.julie.clicks(await story.julie.card(MARCEL.client, having="case-handed-back"), "case-handed-back")
    await marcel.hears("handed-back")
    await story.presses_the_blue_button(MARCEL.bank)
    await story.settle()
    await marcel.hears("renewal-done")
