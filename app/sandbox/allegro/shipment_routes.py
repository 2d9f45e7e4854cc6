"""The addresses of Ship with Allegro."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.sandbox.allegro.answers import PUBLIC_V1, answer
from app.sandbox.allegro.delivery_methods import METHOD_BY_ID
from app.sandbox.allegro.gate import Caller, Gate, JsonBody
from app.sandbox.allegro.papers import PageSize
from app.sandbox.allegro.shipments import Kind, ShipWithAllegro
from app.sandbox.allegro.shipping_bodies import (
    MOST_FOR_PICKUP,
    Body,
    ShippingError,
    check_address,
    check_cancellation,
    check_creation,
    check_pickup,
    command_of,
    object_of,
    shipment_ids,
    unfit,
)
from app.sandbox.allegro.shipping_views import delivery_services, pickup_days, pickup_proposal, proposal

FILE = "application/octet-stream"
_BASE = "/shipment-management"
_READ = "allegro:api:shipments:read"
_WRITE = "allegro:api:shipments:write"
_ASK_AGAIN_SECONDS = 3
_COMMANDS: dict[Kind, tuple[str, Callable[[Body], None]]] = {
    "create": ("/shipments/create-commands", check_creation),
    "cancel": ("/shipments/cancel-commands", check_cancellation),
    "pickup": ("/pickups/create-commands", check_pickup),
}


def shipment_routes(shipping: ShipWithAllegro, gate: Gate) -> APIRouter:
    router = APIRouter(prefix=_BASE)
    for kind, (address, check) in _COMMANDS.items():
        _add_command(router, shipping, gate, kind, address, check)
    _add_offers(router, shipping, gate)
    _add_papers(router, shipping, gate)
    lock = shipping.market.lock

    @router.get("/shipments/{shipment_id}")
    def shipment(shipment_id: str, caller: Annotated[Caller, gate.needs(_READ)]) -> Response:
        with lock:
            found = shipping.find(caller.login, shipment_id)
            return answer(found.view(pickup_available=shipping.can_be_picked_up(found)))

    @router.get("/pickups/{pickup_id}")
    def pickup(pickup_id: str, caller: Annotated[Caller, gate.needs(_READ)]) -> Response:
        with lock:
            found = shipping.pickups.get(pickup_id)
            if found is None or found.seller != caller.login:
                raise ShippingError(
                    404, "NOT_FOUND", "There is no such pickup.", user_message="Nie ma takiego odbioru."
                )
            return answer(found.view())

    return router


def _add_command(
    router: APIRouter,
    shipping: ShipWithAllegro,
    gate: Gate,
    kind: Kind,
    address: str,
    check: Callable[[Body], None],
) -> None:
    @router.post(address)
    def send(request: Request, caller: Annotated[Caller, gate.needs(_WRITE)], sent: JsonBody) -> Response:
        command_id, body = command_of(sent)
        check(body)
        with shipping.market.lock:
            command = shipping.accept(kind, caller.login, command_id, body)
        gate.after_effect(request)
        return _ask_again(answer({"commandId": command.id, "input": body}))

    @router.get(f"{address}/{{command_id}}")
    def report(command_id: str, caller: Annotated[Caller, gate.needs(_WRITE)]) -> Response:
        with shipping.market.lock:
            return _ask_again(answer(shipping.command(kind, caller.login, command_id).view()))


def _ask_again(response: Response) -> Response:
    response.headers["Retry-After"] = str(_ASK_AGAIN_SECONDS)
    return response


def _add_offers(router: APIRouter, shipping: ShipWithAllegro, gate: Gate) -> None:
    """What can be ordered: services, proposals, times of pickup."""
    writer = gate.needs(_WRITE)

    @router.get("/delivery-services")
    def services(_caller: Annotated[Caller, writer]) -> Response:
        return answer({"services": delivery_services()})

    @router.get("/delivery-proposals/{order_id}")
    def proposals(order_id: str, caller: Annotated[Caller, writer]) -> Response:
        with shipping.market.lock:
            form = shipping.market.forms.get(order_id)
            if form is None or form.seller != caller.login:
                raise ShippingError(404, "NOT_FOUND", "There is no such order.", user_message="Nie ma zamówienia.")
            delivery = form.body["delivery"]
            method = METHOD_BY_ID[delivery["method"]["id"]] if delivery else None
            if method is None or method.carrier is None:
                raise ShippingError(
                    400,
                    "UNSUPPORTED_DELIVERY_METHOD",
                    "Parcels are not sent with this method.",
                    user_message="Ta metoda dostawy nie jest obsługiwana.",
                )
            return answer(proposal(form, method))

    @router.post("/pickup-proposals")
    def times(caller: Annotated[Caller, writer], sent: JsonBody) -> Response:
        body = object_of(sent)
        ids = shipment_ids(body, MOST_FOR_PICKUP)
        check_address(body.get("address"), "address")
        with shipping.market.lock:
            tomorrow = shipping.market.clock.now().date() + timedelta(days=1)
            days = pickup_days(max(tomorrow, _day(body.get("readyDate")) or tomorrow))
            rows = []
            for shipment_id in ids:
                available = shipping.can_be_picked_up(shipping.find(caller.login, shipment_id))
                rows.append(pickup_proposal(shipment_id, days if available else []))
        return answer([{"proposals": rows, "address": body["address"]}])


def _day(written: Any) -> date | None:
    try:
        return None if written is None else date.fromisoformat(written)
    except (TypeError, ValueError) as error:
        raise unfit("readyDate", written) from error


def _add_papers(router: APIRouter, shipping: ShipWithAllegro, gate: Gate) -> None:
    reader = gate.needs(_READ, PUBLIC_V1, answers=FILE)

    @router.post("/label")
    def label(caller: Annotated[Caller, reader], sent: JsonBody) -> Response:
        body = object_of(sent)
        size: PageSize = body.get("pageSize") or "A4"
        if size not in ("A4", "A6"):
            raise unfit("pageSize", size)
        with shipping.market.lock:
            return _file(shipping.labels(caller.login, shipment_ids(body), size))

    @router.post("/protocol")
    def protocol(caller: Annotated[Caller, reader], sent: JsonBody) -> Response:
        with shipping.market.lock:
            return _file(shipping.protocol(caller.login, shipment_ids(object_of(sent))))


def _file(content: bytes | None) -> Response:
    return Response(status_code=204) if content is None else Response(content, media_type=FILE)
