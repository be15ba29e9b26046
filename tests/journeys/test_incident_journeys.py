"""A bank in trouble for all of its clients: the radar sees it, staff decide, everybody hears of it once."""

import json
import re
from datetime import datetime
from typing import Any

from bot.adapters.database.audit import latest
from bot.sandbox.actors import Client, patterns
from tests.journeys.story import PARIS, Line, OpenStory, Story, is_decent, is_nudge, said

BANK = "Banque de l’Ouest"
LINES = (
    Line("Le Petit Zinc", "Marcel Dubois", BANK, 74),  # it lapses on 18 March
    Line("La Marée", "Paul Henry", BANK, 74),
    Line("Chez Lulu", "Lucie Moreau", BANK, 74),
    Line("Le Fournil", "Anne Roux", BANK, 20),  # nothing to do for weeks
)
Json = dict[str, Any]


async def all_are_asked(open_story: OpenStory, **settings: Any) -> tuple[Story, dict[str, Client]]:
    """Four clients of one bank; on 4 March, after the first slot, three of them are asked to renew it."""
    story = await open_story(**settings)
    for line in LINES:
        await story.imports(line)
        story.links[line.client] = story.links.pop(BANK)
    clients = {name: await story.arrives(name) for name in ("Marcel", "Paul", "Lucie", "Anne")}
    await story.wait_until(datetime(2026, 3, 4, 9, 45, tzinfo=PARIS))
    for name in ("Marcel", "Paul", "Lucie"):
        await clients[name].hears("renewal-offered")
    return story, clients


def told(story: Story, client: Client, key: str) -> list[Json]:
    wanted = patterns(story.world.app.texts, key)
    return [each for each in client.heard() if any(pattern.fullmatch(said(each)) for pattern in wanted)]


def nudges(story: Story, client: Client, after: int) -> list[str]:
    heard = [each for each in client.heard() if each["message_id"] > after]
    return [said(each)[:60] for each in heard if is_nudge(story.world.app.texts, each)]


async def falls(story: Story) -> None:
    """The bank falls, and the aggregator notices with the next synchronisation of each client."""
    story.world.bank.switch(BANK, False)
    await story.settle()


async def tries(story: Story, *clients: Client) -> None:
    for client in clients:
        await client.presses("start", "there", "done")
        await story.settle()
        await client.hears("bank-down")


def acts(story: Story) -> list[str]:
    with story.world.app.database.reader.connect() as sql:
        return [act for each in latest(sql, 100) if (act := json.loads(each)["act"]).startswith("incident-")]


async def test_the_radar_asks_staff_who_declare_it_and_everybody_hears_once_and_once_that_it_is_over(
    open_story: OpenStory,
) -> None:
    story, clients = await all_are_asked(open_story)
    marcel, paul, lucie, anne = clients.values()
    await lucie.presses("start")
    await falls(story)
    await tries(story, marcel, paul)
    card = await story.julie.card(BANK, having="incident-declare")
    assert re.search(r"[234] clients sur [234] de Banque de l’Ouest", str(card))
    assert re.search(r"d’habitude 2\W{1,4}%", json.dumps(card, ensure_ascii=False))
    assert len([each for each in story.julie.channel() if "panne générale" in str(each)]) == 1
    assert told(story, lucie, "bank-outage") == []
    before = {client.name: client.last_id() for client in clients.values()}

    await story.julie.clicks(card, "incident-declare")
    await story.settle()
    await lucie.hears("bank-outage")
    assert marcel.last_id() == before["Marcel"], "he knows already"
    await story.julie.reads("3 clients concernés")

    await story.wait_until(datetime(2026, 3, 13, 22, 0, tzinfo=PARIS))  # across J-7
    assert [len(told(story, each, "bank-outage")) for each in clients.values()] == [0, 0, 1, 0]
    assert [nudges(story, client, before[name]) for name, client in clients.items()] == [[]] * 4
    assert story.cards("Le Petit Zinc") + story.cards("La Marée") == [], "one thread, and no case for each client"

    story.world.bank.switch(BANK, True)
    await story.wait_until(datetime(2026, 3, 14, 9, 0, tzinfo=PARIS))
    await story.julie.card("c’est revenu")
    await story.julie.reads("Les 3 clients qui en étaient prévenus")
    await story.wait_until(datetime(2026, 3, 14, 10, 0, tzinfo=PARIS))
    for client in (marcel, paul, lucie):
        back = await client.hears("bank-is-back")
        assert is_decent(story.moment(back))
    assert anne.last_id() == before["Anne"]
    assert acts(story) == ["incident-proposed", "incident-declared", "incident-over"]

    await marcel.presses("start", "there")
    await story.world.bank.press_blue_button(story.links["Le Petit Zinc"])
    story.world.acted(marcel.id)
    await marcel.presses("done")
    await story.wait(minutes=1)
    await marcel.hears("renewal-done")
    last = paul.last_id()
    await story.wait_until(datetime(2026, 3, 18, 17, 0, tzinfo=PARIS))
    await paul.hears("renewal-offered", after=last)  # the ladder goes on
    assert story.cards("La Marée") == []


