"""What staff read of one bank in Slack, on the board and in its client's window: how it stands, and what is next."""

from datetime import datetime

from bot.adapters.database.board import ClientLine
from bot.adapters.database.home import BankLine
from bot.adapters.texts import day
from bot.domain.connection import Actor
from bot.ports import Texts

OPTED_OUT = "opt_out.opted-out"
NEXT = (
    "closed", "take", "taken", "contact", "call", "opted-out", "invite", "check", "aggregator", "bank", "first",
    "client", "nothing",
)  # fmt: skip
"""What can be next for a bank: `board-next-…`."""
BOT_GOES_ON = ("bank", "first", "client", "nothing")
"""Where nobody of the firm has to act, the bot does, on a day that it knows."""


def standing(bank: BankLine, texts: Texts) -> str:
    """How the bank stands; where its data are missing, for how many days comes first."""
    condition = texts.say(f"connection-{bank.line.condition}")
    if not bank.days_lost:
        return f"{due(bank, texts)} · {condition}"
    lost = texts.say("board-lost", days=bank.days_lost, condition=condition)
    vat = texts.say("board-vat", on=day(bank.vat_on)) if bank.vat_on else ""
    return " · ".join(each for each in (lost, vat, due(bank, texts)) if each)


def due(bank: BankLine, texts: Texts) -> str:
    """When it ends, and who says so."""
    ends = day(bank.line.expires_on) if bank.line.expires_on else ""
    return texts.say("board-due", due=ends, detail=texts.say(f"source-{bank.line.source}"))


def next_step(bank: BankLine, now: datetime, texts: Texts) -> str:
    """What is to be done next, and by whom; with the day on which the bot goes on by itself."""
    key, line = next_key(bank), bank.line
    cause = texts.say(f"case-{line.cause}") if line.cause else ""
    said = texts.say(f"board-next-{key}", who=line.taken_by, cause_text=cause)
    if key not in BOT_GOES_ON or bank.deadline is None or bank.deadline < now:
        return said
    return texts.say("board-next-on", detail=said, on=day(bank.deadline.astimezone(now.tzinfo).date()))


def next_key(bank: BankLine) -> str:
    """Whoever has to act, the nearest to us first."""
    line = bank.line
    if line.closed:
        return "closed"
    if line.case_id is not None:
        return "taken" if line.taken_by else "take"
    return way_to_client(line) or for_bank(line)


def way_to_client(line: ClientLine) -> str:
    """What keeps the bot from speaking with him; empty where nothing does."""
    if not line.contact:
        return "contact"
    if not line.linked:
        return "invite"
    if line.state == OPTED_OUT:
        return "opted-out"
    return "" if line.reachable else "call"


def for_bank(line: ClientLine) -> str:
    """What the bank wants."""
    if not line.connected:
        return "first"
    if line.stale:
        return "check"
    return {Actor.STAFF: "aggregator", Actor.TIME: "bank", Actor.CLIENT: "client"}.get(line.acts, "nothing")
