"""Every aggregator's other side, on loopback: one user of theirs, his connections, and what the vendor does.

The settings of each open the real adapter; what differs from vendor to vendor stands here, and in no test.
"""

import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.adapters.aggregators import open_aggregator
from bot.domain.connection import ConnectionRef
from bot.domain.secret import Secret
from bot.http import HttpServer
from bot.ports import Aggregator
from bot.sandbox.bank.courier import signature
from handlers.webhooks import webhook_path

PAYLOADS = Path(__file__).parent / "payloads"
Signed = tuple[str, dict[str, str], bytes]
"""A webhook: the path it calls, its headers and its body."""


def payload(vendor: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((PAYLOADS / vendor / f"{name}.json").read_text("utf-8"))
    return found


def dated(app: ASGIApp, world: Any) -> ASGIApp:
    """The application of a vendor, whose answers tell the hour of the world, and not of this machine."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(world.clock.now() + world.ahead, usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        await app(scope, receive, told)

    return answer


class LocalVendor(ABC):
    """What the contract needs of a vendor, whoever it is."""

    linked: ConnectionRef
    """A healthy connection."""
    accounts: tuple[str, ...]
    """What a reading calls the accounts of the healthy connection, in the vendor's order."""
    lists_accounts = True
    """So does a listing: the vendor gives them with the connections, or those of all in one call."""
    unknown_user: str
    """The id of a user whom the vendor does not know."""
    misshapen_user = ""
    """What cannot be the id of a user there; empty where any word can."""
    asks_for_password: Sequence[str] = ()
    """The fields that a form shows once the bank has refused the password; none where only the vendor's page does."""
    asks_when_lapsed: Sequence[str] = ()
    """The fields that a form shows once the consent has ended."""
    names_the_user = True
    """A webhook says whose connection it speaks of."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.back = f"{world.base}/back"

    @property
    @abstractmethod
    def settings(self) -> Mapping[str, object]:
        """What the firm writes into its settings."""

    async def start(self, folder: Path) -> None:  # noqa: B027  # some have nothing to start
        """Be there; `folder` is for the firm's files."""

    async def aclose(self) -> None:  # noqa: B027
        """Be gone."""

    def opened(self, name: str) -> Aggregator:
        """The real adapter, by the way that the program opens it."""
        return open_aggregator(self.settings_of(name), self.world.clock.now)

    def settings_of(self, name: str) -> Any:
        return SimpleNamespace(
            aggregator=name, firm_name="Cabinet Dupont", credential_mode="webview", **self.settings
        )

    async def connect_second(self) -> ConnectionRef:
        """The user connects another bank."""
        raise NotImplementedError

    def lapse(self) -> None:
        """The consent of the healthy connection ends."""
        raise NotImplementedError

    def refuse_password(self) -> None:
        """The bank of the healthy connection refuses the password that the vendor has."""
        raise NotImplementedError

    def say(self, code: str) -> None:
        """From now on the healthy connection is in a state of this name."""
        raise NotImplementedError

    async def visit(self, page: Secret) -> str:
        """The client does on the hosted page what it asks for; the address that it sends him to."""
        async with httpx.AsyncClient(trust_env=False) as browser:
            return (await browser.get(page.reveal())).headers["location"]

    def webhook(self) -> Signed:
        """A signed webhook about the healthy connection."""
        raise NotImplementedError


class Nobody(LocalVendor):
    """There is no vendor; the ids are somebody else's."""

    linked = ConnectionRef("7", "12")
    accounts = ()
    settings = {}


class SandboxBank(LocalVendor):
    """The sandbox's bank, which speaks as Powens does."""

    unknown_user, misshapen_user = "987", "chez-odette"
    asks_for_password = ("password",)

    async def start(self, folder: Path) -> None:
        user = self.world.bank.create_user("Bistrot des Halles")
        link = self.world.bank.connect(user, "Crédit du Marais", "premier")
        self.linked, self.accounts = ConnectionRef(str(user), str(link)), (self.world.bank.link(link).iban,)

    @property
    def settings(self) -> Mapping[str, object]:
        return {
            "powens_base_url": f"{self.world.base}/bank/2.0",
            "powens_webview_url": f"{self.world.base}/bank/webview",
            "powens_domain": "resync-sandbox.biapi.pro",
            "powens_client_id": "resync",
            "powens_client_secret": SecretStr("client secret"),
            "powens_webhook_secret": SecretStr("hook secret"),
        }

    async def connect_second(self) -> ConnectionRef:
        user = self.linked.user
        return ConnectionRef(user, str(self.world.bank.connect(int(user), "Banque Mistral", "deux")))

    def lapse(self) -> None:
        self.world.bank.expire_consent(int(self.linked.connection))

    def refuse_password(self) -> None:
        self.world.bank.change_password(int(self.linked.connection), "deuxième")

    def say(self, code: str) -> None:
        self.world.bank.say_unknown(int(self.linked.connection), code)

    async def visit(self, page: Secret) -> str:
        async with httpx.AsyncClient(trust_env=False, base_url=self.world.base) as browser:
            asked = (await browser.get(page.reveal())).headers["location"]
            return (await browser.post(asked, data={"do": "go"})).headers["location"]

    def webhook(self) -> Signed:
        body = json.dumps(
            {"user": {"id": int(self.linked.user)}, "connection": {"id": int(self.linked.connection), "state": None}}
        ).encode()
        path, date = webhook_path("powens", Secret("hook secret")), "2026-11-20T08:30:00Z"
        return (
            path,
            {
                "BI-Signature": signature("hook secret", "POST", path, date, body),
                "BI-Signature-Date": date,
            },
            body,
        )


class Served(LocalVendor):
    """A vendor with a server of its own, whose pages and calls are one application."""

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.server = HttpServer(dated(Starlette(routes=self.routes()), world), "127.0.0.1:0")
        self.server._server.config.date_header = False
        self.base = self.server.address
        self.pages: dict[str, str] = {}
        """The pages that were opened, by number; where each sends the client afterwards."""
        self.lapsed = self.refused = False
        self.said = ""

    @abstractmethod
    def routes(self) -> list[Route]:
        """What it answers to."""

    async def start(self, folder: Path) -> None:
        await self.server.start()

    async def aclose(self) -> None:
        await self.server.aclose()

    def lapse(self) -> None:
        self.lapsed = True

    def refuse_password(self) -> None:
        self.refused = True

    def say(self, code: str) -> None:
        self.said = code

    def open_page(self, back: str) -> str:
        """The number of a new page, which sends the client to `back`."""
        number = str(len(self.pages) + 1)
        self.pages[number] = back
        return number

    async def renew(self, request: Request) -> Response:
        """The page: the client has proven himself, the consent is good again, and he goes back."""
        self.lapsed = False
        return RedirectResponse(self.pages.pop(request.path_params["number"]), 303)

    def moment(self, **later: float) -> str:
        now: datetime = self.world.clock.now() + timedelta(**later)
        return now.isoformat().replace("+00:00", "Z")


Handler = Callable[[Request], Awaitable[Response]]


class BridgeVendor(Served):
    """Bridge: a token for each user, and items that are numbers."""

    linked = ConnectionRef("9a95b38f-f98b-417a-988b-9d0d584893e7", "4568477")
    accounts = ("FR7619006000010000000000325", "48178050")
    unknown_user, misshapen_user = "11111111-2222-4333-8444-555555555555", "987"
    secrets = ("the old one", "the new one")

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.items = [int(self.linked.connection)]

    @property
    def settings(self) -> Mapping[str, object]:
        return {
            "bridge_base_url": f"{self.base}/v3",
            "bridge_connect_url": self.base,
            "bridge_client_id": " the-client-id ",
            "bridge_client_secret": SecretStr("the-client-secret\n"),
            "bridge_webhook_secrets": SecretStr(" , ".join(self.secrets)),
        }

    def routes(self) -> list[Route]:
        return [
            Route("/v3/aggregation/authorization/token", self.known(self.token), methods=["POST"]),
            Route("/v3/aggregation/items", self.known(self.named(self.list_items))),
            Route("/v3/aggregation/items/{id:int}", self.known(self.named(self.one_item))),
            Route("/v3/aggregation/accounts", self.known(self.named(self.list_accounts))),
            Route("/v3/aggregation/connect-sessions", self.known(self.named(self.session)), methods=["POST"]),
            Route("/session/{number}", self.renew),
        ]

    def known(self, answer: Handler) -> Handler:
        async def check(request: Request) -> Response:
            given = [request.headers.get(name) for name in ("client-id", "client-secret", "bridge-version")]
            if given != ["the-client-id", "the-client-secret", "2025-01-15"]:
                return JSONResponse(payload("bridge", "error_credentials"), 401)
            return await answer(request)

        return check

    def named(self, answer: Handler) -> Handler:
        async def check(request: Request) -> Response:
            if request.headers.get("authorization") != f"Bearer {self.linked.user}'s":
                return JSONResponse({}, 401)
            return await answer(request)

        return check

    async def token(self, request: Request) -> Response:
        if (await request.json())["user_uuid"] != self.linked.user:
            return JSONResponse(payload("bridge", "error_user_not_found"), 404)
        given = {"access_token": f"{self.linked.user}'s", "expires_at": self.moment(hours=2)}
        return JSONResponse(payload("bridge", "token") | given)

    def item(self, number: int) -> dict[str, Any]:
        if self.lapsed:
            return payload("bridge", "item_sca_required") | {"id": number}
        if self.refused:
            return payload("bridge", "item") | {"id": number, "status": 402}
        if self.said:
            return payload("bridge", "item") | {"id": number, "status": 4242, "status_code_info": self.said}
        return payload("bridge", "item") | {"id": number}

    async def list_items(self, request: Request) -> Response:
        return JSONResponse(payload("bridge", "no_items") | {"resources": [self.item(each) for each in self.items]})

    async def one_item(self, request: Request) -> Response:
        if request.path_params["id"] not in self.items:
            return JSONResponse(payload("bridge", "error_item_not_found"), 404)
        return JSONResponse(self.item(request.path_params["id"]))

    async def list_accounts(self, request: Request) -> Response:
        """Those of one item, or of all that there are; in pages of two."""
        whose = [int(request.query_params["item_id"])] if "item_id" in request.query_params else self.items
        own = [each for each in payload("bridge", "accounts")["resources"] if each["item_id"] in whose]
        done = int(request.query_params.get("after", 0))
        after = urlencode({**request.query_params, "after": str(done + 2)})
        more = f"/v3/aggregation/accounts?{after}" if len(own) > done + 2 else None
        return JSONResponse({"resources": own[done : done + 2], "pagination": {"next_uri": more}})

    async def session(self, request: Request) -> Response:
        asked = await request.json()
        if asked["item_id"] not in self.items:
            return JSONResponse(payload("bridge", "error_item_not_found"), 404)
        if not asked["callback_url"].startswith(self.back):
            return JSONResponse(payload("bridge", "error_callback"), 400)
        number = self.open_page(f"{asked['callback_url']}&{urlencode({'success': 'true', 'step': 'sync_success'})}")
        return JSONResponse(payload("bridge", "session") | {"url": f"{self.base}/session/{number}"}, 201)

    async def connect_second(self) -> ConnectionRef:
        self.items.append(4568565)
        return ConnectionRef(self.linked.user, "4568565")

    def webhook(self) -> Signed:
        body = json.dumps(payload("bridge", "hook_item_refreshed")).encode()
        signs = [hmac.new(each.encode(), body, hashlib.sha256).hexdigest().upper() for each in self.secrets]
        return "/hooks", {"BridgeApi-Signature": f"v1={signs[1]}"}, body


@cache
def application_key() -> RSAKey:
    """The key of a firm's application; making one takes a while."""
    return RSAKey.generate_key(2048)


class EnableBankingVendor(Served):
    """Enable Banking: no users, and sessions, of which a renewal opens another one with the code that comes back."""

    linked = ConnectionRef("bistrot-des-halles", "7b0d1c2e-3f4a-4b5c-8d6e-9f0a1b2c3d4e")
    accounts = (
        "WwpbCiJhY2NvdW50Igpd.q0V1bnRlSW52ZW50ZWVOdW1lcm9Vbg==",
        "WwpbCiJhY2NvdW50Igpd.q0V1bnRlSW52ZW50ZWVOdW1lcm9EZXV4",
    )
    unknown_user = "chez-odette"
    asks_when_lapsed = ("userId",)
    application = "f0e1d2c3-b4a5-4697-8877-665544332211"

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.sessions = {self.linked.connection: payload("enablebanking", "session")}
        self.asked: dict[str, dict[str, Any]] = {}
        """What a page was opened for, by the code that it gives."""

    async def start(self, folder: Path) -> None:
        await super().start(folder)
        self.file = folder / "enablebanking.pem"
        self.file.touch(0o600)
        self.file.write_bytes(application_key().as_pem(private=True))

    @property
    def settings(self) -> Mapping[str, object]:
        return {
            "enablebanking_base_url": self.base,
            "enablebanking_hosted_hosts": f"auth.example, {urlsplit(self.base).netloc}",
            "enablebanking_application_id": f" {self.application}\n",
            "enablebanking_private_key_file": self.file,
            "enablebanking_psu_type": "business",
            "enablebanking_country": "FR",
            "enablebanking_language": "fr",
            "enablebanking_consent_days": 180,
        }

    def routes(self) -> list[Route]:
        return [
            Route("/sessions/{id}", self.known(self.look)),
            Route("/sessions", self.known(self.open), methods=["POST"]),
            Route("/aspsps", self.known(self.banks)),
            Route("/auth", self.known(self.authorise), methods=["POST"]),
            Route("/application", self.known(self.describe)),
            Route("/ais/start/{number}", self.renew),
        ]

    def known(self, answer: Handler) -> Handler:
        async def check(request: Request) -> Response:
            if not self.is_ours(request.headers.get("authorization", "").removeprefix("Bearer ")):
                return self.error("UNAUTHORIZED_ACCESS", 401)
            return await answer(request)

        return check

    def is_ours(self, token: str) -> bool:
        signed = jwt.decode(token, RSAKey.import_key(application_key().as_pem(private=False)), algorithms=["RS256"])
        lives = signed.claims["iat"] <= self.world.clock.now().timestamp() < signed.claims["exp"]
        return lives and signed.header["kid"] == self.application

    def error(self, code: str, status: int) -> Response:
        return JSONResponse(payload("enablebanking", "error") | {"error": code, "code": status}, status)

    async def look(self, request: Request) -> Response:
        if self.refused:
            return self.error("WRONG_CREDENTIALS_PROVIDED", 422)
        session = self.sessions.get(request.path_params["id"])
        if session is None:
            return self.error("SESSION_DOES_NOT_EXIST", 404)
        if self.said:
            return JSONResponse(session | {"status": self.said})
        lapsed = self.lapsed and request.path_params["id"] == self.linked.connection
        return JSONResponse(session | ({"status": "EXPIRED"} if lapsed else {}))

    async def banks(self, request: Request) -> Response:
        return JSONResponse(payload("enablebanking", "aspsps"))

    async def authorise(self, request: Request) -> Response:
        asked = await request.json()
        if asked["redirect_url"] != self.back:
            return self.error("REDIRECT_URI_NOT_ALLOWED", 422)
        code = f"code-{len(self.pages)}"
        self.asked[code] = asked
        number = self.open_page(f"{self.back}?{urlencode({'state': asked['state'], 'code': code})}")
        return JSONResponse(payload("enablebanking", "auth") | {"url": f"{self.base}/ais/start/{number}"})

    async def renew(self, request: Request) -> Response:
        """The old session stays as it was: the client brings back a code for another one."""
        return RedirectResponse(self.pages.pop(request.path_params["number"]), 303)

    async def open(self, request: Request) -> Response:
        asked = self.asked.pop((await request.json())["code"], None)
        if asked is None:
            return self.error("WRONG_AUTHORIZATION_CODE", 422)
        opened = payload("enablebanking", "opened") | {"access": asked["access"]}
        begun = {"created": self.moment(), "authorized": self.moment(), "access": asked["access"]}
        self.sessions[opened["session_id"]] = payload("enablebanking", "session") | begun
        return JSONResponse(opened)

    async def describe(self, request: Request) -> Response:
        return JSONResponse(payload("enablebanking", "application") | {"redirect_urls": [self.back]})


class PlaidVendor(Served):
    """Plaid: a token for each item, which the firm keeps in its file, and a key of its own to sign with."""

    linked = ConnectionRef("client-7", "Mo7Rk2pVxwT4gQyLzN9eHbA3cJdU6sFiKqWtP")
    second = ConnectionRef("client-7", "Zt5Wn8bXcR1vKy4Lq7Pj0Hs3Gd6Fa9Ou2Ie")
    accounts = ("Xe5Wk8bTcQ1vMy4Lr7Pj0Hs3Gd6Fa9Ou2Iz", "4d0f8c2ab9e17365c1a2f0e9d8b7a6c5e4f3d2c1b0a9f8e7d6c5b4a3")
    unknown_user = "client-8"
    names_the_user = False
    lists_accounts = False
    kid = "3f9b2c74-61d8-4e05-a7c3-90be51d2f648"

    def __init__(self, world: Any) -> None:
        super().__init__(world)
        self.key = ECKey.generate_key("P-256")
        self.items = [self.linked.connection]
        self.tokens = {ref.connection: f"access-of-{ref.connection}" for ref in (self.linked, self.second)}
        self.synchronised = self.moment()
        self.shown = ""
        """The name that its page shows."""

    async def start(self, folder: Path) -> None:
        await super().start(folder)
        self.file = folder / "plaid-tokens.json"
        self.file.touch(0o600)
        self.file.write_text(json.dumps(self.tokens))

    @property
    def settings(self) -> Mapping[str, object]:
        return {
            "plaid_base_url": self.base,
            "plaid_hosted_url": self.base,
            "plaid_client_id": "64f0c2a1b9d3e7 ",
            "plaid_secret": SecretStr(" plaid-secret-value"),
            "plaid_tokens_file": self.file,
            "plaid_client_name": "",
        }

    def routes(self) -> list[Route]:
        return [
            Route("/item/get", self.known(self.look), methods=["POST"]),
            Route("/accounts/get", self.known(self.list_accounts), methods=["POST"]),
            Route("/transactions/refresh", self.known(self.refresh), methods=["POST"]),
            Route("/link/token/create", self.known(self.link), methods=["POST"]),
            Route("/webhook_verification_key/get", self.known(self.publish), methods=["POST"]),
            Route("/hl/{number}", self.renew),
        ]

    def known(self, answer: Handler) -> Handler:
        async def check(request: Request) -> Response:
            given = [request.headers.get(name) for name in ("plaid-client-id", "plaid-secret", "plaid-version")]
            if given != ["64f0c2a1b9d3e7", "plaid-secret-value", "2020-09-14"]:
                return self.error("INVALID_INPUT", "INVALID_API_KEYS")
            return await answer(request)

        return check

    def error(self, kind: str, code: str) -> Response:
        return JSONResponse(payload("plaid", "error") | {"error_type": kind, "error_code": code}, 400)

    def item_of(self, asked: Mapping[str, Any]) -> str:
        """The item that a token opens; empty where it opens none."""
        return next((each for each in self.items if self.tokens[each] == asked["access_token"]), "")

    async def look(self, request: Request) -> Response:
        item = self.item_of(await request.json())
        if not item:
            return self.error("ITEM_ERROR", "ITEM_NOT_FOUND")
        answer = payload("plaid", "item-consent-expired" if self.lapsed or self.refused else "item")
        answer["item"] |= {"item_id": item, "client_user_id": self.linked.user}
        if self.refused:
            answer["item"]["error"] |= {"error_code_reason": None}
        answer["status"]["transactions"]["last_successful_update"] = self.synchronised
        if self.said:
            answer["item"]["error"] = payload("plaid", "error") | {
                "error_type": "ITEM_ERROR",
                "error_code": self.said,
            }
        return JSONResponse(answer)

    async def list_accounts(self, request: Request) -> Response:
        if not self.item_of(await request.json()):
            return self.error("ITEM_ERROR", "ITEM_NOT_FOUND")
        return JSONResponse(payload("plaid", "accounts"))

    async def refresh(self, request: Request) -> Response:
        if not self.item_of(await request.json()):
            return self.error("ITEM_ERROR", "ITEM_NOT_FOUND")
        self.synchronised = self.moment()
        return JSONResponse(payload("plaid", "refresh"))

    async def link(self, request: Request) -> Response:
        asked = await request.json()
        if not self.item_of(asked):
            return self.error("ITEM_ERROR", "ITEM_NOT_FOUND")
        if asked["user"] != {"client_user_id": self.linked.user}:
            return self.error("INVALID_REQUEST", "INVALID_FIELD")
        self.shown = asked["client_name"]
        number = self.open_page(asked["hosted_link"]["completion_redirect_uri"])
        return JSONResponse(payload("plaid", "link-token") | {"hosted_link_url": f"{self.base}/hl/{number}"})

    async def publish(self, request: Request) -> Response:
        if (await request.json())["key_id"] != self.kid:
            return self.error("INVALID_INPUT", "INVALID_WEBHOOK_VERIFICATION_KEY_ID")
        answer = payload("plaid", "key")
        public = self.key.as_dict(private=False)
        answer["key"] |= {"kid": self.kid, "x": public["x"], "y": public["y"]}
        return JSONResponse(answer)

    async def connect_second(self) -> ConnectionRef:
        self.items.append(self.second.connection)
        return self.second

    def webhook(self) -> Signed:
        body = json.dumps(payload("plaid", "webhook-pending-expiration")).encode()
        claims = {
            "iat": int(self.world.clock.now().timestamp()),
            "request_body_sha256": hashlib.sha256(body).hexdigest(),
        }
        head = {"alg": "ES256", "kid": self.kid, "typ": "JWT"}
        token = jws.serialize_compact(head, json.dumps(claims).encode(), self.key)
        return "/hooks", {"Plaid-Verification": token}, body


VENDORS: Mapping[str, type[LocalVendor]] = {
    "bridge": BridgeVendor,
    "enablebanking": EnableBankingVendor,
    "manual": Nobody,
    "plaid": PlaidVendor,
    "powens": SandboxBank,
    "sandbox": SandboxBank,
}
"""Who is behind each name of `FACTORIES`."""
