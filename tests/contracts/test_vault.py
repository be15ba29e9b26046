"""The vault: what was sealed to a link's key is opened once, by it alone, and only for that link."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import ECKey, RSAKey

from bot.adapters.vault import LONGEST_VALUE, KeyVault
from bot.domain.errors import KeyGone
from bot.domain.sealing import SealingKey
from bot.domain.secret import Secret
from tests.secure_page import START, HandClock

LINK = 7
UNTIL = START + timedelta(minutes=15)
READS = JWERegistry(algorithms=["ECDH-ES", "A256GCM", "ECDH-ES+A256KW", "A128GCM", "RSA-OAEP", "DEF"])


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def vault(clock: HandClock) -> KeyVault:
    return KeyVault(clock)


def sealed(key: SealingKey | ECKey | RSAKey, payload: object, **header: str) -> Secret:
    """As a browser seals it."""
    to = ECKey.import_key(dict(key.jwk)) if isinstance(key, SealingKey) else key
    head = {"alg": "ECDH-ES", "enc": "A256GCM"} | header
    return Secret(encrypt_compact(head, json.dumps(payload), to, registry=READS))


def typed(link: int = LINK, **fields: Any) -> dict[str, Any]:
    return {"lid": link, "p": fields or {"password": "Bouillabaisse-13 é€😀"}}


def test_what_was_sealed_to_a_links_key_is_opened_for_that_link(vault: KeyVault) -> None:
    key = vault.new_key(LINK, UNTIL)
    opened = vault.open(LINK, sealed(key, typed()))
    assert {name: value.reveal() for name, value in opened.items()} == {"password": "Bouillabaisse-13 é€😀"}
    assert "Bouillabaisse" not in repr(opened)


def test_only_the_public_half_leaves(vault: KeyVault) -> None:
    key = vault.new_key(LINK, UNTIL)
    assert (key.algorithm, key.each_value) == ("ECDH-ES", False)
    assert {*key.jwk} == {"kty", "crv", "x", "y", "kid"}
    assert (key.jwk["kty"], key.jwk["crv"]) == ("EC", "P-256")
    assert "ECKey" not in repr(vault._held)


def test_a_key_opens_once(vault: KeyVault) -> None:
    message = sealed(vault.new_key(LINK, UNTIL), typed())
    vault.open(LINK, message)
    with pytest.raises(KeyGone):
        vault.open(LINK, message)


def test_a_newer_key_takes_the_place_of_the_one_before(vault: KeyVault) -> None:
    first, second = vault.new_key(LINK, UNTIL), vault.new_key(LINK, UNTIL)
    assert first.jwk["kid"] != second.jwk["kid"]
    with pytest.raises(KeyGone):
        vault.open(LINK, sealed(first, typed()))


def test_a_forgotten_link_has_no_key(vault: KeyVault) -> None:
    message = sealed(vault.new_key(LINK, UNTIL), typed())
    vault.forget(LINK)
    with pytest.raises(KeyGone):
        vault.open(LINK, message)


def test_another_vault_after_a_restart_cannot_open_it(vault: KeyVault, clock: HandClock) -> None:
    message = sealed(vault.new_key(LINK, UNTIL), typed())
    with pytest.raises(KeyGone):
        KeyVault(clock).open(LINK, message)


@pytest.mark.parametrize(("seconds", "opens"), [(-1, True), (0, False), (1, False)])
def test_a_key_ends_with_its_link(vault: KeyVault, clock: HandClock, seconds: int, opens: bool) -> None:
    message = sealed(vault.new_key(LINK, UNTIL), typed())
    clock.moment = UNTIL + timedelta(seconds=seconds)
    if opens:
        assert vault.open(LINK, message)
    else:
        with pytest.raises(KeyGone):
            vault.open(LINK, message)
    assert not vault._held


async def test_a_key_that_nobody_asks_for_goes_by_itself(vault: KeyVault, clock: HandClock) -> None:
    gone = asyncio.Event()
    vault.new_key(LINK, clock.now())
    asyncio.get_running_loop().call_later(0, gone.set)  # after the vault's own timer, which was set first
    await gone.wait()
    assert not vault._held


@pytest.mark.parametrize(
    "payload",
    [
        typed(link=8),
        {"lid": "7", "p": {"password": "x"}},
        {"p": {"password": "x"}},
        {"lid": LINK, "p": {}},
        {"lid": LINK, "p": {"password": 1}},
        {"lid": LINK, "p": {"pass word": "x"}},
        {"lid": LINK, "p": {"password": "x" * (LONGEST_VALUE + 1)}},
        {"lid": LINK, "p": {f"f{number}": "x" for number in range(21)}},
        {"lid": LINK, "p": {"password": "x"}, "more": 1},
        [],
    ],
)
def test_another_link_or_another_form_is_not_opened_and_costs_the_key(vault: KeyVault, payload: object) -> None:
    key = vault.new_key(LINK, UNTIL)
    with pytest.raises(KeyGone) as told:
        vault.open(LINK, sealed(key, payload))
    assert "x" * 20 not in str(told.value)
    assert told.value.__cause__ is None
    with pytest.raises(KeyGone):
        vault.open(LINK, sealed(key, typed()))


@pytest.mark.parametrize(
    "header", [{"alg": "ECDH-ES+A256KW"}, {"enc": "A128GCM"}, {"zip": "DEF"}], ids=["wrapped", "short", "zipped"]
)
def test_only_the_two_algorithms_are_read(vault: KeyVault, header: dict[str, str]) -> None:
    key = vault.new_key(LINK, UNTIL)
    with pytest.raises(KeyGone):
        vault.open(LINK, sealed(key, typed(), **header))


def test_a_seal_that_was_touched_anywhere_is_not_opened(vault: KeyVault) -> None:
    for part in (0, 2, 3, 4):
        pieces = sealed(vault.new_key(LINK, UNTIL), typed()).reveal().split(".")
        middle = len(pieces[part]) // 2
        pieces[part] = (
            pieces[part][:middle] + ("A" if pieces[part][middle] != "A" else "B") + pieces[part][middle + 1 :]
        )
        with pytest.raises(KeyGone):
            vault.open(LINK, Secret(".".join(pieces)))


@pytest.mark.parametrize(
    "nonsense", ["", ".", "....", "a.b.c.d.e", "é", "x" * 20_000, "eyJhbGciOiJub25lIn0....", "\ud800"]
)
def test_nonsense_is_not_opened(vault: KeyVault, nonsense: str) -> None:
    vault.new_key(LINK, UNTIL)
    with pytest.raises(KeyGone):
        vault.open(LINK, Secret(nonsense))
