"""What Telegram signs of whoever opens a Mini App: both ways of checking it, and everything that must not pass."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.secret import Secret
from handlers.init_data import (
    LONGEST,
    PRODUCTION_KEY,
    TEST_KEY,
    Check,
    NotProven,
    Visitor,
    by_hash,
    by_signature,
    derived_key,
    read_init_data,
)

TOKEN, BOT = "123456:a-token-of-this-test", "123456"  # opens nothing
NOW = 1_795_000_000
ODETTE = 700_001
TELEGRAM, SOMEBODY = Ed25519PrivateKey.from_private_bytes(b"T" * 32), Ed25519PrivateKey.from_private_bytes(b"S" * 32)
Fields = dict[str, str]


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


HASHED = by_hash(derived_key(Secret(TOKEN)))
SIGNED = by_signature(BOT, public(TELEGRAM), otherwise=HASHED)
checks = pytest.mark.parametrize("check", [HASHED, SIGNED], ids=["hash", "signature"])


def told(**fields: str) -> Fields:
    """What Telegram would say of Odette, before it is signed."""
    user = json.dumps({"id": ODETTE, "first_name": "Odette", "language_code": "fr"}, separators=(",", ":"))
    return {"query_id": "AAFx", "user": user, "auth_date": str(NOW), **fields}


def signature_of(fields: Fields, key: Ed25519PrivateKey = TELEGRAM, bot: str = BOT) -> str:
    lines = "\n".join(sorted(f"{name}={value}" for name, value in fields.items()))
    return base64.urlsafe_b64encode(key.sign(f"{bot}:WebAppData\n{lines}".encode())).decode().rstrip("=")


def hash_of(fields: Fields, token: str = TOKEN) -> str:
    lines = "\n".join(sorted(f"{name}={value}" for name, value in fields.items()))
    key = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()


def signed(fields: Fields, *, key: Ed25519PrivateKey = TELEGRAM, bot: str = BOT, token: str = TOKEN) -> Fields:
    """With both proofs, as Telegram's clients pass it on."""
    whole = {**fields, "signature": signature_of(fields, key, bot)}
    return {**whole, "hash": hash_of(whole, token)}


def query(fields: Fields) -> str:
    return urlencode(fields, quote_via=quote)


GOOD = signed(told())


def without(name: str) -> str:
    return query({each: value for each, value in GOOD.items() if each != name})


def made(**fields: str) -> str:
    """Well signed, so that only what the fields say is wrong."""
    return query(signed(told(**fields)))


def changed(**fields: str) -> str:
    """Changed after it was signed."""
    return query({**GOOD, **fields})


def padded_to(size: int) -> str:
    """Well signed, and this long."""
    base = len(made(start_param=""))
    return made(start_param="a" * (size - base))


# What passes


@checks
def test_telegrams_word_is_taken(check: Check) -> None:
    assert read_init_data(query(GOOD), NOW, check).user == ODETTE


@checks
@pytest.mark.parametrize(("age", "taken"), [(-30, True), (0, True), (300, True), (-30.5, False), (300.5, False)])
def test_it_is_good_for_five_minutes_to_the_second(check: Check, age: float, taken: bool) -> None:
    if taken:
        assert read_init_data(query(GOOD), NOW + age, check).user == ODETTE
    else:
        with pytest.raises(NotProven, match="too long ago"):
            read_init_data(query(GOOD), NOW + age, check)


@checks
@pytest.mark.parametrize("name", ["Zoë & Noël", "a=b", "a+b", "%41", "🥖", "« Chez »", '"', "", "\\n", "\u2028"])
def test_any_name_is_taken(check: Check, name: str) -> None:
    user = json.dumps({"id": ODETTE, "first_name": name}, ensure_ascii=False)
    assert read_init_data(made(user=user), NOW, check).user == ODETTE


@checks
def test_fields_that_are_new_to_us_are_signed_too_and_pass(check: Check) -> None:
    raw = made(chat_type="private", chat_instance="-1", start_param="x", of_tomorrow="")
    assert read_init_data(raw, NOW, check).user == ODETTE


@checks
def test_the_longest_passes(check: Check) -> None:
    assert len(padded_to(LONGEST)) == LONGEST
    assert read_init_data(padded_to(LONGEST), NOW, check).user == ODETTE


@checks
def test_an_older_client_sends_no_signature(check: Check) -> None:
    fields = told()
    raw = query({**fields, "hash": hash_of(fields)})
    assert read_init_data(raw, NOW, check).user == ODETTE


