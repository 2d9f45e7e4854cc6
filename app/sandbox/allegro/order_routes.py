"""The addresses under /order: the journal, checkout forms and their fulfilment."""

import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import ApiError, answer, iso
from app.sandbox.allegro.forms import Body, Form
from app.sandbox.allegro.gate import Caller, Gate, JsonBody
from app.sandbox.allegro.journal import EVENT_TYPES
from app.sandbox.allegro.marketplace import Marketplace
from app.sandbox.allegro.misbehaviour import strike_form
from app.sandbox.allegro.queries import moment, number, unfit
from app.sandbox.faults import Faults

MOST_EVENTS = 1000
MOST_FORMS = 100
DEEPEST_FORM = 10_000
SETTABLE = (
    "NEW",
    "PROCESSING",
    "READY_FOR_SHIPMENT",
    "READY_FOR_PICKUP",
    "SENT",
    "PICKED_UP",
    "CANCELLED",
    "SUSPENDED",
)
_STALE_SECONDS = 600
# Writes of the fulfilment status that an order takes in its life.
_MOST_WRITES = 100


# Each is the way to a value in a form.
_FILTERS = (
    "status",
    "fulfillment.status",
    "fulfillment.provider.id",
    "fulfillment.shipmentSummary.lineItemsSent",
    "payment.id",
    "surcharges.id",
    "delivery.method.id",
    "buyer.login",
    "marketplace.id",
)
_TIMES: dict[str, Callable[[Form], datetime]] = {
    "lineItems.boughtAt": lambda form: form.bought_at,
    "updatedAt": lambda form: form.updated_at,
}


class FormList:
    """The list of checkout forms. Callers hold the lock."""

    def __init__(self, market: Marketplace, faults: Faults) -> None:
        self.market = market
        self.faults = faults

    def view(self, caller: Caller, request: Request) -> dict[str, Any]:
        offset = number(request, "offset", 0, 0, DEEPEST_FORM)
        limit = number(request, "limit", MOST_FORMS, 1, MOST_FORMS)
        if offset + limit > DEEPEST_FORM:
            raise unfit("offset", f"the sum of offset and limit must not exceed {DEEPEST_FORM}")
        found = self._matching(caller, request)
        page = found[offset : offset + limit]
        return {"checkoutForms": [form.body for form in page], "count": len(page), "totalCount": len(found)}

    def _matching(self, caller: Caller, request: Request) -> list[Form]:
        sort = request.query_params.get("sort", "-lineItems.boughtAt")
        if sort.removeprefix("-") not in _TIMES:
            raise unfit("sort", "sort is not one of the allowed values")
        self.market.shelf.agenda.catch_up()
        forms = [form for form in self.market.forms.values() if form.seller == caller.login]
        for name in _FILTERS:
            wanted = request.query_params.getlist(name)
            if wanted:
                forms = [form for form in forms if not set(_values(form.body, name)).isdisjoint(wanted)]
        for name, time_of in _TIMES.items():
            since, until = moment(request, f"{name}.gte"), moment(request, f"{name}.lte")
            if since is not None:
                forms = [form for form in forms if _milliseconds(time_of(form)) >= since]
            if until is not None:
                forms = [form for form in forms if _milliseconds(time_of(form)) <= until]
        stale = self.faults.strike("forms_list_stale")
        if stale is not None:
            horizon = self.market.clock.now() - timedelta(seconds=float(stale.args.get("seconds", _STALE_SECONDS)))
            forms = [form for form in forms if form.updated_at <= horizon]
        return sorted(forms, key=_TIMES[sort.removeprefix("-")], reverse=sort.startswith("-"))


def _values(body: Body, way: str) -> list[Any]:
    """The values at the end of the way, none where some block is missing, several where it passes a list."""
    found: list[Any] = [body]
    for step in way.split("."):
        inside = [block[step] for block in found if isinstance(block, dict)]
        found = [each for block in inside for each in (block if isinstance(block, list) else [block])]
    return found


