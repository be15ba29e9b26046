"""The proof: what each reading of the aggregator means, and which dates prove a renewal."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bot.domain.accounts import fingerprints
from bot.domain.connection import ConnectionState, DateSource, Reading
from bot.domain.ladder import LADDER, Ladder
from flows.events import Bank
from flows.proof import judge

TODAY = date(2026, 3, 16)
NEAR = LADDER.near
BEGAN = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
BEFORE, AFTER = BEGAN - timedelta(hours=1), BEGAN + timedelta(minutes=5)
SOON, FAR = TODAY + timedelta(days=3), TODAY + timedelta(days=180)
WORKS = (ConnectionState.OK, ConnectionState.EXPIRING)

ANSWERS = {
    ConnectionState.SCA_REQUIRED: Bank.WANTS_CONSENT,
    ConnectionState.PASSWORD_CHANGED: Bank.WRONG_PASSWORD,
    ConnectionState.PASSWORD_EXPIRED: Bank.PASSWORD_EXPIRED,
    ConnectionState.ACTION_NEEDED_AT_BANK: Bank.WANTS_ACTION,
    ConnectionState.OTP_REQUIRED: Bank.WANTS_CODE,
    ConnectionState.APP_VALIDATION_PENDING: Bank.WANTS_APPROVAL,
    ConnectionState.RATE_LIMITED: Bank.PROCESSING,
    ConnectionState.BANK_UNAVAILABLE: Bank.DOWN,
    ConnectionState.UNSUPPORTED: Bank.UNSUPPORTED,
    ConnectionState.DELETED: Bank.GONE,
    ConnectionState.UNKNOWN: Bank.UNKNOWN,
}


def judged(reading: Reading, known_expiry: date | None = None, started_at: datetime | None = None) -> Bank:
    return judge(reading, known_expiry=known_expiry, started_at=started_at, today=TODAY)


def working(expires_on: date | None = None, last_success_at: datetime | None = None) -> Reading:
    return Reading(ConnectionState.OK, expires_on=expires_on, last_success_at=last_success_at)


def test_every_state_of_a_connection_has_a_meaning() -> None:
    assert set(ANSWERS) | set(WORKS) == set(ConnectionState)


@pytest.mark.parametrize(("state", "answer"), ANSWERS.items())
@pytest.mark.parametrize("started_at", [None, BEGAN])
def test_what_a_connection_that_does_not_work_means(
    state: ConnectionState, answer: Bank, started_at: datetime | None
) -> None:
    fresh = Reading(state, expires_on=FAR, last_success_at=AFTER)  # dates prove nothing where the bank says no
    assert judged(fresh, SOON, started_at) is answer


def test_an_approval_that_the_bank_itself_is_processing_asks_nothing_of_the_client() -> None:
    pending = Reading(ConnectionState.APP_VALIDATION_PENDING, waits_for_client=False)
    assert judged(pending) is Bank.PROCESSING


@pytest.mark.parametrize("state", WORKS)
@pytest.mark.parametrize(
    ("known", "ends", "began", "synced", "answer"),
    [
        # before the client began
        (None, None, None, BEFORE, Bank.HEALTHY),
        (FAR, FAR, None, BEFORE, Bank.HEALTHY),
        (SOON, SOON, None, BEFORE, Bank.EXPIRING),
        (None, SOON, None, None, Bank.EXPIRING),
        # the end has moved on, and we asked nothing: the client did it by himself
        (SOON, FAR, None, None, Bank.RENEWED),
        (SOON, FAR, None, BEFORE, Bank.RENEWED),
        # moved by a day only (a time zone), or to a day that is near: no proof
        (FAR, FAR + timedelta(days=1), None, BEFORE, Bank.HEALTHY),
        (FAR, FAR + timedelta(days=2), None, BEFORE, Bank.RENEWED),
        # he began: an end that has moved on is a proof with data only, unless the vendor tells no moment of any
        (SOON, FAR, BEGAN, BEFORE, Bank.NOT_YET),
        (SOON, FAR, BEGAN, AFTER, Bank.RENEWED),
        (SOON, FAR, BEGAN, None, Bank.RENEWED),
        (FAR, FAR + timedelta(days=1), BEGAN, None, Bank.NOT_YET),
        (TODAY, SOON, None, BEFORE, Bank.EXPIRING),
        # he began, and the bank has synchronised since
        (None, None, BEGAN, AFTER, Bank.RENEWED),
        (None, None, BEGAN, BEGAN, Bank.RENEWED),
        (FAR, FAR, BEGAN, AFTER, Bank.RENEWED),
        (SOON, SOON, BEGAN, AFTER, Bank.WANTS_CONSENT),
        # he began, and nothing has come since
        (None, None, BEGAN, BEFORE, Bank.NOT_YET),
        (None, None, BEGAN, None, Bank.NOT_YET),
        (SOON, SOON, BEGAN, BEFORE, Bank.NOT_YET),
    ],
)
def test_which_dates_prove_a_renewal(
    state: ConnectionState,
    known: date | None,
    ends: date | None,
    began: datetime | None,
    synced: datetime | None,
    answer: Bank,
) -> None:
    reading = Reading(state, expires_on=ends, last_success_at=synced)
    assert judged(reading, known, began) is answer


@pytest.mark.parametrize(
    ("ends", "authorised", "answer"),
    [
        (FAR, AFTER, Bank.RENEWED),
        (None, BEGAN, Bank.RENEWED),
        (SOON, AFTER, Bank.WANTS_CONSENT),
        (FAR, BEFORE, Bank.NOT_YET),
    ],
)
def test_an_authorisation_since_he_began_proves_what_a_synchronisation_does(
    ends: date | None, authorised: datetime, answer: Bank
) -> None:
    reading = Reading(ConnectionState.OK, expires_on=ends, last_success_at=BEFORE, authorised_at=authorised)
    assert judged(reading, ends, BEGAN) is answer


COUNTED = (DateSource.ESTIMATED, DateSource.LEARNED)


@pytest.mark.parametrize("source", COUNTED)
def test_the_banks_first_word_after_a_day_that_we_counted_is_no_renewal(source: DateSource) -> None:
    known: dict[str, Any] = {"known_expiry": SOON, "started_at": None, "today": TODAY}
    assert judge(working(FAR, BEFORE), **known) is Bank.RENEWED
    assert judge(working(FAR, BEFORE), expiry_source=source, **known) is Bank.HEALTHY
    assert judge(working(SOON, BEFORE), expiry_source=source, **known) is Bank.EXPIRING


@pytest.mark.parametrize("source", [*COUNTED, DateSource.BANK])
@pytest.mark.parametrize(
    ("days", "answer"),
    [
        (-1, Bank.HEALTHY),  # it works after the day that we had counted: that was wrong, and nobody is asked
        (0, Bank.EXPIRING),
        (NEAR.days - 1, Bank.EXPIRING),
        (NEAR.days, Bank.HEALTHY),
    ],
)
def test_where_the_bank_tells_no_end_the_client_is_asked_before_the_one_that_we_counted(
    source: DateSource, days: int, answer: Bank
) -> None:
    known = TODAY + timedelta(days=days)
    reading = working(last_success_at=BEFORE)
    assert judge(reading, known_expiry=known, expiry_source=source, started_at=None, today=TODAY) is answer


def test_an_end_is_near_until_a_day_before_the_first_rung_of_the_ladder() -> None:
    assert judged(working(expires_on=TODAY + NEAR)) is Bank.HEALTHY
    assert judged(working(expires_on=TODAY + NEAR - timedelta(days=1))) is Bank.EXPIRING


def test_a_consent_that_has_ended_is_never_healthy() -> None:
    assert judged(working(expires_on=TODAY - timedelta(days=1))) is Bank.EXPIRING


@pytest.mark.parametrize("state", WORKS)
@pytest.mark.parametrize("started_at", [None, BEGAN])
def test_dates_of_another_login_prove_nothing(state: ConnectionState, started_at: datetime | None) -> None:
    reading = Reading(state, expires_on=FAR, last_success_at=AFTER, accounts=("FR7619001000010000000000142",))
    known: dict[str, Any] = {"known_expiry": SOON, "started_at": started_at, "today": TODAY}
    assert judge(reading, known_accounts=fingerprints(["other"]), **known) is Bank.RENEWED  # nothing to compare
    assert judge(reading, known_accounts=fingerprints(reading.accounts), **known) is Bank.RENEWED
    ours = fingerprints(["FR7619001000010000000000239"])
    assert judge(reading, known_accounts=ours, **known) is Bank.OTHER_ACCOUNTS


@pytest.mark.parametrize(("state", "answer"), ANSWERS.items())
def test_the_accounts_of_a_bank_that_does_not_work_accuse_nobody(state: ConnectionState, answer: Bank) -> None:
    reading, known = Reading(state, accounts=("12",)), fingerprints(["13"])
    assert judge(reading, known_expiry=SOON, known_accounts=known, started_at=BEGAN, today=TODAY) is answer


@pytest.mark.parametrize(
    ("known", "answer"), [(BEFORE - timedelta(days=1), Bank.RENEWED), (BEFORE, Bank.NOT_YET), (None, Bank.NOT_YET)]
)
def test_who_had_renewed_before_he_was_led_to_it_again_is_believed_once_data_came(
    known: datetime | None, answer: Bank
) -> None:
    reading = working(FAR, BEFORE)
    told = judge(reading, known_expiry=SOON, known_success=known, started_at=BEGAN, today=TODAY)
    assert told is answer


def test_data_of_the_very_second_in_which_he_began_are_of_that_moment() -> None:
    began, told = BEGAN.replace(microsecond=400_000), BEGAN  # a vendor's moments are whole seconds
    assert judged(working(FAR, told), SOON, began) is Bank.RENEWED
    assert judged(working(FAR, told - timedelta(seconds=1)), SOON, began) is Bank.NOT_YET


def test_near_is_as_near_as_the_first_rung_of_the_firm() -> None:
    ladder = Ladder(rungs=(28, 5))
    end = TODAY + timedelta(days=28)
    known: dict[str, Any] = {"known_expiry": end, "today": TODAY}
    reading = working(expires_on=end)
    assert judge(reading, started_at=None, **known) is Bank.HEALTHY
    assert judge(reading, started_at=None, near=ladder.near, **known) is Bank.EXPIRING
    assert judge(working(end, AFTER), started_at=BEGAN, near=ladder.near, **known) is Bank.WANTS_CONSENT
    assert judge(working(end + timedelta(days=1), AFTER), started_at=BEGAN, near=ladder.near, **known) is Bank.RENEWED
