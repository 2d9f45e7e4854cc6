import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from app.api.deps import Services
from app.config import Config
from app.db import accounts, runs
from app.domain.runs import RunState
from app.main import build
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.lease import LeaseBusy, holding
from tests.sync.steps import (
    buy,
    by_hand,
    change,
    give,
    import_orders,
    live_by_the_worlds_clock,
    nothing,
    open_alerts,
    state_of,
    switch,
    wait_until,
    with_a_timeless_store,
)


@pytest.fixture
def config(config: Config, world: Sandbox) -> Config:
    return with_a_timeless_store(config, world)


@pytest.fixture
def other(services: Services, config: Config, world: Sandbox) -> Iterator[Services]:
    """Another replica on the same database."""
    other = build(config, now=world.clock.now)
    yield other
    other.close()


# --- while it runs ----------------------------------------------------------------------------------------------------


def during_the_first_order(world: Sandbox, act: Callable[[], None]) -> threading.Thread:
    """Do something while the store is making the first order."""
    world.store.faults.switch_on("slow", seconds=0.4, times=1, method="POST", path_prefix="/orders")

    def watch() -> None:
        wait_until(lambda: world.store.faults.struck("slow"))
        act()

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


@pytest.mark.parametrize("how", ["account", "setting"])
def test_what_is_switched_off_stops_in_the_middle_of_a_run(
    services: Services, world: Sandbox, account: int, how: str
) -> None:
    import_orders(services, account)
    orders = [buy(world) for _ in range(3)]

    def switch_off() -> None:
        if how == "account":
            change(services, account, enabled=False)
        else:
            switch(services, account, import_orders=False)

    thread = during_the_first_order(world, switch_off)
    services.runner.tick("orders", account)
    thread.join()
    assert len(world.store.orders) == 1
    world.clock.advance(60)
    assert services.runner.tick("orders", account) is None
    change(services, account, enabled=True)
    switch(services, account, import_orders=True)
    assert services.runner.tick("orders", account)
    assert [len(world.store.orders_for(order)) for order in orders] == [1, 1, 1]


def test_an_account_that_is_deleted_while_its_job_runs_leaves_nothing_behind(
    services: Services, world: Sandbox, account: int
) -> None:
    import_orders(services, account)
    for _ in range(3):
        buy(world)

    def delete() -> None:
        with services.database.transaction() as session:
            accounts.remove(session, account)

    with capture_logs() as logged:
        thread = during_the_first_order(world, delete)
        assert services.runner.tick("orders", account) is None
        thread.join()
    assert len(world.store.orders) == 1
    assert [line for line in logged if line["log_level"] == "error"] == []
    assert state_of(services, account, "orders") is None
    assert open_alerts(services) == []
    assert services.runner.tick("orders", account) is None


def test_nobody_calls_allegro_while_it_asks_for_fewer_calls(services: Services, world: Sandbox, account: int) -> None:
    import_orders(services, account)
    live_by_the_worlds_clock(services, world)
    services.runner.tick("orders", account)
    world.clock.advance(30)
    world.allegro.faults.switch_on("too_many_requests", times=1, seconds=58)
    run = services.runner.tick("orders", account)
    assert run is not None
    assert run.state is RunState.FAILED
    for _ in range(5):
        by_hand(services, "orders", account)
        by_hand(services, "orders_sweep", account)
        services.connector.test(account)
        world.clock.advance(11)
    assert world.allegro.hits_while_blocked == 0
    order = buy(world)
    world.clock.advance(600)
    assert services.runner.tick("orders", account)
    assert len(world.store.orders_for(order)) == 1


# --- several replicas -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("behind_seconds", [1, 14, 20])
def test_two_replicas_do_not_run_a_job_more_often_than_one(
    services: Services, other: Services, world: Sandbox, account: int, behind_seconds: int
) -> None:
    ran_at = []

    def work(context: JobContext) -> None:
        ran_at.append(context.now())

    for each in (services, other):
        give(each, work)
    for _ in range(10):
        services.runner.tick("probe", account)
        world.clock.advance(behind_seconds)
        other.runner.tick("probe", account)
        world.clock.advance(30 - behind_seconds)
    assert 10 <= len(ran_at) <= 11
    pauses = [later - earlier for earlier, later in pairwise(ran_at)]
    assert min(pauses) >= timedelta(seconds=15)


def test_replicas_that_tick_at_the_same_moment_run_the_job_once(
    services: Services, other: Services, account: int
) -> None:
    ran: list[JobContext] = []
    for each in (services, other):
        give(each, ran.append, every_seconds=600)

    def tick_until_it_was_free(replica: Services) -> None:
        while True:
            try:
                replica.runner.tick("probe", account)
            except LeaseBusy:
                continue
            return

    with ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(tick_until_it_was_free, each) for each in (services, other, services, other)]:
            future.result()
    assert len(ran) == 1


def test_a_clock_that_was_set_back_keeps_no_job_from_running(services: Services, world: Sandbox, account: int) -> None:
    give(services, nothing)
    assert services.runner.tick("probe", account)
    world.clock.advance(-3600)
    assert services.runner.tick("probe", account)


def test_a_long_run_is_followed_by_the_next_without_a_gap(services: Services, world: Sandbox, account: int) -> None:
    give(services, lambda _context: world.clock.advance(25))
    assert services.runner.tick("probe", account)
    world.clock.advance(5)
    assert services.runner.tick("probe", account)


def test_a_run_that_was_cut_short_by_a_crash_is_made_up_for_at_once(services: Services, account: int) -> None:
    give(services, nothing)
    with services.database.transaction() as session:
        crashed = runs.queue(session, "probe", account, dry_run=False, now=services.now())
        runs.start(session, crashed, now=services.now())
    assert services.runner.tick("probe", account)


def test_a_tick_while_another_replica_is_at_it_says_so(services: Services, other: Services, account: int) -> None:
    give(services, nothing)
    with (
        holding(other.database, "probe", account, seconds=5, now=other.now),
        pytest.raises(LeaseBusy),
    ):
        services.runner.tick("probe", account)
    with services.database.reading() as session:
        assert runs.page(session, before_id=None, limit=5) == []
