"""Powens with the client's bank secret: sent once, known whether a bank has seen it, sealed where it wants so."""

import asyncio
import base64
import gc
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import ECKey, RSAKey

from bot.adapters.aggregators import powens_credentials
from bot.adapters.aggregators.http import AT_ONCE
from bot.adapters.aggregators.powens_credentials import Once, PowensCredentials, sealing_key
from bot.domain.connection import ConnectionRef, ConnectionState
from bot.domain.errors import BadInput, NotTaken, TryAgain
from bot.domain.secret import Secret

RIGHT, WRONG = "Bouillabaisse-13", "pas le bon"


@pytest.fixture
async def taker(world) -> AsyncIterator[PowensCredentials]:
    adapter = PowensCredentials(world.account(), now=world.clock.now)
    yield adapter
    await adapter.aclose()


@pytest.fixture
def linked(world) -> ConnectionRef:
    """A connection whose bank has a new password."""
    user = world.bank.create_user("Bistrot des Halles")
    link = world.bank.connect(user, "Crédit du Marais", "ancien")
    world.bank.change_password(link, RIGHT)
    return ConnectionRef(str(user), str(link))


def typed(value: str, name: str = "password") -> dict[str, Secret]:
    return {name: Secret(value)}


def test_it_alone_declares_that_it_takes_a_secret(taker, world):
    assert taker.capabilities.secret_by_api
    assert taker.sealing is None


async def test_a_wrong_password_then_the_right_one(taker, linked):
    values = typed(WRONG)
    assert (await taker.submit(linked, values)).state is ConnectionState.PASSWORD_CHANGED
    assert values == {}, "what was typed is let go"
    assert (await taker.submit(linked, typed(RIGHT))).state is ConnectionState.OK


async def test_the_newest_connection_is_meant_where_none_is_named(taker, linked):
    assert (await taker.submit(ConnectionRef(linked.user), typed(RIGHT))).state is ConnectionState.OK


async def test_a_code_and_an_approval(taker, linked, world):
    link = int(linked.connection)
    world.bank.ask_code(link)
    assert (await taker.submit(linked, typed(RIGHT))).state is ConnectionState.OTP_REQUIRED
    world.bank.ask_approval(link)
    code = str(world.bank.view(link)["code"])
    assert (await taker.submit(linked, typed(code, "code"))).state is ConnectionState.APP_VALIDATION_PENDING
    assert (await taker.resume(linked)).state is ConnectionState.APP_VALIDATION_PENDING
    world.bank.approve(link)
    assert (await taker.resume(linked)).state is ConnectionState.OK


async def test_what_the_bank_says_besides(taker, linked, world):
    world.bank.switch("Crédit du Marais", up=False)
    assert (await taker.submit(linked, typed(RIGHT))).state is ConnectionState.BANK_UNAVAILABLE
    world.bank.switch("Crédit du Marais", up=True)
    for state in (ConnectionState.PASSWORD_CHANGED, ConnectionState.PASSWORD_CHANGED):
        assert (await taker.submit(linked, typed(WRONG))).state is state
    assert (await taker.submit(linked, typed(WRONG))).state is ConnectionState.ACTION_NEEDED_AT_BANK


async def test_a_value_sealed_to_the_vendors_key_is_relayed_as_it_is(taker, linked, world):
    key = sealing_key(world.bank.begin_to_seal())
    assert key is not None
    assert (key.algorithm, key.each_value, key.jwk["kid"]) == ("RSA-OAEP", True, "sandbox-seal")
    registry = JWERegistry(algorithms=["RSA-OAEP", "A256GCM"])
    sealed = encrypt_compact(
        {"alg": "RSA-OAEP", "enc": "A256GCM"}, RIGHT, RSAKey.import_key(dict(key.jwk)), registry=registry
    )
    with pytest.raises(NotTaken):
        await taker.submit(linked, typed(RIGHT))
    assert (await taker.submit(linked, typed(sealed))).state is ConnectionState.OK


# Once


