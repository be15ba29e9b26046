"""Voice notes, heard by a small server over HTTP that answers as whisper.cpp's does."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.adapters.understanding.french import FrenchReader
from bot.adapters.whisper import WhisperServer
from bot.domain.errors import Refused, TryAgain
from bot.ports import Job
from bot.settings import Settings
from bot.voice import UNHEARD_AFTER, Voice
from flows.effects import Effect, RemoveMessage, Transcribe
from flows.renewal import Checking, StepB
from handlers.words import WordReader
from tests.firm import ODETTE, Firm, founded

OGG = b"OggS a few words"
Serve = Callable[[ASGIApp], Awaitable[str]]


@dataclass
class Engine:
    """In place of whisper.cpp: it says what it is told to have heard."""

    answers: list[tuple[int, object]] = field(default_factory=list)
    heard: list[tuple[str, bytes, str]] = field(default_factory=list)

    async def infer(self, request: Request) -> JSONResponse:
        async with request.form() as form:
            file = form["file"]
            assert not isinstance(file, str)
            self.heard.append((str(file.filename), await file.read(), str(form["language"])))
        status, body = self.answers.pop(0)
        return JSONResponse(body, status)

    async def fetch(self, file: str) -> tuple[str, bytes]:
        """And in place of Telegram, which keeps the recording."""
        assert file == "f1"
        return "file_7.oga", OGG


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
async def whisper(engine: Engine, serve: Serve) -> AsyncIterator[WhisperServer]:
    url = await serve(Starlette(routes=[Route("/inference", engine.infer, methods=["POST"])]))
    server = WhisperServer(url)
    yield server
    await server.aclose()


async def test_a_recording_becomes_words(engine: Engine, whisper: WhisperServer) -> None:
    engine.answers = [(200, {"text": " C'est\n bon. "})]
    assert await whisper.transcribe("file_7.oga", OGG) == "C'est bon."
    assert engine.heard == [("file_7.oga", OGG, "fr")]


@pytest.mark.parametrize(
    ("answer", "error"),
    [((500, {}), TryAgain), ((200, {"error": "FFmpeg conversion failed."}), Refused), ((400, []), Refused)],
)
async def test_what_goes_wrong_is_told_apart(
    engine: Engine, whisper: WhisperServer, answer: tuple[int, object], error: type[Exception]
) -> None:
    engine.answers = [answer]
    with pytest.raises(error):
        await whisper.transcribe("file_7.oga", OGG)


async def test_a_server_that_is_not_there_may_be_there_later() -> None:
    away = WhisperServer("http://127.0.0.1:1")
    with pytest.raises(TryAgain):
        await away.transcribe("file_7.oga", OGG)
    await away.aclose()


@pytest.mark.parametrize("url", ["http://whisper.example:8178", "https://127.0.0.1:8178", "8178"])
def test_no_sound_leaves_the_machine(url: str) -> None:
    with pytest.raises(ValidationError):
        Settings(_env_file=None, transcriber_url=url)  # type: ignore[call-arg]


# In the conversation


@pytest.fixture
async def firm(sqlite_database: str) -> AsyncIterator[Firm]:
    async with founded(sqlite_database) as firm:
        yield firm


async def hears(firm: Firm, engine: Engine, whisper: WhisperServer, talk: int, times: int = 1) -> list[Effect]:
    voice = Voice(whisper, engine, WordReader(FrenchReader(), firm.engine), firm.engine)  # type: ignore[arg-type]
    effect = Transcribe("f1", 4021)
    for _ in range(times - 1):
        with pytest.raises(TryAgain):
            await voice.hear(Job("j", talk, ODETTE, effect), effect)
    await voice.hear(Job("j", talk, ODETTE, effect), effect)
    return firm.effects()


async def test_what_he_says_does_what_the_same_words_do_when_typed(
    firm: Firm, engine: Engine, whisper: WhisperServer
) -> None:
    talk = await firm.odette(StepB())
    engine.answers = [(200, {"text": "c'est fait"})]
    await hears(firm, engine, whisper, talk)
    assert (await firm.talk(talk)).state == Checking()


async def test_a_password_that_he_says_leaves_the_chat_with_the_recording(
    firm: Firm, engine: Engine, whisper: WhisperServer
) -> None:
    talk = await firm.odette(StepB())
    engine.answers = [(200, {"text": "mon mot de passe : Bistrot2026!"})]
    effects = await hears(firm, engine, whisper, talk)
    assert RemoveMessage(4021) in effects
    assert "Bistrot" not in repr(firm.jobs) + repr(await firm.talk(talk))


@pytest.mark.parametrize(
    ("answers", "times"),
    [([(200, {"text": ""})], 1), ([(200, {"error": "x"})], 1), ([(500, {})] * UNHEARD_AFTER, UNHEARD_AFTER)],
    ids=["silence", "no recording", "no answer"],
)
async def test_who_is_not_heard_is_told_so(
    firm: Firm, engine: Engine, whisper: WhisperServer, answers: list[tuple[int, object]], times: int
) -> None:
    talk = await firm.odette(StepB())
    engine.answers = answers
    await hears(firm, engine, whisper, talk, times)
    assert firm.said() == ["voice-not-heard"]
