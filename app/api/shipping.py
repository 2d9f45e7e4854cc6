"""Parcel numbers of orders, the carriers that Allegro knows, and what the store calls them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.api.deps import AccountId, FieldRefused, OrderId, ServicesDep
from app.api.fields import ListBody, Name, Page, RequestBody, Text, UtcTime
from app.db import accounts, order_log, shipments
from app.domain.accounts import Account
from app.domain.carriers import carrier_refusal, fitting_carriers, suggestions
from app.domain.orders import PickupPoint
from app.domain.parcels import OTHER, Carrier, Shipment, ShipmentState
from app.domain.text_keys import text_key
from app.domain.waybills import waybill_fault
from app.sync.shipping.job import TRACKING

router = APIRouter(tags=["shipping"])

_MOST_MAPPINGS = 500
CarrierId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,40}$")]
Word = Annotated[Name, Field(max_length=100)]


class CarrierAnswer(BaseModel):
    id: str
    name: str


class NewCarrierMapping(RequestBody):
    """`provider` is what the store, or its plugin, calls the carrier."""

    provider: Word
    carrier_id: CarrierId


class CarrierMappings(ListBody):
    """These take the place of all that there are."""

    items: Annotated[list[NewCarrierMapping], Field(max_length=_MOST_MAPPINGS)]


class CarrierMappingAnswer(BaseModel):
    """A word that the store has used, or that is mapped. `carrier_id` null: it is mapped to none, and goes as a carrier
    that its name tells, or as OTHER. `suggested` are ids of carriers that it may mean."""

    provider: str
    carrier_id: str | None
    suggested: list[str]


class NewShipment(RequestBody):
    """`carrier_name` is for the carrier OTHER alone. `line_ids` are the order's lines at Allegro that are in the
    parcel; none: all of them."""

    carrier_id: CarrierId
    carrier_name: Annotated[Text, Field(max_length=30)] = ""
    waybill: Annotated[str, Field(min_length=1, max_length=64)]
    line_ids: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,64}$")], ...], Field(max_length=100)] = ()


class ShipmentAnswer(BaseModel):
    """`state`: `queued`, `sending` (the answer is not known), `sent`, `refused` or `skipped`; `error` says why.
    `cancelled`: its parcel, of Ship with Allegro, was."""

    id: int
    order_id: str
    carrier_id: str
    carrier_name: str
    waybill: str
    line_ids: list[str]
    state: ShipmentState
    error: str | None
    by_hand: bool
    created_at: UtcTime
    sent_at: UtcTime | None


class ShipmentStarted(ShipmentAnswer):
    """`run_id` is the run that tells Allegro of it."""

    run_id: int


class PickupPointAnswer(BaseModel):
    id: str
    name: str
    description: str


class DeliveryAnswer(BaseModel):
    """How the buyer wants the order, read from Allegro now. `carriers` are those that the method's name tells."""

    order_id: str
    method_id: str
    method_name: str
    pickup_point: PickupPointAnswer | None
    smart: bool
    carriers: list[CarrierAnswer]
    shipments: list[ShipmentAnswer]


@router.get("/accounts/{account_id}/carriers")
def list_carriers(account_id: AccountId, services: ServicesDep) -> Page[CarrierAnswer]:
    """All that Allegro takes parcel numbers of."""
    carriers = _carriers(_account(account_id, services), services)
    return Page(items=[CarrierAnswer(id=each.id, name=each.name) for each in carriers], next_cursor=None)


@router.get("/accounts/{account_id}/carrier-mappings")
def list_carrier_mappings(account_id: AccountId, services: ServicesDep) -> Page[CarrierMappingAnswer]:
    account = _account(account_id, services)
    with services.database.reading() as session:
        mapped = shipments.carrier_mappings(session, account_id)
        words = sorted({*mapped, *shipments.providers(session, account_id)})
    meant = suggestions(words, _carriers(account, services))
    return Page(
        items=[
            CarrierMappingAnswer(
                provider=word, carrier_id=mapped.get(word), suggested=[each.id for each in meant.get(word, ())]
            )
            for word in words
        ],
        next_cursor=None,
    )


