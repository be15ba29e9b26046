"""What colleagues say to each other never shows on the client's phone; and what is for him arrives once.

Slack repeats itself, windows outlive their case, and people write while others do: the real program, end to end.
"""

from typing import Any

from bot.sandbox.actors import Client, until
from tests.journeys.story import MARCEL, OpenStory, Story, said
from tests.journeys.test_relay_journeys import PDF, with_a_card
from tests.journeys.test_staff_journeys import BANK, _click, goes_on
from tests.slack_hands import edits

Json = dict[str, Any]
SECRET = "il paie toujours en retard"
NOTES = (
    SECRET,
    f"je verrai avec @client : {SECRET}",
    f"note pour Karim, {SECRET}\n@client Bonjour, {SECRET}",
    f"&gt; @client {SECRET}",
    f"`@client` {SECRET}",
    f"@clients {SECRET}",
    f"@client-suivi {SECRET}",
    f"<!subteam^S0SUIVI|@client> {SECRET}",
    f"<@U0KARIM> @client {SECRET}",
    f"<https://firme.example|@client> {SECRET}",
    f"@ client {SECRET}",
)


def everything(client: Client) -> str:
    """All that his phone has ever been sent, the names of files too."""
    return str([client.screen, [calls for calls in client.world.telegram.calls if "getUpdates" not in str(calls)]])


async def writes(story: Story, card: Json, text: str, files: dict[str, bytes] | None = None) -> str:
    """Julie, in the thread; returns the message's stamp."""
    thread = str(card["ts"])
    await story.world.slack.writes(story.julie.id, text, thread_ts=thread, files=files)
    written = [each for each in story.julie.thread(thread) if each.get("user") == story.julie.id]
    return str(written[-1]["ts"])


async def test_no_note_reaches_the_clients_phone_by_any_way(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    before = marcel.last_id()
    for text in NOTES:
        await writes(story, card, text)
    await writes(story, card, "", {f"{SECRET}.pdf": PDF})
    await writes(story, card, f"à joindre pour @client, {SECRET}", {"@client.pdf": PDF})
    await writes(story, card, f"{SECRET}\n@client", {"releve.pdf": PDF})
    await story.settle()
    assert marcel.last_id() == before
    assert SECRET not in everything(marcel)
    await writes(story, card, "@client Tout en haut à droite")
    await until(lambda: "Tout en haut à droite" in said(marcel.heard()[-1]), "what is for him arrives")
    await goes_on(story, marcel)
    assert SECRET not in everything(marcel)


async def test_a_message_that_is_changed_is_no_other_message_for_the_client(open_story: OpenStory) -> None:
    """Neither a note that becomes « @client … », nor what was added to a reply after it had left."""
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    note = await writes(story, card, "il confond tout")
    reply = await writes(story, card, "@client Tout en haut à droite")
    await story.settle()
    before = marcel.last_id()
    await edits(story.world.slack, story.julie.id, note, f"@client {SECRET}")
    await edits(story.world.slack, story.julie.id, reply, f"@client Tout en haut à droite. {SECRET}")
    await story.settle()
    assert marcel.last_id() == before
    assert SECRET not in everything(marcel)
    assert sum("Tout en haut à droite" in said(each) for each in marcel.heard()) == 1
    await goes_on(story, marcel)


async def test_whatever_slack_repeats_ten_times_reaches_the_client_once(open_story: OpenStory) -> None:
    """A message, the last window of a reply, and a click on the card."""
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    slack, julie = story.world.slack, story.julie.id
    event = {"type": "message", "channel": "C0RESYNC", "user": julie, "text": "@client Bonjour dix fois", "ts": "9.1"}
    message = slack._callback({**event, "thread_ts": card["ts"], "event_ts": "9.1", "channel_type": "channel"})
    shown = await previewed(story, card, "Bonjour par la fenêtre")
    sent = {**slack._interaction("view_submission", julie, shown["id"]), "view": shown, "response_urls": []}
    for _ in range(10):
        await slack._delivery.event(message)
        await slack._interact(sent)
    await story.settle()
    heard = [said(each) for each in marcel.heard()]
    assert [sum(words in each for each in heard) for words in ("Bonjour dix fois", "Bonjour par la fenêtre")] == [
        1,
        1,
    ]
    click = slack._interaction("block_actions", julie) | _click(card, "case-handed-back")
    last = marcel.last_id()
    for _ in range(10):
        await slack._interact(click)
    await marcel.hears("handed-back", after=last)
    await story.settle()
    assert sum("me passe la main" in said(each) for each in marcel.heard()) == 1
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def previewed(story: Story, card: Json, text: str) -> Json:
    """Julie has written to the client in the window, and sees what he will read."""
    slack, julie = story.world.slack, story.julie.id
    await story.julie.clicks(card, "case-reply")
    window = slack.view_of(julie)
    assert window is not None
    await slack.submits(julie, window["id"], {("reply", "text"): text})
    shown = slack.view_of(julie)
    assert shown is not None
    assert text in str(shown)
    return {name: value for name, value in shown.items() if name != "errors"}


async def test_a_window_that_is_sent_after_the_case_was_closed_sends_nothing_and_says_so(
    open_story: OpenStory,
) -> None:
    """The bank has proven it while Julie wrote: the client was thanked, and reads no late answer."""
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    shown = await previewed(story, card, "Avez-vous trouvé le bouton ?")
    await story.world.slack.clicks(story.karim.id, "C0RESYNC", card["ts"], "case-postpone")
    postponing = story.world.slack.view_of(story.karim.id)
    assert postponing is not None
    await story.presses_the_blue_button(BANK)
    await marcel.hears("renewal-done")
    await story.settle()
    before = marcel.last_id()
    await story.world.slack.submits(story.julie.id, shown["id"], {})
    kept = story.world.slack.view_of(story.julie.id)
    assert "votre message n’est donc pas parti" in str(kept)
    assert "Avez-vous trouvé le bouton" in str(kept), "what she wrote is not lost"
    day = f"{story.now.date().replace(day=28):%Y-%m-%d}"
    outcome = await story.world.slack.submits(story.karim.id, postponing["id"], {("day", "day"): day})
    assert outcome.errors
    await story.settle()
    assert marcel.last_id() == before
    assert [each for each in marcel.heard() if "Avez-vous trouvé" in said(each)] == []


async def test_the_client_writes_while_a_colleague_has_the_window_open(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel, card = await with_a_card(story)
    await story.julie.clicks(card, "case-reply")
    for words in ("ça y est, je le vois", "ah non, il est gris"):
        await marcel.writes(words)
    await story.settle()
    thread = str(story.julie.thread(str(card["ts"]))[1:])
    assert thread.index("je le vois") < thread.index("il est gris")
    assert story.world.slack.view_of(story.julie.id) is not None, "her window is still there"
    shown = await previewed(story, card, "Cliquez d’abord sur la banque.")
    await marcel.writes("toujours gris")
    await story.world.slack.submits(story.julie.id, shown["id"], {})
    await story.settle()
    assert sum("Cliquez d’abord" in said(each) for each in marcel.heard()) == 1
    assert str(story.julie.thread(str(card["ts"]))[1:]).count("✓ Envoyé au client") >= 1
    await goes_on(story, marcel)
