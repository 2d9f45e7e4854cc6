"""One execution of a job, and what a job is known by between its runs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class RunState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class AskedBy(StrEnum):
    """What made a run start: its interval, a person or program over the API, or a change that was noticed."""

    SCHEDULE = "schedule"
    HAND = "hand"
    NUDGE = "nudge"


class Result(StrEnum):
    """What became of one change."""

    PLANNED = "planned"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Change:
    """One item of a plan, and what became of it. `what` names the thing, e.g. `order 4f8a...`."""

    what: str
    before: str
    after: str
    why: str
    result: Result


@dataclass(frozen=True)
class Run:
    """A run and its report. `seen` counts what was looked at."""

    id: int
    job: str
    account_id: int | None
    state: RunState
    asked_by: AskedBy
    dry_run: bool
    started_at: datetime | None
    finished_at: datetime | None
    seen: int
    planned: int
    done: int
    skipped: int
    failed: int
    error: str
    changes: tuple[Change, ...] = ()


# What is skipped is mostly skipped in every run, so it comes last.
_BY_WEIGHT = (Result.FAILED, Result.PLANNED, Result.DONE, Result.SKIPPED)


def shortened(changes: Sequence[Change], most: int = 1000) -> list[Change]:
    """The changes that a stored report names, in their order, and how many more there are of each kind.

    A shop with 50,000 offers has as many items in every report. One that is hardly longer than that stays as it is.
    """
    if len(changes) <= most + len(Result):
        return list(changes)
    heaviest = sorted(range(len(changes)), key=lambda at: _BY_WEIGHT.index(changes[at].result))[:most]
    named = [changes[at] for at in sorted(heaviest)]
    left = Counter(change.result for change in changes) - Counter(change.result for change in named)
    why = f"A report names {most} items only."
    return named + [Change(f"{left[kind]} more", "", "", why, kind) for kind in _BY_WEIGHT if left[kind]]


@dataclass(frozen=True)
class JobState:
    """What is remembered of a job of one account. `not_before` holds it back after failures.

    `account_id` 0 stands for a job that belongs to no account.
    """

    job: str
    account_id: int
    last_run_at: datetime | None
    last_result: str
    last_error: str
    failing_since: datetime | None
    failures: int
    not_before: datetime | None
    running_until: datetime | None


def pause_after(failures: int, *, every_seconds: float) -> timedelta:
    """How long a job rests after its n-th failure in a row: its own interval, or half a minute where that is less,
    doubled each time, 2 minutes at most: what fails may be one thing only, and the others shall not wait for it. A
    job with a long interval follows changes in between, and one answer that was lost must not keep it from that."""
    first = min(every_seconds, 30.0)
    return timedelta(seconds=min(first * 2.0 ** min(max(failures - 1, 0), 16), 120.0))


def overdue_reason(state: JobState | None, *, every_seconds: float, now: datetime, started_at: datetime) -> str | None:
    """Why a job has not run for three of its intervals (at least a minute), or None when it is on time.

    `started_at` is when this process began to schedule.
    """
    grace = timedelta(seconds=max(3 * every_seconds, 60))
    last = max(filter(None, [state.last_run_at if state else None, started_at]))
    if now - last <= grace:
        return None
    if state and state.running_until and state.running_until > now:
        return "A run is still going on."
    if state and state.not_before and state.not_before > now:
        return f"It rests after {state.failures} failures in a row: {state.last_error}"
    return "The service was not running, or this machine is overloaded."
