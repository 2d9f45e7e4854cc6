"""How fast a host may be called."""

from bisect import bisect_right

import pytest

from app.channels.allegro.limits import (
    APPLICATION,
    OFFER_EDITS,
    OFFER_READS,
    PRICE_COMMANDS,
    REPORTS,
    STOCK_COMMANDS,
    SellerLimit,
)
from app.channels.pacing import Limit, Pace, Priority, Quota
from tests.channels.conftest import Clock


def pace_of(clock: Clock, jitter: float = 0.0) -> Pace:
    return Pace(now=clock, jitter=lambda: jitter)


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


def spend(pace: Pace, clock: Clock, quotas: tuple[Quota, ...], priority: Priority) -> list[float]:
    """Wait until the call may be made, and make it. Returns the waits."""
    waits = []
    while wait := pace.take(quotas, priority):
        waits.append(wait)
        clock.now += wait
    return waits


def spent_at_once(pace: Pace, quota: Quota, priority: Priority) -> int:
    calls = 0
    while pace.take((quota,), priority) == 0:
        calls += 1
    return calls


@pytest.mark.parametrize("priority", Priority)
@pytest.mark.parametrize(
    ("limits", "allowed", "cost", "hours"),
    [
        (APPLICATION, {60: 6000}, 10, 0.05),
        (OFFER_READS.limits, {60: 3500}, 10, 0.05),
        (OFFER_EDITS.limits, {60: 2490, 3600: 74_700}, 30, 2.5),
        (STOCK_COMMANDS.limits, {60: 9000, 3600: 250_000}, 1000, 2.5),
        (STOCK_COMMANDS.limits, {60: 9000, 3600: 250_000}, 730, 2.5),
        (PRICE_COMMANDS.limits, {60: 9000, 3600: 150_000}, 100, 1.2),
        (PRICE_COMMANDS.limits, {60: 9000, 3600: 150_000}, 1000, 2.5),
        (REPORTS.limits, {60: 270_000}, 1000, 0.05),
    ],
)
def test_no_window_holds_more_than_allegro_allows_and_most_of_it_is_used(
    clock: Clock, limits: tuple[Limit, ...], allowed: dict[int, int], cost: int, hours: float, priority: Priority
) -> None:
    pace, start = pace_of(clock), clock.now
    sent: list[float] = []
    while clock.now < start + hours * 3600:
        spend(pace, clock, (Quota("all", limits, cost),), priority)
        sent.append(clock.now)
    for seconds, most in allowed.items():
        fullest = max(bisect_right(sent, at + seconds) - number for number, at in enumerate(sent)) * cost
        assert 0.75 * most < fullest <= most


@pytest.mark.parametrize(
    ("limit", "priority"), [(STOCK_COMMANDS, Priority.STOCK), (PRICE_COMMANDS, Priority.PRICES)], ids=["stock", "price"]
)
def test_50_000_offers_flow_in_seven_minutes_and_no_command_gives_up(
    clock: Clock, limit: SellerLimit, priority: Priority
) -> None:
    pace, start = pace_of(clock), clock.now
    for _ in range(50):
        assert sum(spend(pace, clock, (Quota("offers", limit.limits, 1000),), priority)) < limit.patience_seconds
    assert clock.now - start < 7 * 60


def test_prices_leave_the_most_to_others_and_orders_take_the_last(clock: Clock) -> None:
    quota, pace = Quota("calls", (Limit(1000, 60, at_once=0.2),)), pace_of(clock)
    calls = [spent_at_once(pace, quota, priority) for priority in reversed(Priority)]
    assert sum(calls) == 190
    assert calls == [142, 29, 19]
    clock.now += 1
    assert [pace.take((quota,), priority) > 0 for priority in Priority] == [False, True, True]


def test_a_call_takes_from_all_its_limits_or_from_none(clock: Clock) -> None:
    pace, minute = pace_of(clock), (Limit(120, 60, at_once=0.5),)
    wide, narrow = Quota("wide", minute), Quota("narrow", minute, cost=50)
    assert pace.take((wide, narrow), Priority.ORDERS) == 0
    assert pace.take((wide, narrow), Priority.ORDERS) == pytest.approx(43 / 0.95)
    assert spent_at_once(pace, wide, Priority.ORDERS) == 56
    assert spent_at_once(pace, Quota("another", minute), Priority.ORDERS) == 57


def test_after_a_pause_orders_go_first(clock: Clock) -> None:
    pace = pace_of(clock)
    pace.refused(None)
    clock.now += 60
    assert [pace.blocked_for(priority) for priority in Priority] == [0, 5, 15]
    pace.refused(None)
    assert [pace.blocked_for(priority) for priority in Priority] == [120, 125, 135]


def test_nobody_is_blocked_before_the_first_refusal(clock: Clock) -> None:
    clock.now = 0.0
    assert [pace_of(clock).blocked_for(priority) for priority in Priority] == [0, 0, 0]


def test_each_refusal_halves_what_its_limits_still_give(clock: Clock) -> None:
    pace = pace_of(clock)
    hour = (Limit(2000, 3600, at_once=0.5),)
    refused, other = Quota("refused", hour), Quota("other", hour)
    assert pace.take((refused, other), Priority.ORDERS) == 0
    for _ in range(5):
        pace.refused(None, (refused,))
    assert spent_at_once(pace, refused, Priority.ORDERS) == 474
    assert spent_at_once(pace, other, Priority.ORDERS) == 949


def test_without_a_limit_nobody_waits(clock: Clock) -> None:
    pace = pace_of(clock)
    assert sum(pace.take((), Priority.PRICES) for _ in range(1000)) == 0
