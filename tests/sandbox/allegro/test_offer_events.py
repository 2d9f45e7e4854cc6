from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = "7700000001"
SOWA = "7700000002"


def read(api: Api, **parameters: Any) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = api.get("/sale/offer-events", **parameters).json()["offerEvents"]
    return events


def types(api: Api, **parameters: Any) -> list[str]:
    return [event["type"].removeprefix("OFFER_") for event in read(api, **parameters)]


def test_the_journal_tells_of_sales_and_of_our_own_writes_alike_and_of_no_values(
    api: Api, allegro: AllegroWorld
) -> None:
    allegro.buy(Line(KUBEK))
    api.patch(f"/sale/product-offers/{KUBEK}", {"stock": {"available": 3}})
    first, second = read(api)
    assert {**first, "id": "", "occurredAt": ""} == {**second, "id": "", "occurredAt": ""}
    assert first["offer"] == {"id": KUBEK, "external": {"id": "KUB-001"}}


def test_a_value_that_was_already_there_is_no_event(api: Api, allegro: AllegroWorld) -> None:
    price = {"price": {"amount": "39.99", "currency": "PLN"}}
    api.patch(f"/sale/product-offers/{KUBEK}", {"stock": {"available": 24}, "sellingMode": price})
    assert read(api) == []


def test_offers_off_sale_are_not_told_of(api: Api, allegro: AllegroWorld) -> None:
    allegro.end_offer(KUBEK)
    allegro.set_stock(KUBEK, 3)
    allegro.set_price(KUBEK, Decimal("10.00"))
    assert types(api) == ["ENDED"]


def test_reading_goes_on_after_an_event_in_pages_and_by_type(api: Api, allegro: AllegroWorld) -> None:
    for pieces in (3, 4, 5):
        allegro.set_stock(KUBEK, pieces)
    allegro.set_price(SOWA, Decimal("10.00"))
    page = read(api, limit=2)
    assert len(page) == 2
    assert types(api, **{"from": page[-1]["id"]}) == ["STOCK_CHANGED", "PRICE_CHANGED"]
    assert types(api, type=["OFFER_PRICE_CHANGED", "OFFER_ENDED"]) == ["PRICE_CHANGED"]
    assert api.get("/sale/offer-events", type="OFFER_EATEN").status_code == 422
    assert api.get("/sale/offer-events", limit=1001).status_code == 422


def test_events_are_kept_for_a_day(api: Api, allegro: AllegroWorld) -> None:
    allegro.set_stock(KUBEK, 3)
    allegro.clock.advance(24 * 3600 - 60)
    api.log_in_again(allegro)
    assert types(api) == ["STOCK_CHANGED"]
    allegro.clock.advance(61)
    assert types(api) == []


def test_each_seller_reads_of_the_own_offers(api: Api, allegro: AllegroWorld) -> None:
    theirs = allegro.add_offer("Cudzy kubek", Decimal("10.00"), login="inny-sprzedawca")
    allegro.set_stock(theirs, 3)
    assert read(api) == []


def test_a_rule_changes_the_price_automatically(api: Api, allegro: AllegroWorld) -> None:
    allegro.set_rule(KUBEK, "lowest-price")
    allegro.apply_rule(KUBEK, Decimal("35.00"))
    [event] = read(api)
    assert event["offer"]["marketplaces"] == [{"id": "allegro-pl", "changeType": "AUTOMATIC"}]
    assert allegro.offer(KUBEK).rule == "lowest-price"


@pytest.mark.parametrize(
    ("fault", "args", "told"),
    [
        ("offer_events_drop", {}, []),
        ("offer_events_drop", {"every": 2}, ["STOCK_CHANGED"]),
        ("offer_events_drop", {"type": "OFFER_PRICE_CHANGED"}, ["STOCK_CHANGED"]),
        ("offer_events_repeat", {}, ["STOCK_CHANGED"] * 2 + ["PRICE_CHANGED"] * 2),
    ],
)
def test_the_journal_errs_on_demand(
    api: Api, allegro: AllegroWorld, fault: str, args: dict[str, Any], told: list[str]
) -> None:
    allegro.faults.switch_on(fault, **args)
    allegro.set_stock(KUBEK, 3)
    allegro.set_price(KUBEK, Decimal("10.00"))
    assert types(api) == told
