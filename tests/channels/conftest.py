"""A transport whose clock only moves when told, and retries that do not wait."""

from collections.abc import Iterator

import pytest
import stamina

from app.channels.http import Transport


class Clock:
    """Seconds that pass when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def transport(clock: Clock) -> Iterator[Transport]:
    transport = Transport(now=clock, sleep=clock.sleep, jitter=lambda: 0.0)
    # The retries of the product, without the pauses between them.
    with stamina.set_testing(True, attempts=3):
        yield transport
    transport.close()