async def test_what_is_nothing_is_left_alone(open_story: OpenStory) -> None:
    story, clients = await all_are_asked(open_story)
    marcel, paul, lucie, _ = clients.values()
    await falls(story)
    await tries(story, marcel, paul)
    card = await story.julie.card(BANK, having="incident-dismiss")
    await story.julie.clicks(card, "incident-dismiss")
    await story.settle()
    await story.julie.reads("Tout continue comme d’habitude")
    await tries(story, lucie)
    await story.wait(hours=2)
    assert not story.julie._card(BANK, "incident-declare")
    assert told(story, lucie, "bank-outage") == []
    story.world.bank.switch(BANK, True)
    await story.wait(days=1)
    await lucie.hears("bank-is-back")
    assert acts(story) == ["incident-proposed", "incident-dismissed"]


async def test_above_the_firm_s_certainty_nobody_is_asked_and_nobody_hears_of_it_by_night(
    open_story: OpenStory,
) -> None:
    story, clients = await all_are_asked(open_story, radar_certainty=0.99)
    marcel, paul, lucie, anne = clients.values()
    await lucie.presses("start")
    before = {client.name: client.last_id() for client in clients.values()}
    await story.wait_until(story.now.replace(hour=22, minute=30))
    await falls(story)
    card = await story.julie.card(BANK, having="incident-end")
    assert "Déclaré d’office" in str(card)
    await marcel.presses("start")
    await story.settle()
    await marcel.hears("bank-outage")  # he is awake, and waits for an answer
    assert told(story, lucie, "bank-outage") == []
    await story.wait(hours=13)
    assert is_decent(story.moment(await lucie.hears("bank-outage")))
    await story.wait_until(datetime(2026, 3, 11, 17, 0, tzinfo=PARIS))
    outages = told(story, paul, "bank-outage")
    assert len(outages) == 1, "told in place of the nudge of J-7, and not again"
    assert is_decent(story.moment(outages[0]))
    assert nudges(story, paul, before["Paul"]) == []
    assert anne.last_id() == before["Anne"]
    await story.julie.clicks(card, "incident-end")
    await story.settle()
    await story.julie.reads("Les 3 clients")
    story.world.bank.switch(BANK, True)
    await story.wait(days=1)
    await paul.hears("bank-is-back")
    await paul.presses("start")
    await paul.hears("renewal-step-a", after=outages[0]["message_id"])


async def test_who_presses_on_meanwhile_hears_why_at_once(open_story: OpenStory) -> None:
    story, clients = await all_are_asked(open_story)
    marcel, paul, lucie, _ = clients.values()
    await falls(story)
    await tries(story, marcel, paul)
    await story.julie.clicks(await story.julie.card(BANK, having="incident-declare"), "incident-declare")
    await story.settle()
    await lucie.presses("start")
    await story.settle()
    await lucie.hears("bank-outage")
    assert len(told(story, lucie, "renewal-step-a")) == 0


async def test_a_bank_that_has_never_worked_is_said_so_before_one_tries_on_and_on(open_story: OpenStory) -> None:
    story = await open_story(
        Line("Chez Odette", "Odette Martin", "Crédit Rural"), Line("Bistrot Neuf", "Nora Petit", "Crédit Rural")
    )
    odette, nora = await story.arrives("Odette"), await story.arrives("Nora")
    for client in (odette, nora):
        await client.presses("start", "there", "done")
        await story.wait(minutes=2)
    await odette.hears("first-not-seen")
    await nora.hears("bank-never-worked")
    await nora.hears("with-staff")
    card = await story.julie.card("Bistrot Neuf", having="case-took")
    assert "n’a encore fonctionné pour aucun" in str(card)
    await odette.presses("done")
    await story.wait(minutes=2)
    await odette.hears("bank-never-worked")
