"""Parcel numbers that Allegro refuses, whose answer is lost, or that something happens to on the way."""

from dataclasses import replace
from typing import Any

import pytest

from app.db import shipments
from tests.sync.shipping.conftest import DPD, DPD_TOO, INPOST, PackingTable, adds_a_parcel
from tests.sync.steps import live_by_the_worlds_clock

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

COURIER = {"delivery": "own_courier"}
POST: dict[str, Any] = {"method": "POST", "path_prefix": "/order/"}


@pytest.mark.parametrize(
    ("fault", "args"),
    [
        ("shipment_stored_then_error", {}),
        ("shipment_stored_then_error", {"status": 422}),
        ("drop_after", POST),
        ("server_error_after", POST),
        ("drop", POST),
    ],
)
def test_a_number_whose_answer_was_lost_is_in_the_order_once(
    table: PackingTable, fault: str, args: dict[str, Any]
) -> None:
    order_id = table.imported(**COURIER)
    table.label(order_id, DPD, DPD_TOO)
    table.world.allegro.faults.switch_on(fault, times=1, **args)
    table.track()
    assert table.world.allegro.faults.struck(fault) == 1
    for _ in range(2):
        table.track(minutes=10)
    assert table.told(order_id) == [("DPD", DPD), ("DPD", DPD_TOO)]
    assert table.states(order_id) == {DPD: "sent", DPD_TOO: "sent"}
    assert table.attempts() == (3 if fault == "drop" else 2)
    assert table.kinds() == []


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_process_killed_while_it_tells_a_number_leaves_one_parcel(table: PackingTable, *, is_stored: bool) -> None:
    order_id = table.imported(**COURIER)
    table.label(order_id, DPD)
    table.wait(minutes=2)
    if not is_stored:
        table.world.allegro.faults.switch_on("drop", times=1, **POST)
    table.dies_at("tracking", table.world.allegro, adds_a_parcel)
    assert table.states(order_id) == {DPD: "sending"}
    assert len(table.told(order_id)) == int(is_stored)
    table.track()
    assert table.told(order_id) == [("DPD", DPD)]
    assert table.states(order_id) == {DPD: "sent"}


def test_a_refused_number_is_told_to_the_seller_and_not_sent_again_until_it_is_corrected(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    table.label(order_id, "123")
    assert table.track().failed == 1
    for _ in range(10):
        table.save(order_id)
        table.track()
    assert table.attempts() == 1
    refused = table.shipments(order_id)["123"]
    assert refused.state == "refused"
    assert "nie pasuje do wybranego przewoźnika" in refused.error
    [alert] = table.alerts()
    assert (alert.kind, alert.subject) == ("parcel_refused", order_id)
    assert refused.error in alert.title
    table.label(order_id, DPD)
    table.track()
    assert table.told(order_id) == [("DPD", DPD)]
    assert table.states(order_id) == {"123": "skipped", DPD: "sent"}
    assert table.alerts() == []


def test_the_alert_ends_when_the_store_gives_up_the_refused_number(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    table.label(order_id, "123")
    table.track()
    table.label(order_id)
    table.track()
    assert table.alerts() == []
    table.label(order_id, "123")
    table.track()
    assert (table.attempts(), table.kinds()) == (2, ["parcel_refused"])


def test_an_order_that_takes_no_more_numbers_is_not_tried_again(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    table.world.allegro.parcel_book.most_per_order = 1
    table.label(order_id, DPD, DPD_TOO)
    for _ in range(3):
        table.track()
    assert table.states(order_id) == {DPD: "sent", DPD_TOO: "refused"}
    assert table.attempts() == 2
    assert "Osiągnięto limit" in table.shipments(order_id)[DPD_TOO].error


def test_an_order_that_is_cancelled_between_two_parcels_gets_no_second_one(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    table.label(order_id, DPD, DPD_TOO)
    table.complete(order_id)
    table.once(table.world.allegro, adds_a_parcel, lambda: table.world.allegro.cancel(order_id))
    for _ in range(3):
        table.track()
    assert table.told(order_id) == [("DPD", DPD)]
    assert table.states(order_id) == {DPD: "sent", DPD_TOO: "skipped"}
    assert table.status(order_id) == "PROCESSING"


@pytest.mark.parametrize(
    ("fault", "args", "attempts"), [("too_many_requests", POST, 1), ("unavailable", {"path_prefix": "/order/"}, 0)]
)
def test_where_allegro_takes_no_calls_the_run_ends_and_the_rest_waits(
    table: PackingTable, fault: str, args: dict[str, Any], attempts: int
) -> None:
    live_by_the_worlds_clock(table.services, table.world)
    orders = [table.imported(**COURIER) for _ in range(2)]
    for order_id in orders:
        table.label(order_id, DPD)
    table.world.allegro.faults.switch_on(fault, **args)
    assert table.track().error
    assert table.attempts() == attempts
    table.world.allegro.faults.clear()
    table.track(minutes=5)
    assert [table.told(order_id) for order_id in orders] == [[("DPD", DPD)], [("DPD", DPD)]]
    assert table.attempts() == attempts + 2


def test_an_order_that_allegro_does_not_find_is_looked_for_again_and_not_for_ever(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    table.label(order_id, DPD)
    table.world.allegro.faults.switch_on("form_missing", form_id=order_id)
    table.track()
    first = table.on_its_way(order_id)
    assert (first.tries, first.due_at is not None) == (1, True)
    with table.services.database.transaction() as session:
        shipments.settle(session, replace(first, tries=20, due_at=table.services.now()), looked_for=first.due_at)
    table.track(hours=1)
    assert table.on_its_way(order_id).due_at is None
    assert table.told(order_id) == []


def test_two_orders_may_have_one_number(table: PackingTable) -> None:
    first, second = table.imported(**COURIER), table.imported(**COURIER)
    for order_id in (first, second):
        table.label(order_id, INPOST, provider="InPost")
    table.track()
    assert table.told(first) == table.told(second) == [("INPOST", INPOST)]
