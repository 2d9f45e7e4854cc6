"""Purchases paid together: new order id, the same lines; one store order, and no piece counted twice."""

import pytest

from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from tests.sync.orders.conftest import Desk

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_SKUS = ("KUB-001", "KUB-002", "KUB-003")


def _bought(desk: Desk) -> list[str]:
    """Three purchases of one buyer, unpaid."""
    return [desk.buy(sku, quantity=number + 1, pay=False, buyer="ten-sam") for number, sku in enumerate(_SKUS)]


def _pieces(desk: Desk) -> dict[str, int]:
    """How many pieces of each SKU are gone: taken by the store, or held back for Allegro's buyers."""
    reserved = desk.reserved()
    return {
        sku: (desk.stocked[sku] - (desk.world.store.stock(sku) or 0))
        + reserved.get(desk.world.allegro.offer_id(sku), 0)
        for sku in _SKUS
    }


_SOLD = {"KUB-001": 1, "KUB-002": 2, "KUB-003": 3}


def test_purchases_paid_together_are_one_store_order_and_every_piece_counts_once_at_every_moment(desk: Desk) -> None:
    former = _bought(desk)
    desk.run()
    assert _pieces(desk) == _SOLD
    merged = desk.world.allegro.merge(former, pay=False)
    desk.run()
    assert _pieces(desk) == _SOLD
    desk.world.allegro.pay(merged)
    desk.run()
    assert _pieces(desk) == _SOLD
    assert desk.reserved() == {}
    assert desk.made([*former, merged]) == [0, 0, 0, 1]
    for order_id in former:
        entry = desk.entry(order_id)
        assert (entry.state, entry.superseded_by) == (LogState.SUPERSEDED, merged)
    assert desk.alerts() == []


def test_a_former_order_that_is_told_of_after_the_new_one_gives_way(desk: Desk) -> None:
    former = _bought(desk)
    merged = desk.world.allegro.merge(former)
    for order_id in former:
        desk.log(order_id)  # as if only now heard of
    desk.run()
    desk.wait(minutes=5)
    desk.run()
    assert desk.made([*former, merged]) == [0, 0, 0, 1]
    assert _pieces(desk) == _SOLD


def test_while_allegro_shows_both_the_order_that_is_ready_has_the_lines(desk: Desk) -> None:
    first = desk.buy("KUB-001", pay=False, buyer="ten-sam")
    desk.run()
    shown = desk.world.allegro.forms[first]
    merged = desk.world.allegro.merge([first])
    desk.world.allegro.forms[first] = shown  # a copy of Allegro's that has not caught up
    desk.run()
    desk.world.allegro.emit("FILLED_IN", first)
    desk.run()
    assert desk.entry(first).superseded_by == merged
    assert desk.made([first, merged]) == [0, 1]
    assert desk.reserved() == {}


def test_a_former_order_that_was_imported_is_cancelled_after_the_new_one_is_there(desk: Desk) -> None:
    stock = desk.world.store.stock("KUB-001") or 0
    first = desk.buy("KUB-001", quantity=2, buyer="ten-sam")
    desk.run()
    other = desk.buy("KUB-002", pay=False, buyer="ten-sam")
    desk.run()
    merged = desk.world.allegro.merge([first, other])
    desk.run()
    desk.wait(minutes=2)
    desk.run()
    [former], [made] = desk.world.store.orders_for(first), desk.world.store.orders_for(merged)
    assert (former["status"], made["status"]) == ("cancelled", "processing")
    assert former["id"] < made["id"]
    assert desk.world.store.stock("KUB-001") == stock - 2
    assert desk.reserved() == {}
    assert desk.entry(first).state is LogState.SUPERSEDED


def test_two_lines_of_one_offer_stay_two_lines(desk: Desk) -> None:
    offer = desk.world.allegro.offer_id("KUB-001")
    stock = desk.world.store.stock("KUB-001") or 0
    order_id = desk.world.allegro.buy(Line(offer, quantity=1), Line(offer, quantity=2))
    desk.run()
    assert [line["quantity"] for line in desk.store_order(order_id)["line_items"]] == [1, 2]
    assert desk.world.store.stock("KUB-001") == stock - 3
