"""How fast a host may be called: token buckets, and a pause that grows while the host says 429."""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

# Allegro prolongs its block at every call that is made while it lasts, and blocks for a minute at least.
_FIRST_PAUSE_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 15 * 60.0
# A host that names a longer pause than this is not believed; it is asked again by then.
_LONGEST_ANNOUNCED_SECONDS = 60 * 60.0
_JITTER = 0.25
# The host's clock is not ours, and calls can arrive closer together than they were sent.
_MARGIN = 0.95
# Shorter waits may not move a coarse clock at all.
_SHORTEST_WAIT_SECONDS = 0.01


class Priority(IntEnum):
    """What a call is for. Orders go before stock, and stock before prices."""

    ORDERS = 0
    STOCK = 1
    PRICES = 2


# The share of a full bucket that a call leaves to those that go before it.
_RESERVES = {Priority.ORDERS: 0.0, Priority.STOCK: 0.1, Priority.PRICES: 0.25}
# How much longer a pause is. The first orders show whether it is really over, before the many others call.
_AFTER_PAUSE_SECONDS = {Priority.ORDERS: 0.0, Priority.STOCK: 5.0, Priority.PRICES: 15.0}


@dataclass(frozen=True)
class Limit:
    """At most `most` in any `seconds`. The share `at_once` may come in one burst, the rest is spread evenly."""

    most: int
    seconds: int
    at_once: float

    @property
    def burst(self) -> float:
        return self.most * self.at_once * _MARGIN

    @property
    def per_second(self) -> float:
        return self.most * (1 - self.at_once) * _MARGIN / self.seconds


@dataclass(frozen=True)
class Quota:
    """What a call takes out of limits: `cost` of each. Calls with the same `key` share them."""

    key: str
    limits: tuple[Limit, ...]
    cost: int = 1


class Pace:
    """The pace of one host, shared by every caller in the process. Times are seconds of a monotonic clock.

    Allegro prolongs a block when it is called while blocked, so nobody calls until the pause is over, and each 429
    in a row doubles the pause (1 min to 15 min, up to a quarter more at random).
    """

    def __init__(self, *, now: Callable[[], float], jitter: Callable[[], float]) -> None:
        """`jitter` gives numbers from 0 to 1."""
        self._now = now
        self._jitter = jitter
        self._lock = threading.Lock()
        self._buckets: dict[tuple[str, Limit], _Bucket] = {}
        self._blocked_until = -math.inf
        self._refusals = 0

    def blocked_for(self, priority: Priority = Priority.ORDERS) -> float:
        """Seconds until a call of this priority may be made again; 0 when it may be made now."""
        with self._lock:
            return self._remaining(priority)

    def take(self, quotas: Sequence[Quota], priority: Priority) -> float:
        """Take what a call costs out of all its buckets, and return 0; or take nothing, and return the seconds after
        which to ask again.
        """
        with self._lock:
            priced = [(bucket, quota.cost) for quota in quotas for bucket in self._buckets_of(quota)]
            wait = max((bucket.wait(cost, priority) for bucket, cost in priced), default=0.0)
            if wait > 0:
                return max(wait, _SHORTEST_WAIT_SECONDS)
            for bucket, cost in priced:
                bucket.tokens -= cost
            return 0.0

    def refused(self, announced_seconds: float | None, quotas: Sequence[Quota] = ()) -> float:
        """The host said 429, perhaps with a pause of its own. Returns the seconds that nobody calls it now."""
        with self._lock:
            now = self._now()
            if self._remaining() == 0:
                # Calls that were under way together are refused together; that is one refusal, not many.
                self._refusals += 1
                for quota in quotas:
                    for bucket in self._buckets_of(quota):
                        # The host has counted more than we have: another process's calls, or those before a restart.
                        bucket.tokens = min(bucket.tokens, bucket.tokens / 2)
            pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** min(self._refusals - 1, 16), _LONGEST_PAUSE_SECONDS)
            pause = max(pause, min(announced_seconds or 0.0, _LONGEST_ANNOUNCED_SECONDS))
            self._blocked_until = max(self._blocked_until, now + pause * (1 + _JITTER * self._jitter()))
            return self._remaining()

    def answered(self) -> None:
        """The host answered without 429: the next pause begins small again."""
        with self._lock:
            if self._remaining() == 0:
                self._refusals = 0

    def _remaining(self, priority: Priority = Priority.ORDERS) -> float:
        return max(0.0, self._blocked_until + _AFTER_PAUSE_SECONDS[priority] - self._now())

    def _buckets_of(self, quota: Quota) -> list["_Bucket"]:
        """Its buckets, filled up to now."""
        now = self._now()
        found = [self._buckets.setdefault((quota.key, limit), _Bucket(limit, now)) for limit in quota.limits]
        for bucket in found:
            bucket.fill(now)
        return found


class _Bucket:
    """Callers hold the lock."""

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._filled_at = now
        self.tokens = limit.burst

    def fill(self, now: float) -> None:
        self.tokens = min(self._limit.burst, self.tokens + (now - self._filled_at) * self._limit.per_second)
        self._filled_at = now

    def wait(self, cost: int, priority: Priority) -> float:
        """Seconds until there is enough for it and for those before it; a call that costs much needs a full bucket."""
        needed = min(self._limit.burst, cost + _RESERVES[priority] * self._limit.burst)
        return max(0.0, needed - self.tokens) / self._limit.per_second
