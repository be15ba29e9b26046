"""The guide's eight steps: which of them were done, told from the sandbox's servers alone.

The words of the guide are the page's (`static/guide.js`); here are only the facts. What was done once stays done.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from bot.domain.buttons import Press, parse
from bot.sandbox.page.stage import Client, Stage

STEPS = ("invitation", "first-sync", "nudge", "step-a", "step-b", "password", "proof", "hand-over")


class Story:
    """How far the player has come. `look` after every change."""

    def __init__(self) -> None:
        self.done: set[str] = set()
        self.skipped: set[str] = set()
        self.staff_clicked = False
        self._ends: dict[int, datetime] = {}
        self._changed: set[int] = set()
        self._cases: set[str] = set()

    def look(self, stage: Stage) -> list[str]:
        """The steps that are done by now, in order."""
        facts = {
            "invitation": any(self._has_opened(stage, each) for each in stage.clients),
            "first-sync": any(self._is_connected(stage, each) for each in stage.clients),
            **self._asked(stage),
            "step-b": self._is_renewed(stage),
            **self._password(stage),
            "hand-over": self._is_handed_back(stage),
        }
        self.done |= {step for step, fact in facts.items() if fact}
        return [step for step in STEPS if step in self.done | self.skipped]

    def _has_opened(self, stage: Stage, client: Client) -> bool:
        return bool(client.invitation) and stage.telegram.person(client.person, client.name).started

    def _is_connected(self, stage: Stage, client: Client) -> bool:
        """The bank is there, and the firm was told of it."""
        if not client.invitation or not stage.bank.links_of(client.bank_user):
            return False
        return any(client.restaurant in each["text"] for each in stage.slack.messages())

    def _asked(self, stage: Stage) -> dict[str, bool]:
        offered = list(_offered(stage))
        return {
            "nudge": any({"start", "later"} <= each for each in offered),
            "step-a": any({"done", "password-changed"} <= each for each in offered),
        }

    def _is_renewed(self, stage: Stage) -> bool:
        """Some access that was there before step B lasts longer now."""
        links = stage.bank.links.values()
        if "step-a" not in self.done:
            self._ends = {each.id: each.access_expire for each in links}
        return any(each.access_expire > self._ends.get(each.id, each.access_expire) for each in links)

    def _password(self, stage: Stage) -> dict[str, bool]:
        links = [stage.bank.links[each] for each in list(stage.bank.links)]
        self._changed |= {each.id for each in links if not each.password_is_right()}
        good = [each for each in links if each.id in self._changed and each.password_is_right()]
        asked = bool(self._changed) and _a_page_was_sent(stage)
        return {"password": asked or bool(good), "proof": any(stage.bank.state(each) is None for each in good)}

    def _is_handed_back(self, stage: Stage) -> bool:
        """A case that was open is closed, and not by itself."""
        messages = stage.slack.messages()
        is_open = {each["ts"] for each in messages if _has_buttons(each)}
        self._cases |= is_open
        return self.staff_clicked and bool(self._cases - is_open)


def _keyboards(stage: Stage) -> Iterator[list[dict[str, Any]]]:
    """The buttons of each message that the bot has sent, whatever became of them since."""
    for method, given in list(stage.telegram.calls):
        markup = given.get("reply_markup") if method.startswith("send") else None
        if isinstance(markup, str):
            markup = json.loads(markup)
        if markup:
            yield [button for row in markup.get("inline_keyboard", ()) for button in row]


def _offered(stage: Stage) -> Iterator[set[str]]:
    for buttons in _keyboards(stage):
        presses = [parse(each.get("callback_data", "")) for each in buttons]
        yield {each.choice for each in presses if isinstance(each, Press)}


def _a_page_was_sent(stage: Stage) -> bool:
    return any("url" in button or "web_app" in button for buttons in _keyboards(stage) for button in buttons)


def _has_buttons(message: dict[str, Any]) -> bool:
    return any(block["type"] == "actions" for block in message.get("blocks", ()))
