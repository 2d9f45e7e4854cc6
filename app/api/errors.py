"""Every error as `application/problem+json` (RFC 9457): one table from our errors to HTTP."""

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from app.api.deps import FieldRefused, KeyRefused
from app.channels.errors import AuthRequired, ChannelError, Misconfigured, Unavailable
from app.db.accounts import AccountNameTaken, AccountNotFound
from app.db.alerts import AlertNotFound
from app.db.engine import DatabaseUnavailable
from app.db.held_prices import HeldPriceClosed, HeldPriceNotFound
from app.db.invoices import InvoiceNotFound
from app.db.listing_templates import TemplateNameTaken, TemplateNotFound
from app.db.listings import ListingNotFound
from app.db.made_parcels import ParcelNotFound
from app.db.mappings import DefaultCategoryNotFound, DefaultCategoryUsed
from app.db.offer_links import LinkNotFound, OfferLinked
from app.db.order_log import OrderNotLogged
from app.db.pending_actions import PendingActionClosed, PendingActionNotFound
from app.db.pickups import PickupNotFound
from app.db.runs import RunNotFound
from app.errors import BridgeError
from app.sync.jobs import JobUnknown
from app.sync.lease import LeaseBusy
from app.sync.lines import StoreNotConfigured
from app.sync.listing.describing import DescribingBlocked
from app.sync.listing.desk import ListingBlocked
from app.sync.matching import ListIncomplete
from app.sync.orders.reimport import ImportBlocked
from app.sync.shipping.chosen_parcels import ParcelsRefused
from app.sync.shipping.invoice_desk import InvoiceBlocked
from app.sync.shipping.making import ParcelBlocked, ParcelRefused

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    """What went wrong, in a sentence; `errors` names the fields of a request that cannot be used."""

    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class WebhooksOff(BridgeError):
    """Nothing can be done about webhooks while no secret for them is configured."""


# The first class in this order that fits decides.
_TABLE: Sequence[tuple[type[BridgeError], int, str]] = (
    (KeyRefused, 401, "Not authorised"),
    (AccountNotFound, 404, "No such account"),
    (OrderNotLogged, 404, "No such order"),
    (RunNotFound, 404, "No such run"),
    (AlertNotFound, 404, "No such alert"),
    (JobUnknown, 404, "No such job"),
    (LinkNotFound, 404, "No such offer link"),
    (PendingActionNotFound, 404, "No such pending action"),
    (HeldPriceNotFound, 404, "No such held price"),
    (DefaultCategoryNotFound, 404, "No such default category"),
    (TemplateNotFound, 404, "No such listing template"),
    (AccountNameTaken, 409, "Name taken"),
    (TemplateNameTaken, 409, "Name taken"),
    (DefaultCategoryUsed, 409, "In use"),
    (OfferLinked, 409, "Linked already"),
    (PendingActionClosed, 409, "Nothing left to decide"),
    (HeldPriceClosed, 409, "Cannot be decided"),
    (FieldRefused, 422, "A field cannot be used"),
    (LeaseBusy, 409, "Work is going on"),
    (StoreNotConfigured, 409, "No store"),
    (ImportBlocked, 409, "Orders cannot be imported"),
    (ListingNotFound, 404, "No such listing"),
    (ListingBlocked, 409, "Nothing can be listed"),
    (ParcelNotFound, 404, "No such parcel"),
    (PickupNotFound, 404, "No such pickup"),
    (ParcelRefused, 422, "A field cannot be used"),
    (ParcelBlocked, 409, "Not with this parcel"),
    (InvoiceNotFound, 404, "No such invoice"),
    (InvoiceBlocked, 409, "Not with this invoice"),
    (DescribingBlocked, 409, "The offer cannot be changed"),
    (WebhooksOff, 409, "Webhooks are off"),
    (DatabaseUnavailable, 503, "Database does not answer"),
    (ListIncomplete, 503, "The other side does not answer"),
    (Unavailable, 503, "The other side does not answer"),
    (AuthRequired, 502, "The other side refuses us"),
    (Misconfigured, 502, "The other side refuses us"),
    (ChannelError, 502, "The other side refuses us"),
    (BridgeError, 500, "Cannot be done"),
)

# For the OpenAPI document: every answer that is not a success looks like this.
PROBLEM_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": text}
    for status, text in (
        (400, "The request cannot be read."),
        (401, "No API key, or one that is not accepted."),
        (404, "There is no such thing."),
        (405, "Not with this method."),
        (409, "It contradicts what is there."),
        (413, "The body is too large."),
        (422, "A field cannot be used; `errors` names it."),
        (502, "Allegro or the store refuses the call."),
        (503, "Allegro, the store or the database does not answer."),
    )
}


def problem(
    status: int,
    title: str,
    detail: str,
    errors: Sequence[tuple[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    body = Problem(
        title=title,
        status=status,
        detail=detail,
        errors=[FieldProblem(field=field, message=message) for field, message in errors],
    )
    return JSONResponse(body.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers)


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem."""

    @app.exception_handler(BridgeError)
    def ours(_request: Request, error: BridgeError) -> JSONResponse:
        status, title = next((status, title) for kind, status, title in _TABLE if isinstance(error, kind))
        errors = [(error.field, str(error))] if isinstance(error, FieldRefused | ParcelRefused) else []
        if isinstance(error, ParcelsRefused):
            errors = [("parcel_ids", why) for why in error.reasons.values()]
        if isinstance(error, AccountNameTaken):
            errors = [("name", str(error))]
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return problem(status, title, str(error), errors, headers)

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        if any(each["type"] == "json_invalid" for each in error.errors()):
            return problem(400, _UNREADABLE, "The body is not JSON.")
        errors = [(_field(each["loc"]), _message(each)) for each in error.errors()]
        detail = "; ".join(f"{field}: {message}" for field, message in errors)
        return problem(422, "A field cannot be used", detail, errors)

    @app.exception_handler(HTTPException)
    def from_the_framework(_request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        title, detail = {
            400: (_UNREADABLE, "The body is not JSON that can be read."),
            404: ("No such page", "There is nothing at this address. The API is described at /docs."),
            405: ("Not with this method", f"This address takes {headers.get('Allow', 'another')}."),
        }.get(error.status_code, ("Cannot be done", str(error.detail)))
        return problem(error.status_code, title, detail, headers=headers)

    @app.exception_handler(Exception)
    def bug(request: Request, error: Exception) -> JSONResponse:
        log.error("a request failed", path=request.url.path, exc_info=error)
        return problem(500, "An error in the service itself", "The log has its traceback. Please report it.")


_UNREADABLE = "The request cannot be read"


def _field(location: Sequence[int | str]) -> str:
    parts = [str(part) for part in location if part not in ("body", "query", "path", "header")]
    return ".".join(parts) or "body"


def _message(error: dict[str, Any]) -> str:
    message: str = error["msg"]
    return message.removeprefix("Value error, ")
