"""Invoices of orders: handing one in as a PDF, what became of each, and trying one again."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.api.deps import MAX_ID, AccountId, FieldRefused, OrderId, ServicesDep
from app.api.errors import Problem
from app.api.fields import Page, Text, UtcTime
from app.domain.invoices import LARGEST_INVOICE, Invoice, InvoiceState
from app.sync.shipping.invoice_desk import InvoiceRefused

router = APIRouter(tags=["invoices"])

_INVOICES = "/accounts/{account_id}/orders/{order_id}/invoices"
_PDF = "application/pdf"
_SENT: dict[str, Any] = {
    "requestBody": {"required": True, "content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}}
}
_OTHER_TYPE: dict[int | str, dict[str, Any]] = {415: {"model": Problem, "description": "The body is of another type."}}
InvoiceId = Annotated[int, Path(ge=1, le=MAX_ID)]
Number = Annotated[Text, Query(max_length=100, description="The invoice's own number, which the buyer sees.")]


class InvoiceAnswer(BaseModel):
    """`source` is `meta:` and the key of the store order's meta that names its address, or `file:` and the SHA-256 of
    what was uploaded. `file_name` is what the buyer sees.

    `state`: `waiting`, `announcing` (the answer is not known), `announced` (its file is still to be sent) and
    `scanning` go on by themselves at `due_at`; `accepted`; `rejected` (Allegro does not show it to the buyer) and
    `refused` (it was not sent). `why` says what is in its way.
    """

    id: int
    order_id: str
    source: str
    number: str | None
    file_name: str
    state: InvoiceState
    why: str | None
    created_at: UtcTime
    due_at: UtcTime | None


async def sent_pdf(request: Request) -> bytes:
    """The body, of which no more is read than may be sent on."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _PDF:
        raise HTTPException(415, f"Send the PDF itself as the body, with the header `Content-Type: {_PDF}`.")
    content = bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > LARGEST_INVOICE:
                raise HTTPException(413, f"Allegro takes invoices of {LARGEST_INVOICE // 1024**2} MB at the most.")
    except ClientDisconnect:
        # Nobody is there to be told.
        raise HTTPException(400) from None
    return bytes(content)


@router.post(_INVOICES, status_code=202, openapi_extra=_SENT, responses=_OTHER_TYPE)
def add_invoice(
    account_id: AccountId,
    order_id: OrderId,
    services: ServicesDep,
    content: Annotated[bytes, Depends(sent_pdf)],
    number: Number = "",
) -> InvoiceAnswer:
    """It is sent within a minute or so. The same file again is the invoice that is there."""
    try:
        return _answer(services.invoice_desk.add(account_id, order_id, number, content))
    except InvoiceRefused as error:
        raise FieldRefused("body", str(error)) from error


@router.get(_INVOICES)
def list_invoices(account_id: AccountId, order_id: OrderId, services: ServicesDep) -> Page[InvoiceAnswer]:
    """Those that were found in the store or uploaded, oldest first."""
    found = services.invoice_desk.of_order(account_id, order_id)
    return Page(items=[_answer(each) for each in found], next_cursor=None)


@router.post(f"{_INVOICES}/{{invoice_id}}/retry", status_code=202)
def retry_invoice(
    account_id: AccountId, order_id: OrderId, invoice_id: InvoiceId, services: ServicesDep
) -> InvoiceAnswer:
    """It is looked at in the next minute. One that is accepted stays as it is."""
    return _answer(services.invoice_desk.retry(account_id, order_id, invoice_id))


def _answer(invoice: Invoice) -> InvoiceAnswer:
    return InvoiceAnswer(
        id=invoice.id,
        order_id=invoice.order_id,
        source=invoice.source,
        number=invoice.number or None,
        file_name=invoice.file_name,
        state=invoice.state,
        why=invoice.why or None,
        created_at=invoice.created_at,
        due_at=invoice.due_at,
    )
