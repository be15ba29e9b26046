"""The proof by accounts on both databases: another login is not believed, and staff hear of every flaw once."""

from collections.abc import AsyncIterator
from datetime import date, timedelta

import pytest

from bot.domain.accounts import fingerprints
from bot.domain.buttons import Press
from bot.domain.connection import ConnectionRef, ConnectionState, Reading
from bot.engine import Envelope, ToCase, ToConversation
from flows.at_the_bank import OtherAccounts
from flows.effects import TellStaff
from flows.escalation import WithStaff
from flows.events import Act, StaffDid
from flows.renewal import Checking, Renewed
from flows.state import Quiet, State
from tests.firm import NOW, Firm, founded

OURS, SAVINGS, PERSONAL = "FR7619001000010000000000142", "FR7619001000010000000000239", "FR1419001000020000000000145"
DAY = timedelta(days=1)
ENDS, LATER = date(2026, 11, 26), date(2027, 5, 23)


@pytest.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    async with founded(database_url) as firm:
        yield firm


def working(*accounts: str, ends: date = LATER) -> Reading:
    return Reading(ConnectionState.OK, expires_on=ends, last_success_at=NOW, accounts=accounts)


async def hear(firm: Firm, talk: int, reading: Reading) -> None:
    await firm.engine.receive(Envelope(f"bank:{talk}:{firm.clock.now()}", ToConversation(talk), reading))
    firm.clock.pass_(minutes=1)


async def press(firm: Firm, talk: int, choice: str) -> None:
    """A button of the message where we are; none is pressed where there is none."""
    button = Press(talk, (await firm.talk(talk)).sequence, choice)
    await firm.engine.receive(Envelope(f"press:{firm.clock.now()}", ToConversation(talk), button))


def told(firm: Firm) -> list[tuple[str, object]]:
    return [(job.effect.text, job.facts.get("count")) for job in firm.jobs if isinstance(job.effect, TellStaff)]


async def odette(firm: Firm, *accounts: str, state: State | None = None, days_silent: float = 1) -> int:
    """Her bank lapses soon, and brought these accounts when it last worked."""
    return await firm.odette(
        state or Checking(),
        accounts=" ".join(fingerprints(accounts)),
        expires_on=ENDS,
        last_success_at=(NOW - days_silent * DAY).timestamp(),
        started_at=(NOW - timedelta(minutes=5)).timestamp(),
    )


async def test_the_accounts_of_a_working_bank_are_remembered_as_fingerprints(firm: Firm) -> None:
    talk = await firm.odette(Quiet())
    await hear(firm, talk, working(OURS, SAVINGS))
    assert (await firm.talk(talk)).connection.accounts == fingerprints([OURS, SAVINGS])
    await hear(firm, talk, Reading(ConnectionState.SCA_REQUIRED))
    assert (await firm.talk(talk)).connection.accounts == fingerprints([OURS, SAVINGS])
    await hear(firm, talk, working())  # it works, and the vendor names no account this time
    assert (await firm.talk(talk)).connection.accounts == fingerprints([OURS, SAVINGS])


async def test_nothing_is_believed_of_another_login_until_the_right_one_comes(firm: Firm) -> None:
    talk = await odette(firm, OURS)
    before = (await firm.talk(talk)).connection
    opened = Reading(ConnectionState.OK, expires_on=LATER, accounts=(PERSONAL,), ref=ConnectionRef("7", "new"))
    await hear(firm, talk, opened)
    strayed = await firm.talk(talk)
    assert strayed.state == OtherAccounts(resume=Checking(strayed=1))
    assert firm.said() == ["other-accounts"]
    assert told(firm) == [("other-accounts", None)]
    kept = strayed.connection
    assert kept.strayed
    assert (kept.expires_on, kept.accounts, kept.last_success_at, kept.aggregator_connection) == (
        before.expires_on, before.accounts, before.last_success_at, before.aggregator_connection,
    )  # fmt: skip
    await hear(firm, talk, working(OURS))
    proven = await firm.talk(talk)
    assert proven.state == Renewed()
    assert (proven.connection.strayed, proven.connection.expires_on) == (False, LATER)
    assert [text for text, _ in told(firm)] == ["other-accounts", "renewed"]


async def test_a_bank_that_turns_to_other_accounts_in_between_is_noticed(firm: Firm) -> None:
    talk = await odette(firm, OURS, state=Quiet())
    await hear(firm, talk, working(PERSONAL))
    strayed = await firm.talk(talk)
    assert strayed.connection.strayed
    assert firm.said() == [], "at a decent hour only"
    firm.clock.pass_(days=1)
    await firm.engine.overdue()
    await hear(firm, talk, working(PERSONAL))
    await firm.engine.overdue()
    assert firm.said() == ["other-accounts"]


async def test_a_person_may_say_that_the_new_accounts_are_the_right_ones(firm: Firm) -> None:
    talk = await odette(firm, OURS)
    for _ in range(2):
        await hear(firm, talk, working(PERSONAL))
        await press(firm, talk, "done")
    case = (await firm.talk(talk)).case_id
    assert case is not None
    assert isinstance((await firm.talk(talk)).state, WithStaff)
    assert (await firm.case(case)).cause == "other-accounts"
    await firm.engine.receive(Envelope("confirmed", ToCase(case), StaffDid(Act.CONFIRMED, "Julie")))
    assert (await firm.talk(talk)).state == Renewed()
    await hear(firm, talk, working(PERSONAL))
    now = (await firm.talk(talk)).connection
    assert (now.accounts, now.strayed) == (fingerprints([PERSONAL]), False)


async def test_an_account_that_no_longer_comes_is_told_once(firm: Firm) -> None:
    talk = await odette(firm, OURS, SAVINGS)
    await hear(firm, talk, working(OURS))
    await hear(firm, talk, working(OURS))
    assert told(firm) == [("renewed", None), ("accounts-missing", 1)]


async def test_an_account_that_comes_twice_is_told(firm: Firm) -> None:
    talk = await odette(firm, OURS)
    await hear(firm, talk, working(OURS, SAVINGS, SAVINGS))
    await hear(firm, talk, working(OURS, SAVINGS, SAVINGS))
    assert told(firm) == [("renewed", None), ("accounts-doubled", 1)]


async def test_an_account_that_another_bank_of_the_file_brings_too_is_told(firm: Firm) -> None:
    who = await firm.contact(chat=42)
    file, other = await firm.file("Chez Odette", who), await firm.file("Chez Marcel")
    known = {"expires_on": ENDS, "started_at": NOW.timestamp()}
    await firm.bank(file, Quiet(), "Same bank again", who, accounts=" ".join(fingerprints([OURS])))
    await firm.bank(other, Quiet(), "Of another client", accounts=" ".join(fingerprints([SAVINGS])))
    talk = await firm.bank(file, Checking(), "Crédit Rural", who, **known)
    await hear(firm, talk, working(OURS, SAVINGS))
    assert told(firm) == [("renewed", None), ("accounts-doubled", 1)]


@pytest.mark.parametrize(("days", "told_of"), [(89.9, []), (90.1, ["history-gap"])])
async def test_a_silence_longer_than_what_a_bank_tells_afterwards_is_told(
    firm: Firm, days: float, told_of: list[str]
) -> None:
    talk = await odette(firm, OURS, days_silent=days)
    await hear(firm, talk, working(OURS))
    assert [text for text, _ in told(firm)] == ["renewed", *told_of]
    since = (NOW - days * DAY).isoformat()
    assert all(job.facts["last_data"] == since for job in firm.jobs if job.effect == TellStaff("history-gap"))
