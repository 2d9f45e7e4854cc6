"""The nightly audit is silent about what is in order, and its alerts end with what they are about."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete

from app.db import accounts
from app.db.models import OrderAttemptRow, OrderLogRow
from app.domain.order_log import LogState
from app.sandbox.allegro.forms import Line
from app.sandbox.seed import SELLERS
from tests.conftest import connect
from tests.sync.orders.conftest import Desk

# What stands in the store does not depend on our own database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _night(desk: Desk) -> None:
    desk.wait(days=1)
    assert desk.run("orders_sweep").error == ""
    assert desk.run().error == ""


def _told(desk: Desk) -> list[tuple[str, str]]:
    return [(alert.kind, alert.subject) for alert in desk.alerts()]


def _forget(desk: Desk, order_id: str) -> None:
    """As after an old backup was put back."""
    with desk.services.database.transaction() as session:
        session.execute(delete(OrderLogRow).where(OrderLogRow.order_id == order_id))
        session.execute(delete(OrderAttemptRow).where(OrderAttemptRow.order_id == order_id))


def test_nothing_is_told_of_orders_that_went_an_ordinary_way(desk: Desk) -> None:
    returned, refunded, dearer, foreign, cash, gone = (
        desk.buy(),
        desk.buy(),
        desk.buy(),
        desk.buy(marketplace="allegro-cz"),
        desk.buy(kind="cod"),
        desk.buy(),
    )
    offer = desk.world.allegro.add_offer("Kubek spoza sklepu", Decimal("25.00"), external_id="OBCY-1")
    linked = desk.world.allegro.buy(Line(offer, quantity=2))
    former = [desk.buy("KUB-003", buyer="ten-sam") for _ in range(2)]
    desk.run()
    with desk.services.database.transaction() as session:
        accounts.update(session, desk.account, {"name": "Kubki po nowemu"})
    other = connect(desk.services, desk.world, name="Kubki", login=SELLERS[1].login)
    theirs = Desk(desk.world, desk.services, other)
    theirs.switch(import_orders=True)
    theirs.run()
    desk.world.allegro.refund(returned, returned=True)
    desk.world.allegro.refund(refunded)
    desk.world.store.set_order_status(desk.store_order(refunded)["id"], "refunded")
    desk.world.allegro.surcharge(dearer, Decimal("7.00"))
    desk.world.store.set_order_status(desk.store_order(cash)["id"], "completed")
    desk.world.allegro.cancel(gone)
    desk.world.store.shop.catalogue.products[desk.world.store.product("KUB-002")["id"]].sku = "OBCY-1"
    merged = desk.world.allegro.merge(former)
    desk.wait(minutes=10)
    desk.run()
    desk.wait(minutes=10)
    desk.run()
    desk.wait(hours=24)  # over a night, whatever the time of day
    desk.buy(), desk.buy(marketplace="allegro-sk"), desk.buy(pay=False)  # of the last moment
    for each in (desk, theirs):
        run = each.run("orders_sweep")
        assert (run.error, run.changes[-1].why) == ("", "No difference.")
    assert desk.alerts() == []
    assert desk.entry(linked).state is desk.entry(merged).state is desk.entry(foreign).state is LogState.IMPORTED
    assert theirs.entries() == []


@pytest.mark.parametrize("how", ["trash", "delete"])
def test_what_the_audit_told_of_an_order_ends_when_it_is_imported_again(desk: Desk, how: str) -> None:
    order_id = desk.buy()
    desk.run()
    getattr(desk.world.store, how)(desk.store_order(order_id)["id"])
    _night(desk)
    assert _told(desk) == [({"trash": "order_state_differs", "delete": "order_gone"}[how], order_id)]
    desk.ask_for(order_id)
    desk.run()
    assert _told(desk) == [("order_stock_taken_twice", order_id)] * (how == "delete")


def test_a_cancelled_order_that_was_sent_all_the_same_is_told_once(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    desk.world.allegro.cancel(order_id)
    desk.run()
    desk.world.store.set_order_status(desk.store_order(order_id)["id"], "completed")
    for _ in range(2):
        _night(desk)
        assert _told(desk) == [("order_cancelled_too_late", order_id)]
    desk.resolve(desk.alerts()[0])
    _night(desk)
    assert desk.alerts() == []


def test_a_purchase_that_was_sent_before_it_was_paid_with_others_is_told_until_a_person_says_so(desk: Desk) -> None:
    former = [desk.buy(sku, buyer="ten-sam") for sku in ("KUB-001", "KUB-002")]
    desk.run()
    desk.world.store.set_order_status(desk.store_order(former[0])["id"], "completed")
    desk.world.allegro.merge(former)
    desk.run()
    desk.wait(minutes=2)
    desk.run()
    for _ in range(2):
        assert _told(desk) == [("order_merged_too_late", former[0])]
        _night(desk)
    desk.resolve(desk.alerts()[0])
    _night(desk)
    assert desk.alerts() == []


def test_an_old_store_order_that_is_taken_over_does_not_make_the_stores_list_look_short(desk: Desk) -> None:
    old = desk.buy()
    desk.run()
    number = desk.store_order(old)["id"]
    _forget(desk, old)
    desk.wait(days=10)
    desk.switch(import_orders_from=desk.world.clock.now() - timedelta(days=20))
    desk.log(old)
    desk.run()
    assert desk.entry(old).store_order_id == number
    desk.wait(hours=2)
    new = desk.buy()
    assert desk.run().error == ""
    _forget(desk, old)
    desk.log(old)
    desk.run()
    # Taken over after it, the old order is not the newest one: that is still missed in a list without it.
    desk.world.store.faults.switch_on("empty_list", path_prefix="/orders")
    last = desk.buy()
    assert "leaves out order" in desk.run().error
    desk.world.store.faults.clear()
    desk.wait(minutes=1)
    assert desk.run().error == ""
    # A person dates the newest order back.
    desk.world.store.shop.orders[desk.store_order(last)["id"]].created -= timedelta(days=5)
    newer = desk.buy()
    assert desk.run().error == ""
    assert desk.made([old, new, last, newer]) == [1] * 4
