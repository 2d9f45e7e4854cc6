"""Parcel numbers and carriers over the API."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

NOBODY = "00000000-0000-4000-8000-000000000000"
DPD, INPOST = "0000123456789U", "620012345678901234567890"
TRACKING = "_wc_shipment_tracking_items"


@pytest.fixture
def path(api: TestClient, account: int) -> str:
    good(api.patch(f"accounts/{account}/settings", json={"import_orders": True, "submit_tracking": True}))
    return f"accounts/{account}"


def imported(api: TestClient, account: int, world: Sandbox, delivery: Any = "courier") -> str:
    """Somebody buys, and the store has the order."""
    order_id = world.allegro.buy(Line(world.allegro.offer_id("KUB-001")), delivery=delivery)
    run(api, account, "orders")
    return order_id


def run(api: TestClient, account: int, job: str = "tracking") -> Any:
    return good(api.post(f"jobs/{job}/run", json={"account_id": account, "wait": True}))


def test_a_number_that_is_given_here_is_told_and_shown(
    api: TestClient, path: str, account: int, world: Sandbox
) -> None:
    order_id = imported(api, account, world)
    given = {"carrier_id": "OTHER", "carrier_name": " Nasz Van ", "waybill": " V-1 "}
    started = good(api.post(f"{path}/orders/{order_id}/shipments", json=given), 202)
    assert (started["state"], started["by_hand"], started["carrier_name"]) == ("queued", True, "Nasz Van")
    assert good(api.get(f"runs/{started['run_id']}"))["job"] == "tracking"
    run(api, account)
    [shown] = good(api.get(f"{path}/orders/{order_id}/shipments"))["items"]
    assert (shown["waybill"], shown["state"], shown["error"]) == ("V-1", "sent", None)
    assert shown["sent_at"].endswith("Z")
    [parcel] = world.allegro.parcels(order_id)
    assert (parcel.waybill, parcel.carrier_name) == ("V-1", "Nasz Van")
    again = good(api.post(f"{path}/orders/{order_id}/shipments", json={**given, "waybill": "v-1"}), 202)
    assert (again["id"], again["state"]) == (shown["id"], "sent")


def test_a_refused_number_shows_allegros_words_and_goes_with_the_carrier_that_is_mapped_then(
    api: TestClient, path: str, account: int, world: Sandbox
) -> None:
    order_id = imported(api, account, world, "own_courier")
    run(api, account)
    number = world.store.orders_for(order_id)[0]["id"]
    entry = {"tracking_number": INPOST, "tracking_provider": "DPD Kurier"}
    world.store.set_order_meta(number, TRACKING, [entry])
    run(api, account)
    [refused] = good(api.get(f"{path}/orders/{order_id}/shipments"))["items"]
    assert (refused["state"], refused["carrier_id"]) == ("refused", "DPD")
    assert "Ten numer przesyłki" in refused["error"]
    [alert] = good(api.get("alerts", params={"open": "true"}))["items"]
    assert (alert["kind"], refused["error"] in alert["title"]) == ("parcel_refused", True)
    [word] = good(api.get(f"{path}/carrier-mappings"))["items"]
    assert (word["provider"], word["carrier_id"], word["suggested"][0]) == ("DPD Kurier", None, "DPD")
    mapping = {"provider": "dpd kurier", "carrier_id": "INPOST"}
    mapped = good(api.put(f"{path}/carrier-mappings", json=[mapping]))["items"]
    assert ("dpd kurier", "INPOST") in [(each["provider"], each["carrier_id"]) for each in mapped]
    run(api, account)
    assert [(each.carrier_id, each.waybill) for each in world.allegro.parcels(order_id)] == [("INPOST", INPOST)]
    assert good(api.get("alerts", params={"open": "true"}))["items"] == []


def test_what_allegro_cannot_take_is_refused_before_the_call_and_its_field_named(
    api: TestClient, path: str, account: int, world: Sandbox
) -> None:
    shipments = f"{path}/orders/{imported(api, account, world)}/shipments"
    good_one = {"carrier_id": "DPD", "waybill": DPD}
    cases: dict[str, list[Any]] = {
        "carrier_id": ["ALLEGRO", "WEDO", "NONE", "", "a b", None],
        "waybill": ["", " ", "A 1", "https://track.example/1", "1" * 65, "1\x00", None],
        "carrier_name": ["Van", "\x00", "x" * 31],
        "line_ids": [[""], ["a b"], "x", None],
        "unknown": [1],
    }
    for field, values in cases.items():
        for value in values:
            fields = refused_fields(api.post(shipments, json={**good_one, field: value}))
            assert {each.partition(".")[0] for each in fields} == {field}, value
    assert refused_fields(api.post(shipments, json={"carrier_id": "OTHER", "waybill": "1"})) == {"carrier_name"}
    mappings = f"{path}/carrier-mappings"
    for items, field in (
        ([{"provider": "Van", "carrier_id": "ALLEGRO"}], "items.0.carrier_id"),
        ([{"provider": "", "carrier_id": "DPD"}], "items.0.provider"),
        ([{"provider": "\x00", "carrier_id": "DPD"}], "items.0.provider"),
        ([{"provider": "Van", "carrier_id": "DPD"}, {"provider": "VAN", "carrier_id": "GLS"}], "items.1.provider"),
    ):
        assert refused_fields(api.put(mappings, json={"items": items})) == {field}
    assert good(api.get(shipments))["items"] == good(api.get(mappings))["items"] == []


def test_carriers_and_the_buyers_choice_are_shown(api: TestClient, path: str, account: int, world: Sandbox) -> None:
    carriers = {each["id"] for each in good(api.get(f"{path}/carriers"))["items"]}
    assert {"DPD", "INPOST", "OTHER"} <= carriers
    order_id = imported(api, account, world, "pickup_point")
    shown = good(api.get(f"{path}/orders/{order_id}/delivery"))
    assert shown["method_name"] == "Allegro Paczkomaty InPost"
    assert shown["pickup_point"]["id"] == world.allegro.form(order_id)["delivery"]["pickupPoint"]["id"]
    assert [each["id"] for each in shown["carriers"]] == ["INPOST"]
    assert shown["shipments"] == []
    at_the_door = imported(api, account, world, "allegro_delivery")
    shown = good(api.get(f"{path}/orders/{at_the_door}/delivery"))
    assert (shown["pickup_point"], shown["carriers"]) == (None, [])


def test_an_order_that_is_not_logged_has_no_shipments(api: TestClient, path: str) -> None:
    for what in ("shipments", "delivery"):
        problem(api.get(f"{path}/orders/{NOBODY}/{what}"), 404)
    problem(api.post(f"{path}/orders/{NOBODY}/shipments", json={"carrier_id": "DPD", "waybill": DPD}), 404)
