"""What staff do in windows on Slack: over HTTP, through the real Bolt app, with the real engine and database."""

import re
from datetime import date

import pytest

from bot.adapters.database import tables
from bot.domain.errors import TryAgain
from bot.engine import Envelope, ToChat, ToConversation, Token
from bot.sandbox.slack.posting import Outcome
from flows.effects import SpreadIncident
from flows.endings import Closed
from flows.events import Act, Chose, Intent, StaffDid, Wrote
from flows.first_sync import Invited
from flows.renewal import Offered, Renewed, StepB
from flows.state import Quiet
from tests.firm import NOW, ODETTE
from tests.handlers.desk import ANNA, BRUNO, TEXTS, Desk
from tests.slack_hands import presses, uses_shortcut

# -- a new client file --------------------------------------------------------------------------------

BISTROT = {
    "client": "Le Bistrot d’Anna", "siren": "732 829 320", "bank": "Crédit Agricole", "contact": "Mme Léa Roux",
    "role": "gérante", "phone": "06.12.34.56.78", "email": "Lea@Bistrot.fr", "last_sync": "2026-11-02",
}  # fmt: skip


@pytest.mark.parametrize("typed", ["nouveau", "Nouveau dossier", " CRÉER "])
async def test_a_new_file_begins_with_the_command_and_ends_with_an_invitation(desk: Desk, typed: str) -> None:
    assert (await desk.slack.commands(ANNA, "/resync", typed)).acked
    assert "Anna" in desk.reads(), "the accountant is proposed"
    assert not (await desk.sends(**BISTROT)).problem
    [file] = await desk.firm.rows(tables.client_file)
    assert (file.name, file.siren, file.accountant) == ("Le Bistrot d’Anna", "732829320", "Anna")
    [who] = await desk.firm.rows(tables.contact)
    assert (who.name, who.phone, who.email) == ("Mme Léa Roux", "06 12 34 56 78", "lea@bistrot.fr")
    [bank] = await desk.firm.rows(tables.connection)
    assert (bank.bank, bank.synchronised) == ("Crédit Agricole", True)
    assert "Le dossier est créé" in desk.reads()
    assert "Inviter Mme Léa Roux" in desk.reads()
    assert [(each["act"], each["by"]) for each in await desk.audited()] == [("file-created", "slack:U0ANNA")]


@pytest.mark.parametrize("way", ["file-new", "shortcut"])
async def test_a_new_file_begins_with_a_button_or_a_shortcut_too(desk: Desk, way: str) -> None:
    done = await (
        uses_shortcut(desk.slack, ANNA, "file-new") if way == "shortcut" else presses(desk.slack, ANNA, way)
    )
    assert done.acked
    assert desk.window()["callback_id"] == "file-new"


