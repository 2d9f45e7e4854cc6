"""The alerts about one order, and the words by which they are known."""

from collections.abc import Iterable
from datetime import datetime

from app.db import alerts
from app.db.engine import Session
from app.domain.audit import Difference, Finding
from app.domain.order_log import LogEntry
from app.domain.store import StoreOrder

ON_HOLD = "order_on_hold"
FAILED = "order_failed"
TWICE = "order_twice"
MISSING = "order_missing"
CANCELLED_TOO_LATE = "order_cancelled_too_late"
MERGED_TOO_LATE = "order_merged_too_late"
CHANGED_TOO_LATE = "order_changed_too_late"
STOCK_TAKEN_TWICE = "order_stock_taken_twice"
STOCK_NOT_TAKEN = "order_stock_not_taken"
# Those that are over when the order is.
WHILE_ALIVE = (ON_HOLD, FAILED, MISSING, CHANGED_TOO_LATE, STOCK_NOT_TAKEN)
TOTAL_DIFFERS = "order_total_differs"
STATE_DIFFERS = "order_state_differs"
GONE = "order_gone"
# Those that are over when its store order is back, or there is another.
WHILE_AWAY = (GONE, STATE_DIFFERS)
OF_DIFFERENCE = {
    Difference.TWICE: TWICE,
    Difference.TOTAL: TOTAL_DIFFERS,
    Difference.STATE: STATE_DIFFERS,
    Difference.GONE: GONE,
}

_IS = {"trash": "in the bin", "cancelled": "cancelled", "failed": "failed"}
_MENDED = "Nothing: the nightly audit no longer finds it."


def open_about(session: Session, entry: LogEntry, kind: str, *, title: str, remedy: str, now: datetime) -> None:
    """Open the alert about this order, or renew its words where it is open."""
    alerts.open_alert(
        session, kind, account_id=entry.account_id, subject=entry.order_id, title=title, remedy=remedy, now=now
    )


def close_about(session: Session, entry: LogEntry, *kinds: str, now: datetime) -> None:
    """Resolve the alerts of these kinds about this order; it is over."""
    for kind in kinds:
        alerts.resolve(session, kind, account_id=entry.account_id, subject=entry.order_id, now=now)


def open_difference(session: Session, finding: Finding, *, now: datetime) -> bool:
    """Alert what the audit found. Returns whether it is news: not open yet, and not put away by a person as it is."""
    kind, entry, title, remedy = (
        OF_DIFFERENCE[finding.difference],
        finding.entry,
        title_of(finding),
        _remedy_of(finding),
    )
    account_id, subject = entry.account_id, entry.order_id
    # A buyer's money that was sent back shows in neither system, so the audit would find the same every night.
    if alerts.is_put_away(session, kind, account_id=account_id, subject=subject, title=title, remedy=remedy):
        return False
    return alerts.open_alert(session, kind, account_id=account_id, subject=subject, title=title, remedy=remedy, now=now)


def end_difference(session: Session, entry: LogEntry, kind: str, *, now: datetime) -> None:
    """Resolve what the audit no longer finds; should it come back, that is news."""
    alerts.resolve(session, kind, account_id=entry.account_id, subject=entry.order_id, now=now, remedy=_MENDED)


def title_of(finding: Finding) -> str:
    """What is wrong, the same words as long as it is the same thing."""
    order_id, number, orders = finding.entry.order_id, finding.entry.store_order_id, finding.orders
    match finding.difference:
        case Difference.TWICE:
            return f"The store has more than one order for Allegro order {order_id}: {_numbers(orders)}."
        case Difference.TOTAL:
            return (
                f"Store order {orders[0].id} amounts to {orders[0].total} {orders[0].currency}, and the buyer of "
                f"Allegro order {order_id} pays {finding.entry.total} {finding.entry.currency}."
            )
        case Difference.STATE if finding.must_be_cancelled:
            why = "was cancelled" if not finding.entry.superseded_by else f"is in {finding.entry.superseded_by} now"
            return f"Allegro order {order_id} {why}, and still has store order {_numbers(orders)}."
        case Difference.STATE:
            return f"Store order {orders[0].id} is {_IS[orders[0].status]}, and Allegro order {order_id} goes on."
        case Difference.GONE if orders:
            return f"Store order {number} is another order now; the one of Allegro order {order_id} is gone."
        case Difference.GONE:
            return f"Store order {number} of Allegro order {order_id} was deleted in the store."


def remedy_of_gone(entry: LogEntry) -> str:
    """What to do about a store order that was deleted."""
    return (
        f"To deliver it, import it again: POST /api/v1/accounts/{entry.account_id}/orders/reimport "
        f'{{"order_ids": ["{entry.order_id}"]}}, or {{"missing": true}} for all that are gone. '
        "Otherwise refund the buyer at Allegro and resolve this alert."
    )


def _remedy_of(finding: Finding) -> str:
    match finding.difference:
        case Difference.TWICE:
            keep, *others = finding.orders
            return f"Keep {keep.id} and cancel {_numbers(others)} in the store; its stock comes back with that."
        case Difference.TOTAL:
            return (
                "Correct the store order to what the buyer pays. When the difference is meant (a refund at Allegro), "
                "resolve this alert; it stays away until an amount changes."
            )
        case Difference.STATE if finding.must_be_cancelled:
            return f"Cancel {_numbers(finding.orders)} in the store unless it was sent; its stock comes back with that."
        case Difference.STATE:
            number = finding.orders[0].id
            return (
                f"To deliver it after all, set store order {number} to processing. Otherwise refund the buyer at "
                f"Allegro and set {number} to refunded, or resolve this alert."
            )
        case Difference.GONE:
            return remedy_of_gone(finding.entry)


def _numbers(orders: Iterable[StoreOrder]) -> str:
    return " and ".join(str(order.id) for order in orders)
