"""What a job is given for one run on one account."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.config import Config
from app.db import accounts
from app.db.engine import Database
from app.domain.accounts import Account
from app.domain.runs import AskedBy
from app.sync.lease import Lease
from app.sync.lines import Lines
from app.sync.report import Report


@dataclass
class JobContext:
    """`account` is None for a job that belongs to no account. `asked_by` is what made the run start.

    `answered` names the channels that answered well, and (`lines.writing`) those that took a change. `stopping` is set
    when the service stops: a run that takes long comes to an early end then.
    """

    account: Account | None
    config: Config
    database: Database
    lines: Lines
    lease: Lease
    report: Report
    asked_by: AskedBy
    dry_run: bool
    now: Callable[[], datetime]
    run_id: int
    stopping: threading.Event
    answered: set[str] = field(default_factory=set)

    @property
    def writes(self) -> bool:
        """Whether anything may be changed on either side."""
        return not self.dry_run and not (self.account and self.account.shadow)

    @property
    def one_account(self) -> Account:
        """The account of a job that belongs to one."""
        if self.account is None:
            raise ValueError("this job runs without an account")
        return self.account

    @property
    def settle(self) -> timedelta:
        """How long after an attempt began nobody may conclude that the store made nothing of it."""
        return timedelta(seconds=self.config.store_timeout + self.config.store_settle)

    def reread(self) -> bool:
        """Read the account anew; whether its jobs are still wanted. A switch takes effect in the middle of a run."""
        with self.database.reading() as session:
            self.account = accounts.get(session, self.one_account.id)
        return self.account.enabled
