"""What becomes of an order after it was announced: paid, cancelled, changed, missing, not ours."""

from datetime import timedelta

import pytest

from app.db import accounts, order_log
from app.domain.order_log import LogState
from app.domain.runs import Result
from tests.sync.orders.conftest import Desk

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_order_becomes_a_store_order_only_when_it_is_paid(desk: Desk) -> None:
    order_id = desk.buy(pay=False)
    desk.run()
    assert desk.entry(order_id).state is LogState.SEEN
    desk.world.allegro.pay(order_id)
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED


def test_an_imported_order_is_set_to_processing_at_allegro_once(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "PROCESSING"
    desk.world.allegro.emit("READY_FOR_PROCESSING", order_id)
    desk.run()
    assert desk.puts() == 1
    assert desk.made([order_id]) == [1]


def test_processing_is_not_set_when_the_seller_does_not_want_it(desk: Desk) -> None:
    desk.switch(mark_processing=False)
    order_id = desk.buy()
    desk.run()
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "NEW"


def test_an_order_that_changed_meanwhile_is_read_again_before_it_is_marked(desk: Desk) -> None:
    desk.world.allegro.faults.switch_on("revision_conflict", times=1)
    order_id = desk.buy()
    desk.run()
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "PROCESSING"
    assert desk.made([order_id]) == [1]


def test_an_order_that_was_made_but_not_marked_is_marked_in_the_next_run(desk: Desk) -> None:
    desk.world.allegro.faults.switch_on("unavailable", method="PUT")
    order_id = desk.buy()
    assert desk.run().error
    desk.world.allegro.faults.clear()
    desk.wait(minutes=1)
    desk.run()
    assert desk.world.allegro.form(order_id)["fulfillment"]["status"] == "PROCESSING"
    assert desk.made([order_id]) == [1]


def test_an_order_cancelled_before_its_import_gets_no_store_order(desk: Desk) -> None:
    order_id = desk.buy()
    desk.world.allegro.cancel(order_id)
    desk.run()
    assert desk.entry(order_id).state is LogState.CANCELLED
    assert desk.posts() == 0


def test_an_order_cancelled_after_its_import_is_cancelled_in_the_store_and_gives_its_stock_back_once(
    desk: Desk,
) -> None:
    stock = desk.world.store.stock("KUB-001")
    assert stock is not None
    order_id = desk.buy(quantity=3)
    desk.run()
    assert desk.world.store.stock("KUB-001") == stock - 3
    desk.world.allegro.cancel(order_id)
    desk.run()
    desk.world.allegro.emit("BUYER_CANCELLED", order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "cancelled"
    assert desk.world.store.stock("KUB-001") == stock
    assert desk.entry(order_id).state is LogState.CANCELLED


def test_an_order_cancelled_after_the_store_completed_it_is_left_alone_with_an_alert(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    desk.services.lines.store().set_order_status(desk.store_order(order_id)["id"], "completed")
    desk.world.allegro.cancel(order_id)
    desk.run()
    assert desk.store_order(order_id)["status"] == "completed"
    assert [alert.kind for alert in desk.alerts()] == ["order_cancelled_too_late"]


def test_an_order_cancelled_while_its_making_was_uncertain_is_found_and_cancelled(desk: Desk) -> None:
    desk.world.store.faults.switch_on("order_commit_then_drop", times=1)
    order_id = desk.buy()
    desk.run()
    desk.world.allegro.cancel(order_id)
    desk.wait(minutes=5)
    desk.run()
    assert desk.store_order(order_id)["status"] == "cancelled"
    assert desk.entry(order_id).state is LogState.CANCELLED


def test_purchases_paid_together_become_one_store_order(desk: Desk) -> None:
    single = [desk.buy(sku, pay=False, buyer="ten-sam") for sku in ("KUB-001", "KUB-002", "KUB-003")]
    desk.run()
    merged = desk.world.allegro.merge(single)
    desk.run()
    desk.run("orders_sweep")
    assert len(desk.world.store.orders) == 1
    assert len(desk.store_order(merged)["line_items"]) == 3
    assert desk.alerts() == []


def test_an_order_that_allegro_does_not_show_for_half_an_hour_is_imported_once(desk: Desk) -> None:
    order_id = desk.buy()
    desk.world.allegro.faults.switch_on("form_missing", form_id=order_id)
    desk.run()
    assert desk.entry(order_id).state is LogState.MISSING
    desk.wait(minutes=30)
    desk.world.allegro.faults.clear()
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED
    assert desk.made([order_id]) == [1]


def test_an_order_that_was_paid_and_is_not_shown_any_more_for_three_days_is_alerted(desk: Desk) -> None:
    desk.world.store.faults.switch_on("unavailable")
    order_id = desk.buy()
    desk.run()  # Allegro shows it as paid, and the store is down
    desk.world.store.faults.clear()
    desk.world.allegro.faults.switch_on("form_missing", form_id=order_id)
    for _ in range(100):
        desk.run()
        desk.wait(hours=1)
    assert [alert.kind for alert in desk.alerts()] == ["order_missing"]
    assert desk.entry(order_id).due_at is None


def test_orders_that_allegro_fulfils_itself_are_recorded_and_not_imported(desk: Desk) -> None:
    theirs, ours = desk.buy(provider="ALLEGRO"), desk.buy()
    desk.run()
    assert desk.entry(theirs).state is LogState.SKIPPED
    assert desk.made([theirs, ours]) == [0, 1]


def test_one_order_that_can_never_be_read_among_many_is_named_and_the_others_arrive(desk: Desk) -> None:
    bought = [desk.buy() for _ in range(30)]
    poison = bought[12]
    desk.world.allegro.forms[poison].body["summary"] = {"totalToPay": {"amount": "?", "currency": "PLN"}}
    desk.run()
    assert [desk.entry(order_id).state for order_id in bought].count(LogState.IMPORTED) == 29
    for _ in range(15):
        desk.wait(hours=1)
        desk.run()
    entry = desk.entry(poison)
    assert entry.state is LogState.FAILED
    assert entry.attempts >= 12  # from now on it is tried every six hours
    assert entry.due_at is not None
    assert entry.due_at > desk.services.now() + timedelta(hours=1)
    assert [alert.subject for alert in desk.alerts() if alert.kind == "order_failed"] == [poison]


def test_a_dry_run_says_what_it_would_do_and_does_nothing(desk: Desk) -> None:
    order_id = desk.buy()
    run = desk.run(dry_run=True)
    assert [(change.what, change.after, change.result) for change in run.changes] == [
        (f"order {order_id}", "create", Result.PLANNED)
    ]
    assert (desk.posts(), desk.puts(), desk.entries()) == (0, 0, [])
    desk.run()
    assert desk.entry(order_id).state is LogState.IMPORTED


def test_a_shadowed_account_plans_and_writes_nothing_and_imports_when_the_shadow_goes(desk: Desk) -> None:
    with desk.services.database.transaction() as session:
        accounts.update(session, desk.account, {"shadow": True})
    order_id = desk.buy()
    run = desk.run()
    assert [change.result for change in run.changes] == [Result.PLANNED]
    assert (desk.posts(), desk.puts()) == (0, 0)
    with desk.services.database.transaction() as session:
        accounts.update(session, desk.account, {"shadow": False})
    desk.wait(minutes=15)
    desk.run()
    assert desk.made([order_id]) == [1]


def test_an_import_that_is_switched_off_makes_nothing_and_catches_up_when_it_is_on_again(desk: Desk) -> None:
    bought = [desk.buy() for _ in range(3)]
    desk.switch(import_orders=False)
    desk.run()
    assert desk.posts() == 0
    desk.switch(import_orders=True)
    desk.run()
    assert desk.made(bought) == [1, 1, 1]


def test_history_tells_what_was_done_and_why(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    with desk.services.database.reading() as session:
        history = order_log.history(session, desk.account, order_id)
    assert [item.what for item in history] == [
        f"store order {desk.store_order(order_id)['id']} was made",
        "set to PROCESSING at Allegro",
    ]
    assert all(item.confirmed and item.why for item in history)
