"""`/resync` in Slack: the clients by urgency, as one message that only the one who asks sees."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import groupby

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    RichTextBlock,
    RichTextSectionElement,
    SectionBlock,
)

from bot.adapters.database.banks import banks_called
from bot.adapters.database.board import PAGE_BEFORE, ClientLine, Urgency, clients, count, files_of
from bot.adapters.database.engine import Database
from bot.adapters.database.home import board_page
from bot.adapters.database.pages import latest
from bot.adapters.database.radar import SqlRadar
from bot.adapters.slack_bank import bank_blocks, which_bank
from bot.adapters.slack_cards import (
    LONGEST_BUTTON,
    LONGEST_HEADER,
    Json,
    close_button,
    dicts,
    page_words,
    piece,
    plain,
    step_key,
)
from bot.adapters.slack_home import OPEN
from bot.adapters.slack_text import escaped
from bot.adapters.texts import day
from bot.domain.board import Asked
from bot.domain.command import Wish, read_command
from bot.domain.ladder import LADDER
from bot.domain.secure_link import PageProgress
from bot.ports import Texts

SHOWN = 20  # with their titles and the last line they stay far below Slack's 50 blocks
FEW = 5
"""So few clients have their windows, and so few banks those of their acts, one press away from the list."""
NUDGE = "client-nudge"
REOPEN = "client-reopen"
TITLES = {
    Urgency.NOBODY_HAS_IT: "case-status-open",
    Urgency.LAPSED: "staff-list-late",
    Urgency.LAPSING: "staff-list-soon",
    Urgency.NEVER_LINKED: "staff-list-never-linked",
    Urgency.FIRST_SYNC: "staff-list-first-sync",
    Urgency.WITH_STAFF: "staff-list-with-staff",
    Urgency.FINE: "staff-list-fine",
    Urgency.CLOSED: "staff-list-closed",
}


class SlackBoard:
    """Answers to `/resync`. `now` is in the firm's own zone; `reminding`, how long before a lapse it reminds."""

    def __init__(
        self, database: Database, texts: Texts, now: Callable[[], datetime], reminding: timedelta = LADDER.first
    ) -> None:
        self.database = database
        self.texts = texts
        self.now = now
        self.reminding = reminding

    async def answer(self, asked: str) -> Json:
        """The list, the clients called so, a bank, or the help: the whole answer to a slash command."""
        command = read_command(asked)
        match command.wish:
            case Wish.HELP:
                return self.say("staff-list-help")
            case Wish.BOARD:
                return await self._list("", "staff-list-empty")
            case Wish.BANK:
                return await self._bank(command.name)
            case Wish.CLIENT:
                return await self._list(command.name, "staff-list-nothing-found")

    async def _list(self, name: str, nothing: str) -> Json:
        """By urgency; with a name, those called so, and the way to the window of each of a few."""
        today = self.now().date()
        wanted = partial(clients, today=today, reminding=self.reminding, name=name or None, limit=SHOWN)
        shown = await self.database.read(wanted)
        if not shown:
            return self.say(nothing)
        since = datetime.combine(today, time(), UTC) - PAGE_BEFORE
        talks = [each.conversation_id for each in shown]
        pages = await self.database.read(lambda sql: latest(sql, talks, since))
        total = await self.database.read(lambda sql: count(sql, name=name or None))
        title = self.texts.say("staff-list-title")
        blocks = list_blocks(title, shown, total, self.texts, pages)
        files = await self.database.read(lambda sql: files_of(sql, talks)) if name else {}
        return answer(title, [*blocks, *(ways_to(files, self.texts) if len(files) <= FEW else [])])

    async def _bank(self, name: str) -> Json:
        """One bank with its clients; where several may be meant, or none is known, their names."""
        found = await self.database.read(lambda sql: banks_called(sql, name))
        if len(found) == 1:
            return await self._one_bank(found[0].name)
        if not found:
            return await self._list(f"banque {name}", "bank-unknown")  # a client may be called so
        title = self.texts.say("bank-which" if name else "bank-all")
        return answer(title, which_bank(title, found, self.texts))

    async def _one_bank(self, name: str) -> Json:
        now = self.now()
        page = await self.database.read(
            lambda sql: board_page(sql, Asked(bank=name), today=now.date(), reminding=self.reminding, size=SHOWN)
        )
        incident = await self.database.read(lambda sql: SqlRadar(sql).running(name))
        return answer(name, bank_blocks(name, page, incident, now, self.texts))

    def say(self, key: str) -> Json:
        """A text of ours, as an answer."""
        return self.words(self.texts.say(key))

    def words(self, text: str) -> Json:
        """An answer of words only."""
        return answer(text, [RichTextBlock(elements=[RichTextSectionElement(elements=[piece(text, 3000)])])])


