"""What happens to an order after its import: another address, more money, a cancel window, a bin."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.made_parcels import ParcelChoices
from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from tests.sync.orders.conftest import Desk

# What stands in the store does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _meta(thing: dict[str, Any]) -> dict[str, Any]:
    return {meta["key"]: meta["value"] for meta in thing["meta_data"]}


def _writes(desk: Desk) -> int:
    """How often the store was asked to change an order."""
    return sum(request.method == "PUT" and "/orders/" in request.path for request in desk.world.store.requests)


def _imported(desk: Desk, **more: Any) -> str:
    order_id = desk.buy(**more)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    return order_id


# --- addresses ------------------------------------------------------------------------------------------------------


def test_an_address_that_changes_before_the_import_is_the_one_that_is_imported(desk: Desk) -> None:
    order_id = desk.buy()
    desk.world.allegro.modify_address(order_id, street="ul. Nowa 1")
    desk.run()
    assert desk.store_order(order_id)["shipping"]["address_1"] == "ul. Nowa 1"
    assert _writes(desk) == 0


def test_an_address_that_changes_after_the_import_is_written_to_the_store_order_once(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.allegro.modify_address(order_id, street="ul. Nowa 1", city="Gdynia")
    desk.run()
    order = desk.store_order(order_id)
    assert (order["shipping"]["address_1"], order["shipping"]["city"]) == ("ul. Nowa 1", "Gdynia")
    assert order["billing"]["address_1"] == "ul. Nowa 1"
    assert order["status"] == "processing"
    writes = _writes(desk)
    desk.world.allegro.emit("BUYER_MODIFIED", order_id)
    desk.run()
    assert _writes(desk) == writes
    assert desk.alerts() == []


def test_another_pickup_point_is_written_with_its_name(desk: Desk) -> None:
    order_id = _imported(desk, delivery="pickup_point")
    desk.world.allegro.change_pickup_point(order_id, "GDA02M", street="ul. Portowa 3")
    desk.run()
    order = desk.store_order(order_id)
    assert order["shipping"]["address_1"] == "ul. Portowa 3"
    assert _meta(order)["_allegro_pickup_point_id"] == "GDA02M"


def test_an_invoices_party_is_not_moved_by_another_address_of_delivery(desk: Desk) -> None:
    order_id = _imported(desk, invoice="company")
    billed = desk.store_order(order_id)["billing"]
    desk.world.allegro.modify_address(order_id, street="ul. Nowa 1")
    desk.run()
    assert desk.store_order(order_id)["billing"] == billed


def test_an_address_that_changes_after_the_shipment_is_left_alone_with_an_alert(desk: Desk) -> None:
    order_id = _imported(desk)
    before = desk.store_order(order_id)["shipping"]
    desk.world.store.set_order_status(desk.store_order(order_id)["id"], "completed")
    desk.world.allegro.modify_address(order_id, street="ul. Nowa 1")
    desk.run()
    assert desk.store_order(order_id)["shipping"] == before
    [alert] = desk.alerts()
    assert alert.kind == "order_changed_too_late"
    assert order_id in alert.title


# --- money ----------------------------------------------------------------------------------------------------------


def test_money_that_comes_later_is_noted_on_the_one_store_order(desk: Desk) -> None:
    order_id = _imported(desk, kind="term")
    assert "_allegro_paid_at" not in _meta(desk.store_order(order_id))
    desk.world.allegro.settle_payment(order_id)
    desk.run()
    order = desk.store_order(order_id)
    assert _meta(order)["_allegro_paid_at"]
    assert Decimal(_meta(order)["_allegro_paid_amount"]) == Decimal(order["total"])
    assert desk.made([order_id]) == [1]


@pytest.mark.parametrize("status", ["processing", "completed"])
def test_a_surcharge_after_the_import_is_a_line_of_its_own_and_the_total_stays_right(desk: Desk, status: str) -> None:
    order_id = _imported(desk)
    desk.world.store.set_order_status(desk.store_order(order_id)["id"], status)
    desk.world.allegro.surcharge(order_id, Decimal("7.00"))
    desk.run()
    desk.world.allegro.emit("READY_FOR_PROCESSING", order_id)
    desk.run()
    order, form = desk.store_order(order_id), desk.world.allegro.form(order_id)
    assert Decimal(order["total"]) == Decimal(form["summary"]["totalToPay"]["amount"])
    [fee] = order["fee_lines"]
    assert Decimal(fee["total"]) + Decimal(fee["total_tax"]) == Decimal("7.00")
    assert order["status"] == status
    assert desk.alerts() == []


def test_a_surcharge_whose_answer_was_lost_is_added_once(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.allegro.surcharge(order_id, Decimal("7.00"))
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    desk.run()
    desk.world.store.faults.clear()
    desk.wait(minutes=5)
    desk.run()
    assert len(desk.store_order(order_id)["fee_lines"]) == 1


def test_two_surcharges_are_two_lines(desk: Desk) -> None:
    order_id = _imported(desk)
    for amount in ("7.00", "2.50"):
        desk.world.allegro.surcharge(order_id, Decimal(amount))
        desk.run()
    assert len(desk.store_order(order_id)["fee_lines"]) == 2
    assert desk.entry(order_id).state is LogState.IMPORTED


def test_a_surcharge_that_is_not_paid_yet_holds_the_order_until_it_is(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.allegro.surcharge(order_id, Decimal("7.00"), paid=False)
    desk.world.allegro.emit("READY_FOR_PROCESSING", order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "on-hold"
    desk.world.allegro.settle_payment(order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.alerts() == []


def test_a_refund_at_allegro_changes_nothing_and_gives_no_stock_back(desk: Desk) -> None:
    order_id = _imported(desk)
    stock, writes = desk.world.store.stock("KUB-001"), _writes(desk)
    desk.world.allegro.refund(order_id, returned=True)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.world.store.stock("KUB-001") == stock
    assert _writes(desk) == writes


# --- the cancel window of foreign buyers ------------------------------------------------------------------------------


def test_an_order_of_a_foreign_buyer_is_in_the_store_at_once_and_released_after_its_window(desk: Desk) -> None:
    desk.switch(send_customer_emails=True)
    stock = desk.world.store.stock("KUB-001") or 0
    order_id = desk.buy(marketplace="allegro-cz")
    desk.run()
    order = desk.store_order(order_id)
    assert (order["status"], order["billing"]["email"]) == ("on-hold", "")
    assert desk.world.store.stock("KUB-001") == stock - 1
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "NEW"
    desk.wait(minutes=4)
    desk.run()
    assert desk.store_order(order_id)["status"] == "on-hold"
    desk.wait(minutes=2)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "PROCESSING"
    assert desk.entry(order_id).state is LogState.IMPORTED
    buyer = desk.world.allegro.form(order_id)["buyer"]["email"]
    assert [mail.template for mail in desk.world.store.outbox if mail.to == buyer] == ["customer_processing_order"]
    assert desk.alerts() == []


def test_a_foreign_order_that_is_cancelled_in_its_window_is_never_released(desk: Desk) -> None:
    order_id = desk.buy(marketplace="allegro-sk")
    desk.run()
    desk.wait(minutes=3)
    desk.world.allegro.cancel(order_id)
    desk.wait(minutes=3)
    desk.run()
    assert desk.store_order(order_id)["status"] == "cancelled"
    assert desk.entry(order_id).state is LogState.CANCELLED


@pytest.mark.parametrize("how", ["trash", "delete"])
def test_a_foreign_order_that_is_gone_from_the_store_is_told_instead_of_released(desk: Desk, how: str) -> None:
    order_id = desk.buy(marketplace="allegro-cz")
    desk.run()
    getattr(desk.world.store, how)(desk.store_order(order_id)["id"])
    desk.wait(minutes=10)
    desk.run()
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "NEW"
    [alert] = desk.alerts()
    assert alert.kind == "order_on_hold"
    assert {"trash": "set its status to processing", "delete": "orders/reimport"}[how] in alert.remedy
    desk.ask_for(order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert "order_on_hold" not in [alert.kind for alert in desk.alerts()]


def test_a_foreign_order_whose_window_is_long_over_is_released_at_once(desk: Desk) -> None:
    desk.switch(import_orders_from=desk.world.clock.now() - timedelta(days=1))
    order_id = desk.buy(marketplace="allegro-hu", at=desk.world.clock.now() - timedelta(minutes=30))
    desk.run("orders_sweep")
    assert desk.store_order(order_id)["status"] == "processing"


# --- cancelling -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["buyer", "auto"])
@pytest.mark.parametrize("paid", [True, False])
def test_whoever_cancels_before_the_import_leaves_nothing_in_the_store(desk: Desk, by: Any, paid: bool) -> None:
    order_id = desk.buy(pay=paid)
    if not paid:
        desk.run()
    desk.world.allegro.cancel(order_id, by)
    desk.run()
    assert desk.made([order_id]) == [0]
    assert desk.entry(order_id).state is LogState.CANCELLED
    assert desk.reserved() == {}


def test_a_cancellation_after_the_parcel_was_marked_as_sent_at_allegro_is_an_alert_only_once(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.allegro.set_fulfilment(order_id, "SENT")
    desk.world.allegro.cancel(order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert [alert.kind for alert in desk.alerts()] == ["order_cancelled_too_late"]
    desk.world.allegro.emit("BUYER_CANCELLED", order_id)
    assert desk.run().done == 0


def test_a_cancellation_after_the_parcel_was_made_with_allegro_says_that_it_is_not_to_be_sent(desk: Desk) -> None:
    taken_back, other = _imported(desk), _imported(desk)
    make = desk.services.parcel_desk.make
    first, second = (make(desk.account, each, ParcelChoices(), another=False).parcel for each in (taken_back, other))
    desk.services.parcel_desk.cancel(desk.account, other, second.id)
    for order_id in (taken_back, other):
        desk.world.allegro.cancel(order_id)
    desk.run()
    assert [desk.store_order(each)["status"] for each in (taken_back, other)] == ["cancelled"] * 2
    [alert] = desk.alerts()
    assert (alert.kind, alert.subject, f"parcel {first.id}" in alert.remedy) == (
        "order_cancelled_too_late",
        taken_back,
        True,
    )


# --- the bin, and orders that are gone --------------------------------------------------------------------------------


def test_an_order_in_the_bin_is_taken_out_of_it_when_a_person_asks(desk: Desk) -> None:
    stock = desk.world.store.stock("KUB-001") or 0
    order_id = _imported(desk)
    store_order_id = desk.store_order(order_id)["id"]
    desk.world.store.trash(store_order_id)
    desk.ask_for(order_id)
    desk.run()
    assert desk.store_order(order_id)["id"] == store_order_id
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.world.store.stock("KUB-001") == stock - 1
    assert desk.entry(order_id).asked_at is None


def test_an_address_that_changes_while_the_order_is_in_the_bin_is_the_one_that_it_comes_back_with(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.store.trash(desk.store_order(order_id)["id"])
    desk.world.allegro.modify_address(order_id, street="ul. Nowa 1")
    desk.world.allegro.surcharge(order_id, Decimal("7.00"))
    desk.run()
    assert desk.store_order(order_id)["status"] == "trash"
    desk.ask_for(order_id)
    desk.run()
    desk.wait(minutes=10)
    desk.run()
    order, form = desk.store_order(order_id), desk.world.allegro.form(order_id)
    assert (order["shipping"]["address_1"], order["status"]) == ("ul. Nowa 1", "processing")
    assert Decimal(order["total"]) == Decimal(form["summary"]["totalToPay"]["amount"])
    assert desk.alerts() == []


def test_an_order_that_was_deleted_for_good_is_made_again_only_when_a_person_asks(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.store.delete(desk.store_order(order_id)["id"])
    desk.world.allegro.emit("READY_FOR_PROCESSING", order_id)
    desk.run()
    assert desk.made([order_id]) == [0]
    desk.ask_for(order_id)
    desk.run()
    assert desk.made([order_id]) == [1]
    assert desk.entry(order_id).state is LogState.IMPORTED
    [alert] = desk.alerts()
    assert alert.kind == "order_stock_taken_twice"


def test_an_order_that_lives_in_the_store_is_left_alone_however_often_it_is_asked_for(desk: Desk) -> None:
    order_id = _imported(desk)
    posts = desk.posts()
    for status in ("completed", "cancelled", "refunded"):
        desk.world.store.set_order_status(desk.store_order(order_id)["id"], status)
        desk.ask_for(order_id)
        desk.run()
        assert desk.store_order(order_id)["status"] == status
    assert desk.posts() == posts
    assert desk.entry(order_id).asked_at is None


def test_an_order_from_before_the_import_is_imported_when_a_person_asks(desk: Desk) -> None:
    order_id = desk.buy(at=desk.world.clock.now() - timedelta(days=3))
    desk.ask_for(order_id)
    desk.run()
    assert desk.made([order_id]) == [1]
    assert desk.entry(order_id).state is LogState.IMPORTED


def test_cash_on_delivery_that_became_ready_after_the_import_began_is_imported(desk: Desk) -> None:
    desk.switch(import_orders_from=desk.world.clock.now() - timedelta(days=1))
    order_id = desk.buy(kind="cod", pay=False)
    desk.run()
    desk.wait(minutes=10)
    desk.switch(import_orders_from=desk.world.clock.now())
    desk.wait(minutes=10)
    desk.world.allegro.pay(order_id)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED


def _stranger(desk: Desk, quantity: int = 2) -> str:
    offer = desk.world.allegro.add_offer("Kubek spoza sklepu", Decimal("25.00"), external_id="OBCY-1")
    return desk.world.allegro.buy(Line(offer, quantity=quantity))


def test_no_order_is_moved_through_pending(desk: Desk) -> None:
    """Pending gives the stock back for a moment, in which it can be sold again."""
    _imported(desk)
    _stranger(desk)
    desk.run()
    desk.wait(hours=7)
    desk.run()
    bodies = [str(request.body) for request in desk.world.store.requests if request.method in ("PUT", "POST")]
    assert not any("pending" in body for body in bodies)
