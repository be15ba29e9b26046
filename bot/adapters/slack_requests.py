"""The card of a request that needs two persons, in the firm's channel: `bot.two_persons.Cards`."""

from typing import Any

from slack_sdk.models.blocks import ActionsBlock, Block, HeaderBlock, RichTextBlock, RichTextSectionElement

from bot.adapters.slack import SlackDesk
from bot.adapters.slack_cards import LONGEST_HEADER, dicts, piece, plain, space
from bot.adapters.slack_text import escaped
from bot.adapters.slack_windows import button
from bot.domain.two_persons import Kind, Request, Stage
from bot.engine import Calendars
from bot.ports import Clock, Texts

Json = dict[str, Any]
TITLES = {Kind.REBIND: "request-rebind", Kind.EXPORT: "request-export", Kind.ERASURE: "request-erasure"}
STAGES = {
    Stage.ASKED: "request-is-asked",
    Stage.AGREED: "request-is-agreed",
    Stage.DONE: "request-is-done",
    Stage.STOPPED: "request-is-stopped",
    Stage.EXPIRED: "request-is-expired",
}
SURE = {Kind.REBIND: "request-rebind-sure", Kind.EXPORT: "request-export-sure", Kind.ERASURE: "request-erasure-sure"}


class RequestCards:
    """Cards of requests. Whatever a card said of a person who is erased is gone from it."""

    def __init__(self, desk: SlackDesk, texts: Texts, clock: Clock, calendars: Calendars) -> None:
        self.desk = desk
        self.texts = texts
        self.clock = clock
        self.calendars = calendars

    async def show(self, request: Request, stage: Stage, person: str, place: tuple[str, str]) -> tuple[str, str]:
        """Post the card, or bring it up to date."""
        due = self._moment(request)
        return await self.desk.show_card(card(request, stage, person, due, self.texts), mark(request), place)

    async def attach(self, place: tuple[str, str], name: str, content: bytes) -> None:
        """A file into its thread."""
        await self.desk.attach(place, name, content)

    def _moment(self, request: Request) -> str:
        """When it happens, or until when one may agree, in words."""
        zone = self.calendars.hours("").zone
        return self.texts.moment(request.due_at or request.until, zone, self.clock.now())


def card(request: Request, stage: Stage, person: str, until: str, texts: Texts) -> Json:
    """`text` for notifications, and `blocks`."""
    facts = {
        "who": request.asked_name,
        "second": request.agreed_name,
        "person": person or texts.say("request-person-gone"),
        "words": request.reason,
        "stopped": request.stopped_name,
        "until": until,
    }
    title = texts.say(TITLES[request.kind], **facts)
    said = [texts.say("request-asked-by", **facts)] if request.reason else []
    said.append(texts.say(STAGES[stage], request.kind, **facts))
    status = piece(texts.say(STAGES[stage], **facts), bold=True)
    section = RichTextSectionElement(elements=[status, space("\n"), piece("\n".join(said), 2900)])
    blocks: list[Block] = [HeaderBlock(text=plain(title, LONGEST_HEADER)), RichTextBlock(elements=[section])]
    if elements := buttons(request, stage, texts):
        blocks.append(ActionsBlock(block_id="request", elements=elements))
    return {"text": escaped(title), "blocks": dicts(blocks)}


def buttons(request: Request, stage: Stage, texts: Texts) -> list[Any]:
    """What can be done with it now."""
    value = str(request.id)
    stop = button("stop-request", "request-stop", value, texts)
    if stage is Stage.ASKED:
        return [button(f"agree-{request.kind}", "request-agree", value, texts, sure=SURE[request.kind]), stop]
    if stage is Stage.AGREED and request.kind is Kind.REBIND:
        return [button("take-link", "request-take-link", value, texts), stop]
    return [stop] if stage is Stage.AGREED else []


def mark(request: Request) -> Json:
    """By this the card is known again, as that of a case is."""
    payload = {"request": request.id, "asked": f"{request.asked_at.timestamp():.3f}"}
    return {"event_type": "resync_request", "event_payload": payload}
