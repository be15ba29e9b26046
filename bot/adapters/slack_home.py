"""The firm's board in Slack's App Home: counts that are filters, the banks by what they cost the books, page by page.

Law: what a colleague has chosen lives in the view's `private_metadata`, never in this process.
"""

import zlib
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    Option,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.database.board import ClientLine
from bot.adapters.database.engine import Database
from bot.adapters.database.home import BankLine, BoardPage, board_page
from bot.adapters.slack import call
from bot.adapters.slack_cards import LONGEST_BUTTON, LONGEST_HEADER, plain
from bot.adapters.texts import day
from bot.domain.board import Asked, Filter
from bot.domain.connection import Actor
from bot.domain.ladder import LADDER
from bot.ports import Texts

ON_A_PAGE = 20
MOST_OPTIONS = 100
LONGEST_LINE = 1000
EVERYTHING = "*"
"""The value of the option that chooses nothing; those of names begin with `=`."""
KIND, ACCOUNTANT, BANK, PAGE, REFRESH = "board-kind", "board-accountant", "board-bank", "board-page", "board-refresh"
OPEN = "client-open"
OPTED_OUT = "opt_out.opted-out"
NEXT = (
    "closed", "take", "taken", "contact", "call", "opted-out", "invite", "check", "aggregator", "bank", "first",
    "client", "nothing",
)  # fmt: skip
"""What can be next for a bank: `board-next-…`."""
BOT_GOES_ON = ("bank", "first", "client", "nothing")
"""Where nobody of the firm has to act, the bot does, on a day that it knows."""


class SlackHome:
    """Publishes the board. `today` is the firm's own day; `reminding`, how long before a lapse it reminds."""

    def __init__(
        self,
        client: AsyncWebClient,
        database: Database,
        texts: Texts,
        today: Callable[[], date],
        reminding: timedelta = LADDER.first,
    ) -> None:
        self.client = client
        self.database = database
        self.texts = texts
        self.today = today
        self.reminding = reminding

    async def show(self, user_id: str, asked: Asked) -> None:
        """The board, as a colleague asked for it. Raises `TryAgain` or `Refused`."""
        view = await self.view(asked)
        await call(self.client.views_publish(user_id=user_id, view=view.to_dict()))

    async def refuse(self, user_id: str) -> None:
        """Whoever is not of the firm sees no client's name."""
        words = plain(self.texts.say("board-not-yours"))
        view = View(type="home", blocks=[SectionBlock(text=words)])
        await call(self.client.views_publish(user_id=user_id, view=view.to_dict()))

    async def view(self, asked: Asked) -> View:
        """One page of the board."""
        today = self.today()
        page = await self.database.read(
            lambda sql: board_page(sql, asked, today=today, reminding=self.reminding, size=ON_A_PAGE)
        )
        return home_view(page, today, self.texts)


def home_view(page: BoardPage, today: date, texts: Texts) -> View:
    """The counts, the menus, the lines, and the way to the other pages."""
    kept = page.asked.kept()
    why = texts.say(f"board-why-{page.asked.state or 'all'}")
    as_of = texts.say("board-as-of", on=day(today), banks=page.banks)
    blocks: list[Block] = [
        HeaderBlock(text=plain(texts.say("board-title"), LONGEST_HEADER)),
        ContextBlock(elements=[plain(as_of)]),
        counts(page, texts),
        menus(page, kept, texts),
        ContextBlock(elements=[plain(why)]),
        DividerBlock(),
        *(bank_section(each, today, texts) for each in page.lines),
    ]
    if not page.lines:
        blocks.append(SectionBlock(text=plain(texts.say("board-empty"))))
    if page.pages > 1:
        blocks += pages(page, texts)
    return View(type="home", private_metadata=kept, blocks=blocks)


def counts(page: BoardPage, texts: Texts) -> ActionsBlock:
    """One button for each kind that there is, and the one that was chosen stands out."""
    shown = [kind for kind in Filter if page.counts[kind] or kind is page.asked.state]
    buttons = [count_button("all", page.banks, page.asked.state is None, texts)]
    buttons += [count_button(kind, page.counts[kind], kind is page.asked.state, texts) for kind in shown]
    return ActionsBlock(block_id="board-counts", elements=buttons)


def count_button(kind: str, count: int, chosen: bool, texts: Texts) -> ButtonElement:
    label = texts.say("board-count", kind=texts.say(f"board-kind-{kind}"), count=count)
    return ButtonElement(
        text=plain(label, LONGEST_BUTTON),
        action_id=f"{KIND}-{kind}",
        value=kind,
        style="primary" if chosen else None,
    )


