"""Batches: a hundred items, no schema, errors inside a 200."""

from typing import Any

import pytest

from tests.sandbox.store.conftest import Caller


@pytest.mark.parametrize("path", ["/products/batch", "/orders/batch", "/products/23/variations/batch"])
def test_an_empty_batch_does_nothing_and_answers_an_empty_list(store: Caller, path: str) -> None:
    answer = store.send("POST", path, {})
    assert (answer.status_code, answer.json()) == (200, [])


def test_a_batch_has_at_most_a_hundred_items_in_total(store: Caller) -> None:
    update = [{"id": 11, "stock_quantity": 1}] * 60
    assert store.send("POST", "/products/batch", {"update": update, "delete": [1] * 40}).status_code == 200
    assert store.send("POST", "/products/batch", {"update": update, "delete": [1] * 41}).status_code == 413


def test_each_item_has_its_own_error_inside_the_200(store: Caller) -> None:
    sent = {
        "create": [{"name": "nowy", "sku": "NOWY-1"}, {"name": "drugi", "sku": "KUB-002"}],
        "update": [{"id": 11, "stock_quantity": 44}, {"id": 9999}, {"stock_quantity": 3}, {"id": 25}],
        "delete": [9998],
    }
    answer = store.post("/products/batch", sent)

    def codes(group: str) -> list[Any]:
        return [entry.get("error", {}).get("code") for entry in answer[group]]

    invalid = "woocommerce_rest_product_invalid_id"
    assert codes("create") == [None, "product_invalid_sku"]
    assert codes("update") == [None, invalid, invalid, "woocommerce_rest_invalid_product_id"]
    assert codes("delete") == [invalid]
    assert answer["update"][0]["stock_quantity"] == 44


@pytest.mark.parametrize(("sent", "kept"), [("abc", 0), (7.9, 7), ("8", 8), (None, 24)])
def test_a_batch_takes_stock_of_any_type(store: Caller, sent: object, kept: int) -> None:
    answer = store.post("/products/batch", {"update": [{"id": "11", "stock_quantity": sent}]})
    assert answer["update"][0]["stock_quantity"] == kept


def test_a_batch_takes_a_price_that_is_a_number(store: Caller) -> None:
    answer = store.post("/products/batch", {"update": [{"id": 11, "regular_price": 12.5}]})
    assert answer["update"][0]["regular_price"] == "12.5"


def test_items_of_a_batch_can_be_made_to_fail_inside_the_200(store: Caller) -> None:
    store.world.faults.switch_on("batch_item_error", ids=[12, 25])
    answer = store.post("/products/batch", {"update": [{"id": n, "regular_price": "5.00"} for n in (11, 12)]})
    assert answer["update"][0]["regular_price"] == "5.00"
    assert answer["update"][1]["error"]["code"] == "woocommerce_rest_product_not_saved"
    assert store.get("/products/12")["regular_price"] != "5.00"
    answer = store.post("/products/23/variations/batch", {"update": [{"id": 25, "stock_quantity": 2}]})
    assert answer["update"][0]["id"] == 25
    assert "error" in answer["update"][0]


def test_an_object_in_place_of_a_list_is_walked_over_by_value(store: Caller) -> None:
    answer = store.post("/products/batch", {"update": {"id": 11, "stock_quantity": 1}})
    assert [entry["id"] for entry in answer["update"]] == [None, None]


def test_a_variation_of_another_parent_is_not_found_in_a_batch(store: Caller) -> None:
    answer = store.post("/products/23/variations/batch", {"update": [{"id": 25, "stock_quantity": 2}, {"id": 11}]})
    assert answer["update"][0]["stock_quantity"] == 2
    assert answer["update"][1]["error"]["code"] == "woocommerce_rest_product_variation_invalid_id"


def test_broken_json_is_told(store: Caller) -> None:
    world = store.world
    answer = store.raw(
        "POST",
        "/wp-json/wc/v3/products/batch",
        content=b'{"update":[',
        headers={"Content-Type": "application/json"},
        auth=(world.key, world.secret),
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_json")
