"""The addresses of parcels: carriers, delivery methods, the numbers of an order, and where parcels are."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import ApiError, answer
from app.sandbox.allegro.carriers import CARRIERS, NO_LONGER_TAKEN, OTHER
from app.sandbox.allegro.delivery_methods import METHODS
from app.sandbox.allegro.forms import Form
from app.sandbox.allegro.gate import Caller, Gate, JsonBody
from app.sandbox.allegro.misbehaviour import strike_form
from app.sandbox.allegro.order_routes import FormDesk
from app.sandbox.allegro.parcels import Parcel, Parcels

MOST_TRACKED = 20
_LONGEST_WAYBILL = 64
_LONGEST_NAME = 30
_REFUSED = 422
_FAILED = 500


class ParcelDesk:
    """Writing numbers into orders. Callers hold the lock."""

    def __init__(self, parcels: Parcels) -> None:
        self.parcels = parcels
        self.faults = parcels.market.faults

    def add(self, form: Form, body: Any) -> Parcel:
        """Raises ApiError 400, 409 or 422 where Allegro takes no such number, and an error after it was written."""
        if not isinstance(body, dict):
            raise ApiError(400, "UnprocessableEntity", "The request body is not an object.")
        carrier_id, waybill = _carrier_of(body), _waybill_of(body)
        name = _name_of(body) if carrier_id == OTHER else None
        if CARRIERS[carrier_id].waybill.fullmatch(waybill) is None:
            raise ApiError(
                400,
                "CarrierWaybillValidationException",
                "The waybill is not one of this carrier.",
                user_message="Ten numer przesyłki nie pasuje do wybranego przewoźnika. Zmiany nie zostały zapisane.",
            )
        lines = _lines_of(body, form)
        self._check_room(form, carrier_id, waybill)
        parcel = self.parcels.add(form, carrier_id, waybill, lines, name)
        lost = strike_form(self.faults, "shipment_stored_then_error", form.id)
        if lost is not None:
            path, status = f"/order/checkout-forms/{form.id}/shipments", int(lost.args.get("status", _FAILED))
            raise ApiError(status, "ERROR", "An error has occurred", path=path, user_message="Wystąpił błąd.")
        return parcel

    def _check_room(self, form: Form, carrier_id: str, waybill: str) -> None:
        refused = strike_form(self.faults, "shipment_refused", form.id)
        if refused is not None:
            status = int(refused.args.get("status", _REFUSED))
            raise ApiError(
                status,
                refused.args.get("code", "ShipmentValidationException"),
                "The shipment was refused.",
                user_message=refused.args.get("message", "Nie udało się dodać numeru przesyłki."),
            )
        if self.parcels.is_full(form) or strike_form(self.faults, "shipments_exhausted", form.id):
            raise ApiError(
                409,
                "WaybillsAssignedToOrderLimitReached",
                "The order takes no more waybills.",
                user_message="Osiągnięto limit numerów przesyłek przypisanych do zamówienia.",
            )
        if self.parcels.is_worn(form, carrier_id, waybill):
            raise ApiError(
                409,
                "WaybillUsageLimitReached",
                "The waybill is in too many orders.",
                user_message="Ten numer przesyłki jest już przypisany do zbyt wielu zamówień.",
            )


def _carrier_of(body: dict[str, Any]) -> str:
    carrier_id = body.get("carrierId")
    if not isinstance(carrier_id, str) or carrier_id not in CARRIERS:
        raise ApiError(
            422 if carrier_id in NO_LONGER_TAKEN else 400,
            "CarrierIdValidationException",
            "The value of carrierId is not recognized.",
            path="carrierId",
            user_message="Nierozpoznany przewoźnik w polu carrierId.",
        )
    return carrier_id


def _waybill_of(body: dict[str, Any]) -> str:
    waybill = body.get("waybill")
    if not isinstance(waybill, str) or not waybill.strip() or len(waybill) > _LONGEST_WAYBILL:
        raise ApiError(
            400,
            "WaybillValidationException",
            f"The waybill must be a text of 1 to {_LONGEST_WAYBILL} characters.",
            path="waybill",
            user_message="Podany numer przesyłki jest niepoprawny.",
        )
    return waybill


def _name_of(body: dict[str, Any]) -> str | None:
    name = body.get("carrierName")
    if name is not None and (not isinstance(name, str) or len(name) > _LONGEST_NAME):
        raise ApiError(
            400,
            "CarrierNameValidationException",
            f"carrierName must be a text of at most {_LONGEST_NAME} characters.",
            path="carrierName",
            user_message=f"Nazwa przewoźnika może mieć najwyżej {_LONGEST_NAME} znaków.",
        )
    return name or None


def _lines_of(body: dict[str, Any], form: Form) -> list[str]:
    sent = body.get("lineItems") or []
    ids = [each.get("id") if isinstance(each, dict) else None for each in sent] if isinstance(sent, list) else [None]
    known = {line["id"] for line in form.body["lineItems"]}
    for place, line_id in enumerate(ids):
        if line_id not in known:
            raise ApiError(
                422,
                "LineItemsValidationException",
                "The line item is not one of the order.",
                path=f"lineItems[{place}].id",
                user_message="Wskazany przedmiot nie należy do tego zamówienia.",
            )
    return [str(line_id) for line_id in ids]


def parcel_routes(parcels: Parcels, gate: Gate) -> APIRouter:
    router = APIRouter()
    lock = parcels.market.lock
    forms = FormDesk(parcels.market, parcels.market.faults)
    desk = ParcelDesk(parcels)
    reader = gate.needs("allegro:api:orders:read")
    writer = gate.needs("allegro:api:orders:write")

    @router.get("/order/carriers")
    def carriers(caller: Annotated[Caller, gate.needs(None)]) -> Response:
        with lock:
            gate.quotas.charge("carriers", caller.login)
        return answer({"carriers": [{"id": each.id, "name": each.name} for each in CARRIERS.values()]})

    @router.get("/order/carriers/{carrier_id}/tracking")
    def tracking(carrier_id: str, request: Request, _caller: Annotated[Caller, gate.needs(None)]) -> Response:
        waybills = request.query_params.getlist("waybill")
        if carrier_id not in CARRIERS and carrier_id not in NO_LONGER_TAKEN:
            raise ApiError(400, "CarrierIdValidationException", "The carrier is not known.", path="carrierId")
        if not 1 <= len(waybills) <= MOST_TRACKED:
            message = f"between 1 and {MOST_TRACKED} waybills are allowed"
            raise ApiError(400, "VALIDATION_ERROR", message, path="waybill")
        with lock:
            parcels.market.shelf.agenda.catch_up()
            found = [parcels.tracking(carrier_id, waybill) for waybill in waybills]
        return answer({"carrierId": carrier_id, "waybills": found})

    @router.get("/order/checkout-forms/{form_id}/shipments")
    def numbers(form_id: str, caller: Annotated[Caller, reader]) -> Response:
        with lock:
            gate.quotas.charge("parcels", caller.login)
            form = forms.find(caller, form_id)
            return answer({"shipments": [each.view() for each in parcels.of(form.id)]})

    @router.post("/order/checkout-forms/{form_id}/shipments")
    def add(
        form_id: str,
        request: Request,
        caller: Annotated[Caller, writer],
        sent: JsonBody,
    ) -> Response:
        with lock:
            gate.quotas.charge("parcels", caller.login)
            parcel = desk.add(forms.find(caller, form_id), sent)
        gate.after_effect(request)
        return answer(parcel.view(), 201)

    @router.get("/sale/delivery-methods")
    def delivery_methods(request: Request, _caller: Annotated[Caller, gate.needs(None)]) -> Response:
        marketplace = request.query_params.get("marketplace")
        rows = [each.view() for each in METHODS]
        shown = [row for row in rows if marketplace is None or marketplace in row["marketplaces"]]
        return answer({"deliveryMethods": shown})

    return router
