"""`/resync banque NOM`: how a bank does with all of its clients, or which banks may be meant."""

from collections.abc import Sequence
from datetime import datetime

from slack_sdk.models.blocks import Block, ContextBlock, HeaderBlock, RichTextBlock, SectionBlock

from bot.adapters.database.banks import BankFound
from bot.adapters.database.home import BoardPage
from bot.adapters.slack_cards import LONGEST_HEADER, piece, plain
from bot.adapters.slack_client import part
from bot.adapters.slack_home import bank_section
from bot.domain.board import Filter
from bot.domain.radar import Incident
from bot.ports import Texts

MOST_NAMED = 20
TOLD = (Filter.EXPIRED, Filter.SOON, Filter.BLOCKED, Filter.WAITING, Filter.UNREACHABLE, Filter.STALE)


def bank_blocks(bank: str, page: BoardPage, incident: Incident | None, now: datetime, texts: Texts) -> list[Block]:
    """The bank's name, how its clients stand, and those who cost the books most."""
    counted = [
        texts.say("board-count", kind=texts.say(f"board-kind-{kind}"), count=page.counts[kind])
        for kind in TOLD
        if page.counts[kind]
    ]
    figures = " · ".join([texts.say("bank-clients", count=page.banks), *counted])
    blocks: list[Block] = [
        HeaderBlock(text=plain(bank, LONGEST_HEADER)),
        ContextBlock(elements=[plain(figures)]),
    ]
    if incident is not None:
        blocks.append(SectionBlock(text=plain(texts.say(f"staff-incident-{incident.state}", bank=bank))))
    blocks += [bank_section(each, now, texts) for each in page.lines]
    if page.total > len(page.lines):
        more = texts.say("staff-list-more", count=page.total - len(page.lines))
        blocks.append(ContextBlock(elements=[plain(more)]))
    return blocks


def which_bank(title: str, found: Sequence[BankFound], texts: Texts) -> list[RichTextBlock]:
    """Several may be meant: each with its clients."""
    lines = [
        [piece(texts.say("bank-and-clients", bank=each.name, count=each.connections))] for each in found[:MOST_NAMED]
    ]
    return [part(title, lines)]
