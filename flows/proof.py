"""The proof: what a reading of the aggregator means for the conversation. Pure."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from bot.domain.accounts import fingerprints, is_another_login
from bot.domain.connection import ConnectionState, DateSource, Reading
from bot.domain.ladder import LADDER
from flows.events import Bank

MEANS = {
    ConnectionState.SCA_REQUIRED: Bank.WANTS_CONSENT,
    ConnectionState.PASSWORD_CHANGED: Bank.WRONG_PASSWORD,
    ConnectionState.PASSWORD_EXPIRED: Bank.PASSWORD_EXPIRED,
    ConnectionState.ACTION_NEEDED_AT_BANK: Bank.WANTS_ACTION,
    ConnectionState.OTP_REQUIRED: Bank.WANTS_CODE,
    ConnectionState.RATE_LIMITED: Bank.PROCESSING,
    ConnectionState.BANK_UNAVAILABLE: Bank.DOWN,
    ConnectionState.UNSUPPORTED: Bank.UNSUPPORTED,
    ConnectionState.DELETED: Bank.GONE,
    ConnectionState.UNKNOWN: Bank.UNKNOWN,
}


def judge(
    reading: Reading,
    *,
    known_expiry: date | None,
    expiry_source: DateSource = DateSource.BANK,
    known_accounts: Collection[str] = (),
    known_success: datetime | None = None,
    started_at: datetime | None,
    today: date,
    near: timedelta = LADDER.near,
) -> Bank:
    """What the bank says, given the expiry and the accounts that we knew, and the moment the client began, if he did.

    `known_success`: when data had come last, as far as we knew.
    `known_accounts` are fingerprints; an end that is less than `near` away needs somebody.
    """
    if reading.state is ConnectionState.APP_VALIDATION_PENDING:
        return Bank.WANTS_APPROVAL if reading.waits_for_client else Bank.PROCESSING
    if reading.state in MEANS:
        return MEANS[reading.state]
    if is_another_login(known_accounts, fingerprints(reading.accounts)):
        return Bank.OTHER_ACCOUNTS
    told = known_expiry if expiry_source is DateSource.BANK else None
    if started_at is None:
        return judge_at_rest(reading, told, counted=known_expiry, today=today, near=near)
    return judge_begun(reading, told, started_at, known_success=known_success, today=today, near=near)


def judge_at_rest(reading: Reading, told: date | None, *, counted: date | None, today: date, near: timedelta) -> Bank:
    """A connection that works, and nobody has begun: renewed by the client himself when its end has moved on.

    Only from one day of the bank's to another: its first word after a day that we had counted is no renewal. Where
    it says nothing, a counted end is as near as any; once that is over, the bank shows that we had counted wrong.
    """
    end = reading.expires_on
    if has_moved(end, told, today, near):
        return Bank.RENEWED
    if end is not None:
        return Bank.EXPIRING if end - today < near else Bank.HEALTHY
    is_near = counted is not None and timedelta(0) <= counted - today < near
    return Bank.EXPIRING if is_near else Bank.HEALTHY


def judge_begun(
    reading: Reading,
    told: date | None,
    started_at: datetime,
    *,
    known_success: datetime | None,
    today: date,
    near: timedelta,
) -> Bank:
    """A connection that works, since the client began: renewed when it was synced or authorised since.

    An end that has moved on is a proof too, where data came since the last reading (he had done it before he was led
    to it), or where the vendor tells neither moment.
    """
    end = reading.expires_on
    moments = [moment for moment in (reading.last_success_at, reading.authorised_at) if moment is not None]
    came = (
        reading.last_success_at is not None and known_success is not None and reading.last_success_at > known_success
    )
    if (came or not moments) and has_moved(end, told, today, near):
        return Bank.RENEWED
    since = started_at.replace(microsecond=0)  # as precise as the vendors' moments are
    if not any(moment >= since for moment in moments):
        return Bank.NOT_YET
    return Bank.WANTS_CONSENT if end is not None and end - today < near else Bank.RENEWED


def has_moved(end: date | None, told: date | None, today: date, near: timedelta) -> bool:
    """By more than a day (a time zone), and far enough to need nobody for now."""
    if end is None or told is None:
        return False
    return end - told > timedelta(days=1) and end - today >= near
