"""Runs and what is remembered of each job between them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import Session

from app.db.models import JobStateRow, LeaseRow, RunRow
from app.domain.runs import AskedBy, Change, JobState, Result, Run, RunState, shortened
from app.errors import BridgeError


class RunNotFound(BridgeError):
    """There is no run with this id."""


def queue(
    session: Session,
    job: str,
    account_id: int | None,
    *,
    dry_run: bool,
    now: datetime,
    asked_by: AskedBy = AskedBy.HAND,
) -> int:
    """Store a run that waits for its turn; returns its id."""
    row = RunRow(
        job=job,
        account_id=account_id,
        state=RunState.QUEUED,
        asked_by=asked_by,
        dry_run=dry_run,
        created_at=now,
        started_at=None,
        finished_at=None,
        seen=0,
        planned=0,
        done=0,
        skipped=0,
        failed=0,
        error="",
        changes=[],
    )
    session.add(row)
    session.flush()
    return row.id


def start(session: Session, run_id: int, *, now: datetime) -> None:
    row = session.get_one(RunRow, run_id)
    row.state, row.started_at = RunState.RUNNING, now


def note_progress(
    session: Session, run_id: int, *, seen: int, planned: int, done: int, skipped: int, failed: int
) -> None:
    """Store how far a run is; nothing when it is gone with its account."""
    session.execute(
        update(RunRow)
        .where(RunRow.id == run_id)
        .values(seen=seen, planned=planned, done=done, skipped=skipped, failed=failed)
    )


def finish(
    session: Session,
    run_id: int,
    state: RunState,
    *,
    seen: int,
    changes: Sequence[Change],
    error: str,
    now: datetime,
) -> None:
    """Store the report. `planned` counts every change, whatever became of it."""
    row = session.get(RunRow, run_id)
    if row is None:  # its account was deleted while it ran
        return
    results = [change.result for change in changes]
    row.state, row.finished_at, row.error = state, now, error
    row.seen, row.planned = seen, len(changes)
    row.done = results.count(Result.DONE)
    row.skipped = results.count(Result.SKIPPED)
    row.failed = results.count(Result.FAILED)
    row.changes = [asdict(change) for change in shortened(changes)]


def get(session: Session, run_id: int) -> Run:
    """Raises `RunNotFound`."""
    row = session.get(RunRow, run_id)
    if row is None:
        raise RunNotFound(f"There is no run {run_id}. Old runs are deleted after a while.")
    return _run(row)


def page(
    session: Session,
    *,
    before_id: int | None,
    limit: int,
    job: str | None = None,
    account_id: int | None = None,
) -> Sequence[Run]:
    """Runs, newest first."""
    statement = select(RunRow).order_by(RunRow.id.desc()).limit(limit)
    if before_id is not None:
        statement = statement.where(RunRow.id < before_id)
    if job is not None:
        statement = statement.where(RunRow.job == job)
    if account_id is not None:
        statement = statement.where(RunRow.account_id == account_id)
    return [_run(row) for row in session.execute(statement).scalars()]


def last_whole(session: Session, job: str, account_id: int | None) -> datetime | None:
    """When the last run began that looked at everything and came to its end; None for never."""
    statement = (
        select(RunRow.started_at)
        .where(
            RunRow.job == job,
            RunRow.account_id == account_id if account_id is not None else RunRow.account_id.is_(None),
            RunRow.finished_at.is_not(None),
            RunRow.dry_run.is_(False),
            RunRow.asked_by != AskedBy.NUDGE,
        )
        .order_by(RunRow.id.desc())
        .limit(1)
    )
    return session.execute(statement).scalar_one_or_none()


def is_queued(session: Session, job: str, account_id: int, *, since: datetime) -> bool:
    """Whether a run of this work, stored since then, still waits for its turn."""
    statement = select(RunRow.id).where(
        RunRow.job == job, RunRow.account_id == account_id, RunRow.state == RunState.QUEUED, RunRow.created_at >= since
    )
    return session.execute(statement.limit(1)).scalar_one_or_none() is not None


def close_dead(session: Session, job: str, account_id: int, *, before_id: int, now: datetime) -> None:
    """Mark earlier runs of this work failed that never came to an end. Only whoever holds its lease knows that."""
    _close(session, now, RunRow.job == job, RunRow.account_id == account_id, RunRow.id < before_id)


def close_orphans(session: Session, *, started_before: datetime, now: datetime) -> int:
    """Runs whose process died are not running: mark them failed. Returns how many."""
    return _close(session, now, RunRow.created_at < started_before)


def forget(session: Session, *, before: datetime) -> int:
    """Delete runs from before then; returns how many."""
    gone = session.execute(delete(RunRow).where(RunRow.created_at < before).returning(RunRow.id))
    return len(gone.all())


def job_state(session: Session, job: str, account_id: int, *, lease: str) -> JobState | None:
    """`lease` is the name under which the job's work is reserved. None when the job has never run."""
    row = session.get(JobStateRow, (job, account_id))
    if row is None:
        return None
    held = session.get(LeaseRow, (lease, account_id))
    return JobState(
        job=row.job,
        account_id=row.account_id,
        last_run_at=row.last_run_at,
        last_result=row.last_result,
        last_error=row.last_error,
        failing_since=row.failing_since,
        failures=row.failures,
        not_before=row.not_before,
        running_until=held.expires_at if held else None,
    )


def note_result(
    session: Session,
    job: str,
    account_id: int,
    *,
    result: str,
    error: str,
    not_before: datetime | None,
    now: datetime,
) -> tuple[bool, int]:
    """Remember how the run went; `error` is "" when it went well.

    Returns whether that is news (a first failure, or the recovery) and how many runs have failed in a row.
    """
    row = session.get(JobStateRow, (job, account_id))
    if row is None:
        row = JobStateRow(job=job, account_id=account_id, failing_since=None, failures=0)
        session.add(row)
    news = bool(error) != bool(row.failures)
    row.last_run_at, row.last_result, row.last_error, row.not_before = now, result, error, not_before
    row.failures = row.failures + 1 if error else 0
    row.failing_since = (row.failing_since or now) if error else None
    session.flush()
    return news, row.failures


def failures(session: Session, job: str, account_id: int) -> int:
    """How many runs have failed in a row."""
    row = session.get(JobStateRow, (job, account_id))
    return row.failures if row else 0


def failing_since(session: Session, account_id: int | None) -> datetime | None:
    """Since when some job fails, of this account or (None) of any; None when all go well."""
    statement = select(func.min(JobStateRow.failing_since))
    if account_id is not None:
        statement = statement.where(JobStateRow.account_id == account_id)
    return session.execute(statement).scalar_one()


def _close(session: Session, now: datetime, *which: ColumnElement[bool]) -> int:
    gone = session.execute(
        update(RunRow)
        .where(RunRow.state.in_((RunState.QUEUED, RunState.RUNNING)), *which)
        .values(state=RunState.FAILED, finished_at=now, error="The service stopped while this run was going on.")
        .returning(RunRow.id)
    )
    return len(gone.all())


def _run(row: RunRow) -> Run:
    return Run(
        id=row.id,
        job=row.job,
        account_id=row.account_id,
        state=RunState(row.state),
        asked_by=AskedBy(row.asked_by),
        dry_run=row.dry_run,
        started_at=row.started_at,
        finished_at=row.finished_at,
        seen=row.seen,
        planned=row.planned,
        done=row.done,
        skipped=row.skipped,
        failed=row.failed,
        error=row.error,
        changes=tuple(Change(**{**change, "result": Result(change["result"])}) for change in row.changes),
    )
