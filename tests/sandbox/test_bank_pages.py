"""The hosted page and the One up mock, walked with a browser's requests."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.sandbox.bank import Bank

BACK = "https://resync.test/back"


class Setting:
    """A bank under a prefix, its clock and a browser."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
        self.bank = Bank(
            client_id="me",
            client_secret="s",
            webhook_secret="w",
            now=lambda: self.moment,
            redirect_prefixes=["https://resync.test/"],
        )
        self.user = self.bank.create_user("Bistrot <des> Halles")
        self.link = self.bank.connect(self.user, "Crédit du Marais", "premier")
        self.space = f"/bank/oneup/{self.user}"
        self.page = f"{self.space}/banque/{self.link}"
        app = Starlette(routes=[Mount("/bank", routes=self.bank.routes)])
        self.browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://bank.test", follow_redirects=True
        )

    def door(self, **changes: str) -> str:
        query = {
            "domain": "x.biapi.pro",
            "client_id": "me",
            "redirect_uri": BACK,
            "code": self.bank.access.code(self.user, single=True),
            "connection_id": str(self.link),
            "state": "s1",
        }
        return "/bank/webview/fr/reconnect?" + urlencode(query | changes)

    async def sent_back(self, address: str, **form: str) -> dict[str, list[str]]:
        """Where the client is sent, as a query; the address itself is checked."""
        browser = self.browser
        answer = await (
            browser.post(address, data=form, follow_redirects=False)
            if form
            else browser.get(address, follow_redirects=False)
        )
        there = urlsplit(answer.headers["location"])
        assert f"{there.scheme}://{there.netloc}{there.path}" == BACK
        return parse_qs(there.query)


@pytest.fixture
async def here():
    setting = Setting()
    async with setting.browser:
        yield setting


# The hosted page


async def test_a_link_opens_once(here):
    door = here.door()
    assert (await here.browser.get(door)).status_code == 200
    assert (await here.sent_back(door))["error"] == ["session_expired"]


async def test_a_look_at_the_link_by_a_previewer_does_not_use_it_up(here):
    door = here.door()
    await here.browser.head(door)
    assert "Renouveler" in (await here.browser.get(door)).text


async def test_a_code_dies_after_half_an_hour_and_so_does_a_visit(here):
    late, door = here.door(), here.door()
    visit = (await here.browser.get(door)).url.path
    here.moment += timedelta(minutes=30)
    assert (await here.sent_back(late))["error"] == ["session_expired"]
    assert (await here.browser.get(visit)).status_code == 410


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://elsewhere.test/back"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": "javascript:alert(1)"},
        {"client_id": "other"},
        {"surprise": "1"},
        {"domain": ""},
    ],
)
async def test_a_wrong_link_sends_nobody_anywhere(here, changes):
    assert (await here.browser.get(here.door(**changes))).status_code == 400


async def test_the_language_is_a_part_of_the_address(here):
    assert (await here.browser.get(here.door().replace("/fr/", "/xx/"))).status_code == 404


async def test_the_code_of_another_user_opens_nothing(here):
    stranger = here.bank.access.code(here.bank.create_user("Autre"), single=True)
    assert (await here.sent_back(here.door(code=stranger)))["error"] == ["session_expired"]


async def test_a_code_that_may_be_used_several_times_opens_no_page(here):
    several = here.bank.access.code(here.user, single=False)
    assert (await here.sent_back(here.door(code=several)))["error"] == ["session_expired"]


async def test_who_leaves_comes_back_with_an_error_and_his_state(here):
    visit = (await here.browser.get(here.door())).url.path
    back = await here.sent_back(visit, do="leave")
    assert (back["state"], back["error"]) == (["s1"], ["access_denied"])
    assert (await here.browser.get(visit)).status_code == 410


async def test_an_approval_then_a_code_then_back_with_the_state_only(here):
    here.bank.ask_approval(here.link)
    here.bank.ask_code(here.link)
    visit = (await here.browser.get(here.door())).url.path
    assert "application de votre banque" in (await here.browser.post(visit, data={"do": "go"})).text
    assert "pas encore reçu" in (await here.browser.post(visit, data={"do": "go"})).text
    assert (await here.browser.get(visit + "/moved")).json() == {"moved": False}
    here.bank.approve(here.link)
    assert (await here.browser.get(visit + "/moved")).json() == {"moved": True}
    assert "Code reçu par SMS" in (await here.browser.post(visit, data={"do": "go"})).text
    code = str(here.bank.view(here.link)["code"])
    assert await here.sent_back(visit, do="go", code=code) == {"state": ["s1"]}


