"""A person takes over, and hands back: words and pictures both ways, two colleagues, and a Slack that is away."""

from datetime import timedelta

from bot.sandbox.actors import Client, until
from tests.journeys.story import MARCEL, OpenStory, Story, said

BANK = MARCEL.bank
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
DOWN = b"<html>Service Unavailable</html>"


async def asks_for_a_person(story: Story) -> Client:
    """Marcel is at step B and wants somebody."""
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await story.settle()
    await marcel.writes("je veux parler à mon comptable")
    await marcel.hears("with-staff")
    return marcel


async def goes_on(story: Story, marcel: Client) -> None:
    """Back at the very step, and on to the proof."""
    last = marcel.last_id()
    await story.julie.clicks(await story.julie.card(MARCEL.client, having="case-handed-back"), "case-handed-back")
    await marcel.hears("handed-back", after=last)
    await marcel.hears("renewal-step-b", after=last)
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_words_and_a_photo_both_ways_and_back_at_the_same_step(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "je veux parler à mon comptable" in str(card)
    await story.julie.clicks(card, "case-took")
    await marcel.hears("staff-took")
    await marcel.writes("voilà ce que je vois <b>&</b>")
    await story.world.telegram.sends_photo(marcel.id, PNG, "mon écran")
    await story.settle()
    thread = story.julie.thread(card["ts"])
    assert "voilà ce que je vois" in str(thread)
    assert any(each.get("files") for each in thread), "the photo is in the thread"
    await story.julie.writes_in_thread(card, "note : il confond les deux boutons")
    await story.julie.writes_in_thread(card, "@client C’est le bouton bleu, <https://example.org|ici>.")
    await story.settle()
    heard = " ".join(said(each) for each in marcel.heard())
    assert "C’est le bouton bleu" in heard
    assert "il confond" not in heard
    assert "✓ Envoyé au client par Julie" in str(story.julie.thread(card["ts"]))
    await goes_on(story, marcel)


async def test_a_file_that_cannot_be_passed_on_costs_none_of_the_words(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    too_large = b"x" * 20_971_521
    await story.world.telegram.sends_document(marcel.id, "ecran.pdf", too_large, "voilà le film de mon écran")
    await story.settle()
    thread = str(story.julie.thread(card["ts"]))
    assert "voilà le film de mon écran" in thread
    assert "Demandez-lui une photo de l’écran" in thread
    assert "le journal du programme" not in str(story.world.slack.messages())


async def test_a_reply_by_the_window_takes_the_case(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-reply")
    await story.julie.clicks(card, "case-reply")
    window = story.world.slack.view_of(story.julie.id)
    assert window is not None
    written = {("reply", "text"): "Bonjour, je regarde tout de suite."}
    await story.world.slack.submits(story.julie.id, window["id"], written)
    shown = story.world.slack.view_of(story.julie.id)
    assert shown is not None
    await story.world.slack.submits(story.julie.id, shown["id"], {})
    await story.settle()
    assert "je regarde tout de suite" in said(marcel.heard()[-1])
    await story.julie.reads("Julie s’en occupe")
    await goes_on(story, marcel)


async def test_a_colleague_who_clicks_second_reads_who_has_it(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    for colleague in (story.julie, story.karim):
        await story.world.slack._interact(  # Karim's screen still shows the card as it was
            story.world.slack._interaction("block_actions", colleague.id) | _click(card)
        )
    await story.settle()
    whispered = story.world.slack.ephemerals(story.karim.id)
    assert "Julie s’occupe déjà de cette demande" in str(whispered)
    assert sum("s’occupe de vous" in said(each) for each in marcel.heard()) == 1
    await goes_on(story, marcel)


def _click(card: dict[str, object], action_id: str = "case-took") -> dict[str, object]:
    blocks = card["blocks"]
    assert isinstance(blocks, list)
    case = next(each for each in blocks if each["type"] == "actions")
    button = next(each for each in case["elements"] if each["action_id"] == action_id)
    action = {**button, "type": "button", "block_id": case["block_id"], "action_ts": "1.1"}
    return {"channel": {"id": "C0RESYNC", "name": "resync"}, "message": card, "actions": [action]}


async def test_a_click_on_a_card_that_is_closed_is_explained(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")
    await story.world.slack._interact(story.world.slack._interaction("block_actions", story.karim.id) | _click(card))
    assert "déjà close" in str(story.world.slack.ephemerals(story.karim.id))
    last = marcel.last_id()
    await story.settle()
    assert marcel.last_id() == last


async def test_staff_who_forget_a_case_are_reminded_in_its_thread(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    await story.wait(days=8)
    card = await story.julie.card(MARCEL.client, having="case-took")
    reminders = [each for each in story.julie.thread(card["ts"]) if "resync_call" in str(each)]
    assert len(reminders) == 3
    await goes_on(story, marcel)


async def test_a_nudge_out_of_the_list_reaches_the_client(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.arrives("Marcel")
    await story.world.slack.commands(story.julie.id, "/resync")
    listed = story.world.slack.ephemerals(story.julie.id)[-1]
    await story.julie.clicks(listed, "client-nudge")
    await marcel.hears("renewal-offered")


# Slack is away


async def test_a_card_that_slack_refuses_for_a_while_is_posted_once(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    weather = story.world.weather["slack"]
    weather.storm(500, DOWN, where="/api/chat.postMessage", times=2)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await story.settle()
    await marcel.writes("je veux parler à mon comptable")
    await marcel.hears("with-staff")
    await weather.refuses(2)
    await story.julie.card(MARCEL.client, having="case-took")
    await story.settle()
    assert len(story.cards(MARCEL.client)) == 1
    await goes_on(story, marcel)


async def test_a_card_whose_answer_was_lost_is_found_again_and_not_posted_twice(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    story.world.weather["slack"].storm(500, DOWN, where="/api/chat.postMessage", times=1, lost=True)
    marcel = await asks_for_a_person(story)
    await story.settle()
    assert len(story.cards(MARCEL.client)) == 1
    await story.julie.clicks(await story.julie.card(MARCEL.client, having="case-took"), "case-took")
    await marcel.hears("staff-took")
    await goes_on(story, marcel)


async def test_slack_that_asks_to_slow_down_gets_everything_later_and_in_order(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    limited = b'{"ok":false,"error":"ratelimited"}'
    story.world.weather["slack"].storm(429, limited, where="/api/chat.postMessage", times=2, after="0")
    for number in range(1, 4):
        await marcel.writes(f"ligne {number}")
    await story.settle()
    thread = str(story.julie.thread(card["ts"]))
    places = [thread.index(f"ligne {number}") for number in range(1, 4)]
    assert places == sorted(places)
    await goes_on(story, marcel)


async def test_socket_mode_that_is_cut_comes_back(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await asks_for_a_person(story)
    card = await story.julie.card(MARCEL.client, having="case-took")
    await story.world.slack.refresh_sockets()
    await until(lambda: story.world.slack.sockets, "the program connects again")
    await story.julie.clicks(card, "case-took")
    await marcel.hears("staff-took")
    await goes_on(story, marcel)


# The client is away


async def test_who_blocks_the_bot_is_told_to_staff_at_once_and_goes_on_when_he_is_back(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await story.settle()
    await story.world.telegram.blocks(marcel.id)
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "a bloqué le bot" in str(card)
    await story.julie.clicks(card, "case-took")
    await story.settle()
    last = marcel.last_id()
    await story.world.telegram.starts(marcel.id)
    await marcel.hears("renewal-step-b", after=last)
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_telegram_that_asks_to_slow_down_gets_everything_in_order(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    limited = b'{"ok":false,"error_code":429,"description":"Too Many Requests","parameters":{"retry_after":1}}'
    story.world.weather["telegram"].storm(429, limited, where="/send", times=1)
    last = marcel.last_id()
    await marcel.writes("bonjour")
    await marcel.writes("merci")
    await story.settle()
    hello, thanks = await marcel.hears("hello", after=last), await marcel.hears("you-are-welcome", after=last)
    assert hello["message_id"] < thanks["message_id"]
    await marcel.presses("start", "there")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_telegram_that_fails_for_a_while_loses_nothing(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    broken = b'{"ok":false,"error_code":502,"description":"Bad Gateway"}'
    story.world.weather["telegram"].storm(502, broken, where="/send", times=2)
    await marcel.presses("start")
    await marcel.presses("there")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")
    assert story.now - story.moment(marcel.heard()[-1]) < timedelta(minutes=1)
