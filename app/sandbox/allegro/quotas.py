"""How much may be asked of Allegro in a minute and in an hour, and the pause that follows too much."""

from collections import deque
from datetime import datetime, timedelta

from app.sandbox.allegro.answers import ApiError
from app.sandbox.clock import Clock

PAUSE_SECONDS = 60
_MINUTE = 60
_HOUR = 3600
# Seconds of a window and the most in it. Commands are counted by the offers that they change.
_LIMITS: dict[str, dict[int, int]] = {
    "all": {_MINUTE: 9000},
    "offer": {_MINUTE: 3500},
    "edit": {_MINUTE: 2500, _HOUR: 74_700},
    "quantity": {_MINUTE: 9000, _HOUR: 250_000},
    "publication": {_MINUTE: 9000, _HOUR: 250_000},
    "price": {_MINUTE: 9000, _HOUR: 150_000},
    "bulk": {_MINUTE: 9000, _HOUR: 150_000},
    "report": {_MINUTE: 270_000},
    "pricing_rules": {1: 5},
    "matching_categories": {1: 5},
    "carriers": {1: 50},
    "parcels": {1: 50},
}


class _Window:
    """What was counted during the last so many seconds."""

    def __init__(self, seconds: int) -> None:
        self._length = timedelta(seconds=seconds)
        self._counted: deque[tuple[datetime, int]] = deque()
        self._sum = 0

    def sum(self, now: datetime) -> int:
        while self._counted and self._counted[0][0] <= now - self._length:
            self._sum -= self._counted.popleft()[1]
        return self._sum

    def add(self, now: datetime, weight: int) -> None:
        self._counted.append((now, weight))
        self._sum += weight


class Quotas:
    """`hits` counts the calls made during a pause, each of which prolonged it.

    Not safe by itself: callers hold the lock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        self.hits = 0
        self._limits = dict(_LIMITS)
        self._windows: dict[tuple[str, str, int], _Window] = {}
        self._paused_until: dict[tuple[str, str], datetime] = {}

    def narrow(self, name: str, most: dict[int, int]) -> None:
        """Replace a limit: seconds and the most that may be asked in them. Raises KeyError for an unknown name."""
        if name not in self._limits:
            raise KeyError(name)
        self._limits[name] = most

    def charge(self, name: str, who: str, weight: int = 1) -> None:
        """Count what was asked. Raises ApiError 429 where it is too much, and until the pause after it is over."""
        now = self._clock.now()
        pause = now + timedelta(seconds=PAUSE_SECONDS)
        paused_until = self._paused_until.get((name, who))
        if paused_until is not None and now < paused_until:
            self.hits += 1
            self._paused_until[(name, who)] = pause
            raise _too_many()
        windows = [
            (self._windows.setdefault((name, who, seconds), _Window(seconds)), most)
            for seconds, most in self._limits[name].items()
        ]
        if any(window.sum(now) + weight > most for window, most in windows):
            self._paused_until[(name, who)] = pause
            raise _too_many()
        for window, _most in windows:
            window.add(now, weight)


def _too_many() -> ApiError:
    return ApiError(429, "TooManyRequestsException", "Too many requests, please try again later.")
