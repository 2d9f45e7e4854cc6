"""The store's shipping methods that stand for Allegro's, over the API and on the store order."""

import pytest
from fastapi.testclient import TestClient

from app.sandbox.allegro.forms import Line
from app.sandbox.world import Sandbox
from tests.api.answers import good, problem, refused_fields

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_METHOD = {"allegro_method": "Allegro Kurier DPD", "method_id": "flat_rate", "instance_id": 3, "title": "Kurier"}


def test_what_cannot_be_a_shipping_method_is_refused_by_name(api: TestClient, account: int) -> None:
    path = f"accounts/{account}/settings"
    for value, to_blame in (
        (None, "shipping_methods"),
        ({}, "shipping_methods"),
        ([_METHOD, {**_METHOD, "allegro_method": "allegro kurier  DPD"}], "shipping_methods"),
        ([{**_METHOD, "allegro_method": " "}], "shipping_methods.0.allegro_method"),
        ([{**_METHOD, "method_id": "flat_rate:3"}], "shipping_methods.0.method_id"),
        ([_METHOD, {**_METHOD, "instance_id": "3"}], "shipping_methods.1.instance_id"),
        ([{**_METHOD, "instance_id": 0}], "shipping_methods.0.instance_id"),
        ([{**_METHOD, "title": "x" * 201}], "shipping_methods.0.title"),
        ([{**_METHOD, "zone": 1}], "shipping_methods.0.zone"),
    ):
        assert refused_fields(api.patch(path, json={"shipping_methods": value})) == {to_blame}
    assert good(api.get(path))["shipping_methods"] == []


def test_delivery_methods_are_read_once_a_day_and_named(api: TestClient, account: int, world: Sandbox) -> None:
    path = f"accounts/{account}/delivery-methods"
    methods = good(api.get(path))["items"]
    assert "Allegro Kurier DPD" in [each["name"] for each in methods]
    assert all(each["id"] for each in methods)
    for seconds, reads in ((3600, 1), (24 * 3600, 2)):
        world.clock.advance(seconds)
        assert good(api.get(path))["items"] == methods
        assert world.allegro.calls["GET /sale/delivery-methods"] == reads
    problem(api.get("accounts/77/delivery-methods"), 404)


def test_a_store_order_has_the_shipping_method_that_its_delivery_is_mapped_to(
    api: TestClient, account: int, world: Sandbox
) -> None:
    change = {"import_orders": True, "shipping_methods": [_METHOD]}
    assert good(api.patch(f"accounts/{account}/settings", json=change))["shipping_methods"] == [_METHOD]
    order_id = world.allegro.buy(Line(world.allegro.offer_id("KUB-001")))
    good(api.post("jobs/orders/run", json={"account_id": account, "wait": True}))
    [order] = world.store.orders_for(order_id)
    [line] = order["shipping_lines"]
    assert (line["method_id"], line["instance_id"], line["method_title"]) == ("flat_rate", "3", "Kurier")
