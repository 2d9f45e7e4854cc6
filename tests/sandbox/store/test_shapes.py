"""Answers have the keys and types of a real store's."""

from typing import Any

import pytest

from app.sandbox.store.catalogue import Product
from app.sandbox.store.deliveries import php_json
from app.sandbox.store.order_views import order_view
from app.sandbox.store.product_views import product_view
from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller
from tests.sandbox.store.recordings import names, recording, shape_differences

FULL: dict[str, Any] = {
    "status": "processing",
    "billing": {"email": "anna@example.com", "country": "PL"},
    "meta_data": [{"key": "_a", "value": "1"}],
    "line_items": [{"product_id": 11, "quantity": 1}],
    "shipping_lines": [{"method_id": "courier", "method_title": "Kurier", "total": "10.00"}],
    "fee_lines": [{"name": "Opłata", "total": "1.00"}],
}
READS = (
    ("products/get-simple", "/products/11"),
    ("products/get-on-sale", "/products/12"),
    ("products/get-variable", "/products/23"),
    ("products/get-variation", "/products/23/variations/25"),
    ("products/get-variation-via-products-endpoint", "/products/25"),
    ("products/list-variations", "/products/23/variations"),
    ("products/categories", "/products/categories"),
    ("products/attributes", "/products/attributes"),
    ("products/attribute-terms", "/products/attributes/1/terms"),
    ("orders/get", "/orders/28"),
    ("orders/list-default", "/orders"),
    ("orders/notes", "/orders/28/notes"),
    ("customers/get", "/customers/2"),
    ("customers/list", "/customers"),
    ("taxes/list", "/taxes"),
    ("taxes/classes", "/taxes/classes"),
    ("settings/groups", "/settings"),
    ("settings/get-no-stock", "/settings/products/woocommerce_notify_no_stock_amount"),
    ("data/currency-current", "/data/currencies/current"),
    ("webhooks/get", "/webhooks/1"),
)


@pytest.fixture
def furnished(store: Caller) -> Caller:
    store.put("/products/12", {"sale_price": "10.00"})
    store.post("/orders", FULL)
    store.post("/customers", {"email": "jan@example.com"})
    store.post("/webhooks", {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/x", "status": "paused"})
    store.put("/webhooks/1", {})
    return store


@pytest.mark.parametrize(("name", "path"), READS)
def test_a_read_has_the_shape_of_a_real_stores(furnished: Caller, name: str, path: str) -> None:
    theirs = recording(name)["response"]["body"]
    assert shape_differences(furnished.get(path), theirs) == []


def test_a_made_order_has_the_shape_of_a_real_stores(store: Caller) -> None:
    theirs = recording("orders/create-full")["response"]["body"]
    theirs["_links"].pop("customer")
    assert shape_differences(store.post("/orders", FULL), theirs) == []


@pytest.mark.parametrize(
    ("name", "path", "sent"),
    [
        ("products/put-stock", "/products/11", {"stock_quantity": 5}),
        ("products/put-variation-stock", "/products/23/variations/25", {"stock_quantity": 5}),
        ("batch/products-update-stock", "/products/batch", {"update": [{"id": 11, "stock_quantity": 5}]}),
        ("orders/put-completed", "/orders/28", {"status": "completed"}),
        ("orders/create-note", "/orders/28/notes", {"note": "x"}),
        ("customers/create-minimal", "/customers", {"email": "e@example.com"}),
        (
            "webhooks/create-order-created",
            "/webhooks",
            {"topic": "order.created", "delivery_url": "http://127.0.0.1:9/x", "status": "paused"},
        ),
    ],
)
def test_a_write_answers_in_the_shape_of_a_real_stores(furnished: Caller, name: str, path: str, sent: Any) -> None:
    exchange = recording(name)
    method = exchange["request"]["line"].split()[0]
    answer = furnished.send(method, path, sent)
    assert answer.status_code == exchange["response"]["status"]
    theirs = exchange["response"]["body"]
    if name == "orders/put-completed":
        theirs["_links"].pop("customer")
    assert shape_differences(answer.json(), theirs) == []


_OTHER_WORLD = ("currency", "auth-", "sku", "trashed", "dup-", "webhook-delete", "-of-a-post", "deleted")


@pytest.mark.parametrize("name", [n for n in names("errors/*") if not any(part in n for part in _OTHER_WORLD)])
def test_an_error_reads_as_a_real_stores(store: Caller, name: str) -> None:
    """Those that depend on the goods of the recorded store have tests of their own."""
    exchange = recording(name)
    method, target, _ = exchange["request"]["line"].split()
    body = exchange["request"]["body"]
    sent = body.encode() if isinstance(body, str) else None
    auth = (store.world.key, store.world.secret)
    answer = store.raw(method, target, auth=auth, **({"content": sent} if sent else {"json": body}))
    assert answer.status_code == exchange["response"]["status"]
    if answer.status_code >= 400:
        assert answer.json() == exchange["response"]["body"]


@pytest.mark.parametrize("kind", ["order-created-by-rest-order", "product-updated-by-rest-order-14"])
def test_a_webhook_brings_the_shape_that_a_real_store_sends(world: StoreWorld, store: Caller, kind: str) -> None:
    theirs = recording(f"webhooks/delivery-{kind}")["delivery"]["body"]
    order = world.shop.orders[store.post("/orders", FULL)["id"]]
    product: Product = world.shop.catalogue.products[11]
    ours = order_view(order, world.shop, "") if "order-c" in kind else product_view(product, world.shop.catalogue, "")
    theirs["_links"].pop("customer", None)
    assert shape_differences(ours, theirs) == []


def test_json_is_written_as_php_writes_it() -> None:
    raw = recording("webhooks/delivery-order-created-by-rest-order")["delivery"]
    assert php_json(raw["body"]).decode() == raw["raw_body"]
