"""How fast a host may be called."""

import pytest

from app.channels.pacing import Pace
from tests.channels.conftest import Clock


def pace_of(clock: Clock, calls_per_minute: float | None = None, jitter: float = 0.0) -> Pace:
    return Pace(calls_per_minute=calls_per_minute, now=clock, jitter=lambda: jitter)


def test_the_pause_doubles_with_each_refusal_up_to_15_minutes(clock: Clock) -> None:
    pace = pace_of(clock)
    pauses = []
    for _ in range(10):
        pauses.append(pace.refused(None))
        clock.now += pauses[-1]
    assert pauses == [60, 120, 240, 480, 900, 900, 900, 900, 900, 900]


def test_refusals_of_calls_that_were_under_way_together_count_once(clock: Clock) -> None:
    pace = pace_of(clock)
    assert [pace.refused(None) for _ in range(5)] == [60] * 5
    clock.now += 60
    assert pace.refused(None) == 120


def test_an_answer_makes_the_next_pause_small_again(clock: Clock) -> None:
    pace = pace_of(clock)
    clock.now += pace.refused(None)
    clock.now += pace.refused(None)
    pace.answered()
    assert pace.refused(None) == 60


def test_an_answer_that_was_under_way_does_not_end_the_pause(clock: Clock) -> None:
    pace = pace_of(clock)
    pace.refused(None)
    pace.answered()
    assert pace.blocked_for() == 60
    clock.now += 60
    assert pace.refused(None) == 120


def test_jitter_makes_a_pause_longer_never_shorter(clock: Clock) -> None:
    assert pace_of(clock, jitter=1.0).refused(None) == pytest.approx(75)


def test_an_announced_pause_of_days_is_not_believed(clock: Clock) -> None:
    assert pace_of(clock).refused(5 * 86400.0) == 3600


def test_the_bucket_fills_again(clock: Clock) -> None:
    pace = pace_of(clock, calls_per_minute=9000)
    assert [pace.take() for _ in range(150)] == [0.0] * 150
    assert pace.take() == pytest.approx(1 / 150)
    clock.now += 10
    assert [pace.take() for _ in range(150)] == [0.0] * 150


def test_without_a_limit_nobody_waits(clock: Clock) -> None:
    pace = pace_of(clock)
    assert sum(pace.take() for _ in range(100_000)) == 0
