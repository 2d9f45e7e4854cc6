"""One holder of a piece of work at a time, across threads, processes and machines."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import structlog

from app.db import leases
from app.db.engine import Database, DatabaseUnavailable, Session
from app.errors import BridgeError

log = structlog.get_logger(__name__)

# What is free is free at any time, also when the clock is set back.
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class LeaseLost(BridgeError):
    """This process was out of action for so long that another has taken the work over: write nothing more."""


class LeaseBusy(BridgeError):
    """Somebody else is doing this work now."""


class Lease:
    """A held lease. It is extended in the background, so that only a process that stands still loses it."""

    def __init__(
        self,
        database: Database,
        name: str,
        account_id: int,
        token: int,
        *,
        seconds: float,
        since: float,
        now: Callable[[], datetime],
    ) -> None:
        """`since` is when the lease was acquired, by the monotonic clock."""
        self._database = database
        self._key = (name, account_id, token)
        self._seconds = seconds
        self._now = now
        self._deadline = since + seconds
        self._lost = False
        self._done = threading.Event()
        self._beat = threading.Thread(target=self._keep, name=f"lease {name}/{account_id}", daemon=True)

    def ensure(self) -> None:
        """Raises `LeaseLost` when the lease has run out. Call it right before anything that cannot be taken back."""
        # A process that was stopped (SIGSTOP) sees the clock jump before its heart beats again.
        if self._lost or time.monotonic() >= self._deadline:
            raise LeaseLost(
                f"The work {self._key[0]!r} of account {self._key[1]} was taken over: this process stood still."
            )

    def guard(self, session: Session) -> None:
        """As `ensure`, inside a transaction: what is written with it is written by the holder, or not at all."""
        self.ensure()
        name, account_id, token = self._key
        if not leases.extend(session, name, account_id, token, until=self._until()):
            self._lost = True
            self.ensure()

    def begin(self) -> None:
        self._beat.start()

    def end(self) -> None:
        """Stop extending and let the next holder in."""
        self._done.set()
        self._beat.join()
        name, account_id, token = self._key
        with self._database.transaction() as session:
            leases.release(session, name, account_id, token, now=_LONG_AGO)

    def _keep(self) -> None:
        while not self._done.wait(self._seconds / 3):
            try:
                started = time.monotonic()
                with self._database.transaction() as session:
                    name, account_id, token = self._key
                    held = leases.extend(session, name, account_id, token, until=self._until())
            except DatabaseUnavailable as error:
                log.warning("the lease could not be extended", lease=self._key[0], reason=str(error))
                continue
            if not held:
                self._lost = True
                return
            self._deadline = started + self._seconds

    def _until(self) -> datetime:
        return self._now() + timedelta(seconds=self._seconds)


@contextmanager
def holding(
    database: Database, name: str, account_id: int, *, seconds: float, now: Callable[[], datetime]
) -> Iterator[Lease]:
    """Hold the lease for the block. Raises `LeaseBusy` when somebody else has it."""
    with database.transaction() as session:
        # Both clocks at one moment: the process may stand still any time after, and must notice it.
        at, since = now(), time.monotonic()
        token = leases.acquire(session, name, account_id, now=at, until=at + timedelta(seconds=seconds))
    if token is None:
        raise LeaseBusy(f"The work {name!r} of account {account_id} is going on already.")
    lease = Lease(database, name, account_id, token, seconds=seconds, since=since, now=now)
    lease.begin()
    try:
        yield lease
    finally:
        lease.end()
