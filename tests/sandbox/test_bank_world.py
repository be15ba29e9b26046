"""The bank's own behaviour: consents lapse by the clock, wrong passwords lock, changes are told."""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import pytest

from bot.sandbox.bank import Bank
from bot.sandbox.bank.world import iban


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(clock) -> Bank:
    return Bank(client_id="me", client_secret="s", webhook_secret="w", now=clock.now)


@pytest.fixture
def link(bank) -> int:
    return bank.connect(bank.create_user("Bistrot"), "Crédit du Marais", "premier")


async def test_a_bank_of_ninety_days_lapses_after_ninety_days_and_renews_for_ninety(bank, clock):
    bank.bank("Caisse du Littoral", cadence_days=90)
    link = bank.connect(bank.create_user("Bistrot"), "Caisse du Littoral", "x")
    clock.moment += timedelta(days=90)
    assert bank.view(link)["state"] == "SCARequired"
    assert await bank.press_blue_button(link) == "synchronised"
    assert bank.view(link)["expires"] == "2027-05-19"


def last_sync(bank: Bank, link: int) -> datetime:
    return datetime.fromisoformat(str(bank.view(link)["last_sync"]))


async def test_data_come_every_night_as_long_as_the_bank_works(bank, link, clock):
    begin = clock.moment
    clock.moment += timedelta(hours=19)  # 03:30 UTC, half past four in Paris
    assert last_sync(bank, link) == begin
    clock.moment += timedelta(hours=1)
    assert last_sync(bank, link) == datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    bank.switch("Crédit du Marais", up=False)
    clock.moment += timedelta(days=2)
    assert last_sync(bank, link) == datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
    bank.switch("Crédit du Marais", up=True)
    bank.expire_consent(link)
    clock.moment += timedelta(days=2)
    assert last_sync(bank, link) <= datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


async def test_three_wrong_passwords_lock_the_access_until_the_next_day(bank, link, clock):
    bank.change_password(link, "second")
    outcomes = [await bank.type_password(link, "wrong") for _ in range(3)]
    assert outcomes == ["password", "password", "action"]
    assert bank.view(link)["state"] == "actionNeeded"
    assert await bank.type_password(link, "second") == "action"
    clock.moment += timedelta(days=1)
    assert bank.view(link)["state"] == "wrongpass"
    assert await bank.type_password(link, "second") == "synchronised"


async def test_two_wrong_passwords_then_the_right_one_start_counting_anew(bank, link):
    bank.change_password(link, "second")
    for _ in range(2):
        for _ in range(2):
            assert await bank.type_password(link, "wrong") == "password"
        assert await bank.type_password(link, "second") == "synchronised"


async def test_an_expired_password_must_be_changed_at_the_bank_then_typed(bank, link):
    bank.expire_password(link)
    assert bank.view(link)["state"] == "passwordExpired"
    assert await bank.type_password(link, "premier") == "action"
    bank.change_password(link, "second")
    assert await bank.type_password(link, "second") == "synchronised"


async def test_a_bank_that_is_down_forgets_nothing(bank, link):
    bank.change_password(link, "second")
    bank.switch("Crédit du Marais", up=False)
    assert await bank.press_blue_button(link) == "down"
    assert await bank.type_password(link, "second") == "down"
    assert await bank.connect_first(1, "Crédit du Marais", "x") == "down"
    bank.switch("Crédit du Marais", up=True)
    assert bank.view(link)["state"] == "wrongpass"


async def test_a_wrong_code_is_asked_for_again(bank, link):
    bank.ask_code(link)
    assert await bank.press_blue_button(link) == "code"
    right = str(bank.view(link)["code"])
    wrong = "000000" if right != "000000" else "000001"
    assert await bank.type_code(link, wrong) == "code"
    assert await bank.type_code(link, right) == "synchronised"
    assert bank.view(link)["code"] == ""


async def test_an_obstacle_at_the_bank_goes_only_when_somebody_tries_again(bank, link):
    bank.require_action(link)
    assert await bank.press_blue_button(link) == "action"
    bank.require_action(link, on=False)
    assert bank.view(link)["state"] == "actionNeeded"
    assert await bank.press_blue_button(link) == "synchronised"


async def test_a_late_confirmation_comes_with_the_clock(bank, link, clock):
    bank.confirm_late(link, timedelta(minutes=4))
    assert await bank.press_blue_button(link) == "synchronised"
    assert bank.view(link)["state"] == "validating"
    clock.moment += timedelta(minutes=5)
    assert bank.view(link)["state"] is None
    assert bank.view(link)["last_sync"] == "2026-11-20T08:34:00+00:00"


async def test_every_change_is_told_to_who_listens(bank, link, clock):
    async with aclosing(bank.subscribe()) as changes:
        first = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)  # the listener is now at its place
        clock.moment += timedelta(days=180)
        bank.look()
        bank.delete(link)
        heard = [await first, await anext(changes)]
    assert [(change["event"], change.get("state")) for change in heard] == [
        ("CONNECTION_SYNCED", "SCARequired"),
        ("CONNECTION_DELETED", None),
    ]


def test_nothing_in_the_bank_holds_a_password(bank, link):
    assert "premier" not in repr(bank.link(link))
    assert "premier" not in repr(bank.view(link))


def test_ibans_are_well_formed():
    for number in (1, 2, 12_345):
        account = iban(3, number)
        turned = account[4:] + "152700"[:4] + account[2:4]
        assert len(account) == 27
        assert int(turned) % 97 == 1
