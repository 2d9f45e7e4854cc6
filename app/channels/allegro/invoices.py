"""The invoices of one seller account's orders: what an order has, announcing one, and sending its file."""

import re

from app.channels.allegro.session import PUBLIC, AllegroSession, Endpoint
from app.channels.allegro.translate_invoices import invoice_from
from app.channels.allegro.wire import CHANNEL, checked_order_id, read
from app.channels.errors import Rejected, Uncertain, Unreadable
from app.domain.invoices import AllegroInvoice

_READ = "allegro:api:orders:read"
_WRITE = "allegro:api:orders:write"
_PATH = "/order/checkout-forms/{id}/invoices"
_HAS_ITS_FILE = 409

ORDER_INVOICES = Endpoint("GET", _PATH, PUBLIC, _READ)
# Its 429 says that the order has another invoice whose file is still to come.
ANNOUNCE = Endpoint("POST", _PATH, PUBLIC, _WRITE, effect=True, own_pace=True)
# Allegro takes one file for an invoice, so that to send it twice does no harm.
SEND_FILE = Endpoint(
    "PUT",
    f"{_PATH}/{{part_id}}/file",
    PUBLIC,
    _WRITE,
    good_statuses=frozenset({_HAS_ITS_FILE}),
    timeout_seconds=60.0,
    sent_type="application/pdf",
)

_INVOICE_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


class AllegroInvoices:
    """Every method raises the errors of `Transport.send`."""

    def __init__(self, session: AllegroSession) -> None:
        self._session = session

    def of(self, order_id: str) -> tuple[AllegroInvoice, ...]:
        """Every invoice that the order has, whoever added it.

        Raises `NotFound`, and `Unreadable` where one of them cannot be read: a shorter list would have an invoice sent
        a second time.
        """
        what = f"reading the invoices of order {order_id}"
        reply = self._session.call(ORDER_INVOICES, what, item_id=checked_order_id(order_id))
        answer = read(reply.data, f"Allegro's list of the invoices of order {order_id}")
        return tuple(map(invoice_from, answer.required_rows("invoices")))

    def announce(self, order_id: str, file_name: str, number: str) -> str:
        """Add an invoice without its file, and return the id under which `send_file` sends that. `number` "" is none.

        Raises `Uncertain` where it may be there: read the order's invoices before announcing it again. Raises
        `Rejected`, with Allegro's words and its `code`, where it is not taken; a 409 as `Conflict`, by which Allegro
        means that the order has all the invoices that it may have, or that the file of another one is being scanned.
        """
        what = f"announcing the invoice {file_name} of order {order_id}"
        body = {"file": {"name": file_name}, **({"invoiceNumber": number} if number else {})}
        reply = self._session.call(ANNOUNCE, what, item_id=checked_order_id(order_id), json=body)
        try:
            return read(reply.data, "Allegro's answer about the invoice").required_text("id")
        except Unreadable as error:
            raise Uncertain(
                f"{error} It may have been announced ({what}).", channel=CHANNEL, trace_id=reply.trace_id
            ) from error

    def send_file(self, order_id: str, invoice_id: str, content: bytes) -> None:
        """Send the PDF of an invoice that was announced. One that has its file keeps it.

        Raises `Rejected` where it is not taken: `NotFound` where Allegro has no such invoice, 413, or 422.
        """
        if not _INVOICE_ID.fullmatch(invoice_id):
            raise Rejected(f"{invoice_id!r} is no id of an invoice.", channel=CHANNEL, status=422)
        self._session.call(
            SEND_FILE,
            f"sending the file of invoice {invoice_id} of order {order_id}",
            item_id=checked_order_id(order_id),
            part_id=invoice_id,
            content=content,
            expects_json=False,
        )
