"""What needs two persons, on Slack: over HTTP, through the real Bolt app, with the real engine and database."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest

from bot.adapters.database import tables
from bot.domain.errors import TryAgain
from bot.domain.two_persons import AGREE_WITHIN, DELAY, LINK_WITHIN, Kind
from bot.engine import Envelope, Outcome, ToChat, Token
from flows.effects import RedrawCase
from flows.escalation import WithStaff
from flows.events import Intent, Wrote
from flows.first_sync import Invited
from flows.renewal import StepB
from flows.state import Quiet
from tests.firm import MARCEL, ODETTE
from tests.handlers.desk import ANNA, BRUNO, CHANNEL, TEXTS, Desk, Json
from tests.slack_hands import presses

NEW_PHONE = 700_003
WHY = "Rappelée au 06 12 34 56 78, elle confirme."


async def asks(desk: Desk, kind: Kind, talk: int, person: int = 1, user: str = ANNA) -> None:
    """A colleague asks, in the window of a client."""
    await desk.opens(talk, user)
    await desk.presses(f"want-{kind}", user)
    outcome = await desk.sends(user, person=str(person), reason=WHY)
    assert outcome.errors == {}
    assert TEXTS.say("staff-request-asked") in desk.reads(user)
    await desk.follows()


async def agrees(desk: Desk, kind: Kind, user: str = BRUNO) -> None:
    assert (await desk.slack.clicks(user, CHANNEL, desk.card()["ts"], f"agree-{kind}")).acked
    await desk.follows()


async def acts_of(desk: Desk) -> list[tuple[str, str]]:
    return [(each["act"], each.get("by", "")) for each in await desk.audited()]


# -- a new Telegram -----------------------------------------------------------------------------------


async def test_a_client_moves_to_a_new_telegram_with_two_persons_and_the_old_one_has_nothing_more(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    await asks(desk, Kind.REBIND, talk)
    assert WHY in desk.shows()
    assert "Nouveau Telegram\N{NO-BREAK SPACE}: Mme Odette Martin" in desk.shows()
    await agrees(desk, Kind.REBIND)
    assert "D’accord\N{NO-BREAK SPACE}: Bruno" in desk.shows()
    assert (await desk.firm.rows(tables.contact))[0].chat_id == ODETTE, "nothing has moved yet"
    await desk.slack.clicks(ANNA, CHANNEL, desk.card()["ts"], "take-link")
    await desk.follows()
    [link] = set(re.findall(r"https://t\.me/resync_bot\?start=[\w-]+", desk.reads()))
    assert link not in str(desk.slack.messages()), "the link stands in no message"
    token = Token(link.rpartition("=")[2])
    await desk.firm.engine.receive(Envelope("t:1", ToChat(NEW_PHONE), token))
    assert (await desk.firm.rows(tables.contact))[0].chat_id == NEW_PHONE
    old = Envelope("t:2", ToChat(ODETTE), Wrote(Intent.BANKS, "mes banques"))
    assert await desk.firm.engine.receive(old) is Outcome.STRANGER
    assert "take-link" not in desk.shows()
    assert [each for each in await acts_of(desk) if each[0].startswith("rebind")] == [
        ("rebind-asked", "slack:U0ANNA"), ("rebind-agreed", "slack:U0BRUNO"), ("rebind-done", "slack:U0ANNA"),
    ]  # fmt: skip


async def test_the_link_is_taken_once_by_one_of_the_two_and_in_time(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    await asks(desk, Kind.REBIND, talk)
    await agrees(desk, Kind.REBIND)
    card = desk.card()["ts"]
    await desk.slack.clicks("U0CARLA", CHANNEL, card, "take-link")
    assert desk.slack.ephemerals("U0CARLA")[-1]["text"] == TEXTS.say("staff-link-of-two")
    await desk.slack.clicks(BRUNO, CHANNEL, card, "take-link")
    for _ in range(2):
        await presses(desk.slack, ANNA, "take-link", "1")
    assert desk.slack.ephemerals(ANNA)[-1]["text"] == TEXTS.say("staff-request-over")
    assert len(await desk.firm.rows(tables.invitation)) == 1
    await asks(desk, Kind.REBIND, talk)
    await agrees(desk, Kind.REBIND)
    desk.firm.clock.pass_(seconds=(LINK_WITHIN + timedelta(minutes=1)).total_seconds())
    await presses(desk.slack, ANNA, "take-link", "2")
    assert len(await desk.firm.rows(tables.invitation)) == 1
    await desk.follows()
    assert TEXTS.say("request-is-expired", "rebind") in desk.shows()


async def test_who_is_not_on_telegram_yet_needs_an_invitation_and_nothing_more(desk: Desk) -> None:
    who = await desk.firm.contact()
    talk = await desk.firm.bank(await desk.firm.file("Chez Odette", who), Invited(), who=who)
    await desk.opens(talk)
    assert "want-rebind" not in desk.reads()


# -- what holds for all three -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", Kind)
async def test_nobody_agrees_to_his_own_request_and_whoever_is_late_changes_nothing(desk: Desk, kind: Kind) -> None:
    talk = await desk.firm.odette(Quiet())
    await asks(desk, kind, talk)
    await agrees(desk, kind, ANNA)
    assert desk.slack.ephemerals(ANNA)[-1]["text"] == TEXTS.say("staff-two-persons")
    [row] = await desk.firm.rows(tables.desk_request)
    assert row.agreed_by == ""
    desk.firm.clock.pass_(seconds=(AGREE_WITHIN + timedelta(minutes=1)).total_seconds())
    await presses(desk.slack, BRUNO, f"agree-{kind}", "1")
    assert desk.slack.ephemerals(BRUNO)[-1]["text"] == TEXTS.say("staff-request-over")
    await desk.follows()
    assert TEXTS.say("request-is-expired", kind) in desk.shows()
    assert [each[0] for each in await acts_of(desk)] == [f"{kind}-asked"]


@pytest.mark.parametrize("kind", Kind)
async def test_a_request_is_stopped_before_or_after_the_agreement_and_then_nothing_happens(
    desk: Desk, kind: Kind
) -> None:
    talk = await desk.firm.odette(Quiet())
    for agreed in (False, True):
        await asks(desk, kind, talk)
        if agreed:
            await agrees(desk, kind)
        await desk.slack.clicks("U0CARLA", CHANNEL, desk.card()["ts"], "stop-request")
        await desk.follows()
        assert TEXTS.say("request-is-stopped", kind, stopped="Carla") in desk.shows()
    desk.firm.clock.pass_(days=3)
    await desk.follows()
    assert (await desk.firm.rows(tables.contact))[0].name == "Mme Odette Martin"
    assert not any(each.get("files") for each in desk.slack.messages())
    assert await desk.firm.rows(tables.invitation) == []
    assert (await acts_of(desk))[-1] == (f"{kind}-stopped", "slack:U0CARLA")


async def test_a_request_is_not_asked_twice_and_says_why_in_the_window(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    await asks(desk, Kind.ERASURE, talk)
    await desk.opens(talk, BRUNO)
    await desk.presses("want-erasure", BRUNO)
    outcome = await desk.sends(BRUNO, person="1", reason="Aussi.")
    assert outcome.errors == {"reason": TEXTS.say("staff-request-open")}
    assert (await desk.sends(BRUNO, person="1", reason="  ")).errors == {"reason": TEXTS.say("staff-request-why")}
    assert len(await desk.firm.rows(tables.desk_request)) == 1


async def test_a_button_of_another_kind_of_request_agrees_to_nothing(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    await asks(desk, Kind.ERASURE, talk)
    await presses(desk.slack, BRUNO, "agree-export", "1")
    assert (await desk.firm.rows(tables.desk_request))[0].agreed_by == ""


async def test_a_card_that_slack_did_not_take_comes_with_the_next_sweep_and_only_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = await desk.firm.odette(Quiet())

    async def away(*_: object) -> tuple[str, str]:
        raise TryAgain("Slack does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(desk.requests.cards, "show", away)
        await asks(desk, Kind.EXPORT, talk)
    assert desk.slack.messages() == []
    for _ in range(3):
        await desk.follows()
    assert len(desk.slack.messages()) == 1


# -- somebody's data, read out ------------------------------------------------------------------------


async def test_data_are_read_out_an_hour_after_the_agreement_into_the_thread_of_the_request(desk: Desk) -> None:
    talk = await desk.firm.odette(StepB())
    await desk.firm.engine.receive(Envelope("t:3", ToChat(ODETTE), Wrote(Intent.OTHER, "je ne vois rien")))
    await asks(desk, Kind.EXPORT, talk)
    await agrees(desk, Kind.EXPORT)
    desk.firm.clock.pass_(minutes=59)
    await desk.follows()
    assert not any(each.get("files") for each in desk.slack.messages())
    desk.firm.clock.pass_(minutes=2)
    await desk.follows()
    [file] = [each for message in desk.slack.messages() for each in message.get("files", ())]
    known = read_file(desk, file["id"])
    assert (known["nom"], known["identifiant Telegram"]) == ("Mme Odette Martin", ODETTE)
    assert known["conversations"][0]["banque"] == "Crédit Rural"
    assert known["conversations"][0]["derniers mots"] == "je ne vois rien"
    await desk.follows()
    assert sum(len(each.get("files", ())) for each in desk.slack.messages()) == 1
    assert "Le fichier est sous cette carte" in desk.shows()
    assert (await acts_of(desk))[-1][0] == "export-done"


def read_file(desk: Desk, file_id: str) -> Json:
    content = desk.slack._world.files[file_id].content
    assert content is not None
    found: Json = json.loads(content)
    return found


# -- somebody's data, erased --------------------------------------------------------------------------


async def erased(desk: Desk, talk: int) -> None:
    await asks(desk, Kind.ERASURE, talk)
    await agrees(desk, Kind.ERASURE)
    desk.firm.clock.pass_(seconds=(DELAY[Kind.ERASURE] + timedelta(minutes=1)).total_seconds())
    await desk.follows()


async def everything(desk: Desk) -> str:
    """Every row that there is, but the audit trail's."""
    stored: list[Any] = []
    for table in tables.metadata.sorted_tables:
        if table.name not in ("audit", "inbox"):
            stored += await desk.firm.rows(table)
    return str(stored)


