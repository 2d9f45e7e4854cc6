"""Runs jobs: one at a time per piece of work, reported, and with every reaction to an error in this one place."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.channels.errors import ChannelError, Unavailable
from app.config import Config
from app.db import accounts, runs
from app.db.accounts import AccountNotFound
from app.db.engine import Database, Session
from app.db.runs import RunNotFound
from app.domain.accounts import Account, LinkState
from app.domain.runs import AskedBy, Result, Run, RunState, pause_after
from app.errors import BridgeError
from app.sync import health
from app.sync.context import JobContext
from app.sync.jobs import Job, JobUnknown
from app.sync.lease import Lease, LeaseBusy, LeaseLost, holding
from app.sync.lines import Lines
from app.sync.report import Report

log = structlog.get_logger(__name__)

_BUG = "An error in the service itself; the log has its traceback. Please report it."


@dataclass
class Runner:
    """Knows the jobs and how to run them. `stopping` is set when the service stops."""

    jobs: Mapping[str, Job]
    config: Config
    database: Database
    lines: Lines
    now: Callable[[], datetime]
    stopping: threading.Event = field(default_factory=threading.Event)

    def job(self, name: str) -> Job:
        """Raises `JobUnknown`."""
        if name not in self.jobs:
            raise JobUnknown(f"There is no job {name!r}. The jobs are: {', '.join(sorted(self.jobs))}.")
        return self.jobs[name]

    def queue(self, name: str, account_id: int | None, *, dry_run: bool) -> int:
        """Store a run that waits for its turn and return its id. Raises `JobUnknown`, `AccountNotFound`."""
        self.job(name)
        with self.database.transaction() as session:
            if account_id is not None:
                accounts.get(session, account_id)
            return runs.queue(session, name, account_id, dry_run=dry_run, now=self.now())

    def run_queued(self, run_id: int, *, patience_seconds: float = 60) -> Run:
        """Do the work of a queued run, at once and whatever the job's own interval says; returns the finished run.

        Somebody else's run of the same work is waited for, that long at most.
        """
        with self.database.transaction() as session:
            run = runs.get(session, run_id)
            runs.start(session, run_id, now=self.now())
        job, report, errors = self.job(run.job), Report(), []
        for account in self._accounts(job, run.account_id):
            error = self._run_patiently(job, account, report, run, patience_seconds=patience_seconds)
            if error:
                errors.append(error if account is None else f"{account.name}: {error}")
        return self._finish(run_id, report, errors)

    def tick(self, name: str, account_id: int | None, asked_by: AskedBy = AskedBy.SCHEDULE) -> Run | None:
        """A run that the service itself asks for: None when the job is not wanted or rests, or (of a scheduled one)
        ran a moment ago elsewhere.

        Raises `LeaseBusy` while somebody else is at the same work.
        """
        job = self.job(name)
        with self.database.reading() as session:
            is_due, _ = self._due(session, job, account_id, asked_by)
        if not is_due:
            return None
        report = Report()
        with holding(
            self.database, job.lease, account_id or 0, seconds=self.config.lease_seconds, now=self.now
        ) as lease:
            with self.database.transaction() as session:
                # Once more: another replica may have run the job between the first look and the lease.
                is_due, account = self._due(session, job, account_id, asked_by)
                if not is_due:
                    return None
                run_id = runs.queue(session, name, account_id, dry_run=False, now=self.now(), asked_by=asked_by)
                runs.start(session, run_id, now=self.now())
            error = self._work(job, self._context(account, lease, report, asked_by, run_id, dry_run=False))
            try:
                # Before the lease is given up: whoever has it next looks when the job ran last.
                return self._finish(run_id, report, [error] if error else [])
            except RunNotFound:  # the account was deleted meanwhile, and the run with it
                return None

    def blocked(self, job: Job, account: Account) -> str:
        """What keeps the job from running for this account, or ""."""
        if not account.enabled:
            return "The account is switched off."
        if not job.is_wanted(account):
            return "No setting of this account asks for it."
        if account.connection.state is not LinkState.CONNECTED:
            return "The account is not authorised at Allegro."
        return ""

    def _accounts(self, job: Job, account_id: int | None) -> Sequence[Account | None]:
        if not job.per_account:
            return [None]
        with self.database.reading() as session:
            if account_id is not None:
                return [accounts.get(session, account_id)]
            return list(accounts.every(session))

    def _due(
        self, session: Session, job: Job, account_id: int | None, asked_by: AskedBy
    ) -> tuple[bool, Account | None]:
        """Whether a run that nobody asked for by hand has its turn now, and the account that it is for."""
        account = None
        if account_id is not None:
            try:
                account = accounts.get(session, account_id)
            except AccountNotFound:  # another replica has deleted it
                return False, None
            if self.blocked(job, account):
                return False, account
        if job.has_work is not None and not job.has_work(session, account_id or 0, self.now()):
            return False, account
        state = runs.job_state(session, job.name, account_id or 0, lease=job.lease)
        rests = state is not None and state.not_before is not None and state.not_before > self.now()
        if rests or asked_by is AskedBy.NUDGE:
            return not rests, account
        return not self._ran_lately(session, job, account_id), account

    def _ran_lately(self, session: Session, job: Job, account_id: int | None) -> bool:
        """Whether a run began less than half the interval ago: the replicas tick independently of each other.

        A run that did not come to its end does not count: its process died, and what it left undone is urgent. Nor
        does one that followed a change: it looked at what had changed, and at nothing else.
        """
        began = runs.last_whole(session, job.name, account_id)
        if began is None:
            return False
        # A clock that was set back must not keep the job from running.
        return timedelta(0) <= self.now() - began < timedelta(seconds=job.every_seconds / 2)

    def _context(
        self, account: Account | None, lease: Lease, report: Report, asked_by: AskedBy, run_id: int, *, dry_run: bool
    ) -> JobContext:
        return JobContext(
            account=account,
            config=self.config,
            database=self.database,
            lines=self.lines,
            lease=lease,
            report=report,
            asked_by=asked_by,
            dry_run=dry_run,
            now=self.now,
            run_id=run_id,
            stopping=self.stopping,
        )

    def _run_patiently(
        self, job: Job, account: Account | None, report: Report, run: Run, *, patience_seconds: float
    ) -> str:
        if account is not None and (why := self.blocked(job, account)):
            report.add(f"account {account.name}", why=why, result=Result.SKIPPED)
            return ""
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                with holding(
                    self.database,
                    job.lease,
                    account.id if account else 0,
                    seconds=self.config.lease_seconds,
                    now=self.now,
                ) as lease:
                    context = self._context(account, lease, report, run.asked_by, run.id, dry_run=run.dry_run)
                    return self._work(job, context)
            except LeaseBusy as busy:
                if time.monotonic() >= deadline:
                    if job.has_work is None:
                        return str(busy)
                    # What there is to do is stored: whoever is at it comes to this, too, or the next tick does.
                    report.add(job.name, why=f"{busy} It comes to this, too.", result=Result.SKIPPED)
                    return ""
                time.sleep(0.05)

    def _work(self, job: Job, context: JobContext) -> str:
        """Do the work; returns why it did not come to its end, or ""."""
        cause: Exception | None = None
        try:
            job.work(context)
        except BridgeError as error:
            cause, message = error, str(error)
        except Exception as error:  # a bug: it must not take the other jobs with it, and it must be seen
            log.exception("a job failed", job=job.name, account_id=context.account and context.account.id)
            cause, message = error, _BUG
        else:
            message = ""
        if not context.dry_run and not isinstance(cause, LeaseLost):
            try:
                self._remember(job, context, cause, message)
            except LeaseLost:
                # The next holder, or the account's deletion, has made this run's result old news.
                log.info("the result of a run is not remembered", job=job.name, reason=message)
        return message

    def _remember(self, job: Job, context: JobContext, cause: Exception | None, message: str) -> None:
        account_id = context.account.id if context.account else 0
        now = self.now()
        with self.database.transaction() as session:
            context.lease.guard(session)
            failed_before = runs.failures(session, job.name, account_id)
            pause = pause_after(failed_before + 1, every_seconds=job.every_seconds) if cause else timedelta(0)
            if isinstance(cause, Unavailable) and cause.retry_after_seconds is not None:
                pause = max(pause, timedelta(seconds=cause.retry_after_seconds))
            news, failures = runs.note_result(
                session,
                job.name,
                account_id,
                result=RunState.FAILED if cause else RunState.DONE,
                error=message,
                not_before=now + pause if cause else None,
                now=now,
            )
            health.note(session, context, cause if isinstance(cause, _HEALTH) else None, now=now)
        if news and cause:
            log.warning("a job fails", job=job.name, account_id=account_id, reason=message)
        elif news:
            log.info("a job works again", job=job.name, account_id=account_id, failures=failures)

    def _finish(self, run_id: int, report: Report, errors: Sequence[str]) -> Run:
        with self.database.transaction() as session:
            state = RunState.FAILED if errors else RunState.DONE
            runs.finish(
                session,
                run_id,
                state,
                seen=report.seen,
                changes=report.changes,
                error=" ".join(errors),
                now=self.now(),
            )
            return runs.get(session, run_id)


_HEALTH = ChannelError
