"""Invoices: the seller's PDFs, each of which goes to its order at Allegro once."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Allegro takes no larger file.
LARGEST_INVOICE = 3 * 1024 * 1024


class InvoiceState(StrEnum):
    """What has become of an invoice."""

    WAITING = "waiting"  # to be sent; Allegro does not know of it
    ANNOUNCING = "announcing"  # committed before the call; what the order has is read before it is tried again
    ANNOUNCED = "announced"  # Allegro knows its number and waits for its file
    SCANNING = "scanning"  # Allegro has the file and looks for harm in it
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # Allegro found harm in it and does not show it to the buyer
    REFUSED = "refused"  # it cannot be sent as it is, `why` says so; tried again only when it changes, or on request


class ScanState(StrEnum):
    """How far Allegro is with looking through the file of an invoice."""

    NO_FILE = "no_file"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True)
class AllegroInvoice:
    """An invoice that an order has at Allegro, whoever added it. `number` is "" where none was given."""

    id: str
    file_name: str
    number: str
    created_at: datetime
    scan: ScanState
    complaints: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invoice:
    """An invoice that is to go to an order, or has gone there.

    `source` tells it from the order's others: `meta:<key>` for one that the store's order names by an address, and
    `file:<SHA-256>` for one that was uploaded here. `url` is "" for the latter. `file_name` is what Allegro and the
    buyer see, and by which it is found again after a lost answer, so it is the order's only one of that name.
    """

    id: int
    account_id: int
    order_id: str
    source: str
    url: str
    number: str
    file_name: str
    created_at: datetime
    due_at: datetime | None
    state: InvoiceState = InvoiceState.WAITING
    begun_at: datetime | None = None
    allegro_id: str = ""
    attempts: int = 0
    why: str = ""

    @property
    def is_over(self) -> bool:
        return self.state in (InvoiceState.ACCEPTED, InvoiceState.REJECTED, InvoiceState.REFUSED)
