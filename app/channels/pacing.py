"""How fast a host may be called: a token bucket, and a pause that grows while the host says 429."""

import threading
from collections.abc import Callable

# Allegro prolongs its block at every call that is made while it lasts, and blocks for a minute at least.
_FIRST_PAUSE_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 15 * 60.0
# A host that names a longer pause than this is not believed; it is asked again by then.
_LONGEST_ANNOUNCED_SECONDS = 60 * 60.0
_JITTER = 0.25


class Pace:
    """The pace of one host, shared by every caller in the process. Times are seconds of a monotonic clock.

    Allegro prolongs a block when it is called while blocked, so nobody calls until the pause is over, and each 429
    in a row doubles the pause (1 min to 15 min, up to a quarter more at random).
    """

    def __init__(
        self,
        *,
        calls_per_minute: float | None,
        now: Callable[[], float],
        jitter: Callable[[], float],
    ) -> None:
        """`calls_per_minute` None means without limit; `jitter` gives numbers from 0 to 1."""
        self._per_second = None if calls_per_minute is None else calls_per_minute / 60
        self._now = now
        self._jitter = jitter
        self._lock = threading.Lock()
        self._tokens = self._burst = max(1.0, self._per_second or 1.0)
        self._filled_at = now()
        self._blocked_until = 0.0
        self._refusals = 0

    def blocked_for(self) -> float:
        """Seconds until the host may be called again; 0 when it may be called now."""
        with self._lock:
            return self._remaining()

    def take(self) -> float:
        """Take one call out of the bucket. Returns the seconds to wait before making it."""
        if self._per_second is None:
            return 0.0
        with self._lock:
            now = self._now()
            self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_second)
            self._filled_at = now
            # Below zero the calls queue up: each one waits for its own token.
            self._tokens -= 1
            return max(0.0, -self._tokens / self._per_second)

    def refused(self, announced_seconds: float | None) -> float:
        """The host said 429, perhaps with a pause of its own. Returns the seconds that nobody calls it now."""
        with self._lock:
            now = self._now()
            if self._remaining() == 0:
                # Calls that were under way together are refused together; that is one refusal, not many.
                self._refusals += 1
            pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(self._refusals - 1, 16), _LONGEST_PAUSE_SECONDS)
            pause = max(pause, min(announced_seconds or 0.0, _LONGEST_ANNOUNCED_SECONDS))
            self._blocked_until = max(self._blocked_until, now + pause * (1 + _JITTER * self._jitter()))
            return self._remaining()

    def answered(self) -> None:
        """The host answered without 429: the next pause begins small again."""
        with self._lock:
            if self._remaining() == 0:
                self._refusals = 0

    def _remaining(self) -> float:
        return max(0.0, self._blocked_until - self._now())
