"""No message arrives any more: staff see why, an e-mail leads back, and the client goes on where he was."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa

from bot.adapters.database.tables import contact, invitation
from bot.sandbox.actors import Client, patterns
from tests.journeys.story import MARCEL, ODETTE, SOFIA, SOFIAS_SECOND, OpenStory, Story, is_decent
from tests.mailbox import Mailbox, mail_server, words

BANK = MARCEL.bank
ADDRESS = "marcel.dubois@zinc.example"
MAILED = replace(MARCEL, email=ADDRESS)
INVITED = replace(ODETTE, email="odette@bouchon.example")
GONE = b'{"ok":false,"error_code":403,"description":"Forbidden: user is deactivated"}'


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mail_server() as box:
        yield box


def mail(box: Mailbox, **more: Any) -> dict[str, Any]:
    """The settings of a firm that has a mail server."""
    server = {"smtp_host": "127.0.0.1", "smtp_port": box.port, "smtp_security": "none"}
    return {"mail": {**server, "mail_from": "contact@cabinet.example", **more}}


async def blocks_at_step_b(story: Story) -> Client:
    """Marcel is at step B, a fortnight before his bank lapses, and blocks the bot at five in the afternoon."""
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there")
    await story.settle()
    await story.world.telegram.blocks(marcel.id)
    await story.settle()
    return marcel


def link(letter: EmailMessage) -> str:
    """Where the button leads, which is also in the plain text."""
    [address] = re.findall(r'href="([^"]+)"', words(letter, "html"))
    assert address in words(letter)
    return str(address)


async def renews(story: Story, client: Client) -> None:
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await client.hears("renewal-done")


async def test_a_client_who_blocked_the_bot_comes_back_by_e_mail_to_the_very_step(
    open_story: OpenStory, box: Mailbox
) -> None:
    story = await open_story(MAILED, **mail(box))
    marcel = await blocks_at_step_b(story)

    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "a bloqué le bot" in str(card)
    assert "e-mail prévu à m•••@zinc.example" in str(card)
    assert ADDRESS in str(card), "whoever has the case sees where to write"
    call = str(story.julie.thread(card["ts"]))
    for what in ("Texte pour l’appel", "Marcel", BANK, "Débloquer"):
        assert what in call
    assert box.letters == [], "not at the moment at which he blocks us"

    await story.wait(days=1)
    [letter] = box.letters
    assert letter["To"] == ADDRESS
    assert is_decent(letter["Date"].datetime.astimezone(story.now.tzinfo))
    text = words(letter)
    offer = [each.pattern.replace(r"\ ", " ") for each in patterns(story.world.app.texts, "renewal-offered")]
    assert any(re.match(each, text, re.DOTALL) for each in offer), "the words of the nudge that he would have had"
    assert BANK in text
    assert "/l#" not in letter.as_string(), "never the secure page"
    assert not re.search("mot de passe|password", text, re.IGNORECASE)
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "e-mail envoyé à m•••@zinc.example" in str(card)
    assert "E-mail envoyé à m•••@zinc.example" in str(story.julie.thread(card["ts"]))

    last = marcel.last_id()
    await marcel.opens_invitation(link(letter))
    await marcel.hears("renewal-step-b", after=last)
    await story.settle()
    assert "Le client est revenu" in str(story.cards(MARCEL.client)[-1])
    await renews(story, marcel)
    await story.wait(days=20)
    assert len(box.letters) == 1


async def test_a_client_whose_account_is_gone_goes_on_with_a_new_one(open_story: OpenStory, box: Mailbox) -> None:
    story = await open_story(MAILED, **mail(box))
    marcel = await story.arrives("Marcel")
    weather = story.world.weather["telegram"]
    weather.storm(403, GONE, where="/send")
    await story.wait_until_day(BANK, 14)
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "compte Telegram du client est supprimé" in str(card)
    assert "avez-vous un nouveau compte" in str(story.julie.thread(card["ts"]))
    weather.clears()
    await story.wait(days=1)
    [letter] = box.letters
    anew = Client(story.world, 2001, "Marcel", marcel.user)
    story.people["Marcel"] = anew
    await anew.opens_invitation(link(letter))
    await anew.hears("renewal-offered")
    await anew.presses("start", "there")
    await renews(story, anew)


async def test_silence_is_answered_by_four_letters_at_decent_hours_and_staff_keep_the_case(
    open_story: OpenStory, box: Mailbox
) -> None:
    story = await open_story(MAILED, **mail(box))
    await blocks_at_step_b(story)
    await story.wait(days=40)
    sent = [letter["Date"].datetime.astimezone(story.now.tzinfo) for letter in box.letters]
    assert len(sent) == 4
    assert all(map(is_decent, sent))
    assert all(after - before >= timedelta(hours=20) for before, after in pairwise(sent))
    assert len({link(letter) for letter in box.letters}) == 4, "each with an invitation of its own"
    card = await story.julie.card(MARCEL.client, having="case-took")
    thread = str(story.julie.thread(card["ts"]))
    assert len(re.findall("attend encore", thread)) >= 3


async def test_an_address_that_is_refused_is_told_once_and_never_written_to_again(
    open_story: OpenStory, box: Mailbox
) -> None:
    box.recipient = f"550 5.1.1 <{ADDRESS}> unknown"
    story = await open_story(MAILED, **mail(box))
    await blocks_at_step_b(story)
    await story.wait(days=20)
    assert (box.asked, box.letters) == (1, [])
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "adresse e-mail refusée" in str(card)
    assert len(re.findall("est refusée", str([each.get("text") for each in story.julie.thread(card["ts"])]))) == 1
    assert ADDRESS not in story.logs.getvalue()
    opened = await story.world.app.database.read(
        lambda sql: sql.execute(
            sa.select(invitation.c.expires_at).where(invitation.c.claimed_by.is_(None), invitation.c.expires_at > 0)
        ).all()
    )
    assert opened == [], "the invitation that did not leave opens nothing"


async def test_a_server_that_asks_to_come_back_gets_the_letter_once(open_story: OpenStory, box: Mailbox) -> None:
    box.recipient, box.times = "450 4.2.0 greylisted", 1
    story = await open_story(MAILED, **mail(box))
    await blocks_at_step_b(story)
    await story.wait(days=1)
    assert box.asked == 2
    [letter] = box.letters
    await story.people["Marcel"].opens_invitation(link(letter))
    await story.settle()
    assert "Le client est revenu" in str(story.cards(MARCEL.client)[-1])


async def test_a_letter_that_may_have_left_is_not_repeated(open_story: OpenStory, box: Mailbox) -> None:
    box.breaks_off = True
    story = await open_story(MAILED, **mail(box))
    await blocks_at_step_b(story)
    await story.wait(days=1)
    assert len(box.letters) == 1
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "peut-être parti" in str(story.julie.thread(card["ts"]))


async def test_a_server_that_refuses_us_is_told_aloud(open_story: OpenStory, box: Mailbox) -> None:
    box.content = "554 5.7.1 we do not know you"
    story = await open_story(MAILED, **mail(box))
    story.bears_errors = True
    await blocks_at_step_b(story)
    await story.wait(days=1)
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "resync doctor" in str(story.julie.thread(card["ts"]))
    assert "no e-mail leaves" in story.logs.getvalue()


async def test_without_an_address_staff_read_that_the_telephone_is_left(open_story: OpenStory, box: Mailbox) -> None:
    story = await open_story(MARCEL, **mail(box))
    await blocks_at_step_b(story)
    await story.wait(days=3)
    assert box.asked == 0
    assert "pas d’adresse e-mail" in str(await story.julie.card(MARCEL.client, having="case-took"))


async def test_without_a_mail_server_nothing_is_promised(open_story: OpenStory) -> None:
    story = await open_story(MAILED)
    await blocks_at_step_b(story)
    await story.wait(days=3)
    assert "e-mail prévu" not in str(await story.julie.card(MARCEL.client, having="case-took"))


async def test_who_blocks_while_nothing_is_asked_is_left_in_peace_until_it_is(
    open_story: OpenStory, box: Mailbox
) -> None:
    second = replace(SOFIAS_SECOND, email="sofia@bella.example")  # lapses in seventy days
    story = await open_story(second, **mail(box))
    sofia = await story.arrives("Sofia")
    await story.world.telegram.blocks(sofia.id)
    await story.settle()
    await story.wait(days=30)
    assert box.letters == []
    await story.wait_until_day(second.bank, 13)
    [letter] = box.letters
    last = sofia.last_id()
    await sofia.opens_invitation(link(letter))
    await sofia.hears("linked-again", after=last)
    await sofia.hears("renewal-offered", after=last)


async def test_two_banks_of_one_person_are_one_letter(open_story: OpenStory, box: Mailbox) -> None:
    address = "sofia@bella.example"
    both = [replace(SOFIA, email=address), replace(SOFIAS_SECOND, synchronised=SOFIA.synchronised, email=address)]
    story = await open_story(*both, **mail(box))
    sofia = await story.arrives("Sofia")
    await story.world.telegram.blocks(sofia.id)
    await story.settle()
    await story.wait_until_day(SOFIA.bank, 13)
    sent = [letter["Date"].datetime for letter in box.letters]
    assert sent
    assert all(after - before >= timedelta(hours=20) for before, after in pairwise(sent))


async def test_an_invitation_that_nobody_opens_comes_again_by_e_mail(open_story: OpenStory, box: Mailbox) -> None:
    story = await open_story(INVITED, **mail(box, mail_invitations=True))
    await story.wait(days=5)
    [letter] = box.letters
    assert words(letter).startswith("Bonjour Odette,\n\nPour tenir vos comptes (Chez Odette)")
    assert "E-mail envoyé à o•••@bouchon.example" in str(story.julie.channel())
    odette = story.people["Odette"]
    await odette.opens_invitation(link(letter))
    await odette.hears("first-welcome")
    await story.settle()
    stranger = Client(story.world, 3001, "Inconnu")
    await stranger.opens_invitation(story.invitations["Odette"])
    await stranger.hears("invitation-expired")


async def test_the_letter_on_paper_opens_beside_the_one_by_e_mail(open_story: OpenStory, box: Mailbox) -> None:
    story = await open_story(INVITED, **mail(box, mail_invitations=True))
    await story.wait(days=9)
    assert len(box.letters) == 2
    odette = await story.arrives("Odette")
    await odette.hears("first-welcome")
    stranger = Client(story.world, 3001, "Inconnu")
    for letter in box.letters:
        await stranger.opens_invitation(link(letter))
    await stranger.hears("invitation-expired")


async def test_invitations_are_mailed_only_where_the_firm_says_so(open_story: OpenStory, box: Mailbox) -> None:
    story = await open_story(INVITED, **mail(box))
    await story.wait(days=12)
    assert box.asked == 0
    card = await story.julie.card(ODETTE.client, having="case-took")
    assert "invitation jamais ouverte" in str(card)
    assert "Texte pour l’appel" in str(story.julie.thread(card["ts"]))


async def test_a_corrected_address_is_written_to_again(open_story: OpenStory, box: Mailbox) -> None:
    box.recipient, box.times = "550 5.1.1 unknown", 1
    story = await open_story(MAILED, **mail(box))
    marcel = await blocks_at_step_b(story)
    await story.wait(days=1)
    assert box.letters == []
    right = sa.update(contact).where(contact.c.email == ADDRESS).values(email="marcel@zinc.example")
    await story.world.app.database.write(lambda sql: sql.execute(right))
    await story.wait_until_day(BANK, 6)
    [letter] = box.letters
    assert letter["To"] == "marcel@zinc.example"
    last = marcel.last_id()
    await marcel.opens_invitation(link(letter))
    await marcel.hears("renewal-step-b", after=last)
