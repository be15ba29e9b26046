"""What every aggregator must do, whoever is behind it; and the whole story over the sandbox's bank."""

import re
from collections.abc import AsyncIterator, Iterator, MutableMapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import structlog
from structlog.testing import capture_logs

from bot.adapters.aggregators import FACTORIES, hosted_hosts, open_aggregator
from bot.adapters.aggregators.powens import Powens
from bot.domain.connection import ConnectionRef, ConnectionState
from bot.domain.errors import BadInput, NotSigned, OurBug, Refused, Throttled, Unreachable
from bot.domain.login_form import FieldKind, LoginField, LoginForm
from bot.domain.secret import Secret
from bot.engine import Envelope
from bot.ports import Aggregator, Job
from bot.worker import Worker
from flows.effects import ReadBank
from tests.contracts.vendors import VENDORS, LocalVendor

AGGREGATORS = sorted(FACTORIES)
SEEING = [name for name in AGGREGATORS if name != "manual"]
CLOCK = "Horloge à l’heure de l’agrégateur"


@pytest.fixture(params=AGGREGATORS)
async def vendor(request, world, tmp_path: Path) -> AsyncIterator[LocalVendor]:
    """The other side of each aggregator in turn."""
    vendor = VENDORS[request.param](world)
    await vendor.start(tmp_path)
    yield vendor
    await vendor.aclose()


@pytest.fixture
async def aggregator(request, vendor) -> AsyncIterator[Aggregator]:
    adapter = vendor.opened(request.node.callspec.params["vendor"])
    yield adapter
    await adapter.aclose()


