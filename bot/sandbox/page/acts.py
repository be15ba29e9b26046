"""What the player does on the page, done by the hands of the sandbox's people.

Each act is a form and a method of the same name in `Acts`. One that is not possible (any more) raises
`LookupError` or `ValueError`; what Slack's own screen would say is returned as `problem`.
"""

import secrets
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pydantic
from pydantic import BaseModel, ConfigDict

from bot.sandbox.page.stage import Stage
from bot.sandbox.page.story import STEPS, Story
from bot.sandbox.page.time_machine import TimeMachine
from bot.sandbox.slack.posting import Outcome

_SAMPLE = Path(__file__).parent / "static" / "sample.png"
_DISHES = ("Ratatouille", "Cassoulet", "Blanquette", "Clafoutis", "Bouillabaisse", "Profiterole")
_LATE = timedelta(hours=6)


class Form(BaseModel):
    """The JSON of an act: nothing missing, nothing more."""

    model_config = ConfigDict(extra="forbid")


class Phone(Form):
    """An act on a client's phone."""

    person: int


class Words(Phone):
    """He writes."""

    text: str


class Button(Phone):
    """He presses a button of a message."""

    message: int
    data: str


class Launch(Phone):
    """He opens the Mini App of a message."""

    message: int


class Blocking(Phone):
    """He blocks the bot, or lets it write again."""

    on: bool


class Click(Form):
    """A colleague clicks in a message, or in a window (`view`)."""

    user: str
    action: str
    block: str
    ts: str = ""
    view: str = ""
    value: str | None = None


class Line(Form):
    """A colleague writes in the channel, or in a thread; a line that begins with a slash is a command."""

    user: str
    text: str
    thread: str | None = None


class Look(Form):
    """A colleague looks at the home tab of the app."""

    user: str


class Field(Form):
    """One input of a window, filled."""

    block: str
    action: str
    value: str | None


class Window(Form):
    """A colleague submits a window, or closes it."""

    user: str
    view: str
    fields: list[Field] = []


class AtBank(Form):
    """Something happens to a connection at the bank."""

    connection: int
    what: Literal[
        "expire", "password", "expire-password", "ask-approval", "approve", "ask-code", "ask-action", "act",
        "down", "up", "late", "stray",
    ]  # fmt: skip


class Leap(Form):
    """Time passes."""

    span: Literal["hour", "day", "fortnight", "half-year", "message"]


class Days(Form):
    """So many days pass."""

    days: int = pydantic.Field(ge=1, le=400)


class Brand(Form):
    """A bank goes down for all of its clients, or comes back."""

    name: str
    up: bool


class Skip(Form):
    """The player wants the next step of the guide."""

    step: str


class Acts:
    """One method an act; its form is the annotation of its argument."""

    def __init__(self, stage: Stage, story: Story, clock: TimeMachine) -> None:
        self._stage, self._story, self._clock = stage, story, clock
        self.passwords: dict[int, str] = {}
        """By connection, the password that the player was told last."""

    # The client's phone

    async def invitation(self, form: Phone) -> None:
        """Open the invitation of the firm."""
        token = self._stage.client(form.person).invitation
        await self._stage.telegram.starts(form.person, token or None)

    async def write(self, form: Words) -> None:
        await self._stage.telegram.writes(form.person, form.text.strip())

    async def press(self, form: Button) -> None:
        await self._stage.telegram.presses(form.person, form.message, form.data)

    async def launch(self, form: Launch) -> dict[str, str]:
        """The address that his phone loads: Telegram has signed that it is he."""
        return {"address": await self._stage.telegram.opens_mini_app(form.person, form.message)}

    async def photo(self, form: Phone) -> None:
        """Send the built-in photograph of a screen."""
        await self._stage.telegram.sends_photo(form.person, _SAMPLE.read_bytes())

    async def block(self, form: Blocking) -> None:
        """Coming back is a press on Restart, which sends `/start`."""
        if form.on:
            await self._stage.telegram.blocks(form.person)
        else:
            await self._stage.telegram.starts(form.person)

    # The firm's Slack

    async def click(self, form: Click) -> dict[str, str]:
        self._story.staff_clicked = True
        if form.view:
            hand = self._stage.slack.clicks_in_view(
                form.user, form.view, form.action, value=form.value, block_id=form.block
            )
        else:
            hand = self._stage.slack.clicks(
                form.user, self._stage.channel, form.ts, form.action, value=form.value, block_id=form.block
            )
        return problem(await hand)

    async def line(self, form: Line) -> dict[str, str]:
        text = form.text.strip()
        if text.startswith("/") and form.thread is None:
            command, _, rest = text.partition(" ")
            return problem(await self._stage.slack.commands(form.user, command, rest.strip()))
        return problem(await self._stage.slack.writes(form.user, text, thread_ts=form.thread))

    async def home(self, form: Look) -> dict[str, str]:
        return problem(await self._stage.slack.opens_home(form.user))

    async def submit(self, form: Window) -> dict[str, str]:
        values = {(each.block, each.action): each.value for each in form.fields if each.value is not None}
        return problem(await self._stage.slack.submits(form.user, form.view, values))

    async def close(self, form: Window) -> None:
        await self._stage.slack.closes(form.view)

    # The bank

    async def bank(self, form: AtBank) -> None:
        bank, number = self._stage.bank, form.connection
        match form.what:
            case "expire":
                bank.expire_consent(number)
            case "password":
                self.passwords[number] = a_password()
                bank.change_password(number, self.passwords[number])
            case "expire-password":
                bank.expire_password(number)
            case "ask-approval":
                bank.ask_approval(number)
            case "approve":
                bank.approve(number)
            case "ask-code":
                bank.ask_code(number)
            case "ask-action" | "act":
                bank.require_action(number, on=form.what == "ask-action")
            case "down" | "up":
                bank.switch(bank.link(number).brand.name, up=form.what == "up")
            case "late" | "stray":
                bank.confirm_late(number, _LATE) if form.what == "late" else bank.stray(number)

    async def brand(self, form: Brand) -> None:
        if form.name not in self._stage.bank.brands:
            raise LookupError(f"there is no bank {form.name}")
        self._stage.bank.switch(form.name, up=form.up)

    # The clock and the guide

    async def days(self, form: Days) -> None:
        self._clock.leave_for(timedelta(days=form.days))

    async def travel(self, form: Leap) -> None:
        self._clock.leave(form.span)

    async def skip(self, form: Skip) -> None:
        if form.step not in STEPS:
            raise LookupError(f"the guide has no step {form.step}")
        self._story.skipped.add(form.step)


def problem(outcome: Outcome) -> dict[str, str]:
    """What the person is told when the app did not take it."""
    return {"problem": outcome.problem or outcome.reason} if not outcome.acked or outcome.problem else {}


def a_password() -> str:
    """A new password that one can remember until the next page."""
    return f"{secrets.choice(_DISHES)}-{secrets.randbelow(90) + 10}"
