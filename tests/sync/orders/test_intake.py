"""Every order is found, whatever the journal and the lists leave out, repeat or mix up."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app.db.models import JournalRow, OrderLogRow
from app.domain.order_log import LogState
from tests.sync.orders.conftest import Desk

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_orders_of_the_journal_are_imported_in_the_order_of_their_events(desk: Desk) -> None:
    bought = [desk.buy() for _ in range(5)]
    desk.run()
    assert desk.made(bought) == [1] * 5
    numbers = [desk.store_order(order_id)["id"] for order_id in bought]
    assert numbers == sorted(numbers)


def test_orders_that_the_journal_never_tells_of_are_found_by_the_sweep(desk: Desk) -> None:
    desk.world.allegro.faults.switch_on("events_drop", every=1)
    bought = [desk.buy() for _ in range(3)]
    desk.run()
    assert desk.made(bought) == [0, 0, 0]
    desk.run("orders_sweep")
    assert desk.made(bought) == [1, 1, 1]
    assert {desk.entry(order_id).found_by for order_id in bought} == {"sweep"}


def test_an_unpaid_order_whose_paid_event_never_comes_is_looked_at_again_by_itself(desk: Desk) -> None:
    order_id = desk.buy(pay=False)
    desk.run()
    assert desk.entry(order_id).state is LogState.SEEN
    desk.world.allegro.faults.switch_on("events_drop", every=1)
    desk.world.allegro.pay(order_id)
    desk.wait(minutes=6)
    desk.run()
    assert desk.made([order_id]) == [1]


def test_dropped_repeated_and_shuffled_events_make_one_order_each(desk: Desk) -> None:
    faults = desk.world.allegro.faults
    faults.switch_on("events_drop", type="READY_FOR_PROCESSING", every=7)
    faults.switch_on("events_repeat")
    faults.switch_on("events_shuffle")
    bought: list[str] = []
    for number in range(30):
        bought.append(desk.buy(pay=number % 3 != 0))
        if number % 9 == 8:
            desk.run()
    for order_id in bought[::3]:
        desk.world.allegro.pay(order_id)
    desk.wait(minutes=15)
    desk.run()
    desk.run("orders_sweep")
    assert desk.made(bought) == [1] * 30
    assert len(desk.world.store.orders) == 30


def test_an_event_below_the_cursor_is_still_read(desk: Desk) -> None:
    first = desk.buy()
    desk.run()
    desk.world.allegro.faults.switch_on("event_below_cursor")
    late = desk.buy("KUB-002")
    desk.run()
    assert desk.made([first, late]) == [1, 1]


def test_more_events_than_a_page_holds_are_all_read(desk: Desk) -> None:
    order_id = desk.buy(pay=False)
    for _ in range(1100):
        desk.world.allegro.emit("FILLED_IN", order_id)
    paid = desk.buy()
    desk.run()
    assert desk.made([paid]) == [1]


def test_the_first_start_imports_what_was_bought_since_the_chosen_day_and_nothing_older(desk: Desk) -> None:
    now = desk.services.now()
    old, young = desk.buy(at=now - timedelta(days=10)), desk.buy(at=now - timedelta(days=3))
    with desk.services.database.transaction() as session:
        session.execute(delete(JournalRow))
    desk.switch(import_orders_from=(now - timedelta(days=5)).date())
    desk.run()
    assert desk.made([old, young]) == [0, 1]


def test_a_late_payer_counts_as_new_although_the_purchase_is_older_than_the_start(desk: Desk) -> None:
    order_id = desk.buy(pay=False, at=desk.services.now() - timedelta(days=6))
    desk.world.allegro.pay(order_id)
    desk.run()
    assert desk.made([order_id]) == [1]


def test_a_lost_cursor_loses_and_doubles_nothing(desk: Desk) -> None:
    bought = [desk.buy() for _ in range(3)]
    desk.run()
    with desk.services.database.transaction() as session:
        session.execute(delete(JournalRow))
    bought += [desk.buy() for _ in range(3)]
    desk.run()
    assert desk.made(bought) == [1] * 6


def test_seventy_days_of_downtime_lose_and_double_nothing(desk: Desk) -> None:
    bought = [desk.buy()]
    desk.run()
    desk.wait(days=2)
    bought.append(desk.buy("KUB-002"))
    desk.wait(days=68)
    bought.append(desk.buy("KUB-003"))
    desk.run()
    assert desk.made(bought) == [1, 1, 1]


def test_a_database_of_yesterday_finds_its_orders_in_the_store_instead_of_making_them_again(desk: Desk) -> None:
    bought = [desk.buy() for _ in range(4)]
    desk.run()
    a_day = 86_400_000_000  # an event's id is a microsecond
    with desk.services.database.transaction() as session:
        session.execute(delete(OrderLogRow))
        for journal in session.execute(select(JournalRow)).scalars():
            journal.position = str(int(journal.position) - a_day)
            journal.swept_until -= timedelta(days=1)
    desk.wait(hours=20)
    new, posts = desk.buy("KUB-002"), desk.posts()
    desk.run()
    desk.run("orders_sweep")
    assert desk.made([*bought, new]) == [1] * 5
    assert desk.posts() == posts + 1
    assert {desk.entry(order_id).state for order_id in bought} == {LogState.IMPORTED}


def test_orders_of_several_pages_are_all_found_although_some_change_meanwhile(desk: Desk) -> None:
    desk.world.allegro.faults.switch_on("events_drop", every=1)
    start = desk.services.now()
    bought = [desk.buy(at=start + timedelta(milliseconds=number)) for number in range(130)]
    desk.wait(seconds=2)
    # These move to the end of the list, where the last page is.
    for order_id in bought[:40]:
        desk.world.allegro.modify_address(order_id, city="Sopot")
    desk.shadow()  # finding them is enough
    desk.run("orders_sweep")
    assert all(map(desk.is_logged, bought))


def test_orders_of_one_instant_that_fill_more_than_a_page_are_all_found(desk: Desk) -> None:
    desk.world.allegro.faults.switch_on("events_drop", every=1)
    at = desk.services.now()
    bought = [desk.buy(at=at) for _ in range(120)]
    run = desk.run("orders_sweep", dry_run=True)
    assert {f"order {order_id}" for order_id in bought} == {change.what for change in run.changes}


def test_a_journal_that_refuses_the_media_type_keeps_its_place(desk: Desk) -> None:
    desk.world.allegro.faults.switch_on("not_acceptable")
    order_id = desk.buy()
    assert desk.run().error
    assert [alert.kind for alert in desk.alerts()] == ["allegro_refuses"]
    desk.world.allegro.faults.clear()
    desk.run()
    assert desk.made([order_id]) == [1]
    assert desk.alerts() == []


def test_reading_again_what_is_known_costs_one_call_and_writes_nothing(desk: Desk) -> None:
    desk.buy()
    desk.run()
    desk.run()  # the echo of our own change of its status
    desk.world.allegro.requests.clear()
    desk.world.store.requests.clear()
    desk.run()
    assert [request.path for request in desk.world.allegro.requests] == ["/order/events"]
    assert desk.world.store.requests == []
