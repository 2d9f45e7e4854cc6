"""Products of Allegro's catalogue, found by their global number."""

from typing import Any

import httpx
import pytest
import respx

from app.channels.allegro.catalogue import AllegroCatalogue
from app.channels.allegro.client import AllegroClient
from app.channels.allegro.session import AllegroSession
from app.channels.errors import AuthRequired, Rejected, Unreadable
from app.channels.http import Transport
from app.domain.catalogue_products import CatalogueProduct
from app.domain.parameters import ParameterValue
from tests.channels.allegro.test_client import API, KUBKI, Tokens
from tests.sandbox.allegro.contract import check_query, check_response

PRODUCTS = "/sale/products"
EAN = "5901234000017"
PRODUCT: dict[str, Any] = {
    "id": "ae5055f8-89af-475f-8210-6ea673bd61ba",
    "name": "Kubek",
    "category": {"id": "257933", "similar": [{"id": "257934"}]},
    "images": [{"url": "https://a.allegroimg.com/original/1"}, {"url": None}],
    "parameters": [
        {"id": "225693", "values": [EAN], "options": {"identifiesProduct": True, "isGTIN": True}},
        {"id": "130001", "valuesIds": ["130001_1"], "values": None, "options": {"identifiesProduct": False}},
        {"id": "130022", "rangeValue": {"from": "150", "to": "160"}},
    ],
    "hasProtectedBrand": True,
    "productSafety": {
        "responsibleProducers": [{"id": "fee43309-8761-43f9-9cfd-a43e539a0fc5"}],
        "safetyInformation": {"type": "TEXT", "description": "Gorące!"},
    },
    "publication": {"status": "LISTED"},
}
BARE: dict[str, Any] = {"id": "2", "name": "Kubek drugi", "category": {"id": "257934"}, "productSafety": None}


@pytest.fixture
def catalogue(transport: Transport) -> AllegroCatalogue:
    session = AllegroSession(transport, API, "Kubki/1.0 (+https://kubki.example)", Tokens(), KUBKI)
    return AllegroClient(session).catalogue


def test_products_are_found_by_their_number(router: respx.Router, catalogue: AllegroCatalogue) -> None:
    body = {"products": [PRODUCT, BARE]}
    check_response("GET", PRODUCTS, 200, body)
    route = router.get(PRODUCTS).respond(json=body)
    assert catalogue.by_gtin(EAN, "257933") == (
        CatalogueProduct(
            id="ae5055f8-89af-475f-8210-6ea673bd61ba",
            name="Kubek",
            category_id="257933",
            similar_category_ids=("257934",),
            gtins=(EAN,),
            images=("https://a.allegroimg.com/original/1",),
            parameters=(
                ParameterValue("225693", texts=(EAN,)),
                ParameterValue("130001", entry_ids=("130001_1",)),
                ParameterValue("130022", low="150", high="160"),
            ),
            has_producer=True,
            has_safety_information=True,
            brand_protected=True,
        ),
        CatalogueProduct("2", "Kubek drugi", "257934"),
    )
    asked = dict(route.calls.last.request.url.params)
    assert asked == {"phrase": EAN, "mode": "GTIN", "category.id": "257933"}
    for name, value in asked.items():
        check_query("GET", PRODUCTS, {name: value})


def test_all_pages_are_read_and_a_product_on_two_of_them_is_one(
    router: respx.Router, catalogue: AllegroCatalogue
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page.id", "0"))
        check_query("GET", PRODUCTS, {"page.id": str(page)})
        products = [{**BARE, "id": str(page)}, {**BARE, "id": str(page + 1)}]
        return httpx.Response(200, json={"products": products, "nextPage": {"id": str(page + 1)} if page < 2 else None})

    router.get(PRODUCTS).mock(side_effect=answer)
    assert [each.id for each in catalogue.by_gtin(EAN)] == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    "answer",
    [
        {"products": [BARE], "nextPage": {"id": "again"}},
        {"products": [BARE, {**BARE, "category": None}]},
        {"products": [BARE, {**BARE, "id": None}]},
        {"products": [{**BARE, "parameters": [{"values": ["x"]}]}]},
        {},
    ],
)
def test_what_is_found_is_all_there_is_or_unknown(
    router: respx.Router, catalogue: AllegroCatalogue, answer: dict[str, Any]
) -> None:
    route = router.get(PRODUCTS).respond(json=answer)
    with pytest.raises(Unreadable, match=EAN):
        catalogue.by_gtin(EAN)
    assert route.call_count <= 10


@pytest.mark.parametrize("gtin", ["", "kubek", "590123400001X7", "12345678901234567", " "])
def test_what_is_no_number_is_not_looked_for(catalogue: AllegroCatalogue, gtin: str) -> None:
    with pytest.raises(Rejected, match="is not a global trade item number"):
        catalogue.by_gtin(gtin)


def test_a_missing_permission_is_named(router: respx.Router, catalogue: AllegroCatalogue) -> None:
    router.get(PRODUCTS).respond(403, json={"errors": [{"code": "AccessDenied"}]})
    with pytest.raises(AuthRequired, match="allegro:api:sale:offers:read"):
        catalogue.by_gtin(EAN)
