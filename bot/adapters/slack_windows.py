"""The windows in which staff act on Slack, in Block Kit, and how they are put before somebody.

Limits: docs.slack.dev, Surfaces > Modals; Reference > Block Kit. A window names what it is about in its
`private_metadata`, and each input is called after its field.
"""

import asyncio
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import aiohttp
import segno
import structlog
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    DatePickerElement,
    ImageBlock,
    InputBlock,
    Option,
    PlainTextInputElement,
    RichTextBlock,
    RichTextPreformattedElement,
    RichTextSectionElement,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.blocks.block_elements import InputInteractiveElement
from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_calls import call
from bot.adapters.slack_cards import LONGEST_BUTTON, piece, plain, space, step_key, trap_words
from bot.adapters.slack_text import shortened
from bot.adapters.texts import day
from bot.domain.client import Contact
from bot.domain.desk import Person, Sheet
from bot.domain.errors import BotError, Unreachable
from bot.domain.playbook import LONGEST, STEPS
from bot.domain.secret import Secret
from bot.domain.two_persons import Kind
from bot.invitations import Invited
from bot.ports import Texts

log = structlog.get_logger(__name__)

Json = dict[str, Any]
LONGEST_TITLE, LONGEST_OPTION, MOST_INVITED = 24, 75, 5
MOST_OPTIONS = 100
REQUESTS = {
    Kind.REBIND: ("want-rebind", "window-rebind", "window-rebind-why", "hint-rebind"),
    Kind.EXPORT: ("want-export", "window-export", "window-export-why", "hint-export"),
    Kind.ERASURE: ("want-erasure", "window-erasure", "window-erasure-why", "hint-erasure"),
}
"""Of each kind, the keys of its button, of its title, of what it means, and of what its reason should say."""
OF_CONTACT = {"contact": 200, "role": 60, "phone": 40, "email": 254}
OF_FILE = {"accountant": 100, "aggregator_user": 200}
OPTIONAL = {"siren", "bank", "other_bank", "role", "phone", "email", "last_sync", "accountant", "aggregator_user"}


class Windows:
    """Makes the windows, and puts them before people. Raises `TryAgain` or `Refused`.

    A trigger is good for three seconds. `firm` is the name that stands in the message to a client.
    """

    def __init__(self, client: AsyncWebClient, texts: Texts, firm: str) -> None:
        self.client = client
        self.texts = texts
        self.firm = firm
        self._tasks: set[asyncio.Task[None]] = set()

    async def aclose(self) -> None:
        """Leave no picture half drawn."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def open(self, body: Mapping[str, Any], view: View) -> str:
        """In front of whoever did `body`: above the window in which he did it, if it was one. Returns its id."""
        shown = body.get("view") or {}
        above = self.client.views_push if shown.get("type") == "modal" else self.client.views_open
        return str((await call(above(trigger_id=body["trigger_id"], view=view)))["view"]["id"])

    async def update(self, view_id: str, view: View) -> None:
        """Another content in the same window; where it was closed meanwhile, nothing is lost."""
        try:
            await call(self.client.views_update(view_id=view_id, view=view))
        except BotError as error:
            log.warning("a window was not brought up to date", reason=str(error))

    async def show_invitation(self, body: Mapping[str, Any], invited: Invited) -> None:
        """The link at once, its code as soon as Slack has it."""
        shown = await self.open(body, invitation_window(invited, self.firm, self.texts))
        task = asyncio.create_task(self._draw_code(shown, invited))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _draw_code(self, shown: str, invited: Invited) -> None:
        try:
            picture = await self._picture("invitation.png", code_of(invited.link))
        except BotError as error:
            log.warning("an invitation has no code on Slack", reason=str(error))
        else:
            await self.update(shown, invitation_window(invited, self.firm, self.texts, picture))

    async def _picture(self, name: str, content: bytes) -> str:
        """A picture for a window, in no channel; returns the id of Slack's file."""
        place = await call(self.client.files_getUploadURLExternal(filename=name, length=len(content)))
        try:
            async with aiohttp.ClientSession() as web, web.post(place["upload_url"], data=content) as answer:
                taken = answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            taken = False
        if not taken:
            raise Unreachable("Slack does not take the picture.")
        await call(self.client.files_completeUploadExternal(files=[{"id": place["file_id"], "title": name}]))
        return str(place["file_id"])

    def notice(self, text: str) -> View:
        return notice(text, self.texts)

    def new_file(self, banks: Sequence[str], accountant: str) -> View:
        return new_file_window(banks, accountant, self.texts)

    def file_add(self, file_id: int, client: str, banks: Sequence[str]) -> View:
        return file_add_window(file_id, client, banks, self.texts)

    def of_client(self, sheet: Sheet, said: str = "") -> View:
        return client_window(sheet, self.texts, said)

    def snooze(self, about: str, initial: date) -> View:
        return snooze_window(about, initial, self.texts)

    def incident(self, bank: str, *, declared: bool, said: str = "") -> View:
        return incident_window(bank, self.texts, declared=declared, said=said)

    def traps(self, sheet: Sheet, said: str = "") -> View:
        return trap_window(sheet, self.texts, said)

    def request(self, kind: Kind, people: Sequence[Person]) -> View:
        return request_window(kind, people, self.texts)