class Line:
    """A vendor whose answers to the POST are written down beforehand; everything else is well."""

    def __init__(self, *answers: Callable[[], httpx.Response] | httpx.Response) -> None:
        self.answers = list(answers)
        self.posted: list[dict[str, Any]] = []
        self.renewed = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/auth/renew"):
            self.renewed += 1
            return httpx.Response(200, json={"access_token": "t"})
        if request.method == "GET":
            return httpx.Response(200, json={"id": 12, "state": "wrongpass"})
        assert request.headers["content-type"] == "application/json"
        body = await request.aread()
        assert int(request.headers["content-length"]) == len(body)
        self.posted.append(json.loads(body))
        answer = self.answers.pop(0)
        return answer if isinstance(answer, httpx.Response) else answer()


def broken() -> httpx.Response:
    raise httpx.ReadError("the line broke")


def slow() -> httpx.Response:
    raise httpx.ReadTimeout("no answer")


async def submitted(world, line: Line) -> Any:
    adapter = PowensCredentials(world.account(), now=world.clock.now, transport=httpx.MockTransport(line))
    try:
        return await adapter.submit(ConnectionRef("7", "12"), typed(RIGHT))
    finally:
        await adapter.aclose()


@pytest.mark.parametrize(
    "answer",
    [
        broken,
        slow,
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(200, text="no JSON"),
    ],
    ids=["broken", "slow", "500", "502", "503", "unreadable"],
)
async def test_where_nobody_knows_it_is_sent_once_and_told_as_unknown(world, answer):
    line = Line(answer)
    with pytest.raises(TryAgain) as told:
        await submitted(world, line)
    assert line.posted == [{"password": RIGHT}]
    assert RIGHT not in str(told.value)


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "invalidValue"), (400, "config"), (401, ""), (403, "forbidden"), (409, "connectionLocked"), (429, "")],
)
async def test_what_the_vendor_refuses_at_its_door_was_not_taken_and_is_not_sent_again(world, status, code):
    line = Line(httpx.Response(status, json={"code": code} if code else {}))
    expected = TryAgain if status == 401 else NotTaken  # after a 401 it has left, and is not sent with a new token
    with pytest.raises(expected) as told:
        await submitted(world, line)
    assert line.posted == [{"password": RIGHT}]
    assert RIGHT not in str(told.value)


async def test_a_vendor_that_is_away_has_taken_nothing(world):
    away = PowensCredentials(world.account(base_url="http://127.0.0.1:9/2.0"), now=world.clock.now)
    with pytest.raises(NotTaken):
        await away.submit(ConnectionRef("7", "12"), typed(RIGHT))
    await away.aclose()


async def test_a_token_that_has_ended_is_renewed_before_the_secret_leaves(taker, linked, world):
    await taker.read(linked)
    world.bank.access.revoke(int(linked.user))
    assert (await taker.submit(linked, typed(RIGHT))).state is ConnectionState.OK


@pytest.mark.parametrize("stuck", ["before", "in line"])
async def test_a_secret_that_cannot_leave_is_let_go_and_asked_for_again(world, stuck, monkeypatch):
    """No answer before the call, or every line to the vendor taken: it is not held for longer than half a minute."""
    assert powens_credentials.FOR_THE_TOKEN + powens_credentials.UNTIL_IT_LEAVES < 30
    monkeypatch.setattr(powens_credentials, "FOR_THE_TOKEN", 0.05 if stuck == "before" else 10.0)
    monkeypatch.setattr(powens_credentials, "UNTIL_IT_LEAVES", 0.05)
    line, taken = Line(), []

    async def on_call(request: httpx.Request) -> httpx.Response:
        if stuck == "before" and request.method == "GET":
            await asyncio.Event().wait()
        return await line(request)

    adapter = PowensCredentials(world.account(), now=world.clock.now, transport=httpx.MockTransport(on_call))
    if stuck == "in line":
        one = adapter._one

        async def then_all_are_taken(ref: ConnectionRef) -> Any:
            answer = await one(ref)
            taken.extend([await adapter._vendor._turn.acquire() for _ in range(AT_ONCE)])
            return answer

        monkeypatch.setattr(adapter, "_one", then_all_are_taken)
    with pytest.raises(NotTaken):
        await adapter.submit(ConnectionRef("7", "12"), typed(RIGHT))
    assert line.posted == []
    assert len(taken) == (AT_ONCE if stuck == "in line" else 0)
    await adapter.aclose()