@pytest.mark.parametrize("obstacle", ["action", "down"])
async def test_where_nothing_can_be_done_here_the_way_back_is_an_error(here, obstacle):
    if obstacle == "action":
        here.bank.require_action(here.link)
    else:
        here.bank.switch("Crédit du Marais", up=False)
    visit = (await here.browser.get(here.door())).url.path
    assert "Revenir" in (await here.browser.post(visit, data={"do": "go"})).text
    assert (await here.sent_back(visit, do="return"))["error"] == ["server_error"]


# One up


async def test_the_procedure_of_the_firm_can_be_followed_by_its_words(here):
    here.bank.expire_consent(here.link)
    home = await here.browser.get(here.space)
    assert "COMPTABILITÉ" in home.text
    banks = await here.browser.get(re.findall(r'href="([^"]+comptabilite)"', home.text)[0])
    assert "Crédit du Marais" in banks.text
    assert "Nouveau compte bancaire" in banks.text
    bank = await here.browser.get(re.findall(r'href="([^"]+banque/\d+)"', banks.text)[0])
    assert "Synchronisation avec la banque" in bank.text
    after = await here.browser.post(bank.url, data={"do": "sync"})
    assert "Synchronisation réussie" in after.text
    assert here.bank.view(here.link)["state"] is None


async def test_a_changed_password_opens_the_window_of_two_pages(here):
    here.bank.change_password(here.link, "second")
    first = await here.browser.post(here.page, data={"do": "sync"})
    assert "suivant" in first.text
    assert 'type="password"' not in first.text
    second = await here.browser.get(here.page + "?suite=password&page=2")
    assert 'type="password"' in second.text
    wrong = await here.browser.post(here.page, data={"do": "password", "password": "zut-alors"})
    assert "reconnu ce mot de passe" in wrong.text
    assert "zut-alors" not in wrong.text + str(wrong.url)
    right = await here.browser.post(here.page, data={"do": "password", "password": "second"})
    assert "Synchronisation réussie" in right.text


async def test_an_approval_and_a_code_have_their_windows(here):
    here.bank.ask_approval(here.link)
    asked = await here.browser.post(here.page, data={"do": "sync"})
    assert "ai validé" in asked.text
    again = await here.browser.post(here.page, data={"do": "approve"})
    assert "pas encore reçu" in again.text
    here.bank.approve(here.link)
    here.bank.ask_code(here.link)
    assert "Code reçu par SMS" in (await here.browser.post(here.page, data={"do": "sync"})).text
    code = str(here.bank.view(here.link)["code"])
    after = await here.browser.post(here.page, data={"do": "code", "code": code})
    assert "Synchronisation réussie" in after.text


async def test_a_first_connection_goes_bank_then_login_then_period(here):
    here.bank.bank("Caisse du Littoral")
    choices = (await here.browser.get(f"{here.space}/nouveau")).text
    login = re.findall(r'href="([^"]+connexion\?banque=2)"', choices)[0]
    period = await here.browser.post(login, data={"login": "me", "password": "un secret"})
    assert "début de l&#x27;exercice" in period.text or "début de l'exercice" in period.text
    assert "un secret" not in period.text + str(period.url)
    done = await here.browser.post(period.url, data={"period": "Depuis 3 mois"})
    assert "Synchronisation réussie" in done.text
    newest = here.bank.links_of(here.user)[-1]
    assert newest.brand.name == "Caisse du Littoral"
    assert (await here.browser.get(period.url)).status_code == 404
    here.bank.change_password(newest.id, "autre")
    assert await here.bank.type_password(newest.id, "autre") == "synchronised"


async def test_another_clients_bank_cannot_be_opened(here):
    other = here.bank.create_user("Autre")
    assert (await here.browser.get(f"/bank/oneup/{other}/banque/{here.link}")).status_code == 404
    assert (await here.browser.get("/bank/oneup/99")).status_code == 404


async def test_names_are_text_not_markup(here):
    assert "Bistrot &lt;des&gt; Halles" in (await here.browser.get(here.space)).text


async def test_every_page_is_framed_freely_kept_nowhere_and_asks_no_third_party(here):
    door = await here.browser.get(here.door())
    for answer in (door, await here.browser.get(here.page)):
        policy = answer.headers["content-security-policy"]
        assert "frame-ancestors" not in policy
        assert "x-frame-options" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        for address in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
            assert address.startswith(("/bank/", "data:,"))
            if "static" in address:
                assert (await here.browser.get(address)).status_code == 200


async def test_a_huge_form_is_refused(here):
    assert (await here.browser.post(here.page, data={"do": "x" * 20_000})).status_code == 413
