"""Changes after the import that are cut off, lost, or come at an odd moment."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete

from app.db import accounts
from app.db.models import JournalRow, OrderAttemptRow, OrderLogRow
from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from tests.sync.orders.conftest import Desk

# What is cut off is committed or not; the journeys and the tests of races ask both databases.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _imported(desk: Desk, **more: Any) -> str:
    order_id = desk.buy(**more)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    return order_id


def _stranger(desk: Desk) -> str:
    """An imported order whose line has no product in the store."""
    offer = desk.world.allegro.add_offer("Kubek spoza sklepu", Decimal("25.00"), external_id="OBCY-1")
    order_id = desk.world.allegro.buy(Line(offer, quantity=2))
    desk.run()
    assert desk.entry(order_id).state is LogState.ON_HOLD
    return order_id


def _put_product(desk: Desk) -> None:
    """The store gets the product of `_stranger`."""
    catalogue = desk.world.store.shop.catalogue
    catalogue.products[desk.world.store.product("KUB-001")["id"]].sku = "OBCY-1"


def _due(desk: Desk, order_id: str) -> Decimal:
    return Decimal(desk.world.allegro.form(order_id)["summary"]["totalToPay"]["amount"])


def _total(desk: Desk, order_id: str) -> Decimal:
    return Decimal(desk.store_order(order_id)["total"])


def _meta(order: dict[str, Any]) -> dict[str, Any]:
    return {meta["key"]: meta["value"] for meta in order["meta_data"]}


def _set_shadow(desk: Desk, shadow: bool) -> None:
    with desk.services.database.transaction() as session:
        accounts.update(session, desk.account, {"shadow": shadow})


def _forget_everything(desk: Desk) -> None:
    """As after an old backup was put back."""
    with desk.services.database.transaction() as session:
        for table in (OrderLogRow, OrderAttemptRow, JournalRow):
            session.execute(delete(table))


# --- lost answers -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fault", "skip"), [("drop", 1), ("order_change_then_drop", 1)])
def test_a_surcharge_whose_writing_was_cut_off_is_on_the_order_once_in_the_end(
    desk: Desk, fault: str, skip: int
) -> None:
    order_id = _imported(desk)
    desk.world.allegro.surcharge(order_id, Decimal("7.00"))
    narrowed = {"method": "PUT"} if fault == "drop" else {}
    desk.world.store.faults.switch_on(fault, times=1, skip=skip, **narrowed)
    assert desk.run().failed == 1
    desk.wait(minutes=10)
    desk.run()
    assert len(desk.store_order(order_id)["fee_lines"]) == 1
    assert _total(desk, order_id) == _due(desk, order_id)
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.alerts() == []


def test_an_order_whose_product_was_put_in_with_a_lost_answer_is_released_all_the_same(desk: Desk) -> None:
    order_id = _stranger(desk)
    _put_product(desk)
    desk.world.store.faults.switch_on("order_change_then_drop", times=1)
    desk.wait(minutes=10)
    assert desk.run().failed == 1
    desk.wait(minutes=10)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.reserved() == {}
    assert desk.alerts() == []


def test_an_order_taken_out_of_the_bin_with_a_lost_answer_is_released_all_the_same(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.store.trash(desk.store_order(order_id)["id"])
    desk.ask_for(order_id)
    # The client itself repeats a call that does no harm.
    desk.world.store.faults.switch_on("order_change_then_drop")
    desk.run()
    desk.world.store.faults.clear()
    desk.wait(minutes=10)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.entry(order_id).asked_at is None
    assert desk.alerts() == []


def test_a_store_order_that_the_store_left_half_made_is_put_into_its_status(desk: Desk) -> None:
    """WooCommerce saves an order as pending before it gives it its status, and may die in between."""
    stock = desk.world.store.stock("KUB-001") or 0
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    desk.world.store.set_order_status(desk.store_order(order_id)["id"], "pending")
    assert desk.world.store.stock("KUB-001") == stock
    desk.wait(minutes=5)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.world.store.stock("KUB-001") == stock - 1
    assert desk.reserved() == {}


def test_two_surcharges_paid_at_once_leave_no_difference_of_a_grosz(desk: Desk) -> None:
    order_id = _imported(desk)
    for _ in range(2):
        desk.world.allegro.surcharge(order_id, Decimal("2.22"), paid=False)
    desk.world.allegro.settle_payment(order_id)
    desk.run()
    assert _total(desk, order_id) == _due(desk, order_id)
    assert desk.store_order(order_id)["status"] == "processing"


# --- people -----------------------------------------------------------------------------------------------------------


def test_an_order_that_a_person_put_on_hold_is_not_released_by_a_surcharge(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.store.set_order_status(desk.store_order(order_id)["id"], "on-hold")
    desk.world.allegro.surcharge(order_id, Decimal("7.00"))
    desk.run()
    assert _total(desk, order_id) == _due(desk, order_id)
    assert desk.store_order(order_id)["status"] == "on-hold"


def test_an_order_that_a_person_released_is_not_held_again_because_of_another_address(desk: Desk) -> None:
    order_id = _imported(desk)
    number = desk.store_order(order_id)["id"]
    desk.world.store.edit_order(number, fee_lines=[{"name": "Kartka", "total": "5.00", "tax_status": "none"}])
    desk.world.allegro.modify_address(order_id, street="ul. Nowa 1")
    desk.run()
    order = desk.store_order(order_id)
    assert (order["status"], order["shipping"]["address_1"]) == ("processing", "ul. Nowa 1")


def test_an_order_whose_unpaid_surcharge_is_withdrawn_is_released(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.allegro.surcharge(order_id, Decimal("7.00"), paid=False)
    desk.world.allegro.emit("READY_FOR_PROCESSING", order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "on-hold"
    form = desk.world.allegro.forms[order_id]
    form.body["surcharges"] = []
    form.surcharges.clear()
    form.count_up()
    desk.world.allegro.emit("READY_FOR_PROCESSING", order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.alerts() == []


def test_an_address_in_a_country_of_another_tax_does_not_change_the_total_unseen(desk: Desk) -> None:
    """WooCommerce counts the taxes anew when an address changes."""
    desk.world.store.settings.set("tax", "woocommerce_tax_based_on", "shipping")
    order_id = _imported(desk)
    desk.world.allegro.modify_address(order_id, countryCode="DE")
    desk.run()
    assert _total(desk, order_id) != _due(desk, order_id)
    assert desk.store_order(order_id)["status"] == "on-hold"
    assert [alert.kind for alert in desk.alerts()] == ["order_on_hold"]


def test_a_pickup_point_that_is_given_up_for_the_door_is_gone_from_the_store_order(desk: Desk) -> None:
    order_id = _imported(desk, delivery="pickup_point")
    assert _meta(desk.store_order(order_id))["_allegro_pickup_point_id"]
    desk.world.allegro.forms[order_id].body["delivery"]["pickupPoint"] = None
    desk.world.allegro.modify_address(order_id, street="ul. Nowa 1")
    desk.run()
    order = desk.store_order(order_id)
    assert order["shipping"]["address_1"] == "ul. Nowa 1"
    assert not _meta(order).get("_allegro_pickup_point_id")


def test_pieces_that_the_store_did_not_take_are_not_asked_for_once_the_order_is_cancelled(desk: Desk) -> None:
    desk.world.store.adjusts_stock_of_edited_lines = False
    order_id = _stranger(desk)
    _put_product(desk)
    desk.wait(minutes=10)
    desk.run()
    assert [alert.kind for alert in desk.alerts()] == ["order_stock_not_taken"]
    desk.world.allegro.cancel(order_id)
    desk.run()
    assert desk.alerts() == []


def test_why_an_order_waits_is_still_known_after_the_store_was_down(desk: Desk) -> None:
    order_id = _stranger(desk)
    desk.world.store.faults.switch_on("unavailable")
    desk.wait(minutes=10)
    assert desk.run().error
    assert "no product" in desk.entry(order_id).reason


# --- orders that move -------------------------------------------------------------------------------------------------


def test_an_order_whose_purchase_moved_twice_is_cancelled_when_the_last_one_is_there(desk: Desk) -> None:
    first = _imported(desk, buyer="ten-sam")
    second = desk.buy("KUB-002", pay=False, buyer="ten-sam")
    middle = desk.world.allegro.merge([first, second], pay=False)
    desk.run()
    third = desk.buy("KUB-003", pay=False, buyer="ten-sam")
    last = desk.world.allegro.merge([middle, third])
    desk.run()
    desk.wait(minutes=2)
    desk.run()
    assert desk.store_order(first)["status"] == "cancelled"
    assert desk.store_order(last)["status"] == "processing"
    assert desk.entry(first).due_at is None
    assert desk.world.store.stock("KUB-001") == desk.stocked["KUB-001"] - 1


def test_an_order_that_keeps_a_line_of_its_own_is_not_given_up_because_another_line_moved(desk: Desk) -> None:
    offers = [desk.world.allegro.offer_id(sku) for sku in ("KUB-001", "KUB-002")]
    first = desk.world.allegro.buy(*map(Line, offers), pay=False)
    desk.run()
    other = desk.buy("KUB-003", pay=False)
    forms = desk.world.allegro.forms
    forms[other].body["lineItems"].append(forms[first].body["lineItems"].pop())
    for order_id in (first, other):
        forms[order_id].count_up()
        desk.world.allegro.pay(order_id)
    desk.run()
    desk.wait(minutes=10)
    desk.run()
    assert desk.made([first, other]) == [1, 1]
    assert desk.reserved() == {}
    orders = [desk.store_order(each) for each in (first, other)]
    assert [(order["status"], len(order["line_items"])) for order in orders] == [("processing", 1), ("processing", 2)]


def test_a_merged_order_that_a_stale_copy_of_a_former_one_displaced_is_imported_when_it_is_paid(desk: Desk) -> None:
    first = desk.buy(pay=False, buyer="ten-sam")
    desk.run()
    forms = desk.world.allegro.forms
    shown = forms[first]
    merged = desk.world.allegro.merge([first], pay=False)
    desk.wait(seconds=1)
    forms[first] = shown  # Allegro closes the former order a moment later, and still shows it
    shown.touch(desk.world.clock.now(), "later")
    desk.world.allegro.emit("FILLED_IN", first)
    desk.run()
    assert desk.entry(merged).superseded_by == first
    del forms[first]
    desk.world.allegro.pay(merged)
    desk.run()
    assert desk.made([first, merged]) == [0, 1]
    assert desk.entry(first).superseded_by == merged
    assert desk.reserved() == {}


def test_an_order_that_moved_while_nothing_was_to_be_written_is_cancelled_afterwards(desk: Desk) -> None:
    first = _imported(desk, buyer="ten-sam")
    _set_shadow(desk, True)
    other = desk.buy("KUB-002", pay=False, buyer="ten-sam")
    merged = desk.world.allegro.merge([first, other])
    for _ in range(2):
        desk.run()
    assert desk.made([merged]) == [0]
    _set_shadow(desk, False)
    for _ in range(2):
        desk.wait(minutes=11)
        desk.run()
    assert desk.made([merged]) == [1]
    assert desk.store_order(first)["status"] == "cancelled"


# --- what is noted about them -----------------------------------------------------------------------------------------


def test_an_order_that_could_not_be_read_in_the_shadow_is_looked_at_again(desk: Desk) -> None:
    _set_shadow(desk, True)
    order_id = desk.buy()
    buyer = desk.world.allegro.forms[order_id].body.pop("buyer")
    desk.run()
    desk.world.allegro.forms[order_id].body["buyer"] = buyer
    _set_shadow(desk, False)
    desk.wait(minutes=11)
    desk.run()
    assert desk.made([order_id]) == [1]


def test_the_alert_about_an_order_that_could_not_be_read_ends_when_it_can(desk: Desk) -> None:
    order_id = _imported(desk)
    desk.world.allegro.emit("BUYER_MODIFIED", order_id)
    lines = desk.world.allegro.forms[order_id].body.pop("lineItems")
    desk.run()
    assert [alert.kind for alert in desk.alerts()] == ["order_failed"]
    desk.world.allegro.forms[order_id].body["lineItems"] = lines
    desk.wait(minutes=5)
    desk.run()
    assert desk.alerts() == []


def test_an_order_found_on_hold_after_an_old_backup_came_back_is_watched_with_an_alert(desk: Desk) -> None:
    order_id = _stranger(desk)
    _forget_everything(desk)
    desk.switch(import_orders_from=desk.world.clock.now().date())
    desk.run()
    assert desk.entry(order_id).state is LogState.ON_HOLD
    assert "order_on_hold" in [alert.kind for alert in desk.alerts()]
    _put_product(desk)
    desk.wait(minutes=10)
    desk.run()
    assert desk.store_order(order_id)["status"] == "processing"
    assert desk.alerts() == []