async def test_once_it_has_left_the_bank_has_its_own_time(world, monkeypatch):
    monkeypatch.setattr(powens_credentials, "UNTIL_IT_LEAVES", 0.05)

    async def on_call(request: httpx.Request) -> httpx.Response:
        if request.method == "POST" and not request.url.path.endswith("/auth/renew"):
            await request.aread()
            await asyncio.sleep(0.2)
        return httpx.Response(200, json={"id": 12, "state": None, "access_token": "t"})

    adapter = PowensCredentials(world.account(), now=world.clock.now, transport=httpx.MockTransport(on_call))
    assert (await adapter.submit(ConnectionRef("7", "12"), typed(RIGHT))).state is ConnectionState.OK
    await adapter.aclose()


async def test_a_body_is_read_once_and_then_gone():
    body = Once({"password": RIGHT})
    assert RIGHT not in repr(body)
    assert [piece async for piece in body] == [b'{"password": "Bouillabaisse-13"}']
    assert body.left
    assert body._body is None
    with pytest.raises(httpx.StreamError):
        [piece async for piece in body]


async def test_while_the_bank_thinks_the_secret_is_no_longer_in_memory_of_ours(world):
    """The call may last for minutes; what was typed is let go as soon as it is on the line."""
    asked, answer = asyncio.Event(), asyncio.Event()

    async def on_call(request: httpx.Request) -> httpx.Response:
        if request.method != "POST" or request.url.path.endswith("/auth/renew"):
            return httpx.Response(200, json={"id": 12, "state": "wrongpass", "access_token": "t"})
        async for _ in request.stream:
            pass
        asked.set()
        await answer.wait()
        return httpx.Response(200, json={"id": 12, "state": None})

    secret = Secret("".join(["Bouilla", "baisse-", "99"]))
    adapter = PowensCredentials(world.account(), now=world.clock.now, transport=httpx.MockTransport(on_call))
    task = asyncio.create_task(adapter.submit(ConnectionRef("7", "12"), {"password": secret}))
    del secret
    await asked.wait()
    gc.collect()
    kept = [each for each in gc.get_objects() if isinstance(each, Secret) and each.reveal().endswith("baisse-99")]
    held = [each for each in gc.get_objects() if isinstance(each, Once) and b"baisse-99" in (each._body or b"")]
    assert (kept, held) == ([], [])
    answer.set()
    assert (await task).state is ConnectionState.OK
    await adapter.aclose()


# The key of the console


def jwk(key: RSAKey | ECKey, **more: str) -> str:
    return json.dumps(dict(key.as_dict(private=False)) | more)


def short_key() -> str:
    """Made by hand: joserfc warns of it."""
    number = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n
    modulus = base64.urlsafe_b64encode(number.to_bytes(128, "big")).decode().rstrip("=")
    return json.dumps({"kty": "RSA", "n": modulus, "e": "AQAB"})


@pytest.mark.parametrize("written", ["", "  \n"])
def test_without_a_key_nothing_is_sealed_to_the_vendor(written):
    assert sealing_key(written) is None


def test_a_key_that_names_its_algorithm_is_used_with_it():
    key = sealing_key(jwk(RSAKey.generate_key(2048), alg="RSA-OAEP-256", use="enc"))
    assert key is not None
    assert key.algorithm == "RSA-OAEP-256"
    assert {*key.jwk} <= {"kty", "n", "e", "kid"}


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("nonsense", "JWK"),
        ("[]", "JWK"),
        ("{}", "JWK"),
        (jwk(ECKey.generate_key("P-256")), "JWK"),
        (json.dumps(dict(RSAKey.generate_key(2048).as_dict(private=True))), "privée"),
        (short_key(), "2048"),
        (jwk(RSAKey.generate_key(2048), alg="RSA1_5"), "RSA-OAEP"),
    ],
    ids=["nonsense", "list", "empty", "curve", "private", "short", "old"],
)
def test_a_key_that_cannot_be_used_is_refused_with_what_to_write(written, advice):
    with pytest.raises(BadInput, match=advice) as told:
        sealing_key(written)
    assert "RESYNC_POWENS_SEAL_KEY" in str(told.value)