@checks
def test_the_proof_is_the_same_however_it_is_written(check: Check) -> None:
    """Else a replay would only have to be spelt otherwise to look new."""
    spelt = [
        query(GOOD),
        urlencode(GOOD),
        query(dict(reversed(GOOD.items()))),
        "&".join(f"{name}={''.join(f'%{byte:02X}' for byte in value.encode())}" for name, value in GOOD.items()),
    ]
    assert len({read_init_data(raw, NOW, check).proof for raw in spelt}) == 1
    assert len({read_init_data(made(query_id=each), NOW, check).proof for each in "ab"}) == 2


def test_the_proof_of_a_hash_is_its_own_hash() -> None:
    assert read_init_data(query(GOOD), NOW, HASHED).proof == hashlib.sha256(GOOD["hash"].encode()).hexdigest()


def test_by_signature_a_hash_that_was_changed_makes_no_new_proof() -> None:
    """The signature does not cover the hash: whoever replays could write any."""
    proofs = {read_init_data(changed(hash=each * 64), NOW, SIGNED).proof for each in "abc"}
    assert proofs == {read_init_data(query(GOOD), NOW, SIGNED).proof}


def test_telegrams_own_keys_are_keys() -> None:
    for key in (PRODUCTION_KEY, TEST_KEY):
        with pytest.raises(NotProven, match="not Telegram's"):
            read_init_data(query(GOOD), NOW, by_signature(BOT, key, otherwise=HASHED))


# What does not


NEVER: dict[str, str] = {
    "nothing": "",
    "no query string": "hello",
    "blank fields": "&&&",
    "not utf-8": f"{query(GOOD)}&x=%FF",
    "half a surrogate pair": f"{query(GOOD)}&x=%ED%A0%80",
    "not ascii": f"{query(GOOD)}&x=é",
    "over 4096 bytes": padded_to(LONGEST + 1),
    "without a hash": without("hash"),
    "without a user": without("user"),
    "without a date": without("auth_date"),
    "the hash twice": f"{query(GOOD)}&hash={GOOD['hash']}",
    "the user twice": f"user=%7B%22id%22%3A1%7D&{query(GOOD)}",
    "the user twice, the same": f"{query(GOOD)}&{query({'user': GOOD['user']})}",
    "the date twice": f"{query(GOOD)}&auth_date={NOW}",
    "an empty key twice": f"{query(GOOD)}&=a&=b",
    "hash in capitals": changed(hash=GOOD["hash"].upper()),
    "hash too short": changed(hash=GOOD["hash"][:-1]),
    "hash too long": changed(hash=GOOD["hash"] + "0"),
    "hash of other letters": changed(hash="g" * 64),
    "hash of snowmen": changed(hash="☃" * 64),
    "hash with a line more": changed(hash=GOOD["hash"] + "\n"),
    "hash with a blank": changed(hash=" " + GOOD["hash"]),
    "empty hash": changed(hash=""),
    "date of no number": made(auth_date="now"),
    "empty date": made(auth_date=""),
    "negative date": made(auth_date=f"-{NOW}"),
    "date with a sign": made(auth_date=f"+{NOW}"),
    "date with a fraction": made(auth_date=f"{NOW}.5"),
    "date with an underscore": made(auth_date=f"{NOW:_}"),
    "date in another script": made(auth_date="".join(chr(0xFF10 + int(each)) for each in str(NOW))),
    "date without end": made(auth_date="9" * 2000),
    "date in milliseconds": made(auth_date=str(NOW * 1000)),
    "signed 31 s from now": made(auth_date=str(NOW + 31)),
    "signed tomorrow": made(auth_date=str(NOW + 86_400)),
    "signed 301 s ago": made(auth_date=str(NOW - 301)),
    "signed yesterday": made(auth_date=str(NOW - 86_400)),
    "signed in 1970": made(auth_date="0"),
    "user of no JSON": made(user="Odette"),
    "user of a list": made(user="[700001]"),
    "user of a number": made(user="700001"),
    "user without an id": made(user='{"first_name":"Odette"}'),
    "user with the id of a word": made(user='{"id":"700001"}'),
    "user with the id true": made(user='{"id":true}'),
    "user with a fraction": made(user='{"id":700001.0}'),
    "user of brackets": made(user="[" * 3000),
    "empty user": made(user=""),
    "another user, after the signature": changed(user='{"id":1}'),
    "another date, after the signature": changed(auth_date=str(NOW + 1)),
    "a field more, after the signature": changed(more=""),
    "a field less, after the signature": without("query_id"),
    "two lines in one field": query(
        {
            "auth_date": f"{NOW}\nquery_id=AAFx\nsignature={GOOD['signature']}",
            "user": GOOD["user"],
            "hash": GOOD["hash"],
        }
    ),
    "a line as a key": query({f"query_id=AAFx\nuser={GOOD['user']}\nx": "", **GOOD}),
    "an equals sign in a key": query({"a=b": "c", **GOOD}),
    "another bot": query(signed(told(), bot="654321", token="654321:another-token")),
    "our id, another token": query(signed(told(), key=SOMEBODY, token="123456:another-token")),
    "the key and the text changed over": query(
        {**told(), "hash": hmac.new(TOKEN.encode(), b"WebAppData", hashlib.sha256).hexdigest()}
    ),
    "the hash of the login widget": query(
        {
            **told(),
            "hash": hmac.new(
                hashlib.sha256(TOKEN.encode()).digest(),
                "\n".join(sorted(f"{name}={value}" for name, value in told().items())).encode(),
                hashlib.sha256,
            ).hexdigest(),
        }
    ),
}
SIGNED_BADLY: dict[str, str] = {
    "another Telegram": query(signed(told(), key=SOMEBODY)),
    "signed for another bot": query(signed(told(), bot="654321")),
    "a bot whose id begins with ours": query(signed(told(), bot="1234567")),
    "padded": changed(signature=GOOD["signature"] + "=="),
    "a byte short": changed(signature=GOOD["signature"][:-2]),
    "a letter more": changed(signature=GOOD["signature"] + "A"),
    "of the other alphabet": changed(signature="+/" * 43),
    "empty": changed(signature=""),
    "zeros": changed(signature="A" * 86),
    "in hexadecimal": changed(signature=base64.urlsafe_b64decode(GOOD["signature"] + "==").hex()),
    "with a blank": changed(signature=GOOD["signature"][:40] + " " + GOOD["signature"][41:]),
    "with the hash signed too": query(
        {**(whole := {**told(), "hash": hash_of(told())}), "signature": signature_of(whole)}
    ),
    "its last bits changed": changed(
        signature=GOOD["signature"][:-1] + {"A": "B", "Q": "R", "g": "h", "w": "x"}[GOOD["signature"][-1]]
    ),
}


