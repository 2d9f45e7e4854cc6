"""The list of orders: filters, dates, order."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.sandbox.store.times import ZONE
from app.sandbox.store.world import StoreWorld
from tests.sandbox.store.conftest import Caller


def _order(store: Caller, **fields: Any) -> int:
    made = store.post("/orders", {"line_items": [{"product_id": 11}], **fields})
    return int(made["id"])


def _ids(store: Caller, **query: Any) -> list[int]:
    return [entry["id"] for entry in store.get("/orders", per_page=100, orderby="id", order="asc", **query)]


def test_any_is_everything_but_the_trash(store: Caller) -> None:
    pending, held, gone = _order(store), _order(store, status="on-hold"), _order(store)
    store.send("DELETE", f"/orders/{gone}")
    assert _ids(store) == _ids(store, status="any") == [pending, held]
    assert _ids(store, status="trash") == [gone]
    assert _ids(store, status="any,trash") == [pending, held, gone]
    assert _ids(store, status="on-hold,completed") == [held]
    assert store.send("GET", "/orders", status="bogus").status_code == 400


def test_the_search_knows_transaction_mail_last_name_and_id(store: Caller) -> None:
    billing = {"email": "anna@example.com", "last_name": "Nowak", "first_name": "Anna"}
    meta = [{"key": "_allegro_checkout_form_id", "value": "tylko-meta"}]
    found = _order(store, billing=billing, transaction_id="form-7", customer_note="pilne", meta_data=meta)
    _order(store)
    for text in ("form-7", "anna@example.com", "nowak", str(found)):
        assert _ids(store, search=text) == [found], text
    for text in ("tylko-meta", "pilne"):
        assert _ids(store, search=text) == [], text


def test_created_via_and_include_and_customer_filter(store: Caller) -> None:
    ours, other = _order(store, created_via="allegro"), _order(store)
    assert _ids(store, created_via="allegro") == [ours]
    assert _ids(store, include=f"{other},9999") == [other]
    assert _ids(store, customer="7") == []


def test_an_unknown_parameter_is_ignored_and_everything_comes(store: Caller) -> None:
    made = _order(store)
    assert _ids(store, meta_key="x", meta_value="y") == [made]


def test_dates_are_strict_and_to_the_second(world: StoreWorld, store: Caller) -> None:
    made = _order(store)
    at = world.shop.orders[made].created
    for seconds, found in ((-1, [made]), (0, []), (1, [])):
        text = f"{at + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}"
        assert _ids(store, after=text, dates_are_gmt="true") == found
        assert _ids(store, modified_after=text, dates_are_gmt="true") == found
    assert _ids(store, before=f"{at + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}", dates_are_gmt="true") == [made]


def test_a_naive_time_is_the_stores_own_and_a_zone_is_read_as_written(world: StoreWorld, store: Caller) -> None:
    made = _order(store)
    earlier = world.shop.orders[made].created - timedelta(minutes=30)
    local, utc = earlier.astimezone(ZONE), earlier.astimezone(UTC)
    assert _ids(store, after=f"{local:%Y-%m-%dT%H:%M:%S}") == [made]
    assert _ids(store, after=f"{utc:%Y-%m-%dT%H:%M:%S}Z") == [made]
    assert _ids(store, after=f"{utc:%Y-%m-%dT%H:%M:%S}+00:00") == [made]


def test_a_zulu_time_that_is_also_called_gmt_loses_the_last_hour(world: StoreWorld, store: Caller) -> None:
    made = _order(store)
    earlier = world.shop.orders[made].created - timedelta(minutes=30)
    assert _ids(store, after=f"{earlier:%Y-%m-%dT%H:%M:%S}Z", dates_are_gmt="true") == []
    much_earlier = earlier - timedelta(hours=3)
    assert _ids(store, after=f"{much_earlier:%Y-%m-%dT%H:%M:%S}Z", dates_are_gmt="true") == [made]


@pytest.mark.parametrize("written", ["wczoraj", "2026-11-22", "2026-13-45T00:00:00"])
def test_what_is_not_a_date_with_a_time_is_refused(store: Caller, written: str) -> None:
    assert store.send("GET", "/orders", modified_after=written).status_code == 400


def test_times_are_shown_in_the_stores_zone_and_in_utc(world: StoreWorld, store: Caller) -> None:
    body = store.get(f"/orders/{_order(store)}")
    local = datetime.fromisoformat(body["date_created"]).replace(tzinfo=ZONE)
    assert local == datetime.fromisoformat(body["date_created_gmt"]).replace(tzinfo=UTC)


def test_pages_together_hold_every_order_once(store: Caller) -> None:
    made = [_order(store) for _ in range(7)]
    pages = [store.get("/orders", per_page=3, page=n, orderby="id", order="asc", _fields="id") for n in (1, 2, 3, 4)]
    assert [entry["id"] for page in pages for entry in page] == made
    newest_first = store.get("/orders", _fields="id")
    assert [entry["id"] for entry in newest_first] == made[::-1]


def test_fields_cut_an_order_down_also_inside(store: Caller) -> None:
    made = _order(store, billing={"email": "a@example.com"})
    assert store.get("/orders", _fields="id,billing.email") == [{"id": made, "billing": {"email": "a@example.com"}}]