@pytest.mark.parametrize(
    ("field", "value", "advice"),
    [
        ("siren", "732 829 321", "clé fausse"),
        ("siren", "73282932000074", "C’est un SIRET"),
        ("siren", "12", "9 chiffres"),
        ("email", "lea.bistrot.fr", "une seule adresse"),
        ("phone", "06 12 34 56", "10 chiffres"),
        ("phone", "+33", "10 chiffres"),
        ("last_sync", "2026-12-24", "dans le futur"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_can_be_mended(
    desk: Desk, field: str, value: str, advice: str
) -> None:
    await desk.slack.commands(ANNA, "/resync", "nouveau")
    outcome = await desk.sends(**{**BISTROT, field: value})
    assert outcome.errors.keys() == {field}
    assert advice in outcome.errors[field]
    assert await desk.firm.rows(tables.client_file) == []
    await desk.sends(**BISTROT)
    assert len(await desk.firm.rows(tables.client_file)) == 1


async def test_a_bank_that_is_not_in_the_list_is_written_and_one_of_them_is_needed(desk: Desk) -> None:
    await desk.slack.commands(ANNA, "/resync", "nouveau")
    without = {name: value for name, value in BISTROT.items() if name != "bank"}
    assert "Choisissez une banque" in (await desk.sends(**without)).errors["bank"]
    await desk.sends(**without, other_bank="Banque des Halles")
    assert (await desk.firm.rows(tables.connection))[0].bank == "Banque des Halles"
    await desk.slack.commands(ANNA, "/resync", "nouveau")
    assert "Banque des Halles" in desk.reads(), "and stands in the list from then on"


@pytest.mark.parametrize("again", [{}, {"client": "LE BISTROT D'ANNA", "siren": ""}, {"client": "Autre nom"}])
async def test_a_client_who_is_there_already_is_not_changed(desk: Desk, again: dict[str, str]) -> None:
    for twice in (BISTROT, {**BISTROT, "contact": "M. Paul Noir", **again}):
        await desk.slack.commands(ANNA, "/resync", "nouveau")
        outcome = await desk.sends(**twice)
    assert "existe déjà" in outcome.errors["client"]
    assert [each.name for each in await desk.firm.rows(tables.contact)] == ["Mme Léa Roux"]


async def test_a_window_that_is_sent_twice_makes_one_file(desk: Desk) -> None:
    await desk.slack.commands(ANNA, "/resync", "nouveau")
    body = {**desk.window(), "state": {"values": {
        field: {"value": {"type": "plain_text_input", "value": value}} for field, value in BISTROT.items()
    }}}  # fmt: skip
    for _ in range(2):
        payload = {**desk.slack._interaction("view_submission", ANNA), "view": body}
        assert (await desk.slack._interact(payload)).body["response_action"] == "update"
    assert len(await desk.firm.rows(tables.client_file)) == 1


async def test_a_database_that_is_away_loses_nothing_of_what_was_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.slack.commands(ANNA, "/resync", "nouveau")

    async def away(*_: object) -> int:
        raise TryAgain("La base de données ne répond pas")

    with monkeypatch.context() as patch:
        patch.setattr(desk.acts, "create_file", away)
        outcome = await desk.sends(**BISTROT)
    assert outcome.errors == {"client": TEXTS.say("staff-try-again")}
    await desk.sends(**BISTROT)
    assert len(await desk.firm.rows(tables.client_file)) == 1


# -- from the board -----------------------------------------------------------------------------------


async def test_from_the_board_three_windows_lead_to_an_act(desk: Desk) -> None:
    await desk.firm.odette(Quiet())
    await desk.slack.opens_home(ANNA)
    board = await desk.comes(lambda: desk.slack.home_of(ANNA))
    await desk.slack.clicks_in_view(ANNA, board["id"], "client-open")
    client = await desk.comes(lambda: desk.slack.view_of(ANNA))
    assert "Agir\N{NO-BREAK SPACE}: Crédit Rural" in desk.reads()
    assert (await desk.presses("client-acts:1")).acked
    assert desk.window()["root_view_id"] == client["id"]
    assert (await desk.presses("want-snooze")).acked
    assert desk.window()["callback_id"] == "snooze"


async def test_from_the_board_a_new_file_begins_and_one_is_completed(desk: Desk) -> None:
    await desk.firm.odette(Quiet())
    await desk.slack.opens_home(ANNA)
    board = await desk.comes(lambda: desk.slack.home_of(ANNA))
    await desk.slack.clicks_in_view(ANNA, board["id"], "client-open")
    await desk.comes(lambda: desk.slack.view_of(ANNA))
    await desk.presses("want-file-add")
    assert "Chez Odette : ajoutez une banque" in desk.reads().replace("\N{NO-BREAK SPACE}", " ")
    assert (await desk.slack.clicks_in_view(ANNA, board["id"], "file-new")).acked
    assert desk.window()["callback_id"] == "file-new"


# -- a bank or a contact more -------------------------------------------------------------------------


async def completes(desk: Desk, file_id: int, **fields: str) -> Outcome:
    """« Compléter… », filled in."""
    assert (await presses(desk.slack, ANNA, "want-file-add", str(file_id))).acked
    return await desk.sends(**fields)


async def test_a_bank_more_belongs_to_the_one_who_is_asked_first_and_begins_at_once(desk: Desk) -> None:
    await desk.firm.odette(Quiet())
    assert not (await completes(desk, 1, bank="Crédit Agricole")).problem
    assert "C’est ajouté." in desk.reads()
    assert "Crédit Agricole" in desk.reads()
    talk = await desk.firm.talk(2)
    assert (talk.connection.bank, talk.file.name) == ("Crédit Agricole", "Chez Odette")
    assert talk.contact is not None
    assert talk.contact.name == "Mme Odette Martin"
    assert type(talk.state) is not Invited, "she is on Telegram already"
    assert [(each["act"], each["by"]) for each in await desk.audited()] == [("file-completed", "slack:U0ANNA")]


async def test_a_contact_more_comes_after_those_who_are_there_and_can_be_invited(desk: Desk) -> None:
    await desk.firm.odette(Quiet())
    await completes(desk, 1, contact="Luc Martin", role="associé", phone="06 12 34 56 78")
    links = {each.contact_id: (each.rank, each.role) for each in await desk.firm.rows(tables.file_contact)}
    assert links == {1: (0, ""), 2: (1, "associé")}
    assert (await desk.firm.rows(tables.contact))[1].phone == "06 12 34 56 78"
    assert "Inviter Luc Martin" in desk.reads()
    assert len(await desk.firm.rows(tables.connection)) == 1


async def test_a_contact_who_is_there_gets_what_is_new_about_him(desk: Desk) -> None:
    await desk.firm.odette(Quiet())
    await completes(desk, 1, contact="mme odette MARTIN", email="odette@chez.fr")
    [who] = await desk.firm.rows(tables.contact)
    assert (who.name, who.email, who.chat_id) == ("Mme Odette Martin", "odette@chez.fr", ODETTE)


async def test_a_contact_is_given_to_every_bank_that_had_nobody(desk: Desk) -> None:
    file = await desk.firm.file()
    for bank in ("CIC", "LCL"):
        await desk.firm.bank(file, Invited(), bank)
    await completes(desk, file, contact="Luc Martin", other_bank="Banque des Halles")
    talks = await desk.firm.rows(tables.conversation)
    assert [each.contact_id for each in talks] == [1, 1, 1]


@pytest.mark.parametrize(
    ("fields", "field", "advice"),
    [
        ({}, "bank", "une banque, un contact"),
        ({"other_bank": "credit RURAL"}, "bank", "déjà dans ce dossier"),
        ({"phone": "06 12 34 56 78"}, "contact", "le nom"),
        ({"bank": "LCL", "contact": "Luc", "phone": "12"}, "phone", "10 chiffres"),
        ({"contact": "Luc", "last_sync": "2026-11-02"}, "last_sync", "quelle banque"),
    ],
)
async def test_what_cannot_be_added_is_said_beside_its_field(
    desk: Desk, fields: dict[str, str], field: str, advice: str
) -> None:
    await desk.firm.odette(Quiet())
    outcome = await completes(desk, 1, **fields)
    assert outcome.errors.keys() == {field}
    assert advice in outcome.errors[field]
    assert len(await desk.firm.rows(tables.connection)) == len(await desk.firm.rows(tables.contact)) == 1


async def test_what_is_added_in_a_window_that_is_sent_twice_is_there_once(desk: Desk) -> None:
    await desk.firm.odette(Quiet())
    await presses(desk.slack, ANNA, "want-file-add", "1")
    value = {"value": {"type": "plain_text_input", "value": "LCL"}}
    body = {**desk.window(), "state": {"values": {"other_bank": value}}}
    for _ in range(2):
        payload = {**desk.slack._interaction("view_submission", ANNA), "view": body}
        assert (await desk.slack._interact(payload)).body["response_action"] == "update"
    assert [each.bank for each in await desk.firm.rows(tables.connection)] == ["Crédit Rural", "LCL"]


async def test_a_client_who_is_gone_cannot_be_completed(desk: Desk) -> None:
    await presses(desk.slack, ANNA, "want-file-add", "7")
    assert "n’existe plus" in desk.reads()


# -- an invitation ------------------------------------------------------------------------------------


async def test_an_invitation_has_its_link_its_code_and_a_message_to_copy_and_opens(desk: Desk) -> None:
    who = await desk.firm.contact()
    talk = await desk.firm.bank(await desk.firm.file("Chez Odette", who), Invited(), who=who, synchronised=False)
    await desk.opens(talk)
    assert (await desk.presses(f"act-invite:{who}")).acked
    await desk.windows.aclose()
    read = desk.reads()
    [link] = set(re.findall(r"https://t\.me/resync_bot\?start=[\w-]+", read))
    assert read.count(link) == 2, "alone, and in the message to copy"
    assert "slack_file" in read
    assert link not in str(desk.slack.messages())
    token = Token(link.rpartition("=")[2])
    await desk.firm.engine.receive(Envelope("t:1", ToChat(ODETTE), token))
    assert (await desk.firm.rows(tables.contact))[0].chat_id == ODETTE
    assert [(each["act"], each["by"]) for each in await desk.audited() if "by" in each] == [
        ("invited", "slack:U0ANNA")
    ]


async def test_nobody_who_is_there_is_invited_again_by_one_colleague_alone(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    await desk.opens(talk)
    assert "act-invite" not in desk.reads()
    await presses(desk.slack, ANNA, "act-invite:1", "1")
    assert TEXTS.say("staff-already-linked") in desk.reads()
    assert await desk.firm.rows(tables.invitation) == []


# -- what is done at once -----------------------------------------------------------------------------


async def test_a_client_is_nudged_from_his_window(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    await desk.opens(talk)
    await desk.presses("act-nudge")
    assert desk.firm.said(ODETTE) == ["renewal-offered"]
    assert "C’est noté" in desk.reads()
    assert [(each["act"], each["by"]) for each in await desk.audited()] == [("staff-nudged", "slack:U0ANNA")]


async def test_a_renewal_is_confirmed_by_hand_once(desk: Desk) -> None:
    talk = await desk.firm.odette(StepB())
    await desk.opens(talk)
    await desk.opens(talk, BRUNO)
    for colleague in (ANNA, BRUNO):
        await desk.presses("act-confirm", colleague)
    assert isinstance((await desk.firm.talk(talk)).state, Renewed)
    assert desk.firm.said(ODETTE) == ["renewal-done"]
    assert "C’est confirmé" in desk.reads()
    assert TEXTS.say("staff-act-too-late") in desk.reads(BRUNO)
    assert [each["act"] for each in await desk.audited()] == ["staff-confirmed"]


async def test_a_bank_is_closed_and_opened_again(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    await desk.opens(talk)
    await desk.presses("act-close")
    assert isinstance((await desk.firm.talk(talk)).state, Closed)
    assert "C’est clôturé" in desk.reads()
    await desk.presses("act-reopen")
    assert isinstance((await desk.firm.talk(talk)).state, Quiet)
    assert [(each["act"], each["by"]) for each in await desk.audited()] == [
        ("staff-closed", "slack:U0ANNA"), ("staff-reopened", "slack:U0ANNA"),
    ]  # fmt: skip


async def test_a_window_about_somebody_who_is_gone_says_so(desk: Desk) -> None:
    assert TEXTS.say("staff-client-gone") in str(await desk.opens(99))


# -- snooze -------------------------------------------------------------------------------------------


async def test_a_client_is_left_in_peace_until_the_day_that_was_chosen(desk: Desk) -> None:
    talk = await desk.firm.odette(Offered(), deadline=NOW.timestamp() + 3600)
    await desk.opens(talk)
    await desk.presses("want-snooze")
    await desk.sends(until="2026-12-09")
    due = (await desk.firm.talk(talk)).deadline
    assert due is not None
    assert due.date() == date(2026, 12, 9)
    assert "avant le 9 décembre 2026" in desk.reads()
    assert [(each["act"], each["until"], each["by"]) for each in await desk.audited()] == [
        ("staff-snoozed", "2026-12-09", "slack:U0ANNA")
    ]
    desk.firm.clock.pass_(days=10)
    await desk.firm.engine.overdue()
    assert desk.firm.said() == []


async def test_staff_are_told_of_a_bank_that_lapses_meanwhile(desk: Desk) -> None:
    talk = await desk.firm.odette(Offered(), deadline=NOW.timestamp() + 3600, expires_on=date(2026, 12, 5))
    await desk.opens(talk)
    await desk.presses("want-snooze")
    await desk.sends(until="2026-12-09")
    assert "sa banque s’arrête avant" in desk.reads()


@pytest.mark.parametrize(("until", "why"), [("2026-11-24", "staff-snooze-when"), ("2027-03-01", "staff-snooze-when")])
async def test_a_day_that_cannot_be_is_said_in_the_window(desk: Desk, until: str, why: str) -> None:
    talk = await desk.firm.odette(Offered(), deadline=NOW.timestamp() + 3600)
    await desk.opens(talk)
    await desk.presses("want-snooze")
    assert (await desk.sends(until=until)).errors == {"until": TEXTS.say(why)}


async def test_a_window_that_is_sent_after_the_client_went_on_changes_nothing_and_says_so(desk: Desk) -> None:
    talk = await desk.firm.odette(Offered(), deadline=NOW.timestamp() + 3600)
    await desk.opens(talk)
    await desk.presses("want-snooze")
    await desk.firm.engine.receive(Envelope("t:2", ToConversation(talk), Chose("start")))
    assert (await desk.sends(until="2026-12-09")).errors == {"until": TEXTS.say("staff-act-too-late")}


# -- its bank, for all clients ------------------------------------------------------------------------


async def test_a_bank_in_general_trouble_is_declared_from_a_window_and_ended_from_it(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    for submit, said in (("Déclarer l’incident", "staff-outage-declared"), ("C’est revenu", "staff-outage-ended")):
        await desk.opens(talk)
        await desk.presses("want-incident")
        assert desk.window()["submit"]["text"] == submit
        await desk.sends()
        assert TEXTS.say(said, bank="Crédit Rural") in desk.reads()
    [incident] = await desk.firm.rows(tables.incident)
    assert (incident.bank, incident.state, incident.who) == ("Crédit Rural", "over", "Anna")
    assert [(each["act"], each["by"]) for each in await desk.audited()] == [
        ("incident-declared", "slack:U0ANNA"), ("incident-over", "slack:U0ANNA"),
    ]  # fmt: skip
    assert [type(each) for each in desk.firm.effects()].count(SpreadIncident) == 2


async def test_of_two_colleagues_who_declare_the_second_is_told(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    for colleague in (ANNA, BRUNO):
        await desk.opens(talk, colleague)
        await desk.presses("want-incident", colleague)
    for colleague in (ANNA, BRUNO):
        await desk.sends(colleague)
    assert TEXTS.say("staff-incident-decided") in desk.reads(BRUNO)
    assert len(await desk.firm.rows(tables.incident)) == 1


# -- the playbook -------------------------------------------------------------------------------------


async def test_a_trap_is_added_for_all_clients_of_the_bank_and_taken_away_again(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    await desk.opens(talk)
    await desk.presses("want-trap")
    await desk.sends(step="renewing", words="  Le bouton bleu est caché\ntout en bas. ")
    assert "C’est ajouté" in desk.reads()
    [trap] = await desk.firm.rows(tables.bank_trap)
    assert (trap.bank, trap.step, trap.words, trap.who) == (
        "credit rural", "renewing", "Le bouton bleu est caché tout en bas.", "Anna"
    )  # fmt: skip
    await desk.opens(talk, BRUNO)
    await desk.presses("want-trap", BRUNO)
    assert "tout en bas. (Anna)" in desk.reads(BRUNO)
    await desk.presses(f"act-trap-remove:{trap.id}", BRUNO)
    assert "C’est retiré" in desk.reads(BRUNO)
    assert await desk.firm.rows(tables.bank_trap) == []
    assert [(each["act"], each["by"]) for each in await desk.audited()] == [
        ("trap-added", "slack:U0ANNA"), ("trap-removed", "slack:U0BRUNO"),
    ]  # fmt: skip


async def test_a_step_has_two_traps_at_most_and_what_was_written_stays_in_the_window(desk: Desk) -> None:
    talk = await desk.firm.odette(Quiet())
    for words in ("un", "deux", "trois"):
        await desk.opens(talk)
        await desk.presses("want-trap")
        outcome = await desk.sends(step="renewing", words=words)
    assert outcome.errors == {"words": TEXTS.say("staff-trap-enough")}
    assert (await desk.sends(step="opening", words="trois")).errors == {}
    assert len(await desk.firm.rows(tables.bank_trap)) == 3


# -- the audit trail ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "noted"),
    [
        (Act.TOOK, "staff-took"), (Act.REPLIED, "staff-replied"), (Act.HANDED_BACK, "staff-handed-back"),
        (Act.RESOLVED, "staff-resolved"), (Act.CONFIRMED, "staff-confirmed"), (Act.CLOSED, "staff-closed"),
        (Act.NOT_CONFIRMED, "staff-not-confirmed"), (Act.NUDGED, "staff-nudged"),
    ],
)  # fmt: skip
async def test_each_act_about_a_case_is_noted_with_who_did_it_and_never_with_words(
    desk: Desk, act: Act, noted: str
) -> None:
    talk = await desk.firm.odette(StepB())
    await desk.firm.engine.receive(Envelope("t:3", ToChat(ODETTE), Wrote(Intent.HUMAN, "appelez-moi")))
    event = StaffDid(act, "Anna", "Bonjour Odette" if act is Act.REPLIED else "")
    await desk.firm.engine.receive(Envelope("t:4", ToConversation(talk), event, by="slack:U0ANNA"))
    trail = await desk.audited()
    assert [each["by"] for each in trail if each["act"] == noted] == ["slack:U0ANNA"]
    assert not [each for each in ("Anna", "Bonjour", "Odette", "appelez") if each in str(trail)]
