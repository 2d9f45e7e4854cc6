"""The sums of orders, against a real store's and against arithmetic."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.store.catalogue import Product
from app.sandbox.store.customers import Customer
from app.sandbox.store.taxes import TaxRate
from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller
from tests.sandbox.store.recordings import names, recording

_SUMS = ("total", "total_tax", "cart_tax", "shipping_total", "shipping_tax", "discount_total", "discount_tax")
_FLAGS = ("status", "currency", "needs_payment", "needs_processing", "is_editable", "transaction_id", "payment_method")
_LINE = ("name", "product_id", "variation_id", "quantity", "tax_class", "sku", "price", "parent_name")
_AMOUNTS = ("subtotal", "subtotal_tax", "total", "total_tax", "taxes")


def _recorded_product(body: dict[str, Any]) -> Product:
    at = datetime.now(UTC)
    product = Product(body["id"], body["name"], body["type"], at, at, sku=body["sku"], tax_class=body["tax_class"])
    product.regular_price, product.sale_price = body["regular_price"], body["sale_price"]
    product.manage_stock, product.stock_quantity = body["manage_stock"], body["stock_quantity"]
    product.parent_id = body["parent_id"]
    return product


@pytest.fixture
def recorded_shop(world: StoreWorld) -> StoreWorld:
    catalogue = world.shop.catalogue
    catalogue.products.clear()
    catalogue.attributes = {"Color": 1, "Size": 2}
    for body in recording("products/list-per-page-100")["response"]["body"]:
        catalogue.add(_recorded_product(body))
    for body in recording("products/list-variations")["response"]["body"]:
        variation = _recorded_product(body)
        variation.name = catalogue.products[variation.parent_id].name
        variation.attributes = {entry["name"]: entry["option"] for entry in body["attributes"]}
        catalogue.add(variation)
    now = world.shop.now()
    world.shop.customers.by_id[2] = Customer(2, "jan.kowalski@example.com", "jan.kowalski", now, now)
    return world


def _chosen(body: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: body[key] for key in keys}


@pytest.mark.parametrize("name", [*names("orders/create-[!nr]*"), *names("errors/create-order-unknown*")])
def test_an_order_sums_up_as_at_a_real_store(recorded_shop: StoreWorld, store: Caller, name: str) -> None:
    exchange = recording(name)
    answer = store.send("POST", "/orders", exchange["request"]["body"])
    theirs, ours = exchange["response"]["body"], answer.json()
    assert answer.status_code == exchange["response"]["status"]
    if answer.status_code != 201:
        assert ours["code"] == theirs["code"]
        return
    assert _chosen(ours, _SUMS + _FLAGS) == _chosen(theirs, _SUMS + _FLAGS)
    for dated in ("date_paid", "date_completed"):
        assert (ours[dated] is None) == (theirs[dated] is None), dated
    assert [_chosen(line, _LINE + _AMOUNTS) for line in ours["line_items"]] == [
        _chosen(line, _LINE + _AMOUNTS) for line in theirs["line_items"]
    ]
    for line, recorded in zip(ours["line_items"], theirs["line_items"], strict=True):
        assert [m["key"] for m in line["meta_data"]] == [m["key"] for m in recorded["meta_data"]]
    for group, keys in (("shipping_lines", ("total", "total_tax", "taxes")), ("fee_lines", ("total", "total_tax"))):
        assert [_chosen(line, keys) for line in ours[group]] == [_chosen(line, keys) for line in theirs[group]]
    tax_keys = ("rate_code", "rate_id", "label", "tax_total", "shipping_tax_total", "rate_percent")
    assert [_chosen(line, tax_keys) for line in ours["tax_lines"]] == [
        _chosen(line, tax_keys) for line in theirs["tax_lines"]
    ]


def test_four_decimals_show_what_is_kept_inside(recorded_shop: StoreWorld, store: Caller) -> None:
    theirs = recording("orders/get-dp4")["response"]["body"]
    made = store.post("/orders", {"status": "processing", "line_items": [{"product_id": 14, "quantity": 2}]})
    ours = store.get(f"/orders/{made['id']}", dp=4)
    assert _chosen(ours, _SUMS) == _chosen(theirs, _SUMS)
    assert _chosen(ours["line_items"][0], _AMOUNTS) == _chosen(theirs["line_items"][0], _AMOUNTS)


def _gross_of(store: Caller, *nets: str) -> Decimal:
    lines = [{"product_id": 11, "quantity": 1, "subtotal": net, "total": net} for net in nets]
    return Decimal(store.post("/orders", {"line_items": lines})["total"])


def test_line_amounts_sent_are_net_also_where_prices_include_tax(store: Caller) -> None:
    assert _gross_of(store, "100.00") == Decimal("123.00")


def test_lines_are_rounded_one_by_one_or_all_together_as_the_store_is_set(world: StoreWorld, store: Caller) -> None:
    nets = ("0.013", "0.013", "0.013")
    # One by one each is 0.01 net with 0.00 tax; all together they are 0.039 net with 0.00897 tax.
    assert _gross_of(store, *nets) == Decimal("0.03")
    world.settings.set("tax", "woocommerce_tax_round_at_subtotal", "yes")
    assert _gross_of(store, *nets) == Decimal("0.05")


def test_no_tax_is_added_where_taxes_are_off(world: StoreWorld, store: Caller) -> None:
    world.settings.set("general", "woocommerce_calc_taxes", "no")
    made = store.post("/orders", {"line_items": [{"product_id": 11, "quantity": 1}]})
    assert made["total"] == "39.99"
    assert made["total_tax"] == "0.00"
    assert made["tax_lines"] == []


def test_prices_entered_without_tax_have_it_added(world: StoreWorld, store: Caller) -> None:
    world.settings.set("tax", "woocommerce_prices_include_tax", "no")
    made = store.post("/orders", {"line_items": [{"product_id": 11, "quantity": 1}]})
    assert made["line_items"][0]["total"] == "39.99"
    assert made["total"] == "49.19"


def test_tax_can_follow_the_country_of_the_delivery(world: StoreWorld, store: Caller) -> None:
    world.settings.set("tax", "woocommerce_tax_based_on", "shipping")
    world.taxes.rates.append(TaxRate(4, "CZ", Decimal(21), "DPH"))
    order = {"line_items": [{"product_id": 11, "quantity": 1, "total": "100.00"}], "shipping": {"country": "CZ"}}
    made = store.post("/orders", order)
    assert made["total"] == "121.00"
    assert made["tax_lines"][0]["label"] == "DPH"


def test_a_country_without_a_rate_is_not_taxed(world: StoreWorld, store: Caller) -> None:
    world.settings.set("tax", "woocommerce_tax_based_on", "billing")
    order = {"line_items": [{"product_id": 11, "quantity": 1, "total": "100.00"}], "billing": {"country": "DE"}}
    assert store.post("/orders", order)["total"] == "100.00"


def test_a_fee_is_taxed_only_if_it_is_taxable(store: Caller) -> None:
    for status, total in (("none", "100.00"), ("taxable", "123.00")):
        fee = {"name": "Opłata", "total": "100.00", "tax_status": status}
        assert store.post("/orders", {"fee_lines": [fee]})["total"] == total


def test_a_negative_fee_takes_back_tax_whatever_its_tax_status(store: Caller) -> None:
    lines = [{"product_id": 11, "quantity": 1, "subtotal": "100.00", "total": "100.00"}]
    made = store.post(
        "/orders", {"line_items": lines, "fee_lines": [{"name": "Rabat", "total": "-10.00", "tax_status": "none"}]}
    )
    assert made["fee_lines"][0]["total_tax"] == "-2.30"
    assert made["total"] == "110.70"


def test_shipping_inherits_the_tax_class_of_the_lines(world: StoreWorld, store: Caller) -> None:
    store.put("/products/12", {"tax_class": "reduced-rate"})
    shipping = [{"method_id": "courier", "method_title": "Kurier", "total": "10.00"}]
    reduced = {"line_items": [{"product_id": 12, "quantity": 1}], "shipping_lines": shipping}
    assert store.post("/orders", reduced)["shipping_tax"] == "0.80"
    both = {**reduced, "line_items": [{"product_id": 11, "quantity": 1}, {"product_id": 12, "quantity": 1}]}
    assert store.post("/orders", both)["shipping_tax"] == "2.30"
    assert store.post("/orders", {"shipping_lines": shipping})["shipping_tax"] == "0.00"


def test_a_total_below_the_subtotal_is_a_discount(store: Caller) -> None:
    line = {"product_id": 11, "quantity": 1, "subtotal": "100.00", "total": "80.00"}
    made = store.post("/orders", {"line_items": [line]})
    assert (made["discount_total"], made["discount_tax"], made["total"]) == ("20.00", "4.60", "98.40")
