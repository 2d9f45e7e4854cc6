"""One thing that is wrong stops nothing else, ends when it is mended, and is never silent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete

from app.db.models import JournalRow, OrderAttemptRow, OrderLogRow
from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from tests.sync.orders.conftest import Desk

# What is asked of the two sides does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _forget_everything(desk: Desk) -> None:
    """As after an old backup was put back."""
    with desk.services.database.transaction() as session:
        for table in (OrderLogRow, OrderAttemptRow, JournalRow):
            session.execute(delete(table))


def _kinds(desk: Desk) -> list[str]:
    return [alert.kind for alert in desk.alerts()]


# --- one thing stops the others ---------------------------------------------------------------------------------------


def test_a_store_order_that_somebody_edited_into_nonsense_does_not_stop_the_import(desk: Desk) -> None:
    first = desk.buy()
    desk.run()
    desk.world.store.shop.orders[desk.store_order(first)["id"]].currency = "ZŁOTE 1½"
    bought = [desk.buy("KUB-002") for _ in range(2)]
    desk.run()
    assert desk.made(bought) == [1, 1]


def test_a_missing_permission_to_write_stops_no_import(desk: Desk) -> None:
    desk.world.allegro.faults.switch_on("scope_missing", scope="allegro:api:orders:write")
    bought = [desk.buy() for _ in range(5)]
    for _ in range(4):
        desk.run()
        desk.wait(minutes=15)
    assert desk.made(bought) == [1] * 5
    assert _kinds(desk) == ["allegro_refuses"]


def test_a_firewall_that_dislikes_one_order_lets_the_others_through(desk: Desk) -> None:
    desk.world.store.faults.switch_on("firewall", times=1, method="POST", path_prefix="/orders")
    bought = [desk.buy() for _ in range(3)]
    desk.run()
    assert desk.made(bought) == [0, 1, 1]
    desk.wait(minutes=5)
    desk.run()
    assert desk.made(bought) == [1, 1, 1]


def test_orders_that_allegro_cannot_show_step_back_behind_the_others(desk: Desk) -> None:
    bought = [desk.buy() for _ in range(6)]
    for order_id, fault in zip(bought, ("server_error", "unavailable", "gateway_timeout_html"), strict=False):
        desk.world.allegro.faults.switch_on(fault, path_prefix=f"/order/checkout-forms/{order_id}")
    assert desk.run().error
    desk.wait(minutes=2)
    desk.run()
    assert desk.made(bought)[3:] == [1, 1, 1]


def test_a_store_that_garbles_its_settings_is_no_fault_of_the_orders(desk: Desk) -> None:
    desk.world.store.faults.switch_on("empty_list", path_prefix="/settings")
    bought = [desk.buy() for _ in range(3)]
    for _ in range(24):
        desk.run()
        desk.wait(hours=1)
    assert "store_refuses" in _kinds(desk)
    assert {desk.entry(order_id).state for order_id in bought} == {LogState.SEEN}
    desk.world.store.faults.clear()
    desk.run()
    assert desk.made(bought) == [1, 1, 1]


def test_an_event_that_cannot_be_read_does_not_stall_the_journal(desk: Desk) -> None:
    unpaid = desk.buy(pay=False)
    for _ in range(1005):
        desk.world.allegro.emit("FILLED_IN", unpaid)
    desk.world.allegro.events[5].order["checkoutForm"] = None
    paid = desk.buy()
    run = desk.run()
    assert desk.made([paid]) == [1]
    assert run.failed == 1


# --- lost or doubled --------------------------------------------------------------------------------------------------


def test_a_list_that_is_empty_by_mistake_proves_nothing(desk: Desk) -> None:
    desk.buy()
    desk.run()
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    desk.world.store.faults.switch_on("empty_list", path_prefix="/orders")
    desk.wait(minutes=5)
    assert "leaves out order" in desk.run().error
    desk.world.store.faults.clear()
    desk.wait(minutes=5)
    desk.run()
    assert desk.made([order_id]) == [1]


def test_a_store_whose_clock_is_hours_slow_gets_no_second_order(desk: Desk) -> None:
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    made = desk.world.store.shop.orders[desk.store_order(order_id)["id"]]
    made.created -= timedelta(hours=20)
    desk.wait(minutes=5)
    desk.run()
    assert desk.made([order_id]) == [1]
    assert desk.entry(order_id).state is LogState.IMPORTED


def test_an_order_cancelled_after_an_old_backup_came_back_is_cancelled_in_the_store(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    _forget_everything(desk)
    desk.world.allegro.cancel(order_id)
    desk.run()
    desk.run("orders_sweep")
    assert desk.store_order(order_id)["status"] == "cancelled"


def test_an_order_that_was_given_up_as_missing_and_shows_again_is_imported(desk: Desk) -> None:
    desk.world.store.faults.switch_on("unavailable")
    order_id = desk.buy()
    desk.run()
    desk.world.store.faults.clear()
    desk.world.allegro.faults.switch_on("form_missing", form_id=order_id)
    for _ in range(80):
        desk.run()
        desk.wait(hours=1)
    assert desk.entry(order_id).due_at is None
    desk.world.allegro.faults.clear()
    desk.wait(days=1)
    desk.run("orders_sweep")
    assert desk.made([order_id]) == [1]


def test_of_two_store_orders_the_living_one_is_taken_over(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    first = desk.store_order(order_id)["id"]
    _forget_everything(desk)
    desk.world.store.shop.orders[first].status = "cancelled"
    desk.world.store.faults.switch_on("empty_list", path_prefix="/orders")
    desk.run()  # with an empty memory and an empty list a second one is made
    desk.world.store.faults.clear()
    [second] = [each["id"] for each in desk.world.store.orders_for(order_id) if each["id"] != first]
    _forget_everything(desk)
    desk.run()
    assert desk.entry(order_id).store_order_id == second


# --- ends when it is mended -------------------------------------------------------------------------------------------


def test_an_order_on_hold_is_released_by_the_person_who_mends_it(desk: Desk) -> None:
    stranger = desk.world.allegro.add_offer("Kubek spoza sklepu", Decimal("25.00"))
    order_id = desk.world.allegro.buy(Line(stranger))
    desk.run()
    assert _kinds(desk) == ["order_on_hold"]
    desk.wait(hours=1)
    desk.run()
    assert _kinds(desk) == ["order_on_hold"]
    desk.services.lines.store().set_order_status(desk.store_order(order_id)["id"], "processing")
    desk.wait(hours=1)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.alerts() == []
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "PROCESSING"


def test_an_order_whose_comparison_failed_is_compared_later(desk: Desk) -> None:
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    desk.world.store.faults.switch_on("empty_list", path_prefix="/settings")
    desk.wait(minutes=15)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTING
    desk.world.store.faults.clear()
    desk.wait(minutes=10)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    desk.run("webhooks")  # which sees that the store takes changes again
    assert desk.alerts() == []


def test_an_order_that_was_deleted_in_the_store_before_its_comparison_waits_for_a_person(desk: Desk) -> None:
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    desk.world.store.faults.switch_on("empty_list", path_prefix="/settings")
    desk.wait(minutes=15)
    desk.run()  # it is found, and cannot be compared yet
    desk.world.store.faults.clear()
    del desk.world.store.shop.orders[desk.store_order(order_id)["id"]]
    desk.wait(minutes=10)
    desk.run()
    assert desk.entry(order_id).state is LogState.ON_HOLD
    assert "deleted in the store" in desk.entry(order_id).reason


def test_an_order_in_the_bin_is_not_shipped_silently(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    desk.world.store.shop.orders[desk.store_order(order_id)["id"]].status = "trash"
    _forget_everything(desk)
    desk.run()
    assert desk.made([order_id]) == [1]
    assert desk.entry(order_id).state is LogState.ON_HOLD
    assert "bin" in desk.entry(order_id).reason


# --- never silent -----------------------------------------------------------------------------------------------------


def test_a_store_that_answers_every_order_with_an_error_is_alerted(desk: Desk) -> None:
    desk.world.store.faults.switch_on("order_error_before")
    order_id = desk.buy()
    for _ in range(8):
        desk.run()
        desk.wait(minutes=10)
    assert _kinds(desk) == ["order_failed"]
    desk.world.store.faults.clear()
    desk.run()
    assert desk.made([order_id]) == [1]
    assert desk.alerts() == []


def test_a_sweep_does_not_hurry_an_order_that_cannot_be_read(desk: Desk) -> None:
    order_id = desk.buy()
    desk.world.allegro.forms[order_id].body["lineItems"][0]["quantity"] = 0
    for _ in range(10):
        desk.run("orders_sweep")
        desk.wait(seconds=5)
    assert desk.entry(order_id).attempts == 1


def test_a_product_with_variations_is_not_taken_for_one_that_can_be_shipped(desk: Desk) -> None:
    parent = desk.world.allegro.add_offer("Koszulka", Decimal("69.00"), external_id="KOS-001")
    order_id = desk.world.allegro.buy(Line(parent))
    desk.run()
    assert desk.store_order(order_id)["status"] == "on-hold"
    assert "variations" in desk.entry(order_id).reason


@pytest.mark.parametrize("attempts", [1, 3])
def test_an_order_found_after_failed_attempts_is_compared_before_it_is_released(desk: Desk, attempts: int) -> None:
    desk.world.store.faults.switch_on("order_error_after", times=attempts)
    order_id = desk.buy()
    for _ in range(attempts + 1):
        desk.run()
        desk.wait(minutes=5)
    entry = desk.entry(order_id)
    assert entry.state is LogState.IMPORTED
    assert desk.made([order_id]) == [1]
