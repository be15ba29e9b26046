"""The one exception of the sandbox's Slack: what a call was refused for."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """Slack said no: `error` is its code, `messages` what it adds, `retry_after` the wait of a 429."""

    def __init__(self, error: str, messages: Sequence[str] = (), retry_after: int | None = None) -> None:
        super().__init__(error, *messages)
        self.error, self.messages, self.retry_after = error, list(messages), retry_after

    def body(self) -> Json:
        """The answer as Slack writes it."""
        body: Json = {"ok": False, "error": self.error}
        if self.messages:
            body["errors"] = self.messages
            body["response_metadata"] = {"messages": [f"[ERROR] {each}" for each in self.messages]}
        return body