def _milliseconds(precise: datetime) -> datetime:
    """Times are compared as the API shows them."""
    return precise.replace(microsecond=precise.microsecond // 1000 * 1000)


class FormDesk:
    """One checkout form: showing it and setting its fulfilment. Callers hold the lock."""

    def __init__(self, market: Marketplace, faults: Faults) -> None:
        self.market = market
        self.faults = faults

    def find(self, caller: Caller, form_id: str) -> Form:
        """Raises ApiError 422 for an id that is no UUID, 404 for a form that is unknown or another seller's."""
        try:
            uuid.UUID(form_id)
        except ValueError as error:
            raise unfit("id", "id must be a valid UUID") from error
        self.market.shelf.agenda.catch_up()
        form = self.market.forms.get(form_id)
        if form is None or form.seller != caller.login:
            raise _not_found(form_id)
        return form

    def show(self, caller: Caller, form_id: str) -> Body:
        form = self.find(caller, form_id)
        hidden = self.faults.active().get("form_missing")
        if hidden is not None and hidden.args.get("form_id", form_id) == form_id and self.faults.strike("form_missing"):
            raise _not_found(form_id)
        return form.body

    def set_fulfilment(self, caller: Caller, form_id: str, body: Any, revision: str | None) -> None:
        form = self.find(caller, form_id)
        status = body.get("status") if isinstance(body, dict) else None
        if status not in SETTABLE:
            raise unfit("status", "status is not one of those that a seller may set")
        outdated = revision is not None and revision != form.body["revision"]
        if self.faults.strike("revision_conflict") or outdated:
            raise ApiError(409, "CHECKOUT_FORM_REVISION_OUTDATED", "The checkout form has changed: read it again.")
        self._count_write(form, status)
        self.market.set_fulfilment(form_id, status)

    def _count_write(self, form: Form, status: str) -> None:
        """Count it, whether or not it changes anything. Raises ApiError 422 for good once there were too many."""
        exhausted = strike_form(self.faults, "fulfilment_exhausted", form.id)
        most = _MOST_WRITES if exhausted is None else int(exhausted.args.get("n", 0))
        if form.fulfilment_writes >= most:
            raise ApiError(
                422,
                "SellerOrdersStoreUnprocessableEntityException",
                f"The status {status} could not be set on order {form.id}",
                user_message="Nie udało się zmienić statusu zamówienia.",
            )
        form.fulfilment_writes += 1


def _not_found(form_id: str) -> ApiError:
    return ApiError(404, "CheckoutFormNotFoundException", f"Checkout form {form_id} not found")


def order_routes(market: Marketplace, gate: Gate, faults: Faults, lock: threading.RLock) -> APIRouter:
    router = APIRouter()
    forms = FormList(market, faults)
    desk = FormDesk(market, faults)
    reader = gate.needs("allegro:api:orders:read")
    writer = gate.needs("allegro:api:orders:write")

    @router.get("/order/events")
    def events(request: Request, caller: Annotated[Caller, reader]) -> Response:
        limit = number(request, "limit", 100, 1, MOST_EVENTS)
        after = number(request, "from", 0, 0, 10**18)
        wanted = set(request.query_params.getlist("type"))
        if not wanted <= EVENT_TYPES:
            raise unfit("type", "type is not one of the known event types")
        with lock:
            given = market.journal.read(caller.login, after, lambda kind: not wanted or kind in wanted, limit)
            return answer({"events": [event.view() for event in given]})

    @router.get("/order/event-stats")
    def event_stats(caller: Annotated[Caller, reader]) -> Response:
        with lock:
            latest = market.journal.latest(caller.login)
        if latest is None:
            return answer({"latestEvent": None})
        return answer({"latestEvent": {"id": str(latest.id), "occurredAt": iso(latest.occurred_at)}})

    @router.get("/order/checkout-forms")
    def list_forms(request: Request, caller: Annotated[Caller, reader]) -> Response:
        with lock:
            return answer(forms.view(caller, request))

    @router.get("/order/checkout-forms/{form_id}")
    def show_form(form_id: str, caller: Annotated[Caller, reader]) -> Response:
        with lock:
            return answer(desk.show(caller, form_id))

    @router.put("/order/checkout-forms/{form_id}/fulfillment")
    def set_fulfilment(form_id: str, request: Request, caller: Annotated[Caller, writer], body: JsonBody) -> Response:
        with lock:
            desk.set_fulfilment(caller, form_id, body, request.query_params.get("checkoutForm.revision"))
        gate.after_effect(request)
        return answer(None, 204)

    return router
