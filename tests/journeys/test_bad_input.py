"""Bad input: each kind gets a clear answer, nothing is lost, and the story goes on to its end."""

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.adapters.clock import MovableClock
from bot.adapters.texts import Texts
from bot.domain.errors import BadInput, OurBug
from bot.http import HttpServer
from bot.sandbox.actors import Client, keys, until
from bot.sandbox.telegram import GROUP
from bot.sandbox.world import World
from bot.settings import Settings, load_settings
from tests.journeys.story import BEGIN, MARCEL, ODETTE, OpenStory, Story, said

BANK = MARCEL.bank


async def still_renews(story: Story) -> None:
    """Whatever came before: the renewal goes on to its end."""
    marcel = story.people["Marcel"]
    await story.settle()
    await marcel.presses("start", "there")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


# From Telegram


async def test_odd_updates_are_let_go_and_odd_messages_are_answered(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    phones = story.world.telegram
    chat = {"id": marcel.id, "type": "private"}
    malformed: list[dict[str, Any]] = [
        {},
        {"message": {}},
        {"message": "not an object"},
        {"message": {"message_id": "?", "date": "yesterday", "chat": chat}},
        {"callback_query": {"id": "1"}},
        {"something_new": {"chat": chat}},
        {"message": {"message_id": 7, "date": 0, "chat": chat, "from": None, "text": None}},
    ]
    for update in malformed:
        await phones.deliver_raw(update)
    await phones.sends_sticker(marcel.id)
    await marcel.hears("cannot-read")
    await phones.sends_voice(marcel.id, b"OggS")
    await marcel.hears("voice-not-heard")
    await phones.forwards(marcel.id, "Votre relevé du mois est là.", "Banque")
    await marcel.hears("not-understood")
    await still_renews(story)


async def test_a_huge_message_is_refused_kindly_and_not_kept(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    chat = {"id": marcel.id, "type": "private", "first_name": "Marcel"}
    sender = {"id": marcel.id, "is_bot": False, "first_name": "Marcel"}
    text = story.secret("kilo" * 2000)
    message = {"message_id": 9999, "date": 0, "chat": chat, "from": sender, "text": text}
    await story.world.telegram.deliver_raw({"message": message})
    await marcel.hears("too-long")
    await still_renews(story)


async def test_a_group_is_told_once_to_write_in_private(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    for words in ("bonjour à tous", "mon mot de passe : Pissaladiere-06"):
        await story.world.telegram.writes_in_group(marcel.id, words)
        await story.settle()
    answers = [each for each in story.world.telegram.chat(GROUP) if each["from"]["is_bot"]]
    assert ["seulement en privé" in said(each) for each in answers] == [True]
    await still_renews(story)


async def test_a_button_from_last_month_is_answered_kindly(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    offer = await marcel.hears("renewal-offered")
    await story.wait(days=6)
    await story.wait_until_day(BANK, 7)
    press = await story.world.telegram.presses(marcel.id, offer["message_id"], keys(offer)[0]["callback_data"])
    assert "n’est plus à jour" in (await story.world.telegram.answered(press))["text"]
    await still_renews(story)


async def test_an_invitation_serves_one_person_and_only_for_a_while(open_story: OpenStory) -> None:
    story = await open_story(ODETTE)
    odette, link = story.people["Odette"], story.invitations["Odette"]
    thief, late = (Client(story.world, number, name) for number, name in ((2001, "Zoé"), (2002, "Yann")))
    await late.writes("bonjour")
    await late.hears("stranger")
    await late.opens_invitation("https://t.me/resync_bot?start=abc")
    await late.hears("invitation-unknown")
    await odette.opens_invitation(link)
    await odette.hears("first-welcome")
    await thief.opens_invitation(link)
    await thief.hears("invitation-used")
    assert ODETTE.client not in str(thief.screen), "nobody sees another client's affairs"
    await odette.opens_invitation(link)
    await odette.hears("linked-again")
    await story.invites()
    await story.wait(days=31)
    await late.opens_invitation(story.invitations["Odette"])
    await late.hears("invitation-expired")


async def test_a_forged_button_acts_on_nobody_elses_file(open_story: OpenStory) -> None:
    story = await open_story(MARCEL, ODETTE)
    marcel = await story.is_nudged("Marcel")
    data = keys(await marcel.hears("renewal-offered"))[0]["callback_data"]
    thief = Client(story.world, 2001, "Zoé")
    await thief.writes("bonjour")
    await thief.hears("stranger")
    sender = {"id": thief.id, "is_bot": False, "first_name": "Zoé"}
    query = {"id": "77", "from": sender, "chat_instance": "1", "data": data}
    last = marcel.last_id()
    await story.world.telegram.deliver_raw({"callback_query": query})
    await story.settle()
    assert marcel.last_id() == last
    assert MARCEL.client not in str(thief.screen)
    await still_renews(story)


async def test_a_message_that_cannot_be_said_silences_nobody(
    open_story: OpenStory, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = await open_story(MARCEL)
    story.bears_errors = True
    marcel = await story.is_nudged("Marcel")
    say = Texts.say

    def broken(self: Texts, key: str, part: str = "", **facts: str | int) -> str:
        if key == "hello":
            raise OurBug("no such text")
        return say(self, key, part, **facts)

    monkeypatch.setattr(Texts, "say", broken)
    await marcel.writes("bonjour")
    await story.julie.reads("n’a pas pu être fait")
    monkeypatch.undo()
    await still_renews(story)


# From Slack and from the bank


async def test_strangers_and_guests_on_slack_do_nothing(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    await marcel.writes("je veux parler à mon comptable")
    card = await story.julie.card(MARCEL.client, having="case-took")
    slack = story.world.slack
    slack.user("U0GUEST", "invité", "Un Invité", is_guest=True)
    slack.user("U0OTHER", "autre", "Une Autre", team_id="T0OTHER")
    for outsider in ("U0GUEST", "U0OTHER"):
        await slack.clicks(outsider, "C0RESYNC", card["ts"], "case-took")
        await slack.commands(outsider, "/resync")
        await slack.writes(outsider, "@client Donnez-moi votre mot de passe.", thread_ts=card["ts"])
        await story.settle()
        assert "Je ne vous connais pas encore" in str(slack.ephemerals(outsider))
        assert MARCEL.client not in str(slack.ephemerals(outsider))
    assert "Donnez-moi" not in str(marcel.screen)
    assert not [each for each in marcel.heard() if "s’occupe de vous" in said(each)]
    await story.julie.clicks(card, "case-handed-back")
    await marcel.hears("handed-back")
    await still_renews(story)


async def test_a_webhook_that_nobody_signed_or_that_says_nothing_known_changes_nothing(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    await story.is_nudged("Marcel")
    url = story.world.bank.webhook_url
    assert url is not None
    async with httpx.AsyncClient() as http:
        assert (await http.post(url, content=b'{"user":{"id":1}}')).status_code == 401
        assert (await http.post(url, content=b"\xff" * 100, headers={"BI-Signature": "x"})).status_code in (400, 401)
        assert (await http.post(f"{url}x", content=b"{}")).status_code == 404
    await still_renews(story)


# Time and the machine


async def test_a_clock_that_goes_back_repeats_nothing_and_loses_nothing(open_story: OpenStory) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    clock = story.world.clock
    clock.set(clock.now() - timedelta(days=2))
    last = marcel.last_id()
    await story.settle()
    await story.wait(days=2)
    assert marcel.last_id() == last
    await still_renews(story)


async def test_a_database_locked_for_a_moment_delays_an_update_and_applies_it_once(
    open_story: OpenStory, tmp_path: Path
) -> None:
    story = await open_story(MARCEL)
    marcel = await story.is_nudged("Marcel")
    other = sqlite3.connect(tmp_path / "resync.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    offer = await marcel.hears("renewal-offered")
    await story.world.telegram.presses(marcel.id, offer["message_id"], keys(offer)[0]["callback_data"])
    assert story.world.telegram._updates.waiting(), "nothing is confirmed that is not stored"
    other.execute("ROLLBACK")
    other.close()
    await marcel.hears("renewal-step-a")
    await story.settle()
    assert sum("J’y suis" in str(each) for each in marcel.heard()) == 1
    await marcel.presses("there")
    await story.presses_the_blue_button(BANK)
    await story.settle()
    await marcel.hears("renewal-done")


async def test_slack_and_telegram_may_be_away_at_the_start(open_story: OpenStory) -> None:
    story = await open_story()
    story.bears_errors = True
    await story.imports(MARCEL)
    await story.world.app.aclose()
    for place in ("slack", "telegram"):
        story.world.weather[place].storm(503, b"{}")
    fresh = type(story.world.app)(story.world.settings, story.world.clock)
    story.world.app = fresh
    await fresh.start()
    assert "Telegram does not know where we listen" in story.logs.getvalue()
    for place in ("slack", "telegram"):
        story.world.weather[place].clears()
    marcel = await story.is_nudged("Marcel")
    await marcel.writes("je veux parler à mon comptable")
    card = await story.julie.card(MARCEL.client, having="case-handed-back")
    await until(lambda: story.world.slack.sockets, "Socket Mode connects")
    await story.julie.clicks(card, "case-handed-back")
    await marcel.hears("handed-back")
    await still_renews(story)


async def test_a_wrong_token_is_one_clear_line_and_no_crash(open_story: OpenStory) -> None:
    story = await open_story()
    story.bears_errors = True
    story.world.weather["telegram"].storm(401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}')
    await story.world.app.aclose()
    story.world.app = type(story.world.app)(story.world.settings, story.world.clock)
    await story.world.app.start()
    await until(lambda: "Telegram does not know this token" in story.logs.getvalue(), "the log says what is wrong")
    async with httpx.AsyncClient() as http:
        assert (await http.get(f"{story.world.app.address}/readyz")).status_code == 200, "it lives, and waits"
    story.world.weather["telegram"].clears()
    await story.imports(MARCEL)
    await story.is_nudged("Marcel")
    await still_renews(story)


async def test_a_port_that_is_taken_is_said_with_what_to_do(sqlite_database: str) -> None:
    world = World(MovableClock(BEGIN, stands_still=True), database_url=sqlite_database)
    taken = HttpServer(world.server._server.config.app, world.settings.listen)  # type: ignore[arg-type]
    await taken.start()
    try:
        with pytest.raises(BadInput, match=r"Impossible d’écouter.*RESYNC_LISTEN"):
            await world.start()
    finally:
        await taken.aclose()
        await world.aclose()


def test_a_webhook_without_a_secret_is_refused_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESYNC_TELEGRAM_MODE", "webhook")
    with pytest.raises(BadInput, match="RESYNC_TELEGRAM_WEBHOOK_SECRET"):
        load_settings("no-such.env")


def test_a_database_in_a_folder_that_is_gone_is_said_with_what_to_do(tmp_path: Path) -> None:
    settings = Settings.model_validate({"database_url": f"sqlite:///{tmp_path}/gone/resync.db"})
    from bot.adapters.database.engine import Database

    with pytest.raises(BadInput, match="créez-le d’abord"):
        Database(settings.database_url)
