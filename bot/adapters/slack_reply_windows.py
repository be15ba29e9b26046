"""The windows of a case in Slack: a reply, what the client will read of it, and « Reporter ».

Limits: docs.slack.dev, Reference > Views.
"""

from datetime import date

from slack_sdk.models.blocks import (
    ContextBlock,
    DatePickerElement,
    InputBlock,
    RichTextBlock,
    RichTextSectionElement,
)
from slack_sdk.models.views import View

from bot.adapters.slack_cards import piece, plain, quote
from bot.ports import CaseView, Texts

LONGEST_TITLE = 24


def preview_window(view: CaseView, who: str, text: str, texts: Texts, notice: str = "") -> View:
    """What the client will read, word for word; closing it leads back to the words. With a `notice` nothing is sent.

    The reply travels in the window's own memory, as it is: written as JSON it would not fit.
    """
    to = texts.say("staff-preview-to", who=view.contact or view.client, client=view.client, bank=view.bank)
    section = RichTextSectionElement(elements=[piece(texts.say("staff-preview-from", who=who), bold=True)])
    blocks = [
        *([RichTextBlock(elements=[RichTextSectionElement(elements=[piece(notice)])])] if notice else []),
        ContextBlock(elements=[plain(to)]),
        RichTextBlock(elements=[section, quote(text)]),
    ]
    return View(
        type="modal",
        callback_id="reply-send",
        private_metadata=f"{view.case.id}\n{text}",
        title=plain(texts.say("staff-preview-title"), LONGEST_TITLE),
        submit=plain(texts.say("staff-reply-submit"), LONGEST_TITLE),
        close=plain(texts.say("staff-preview-back"), LONGEST_TITLE),
        blocks=blocks,
    )


def postpone_window(case_id: int, tomorrow: date, texts: Texts) -> View:
    """The day until which a case rests."""
    picker = DatePickerElement(action_id="day", initial_date=tomorrow.isoformat())
    return View(
        type="modal",
        callback_id="postpone",
        private_metadata=str(case_id),
        title=plain(texts.say("staff-postpone-title"), LONGEST_TITLE),
        submit=plain(texts.say("staff-card-postpone"), LONGEST_TITLE),
        close=plain(texts.say("staff-reply-cancel"), LONGEST_TITLE),
        blocks=[
            InputBlock(
                block_id="day",
                label=plain(texts.say("staff-postpone-label")),
                hint=plain(texts.say("staff-postpone-hint")),
                element=picker,
            )
        ],
    )
