from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.allegro.offers import CampaignKind
from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.contract import check_request
from tests.sandbox.allegro.test_contract_offers import fits

KUBEK, SOWA, EMALIA, TERMOS = "7700000001", "7700000002", "7700000003", "7700000004"
PRICES = "/sale/allegro-prices/offers-queries"
DISCOUNTED: dict[str, Any] = {"marketplace": {"id": "allegro-pl"}, "offer": {"scope": "DISCOUNTED"}, "limit": 1000}


def running(api: Api) -> dict[str, list[str]]:
    """The offers in campaigns that run, by kind. Every answer fits Allegro's document."""
    badges = api.get("/sale/badges", marketplace_id="allegro-pl", limit=1000)
    fits("GET", "/sale/badges", badges)
    listed = api.get("/sale/alle-discount/campaigns")
    fits("GET", "/sale/alle-discount/campaigns", listed)
    entered = []
    for campaign in listed.json()["alleDiscountCampaigns"]:
        submitted = api.get(f"/sale/alle-discount/{campaign['id']}/submitted-offers", limit=200)
        fits("GET", "/sale/alle-discount/{campaignId}/submitted-offers", submitted)
        entered += submitted.json()["submittedOffers"]
    check_request("POST", PRICES, DISCOUNTED)
    priced = api.post(PRICES, DISCOUNTED)
    fits("POST", PRICES, priced)
    return {
        "badge": [each["offer"]["id"] for each in badges.json()["badges"] if each["process"]["status"] == "ACTIVE"],
        "allediscount": [each["offer"]["id"] for each in entered if each["process"]["status"] == "ACTIVE"],
        "allegro_prices": [each["id"] for each in priced.json()["offers"]],
    }


def test_a_campaign_is_shown_by_its_own_list_while_it_runs(api: Api, allegro: AllegroWorld) -> None:
    theirs = allegro.add_offer("Cudzy kubek", Decimal(10), login="inny-sprzedawca")
    allegro.set_campaign_price(theirs, Decimal(5))
    allegro.set_campaign_price(SOWA, None)
    kinds: dict[CampaignKind, str] = {"badge": KUBEK, "allediscount": EMALIA, "allegro_prices": TERMOS}
    for kind, offer_id in kinds.items():
        allegro.set_campaign_price(offer_id, Decimal("29.99"), kind)
    assert running(api) == {kind: [offer_id] for kind, offer_id in kinds.items()}
    for offer_id in kinds.values():
        allegro.set_campaign_price(offer_id, None)
    assert running(api) == {kind: [] for kind in kinds}
    assert len(api.get("/sale/badges", marketplace_id="allegro-pl").json()["badges"]) == 1


def test_allegro_prices_knows_offers_that_are_not_discounted(api: Api, allegro: AllegroWorld) -> None:
    allegro.set_campaign_price(KUBEK, Decimal("29.99"), "allegro_prices")
    query = {"marketplace": {"id": "allegro-pl"}, "offer": {"ids": [KUBEK, SOWA]}}
    answered = api.post(PRICES, query)
    fits("POST", PRICES, answered)
    shown = {each["id"]: each["discountedAt"] is not None for each in answered.json()["offers"]}
    assert shown == {KUBEK: True, SOWA: False}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"limit": 10}, 400),
        ({"marketplace": {"id": "allegro-de"}}, 422),
        ({**DISCOUNTED, "limit": 1001}, 422),
        ({**DISCOUNTED, "offer": {"scope": "CHEAP"}}, 422),
    ],
)
def test_a_query_that_does_not_fit_is_refused(api: Api, query: dict[str, Any], status: int) -> None:
    fits("POST", PRICES, api.post(PRICES, query), status)


def test_what_does_not_fit_is_a_400(api: Api) -> None:
    fits("GET", "/sale/badges", api.get("/sale/badges"), 400)
    fits("GET", "/sale/badges", api.get("/sale/badges", marketplace_id="allegro-pl", limit=1001), 400)
    submitted = "/sale/alle-discount/{campaignId}/submitted-offers"
    fits("GET", submitted, api.get("/sale/alle-discount/ALLEOBNIZKA_PL/submitted-offers", limit=201), 400)
    fits("GET", submitted, api.get("/sale/alle-discount/ALLEOBNIZKA_DE/submitted-offers"), 404)


def test_campaigns_need_a_permission_and_badges_a_business_account(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("badges_refused", times=1)
    refused = api.get("/sale/badges", marketplace_id="allegro-pl")
    fits("GET", "/sale/badges", refused, 403)
    assert refused.json()["errors"][0]["code"] == "BB2"
    allegro.faults.switch_on("scope_missing", scope="allegro:api:campaigns")
    assert api.get("/sale/badges", marketplace_id="allegro-pl").json()["errors"][0]["code"] == "AccessDenied"
    assert api.get("/sale/alle-discount/campaigns").status_code == 403
    assert api.post(PRICES, DISCOUNTED).status_code == 403
