"""`Transcriber` on whisper.cpp's own HTTP server, on this machine, which what clients say does not leave.

Source: examples/server/README.md of ggml-org/whisper.cpp, `POST /inference`; `--convert` lets it take Telegram's OGG.
"""

from typing import Any

import httpx

from bot.domain.errors import Refused, TryAgain

LONGEST_WAIT = 120.0
"""Seconds; a small machine hears a minute of speech in less."""


class WhisperServer:
    """Sends a recording, and reads its words in French."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=LONGEST_WAIT, trust_env=False)

    async def transcribe(self, name: str, audio: bytes) -> str:
        """The words, on one line. What was heard is in no exception."""
        form = {"response_format": "json", "language": "fr", "temperature": "0.0"}
        try:
            answer = await self._http.post("/inference", files={"file": (name, audio)}, data=form)
        except httpx.HTTPError as error:
            raise TryAgain(f"The transcription does not answer: {type(error).__name__}") from None
        if answer.status_code >= 500:
            raise TryAgain(f"The transcription answers {answer.status_code}")
        text = words_in(answer)
        if text is None:
            raise Refused(f"The transcription cannot read this recording ({answer.status_code})")
        return text

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()


def words_in(answer: httpx.Response) -> str | None:
    """The server tells an error with a 200 too, in an object without a text."""
    try:
        said: Any = answer.json()
    except ValueError:
        return None
    text = said.get("text") if isinstance(said, dict) else None
    return " ".join(text.split()) if isinstance(text, str) and answer.status_code == httpx.codes.OK else None
