"""Orders: status and stock, what is refused and what is not."""

from datetime import timedelta
from typing import Any

import pytest

from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller

ONE = {"line_items": [{"product_id": 11, "quantity": 2}]}


@pytest.mark.parametrize(
    ("status", "left"),
    [("pending", 24), ("failed", 24), ("cancelled", 24), ("processing", 22), ("on-hold", 22), ("completed", 22)],
)
def test_the_status_alone_decides_whether_stock_is_taken(
    world: StoreWorld, store: Caller, status: str, left: int
) -> None:
    store.post("/orders", {**ONE, "status": status})
    assert world.stock("KUB-001") == left


def test_stock_goes_below_zero_without_a_word(world: StoreWorld, store: Caller) -> None:
    store.post("/orders", {"status": "processing", "line_items": [{"product_id": 11, "quantity": 30}]})
    assert world.stock("KUB-001") == -6


def test_a_cancelled_order_gives_its_stock_back_once(world: StoreWorld, store: Caller) -> None:
    made = store.post("/orders", {**ONE, "status": "processing"})
    for status, left in (
        ("cancelled", 24),
        ("cancelled", 24),
        ("processing", 22),
        ("completed", 22),
        ("pending", 24),
        ("on-hold", 22),
        ("failed", 22),
    ):
        store.put(f"/orders/{made['id']}", {"status": status})
        assert world.stock("KUB-001") == left, status


def test_neither_trash_nor_deletion_gives_stock_back(world: StoreWorld, store: Caller) -> None:
    made = store.post("/orders", {**ONE, "status": "processing"})
    assert store.send("DELETE", f"/orders/{made['id']}").json()["status"] == "processing"
    assert store.get(f"/orders/{made['id']}")["status"] == "trash"
    assert world.stock("KUB-001") == 22
    assert store.send("DELETE", f"/orders/{made['id']}").status_code == 410
    assert store.send("DELETE", f"/orders/{made['id']}", force="true").status_code == 200
    assert store.send("GET", f"/orders/{made['id']}").status_code == 404
    assert world.stock("KUB-001") == 22


def test_set_paid_moves_on_to_processing_and_cash_on_delivery_to_completed(store: Caller) -> None:
    paid = store.post("/orders", {**ONE, "set_paid": True})
    assert (paid["status"], paid["date_paid"] is None) == ("processing", False)
    assert store.post("/orders", {**ONE, "set_paid": True, "payment_method": "cod"})["status"] == "completed"


def test_an_order_on_delivery_is_not_paid_when_it_is_processing(store: Caller) -> None:
    assert store.post("/orders", {**ONE, "status": "processing", "payment_method": "cod"})["date_paid"] is None


def test_an_unknown_product_makes_an_order_with_an_empty_line(store: Caller) -> None:
    for reference in ({"product_id": 9999}, {"sku": "NOPE"}):
        made = store.post("/orders", {"status": "processing", "line_items": [{**reference, "quantity": 1}]})
        line = made["line_items"][0]
        assert (line["product_id"], line["sku"], line["total"], line["name"]) == (0, None, "0.00", "")


def test_a_line_that_names_no_product_at_all_is_refused(world: StoreWorld, store: Caller) -> None:
    answer = store.send("POST", "/orders", {"line_items": [{"name": "Kubek", "quantity": 1, "total": "10.00"}]})
    assert (answer.status_code, answer.json()["code"]) == (400, "woocommerce_rest_required_product_reference")
    assert world.orders == {}


def test_a_quantity_of_zero_crashes_the_store(world: StoreWorld, store: Caller) -> None:
    answer = store.send("POST", "/orders", {"line_items": [{"product_id": 11, "quantity": 0}]})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_server_error")
    assert world.orders == {}


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"status": "bogus"}, "rest_invalid_param"),
        ({"currency": "XXX"}, "rest_invalid_param"),
        ({"customer_id": 98765}, "woocommerce_rest_invalid_customer_id"),
        ({"billing": {"email": "nie-email"}}, "rest_invalid_param"),
        ({"billing": {"email": ""}}, "rest_invalid_param"),
        ({"billing": {"first_name": None}}, "rest_invalid_param"),
        ({"line_items": [{"product_id": 11, "quantity": "dwa"}]}, "rest_invalid_param"),
        ({"line_items": [{"product_id": 11, "total": 10.5}]}, "rest_invalid_param"),
        ({"shipping_lines": [{"method_id": "x", "total": 10}]}, "rest_invalid_param"),
        ({"shipping_lines": [{"method_title": "Kurier"}]}, "woocommerce_rest_invalid_shipping_item"),
        ({"fee_lines": [{"total": "1.00"}]}, "woocommerce_rest_invalid_fee_item"),
        ({"fee_lines": [{"name": "x", "tax_status": "maybe"}]}, "rest_invalid_param"),
        ({"meta_data": [{"key": 5}]}, "rest_invalid_param"),
        ({"meta_data": {"a": 1}}, "rest_invalid_param"),
    ],
)
def test_a_refused_order_is_not_made(world: StoreWorld, store: Caller, sent: dict[str, Any], code: str) -> None:
    answer = store.send("POST", "/orders", {**ONE, **sent, "status": sent.get("status", "processing")})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert world.orders == {}
    assert world.stock("KUB-001") == 24


