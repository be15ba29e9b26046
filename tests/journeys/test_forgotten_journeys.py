"""A case that its owner forgets: called for in its thread, passed on to the stand-in, and brought to its end."""

from typing import Any

from tests.journeys.story import MARCEL, OpenStory, said
from tests.journeys.test_staff_journeys import asks_for_a_person, goes_on


def mentions(message: dict[str, Any]) -> list[str]:
    """Whom a message calls."""
    return [
        element["user_id"]
        for block in message.get("blocks", [])
        for section in block.get("elements", [])
        for element in section.get("elements", [])
        if element["type"] == "user"
    ]


async def test_a_forgotten_case_comes_to_the_stand_in_who_brings_it_to_its_end(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.julie.clicks(card, "case-took")
    await marcel.hears("staff-took")
    heard = len(marcel.heard())
    await story.wait(days=1)
    called = [(mentions(each), each) for each in story.julie.thread(card["ts"]) if mentions(each)]
    assert [who for who, _ in called][:2] == [[story.julie.id], [story.karim.id]]
    shown = await story.julie.card(MARCEL.client, having="case-took")
    assert "Confiée à" in str(shown)
    await story.karim.clicks(shown, "case-took")
    await story.settle()
    assert "Karim s’occupe de vous" in said(marcel.heard()[-1])
    assert len(marcel.heard()) == heard + 1, "of the calls the client hears nothing"
    await goes_on(story, marcel)


async def test_whoever_goes_on_leave_leaves_no_case_behind(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.julie.clicks(card, "case-took")
    await marcel.hears("staff-took")
    await story.world.slack.commands(story.julie.id, "/resync", "absent julie jusqu’au 31/12")
    await story.settle()
    assert "Une demande en cours est confiée" in str(story.world.slack.ephemerals(story.julie.id))
    called = [each for each in story.julie.thread(card["ts"]) if mentions(each)]
    assert [mentions(each) for each in called] == [[story.karim.id]]
    assert "Julie n’est pas au cabinet" in str(called)
    await story.karim.clicks(await story.karim.card(MARCEL.client, having="case-took"), "case-took")
    await story.settle()
    assert "Karim s’occupe de vous" in said(marcel.heard()[-1])
    await goes_on(story, marcel)


async def test_a_call_whose_answer_was_lost_is_not_made_twice(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.julie.clicks(card, "case-took")
    await story.settle()
    story.world.weather["slack"].storm(500, b"<html>", where="/api/chat.postMessage", times=1, lost=True)
    await story.wait(days=1)
    await story.settle()
    called = [mentions(each) for each in story.julie.thread(card["ts"]) if mentions(each)]
    assert called.count([story.julie.id]) == 1
    await goes_on(story, marcel)
