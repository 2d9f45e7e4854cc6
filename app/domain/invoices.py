"""Invoices: the seller's PDFs, each of which goes to its order at Allegro once.

The law: what the order has at Allegro is read before anything is announced, because Allegro takes no invoice back and
the buyer sees each of them. After a lost answer an invoice is found again by its mark, the end of its file's name.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.order_log import LogEntry, LogState
from app.domain.orders import Order, OrderStatus

# Allegro takes no larger file.
LARGEST_INVOICE = 3 * 1024 * 1024
PDF_BEGINS_WITH = b"%PDF"

_OF_FILE = "file:"
_UNNAMED = "faktura"
_LONGEST_NAME = 60
_MARK_LENGTH = 8
# Allegro refuses a further invoice while it waits for the file of the last one.
_PATIENCE = timedelta(seconds=10)
_SOON = timedelta(seconds=60)
_LONGEST_PAUSE = timedelta(hours=2)
# With these pauses about a day.
_MOST_ATTEMPTS = 19
# A scan takes seconds as a rule.
_SCAN_LOOKS = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))
_SCAN_EVERY = timedelta(hours=1)
_LONGEST_SCAN = timedelta(days=7)

_HAS_IT = "The order has an invoice of this number at Allegro already; it is not sent again."
_SCAN_UNDER_WAY = "Waits until Allegro has looked through another invoice of the order."
_FILE_UNDER_WAY = "Waits until another invoice of the order, which was announced a moment ago, has its file."
_NEVER_SCANNED = (
    "Allegro has not come to the end of looking through the file for seven days. Look at the order in Allegro's panel."
)
_HARM = "Allegro found harm in the file and does not show it to the buyer."


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
    `file:<SHA-256>` for one that was uploaded here. `url_mark` tells the address from others, and `url_encrypted` is
    the address, sealed because whoever knows it can read the invoice; both are "" for the latter. `file_name` is what
    Allegro and the buyer see, and by which it is found again after a lost answer, so it is the order's only one of
    that name.

    `begun_at` is when Allegro was told of it, and later when it was sent the file; None before. `attempts` counts the
    failures in a row of what is to be done next. `why` is what it waits for, or why it came to its end, a sentence.
    """

    id: int
    account_id: int
    order_id: str
    source: str
    number: str
    file_name: str
    created_at: datetime
    due_at: datetime | None
    url_mark: str = ""
    url_encrypted: str = ""
    state: InvoiceState = InvoiceState.WAITING
    begun_at: datetime | None = None
    allegro_id: str = ""
    attempts: int = 0
    why: str = ""

    @property
    def is_over(self) -> bool:
        return self.state in (InvoiceState.ACCEPTED, InvoiceState.REJECTED, InvoiceState.REFUSED)

    @property
    def is_uploaded(self) -> bool:
        return self.source.startswith(_OF_FILE)

    @property
    def needs_file(self) -> bool:
        """Whether Allegro is still to be sent the file."""
        return self.state in (InvoiceState.WAITING, InvoiceState.ANNOUNCING, InvoiceState.ANNOUNCED)


class Move(StrEnum):
    """What is done next about an invoice."""

    STAY = "stay"  # nothing is called
    ANNOUNCE = "announce"
    SEND_FILE = "send_file"


@dataclass(frozen=True)
class Step:
    """What is done next, and the invoice as it is stored: before the call, where there is one.

    `is_alarming`: the seller must be told.
    """

    move: Move
    invoice: Invoice
    is_alarming: bool = False


def new_invoice(account_id: int, order_id: str, source: str, number: str, now: datetime) -> Invoice:
    """One that is to be sent now; it has no id yet."""
    name = file_name(order_id, source, number)
    return Invoice(0, account_id, order_id, source, number, name, created_at=now, due_at=now)


def source_of_file(content: bytes) -> str:
    return _OF_FILE + hashlib.sha256(content).hexdigest()


def file_name(order_id: str, source: str, number: str) -> str:
    """The number in letters that every system takes, and the mark."""
    plain = unicodedata.normalize("NFKD", number).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:_LONGEST_NAME].rstrip("-") or _UNNAMED
    mark = hashlib.sha256(f"{order_id} {source}".encode()).hexdigest()[:_MARK_LENGTH]
    return f"{name}-{mark}.pdf"