def test_what_identifies_an_order_is_kept_and_comes_back(world: StoreWorld, store: Caller) -> None:
    sent = {
        **ONE,
        "transaction_id": "form-1",
        "created_via": "allegro",
        "currency": "EUR",
        "customer_note": "Proszę o fakturę",
        "meta_data": [{"key": "_allegro_checkout_form_id", "value": "form-1"}, {"key": "_b", "value": {"a": 1}}],
    }
    sent["line_items"] = [{"product_id": 11, "meta_data": [{"key": "_allegro_offer_id", "value": "77"}]}]
    made = store.post("/orders", sent)
    read = store.get(f"/orders/{made['id']}")
    for name in ("transaction_id", "created_via", "currency", "customer_note"):
        assert read[name] == sent[name]
    assert [(meta["key"], meta["value"]) for meta in read["meta_data"]] == [
        ("_allegro_checkout_form_id", "form-1"),
        ("_b", {"a": 1}),
    ]
    assert read["line_items"][0]["meta_data"][0]["value"] == "77"
    assert [order["id"] for order in world.orders_for("form-1")] == [made["id"]]


def test_orders_and_products_share_one_sequence_of_ids(store: Caller) -> None:
    first = store.post("/orders", ONE)["id"]
    assert store.post("/products", {"name": "Nowy"})["id"] == first + 1
    assert store.post("/orders", ONE)["id"] == first + 2


def test_an_order_that_is_not_there_is_404_to_read_and_400_to_write(store: Caller) -> None:
    assert store.send("GET", "/orders/9999").status_code == 404
    assert store.send("PUT", "/orders/9999", {"status": "completed"}).status_code == 400
    assert store.send("GET", "/orders/abc").json()["code"] == "rest_no_route"


def test_a_change_moves_the_date_of_modification(world: StoreWorld, store: Caller) -> None:
    made = store.post("/orders", ONE)
    world.clock.advance(timedelta(minutes=1).total_seconds())
    changed = store.put(f"/orders/{made['id']}", {"customer_note": "x"})
    assert changed["date_modified_gmt"] > made["date_modified_gmt"]
    assert changed["date_created_gmt"] == made["date_created_gmt"]


def test_notes_tell_what_happened_and_can_be_added(store: Caller) -> None:
    made = store.post("/orders", {**ONE, "status": "processing", "billing": {"email": "a@example.com"}})
    store.post(f"/orders/{made['id']}/notes", {"note": "Notatka"})
    texts = [entry["note"] for entry in store.get(f"/orders/{made['id']}/notes")]
    assert "Notatka" in texts
    assert "Order status changed from Pending payment to Processing." in texts
    assert "Stock levels reduced: Kubek ceramiczny z kotem 330 ml (24&rarr;22)" in texts
    assert store.send("GET", "/orders/9999/notes").status_code == 404


@pytest.mark.parametrize(("status", "left"), [("processing", 22), ("completed", 22), ("cancelled", 24)])
def test_an_order_comes_back_from_the_trash_by_being_given_a_status(
    world: StoreWorld, store: Caller, status: str, left: int
) -> None:
    made = store.post("/orders", {**ONE, "status": "processing"})
    store.send("DELETE", f"/orders/{made['id']}")
    assert store.put(f"/orders/{made['id']}", {"status": status})["status"] == status
    assert world.stock("KUB-001") == left


def test_a_payment_moves_only_an_order_that_waits_for_one(store: Caller) -> None:
    for status, total in (("processing", "10.00"), ("on-hold", "10.00"), ("pending", "0.00")):
        made = store.post("/orders", {"status": status, "line_items": [{"product_id": 11, "total": total}]})
        again = store.put(f"/orders/{made['id']}", {"set_paid": True})
        assert (again["status"], again["date_paid"]) == (status, made["date_paid"]), status
    waiting = store.post("/orders", ONE)
    paid = store.put(f"/orders/{waiting['id']}", {"set_paid": True})
    assert (paid["status"], paid["date_paid"] is None) == ("processing", False)


def test_a_change_leaves_alone_what_it_does_not_name(store: Caller) -> None:
    address = {"first_name": "Anna", "city": "Gdańsk", "country": "PL"}
    meta = [{"key": "_a", "value": "1"}, {"key": "_b", "value": "2"}]
    made = store.post("/orders", {**ONE, "billing": address, "shipping": address, "meta_data": meta})
    sent = {"shipping": {"city": "Sopot"}, "meta_data": [{"key": "_b", "value": "3"}]}
    changed = store.put(f"/orders/{made['id']}", sent)
    assert changed["billing"] == made["billing"]
    assert changed["shipping"] == {**made["shipping"], "city": "Sopot"}
    assert changed["meta_data"] == [made["meta_data"][0], {**made["meta_data"][1], "value": "3"}]
