"""The proof: what a reading of the aggregator means for the conversation. Pure."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from bot.domain.accounts import fingerprints, is_another_login
from bot.domain.connection import ConnectionState, Reading
from flows.events import Bank

NEAR = timedelta(days=15)  # a day more than the first rung of the ladder

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
    known_accounts: Collection[str] = (),
    started_at: datetime | None,
    today: date,
) -> Bank:
    """What the bank says, given the expiry and the accounts that we knew, and the moment the client began, if he did.

    `known_accounts` are fingerprints.
    """
    if reading.state is ConnectionState.APP_VALIDATION_PENDING:
        return Bank.WANTS_APPROVAL if reading.waits_for_client else Bank.PROCESSING
    if reading.state in MEANS:
        return MEANS[reading.state]
    if is_another_login(known_accounts, fingerprints(reading.accounts)):
        return Bank.OTHER_ACCOUNTS
    return judge_working(reading, known_expiry, started_at, today)


def judge_working(reading: Reading, known_expiry: date | None, started_at: datetime | None, today: date) -> Bank:
    """A connection that works is renewed when its end has moved on, or when it was synced or authorised since."""
    end = reading.expires_on
    far = end is None or end - today >= NEAR
    moments = filter(None, (reading.last_success_at, reading.authorised_at))
    done = bool(started_at and any(moment >= started_at for moment in moments))
    if end and known_expiry and end - known_expiry > timedelta(days=1) and far:
        return Bank.RENEWED
    if started_at and done:
        return Bank.RENEWED if far else Bank.WANTS_CONSENT
    if started_at:
        return Bank.NOT_YET
    return Bank.HEALTHY if far else Bank.EXPIRING
