"""A client's browser, without a screen: the secure page and the aggregator's hosted page, over HTTP."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from bot.sandbox.actors import Client, Promise

FORM = re.compile(r'name="(password|code)"')


class Browser:
    """Opens the secure page as the page's own script does, and fills the hosted page's form."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._http = httpx.AsyncClient(follow_redirects=True, timeout=20)
        self.address = ""
        self.token = ""

    async def __aenter__(self) -> "Browser":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def opens(self, link: str) -> dict[str, Any]:
        """The secure page: whose it is, for which bank, and the number to tap in Telegram."""
        self.address, _, self.token = link.partition("#")
        (await self._http.get(self.address)).raise_for_status()
        return await self._post("open", token=self.token)

    async def opens_mini_app(self, address: str) -> dict[str, Any]:
        """The secure page as Telegram opens it: it shows what Telegram signed, and no number is asked for."""
        page, _, fragment = address.partition("#")
        self.address, _, query = page.partition("?")
        self.token, _, told = fragment.partition("?")
        (await self._http.get(page)).raise_for_status()
        signed = parse_qs(told)["tgWebAppData"][0]
        answer = await self._post("identify", link=parse_qs(query)["i"][0], init_data=signed)
        self.token = answer.get("token", self.token)
        return answer

    async def goes_on(self) -> None:
        """« Continuer »: to the aggregator's hosted page."""
        claimed = await self._post("claim", token=self.token)
        if "url" not in claimed:
            raise Promise(f"the secure page leads on to the bank: {claimed}")
        self.page = await self._http.get(claimed["url"])
        self.page.raise_for_status()

    async def types(self, secret: str) -> bool:
        """Fill the field that the hosted page shows. True once it has sent the client back to us."""
        field = FORM.search(self.page.text)
        if field is None:
            raise Promise("the hosted page asks for something to be typed")
        given = {field[1]: secret, "do": "go"}
        self.page = await self._http.post(str(self.page.url), data=given)
        self.page.raise_for_status()
        return await self._is_back()

    async def _is_back(self) -> bool:
        """The way back carries the state in the address; our page posts it, as a browser would."""
        here = urlsplit(str(self.page.url))
        if not here.path.startswith("/l/back"):
            return False
        state = parse_qs(here.query)["state"][0]
        (await self._http.post(f"{here.scheme}://{here.netloc}/l/back", json={"state": state})).raise_for_status()
        return True

    async def _post(self, act: str, **body: str) -> dict[str, Any]:
        answer = await self._http.post(f"{self.address}/{act}", json=body)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found