# -- the parts


def window(
    name: str, title: str, blocks: Sequence[Block], texts: Texts, *, about: str = "", submit: str = ""
) -> View:
    """A window; with `submit`, the key of the words on its button, one that can be sent."""
    return View(
        type="modal",
        callback_id=name,
        private_metadata=about,
        title=plain(texts.say(title), LONGEST_TITLE),
        submit=plain(texts.say(submit), LONGEST_TITLE) if submit else None,
        close=plain(texts.say("window-cancel" if submit else "window-close"), LONGEST_TITLE),
        blocks=list(blocks),
    )


def words(text: str, most: int = 2900) -> SectionBlock:
    """Our own words."""
    return SectionBlock(text=plain(text, most))


def asked(
    field: str, element: InputInteractiveElement, texts: Texts, *, hint: str = "", optional: bool | None = None
) -> InputBlock:
    """One input, called after its field; its label is the text `field-…`."""
    return InputBlock(
        block_id=field,
        label=plain(texts.say(f"field-{field.replace('_', '-')}")),
        hint=plain(texts.say(hint)) if hint else None,
        element=element,
        optional=field in OPTIONAL if optional is None else optional,
    )


def typed(most: int, *, initial: str = "", lines: bool = False) -> PlainTextInputElement:
    """Something to type."""
    return PlainTextInputElement(
        action_id="value",
        max_length=most,
        multiline=lines,
        initial_value=shortened(initial, most) if initial else None,
    )


def chosen(options: Iterable[tuple[str, str]]) -> StaticSelectElement:
    """One of some, as (value, words)."""
    return StaticSelectElement(
        action_id="value", options=[Option(value=value, text=plain(said, LONGEST_OPTION)) for value, said in options]
    )


def button(name: str, key: str, value: str, texts: Texts, *, sure: str = "", who: str = "") -> ButtonElement:
    """A button; with `sure`, the key of what is asked before it acts."""
    confirm = None
    if sure:
        confirm = ConfirmObject(
            title=plain(texts.say("window-sure"), 100),
            text=plain(texts.say(sure), 300),
            confirm=plain(texts.say("window-yes"), 30),
            deny=plain(texts.say("window-cancel"), 30),
        )
    said = plain(texts.say(key, who=who), LONGEST_BUTTON)
    return ButtonElement(text=said, action_id=name, value=value, confirm=confirm)


# -- the windows


def notice(text: str, texts: Texts) -> View:
    """What came of it, and nothing to do."""
    return window("notice", "window-notice", [words(text)], texts)


def new_file_window(banks: Sequence[str], accountant: str, texts: Texts) -> View:
    """A new client file."""
    options = [(each, each) for each in banks]
    blocks: list[Block] = [
        asked("client", typed(200), texts),
        asked("siren", typed(20), texts, hint="hint-siren"),
        asked("bank", chosen(options), texts),
        asked("other_bank", typed(100), texts, hint="hint-other-bank"),
        *(asked(field, typed(most), texts) for field, most in OF_CONTACT.items()),
        asked("last_sync", DatePickerElement(action_id="value"), texts, hint="hint-last-sync"),
        *(asked(field, typed(most, initial=accountant if field == "accountant" else ""), texts)
          for field, most in OF_FILE.items()),
    ]  # fmt: skip
    return window("file-new", "window-new-file", blocks, texts, submit="window-create")


def file_add_window(file_id: int, client: str, banks: Sequence[str], texts: Texts) -> View:
    """What is missing in a client file: a bank, a contact, or both."""
    blocks: list[Block] = [
        words(texts.say("window-file-add-why", client=client)),
        asked("bank", chosen((each, each) for each in banks), texts),
        asked("other_bank", typed(100), texts, hint="hint-other-bank"),
        asked("last_sync", DatePickerElement(action_id="value"), texts, hint="hint-last-sync"),
        *(
            asked(field, typed(most), texts, hint="hint-known-contact" if field == "contact" else "", optional=True)
            for field, most in OF_CONTACT.items()
        ),
    ]
    return window("file-add", "window-file-add", blocks, texts, about=str(file_id), submit="window-file-add-submit")


def client_window(sheet: Sheet, texts: Texts, said: str = "") -> View:
    """One bank of a client, and what can be done about it; `said` is what came of the last act."""
    about = f"{sheet.conversation_id}:{sheet.sequence}"
    known = texts.say(
        "window-client-known",
        due=day(sheet.due) if sheet.due else "",
        detail=texts.say(f"source-{sheet.source}"),
        step_text=texts.say(step_key(sheet.step)),
    )
    title = RichTextSectionElement(
        elements=[piece(f"{sheet.client} – {sheet.bank}", bold=True), space("\n"), piece(known)]
    )
    blocks: list[Block] = [words(said)] if said else []
    blocks += [
        RichTextBlock(elements=[title]),
        ActionsBlock(block_id="acts", elements=bank_buttons(sheet, about, texts)),
    ]
    if unlinked := [each for each in sheet.people if not each.linked][:MOST_INVITED]:
        blocks.append(ActionsBlock(block_id="people", elements=[invite_button(each, texts) for each in unlinked]))
    if sheet.people:
        blocks.append(ActionsBlock(block_id="two", elements=two_persons_buttons(sheet, about, texts)))
    return window("client", "window-client", blocks, texts, about=about)


