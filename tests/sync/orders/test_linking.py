"""Lines without a product: imported, on hold; put right by themselves once the store has the product."""

from decimal import Decimal

import pytest

from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from tests.sync.orders.conftest import Desk

# What stands in the store does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_TITLE = "Kubek spoza sklepu"


def _stranger(desk: Desk, *, title: str = _TITLE, sku: str | None = "OBCY-1", quantity: int = 2) -> str:
    """A purchase of an offer whose SKU no product of the store has, worked off."""
    offer = desk.world.allegro.add_offer(title, Decimal("25.00"), external_id=sku)
    order_id = desk.world.allegro.buy(Line(offer, quantity=quantity))
    desk.run()
    return order_id


def _rename(desk: Desk, of: str, **values: str) -> None:
    """A person gives a product another SKU or title in the panel."""
    product = desk.world.store.shop.catalogue.products[desk.world.store.product(of)["id"]]
    for name, value in values.items():
        setattr(product, name, value)


def _right(desk: Desk, order_id: str) -> None:
    """The order has its product, its total and its status, and its pieces are out of stock."""
    order, form = desk.store_order(order_id), desk.world.allegro.form(order_id)
    assert Decimal(order["total"]) == Decimal(form["summary"]["totalToPay"]["amount"])
    assert order["status"] == "processing"
    assert all(line["product_id"] for line in order["line_items"])
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.reserved() == {}
    assert desk.alerts() == []


def test_a_line_without_a_product_holds_its_pieces_back_until_the_product_is_there(desk: Desk) -> None:
    stock = desk.world.store.stock("KUB-001") or 0
    order_id = _stranger(desk)
    assert desk.store_order(order_id)["status"] == "on-hold"
    assert list(desk.reserved().values()) == [2]
    _rename(desk, "KUB-001", sku="OBCY-1")
    desk.wait(minutes=10)
    desk.run()
    _right(desk, order_id)
    assert desk.world.store.stock("OBCY-1") == stock - 2
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "PROCESSING"


def test_delivery_is_taxed_like_the_product_that_was_found(desk: Desk) -> None:
    order_id = _stranger(desk)
    _rename(desk, "KUB-001", sku="OBCY-1", tax_class="reduced-rate")
    desk.wait(minutes=10)
    desk.run()
    _right(desk, order_id)


def test_cancelling_after_the_product_was_found_gives_the_pieces_back_once(desk: Desk) -> None:
    stock = desk.world.store.stock("KUB-001") or 0
    order_id = _stranger(desk)
    _rename(desk, "KUB-001", sku="OBCY-1")
    desk.wait(minutes=10)
    desk.run()
    desk.world.allegro.cancel(order_id)
    desk.run()
    assert desk.world.store.stock("OBCY-1") == stock
    assert desk.reserved() == {}


def test_an_order_released_by_a_person_gets_its_product_later_all_the_same(desk: Desk) -> None:
    stock = desk.world.store.stock("KUB-001") or 0
    order_id = _stranger(desk)
    desk.world.store.set_order_status(desk.store_order(order_id)["id"], "processing")
    desk.wait(minutes=10)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert list(desk.reserved().values()) == [2]
    _rename(desk, "KUB-001", sku="OBCY-1")
    desk.wait(hours=7)
    desk.run()
    _right(desk, order_id)
    assert desk.world.store.stock("OBCY-1") == stock - 2


def test_a_person_who_puts_the_product_on_the_order_by_hand_has_minded_the_stock(desk: Desk) -> None:
    order_id = _stranger(desk)
    order = desk.store_order(order_id)
    [line] = order["line_items"]
    product = desk.world.store.product("KUB-001")["id"]
    desk.world.store.edit_order(
        order["id"],
        line_items=[
            {"id": line["id"], "quantity": 0},
            {"product_id": product, "quantity": 2, "total": line["total"], "subtotal": line["total"]},
        ],
    )
    desk.world.store.set_order_status(order["id"], "processing")
    desk.wait(minutes=10)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.reserved() == {}


@pytest.mark.parametrize("status", ["cancelled", "refunded"])
def test_a_person_who_ends_an_order_that_waited_ends_its_alert_and_frees_its_pieces(desk: Desk, status: str) -> None:
    order_id = _stranger(desk)
    desk.world.store.set_order_status(desk.store_order(order_id)["id"], status)
    desk.wait(minutes=10)
    desk.run()
    assert desk.store_order(order_id)["status"] == status
    assert desk.reserved() == {}
    assert desk.alerts() == []


def test_an_old_store_that_takes_no_stock_for_it_is_told_of_and_the_pieces_stay_held_back(desk: Desk) -> None:
    desk.world.store.adjusts_stock_of_edited_lines = False
    order_id = _stranger(desk)
    _rename(desk, "KUB-001", sku="OBCY-1")
    desk.wait(minutes=10)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    [alert] = desk.alerts()
    assert alert.kind == "order_stock_not_taken"
    assert list(desk.reserved().values()) == [2]
    desk.resolve(alert)
    desk.wait(hours=7)
    desk.run()
    assert desk.reserved() == {}


@pytest.mark.parametrize(
    ("title", "named", "is_found"),
    [
        (_TITLE, _TITLE, True),
        ("kubek  SPOZA sklepu", _TITLE, True),
        ("Kubek & spodek", "Kubek & spodek", True),  # which the store writes as HTML does
        ("Kubek spoza", _TITLE, False),
        ("Kubek spoza sklepu czerwony", _TITLE, False),
    ],
)
def test_a_title_finds_the_product_of_exactly_that_title(desk: Desk, title: str, named: str, is_found: bool) -> None:
    desk.switch(match_items_by_title=True)
    _rename(desk, "KUB-001", name=named)
    order_id = _stranger(desk, title=title, sku=None)
    [line] = desk.store_order(order_id)["line_items"]
    assert (line["product_id"] > 0) is is_found
    assert desk.entry(order_id).state is (LogState.IMPORTED if is_found else LogState.ON_HOLD)


def test_a_title_that_two_products_have_is_never_guessed_between(desk: Desk) -> None:
    desk.switch(match_items_by_title=True)
    for sku in ("KUB-001", "KUB-002"):
        _rename(desk, sku, name=_TITLE)
    order_id = _stranger(desk)
    assert desk.store_order(order_id)["status"] == "on-hold"
    assert "2 products" in desk.entry(order_id).reason


def test_titles_are_not_matched_unless_the_seller_wants_it(desk: Desk) -> None:
    _rename(desk, "KUB-001", name=_TITLE)
    order_id = _stranger(desk)
    assert desk.entry(order_id).state is LogState.ON_HOLD


def test_a_line_whose_sku_is_known_never_asks_for_its_title(desk: Desk) -> None:
    desk.switch(match_items_by_title=True)
    _rename(desk, "KUB-002", name=desk.world.store.product("KUB-001")["name"])
    order_id = desk.buy("KUB-001")
    desk.run()
    [line] = desk.store_order(order_id)["line_items"]
    assert line["sku"] == "KUB-001"
