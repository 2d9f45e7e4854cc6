"""Where the seller hands in invoices, looks at what became of them, and has them tried again."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.db import accounts, invoices, order_log
from app.db.engine import Database, Session
from app.domain.accounts import why_nothing_is_sent
from app.domain.invoices import (
    Invoice,
    InvoiceState,
    fault_in_file,
    file_name,
    new_invoice,
    reopened,
    source_of_file,
    why_not_again,
)
from app.domain.order_log import LogState
from app.errors import BridgeError
from app.security import SecretBox


class InvoiceRefused(BridgeError):
    """The file is none that Allegro would take; nothing was stored."""


class InvoiceBlocked(BridgeError):
    """As things stand no invoice is sent to the order, or this one is not tried again."""


@dataclass
class InvoiceDesk:
    """What is stored here is sent by the job `invoices`. Raises `AccountNotFound` and `OrderNotLogged`."""

    database: Database
    box: SecretBox
    now: Callable[[], datetime]

    def add(self, account_id: int, order_id: str, number: str, content: bytes) -> Invoice:
        """Have a PDF sent to the order. The same file again is the invoice that is there, and is tried again if that
        was refused. Raises `InvoiceRefused` and `InvoiceBlocked`."""
        if fault := fault_in_file(content):
            raise InvoiceRefused(fault)
        now, number = self.now(), number.strip()
        sealed = self.box.encrypt(base64.b64encode(content).decode())
        wanted = new_invoice(account_id, order_id, source_of_file(content), number, now)
        with self.database.transaction() as session:
            if why := why_nothing_is_sent(accounts.get(session, account_id)):
                raise InvoiceBlocked(why)
            entry = order_log.get(session, account_id, order_id)
            if entry.state is LogState.SUPERSEDED:
                raise InvoiceBlocked(
                    f"The order was paid together with others. Send it to order {entry.superseded_by}."
                )
            if entry.state is LogState.CANCELLED:
                raise InvoiceBlocked("The order is cancelled at Allegro.")
            there = invoices.add(session, wanted, content_encrypted=sealed)
            if there.state is not InvoiceState.REFUSED:
                return there
            number = number or there.number
            again = replace(reopened(there, now), number=number, file_name=file_name(order_id, there.source, number))
            return self._stored(session, there, again, content_encrypted=sealed)

    def of_order(self, account_id: int, order_id: str) -> Sequence[Invoice]:
        """The order's invoices, oldest first."""
        with self.database.reading() as session:
            accounts.get(session, account_id)
            order_log.get(session, account_id, order_id)
            return invoices.of_order(session, account_id, order_id)

    def retry(self, account_id: int, order_id: str, invoice_id: int) -> Invoice:
        """Have the invoice looked at now, and a refused one tried again; one that Allegro has accepted stays as it is.

        Raises `InvoiceNotFound` and `InvoiceBlocked`.
        """
        now = self.now()
        with self.database.transaction() as session:
            account = accounts.get(session, account_id)
            order_log.get(session, account_id, order_id)
            invoice = invoices.get(session, account_id, order_id, invoice_id)
            if why := why_nothing_is_sent(account) or why_not_again(invoice):
                raise InvoiceBlocked(why)
            if invoice.state is InvoiceState.ACCEPTED:
                return invoice
            if not (invoice.is_uploaded or account.settings.submit_invoices):
                raise InvoiceBlocked("Invoices of the store are sent only while `submit_invoices` is on.")
            is_refused = invoice.state is InvoiceState.REFUSED
            again = reopened(invoice, now) if is_refused else replace(invoice, due_at=now)
            return self._stored(session, invoice, again)

    def _stored(
        self, session: Session, before: Invoice, after: Invoice, *, content_encrypted: str | None = None
    ) -> Invoice:
        """The invoice as it is then: whoever has changed it at the same moment comes first."""
        if invoices.replace_with(session, before, after, content_encrypted=content_encrypted):
            return after
        return invoices.get(session, before.account_id, before.order_id, before.id)
