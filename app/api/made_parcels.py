"""Parcels of orders that are made with Ship with Allegro: asking for one, its label, and its end."""

from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field, StrictBool

from app.api.deps import MAX_ID, AccountId, OrderId, ServicesDep
from app.api.fields import Page, Price, RequestBody, Text, UtcTime
from app.domain.made_parcels import MadeParcelState, Package, PackageKind, PageSize, ParcelChoices
from app.sync.shipping.parcel_desk import ParcelSeen

router = APIRouter(tags=["shipping: Ship with Allegro"])

_ORDER = "/accounts/{account_id}/orders/{order_id}"
PDF = "application/pdf"
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}, "description": "The file."}
}
ParcelId = Annotated[int, Path(ge=1, le=MAX_ID)]
Centimetres = Annotated[Decimal, Field(gt=0, le=1000, max_digits=6, decimal_places=2)]
Kilograms = Annotated[Decimal, Field(gt=0, le=1000, max_digits=7, decimal_places=3)]


class NewPackage(RequestBody):
    """Outer measures."""

    length_cm: Centimetres
    width_cm: Centimetres
    height_cm: Centimetres
    weight_kg: Kilograms
    kind: PackageKind = PackageKind.PACKAGE
    text_on_label: Text = ""


class NewParcel(RequestBody):
    """What is not given is as Allegro proposes it. `another`: the order has a parcel, and a further one is meant.

    `no_cash_on_delivery`: nothing is collected, although the order is paid on delivery. With `dry_run` nothing is made.
    """

    packages: Annotated[tuple[NewPackage, ...], Field(max_length=20)] = ()
    insurance: Price | None = None
    cash_on_delivery: Price | None = None
    no_cash_on_delivery: StrictBool = False
    another: StrictBool = False
    dry_run: StrictBool = False


class ParcelError(BaseModel):
    """`field` is where it is in what is sent to Allegro, "" where it is about no field."""

    field: str
    message: str


class ParcelAnswer(BaseModel):
    """`state`: `creating` and `cancelling` (Allegro is at work on it) go on by themselves; `ready`, `failed`,
    `cancelled`. `waybills` are the numbers that are known yet, which Allegro writes into the order itself. `errors` are
    why it was not made, or not cancelled; `note` is why Allegro could not be asked just now."""

    id: int
    order_id: str
    state: MadeParcelState
    carrier_id: str | None
    waybills: list[str]
    errors: list[ParcelError]
    note: str | None
    created_at: UtcTime


class ParcelPreview(BaseModel):
    """`request` is what would be sent to Allegro."""

    dry_run: bool = True
    request: dict[str, Any]


@router.post(
    f"{_ORDER}/parcels",
    response_model=ParcelPreview,
    responses={202: {"model": ParcelAnswer, "description": "The parcel is asked for."}},
)
def make_parcel(
    account_id: AccountId, order_id: OrderId, services: ServicesDep, body: NewParcel | None = None
) -> ParcelPreview | JSONResponse:
    asked = body or NewParcel()
    choices = _choices(asked)
    desk = services.parcel_desk
    if asked.dry_run:
        return ParcelPreview(request=desk.preview(account_id, order_id, choices, another=asked.another))
    return _accepted(desk.make(account_id, order_id, choices, another=asked.another))


@router.get(f"{_ORDER}/parcels")
def list_parcels(account_id: AccountId, order_id: OrderId, services: ServicesDep) -> Page[ParcelAnswer]:
    """Those that Allegro is at work on are asked about first."""
    seen = services.parcel_desk.look(account_id, order_id)
    return Page(items=[_answer(each) for each in seen], next_cursor=None)


@router.get(f"{_ORDER}/parcels/{{parcel_id}}/label", response_class=Response, responses=FILE)
def get_label(
    account_id: AccountId,
    order_id: OrderId,
    parcel_id: ParcelId,
    services: ServicesDep,
    page_size: Annotated[PageSize, Query(description="The size of the paper.")] = PageSize.A6,
) -> Response:
    return Response(services.paper_desk.label(account_id, order_id, parcel_id, page_size), media_type=PDF)


@router.get(f"{_ORDER}/parcels/{{parcel_id}}/protocol", response_class=Response, responses=FILE)
def get_protocol(account_id: AccountId, order_id: OrderId, parcel_id: ParcelId, services: ServicesDep) -> Response:
    """What the carrier signs when it takes the parcel. Not every carrier has one."""
    return Response(services.paper_desk.protocol_of(account_id, order_id, parcel_id), media_type=PDF)


@router.delete(f"{_ORDER}/parcels/{{parcel_id}}", status_code=202, response_model=ParcelAnswer)
def cancel_parcel(account_id: AccountId, order_id: OrderId, parcel_id: ParcelId, services: ServicesDep) -> JSONResponse:
    """Its number stays in the order, because Allegro takes none away."""
    return _accepted(services.parcel_desk.cancel(account_id, order_id, parcel_id))


def _choices(asked: NewParcel) -> ParcelChoices:
    return ParcelChoices(
        packages=tuple(
            Package(
                length_cm=each.length_cm,
                width_cm=each.width_cm,
                height_cm=each.height_cm,
                weight_kg=each.weight_kg,
                kind=each.kind,
                text_on_label=each.text_on_label,
            )
            for each in asked.packages
        ),
        insurance=asked.insurance,
        cash_on_delivery=asked.cash_on_delivery,
        no_cash=asked.no_cash_on_delivery,
    )


def _accepted(seen: ParcelSeen) -> JSONResponse:
    return JSONResponse(_answer(seen).model_dump(mode="json"), status_code=202)


def _answer(seen: ParcelSeen) -> ParcelAnswer:
    parcel = seen.parcel
    return ParcelAnswer(
        id=parcel.id,
        order_id=parcel.order_id,
        state=parcel.state,
        carrier_id=parcel.carrier_id or None,
        waybills=[waybill for waybill in parcel.waybills if waybill],
        errors=[ParcelError(field=error.field, message=error.message) for error in parcel.errors],
        note=seen.note or None,
        created_at=parcel.created_at,
    )
