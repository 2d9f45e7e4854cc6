"""Invoices of orders: what is known of each, its file, and whether that was found to be harmless."""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.sandbox.allegro.answers import ApiError, iso
from app.sandbox.allegro.forms import Form
from app.sandbox.allegro.marketplace import Marketplace
from app.sandbox.allegro.misbehaviour import strike_form

Body = dict[str, Any]

MOST_INVOICES = 10
LARGEST_FILE = 3 * 1024 * 1024
_SCAN_SECONDS = 10
_LAG_SECONDS = 600
# So long an order waits for the file of one invoice before it takes the next.
_PATIENCE = timedelta(seconds=5)


@dataclass
class Invoice:
    """`content` is the file, None until it is there. It is looked through until `scanned_at`."""

    id: str
    file_name: str
    number: str | None
    created_at: datetime
    content: bytes | None = None
    uploaded_at: datetime | None = None
    scanned_at: datetime | None = None
    harmless: bool = True

    def is_scanned(self, now: datetime) -> bool:
        return self.scanned_at is not None and now >= self.scanned_at

    def view(self, now: datetime) -> Body:
        verification = None
        if self.scanned_at is not None:
            done = self.is_scanned(now)
            verification = {
                "status": ("ACCEPTED" if self.harmless else "REJECTED") if done else "WAITING",
                "verifiedAt": iso(self.scanned_at) if done else None,
            }
        return {
            "id": self.id,
            "invoiceNumber": self.number,
            "createdAt": iso(self.created_at),
            "file": {
                "name": self.file_name,
                "uploadedAt": iso(self.uploaded_at) if self.uploaded_at else None,
                "securityVerification": verification,
                "verification": {"status": "NOT_APPLICABLE", "details": []},
            },
        }


class Invoices:
    """`seconds` is how long a file is looked through. Not safe by itself: callers hold the lock, `of` apart."""

    def __init__(self, market: Marketplace, seed: int) -> None:
        self.market = market
        self.reset(seed)

    def reset(self, seed: int) -> None:
        self._chance = random.Random(f"invoices {seed}")
        self.seconds = float(_SCAN_SECONDS)
        self._by_form: dict[str, list[Invoice]] = {}

    def of(self, form_id: str) -> list[Invoice]:
        """The invoices of an order, oldest first."""
        with self.market.lock:
            return list(self._by_form.get(form_id, ()))

    def add(self, form: Form, body: Any) -> Invoice:
        """Raises ApiError 409, 422 or 429 where the order takes no further invoice, or not yet."""
        file_name, number = _read(body)
        invoices, now = self._by_form.setdefault(form.id, []), self.market.clock.now()
        # Who buys on an extended term gets one invoice.
        most = 1 if (form.body["payment"] or {}).get("type") == "EXTENDED_TERM" else MOST_INVOICES
        if len(invoices) >= most:
            raise ApiError(
                409,
                "InvoiceAlreadyExistsException",
                f"The order {form.id} has all its invoices.",
                user_message="Do tego zamówienia nie można dodać kolejnej faktury.",
            )
        if any(each.content is not None and not each.is_scanned(now) for each in invoices):
            raise ApiError(
                422,
                "InvoiceScanInProgressException",
                f"A file of the order {form.id} is still being looked through.",
                user_message="Trwa skanowanie poprzednio dodanej faktury.",
            )
        if any(each.content is None and now - each.created_at < _PATIENCE for each in invoices):
            raise ApiError(
                429,
                "TooManyInvoicesException",
                "Send the file of the last invoice first, or wait.",
                user_message="Dodaj plik do poprzedniej faktury albo odczekaj kilka sekund.",
            )
        invoice = Invoice(str(uuid.UUID(int=self._chance.getrandbits(128), version=4)), file_name, number, now)
        invoices.append(invoice)
        return invoice

    def upload(self, form: Form, invoice_id: str, content: bytes) -> None:
        """Raises ApiError 404, 409, 413 or 422."""
        invoice = next((each for each in self._by_form.get(form.id, ()) if each.id == invoice_id), None)
        if invoice is None:
            raise _not_found(f"The invoice {invoice_id} does not exist.")
        if invoice.content is not None:
            raise ApiError(
                409,
                "InvoiceFileAlreadyExistsException",
                "The invoice has a file.",
                user_message="Do tej faktury dodano już plik.",
            )
        if len(content) > LARGEST_FILE:
            raise ApiError(
                413, "FileTooLargeException", "A file has at most 3 MB.", user_message="Plik może mieć najwyżej 3 MB."
            )
        if not content:
            raise ApiError(422, "EmptyFileException", "The file is empty.", user_message="Przesłany plik jest pusty.")
        faults, now = self.market.faults, self.market.clock.now()
        rejected = strike_form(faults, "invoice_scan_rejected", form.id)
        lags = strike_form(faults, "invoice_scan_lags", form.id)
        seconds = self.seconds if lags is None else float(lags.args.get("seconds", _LAG_SECONDS))
        invoice.content, invoice.uploaded_at = content, now
        invoice.scanned_at = now + timedelta(seconds=seconds)
        invoice.harmless = content.startswith(b"%PDF") and rejected is None

    def view(self, form: Form) -> Body:
        now = self.market.clock.now()
        return {
            "orderMode": "REGULAR",
            "invoices": [each.view(now) for each in self._by_form.get(form.id, ())],
            "links": [],
            "hasExternalInvoices": False,
        }

    def order(self, seller: str, form_id: str) -> Form:
        """Raises ApiError 404 for an order that is unknown, 403 for another seller's."""
        form = self.market.forms.get(form_id)
        if form is None:
            raise _not_found(f"The order {form_id} does not exist.")
        if form.seller != seller:
            raise ApiError(
                403, "AccessDenied", "The order is another seller's.", user_message="Brak dostępu do tego zamówienia."
            )
        return form


def _not_found(message: str) -> ApiError:
    return ApiError(404, "NotFoundException", message, user_message="Nie znaleziono zamówienia lub faktury.")


def _read(body: Any) -> tuple[str, str | None]:
    """The name of the file and the invoice's number."""
    file = body.get("file") if isinstance(body, dict) else None
    name = file.get("name") if isinstance(file, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise ApiError(
            422, "VALIDATION_ERROR", "file.name is needed", path="file.name", user_message="Podaj nazwę pliku."
        )
    number = body.get("invoiceNumber")
    if number is not None and not isinstance(number, str):
        raise ApiError(
            422,
            "VALIDATION_ERROR",
            "invoiceNumber must be a text",
            path="invoiceNumber",
            user_message="Numer faktury jest niepoprawny.",
        )
    return name, number
