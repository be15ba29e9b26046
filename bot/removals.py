"""A secret leaves its chat: tried until Telegram lets us, and where it never does, the client and staff are told so.

Law: who was told that his message is deleted hears if it is not. Of the secret nothing is known here but where it is.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.domain.away import Away
from bot.domain.errors import Blocked, Refused, TryAgain
from bot.engine import Engine, Envelope, ToChat
from bot.ports import Clock, Job, Messenger, Transaction
from flows.effects import Say, TellStaff
from flows.events import Undeliverable

log = structlog.get_logger(__name__)
DELETABLE = timedelta(hours=48)
"""So long Telegram lets a bot delete what somebody wrote. Source: Bot API, deleteMessage."""
WHILE_BLOCKED = 600.0
"""Seconds between two tries in a chat that is closed to us: he may come back within the two days."""


class Removals:
    """Deletes messages of clients'. What it waits for is kept in the outbox."""

    def __init__(self, messenger: Messenger, engine: Engine, clock: Clock) -> None:
        self.messenger = messenger
        self.engine = engine
        self.clock = clock

    async def remove(self, job: Job, message_id: int) -> None:
        """Raises `TryAgain` for two days after the message came."""
        assert job.chat_id is not None
        try:
            await self.messenger.remove(job.chat_id, message_id)
        except Refused as error:
            await self._stays(job, str(error))
        except Blocked as error:
            gone = Envelope(f"{job.id}/blocked", ToChat(job.chat_id), Undeliverable(error.why))
            await self.engine.receive(gone)
            if error.why is Away.BLOCKED and not self._is_late(job):
                raise TryAgain("a secret stays in a chat that is closed to us", after=WHILE_BLOCKED) from None
            await self._stays(job, str(error))
        except TryAgain as error:
            if not self._is_late(job):
                raise
            await self._stays(job, str(error))

    def _is_late(self, job: Job) -> bool:
        since = str(job.facts.get("now", ""))
        return bool(since) and self.clock.now() - datetime.fromisoformat(since) > DELETABLE

    async def _stays(self, job: Job, reason: str) -> None:
        """It stays in his chat: he can delete it, and staff can call him. Told once, however often this is tried."""
        log.error("a secret could not be deleted from its chat", job=job.id, reason=reason)
        dedupe_id, now = f"{job.id}/stays", self.clock.now()

        def work(tx: Transaction) -> None:
            if not tx.first_time(dedupe_id, now):
                return
            tx.enqueue(replace(job, id=f"{dedupe_id}/0", effect=Say("secret-stays")))
            if job.conversation_id is not None:
                tx.enqueue(replace(job, id=f"{dedupe_id}/1", effect=TellStaff("secret-stays")))
                tx.audit("secret-stays", conversation=job.conversation_id)

        await self.engine.store.transact(work)
