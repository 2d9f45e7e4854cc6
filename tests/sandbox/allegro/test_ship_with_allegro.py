"""Ship with Allegro: shipments, their numbers and papers, and pickups; every answer fits Allegro's document."""

import uuid
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import MEDIA_TYPE, Api
from tests.sandbox.allegro.contract import check_request, check_schema
from tests.sandbox.allegro.test_contract_offers import fits

KUBEK = "7700000001"
BASE = "/shipment-management"
CREATE, CANCEL, PICKUP = (
    f"{BASE}/shipments/create-commands",
    f"{BASE}/shipments/cancel-commands",
    f"{BASE}/pickups/create-commands",
)
PROPOSALS = f"{BASE}/delivery-proposals/{{orderId}}"


def proposed(api: Api, form_id: str) -> dict[str, Any]:
    answered = api.get(f"{BASE}/delivery-proposals/{form_id}")
    fits("GET", PROPOSALS, answered)
    suggested: dict[str, Any] = answered.json()["suggestedInput"]
    return suggested


def send(api: Api, address: str, sent: dict[str, Any], command_id: str | None = None) -> str:
    body = {"commandId": command_id or str(uuid.uuid4()), "input": sent}
    answered = api.post(address, body)
    fits("POST", address, answered)
    assert answered.headers["retry-after"]
    return str(answered.json()["commandId"])


def poll(api: Api, address: str, command_id: str) -> dict[str, Any]:
    answered = api.get(f"{address}/{command_id}")
    fits("GET", f"{address}/{{commandId}}", answered)
    told: dict[str, Any] = answered.json()
    return told


def shipped(api: Api, form_id: str, **changes: Any) -> str:
    told = poll(api, CREATE, send(api, CREATE, {**proposed(api, form_id), **changes}))
    assert told["status"] == "SUCCESS", told
    return str(told["shipmentId"])


def paper(api: Api, name: str, shipment_id: str, **more: Any) -> httpx.Response:
    """As clients do that ask for a file."""
    body = {"shipmentIds": [shipment_id], **more}
    check_request("POST", f"{BASE}/{name}", body)
    headers = {**api.headers, "accept": "application/octet-stream", "content-type": MEDIA_TYPE}
    return api.client.post(f"{BASE}/{name}", json=body, headers=headers)


def details(api: Api, shipment_id: str) -> dict[str, Any]:
    answered = api.get(f"{BASE}/shipments/{shipment_id}")
    fits("GET", f"{BASE}/shipments/{{shipmentId}}", answered)
    shown: dict[str, Any] = answered.json()
    return shown


@pytest.mark.parametrize(
    ("bought", "carrier", "start"),
    [
        ({"delivery": "courier"}, "DPD", ""),
        ({"delivery": "courier", "kind": "cod"}, "DPD", ""),
        ({"delivery": "pickup_point"}, "INPOST", "62"),
        ({"delivery": "allegro_delivery"}, "ALLEGRO", "AD"),
    ],
)
def test_a_shipment_made_from_the_proposal_puts_its_number_into_the_order(
    api: Api, allegro: AllegroWorld, bought: dict[str, Any], carrier: str, start: str
) -> None:
    form_id = allegro.buy(Line(KUBEK), **bought)
    allegro.buy(Line(KUBEK), **bought)
    sent = proposed(api, form_id)
    check_request("POST", CREATE, {"commandId": str(uuid.uuid4()), "input": sent})
    total = allegro.form(form_id)["summary"]["totalToPay"]["amount"]
    assert (sent["cashOnDelivery"] or {}).get("amount") == (total if bought.get("kind") == "cod" else None)
    shown = details(api, shipped(api, form_id))
    (parcel,) = allegro.parcels(form_id)
    assert (parcel.carrier_id, parcel.waybill) == (carrier, shown["packages"][0]["waybill"])
    assert parcel.waybill.startswith(start)
    assert shown["packages"][0]["transportingInfo"][0]["carrierId"] in {"DPD", "INPOST"}
    assert allegro.form(form_id)["fulfillment"]["shipmentSummary"] == {"lineItemsSent": "ALL"}
    assert [each.form_id for each in allegro.shipments] == [form_id]


