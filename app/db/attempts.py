"""Intents: an attempt to make a store order is stored before the call and closed after it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.models import OrderAttemptRow
from app.domain.order_log import Attempt, Fate
from app.errors import BridgeError


class AttemptUnderWay(BridgeError):
    """Another attempt to make this order's store order is not resolved yet."""


def begin(session: Session, account_id: int, order_id: str, *, payload_hash: str, now: datetime) -> int:
    """Store the intent; returns its id. Raises `AttemptUnderWay` when the last one is unresolved."""
    row = OrderAttemptRow(
        account_id=account_id,
        order_id=order_id,
        started_at=now,
        finished_at=None,
        fate=Fate.OPEN,
        payload_hash=payload_hash,
        store_order_id=None,
        detail="",
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        raise AttemptUnderWay(
            f"An attempt to make the store order of {order_id} is still unresolved; it is looked for first."
        ) from None
    return row.id


def close(
    session: Session,
    attempt_id: int,
    fate: Fate,
    *,
    now: datetime,
    store_order_id: int | None = None,
    detail: str = "",
) -> None:
    row = session.get_one(OrderAttemptRow, attempt_id)
    row.fate, row.finished_at, row.store_order_id, row.detail = fate, now, store_order_id, detail


def of_order(session: Session, account_id: int, order_id: str) -> Sequence[Attempt]:
    """Every attempt of the order, oldest first."""
    statement = (
        select(OrderAttemptRow)
        .where(OrderAttemptRow.account_id == account_id, OrderAttemptRow.order_id == order_id)
        .order_by(OrderAttemptRow.id)
    )
    return [_attempt(row) for row in session.execute(statement).scalars()]


def _attempt(row: OrderAttemptRow) -> Attempt:
    return Attempt(
        id=row.id,
        order_id=row.order_id,
        started_at=row.started_at,
        finished_at=row.finished_at,
        fate=Fate(row.fate),
        payload_hash=row.payload_hash,
        store_order_id=row.store_order_id,
        detail=row.detail,
    )
