"""First synchronisations, each to its end; and clients whose bank nobody but staff can see."""

from bot.sandbox.actors import Client
from tests.journeys.story import MARCEL, ODETTE, SOFIA, SOFIAS_SECOND, Line, OpenStory, Story, said

BANK = ODETTE.bank


async def connects(story: Story, client: Client) -> None:
    """In One up: « Nouveau compte bancaire »."""
    password = story.secret("cassoulet-81")
    assert await story.world.bank.connect_first(client.user, BANK, password) == "synchronised"


async def test_invitation_why_one_up_and_the_proof(open_story: OpenStory) -> None:
    story = await open_story(ODETTE)
    story.gives_no_hints()
    odette = await story.arrives("Odette")
    welcome = await odette.hears("first-welcome")
    assert "notice" in str(welcome), "the firm's notice is there"
    await odette.presses("why")
    await odette.hears("why-renew")
    await odette.presses("start", "there")
    await odette.hears("first-connect-bank")
    await connects(story, odette)
    await odette.presses("done")
    await story.settle()
    await odette.hears("first-done")
    await story.julie.reads("Première synchronisation faite")
    assert (story.lapses_on(BANK) - story.now).days > 170
    last = odette.last_id()
    await story.wait_until_day(BANK, 12)  # a fortnight before is a holiday, and then a Sunday
    await odette.hears("renewal-offered", after=last)


async def test_a_bank_that_is_not_seen_yet_is_looked_for_again(open_story: OpenStory) -> None:
    story = await open_story(ODETTE)
    odette = await story.arrives("Odette")
    await odette.presses("start", "there", "done")
    await story.wait(minutes=5)
    await odette.hears("first-not-seen")
    await odette.presses("stuck")
    await odette.hears("first-not-seen", "help")
    story.gives_no_hints()
    await connects(story, odette)
    await odette.presses("done")
    await story.settle()
    await odette.hears("first-done")


async def test_who_starts_again_after_not_seen_arrives_too(open_story: OpenStory) -> None:
    story = await open_story(ODETTE)
    odette = await story.arrives("Odette")
    await odette.presses("start", "there", "done")
    await story.wait(minutes=5)
    await odette.presses("start", "there")
    await connects(story, odette)
    await story.settle()
    await odette.hears("first-done")


async def test_silence_after_the_welcome_ends_with_a_person(open_story: OpenStory) -> None:
    story = await open_story(ODETTE)
    odette = await story.arrives("Odette")
    await story.wait(days=2)
    await odette.hears("first-welcome", "nudge")
    await story.wait(days=2)
    await odette.hears("first-second-word")
    await story.wait(days=5)
    await odette.hears("first-last-word")
    await story.wait(days=4)
    await odette.hears("with-staff")
    await story.julie.clicks(await story.julie.card(ODETTE.client, having="case-handed-back"), "case-handed-back")
    await odette.hears("handed-back")
    await odette.presses("start", "there", "done")
    await connects(story, odette)
    await story.settle()
    await odette.hears("first-done")


async def test_an_invitation_that_nobody_opens_is_told_to_staff_and_still_works_later(open_story: OpenStory) -> None:
    story = await open_story(ODETTE)
    await story.wait(days=5)
    await story.julie.reads("n’a pas encore ouvert son invitation")
    await story.wait(days=10)
    card = await story.julie.card(ODETTE.client, having="case-took")
    assert "invitation jamais ouverte" in str(card)
    odette = await story.arrives("Odette")
    await odette.hears("first-welcome")
    assert "case-took" not in str(story.cards(ODETTE.client))


async def test_not_my_file_goes_to_a_person(open_story: OpenStory) -> None:
    story = await open_story(ODETTE)
    odette = await story.arrives("Odette")
    await odette.presses("not-me")
    await odette.hears("with-staff")
    card = await story.julie.card(ODETTE.client, having="case-resolved")
    assert "pas son dossier" in str(card)
    await story.julie.clicks(card, "case-resolved")
    await odette.hears("case-resolved")


async def test_a_second_bank_waits_for_its_own_day(open_story: OpenStory) -> None:
    second = Line(ODETTE.client, ODETTE.contact, "Banque Mistral")
    story = await open_story(ODETTE, second)
    odette = await story.arrives("Odette")
    assert len(odette.heard()) == 1, "one message, however many banks"
    await odette.presses("start", "there", "done")
    await connects(story, odette)
    await story.settle()
    await odette.hears("first-done")
    await story.wait(days=2)
    assert "Banque Mistral" in said(await odette.hears("first-another-bank"))


# The firm without an aggregator: staff are the only eyes there are


