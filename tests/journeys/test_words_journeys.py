"""What a client types, end to end: a moment, a doubt about us, a bank in trouble, a password; and what staff see."""

from datetime import timedelta

from bot.sandbox.actors import until
from tests.journeys.story import MARCEL, OpenStory, said


async def test_after_the_service_moves_the_reminder(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.writes("je regarde ça demain 9h30")
    promised = await marcel.hears("renewal-snoozed")
    assert "9\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}30" in said(promised)
    last = marcel.last_id()
    moment = (story.now + timedelta(days=1)).replace(hour=9, minute=30)
    await story.wait_until(moment)
    await marcel.hears("renewal-offered-as-promised", after=last)


async def test_who_suspects_a_swindle_reads_how_to_check(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.writes("c'est pas une arnaque votre lien ?")
    assert "au numéro que vous connaissez" in said(await marcel.hears("is-it-safe"))
    await story.settle()
    assert any("sont bien les vôtres" in str(each) for each in story.julie.channel()), "and staff know why he calls"


async def test_a_trouble_of_the_bank_is_answered_with_what_is_known_and_reaches_a_person(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.writes("le site de ma banque est en panne")
    await marcel.hears("with-staff")
    assert "fonctionne" in said(marcel.heard()[-2]), "it is read well, and he is told so before a person takes over"
    await until(lambda: story.cards(MARCEL.client), "staff have the case")


async def test_a_pasted_password_vanishes_from_the_chat_and_the_page_comes_with_the_answer(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    secret = story.secret("Coquelicot#1908")
    await marcel.writes(f"mon mot de passe : {secret}")
    await marcel.hears("secret-removed")
    assert marcel.secure_page()
    await story.settle()
    assert all(secret not in said(each) for each in story.world.telegram.chat(marcel.id))
    assert any("ni gardé ni transmis" in str(each) for each in story.julie.channel())


async def test_a_request_to_erase_is_a_task_of_the_firm(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.writes("supprimez mes données svp")
    await marcel.hears("erasure-noted")
    await story.settle()
    assert "effacées" in str(story.cards(MARCEL.client))
