"""What staff see in Slack, in Block Kit: the card of a case, the client's words, the window for a reply.

Law: what a client wrote stands in `plain_text` and `rich_text` only, where Slack reads no markup.
Limits: docs.slack.dev, Reference > Block Kit > Blocks.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    InputBlock,
    PlainTextInputElement,
    PlainTextObject,
    RichTextBlock,
    RichTextElementParts,
    RichTextListElement,
    RichTextQuoteElement,
    RichTextSectionElement,
)
from slack_sdk.models.views import View

from bot.adapters.slack_text import escaped, shortened
from bot.adapters.texts import day
from bot.domain.mailing import MailProgress, masked
from bot.domain.playbook import Trap
from bot.domain.radar import Incident, IncidentState
from bot.domain.secure_link import PageProgress
from bot.engine import ENDS_CASE
from bot.ports import Case, CaseView, Texts, Tried
from flows.escalation import ENDINGS, GONE
from flows.events import Act

LONGEST_HEADER, LONGEST_BUTTON, LONGEST_FACT, LONGEST_WORDS, LONGEST_REPLY = 150, 75, 300, 8000, 2900
LONGEST_TRAPS = 2900
LONGEST_LINE = 1000
BUTTONS = {
    f"case-{Act.TOOK}": "staff-card-take",
    "case-reply": "staff-card-reply",
    f"case-{Act.HANDED_BACK}": "staff-card-hand-back",
    f"case-{Act.RESOLVED}": "staff-card-resolve",
}
POSTPONE = "case-postpone"
TO_CONFIRM = {f"case-{Act.CONFIRMED}": "staff-card-confirm", f"case-{Act.NOT_CONFIRMED}": "staff-card-not-confirm"}
TO_CLOSE = {f"case-{Act.CLOSED}": "staff-card-close"}
CONFIRMABLE = ("confirm", "other-accounts")
"""The causes that a person's word can settle; its buttons come first then."""
CLOSE_PAGE = "page-close"
DECISIONS = {
    IncidentState.PROPOSED: {
        "incident-declare": "staff-incident-declare",
        "incident-dismiss": "staff-incident-dismiss",
    },
    IncidentState.DECLARED: {"incident-end": "staff-incident-end"},
}
"""The buttons of an incident's card; the others leave nothing to decide."""
REPLY_WINDOW, REPLY_BLOCK, REPLY_INPUT = "reply", "reply", "text"

Json = dict[str, Any]


def plain(text: str, most: int = LONGEST_FACT) -> PlainTextObject:
    """A text in which Slack reads nothing, not even `:smile:`."""
    return PlainTextObject(text=shortened(text, most), emoji=False)


def piece(text: str, most: int = LONGEST_FACT, *, bold: bool = False) -> RichTextElementParts.Text:
    """A piece of rich text, in which Slack reads no markup."""
    style = RichTextElementParts.TextStyle(bold=True) if bold else None
    return RichTextElementParts.Text(text=shortened(text, most), style=style)


def space(text: str) -> RichTextElementParts.Text:
    """What stands between pieces: blanks or a line break of our own."""
    return RichTextElementParts.Text(text=text)


def quote(text: str) -> RichTextQuoteElement:
    """Somebody's own words."""
    return RichTextQuoteElement(elements=[piece(text, LONGEST_WORDS)])


def dicts(blocks: Iterable[Block]) -> list[Json]:
    """As they go over the wire; checked by slack_sdk on the way."""
    return [block.to_dict() for block in blocks]


def card(view: CaseView, texts: Texts) -> Json:
    """The card of a case: `text` for notifications, and `blocks`. A closed one has no buttons."""
    facts = facts_of(view, texts)
    closed = view.case.status in ENDS_CASE
    blocks: list[Block] = [
        HeaderBlock(text=plain(texts.say("staff-card-title", **facts), LONGEST_HEADER)),
        RichTextBlock(elements=[facts_section(view, facts, texts), *last_words(view, texts)]),
    ]
    if not closed:
        note = texts.say("staff-card-internal-note")
        blocks += [buttons(view, texts), ContextBlock(elements=[plain(note)])]
    return {"text": escaped(texts.say("staff-card-notification", **facts)), "blocks": dicts(blocks)}


def facts_of(view: CaseView, texts: Texts) -> dict[str, str]:
    """What the texts of a card may speak of."""
    return {
        "client": view.client,
        "bank": view.bank,
        "who": view.case.taken_by,
        "cause_text": texts.say(f"case-{view.case.cause}"),
        "step_text": texts.say(step_key(view.step)),
        "status_text": status(view.case, texts),
        "due": day(view.due) if view.due else "",
        "detail": texts.say(f"source-{view.due_source}"),
        "connection_text": texts.say(f"connection-{view.connection.replace('_', '-')}"),
        "last_data": day(view.last_success_at.date()) if view.last_success_at else "",
    }


