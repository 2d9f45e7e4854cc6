"""The addresses under /_sandbox, for a person or another program that directs the pretend world."""

from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Body, HTTPException
from starlette.responses import JSONResponse, Response

from app.sandbox.allegro.forms import Company, Line, Service, Voucher
from app.sandbox.allegro.marketplace import Marketplace
from app.sandbox.allegro.oauth import Accounts
from app.sandbox.allegro.offers import currency_of
from app.sandbox.allegro.parcels import Parcels
from app.sandbox.clock import Clock
from app.sandbox.faults import Faults, UnknownFaultError

Sent = Annotated[dict[str, Any], Body(default_factory=dict)]


def _line(sent: dict[str, Any], market: Marketplace) -> Line:
    """A line as JSON: the offer by `offer_id` or by `sku`, money as strings."""
    values = dict(sent)
    sku = values.pop("sku", None)
    if sku is not None:
        values["offer_id"] = market.shelf.offer_id(sku)
    for name in ("price", "original_price", "deposit"):
        if values.get(name) is not None:
            values[name] = Decimal(str(values[name]))
    services = values.pop("services", ())
    values["services"] = tuple(Service(**{**each, "price": Decimal(str(each["price"]))}) for each in services)
    vouchers = values.pop("vouchers", ())
    values["vouchers"] = tuple(Voucher(**{**each, "value": Decimal(str(each["value"]))}) for each in vouchers)
    return Line(**values)


def _company(sent: dict[str, Any]) -> Company:
    """A company as JSON: `ids` as an object of types and values."""
    ids = tuple((kind, str(value)) for kind, value in dict(sent.get("ids", {})).items())
    return Company(**{**sent, "ids": ids, "features": tuple(sent.get("features", ()))})


def _purchase(sent: dict[str, Any], market: Marketplace) -> str:
    """What `Marketplace.buy` takes, as JSON: an invoice is "company", "person", or the numbers of a company."""
    values = dict(sent)
    if isinstance(values.get("invoice"), dict):
        values["invoice"] = _company(values["invoice"])
    lines = [_line(line, market) for line in values.pop("lines", [])]
    if values.get("delivery_cost") is not None:
        values["delivery_cost"] = Decimal(str(values["delivery_cost"]))
    return market.buy(*lines, **values)


def control_routes(
    clock: Clock, faults: Faults, accounts: Accounts, market: Marketplace, parcels: Parcels
) -> APIRouter:
    router = APIRouter(prefix="/_sandbox")
    actions: dict[str, Callable[..., None]] = {
        "fill_in": market.fill_in,
        "pay": market.pay,
        "settle_payment": market.settle_payment,
        "surcharge": lambda form_id, amount, **more: market.surcharge(form_id, Decimal(str(amount)), **more),
        "refund": market.refund,
        "cancel": market.cancel,
        "modify_address": market.modify_address,
        "change_pickup_point": market.change_pickup_point,
        "emit": lambda form_id, type: market.emit(type, form_id),  # noqa: A006 - the name that callers send
    }

    @router.get("/faults")
    def show_faults() -> Response:
        on = {name: {k: v for k, v in asdict(fault).items() if k != "name"} for name, fault in faults.active().items()}
        return JSONResponse({"known": faults.known, "on": on})

    @router.put("/faults/{name}")
    def switch_on(name: str, sent: Sent) -> Response:
        try:
            faults.switch_on(name, times=sent.get("times"), skip=int(sent.get("skip", 0)), **sent.get("args", {}))
        except UnknownFaultError as error:
            raise HTTPException(404, str(error)) from error
        return Response(status_code=204)

    @router.delete("/faults/{name}")
    def switch_off(name: str) -> Response:
        faults.switch_off(name)
        return Response(status_code=204)

    @router.delete("/faults")
    def clear() -> Response:
        faults.clear()
        return Response(status_code=204)

    @router.post("/clock")
    def advance(sent: Sent) -> Response:
        clock.advance(float(sent.get("advance_seconds", 0)))
        return JSONResponse({"now": clock.now().isoformat()})

    @router.post("/redirect-uris")
    def register(sent: Sent) -> Response:
        accounts.register_redirect_uri(str(sent["uri"]))
        return Response(status_code=204)

    @router.post("/device/{user_code}")
    def decide(user_code: str, sent: Sent) -> Response:
        try:
            accounts.decide_device(user_code, sent.get("decision", "allow"), sent.get("login"))
        except KeyError as error:
            raise HTTPException(404, "no such user code") from error
        return Response(status_code=204)

    @router.post("/revocations")
    def revoke(sent: Sent) -> Response:
        accounts.revoke(sent.get("login"))
        return Response(status_code=204)

    @router.post("/purchases")
    def buy(sent: Sent) -> Response:
        try:
            form_id = _purchase(sent, market)
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise HTTPException(422, f"this cannot be bought: {error}") from error
        return JSONResponse({"checkout_form_id": form_id}, 201)

    @router.get("/purchases/{form_id}")
    def show_purchase(form_id: str) -> Response:
        """How far a purchase is and its parcels, as its buyer sees them."""
        form = market.forms.get(form_id)
        if form is None:
            raise HTTPException(404, "no such purchase")
        shown = [{"carrier_id": each.carrier_id, "waybill": each.waybill} for each in parcels.of(form_id)]
        return JSONResponse({"fulfilment": form.body["fulfillment"]["status"], "parcels": shown})

    @router.post("/purchases/{form_id}/{action}")
    def act(form_id: str, action: str, sent: Sent) -> Response:
        if action not in actions:
            raise HTTPException(404, f"no such action; there are {', '.join(actions)}")
        try:
            actions[action](form_id, **sent)
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise HTTPException(422, f"this cannot be done: {error}") from error
        return Response(status_code=204)

    @router.post("/parcels/{waybill}")
    def move(waybill: str, sent: Sent) -> Response:
        """The carrier tells where the parcel is now."""
        try:
            parcels.move(waybill, str(sent["status"]), sent.get("description"))
        except KeyError as error:
            raise HTTPException(422, f"no such parcel or status: {error}") from error
        return Response(status_code=204)

    @router.get("/offers/{offer_id}")
    def show_offer(offer_id: str) -> Response:
        """What buyers see of an offer."""
        offer = market.shelf.offers.get(offer_id)
        if offer is None:
            raise HTTPException(404, "no such offer")
        return JSONResponse({"status": offer.status, "available": offer.available, "price": str(offer.price)})

    @router.post("/offers/{offer_id}/price")
    def set_price(offer_id: str, sent: Sent) -> Response:
        """A person gives the offer another price on its base marketplace, in the seller's panel."""
        offer = market.shelf.offers.get(offer_id)
        if offer is None:
            raise HTTPException(404, "no such offer")
        try:
            amount = Decimal(str(sent["amount"]))
        except (KeyError, InvalidOperation) as error:
            raise HTTPException(422, "the amount is missing, or is none") from error
        with market.shelf.lock:
            market.shelf.change_price(offer, offer.base, amount, currency_of(offer.base), clock.now(), automatic=False)
        return Response(status_code=204)

    @router.post("/merges")
    def merge(sent: Sent) -> Response:
        try:
            form_id = market.merge(sent["ids"])
        except KeyError as error:
            raise HTTPException(422, f"no such purchase: {error}") from error
        return JSONResponse({"checkout_form_id": form_id}, 201)

    return router
