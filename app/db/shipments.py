"""Parcel numbers of orders, what Allegro has been told of them, and which orders are on their way."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from app.db.engine import insert_unless_there
from app.db.models import OrderLogRow
from app.db.shipping_models import CarrierMappingRow, OrderOnItsWayRow, ShipmentRow, TrackingWatchRow
from app.domain.order_log import LogState
from app.domain.parcels import OnItsWay, Shipment, ShipmentState
from app.domain.waybills import waybill_key


def add(session: Session, shipments: Iterable[Shipment]) -> int:
    """Store new ones; a number that the order has already stays as it is. Returns how many are new."""
    return insert_unless_there(session, ShipmentRow, *map(_values, shipments))


def ask_for(session: Session, wanted: Shipment) -> Shipment:
    """Store a number that a person gives, or give it to one that Allegro has refused; returns it as it is then.

    One that Allegro has, or is being told, stays as it is.
    """
    if not _same_number(session, wanted):
        add(session, [wanted])
    there = _same_number(session, wanted)[-1]
    if there.state in (ShipmentState.REFUSED, ShipmentState.SKIPPED, ShipmentState.QUEUED):
        there = replace(wanted, id=there.id, created_at=there.created_at)
        save(session, there)
    return there


def _same_number(session: Session, wanted: Shipment) -> list[Shipment]:
    """The order's entries of this number, however it is written."""
    known = of_order(session, wanted.account_id, wanted.order_id)
    return [each for each in known if waybill_key(each.waybill) == waybill_key(wanted.waybill)]


def save(session: Session, shipment: Shipment) -> None:
    """Store it as it is now."""
    row = session.get_one(ShipmentRow, shipment.id, with_for_update=True)
    for name, value in _values(shipment).items():
        setattr(row, name, value)


def cancel(session: Session, account_id: int, order_id: str, waybills: Collection[str]) -> None:
    """Store that nobody sends the parcels with these numbers."""
    session.execute(
        update(ShipmentRow)
        .where(
            ShipmentRow.account_id == account_id, ShipmentRow.order_id == order_id, ShipmentRow.waybill.in_(waybills)
        )
        .values(state=ShipmentState.CANCELLED, error="")
    )


def of_order(session: Session, account_id: int, order_id: str) -> Sequence[Shipment]:
    """The order's, oldest first."""
    statement = (
        select(ShipmentRow)
        .where(ShipmentRow.account_id == account_id, ShipmentRow.order_id == order_id)
        .order_by(ShipmentRow.id)
    )
    return [_shipment(row) for row in session.execute(statement).scalars()]


def providers(session: Session, account_id: int) -> list[str]:
    """Every word that the store has used for a carrier, in alphabetical order."""
    statement = select(ShipmentRow.provider).where(ShipmentRow.account_id == account_id, ShipmentRow.provider != "")
    return sorted(set(session.execute(statement.distinct()).scalars()))


def note_store(session: Session, account_id: int, order_id: str, store_status: str, *, now: datetime) -> None:
    """Remember what the store says of the order, and have it looked at now."""
    row = session.get(OrderOnItsWayRow, (account_id, order_id), with_for_update=True)
    if row is None:
        row = OrderOnItsWayRow(account_id=account_id, order_id=order_id, status_told="", refusal="", tries=0)
        session.add(row)
    row.store_status, row.seen_at, row.due_at = store_status, now, now


def get(session: Session, account_id: int, order_id: str) -> OnItsWay | None:
    """None for an order of which the store has said nothing yet."""
    row = session.get(OrderOnItsWayRow, (account_id, order_id))
    return _on_its_way(row) if row else None


def make_due(session: Session, account_id: int, order_id: str, *, now: datetime) -> None:
    """Have the order looked at now, whatever the store has said of it."""
    row = session.get(OrderOnItsWayRow, (account_id, order_id), with_for_update=True)
    if row is None:
        note_store(session, account_id, order_id, "", now=now)
    else:
        row.due_at = now


def make_refused_due(session: Session, account_id: int, *, now: datetime) -> None:
    """Have the orders looked at now that have a number whose carrier Allegro does not take, or not with it."""
    is_unsent = or_(
        ShipmentRow.state == ShipmentState.REFUSED,
        # One that was not told for another reason has its carrier.
        and_(ShipmentRow.state == ShipmentState.SKIPPED, ShipmentRow.carrier_id == ""),
    )
    orders = select(ShipmentRow.order_id).where(ShipmentRow.account_id == account_id, is_unsent)
    session.execute(
        update(OrderOnItsWayRow)
        .where(OrderOnItsWayRow.account_id == account_id, OrderOnItsWayRow.order_id.in_(orders))
        .values(due_at=now)
    )


