"""The order log: one row per Allegro order, and its history."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.models import OrderHistoryRow, OrderLogRow
from app.domain.order_log import LogEntry, LogState
from app.errors import BridgeError

# An insert needs some twenty values for a row, and SQLite takes 32,766 in a statement.
_IDS_PER_STATEMENT = 500


class OrderNotLogged(BridgeError):
    """The order log of this account has no such order."""


def make_due(session: Session, account_id: int, order_ids: Collection[str], *, found_by: str, now: datetime) -> None:
    """Have these orders looked at now, in this order, and log those that are new."""
    new = {"account_id": account_id, "state": LogState.SEEN, "found_by": found_by, "first_seen_at": now, "attempts": 0}
    names = ("status", "revision", "total", "currency", "buyer_login", "reason", "superseded_by")
    texts = dict.fromkeys((*names, "addresses_digest", "payments_digest"), "")
    wanted = list(dict.fromkeys(order_ids))
    insert_unless_there(session, OrderLogRow, *[{"order_id": order_id, **new, **texts} for order_id in wanted])
    session.execute(
        update(OrderLogRow)
        .where(OrderLogRow.account_id == account_id, OrderLogRow.order_id.in_(wanted))
        .values(due_at=now)
    )


def ask_for(session: Session, account_id: int, order_ids: Collection[str], *, now: datetime) -> None:
    """A person asks for the import of these orders: have them looked at now, and log those that are new.

    No more than `in_chunks` gives at a time.
    """
    logged = versions(session, account_id, order_ids)
    make_due(session, account_id, [each for each in order_ids if each not in logged], found_by="reimport", now=now)
    session.execute(
        update(OrderLogRow)
        .where(OrderLogRow.account_id == account_id, OrderLogRow.order_id.in_(list(order_ids)))
        .values(due_at=now, asked_at=now)
    )


def make_skipped_due(session: Session, account_id: int, *, now: datetime) -> None:
    """Have every order looked at again that was skipped: the reason may have gone with a change of settings."""
    session.execute(
        update(OrderLogRow)
        .where(OrderLogRow.account_id == account_id, OrderLogRow.state == LogState.SKIPPED)
        .values(due_at=now)
    )


def versions(session: Session, account_id: int, order_ids: Collection[str]) -> dict[str, tuple[LogState, str, str]]:
    """State, Allegro status and revision of those orders that are logged."""
    statement = select(OrderLogRow.order_id, OrderLogRow.state, OrderLogRow.status, OrderLogRow.revision).where(
        OrderLogRow.account_id == account_id, OrderLogRow.order_id.in_(list(order_ids))
    )
    return {
        order_id: (LogState(state), status, revision)
        for order_id, state, status, revision in session.execute(statement)
    }


def known_to_any(session: Session, order_ids: Collection[str]) -> Collection[str]:
    """Those of the orders that the log of any account has."""
    return set(session.execute(select(OrderLogRow.order_id).where(OrderLogRow.order_id.in_(list(order_ids)))).scalars())


def due(session: Session, account_id: int, *, now: datetime) -> Sequence[LogEntry]:
    """The orders to look at now: those that the journal told of before the thousands of a first start or of a lost
    log, the longest waiting first."""
    statement = (
        select(OrderLogRow)
        .where(OrderLogRow.account_id == account_id, OrderLogRow.due_at <= now)
        .order_by(OrderLogRow.found_by.in_(("first_start", "audit")), OrderLogRow.due_at, OrderLogRow.id)
    )
    return [_entry(row) for row in session.execute(statement).scalars()]


def bought_since(session: Session, account_id: int, since: datetime) -> Sequence[LogEntry]:
    """The orders bought since then, oldest first; those that were never read at Allegro are not among them."""
    statement = (
        select(OrderLogRow)
        .where(OrderLogRow.account_id == account_id, OrderLogRow.bought_at >= since)
        .order_by(OrderLogRow.bought_at, OrderLogRow.id)
    )
    return [_entry(row) for row in session.execute(statement).scalars()]


def by_id(session: Session, entry_id: int) -> LogEntry:
    return _entry(session.get_one(OrderLogRow, entry_id))


def find(session: Session, account_id: int, order_id: str) -> LogEntry | None:
    """The entry of this order, or None when it is not logged."""
    statement = select(OrderLogRow).where(OrderLogRow.account_id == account_id, OrderLogRow.order_id == order_id)
    row = session.execute(statement).scalar_one_or_none()
    return _entry(row) if row else None


def get(session: Session, account_id: int, order_id: str) -> LogEntry:
    """Raises `OrderNotLogged`."""
    entry = find(session, account_id, order_id)
    if entry is None:
        raise OrderNotLogged(f"Account {account_id} has no order {order_id} in its order log.")
    return entry


def in_states(session: Session, account_id: int, states: Collection[LogState]) -> Sequence[LogEntry]:
    """Every entry in one of these states, oldest first."""
    return _entries(session, account_id, OrderLogRow.state.in_(list(states)))


def bought_between(session: Session, account_id: int, since: datetime, until: datetime) -> Sequence[LogEntry]:
    """Every entry of an order bought at `since` or later and before `until`, oldest first."""
    return _entries(session, account_id, OrderLogRow.bought_at >= since, OrderLogRow.bought_at < until)


def of_orders(session: Session, account_id: int, order_ids: Collection[str]) -> dict[str, LogEntry]:
    """The entries of those orders that are logged, by order id."""
    found: dict[str, LogEntry] = {}
    for some in in_chunks(order_ids):
        found |= {entry.order_id: entry for entry in _entries(session, account_id, OrderLogRow.order_id.in_(some))}
    return found


def _entries(session: Session, account_id: int, *conditions: ColumnElement[bool]) -> Sequence[LogEntry]:
    statement = select(OrderLogRow).where(OrderLogRow.account_id == account_id, *conditions).order_by(OrderLogRow.id)
    return [_entry(row) for row in session.execute(statement).scalars()]


def in_chunks(order_ids: Collection[str]) -> Iterator[list[str]]:
    """The ids in portions of which each fits into one statement: databases limit the values of one."""
    ids = list(order_ids)
    for start in range(0, len(ids), _IDS_PER_STATEMENT):
        yield ids[start : start + _IDS_PER_STATEMENT]


def page(
    session: Session, account_id: int, *, before_id: int | None, limit: int, state: LogState | None = None
) -> Sequence[LogEntry]:
    """Entries, newest first."""
    statement = select(OrderLogRow).where(OrderLogRow.account_id == account_id)
    if before_id is not None:
        statement = statement.where(OrderLogRow.id < before_id)
    if state is not None:
        statement = statement.where(OrderLogRow.state == state)
    rows = session.execute(statement.order_by(OrderLogRow.id.desc()).limit(limit)).scalars()
    return [_entry(row) for row in rows]


def record(session: Session, entry: LogEntry, **values: Any) -> None:
    """Change columns of the entry. `due_at` is only set when nobody has asked for another look meanwhile."""
    row = session.get_one(OrderLogRow, entry.id, with_for_update=True)
    if "due_at" in values and row.due_at != entry.due_at:
        del values["due_at"]
    for name, value in values.items():
        setattr(row, name, value)


def waiting(session: Session, account_ids: Collection[int], *, now: datetime) -> dict[int, int]:
    """How many orders are to be looked at now, per account."""
    statement = (
        select(OrderLogRow.account_id, func.count())
        .where(OrderLogRow.due_at <= now, OrderLogRow.account_id.in_(list(account_ids)))
        .group_by(OrderLogRow.account_id)
    )
    return dict(session.execute(statement).all())


def counts(session: Session) -> dict[tuple[int, str, str], int]:
    """How many entries there are, by account, state and how they were found."""
    columns = (OrderLogRow.account_id, OrderLogRow.state, OrderLogRow.found_by)
    return {
        (account_id, state, found_by): count
        for account_id, state, found_by, count in session.execute(select(*columns, func.count()).group_by(*columns))
    }


def newest_made(session: Session) -> tuple[int, datetime] | None:
    """The newest store order that we know of, with the time of its import."""
    statement = (
        select(OrderLogRow)
        .where(OrderLogRow.store_order_id.is_not(None), OrderLogRow.imported_at.is_not(None))
        .order_by(OrderLogRow.imported_at.desc())
        .limit(1)
    )
    row = session.execute(statement).scalar_one_or_none()
    if row is None or row.store_order_id is None or row.imported_at is None:
        return None
    return row.store_order_id, row.imported_at


@dataclass(frozen=True)
class HistoryItem:
    """Something that was done about an order: what, when, why, and whether the other side confirmed it."""

    at: datetime
    what: str
    why: str
    confirmed: bool


def remember(
    session: Session, account_id: int, order_id: str, *, what: str, why: str, confirmed: bool, now: datetime
) -> None:
    """Add a line to the order's history."""
    session.add(
        OrderHistoryRow(account_id=account_id, order_id=order_id, at=now, what=what, why=why, confirmed=confirmed)
    )


