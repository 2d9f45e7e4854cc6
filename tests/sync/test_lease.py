import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace

import psycopg
import pytest

from app.api.deps import Services
from app.config import Config
from app.db import attempts, leases, order_log, runs
from app.db.engine import Database
from app.domain.runs import RunState
from app.main import build
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.jobs import Job
from app.sync.lease import Lease, LeaseBusy, LeaseLost, holding
from app.sync.runner import Runner
from tests.sync.replica import Replica, replica
from tests.sync.steps import buy, import_orders, wait_until


@pytest.fixture
def config(config: Config) -> Config:
    return config.model_copy(update={"lease_seconds": 1})


@pytest.fixture
def hold(services: Services) -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def holder(services: Services, stack: ExitStack, seconds: float = 1) -> Lease:
    return stack.enter_context(holding(services.database, "orders", 1, seconds=seconds, now=services.now))


def test_one_holder_at_a_time(services: Services, hold: ExitStack) -> None:
    holder(services, hold)
    with pytest.raises(LeaseBusy, match="going on already"):
        holder(services, hold)
    hold.close()
    holder(services, hold).ensure()


def test_other_work_and_other_accounts_are_not_kept_waiting(services: Services, hold: ExitStack) -> None:
    holder(services, hold)
    for name, account_id in (("prices", 1), ("orders", 2)):
        with holding(services.database, name, account_id, seconds=1, now=services.now) as lease:
            lease.ensure()


def test_a_holder_that_lives_keeps_its_lease_beyond_its_seconds(services: Services, hold: ExitStack) -> None:
    lease = holder(services, hold)
    time.sleep(1.3)
    lease.ensure()
    with pytest.raises(LeaseBusy):
        holder(services, hold)


def test_a_holder_that_was_replaced_can_write_nothing(services: Services, hold: ExitStack) -> None:
    lease = holder(services, hold, seconds=60)
    with services.database.transaction() as session:
        later = services.now().replace(year=services.now().year + 1)
        assert leases.acquire(session, "orders", 1, now=later, until=later)
    with pytest.raises(LeaseLost, match="taken over"), services.database.transaction() as session:
        lease.guard(session)
    with pytest.raises(LeaseLost):
        lease.ensure()


def test_giving_up_a_lost_lease_does_not_let_a_third_one_in(services: Services, hold: ExitStack) -> None:
    holder(services, hold, seconds=60)
    later = services.now().replace(year=services.now().year + 1)
    with services.database.transaction() as session:
        leases.acquire(session, "orders", 1, now=later, until=later)
    hold.close()
    with pytest.raises(LeaseBusy):
        holder(services, hold)


def test_a_job_of_an_account_runs_in_one_place_at_a_time(
    services: Services, world: Sandbox, account: int, config: Config
) -> None:
    other = build(config, now=world.clock.now)
    running, most, done = 0, 0, 0

    def work(_context: JobContext) -> None:
        nonlocal running, most, done
        with counting:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with counting:
            running -= 1
            done += 1

    counting = threading.Lock()
    for each in (services, other):
        each.runner.jobs = {"probe": Job("probe", work, 0.001, "probe", lambda _account: True)}

    def tick_often(runner: Runner) -> None:
        for _ in range(10):
            try:
                runner.tick("probe", account)
            except LeaseBusy:
                time.sleep(0.005)

    def run_by_hand(runner: Runner) -> None:
        for _ in range(3):
            runner.run_queued(runner.queue("probe", account, dry_run=False))

    with ThreadPoolExecutor(6) as threads:
        started = [threads.submit(tick_often, each.runner) for each in (services, other, services, other)]
        started += [threads.submit(run_by_hand, each.runner) for each in (services, other)]
        for future in started:
            future.result()
    other.close()
    assert most == 1
    assert done >= 7


def stand_still(stopped: Replica, database: Database) -> None:
    """Stop the process, but not in the middle of a transaction, whose lock would keep the others waiting for ever."""
    deadline = time.monotonic() + 10
    while True:
        stopped.signal(signal.SIGSTOP)
        wait_until(lambda: _is_stopped(stopped.process.pid))  # it goes on for a moment after the signal was sent
        if not _is_locked(database):
            return
        stopped.signal(signal.SIGCONT)
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _is_stopped(pid: int) -> bool:
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return told.stdout.startswith("T")


def _is_locked(database: Database) -> bool:
    if database.is_sqlite:
        with closing(sqlite3.connect(database.url.removeprefix("sqlite:///"), timeout=0.1)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            connection.rollback()
            return False
    with psycopg.connect(database.url.replace("+psycopg", "")) as connection:
        try:
            connection.execute("SELECT * FROM leases FOR UPDATE NOWAIT")
        except psycopg.errors.LockNotAvailable:
            return True
        return False


@pytest.mark.parametrize("side", ["allegro", "store"])
def test_a_process_that_stood_still_beyond_its_lease_writes_nothing_when_it_goes_on(
    services: Services, world: Sandbox, account: int, config: Config, side: str
) -> None:
    import_orders(services, account)
    assert services.runner.tick("orders", account)
    order = buy(world)
    world.clock.advance(30)
    half = world.allegro if side == "allegro" else world.store
    slow_path = f"/order/checkout-forms/{order}" if side == "allegro" else "/products"
    with replica(config, world) as frozen:
        half.faults.switch_on("slow", seconds=0.7, times=1, path_prefix=slow_path, method="GET")
        frozen.ask("tick", "orders", account)
        wait_until(lambda: half.faults.struck("slow"))
        stand_still(frozen, services.database)
        time.sleep(1.1)
        # The short lease is the frozen one's; a busy machine must not make this process lose its own.
        services.runner.config = config.model_copy(update={"lease_seconds": 30})
        run = services.runner.tick("orders", account)
        assert run is not None
        assert run.state is RunState.DONE
        before = everything(services, world, account)
        frozen.signal(signal.SIGCONT)
        assert "taken over" in frozen.answer()
    assert everything(services, world, account) == before
    assert len(world.store.orders_for(order)) == 1
    assert [event.type for event in world.allegro.events].count("READY_FOR_PROCESSING") == 1


def everything(services: Services, world: Sandbox, account: int) -> object:
    """What a write would change: on both sides, in the order log and its history, and what is known of the job."""
    with services.database.reading() as session:
        state = runs.job_state(session, "orders", account, lease="orders")
        entries = order_log.page(session, account, before_id=None, limit=50)
        history = [order_log.history(session, account, entry.order_id) for entry in entries]
        attempted = [attempts.of_order(session, account, entry.order_id) for entry in entries]
    kept = state and replace(state, running_until=None)
    writes = [call for call in [*world.store.requests, *world.allegro.requests] if call.method != "GET"]
    return kept, entries, history, attempted, writes, world.store.orders