def fault_in_file(content: bytes) -> str:
    """Why Allegro would not take the file, as a sentence; "" where nothing is wrong with it."""
    if not content:
        return "The file is empty."
    if len(content) > LARGEST_INVOICE:
        return f"The file is larger than {LARGEST_INVOICE // 1024 // 1024} MB, which is all that Allegro takes."
    if not content.startswith(PDF_BEGINS_WITH):
        return "The file is no PDF."
    return ""


def why_called_off(entry: LogEntry | None, order: Order) -> str:
    """Why no invoice is sent to the order, as it stands now, as a sentence; "" where one is."""
    if entry is None:
        return "The order log of this account has no such order."
    if entry.state is LogState.SUPERSEDED:
        return f"The order was paid together with others; its invoice belongs to order {entry.superseded_by}."
    if order.status is OrderStatus.CANCELLED:
        return "The order is cancelled at Allegro."
    return ""


def next_step(
    invoice: Invoice, called_off: str, there: Sequence[AllegroInvoice], *, now: datetime, settle: timedelta
) -> Step:
    """What is done next about an invoice that is not over.

    `called_off` is what `why_called_off` says; `there` are the invoices that the order has at Allegro. `settle` is how
    long after a call whose answer was lost nobody may conclude that it came to nothing.
    """
    ours = _found_again(invoice, there)
    if ours is not None and ours.scan is not ScanState.NO_FILE:
        return _as_shown(invoice, ours, now)
    if invoice.state is InvoiceState.SCANNING:
        # Allegro has taken the file and does not show it, or not yet.
        return scan_goes_on(invoice, now)
    if called_off:
        return refused(invoice, called_off, is_alarming=False)
    if ours is not None or invoice.state is InvoiceState.ANNOUNCED:
        return Step(Move.SEND_FILE, announced(invoice, ours.id if ours else invoice.allegro_id, now))
    if invoice.state is InvoiceState.ANNOUNCING and invoice.begun_at and now < invoice.begun_at + settle:
        return Step(Move.STAY, replace(invoice, due_at=invoice.begun_at + settle))
    same = next((each for each in there if _is_same_number(invoice, each)), None)
    if same is not None:
        return _as_shown(replace(invoice, begun_at=None, why=_HAS_IT), same, now)
    if why := _why_not_yet(there, now):
        return Step(Move.STAY, _unannounced(replace(invoice, due_at=now + _SOON), why))
    announcing = replace(invoice, state=InvoiceState.ANNOUNCING, begun_at=now, why="")
    return Step(Move.ANNOUNCE, announcing)


def after_refusal(invoice: Invoice, there: Sequence[AllegroInvoice], why: str, now: datetime) -> Step:
    """What becomes of an invoice whose announcement Allegro has just refused, going by what the order has now.

    Another one may have come first: then it waits, as if it had been seen before. If that was scanned in this very
    moment nothing shows it any more, so beside others an invoice is announced twice before it is refused.
    """
    step = next_step(replace(invoice, state=InvoiceState.WAITING), "", there, now=now, settle=timedelta(0))
    if step.move is not Move.ANNOUNCE:
        return step
    return put_off(nothing_was_sent(invoice), why, now) if there and not invoice.attempts else refused(invoice, why)


def announced(invoice: Invoice, allegro_id: str, now: datetime) -> Invoice:
    """The invoice once Allegro has given it an id."""
    return replace(invoice, state=InvoiceState.ANNOUNCED, allegro_id=allegro_id, begun_at=now, why="")


def file_sent(invoice: Invoice, now: datetime) -> Invoice:
    """The invoice once Allegro has its file."""
    sent = replace(invoice, state=InvoiceState.SCANNING, begun_at=now, attempts=0, why="")
    return replace(sent, due_at=now + _SCAN_LOOKS[0])


