"""The story as a readable dialogue: who says what to whom, at which virtual date."""

import html
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.sandbox.actors import Client, Staff, keys

Json = dict[str, Any]
PARIS = ZoneInfo("Europe/Paris")
COLOURS = {"bot": "cyan", "client": "green", "staff": "magenta", "bank": "yellow"}
BOT = "Resync"


class Transcript:
    """Prints what is new on the screens, in the order in which it appeared."""

    def __init__(self, console: Console, clients: Iterable[Client], staff: Staff) -> None:
        self.console = console
        self.clients = list(clients)
        self.staff = staff
        self._seen: set[tuple[str, str]] = set()

    def scene(self, title: str) -> None:
        """A chapter begins."""
        self.console.print()
        self.console.rule(f"[bold]{title}", align="left")

    def bank(self, at: datetime, words: str) -> None:
        """Something happens at the bank, or in One up."""
        self._line(at, "bank", "Banque", words)

    def catch_up(self) -> None:
        """Print what was said since the last time."""
        news: list[tuple[float, int, str, str, str]] = []
        for client in self.clients:
            news += self._from_chat(client)
        news += self._from_slack()
        for when, _, kind, who, words in sorted(news):
            self._line(datetime.fromtimestamp(when, PARIS), kind, who, words)

    def _from_chat(self, client: Client) -> Iterable[tuple[float, int, str, str, str]]:
        for message in client.screen:
            if not self._is_new("telegram", f"{client.id}:{message['message_id']}"):
                continue
            bot = message["from"]["is_bot"]
            who = f"{BOT} → {client.name}" if bot else f"{client.name} → {BOT}"
            yield message["date"], message["message_id"], "bot" if bot else "client", who, telegram_words(message)

    def _from_slack(self) -> Iterable[tuple[float, int, str, str, str]]:
        for parent in self.staff.channel():
            for message in self.staff.thread(parent["ts"]):
                if not self._is_new("slack", message["ts"]):
                    continue
                bot = "bot_id" in message
                who = f"{BOT} → cabinet" if bot else "cabinet (interne)"
                yield float(message["ts"]), 0, "bot" if bot else "staff", who, slack_words(message)

    def _is_new(self, place: str, key: str) -> bool:
        if (place, key) in self._seen:
            return False
        self._seen.add((place, key))
        return True

    def _line(self, at: datetime, kind: str, who: str, words: str) -> None:
        row = Table.grid(padding=(0, 1), expand=True)
        row.add_column(width=16, style="dim")
        row.add_column(width=18, style=COLOURS[kind])
        row.add_column(ratio=1)
        row.add_row(f"{at.astimezone(PARIS):%d/%m/%Y %H:%M}", who, Text(re.sub(r"\n{2,}", "\n", words)))
        self.console.print(row)


def telegram_words(message: Json) -> str:
    """A message as it reads on the phone, with its picture and its buttons."""
    said = message.get("text") or message.get("caption") or "(pièce jointe)"
    picture = "🖼  " if "photo" in message else ""
    buttons = "".join(f"\n[ {button['text']} ]" for button in keys(message))
    return f"{picture}{said}{buttons}"


def slack_words(message: Json) -> str:
    """A message as it reads in Slack: its blocks, or its text."""
    pieces: list[str] = []
    for block in message.get("blocks") or []:
        pieces += texts_of(block)
    return re.sub(r"\n{2,}", "\n", html.unescape("\n".join(pieces) or message.get("text", "")))


def texts_of(block: Json) -> list[str]:
    """The words of one Block Kit block; buttons in brackets, pieces of rich text joined to lines."""
    match block.get("type"):
        case "actions":
            return ["  ".join(f"[ {element['text']['text']} ]" for element in block["elements"])]
        case "rich_text":
            return ["".join(each.get("text", "") for each in part["elements"]) for part in block["elements"]]
        case "context":
            return [each["text"] for each in block["elements"] if "text" in each]
        case "header" | "section":
            return [block["text"]["text"]] if "text" in block else []
    return []