def test_an_order_of_another_way_of_delivery_is_not_shipped(api: Api, allegro: AllegroWorld) -> None:
    answered = api.get(f"{BASE}/delivery-proposals/{allegro.buy(Line(KUBEK), delivery='own_courier')}")
    assert answered.status_code == 400
    check_schema("ErrorsHolder", answered.json())
    assert answered.json()["errors"][0]["code"] == "UNSUPPORTED_DELIVERY_METHOD"
    fits("GET", PROPOSALS, api.get(f"{BASE}/delivery-proposals/{uuid.uuid4()}"), 404)
    services = api.get(f"{BASE}/delivery-services")
    fits("GET", f"{BASE}/delivery-services", services)
    assert {each["carrierId"] for each in services.json()["services"]} == {"DPD", "INPOST", "ALLEGRO"}


def test_a_command_is_known_by_its_id_and_not_carried_out_again(api: Api, allegro: AllegroWorld) -> None:
    sent = proposed(api, allegro.buy(Line(KUBEK)))
    command_id = send(api, CREATE, sent)
    again = api.post(CREATE, {"commandId": command_id, "input": sent})
    fits("POST", CREATE, again, 400)
    assert again.json()["errors"][0]["code"] == "COMMAND_EXISTS"
    assert poll(api, CREATE, command_id)["status"] == "SUCCESS"
    assert len(allegro.shipments) == 1
    fits("GET", f"{CREATE}/{{commandId}}", api.get(f"{CREATE}/{uuid.uuid4()}"), 404)
    made_up = api.post(CREATE, {"input": sent}).json()["commandId"]
    assert poll(api, CREATE, made_up)["status"] == "SUCCESS"


def test_a_command_whose_answer_is_lost_is_carried_out(api: Api, allegro: AllegroWorld) -> None:
    sent, command_id = proposed(api, allegro.buy(Line(KUBEK))), str(uuid.uuid4())
    allegro.faults.switch_on("drop_after", times=1, path_prefix=CREATE)
    with pytest.raises(httpx.RemoteProtocolError):
        send(api, CREATE, sent, command_id)
    assert poll(api, CREATE, command_id)["status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("packages", {"packages": []}),
        ("receiver", {"receiver": None}),
        ("receiver.phone", {"receiver": {"phone": None}}),
        ("packages[0].weight.value", {"packages": {"weight": {"value": "1", "unit": "KILOGRAMS"}}}),
        ("packages[0].length.unit", {"packages": {"length": {"value": 1, "unit": "METER"}}}),
        ("cashOnDelivery.amount", {"cashOnDelivery": {"amount": "10", "currency": "PLN"}}),
        ("labelFormat", {"labelFormat": "PNG"}),
    ],
)
def test_an_input_that_does_not_fit_is_refused_at_once(
    api: Api, allegro: AllegroWorld, path: str, changes: dict[str, Any]
) -> None:
    sent = proposed(api, allegro.buy(Line(KUBEK)))
    if isinstance(changes.get("receiver"), dict):
        changes = {"receiver": {**sent["receiver"], **changes["receiver"]}}
    if isinstance(changes.get("packages"), dict):
        changes = {"packages": [{**sent["packages"][0], **changes["packages"]}]}
    answered = api.post(CREATE, {"commandId": str(uuid.uuid4()), "input": {**sent, **changes}})
    fits("POST", CREATE, answered, 400)
    assert answered.json()["errors"][0]["path"] == path
    assert allegro.shipments == []


def test_what_the_carrier_does_not_take_ends_in_an_error(api: Api, allegro: AllegroWorld) -> None:
    to_point = proposed(api, allegro.buy(Line(KUBEK), delivery="pickup_point"))
    cash = proposed(api, allegro.buy(Line(KUBEK), kind="cod"))
    (package,) = to_point["packages"]
    for sent, path in (
        ({**to_point, "receiver": {**to_point["receiver"], "email": "jan@poczta.example"}}, "receiver.email"),
        ({**to_point, "receiver": {**to_point["receiver"], "point": None}}, "receiver.point"),
        ({**to_point, "packages": [package, package]}, "packages"),
        ({**to_point, "packages": [{**package, "weight": {"value": 26, "unit": "KILOGRAMS"}}]}, "packages[0].weight"),
        ({**to_point, "deliveryMethodId": "another"}, "deliveryMethodId"),
        ({**cash, "cashOnDelivery": {"amount": "10.00", "currency": "PLN"}}, "cashOnDelivery.iban"),
    ):
        told = poll(api, CREATE, send(api, CREATE, sent))
        assert (told["status"], told["shipmentId"], told["errors"][0]["path"]) == ("ERROR", None, path)
    assert allegro.shipments == []


