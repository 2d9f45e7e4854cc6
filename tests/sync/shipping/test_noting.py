"""Where the parcels are is noted on their store orders."""

from datetime import timedelta

import pytest

from app.api.deps import Services
from app.db import accounts, parcel_notes, shipments
from app.domain.made_parcels import ParcelChoices
from app.domain.parcel_notes import FOLLOWED_FOR
from app.domain.parcels import OTHER, Shipment, ShipmentState
from app.domain.runs import Result, Run
from app.sandbox.world import Sandbox
from tests.sync.orders.conftest import Desk

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

_NOTES = "tracking_notes"
_W1, _W2, _W3 = "0000110000001U", "0000110000002U", "0000110000003U"


@pytest.fixture
def desk(world: Sandbox, services: Services, account: int) -> Desk:
    desk = Desk(world, services, account)
    desk.switch(import_orders=True, tracking_notes=True)
    return desk


def _sent(desk: Desk, waybill: str, carrier_id: str = "DPD") -> str:
    """An imported order with a parcel that Allegro was told of; its id."""
    order_id = desk.buy()
    desk.run()
    name = "Nasz kurier" if carrier_id == OTHER else ""
    with desk.services.database.reading() as session:
        client = desk.services.lines.allegro(accounts.get(session, desk.account))
    client.shipping.add_parcel(order_id, carrier_id, name, waybill)
    now = desk.services.now()
    told = Shipment(
        0, desk.account, order_id, carrier_id, name, waybill, (), ShipmentState.SENT, "", False, "", now, now
    )
    with desk.services.database.transaction() as session:
        shipments.add(session, [told])
    return order_id


def _notes(desk: Desk, order_id: str) -> list[str]:
    """The notes about parcels on the store order, oldest first."""
    order = desk.world.store.shop.orders[desk.store_order(order_id)["id"]]
    assert not any(note.to_customer for note in order.notes)
    return [note.text for note in order.notes if "parcel" in note.text]


def _asked(desk: Desk) -> int:
    return desk.world.allegro.calls["GET /order/carriers/{id}/tracking"]


def _results(run: Run) -> list[Result]:
    return [change.result for change in run.changes]


def test_every_status_is_noted_once_until_the_parcel_has_arrived(desk: Desk) -> None:
    order_id = _sent(desk, _W1)
    desk.world.allegro.move_parcel(_W1, "IN_TRANSIT", "Sortownia Poznań")
    desk.run(_NOTES)
    desk.run(_NOTES)
    [first] = _notes(desk, order_id)
    assert first.startswith(f"Allegro: parcel {_W1} (DPD) is on its way (")
    assert first.endswith("Sortownia Poznań")
    desk.wait(hours=1)
    desk.world.allegro.move_parcel(_W1, "IN_TRANSIT")
    desk.world.allegro.move_parcel(_W1, "DELIVERED")
    desk.run(_NOTES)
    assert [note.split(" (")[1] for note in _notes(desk, order_id)] == ["DPD) is on its way", "DPD) was delivered"]
    asked = _asked(desk)
    desk.run(_NOTES)
    assert _asked(desk) == asked


def test_a_parcel_of_ship_with_allegro_is_followed_like_all_others(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    desk.services.parcel_desk.make(desk.account, order_id, ParcelChoices(), another=False)
    [made] = desk.world.allegro.parcels(order_id)
    desk.world.allegro.move_parcel(made.waybill, "IN_TRANSIT")
    assert _results(desk.run(_NOTES)) == [Result.DONE]
    [note] = _notes(desk, order_id)
    assert note.startswith(f"Allegro: parcel {made.waybill} (DPD) is on its way (")


def test_the_number_of_a_cancelled_parcel_is_not_followed_and_the_order_waits_for_another(desk: Desk) -> None:
    order_id = desk.buy()
    desk.run()
    made = desk.services.parcel_desk.make(desk.account, order_id, ParcelChoices(), another=False).parcel
    desk.services.parcel_desk.cancel(desk.account, order_id, made.id)
    desk.run(_NOTES)
    assert _asked(desk) == 0
    with desk.services.database.reading() as session:
        waiting = shipments.without_number(session, desk.account, imported_since=desk.services.now() - FOLLOWED_FOR)
    assert waiting == [desk.store_order(order_id)["id"]]


def test_parcels_of_other_carriers_and_of_long_ago_are_not_asked_after(desk: Desk) -> None:
    _sent(desk, _W1, OTHER)
    _sent(desk, _W2)
    desk.wait(seconds=FOLLOWED_FOR.total_seconds() + 1)
    _sent(desk, _W3, OTHER)
    desk.run(_NOTES)
    assert _asked(desk) == 0


def test_a_note_whose_answer_is_lost_is_looked_for_and_not_written_again(desk: Desk) -> None:
    order_id = _sent(desk, _W1)
    desk.world.allegro.move_parcel(_W1, "DELIVERED")
    desk.world.store.faults.switch_on("note_then_drop", times=1)
    assert _results(desk.run(_NOTES)) == [Result.FAILED]
    # Soon after nothing is concluded; later it is found.
    for hours in (0, 1, 1):
        desk.wait(hours=hours)
        assert _results(desk.run(_NOTES)) == []
        assert len(_notes(desk, order_id)) == 1
    with desk.services.database.reading() as session:
        assert not parcel_notes.is_any_followed(session, desk.account, since=desk.services.now() - timedelta(days=1))


def test_a_note_that_never_arrived_is_written_later(desk: Desk) -> None:
    order_id = _sent(desk, _W1)
    desk.world.allegro.move_parcel(_W1, "DELIVERED")
    desk.world.store.faults.switch_on("unavailable", method="POST")
    desk.run(_NOTES)
    assert _notes(desk, order_id) == []
    desk.world.store.faults.switch_off("unavailable")
    desk.wait(hours=1)
    assert _results(desk.run(_NOTES)) == [Result.DONE]
    assert len(_notes(desk, order_id)) == 1


def test_an_order_that_is_gone_gets_no_note_and_keeps_no_other_waiting(desk: Desk) -> None:
    gone, other = _sent(desk, _W1), _sent(desk, _W2)
    for waybill in (_W1, _W2):
        desk.world.allegro.move_parcel(waybill, "DELIVERED")
    del desk.world.store.shop.orders[desk.store_order(gone)["id"]]
    assert _results(desk.run(_NOTES)) == [Result.FAILED, Result.DONE]
    assert len(_notes(desk, other)) == 1
    assert _results(desk.run(_NOTES)) == []


def test_an_account_that_only_plans_notes_nothing(desk: Desk) -> None:
    order_id = _sent(desk, _W1)
    desk.world.allegro.move_parcel(_W1, "IN_TRANSIT")
    desk.shadow()
    assert _results(desk.run(_NOTES)) == [Result.PLANNED]
    assert _notes(desk, order_id) == []
