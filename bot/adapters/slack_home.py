"""The firm's board in Slack's App Home: counts that are filters, the banks by what they cost the books, page by page.

Law: what a colleague has chosen lives in the view's `private_metadata`, never in this process.
"""

import zlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

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

from bot.adapters.database.client_story import client_story
from bot.adapters.database.engine import Database
from bot.adapters.database.home import BankLine, BoardPage, board_page
from bot.adapters.slack_calls import call
from bot.adapters.slack_cards import LONGEST_BUTTON, LONGEST_HEADER, plain
from bot.adapters.slack_client import client_window, nobody_window
from bot.adapters.slack_lines import next_step, standing
from bot.adapters.texts import day
from bot.domain.board import Asked, Filter
from bot.domain.ladder import LADDER
from bot.ports import Texts

ON_A_PAGE = 20
MOST_OPTIONS = 100
LONGEST_LINE = 1000
EVERYTHING = "*"
"""The value of the option that chooses nothing; those of names begin with `=`."""
KIND, ACCOUNTANT, BANK, PAGE, REFRESH = "board-kind", "board-accountant", "board-bank", "board-page", "board-refresh"
OPEN, NEW_FILE = "client-open", "file-new"


class SlackHome:
    """Shows the board, and a client's window. `now` is in the firm's own zone.

    `reminding`: how long before a lapse it reminds.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        database: Database,
        texts: Texts,
        now: Callable[[], datetime],
        reminding: timedelta = LADDER.first,
    ) -> None:
        self.client = client
        self.database = database
        self.texts = texts
        self.now = now
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

    async def open_client(self, trigger_id: str, file_id: int) -> None:
        """The window of one client; the trigger is good for three seconds."""
        view = await self.client_view(file_id)
        await call(self.client.views_open(trigger_id=trigger_id, view=view.to_dict()))

    async def view(self, asked: Asked) -> View:
        """One page of the board."""
        now = self.now()
        page = await self.database.read(
            lambda sql: board_page(sql, asked, today=now.date(), reminding=self.reminding, size=ON_A_PAGE)
        )
        return home_view(page, now, self.texts)

    async def client_view(self, file_id: int) -> View:
        """All that is known of one client."""
        now = self.now()
        story = await self.database.read(lambda sql: client_story(sql, file_id, now, self.reminding))
        return client_window(story, now, self.texts) if story else nobody_window(self.texts)


def home_view(page: BoardPage, now: datetime, texts: Texts) -> View:
    """The counts, the menus, the lines, and the way to the other pages."""
    kept = page.asked.kept()
    why = texts.say(f"board-why-{page.asked.state or 'all'}")
    as_of = texts.say("board-as-of", on=day(now.date()), banks=page.banks)
    blocks: list[Block] = [
        HeaderBlock(text=plain(texts.say("board-title"), LONGEST_HEADER)),
        ContextBlock(elements=[plain(as_of)]),
        counts(page, texts),
        menus(page, kept, texts),
        ContextBlock(elements=[plain(why)]),
        DividerBlock(),
        *(bank_section(each, now, texts) for each in page.lines),
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
    """Whose clients, which bank, and a new file.

    Slack keeps what was picked in a block by its id: a new choice has a new one.
    """
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
            ButtonElement(text=plain(texts.say("window-new-file"), LONGEST_BUTTON), action_id=NEW_FILE),
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


def bank_section(bank: BankLine, now: datetime, texts: Texts) -> SectionBlock:
    """Three lines: which bank, how it stands, what is to be done next; and the way to its client."""
    words = "\n".join([
        texts.say("board-line", client=bank.line.client, bank=bank.line.bank, accountant=bank.accountant),
        standing(bank, texts),
        f"→ {next_step(bank, now, texts)}",
    ])  # fmt: skip
    button = ButtonElement(
        text=plain(texts.say("board-open"), LONGEST_BUTTON), action_id=OPEN, value=str(bank.file_id)
    )
    return SectionBlock(text=plain(words, LONGEST_LINE), accessory=button)


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
