"""What the pretend sellers have set up for their offers: every answer fits Allegro's document."""

import pytest

from app.sandbox.allegro.world import AllegroWorld
from tests.sandbox.allegro.conftest import Api
from tests.sandbox.allegro.test_contract_offers import fits

TERMS = "/after-sales-service-conditions"
LISTS = {
    "/sale/shipping-rates": "shippingRates",
    f"{TERMS}/return-policies": "returnPolicies",
    f"{TERMS}/implied-warranties": "impliedWarranties",
    f"{TERMS}/warranties": "warranties",
    "/sale/responsible-producers": "responsibleProducers",
    "/sale/responsible-persons": "responsiblePersons",
}


@pytest.mark.parametrize(("path", "name"), LISTS.items())
def test_a_list_shows_what_its_seller_has_set_up_to_who_may_see_it(
    api: Api, allegro: AllegroWorld, path: str, name: str
) -> None:
    answered = api.get(path)
    fits("GET", path, answered)
    assert answered.json()[name] == allegro.settings.rows[name]
    other = allegro.open_session("inny-sprzedawca")["access_token"]
    mine, api.headers["authorization"] = api.headers["authorization"], f"Bearer {other}"
    theirs = api.get(path)
    fits("GET", path, theirs)
    assert theirs.json()[name] == allegro.settings.rows_of["inny-sprzedawca"][name]
    assert {each["id"] for each in theirs.json()[name]}.isdisjoint(each["id"] for each in answered.json()[name])
    api.headers["authorization"] = "Bearer none"
    assert api.get(path).status_code == 401
    api.headers["authorization"] = mine
    allegro.faults.switch_on("scope_missing", scope="allegro:api:sale:settings:read")
    assert api.get(path).status_code == 403


def test_the_offers_that_are_there_have_a_price_list_that_is_there(api: Api, allegro: AllegroWorld) -> None:
    listed = [each["id"] for each in api.get("/sale/shipping-rates").json()["shippingRates"]]
    assert api.get("/sale/product-offers/7700000001").json()["delivery"]["shippingRates"]["id"] in listed


def test_long_lists_have_pages_with_limits(api: Api, allegro: AllegroWorld) -> None:
    allegro.settings.rows["responsibleProducers"] *= 1001
    page = api.get("/sale/responsible-producers", offset=1000).json()
    assert (page["count"], page["totalCount"]) == (1, 1001)
    assert api.get("/sale/responsible-producers", limit=1001).status_code == 422
    assert api.get(f"{TERMS}/warranties", limit=61).status_code == 422
    assert api.get(f"{TERMS}/warranties", offset=60).status_code == 422