@pytest.fixture
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged, also where an earlier test silenced the log, as the command line does."""
    structlog.reset_defaults()
    with capture_logs() as logs:
        yield logs


@pytest.fixture
def linked(world) -> ConnectionRef:
    user = world.bank.create_user("Bistrot des Halles")
    return ConnectionRef(str(user), str(world.bank.connect(user, "Crédit du Marais", "premier")))


# Every aggregator


async def test_it_is_known_by_the_name_it_was_opened_under(aggregator, request):
    assert aggregator.name == request.node.callspec.params["vendor"]


async def test_it_reads_when_it_says_so_and_else_calls_reading_our_bug(aggregator, vendor):
    if aggregator.capabilities.sees_state:
        assert (await aggregator.read(vendor.linked)).state is ConnectionState.OK
    else:
        with pytest.raises(OurBug, match="staff"):
            await aggregator.read(vendor.linked)


async def test_a_working_connection_shows_its_accounts_where_connections_are_seen(aggregator, vendor):
    if not aggregator.capabilities.sees_state:
        assert vendor.accounts == ()
        return
    assert vendor.accounts
    assert (await aggregator.read(vendor.linked)).accounts == vendor.accounts


async def test_its_page_is_a_secret_or_there_is_none(aggregator, vendor):
    ask = aggregator.renewal_page(vendor.linked, return_to=vendor.back, state="s", new_secret=False)
    if aggregator.capabilities.hosted_page:
        page = await ask
        assert isinstance(page, Secret)
        assert "code=" not in repr(page)
        assert page.reveal() not in repr(page)
    else:
        with pytest.raises(OurBug):
            await ask


async def test_its_page_is_where_the_settings_let_a_client_go(aggregator, vendor):
    hosts = hosted_hosts(vendor.settings_of(aggregator.name))
    assert bool(hosts) is aggregator.capabilities.hosted_page
    if hosts:
        page = await aggregator.renewal_page(vendor.linked, return_to=vendor.back, state="s", new_secret=False)
        assert urlsplit(page.reveal()).netloc in hosts


async def test_its_page_renews_what_has_lapsed_and_sends_back_with_the_state(aggregator, vendor):
    if not aggregator.capabilities.hosted_page:
        with pytest.raises(OurBug):
            await aggregator.renewal_page(vendor.linked, return_to=vendor.back, state="a_b-c", new_secret=False)
        return
    vendor.lapse()
    assert (await aggregator.read(vendor.linked)).state is ConnectionState.SCA_REQUIRED
    page = await aggregator.renewal_page(vendor.linked, return_to=vendor.back, state="a_b-c", new_secret=False)
    address, _, query = (await vendor.visit(page)).partition("?")
    brought = parse_qs(query)
    assert (address, brought["state"]) == (vendor.back, ["a_b-c"])
    opened = await aggregator.returned(vendor.linked, Secret(brought.get("code", [""])[0]))
    assert (opened is None) is aggregator.capabilities.keeps_its_id
    ref = vendor.linked if opened is None else opened.ref
    assert (ref == vendor.linked) is aggregator.capabilities.keeps_its_id
    renewed = await aggregator.read(ref)
    assert (renewed.state, renewed.accounts) == (ConnectionState.OK, vendor.accounts)


async def test_a_healthy_connection_asks_for_nothing(aggregator, vendor):
    assert await aggregator.login_form(vendor.linked) is None
    assert await aggregator.login_form(ConnectionRef(vendor.linked.user)) is None


async def test_of_a_user_whom_nobody_knows_nothing_is_asked(aggregator, vendor):
    if aggregator.capabilities.sees_state:
        assert await aggregator.login_form(ConnectionRef(vendor.unknown_user)) is None
    else:
        assert await aggregator.login_form(vendor.linked) is None


async def test_after_a_refused_password_it_shows_the_fields_that_a_page_of_ours_could_show(aggregator, vendor):
    if not aggregator.capabilities.sees_state:
        assert await aggregator.login_form(vendor.linked) is None
        return
    vendor.refuse_password()
    assert (await aggregator.read(vendor.linked)).state is ConnectionState.PASSWORD_CHANGED
    form = await aggregator.login_form(vendor.linked)
    assert names(form) == tuple(vendor.asks_for_password)
    if form is not None:
        assert form.state is ConnectionState.PASSWORD_CHANGED
        assert FieldKind.PASSWORD in [field.kind for field in form.fields]


async def test_after_the_end_of_a_consent_it_asks_for_no_secret(aggregator, vendor):
    if not aggregator.capabilities.sees_state:
        assert await aggregator.login_form(vendor.linked) is None
        return
    vendor.lapse()
    form = await aggregator.login_form(vendor.linked)
    assert names(form) == tuple(vendor.asks_when_lapsed)
    if form is not None:
        assert form.state is ConnectionState.SCA_REQUIRED
        assert not {FieldKind.PASSWORD, FieldKind.ONE_TIME_CODE} & {field.kind for field in form.fields}


def names(form: LoginForm | None) -> tuple[str, ...]:
    return tuple(field.name for field in form.fields) if form else ()


async def test_it_synchronises_when_it_says_so(aggregator, vendor, world):
    world.clock.pass_(hours=3)
    if aggregator.capabilities.forced_sync:
        await aggregator.sync(vendor.linked)
        assert (await aggregator.read(vendor.linked)).last_success_at == world.clock.now()
    else:
        with pytest.raises(OurBug):
            await aggregator.sync(vendor.linked)


async def test_it_lists_what_it_sees_each_under_its_own_id(aggregator, vendor):
    if not aggregator.capabilities.lists:
        with pytest.raises(Refused if aggregator.capabilities.sees_state else OurBug, match="list"):
            await aggregator.connections(vendor.linked.user)
        return
    second = await vendor.connect_second()
    found = await aggregator.connections(vendor.linked.user)
    assert len(found) == 2
    assert {each.ref for each in found} == {vendor.linked, second}
    for each in found:
        read = await aggregator.read(each.ref)
        assert each == replace(
            read, bank=each.bank, ref=each.ref, accounts=read.accounts if vendor.lists_accounts else ()
        )
    assert await aggregator.connections(vendor.unknown_user) == []


async def test_of_a_user_whom_nobody_knows_it_reads_that_he_has_nothing(aggregator, vendor):
    if aggregator.capabilities.sees_state:
        said = await aggregator.read(ConnectionRef(vendor.unknown_user))
        assert said.state is ConnectionState.DELETED
    else:
        with pytest.raises(OurBug):
            await aggregator.read(ConnectionRef(vendor.linked.user))


@pytest.mark.parametrize("vendor", SEEING, indirect=True)
async def test_a_code_that_nobody_knows_is_unknown_and_kept_for_staff(aggregator, vendor):
    vendor.say("SOMETHING_NEW")
    said = await aggregator.read(vendor.linked)
    assert said.state is ConnectionState.UNKNOWN
    assert "something_new" in said.vendor_code.lower()


@pytest.mark.parametrize("vendor", SEEING, indirect=True)
@pytest.mark.parametrize(
    "code", ["NEW\nlog: all is well", "https://bank.example/?code=hidden", "N" * 5000, "déjà", " "]
)
async def test_a_code_that_is_no_word_stays_short_and_on_one_line_and_tells_no_text(aggregator, vendor, code):
    vendor.say(code)
    said = await aggregator.read(vendor.linked)
    assert said.state is ConnectionState.UNKNOWN
    assert re.fullmatch("[!-~ ]{1,64}", said.vendor_code)
    assert not any(part in said.vendor_code for part in ("log", "hidden", "NNN"))


@pytest.mark.parametrize("vendor", SEEING, indirect=True)
async def test_a_code_that_nobody_knows_is_logged_once_and_another_one_again(aggregator, vendor, logs):
    reader, told = reads(aggregator, vendor.linked)
    for code in ("SOMETHING_NEW", "SOMETHING_NEW", "SOMETHING_ELSE", "SOMETHING_NEW"):
        vendor.say(code)
        await reader.work(Job(f"read-{len(told)}", 1, None, ReadBank()))
    assert [each["code"].lower().split()[-1] for each in logs] == ["something_new", "something_else"]
    assert {(each["log_level"], each["aggregator"]) for each in logs} == {("warning", aggregator.name)}
    assert [each.event.state for each in told] == [ConnectionState.UNKNOWN] * 4


def reads(aggregator: Aggregator, ref: ConnectionRef) -> tuple[Worker, list[Envelope]]:
    """The worker as far as it reads a bank, and what it tells the engine."""
    told: list[Envelope] = []

    async def receive(envelope: Envelope) -> None:
        told.append(envelope)

    async def find(conversation_id: int) -> ConnectionRef:
        return ref

    engine, records, nobody = SimpleNamespace(receive=receive), SimpleNamespace(ref=find), SimpleNamespace()
    worker = Worker(engine, records, nobody, nobody, nobody, nobody, aggregator, nobody, nobody, nobody)  # type: ignore[arg-type]
    return worker, told


@pytest.mark.parametrize("vendor", [name for name in AGGREGATORS if VENDORS[name].misshapen_user], indirect=True)
async def test_what_cannot_be_the_id_of_a_user_is_refused_by_its_form(aggregator, vendor):
    with pytest.raises(Refused, match="is not a"):
        await aggregator.connections(vendor.misshapen_user)


async def test_an_unsigned_webhook_is_never_believed(aggregator):
    with pytest.raises(NotSigned):
        await aggregator.hinted("POST", "/hooks", {}, b'{"user":{"id":1},"connection":{"id":1}}')


async def test_a_signed_webhook_names_its_connection_and_a_changed_one_nothing(aggregator, vendor):
    if not aggregator.capabilities.webhook:
        with pytest.raises(NotSigned):
            await aggregator.hinted("POST", "/hooks", {}, b"{}")
        return
    path, headers, body = vendor.webhook()
    user = vendor.linked.user if vendor.names_the_user else ""
    assert list(await aggregator.hinted("POST", path, headers, body)) == [
        ConnectionRef(user, vendor.linked.connection)
    ]
    with pytest.raises(NotSigned):
        await aggregator.hinted("POST", path, headers, body + b" ")


async def test_its_diagnosis_is_well_and_says_what_was_looked_at(aggregator, vendor):
    lines = await aggregator.diagnose(vendor.back)
    assert lines
    assert all(line.well and line.what and not line.advice for line in lines)
    assert (CLOCK in [line.what for line in lines]) is (aggregator.name != "manual")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(60, ""), (-60, ""), (61, "retarde de 61 secondes"), (-3600, "avance de 3600 secondes")],
)
async def test_a_clock_that_is_wrong_is_told_with_the_way_to_mend_it(aggregator, vendor, world, seconds, told):
    world.ahead = timedelta(seconds=seconds)
    unwell = [line for line in await aggregator.diagnose(vendor.back) if not line.well]
    if not told or aggregator.name == "manual":
        assert unwell == []
    else:
        assert [line.what for line in unwell] == [CLOCK]
        assert told in unwell[0].advice
        assert "set-ntp" in unwell[0].advice


@pytest.mark.parametrize("vendor", ["enablebanking"], indirect=True)
async def test_a_return_that_the_vendor_would_not_make_is_told_with_the_address_to_allow(aggregator, vendor):
    elsewhere = "https://elsewhere.example/l/back"
    [unwell] = [line for line in await aggregator.diagnose(elsewhere) if not line.well]
    assert unwell.what == "Retour des clients permis par enablebanking"
    assert elsewhere in unwell.advice


def test_an_unknown_aggregator_is_refused_with_the_known_names():
    with pytest.raises(BadInput, match="bridge, enablebanking, manual, plaid, powens, sandbox"):
        open_aggregator(SimpleNamespace(aggregator="pluto"))


def test_missing_settings_are_named():
    settings = SimpleNamespace(
        aggregator="powens",
        powens_base_url="https://x.biapi.pro/2.0",
        powens_domain="x.biapi.pro",
        powens_client_id="",
        powens_client_secret=None,
        credential_mode="webview",
    )
    with pytest.raises(BadInput, match="RESYNC_POWENS_CLIENT_ID, RESYNC_POWENS_CLIENT_SECRET"):
        open_aggregator(settings)


# The story, over the sandbox's bank


async def test_a_consent_lapses_by_the_clock_and_the_blue_button_renews_it(powens, linked, world):
    world.clock.pass_(days=170)
    soon = await powens.read(linked)
    assert (soon.state, soon.expires_on) == (ConnectionState.EXPIRING, date(2027, 5, 19))
    world.clock.pass_(days=11)
    assert (await powens.read(linked)).state is ConnectionState.SCA_REQUIRED
    assert await world.bank.press_blue_button(int(linked.connection)) == "synchronised"
    after = await powens.read(linked)
    assert (after.state, after.last_success_at) == (ConnectionState.OK, world.clock.now())
    assert after.expires_on == (world.clock.now() + timedelta(days=180)).date()


async def test_a_sync_without_the_client_never_renews_a_lapsed_consent(powens, linked, world):
    world.bank.expire_consent(int(linked.connection))
    await powens.sync(linked)
    assert (await powens.read(linked)).state is ConnectionState.SCA_REQUIRED


async def test_a_changed_password_is_seen_and_the_new_one_ends_it(powens, linked, world):
    link = int(linked.connection)
    world.bank.change_password(link, "second")
    assert (await powens.read(linked)).state is ConnectionState.PASSWORD_CHANGED
    assert await world.bank.type_password(link, "premier") == "password"
    assert await world.bank.type_password(link, "second") == "synchronised"
    assert (await powens.read(linked)).state is ConnectionState.OK


async def test_an_approval_is_waited_for_then_processed_then_done(powens, linked, world):
    link = int(linked.connection)
    world.bank.ask_approval(link)
    world.bank.confirm_late(link, timedelta(minutes=2))
    assert await world.bank.press_blue_button(link) == "approve"
    waiting = await powens.read(linked)
    assert (waiting.state, waiting.waits_for_client) == (ConnectionState.APP_VALIDATION_PENDING, True)
    world.bank.approve(link)
    processing = await powens.read(linked)
    assert (processing.state, processing.waits_for_client) == (ConnectionState.APP_VALIDATION_PENDING, False)
    world.clock.pass_(minutes=3)
    assert (await powens.read(linked)).state is ConnectionState.OK


async def test_the_other_obstacles_are_each_told_apart(powens, linked, world):
    link, bank = int(linked.connection), world.bank
    bank.ask_code(link)
    await bank.press_blue_button(link)
    assert (await powens.read(linked)).state is ConnectionState.OTP_REQUIRED
    assert await bank.type_code(link, str(bank.view(link)["code"])) == "synchronised"
    bank.require_action(link)
    assert (await powens.read(linked)).state is ConnectionState.ACTION_NEEDED_AT_BANK
    bank.require_action(link, on=False)
    await bank.press_blue_button(link)
    bank.expire_password(link)
    assert (await powens.read(linked)).state is ConnectionState.PASSWORD_EXPIRED
    bank.switch("Crédit du Marais", up=False)
    assert (await powens.read(linked)).state is ConnectionState.BANK_UNAVAILABLE
    bank.switch("Crédit du Marais", up=True)
    bank.say_unknown(link, "somethingNew")
    unknown = await powens.read(linked)
    assert (unknown.state, unknown.vendor_code) == (ConnectionState.UNKNOWN, "somethingNew")


async def test_the_form_follows_what_the_bank_asks_for(powens, linked, world):
    link, bank = int(linked.connection), world.bank
    bank.ask_code(link)
    await bank.press_blue_button(link)
    assert await powens.login_form(linked) == LoginForm(
        ConnectionState.OTP_REQUIRED,
        (LoginField("code", FieldKind.ONE_TIME_CODE, "Code reçu par SMS", pattern="^[0-9]{6}$"),),
    )
    await bank.type_code(link, str(bank.view(link)["code"]))
    bank.ask_approval(link)
    await bank.press_blue_button(link)
    assert await powens.login_form(linked) == LoginForm(ConnectionState.APP_VALIDATION_PENDING)
    bank.approve(link)
    assert await powens.login_form(linked) is None
    bank.expire_password(link)
    expired = await powens.login_form(linked)
    assert expired.state is ConnectionState.PASSWORD_EXPIRED
    assert names(expired) == ("website", "login", "password")
    assert [option.value for option in expired.fields[0].options] == ["par", "pro"]
    assert await powens.login_form(ConnectionRef(linked.user)) == expired
    bank.delete(link)
    assert await powens.login_form(linked) is None


async def test_a_bank_that_limits_says_until_when(powens, linked, world):
    world.bank.slow_down(int(linked.connection), timedelta(hours=2))
    limited = await powens.read(linked)
    assert limited.state is ConnectionState.RATE_LIMITED
    assert limited.next_try_at == world.clock.now() + timedelta(hours=2)


async def test_what_was_deleted_is_deleted_user_included(powens, linked, world):
    world.bank.delete(int(linked.connection))
    assert (await powens.read(linked)).state is ConnectionState.DELETED
    assert (await powens.read(ConnectionRef(linked.user))).state is ConnectionState.DELETED
    assert (await powens.read(ConnectionRef("987"))).state is ConnectionState.DELETED


async def test_a_first_connection_is_found_by_its_user_alone(powens, world):
    user = world.bank.create_user("Bistrot des Halles")
    ref = ConnectionRef(str(user))
    assert (await powens.read(ref)).state is ConnectionState.DELETED
    assert await world.bank.connect_first(user, "Crédit du Marais", "premier") == "synchronised"
    found = await powens.read(ref)
    assert (found.state, found.ref) == (ConnectionState.OK, ConnectionRef(str(user), "1"))
    assert found.accounts[0].startswith("FR76")


async def test_too_many_calls_wait_as_long_as_they_are_told(powens, linked, world):
    await powens.read(linked)
    world.bank.limit(calls=1, retry_after=42)
    with pytest.raises(Throttled) as told:
        await powens.read(linked)
    assert told.value.after == 42
    assert (await powens.read(linked)).state is ConnectionState.OK


async def test_a_second_sync_right_after_the_first_is_throttled_and_works_later(powens, linked, world):
    await powens.sync(linked)
    with pytest.raises(Throttled):
        await powens.sync(linked)
    world.clock.pass_(minutes=1)
    await powens.sync(linked)


async def test_a_revoked_token_is_renewed_once_without_anybody_noticing(powens, linked, world):
    await powens.read(linked)
    world.bank.access.revoke(int(linked.user))
    assert (await powens.read(linked)).state is ConnectionState.OK


async def test_wrong_credentials_are_refused_and_the_diagnosis_says_so(linked, world):
    stranger = Powens(world.account(client_secret=Secret("wrong")), now=world.clock.now)
    with pytest.raises(Refused):
        await stranger.read(linked)
    unwell = [line for line in await stranger.diagnose() if not line.well]
    assert [line.what for line in unwell] == ["Identifiants powens reconnus"]
    assert unwell[0].advice
    await stranger.aclose()


async def test_a_vendor_that_is_away_is_unreachable(world):
    away = Powens(world.account(base_url="http://127.0.0.1:9/2.0"), now=world.clock.now)
    with pytest.raises(Unreachable):
        await away.read(ConnectionRef("1", "1"))
    assert not (await away.diagnose())[0].well
    await away.aclose()


async def test_the_hosted_page_renews_and_sends_back_with_the_state_only(powens, linked, world):
    world.bank.expire_consent(int(linked.connection))
    page = await powens.renewal_page(linked, return_to=f"{world.base}/back", state="opaque", new_secret=False)
    async with httpx.AsyncClient(base_url=world.base) as browser:
        visit = (await browser.get(page.reveal())).headers["location"]
        assert "Renouveler" in (await browser.get(visit)).text
        back = (await browser.post(visit, data={"do": "go"})).headers["location"]
    assert back == f"{world.base}/back?state=opaque"
    assert (await powens.read(linked)).state is ConnectionState.OK


async def test_the_hosted_page_asks_for_a_password_where_one_is_wanted(powens, linked, world):
    world.bank.change_password(int(linked.connection), "second")
    page = await powens.renewal_page(linked, return_to=f"{world.base}/back", state="s", new_secret=True)
    assert parse_qs(urlsplit(page.reveal()).query)["reset_credentials"] == ["true"]
    async with httpx.AsyncClient(base_url=world.base, follow_redirects=True) as browser:
        visit = await browser.get(page.reveal())
        assert 'type="password"' in visit.text
        wrong = await browser.post(visit.url, data={"do": "go", "password": "premier"})
        assert "reconnu ce mot de passe" in wrong.text
        assert "premier" not in wrong.text
        right = await browser.post(visit.url, data={"do": "go", "password": "second"})
        assert right.url.path == "/back"
    assert (await powens.read(linked)).state is ConnectionState.OK


async def test_webhooks_of_the_sandbox_are_signed_as_the_adapter_expects(powens, linked, world):
    world.bank.expire_consent(int(linked.connection))
    await world.bank.courier.delivered()
    path, headers, body = world.hooks[-1]
    assert list(await powens.hinted("POST", path, headers, body)) == [linked]
    world.bank.delete(int(linked.connection))
    await world.bank.courier.delivered()
    path, headers, body = world.hooks[-1]
    assert list(await powens.hinted("POST", path, headers, body)) == [linked]
    with pytest.raises(NotSigned):
        await powens.hinted("POST", path + "/other", headers, body)
