"""From what the store's webhooks hint at to work that is due. A hint is stored before it is answered for."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime

from app.db import offer_links, store_state
from app.db.engine import Database
from app.domain.webhooks import Hint


class Inbox:
    """Takes hints at any time, and marks the links of what they hint at as due.

    Whoever delivers waits `patience_seconds` at the most, also while the database is away: a webhook that is refused,
    or waits for a minute, seven times in a row is switched off by the store. What could not be stored by then is kept
    in memory until the next nudge. When the process dies before that, nothing but time is lost: the full reading of
    the stock finds the change.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self.database = database
        self.now = now
        self.patience_seconds = 2.0
        self.most_kept = 10_000
        self._lock = threading.Lock()
        self._kept: dict[tuple[str, int], Hint] = {}
        self._pinged_at: datetime | None = None
        # One at a time stores all that has come until then, so that a crowd of deliveries is one transaction.
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="inbox")

    def take(self, hint: Hint) -> None:
        """Store the hint, or keep it in memory while that is impossible. Never raises."""
        about = (hint.topic, hint.resource_id)
        with self._lock:
            if len(self._kept) < self.most_kept or about in self._kept:
                self._kept[about] = hint
        self._store_now()

    def take_ping(self) -> None:
        """Note that the store has tried our address. Never raises."""
        with self._lock:
            self._pinged_at = self.now()
        self._store_now()

    def work_off(self) -> set[int]:
        """Mark what the waiting hints are about as due; returns the accounts that have links to look at now.

        Many hints at one thing are one piece of work, and so is one that comes late or twice. Hints at orders are only
        put away: an order that moves stock brings hints at its products.
        """
        if self._kept or self._pinged_at:
            self._writer.submit(self._store).result()
        with self.database.reading() as session:
            accounts = offer_links.accounts_due(session, now=self.now())
            if not store_state.waiting_hints(session):
                return accounts
        with self.database.transaction() as session:
            taken = store_state.take_hints(session)
            # The time after the taking: a run that began before it may have read what has changed since.
            now = self.now()
            offer_links.make_due(session, {hint.resource_id for hint in taken if hint.is_of_product}, at=now)
            return offer_links.accounts_due(session, now=now)

    def close(self) -> None:
        """Wait for what is being stored."""
        self._writer.shutdown()

    def _store_now(self) -> None:
        storing = self._writer.submit(self._store)
        wait([storing], timeout=self.patience_seconds)
        # One that has not begun has nothing to add: what it would store is kept.
        storing.cancel()

    def _store(self) -> None:
        with self._lock:
            hints, pinged_at = dict(self._kept), self._pinged_at
        if not hints and pinged_at is None:
            return
        with self.database.transaction() as session:
            if pinged_at is not None:
                store_state.note_ping(session, now=pinged_at)
            if hints:
                store_state.note_hints(session, tuple(hints.values()))
        with self._lock:
            # What came in the meantime stays.
            self._kept = {about: hint for about, hint in self._kept.items() if hints.get(about) is not hint}
            if self._pinged_at is pinged_at:
                self._pinged_at = None
