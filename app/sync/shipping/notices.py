"""The alerts about parcel numbers and invoices, and the words by which they are known."""

from datetime import datetime

from app.db import alerts, shipments
from app.db.engine import Session
from app.domain.invoices import Invoice, InvoiceState
from app.domain.parcels import Shipment, ShipmentState

REFUSED = "parcel_refused"
STATUS_REFUSED = "order_status_refused"
INVOICE_REFUSED = "invoice_refused"


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


def note_invoice(session: Session, invoice: Invoice, *, now: datetime) -> None:
    """Tell that the buyer does not see the invoice at Allegro."""
    name = f"The invoice {invoice.number or invoice.file_name} of order {invoice.order_id}"
    if invoice.state is InvoiceState.REJECTED or invoice.is_uploaded:
        remedy = "Upload another file, then resolve the alert."
    else:
        remedy = "Mend what is named and have the invoice tried again, or upload its file and resolve the alert."
    alerts.open_alert(
        session,
        INVOICE_REFUSED,
        account_id=invoice.account_id,
        subject=_subject(invoice),
        title=f"{name} does not reach the buyer: {invoice.why}",
        remedy=remedy,
        now=now,
    )


def close_invoice(session: Session, invoice: Invoice, *, now: datetime) -> None:
    """Resolve it: the buyer sees the invoice, or is to see none."""
    alerts.resolve(session, INVOICE_REFUSED, account_id=invoice.account_id, subject=_subject(invoice), now=now)


def _subject(invoice: Invoice) -> str:
    return f"{invoice.order_id}/{invoice.id}"
