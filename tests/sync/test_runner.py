from collections.abc import Callable
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from app.api.deps import Services
from app.channels.errors import AuthRequired, Misconfigured, Rejected, Unavailable, Uncertain
from app.config import Config
from app.db import accounts, order_log
from app.domain.accounts import LinkState
from app.domain.runs import Result, RunState
from app.errors import BridgeError
from app.sandbox.world import Sandbox
from app.sync.context import JobContext
from app.sync.jobs import Job, JobUnknown
from app.sync.lease import holding
from tests.conftest import connect
from tests.sync.steps import (
    account_of,
    buy,
    by_hand,
    change,
    give,
    import_orders,
    nothing,
    open_alerts,
    open_kinds,
    state_of,
    with_a_timeless_store,
)


@pytest.fixture
def config(config: Config, world: Sandbox) -> Config:
    return with_a_timeless_store(config, world)


def raising(error: Exception) -> Callable[[JobContext], None]:
    def work(context: JobContext) -> None:
        raise error

    return work


SILENT = Unavailable("Allegro is away.", channel="allegro")
REFUSED = AuthRequired("Allegro wants another key.", channel="allegro")


# --- reactions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "alert", "connected"),
    [
        (SILENT, None, False),
        (Uncertain("Allegro may have done it.", channel="allegro"), None, False),
        (REFUSED, "allegro_refuses", False),
        (Misconfigured("Allegro does not take our calls.", channel="allegro"), "allegro_refuses", False),
        (AuthRequired("The store wants another key.", channel="store"), "store_refuses", True),
        (Misconfigured("A firewall is in the way.", channel="store"), "store_refuses", True),
        (Rejected("What every order needs is refused.", channel="allegro"), None, False),
        (BridgeError("Something that we know of."), None, True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_a_run_ends_with_decides_what_follows(
    services: Services, account: int, error: Exception, alert: str | None, connected: bool
) -> None:
    give(services, raising(error))
    run = services.runner.tick("probe", account)
    assert run is not None
    assert (run.state, run.error) == (RunState.FAILED, str(error))
    assert open_kinds(services) == ([alert] if alert else [])
    connection = account_of(services, account).connection
    assert connection.is_ok is connected
    assert connection.state is LinkState.CONNECTED
    if not connected:
        assert connection.problem == str(error)


def test_failures_rest_longer_each_time_and_are_logged_once(services: Services, world: Sandbox, account: int) -> None:
    give(services, raising(SILENT))
    pauses = []
    with capture_logs() as logged:
        for _ in range(7):
            assert services.runner.tick("probe", account)
            state = state_of(services, account)
            assert state is not None
            assert state.not_before is not None
            pause = (state.not_before - world.clock.now()).total_seconds()
            pauses.append(round(pause))
            world.clock.advance(pause - 1)
            assert services.runner.tick("probe", account) is None
            world.clock.advance(2)
        give(services, nothing)
        for _ in range(3):
            assert services.runner.tick("probe", account)
            world.clock.advance(30)
    assert pauses == [30, 60, 120, 120, 120, 120, 120]
    assert [line["event"] for line in logged] == ["a job fails", "a job works again"]
    assert logged[0]["reason"] == "Allegro is away."


def test_a_pause_that_the_other_side_asks_for_is_kept(services: Services, world: Sandbox, account: int) -> None:
    give(services, raising(Unavailable("Too many calls.", channel="allegro", retry_after_seconds=500)))
    services.runner.tick("probe", account)
    world.clock.advance(499)
    assert services.runner.tick("probe", account) is None
    world.clock.advance(2)
    assert services.runner.tick("probe", account) is not None


def test_a_bug_is_logged_with_its_traceback_and_stops_no_other_job(services: Services, account: int) -> None:
    give(services, raising(ZeroDivisionError("a bug")))
    services.runner.jobs = {**services.runner.jobs, "sound": Job("sound", nothing, 30, "sound", lambda _account: True)}
    with capture_logs() as logged:
        failed = services.runner.tick("probe", account)
        sound = services.runner.tick("sound", account)
    assert failed is not None
    assert sound is not None
    assert (failed.state, sound.state) == (RunState.FAILED, RunState.DONE)
    assert "log has its traceback" in failed.error
    assert "a bug" not in failed.error
    [bug] = [line for line in logged if line["log_level"] == "error"]
    assert (bug["job"], bug["exc_info"]) == ("probe", True)


def test_one_account_that_fails_does_not_stop_the_others(services: Services, world: Sandbox, account: int) -> None:
    second = connect(services, world, name="Plakaty", login="inny-sprzedawca")
    worked = []

    def work(context: JobContext) -> None:
        if context.one_account.id == account:
            raise SILENT
        worked.append(context.one_account.id)

    give(services, work)
    run = by_hand(services, "probe", None)
    assert worked == [second]
    assert (run.state, run.error) == (RunState.FAILED, "Kubki: Allegro is away.")


# --- dry and shadow runs ----------------------------------------------------------------------------------------------


def written(world: Sandbox) -> list[str]:
    """Every call to either side that was no mere reading; asking for tokens apart."""
    calls = [*world.store.requests, *world.allegro.requests]
    return [f"{call.method} {call.path}" for call in calls if call.method != "GET" and "/auth/" not in call.path]


def test_a_dry_run_shows_what_would_happen_and_writes_nothing(services: Services, world: Sandbox, account: int) -> None:
    import_orders(services, account)
    order = buy(world)
    for job in ("orders", "orders_sweep"):
        run = by_hand(services, job, account, dry_run=True)
        assert (run.state, run.dry_run) == (RunState.DONE, True)
        [change] = run.changes
        assert (change.what, change.result) == (f"order {order}", Result.PLANNED)
        assert state_of(services, account, job) is None
    assert written(world) == []
    with services.database.reading() as session:
        assert order_log.page(session, account, before_id=None, limit=9) == []


def test_a_dry_run_that_goes_well_does_not_hide_that_the_job_fails(services: Services, account: int) -> None:
    give(services, raising(REFUSED))
    services.runner.tick("probe", account)
    before = state_of(services, account), open_alerts(services)
    give(services, nothing)
    with capture_logs() as logged:
        assert by_hand(services, "probe", account, dry_run=True).state is RunState.DONE
    kept, alerts = before
    after = state_of(services, account)
    assert kept is not None
    assert after is not None
    assert replace(after, running_until=None) == replace(kept, running_until=None)
    assert open_alerts(services) == alerts
    assert logged == []


def test_an_account_in_shadow_writes_to_neither_side(services: Services, world: Sandbox, account: int) -> None:
    import_orders(services, account)
    change(services, account, shadow=True)
    order = buy(world)
    for job in ("orders", "orders_sweep"):
        run = services.runner.tick(job, account)
        assert run is not None
        assert run.state is RunState.DONE
        assert {each.result for each in run.changes} <= {Result.PLANNED, Result.SKIPPED}
        world.clock.advance(600)
    assert written(world) == []
    change(services, account, shadow=False)
    world.clock.advance(600)
    assert services.runner.tick("orders", account)
    assert len(world.store.orders_for(order)) == 1


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_a_run_by_hand_does_not_wait_for_the_rest_after_a_failure(services: Services, account: int) -> None:
    give(services, raising(SILENT))
    services.runner.tick("probe", account)
    give(services, nothing)
    assert services.runner.tick("probe", account) is None
    assert by_hand(services, "probe", account).state is RunState.DONE
    state = state_of(services, account)
    assert state is not None
    assert (state.failures, state.not_before) == (0, None)


def test_a_run_by_hand_waits_for_the_run_that_is_going_on(services: Services, account: int) -> None:
    give(services, nothing)
    run_id = services.runner.queue("probe", account, dry_run=False)
    with holding(services.database, "probe", account, seconds=5, now=services.now):
        run = by_hand(services, "probe", account)
        assert (run.state, "going on already" in run.error) == (RunState.FAILED, True)
    assert services.runner.run_queued(run_id).state is RunState.DONE


def test_a_run_by_hand_says_why_an_account_was_left_out(services: Services, account: int) -> None:
    run = by_hand(services, "orders", account)
    [change] = run.changes
    assert (run.state, change.result, change.why) == (
        RunState.DONE,
        Result.SKIPPED,
        "No setting of this account asks for it.",
    )


def test_an_unknown_job_and_an_unknown_account_are_refused(services: Services, account: int) -> None:
    with pytest.raises(JobUnknown, match="orders_sweep"):
        services.runner.queue("ordres", account, dry_run=False)
    with pytest.raises(accounts.AccountNotFound):
        services.runner.queue("orders", account + 1, dry_run=False)
