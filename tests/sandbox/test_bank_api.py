"""The sandbox aggregator's API refuses what Powens would refuse, and more."""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from joserfc.jwe import JWERegistry, encrypt_compact
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.sandbox.bank import Bank


class Setting:
    """A bank, its clock and a client of its API."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
        self.bank = Bank(client_id="me", client_secret="s3", webhook_secret="w", now=lambda: self.moment)
        self.user = self.bank.create_user("Bistrot")
        self.link = self.bank.connect(self.user, "Crédit du Marais", "premier")
        app = Starlette(routes=[Mount("/bank", routes=self.bank.routes)])
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bank.test/bank/2.0")
        self.http.headers["Authorization"] = f"Bearer {self.bank.access.token(self.user)}"
        self.one = f"/users/me/connections/{self.link}"


@pytest.fixture
async def here():
    setting = Setting()
    async with setting.http:
        yield setting


RENEW = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "s3", "id_user": 1}


async def test_a_token_opens_its_own_user_only(here):
    token = (await here.http.post("/auth/renew", json=RENEW)).json()
    assert token["token_type"] == "Bearer"
    mine = {"Authorization": f"Bearer {token['access_token']}"}
    assert (await here.http.get(here.one, headers=mine)).status_code == 200
    assert (await here.http.get("/users/1/connections", headers=mine)).status_code == 200
    assert (await here.http.get("/users/2/connections", headers=mine)).status_code == 403


@pytest.mark.parametrize("header", ["", "Bearer nonsense", "Basic x"])
async def test_without_a_good_bearer_nothing_opens(here, header):
    answer = await here.http.get(here.one, headers={"Authorization": header})
    assert answer.status_code == 401
    assert set(answer.json()) == {"code", "description", "request_id"}


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"client_secret": "other"}, 401, "authFailure"),
        ({"id_user": "1"}, 400, "invalidValue"),
        ({"surprise": 1}, 400, "invalidValue"),
        ({"grant_type": "password"}, 400, "invalidValue"),
        ({"id_user": 99}, 404, "notFound"),
    ],
)
async def test_a_wrong_renewal_of_a_token_is_refused(here, change, status, code):
    answer = await here.http.post("/auth/renew", json=RENEW | change)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_missing_parameter_is_named_as_such(here):
    short = {name: value for name, value in RENEW.items() if name != "id_user"}
    answer = await here.http.post("/auth/renew", json=short)
    assert (answer.status_code, answer.json()["code"]) == (400, "missingParameter")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/users/me/connections/99", 404),
        ("GET", "/users/me/connections/x", 404),
        ("GET", "/nowhere", 404),
        ("PATCH", "/users/me/connections/1", 405),
        ("GET", "/users/me/connections?expand=everything", 400),
        ("GET", "/users/me/connections?surprise=1", 400),
        ("PUT", "/users/me/connections/1?psu_requested=maybe", 400),
        ("GET", "/auth/token/code?type=forEver", 400),
    ],
)
async def test_what_is_not_documented_is_refused_with_an_error_body(here, method, path, status):
    answer = await here.http.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"code", "description", "request_id"}


async def test_dates_are_paris_time_without_saying_so(here):
    body = (await here.http.get(here.one, params={"expand": "sources"})).json()
    assert body["last_update"] == "2026-07-01 14:00:00"
    assert body["sources"][0]["access_expire"] == "2026-12-28 13:00:00"


async def test_a_wrong_password_by_api_is_a_400_that_does_not_repeat_it(here):
    here.bank.change_password(here.link, "second")
    answer = await here.http.post(here.one, json={"password": "zut-alors"})
    assert (answer.status_code, answer.json()["code"]) == (400, "wrongpass")
    misnamed = await here.http.post(here.one, json={"passwort": "zut-alors"})
    assert misnamed.status_code == 400
    assert "zut-alors" not in answer.text + misnamed.text
    assert (await here.http.post(here.one, json={"password": "second"})).json()["state"] is None


async def test_an_approval_by_api_is_accepted_then_resumed(here):
    here.bank.ask_approval(here.link)
    answer = await here.http.post(here.one, json={})
    assert (answer.status_code, answer.json()["state"]) == (202, "decoupled")
    here.bank.approve(here.link)
    assert (await here.http.post(here.one, json={"resume": True})).json()["state"] is None


async def test_a_code_is_asked_for_with_its_field(here):
    here.bank.ask_code(here.link)
    body = (await here.http.post(here.one, json={})).json()
    assert [field["type"] for field in body["fields"]] == ["text"]
    code = here.bank.view(here.link)["code"]
    assert (await here.http.post(here.one, json={"code": code})).status_code == 200


async def test_a_bank_tells_the_fields_of_its_form_and_takes_their_values(here):
    told = (await here.http.get("/connectors/1?expand=fields")).json()
    assert [(field["name"], field["type"]) for field in told["fields"]] == [
        ("website", "list"),
        ("login", "text"),
        ("password", "password"),
    ]
    here.bank.change_password(here.link, "second")
    typed = {"website": "pro", "login": "12345678", "password": "second"}
    assert (await here.http.post(here.one, json=typed)).json()["state"] is None


async def test_a_second_sync_is_too_soon_and_one_during_another_is_locked(here):
    assert (await here.http.put(here.one)).status_code == 200
    assert (await here.http.put(here.one)).json()["code"] == "tooManySync"
    here.moment += timedelta(minutes=1)
    here.bank.confirm_late(here.link, timedelta(minutes=5))
    assert (await here.http.put(here.one)).json()["state"] == "validating"
    assert (await here.http.put(here.one)).json()["code"] == "connectionLocked"


async def test_limited_calls_say_when_to_come_back(here):
    here.bank.limit(calls=1, retry_after=9)
    limited = await here.http.get(here.one)
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "9")
    assert (await here.http.get(here.one)).status_code == 200


async def test_deleting_erases(here):
    assert (await here.http.delete(here.one)).status_code == 204
    assert (await here.http.get(here.one)).status_code == 404


async def test_init_makes_a_user_permanent_only_with_the_secret(here):
    temporary = (await here.http.post("/auth/init")).json()
    assert (temporary["type"], temporary["expires_in"]) == ("temporary", 1800)
    body = {"client_id": "me", "client_secret": "s3"}
    assert (await here.http.post("/auth/init", json=body)).json()["type"] == "permanent"
    here.moment += timedelta(minutes=31)
    bearer = {"Authorization": f"Bearer {temporary['auth_token']}"}
    assert (await here.http.get("/users/me/connections", headers=bearer)).status_code == 401


# Credentials


async def sent(here, **body):
    answer = await here.http.post(here.one, json=body)
    return answer.status_code, answer.json().get("code") or answer.json().get("state")


async def test_three_wrong_passwords_lock_the_access_and_the_right_one_is_then_refused_too(here):
    here.bank.change_password(here.link, "nouveau")
    assert [await sent(here, password=f"faux {number}") for number in range(3)] == [
        (400, "wrongpass"),
        (400, "wrongpass"),
        (400, "actionNeeded"),
    ]
    assert await sent(here, password="nouveau") == (400, "actionNeeded")
    here.moment += timedelta(days=1)
    assert await sent(here, login="me", website="par", password="nouveau") == (200, None)


async def test_a_code_is_taken_while_it_is_awaited(here):
    assert await sent(here, code="123456") == (400, "invalidValue")
    here.bank.change_password(here.link, "nouveau")
    here.bank.ask_code(here.link)
    assert await sent(here, password="nouveau") == (202, "additionalInformationNeeded")
    assert await sent(here, code="not it") == (202, "additionalInformationNeeded")
    assert await sent(here, code=here.bank.view(here.link)["code"]) == (200, None)


async def test_an_approval_is_waited_for_and_asked_about(here):
    here.bank.change_password(here.link, "nouveau")
    here.bank.ask_approval(here.link)
    assert await sent(here, password="nouveau") == (202, "decoupled")
    assert await sent(here, resume=True) == (202, "decoupled")
    here.bank.approve(here.link)
    assert await sent(here, resume=True) == (200, None)


async def test_a_bank_that_is_down_says_so_and_counts_nothing(here):
    here.bank.change_password(here.link, "nouveau")
    here.bank.switch("Crédit du Marais", up=False)
    assert [await sent(here, password="faux") for _ in range(4)] == [(400, "websiteUnavailable")] * 4
    here.bank.switch("Crédit du Marais", up=True)
    assert await sent(here, password="nouveau") == (200, None)


@pytest.mark.parametrize("body", [{"password": "x", "code": "1"}, {"code": "1", "resume": True}, {"resume": False}])
async def test_what_does_not_go_together_is_refused(here, body):
    assert await sent(here, **body) == (400, "invalidValue")


async def test_once_there_is_a_key_only_what_is_sealed_to_it_is_taken(here):
    key = RSAKey.import_key(json.loads(here.bank.begin_to_seal()))
    other = RSAKey.generate_key(2048)
    here.bank.change_password(here.link, "nouveau")

    def sealed(to):
        registry = JWERegistry(algorithms=["RSA-OAEP", "A256GCM"])
        return encrypt_compact({"alg": "RSA-OAEP", "enc": "A256GCM"}, "nouveau", to, registry=registry)

    assert await sent(here, password="nouveau") == (400, "invalidValue")
    assert await sent(here, password=sealed(other)) == (400, "invalidValue")
    assert await sent(here, password=sealed(key)) == (200, None)