async def test_a_person_is_erased_a_day_after_the_agreement_and_the_bank_stays(desk: Desk) -> None:
    talk = await desk.firm.odette(StepB())
    await desk.firm.engine.receive(Envelope("t:4", ToChat(ODETTE), Wrote(Intent.HUMAN, "appelez-moi au 0612345678")))
    assert isinstance((await desk.firm.talk(talk)).state, WithStaff)
    await erased(desk, talk)
    rows = await everything(desk)
    assert not [each for each in ("Odette Martin", str(ODETTE), "0612345678", "06 12 34 56 78") if each in rows]
    after = await desk.firm.talk(talk)
    assert (after.connection.bank, after.contact, after.case_id) == ("Crédit Rural", None, None)
    assert isinstance(after.state, Invited)
    assert "Odette" not in desk.shows()
    assert "C’est effacé (Anna et Bruno)" in desk.shows()
    assert (await acts_of(desk))[-1][0] == "erasure-done"
    old = Envelope("t:5", ToChat(ODETTE), Wrote(Intent.BANKS, "mes banques"))
    assert await desk.firm.engine.receive(old) is Outcome.STRANGER


async def test_a_card_that_showed_an_erased_person_is_drawn_again(desk: Desk) -> None:
    talk = await desk.firm.odette(StepB())
    await desk.firm.engine.receive(Envelope("t:6", ToChat(ODETTE), Wrote(Intent.HUMAN, "appelez-moi")))
    case_id = (await desk.firm.talk(talk)).case_id
    assert case_id is not None
    await desk.records.set_thread(case_id, CHANNEL, "1.1")
    await erased(desk, talk)
    redrawn = [job for job in desk.firm.jobs if isinstance(job.effect, RedrawCase)]
    assert [job.case_id for job in redrawn] == [case_id]
    view = await desk.records.case_view(case_id)
    assert view is not None
    assert (view.contact, view.phone, view.email, view.last_words, view.case.status) == ("", "", "", "", "closed")


async def test_the_next_contact_of_the_file_goes_on_after_an_erasure(desk: Desk) -> None:
    odette, marcel = await desk.firm.contact(chat=ODETTE), await desk.firm.contact("M. Marcel Dubois", MARCEL)
    talk = await desk.firm.bank(await desk.firm.file("Chez Odette", odette, marcel), StepB(), who=odette)
    await erased(desk, talk)
    after = await desk.firm.talk(talk)
    assert after.contact is not None
    assert after.contact.id == marcel
    assert not isinstance(after.state, Invited)
    assert after.deadline is None or after.deadline > desk.firm.clock.now()
