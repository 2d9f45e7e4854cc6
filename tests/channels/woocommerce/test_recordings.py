"""What a real store was recorded to say is understood. The recordings lie beside the checkout, where they are there."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.channels.calls import Reply
from app.channels.errors import AuthRequired, ChannelError, Misconfigured, NotFound, Rejected
from app.channels.reading import Json
from app.channels.woocommerce.translate import customer_from, order_from, taxes_from, webhook_from
from app.channels.woocommerce.translate_listing import (
    attribute_from,
    category_from,
    listed_from,
    listed_variation,
    term_from,
    variations_in,
    weight_unit_from,
)
from app.channels.woocommerce.translate_products import (
    goods_from,
    prices_refused,
    product_from,
    stock_settings_from,
    variation_of,
)
from app.channels.woocommerce.webhooks import hint_from, is_ping, signature_matches
from app.channels.woocommerce.wire import read, refusal
from app.domain.products import Backorders, PriceField, PriceWrite, StockKeeper, StockSettings

RECORDINGS = Path(__file__).parents[4] / "shared" / "woocommerce" / "recordings"

pytestmark = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the recordings are not beside this checkout")


def recorded(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((RECORDINGS / f"{name}.json").read_text())
    return data


def body_of(name: str) -> Any:
    return recorded(name)["response"]["body"]


@pytest.mark.parametrize(
    "name",
    [
        "create-full",
        "create-eur",
        "create-no-lines",
        "create-set-paid",
        "get",
        "get-dp4",
        "get-trashed",
        "put-cancelled",
    ],
)
def test_recorded_orders_are_understood(name: str) -> None:
    body = body_of(f"orders/{name}")
    order = order_from(read(body, "the recording"))
    assert order.id == body["id"]
    assert str(order.total) == body["total"]
    assert order.status == body["status"]


def test_recorded_lists_are_understood() -> None:
    rows = read(body_of("orders/list-status-any"), "the recording").items()
    assert len({order_from(row).id for row in rows}) == len(rows) > 1
    found = [product_from(row) for row in read(body_of("products/list-by-skus-with-variation"), "x").items()]
    assert {(each.sku, bool(each.variation_id)) for each in found} == {("BENCH-VAR-CM", True), ("BENCH-002", False)}
    assert all(webhook_from(row).delivery_url for row in read(body_of("webhooks/list"), "x").items())


def test_recorded_customers_are_understood() -> None:
    listed = read(body_of("customers/list-by-email"), "the recording").items()
    for row in (read(body_of("customers/create"), "the recording"), *listed):
        customer = customer_from(row)
        assert (customer.id, customer.email, customer.username) == (2, "jan.kowalski@example.com", "jan.kowalski")
        assert customer.buyer_id == ""
        assert customer.created_at == datetime(2026, 11, 22, 0, 45, 3, tzinfo=UTC)


def test_what_became_of_each_item_of_a_recorded_batch_is_understood() -> None:
    kept = {11: "19.99", 12: "22.98", 13: "1", 34: "1", 999999: "1", 40: "5.00"}
    writes = [PriceWrite(own_id, 0, PriceField.REGULAR, Decimal(price)) for own_id, price in kept.items()]
    refused = prices_refused(writes, read(body_of("batch/products-partial-failure"), "the recording"))
    assert refused.keys() == {12, 13, 34, 999999, 40}
    assert refused[12] == "The store was given 22.98 as regular price and kept 22.99."
    assert refused[999999] == "The store refuses the price: Invalid ID (woocommerce_rest_product_invalid_id)."
    assert refused[40] == "The store did not answer for it."


def test_recorded_taxes_are_understood() -> None:
    rates = read(body_of("taxes/list"), "x").items()
    taxes = taxes_from(body_of("settings/general"), body_of("settings/tax"), rates)
    assert [(rate.tax_class, int(rate.percent)) for rate in taxes.rates] == [
        ("standard", 23),
        ("reduced-rate", 8),
        ("zero-rate", 0),
    ]
    assert (taxes.based_on, taxes.shipping_tax_class, taxes.decimals) == ("base", "inherit", 2)
    assert taxes.prices_include_tax


@pytest.mark.parametrize(
    ("name", "error", "permission"),
    [
        ("auth-bad-key", AuthRequired, ""),
        ("auth-bad-secret", AuthRequired, ""),
        ("auth-read-key-writes", AuthRequired, "write"),
        ("auth-write-key-reads", AuthRequired, "read"),
        ("create-order-bad-email", Rejected, ""),
        ("create-order-bad-quantity", Rejected, ""),
        ("get-order-404", NotFound, ""),
        ("put-order-404", NotFound, ""),
        ("customer-dup-email", Rejected, ""),
        ("customer-dup-username", Rejected, ""),
        ("no-route", Misconfigured, ""),
    ],
)
def test_recorded_refusals_are_understood(name: str, error: type[ChannelError], permission: str) -> None:
    response = recorded(f"errors/{name}")["response"]
    found = refusal(Reply(response["status"], {}, "", response["body"], True, ""), what="trying")
    assert type(found) is error
    assert getattr(found, "permission", "") == permission


@pytest.mark.parametrize("name", ["product-updated-variation-34", "order-deleted", "order-created-by-rest-order"])
def test_recorded_deliveries_are_believed_and_understood(name: str) -> None:
    recording = recorded(f"webhooks/delivery-{name}")
    delivery = recording["delivery"]
    headers, body = dict(delivery["headers"]), delivery["raw_body"].encode()
    assert signature_matches((recording["secret"],), body, headers["X-WC-Webhook-Signature"])
    hint = hint_from(headers, body, received_at=datetime.now(UTC))
    assert hint.topic == headers["X-WC-Webhook-Topic"]
    assert hint.resource_id == delivery["body"]["id"]


def test_the_recorded_ping_is_recognised() -> None:
    delivery = recorded("webhooks/delivery-ping")["delivery"]
    assert is_ping(dict(delivery["headers"]), delivery["raw_body"].encode())


def test_recorded_goods_are_understood() -> None:
    parent = goods_from(read(body_of("products/get-variable"), "x"))
    listed = [
        variation_of(goods_from(row), 33, parent) for row in read(body_of("products/list-variations"), "x").items()
    ]
    single = goods_from(read(body_of("products/get-variation-via-products-endpoint"), "x"))
    assert {(each.keeper, each.stock, each.backorders) for each in listed} == {(StockKeeper.OWN, 7, Backorders.REFUSED)}
    # In one place WooCommerce tells the whole name, in the other the options.
    assert variation_of(single, 33, parent) == next(each for each in listed if each.id == single.id)
    assert goods_from(read(body_of("products/get-no-managed-stock"), "x")).keeper is StockKeeper.NOBODY
    assert stock_settings_from(body_of("settings/products")) == StockSettings(True, 0, 60)


def test_recorded_goods_are_understood_as_offers_need_them() -> None:
    simple = read(body_of("products/get-simple"), "x")
    mug = listed_from(goods_from(simple), simple, {})
    assert (mug.name, mug.weight, mug.category_ids, mug.images) == ('Kubek "Żółta łódź" 330 ml', "0.35", (16,), ())
    assert (mug.description, mug.short_description) == (f"<p>Opis produktu {mug.name}.</p>", "<p>Krótki opis</p>")
    row = read(body_of("products/get-variable"), "x")
    parent = listed_from(goods_from(row), row, {})
    assert parent.attributes == {"pa_color": ("Czarny", "Zielony"), "pa_size": ("L", "M")}
    assert variations_in(row) == (34, 35, 36, 37)
    for each in read(body_of("products/list-variations"), "x").items():
        own = variation_of(goods_from(each), 33, goods_from(row))
        listed = listed_variation(own, each, parent, row, {})
        assert listed.category_ids == (17,)
        assert ", ".join(options[0] for options in listed.attributes.values()) == each.text("name")


def test_recorded_terms_are_understood() -> None:
    def rows(name: str) -> list[Json]:
        return read(body_of(f"products/{name}"), "x").items()

    categories = [category_from(row) for row in rows("categories")]
    assert [(each.id, each.name, each.parent_id) for each in categories][:2] == [(17, "Koszulki", 0), (16, "Kubki", 0)]
    assert [attribute_from(row).slug for row in rows("attributes")] == ["pa_color", "pa_size"]
    assert [term_from(row) for row in rows("attribute-terms")] == ["Biały", "Czarny", "Zielony"]
    assert weight_unit_from(body_of("settings/products")) == "kg"