def page_words(page: PageProgress, texts: Texts) -> str:
    """How far the client has come with his secure page."""
    said = texts.say(f"progress-{page.step}")
    return texts.say("staff-page", page_text=said, count=page.refusals)


def mail_words(mail: MailProgress, texts: Texts) -> str:
    """What was done for a client out of reach meanwhile, or what cannot be."""
    on = day(mail.at.date()) if mail.at else ""
    return texts.say(f"mail-is-{mail.post}", address=masked(mail.address), on=on)


def close_button(page: PageProgress, texts: Texts) -> ButtonElement:
    """« Fermer la page sécurisée »."""
    return ButtonElement(
        text=plain(texts.say("staff-close-page"), LONGEST_BUTTON),
        action_id=CLOSE_PAGE,
        value=str(page.conversation_id),
    )


def step_key(step: str) -> str:
    """The text of a stored state: `first_sync.not-seen` is `state-first-sync-not-seen`."""
    return f"state-{step.replace('.', '-').replace('_', '-')}"


def status(case: Case, texts: Texts) -> str:
    """Where a case stands: who has it, or how it ended."""
    return texts.say(f"case-status-{case.status}", who=case.taken_by)


def facts_section(view: CaseView, facts: Mapping[str, str], texts: Texts) -> RichTextSectionElement:
    """One line for each thing we know; what we do not know takes no room."""
    rows = {
        "staff-card-cause": facts["cause_text"],
        "staff-card-status": facts["status_text"],
        "staff-card-asked": view.case.asked if not view.case.taken_by else "",
        "staff-card-until": day(view.until) if view.until else "",
        "staff-card-contact": with_role(view.contact, view.role),
        "staff-card-tried": "\n".join(tried_words(each, texts) for each in view.tried),
        "staff-card-away": day(view.away_until) if view.away_until else "",
        "staff-card-phone": view.phone,
        "staff-card-email": view.email,
        "staff-card-mail": mail_words(view.mail, texts) if view.mail else "",
        "staff-card-due": f"{facts['due']} ({facts['detail']})" if facts["due"] else "",
        "staff-card-connection": f"{facts['connection_text']} ({view.vendor_code})" if view.vendor_code else "",
        "staff-card-last-data": last_data(view, facts["last_data"], texts),
        "staff-card-step": facts["step_text"],
        "staff-card-traps": "\n".join(trap_words(each, texts) for each in view.traps),
        "staff-card-done": ", ".join(texts.say(f"staff-done-{key}", count=count) for key, count in view.done),
        "staff-card-page": page_words(view.page, texts) if view.page else "",
    }
    elements: list[RichTextElementParts.Text] = []
    for key, value in rows.items():
        if value:
            new_line = [space("\n")] if elements else []
            most = LONGEST_TRAPS if key == "staff-card-traps" else LONGEST_FACT
            elements += [*new_line, piece(texts.say(key), bold=True), space("  "), piece(value, most)]
    return RichTextSectionElement(elements=elements)


def last_data(view: CaseView, said: str, texts: Texts) -> str:
    """« 4 mars 2026 (12 jours avant cette demande) »: so it stays true for as long as the card is there."""
    if view.last_success_at is None:
        return ""
    days = max(0, (view.case.opened_at - view.last_success_at).days)
    return f"{said} ({texts.say('staff-card-days', count=days)})"


def with_role(name: str, role: str) -> str:
    """« Odette Martin (gérante) »."""
    return f"{name} ({role})" if name and role else name


def tried_words(tried: Tried, texts: Texts) -> str:
    """Somebody who was asked before, and what came of it."""
    key = "staff-tried-declined" if tried.declined else "staff-tried-silent"
    return texts.say(key, who=with_role(tried.name, tried.role))


def trap_words(trap: Trap, texts: Texts) -> str:
    """« mot de passe : le bouton est caché sous … (Anna) »."""
    return texts.say("staff-trap", step_text=texts.say(f"trap-{trap.step}"), words=trap.words, who=trap.who)


def last_words(view: CaseView, texts: Texts) -> list[RichTextSectionElement | RichTextQuoteElement]:
    """What the client wrote last, if he wrote anything."""
    if not view.last_words:
        return []
    label = RichTextSectionElement(elements=[space("\n"), piece(texts.say("staff-card-last-words"), bold=True)])
    return [label, quote(view.last_words)]