async def test_without_an_aggregator_staff_confirm(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, aggregator="manual")
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there", "done")
    await marcel.hears("waiting-for-confirmation")
    card = await story.julie.card(MARCEL.client, having="case-not-confirmed")
    await story.julie.clicks(card, "case-not-confirmed")
    await marcel.hears("not-confirmed")
    await marcel.presses("there", "done")
    await story.settle()
    before = story.lapses_on(MARCEL.bank)
    await story.julie.clicks(await story.julie.card(MARCEL.client, having="case-confirmed"), "case-confirmed")
    await marcel.hears("renewal-done")
    await story.settle()
    assert story.lapses_on(MARCEL.bank) > before
    last = marcel.last_id()
    await story.wait_until_day(MARCEL.bank, 14)
    await marcel.hears("renewal-offered", after=last)


async def test_without_an_aggregator_the_password_is_typed_in_one_ups_own_window(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, aggregator="manual")
    marcel = await story.is_nudged("Marcel")
    await marcel.presses("start", "there", "password-changed")
    window = await marcel.hears("password-in-one-up")
    assert "suivant" in said(window)
    assert "deuxième page" in said(window)
    assert "photo" in window
    await marcel.presses("stuck")
    await marcel.hears("password-in-one-up", "help")
    await marcel.presses("done")
    await marcel.hears("waiting-for-confirmation")
    await story.julie.clicks(await story.julie.card(MARCEL.client, having="case-confirmed"), "case-confirmed")
    await marcel.hears("renewal-done")


async def test_without_an_aggregator_a_first_synchronisation_is_confirmed_too(open_story: OpenStory) -> None:
    story = await open_story(ODETTE, aggregator="manual")
    odette = await story.arrives("Odette")
    await odette.presses("start", "there", "done")
    await odette.hears("waiting-for-confirmation")
    await story.julie.clicks(await story.julie.card(ODETTE.client, having="case-confirmed"), "case-confirmed")
    await odette.hears("first-done")


# Several people, several files


async def test_a_person_with_two_files_is_answered_about_the_right_one(open_story: OpenStory) -> None:
    """The same telephone opens the invitations of two companies."""
    other = Line("La Cantine", "Marcel D.", "Banque Mistral", 164)
    story = await open_story(MARCEL, other)
    marcel = story.people["Marcel"]
    for file in (MARCEL.client, other.client):
        await marcel.opens_invitation(story.invitations[file])
        await story.settle()
    await marcel.writes("/banques")
    listed = said(await marcel.hears("banks"))
    assert all(bank in listed for bank in WHOSE)
    await story.wait_until_day(MARCEL.bank, 13)
    offer = await marcel.hears("several-banks")
    assert all(f"{bank} ({file})" in said(offer) for bank, file in WHOSE.items()), "he has two companies"
    for place, bank in enumerate(WHOSE):
        [row] = [row for row in offer["reply_markup"]["inline_keyboard"] if row[0]["text"] == bank]
        await story.world.telegram.presses(marcel.id, offer["message_id"], row[0]["callback_data"])
        await story.settle()
        assert bank in said(marcel.heard()[-1]), "the answer is about the bank whose button it was"
        await story.presses_the_blue_button(bank)
        await story.settle()
        assert bank in said(await marcel.hears("renewal-done"))
        if place == 0:
            assert list(WHOSE)[1] in said(await marcel.hears("next-bank"))


WHOSE = {MARCEL.bank: MARCEL.client, "Banque Mistral": "La Cantine"}


async def test_two_contacts_of_one_file_share_it(open_story: OpenStory) -> None:
    colleague = Line(MARCEL.client, "Lucie Dubois", MARCEL.bank, MARCEL.synchronised)
    story = await open_story(MARCEL, colleague)
    marcel = await story.is_nudged("Marcel")
    lucie = story.people["Lucie"]
    await lucie.opens_invitation(story.invitations["Lucie"])
    await lucie.hears("joined")
    await marcel.presses("start", "there")
    await story.settle()
    await lucie.writes("c'est fait")
    await lucie.hears("renewal-checking")
    await story.presses_the_blue_button(MARCEL.bank)
    await story.settle()
    await lucie.hears("renewal-done")


async def test_two_banks_of_one_file_are_listed_and_nudged_each_on_its_day(open_story: OpenStory) -> None:
    story = await open_story(SOFIA, SOFIAS_SECOND)
    sofia = await story.arrives("Sofia")
    introduced = said(await sofia.hears("first-introduced"))
    assert SOFIA.bank in introduced
    assert SOFIAS_SECOND.bank in introduced
    await story.wait_until_day(SOFIA.bank, 14)
    assert SOFIA.bank in said(await sofia.hears("renewal-offered"))
    await sofia.presses("start", "there")
    await story.presses_the_blue_button(SOFIA.bank)
    await story.settle()
    assert SOFIA.bank in said(await sofia.hears("renewal-done"))
