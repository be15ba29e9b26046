"""Renewals, each to its end: asked for, done before anybody asked, put off, or not answered at all."""

import itertools
from datetime import timedelta

import pytest

from bot.adapters.database.store import LOAD, read_conversation
from bot.rehearsal import rehearse
from bot.sandbox.actors import keys
from flows.effects import OpenCase, Say
from tests.journeys.story import MARCEL, OpenStory, Story, buttons, is_decent, said

BANK = MARCEL.bank


async def is_renewed(story: Story) -> None:
    """The blue button, the proof, the receipt, and peace."""
    marcel, before = story.people["Marcel"], story.lapses_on(BANK)
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")
    await story.julie.reads(f"C’est bon pour {BANK}")
    assert story.lapses_on(BANK) > before


async def test_nudge_step_a_step_b_and_the_proof(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await is_renewed(story)
    heard = len(marcel.heard())
    await story.wait(days=60)
    assert len(marcel.heard()) == heard


async def test_the_next_renewal_begins_a_fortnight_before_the_new_day(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await is_renewed(story)
    last = marcel.last_id()
    await story.wait_until_day(BANK, 14)
    await marcel.hears("renewal-offered", after=last)


async def test_who_renews_by_himself_is_never_nudged(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    await is_renewed(story)
    last = marcel.last_id()
    await story.wait(days=30)
    assert marcel.last_id() == last


async def test_who_says_done_before_the_bank_shows_it_is_answered_when_it_does(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    story.world.bank.confirm_late(story.links[BANK], timedelta(hours=15))
    await marcel.presses("start", "there")
    await story.presses_the_blue_button(BANK)
    await marcel.presses("done")
    await marcel.hears("renewal-checking")
    await story.wait(hours=1)
    await marcel.hears("bank-is-slow")
    heard = len(marcel.heard())
    await story.wait(hours=10)
    assert len(marcel.heard()) == heard
    await story.wait(hours=6)
    await marcel.hears("renewal-done")


async def test_who_says_done_again_while_we_look_is_told_that_we_look(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    story.world.bank.confirm_late(story.links[BANK], timedelta(minutes=2))
    await marcel.presses("start", "there")
    await story.presses_the_blue_button(BANK)
    await marcel.presses("done")
    await marcel.hears("renewal-checking")
    await marcel.writes("c'est fait")
    await marcel.hears("renewal-checking", "nudge")
    await story.wait(minutes=10)
    await marcel.hears("renewal-done")


async def test_who_only_says_done_is_led_to_the_agreement_and_renews(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    story.world.bank.expire_consent(story.links[BANK])
    await story.settle()
    await marcel.presses("start", "there", "done")
    await marcel.hears("agree-at-bank")
    async with story.hosted_page(marcel) as page:
        assert await page.presses_go()
    await story.settle()
    await marcel.hears("renewal-done")


@pytest.mark.parametrize(
    ("moment", "comes_back"),
    [("this-evening", "04/03 18:00"), ("tomorrow", "05/03 09:30"), ("next-week", "09/03 09:30")],
)
async def test_who_puts_it_off_is_asked_at_the_promised_moment(
    open_story: OpenStory, moment: str, comes_back: str
) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("later", moment)
    promised = await marcel.hears("renewal-snoozed")
    assert comes_back[6:].lstrip("0").replace(":00", "").replace(":", "\u00a0h\u00a0")[:1] in said(promised)
    last = marcel.last_id()
    day, month, hour, minute = (int(comes_back[at : at + 2]) for at in (0, 3, 6, 9))
    moment_promised = story.now.replace(day=day, month=month, hour=hour, minute=minute)
    await story.wait_until(moment_promised - timedelta(minutes=1))
    assert marcel.last_id() == last
    await story.wait_until(moment_promised)
    await marcel.hears("renewal-offered-as-promised", after=last)
    await marcel.presses("start", "there")
    await is_renewed(story)


async def test_who_does_not_say_when_is_asked_again_on_the_morrow(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("later")
    last = marcel.last_id()
    await story.wait(days=3)
    await marcel.hears("renewal-offered", after=last)
    await marcel.presses("start", "there")
    await is_renewed(story)


async def test_silence_climbs_the_ladder_at_decent_hours_and_ends_with_staff(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    last_day = story.lapses_on(BANK)
    await story.wait_until_day(BANK, -10)
    offers = [message for message in marcel.heard() if "start" in buttons(message)]
    days = [(story.moment(each).date() - last_day.date()).days for each in offers]
    assert days[:5] == [-14, -7, -2, -1, 0], "the third day before is a Sunday"
    assert all(is_decent(story.moment(each)) for each in offers)
    assert all(
        story.moment(later) - story.moment(sooner) >= timedelta(hours=20)
        for sooner, later in itertools.pairwise(offers)
    )
    await marcel.hears("with-staff")
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.julie.clicks(card, "case-took")
    await marcel.hears("staff-took")
    await story.julie.clicks(await story.julie.card(MARCEL.client, having="case-handed-back"), "case-handed-back")
    await marcel.hears("renewal-step-a")
    await marcel.presses("there")
    await is_renewed(story)


async def test_who_stops_halfway_is_reminded_once_and_finds_his_way_back(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await story.wait(days=1)
    await marcel.hears("renewal-step-b", "nudge")
    last = marcel.last_id()
    await story.wait_until_day(BANK, 7)
    await marcel.hears("renewal-offered", after=last)
    await marcel.presses("start", "there")
    await is_renewed(story)


async def test_help_is_that_of_the_step_and_then_a_person(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there", "stuck")
    await marcel.hears("renewal-step-b", "help")
    await marcel.presses("stuck")
    again = await marcel.hears("help-in-one-up")
    assert "photo" in again
    await marcel.presses("stuck")
    await marcel.hears("with-staff")
    await story.julie.clicks(await story.julie.card(MARCEL.client, having="case-handed-back"), "case-handed-back")
    await marcel.hears("handed-back")
    await marcel.presses("done")
    await is_renewed(story)


async def test_stop_is_honoured_at_once_and_so_is_the_way_back(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.writes("/stop")
    await marcel.hears("opted-out")
    await story.julie.reads("ne veut plus de messages")
    last = marcel.last_id()
    await story.wait_until_day(BANK, -3)
    assert marcel.last_id() == last
    await story.julie.reads("arrive à échéance")
    await marcel.presses("resume")
    await marcel.hears("opted-in")
    await story.wait(days=2)
    await marcel.hears("renewal-offered", after=last)
    await marcel.presses("start", "there")
    await is_renewed(story)


async def test_words_by_the_way_are_answered_and_lead_back(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    for words, key in (
        ("/aide", "help"),
        ("/banques", "banks"),
        ("merci", "you-are-welcome"),
        ("bonjour", "hello"),
        ("c'est une arnaque ?", "is-it-safe"),
        ("pourquoi encore ?", "why-renew"),
    ):
        await marcel.writes(words)
        answer = await marcel.hears(key)
        assert "start" in buttons(answer), f"after {key} the next move is not at hand"
    assert BANK in said(await marcel.hears("banks"))
    await marcel.presses("start", "there")
    await is_renewed(story)


async def test_an_impatient_second_tap_changes_nothing(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    offer = await marcel.hears("renewal-offered")
    data = keys(offer)[0]["callback_data"]
    for _ in range(3):
        await story.world.telegram.presses(marcel.id, offer["message_id"], data)
    await story.settle()
    assert sum("there" in buttons(message) for message in marcel.heard()) == 1
    await marcel.presses("there")
    await is_renewed(story)


async def test_what_the_rehearsal_says_is_what_happens_when_nobody_does_anything(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    app, greeted = story.world.app, marcel.last_id()
    with app.database.reader.connect() as sql:
        [talk] = [read_conversation(row) for row in sql.execute(LOAD)]
    hours, now = app.calendars.hours(""), story.world.clock.now()
    planned = list(rehearse([(talk, hours)], now, now + timedelta(days=45), seen=True))
    await story.wait(days=45)
    heard = [each for each in marcel.heard() if each["message_id"] > greeted]
    assert [story.moment(each) for each in heard] == [each.at for each in planned if isinstance(each.effect, Say)]
    assert len(heard) > 6
    [card] = story.cards(MARCEL.client)
    [opened] = [each.at for each in planned if isinstance(each.effect, OpenCase)]
    assert int(float(card["ts"])) == int(opened.timestamp())
