"""Parcels of orders at Allegro."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from app.api.deps import Services
from app.channels.allegro.client import AllegroClient
from app.channels.allegro.session import AllegroSession
from app.channels.allegro.shipping import AllegroShipping
from app.channels.errors import (
    AuthRequired,
    ChannelError,
    Conflict,
    Misconfigured,
    NotFound,
    Rejected,
    Unavailable,
    Uncertain,
    Unreadable,
)
from app.channels.http import Transport
from app.db import accounts
from app.domain.parcels import AllegroParcel, Carrier, DeliveryMethod, ParcelHistory, ParcelStatus
from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.channels.allegro.forms import ORDER_ID
from tests.channels.allegro.test_client import API, KUBKI, Tokens
from tests.sandbox.allegro.contract import check_query, check_request, check_response

CARRIERS, METHODS = "/order/carriers", "/sale/delivery-methods"
SHIPMENTS = "/order/checkout-forms/{id}/shipments"
TRACKING = "/order/carriers/{carrierId}/tracking"
PARCELS = f"/order/checkout-forms/{ORDER_ID}/shipments"
LINE = "31896450-2de1-11e9-bced-352ab82ad9cd"
WAYBILL = "620012345678901234567890"
ROW: dict[str, Any] = {
    "id": "SU5QT1NU",
    "waybill": WAYBILL,
    "carrierId": "INPOST",
    "carrierName": None,
    "lineItems": [{"id": LINE}],
    "createdAt": "2026-10-12T11:46:48.264Z",
}
PARCEL = AllegroParcel("SU5QT1NU", "INPOST", WAYBILL, "", (LINE,), datetime(2026, 10, 12, 11, 46, 48, 264000, UTC))


@pytest.fixture
def client(transport: Transport) -> AllegroClient:
    return AllegroClient(AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", Tokens(), KUBKI))


@pytest.fixture
def shipping(client: AllegroClient) -> AllegroShipping:
    return client.shipping


def errors(code: str) -> dict[str, Any]:
    said = {"code": code, "message": "technical", "userMessage": "Zły numer.", "path": None, "details": None}
    return {"errors": [said]}


def test_carriers_and_delivery_methods_are_read(router: respx.Router, shipping: AllegroShipping) -> None:
    carriers = {"carriers": [{"id": "DPD", "name": "DPD"}, {"id": "OTHER"}]}
    methods = {"deliveryMethods": [{"id": "m1", "name": "Kurier"}, {"id": "m2", "name": "Kurier"}]}
    check_response("GET", CARRIERS, 200, carriers)
    check_response("GET", METHODS, 200, methods)
    router.get(CARRIERS).respond(json=carriers)
    router.get(METHODS).respond(json=methods)
    assert shipping.carriers() == (Carrier("DPD", "DPD"), Carrier("OTHER", "OTHER"))
    assert shipping.delivery_methods() == (DeliveryMethod("m1", "Kurier"), DeliveryMethod("m2", "Kurier"))


def test_the_parcels_of_an_order_are_read(router: respx.Router, shipping: AllegroShipping) -> None:
    named = {"waybill": "X 1", "carrierId": "OTHER", "carrierName": "Meest", "lineItems": None}
    body = {"shipments": [ROW, named]}
    check_response("GET", SHIPMENTS, 200, body)
    router.get(PARCELS).respond(json=body)
    assert shipping.parcels(ORDER_ID) == (PARCEL, AllegroParcel("", "OTHER", "X 1", "Meest"))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"shipments": None},
        {"shipments": [ROW, None]},
        {"shipments": [ROW, {**ROW, "waybill": None}]},
        {"shipments": [ROW, {**ROW, "carrierId": ""}]},
        {"shipments": [{**ROW, "lineItems": [{"id": None}]}]},
    ],
)
def test_parcels_that_cannot_all_be_read_are_no_shorter_list(
    router: respx.Router, shipping: AllegroShipping, body: dict[str, Any]
) -> None:
    router.get(PARCELS).respond(json=body)
    with pytest.raises(Unreadable):
        shipping.parcels(ORDER_ID)


@pytest.mark.parametrize(
    ("carrier", "name", "lines", "sent"),
    [
        ("INPOST", "", (), {"carrierId": "INPOST"}),
        ("INPOST", "InPost", (LINE,), {"carrierId": "INPOST", "lineItems": [{"id": LINE}]}),
        ("OTHER", "Meest", (), {"carrierId": "OTHER", "carrierName": "Meest"}),
        ("OTHER", "", (), {"carrierId": "OTHER"}),
    ],
)
def test_a_parcel_is_added_with_what_is_said_of_it_and_nothing_else(
    router: respx.Router, shipping: AllegroShipping, carrier: str, name: str, lines: tuple[str, ...], sent: Any
) -> None:
    check_response("POST", SHIPMENTS, 201, ROW)
    route = router.post(PARCELS).respond(201, json=ROW)
    assert shipping.add_parcel(ORDER_ID, carrier, name, WAYBILL, lines) == PARCEL
    body = json.loads(route.calls.last.request.content)
    check_request("POST", SHIPMENTS, body)
    assert body == {"waybill": WAYBILL, **sent}


@pytest.mark.parametrize(
    "lost",
    [
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("gone"),
        httpx.Response(500, json=errors("ERROR")),
        httpx.Response(504, text="<html>"),
        httpx.Response(408),
        httpx.Response(400, text="<html>"),
        httpx.Response(201),
        httpx.Response(201, json={"id": "SU5QT1NU"}),
        httpx.Response(201, json={**ROW, "carrierId": None}),
    ],
)
def test_a_parcel_that_may_be_there_is_added_once_and_uncertain(
    router: respx.Router, shipping: AllegroShipping, lost: httpx.Response | Exception
) -> None:
    route = router.post(PARCELS).mock(side_effect=[lost])
    with pytest.raises(Uncertain, match="may have been"):
        shipping.add_parcel(ORDER_ID, "INPOST", "", WAYBILL)
    assert route.call_count == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "CarrierWaybillValidationException", Rejected),
        (404, "CheckoutFormNotFoundException", NotFound),
        (409, "WaybillUsageLimitReached", Conflict),
        (422, "LineItemsValidationException", Rejected),
    ],
)
def test_a_number_that_is_not_taken_is_refused_in_allegros_words(
    router: respx.Router, shipping: AllegroShipping, status: int, code: str, kind: type[Rejected]
) -> None:
    check_response("POST", SHIPMENTS, status, errors(code))
    route = router.post(PARCELS).respond(status, json=errors(code))
    with pytest.raises(Rejected, match=f"adding parcel {WAYBILL} to order {ORDER_ID}: Zły numer") as caught:
        shipping.add_parcel(ORDER_ID, "INPOST", "", WAYBILL)
    assert (type(caught.value), caught.value.status, caught.value.code) == (kind, status, code)
    assert route.call_count == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(403, json=errors("AccessDenied")), AuthRequired),
        (httpx.Response(403, text="<html>"), Misconfigured),
        (httpx.Response(429), Unavailable),
        (httpx.ConnectError("refused"), Unavailable),
    ],
)
def test_a_parcel_that_certainly_did_not_arrive_is_not_uncertain(
    router: respx.Router, shipping: AllegroShipping, answer: httpx.Response | Exception, kind: type[ChannelError]
) -> None:
    router.post(PARCELS).mock(side_effect=[answer])
    with pytest.raises(kind) as caught:
        shipping.add_parcel(ORDER_ID, "INPOST", "", WAYBILL)
    assert getattr(caught.value, "permission", "allegro:api:orders:write") == "allegro:api:orders:write"


def test_the_history_of_parcels_is_told_from_its_beginning(router: respx.Router, shipping: AllegroShipping) -> None:
    late = {"occurredAt": "2026-10-14T08:00:00Z", "code": "DELIVERED", "description": None}
    early = {"occurredAt": "2026-10-13T08:00:00.5+02:00", "code": "ISSUE", "description": "Uszkodzona"}
    times = {"createdAt": late["occurredAt"], "updatedAt": late["occurredAt"]}
    told = {"waybill": "1", "trackingDetails": {"statuses": [late, early], **times}}
    body = {"carrierId": "DPD", "waybills": [told, {"waybill": "2", "trackingDetails": None}]}
    check_response("GET", TRACKING, 200, body)
    route = router.get("/order/carriers/DPD/tracking").respond(json=body)
    assert shipping.history("DPD", ("1", "2")) == (
        ParcelHistory(
            "1",
            (
                ParcelStatus("ISSUE", "Uszkodzona", datetime(2026, 10, 13, 6, 0, 0, 500000, UTC)),
                ParcelStatus("DELIVERED", "", datetime(2026, 10, 14, 8, tzinfo=UTC)),
            ),
        ),
        ParcelHistory("2", ()),
    )
    asked = route.calls.last.request.url.params.multi_items()
    assert asked == [("waybill", "1"), ("waybill", "2")]
    for name, value in asked:
        check_query("GET", TRACKING, {name: value})


def test_an_entry_that_cannot_be_read_hides_no_other(router: respx.Router, shipping: AllegroShipping) -> None:
    statuses = [None, {"code": None}, {"code": "IN_TRANSIT", "occurredAt": "?"}, {"code": "NEW_WORD"}]
    row = {"waybill": "1", "trackingDetails": {"statuses": statuses}}
    router.get("/order/carriers/DPD/tracking").respond(json={"waybills": [row]})
    [history] = shipping.history("DPD", ("1",))
    assert [(each.code, each.occurred_at) for each in history.statuses] == [("IN_TRANSIT", None), ("NEW_WORD", None)]


def test_what_cannot_be_asked_for_is_not(router: respx.Router, shipping: AllegroShipping) -> None:
    for carrier in ("", "../me", "DPD/x", "DPD\n"):
        with pytest.raises(Rejected, match="is not the id of a carrier"):
            shipping.history(carrier, ("1",))
    for waybills in ((), ("1",) * 21):
        with pytest.raises(ValueError, match="1 to 20"):
            shipping.history("DPD", waybills)
    with pytest.raises(Rejected, match="is not the id of an Allegro order"):
        shipping.parcels("../me")
    with pytest.raises(Rejected, match="is not the id of an Allegro order"):
        shipping.add_parcel("../me", "DPD", "", "1")
    assert not router.calls


def test_a_status_refused_for_good_is_told_from_an_order_that_has_changed(
    router: respx.Router, client: AllegroClient
) -> None:
    spent = "SellerOrdersStoreUnprocessableEntityException"
    route = router.put(f"/order/checkout-forms/{ORDER_ID}/fulfillment")
    route.mock(side_effect=[httpx.Response(422, json=errors(spent)), httpx.Response(409, json=errors("OUTDATED"))])
    with pytest.raises(Rejected) as refused:
        client.set_fulfilment(ORDER_ID, "SENT", "r1")
    assert (type(refused.value), refused.value.status, refused.value.code) == (Rejected, 422, spent)
    with pytest.raises(Conflict):
        client.set_fulfilment(ORDER_ID, "SENT", "r1")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_parcel_is_followed_from_its_number_to_its_delivery(services: Services, account: int, world: Sandbox) -> None:
    with services.database.reading() as session:
        shipping = services.lines.allegro(accounts.get(session, account)).shipping
    allegro = world.allegro
    order_id = allegro.buy(Line("7700000001"), Line("7700000002"))
    first, second = (line["id"] for line in allegro.form(order_id)["lineItems"])
    assert shipping.parcels(order_id) == ()
    added = shipping.add_parcel(order_id, "INPOST", "", WAYBILL, (first,))
    allegro.faults.switch_on("shipment_stored_then_error", times=1)
    with pytest.raises(Uncertain):
        shipping.add_parcel(order_id, "OTHER", "Meest", "X1")
    stored = shipping.parcels(order_id)
    assert stored[0] == added
    assert [(each.carrier_name, each.waybill, each.line_ids) for each in stored] == [
        ("", WAYBILL, (first,)),
        ("Meest", "X1", (first, second)),
    ]
    allegro.clock.advance(60)
    allegro.move_parcel(WAYBILL, "DELIVERED")
    told, untold = shipping.history("INPOST", (WAYBILL, "1"))
    assert ([each.code for each in told.statuses], untold.statuses) == (["DELIVERED"], ())
    assert "OTHER" in {each.id for each in shipping.carriers()}
    assert all(each.name for each in shipping.delivery_methods())
