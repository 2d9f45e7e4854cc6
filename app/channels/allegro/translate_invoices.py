"""Allegro's messages about the invoices of an order in our words. Pure."""

from app.channels.allegro.wire import SCAN_STATES, complaints_of
from app.channels.reading import Json
from app.domain.invoices import AllegroInvoice, ScanState


def invoice_from(row: Json) -> AllegroInvoice:
    """Raises `Unreadable` without an id, a name or a time, by which ours are found and it is known how long to wait."""
    file = row.part("file")
    return AllegroInvoice(
        id=row.required_text("id"),
        file_name=file.required_text("name"),
        number=row.text("invoiceNumber"),
        created_at=row.required_instant("createdAt"),
        scan=_scan_in(file),
        complaints=tuple(complaint.text for complaint in complaints_of(file.part("verification"), "details")),
    )


def _scan_in(file: Json) -> ScanState:
    # Where goods leave the Union, what the invoice says is looked at as well, and then both verdicts are needed.
    safe, right = (SCAN_STATES.get(file.part(name).text("status")) for name in ("securityVerification", "verification"))
    if ScanState.REJECTED in (safe, right):
        return ScanState.REJECTED
    if safe is ScanState.ACCEPTED and right is not ScanState.WAITING:
        return ScanState.ACCEPTED
    # A word that is not known is no verdict.
    return ScanState.WAITING if safe is ScanState.ACCEPTED or file.text("uploadedAt") else ScanState.NO_FILE
