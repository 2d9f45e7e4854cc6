"""The addresses of invoices that sellers add to orders."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import PUBLIC_V1, answer
from app.sandbox.allegro.gate import Caller, Gate, JsonBody
from app.sandbox.allegro.invoices import Invoices

PDF = "application/pdf"
_PATH = "/order/checkout-forms/{form_id}/invoices"


async def _sent_file(request: Request) -> bytes:
    return await request.body()


def invoice_routes(invoices: Invoices, gate: Gate) -> APIRouter:
    router = APIRouter()
    lock = invoices.market.lock
    write = "allegro:api:orders:write"

    @router.get(_PATH)
    def show(form_id: str, caller: Annotated[Caller, gate.needs("allegro:api:orders:read")]) -> Response:
        with lock:
            return answer(invoices.view(invoices.order(caller.login, form_id)))

    @router.post(_PATH)
    def add(form_id: str, request: Request, caller: Annotated[Caller, gate.needs(write)], sent: JsonBody) -> Response:
        with lock:
            invoice = invoices.add(invoices.order(caller.login, form_id), sent)
        gate.after_effect(request)
        return answer({"id": invoice.id}, 201)

    @router.put(f"{_PATH}/{{invoice_id}}/file")
    def upload(
        form_id: str,
        invoice_id: str,
        request: Request,
        caller: Annotated[Caller, gate.needs(write, PDF, answers=PUBLIC_V1)],
        content: Annotated[bytes, Depends(_sent_file)],
    ) -> Response:
        with lock:
            invoices.upload(invoices.order(caller.login, form_id), invoice_id, content)
        gate.after_effect(request)
        return answer(None)

    return router
