"""The pretend world's time, which a test may move forward."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Real time plus an offset. Times are aware and UTC."""

    def __init__(self) -> None:
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move the pretend world's time forward (or, with a negative number, back)."""
        self._offset += timedelta(seconds=seconds)

    def reset(self) -> None:
        self._offset = timedelta(0)
