"""Parcel numbers in orders, carriers and where parcels are; every answer fits Allegro's document."""

import uuid
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.contract import check_request
from tests.sandbox.allegro.test_contract_offers import fits

KUBEK, TALERZ = "7700000001", "7700000002"
SHIPMENTS = "/order/checkout-forms/{id}/shipments"
INPOST = "620012345678901234567890"
DPD = "0000123456789U"


def at(template: str, form_id: str) -> str:
    return template.replace("{id}", form_id)


def post(api: Api, form_id: str, waybill: str = INPOST, carrier: str = "INPOST", **more: Any) -> httpx.Response:
    body = {"carrierId": carrier, "waybill": waybill, **more}
    check_request("POST", SHIPMENTS, body)
    return api.post(at(SHIPMENTS, form_id), body)


def numbers(api: Api, form_id: str) -> list[tuple[str, str]]:
    answered = api.get(at(SHIPMENTS, form_id))
    fits("GET", SHIPMENTS, answered)
    return [(each["carrierId"], each["waybill"]) for each in answered.json()["shipments"]]


def test_carriers_are_those_that_numbers_are_taken_of(api: Api) -> None:
    answered = api.get("/order/carriers")
    fits("GET", "/order/carriers", answered)
    ids = {each["id"] for each in answered.json()["carriers"]}
    assert {"DPD", "INPOST", "OTHER"} <= ids
    assert not {"ALLEGRO", "WEDO"} & ids


def test_several_parcels_go_into_an_order_line_by_line(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK), Line(TALERZ))
    first, second = (line["id"] for line in allegro.form(form_id)["lineItems"])
    answered = post(api, form_id, lineItems=[{"id": first}])
    fits("POST", SHIPMENTS, answered, 201)
    assert answered.json()["lineItems"] == [{"id": first}]
    assert allegro.form(form_id)["fulfillment"]["shipmentSummary"] == {"lineItemsSent": "SOME"}
    fits("POST", SHIPMENTS, post(api, form_id, DPD, "DPD", lineItems=[{"id": second}]), 201)
    assert numbers(api, form_id) == [("INPOST", INPOST), ("DPD", DPD)]
    assert api.get("/order/checkout-forms", fulfillment_shipmentSummary_lineItemsSent="ALL").json()["count"] == 1
    assert allegro.form(form_id)["fulfillment"]["status"] == "NEW"


def test_a_number_without_lines_is_of_all_and_a_name_is_kept_with_other_alone(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK), Line(TALERZ))
    named = post(api, form_id, "X 1", "OTHER", carrierName="Meest", lineItems=[]).json()
    assert (named["carrierName"], len(named["lineItems"])) == ("Meest", 2)
    assert post(api, form_id, carrierName="Meest").json()["carrierName"] is None


@pytest.mark.parametrize(
    ("sent", "status", "code", "path"),
    [
        ({"carrierId": "ALLEGRO"}, 422, "CarrierIdValidationException", "carrierId"),
        ({"carrierId": "WEDO"}, 422, "CarrierIdValidationException", "carrierId"),
        ({"carrierId": "InPost"}, 400, "CarrierIdValidationException", "carrierId"),
        ({"waybill": ""}, 400, "WaybillValidationException", "waybill"),
        ({"waybill": "1" * 65}, 400, "WaybillValidationException", "waybill"),
        ({"waybill": "62001234567890"}, 400, "CarrierWaybillValidationException", None),
        ({"carrierId": "DPD", "waybill": "81321897517"}, 400, "CarrierWaybillValidationException", None),
        ({"carrierId": "OTHER", "carrierName": "n" * 31}, 400, "CarrierNameValidationException", "carrierName"),
        ({"lineItems": [{"id": "another"}]}, 422, "LineItemsValidationException", "lineItems[0].id"),
    ],
)
def test_what_allegro_does_not_take_is_refused_in_its_words(
    api: Api, allegro: AllegroWorld, sent: dict[str, Any], status: int, code: str, path: str | None
) -> None:
    form_id = allegro.buy(Line(KUBEK))
    answered = api.post(at(SHIPMENTS, form_id), {"carrierId": "INPOST", "waybill": INPOST, **sent})
    fits("POST", SHIPMENTS, answered, status)
    (error,) = answered.json()["errors"]
    assert (error["code"], error["path"]) == (code, path)
    assert error["userMessage"] != error["message"]
    assert allegro.parcels(form_id) == []


def test_an_order_and_a_number_have_their_limits(api: Api, allegro: AllegroWorld) -> None:
    allegro.parcel_book.most_per_order, allegro.parcel_book.most_orders = 2, 1
    form_id = allegro.buy(Line(KUBEK))
    for waybill in (INPOST, INPOST):
        fits("POST", SHIPMENTS, post(api, form_id, waybill), 201)
    answered = post(api, form_id, DPD, "DPD")
    fits("POST", SHIPMENTS, answered, 409)
    assert answered.json()["errors"][0]["code"] == "WaybillsAssignedToOrderLimitReached"
    fits("POST", SHIPMENTS, post(api, allegro.buy(Line(KUBEK))), 409)
    fits("POST", SHIPMENTS, post(api, str(uuid.uuid4())), 404)


