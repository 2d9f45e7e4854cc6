import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from app.api.app import create_api
from app.api.deps import Services
from app.channels.errors import Unavailable
from app.db import accounts, offer_links, runs, store_state
from app.db.engine import Database
from app.domain.accounts import Account
from app.domain.links import OfferLink
from app.domain.runs import AskedBy, RunState
from app.domain.webhooks import Hint
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.jobs import Job
from app.sync.lease import holding
from tests.conftest import connect
from tests.sync.steps import wait_until

Started = Callable[..., None]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def start(services: Services) -> Iterator[Started]:
    """Start the scheduler with these jobs; it is stopped at the end."""

    def begin(*jobs: Job) -> None:
        services.runner.jobs = {job.name: job for job in jobs}
        services.scheduler.start()

    yield begin
    services.scheduler.stop()


def probe(work: Callable[[JobContext], None], every_seconds: float = 600, *, per_account: bool = True) -> Job:
    return Job("probe", work, every_seconds, "probe", lambda _account: True, per_account=per_account)


def nothing(context: JobContext) -> None:
    """A job that finds nothing to do."""


def job_shown(services: Services) -> dict[str, Any]:
    """What `status` says about the probe of the first account."""
    with TestClient(create_api(services), headers={"Authorization": "Bearer an-api-key-for-tests"}) as api:
        job: dict[str, Any] = api.get("/api/v1/status").json()["accounts"][0]["jobs"][0]
    return job


def test_jobs_run_at_once_and_again_at_their_interval(services: Services, account: int, start: Started) -> None:
    ran: list[int] = []
    start(probe(lambda context: ran.append(context.one_account.id), every_seconds=0.1))
    wait_until(lambda: len(ran) >= 3)
    assert set(ran) == {account}


def test_a_new_accounts_jobs_appear_and_a_deleted_ones_vanish(
    services: Services, world: Sandbox, account: int, start: Started
) -> None:
    ran: set[int] = set()
    start(probe(lambda context: ran.add(context.one_account.id)))
    assert services.scheduler.next_run_at("probe", account)
    second = connect(services, world, name="Plakaty", login="inny-sprzedawca")
    assert services.scheduler.next_run_at("probe", second) is None
    services.scheduler.call_the_roll()
    wait_until(lambda: second in ran)
    with services.database.transaction() as session:
        accounts.remove(session, second)
    services.scheduler.call_the_roll()
    assert services.scheduler.next_run_at("probe", second) is None
    assert services.scheduler.next_run_at("probe", account)


