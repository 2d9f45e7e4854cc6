"""Invoices of orders, and what became of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.invoice_models import InvoiceRow
from app.db.models import OrderLogRow
from app.domain.invoices import Invoice, InvoiceState
from app.domain.order_log import LogState
from app.errors import BridgeError


class InvoiceNotFound(BridgeError):
    """The order has no invoice with this id."""


def add(session: Session, invoice: Invoice, *, content_encrypted: str | None = None) -> Invoice:
    """Store a new one; returns it with its id, or the one of this source that the order has already, as it is."""
    insert_unless_there(session, InvoiceRow, {**_values(invoice), "content_encrypted": content_encrypted})
    there = of_order(session, invoice.account_id, invoice.order_id)
    return next(each for each in there if each.source == invoice.source)


def replace_with(session: Session, before: Invoice, after: Invoice, *, content_encrypted: str | None = None) -> bool:
    """Store what became of it, unless it is no longer as it was: somebody else has changed it meanwhile. Whether it
    was stored. A file is stored beside it where one is given, and goes once Allegro is not to be sent it any more."""
    row = session.get(InvoiceRow, before.id, with_for_update=True)
    if row is None or _invoice(row) != before:
        return False
    for name, value in _values(after).items():
        setattr(row, name, value)
    if content_encrypted is not None or not after.needs_file:
        row.content_encrypted = content_encrypted if after.needs_file else None
    return True


def get(session: Session, account_id: int, order_id: str, invoice_id: int) -> Invoice:
    """Raises `InvoiceNotFound`."""
    row = session.get(InvoiceRow, invoice_id)
    if row is None or (row.account_id, row.order_id) != (account_id, order_id):
        raise InvoiceNotFound(f"Order {order_id} has no invoice {invoice_id}.")
    return _invoice(row)


def of_order(session: Session, account_id: int, order_id: str) -> Sequence[Invoice]:
    """The order's, oldest first."""
    statement = (
        select(InvoiceRow)
        .where(InvoiceRow.account_id == account_id, InvoiceRow.order_id == order_id)
        .order_by(InvoiceRow.id)
    )
    return [_invoice(row) for row in session.execute(statement).scalars()]


def content_encrypted(session: Session, invoice_id: int) -> str | None:
    """The file of one that was uploaded; None once it is not kept."""
    return session.execute(select(InvoiceRow.content_encrypted).where(InvoiceRow.id == invoice_id)).scalar_one_or_none()


def is_any_due(session: Session, account_id: int, *, now: datetime, from_store: bool) -> bool:
    """Whether there are any of `due`."""
    statement = select(InvoiceRow.id).where(*_due(account_id, now, from_store=from_store))
    return session.execute(statement.limit(1)).first() is not None


def due(session: Session, account_id: int, *, now: datetime, from_store: bool, limit: int) -> list[Invoice]:
    """Those that have their turn now, the longest waiting first. Not `from_store`: of those that the store names only
    such as Allegro has the file of."""
    statement = select(InvoiceRow).where(*_due(account_id, now, from_store=from_store))
    rows = session.execute(statement.order_by(InvoiceRow.due_at, InvoiceRow.id).limit(limit)).scalars()
    return [_invoice(row) for row in rows]


def orders_without(session: Session, account_id: int, *, imported_since: datetime) -> list[int]:
    """Store orders of the account, by id, of which Allegro has been told of no invoice."""
    told = exists().where(
        InvoiceRow.account_id == account_id,
        InvoiceRow.order_id == OrderLogRow.order_id,
        InvoiceRow.state.not_in((InvoiceState.WAITING, InvoiceState.REFUSED)),
    )
    statement = select(OrderLogRow.store_order_id).where(
        OrderLogRow.account_id == account_id,
        OrderLogRow.imported_at >= imported_since,
        OrderLogRow.state.in_((LogState.IMPORTED, LogState.ON_HOLD)),
        OrderLogRow.store_order_id.is_not(None),
        ~told,
    )
    return [order_id for order_id in session.execute(statement).scalars() if order_id is not None]


def _due(account_id: int, now: datetime, *, from_store: bool) -> tuple[ColumnElement[bool], ...]:
    is_due = (InvoiceRow.account_id == account_id, InvoiceRow.due_at <= now)
    if from_store:
        return is_due
    return (*is_due, or_(InvoiceRow.url_encrypted == "", InvoiceRow.state == InvoiceState.SCANNING))


def _values(invoice: Invoice) -> dict[str, Any]:
    return {
        "account_id": invoice.account_id,
        "order_id": invoice.order_id,
        "source": invoice.source,
        "url_mark": invoice.url_mark,
        "url_encrypted": invoice.url_encrypted,
        "number": invoice.number,
        "file_name": invoice.file_name,
        "state": invoice.state,
        "allegro_id": invoice.allegro_id,
        "attempts": invoice.attempts,
        "why": invoice.why,
        "created_at": invoice.created_at,
        "begun_at": invoice.begun_at,
        "due_at": invoice.due_at,
    }


def _invoice(row: InvoiceRow) -> Invoice:
    return Invoice(
        id=row.id,
        account_id=row.account_id,
        order_id=row.order_id,
        source=row.source,
        url_mark=row.url_mark,
        url_encrypted=row.url_encrypted,
        number=row.number,
        file_name=row.file_name,
        created_at=row.created_at,
        due_at=row.due_at,
        state=InvoiceState(row.state),
        begun_at=row.begun_at,
        allegro_id=row.allegro_id,
        attempts=row.attempts,
        why=row.why,
    )
