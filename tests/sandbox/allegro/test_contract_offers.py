"""Every answer about offers and commands fits Allegro's own API document, where that lies beside the checkout."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import BETA, Api
from tests.sandbox.allegro.contract import check_request, check_response, check_schema

KUBEK = "7700000001"
PLN = {"amount": "12.50", "currency": "PLN"}


def fits(method: str, template: str, answered: httpx.Response, expected: int = 200) -> None:
    assert answered.status_code == expected, answered.text
    check_response(method, template, answered.status_code, answered.json() if answered.content else None)


@pytest.fixture
def offers(allegro: AllegroWorld) -> list[str]:
    """Offers of every shape, in every state."""
    auction = allegro.add_offer("Dzbanek na licytację 1 l", Decimal("30.00"), selling_format="AUCTION", stock=1)
    allegro.place_bid(auction, Decimal("41.00"))
    sold_out = allegro.add_offer("Kubek ostatni 300 ml", Decimal("20.00"), stock=1, external_id="OST-1")
    allegro.buy(Line(sold_out))
    return [
        auction,
        sold_out,
        allegro.add_offer("Kubek w przygotowaniu", Decimal("20.00"), status="INACTIVE"),
        allegro.add_offer(
            "Kubek z regułą i zagranicą",
            Decimal("20.00"),
            external_id="ZAG-1",
            ean="5901234123457",
            rule="lowest-price",
            marketplaces={"allegro-cz": Decimal(99), "allegro-sk": None},
            duration=timedelta(days=10),
            republish=True,
        ),
    ]


def test_offers_of_every_shape_fit(api: Api, offers: list[str]) -> None:
    fits("GET", "/sale/offers", api.get("/sale/offers", limit=1000))
    for offer_id in offers:
        fits("GET", "/sale/product-offers/{offerId}", api.get(f"/sale/product-offers/{offer_id}"))
        parts = api.get(f"/sale/product-offers/{offer_id}/parts", include=["stock", "price"])
        fits("GET", "/sale/product-offers/{offerId}/parts", parts)
        rules = api.get(f"/sale/price-automation/offers/{offer_id}/rules")
        fits("GET", "/sale/price-automation/offers/{offerId}/rules", rules)
    fits("GET", "/sale/price-automation/rules", api.get("/sale/price-automation/rules"))


def test_edits_fit(api: Api, allegro: AllegroWorld) -> None:
    template, path = "/sale/product-offers/{offerId}", f"/sale/product-offers/{KUBEK}"
    body = {"stock": {"available": 5}, "sellingMode": {"price": PLN}, "publication": {"status": "ACTIVE"}}
    check_request("PATCH", template, body)
    fits("PATCH", template, api.patch(path, body))
    fits("PATCH", template, api.patch(path, {"stok": 5}))
    fits("PATCH", template, api.patch(path, {"stock": {"available": -5}}), 422)
    fits("PATCH", template, api.patch("/sale/product-offers/17", body), 404)
    allegro.faults.switch_on("edit_processing", seconds=20)
    accepted = api.patch(path, body)
    fits("PATCH", template, accepted, 202)
    fits("PATCH", template, api.patch(path, body), 409)
    operation = httpx.URL(accepted.headers["location"]).path
    polled = "/sale/product-offers/{offerId}/operations/{operationId}"
    fits("GET", polled, api.get(operation), 202)
    allegro.clock.advance(21)
    fits("GET", polled, api.get(operation), 303)
    allegro.faults.switch_on("edit_fails_later", seconds=0)
    fits("GET", polled, api.get(httpx.URL(api.patch(path, body).headers["location"]).path), 422)


EVENTS = {
    "OFFER_ACTIVATED": "OfferActivatedEvent",
    "OFFER_CHANGED": "OfferChangedEvent",
    "OFFER_ENDED": "OfferEndedEvent",
    "OFFER_STOCK_CHANGED": "OfferStockChangedEvent",
    "OFFER_PRICE_CHANGED": "OfferPriceChangedEvent",
    "OFFER_ARCHIVED": "OfferArchivedEvent",
    "OFFER_BID_PLACED": "OfferBidPlacedEvent",
    "OFFER_BID_CANCELED": "OfferBidCanceledEvent",
}


def test_offer_events_of_every_kind_fit_their_own_schemas(api: Api, allegro: AllegroWorld, offers: list[str]) -> None:
    allegro.clock.advance(timedelta(days=60).total_seconds())
    api.log_in_again(allegro)
    allegro.cancel_bid(offers[0])
    api.patch(f"/sale/product-offers/{KUBEK}", {"external": {"id": "NEW-1"}, "sellingMode": {"price": PLN}})
    allegro.place_bid(offers[0], Decimal("42.00"))
    allegro.set_stock(KUBEK, 7)
    allegro.renew_offer(KUBEK)
    answered = api.get("/sale/offer-events", limit=1000)
    fits("GET", "/sale/offer-events", answered)
    assert {event["type"] for event in answered.json()["offerEvents"]} == set(EVENTS)
    for event in answered.json()["offerEvents"]:
        check_schema(EVENTS[event["type"]], event)
    fits("GET", "/sale/offer-events", api.get("/sale/offer-events", **{"from": "!"}), 400)


@pytest.mark.parametrize(
    ("resource", "change", "concrete"),
    [
        ("quantity-change", {"modification": {"changeType": "FIXED", "value": 3}}, "QuantityModification"),
        ("price-change", {"modification": {"type": "FIXED_PRICE", "price": PLN}}, "PriceModificationFixedPrice"),
        (
            "price-change",
            {"modification": {"type": "DECREASE_PERCENTAGE", "percentage": "5"}},
            "PriceModificationPercentageChangeDecrease",
        ),
        ("publication", {"publication": {"action": "END"}}, "Publication_modification"),
    ],
)
def test_commands_fit(api: Api, resource: str, change: dict[str, Any], concrete: str) -> None:
    template = f"/sale/offer-{resource}-commands/{{commandId}}"
    path = f"/sale/offer-{resource}-commands/{uuid.uuid4()}"
    criteria = [{"type": "CONTAINS_OFFERS", "offers": [{"id": KUBEK}, {"id": "17"}]}]
    body = {**change, "offerCriteria": criteria}
    check_request("PUT", template, body)
    check_schema(concrete, next(iter(change.values())))
    fits("PUT", template, api.put(path, body), 201)
    fits("GET", template, api.get(path))
    fits("GET", f"{template}/tasks", api.get(f"{path}/tasks"))
    assert [task["status"] for task in api.get(f"{path}/tasks").json()["tasks"]] == ["SUCCESS", "FAIL"]


def test_the_bulk_command_fits(api: Api) -> None:
    template = "/sale/offer-bulk-modification-commands"
    price, stock = {"changeType": "FIXED", "value": PLN}, {"changeType": "FIXED", "value": 3}
    both = {"prices": {"allegro-pl": price}, "stock": stock}
    body = {"commandId": str(uuid.uuid4()), "modifications": [{"offerId": each, **both} for each in (KUBEK, "17")]}
    check_request("POST", template, body)
    check_schema("MarketplacePriceModificationFixed", price)
    check_schema("StockModificationFixed", stock)
    fits("POST", template, api.post(template, body, BETA), 201)
    path = f"{template}/{body['commandId']}"
    fits("GET", f"{template}/{{commandId}}", api.get(path))
    tasks = api.get(f"{path}/tasks")
    assert tasks.json()["tasks"]
    # The document gives two alternatives that are the same, so that no task fits exactly one of them.
    for task in tasks.json()["tasks"]:
        check_schema("CommandTaskWithStockSubject", task)
