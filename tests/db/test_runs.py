"""Runs, and what is remembered of a job between them."""

from datetime import UTC, datetime, timedelta

import pytest

from app.db import accounts, leases, runs
from app.db.engine import Database
from app.domain.runs import Change, Result, RunState
from tests.db.conftest import NOW, add_account

_LATER = NOW + timedelta(minutes=1)
_CHANGES = (
    Change("order 1", "seen", "store order 500", "It is paid.", Result.DONE),
    Change("order 2", "seen", "", "The store refuses it.", Result.FAILED),
    Change("order 3", "seen", "", "It was bought before.", Result.SKIPPED),
    Change("order 4", "seen", "create", "", Result.PLANNED),
)


def _queue(database: Database, *, job: str = "orders", account_id: int | None = None, at: datetime = NOW) -> int:
    with database.transaction() as session:
        return runs.queue(session, job, account_id, dry_run=False, now=at)


def _finish(database: Database, run_id: int) -> None:
    with database.transaction() as session:
        runs.finish(session, run_id, RunState.DONE, seen=9, changes=_CHANGES, error="", now=_LATER)


def test_a_run_is_queued_started_and_finished_with_its_report(database: Database, account_id: int) -> None:
    run_id = _queue(database, account_id=account_id)
    with database.transaction() as session:
        queued = runs.get(session, run_id)
        runs.start(session, run_id, now=NOW)
    assert (queued.state, queued.started_at, queued.account_id) == (RunState.QUEUED, None, account_id)
    _finish(database, run_id)
    with database.reading() as session:
        run = runs.get(session, run_id)
    assert (run.state, run.started_at, run.finished_at) == (RunState.DONE, NOW, _LATER)
    assert (run.seen, run.planned, run.done, run.skipped, run.failed) == (9, 4, 1, 1, 1)
    assert run.changes == _CHANGES


def test_a_run_whose_account_was_deleted_ends_quietly(database: Database, account_id: int) -> None:
    run_id = _queue(database, account_id=account_id)
    with database.transaction() as session:
        accounts.remove(session, account_id)
    _finish(database, run_id)
    with database.reading() as session, pytest.raises(runs.RunNotFound, match=f"no run {run_id}"):
        runs.get(session, run_id)


def test_runs_are_read_newest_first_by_job_and_account(database: Database, account_id: int) -> None:
    first = _queue(database, account_id=account_id)
    second = _queue(database, job="webhooks")
    third = _queue(database, account_id=account_id)
    with database.reading() as session:

        def ids(
            *, before_id: int | None = None, limit: int = 9, job: str | None = None, account_id: int | None = None
        ) -> list[int]:
            found = runs.page(session, before_id=before_id, limit=limit, job=job, account_id=account_id)
            return [run.id for run in found]

        assert ids() == [third, second, first]
        assert ids(limit=1) == [third]
        assert ids(before_id=third) == [second, first]
        assert ids(job="webhooks") == [second]
        assert ids(account_id=account_id) == [third, first]


def test_runs_whose_process_died_are_closed_and_others_are_not(database: Database) -> None:
    queued, running, finished = (_queue(database) for _ in range(3))
    with database.transaction() as session:
        runs.start(session, running, now=NOW)
    _finish(database, finished)
    alive = _queue(database, at=_LATER)
    with database.transaction() as session:
        assert runs.close_orphans(session, started_before=_LATER, now=_LATER) == 2
        assert runs.close_orphans(session, started_before=_LATER, now=_LATER) == 0
    with database.reading() as session:
        for run_id in (queued, running):
            run = runs.get(session, run_id)
            assert (run.state, run.finished_at) == (RunState.FAILED, _LATER)
            assert run.error == "The service stopped while this run was going on."
        assert runs.get(session, finished).state is RunState.DONE
        assert runs.get(session, alive).state is RunState.QUEUED


def test_old_runs_are_forgotten(database: Database) -> None:
    old = _queue(database)
    new = _queue(database, at=_LATER)
    with database.transaction() as session:
        assert runs.forget(session, before=_LATER) == 1
    with database.reading() as session:
        assert runs.get(session, new).id == new
        with pytest.raises(runs.RunNotFound):
            runs.get(session, old)


def _note(database: Database, error: str, *, at: datetime = NOW, account_id: int = 1) -> tuple[bool, int]:
    with database.transaction() as session:
        return runs.note_result(
            session,
            "orders",
            account_id,
            result="failed" if error else "done",
            error=error,
            not_before=at + timedelta(seconds=30) if error else None,
            now=at,
        )


def test_the_first_failure_and_the_recovery_are_news(database: Database) -> None:
    errors = ["", "", "silent", "silent", "refused", "", ""]
    assert [_note(database, error) for error in errors] == [
        (False, 0),
        (False, 0),
        (True, 1),
        (False, 2),
        (False, 3),
        (True, 0),
        (False, 0),
    ]


def test_a_job_that_fails_at_once_is_news(database: Database) -> None:
    assert _note(database, "silent") == (True, 1)


def test_what_is_remembered_of_a_job_is_told_with_its_lease(database: Database) -> None:
    with database.reading() as session:
        assert runs.job_state(session, "orders", 1, lease="import") is None
        assert runs.failures(session, "orders", 1) == 0
    _note(database, "silent")
    _note(database, "refused", at=_LATER)
    with database.transaction() as session:
        leases.acquire(session, "import", 1, now=NOW, until=_LATER)
    with database.reading() as session:
        state = runs.job_state(session, "orders", 1, lease="import")
        assert runs.failures(session, "orders", 1) == 2
    assert state is not None
    assert (state.last_run_at, state.last_result, state.last_error) == (_LATER, "failed", "refused")
    assert (state.failing_since, state.failures) == (NOW, 2)
    assert (state.not_before, state.running_until) == (_LATER + timedelta(seconds=30), _LATER)


def test_since_when_something_fails_is_told_for_one_account_and_for_all(database: Database) -> None:
    _note(database, "silent", at=_LATER, account_id=1)
    _note(database, "silent", at=NOW, account_id=2)
    with database.reading() as session:
        assert runs.failing_since(session, 1) == _LATER
        assert runs.failing_since(session, None) == NOW
        assert runs.failing_since(session, 3) is None
    _note(database, "", account_id=2)
    with database.reading() as session:
        assert runs.failing_since(session, None) == datetime(2026, 11, 24, 12, 1, 0, 123456, tzinfo=UTC)


def test_a_run_of_one_account_goes_with_it_and_the_others_stay(database: Database, account_id: int) -> None:
    other = _queue(database, account_id=add_account(database, "Other"))
    _queue(database, account_id=account_id)
    with database.transaction() as session:
        accounts.remove(session, account_id)
    with database.reading() as session:
        assert [run.id for run in runs.page(session, before_id=None, limit=9)] == [other]
