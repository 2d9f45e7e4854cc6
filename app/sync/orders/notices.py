"""The alerts about one order, and the words by which they are known."""

from datetime import datetime

from app.db import alerts
from app.db.engine import Session
from app.domain.order_log import LogEntry

ON_HOLD = "order_on_hold"
FAILED = "order_failed"
TWICE = "order_twice"
MISSING = "order_missing"
CANCELLED_TOO_LATE = "order_cancelled_too_late"
CHANGED_TOO_LATE = "order_changed_too_late"
STOCK_TAKEN_TWICE = "order_stock_taken_twice"
STOCK_NOT_TAKEN = "order_stock_not_taken"
# Those that are over when the order is.
WHILE_ALIVE = (ON_HOLD, FAILED, MISSING, CHANGED_TOO_LATE)


def open_about(session: Session, entry: LogEntry, kind: str, *, title: str, remedy: str, now: datetime) -> None:
    """Open the alert about this order, or renew its words where it is open."""
    alerts.open_alert(
        session, kind, account_id=entry.account_id, subject=entry.order_id, title=title, remedy=remedy, now=now
    )


def close_about(session: Session, entry: LogEntry, *kinds: str, now: datetime) -> None:
    """Resolve the alerts of these kinds about this order; it is over."""
    for kind in kinds:
        alerts.resolve(session, kind, account_id=entry.account_id, subject=entry.order_id, now=now)