def two_persons_buttons(sheet: Sheet, about: str, texts: Texts) -> list[ButtonElement]:
    """What one person can only ask for."""
    linked = any(each.linked for each in sheet.people)
    kinds = [each for each in Kind if linked or each is not Kind.REBIND]
    return [button(f"want-{each}", REQUESTS[each][0], about, texts) for each in kinds]


def bank_buttons(sheet: Sheet, about: str, texts: Texts) -> list[ButtonElement]:
    """What can be done about the bank now."""
    if sheet.closed:
        return [button("act-reopen", "staff-list-reopen", about, texts)]
    found = []
    if not sheet.with_staff and any(each.linked for each in sheet.people):
        found = [
            button("act-nudge", "window-nudge", about, texts),
            button("want-snooze", "window-snooze", about, texts),
        ]
    return [
        *found,
        button("act-confirm", "window-confirm", about, texts, sure="window-confirm-sure"),
        button("act-close", "staff-card-close", about, texts, sure="window-close-sure"),
        button("want-incident", "window-incident", about, texts),
        button("want-trap", "window-trap", about, texts),
    ]


def incident_window(bank: str, texts: Texts, *, declared: bool, said: str = "") -> View:
    """A bank's general trouble: to be declared, or over."""
    what, means = ("end", "window-incident-end") if declared else ("declare", "window-incident-declare")
    blocks = [words(said)] if said else []
    blocks.append(words(texts.say(means, bank=bank)))
    return window(f"bank-{what}", "window-incident-title", blocks, texts, about=bank, submit=f"staff-incident-{what}")


def trap_window(sheet: Sheet, texts: Texts, said: str = "") -> View:
    """The playbook of a bank: what is known, each with a button that takes it away, and one more."""
    blocks: list[Block] = [words(said)] if said else []
    blocks.append(words(texts.say("window-trap-why", bank=sheet.bank)))
    for each in sheet.traps:
        away = button(f"act-trap-remove:{each.id}", "window-trap-remove", f"{sheet.conversation_id}:{each.id}", texts)
        blocks.append(SectionBlock(text=plain(trap_words(each, texts), 1000), accessory=away))
    blocks += [
        asked("step", chosen((step, texts.say(f"trap-{step}")) for step in STEPS), texts),
        asked("words", typed(LONGEST, lines=True), texts, hint="hint-trap"),
    ]
    about = f"{sheet.conversation_id}:0"
    return window("trap", "window-trap-title", blocks, texts, about=about, submit="window-trap-submit")


def request_window(kind: Kind, people: Sequence[Person], texts: Texts) -> View:
    """What needs two persons: about whom, and why."""
    _, title, why, hint = REQUESTS[kind]
    whom = chosen((str(each.id), each.name) for each in people[:MOST_OPTIONS])
    blocks: list[Block] = [
        words(texts.say(why)),
        asked("person", whom, texts),
        asked("reason", typed(300, lines=True), texts, hint=hint),
    ]
    return window(kind.value, title, blocks, texts, submit="window-request-submit")


def invite_button(who: Person, texts: Texts) -> ButtonElement:
    return button(f"act-invite:{who.id}", "window-invite", str(who.id), texts, who=who.name)


def snooze_window(about: str, initial: date, texts: Texts) -> View:
    """Until when the client is left in peace."""
    picker = DatePickerElement(action_id="value", initial_date=initial.isoformat())
    return window("snooze", "window-snooze-title", [asked("until", picker, texts, hint="hint-snooze")], texts,
                  about=about, submit="window-snooze-submit")  # fmt: skip


def invitation_window(invited: Invited, firm: str, texts: Texts, picture: str = "") -> View:
    """The link, to be read and copied, and once it is there, its code. It stands in no message."""
    address, who = invited.link.reveal(), invited.who
    facts = {"client": who.client, "first_name": Contact(0, who.name).first_name, "firm": firm}
    to_copy = texts.say("invitation-to-copy", invitation_url=address, **facts)
    blocks: list[Block] = [
        words(texts.say("window-invited", who=who.name, until=day(invited.until))),
        preformatted(to_copy),
        words(texts.say("window-invited-link")),
        preformatted(address),
    ]
    if picture:
        blocks.append(ImageBlock(alt_text=texts.say("window-code", who=who.name), slack_file=SlackFile(id=picture)))
    return window("notice", "window-invitation", blocks, texts)


def preformatted(text: str) -> RichTextBlock:
    """To be copied as it is; no address in it is one for Slack."""
    return RichTextBlock(elements=[RichTextPreformattedElement(elements=[piece(text, 2900)])])


def code_of(address: Secret) -> bytes:
    """A QR code as a picture."""
    drawn = io.BytesIO()
    segno.make_qr(address.reveal()).save(drawn, kind="png", scale=8)
    return drawn.getvalue()
