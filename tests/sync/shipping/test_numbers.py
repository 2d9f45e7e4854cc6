"""Parcel numbers of the store reach Allegro once, each with its carrier and what is in it."""

import json
from typing import Any

import pytest

from app.db import shipments
from app.sandbox.store.order_writing import create_order
from tests.sync.shipping.conftest import DPD, DPD_TOO, INPOST, SHIPMENT_TRACKING, PackingTable
from tests.sync.steps import change

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

COURIER = {"delivery": "own_courier"}


def test_a_number_is_told_once_however_often_the_order_is_saved(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    table.label(order_id, DPD)
    run = table.track()
    assert (run.done, run.failed) == (1, 0)
    for _ in range(4):
        table.save(order_id)
        table.track()
    assert table.told(order_id) == [("DPD", DPD)]
    assert table.attempts() == 1
    sent = table.shipments(order_id)[DPD]
    assert (sent.state, sent.by_hand, sent.provider) == ("sent", False, "DPD")
    assert sent.sent_at is not None
    # The number alone does not say that the order is complete.
    assert table.status(order_id) == "PROCESSING"


def test_a_run_without_news_asks_the_store_once_and_allegro_nothing(table: PackingTable) -> None:
    table.label(table.imported(**COURIER), DPD)
    table.track()
    before = table.calls()
    for _ in range(3):
        table.track()
    assert tuple(now - then for now, then in zip(table.calls(), before, strict=True)) == (3, 0)


def test_several_parcels_go_each_with_its_lines(table: PackingTable) -> None:
    order_id = table.imported("KUB-001", "KUB-002", **COURIER)
    first, second = table.store_order(order_id)["line_items"]
    # The way of Advanced Shipment Tracking.
    table.label(order_id, DPD, products_list=[{"product": "1", "item_id": str(first["id"]), "qty": "1"}])
    table.track()
    entries = [
        {"tracking_number": DPD, "tracking_provider": "DPD", "products_list": [{"item_id": first["id"], "qty": 1}]},
        {"tracking_number": INPOST, "tracking_provider": "inpost", "products_list": [{"item_id": second["id"]}]},
    ]
    table.write(order_id, SHIPMENT_TRACKING, entries)
    table.track()
    mug, cup = (line["id"] for line in table.world.allegro.form(order_id)["lineItems"])
    parcels = table.world.allegro.parcels(order_id)
    assert [(each.waybill, each.line_ids) for each in parcels] == [(DPD, (mug,)), (INPOST, (cup,))]


_PARCEL_PANEL = json.dumps({INPOST: {"tracking_number": INPOST, "courier_code": "inpost-paczkomaty", "items": ""}})


@pytest.mark.parametrize(
    ("fields", "parcels"),
    [
        ({"_parcelpanel_shipping_numbers": _PARCEL_PANEL}, [("INPOST", INPOST)]),
        ({"_wot_tracking_number": DPD, "_wot_tracking_carrier": "dpd-pl"}, [("DPD", DPD)]),
        ({"_nr_paczki": f"{DPD}, {DPD_TOO}"}, [("DPD", DPD), ("DPD", DPD_TOO)]),
        ({"_nr_listu": "12345678901"}, [("OTHER", "12345678901")]),
    ],
    ids=["ParcelPanel", "Orders Tracking", "own field with a carrier", "own field"],
)
def test_the_numbers_of_plugins_and_own_fields_are_read(
    table: PackingTable, fields: dict[str, Any], parcels: list[tuple[str, str]]
) -> None:
    table.switch(tracking_meta_keys=("_nr_paczki|DPD", "_nr_listu"))
    order_id = table.imported(**COURIER)
    for key, value in fields.items():
        table.write(order_id, key, value)
    table.track()
    assert table.told(order_id) == parcels


def test_the_number_of_a_line_is_read_with_that_line(table: PackingTable) -> None:
    order_id = table.imported("KUB-001", "KUB-002", **COURIER)
    line = table.store_order(order_id)["line_items"][1]
    tracked = json.dumps([{"tracking_number": DPD, "carrier_slug": "dpd", "carrier_name": "DPD", "time": 1764000000}])
    meta = [{"key": "_vi_wot_order_item_tracking_data", "value": tracked}]
    table.world.store.edit_order(table.number(order_id), line_items=[{"id": line["id"], "meta_data": meta}])
    table.track()
    [parcel] = table.world.allegro.parcels(order_id)
    assert (parcel.waybill, parcel.line_ids) == (DPD, (table.world.allegro.form(order_id)["lineItems"][1]["id"],))


def test_a_carrier_is_the_mapped_one_or_the_named_one_or_another_with_its_name(table: PackingTable) -> None:
    with table.services.database.transaction() as session:
        shipments.map_carriers(session, table.account, {"Nasz kurier": "DPD"})
    mapped, named, unknown = (table.imported(**COURIER) for _ in range(3))
    table.label(mapped, DPD, provider="nasz kurier")
    table.label(named, INPOST, provider="InPost Paczkomaty")
    table.label(unknown, "X-1", provider="Bryczka pana Jana z Kurozwęk i syn")
    table.track()
    assert table.told(mapped) == [("DPD", DPD)]
    assert table.told(named) == [("INPOST", INPOST)]
    [parcel] = table.world.allegro.parcels(unknown)
    assert (parcel.carrier_id, parcel.carrier_name) == ("OTHER", "Bryczka pana Jana z Kurozwęk i")


def test_a_number_written_past_woocommerce_is_found_within_the_hour(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    order = table.world.store.shop.orders[table.number(order_id)]
    table.track(minutes=20)
    modified = order.modified
    table.label(order_id, DPD)
    order.modified = modified
    table.track()
    assert table.told(order_id) == []
    table.track(hours=1)
    assert table.told(order_id) == [("DPD", DPD)]
    assert table.status(order_id) == "PROCESSING"


def test_a_number_that_was_added_by_hand_at_allegro_is_not_told_again(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    allegro = table.world.allegro
    with allegro.lock:
        allegro.parcel_book.add(allegro.forms[order_id], "DPD", DPD)
    table.label(order_id, DPD.lower(), DPD_TOO)
    table.track()
    assert table.told(order_id) == [("DPD", DPD), ("DPD", DPD_TOO)]
    assert set(table.states(order_id).values()) == {"sent"}


def test_what_a_person_gives_over_the_api_goes_although_the_store_is_not_followed(table: PackingTable) -> None:
    table.switch(submit_tracking=False)
    order_id = table.imported(**COURIER)
    table.label(order_id, DPD)
    table.by_hand(order_id, INPOST, "INPOST")
    table.track()
    assert table.told(order_id) == [("INPOST", INPOST)]


def test_a_copy_of_the_store_order_tells_nothing(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    store = table.world.store
    meta = [{"key": each["key"], "value": each["value"]} for each in table.store_order(order_id)["meta_data"]]
    number = {"key": SHIPMENT_TRACKING, "value": [{"tracking_number": DPD, "tracking_provider": "DPD"}]}
    with store.shop.lock:
        create_order(store.shop, {"status": "completed", "meta_data": [*meta, number]})
    before = table.calls()[1]
    table.track()
    assert table.calls()[1] == before
    assert (table.told(order_id), table.status(order_id)) == ([], "PROCESSING")


def test_a_shadow_account_and_a_dry_run_write_nothing_and_lose_nothing(table: PackingTable) -> None:
    order_id = table.imported(**COURIER)
    table.label(order_id, DPD)
    table.complete(order_id)
    table.wait(minutes=2)
    assert table.run("tracking", dry_run=True).planned == 1
    table.shadow()
    for _ in range(2):
        assert table.track().planned == 1
    assert (table.told(order_id), table.status(order_id)) == ([], "PROCESSING")
    change(table.services, table.account, shadow=False)
    table.track(minutes=30)
    assert (table.told(order_id), table.status(order_id)) == ([("DPD", DPD)], "SENT")


def test_an_order_that_must_not_have_numbers_gets_none(table: PackingTable) -> None:
    with_allegro, cancelled = table.imported(delivery="allegro_delivery"), table.imported(**COURIER)
    fulfilled = table.imported(provider="ALLEGRO")
    table.label(with_allegro, DPD)
    table.label(cancelled, DPD)
    table.complete(cancelled)
    table.world.allegro.cancel(cancelled)
    table.by_hand(fulfilled, DPD)
    for _ in range(3):
        table.track()
    for order_id, words in ((with_allegro, "Ship with Allegro"), (cancelled, "cancelled"), (fulfilled, "warehouse")):
        skipped = table.shipments(order_id)[DPD]
        assert skipped.state == "skipped"
        assert words in skipped.error
    assert table.attempts() == 0
    assert table.status(cancelled) == "PROCESSING"