def buttons(view: CaseView, texts: Texts) -> ActionsBlock:
    """What staff can do; who has the case needs no « Je prends » any more."""
    case = view.case
    shown = {**TO_CONFIRM, **BUTTONS} if case.cause in CONFIRMABLE else dict(BUTTONS)
    if case.cause in ENDINGS:
        shown = {**TO_CLOSE, **BUTTONS}
    if case.taken_by:
        shown.pop(f"case-{Act.TOOK}")
    if case.cause not in GONE.values():
        shown[POSTPONE] = "staff-card-postpone"
    elements = [
        ButtonElement(
            text=plain(texts.say(key), LONGEST_BUTTON),
            action_id=action,
            value=str(case.id),
            style="primary" if place == 0 else None,
        )
        for place, (action, key) in enumerate(shown.items())
    ]
    acts = plain(texts.say("staff-card-acts"), LONGEST_BUTTON)
    elements.append(ButtonElement(text=acts, action_id="client-acts", value=str(case.conversation_id)))
    if view.page and view.page.closable:
        elements.append(close_button(view.page, texts))
    return ActionsBlock(block_id="case", elements=elements)


def incident_card(incident: Incident, since: str, texts: Texts) -> Json:
    """The card of a bank's general trouble: the figures, what it means, and what there is to decide."""
    facts: dict[str, Any] = {
        "bank": incident.bank,
        "who": incident.who,
        "since": since,
        "failing": incident.failing,
        "clients": incident.clients,
        "usual": round(incident.habit * 100),
    }
    title = texts.say(f"staff-incident-{incident.state}", **facts)
    lines = [texts.say("staff-incident-figures", **facts)] if since else []
    lines.append(texts.say(f"staff-incident-means-{incident.state}", **facts))
    section = RichTextSectionElement(elements=[piece("\n".join(lines), LONGEST_WORDS)])
    blocks: list[Block] = [HeaderBlock(text=plain(title, LONGEST_HEADER)), RichTextBlock(elements=[section])]
    shown = DECISIONS.get(incident.state, {})
    if shown:
        blocks.append(ActionsBlock(block_id="incident", elements=incident_buttons(incident, shown, texts)))
    return {"text": escaped(title), "blocks": dicts(blocks)}


def incident_buttons(incident: Incident, shown: Mapping[str, str], texts: Texts) -> list[ButtonElement]:
    return [
        ButtonElement(
            text=plain(texts.say(key), LONGEST_BUTTON),
            action_id=action,
            value=str(incident.id),
            style="primary" if place == 0 else None,
        )
        for place, (action, key) in enumerate(shown.items())
    ]


def words(author: str, text: str) -> Json:
    """Somebody's own words, under his name."""
    section = RichTextSectionElement(elements=[piece(author, bold=True)])
    block = RichTextBlock(elements=[section, quote(text)] if text else [section])
    return {"text": escaped(f"{author}\n{text}"), "blocks": dicts([block])}


def line(text: str) -> Json:
    """One of our own lines. As rich text, so that a name in it that looks like a link is none."""
    block = RichTextBlock(elements=[RichTextSectionElement(elements=[piece(text, LONGEST_WORDS)])])
    return {"text": escaped(text), "blocks": dicts([block])}


def calling(user_id: str, name: str, text: str) -> Json:
    """One of our own lines, that calls somebody: by a mention, or by name where Slack knows nobody called so."""
    called = RichTextElementParts.User(user_id=user_id) if user_id else piece(name, bold=True)
    elements = [*([called, space("  ")] if name else []), piece(text, LONGEST_WORDS)]
    block = RichTextBlock(elements=[RichTextSectionElement(elements=elements)])
    return {"text": escaped(f"{name}\N{NO-BREAK SPACE}: {text}" if name else text), "blocks": dicts([block])}


def digest(parts: Sequence[tuple[str, Sequence[str]]]) -> Json:
    """The digest: a title in bold for each part, and its lines below, as a list."""
    blocks = [RichTextBlock(elements=[*part_of_digest(title, lines)]) for title, lines in parts]
    return {"text": escaped(parts[0][0]), "blocks": dicts(blocks)}


def part_of_digest(title: str, lines: Sequence[str]) -> Iterator[RichTextSectionElement | RichTextListElement]:
    yield RichTextSectionElement(elements=[piece(title, bold=True)])
    if lines:
        rows = [RichTextSectionElement(elements=[piece(each, LONGEST_LINE)]) for each in lines]
        yield RichTextListElement(style="bullet", elements=rows)


def reply_window(case_id: int, texts: Texts) -> View:
    """The window in which staff write to the client."""
    box = PlainTextInputElement(action_id=REPLY_INPUT, multiline=True, max_length=LONGEST_REPLY, focus_on_load=True)
    return View(
        type="modal",
        callback_id=REPLY_WINDOW,
        private_metadata=json.dumps(case_id),
        title=plain(texts.say("staff-reply-title"), 24),
        submit=plain(texts.say("staff-reply-preview"), 24),
        close=plain(texts.say("staff-reply-cancel"), 24),
        blocks=[
            InputBlock(
                block_id=REPLY_BLOCK,
                label=plain(texts.say("staff-reply-label")),
                hint=plain(texts.say("staff-reply-hint")),
                element=box,
            )
        ],
    )
