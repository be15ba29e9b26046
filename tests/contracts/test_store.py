"""The store on both databases: what is saved comes back, each step is whole, and none harms another."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.adapters.database import engine as database_engine
from bot.adapters.database.engine import Database, parse_url
from bot.adapters.database.outbox import Outbox
from bot.adapters.database.store import SqlStore
from bot.adapters.database.tables import client_file, consent, contact, inbox, invitation, outbox, secure_link
from bot.domain.cadence import Consent
from bot.domain.client import Connection
from bot.domain.connection import ConnectionState, DateSource
from bot.domain.errors import BadInput, TryAgain
from bot.ports import Invitation, Job, Transaction
from flows.effects import Say
from flows.password_change import NewPassword
from flows.renewal import Checking
from flows.state import Quiet
from tests.firm import MARCEL, NOW, ODETTE, STRANGER, Firm, founded


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


class Undone(Exception):
    """What a step raises."""


# What is saved comes back


async def test_an_event_is_new_once(firm: Firm) -> None:
    async def first(name: str) -> bool:
        return await firm.store.transact(lambda tx: tx.first_time(name, NOW))

    assert [await first("tg:1"), await first("tg:1"), await first("tg:2"), await first("tg:1")] == [
        True,
        False,
        True,
        False,
    ]


async def test_of_many_at_once_one_is_first(firm: Firm) -> None:
    seen = await asyncio.gather(*(firm.store.transact(lambda tx: tx.first_time("tg:1", NOW)) for _ in range(25)))
    assert seen.count(True) == 1


async def test_an_event_whose_step_was_undone_is_still_new(firm: Firm) -> None:
    def fail(tx: Transaction) -> None:
        assert tx.first_time("tg:1", NOW)
        raise Undone

    with pytest.raises(Undone):
        await firm.store.transact(fail)
    assert await firm.store.transact(lambda tx: tx.first_time("tg:1", NOW))


async def test_a_conversation_comes_back_as_it_was_saved(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet())
    second = await firm.contact("Marcel", MARCEL)
    other = await firm.store.transact(lambda tx: tx.contact_of_chat(MARCEL))
    assert other is not None
    assert other.id == second
    changed = replace(
        await firm.talk(talk_id),
        state=NewPassword(resume=Checking(refused=1), refused=2, puzzled=1),
        sequence=41,
        deadline=NOW + timedelta(hours=3, microseconds=250_000),
        started_at=NOW - timedelta(minutes=7),
        last_press=f"c:{talk_id}:40:password-changed",
        last_words="l’œuf à la coque 🥚 <b>&amp;</b>",
        case_id=12,
        contact=other,
    )
    await firm.store.transact(lambda tx: tx.save(changed, NOW, spoken=True))
    assert await firm.talk(talk_id) == changed
    emptied = replace(
        changed, state=Quiet(), deadline=None, started_at=None, last_press="", case_id=None, contact=None
    )
    await firm.store.transact(lambda tx: tx.save(emptied, NOW, spoken=False))
    assert await firm.talk(talk_id) == emptied


async def test_a_connection_comes_back_as_it_was_read(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet())
    learnt = replace(
        (await firm.talk(talk_id)).connection,
        aggregator_connection="c99",
        state=ConnectionState.PASSWORD_CHANGED,
        expires_on=date(2027, 2, 28),
        expiry_source=DateSource.BANK,
        last_success_at=datetime(2026, 11, 1, 3, 4, 5, tzinfo=UTC),
        synchronised=True,
        vendor_code="wrongpass",
    )
    await firm.store.transact(lambda tx: tx.save_connection(learnt))
    assert (await firm.talk(talk_id)).connection == learnt


async def test_consents_come_back_as_they_began_and_ended(firm: Firm) -> None:
    files = [await firm.file(name) for name in ("Chez Odette", "Le Zinc", "Zoé")]
    banks = [await connection_of(firm, await firm.bank(file, Quiet())) for file in files]
    lapsed, renewed, cut = banks

    def live(tx: Transaction) -> None:
        for each in banks:
            tx.begin_consent(each.id, date(2026, 1, 1))
        tx.end_consent(lapsed.id, date(2026, 4, 1), lapsed=True)
        tx.end_consent(lapsed.id, date(2026, 4, 2), lapsed=False)  # it has ended already
        tx.begin_consent(renewed.id, date(2026, 3, 20))
        tx.end_consent(cut.id, date(2026, 2, 2), lapsed=False)

    await firm.store.transact(live)
    assert set(await firm.store.transact(lambda tx: tx.consents_at("Crédit Rural"))) == {
        Consent(lapsed.file_id, date(2026, 1, 1), date(2026, 4, 1), lapsed=True),
        Consent(renewed.file_id, date(2026, 1, 1), date(2026, 3, 20)),
        Consent(renewed.file_id, date(2026, 3, 20)),
        Consent(cut.file_id, date(2026, 1, 1), date(2026, 2, 2)),
    }


async def test_consents_are_those_of_one_bank_however_its_name_is_typed(firm: Firm) -> None:
    file = await firm.file()
    talks = [await firm.bank(file, Quiet(), name) for name in ("Crédit Rural", "CREDIT-RURAL", "Crédit Urbain")]
    for talk in talks:
        known = await connection_of(firm, talk)
        await firm.store.transact(lambda tx, known=known: tx.begin_consent(known.id, date(2026, 1, 1)))  # type: ignore[misc]
    assert len(await firm.store.transact(lambda tx: tx.consents_at("credit rural"))) == 2
    assert await firm.store.transact(lambda tx: tx.consents_at("Banque de Nulle Part")) == []


async def test_consents_go_with_their_connection(firm: Firm) -> None:
    known = await connection_of(firm, await firm.odette(Quiet()))
    await firm.store.transact(lambda tx: tx.begin_consent(known.id, date(2026, 1, 1)))
    assert len(await firm.rows(consent)) == 1
    await firm.database.write(lambda sql: sql.execute(sa.delete(client_file)))
    assert await firm.rows(consent) == []


async def connection_of(firm: Firm, talk_id: int) -> Connection:
    return (await firm.talk(talk_id)).connection


async def test_nobody_finds_a_conversation_that_is_not_there(firm: Firm) -> None:
    assert await firm.store.transact(lambda tx: tx.conversation(404)) is None
    assert await firm.store.transact(lambda tx: tx.case(404)) is None
    assert await firm.store.transact(lambda tx: tx.contact_of_chat(STRANGER)) is None
    assert await firm.store.transact(lambda tx: tx.invitation("0" * 64)) is None


# Whose is what


async def test_a_chat_reaches_its_own_files_only_the_last_spoken_first(firm: Firm) -> None:
    odette, marcel = await firm.contact(chat=ODETTE), await firm.contact("Marcel", MARCEL)
    hers, shared, his = (
        await firm.file("Chez Odette", odette),
        await firm.file("Les Halles", odette, marcel),
        await firm.file("Le Zinc", marcel),
    )
    first = await firm.bank(hers, Quiet(), who=odette, spoken_at=1.0)
    both = await firm.bank(shared, Quiet(), who=marcel, spoken_at=2.0)
    only_his = await firm.bank(his, Quiet(), who=marcel, spoken_at=3.0)

    async def of(chat: int) -> list[int]:
        return list(await firm.store.transact(lambda tx: tx.conversations_of(chat)))

    assert await of(ODETTE) == [both, first]
    assert await of(MARCEL) == [only_his, both]
    assert await of(STRANGER) == []
    talk = await firm.talk(first)
    await firm.store.transact(lambda tx: tx.save(talk, NOW, spoken=True))
    assert await of(ODETTE) == [first, both]
    await firm.store.transact(lambda tx: tx.save(replace(talk, sequence=9), NOW + timedelta(1), spoken=False))
    assert (await firm.talk(first)).sequence == 9


async def test_an_invitation_binds_a_new_contact(firm: Firm) -> None:
    odette = await firm.contact()
    talk_id = await firm.bank(await firm.file("Chez Odette", odette), Quiet(), who=odette)
    await firm.invite(odette)
    token = await only_invitation(firm)
    bound = await firm.store.transact(lambda tx: tx.bind(token, ODETTE, NOW))
    assert (bound.id, bound.chat_id, bound.reachable) == (odette, ODETTE, True)
    assert await firm.store.transact(lambda tx: list(tx.conversations_of(ODETTE))) == [talk_id]
    assert (await only_invitation(firm)).claimed_by == ODETTE


async def test_one_person_with_several_files_keeps_one_chat(firm: Firm) -> None:
    known = await firm.contact("Odette Martin", ODETTE)
    again = await firm.contact("O. Martin")
    old = await firm.bank(await firm.file("Chez Odette", known), Quiet(), who=known)
    first = await firm.bank(await firm.file("Les Halles", again, known), Quiet(), who=again)
    second = await firm.bank(await firm.file("Le Zinc", again), Quiet(), who=again)
    await firm.store.transact(lambda tx: tx.mark_reachable(ODETTE, False))
    await firm.invite(again)
    token = await only_invitation(firm)
    bound = await firm.store.transact(lambda tx: tx.bind(token, ODETTE, NOW))
    assert bound.id == known
    assert sorted(await firm.store.transact(lambda tx: tx.conversations_of(ODETTE))) == [old, first, second]
    assert {(await firm.talk(each)).contact for each in (old, first, second)} == {bound}
    stored = await firm.store.transact(lambda tx: tx.contact_of_chat(ODETTE))
    assert stored == bound, "he is there again, and the database knows it"


async def test_binding_twice_changes_nothing_more(firm: Firm) -> None:
    known, again = await firm.contact("Odette Martin", ODETTE), await firm.contact("O. Martin")
    await firm.bank(await firm.file("Le Zinc", again, known), Quiet(), who=again)
    await firm.invite(again)
    token = await only_invitation(firm)
    bound = [await firm.store.transact(lambda tx: tx.bind(token, ODETTE, NOW)) for _ in range(2)]
    assert bound[0] == bound[1]


async def only_invitation(firm: Firm) -> Invitation:
    hashed = (await firm.rows(invitation))[0].token_hash
    found = await firm.store.transact(lambda tx: tx.invitation(hashed))
    assert found is not None
    return found


# Cases, links, deadlines


async def test_a_case_is_opened_taken_and_closed(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet())
    case_id = await firm.store.transact(lambda tx: tx.open_case(talk_id, "stuck", NOW))
    case = await firm.case(case_id)
    assert (case.conversation_id, case.cause, case.opened_at, case.status) == (talk_id, "stuck", NOW, "open")
    await firm.store.transact(lambda tx: tx.update_case(case_id, status="taken", taken_by="Julie", closed=False))
    assert ((await firm.case(case_id)).taken_by, await firm.is_closed(case_id)) == ("Julie", False)
    await firm.store.transact(lambda tx: tx.update_case(case_id, status="resolved", taken_by="Julie", closed=True))
    assert ((await firm.case(case_id)).status, await firm.is_closed(case_id)) == ("resolved", True)


async def test_revoking_ends_the_open_links_of_one_conversation(firm: Firm) -> None:
    talk_id = await firm.odette(Quiet())
    other = await firm.bank((await firm.talk(talk_id)).file.id, Quiet(), "Banque Mistral")
    for number, (whose, state) in enumerate(((talk_id, "OPEN"), (talk_id, "DONE"), (other, "OPEN"))):
        await firm.insert(
            secure_link, conversation_id=whose, chat_id=ODETTE, token_hash=f"{number}" * 64, new_secret=True,
            number=42, expires_at=0.0, state=state,
        )  # fmt: skip
    await firm.store.transact(lambda tx: tx.revoke_links(talk_id, by="flow"))
    assert [row.state for row in await firm.rows(secure_link)] == ["REVOKED", "DONE", "OPEN"]


async def test_what_is_due_comes_oldest_first_and_no_more_than_asked_for(firm: Firm) -> None:
    file = await firm.file()
    spans = {"late": -3600.0, "just": 0.0, "oldest": -7200.0, "later": 0.5, "never": None}
    ids = {
        name: await firm.bank(file, Quiet(), name, deadline=None if span is None else NOW.timestamp() + span)
        for name, span in spans.items()
    }
    due = await firm.store.transact(lambda tx: tx.due(NOW, 10))
    assert due == [
        (ids["oldest"], 0, NOW - timedelta(hours=2)),
        (ids["late"], 0, NOW - timedelta(hours=1)),
        (ids["just"], 0, NOW),
    ]
    assert await firm.store.transact(lambda tx: tx.due(NOW, 2)) == due[:2]
    assert await firm.store.next_due() == NOW - timedelta(hours=2)


async def test_nothing_is_due_in_an_empty_database(firm: Firm) -> None:
    assert await firm.store.transact(lambda tx: tx.due(NOW, 10)) == []
    assert await firm.store.next_due() is None


# The outbox: in the very transaction


@pytest.fixture
async def lanes(firm: Firm) -> Outbox:
    async def nobody(job: Job) -> None:
        raise AssertionError(f"{job.id} leaves although nobody pushed it")

    return Outbox(firm.database, "me", nobody)


def a_job(name: str = "tg:1/0", chat: int | None = ODETTE) -> Job:
    return Job(name, None, chat, Say("hello"), {"bank": "Crédit d’Œuvre"}, sequence=3, case_id=8)


async def test_an_effect_is_committed_with_the_state_that_decided_it(firm: Firm, lanes: Outbox) -> None:
    pushed: list[list[Job]] = []
    store = SqlStore(firm.database, lanes.enqueue, lambda rows: pushed.append([row.job for row in rows]))

    def work(tx: Transaction) -> bool:
        tx.enqueue(a_job())
        return tx.first_time("tg:1", NOW)

    assert await store.transact(work)
    assert [row.job for row in await firm.database.read(lanes._mine)] == [a_job()]
    assert pushed == [[a_job()]]


async def test_an_effect_of_an_undone_step_is_nowhere(firm: Firm, lanes: Outbox) -> None:
    pushed: list[object] = []
    store = SqlStore(firm.database, lanes.enqueue, pushed.append)

    def work(tx: Transaction) -> None:
        tx.enqueue(a_job())
        tx.first_time("tg:1", NOW)
        raise Undone

    with pytest.raises(Undone):
        await store.transact(work)
    assert await firm.rows(outbox) == []
    assert await firm.rows(inbox) == []
    assert pushed == []


async def test_what_nobody_can_read_is_not_kept(firm: Firm, lanes: Outbox) -> None:
    assert await firm.database.write(lambda sql: lanes.enqueue(sql, a_job(chat=None))) is None
    assert await firm.rows(outbox) == []


# Group commit: one bad step harms only itself


def step_of(number: int, trouble: str = "") -> "database_engine.Work":
    """A step that writes one row, and may then fail in one of the ways there are."""

    def work(sql: sa.Connection) -> int:
        sql.execute(sa.insert(inbox).values(id=f"step {number}", received_at=0.0))
        if trouble == "ours":
            raise Undone(number)
        if trouble == "database":
            sql.execute(sa.insert(contact).values(name="double", chat_id=1))
            sql.execute(sa.insert(contact).values(name="double", chat_id=1))
        if trouble == "syntax":
            sql.execute(sa.text("SELECT nothing FROM nowhere"))
        return number

    return work


@pytest.mark.parametrize("trouble", ["ours", "database", "syntax"])
async def test_one_failing_step_among_many_harms_only_itself(firm: Firm, trouble: str) -> None:
    steps = (firm.database.write(step_of(each, trouble if each == 7 else "")) for each in range(20))
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    assert [each for each in outcomes if isinstance(each, int)] == [each for each in range(20) if each != 7]
    assert isinstance(outcomes[7], Exception)
    kept = {row.id for row in await firm.rows(inbox)}
    assert kept == {f"step {each}" for each in range(20) if each != 7}
    assert await firm.rows(contact) == []


async def test_each_gets_the_outcome_of_his_own_step_whatever_others_do(firm: Firm) -> None:
    troubles = {3: "ours", 11: "database", 12: "syntax", 30: "ours"}
    steps = (firm.database.write(step_of(each, troubles.get(each, ""))) for each in range(40))
    outcomes = await asyncio.gather(*steps, return_exceptions=True)
    for number, outcome in enumerate(outcomes):
        if number in troubles:
            assert isinstance(outcome, Exception)
        else:
            assert outcome == number
    assert [str(outcomes[each]) for each in (3, 30)] == ["3", "30"]


async def test_steps_take_effect_in_the_order_in_which_they_were_asked_for(firm: Firm) -> None:
    order: list[int] = []

    def work(number: int) -> "database_engine.Work":
        def run(sql: sa.Connection) -> None:
            sql.execute(sa.select(1))
            order.append(number)

        return run

    await asyncio.gather(*(firm.database.write(work(each)) for each in range(50)))
    assert order == list(range(50))


async def test_the_database_goes_on_after_errors(firm: Firm) -> None:
    for trouble in ("ours", "database", "syntax"):
        step = firm.database.write(step_of(1, trouble))
        outcome: object = (await asyncio.gather(step, return_exceptions=True))[0]
        assert isinstance(outcome, Exception), trouble
    assert await firm.database.write(step_of(1)) == 1


async def test_one_who_left_before_the_commit_is_not_missed(firm: Firm) -> None:
    leaving = asyncio.create_task(firm.database.write(step_of(1)))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await firm.database.write(step_of(2)) == 2
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_a_step_for_a_closed_database_is_refused_and_does_not_wait_for_ever(database_url: str) -> None:
    database = Database(database_url)
    await database.aclose()
    with pytest.raises(TryAgain):
        await database.write(lambda sql: sql.execute(sa.select(1)))


# Trouble, in one clear line


async def test_a_locked_database_is_told_in_one_line_and_works_again(
    sqlite_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_engine, "BUSY_SECONDS", 0)
    async with founded(sqlite_database) as firm:
        other = sqlite3.connect(str(firm.database.url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryAgain, match=r"^La base de données ne répond pas : database is locked$"):
            await firm.database.write(step_of(1))
        other.execute("ROLLBACK")
        other.close()
        assert await firm.database.write(step_of(1)) == 1


async def test_a_server_that_is_gone_is_told_in_one_line() -> None:
    database = Database("postgresql://resync:hidden-password@127.0.0.1:1/resync")
    with pytest.raises(TryAgain, match=r"^La base de données ne répond pas : [^\n]+$") as told:
        await database.write(lambda sql: sql.execute(sa.select(1)))
    with pytest.raises(TryAgain):
        await database.read(lambda sql: sql.execute(sa.select(1)))
    assert "hidden-password" not in str(told.value)
    await database.aclose()


async def test_sessions_that_the_server_ended_are_replaced(postgres_database: str) -> None:
    async with founded(postgres_database) as firm:
        await firm.database.write(step_of(1))
        killer = Database(postgres_database)
        end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        mine = " AND datname = current_database()"
        await killer.write(lambda sql: sql.execute(sa.text(end_all + mine)))
        await killer.aclose()
        assert await firm.database.write(step_of(2)) == 2
        assert len(await firm.rows(inbox)) == 2


@pytest.mark.parametrize(
    "url", ["", "resync.db", "mysql://somewhere/resync", "postgres//x", "://", "sqlite:resync.db"]
)
def test_an_address_that_is_none_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(BadInput, match=r"sqlite:///resync\.db"):
        parse_url(url)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="nulle-part"):
        Database(f"sqlite:///{tmp_path}/nulle-part/resync.db")