@checks
@pytest.mark.parametrize("raw", NEVER.values(), ids=NEVER.keys())
def test_what_telegram_did_not_say_just_now_proves_nobody(check: Check, raw: str) -> None:
    with pytest.raises(NotProven):
        read_init_data(raw, NOW, check)


@pytest.mark.parametrize("raw", SIGNED_BADLY.values(), ids=SIGNED_BADLY.keys())
def test_a_signature_that_is_not_telegrams_for_this_bot_proves_nobody(raw: str) -> None:
    with pytest.raises(NotProven):
        read_init_data(raw, NOW, SIGNED)


def test_there_are_enough_of_them() -> None:
    assert len(NEVER) >= 30
    assert len(set(NEVER.values()) | set(SIGNED_BADLY.values())) == len(NEVER) + len(SIGNED_BADLY)


def test_a_signature_taken_away_does_not_open_the_older_way() -> None:
    """The hash covers the signature."""
    with pytest.raises(NotProven):
        read_init_data(without("signature"), NOW, SIGNED)


def test_a_reason_holds_nothing_of_what_was_sent() -> None:
    for raw in (*NEVER.values(), *SIGNED_BADLY.values()):
        with pytest.raises(NotProven) as refusal:
            read_init_data(raw, NOW, SIGNED)
        assert not any(said in str(refusal.value) for said in ("Odette", GOOD["hash"], GOOD["signature"], str(NOW)))


mutations: list[Callable[[str, int, str], str]] = [
    lambda raw, at, sign: raw[:at] + sign + raw[at + 1 :],
    lambda raw, at, sign: raw[:at] + sign + raw[at:],
    lambda raw, at, _: raw[:at] + raw[at + 1 :],
    lambda raw, at, _: raw[:at],
]


@given(st.integers(0, len(query(GOOD)) - 1), st.characters(max_codepoint=0x2FFF), st.sampled_from(mutations))
def test_one_character_changed_says_the_same_or_nothing(at: int, sign: str, mutate: Any) -> None:
    """Another spelling of the same fields may pass; another meaning never does."""
    raw = mutate(query(GOOD), at, sign)
    for check in (HASHED, SIGNED):
        try:
            visitor = read_init_data(raw, NOW, check)
        except NotProven:
            continue
        except Exception as other:
            pytest.fail(f"{type(other).__name__} instead of a refusal")
        assert visitor == Visitor(ODETTE, read_init_data(query(GOOD), NOW, check).proof)
        kept = {name: value for name, value in parse_qsl(raw, keep_blank_values=True) if name != "hash"}
        assert kept == {name: value for name, value in GOOD.items() if name != "hash"}
