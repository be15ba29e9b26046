"""`/resync` in Slack: the clients by urgency, as one message that only the one who asks sees."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import groupby

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    RichTextBlock,
    RichTextSectionElement,
    SectionBlock,
)

from bot.adapters.database.board import PAGE_BEFORE, ClientLine, Urgency, clients, count
from bot.adapters.database.engine import Database
from bot.adapters.database.pages import latest
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
from bot.adapters.slack_text import escaped
from bot.adapters.texts import day
from bot.domain.ladder import LADDER
from bot.domain.secure_link import PageProgress
from bot.ports import Texts

SHOWN = 20  # with their titles and the last line they stay far below Slack's 50 blocks
HELP = ("aide", "help", "?")
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
    """Answers to `/resync`. `today` is the firm's own day; `reminding`, how long before a lapse it reminds."""

    def __init__(
        self, database: Database, texts: Texts, today: Callable[[], date], reminding: timedelta = LADDER.first
    ) -> None:
        self.database = database
        self.texts = texts
        self.today = today
        self.reminding = reminding

    async def answer(self, asked: str) -> Json:
        """The list, the clients called so, or the help: the whole answer to a slash command."""
        name = asked.strip()
        if name.casefold() in HELP:
            return self.say("staff-list-help")
        today = self.today()
        wanted = partial(clients, today=today, reminding=self.reminding, name=name or None, limit=SHOWN)
        shown = await self.database.read(wanted)
        if not shown:
            return self.say("staff-list-nothing-found" if name else "staff-list-empty")
        since = datetime.combine(today, time(), UTC) - PAGE_BEFORE
        talks = [each.conversation_id for each in shown]
        pages = await self.database.read(lambda sql: latest(sql, talks, since))
        total = await self.database.read(lambda sql: count(sql, name=name or None))
        title = self.texts.say("staff-list-title")
        return answer(title, list_blocks(title, shown, total, self.texts, pages))

    def say(self, key: str) -> Json:
        """An answer of words only."""
        text = self.texts.say(key)
        return answer(text, [RichTextBlock(elements=[RichTextSectionElement(elements=[piece(text, 3000)])])])


def answer(text: str, blocks: Iterable[Block]) -> Json:
    """An answer to a slash command, for its author only."""
    return {"response_type": "ephemeral", "text": escaped(text), "blocks": dicts(blocks)}


def list_blocks(
    title: str, shown: list[ClientLine], total: int, texts: Texts, pages: Mapping[int, PageProgress]
) -> list[Block]:
    """A title for each urgency, and under it one line for each bank."""
    blocks: list[Block] = [HeaderBlock(text=plain(title, LONGEST_HEADER))]
    for urgency, lines in groupby(shown, key=lambda each: each.urgency):
        heading = RichTextSectionElement(elements=[piece(texts.say(TITLES[urgency]), bold=True)])
        blocks += [RichTextBlock(elements=[heading]), *(section(each, pages, texts) for each in lines)]
    if total > len(shown):
        blocks.append(ContextBlock(elements=[plain(texts.say("staff-list-more", count=total - len(shown)))]))
    return blocks


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
