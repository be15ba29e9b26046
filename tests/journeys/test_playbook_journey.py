"""The playbook of a bank: what a colleague knows reaches the clients of that bank, at the step where it helps."""

from bot.adapters.database import playbook
from tests.journeys.story import MARCEL, SOFIA, OpenStory, said
from tests.journeys.test_staff_journeys import asks_for_a_person, goes_on

HIDDEN = "Le bouton <bleu> est caché tout en bas."


async def test_a_trap_is_read_at_its_step_by_clients_of_that_bank_only_and_by_staff(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, SOFIA)
    app = story.world.app
    for bank, words in ((MARCEL.bank.upper(), HIDDEN), (SOFIA.bank, "Rien à voir.")):
        await app.database.write(
            lambda sql, bank=bank, words=words: playbook.add(  # type: ignore[misc]
                sql, bank, "renewing", words, "Julie", "slack:U0JULIE", app.clock.now()
            )
        )
    marcel = await asks_for_a_person(story)
    read = [said(each) for each in marcel.heard() if HIDDEN in said(each)]
    assert len(read) == 1, "at one step, and nowhere else"
    assert read[0].endswith(f"Bon à savoir avec {MARCEL.bank}\n{HIDDEN}")
    assert not any("Rien à voir" in said(each) for each in marcel.heard())
    card = await story.julie.card(MARCEL.client, having="case-took")
    assert "Pièges connus" in str(card)
    assert "caché tout en bas. (Julie)" in str(card)
    await app.database.write(lambda sql: playbook.remove(sql, 1))
    await goes_on(story, marcel)
