from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api

KUBEK = "7700000001"


def ids(api: Api, **parameters: Any) -> list[str]:
    return [offer["id"] for offer in api.get("/sale/offers", **{"limit": 1000, **parameters}).json()["offers"]]


@pytest.fixture
def few(allegro: AllegroWorld) -> dict[str, str]:
    """Four offers among the seeded ones, by what is special about them."""
    price = Decimal("500.00")
    return {
        "auction": allegro.add_offer("Licytacja", price, selling_format="AUCTION", external_id="A-1"),
        "draft": allegro.add_offer("Szkic wazonu", price + 1, status="INACTIVE", external_id="A-2", stock=500),
        "ruled": allegro.add_offer("Wazon z regułą", price + 2, rule="lowest-price", external_id="A-2", stock=400),
        "abroad": allegro.add_offer("Wazon zagraniczny", price + 3, marketplaces={"allegro-cz": None}, stock=300),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"external_id": ["A-1", "A-2"]}, ["auction", "draft", "ruled"]),
        ({"external_id": "A-1,A-2"}, []),
        ({"external_id": "a-1"}, []),
        ({"publication_status": ["INACTIVE", "ENDED"]}, ["draft"]),
        ({"sellingMode_format": "AUCTION"}, ["auction"]),
        ({"name": "wazon"}, ["draft", "ruled", "abroad"]),
        ({"publication_marketplace": "allegro-cz"}, ["abroad"]),
        ({"sellingMode_priceAutomation_rule_id": "lowest-price"}, ["ruled"]),
        ({"sellingMode_priceAutomation_rule_id_empty": "false"}, ["ruled"]),
        ({"sellingMode_price_amount_gte": "501", "sellingMode_price_amount_lte": "502"}, ["draft", "ruled"]),
        ({"sort": "-stock.available", "limit": 3}, ["draft", "ruled", "abroad"]),
        ({"sort": "-sellingMode.price.amount", "limit": 2, "offset": 1}, ["ruled", "draft"]),
    ],
)
def test_the_list_is_filtered_and_sorted(
    api: Api, few: dict[str, str], query: dict[str, Any], found: list[str]
) -> None:
    assert ids(api, **query) == [few[name] for name in found]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 1001},
        {"limit": 0},
        {"offset": -1},
        {"external_id": [f"X-{number}" for number in range(101)]},
        {"publication_status": "ARCHIVED"},
        {"sellingMode_format": "RAFFLE"},
        {"sort": "name"},
        {"sellingMode_price_amount_gte": "much"},
    ],
)
def test_what_does_not_fit_is_refused(api: Api, query: dict[str, Any]) -> None:
    assert api.get("/sale/offers", **query).status_code == 422


def test_pages_count_all_that_was_found(api: Api, allegro: AllegroWorld) -> None:
    for number in range(5000):
        allegro.add_offer(f"Kubek {number}", Decimal("10.00"), external_id=f"N-{number}")
    page = api.get("/sale/offers", limit=1000, offset=5000).json()
    assert (page["count"], page["totalCount"]) == (16, 5016)


def test_a_stale_list_shows_how_offers_were(api: Api, allegro: AllegroWorld) -> None:
    def listed() -> tuple[int, str]:
        [offer] = api.get("/sale/offers", offer_id=KUBEK).json()["offers"]
        return offer["stock"]["available"], offer["sellingMode"]["price"]["amount"]

    before = listed()
    allegro.clock.advance(700)
    allegro.set_stock(KUBEK, 3)
    allegro.set_price(KUBEK, Decimal("11.00"))
    renewed = allegro.renew_offer("7700000002")
    allegro.faults.switch_on("offers_list_stale", seconds=600)
    assert listed() == before
    assert ids(api, offer_id=renewed) == []
    assert api.get(f"/sale/product-offers/{KUBEK}/parts", include="stock").json()["stock"] == {"available": 3}
    allegro.clock.advance(601)
    assert listed() == (3, "11.00")
    assert ids(api, offer_id=renewed) == [renewed]


def test_the_list_leaves_out_on_demand(api: Api, allegro: AllegroWorld) -> None:
    allegro.faults.switch_on("offers_filter_empty", times=1)
    assert ids(api, offer_id=KUBEK) == [KUBEK]
    assert ids(api, external_id="KUB-001") == []
    assert ids(api, external_id="KUB-001") == [KUBEK]
    allegro.faults.switch_on("offers_page_shifted", times=1, by=2)
    assert ids(api, limit=1) == ["7700000003"]


def test_somebody_elses_offer_is_forbidden_and_an_unknown_one_is_not_found(api: Api, allegro: AllegroWorld) -> None:
    theirs = allegro.add_offer("Cudzy kubek", Decimal("10.00"), login="inny-sprzedawca")
    assert theirs not in ids(api)
    for path, status in ((f"/sale/product-offers/{theirs}", 403), ("/sale/product-offers/17", 404)):
        assert api.get(path).status_code == api.patch(path, {"stock": {"available": 1}}).status_code == status
        assert api.get(f"{path}/parts", include="stock").status_code == status
    assert api.get(f"/sale/product-offers/{KUBEK}/parts").status_code == 422


def test_a_price_abroad_is_converted_until_it_is_set(api: Api, allegro: AllegroWorld) -> None:
    offer_id = allegro.add_offer(
        "Kubek", Decimal("10.00"), marketplaces={"allegro-cz": None, "allegro-sk": Decimal("3.10")}
    )
    allegro.set_price(offer_id, Decimal("20.00"))
    abroad = api.get(f"/sale/product-offers/{offer_id}/parts", include="price").json()["additionalMarketplaces"]
    prices = {name: shown["sellingMode"]["price"] for name, shown in abroad.items()}
    assert prices == {
        "allegro-cz": {"amount": "116.00", "currency": "CZK"},
        "allegro-sk": {"amount": "3.10", "currency": "EUR"},
    }
    [event] = allegro.offer_events
    assert [(each["id"], each["changeType"]) for each in event.offer["marketplaces"]] == [
        ("allegro-pl", "MANUAL"),
        ("allegro-cz", "AUTOMATIC"),
    ]