def test_commands_can_take_long_stay_for_ever_or_fail(api: Api, allegro: AllegroWorld) -> None:
    form_id = allegro.buy(Line(KUBEK))
    sent = proposed(api, form_id)
    allegro.faults.switch_on("shipping_command_lags", seconds=20, times=1)
    slow = send(api, CREATE, sent)
    allegro.faults.switch_on("shipping_command_stays", command="create", times=1)
    stuck = send(api, CREATE, sent)
    allegro.faults.switch_on("shipping_command_fails", code="FAILED_TO_OBTAIN_WAYBILL", times=1)
    failed = send(api, CREATE, sent)
    assert poll(api, CREATE, failed)["errors"][0]["code"] == "FAILED_TO_OBTAIN_WAYBILL"
    assert [poll(api, CREATE, each)["status"] for each in (slow, stuck)] == ["IN_PROGRESS"] * 2
    assert allegro.parcels(form_id) == []
    allegro.clock.advance(20)
    assert [poll(api, CREATE, each)["status"] for each in (slow, stuck)] == ["SUCCESS", "IN_PROGRESS"]
    assert len(allegro.parcels(form_id)) == 1


def test_numbers_can_come_late(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("waybill_late", seconds=30)
    form_id = allegro.buy(Line(KUBEK))
    shipment_id = shipped(api, form_id)
    assert details(api, shipment_id)["packages"][0]["waybill"] is None
    assert allegro.parcels(form_id) == []
    assert paper(api, "label", shipment_id).status_code == 204
    allegro.clock.advance(30)
    shown = api.get(f"/order/checkout-forms/{form_id}").json()
    assert shown["fulfillment"]["shipmentSummary"] == {"lineItemsSent": "ALL"}
    assert details(api, shipment_id)["packages"][0]["waybill"] == allegro.parcels(form_id)[0].waybill


@pytest.mark.parametrize(("size", "box"), [("A4", b"[0 0 595 842]"), ("A6", b"[0 0 298 420]")])
def test_a_label_is_a_pdf_that_can_be_fetched_again(api: Api, allegro: AllegroWorld, size: str, box: bytes) -> None:
    form_id = allegro.buy(Line(KUBEK))
    (package,) = proposed(api, form_id)["packages"]
    shipment_id = shipped(api, form_id, packages=[package, package])
    first, second = (paper(api, "label", shipment_id, pageSize=size) for _ in range(2))
    assert first.headers["content-type"] == "application/octet-stream"
    assert first.content == second.content
    assert first.content.startswith(b"%PDF-1.4")
    assert box in first.content
    assert first.content.count(b"/Type /Page ") == 2
    for parcel in allegro.parcels(form_id):
        assert parcel.waybill.encode() in first.content
    assert api.post(f"{BASE}/label", {"shipmentIds": [shipment_id]}).status_code == 406


def test_papers_are_refused_for_what_is_not_there_or_not_ready(api: Api, allegro: AllegroWorld) -> None:
    to_door = shipped(api, allegro.buy(Line(KUBEK)))
    to_point = shipped(api, allegro.buy(Line(KUBEK), delivery="pickup_point"))
    fits("POST", f"{BASE}/label", paper(api, "label", "another"), 404)
    for status in (404, 204, 422):
        allegro.faults.switch_on("label_late", seconds=30, status=status)
        fits("POST", f"{BASE}/label", paper(api, "label", to_door), status)
    allegro.clock.advance(30)
    assert paper(api, "label", to_door).status_code == 200
    assert paper(api, "protocol", to_door).content.startswith(b"%PDF")
    fits("POST", f"{BASE}/protocol", paper(api, "protocol", to_point), 204)
    allegro.faults.clear()
    for_printers = shipped(api, allegro.buy(Line(KUBEK)), labelFormat="ZPL")
    assert paper(api, "label", for_printers).content.startswith(b"^XA")


def test_a_shipment_is_cancelled_unless_its_carrier_does_not_or_has_it(api: Api, allegro: AllegroWorld) -> None:
    form_id, sent = allegro.buy(Line(KUBEK)), allegro.buy(Line(KUBEK))
    shipment_id, moved = shipped(api, form_id), shipped(api, sent)
    by_allegro = shipped(api, allegro.buy(Line(KUBEK), delivery="allegro_delivery"))
    allegro.move_parcel(allegro.parcels(sent)[0].waybill, "IN_TRANSIT")
    outcomes = {}
    for each in (shipment_id, moved, by_allegro, "another"):
        told = poll(api, CANCEL, send(api, CANCEL, {"shipmentId": each}))
        outcomes[each] = (told["status"], [error["code"] for error in told["errors"]])
    assert outcomes == {
        shipment_id: ("SUCCESS", []),
        moved: ("ERROR", ["PROCESSING_ERROR"]),
        by_allegro: ("ERROR", ["SHIPMENT_CANCELLATION_NOT_SUPPORTED"]),
        "another": ("ERROR", ["SHIPMENT_NOT_FOUND"]),
    }
    assert details(api, shipment_id)["canceledDate"]
    assert paper(api, "label", shipment_id).status_code == 204
    assert len(allegro.parcels(form_id)) == 1


def test_a_pickup_is_ordered_for_a_day_that_was_proposed(api: Api, allegro: AllegroWorld) -> None:
    to_door = shipped(api, allegro.buy(Line(KUBEK)))
    to_point = shipped(api, allegro.buy(Line(KUBEK), delivery="pickup_point"))
    address = allegro.shipments[0].sent["sender"]
    asked = {"shipmentIds": [to_door, to_point], "address": address}
    check_request("POST", f"{BASE}/pickup-proposals", asked)
    answered = api.post(f"{BASE}/pickup-proposals", asked)
    fits("POST", f"{BASE}/pickup-proposals", answered)
    first, second = answered.json()[0]["proposals"]
    assert second["pickupTimes"] == []
    # The document wants the old way of naming a time beside the new one.
    chosen = {"pickupDateProposalId": first["proposalItems"][0]["id"], "pickupTime": first["pickupTimes"][0]}
    told = poll(api, PICKUP, send(api, PICKUP, {**asked, "shipmentIds": [to_door], **chosen}))
    answered = api.get(f"{BASE}/pickups/{told['pickupId']}")
    fits("GET", f"{BASE}/pickups/{{pickupId}}", answered)
    assert answered.json()["shipmentIds"] == [to_door]
    for sent, code in (
        ({**asked, **chosen}, "BAD_REQUEST"),
        (
            {**asked, **chosen, "shipmentIds": [to_door], "pickupTime": {"date": "2020-01-01"}},
            "INVALID_PICKUP_PROPOSAL_ID",
        ),
    ):
        assert poll(api, PICKUP, send(api, PICKUP, sent))["errors"][0]["code"] == code
    refused = api.post(PICKUP, {"input": asked})
    fits("POST", PICKUP, refused, 400)
    fits("GET", f"{BASE}/pickups/{{pickupId}}", api.get(f"{BASE}/pickups/none"), 404)


@pytest.mark.parametrize(("scope", "expected"), [("shipments:write", (403, 404)), ("shipments:read", (404, 403))])
def test_commands_and_reading_have_permissions_of_their_own(
    api: Api, allegro: AllegroWorld, scope: str, expected: tuple[int, int]
) -> None:
    allegro.faults.switch_on("scope_missing", scope=f"allegro:api:{scope}")
    paths = (f"{CREATE}/{uuid.uuid4()}", f"{BASE}/shipments/{uuid.uuid4()}")
    assert tuple(api.get(path).status_code for path in paths) == expected
