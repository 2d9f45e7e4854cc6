"""Offers whose base marketplace is not allegro.pl, and what a price may be on each."""

import uuid
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.allegro.forms import Line
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import BETA, Api
from tests.sandbox.allegro.test_contract_offers import fits

CZK = {"amount": "230.00", "currency": "CZK"}
PRECISION, CURRENCY = "InvalidPricePrecision", "prices.price.currency.incorrectBaseCurrency"


@pytest.fixture
def czech(allegro: AllegroWorld) -> str:
    return allegro.add_offer(
        "Hrnek",
        Decimal(230),
        base="allegro-cz",
        marketplaces={"allegro-pl": None, "allegro-hu": Decimal(3900), "allegro-sk": Decimal("9.49")},
    )


def test_an_offer_is_shown_in_the_currency_of_its_base(api: Api, allegro: AllegroWorld, czech: str) -> None:
    [listed] = api.get("/sale/offers", offer_id=czech).json()["offers"]
    full = api.get(f"/sale/product-offers/{czech}")
    fits("GET", "/sale/product-offers/{offerId}", full)
    parts = api.get(f"/sale/product-offers/{czech}/parts", include="price").json()
    for shown in (listed, full.json(), parts):
        assert shown["sellingMode"]["price"] == CZK
        abroad = shown["additionalMarketplaces"]
        assert abroad["allegro-pl"]["sellingMode"]["price"] == {"amount": "39.66", "currency": "PLN"}
    assert listed["publication"]["marketplaces"]["base"] == {"id": "allegro-cz"}
    allegro.set_rule(czech, "lowest-price")
    allegro.set_rule(czech, "exchange-rate", "allegro-pl")
    rules = api.get(f"/sale/price-automation/offers/{czech}/rules").json()["rules"]
    assert [(each["marketplace"]["id"], each["rule"]["id"]) for each in rules] == [
        ("allegro-cz", "lowest-price"),
        ("allegro-pl", "exchange-rate"),
    ]


def test_its_events_name_its_marketplaces(api: Api, allegro: AllegroWorld, czech: str) -> None:
    allegro.set_price(czech, Decimal(240))
    allegro.apply_rule(czech, Decimal(250))
    allegro.apply_rule(czech, Decimal(45), "allegro-pl")
    told = [
        [(each["id"], each["changeType"]) for each in event.offer["marketplaces"]] for event in allegro.offer_events
    ]
    assert told == [
        [("allegro-cz", "MANUAL"), ("allegro-pl", "AUTOMATIC")],
        [("allegro-cz", "AUTOMATIC"), ("allegro-pl", "AUTOMATIC")],
        [("allegro-pl", "AUTOMATIC")],
    ]


def test_it_is_bought_and_campaigned_for_at_home(api: Api, allegro: AllegroWorld, czech: str) -> None:
    allegro.set_campaign_price(czech, Decimal(199))
    bought = allegro.form(allegro.buy(Line(czech)))
    assert (bought["marketplace"]["id"], bought["buyer"]["address"]["countryCode"]) == ("allegro-cz", "CZ")
    assert bought["lineItems"][0]["price"] == {"amount": "199.00", "currency": "CZK"}
    abroad = allegro.form(allegro.buy(Line(czech), marketplace="allegro-sk"))
    assert abroad["lineItems"][0]["price"] == {"amount": "9.49", "currency": "EUR"}
    badges = {place: api.get("/sale/badges", marketplace_id=place) for place in ("allegro-cz", "allegro-pl")}
    assert [each["prices"]["bargain"]["currency"] for each in badges["allegro-cz"].json()["badges"]] == ["CZK"]
    assert badges["allegro-pl"].json()["badges"] == []


def edit(api: Api, offer_id: str, marketplace: str, price: dict[str, str]) -> str:
    body: dict[str, Any] = {"sellingMode": {"price": price}}
    if marketplace != "allegro-cz":
        body = {"additionalMarketplaces": {marketplace: body}}
    answered = api.patch(f"/sale/product-offers/{offer_id}", body)
    return "" if answered.status_code == 200 else answered.json()["errors"][0]["code"]


def command(api: Api, offer_id: str, marketplace: str, price: dict[str, str]) -> str:
    where = {} if marketplace == "allegro-cz" else {"marketplaceId": marketplace}
    body = {
        "modification": {"type": "FIXED_PRICE", "price": price, **where},
        "offerCriteria": [{"type": "CONTAINS_OFFERS", "offers": [{"id": offer_id}]}],
    }
    path = f"/sale/offer-price-change-commands/{uuid.uuid4()}"
    assert api.put(path, body).status_code == 201
    return fate(api, path)


def bulk(api: Api, offer_id: str, marketplace: str, price: dict[str, str]) -> str:
    path, command_id = "/sale/offer-bulk-modification-commands", str(uuid.uuid4())
    prices = {marketplace: {"changeType": "FIXED", "value": price}}
    body = {"commandId": command_id, "modifications": [{"offerId": offer_id, "prices": prices}]}
    assert api.post(path, body, BETA).status_code == 201
    return fate(api, f"{path}/{command_id}")


def fate(api: Api, path: str) -> str:
    """The code that the only task of a command failed with."""
    [task] = api.get(f"{path}/tasks").json()["tasks"]
    return "" if task["status"] == "SUCCESS" else task["errors"][0]["code"]


@pytest.mark.parametrize("send", [edit, command, bulk])
@pytest.mark.parametrize(
    ("marketplace", "amount", "currency", "refusal"),
    [
        ("allegro-cz", "240", "CZK", ""),
        ("allegro-cz", "240.00", "CZK", ""),
        ("allegro-cz", "240.50", "CZK", PRECISION),
        ("allegro-cz", "41.00", "PLN", CURRENCY),
        ("allegro-hu", "4000", "HUF", ""),
        ("allegro-hu", "4000.5", "HUF", PRECISION),
        ("allegro-sk", "9.99", "EUR", ""),
        ("allegro-sk", "9.999", "EUR", PRECISION),
        ("allegro-pl", "41.55", "PLN", ""),
        ("allegro-pl", "41.555", "PLN", PRECISION),
        ("allegro-pl", "240", "CZK", CURRENCY),
    ],
)
def test_a_price_is_as_exact_as_the_currency_of_its_marketplace(
    api: Api, allegro: AllegroWorld, czech: str, send: Any, marketplace: str, amount: str, currency: str, refusal: str
) -> None:
    before = allegro.offer(czech).listed_price(marketplace)
    assert send(api, czech, marketplace, {"amount": amount, "currency": currency}) == refusal
    assert allegro.offer(czech).listed_price(marketplace) == (before if refusal else Decimal(amount))


def test_a_command_without_a_marketplace_is_about_the_base_of_each_offer(
    api: Api, allegro: AllegroWorld, czech: str
) -> None:
    body = {
        "modification": {"type": "INCREASE_PERCENTAGE", "percentage": "10"},
        "offerCriteria": [{"type": "CONTAINS_OFFERS", "offers": [{"id": czech}, {"id": "7700000001"}]}],
    }
    assert api.put(f"/sale/offer-price-change-commands/{uuid.uuid4()}", body).status_code == 201
    assert [allegro.offer(each).price for each in (czech, "7700000001")] == [Decimal(253), Decimal("43.99")]
