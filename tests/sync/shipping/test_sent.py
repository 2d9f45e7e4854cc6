"""What the store has completed is SENT at Allegro: once, and only forward."""

import pytest

from app.db import shipping_models
from tests.sync.shipping.conftest import DPD, DPD_TOO, PackingTable

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_completed_order_is_set_to_sent_once_however_often_it_is_saved(table: PackingTable) -> None:
    order_id = table.imported()
    before = table.puts()
    table.complete(order_id)
    table.track()
    assert table.status(order_id) == "SENT"
    for _ in range(3):
        for _ in range(33):
            table.save(order_id)
        table.track()
    assert table.puts() - before == 1


def test_an_order_never_goes_backwards_nor_a_second_time(table: PackingTable) -> None:
    ahead, back = table.imported(), table.imported()
    before = table.puts()
    table.world.allegro.set_fulfilment(ahead, "PICKED_UP")
    table.complete(ahead)
    table.complete(back)
    table.track()
    # The seller takes it back at Allegro, and the store has one more number.
    table.world.allegro.set_fulfilment(back, "PROCESSING")
    table.label(back, DPD)
    table.track()
    assert (table.status(ahead), table.status(back)) == ("PICKED_UP", "PROCESSING")
    assert table.told(back) == [("DPD", DPD)]
    assert table.puts() - before == 1


def test_an_order_that_changed_meanwhile_is_read_again_and_a_cancelled_one_is_left_alone(table: PackingTable) -> None:
    changed, cancelled = table.imported(), table.imported()
    for order_id in (changed, cancelled):
        table.complete(order_id)
    table.world.allegro.faults.switch_on("revision_conflict", times=1)
    table.once(
        table.world.allegro,
        lambda request: request.method == "GET" and request.path.endswith(cancelled),
        lambda: table.world.allegro.cancel(cancelled),
    )
    table.track()
    assert (table.status(changed), table.status(cancelled)) == ("SENT", "PROCESSING")


def test_a_status_that_is_refused_for_good_is_not_written_again(table: PackingTable) -> None:
    order_id = table.imported()
    table.world.allegro.faults.switch_on("fulfilment_exhausted")
    table.complete(order_id)
    before = table.puts()
    table.track()
    table.label(order_id, DPD)
    for _ in range(4):
        table.save(order_id)
        table.track()
    assert table.puts() - before == 1
    assert table.told(order_id) == [("DPD", DPD)]
    assert table.kinds() == ["order_status_refused"]


def test_a_status_whose_answer_was_lost_is_written_once(table: PackingTable) -> None:
    order_id = table.imported()
    table.complete(order_id)
    before = table.puts()
    table.world.allegro.faults.switch_on("drop_after", times=1, method="PUT")
    for _ in range(3):
        table.track(minutes=5)
    assert table.status(order_id) == "SENT"
    assert table.puts() - before <= 2


def test_a_seller_who_sets_orders_to_sent_by_hand_is_left_alone(table: PackingTable) -> None:
    table.switch(mark_sent=False)
    order_id = table.imported()
    table.label(order_id, DPD_TOO)
    table.complete(order_id)
    table.track()
    assert table.told(order_id) == [("DPD", DPD_TOO)]
    assert table.status(order_id) == "PROCESSING"


def test_what_was_completed_before_the_first_look_is_not_told(table: PackingTable) -> None:
    old, new = table.imported(), table.imported()
    with table.services.database.transaction() as session:
        session.query(shipping_models.TrackingWatchRow).delete()
    table.label(old, DPD)
    table.complete(old)
    table.track(minutes=30)
    table.complete(new)
    table.label(old, DPD, DPD_TOO)
    table.track()
    assert table.told(old) == [("DPD", DPD), ("DPD", DPD_TOO)]
    assert table.status(new) == "SENT"
    assert table.status(old) == "PROCESSING"
