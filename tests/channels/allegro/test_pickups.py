"""Pickups of Ship with Allegro: times are read as they are meant, and a courier is ordered as the document wants it."""

import json
from datetime import date, time
from typing import Any

import pytest
import respx

from app.channels.allegro.ship_with_allegro import ShipWithAllegro
from app.channels.errors import NotFound, Unreadable
from app.domain.made_parcels import Sender
from app.domain.new_offers import FieldError
from app.domain.pickups import PickupResult, PickupTime
from tests.channels.allegro.test_ship_with_allegro import ADDRESS, BASE
from tests.sandbox.allegro.contract import check_request

PROPOSALS, PICK_UP = f"{BASE}/pickup-proposals", f"{BASE}/pickups/create-commands"
SENDER = Sender("Anna Nowak", "", "Polna 1", "00-950", "Warszawa", "", "PL", ADDRESS["email"], ADDRESS["phone"])
MORNING = PickupTime(date(2026, 11, 28), time(8), time(12), "p1")
ROW: dict[str, Any] = {
    "shipmentId": "s1",
    "proposalItems": [
        {"id": "p1", "name": "2026-11-28 08:00-12:00"},
        {"id": "p2", "name": "2026-11-28 12:00 16:00"},
        {"id": "p9", "name": "Rano"},
    ],
    "pickupTimes": [
        {"date": "2026-11-28", "minTime": "08:00", "maxTime": "12:00"},
        {"date": "2026-11-28", "minTime": "12:00:00", "maxTime": "16:00"},
        {"date": "2026-11-29", "minTime": None},
    ],
}


def test_the_times_of_each_parcel_are_read_with_their_older_names(
    router: respx.Router, shipping: ShipWithAllegro
) -> None:
    answer = [{"proposals": [ROW], "address": ADDRESS}, {"proposals": [{"shipmentId": "s2", "pickupTimes": None}]}]
    route = router.post(PROPOSALS).respond(json=answer)
    times = shipping.pickup_times(["s1", "s2", "s3"], SENDER, date(2026, 11, 28))
    afternoon = PickupTime(date(2026, 11, 28), time(12), time(16), "p2")
    assert times == {"s1": [MORNING, afternoon, PickupTime(date(2026, 11, 29))], "s2": [], "s3": []}
    sent = json.loads(route.calls.last.request.content)
    check_request("POST", PROPOSALS, sent)
    assert sent == {"shipmentIds": ["s1", "s2", "s3"], "address": ADDRESS, "readyDate": "2026-11-28"}
    shipping.pickup_times(["s1"], SENDER, None)
    assert "readyDate" not in json.loads(route.calls.last.request.content)
    hours: list[dict[str, Any]] = [{"date": "2026-11-28", "minTime": hour} for hour in ("8", "08:00Z")]
    for broken in ({"date": "soon"}, {"date": None}, *hours):
        router.post(PROPOSALS).respond(json=[{"proposals": [{**ROW, "pickupTimes": [broken]}]}])
        with pytest.raises(Unreadable):
            shipping.pickup_times(["s1"], SENDER, None)


def test_a_courier_is_ordered_for_a_time_by_both_of_its_names(router: respx.Router, shipping: ShipWithAllegro) -> None:
    route = router.post(PICK_UP).respond(json={"commandId": "c1"})
    shipping.pick_up("c1", ["s1", "s2"], SENDER, MORNING)
    sent = json.loads(route.calls.last.request.content)
    check_request("POST", PICK_UP, sent)
    named = {"date": "2026-11-28", "minTime": "08:00", "maxTime": "12:00"}
    assert sent == {
        "commandId": "c1",
        "input": {
            "shipmentIds": ["s1", "s2"],
            "pickupDateProposalId": "p1",
            "pickupTime": named,
            "address": ADDRESS,
        },
    }
    shipping.pick_up("c1", ["s1"], SENDER, PickupTime(date(2026, 11, 29)))
    sent = json.loads(route.calls.last.request.content)["input"]
    assert (sent["pickupTime"], "pickupDateProposalId" in sent) == ({"date": "2026-11-29"}, False)
    router.post(PICK_UP).respond(400, json={"errors": [{"code": "COMMAND_EXISTS", "message": "There is one."}]})
    router.get(f"{PICK_UP}/c1").respond(json={"status": "IN_PROGRESS"})
    shipping.pick_up("c1", ["s1"], SENDER, MORNING)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"status": "IN_PROGRESS"}, PickupResult(is_over=False)),
        ({"status": "SUCCESS", "pickupId": "a1", "carrierPickupId": "P1"}, PickupResult(True, "a1", "P1")),
        ({"status": "SUCCESS", "pickupId": "a1", "carrierPickupId": None}, PickupResult(True, "a1", "")),
        (
            {"status": "ERROR", "errors": [{"code": "X", "userMessage": "Nie.", "path": "pickupTime"}]},
            PickupResult(True, errors=(FieldError("pickupTime", "Nie."),)),
        ),
        ({"status": "SUCCESS"}, Unreadable),
    ],
)
def test_what_became_of_a_pickup_is_read(
    router: respx.Router, shipping: ShipWithAllegro, answer: dict[str, Any], result: object
) -> None:
    router.get(f"{PICK_UP}/c1").respond(json=answer)
    if isinstance(result, PickupResult):
        assert shipping.picking_up("c1") == result
    else:
        with pytest.raises(Unreadable):
            shipping.picking_up("c1")
    router.get(f"{PICK_UP}/c1").respond(404)
    with pytest.raises(NotFound):
        shipping.picking_up("c1")


def test_the_sender_of_a_parcel_is_who_the_courier_comes_to(router: respx.Router, shipping: ShipWithAllegro) -> None:
    sender = {**ADDRESS, "company": None, "point": "WAW01"}
    shown = {"id": "s1", "carrier": "DPD", "packages": [], "sender": sender, "pickupAvailable": False}
    router.get(f"{BASE}/shipments/s1").respond(json=shown)
    found = shipping.shipment("s1")
    assert (found.sender, found.pickup_available) == (SENDER, False)
