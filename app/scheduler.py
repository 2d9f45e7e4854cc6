"""When each job runs. The only home of APScheduler."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from app.db import accounts
from app.db.engine import Database, DatabaseUnavailable
from app.sync.connect import Connector
from app.sync.runner import Runner

log = structlog.get_logger(__name__)

_WORKERS = 8
_ROLL_CALL_SECONDS = 10.0
_DEVICE_POLL_SECONDS = 2.0


@dataclass
class Scheduler:
    """Ticks every job of every account at its interval, and runs what is asked for by hand.

    Any number of replicas may tick: the leases let one of them work.
    """

    runner: Runner
    connector: Connector
    database: Database
    now: Callable[[], datetime]
    started_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.started_at = self.now()
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(_WORKERS)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        self.started_at = self.now()
        for job in self.runner.jobs.values():
            if not job.per_account:
                self._tick_every(job.name, None, job.every_seconds)
        self._scheduler.add_job(self.call_the_roll, IntervalTrigger(seconds=_ROLL_CALL_SECONDS), id="roll call")
        self._scheduler.add_job(
            self.connector.poll_devices, IntervalTrigger(seconds=_DEVICE_POLL_SECONDS), id="device authorisations"
        )
        self.call_the_roll()
        self._scheduler.start()

    def stop(self) -> None:
        """Let the runs that are going on come to their end, and start no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def call_the_roll(self) -> None:
        """See that each account's jobs are scheduled; another replica may have added or removed accounts."""
        try:
            with self.database.reading() as session:
                present = {account.id for account in accounts.every(session)}
        except DatabaseUnavailable as error:
            log.warning("the accounts could not be read", reason=str(error))
            return
        wanted = {
            _key(job.name, account_id): (job, account_id)
            for job in self.runner.jobs.values()
            if job.per_account
            for account_id in present
        }
        scheduled = {job.id for job in self._scheduler.get_jobs() if job.id.startswith("tick ")}
        for key in wanted.keys() - scheduled:
            job, account_id = wanted[key]
            self._tick_every(job.name, account_id, job.every_seconds)
        for key in scheduled - wanted.keys():
            if not key.endswith(" -"):
                self._scheduler.remove_job(key)

    def run_soon(self, run_id: int) -> None:
        """Have a queued run done in the background."""
        self._scheduler.add_job(self.runner.run_queued, args=(run_id,), id=f"run {run_id}")

    def next_run_at(self, job: str, account_id: int | None) -> datetime | None:
        """When the job ticks next in this process; None while the scheduler does not run."""
        scheduled = self._scheduler.get_job(_key(job, account_id))
        found: datetime | None = scheduled.next_run_time if scheduled and self._scheduler.running else None
        return found

    def _tick_every(self, job: str, account_id: int | None, seconds: float) -> None:
        self._scheduler.add_job(
            self.runner.tick,
            # A little jitter keeps the accounts' calls from coming all at once.
            IntervalTrigger(seconds=seconds, jitter=min(seconds / 10, 5)),
            args=(job, account_id),
            id=_key(job, account_id),
            next_run_time=datetime.now(self._scheduler.timezone) + timedelta(milliseconds=50),
        )


def _key(job: str, account_id: int | None) -> str:
    return f"tick {job} {account_id if account_id is not None else '-'}"
