"""When each job runs. The only home of APScheduler."""

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from app.db import accounts, runs
from app.db.engine import Database, DatabaseUnavailable
from app.domain.runs import AskedBy
from app.errors import BridgeError
from app.sync.connect import Connector
from app.sync.jobs import Job
from app.sync.lease import LeaseBusy
from app.sync.nudges import Inbox
from app.sync.runner import Runner

log = structlog.get_logger(__name__)

_WORKERS = 8
# Long runs keep no worker from the jobs.
_LONG_WORKERS = 2
_LONG = "long"
# The first of them that an account wants looks at all that has changed.
_NUDGED_JOBS = ("stock", "prices")
_ROLL_CALL_SECONDS = 10.0
_DEVICE_POLL_SECONDS = 2.0


@dataclass
class Scheduler:
    """Ticks every job of every account at its interval, and runs what is asked for by hand.

    Any number of replicas may tick: the leases let one of them work. A job whose work is going on elsewhere (another
    job on the same things, another replica, a process that has died) is tried again after `busy_seconds`.

    Every `nudge_seconds` it is asked what has changed, and the accounts that it concerns are looked at there and then.
    """

    runner: Runner
    connector: Connector
    inbox: Inbox
    database: Database
    now: Callable[[], datetime]
    busy_seconds: float = 5.0
    nudge_seconds: float = 1.0
    started_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.started_at = self.now()
        self._roll = threading.Lock()
        self._is_database_lost = False
        self._nudge_again: dict[int, float] = {}  # account -> not before this moment of the monotonic clock
        self._workers = ThreadPoolExecutor(_WORKERS)
        self._long_workers = ThreadPoolExecutor(_LONG_WORKERS)
        # What is nudged has threads of its own, so that looking at stock keeps no order waiting.
        self._lookers = ThreadPoolExecutor(_WORKERS)
        self._scheduler = BackgroundScheduler(
            executors={"default": _Threads(self._workers), _LONG: _Threads(self._long_workers)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        self.runner.stopping.clear()
        self.started_at = self.now()
        for job in self.runner.jobs.values():
            if not job.per_account:
                self._tick_every(job.name, None, job.every_seconds)
        self._scheduler.add_job(self.call_the_roll, IntervalTrigger(seconds=_ROLL_CALL_SECONDS), id="roll call")
        self._scheduler.add_job(
            self._guarded,
            IntervalTrigger(seconds=_DEVICE_POLL_SECONDS),
            args=(self.connector.poll_devices,),
            id="device authorisations",
        )
        self._scheduler.add_job(
            self._guarded, IntervalTrigger(seconds=self.nudge_seconds), args=(self._nudge,), id="nudges"
        )
        self.call_the_roll()
        self._scheduler.start()

    def stop(self) -> None:
        """Let the runs that are going on come to their end (the long ones to an early one), and start no more."""
        self.runner.stopping.set()
        if self._scheduler.running:
            # It would wait under its own lock, and a worker that asks it for anything just then would wait for ever.
            self._scheduler.shutdown(wait=False)
        self._workers.shutdown()
        self._long_workers.shutdown()
        self._lookers.shutdown(cancel_futures=True)

    def call_the_roll(self) -> None:
        """See that each account's jobs are scheduled; another replica may have added or removed accounts."""
        with self._roll:  # the API calls it, too
            self._guarded(self._call_the_roll)

    def _call_the_roll(self) -> None:
        with self.database.reading() as session:
            present = {account.id for account in accounts.every(session)}
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
        with self.database.reading() as session:
            job = self.runner.job(runs.get(session, run_id).job)
        self._scheduler.add_job(
            self._guarded, args=(self.runner.run_queued, run_id), id=f"run {run_id}", executor=_executor(job)
        )

    def take_on(self, run_id: int, work: Callable[[threading.Event], object]) -> None:
        """Have a long run done in the background. The event tells the work that the service stops."""
        self._scheduler.add_job(self._guarded, args=(work, self.runner.stopping), id=f"run {run_id}", executor=_LONG)

    def next_run_at(self, job: str, account_id: int | None) -> datetime | None:
        """When the job ticks next in this process; None while the scheduler does not run."""
        scheduled = self._scheduler.get_job(_key(job, account_id))
        found: datetime | None = scheduled.next_run_time if scheduled and self._scheduler.running else None
        return found

    def _tick_every(self, job: str, account_id: int | None, seconds: float) -> None:
        self._scheduler.add_job(
            self._guarded,
            # A little jitter keeps the accounts' calls from coming all at once.
            IntervalTrigger(seconds=seconds, jitter=min(seconds / 10, 5)),
            args=(self._tick, job, account_id),
            id=_key(job, account_id),
            executor=_executor(self.runner.job(job)),
            next_run_time=datetime.now(self._scheduler.timezone) + timedelta(milliseconds=50),
        )

    def _tick(self, job: str, account_id: int | None) -> None:
        try:
            self.runner.tick(job, account_id)
        except LeaseBusy:
            self._try_again_soon(_key(job, account_id))

    def _nudge(self) -> None:
        """Have the accounts looked at that something has changed for, each beside the others: one may be slow."""
        for account_id in self.inbox.work_off():
            if self._nudge_again.get(account_id, 0) > time.monotonic():
                continue
            self._nudge_again[account_id] = math.inf  # until it has been looked at
            self._lookers.submit(self._guarded, self._look, account_id)

    def _look(self, account_id: int) -> None:
        pause = 0.0
        try:
            ticked = (
                self.runner.tick(name, account_id, AskedBy.NUDGE) for name in _NUDGED_JOBS if name in self.runner.jobs
            )
            if all(run is None for run in ticked):
                # Not wanted, or at rest after failures. What is due stays so, and shall not cost a look every second.
                pause = self.busy_seconds
        except LeaseBusy:
            return  # the next nudge tries again
        finally:
            self._nudge_again[account_id] = time.monotonic() + pause

    def _try_again_soon(self, key: str) -> None:
        soon = datetime.now(self._scheduler.timezone) + timedelta(seconds=self.busy_seconds)
        try:
            scheduled = self._scheduler.get_job(key)
            if scheduled and scheduled.next_run_time > soon:
                scheduled.modify(next_run_time=soon)
        except JobLookupError:
            return  # its account was deleted in this moment

    def _guarded(self, work: Callable[..., object], *args: object) -> None:
        """Do it. What goes wrong is logged in a line, and a database that is away once and not at every tick."""
        try:
            work(*args)
        except DatabaseUnavailable as error:
            if not self._is_database_lost:
                log.warning("the database does not answer", reason=str(error))
            self._is_database_lost = True
        except BridgeError as error:
            log.warning("a run came to nothing", reason=str(error))
        else:
            if self._is_database_lost:
                log.info("the database answers again")
            self._is_database_lost = False


class _Threads(BasePoolExecutor):  # type: ignore[misc]  # the library has no types
    """Lets APScheduler use threads that somebody else ends."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__(pool)


def _executor(job: Job) -> str:
    return _LONG if job.takes_long else "default"


def _key(job: str, account_id: int | None) -> str:
    return f"tick {job} {account_id if account_id is not None else '-'}"