def history(session: Session, account_id: int, order_id: str) -> Sequence[HistoryItem]:
    """The order's history, oldest first."""
    statement = (
        select(OrderHistoryRow)
        .where(OrderHistoryRow.account_id == account_id, OrderHistoryRow.order_id == order_id)
        .order_by(OrderHistoryRow.id)
    )
    rows = session.execute(statement).scalars()
    return [HistoryItem(row.at, row.what, row.why, row.confirmed) for row in rows]


def _entry(row: OrderLogRow) -> LogEntry:
    return LogEntry(
        id=row.id,
        account_id=row.account_id,
        order_id=row.order_id,
        state=LogState(row.state),
        status=row.status,
        revision=row.revision,
        store_order_id=row.store_order_id,
        total=row.total,
        currency=row.currency,
        buyer_login=row.buyer_login,
        found_by=row.found_by,
        attempts=row.attempts,
        reason=row.reason,
        first_seen_at=row.first_seen_at,
        bought_at=row.bought_at,
        imported_at=row.imported_at,
        marked_processing_at=row.marked_processing_at,
        missing_since=row.missing_since,
        due_at=row.due_at,
        became_ready_at=row.became_ready_at,
        release_at=row.release_at,
        asked_at=row.asked_at,
        superseded_by=row.superseded_by,
        addresses_digest=row.addresses_digest,
        payments_digest=row.payments_digest,
    )