def without_number(session: Session, account_id: int, *, imported_since: datetime) -> list[int]:
    """Store orders of the account, by id, that have no parcel number, and of which Allegro was told no status."""
    has_number = exists().where(
        ShipmentRow.account_id == account_id,
        ShipmentRow.order_id == OrderLogRow.order_id,
        ShipmentRow.state != ShipmentState.CANCELLED,
    )
    has_status = exists().where(
        OrderOnItsWayRow.account_id == account_id,
        OrderOnItsWayRow.order_id == OrderLogRow.order_id,
        OrderOnItsWayRow.status_told != "",
    )
    statement = select(OrderLogRow.store_order_id).where(
        OrderLogRow.account_id == account_id,
        OrderLogRow.imported_at >= imported_since,
        OrderLogRow.state.in_((LogState.IMPORTED, LogState.ON_HOLD)),
        OrderLogRow.store_order_id.is_not(None),
        ~has_number,
        ~has_status,
    )
    return [order_id for order_id in session.execute(statement).scalars() if order_id is not None]


def is_any_due(session: Session, account_id: int, *, now: datetime) -> bool:
    statement = select(OrderOnItsWayRow.order_id).where(
        OrderOnItsWayRow.account_id == account_id, OrderOnItsWayRow.due_at <= now
    )
    return session.execute(statement.limit(1)).first() is not None


def due(session: Session, account_id: int, *, now: datetime, limit: int) -> list[OnItsWay]:
    """Orders that have their turn now, the longest waiting first."""
    statement = (
        select(OrderOnItsWayRow)
        .where(OrderOnItsWayRow.account_id == account_id, OrderOnItsWayRow.due_at <= now)
        .order_by(OrderOnItsWayRow.due_at)
        .limit(limit)
    )
    return [_on_its_way(row) for row in session.execute(statement).scalars()]


def settle(session: Session, order: OnItsWay, *, looked_for: datetime | None) -> None:
    """Store what came of a look at the order, which was due at `looked_for`. Another look that somebody has asked for
    since keeps its turn."""
    row = session.get(OrderOnItsWayRow, (order.account_id, order.order_id), with_for_update=True)
    if row is None:
        return
    row.status_told, row.refusal, row.tries = order.status_told, order.refusal, order.tries
    if row.due_at == looked_for:
        row.due_at = order.due_at


def carrier_mappings(session: Session, account_id: int) -> dict[str, str]:
    """Allegro's carrier by the store's word."""
    statement = select(CarrierMappingRow).where(CarrierMappingRow.account_id == account_id)
    rows = session.execute(statement.order_by(CarrierMappingRow.provider)).scalars()
    return {row.provider: row.carrier_id for row in rows}


def map_carriers(session: Session, account_id: int, chosen: Mapping[str, str]) -> None:
    """Let these mappings take the place of all that there are."""
    session.execute(delete(CarrierMappingRow).where(CarrierMappingRow.account_id == account_id))
    session.add_all(
        CarrierMappingRow(account_id=account_id, provider=provider, carrier_id=carrier_id)
        for provider, carrier_id in chosen.items()
    )


def reading(session: Session, account_id: int) -> tuple[datetime, datetime] | None:
    """Since when the store's changes are read, and up to when they have been; None for never."""
    row = session.get(TrackingWatchRow, account_id)
    return (row.began_at, row.read_until) if row else None


def note_read(session: Session, account_id: int, until: datetime) -> None:
    row = session.get(TrackingWatchRow, account_id)
    if row is None:
        session.add(TrackingWatchRow(account_id=account_id, began_at=until, read_until=until))
    else:
        row.read_until = until


def _values(shipment: Shipment) -> dict[str, Any]:
    return {
        "account_id": shipment.account_id,
        "order_id": shipment.order_id,
        "carrier_id": shipment.carrier_id,
        "carrier_name": shipment.carrier_name,
        "waybill": shipment.waybill,
        "line_ids": list(shipment.line_ids),
        "state": shipment.state,
        "error": shipment.error,
        "by_hand": shipment.by_hand,
        "provider": shipment.provider,
        "created_at": shipment.created_at,
        "sent_at": shipment.sent_at,
    }


def _shipment(row: ShipmentRow) -> Shipment:
    return Shipment(
        id=row.id,
        account_id=row.account_id,
        order_id=row.order_id,
        carrier_id=row.carrier_id,
        carrier_name=row.carrier_name,
        waybill=row.waybill,
        line_ids=tuple(row.line_ids),
        state=ShipmentState(row.state),
        error=row.error,
        by_hand=row.by_hand,
        provider=row.provider,
        created_at=row.created_at,
        sent_at=row.sent_at,
    )


def _on_its_way(row: OrderOnItsWayRow) -> OnItsWay:
    return OnItsWay(
        account_id=row.account_id,
        order_id=row.order_id,
        store_status=row.store_status,
        status_told=row.status_told,
        refusal=row.refusal,
        tries=row.tries,
        seen_at=row.seen_at,
        due_at=row.due_at,
    )
