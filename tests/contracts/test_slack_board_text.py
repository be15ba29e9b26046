"""On the board, in a client's window and in the answers about a bank, no name comes alive, whatever it holds."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from bot.adapters.database.banks import BankFound
from bot.adapters.database.board import ClientLine, Urgency
from bot.adapters.database.client_story import ClientStory, Happened, Person
from bot.adapters.database.home import BankLine, BoardPage
from bot.adapters.slack_bank import bank_blocks, which_bank
from bot.adapters.slack_board import answer, ways_to
from bot.adapters.slack_client import client_window
from bot.adapters.slack_home import home_view
from bot.adapters.slack_text import HIDDEN
from bot.adapters.texts import Texts
from bot.domain.board import Asked, Filter
from bot.domain.client import ClientFile
from bot.domain.connection import ConnectionState, DateSource
from bot.domain.reminded import Fate, Nudge, Promise, Word
from tests.slack_blocks import faults_of_message, faults_of_shown

TEXTS = Texts()
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Paris"))
THEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
Json = dict[str, Any]
NAME = st.text(
    alphabet=st.one_of(st.sampled_from("<>&@#!|*_~`:/\n\u202e\u200b\u2066CUW0here"), st.characters(codec="utf-8")),
    min_size=1,
    max_size=100,
).filter(str.strip)


def a_bank(client: str, bank: str, who: str) -> BankLine:
    line = ClientLine(
        conversation_id=1, client=client, bank=bank, contact=who, linked=True, reachable=True,
        connection=ConnectionState.SCA_REQUIRED, expires_on=date(2026, 11, 21), source=DateSource.BANK,
        last_success_at=THEN, state="renewal.step-b", case_id=7, cause="stuck", taken_by=who,
        urgency=Urgency.WITH_STAFF,
    )  # fmt: skip
    return BankLine(line, 1, who, 3, None, date(2026, 12, 19))


def a_page(client: str, bank: str, who: str) -> BoardPage:
    counts = dict.fromkeys(Filter, 1)
    return BoardPage(Asked(who, bank), [a_bank(client, bank, who)], 41, 3, counts, 41, ["", who], [bank])


def a_story(client: str, bank: str, who: str) -> ClientStory:
    return ClientStory(
        file=ClientFile(1, client, accountant=who, vat_day=19),
        people=[Person(who, who, who, who, True, True, False, None)],
        banks=[a_bank(client, bank, who)],
        nudges=[Nudge(THEN, who, bank, Fate.SENT)],
        promises=[Promise(THEN, THEN, who, bank, Word.PAST)],
        history=[Happened(THEN, "case", bank, who, "stuck", "resolved"), Happened(THEN, "linked", who=who)],
    )


def texts_in(value: Any) -> Iterator[Json]:
    """Every object that Slack would write out."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from texts_in(each)


def check_dead(blocks: list[Json]) -> None:
    found = list(texts_in(blocks))
    assert found
    for each in found:
        assert each["type"] in ("plain_text", "text")  # and never mrkdwn
        assert not each.get("emoji")
        assert not HIDDEN.search(each["text"])


@given(NAME, NAME, NAME)
@example("<!channel> <@U0ANNA>", "<https://evil.example|impots.gouv.fr>", ":wave: *gras* &lt;!here&gt;")
@example("\u202eabc", "@here", "#resync")
def test_no_name_comes_alive(client: str, bank: str, who: str) -> None:
    page = a_page(client, bank, who)
    for view in (home_view(page, NOW, TEXTS), client_window(a_story(client, bank, who), NOW, TEXTS)):
        shown = view.to_dict()
        assert faults_of_shown(shown) == []
        check_dead(shown["blocks"])
    blocks = [*bank_blocks(bank, page, None, NOW, TEXTS), *which_bank(who, [BankFound(bank, 3)], TEXTS)]
    message = answer(bank, [*blocks, *ways_to({1: client}, TEXTS)])
    assert faults_of_message(message) == []
    check_dead(message["blocks"])
