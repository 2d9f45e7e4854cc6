"""The last piece sold on both sides is told of at once, with everybody who wants it."""

import pytest

from tests.sync.orders.conftest import Desk

# What stands in the store does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _left(desk: Desk, sku: str, pieces: int, **more: str) -> None:
    product = desk.world.store.shop.catalogue.products[desk.world.store.product(sku)["id"]]
    product.stock_quantity = pieces
    for name, value in more.items():
        setattr(product, name, value)


def _looks(desk: Desk) -> int:
    return sum("product" in request.query for request in desk.world.store.requests)


def test_the_last_piece_sold_twice_is_an_alert_that_names_both_orders(desk: Desk) -> None:
    _left(desk, "KUB-001", 1)
    in_shop = desk.world.store.sell("KUB-001", 1)
    order_id = desk.buy("KUB-001")
    desk.run()
    [alert] = desk.alerts()
    assert alert.kind == "oversold"
    assert "KUB-001" in alert.title
    assert str(in_shop) in alert.title
    assert str(desk.store_order(order_id)["id"]) in alert.title


def test_two_buyers_of_one_run_who_want_the_last_piece_are_both_named(desk: Desk) -> None:
    _left(desk, "KUB-001", 1)
    orders = [desk.buy("KUB-001"), desk.buy("KUB-001")]
    desk.run()
    [alert] = desk.alerts()
    assert all(str(desk.store_order(order_id)["id"]) in alert.title for order_id in orders)


def test_the_alert_goes_when_there_is_enough_again(desk: Desk) -> None:
    _left(desk, "KUB-001", 0)
    desk.buy("KUB-001")
    desk.run()
    desk.run("orders_sweep")
    assert [alert.kind for alert in desk.alerts()] == ["oversold"]
    _left(desk, "KUB-001", 3)
    desk.run("orders_sweep")
    assert desk.alerts() == []


def test_nothing_is_asked_or_told_while_there_is_enough_or_less_is_meant(desk: Desk) -> None:
    _left(desk, "KUB-001", 2)
    _left(desk, "KUB-002", 0, backorders="notify")
    for sku in ("KUB-001", "KUB-001", "KUB-002"):
        desk.buy(sku)
    desk.run()
    assert desk.alerts() == []
    assert _looks(desk) == 0
