"""A secret in the chat, wherever it hides, leaves it; and of what may be one nothing is written before he says so."""

import json
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from bot.adapters.database.tables import conversation, inbox
from bot.domain.buttons import DoubtTap
from bot.sandbox.telegram import Telegram
from flows.effects import RemoveMessage, Say, TellStaff
from flows.renewal import StepB
from tests.firm import ODETTE, Firm, founded
from tests.handlers.test_telegram import TOKEN, Poll, Serve, payload

UPDATES = count(871_230_900)
SECRET, DOUBTFUL = "Bistrot2026!", "4512"


@pytest.fixture
async def poll(sqlite_database: str, serve: Serve) -> AsyncIterator[Poll]:
    async with founded(sqlite_database) as firm:
        telegram = Telegram(TOKEN, firm.clock.now)
        base = await serve(Starlette(routes=[Mount("/telegram", routes=telegram.routes)]))
        telegram.person(ODETTE, "Odette")
        poll = Poll(telegram, firm, base)
        yield poll
        await poll.handler.aclose()
        await poll.request.shutdown()
        await telegram.aclose()


def message(**parts: Any) -> dict[str, Any]:
    whole = {key: value for key, value in payload("text")["message"].items() if key != "text"}
    return whole | parts


def replied(text: str, by: int) -> dict[str, Any]:
    said_by = {"id": by, "is_bot": by != ODETTE, "first_name": "X"}
    return {**message(text=text), "message_id": 4000, "from": said_by}


async def takes(poll: Poll, **update: Any) -> None:
    await poll.handler.handle({"update_id": next(UPDATES), **update})


def removed(firm: Firm) -> list[int]:
    return [effect.message_id for effect in firm.effects() if isinstance(effect, RemoveMessage)]


async def written(firm: Firm) -> str:
    """All that the database and the queue know."""
    rows = [*await firm.rows(inbox), *await firm.rows(conversation)]
    return repr(rows) + repr(firm.jobs)


@pytest.mark.parametrize(
    "update",
    [
        {"message": message(photo=payload("photo_caption")["message"]["photo"], caption=f"mon mdp : {SECRET}")},
        {"edited_message": message(text=f"mon mot de passe est {SECRET}")},
        {"message": message(document={"file_id": "f", "file_unique_id": "u", "file_name": f"mdp {SECRET}.txt"})},
        {
            "message": message(
                text="voilà", quote={"text": f"mdp {SECRET}", "position": 0}, reply_to_message=replied("x", ODETTE)
            )
        },
    ],
    ids=["a caption", "a change", "the name of a file", "a quotation"],
)
async def test_a_secret_leaves_the_chat_wherever_it_hides(poll: Poll, update: dict[str, Any]) -> None:
    await poll.firm.odette(StepB())
    assert SECRET in json.dumps(update)
    await takes(poll, **update)
    assert removed(poll.firm) == [4021]
    assert poll.firm.said() == ["secret-removed"]
    assert TellStaff("secret-removed") in poll.firm.effects()
    assert SECRET not in await written(poll.firm)
    page = next(effect for effect in poll.firm.effects() if isinstance(effect, Say))
    assert (page.link, page.new_secret) == ("open", True)


async def test_the_message_that_he_replies_to_leaves_too_and_is_told_of_once(poll: Poll) -> None:
    await poll.firm.odette(StepB())
    for text in ("bonjour", "merci"):
        await takes(poll, message=message(text=text, reply_to_message=replied(f"mdp {SECRET}", ODETTE)))
    assert removed(poll.firm) == [4000]
    assert poll.firm.said() == ["hello", "secret-removed", "you-are-welcome"]


async def test_what_we_wrote_ourselves_is_no_secret_of_his(poll: Poll) -> None:
    await poll.firm.odette(StepB())
    ours = replied(f"mdp {SECRET}", 123456)
    await takes(poll, message=message(text="bonjour", reply_to_message=ours, quote={"text": "mdp", "position": 0}))
    assert removed(poll.firm) == []


@pytest.mark.parametrize("name", ["relevé_novembre.pdf", "IMG_20261124_093012.jpg", "FA-2026-Bq1182x.pdf"])
async def test_the_name_of_a_file_is_full_of_figures_by_nature(poll: Poll, name: str) -> None:
    await poll.firm.odette(StepB())
    await takes(poll, message=message(document={"file_id": "f", "file_unique_id": "u", "file_name": name}))
    assert removed(poll.firm) == []
    assert "with-staff" in poll.firm.said()


# What may be one


async def is_asked(poll: Poll) -> tuple[int, int]:
    """He writes what may be a code, on the sandbox's telephone; the ids of his message and of the question."""
    await poll.firm.odette(StepB())
    written_as = (await poll.telegram.writes(ODETTE, DOUBTFUL))["message_id"]
    await poll.polling._once()
    assert await poll.firm.rows(inbox) == []
    assert DOUBTFUL not in await written(poll.firm)
    question = poll.telegram.chat(ODETTE)[-1]
    assert "mot de passe" in question["text"]
    return int(written_as), int(question["message_id"])


async def taps(poll: Poll, asked: tuple[int, int], *, secret: bool) -> str:
    press = await poll.telegram.presses(ODETTE, asked[1], DoubtTap(asked[0], secret).data())
    await poll.polling._once()
    return str((await poll.telegram.answered(press))["text"])


async def test_his_no_lets_it_through(poll: Poll) -> None:
    asked = await is_asked(poll)
    await taps(poll, asked, secret=False)
    assert removed(poll.firm) == []
    assert len(poll.firm.jobs) > 0
    assert poll.firm.said() != ["secret-removed"]


async def test_his_yes_lets_it_go(poll: Poll) -> None:
    asked = await is_asked(poll)
    await taps(poll, asked, secret=True)
    assert removed(poll.firm) == [asked[0]]
    assert poll.firm.said() == ["secret-removed"]
    assert DOUBTFUL not in await written(poll.firm)


async def test_without_an_answer_it_is_let_go_and_a_late_yes_changes_nothing(poll: Poll) -> None:
    asked = await is_asked(poll)
    await poll.handler.doubts.expire((ODETTE, asked[0]))
    await taps(poll, asked, secret=True)
    assert removed(poll.firm) == [asked[0]]
    assert poll.firm.said() == ["secret-removed"]


async def test_where_the_program_stops_it_is_let_go_and_he_is_asked_to_write_it_again(poll: Poll) -> None:
    """After a restart nobody would know of it, and he was told that it leaves the chat without an answer."""
    asked = await is_asked(poll)
    await poll.handler.doubts.aclose()
    assert removed(poll.firm) == [asked[0]]
    assert "réécrire" in await taps(poll, asked, secret=False)
    assert poll.firm.said() == ["secret-removed"]
    assert DOUBTFUL not in await written(poll.firm)
