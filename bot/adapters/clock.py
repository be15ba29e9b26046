"""Clocks: the real one, and one that can be moved."""

from datetime import UTC, datetime, timedelta


class SystemClock:
    """`Clock`, as the machine has it."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class MovableClock:
    """`Clock` that can be set forward. It goes on by itself from where it was set, unless it stands still."""

    def __init__(self, start: datetime | None = None, *, stands_still: bool = False) -> None:
        self._stands_still = stands_still
        self._offset = timedelta(0)
        self._at = start or datetime.now(UTC)
        if not stands_still:
            self._offset = self._at - datetime.now(UTC)

    def now(self) -> datetime:
        return self._at if self._stands_still else datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        """It is now this moment."""
        self._at = moment
        self._offset = moment - datetime.now(UTC)
