"""The order journal's inbox and how far it has been read; both move in one transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.db import order_log
from app.db.models import JournalRow, OrderEventRow
from app.domain.orders import OrderEvent


@dataclass(frozen=True)
class Journal:
    """`position` is the id of the last event read, "" for the beginning.

    `swept_until` is the last change of an order that the sweep has seen. `audited_at` is when the last nightly audit
    began that came to its end; before the first one, when reading began.
    """

    position: str
    read_at: datetime
    swept_until: datetime
    swept_at: datetime | None
    audited_at: datetime | None


def get(session: Session, account_id: int) -> Journal | None:
    """None while the journal was never read."""
    row = session.get(JournalRow, account_id)
    if row is None:
        return None
    return Journal(row.position, row.read_at, row.swept_until, row.swept_at, row.audited_at)


def begin(session: Session, account_id: int, *, position: str, sweep_from: datetime, now: datetime) -> None:
    """Start reading at `position`, with everything since `sweep_from` left to the sweep."""
    row = session.get(JournalRow, account_id)
    if row is None:
        row = JournalRow(account_id=account_id)
        session.add(row)
    row.position, row.read_at, row.swept_until = position, now, sweep_from
    row.swept_at = None
    # Everything was just left to the sweep; the next night is early enough to audit what it made of it.
    row.audited_at = now


def receive(
    session: Session, account_id: int, events: Sequence[OrderEvent], *, position: str, now: datetime
) -> list[OrderEvent]:
    """Store the events that are new, have their orders looked at, and move the position. Returns those."""
    ids = [event.id for event in events]
    known = set(
        session.execute(
            select(OrderEventRow.event_id).where(
                OrderEventRow.account_id == account_id, OrderEventRow.event_id.in_(ids)
            )
        ).scalars()
    )
    fresh = {event.id: event for event in events if event.id not in known}.values()
    for event in fresh:
        session.add(
            OrderEventRow(
                account_id=account_id,
                event_id=event.id,
                order_id=event.order_id,
                type=event.type,
                occurred_at=event.occurred_at,
                revision=event.revision,
                received_at=now,
                handled_at=None,
            )
        )
    order_log.make_due(
        session, account_id, list(dict.fromkeys(event.order_id for event in fresh)), found_by="journal", now=now
    )
    row = session.get_one(JournalRow, account_id)
    row.position, row.read_at = position, now
    return list(fresh)


def note_sweep(
    session: Session, account_id: int, *, until: datetime | None, began_at: datetime, now: datetime, complete: bool
) -> None:
    """Remember how far a sweep came that began with its mark at `began_at`; a mark set back since then stays."""
    row = session.get_one(JournalRow, account_id)
    if until is not None and row.swept_until >= began_at and until > row.swept_until:
        row.swept_until = until
    if complete:
        row.swept_at = now


def note_audit(session: Session, account_id: int, *, now: datetime) -> None:
    """Remember an audit that began at `now` and is done."""
    session.get_one(JournalRow, account_id).audited_at = now


def restart_sweep(session: Session, account_id: int, *, sweep_from: datetime) -> None:
    """Have the sweep look further back than it has."""
    row = session.get(JournalRow, account_id)
    if row is not None and sweep_from < row.swept_until:
        row.swept_until = sweep_from
        row.swept_at = None


def newest_event_id(session: Session, account_id: int, order_id: str) -> int:
    """Our number of the order's newest event in the inbox, 0 for none."""
    statement = select(func.max(OrderEventRow.id)).where(
        OrderEventRow.account_id == account_id, OrderEventRow.order_id == order_id
    )
    return session.execute(statement).scalar_one() or 0


def mark_handled(session: Session, account_id: int, order_id: str, *, up_to: int, now: datetime) -> None:
    """The order's events up to our number `up_to` are worked off."""
    session.execute(
        update(OrderEventRow)
        .where(
            OrderEventRow.account_id == account_id,
            OrderEventRow.order_id == order_id,
            OrderEventRow.id <= up_to,
            OrderEventRow.handled_at.is_(None),
        )
        .values(handled_at=now)
    )


def waiting(session: Session, account_ids: Iterable[int]) -> dict[int, int]:
    """How many events wait in the inbox, per account."""
    statement = (
        select(OrderEventRow.account_id, func.count())
        .where(OrderEventRow.handled_at.is_(None), OrderEventRow.account_id.in_(list(account_ids)))
        .group_by(OrderEventRow.account_id)
    )
    return dict(session.execute(statement).all())


def forget(session: Session, *, before: datetime) -> int:
    """Delete handled events received before then; returns how many."""
    gone = session.execute(
        delete(OrderEventRow)
        .where(OrderEventRow.handled_at.is_not(None), OrderEventRow.received_at < before)
        .returning(OrderEventRow.id)
    )
    return len(gone.all())
