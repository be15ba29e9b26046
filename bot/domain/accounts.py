"""The accounts behind a connection: are they those that it had before? Pure.

Law: an account is kept as a fingerprint only. That is enough to compare, and nobody can read an IBAN from it
who did not know it already.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_IS_IBAN, _IS_VENDORS = "i", "v"


def fingerprint(account: str) -> str:
    """17 characters that stand for an IBAN, or for a vendor's id of an account; its kind is the first of them."""
    compact = account.replace(" ", "").upper()
    kind, value = (_IS_IBAN, compact) if _IBAN.fullmatch(compact) else (_IS_VENDORS, account)
    return kind + sha256(value.encode()).hexdigest()[:16]


def fingerprints(accounts: Iterable[str]) -> tuple[str, ...]:
    """Each account once, in an order that does not depend on the vendor's."""
    return tuple(sorted({fingerprint(account) for account in accounts}))


def is_another_login(known: Iterable[str], seen: Iterable[str]) -> bool:
    """Not one account in common, though some could be compared.

    An IBAN is never compared with a vendor's id: where only the one is known and only the other is seen, there
    is nothing to say. One account in common is enough, as a client may close an account, or open another.
    """
    known, seen = set(known), set(seen)
    return bool(comparable(known, seen)) and not known & seen


def missing(known: Iterable[str], seen: Iterable[str]) -> int:
    """How many of the known accounts are no longer among those seen: closed, or left out by the client."""
    return len(comparable(set(known), set(seen)) - set(seen))


def doubled(seen: Iterable[str], elsewhere: Iterable[str]) -> int:
    """How many accounts come twice: in one connection, or in another one of the same client file."""
    everything = [fingerprint(account) for account in seen]
    twice = {each for each in everything if everything.count(each) > 1}
    return len(twice | (set(everything) & set(elsewhere)))


def comparable(known: set[str], seen: set[str]) -> set[str]:
    """Those of the known fingerprints of whose kind at least one is seen."""
    kinds = {each[0] for each in seen}
    return {each for each in known if each[0] in kinds}
