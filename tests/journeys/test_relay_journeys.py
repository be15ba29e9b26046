"""The relay at its worst: files both ways, two colleagues at once, a Slack that is away, words that cross."""

import asyncio
from datetime import timedelta

from bot.sandbox.actors import Client
from tests.journeys.story import MARCEL, OpenStory, Story, said
from tests.journeys.test_staff_journeys import PNG, _click, asks_for_a_person, goes_on

PDF = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
MACROS = b"PK\x03\x04 not an office file at all"


async def with_a_card(story: Story) -> tuple[Client, dict[str, object]]:
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.julie.clicks(card, "case-took")
    await marcel.hears("staff-took")
    return marcel, card


async def test_files_of_a_colleague_reach_the_client_and_the_thread_says_so(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    files = {"Mode d’emploi.pdf": PDF, "écran.png": PNG, "macro.xlsm": MACROS}
    await story.world.slack.writes(story.julie.id, "@client Voici", thread_ts=str(card["ts"]), files=files)
    await story.settle()
    heard = marcel.heard()
    documents = [each["document"] for each in heard if "document" in each]
    assert [each["file_name"].partition("-")[0] for each in documents] == ["mode"]
    assert documents[0]["file_name"].endswith(".pdf")
    assert sum("photo" in each for each in heard[-4:]) == 1
    thread = str(story.julie.thread(str(card["ts"])))
    assert thread.count("✓ Fichier envoyé au client par Julie") >= 2
    assert "Le fichier n’est pas parti" in thread
    await goes_on(story, marcel)


async def test_a_file_beside_an_internal_note_never_shows_on_the_clients_phone(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    before = len(marcel.heard())
    await story.world.slack.writes(
        story.julie.id, "pour Karim : il confond tout", thread_ts=str(card["ts"]), files={"note.pdf": PDF}
    )
    await story.settle()
    assert len(marcel.heard()) == before
    await goes_on(story, marcel)


async def test_a_clients_file_gets_a_new_name_and_what_runs_is_kept_out(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    await story.world.telegram.sends_document(marcel.id, "mon relevé.pdf", PDF, "mon relevé")
    await story.world.telegram.sends_document(marcel.id, "photo.png", b"<svg onload='alert(1)'/>", "et celui-ci")
    await story.settle()
    thread = story.julie.thread(str(card["ts"]))
    names = [file["name"] for each in thread for file in each.get("files", ())]
    assert len(names) == 1
    assert names[0].startswith("document-")
    assert names[0].endswith(".pdf")
    assert "et celui-ci" in str(thread), "his words arrive all the same"
    assert "d’un type qui ne passe pas" in str(thread)
    await goes_on(story, marcel)


async def test_two_colleagues_click_at_the_very_same_moment(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    slack = story.world.slack
    await asyncio.gather(
        *(
            slack._interact(slack._interaction("block_actions", each.id) | _click(card))
            for each in (story.julie, story.karim)
        )
    )
    await story.settle()
    taken = [said(each) for each in marcel.heard() if "s’occupe de vous" in said(each)]
    assert len(taken) == 1
    winner, loser = (story.julie, story.karim) if "Julie" in taken[0] else (story.karim, story.julie)
    assert f"{winner.name} s’occupe déjà de cette demande" in str(slack.ephemerals(loser.id))
    assert "s’occupe déjà" not in str(slack.ephemerals(winner.id))
    await goes_on(story, marcel)


async def test_the_client_writes_while_a_colleague_writes(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    await asyncio.gather(
        marcel.writes("j’ai trouvé le bouton bleu"),
        story.julie.writes_in_thread(card, "@client Le bouton bleu est en haut à droite."),
        marcel.writes("mais il est gris"),
        story.julie.writes_in_thread(card, "@client Cliquez d’abord sur la banque."),
    )
    await story.settle()
    thread = [str(each) for each in story.julie.thread(str(card["ts"]))[1:]]
    for words in ("j’ai trouvé le bouton bleu", "mais il est gris"):
        assert sum(words in each for each in thread) == 1
    heard = [said(each) for each in marcel.heard()]
    for words in ("Le bouton bleu est en haut à droite.", "Cliquez d’abord sur la banque."):
        assert sum(words in each for each in heard) == 1
    await goes_on(story, marcel)


async def test_slack_that_is_down_for_an_hour_keeps_nothing_from_the_client_and_loses_nothing(
    open_story: OpenStory,
) -> None:
    story = await open_story(MARCEL)
    story.bears_errors = True
    weather = story.world.weather["slack"]
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await story.settle()
    weather.storm(503, b"<html>Service Unavailable</html>", where="/api/")
    await marcel.writes("je veux parler à mon comptable")
    await marcel.hears("with-staff")
    await marcel.writes("il y a quelqu’un ?")
    await weather.refuses(2)
    story.world.clock.set(story.world.clock.now() + timedelta(hours=1))
    await marcel.writes("bon, je patiente")
    await weather.refuses(3)
    weather.clears()
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.settle()
    assert len(story.cards(MARCEL.client)) == 1
    thread = str(story.julie.thread(card["ts"])[1:])
    words = ("je veux parler", "il y a quelqu’un", "bon, je patiente")
    assert [thread.count(each) for each in words] == [thread.count("je veux parler")] * 3
    assert sorted(words, key=thread.index) == list(words)
    await goes_on(story, marcel)
