"""The window of one client in Slack: whom one can reach, his banks, what he was told and said, and what happened.

Law: what a client wrote or is called stands in `plain_text` and `rich_text` only, where Slack reads no markup.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    RichTextBlock,
    RichTextElementParts,
    RichTextListElement,
    RichTextSectionElement,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.adapters.database.client_story import ClientStory, Happened, Person
from bot.adapters.database.home import BankLine
from bot.adapters.slack_cards import LONGEST_BUTTON, LONGEST_HEADER, piece, plain, space, step_key, with_role
from bot.adapters.slack_lines import next_step, standing
from bot.adapters.texts import day
from bot.domain.mailing import Post
from bot.domain.reminded import Nudge, Promise
from bot.ports import Texts

CLIENT_WINDOW = "client"
LONGEST_TITLE = 24


def client_window(story: ClientStory, now: datetime, texts: Texts) -> View:
    """`now` is in the firm's own zone. The view keeps the file's id for the acts in it."""
    file = story.file
    blocks: list[Block] = [HeaderBlock(text=plain(file.name, LONGEST_HEADER))]
    if about := about_file(story, texts):
        blocks.append(ContextBlock(elements=[plain(about)]))
    blocks.append(ways_to_act(story, texts))
    for title, lines in (
        ("client-people", [person_line(each, now, texts) for each in story.people]),
        ("client-banks", [bank_line(each, now, texts) for each in story.banks]),
        ("client-nudges", [nudge_line(each, now, texts) for each in story.nudges]),
        ("client-promises", [promise_line(each, now, texts) for each in story.promises]),
        ("client-history", [history_line(each, now, texts) for each in story.history]),
    ):
        blocks.append(part(texts.say(title), lines or [[piece(texts.say("client-none"))]]))
    return window(blocks, texts, json.dumps(file.id))


def ways_to_act(story: ClientStory, texts: Texts) -> ActionsBlock:
    """For each bank the way to what can be done about it, and to what the file lacks."""
    buttons = [
        ButtonElement(
            text=plain(texts.say("client-act", bank=each.line.bank), LONGEST_BUTTON),
            action_id=f"client-acts:{each.line.conversation_id}",
            value=str(each.line.conversation_id),
        )
        for each in story.banks
    ]
    more = plain(texts.say("window-file-add"), LONGEST_BUTTON)
    return ActionsBlock(
        block_id="client-ways",
        elements=[*buttons, ButtonElement(text=more, action_id="want-file-add", value=str(story.file.id))],
    )


def nobody_window(texts: Texts) -> View:
    """The file is gone since the list was shown."""
    return window([SectionBlock(text=plain(texts.say("client-gone")))], texts, "")


def window(blocks: Iterable[Block], texts: Texts, kept: str) -> View:
    return View(
        type="modal",
        callback_id=CLIENT_WINDOW,
        private_metadata=kept,
        title=plain(texts.say("client-title"), LONGEST_TITLE),
        close=plain(texts.say("client-close"), LONGEST_TITLE),
        blocks=list(blocks),
    )


Line = list[RichTextElementParts.Text]


def part(title: str, lines: Sequence[Line]) -> RichTextBlock:
    """A title and its lines."""
    heading = RichTextSectionElement(elements=[piece(title, bold=True)])
    return RichTextBlock(
        elements=[
            heading,
            RichTextListElement(style="bullet", elements=[RichTextSectionElement(elements=each) for each in lines]),
        ]
    )


def about_file(story: ClientStory, texts: Texts) -> str:
    """What the list says of the client; what it does not say takes no room."""
    file = story.file
    known = [
        texts.say("client-siren", detail=file.siren) if file.siren else "",
        texts.say("client-accountant", accountant=file.accountant) if file.accountant else "",
        texts.say("client-rests", detail=file.closing_day) if file.closing_day else "",
        texts.say("client-vat", count=file.vat_day) if file.vat_day else "",
        texts.say("client-away", away=day(file.away_until)) if file.away_until else "",
    ]
    return " · ".join(each for each in known if each)


def person_line(person: Person, now: datetime, texts: Texts) -> Line:
    """« Odette Martin (gérante)  06 …, odette@…, relié à Telegram »."""
    known = [each for each in (person.phone, person.email, reach(person, now, texts)) if each]
    return [piece(with_role(person.name, person.role), bold=True), space("  "), piece(", ".join(known), 600)]


def reach(person: Person, now: datetime, texts: Texts) -> str:
    """How he can be reached on Telegram."""
    if person.declined:
        return texts.say("client-person-declined")
    if person.linked:
        return texts.say("client-person-linked" if person.reachable else "client-person-gone")
    until = day(local(person.invited_until, now).date()) if person.invited_until else ""
    return texts.say("client-person-invited", on=until)


def bank_line(bank: BankLine, now: datetime, texts: Texts) -> Line:
    """How it stands, when data last came, where the client is, and what is next."""
    last = bank.line.last_success_at
    known = [
        standing(bank, texts),
        texts.say("client-last-data", on=day(local(last, now).date())) if last else "",
        texts.say(step_key(bank.line.state)),
        f"→ {next_step(bank, now, texts)}",
    ]
    told = "\n".join(each for each in known if each)
    return [piece(bank.line.bank, bold=True), space("\n"), piece(told, 900)]


def nudge_line(nudge: Nudge, now: datetime, texts: Texts) -> Line:
    answered = moment(nudge.answered_at, now, texts) if nudge.answered_at else ""
    fate = texts.say(f"client-nudge-{nudge.fate}", on=answered)
    return line(nudge.at, texts.say("client-nudge-line", who=nudge.who, bank=nudge.bank, detail=fate), now, texts)


def promise_line(promise: Promise, now: datetime, texts: Texts) -> Line:
    key = "client-promise-away" if promise.away else "client-promise-later"
    said = texts.say(key, who=promise.who, bank=promise.bank, on=moment(promise.until, now, texts))
    became = texts.say(f"client-promise-{promise.word}")
    return line(promise.made_at, texts.say("client-promise-line", detail=said, status_text=became), now, texts)


def history_line(happened: Happened, now: datetime, texts: Texts) -> Line:
    status = texts.say(f"case-status-{happened.status}", who=happened.who) if happened.status else ""
    facts = {"bank": happened.bank, "who": happened.who, "detail": detail(happened, texts), "status_text": status}
    said = texts.say(f"client-story-{happened.what}", **facts)
    if happened.exact:
        return line(happened.at, said, now, texts)
    return [piece(day(happened.at.date()), bold=True), space("  "), piece(said)]


def detail(happened: Happened, texts: Texts) -> str:
    """What the words of a case or a letter say beside its bank."""
    if happened.what == "mail":
        return texts.say(f"client-mail-{Post(happened.detail)}")
    return texts.say(f"case-{happened.detail}") if happened.detail else ""


def line(at: datetime, said: str, now: datetime, texts: Texts) -> Line:
    """When, and what."""
    return [piece(moment(at, now, texts), bold=True), space("  "), piece(said, 600)]


def moment(at: datetime, now: datetime, texts: Texts) -> str:
    """On the firm's clock."""
    return texts.moment(at, zone(now), now)


def local(at: datetime, now: datetime) -> datetime:
    return at.astimezone(zone(now))


def zone(now: datetime) -> ZoneInfo:
    """The firm's."""
    assert isinstance(now.tzinfo, ZoneInfo), "now is on the firm's clock"
    return now.tzinfo