def menus(page: BoardPage, kept: str, texts: Texts) -> ActionsBlock:
    """Whose clients, and which bank. Slack keeps what was picked in a block by its id: a new choice has a new one."""
    accountants = [(each, each or texts.say("board-no-accountant")) for each in page.accountants]
    banks = [(each, each) for each in page.choices]
    return ActionsBlock(
        block_id=f"board-menus-{zlib.crc32(kept.encode()):08x}",
        elements=[
            menu(ACCOUNTANT, accountants, page.asked.accountant, texts.say("board-all-accountants")),
            menu(BANK, banks, page.asked.bank, texts.say("board-all-banks")),
            ButtonElement(
                text=plain(texts.say("board-refresh"), LONGEST_BUTTON), action_id=REFRESH, value=EVERYTHING
            ),
        ],
    )


def menu(action: str, names: Sequence[tuple[str, str]], chosen: str | None, everything: str) -> StaticSelectElement:
    """Everything, then the names. Slack takes 100 options: of more, those that come first, and the one chosen."""
    known = [name for name in names if name[0] == chosen]
    if chosen is not None and not known:
        known = [(chosen, chosen)]
    shown = list(dict.fromkeys([*names[: MOST_OPTIONS - 2], *known]))
    options = {value: Option(text=label(words), value=f"={value}") for value, words in shown}
    first = Option(text=label(everything), value=EVERYTHING)
    return StaticSelectElement(
        action_id=action,
        placeholder=label(everything),
        options=[first, *options.values()],
        initial_option=first if chosen is None else options[chosen],
    )


def label(words: str) -> PlainTextObject:
    """What an option shows."""
    return plain(words, LONGEST_BUTTON)


def bank_section(bank: BankLine, today: date, texts: Texts) -> SectionBlock:
    """Three lines: which bank, how it stands, what is to be done next; and the way to its client."""
    words = "\n".join([
        texts.say("board-line", client=bank.line.client, bank=bank.line.bank, accountant=bank.accountant),
        standing(bank, texts),
        f"→ {next_step(bank, today, texts)}",
    ])  # fmt: skip
    button = ButtonElement(
        text=plain(texts.say("board-open"), LONGEST_BUTTON), action_id=OPEN, value=str(bank.file_id)
    )
    return SectionBlock(text=plain(words, LONGEST_LINE), accessory=button)


def standing(bank: BankLine, texts: Texts) -> str:
    """How the bank stands; where its data are missing, for how many days comes first."""
    condition = texts.say(f"connection-{bank.line.condition}")
    if not bank.days_lost:
        return f"{due(bank, texts)} · {condition}"
    return f"{texts.say('board-lost', days=bank.days_lost, condition=condition)} · {due(bank, texts)}"


def due(bank: BankLine, texts: Texts) -> str:
    """When it ends, and who says so."""
    ends = day(bank.line.expires_on) if bank.line.expires_on else ""
    return texts.say("board-due", due=ends, detail=texts.say(f"source-{bank.line.source}"))


def next_step(bank: BankLine, today: date, texts: Texts) -> str:
    """What is to be done next, and by whom; with the day on which the bot goes on by itself."""
    key, line = next_key(bank), bank.line
    cause = texts.say(f"case-{line.cause}") if line.cause else ""
    said = texts.say(f"board-next-{key}", who=line.taken_by, cause_text=cause)
    if key not in BOT_GOES_ON or bank.deadline is None or bank.deadline.date() < today:
        return said
    return texts.say("board-next-on", detail=said, on=day(bank.deadline.date()))


def next_key(bank: BankLine) -> str:
    """Whoever has to act, the nearest to us first."""
    line = bank.line
    if line.closed:
        return "closed"
    if line.case_id is not None:
        return "taken" if line.taken_by else "take"
    return way_to_client(line) or for_bank(line)


def way_to_client(line: ClientLine) -> str:
    """What keeps the bot from speaking with him; empty where nothing does."""
    if not line.contact:
        return "contact"
    if not line.linked:
        return "invite"
    if line.state == OPTED_OUT:
        return "opted-out"
    return "" if line.reachable else "call"


def for_bank(line: ClientLine) -> str:
    """What the bank wants."""
    if not line.connected:
        return "first"
    if line.stale:
        return "check"
    return {Actor.STAFF: "aggregator", Actor.TIME: "bank", Actor.CLIENT: "client"}.get(line.acts, "nothing")


def pages(page: BoardPage, texts: Texts) -> list[Block]:
    """Where we are, and the way on and back."""
    buttons = []
    if page.asked.page > 0:
        buttons.append(page_button("back", page.asked.page - 1, texts))
    if page.asked.page < page.pages - 1:
        buttons.append(page_button("on", page.asked.page + 1, texts))
    place = texts.say("board-place", page=page.asked.page + 1, pages=page.pages)
    return [ActionsBlock(block_id="board-pages", elements=buttons), ContextBlock(elements=[plain(place)])]


def page_button(where: str, number: int, texts: Texts) -> ButtonElement:
    words = plain(texts.say(f"board-{where}"), LONGEST_BUTTON)
    return ButtonElement(text=words, action_id=f"{PAGE}-{where}", value=str(number))
