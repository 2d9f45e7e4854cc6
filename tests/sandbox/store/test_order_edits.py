"""Lines, fees and shipping of orders that are there already, and what happens to the stock behind them."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller
from tests.sandbox.store.recordings import recording

# The seeded store has 24, 18 and 14 pieces of them.
CUP, OTHER_CUP, SHIRT = "KUB-001", "KUB-002", "KOS-001-M"
CUP_ID, OTHER_CUP_ID, SHIRT_ID, SHIRT_PARENT = 11, 12, 25, 23


def _made(store: Caller, status: str = "processing", **line: Any) -> dict[str, Any]:
    made: dict[str, Any] = store.post(
        "/orders", {"status": status, "line_items": [{"product_id": CUP_ID, "quantity": 2, **line}]}
    )
    return made


def _edit(store: Caller, made: dict[str, Any], **line: Any) -> dict[str, Any]:
    """The order after a change of its first line."""
    edited: dict[str, Any] = store.put(
        f"/orders/{made['id']}", {"line_items": [{"id": made["line_items"][0]["id"], **line}]}
    )
    return edited


def _reduced(line: dict[str, Any]) -> object:
    return next((meta["value"] for meta in line["meta_data"] if meta["key"] == "_reduced_stock"), None)


def _notes(store: Caller, made: dict[str, Any]) -> list[str]:
    return [entry["note"] for entry in store.get(f"/orders/{made['id']}/notes")]


@pytest.mark.parametrize("status", ["processing", "on-hold", "completed"])
def test_a_changed_quantity_moves_the_stock_and_zero_removes_the_line(
    world: StoreWorld, store: Caller, status: str
) -> None:
    made = _made(store, status)
    changed = _edit(store, made, quantity=5)
    assert (world.stock(CUP), _reduced(changed["line_items"][0])) == (19, "5")
    assert changed["total"] == made["total"]
    assert "Adjusted stock: Kubek ceramiczny z kotem 330 ml (22&rarr;19)" in _notes(store, made)
    assert _edit(store, made, quantity=0)["line_items"] == []
    assert world.stock(CUP) == 24


def test_a_line_added_later_takes_its_stock_at_once_and_gives_it_back_with_the_order(
    world: StoreWorld, store: Caller
) -> None:
    made = _made(store)
    added = store.put(f"/orders/{made['id']}", {"line_items": [{"product_id": OTHER_CUP_ID, "quantity": 3}]})
    assert (world.stock(OTHER_CUP), _reduced(added["line_items"][1])) == (15, "3")
    store.put(f"/orders/{made['id']}", {"status": "completed"})
    assert world.stock(OTHER_CUP) == 15
    store.put(f"/orders/{made['id']}", {"status": "cancelled"})
    assert (world.stock(CUP), world.stock(OTHER_CUP)) == (24, 18)


def test_lines_of_an_unpaid_order_take_stock_only_with_its_status(world: StoreWorld, store: Caller) -> None:
    made = _made(store, "pending")
    _edit(store, made, quantity=4)
    assert world.stock(CUP) == 24
    sent = {"status": "processing", "line_items": [{"product_id": OTHER_CUP_ID, "quantity": 1}]}
    store.put(f"/orders/{made['id']}", sent)
    assert (world.stock(CUP), world.stock(OTHER_CUP)) == (20, 17)


def test_an_older_store_leaves_the_stock_alone_whatever_is_done_to_lines(world: StoreWorld, store: Caller) -> None:
    world.adjusts_stock_of_edited_lines = False
    made = _made(store)
    store.put(f"/orders/{made['id']}", {"line_items": [{"product_id": OTHER_CUP_ID, "quantity": 3}]})
    _edit(store, made, quantity=5)
    # An order that has reduced the stock does not do so again, so the added line never counts.
    store.put(f"/orders/{made['id']}", {"status": "completed"})
    _edit(store, made, quantity=0)
    assert (world.stock(CUP), world.stock(OTHER_CUP)) == (22, 18)
    assert not [text for text in _notes(store, made) if text.startswith("Adjusted")]


def test_another_product_on_a_line_brings_name_and_tax_class_and_keeps_the_totals(
    world: StoreWorld, store: Caller
) -> None:
    store.put(f"/products/{OTHER_CUP_ID}", {"tax_class": "reduced-rate", "name": "Kubek drugi"})
    made = _made(store, total="100.00", subtotal="100.00")
    line = _edit(store, made, product_id=OTHER_CUP_ID)["line_items"][0]
    assert (line["name"], line["sku"], line["product_id"]) == ("Kubek drugi", OTHER_CUP, OTHER_CUP_ID)
    assert (line["tax_class"], line["total"], line["total_tax"]) == ("reduced-rate", "100.00", "8.00")
    sent = {"product_id": OTHER_CUP_ID, "name": "Moja", "total": "50.00", "subtotal": "50.00", "tax_class": ""}
    changed = _edit(store, made, **sent)
    assert (changed["line_items"][0]["name"], changed["total"]) == ("Moja", "61.50")


def test_the_pieces_a_line_took_count_as_those_of_its_new_product(world: StoreWorld, store: Caller) -> None:
    made = _made(store)
    _edit(store, made, product_id=OTHER_CUP_ID)
    assert (world.stock(CUP), world.stock(OTHER_CUP)) == (22, 18)
    _edit(store, made, product_id=OTHER_CUP_ID, quantity=3)
    assert (world.stock(CUP), world.stock(OTHER_CUP)) == (22, 17)


def test_a_product_put_on_an_empty_line_takes_its_stock(world: StoreWorld, store: Caller) -> None:
    made = _made(store, product_id=9999)
    line = _edit(store, made, product_id=SHIRT_PARENT, variation_id=SHIRT_ID)["line_items"][0]
    assert (line["product_id"], line["variation_id"], line["sku"]) == (SHIRT_PARENT, SHIRT_ID, SHIRT)
    assert [meta["key"] for meta in line["meta_data"]][-1] == "_reduced_stock"
    assert world.stock(SHIRT) == 12


def test_a_simple_product_does_not_drive_the_variation_from_its_line(world: StoreWorld, store: Caller) -> None:
    made = _made(store, product_id=SHIRT_ID)
    line = _edit(store, made, product_id=CUP_ID, variation_id=0, quantity=3)["line_items"][0]
    assert (line["product_id"], line["variation_id"], line["sku"]) == (CUP_ID, SHIRT_ID, SHIRT)
    assert (world.stock(CUP), world.stock(SHIRT)) == (24, 11)


def test_an_unknown_product_changes_nothing_on_a_line(store: Caller) -> None:
    made = _made(store)
    assert _edit(store, made, product_id=9999)["line_items"] == made["line_items"]


def test_a_line_that_says_it_has_reduced_the_stock_is_believed(world: StoreWorld, store: Caller) -> None:
    made = _made(store, meta_data=[{"key": "_reduced_stock", "value": "2"}])
    assert world.stock(CUP) == 24
    assert _reduced(made["line_items"][0]) == "2"
    store.put(f"/orders/{made['id']}", {"status": "cancelled"})
    assert world.stock(CUP) == 26
    waiting = _made(store, "pending", meta_data=[{"key": "_reduced_stock", "value": "2"}])
    store.put(f"/orders/{waiting['id']}", {"status": "cancelled"})
    assert world.stock(CUP) == 26


@pytest.mark.parametrize(
    ("group", "new", "change"),
    [
        ("fee_lines", {"name": "Dopłata", "tax_status": "none"}, {"total": "-5.00"}),
        ("fee_lines", {"name": "Usługa", "tax_class": "reduced-rate"}, {"total": "20.00", "name": "Inna"}),
        ("shipping_lines", {"method_id": "courier", "method_title": "Kurier"}, {"method_title": "Punkt", "total": "1"}),
    ],
)
def test_fees_and_shipping_are_added_changed_and_removed_with_the_totals(
    store: Caller, group: str, new: dict[str, Any], change: dict[str, Any]
) -> None:
    made = _made(store)
    meta = [{"key": "_a", "value": "1"}]
    added = store.put(f"/orders/{made['id']}", {group: [{**new, "total": "10.00", "meta_data": meta}]})
    line = added[group][0]
    assert {key: line[key] for key in new} == new
    assert [(entry["key"], entry["value"]) for entry in line["meta_data"]] == [("_a", "1")]
    assert Decimal(added["total"]) == Decimal(made["total"]) + Decimal(line["total"]) + Decimal(line["total_tax"])
    changed = store.put(f"/orders/{made['id']}", {group: [{"id": line["id"], **change}]})
    [kept] = changed[group]
    assert (kept["id"], kept["meta_data"], Decimal(kept["total"])) == (
        line["id"],
        line["meta_data"],
        Decimal(change["total"]),
    )
    assert Decimal(changed["total"]) == Decimal(made["total"]) + Decimal(kept["total"]) + Decimal(kept["total_tax"])
    gone = store.put(
        f"/orders/{made['id']}", {group: [{"id": line["id"], "name" if group == "fee_lines" else "method_id": None}]}
    )
    assert (gone[group], gone["total"]) == ([], made["total"])


def test_a_changed_quantity_reads_as_at_a_real_store(store: Caller) -> None:
    theirs = recording("orders/put-line-quantity")["response"]["body"]["line_items"][0]
    made = _made(store, quantity=1, subtotal=theirs["subtotal"], total=theirs["total"])
    ours = _edit(store, made, quantity=3)["line_items"][0]
    for name in ("quantity", "subtotal", "total", "total_tax"):
        assert ours[name] == theirs[name]
    assert _reduced(ours) == _reduced(theirs) == "3"


def test_notes_come_in_the_order_of_a_real_stores(world: StoreWorld, store: Caller) -> None:
    theirs = recording("orders/notes")["response"]["body"]
    made = store.post(
        "/orders", {"status": "processing", "billing": {"email": "a@example.com"}, "line_items": [{"product_id": 11}]}
    )
    first, *others = world.shop.orders[made["id"]].notes
    for written in others:
        written.at = first.at + timedelta(seconds=1)
    ours = _notes(store, made)
    assert ours[:3] == [entry["note"] for entry in theirs[:3]]
    assert ours[3].partition(":")[0] == theirs[3]["note"].partition(":")[0] == "Stock levels reduced"
