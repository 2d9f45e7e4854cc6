"""Pauses after failures, and jobs that are late."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.runs import Change, JobState, Result, overdue_reason, pause_after, shortened

_NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
_LONG_AGO = _NOW - timedelta(days=1)
_STATE = JobState("orders", 1, _LONG_AGO, "done", "", None, 0, None, None)


@pytest.mark.parametrize(
    ("failures", "every", "pause"),
    [
        (0, 30, 30),
        (1, 30, 30),
        (2, 30, 60),
        (3, 30, 120),
        (4, 30, 120),
        (6, 30, 120),
        (10_000, 30, 120),
        (1, 3600, 30),
        (4, 3600, 120),
        (1, 0.5, 0.5),
    ],
)
def test_a_failing_job_rests_twice_as_long_each_time_up_to_two_minutes(
    failures: int, every: float, pause: float
) -> None:
    assert pause_after(failures, every_seconds=every) == timedelta(seconds=pause)


def _reason(state: JobState | None, *, every: float = 30, started_at: datetime = _LONG_AGO) -> str | None:
    return overdue_reason(state, every_seconds=every, now=_NOW, started_at=started_at)


@pytest.mark.parametrize(
    ("seconds_ago", "every", "is_late"),
    [(0, 30, False), (90, 30, False), (91, 30, True), (60, 1, False), (61, 1, True), (1800, 600, False)],
)
def test_a_job_is_late_after_three_intervals_and_at_least_a_minute(
    seconds_ago: float, every: float, is_late: bool
) -> None:
    state = replace(_STATE, last_run_at=_NOW - timedelta(seconds=seconds_ago))
    assert (_reason(state, every=every) is not None) is is_late


def test_a_service_that_has_just_started_is_given_time() -> None:
    just_now = _NOW - timedelta(seconds=10)
    assert _reason(_STATE, started_at=just_now) is None
    assert _reason(None, started_at=just_now) is None
    assert _reason(None) is not None


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (replace(_STATE, running_until=_NOW + timedelta(seconds=5)), "A run is still going on."),
        (
            replace(_STATE, failures=4, last_error="Allegro is silent.", not_before=_NOW + timedelta(seconds=60)),
            "It rests after 4 failures in a row: Allegro is silent.",
        ),
        (
            replace(_STATE, running_until=_NOW, not_before=_NOW),
            "The service was not running, or this machine is overloaded.",
        ),
        (None, "The service was not running, or this machine is overloaded."),
    ],
)
def test_a_late_job_says_why(state: JobState | None, reason: str) -> None:
    assert _reason(state) == reason


def test_a_long_report_names_what_weighs_most_and_counts_the_rest() -> None:
    results = [Result.SKIPPED, Result.DONE, Result.FAILED, *[Result.SKIPPED] * 5, Result.DONE]
    changes = [Change(str(number), "", "", "", result) for number, result in enumerate(results)]
    assert shortened(changes, most=5) == changes
    assert [(each.what, each.result) for each in shortened(changes, most=4)] == [
        ("0", Result.SKIPPED),
        ("1", Result.DONE),
        ("2", Result.FAILED),
        ("8", Result.DONE),
        ("5 more", Result.SKIPPED),
    ]
