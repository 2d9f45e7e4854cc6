"""The alerts about parcel numbers, and the words by which they are known."""

from datetime import datetime

from app.db import alerts, shipments
from app.db.engine import Session
from app.domain.parcels import Shipment, ShipmentState

REFUSED = "parcel_refused"
STATUS_REFUSED = "order_status_refused"


def note_refused(session: Session, shipment: Shipment, *, now: datetime) -> None:
    """Tell that Allegro does not take the number."""
    alerts.open_alert(
        session,
        REFUSED,
        account_id=shipment.account_id,
        subject=shipment.order_id,
        title=f"Allegro refused the parcel number {shipment.waybill} of order {shipment.order_id}: {shipment.error}",
        remedy="Correct the number in the store, or map its carrier to another of Allegro's; it is sent again then.",
        now=now,
    )


def close_refused(session: Session, settled: Shipment, *, now: datetime) -> None:
    """Resolve it once no number of the order is refused any more."""
    known = shipments.of_order(session, settled.account_id, settled.order_id)
    if all(each.state is not ShipmentState.REFUSED for each in known):
        alerts.resolve(session, REFUSED, account_id=settled.account_id, subject=settled.order_id, now=now)


def note_status_refused(session: Session, account_id: int, order_id: str, why: str, *, now: datetime) -> None:
    """Tell that Allegro does not take the order for sent."""
    alerts.open_alert(
        session,
        STATUS_REFUSED,
        account_id=account_id,
        subject=order_id,
        title=f"Allegro refused the status SENT of order {order_id}: {why}",
        remedy="Set the order to sent in Allegro's panel; it is not tried again from here.",
        now=now,
    )