def test_the_roll_may_be_called_by_several_at_once(services: Services, account: int, start: Started) -> None:
    start()
    services.runner.jobs = {"probe": probe(nothing)}
    failed: list[BaseException] = []

    def call() -> None:
        try:
            services.scheduler.call_the_roll()
        except Exception as error:
            failed.append(error)
            raise

    callers = [threading.Thread(target=call) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert failed == []
    assert services.scheduler.next_run_at("probe", account)


def test_a_job_of_the_service_itself_runs_without_an_account(services: Services, start: Started) -> None:
    ran: list[object] = []
    start(probe(lambda context: ran.append(context.account), per_account=False))
    wait_until(lambda: ran)
    assert ran == [None]
    assert services.scheduler.next_run_at("probe", None)


def test_nothing_is_due_while_the_scheduler_does_not_run(services: Services, account: int) -> None:
    services.runner.jobs = {"probe": probe(nothing)}
    services.scheduler.call_the_roll()
    assert services.scheduler.next_run_at("probe", account) is None


def test_a_run_asked_for_is_done_soon(services: Services, account: int, start: Started) -> None:
    start(replace(probe(nothing), is_wanted=lambda _account: True))
    run_id = services.runner.queue("probe", account, dry_run=True)
    services.scheduler.run_soon(run_id)

    def is_done() -> bool:
        with services.database.reading() as session:
            return runs.get(session, run_id).state is RunState.DONE

    wait_until(is_done)


def test_a_job_whose_work_is_going_on_elsewhere_is_tried_again_soon(
    services: Services, account: int, start: Started
) -> None:
    ran = threading.Event()
    services.scheduler.busy_seconds = 0.1
    with holding(services.database, "probe", account, seconds=5, now=services.now):
        start(probe(lambda _context: ran.set()))
        assert not ran.wait(0.5)
    assert ran.wait(5)


def test_stopping_lets_a_run_come_to_its_end(services: Services, account: int, start: Started) -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(_context: JobContext) -> None:
        begun.set()
        time.sleep(0.3)
        ended.set()

    start(probe(work))
    assert begun.wait(10)
    services.scheduler.stop()
    assert ended.is_set()


def test_a_run_that_still_asks_for_something_does_not_keep_the_scheduler_from_stopping(
    services: Services, account: int, start: Started
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def work(_context: JobContext) -> None:
        begun.set()
        go_on.wait(10)
        services.scheduler.call_the_roll()

    start(probe(work))
    assert begun.wait(10)
    stopping = threading.Thread(target=services.scheduler.stop, daemon=True)
    stopping.start()
    stopping.join(0.2)  # it waits for the run by now
    go_on.set()
    stopping.join(10)
    assert not stopping.is_alive()


def test_a_database_that_is_away_is_logged_once_and_so_is_its_return(services: Services, start: Started) -> None:
    dead = Database("postgresql+psycopg://nobody@127.0.0.1:1/none?connect_timeout=1")
    users = (services.scheduler, services.runner, services.connector, services.inbox)
    with capture_logs() as logged:
        for user in users:
            user.database = dead
        start(probe(nothing, every_seconds=0.1, per_account=False))
        time.sleep(0.6)
        assert [line["event"] for line in logged] == ["the database does not answer"]
        for user in users:
            user.database = services.database
        wait_until(lambda: len(logged) > 1)
        time.sleep(0.3)
        assert [line["event"] for line in logged] == ["the database does not answer", "the database answers again"]
    dead.close()


# --- overdue ----------------------------------------------------------------------------------------------------------


def test_a_job_that_runs_on_time_is_not_overdue(services: Services, world: Sandbox, account: int) -> None:
    services.runner.jobs = {"probe": probe(nothing, every_seconds=30)}
    services.runner.tick("probe", account)
    world.clock.advance(80)
    shown = job_shown(services)
    assert (shown["overdue"], shown["reason"], shown["last_result"]) == (False, None, "done")


def test_a_job_that_nobody_ran_is_overdue(services: Services, world: Sandbox, account: int) -> None:
    services.runner.jobs = {"probe": probe(nothing, every_seconds=30)}
    services.runner.tick("probe", account)
    world.clock.advance(91)
    shown = job_shown(services)
    assert shown["overdue"]
    assert "was not running" in shown["reason"]


def test_a_job_that_rests_after_failures_is_overdue_with_their_reason(
    services: Services, world: Sandbox, account: int
) -> None:
    def fail(_context: JobContext) -> None:
        raise Unavailable("Allegro is away.", channel="allegro")

    services.runner.jobs = {"probe": probe(fail, every_seconds=30)}
    for pause in (31, 61, 91):
        services.runner.tick("probe", account)
        world.clock.advance(pause)
    shown = job_shown(services)
    assert shown["overdue"]
    assert shown["reason"] == "It rests after 3 failures in a row: Allegro is away."


def test_a_job_whose_run_takes_long_is_overdue_because_of_it(services: Services, world: Sandbox, account: int) -> None:
    services.runner.jobs = {"probe": probe(nothing, every_seconds=30)}
    services.runner.tick("probe", account)
    world.clock.advance(91)
    with holding(services.database, "probe", account, seconds=60, now=services.now):
        shown = job_shown(services)
    assert (shown["overdue"], shown["reason"]) == (True, "A run is still going on.")


def test_a_job_that_is_blocked_is_not_overdue_and_says_why(services: Services, world: Sandbox, account: int) -> None:
    services.runner.jobs = {"probe": replace(probe(nothing, every_seconds=30), is_wanted=lambda _account: False)}
    world.clock.advance(1000)
    shown = job_shown(services)
    assert (shown["overdue"], shown["reason"]) == (False, "No setting of this account asks for it.")


# --- nudges -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def accounts_with_links(services: Services, world: Sandbox, account: int) -> list[int]:
    """Two accounts, each with a link of the same product that was looked at."""
    services.scheduler.nudge_seconds = 0.05
    both = [account, connect(services, world, name="Plakaty", login="inny-sprzedawca")]
    with services.database.transaction() as session:
        for each in both:
            link = offer_links.add(session, OfferLink(0, each, offer_id="7001", product_id=11), now=services.now())
            offer_links.settle_due(session, [link.id], seen_at=services.now(), again_at=None)
    return both


def stock(work: Callable[[JobContext], None]) -> Job:
    """A job that, when it is nudged, does this before it settles what is due."""

    def look(context: JobContext) -> None:
        if context.asked_by is not AskedBy.NUDGE:
            return
        began = context.now()
        with context.database.reading() as session:
            ids = offer_links.due(session, context.one_account.id, now=began)
        work(context)
        with context.database.transaction() as session:
            offer_links.settle_due(session, ids, seen_at=began, again_at=None)

    return Job("stock", look, 600, "stock", lambda _account: True)


def hint(services: Services, *product_ids: int) -> None:
    with services.database.transaction() as session:
        store_state.note_hints(session, [Hint("product.updated", each, services.now()) for each in product_ids])


def test_many_hints_that_a_dead_process_left_are_one_look_of_each_account(
    services: Services, accounts_with_links: list[int], start: Started
) -> None:
    looked: list[int] = []
    hint(services, *[11] * 20, *range(100, 120))
    start(stock(lambda context: looked.append(context.one_account.id)))
    wait_until(lambda: len(looked) >= 2)
    hint(services, 11)
    wait_until(lambda: len(looked) >= 4)
    assert sorted(looked) == sorted(accounts_with_links * 2)
    with services.database.reading() as session:
        assert store_state.waiting_hints(session) == 0


def test_a_slow_account_does_not_stop_the_others(
    services: Services, accounts_with_links: list[int], start: Started
) -> None:
    slow, quick = accounts_with_links
    looked: list[int] = []
    asked: list[int] = []
    go_on = threading.Event()

    def is_wanted(account: Account) -> bool:
        asked.append(account.id)
        return True

    def work(context: JobContext) -> None:
        looked.append(context.one_account.id)
        if context.one_account.id == slow:
            go_on.wait(10)

    start(replace(stock(work), is_wanted=is_wanted))
    hint(services, 11)
    wait_until(lambda: set(looked) == {slow, quick})
    hint(services, 11)
    wait_until(lambda: looked.count(quick) == 2)
    before = asked.count(slow)
    time.sleep(0.3)
    assert looked.count(slow) == 1
    assert asked.count(slow) - before <= 2, "six nudges come in that time"
    go_on.set()
    wait_until(lambda: looked.count(slow) == 2)  # what came meanwhile


def test_an_account_whose_job_fails_rests_and_what_is_due_stays_so(
    services: Services, accounts_with_links: list[int], start: Started
) -> None:
    looked: list[int] = []

    def fail(context: JobContext) -> None:
        looked.append(context.one_account.id)
        raise Unavailable("Allegro is away.", channel="allegro")

    asked: list[int] = []

    def is_wanted(account: Account) -> bool:
        asked.append(account.id)
        return True

    services.scheduler.busy_seconds = 0.3
    start(replace(stock(fail), is_wanted=is_wanted))
    hint(services, 11)
    wait_until(lambda: len(looked) == 2)
    before = len(asked)
    time.sleep(0.5)
    assert sorted(looked) == accounts_with_links
    assert len(asked) - before <= 8, "ten nudges of two accounts come in that time"
    with services.database.reading() as session:
        assert offer_links.accounts_due(session, now=services.now()) == set(accounts_with_links)