@router.put("/accounts/{account_id}/carrier-mappings")
def save_carrier_mappings(
    account_id: AccountId, body: CarrierMappings, services: ServicesDep
) -> Page[CarrierMappingAnswer]:
    account = _account(account_id, services)
    carriers = _carriers(account, services)
    chosen: dict[str, str] = {}
    for at, each in enumerate(body.items):
        if text_key(each.provider) in map(text_key, chosen):
            raise FieldRefused(f"items.{at}.provider", f"{each.provider} is there more than once")
        if why := carrier_refusal(each.carrier_id, carriers):
            raise FieldRefused(f"items.{at}.carrier_id", why)
        chosen[each.provider] = each.carrier_id
    with services.database.transaction() as session:
        shipments.map_carriers(session, account_id, chosen)
        shipments.make_refused_due(session, account_id, now=services.now())
    return list_carrier_mappings(account_id, services)


@router.get("/accounts/{account_id}/orders/{order_id}/delivery")
def get_delivery(account_id: AccountId, order_id: OrderId, services: ServicesDep) -> DeliveryAnswer:
    account = _account(account_id, services)
    with services.database.reading() as session:
        order_log.get(session, account_id, order_id)
        known = shipments.of_order(session, account_id, order_id)
    delivery = services.lines.allegro(account).order(order_id).delivery
    fitting = fitting_carriers(delivery.method_name, _carriers(account, services))
    return DeliveryAnswer(
        order_id=order_id,
        method_id=delivery.method_id,
        method_name=delivery.method_name,
        pickup_point=_point(delivery.pickup_point),
        smart=delivery.smart,
        carriers=[CarrierAnswer(id=each.id, name=each.name) for each in fitting],
        shipments=[_answer(each) for each in known],
    )


@router.get("/accounts/{account_id}/orders/{order_id}/shipments")
def list_shipments(account_id: AccountId, order_id: OrderId, services: ServicesDep) -> Page[ShipmentAnswer]:
    with services.database.reading() as session:
        accounts.get(session, account_id)
        order_log.get(session, account_id, order_id)
        known = shipments.of_order(session, account_id, order_id)
    return Page(items=[_answer(each) for each in known], next_cursor=None)


@router.post("/accounts/{account_id}/orders/{order_id}/shipments", status_code=202)
def add_shipment(account_id: AccountId, order_id: OrderId, body: NewShipment, services: ServicesDep) -> ShipmentStarted:
    """A number that the order has already keeps what became of it, unless it was refused: then it is tried anew."""
    account, now = _account(account_id, services), services.now()
    if why := carrier_refusal(body.carrier_id, _carriers(account, services)):
        raise FieldRefused("carrier_id", why)
    if (body.carrier_id == OTHER) != bool(body.carrier_name):
        raise FieldRefused("carrier_name", f"is needed with the carrier {OTHER}, and belongs to no other")
    if why := waybill_fault(body.waybill.strip()):
        raise FieldRefused("waybill", why)
    wanted = Shipment(
        id=0,
        account_id=account_id,
        order_id=order_id,
        carrier_id=body.carrier_id,
        carrier_name=body.carrier_name,
        waybill=body.waybill.strip(),
        line_ids=body.line_ids,
        state=ShipmentState.QUEUED,
        error="",
        by_hand=True,
        provider="",
        created_at=now,
    )
    with services.database.transaction() as session:
        order_log.get(session, account_id, order_id)
        stored = shipments.ask_for(session, wanted)
        shipments.make_due(session, account_id, order_id, now=now)
    run_id = services.runner.queue(TRACKING, account_id, dry_run=False)
    services.scheduler.run_soon(run_id)
    return ShipmentStarted(**_answer(stored).model_dump(), run_id=run_id)


def _account(account_id: int, services: ServicesDep) -> Account:
    with services.database.reading() as session:
        return accounts.get(session, account_id)


def _carriers(account: Account, services: ServicesDep) -> tuple[Carrier, ...]:
    return services.carriers.of(account, services.lines.allegro(account))


def _point(point: PickupPoint | None) -> PickupPointAnswer | None:
    if point is None:
        return None
    return PickupPointAnswer(id=point.id, name=point.name, description=point.description)


def _answer(shipment: Shipment) -> ShipmentAnswer:
    return ShipmentAnswer(
        id=shipment.id,
        order_id=shipment.order_id,
        carrier_id=shipment.carrier_id,
        carrier_name=shipment.carrier_name,
        waybill=shipment.waybill,
        line_ids=list(shipment.line_ids),
        state=shipment.state,
        error=shipment.error or None,
        by_hand=shipment.by_hand,
        created_at=shipment.created_at,
        sent_at=shipment.sent_at,
    )