def test_a_number_can_be_stored_although_the_call_fails(api: Api, allegro: AllegroWorld) -> None:
    form_id, other = allegro.buy(Line(KUBEK)), allegro.buy(Line(KUBEK))
    allegro.faults.switch_on("shipment_stored_then_error", times=1, form_id=form_id)
    fits("POST", SHIPMENTS, post(api, other), 201)
    fits("POST", SHIPMENTS, post(api, form_id), 500)
    assert numbers(api, form_id) == [("INPOST", INPOST)]
    fits("POST", SHIPMENTS, post(api, form_id), 201)
    assert len(allegro.parcels(form_id)) == 2


def test_refusals_can_be_forced(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK))
    allegro.faults.switch_on("shipments_exhausted", times=1)
    fits("POST", SHIPMENTS, post(api, form_id), 409)
    allegro.faults.switch_on("shipment_refused", status=400, code="Nope", message="Nie tym razem")
    answered = post(api, form_id)
    fits("POST", SHIPMENTS, answered, 400)
    assert answered.json()["errors"][0]["userMessage"] == "Nie tym razem"
    assert allegro.parcels(form_id) == []


def test_a_first_number_marks_the_order_sent_where_its_seller_asked_for_that(api: Api, allegro: AllegroWorld) -> None:
    allegro.parcel_book.marks_sent = True
    form_id = allegro.buy(Line(KUBEK))
    post(api, form_id)
    assert allegro.form(form_id)["fulfillment"]["status"] == "SENT"
    assert api.event_types()[-1] == "FULFILLMENT_STATUS_CHANGED"


def test_a_parcel_has_a_history_once_its_carrier_has_told_something(api: Api, allegro: AllegroWorld) -> None:
    template, path = "/order/carriers/{carrierId}/tracking", "/order/carriers/INPOST/tracking"
    post(api, allegro.buy(Line(KUBEK)))
    for status in ("IN_TRANSIT", "DELIVERED"):
        allegro.clock.advance(60)
        allegro.move_parcel(INPOST, status)
    answered = api.get(path, waybill=[INPOST, "unknown"])
    fits("GET", template, answered)
    told, untold = answered.json()["waybills"]
    assert [each["code"] for each in told["trackingDetails"]["statuses"]] == ["IN_TRANSIT", "DELIVERED"]
    assert untold["trackingDetails"] is None
    assert api.get("/order/carriers/DPD/tracking", waybill=INPOST).json()["waybills"][0]["trackingDetails"] is None
    fits("GET", template, api.get(path), 400)
    fits("GET", template, api.get(path, waybill=["1"] * 21), 400)
    fits("GET", template, api.get("/order/carriers/NONE/tracking", waybill="1"), 400)
    with pytest.raises(KeyError):
        allegro.move_parcel("unknown", "DELIVERED")


def test_another_program_can_move_a_parcel(api: Api, allegro: AllegroWorld, browser: httpx.Client) -> None:
    post(api, allegro.buy(Line(KUBEK)))
    moved = {"status": "ISSUE", "description": "Uszkodzona"}
    assert browser.post(f"/_sandbox/parcels/{INPOST}", json=moved).status_code == 204
    assert browser.post(f"/_sandbox/parcels/{INPOST}", json={"status": "LOST"}).status_code == 422
    (history,) = api.get("/order/carriers/INPOST/tracking", waybill=INPOST).json()["waybills"]
    assert [each["description"] for each in history["trackingDetails"]["statuses"]] == ["Uszkodzona"]


def test_another_program_sees_what_the_buyer_sees_of_an_order(
    api: Api, allegro: AllegroWorld, browser: httpx.Client
) -> None:
    form_id = allegro.buy(Line(KUBEK))
    post(api, form_id)
    assert browser.get(f"/_sandbox/purchases/{form_id}").json() == {
        "fulfilment": "NEW",
        "parcels": [{"carrier_id": "INPOST", "waybill": INPOST}],
    }
    assert browser.get("/_sandbox/purchases/unknown").status_code == 404


def test_delivery_methods_are_those_of_orders(api: Api, allegro: AllegroWorld) -> None:
    answered = api.get("/sale/delivery-methods", marketplace="allegro-pl")
    fits("GET", "/sale/delivery-methods", answered)
    names = {each["id"]: each["name"] for each in answered.json()["deliveryMethods"]}
    for kind in ("courier", "pickup_point", "allegro_delivery", "own_courier"):
        for payment in ("online", "cod"):
            form = api.get(f"/order/checkout-forms/{allegro.buy(Line(KUBEK), delivery=kind, kind=payment)}").json()
            method, point = form["delivery"]["method"], form["delivery"]["pickupPoint"]
            assert names[method["id"]] == method["name"]
            assert (point is not None) == (kind == "pickup_point")
    assert api.get("/sale/delivery-methods", marketplace="nowhere").json() == {"deliveryMethods": []}


def test_an_order_takes_so_many_writes_of_its_status_and_then_none(api: Api, allegro: AllegroWorld) -> None:
    template = "/order/checkout-forms/{id}/fulfillment"
    path = at(template, allegro.buy(Line(KUBEK)))
    allegro.faults.switch_on("fulfilment_exhausted", n=2)
    for _ in range(2):
        fits("PUT", template, api.put(path, {"status": "PROCESSING"}), 204)
    answered = api.put(path, {"status": "SENT"})
    fits("PUT", template, answered, 422)
    assert answered.json()["errors"][0]["code"] == "SellerOrdersStoreUnprocessableEntityException"
    allegro.faults.clear()
    assert [api.put(path, {"status": "SENT"}).status_code for _ in range(99)] == [204] * 98 + [422]
