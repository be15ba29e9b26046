"""The accounts behind a connection: the same ones, others, fewer, or twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.accounts import doubled, fingerprint, fingerprints, is_another_login, missing

IBAN, SAVINGS, PERSONAL = "FR7619001000010000000000142", "FR7619001000010000000000239", "FR1419001000020000000000145"
ACCOUNTS = st.lists(st.sampled_from([IBAN, SAVINGS, PERSONAL, "12", "13"]), max_size=5)


@pytest.mark.parametrize(
    ("known", "seen", "another"),
    [
        ([IBAN], [IBAN], False),
        ([IBAN], [PERSONAL], True),
        ([IBAN, SAVINGS], [IBAN], False),  # one was closed
        ([IBAN], [IBAN, PERSONAL], False),  # one came along
        ([IBAN, SAVINGS], [PERSONAL], True),
        (["12"], ["13"], True),
        (["12"], [IBAN], False),  # an id and an IBAN: nothing to compare
        ([IBAN, "12"], [PERSONAL, "12"], False),
        ([IBAN, "12"], [PERSONAL], True),
        ([], [IBAN], False),  # nothing was known
        ([IBAN], [], False),  # nothing is told
    ],
)
def test_another_login_has_not_one_account_in_common(known: list[str], seen: list[str], another: bool) -> None:
    assert is_another_login(fingerprints(known), fingerprints(seen)) is another


@pytest.mark.parametrize(
    ("known", "seen", "count"),
    [([IBAN, SAVINGS], [IBAN], 1), ([IBAN], [IBAN, SAVINGS], 0), ([IBAN, "12"], [IBAN], 0), ([IBAN], [], 0)],
)
def test_accounts_that_no_longer_come_are_counted(known: list[str], seen: list[str], count: int) -> None:
    assert missing(fingerprints(known), fingerprints(seen)) == count


@pytest.mark.parametrize(
    ("seen", "elsewhere", "count"),
    [
        ([IBAN, SAVINGS], [], 0),
        ([IBAN, IBAN, SAVINGS], [], 1),
        ([IBAN], [IBAN], 1),
        ([IBAN, IBAN], [IBAN], 1),
        ([IBAN], [SAVINGS], 0),
    ],
)
def test_accounts_that_come_twice_are_counted(seen: list[str], elsewhere: list[str], count: int) -> None:
    assert doubled(seen, fingerprints(elsewhere)) == count


@given(ACCOUNTS)
def test_the_same_accounts_in_any_order_are_never_another_login(accounts: list[str]) -> None:
    assert not is_another_login(fingerprints(accounts), fingerprints(reversed(accounts)))
    assert missing(fingerprints(accounts), fingerprints(accounts)) == 0


@given(ACCOUNTS, ACCOUNTS)
def test_who_has_one_in_common_is_the_same(known: list[str], seen: list[str]) -> None:
    if set(known) & set(seen):
        assert not is_another_login(fingerprints(known), fingerprints(seen))


def test_an_iban_is_the_same_however_it_is_written_and_cannot_be_read_back() -> None:
    spaced = " ".join(IBAN[i : i + 4] for i in range(0, len(IBAN), 4))
    assert fingerprint(spaced.lower()) == fingerprint(IBAN)
    assert IBAN[4:] not in fingerprint(IBAN)
    assert len(fingerprint(IBAN)) == len(fingerprint("any id of a vendor")) == 17
