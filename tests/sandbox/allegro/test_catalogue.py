"""The pretend catalogue: every answer fits Allegro's document."""

from typing import Any

import pytest

from app.sandbox.allegro.world import AllegroWorld
from app.sandbox.seed import GOODS
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.test_contract_offers import fits

PRODUCTS = "/sale/products"
CAT, OWL, TIN = (good.ean for good in GOODS[:3])


def search(api: Api, phrase: str, **more: Any) -> list[dict[str, Any]]:
    answered = api.get(PRODUCTS, phrase=phrase, **more)
    fits("GET", PRODUCTS, answered)
    products: list[dict[str, Any]] = answered.json()["products"]
    return products


def test_a_number_may_hit_one_product_several_or_none(api: Api) -> None:
    [cat] = search(api, CAT, mode="GTIN")
    assert cat["productSafety"]["safetyInformation"]["type"] == "TEXT"
    assert {each["id"]: each["values"] or each["valuesIds"] for each in cat["parameters"]} == {
        "225693": [CAT],
        "130001": ["130001_1"],
        "17448": ["0.45"],
    }
    assert [each["productSafety"] is None for each in search(api, OWL, mode="GTIN")] == [False, True]
    assert search(api, TIN, mode="GTIN") == []
    [cup] = search(api, OWL, mode="GTIN", category_id="257934")
    assert [each["name"] for each in cup["category"]["path"]][-1] == "Filiżanki"


def test_a_name_is_found_unless_a_mode_says_otherwise(api: Api) -> None:
    assert len(search(api, "Z SOWĄ")) == 2
    assert search(api, "z sową", mode="GTIN") == []
    assert search(api, CAT, mode="MPN") == []


def test_there_are_thirty_products_on_a_page(api: Api, allegro: AllegroWorld) -> None:
    for number in range(31):
        allegro.add_catalogue_product(f"Kubek nr {number}", TIN, "257933")
    answered = api.get(PRODUCTS, phrase=TIN, mode="GTIN").json()
    assert len(answered["products"]) == 30
    assert len(search(api, TIN, mode="GTIN", page_id=answered["nextPage"]["id"])) == 1


def test_what_does_not_fit_or_is_not_allowed_is_refused(api: Api, allegro: AllegroWorld) -> None:
    for query in ({"phrase": ""}, {"phrase": CAT, "mode": "EAN"}, {"phrase": CAT, "page_id": "!"}):
        fits("GET", PRODUCTS, api.get(PRODUCTS, **query), 422)
    allegro.faults.switch_on("scope_missing", scope="allegro:api:sale:offers:read")
    assert api.get(PRODUCTS, phrase=CAT).status_code == 403
    api.headers["authorization"] = "Bearer none"
    fits("GET", PRODUCTS, api.get(PRODUCTS, phrase=CAT), 401)


def test_a_product_whose_category_was_deleted_is_still_found(api: Api, allegro: AllegroWorld) -> None:
    allegro.delete_category("257934", redirect="257933")
    assert [each["category"]["path"] == [] for each in search(api, OWL)] == [False, True]


@pytest.mark.parametrize("brand_protected", [False, True])
def test_a_protected_brand_is_told(api: Api, allegro: AllegroWorld, brand_protected: bool) -> None:
    allegro.add_catalogue_product("Kubek", TIN, "257933", brand_protected=brand_protected)
    assert [each["hasProtectedBrand"] for each in search(api, TIN)] == [brand_protected]
