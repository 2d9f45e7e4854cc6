"""The order log: one entry per Allegro order, and the attempts to make its store order."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LogState(StrEnum):
    """What has become of an Allegro order on our side."""

    SEEN = "seen"  # known, not ready to be imported
    IMPORTING = "importing"  # an attempt was made whose outcome is not known yet
    IMPORTED = "imported"
    ON_HOLD = "on_hold"  # imported, and waiting for a person
    CANCELLED = "cancelled"
    FAILED = "failed"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"
    MISSING = "missing"  # Allegro does not find it (any more, or yet)


class Fate(StrEnum):
    """What became of an attempt to make a store order."""

    OPEN = "open"  # committed before the call; still open after a crash
    LOST = "lost"  # sent, answer lost
    CREATED = "created"
    ADOPTED = "adopted"  # the order was found in the store afterwards
    ABSENT = "absent"  # the store had time enough and has no such order
    REFUSED = "refused"  # certainly nothing was made

    @property
    def is_unresolved(self) -> bool:
        return self in (Fate.OPEN, Fate.LOST)


@dataclass(frozen=True)
class LogEntry:
    """`status` is how far the buyer is, `reason` why there is no store order or why it waits.

    `became_ready_at` is when we saw an unpaid order become ready; None for one that was ready when we first saw it.
    `release_at`: its store order is only held until then, because the buyer may still cancel. `asked_at`: a person
    asked for its import. `superseded_by` is the order that its lines are in now. The two digests are of what was last
    written to the store order, "" when that is not known. `due_at` is when the order is looked at next; None when
    nothing is to be done until Allegro tells of a change.
    """

    id: int
    account_id: int
    order_id: str
    state: LogState
    status: str
    revision: str
    store_order_id: int | None
    total: str
    currency: str
    buyer_login: str
    found_by: str
    attempts: int
    reason: str
    first_seen_at: datetime
    bought_at: datetime | None
    imported_at: datetime | None
    marked_processing_at: datetime | None
    missing_since: datetime | None
    due_at: datetime | None
    became_ready_at: datetime | None = None
    release_at: datetime | None = None
    asked_at: datetime | None = None
    superseded_by: str = ""
    addresses_digest: str = ""
    payments_digest: str = ""


def new_entry(account_id: int, order_id: str, now: datetime) -> LogEntry:
    """The entry that an order has when it is first heard of."""
    return LogEntry(
        id=0,
        account_id=account_id,
        order_id=order_id,
        state=LogState.SEEN,
        status="",
        revision="",
        store_order_id=None,
        total="",
        currency="",
        buyer_login="",
        found_by="",
        attempts=0,
        reason="",
        first_seen_at=now,
        bought_at=None,
        imported_at=None,
        marked_processing_at=None,
        missing_since=None,
        due_at=now,
    )


@dataclass(frozen=True)
class Attempt:
    """One attempt to make the store order of an Allegro order, committed before the call."""

    id: int
    order_id: str
    started_at: datetime
    finished_at: datetime | None
    fate: Fate
    payload_hash: str
    store_order_id: int | None
    detail: str