def scan_goes_on(invoice: Invoice, now: datetime) -> Step:
    """What becomes of an invoice that Allegro has not come to the end of."""
    begun_at = invoice.begun_at or now
    if now - begun_at >= _LONGEST_SCAN:
        return refused(invoice, _NEVER_SCANNED)
    due_at = next((begun_at + look for look in _SCAN_LOOKS if begun_at + look > now), now + _SCAN_EVERY)
    return Step(Move.STAY, replace(invoice, state=InvoiceState.SCANNING, begun_at=begun_at, due_at=due_at))


def put_off(invoice: Invoice, why: str, now: datetime) -> Step:
    """What becomes of an invoice that something stands in the way of that may pass: after a day it is refused."""
    if invoice.attempts + 1 >= _MOST_ATTEMPTS:
        return refused(invoice, why)
    due_at = now + min(_SOON * 2**invoice.attempts, _LONGEST_PAUSE)
    return Step(Move.STAY, replace(invoice, attempts=invoice.attempts + 1, why=why, due_at=due_at))


def refused(invoice: Invoice, why: str, *, is_alarming: bool = True) -> Step:
    """What becomes of an invoice that cannot be sent as it is."""
    return Step(Move.STAY, replace(invoice, state=InvoiceState.REFUSED, why=why, due_at=None), is_alarming)


def nothing_was_sent(invoice: Invoice) -> Invoice:
    """The invoice once it is certain that Allegro was not told of it."""
    return _unannounced(invoice, "")


def reopened(invoice: Invoice, now: datetime) -> Invoice:
    """A refused invoice that is tried again. What Allegro knows of it is found there."""
    again = replace(invoice, state=InvoiceState.WAITING, begun_at=None, attempts=0, why="")
    return replace(again, due_at=now)


def why_not_again(invoice: Invoice) -> str:
    """Why the invoice is not tried again on request, as a sentence; "" where it is."""
    if invoice.state is InvoiceState.REJECTED:
        return f"{_HARM} Upload another file."
    if invoice.state is InvoiceState.REFUSED and invoice.is_uploaded:
        return "Its file is not kept. Upload it again."
    return ""


def _unannounced(invoice: Invoice, why: str) -> Invoice:
    return replace(invoice, state=InvoiceState.WAITING, begun_at=None, why=why)


def _found_again(invoice: Invoice, there: Iterable[AllegroInvoice]) -> AllegroInvoice | None:
    for each in there:
        if each.id == invoice.allegro_id or _mark(each.file_name) == _mark(invoice.file_name):
            return each
    return None


def _mark(name: str) -> str:
    return name.rpartition("-")[2]


def _as_shown(invoice: Invoice, shown: AllegroInvoice, now: datetime) -> Step:
    """What becomes of an invoice whose file Allegro has."""
    # A scanned invoice says why only where it is somebody else's.
    why = invoice.why if invoice.why == _HAS_IT else ""
    known = replace(invoice, allegro_id=shown.id, attempts=0, why=why)
    if shown.scan is ScanState.ACCEPTED:
        return Step(Move.STAY, replace(known, state=InvoiceState.ACCEPTED, due_at=None))
    if shown.scan is ScanState.REJECTED:
        words = " ".join((_HARM, *shown.complaints))
        return Step(Move.STAY, replace(known, state=InvoiceState.REJECTED, why=words, due_at=None), is_alarming=True)
    if known.state is not InvoiceState.SCANNING:
        known = replace(known, begun_at=now)
    return scan_goes_on(known, now)


def _is_same_number(invoice: Invoice, other: AllegroInvoice) -> bool:
    """Whether the other one is this invoice as well. One that was rejected is shown to nobody."""
    number = _number_key(invoice.number)
    has_file = other.scan in (ScanState.WAITING, ScanState.ACCEPTED)
    return bool(number) and has_file and _number_key(other.number) == number


def _number_key(number: str) -> str:
    return number.strip().casefold()


def _why_not_yet(there: Iterable[AllegroInvoice], now: datetime) -> str:
    """Why Allegro would not take a further invoice at this moment, or ""."""
    for each in there:
        if each.scan is ScanState.WAITING:
            return _SCAN_UNDER_WAY
        if each.scan is ScanState.NO_FILE and now - each.created_at < _PATIENCE:
            return _FILE_UNDER_WAY
    return ""
