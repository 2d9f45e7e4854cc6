"""The store's messages in our words, and our orders in the store's."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.channels.errors import Unreadable
from app.channels.woocommerce.translate import (
    customer_from,
    order_from,
    order_to,
    taxes_from,
    webhook_from,
)
from app.channels.woocommerce.translate_products import product_from
from app.channels.woocommerce.wire import read
from tests.channels.woocommerce.messages import GENERAL, TAX, draft, order, rate


def test_the_body_of_an_order() -> None:
    body = order_to(draft())
    assert body["transaction_id"] == "form-1"
    assert body["created_via"] == "allegro"
    assert body["set_paid"] is True
    assert body["meta_data"] == [
        {"key": "_allegro_checkout_form_id", "value": "form-1"},
        {"key": "_allegro_buyer_login", "value": "jan"},
    ]
    assert body["shipping_lines"] == [{"method_id": "allegro", "method_title": "Kurier", "total": "8.13"}]
    mapped = order_to(draft(shipping_method="flat_rate", shipping_instance=3))["shipping_lines"]
    assert mapped == [{"method_id": "flat_rate", "instance_id": "3", "method_title": "Kurier", "total": "8.13"}]
    assert body["fee_lines"] == [{"name": "Rounding", "total": "0.01", "tax_status": "none"}]
    assert body["billing"]["company"] == "Udix"
    assert body["shipping"]["address_1"] == "Grunwaldzka 2"
    variation, simple, unknown = body["line_items"]
    assert (variation["product_id"], variation["variation_id"], variation["quantity"]) == (33, 34, 2)
    assert (variation["subtotal"], variation["total"]) == ("46.12", "46.12")
    assert variation["meta_data"] == [
        {"key": "_allegro_line_id", "value": "line-1"},
        {"key": "_allegro_offer_id", "value": "offer-1"},
    ]
    assert "name" not in variation
    assert "variation_id" not in simple
    assert simple["total"] == "8.12195122"
    assert (unknown["name"], unknown["total"]) == ("Nieznane", "10")
    assert "product_id" not in unknown


def test_what_a_voucher_took_off_shows_as_a_discount() -> None:
    cheaper = replace(draft().lines[0], net_subtotal=Decimal("54.25"))
    (line,) = order_to(draft(lines=(cheaper,)))["line_items"]
    assert (line["subtotal"], line["total"]) == ("54.25", "46.12")


def test_the_allegro_id_is_sent_also_when_the_draft_forgot_it() -> None:
    assert order_to(draft(meta=()))["meta_data"] == [{"key": "_allegro_checkout_form_id", "value": "form-1"}]


def test_an_empty_e_mail_is_left_out() -> None:
    assert "email" not in order_to(draft())["billing"]
    assert order_to(draft(billing_email="a@b.pl"))["billing"]["email"] == "a@b.pl"


def test_an_order_of_a_customer_names_it_and_never_leaves_the_e_mail_to_the_store() -> None:
    assert "customer_id" not in order_to(draft())
    silent, mailed = order_to(draft(customer_id=7)), order_to(draft(customer_id=7, billing_email="a@b.pl"))
    assert silent["customer_id"] == mailed["customer_id"] == 7
    assert silent["billing"]["email"] == "nobody@allegro-buyer.invalid"
    assert mailed["billing"]["email"] == "a@b.pl"


@pytest.mark.parametrize(
    ("meta", "buyer_id"),
    [
        ({"meta_data": [{"id": 1, "key": "_allegro_buyer_id", "value": "23"}]}, "23"),
        ({"meta_data": []}, ""),
        ({}, None),  # what the key of a shop manager is shown
    ],
)
def test_a_mark_that_is_not_shown_is_unknown_and_not_missing(meta: dict[str, Any], buyer_id: str | None) -> None:
    assert customer_from(read({"id": 5, "username": "x", **meta}, "x")).buyer_id == buyer_id


def test_without_delivery_there_is_no_shipping_line() -> None:
    assert "shipping_lines" not in order_to(draft(shipping_net=None))


LINE = {
    "id": 19,
    "product_id": 33,
    "variation_id": 34,
    "quantity": 2,
    "total": "46.12",
    "meta_data": [{"key": "_reduced_stock", "value": 2}, {"key": "_allegro_line_id", "value": "line-1"}],
}


def test_an_order_of_ours_is_read_with_its_lines() -> None:
    made = order_from(read(order(50, allegro_order_id="form-1", line_items=[LINE]), "x"))
    assert (made.id, made.status, made.allegro_order_id) == (50, "processing", "form-1")
    assert made.created_at is not None
    (line,) = made.lines
    assert (line.product_id, line.variation_id, line.quantity, line.total) == (33, 34, 2, Decimal("46.12"))
    assert line.allegro_line_id == "line-1"


def test_half_a_metre_in_somebody_elses_order_does_not_stand_in_the_way() -> None:
    made = order_from(read(order(50, line_items=[{**LINE, "quantity": Decimal("0.5")}]), "x"))
    assert (made.allegro_order_id, made.lines) == ("", ())


@pytest.mark.parametrize("field", ["id", "quantity", "total"])
def test_a_line_of_ours_is_read_strictly(field: str) -> None:
    with pytest.raises(Unreadable, match=rf"Store order 50 cannot be read: line_items\[0\]\.{field}"):
        order_from(read(order(50, allegro_order_id="form-1", line_items=[{**LINE, field: None}]), "x"))


@pytest.mark.parametrize("total", [None, "", "abc", [], True])
def test_a_total_that_cannot_be_read_is_unknown_not_zero(total: Any) -> None:
    assert order_from(read(order(50, total=total), "x")).total is None


@pytest.mark.parametrize("change", [{"id": None}, {"id": "x"}, {"status": ""}, {"status": None}])
def test_an_order_without_id_or_status_is_unreadable(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        order_from(read({**order(50), **change}, "x"))


def test_a_variation_names_its_parent() -> None:
    row = {"id": 34, "parent_id": 33, "type": "variation", "sku": "B-M", "tax_class": "", "tax_status": "taxable"}
    product = product_from(read(row, "x"))
    assert (product.product_id, product.variation_id, product.taxable) == (33, 34, True)
    with pytest.raises(Unreadable, match="parent_id"):
        product_from(read({**row, "parent_id": None}, "x"))


@pytest.mark.parametrize(
    ("status", "taxed"),
    [("taxable", (True, False)), ("none", (False, False)), ("shipping", (False, True)), (None, (False, False))],
)
def test_a_product_is_taxed_only_where_it_says_so(status: Any, taxed: tuple[bool, bool]) -> None:
    product = product_from(read({"id": 1, "type": "simple", "tax_status": status}, "x"))
    assert (product.taxable, product.only_delivery_taxed) == taxed


def test_the_shops_own_address_is_read_whole() -> None:
    place = {"default_country": "US:CA", "store_postcode": "90001", "store_city": "Los Angeles"}
    rows = [row for row in GENERAL if row["id"] != "woocommerce_default_country"]
    rows += [{"id": f"woocommerce_{name}", "value": value} for name, value in place.items()]
    taxes = taxes_from(rows, TAX, [])
    found = (taxes.base_country, taxes.base_state, taxes.base_postcode, taxes.base_city)
    assert found == ("US", "CA", "90001", "Los Angeles")


def test_places_of_a_tax_rate_in_both_spellings() -> None:
    new, old = rate(1, postcodes=["00-001", "00-002"]), rate(2, postcode="00-001;00-002", postcodes=None)
    taxes = taxes_from(GENERAL, TAX, [read(new, "x"), read(old, "x")])
    assert taxes.rates[0].postcodes == taxes.rates[1].postcodes == ("00-001", "00-002")


@pytest.mark.parametrize("change", [{"rate": ""}, {"rate": None}, {"priority": None}, {"id": None}])
def test_a_tax_rate_is_read_strictly(change: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        taxes_from(GENERAL, TAX, [read(rate(1, **change) if "id" not in change else {**rate(1), **change}, "x")])


def test_a_base_with_a_state_is_taken_apart() -> None:
    general = [{**row, "value": "US:CA"} if row["id"] == "woocommerce_default_country" else row for row in GENERAL]
    taxes = taxes_from(general, TAX, [])
    assert (taxes.base_country, taxes.base_state) == ("US", "CA")


@pytest.mark.parametrize(("said", "include"), [("yes", True), ("no", False), ("", None), ("maybe", None), (1, None)])
def test_whether_prices_are_entered_with_tax_is_never_guessed(said: Any, include: bool | None) -> None:
    tax = [{**row, "value": said} if row["id"] == "woocommerce_prices_include_tax" else row for row in TAX]
    if include is None:
        with pytest.raises(Unreadable, match="woocommerce_prices_include_tax"):
            taxes_from(GENERAL, tax, [])
    else:
        assert taxes_from(GENERAL, tax, []).prices_include_tax is include


def test_a_webhook_without_a_topic_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="topic"):
        webhook_from(read({"id": 1, "status": "active"}, "x"))
