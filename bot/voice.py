"""Voice notes, where the firm has an engine that hears them: the words are taken as if he had typed them."""

from typing import Protocol

import structlog

from bot.domain.errors import Refused, TryAgain
from bot.engine import Engine, Envelope, ToConversation
from bot.ports import Job, Messenger, Secrecy, Transcriber
from flows.effects import Transcribe
from flows.events import Event, Intent, SentFile, Wrote

log = structlog.get_logger(__name__)
UNHEARD_AFTER = 3
"""Attempts; then he is told that we could not hear him."""


class ReadsWords(Protocol):
    """What a client means by his words."""

    def secrecy(self, *texts: str | None) -> Secrecy: ...

    async def read(self, text: str, chat_id: int) -> Wrote: ...


class Voice:
    """Hears a voice note in memory, and lets the conversation know what he means."""

    def __init__(self, transcriber: Transcriber, messenger: Messenger, words: ReadsWords, engine: Engine) -> None:
        self.transcriber = transcriber
        self.messenger = messenger
        self.words = words
        self.engine = engine
        self._attempts: dict[str, int] = {}

    async def hear(self, job: Job, effect: Transcribe) -> None:
        """Raises `TryAgain`, a few times."""
        assert job.conversation_id is not None
        assert job.chat_id is not None
        event = await self._heard(job, effect, job.chat_id)
        to = ToConversation(job.conversation_id)
        await self.engine.receive(Envelope(f"{job.id}/heard", to, event, message_id=effect.message_id))
        self._attempts.pop(job.id, None)

    async def _heard(self, job: Job, effect: Transcribe, chat_id: int) -> Event:
        """A recording that may hold a secret is one: nobody can be asked about words that he did not write."""
        try:
            text = await self.transcriber.transcribe(*await self.messenger.fetch(effect.file))
        except Refused as error:
            log.warning("a voice note is not heard", job=job.id, reason=str(error))
            return SentFile("voice", effect.file)
        except TryAgain:
            attempts = self._attempts[job.id] = self._attempts.get(job.id, 0) + 1
            if attempts < UNHEARD_AFTER:
                raise
            return SentFile("voice", effect.file)
        if not text:
            return SentFile("voice", effect.file)
        if self.words.secrecy(text) is not Secrecy.NONE:
            return Wrote(Intent.SECRET)
        return await self.words.read(text, chat_id)
