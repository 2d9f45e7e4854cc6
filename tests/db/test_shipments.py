"""Parcel numbers, orders on their way and what the store's words for carriers mean."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.db import order_log, shipments
from app.db.engine import Database, Session
from app.domain.order_log import LogState
from app.domain.parcels import OnItsWay, ShipmentState
from tests.db.conftest import NOW, add_account, race
from tests.domain.samples import shipment_of

LATER = NOW + timedelta(minutes=1)


def _on_its_way(database: Database, account_id: int, order_id: str = "order-1") -> OnItsWay:
    with database.reading() as session:
        found = shipments.get(session, account_id, order_id)
    assert found is not None
    return found


def test_a_number_is_kept_as_it_was_given_and_no_second_time(database: Database, account_id: int) -> None:
    given = shipment_of(account_id=account_id, line_ids=("l1", "l2"), carrier_id="OTHER", carrier_name="Van")
    other = add_account(database, "Other")
    with database.transaction() as session:
        assert shipments.add(session, [given, replace(given, waybill="B2", provider="van")]) == 2
        assert shipments.add(session, [replace(given, carrier_id="DHL"), replace(given, account_id=other)]) == 1
    with database.reading() as session:
        kept = shipments.of_order(session, account_id, "order-1")
        assert [replace(each, id=0) for each in kept] == [given, replace(given, waybill="B2", provider="van")]
        assert shipments.providers(session, account_id) == ["DPD", "van"]
        assert shipments.of_order(session, account_id, "order-2") == []


def test_of_eight_who_ask_for_one_number_at_once_all_get_the_same(database: Database, account_id: int) -> None:
    wanted = shipment_of(account_id=account_id, by_hand=True)
    outcomes = race(database, lambda session: shipments.ask_for(session, wanted).id)
    assert len(set(outcomes)) == 1
    assert isinstance(outcomes[0], int)


@pytest.mark.parametrize("state", ShipmentState)
def test_a_person_may_ask_again_for_what_is_not_told_and_not_being_told(
    database: Database, account_id: int, state: ShipmentState
) -> None:
    known = shipment_of(account_id=account_id, state=state, error="No.")
    again = shipment_of(account_id=account_id, waybill="a 1", carrier_id="GLS", by_hand=True, provider="")
    with database.transaction() as session:
        shipments.add(session, [known])
        there = shipments.ask_for(session, again)
    if state in (ShipmentState.SENT, ShipmentState.SENDING, ShipmentState.CANCELLED):
        assert replace(there, id=0) == known
    else:
        assert replace(there, id=0) == again
    with database.reading() as session:
        assert shipments.of_order(session, account_id, "order-1") == [there]


def test_an_order_has_its_turn_when_the_store_or_a_person_says_something(database: Database, account_id: int) -> None:
    def due(session: Session, **more: int) -> list[str]:
        return [each.order_id for each in shipments.due(session, account_id, now=LATER, limit=more.get("limit", 10))]

    with database.transaction() as session:
        assert not shipments.is_any_due(session, account_id, now=LATER)
        shipments.note_store(session, account_id, "order-1", "processing", now=LATER)
        shipments.make_due(session, account_id, "order-2", now=NOW)
        assert due(session) == ["order-2", "order-1"]
        assert due(session, limit=1) == ["order-2"]
        assert shipments.is_any_due(session, account_id, now=NOW)
        assert shipments.due(session, account_id, now=NOW - timedelta(seconds=1), limit=10) == []
    first = _on_its_way(database, account_id)
    with database.transaction() as session:
        shipments.settle(session, replace(first, status_told="SENT", due_at=None), looked_for=first.due_at)
    told = _on_its_way(database, account_id)
    assert (told.store_status, told.status_told, told.due_at) == ("processing", "SENT", None)


def test_what_was_asked_while_an_order_was_looked_at_keeps_its_turn(database: Database, account_id: int) -> None:
    with database.transaction() as session:
        shipments.note_store(session, account_id, "order-1", "processing", now=NOW)
    looked = _on_its_way(database, account_id)
    with database.transaction() as session:
        # Another machine's clock may be behind.
        shipments.make_due(session, account_id, "order-1", now=NOW - timedelta(seconds=5))
    with database.transaction() as session:
        shipments.settle(session, replace(looked, tries=1, due_at=None), looked_for=looked.due_at)
    kept = _on_its_way(database, account_id)
    assert (kept.tries, kept.due_at) == (1, NOW - timedelta(seconds=5))


def test_mapping_carriers_makes_those_orders_due_whose_carrier_was_not_taken(
    database: Database, account_id: int
) -> None:
    with database.transaction() as session:
        shipments.map_carriers(session, account_id, {"van": "DPD", "lorry": "GLS"})
        shipments.map_carriers(session, account_id, {"van": "DHL"})
        assert shipments.carrier_mappings(session, account_id) == {"van": "DHL"}
        cases: dict[str, dict[str, Any]] = {
            "refused": {"state": ShipmentState.REFUSED},
            "no-carrier": {"state": ShipmentState.SKIPPED, "carrier_id": ""},
            "cancelled": {"state": ShipmentState.SKIPPED},
            "sent": {"state": ShipmentState.SENT},
        }
        for order_id, values in cases.items():
            shipments.add(session, [shipment_of(account_id=account_id, order_id=order_id, **values)])
            shipments.note_store(session, account_id, order_id, "processing", now=LATER)
        shipments.make_refused_due(session, account_id, now=NOW)
        now_due = shipments.due(session, account_id, now=NOW, limit=10)
    assert {each.order_id for each in now_due} == {"refused", "no-carrier"}


def test_the_store_is_read_since_the_first_time_up_to_the_last(database: Database, account_id: int) -> None:
    with database.transaction() as session:
        assert shipments.reading(session, account_id) is None
        for at in (NOW, LATER):
            shipments.note_read(session, account_id, at)
        assert shipments.reading(session, account_id) == (NOW, LATER)


def test_orders_that_wait_for_a_number_are_those_imported_lately_of_which_nothing_was_told(
    database: Database, account_id: int
) -> None:
    values: dict[str, dict[str, Any]] = {
        "waits": {},
        "held": {"state": LogState.ON_HOLD},
        "old": {"imported_at": NOW - timedelta(days=1)},
        "cancelled": {"state": LogState.CANCELLED},
        "not-made": {"store_order_id": None},
        "numbered": {},
        "told": {},
        "seen": {},
    }
    with database.transaction() as session:
        order_log.make_due(session, account_id, list(values), found_by="journal", now=NOW)
        for number, (order_id, more) in enumerate(values.items(), 1):
            made = {"store_order_id": number, "imported_at": NOW, "state": LogState.IMPORTED, **more}
            order_log.record(session, order_log.get(session, account_id, order_id), **made)
        shipments.add(session, [shipment_of(account_id=account_id, order_id="numbered")])
        for order_id in ("told", "seen"):
            shipments.note_store(session, account_id, order_id, "completed", now=NOW)
        shipments.settle(session, OnItsWay(account_id, "told", "completed", status_told="SENT"), looked_for=NOW)
        found = shipments.without_number(session, account_id, imported_since=NOW - timedelta(hours=1))
    assert sorted(found) == [1, 2, 8]
