"""Invoices that store orders name by an address in their meta data, as plugins or the seller's own programs put it.

Meta values are JSON of any shape. What is no address is left out and told.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from app.domain.invoices import Invoice, InvoiceState, file_name, new_invoice, reopened

_OF_META = "meta:"


@dataclass(frozen=True)
class StoreInvoice:
    """An invoice that the store's order names. `source` is as that of `Invoice`, `number` is "" where it has none."""

    source: str
    url: str
    number: str

    @property
    def url_mark(self) -> str:
        return hashlib.sha256(self.url.encode()).hexdigest()


@dataclass(frozen=True)
class InvoicesFound:
    """The invoices of a store order, and sentences about what could not be read."""

    invoices: tuple[StoreInvoice, ...] = ()
    notes: tuple[str, ...] = ()


def invoices_in(meta: Iterable[tuple[str, Any]], keys: Sequence[str]) -> InvoicesFound:
    """The invoices that a store order names. `keys` are `key of the address` or `key of the address|key of the number`.

    Of a key that stands several times the last address counts.
    """
    values = list(meta)
    found: dict[str, StoreInvoice] = {}
    notes: list[str] = []
    for each in keys:
        url_key, _, number_key = each.partition("|")
        number = next((_text(value) for key, value in reversed(values) if number_key == key and _text(value)), "")
        for key, value in values:
            if key != url_key or value in (None, False, "", [], {}):
                continue
            url = _text(value)
            if url.lower().startswith(("https://", "http://")):
                found[url_key] = StoreInvoice(_OF_META + url_key, url, number)
            else:
                notes.append(f"The meta field {url_key} does not hold the address of an invoice.")
    return InvoicesFound(tuple(found.values()), tuple(dict.fromkeys(notes)))


def store_changes(
    found: Iterable[StoreInvoice],
    known: Iterable[Invoice],
    account_id: int,
    order_id: str,
    now: datetime,
    *,
    seal: Callable[[str], str],
) -> list[tuple[Invoice | None, Invoice]]:
    """What the store says of an order's invoices and is not known: each as it was, None for a new one, and as it is.
    `seal` encrypts an address.

    An address that changes makes no second invoice, and nor does one that stands in another field as well. A new one
    counts while the file is not sent, and has one looked at again that was refused before Allegro was told of it. The
    number counts until Allegro is told.
    """
    by_source = {invoice.source: invoice for invoice in known}
    marks = {invoice.url_mark for invoice in by_source.values()}
    changes: list[tuple[Invoice | None, Invoice]] = []
    for each in found:
        before = by_source.get(each.source)
        if before is None:
            if each.url_mark in marks:
                continue
            marks.add(each.url_mark)
            new = new_invoice(account_id, order_id, each.source, each.number, now)
            changes.append((None, replace(new, url_mark=each.url_mark, url_encrypted=seal(each.url))))
            continue
        after = before
        is_unannounced = before.state is InvoiceState.WAITING
        is_elsewhere = each.url_mark != before.url_mark
        if is_elsewhere and before.state is InvoiceState.REFUSED and before.begun_at is None:
            after = reopened(before, now)
            is_unannounced = True
        if is_elsewhere and after.needs_file:
            after = replace(after, url_mark=each.url_mark, url_encrypted=seal(each.url), due_at=now)
        if is_unannounced and each.number != before.number:
            name = file_name(order_id, each.source, each.number)
            after = replace(after, number=each.number, file_name=name)
        if after != before:
            changes.append((before, after))
    return changes


def _text(value: object) -> str:
    """A text or a whole number as text, "" for everything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    # NUL and halves of surrogate pairs can be neither sent nor stored.
    return str(value).encode("utf-8", "replace").decode().replace("\0", "").strip()