def answer(text: str, blocks: Iterable[Block]) -> Json:
    """An answer to a slash command, for its author only."""
    return {"response_type": "ephemeral", "text": escaped(text), "blocks": dicts(blocks)}


def ways_to(files: Mapping[int, str], texts: Texts) -> list[Block]:
    """A button to the window of each client."""
    buttons = [
        ButtonElement(
            text=plain(texts.say("client-open", client=name), LONGEST_BUTTON),
            action_id=f"{OPEN}-{file}",
            value=str(file),
        )
        for file, name in files.items()
    ]
    return [ActionsBlock(block_id="clients", elements=buttons)] if buttons else []


def list_blocks(
    title: str, shown: list[ClientLine], total: int, texts: Texts, pages: Mapping[int, PageProgress]
) -> list[Block]:
    """A title for each urgency, and under it one line for each bank."""
    blocks: list[Block] = [HeaderBlock(text=plain(title, LONGEST_HEADER))]
    for urgency, lines in groupby(shown, key=lambda each: each.urgency):
        heading = RichTextSectionElement(elements=[piece(texts.say(TITLES[urgency]), bold=True)])
        blocks += [RichTextBlock(elements=[heading]), *(section(each, pages, texts) for each in lines)]
    if len(shown) <= FEW:
        blocks.append(ActionsBlock(elements=[acts_button(each, texts) for each in shown]))
    if total > len(shown):
        blocks.append(ContextBlock(elements=[plain(texts.say("staff-list-more", count=total - len(shown)))]))
    new = plain(texts.say("window-new-file"), LONGEST_BUTTON)
    blocks.append(ActionsBlock(elements=[ButtonElement(text=new, action_id="file-new")]))
    return blocks


def acts_button(line: ClientLine, texts: Texts) -> ButtonElement:
    """« Odette – Crédit Rural… »: what can be done about one bank, in a window."""
    said = plain(texts.say("staff-list-acts", client=line.client, bank=line.bank), LONGEST_BUTTON)
    value = str(line.conversation_id)
    return ButtonElement(text=said, action_id=f"client-acts:{value}", value=value)


def section(line: ClientLine, pages: Mapping[int, PageProgress], texts: Texts) -> SectionBlock:
    """One bank; with the button to close its client's secure page, or to remind him, where there is one to press."""
    words = texts.say(
        "staff-list-line",
        client=line.client,
        bank=line.bank,
        due=day(line.expires_on) if line.expires_on else "",
        detail=texts.say(f"source-{line.source}"),
        step_text=where(line, texts),
    )
    page = pages.get(line.conversation_id)
    if page is not None:
        words += f"\n{texts.say('staff-card-page')}\N{NO-BREAK SPACE}: {page_words(page, texts)}"
    return SectionBlock(text=plain(words, 1000), accessory=button(line, page, texts))


def button(line: ClientLine, page: PageProgress | None, texts: Texts) -> ButtonElement | None:
    """Whoever has an open page before him needs no reminder."""
    if page is not None and page.closable:
        return close_button(page, texts)
    value = str(line.conversation_id)
    if line.closed:
        return ButtonElement(
            text=plain(texts.say("staff-list-reopen"), LONGEST_BUTTON), action_id=REOPEN, value=value
        )
    nudge = plain(texts.say("staff-list-nudge"), LONGEST_BUTTON)
    return ButtonElement(text=nudge, action_id=NUDGE, value=value) if may_nudge(line) else None


def may_nudge(line: ClientLine) -> bool:
    """There is a chat, and the conversation is the bot's."""
    return line.linked and line.reachable and line.case_id is None


def where(line: ClientLine, texts: Texts) -> str:
    """What matters most: who has the case, why nobody has, or where the client is."""
    if line.taken_by:
        return texts.say("case-status-taken", who=line.taken_by)
    if line.cause:
        return texts.say(f"case-{line.cause}")
    if line.linked and not line.reachable:
        return texts.say("case-unreachable")
    return texts.say(step_key(line.state))
