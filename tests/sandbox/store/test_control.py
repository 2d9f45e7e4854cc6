"""The hand that moves the store, the shopper, and starting over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller


def test_a_shopper_buys_what_is_there_and_nothing_more(world: StoreWorld) -> None:
    first = world.sell("PLA-002", 4)
    assert first is not None
    order = world.orders[first]
    assert (order["status"], order["created_via"], order["total"]) == ("processing", "store-api", "196.00")
    assert world.sell("PLA-002", 2) is None
    assert world.sell("PLA-002", 1) is not None
    assert world.stock("PLA-002") == 0
    assert world.sell("PLA-002", 1) is None
    assert len(world.orders) == 2


def test_eight_shoppers_at_once_cannot_share_five_pieces(world: StoreWorld) -> None:
    with ThreadPoolExecutor(8) as shoppers:
        bought = list(shoppers.map(lambda _: world.sell("PLA-002", 1), range(8)))
    assert len([order for order in bought if order is not None]) == 5
    assert world.stock("PLA-002") == 0


def test_eight_orders_at_once_through_the_api_oversell(world: StoreWorld, store: Caller) -> None:
    order = {"status": "processing", "line_items": [{"sku": "PLA-002", "quantity": 1}]}
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: store.send("POST", "/orders", order).status_code, range(8)))
    assert answers == [201] * 8
    assert world.stock("PLA-002") == -3


def test_nobody_buys_what_the_store_does_not_have(world: StoreWorld) -> None:
    with pytest.raises(KeyError):
        world.sell("NOPE", 1)


def test_a_person_changes_orders_in_the_panel_with_all_that_follows(world: StoreWorld) -> None:
    first = world.sell("KUB-001", 1)
    assert first is not None
    world.add_line(first, "KOS-001-M", 2)
    assert (world.orders[first]["total"], world.stock("KOS-001-M")) == ("177.99", 12)
    world.edit_order(first, fee_lines=[{"name": "Pakowanie", "total": "100.00"}])
    assert world.orders[first]["fee_lines"][0]["total_tax"] == "23.00"
    world.trash(first)
    assert world.orders[first]["status"] == "trash"
    world.set_order_status(first, "completed")
    assert world.outbox[-1].template == "customer_completed_order"
    assert world.stock("KUB-001") == 23
    world.delete(first)
    assert world.orders == {}
    for act in (world.trash, world.delete, lambda order: world.set_order_status(order, "completed")):
        with pytest.raises(KeyError):
            act(first)


def test_faults_are_switched_over_http(world: StoreWorld, store: Caller) -> None:
    switched = store.raw("PUT", "/_sandbox/faults/slow", json={"times": 3, "skip": 1, "args": {"seconds": 0}})
    assert switched.json()["on"] == {"slow": {"times": 3, "skip": 1, "args": {"seconds": 0}}}
    assert "redirect" in store.raw("GET", "/_sandbox/faults").json()["known"]
    assert store.raw("DELETE", "/_sandbox/faults/slow").json()["on"] == {}
    store.raw("PUT", "/_sandbox/faults/slow", json={})
    assert store.raw("DELETE", "/_sandbox/faults").json()["on"] == {}
    assert store.raw("PUT", "/_sandbox/faults/slo", json={}).status_code == 404
    assert world.requests == []


def test_a_person_sells_and_looks_over_http(store: Caller) -> None:
    sold = store.raw("POST", "/_sandbox/sales", json={"sku": "PLA-002", "quantity": 5})
    assert sold.status_code == 201
    assert store.raw("POST", "/_sandbox/sales", json={"sku": "PLA-002", "quantity": 1}).status_code == 409
    assert store.raw("POST", "/_sandbox/sales", json={"sku": "NOPE"}).status_code == 404
    assert [order["id"] for order in store.raw("GET", "/_sandbox/orders").json()] == [sold.json()["order_id"]]
    assert "new_order" in [mail["template"] for mail in store.raw("GET", "/_sandbox/outbox").json()]


def test_time_can_be_moved_on(world: StoreWorld, store: Caller) -> None:
    answer = store.raw("POST", "/_sandbox/clock", json={"advance_seconds": 3600})
    assert datetime.fromisoformat(answer.json()["now"]) > datetime.now(UTC) + timedelta(minutes=59)
    made = store.post("/orders", {})
    assert datetime.fromisoformat(made["date_created_gmt"] + "+00:00") > datetime.now(UTC) + timedelta(minutes=59)


def test_starting_over_forgets_everything_and_keeps_the_key(world: StoreWorld, store: Caller) -> None:
    key = world.key
    store.post("/orders", {"status": "processing", "line_items": [{"product_id": 11}]})
    world.faults.switch_on("unavailable")
    world.reset(seed=1)
    assert (world.orders, world.outbox, world.requests, world.faults.active()) == ({}, [], [], {})
    assert (world.stock("KUB-001"), world.key) == (24, key)


def test_requests_are_remembered_with_what_they_brought(world: StoreWorld, store: Caller) -> None:
    store.post("/orders", {"transaction_id": "form-1"})
    seen = world.requests[-1]
    assert (seen.method, seen.path, seen.status) == ("POST", "/wp-json/wc/v3/orders", 201)
    assert seen.body == {"transaction_id": "form-1"}


def test_settings_are_read_and_written(store: Caller) -> None:
    read = store.get("/settings/tax/woocommerce_prices_include_tax")
    assert (read["value"], read["group_id"]) == ("yes", "tax")
    assert store.put("/settings/tax/woocommerce_prices_include_tax", {"value": "no"})["value"] == "no"
    assert store.send("PUT", "/settings/tax/woocommerce_prices_include_tax", {"value": "maybe"}).status_code == 400
    assert store.send("GET", "/settings/tax/nope").status_code == 404
    assert store.send("GET", "/settings/nope").status_code == 404


def test_the_store_tells_its_version_and_currency(store: Caller) -> None:
    assert store.get("/system_status")["environment"]["version"] == "11.0.1"
    assert store.get("/data/currencies/current")["code"] == "PLN"
    assert [gateway["id"] for gateway in store.get("/payment_gateways")] == ["bacs", "cheque", "cod"]
