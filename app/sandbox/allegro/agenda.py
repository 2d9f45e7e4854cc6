"""What is due in the pretend world: endings, archiving, commands that wait to be executed."""

import heapq
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

from app.sandbox.clock import Clock

Action = Callable[[datetime], None]


class Agenda:
    """Runs each action once its time has come, in the order of their times, when somebody looks at the world.

    An action is told the moment at which it was due, which the clock may have passed long ago. Not safe by itself:
    callers hold the lock.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count()
        self._waiting: list[tuple[datetime, int, Action]] = []
        self._running = False

    def at(self, moment: datetime, action: Action) -> None:
        heapq.heappush(self._waiting, (moment, next(self._numbers), action))

    def after(self, seconds: float, action: Action) -> None:
        self.at(self._clock.now() + timedelta(seconds=seconds), action)

    def catch_up(self) -> None:
        """Run what is due, and what becomes due by it. An action that looks at the world does not start the next."""
        if self._running:
            return
        self._running = True
        try:
            while self._waiting and self._waiting[0][0] <= self._clock.now():
                moment, _number, action = heapq.heappop(self._waiting)
                action(moment)
        finally:
            self._running = False

    def clear(self) -> None:
        self._waiting.clear()
