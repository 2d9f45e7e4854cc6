"""What a job is: a name, how often, whose work it reserves, and when it has something to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.db.engine import Session
from app.domain.accounts import Account
from app.errors import BridgeError
from app.sync.context import JobContext


class JobUnknown(BridgeError):
    """There is no job of this name."""


@dataclass(frozen=True)
class Job:
    """`lease` is shared by jobs that must never run side by side; `is_wanted` tells whether an account uses the job.

    A job with `per_account` False runs once for the whole service. `work_since` tells since when there is something to
    do, None for nothing; it is asked before a run that nobody asked for by hand, and without it there always is. A job
    that `takes_long` keeps no others waiting.
    """

    name: str
    work: Callable[[JobContext], None]
    every_seconds: float
    lease: str
    is_wanted: Callable[[Account], bool]
    per_account: bool = True
    work_since: Callable[[Session, int, datetime], datetime | None] | None = None
    takes_long: bool = False
